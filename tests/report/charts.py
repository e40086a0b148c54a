"""Charts of a workbook as a reader sees them: their series with the values of the cells that they refer to."""

from dataclasses import dataclass

import numpy as np
from openpyxl.utils.cell import range_to_tuple


@dataclass
class Shown:
    """One series: the text of its name, and the values along both axes."""

    name: str
    x: list
    y: np.ndarray


@dataclass
class Chart:
    """One chart: its kind, its title, its series by name."""

    kind: str
    title: str
    series: dict[str, Shown]


def charts(book, name):
    """Every chart of a sheet, with the cells that it refers to looked up; an empty or unknown cell is an error."""
    return [_chart(book, made) for made in book[name]._charts]


def _chart(book, made):
    found = [_series(book, made.tagname, one) for one in made.series]
    title = "".join(run.t for part in made.title.tx.rich.p for run in part.r or [])
    return Chart(made.tagname, title, {one.name: one for one in found})


def _series(book, kind, one):
    x, y = (one.xVal, one.yVal) if kind == "scatterChart" else (one.cat, one.val)
    along = x.numRef or x.strRef
    return Shown(
        _cells(book, one.tx.strRef.f)[0], _cells(book, along.f), np.array(_cells(book, y.numRef.f), dtype=float)
    )


def _cells(book, reference):
    sheet, (left, top, right, bottom) = range_to_tuple(
        reference if ":" in reference else f"{reference}:{reference.split('!')[1]}"
    )
    values = [cell.value for row in book[sheet].iter_rows(top, bottom, left, right) for cell in row]
    assert all(value is not None for value in values), reference
    return values
