"""Two inputs at once: a map of the outcome with the line at which the decision turns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hecon.analysis.sensitivity.two_way import TwoWay
from hecon.errors import HeconError
from hecon.excel.palette import BLACK
from hecon.inputs.input_names import input_in_words
from hecon.report.figures.drawing import (
    Figure,
    Panel,
    as_on_axis,
    diverging,
    in_percent,
    money_ticks,
    new_figure,
    panel_of,
    place_says,
)
from hecon.report.words import comparison, lower_first, money, years


def two_way_figure(found: TwoWay, horizon: float | None = None) -> Figure:
    """Draw the outcome over both inputs at a horizon (the last), with the contour of 0 in black.

    Blue is above 0 and orange below, about white at 0. Raises `HeconError` for a horizon that the analysis lacks.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> prices = "drug_price · isatuximab", "drug_price · daratumumab"
    >>> two_way_figure(he.sensitivity.two_way(inputs, *prices))  # doctest: +SKIP
    """
    grid = found.grid(horizon)
    at = found.table.horizon_years.iloc[-1] if horizon is None else horizon
    own = found.measure
    title = f"{comparison(own.strategy, own.comparator)}, {years(at)}"
    figure = new_figure(6.8, 4.8)
    panel = panel_of(figure, input_in_words(found.second), input_in_words(found.first), title)
    in_amounts = "qaly" not in own.outcome or "net" in own.outcome
    _paint(figure, panel, grid, own.words.split(" of " + own.strategy)[0], in_amounts=in_amounts)
    return figure


def price_grid_figure(table: pd.DataFrame, horizon: float | None = None, currency: str = "") -> Figure:
    """Draw incremental net benefit over net discounts off two prices, with the line at which the decision turns.

    `table` is what `price_grid` or a suite gives (which names the prices); at the highest willingness to pay in it
    and at a horizon (the last). Raises `HeconError` for a horizon that the table lacks.

    >>> import hecon as he
    >>> price_grid_figure(he.sensitivity.price_grid(he.read_workbook("inputs/isa_dara_pd_us.xlsx")))  # doctest: +SKIP
    """
    at = table["horizon_years"].iloc[-1] if horizon is None else horizon
    level = table["willingness_to_pay"].max()
    own = table[(table["horizon_years"] == at) & (table["willingness_to_pay"] == level)]
    if own.empty:
        raise HeconError(f"horizon {at:g} is not in the table")
    one = own.iloc[0]
    grid = own.pivot(index="first_discount", columns="second_discount", values="incremental_net_monetary_benefit")
    named = {"first": "the first price", "second": "the second price"}
    if "first_input" in own:
        named = {place: lower_first(input_in_words(str(one[f"{place}_input"]))) for place in named}
    first, second = (f"Discount off {name}" for name in named.values())
    title = f"{comparison(one['strategy'], one['comparator'])}, {years(at)}" if "strategy" in own else years(at)
    figure = new_figure(6.8, 4.6)
    panel = panel_of(figure, second, first, title)
    words = f"Incremental net benefit at {money(level)} per QALY"
    in_percent(panel.xaxis)
    in_percent(panel.yaxis)
    _paint(figure, panel, grid, f"{words} ({currency})" if currency else words, in_amounts=True)
    return figure


def _paint(figure: Figure, panel: Panel, grid: pd.DataFrame, words: str, *, in_amounts: bool) -> None:
    """Paint a grid of an outcome: white at 0, and a black line where it is 0; each cell says what it is."""
    values = grid.to_numpy(dtype=float)
    panel.grid(visible=False)
    first, second = grid.index.to_numpy(dtype=float), grid.columns.to_numpy(dtype=float)
    widest = float(np.abs(values).max()) or 1.0
    colours = panel.pcolormesh(second, first, values, cmap=diverging(), vmin=-widest, vmax=widest, shading="nearest")
    if values.min() < 0 < values.max():
        panel.contour(second, first, values, levels=[0.0], colors=[BLACK], linewidths=2)
    bar = figure.colorbar(colours, ax=panel)
    bar.set_label(words)
    if in_amounts:
        money_ticks(bar)
    places = np.asarray(colours.get_coordinates(), dtype=float)
    for (row, column), value in np.ndenumerate(values):
        (left, top), (right, bottom) = places[row, column], places[row + 1, column + 1]
        where = ((panel.yaxis, first[row]), (panel.xaxis, second[column]))
        at = [f"{axis.get_label_text()}: {as_on_axis(axis, float(place))}".replace("\n", " ") for axis, place in where]
        amount = money(value) if in_amounts else f"{value:,.4g}"
        place_says(panel, (left, right), (top, bottom), "; ".join([*at, f"{words}: {amount}"]))
