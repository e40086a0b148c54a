"""Probabilities of an event by cycle, read off a survival curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from hecon.labels import CYCLE, wrap
from hecon.survival.adjust import rise
from hecon.survival.base import Curve


def conditional_probability(curve: Curve, edges: Sequence[float] | np.ndarray) -> np.ndarray | xr.DataArray:
    """Probability of the event in each cycle among those event-free at its start: 1 - S(end) / S(start).

    `edges`: where cycles start and end, in the curve's unit of time. The result is a vector over cycles, or a
    DataArray with the curve's dimensions and then ``cycle``. It is 1 where nobody is left at the start.

    >>> from hecon.survival.exponential import Exponential
    >>> conditional_probability(Exponential(0.2), [0, 1, 2]).round(6).tolist()
    [0.181269, 0.181269]
    """
    at, axes = np.asarray(edges, dtype=float), curve.axes
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        hazard = np.broadcast_to(curve._cumulative_hazard(at, axes), (*axes.shape, len(at)))
        probability = -np.expm1(-rise(hazard[..., :-1], hazard[..., 1:]))
    return wrap(probability, axes, **{CYCLE: len(at) - 1}) if axes.dims else probability
