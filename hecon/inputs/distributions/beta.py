"""The beta distribution."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from hecon.domains import POSITIVE, SHARE, Domain
from hecon.frozen import frozen
from hecon.inputs.distributions.base import ByMoments, beta_cumulative, beta_quantile


@frozen(eq=True)
class BetaDistribution(ByMoments):
    """The beta distribution."""

    name: ClassVar[str] = "beta"
    meaning: ClassVar[str] = (
        "Mean value, standard deviation se, or that of the 95% interval low to high; for shares and utilities."
    )
    support: ClassVar[Domain] = SHARE
    natural: ClassVar[tuple[tuple[str, Domain], ...]] = (("alpha", POSITIVE), ("beta", POSITIVE))
    a: float
    b: float

    @classmethod
    def by_moments(cls, mean: float, sd: float) -> BetaDistribution:
        if not 0 < mean < 1:
            raise ValueError(f"value is {mean:g}; a beta parameter lies between 0 and 1")
        widest = math.sqrt(mean * (1 - mean))
        if sd >= widest:
            raise ValueError(f"the se is {sd:g}; a beta parameter with value {mean:g} has an se below {widest:.4g}")
        total = mean * (1 - mean) / sd**2 - 1
        return cls(mean * total, (1 - mean) * total)

    @classmethod
    def by_natural(cls, first: float, second: float) -> BetaDistribution:
        return cls(first, second)

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return generator.beta(self.a, self.b, count)

    def quantile(self, p: np.ndarray) -> np.ndarray:
        return beta_quantile(self.a, self.b, 0.0, 1.0, p)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return beta_cumulative(self.a, self.b, 0.0, 1.0, x)

    @property
    def in_scipy(self) -> tuple[str, tuple[float, ...]]:
        return "beta", (self.a, self.b, 0.0, 1.0)
