"""Scenarios and Checks: every change addresses something that exists, with a value that it may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, fields, replace
from typing import Any

from hecon.errors import Fault, did_you_mean
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.curves import CurveInUse, choices, evidence, faults_of
from hecon.inputs.curve_rows import Place
from hecon.inputs.distributions import DISTRIBUTIONS, FIXED, distribution
from hecon.inputs.format import CURVE_TARGETS, PARAMETER_SHEETS, SCENARIO_RANGE, SHEETS_BY_NAME
from hecon.inputs.permitted import domain_of
from hecon.inputs.quantities import EFFECTS, FAMILY, FAMILY_COEFFICIENTS
from hecon.inputs.rows import Row
from hecon.inputs.stated_changes import refuse_changes
from hecon.settings import Settings, not_a_setting
from hecon.units import currencies_of

_DIMENSIONS = ("strategy", "endpoint", "drug", "state", "event")


def check_scenarios(book: TypedSheets) -> Iterator[Fault]:
    """Find scenario rows that change nothing that exists, or to a value that is not allowed."""
    yield from _checks(book)
    table = book.tables.get("Scenarios")
    if table is None:
        return
    parameters: dict[str, list[Row]] = {}
    for sheet in PARAMETER_SHEETS:
        for row in book.rows(sheet):
            if row.sound("parameter"):
                parameters.setdefault(row["parameter"], []).append(row)
    settings = {spec.name: spec for spec in fields(Settings)}
    keys = (*_DIMENSIONS, *table.keys)
    for row in table.rows:
        if not row.sound("scenario", "target", "value", *keys):
            continue
        target = row["target"]
        if target not in parameters:
            yield from _no_range(row)
        if target in CURVE_TARGETS:
            yield from _curve_change(book, row)
        elif target in settings:
            yield from _setting_change(book, row, settings[target], keys)
        elif target in parameters:
            yield from _parameter_change(row, parameters[target], keys)
        else:
            known = [*parameters, *settings, *CURVE_TARGETS]
            rule = "is no parameter of this workbook, no setting, and none of " + ", ".join(CURVE_TARGETS)
            yield Fault(row.where("target"), f"target '{target}' {rule}.{did_you_mean(target, known)}")
    yield from _resulting_curves(book, table.rows)


def _parameter_change(row: Row, rows: Sequence[Row], keys: Sequence[str]) -> Iterator[Fault]:
    target, value = row["target"], row["value"]
    if value is None or isinstance(value, str | bool):
        found = "blank" if value is None else f"'{value}'" if isinstance(value, str) else str(value).upper()
        yield Fault(row.where("value"), f"value is {found}; {target} must be a number")
        return
    at = {key: row[key] for key in keys if row[key] is not None}
    for key, label in at.items():
        if all(other[key] is None for other in rows):
            own = [name for name in (*keys, FAMILY) if any(other[name] is not None for other in rows)]
            by = f"by {' and '.join(own)}" if own else "as one value"
            yield Fault(row.where(key), f"{key} is '{label}', but {target} is given {by}; clear the cell")
            return
    matches = [other for other in rows if all(other[key] == label for key, label in at.items())]
    if not matches and all(other.sound(*at) and all(other[key] is not None for key in at) for other in rows):
        words = ", ".join(at.values())
        yield Fault(
            row.where("target"),
            f"there is no row of {target} for {words}; a scenario changes rows that exist",
        )
    for other in matches:
        if not other.sound("unit", "distribution", FAMILY):
            continue
        bounds = domain_of(other.values)
        for column in ("value", "low", "high"):
            if row.sound(column) and row[column] is not None and not bounds.hold(row[column]):
                about = target if column == "value" else f"{column} of {target}"
                yield Fault(row.where(column), f"{about} is {row[column]:g}; {bounds.rule(row[column])}")
                return
        faults = list(_range(row, other["distribution"] or FIXED))
        yield from faults
        if faults:
            return


def _range(row: Row, usual: str) -> Iterator[Fault]:
    """Find an interval of a new value from which nothing can be drawn; `usual` is the distribution of the input."""
    if not row.sound(*SCENARIO_RANGE):
        return
    low, high, own = (row[column] for column in SCENARIO_RANGE)
    if low is None and high is None:
        if own is not None:
            rule = "low and high are blank; a value that is drawn needs its interval"
            yield Fault(row.where("low"), f"distribution is {own}, but {rule}")
        return
    if low is None or high is None:
        blank, given = ("low", "high") if low is None else ("high", "low")
        yield Fault(row.where(blank), f"{blank} is blank while {given} is given; give both or neither")
    elif not low <= row["value"] <= high or low == high:
        yield Fault(row.where("low"), f"the interval is {low:g} to {high:g}; it must hold the value, {row['value']:g}")
    elif own is None and usual not in DISTRIBUTIONS:
        rule = f"distribution is blank, and that of {row['target']} is {usual}"
        yield Fault(row.where("distribution"), f"{rule}; name one of {', '.join(DISTRIBUTIONS)}")
    else:
        try:
            distribution(own or usual, row["value"], low, high)
        except ValueError as error:
            yield Fault(row.where("distribution"), f"{row['target']}: {error}")


def _no_range(row: Row) -> Iterator[Fault]:
    """A setting or the choice of a curve has no interval."""
    for column in SCENARIO_RANGE:
        if row.sound(column) and row[column] is not None:
            yield Fault(row.where(column), f"{column} is given, but {row['target']} is no parameter; clear the cell")


def _setting_change(book: TypedSheets, row: Row, spec: Field[Any], keys: Sequence[str]) -> Iterator[Fault]:
    target, value = row["target"], row["value"]
    try:
        spec.metadata["parse"]("" if value is None else value)
    except (ValueError, TypeError) as error:
        yield Fault(row.where("value"), f"{target} {not_a_setting(value, spec.default, error)}")
    for key in keys:
        if row[key] is not None:
            yield Fault(row.where(key), f"{key} is '{row[key]}', but a setting holds for all of them; clear the cell")
    strategies = (book.labels or {}).get("strategy", ())
    own = book.settings.currency if book.settings else ""
    other = target == "currency" and isinstance(value, str) and set(currencies_of(value)).isdisjoint(currencies_of(own))
    if other and own:
        rule = "a scenario cannot change the currency, for every number would stay as it is"
        yield Fault(row.where("value"), f"currency is '{value}', and that of the Settings sheet {own}; {rule}")
    if target == "comparator" and value and strategies and value not in strategies:
        yield Fault(row.where("value"), _not_a_label("comparator", value, strategies))


def _not_a_label(what: str, value: object, labels: Sequence[str]) -> str:
    hint = did_you_mean(str(value), labels)
    return f"{what} '{value}' is not on the Labels sheet ({', '.join(labels)}){'.' if hint else ''}{hint}"


def _curve_change(book: TypedSheets, row: Row) -> Iterator[Fault]:
    target, value = row["target"], row["value"]
    for key in ("strategy", "endpoint"):
        if row[key] is None:
            yield Fault(row.where(key), f"{key} is blank; {target} changes the curve of one strategy and one endpoint")
    for key in ("drug", "state", "event"):
        if row[key] is not None:
            yield Fault(
                row.where(key),
                f"{key} is '{row[key]}', but a curve has a strategy and an endpoint; clear the cell",
            )
    if value is None and target != "family":
        return
    labels = book.labels or {}
    allowed = {
        "family": tuple(FAMILY_COEFFICIENTS),
        "effect": EFFECTS,
        "reference": labels.get("strategy", ()),
        "reference_endpoint": labels.get("endpoint", ()),
        "wanes_to": labels.get("strategy", ()),
        **{column: SHEETS_BY_NAME["Curves"].column(column).allowed for column in ("waning", "landmark")},
    }[target]
    if allowed and value not in allowed:
        found = "blank" if value is None else f"'{value}'"
        rule = f"it must be one of {', '.join(allowed)}.{did_you_mean(str(value), allowed)}"
        yield Fault(row.where("value"), f"{target} is {found}; {rule}")


def _resulting_curves(book: TypedSheets, rows: Sequence[Row]) -> Iterator[Fault]:
    """Put each scenario's curve choices in place, and check the curves that then result."""
    found, base = evidence(book), choices(book)
    if found is None or len(base) != len(book.rows("Curves")) or any(faults_of(base, found)):
        return
    scenarios: dict[str, list[Row]] = {}
    for row in rows:
        if row.sound() and row["target"] in CURVE_TARGETS:
            scenarios.setdefault(row["scenario"], []).append(row)
    for changes in scenarios.values():
        last = {(row["strategy"], row["endpoint"]): row for row in changes}
        if not set(last) <= set(base):
            continue
        curves = dict(base)
        for row in changes:
            place = (row["strategy"], row["endpoint"])
            curves[place] = changed(curves[place], row["target"], row["value"])
        if any(row["target"] == "family" and row["value"] not in FAMILY_COEFFICIENTS for row in changes):
            continue  # said already
        for place, _, what in faults_of(curves, found):
            yield Fault(_blamed(place, curves, last).where("value"), what)


def changed(choice: CurveInUse, target: str, value: str | None) -> CurveInUse:
    """Change one column of a curve choice; a family and a reference clear each other, as when a case is run."""
    if target == "family" and value:
        return CurveInUse(family=value, wanes_to=choice.wanes_to, landmark=choice.landmark)
    if target in ("reference", "reference_endpoint") and value:
        return replace(choice, family=None, **{target: value})
    return replace(choice, **{target: value})


def _blamed(place: Place, curves: Mapping[Place, CurveInUse], last: Mapping[Place, Row]) -> Row:
    """Scenario row that a curve's fault is put down to: its own, else the first along its references."""
    seen: set[Place] = set()
    while place not in last and place not in seen:
        seen.add(place)
        place = curves[place].source(place) or place
    return last.get(place) or next(iter(last.values()))


def _changes(book: TypedSheets, row: Row) -> Iterator[Fault]:
    """Find changes of a check that this workbook cannot make."""
    if row["changed"] is None:
        if row["expected"] is not None:
            rule = f"changed is blank, and expected is '{row['expected']}'; say what is changed"
            yield Fault(row.where("changed"), rule)
        return
    rows = [one for sheet in PARAMETER_SHEETS for one in book.rows(sheet)]
    if not all(one.sound() and one["value"] is not None for one in rows):
        return  # what is wrong there comes first
    keys = {column for sheet in PARAMETER_SHEETS if (table := book.tables.get(sheet)) for column in table.keys}
    columns = ("parameter", "value", "unit", "distribution", FAMILY, "state")
    records = [{name: one[name] for name in columns} for one in rows]
    labels = [tuple(str(one[key]) for key in (*keys, FAMILY) if one[key] is not None) for one in rows]
    by_name: dict[str, set[int]] = {}
    for record, own in zip(records, labels, strict=True):
        by_name.setdefault(record["parameter"], set()).add(len(own))
    if any(len(counts) > 1 for name, counts in by_name.items() if name in row["changed"]):
        return
    try:
        refuse_changes(row["changed"], records, labels)
    except ValueError as error:
        yield Fault(row.where("changed"), str(error))


def _checks(book: TypedSheets) -> Iterator[Fault]:
    for row in book.rows("Checks"):
        if not row.sound():
            continue
        yield from _changes(book, row)
        if row["expected"] is not None:
            for name in ("low", "high"):
                if row[name] is not None:
                    rule = f"{name} is {row[name]:g} beside expected '{row['expected']}'; a check has one or the other"
                    yield Fault(row.where(name), rule)
        elif row["low"] is None and row["high"] is None:
            yield Fault(row.where("low"), "low and high are blank; a check needs at least one of them")
        elif row["low"] is not None and row["high"] is not None and row["low"] > row["high"]:
            yield Fault(row.where("low"), f"low is {row['low']:g}, above high {row['high']:g}")
        needs = row["measure"].startswith("incremental_") or row["measure"] == "icer"
        if needs and row["comparator"] is None:
            yield Fault(row.where("comparator"), f"comparator is blank; {row['measure']} is a difference from one")
        horizons = book.settings.horizons if book.settings else ()
        if horizons and row["horizon_years"] not in horizons:
            known = ", ".join(f"{horizon:g}" for horizon in horizons)
            rule = f"is not a horizon of the Settings sheet ({known})"
            yield Fault(row.where("horizon_years"), f"horizon_years {row['horizon_years']:g} {rule}")
