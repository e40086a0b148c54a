"""The triangular distribution."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.distributions.base import Between


@frozen(eq=True)
class TriangularDistribution(Between):
    """The triangular distribution."""

    name: ClassVar[str] = "triangular"
    meaning: ClassVar[str] = "Low, most likely value, high; its mean is not the value unless the range is symmetric."
    low: float
    value: float
    high: float

    @classmethod
    def between(cls, low: float, value: float, high: float) -> TriangularDistribution:
        return cls(low, value, high)

    @property
    def _peak(self) -> float:
        return (self.value - self.low) / (self.high - self.low)

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return generator.triangular(self.low, self.value, self.high, count)

    def quantile(self, p: np.ndarray) -> np.ndarray:
        peak = self._peak
        rising, falling = np.sqrt(peak * p), 1 - np.sqrt((1 - peak) * (1 - p))
        return self.low + (self.high - self.low) * np.where(p < peak, rising, falling)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        peak = self._peak
        z = np.clip((x - self.low) / (self.high - self.low), 0, 1)
        rising = z**2 / peak if peak > 0 else np.zeros_like(z)
        falling = 1 - (1 - z) ** 2 / (1 - peak) if peak < 1 else np.ones_like(z)
        return np.where(z < peak, rising, falling)

    @property
    def in_scipy(self) -> tuple[str, tuple[float, ...]]:
        return "triang", (self._peak, self.low, self.high - self.low)
