"""Charts in rows on a sheet, and blocks of numbers that they read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hecon.excel.book import Page
from hecon.excel.charts import pixels, place
from hecon.frozen import frozen

#: Height of a row of cells on the screen, in pixels, where nothing sets it.
_ROW = 20


@frozen(eq=True)
class Panel:
    """A chart to be placed, and what it shows for who cannot see it."""

    chart: Any
    about: str


def rows_of_charts(count: int, across: int, height: int) -> int:
    """Rows of cells that `count` charts take, `across` of them side by side."""
    return math.ceil(count / across) * (height // _ROW + 2)


def place_charts(
    page: Page, row: int, panels: Sequence[Panel], widths: Sequence[float], *, across: int = 2, height: int = 340
) -> int:
    """Place charts below `row`, `across` of them side by side over the columns of `widths`; gives the next row."""
    columns = _columns(widths, across)
    for number, panel in enumerate(panels):
        first, last = columns[number % across]
        width = pixels(widths[first:last]) - 8
        top = row + (number // across) * (height // _ROW + 2)
        place(page.sheet, top, first, panel.chart, width=width, height=height, about=panel.about)
        page.keep_together(top, top + height // _ROW)
    return row + rows_of_charts(len(panels), across, height)


def _columns(widths: Sequence[float], across: int) -> list[tuple[int, int]]:
    """Split the columns into runs of nearly the same width."""
    whole, ends, passed = sum(widths), [0], 0.0
    for column, width in enumerate(widths):
        passed += width
        if len(ends) < across and passed >= whole * len(ends) / across:
            ends.append(column + 1)
    ends.append(len(widths))
    return list(zip(ends, ends[1:], strict=False))
