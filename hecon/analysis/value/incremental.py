"""Incremental analysis: pairwise increments by quadrant, and the full analysis with the efficiency frontier.

Strategies are ordered by cost; one that costs at least as much as another and gains no more is dominated
(``D``), one that lies above a line between two others is extendedly dominated (``ED``), the rest is the frontier
(``ND``), where each ICER is against the strategy before it. Of two identical strategies the later one is
dominated. NICE health technology evaluations manual (PMG36), section 4.7; Briggs, Claxton and Sculpher 2006, chapter 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hecon.analysis.value.sample import ArrayLike, means

#: Increments smaller than this share of the larger total are rounding: the two are equal.
SAME_TOTALS = 1e-12


def incremental_analysis(costs: ArrayLike, effects: ArrayLike, strategies: Sequence[str] | None = None) -> pd.DataFrame:
    """Full incremental analysis of costs and effects: one number a strategy, or draws (draw, strategy) to average.

    The names are `strategies`, or those that the arrays bring (index of a Series, columns of a DataFrame, labels), as
    in `hecon.ceac`. Raises `AlignmentError`, and `InputError` for what is not a finite number.

    Returns one row a strategy: the frontier in order of cost, then the dominated ones in order of cost, with the
    columns strategy, cost, effect, incremental_cost, incremental_effect, icer (missing off the frontier) and status
    (ND, ED, D).

    >>> incremental_analysis([0, 300, 400, 900], [0, 1, 3, 4], ["A", "B", "C", "D"]).status.tolist()
    ['ND', 'ND', 'ND', 'ED']
    """
    cost, effect, strategies = means(costs, effects, strategies)
    order = sorted(range(len(cost)), key=lambda i: (cost[i], -effect[i], i))
    status = ["D"] * len(cost)
    frontier: list[int] = []
    best = -np.inf
    for i in order:
        if effect[i] > best:
            frontier.append(i)
            best = effect[i]
    frontier, extended = _without_extended(frontier, cost, effect)
    for i in extended:
        status[i] = "ED"
    rows = []
    for before, i in zip([None, *frontier[:-1]], frontier, strict=True):
        status[i] = "ND"
        d_cost = np.nan if before is None else cost[i] - cost[before]
        d_effect = np.nan if before is None else effect[i] - effect[before]
        rows.append((strategies[i], cost[i], effect[i], d_cost, d_effect, d_cost / d_effect, "ND"))
    rest = [i for i in order if i not in frontier]
    rows += [(strategies[i], cost[i], effect[i], np.nan, np.nan, np.nan, status[i]) for i in rest]
    columns = ["strategy", "cost", "effect", "incremental_cost", "incremental_effect", "icer", "status"]
    return pd.DataFrame(rows, columns=columns)


def _without_extended(frontier: list[int], cost: np.ndarray, effect: np.ndarray) -> tuple[list[int], list[int]]:
    """Drop what lies above the lower convex hull; points on a line stay."""
    hull: list[int] = []
    dropped: list[int] = []
    for i in frontier:
        while len(hull) >= 2 and _icer(hull[-1], i, cost, effect) < _icer(hull[-2], hull[-1], cost, effect) * (
            1 - SAME_TOTALS
        ):
            dropped.append(hull.pop())
        hull.append(i)
    return hull, dropped


def _icer(a: int, b: int, cost: np.ndarray, effect: np.ndarray) -> float:
    return float((cost[b] - cost[a]) / (effect[b] - effect[a]))


def quadrant(incremental_cost: float, incremental_effect: float, scale: tuple[float, float] = (0.0, 0.0)) -> str:
    """Where a pair of increments lies on the cost-effectiveness plane.

    NE costs more and gains more (the ICER is a price of a gain), SE costs less and gains more (dominant), NW costs
    more and gains less (dominated), SW costs less and gains less (the ICER is what is saved for each unit lost);
    N, S, E, W where one increment is nought, ``equal`` where both are. `scale` gives the totals behind the
    increments: what is nought beside them is rounding.

    >>> quadrant(1000, 0.1), quadrant(-1000, 0.1), quadrant(0, 0)
    ('NE', 'SE', 'equal')
    """
    north = 0 if abs(incremental_cost) <= SAME_TOTALS * scale[0] else np.sign(incremental_cost)
    east = 0 if abs(incremental_effect) <= SAME_TOTALS * scale[1] else np.sign(incremental_effect)
    return {1: "N", -1: "S", 0: ""}[int(north)] + {1: "E", -1: "W", 0: ""}[int(east)] or "equal"


def ratio(costs: tuple[float, float], effects: tuple[float, float]) -> tuple[float, str]:
    """ICER and quadrant of one strategy against another, by the totals of both.

    >>> ratio((1200.0, 1000.0), (2.5, 2.0))
    (400.0, 'NE')
    """
    cost, effect = costs[0] - costs[1], effects[0] - effects[1]
    where = quadrant(cost, effect, (max(map(abs, costs)), max(map(abs, effects))))
    return icer(cost, effect, where), where


def icer(incremental_cost: float, incremental_effect: float, where: str) -> float:
    """Incremental cost-effectiveness ratio where it means something (quadrants NE and SW), else NaN."""
    return incremental_cost / incremental_effect if where in ("NE", "SW") else float("nan")
