"""A survival curve as what a study measures: patients followed until an event or the end of follow-up.

The data are a life table: events in intervals of equal length, and who is left. Its likelihood is multinomial and
needs nothing but the curve at the ends of the intervals, so any family, adjustment or combination of curves will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hecon.analysis.value.trial import OfData, Simulation
from hecon.errors import HeconError
from hecon.inputs.likelihoods import SURVIVAL, faults_of_likelihood

#: Intervals of the life table: what a finer one would add to the knowledge of a curve is lost in its sampling error.
LIFE_TABLE_INTERVALS = 24
#: Intervals at whose ends the share with an event is a summary, beside the mean time under observation.
_LANDMARKS = (LIFE_TABLE_INTERVALS // 3, 2 * LIFE_TABLE_INTERVALS // 3, LIFE_TABLE_INTERVALS)

#: Survival (draw, time) at times for each draw of a table of parameters.
SurvivalOf = Callable[[pd.DataFrame, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class SurvivalMeasurement:
    """A survival curve measured on `sample_size` persons, each followed for `follow_up` (in the curve's time unit).

    `survival(parameters, times)` gives S(t) (draw, time) for a table of `parameters` (draw, input), whose names are
    `inputs`. Events in interval k of `INTERVALS` ~ Multinomial(n; S(t_k) - S(t_k+1)); who has no event by the end is
    censored. The regression takes as summaries the share with an event at a third, two thirds and the end of
    follow-up, and the mean time under observation.

    >>> def survival(p, times):
    ...     return np.exp(-p[["rate"]].to_numpy() * times)
    >>> one = SurvivalMeasurement(("rate",), survival, sample_size=100, follow_up=2.0)
    >>> simulation = one.simulation_of(pd.DataFrame({"rate": [0.0, 0.5]}))
    >>> simulation(np.random.default_rng(1)).sum(axis=1).tolist()
    [100.0, 100.0]
    """

    inputs: tuple[str, ...]
    survival: SurvivalOf
    sample_size: int
    follow_up: float
    arm: str = ""
    name: str = "the survival curve"

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", (self.inputs,) if isinstance(self.inputs, str) else tuple(self.inputs))
        for _, fault in faults_of_likelihood(SURVIVAL, self.sample_size, {"follow_up": self.follow_up}):
            raise HeconError(f"measurement of {self.name}: {fault}")

    @property
    def width(self) -> int:
        """Numbers of the data: events in each interval, and persons without one."""
        return LIFE_TABLE_INTERVALS + 1

    def simulation_of(self, table: pd.DataFrame) -> Simulation:
        """Prepare to simulate the life table of one study for each draw of the table: (draw, interval and left)."""
        shares = self._shares(table)
        return lambda stream: stream.multinomial(int(self.sample_size), shares).astype(float)

    def summarise(self, data: np.ndarray) -> np.ndarray:
        """Shares with an event by the landmarks, and mean time under observation as a share of follow-up."""
        gone = np.cumsum(data[:, :-1], axis=1) / self.sample_size
        middles = (np.arange(LIFE_TABLE_INTERVALS) + 0.5) / LIFE_TABLE_INTERVALS
        observed = (data[:, :-1] @ middles + data[:, -1]) / self.sample_size
        return np.column_stack([gone[:, [mark - 1 for mark in _LANDMARKS]], observed])

    def likelihood_of(self, table: pd.DataFrame) -> OfData:
        """Prepare the multinomial log-likelihood (draw,) of a life table, up to a constant."""
        with np.errstate(divide="ignore"):
            logs = np.log(self._shares(table)).T

        def of(data: np.ndarray) -> np.ndarray:
            seen = data > 0
            return np.asarray(data[seen] @ logs[seen])

        return of

    def _shares(self, table: pd.DataFrame) -> np.ndarray:
        """Probability of an event in each interval, and of none: (draw, interval and left)."""
        times = np.linspace(0, self.follow_up, LIFE_TABLE_INTERVALS + 1)
        curve = np.asarray(self.survival(table[list(self.inputs)], times), dtype=float)
        if curve.shape != (len(table), len(times)):
            rule = f"it must give S(t) of shape ({len(table)}, {len(times)}): draw, time"
            raise HeconError(f"survival of {self.name} gave an array of shape {curve.shape}; {rule}")
        falls = -np.diff(curve, axis=1)
        possible = np.isfinite(curve).all(axis=1) & (falls >= -1e-9).all(axis=1) & (np.abs(curve[:, 0] - 1) < 1e-9)
        if not possible.all():
            draw = int(np.argmin(possible))
            raise HeconError(f"survival of {self.name} must begin at 1 and never rise; draw {draw} does not")
        shares = np.clip(np.column_stack([falls, curve[:, -1]]), 0, 1)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))
