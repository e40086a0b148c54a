"""Integrals of a curve's cumulative hazard over a stretch of time, by quadrature on fixed panels, and as formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import xarray as xr

from hecon.labels import Value
from hecon.survival import steps
from hecon.survival.written import Written

#: Panels between start and end, narrower towards the start, and points in each.
PANELS, _POINTS = 24, 8
#: Stands in for an infinite cumulative hazard, so that none of it over no time is nothing.
_GONE = 1e300


def panel_edges(start: Value, end: Value, knots: Iterable[float]) -> np.ndarray:
    """Edges of the panels, as shares of the time from start to end; with the knots where these are single times."""
    # Narrow towards the start, where the hazard may be infinite if that is time 0.
    edges = (np.arange(PANELS + 1) / PANELS) ** 5
    if isinstance(start, xr.DataArray) or isinstance(end, xr.DataArray):
        return edges
    inside = [knot for knot in knots if start < knot < end]
    return np.union1d(edges, (np.array(inside) - start) / (end - start))


def integral_over_panels(
    values: Callable[[np.ndarray, np.ndarray], np.ndarray],
    share: np.ndarray,
    start: np.ndarray,
    length: np.ndarray,
    edges: np.ndarray,
) -> np.ndarray:
    """Integrate ``values(time, share of the length passed)`` from the start on, over a share of the length.

    Gauss-Legendre quadrature on panels that do not depend on the times asked for, so neither does the result.
    """
    panel = np.minimum(steps.interval_of(edges, share), len(edges) - 2)
    widths = np.diff(edges)
    whole: np.ndarray | float = 0.0
    rest: np.ndarray | float = 0.0
    for node, weight in zip(*_points(), strict=True):
        place = edges[:-1] + node * widths
        whole = whole + weight * widths * np.minimum(values(start + length * place, place), _GONE)
        width = share - edges[panel]
        place = edges[panel] + node * width
        rest = rest + weight * width * np.minimum(values(start + length * place, place), _GONE)
    whole = np.asarray(whole)
    before = np.concatenate([np.zeros((*whole.shape[:-1], 1)), np.cumsum(whole, axis=-1)], axis=-1)
    return length * (steps.look_up(before, panel) + rest)


def integral_formula(
    values: Callable[[np.ndarray, np.ndarray, Written], np.ndarray],
    share: np.ndarray,
    start: np.ndarray,
    length: np.ndarray,
    edges: np.ndarray,
    at: Written,
) -> np.ndarray:
    """Give `integral`, over the length, panel by panel in columns."""
    widths = np.diff(edges)
    nodes, weights = _points()
    points = at.points(f"{widths.size * _POINTS} points of waning").of("points")
    places = (edges[:-1, None] + nodes * widths[:, None]).ravel()
    each = values(points.column(start + length * places, "time"), places, points)
    parts = points.column(each * (widths[:, None] * weights).ravel(), "weighed hazard")
    panel = steps.place_of(edges, share, at.of("panel"))
    before = steps.running_total(parts, _POINTS, at.of("before the panel"))
    passed = steps.at_place(before, panel, at.of("before the panel"))
    left = at.column(steps.at_place(edges, panel, at.of("panel")), "start of the panel")
    reached = at.column(share - left, "reached in the panel")
    rest: np.ndarray | float = 0.0
    for number, (node, weight) in enumerate(zip(nodes, weights, strict=True)):
        inner = at.of(f"node {number + 1}")
        place = left + node * reached
        then = inner.column(start + length * place, "time")
        rest = rest + weight * inner.column(values(then, place, inner), "cumulative hazard")
    return passed + rest * reached


@cache
def _points() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    return (nodes + 1) / 2, weights / 2
