"""Value of the studies of a workbook: EVSI of each, for each decision that a reader may face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_DRAWS, SEVERAL_STRATEGIES, given_table
from hecon.analysis.registry import Analysis
from hecon.analysis.result import Result
from hecon.analysis.value.evsi import best_designs, study_tables
from hecon.analysis.value.perfect_information import decisions, evpi, with_decision
from hecon.analysis.value.studies import STUDIES, studies
from hecon.analysis.value.trial import Study
from hecon.errors import HeconError
from hecon.threads import on_threads


def sample_information(psa: Result, *, progress: Callable[[int, int], None] | None = None) -> pd.DataFrame:
    """EVSI of every study of the workbook, by regression: the columns of `evsi`, with decision in front.

    For each decision in which information is worth something at the highest willingness to pay; empty if in none.
    """
    settings = psa.case.settings
    levels = settings.willingness_to_pay
    asked = {
        decision: strategies
        for decision, strategies in decisions(psa.case).items()
        if (evpi(psa, levels[-1], strategies=strategies)["evpi"] > 0).any()
    }
    listed = studies(psa.case) if asked else []

    def work(study: Study) -> list[pd.DataFrame]:
        return study_tables(psa, [study], list(asked.values()), levels, psa.time.horizons, ["regression"])

    found: list[list[pd.DataFrame]] = []
    for done, frames in enumerate(on_threads(work, listed), start=1):
        found.append(frames)
        if progress:
            progress(done, len(listed))
    tables = []
    for decision, own in zip(asked, zip(*found, strict=True), strict=True):
        table = pd.concat(own, ignore_index=True)
        table.insert(0, "decision", decision)
        tables.append(table)
    return best_designs(pd.concat(tables, ignore_index=True)) if tables else pd.DataFrame()


def _accept(value: Any, base: Result) -> pd.DataFrame:
    if STUDIES not in base.case.tables:
        raise HeconError("evsi is for the studies of a workbook, and this result's workbook has no sheet Studies")
    columns = ("design", "horizon_years", "evsi", "study_cost")
    return with_decision(given_table(value, "evsi", columns, "he.value.evsi(psa)"), base.case)


ANALYSIS = Analysis(
    called="value of studies",
    run=lambda task: sample_information(task.found["psa"], progress=task.progress),
    tables={"evsi": lambda table, _: table},
    needs=(SEVERAL_DRAWS, SEVERAL_STRATEGIES, COSTS_AND_QALYS),
    requires=("psa",),
    asked=lambda inputs: inputs.tables.get(STUDIES) is not None,
    accept=_accept,
)
