"""The uniform distribution."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.distributions.base import Between


@frozen(eq=True)
class UniformDistribution(Between):
    """The uniform distribution."""

    name: ClassVar[str] = "uniform"
    meaning: ClassVar[str] = "Any number between low and high, each as likely."
    low: float
    high: float

    @classmethod
    def between(cls, low: float, value: float, high: float) -> UniformDistribution:
        return cls(low, high)

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return generator.uniform(self.low, self.high, count)

    def quantile(self, p: np.ndarray) -> np.ndarray:
        return self.low + (self.high - self.low) * p

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return np.clip((x - self.low) / (self.high - self.low), 0, 1)

    @property
    def in_scipy(self) -> tuple[str, tuple[float, ...]]:
        return "uniform", (self.low, self.high - self.low)
