"""Life years of equal value: what a treatment adds to life counts alike, whoever lives it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.analysis.run import run
from hecon.analysis.value.incremental import icer, quadrant
from hecon.errors import HeconError
from hecon.labels import DRAW, STRATEGY, one_of

#: Quality of life of a year that is gained, as the Institute for Clinical and Economic Review sets it.
QUALITY_OF_YEARS_GAINED = 0.851
_PER_YEAR = 12


def equal_value_life_years(
    result: Result, comparator: str | None = None, *, quality: float = QUALITY_OF_YEARS_GAINED
) -> pd.DataFrame:
    """Increments in equal-value life years (evLYs) of every strategy at each horizon, and the cost of one.

    In each month, discounted as life years are: where a strategy adds life, what it adds counts with `quality`, and
    what both have with the difference of their mean quality of life; where it adds none, the difference in QALYs
    counts as it stands:

    evLY = (QALY / LY - QALY0 / LY0) LY0 + quality (LY - LY0)  where LY > LY0, otherwise  QALY - QALY0.

    One row a strategy and horizon: strategy, comparator, horizon_years, incremental_cost, incremental_life_years,
    incremental_qaly, incremental_evly, cost_per_evly (in the quadrants NE and SW), quadrant (of costs and evLYs).
    Raises `HeconError` for draws, and for a model without costs, life years and QALYs of two strategies.

    >>> import hecon as he
    >>> equal_value_life_years(he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").base_case()))  # doctest: +SKIP

    Source: Institute for Clinical and Economic Review, Value assessment framework 2023 (evLY; 0.851 is its quality of
    life of the population). The rule by month is this function's own reading of it.
    """
    if not is_cost_effectiveness(result) or "life_years" not in result.totals or len(result.strategies) < 2:
        raise HeconError("equal-value life years need costs, life years and QALYs of two strategies or more")
    if DRAW in result.totals.dims:
        raise HeconError("equal-value life years are of a single set of values, not of draws")
    against = one_of(comparator or result.case.comparator, result.strategies, "strategy")
    horizons = result.time.horizons
    edges = np.union1d(np.arange(1, int(horizons[-1] * _PER_YEAR) + 1) / _PER_YEAR, horizons)
    totals = run(result.case.with_settings(horizons=tuple(edges.tolist()))).totals
    months = {name: np.diff(totals[name].values, axis=1, prepend=0.0) for name in ("qaly", "life_years")}
    old = result.strategies.index(against)
    rows = []
    for new, strategy in enumerate(result.strategies):
        if new == old:
            continue
        own, other = ((months["qaly"][at], months["life_years"][at]) for at in (new, old))
        gained = own[1] - other[1]
        mean = [np.divide(q, years, out=np.zeros_like(q), where=years > 0) for q, years in (own, other)]
        adds = (mean[0] - mean[1]) * other[1] + quality * gained
        equal_value = np.where(gained > 0, adds, own[0] - other[0]).cumsum()
        for place, horizon in enumerate(horizons):
            more = {str(name): float(v.values[new, place] - v.values[old, place]) for name, v in result.totals.items()}
            evly = float(equal_value[np.searchsorted(edges, horizon)])
            where = quadrant(more["cost"], evly, (abs(more["cost"]), abs(evly)))
            rows.append(
                {
                    STRATEGY: strategy,
                    "comparator": against,
                    "horizon_years": horizon,
                    "incremental_cost": more["cost"],
                    "incremental_life_years": more["life_years"],
                    "incremental_qaly": more["qaly"],
                    "incremental_evly": evly,
                    "cost_per_evly": icer(more["cost"], evly, where),
                    "quadrant": where,
                }
            )
    return pd.DataFrame(rows)
