"""Parameter rows: numbers within bounds, possible uncertainty, no combination missing and none twice."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hecon.domains import REAL
from hecon.errors import Fault, did_you_mean
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.origin import check_origin
from hecon.inputs.cost_items import COST_ITEMS
from hecon.inputs.distributions import FIXED, distribution
from hecon.inputs.format import PARAMETER_SHEETS, RARE, TRANSITIONS
from hecon.inputs.permitted import domain_of
from hecon.inputs.quantities import (
    EFFECTS,
    FAMILY,
    FAMILY_COEFFICIENTS,
    KNOWN_BY_NAME,
    SPLINES,
    STRUCTURAL,
    TABLE_FAMILIES,
    is_coefficient,
    is_of_effect,
)
from hecon.inputs.rows import Row
from hecon.inputs.together import SHARED
from hecon.labels import DEAD_NAMES
from hecon.survival.curve_rows import NEVER
from hecon.survival.piecewise_exponential import PIECEWISE

SURVIVAL_SHEET = "Survival"
#: More missing combinations than this are counted, not listed.
_LISTED = 3


def check_parameters(book: TypedSheets) -> Iterator[Fault]:
    """Find what is wrong in the rows of every parameter sheet."""
    sheets = [name for name in PARAMETER_SHEETS if name in book.tables]
    if not any(book.rows(name) for name in sheets) and not any(book.tables[name].faults for name in sheets):
        yield Fault(PARAMETER_SHEETS[-1], f"there are no parameters; they belong on {', '.join(PARAMETER_SHEETS)}")
    by_name: dict[str, list[Row]] = {}
    homes: dict[str, list[str]] = {}
    for sheet in sheets:
        for row in book.rows(sheet):
            yield from _check_row(row, sheet)
            if row.sound("parameter"):
                by_name.setdefault(row["parameter"], []).append(row)
                homes.setdefault(row["parameter"], []).append(sheet)
    for name, rows in by_name.items():
        if len(set(homes[name])) > 1:
            other = next(row for row, sheet in zip(rows, homes[name], strict=True) if sheet != homes[name][0])
            places = " and ".join(dict.fromkeys(homes[name]))
            yield Fault(other.where("parameter"), f"{name} stands on {places}; keep it on one sheet")
            continue
        keys = [key for key in book.tables[homes[name][0]].keys if any(row[key] is not None for row in rows)]
        if not all(row.sound(*keys) for row in rows):
            continue
        is_sparse = homes[name][0] == SURVIVAL_SHEET and (is_coefficient(name) or is_of_effect(name))
        if not is_sparse:
            yield from _blank_keys(name, rows, keys)
        yield from _twice(name, rows, keys)
        may_lack = is_sparse or homes[name][0] == COST_ITEMS  # an item is nothing where no row gives it
        if not may_lack and book.labels is not None and all(row[key] is not None for row in rows for key in keys):
            yield from _missing(name, rows, keys, book.labels)


def _check_row(row: Row, sheet: str) -> Iterator[Fault]:
    name = row["parameter"]
    if row.sound("parameter"):
        yield from _check_place(row, sheet)
    beyond = list(_check_bounds(row)) if row.sound("parameter", "unit", "distribution", FAMILY) else []
    if sheet != TRANSITIONS:  # whose own check says more about the same cells
        yield from beyond
    if not beyond and row.sound("value", "low", "high", "se", "distribution"):
        yield from _check_uncertainty(row)
    yield from check_origin(row, name)


def _check_place(row: Row, sheet: str) -> Iterator[Fault]:
    name, family = row["parameter"], row[FAMILY] if sheet == SURVIVAL_SHEET and row.sound(FAMILY) else None
    known = KNOWN_BY_NAME.get(name)
    if sheet == SURVIVAL_SHEET and (is_coefficient(name) or is_of_effect(name)):
        for key in ("strategy", "endpoint"):
            if row[key] is None:
                yield Fault(row.where(key), f"{key} is blank; {name} belongs to one strategy and one endpoint")
    if known and known.sheet != sheet:
        yield Fault(row.where("parameter"), f"{name} belongs on sheet '{known.sheet}'")
    if sheet != SURVIVAL_SHEET or not row.sound(FAMILY):
        return
    if family is None:
        if is_coefficient(name):
            yield Fault(row.where(FAMILY), f"family is blank; the coefficient {name} needs its survival family")
        elif not is_of_effect(name) and (hint := did_you_mean(name, EFFECTS[:-1])):
            yield Fault(row.where("parameter"), f"'{name}' is not an effect ({', '.join(EFFECTS[:-1])}).{hint}")
        elif name.startswith(STRUCTURAL) and row.sound("distribution") and row["distribution"] not in (None, FIXED):
            what = f"distribution of {name} is {row['distribution']}; the time at which a ratio ends must be fixed"
            yield Fault(row.where("distribution"), what)
    elif family in TABLE_FAMILIES:
        rule = f"{family} has no coefficients; its survival stands on the Kaplan-Meier sheet"
        yield Fault(row.where("parameter"), rule)
    elif family == NEVER:
        yield Fault(row.where("parameter"), f"{NEVER} has no coefficients; clear the row")
    elif not is_coefficient(name, family):
        allowed = ", ".join(FAMILY_COEFFICIENTS[family])
        allowed = "rate_1, until_1, rate_2, ..." if family == PIECEWISE else allowed
        allowed = "gamma_0, gamma_1, ..., knot_1, knot_2, ..." if family in SPLINES else allowed
        hint = did_you_mean(name, FAMILY_COEFFICIENTS[family])
        yield Fault(row.where("parameter"), f"'{name}' is not a coefficient of {family} ({allowed}).{hint}")
    elif name.startswith(STRUCTURAL) and row.sound("distribution") and row["distribution"] not in (None, "fixed"):
        rule = "the end of a piece must be fixed" if family == PIECEWISE else "the time of a knot must be fixed"
        yield Fault(row.where("distribution"), f"distribution of {name} is {row['distribution']}; {rule}")


def _check_bounds(row: Row) -> Iterator[Fault]:
    bounds = domain_of(row.values)
    if bounds == REAL:
        return
    for column in ("value", "low", "high"):
        number = row[column]
        if not row.sound(column) or number is None or bounds.hold(number):
            continue
        subject = row["parameter"] if column == "value" else f"{column} of {row['parameter']}"
        yield Fault(row.where(column), f"{subject} is {number:g}; it must {bounds.words}")


def _check_uncertainty(row: Row) -> Iterator[Fault]:
    name, low, high = row["parameter"], row["low"], row["high"]
    if (low is None) != (high is None):
        blank, given = ("low", "high") if low is None else ("high", "low")
        yield Fault(row.where(blank), f"{blank} of {name} is blank while {given} is given; give both or neither")
        return
    if low is not None and high is not None and low > high:
        yield Fault(row.where("low"), f"low of {name} is {low:g}, above its high {high:g}")
        return

    def number(column: str) -> float:
        return math.nan if row[column] is None else float(row[column])

    if not row.sound("coverage", "natural_1", "natural_2", "truncate_low", "truncate_high"):
        return
    try:
        distribution(
            row["distribution"] or "fixed",
            *map(number, ("value", "low", "high", "se")),
            coverage=number("coverage"),
            truncate_low=number("truncate_low"),
            truncate_high=number("truncate_high"),
            natural=(number("natural_1"), number("natural_2")),
            shared=SHARED,
        )
    except ValueError as error:
        yield Fault(row.where(_guilty(str(error), row)), f"{name}: {error}")


def outside_range_notes(book: TypedSheets) -> list[str]:
    """Say which values lie outside their own range.

    No fault: whoever tries another price changes one cell. The range belongs to the analysis of uncertainty, which
    keeps its width around the new value; distributions that cannot (triangular, ...) refuse the value as a fault.
    """
    return [
        f"{row.where('value')}: {row['parameter']} is {row['value']:g}, outside its range "
        f"({row['low']:g} to {row['high']:g}); the range says how uncertain it is, so look at it too"
        for sheet in PARAMETER_SHEETS
        for row in book.rows(sheet)
        if row.sound("value", "low", "high")
        and None not in (row["value"], row["low"], row["high"])
        and not row["low"] <= row["value"] <= row["high"]
    ]


def cost_of_death_notes(book: TypedSheets) -> list[str]:
    """Say which costs by time go on after death: each cycle adds them for all who have died until then."""
    return [
        f"{row.where('value')}: {row['parameter']} is {row['value']:g} in state {row['state']}, and goes on after death"
        for sheet in PARAMETER_SHEETS
        for row in book.rows(sheet)
        if row.sound("parameter", "value", "state", "flow")
        and row["state"] in DEAD_NAMES
        and row["value"]
        and ("_per_" in row["parameter"] or row["flow"] == "in_state")
    ]


def _guilty(message: str, row: Row) -> str:
    """Column that an impossible distribution is blamed on."""
    if message.startswith(("se ", "the se ")):
        return "se" if row["se"] is not None else "low"
    word = message.split()[0]
    return word if word in ("value", "low", "high", *RARE) else "distribution"


def _blank_keys(name: str, rows: Sequence[Row], keys: Sequence[str]) -> Iterator[Fault]:
    for key in keys:
        blank = [row for row in rows if row[key] is None]
        for row in blank:
            other = next(row for row in rows if row[key] is not None)
            rule = f"{key} of {name} is blank, but row {other.number} gives one; give it in all rows or in none"
            yield Fault(row.where(key), rule)


def _twice(name: str, rows: Sequence[Row], keys: Sequence[str]) -> Iterator[Fault]:
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[part] for part in keys)
        if key in seen:
            words = ", ".join(part for part in key if part)
            about = f"{name} for {words}" if words else name
            yield Fault(
                row.where("parameter"),
                f"rows {seen[key].number} and {row.number} both give {about}; keep one",
            )
        seen.setdefault(key, row)


def _missing(
    name: str, rows: Sequence[Row], keys: Sequence[str], labels: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    given = {tuple(row[key] for key in keys) for row in rows}
    missing = [key for key in itertools.product(*(labels.get(key, ()) for key in keys)) if key not in given]
    if not missing:
        return
    shown = "; ".join(", ".join(key) for key in missing[:_LISTED])
    more = f"; and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
    rule = f"{name} has no value for {shown}{more}; every combination of {' and '.join(keys)} needs one"
    yield Fault(rows[-1].where("parameter"), rule)
