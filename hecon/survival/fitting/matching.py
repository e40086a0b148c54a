"""Matching-adjusted indirect comparison: individual data weighted to the published patients of another trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from hecon.errors import Fault, HeconError
from hecon.survival.fitting.comparison import RelativeEffect, indirect_comparison
from hecon.survival.fitting.cox import cox
from hecon.survival.fitting.observations import groups, refuse, vector_of

STATISTICS = ("mean", "sd", "median")
_SOURCE = "the matching"


@dataclass(frozen=True, eq=False)
class Matching:
    """Weights of patients under which their covariates have the published means, deviations and medians."""

    weights: np.ndarray
    coefficients: pd.Series
    balance: pd.DataFrame

    @cached_property
    def scaled_weights(self) -> np.ndarray:
        """Weights that sum to the number of patients."""
        return self.weights * (len(self.weights) / self.weights.sum())

    @cached_property
    def effective_sample_size(self) -> float:
        """(sum w)^2 / sum w^2: as many patients of equal weight would be as informative."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())

    def __repr__(self) -> str:
        size, largest = len(self.weights), self.scaled_weights.max()
        kept = self.effective_sample_size / size
        words = f"effective sample size {self.effective_sample_size:.1f} ({kept:.0%}), largest weight {largest:.3g}"
        return f"{size} patients matched on {', '.join(self.balance.index)}: {words}"


def matching_weights(covariates: Mapping[str, object], targets: Mapping[str, float | Mapping[str, float]]) -> Matching:
    """Weigh patients to published aggregates: w = exp(x a), x the covariates less the targets (Signorovitch 2010).

    a minimises sum exp(x a), so that the weighted mean of x is 0. `covariates`: name -> one number (or True, False) a
    patient. `targets`: name -> a mean (a share, for a covariate of 0 and 1), or a mapping with ``mean``, ``sd``
    (matched through x^2) and ``median`` (through the share above it, one half). Weights are not scaled: see
    `scaled_weights`.
    Raises `InputError` for a target outside the data; `HeconError` where no weights meet all targets together.

    >>> matching_weights({"age": [50, 60, 70, 64], "male": [1, 0, 1, 0]}, {"age": 63, "male": 0.6})
    4 patients matched on age mean, male mean: effective sample size 3.5 (88%), largest weight 1.63
    """
    columns: dict[str, np.ndarray] = {}
    shown: dict[str, tuple[np.ndarray, float]] = {}
    faults = [Fault(name, "has a target but no covariate of that name") for name in targets if name not in covariates]
    faults += [Fault(name, "has no target; leave it out, or give one") for name in covariates if name not in targets]
    refuse(faults or ([] if targets else [Fault("targets", "is empty; give at least one")]), _SOURCE)
    size: int | None = None
    for name, target in targets.items():
        x = vector_of(covariates[name], name, size)
        size = len(x)
        for statistic, value in (target if isinstance(target, Mapping) else {"mean": target}).items():
            label = f"{name} {statistic}"
            if statistic not in STATISTICS:
                refuse([Fault(label, f"is unknown; a target is one of {', '.join(STATISTICS)}")], _SOURCE)
            if statistic == "sd" and not (isinstance(target, Mapping) and "mean" in target):
                refuse([Fault(label, "needs the mean beside it")], _SOURCE)
            if statistic == "sd":
                assert isinstance(target, Mapping)
                columns[label] = x**2 - (target["mean"] ** 2 + value**2)
                shown[label] = (x**2, value)
            else:
                columns[label] = x - value if statistic == "mean" else (x > value) - 0.5
                shown[label] = (x, value)
            if columns[label].min() >= 0 or columns[label].max() <= 0:
                what = f"is {value:g}, but the patients have {x.min():g} to {x.max():g}; no weights reach it"
                refuse([Fault(label, what)], _SOURCE)
    centred = np.column_stack(list(columns.values()))
    scale = centred.std(axis=0)
    a = _balanced(centred / scale, list(columns)) / scale
    weights = np.exp(centred @ a)
    rows = []
    for label, (x, value) in shown.items():
        statistic = label.rsplit(" ", 1)[1]
        before, after = (_statistic(statistic, x, mass, centre) for mass, centre in (
            (np.ones(len(x)), None), (weights, _mean_of(label, shown))
        ))  # fmt: skip
        rows.append([before, after, value])
    balance = pd.DataFrame(rows, columns=["before", "after", "target"], index=pd.Index(shown, name="covariate"))
    return Matching(weights, pd.Series(a, index=balance.index), balance)


def _mean_of(label: str, shown: Mapping[str, tuple[np.ndarray, float]]) -> float | None:
    own = shown.get(label.rsplit(" ", 1)[0] + " mean")
    return own[1] if own else None


def _statistic(statistic: str, x: np.ndarray, weights: np.ndarray, mean: float | None) -> float:
    average = float(weights @ x / weights.sum())
    if statistic == "mean":
        return average
    if statistic == "sd":  # x is squared already
        centre = float(weights @ np.sqrt(x) / weights.sum()) if mean is None else mean
        return float(np.sqrt(max(average - centre**2, 0.0)))
    order = np.argsort(x, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    return float(x[order][np.searchsorted(share, 0.5 - 1e-9)])


def _balanced(x: np.ndarray, names: list[str]) -> np.ndarray:
    """Newton's method, with halved steps, on the convex sum exp(x a)."""
    a = np.zeros(x.shape[1])
    value = float(len(x))
    for _ in range(200):
        mass = np.exp(x @ a)
        gradient, curvature = mass @ x, (x * mass[:, None]).T @ x
        condition = np.linalg.cond(curvature)
        if not condition < 1e14:
            raise HeconError(f"the targets cannot all be met together: {', '.join(names)}; leave one out")
        step = -np.linalg.solve(curvature, gradient)
        for _ in range(60):
            with np.errstate(over="ignore"):
                ahead = float(np.exp(x @ (a + step)).sum())
            if ahead <= value * (1 + 1e-14):
                break
            step = step / 2
        a, value = a + step, ahead
        if np.abs(step).max() < 1e-13 * (1 + np.abs(a).max()):
            return a
        if np.abs(a).max() > 500 or value < 1e-12:
            break
    raise HeconError(f"the targets cannot all be met together: {', '.join(names)}; leave one out")


def unanchored_comparison(
    matching: Matching,
    time: object,
    event: object,
    comparator_time: object,
    comparator_event: object,
    *,
    names: tuple[str, str] = ("treatment", "comparator"),
) -> RelativeEffect:
    """Hazard ratio of matched patients (`time`, `event`) against those of another trial, each of weight 1.

    A Cox model with a robust standard error by patient. It assumes that every prognostic factor and effect modifier is
    matched (NICE TSD 18). `comparator_time` and `comparator_event` may be pseudo-individual data of a published curve.

    >>> matched = matching_weights({"male": [1, 0, 1, 0, 1]}, {"male": 0.5})
    >>> unanchored_comparison(matched, [4, 6, 9, 8, 7], [1, 1, 0, 1, 1], [2, 3, 7, 5], [1, 1, 1, 0]).ratio < 1
    True
    """
    own, other = vector_of(time, "time"), vector_of(comparator_time, "comparator_time")
    events = np.r_[vector_of(event, "event", len(own)), vector_of(comparator_event, "comparator_event", len(other))]
    _as_many(matching, own)
    treated = np.r_[np.ones(len(own)), np.zeros(len(other))]
    weights = np.r_[matching.weights, np.ones(len(other))]
    return _effect(np.r_[own, other], events, treated, weights, names)


def anchored_comparison(
    matching: Matching,
    time: object,
    event: object,
    arm: object,
    published: RelativeEffect,
    *,
    treatment: str,
) -> RelativeEffect:
    """Compare a treatment of a trial with individual data with that of a published one, through their common arm.

    `arm`: the arm of each matched patient, `treatment` or ``published.comparator``; `published`: the effect in the
    other trial. A weighted Cox model with a robust standard error, then Bucher. It assumes that effect modifiers are
    matched.

    >>> from hecon.survival.fitting.comparison import relative_effect
    >>> matched = matching_weights({"male": [1, 0, 1, 0, 1, 0]}, {"male": 0.4})
    >>> arm, published = ["A", "A", "A", "C", "C", "C"], relative_effect("B", "C", 0.8, 0.6, 1.1)
    >>> anchored_comparison(matched, [4, 6, 9, 2, 5, 7], [1, 1, 0, 1, 1, 1], arm, published, treatment="A").through
    ('C',)
    """
    own = vector_of(time, "time")
    _as_many(matching, own)
    number, _ = groups(arm, "arm", len(own), [published.comparator, treatment])
    names = (treatment, published.comparator)
    effect = _effect(own, vector_of(event, "event", len(own)), number, matching.weights, names)
    return indirect_comparison([effect, published], treatment, published.treatment)


def _as_many(matching: Matching, time: np.ndarray) -> None:
    if len(time) != len(matching.weights):
        refuse([Fault("time", f"has {len(time)} rows, but {len(matching.weights)} patients are matched")], _SOURCE)


def _effect(
    time: np.ndarray, event: np.ndarray, treated: np.ndarray, weights: np.ndarray, names: tuple[str, str]
) -> RelativeEffect:
    fit = cox(time, event, {"treated": treated}, weights=weights, robust=True)
    return RelativeEffect(*names, float(fit.coefficients[0]), float(fit.standard_errors[0]))
