"""The piecewise exponential distribution: a hazard that is constant between given times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import AT_LEAST_0, parameter_in_words
from hecon.labels import Axes, Value
from hecon.survival import steps
from hecon.survival.base import Curve
from hecon.survival.written import Written
from hecon.symbols.functions import exp

#: The family's name on sheets.
PIECEWISE = "piecewise_exponential"


@dataclass(frozen=True, eq=False, repr=False)
class PiecewiseExponential(Curve):
    """H(t) is the sum over intervals of rate times the time spent in the interval. As ``pwexp`` in R's hesim.

    `times`: where the intervals start, the first 0; `rates`: one for each interval (numbers or labelled arrays), at
    least 0. The last rate holds for ever. The hazard at a start is that of the interval it starts.

    >>> round(PiecewiseExponential([0, 1, 3], [0.2, 0.6, 0.05]).cumulative_hazard(4.0), 6)
    1.45
    """

    times: Sequence[float]
    rates: Sequence[Value]

    title = "piecewise exponential"
    domains: ClassVar = {"rates": AT_LEAST_0}

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", steps.numbers(self.times))
        object.__setattr__(self, "rates", steps.one_by_one(self.rates))
        super().__post_init__()
        self.refuse(steps.time_faults(self.times, self.rates, "rates", first_is_0=True))

    def knots(self) -> tuple[float, ...]:
        """Times at which the rate changes."""
        return tuple(self.times[1:])

    def _table(self, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
        return np.array(self.times), steps.in_rows(self.rates, axes)

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        starts, rates = np.array(self.times), steps.in_rows(self.rates, at.axes)
        rises = at.points(f"{len(starts)} rows").column(rates[..., :-1] * np.diff(starts), "rise of the hazard")
        reached = steps.running_total(rises, 1, at.points(f"{len(starts)} rows").of("cumulative hazard at the start"))
        index = steps.place_of(starts, t, at.of("interval"))
        start = steps.at_place(starts, index, at.of("start of the interval"))
        before = steps.at_place(reached, index, at.of("hazard before the interval"))
        rate = steps.at_place(rates, index, at.of("rate"))
        return exp(-(before + rate * (t - start)))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return steps.accumulated(*self._table(axes), t)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        starts, rates = self._table(axes)
        return steps.look_up(rates, steps.interval_of(starts, t))

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return steps.time_at_accumulated(*self._table(axes), hazard)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        parts = [
            f"rate {parameter_in_words(rate)} from {time:g}" for time, rate in zip(self.times, self.rates, strict=True)
        ]
        return f"{self.title} ({', '.join([*parts, unit] if unit else parts)})"
