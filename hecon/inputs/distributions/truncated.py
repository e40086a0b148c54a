"""A distribution cut off at either side."""

from __future__ import annotations

import math
from functools import cached_property
from typing import ClassVar

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.distributions.base import Cells, Distribution, is_blank

#: Smallest share of a distribution that truncation may keep.
_KEPT = 1e-6


@frozen(eq=True)
class TruncatedDistribution(Distribution):
    """Another distribution, given that it lies between `low` and `high`; its mean is no longer the value.

    It draws by its quantile function: as many random numbers for each draw as there are draws, whatever is cut off.
    """

    meaning: ClassVar[str] = "Cut off by truncate_low and truncate_high."
    whole: Distribution
    low: float
    high: float

    @classmethod
    def of(cls, cells: Cells) -> Distribution:
        raise ValueError("a truncated distribution is made of another one")

    @property
    def name(self) -> str:  # type: ignore[override]  # of the class elsewhere, here of what is truncated
        """What the whole distribution is called."""
        return self.whole.name

    @classmethod
    def cut(cls, whole: Distribution, low: float, high: float) -> TruncatedDistribution:
        """Cut a distribution at one side or both. Raises ValueError in the words of the sheet."""
        low = -math.inf if is_blank(low) else low
        high = math.inf if is_blank(high) else high
        if not low < high:
            rule = "the first must be below the second"
            raise ValueError(f"truncate_low is {low:g} and truncate_high is {high:g}; {rule}")
        own = cls(whole, low, high)
        if own._ends[1] - own._ends[0] < _KEPT:
            raise ValueError(f"truncate_low {low:g} to truncate_high {high:g} holds next to none of the distribution")
        return own

    @cached_property
    def _ends(self) -> tuple[float, float]:
        first, last = self.whole.cumulative(np.array([self.low, self.high]))
        return first, last

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return self.quantile(generator.random(count))

    def quantile(self, p: np.ndarray) -> np.ndarray:
        first, last = self._ends
        return np.clip(self.whole.quantile(first + p * (last - first)), self.low, self.high)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        first, last = self._ends
        return np.clip((self.whole.cumulative(x) - first) / (last - first), 0, 1)

    @property
    def in_scipy(self) -> tuple[str, tuple[float, ...]]:
        return self.whole.in_scipy
