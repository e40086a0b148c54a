"""Run a case: the model once for each block of draws, the ledger settled, the blocks put together.

The model is called with a block of draws at a time, so memory does not grow with their number; blocks run on
threads. A draw has the same bits whatever the block it stood in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import xarray as xr

from hecon.analysis.result import Result, SettledLine
from hecon.costing.ledger import Outcome, Settled, settle
from hecon.errors import HeconError, LineError
from hecon.flows import TILE
from hecon.inputs.case import Case
from hecon.labels import DRAW, STATE, STRATEGY, Axes
from hecon.parameters import Parameters
from hecon.states.occupancy import Occupancy
from hecon.states.partitioned import Crossings, Partition
from hecon.timeline import KnotsNeededError, Timeline

#: Numbers in one array of a block: 5 MB, so that the arrays of a block stay in the processor's cache.
BLOCK_NUMBERS = 600_000


@dataclass(frozen=True)
class _Block:
    """What one block of draws gives."""

    place: slice
    settled: list[Settled]
    occupancy: Occupancy | None
    crossings: Crossings | None
    curves: dict[str, object]


def run(
    case: Case,
    *,
    block: int | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Run a case and give its `Result`.

    `block` is the number of draws the model sees at a time (default: what fits the cache), `workers` the number of
    threads (default: one for each processor); neither changes a bit of the result. `progress(done, draws)` is called as blocks
    finish. Raises `HeconError` with the place of the fault: `LineError`, `UnknownNameError`, `InputError`, ...

    >>> import hecon as he
    >>> def outcome(p, time):
    ...     state = he.partition(time, overall=he.Exponential(p.death_rate))
    ...     return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])
    >>> case = he.Case(outcome, {"death_rate": {"A": 0.1, "B": 0.2}}, labels={"strategy": ["A", "B"]})
    >>> he.run(case).summary().columns[:4].tolist()
    ['strategy', 'horizon_years', 'cost', 'life_years']
    """
    if block is not None and block < 1:
        raise HeconError(f"block is {block}; it must be at least 1 draw")
    values = case.used_values()
    with xr.set_options(arithmetic_join="exact"), np.errstate(over="ignore", under="ignore"):
        time, first = _first_block(case, values, block)
        blocks = [first if case.draws is None else _lean(first)]
        rest = list(_places(case, time, block))[1:]
        if progress:
            progress(_done(first, case), case.draws or 1)
        threads = min(workers or os.cpu_count() or 1, len(rest))
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                for done in pool.map(lambda place: _run_block(case, values, time, place), rest):
                    blocks.append(_lean(done))
                    if progress:
                        progress(_done(done, case), case.draws or 1)
        else:
            for place in rest:
                blocks.append(_lean(_run_block(case, values, time, place)))
                if progress:
                    progress(_done(blocks[-1], case), case.draws or 1)
    crossings = None
    for part in blocks:
        if part.crossings is not None:
            crossings = part.crossings if crossings is None else crossings + part.crossings
    lines = [_put_together(case, blocks, number, time) for number in range(len(first.settled))]
    single = case.draws is None
    return Result(
        case=case,
        time=time,
        lines=lines,
        crossings=crossings,
        occupancy=first.occupancy.labelled() if single and first.occupancy is not None else None,
        curves=first.curves if single else {},
    )


def _first_block(case: Case, values: dict[str, xr.DataArray], block: int | None) -> tuple[Timeline, _Block]:
    """Run the first block, starting again with a finer grid while the model asks for edges that are not there."""
    knots: set[float] = set()
    while True:
        time = Timeline.regular(case.settings, tuple(knots))
        try:
            return time, _run_block(case, values, time, next(_places(case, time, block)))
        except KnotsNeededError as needed:
            if set(needed.knots) <= knots:
                raise HeconError(f"no edge could be placed at {needed.knots}") from None
            knots |= set(needed.knots)


def _places(case: Case, time: Timeline, block: int | None) -> Iterator[slice]:
    draws = case.draws or 1
    if block is None:
        rows = len(case.labels[STRATEGY]) * len(time.edges)
        block = max(TILE, BLOCK_NUMBERS // rows // TILE * TILE)
    for start in range(0, draws, block):
        yield slice(start, min(start + block, draws))


def _run_block(case: Case, values: dict[str, xr.DataArray], time: Timeline, place: slice) -> _Block:
    part = {name: array[place] if DRAW in array.dims else array for name, array in values.items()}
    parameters = Parameters(part, case.labels, case.settings, case.tables, case.source, case.homes)
    outcome = case.model(parameters, time)
    if not isinstance(outcome, Outcome):
        raise LineError(f"a model gives he.Outcome(state, lines), not {type(outcome).__name__}")
    labels = dict(case.labels)
    if isinstance(outcome.state, Occupancy):
        labels.setdefault(STATE, outcome.state.states)
    settled = settle(outcome.lines, time, labels)
    crossings = outcome.state.crossings if isinstance(outcome.state, Partition) else None
    occupancy = outcome.state if isinstance(outcome.state, Occupancy) else None
    return _Block(place, settled, occupancy, crossings, parameters.recalled("curve"))


def _lean(block: _Block) -> _Block:
    """Keep the sums of a block and let go of its shares."""
    return _Block(block.place, block.settled, None, block.crossings, {})


def _done(block: _Block, case: Case) -> int:
    return block.place.stop if case.draws else 1


def _put_together(case: Case, blocks: list[_Block], number: int, time: Timeline) -> SettledLine:
    """Join one line's sums over all blocks, on (draw), strategy, details, horizon."""
    first = blocks[0].settled[number]
    axes = first.axes
    strategies = tuple(case.labels[STRATEGY])
    details = axes.without(DRAW, STRATEGY)
    lead = Axes({STRATEGY: strategies}) if case.draws is None else Axes({DRAW: case.draws, STRATEGY: strategies})
    joined = Axes({**lead.labels, **details.labels})
    arrays = []
    for values in ("discounted", "undiscounted"):
        whole = np.empty((*joined.shape, len(time.horizons)))
        for part in blocks:
            own = getattr(part.settled[number], values)
            for place, dim in enumerate(lead.dims):
                if dim not in axes.labels:
                    own = np.expand_dims(own, place)
            whole[part.place if case.draws else slice(None)] = own
        arrays.append(whole)
    return SettledLine(first.name, first.kind, joined, *arrays)
