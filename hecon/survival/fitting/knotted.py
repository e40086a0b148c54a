"""Forms with knots: Royston-Parmar splines and the piecewise exponential."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hecon.survival.base import Curve
from hecon.survival.fitting import jets
from hecon.survival.fitting.forms import IDENTITY, LOG, Coefficients, Form
from hecon.survival.fitting.jets import Varying
from hecon.survival.piecewise_exponential import PiecewiseExponential
from hecon.survival.spline import Spline, spline_basis, spline_slopes


class SplineForm(Form):
    """A spline of log time on the scale of hazard, odds or normal quantile; `log_knots` with the boundary ones."""

    location = "gamma_0"

    def __init__(self, log_knots: Sequence[float], scale: str) -> None:
        self.family, self.log_knots, self.scale = "spline", tuple(map(float, log_knots)), scale
        self.names = tuple(f"gamma_{place}" for place in range(len(self.log_knots)))
        self.links = (IDENTITY,) * len(self.names)
        self._sizes = spline_basis(np.array(self.log_knots), self.log_knots)

    def at(self, times: np.ndarray) -> Any:
        """Prepare what depends on times alone."""
        x = np.log(times)
        return x, spline_basis(x, self.log_knots), spline_slopes(x, self.log_knots)

    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""
        return self._log_survival(_line(at[1], p))

    def _log_survival(self, s: Varying) -> Varying:
        if self.scale == "hazard":
            return -jets.exp(s)
        return -jets.softplus(s) if self.scale == "odds" else jets.normal_log_tail(s)

    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""
        x, basis, slopes = at
        s, slope = _line(basis, p), jets.log(_line(slopes, p))
        if self.scale == "hazard":
            return s + slope - x - jets.exp(s)
        if self.scale == "odds":
            return s + slope - x - 2 * jets.softplus(s)
        return jets.normal_log_density(s) + slope - x

    def curve(self, values: Sequence[Any]) -> Curve:
        """Give the curve of natural parameters, numbers or labelled arrays."""
        return Spline(values, self.log_knots, self.scale)

    def unit_of(self, name: str, typical_time: float) -> float:
        """Give a size that a change of a parameter on the real line is measured by."""
        return 1 / max(1.0, float(np.abs(self._sizes[int(name.removeprefix("gamma_"))]).max()))


class PiecewiseForm(Form):
    """A hazard that is constant between `breaks`, times above 0."""

    location = "rate_1"

    def __init__(self, breaks: Sequence[float]) -> None:
        self.family, self.starts = "piecewise_exponential", np.array([0.0, *breaks])
        self.names = tuple(f"rate_{place + 1}" for place in range(len(self.starts)))
        self.links = (LOG,) * len(self.names)

    def at(self, times: np.ndarray) -> Any:
        """Prepare what depends on times alone."""
        ends = np.append(self.starts[1:], np.inf)
        exposure = np.clip(times - self.starts[:, None], 0.0, (ends - self.starts)[:, None])
        # An event at a break belongs to the interval before it, in which all who were at risk had spent their time.
        within = np.searchsorted(self.starts, times, side="left") - 1
        return exposure, (np.arange(len(self.starts))[:, None] == within).astype(float)

    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""
        return -_line(at[0], [jets.exp(rate) for rate in p])

    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""
        return _line(at[1], p) + self.log_survival(at, p)

    def curve(self, values: Sequence[Any]) -> Curve:
        """Give the curve of natural parameters, numbers or labelled arrays."""
        return PiecewiseExponential(tuple(self.starts.tolist()), values)


def _line(columns: np.ndarray, p: Coefficients) -> Varying:
    total = p[0] * columns[0]
    for column, parameter in zip(columns[1:], p[1:], strict=True):
        total = total + parameter * column
    return total
