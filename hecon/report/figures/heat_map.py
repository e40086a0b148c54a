"""Two inputs at once: a map of the outcome with the line at which the decision turns."""

from __future__ import annotations

import numpy as np

from hecon.analysis.sensitivity.two_way import TwoWay
from hecon.excel.palette import BLACK
from hecon.inputs.input_names import input_in_words
from hecon.report.figures.drawing import Figure, diverging, money_ticks, new_figure, panel_of
from hecon.report.words import comparison, years


def two_way_figure(found: TwoWay, horizon: float | None = None) -> Figure:
    """Draw the outcome over both inputs at a horizon (the last), with the contour of 0 in black.

    Blue is above 0 and orange below, about white at 0. Raises `HeconError` for a horizon that the analysis lacks.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> two_way_figure(he.two_way(inputs, "drug_price · isatuximab", "drug_price · daratumumab"))  # doctest: +SKIP
    """
    grid = found.grid(horizon)
    at = found.table.horizon_years.iloc[-1] if horizon is None else horizon
    values = grid.to_numpy(dtype=float)
    figure = new_figure(6.8, 4.8)
    own = found.measure
    title = f"{comparison(own.strategy, own.comparator)}, {years(at)}"
    panel = panel_of(figure, input_in_words(found.second), input_in_words(found.first), title)
    panel.grid(visible=False)
    first, second = grid.index.to_numpy(dtype=float), grid.columns.to_numpy(dtype=float)
    widest = float(np.abs(values).max()) or 1.0
    colours = panel.pcolormesh(second, first, values, cmap=diverging(), vmin=-widest, vmax=widest, shading="nearest")
    if values.min() < 0 < values.max():
        panel.contour(second, first, values, levels=[0.0], colors=[BLACK], linewidths=2)
    bar = figure.colorbar(colours, ax=panel)
    bar.set_label(own.words.split(" of " + own.strategy)[0])
    if "qaly" not in own.outcome or "net" in own.outcome:
        money_ticks(bar)
    return figure
