"""Expected value of partial perfect information: what knowing some of the inputs would be worth.

By regression of the net benefits on the inputs of a group, which needs nothing but the draws of a probabilistic
analysis; and by nested Monte-Carlo, which needs the model, as the check.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, overload

import numpy as np
import pandas as pd

from hecon.analysis.psa.draws import Horizons, of_draws
from hecon.analysis.result import Result
from hecon.analysis.value.groups import GroupsOf
from hecon.analysis.value.perfect_information import for_population
from hecon.analysis.value.regression import Regression, Smoother, spline, tensor_spline
from hecon.analysis.value.sample import (
    ArrayLike,
    Groups,
    named_groups,
    sample,
    sampled_inputs,
    thresholds,
)
from hecon.errors import HeconError
from hecon.labels import one_of
from hecon.progress import OnProgress
from hecon.threads import on_threads

_METHODS = ("auto", "spline", "tensor_spline", "random_features", "gaussian_process")
SEED = 2014


def evppi_together(
    pairs: Sequence[tuple[ArrayLike, ArrayLike]],
    parameters: pd.DataFrame | Mapping[str, ArrayLike],
    groups: Groups,
    willingness_to_pay: float | Iterable[float],
    method: str = "auto",
    *,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
    seed: int = SEED,
    progress: OnProgress | None = None,
) -> list[pd.DataFrame]:
    """Tables of EVPPI for several (costs, effects) of the same draws: one fit a group serves them all.

    The pairs may be horizons, or decisions between different strategies. A gain that stands in several of them, or
    with the other sign, is fitted once.
    """
    samples = [sample(costs, effects, strategies) for costs, effects in pairs]
    table = sampled_inputs(parameters, samples[0].draws)
    one_of(method, _METHODS, "method")
    levels = thresholds(willingness_to_pay, finite=True)
    gains = [[data.gains(level) for level in levels] for data in samples]
    perfect = [[value_now(gain) for gain in own] for own in gains]
    # where no draw changes the decision there is nothing to fit
    asked = [(pair, place) for pair, own in enumerate(perfect) for place, value in enumerate(own) if value > 0]
    outcomes, parts = distinct_outcomes([gains[pair][place] for pair, place in asked], len(table))
    rows: list[list[tuple[object, ...]]] = [[] for _ in samples]
    listed = named_groups(groups, list(table.columns))

    def work(group: str) -> tuple[str, dict[tuple[int, int], tuple[float, float, float]]]:
        values = table[list(listed[group])].to_numpy()
        used, fit = conditional_means(values, outcomes, method, seed, group)
        if fit is None:
            return used, {}
        found = values_of_decisions(fit, outcomes, parts)
        return used, {
            key: (*value, float(fit.df[part.columns].max()))
            for key, part, value in zip(asked, parts, found, strict=True)
        }

    for number, (group, (used, values)) in enumerate(zip(listed, on_threads(work, list(listed)), strict=True), start=1):
        for pair, own in enumerate(perfect):
            for place, level in enumerate(levels):
                row = [0.0, 0.0, 0.0 if own[place] > 0 else np.nan, own[place], "none", 0.0]
                if (pair, place) in values:
                    value, error, df = values[pair, place]
                    row = [value, error, value / own[place], own[place], used, df]
                rows[pair].append((group, ", ".join(listed[group]), level, *row))
        if progress:
            progress(number, len(listed))
    columns = ["group", "inputs", "willingness_to_pay", "evppi", "standard_error", "share_of_evpi", "evpi"]
    columns += ["method", "degrees_of_freedom"]
    return [for_population(pd.DataFrame(own, columns=columns), "evppi", population) for own in rows]


class Part(NamedTuple):
    """Where the gains of one decision stand among the outcomes of a fit: their columns, and 1 or -1 for each."""

    columns: np.ndarray
    signs: np.ndarray

    def of(self, outcomes: np.ndarray) -> np.ndarray:
        """Gains (draw, other strategy) of the decision among outcomes (draw, outcome)."""
        return outcomes[:, self.columns] * self.signs


def distinct_outcomes(gains: Sequence[np.ndarray], draws: int) -> tuple[np.ndarray, list[Part]]:
    """Give the outcomes (draw, outcome) that are different, not counting signs, and where each decision finds its own.

    What A gains over B is minus what B gains over A, and a penalised fit of it as well.
    """
    known: dict[bytes, int] = {}
    outcomes: list[np.ndarray] = []
    parts = []
    for gain in gains:
        columns, signs = [], []
        for column in gain.T:
            sign = -1.0 if column[np.flatnonzero(column)[:1]].sum() < 0 else 1.0
            # without + 0.0 a nought with a sign would make two of one
            upright = sign * column + 0.0
            place = known.setdefault(hashlib.blake2b(upright.tobytes()).digest(), len(outcomes))
            if place == len(outcomes):
                outcomes.append(upright)
            columns.append(place)
            signs.append(sign)
        parts.append(Part(np.array(columns, dtype=int), np.array(signs)))
    return np.column_stack(outcomes) if outcomes else np.empty((draws, 0)), parts


@overload
def evppi(
    psa: Result,
    /,
    groups: GroupsOf | None = None,
    willingness_to_pay: float | Iterable[float] | None = None,
    method: str = "auto",
    *,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
    seed: int = SEED,
    progress: OnProgress | None = None,
    horizon: Horizons = None,
    effect: str = "qaly",
) -> pd.DataFrame: ...
@overload
def evppi(
    costs: ArrayLike,
    effects: ArrayLike,
    parameters: pd.DataFrame | Mapping[str, ArrayLike],
    groups: Groups = None,
    willingness_to_pay: float | Iterable[float] = 50_000.0,
    method: str = "auto",
    *,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
    seed: int = SEED,
    progress: OnProgress | None = None,
) -> pd.DataFrame: ...
@partial(of_draws, at_once=evppi_together)
def evppi(
    costs: ArrayLike,
    effects: ArrayLike,
    parameters: pd.DataFrame | Mapping[str, ArrayLike],
    groups: Groups = None,
    willingness_to_pay: float | Iterable[float] = 50_000.0,
    method: str = "auto",
    *,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
    seed: int = SEED,
    progress: OnProgress | None = None,
) -> pd.DataFrame:
    """Expected value of perfect information about groups of inputs, from the draws of a probabilistic analysis.

    EVPPI = E[max_d E[NB_d | inputs]] - max_d E[NB_d], in currency per person, with E[NB_d | inputs] fitted by
    penalised regression: ``auto`` takes a spline for one input, a tensor spline for two and random Fourier features
    for more; ``gaussian_process`` is the slow alternative. Inputs of a group may interact in any way and be correlated.

    `costs` (currency) and `effects` (QALYs) have shape (draw, strategy); `parameters` is a table (draw, input).
    `groups` maps names to lists of inputs, or lists inputs and lists of them, or is None for every input alone. One row
    a group and (finite) threshold: group, inputs, willingness_to_pay, evppi, standard_error, share_of_evpi, evpi,
    method, degrees_of_freedom (of the wiggliest fit); with a `population` (persons) also population_evppi and
    population_standard_error. Never negative. Nought where no draw changes the decision (share_of_evpi is then
    missing). The standard error is that of Monte-Carlo and regression together (the delta method, which see in
    `values_of_decisions`). An input without spread is worth nothing. The same `seed` gives the same numbers.
    `progress(done, groups)` is called after each group.

    With a `Result` of draws, ``evppi(psa, ["overall_survival", "drug_price"], 150_000)``, groups are named as in
    `hecon.analysis.value.groups.groups_of`, and thresholds and horizons share one fit for each group.

    Raises `InputError` naming draw and column of what is not a finite number, `UnknownNameError` for an input that is
    not in the table, `HeconError` for an empty group or a method that does not fit the group.

    >>> import numpy as np
    >>> stream = np.random.default_rng(1)
    >>> inputs = {"gain": stream.normal(1, 2, 5000), "price": stream.normal(0, 1, 5000)}
    >>> costs = np.column_stack([np.zeros(5000), 1000 * inputs["price"]])
    >>> effects = np.column_stack([np.zeros(5000), inputs["gain"]])
    >>> evppi(costs, effects, inputs, ["gain", "price"], 1000).evppi.round(-2).tolist()
    [400.0, 100.0]

    Source: Strong, Oakley and Brennan 2014, Medical Decision Making 34:311-326.
    """
    return evppi_together(
        [(costs, effects)], parameters, groups, willingness_to_pay, method,
        population=population, strategies=strategies, seed=seed, progress=progress,
    )[0]  # fmt: skip


def value_now(gains: np.ndarray) -> float:
    """Mean over the draws of the best gain over the strategy chosen now, which itself gains nothing."""
    return float(best_of(gains)[0].mean())


def conditional_means(
    values: np.ndarray, outcomes: np.ndarray, method: str, seed: int, group: str = "group"
) -> tuple[str, Regression | None]:
    """Fit E[outcomes | values] and give the method used; None where no input has any spread.

    `values` (draw, input), `outcomes` (draw, outcome).
    """
    allowed = {"spline": (1, 1), "tensor_spline": (2, 2)}.get(method, (1, values.shape[1]))
    if not allowed[0] <= values.shape[1] <= allowed[1]:
        raise HeconError(
            f"method '{method}' is for {allowed[0]} input{'s' * (allowed[0] > 1)}; group '{group}' has "
            f"{values.shape[1]}. Use method='auto'"
        )
    # By a power of 2, so that no square is beyond the smallest or largest number; no other bit of a value changes.
    values = np.ldexp(values, -np.frexp(np.abs(values).max(axis=0))[1])
    # nearly all draws may be 0: their spread is a number, but its square is none
    values = values[:, (np.ptp(values, axis=0) > 0) & (values.std(axis=0) > 0)]
    if not values.shape[1] or not outcomes.shape[1]:
        return "none", None
    if method not in ("random_features", "gaussian_process"):
        method = {1: "spline", 2: "tensor_spline"}.get(values.shape[1], "random_features")
    return method, _smoother(values, outcomes, method, seed).fit(outcomes)


def _smoother(values: np.ndarray, outcomes: np.ndarray, method: str, seed: int) -> Smoother:
    if method == "spline":
        return spline(values[:, 0])
    if method == "tensor_spline":
        return tensor_spline(values)
    from hecon.analysis.value.kernels import gaussian_process, random_features

    return (random_features if method == "random_features" else gaussian_process)(values, outcomes, seed)


def values_of_decisions(fit: Regression, outcomes: np.ndarray, parts: Sequence[Part]) -> list[tuple[float, float]]:
    """Value of deciding by the fitted gains instead of now, and its standard error, for each decision.

    value = mean(v), v = max(0, max_d g_d) with the fitted gains g_d (draw, other strategy), a part of the fit.
    To first order the value moves with an outcome of draw i by v_i + sum_d (H c_d)_i r_id: c_d = 1 where d is best, H
    the hat matrix, r the residuals. The standard error is the standard deviation of that over sqrt(draws).
    """
    choices = Choices(fit.means, parts)
    moves = fit.smooth(choices.chosen, choices.columns)
    moves *= outcomes[:, choices.columns] - fit.means[:, choices.columns]
    return choices.values_with(moves)


class Choices:
    """What several decisions choose by fitted gains: `gains` over the choice made now, (draw,) of each decision.

    `chosen` (draw, choice) has a column for each outcome, `columns`, that a decision, `owners`, chooses in some draw:
    its sign where it does, nought elsewhere. What is never chosen moves nothing.
    """

    def __init__(self, means: np.ndarray, parts: Sequence[Part]) -> None:
        self.gains: list[np.ndarray] = []
        self.columns: list[int] = []
        self.owners: list[int] = []
        chosen: list[np.ndarray] = [np.empty((0, len(means)))]
        for owner, part in enumerate(parts):
            gain, own = best_of(part.of(means))
            ever = np.flatnonzero(own.any(axis=0))
            self.gains.append(gain)
            self.columns += part.columns[ever].tolist()
            self.owners += [owner] * len(ever)
            chosen.append((own * part.signs).T[ever])
        self.chosen = np.concatenate(chosen).T

    def values_with(self, moves: np.ndarray, repeats: int = 1) -> list[tuple[float, float]]:
        """Value of each decision, and its standard error: with `moves` (draw, choice) added to the gains.

        The gains may be those of several `repeats` of the draws.
        """
        influence = [gain.reshape(repeats, -1).mean(axis=0) for gain in self.gains]
        for owner, move in zip(self.owners, moves.T, strict=True):
            influence[owner] = influence[owner] + move
        return [(float(gain.mean()), standard_error(own)) for gain, own in zip(self.gains, influence, strict=True)]


def best_of(gains: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gain of the best choice (draw,), and the choice as ones and noughts (draw, other strategy); now gains 0."""
    top, best = np.zeros(len(gains)), np.full(len(gains), -1)
    for place, gain in enumerate(gains.T):  # numpy is slow to compare along a dimension of a few strategies
        best[gain > top] = place
        np.maximum(top, gain, out=top)
    return top, (best[:, None] == np.arange(gains.shape[1])).astype(float)


def standard_error(influence: np.ndarray) -> float:
    """Monte-Carlo standard error of a mean over the draws."""
    return float(influence.std(ddof=1) / np.sqrt(len(influence)))
