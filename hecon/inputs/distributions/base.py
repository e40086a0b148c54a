"""What a distribution of one number is: what it knows, and the two ways in which a row gives it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from hecon.domains import REAL, Domain
from hecon.frozen import frozen


@frozen(eq=True)
class Cells:
    """What a row of a parameter sheet says of its uncertainty; NaN is a blank cell."""

    value: float
    low: float = math.nan
    high: float = math.nan
    se: float = math.nan
    coverage: float = math.nan
    natural: Sequence[float] = (math.nan, math.nan)


class Distribution(ABC):
    """A distribution of one number. A subclass is a frozen dataclass of its parameters."""

    #: What it is called in column distribution, and what it means there.
    name: ClassVar[str]
    meaning: ClassVar[str]
    #: What an input with it may be.
    support: ClassVar[Domain] = REAL
    #: What the columns natural_1 and natural_2 are, and may be; none where it does not take them.
    natural: ClassVar[tuple[tuple[str, Domain], ...]] = ()

    @classmethod
    @abstractmethod
    def of(cls, cells: Cells) -> Distribution:
        """Build it from the cells of a row. Raises ValueError in the words of the sheet."""

    @abstractmethod
    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        """Draw so many values, by a generator of numpy's own where there is one; fewer are the first of more."""

    @abstractmethod
    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Value below which a share `p` of the draws falls."""

    @abstractmethod
    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Share of the draws that falls at or below `x`."""

    @property
    @abstractmethod
    def in_scipy(self) -> tuple[str, tuple[float, ...]]:
        """Name and parameters in scipy.stats, which takes ten times as long to load and so only checks this file."""


class ByMoments(Distribution):
    """A distribution given by mean and standard deviation (or an interval), or by its natural parameters."""

    @classmethod
    @abstractmethod
    def by_moments(cls, mean: float, sd: float) -> Distribution:
        """Build it from its mean and standard deviation."""

    @classmethod
    @abstractmethod
    def by_natural(cls, first: float, second: float) -> Distribution:
        """Build it from natural_1 and natural_2."""

    @classmethod
    def by_range(cls, value: float, low: float, high: float, errors: float) -> Distribution:
        """Build it from an interval that is so many standard errors wide."""
        return cls.by_moments(value, (high - low) / errors)

    @classmethod
    def of(cls, cells: Cells) -> Distribution:
        """Natural parameters overrule the moments, and se the range."""
        first, second = cells.natural
        if not (is_blank(first) and is_blank(second)):
            return cls._of_natural(first, second)
        if math.isfinite(cells.se):
            if cells.se <= 0:
                raise ValueError(f"se is {cells.se:g}; the se of a {cls.name} distribution is above 0")
            return cls.by_moments(cells.value, cells.se)
        if not (math.isfinite(cells.low) and math.isfinite(cells.high)):
            raise ValueError(f"a {cls.name} distribution needs se, or both low and high")
        if not cells.low < cells.high:
            raise ValueError(f"low is {cells.low:g} and high is {cells.high:g}; low must be below high")
        return cls.by_range(cells.value, cells.low, cells.high, 2 * width_in_errors(cells.coverage))

    @classmethod
    def _of_natural(cls, first: float, second: float) -> Distribution:
        if is_blank(first) or is_blank(second):
            words = " and ".join(word for word, _ in cls.natural)
            raise ValueError(f"natural_1 and natural_2 of a {cls.name} distribution are its {words}; give both")
        for column, (word, domain), number in zip(
            ("natural_1", "natural_2"), cls.natural, (first, second), strict=True
        ):
            if not domain.hold(number):
                raise ValueError(f"{column} is {number:g}; the {word} of a {cls.name} must {domain.words}")
        return cls.by_natural(first, second)


class Between(Distribution):
    """A distribution that lies between low and high, and nowhere else."""

    @classmethod
    @abstractmethod
    def between(cls, low: float, value: float, high: float) -> Distribution:
        """Build it from its ends and its value."""

    @classmethod
    def of(cls, cells: Cells) -> Distribution:
        """Low and high are its ends; cells that it would not look at are refused."""
        if not is_blank(cells.coverage):
            ends = f"low and high are the ends of a {cls.name} distribution"
            raise ValueError(f"coverage is {cells.coverage:g}, but {ends}; clear it")
        for column, number in zip(("natural_1", "natural_2"), cells.natural, strict=True):
            if not is_blank(number):
                rule = f"a {cls.name} distribution has low and high instead; clear it"
                raise ValueError(f"{column} is {number:g}, but {rule}")
        low, high = cells.low, cells.high
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"a {cls.name} distribution needs both low and high")
        if not low < high:
            raise ValueError(f"low is {low:g} and high is {high:g}; low must be below high")
        if not low <= cells.value <= high:
            raise ValueError(f"value is {cells.value:g}; it must lie between low {low:g} and high {high:g}")
        return cls.between(low, cells.value, high)


def width_in_errors(coverage: float = math.nan) -> float:
    """Standard errors from the middle of an interval to its end, for a normal interval of that coverage.

    >>> round(width_in_errors(0.95), 4)
    1.96
    """
    from scipy.special import ndtri

    coverage = 0.95 if is_blank(coverage) else coverage
    if not 0 < coverage < 1:
        raise ValueError(f"coverage is {coverage:g}; it must be above 0 and below 1, such as 0.95")
    return float(ndtri(0.5 + coverage / 2))


def is_blank(number: float | None) -> bool:
    """Whether a cell holds no number."""
    return number is None or math.isnan(number)


def beta_quantile(a: float, b: float, low: float, width: float, p: np.ndarray) -> np.ndarray:
    """Quantiles of a beta distribution on [low, low + width]."""
    from scipy.special import betaincinv

    return low + width * betaincinv(a, b, p)


def beta_cumulative(a: float, b: float, low: float, width: float, x: np.ndarray) -> np.ndarray:
    """Distribution function of a beta distribution on [low, low + width]."""
    from scipy.special import betainc

    return betainc(a, b, np.clip((x - low) / width, 0, 1))
