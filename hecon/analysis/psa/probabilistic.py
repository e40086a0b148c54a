"""A probabilistic analysis of any size: drawn, run and summed page by page, on any engine, on disk if asked.

`he.run(inputs.draws(n))` holds every drawn value and every line of the ledger by draw. Here only the totals are held by
draw; the lines are means. A page of draws has the same bits wherever and whenever it is made, so the result depends
neither on the engine nor on how often the run was broken off.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.psa.engines import THREADS, answers, refuse_engine
from hecon.analysis.psa.export import run_key
from hecon.analysis.psa.pages import LINES, VALUES, Job, PageOfDraws, PageSums, mean_lines, settle_page
from hecon.analysis.psa.store import DrawStore
from hecon.analysis.psa.structure import choices_of
from hecon.analysis.result import Result
from hecon.analysis.run import refuse_sizes, run
from hecon.errors import HeconError
from hecon.inputs.case import Inputs, Model, RandomDraws, all_draws, checked_count
from hecon.inputs.from_case import takes_cases
from hecon.inputs.streams import PAGE
from hecon.labels import DRAW, one_of
from hecon.progress import OnProgress

#: Draws on which the grid of cycle edges is found, and what the model gives, before the first page.
_FIRST = 64
#: Draws of the inputs that are looked at together when they are counted.
_BLOCK = 8 * PAGE
#: Values of the inputs that are kept once they are drawn (of 8 bytes each); more of them are drawn again when wanted.
_KEPT = 2_000_000


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ProbabilisticResult(Result):
    """The result of `run_psa`: discounted totals by draw, everything else as means over the draws.

    It serves every analysis that a result of `run` with draws serves. `asked` is the number of draws wanted: more than
    there are if the run was interrupted. `folder` is where the draws are, if they are on disk.
    """

    by_draw: xr.Dataset
    sample: RandomDraws
    asked: int
    folder: Path | None = None

    @property
    def draws(self) -> int:
        """Number of draws."""
        return int(self.by_draw.sizes[DRAW])

    @property
    def drawn(self) -> pd.DataFrame:
        """Values of the uncertain inputs (draw, input): drawn again, and kept where they are few."""
        return self._drawn if self.draws * len(self.sample.uncertainty.rows) <= _KEPT else self._draw_again()

    @cached_property
    def _drawn(self) -> pd.DataFrame:
        return self._draw_again()

    def _draw_again(self) -> pd.DataFrame:
        names = list(self.sample.uncertainty.uncertain)
        return pd.DataFrame(self.sample.values(0, self.draws), columns=names, copy=False)

    def _blocks_of_inputs(self) -> Iterator[pd.DataFrame]:
        names = list(self.sample.uncertainty.uncertain)
        for start in range(0, self.draws, _BLOCK):
            values = self.sample.values(start, min(start + _BLOCK, self.draws))
            yield pd.DataFrame(values, columns=names, copy=False)

    @cached_property
    def totals(self) -> xr.Dataset:
        """Totals on draw, strategy and horizon; the undiscounted ones are means, on strategy and horizon."""
        means = self.totals_of_lines()
        return self.by_draw.assign({name: means[name] for name in means if name not in self.by_draw})


class Interrupted(KeyboardInterrupt):
    """A probabilistic run was stopped by Ctrl-C. `partial` is the result of the draws done so far, None if none are."""

    def __init__(self, partial: ProbabilisticResult | None, asked: int, folder: Path | None) -> None:
        self.partial, self.asked, self.folder = partial, asked, folder
        super().__init__(str(self))

    @property
    def done(self) -> int:
        """Number of draws done."""
        return self.partial.draws if self.partial else 0

    @property
    def said(self) -> str:
        """How far it had come."""
        return f"interrupted after {self.done:,} of {self.asked:,} draws"

    def __str__(self) -> str:
        hint = (
            f"the same run with the same store ({self.folder}) goes on from there"
            if self.folder
            else "with a store it could be taken up again"
        )
        return f"{self.said}; {hint}"


@takes_cases
def run_psa(
    inputs: Inputs,
    draws: int | None = None,
    seed: int | None = None,
    *,
    store: str | Path | None = None,
    keep: Sequence[str] = (),
    engine: str = THREADS,
    workers: int | None = None,
    block: int | None = None,
    model: Model | None = None,
    progress: OnProgress | None = None,
) -> ProbabilisticResult:
    """Run a probabilistic analysis of any number of draws in little memory, on threads, processes or a Dask cluster.

    Every draw has the bits it has in ``he.run(inputs.draws(draws, seed))`` (in `run_draws`, if the workbook weighs
    families of curves), whatever `engine`, `workers` and `block` are. `draws` and `seed` are by default those of the
    settings.

    `store` is a folder for the draws (a Zarr group, which ``xarray.open_zarr`` reads). If it holds pages of the same
    run already, as after an interruption, the run goes on from there; those of another run are refused. `keep` adds to
    the store ``values`` (what was drawn for each input) and ``lines`` (every line of the ledger by draw).

    `engine` is ``threads``, ``processes``, ``dask`` (a cluster on this machine) or ``dask://host:port``; `workers`
    their number, by default one for each processor; `block` the number of draws that the model sees at a time.
    ``progress(done, draws)`` is called as pages of 4,096 draws finish.

    Raises `HeconError` with the argument at fault; `Interrupted`, which holds the draws done so far, on Ctrl-C.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> psa = he.run_psa(inputs, 1_000_000, store="psa.zarr", engine="dask")  # doctest: +SKIP
    >>> psa.summary()  # doctest: +SKIP
    """
    count = checked_count(inputs, draws)
    refuse_sizes(block=block, workers=workers)
    refuse_engine(engine, workers)
    keep = [keep] if isinstance(keep, str) else keep
    for name in keep:
        one_of(name, (VALUES, LINES), "thing to keep")
    if keep and store is None:
        raise HeconError(f"keep is {', '.join(keep)}, which needs a store: store='FOLDER'")
    sample = all_draws(inputs, seed, model)
    first = run(sample.case(0, min(count, _FIRST)))
    job = Job(sample, count, first, block, tuple(sorted(set(keep))), tuple(choices_of(inputs)))
    done = _Done(job, store)
    if progress and done.draws:
        progress(done.draws, count)
    try:
        with closing(answers(engine, settle_page, job, done.missing, workers)) as pages:
            for page in pages:
                done.put(page)
                if progress:
                    progress(done.draws, count)
    except KeyboardInterrupt:
        raise Interrupted(done.result() if done.whole else None, count, done.folder) from None
    return done.result()


class _Done:
    """The pages that are done: their totals in memory or in a store, their sums in memory."""

    def __init__(self, job: Job, store: str | Path | None) -> None:
        self._job = job
        self._kept = _Memory(job) if store is None else DrawStore(store, job, _key(job))
        self.folder = None if store is None else Path(store)
        self._sums = {page: self._kept.sums(page) for page in self._kept.done}

    @property
    def missing(self) -> list[int]:
        """Pages that are not done."""
        return [page for page in range(self._job.pages) if page not in self._sums]

    @property
    def draws(self) -> int:
        """Number of draws done."""
        places = map(self._job.place, self._sums)
        return sum(place.stop - place.start for place in places)

    @property
    def whole(self) -> int:
        """Number of pages done before the first that is missing: their draws are those of a smaller run."""
        return next(iter(self.missing), self._job.pages)

    def put(self, page: PageOfDraws) -> None:
        """Take a page that is done."""
        self._kept.put(page)
        self._sums[page.number] = page.sums

    def result(self) -> ProbabilisticResult:
        """Give the result of the pages done before the first that is missing."""
        job, pages = self._job, self.whole
        draws = job.place(pages - 1).stop
        sums = functools.reduce(operator.add, (self._sums[page] for page in range(pages)))
        return ProbabilisticResult(
            case=job.draws.case_of(draws),
            time=job.time,
            lines=mean_lines(job, sums, draws),
            crossings=sums.crossings,
            by_draw=self._kept.totals(draws),
            sample=job.draws,
            asked=job.count,
            folder=self.folder,
        )


def _key(job: Job) -> dict[str, Any]:
    """What the draws of a run depend on, and what is kept of them."""
    return {**run_key(job.draws.case_of(job.count)), "keep": list(job.keep)}


class _Memory:
    """Totals by draw in memory."""

    done: tuple[int, ...] = ()

    def __init__(self, job: Job) -> None:
        self._job = job
        self._arrays = {name: np.empty((job.count, *array.shape[1:])) for name, array in job.template_totals.items()}

    def put(self, page: PageOfDraws) -> None:
        for name, array in page.totals.items():
            self._arrays[name][self._job.place(page.number)] = array

    def sums(self, page: int) -> PageSums:
        raise LookupError(page)

    def totals(self, draws: int) -> xr.Dataset:
        first = self._job.template_totals
        coordinates = next(iter(first.values())).drop_vars(DRAW, errors="ignore").coords
        return xr.Dataset(
            {name: (first[name].dims, array[:draws]) for name, array in self._arrays.items()}, coords=coordinates
        )
