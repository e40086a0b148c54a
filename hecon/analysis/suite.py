"""Every analysis of a workbook in one go, with the sizes on its Settings sheet: what ``hecon run`` does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from hecon.analysis.psa.engines import THREADS, refuse_engine
from hecon.analysis.psa.probabilistic import Interrupted, run_psa
from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.analysis.scenarios import BASE_CASE, run_scenarios
from hecon.analysis.sensitivity.one_way import OneWay, one_way
from hecon.analysis.sensitivity.prices import decision_thresholds
from hecon.analysis.sensitivity.sobol import GlobalSensitivity, sobol, varied
from hecon.analysis.value.evppi import evppi
from hecon.analysis.value.groups import groups_of
from hecon.analysis.value.perfect_information import decision_population, evpi, with_best
from hecon.analysis.value.studies import STUDIES, evsi_of, studies_of
from hecon.inputs.batch import uncertainty_of
from hecon.inputs.case import Case, Inputs, Model
from hecon.labels import STRATEGY, one_of
from hecon.threads import on_threads

#: The analyses beside the base case, in order, and what each is called.
ANALYSES: Mapping[str, str] = {
    "scenarios": "scenarios",
    "one_way": "one-way analysis",
    "thresholds": "thresholds",
    "psa": "probabilistic analysis",
    "evppi": "value of information",
    "evsi": "value of studies",
    "sobol": "Sobol indices",
}

#: What is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Suite:
    """Results of all analyses: what was not asked for is empty, what could not be done is in `skipped`, with why.

    `interrupted` says how far the work had come when it was broken off; it is empty if it was not.
    """

    base: Result
    scenarios: Mapping[str, Result] = field(default_factory=dict)
    one_way: tuple[OneWay, ...] = ()
    thresholds: pd.DataFrame | None = None
    psa: Result | None = None
    evppi: pd.DataFrame | None = None
    evsi: pd.DataFrame | None = None
    sobol: GlobalSensitivity | None = None
    skipped: Mapping[str, str] = field(default_factory=dict)
    interrupted: str = ""

    @property
    def analyses(self) -> dict[str, Any]:
        """The analyses that there are, by the names that `write_workbook` takes."""
        found = {name: getattr(self, name) for name in ANALYSES}
        return {name: value for name, value in found.items() if value is not None and len(_sized(value))}


def _sized(value: Any) -> Any:
    return value if isinstance(value, tuple | Mapping | pd.DataFrame) else (value,)


def run_suite(
    inputs: Inputs,
    only: Collection[str] = tuple(ANALYSES),
    *,
    model: Model | None = None,
    engine: str = THREADS,
    workers: int | None = None,
    store: str | Path | None = None,
    progress: Progress | None = None,
) -> Suite:
    """Run the base case and the analyses named in `only` (all of `ANALYSES`, unless given).

    The model is the one the workbook names, unless given. Sizes are settings: draws, seed, sobol_samples, evppi_groups.
    Scenarios and studies are those of their sheets; a workbook without the sheet has none.
    One-way and Sobol look at the incremental net monetary benefit of every strategy against the comparator, at the
    highest willingness to pay and at every horizon. `engine`, `workers` and `store` are those of `run_psa`.
    `progress(what, done, count)` is called as work goes on.

    Ctrl-C after the base case gives what is done by then, of the probabilistic analysis the draws done; `interrupted`
    says so. Raises `UnknownNameError` for a name that is no analysis.

    >>> import hecon as he
    >>> suite = run_suite(he.read_workbook("inputs/isa_dara_pd_us.xlsx"))  # doctest: +SKIP
    >>> he.write_workbook(suite.base, "results.xlsx", **suite.analyses)  # doctest: +SKIP
    """
    for name in only:
        one_of(name, ANALYSES, "analysis")
    absent = {"scenarios": not inputs.scenarios, "evsi": inputs.tables.get(STUDIES) is None}
    asked = [name for name in ANALYSES if name in only and not absent.get(name)]
    refuse_engine(engine, workers)
    skipped = {name: why for name, why in _impossible(inputs) if name in asked}
    wanted = [name for name in asked if name not in skipped]

    def told(name: str) -> Callable[[int, int], None]:
        return lambda done, count: progress(ANALYSES[name], done, count) if progress else None

    found: dict[str, Any] = {}
    if "scenarios" in wanted:
        found["scenarios"] = run_scenarios(inputs, model=model, progress=told("scenarios"))
        base = found["scenarios"][BASE_CASE]
    else:
        base = run(inputs.base_case(model))
    against = base.case.comparator
    pairs = [(strategy, against) for strategy in base.strategies if strategy != against]
    no_effects = not {"cost", "qaly"} <= set(map(str, base.totals))
    for name in [name for name in wanted if no_effects and name not in ("scenarios", "psa")]:
        skipped[name] = "the model has no costs or no QALYs"
        wanted.remove(name)
    interrupted = ""
    try:
        if "one_way" in wanted:
            found["one_way"] = tuple(
                one_way(inputs, strategy=one, comparator=other, model=model) for one, other in pairs
            )
            told("one_way")(len(pairs), len(pairs))
        if "thresholds" in wanted:
            found["thresholds"] = decision_thresholds(
                inputs, found.get("one_way", ()), model=model, progress=told("thresholds")
            )
        if {"psa", "evppi", "evsi"} & set(wanted):
            found["psa"] = run_psa(
                inputs, store=store, engine=engine, workers=workers, model=model, progress=told("psa")
            )
        if "evppi" in wanted:
            found["evppi"] = partial_information(found["psa"], progress=told("evppi"))
        if "evsi" in wanted:
            found["evsi"] = sample_information(found["psa"], progress=told("evsi"))
        if "sobol" in wanted:
            n = inputs.settings.sobol_samples
            found["sobol"] = sobol(inputs, n, strategy=[one for one, _ in pairs], model=model, progress=told("sobol"))
    except KeyboardInterrupt as stop:
        missing = [name for name in wanted if name not in found]
        skipped |= dict.fromkeys(missing, "interrupted")
        interrupted = "interrupted" if not missing else f"interrupted during the {ANALYSES[missing[0]]}"
        if isinstance(stop, Interrupted):
            interrupted = stop.said
            found |= {} if stop.partial is None else {"psa": stop.partial}
    return Suite(base, **found, skipped=skipped, interrupted=interrupted)


def _impossible(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """Analyses that this workbook does not allow, or leaves out by its settings, with why."""
    alone = len(inputs.labels[STRATEGY]) < 2
    settings = inputs.settings
    for name in ("one_way", "thresholds", "evppi", "evsi", "sobol"):
        if alone:
            yield name, "there is only one strategy"
    uncertain = uncertainty_of(inputs).sources
    if not uncertain:
        for name in ("psa", "evppi", "evsi", "sobol"):
            yield name, "no input has a distribution"
    elif len(varied(inputs).sources) < 2:
        yield "sobol", "fewer than two inputs are uncertain"
    if settings.draws < 2:
        yield "evppi", "it needs more than one draw"
        yield "evsi", "it needs more than one draw"
    if settings.evppi_groups == "none":
        yield "evppi", "the setting evppi_groups is none"
    if not settings.sobol_samples:
        yield "sobol", "the setting sobol_samples is 0"


def decisions(case: Case) -> dict[str, tuple[str, ...]]:
    """Decisions that a reader may face: each strategy or the comparator, and, of more than two, one of all.

    >>> decisions(case)  # doctest: +SKIP
    {'Isa-Pd or Dara-Pd': ('Isa-Pd', 'Dara-Pd'), 'all strategies': ('Isa-Pd', 'Dara-Pd', 'Pd')}
    """
    strategies, comparator = tuple(case.labels[STRATEGY]), case.comparator
    found: dict[str, tuple[str, ...]] = {
        f"{one} or {comparator}": (one, comparator) for one in strategies if one != comparator
    }
    return found if len(strategies) < 3 else {**found, "all strategies": strategies}


def partial_information(psa: Result, *, progress: Callable[[int, int], None] | None = None) -> pd.DataFrame:
    """EVPPI of every group of inputs (setting evppi_groups) for each decision: the columns of `evppi`, and decision."""
    settings = psa.case.settings
    groups, asked = groups_of(psa, settings.evppi_groups), decisions(psa.case)
    people = decision_population(psa.case)
    frames = []
    for number, (decision, strategies) in enumerate(asked.items()):

        def told(done: int, count: int, before: int = number) -> None:
            if progress:
                progress(before * count + done, len(asked) * count)

        table = evppi(psa, groups, strategies=strategies, population=people, progress=told)
        table.insert(0, "decision", decision)
        frames.append(table)
    return pd.concat(frames, ignore_index=True)


def sample_information(psa: Result, *, progress: Callable[[int, int], None] | None = None) -> pd.DataFrame:
    """EVSI of every study of the workbook, by regression: the columns of `evsi_of`, with decision in front.

    For each decision in which information is worth something at the highest willingness to pay; empty if in none.
    """
    level = psa.case.settings.willingness_to_pay[-1]
    asked = {
        decision: strategies
        for decision, strategies in decisions(psa.case).items()
        if (evpi(psa, level, strategies=strategies)["evpi"] > 0).any()
    }
    parts = [(decision, study.name) for decision in asked for study in studies_of(psa.case)]

    def work(part: tuple[str, str]) -> pd.DataFrame:
        decision, design = part
        table = evsi_of(psa, methods="regression", strategies=asked[decision], designs=[design])
        table.insert(0, "decision", decision)
        return table

    frames = []
    for done, frame in enumerate(on_threads(work, parts), start=1):
        frames.append(frame)
        if progress:
            progress(done, len(parts))
    if not frames:
        return pd.DataFrame()
    return _best_designs(pd.concat(frames, ignore_index=True))


def _best_designs(table: pd.DataFrame) -> pd.DataFrame:
    """Mark the best of all designs: they were valued one at a time."""
    keys = ["decision", "horizon_years", "willingness_to_pay", "method"]
    return with_best(table, keys) if "population" in table else table
