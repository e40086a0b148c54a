"""The model of a live workbook: the model's own function run on symbols, and the columns that it leaves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hecon.analysis.run import asked, run
from hecon.costing.ledger import Outcome
from hecon.frozen import frozen
from hecon.inputs.case import Inputs, Model
from hecon.labels import EDGE, STATE, STRATEGY, Axes
from hecon.report.live.clock import Clock
from hecon.report.live.incremental import Increments, increments
from hecon.report.live.inputs import LiveInputs
from hecon.report.live.ledger import Ledger
from hecon.report.live.results import Results
from hecon.states.occupancy import Occupancy
from hecon.survival.base import Curve
from hecon.symbols.draft import CellColumn, Draft, Spot
from hecon.symbols.expression import Symbol
from hecon.timeline import DoseDays


@frozen
class LiveModel:
    """A model on symbols: its inputs, columns, results and increments."""

    live: LiveInputs
    draft: Draft
    outcome: Outcome
    results: Results
    increments: tuple[Increments, ...]
    curves: tuple[CellColumn, ...]
    states: Mapping[str, Mapping[str, CellColumn]]
    #: Days on which lines are counted that are not counted by cycle.
    days: DoseDays | None

    @property
    def result_columns(self) -> list[CellColumn]:
        """Columns of results, which need all others."""
        return [*self.results.columns, *(column for table in self.increments for column in table.columns)]


def live_model(inputs: Inputs, model: Model | None = None) -> LiveModel:
    """Run a model on symbols. Raises `HeconError` naming what has no formula."""
    live = LiveInputs.of(inputs, model)
    base = run(live.case)
    draft = Draft()
    with draft.open():
        parameters = live.parameters()
        clock = Clock(draft, base.time, live.rates)
        outcome = asked(live.case.model, parameters, base.time)
        for curve in parameters.recalled("curve").values():
            if isinstance(curve, Curve):
                curve.at_edges(base.time.edges)  # for the charts, also where only its doses use a curve
        ledger = Ledger(draft, clock, base.case.settings.currency)
        lines = ledger.write(outcome.lines)
        states = _columns_of_states(outcome.state) if isinstance(outcome.state, Occupancy) else {}
        results = Results(draft, lines, base)
        tables: list[Increments] = []
        if {"cost", "qaly"} <= set(base.totals) and len(base.strategies) > 1:
            tables = [increments(draft, results, place, live.thresholds) for place in range(len(base.time.horizons))]
    titles = {name.replace("_", " ").capitalize() for name in parameters.recalled("curve")}
    curves = tuple(c for c in draft.columns if c.title in titles and c.along == EDGE and not c.labels)
    return LiveModel(live, draft, outcome, results, tuple(tables), curves, states, ledger.days)


def _columns_of_states(state: Occupancy) -> dict[str, dict[str, CellColumn]]:
    """Give the columns of shares by strategy and state, for strategies of which every state has one of its own."""
    axes: Axes = state.axes
    values = state.values()
    found: dict[str, dict[str, CellColumn]] = {}
    if values.dtype != object or set(axes.dims) - {STRATEGY, STATE}:
        return found
    for at in np.ndindex(axes.shape):
        labels = dict(zip(axes.dims, axes.at(at), strict=True))
        first = values[at][0]
        if isinstance(first, Symbol) and first.op == "leaf" and isinstance(first.args[0], Spot):
            column = first.args[0].column
            if column.along == EDGE and column.cells[0] is first:
                found.setdefault(labels.get(STRATEGY, ""), {})[labels[STATE]] = column
    return {strategy: own for strategy, own in found.items() if len(own) == len(state.states)}
