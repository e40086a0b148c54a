"""The sheets of results: Summary, Incremental, Breakdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hecon.analysis.result import Result
from hecon.costing.ledger import KINDS
from hecon.excel.book import Page
from hecon.labels import STRATEGY
from hecon.parameters import records_of
from hecon.report.comparison import EFFECT_MEASURES, EFFECT_UNITS, Comparison, against_comparator, compare, pairs
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, section, style_of, width_for
from hecon.report.tables import items_by_line
from hecon.report.words import STATUSES, in_words, money, quadrant_in_words, several, years

_KIND_TITLES = {"cost": "Costs", "qaly": "QALYs", "life_years": "Life years"}
_RATIO_ORDER = ("qaly", "life_years", "progression_free_life_years")
_RATIO_WIDTH, _READING_WIDTH = 16.0, 26.0


def write_summary(export: Export) -> None:
    """Write one block a horizon: totals, increments, ICERs, what they mean, net benefit; then undiscounted."""
    result = export.result
    comparator, alone = result.case.comparator, len(result.strategies) == 1
    increments = [] if alone else export.measures
    ratios = [effect for effect in _RATIO_ORDER if effect in export.measures]
    ratios = [] if alone or "cost" not in export.measures else ratios
    reading = ["Reading"] if "qaly" in ratios else []
    thresholds = export.thresholds if {"cost", "qaly"} <= set(export.measures) else ()
    plain = ["Strategy", *(export.header(measure) for measure in export.measures)]
    plain += [f"Incremental {lower(export.header(measure))}" for measure in increments]
    names = plain + [f"ICER ({export.currency} per {EFFECT_UNITS[effect]})" for effect in ratios] + reading
    names += [f"Net monetary benefit at {money(threshold)} ({export.currency})" for threshold in thresholds]
    widths = [width_for(result.strategies, 16, 30), *[13.0] * (len(plain) - 1), *[_RATIO_WIDTH] * len(ratios)]
    widths += [_READING_WIDTH] * len(reading) + [14.0] * len(thresholds)
    about = "Means over the draws. " if export.is_batch else ""
    about += "" if alone else f"Increments and ICERs are against {comparator}, the comparator of the settings. "
    about += "An ICER is a number only where a strategy costs more and gains more."
    page = export.book.page("Summary", help=about)
    page.widths(widths)
    row = TOP
    for horizon in result.time.horizons:
        found, top = {one.strategy: one for one in against_comparator(result, horizon)}, row
        row = headers(page, heading(page, row, f"{_title(horizon)}, discounted"), names, widths)
        for strategy in result.strategies:
            one = found.get(strategy)
            column = _totals(page, row, export, strategy, horizon, one, increments, "")
            _ratio_cells(page, row, column, one, ratios, "comparator" if reading else "")
            for place, threshold in enumerate(thresholds, start=len(names) - len(thresholds)):
                page.number(row, place, _net_benefit(export, strategy, horizon, threshold), "whole")
            row += 1
        row = headers(page, heading(page, row + 1, f"{_title(horizon)}, undiscounted"), plain, widths)
        for strategy in result.strategies:
            _totals(page, row, export, strategy, horizon, found.get(strategy), increments, "undiscounted_")
            row += 1
        row = section(page, top, row) + 1
    page.freeze(TOP, 1)
    page.print_setup(area=(0, 0, row, len(names) - 1))


def lower(text: str) -> str:
    """Give a header as it stands after another word."""
    return text if text.startswith("QALY") else text[:1].lower() + text[1:]


def _title(horizon: float) -> str:
    return f"Horizon: {years(horizon)}"


def _totals(
    page: Page,
    row: int,
    export: Export,
    strategy: str,
    horizon: float,
    comparison: Comparison | None,
    increments: Sequence[str],
    prefix: str,
) -> int:
    """Write totals and increments of one strategy; gives the next column."""
    means, place = export.result.means, _place(export.result, strategy, horizon)
    page.text(row, 0, strategy, "label")
    for column, measure in enumerate(export.measures, start=1):
        page.number(row, column, means[prefix + measure][place], style_of(measure))
    for column, measure in enumerate(increments, start=1 + len(export.measures)):
        value = comparison.increments[prefix + measure] if comparison else None
        page.number(row, column, value, style_of(measure))
    return 1 + len(export.measures) + len(increments)


def _ratio_cells(
    page: Page, row: int, column: int, comparison: Comparison | None, ratios: Sequence[str], absent: str
) -> None:
    """Write the ICERs and what they mean; the comparator has none."""
    if comparison is None:
        for place in range(column, column + len(ratios)):
            page.text(row, place, "", "text")
        if absent:
            page.text(row, column + len(ratios), absent, "text", indent=1, align="left")
        return
    for place, effect in enumerate(ratios, start=column):
        write_ratio(page, row, place, comparison, effect)
    reading = quadrant_in_words(comparison.quadrant) if absent else ""
    if reading:
        page.text(row, column + len(ratios), reading, "wrap", indent=1, align="left")
    words = [(comparison.icer_in_words(effect), _RATIO_WIDTH) for effect in ratios]
    fit_row(page, row, [*words, (reading, _READING_WIDTH)])


def write_ratio(page: Page, row: int, column: int, comparison: Comparison, effect: str = "qaly", **more: Any) -> None:
    """Write an ICER: a number where it may stand as one, words elsewhere."""
    value = comparison.icer_in_words(effect)
    if isinstance(value, str):
        page.text(row, column, value, "wrap", align="right", **more)
    else:
        page.number(row, column, value, "whole", **more)


def _net_benefit(export: Export, strategy: str, horizon: float, threshold: float) -> float:
    means, place = export.result.means, _place(export.result, strategy, horizon)
    return float(threshold * means["qaly"][place] - means["cost"][place])


def _place(result: Result, strategy: str, horizon: float) -> tuple[int, int]:
    return result.strategies.index(strategy), result.time.horizons.index(horizon)


def write_incremental(export: Export) -> None:
    """Write the full incremental analysis, every pair of strategies, and net benefit, each at every horizon."""
    result = export.result
    about = "The frontier holds the strategies that are worth having at some willingness to pay for a QALY. "
    about += "Each pair stands here once; turned round, its increments change their signs."
    page = export.book.page("Incremental", help=about)
    wide = width_for(result.strategies, 18, 30)
    widths = [11.0, wide, max(wide, 20.0), *[15.0] * (1 + len(_effects(export))), 22.0, 46.0]
    page.widths(widths)
    row = _frontier(page, heading(page, TOP, "Full incremental analysis"), export, widths) + 1
    row = _pairs(page, heading(page, row, "Every pair of strategies"), export, widths) + 1
    row = _net_benefits(page, heading(page, row, "Net benefit"), export, widths)
    page.freeze(TOP, 2)
    page.print_setup(area=(0, 0, row, len(widths) - 1))


def _effects(export: Export) -> list[str]:
    return [effect for effect in EFFECT_MEASURES if effect in export.measures]


def _frontier(page: Page, row: int, export: Export, widths: Sequence[float]) -> int:
    currency = export.currency
    row = headers(page, row, [
        "Horizon", "Strategy", "Status", f"Costs ({currency})", "QALYs", f"Incremental costs ({currency})",
        "Incremental QALYs", f"ICER along the frontier ({currency} per QALY)", "In words",
    ], [*widths[:3], *[15.0] * 4, *widths[-2:]])  # fmt: skip
    rows = records_of(export.result.full_incremental())
    for horizon in export.result.time.horizons:
        part = [one for one in rows if one["horizon_years"] == horizon]
        before = ""
        for one in part:
            words = _frontier_words(part, one, before)
            before = one[STRATEGY] if one["status"] == "ND" else before
            page.text(row, 0, years(horizon), "text")
            page.text(row, 1, one[STRATEGY], "label")
            page.text(row, 2, STATUSES[one["status"]], "text")
            for column, name in enumerate(
                ("cost", "effect", "incremental_cost", "incremental_effect", "icer"), start=3
            ):
                page.number(row, column, one[name], "number" if "effect" in name else "whole")
            page.text(row, 8, words, "wrap", indent=1, align="left")
            fit_row(page, row, [(words, widths[-1])])
            row += 1
    return row


def _frontier_words(rows: Sequence[Mapping[str, Any]], one: Mapping[str, Any], before: str) -> str:
    """Say why a strategy is on the frontier, or which ones keep it off."""
    on = [other for other in rows if other["status"] == "ND"]
    if one["status"] == "ND":
        return f"against {before}" if before else "the cheapest on the frontier: the reference"
    if one["status"] == "D":
        better = [
            other
            for other in rows
            if other["cost"] <= one["cost"] and other["effect"] >= one["effect"] and other[STRATEGY] != one[STRATEGY]
        ]
        names = [other[STRATEGY] for other in [other for other in better if other in on] or better]
        return f"costs at least as much as {several(names, 'or')} and gains no more" if names else ""
    below = [other[STRATEGY] for other in on if other["effect"] < one["effect"]]
    above = [other[STRATEGY] for other in on if other["effect"] > one["effect"]]
    return f"a mix of {several([*below[-1:], *above[:1]])} gains as much for less"


def _pairs(page: Page, row: int, export: Export, widths: Sequence[float]) -> int:
    effects, currency, result = _effects(export), export.currency, export.result
    names = ["Horizon", "Strategy", "Against", f"Incremental costs ({currency})"]
    names += [f"Incremental {lower(in_words(effect))}" for effect in effects]
    row = headers(page, row, [*names, f"ICER ({currency} per QALY)", "Reading"], widths)
    for horizon in result.time.horizons:
        for strategy, other in pairs(result):
            found = compare(result, strategy, other, horizon)
            page.text(row, 0, years(horizon), "text")
            page.text(row, 1, strategy, "label")
            page.text(row, 2, other, "text")
            for column, measure in enumerate(["cost", *effects], start=3):
                page.number(row, column, found.increments[measure], style_of(measure))
            write_ratio(page, row, 4 + len(effects), found)
            page.text(row, 5 + len(effects), quadrant_in_words(found.quadrant), "text", indent=1, align="left")
            fit_row(page, row, [(found.icer_in_words(), widths[-2])])
            row += 1
    return row


def _net_benefits(page: Page, row: int, export: Export, widths: Sequence[float]) -> int:
    """Write net benefit by horizon, willingness to pay and strategy; the best at each is tinted."""
    currency = export.currency
    row = headers(page, row, [
        "Horizon", "Strategy", f"Willingness to pay ({currency} per QALY)", f"Net monetary benefit ({currency})",
        "Net health benefit (QALYs)", "Best?",
    ], widths)  # fmt: skip
    rows = records_of(export.result.net_benefit())
    best: dict[tuple[float, float], float] = {}
    for one in rows:
        at = one["horizon_years"], one["willingness_to_pay"]
        best[at] = max(best.get(at, -math.inf), one["net_monetary_benefit"])
    for one in rows:
        is_best = one["net_monetary_benefit"] == best[one["horizon_years"], one["willingness_to_pay"]]
        tint = " good" if is_best else ""
        page.text(row, 0, years(one["horizon_years"]), "text")
        page.text(row, 1, one[STRATEGY], "label")
        page.number(row, 2, one["willingness_to_pay"], "whole")
        page.number(row, 3, one["net_monetary_benefit"], "whole" + tint)
        page.number(row, 4, one["net_health_benefit"], "number" + tint)
        page.text(row, 5, "best" if is_best else "", "text" + tint, align="center")
        row += 1
    return row


def write_breakdown(export: Export) -> None:
    """Write every line and its details by strategy, with the total of the summary below it, one block a horizon."""
    result = export.result
    strategies, comparator = result.strategies, result.case.comparator
    others = [strategy for strategy in strategies if strategy != comparator]
    about = "Discounted. Details are indented below their item; each total is the one on the Summary."
    page = export.book.page("Breakdown", help=about)
    names = ["Item", *strategies, *(f"{strategy} less {comparator}" for strategy in others)]
    details = result.items()
    widths = [width_for((item for *_, item, _ in details), 26, 46), *(width_for([name], 15, 22) for name in names[1:])]
    page.widths(widths)
    row, lines = TOP, {kind: items_by_line(result, kind) for kind in KINDS}
    values: dict[tuple[float, str, str], list[float]] = {}  # by strategy
    for _, horizon, kind, item, value in details:
        values.setdefault((horizon, kind, item), []).append(value)
    for horizon in result.time.horizons:
        for kind in (kind for kind in KINDS if lines[kind]):
            unit, top = f" ({export.currency})" if kind == "cost" else "", row
            row = heading(page, row, f"{_KIND_TITLES[kind]}{unit}. {_title(horizon)}")
            row = headers(page, row, names, widths)
            base = strategies.index(comparator)
            for line, items in lines[kind].items():
                row = _line(
                    page, row, kind, line, {item: np.array(values[horizon, kind, item]) for item in items}, base
                )
            total = result.means[kind][:, result.time.horizons.index(horizon)]
            row = _values(page, row, "Total", total, base, f"{style_of(kind)} total", "label total", bg_color="#DDE6F3")
            row = section(page, top, row) + 1
    page.freeze(TOP, 1)
    page.print_setup(area=(0, 0, row, len(names) - 1))


def _line(page: Page, row: int, kind: str, name: str, part: Mapping[str, np.ndarray], base: int) -> int:
    """Write a line in bold with its details indented; a detail that is nought for every strategy is left out."""
    style = style_of(kind)
    row = _values(page, row, name, np.array([*part.values()]).sum(axis=0), base, f"{style} bold", "label")
    if len(part) > 1:
        for item, values in part.items():
            if np.any(values):
                detail = in_words(item.removeprefix(f"{name}: "))
                row = _values(page, row, detail, values, base, style, "text", indent=2, align="left")
    return row


def _values(
    page: Page, row: int, name: str, values: np.ndarray, base: int, style: str, name_style: str, **more: Any
) -> int:
    page.text(row, 0, name, name_style, **more)
    fill = {name: value for name, value in more.items() if name == "bg_color"}
    increments = [value - values[base] for place, value in enumerate(values) if place != base]
    for column, value in enumerate([*values, *increments], start=1):
        page.number(row, column, float(value), style, **fill)
    return row + 1
