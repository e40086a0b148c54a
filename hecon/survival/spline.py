"""Royston-Parmar models: a natural cubic spline in log time on the scale of hazard, odds or normal quantile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import REAL, parameter_in_words
from hecon.errors import Fault
from hecon.labels import Axes, Value
from hecon.survival import special, steps
from hecon.survival.base import Curve
from hecon.survival.written import Written
from hecon.symbols.functions import exp, greater, log, maximum, minimum, normal_cdf, where

#: What the spline is: log cumulative hazard, log odds of having had the event, or normal quantile of that share.
SCALES = ("hazard", "odds", "normal")
#: The exponential of more than this is no number.
_LARGEST = 700.0


def spline_basis(x: np.ndarray, knots: Sequence[float]) -> np.ndarray:
    """Natural cubic basis in log time: 1, x, then v_j(x) for each inner knot, stacked in front.

    v_j(x) = (x - k_j)^3+ - l_j (x - k_min)^3+ - (1 - l_j) (x - k_max)^3+, l_j = (k_max - k_j) / (k_max - k_min).
    P. Royston, M. K. B. Parmar, Stat Med 21 (2002) 2175.
    """
    return np.stack([np.ones_like(x), x, *(_bend(x, knot, knots, 3) for knot in knots[1:-1])])


def spline_slopes(x: np.ndarray, knots: Sequence[float]) -> np.ndarray:
    """Derivatives of `spline_basis` in log time."""
    return np.stack([np.zeros_like(x), np.ones_like(x), *(3 * _bend(x, knot, knots, 2) for knot in knots[1:-1])])


def _bend(x: np.ndarray, knot: float, knots: Sequence[float], power: int) -> np.ndarray:
    first, last = knots[0], knots[-1]
    part = (last - knot) / (last - first)
    rest = part * maximum(x - first, 0.0) ** power + (1 - part) * maximum(x - last, 0.0) ** power
    return maximum(x - knot, 0.0) ** power - rest


def lowest_slope(gammas: Sequence[np.ndarray], knots: Sequence[float]) -> np.ndarray:
    """Give the smallest slope of a spline in log time, over all times: below 0 it is no survival curve.

    The slope is a parabola between two knots, and constant outside the outer ones.
    """
    places = np.asarray(knots)
    inner = list(zip(gammas[2:], places[1:-1], strict=True))
    zero = np.zeros(np.broadcast_shapes(*(np.shape(gamma) for gamma in gammas)))
    slopes = [gammas[1] + sum((g * 3 * _bend(x, knot, knots, 2) for g, knot in inner), zero) for x in places]
    bends = [sum((g * 6 * _bend(x, knot, knots, 1) for g, knot in inner), zero) for x in places]
    lowest = np.minimum.reduce(slopes)
    for place in range(len(places) - 1):
        left, right = bends[place], bends[place + 1]
        dips = (left < 0) & (right > 0)
        width = (places[place + 1] - places[place]) * np.divide(left, left - right, out=zero.copy(), where=dips)
        lowest = np.where(dips, np.minimum(lowest, slopes[place] + left * width / 2), lowest)
    return lowest


@dataclass(frozen=True, eq=False, repr=False)
class Spline(Curve):
    """g(S(t)) = gamma_0 + gamma_1 log t + gamma_2 v_1(log t) + ... As ``survspline`` in R's flexsurv.

    `gammas`: as many as knots, numbers or labelled arrays. `log_knots`: logarithms of times, increasing, the boundary
    knots first and last. `scale`: ``hazard`` (g = log(-log S); without inner knots Weibull), ``odds`` (log(1/S - 1);
    log-logistic) or ``normal`` (minus the normal quantile of S; lognormal).

    A spline that falls gives a survival that rises: a fault.

    >>> round(Spline([-2.08, 2.75, 0.229], [-1.62, 0.571, 1.91]).survival(2.0), 6)
    0.750568
    """

    gammas: Sequence[Value]
    log_knots: Sequence[float]
    scale: str = "hazard"

    title = "spline"
    domains: ClassVar = {"gammas": REAL}

    def __post_init__(self) -> None:
        object.__setattr__(self, "gammas", steps.one_by_one(self.gammas))
        object.__setattr__(self, "log_knots", steps.numbers(self.log_knots))
        super().__post_init__()
        faults = []
        if self.scale not in SCALES:
            faults.append(Fault("scale", f"is '{self.scale}'; it must be one of {', '.join(SCALES)}"))
        if len(self.log_knots) != len(self.gammas) or len(self.gammas) < 2:
            what = f"has {len(self.log_knots)} knots for {len(self.gammas)} gammas; give as many, at least 2"
            faults.append(Fault("log_knots", what))
        elif not np.all(np.isfinite(self.log_knots)) or np.any(np.diff(self.log_knots) <= 0):
            faults.append(Fault("log_knots", "must be finite and increase from one to the next"))
        self.refuse(faults)
        if not self.is_symbolic:
            gammas = [self.on(gamma, self.axes)[..., 0] for gamma in self.gammas]
            lowest = np.asarray(lowest_slope(gammas, self.log_knots)).min()
            if lowest < 0:
                what = f"give a spline that falls (slope {lowest:.3g}), so survival would rise; it never does"
                self.refuse([Fault("gammas", what)])

    @property
    def heading(self) -> str:
        """What the curve is called in the heading of a column."""
        return f"spline ({self.scale})"

    def _spline(self, t: np.ndarray, axes: Axes, slopes: bool = False) -> np.ndarray:
        """Value (or slope) of the spline in log time."""
        basis = (spline_slopes if slopes else spline_basis)(np.log(np.maximum(t, special.TINY)), self.log_knots)
        total = self.on(self.gammas[0], axes) * basis[0]
        for gamma, column in zip(self.gammas[1:], basis[1:], strict=True):
            total = total + self.on(gamma, axes) * column
        return total

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        x = at.column(log(where(greater(t, 0), t, 1.0)), "log time")
        total = at.on(self.gammas[0]) + at.on(self.gammas[1]) * x
        for place, (gamma, knot) in enumerate(zip(self.gammas[2:], self.log_knots[1:-1], strict=True), start=1):
            total = total + at.on(gamma) * at.column(_bend(x, knot, self.log_knots, 3), f"basis {place}")
        s = at.column(total, "spline")
        return where(greater(t, 0), _survival_at(s, self.scale), 1.0)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        s = self._spline(t, axes)
        if self.scale == "hazard":
            hazard = np.exp(s)
        elif self.scale == "odds":
            hazard = np.logaddexp(0.0, s)
        else:
            hazard = -special.normal_log_tail(s)
        return np.where(t > 0, hazard, 0.0)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        some = np.maximum(t, special.TINY)
        s, slope = self._spline(some, axes), self._spline(some, axes, slopes=True) / some
        if self.scale == "hazard":
            rate = np.exp(s)
        elif self.scale == "odds":
            rate = np.exp(-np.logaddexp(0.0, -s))
        else:
            rate = special.normal_hazard(s)
        return np.where(t > 0, slope * rate, self._hazard_at_0(axes))

    def _hazard_at_0(self, axes: Axes) -> np.ndarray:
        """Before the first knot the spline is a line in log time: the hazard goes as t^(gamma_1 - 1), or faster."""
        level, slope = self.on(self.gammas[0], axes), self.on(self.gammas[1], axes)
        if self.scale == "normal":
            return np.zeros(np.broadcast_shapes(level.shape, slope.shape))
        return np.where(slope > 1, 0.0, np.where(slope < 1, np.inf, np.exp(level)))

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        gammas = ", ".join(f"gamma_{place} {parameter_in_words(gamma)}" for place, gamma in enumerate(self.gammas))
        times = ", ".join(f"{np.exp(knot):.4g}" for knot in self.log_knots)
        said = f"{gammas}, knots at {times} {unit}".strip()
        return f"Royston-Parmar spline on the {self.scale} scale ({said})"


def _survival_at(s: np.ndarray, scale: str) -> np.ndarray:
    if scale == "hazard":
        return exp(-exp(minimum(s, _LARGEST)))
    if scale == "odds":
        return 1 / (1 + exp(minimum(s, _LARGEST)))
    return normal_cdf(-s)
