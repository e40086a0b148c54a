"""The normal distribution."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE, REAL, Domain
from hecon.frozen import frozen
from hecon.inputs.distributions.base import ByMoments


@frozen(eq=True)
class NormalDistribution(ByMoments):
    """The normal distribution."""

    name: ClassVar[str] = "normal"
    meaning: ClassVar[str] = "Mean value, standard deviation se; or low to high is its 95% interval."
    natural: ClassVar[tuple[tuple[str, Domain], ...]] = (("mean", REAL), ("standard deviation", POSITIVE))
    mean: float
    sd: float

    @classmethod
    def by_moments(cls, mean: float, sd: float) -> NormalDistribution:
        return cls(mean, sd)

    @classmethod
    def by_natural(cls, first: float, second: float) -> NormalDistribution:
        return cls(first, second)

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return generator.normal(self.mean, self.sd, count)

    def quantile(self, p: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        return self.mean + self.sd * ndtri(p)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        from scipy.special import ndtr

        return ndtr((x - self.mean) / self.sd)

    @property
    def in_scipy(self) -> tuple[str, tuple[float, ...]]:
        return "norm", (self.mean, self.sd)
