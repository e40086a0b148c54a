"""The generalised gamma distribution in Prentice's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.labels import Axes, Value
from hecon.survival import special
from hecon.survival.base import Curve, line_in_log_time
from hecon.survival.domains import POSITIVE, REAL


@dataclass(frozen=True, eq=False, repr=False)
class GeneralisedGamma(Curve):
    """Log time is mu + sigma w. As ``gengamma`` in R's flexsurv (not ``gengamma.orig``).

    With w = (log t - mu) / sigma, k = 1 / Q^2 and u = k exp(Q w): S = Gamma(k, u) / Gamma(k) for Q > 0, 1 less that
    for Q < 0, Phi(-w) for Q = 0. `mu` and `Q` any number, `sigma` above 0.

    Q = 1 is Weibull (shape 1 / sigma, scale exp(mu)), Q = 0 lognormal (mu, sigma), Q = sigma gamma (shape
    1 / sigma^2, rate exp(-mu) / sigma^2), Q = -1 inverse Weibull. R. L. Prentice, Biometrika 61 (1974) 539.

    >>> round(GeneralisedGamma(mu=1.0, sigma=0.5, Q=0.0).median(), 6)
    2.718282
    """

    mu: Value
    sigma: Value
    Q: Value

    title = "generalised gamma"
    domains: ClassVar = {"mu": REAL, "sigma": POSITIVE, "Q": REAL}

    def _w(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return line_in_log_time(t, self.on(self.mu, axes), 1 / self.on(self.sigma, axes))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return -special.generalised_gamma_log_tail(self._w(t, axes), self.on(self.Q, axes))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return special.generalised_gamma_tail(self._w(t, axes), self.on(self.Q, axes))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        sigma, q = self.on(self.sigma, axes), self.on(self.Q, axes)
        some = np.maximum(t, special.TINY)
        w = self._w(some, axes)
        log_density = special.generalised_gamma_log_density(w, q) - np.log(some) - np.log(sigma)
        hazard = np.exp(log_density - special.generalised_gamma_log_tail(w, q))
        # Near 0 the density goes as t^(1 / (Q sigma) - 1) for Q > 0, and faster than any power to 0 otherwise.
        power = np.where(q > 0, 1 / np.maximum(q * sigma, special.TINY), np.inf) - 1
        at_0 = np.where(power > 0, 0.0, np.where(power < 0, np.inf, hazard))
        return np.where(t == 0, at_0, hazard)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        w = special.generalised_gamma_at_log_tail(-hazard, self.on(self.Q, axes))
        return np.exp(self.on(self.mu, axes) + self.on(self.sigma, axes) * w)
