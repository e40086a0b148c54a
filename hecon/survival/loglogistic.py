"""The log-logistic distribution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE
from hecon.labels import Axes, Value
from hecon.rows import Laid, filled
from hecon.survival import special
from hecon.survival.base import Curve, line_in_log_time
from hecon.survival.weibull import power
from hecon.survival.written import Written


@dataclass(frozen=True, eq=False, repr=False)
class LogLogistic(Curve):
    """S(t) = 1 / (1 + (t / scale)^shape). As ``llogis`` in R's flexsurv.

    `shape` above 0: above 1 the hazard rises and then falls. `scale` above 0, a time: the median. R's ``survreg`` gives
    log(scale) and 1 / shape.

    >>> LogLogistic(shape=2, scale=3).survival(3.0)
    0.5
    """

    shape: Value
    scale: Value

    title = "log-logistic"
    domains: ClassVar = {"shape": POSITIVE, "scale": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return 1 / (1 + (t / at.on(self.scale)) ** at.on(self.shape))

    def _log_odds(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return filled(self._line(t, axes))

    def _line(self, t: np.ndarray, axes: Axes, then: Callable[[np.ndarray], object] | None = None) -> Laid:
        return line_in_log_time(t, np.log(self.on(self.scale, axes)), self.on(self.shape, axes), then)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.logaddexp(0.0, self._log_odds(t, axes))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return filled(self._by_parts(t, axes))

    def _by_parts(self, t: np.ndarray, axes: Axes) -> Laid:
        return self._line(t, axes, then=_survival_in_place)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        shape, scale = self.on(self.shape, axes), self.on(self.scale, axes)
        ratio = t / scale
        # Below the median the usual form; above it one that cannot overflow.
        early = shape / scale * power(np.minimum(ratio, 1.0), shape - 1) / (1 + power(np.minimum(ratio, 1.0), shape))
        late = np.maximum(ratio, 1.0)
        return np.where(ratio <= 1, early, shape / scale / late / (1 + power(1 / late, shape)))

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        log_odds = hazard + np.log(-np.expm1(-hazard))
        return self.on(self.scale, axes) * np.exp(log_odds / self.on(self.shape, axes))


def _survival_in_place(log_odds: np.ndarray) -> None:
    special.fast_exp(log_odds, out=log_odds)
    np.add(log_odds, 1.0, out=log_odds)
    np.divide(1.0, log_odds, out=log_odds)
