"""What the cells of an input workbook let in: drop-downs, and bounds of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import groupby
from typing import Any, Protocol

from hecon.domains import REAL, Domain
from hecon.excel.book import Page
from hecon.inputs.columns import Column, Sheet
from hecon.inputs.control import setting_choices
from hecon.inputs.format import HEADER_ROW
from hecon.inputs.lists import list_name
from hecon.inputs.permitted import domain_of

_Rows = Sequence[Mapping[str, Any]]
#: _Rows below a table that already carry its drop-downs.
SPARE_ROWS = 200


class LiveRules(Protocol):
    """What a live workbook asks of its input sheets: which cells are fixed, and what a free one may hold."""

    def is_fixed(self, sheet: str, row: int, column: str) -> bool: ...  # noqa: D102
    def options(self, sheet: str, row: int, column: str) -> Sequence[str]: ...  # noqa: D102


def offer_each(
    page: Page,
    column: Column,
    place: int,
    rows: _Rows,
    chooser: Mapping[tuple[Any, Any], Sequence[str]],
    followed: Set[int],
) -> None:
    """Let each cell of a column be chosen by itself, the family of a curve among its fits; not what follows Control."""
    for number, row in enumerate(rows):
        if number in followed:
            continue
        fits = chooser.get((row["strategy"], row["endpoint"]))
        known = column.allowed or f"={list_name(column.dimension)}"
        cell = (HEADER_ROW + number, place)
        page.choices(cell, cell, fits or known, "fitted families, best first" if fits else column.name)


def validate(
    page: Page,
    sheet: Sheet,
    column: Column,
    place: int,
    rows: _Rows,
    dimensions: Sequence[str],
    followed: Set[int],
    *,
    each: bool,
) -> None:
    """Say what the cells of a column let in; with `each`, those of the rows there are say it one by one, elsewhere."""
    top = HEADER_ROW
    first, last = (top + (len(rows) if each else 0), place), (top + len(rows) + SPARE_ROWS, place)
    if sheet.role == "settings":
        if column.name == "value":
            _validate_settings(page, place, rows, dimensions, followed)
        return
    if column.kind == "label" and column.dimension in dimensions:
        page.choices(
            first,
            last,
            f"={list_name(column.dimension)}",
            f"One of the labels of {column.dimension} on the Labels sheet",
        )
    elif column.kind == "choice":
        page.choices(first, last, column.allowed, column.name)
    elif column.kind == "yes_no":
        page.choices(first, last, ("yes", "no"), column.name)
    elif column.kind == "number" and sheet.role == "parameters" and column.name in ("value", "low", "high"):
        number = 0
        for (name, bounds), same in groupby([*((row.get("parameter"), _row_bounds(row)) for row in rows), ("", REAL)]):
            start, number = number, number + len(list(same))
            end = last[0] if not name else top + number - 1
            words = bounds.words if bounds != REAL else "be a number"
            page.numbers((top + start, place), (end, place), bounds.low, bounds.high, str(name or column.name), words)
    elif column.kind == "number":
        bounds = column.bounds
        words = bounds.words if bounds != REAL else "be a number"
        page.numbers(first, last, bounds.low, bounds.high, column.name, words)


def validate_free(page: Page, sheet: Sheet, column: Column, place: int, rows: _Rows, rules: LiveRules) -> None:
    """Bound the cells that stay free in a live workbook, each by itself."""
    for number, row in enumerate(rows):
        if rules.is_fixed(sheet.name, number, column.name):
            continue
        cell = (HEADER_ROW + number, place)
        options = rules.options(sheet.name, number, column.name)
        if options:
            page.choices(cell, cell, options, column.name)
        elif sheet.role == "parameters" and column.name == "value":
            bounds = _row_bounds(row)
            words = bounds.words if bounds != REAL else "be a number"
            page.numbers(cell, cell, bounds.low, bounds.high, str(row.get("parameter") or column.name), words)
        elif column.kind == "number" and column.bounds != REAL:
            page.numbers(cell, cell, column.bounds.low, column.bounds.high, column.name, column.bounds.words)


def _row_bounds(row: Mapping[str, Any]) -> Domain:
    return domain_of({"parameter": "", **row})


def _validate_settings(page: Page, place: int, rows: _Rows, dimensions: Sequence[str], followed: Set[int]) -> None:
    for number, row in enumerate(rows):
        cell = (HEADER_ROW + number, place)
        if number in followed:
            continue
        if row["setting"] == "comparator" and "strategy" in dimensions:
            page.choices(cell, cell, f"={list_name('strategy')}", "One of the strategies on the Labels sheet")
        elif words := setting_choices(row):
            page.choices(cell, cell, words, str(row["setting"]))
