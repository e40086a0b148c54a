"""The Scenarios sheet: one row a scenario, one block a strategy, the horizons side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.analysis.scenarios import BASE_CASE, with_base
from hecon.errors import HeconError
from hecon.excel.book import Page
from hecon.inputs.format import SCENARIO_RANGE
from hecon.parameters import records_by
from hecon.report.analyses import Analyses
from hecon.report.comparison import Comparison, compare
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, width_for
from hecon.report.sheets.results import write_ratio
from hecon.report.words import money, several, years

if TYPE_CHECKING:
    from hecon.report.document.parts import Block
    from hecon.report.figures.drawing import Figure

_CHANGES_WIDTH, _RATIO_WIDTH = 44.0, 19.0
_TINT = "#FFF2CC"


def write_scenarios(found: Mapping[str, Result], export: Export) -> None:
    """Write increments and ICERs of every scenario beside the base case; what changes the answer is tinted."""
    base = export.result
    scenarios = with_base(found, base)
    comparator = base.case.comparator
    horizons = sorted({horizon for result in scenarios.values() for horizon in result.time.horizons})
    about = scenario_changes(base)
    thresholds = several((money(value) for value in export.thresholds), "or")
    page = export.book.page(
        "Scenarios",
        help="Tinted: the answer is not that of the base case, on a saving or on being worth it at "
        f"{thresholds} {export.currency} per QALY.",
    )
    widths = [width_for(scenarios, 24, 38), _CHANGES_WIDTH, *[14.0, 12.0, _RATIO_WIDTH] * len(horizons)]
    page.widths(widths)
    row = TOP
    for strategy in base.strategies:
        if strategy == comparator:
            continue
        row = _header(page, heading(page, row, f"{strategy} against {comparator}"), export, horizons, widths)
        here = {horizon: _at(base, strategy, comparator, horizon) for horizon in horizons}
        expected = {horizon: _reading(one, export) for horizon, one in here.items() if one}
        for name, result in scenarios.items():
            bold = " bold" if result is base else ""
            changes = about.get(name, "") if result is not base else ""
            page.text(row, 0, name[:1].upper() + name[1:], "wrap" + bold)
            page.text(row, 1, changes, "note")
            there = [_at(result, strategy, comparator, horizon) for horizon in horizons]
            for place, (one, horizon) in enumerate(zip(there, horizons, strict=True)):
                _cells(page, row, 2 + 3 * place, one, expected.get(horizon), export)
            ratios = [(one.icer_in_words() if one else "", _RATIO_WIDTH) for one in there]
            fit_row(page, row, [(name, widths[0]), (changes, _CHANGES_WIDTH), *ratios])
            row += 1
        row += 1
    page.freeze(TOP, 1)
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def _header(page: Page, row: int, export: Export, horizons: Sequence[float], widths: Sequence[float]) -> int:
    """Write two rows of headers: the horizons, and below each of them its columns."""
    for column in (0, 1):
        page.text(row, column, "", "header")
    for place, horizon in enumerate(horizons):
        page.text(row, 2 + 3 * place, years(horizon), "header", merge_to=4 + 3 * place, align="center")
    currency = export.currency
    names = [f"Incremental costs ({currency})", "Incremental QALYs", f"ICER ({currency} per QALY)"]
    return headers(page, row + 1, ["Scenario", "What changes", *names * len(horizons)], widths)


def _at(result: Result, strategy: str, comparator: str, horizon: float) -> Comparison | None:
    """Compare in a scenario; None for a horizon that it does not have."""
    if strategy not in result.strategies or comparator not in result.strategies:
        rule = "scenarios share the strategies of the base case"
        raise HeconError(f"a scenario has no strategy '{strategy}' or no '{comparator}': {rule}")
    return compare(result, strategy, comparator, horizon) if horizon in result.time.horizons else None


def _reading(one: Comparison, export: Export) -> tuple[bool, ...]:
    return one.saves, *(one.worth(threshold) for threshold in export.thresholds)


def _cells(
    page: Page, row: int, column: int, one: Comparison | None, expected: tuple[bool, ...] | None, export: Export
) -> None:
    if one is None:
        for place in range(3):
            page.text(row, column + place, "", "text", align="right")
        return
    tint: dict[str, Any] = {} if expected in (None, _reading(one, export)) else {"bg_color": _TINT}
    page.number(row, column, one.increments["cost"], "whole", **tint)
    page.number(row, column + 1, one.increments["qaly"], "number", **tint)
    write_ratio(page, row, column + 2, one, **tint)


def scenario_changes(base: Result) -> dict[str, str]:
    """Say what each scenario of the Scenarios sheet is about: its description, or its changes."""
    rows = records_by(base.case.tables.get("Scenarios"), "scenario")
    return {name: _changes(own) for name, own in rows.items()}


def _changes(rows: Sequence[Mapping[str, Any]]) -> str:
    described = [row["description"] for row in rows if isinstance(row.get("description"), str) and row["description"]]
    if described:
        return "; ".join(dict.fromkeys(described))
    fixed = ("scenario", "target", "value", *SCENARIO_RANGE, "description", "row")
    changes = []
    for row in rows:
        where = [value for key, value in row.items() if key not in fixed and isinstance(value, str) and value]
        value = (
            "blank"
            if pd.isna(row["value"])
            else f"{row['value']:g}"
            if isinstance(row["value"], float)
            else row["value"]
        )
        changes.append(f"{row['target']}{f' ({several(where)})' if where else ''} = {value}")
    return "; ".join(changes)


def _shown(_: Mapping[str, Result], analyses: Analyses) -> bool:
    return is_cost_effectiveness(analyses.base) and len(analyses.base.strategies) > 1


def _pointer(found: Mapping[str, Result], workbook: str) -> str:
    count = len([name for name in found if name != BASE_CASE])
    said = "1 scenario is" if count == 1 else f"{count} scenarios are"
    return f"{said} on sheet Scenarios of {workbook}." if count else ""


def _figures(found: Mapping[str, Result], analyses: Analyses) -> Iterator[tuple[str, Figure]]:
    from hecon.report.figures.results import scenario_figure

    if _shown(found, analyses):
        for strategy in analyses.base.strategies:
            if strategy != analyses.base.case.comparator:
                yield f"scenarios {strategy}", scenario_figure(with_base(found, analyses.base), strategy)


def _blocks(found: Mapping[str, Result], analyses: Analyses) -> Iterable[Block]:
    from hecon.report.document.of_sensitivity import scenario_blocks

    return scenario_blocks(found, analyses)


PRESENTATION = Presentation(
    sheets=[ResultSheet("Scenarios", "The same results under other assumptions", write_scenarios, _shown)],
    pointer=_pointer,
    figures=_figures,
    blocks=_blocks,
)
