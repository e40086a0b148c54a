"""The Sobol sheet: how much of the variance of the outcome each input causes, alone and with the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from hecon.analysis.sensitivity.measure import OutcomeMeasure
from hecon.analysis.sensitivity.sobol import GlobalSensitivity
from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart
from hecon.excel.palette import BLUE, ORANGE
from hecon.inputs.input_names import input_in_words
from hecon.report.analyses import Analyses
from hecon.report.document.of_sensitivity import sobol_blocks
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph, section
from hecon.report.sheets.one_way import comparison_of
from hecon.report.sheets.panels import Panel, place_charts, rows_of_charts
from hecon.report.words import outcome_title, percent, several, years

if TYPE_CHECKING:
    from hecon.report.figures.drawing import Figure

_NAME = "Sobol"
#: Shares of the variance below this are not worth a word.
_WORTH_SAYING = 0.05
#: Inputs in a chart: those with the largest total index.
_MOST = 12
_HEIGHT = 400
_WIDTHS = (52.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0, 14.0)


def write_sobol(found: GlobalSensitivity, export: Export) -> None:
    """Write a chart for each comparison and horizon with its numbers, then every input."""
    page = export.book.page(_NAME, help="Global sensitivity: what the spread of the outcome comes from.")
    page.widths(_WIDTHS)
    row = TOP
    for sentence in _about(found, export.analyses):
        row = paragraph(page, row, sentence, _WIDTHS)
    views = [(own, horizon) for own in found.measures for horizon in dict.fromkeys(found.table["horizon_years"])]
    charts = row + 1
    row = charts + rows_of_charts(len(views), 2, _HEIGHT)
    panels = []
    for own, horizon in views:
        top = row
        row = heading(page, row, f"{comparison_of(own)}, {years(horizon)}: the largest shares of the variance")
        row, panel = _bars(page, row, found, own, horizon, export)
        panels.append(panel)
        row = section(page, top, row) + 1
    place_charts(page, charts, panels, _WIDTHS, height=_HEIGHT)
    for own in found.measures:
        top, title = row, f"{comparison_of(own)}: every input"
        row = section(page, top, _all(page, heading(page, row, title), found, own)) + 1
    page.print_setup(area=(0, 0, row - 1, len(_WIDTHS) - 1))


def _about(found: GlobalSensitivity, analyses: Analyses) -> list[str]:
    outcomes = dict.fromkeys(outcome_title(own, analyses.currency) for own in found.measures)
    notes = [f"{_said(note, found.names)}." for note in found.notes]
    return [
        f"{'; '.join(outcomes)}. All inputs vary at once over their whole distributions, {found.runs:,} runs (base "
        f"sample {found.n:,}, seed {found.seed}). Inputs that are drawn together count as one.",
        "The first-order index is the share of the variance that an input causes alone: what would go if it were "
        "known. The total index adds what it causes together with other inputs; an input with a total near 0 may be "
        "fixed. First indices add up to at most 1, and to 1 where inputs do not interact. Whiskers are 95% intervals "
        "of the estimate.",
        *notes,
    ]


def _said(note: str, names: Sequence[str]) -> str:
    """Give a note with inputs as a reader would name them."""
    for name in sorted(names, key=len, reverse=True):
        note = note.replace(name, f"'{input_in_words(name)}'")
    return note[:1].upper() + note[1:]


def _wide(found: GlobalSensitivity, own: OutcomeMeasure, horizon: float) -> pd.DataFrame:
    """First and total index of each input with their half-widths, the largest total first."""
    table = found.table
    rows = table[(table["outcome"] == own.words) & (table["horizon_years"] == horizon) & (table["input_2"] == "")]
    wide = rows.pivot(index="input", columns="index", values=["value", "half_width"])
    return wide.sort_values(("value", "total"), ascending=False, kind="stable")


def _bars(
    page: Page, row: int, found: GlobalSensitivity, own: OutcomeMeasure, horizon: float, export: Export
) -> tuple[int, Panel]:
    wide = _wide(found, own, horizon).head(_MOST)
    row = headers(page, row, ["Input", "First order", "Total", "95% half-width, first", "95% half-width, total"],
                  _WIDTHS)  # fmt: skip
    top = row
    for name, values in wide.iterrows():
        label = input_in_words(str(name))
        page.text(row, 0, label, "label", text_wrap=True)
        fit_row(page, row, [(label, _WIDTHS[0])])
        cells = [(what, index) for what in ("value", "half_width") for index in ("first", "total")]
        for column, cell in enumerate(cells, start=1):
            page.number(row, column, float(values[cell]), "number", num_format="0.000")
        row += 1
    categories = (_NAME, top, 0, row - 1, 0)
    series = []
    for column, colour in ((1, BLUE), (2, ORANGE)):
        whiskers = (_NAME, top, column + 2, row - 1, column + 2)
        series.append(
            Series((_NAME, top - 1, column), categories, (_NAME, top, column, row - 1, column), colour,
                   errors=(whiskers, whiskers))
        )  # fmt: skip
    title = f"{comparison_of(own)}, {years(horizon)}"
    x = Axis("Share of the variance", low=0, format="0%", labels="high")
    made = chart(export.book.workbook, "bar", title, series, x, Axis("", backwards=True), gap=45)
    return row, Panel(made, f"First-order and total Sobol indices with 95% intervals: {title}.")


def _all(page: Page, row: int, found: GlobalSensitivity, own: OutcomeMeasure) -> int:
    horizons: Sequence[float] = list(dict.fromkeys(found.table["horizon_years"]))
    names = [name for horizon in horizons for name in (f"First, {years(horizon)}", f"Total, {years(horizon)}")]
    row = headers(page, row, ["Input", *names], [_WIDTHS[0], *[14.0] * len(names)])
    wide = {
        horizon: _wide(found, own, horizon)[["value"]].droplevel(0, axis=1).to_dict("index") for horizon in horizons
    }
    for name in wide[horizons[-1]]:
        label = input_in_words(str(name))
        page.text(row, 0, label, "label", text_wrap=True)
        fit_row(page, row, [(label, _WIDTHS[0])])
        column = 1
        for horizon in horizons:
            for index in ("first", "total"):
                page.number(row, column, float(wide[horizon][name][index]), "number")
                column += 1
        row += 1
    return row


def _drivers(found: GlobalSensitivity) -> Iterator[str]:
    horizon = max(found.table["horizon_years"])
    for own in found.measures:
        rows = found.at(horizon, outcome=own.words)
        names = [f"'{input_in_words(row['input'])}' ({percent(row['value'])})" for row in rows.to_dict("records")
                 if row["value"] >= _WORTH_SAYING]  # fmt: skip
        if names:
            yield (
                f"{comparison_of(own)}, {years(horizon)}: with all inputs varying, the spread "
                f"comes from {several(names[:3])} (total Sobol indices)."
            )


def _figures(found: GlobalSensitivity, _: Analyses) -> Iterator[tuple[str, Figure]]:
    from hecon.report.figures.uncertainty import sobol_figure

    for own in found.measures:
        yield f"sobol {own.strategy}", sobol_figure(found, outcome=own.words)


PRESENTATION = Presentation(
    sheets=[ResultSheet(_NAME, "What the spread of the outcome comes from", write_sobol)],
    findings=lambda found, _: _drivers(found),
    figures=_figures,
    about=_about,
    blocks=sobol_blocks,
)
