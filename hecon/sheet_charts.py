"""Native charts for workbooks: lines, stacked areas, stacked columns and points that read the cells of a sheet.

A chart is made of an XlsxWriter workbook (``Book.workbook``) that the caller hands in; only `hecon.sheets` imports
the library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: A cell (sheet, row, column) or a range (sheet, first row, first column, last row, last column), from 0.
Cell = tuple[str, int, int]
Range = tuple[str, int, int, int, int]
Kind = Literal["line", "area", "column", "points"]

_GREY, _DARK = "#D9D9D9", "#404040"
_TYPES: dict[Kind, dict[str, str]] = {
    "line": {"type": "scatter", "subtype": "straight"},
    "area": {"type": "area", "subtype": "stacked"},
    "column": {"type": "column", "subtype": "stacked"},
    "points": {"type": "scatter", "subtype": "straight_with_markers"},
}
_DASHES = ("solid", "dash", "long_dash", "dash_dot", "square_dot", "long_dash_dot")


@dataclass(frozen=True)
class Series:
    """One series of a chart. `name` is the cell of its name, so that a label is never taken for a formula.

    `marks` draws points without a line, a `guide` a thin dashed line; neither is listed in the legend.
    """

    name: Cell
    x: Range
    y: Range
    colour: str
    dash: int = 0
    marks: bool = False
    guide: bool = False


@dataclass(frozen=True)
class Axis:
    """An axis: its title with the unit, bounds, step and number format. `every` thins the labels of a category axis."""

    title: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    format: str = "General"
    every: int | None = None


def chart(workbook: Any, kind: Kind, title: str, series: Sequence[Series], x: Axis, y: Axis, *, gap: int = 60) -> Any:
    """Make a chart of `workbook`, to be placed with `place`; `gap` is the space between columns, in percent of one."""
    made = workbook.add_chart(_TYPES[kind])
    hidden = []
    for number, one in enumerate(series):
        made.add_series(_series(kind, one, gap))
        if one.marks or one.guide:
            hidden.append(number)
    made.set_title({"name": _text(title), "name_font": {"size": 11, "bold": True, "color": _DARK}, "overlay": False})
    made.set_x_axis(_axis(x, gridlines=False) | _position(kind))
    made.set_y_axis(_axis(y, gridlines=True))
    made.set_legend({"position": "bottom", "font": {"size": 9, "color": _DARK}, "delete_series": hidden})
    made.set_chartarea({"border": {"color": _GREY}})
    return made


def pixels(widths: Sequence[float]) -> int:
    """Width of columns on the screen, from their widths in characters."""
    return sum(int(7 * width + 5) for width in widths)


def place(sheet: Any, row: int, column: int, made: Any, *, width: int, height: int, about: str) -> None:
    """Put a chart on a worksheet, its upper left corner in a cell; `about` is read out to who cannot see it."""
    made.set_size({"width": width, "height": height})
    sheet.insert_chart(row, column, made, {"object_position": 2, "description": about})


def _series(kind: Kind, one: Series, gap: int) -> dict[str, Any]:
    made: dict[str, Any] = {"name": list(one.name), "categories": list(one.x), "values": list(one.y)}
    if kind in ("area", "column"):
        return made | {"fill": {"color": one.colour}, "border": {"none": True}, "gap": gap}
    if one.marks:
        marker = {"type": "circle", "size": 8, "border": {"color": "#FFFFFF"}, "fill": {"color": one.colour}}
        return made | {"line": {"none": True}, "marker": marker}
    if one.guide:
        return made | {"line": {"color": "#7F7F7F", "width": 1, "dash_type": "dash"}, "marker": {"type": "none"}}
    line = {"color": one.colour, "width": 2, "dash_type": _DASHES[one.dash % len(_DASHES)]}
    if kind == "points":
        marker = {"type": "circle", "size": 7, "border": {"color": one.colour}, "fill": {"color": one.colour}}
        return made | {"line": line | {"width": 1.25}, "marker": marker}
    return made | {"line": line, "marker": {"type": "none"}}


def _axis(axis: Axis, *, gridlines: bool) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": _text(axis.title),
        "name_font": {"size": 9, "bold": False, "color": _DARK},
        "num_font": {"size": 9, "color": _DARK},
        "num_format": axis.format,
        "label_position": "low",
        "line": {"color": "#7F7F7F"},
        "major_gridlines": {"visible": gridlines, "line": {"color": _GREY, "width": 0.5}},
    }
    bounds = {"min": axis.low, "max": axis.high, "major_unit": axis.step}
    bounds |= {"interval_unit": axis.every, "interval_tick": axis.every}
    return given | {name: value for name, value in bounds.items() if value is not None}


def _position(kind: Kind) -> dict[str, Any]:
    # An area begins at the axis; a column stands beside it.
    return {"position_axis": "on_tick"} if kind == "area" else {}


def _text(text: str) -> str:
    """Give text that a chart cannot take for a reference to cells."""
    return f" {text}" if text.startswith("=") else text
