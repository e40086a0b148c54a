"""The Value of information sheet: what knowing everything, or some of it, would be worth to the decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.value.perfect_information import decisions
from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart
from hecon.excel.palette import series_colour
from hecon.labels import STRATEGY
from hecon.report.analyses import Analyses
from hecon.report.document.of_uncertainty import information_blocks
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph, section
from hecon.report.sheets.panels import Panel, place_charts, rows_of_charts
from hecon.report.words import in_words, lower_first, money, percent, said_at_horizons, several, years

if TYPE_CHECKING:
    from hecon.report.figures.drawing import Figure

_NAME = "Value of information"
#: Shares of a value below this are not worth a word.
_WORTH_SAYING = 0.05
_HEIGHT = 300
_WIDTHS = (36.0, 18.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0)
#: Groups of inputs in a chart: those worth most.
_MOST = 12
#: A chart shows groups worth at least this share of the largest, and so many of them in any case.
_VISIBLE, _FEWEST = 0.002, 4


_GROUPED = {
    "topic": "Inputs are grouped by parameter, coefficients of survival curves by endpoint (setting evppi_groups).",
    "parameter": "Inputs are grouped by parameter (setting evppi_groups).",
    "sheet": "Inputs are grouped by sheet (setting evppi_groups).",
    "input": "Each input stands alone (setting evppi_groups).",
    "none": "It was left out (setting evppi_groups).",
}


def write_information(evppi: pd.DataFrame | None, export: Export) -> None:
    """Write the curves and bars, then EVPI and EVPPI in numbers."""
    tables: PsaTables = export.analyses.get("psa")
    page = export.book.page(_NAME, help="What better evidence would be worth to the decision, at most.")
    page.widths(_WIDTHS)
    row = TOP
    for sentence in _about(tables, export.analyses):
        row = paragraph(page, row, sentence, _WIDTHS)
    asked = list(decisions(tables.psa.case))
    known = pd.DataFrame() if evppi is None else evppi
    worth = [decision for decision in asked if _worth(known, decision, tables.levels[-1])]
    charts = row + 1
    row = charts + rows_of_charts(len(asked) + len(worth), 2, _HEIGHT)
    top, title = row, "Expected value of perfect information (EVPI)"
    row = section(page, top, _perfect(page, heading(page, row, title), tables, export)) + 1
    bars: list[Panel] = []
    for decision in worth:
        at = f"{money(tables.levels[-1])} {export.currency} per QALY"
        top = row
        row = heading(page, row, f"Expected value of partial perfect information (EVPPI): {decision}, at {at}")
        row, panel = _partial(page, row, decision, known, tables, export)
        bars.append(panel)
        row = section(page, top, row) + 1
    title = "Numbers of the curves: EVPI by willingness to pay"
    panels = _curves(page, heading(page, row + 1, title), asked, tables, export)
    place_charts(page, charts, [*panels, *bars], _WIDTHS, height=_HEIGHT)
    page.print_setup(area=(0, 0, row - 1, len(_WIDTHS) - 1))


def _worth(table: pd.DataFrame, decision: str, level: float) -> bool:
    if table.empty:
        return False
    own = table[(table["decision"] == decision) & (table["willingness_to_pay"] == level)]
    return bool((own["evppi"] > 0).any())


def _about(tables: PsaTables, analyses: Analyses) -> list[str]:
    people = tables.population
    table, level = tables.evpi, tables.levels[-1]
    idle = [
        decision
        for decision, own in table[table["willingness_to_pay"] == level].groupby("decision", sort=False)
        if not (own["evpi"] > 0).any()
    ]
    sentences = [
        f"EVPI is what a decision would gain on average if every input were known, in {analyses.currency} per person "
        "at the given willingness to pay for a QALY: the most that any study could be worth. EVPPI is the same for "
        "some inputs: what to study is where it is high. Parts need not add up to the whole. Each comes with its "
        "Monte-Carlo error.",
        "EVPPI is found by regression of the net benefits on the inputs of a group, over the draws of the "
        f"probabilistic analysis. {_GROUPED[tables.psa.case.settings.evppi_groups]}",
    ]
    if people is not None:
        sentences.append(
            f"The decision is for {money(people)} patients, discounted to today (patients_per_year, decision_years and "
            "prevalent_patients of the Population sheet)."
        )
    if idle:
        sentences.append(
            f"In no draw does another strategy have the highest net benefit in the decision {several(idle, 'or')} at "
            f"{money(level)} {analyses.currency} per QALY: information is worth nothing there."
        )
    return sentences


def _perfect(page: Page, row: int, tables: PsaTables, export: Export) -> int:
    population = [f"Population EVPI ({export.currency})"] * (tables.population is not None)
    row = headers(page, row, [
        "Decision between", "Best on average", "Horizon", f"Willingness to pay ({export.currency} per QALY)",
        f"EVPI ({export.currency} per person)", "Monte-Carlo error", *population,
    ], _WIDTHS, ("Best on average",))  # fmt: skip
    table = tables.evpi[tables.evpi["willingness_to_pay"].isin(tables.levels)]
    for one in table.to_dict("records"):
        page.text(row, 0, one["decision"], "label")
        page.text(row, 1, one[STRATEGY], "text")
        page.text(row, 2, years(one["horizon_years"]), "text", align="right")
        page.number(row, 3, one["willingness_to_pay"], "whole")
        page.number(row, 4, one["evpi"], "whole", num_format="#,##0.0")
        page.number(row, 5, one["standard_error"], "whole", num_format="#,##0.0")
        if population:
            page.number(row, 6, one["population_evpi"], "whole")
        row += 1
    return row


def _partial(
    page: Page, row: int, decision: str, table: pd.DataFrame, tables: PsaTables, export: Export
) -> tuple[int, Panel]:
    horizons = tables.psa.time.horizons
    own = table[(table["decision"] == decision) & (table["willingness_to_pay"] == tables.levels[-1])]
    value = own.pivot(index="group", columns="horizon_years", values="evppi")
    order = value.max(axis=1).sort_values(ascending=False, kind="stable").index
    top = row
    page.text(row, 0, "", "header")
    page.text(row, 1, "", "header")
    for place, name in enumerate((f"EVPPI ({export.currency} per person)", "Monte-Carlo error", "Share of EVPI")):
        first = 2 + place * len(horizons)
        page.text(row, first, name, "header", merge_to=first + len(horizons) - 1, align="center")
    row = headers(page, row + 1, ["Inputs", "How many", *[years(horizon) for horizon in horizons] * 3],
                  _wide(3 * len(horizons)), ())  # fmt: skip
    first_row = row
    cells = own.set_index(["group", "horizon_years"])
    for group in order:
        inputs = str(own.loc[own["group"] == group, "inputs"].iloc[0]).split(", ")
        page.text(row, 0, in_words(group), "label", text_wrap=True)
        fit_row(page, row, [(in_words(group), _WIDTHS[0])])
        page.number(row, 1, len(inputs), "whole")
        for place, horizon in enumerate(horizons, start=2):
            one = cells.loc[(group, horizon)]
            page.number(row, place, one["evppi"], "whole", num_format="#,##0.0")
            page.number(row, place + len(horizons), one["standard_error"], "whole", num_format="#,##0.0")
            page.number(row, place + 2 * len(horizons), one["share_of_evpi"], "percent")
        row += 1
    shown = max(_FEWEST, int((value.max(axis=1) >= _VISIBLE * value.max().max()).sum()))
    last = min(row - 1, first_row + min(shown, _MOST) - 1)
    categories = (_NAME, first_row, 0, last, 0)
    series = [
        Series((_NAME, top + 1, place), categories, (_NAME, first_row, place, last, place), series_colour(place - 2))
        for place in range(2, 2 + len(horizons))
    ]
    x = Axis(f"EVPPI ({export.currency} per person)", low=0, format="#,##0", labels="high")
    title = f"EVPPI at {money(tables.levels[-1])} {export.currency} per QALY: {decision}"
    made = chart(export.book.workbook, "bar", title, series, x, Axis("", backwards=True), gap=50)
    return row, Panel(made, f"{title}, by group of inputs and horizon.")


def _wide(columns: int) -> list[float]:
    return [*_WIDTHS[:2], *[15.0] * columns]


def _curves(page: Page, row: int, asked: Sequence[str], tables: PsaTables, export: Export) -> list[Panel]:
    """Write EVPI along the willingness to pay, and make a chart for each decision."""
    horizons = tables.psa.time.horizons
    page.text(row, 0, "", "header")
    for number, decision in enumerate(asked):
        first = 1 + number * len(horizons)
        page.text(row, first, decision, "header", merge_to=first + len(horizons) - 1, align="center")
    names = [years(horizon) for _ in asked for horizon in horizons]
    row = headers(page, row + 1, [f"{export.currency} per QALY", *names], [_WIDTHS[0], *[15.0] * len(names)], ())
    top = row
    values = tables.evpi.set_index(["decision", "horizon_years", "willingness_to_pay"])["evpi"]
    for level in tables.grid:
        page.number(row, 0, level, "whole")
        for place, (decision, horizon) in enumerate(((d, h) for d in asked for h in horizons), start=1):
            page.number(row, place, float(values.loc[(decision, horizon, level)]), "whole", num_format="#,##0.0")
        row += 1
    panels = []
    for number, decision in enumerate(asked):
        series = []
        for place, _ in enumerate(horizons):
            column = 1 + number * len(horizons) + place
            x, y = (_NAME, top, 0, row - 1, 0), (_NAME, top, column, row - 1, column)
            series.append(Series((_NAME, top - 1, column), x, y, series_colour(place), dash=place))
        axes = (
            Axis(f"Willingness to pay ({export.currency} per QALY)", low=0, high=tables.grid[-1], format="#,##0"),
            Axis(f"EVPI ({export.currency} per person)", low=0, format="#,##0"),
        )
        made = chart(export.book.workbook, "line", f"EVPI: {decision}", series, *axes)
        panels.append(Panel(made, f"EVPI by willingness to pay and horizon: {decision}."))
    return panels


def _informed(tables: PsaTables, evppi: pd.DataFrame | None, currency: str) -> Iterator[str]:
    level = tables.levels[-1]
    found = tables.evpi[tables.evpi["willingness_to_pay"] == level]
    for decision in decisions(tables.psa.case):
        rows = found[found["decision"] == decision]
        if not (rows["evpi"] > 0).any():
            continue
        worth = said_at_horizons(rows, "evpi", money)
        yield (
            f"{decision}: knowing every input would be worth, in {currency} per person, {worth}"
            f"{_most(evppi, decision, level)}."
        )


def _most(evppi: pd.DataFrame | None, decision: str, level: float) -> str:
    """Say in which inputs most of the value lies."""
    if evppi is None:
        return ""
    own = evppi[(evppi["decision"] == decision) & (evppi["willingness_to_pay"] == level)]
    highest = own.groupby("group", sort=False)["share_of_evpi"].max().sort_values(ascending=False)
    names = [f"{lower_first(in_words(group))} (up to {percent(share)})" for group, share in highest.items()
             if share >= _WORTH_SAYING]  # fmt: skip
    return f", which lies in {several(names[:3])}" if names else ""


def _decides(analyses: Analyses) -> bool:
    psa: PsaTables | None = analyses.get("psa")
    return psa is not None and psa.decides


def _findings(evppi: pd.DataFrame | None, analyses: Analyses) -> Iterator[str]:
    if _decides(analyses):
        yield from _informed(analyses.get("psa"), evppi, analyses.currency)


def _figures(evppi: pd.DataFrame | None, analyses: Analyses) -> Iterator[tuple[str, Figure]]:
    from hecon.report.figures.uncertainty import evpi_figure, evppi_figure

    if _decides(analyses):
        yield "evpi", evpi_figure(analyses.get("psa").psa)
    for decision, table in () if evppi is None else evppi.groupby("decision", sort=False):
        yield f"evppi {decision}", evppi_figure(table)


PRESENTATION = Presentation(
    sheets=[
        ResultSheet(
            _NAME,
            "What better evidence would be worth: EVPI, EVPPI",
            write_information,
            shown=lambda _, analyses: _decides(analyses),
        )
    ],
    findings=_findings,
    figures=_figures,
    about=lambda _, analyses: _about(analyses.get("psa"), analyses) if _decides(analyses) else [],
    blocks=information_blocks,
)
