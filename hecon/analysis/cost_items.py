"""Items of the sheet Cost items as lines of the ledger: what any model gives, and the rows that join it.

A row names a flow; here each flow is worked out from what the model answered: its states, and those it treats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import xarray as xr

from hecon.costing.ledger import Factor, Line, Outcome, cost, qaly
from hecon.costing.occasions import paid_by_dose, treatment_cycles, visits
from hecon.errors import Fault, HeconError, InputError
from hecon.flows import DenseShares, Flow, SharesAtTimes, at_start
from hecon.frozen import frozen
from hecon.inputs.cost_items import COST_ITEMS, ITEM_FLOWS, item_rows
from hecon.labels import STATE
from hecon.parameters import Parameters
from hecon.states.at_times import once_at, share_in
from hecon.states.occupancy import Occupancy, alive, entering, leaving, moving, years_in
from hecon.timeline import Timeline
from hecon.units import parse_unit, years_in_unit

#: What a flow gives: the flow, further factors, and whether the value stands among them already.
_Built = tuple[Flow, Sequence[Factor]]


@frozen
class _Asked:
    """One item at one state (or for all that it is given for): what its flow may look at."""

    p: Parameters
    time: Timeline
    outcome: Outcome
    parameter: str
    row: Mapping[str, Any]
    state: str | None

    @property
    def value(self) -> xr.DataArray:
        """The value of the item, at its state where the flow knows states one by one."""
        array = self.p[self.parameter]
        return array if self.state is None else self.p.part(self.parameter, state=self.state)

    @property
    def states(self) -> Occupancy:
        """Where the patients are; `HeconError` for a model without states, or without the state of the item."""
        state = self.outcome.state
        if not isinstance(state, Occupancy):
            raise HeconError(f"the flow {self.row['flow']} follows states, and the model has none")
        for name in (self.state, self.row["to"] or None):
            if name is not None and name not in state.states:
                raise HeconError(f"the model has no state '{name}' ({', '.join(state.states)})")
        return state

    @property
    def treated(self) -> Flow:
        """Those on treatment: in the state of the item, or as the model's own lines of doses have them."""
        if self.state is not None:
            return share_in(self.states, self.state)
        flows = {id(line.flow.shares): line.flow for line in self.outcome.lines
                 if line.flow.days is None and isinstance(line.flow.shares, SharesAtTimes)}  # fmt: skip
        if len(flows) == 1:
            return next(iter(flows.values()))
        found = f"several flows ({', '.join(flow.name for flow in flows.values())})" if flows else "no flow"
        raise HeconError(f"the model has {found} of those on treatment; name the state in which they are treated")


def with_items(outcome: Outcome, p: Parameters, time: Timeline) -> Outcome:
    """Give an outcome with a line for each item of the sheet Cost items; the outcome itself where there is none.

    Raises `InputError` by cell for an item that the model cannot follow, or that has the name of one of its lines.
    """
    if COST_ITEMS not in p.tables:
        return outcome
    rows = item_rows(p.tables[COST_ITEMS])
    lines = list(outcome.lines)
    taken = {(line.kind, line.name) for line in lines}
    for parameter in dict.fromkeys(row["parameter"] for row in rows):
        own = [row for row in rows if row["parameter"] == parameter]
        for line in _lines(outcome, p, time, str(parameter), own):
            if (line.kind, line.name) in taken:
                rule = f"item '{line.name}' has the name of a line of the model; give it another one"
                raise InputError(p.source, [Fault(_cell(own[0]), rule)])
            taken.add((line.kind, line.name))
            lines.append(line)
    return replace(outcome, lines=lines)


def _lines(
    outcome: Outcome, p: Parameters, time: Timeline, parameter: str, rows: Sequence[Mapping[str, Any]]
) -> Iterator[Line]:
    """Lines of one item: one, or one for each state or transition where the flow knows them one by one."""
    first = rows[0]
    flow = ITEM_FLOWS[first["flow"]]
    by_state = bool(first[STATE]) and first["flow"] not in _OVER_STATES
    places = {(row[STATE], row["to"]): row for row in rows} if by_state else {("", ""): first}
    make = cost if first["kind"] == "cost" else qaly
    for (state, to), row in places.items():
        asked = _Asked(p, time, outcome, parameter, row, state or None)
        try:
            counted, factors = ITEM_BUILDERS[row["flow"]](asked)
            line = make(_name(row, state, to, len(places)), counted, *factors, *_per_year(row, time, timed=flow.timed))
        except InputError:
            raise
        except HeconError as error:
            raise InputError(p.source, [Fault(_cell(row), f"item '{row['item']}': {error}")]) from None
        yield line


def _name(row: Mapping[str, Any], state: str, to: str, count: int) -> str:
    if count == 1:
        return str(row["item"])
    return f"{row['item']}, {state} to {to}" if to else f"{row['item']}, {state}"


def _per_year(row: Mapping[str, Any], time: Timeline, *, timed: bool) -> list[float]:
    """Units of time of the value in a year: flows of time are counted in years."""
    unit = row["unit"]
    if not timed or row["kind"] != "cost" or not unit:
        return []
    size = years_in_unit(parse_unit(unit, time.settings.currency).time, time.settings.days_per_year)
    return [] if size == 1 else [1 / size]


def _cell(row: Mapping[str, Any]) -> str:
    return str(row["cell"] or COST_ITEMS)


# --- the flows, by the names of `hecon.inputs.cost_items.ITEM_FLOWS` ---


def _in_state(asked: _Asked) -> _Built:
    state = asked.states
    known = (line.flow for line in asked.outcome.lines if line.flow.shares is state and line.flow.rule == "residence")
    years = next(known, None) or years_in(asked.time, state)
    value = asked.value
    if STATE in value.dims:
        return years, [value]
    return years, [alive(state), value]


def _on_treatment(asked: _Asked) -> _Built:
    shares = asked.treated.shares
    assert isinstance(shares, SharesAtTimes)
    name = f"Years {asked.state}" if asked.state else "Years on treatment"
    at_edges = DenseShares(shares.at(asked.time.edges), shares.axes)
    return Flow(asked.time, "residence", at_edges, name), [asked.value]


def _treatment_cycle(asked: _Asked) -> _Built:
    by_drug = "drug" in asked.value.dims
    return asked.treated, [treatment_cycles(asked.p, asked.time, by_drug=by_drug), asked.value]


def _dose(asked: _Asked) -> _Built:
    return asked.treated, [paid_by_dose(asked.p, asked.time, str(asked.row["item"]), asked.value)]


def _visit(asked: _Asked) -> _Built:
    return asked.treated, [visits(asked.p, asked.time), asked.value]


def _start(asked: _Asked) -> _Built:
    if asked.row[STATE]:
        return at_start(asked.time, asked.states), [asked.value]
    return at_start(asked.time), [asked.value]


def _once_at(asked: _Asked) -> _Built:
    return once_at(asked.time, float(asked.row["year"]), asked.states, asked.state), [asked.value]


#: Flows whose states are a dimension of the flow itself.
_OVER_STATES = ("in_state", "start")
ITEM_BUILDERS: Mapping[str, Callable[[_Asked], _Built]] = {
    "in_state": _in_state,
    "on_treatment": _on_treatment,
    "treatment_cycle": _treatment_cycle,
    "dose": _dose,
    "visit": _visit,
    "entering": lambda asked: (entering(asked.states, str(asked.state)), [asked.value]),
    "leaving": lambda asked: (leaving(asked.states, str(asked.state)), [asked.value]),
    "transition": lambda asked: (moving(asked.states, str(asked.state), asked.row["to"]), [asked.value]),
    "start": _start,
    "once_at": _once_at,
}
