"""The probabilistic answer beside the deterministic one: one table, wherever a result stands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hecon.analysis.psa.export import costs_and_effects
from hecon.analysis.result import Result
from hecon.analysis.value.incremental import icer, quadrant
from hecon.errors import HeconError
from hecon.labels import DRAW, STRATEGY, one_of

#: The share of the draws between low and high.
_COVERAGE = 0.95
_MEASURES = ("incremental_cost", "incremental_qaly")


def probabilistic_summary(
    psa: Result, base: Result | None = None, comparator: str | None = None, *, coverage: float = _COVERAGE
) -> pd.DataFrame:
    """Mean increments of a probabilistic analysis, their ratio, and how sure the decision is.

    One row a horizon, strategy against the comparator (that of the settings, unless given) and willingness to pay:
    horizon_years, strategy, comparator, draws; incremental_cost and incremental_qaly, the means, each with
    _standard_error (of Monte-Carlo: sd / sqrt(draws)), _low and _high (the interval that holds `coverage` of the
    draws); probability_cost_saving (the share of the draws in which it costs less); icer, the ratio of the means (not
    the mean of ratios), in the quadrants NE and SW, with icer_standard_error (of Monte-Carlo, by the delta method:
    sd(cost - icer x qaly) / |mean qaly| / sqrt(draws)) and quadrant; willingness_to_pay;
    incremental_net_monetary_benefit with the same three; probability_cost_effective (the share of the draws in which
    the strategy beats the comparator, a tie counting half) and its _standard_error; probability_best (of all
    strategies).

    With a run of the base case, also deterministic_incremental_cost, deterministic_incremental_qaly and
    deterministic_icer at the horizons that it has. Raises `HeconError` without draws.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> psa, base = he.run(inputs.draws(1000)), he.run(inputs.base_case())  # doctest: +SKIP
    >>> he.value.probabilistic_summary(psa, base)[["strategy", "icer", "deterministic_icer"]]  # doctest: +SKIP

    Source: Stinnett and Paltiel 1997, Medical Decision Making 17:483-489 (ratio of means); Hatswell et al. 2018,
    PharmacoEconomics 36:1421-1426 (Monte-Carlo error).
    """
    if DRAW not in psa.totals.dims or (psa.draws or 0) < 2:
        raise HeconError("a probabilistic summary needs a run of two draws or more: he.run(inputs.draws(10_000))")
    if not 0 < coverage < 1:
        raise HeconError(f"coverage is {coverage:g}; it must lie between 0 and 1, such as 0.95")
    strategies = psa.strategies
    against = one_of(comparator or psa.case.comparator, strategies, "strategy")
    old, levels = strategies.index(against), psa.case.settings.willingness_to_pay
    rows = []
    for horizon in psa.time.horizons:
        costs, effects = (frame.to_numpy(float) for frame in costs_and_effects(psa, horizon))
        for new, strategy in enumerate(strategies):
            if new == old:
                continue
            cost, qaly = costs[:, new] - costs[:, old], effects[:, new] - effects[:, old]
            start = {"horizon_years": horizon, STRATEGY: strategy, "comparator": against, "draws": len(cost)}
            start |= _moments("incremental_cost", cost, coverage) | _moments("incremental_qaly", qaly, coverage)
            start |= {"probability_cost_saving": float((cost < 0).mean())}
            start |= _ratio(cost, qaly, costs[:, [new, old]], effects[:, [new, old]])
            start |= {} if base is None else _deterministic(base, strategy, against, horizon)
            for level in levels:
                benefit = level * qaly - cost
                wins = (np.sign(benefit) + 1) / 2
                every = level * effects - costs
                best = every == every.max(axis=1, keepdims=True)
                rows.append(
                    start
                    | {"willingness_to_pay": level}
                    | _moments("incremental_net_monetary_benefit", benefit, coverage)
                    | {
                        "probability_cost_effective": float(wins.mean()),
                        "probability_cost_effective_standard_error": _error(wins),
                        "probability_best": float((best[:, new] / best.sum(axis=1)).mean()),
                    }
                )
    return pd.DataFrame(rows)


def _moments(name: str, values: np.ndarray, coverage: float) -> dict[str, float]:
    low, high = np.quantile(values, [(1 - coverage) / 2, (1 + coverage) / 2])
    mean = float(values.mean())
    return {
        name: mean,
        f"{name}_standard_error": _error(values),
        f"{name}_low": float(low),
        f"{name}_high": float(high),
    }


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _ratio(cost: np.ndarray, qaly: np.ndarray, costs: np.ndarray, effects: np.ndarray) -> dict[str, float | str]:
    """Ratio of the mean increments with its Monte-Carlo error, where a ratio has a meaning."""
    more, gained = float(cost.mean()), float(qaly.mean())
    scale = float(np.abs(costs.mean(axis=0)).max()), float(np.abs(effects.mean(axis=0)).max())
    where = quadrant(more, gained, scale)
    ratio = icer(more, gained, where)
    error = _error(cost - ratio * qaly) / abs(gained) if np.isfinite(ratio) else float("nan")
    return {"icer": ratio, "icer_standard_error": error, "quadrant": where}


def _deterministic(base: Result, strategy: str, comparator: str, horizon: float) -> dict[str, float]:
    names = [f"deterministic_{name}" for name in (*_MEASURES, "icer")]
    if horizon not in base.time.horizons:
        return dict.fromkeys(names, float("nan"))
    table = base.incremental(comparator=comparator)
    row = table[(table[STRATEGY] == strategy) & (table["horizon_years"] == horizon)].iloc[0]
    return dict(zip(names, map(float, row[[*_MEASURES, "icer"]]), strict=True))
