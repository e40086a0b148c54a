"""What the hazard looks like before any family is chosen: piecewise, smoothed, and on the scale of log H."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hecon.errors import Fault, HeconError
from hecon.frozen import frozen
from hecon.survival.fitting.interval import z_of
from hecon.survival.fitting.kaplan_meier_estimate import KaplanMeierEstimate
from hecon.survival.fitting.observations import refuse

#: Bandwidths tried, as multiples of the pilot's, and places at which they are compared.
TRIED, PLACES = 0.2 + 0.825 * np.arange(25), 51
#: Halvings of the steps of a trapezoid at most, and the relative change below which it is good enough.
_HALVINGS, _ENOUGH = 5, 1e-3


def log_cumulative_hazard(estimate: KaplanMeierEstimate) -> pd.DataFrame:
    """Give what a log-cumulative-hazard plot shows: time, log_time, log_cumulative_hazard, log_odds, normal_quantile.

    Against log time a Weibull is a straight line in log H = log(-log S), a log-logistic in log odds log((1 - S) / S), a
    lognormal in the normal quantile of 1 - S; arms with proportional hazards, odds or acceleration are parallel. Only
    times with events at which S is between 0 and 1.

    >>> from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
    >>> log_cumulative_hazard(kaplan_meier([1, 2, 4], [1, 1, 1]))["log_cumulative_hazard"].round(3).tolist()
    [-0.903, 0.094]
    """
    from scipy.special import ndtri

    kept = (estimate.events > 0) & (estimate.survival > 0) & (estimate.times > 0)
    time, survival = estimate.times[kept], estimate.survival[kept]
    return pd.DataFrame(
        {
            "time": time,
            "log_time": np.log(time),
            "log_cumulative_hazard": np.log(-np.log(survival)),
            "log_odds": np.log((1 - survival) / survival),
            "normal_quantile": ndtri(1 - survival),
        }
    )


def piecewise_hazard(estimate: KaplanMeierEstimate, cuts: Sequence[float]) -> pd.DataFrame:
    """Events over person-time between cuts: start, end, at_risk, events, person_time, hazard, low, high.

    An interval holds its start and not its end. The limits are those of a Poisson count, by its log (exact where there
    are no events). Raises `InputError` for cuts that do not increase.

    >>> from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
    >>> piecewise_hazard(kaplan_meier([1, 2, 4], [1, 1, 1]), [0, 2, 4])["hazard"].round(3).tolist()
    [0.2, 0.5]
    """
    edges = np.asarray(cuts, dtype=float)
    if edges.ndim != 1 or len(edges) < 2 or np.any(~(np.diff(edges) > 0)) or edges[0] < 0:
        refuse([Fault("cuts", "must be at least two times of at least 0 that increase")], "the piecewise hazard")
    data, starts, ends = estimate.data, edges[:-1], edges[1:]
    inside = (data.time[:, None] >= starts) & (data.time[:, None] < ends) & data.event[:, None]
    events = data.weights @ inside
    spent = np.minimum(data.time[:, None], ends) - np.maximum(data.entry[:, None], starts)
    person_time = data.weights @ np.maximum(spent, 0.0)
    at_risk = estimate.at(starts)["at_risk"].to_numpy()
    hazard = np.divide(events, person_time, out=np.full(len(events), np.nan), where=person_time > 0)
    z = z_of(estimate.level)
    spread = np.exp(z / np.sqrt(np.where(events > 0, events, 1.0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        high = np.where(events > 0, hazard * spread, -np.log((1 - estimate.level) / 2) / person_time)
    columns = {
        "start": starts,
        "end": ends,
        "at_risk": at_risk,
        "events": events,
        "person_time": person_time,
        "hazard": hazard,
        "low": np.where(events > 0, hazard / spread, 0.0),
        "high": high,
    }
    return pd.DataFrame(columns)


@frozen
class _Increments:
    """The steps of the Nelson-Aalen estimate, and the place where smoothing ends."""

    times: np.ndarray
    sizes: np.ndarray
    end: float

    def smoothed(self, at: np.ndarray, bandwidth: np.ndarray) -> np.ndarray:
        """Give the kernel estimate sum K((t - time) / b) size / b."""
        distance = (at[:, None] - self.times) / bandwidth[:, None]
        return _kernel(distance, at, bandwidth, self.end) @ self.sizes / bandwidth


def _boundary_kernel(q: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Epanechnikov's kernel on [-1, q], which is the plain one where q is 1 (Mueller and Wang 1994, table 1)."""
    whole = np.maximum(1 + q, np.finfo(float).tiny ** 0.2)
    return 12 / whole**4 * (x + 1) * (x * (1 - 2 * q) + (3 * q**2 - 2 * q + 1) / 2)


def _kernel(distance: np.ndarray, at: np.ndarray, bandwidth: np.ndarray, end: float) -> np.ndarray:
    """Give the plain kernel, and near 0 and the end its boundary kernels."""
    left = np.minimum(at / bandwidth, 1.0)[:, None]
    right = np.minimum((end - at) / bandwidth, 1.0)[:, None]
    # Where both ends are near, the beginning counts.
    near_end = left >= 1
    x = np.where(near_end, -distance, distance)
    q = np.where(near_end, right, left)
    return np.where((x >= -1) & (x <= q), _boundary_kernel(q, x), 0.0)


def smoothed_hazard(
    estimate: KaplanMeierEstimate,
    *,
    until: float | None = None,
    bandwidth: float | str = "local",
    times: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Kernel-smoothed hazard with boundary correction: time, hazard, bandwidth (Mueller and Wang 1994).

    `until`: where smoothing ends, by default the last time with 10 at risk. `bandwidth`: ``local`` (default), which
    minimises the estimated mean squared error at each time and is then smoothed; ``global``, which minimises its sum;
    or a number. `times`: 101 from 0 to `until` unless given. Raises `InputError`; `HeconError` with under 3 events.

    Estimate and bandwidths are those of R's muhaz to rounding, but for ties of an event with a censored time: here the
    event comes first, there whichever stands first in the data.

    >>> from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
    >>> found = smoothed_hazard(kaplan_meier(range(1, 21), [1] * 20), until=10, bandwidth="global")
    >>> bool(0.03 < found["hazard"].mean() < 0.09)
    True
    """
    from scipy.special import digamma

    size = float(estimate.data.weights.sum())
    enough = estimate.times[estimate.at_risk >= min(10.0, size / 2)]
    end = float(enough[-1]) if until is None else float(until)
    if not end > 0:
        refuse([Fault("until", f"is {end:g}; it must be a number above 0")], "the smoothed hazard")
    events = estimate.events > 0
    if estimate.events[events].sum() < 3:
        raise HeconError("a smoothed hazard needs at least 3 events; use piecewise_hazard")
    # Tied events one after another: 1 / n + 1 / (n - 1) + ...
    left = np.maximum(estimate.at_risk - estimate.events, 0.0)
    steps = _Increments(estimate.times[events], (digamma(estimate.at_risk + 1) - digamma(left + 1))[events], end)
    at = np.linspace(0, end, 101) if times is None else np.asarray(times, dtype=float)
    if np.any((at < 0) | (at > end)):
        refuse([Fault("times", f"must lie between 0 and the end of smoothing, {end:g}")], "the smoothed hazard")
    if isinstance(bandwidth, str):
        if bandwidth not in ("local", "global"):
            refuse([Fault("bandwidth", f"is '{bandwidth}'; give local, global or a number")], "the smoothed hazard")
        widths = _best_bandwidths(estimate, steps, at, local=bandwidth == "local")
    else:
        widths = np.full(len(at), float(bandwidth))
        if not bandwidth > 0:
            refuse([Fault("bandwidth", f"is {bandwidth:g}; it must be above 0")], "the smoothed hazard")
    hazard = np.maximum(steps.smoothed(at, widths), 0.0)
    return pd.DataFrame({"time": at, "hazard": hazard, "bandwidth": widths})


def _best_bandwidths(estimate: KaplanMeierEstimate, steps: _Increments, at: np.ndarray, *, local: bool) -> np.ndarray:
    """Bandwidths of least mean squared error, squared bias and variance, as a pilot estimate has it."""
    pilot = steps.end / 8 / estimate.events.sum() ** 0.2
    places = np.arange(PLACES) * (steps.end / (PLACES - 1))
    size = float(estimate.data.weights.sum())
    before = np.maximum(steps.smoothed(places, np.full(PLACES, pilot)), 0.0)
    errors = []
    for width in TRIED * pilot:
        # The kernel's support in units of the bandwidth, cut at 0, or else at the end.
        near_start, near_end = places < width, places > steps.end - width
        right = near_end & ~near_start
        q = np.where(near_start, places, np.where(right, steps.end - places, width)) / width
        low, high = np.where(right, -q, -1.0), np.where(near_start, q, 1.0)
        step = (high - low) / 2**_HALVINGS
        away = low[:, None] + step[:, None] * np.arange(2**_HALVINGS + 1)
        there = (places[:, None] - width * away).ravel()
        hazard = np.maximum(steps.smoothed(there, np.full(there.size, pilot)), 0.0).reshape(away.shape)
        # Mirrored wherever the end is near, even where the beginning is too and would ask for it as it stands: muhaz
        # chooses so, and the widest bandwidths hang on it.
        kernel = _boundary_kernel(q[:, None], np.where(near_end[:, None], -away, away))
        surviving = _share_without_event(estimate, there, size).reshape(away.shape)
        mean, spread = _trapezoid(np.stack([kernel * hazard, kernel**2 * hazard / surviving]), step)
        errors.append((mean - before) ** 2 + spread / size / width)
    table = np.array(errors)
    if not local:
        return np.full(len(at), TRIED[table.sum(axis=1).argmin()] * pilot)
    # A kernel that reaches no event has no error, and tells nothing; where none reaches any, the widest is as good.
    reached = np.where(table > 0, table, np.inf)
    best = np.where(np.isfinite(reached).any(axis=0), TRIED[reached.argmin(axis=0)], TRIED[-1]) * pilot
    wide = np.full(len(at), 5 * pilot)
    weights = _kernel((at[:, None] - places) / wide[:, None], at, wide, steps.end)
    # Near an end weights may be negative: never narrower than the narrowest.
    return np.maximum(weights @ best / weights.sum(axis=1), TRIED[0] * pilot)


def _trapezoid(values: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Integrate along the last axis with ever smaller steps, until two of them agree for all of the first axis."""
    rules = []
    for stride in 2 ** np.arange(_HALVINGS, -1, -1):
        taken = values[..., ::stride]
        rules.append(step * stride * (taken.sum(axis=-1) - (taken[..., 0] + taken[..., -1]) / 2))
    found = np.stack(rules)
    agrees = (np.abs(np.diff(found, axis=0)) <= _ENOUGH * np.abs(found[:-1])).all(axis=1)
    first = np.where(agrees.any(axis=0), agrees.argmax(axis=0) + 1, _HALVINGS)
    return np.take_along_axis(found, first[None, None], axis=0)[0]


def _share_without_event(estimate: KaplanMeierEstimate, times: np.ndarray, size: float) -> np.ndarray:
    """Share of all patients without an event by another time, as if one more patient were there."""
    place = np.searchsorted(estimate.times, times, side="right")
    return 1 - np.append(0.0, np.cumsum(estimate.events))[place] / (size + 1)
