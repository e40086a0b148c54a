"""The log-rank test and its weighted relative, the Peto test, of two or more groups, stratified if asked."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from hecon.errors import Fault
from hecon.survival.fitting.observations import groups, observations, refuse


@dataclass(frozen=True, eq=False)
class LogRank:
    """Observed and expected events by group, their covariance, and the chi-squared test that they agree."""

    groups: tuple[Hashable, ...]
    observed: np.ndarray
    expected: np.ndarray
    covariance: np.ndarray
    chi_squared: float
    degrees_of_freedom: int
    p: float

    def __repr__(self) -> str:
        return f"chi-squared {self.chi_squared:.4g} on {self.degrees_of_freedom} df, p = {self.p:.3g}"


def log_rank(
    time: object,
    event: object,
    group: object,
    *,
    strata: object = None,
    rho: float = 0.0,
    order: Sequence[Hashable] | None = None,
) -> LogRank:
    """Test whether groups have the same hazard, with weights S(t-)^rho: 0 is the log-rank test, 1 Peto and Peto's.

    S is the Kaplan-Meier estimate of all groups (Harrington and Fleming 1982). `strata` are compared within
    themselves and added up. Raises `InputError`: fewer than two groups, no events.

    >>> log_rank([6, 7, 9, 1, 2, 4], [1, 0, 1, 1, 1, 1], ["A", "A", "A", "B", "B", "B"])
    chi-squared 5.052 on 1 df, p = 0.0246
    """
    from scipy.special import chdtrc

    data = observations(time, event)
    number, names = groups(group, "group", len(data), order)
    layers = groups(strata, "strata", len(data))[0] if strata is not None else np.zeros(len(data), int)
    if len(names) < 2:
        refuse([Fault("group", f"has one group only, {names[0]}; a comparison needs two or more")])
    if not data.event.any():
        refuse([Fault("event", "is 0 in every row: without events nothing can be compared")])
    size = len(names)
    observed, expected, covariance = np.zeros(size), np.zeros(size), np.zeros((size, size))
    for layer in np.unique(layers):
        rows = layers == layer
        times, row = np.unique(data.time[rows], return_inverse=True)
        leaving, dying = np.zeros((len(times), size)), np.zeros((len(times), size))
        np.add.at(leaving, (row, number[rows]), 1.0)
        np.add.at(dying, (row, number[rows]), data.event[rows])
        at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
        n, d = at_risk.sum(axis=1), dying.sum(axis=1)
        weight = np.append(1.0, np.cumprod(1 - d / n)[:-1]) ** rho
        share = at_risk / n[:, None]
        observed += weight @ dying
        expected += (weight * d) @ share
        spread = weight**2 * d * np.divide(n - d, n - 1, out=np.zeros(len(n)), where=n > 1)
        covariance += np.diag(spread @ share) - np.einsum("t,ti,tj->ij", spread, share, share)
    kept = np.flatnonzero(expected > 0)[:-1]
    away = (observed - expected)[kept]
    chi_squared = float(away @ np.linalg.lstsq(covariance[np.ix_(kept, kept)], away, rcond=None)[0])
    return LogRank(
        tuple(names), observed, expected, covariance, chi_squared, len(kept), float(chdtrc(len(kept), chi_squared))
    )
