"""The Weibull distribution as a proportional hazards model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE
from hecon.labels import Axes, Value
from hecon.survival import special
from hecon.survival.base import Curve
from hecon.survival.weibull import power
from hecon.survival.written import Written
from hecon.symbols.functions import exp


@dataclass(frozen=True, eq=False, repr=False)
class WeibullPH(Curve):
    """H(t) = scale t^shape. As ``weibullPH`` in R's flexsurv; a hazard ratio multiplies the scale.

    `shape` above 0, `scale` above 0. The same curve as `Weibull` with scale (AFT) = scale (PH)^(-1 / shape).

    >>> round(WeibullPH(shape=1.2, scale=4**-1.2).survival(1.0), 6)
    0.827402
    """

    shape: Value
    scale: Value

    title = "Weibull (proportional hazards)"
    domains: ClassVar = {"shape": POSITIVE, "scale": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return exp(-(at.on(self.scale) * t ** at.on(self.shape)))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        shape, log_scale = self.on(self.shape, axes), np.log(self.on(self.scale, axes))
        hazard = np.empty(
            np.broadcast_shapes(t.shape, shape.shape, log_scale.shape), np.result_type(t, shape, log_scale)
        )
        np.multiply(np.log(t), shape, out=hazard)
        np.add(hazard, log_scale, out=hazard)
        return special.fast_exp(hazard, out=hazard)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        shape = self.on(self.shape, axes)
        return shape * self.on(self.scale, axes) * power(t, shape - 1)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return power(hazard / self.on(self.scale, axes), 1 / self.on(self.shape, axes))
