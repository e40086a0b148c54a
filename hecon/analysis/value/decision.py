"""Decision uncertainty: acceptability, frontier, expected loss, net benefit, the plane, convergence.

Every function takes costs and effects of shape (draw, strategy) from any model and gives a tidy table. The net
monetary benefit of a strategy in a draw is threshold x effect - cost (Stinnett and Mullahy 1998). At an infinite
threshold only the effects count, at 0 only the costs; strategies that tie in a draw share it evenly, so that
probabilities sum to 1 at every threshold.

A `Result` of draws may stand in place of costs and effects, as in ``ceac(psa, 50_000)``: see
`hecon.analysis.psa.draws`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np
import pandas as pd

from hecon.analysis.psa.draws import Horizons, of_draws
from hecon.analysis.result import Result
from hecon.analysis.value.incremental import quadrant
from hecon.analysis.value.sample import ArrayLike, sample, thresholds
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.labels import one_of

Thresholds = float | Iterable[float]
Names = Sequence[str] | None


@overload
def ceac(
    psa: Result,
    /,
    willingness_to_pay: Thresholds | None = None,
    strategies: Names = None,
    *,
    horizon: Horizons = None,
    effect: str = "qaly",
) -> pd.DataFrame: ...
@overload
def ceac(
    costs: ArrayLike, effects: ArrayLike, willingness_to_pay: Thresholds, strategies: Names = None
) -> pd.DataFrame: ...
@of_draws
def ceac(
    costs: ArrayLike, effects: ArrayLike, willingness_to_pay: Thresholds, strategies: Sequence[str] | None = None
) -> pd.DataFrame:
    """Cost-effectiveness acceptability curves: the probability that each strategy has the highest net benefit.

    P(strategy d is best) = mean over draws of 1[NB_d = max NB] / number tied. `costs` (currency) and `effects`
    (QALYs) have shape (draw, strategy); `willingness_to_pay` is one threshold or more from 0 to infinity. One row a
    threshold and strategy: willingness_to_pay, strategy, probability, standard_error (of Monte-Carlo). Probabilities
    sum to 1 at each threshold.

    >>> costs, effects = [[0, 100], [0, 300], [0, 100], [0, 100]], [[0, 2], [0, 2], [0, 2], [0, 2]]
    >>> ceac(costs, effects, 100, ["old", "new"]).probability.tolist()
    [0.25, 0.75]

    Source: van Hout et al. 1994, Health Economics 3:309-319; Fenwick, Claxton and Sculpher 2001, 10:779-787.
    """
    data = sample(costs, effects, strategies)
    rows = []
    for threshold in thresholds(willingness_to_pay):
        shares = data.shares(threshold)
        rows += _rows(threshold, data.strategies, shares.mean(axis=0), _error(shares))
    return pd.DataFrame(rows, columns=["willingness_to_pay", "strategy", "probability", "standard_error"])


@overload
def ceaf(
    psa: Result,
    /,
    willingness_to_pay: Thresholds | None = None,
    strategies: Names = None,
    *,
    horizon: Horizons = None,
    effect: str = "qaly",
) -> pd.DataFrame: ...
@overload
def ceaf(
    costs: ArrayLike, effects: ArrayLike, willingness_to_pay: Thresholds, strategies: Names = None
) -> pd.DataFrame: ...
@of_draws
def ceaf(
    costs: ArrayLike, effects: ArrayLike, willingness_to_pay: Thresholds, strategies: Sequence[str] | None = None
) -> pd.DataFrame:
    """Cost-effectiveness acceptability frontier: the best strategy on average, and the probability that it is best.

    The best strategy has the highest *expected* net benefit, which need not be the one most often best. One row a
    threshold: willingness_to_pay, strategy, probability, standard_error. Arguments as in `ceac`; of strategies
    with equal expected net benefit the first is named.

    >>> ceaf([[0, 100], [0, 300], [0, 100]], [[0, 2], [0, 2], [0, 2]], [10, 100], ["old", "new"]).strategy.tolist()
    ['old', 'new']

    Source: Fenwick, Claxton and Sculpher 2001, Health Economics 10:779-787.
    """
    data = sample(costs, effects, strategies)
    rows = []
    for threshold in thresholds(willingness_to_pay):
        best = data.best(threshold)
        share = data.shares(threshold)[:, best]
        rows.append((threshold, data.strategies[best], float(share.mean()), float(_error(share))))
    return pd.DataFrame(rows, columns=["willingness_to_pay", "strategy", "probability", "standard_error"])


@overload
def expected_loss(
    psa: Result,
    /,
    willingness_to_pay: Thresholds | None = None,
    strategies: Names = None,
    *,
    horizon: Horizons = None,
    effect: str = "qaly",
) -> pd.DataFrame: ...
@overload
def expected_loss(
    costs: ArrayLike, effects: ArrayLike, willingness_to_pay: Thresholds, strategies: Names = None
) -> pd.DataFrame: ...
@of_draws
def expected_loss(
    costs: ArrayLike, effects: ArrayLike, willingness_to_pay: Thresholds, strategies: Sequence[str] | None = None
) -> pd.DataFrame:
    """Expected loss of choosing each strategy now: what a decision with perfect information would gain over it.

    E[max NB - NB_d], in currency per person; its minimum over the strategies is the expected value of perfect
    information. One row a (finite) threshold and strategy: willingness_to_pay, strategy, expected_loss,
    standard_error, best. Arguments as in `ceac`.

    >>> expected_loss([[0, 100], [0, 300]], [[0, 2], [0, 2]], 100, ["old", "new"]).expected_loss.tolist()
    [50.0, 50.0]

    Source: Alarid-Escudero et al. 2019, Value in Health 22:611-618.
    """
    data = sample(costs, effects, strategies)
    rows = []
    for threshold in thresholds(willingness_to_pay, finite=True):
        benefit, best = data.net_benefit(threshold), data.best(threshold)
        loss = benefit.max(axis=1, keepdims=True) - benefit
        rows += _rows(threshold, data.strategies, loss.mean(axis=0), _error(loss), np.arange(loss.shape[1]) == best)
    columns = ["willingness_to_pay", "strategy", "expected_loss", "standard_error", "best"]
    return pd.DataFrame(rows, columns=columns)


@overload
def net_benefit(
    psa: Result,
    /,
    willingness_to_pay: Thresholds | None = None,
    strategies: Names = None,
    *,
    coverage: float = 0.95,
    horizon: Horizons = None,
    effect: str = "qaly",
) -> pd.DataFrame: ...
@overload
def net_benefit(
    costs: ArrayLike,
    effects: ArrayLike,
    willingness_to_pay: Thresholds,
    strategies: Names = None,
    *,
    coverage: float = 0.95,
) -> pd.DataFrame: ...
@of_draws
def net_benefit(
    costs: ArrayLike,
    effects: ArrayLike,
    willingness_to_pay: Thresholds,
    strategies: Sequence[str] | None = None,
    *,
    coverage: float = 0.95,
) -> pd.DataFrame:
    """Net monetary benefit with its interval, and the probability of being cost-effective.

    NB = threshold x effect - cost, in currency. One row a (finite) threshold and strategy: willingness_to_pay,
    strategy, net_monetary_benefit (mean), standard_error (of the mean, Monte-Carlo), low and high (the interval
    that holds the share `coverage` of the draws), probability_cost_effective. Arguments as in `ceac`.

    >>> net_benefit([[0, 100], [0, 300]], [[0, 2], [0, 2]], 100, ["old", "new"]).net_monetary_benefit.tolist()
    [0.0, 0.0]

    Source: Stinnett and Mullahy 1998, Medical Decision Making 18:S68-S80.
    """
    data, tail = sample(costs, effects, strategies), (1 - _coverage(coverage)) / 2
    rows = []
    for threshold in thresholds(willingness_to_pay, finite=True):
        benefit = data.net_benefit(threshold)
        low, high = np.quantile(benefit, [tail, 1 - tail], axis=0)
        probability = data.shares(threshold).mean(axis=0)
        rows += _rows(threshold, data.strategies, benefit.mean(axis=0), _error(benefit), low, high, probability)
    names = ["willingness_to_pay", "strategy", "net_monetary_benefit", "standard_error", "low", "high"]
    return pd.DataFrame(rows, columns=[*names, "probability_cost_effective"])


@frozen
class Plane:
    """The cost-effectiveness plane of every strategy against a comparator.

    `increments`: draw, strategy, incremental_cost, incremental_effect. `summary`: one row a strategy with the means,
    their Monte-Carlo standard errors, the standard deviations and the correlation of the draws, and the share of the
    draws in each quadrant (a draw on an axis is shared evenly by the quadrants it touches). `ellipse`: strategy,
    incremental_effect, incremental_cost, the outline that would hold `coverage` of normal draws.
    """

    comparator: str
    coverage: float
    increments: pd.DataFrame
    summary: pd.DataFrame
    ellipse: pd.DataFrame


@overload
def cost_effectiveness_plane(
    psa: Result,
    /,
    strategies: Names = None,
    *,
    comparator: str | None = None,
    coverage: float = 0.95,
    points: int = 73,
    horizon: Horizons = None,
    effect: str = "qaly",
) -> Plane: ...
@overload
def cost_effectiveness_plane(
    costs: ArrayLike,
    effects: ArrayLike,
    strategies: Names = None,
    *,
    comparator: str | None = None,
    coverage: float = 0.95,
    points: int = 73,
) -> Plane: ...
@of_draws
def cost_effectiveness_plane(
    costs: ArrayLike,
    effects: ArrayLike,
    strategies: Sequence[str] | None = None,
    *,
    comparator: str | None = None,
    coverage: float = 0.95,
    points: int = 73,
) -> Plane:
    """Increments of every draw against the comparator (by default the last strategy), with confidence ellipses.

    The ellipse is {x : (x - m)' S^-1 (x - m) = -2 ln(1 - coverage)} with the mean m and covariance S of the
    increments, the radius being that of a chi-squared variable with 2 degrees of freedom; it is drawn by `points`
    points and closed. `costs` and `effects` have shape (draw, strategy).

    >>> plane = cost_effectiveness_plane([[100, 0], [300, 0]], [[1, 0], [2, 0]], ["new", "old"])
    >>> plane.summary[["strategy", "incremental_cost", "incremental_effect", "share_NE"]].values.tolist()
    [['new', 200.0, 1.5, 1.0]]

    Source: Black 1990, Medical Decision Making 10:212-214; van Hout et al. 1994 for the ellipse.
    """
    data = sample(costs, effects, strategies)
    against = one_of(comparator or data.strategies[-1], data.strategies, "strategy")
    radius, base = np.sqrt(-2 * np.log1p(-_coverage(coverage))), data.strategies.index(against)
    turn = np.linspace(0, 2 * np.pi, points)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    others = [name for name in data.strategies if name != against]
    if not others:
        raise HeconError("a cost-effectiveness plane needs at least two strategies")
    scale = float(np.abs(data.costs).max()), float(np.abs(data.effects).max())
    increments, summary, outlines = [], [], []
    for name in others:
        place = data.strategies.index(name)
        effect = data.effects[:, place] - data.effects[:, base]
        cost = data.costs[:, place] - data.costs[:, base]
        increments.append(np.column_stack([effect, cost]))
        summary.append({"strategy": name, **_cloud(cost, effect, scale)})
        size, axes = np.linalg.eigh(np.cov(effect, cost))
        outlines.append((circle * np.sqrt(np.maximum(size, 0))) @ axes.T * radius + [effect.mean(), cost.mean()])
    effect, cost = np.concatenate(increments).T
    by_draw = {"draw": np.tile(np.arange(data.draws), len(others)), "strategy": np.repeat(others, data.draws).tolist()}
    by_draw |= {"incremental_cost": cost, "incremental_effect": effect}
    effect, cost = np.concatenate(outlines).T
    around = {"strategy": np.repeat(others, points).tolist(), "incremental_effect": effect, "incremental_cost": cost}
    return Plane(against, coverage, pd.DataFrame(by_draw), pd.DataFrame(summary), pd.DataFrame(around))


def _cloud(cost: np.ndarray, effect: np.ndarray, scale: tuple[float, float]) -> dict[str, float | str]:
    """Moments of the increments of one strategy, and the share of the draws in each quadrant."""
    root, (sd_cost, sd_effect) = np.sqrt(len(cost)), (float(cost.std(ddof=1)), float(effect.std(ddof=1)))
    spread = sd_cost > 0 and sd_effect > 0
    north, east = (np.sign(cost) + 1) / 2, (np.sign(effect) + 1) / 2
    return {
        "incremental_cost": float(cost.mean()),
        "incremental_effect": float(effect.mean()),
        "standard_error_cost": sd_cost / root,
        "standard_error_effect": sd_effect / root,
        "sd_cost": sd_cost,
        "sd_effect": sd_effect,
        "correlation": float(np.corrcoef(effect, cost)[0, 1]) if spread else np.nan,
        "quadrant": quadrant(float(cost.mean()), float(effect.mean()), scale),
        "share_NE": float((north * east).mean()),
        "share_SE": float(((1 - north) * east).mean()),
        "share_NW": float((north * (1 - east)).mean()),
        "share_SW": float(((1 - north) * (1 - east)).mean()),
    }


@overload
def convergence(
    psa: Result,
    /,
    willingness_to_pay: Thresholds | None = None,
    strategies: Names = None,
    *,
    points: int = 50,
    horizon: Horizons = None,
    effect: str = "qaly",
) -> pd.DataFrame: ...
@overload
def convergence(
    costs: ArrayLike, effects: ArrayLike, willingness_to_pay: Thresholds, strategies: Names = None, *, points: int = 50
) -> pd.DataFrame: ...
@of_draws
def convergence(
    costs: ArrayLike,
    effects: ArrayLike,
    willingness_to_pay: Thresholds,
    strategies: Sequence[str] | None = None,
    *,
    points: int = 50,
) -> pd.DataFrame:
    """Means and probabilities after more and more draws, with their Monte-Carlo error.

    One row a number of draws (up to `points` of them, evenly spaced, the last being all), threshold and strategy:
    draws, willingness_to_pay, strategy, then cost, effect, net_monetary_benefit and probability_cost_effective, each
    followed by its standard error (sd / sqrt(draws)). An analysis has enough draws when the errors are small beside
    the differences between the strategies. Arguments as in `ceac`; thresholds are finite.

    >>> table = convergence([[0, 1], [0, 3], [0, 5], [0, 7]], [[0, 1]] * 4, 4, ["old", "new"], points=2)
    >>> table[table.strategy == "new"][["draws", "cost"]].values.tolist()
    [[2.0, 2.0], [4.0, 4.0]]

    Source: Hatswell et al. 2018, PharmacoEconomics 36:1421-1426, on how many draws are enough.
    """
    data = sample(costs, effects, strategies)
    if points < 1:
        raise HeconError(f"points is {points}; it must be at least 1")
    counts = np.unique(np.linspace(0, data.draws, min(points, data.draws - 1) + 1).round().astype(int)[1:])
    counts = counts[counts >= 2]
    cost, effect = _running(data.costs, counts), _running(data.effects, counts)
    frames = []
    for threshold in thresholds(willingness_to_pay, finite=True):
        benefit = _running(data.net_benefit(threshold), counts)
        probability = _running(data.shares(threshold), counts)
        table = {
            "draws": np.repeat(counts, len(data.strategies)),
            "willingness_to_pay": threshold,
            "strategy": np.tile(np.array(data.strategies, dtype=object), len(counts)),
        }
        for name, (mean, error) in {
            "cost": cost,
            "effect": effect,
            "net_monetary_benefit": benefit,
            "probability_cost_effective": probability,
        }.items():
            table |= {name: mean.ravel(), f"{name}_standard_error": error.ravel()}
        frames.append(pd.DataFrame(table))
    return pd.concat(frames, ignore_index=True)


def _running(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and its standard error of the first draws, for each number of them: (count, strategy)."""
    middle = values.mean(axis=0)  # sums of what is left stay exact for large, nearly equal values
    rest = values - middle
    last, number = counts - 1, counts[:, None]
    mean = np.cumsum(rest, axis=0)[last] / number
    variance = (np.cumsum(rest**2, axis=0)[last] - number * mean**2) / (number - 1)
    return middle + mean, np.sqrt(np.maximum(variance, 0) / number)


def _rows(threshold: float, names: Sequence[str], *columns: np.ndarray) -> list[tuple[object, ...]]:
    """Rows of a tidy table: one a strategy."""
    return list(zip([threshold] * len(names), names, *(column.tolist() for column in columns), strict=True))


def _error(values: np.ndarray) -> np.ndarray:
    """Monte-Carlo standard error of the mean over the draws."""
    return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(len(values)))


def _coverage(coverage: float) -> float:
    if not 0 < coverage < 1:
        raise HeconError(f"coverage is {coverage:g}; it must lie between 0 and 1, such as 0.95")
    return coverage
