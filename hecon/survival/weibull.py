"""The Weibull distribution as an accelerated failure time model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE
from hecon.labels import Axes, Value
from hecon.rows import Laid, filled
from hecon.survival import special
from hecon.survival.base import Curve, by_parts, line_in_log_time
from hecon.survival.written import Written
from hecon.symbols.functions import exp


@dataclass(frozen=True, eq=False, repr=False)
class Weibull(Curve):
    """H(t) = (t / scale)^shape. As ``weibull`` in R's flexsurv and ``pweibull``.

    `shape` above 0: below 1 the hazard falls, at 1 it is constant, above 1 it rises. `scale` above 0, a time: that by
    which a share 1 - exp(-1) = 63 % has had the event. R's ``survreg`` gives log(scale) and 1 / shape.

    >>> round(Weibull(shape=1.2, scale=4).survival(1.0), 6)
    0.827402
    """

    shape: Value
    scale: Value

    title = "Weibull"
    domains: ClassVar = {"shape": POSITIVE, "scale": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return exp(-((t / at.on(self.scale)) ** at.on(self.shape)))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        log_scale, shape = np.log(self.on(self.scale, axes)), self.on(self.shape, axes)
        return filled(line_in_log_time(t, log_scale, shape, lambda line: special.fast_exp(line, out=line)))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return filled(self._by_parts(t, axes))

    def _by_parts(self, t: np.ndarray, axes: Axes) -> Laid:
        log_scale, shape = np.log(self.on(self.scale, axes)), self.on(self.shape, axes)
        return by_parts(np.log(t), [log_scale, shape], special.double_exp_along)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        shape, scale = self.on(self.shape, axes), self.on(self.scale, axes)
        return shape / scale * power(t / scale, shape - 1)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return self.on(self.scale, axes) * power(hazard, 1 / self.on(self.shape, axes))


def power(base: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """Give base^exponent for base >= 0, with 0^0 = 1, from arrays laid out in full: the same bits in any block."""
    return np.power(*(np.ascontiguousarray(part) for part in np.broadcast_arrays(base, exponent)))
