"""Run a case: the model once for each block of draws, the ledger settled, the sums put in their place.

The model is called with a block of draws at a time, so memory does not grow with their number; blocks run on
threads. A draw has the same bits whatever the block it stood in.
"""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from hecon.analysis.cost_items import with_items
from hecon.analysis.remarks import far_from_published, medians_by_strategy, never_read, unused_sentences
from hecon.analysis.result import Result
from hecon.analysis.structure import Structure, structure_of
from hecon.costing.given import notes_on_doses
from hecon.costing.ledger import Outcome, Settled
from hecon.costing.line_units import given, refuse_units
from hecon.costing.settle import settle, settled_in_turn
from hecon.errors import Fault, HeconError, InputError, LineError
from hecon.frozen import frozen
from hecon.inputs.case import Case, Inputs, Model
from hecon.labels import DRAW, STATE, STRATEGY, Axes, draws_of, exact_joins
from hecon.parameters import Parameters
from hecon.progress import OnProgress
from hecon.rows import TILE
from hecon.scratch import BETWEEN_RUNS, forget
from hecon.states.crossing import Crossings
from hecon.states.occupancy import Occupancy
from hecon.states.partitioned import Partition
from hecon.survival.base import Curve
from hecon.threads import on_threads, processors
from hecon.timeline import KnotsNeededError, Timeline
from hecon.units import Unit

#: Numbers in one array of a block: 6 MB. Smaller blocks cost more labels, larger ones memory and the processor's cache.
BLOCK_NUMBERS = 700_000
#: The same where curves are worked out some draws at a time, and so never stand in memory as a whole.
BLOCK_BY_PARTS = 3_500_000

Values = Mapping[str, xr.DataArray]
#: What an error of a model carries, also from another process, where its traceback does not go.
_LINE = "hecon_model_line"
#: What numpy and xarray say where an array cannot be written to.
_WRITES = ("read-only", "destination is a view")
#: Curves of which the first must not outlast the second.
_INNER, _OUTER = "progression_free_survival", "overall_survival"


@frozen(eq=True)
class _Block:
    """What one block of draws gives."""

    place: slice
    settled: list[Settled]
    crossings: Crossings | None
    occupancy: Occupancy | None
    curves: dict[str, Curve]
    notes: tuple[str, ...]
    unread: tuple[str, ...]
    structure: Structure | None = None
    by_parts: bool = False

    @property
    def widest(self) -> int:
        """Numbers that the widest line, which may tell many labels apart, takes for a draw."""
        return max((line.sums.size for line in self.settled), default=0) // max(1, self.place.stop - self.place.start)


def run(
    case: Case, *, block: int | None = None, workers: int | None = None, progress: OnProgress | None = None
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
    refuse_sizes(block=block, workers=workers)
    if not isinstance(case, Case):
        cure = "he.run(inputs.base_case())" if isinstance(case, Inputs) else "a he.Case, or what read_workbook gives"
        raise HeconError(f"run takes a case, not {type(case).__name__}: {cure}")
    result, unread = _run(case, block, workers, progress, judging=True)
    unused = never_read(case, unread)
    if case.draws is not None:
        return replace(result, unused=unused)
    notes = (*result.notes, *unused_sentences(case, unused), *far_from_published(case, result.curves))
    return replace(result, notes=notes, unused=unused)


def run_plain(
    case: Case, *, block: int | None = None, workers: int | None = None, progress: OnProgress | None = None
) -> Result:
    """Run a case as `run` does, for its numbers alone: what is said of inputs is not, and units are not judged.

    It is for the many runs of an analysis that differ by values or settings from one that `run` has judged.
    """
    return _run(case, block, workers, progress, judging=False)[0]


def _run(
    case: Case, block: int | None, workers: int | None, progress: OnProgress | None, *, judging: bool
) -> tuple[Result, tuple[str, ...]]:
    """Run a case, and name the parameters that the model did not ask for; where `judging`, units are judged."""
    with exact_joins:
        values = case.used_values()
        time, first = _first_block(case, values, block, judging=judging)
        result = _settled(case, values, time, block, first, workers, progress)
    forget(but=BETWEEN_RUNS)
    if case.draws is not None:
        return result, first.unread
    refuse_reversed_curves(case, first.curves)
    occupancy = first.occupancy.labelled() if first.occupancy is not None else None
    return replace(result, occupancy=occupancy, curves=first.curves, structure=first.structure), first.unread


def run_on(case: Case, time: Timeline, block: int | None = None) -> Result:
    """Run a batch of draws on a known grid, block after block in this thread."""
    with exact_joins:
        return _settled(case, case.used_values(), time, block, None, 1, None)


def run_by_pages(
    base: Case,
    draws: int,
    batch: Callable[[slice], Case],
    read: Callable[[slice, Result], None],
    progress: OnProgress | None = None,
) -> None:
    """Run draws that are made, run and read a page at a time, on threads: memory does not grow with their number.

    `batch` gives some of the draws as a case, which differs from `base` by values alone; `read` takes their places and
    what they gave, once for each page, in the thread that ran it.
    """

    def done(place: slice, case: Case, time: Timeline, block: _Block) -> None:
        read(place, Result(case, time, [_on_all_labels(line, case) for line in block.settled]))

    def work(place: slice) -> None:
        case = batch(place)
        with exact_joins:
            done(place, case, time, _run_block(case, case.used_values(), time, slice(0, case.draws)))

    calendar = Timeline.regular(base.settings)
    first = slice(0, min(draws, _most(base, calendar, BLOCK_NUMBERS)))
    case = batch(first)
    with exact_joins:
        time, block = _first_block(case, case.used_values(), case.draws)
        done(first, case, time, block)
    most = _most(base, calendar, BLOCK_BY_PARTS, block.widest) if block.by_parts else first.stop
    pages = _cut(first.stop, draws, most)
    for place, _ in zip([first, *pages], chain([None], on_threads(work, pages) if pages else ()), strict=True):
        if progress:
            progress(place.stop, draws)
    forget(but=BETWEEN_RUNS)


def refuse_sizes(*, block: int | None, workers: int | None) -> None:
    """Raise `HeconError` for a block of no draws, or for no worker."""
    if block is not None and block < 1:
        raise HeconError(f"block is {block}; it must be at least 1 draw")
    if workers is not None and workers < 1:
        raise HeconError(f"workers is {workers}; it must be at least 1")


def _settled(
    case: Case,
    values: Values,
    time: Timeline,
    block: int | None,
    first: _Block | None,
    workers: int | None,
    progress: OnProgress | None,
) -> Result:
    """Run every block (the `first` may be done already) and put their sums in their places."""
    places = _places(case, time, block)
    first = first or _run_block(case, values, time, places[0], is_first=True)
    workers = workers or (processors() if case.draws else 1)
    if block is None and first.by_parts:
        places = [places[0], *_larger(places[0].stop, case, time, workers, first.widest)]
    totals = [_Total(line, case.labels[STRATEGY], case.draws) for line in first.settled]
    crossings = first.crossings

    def work(place: slice) -> tuple[slice, Crossings | None]:
        if place != places[0]:
            return place, _run_block(case, values, time, place, totals=totals).crossings
        for total, line in zip(totals, first.settled, strict=True):
            total.put(line, place)
        return place, first.crossings

    with ThreadPoolExecutor(workers) if min(workers, len(places)) > 1 else nullcontext() as pool:
        for place, crossed in pool.map(work, places) if pool else map(work, places):
            if crossings is not None and crossed is not None and place != places[0]:
                crossings = crossings + crossed
            if progress:
                progress(place.stop, case.draws or 1)
    lines = [total.line for total in totals]
    return Result(case=case, time=time, lines=lines, crossings=crossings, notes=first.notes)


def _first_block(case: Case, values: Values, block: int | None, *, judging: bool = True) -> tuple[Timeline, _Block]:
    """Run the first block, starting again with a finer grid while the model asks for edges that are not there."""
    knots: set[float] = set()
    units = case.units() if judging else None
    while True:
        time = Timeline.regular(case.settings, tuple(knots))
        try:
            return time, _run_block(case, values, time, _places(case, time, block)[0], units, is_first=True)
        except KnotsNeededError as needed:
            if set(needed.knots) <= knots:
                raise HeconError(f"no edge could be placed at {needed.knots}") from None
            knots |= set(needed.knots)


def _places(case: Case, time: Timeline, block: int | None) -> list[slice]:
    return _cut(0, case.draws or 1, block or _most(case, time, BLOCK_NUMBERS))


def _larger(start: int, case: Case, time: Timeline, workers: int, widest: int) -> list[slice]:
    """Cut the draws that are left into blocks for curves by parts: as many for each worker, and of nearly one size.

    The `widest` line takes so many numbers a draw.
    """
    left = (case.draws or 1) - start
    rounds = -(-left // (workers * _most(case, time, BLOCK_BY_PARTS, widest)))
    block = -(-left // max(1, rounds * workers))
    return _cut(start, start + left, -(-block // TILE) * TILE)


def _most(case: Case, time: Timeline, numbers: int, widest: int = 0) -> int:
    """Draws of a block, one array of which has at most so many numbers: as many as products take, where it can."""
    most = max(1, numbers // max(len(case.labels[STRATEGY]) * len(time.edges), widest))
    return most // TILE * TILE or most


def _cut(start: int, stop: int, block: int) -> list[slice]:
    return [slice(first, min(first + block, stop)) for first in range(start, stop, max(1, block))]


def _run_block(
    case: Case,
    values: Values,
    time: Timeline,
    place: slice,
    units: Mapping[str, Unit] | None = None,
    *,
    is_first: bool = False,
    totals: Sequence[_Total] = (),
) -> _Block:
    """Run one block of draws; with `units` those of the lines are checked. What is said of all is said of the first.

    With `totals` each line is put away when it is settled.
    """
    part = {name: draws_of(array, place) if DRAW in array.dims else array for name, array in values.items()}
    part = given(part, units, case.settings)
    parameters = Parameters(part, case.labels, case.settings, case.tables, case.source, case.homes)
    with np.errstate(over="ignore", under="ignore"):
        outcome = asked(case.model, parameters, time)
        if not isinstance(outcome, Outcome):
            raise LineError(f"a model gives he.Outcome(state, lines), not {type(outcome).__name__}")
        if units is not None:
            refuse_units(outcome.lines, case.settings)
        labels = dict(case.labels)
        if isinstance(outcome.state, Occupancy):
            labels.setdefault(STATE, outcome.state.states)
        settled = [] if totals else settle(outcome.lines, time, labels)
        for total, line in zip(totals, settled_in_turn(outcome.lines, time, labels) if totals else (), strict=True):
            total.put(line, place)
    crossings = outcome.state.crossings if isinstance(outcome.state, Partition) else None
    by_parts = isinstance(outcome.state, Occupancy) and outcome.state.by_parts
    notes: tuple[str, ...] = ()
    if is_first:  # every block reads the same
        notes = outcome.state.notes if isinstance(outcome.state, Occupancy) else ()
        notes = (*notes, *notes_on_doses(outcome.lines))
    unread = parameters.never_asked()
    if case.draws is not None:
        parameters.forget()
        return _Block(place, settled, crossings, None, {}, notes, unread, by_parts=by_parts)
    occupancy = outcome.state if isinstance(outcome.state, Occupancy) else None
    curves = parameters.recalled("curve")
    return _Block(place, settled, crossings, occupancy, curves, notes, unread, structure_of(outcome))


class _Total:
    """One line's sums over all blocks, on (draw), strategy, details and horizon; blocks put theirs in when done."""

    def __init__(self, first: Settled, strategies: tuple[str, ...], draws: int | None) -> None:
        lead: dict[str, tuple[str, ...] | int] = {STRATEGY: strategies}
        if draws is not None:
            lead = {DRAW: draws, **lead}
        self._missing = [place for place, dim in enumerate(lead) if dim not in first.axes.labels]
        axes = Axes({**lead, **first.axes.labels, **lead})
        self._batch = draws is not None
        # In memory the draws and strategies of one sum stand together: every analysis goes along them.
        outer, inner = axes.shape[: len(lead)], axes.shape[len(lead) :]
        sums = np.empty((*first.sums.shape[-2:], *inner, *outer))
        places = list(range(sums.ndim))
        sums = sums.transpose(*places[len(inner) + 2 :], *places[2 : len(inner) + 2], 0, 1)
        self.line = Settled(first.name, first.kind, axes, sums, first.state)

    def put(self, own: Settled, place: slice) -> None:
        """Put one block's sums in their place."""
        sums = np.expand_dims(own.sums, self._missing) if self._missing else own.sums
        self.line.sums[place if self._batch else slice(None)] = sums


def _on_all_labels(line: Settled, case: Case) -> Settled:
    """Give a line of a batch on draw and strategy, whether it varies by them or not."""
    if {DRAW, STRATEGY} <= set(line.axes.dims):
        return line
    total = _Total(line, case.labels[STRATEGY], case.draws)
    total.put(line, slice(None))
    return total.line


def asked(model: Model, p: Parameters, time: Timeline) -> Any:
    """Give what a model answers, with the lines of the sheet Cost items.

    An error that arises in the model, and not in what hecon does for it, is given its line.
    """
    try:
        outcome = model(p, time)
    except SystemExit as stop:
        place = _line_of(stop)
        where = f" at {place}" if place else ""
        raise LineError(f"the model ends the program{where} (SystemExit: {stop}); a model gives he.Outcome") from None
    except Exception as error:
        place = _line_of(error)
        if place and any(words in str(error) for words in _WRITES):
            cure = "give what is computed a name of its own, such as cost = 2 * p.cost"
            raise LineError(
                f"the model writes to a parameter at {place}; other runs share its numbers: {cure}"
            ) from error
        setattr(error, _LINE, place)
        raise
    return with_items(outcome, p, time) if isinstance(outcome, Outcome) else outcome


def model_line(error: BaseException) -> str:
    """Give file and line of the model where an error arose; empty if it arose elsewhere.

    >>> model_line(ValueError("not of a model"))
    ''
    """
    return str(getattr(error, _LINE, ""))


def _line_of(error: BaseException) -> str:
    """Name the line of the model that was running, unless the error arose in hecon or in another library."""
    package = Path(__file__).resolve().parents[1]
    libraries = {Path(path).resolve() for path in sysconfig.get_paths().values()}
    _, *frames = traceback.extract_tb(error.__traceback__)  # the first is the call
    paths = [Path(frame.filename).resolve() for frame in frames]
    if not paths or any(package in path.parents and package / "_models" not in path.parents for path in paths):
        return ""
    if not paths[0].exists() or libraries & set(paths[0].parents):
        return ""
    return f"{paths[0].name}, line {frames[0].lineno}"


def refuse_reversed_curves(case: Case, curves: Mapping[str, Curve]) -> None:
    """Raise `InputError`, by cell of the Curves sheet, where the median of PFS is later than the median of OS.

    Fitted curves may cross in their tails, and the setting ``crossing`` says what happens then. A median that comes
    later than the median of overall survival is no crossing in a tail: two cells were swapped or mistyped.
    """
    table = case.tables.get("Curves")
    if table is None or _INNER not in curves or _OUTER not in curves:
        return
    strategies = tuple(case.labels[STRATEGY])
    both = [medians_by_strategy(curves[endpoint], len(strategies)) for endpoint in (_INNER, _OUTER)]
    faults = [
        Fault(
            _cell(table, strategy),
            f"progression-free survival of {strategy} lies above its overall survival: the medians are "
            f"{12 * inner:.3g} and {12 * outer:.3g} months; PFS must not be longer than OS",
        )
        for strategy, inner, outer in zip(strategies, *both, strict=True)
        if inner > outer
    ]
    if faults:
        raise InputError(case.source, faults)


def _cell(table: Any, strategy: str) -> str:
    rows = table[(table["strategy"] == strategy) & (table["endpoint"] == _INNER)]
    if "row" not in table or rows.empty:
        return "Curves"
    column = [name for name in table.columns if name != "row"].index("family")
    return f"Curves!{chr(ord('A') + column)}{int(rows['row'].iloc[0])}"
