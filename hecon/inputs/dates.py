"""Dates in a workbook, which Excel stores as numbers of days: the only importer of openpyxl, which can read them.

It is loaded for a workbook that has a date, or a format of numbers that may be one, and for no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

#: Formats of Excel's own, by their number, that show dates, times of day and spans of time.
_OWN = (*range(14, 23), 45, 46, 47)
#: Letters that stand for days, months, hours, years and seconds in a format.
_LETTERS = re.compile("[dmhys]", re.IGNORECASE)
#: What a cell shows whose number is no date that there can be.
_NO_DATE = "#VALUE!"


class Dates:
    """By which formats of cells a number is a date, counted in days from 1900 or from 1904.

    `codes` are the formats of numbers that the workbook defines, by number; `of_cells` has that number of each format
    of cells.
    """

    def __init__(self, codes: Mapping[str, str], of_cells: Sequence[str], since_1904: bool = False) -> None:
        own = {place: codes.get(number, int(number[:4])) for place, number in enumerate(of_cells)}
        self._since_1904 = since_1904
        self._formats = {
            place: code
            for place, code in own.items()
            if (_LETTERS.search(code) if isinstance(code, str) else code in _OWN)
        }
        if self._formats:
            from openpyxl.styles import numbers

            self._formats = {
                place: text
                for place, code in self._formats.items()
                if numbers.is_date_format(text := code if isinstance(code, str) else numbers.builtin_format_code(code))
            }

    def number(self, text: str, format_of_cell: int) -> Any:
        """Give the number that a cell stores, or the date, time or span of time that its format makes of it."""
        number = float(text) if "." in text or "e" in text or "E" in text else int(text)
        if format_of_cell not in self._formats:
            return number
        from openpyxl.styles import numbers
        from openpyxl.utils import datetime

        epoch = datetime.MAC_EPOCH if self._since_1904 else datetime.WINDOWS_EPOCH
        span = numbers.is_timedelta_format(self._formats[format_of_cell])
        try:
            return datetime.from_excel(number, epoch, timedelta=span)
        except (OverflowError, ValueError):
            return _NO_DATE


def date_written_out(text: str) -> Any:
    """Give a date that a cell stores as ISO 8601 writes it. Raises `ValueError` for any other text."""
    from openpyxl.utils import datetime

    return datetime.from_ISO8601(text)
