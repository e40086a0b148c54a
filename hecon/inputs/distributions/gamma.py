"""The gamma distribution."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hecon.domains import AT_LEAST_0, POSITIVE, Domain
from hecon.frozen import frozen
from hecon.inputs.distributions.base import ByMoments


@frozen(eq=True)
class GammaDistribution(ByMoments):
    """The gamma distribution."""

    name: ClassVar[str] = "gamma"
    meaning: ClassVar[str] = "Mean value, standard deviation se, or that of the 95% interval low to high; for costs."
    support: ClassVar[Domain] = AT_LEAST_0
    natural: ClassVar[tuple[tuple[str, Domain], ...]] = (("shape", POSITIVE), ("rate", POSITIVE))
    shape: float
    scale: float

    @classmethod
    def by_moments(cls, mean: float, sd: float) -> GammaDistribution:
        if mean <= 0:
            raise ValueError(f"value is {mean:g}; a gamma parameter is above 0")
        return cls((mean / sd) ** 2, sd**2 / mean)

    @classmethod
    def by_natural(cls, first: float, second: float) -> GammaDistribution:
        return cls(first, 1 / second)

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return generator.gamma(self.shape, self.scale, count)

    def quantile(self, p: np.ndarray) -> np.ndarray:
        from scipy.special import gammaincinv

        return self.scale * gammaincinv(self.shape, p)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        from scipy.special import gammainc

        return gammainc(self.shape, np.maximum(x, 0) / self.scale)

    @property
    def in_scipy(self) -> tuple[str, tuple[float, ...]]:
        return "gamma", (self.shape, 0.0, self.scale)
