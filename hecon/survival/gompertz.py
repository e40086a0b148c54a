"""The Gompertz distribution: a hazard that grows or falls exponentially."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE, REAL
from hecon.labels import Axes, Value
from hecon.survival.base import Curve
from hecon.survival.written import Written
from hecon.symbols.functions import absolute, exp, less, where

#: Below this |shape t| the formula takes the series of a hazard that hardly changes.
NEAR_CONSTANT = 1e-5


@dataclass(frozen=True, eq=False, repr=False)
class Gompertz(Curve):
    """h(t) = rate exp(shape t), so H(t) = rate (exp(shape t) - 1) / shape. As ``gompertz`` in R's flexsurv.

    `rate` above 0: the hazard at time 0. `shape`, any number: 0 is the exponential; below 0 the hazard falls and a
    share exp(rate / shape) never has the event.

    >>> round(Gompertz(shape=-0.2, rate=0.5).survival(1.0), 6)
    0.635608
    """

    shape: Value
    rate: Value

    title = "Gompertz"
    domains: ClassVar = {"shape": REAL, "rate": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        shape, rate = at.on(self.shape), at.on(self.rate)
        growth = at.column(shape * t, "shape x time")
        # Near 0 exp(x) - 1 loses its digits: a series takes over.
        near = exp(-(rate * t * (1 + growth / 2 + growth * growth / 6)))
        with np.errstate(divide="ignore", invalid="ignore"):
            far = exp(-(rate / shape * (exp(growth) - 1)))
        return where(less(absolute(growth), NEAR_CONSTANT), near, far)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        growth = self.on(self.shape, axes) * t
        # (exp(x) - 1) / x has relative error of rounding for every x but 0, where it is 1.
        mean_growth = np.divide(np.expm1(growth), growth, out=np.ones(growth.shape), where=growth != 0)
        return self.on(self.rate, axes) * t * mean_growth

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self.on(self.rate, axes) * np.exp(self.on(self.shape, axes) * t)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        shape = self.on(self.shape, axes)
        straight = hazard / self.on(self.rate, axes)
        growth = shape * straight
        growing = (growth != 0) & (np.abs(shape) > 1e-200) & np.isfinite(straight)
        grown = np.log1p(np.maximum(growth, -1.0))
        time = np.divide(grown, shape, out=np.broadcast_to(straight, growing.shape).copy(), where=growing)
        return np.where((shape < 0) & (growth <= -1), np.inf, time)
