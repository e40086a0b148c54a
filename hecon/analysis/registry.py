"""The analyses of a workbook beside the base case: a line each here, a record each in a file of its own.

To add one, write a module that holds ``ANALYSIS = Analysis(...)`` and give it a line in `ANALYSES`; what is said about
it in workbooks and on the screen is its `hecon.report.registry.Presentation`. Everything else walks these two lists:
`run_suite`, ``hecon run`` and its ``--only``, the CSV files, the results workbook with cover and notes. A module is
loaded when its record is asked for, so that the command line knows the names without the weight of the analyses.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from hecon.errors import HeconError, UnknownNameError, did_you_mean
from hecon.frozen import frozen

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from hecon.analysis.result import Result
    from hecon.inputs.case import Inputs, Model

#: Every analysis beside the base case in the order of running, and the module that holds its record ``ANALYSIS``. The
#: module may lie above this room, as that of the health of a model does, which looks at the live workbook too.
ANALYSES: dict[str, str] = {
    "health": "hecon.verification.battery",
    "average_ratios": "hecon.analysis.value.average_ratios",
    "scenarios": "hecon.analysis.scenarios",
    "plausibility": "hecon.analysis.value.plausible_curves",
    "one_way": "hecon.analysis.sensitivity.one_way",
    "thresholds": "hecon.analysis.sensitivity.prices",
    "price_grid": "hecon.analysis.sensitivity.price_pairs",
    "psa": "hecon.analysis.psa.tables",
    "scenario_draws": "hecon.analysis.psa.scenario_draws",
    "evppi": "hecon.analysis.value.partial_information",
    "evsi": "hecon.analysis.value.sample_information",
    "sobol": "hecon.analysis.sensitivity.sobol",
    "map": "hecon.analysis.sensitivity.decision_map",
    "severity": "hecon.analysis.value.shortfall",
    "budget": "hecon.analysis.budget.workbook",
}


@frozen(eq=True)
class Task:
    """What an analysis is given: the workbook, its base case, what others found, and how to run.

    `found` holds the results of the analyses that the record `requires`, and of those that it `uses` and that were
    asked for. `progress(done, count)` says how far the work is. `engine`, `workers` and `store` are those of `run_psa`.
    """

    inputs: Inputs
    base: Result
    found: Mapping[str, Any]
    progress: Callable[[int, int], None]
    model: Model | None
    engine: str
    workers: int | None
    store: str | Path | None

    @property
    def comparator(self) -> str:
        """The strategy that the others are held against."""
        return str(self.base.case.comparator)

    @property
    def others(self) -> list[str]:
        """Every strategy but the comparator."""
        return [strategy for strategy in self.base.strategies if strategy != self.comparator]


@frozen(eq=True)
class Need:
    """Something that an analysis needs of a workbook and its base case, and what is said where it is missing.

    The sentence goes on after "Left out, since": ``there is only one strategy``.
    """

    missing: str
    met: Callable[[Inputs, Result], bool]


def _always(_: Inputs) -> bool:
    return True


def _as_given(value: Any, _: Result) -> Any:
    return value


@frozen(eq=True)
class Analysis:
    """One analysis, as everything that is done with it sees it.

    called       what it is called in sentences and progress: ``one-way analysis``.
    run          gives its result for a `Task`.
    tables       its exported tables, each a file ``NAME.csv``: what makes the table of (what `accept` gave, base case).
                 A table without rows is left out.
    needs        what the workbook must have; of several that are missing the first is said.
    requires     analyses whose results it cannot do without: they are run whether asked for or not.
    uses         analyses whose results it takes if they are asked for.
    asked        whether the workbook asks for it at all; where not, nothing is done or said.
    accept       checks and completes what a caller of `write_workbook` gives in its place: of (value, base case).
    nothing      what stands in its place in a `Suite` where it was not done.
    sensitivity  whether ``--no-sensitivity`` leaves it out.
    by_name      whether `run_suite` does it only where it is named; ``hecon run`` names it every time.
    aside        whether a second process may do it while this one does others: it is long, takes nothing from others,
                 and what it gives can be sent.
    """

    called: str
    run: Callable[[Task], Any]
    tables: Mapping[str, Callable[[Any, Result], pd.DataFrame]] = field(default_factory=dict)
    needs: Sequence[Need] = ()
    requires: Sequence[str] = ()
    uses: Sequence[str] = ()
    asked: Callable[[Inputs], bool] = _always
    accept: Callable[[Any, Result], Any] = _as_given
    nothing: Any = None
    sensitivity: bool = True
    by_name: bool = False
    aside: bool = False


def analysis(name: str) -> Analysis:
    """Give the record of an analysis. Raises `UnknownNameError` for a name that is none."""
    return record(name, ANALYSES, "ANALYSIS", Analysis)


def record(name: str, homes: Mapping[str, str], variable: str, kind: type) -> Any:
    """Load the record of an analysis that the module named in a list holds in a variable."""
    if name not in homes:
        raise UnknownNameError(f"there is no analysis '{name}' ({', '.join(homes)}).{did_you_mean(name, homes)}")
    found = getattr(importlib.import_module(homes[name]), variable, None)
    if not isinstance(found, kind):
        raise HeconError(f"{homes[name]} has no {variable}, which is to be the {kind.__name__} of '{name}'")
    return found


def why_not(name: str, inputs: Inputs, base: Result) -> str:
    """Say why an analysis cannot be done with a workbook, or give ""; what it requires must be possible too."""
    own = analysis(name)
    for other in own.requires:
        if why := why_not(other, inputs, base):
            return why
    return next((need.missing for need in own.needs if not need.met(inputs, base)), "")


def tables_of_analysis(name: str, value: Any, base: Result) -> Iterator[tuple[str, pd.DataFrame]]:
    """Make the tables of one analysis, by name."""
    for table, make in analysis(name).tables.items():
        yield table, make(value, base)


def table_names() -> list[str]:
    """Names of the tables of all analyses, in order. Raises `HeconError` if two analyses give the same."""
    owner: dict[str, str] = {}
    for name in ANALYSES:
        for table in analysis(name).tables:
            if table in owner:
                raise HeconError(f"table '{table}' is declared by the analyses '{owner[table]}' and '{name}'")
            owner[table] = name
    return list(owner)
