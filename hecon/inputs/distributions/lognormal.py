"""The lognormal distribution; an interval is one of the logarithm, as a hazard ratio is estimated."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from hecon.domains import AT_LEAST_0, POSITIVE, REAL, Domain
from hecon.frozen import frozen
from hecon.inputs.distributions.base import ByMoments


@frozen(eq=True)
class LognormalDistribution(ByMoments):
    """The lognormal distribution; an interval is one of the logarithm, as a hazard ratio is estimated."""

    name: ClassVar[str] = "lognormal"
    meaning: ClassVar[str] = (
        "Mean value and standard deviation se; or exp of a normal with mean ln(value) and low to high as its 95% "
        "interval, as a hazard ratio is estimated."
    )
    support: ClassVar[Domain] = AT_LEAST_0
    natural: ClassVar[tuple[tuple[str, Domain], ...]] = (
        ("mean of the logarithm", REAL),
        ("standard deviation of the logarithm", POSITIVE),
    )
    meanlog: float
    sdlog: float

    @classmethod
    def by_moments(cls, mean: float, sd: float) -> LognormalDistribution:
        if mean <= 0:
            raise ValueError(f"value is {mean:g}; a lognormal parameter is above 0")
        sdlog = math.sqrt(math.log1p((sd / mean) ** 2))
        return cls(math.log(mean) - sdlog**2 / 2, sdlog)

    @classmethod
    def by_range(cls, value: float, low: float, high: float, errors: float) -> LognormalDistribution:
        if value <= 0:
            raise ValueError(f"value is {value:g}; a lognormal parameter is above 0")
        if low <= 0:
            raise ValueError(f"low is {low:g}; the range of a lognormal parameter lies above 0")
        return cls(math.log(value), (math.log(high) - math.log(low)) / errors)

    @classmethod
    def by_natural(cls, first: float, second: float) -> LognormalDistribution:
        return cls(first, second)

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return generator.lognormal(self.meanlog, self.sdlog, count)

    def quantile(self, p: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        return math.exp(self.meanlog) * np.exp(self.sdlog * ndtri(p))

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        from scipy.special import ndtr

        with np.errstate(divide="ignore"):
            return ndtr(np.log(np.maximum(x, 0) / math.exp(self.meanlog)) / self.sdlog)

    @property
    def in_scipy(self) -> tuple[str, tuple[float, ...]]:
        return "lognorm", (self.sdlog, 0.0, math.exp(self.meanlog))
