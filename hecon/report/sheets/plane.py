"""The CE plane sheet: the draws of each comparison with their mean and ellipse, at each horizon."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from hecon.analysis.psa.tables import INTERVAL_SHARE, PsaTables, guide
from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart
from hecon.excel.palette import BLACK, PALE, VERMILION
from hecon.labels import STRATEGY
from hecon.report.sheets.layout import TOP, Export, headers, heading, paragraph, section
from hecon.report.sheets.panels import Panel, place_charts, rows_of_charts
from hecon.report.words import money, years

_NAME = "CE plane"
#: Draws that a chart shows: more would be a blot, and a heavy file.
_MOST = 1_000
_HEIGHT = 400
_WIDTHS = (26.0, 13.0, 14.0, 14.0, 14.0, 14.0, 13.0, 13.0, 13.0, 13.0, 13.0)
_QUADRANTS = ("NE", "SE", "NW", "SW")


def write_plane(tables: PsaTables, export: Export) -> None:
    """Write a chart for each comparison and horizon, the moments of the draws, and the points of the charts."""
    page = export.book.page(_NAME, help="Cost-effectiveness plane: what each draw costs more and gains more.")
    page.widths([*_WIDTHS, *[11.0] * 40])
    row = TOP
    for sentence in _about(tables, export):
        row = paragraph(page, row, sentence, _WIDTHS)
    charts = row + 1
    pairs = list(_pairs(tables))
    row = charts + rows_of_charts(len(pairs), 2, _HEIGHT)
    row = section(page, row, _moments(page, heading(page, row, "The draws in numbers"), tables, export))
    end = row - 1
    row = heading(page, row + 1, "Points of the charts")
    panels = []
    for number, (strategy, horizon) in enumerate(pairs):
        panels.append(_cloud(page, row, 5 * number, tables, strategy, horizon, export))
    place_charts(page, charts, panels, _WIDTHS, height=_HEIGHT)
    page.print_setup(area=(0, 0, end, len(_WIDTHS) - 1))


def _pairs(tables: PsaTables) -> Iterator[tuple[str, float]]:
    for strategy in dict.fromkeys(tables.plane.summary[STRATEGY]):
        for horizon in tables.psa.time.horizons:
            yield strategy, horizon


def _about(tables: PsaTables, export: Export) -> list[str]:
    draws, level = tables.psa.draws or 0, money(tables.levels[-1])
    shown = f"The first {_MOST:,} of {draws:,} draws are shown. " if draws > _MOST else ""
    return [
        f"{shown}The ellipse would hold {100 * INTERVAL_SHARE:.0f}% of draws that were normal with the same means and "
        f"covariance; the dashed line is {level} {export.currency} per QALY: draws below and to the right of it are "
        "worth their cost.",
        "NE costs more and gains more, SE dominates, NW is dominated, SW costs less and loses QALYs.",
    ]


def _moments(page: Page, row: int, tables: PsaTables, export: Export) -> int:
    currency = export.currency
    row = headers(page, row, [
        f"Against {tables.plane.comparator}", "Horizon", f"Incremental costs ({currency})", f"SD ({currency})",
        "Incremental QALYs", "SD (QALYs)", "Correlation", *(f"Share in {name}" for name in _QUADRANTS),
    ], _WIDTHS)  # fmt: skip
    for one in tables.plane.summary.sort_values(STRATEGY, kind="stable", key=_order(tables)).to_dict("records"):
        page.text(row, 0, one[STRATEGY], "label")
        page.text(row, 1, years(one["horizon_years"]), "text")
        for column, (name, style) in enumerate(_MOMENTS.items(), start=2):
            page.number(row, column, one[name], style)
        for column, name in enumerate(_QUADRANTS, start=2 + len(_MOMENTS)):
            page.number(row, column, one[f"share_{name}"], "percent")
        row += 1
    return row


_MOMENTS = {
    "incremental_cost": "whole", "sd_cost": "whole", "incremental_effect": "number", "sd_effect": "number",
    "correlation": "number",
}  # fmt: skip


def _order(tables: PsaTables) -> Callable[[pd.Series], pd.Series]:
    return lambda names: names.map(tables.psa.strategies.index)


def _cloud(
    page: Page, row: int, column: int, tables: PsaTables, strategy: str, horizon: float, export: Export
) -> Panel:
    """Write the points of one chart in four columns, and make it."""
    plane = tables.plane
    title = f"{strategy} against {plane.comparator}, {years(horizon)}"
    page.text(row, column, title, "bold")
    points = _of(plane.increments, strategy, horizon)[["incremental_effect", "incremental_cost"]].to_numpy()[:_MOST]
    outline = _of(plane.ellipse, strategy, horizon)[["incremental_effect", "incremental_cost"]].to_numpy()
    moments = _of(plane.summary, strategy, horizon).iloc[0]
    mean = np.array([[moments["incremental_effect"], moments["incremental_cost"]]])
    level = tables.levels[-1]
    line = guide(np.concatenate([points, outline]), level)
    blocks = {
        "Draws": (points, 0),
        f"{100 * INTERVAL_SHARE:.0f}% ellipse": (outline, 2),
        "Mean": (mean, 2),
        f"{money(level)} per QALY": (line, 2),
    }
    series, below = [], {0: row + 1, 2: row + 1}
    colours = dict(zip(blocks, (PALE, VERMILION, VERMILION, BLACK), strict=True))
    for name, (values, shift) in blocks.items():
        top = below[shift]
        page.text(top, column + shift, name, "header")
        page.text(top, column + shift + 1, "", "header")
        for place, (effect, cost) in enumerate(values.tolist(), start=top + 1):
            page.number(place, column + shift, effect, "number", num_format="0.0000")
            page.number(place, column + shift + 1, cost, "whole")
        below[shift] = top + len(values) + 1
        x, y = (
            (_NAME, top + 1, column + shift + axis, top + len(values), column + shift + axis) for axis in (0, 1)
        )  # fmt: skip
        marks = name in ("Draws", "Mean")
        series.append(
            Series((_NAME, top, column + shift), x, y, colours[name], marks=marks, guide="QALY" in name, listed=True,
                   size=3 if name == "Draws" else 9)
        )  # fmt: skip
    axes = Axis("Incremental QALYs", format="0.00"), Axis(f"Incremental costs ({export.currency})", format="#,##0")
    made = chart(export.book.workbook, "line", title, series, *axes)
    return Panel(made, f"Draws of incremental costs and QALYs, their mean and ellipse: {title}.")


def _of(table: pd.DataFrame, strategy: str, horizon: float) -> pd.DataFrame:
    return table[(table[STRATEGY] == strategy) & (table["horizon_years"] == horizon)]
