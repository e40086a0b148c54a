"""Settling the ledger: every line is discounted and summed over time, for every horizon at once.

Accrual, discounting and horizons are weights; a flow is summed with them before it is multiplied by what does not vary
along time. All lines say first what they sum, so that shares which several of them sum are gone over once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, reduce

import numpy as np
import xarray as xr

from hecon.costing.ledger import ALONG_TIME, Kind, Line, Settled, in_steps
from hecon.errors import AlignmentError, LineError
from hecon.flows import Flow, Rule, SharesAtTimes, SumOverTime, Weighed, done, only, weigh
from hecon.frozen import frozen
from hecon.labels import CYCLE, DOSE_DAY, DRAW, Axes, axes_of, expand, join_axes, onto_axes, own_axes
from hecon.once import once_for_same, read_only
from hecon.scratch import scratch_like
from hecon.settings import Rate, Settings
from hecon.timeline import DoseDays, Timeline

#: Discount rates side by side; None does not discount.
Rates = tuple[Rate | None, ...]


@frozen
class _Asked:
    """A line whose flow is not summed yet: its sums and their axes, those of the line, and what multiplies the sums."""

    line: Line
    sums: Weighed
    sums_axes: Axes
    axes: Axes
    rest: Sequence[xr.DataArray | float]


def settle(lines: Sequence[Line], time: Timeline, labels: Mapping[str, Sequence[str]]) -> list[Settled]:
    """Discount and sum every line, for all horizons at once.

    All lines say first what they sum, so that shares which several of them sum are gone over once. Raises `LineError`
    for factors whose labels do not fit the flow's, dimensions that nobody declared, and sums that are not finite,
    naming the line.
    """
    return list(settled_in_turn(lines, time, labels))


def settled_in_turn(lines: Sequence[Line], time: Timeline, labels: Mapping[str, Sequence[str]]) -> Iterator[Settled]:
    """Settle lines as `settle` does, one after the other: who puts each away soon needs memory for one."""
    known: dict[tuple[int, str], Weighed] = {}
    asked = [_ask(line, time, labels, known) for line in lines]
    different = {id(one.sums): one.sums for one in asked}
    found = dict(zip(different, weigh(list(different.values())), strict=True))
    for one in asked:
        yield _settled(one, found[id(one.sums)])


def _ask(
    line: Line, time: Timeline, labels: Mapping[str, Sequence[str]], known: dict[tuple[int, str], Weighed]
) -> _Asked:
    """Say what a line sums; lines that sum the same flow by the same weights share it."""
    try:
        factors = [in_steps(factor, time, line.days) for factor in line.factors]
        axes = join_axes(line.flow.axes, axes_of(*factors).without(*ALONG_TIME))
    except AlignmentError as error:
        raise LineError(f"line '{line.name}': {error}") from error
    by_step = [f for f in factors if isinstance(f, xr.DataArray) and any(dim in f.dims for dim in ALONG_TIME)]
    rest = [factor for factor in factors if not any(factor is other for other in by_step)]
    _declared(line, axes, labels)
    rate = _rate_of(line.kind, time.settings)
    if by_step:
        sums, sums_axes = _by_step(line.flow, line.days, by_step, (rate, None))
    elif line.days is not None:
        sums, sums_axes = _on_days(line.flow, line.days, _day_weights(line.days, (rate, None))), line.flow.axes
    else:
        key = (id(line.flow), repr(rate))
        if key not in known:
            known[key] = line.flow.shares.weighed(_rule_weights(line.flow.time, line.flow.rule, (rate, None)))
        sums, sums_axes = known[key], line.flow.axes
    return _Asked(line, sums, sums_axes, axes, rest)


def _settled(asked: _Asked, sums: np.ndarray) -> Settled:
    """Multiply what was summed by what does not vary along time, and add up what each horizon adds."""
    line, axes = asked.line, asked.axes
    values = onto_axes(sums, asked.sums_axes, axes)
    whole = (*axes.shape, values.shape[-1])
    if asked.rest:  # among themselves first: they do not vary by horizon
        product = reduce(np.multiply, (expand(factor, axes) for factor in asked.rest))
        laid_out = scratch_like(values[..., 0], axes.shape)
        laid_out[...] = product
        values = np.multiply(values, laid_out[..., None], out=scratch_like(values, whole))
    else:  # others may have asked for the same sums
        values = scratch_like(values, whole)
        values[...] = onto_axes(sums, asked.sums_axes, axes)
    if line.onto is not None:
        values, axes = _sum_onto(values, axes, line.onto)
    by_horizon = values.reshape(*axes.shape, 2, values.shape[-1] // 2)
    for place in range(1, by_horizon.shape[-1]):
        by_horizon[..., place] += by_horizon[..., place - 1]
    last = by_horizon[..., -1]
    if not np.isfinite(last).all():
        raise LineError(f"line '{line.name}' is not a finite number{_first_bad(last, axes)}")
    return Settled(line.name, line.kind, axes, by_horizon, line.flow.state)


def _rate_of(kind: Kind, settings: Settings) -> Rate:
    """Discount rate of a kind of line."""
    return settings.discount_rate_cost if kind == "cost" else settings.discount_rate_effect


def _on_days(flow: Flow, days: DoseDays, weights: np.ndarray) -> Weighed:
    """Weigh shares on the days of doses."""
    assert isinstance(flow.shares, SharesAtTimes)
    return only(SumOverTime(flow.shares.laid_out(days.years), weights))


def _by_step(flow: Flow, days: DoseDays | None, factors: Sequence[xr.DataArray], rates: Rates) -> tuple[Weighed, Axes]:
    """Weigh a flow with factors by cycle or by day: folded into the weights where they have no draws."""
    if flow.rule == "once":
        raise LineError("a factor that varies by cycle cannot multiply a flow at the start")
    step, count = (CYCLE, flow.time.cycles) if days is None else (DOSE_DAY, len(days.years))
    by_draw = [factor for factor in factors if DRAW in factor.dims]
    profile = _profile_of(step, count, *(factor for factor in factors if DRAW not in factor.dims))
    if by_draw:
        return _multiplied(flow, days, by_draw, profile, rates)
    if days is not None:
        asked = _on_days(flow, days, profile.folded(_day_weights(days, rates), flow.axes))
    elif flow.rule == "residence":
        asked = flow.shares.weighed(_on_edges(flow, profile, rates))
    else:
        weights = _rule_weights(flow.time, flow.rule, rates)
        asked = flow.shares.weighed(profile.folded(weights, flow.axes))
    return profile.unfolded(asked, flow.axes, len(rates) * len(flow.time.horizons))


def _multiplied(
    flow: Flow, days: DoseDays | None, by_draw: Sequence[xr.DataArray], profile: _Profile, rates: Rates
) -> tuple[Weighed, Axes]:
    """Multiply the shares themselves by factors that vary by draw and step, and weigh them at once: they are large."""
    total: np.ndarray | None = None
    axes = join_axes(flow.axes, axes_of(*by_draw).without(profile.step))
    wide = Axes({**axes.labels, profile.step: profile.count})
    for shares, weights in _sides(flow, days, rates):
        own = onto_axes(shares, flow.axes, axes)
        for factor in by_draw:
            own = own * expand(factor, wide)
        own = np.broadcast_to(own, (*axes.shape, profile.count))
        part = weigh([only(SumOverTime(own, profile.folded(weights, axes)))])[0]
        total = part if total is None else total + part
    assert total is not None
    return profile.unfolded(done(total), axes, len(rates) * len(flow.time.horizons))


@frozen
class _Profile:
    """Factors by step that do not vary by draw, multiplied: `values` on `axes` and then steps."""

    values: np.ndarray
    axes: Axes
    step: str
    count: int

    def folded(self, weights: np.ndarray, axes: Axes) -> np.ndarray:
        """Weights (steps, columns) times the profile.

        A leading dimension for each of the flow's `axes`, and columns of its own for each label of the others.
        """
        return _folded(self.values, weights, self.axes.dims, axes.dims)

    def unfolded(self, asked: Weighed, axes: Axes, columns: int) -> tuple[Weighed, Axes]:
        """Give the columns of each label dimensions of their own again, and the axes that the sums have then."""
        extra = self.axes.without(*axes.dims)
        joined, now = join_axes(axes, extra), (*axes.dims, *extra.dims)
        order = [now.index(dim) for dim in joined.dims]

        def then(parts: Sequence[np.ndarray]) -> np.ndarray:
            return asked.then(parts).reshape(*axes.shape, *extra.shape, columns).transpose(*order, len(order))

        return Weighed(asked.products, then), joined


@once_for_same(32)
def _profile_of(step: str, count: int, *factors: xr.DataArray) -> _Profile:
    """Multiply factors by step."""
    axes = axes_of(*factors).without(step)
    values = np.ones((*axes.shape, count))
    for factor in factors:
        values = values * expand(factor, Axes({**axes.labels, step: count}))
    return _Profile(read_only(values), axes, step, count)


@once_for_same(16)
def _folded(values: np.ndarray, weights: np.ndarray, own: tuple[str, ...], dims: tuple[str, ...]) -> np.ndarray:
    """Fold a profile on its `own` dimensions, and then steps, into weights of a flow with some of these dimensions."""
    extra = [dim for dim in own if dim not in dims]
    sizes = dict(zip(own, values.shape, strict=False))
    count, columns, size = values.shape[-1], weights.shape[-1], math.prod(sizes[dim] for dim in extra)
    order = [own.index(dim) for dim in (*dims, *extra) if dim in own]
    lead = [sizes.get(dim, 1) for dim in dims]
    laid_out = values.transpose(*order, len(order)).reshape(*lead, size, count)
    # In the order of rows, so that what is laid out next is no copy.
    folded = np.multiply(np.swapaxes(laid_out, -1, -2)[..., None], weights[:, None, :], order="C")
    return folded.reshape(*lead, count, size * columns)


@lru_cache(maxsize=64)
def _rule_weights(time: Timeline, rule: Rule, rates: Rates) -> np.ndarray:
    """What each horizon adds to the weights of a rule until the one before, at each rate, side by side."""
    once = np.ones((1, len(time.horizons)))
    return _at_rates([once if rule == "once" else time.weights(rule, rate) for rate in rates])


@lru_cache(maxsize=64)
def _day_weights(days: DoseDays, rates: Rates) -> np.ndarray:
    """The same of days of doses."""
    return _at_rates([days.weights(rate) for rate in rates])


def _at_rates(weights: Sequence[np.ndarray]) -> np.ndarray:
    found = np.concatenate([_added(one) for one in weights], axis=1)
    found.flags.writeable = False
    return found


def _added(weights: np.ndarray) -> np.ndarray:
    """What each horizon adds to the weights (steps, horizons) of the one before: nothing, for most of the time."""
    added = weights.copy()
    added[:, 1:] -= weights[:, :-1]
    return added


def _by_offset(time: Timeline, rates: Rates) -> dict[int, np.ndarray]:
    """Weights of residence by the edge's offset from the start of each cycle, as `_rule_weights` lays them out."""
    parts = [time.residence_by_cycle(rate) for rate in rates]
    return {offset: np.concatenate([_added(part[offset]) for part in parts], axis=1) for offset in parts[0]}


def _on_edges(flow: Flow, profile: _Profile, rates: Rates) -> np.ndarray:
    """Weights of residence times a profile by cycle, added up where cycles share an edge."""
    total: np.ndarray = np.zeros(())
    for offset, weights in _by_offset(flow.time, rates).items():
        cycles = np.flatnonzero(weights.any(axis=1))
        folded = profile.folded(weights, flow.axes)
        if not total.ndim:
            total = np.zeros((*folded.shape[:-2], len(flow.time.edges), folded.shape[-1]))
        total[..., cycles + offset, :] += folded[..., cycles, :]
    return total


def _sides(flow: Flow, days: DoseDays | None, rates: Rates) -> list[tuple[np.ndarray, np.ndarray]]:
    """Shares of a flow by step, with what each step weighs at each rate: one side, or one for each end of a cycle."""
    if days is not None:
        assert isinstance(flow.shares, SharesAtTimes)
        return [(flow.shares.at(days.years), _day_weights(days, rates))]
    if flow.rule != "residence":
        return [(flow.values, _rule_weights(flow.time, flow.rule, rates))]
    return [
        (_at_offset(flow.values, offset), weights)
        for offset, weights in _by_offset(flow.time, rates).items()
        if weights.any()
    ]


def _at_offset(values: np.ndarray, offset: int) -> np.ndarray:
    """Shares at the edge this far from the start of each cycle; beyond the ends, where nothing is weighed, the last."""
    cycles = values.shape[-1] - 1
    if offset in (0, 1):
        return values[..., offset : offset + cycles]
    return values[..., np.clip(np.arange(cycles) + offset, 0, cycles)]


def _sum_onto(values: np.ndarray, axes: Axes, onto: xr.DataArray) -> tuple[np.ndarray, Axes]:
    """Sum an inner dimension onto an outer one by a 0/1 matrix (inner, outer)."""
    inner, outer = map(str, onto.dims)
    place = axes.dims.index(inner)
    summed = scratch_like(values, (*values.shape[:place], onto.shape[1], *values.shape[place + 1 :]))
    each, totals = np.moveaxis(values, place, 0), np.moveaxis(summed, place, 0)
    for total, places in zip(totals, _places(onto), strict=True):
        total[...] = each[places[0]] if places else 0.0
        for one in places[1:]:
            total += each[one]
    names = own_axes(onto).labels[outer]
    return summed, Axes(
        {(outer if dim == inner else dim): (names if dim == inner else n) for dim, n in axes.labels.items()}
    )


@once_for_same(16)
def _places(onto: xr.DataArray) -> list[list[int]]:
    """Places on the inner dimension of a 0/1 matrix (inner, outer) that are summed onto each on the outer one."""
    return [np.flatnonzero(own).tolist() for own in onto.values.T]


def _declared(line: Line, axes: Axes, labels: Mapping[str, Sequence[str]]) -> None:
    inner = str(line.onto.dims[0]) if line.onto is not None else None
    for dim, names in axes.labels.items():
        if dim in (DRAW, inner):
            continue
        if dim not in labels:
            raise LineError(f"line '{line.name}': '{dim}' is not a declared dimension ({', '.join(labels)})")
        if names != tuple(labels[dim]):
            raise LineError(
                f"line '{line.name}': its labels of '{dim}' are {names}, but {tuple(labels[dim])} are declared"
            )


def _first_bad(values: np.ndarray, axes: Axes) -> str:
    place = np.argwhere(~np.isfinite(values))[0][:-1]
    where = [f"{dim} {label}" for dim, label in zip(axes.dims, axes.at(place), strict=True)]
    return f" for {', '.join(where)}" if where else ""
