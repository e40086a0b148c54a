"""The curve of what does not happen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hecon.labels import Axes
from hecon.survival.base import Curve
from hecon.survival.written import Written


@dataclass(frozen=True, eq=False, repr=False)
class Never(Curve):
    """H(t) = 0: the event never happens, S(t) = 1 for ever.

    For a transition a strategy does not have, or a treatment that nobody stops.

    >>> Never().survival(40.0)
    1.0
    >>> Never()
    never
    """

    title = "never"

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return np.ones((*at.axes.shape, t.shape[-1]))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.zeros(np.broadcast_shapes((*axes.shape, 1), t.shape))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.ones(np.broadcast_shapes((*axes.shape, 1), t.shape))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self._cumulative_hazard(t, axes)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return np.where(hazard > 0, np.inf, 0.0) + self._cumulative_hazard(hazard, axes)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return "never"
