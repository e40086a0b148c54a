"""The lognormal distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE, REAL
from hecon.labels import Axes, Value
from hecon.rows import Laid, filled
from hecon.survival import special
from hecon.survival.base import Curve, by_parts, line_in_log_time
from hecon.survival.written import Written
from hecon.symbols.functions import greater, log, normal_cdf, where


@dataclass(frozen=True, eq=False, repr=False)
class Lognormal(Curve):
    """S(t) = Phi(-z) with z = (log t - meanlog) / sdlog. As ``lnorm`` in R's flexsurv and ``plnorm``.

    `meanlog`, any number: the logarithm of the median time. `sdlog` above 0: standard deviation of log time.

    >>> round(Lognormal(meanlog=1.0, sdlog=0.5).median(), 6)
    2.718282
    """

    meanlog: Value
    sdlog: Value

    title = "lognormal"
    domains: ClassVar = {"meanlog": REAL, "sdlog": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        z = (log(t) - at.on(self.meanlog)) / at.on(self.sdlog)
        return where(greater(t, 0), normal_cdf(-z), 1.0)

    def _z(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return filled(line_in_log_time(t, *self._line(axes)))

    def _line(self, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
        """Location and slope of z along log time."""
        return self.on(self.meanlog, axes), 1 / self.on(self.sdlog, axes)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return -special.normal_log_tail(self._z(t, axes))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return filled(self._by_parts(t, axes))

    def _by_parts(self, t: np.ndarray, axes: Axes) -> Laid:
        return by_parts(np.log(t), self._line(axes), special.normal_tail_along)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        some = np.maximum(t, special.TINY)
        z = self._z(some, axes)
        hazard = special.normal_hazard(z) / (self.on(self.sdlog, axes) * some)
        return np.where(t == 0, 0.0, hazard)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        z = special.normal_at_log_tail(-hazard)
        return np.exp(self.on(self.meanlog, axes) + self.on(self.sdlog, axes) * z)
