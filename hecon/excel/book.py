"""Writing workbooks: a thin layer over XlsxWriter, and its only importer.

It keeps three promises for every workbook that hecon writes. Text is text: a label that begins with ``=`` never
becomes a formula. Numbers are finite. And a file is either complete or not there: it is built in memory and moved
into its place in one step.

>>> with Book("results.xlsx", title="Results") as book:  # doctest: +SKIP
...     page = book.page("Summary", help="Costs and effects by strategy.")
...     page.table(3, 0, ["strategy", "cost"], [["A", 1200.0]], ["text", "money"])
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, SupportsFloat

from hecon.errors import HeconError, UnknownNameError
from hecon.excel.addresses import letters
from hecon.excel.saving import save_bytes
from hecon.excel.styles import STYLES

_FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top"}

#: Letters of a drop-down that Excel takes as they are; a longer list stands in cells, from this column on.
LONGEST_LIST, FIRST_OF_LISTS = 255, 60

#: Characters across a landscape A4 page at full size, also where another font stands in for Calibri.
_PAGE_WIDTH = 90

#: Width and height that an A4 page leaves within its margins, in inches: landscape, and upright.
_PAPER, _UPRIGHT = (10.89, 7.17), (7.47, 10.59)


def _without_equals_sign(formula: str, expand_future_functions: bool = False) -> str:
    """Prepare a formula in the place of XlsxWriter, which looks for 29 new functions in each, to prefix them.

    Those of hecon carry their prefixes, and there are tens of thousands: it takes a sixth of the time off a live
    workbook. Where another XlsxWriter does not ask, it only takes longer.
    """
    return formula.removeprefix("=")


class Book:
    """A workbook being written; leaving the ``with`` block saves it, an error inside leaves no file behind.

    `created` is stamped into the file: give a fixed date for a file that is the same byte by byte each time.
    Raises `HeconError` when the file cannot be written, for instance because it is open in Excel.
    """

    def __init__(
        self, path: str | Path, *, title: str = "", subject: str = "", created: datetime | None = None
    ) -> None:
        import xlsxwriter

        self.path = Path(path)
        self._buffer = io.BytesIO()
        options = {
            "in_memory": True,
            "constant_memory": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        }
        #: The XlsxWriter workbook, for charts and whatever this layer does not wrap.
        self.workbook = xlsxwriter.Workbook(self._buffer, options)
        properties: dict[str, Any] = {"title": title, "subject": subject, "comments": "Written by hecon"}
        self.workbook.set_properties(properties | ({"created": created} if created else {}))
        self._styles: dict[tuple[object, ...], Any] = {}
        self.pages: dict[str, Page] = {}
        self._declared: tuple[str, ...] | None = None

    def __enter__(self) -> Book:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.save()

    def declare(self, names: Iterable[str]) -> None:
        """Say which sheets the workbook is to have: any other is refused from now on, by `page`."""
        self._declared = tuple(names)

    def refuse_missing(self) -> None:
        """Raise `HeconError` if a sheet that was declared was not written."""
        for name in self._declared or ():
            if name not in self.pages:
                raise HeconError(f"sheet '{name}' is declared, but nobody wrote it")

    def style(self, names: str, **more: Any) -> Any:
        """Give the XlsxWriter format of style names joined by spaces, with further properties on top."""
        key = (names, *more.items())
        known = self._styles.get(key)
        if known is None:
            properties = dict(_FONT)
            for name in names.split():
                properties |= STYLES[name]
            known = self._styles[key] = self.workbook.add_format(properties | more)
        return known

    def page(self, name: str, *, title: str = "", help: str = "", tab: str = "", gridlines: bool = False) -> Page:
        """Add a sheet with its title in A1 and a line of help in A2.

        Raises `UnknownNameError` for a sheet that is not one of those in `declare`.
        """
        if self._declared is not None and name not in self._declared:
            raise UnknownNameError(f"sheet '{name}' is not declared; those of this workbook are {self._declared}")
        sheet = self.workbook.add_worksheet(name)
        sheet._prepare_formula = _without_equals_sign
        page = Page(self, sheet, name)
        page.text(0, 0, title or name, "title")
        page.height(0, 22)
        if help:
            page.text(1, 0, help, "help")
        if tab:
            sheet.set_tab_color(tab)
        if not gridlines:
            sheet.hide_gridlines(2)
        self.pages[name] = page
        return page

    def define(self, name: str, formula: str) -> None:
        """Give a range or formula a name; use lower case with an underscore, since OS1 or R are cells to Excel."""
        self.workbook.define_name(name, formula if formula.startswith("=") else "=" + formula)

    def save(self) -> None:
        """Write the file in one step: all of it, or none of it."""
        self.workbook.close()
        save_bytes(self.path, self._buffer.getvalue())


class Page:
    """One sheet being written. Rows and columns count from 0; `sheet` is the XlsxWriter worksheet."""

    def __init__(self, book: Book, sheet: Any, name: str) -> None:
        self.book, self.sheet, self.name = book, sheet, name
        self._widths: dict[int, float] = {}
        self._heights: dict[int, float] = {}
        self._blocks: list[tuple[int, int]] = []
        self._lists: list[tuple[str, ...]] = []

    def text(
        self, row: int, column: int, value: object, style: str = "text", *, merge_to: int = -1, **more: Any
    ) -> None:
        """Write text, which stays text whatever it begins with; None or "" is a blank cell.

        `merge_to` spreads it over the columns up to that one; for pages of prose only.
        """
        format_ = self.book.style(style, **more)
        text = "" if value is None else str(value)
        if merge_to > column:
            self.sheet.merge_range(row, column, row, merge_to, "", format_)
        if not text:
            self.sheet.write_blank(row, column, None, format_)
        elif self.sheet.write_string(row, column, text, format_) == -2:
            raise HeconError(f"sheet '{self.name}': a text of {len(text):,} characters is longer than a cell holds")

    def number(self, row: int, column: int, value: float | None, style: str = "number", **more: Any) -> None:
        """Write a finite number; None or NaN is a blank cell, infinity is an error."""
        format_ = self.book.style(style, **more)
        number = math.nan if value is None else float(value)
        if math.isfinite(number):
            self.sheet.write_number(row, column, number, format_)
        elif math.isnan(number):
            self.sheet.write_blank(row, column, None, format_)
        else:
            raise HeconError(f"sheet '{self.name}', row {row + 1}: an infinite number cannot be written to a workbook")

    def numbers_below(self, row: int, column: int, values: Iterable[float], style: str = "number", **more: Any) -> None:
        """Write numbers one below the other, from a cell on, each as `number` does."""
        format_ = self.book.style(style, **more)
        for place, value in enumerate(values, start=row):
            if math.isfinite(value):
                self.sheet.write_number(place, column, value, format_)
            else:
                self.number(place, column, value, style, **more)

    def value(self, row: int, column: int, value: object, style: str = "text", **more: Any) -> None:
        """Write a number as a number and anything else as text."""
        # text first: to ask whether a class has a method is slow
        if not isinstance(value, str | bool) and isinstance(value, SupportsFloat):
            self.number(row, column, float(value), style, **more)
        else:
            self.text(row, column, value, style, **more)

    def formula(self, row: int, column: int, formula: str, value: float, style: str = "number", **more: Any) -> None:
        """Write a formula together with its value, so that viewers that do not calculate show it.

        Functions younger than Excel 2007 carry the prefix ``_xlfn.``.
        """
        if not math.isfinite(float(value)):
            raise HeconError(f"sheet '{self.name}', row {row + 1}: a formula needs a finite stored value")
        self.sheet.write_formula(row, column, formula, self.book.style(style, **more), float(value))

    def text_formula(self, row: int, column: int, formula: str, text: str, style: str = "text", **more: Any) -> None:
        """Write a formula that gives text, together with that text."""
        self.sheet.write_formula(row, column, formula, self.book.style(style, **more), text)

    def lock(self) -> None:
        """Protect the sheet, without a password: cells in an input style can be changed, the others cannot."""
        allowed = {"select_locked_cells": True, "format_columns": True, "format_rows": True, "autofilter": True}
        self.sheet.protect("", allowed)

    def link(self, row: int, column: int, text: str, sheet: str, style: str = "text") -> None:
        """Write text that leads to another sheet of the workbook."""
        self.sheet.write_url(row, column, f"internal:'{sheet}'!A1", self.book.style(style, font_color="#0563C1"), text)

    def comment(self, row: int, column: int, text: str) -> None:
        """Attach a note that shows when the pointer rests on the cell."""
        self.sheet.write_comment(row, column, text, {"x_scale": 2.2, "y_scale": 1.1, "author": "hecon"})

    def table(
        self,
        row: int,
        column: int,
        headers: Sequence[str],
        rows: Iterable[Sequence[object]],
        styles: Sequence[str],
    ) -> int:
        """Write a header row and the rows below it; gives the number of the first row after the table."""
        for place, header in enumerate(headers):
            self.text(row, column + place, header, "header")
        for values in rows:
            row += 1
            for place, (value, style) in enumerate(zip(values, styles, strict=True)):
                self.value(row, column + place, value, style)
        return row + 1

    def widths(self, widths: Mapping[int, float] | Sequence[float]) -> None:
        """Set column widths, in characters: by column number, or from the first column on."""
        pairs = widths.items() if isinstance(widths, Mapping) else enumerate(widths)
        for column, width in pairs:
            self._widths[column] = width
            self.sheet.set_column(column, column, width)

    def height(self, row: int, points: float) -> None:
        """Set the height of a row, in points; Excel knows none above 409."""
        self._heights[row] = min(points, 409)
        self.sheet.set_row(row, self._heights[row])

    def keep_together(self, first: int, last: int) -> None:
        """Print these rows on one page, if one can hold them: a table with its heading, a row of charts."""
        self._blocks.append((first, last))

    def fit_height(self, row: int, texts: Mapping[int, object], *, merge_to: int = -1) -> None:
        """Make a row as high as its wrapped texts need, by column; set the widths first.

        With `merge_to` the texts are spread over the columns up to that one.
        """
        lines = 1
        for column, text in texts.items():
            width = sum(self._widths.get(place, 8.43) for place in range(column, max(column, merge_to) + 1))
            parts = str(text if text is not None else "").split("\n")
            lines = max(lines, sum(max(1, math.ceil(0.88 * len(part) / width)) for part in parts))
        if lines > 1:
            self.height(row, 13.5 * lines + 2)

    def freeze(self, row: int, column: int = 0) -> None:
        """Keep the rows above and the columns left of a cell in view."""
        self.sheet.freeze_panes(row, column)

    def print_setup(
        self,
        *,
        header_row: int | None = None,
        area: tuple[int, int, int, int] | None = None,
        upright: bool = False,
    ) -> None:
        """Print landscape on A4, or `upright`, at most a page wide, with the header row repeated and page numbers.

        Set the widths first: a sheet that fits is not enlarged. Blocks of rows that are to be kept together begin on a
        new page where the one before has no room for them; `area` must then be given.
        """
        if upright:
            self.sheet.set_portrait()
        else:
            self.sheet.set_landscape()
        self.sheet.set_paper(9)
        if self._blocks and area is not None:
            self._break_pages(area, _UPRIGHT if upright else _PAPER)
        if upright or not self._widths or sum(self._widths.values()) > _PAGE_WIDTH:
            self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer("&L&8&F&C&8&A&R&8Page &P of &N")
        if header_row is not None:
            self.sheet.repeat_rows(header_row)
        if area is not None:
            self.sheet.print_area(*area)

    def _break_pages(self, area: tuple[int, int, int, int], paper: tuple[float, float]) -> None:
        """Set breaks before blocks that would be cut, at the scale at which the area is as wide as a page.

        The page is fitted to the area by whoever prints it: how wide a column is depends on the fonts there.
        """
        top, left, bottom, right = area
        inches = sum(7 * self._widths.get(column, 8.43) + 5 for column in range(left, right + 1)) / 96
        scale = min(1.0, 0.94 * paper[0] / inches)
        room = 0.96 * 72 * paper[1] / scale
        ends, breaks, used = dict(self._blocks), [], 0.0
        for row in range(top, bottom + 1):
            whole = sum(self._height(one) for one in range(row, ends.get(row, row) + 1))
            if used and used + min(whole, room) > room:
                breaks.append(row)
                used = 0.0
            used += self._height(row)
        self.sheet.set_h_pagebreaks(breaks)

    def _height(self, row: int) -> float:
        return self._heights.get(row, 15.0)

    def one_printed_page(self, bottom: int) -> None:
        """Print the rows down to `bottom` on one page: upright, if they are higher than wide."""
        wide = sum(7 * width + 5 for width in self._widths.values()) * 0.75
        if sum(self._height(row) for row in range(bottom + 1)) > wide:
            self.sheet.set_portrait()
        self.sheet.fit_to_pages(1, 1)

    def boxes(self, row: int, ways: Mapping[str, Sequence[str]]) -> int:
        """Draw a box for each state, in a row, and below it where it leads; gives the first row below them."""
        wide, high, line = 150, 44, 20
        longest = max(len(leads) for leads in ways.values())
        middle = {"horizontal": "center", "vertical": "middle"}
        for number, (state, leads) in enumerate(ways.items()):
            about = {"x_offset": 10 + number * (wide + 20), "width": wide, "object_position": 2, "align": middle}
            shape = {"fill": {"color": "#DCE6F1"}, "line": {"color": "#1F3864", "width": 1.5}, "font": {"bold": True}}
            self.sheet.insert_textbox(row, 0, state, {**about, **shape, "height": high, "description": state})
            if leads:
                shape = {"fill": {"none": True}, "line": {"none": True}, "height": line * len(leads) + 10}
                words = "\n".join(f"\u2192 {one}" for one in leads)
                self.sheet.insert_textbox(row, 0, words, {**about, **shape, "y_offset": high})
        return row + math.ceil((high + line * longest + 10) / 20) + 1

    def refuse(self, row: int, column: int, what: str, message: str) -> None:
        """Let nothing be typed into a cell, with a message that says where to type instead."""
        rule = {"validate": "custom", "value": "=FALSE"}
        self._validate((row, column), (row, column), rule, what, message)

    def choices(
        self,
        first: tuple[int, int],
        last: tuple[int, int],
        source: str | Sequence[str],
        what: str,
        *,
        firm: bool = True,
    ) -> None:
        """Give cells a drop-down: a list of words, or the range or name that holds them.

        Nothing else can be typed, unless the list is not `firm`: then it is asked whether it is meant.
        """
        words = list(source) if not isinstance(source, str) else source
        message = what if isinstance(source, str) else f"{what}: {', '.join(source)}"
        if isinstance(words, list) and len(",".join(words)) > LONGEST_LIST:
            words = self._listed(tuple(words))
        rule = {"validate": "list", "source": words, "error_type": "stop" if firm else "warning"}
        self._validate(first, last, rule, what, message)

    def _listed(self, words: tuple[str, ...]) -> str:
        """Write a list that is too long for a drop-down below the help, far to the right; give its range."""
        row, first = 2, FIRST_OF_LISTS + sum(len(other) + 1 for other in self._lists)
        if words in self._lists:
            before = self._lists[: self._lists.index(words)]
            first = FIRST_OF_LISTS + sum(len(other) + 1 for other in before)
        else:
            self._lists.append(words)
            for place, word in enumerate(words):
                self.text(row, first + place, word, "help")
        return f"=${letters(first)}${row + 1}:${letters(first + len(words) - 1)}${row + 1}"

    def numbers(
        self, first: tuple[int, int], last: tuple[int, int], low: float, high: float, what: str, words: str
    ) -> None:
        """Let cells hold numbers from `low` to `high` only; infinite bounds let any number in."""
        largest = 1e300
        rule = {
            "validate": "decimal",
            "criteria": "between",
            "minimum": max(low, -largest),
            "maximum": min(high, largest),
        }
        self._validate(first, last, rule, what, f"{what} must {words}.")

    def _validate(
        self, first: tuple[int, int], last: tuple[int, int], rule: dict[str, Any], what: str, message: str
    ) -> None:
        about = {"error_title": what[:32], "error_message": message[:255], "ignore_blank": True}
        self.sheet.data_validation(*first, *last, rule | about)

    def mark_where(self, first: tuple[int, int], last: tuple[int, int], formula: str, style: str) -> None:
        """Lay a style over the cells for which a formula holds (conditional format)."""
        rule = {"type": "formula", "criteria": formula, "format": self.book.workbook.add_format(STYLES[style])}
        self.sheet.conditional_format(*first, *last, rule)

    def mark_assumed(self, first: tuple[int, int], last: tuple[int, int], status_column: str) -> None:
        """Tint the cells of rows whose status is assumed, so that placeholders cannot be overlooked."""
        self.mark_where(first, last, f'=${status_column}{first[0] + 1}="assumed"', "assumed")
