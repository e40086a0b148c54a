"""Value of information of a workbook: EVPPI of every group of its inputs, for each decision that a reader may face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_DRAWS, SEVERAL_STRATEGIES, given_table
from hecon.analysis.registry import Analysis, Need
from hecon.analysis.result import Result
from hecon.analysis.value.evppi import evppi
from hecon.analysis.value.groups import groups_of
from hecon.analysis.value.perfect_information import decision_population, decisions, with_decision


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


def _accept(value: Any, base: Result) -> pd.DataFrame:
    columns = ("horizon_years", "group", "willingness_to_pay", "evppi")
    return with_decision(given_table(value, "evppi", columns, "he.evppi(psa, ...)"), base.case)


GROUPS = Need("the setting evppi_groups is none", lambda inputs, _: inputs.settings.evppi_groups != "none")

ANALYSIS = Analysis(
    called="value of information",
    run=lambda task: partial_information(task.found["psa"], progress=task.progress),
    tables={"evppi": lambda table, _: table},
    needs=(GROUPS, SEVERAL_DRAWS, SEVERAL_STRATEGIES, COSTS_AND_QALYS),
    requires=("psa",),
    accept=_accept,
)
