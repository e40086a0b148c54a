"""Estimates with limits from the normal distribution."""

from __future__ import annotations

import numpy as np

from hecon.frozen import frozen


def z_of(level: float) -> float:
    """Give how many standard errors to either side hold a level of the normal distribution.

    >>> round(z_of(0.95), 4)
    1.96
    """
    from scipy.special import ndtri  # scipy.stats takes half a second to load

    return float(ndtri((1 + level) / 2))


@frozen(eq=True)
class Interval:
    """An estimate with its standard error and limits, and the p value of its null; a ratio's error is of its log."""

    value: float
    standard_error: float
    low: float
    high: float
    p: float = np.nan


def normal_interval(
    value: float, error: float, level: float = 0.95, *, null: float = np.nan, of_log: bool = False
) -> Interval:
    """Give value -+ z error with its two-sided p value; on the log scale `value` is a log, and results are ratios."""
    from scipy.special import ndtr

    z = z_of(level)
    limits = np.array([value, value - z * error, value + z * error])
    p = float(2 * ndtr(-abs(value - null) / error)) if error > 0 else np.nan
    centre, low, high = (np.exp(limits) if of_log else limits).tolist()
    return Interval(centre, error, low, high, p)
