"""Restricted mean survival time of Kaplan-Meier estimates, with standard error, difference and ratio."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hecon.errors import Fault
from hecon.survival.fitting.interval import Interval, normal_interval
from hecon.survival.fitting.kaplan_meier_estimate import KaplanMeierEstimate
from hecon.survival.fitting.observations import refuse


def restricted_mean(estimate: KaplanMeierEstimate, horizon: float) -> Interval:
    """Mean time event-free up to `horizon`: the area under the Kaplan-Meier estimate.

    Variance sum A^2 d / (n (n - d)) over the events, A the area between the event and the horizon (Klein and
    Moeschberger 2003, equation 4.5.2). Raises `InputError` for a horizon beyond the data, where S is not 0.

    >>> from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
    >>> round(restricted_mean(kaplan_meier([2, 3, 3, 5, 8], [1, 1, 0, 1, 0]), 6).value, 3)
    4.3
    """
    last = float(estimate.times[-1])
    if not horizon > 0 or not np.isfinite(horizon):
        refuse([Fault("horizon", f"is {horizon:g}; it must be a number above 0")], "the restricted mean")
    if horizon > last and estimate.survival[-1] > 0:
        what = f"is {horizon:g}, but the data end at {last:g} with {estimate.survival[-1]:.1%} event-free"
        refuse([Fault("horizon", f"{what}; choose a horizon within the data, or fit a curve")], "the restricted mean")
    within = estimate.times <= horizon
    edges = np.concatenate([[0.0], estimate.times[within], [horizon]])
    areas = np.diff(edges) * np.append(1.0, estimate.survival[within])
    beyond = areas.sum() - np.cumsum(areas)[: within.sum()]
    steps = np.diff(np.append(0.0, estimate.standard_error_log[within] ** 2))
    variance = np.sum(beyond**2 * np.where(np.isfinite(steps), steps, 0.0))
    return normal_interval(float(areas.sum()), float(np.sqrt(variance)), estimate.level)


def compare_restricted_means(
    treated: KaplanMeierEstimate, control: KaplanMeierEstimate, horizon: float
) -> pd.DataFrame:
    """Difference and ratio of restricted mean survival times, with intervals and p values; one row each.

    The ratio by the delta method on its logarithm, whose standard error is given.

    >>> from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
    >>> one, other = kaplan_meier([4, 5, 8], [1, 0, 1]), kaplan_meier([2, 3, 6], [1, 1, 1])
    >>> compare_restricted_means(one, other, 6)["value"].round(3).tolist()
    [1.667, 1.455]
    """
    one, other = (restricted_mean(estimate, horizon) for estimate in (treated, control))
    error = float(np.hypot(one.standard_error, other.standard_error))
    difference = normal_interval(one.value - other.value, error, treated.level, null=0.0)
    relative = float(np.hypot(one.standard_error / one.value, other.standard_error / other.value))
    ratio = normal_interval(np.log(one.value / other.value), relative, treated.level, null=0.0, of_log=True)
    return pd.DataFrame([vars(difference), vars(ratio)], index=pd.Index(["difference", "ratio"], name="measure"))
