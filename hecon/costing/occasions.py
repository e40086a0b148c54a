"""Occasions of a treatment that something else may be paid on: doses, visits, treatment cycles.

What the sheet Schedules plans, counted as drugs are: by day, or with ``dose_timing`` ``cycle_start`` by model cycle.
What is paid on each occasion is a factor beside the counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from hecon.costing.given import (
    DOSE,
    RELATIVE_DOSE_INTENSITY,
    Counts,
    PaidOn,
    Product,
    at_drugs,
    cost_of_one,
    counted,
    days_of,
    values_of,
)
from hecon.costing.schedules import SCHEDULES, Plan, plan_of, treatment_cycles_of
from hecon.costing.sheets import DRUG, once_for
from hecon.frozen import frozen
from hecon.labels import STRATEGY, Axes, wrap
from hecon.timeline import Timeline

if TYPE_CHECKING:
    from hecon.parameters import Parameters


@frozen
class _Doses:
    """Doses by drug; `fewer` says of which relative dose intensity leaves some out."""

    drugs: tuple[int, ...]
    fewer: np.ndarray
    counts: Counts


def paid_by_dose(p: Parameters, time: Timeline, title: str, value: xr.DataArray) -> Product:
    """Cost of each dose of each drug, or of those that `value` is given for: planned ones x relative_dose_intensity.

    Where the schedule's `intensity` is ``amount``, no dose is left out. Raises `LineError` where the value varies by
    anything but strategy and drug.
    """
    doses = _doses(p, time)
    names = [RELATIVE_DOSE_INTENSITY] if RELATIVE_DOSE_INTENSITY in p and doses.fewer.any() else []
    values, axes = values_of(p, names, (DRUG,), value=value)
    cost = at_drugs(values["value"], doses.drugs)
    if names:
        cost = cost * np.where(doses.fewer, at_drugs(values[RELATIVE_DOSE_INTENSITY], doses.drugs), 1.0)
    labels = doses.counts.onto.coords[DOSE].values.tolist()
    one = cost_of_one(f"{title}, a dose", p, cost, axes, labels)
    return doses.counts.times(one, days=days_of(time, plan_of(p, time).days))


@once_for(SCHEDULES)
def _doses(p: Parameters, time: Timeline) -> _Doses:
    plan = plan_of(p, time)
    kinds: dict[tuple[str, bool], int] = {}
    places = np.full(len(plan.dose), -1)
    for place, dose in enumerate(plan.doses):
        own = kinds.setdefault((dose.drug, dose.intensity == "doses"), len(kinds))
        places[plan.dose == place] = own
    words = [(drug if fewer else f"{drug}, amount reduced", drug) for drug, fewer in kinds]
    day = np.where(_is_oral(plan), plan.dispensed, plan.day) if time.settings.dose_timing == "day" else plan.day
    counts = counted(p, plan, time, "Doses", words, np.arange(len(places)), places, day)
    drugs = tuple(p.labels[DRUG].index(drug) for drug, _ in kinds)
    return _Doses(drugs, np.array([fewer for _, fewer in kinds], dtype=bool), counts)


def visits(p: Parameters, time: Timeline) -> Product:
    """Planned days on which anything is infused or injected: one on each day, of however many drugs.

    Where drugs of one day are given to different shares of the patients, the largest of them comes.
    """
    plan = plan_of(p, time)
    return Product((_visits(p, time),), None, days_of(time, plan.days))


@once_for(SCHEDULES)
def _visits(p: Parameters, time: Timeline) -> xr.DataArray:
    plan = plan_of(p, time)
    drugs = np.array([p.labels[DRUG].index(dose.drug) for dose in plan.doses], dtype=int)
    shares: dict[tuple[int, int], dict[int, float]] = {}
    for entry in np.flatnonzero(~_is_oral(plan)):
        of_day = shares.setdefault((int(plan.strategy[entry]), int(plan.day[entry])), {})
        drug = int(drugs[plan.dose[entry]])
        of_day[drug] = of_day.get(drug, 0.0) + float(plan.share[entry])
    places = np.array(list(shares), dtype=int).reshape(-1, 2)
    come = np.array([max(of_day.values()) for of_day in shares.values()])
    return _laid_out(p, time, "Visits", places[:, 0], places[:, 1], come, plan.days)


def _is_oral(plan: Plan) -> np.ndarray:
    """Whether each entry of a plan is swallowed; such doses count on the day on which they are dispensed."""
    return np.array([dose.route == "oral" for dose in plan.doses], dtype=bool)[plan.dose]


def treatment_cycles(p: Parameters, time: Timeline, *, by_drug: bool = False) -> Product:
    """First days of treatment cycles in which a dose is planned: of any drug, or of each drug apart."""
    cycles = _cycles(p, time)
    counts = cycles.of_each_drug if by_drug else cycles.of_any_drug
    return Product((counts,), None, days_of(time, cycles.days))


@frozen
class _Cycles:
    """Treatment cycles that begin on each of some days, by drug, and of any drug."""

    days: np.ndarray
    of_each_drug: xr.DataArray
    of_any_drug: xr.DataArray


@once_for(SCHEDULES)
def _cycles(p: Parameters, time: Timeline) -> _Cycles:
    starts = treatment_cycles_of(p, time)
    days = np.unique(np.concatenate([[0], *starts.values()]).astype(int))
    by_drug = []
    for drug in p.labels[DRUG]:
        own = [(p.labels[STRATEGY].index(s), day) for (s, other), begin in starts.items() if other == drug
               for day in begin.tolist()]  # fmt: skip
        places = np.array(own, dtype=int).reshape(-1, 2)
        counts = _laid_out(p, time, "", places[:, 0], places[:, 1], np.ones(len(own)), days)
        by_drug.append(counts.values)
    any_drug = {(p.labels[STRATEGY].index(s), day) for (s, _), begin in starts.items() for day in begin.tolist()}
    places = np.array(sorted(any_drug), dtype=int).reshape(-1, 2)
    of_any = _laid_out(p, time, "Treatment cycles", places[:, 0], places[:, 1], np.ones(len(places)), days)
    last = str(of_any.dims[-1])
    axes = Axes({STRATEGY: p.labels[STRATEGY], DRUG: p.labels[DRUG]})
    each = wrap(np.stack(by_drug, axis=1), axes, **{last: of_any.sizes[last]})
    each.name = "Treatment cycles"
    return _Cycles(days, each, of_any)


def _laid_out(
    p: Parameters, time: Timeline, title: str, strategy: np.ndarray, day: np.ndarray, share: np.ndarray,
    all_days: np.ndarray,
) -> xr.DataArray:  # fmt: skip
    """Add up shares by strategy and day, or model cycle."""
    steps = PaidOn.of(time, day, all_days)
    counts = steps.added_up(share, (len(p.labels[STRATEGY]),), strategy)
    found = wrap(counts, Axes({STRATEGY: p.labels[STRATEGY]}), **{steps.dimension: steps.length})
    found.name = title
    return found
