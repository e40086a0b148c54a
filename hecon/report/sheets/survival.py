"""The sheets about patients over time: Survival, Survival by cycle, and one trace for each strategy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart, pixels, place
from hecon.excel.palette import series_colour, state_colours
from hecon.labels import STATE, STRATEGY
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, section, width_for
from hecon.report.sheets.panels import Panel, place_charts
from hecon.report.tables import by_strategy, survival_curves
from hecon.report.words import in_words, years

#: Rows that one sheet can hold, with room for its title; a longer trace is thinned, and says so.
_MOST_ROWS = 1_048_000
_BY_CYCLE = "curves"
_TRACE_ROWS = 22


def write_survival(export: Export) -> None:
    """Write the curves in use in words, the published values beside the model's, and a chart for each endpoint."""
    result = export.result
    page = export.book.page(
        "Survival",
        help="Curves as chosen on the Curves sheet, before the crossing rule acts. Points: published values.",
    )
    widths = [28.0, width_for(result.strategies, 16, 30), 21.0, *[11.0] * 5, 16.0, 11.0, 38.0]
    page.widths(widths)
    row = heading(page, TOP, "Curves in use")
    row = headers(page, row, ["Endpoint", "Strategy"], widths)
    page.text(row - 1, 2, "Curve in use", "header", merge_to=len(widths) - 1)
    for endpoint, curve in survival_curves(result).items():
        for strategy in result.strategies:
            one = curve.select(strategy=strategy) if STRATEGY in curve.axes.labels else curve
            page.text(row, 0, in_words(endpoint), "label")
            page.text(row, 1, strategy, "text")
            said = one.describe("years")
            page.text(row, 2, said, "wrap", merge_to=10)
            fit_row(page, row, [(said, sum(widths[2:]))])
            row += 1
    row = section(page, TOP, row)
    fit = export.fit
    if len(fit):
        first = row + 1
        row = _fit(page, heading(page, first, "Published and modelled survival"), fit, widths)
        page.keep_together(first, first + 3)  # its rows are high: the first of them with the heading
    row = heading(page, row + 1, "Survival curves")
    over = years(result.time.horizons[-1])
    panels = [
        Panel(survival_chart(export, endpoint), f"{in_words(endpoint)} by strategy over {over}.")
        for endpoint in survival_curves(result)
    ]
    row = place_charts(page, row, panels, widths)
    page.print_setup(area=(0, 0, row, len(widths) - 1))


def _fit(page: Page, row: int, fit: pd.DataFrame, widths: Sequence[float]) -> int:
    row = headers(page, row, [
        "Endpoint", "Strategy", "Measure", "Published", "95% low", "95% high", "Model", "Difference",
        "Within the published interval?", "Status", "Source",
    ], widths)  # fmt: skip
    for one in fit.to_dict("records"):
        median = one["measure"] == "median"
        measure = f"median ({one['time_unit']}s)" if median else f"share at {one['time']:g} {one['time_unit']}s"
        style: Mapping[str, object] = {"num_format": "0.0" if median else "0.0%"}
        page.text(row, 0, in_words(one["endpoint"]), "label")
        page.text(row, 1, one[STRATEGY], "text")
        page.text(row, 2, measure, "text")
        for column, name in enumerate(("published", "low", "high", "model", "difference"), start=3):
            if math.isinf(one[name]):
                page.text(row, column, "not reached", "text", align="right")
            else:
                page.number(row, column, one[name], "number", **style)
        page.text(row, 8, _within(one), "text", align="center")
        page.text(row, 9, one["status"], "text assumed" if one["status"] == "assumed" else "text")
        page.text(row, 10, one["source"], "wrap")
        fit_row(page, row, [(one["source"], widths[-1])])
        row += 1
    return row


def _within(one: Mapping[Any, Any]) -> str:
    low, high, model = one["low"], one["high"], one["model"]
    if math.isnan(model) or (math.isnan(low) and math.isnan(high)):
        return ""
    above = math.isnan(low) or model >= low
    below = math.isnan(high) or model <= high
    return "yes" if above and below else "no"


def write_curves(export: Export) -> None:
    """Write survival at every cycle edge, a column for each endpoint and strategy; published points beside it."""
    result = export.result
    page = export.book.page(
        export.names[_BY_CYCLE],
        help="Survival at each cycle edge: the share without the event. The charts read these cells.",
    )
    columns = _columns(export)
    step = thinning(len(result.time.edges))
    edges = result.time.edges[::step]
    page.text(TOP, 0, "", "header")
    page.text(TOP + 1, 0, "Year", "header")
    page.numbers_below(TOP + 2, 0, edges.tolist(), "number")
    for endpoint, curve in survival_curves(result).items():
        first, last = (columns[endpoint, strategy] for strategy in (result.strategies[0], result.strategies[-1]))
        page.text(TOP, first, in_words(endpoint), "header", merge_to=last, align="center")
        for strategy, survival in by_strategy(result, curve.survival(edges)):
            column = columns[endpoint, strategy]
            page.text(TOP + 1, column, strategy, "header", align="right")
            page.numbers_below(TOP + 2, column, survival.tolist(), "number", num_format="0.0000")
    fit_row(page, TOP + 1, [(strategy, 14) for strategy in result.strategies])
    last = _points(page, export, columns) if len(export.fit) else len(columns)
    _thinned(page, len(result.time.edges))
    page.widths([9, *[14] * len(columns), 4, 24, 18, 10, 10])
    page.freeze(TOP + 2, 1)
    page.print_setup(header_row=TOP + 1, area=(0, 0, TOP + 1 + len(edges), last))


def thinning(rows: int) -> int:
    """Give every how many rows one is shown, so that a sheet can hold them."""
    return max(1, math.ceil(rows / _MOST_ROWS))


def _columns(export: Export) -> dict[tuple[str, str], int]:
    """Column of each curve on the sheet Survival by cycle."""
    pairs = [
        (endpoint, strategy) for endpoint in survival_curves(export.result) for strategy in export.result.strategies
    ]
    return {pair: column for column, pair in enumerate(pairs, start=1)}


def _points(page: Page, export: Export, columns: Mapping[tuple[str, str], int]) -> int:
    first = len(columns) + 2
    points = export.points
    page.text(TOP, first, "Published values", "header", merge_to=first + 3, align="center")
    for column, name in enumerate(("Endpoint", "Strategy", "Year", "Survival"), start=first):
        page.text(TOP + 1, column, name, "header")
    for row, one in enumerate(points, start=TOP + 2):
        page.text(row, first, in_words(one[0]), "text")
        page.text(row, first + 1, one[1], "text")
        page.number(row, first + 2, one[2], "number")
        page.number(row, first + 3, one[3], "number")
    return first + 3


def survival_chart(export: Export, endpoint: str) -> object:
    """Make the chart of one endpoint: a line for each strategy, a point for each published value."""
    result, sheet = export.result, export.names[_BY_CYCLE]
    columns = _columns(export)
    first, rows = TOP + 2, len(result.time.edges[:: thinning(len(result.time.edges))])
    times = (sheet, first, 0, first + rows - 1, 0)
    series = []
    for number, strategy in enumerate(result.strategies):
        column = columns[endpoint, strategy]
        values = (sheet, first, column, first + rows - 1, column)
        series.append(Series((sheet, TOP + 1, column), times, values, series_colour(number), dash=number))
    points, start = export.points, len(columns) + 2
    last = result.time.horizons[-1]
    for number, strategy in enumerate(result.strategies):
        own = [place for place, one in enumerate(points) if one[:2] == (endpoint, strategy) and one[2] <= last]
        if own:
            top, bottom = first + own[0], first + own[-1]
            cells = [(sheet, top, start + column, bottom, start + column) for column in (2, 3)]
            series.append(Series((sheet, top, start + 1), cells[0], cells[1], series_colour(number), marks=True))
    x = Axis("Years", 0, last, _step(last))
    return chart(
        export.book.workbook, "line", in_words(endpoint), series, x, Axis("Share without the event", 0, 1, 0.2, "0%")
    )


def _step(horizon: float) -> float:
    return next((step for step in (0.25, 0.5, 1, 2, 5, 10) if horizon / step <= 10), 20)


def write_trace(export: Export, strategy: str) -> None:
    """Write the share of the cohort in each state at every cycle edge of one strategy, and draw it."""
    result = export.result
    assert result.occupancy is not None
    states = [str(state) for state in result.occupancy.coords[STATE].values]
    trace = export.trace[export.trace[STRATEGY] == strategy]
    kept = trace.iloc[:: thinning(len(trace))]
    about = "Share of the cohort in each state at each cycle edge"
    about += ", after the crossing rule." if result.crossings is not None else "."
    page = export.book.page(export.names[f"trace {strategy}"], title=f"Trace: {strategy}", help=about)
    own = [9.0, *(max(13.0, width_for([in_words(state)])) for state in states)]
    widths = [*own, 3.0, *own, *[13.0] * max(0, 7 - len(own))]
    page.widths(widths)
    _thinned(page, len(trace))
    headers(page, TOP, ["Year", *map(in_words, states)], widths)
    _shares(page, TOP + 1, 0, [kept[name].to_numpy() for name in ("year", *states)])
    beside = len(states) + 2
    row = TOP + 1 + _TRACE_ROWS
    page.text(row - 1, beside, "Points of the chart: read off the trace by straight lines", "help")
    for column, name in enumerate(["Year", *map(in_words, states)], start=beside):
        page.text(row, column, name, "header", align="right" if column > beside else "left")
    at, every = chart_years(result.time.horizons[-1])
    points = [np.interp(at, trace["year"], trace[state]) for state in states]
    last = _shares(page, row + 1, beside, [at, *points])
    colours = state_colours(states)
    series = [
        Series(
            (page.name, row, column),
            (page.name, row + 1, beside, last, beside),
            (page.name, row + 1, column, last, column),
            colours[state],
        )
        for column, state in enumerate(states, start=beside + 1)
    ]
    x, y = Axis("Years", format="0.0", every=every), Axis("Share of the cohort", 0, 1, 0.2, "0%")
    made = chart(export.book.workbook, "area", f"{strategy}: where patients are", series, x, y)
    about = f"Stacked areas: share of the cohort in each state over {years(result.time.horizons[-1])}, {strategy}."
    width = pixels(widths[beside:]) - 8
    place(page.sheet, TOP, beside, made, width=width, height=20 * (_TRACE_ROWS - 2), about=about)
    page.freeze(TOP + 1, 1)
    page.print_setup(header_row=TOP, area=(0, 0, max(TOP + len(kept), last), len(widths) - 1))


def chart_years(horizon: float) -> tuple[np.ndarray, int]:
    """Give evenly spaced years for an area chart, at most 120 steps, and every how many of them one is labelled."""
    per_year = next((steps for steps in (12, 4, 2, 1) if horizon * steps <= 120), 1)
    grid = np.arange(int(np.floor(horizon * per_year + 1e-9)) + 1) / per_year
    years = grid if abs(grid[-1] - horizon) < 1e-9 else np.append(grid, horizon)
    return years, max(1, round(max(1.0, _step(horizon)) * per_year))


def _shares(page: Page, row: int, first: int, columns: Sequence[np.ndarray]) -> int:
    """Write a column of years and columns of shares; gives the last row."""
    for column, values in enumerate(columns, start=first):
        page.numbers_below(row, column, values.tolist(), num_format="0.000" if column == first else "0.0000")
    return row + len(columns[0]) - 1


def _thinned(page: Page, rows: int) -> None:
    step = thinning(rows)
    if step > 1:
        words = (
            f"One cycle edge in {step} is shown: a sheet cannot hold all {rows:,}. All of them are in the CSV files."
        )
        page.text(1, 0, words, "warning")
