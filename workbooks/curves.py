"""Survival curves from what is published, by hecon's own chain: individual data, fits, published summaries."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import numpy as np

import hecon as he
from workbooks.book import ROOT, Row, interval

PFS, OS = "progression_free_survival", "overall_survival"
_FIGURE = ROOT / "tests" / "published" / "evidence" / "ikema_pooled_pfs.json"
#: The families that are compared on the figure.
FAMILIES = ("exponential", "weibull", "gompertz", "lognormal", "loglogistic", "gamma")


@cache
def ikema_pooled() -> tuple[np.ndarray, np.ndarray]:
    """Times (months) and events of the 229 patients of the figure: the censored stand evenly between two steps."""
    figure = json.loads(_FIGURE.read_text(encoding="utf-8"))
    times, kinds = [], []
    steps = list(zip(figure["time"], figure["at_risk"], figure["events"], strict=True))
    before, left = 0.0, figure["patients"]
    for time, at_risk, events in [*steps, (figure["landmarks"]["time"][-1], 0, 0)]:
        gone = left - at_risk
        times += [*(before + (time - before) * (np.arange(gone) + 0.5) / max(gone, 1)), *[time] * events]
        kinds += [0] * gone + [1] * events
        before, left = time, at_risk - events
    return np.array(times, dtype=float), np.array(kinds)


@cache
def ikema_fits() -> dict[str, Any]:
    """Every family fitted to the pooled arms by maximum likelihood."""
    return {family: he.fit(family, *ikema_pooled()) for family in FAMILIES}


def spread() -> tuple[float, float, float]:
    """Standard deviation of log time in the pooled arms, with its 95 % interval."""
    fit = ikema_fits()["lognormal"]
    value, error = float(fit.parameters["sdlog"]), math.sqrt(float(np.asarray(fit.covariance)[1, 1]))
    return value, value * math.exp(-1.959964 * error), value * math.exp(1.959964 * error)


def from_median_and_landmark(
    median: tuple[float, float, float | None], time: float, share: tuple[float, float, float]
) -> Any:
    """Lognormal through a median and a landmark, with the covariance of their intervals.

    An upper end of the median that was not reached is as far above it as the lower one is below, on the log scale.
    """
    value, low, high = median
    landmark = he.published("survival", *share, at=time)
    return he.fit_published("lognormal", [he.published("median", value, low, high or value * value / low), landmark])


def landmark(share: float, patients: int) -> tuple[float, float, float]:
    """Give a share with Wilson's interval for so many patients, none censored before: wider than no interval at all."""
    return (share, *interval(share, patients))


def rows_of(fit: Any, strategy: str, endpoint: str, source: str, note: str, status: str = "derived") -> list[Row]:
    """Rows of Survival for a lognormal that was fitted to published summaries; ranges from its covariance."""
    rows = []
    for name in ("meanlog", "sdlog"):
        value, error = fit.coefficients[name], math.sqrt(fit.covariance.loc[name, name])
        ends = [value * math.exp(side * 1.959964 * error) for side in (-1, 1)]
        if name == "meanlog":
            ends = [value + side * 1.959964 * error for side in (-1, 1)]
        rows.append(
            {
                "parameter": name,
                "strategy": strategy,
                "endpoint": endpoint,
                "family": "lognormal",
                "value": _digits(value),
                "unit": "log months",
                "low": _digits(ends[0]),
                "high": _digits(ends[1]),
                "distribution": "multivariate_normal",
                "status": status,
                "source": source,
                "note": note,
            }
        )
    return rows


def covariance_of(fit: Any, strategy: str, endpoint: str) -> list[Row]:
    """Rows of Covariance for such a fit: meanlog, and the logarithm of sdlog."""
    pairs = (("meanlog", "meanlog"), ("meanlog", "sdlog"), ("sdlog", "sdlog"))
    keys = {"strategy": strategy, "endpoint": endpoint, "family": "lognormal"}
    return [
        {**keys, "parameter_1": a, "parameter_2": b, "covariance": _digits(fit.covariance.loc[a, b])} for a, b in pairs
    ]


def _digits(value: float) -> float:
    return float(f"{value:.6g}")
