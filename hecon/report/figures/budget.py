"""The budget impact by year, as columns."""

from __future__ import annotations

import numpy as np

from hecon.analysis.budget.impact import BudgetImpact
from hecon.excel.palette import BLACK, BLUE, ORANGE
from hecon.report.figures.drawing import Figure, in_money, legend_below, new_figure, panel_of


def budget_figure(found: BudgetImpact) -> Figure:
    """Draw the impact by year, acquisition and other costs stacked, their sum as a point."""
    table = found.summary()
    figure = new_figure(6.5, 4.0)
    panel = panel_of(figure, "Year", f"Budget impact ({found.currency})")
    panel.use_sticky_edges = False  # a bar that ends at the edge would cut the point on it
    places = np.arange(len(table))
    above, below = np.zeros(len(table)), np.zeros(len(table))
    for name, colour, words in (("acquisition", BLUE, "Acquisition"), ("other", ORANGE, "Other costs")):
        values = table[f"{name}_impact"].to_numpy(dtype=float)
        foot = np.where(values >= 0, above, below)
        panel.bar(places, values, 0.6, bottom=foot, color=colour, label=words)
        above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
    panel.plot(places, table["impact"], "D", color=BLACK, markeredgecolor="white", markersize=8, label="Impact")
    panel.axhline(0, color="#404040", linewidth=0.8)
    if not below.any():
        panel.set_ylim(bottom=0)
    if not above.any():
        panel.set_ylim(top=0)
    panel.set_xticks(places, [f"{year:g}" for year in table["year"]])
    in_money(panel.yaxis)
    legend_below(figure, panel)
    return figure
