"""The exponential distribution: a constant hazard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE
from hecon.labels import Axes, Value
from hecon.rows import Laid, filled
from hecon.survival import special
from hecon.survival.base import Curve, by_parts
from hecon.survival.written import Written
from hecon.symbols.functions import exp


@dataclass(frozen=True, eq=False, repr=False)
class Exponential(Curve):
    """H(t) = rate t. As ``exp`` in R's flexsurv.

    `rate`: events per unit of time, above 0.

    >>> round(Exponential(rate=0.5).survival(2.0), 6)
    0.367879
    """

    rate: Value

    title = "exponential"
    domains: ClassVar = {"rate": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return exp(-(at.on(self.rate) * t))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self.on(self.rate, axes) * t

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return filled(self._by_parts(t, axes))

    def _by_parts(self, t: np.ndarray, axes: Axes) -> Laid:
        return by_parts(t, [-self.on(self.rate, axes)], special.exp_along)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.broadcast_to(self.on(self.rate, axes), np.broadcast_shapes((*axes.shape, 1), t.shape))

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return hazard / self.on(self.rate, axes)
