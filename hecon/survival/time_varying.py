"""A hazard ratio that changes in steps, from a table, on a reference curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE, parameter_in_words
from hecon.labels import Axes, Value
from hecon.survival import steps
from hecon.survival.adjust import bracketed, in_time, rise
from hecon.survival.base import Curve
from hecon.survival.written import Written, hazard_of
from hecon.symbols.functions import exp


@dataclass(frozen=True, eq=False, repr=False)
class TimeVaryingHazardRatio(Curve):
    """h(t) = HR(t) h0(t), where HR(t) is that of `ratios` whose start in `times` is the last at or before t.

    `times`: where the ratios start, the first 0; `ratios`: one for each, above 0 (numbers or labelled arrays). The last
    holds for ever. H adds ratio times the rise of H0 over each interval.

    >>> from hecon.survival.exponential import Exponential
    >>> TimeVaryingHazardRatio(Exponential(0.2), [0, 1, 3], [0.5, 0.8, 1]).cumulative_hazard([1.0, 3.0, 4.0]).round(3)
    array([0.1 , 0.42, 0.62])
    """

    curve: Curve
    times: Sequence[float]
    ratios: Sequence[Value]

    title = "time-varying hazard ratio"
    domains: ClassVar = {"ratios": POSITIVE}

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", steps.numbers(self.times))
        object.__setattr__(self, "ratios", steps.one_by_one(self.ratios))
        super().__post_init__()
        self.refuse(steps.time_faults(self.times, self.ratios, "ratios", first_is_0=True))

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        starts, ratios = np.array(self.times), steps.in_rows(self.ratios, at.axes)
        rows = at.points(f"{len(starts)} rows")
        reference = rows.of("reference at the start")
        before = rows.column(hazard_of(self.curve.written(starts, reference)), "reference hazard at the start")
        rises = rows.column(ratios[..., :-1] * (before[..., 1:] - before[..., :-1]), "rise of the hazard")
        reached = steps.running_total(rises, 1, rows.of("cumulative hazard at the start"))
        index = steps.place_of(starts, t, at.of("interval"))
        names = ("hazard before the interval", "ratio", "reference hazard before the interval")
        passed, ratio, since = (
            steps.at_place(row, index, at.of(name)) for name, row in zip(names, (reached, ratios, before), strict=True)
        )
        return exp(-(passed + ratio * (hazard_of(self.curve.written(t, at)) - since)))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        starts, ratios = np.array(self.times), steps.in_rows(self.ratios, axes)
        before = np.broadcast_to(self.curve._cumulative_hazard(starts, axes), (*axes.shape, len(starts)))
        rises = ratios[..., :-1] * rise(before[..., :-1], before[..., 1:])
        reached = np.concatenate([np.zeros((*rises.shape[:-1], 1)), np.cumsum(rises, axis=-1)], axis=-1)
        index = steps.interval_of(starts, t)
        since = rise(steps.look_up(before, index), self.curve._cumulative_hazard(t, axes))
        return steps.look_up(reached, index) + steps.look_up(ratios, index) * since

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        index = steps.interval_of(np.array(self.times), t)
        return steps.look_up(steps.in_rows(self.ratios, axes), index) * self.curve._hazard(t, axes)

    def knots(self) -> tuple[float, ...]:
        """Knots of the curve, and times at which the ratio changes."""
        return tuple(sorted({*self.curve.knots(), *self.times[1:]}))

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        pairs = zip(self.times, self.ratios, strict=True)
        said = ", ".join(
            f"{parameter_in_words(ratio)} from {in_time(time, unit) if time else '0'}" for time, ratio in pairs
        )
        return f"{bracketed(self.curve, unit)}, with hazard ratio {said} on"
