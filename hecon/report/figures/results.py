"""Figures of costs, effects, curves and scenarios for notebooks and papers.

Each function gives a `Figure`, drawn without any global state: nothing is shown or kept. A notebook shows it as the
last line of a cell; ``figure.savefig("survival.png", dpi=300)`` writes it. For a batch of draws the numbers are means;
the incremental plane also shows the draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.analysis.scenarios import with_base
from hecon.analysis.value.decision import cost_effectiveness_plane
from hecon.errors import HeconError
from hecon.excel.palette import GREY, area_colour, series_colour, state_colours
from hecon.labels import DRAW, HORIZON, STATE, STRATEGY, one_of
from hecon.report.comparison import compare
from hecon.report.figures.drawing import (
    Figure,
    Panel,
    dress,
    in_money,
    in_percent,
    legend_below,
    lying,
    new_figure,
    panel_of,
    says,
)
from hecon.report.tables import cost_lines
from hecon.report.words import in_words, money, several, years

#: Draws shown on the plane: more than this is a blot.
_MOST_POINTS = 5_000


def occupancy_figure(result: Result, strategies: Sequence[str] | None = None) -> Figure:
    """Draw where patients are over time, stacked, a panel for each strategy.

    Raises `HeconError` for a result without states.
    """
    if result.occupancy is None:
        raise HeconError(
            "this result has no state shares: they are kept for a model with states and a single set of values"
        )
    shown = [one_of(name, result.strategies, "strategy") for name in strategies or result.strategies]
    trace = result.trace()
    states = [str(state) for state in result.occupancy.coords[STATE].values]
    colours = state_colours(states)
    figure = new_figure(min(3.2, 7.4 / len(shown)) * len(shown) + 1.0, 3.4)
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for panel, strategy in zip(panels, shown, strict=True):
        own = trace[trace[STRATEGY] == strategy]
        dress(panel, "Years", "Share of the cohort" if panel is panels[0] else "", strategy)
        panel.stackplot(
            own["year"],
            [own[state] for state in states],
            colors=[colours[state] for state in states],
            labels=[in_words(state) for state in states],
            linewidth=0,
        )
        panel.set_xlim(0, result.time.horizons[-1])
        panel.set_ylim(0, 1)
        in_percent(panel.yaxis)
    legend_below(figure, panels[0])
    return figure


def cost_breakdown_figure(result: Result, horizon: float | None = None) -> Figure:
    """Draw mean costs by item, stacked, a column for each strategy; at every horizon, or at one."""
    horizons = result.time.horizons if horizon is None else (_horizon(result, horizon),)
    table = cost_lines(result)
    figure = new_figure(max(4.5, min(2.6, 6.0 / len(horizons)) * len(horizons) + 2.5), 4.2)
    panels = figure.subplots(1, len(horizons), sharey=True, squeeze=False)[0]
    places = np.arange(len(result.strategies))
    for panel, at in zip(panels, horizons, strict=True):
        y = f"{result.case.settings.currency} per patient, discounted" if panel is panels[0] else ""
        dress(panel, "", y, years(at))
        part = [table[at, strategy] for strategy in result.strategies]
        # What lowers costs hangs below the axis, so that heights add up.
        above, below = np.zeros(len(part)), np.zeros(len(part))
        for number, line in enumerate(part[0]):
            values = np.array([costs[line] for costs in part])
            foot = np.where(values >= 0, above, below)
            panel.bar(places, values, 0.65, bottom=foot, color=area_colour(number), label=line)
            above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
        panel.set_xticks(places, result.strategies)
        in_money(panel.yaxis)
    legend_below(figure, panels[0])
    return figure


def incremental_plane(result: Result, comparator: str | None = None, *, horizon: float | None = None) -> Figure:
    """Draw incremental costs against incremental QALYs, a point for each strategy and horizon.

    For a batch of draws one `horizon` (the last unless given) shows the draws, their means and 95% ellipses. Dashed
    lines are the willingness to pay of the settings. Raises `HeconError` for a model without costs or QALYs.
    """
    if not is_cost_effectiveness(result) or len(result.strategies) < 2:
        raise HeconError("the incremental plane needs costs and QALYs of two strategies or more")
    against = one_of(comparator or result.case.comparator, result.strategies, "strategy")
    batch = DRAW in result.totals.dims
    horizons = result.time.horizons if horizon is None and not batch else (_horizon(result, horizon),)
    currency = result.case.settings.currency
    title = f"Against {against}" + (f", {years(horizons[0])}" if len(horizons) == 1 else "")
    figure = new_figure()
    panel = panel_of(figure, "Incremental QALYs", f"Incremental costs ({currency})", title)
    for number, strategy in enumerate(result.strategies):
        if strategy == against:
            continue
        colour = series_colour(number)
        if batch:
            drawn = result.totals.sel({HORIZON: horizons[0]}).isel({DRAW: slice(_MOST_POINTS)})
            less = drawn.sel({STRATEGY: strategy}, drop=True) - drawn.sel({STRATEGY: against}, drop=True)
            gain, cost = less["qaly"], less["cost"]
            panel.plot(gain.values, cost.values, ".", color=colour, alpha=0.25, markersize=3, zorder=1, rasterized=True)
            pair = cost_effectiveness_plane(result, [strategy, against], horizon=horizons[0]).ellipse
            [ellipse] = panel.plot(pair["incremental_effect"], pair["incremental_cost"], color=colour, linewidth=1.4)
            effects, amounts = (pair[f"incremental_{name}"] for name in ("effect", "cost"))
            reach = f"QALYs {effects.min():,.4g} to {effects.max():,.4g}"
            reach = f"{reach}, costs {money(amounts.min())} to {money(amounts.max())}"
            says(ellipse, f"{strategy}: 95% ellipse of the draws; {reach}")
        found = [compare(result, strategy, against, at) for at in horizons]
        gains, costs = ([one.increments[name] for one in found] for name in ("qaly", "cost"))
        shape, size, edge = ("D", 10, "black") if batch else ("o", 8, "white")
        panel.plot(gains, costs, color=colour, linewidth=1, label=strategy, zorder=4, marker=shape, markersize=size,
                   markeredgecolor=edge)  # fmt: skip
        for one in found if len(horizons) > 1 else ():
            at = (one.increments["qaly"], one.increments["cost"])
            panel.annotate(years(one.horizon), at, xytext=(6, 5), textcoords="offset points", fontsize="small",
                           zorder=5,
                           bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.4})  # fmt: skip
    _guides(panel, result.case.settings.willingness_to_pay)
    in_money(panel.yaxis)
    legend_below(figure, panel)
    return figure


def _guides(panel: Panel, thresholds: Sequence[float]) -> None:
    """Draw the axes through the origin and a dashed line for each willingness to pay, without changing the view."""
    panel.axhline(0, color="#404040", linewidth=0.8, zorder=0)
    panel.axvline(0, color="#404040", linewidth=0.8, zorder=0)
    panel.autoscale(enable=False)
    (left, right), (bottom, top) = panel.get_xlim(), panel.get_ylim()
    levels = several(money(threshold) for threshold in thresholds)
    for number, threshold in enumerate(thresholds):
        label = f"{levels} per QALY" if number == 0 else None
        panel.axline((0, 0), slope=threshold, color=GREY, linestyle="--", linewidth=0.9, zorder=0, label=label)
    panel.set_xlim(left, right)
    panel.set_ylim(bottom, top)


def scenario_figure(
    scenarios: Mapping[str, Result],
    strategy: str | None = None,
    *,
    horizon: float | None = None,
    willingness_to_pay: float | None = None,
) -> Figure:
    """Draw the incremental net monetary benefit of every scenario as a bar from nought; the base case as a line.

    `scenarios` is what `run_scenarios` gives: the first one is the base case. `strategy` (the first that is not the
    comparator unless given) is against the comparator, at one `horizon` (the last) and one `willingness_to_pay` (the
    highest of the settings). Net benefit, unlike an ICER, stays in order when strategies dominate each other.
    """
    if not scenarios:
        raise HeconError("there is no scenario to draw")
    base = next(iter(scenarios.values()))
    if not is_cost_effectiveness(base) or len(base.strategies) < 2:
        raise HeconError("a scenario figure needs costs and QALYs of two strategies or more")
    comparator = base.case.comparator
    shown = one_of(strategy or next(s for s in base.strategies if s != comparator), base.strategies, "strategy")
    at = _horizon(base, horizon)
    threshold = base.case.settings.willingness_to_pay[-1] if willingness_to_pay is None else willingness_to_pay
    results = {name: one for name, one in with_base(scenarios, base).items() if at in one.time.horizons}
    values = [compare(one, shown, comparator, at).net_benefit(threshold) for one in results.values()]
    figure = new_figure(7.5, 1.5 + 0.25 * len(values))
    currency = base.case.settings.currency
    label = f"Incremental net monetary benefit at {money(threshold)} {currency} per QALY ({currency})"
    panel = panel_of(figure, label, "", f"{shown} against {comparator}, {years(at)}")
    places = lying(panel, list(results))
    panel.barh(places, values, 0.62, color=[series_colour(0 if value >= 0 else 1) for value in values])
    panel.axvline(0, color="#404040", linewidth=0.8)
    panel.axvline(values[0], color=GREY, linestyle="--", linewidth=1)
    in_money(panel.xaxis)
    return figure


def _horizon(result: Result, horizon: float | None) -> float:
    if horizon is None:
        return result.time.horizons[-1]
    if horizon not in result.time.horizons:
        known = ", ".join(f"{at:g}" for at in result.time.horizons)
        raise HeconError(f"there is no result at {years(horizon)}; the horizons are {known}")
    return float(horizon)
