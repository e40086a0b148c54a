"""The Charts sheet: costs by item, the cost-effectiveness plane, and the cells they read."""

from __future__ import annotations

import numpy as np

from hecon.analysis.result import is_cost_effectiveness
from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart, pixels, place
from hecon.excel.palette import area_colour, series_colour
from hecon.report.comparison import compare
from hecon.report.sheets.layout import TOP, Export, headers, heading, width_for
from hecon.report.sheets.survival import survival_chart
from hecon.report.tables import cost_lines, survival_curves
from hecon.report.words import in_words, money, several, years

#: Each chart takes six columns and 19 rows.
_HEIGHT, _ROWS, _COLUMNS = 365, 19, 6


def write_charts(export: Export) -> None:
    """Write the charts in two columns, and below them the numbers that are not on another sheet."""
    page = export.book.page(
        "Charts", help="Every chart reads cells of this workbook; copy it into a document as it is."
    )
    result = export.result
    count = int("cost" in export.measures) + int(_has_plane(export)) + len(survival_curves(result))
    row = TOP + _ROWS * ((count + 1) // 2) + 1
    made = []
    columns = 1
    if "cost" in export.measures:
        row, columns, one = _costs(page, heading(page, row, f"Costs by item ({export.currency}), discounted"), export)
        made.append((one, "Stacked columns: costs by item for each strategy at each horizon."))
    if _has_plane(export):
        row, one = _plane(page, heading(page, row + 1, f"Increments against {result.case.comparator}"), export)
        made.append((one, f"Incremental costs and QALYs against {result.case.comparator} at each horizon."))
    for endpoint in survival_curves(result):
        made.append((survival_chart(export, endpoint), f"{in_words(endpoint)} by strategy."))
    widths = [14.0, width_for(result.strategies, 18, 30), *[15.0] * (max(2 * _COLUMNS, columns) - 2)]
    for number, (one, about) in enumerate(made):
        first = _COLUMNS * (number % 2)
        width = pixels(widths[first : first + _COLUMNS]) - 8
        place(page.sheet, TOP + _ROWS * (number // 2), first, one, width=width, height=_HEIGHT, about=about)
    page.widths(widths)
    page.print_setup(area=(0, 0, row, max(columns, 2 * _COLUMNS) - 1))
    page.sheet.set_portrait()


def _has_plane(export: Export) -> bool:
    return is_cost_effectiveness(export.result) and len(export.result.strategies) > 1


def _costs(page: Page, row: int, export: Export) -> tuple[int, int, object]:
    table = cost_lines(export.result)
    top = row
    lines = list(next(iter(table.values())))
    row = headers(page, row, ["Horizon", "Strategy", *lines], [14.0, 18.0, *[14.0] * len(lines)])
    before = None
    for (horizon, strategy), values in table.items():
        # Only the first row of a horizon names it, so that the axis groups the columns.
        page.text(row, 0, years(horizon) if horizon != before else "", "label")
        page.text(row, 1, strategy, "text")
        for column, line in enumerate(lines, start=2):
            page.number(row, column, values[line], "whole")
        before = horizon
        row += 1
    categories = ("Charts", top + 1, 0, row - 1, 1)
    series = [
        Series(("Charts", top, column), categories, ("Charts", top + 1, column, row - 1, column), area_colour(place_))
        for place_, column in enumerate(range(2, 2 + len(lines)))
    ]
    y = Axis(f"{export.currency} per patient, discounted", format="#,##0")
    made = chart(export.book.workbook, "column", "Costs by item", series, Axis(""), y)
    return row, 2 + len(lines), made


def _plane(page: Page, row: int, export: Export) -> tuple[int, object]:
    """Points of the plane, one line a strategy, and a guide from the origin for each willingness to pay."""
    result, comparator = export.result, export.result.case.comparator
    top = row
    row = headers(
        page,
        row,
        ["Horizon", "Strategy", "Incremental QALYs", f"Incremental costs ({export.currency})"],
        [14.0, 18.0, 14.0, 14.0],
    )
    series, gains, extras = [], [0.0], [0.0]
    for number, strategy in enumerate(result.strategies):
        if strategy == comparator:
            continue
        first = row
        for horizon in result.time.horizons:
            one = compare(result, strategy, comparator, horizon)
            page.text(row, 0, years(horizon), "label")
            page.text(row, 1, strategy, "text")
            page.number(row, 2, one.increments["qaly"], "number")
            page.number(row, 3, one.increments["cost"], "whole")
            gains.append(one.increments["qaly"])
            extras.append(one.increments["cost"])
            row += 1
        x, y = (("Charts", first, column, row - 1, column) for column in (2, 3))
        series.append(Series(("Charts", first, 1), x, y, series_colour(number)))
    reach = 1.15 * max(np.abs(gains).max(), 1e-6)
    for threshold in export.thresholds:
        slope = min(1.0, 1.15 * np.abs(extras).max() / max(threshold * reach, 1e-9))
        for sign in (-1, 1):
            page.text(row, 0, "guide", "text")
            page.text(row, 1, f"{money(threshold)} per QALY", "text")
            page.number(row, 2, sign * reach * slope, "number")
            page.number(row, 3, sign * reach * slope * threshold, "whole")
            row += 1
        x, y = (("Charts", row - 2, column, row - 1, column) for column in (2, 3))
        series.append(Series(("Charts", row - 2, 1), x, y, "#7F7F7F", guide=True))
    levels = several(money(threshold) for threshold in export.thresholds)
    title = f"Cost-effectiveness plane, against {comparator} (dashed: {levels} {export.currency} per QALY)"
    x_axis, y_axis = (
        Axis("Incremental QALYs", format="0.00"),
        Axis(f"Incremental costs ({export.currency})", format="#,##0"),
    )
    made = chart(export.book.workbook, "points", title, series, x_axis, y_axis)
    return max(row, top), made
