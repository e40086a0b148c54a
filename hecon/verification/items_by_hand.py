"""Items of the sheet Cost items a second time: each row from curves, schedules and plain quadrature.

It reads the sheet and the values of a case and shares no code with `hecon.analysis.cost_items`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.case import Case
from hecon.inputs.cost_items import COST_ITEMS, item_rows
from hecon.labels import STATE, STRATEGY
from hecon.timeline import SAME_TIME
from hecon.verification.doses_by_hand import GivenDose, paid
from hecon.verification.record import need

#: Years in the words for time that a unit may have, but for those of days.
_YEARS = {"year": 1.0, "month": 1 / 12, "quarter": 1 / 4}
_DAYS = {"week": 7.0, "day": 1.0, "hour": 1 / 24, "minute": 1 / 1440, "fortnight": 14.0}
_AMOUNT = "item"
SharesByTime = Callable[[np.ndarray], np.ndarray]


@frozen
class PatientsByHand:
    """Shares of one strategy at times: of each state (death last) and on treatment; and the doses planned for it."""

    states: Mapping[str, SharesByTime]
    treated: SharesByTime
    doses: Callable[[], Sequence[GivenDose]]

    def of(self, state: str) -> SharesByTime:
        """SharesByTime of a state, or alive."""
        if state:
            return self.states[state]
        *alive, _ = self.states.values()
        return lambda times: np.asarray(np.sum([share(times) for share in alive], axis=0))

    def gone(self, place: int) -> SharesByTime:
        """Share that has left the first states up to a place."""
        first = list(self.states.values())[: place + 1]
        return lambda times: np.asarray(1 - np.sum([share(times) for share in first], axis=0))


def rows_by_line(case: Case) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Rows of the sheet by the kind and name of the line that they make; of several states by each of them."""
    if COST_ITEMS not in case.tables:
        return {}
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    rows = item_rows(case.tables[COST_ITEMS])
    for row in rows:
        same = {(other[STATE], other["to"]) for other in rows if other["item"] == row["item"]}
        name = row["item"]
        if len(same) > 1 and row["flow"] not in ("in_state", "start"):
            name = f"{name}, {row[STATE]}" + (f" to {row['to']}" if row["to"] else "")
        found.setdefault((row["kind"], name), []).append(row)
    return found


def item_amount(
    case: Case, rows: Sequence[Mapping[str, Any]], strategy: str, horizon: float, patients: PatientsByHand,
    worth: Callable[[float], float], steps: int,
) -> float:  # fmt: skip
    """What the rows of one item add for one strategy until a horizon; `worth` is the present value of 1 at a time."""
    mine = [row for row in rows if row[STRATEGY] in ("", strategy)]
    return sum(_row(case, row, strategy, horizon, patients, worth, steps) for row in mine)


def _row(
    case: Case, row: Mapping[str, Any], strategy: str, horizon: float, patients: PatientsByHand,
    worth: Callable[[float], float], steps: int,
) -> float:  # fmt: skip
    value = _value(case, row)
    flow, state = row["flow"], row[STATE]
    whom = patients.of(state) if state else patients.treated
    if flow in ("in_state", "on_treatment"):
        edges = np.linspace(0, horizon, max(2, round(horizon * steps)) + 1)
        middle = (edges[1:] + edges[:-1]) / 2
        shares = (patients.of(state) if flow == "in_state" else whom)(middle)
        return value * _in_year(row, case) * float((shares * _present(worth, middle) * np.diff(edges)).sum())
    if flow in ("entering", "leaving", "transition"):
        names = list(patients.states)
        place = names.index(state) - (flow == "entering")
        if place < 0 or place == len(names) - 1:
            return 0.0
        edges = np.linspace(0, horizon, max(2, round(horizon * steps)) + 1)
        left = np.diff(patients.gone(place)(edges))
        return value * float((left * _present(worth, (edges[1:] + edges[:-1]) / 2)).sum())
    if flow == "start":
        return value * (1.0 if not state else float(patients.of(state)(np.zeros(1))[0]))
    if flow == "once_at":
        at = float(row["year"])
        if at >= horizon - SAME_TIME:
            return 0.0
        when = math.floor(at + SAME_TIME) if case.settings.discount_timing == "annual_step" else at
        return value * float(patients.of(state)(np.array([at]))[0]) * worth(when)
    return paid(case, _occasions(patients.doses(), row, value), _AMOUNT, whom, worth, horizon)


def _value(case: Case, row: Mapping[str, Any]) -> float:
    array = case.used_values()[row["parameter"]]
    return float(array.sel({dim: row[str(dim)] for dim in array.dims}).values)


def _in_year(row: Mapping[str, Any], case: Case) -> float:
    """Units of time of the value in a year."""
    if row["kind"] == "qaly":
        return 1.0
    word = row["unit"].replace(" per ", "/").rsplit("/", 1)[-1].strip().removesuffix("s")
    need(word in _YEARS or word in _DAYS, f"the unit {row['unit']} is not read a second time")
    return 1 / (_YEARS[word] if word in _YEARS else _DAYS[word] / case.settings.days_per_year)


def _present(worth: Callable[[float], float], times: np.ndarray) -> np.ndarray:
    knots = np.linspace(0, float(times[-1]) + 1, max(2, int(times[-1] * 52)))
    return np.exp(np.interp(times, knots, np.log([worth(float(t)) for t in knots])))


def _occasions(doses: Sequence[GivenDose], row: Mapping[str, Any], value: float) -> list[GivenDose]:
    """Days on which the item is paid, with the shares who pay."""
    costs = {_AMOUNT: value}
    drug, flow = row["drug"], row["flow"]
    mine = [dose for dose in doses if drug in ("", dose.drug)]
    if flow == "dose":
        days = [(dose.dispensed if dose.is_oral else dose.day, dose) for dose in mine]
        return [GivenDose(day, day, dose.drug, dose.share, costs) for day, dose in days]
    if flow == "visit":
        come: dict[int, dict[str, float]] = {}
        for dose in mine:
            if not dose.is_oral:
                of_day = come.setdefault(dose.day, {})
                of_day[dose.drug] = of_day.get(dose.drug, 0.0) + dose.planned
        return [GivenDose(day, day, "", max(of_day.values()), costs) for day, of_day in come.items()]
    return [GivenDose(day, day, "", 1.0, costs) for day in sorted({dose.cycle_day for dose in mine})]
