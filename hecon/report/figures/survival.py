"""Figures of survival: curves with Kaplan-Meier steps, published values and what is extrapolated; hazards."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from hecon.analysis.result import Result
from hecon.errors import HeconError
from hecon.excel.palette import GREY, series_colour
from hecon.labels import STRATEGY, one_of
from hecon.report.figures.drawing import DASHES, Figure, by_side, dress, in_percent, legend_below, new_figure, panel_of
from hecon.report.tables import by_strategy, published_points, survival_curves
from hecon.report.words import in_words
from hecon.settings import years_per

_POINTS = 401
#: Hazards begin here, in years: those of some families are infinite at 0.
_SOON = 0.02


def survival_figure(result: Result, endpoint: str = "overall_survival") -> Figure:
    """Draw the curves of one endpoint by strategy, with Kaplan-Meier steps and published medians and landmarks.

    Steps are the points of the sheet Kaplan-Meier. Beyond the last observation of any strategy (step, landmark or
    median) the ground is grey: there the curves are extrapolated.

    Raises `HeconError` for a result without curves and `UnknownNameError` for an endpoint it does not have.
    """
    curves = survival_curves(result)
    if not curves:
        raise HeconError("this result has no survival curves: they are kept for a single set of values, not for draws")
    one_of(endpoint, curves, "endpoint")
    figure = new_figure()
    panel = panel_of(figure, "Years", "Share without the event", in_words(endpoint))
    last = result.time.horizons[-1]
    times = np.linspace(0, last, _POINTS)
    points = published_points(result)
    observed = 0.0
    for number, (strategy, survival) in enumerate(by_strategy(result, curves[endpoint].survival(times))):
        colour = series_colour(number)
        panel.plot(times, survival, color=colour, linestyle=DASHES[number % len(DASHES)], linewidth=2, label=strategy)
        steps = kaplan_meier_points(result, strategy, endpoint)
        if len(steps):
            panel.step(steps["year"], steps["survival"], where="post", color=colour, linewidth=1, alpha=0.6)
            observed = max(observed, float(steps["year"].max()))
        own = points[(points["endpoint"] == endpoint) & (points[STRATEGY] == strategy)]
        own = own[own["year"] <= last]
        if len(own):
            panel.plot(own["year"], own["survival"], "o", color=colour, markeredgecolor="white", markersize=7)
            observed = max(observed, float(own["year"].max()))
    if 0 < observed < last:
        panel.axvspan(observed, last, color=GREY, alpha=0.13, linewidth=0, zorder=0, label="Extrapolated")
    panel.set_xlim(0, last)
    panel.set_ylim(0, 1.02)
    in_percent(panel.yaxis)
    legend_below(figure, panel)
    return figure


def kaplan_meier_points(result: Result, strategy: str, endpoint: str) -> pd.DataFrame:
    """Give the Kaplan-Meier points of a curve in years: year, survival, from 1 at 0; empty without such a sheet."""
    table, curves = result.case.tables.get("Kaplan-Meier"), result.case.tables.get("Curves")
    columns = ["year", "survival"]
    if table is None or curves is None:
        return pd.DataFrame(columns=columns)
    own = table[(table[STRATEGY] == strategy) & (table["endpoint"] == endpoint)].sort_values("time")
    rows = curves[(curves[STRATEGY] == strategy) & (curves["endpoint"] == endpoint)]
    if own.empty or rows.empty or not isinstance(rows["time_unit"].iloc[0], str):
        return pd.DataFrame(columns=columns)
    unit = years_per(rows["time_unit"].iloc[0], result.case.settings.days_per_year)
    found = pd.DataFrame({"year": own["time"] * unit, "survival": own["survival"]})
    start = pd.DataFrame({"year": [0.0], "survival": [1.0]})
    return found.reset_index(drop=True) if found["year"].iloc[0] == 0 else pd.concat([start, found], ignore_index=True)


def hazard_figure(result: Result, endpoint: str | None = None) -> Figure:
    """Draw the hazards of the curves in use, a panel for each endpoint (or for one), by strategy.

    Raises `HeconError` for a result without curves and `UnknownNameError` for an endpoint it does not have.
    """
    curves = survival_curves(result)
    if not curves:
        raise HeconError("this result has no survival curves: they are kept for a single set of values, not for draws")
    shown = [one_of(endpoint, curves, "endpoint")] if endpoint else list(curves)
    figure, panels = by_side(len(shown), 3.4, 3.4)
    last = result.time.horizons[-1]
    times = np.linspace(_SOON, last, _POINTS)
    for panel, name in zip(panels, shown, strict=True):
        dress(panel, "Years", "Hazard per year" if panel is panels[0] else "", in_words(name))
        for number, (strategy, hazard) in enumerate(_finite(result, curves[name].hazard(times))):
            panel.plot(times, hazard, color=series_colour(number), linestyle=DASHES[number % len(DASHES)],
                       linewidth=1.8, label=strategy)  # fmt: skip
        panel.set_xlim(0, last)
        panel.set_ylim(bottom=0)
    legend_below(figure, panels[0])
    return figure


def _finite(result: Result, hazards: object) -> Iterator[tuple[str, np.ndarray]]:
    for strategy, hazard in by_strategy(result, hazards):
        yield strategy, np.where(np.isfinite(hazard), hazard, np.nan)
