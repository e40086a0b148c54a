"""The Acceptability sheet: acceptability curves, their frontier, and expected loss, over the willingness to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.value.perfect_information import decisions
from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart
from hecon.excel.palette import BLACK, series_colour
from hecon.frozen import frozen
from hecon.labels import STRATEGY
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph
from hecon.report.sheets.panels import Panel, place_charts, rows_of_charts
from hecon.report.words import years

_NAME = "Acceptability"
_HEIGHT, _ACROSS = 260, 3
_FIRST, _COLUMN = 16.0, 14.0
#: Charts need at least so many columns below them.
_LEAST = 11
FRONTIER = "Frontier"
#: Rows of headers above the numbers: decision, horizon, strategy.
_HEADERS = 3


@frozen(eq=True)
class _Column:
    """One column of numbers along the willingness to pay: where it belongs, its header, its values."""

    decision: str
    horizon: float
    name: str
    values: Sequence[float]


def write_acceptability(tables: PsaTables, export: Export) -> None:
    """Write the charts, and below the printed page the probabilities and expected losses that they show."""
    probabilities, losses = _probabilities(tables), _losses(tables)
    widths = [_FIRST, *[_COLUMN] * max(len(probabilities), len(losses), _LEAST)]
    page = export.book.page(_NAME, help="How likely each strategy is the best choice, and what a wrong choice costs.")
    page.widths(widths)
    row = TOP
    for sentence in _ABOUT:
        row = paragraph(page, row, sentence, widths[: _LEAST + 1])
    views = _views(tables)
    half = rows_of_charts(len(views), _ACROSS, _HEIGHT)
    first = heading(page, row + 1, "Acceptability curves")
    second = heading(page, first + half, "Expected loss")
    below = second + half
    page.keep_together(first - 1, first + 5)
    page.keep_together(second - 1, second + 5)
    top = heading(page, below + 1, "Numbers of the charts: probability of the highest net monetary benefit")
    row = _block(page, top, tables, probabilities, export, "percent", widths)
    under = heading(page, row + 1, f"Numbers of the charts: expected loss ({export.currency} per person)")
    _block(page, under, tables, losses, export, "whole", widths)
    for place, columns, at, share in ((first, probabilities, top, True), (second, losses, under, False)):
        panels = [_chart(export, view, columns, at, tables, share=share) for view in views]
        place_charts(page, place, panels, widths[: _LEAST + 1], across=_ACROSS, height=_HEIGHT)
    page.print_setup(area=(0, 0, below - 1, _LEAST))


_ABOUT = (
    "An acceptability curve is the share of the draws in which a strategy has the highest net monetary benefit; the "
    "curves of one decision add up to 100%. The frontier is the curve of the strategy with the highest mean, which is "
    "the one to choose: it need not be the one that is most often best.",
    "The expected loss of a strategy is what choosing it now forgoes on average, against choosing the best one in "
    "every draw. The lowest loss is that of the strategy to choose, and is the expected value of perfect information.",
)


@frozen(eq=True)
class _View:
    """One chart: its title and the columns that it shows."""

    title: str
    decision: str
    horizon: float | None = None


def _views(tables: PsaTables) -> list[_View]:
    """Give a chart a horizon for the decision between all, and one a pair over the horizons where there are more."""
    asked = decisions(tables.psa.case)
    last = list(asked)[-1]
    whole = [_View(f"{last[:1].upper()}{last[1:]}, {years(at)}", last, at) for at in tables.psa.time.horizons]
    return whole + [_View(decision, decision) for decision in asked if decision != last]


def _probabilities(tables: PsaTables) -> list[_Column]:
    columns = _columns(tables.ceac, "probability")
    last = list(decisions(tables.psa.case))[-1]
    for horizon in tables.psa.time.horizons:
        own = tables.ceaf[(tables.ceaf["decision"] == last) & (tables.ceaf["horizon_years"] == horizon)]
        columns.append(_Column(last, horizon, FRONTIER, own["probability"].tolist()))
    return columns


def _losses(tables: PsaTables) -> list[_Column]:
    return _columns(tables.expected_loss, "expected_loss")


def _columns(table: pd.DataFrame, name: str) -> list[_Column]:
    groups = table.groupby(["decision", "horizon_years", STRATEGY], sort=False)
    return [
        _Column(own["decision"].iloc[0], own["horizon_years"].iloc[0], own[STRATEGY].iloc[0], own[name].tolist())
        for _, own in groups
    ]


def _block(
    page: Page, row: int, tables: PsaTables, columns: Sequence[_Column], export: Export, style: str,
    widths: Sequence[float],
) -> int:  # fmt: skip
    """Write headers of decisions, horizons and strategies, and the numbers; gives the next row."""
    for shift in range(_HEADERS - 1):
        page.text(row + shift, 0, "", "header")
    for place, column in enumerate(columns, start=1):
        page.text(row, place, column.decision, "header", align="right")
        page.text(row + 1, place, years(column.horizon), "header", align="right")
    fit_row(page, row, [(column.decision, _COLUMN) for column in columns])
    first = headers(page, row + _HEADERS - 1, [f"{export.currency} per QALY", *(one.name for one in columns)], widths)
    for number, level in enumerate(tables.grid, start=first):
        page.number(number, 0, level, "whole")
        for place, column in enumerate(columns, start=1):
            page.number(number, place, column.values[number - first], style)
    return first + len(tables.grid)


def _chart(
    export: Export, view: _View, columns: Sequence[_Column], top: int, tables: PsaTables, *, share: bool
) -> Panel:
    first, last = top + _HEADERS, top + _HEADERS - 1 + len(tables.grid)
    x = (_NAME, first, 0, last, 0)
    shown = _shown(view, columns)
    series = []
    for place, column in shown.items():
        y = (_NAME, first, place, last, place)
        name = (_NAME, top + 2, place) if view.horizon is not None else (_NAME, top + 1, place)
        colour, dash = _look(view, column, tables)
        is_frontier = column.name == FRONTIER
        series.append(Series(name, x, y, BLACK if is_frontier else colour, dash=dash, width=3 if is_frontier else 2))
    y_axis = Axis("Probability of the highest net benefit", low=0, high=1, format="0%")
    y_axis = y_axis if share else Axis(f"Expected loss ({export.currency} per person)", low=0, format="#,##0")
    if view.horizon is None and share:
        strategy = next(iter(shown.values())).name
        y_axis = Axis(f"Probability that {strategy} is worth it", low=0, high=1, format="0%")
    x_axis = Axis(f"Willingness to pay ({export.currency} per QALY)", low=0, high=tables.grid[-1], format="#,##0")
    made = chart(export.book.workbook, "line", view.title, series, x_axis, y_axis)
    what = "Probability of the highest net benefit" if share else "Expected loss"
    return Panel(made, f"{what} by willingness to pay: {view.title}.")


def _shown(view: _View, columns: Sequence[_Column]) -> Mapping[int, _Column]:
    """Columns of a chart: at one horizon every strategy, over the horizons the first strategy of the pair."""
    own = {place: column for place, column in enumerate(columns, start=1) if column.decision == view.decision}
    if view.horizon is not None:
        return {place: column for place, column in own.items() if column.horizon == view.horizon}
    first = next(iter(own.values())).name
    return {place: column for place, column in own.items() if column.name == first}


def _look(view: _View, column: _Column, tables: PsaTables) -> tuple[str, int]:
    """Colour and dash: by strategy at one horizon, by horizon elsewhere."""
    if column.name == FRONTIER:
        return BLACK, 1
    if view.horizon is None:
        number = tables.psa.time.horizons.index(column.horizon)
        return series_colour(number), 0
    return series_colour(tables.psa.strategies.index(column.name)), 0
