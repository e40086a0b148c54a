"""A treatment effect that wanes: a hazard ratio that goes to 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
import xarray as xr

from hecon.domains import AT_LEAST_0, POSITIVE, in_words
from hecon.errors import Fault
from hecon.labels import Axes, Value
from hecon.survival import steps
from hecon.survival.adjust import bracketed, in_time, moved
from hecon.survival.base import Curve
from hecon.survival.written import Written, hazard_of
from hecon.symbols.expression import number_of
from hecon.symbols.functions import clip, exp, maximum

#: Panels between start and end of waning, narrower towards the start, and points in each, of the quadrature of H0.
PANELS, POINTS = 24, 8


@dataclass(frozen=True, eq=False, repr=False)
class Waning(Curve):
    """A hazard ratio that wanes: h(t) = HR(t) h0(t).

    HR(t) is `ratio` up to `start`, then goes along a straight line to 1 at `end`, and is 1 from there on.

    H is integrated by parts: HR(t) H0(t) less the slope of HR times the integral of H0 since `start`, which is
    Gauss-Legendre quadrature on panels fixed by start, end and the knots of the curve, so H is the same for every time
    grid. Relative error below 1e-9; at a knot inside the waning about 1e-4 where start or end is a labelled array.

    >>> from hecon.survival.exponential import Exponential
    >>> waned = Waning(Exponential(0.2), ratio=0.5, start=2, end=4)
    >>> [round(waned.cumulative_hazard(t), 6) for t in (2.0, 4.0, 5.0)]
    [0.2, 0.5, 0.7]
    """

    curve: Curve
    ratio: Value
    start: Value
    end: Value

    title = "waning hazard ratio"
    domains: ClassVar = {"ratio": POSITIVE, "start": AT_LEAST_0, "end": AT_LEAST_0}

    def __post_init__(self) -> None:
        super().__post_init__()
        if np.any(number_of(np.asarray(self.end - self.start)) <= 0):
            words = f"is {in_words(self.end)}, the start {in_words(self.start)}"
            self.refuse([Fault("end", f"{words}; waning must end after it starts (for a sudden end see Join)")])

    def _ratio_at(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        ratio, start, end = (self.on(value, axes) for value in (self.ratio, self.start, self.end))
        waned = np.clip((t - start) / (end - start), 0.0, 1.0)
        return ratio + (1 - ratio) * waned

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        ratio, start, end = (at.on(value) for value in (self.ratio, self.start, self.end))
        length = at.single(end - start, "length of waning")
        share = at.column(clip((t - start) / length, 0.0, 1.0), "share of waning passed")
        effect = at.column(ratio + (1 - ratio) * share, "hazard ratio")
        base = at.column(hazard_of(self.curve.written(t, at)), "cumulative hazard before the effect")
        integral = at.column(self._integral_formula(share, at, start, length), "its integral since the start of waning")
        # The change while waning, taken back by parts; before the start there is none.
        return exp(-maximum(effect * base - (1 - ratio) * integral, 0.0))

    def _integral_formula(self, share: np.ndarray, at: Written, start: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Integrate H0 since the start, over the length of waning: as `_integral`, panel by panel."""
        edges = self._panel_edges()
        widths = np.diff(edges)
        nodes, weights = _points()
        points = at.points(f"{widths.size * POINTS} points of waning").of("points")
        places = (edges[:-1, None] + nodes * widths[:, None]).ravel()
        each = hazard_of(self.curve.written(points.column(start + length * places, "time"), points))
        parts = points.column(each * (widths[:, None] * weights).ravel(), "weighed hazard")
        panel = steps.place_of(edges, share, at.of("panel"))
        before = steps.running_total(parts, POINTS, at.of("before the panel"))
        passed = steps.at_place(before, panel, at.of("before the panel"))
        left = at.column(steps.at_place(edges, panel, at.of("panel")), "start of the panel")
        reached = at.column(share - left, "reached in the panel")
        rest: np.ndarray | float = 0.0
        for number, (node, weight) in enumerate(zip(nodes, weights, strict=True)):
            inner = at.of(f"node {number + 1}")
            then = inner.column(start + length * (left + node * reached), "time")
            rest = rest + weight * inner.column(hazard_of(self.curve.written(then, inner)), "cumulative hazard")
        return passed + rest * reached

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        ratio, start, end = (self.on(value, axes) for value in (self.ratio, self.start, self.end))
        # Integration by parts over the whole of [0, t]: HR(t) H0(t) less the integral of HR'(u) H0(u).
        slope = (1 - ratio) / (end - start)
        base = self.curve._cumulative_hazard(t, axes)
        part = self._integral(t, axes, start, end)
        whole = self._ratio_at(t, axes) * base - np.where(t > start, slope * part, 0.0)
        return np.where(np.isinf(base), np.inf, whole)

    def _integral(self, t: np.ndarray, axes: Axes, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Integrate H0 from `start` to the earlier of t and `end`."""
        edges = self._panel_edges()
        length = end - start
        share = np.clip((t - start) / length, 0.0, 1.0)
        panel = np.minimum(steps.interval_of(edges, share), len(edges) - 2)
        nodes, weights = _points()
        whole = np.zeros((*np.broadcast_shapes(axes.shape, start.shape[:-1]), len(edges) - 1))
        rest = np.zeros(np.broadcast_shapes((*axes.shape, 1), share.shape))
        for node, weight in zip(nodes, weights, strict=True):
            width = np.diff(edges)
            at = start + length * (edges[:-1] + node * width)
            whole += weight * width * self.curve._cumulative_hazard(at, axes)
            width = share - edges[panel]
            at = start + length * (edges[panel] + node * width)
            rest += weight * width * self.curve._cumulative_hazard(at, axes)
        before = np.concatenate([np.zeros((*whole.shape[:-1], 1)), np.cumsum(whole, axis=-1)], axis=-1)
        return length * (steps.look_up(before, panel) + rest)

    def _panel_edges(self) -> np.ndarray:
        """Edges of the panels, as shares of the time from start to end."""
        # Narrow towards the start, where the hazard may be infinite if that is time 0.
        edges = (np.arange(PANELS + 1) / PANELS) ** 5
        if isinstance(self.start, xr.DataArray) or isinstance(self.end, xr.DataArray):
            return edges
        inside = [knot for knot in self.curve.knots() if self.start < knot < self.end]
        return np.union1d(edges, (np.array(inside) - self.start) / (self.end - self.start))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self._ratio_at(t, axes) * self.curve._hazard(t, axes)

    def knots(self) -> tuple[float, ...]:
        """Knots of the curve, and start and end of waning."""
        return tuple(sorted({*self.curve.knots(), *moved((1.0,), self.start), *moved((1.0,), self.end)}))

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        waning = f"waning to 1 from {in_time(self.start, unit)} to {in_time(self.end, unit)}"
        return f"{bracketed(self.curve, unit)}, with hazard ratio {in_words(self.ratio)} {waning}"


@cache
def _points() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(POINTS)
    return (nodes + 1) / 2, weights / 2
