"""The PERT distribution: a beta distribution between low and high whose mode is the value."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.distributions.base import Between, beta_cumulative, beta_quantile


@frozen(eq=True)
class PertDistribution(Between):
    """The PERT distribution: a beta distribution between low and high whose mode is the value."""

    name: ClassVar[str] = "pert"
    meaning: ClassVar[str] = (
        "Low, most likely value, high, as a beta distribution; its mean is (low + 4 value + high) / 6."
    )
    low: float
    value: float
    high: float

    @classmethod
    def between(cls, low: float, value: float, high: float) -> PertDistribution:
        return cls(low, value, high)

    @property
    def _shapes(self) -> tuple[float, float]:
        width = self.high - self.low
        return 1 + 4 * (self.value - self.low) / width, 1 + 4 * (self.high - self.value) / width

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return self.low + (self.high - self.low) * generator.beta(*self._shapes, count)

    def quantile(self, p: np.ndarray) -> np.ndarray:
        return beta_quantile(*self._shapes, self.low, self.high - self.low, p)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return beta_cumulative(*self._shapes, self.low, self.high - self.low, x)

    @property
    def in_scipy(self) -> tuple[str, tuple[float, ...]]:
        return "beta", (*self._shapes, self.low, self.high - self.low)
