"""Mortality of the general population: a curve from a life table, and a disease curve bounded by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from hecon.domains import AT_LEAST_0, SHARE, parameter_in_words
from hecon.errors import Fault, InputError, did_you_mean
from hecon.labels import Axes, Value
from hecon.parameters import Parameters
from hecon.survival import steps
from hecon.survival.adjust import bracketed, moved
from hecon.survival.base import Curve
from hecon.survival.combine import Mix
from hecon.survival.written import NOBODY_LEFT, Written
from hecon.symbols.draft import times_at
from hecon.symbols.expression import is_symbolic, number_of
from hecon.symbols.functions import exp, less, log, minimum, share_of, where

RULES = ("max", "add")
#: Steps a year over which `BackgroundMortality` compares the two hazards.
STEPS_PER_YEAR = 12
#: Stands in for an infinite hazard (a death probability of 1): nobody is left after any time at all.
_CERTAIN = 1e300


@dataclass(frozen=True, eq=False, repr=False, init=False)
class LifeTable(Curve):
    """Survival of the general population from age `start_age`, in years.

    `death_probabilities`: probability of death within a year by age in whole years (a mapping or a pandas Series; each
    a number or labelled array), with no age left out. Within each year of age the hazard is constant, -log(1 - q):
    survival over whole years of age is that of the table. After the last age its probability holds on; a
    probability of 1 leaves nobody past that birthday. `start_age` may have a fraction, and may be a labelled array.

    >>> round(LifeTable({60: 0.01, 61: 0.02}, start_age=60).survival(2.0), 6)
    0.9702
    """

    ages: tuple[float, ...]
    probabilities: tuple[Value, ...]
    start_age: Value

    title = "life table"
    domains: ClassVar = {"probabilities": SHARE, "start_age": AT_LEAST_0}

    def __init__(self, death_probabilities: Mapping[int, Value] | Mapping[float, Value], start_age: Value) -> None:
        by_age = sorted(death_probabilities.items())
        object.__setattr__(self, "ages", steps.numbers([age for age, _ in by_age]))
        object.__setattr__(self, "probabilities", steps.one_by_one([q for _, q in by_age]))
        object.__setattr__(self, "start_age", start_age)
        self.__post_init__()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ages:
            self.refuse([Fault("death_probabilities", "is empty; give one probability for each year of age")])
        missing = sorted(set(np.arange(self.ages[0], self.ages[-1])) - set(self.ages))
        if missing or np.any(np.diff(self.ages) != 1):
            what = f"misses age {missing[0]:g}" if missing else "has ages that are not whole years"
            self.refuse([Fault("death_probabilities", f"{what}; every whole age is needed")])
        youngest = float(np.min(number_of(np.asarray(self.start_age))))
        if youngest < self.ages[0]:
            begins = f"the life table begins at age {self.ages[0]:g}"
            self.refuse([Fault("start_age", f"is {youngest:g}, but {begins}")])

    def _table(self, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
        hazards = -np.log1p(-steps.in_rows(self.probabilities, axes))
        return np.array(self.ages), np.minimum(hazards, _CERTAIN)

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        rows = at.points(f"{len(self.ages)} rows")
        chances = steps.in_rows(self.probabilities, at.axes)
        rates = rows.column(where(less(chances, 1), -log(1 - minimum(chances, 1.0)), NOBODY_LEFT), "death rate")
        starts, age = np.array(self.ages), at.on(self.start_age)
        reached = steps.running_total(rates, 1, rows.of("hazard from the first age"))[..., :-1]

        def to_age(then: np.ndarray, at: Written) -> np.ndarray:
            index = steps.place_of(starts, then, at.of("row of the age"))
            index = at.column(index, "row of the age") if is_symbolic(index) else index
            start, rate, before = (steps.at_place(row, index, at.of(name)) for name, row in (
                ("age", starts), ("death rate", rates), ("hazard from the first age", reached)
            ))  # fmt: skip
            return before + rate * (then - start)

        begin = at.single(to_age(np.broadcast_to(age, (*at.axes.shape, 1)), at.points("start")), "hazard to the start")
        return exp(-(to_age(at.column(age + t, "age"), at) - begin))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        starts, rates = self._table(axes)
        age = self.on(self.start_age, axes)
        return steps.accumulated(starts, rates, age + t) - steps.accumulated(starts, rates, age)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        starts, rates = self._table(axes)
        age = self.on(self.start_age, axes) + t
        return steps.look_up(rates, steps.interval_of(starts, age))

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        starts, rates = self._table(axes)
        age = self.on(self.start_age, axes)
        target = hazard + steps.accumulated(starts, rates, age)
        return np.maximum(steps.time_at_accumulated(starts, rates, target) - age, 0.0)

    def knots(self) -> tuple[float, ...]:
        """Birthdays, in years from the start."""
        return moved(self.ages, by=-1 * self.start_age)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return f"general population from age {parameter_in_words(self.start_age)}"


def general_population(p: Parameters) -> Curve:
    """Survival of the general population, from the sheet Life table, from the age at the start on.

    Asks for the parameter ``age`` and, where the sheet has women and men, for ``share_female``, the share of women at
    the start: both sexes are followed apart and mixed, so that the share changes as men die earlier. Without
    ``share_female`` the rows whose sex is ``both`` are used. Raises `InputError` naming what is missing.

    Bounds a curve: ``he.survival.BackgroundMortality(he.curve(p, "overall_survival"), general_population(p))``. Gives a
    Markov model its other deaths: ``he.states.probability_by_cycle(time, he.survival.general_population(p))``.

    >>> import xarray as xr
    >>> from hecon.settings import Settings
    >>> table = pd.DataFrame({"age": [60, 60], "sex": ["female", "male"], "death_probability": [0.006, 0.01]})
    >>> values = {"age": xr.DataArray(60.0), "share_female": xr.DataArray(0.5)}
    >>> p = Parameters(values, {}, Settings(), tables={"Life table": table})
    >>> round(float(general_population(p).survival(1.0)), 6)
    0.992
    """
    table = p.tables["Life table"]
    sexes = set(table["sex"])
    apart = {"female", "male"} <= sexes
    if "both" in sexes and not (apart and "share_female" in p):
        return _life_table(p, table, "both")
    if not apart:
        what = f"has rows for {' and '.join(sorted(sexes)) or 'nobody'}; give female and male, or both"
        raise InputError(p.source, [Fault("Life table", what)])
    return Mix([_life_table(p, table, sex) for sex in ("female", "male")], [p.share_female, 1 - p.share_female])


def _life_table(p: Parameters, table: pd.DataFrame, sex: str) -> LifeTable:
    rows = table[table["sex"] == sex]
    try:
        return LifeTable(dict(zip(rows["age"], rows["death_probability"], strict=True)), p.age)
    except InputError as error:
        said = {"start_age": "parameter 'age' ", "death_probabilities": f"({sex}) "}
        faults = [Fault("Life table", said.get(fault.where, "") + fault.what) for fault in error.faults]
        raise InputError(p.source, faults) from None


@dataclass(frozen=True, eq=False, repr=False)
class BackgroundMortality(Curve):
    """A disease curve (overall survival, in years) with the mortality of the general population, `background`.

    `background` is what `general_population` reads from a workbook, a `LifeTable`, or any other curve.

    `rule` ``max`` (default): at no time is the hazard below that of the general population. Time is cut in months (1/12
    year from the start, whatever the model's cycles); over each month, and over what has passed of the last one, the
    cumulative hazard rises by the larger of both curves' rises. `hazard` gives the larger of both hazards.

    ``add``: both hazards apply, h = h_disease + h_background (for a curve of deaths from the disease alone).

    >>> from hecon.survival.exponential import Exponential
    >>> population = LifeTable({60: 0.01, 61: 0.02}, start_age=60)
    >>> round(BackgroundMortality(Exponential(0.015), population).cumulative_hazard(2.0), 6)
    0.035203
    """

    curve: Curve
    background: Curve
    rule: str = "max"

    title = "background mortality"
    compound: ClassVar = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rule not in RULES:
            hint = did_you_mean(str(self.rule), RULES)
            self.refuse([Fault("rule", f"is '{self.rule}'; it must be one of {', '.join(RULES)}.{hint}")])

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        disease, background = self.curve.written(t, at), self.background.written(t, at)
        if self.rule == "add":
            return disease * background
        months = np.arange(int(np.max(number_of(t), initial=0.0) * STEPS_PER_YEAR) + 2) / STEPS_PER_YEAR
        month_times, along = times_at(months)
        by_month = at.points(along).of("by month")
        steps_of = steps.place_of(months, t, at.of("month"))
        kept, since = [], []
        for curve, now in ((self.curve, disease), (self.background, background)):
            at_months = curve.written(month_times, by_month)
            kept.append(share_of(at_months[..., 1:], at_months[..., :-1]))
            since.append(share_of(now, steps.at_place(at_months, steps_of, at.of("survival at the month"))))
        falls = by_month.column(minimum(*kept), "share surviving the month")
        passed = steps.running_product(falls, by_month.of("surviving the months"))
        return steps.at_place(passed, steps_of, at.of("surviving the months")) * minimum(*since)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        disease, background = self.curve._cumulative_hazard, self.background._cumulative_hazard
        if self.rule == "add":
            return disease(t, axes) + background(t, axes)
        months = np.arange(int(np.max(t, initial=0.0) * STEPS_PER_YEAR) + 2) / STEPS_PER_YEAR
        index = steps.interval_of(months, t)
        reached, added = [], []
        for curve in (disease, background):
            at_months = curve(months, axes)
            reached.append(_rises(at_months[..., :-1], at_months[..., 1:]))
            added.append(_rises(steps.look_up(at_months, index), curve(t, axes)))
        months_passed = np.cumsum(np.maximum(*reached), axis=-1)
        before = np.concatenate([np.zeros((*months_passed.shape[:-1], 1)), months_passed], axis=-1)
        return steps.look_up(before, index) + np.maximum(*added)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        both = self.curve._hazard(t, axes), self.background._hazard(t, axes)
        return both[0] + both[1] if self.rule == "add" else np.maximum(*both)

    def _beyond(self, target: np.ndarray, axes: Axes) -> np.ndarray:
        # H is at least that of either curve, so the earlier of their times is late enough; months are counted to there.
        times = np.minimum(self.curve._time_at(target, axes), self.background._time_at(target, axes))
        return np.where(np.isfinite(times), times * (1 + 1e-9), 0.0)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        words = {"max": "hazard at least that of the", "add": "plus the hazard of the"}[self.rule]
        return f"{bracketed(self.curve, unit)}, {words} {self.background.describe()}"


def _rises(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Rise of a cumulative hazard; none is counted after everybody is gone, where it was infinite before."""
    before, after = np.broadcast_arrays(before, after)
    return np.subtract(after, before, out=np.zeros(before.shape), where=np.isfinite(before))
