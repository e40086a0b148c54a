"""The Schedules sheet as a plan: which dose is given to whom, on which day, and on which day it is dispensed.

Treatment cycles have their own calendar of days; of model time a plan knows only the last horizon. It holds
no parameter values, so it is built once for a timeline and serves every block of draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hecon.costing.sheets import DRUG, Findings, blank, once_for
from hecon.errors import Fault, InputError, did_you_mean, not_one_of
from hecon.frozen import frozen
from hecon.labels import STRATEGY
from hecon.parameters import records_of
from hecon.symbols.expression import is_number, is_symbolic, number_of
from hecon.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd

    from hecon.parameters import Parameters

SCHEDULES = "Schedules"
#: Unit of a dose, and the parameter its body size comes from.
BODY_SIZE_OF_UNIT = {"mg": None, "mg/kg": "body_weight", "mg/m2": "body_surface_area"}
_ROUTES = ("iv", "sc", "oral")
_BODY_SIZES = ("mean", "distribution")
WASTAGES = ("yes", "no")
_INTENSITIES = ("doses", "amount")
BY_DOSE, BY_TREATMENT_CYCLE = "by_dose", "by_treatment_cycle"

_NEEDED = (STRATEGY, DRUG, "days", "dose", "unit", "route")
_DEFAULTS: dict[str, Any] = {
    "from_cycle": 1,
    "to_cycle": math.inf,
    "paid_to_cycle": math.inf,
    "cycle_days": 28,
    "share": 1.0,
    "size_cap": math.inf,
    "max_dose": math.inf,
    "body_size": "mean",
    "wastage": "yes",
    "intensity": "doses",
}
_WORDS = {
    "unit": tuple(BODY_SIZE_OF_UNIT),
    "route": _ROUTES,
    "body_size": _BODY_SIZES,
    "wastage": WASTAGES,
    "intensity": _INTENSITIES,
    "dispensed": (BY_DOSE, BY_TREATMENT_CYCLE),
}


@frozen(eq=True)
class Dose:
    """One dose of one drug, with everything that decides what it costs.

    >>> Dose("carfilzomib", 56, "mg/m2", "iv", size_cap=2.2).label
    'carfilzomib 56 mg/m2 iv, at most 2.2 m2'
    """

    drug: str
    dose: Any
    unit: str
    route: str
    size_cap: Any = math.inf
    max_dose: Any = math.inf
    body_size: str = "mean"
    wastage: str = "yes"
    intensity: str = "doses"
    row: int | None = None

    @property
    def label(self) -> str:
        """The dose in words; two doses that differ have different labels."""
        if self.row is not None:  # the amount may change in the cell it stands in
            return f"{self.drug} {self.route}, {SCHEDULES} row {self.row}"
        parts = [f"{self.drug} {self.dose:.12g} {self.unit} {self.route}"]
        parts += [f"at most {self.size_cap:.12g} {self.unit[3:]}"] if self.size_cap < math.inf else []
        parts += [f"at most {self.max_dose:.12g} mg"] if self.max_dose < math.inf else []
        parts += ["over body sizes"] if self.body_size == "distribution" else []
        parts += ["vials shared"] if self.wastage == "no" else []
        parts += ["amount reduced"] if self.intensity == "amount" else []
        return ", ".join(parts)


@frozen
class Plan:
    """Everything that is given or dispensed before the last horizon, one entry per row of the sheet and day.

    `strategy` and `dose` are places on the strategies and `doses`; `share` is the share of patients; `day` is the
    day from the start of treatment on which it is given (0 is the first), `dispensed` the day on which it is dispensed:
    the same one, or that on which the treatment cycle begins. `number` is the running number of that day among those
    on which the drug is given by that route in that strategy (from 1). A day may lie past the last horizon where it was
    dispensed before. `paid` is False past the last treatment cycle that the payer pays. `days` are all those on which
    anything is paid, by dose or by treatment cycle.
    """

    doses: tuple[Dose, ...]
    rows: tuple[int | None, ...]
    strategy: np.ndarray
    dose: np.ndarray
    share: np.ndarray
    day: np.ndarray
    dispensed: np.ndarray
    number: np.ndarray
    paid: np.ndarray
    days: np.ndarray


@frozen(eq=True)
class _Row:
    """A row of the Schedules sheet that makes sense on its own."""

    row: int | None
    strategy: str
    given: Dose
    first: int
    last: float
    days: tuple[int, ...]
    cycle_days: int
    share: float
    dispensed: str
    paid_to: float

    @property
    def name(self) -> str:
        return f"{self.given.drug} in {self.strategy}"


@once_for(SCHEDULES)
def plan_of(p: Parameters, time: Timeline) -> Plan:
    """Read the Schedules sheet up to the last horizon of a timeline.

    Day d of treatment cycle k lies (k - 1) x cycle_days + d - 1 days from the start. Where a drug's cycles change their
    length, the lengths before are added up. Rows with dose 0 are pauses. Raises `InputError` with every fault of the
    sheet by row.
    """
    courses, calendars, findings = _courses(p, time)

    doses: dict[Dose, int] = {}
    first_rows: list[int | None] = []
    parts: list[np.ndarray] = []  # columns: day, dispensed, dose, share, route, paid, number, strategy
    for (strategy, _), course in courses.items():
        entries = []
        for row in course:
            if number_of(row.given.dose) == 0:
                continue
            if row.given not in doses:
                doses[row.given] = len(doses)
                first_rows.append(row.row)
            days, dispensed = _days(row, calendars[row.strategy, row.given.drug])
            route = _ROUTES.index(row.given.route)
            same = np.broadcast_to([doses[row.given], row.share, route], (len(days), 3))
            paid = row.first + np.arange(len(days)) // len(row.days) <= row.paid_to
            counts = time.cycle_at(dispensed / time.settings.days_per_year) < time.cycles
            entries.append(np.column_stack([days, dispensed, same, paid])[counts])
        if not entries:
            continue
        given = np.concatenate(entries)
        _check_days(course, given, findings)
        place = p.labels[STRATEGY].index(strategy)
        parts.append(np.column_stack([given, _numbers(given), np.full(len(given), place)]))
    findings.stop()
    table = np.concatenate(parts) if parts else np.zeros((0, 8))
    whole = table.astype(int)
    given = whole[whole[:, 4] != _ROUTES.index("oral")]  # by somebody: swallowing costs nothing
    ahead = time.cycle_at(given[:, 0] / time.settings.days_per_year) < time.cycles
    days = np.unique(np.concatenate([[0], whole[:, 1], given[ahead, 0]]))
    return Plan(
        doses=tuple(doses),
        rows=tuple(first_rows),
        strategy=whole[:, 7],
        dose=whole[:, 2],
        share=table[:, 3],
        day=whole[:, 0],
        dispensed=whole[:, 1],
        number=whole[:, 6],
        paid=whole[:, 5] > 0,
        days=days,
    )


def treatment_cycles_of(p: Parameters, time: Timeline) -> dict[tuple[str, str], np.ndarray]:
    """Days on which treatment cycles with a planned dose begin, by strategy and drug, up to the last horizon."""
    courses, calendars, _ = _courses(p, time)
    found = {}
    for names, course in courses.items():
        starts = calendars[names]
        given = np.zeros(len(starts), dtype=bool)
        for row in course:
            if number_of(row.given.dose) > 0:
                given[row.first - 1 : int(min(row.last, len(starts)))] = True
        days = starts[given]
        found[names] = days[time.cycle_at(days / time.settings.days_per_year) < time.cycles]
    return found


def _courses(
    p: Parameters, time: Timeline
) -> tuple[dict[tuple[str, str], list[_Row]], dict[tuple[str, str], np.ndarray], Findings]:
    """Read the rows of each strategy and drug, and the days on which its treatment cycles begin; faults are raised."""
    findings = Findings(SCHEDULES, p.source)
    unlabelled = [dim for dim in (STRATEGY, DRUG) if not p.labels.get(dim)]
    if unlabelled:
        raise InputError(p.source, [Fault("Labels", f"dimension '{dim}' has no labels") for dim in unlabelled])
    courses: dict[tuple[str, str], list[_Row]] = {}
    for row in _read(p.tables[SCHEDULES], p.labels, findings):
        courses.setdefault((row.strategy, row.given.drug), []).append(row)
    calendars = {names: _calendar(course, findings, time) for names, course in courses.items()}
    findings.stop()
    return courses, calendars, findings


def _calendar(course: list[_Row], findings: Findings, time: Timeline) -> np.ndarray:
    """Day on which each treatment cycle of a drug starts (0 is the first day), to past the last horizon."""
    course = sorted(course, key=lambda row: row.first)
    reached: float = course[0].first - 1
    for row in course:
        if row.first > reached + 1:
            gap = f"{reached + 1:g}" if row.first == reached + 2 else f"{reached + 1:g} to {row.first - 1}"
            findings.add(
                row.row,
                f"no row gives {row.name} in treatment cycle {gap}: this row starts at cycle {row.first}. "
                "Close the gap, or add a row with dose 0 for a pause",
            )
        reached = max(reached, row.last)
    shortest = min(row.cycle_days for row in course)
    count = int(time.edges[-1] * time.settings.days_per_year / shortest) + 2
    lengths = np.full(count, course[0].cycle_days)
    named = np.zeros(count, dtype=bool)
    for row in course:
        cycles = slice(row.first - 1, int(min(row.last, count)))
        if np.any(named[cycles] & (lengths[cycles] != row.cycle_days)):
            findings.add(row.row, f"cycle_days of {row.name} is {row.cycle_days} here but differs in another row")
        lengths[cycles] = row.cycle_days
        named[cycles] = True
    return np.concatenate([[0], np.cumsum(lengths)[:-1]])


def _days(row: _Row, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days on which the doses of a row are given, and the day on which each is dispensed."""
    cycles = starts[row.first - 1 : int(min(row.last, len(starts)))]
    days = (cycles[:, None] + np.array(row.days) - 1).ravel()
    return days, days if row.dispensed == BY_DOSE else np.repeat(cycles, len(row.days))


def _check_days(course: list[_Row], given: np.ndarray, findings: Findings) -> None:
    """No drug is given to more than all patients on one day."""
    shares = np.bincount(given[:, 0].astype(int), weights=given[:, 3])
    if len(shares) and shares.max() > 1 + 1e-9:
        day = int(np.argmax(shares > 1 + 1e-9))
        findings.add(
            course[-1].row,
            f"{course[-1].name} is given to a share of {shares.max():.6g} of patients on day {day + 1} of "
            "treatment; two rows overlap, or their shares add up to more than 1",
        )


def _numbers(given: np.ndarray) -> np.ndarray:
    """Running number of each day among the days of its route; rows on the same day are one administration."""
    days, routes = given[:, 0].astype(int), given[:, 4]
    numbers = np.zeros(len(given), dtype=int)
    for route in set(routes.tolist()):
        same = routes == route
        numbers[same] = np.cumsum(np.bincount(days[same]) > 0)[days[same]]
    return numbers


def _read(table: pd.DataFrame, labels: Mapping[str, tuple[str, ...]], findings: Findings) -> list[_Row]:
    missing = [column for column in _NEEDED if column not in table.columns]
    if missing:
        raise InputError(findings.source, [Fault(SCHEDULES, f"column '{column}' is missing") for column in missing])
    rows = []
    for record in records_of(table):
        known = {str(name): value for name, value in record.items() if not blank(value)}
        row = _read_row({**_DEFAULTS, **known}, labels, findings)
        if row is not None:
            rows.append(row)
    return rows


def _read_row(cells: Mapping[str, Any], labels: Mapping[str, tuple[str, ...]], findings: Findings) -> _Row | None:
    row = int(cells["row"]) if "row" in cells else None
    wrong: list[str] = [f"'{column}' is blank" for column in _NEEDED if column not in cells]
    for dim in (STRATEGY, DRUG):
        if dim in cells and cells[dim] not in labels.get(dim, ()):
            known = labels.get(dim, ())
            hint = did_you_mean(cells[dim], known)
            wrong.append(f"{dim} '{cells[dim]}' is not on the Labels sheet ({', '.join(known)}).{hint}")
    for column, allowed in _WORDS.items():
        if column in cells and cells[column] not in allowed:
            wrong.append(f"{column} '{cells[column]}' {not_one_of(cells[column], allowed)}")
    numbers = ("from_cycle", "to_cycle", "paid_to_cycle", "cycle_days", "dose", "share", "size_cap", "max_dose")
    wrong += [
        f"{column} is {cells[column]!r}; it must be a number"
        for column in numbers
        if column in cells and not is_number(cells[column])
    ]
    if not wrong:
        wrong = _number_faults({column: number_of(cell) for column, cell in cells.items()})
    for what in wrong:
        findings.add(row, what)
    if wrong:
        return None
    return _Row(
        row,
        str(cells[STRATEGY]),
        Dose(
            str(cells[DRUG]),
            _amount(cells["dose"]),
            cells["unit"],
            cells["route"],
            _amount(cells["size_cap"]),
            _amount(cells["max_dose"]),
            cells["body_size"],
            cells["wastage"],
            cells["intensity"],
            # Two rows of one dose are the same dose, unless each has a cell that may change.
            row if is_symbolic(cells["dose"], cells["size_cap"], cells["max_dose"]) else None,
        ),
        int(cells["from_cycle"]),
        float(cells["to_cycle"]),
        _day_list(cells["days"]),
        int(cells["cycle_days"]),
        float(cells["share"]),
        cells.get("dispensed", BY_TREATMENT_CYCLE if cells["route"] == "oral" else BY_DOSE),
        float(cells["paid_to_cycle"]),
    )


def _amount(cell: Any) -> Any:
    return cell if is_symbolic(cell) else float(cell)


def _number_faults(cells: Mapping[str, Any]) -> list[str]:
    first, last, length = cells["from_cycle"], cells["to_cycle"], cells["cycle_days"]
    days = _day_list(cells["days"])
    rules = [
        (
            first >= 1 and float(first).is_integer(),
            f"from_cycle is {first:g}; it must be a whole number of at least 1",
        ),
        (
            last >= first and (last == math.inf or float(last).is_integer()),
            f"to_cycle is {last:g}; it must be a whole number of at least {first:g} (from_cycle), or blank",
        ),
        (
            (paid := cells["paid_to_cycle"]) == math.inf or paid >= 0 == paid % 1,
            f"paid_to_cycle is {paid:g}; it must be a whole number of at least 0, or blank",
        ),
        (
            length >= 1 and float(length).is_integer(),
            f"cycle_days is {length:g}; it must be a whole number of days",
        ),
        (bool(days), f"days is {cells['days']!r}; it must list whole days, such as 1, 8, 15, 22"),
        (len(set(days)) == len(days), f"days names a day twice: {', '.join(map(str, days))}"),
        (
            all(1 <= day <= length for day in days),
            f"days are {', '.join(map(str, days))}; each must lie between 1 and cycle_days ({length:g})",
        ),
        (0 <= cells["dose"] < math.inf, f"dose is {cells['dose']:g}; it must be at least 0"),
        (0 <= cells["share"] <= 1, f"share is {cells['share']:g}; it must lie between 0 and 1"),
        (cells["size_cap"] > 0, f"size_cap is {cells['size_cap']:g}; it must be above 0, or blank"),
        (cells["max_dose"] > 0, f"max_dose is {cells['max_dose']:g}; it must be above 0, or blank"),
        (
            cells["unit"] != "mg" or cells["size_cap"] == math.inf,
            "size_cap applies to doses in mg/kg or mg/m2; this dose is in mg",
        ),
    ]
    return [what for right, what in rules if not right]


def _day_list(days: object) -> tuple[int, ...]:
    """Give the days as whole numbers, or nothing where they are not."""
    listed = np.atleast_1d(np.asarray(days, dtype=object)).tolist()
    if all(isinstance(day, int | float | np.number) and float(day).is_integer() for day in listed):
        return tuple(int(day) for day in listed)
    return ()
