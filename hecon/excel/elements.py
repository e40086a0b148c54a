"""What XlsxWriter writes thousands of times, cells and the points of charts, written in one piece: the same bytes.

XlsxWriter puts each of them together by several calls, which look for letters to escape in every number and address, a
third of the time that a workbook takes to save. Anything that is not plain goes to XlsxWriter's own function; where
another XlsxWriter has no function of that name, it writes as it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hecon.excel.addresses import letters


def without_equals_sign(formula: str, expand_future_functions: bool = False) -> str:
    """Prepare a formula in the place of XlsxWriter, which looks for 29 new functions in each, to prefix them.

    Those of hecon carry their prefixes, and there are tens of thousands: it takes a sixth of the time off a live
    workbook. Where another XlsxWriter does not ask, it only takes longer.
    """
    return formula.removeprefix("=")


def write_in_one_piece(workbook: Any) -> None:
    """Let the worksheets and charts of a workbook that is about to be saved write cells and points in one piece."""
    for sheet in workbook.worksheets():
        if hasattr(sheet, "_write_cell"):
            sheet._write_cell = partial(_write_cell, sheet, sheet._write_cell)
    known: dict[tuple[Any, ...], str] = {}
    for made in workbook.charts:
        if hasattr(made, "_write_num_cache"):
            made._write_num_cache = partial(_write_points, made, made._write_num_cache, known)


def _write_cell(sheet: Any, own: Callable[[int, int, Any], None], row: int, column: int, cell: Any) -> None:
    """Write a number, a text or a blank that has a format."""
    kind = type(cell).__name__
    if kind not in ("Number", "String", "Blank") or not cell.format:
        own(row, column, cell)
        return
    start = f'<c r="{letters(column)}{row + 1}" s="{cell.format._get_xf_index()}"'
    if kind == "Number":
        sheet.fh.write(f"{start}><v>{cell.number:.16G}</v></c>")
    elif kind == "String":
        sheet.fh.write(f'{start} t="s"><v>{cell.string}</v></c>')
    else:
        sheet.fh.write(f"{start}/>")


def _write_points(
    made: Any,
    own: Callable[[Sequence[Any]], None],
    known: dict[tuple[Any, ...], str],
    values: Sequence[Any] | None,
) -> None:
    """Write the numbers that a chart keeps of a range of cells; `known` are those of the ranges before."""
    cells = tuple(values or ())
    if cells not in known:
        try:
            known[cells] = _points(cells)
        except ValueError:  # a text or a blank among them
            own(cells)
            return
    made.fh.write(known[cells])


def _points(cells: Sequence[Any]) -> str:
    numbers = {place: cell for place, cell in enumerate(cells) if cell is not None}
    for number in numbers.values():
        float(number)
    points = "".join(f'<c:pt idx="{place}"><c:v>{number}</c:v></c:pt>' for place, number in numbers.items())
    return f'<c:numCache><c:formatCode>General</c:formatCode><c:ptCount val="{len(cells)}"/>{points}</c:numCache>'
