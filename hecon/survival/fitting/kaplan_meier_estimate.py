"""The Kaplan-Meier estimate of individual data, with standard errors, intervals, numbers at risk and quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from hecon.errors import Fault, did_you_mean
from hecon.survival.fitting.interval import z_of
from hecon.survival.fitting.observations import Observations, observations, refuse
from hecon.survival.kaplan_meier_curve import KaplanMeier

INTERVALS = ("log_log", "log", "plain")
#: Two shares nearer than this are the same share (as in R's quantile of a survfit).
_SAME_SHARE = 1.5e-8


@dataclass(frozen=True, eq=False)
class KaplanMeierEstimate:
    """S(t) = prod (1 - d / n) over the times with events, d events among n at risk (Kaplan and Meier 1958).

    Vectors over the distinct `times` (of events and of censoring): `at_risk`, `events`, `censored` (sums of weights),
    `survival`, and `standard_error_log`, the standard error of log S: Greenwood's, sqrt(sum d / (n (n - d))), or, with
    weights that are not whole numbers, the infinitesimal jackknife.
    """

    data: Observations
    times: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    standard_error_log: np.ndarray
    interval: str = "log_log"
    level: float = 0.95

    @cached_property
    def curve(self) -> KaplanMeier:
        """The estimate as a curve, which a model can use, up to its last time."""
        return KaplanMeier(self.times.tolist(), self.survival.tolist())

    @cached_property
    def standard_error(self) -> np.ndarray:
        """Standard error of S."""
        whole = np.isfinite(self.standard_error_log)
        return np.where(whole, self.survival * np.where(whole, self.standard_error_log, 0.0), np.nan)

    @cached_property
    def cumulative_hazard(self) -> np.ndarray:
        """The Nelson-Aalen estimate sum d / n (Aalen 1978)."""
        return np.cumsum(self.events / self.at_risk)

    def limits(self, interval: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper limit of S at each time; not a number where S is 0.

        ``plain``: S -+ z se, within 0 and 1. ``log``: S exp(-+ z se_log), at most 1. ``log_log``: S^exp(-+ z se_log /
        log S), which stays within 0 and 1.
        """
        kind = _known_interval(interval or self.interval)
        z = z_of(self.level)
        survival, error = self.survival, self.standard_error_log
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if kind == "plain":
                low, high = survival - z * self.standard_error, survival + z * self.standard_error
            elif kind == "log":
                low, high = survival * np.exp(-z * error), survival * np.exp(z * error)
            else:
                spread = np.exp(z * error / -np.log(survival))
                low, high = survival**spread, survival ** (1 / spread)
        gone, all_there = survival <= 0, error == 0
        low, high = (np.where(all_there, 1.0, np.clip(limit, 0.0, 1.0)) for limit in (low, high))
        return np.where(gone, np.nan, low), np.where(gone, np.nan, high)

    def table(self, interval: str | None = None) -> pd.DataFrame:
        """One row a time: time, at_risk, events, censored, survival, standard_error, low, high, cumulative_hazard."""
        low, high = self.limits(interval)
        return pd.DataFrame(
            {
                "time": self.times,
                "at_risk": self.at_risk,
                "events": self.events,
                "censored": self.censored,
                "survival": self.survival,
                "standard_error": self.standard_error,
                "low": low,
                "high": high,
                "cumulative_hazard": self.cumulative_hazard,
            }
        )

    def at(self, times: Sequence[float] | np.ndarray, interval: str | None = None) -> pd.DataFrame:
        """Numbers at risk and survival with its interval at given times: time, at_risk, survival, low, high.

        At risk at t are those whose time is t or later, as in the table below a published figure.
        """
        asked = np.asarray(times, dtype=float)
        place = np.searchsorted(self.times, asked, side="right")
        low, high = self.limits(interval)
        held = {"survival": self.survival, "low": low, "high": high}
        columns = {name: np.concatenate([[1.0], values])[place] for name, values in held.items()}
        data = self.data
        still = (data.time >= asked[:, None]) & ((data.entry < asked[:, None]) | (data.entry == 0))
        return pd.DataFrame({"time": asked, "at_risk": still @ data.weights, **columns})

    def quantiles(self, shares: Sequence[float] = (0.25, 0.5, 0.75), interval: str | None = None) -> pd.DataFrame:
        """Times by which given shares have had the event, with intervals: share, time, low, high; infinite if never.

        The first time at which S is at or below 1 - share; where S is exactly there for a while, the middle of that
        while. The limits are the times at which the limits of S get there (Brookmeyer and Crowley 1982).
        """
        low, high = self.limits(interval)
        rows = [[share, *(self._reached(1 - limit, share) for limit in (self.survival, low, high))] for share in shares]
        return pd.DataFrame(rows, columns=["share", "time", "low", "high"])

    def median(self, interval: str | None = None) -> tuple[float, float, float]:
        """Median with its interval: (median, low, high); infinite where not reached."""
        time, low, high = self.quantiles([0.5], interval).iloc[0, 1:].astype(float)
        return time, low, high

    def median_follow_up(self) -> tuple[float, float, float]:
        """Median follow-up with its interval: the reverse estimate, of censoring (Schemper and Smith 1996)."""
        data = self.data
        turned = Observations(data.time, ~data.event, data.entry, data.weights)
        return estimate_of(turned, self.interval, self.level).median()

    def _reached(self, fallen: np.ndarray, share: float) -> float:
        known = np.isfinite(fallen)
        times, fallen = np.append(0.0, self.times[known]), np.append(0.0, fallen[known])
        first = np.flatnonzero(fallen >= share - _SAME_SHARE)
        if not len(first):
            return np.inf
        later = np.flatnonzero(fallen >= share + _SAME_SHARE)
        if abs(fallen[first[0]] - share) < _SAME_SHARE:
            return float(times[first[0]] + (times[later[0]] if len(later) else times[-1])) / 2
        return float(times[first[0]])

    def __repr__(self) -> str:
        median, low, high = self.median()
        words = f"{median:.4g} ({self.level:.0%} interval {low:.4g} to {high:.4g})"
        return f"Kaplan-Meier estimate: {len(self.data)} patients, {self.data.events:.6g} events, median {words}"


def kaplan_meier(
    time: object,
    event: object,
    *,
    entry: object = None,
    weights: object = None,
    interval: str = "log_log",
    level: float = 0.95,
) -> KaplanMeierEstimate:
    """Kaplan-Meier estimate of individual data, one row a patient.

    `event`: 1 or 0 (censored); `entry`: times of entry (left truncation); `weights`: of patients, as from matching;
    `interval`: ``log_log`` (default), ``log`` or ``plain``; `level` of the intervals. Raises `InputError` by row.

    >>> estimate = kaplan_meier([2, 3, 3, 5, 8], [1, 1, 0, 1, 0])
    >>> estimate.survival.round(3).tolist()
    [0.8, 0.6, 0.3, 0.3]
    >>> estimate
    Kaplan-Meier estimate: 5 patients, 3 events, median 5 (95% interval 2 to inf)
    """
    return estimate_of(observations(time, event, entry, weights), interval, level)


def estimate_of(data: Observations, interval: str = "log_log", level: float = 0.95) -> KaplanMeierEstimate:
    """Kaplan-Meier estimate of data that are checked already."""
    _known_interval(interval)
    if not 0 < level < 1:
        refuse([Fault("level", f"is {level:g}; it must lie between 0 and 1")], "the Kaplan-Meier estimate")
    times, row = np.unique(data.time, return_inverse=True)
    leaving = np.bincount(row, data.weights, len(times))
    events = np.bincount(row, data.weights * data.event, len(times))
    entered = _sum_up_to(data.entry, data.weights, times, side="left")
    entered += _sum_at(data.entry == 0, data.weights) * (times == 0)  # somebody followed from 0 is at risk at 0
    at_risk = entered - np.append(0.0, np.cumsum(leaving)[:-1])
    kept = leaving > 0
    times, events, leaving, at_risk = times[kept], events[kept], leaving[kept], at_risk[kept]
    last = events >= at_risk * (1 - 1e-12)
    shares = np.where(last, 0.0, 1 - events / at_risk)
    with np.errstate(divide="ignore"):
        variance = np.cumsum(np.where(events > 0, events / (at_risk * np.where(last, 0.0, at_risk - events)), 0.0))
    if np.any(data.weights != np.round(data.weights)):
        variance = _jackknife(data, times, events, at_risk, last)
    survival = np.cumprod(shares)
    return KaplanMeierEstimate(
        data, times, at_risk, events, leaving - events, survival, np.sqrt(variance), interval, level
    )


def _jackknife(
    data: Observations, times: np.ndarray, events: np.ndarray, at_risk: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Variance of log S as the sum of squares of what each patient adds to it, times the weight.

    Patient i adds A(min(t, time)) - A(entry) - event 1(time <= t) / (n - d), where A = sum d / (n (n - d)).
    """
    left = np.where(last, np.inf, at_risk - events)
    total = np.append(0.0, np.cumsum(events / (at_risk * left)))
    begun = total[np.searchsorted(times, data.entry, side="right")]
    place = np.searchsorted(times, data.time)
    place = np.minimum(place, len(times) - 1)
    own = total[place + 1] - begun - data.event / left[place]
    square = data.weights**2
    done = _sum_up_to(data.time, square * own**2, times)
    sums = [_sum_up_to(data.entry, square * begun**p, times) - _sum_up_to(data.time, square * begun**p, times)
            for p in range(3)]  # fmt: skip
    now = total[1:]
    variance = done + now**2 * sums[0] - 2 * now * sums[1] + sums[2]
    return np.where(np.logical_or.accumulate(last), np.inf, np.maximum(variance, 0.0))


def _sum_up_to(
    at: np.ndarray, values: np.ndarray, times: np.ndarray, side: Literal["left", "right"] = "right"
) -> np.ndarray:
    order = np.argsort(at, kind="stable")
    sums = np.append(0.0, np.cumsum(values[order]))
    return sums[np.searchsorted(at[order], times, side=side)]


def _sum_at(which: np.ndarray, values: np.ndarray) -> float:
    return float(values[which].sum())


def _known_interval(interval: str) -> str:
    if interval not in INTERVALS:
        hint = did_you_mean(interval, INTERVALS)
        what = f"is '{interval}'; it must be one of {', '.join(INTERVALS)}.{hint}"
        refuse([Fault("interval", what)], "the Kaplan-Meier estimate")
    return interval
