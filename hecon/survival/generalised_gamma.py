"""The generalised gamma distribution in Prentice's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE, REAL
from hecon.labels import Axes, Value
from hecon.rows import filled
from hecon.survival import special
from hecon.survival.base import Curve, line_in_log_time
from hecon.survival.written import Written
from hecon.symbols.functions import (
    absolute,
    exp,
    gamma_cdf,
    greater,
    less,
    log,
    minimum,
    normal_cdf,
    normal_density,
    polynomial,
    sqrt,
    where,
)

#: The exponential of more than this is no number.
LARGEST_EXPONENT = 700.0


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

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        mu, sigma, q = at.on(self.mu), at.on(self.sigma), at.on(self.Q)
        some = where(greater(t, 0), t, 1.0)
        w = at.column((log(some) - mu) / sigma, "standardised log time")
        safe = where(less(absolute(q), special.NEAR_NORMAL), 1.0, q)
        shape = at.single(1 / (safe * safe), "1/Q^2")
        below = at.column(
            gamma_cdf(shape * exp(minimum(safe * w, LARGEST_EXPONENT)), shape), "gamma distribution function"
        )
        # Near Q = 0 the gamma distribution function has no digits left: see special.near_normal_log_tail.
        v = at.column(q * w, "Q times log time")
        y = at.column(w * sqrt(polynomial(special.EXCESS[:7], v)), "normal scale")
        eta = at.column(q * y, "Q times normal scale")
        first, second = special.temme_coefficients()[:2]
        square = at.single(q * q, "Q^2")
        bend = at.column(polynomial(first[:6], eta) + square * polynomial(second[:2], eta), "correction")
        near = at.column(normal_cdf(-y) + q * normal_density(y) * bend, "near the lognormal")
        far = where(greater(q, 0), 1 - below, below)
        return where(greater(t, 0), where(less(absolute(q), special.NEAR_NORMAL), near, far), 1.0)

    def _w(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return filled(line_in_log_time(t, self.on(self.mu, axes), 1 / self.on(self.sigma, axes)))

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
