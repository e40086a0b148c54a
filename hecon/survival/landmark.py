"""A curve held to what is known at a landmark: an expert's survival, a registry, a longer trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import AT_LEAST_0, POSITIVE, Domain, parameter_in_words
from hecon.errors import Fault
from hecon.labels import Axes, Value
from hecon.survival.adjust import bracketed, in_time, moved, rise
from hecon.survival.base import Curve
from hecon.survival.written import Written, hazard_of
from hecon.symbols.expression import is_symbolic, number_of
from hecon.symbols.functions import exp, log, maximum, minimum

#: Survival at a landmark: somebody is left.
SOMEBODY = Domain(0, 1, open_low=True)


@dataclass(frozen=True, eq=False, repr=False)
class AtLandmark(Curve):
    """The curve with the hazard ratio, from `since` on, that brings survival to `survival_at` at `time`.

    ratio = (-log survival_at - H0(since)) / (H0(time) - H0(since)); before `since` (0 by default, else the end of
    follow-up) the curve is as it was. Numbers or labelled arrays, so that an expert's uncertainty goes through the
    draws. Raises `InputError` where the curve is below the stated survival at `since` already, or does not fall after.

    >>> from hecon.survival.weibull import Weibull
    >>> held = AtLandmark(Weibull(1.2, 4), time=5, survival_at=0.35, since=2)
    >>> round(held.survival(5.0), 12), round(held.survival(2.0) - Weibull(1.2, 4).survival(2.0), 12)
    (0.35, 0.0)
    """

    curve: Curve
    time: Value
    survival_at: Value
    since: Value = 0.0

    title = "held at a landmark"
    domains: ClassVar = {"time": POSITIVE, "survival_at": SOMEBODY, "since": AT_LEAST_0}

    def __post_init__(self) -> None:
        super().__post_init__()
        if np.any(number_of(np.asarray(self.time - self.since)) <= 0):
            words = f"is {parameter_in_words(self.time)}, but the curve is held since {parameter_in_words(self.since)}"
            self.refuse([Fault("time", f"{words}; the landmark lies after that")])
        if self.is_symbolic or is_symbolic(self.survival_at):
            return
        axes = self.axes
        since, time = self.on(self.since, axes), self.on(self.time, axes)
        with np.errstate(divide="ignore", over="ignore", under="ignore"):
            before, then = (self.curve._cumulative_hazard(at, axes) for at in (since, time))
        wanted = -np.log(self.on(self.survival_at, axes))
        if np.any(wanted <= before):
            place = f"at time {parameter_in_words(self.since)} the curve is at {np.exp(-before).min():.4g} already"
            self.refuse([Fault("survival_at", f"is {parameter_in_words(self.survival_at)}, but {place}")])
        if np.any(~(then > before)) or np.any(np.isinf(then)):
            words = "nobody is left" if np.any(np.isinf(then)) else "nothing happens"
            self.refuse(
                [Fault("time", f"is {parameter_in_words(self.time)}, but on the curve {words} there: no ratio does it")]
            )

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        since, time = at.single(at.on(self.since), "held since"), at.single(at.on(self.time), "landmark")
        single = at.points("landmark")
        kept = at.single(self.curve._formula(since, single.of("since")), "survival since")
        before = at.single(hazard_of(kept), "cumulative hazard since")
        there = at.single(self.curve._formula(time, single), "survival at the landmark")
        then = at.single(hazard_of(there), "cumulative hazard at the landmark")
        ratio = at.single((-log(at.on(self.survival_at)) - before) / (then - before), "hazard ratio")
        early = hazard_of(self.curve.written(minimum(t, since), at.of("before")))
        late = hazard_of(self.curve.written(maximum(t, since), at.of("after")))
        return exp(-(early + ratio * (late - before)))

    def _ratio(self, axes: Axes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        since = self.on(self.since, axes)
        before = self.curve._cumulative_hazard(since, axes)
        then = self.curve._cumulative_hazard(self.on(self.time, axes), axes)
        return since, before, (-np.log(self.on(self.survival_at, axes)) - before) / (then - before)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        since, before, ratio = self._ratio(axes)
        early = self.curve._cumulative_hazard(np.minimum(t, since), axes)
        return early + ratio * rise(before, self.curve._cumulative_hazard(np.maximum(t, since), axes))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        since, _, ratio = self._ratio(axes)
        return np.where(t < since, 1.0, ratio) * self.curve._hazard(t, axes)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        _, before, ratio = self._ratio(axes)
        late = before + np.maximum(hazard - before, 0.0) / ratio
        return self.curve._time_at(np.where(hazard <= before, hazard, late), axes)

    def knots(self) -> tuple[float, ...]:
        """Knots of the curve, and the time since which it is held."""
        return tuple(sorted({*self.curve.knots(), *moved((1.0,), self.since)}))

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        since = np.any(number_of(np.asarray(self.since)) > 0)
        words = f" by a hazard ratio from {in_time(self.since, unit)} on" if since else " by a hazard ratio"
        there = f"{parameter_in_words(self.survival_at)} at {in_time(self.time, unit)}"
        return f"{bracketed(self.curve, unit)}, with survival held to {there}{words}"
