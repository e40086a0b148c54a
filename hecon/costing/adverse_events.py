"""Adverse events: what they cost and what they take from quality of life, once per patient.

Both are amounts per patient who starts treatment; the ledger line says when they fall.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from hecon.labels import axes_of, expand, with_data, wrap
from hecon.measured import Measure
from hecon.symbols.draft import named_values
from hecon.units import MONEY, TIME

if TYPE_CHECKING:
    from hecon.parameters import Parameters

#: What the two give: money, and QALYs.
EVENTS_COST = Measure({MONEY: 1}, text="the cost of adverse events", told=True)
EVENTS_LOSS = Measure({TIME: 1}, text="the QALYs lost to adverse events", worth=True, told=True)


def adverse_event_cost(p: Parameters) -> xr.DataArray:
    """Cost of adverse events by kind: incidence x cost, on (draw, strategy, event) as far as it varies.

    Parameters: adverse_event_incidence (events per patient), adverse_event_cost (per event).

    >>> from hecon.parameters import Parameters
    >>> from hecon.settings import Settings
    >>> def by_event(x): return xr.DataArray([x], dims="event", coords={"event": ["anaemia"]})
    >>> values = {"adverse_event_incidence": by_event(0.3), "adverse_event_cost": by_event(1000.0)}
    >>> adverse_event_cost(Parameters(values, {"event": ("anaemia",)}, Settings())).item()
    300.0
    """
    cost = p.told(_product(p.adverse_event_incidence, p.adverse_event_cost), EVENTS_COST)
    return named_values("Adverse events, cost", cost, p.settings.currency)


def adverse_event_qaly_loss(p: Parameters) -> xr.DataArray:
    """QALYs lost to adverse events by kind (a positive number): incidence x disutility x duration in years.

    Parameters: adverse_event_incidence, adverse_event_disutility (a positive number) and
    adverse_event_duration_days; days become years by the setting ``days_per_year``. Dimensions as
    those of `adverse_event_cost`.
    """
    loss = _product(p.adverse_event_incidence, p.adverse_event_disutility, p.adverse_event_duration_days)
    loss = with_data(loss, loss.values / p.settings.days_per_year)
    return named_values("Adverse events, QALYs lost", p.told(loss, EVENTS_LOSS), "QALYs")


def _product(*parameters: xr.DataArray) -> xr.DataArray:
    axes = axes_of(*parameters)
    values = np.ones(())
    for parameter in parameters:
        values = values * expand(parameter, axes)
    return wrap(values, axes)
