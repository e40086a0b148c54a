"""Cox's proportional hazards model as a summary of individual data, and the test of proportional hazards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from hecon.errors import Fault, HeconError, did_you_mean
from hecon.survival.fitting.interval import z_of
from hecon.survival.fitting.kaplan_meier_estimate import estimate_of
from hecon.survival.fitting.observations import Observations, groups, observations, refuse, vector_of
from hecon.survival.fitting.partial_likelihood import TIES, Stratum

TRANSFORMS = ("km", "log", "identity", "rank")


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted Cox model: log hazard ratios with their covariance, `robust` (sandwich) if asked, and three tests."""

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    naive_covariance: np.ndarray
    log_likelihood: float
    log_likelihood_null: float
    score_chi_squared: float
    strata: tuple[Stratum, ...]
    ties: str
    robust: bool
    level: float

    @cached_property
    def standard_errors(self) -> np.ndarray:
        """Standard errors of the log hazard ratios."""
        return np.sqrt(np.diag(self.covariance))

    def table(self) -> pd.DataFrame:
        """One row a covariate: log_hazard_ratio, standard_error, hazard_ratio, low, high, p (Wald)."""
        from scipy.special import ndtr

        z, b, error = z_of(self.level), self.coefficients, self.standard_errors
        columns = {
            "log_hazard_ratio": b,
            "standard_error": error,
            "hazard_ratio": np.exp(b),
            "low": np.exp(b - z * error),
            "high": np.exp(b + z * error),
            "p": 2 * ndtr(-np.abs(b) / error),
        }
        return pd.DataFrame(columns, index=pd.Index(self.names, name="covariate"))

    def tests(self) -> pd.DataFrame:
        """Tests that no covariate matters: likelihood ratio, score, Wald; chi_squared, degrees_of_freedom, p."""
        from scipy.special import chdtrc

        wald = self.coefficients @ np.linalg.solve(self.covariance, self.coefficients)
        found = [2 * (self.log_likelihood - self.log_likelihood_null), self.score_chi_squared, wald]
        size = len(self.names)
        index = pd.Index(["likelihood_ratio", "score", "wald"], name="test")
        return pd.DataFrame({"chi_squared": found, "degrees_of_freedom": size, "p": chdtrc(size, found)}, index=index)

    def proportional_hazards(self, transform: str = "km") -> pd.DataFrame:
        """Test of proportional hazards, for each covariate and all: chi_squared, degrees_of_freedom, p.

        The score test of Grambsch and Therneau (1994) that a covariate times g(t) has no effect, exact in the
        information (as in R's survival 3, not the approximation before it). g: ``km`` (default), 1 less the
        Kaplan-Meier estimate of all before t; ``log``; ``identity``; ``rank``.
        """
        if self.ties == "exact":
            raise HeconError("the test of proportional hazards needs ties 'efron' or 'breslow'")
        if transform not in TRANSFORMS:
            hint = did_you_mean(transform, TRANSFORMS)
            what = f"is '{transform}'; it must be one of {', '.join(TRANSFORMS)}.{hint}"
            refuse([Fault("transform", what)], "the test of proportional hazards")
        from scipy.special import chdtrc

        size = len(self.names)
        score, information = np.zeros(2 * size), np.zeros((2 * size, 2 * size))
        times = np.concatenate([part.time[part.event] for part in self.strata])
        centre = self._transformed(times, transform).mean()
        for part in self.strata:
            met = part.moments(self.coefficients, self.ties)
            g = self._transformed(met.times, transform) - centre
            own = self._transformed(part.time[part.event], transform) - centre
            mass = part.weights[part.event]
            for power in (0, 1):
                at = slice(power * size, (power + 1) * size)
                weight = met.weight * g[met.place] ** power
                score[at] += (mass * own**power) @ part.x[part.event] - weight @ met.mean
            for power, other in ((0, 0), (0, 1), (1, 0), (1, 1)):
                at, beside = (slice(q * size, (q + 1) * size) for q in (power, other))
                weight = met.weight * g[met.place] ** (power + other)
                information[at, beside] += np.einsum("e,eij->ij", weight, met.variance)
        rows = []
        for asked in [*([size + k] for k in range(size)), [size + k for k in range(size)]]:
            kept = [*range(size), *asked]
            found = score[kept] @ np.linalg.solve(information[np.ix_(kept, kept)], score[kept])
            rows.append([found, len(asked), chdtrc(len(asked), found)])
        index = pd.Index([*self.names, "all"], name="covariate")
        return pd.DataFrame(rows, columns=["chi_squared", "degrees_of_freedom", "p"], index=index)

    def _transformed(self, times: np.ndarray, transform: str) -> np.ndarray:
        if transform == "identity":
            return times
        if transform == "log":
            return np.log(times)
        together = [np.concatenate(parts) for parts in zip(*(tuple(part)[:4] for part in self.strata), strict=True)]
        if transform == "rank":
            from scipy.stats import rankdata

            every = together[0]
            return np.interp(times, np.sort(every), np.sort(rankdata(every)))
        time, event, entry, weights = together
        estimate = estimate_of(Observations(time, event, np.maximum(entry, 0.0), weights))
        before = np.searchsorted(estimate.times, times, side="left")
        return 1 - np.append(1.0, estimate.survival)[before]

    def __repr__(self) -> str:
        rows = self.table()
        said = [f"{name} {row.hazard_ratio:.4g} ({self.level:.0%} interval {row.low:.4g} to {row.high:.4g})"
                for name, row in rows.iterrows()]  # fmt: skip
        return "hazard ratio " + "; ".join(said)


def cox(
    time: object,
    event: object,
    covariates: Mapping[str, object],
    *,
    entry: object = None,
    weights: object = None,
    strata: object = None,
    ties: str = "efron",
    robust: bool = False,
    cluster: object = None,
    level: float = 0.95,
) -> CoxFit:
    """Fit Cox's model h(t) = h0(t) exp(x b) by maximum partial likelihood (Cox 1972).

    `covariates`: name -> one number (or True, False) a patient. `ties`: ``efron`` (default), ``breslow``, or ``exact``
    (the conditional likelihood; takes no weights). `robust`: the sandwich covariance of Lin and Wei (1989), by patient
    or `cluster`, which weights that are not counts call for. Raises `InputError` by argument and row; `HeconError` for
    a covariate that separates the events, so that its ratio is 0 or infinite.

    >>> fit = cox([6, 7, 9, 1, 2, 8], [1, 0, 1, 1, 1, 1], {"treated": [1, 1, 1, 0, 0, 0]})
    >>> fit
    hazard ratio treated 0.2181 (95% interval 0.02161 to 2.201)
    """
    if ties not in TIES:
        what = f"is '{ties}'; it must be one of {', '.join(TIES)}.{did_you_mean(ties, TIES)}"
        refuse([Fault("ties", what)], "the Cox model")
    data = observations(time, event, entry, weights)
    if not data.event.any():
        refuse([Fault("event", "is 0 in every row: without events nothing can be compared")])
    if not covariates:
        refuse([Fault("covariates", "is empty; give at least one")])
    columns = [vector_of(values, name, len(data)) for name, values in covariates.items()]
    for name, column in zip(covariates, columns, strict=True):
        if np.ptp(column) == 0:
            refuse([Fault(name, f"is {column[0]:g} in every row; a covariate must vary")])
    if ties == "exact" and (weights is not None or robust):
        what = "is 'exact', which takes neither weights nor a robust covariance; use 'efron'"
        refuse([Fault("ties", what)], "the Cox model")
    x = np.column_stack(columns)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    layers = groups(strata, "strata", len(data))[0] if strata is not None else np.zeros(len(data), int)
    rows = [layers == layer for layer in np.unique(layers)]
    rows = [chosen for chosen in rows if data.event[chosen].any()]
    # Entry at 0 is no truncation: somebody who leaves at 0 was at risk there.
    entries = np.where(data.entry == 0, -1.0, data.entry)
    scaled = tuple(
        Stratum(data.time[r], data.event[r], entries[r], data.weights[r], ((x - centre) / scale)[r]) for r in rows
    )
    b, value, information, null, score = _maximum(scaled, ties, tuple(covariates))
    naive = np.linalg.inv(information)
    covariance = naive
    if robust or cluster is not None:
        order = np.concatenate([np.flatnonzero(chosen) for chosen in rows])
        influence = np.concatenate([_score_residuals(part, b, ties) for part in scaled]) @ naive
        member = groups(cluster, "cluster", len(data))[0][order] if cluster is not None else np.arange(len(order))
        together = np.zeros((member.max() + 1, len(b)))
        np.add.at(together, member, influence)
        covariance = together.T @ together
    own = tuple(Stratum(part.time, part.event, part.entry, part.weights, part.x * scale + centre) for part in scaled)
    unit = np.outer(scale, scale)
    return CoxFit(
        tuple(covariates), b / scale, covariance / unit, naive / unit, value, null, score, own, ties,
        robust or cluster is not None, level,
    )  # fmt: skip


def _maximum(
    strata: tuple[Stratum, ...], ties: str, names: tuple[str, ...]
) -> tuple[np.ndarray, float, np.ndarray, float, float]:
    """Newton's method from 0, with halved steps: the coefficients, value, information, and both at 0."""

    def derivatives(b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        parts = [part.derivatives(b, ties) for part in strata]
        value, gradient, information = (sum(each) for each in zip(*parts, strict=True))
        return float(value), np.asarray(gradient), np.asarray(information)

    b = np.zeros(strata[0].x.shape[1])
    value, gradient, information = derivatives(b)
    if np.linalg.cond(information) > 1e12:
        refuse([Fault("covariates", f"{', '.join(names)} repeat one another; leave one out")], "the Cox model")
    null, score = value, float(gradient @ np.linalg.solve(information, gradient))
    for _ in range(60):
        step = np.linalg.solve(information, gradient)
        for _ in range(40):
            ahead = derivatives(b + step)
            if ahead[0] >= value - 1e-12 * abs(value):
                break
            step = step / 2
        b, (value, gradient, information) = b + step, ahead
        if np.linalg.cond(information) > 1e13 or np.abs(b).max() > 30:
            worst = names[int(np.argmax(np.abs(b)))]
            raise HeconError(
                f"the hazard ratio of {worst} goes to {'infinity' if b[np.argmax(np.abs(b))] > 0 else '0'}: "
                "events happen on one side of it only"
            )
        if np.abs(step).max() < 1e-11 * (1 + np.abs(b).max()):
            return b, value, information, null, score
    raise HeconError("the partial likelihood has no maximum that Newton's method reaches")


def _score_residuals(part: Stratum, b: np.ndarray, ties: str) -> np.ndarray:
    """What each patient adds to the score, times the weight (Lin and Wei 1989), ties by Efron or Breslow."""
    met = part.moments(b, ties)
    size = len(met.times)
    rate = met.weight / met.total

    def by_time(values: np.ndarray) -> np.ndarray:
        sums = np.zeros((size, *values.shape[1:]))
        np.add.at(sums, met.place, values)
        return sums

    count = np.bincount(met.place, minlength=size)
    hazard, moved = by_time(rate), by_time(rate[:, None] * met.mean)
    spared = by_time(rate * met.fraction), by_time((rate * met.fraction)[:, None] * met.mean)
    average = by_time(met.mean) / count[:, None]
    totals = np.append(0.0, np.cumsum(hazard)), np.concatenate([np.zeros((1, len(b))), np.cumsum(moved, axis=0)])
    until, since = (np.searchsorted(met.times, at, side="right") for at in (part.time, part.entry))
    passed, drawn = (total[until] - total[since] for total in totals)
    place = np.minimum(np.searchsorted(met.times, part.time), size - 1)
    dying = part.event
    passed, drawn = passed - np.where(dying, spared[0][place], 0.0), drawn - dying[:, None] * spared[1][place]
    risk = np.exp(part.x @ b)
    own = dying[:, None] * (part.x - average[place])
    return part.weights[:, None] * (own - risk[:, None] * (part.x * passed[:, None] - drawn))
