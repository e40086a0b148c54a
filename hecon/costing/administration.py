"""Giving the drugs: chair time, injections, and the medicines before and after.

An administration is a day on which a drug is given by infusion (iv) or injection (sc); swallowing a
capsule costs nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hecon.costing.given import (
    RELATIVE_DOSE_INTENSITY,
    Counts,
    Product,
    at_drugs,
    cost_of_one,
    counted,
    days_of,
    values_of,
)
from hecon.costing.schedules import SCHEDULES, plan_of
from hecon.costing.sheets import DRUG, once_for
from hecon.frozen import frozen
from hecon.labels import Axes, join_axes, one_of
from hecon.symbols.functions import ceiling, maximum
from hecon.timeline import Timeline

if TYPE_CHECKING:
    from hecon.parameters import Parameters

INFUSION = "infusion"
#: Labels of the running number of an infusion: the first, the second, and every later one.
INFUSIONS = ("first", "second", "later")


@frozen(eq=True)
class _Administration:
    drug: str
    route: str
    infusion: str
    intensity: str

    @property
    def label(self) -> str:
        reduced = "" if self.intensity == "doses" else ", amount reduced"
        return f"{self.drug} {self.route}{' ' + self.infusion if self.infusion else ''}{reduced}"


@frozen
class _Administrations:
    kinds: tuple[_Administration, ...]
    counts: Counts


def added_hours(minutes: float | np.ndarray) -> np.ndarray:
    """Hours of an infusion that are billed beyond the first one.

    An added hour counts once more than 30 minutes of it are used: max(0, ceil((minutes - 60 - 30) / 60)),
    the rule of CPT code 96415 (each additional hour; for more than 30 minutes beyond whole hours).

    >>> added_hours(np.array([200.0, 113.0, 75.0])).tolist()
    [2.0, 1.0, 0.0]
    """
    return ceiling(maximum(np.asarray(minutes) - 90.0, 0.0) / 60.0)


def administration_cost(p: Parameters, time: Timeline) -> Product:
    """Cost of giving the doses of each day, for a patient on treatment on it.

    Infusion: first_hour_cost + `added_hours` (infusion_minutes) x added_hour_cost. Injection:
    injection_cost. Oral: nothing. infusion_minutes may depend on the infusion (first, second, later): its
    running number, by day, for that drug in that strategy; the two days of a split first dose are the first
    and the second, and rows that share a drug out between groups of patients are numbered together.
    relative_dose_intensity scales the number of administrations where the row's `intensity` is ``doses``.

    Parameters, each only if a route in use needs it: infusion_minutes (drug, infusion), first_hour_cost,
    added_hour_cost and injection_cost (drug). A dimension may be left out. The result is a `Product` like
    that of ``drug_cost``.
    """
    given = _administrations(p, time)
    infused = np.array([kind.route == "iv" for kind in given.kinds], dtype=bool)
    drugs = _drugs(p, given)
    relative, axes = _relative(p, given)
    cost = np.zeros((1, 1, len(given.kinds)))
    if infused.any():
        names = ("first_hour_cost", "added_hour_cost", "infusion_minutes")
        values, own = values_of(p, names, (DRUG, INFUSION))
        infusions = _infusions(p, given)
        first, added, minutes = (_at(values[name], drugs, infusions) for name in names)
        cost = np.where(infused, first + added_hours(minutes) * added, cost)
        axes = join_axes(axes, own)
    if not infused.all():
        values, own = values_of(p, ["injection_cost"], (DRUG,))
        cost = np.where(infused, cost, at_drugs(values["injection_cost"], drugs))
        axes = join_axes(axes, own)
    return _product("Cost of giving one dose", p, time, given, cost * relative, axes)


def premedication_cost(p: Parameters, time: Timeline) -> Product:
    """Cost of the medicines before and after each infusion or injection, on its day.

    premedication_cost + postmedication_cost: two parameters, by drug or one for all. The result is a
    `Product` like that of ``drug_cost``.
    """
    given = _administrations(p, time)
    names = ["premedication_cost", "postmedication_cost"] if given.kinds else []
    values, own = values_of(p, names, (DRUG,))
    relative, axes = _relative(p, given)
    drugs = _drugs(p, given)
    cost = np.zeros((1, 1, len(given.kinds)))
    for name in names:
        cost = cost + at_drugs(values[name], drugs)
    return _product("Medicines for one dose", p, time, given, cost * relative, join_axes(axes, own))


@once_for(SCHEDULES)
def _administrations(p: Parameters, time: Timeline) -> _Administrations:
    plan = plan_of(p, time)
    kinds: dict[_Administration, int] = {}
    places = np.full(len(plan.dose), -1)
    for dose_place, dose in enumerate(plan.doses):
        if dose.route == "oral":
            continue
        mine = plan.dose == dose_place
        numbers = np.minimum(plan.number, len(INFUSIONS)) if dose.route == "iv" else np.zeros(len(mine), int)
        for number in np.unique(numbers[mine]):
            infusion = INFUSIONS[number - 1] if number else ""
            kind = _Administration(dose.drug, dose.route, infusion, dose.intensity)
            places[mine & (numbers == number)] = kinds.setdefault(kind, len(kinds))
    kept = np.flatnonzero(places >= 0)
    of_kind = [(kind.label, kind.drug) for kind in kinds]
    counts = counted(p, plan, time, "Administrations", of_kind, kept, places[kept], plan.day[kept])
    return _Administrations(tuple(kinds), counts)


def _drugs(p: Parameters, given: _Administrations) -> np.ndarray:
    return np.array([p.labels[DRUG].index(kind.drug) for kind in given.kinds], dtype=int)


def _infusions(p: Parameters, given: _Administrations) -> np.ndarray:
    """Place of each administration on the infusion labels; 0 where it does not matter."""
    if INFUSION not in p.infusion_minutes.dims:
        return np.zeros(len(given.kinds), dtype=int)
    known = p.labels[INFUSION]
    return np.array(
        [known.index(one_of(kind.infusion, known, INFUSION)) if kind.infusion else 0 for kind in given.kinds]
    )


def _relative(p: Parameters, given: _Administrations) -> tuple[np.ndarray, Axes]:
    """Share of the administrations that take place, on (draw, strategy, administration)."""
    fewer = np.array([kind.intensity == "doses" for kind in given.kinds], dtype=bool)
    if RELATIVE_DOSE_INTENSITY not in p or not fewer.any():
        return np.ones((1, 1, len(fewer))), Axes({})
    values, axes = values_of(p, [RELATIVE_DOSE_INTENSITY], (DRUG,))
    return np.where(fewer, at_drugs(values[RELATIVE_DOSE_INTENSITY], _drugs(p, given)), 1.0), axes


def _at(values: np.ndarray, drugs: np.ndarray, infusions: np.ndarray) -> np.ndarray:
    """Values on (draw, strategy, drug, infusion) at pairs of drug and infusion: (draw, strategy, pair)."""
    drug_places = drugs if values.shape[2] > 1 else np.zeros(len(drugs), dtype=int)
    infusion_places = np.asarray(infusions, dtype=int) if values.shape[3] > 1 else np.zeros(len(drugs), dtype=int)
    return values[:, :, drug_places, infusion_places]


def _product(
    title: str, p: Parameters, time: Timeline, given: _Administrations, cost: np.ndarray, axes: Axes
) -> Product:
    one = cost_of_one(title, p, cost, axes, [kind.label for kind in given.kinds])
    return given.counts.times(one, days=days_of(time, plan_of(p, time).days))
