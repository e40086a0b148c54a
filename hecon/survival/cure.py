"""Cure models: a share of the patients never has the event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import SHARE, Domain, parameter_in_words
from hecon.labels import Axes, Value
from hecon.survival.adjust import bracketed
from hecon.survival.base import Curve
from hecon.survival.written import Written
from hecon.symbols.functions import exp, log

#: The non-mixture form needs log(fraction).
ABOVE_0 = Domain(0, 1, open_low=True)


@dataclass(frozen=True, eq=False, repr=False)
class MixtureCure(Curve):
    """S(t) = p + (1 - p) S0(t): a share p (`fraction`, 0 to 1) is cured, the others follow the curve.

    As ``mixture = TRUE`` in R's flexsurvcure. Put it inside `BackgroundMortality`: the cured still die of other causes.
    J. W. Boag, J R Stat Soc B 11 (1949) 15.

    >>> from hecon.survival.weibull import Weibull
    >>> round(MixtureCure(Weibull(1.2, 4), 0.3).survival(1.0), 6)
    0.879181
    """

    curve: Curve
    fraction: Value

    title = "mixture cure"
    domains: ClassVar = {"fraction": SHARE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        fraction = at.on(self.fraction)
        return fraction + (1 - fraction) * self.curve.written(t, at)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        fraction, hazard = self.on(self.fraction, axes), self.curve._cumulative_hazard(t, axes)
        # The smaller of both forms keeps its digits: early on, and far out where the fraction is 0.
        early = -np.log1p((1 - fraction) * np.expm1(-hazard))
        with np.errstate(divide="ignore"):
            late = -np.logaddexp(np.log(fraction), np.log1p(-fraction) - hazard)
        return np.where(early < 0.5, early, late)

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        fraction = self.on(self.fraction, axes)
        return fraction + (1 - fraction) * self.curve._survival(t, axes)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        # Of those still event-free, the share that is not cured: 1 / (1 + p / ((1 - p) S0)).
        fraction, hazard = self.on(self.fraction, axes), self.curve._hazard(t, axes)
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = fraction / (1 - fraction) * np.exp(self.curve._cumulative_hazard(t, axes))
        odds = np.where(fraction == 0, 0.0, odds)
        return np.divide(
            hazard, 1 + odds, out=np.zeros(np.broadcast_shapes(hazard.shape, odds.shape)), where=odds < np.inf
        )

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        fraction = self.on(self.fraction, axes)
        with np.errstate(divide="ignore", invalid="ignore"):
            early = -np.log1p(np.expm1(-hazard) / (1 - fraction))
            late = np.log1p(-fraction) - np.log(np.exp(-hazard) - fraction)
        within = -np.expm1(-hazard) < 1 - fraction
        wanted = np.where(fraction == 0, hazard, np.where(early < 0.5, early, late))
        time = self.curve._time_at(np.where(within, wanted, 0.0), axes)
        return np.where(within | ((fraction == 0) & np.isposinf(hazard)), time, np.inf)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        cured = parameter_in_words(self.fraction)
        return f"mixture cure model with cured fraction {cured}, the others {bracketed(self.curve, unit)}"


@dataclass(frozen=True, eq=False, repr=False)
class NonMixtureCure(Curve):
    """S(t) = p^F0(t), F0 = 1 - S0: survival falls to p (`fraction`, above 0, up to 1) as F0 rises to 1.

    H(t) = -log(p) F0(t), h(t) = -log(p) f0(t): a proportional-hazards model in log(p). As ``mixture = FALSE`` in R's
    flexsurvcure. A. D. Tsodikov, J. G. Ibrahim, A. Y. Yakovlev, J Am Stat Assoc 98 (2003) 1063.

    >>> from hecon.survival.weibull import Weibull
    >>> round(NonMixtureCure(Weibull(1.2, 4), 0.3).survival(1.0), 6)
    0.812367
    """

    curve: Curve
    fraction: Value

    title = "non-mixture cure"
    domains: ClassVar = {"fraction": ABOVE_0}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return exp(at.single(log(at.on(self.fraction)), "log fraction") * (1 - self.curve.written(t, at)))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.log(self.on(self.fraction, axes)) * np.expm1(-self.curve._cumulative_hazard(t, axes))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return -np.log(self.on(self.fraction, axes)) * self.curve._density(t, axes)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            fallen = hazard / -np.log(self.on(self.fraction, axes))
            wanted = -np.log1p(-fallen)
        within = fallen < 1
        return np.where(within, self.curve._time_at(np.where(within, wanted, 0.0), axes), np.inf)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return (
            f"non-mixture cure model with cured fraction {parameter_in_words(self.fraction)}, "
            f"falling to it as {bracketed(self.curve, unit)}"
        )
