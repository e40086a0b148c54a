"""Run a case: the model once for each block of draws, the ledger settled, the sums put in their place.

The model is called with a block of draws at a time, so memory does not grow with their number; blocks run on
threads. A draw has the same bits whatever the block it stood in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import xarray as xr

from hecon.analysis.curve_order import refuse_reversed_curves
from hecon.analysis.result import Result, SettledLine
from hecon.costing.ledger import Outcome, Settled, settle
from hecon.errors import HeconError, LineError
from hecon.flows import TILE
from hecon.inputs.case import Case
from hecon.labels import DRAW, STATE, STRATEGY, Axes
from hecon.parameters import Parameters
from hecon.scratch import forget
from hecon.states.occupancy import Occupancy
from hecon.states.partitioned import Crossings, Partition
from hecon.timeline import KnotsNeededError, Timeline

#: Numbers in one array of a block: 8 MB. Smaller blocks cost more labels, larger ones leave the processor's cache.
BLOCK_NUMBERS = 1_000_000

Values = Mapping[str, xr.DataArray]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Block:
    """What one block of draws gives."""

    place: slice
    settled: list[Settled]
    crossings: Crossings | None
    occupancy: Occupancy | None
    curves: dict[str, object]


def run(
    case: Case, *, block: int | None = None, workers: int | None = None, progress: Progress | None = None
) -> Result:
    """Run a case and give its `Result`.

    `block` is the number of draws the model sees at a time (default: what fits the cache), `workers` the number of
    threads (default: one for each processor); neither changes a bit of the result. `progress(done, draws)` is called
    as blocks finish. Raises `HeconError` with the place of the fault: `LineError`, `UnknownNameError`, `InputError`.

    >>> import hecon as he
    >>> def outcome(p, time):
    ...     state = he.partition(time, overall=he.Exponential(p.death_rate))
    ...     return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])
    >>> case = he.Case(outcome, {"death_rate": {"A": 0.1, "B": 0.2}}, labels={"strategy": ["A", "B"]})
    >>> he.run(case).totals.life_years.round(3).values.tolist()[0]
    [0.938, 2.486, 3.68]
    """
    if block is not None and block < 1:
        raise HeconError(f"block is {block}; it must be at least 1 draw")
    if workers is not None and workers < 1:
        raise HeconError(f"workers is {workers}; it must be at least 1 thread")
    values = case.used_values()
    draws = case.draws or 1
    with xr.set_options(arithmetic_join="exact"):
        time, first = _first_block(case, values, block)
        places = _places(case, time, block)
        totals = [_Total(line, case, time) for line in first.settled]
        crossings = first.crossings

        def work(place: slice) -> tuple[slice, Crossings | None]:
            done = first if place == places[0] else _run_block(case, values, time, place)
            for total, line in zip(totals, done.settled, strict=True):
                total.put(line, place)
            return place, done.crossings

        with ThreadPoolExecutor(min(workers or os.cpu_count() or 1, len(places))) as pool:
            for place, crossed in pool.map(work, places):
                if crossings is not None and crossed is not None and place != places[0]:
                    crossings = crossings + crossed
                if progress:
                    progress(place.stop, draws)
    forget()
    single = case.draws is None
    if single:
        refuse_reversed_curves(case, first.curves)
    return Result(
        case=case,
        time=time,
        lines=[total.line for total in totals],
        crossings=crossings,
        occupancy=first.occupancy.labelled() if single and first.occupancy is not None else None,
        curves=first.curves if single else {},
    )


def _first_block(case: Case, values: Values, block: int | None) -> tuple[Timeline, _Block]:
    """Run the first block, starting again with a finer grid while the model asks for edges that are not there."""
    knots: set[float] = set()
    while True:
        time = Timeline.regular(case.settings, tuple(knots))
        try:
            return time, _run_block(case, values, time, _places(case, time, block)[0])
        except KnotsNeededError as needed:
            if set(needed.knots) <= knots:
                raise HeconError(f"no edge could be placed at {needed.knots}") from None
            knots |= set(needed.knots)


def _places(case: Case, time: Timeline, block: int | None) -> list[slice]:
    draws = case.draws or 1
    if block is None:
        rows = len(case.labels[STRATEGY]) * len(time.edges)
        block = max(TILE, BLOCK_NUMBERS // rows // TILE * TILE)
    return [slice(start, min(start + block, draws)) for start in range(0, draws, block)]


def _run_block(case: Case, values: Values, time: Timeline, place: slice) -> _Block:
    part = {name: array[place] if DRAW in array.dims else array for name, array in values.items()}
    parameters = Parameters(part, case.labels, case.settings, case.tables, case.source, case.homes)
    with np.errstate(over="ignore", under="ignore"):
        outcome = case.model(parameters, time)
        if not isinstance(outcome, Outcome):
            raise LineError(f"a model gives he.Outcome(state, lines), not {type(outcome).__name__}")
        labels = dict(case.labels)
        if isinstance(outcome.state, Occupancy):
            labels.setdefault(STATE, outcome.state.states)
        settled = settle(outcome.lines, time, labels)
    crossings = outcome.state.crossings if isinstance(outcome.state, Partition) else None
    if case.draws is not None:
        return _Block(place, settled, crossings, None, {})
    occupancy = outcome.state if isinstance(outcome.state, Occupancy) else None
    return _Block(place, settled, crossings, occupancy, parameters.recalled("curve"))


class _Total:
    """One line's sums over all blocks, on (draw), strategy, details and horizon; blocks put theirs in when done."""

    def __init__(self, first: Settled, case: Case, time: Timeline) -> None:
        lead: dict[str, tuple[str, ...] | int] = {STRATEGY: tuple(case.labels[STRATEGY])}
        if case.draws is not None:
            lead = {DRAW: case.draws, **lead}
        self._missing = [place for place, dim in enumerate(lead) if dim not in first.axes.labels]
        axes = Axes({**lead, **first.axes.without(DRAW, STRATEGY).labels})
        shape = (*axes.shape, len(time.horizons))
        self._batch = case.draws is not None
        self.line = SettledLine(first.name, first.kind, axes, np.empty(shape), np.empty(shape))

    def put(self, own: Settled, place: slice) -> None:
        """Put one block's sums in their place."""
        where = place if self._batch else slice(None)
        for whole, part in (
            (self.line.discounted, own.discounted),
            (self.line.undiscounted, own.undiscounted),
        ):
            whole[where] = np.expand_dims(part, self._missing)
