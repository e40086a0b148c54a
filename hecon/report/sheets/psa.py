"""The PSA sheet: means with their Monte-Carlo error and intervals, probabilities, convergence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from hecon.analysis.psa.export import parameter_table
from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.value.perfect_information import decisions
from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart
from hecon.excel.palette import BLUE, GREY
from hecon.inputs.input_names import input_names
from hecon.labels import STRATEGY
from hecon.report.analyses import Analyses
from hecon.report.document.of_uncertainty import psa_blocks
from hecon.report.provenance import crossing_sentences, draw_sentences
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.acceptability import write_acceptability
from hecon.report.sheets.layout import TOP, Export, headers, heading, paragraph, section, style_of
from hecon.report.sheets.panels import Panel, place_charts, rows_of_charts
from hecon.report.sheets.plane import write_plane
from hecon.report.words import comparison, money, percent, said_at_horizons, several, years

if TYPE_CHECKING:
    from hecon.report.figures.drawing import Figure

_NAME = "PSA"
_HEIGHT, _ACROSS = 260, 3
_WIDTHS = (26.0, 30.0, 15.0)


def write_psa(tables: PsaTables, export: Export) -> None:
    """Write what was drawn, means and intervals at each horizon, probabilities, and how the means settled."""
    page = export.book.page(_NAME, help="Probabilistic analysis: every uncertain input drawn at once, again and again.")
    widths = _wide(max(9, len(tables.psa.time.horizons) * len(tables.levels) if tables.decides else 0))
    page.widths(widths)
    row = TOP
    for sentence in about_draws(tables):
        row = paragraph(page, row, sentence, widths)
    row += 1
    if tables.decides:
        top, title = row, "Probability of having the highest net monetary benefit"
        row = section(page, top, _probabilities(page, heading(page, row, title), tables, export)) + 1
        top, title = row, f"Increments against {tables.psa.case.comparator}: means, and the base case beside them"
        row = section(page, top, _answer(page, heading(page, row, title), tables, export)) + 1
    for horizon in tables.psa.time.horizons:
        top, title = row, f"Horizon: {years(horizon)}, discounted"
        row = section(page, top, _moments(page, heading(page, row, title), tables, horizon, export)) + 1
    if tables.decides:
        row = _convergence(page, row, tables, export)
    page.freeze(TOP, 1)
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def about_draws(tables: PsaTables) -> list[str]:
    """Say what was drawn, how far the draws can be trusted, and how often survival curves crossed."""
    psa = tables.psa
    drawn = parameter_table(psa).columns
    count, spread = len(drawn), _distributions(psa.case.inputs, set(drawn))
    return [
        f"{psa.draws:,} draws with seed {psa.case.settings.seed} of {count} uncertain inputs{spread}. Each input "
        "has a random stream of its own, so the same seed gives the same draws, and one more input changes none of "
        "them.",
        "The interval holds 95% of the draws. The Monte-Carlo error is the standard deviation over the root of the "
        "number of draws: how far a mean would move with other draws.",
        *crossing_sentences(psa),
        *draw_sentences(psa),
    ]


def _distributions(inputs: pd.DataFrame | None, drawn: set[str]) -> str:
    if inputs is None:
        return ""
    names = [known in drawn for known in input_names(inputs)]
    counts = inputs.loc[names, "distribution"].replace("", "other").value_counts()
    return f" ({several(f'{count} {name}' for name, count in counts.items())})"


def _probabilities(page: Page, row: int, tables: PsaTables, export: Export) -> int:
    """Write a row for each strategy of each decision, and a column for each horizon and willingness to pay."""
    horizons, levels = tables.psa.time.horizons, tables.levels
    for column in (0, 1):
        page.text(row, column, "", "header")
    for place, horizon in enumerate(horizons):
        first = 2 + place * len(levels)
        page.text(row, first, years(horizon), "header", merge_to=first + len(levels) - 1, align="center")
    names = [f"At {money(level)} {export.currency} per QALY" for level in levels]
    row = headers(
        page, row + 1, ["Decision between", "Strategy", *names * len(horizons)], _wide(len(names) * len(horizons))
    )
    keys = ["decision", STRATEGY, "horizon_years", "willingness_to_pay"]
    shares = tables.net_benefit.set_index(keys)["probability_cost_effective"].to_dict()
    for decision, strategies in decisions(tables.psa.case).items():
        for strategy in strategies:
            page.text(row, 0, decision, "label")
            page.text(row, 1, strategy, "text")
            for column, key in enumerate(((horizon, level) for horizon in horizons for level in levels), start=2):
                page.number(row, column, shares[decision, strategy, *key], "percent")
            row += 1
    return row


def _answer(page: Page, row: int, tables: PsaTables, export: Export) -> int:
    """Write a row for each strategy and horizon: mean increments, their ratio, Monte-Carlo errors, the base case."""
    names = ["Strategy", "Horizon", f"Costs ({export.currency})", "Monte-Carlo error", "QALYs", "Monte-Carlo error"]
    names += [f"ICER ({export.currency} per QALY)", "Monte-Carlo error", "Base case: costs", "Base case: QALYs"]
    row = headers(page, row, [*names, "Base case: ICER"], _wide(9), ("Horizon",))
    first = tables.answer.drop_duplicates([STRATEGY, "horizon_years"])
    for one in first.to_dict("records"):
        page.text(row, 0, one[STRATEGY], "label")
        page.text(row, 1, years(one["horizon_years"]), "text")
        for column, (name, style) in enumerate(_ANSWER, start=2):
            value = one.get(name, float("nan"))
            if value == value:
                fine = {"num_format": "#,##0.0" if style == "whole" else "0.0000"} if name.endswith("error") else {}
                page.number(row, column, value, style, **fine)
            else:
                page.text(row, column, "-", "text", align="right")
        row += 1
    return row


_ANSWER = (
    ("incremental_cost", "whole"), ("incremental_cost_standard_error", "whole"), ("incremental_qaly", "number"),
    ("incremental_qaly_standard_error", "number"), ("icer", "whole"), ("icer_standard_error", "whole"),
    ("deterministic_incremental_cost", "whole"), ("deterministic_incremental_qaly", "number"),
    ("deterministic_icer", "whole"),
)  # fmt: skip


def _wide(columns: int) -> list[float]:
    return [*_WIDTHS[:2], *[_WIDTHS[2]] * columns]


def _moments(page: Page, row: int, tables: PsaTables, horizon: float, export: Export) -> int:
    row = headers(page, row, [
        "Strategy", "Outcome", "Mean", "Monte-Carlo error", "95% low", "95% high", "Base case", "Mean less base case",
    ], _wide(8), ("Outcome",))  # fmt: skip
    table = tables.summary
    for one in table[table["horizon_years"] == horizon].to_dict("records"):
        measure = one["outcome"].removeprefix("incremental_")
        against = f" less {one['comparator']}" if one["comparator"] else ""
        page.text(row, 0, one[STRATEGY] + against, "label")
        page.text(row, 1, export.header(measure), "text")
        style = style_of(measure)
        for column, name in enumerate(("mean", "standard_error", "low", "high", "base_case"), start=2):
            fine = {"num_format": "#,##0.0" if style == "whole" else "0.0000"} if name == "standard_error" else {}
            page.number(row, column, one[name], style, **fine)
        page.number(row, 7, one["mean"] - one["base_case"], style)
        row += 1
    return row


def _convergence(page: Page, row: int, tables: PsaTables, export: Export) -> int:
    """Write a chart of the running mean for each comparison and horizon; gives the row below the charts.

    Their numbers stand below that row: they are there to be read by the charts, not to be printed.
    """
    table, level = tables.convergence, money(tables.levels[-1])
    charts = heading(
        page, row, f"Convergence at {level} {export.currency} per QALY: what more draws would still change"
    )
    groups = list(table.groupby([STRATEGY, "comparator", "horizon_years"], sort=False))
    below = charts + rows_of_charts(len(groups), _ACROSS, _HEIGHT)
    names = heading(page, below + 1, "Numbers of the charts")
    row = headers(page, names, [
        "Comparison", "Horizon", "Draws", f"Incremental net monetary benefit ({export.currency})", "Lower 95% limit",
        "Upper 95% limit", f"Incremental costs ({export.currency})", "Incremental QALYs",
        "Probability of being worth it", "Monte-Carlo error",
    ], _wide(8), ("Horizon",))  # fmt: skip
    panels = []
    for _, own in groups:
        top = row
        pair, horizon = f"{own[STRATEGY].iloc[0]} against {own['comparator'].iloc[0]}", own["horizon_years"].iloc[0]
        for one in own.to_dict("records"):
            page.text(row, 0, pair, "label")
            page.text(row, 1, years(horizon), "text")
            page.number(row, 2, one["draws"], "whole")
            benefit, error = (one[f"incremental_net_monetary_benefit{end}"] for end in ("", "_standard_error"))
            for column, value in enumerate((benefit, benefit - 1.96 * error, benefit + 1.96 * error), start=3):
                page.number(row, column, value, "whole")
            page.number(row, 6, one["incremental_cost"], "whole")
            page.number(row, 7, one["incremental_qaly"], "number")
            page.number(row, 8, one["probability_cost_effective"], "percent")
            page.number(row, 9, one["probability_cost_effective_standard_error"], "percent", num_format="0.00%")
            row += 1
        panels.append(_running(export, names, top, row - 1, f"{pair}, {years(horizon)}"))
    return place_charts(page, charts, panels, _wide(8), across=_ACROSS, height=_HEIGHT)


def _running(export: Export, names: int, top: int, bottom: int, title: str) -> Panel:
    draws = (_NAME, top, 2, bottom, 2)
    series = [
        Series((_NAME, names, column), draws, (_NAME, top, column, bottom, column), colour, dash=column > 3)
        for column, colour in ((3, BLUE), (4, GREY), (5, GREY))
    ]
    y = Axis(export.currency, format="#,##0")
    made = chart(export.book.workbook, "line", title, series, Axis("Draws", low=0, format="#,##0"), y)
    return Panel(made, f"Running mean of the incremental net monetary benefit with its 95% limits: {title}.")


def _probable(tables: PsaTables, currency: str) -> Iterator[str]:
    level, draws = tables.levels[-1], tables.psa.draws or 0
    found = tables.net_benefit[tables.net_benefit["willingness_to_pay"] == level]
    for decision, strategies in decisions(tables.psa.case).items():
        own = found[found["decision"] == decision]
        at = f"at {money(level)} {currency} per QALY"
        if len(strategies) == 2:
            rows = own[own[STRATEGY] == strategies[0]]
            shares = said_at_horizons(rows, "probability_cost_effective", percent)
            yield (f"{comparison(*strategies)}: of {draws:,} draws it is worth its cost {at} in {shares}.")
        else:
            best = own.loc[own.groupby("horizon_years")["net_monetary_benefit"].idxmax()]
            names = [
                f"{row[STRATEGY]} at {years(row['horizon_years'])} "
                f"(best in {percent(row['probability_cost_effective'])} of the draws)"
                for row in best.to_dict("records")
            ]
            yield f"The strategy with the highest mean net monetary benefit {at}: {several(names)}."


def answered(tables: PsaTables, currency: str) -> Iterator[str]:
    """Say the mean increments of each strategy and their ratio, a sentence each."""
    first = tables.answer.drop_duplicates([STRATEGY, "horizon_years"])
    for strategy, rows in first.groupby(STRATEGY, sort=False):
        parts = [
            f"{money(one['incremental_cost'])} {currency} and {one['incremental_qaly']:.3f} QALYs"
            + (f", {money(one['icer'])} per QALY," if one["quadrant"] == "NE" else "")
            + f" at {years(one['horizon_years'])}"
            for one in rows.to_dict("records")
        ]
        yield (
            f"{comparison(str(strategy), tables.psa.case.comparator)}: mean increments over {tables.psa.draws:,} draws "
            f"are {several(parts)}."
        )


def _found(tables: PsaTables, currency: str) -> Iterator[str]:
    if tables.decides:
        yield from answered(tables, currency)
        yield from _probable(tables, currency)
    yield from draw_sentences(tables.psa)


def _decides(tables: PsaTables, _: Analyses) -> bool:
    return tables.decides


def _figures(tables: PsaTables, _: Analyses) -> Iterator[tuple[str, Figure]]:
    from hecon.report.figures.results import incremental_plane
    from hecon.report.figures.uncertainty import acceptability_figure, convergence_figure

    if tables.decides:
        yield "plane", incremental_plane(tables.psa)
        yield "acceptability", acceptability_figure(tables.psa)
        yield "convergence", convergence_figure(tables.psa)


PRESENTATION = Presentation(
    sheets=[
        ResultSheet(_NAME, "All inputs drawn at once: means, intervals, probabilities", write_psa),
        ResultSheet("CE plane", "The draws on the cost-effectiveness plane", write_plane, _decides),
        ResultSheet(
            "Acceptability", "Acceptability curves, their frontier, expected loss", write_acceptability, _decides
        ),
    ],
    findings=lambda tables, analyses: _found(tables, analyses.currency),
    figures=_figures,
    about=lambda tables, _: about_draws(tables),
    blocks=psa_blocks,
)
