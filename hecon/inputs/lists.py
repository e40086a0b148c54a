"""The labels of each dimension as lists for drop-downs, in whatever order they stand on the sheet Labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hecon.excel.addresses import letters
from hecon.excel.book import Book
from hecon.inputs.format import CALCULATED_PREFIX, FIRST_ROW, HEADER_ROW

LISTS = f"{CALCULATED_PREFIX}lists"
_HELP = "Calculated: the labels of each dimension wherever they stand on Labels, for the drop-downs. Nothing to change."
#: Labels that a dimension may still gain, and rows of Labels that are looked at.
_SPARE, _LOOKED_AT = 50, 1000


def list_name(dimension: str) -> str:
    """Name of the list of a dimension's labels, for drop-downs."""
    return f"list_{dimension}"


def write_lists(book: Book, labels: Sequence[Mapping[str, Any]], dimensions: Sequence[str]) -> None:
    """Write the hidden sheet of lists, and give each list its name.

    The place of the next label of a dimension is found below that of the last one, so that the labels may stand apart
    and rows may be inserted, sorted and deleted: no formula stands on Labels itself.
    """
    page = book.page(LISTS, help=_HELP, tab="#7F7F7F")
    last = FIRST_ROW + _LOOKED_AT
    names, texts = (f"Labels!${column}${FIRST_ROW}:${column}${last}" for column in "AB")
    for number, dimension in enumerate(dimensions):
        place, text = letters(2 * number), letters(2 * number + 1)
        page.text(HEADER_ROW - 1, 2 * number, "place", "header")
        page.text(HEADER_ROW - 1, 2 * number + 1, dimension, "header")
        own = [(row, str(one["label"])) for row, one in enumerate(labels, start=1) if one["dimension"] == dimension]
        count = len(own) + _SPARE
        for step in range(count):
            row = HEADER_ROW + step
            before = f"{place}{row}"
            rest = names if not step else f"INDEX({names},{before}+1):Labels!$A${last}"
            found = f'MATCH("{dimension}",{rest},0)'
            formula = f'=IFERROR({found if not step else f"{before}+{found}"},"")'
            label = f'=IF({place}{row + 1}="","",INDEX({texts},{place}{row + 1}))'
            if step < len(own):
                page.formula(row, 2 * number, formula, own[step][0], "general")
                page.text_formula(row, 2 * number + 1, label, own[step][1])
            else:
                page.text_formula(row, 2 * number, formula, "")
                page.text_formula(row, 2 * number + 1, label, "")
        first, end = f"'{LISTS}'!${text}${FIRST_ROW}", f"'{LISTS}'!${text}${FIRST_ROW + count - 1}"
        size = f'MAX(1,COUNTIF({names},"{dimension}"))'
        book.define(list_name(dimension), f"={first}:INDEX({first}:{end},{size})")
    page.sheet.hide()
