"""The gamma distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE
from hecon.labels import Axes, Value
from hecon.survival import special
from hecon.survival.base import Curve
from hecon.survival.written import Written
from hecon.symbols.functions import gamma_cdf, greater, where


@dataclass(frozen=True, eq=False, repr=False)
class Gamma(Curve):
    """S(t) = Gamma(shape, rate t) / Gamma(shape). As ``gamma`` in R's flexsurv and ``pgamma(shape, rate)``.

    `shape` above 0: at 1 the exponential; `rate` above 0, per unit of time: the hazard goes to it in the end.

    >>> round(Gamma(shape=2, rate=0.5).survival(2.0), 6)
    0.735759
    """

    shape: Value
    rate: Value

    title = "gamma"
    domains: ClassVar = {"shape": POSITIVE, "rate": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return where(greater(t, 0), 1 - gamma_cdf(at.on(self.rate) * t, at.on(self.shape)), 1.0)

    def _log_ratio(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        """Logarithm of rate t over shape."""
        return np.log(t) + (np.log(self.on(self.rate, axes)) - np.log(self.on(self.shape, axes)))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return -special.gamma_log_tail(self.on(self.shape, axes), self._log_ratio(t, axes), upper=True)

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return special.gamma_tail(self.on(self.shape, axes), self.on(self.rate, axes) * t, upper=True)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        shape = self.on(self.shape, axes)
        some = np.maximum(t, special.TINY)
        log_density = special.log_gamma_power(shape, self._log_ratio(some, axes)) - np.log(some)
        hazard = np.exp(log_density + self._cumulative_hazard(some, axes))
        at_0 = np.where(shape > 1, 0.0, np.where(shape < 1, np.inf, self.on(self.rate, axes)))
        return np.where(t == 0, at_0, hazard)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        shape = self.on(self.shape, axes)
        return special.gamma_at_log_tail(shape, -hazard, upper=True) / self.on(self.rate, axes)
