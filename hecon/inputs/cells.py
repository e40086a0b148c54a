"""One cell at a time: what a cell holds, checked against what its column allows, in the words of Excel.

Nothing here knows openpyxl: a `Cell` is a place and a plain value.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from hecon.domains import LARGEST, REAL
from hecon.errors import did_you_mean, not_one_of
from hecon.frozen import frozen
from hecon.inputs.columns import Column
from hecon.numerals import NOT_NUMBERS, SPACES, shown, why_not_a_number

NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

#: What Excel's error values mean.
ERROR_VALUES = {
    "#REF!": "a formula points to a cell that was deleted",
    "#N/A": "a lookup found nothing",
    "#DIV/0!": "a formula divides by zero",
    "#VALUE!": "a formula calculates with text",
    "#NAME?": "a formula uses a name or function that Excel does not know",
    "#NUM!": "a formula has no numeric result",
    "#NULL!": "a formula intersects two ranges that do not meet",
    "#SPILL!": "a formula has no room for its results",
    "#CALC!": "a formula could not be calculated",
    "#GETTING_DATA": "a formula was still waiting for data",
    "#FIELD!": "a formula asks for a field that is not there",
    "#BLOCKED!": "a formula was blocked",
    "#CONNECT!": "a formula could not connect",
    "#UNKNOWN!": "a formula gave an unknown result",
}
#: Characters that a cell holds at most.
LONGEST_TEXT = 32_767
_DATES = (datetime.date, datetime.time, datetime.timedelta)


class CellError(ValueError):
    """A cell breaks a rule; the message is the fault without its place."""


class Faulty:
    """What stands for the value of a cell whose fault has already been reported."""

    def __repr__(self) -> str:
        return "FAULTY"


FAULTY = Faulty()


@frozen(eq=True)
class Cell:
    """A cell: its place, the value Excel stored, whether it holds a formula, and which."""

    where: str
    value: Any
    is_formula: bool = False
    formula: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in the cell, or a formula that gives empty text."""
        return self.value == "" or (self.value is None and not self.is_formula)


def read(cell: Cell, column: Column, labels: Mapping[str, Sequence[str]] | None, subject: str = "") -> Any:
    """Give the typed value of a cell; a blank one gives the column's default, or None.

    `labels` is None while the Labels sheet itself is faulty: labels are then not looked up.
    Raises `CellError` naming the rule, the value found and what is allowed.
    """
    subject = subject or column.name
    refuse_errors(cell, subject)
    if cell.is_blank:
        if column.required:
            found = "a formula that gives empty text" if cell.is_formula else "blank"
            raise CellError(f"{subject} is {found}; it must be {column.words}")
        return column.default
    if column.kind == "number":
        return _number(cell.value, column, subject)
    if column.kind == "any":
        return _anything(cell.value, subject)
    if column.kind == "days":
        return days(cell.value, subject)
    if column.kind == "yes_no":
        return _yes_no(cell.value, subject)
    if column.kind == "text":
        return text(cell.value, subject, free=True)
    word = text(cell.value, subject, free=False)
    if column.kind == "label":
        return _label(word, column, labels)
    if column.kind == "choice" and word not in column.allowed:
        raise CellError(f"{subject} '{word}' {not_one_of(word, column.allowed, 'on sheet Guide')}")
    if column.kind == "name" and not NAME_PATTERN.fullmatch(word):
        raise CellError(f"{subject} '{word}' is not a name; a name has letters, digits and underscores, no spaces")
    return word


def refuse_errors(cell: Cell, subject: str) -> None:
    """Raise `CellError` for a formula without a stored result and for Excel's error values."""
    if cell.is_formula and cell.value is None:
        raise CellError(
            f"{subject} holds a formula that was never calculated: open the workbook in Excel, let it calculate, "
            "and save it"
        )
    if isinstance(cell.value, str) and cell.value.strip() in ERROR_VALUES:
        error = cell.value.strip()
        raise CellError(f"{subject} is {error}: {ERROR_VALUES[error]}")


def _number(value: Any, column: Column, subject: str) -> float | int:
    """Give a finite number within the column's bounds."""
    if isinstance(value, bool):
        raise CellError(f"{subject} is {str(value).upper()}; it must be a number")
    if isinstance(value, _DATES):
        raise CellError(
            f"{subject} is a date ({value}), which Excel makes of entries such as 1-3 or 1/3; "
            "format the cell as a number and type it again"
        )
    if isinstance(value, str):
        raise CellError(f"{subject} {why_not_a_number(value)}")
    if not math.isfinite(value):
        raise CellError(f"{subject} is {value}; it must be a finite number")
    _refuse_beyond(value, subject)
    if column.whole:
        if shown(value) != int(shown(value)):
            raise CellError(f"{subject} is {value:.15g}; it must be a whole number")
        value = int(shown(value))
    if not column.bounds.hold(value):
        raise CellError(f"{subject} is {value:g}; it must {column.bounds.words}{column.bounds.percent(value)}")
    return value if column.whole else float(value)


def _refuse_beyond(value: float, subject: str) -> None:
    if abs(value) > LARGEST:
        raise CellError(f"{subject} is {value:g}; {REAL.rule(value)}")


def text(value: Any, subject: str, *, free: bool) -> str:
    """Give text without stray spaces; in `free` text, numbers and dates are taken as they read."""
    if isinstance(value, str):
        if value != value.strip(SPACES):
            side = "the end" if value == value.lstrip(SPACES) else "the beginning"
            if not value.strip(SPACES):
                raise CellError(f"{subject} holds only spaces; clear the cell")
            raise CellError(f"{subject} '{value}' has a stray space at {side}; write '{value.strip(SPACES)}'")
        return value
    if free:
        if isinstance(value, datetime.datetime) and value.time() == datetime.time():
            return value.date().isoformat()
        return str(value).upper() if isinstance(value, bool) else f"{value:.15g}" if _is_number(value) else str(value)
    if isinstance(value, bool):
        found = str(value).upper()
    elif isinstance(value, _DATES):
        found = f"the date {value}"
    else:
        found = f"the number {value:g}"
    raise CellError(f"{subject} is {found}; it must be text (format the cell as Text and type it again)")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _label(word: str, column: Column, labels: Mapping[str, Sequence[str]] | None) -> str:
    if labels is None:
        return word
    known = labels.get(column.dimension, ())
    if word not in known:
        shown = f"({', '.join(known[:12])}{', ...' if len(known) > 12 else ''})" if known else (
            f"(no labels of dimension {column.dimension})"
        )  # fmt: skip
        hint = did_you_mean(word, known)
        name = column.name if column.name in (column.dimension, "comparator") else f"{column.name} {column.dimension}"
        raise CellError(f"{name} '{word}' is not on the Labels sheet {shown}{'.' if hint else ''}{hint}")
    return word


def _anything(value: Any, subject: str) -> Any:
    if isinstance(value, str):
        word = text(value, subject, free=False)
        if word.lower() in NOT_NUMBERS:
            raise CellError(f"{subject} {why_not_a_number(word)}")
        return word
    if isinstance(value, _DATES):
        raise CellError(f"{subject} is a date ({value}); format the cell as a number or as Text and type it again")
    if isinstance(value, float) and not math.isfinite(value):
        raise CellError(f"{subject} is {value}; it must be a finite number")
    if _is_number(value):
        _refuse_beyond(value, subject)
    return value


def _yes_no(value: Any, subject: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in ("yes", "no"):
        return str(value)
    raise CellError(f"{subject} is '{value}'; it must be yes or no")


def days(value: Any, subject: str) -> tuple[int, ...]:
    """Give the days of a list such as ``1, 8, 15, 22``, in order.

    >>> days("1, 8, 15, 22", "days")
    (1, 8, 15, 22)
    """
    if isinstance(value, _DATES):
        raise CellError(f"{subject} is a date ({value}); format the cell as Text and type the days again")
    if _is_number(value) and abs(value) <= LARGEST and shown(value) == int(shown(value)):
        found: tuple[int, ...] = (int(shown(value)),)
    else:
        parts = [part.strip() for part in re.split(r"[,;]", str(value))]
        if not all(re.fullmatch(r"\d+", part) for part in parts):
            raise CellError(f"{subject} is '{value}'; it must be a list of whole numbers such as 1, 8, 15, 22")
        found = tuple(int(part) for part in parts)
    if found[0] < 1 or any(later <= earlier for earlier, later in pairwise(found)):
        raise CellError(f"{subject} is '{value}'; days begin at 1 and increase from one to the next")
    return found
