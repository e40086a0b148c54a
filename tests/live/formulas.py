"""Formulas of a written workbook worked out in Python: enough of the language of cells for the pages of a payer."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.formula import Tokenizer
from openpyxl.utils import range_boundaries

FUNCTIONS = {
    "SUM": lambda *parts: sum(_flat(parts)),
    "MAX": lambda *parts: max(_flat(parts)),
    "MIN": lambda *parts: min(_flat(parts)),
    "ROWS": len,
    "INDEX": lambda rows, *at: _flat([rows])[int(at[-1]) - 1],
    "CHOOSE": lambda number, *options: options[int(number) - 1],
    "IF": lambda condition, yes, no: yes if condition else no,
    "OR": lambda *parts: any(parts),
    "INT": math.floor,
    "EXP": math.exp,
    "ABS": abs,
}
OPERATORS = {"^": "**", "=": "==", "<>": "!="}


def _flat(parts: Any) -> list[Any]:
    return list(
        itertools.chain.from_iterable(_flat(part) if isinstance(part, list | tuple) else [part] for part in parts)
    )


class Formulas:
    """Cells of a workbook: worked out by their formulas on the sheets named, elsewhere as they are stored."""

    def __init__(self, path: Path, *sheets: str) -> None:
        self._formulas, self._sheets = openpyxl.load_workbook(path), sheets
        self._stored = openpyxl.load_workbook(path, data_only=True)
        self._known: dict[tuple[str, int, int], Any] = {}

    def rows(self, sheet: str) -> dict[tuple[str, str | None], list[float]]:
        """Give the numbers of each row of a sheet by its two first cells, worked out."""
        found: dict[tuple[str, str | None], list[float]] = {}
        for row in self._formulas[sheet].iter_rows():
            own = [self.at(sheet, cell.row, cell.column) for cell in row[2:] if str(cell.value).startswith("=")]
            if row[0].value and own:
                found.setdefault((row[0].value, row[1].value), own)
        return found

    def at(self, sheet: str, row: int, column: int) -> Any:
        """Give one cell."""
        content = self._formulas[sheet].cell(row, column).value
        if sheet not in self._sheets or not str(content).startswith("="):
            return self._stored[sheet].cell(row, column).value
        place = (sheet, row, column)
        if place not in self._known:
            self._known[place] = self._value(content, sheet)
        return self._known[place]

    def _value(self, formula: str, sheet: str) -> Any:
        said = []
        for token in Tokenizer(formula).items:
            text = token.value
            if token.type == "OPERAND" and token.subtype == "RANGE":
                text = f"at({text!r})"
            elif token.type == "FUNC":
                text = f"FUNCTIONS[{text[:-1]!r}](" if token.subtype == "OPEN" else ")"
            elif token.type == "OPERATOR-INFIX":
                text = OPERATORS.get(text, text)
            assert token.type != "OPERATOR-PREFIX" or text in "+-"
            said.append(text)
        return eval("".join(said), {"FUNCTIONS": FUNCTIONS, "at": lambda text: self._range(text, sheet)})

    def _range(self, text: str, sheet: str) -> Any:
        if text in self._formulas.defined_names:
            text = self._formulas.defined_names[text].attr_text
        home, cells = re.fullmatch(r"(?:'?(.+?)'?!)?([$A-Z0-9:]+)", text).groups()  # type: ignore[union-attr]
        left, top, right, bottom = range_boundaries(cells.replace("$", ""))
        found = [
            [self.at(home or sheet, row, column) for column in range(left, right + 1)] for row in range(top, bottom + 1)
        ]
        return found if ":" in cells else found[0][0]
