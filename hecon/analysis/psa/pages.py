"""Pages of a probabilistic run: a fixed number of draws, drawn, run and summed wherever there is a worker.

A page is made of nothing but the job and its own number, so it has the same bits in any thread, process or machine,
and can be made again. What comes back is small: totals by draw, and the lines of the ledger summed over the draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial, reduce

import numpy as np
import xarray as xr

from hecon.analysis.measures import MEASURES
from hecon.analysis.psa.structure import Choice, run_families
from hecon.analysis.result import Result
from hecon.analysis.run import run_on
from hecon.costing.ledger import Settled
from hecon.frozen import frozen
from hecon.inputs.case import RandomDraws
from hecon.inputs.streams import PAGE
from hecon.labels import DRAW, Axes
from hecon.rows import TILE
from hecon.states.crossing import Crossings
from hecon.timeline import Timeline

#: What a run can keep by draw beyond the totals.
VALUES, LINES = "values", "lines"
#: Numbers of a ledger by draw that stand in memory at a time: 64 MB.
_MOST = 2**23
#: Fields of `Crossings` after its rule, in order.
_COUNTS = ("draws", "edges", "widest", "first")


@frozen
class Job:
    """A probabilistic run: draws 0 to `count` of a seed on one grid of cycle edges. It can be sent to any worker.

    `first`: what the first few draws gave on their own; `choices`: curves whose family is drawn too.
    """

    draws: RandomDraws
    count: int
    first: Result
    block: int | None = None
    keep: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()

    @property
    def time(self) -> Timeline:
        """The grid on which the first draws ran, and all run."""
        return self.first.time

    @property
    def pages(self) -> int:
        """Number of pages."""
        return -(-self.count // PAGE)

    def place(self, page: int) -> slice:
        """Draws of a page."""
        return slice(page * PAGE, min((page + 1) * PAGE, self.count))

    def pieces(self, page: int) -> list[slice]:
        """Cut a page into parts that are run one after the other: one, unless its ledger by draw would be too large."""
        place = self.place(page)
        numbers = sum(line.sums[0].size for line in self.template.lines)
        most = max(TILE, _MOST // numbers // TILE * TILE) if numbers else PAGE
        return [slice(first, min(first + most, place.stop)) for first in range(place.start, place.stop, most)]

    def results(self, page: int) -> Iterator[Result]:
        """Run a page in this thread, piece by piece; it is drawn once."""
        place, pieces = self.place(page), self.pieces(page)
        if self.choices or len(pieces) == 1:
            yield from map(self.run, pieces)
            return
        values = self.draws.values(place.start, place.stop)
        for piece in pieces:
            own = values[piece.start - place.start : piece.stop - place.start]
            yield run_on(self.draws.with_values(own), self.time, self.block)

    @cached_property
    def template(self) -> Result:
        """Result of few draws: which lines and totals there are, and on which labels."""
        return self.run(slice(0, 1)) if self.choices else self.first

    def run(self, place: slice) -> Result:
        """Run some draws in this thread."""
        if not self.choices:
            return run_on(self.draws.case(place.start, place.stop), self.time, self.block)
        return run_families(self.draws, self.choices, place, lambda case: run_on(case, self.time, self.block))[0]

    @cached_property
    def template_totals(self) -> dict[str, xr.DataArray]:
        """Totals of the template by measure, those that are kept by draw."""
        return {name: self.template.totals[name] for name in MEASURES if name in self.template.totals}

    @cached_property
    def template_sums(self) -> PageSums:
        """Sums of the template."""
        return _sums(self.template)


@frozen
class PageSums:
    """What one page adds to the means of a run.

    `lines`: each line summed over the draws: (strategy, details, 2, horizon), discounted first.
    """

    lines: list[np.ndarray]
    crossings: Crossings | None

    def packed(self) -> np.ndarray:
        """Give everything as one vector, none of it NaN."""
        return np.concatenate([array.ravel() for array in self._arrays()])

    def like(self, vector: np.ndarray) -> PageSums:
        """Read such a vector of another page of the same run."""
        parts = iter(np.split(vector, np.cumsum([array.size for array in self._arrays()])[:-1]))
        lines = [next(parts).reshape(line.shape) for line in self.lines]
        crossings = self.crossings and Crossings(self.crossings.rule, *(next(parts) for _ in _COUNTS))
        return PageSums(lines, crossings)

    def _arrays(self) -> list[np.ndarray]:
        counts = [] if self.crossings is None else [getattr(self.crossings, name) for name in _COUNTS]
        return [*self.lines, *counts]

    def __add__(self, other: PageSums) -> PageSums:
        """Add the sums of the next page."""
        crossings = self.crossings and other.crossings and self.crossings + other.crossings
        return PageSums([a + b for a, b in zip(self.lines, other.lines, strict=True)], crossings)


@frozen
class PageOfDraws:
    """One page of a run: discounted totals (draw, strategy, horizon) by measure, and its sums.

    `values` (draw, uncertain row) and `lines` (each line by draw) only where they are kept.
    """

    number: int
    totals: dict[str, np.ndarray]
    sums: PageSums
    values: np.ndarray | None = None
    lines: Sequence[Settled] | None = None


def settle_page(job: Job, number: int) -> PageOfDraws:
    """Draw one page and run it, in this thread."""
    place = job.place(number)
    # A map holds no result while the next one is worked out.
    totals, sums, lines = zip(*map(partial(_summed_up, job), job.results(number)), strict=True)
    return PageOfDraws(
        number,
        {name: np.concatenate([own[name] for own in totals]) for name in totals[0]},
        reduce(PageSums.__add__, sums),
        job.draws.values(place.start, place.stop) if VALUES in job.keep else None,
        [_joined(own) for own in zip(*lines, strict=True)] if LINES in job.keep else None,
    )


def _summed_up(job: Job, result: Result) -> tuple[dict[str, np.ndarray], PageSums, Sequence[Settled]]:
    """Give the totals of some draws, what they add to the means, and their ledger only where it is kept."""
    totals = {name: result.totals[name].values for name in MEASURES if name in result.totals}
    return totals, _sums(result), result.lines if LINES in job.keep else ()


def _joined(parts: Sequence[Settled]) -> Settled:
    """Give one line of draws that follow each other."""
    sums = np.concatenate([part.sums for part in parts])
    return replace(parts[0], axes=Axes({**parts[0].axes.labels, DRAW: len(sums)}), sums=sums)


def mean_lines(job: Job, sums: PageSums, draws: int) -> list[Settled]:
    """Give the lines of a run as means over its draws."""
    lines = zip(job.template.lines, sums.lines, strict=True)
    return [replace(line, axes=line.axes.without(DRAW), sums=total / draws) for line, total in lines]


def _sums(result: Result) -> PageSums:
    return PageSums([line.sums.sum(axis=0) for line in result.lines], result.crossings)
