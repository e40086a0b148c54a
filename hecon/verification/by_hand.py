"""Arithmetic a second time, written plainly: discount factors, accrual and sums cycle by cycle.

Nothing here uses the weights of the timeline or the settling of the ledger, which it is there to check.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xarray as xr

from hecon.costing.ledger import Line, Outcome
from hecon.flows import SharesAtTimes
from hecon.labels import CYCLE, DOSE_DAY, STRATEGY, axes_of, expand, own_axes, wrap
from hecon.settings import Rate, Settings
from hecon.timeline import SAME_TIME, DoseDays, Timeline
from hecon.verification.record import need


@lru_cache(maxsize=8192)
def discounted(time: float, rate: Rate, form: str) -> float:
    """Present value of 1 at a time in years, year by year of the schedule of rates.

    >>> round(discounted(2.0, 0.03, "effective"), 6)
    0.942596
    """
    steps = [(0.0, float(rate))] if isinstance(rate, int | float) else list(rate)
    value, ends = 1.0, [start for start, _ in steps[1:]] + [math.inf]
    for (start, annual), end in zip(steps, ends, strict=True):
        years = max(0.0, min(time, end) - start)
        value *= (1 + annual) ** -years if form == "effective" else math.exp(-annual * years)
    return value


def rate_of(kind: str, settings: Settings) -> Rate:
    """Discount rate of costs, or of effects."""
    return settings.discount_rate_cost if kind == "cost" else settings.discount_rate_effect


def when(left: float, right: float, timing: str) -> tuple[float, float]:
    """Times at which the start and the end of a cycle are discounted."""
    if timing == "edges":
        return left, right
    one = {
        "mid_cycle": (left + right) / 2,
        "cycle_start": left,
        "cycle_end": right,
        "annual_step": float(math.floor(left + SAME_TIME)),
    }[timing]
    return one, one


@lru_cache(maxsize=8)
def ends_of_cycles(time: Timeline, rate: Rate | None) -> tuple[np.ndarray, np.ndarray]:
    """Discount factors at the start and the end of every cycle."""
    settings, edges = time.settings, time.edges.tolist()
    pairs = [when(a, b, settings.discount_timing) for a, b in zip(edges, edges[1:], strict=False)]
    if rate is None:
        return np.ones(len(pairs)), np.ones(len(pairs))
    factors = [[discounted(at, rate, settings.discount_form) for at in pair] for pair in pairs]
    return np.array(factors)[:, 0], np.array(factors)[:, 1]


def by_cycle(line: Line, time: Timeline, rate: Rate | None) -> xr.DataArray:
    """What a line adds in each cycle, discounted at `rate`: the flow by the accrual rule times every factor."""
    if line.days is not None:
        return _by_day(line, line.days, time, rate)
    flow, rule, axes = line.flow.values, line.flow.rule, line.flow.axes
    at_start, at_end = ends_of_cycles(time, rate)
    if rule == "residence":
        accrual = time.settings.accrual
        need(accrual in ("life_table", "start", "end"), f"the accrual rule {accrual} is not written a second time")
        left, right = {"life_table": (0.5, 0.5), "start": (1.0, 0.0), "end": (0.0, 1.0)}[str(accrual)]
        lengths = np.diff(time.edges)
        accrued = lengths * (left * at_start * flow[..., :-1] + right * at_end * flow[..., 1:])
    elif rule == "start":
        accrued = flow * at_start
    elif rule == "event":
        accrued = flow * ((at_start + at_end) / 2)
    else:  # once, at the start
        accrued = np.zeros((*flow.shape[:-1], time.cycles))
        accrued[..., 0] = flow[..., 0]
    amounts = wrap(accrued, axes, **{CYCLE: time.cycles})
    for factor in line.factors:
        if isinstance(factor, xr.DataArray) and CYCLE in factor.dims and factor.sizes[CYCLE] != time.cycles:
            place = _model_cycle(time)
            factor = factor.isel({CYCLE: place})
        amounts = _product(amounts, factor)
    return amounts


def _product(one: xr.DataArray, other: xr.DataArray | float) -> xr.DataArray:
    """Multiply by labels, which must be the same on both sides."""
    axes = axes_of(one, other)
    return wrap(expand(one, axes) * expand(other, axes), axes)


def _by_day(line: Line, days: DoseDays, time: Timeline, rate: Rate | None) -> xr.DataArray:
    """What a line of doses adds in each cycle: shares on its days, each discounted at its own, then put in cycles."""
    need(isinstance(line.flow.shares, SharesAtTimes), f"{line.name}: its shares are not known by day")
    assert isinstance(line.flow.shares, SharesAtTimes)
    inside = days.years < time.edges[-1] - SAME_TIME
    settings, axes = time.settings, line.flow.shares.axes
    whole = settings.discount_timing == "annual_step"
    when = [math.floor(at + SAME_TIME) if whole else at for at in days.years.tolist()]
    worth = [1.0 if rate is None else discounted(at, rate, settings.discount_form) for at in when]
    amounts = wrap(line.flow.shares.at(days.years) * np.array(worth), axes, **{DOSE_DAY: len(worth)})
    for factor in line.factors:
        amounts = _product(amounts, days.of_cycles(factor) if isinstance(factor, xr.DataArray) else factor)
    cycle = np.searchsorted(time.edges, days.years[inside] + SAME_TIME, side="right") - 1
    by_day = np.moveaxis(amounts.values, amounts.dims.index(DOSE_DAY), 0)[inside]
    summed = np.zeros((time.cycles, *by_day.shape[1:]))
    np.add.at(summed, cycle, by_day)
    return wrap(np.moveaxis(summed, 0, -1), own_axes(amounts).without(DOSE_DAY), **{CYCLE: time.cycles})


def _model_cycle(time: Timeline) -> list[int]:
    """Model cycle in which each cycle lies: horizons and price steps cut model cycles."""
    length = time.settings.cycle_years
    return [int((start + SAME_TIME) // length) for start in time.edges[:-1].tolist()]


def ledger(
    outcome: Outcome, time: Timeline, strategies: Sequence[str], *, discount: bool
) -> dict[tuple[str, str], np.ndarray]:
    """Total of every line by kind and name: (strategy, horizon), summed over cycles and details one after another."""
    inside = [[right <= horizon + SAME_TIME for right in time.edges[1:].tolist()] for horizon in time.horizons]
    found: dict[tuple[str, str], np.ndarray] = {}
    for line in outcome.lines:
        rate = rate_of(line.kind, time.settings) if discount else None
        amounts = by_cycle(line, time, rate)
        details = tuple(place for place, dim in enumerate(amounts.dims) if dim not in (STRATEGY, CYCLE))
        # The dimension strategy comes first, where there is one.
        table = np.broadcast_to(amounts.values.sum(axis=details), (len(strategies), time.cycles))
        found[line.kind, line.name] = np.stack([table[:, chosen].sum(axis=1) for chosen in inside], axis=1)
    return found
