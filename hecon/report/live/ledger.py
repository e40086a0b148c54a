"""The ledger as cells: a column for each line and detail, and its sum at each horizon.

What `hecon.costing.ledger.settle` does in matrix products: flows times what one unit is worth, cycle by cycle, and then
one sum of products with the weights of the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from hecon.costing.ledger import ALONG_TIME, Kind, Line, in_steps
from hecon.flows import Flow, SharesAtTimes
from hecon.frozen import frozen
from hecon.labels import CYCLE, EDGE, STRATEGY, Axes, axes_of, expand, join_axes, onto_axes
from hecon.report.live.clock import ALONG, ENDS, Clock
from hecon.symbols.draft import DAY, Draft, named, span_of, total_of_products
from hecon.symbols.expression import Symbol
from hecon.timeline import DoseDays


@frozen
class WrittenLine:
    """One line of the ledger: its sums on `axes` (strategy, details) and horizon, discounted and not."""

    name: str
    kind: Kind
    axes: Axes
    discounted: np.ndarray
    undiscounted: np.ndarray

    def of(self, strategy: str) -> list[tuple[str, np.ndarray, np.ndarray]]:
        """Sums of one strategy by detail: its words, discounted and undiscounted sums by horizon."""
        rows = []
        for place in np.ndindex(self.axes.shape):
            labels = dict(zip(self.axes.dims, self.axes.at(place), strict=True))
            if labels.pop(STRATEGY, strategy) == strategy:
                rows.append((", ".join(labels.values()), self.discounted[place], self.undiscounted[place]))
        return rows


class Ledger:
    """Writes lines into a draft."""

    def __init__(self, draft: Draft, clock: Clock, currency: str) -> None:
        self._draft, self._clock = draft, clock
        self._units = {"cost": currency, "qaly": "QALYs", "life_years": "years"}
        #: Days on which any line is counted: all of them stand in one table of days.
        self.days: DoseDays | None = None

    def write(self, lines: Sequence[Line]) -> list[WrittenLine]:
        """Write every line and give its sums."""
        years = [line.days.years for line in lines if line.days is not None]
        if years:
            self.days = DoseDays(self._clock.time, np.unique(np.concatenate(years)))
            self._clock.with_days(self.days)
        return [self._line(line) for line in lines]

    def _line(self, line: Line) -> WrittenLine:
        by_step = [f for f in line.factors if isinstance(f, xr.DataArray) and _step_of(f)]
        parts = self._on_days(line) or self._flow(line.flow, split=bool(by_step))
        axes = join_axes(line.flow.axes, axes_of(*line.factors).without(*ALONG_TIME))
        factors = [self._factor(factor, axes, line) for factor in line.factors]
        horizons = len(self._clock.time.horizons)
        shape: tuple[int, ...] = ()
        sums: list[Any] = [0.0, 0.0]
        for rule, flow, flow_axes in parts:
            values = onto_axes(flow, flow_axes, axes)
            for factor in factors:
                values = values * factor
            values = np.broadcast_to(values, (*axes.shape, values.shape[-1]))
            if line.days is not None:
                values = np.where(np.isin(self._years, line.days.years), values, 0.0)
            values, own_axes = _summed(values, axes, line.onto)
            along = None if rule == "once" else ALONG.get(rule, CYCLE)
            cells = named(self._title(line, rule), values if along else values[..., 0], own_axes, along,
                          self._units[line.kind])  # fmt: skip
            shape = (*own_axes.shape, horizons)
            for twin, kind in enumerate((line.kind, None)):
                sums[twin] = sums[twin] + self._sums(cells, own_axes, rule, kind, line.name)
        final = _final_axes(axes, line.onto)
        done = [np.broadcast_to(np.asarray(part, dtype=object), shape) for part in sums]
        return WrittenLine(line.name, line.kind, final, done[0], done[1])

    def _title(self, line: Line, rule: str) -> str:
        name = f"{line.name} (QALYs)" if line.kind == "qaly" else line.name
        if rule in ("left", "right"):
            return f"{name}, {rule} end of the cycle"
        return f"{name}, a year" if rule == "residence" else name

    def _on_days(self, line: Line) -> list[tuple[str, np.ndarray, Axes]]:
        """Give the shares of those who pay for doses on each day, for a line of doses."""
        if line.days is None:
            return []
        assert isinstance(line.flow.shares, SharesAtTimes)
        shares = line.flow.shares.at(self._years)
        return [("day", named(line.flow.name, shares, line.flow.axes, DAY, "share"), line.flow.axes)]

    @property
    def _years(self) -> np.ndarray:
        assert self.days is not None
        return self.days.years

    def _flow(self, flow: Flow, *, split: bool) -> list[tuple[str, np.ndarray, Axes]]:
        """Give a flow as cells with the rule that weighs them; time in a state in two parts where it must be."""
        if flow.rule == "once":
            return [("once", flow.values, flow.axes)]
        if flow.rule != "residence":
            return [(flow.rule, named(flow.name, flow.values, flow.axes, CYCLE, "share"), flow.axes)]
        shares = named(f"Share ({flow.name.lower()})", flow.values, flow.axes, EDGE, "share")
        left, right = shares[..., :-1], shares[..., 1:]
        if self._clock.by_cycle:
            first, second = ENDS[str(self._clock.time.settings.accrual)]
            mean = (left + right) / 2 if first == second else left if first else right
            lengths = np.array(self._clock.lengths, dtype=object)
            return [("event", named(flow.name, mean * lengths, flow.axes, CYCLE, "years"), flow.axes)]
        if split:
            return [("left", left, flow.axes), ("right", right, flow.axes)]
        return [("residence", shares, flow.axes)]

    def _factor(self, factor: xr.DataArray | float, axes: Axes, line: Line) -> Any:
        if not isinstance(factor, xr.DataArray):
            return float(factor)
        name = factor.name
        factor = in_steps(factor, self._clock.time, line.days)
        assert isinstance(factor, xr.DataArray)
        step = _step_of(factor)
        if step is None:
            return expand(factor, axes)[..., None]
        own = axes_of(factor).without(step)
        values = expand(factor, Axes({**own.labels, step: factor.sizes[step]}))
        if line.days is not None:
            among = np.zeros((*values.shape[:-1], len(self._years)), dtype=values.dtype)
            among[..., np.searchsorted(self._years, line.days.years)] = values
            values = among
        along = CYCLE if line.days is None else DAY
        return onto_axes(self._cells(str(name or f"{line.name}, by {along}"), values, own, along), own, axes)

    def _cells(self, name: str, values: np.ndarray, axes: Axes, along: str) -> np.ndarray:
        """Put a factor that varies by cycle or day into columns, plain numbers too; what is nothing at all stays 0."""
        result = np.empty(values.shape, dtype=object)
        for place in np.ndindex(axes.shape):
            items = list(values[place])
            if any(isinstance(item, Symbol) or item != 0 for item in items):
                labels = dict(zip(axes.dims, axes.at(place), strict=True))
                items = list(self._draft.column(name, items, along, labels.pop(STRATEGY, ""), labels).cells)
            result[place][:] = items
        return result

    def _sums(self, cells: np.ndarray, axes: Axes, rule: str, kind: Kind | None, name: str) -> np.ndarray:
        horizons = len(self._clock.time.horizons)
        sums = np.zeros((*axes.shape, horizons), dtype=object)
        for place in np.ndindex(axes.shape):
            if rule == "once":
                sums[place] = cells[place]
                continue
            row = list(cells[place])
            if not any(isinstance(item, Symbol) or item != 0 for item in row):
                continue
            strategy = dict(zip(axes.dims, axes.at(place), strict=True)).get(STRATEGY, "")
            span = span_of(row, name, ALONG.get(rule, CYCLE), strategy)
            for horizon, weights in enumerate(self._clock.weights(rule, kind)):
                sums[(*place, horizon)] = total_of_products(span, weights)
        return sums


def _step_of(factor: xr.DataArray) -> str | None:
    """Dimension of time of a factor, if it has one."""
    return next((step for step in ALONG_TIME if step in factor.dims), None)


def _summed(values: np.ndarray, axes: Axes, onto: xr.DataArray | None) -> tuple[np.ndarray, Axes]:
    """Sum doses onto drugs; what is not of a drug adds nothing."""
    if onto is None:
        return values, axes
    inner = str(onto.dims[0])
    place = axes.dims.index(inner)
    moved = np.moveaxis(values, place, -1)
    summed = np.zeros((*moved.shape[:-1], onto.shape[1]), dtype=object)
    for i, j in np.argwhere(onto.values != 0):
        summed[..., j] = summed[..., j] + moved[..., i] * float(onto.values[i, j])
    return np.moveaxis(summed, -1, place), _final_axes(axes, onto)


def _final_axes(axes: Axes, onto: xr.DataArray | None) -> Axes:
    if onto is None:
        return axes
    inner, outer = map(str, onto.dims)
    names = tuple(onto.coords[outer].values.tolist())
    return Axes({(outer if dim == inner else dim): (names if dim == inner else n) for dim, n in axes.labels.items()})
