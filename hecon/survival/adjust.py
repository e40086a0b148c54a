"""Adjustments of one curve: each wraps a curve and gives a curve. They apply from the inside out.

``HazardRatio(AccelerationFactor(curve, 1.3), 0.7)`` stretches time first and then multiplies the hazard; it
prints as "..., with acceleration factor 1.3, with hazard ratio 0.7".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from hecon.domains import POSITIVE, REAL, parameter_in_words
from hecon.labels import Axes, Value
from hecon.rows import Laid
from hecon.survival.base import Curve
from hecon.survival.written import Written, in_unit
from hecon.symbols.expression import number_of
from hecon.symbols.functions import less, maximum, share_of, where


def bracketed(curve: Curve, unit: str = "") -> str:
    """Give the sentence of a curve, in brackets if it joins several curves."""
    return f"[{curve.describe(unit)}]" if curve.compound else curve.describe(unit)


def in_time(value: Value, unit: str) -> str:
    """Give a time in words: its number and unit."""
    return f"{parameter_in_words(value)} {unit}".strip()


def moved(knots: tuple[float, ...], scale: Value = 1.0, by: Value = 0.0) -> tuple[float, ...]:
    """Knots times `scale` plus `by`, for every value these have; those after 0."""
    places = np.multiply.outer(np.array(knots), _distinct(scale))[..., None] + _distinct(by)
    return tuple(np.unique(places[places > 0]).tolist())


def _distinct(value: Value) -> np.ndarray:
    return np.unique(number_of(value.values if isinstance(value, xr.DataArray) else np.array([value])))


@dataclass(frozen=True, eq=False, repr=False)
class HazardRatio(Curve):
    """H(t) = ratio H0(t), S = S0^ratio: the hazard of the curve times a number above 0.

    >>> from hecon.survival.weibull import Weibull
    >>> round(HazardRatio(Weibull(1.2, 4), 0.7).survival(1.0), 6)
    0.875793
    """

    curve: Curve
    ratio: Value

    title = "hazard ratio"
    domains: ClassVar = {"ratio": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return self.curve.written(t, at) ** at.on(self.ratio)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self.on(self.ratio, axes) * self.curve._cumulative_hazard(t, axes)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self.on(self.ratio, axes) * self.curve._hazard(t, axes)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return self.curve._time_at(hazard / self.on(self.ratio, axes), axes)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return f"{bracketed(self.curve, unit)}, with hazard ratio {parameter_in_words(self.ratio)}"


@dataclass(frozen=True, eq=False, repr=False)
class AccelerationFactor(Curve):
    """S(t) = S0(t / factor): time runs `factor` (above 0) times slower, medians are `factor` times longer.

    >>> from hecon.survival.weibull import Weibull
    >>> round(AccelerationFactor(Weibull(1.2, 4), 1.3).survival(1.0), 6)
    0.870845
    """

    curve: Curve
    factor: Value

    title = "acceleration factor"
    domains: ClassVar = {"factor": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return self.curve._formula(at.column(t / at.on(self.factor), "time"), at)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self.curve._cumulative_hazard(t / self.on(self.factor, axes), axes)

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self.curve._survival(t / self.on(self.factor, axes), axes)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        factor = self.on(self.factor, axes)
        return self.curve._hazard(t / factor, axes) / factor

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return self.on(self.factor, axes) * self.curve._time_at(hazard, axes)

    def knots(self) -> tuple[float, ...]:
        """Knots of the curve, stretched."""
        return moved(self.curve.knots(), self.factor)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return f"{bracketed(self.curve, unit)}, with acceleration factor {parameter_in_words(self.factor)}"


@dataclass(frozen=True, eq=False, repr=False)
class OddsRatio(Curve):
    """Odds (1 - S) / S = ratio (1 - S0) / S0: the odds of having had the event, times a number above 0.

    h(t) = ratio h0(t) / (S0 + ratio (1 - S0)).

    >>> from hecon.survival.weibull import Weibull
    >>> round(OddsRatio(Weibull(1.2, 4), 0.7).survival(1.0), 6)
    0.872584
    """

    curve: Curve
    ratio: Value

    title = "odds ratio"
    domains: ClassVar = {"ratio": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        survival = self.curve.written(t, at)
        return survival / (survival + at.on(self.ratio) * (1 - survival))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return _with_odds_times(self.on(self.ratio, axes), self.curve._cumulative_hazard(t, axes))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        survival = self.curve._survival(t, axes)
        return survival / (survival + self.on(self.ratio, axes) * (1 - survival))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        ratio, survival = self.on(self.ratio, axes), self.curve._survival(t, axes)
        return ratio * self.curve._hazard(t, axes) / (survival + ratio * (1 - survival))

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return self.curve._time_at(_with_odds_times(1 / self.on(self.ratio, axes), hazard), axes)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return f"{bracketed(self.curve, unit)}, with odds ratio {parameter_in_words(self.ratio)}"


def _with_odds_times(ratio: np.ndarray, hazard: np.ndarray) -> np.ndarray:
    """Cumulative hazard after the odds are multiplied: log(1 + ratio (exp(H) - 1)), which cannot overflow here."""
    return hazard + np.log1p((1 - ratio) * np.expm1(-hazard))


@dataclass(frozen=True, eq=False, repr=False)
class Shift(Curve):
    """The curve delayed: S(t) = 1 until `by`, then S0(t - by).

    A negative `by` is the curve of those still event-free at -by: S(t) = S0(t - by) / S0(-by).

    >>> from hecon.survival.exponential import Exponential
    >>> round(Shift(Exponential(0.2), by=1).survival(3.0), 6)
    0.67032
    """

    curve: Curve
    by: Value

    title = "shift"
    domains: ClassVar = {"by": REAL}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        by = at.on(self.by)
        later = at.column(maximum(t - by, 0.0), "time")
        start = at.single(self.curve._formula(maximum(-by, 0.0), at.points("start")), "survival before the start")
        return where(less(t, by), 1.0, share_of(self.curve.written(later, at), start))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        by = self.on(self.by, axes)
        before = self.curve._cumulative_hazard(np.maximum(-by, 0.0), axes)
        return rise(before, self.curve._cumulative_hazard(np.maximum(t - by, 0.0), axes))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        by = self.on(self.by, axes)
        return np.where(t < by, 0.0, self.curve._hazard(np.maximum(t - by, 0.0), axes))

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        by = self.on(self.by, axes)
        before = self.curve._cumulative_hazard(np.maximum(-by, 0.0), axes)
        time = np.maximum(self.curve._time_at(hazard + before, axes) + by, 0.0)
        return np.where(hazard <= 0, 0.0, time)

    def knots(self) -> tuple[float, ...]:
        """Knots of the curve and its start, moved."""
        return moved((0.0, *self.curve.knots()), by=self.by)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return f"{bracketed(self.curve, unit)}, shifted by {in_time(self.by, unit)}"


def rise(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Cumulative hazard from one time to a later one; infinite where nobody was left at the first."""
    before, after = np.broadcast_arrays(before, after)
    return np.subtract(after, before, out=np.full(before.shape, np.inf), where=np.isfinite(before))


@dataclass(frozen=True, eq=False, repr=False)
class Rescaled(Curve):
    """The curve in years, from parameters in another unit of time: S(t) = S0(t / y), h(t) = h0(t / y) / y.

    y is `years_per_unit`, one number; `unit` is the word for it in sentences ("months").

    >>> from hecon.survival.lognormal import Lognormal
    >>> Rescaled(Lognormal(3.2, 1.2), 1 / 12, "months")
    lognormal (meanlog 3.2, sdlog 1.2, months)
    """

    curve: Curve
    years_per_unit: float
    unit: str = ""

    title = "rescaled"
    domains: ClassVar = {"years_per_unit": POSITIVE}

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        # Time in another unit is the same for every curve: written beside time itself.
        return self.curve._formula(in_unit(t, self.years_per_unit, self.unit), at)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self.curve._cumulative_hazard(t / self.years_per_unit, axes)

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self.curve._survival(t / self.years_per_unit, axes)

    def _by_parts(self, t: np.ndarray, axes: Axes) -> Laid:
        return self.curve._by_parts(t / self.years_per_unit, axes)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self.curve._hazard(t / self.years_per_unit, axes) / self.years_per_unit

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return self.years_per_unit * self.curve._time_at(hazard, axes)

    @property
    def heading(self) -> str:
        """That of the curve itself."""
        return self.curve.heading

    def knots(self) -> tuple[float, ...]:
        """Knots of the curve, in years."""
        return moved(self.curve.knots(), self.years_per_unit)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return self.curve.describe(self.unit or f"in units of {self.years_per_unit:.4g} years")
