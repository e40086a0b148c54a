"""Whether curves are plausible: landmarks, conditional survival, hazards against the population's, data, crossings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import Fault, HeconError
from hecon.labels import DRAW, join_axes
from hecon.survival.base import Curve
from hecon.survival.fitting.kaplan_meier_estimate import KaplanMeierEstimate
from hecon.survival.fitting.observations import refuse
from hecon.survival.kaplan_meier_curve import KaplanMeier

#: Years at which curves are looked at unless others are asked for.
LANDMARKS = (1.0, 2.0, 3.0, 5.0, 10.0)
#: Points over the whole time at which hazards and pairs of curves are compared.
_POINTS = 1000
PLAUSIBILITY_COLUMNS = ["curve", "labels", "measure", "time", "value", "low", "high", "note"]
_Row = tuple[str, float, float, float, float, str]


def plausibility(
    curves: Mapping[str, Curve],
    *,
    observed: Mapping[str, KaplanMeierEstimate] | None = None,
    population: Curve | None = None,
    pairs: Sequence[tuple[str, str]] = (),
    times: Sequence[float] = LANDMARKS,
) -> pd.DataFrame:
    """Give what a clinician would look at, one row a curve, measure and time.

    Columns: curve, labels, measure, time, value, low, high, note.

    Measures: ``survival``, ``conditional_survival`` (to a landmark, of those at the one before), ``median``,
    ``restricted_mean`` (to the last landmark), ``hazard``; against `population` (the curve of the general population)
    ``hazard_over_population`` and, where it falls below, ``hazard_below_population_from``; for curves with data in
    `observed`, ``observed_survival`` with its interval, and ``fitted_less_observed``; for `pairs` of names of which the
    first must not exceed the second (PFS, OS), ``crossing_from`` and ``crossing_widest``. Curves and data share one
    unit of time, years unless you keep another throughout.

    `labels` tells strategies and the like apart. Over draws `value` is the mean, `low` and `high` the 2.5 and 97.5 %
    quantiles. `note` says in words what is amiss, else it is empty.

    >>> from hecon.survival.exponential import Exponential
    >>> from hecon.survival.weibull import Weibull
    >>> curves = {"progression_free": Weibull(0.5, 1.0), "overall": Exponential(0.4)}
    >>> table = plausibility(curves, pairs=[("progression_free", "overall")])
    >>> table[table["note"] != ""]["note"].tolist()
    ['progression_free lies above overall from 6.26 on']
    """
    landmarks = np.asarray(times, dtype=float)
    if landmarks.ndim != 1 or not len(landmarks) or np.any(~(landmarks > 0)) or np.any(~(np.diff(landmarks) > 0)):
        refuse([Fault("times", "must be times above 0 that increase")], "the plausibility table")
    for where, names in (("observed", list(observed or {})), ("pairs", [name for pair in pairs for name in pair])):
        unknown = [name for name in names if name not in curves]
        refuse([Fault(where, f"names '{name}'; the curves are {', '.join(curves)}") for name in unknown[:1]],
               "the plausibility table")  # fmt: skip
    rows: list[tuple[object, ...]] = []
    for name, curve in curves.items():
        for labels, (own,) in _each(curve):
            rows += [(name, labels, *row) for row in _of_curve(own, landmarks)]
            if population is not None:
                rows += [(name, labels, *row) for row in _against(own, population, landmarks)]
            if observed and name in observed:
                rows += [(name, labels, *row) for row in _observed(own, observed[name], landmarks)]
    for pair in pairs:
        both = curves[pair[0]], curves[pair[1]]
        for labels, (first, second) in _each(*both):
            rows += [(pair[0], labels, *row) for row in _pair(pair, (first, second), float(landmarks[-1]))]
    return pd.DataFrame(rows, columns=PLAUSIBILITY_COLUMNS)


def _each(*curves: Curve) -> Iterator[tuple[str, tuple[Curve, ...]]]:
    """Give curves at each combination of all their labels, draws left in."""
    axes = join_axes(*(curve.axes for curve in curves)).without(DRAW)
    for names in product(*(range(n) if isinstance(n, int) else n for n in axes.labels.values())):
        chosen = dict(zip(axes.dims, names, strict=True))
        picked = []
        for curve in curves:
            own: dict[str, Any] = {dim: name for dim, name in chosen.items() if dim in curve.axes.labels}
            picked.append(curve.select(**own) if own else curve)
        yield ", ".join(map(str, names)), tuple(picked)


def _spread(values: float | np.ndarray | xr.DataArray) -> tuple[float, float, float]:
    """Mean and 95 % interval over draws; a number as it is."""
    if not isinstance(values, xr.DataArray):
        return float(values), np.nan, np.nan
    low, high = np.quantile(values.values, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def _of_curve(curve: Curve, landmarks: np.ndarray) -> Iterator[_Row]:
    before, earlier = None, 0.0
    for time in landmarks.tolist():
        survival = curve.survival(time)
        yield "survival", time, *_spread(survival), _beyond(curve, time)
        if before is not None:
            with np.errstate(invalid="ignore"):
                kept = np.divide(survival, before)  # not a number where nobody is left
            yield "conditional_survival", time, *_spread(kept), "" if np.all(before) else f"nobody left at {earlier:g}"
        before, earlier = survival, time
    median = curve.median()
    reached = bool(np.all(np.isfinite(median)))
    yield "median", np.nan, *_spread(median), "" if reached else "not reached for ever"
    last = float(landmarks[-1])
    yield "restricted_mean", last, *_spread(curve.restricted_mean(last)), _beyond(curve, last)
    for time in landmarks.tolist():
        hazard = _hazard(curve, time)
        if hazard is None:
            return
        yield "hazard", time, *_spread(hazard), ""


def _beyond(curve: Curve, time: float) -> str:
    """Say that steps without a tail are asked for a time after their end, where they stay flat for ever."""
    if isinstance(curve, KaplanMeier) and time > curve.times[-1] and np.any(curve.survival(time)):
        return f"the data end at {curve.times[-1]:g}: flat from there, for want of a tail"
    return ""


def _hazard(curve: Curve, time: float) -> float | np.ndarray | xr.DataArray | None:
    """Hazard of a curve; None for steps, which have none."""
    try:
        return curve.hazard(time)
    except HeconError:
        return None


def _against(curve: Curve, population: Curve, landmarks: np.ndarray) -> Iterator[_Row]:
    if _hazard(curve, 1.0) is None:
        return
    for time in landmarks.tolist():
        ratio = _spread(curve.hazard(time) / population.hazard(time))
        note = f"below the general population at {time:g}" if ratio[0] < 1 else ""
        yield "hazard_over_population", time, *ratio, note
    grid = np.linspace(0, landmarks[-1], _POINTS + 1)[1:]
    own = curve.hazard(grid)
    mean = own.mean(DRAW) if isinstance(own, xr.DataArray) else own
    below = np.asarray(mean) < np.asarray(population.hazard(grid))
    if below.any():
        since = float(grid[below.argmax()])
        note = f"its hazard is below that of the general population {_spells(grid, below)}"
        yield "hazard_below_population_from", since, since, np.nan, np.nan, note


def _spells(grid: np.ndarray, holds: np.ndarray) -> str:
    """Say along a grid of times when something holds.

    >>> times = np.array([0.1, 1.0, 2.0, 3.0, 4.0, 5.0])
    >>> _spells(times, np.array([True, False, True, True, False, True]))
    'until time 0.1, from time 2 to 3, from time 5 on'
    >>> _spells(times, np.ones(6, bool))
    'at all times'
    """
    if holds.all():
        return "at all times"
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]])))
    said = []
    for first, beyond in zip(edges[::2], edges[1::2], strict=True):
        start, end = f"{grid[first]:.3g}", f"{grid[beyond - 1]:.3g}"
        until = " on" if beyond == len(grid) else f" to {end}"
        said.append(f"until time {end}" if first == 0 else f"from time {start}{until}")
    return ", ".join(said)


def _observed(curve: Curve, estimate: KaplanMeierEstimate, landmarks: np.ndarray) -> Iterator[_Row]:
    within = landmarks[landmarks <= estimate.times[-1]]
    table = estimate.at(within)
    for time, survival, low, high in table[["time", "survival", "low", "high"]].to_numpy().tolist():
        yield "observed_survival", time, survival, low, high, ""
        fitted = _spread(curve.survival(time))[0]
        outside = f"fitted {fitted:.3f} lies outside the interval of the data, {low:.3f} to {high:.3f}"
        yield "fitted_less_observed", time, fitted - survival, np.nan, np.nan, "" if low <= fitted <= high else outside


def _pair(names: tuple[str, str], curves: tuple[Curve, Curve], end: float) -> Iterator[_Row]:
    """Say from when the first curve of a pair lies above the second, and by how much at most."""
    grid = np.linspace(0, end, _POINTS + 1)
    first, second = (curve.survival(grid) for curve in curves)
    gap = np.atleast_2d(np.asarray(first - second))
    crossed = gap > 1e-12
    if not crossed.any():
        yield "crossing_widest", np.nan, 0.0, np.nan, np.nan, ""
        return
    since = float(grid[crossed.any(axis=0).argmax()])
    draws = f" in {crossed.any(axis=1).mean():.1%} of draws" if len(gap) > 1 else ""
    note = f"{names[0]} lies above {names[1]} from {since:.4g} on{draws}"
    yield "crossing_from", since, since, np.nan, np.nan, note
    widest = np.unravel_index(gap.argmax(), gap.shape)
    yield "crossing_widest", float(grid[widest[1]]), float(gap.max()), np.nan, np.nan, ""
