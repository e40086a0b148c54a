"""Value of information of a workbook: EVPPI of every group of its inputs, for each decision that a reader may face."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pandas as pd

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_DRAWS, SEVERAL_STRATEGIES, given_table
from hecon.analysis.psa.export import costs_and_effects, parameter_table
from hecon.analysis.registry import Analysis, Need
from hecon.analysis.result import Result
from hecon.analysis.value.evppi import evppi_together
from hecon.analysis.value.groups import groups_of
from hecon.analysis.value.perfect_information import decision_population, decisions, with_decision


def partial_information(psa: Result, *, progress: Callable[[int, int], None] | None = None) -> pd.DataFrame:
    """EVPPI of every group of inputs (setting evppi_groups) for each decision: the columns of `evppi`, and decision."""
    settings = psa.case.settings
    asked, horizons = decisions(psa.case), psa.time.horizons
    by_horizon = [costs_and_effects(psa, horizon) for horizon in horizons]
    pairs = [
        (costs[list(strategies)], effects[list(strategies)])
        for strategies in asked.values()
        for costs, effects in by_horizon
    ]
    tables = evppi_together(
        pairs, parameter_table(psa), groups_of(psa, settings.evppi_groups), settings.willingness_to_pay,
        population=decision_population(psa.case), progress=progress,
    )  # fmt: skip
    for table, (decision, horizon) in zip(tables, itertools.product(asked, horizons), strict=True):
        table.insert(0, "horizon_years", horizon)
        table.insert(0, "decision", decision)
    return pd.concat(tables, ignore_index=True)


def _accept(value: Any, base: Result) -> pd.DataFrame:
    columns = ("horizon_years", "group", "willingness_to_pay", "evppi")
    return with_decision(given_table(value, "evppi", columns, "he.value.evppi(psa, ...)"), base.case)


GROUPS = Need("the setting evppi_groups is none", lambda inputs, _: inputs.settings.evppi_groups != "none")

ANALYSIS = Analysis(
    called="value of information",
    run=lambda task: partial_information(task.found["psa"], progress=task.progress),
    tables={"evppi": lambda table, _: table},
    needs=(GROUPS, SEVERAL_DRAWS, SEVERAL_STRATEGIES, COSTS_AND_QALYS),
    requires=("psa",),
    accept=_accept,
)
