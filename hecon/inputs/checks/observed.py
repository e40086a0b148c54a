"""Sheets of observations: published survival, Kaplan-Meier, numbers at risk, covariance, life table, index."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from hecon.domains import SHARE
from hecon.errors import Fault, did_you_mean
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.origin import check_origin
from hecon.inputs.evidence_sheets import CURVE_MEASURES
from hecon.inputs.format import PARAMETER_SHEETS
from hecon.inputs.quantities import FAMILY_COEFFICIENTS, OS, PFS, is_coefficient
from hecon.inputs.rows import Row
from hecon.settings import years_per

_SLACK = 1e-9


def check_observed(book: TypedSheets) -> Iterator[Fault]:
    """Find what cannot be true in the sheets of observations."""
    yield from _published(book)
    yield from _kaplan_meier(book)
    yield from _at_risk(book)
    yield from _covariance(book)
    yield from _life_table(book)
    yield from _price_index(book)


def _published(book: TypedSheets) -> Iterator[Fault]:
    days = book.settings.days_per_year if book.settings else 365.25
    found: dict[tuple[str, str, float], dict[str, Row]] = {}
    for row in book.rows("Published survival"):
        if not row.sound():
            continue
        wrong = list(_published_row(row))
        yield from wrong
        if wrong:
            continue
        if row["measure"] not in CURVE_MEASURES:
            continue
        year = years_per(row["time_unit"], days)
        time = 0.0 if row["time"] is None else round(row["time"] * year, 9)
        found.setdefault((row["strategy"], row["measure"], time), {})[row["endpoint"]] = row
    for (strategy, measure, _), rows in found.items():
        if not {PFS, OS} <= set(rows):
            continue
        pfs, overall = rows[PFS], rows[OS]
        units = [years_per(row["time_unit"], days) if measure == "median" else 1.0 for row in (pfs, overall)]
        if pfs["value"] * units[0] > overall["value"] * units[1] + _SLACK:
            of = "median" if measure == "median" else f"survival at {pfs['time']:g} {pfs['time_unit']}"
            own, other = (f"{row['value']:g}{_unit_of(row)}" for row in (pfs, overall))
            rule = f"lies above its {OS} of {other} (row {overall.number})"
            if pfs["time_unit"] != overall["time_unit"]:
                rule += "; is one of the time units wrong?"
            yield Fault(pfs.where("value"), f"{of} {PFS} of {strategy} is {own} and {rule}")


def _unit_of(row: Row) -> str:
    several = "" if row["value"] == 1 else "s"
    return f" {row['time_unit']}{several}" if row["measure"] == "median" else ""


def _published_row(row: Row) -> Iterator[Fault]:
    value, low, high = row["value"], row["low"], row["high"]
    measure = row["measure"]
    if row["time_unit"] is None and measure not in ("hazard_ratio", "events"):
        yield Fault(row.where("time_unit"), f"time_unit is blank; {measure} needs one")
    if (row["against"] is None) == (measure == "hazard_ratio"):
        rule = "blank; a hazard_ratio is against another strategy" if row["against"] is None else (
            f"'{row['against']}', but only a hazard_ratio compares strategies; clear it"
        )  # fmt: skip
        yield Fault(row.where("against"), f"against is {rule}")
    elif row["against"] == row["strategy"]:
        yield Fault(row.where("against"), f"against is '{row['against']}', the strategy itself")
    if measure in ("hazard_ratio", "events"):
        if value <= 0:
            yield Fault(row.where("value"), f"{measure} is {value:g}; it must be above 0")
        if measure == "events" and value != round(value):
            yield Fault(row.where("value"), f"events are {value:g}; it must be a whole number")
    elif measure == "restricted_mean":
        if row["time"] is None:
            yield Fault(row.where("time"), "time is blank; restricted_mean needs the time that it goes up to")
        elif not 0 < value < row["time"]:
            yield Fault(row.where("value"), f"restricted_mean is {value:g}; it must lie between 0 and {row['time']:g}")
    elif measure == "median":
        if row["time"] is not None:
            yield Fault(row.where("time"), f"time is {row['time']:g}; it is blank for a median")
        if value <= 0:
            yield Fault(row.where("value"), f"the median is {value:g}; it must be above 0")
    else:
        if row["time"] is None:
            yield Fault(row.where("time"), "time is blank; survival_at needs the time of the landmark")
        for column in ("value", "low", "high"):
            if row[column] is not None and row[column] > 1:
                rule = f"survival must {SHARE.words}{SHARE.percent(row[column])}"
                yield Fault(row.where(column), f"{column} is {row[column]:g}; {rule}")
                return
    if (low is not None and low > value) or (high is not None and high < value):
        words = [f"{name} {number:g}" for name, number in (("low", low), ("high", high)) if number is not None]
        yield Fault(row.where("value"), f"value is {value:g}, outside its interval ({', '.join(words)})")
    yield from check_origin(row)


def _by_place(book: TypedSheets, sheet: str) -> dict[tuple[str, str], list[Row]]:
    places: dict[tuple[str, str], list[Row]] = {}
    for row in book.rows(sheet):
        if row.sound():
            places.setdefault((row["strategy"], row["endpoint"]), []).append(row)
    return {place: sorted(rows, key=lambda row: row["time"]) for place, rows in places.items()}


def _falling(rows: list[Row], column: str) -> Iterator[Fault]:
    for earlier, later in pairwise(rows):
        if later[column] > earlier[column] + _SLACK:
            rule = f"above {earlier[column]:g} at time {earlier['time']:g} (row {earlier.number}); it can only fall"
            yield Fault(later.where(column), f"{column} is {later[column]:g} at time {later['time']:g}, {rule}")
            return


def _kaplan_meier(book: TypedSheets) -> Iterator[Fault]:
    places = _by_place(book, "Kaplan-Meier")
    for rows in places.values():
        yield from _falling(rows, "survival")
        if rows[0]["time"] == 0 and rows[0]["survival"] != 1:
            yield Fault(rows[0].where("survival"), f"survival is {rows[0]['survival']:g} at time 0; it must be 1")
    days = book.settings.days_per_year if book.settings else 365.25
    units = {
        (row["strategy"], row["endpoint"]): years_per(row["time_unit"], days)
        for row in book.rows("Curves")
        if row.sound("strategy", "endpoint", "time_unit") and row["time_unit"]
    }
    for strategy in dict.fromkeys(strategy for strategy, _ in places):
        pfs, overall = places.get((strategy, PFS)), places.get((strategy, OS))
        if not pfs or not overall:
            continue
        pfs_unit = units.get((strategy, PFS), 1.0)
        unit = units.get((strategy, OS), pfs_unit)
        for row in pfs:
            # Overall survival cannot rise, so its last value before this time bounds it from above.
            before = [other for other in overall if other["time"] * unit <= row["time"] * pfs_unit + _SLACK]
            if before and row["survival"] > before[-1]["survival"] + _SLACK:
                rule = f"lies above its {OS} of {before[-1]['survival']:g} (row {before[-1].number})"
                what = f"{PFS} of {strategy} is {row['survival']:g} at time {row['time']:g} and {rule}"
                yield Fault(row.where("survival"), what)
                break


def _at_risk(book: TypedSheets) -> Iterator[Fault]:
    for rows in _by_place(book, "Number at risk").values():
        yield from _falling(rows, "at_risk")


def _covariance(book: TypedSheets) -> Iterator[Fault]:
    groups: dict[tuple[str, str, str], list[Row]] = {}
    unclear: set[tuple[str, str, str]] = set()
    for row in book.rows("Covariance"):
        if not row.sound():
            continue
        place = row["strategy"], row["endpoint"], row["family"]
        groups.setdefault(place, []).append(row)
        for column in ("parameter_1", "parameter_2"):
            if not is_coefficient(row[column], row["family"]):
                unclear.add(place)
                known = FAMILY_COEFFICIENTS[row["family"]]
                hint = did_you_mean(row[column], known)
                rule = f"is not a coefficient of {row['family']} ({', '.join(known)}).{hint}"
                yield Fault(row.where(column), f"{column} '{row[column]}' {rule}")
    for rows in (rows for place, rows in groups.items() if place not in unclear):  # one message for one wrong name
        variances = {row["parameter_1"]: row["covariance"] for row in rows if row["parameter_1"] == row["parameter_2"]}
        for row in rows:
            first, second, number = row["parameter_1"], row["parameter_2"], row["covariance"]
            if first == second and number < 0:
                yield Fault(row.where("covariance"), f"the variance of {first} is {number:g}; it must be at least 0")
            elif first != second and not {first, second} <= set(variances):
                absent = first if first not in variances else second
                yield Fault(row.where("covariance"), f"the variance of {absent} is missing: a row with {absent} twice")
            elif first == second or min(variances[first], variances[second]) < 0:
                continue
            elif number**2 > variances[first] * variances[second] * (1 + _SLACK):
                most = math.sqrt(variances[first] * variances[second])
                rule = f"it must lie between {-most:.6g} and {most:.6g}, by the two variances"
                yield Fault(row.where("covariance"), f"the covariance is {number:g}; {rule}")


def _life_table(book: TypedSheets) -> Iterator[Fault]:
    by_sex: dict[str, list[Row]] = {}
    for row in book.rows("Life table"):
        if row.sound():
            by_sex.setdefault(row["sex"], []).append(row)
    for sex, rows in by_sex.items():
        for earlier, later in pairwise(sorted(rows, key=lambda row: int(row["age"]))):
            if later["age"] > earlier["age"] + 1:
                gap = f"between age {earlier['age']} (row {earlier.number}) and {later['age']}"
                yield Fault(later.where("age"), f"ages are missing for {sex}, {gap}")
                break


def _price_index(book: TypedSheets) -> Iterator[Fault]:
    target = book.settings.price_year if book.settings else None
    rows = book.rows("Price index")
    if target is None or any(not row.sound() for row in rows):
        return
    known = {row["year"] for row in rows}
    for sheet in PARAMETER_SHEETS:
        for row in book.rows(sheet):
            year = row["price_year"]
            if not row.sound("price_year") or year is None or year == target:
                continue
            missing = [str(needed) for needed in (year, target) if needed not in known]
            if missing:
                rule = f"to reach {target} it needs an index for {' and '.join(missing)} on sheet Price index"
                yield Fault(row.where("price_year"), f"price_year is {year}; {rule}")
