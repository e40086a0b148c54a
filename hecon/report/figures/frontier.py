"""The cost-effectiveness frontier: totals of every strategy, and the line that nothing gets above for less."""

from __future__ import annotations

from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.errors import HeconError
from hecon.excel.palette import BLACK, series_colour
from hecon.labels import STRATEGY
from hecon.report.figures.drawing import Figure, by_side, dress, in_money, legend_below
from hecon.report.words import years


def frontier_figure(result: Result, horizon: float | None = None) -> Figure:
    """Draw costs against QALYs of every strategy with the frontier, a panel for each horizon (or for one).

    Raises `HeconError` for a model without costs or QALYs of two strategies.
    """
    if not is_cost_effectiveness(result) or len(result.strategies) < 2:
        raise HeconError("the frontier needs costs and QALYs of two strategies or more")
    table = result.full_incremental()
    horizons = result.time.horizons if horizon is None else (horizon,)
    figure, panels = by_side(len(horizons), 3.4, 3.4)
    for panel, at in zip(panels, horizons, strict=True):
        own = table[table["horizon_years"] == at]
        if own.empty:
            raise HeconError(f"there is no result at {years(at)}")
        currency = result.case.settings.currency
        dress(panel, "QALYs", f"Costs ({currency})" if panel is panels[0] else "", years(at))
        on = own[own["status"] == "ND"].sort_values("effect")
        panel.plot(on["effect"], on["cost"], color=BLACK, linewidth=1.4, zorder=1, label="Frontier")
        for number, strategy in enumerate(result.strategies):
            one = own[own[STRATEGY] == strategy]
            panel.plot(one["effect"], one["cost"], "o", color=series_colour(number), markersize=9,
                       markeredgecolor="white", label=strategy, zorder=2)  # fmt: skip
        panel.margins(0.15)
        in_money(panel.yaxis)
    legend_below(figure, panels[0])
    return figure
