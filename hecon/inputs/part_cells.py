"""The part of a file that holds one sheet: its cells with their stored values, checked as parts of a file.

What stays are values, merged areas, and which rows and columns are hidden. A formula is remembered as it stands; the
value that Excel stored is what counts.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any
from xml.parsers import expat

from hecon.errors import Fault, shortened
from hecon.excel.addresses import column_number, letters
from hecon.inputs.cells import ERROR_VALUES, LONGEST_TEXT
from hecon.inputs.dates import Dates, date_written_out
from hecon.inputs.parts import DEEPEST, LIMITED, Parts

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
#: The last row and the last column of a sheet.
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
#: What a row and a cell may say of themselves, and what a cell may hold.
_OF_ROW = frozenset(
    ("r", "spans", "s", "customFormat", "ht", "hidden", "customHeight", "outlineLevel", "collapsed", "thickTop",
     "thickBot", "ph")
)  # fmt: skip
_OF_CELL = frozenset(("r", "s", "t", "cm", "vm", "ph"))
_HELD = frozenset(("f", "v", "is", "extLst"))
_LETTERS = re.compile(r"[A-Z]{1,3}")
_AREA = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})(?::([A-Z]{1,3})([1-9]\d{0,6}))?")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_COUNT = re.compile(r"(\d+)(?:\.0+)?", re.ASCII)
_DAMAGED = "which no spreadsheet program writes; the file is damaged: copy it again, or type the cell again"


@lru_cache(maxsize=256)
def own_name(tag: str) -> str:
    """Give the name of an element of a sheet; what stands in another namespace is an extension, by a name of none.

    >>> own_name(f"{STRICT_MAIN} row"), own_name("elsewhere row")
    ('row', ' row')
    """
    space, _, own = tag.rpartition(" ")
    return own if space in (MAIN, STRICT_MAIN) else f" {own}"


@lru_cache(maxsize=1024)
def _column(name: str) -> int:
    """Give the number, from 1, of the column of that name; 0 if no column has it."""
    return column_number(name) if _LETTERS.fullmatch(name) else 0


class SheetCells:
    """One sheet as its part holds it: what its cells store, where formulas stand, and what is wrong with it.

    `texts` are the shared texts of the workbook, `formats` is the number of its cell formats, `dates` tells which of
    them make a date of a number.
    """

    def __init__(self, name: str, texts: Sequence[str], formats: int, dates: Dates, hidden: bool = False) -> None:
        self.name, self.hidden = name, hidden
        self.faults: list[Fault] = []
        #: What each cell stores, by row and column from 1, in the order of the file; None where a formula has no value.
        self.values: dict[tuple[int, int], Any] = {}
        self.formulas: dict[tuple[int, int], str] = {}
        #: Areas that are merged, each with its last row.
        self.merged: dict[str, int] = {}
        self.hidden_rows: set[int] = set()
        #: The first of some hidden columns, and their last.
        self.hidden_columns: dict[int, int] = {}
        self._texts, self._formats, self._dates = texts, formats, dates
        self._covered: list[tuple[range, range]] = []
        self._seen: set[tuple[int, int]] = set()
        self._path: list[str] = []
        self._row = self._column = self._style = 0
        self._place = (0, 0)
        self._tables = 0
        self._cell: dict[str, str] = {}
        self._found: dict[str, str] = {}
        self._text: list[str] = []

    def walk(self, parts: Parts, part: str) -> SheetCells:
        """Go through the part of this sheet. Raises `RefusedError` as `Parts` does."""
        self._parts, self._part, self._count = parts, part, parts.count
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text.append
        parts.parse(part, parser)
        if self._tables != 1:
            self._fault("", "the file holds no rows for this sheet, or holds them twice: copy it again")
        for rows, columns in self._covered:  # a merged area shows its first cell
            is_small = len(rows) * len(columns) < len(self.values)
            for row, column in product(rows, columns) if is_small else list(self.values):
                is_first = row == rows[0] and column == columns[0]
                if row in rows and column in columns and not is_first and (row, column) in self.values:
                    self.values[row, column] = None
        return self

    # --- what is met on the way ---

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        own = own_name(tag)
        self._count[own if own in LIMITED else ""] += 1
        path = self._path
        path.append(own)
        depth = len(path)
        if depth == 4 and path[2] == "row" and own == "c":
            self._begin_cell(attributes)
        elif depth == 5 and path[3] == "c" and path[2] == "row":
            self._text.clear()
            if own not in _HELD:
                self._fault(self._address, f"the file gives this cell a '{own}', {_DAMAGED}")
        elif depth == 3 and path[1] == "sheetData":
            self._begin_row(own, attributes)
        elif depth > DEEPEST:
            self._parts.refuse_depth(self._part)
        elif own == "t" and "is" in path:
            self._text.clear()
        elif depth == 2 and own == "sheetData":
            self._tables += 1
        elif own == "col" and path[1:2] == ["cols"]:
            self._hidden_columns(attributes)
        elif own == "mergeCell" and path[1:2] == ["mergeCells"]:
            self._merge(attributes)

    def _end(self, _: str) -> None:
        path = self._path
        own = path.pop()
        depth = len(path)
        if depth == 4 and path[3] == "c" and path[2] == "row":
            if own == "v":
                self._found["v"] = "".join(self._text)
            elif own == "f":
                self._found["f"] = "".join(self._text)
        elif own == "t" and path[4:5] == ["is"] and "rPh" not in path:
            self._found["is"] = self._found.get("is", "") + "".join(self._text)
        elif depth == 3 and own == "c" and path[2] == "row":
            self._end_cell()

    def _begin_row(self, own: str, attributes: dict[str, str]) -> None:
        if own != "row":
            self._fault("", f"the file holds a '{own}' in the place of a row, {_DAMAGED}")
            return
        given = _COUNT.fullmatch(attributes["r"]) if "r" in attributes else None
        self._row = int(given[1]) if given else self._row + 1
        self._column = 0
        if ("r" in attributes and not given) or not 1 <= self._row <= LAST_ROW or not _known(attributes, _OF_ROW):
            self._fault("", f"the file describes a row by {_shown(attributes)}, {_DAMAGED}")
        if _true(attributes.get("hidden")) or _zero(attributes.get("ht")):
            self.hidden_rows.add(self._row)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        self._column += 1
        if place is not None:
            column = _column(place.removesuffix(str(self._row)))
            if not 1 <= column <= LAST_COLUMN:
                self._fault("", f"the file holds a cell '{place}' in row {self._row}, {_DAMAGED}")
            else:
                self._column = column
        self._place = (self._row, self._column)
        if self._place in self._seen:
            self._fault(self._address, f"the file holds this cell twice, {_DAMAGED}")
        self._seen.add(self._place)
        style = attributes.get("s", "0")
        known = max(self._formats, 1)
        self._style = int(style) if style.isdecimal() else known
        if not _known(attributes, _OF_CELL) or self._style >= known:
            self._fault(self._address, f"the file describes this cell by {_shown(attributes)}, {_DAMAGED}")
        self._cell, self._found = attributes, {}
        self._text.clear()

    def _end_cell(self) -> None:
        kind, found = self._cell.get("t", "n"), self._found
        if not found and kind == "n":  # a format only
            return
        if "f" in found:
            self.formulas[self._place] = found["f"]
        value = found.get("is" if kind == "inlineStr" else "v")
        rule = _READ[kind](self, value) if kind in _READ else f"the file says its kind is '{kind}', {_DAMAGED}"
        if rule:
            self._fault(self._address, rule)
            return
        stored = self._stored(kind, value)
        if stored is not None or "f" in found:
            self.values[self._place] = stored

    def _stored(self, kind: str, value: str | None) -> Any:
        """Give what a cell stores; a formula's result that is empty text is that, and any other that is empty None."""
        if kind == "str":
            return plain_text(value or "")
        if value is None or (value == "" and kind != "inlineStr"):
            return None
        if kind == "n":
            return self._dates.number(value.strip(), self._style)
        if kind == "s":
            return self._texts[int(value)]
        if kind == "b":
            return value == "1"
        return date_written_out(value) if kind == "d" else value if kind == "e" else plain_text(value)

    def _hidden_columns(self, attributes: dict[str, str]) -> None:
        first, last = (_COUNT.fullmatch(attributes.get(key, "")) for key in ("min", "max"))
        if not first or not last or not 1 <= int(first[1]) <= int(last[1]) <= LAST_COLUMN:
            self._fault("", f"the file describes columns by {_shown(attributes)}, {_DAMAGED}")
        elif _true(attributes.get("hidden")) or _zero(attributes.get("width")):
            self.hidden_columns[int(first[1])] = int(last[1])

    def _merge(self, attributes: dict[str, str]) -> None:
        area = attributes.get("ref", "")
        self._parts.merge(area)
        match = _AREA.fullmatch(area)
        left, right = (column_number(match[place] or match[1]) for place in (1, 3)) if match else (1, 0)
        top, bottom = (int(match[place] or match[2]) for place in (2, 4)) if match else (1, 0)
        if not left <= right <= LAST_COLUMN or not top <= bottom <= LAST_ROW:
            self._fault("", f"the file merges the cells '{area}', {_DAMAGED}")
            return
        self._covered.append((range(top, bottom + 1), range(left, right + 1)))
        self.merged[area if (left, top) != (right, bottom) else area.partition(":")[0]] = bottom

    @property
    def _address(self) -> str:
        return f"{letters(self._column - 1)}{self._row}"

    def _fault(self, cell: str, rule: str) -> None:
        self.faults.append(Fault(f"{self.name}!{cell}" if cell else self.name, rule))

    # --- what a stored value may be, by its kind ---

    def _number(self, value: str | None) -> str:
        if not value:
            return ""
        if not _NUMBER.fullmatch(value.strip()) or not math.isfinite(float(value)):
            return f"the stored number is {shortened(value, 60)}; it must be a finite number"
        return f"the stored number has {len(value):,} digits, {_DAMAGED}" if len(value) > 300 else ""

    def _shared(self, value: str | None) -> str:
        if not value:
            return ""
        if not value.isascii() or not value.isdecimal() or int(value[:12]) >= len(self._texts):
            return f"the file gives it text number {_short(value)} of {len(self._texts):,}, {_DAMAGED}"
        return _too_long(self._texts[int(value)])

    def _boolean(self, value: str | None) -> str:
        return "" if value in (None, "", "0", "1") else f"the file stores {_short(value)} for TRUE or FALSE, {_DAMAGED}"

    def _error(self, value: str | None) -> str:
        return "" if value in ERROR_VALUES else f"the file stores {_short(value)} for an error of Excel, {_DAMAGED}"

    def _date(self, value: str | None) -> str:
        try:
            (datetime.datetime if value and "-" in value else datetime.time).fromisoformat(value or "00:00")
            date_written_out(value or "")
        except ValueError:
            return f"the file stores {_short(value)} for a date, {_DAMAGED}"
        return ""

    def _written_text(self, value: str | None) -> str:
        return _too_long(value or "")


_READ = {
    "n": SheetCells._number,
    "s": SheetCells._shared,
    "b": SheetCells._boolean,
    "e": SheetCells._error,
    "d": SheetCells._date,
    "str": SheetCells._written_text,
    "inlineStr": SheetCells._written_text,
}


def plain_text(text: str) -> str:
    """Give text with the line ends of XML."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _too_long(text: str) -> str:
    return f"has {len(text):,} characters; a cell holds at most {LONGEST_TEXT:,}" if len(text) > LONGEST_TEXT else ""


def _known(attributes: dict[str, str], allowed: frozenset[str]) -> bool:
    """Whether an element says of itself only what it may; what has a namespace of its own is an extension."""
    return attributes.keys() <= allowed or all(name in allowed or " " in name for name in attributes)


def _true(value: str | None) -> bool:
    return value in ("1", "true", "on")


def _zero(value: str | None) -> bool:
    return value is not None and bool(_NUMBER.fullmatch(value)) and float(value) == 0


def _shown(attributes: dict[str, str]) -> str:
    return _short(", ".join(f"{name.rpartition(' ')[2]} = {value}" for name, value in attributes.items()) or "nothing")


def _short(value: str | None, most: int = 60) -> str:
    text = str(value)
    return f"'{text}'" if len(text) <= most else f"'{text[:most]}...'"
