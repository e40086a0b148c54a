"""The Average ratios sheet: what a progression-free month, a life year and a QALY cost on average in each arm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from hecon.analysis.value.average_ratios import PRE_PROGRESSION, WARNING
from hecon.labels import STRATEGY
from hecon.parameters import records_of
from hecon.report.analyses import Analyses
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, headers, heading, paragraph, section, width_for
from hecon.report.words import money, several, years

if TYPE_CHECKING:
    from hecon.report.document.parts import Block

_NAME = "Average ratios"
_EFFECTS = {"progression_free_month": "progression-free month", "life_year": "life year", "qaly": "QALY"}
_COSTS = {"all": "all costs", PRE_PROGRESSION: "costs before progression"}
_SCOPE = (
    "Costs before progression are those counted in the state progression_free, at the start, or by those on treatment; "
    "costs of another state, or of entering one, are not among them."
)


def write_average_ratios(table: pd.DataFrame, export: Export) -> None:
    """Write one block for each kind of costs and effect: strategies down, horizons across."""
    horizons = list(dict.fromkeys(table["horizon_years"]))
    strategies = list(dict.fromkeys(table[STRATEGY]))
    page = export.book.page(_NAME, help="Cost of each strategy over its own effect, both discounted.")
    widths = [width_for(strategies, 26, 40), *[16.0] * max(len(horizons), 5)]
    page.widths(widths)
    row = TOP
    for sentence in _about(table):
        row = paragraph(page, row, sentence, widths)
    blocks: dict[tuple[str, str], dict[tuple[str, float], float]] = {}
    for one in records_of(table):
        block = blocks.setdefault((one["effect"], one["costs"]), {})
        block[one[STRATEGY], one["horizon_years"]] = one["average_cost"]
    for (effect, costs), values in blocks.items():
        first = row + 1
        row = heading(page, first, f"{export.currency} per {_EFFECTS[effect]}, {_COSTS[costs]}")
        row = headers(page, row, ["Strategy", *map(years, horizons)], widths, ("Strategy",))
        for strategy in strategies:
            page.text(row, 0, strategy, "label")
            for column, horizon in enumerate(horizons, start=1):
                page.number(row, column, values[strategy, horizon], "whole")
            row += 1
        section(page, first, row)
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def _about(table: pd.DataFrame) -> list[str]:
    """Say what an average ratio is, what it is not, and which costs come before progression."""
    return [WARNING, *([_SCOPE] if PRE_PROGRESSION in set(table["costs"]) else [])]


def _sentences(table: pd.DataFrame, currency: str) -> Iterator[str]:
    """Say the average cost of the finest effect on each kind of costs: for the cover and the screen."""
    records = records_of(table)
    effect = records[0]["effect"]
    said: dict[str, dict[float, list[str]]] = {}
    for one in (one for one in records if one["effect"] == effect):
        arms = said.setdefault(one["costs"], {}).setdefault(one["horizon_years"], [])
        arms.append(f"{one[STRATEGY]} {_amount(one['average_cost'])}")
    for costs, by_horizon in said.items():
        parts = [f"{several(arms)} at {years(horizon)}" for horizon, arms in by_horizon.items()]
        yield f"Average cost of a {_EFFECTS[effect]} ({currency}, {_COSTS[costs]}): {'; '.join(parts)}."
    yield WARNING


def _amount(value: float) -> str:
    return "none" if pd.isna(value) else money(value)


def _findings(table: pd.DataFrame, analyses: Analyses) -> Iterator[str]:
    return _sentences(table, analyses.currency)


def _blocks(table: pd.DataFrame, analyses: Analyses) -> Iterator[Block]:
    """Give a table for each kind of costs: horizons and strategies down, effects across."""
    from hecon.report.document.parts import ReportColumn, ReportTable

    for costs, own in table.groupby("costs", sort=False):
        wide = own.pivot(index=["horizon_years", STRATEGY], columns="effect", values="average_cost")
        wide = wide.reindex(pd.MultiIndex.from_frame(own[["horizon_years", STRATEGY]].drop_duplicates())).reset_index()
        wide = wide.sort_values("horizon_years", kind="stable", ignore_index=True)
        effects = list(dict.fromkeys(own["effect"]))
        columns = (
            ReportColumn("horizon_years", "Horizon (years)", "digits"),
            ReportColumn(STRATEGY, "Strategy"),
            *(ReportColumn(name, f"{analyses.currency} per {_EFFECTS[name]}", "money") for name in effects),
        )
        yield ReportTable(f"average_{costs}", f"Average costs of an effect, {_COSTS[str(costs)]}", wide, columns)


PRESENTATION = Presentation(
    sheets=[
        ResultSheet(_NAME, "What a month, a life year and a QALY cost on average in each arm", write_average_ratios)
    ],
    findings=_findings,
    notes=lambda table, _: _about(table),
    about=lambda table, _: [_SCOPE] if PRE_PROGRESSION in set(table["costs"]) else [],
    blocks=_blocks,
)
