"""Sheets of cells: model time, strategies, single values, tables; and the values of inputs that are in use."""

from __future__ import annotations

from typing import Any

from hecon.excel.addresses import letters, quoted
from hecon.excel.book import Book, Page
from hecon.report.live.inputs import LiveInputs
from hecon.report.live.layout import (
    FIRST_NUMBERS,
    HEADINGS,
    TABLES_SHEET,
    UNITS_ROW,
    VALUES_SHEET,
    ColumnsSheet,
    Layout,
)
from hecon.report.live.permitted import YES, verdict_formula
from hecon.report.sheets.layout import width_for
from hecon.report.words import in_words
from hecon.symbols.draft import CellColumn
from hecon.symbols.excel import Address, formula
from hecon.symbols.expression import Symbol

_FORMATS = {"share": "0.0000", "years": "0.0000", "QALYs": "0.000000", "months": "0.00", "weeks": "0.00", "days": "0.0"}
#: Excel shows as many digits as fit.
_GENERAL = "General"


class Writer:
    """Writes columns where the layout has put them."""

    def __init__(self, book: Book, layout: Layout, currency: str) -> None:
        self.book, self.layout, self._currency = book, layout, currency

    def column(self, page: Page, column: CellColumn, style: str = "calc", **more: Any) -> None:
        """Write every cell of a column: formulas with their values, and plain numbers."""
        at = self.layout.addresses[column]
        more = {"num_format": self.format(column), **more}
        fixed = more if style != "calc" else {**more, "font_color": "#7F7F7F", "bg_color": "#FFFFFF"}
        for row, content in enumerate(column.contents, start=at.row):
            self.content(page, row, at.column, content, style, **(more if isinstance(content, Symbol) else fixed))

    def content(self, page: Page, row: int, place: int, content: Any, style: str = "calc", **more: Any) -> None:
        """Write one cell."""
        if isinstance(content, Symbol):
            page.formula(row, place, formula(content, page.name, self.layout.where), content.value, style, **more)
        else:
            page.number(row, place, float(content), style, **more)

    def format(self, column: CellColumn) -> str:
        """Number format of a column: by its unit, or by the size of its numbers."""
        if column.unit == self._currency:
            return "#,##0.00"
        if column.unit in _FORMATS:
            return _FORMATS[column.unit]
        largest = max((abs(cell.value) for cell in column.cells), default=0.0)
        whole = all(float(cell.value).is_integer() for cell in column.cells)
        return "0" if whole and largest < 1e6 else "0.0000" if largest < 100 else "#,##0.00"

    # Sheets.

    def time(self) -> None:
        """Write model time, and the days of doses if there are any."""
        self._run(self.layout.time)
        if self.layout.days.columns:
            self._run(self.layout.days)

    def strategies(self) -> None:
        """Write the sheet of each strategy."""
        for sheet in self.layout.sheets:
            self._run(sheet)

    def tables(self) -> None:
        """Write what runs along neither cycles nor edges."""
        if not self.layout.tables:
            return
        help_ = "Tables that formulas look things up in, or that they sum over."
        page = self.book.page(TABLES_SHEET, help=help_, tab=_TAB)
        for table in self.layout.tables:
            first = self.layout.addresses[table.columns[0]].column
            page.text(HEADINGS - 1, first, in_words(table.name), "heading")
            for column in table.columns:
                self._head(page, column, self.layout.addresses[column].column)
                self.column(page, column)
        page.sheet.set_row(HEADINGS, 54)
        page.freeze(FIRST_NUMBERS)
        page.print_setup(header_row=HEADINGS)

    def _run(self, sheet: ColumnsSheet) -> None:
        page = self.book.page(sheet.name, help=f"{sheet.about}. Row by row from the start of the model.", tab=_TAB)
        rows = max((len(column.contents) for column in sheet.columns), default=0)
        page.text(HEADINGS, 0, sheet.counted, "header")
        page.text(UNITS_ROW, 0, "", "help")
        for row in range(rows):
            page.number(FIRST_NUMBERS + row, 0, row, "text", num_format="0")
        page.sheet.set_column(0, 0, 7)
        for place, column in enumerate(sheet.mirrors, start=1):
            self._head(page, column, place)
            own = self.layout.addresses[column]
            for row, cell in enumerate(column.cells):
                self._mirror(page, FIRST_NUMBERS + row, place, own, row, cell, self.format(column))
        for column in sheet.columns:
            self._head(page, column, self.layout.addresses[column].column)
            self.column(page, column)
        page.sheet.set_row(HEADINGS, 54)
        page.freeze(FIRST_NUMBERS, sheet.lead)
        page.print_setup(header_row=HEADINGS)
        page.sheet.set_print_scale(60)  # as many pages across as it takes: a width of one page could not be read
        page.sheet.repeat_columns(0, sheet.lead - 1)

    def _mirror(self, page: Page, row: int, place: int, own: Address, offset: int, cell: Symbol, form: str) -> None:
        text = f"={quoted(own.sheet)}!${letters(own.column)}${own.row + offset + 1}"
        page.formula(row, place, text, cell.value, "text", num_format=form)

    def _head(self, page: Page, column: CellColumn, place: int) -> None:
        page.text(HEADINGS, place, in_words(column.heading), "header")
        page.text(UNITS_ROW, place, column.unit, "help")
        page.sheet.set_column(place, place, 14)

    def values(self) -> None:
        """Write single values, a table for each title."""
        if not self.layout.groups:
            return
        page = self.book.page(
            VALUES_SHEET, help="Values that do not change over time, worked out from inputs.", tab=_TAB
        )
        labels = [", ".join(row) for group in self.layout.groups for row in group.rows]
        page.sheet.set_column(0, 0, width_for([*labels, *(g.title for g in self.layout.groups)], 24, 60))
        page.sheet.set_column(1, 12, 16)
        for group in self.layout.groups:
            top = min(self.layout.addresses[column].row for column in group.cells.values())
            page.text(top - 1, 0, group.title, "header")
            for place, strategy in enumerate(group.strategies):
                page.text(top - 1, 1 + place, strategy or "Value", "header", align="right")
            for number, row in enumerate(group.rows):
                page.text(top + number, 0, ", ".join(row) or group.title, "label")
            for column in group.cells.values():
                self.column(page, column)
        page.freeze(HEADINGS - 1, 1)
        page.print_setup()


_TAB = "#7F7F7F"


def write_inputs_in_use(book: Book, name: str, live: LiveInputs) -> tuple[list[str], str]:
    """Write the value of every input that formulas use.

    Give the cells that say whether it was changed, and those that say whether it may be what it is.
    """
    about = "What formulas use: the value on its sheet, or that of the scenario, at the price year of the analysis."
    page = book.page(name, help=about, tab=_TAB)
    widths = [46.0, 18.0, 11.0, 14.0, 14.0, 14.0, 10.0, 44.0]
    page.widths(widths)
    headers = ["Input", "Unit", "Status", "On its sheet", "In use", "As delivered", "Changed", "Name in formulas"]
    for place, header in enumerate([*headers, "Permitted?"]):
        page.text(HEADINGS, place, header, "header", align="left" if place in (0, 1, 2, 7, 8) else "right")
    row = HEADINGS + 1
    changed = []
    for one in live.in_use:
        page.text(row, 0, one.words, "label")
        page.text(row, 1, one.unit, "text")
        page.text(row, 2, one.status, "text assumed" if one.status == "assumed" else "text")
        page.formula(row, 3, f"={one.cell}", one.delivered, "calc", num_format=_GENERAL)
        page.formula(row, 4, one.formula, one.value, "calc bold", num_format=_GENERAL)
        page.number(row, 5, one.delivered, "text", num_format=_GENERAL)
        page.formula(row, 6, f"=IF($D{row + 1}=$F{row + 1},0,1)", 0.0, "calc", num_format="0")
        page.text(row, 7, one.name, "text")
        _may_be(page, row, one.cell, live, f"$D{row + 1}" if "(" in one.cell else "")
        book.define(one.name, f"='{name}'!$E${row + 1}")
        changed.append(f"$G{row + 1}")
        row += 1
    row = _other_cells(page, row + 1, live)
    permitted = f"'{name}'!$I${HEADINGS + 2}:$I${row + 1}"
    page.mark_where((HEADINGS + 1, 8), (row, 8), f'=AND($I{HEADINGS + 2}<>"",$I{HEADINGS + 2}<>"{YES}")', "warning")
    page.sheet.set_column(8, 8, 60)
    row = _choices(book, page, name, row + 1, live)
    page.freeze(HEADINGS + 1, 1)
    page.print_setup(header_row=HEADINGS)
    return [f"'{name}'!$G${HEADINGS + 2}:$G${row + 1}"], permitted


def _may_be(page: Page, row: int, reference: str, live: LiveInputs, shown: str = "") -> None:
    """Say by formula whether an input may be what it is; `shown` is a cell with its number, where it has none alone."""
    domain = live.domains.get(reference)
    if domain is not None:
        page.text_formula(row, 8, verdict_formula(f"$A{row + 1}", shown or reference, domain), YES, "calc")


def _other_cells(page: Page, row: int, live: LiveInputs) -> int:
    """List the cells of structure sheets that formulas follow, and whether they were changed."""
    cells = live.structure_cells
    if not cells:
        return row
    page.text(row, 0, "Cells of other sheets", "heading")
    row += 1
    for words, reference, value in cells:
        page.text(row, 0, words, "label")
        page.formula(row, 3, f"={reference}", value, "calc", num_format=_GENERAL)
        page.number(row, 5, value, "text", num_format=_GENERAL)
        page.formula(row, 6, f"=IF($D{row + 1}=$F{row + 1},0,1)", 0.0, "calc", num_format="0")
        _may_be(page, row, reference, live)
        row += 1
    return row


def _choices(book: Book, page: Page, name: str, row: int, live: LiveInputs) -> int:
    if not live.choices:
        return row
    page.text(row, 0, "Curves in use", "heading")
    row += 1
    headers = [
        "Curve",
        "Strategy",
        "",
        "In use",
        "Number",
        "As delivered",
        "Changed",
        "Name in formulas",
        "To choose from",
    ]
    for place, header in enumerate(headers):
        page.text(row, place, header, "header", align="right" if place in (4, 6) else "left")
    row += 1
    for choice in live.choices:
        page.text(row, 0, in_words(choice.endpoint), "label")
        page.text(row, 1, choice.strategy, "text")
        page.text(row, 2, "", "text")
        page.text_formula(row, 3, choice.formula, choice.value, "calc bold")
        last = 8 + len(choice.options) - 1
        options = f"$I{row + 1}:${letters(last)}{row + 1}"
        page.formula(row, 4, f"=MATCH($D{row + 1},{options},0)", choice.number, "calc bold", num_format="0")
        page.text(row, 5, choice.value, "text")
        cell = choice.delivered_cell
        changed = f"=IF({cell}=$F{row + 1},0,1)" if cell else ""
        page.formula(row, 6, changed, 0.0, "calc", num_format="0") if changed else page.number(
            row, 6, 0, "text", num_format="0"
        )
        page.text(row, 7, choice.name, "text")
        for place, option in enumerate(choice.options):
            page.text(row, 8 + place, option, "text")
            page.sheet.set_column(8 + place, 8 + place, 26 if place else 60)
        book.define(choice.name, f"='{name}'!$E${row + 1}")
        row += 1
    return row
