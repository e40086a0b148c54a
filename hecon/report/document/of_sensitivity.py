"""Tables and figures of the report for one-way analyses, scenarios, thresholds and Sobol indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.analysis.scenarios import with_base
from hecon.analysis.sensitivity.one_way import OneWay
from hecon.analysis.sensitivity.sobol import GlobalSensitivity
from hecon.inputs.input_names import input_in_words
from hecon.report.analyses import Analyses
from hecon.report.comparison import compare
from hecon.report.document.parts import Block, Paragraph, Picture, ReportColumn, ReportTable
from hecon.report.words import comparison, icer_in_words, lower_first, money, outcome_title, years

#: Rows of a table of inputs: those that move the answer most.
_MOST = 12
#: A price that many times as high again is no price of this drug.
_FAR = 10


def one_way_blocks(found: Sequence[OneWay], analyses: Analyses) -> Iterator[Block]:
    """A tornado for each comparison at every horizon, and the widest swings as numbers."""
    from hecon.report.figures.uncertainty import tornado_figure

    for one in found:
        if one.table.empty:
            continue
        own = one.measure
        key = f"{own.outcome}_{own.strategy}_{own.comparator}"
        last = one.horizons[-1]
        words = f"{outcome_title(own, one.currency)}: {comparison(own.strategy, own.comparator)}"
        for place, horizon in enumerate(one.horizons):
            title = f"Tornado, {years(horizon)}. {words}"
            yield Picture(
                f"tornado_{key}_{place}",
                title,
                partial(tornado_figure, one, horizon),
            )
        ratio = one.ratio
        for other in (*one.beside, *([ratio] if ratio is not None else [])):
            if last in other.horizons:
                title = f"Tornado, {years(last)}. {outcome_title(other.measure, one.currency)}"
                yield Picture(
                    f"tornado_{other.measure.outcome}_{own.strategy}",
                    f"{title}: {comparison(own.strategy, own.comparator)}",
                    partial(tornado_figure, other, last),
                )
        count = len(one.at(last))
        shown = len(ratio.at(last)) if ratio is not None and last in ratio.horizons else 0
        if one.beside and shown < count:
            yield Paragraph(
                f"{comparison(own.strategy, own.comparator)}, {years(last)}: {count - shown} of {count} inputs are not "
                "in the tornado of the ICER. It is a number only where costs and QALYs both rise, in the base case and "
                "at both ends."
            )
        rows = one.at(last, _MOST)
        style = "number" if "qaly" in own.outcome and "net" not in own.outcome else "money"
        columns = (
            ReportColumn("label", "Input"),
            ReportColumn("low_value", "Low", "general"),
            ReportColumn("base_value", "Base", "general"),
            ReportColumn("high_value", "High", "general"),
            ReportColumn("outcome_at_low", "Outcome at low", style),
            ReportColumn("outcome_at_high", "Outcome at high", style),
            ReportColumn("swing", "Swing", style),
        )
        yield ReportTable(f"one_way_{key}", f"The widest swings, {years(last)}. {words}", rows, columns)


def scenario_blocks(found: Mapping[str, Result], analyses: Analyses) -> Iterator[Block]:
    """Increments and ICERs of every scenario at the last horizon, net benefit at all, and a figure, by comparison."""
    from hecon.report.figures.results import scenario_figure

    base = analyses.base
    if not is_cost_effectiveness(base) or len(base.strategies) < 2:
        return
    scenarios = with_base(found, base)
    last, comparator = base.time.horizons[-1], base.case.comparator
    level = base.case.settings.willingness_to_pay[-1]
    for strategy in base.strategies:
        if strategy == comparator:
            continue
        rows, benefits = [], []
        for name, result in scenarios.items():
            benefit: dict[str, Any] = {"scenario": name}
            for horizon in base.time.horizons:
                if horizon in result.time.horizons:
                    one = compare(result, strategy, comparator, horizon)
                    benefit[f"at_{horizon:g}"] = one.net_benefit(level)
                    if horizon == last:
                        rows.append(
                            {
                                "scenario": name,
                                "cost": one.increments["cost"],
                                "qaly": one.increments["qaly"],
                                "icer": one.icer_in_words(),
                                "nmb": one.net_benefit(level),
                            }
                        )
            benefits.append(benefit)
        frame = pd.DataFrame(rows, columns=["scenario", "cost", "qaly", "icer", "nmb"])
        first = frame["icer"].iloc[0] if len(frame) else ""
        frame["change"] = [
            value / first - 1 if isinstance(value, float) and isinstance(first, float) and first else ""
            for value in frame["icer"]
        ]
        currency, words = analyses.currency, comparison(strategy, comparator)
        columns = (
            ReportColumn("scenario", "Scenario"),
            ReportColumn("cost", f"Incremental costs ({currency})", "money"),
            ReportColumn("qaly", "Incremental QALYs", "number"),
            ReportColumn("icer", f"ICER ({currency} per QALY)", "money"),
            ReportColumn("change", "Change of the ICER", "percent"),
        )
        yield ReportTable(f"scenarios_{strategy}", f"Scenarios, {years(last)}: {words}", frame, columns)
        at = tuple(ReportColumn(f"at_{horizon:g}", years(horizon), "money") for horizon in base.time.horizons)
        title = (
            f"Scenarios: incremental net monetary benefit at {money(level)} {currency} per QALY ({currency}), {words}"
        )
        names = ["scenario", *(column.name for column in at)]
        yield ReportTable(
            f"scenario_benefits_{strategy}",
            title,
            pd.DataFrame(benefits).reindex(columns=names),
            (ReportColumn("scenario", "Scenario"), *at),
        )
        yield Picture(
            f"scenarios_figure_{strategy}",
            f"Scenarios, {years(last)}: net monetary benefit, {words}",
            partial(scenario_figure, scenarios, strategy),
        )


def threshold_blocks(table: pd.DataFrame, analyses: Analyses) -> Iterator[Block]:
    """Where the decision turns at the highest willingness to pay: prices first, then other inputs."""
    from hecon.analysis.sensitivity.prices import is_price

    level = table["willingness_to_pay"].max()
    own = table[(table["willingness_to_pay"] > 0) & (table["status"] == "found")].copy()
    own["input_in_words"] = own["label"]
    own["against"] = [comparison(a, b) for a, b in zip(own["strategy"], own["comparator"], strict=True)]
    far = (own["change"].abs() > _FAR).tolist()
    prices = [
        is_price(str(c).split("!")[0], str(n).split(" · ")[0]) for c, n in zip(own["cell"], own["input"], strict=True)
    ]
    at_highest = (own["willingness_to_pay"] == level).tolist()
    columns = (
        ReportColumn("input_in_words", "Input"),
        ReportColumn("against", "Comparison"),
        ReportColumn("horizon_years", "Horizon (years)", "digits"),
        ReportColumn("willingness_to_pay", f"At ({analyses.currency} per QALY)", "money"),
        ReportColumn("unit", "Unit"),
        ReportColumn("base_value", "Base value", "general"),
        ReportColumn("worth_it", "Worth its cost"),
        ReportColumn("threshold", "Threshold", "general"),
        ReportColumn("change", "Change from base", "percent"),
    )
    beyond = [one and price for one, price in zip(far, prices, strict=True)]
    note = f"{sum(beyond)} thresholds at more than ten times the price are left out." if any(beyond) else ""
    prices_near = [price and not one for one, price in zip(far, prices, strict=True)]
    others = [high and not price for high, price in zip(at_highest, prices, strict=True)]
    at = f"at {money(level)} {analyses.currency} per QALY"
    for key, title, chosen in (
        ("value_based_prices", "Prices at which the decision turns, at each willingness to pay", prices_near),
        ("thresholds_table", f"Other inputs at which the decision turns, {at}", others),
    ):
        rows = own[chosen].reset_index(drop=True)
        if len(rows):
            yield ReportTable(key, title, rows, columns, note if chosen is prices_near else "")


def price_grid_about(table: pd.DataFrame) -> list[str]:
    """Say which two prices are moved, and from where."""
    one = table.iloc[0]
    first, second = (input_in_words(str(one[name])) for name in ("first_input", "second_input"))
    return [
        f"{one['strategy']} against {one['comparator']}: net discounts off '{first}' down, off '{second}' across; 0% "
        "is the price on its sheet. The two are the prices on which the costs of each hang most."
    ]


def price_grid_blocks(table: pd.DataFrame, analyses: Analyses) -> Iterator[Block]:
    """A heat map of net benefit over net discounts off two prices, with the line at which the decision turns."""
    from hecon.report.figures.heat_map import price_grid_figure

    level = table["willingness_to_pay"].max()
    pair = comparison(table["strategy"].iloc[0], table["comparator"].iloc[0])
    at = f"at {money(level)} {analyses.currency} per QALY"
    horizon = table["horizon_years"].max()
    yield _price_reductions(table[table["willingness_to_pay"] == level], analyses)
    yield Picture(
        "price_grid",
        f"Net benefit {at} over discounts off two prices, {years(horizon)}: {pair}. "
        "Blue: worth its cost; black: where the decision turns",
        partial(price_grid_figure, table, horizon, analyses.currency),
    )


def _price_reductions(table: pd.DataFrame, analyses: Analyses) -> ReportTable:
    """Give the ICER at each net discount off the first price, the second as on its sheet; a column a horizon."""
    own = table[table["second_discount"] == 0]
    rows = []
    for (discount, price), at in own.groupby(["first_discount", "first_price"], sort=True):
        row: dict[str, Any] = {"discount": discount, "price": price}
        for one in at.to_dict("records"):
            name = f"at_{one['horizon_years']:g}"
            row[name] = icer_in_words(one["icer"], one["quadrant"], effect=one["incremental_qaly"])
        rows.append(row)
    first, at_horizons = own.iloc[0], list(dict.fromkeys(own["horizon_years"]))
    columns = (
        ReportColumn("discount", "Reduction", "percent"),
        ReportColumn("price", "Price", "general"),
        *(
            ReportColumn(f"at_{at:g}", f"ICER, {years(at)} ({analyses.currency} per QALY)", "money")
            for at in at_horizons
        ),
    )
    title = f"Price reductions: {lower_first(input_in_words(str(first['first_input'])))}. "
    title += comparison(first["strategy"], first["comparator"])
    return ReportTable("price_reductions", title, pd.DataFrame(rows), columns)


def sobol_blocks(found: GlobalSensitivity, analyses: Analyses) -> Iterator[Block]:
    """First and total indices of each outcome at the last horizon."""
    from hecon.report.figures.uncertainty import sobol_figure

    for place, own in enumerate(found.measures):
        total = found.at(None, "total", own.words).head(_MOST)
        if total.empty:
            continue
        first = found.at(None, "first", own.words).set_index("input").loc[total["input"]].reset_index()
        frame = pd.DataFrame(
            {
                "input": [input_in_words(name) for name in total["input"]],
                "first": first["value"].to_numpy(),
                "first_half": first["half_width"].to_numpy(),
                "total": total["value"].to_numpy(),
                "total_half": total["half_width"].to_numpy(),
            }
        )
        columns = (
            ReportColumn("input", "Input"),
            ReportColumn("first", "First order", "number"),
            ReportColumn("first_half", "± 95%", "number"),
            ReportColumn("total", "Total", "number"),
            ReportColumn("total_half", "± 95%", "number"),
        )
        at = years(total["horizon_years"].iloc[0])
        yield Picture(
            f"sobol_{place}",
            f"Sobol indices, {at}. {own.words}",
            partial(sobol_figure, found, outcome=own.words),
        )
        yield ReportTable(f"sobol_table_{place}", f"The largest Sobol indices, {at}. {own.words}", frame, columns)
