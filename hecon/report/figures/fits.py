"""Figures of survival fits: every family over the Kaplan-Meier estimate, and hazards, fitted and smoothed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from hecon.analysis.value.plausible_curves import PlausibleCurves
from hecon.errors import HeconError
from hecon.excel.palette import GREY, colour_and_dash
from hecon.report.figures.drawing import DASHES, Figure, in_percent, new_figure, panel_of
from hecon.report.words import in_words
from hecon.survival.base import Curve
from hecon.survival.fitting.fits import Fits
from hecon.survival.fitting.hazard_estimates import smoothed_hazard
from hecon.survival.fitting.kaplan_meier_estimate import KaplanMeierEstimate

#: How far curves are drawn beyond the data, as a multiple of their time.
_BEYOND = 2.5
#: A hazard above this many times the largest smoothed one is cut off.
_HIGHEST = 3.0


def fits_figure(fits: Fits, until: float | None = None, unit: str = "") -> Figure:
    """Draw every fit of `fit_all` over the Kaplan-Meier estimate of the data, with its interval; the best strong.

    `until`: how far, 2.5 times as long as the data unless given; `unit`: of time, for the axis. Fits with covariates
    have several curves and are left out. Raises `HeconError` where no estimate can be made (interval-censored data).

    >>> import hecon as he
    >>> fits = he.survival.fit_all([2.0, 3.5, 4.0, 5.5], [1, 1, 0, 1], spline_knots=[])
    >>> he.report.fits_figure(fits).savefig("fits.png")  # doctest: +SKIP
    """
    estimate, curves = _of_fits(fits)
    return fitted_curves_figure(curves, estimate, until or _BEYOND * float(estimate.times[-1]), unit or "Time")


def hazards_figure(fits: Fits, until: float | None = None, unit: str = "") -> Figure:
    """Draw the hazard of every fit of `fit_all` over the smoothed hazard of the data.

    >>> import hecon as he
    >>> fits = he.survival.fit_all([2.0, 3.5, 4.0, 5.5], [1, 1, 0, 1], spline_knots=[])
    >>> he.report.hazards_figure(fits).savefig("hazards.png")  # doctest: +SKIP
    """
    estimate, curves = _of_fits(fits)
    return fitted_hazards_figure(
        curves, _smoothed(estimate), until or _BEYOND * float(estimate.times[-1]), unit or "Time"
    )  # fmt: skip


def _of_fits(fits: Fits) -> tuple[KaplanMeierEstimate, dict[str, Curve]]:
    """Give the data and the curves, the fit of the smallest AIC first."""
    curves = fits.curves()
    return fits.kaplan_meier(), {name: curves[name] for name in sorted(curves, key=lambda name: fits[name].aic)}


def _smoothed(estimate: KaplanMeierEstimate) -> pd.DataFrame | None:
    try:
        return smoothed_hazard(estimate)
    except HeconError:
        return None


def _line(number: int) -> dict[str, Any]:
    """How a curve is drawn: the first of them strong."""
    colour, dash = colour_and_dash(number)
    return {"color": colour, "linestyle": DASHES[dash % len(DASHES)], "linewidth": 2.4 if number == 0 else 1.2}


def fitted_curves_figure(
    curves: Mapping[str, Curve], estimate: KaplanMeierEstimate | None, until: float, x: str, title: str = ""
) -> Figure:
    """Draw curves by name, the first of them strong, over an estimate with its interval."""
    figure = new_figure(8.0, 4.6)
    panel = panel_of(figure, x, "Share without the event", title)
    if estimate is not None:
        low, high = estimate.limits()
        steps = [np.r_[1.0, values] for values in (estimate.survival, low, high)]
        times = np.r_[0.0, estimate.times]
        panel.fill_between(times, steps[1], steps[2], step="post", color=GREY, alpha=0.25, linewidth=0)
        panel.step(times, steps[0], where="post", color="black", linewidth=1.6, label="Kaplan-Meier")
    grid = np.linspace(0, until, 401)
    for number, (name, curve) in enumerate(curves.items()):
        panel.plot(grid, curve.survival(grid), **_line(number), label=in_words(name))
    panel.set_xlim(0, until)
    panel.set_ylim(0, 1.02)
    in_percent(panel.yaxis)
    panel.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def fitted_hazards_figure(
    curves: Mapping[str, Curve],
    smoothed: pd.DataFrame | None,
    until: float,
    x: str,
    title: str = "",
    population: Curve | None = None,
) -> Figure:
    """Draw the hazards of curves by name, over the smoothed hazard of data and that of the general population."""
    figure = new_figure(8.0, 4.6)
    panel = panel_of(figure, x, "Hazard", title)
    highest = 0.0
    if smoothed is not None:
        panel.plot(smoothed["time"], smoothed["hazard"], color="black", linewidth=2.4, label="Data, smoothed")
        highest = float(smoothed["hazard"].max())
    grid = np.linspace(until / 400, until, 400)
    drawn = []
    for number, (name, curve) in enumerate(curves.items()):
        try:
            hazard = np.asarray(curve.hazard(grid), dtype=float)
        except HeconError:  # steps have none
            continue
        drawn.append(np.nanmedian(hazard))
        panel.plot(grid, hazard, **_line(number), label=in_words(name))
    if population is not None:
        hazard = np.asarray(population.hazard(grid), dtype=float)
        panel.plot(grid, hazard, color=GREY, linewidth=1.4, linestyle=":", label="General population")
    top = _HIGHEST * (highest or max(drawn, default=0.0))
    panel.set_xlim(0, until)
    panel.set_ylim(0, top if top > 0 else 1)
    panel.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def figures_of(found: PlausibleCurves, until: float) -> dict[str, Figure]:
    """Draw curves and hazards of every strategy and endpoint that has data or several fits, by name."""
    figures = {}
    for strategy, endpoint in found.places:
        curves, estimate = found.of(strategy, endpoint), found.observed.get((strategy, endpoint))
        if estimate is None and len(curves) < 2:
            continue
        title = f"{in_words(endpoint)}, {strategy}"
        figures[f"fits {endpoint} {strategy}"] = fitted_curves_figure(curves, estimate, until, "Years", title)
        figures[f"hazards {endpoint} {strategy}"] = fitted_hazards_figure(
            curves, found.hazard(strategy, endpoint), until, "Years", title,
            found.population if endpoint == "overall_survival" else None,
        )  # fmt: skip
    return figures
