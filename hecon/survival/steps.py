"""Curves given by numbers at times: looking up the interval that holds a time, with labels in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from hecon.errors import Fault
from hecon.labels import Axes, Value, expand
from hecon.survival.written import Written
from hecon.symbols.draft import find_place, is_fixed, running, value_at
from hecon.symbols.expression import Symbol, is_symbolic, number_of


def numbers(values: Iterable[float] | np.ndarray) -> tuple[float, ...]:
    """Give times or other plain numbers as a tuple."""
    return tuple(np.asarray(values, dtype=float).ravel().tolist())


def one_by_one(values: Sequence[Value] | np.ndarray) -> tuple[Any, ...]:
    """Give the values at successive times as a tuple of numbers or labelled arrays."""
    return tuple(value if isinstance(value, xr.DataArray | Symbol) else float(value) for value in values)


def time_faults(times: Sequence[float], values: Sequence[object], what: str, *, first_is_0: bool) -> list[Fault]:
    """Say what is wrong with the times of a table: their number, their order, their start."""
    if len(times) != len(values) or not times:
        return [Fault("times", f"has {len(times)} times for {len(values)} {what}; give one {what} for each time")]
    if np.any(same := np.diff(times) == 0):
        place = int(np.argmax(same))
        twice = f"holds time {times[place]:g} twice (places {place + 1} and {place + 2})"
        return [Fault("times", f"{twice}; give each time once, with the {what} after all that happens then")]
    if not np.all(np.isfinite(times)) or times[0] < 0 or np.any(np.diff(times) <= 0):
        return [Fault("times", "must be finite, at least 0, and increase from one to the next")]
    if first_is_0 and times[0] != 0:
        return [Fault("times", f"begins at {times[0]:g}; the first interval begins at time 0")]
    return []


def survival_faults(times: Sequence[float], survival: Sequence[Value]) -> list[Fault]:
    """Say where survival is not 1 at time 0, or rises from one time to the next."""
    if times[0] == 0 and np.any(number_of(np.asarray(survival[0])) != 1):
        return [Fault("survival", f"is {np.min(survival[0]):g} at time 0; it must be 1")]
    for before, after in zip(survival, survival[1:], strict=False):
        rise = np.asarray(number_of(np.asarray(after - before)))
        if np.any(rise > 0):
            return [Fault("survival", f"rises by {rise.max():.4g} from one time to the next; survival never rises")]
    return []


def in_rows(values: Sequence[Value], axes: Axes) -> np.ndarray:
    """Lay values out on `axes` with a last dimension for the times they stand at, contiguous."""
    if all(isinstance(value, float) for value in values):  # a life table of plain numbers, at every step of an integral
        return np.array(values).reshape(*(1 for _ in axes.dims), len(values))
    columns = np.broadcast_arrays(*(expand(value, axes) for value in values))
    return np.ascontiguousarray(np.stack(columns, axis=-1))


def interval_of(starts: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Index of the interval that holds each time: the last start at or before it, -1 before the first."""
    return np.searchsorted(starts, t, side="right") - 1


def look_up(rows: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Give rows[..., index]; an index with leading dimensions goes with those of the rows."""
    if index.ndim == 1:
        return np.take(rows, index, axis=-1)
    lead = np.broadcast_shapes(rows.shape[:-1], index.shape[:-1])
    rows = np.broadcast_to(rows, (*lead, rows.shape[-1]))
    return np.take_along_axis(rows, np.broadcast_to(index, (*lead, index.shape[-1])), axis=-1)


def accumulated(starts: np.ndarray, rates: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Give the integral from the first start to `t` of a rate that is constant from each start to the next."""
    reached = np.zeros(rates.shape)
    np.cumsum(rates[..., :-1] * np.diff(starts), axis=-1, out=reached[..., 1:])
    index = interval_of(starts, t)
    return look_up(reached, index) + look_up(rates, index) * (t - starts[index])


def time_at_accumulated(starts: np.ndarray, rates: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Give the first time at which `accumulated` reaches a target; infinite where it never does."""
    reached = np.zeros(rates.shape)
    np.cumsum(rates[..., :-1] * np.diff(starts), axis=-1, out=reached[..., 1:])
    lead = np.broadcast_shapes(reached.shape[:-1], target.shape[:-1])
    target = np.broadcast_to(target, (*lead, target.shape[-1]))
    # The interval in which the target is met: as many as have been passed strictly before it.
    index = (np.expand_dims(reached, -2) < target[..., None]).sum(axis=-1) - 1
    index = np.maximum(index, 0)
    missing = np.maximum(target - look_up(reached, index), 0.0)
    rate = look_up(rates, index)
    waited = np.divide(missing, rate, out=np.where(missing > 0, np.inf, 0.0), where=rate > 0)
    return starts[index] + waited


# --- the same in formulas ---


def place_of(starts: np.ndarray, t: np.ndarray, at: Written) -> np.ndarray:
    """Index of the interval that holds each time, counted from 0; a look-up where times depend on inputs."""
    if not is_symbolic(starts) and is_fixed(t):
        return interval_of(starts, number_of(t))
    return find_place(starts, t, at.axes, at.name)


def at_place(rows: np.ndarray, index: np.ndarray, at: Written) -> np.ndarray:
    """Give rows[..., index], as numbers, as cells or as look-ups."""
    if not is_symbolic(index):
        return look_up(rows, index)
    return value_at(rows, index, at.axes, at.name)


def running_total(parts: np.ndarray, every: int, at: Written) -> np.ndarray:
    """Sums of all parts before every so many of them, from none to all (last dimension)."""
    sums = running(at.name, parts, at.axes, at.along)
    none = np.zeros((*parts.shape[:-1], 1), dtype=parts.dtype)
    return np.concatenate([none, sums[..., every - 1 :: every]], axis=-1)


def running_product(parts: np.ndarray, at: Written) -> np.ndarray:
    """Products of all parts before each of them, from none to all (last dimension)."""
    products = running(at.name, parts, at.axes, at.along, np.multiply)
    one = np.ones((*parts.shape[:-1], 1)).astype(parts.dtype)
    return np.concatenate([one, products], axis=-1)
