"""Every analysis of a workbook in one go, with the sizes on its Settings sheet: what ``hecon run`` does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

from hecon.analysis.plotting import Figures, plots_of
from hecon.analysis.psa.engines import THREADS, refuse_engine
from hecon.analysis.psa.probabilistic import Interrupted
from hecon.analysis.registry import ANALYSES, Task, analysis, why_not
from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.inputs.case import Inputs, Model
from hecon.inputs.from_case import takes_cases
from hecon.labels import one_of
from hecon.looks import ShownAsTables
from hecon.progress import OnProgress, OnStage
from hecon.scratch import give_back
from hecon.second_process import SecondProcess, is_possible
from hecon.survival.special import kernels

if TYPE_CHECKING:
    import pandas as pd

    from hecon.analysis.budget.impact import BudgetImpact
    from hecon.analysis.health import Health
    from hecon.analysis.psa.tables import PsaTables
    from hecon.analysis.sensitivity.decision_map import DecisionMap
    from hecon.analysis.sensitivity.one_way import OneWay
    from hecon.analysis.sensitivity.sobol import GlobalSensitivity
    from hecon.analysis.value.plausible_curves import PlausibleCurves


class FoundByName:
    """What each analysis gives, as a `Suite` finds it: for type checkers, and for completion."""

    health: Health | None
    average_ratios: pd.DataFrame | None
    scenarios: Mapping[str, Result]
    plausibility: PlausibleCurves | None
    one_way: tuple[OneWay, ...]
    thresholds: pd.DataFrame | None
    price_grid: pd.DataFrame | None
    psa: Result | None
    scenario_draws: pd.DataFrame | None
    evppi: pd.DataFrame | None
    evsi: pd.DataFrame | None
    sobol: GlobalSensitivity | None
    map: DecisionMap | None
    severity: pd.DataFrame | None
    budget: BudgetImpact | None


class GivenByName(TypedDict, total=False):
    """What an export takes of each analysis, as its record accepts it: for type checkers, and for completion."""

    health: Health | None
    average_ratios: pd.DataFrame | None
    scenarios: Mapping[str, Result] | None
    plausibility: PlausibleCurves | None
    one_way: OneWay | Sequence[OneWay] | None
    thresholds: pd.DataFrame | None
    price_grid: pd.DataFrame | None
    psa: Result | PsaTables | None
    scenario_draws: pd.DataFrame | None
    evppi: pd.DataFrame | None
    evsi: pd.DataFrame | None
    sobol: GlobalSensitivity | None
    map: DecisionMap | None
    severity: pd.DataFrame | None
    budget: BudgetImpact | None


@dataclass(frozen=True, eq=False, repr=False)
class Suite(ShownAsTables, FoundByName):
    """Results of all analyses: ``suite.psa``, ``suite.one_way``, ...: a name for each of the registry's `ANALYSES`.

    What was not done is None (no scenarios: an empty mapping, no one-way analyses: an empty tuple); what could not be
    done is in `skipped`, with why. `found` holds what was done, by name. `interrupted` says how far the work had come
    when it was broken off; it is empty if it was not.
    """

    base: Result
    found: Mapping[str, object] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    interrupted: str = ""

    def __getattr__(self, name: str) -> Any:
        if name not in ANALYSES:
            raise AttributeError(f"a Suite has no attribute '{name}'; its analyses are {', '.join(ANALYSES)}")
        return self.found.get(name, analysis(name).nothing)

    @property
    def plot(self) -> Figures:
        """Figures of the base case and of every analysis by name: ``suite.plot.tornado()``; `dir` lists them."""
        return plots_of(self)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *ANALYSES]

    @property
    def analyses(self) -> GivenByName:
        """The analyses that found something, by the names that `write_workbook` takes."""
        kept = {name: self.found[name] for name in ANALYSES if name in self.found and not is_empty(self.found[name])}
        return cast("GivenByName", kept)


def is_empty(value: Any) -> bool:
    """Whether an analysis found nothing: None, or what has no length.

    >>> is_empty(None), is_empty(()), is_empty({"Lower price": 1})
    (True, True, False)
    """
    return value is None or (hasattr(value, "__len__") and len(value) == 0)


@takes_cases
def run_suite(
    inputs: Inputs,
    only: Collection[str] | None = None,
    *,
    model: Model | None = None,
    engine: str = THREADS,
    workers: int | None = None,
    store: str | Path | None = None,
    progress: OnStage | None = None,
    aside: bool = False,
) -> Suite:
    """Run the base case and the analyses named in `only` (all of the registry's `ANALYSES` but "health", unless given).

    The model is the one the workbook names, unless given. Sizes are settings: draws, seed, sobol_samples, evppi_groups.
    Scenarios and studies are those of their sheets; a workbook without the sheet has none.
    One-way and Sobol look at the incremental net monetary benefit of every strategy against the comparator, at the
    highest willingness to pay and at every horizon. `engine`, `workers` and `store` are those of `run_psa`.
    `progress(what, done, count)` is called as work goes on. With `aside`, as ``hecon run`` does it, a second process
    takes a part of the analyses where there is one to be had (`hecon.second_process`); results do not depend on it.

    Ctrl-C after the base case gives what is done by then, of the probabilistic analysis the draws done; `interrupted`
    says so. Raises `UnknownNameError` for a name that is no analysis.

    >>> import hecon as he
    >>> suite = run_suite(he.read_workbook("inputs/isa_dara_pd_us.xlsx"))  # doctest: +SKIP
    >>> he.write_workbook(suite.base, "results.xlsx", **suite.analyses)  # doctest: +SKIP
    """
    wanted = [name for name in ANALYSES if not analysis(name).by_name] if only is None else only
    for name in wanted:
        one_of(name, ANALYSES, "analysis")
    refuse_engine(engine, workers)
    base = run(inputs.base_case(model))
    asked = [name for name in ANALYSES if name in wanted and analysis(name).asked(inputs)]
    skipped = {name: why for name in asked if (why := why_not(name, inputs, base))}
    task = Task(inputs, base, {}, _unheard, model, engine, workers, store)
    work = _Work([name for name in asked if name not in skipped], task, progress)
    interrupted = ""
    try:
        work.do_all(_aside(work.wanted) if aside and workers != 1 else ())
    except KeyboardInterrupt as stop:
        skipped |= dict.fromkeys(work.missing(), "interrupted")
        interrupted = work.interrupted(stop)
    return Suite(base, work.found, skipped, interrupted)


class _Work:
    """The analyses that are `wanted`, in their order: which were begun, and what was found by name."""

    def __init__(self, wanted: Sequence[str], task: Task, progress: OnStage | None) -> None:
        self.wanted, self._task, self._progress = wanted, task, progress
        self.found: dict[str, Any] = {}
        self._begun: list[str] = []

    def do_all(self, aside: Sequence[str]) -> None:
        """Do them all; a second process takes of those `aside` what this one has not begun.

        Of several errors the first in the order of the analyses is raised, whichever was met first.
        """
        base = self._task.base
        second = SecondProcess(aside, self._result_of, (self._task.inputs, base, base.case), self.found)
        name = ""
        try:
            with second:
                for name in chain((name for name in self.wanted if name not in second.names), second.left()):
                    self._do(name)
                second.wait(self._tell)
        except Exception:
            for earlier in self.wanted[: self.wanted.index(name)]:
                self._do(earlier)
            raise
        for name in self.wanted:  # what the second process could not give
            self._do(name)

    def missing(self) -> list[str]:
        """Those of which nothing was found."""
        return [name for name in self.wanted if name not in self.found]

    def interrupted(self, stop: KeyboardInterrupt) -> str:
        """Say how far the work was when it was broken off, and keep the part that an analysis gives of itself."""
        if isinstance(stop, Interrupted):
            if stop.partial is not None:
                self.found[self._begun[-1]] = stop.partial
            return stop.said
        if not self._begun or not self.missing():
            return "interrupted"
        during = next((name for name in self._begun if name not in self.found), self.missing()[0])
        return f"interrupted during the {analysis(during).called}"

    def _do(self, name: str) -> None:
        if name in self.found:
            return
        own = analysis(name)
        for other in (*own.requires, *(one for one in own.uses if one in self.wanted)):
            self._do(other)
        self._begun.append(name)
        self.found[name] = self._result_of(name, partial(self._tell, name))

    def _result_of(self, name: str, told: OnProgress) -> Any:
        own = analysis(name)
        known = {other: self.found[other] for other in (*own.requires, *own.uses) if other in self.found}
        result = own.run(replace(self._task, found=known, progress=told))
        give_back()
        return result

    def _tell(self, name: str, done: int, count: int) -> None:
        if self._progress:
            self._progress(analysis(name).called, done, count)


def _unheard(done: int, count: int) -> None:
    """Hear how far work is, and say nothing."""


def _aside(wanted: Sequence[str]) -> list[str]:
    """Give the analyses that a second process may do: several made for it, for which no other analysis waits."""
    awaited = {other for name in wanted for other in (*analysis(name).requires, *analysis(name).uses)}
    able = [name for name in wanted if analysis(name).aside and name not in awaited]
    if len(able) < 2 or not is_possible():
        return []
    kernels()  # numba, where it is installed: loaded before the copy is made, it is there for both
    return able
