"""The generalised F distribution in Prentice's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import AT_LEAST_0, POSITIVE, REAL
from hecon.labels import Axes, Value
from hecon.rows import filled
from hecon.survival import special, special_f
from hecon.survival.base import Curve, line_in_log_time
from hecon.survival.generalised_gamma import LARGEST_EXPONENT, GeneralisedGamma
from hecon.survival.written import Written
from hecon.symbols.functions import absolute, beta_cdf, exp, greater, less, log, maximum, minimum, sqrt, where


@dataclass(frozen=True, eq=False, repr=False)
class GeneralisedF(Curve):
    """Log time is mu + sigma w, with exp(delta w) an F variate. As ``genf`` in R's flexsurv (not ``genf.orig``).

    delta = sqrt(Q^2 + 2 P), s1 = 2 / (Q^2 + 2 P + Q delta), s2 = 2 / (Q^2 + 2 P - Q delta), and S = I(s2, s1), the
    incomplete beta function at s2 / (s2 + s1 exp(delta w)). `mu` and `Q` any number, `sigma` above 0, `P` at least 0.

    P = 0 is the generalised gamma (mu, sigma, Q); Q = 0, P = 1 log-logistic (shape sqrt(2) / sigma, scale exp(mu)).
    R. L. Prentice, Biometrika 62 (1975) 607; C. Cox, Stat Med 27 (2008) 4301.

    >>> round(GeneralisedF(mu=1.0, sigma=2**0.5, Q=0.0, P=1.0).median(), 6)
    2.718282
    """

    mu: Value
    sigma: Value
    Q: Value
    P: Value

    title = "generalised F"
    domains: ClassVar = {"mu": REAL, "sigma": POSITIVE, "Q": REAL, "P": AT_LEAST_0}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        mu, sigma, q, p = at.on(self.mu), at.on(self.sigma), at.on(self.Q), at.on(self.P)
        some = where(greater(t, 0), t, 1.0)
        w = at.column((log(some) - mu) / sigma, "standardised log time")
        safe = maximum(p, special_f.NEAR_LIMIT)
        delta = at.single(sqrt(q * q + 2 * safe), "delta")
        large = delta + absolute(q)
        near, far = at.single(2 / (delta * large), "smaller shape"), at.single(large / (delta * safe), "larger shape")
        s1 = at.single(where(less(q, 0), far, near), "s1")
        s2 = at.single(where(less(q, 0), near, far), "s2")
        odds = at.column(s1 / s2 * exp(minimum(delta * w, LARGEST_EXPONENT)), "odds")
        early, late = 1 - beta_cdf(odds / (1 + odds), s1, s2), beta_cdf(1 / (1 + odds), s2, s1)
        inside = at.column(where(less(odds, 1), early, late), "F distribution")
        limit = GeneralisedGamma(self.mu, self.sigma, self.Q)._formula(t, at.of("P = 0"))
        # Near P = 0 a mixture of both ends: see special_f.shapes.
        part = at.single(minimum(p / special_f.NEAR_LIMIT, 1.0), "share of the F")
        limit = at.column(where(less(part, 1), limit, 0.0), "generalised gamma")
        return where(greater(t, 0), part * inside + (1 - part) * limit, 1.0)

    def _w(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return filled(line_in_log_time(t, self.on(self.mu, axes), 1 / self.on(self.sigma, axes)))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return -special_f.log_tail(self._w(t, axes), self.on(self.Q, axes), self.on(self.P, axes))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return special_f.tail(self._w(t, axes), self.on(self.Q, axes), self.on(self.P, axes))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        sigma, q, p = self.on(self.sigma, axes), self.on(self.Q, axes), self.on(self.P, axes)
        some = np.maximum(t, special.TINY)
        w = self._w(some, axes)
        log_density = special_f.log_density(w, q, p) - np.log(some) - np.log(sigma)
        hazard = np.exp(log_density - special_f.log_tail(w, q, p))
        # Near 0 the density goes as t^(s1 delta / sigma - 1).
        delta, s1, _ = special_f.shapes(q, p)
        power = s1 * delta / sigma - 1
        at_0 = np.where(power > 0, 0.0, np.where(power < 0, np.inf, hazard))
        return np.where(t == 0, at_0, hazard)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        w = special_f.at_log_tail(-hazard, self.on(self.Q, axes), self.on(self.P, axes))
        return np.exp(self.on(self.mu, axes) + self.on(self.sigma, axes) * w)
