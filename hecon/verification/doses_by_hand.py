"""Doses a second time: day by day from the sheets Schedules and Packs, each paid by those on treatment when it is due.

It reads the tables and the values of a case and shares no code with `hecon.costing`: packs are chosen by trying every
combination, body sizes by a fine ladder of quantiles.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.case import Case
from hecon.labels import STRATEGY
from hecon.timeline import SAME_TIME
from hecon.verification.record import need

#: Patients on the ladder of body sizes.
_LADDER = 50_000
_SIZE_OF = {"mg/kg": "body_weight", "mg/m2": "body_surface_area"}
_INFUSIONS = ("first", "second", "later")
_NOWHERE: Mapping[str, str] = {}
_DRUG = "drug"
DRUGS, GIVING, AROUND = "drugs", "giving", "medicines around"


@frozen(eq=True)
class GivenDose:
    """A dose: the day it is given and the day it is dispensed (0 is the first), to which share, and what one costs."""

    day: int
    dispensed: int
    drug: str
    share: float
    costs: Mapping[str, float]
    #: The share for whom it is planned, the day on which its treatment cycle begins, and whether it is swallowed.
    planned: float = 1.0
    cycle_day: int = 0
    is_oral: bool = False


class DosesByHand:
    """Every dose of a strategy before the last horizon."""

    def __init__(self, case: Case) -> None:
        self._case, self._values = case, case.used_values()
        self._days_per_year = case.settings.days_per_year
        need({"Schedules", "Packs"} <= set(case.tables), "there are no sheets Schedules and Packs")

    @cached_property
    def _strategies(self) -> tuple[str, ...]:
        return tuple(self._case.labels[STRATEGY])

    def value(self, name: str, otherwise: float | None = None, *, at: Mapping[str, str] = _NOWHERE) -> float:
        """One number of an input at some labels; an input that is not there is `otherwise`."""
        if name not in self._values:
            need(otherwise is not None, f"there is no input {name}")
            assert otherwise is not None
            return otherwise
        array = self._values[name]
        return float(array.sel({dim: label for dim, label in at.items() if dim in array.dims}).values)

    def of(self, strategy: str) -> list[GivenDose]:
        """Doses of one strategy."""
        table = self._case.tables["Schedules"]
        rows = table[table[STRATEGY] == strategy].to_dict("records")
        last = self._case.settings.horizons[-1] * self._days_per_year
        days = [(row, list(_days(row, rows, last))) for row in rows if row["dose"] > 0]
        found = []
        for row, own in days:
            drug, route = row["drug"], row["route"]
            same = [d for other, more in days if (other["drug"], other["route"]) == (drug, route) for d, *_ in more]
            numbers = {day: number for number, day in enumerate(sorted(set(same)))}
            reduced = self.value("relative_dose_intensity", 1.0, at={STRATEGY: strategy, _DRUG: drug})
            fewer = row.get("intensity", "doses") != "amount"
            price = self._dose_cost(row, strategy, 1.0 if fewer else reduced)
            for day, dispensed, begins in own:
                costs = {DRUGS: price, **self._given(drug, route, numbers[day], strategy)}
                planned = float(_or(row.get("share"), 1.0))
                share = planned * (reduced if fewer else 1.0)
                found.append(GivenDose(day, dispensed, drug, share, costs, planned, begins, route == "oral"))
        return found

    def _given(self, drug: str, route: str, number: int, strategy: str) -> dict[str, float]:
        if route == "oral":
            return {GIVING: 0.0, AROUND: 0.0}
        at = {_DRUG: drug, STRATEGY: strategy}
        if route == "iv":
            minutes = self.value("infusion_minutes", at={**at, "infusion": _INFUSIONS[min(number, 2)]})
            added = 0
            while minutes - 60 * (added + 1) > 30:
                added += 1
            giving = self.value("first_hour_cost", at=at) + added * self.value("added_hour_cost", at=at)
        else:
            giving = self.value("injection_cost", at=at)
        around = self.value("premedication_cost", 0.0, at=at) + self.value("postmedication_cost", 0.0, at=at)
        return {GIVING: giving, AROUND: around}

    def _dose_cost(self, row: Mapping[Any, Any], strategy: str, scale: float) -> float:
        packs = self._case.tables["Packs"]
        packs = packs[packs["drug"] == row["drug"]]
        sizes = [float(size) for size in packs["size"]]
        units = [_units_in(pack) for pack in packs.to_dict("records")]
        price = self.value("drug_price", at={_DRUG: row["drug"], STRATEGY: strategy})
        cap, most = float(_or(row.get("size_cap"), math.inf)), float(_or(row.get("max_dose"), math.inf))
        amounts = np.minimum(row["dose"] * np.minimum(self._bodies(row, strategy), cap), most) * scale
        if row.get("wastage", "yes") == "no":
            return price * float(amounts.mean()) * min(unit / size for unit, size in zip(units, sizes, strict=True))
        return price * float(_cheapest(amounts, sizes, units).mean())

    def _bodies(self, row: Mapping[Any, Any], strategy: str) -> np.ndarray:
        """Body sizes of the patients: one, or a ladder of quantiles of the lognormal distribution."""
        if row["unit"] == "mg":
            return np.ones(1)
        name = _SIZE_OF[row["unit"]]
        mean = self.value(name, at={STRATEGY: strategy})
        if row.get("body_size", "mean") != "distribution":
            return np.array([mean])
        from statistics import NormalDist

        spread = math.sqrt(math.log1p((self.value(f"{name}_sd", at={STRATEGY: strategy}) / mean) ** 2))
        if spread == 0:
            return np.array([mean])
        law = NormalDist(math.log(mean) - spread**2 / 2, spread)
        return np.exp(_ladder() * law.stdev + law.mean)


def _ladder() -> np.ndarray:
    from scipy.special import ndtri

    return np.asarray(ndtri((np.arange(_LADDER) + 0.5) / _LADDER))


def _units_in(pack: Mapping[Any, Any]) -> float:
    """Prices that a pack costs: as many as it says, else one where the price is that of a pack, else one a mg."""
    one = 1.0 if pack.get("price_per") == "pack" else float(pack["size"])
    return float(_or(pack.get("priced_as"), one))


def _cheapest(amounts: np.ndarray, sizes: Sequence[float], units: Sequence[float]) -> np.ndarray:
    """Units that each amount takes in whole packs, by trying every combination that may be needed."""
    most = float(amounts.max())
    ranges = [range(math.ceil(most / size - 1e-9) + 1) for size in sizes]
    need(math.prod(len(one) for one in ranges) < 200_000, "there are too many combinations of packs to try")
    held = [
        (sum(n * s for n, s in zip(c, sizes, strict=True)), sum(n * u for n, u in zip(c, units, strict=True)))
        for c in itertools.product(*ranges)
    ]
    totals = sorted({total for total, _ in held})
    cheapest = [min(cost for total, cost in held if total >= level * (1 - 1e-9)) for level in totals]
    return np.array(cheapest)[np.searchsorted(totals, amounts * (1 - 1e-9))]


def _days(row: Mapping[Any, Any], rows: Sequence[Mapping[Any, Any]], last: float) -> list[tuple[int, int, int]]:
    """Days on which a row is given and dispensed and its treatment cycle begins, before the last horizon."""
    lengths = {int(_or(other.get("cycle_days"), 28)) for other in rows if other["drug"] == row["drug"]}
    need(len(lengths) == 1, f"treatment cycles of {row['drug']} change their length")
    length = lengths.pop()
    by_cycle = row["route"] == "oral" if not _or(row.get("dispensed"), "") else row["dispensed"] == "by_treatment_cycle"
    cycle, final = int(_or(row.get("from_cycle"), 1)), float(_or(row.get("to_cycle"), math.inf))
    given = []
    while cycle <= final and (cycle - 1) * length < last - 1e-5:
        first = (cycle - 1) * length
        days = [first + int(day) - 1 for day in row["days"]]
        given += [(day, first if by_cycle else day, first) for day in days]
        cycle += 1
    return given


def _or(value: Any, otherwise: Any) -> Any:
    missing = value is None or value == "" or (isinstance(value, float) and math.isnan(value))
    return otherwise if missing else value


def paid(
    case: Case,
    doses: Sequence[GivenDose],
    what: str,
    treated: Callable[[np.ndarray], np.ndarray],
    worth: Callable[[float], float],
    horizon: float,
) -> float:
    """What doses cost until a horizon: by the rule of the settings, each paid by those on treatment when it is due.

    `treated` gives the share on treatment at times, `worth` the present value of 1 at a time.
    """
    settings = case.settings
    by_day = settings.dose_timing == "day"
    due, value = [], []
    for dose in doses:
        day = dose.dispensed if by_day and what == DRUGS else dose.day
        at = day / settings.days_per_year
        if at >= horizon - SAME_TIME:
            continue
        if by_day:
            when = math.floor(at + SAME_TIME) if settings.discount_timing == "annual_step" else at
            due.append(at)
        else:
            start, end = _cycle(case, at)
            when = {
                "mid_cycle": (start + end) / 2,
                "cycle_start": start,
                "cycle_end": end,
                "edges": start,
                "annual_step": float(math.floor(start + SAME_TIME)),
            }[settings.discount_timing]
            due.append(start)
        value.append(dose.share * dose.costs[what] * worth(when))
    return float(treated(np.array(due)) @ np.array(value)) if due else 0.0


def _cycle(case: Case, at: float) -> tuple[float, float]:
    """Start and end of the cycle that holds a time: cycles are cut where a horizon falls into them."""
    length = case.settings.cycle_years
    number = math.floor((at + SAME_TIME) / length)
    edges = sorted({number * length, (number + 1) * length, *case.settings.horizons})
    start = max(edge for edge in edges if edge <= at + SAME_TIME)
    return start, min(edge for edge in edges if edge > at + SAME_TIME)
