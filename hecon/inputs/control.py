"""The sheet Control: what decides an analysis on one printed page, each value shown from where it stands.

Nothing is typed here: a value has one place. Every cell is a formula that follows that place, and the name of the sheet
beside it leads there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hecon.excel.addresses import letters, quoted
from hecon.excel.book import Book, Page
from hecon.inputs.distributions import FIXED
from hecon.inputs.format import CONTROL, FIRST_ROW, PARAMETER_SHEETS
from hecon.inputs.quantities import INCLUDED_IN

_HELP = (
    "What decides the analysis, on one page. Nothing is typed here: a cell shows what stands on the sheet beside it."
)
#: Settings that are shown, in plain words.
_ASKED = {
    "population": "Patients", "perspective": "Perspective", "currency": "Currency", "price_year": "Price year",
    "comparator": "Comparator (blank: the last strategy)", "horizons": "Time horizons, years",
    "cycle_length": "Length of a model cycle", "cycle_unit": "... in", "accrual": "Time within a cycle",
    "discount_rate_cost": "Discount rate of costs, a year", "discount_rate_effect": "Discount rate of effects, a year",
    "crossing": "Where curves cross", "willingness_to_pay": "Willingness to pay for a QALY",
    "draws": "Draws of the probabilistic analysis", "seed": "Seed of the draws",
}  # fmt: skip
#: Sheets that bring an analysis or a rule with them, in plain words.
_BROUGHT = {
    "Life table": "Mortality of the general population", "Utility norms": "Quality of life that falls with age",
    "Curve weights": "Survival families drawn by weight", "Correlations": "Inputs drawn together",
    "Order": "Inputs whose draws keep an order", "Cost items": "Costs that the model does not know",
    "Market": "Budget impact: who is treated with what", "Studies": "Studies whose value is worked out",
    "Checks": "Results that are checked",
}  # fmt: skip
_LAST = FIRST_ROW + 2000


@dataclass(frozen=True)
class SheetRows:
    """A sheet as it is written: its headers and its rows."""

    headers: Sequence[str]
    rows: Sequence[Mapping[str, Any]]

    def place(self, header: str) -> str:
        """Letters of a column."""
        return letters(list(self.headers).index(header))


def write_control(book: Book, title: str, sheets: Mapping[str, SheetRows]) -> None:
    """Write the page; `sheets` are those of the workbook as they are written."""
    page = book.page(CONTROL, title=title, help=_HELP, tab="#1F3864")
    page.widths([44, 34, 24, 14, 14, 14])
    row = _settings(page, 3, sheets["Settings"])
    if sheets.get("Curves") and sheets["Curves"].rows:
        row = _curves(page, row + 1, sheets["Curves"])
    if sheets.get("Scenarios") and sheets["Scenarios"].rows:
        row = _scenarios(page, row + 1, sheets["Scenarios"])
    row = _varied(page, row + 1, sheets)
    row = _brought(page, row + 1, sheets)
    page.print_setup(area=(0, 0, row, 5))
    page.sheet.fit_to_pages(1, 1)


def _settings(page: Page, row: int, sheet: SheetRows) -> int:
    page.text(row, 0, "What is asked", "heading")
    known = {str(one["setting"]): number for number, one in enumerate(sheet.rows)}
    for name, words in _ASKED.items():
        row += 1
        page.text(row, 0, words, "label")
        _shown(
            page,
            row,
            1,
            f"Settings!${sheet.place('value')}${FIRST_ROW + known[name]}",
            sheet.rows[known[name]]["value"],
        )
        page.link(row, 2, "Settings", "Settings")
    return row + 1


def _curves(page: Page, row: int, sheet: SheetRows) -> int:
    page.text(row, 0, "Survival curve in use", "heading")
    parts = ("family", "effect", "reference", "reference_endpoint")
    for number, one in enumerate(sheet.rows):
        row += 1
        page.text(row, 0, f"{one['strategy']}: {str(one['endpoint']).replace('_', ' ')}", "label")
        cells = [f"Curves!${sheet.place(name)}${FIRST_ROW + number}" for name in parts if name in sheet.headers]
        found = " ".join(str(one[name]) for name in parts if name in sheet.headers and one.get(name))
        page.text_formula(row, 1, "=TRIM(" + '&" "&'.join(cells) + ")", found, "calc")
        page.link(row, 2, "Curves", "Curves")
    return row + 1


def _scenarios(page: Page, row: int, sheet: SheetRows) -> int:
    page.text(row, 0, "Scenarios, and how many values each changes", "heading")
    names = list(dict.fromkeys(str(one["scenario"]) for one in sheet.rows))
    place = sheet.place("scenario")
    for name in names:
        row += 1
        page.text(row, 0, name, "label")
        count = sum(one["scenario"] == name for one in sheet.rows)
        counted = f"=COUNTIF(Scenarios!${place}${FIRST_ROW}:${place}${_LAST},$A{row + 1})"
        page.formula(row, 1, counted, count, "calc", num_format="0", align="left")
        page.link(row, 2, "Scenarios", "Scenarios")
    return row + 1


def _varied(page: Page, row: int, sheets: Mapping[str, SheetRows]) -> int:
    """Rows with a distribution by sheet, and those that column include keeps to one analysis, or out of both."""
    page.text(row, 0, "What tornado and draws vary", "heading")
    row += 1
    for column, words in enumerate(
        ("sheet", "inputs with a distribution", "", "tornado only", "draws only", "neither")
    ):
        page.text(row, column, words, "header")
    for name in PARAMETER_SHEETS:
        sheet = sheets.get(name)
        if sheet is None or not sheet.rows or "distribution" not in sheet.headers:
            continue
        row += 1
        page.text(row, 0, name, "label")
        place = sheet.place("distribution")
        cells = f"{quoted(name)}!${place}${FIRST_ROW}:${place}${_LAST}"
        count = sum(one.get("distribution") not in (None, "", FIXED) for one in sheet.rows)
        formula = f'=COUNTIF({cells},"?*")-COUNTIF({cells},"{FIXED}")'
        page.formula(row, 1, formula, count, "calc", num_format="0", align="left")
        page.link(row, 2, name, name)
        for column, word in enumerate(INCLUDED_IN, start=3):
            kept = sum(one.get("include") == word for one in sheet.rows)
            if "include" not in sheet.headers:
                page.text(row, column, "", "calc")
                continue
            own = sheet.place("include")
            counted = f'=COUNTIF({quoted(name)}!${own}${FIRST_ROW}:${own}${_LAST},"{word}")'
            page.formula(row, column, counted, kept, "calc", num_format="0")
    return row + 1


def _brought(page: Page, row: int, sheets: Mapping[str, SheetRows]) -> int:
    page.text(row, 0, "Also in the model, by sheets of their own: rows", "heading")
    for name, words in _BROUGHT.items():
        row += 1
        page.text(row, 0, words, "label")
        sheet = sheets.get(name)
        if sheet is None:
            page.text(row, 1, "no such sheet", "calc")
            continue
        first = quoted(name)
        counted = f"=COUNTA({first}!$A${FIRST_ROW}:$A${_LAST})"
        page.formula(row, 1, counted, len(sheet.rows), "calc", num_format="0", align="left")
        page.link(row, 2, name, name)
    return row + 1


def _shown(page: Page, row: int, column: int, cell: str, value: object) -> None:
    formula = f'=IF({cell}="","",{cell})'
    if isinstance(value, int | float) and not isinstance(value, bool):
        page.formula(row, column, formula, float(value), "calc", num_format="General", align="left")
    else:
        page.text_formula(row, column, formula, "" if value is None else str(value), "calc_wrap")
