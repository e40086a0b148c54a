"""The Scenarios in draws sheet: increments of the scenarios that have an interval, with what the draws make of it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from hecon.labels import STRATEGY
from hecon.report.analyses import Analyses
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, headers, heading, paragraph, section, width_for
from hecon.report.words import money, several, years

_NAME = "Scenarios in draws"
_ABOUT = (
    "Scenarios whose new value is uncertain itself (columns low and high of sheet Scenarios) are drawn with every "
    "other input, from the same streams as the base case, {draws:,} times. Means, and the interval that holds 95 % of "
    "the draws."
)
_INTERVALS = (("incremental_cost", "whole"), ("incremental_qaly", "number"))


def write_scenario_draws(table: pd.DataFrame, export: Export) -> None:
    """Write one block for each strategy and horizon: scenarios down."""
    table = _shown(table)
    page = export.book.page(_NAME, help="Each scenario is a probabilistic analysis of its own.")
    currency = export.currency
    names = ["Scenario", f"Incremental costs ({currency})", "from", "to", "Incremental QALYs", "from", "to",
             "Probability of a saving", f"Probability of being worth {money(export.thresholds[-1])}"]  # fmt: skip
    widths = [width_for(table["scenario"], 26, 44), *[14.0] * 8]
    page.widths(widths)
    row = paragraph(page, TOP, _about(table), widths)
    for sentence in _sentences(table):
        row = paragraph(page, row, sentence, widths)
    for (strategy, comparator, _), own in table.groupby([STRATEGY, "comparator", "horizon_years"], sort=False):
        first = row + 1
        row = heading(page, first, f"{strategy} against {comparator}, {years(float(own['horizon_years'].iloc[0]))}")
        row = headers(page, row, names, widths)
        for one in own.to_dict("records"):
            page.text(row, 0, one["scenario"], "label")
            cells = [(one[f"{name}{end}"], style) for name, style in _INTERVALS for end in ("", "_low", "_high")]
            cells += [(one[name], "percent") for name in ("probability_cost_saving", "probability_cost_effective")]
            for column, (value, style) in enumerate(cells, start=1):
                page.number(row, column, float(value), style)
            row += 1
        section(page, first, row)
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def _about(table: pd.DataFrame) -> str:
    return _ABOUT.format(draws=int(table["draws"].iloc[0]))


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Give one row a scenario, strategy and horizon: that of the highest willingness to pay."""
    return table[table["willingness_to_pay"] == table["willingness_to_pay"].max()]


def _sentences(table: pd.DataFrame) -> Iterator[str]:
    """Say in which scenarios the interval of the QALYs gained holds 0 at the last horizon, and in which it does not."""
    last = table[table["horizon_years"] == table["horizon_years"].max()]
    for strategy, own in last.groupby(STRATEGY, sort=False):
        holds = (own["incremental_qaly_low"] <= 0) & (own["incremental_qaly_high"] >= 0)
        at = f"{strategy} against {own['comparator'].iloc[0]}, {years(float(own['horizon_years'].iloc[0]))}"
        if holds.all():
            yield (
                f"{at}: in {_count(len(own))} drawn with an interval of its own ({several(own['scenario'])}) the 95 % "
                "interval of the QALYs gained holds 0: no difference is shown."
            )
        else:
            clear = own[~holds]
            yield f"{at}: the 95 % interval of the QALYs gained does not hold 0 in {several(clear['scenario'])}."


def _count(count: int) -> str:
    return "the one scenario" if count == 1 else f"each of the {count} scenarios"


def _findings(table: pd.DataFrame, _: Analyses) -> Iterator[str]:
    return _sentences(_shown(table))


PRESENTATION = Presentation(
    sheets=[ResultSheet(_NAME, "Scenarios with an interval of their own, such as subgroups", write_scenario_draws)],
    findings=_findings,
    about=lambda table, _: [_about(table)],
)
