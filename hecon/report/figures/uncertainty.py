"""Figures of uncertainty for notebooks and papers: tornado, acceptability, value of information, Sobol, convergence.

Each function gives a `Figure`, as those of `hecon.report.figures.results` do; the plane with its draws is
`incremental_plane` there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.result import Result
from hecon.analysis.sensitivity.one_way import OneWay
from hecon.analysis.sensitivity.sobol import GlobalSensitivity
from hecon.analysis.value.decision import ceac, ceaf
from hecon.analysis.value.perfect_information import evpi
from hecon.analysis.value.sample import curve_levels
from hecon.errors import HeconError
from hecon.excel.palette import BLACK, BLUE, GREY, ORANGE, series_colour
from hecon.inputs.input_names import input_in_words as input_in_words
from hecon.labels import DRAW, STRATEGY, one_of
from hecon.report.figures.drawing import (
    DASHES,
    Figure,
    Panel,
    by_side,
    dress,
    in_money,
    in_numbers,
    in_percent,
    legend_below,
    lying,
    new_figure,
    panel_of,
)
from hecon.report.words import comparison, in_words, money, outcome_title, several, years

#: Bars in a figure, unless asked for otherwise.
_MOST = 12
#: A bar so many times as narrow as the widest is not seen.
_NARROWEST = 200


def tornado_figure(one_way: OneWay, horizon: float | Sequence[float] | None = None, count: int = _MOST) -> Figure:
    """Draw the `count` inputs with the widest swings at a horizon (the last), or a panel for each of several.

    A swing of less than a two-hundredth of the widest is left out: it could not be seen.

    Bars run from the outcome in the base case to that at the low and at the high value of an input; where the outcome
    is a net benefit, a bar that crosses the dotted line at 0 turns the decision.

    >>> import hecon as he
    >>> tornado_figure(he.one_way(he.read_workbook("inputs/isa_dara_pd_us.xlsx")), 3)  # doctest: +SKIP
    """
    own, currency = one_way.measure, one_way.currency
    wanted = [float(at) for at in horizon] if isinstance(horizon, Sequence) else [horizon]
    shown = [one_way.at(at, count) for at in wanted]
    if any(rows.empty for rows in shown):
        raise HeconError("there is no input to draw: none moves in this one-way analysis")
    shown = [rows[rows["swing"] >= rows["swing"].max() / _NARROWEST] for rows in shown]
    figure, panels = by_side(len(shown), 6.6, 1.6 + 0.24 * max(map(len, shown)), most=2)
    for panel, rows in zip(panels, shown, strict=True):
        at = years(rows["horizon_years"].iloc[0])
        dress(panel, outcome_title(own, currency), "", f"{comparison(own.strategy, own.comparator)}, {at}")
        places = lying(panel, [input_in_words(name) for name in rows["input"]])
        base = rows["outcome_base"].iloc[0]
        for column, colour in (("outcome_at_low", BLUE), ("outcome_at_high", ORANGE)):
            label = f"At the {column.rpartition('_')[2]} value"
            panel.barh(places, rows[column] - base, 0.68, left=base, color=colour, label=label)
        panel.axvline(base, color="#404040", linewidth=0.8)
        if "net_" in own.outcome:
            _line_at_nought(panel)
        (in_numbers if own.outcome.endswith("qaly") else in_money)(panel.xaxis)
    legend_below(figure, panels[0])
    return figure


def _line_at_nought(panel: Panel) -> None:
    """Mark 0 where it is in view already."""
    low, high = panel.get_xlim()
    if low < 0 < high:
        panel.axvline(0, color=GREY, linestyle=":", linewidth=1.2)


def acceptability_figure(
    psa: Result,
    willingness_to_pay: Sequence[float] | None = None,
    strategies: Sequence[str] | None = None,
    *,
    horizon: float | Sequence[float] | None = None,
) -> Figure:
    """Draw the acceptability curves of a run of draws, and their frontier in black, a panel for each horizon.

    `strategies` are those that the decision is between (all); `willingness_to_pay` the thresholds along the axis
    (evenly spaced up to twice the highest of the settings). Raises `HeconError` for a run without draws.

    >>> psa = he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").draws())  # doctest: +SKIP
    >>> acceptability_figure(psa, strategies=["Isa-Pd", "Dara-Pd"])  # doctest: +SKIP
    """
    levels, horizons = _levels(psa, willingness_to_pay), _horizons(psa, horizon)
    curves = ceac(psa, levels, horizon=horizons, strategies=strategies)
    frontier = ceaf(psa, levels, horizon=horizons, strategies=strategies)
    figure, panels = by_side(len(horizons), 3.2, 3.8)
    for panel, at in zip(panels, horizons, strict=True):
        dress(panel, _per_qaly(psa), "Probability of the\nhighest net benefit" * (panel is panels[0]), years(at))
        for strategy, own in curves[curves["horizon_years"] == at].groupby(STRATEGY, sort=False):
            number = psa.strategies.index(str(strategy))
            panel.plot(own["willingness_to_pay"], own["probability"], color=series_colour(number), linewidth=2,
                       label=str(strategy))  # fmt: skip
        best = frontier[frontier["horizon_years"] == at]
        panel.plot(best["willingness_to_pay"], best["probability"], color=BLACK, linestyle="--", linewidth=2.4,
                   label="Frontier")  # fmt: skip
        panel.set_ylim(-0.02, 1.02)
        in_percent(panel.yaxis)
        in_money(panel.xaxis)
    legend_below(figure, panels[0])
    return figure


def evpi_figure(
    psa: Result,
    willingness_to_pay: Sequence[float] | None = None,
    strategies: Sequence[str] | None = None,
    *,
    horizon: float | Sequence[float] | None = None,
) -> Figure:
    """Draw the expected value of perfect information along the willingness to pay, a line for each horizon.

    Arguments as in `acceptability_figure`.
    """
    levels, horizons = _levels(psa, willingness_to_pay), _horizons(psa, horizon)
    table = evpi(psa, levels, horizon=horizons, strategies=strategies)
    between = several(strategies or psa.strategies, "or")
    figure = new_figure()
    panel = panel_of(figure, _per_qaly(psa), f"EVPI ({psa.case.settings.currency} per person)", between)
    for number, at in enumerate(horizons):
        own = table[table["horizon_years"] == at]
        panel.plot(own["willingness_to_pay"], own["evpi"], color=series_colour(number), linewidth=2,
                   linestyle=DASHES[number % len(DASHES)], label=years(at))  # fmt: skip
    panel.set_ylim(bottom=0)
    in_money(panel.xaxis)
    in_money(panel.yaxis)
    legend_below(figure, panel)
    return figure


def evppi_figure(table: pd.DataFrame, willingness_to_pay: float | None = None, count: int = _MOST) -> Figure:
    """Draw the value of knowing each group of inputs as bars with their 95% intervals, side by side for each horizon.

    `table` is what `evppi` gives, for one decision; at one `willingness_to_pay` (the highest in the table). At most
    `count` groups are shown, none of them worth less than a five-hundredth of the largest.
    """
    level = table["willingness_to_pay"].max() if willingness_to_pay is None else willingness_to_pay
    own = table[table["willingness_to_pay"] == level]
    if own.empty:
        known = several(money(value) for value in sorted(table["willingness_to_pay"].unique()))
        raise HeconError(f"the table has no value at a willingness to pay of {money(level)}; it has {known}")
    if own.duplicated(["group", *(["horizon_years"] if "horizon_years" in own else [])]).any():
        raise HeconError("the table holds several decisions; draw one at a time, such as table[table.decision == ...]")
    horizons = list(dict.fromkeys(own["horizon_years"])) if "horizon_years" in own else [None]
    worth = own.groupby("group", sort=False)["evppi"].max().sort_values(ascending=False, kind="stable")
    groups = worth.index[: max(1, min(count, int((worth >= worth.max() / 500).sum())))]
    figure = new_figure(7.5, 1.4 + (0.22 + 0.16 * len(horizons)) * len(groups))
    panel = panel_of(figure, "EVPPI per person", "", f"At {money(level)} per QALY")
    places = np.array(lying(panel, [in_words(group) for group in groups]), dtype=float)
    width = 0.8 / len(horizons)
    for number, at in enumerate(horizons):
        rows = (own if at is None else own[own["horizon_years"] == at]).set_index("group").loc[list(groups)]
        at_places = places + 0.4 - width * (number + 0.5)
        panel.barh(at_places, rows["evppi"], width, xerr=1.96 * rows["standard_error"], color=series_colour(number),
                   ecolor="#404040", error_kw={"linewidth": 0.8}, label=None if at is None else years(at))  # fmt: skip
    panel.set_xlim(left=0)
    in_money(panel.xaxis)
    if len(horizons) > 1:
        legend_below(figure, panel)
    return figure


def sobol_figure(
    found: GlobalSensitivity, horizon: float | None = None, outcome: str | None = None, count: int = _MOST
) -> Figure:
    """Draw first-order and total Sobol indices with their 95% intervals, the `count` largest totals first.

    At one `horizon` (the last) of one `outcome` in words (the first). Raises `HeconError` for another method.
    """
    if found.method != "sobol":
        raise HeconError(
            f"these are indices of method '{found.method}'; a Sobol figure needs he.sensitivity.sobol(...)"
        )
    total = found.at(horizon, "total", outcome).head(count)
    first = found.at(horizon, "first", outcome).set_index("input").loc[total["input"]]
    figure = new_figure(7.5, 1.6 + 0.32 * len(total))
    words, at = total["outcome"].iloc[0], years(total["horizon_years"].iloc[0])
    panel = panel_of(figure, "Share of the variance", "", f"{words}, {at}")
    places = np.array(lying(panel, [input_in_words(name) for name in total["input"]]), dtype=float)
    bars = {"First order": (first, places + 0.2, BLUE), "Total": (total, places - 0.2, ORANGE)}
    for label, (rows, at_places, colour) in bars.items():
        panel.barh(at_places, rows["value"].to_numpy(), 0.4, xerr=rows["half_width"].to_numpy(), color=colour,
                   ecolor="#404040", error_kw={"linewidth": 0.8}, label=label)  # fmt: skip
    in_percent(panel.xaxis)
    panel.set_xlim(left=0)
    legend_below(figure, panel)
    return figure


def convergence_figure(
    psa: Result, strategy: str | None = None, *, horizon: float | Sequence[float] | None = None
) -> Figure:
    """Draw the running mean of the incremental net monetary benefit with its 95% limits, a panel for each horizon.

    Of `strategy` (the first that is not the comparator) against the comparator, at the highest willingness to pay of
    the settings. When the limits are far from 0, more draws do not change the decision.
    """
    horizons, tables = _horizons(psa, horizon), PsaTables(psa)
    own = one_of(strategy or next(s for s in psa.strategies if s != psa.case.comparator), psa.strategies, "strategy")
    table = tables.convergence[tables.convergence[STRATEGY] == own]
    title, currency = comparison(own, psa.case.comparator), psa.case.settings.currency
    figure, panels = by_side(len(horizons), 3.8, 3.4)
    for panel, at in zip(panels, horizons, strict=True):
        rows = table[table["horizon_years"] == at]
        dress(panel, "Draws", f"INMB ({currency})" * (panel is panels[0]), f"{title}, {years(at)}")
        mean, error = (rows[f"incremental_net_monetary_benefit{end}"] for end in ("", "_standard_error"))
        panel.fill_between(rows["draws"], mean - 1.96 * error, mean + 1.96 * error, color=BLUE, alpha=0.18, linewidth=0)
        panel.plot(rows["draws"], mean, color=BLUE, linewidth=1.8, label="Mean")
        in_money(panel.xaxis)
        in_money(panel.yaxis)
    return figure


def _levels(psa: Result, willingness_to_pay: Sequence[float] | None) -> list[float]:
    if willingness_to_pay is not None:
        return list(willingness_to_pay)
    return curve_levels(psa.case.settings.willingness_to_pay)


def _horizons(psa: Result, horizon: float | Sequence[float] | None) -> list[float]:
    if DRAW not in psa.totals.dims:
        raise HeconError("this figure needs a run of draws: he.run(inputs.draws(10_000))")
    if horizon is None:
        return list(psa.time.horizons)
    return [float(at) for at in horizon] if isinstance(horizon, Sequence) else [float(horizon)]


def _per_qaly(psa: Result) -> str:
    return f"Willingness to pay ({psa.case.settings.currency} per QALY)"
