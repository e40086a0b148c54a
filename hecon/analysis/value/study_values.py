"""Values of studies to decisions: EVSI by regression on simulated summaries, and by moment matching.

Both need only the draws of a probabilistic analysis and the design of the study. Decisions share the simulated studies
and the regressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from hecon.analysis.value.evppi import (
    SEED,
    Choices,
    Part,
    best_of,
    conditional_means,
    distinct_outcomes,
    standard_error,
    value_now,
)
from hecon.analysis.value.regression import Regression, stream_of
from hecon.analysis.value.sample import named_groups
from hecon.analysis.value.trial import Simulation, Study
from hecon.errors import HeconError
from hecon.labels import one_of

EVSI_METHODS = ("regression", "moment_matching")
#: Fewer draws than this that carry the weight of a typical posterior do not show its variance.
_FEWEST = 20
#: Simulated data sets in a regression by default, for one summary and for more.
ROWS_ONE, ROWS_MORE = 100_000, 20_000
#: Parts that are left out in turn for the error that comes from the number of data sets.
FOLDS = 10

#: Fits of the gains on the parameters that a study measures, by their names.
FitsOfGains = dict[tuple[str, ...], Regression | None]


class TooFewDrawsError(HeconError):
    """Too few draws carry the posterior of a large study: moment matching cannot see its variance."""


class StudyValue(NamedTuple):
    """What a study is worth to one decision: EVSI and its standard error, EVPPI of what it measures."""

    evsi: float
    standard_error: float
    evppi: float
    effective_draws: float

    @property
    def share(self) -> float:
        """EVSI as a share of the EVPPI; missing where that is 0."""
        return self.evsi / self.evppi if self.evppi > 0 else np.nan


def values_of_studies(
    designs: Sequence[Study],
    table: pd.DataFrame,
    gains: Sequence[np.ndarray],
    method: str = "regression",
    *,
    replicates: int | None = None,
    data_sets: int = 300,
    seed: int = SEED,
    fits: FitsOfGains | None = None,
) -> list[list[StudyValue]]:
    """Value of every study (row) to every decision, whose gains (draw, other strategy) are over the choice made now.

    Decisions share the simulated studies and the regressions. A decision that no draw changes is left out of them:
    every study is worth 0 to it. `fits` keeps what the regressions on parameters gave for a next call with the same
    `table`, `gains` and `seed`.
    """
    one_of(method, EVSI_METHODS, "method")
    for name, count, least in (("replicates", replicates, 1), ("data_sets", data_sets, 2)):
        if count is not None and count < least:
            raise HeconError(f"{name} is {count}; it must be at least {least}")
    undecided = [place for place, gain in enumerate(gains) if value_now(gain) > 0]
    outcomes, parts = distinct_outcomes([gains[place] for place in undecided], len(table))
    fits = {} if fits is None else fits
    found = []
    for study in designs:
        if method == "moment_matching" and not study.has_likelihood:
            raise HeconError(
                f"study '{study.name}' has no likelihood; moment matching needs measurements or log_likelihood=. "
                "method='regression' does without"
            )
        names = named_groups({study.name: study.parameters}, list(table.columns))[study.name]
        simulation = study.simulation_of(table)
        if names not in fits:
            fits[names] = conditional_means(table[list(names)].to_numpy(), outcomes, "auto", seed)[1]
        fit, stream = fits[names], stream_of(seed, "data of studies")
        own = [StudyValue(0.0, 0.0, 0.0, np.nan)] * len(gains)
        if fit is not None:
            values, weight = (
                (_by_regression(study, simulation, fit, outcomes, parts, replicates, stream, seed), np.nan)
                if method == "regression"
                else _by_moments(study, table, fit, outcomes, parts, data_sets, stream)
            )
            for place, part, value in zip(undecided, parts, values, strict=True):
                own[place] = StudyValue(*value, value_now(part.of(fit.means)), weight)
        found.append(own)
    return found


def _by_regression(
    study: Study,
    simulation: Simulation,
    fit: Regression,
    outcomes: np.ndarray,
    parts: Sequence[Part],
    replicates: int | None,
    stream: np.random.Generator,
    seed: int,
) -> list[tuple[float, float]]:
    """EVSI and its standard error for the columns of each threshold.

    To first order it moves with a draw by v_i, by what its g deviates from the fit on the summaries, and by what its
    net benefit deviates from g (the delta method through both regressions).
    """
    first = study.summarise(simulation(stream))
    if replicates is None:
        replicates = max(1, (ROWS_ONE if first.shape[1] == 1 else ROWS_MORE) // len(outcomes))
    summaries = np.concatenate([first, *(study.summarise(simulation(stream)) for _ in range(replicates - 1))])
    _, second = conditional_means(summaries, np.tile(fit.means, (replicates, 1)), "auto", seed)
    if second is None:
        return [(0.0, 0.0)] * len(parts)
    choices = Choices(second.means, parts)
    columns, by_draw = choices.columns, (replicates, len(outcomes), len(choices.columns))
    weight = second.smooth(choices.chosen, columns)
    back = fit.smooth(weight.reshape(by_draw).mean(axis=0), columns)
    weight *= np.tile(fit.means[:, columns], (replicates, 1)) - second.means[:, columns]
    moves = weight.reshape(by_draw).mean(axis=0) + back * (outcomes[:, columns] - fit.means[:, columns])
    return choices.values_with(moves, replicates)


def _by_moments(
    study: Study,
    table: pd.DataFrame,
    fit: Regression,
    outcomes: np.ndarray,
    parts: Sequence[Part],
    data_sets: int,
    stream: np.random.Generator,
) -> tuple[list[tuple[float, float]], float]:
    """EVSI and its standard error for the columns of each threshold, and how many draws carry a posterior."""
    draws = len(table)
    # data sets from draws spread evenly over the most uncertain gain
    order = np.argsort(fit.means[:, fit.means.var(axis=0).argmax()], kind="stable")
    places = order[((np.arange(data_sets) + 0.5) / data_sets * draws).astype(int)]
    simulated = study.simulation_of(table.iloc[places].reset_index(drop=True))(stream)
    likelihood_of = study.likelihood_of(table)
    middle = fit.means.mean(axis=0)
    centred = fit.means - middle
    inside, carrying = [], []
    for data in simulated:
        log = likelihood_of(data)
        weight = np.exp(log - log.max())
        weight /= weight.sum()
        carrying.append(1 / np.sum(weight**2))
        away = centred - weight @ centred
        inside.append((weight * away.T) @ away)
    effective = float(np.median(carrying))
    if not effective >= _FEWEST:
        raise TooFewDrawsError(
            f"study '{study.name}' is too large for moment matching with {draws} draws: {effective:.1f} of them carry "
            f"the posterior of a data set, at least {_FEWEST} must. Use more draws, or method='regression'"
        )
    found = []
    folds = np.arange(len(inside)) % min(FOLDS, len(inside))
    for part in parts:
        within = np.array([part.of(part.of(one).T) for one in inside])
        outer, mean = part.of(centred), part.of(middle[None])
        shrink = _shrinkage(outer, within.mean(axis=0))
        value, chosen = best_of(mean + outer @ shrink)
        pulled = chosen @ shrink.T
        back = fit.smooth(pulled * part.signs, part.columns) * part.signs - pulled.mean(axis=0) + chosen.mean(axis=0)
        influence = value + np.sum(back * part.of(outcomes - fit.means), axis=1)
        left = [
            best_of(mean + outer @ _shrinkage(outer, within[folds != fold].mean(axis=0)))[0].mean()
            for fold in range(folds.max() + 1)
        ]
        spread = np.var(left) * (len(left) - 1)
        found.append((float(value.mean()), float(np.hypot(standard_error(influence), np.sqrt(spread)))))
    return found, effective


def _shrinkage(centred: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Matrix C^-1/2 (C - within)^1/2, which turns gains (draw, gain) of covariance C into ones of C - within."""
    covariance = centred.T @ centred / len(centred)
    size, axes = np.linalg.eigh(covariance)
    keep = size > 1e-12 * max(float(size[-1]), 1e-300)
    inverse = (axes[:, keep] / np.sqrt(size[keep])) @ axes[:, keep].T
    size, axes = np.linalg.eigh(covariance - within)
    return np.asarray(inverse @ (axes * np.sqrt(np.maximum(size, 0))) @ axes.T)
