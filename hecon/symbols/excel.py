"""Formulas as Excel writes them: functions that Excel 2010 and LibreOffice both know, no array formulas.

A minus in front binds tighter than a power in Excel, and a chain of powers goes from the left: both get brackets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from hecon.errors import HeconError
from hecon.excel.addresses import letters, quoted
from hecon.frozen import frozen
from hecon.symbols.draft import CellColumn, Span, Spot
from hecon.symbols.expression import Symbol

#: A formula longer than this is hard to read; the model should name a part of it.
LONGEST = 300

_BINDS = {"=": 1, "<": 1, "<=": 1, ">": 1, ">=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "^": 4}
_FUNCTIONS = {
    "exp": "EXP({})",
    "log": "LN({})",
    "sqrt": "SQRT({})",
    "abs": "ABS({})",
    "floor": "INT({})",
    "ceil": "-INT(-({}))",
    "min": "MIN({})",
    "max": "MAX({})",
    "normal_cdf": "_xlfn.NORM.S.DIST({},TRUE)",
    "gamma_cdf": "_xlfn.GAMMA.DIST({},1,TRUE)",
    "beta_cdf": "_xlfn.BETA.DIST({},TRUE)",
    "if": "IF({})",
    "and": "AND({})",
    "or": "OR({})",
    "choose": "CHOOSE({})",
    "sum": "SUM({})",
    "sumproduct": "SUMPRODUCT({})",
    "largest": "MAX({})",
    "match": "MATCH({},1)",
    "index": "INDEX({})",
}


@frozen(eq=True)
class Address:
    """Where a column stands: its sheet, and row and column of its first cell, counted from 0."""

    sheet: str
    row: int
    column: int


class Printable(Protocol):
    """A place outside the draft that knows its own reference: a name, or a cell of an input sheet."""

    @property
    def reference(self) -> str:
        """The reference as a formula has it."""


Where = Callable[[CellColumn, str], Address]


def formula(content: Any, sheet: str, where: Where) -> str:
    """Print a symbol as the formula of a cell on a sheet; `where` tells the address of a column as seen from there.

    Raises `HeconError` for a formula longer than `LONGEST` and for constants that no cell can hold.
    """
    text = "=" + _Printer(sheet, where).text(content, 0)
    if len(text) > LONGEST:
        raise HeconError(
            f"a formula on sheet '{sheet}' has {len(text)} characters; {LONGEST} are the most that a reader can "
            f"follow: {text[:80]}..."
        )
    return text


class _Printer:
    def __init__(self, sheet: str, where: Where) -> None:
        self._sheet, self._where = sheet, where

    def text(self, item: Any, outer: int, *, right: bool = False) -> str:
        """Print an item inside an operation that binds as tightly as `outer`; at its right side, even tighter."""
        if isinstance(item, Span):
            return self._span(item)
        if not isinstance(item, Symbol):
            return _number(item, bracketed=outer > 1)
        if item.op == "leaf":
            return self._leaf(item.args[0])
        if item.op == "neg":
            text = "-" + self.text(item.args[0], 5)
            return f"({text})" if outer else text
        if item.op in _BINDS:
            own = _BINDS[item.op]
            # Chains of + and * need no brackets; -, / and ^ do at their right side, ^ at both.
            left = self.text(item.args[0], own + (item.op == "^"))
            second = self.text(item.args[1], own, right=item.op not in ("+", "*"))
            text = f"{left}{item.op}{second}"
            return f"({text})" if own < outer or (own == outer and right) else text
        if item.op == "count_below":
            values, bound = item.args
            return f"SUMPRODUCT(--({self._span(values)}<{self.text(bound, 2)}))"
        inner = ",".join(self.text(arg, 0) for arg in item.args)
        text = _FUNCTIONS[item.op].format(inner)
        return f"({text})" if text.startswith("-") and outer else text

    def _leaf(self, place: Any) -> str:
        if isinstance(place, Spot):
            at = self._where(place.column, self._sheet)
            fixed = "$" if place.column.along is None else ""
            return self._prefix(at.sheet) + f"{fixed}{letters(at.column)}{fixed}{at.row + place.row + 1}"
        return str(place.reference)

    def _span(self, span: Span) -> str:
        at = self._where(span.column, self._sheet)
        column = letters(at.column)
        cells = f"${column}${at.row + span.first + 1}:${column}${at.row + span.last + 1}"
        return self._prefix(at.sheet) + cells

    def _prefix(self, sheet: str) -> str:
        return "" if sheet == self._sheet else quoted(sheet) + "!"


def _number(value: Any, *, bracketed: bool) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise HeconError(f"a formula would hold the number {number}, which no cell can hold")
    text = repr(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}".upper()
    return f"({text})" if text.startswith("-") and bracketed else text
