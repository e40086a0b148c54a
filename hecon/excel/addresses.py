"""How Excel names columns and sheets in an address."""

from __future__ import annotations

import re
from functools import lru_cache

#: Three letters at least: shorter names may be a column, or R and C of the other way to write an address.
_PLAIN = re.compile(r"[A-Za-z_]{3,}")
#: What a name must not be, since it is an address.
_CELL = re.compile(r"[a-z]{1,3}\d+|r\d*c?\d*|c\d*")


@lru_cache(maxsize=1024)
def letters(column: int) -> str:
    """Give the letters of a column counted from 0.

    >>> letters(27)
    'AB'
    """
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@lru_cache(maxsize=1024)
def column_number(name: str) -> int:
    """Give the number, counted from 1, of the column that the letters name.

    >>> column_number("AB")
    28
    """
    number = 0
    for letter in name:
        number = 26 * number + ord(letter) - 64
    return number


def quoted(sheet: str) -> str:
    """Give the name of a sheet as an address has it.

    >>> quoted("Live time"), quoted("Prices"), quoted("OS1")
    ("'Live time'", 'Prices', "'OS1'")
    """
    return sheet if _PLAIN.fullmatch(sheet) else "'" + sheet.replace("'", "''") + "'"


def range_name(words: str, taken: set[str]) -> str:
    """Give words as a name that Excel accepts, that none of those taken has and no cell is called; it is taken then.

    >>> range_name("drug_price · daratumumab", {"drug_price_daratumumab"})
    'drug_price_daratumumab_2'
    """
    plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:60] or "input"
    plain = plain if plain[0].isalpha() else f"input_{plain}"
    if _CELL.fullmatch(plain):
        plain += "_"
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    taken.add(name)
    return name
