"""Individual data and digitised curves: what cannot be true of patients, of curves and of numbers at risk."""

from __future__ import annotations

from collections.abc import Iterator

from hecon.errors import Fault
from hecon.inputs.checks import TypedSheets
from hecon.inputs.curve_rows import Place
from hecon.inputs.evidence_sheets import AT_RISK, INDIVIDUAL, KAPLAN_MEIER
from hecon.inputs.rows import Row
from hecon.settings import years_per

#: Faults of one rule on a sheet that are listed before the rest is counted.
_LISTED = 5
#: Times of one patient group this many times those of the curve or of the others look like months beside years.
_OTHER_UNIT = 6.0


def check_evidence(book: TypedSheets) -> Iterator[Fault]:
    """Find rows that no patient can be, groups that nothing can be fitted to, and times in two units."""
    places: dict[Place, list[Row]] = {}
    found: dict[str, list[Fault]] = {}
    for row in book.rows(INDIVIDUAL):
        if not row.sound():
            continue
        for rule, fault in _patient(row):
            found.setdefault(rule, []).append(fault)
        places.setdefault((row["strategy"], row["endpoint"]), []).append(row)
    for faults in found.values():
        yield from faults[:_LISTED]
        if len(faults) > _LISTED:
            more = f"and {len(faults) - _LISTED - 1} more rows" if len(faults) > _LISTED + 1 else "also"
            verb = "break" if len(faults) > _LISTED + 1 else "breaks"
            yield Fault(faults[_LISTED].where, f"{more} {verb} the same rule as {faults[0].where}")
    if not found:
        for place, rows in places.items():
            yield from _twice(place, rows)
            yield from _group(place, rows)
        yield from _units(book, places)
    yield from _beyond_the_risk_table(book)


def _patient(row: Row) -> Iterator[tuple[str, Fault]]:
    time, event, upper, entry = (row[name] for name in ("time", "event", "upper", "entry"))
    if event is not None and event not in (0, 1):
        yield "event", Fault(row.where("event"), f"event is {event:g}; it is 1 (it happened) or 0 (censored)")
    if (event is None) == (upper is None):
        what = "are blank; give one of them" if event is None else "are both given; clear one of them"
        yield "one", Fault(row.where("event"), f"event and upper {what}")
    elif event == 1 and time == 0:
        yield (
            "zero",
            Fault(row.where("time"), "time is 0 with an event; an event needs a time above 0 (half a day, say)"),
        )
    elif upper is not None and (upper < time or upper == 0):
        yield (
            "upper",
            Fault(row.where("upper"), f"upper is {upper:g}, time {time:g}; the interval ends after it begins"),
        )
    if entry and entry >= time:
        yield "entry", Fault(row.where("entry"), f"entry is {entry:g}, time {time:g}; a patient enters before that")


def _twice(place: Place, rows: list[Row]) -> Iterator[Fault]:
    """Find a patient who is counted twice: a further stretch of the same life has an entry."""
    first: dict[object, Row] = {}
    for row in rows:
        patient = row["patient"]
        other = first.setdefault(patient, row) if patient is not None else row
        if other is not row and not row["entry"]:
            rule = f"stands in row {other.number} too, of {', '.join(place)}; a patient counts once"
            yield Fault(row.where("patient"), f"patient {patient} {rule}")
            return


def _group(place: Place, rows: list[Row]) -> Iterator[Fault]:
    first, words = rows[0], ", ".join(place)
    other = next((row for row in rows if row["time_unit"] != first["time_unit"]), None)
    if other is not None:
        rule = f"rows of {words} are in {first['time_unit']}s (row {first.number}); give all in one unit"
        yield Fault(other.where("time_unit"), f"time_unit is {other['time_unit']}, but {rule}")
    if len(rows) < 2:
        yield Fault(first.where("strategy"), f"{words} has one patient; a curve needs at least two")
    elif not any(row["event"] == 1 or row["upper"] is not None for row in rows):
        rule = f"all {len(rows)} patients of {words} are censored; without an event no curve can be fitted"
        yield Fault(first.where("event"), rule)


def _units(book: TypedSheets, places: dict[Place, list[Row]]) -> Iterator[Fault]:
    """Find groups whose times are so much longer than another's of the same endpoint that the units must differ."""
    days = book.settings.days_per_year if book.settings else 365.25
    last = {
        place: max(row["time"] for row in rows) * years_per(rows[0]["time_unit"], days)
        for place, rows in places.items()
        if len({row["time_unit"] for row in rows}) == 1
    }
    for (strategy, endpoint), longest in last.items():
        others = [value for (_, other), value in last.items() if other == endpoint and value > 0]
        if len(others) > 1 and longest > _OTHER_UNIT * min(others):
            rows = places[strategy, endpoint]
            row = max(rows, key=lambda one: one["time"])
            what = (
                f"time is {row['time']:g} {row['time_unit']}s, but another strategy is followed {min(others):.3g} years"
            )
            yield Fault(row.where("time"), f"{what} at most: months beside years? Correct time_unit")


def _beyond_the_risk_table(book: TypedSheets) -> Iterator[Fault]:
    """Find points of a curve far beyond the last number at risk, and after the last patient."""
    curves: dict[Place, list[Row]] = {}
    tables: dict[Place, list[Row]] = {}
    for sheet, held in ((KAPLAN_MEIER, curves), (AT_RISK, tables)):
        for row in book.rows(sheet):
            if row.sound():
                held.setdefault((row["strategy"], row["endpoint"]), []).append(row)
    for place, table in tables.items():
        table.sort(key=lambda row: float(row["time"]))
        if place not in curves or len(table) < 2:
            continue
        curve = sorted(curves[place], key=lambda row: float(row["time"]))
        end, step = table[-1]["time"], table[-1]["time"] - table[-2]["time"]
        last = curve[-1]
        gone = next((row for row in table if row["at_risk"] == 0), None)
        after = [row for row in curve if gone is not None and row["time"] > gone["time"]]
        before = [row for row in curve if gone is None or row["time"] <= gone["time"]]
        if gone is not None and after and before and before[-1]["survival"] - after[-1]["survival"] > 0.02:
            rule = f"nobody is at risk from {gone['time']:g} on ({AT_RISK} row {gone.number})"
            yield Fault(
                after[0].where("time"), f"time is {after[0]['time']:g} and the curve goes on falling, but {rule}"
            )
        elif last["time"] > end + 2 * step:
            rule = f"the numbers at risk of {', '.join(place)} end at {end:g} (row {table[-1].number})"
            cure = "complete them, or correct the unit: both are in the time unit of the curve"
            yield Fault(last.where("time"), f"time is {last['time']:g}, but {rule}; {cure}")
        elif end > _OTHER_UNIT * last["time"]:
            rule = f"the curve of {', '.join(place)} ends at {last['time']:g} ({KAPLAN_MEIER} row {last.number})"
            what = f"time is {table[-1]['time']:g}, but {rule}: months beside years?"
            yield Fault(table[-1].where("time"), f"{what} Both are in the time unit of the curve")
