"""Native charts for workbooks: lines, areas, columns, bars, tornados and points that read the cells of a sheet.

A chart is made of an XlsxWriter workbook (``Book.workbook``) that the caller hands in; only `hecon.excel.book` imports
the library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from hecon.excel.addresses import letters, quoted
from hecon.frozen import frozen

#: A cell (sheet, row, column) or a range (sheet, first row, first column, last row, last column), from 0.
_Cell = tuple[str, int, int]
Range = tuple[str, int, int, int, int]
_Kind = Literal["line", "area", "column", "points", "bar", "tornado"]

#: U+2060: shows nothing, and keeps words together.
JOINER = "\u2060"
#: What XlsxWriter takes for a reference to a cell.
_REFERENCE = re.compile(r"=?[^!]+!\$?[A-Z]+\$?\d+")
_GREY, _DARK = "#D9D9D9", "#404040"
_TYPES: dict[_Kind, dict[str, str]] = {
    "line": {"type": "scatter", "subtype": "straight"},
    "area": {"type": "area", "subtype": "stacked"},
    "column": {"type": "column", "subtype": "stacked"},
    "points": {"type": "scatter", "subtype": "straight_with_markers"},
    "bar": {"type": "bar"},
    "tornado": {"type": "bar"},
}
_FILLED = ("area", "column", "bar", "tornado")
_DASHES = ("solid", "dash", "long_dash", "dash_dot", "square_dot", "long_dash_dot")


@frozen(eq=True)
class Series:
    """One series of a chart. `name` is the cell of its name, so that a label is never taken for a formula.

    `marks` draws points of some `size` without a line, a `guide` a thin dashed line; neither is listed in the legend
    unless `listed` says so. `errors` are the cells of what a bar's whisker takes off and adds.
    """

    name: _Cell
    x: Range
    y: Range
    colour: str
    dash: int = 0
    marks: bool = False
    guide: bool = False
    width: float = 2
    size: int = 8
    listed: bool | None = None
    errors: tuple[Range, Range] | None = None

    @property
    def hidden(self) -> bool:
        """Whether the legend leaves it out."""
        return self.marks or self.guide if self.listed is None else not self.listed


@frozen(eq=True)
class Axis:
    """An axis: its title with the unit, bounds, step and number format.

    `every` thins the labels of a category axis, `cross` is where the other axis crosses it, `backwards` turns it round
    (so that the first bar is at the top), `labels` says at which end of the other axis its numbers stand.
    """

    title: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    format: str = "General"
    every: int | None = None
    cross: float | None = None
    backwards: bool = False
    labels: Literal["low", "high"] = "low"


def chart(workbook: Any, kind: _Kind, title: str, series: Sequence[Series], x: Axis, y: Axis, *, gap: int = 60) -> Any:
    """Make a chart of `workbook`, to be placed with `place`; `gap` is the space between columns, in percent of one."""
    made = workbook.add_chart(_TYPES[kind])
    hidden = []
    for number, one in enumerate(series):
        made.add_series(_series(kind, one, gap))
        if one.hidden:
            hidden.append(number)
    made.set_title({"name": _text(title), "name_font": {"size": 11, "bold": True, "color": _DARK}, "overlay": False})
    lying = kind in ("bar", "tornado")
    made.set_x_axis(_axis(x, gridlines=lying) | _position(kind))
    made.set_y_axis(_axis(y, gridlines=not lying))
    made.set_legend({"position": "bottom", "font": {"size": 9, "color": _DARK}, "delete_series": hidden})
    made.set_chartarea({"border": {"color": _GREY}})
    return made


def pixels(widths: Sequence[float]) -> int:
    """Width of columns on the screen, from their widths in characters."""
    return sum(int(7 * width + 5) for width in widths)


def place(sheet: Any, row: int, column: int, made: Any, *, width: int, height: int, about: str, right: int = 0) -> None:
    """Put a chart on a worksheet, its upper left corner in a cell or so many pixels to the right of it.

    `about` is read out to who cannot see it.
    """
    made.set_size({"width": width, "height": height})
    # a little below the edge of the cell, or a page that ends there shows the line around the chart
    where = {"object_position": 2, "y_offset": 4} | ({"x_offset": right} if right else {})
    sheet.insert_chart(row, column, made, {**where, "description": about})


def _series(kind: _Kind, one: Series, gap: int) -> dict[str, Any]:
    made: dict[str, Any] = {"name": list(one.name), "categories": list(one.x), "values": list(one.y)}
    if kind in _FILLED:
        made |= {"fill": {"color": one.colour}, "border": {"none": True}, "gap": gap}
        made |= {"overlap": 100} if kind == "tornado" else {}
        return made | ({"y_error_bars": _whiskers(*one.errors)} if one.errors else {})
    if one.marks:
        border = {"none": True} if one.size < 6 else {"color": "#FFFFFF"}
        marker = {"type": "circle", "size": one.size, "border": border, "fill": {"color": one.colour}}
        return made | {"line": {"none": True}, "marker": marker}
    if one.guide:
        return made | {"line": {"color": "#7F7F7F", "width": 1, "dash_type": "dash"}, "marker": {"type": "none"}}
    line = {"color": one.colour, "width": one.width, "dash_type": _DASHES[one.dash % len(_DASHES)]}
    if kind == "points":
        marker = {"type": "circle", "size": 7, "border": {"color": one.colour}, "fill": {"color": one.colour}}
        return made | {"line": line | {"width": 1.25}, "marker": marker}
    return made | {"line": line, "marker": {"type": "none"}}


def _whiskers(minus: Range, plus: Range) -> dict[str, Any]:
    line = {"color": _DARK, "width": 0.75}
    return {"type": "custom", "minus_values": _reference(minus), "plus_values": _reference(plus), "line": line}


def _reference(cells: Range) -> str:
    """Give a range as a formula, where XlsxWriter would take a list for numbers."""
    sheet, top, left, bottom, right = cells
    return f"={quoted(sheet)}!${letters(left)}${top + 1}:${letters(right)}${bottom + 1}"


def _axis(axis: Axis, *, gridlines: bool) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": _text(axis.title),
        "name_font": {"size": 9, "bold": False, "color": _DARK},
        "num_font": {"size": 9, "color": _DARK},
        "num_format": axis.format,
        "label_position": axis.labels,
        "reverse": axis.backwards,
        "line": {"color": "#7F7F7F"},
        "major_gridlines": {"visible": gridlines, "line": {"color": _GREY, "width": 0.5}},
    }
    bounds = {"min": axis.low, "max": axis.high, "major_unit": axis.step, "crossing": axis.cross}
    bounds |= {"interval_unit": axis.every, "interval_tick": axis.every}
    return given | {name: value for name, value in bounds.items() if value is not None}


def _position(kind: _Kind) -> dict[str, Any]:
    # An area begins at the axis; a column stands beside it.
    return {"position_axis": "on_tick"} if kind == "area" else {}


def _text(text: str) -> str:
    """Give text that a chart cannot take for a reference to cells.

    XlsxWriter takes what looks like ``=Sheet1!A1``, with or without the equals sign, for a reference. A word joiner
    (which shows nothing) after each exclamation mark makes it text again.

    >>> _text("Overall survival"), _text("Arm!A1").replace(JOINER, "+")
    ('Overall survival', 'Arm!+A1')
    """
    return text.replace("!", f"!{JOINER}") if _REFERENCE.match(text) else text
