"""What every figure stands on, and the only importer of matplotlib: a figure, its panels, axes in words.

Nothing here touches global state: a figure is neither shown nor kept by the library.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes as Panel
from matplotlib.collections import PolyCollection as Area
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D as Line
from matplotlib.patches import FancyArrowPatch as Arrow
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from hecon.excel.palette import BLUE, ORANGE
from hecon.report.words import money

__all__ = [
    "DASHES", "Area", "Arrow", "Figure", "Line", "Panel", "arrow", "as_on_axis", "box", "by_side", "diverging", "dress",
    "in_money", "in_numbers", "in_percent", "legend_below", "lying", "money_ticks", "new_figure", "panel_of",
    "place_says", "says", "told_by",
]  # fmt: skip

#: Inches that a letter of a label takes at most, on average.
_LETTER = 0.083
#: Inches that a line of names takes, and what stands above and below the bars; points of the letters of names.
_LINE, _AROUND, _NAMES = 0.15, 1.4, 8.5
#: Letters of the name of a bar in one line, of few bars and of many.
_LONGEST_NAME, _LONGEST_OF_MANY, _MANY = 36, 54, 16
#: Inches of the widest figure of several panels: on a page its letters are still read.
_WIDEST = 8.4
#: How a label begins that is said on a page when its artist is pointed at: the underscore keeps it out of a legend.
_SAYS = "_says: "
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))


class _Shown(Figure):
    """A figure that a notebook shows by itself, whether or not pyplot was imported."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def new_figure(width: float = 7.0, height: float = 4.3) -> Figure:
    """Give an empty figure of a size in inches."""
    return _Shown(figsize=(width, height), layout="constrained")


def panel_of(figure: Figure, x: str, y: str, title: str = "") -> Panel:
    """Give the one panel of a figure, with the titles of its axes."""
    panel = figure.add_subplot()
    dress(panel, x, y, title)
    return panel


def by_side(count: int, width: float = 3.4, height: float = 3.6, most: int = 3) -> tuple[Figure, list[Panel]]:
    """Give a figure of several panels, at most so many side by side; three or more are narrow enough for a page."""
    across = 2 if count == 4 else min(count, most)
    width = min(width, (_WIDEST - 0.6) / across) if across > 2 else width
    down = -(-count // across)
    figure = new_figure(width * across + 0.6, height * down)
    panels = list(figure.subplots(down, across, squeeze=False).ravel())
    for spare in panels[count:]:
        spare.set_visible(False)
    return figure, panels[:count]


def figure_of(panel: Panel) -> Figure:
    """Give the whole figure that a panel stands in."""
    figure = panel.get_figure(root=True)
    assert figure is not None
    return figure


def dress(panel: Panel, x: str, y: str, title: str) -> None:
    """Give a panel its titles and a quiet grid."""
    inches = _width(figure_of(panel)) / _across(panel)
    panel.set_xlabel(_folded(x, 0.9 * inches - 0.6))
    panel.set_ylabel(y)
    panel.set_title(_folded(title, 0.8 * inches - 0.3), fontsize="medium", fontweight="bold")
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="y", color="#E5E5E5", linewidth=0.7)
    panel.set_axisbelow(True)


def _across(panel: Panel) -> int:
    """How many panels stand beside each other in its figure."""
    place = panel.get_subplotspec()
    return 1 if place is None else int(place.get_gridspec().ncols)


def lying(panel: Panel, names: Sequence[str]) -> list[int]:
    """Prepare a panel for bars that lie, the first at the top, and give their places."""
    panel.grid(visible=False, axis="y")
    panel.grid(axis="x", color="#E5E5E5", linewidth=0.7)
    places = list(range(len(names)))[::-1]
    longest = _LONGEST_NAME if len(names) < _MANY else _LONGEST_OF_MANY
    shown = [textwrap.fill(name, longest) for name in names]
    panel.set_yticks(places, shown, fontsize=_NAMES)
    lines = max((name.count("\n") + 1 for name in shown), default=1)
    needed = _AROUND + len(names) * (_LINE * lines + 0.05)
    figure = figure_of(panel)
    if needed > figure.get_size_inches()[1]:
        figure.set_size_inches(_width(figure), needed)
    # Names take room from the panel: its titles are folded into what is left.
    letters = max((len(line) for name in shown for line in name.split("\n")), default=0)
    inches = _width(figure) / _across(panel) - _LETTER * letters - 0.4
    panel.set_xlabel(_folded(panel.get_xlabel().replace("\n", " "), inches))
    panel.set_title(_folded(panel.get_title().replace("\n", " "), 0.9 * inches), fontsize="medium", fontweight="bold")
    return places


def in_money(axis: Any) -> None:
    """Write the numbers of an axis with thousands separators, few enough that they do not touch."""
    inches = _width(figure_of(axis.axes)) / _across(axis.axes)
    axis.set_major_locator(MaxNLocator(5 if axis.axis_name == "y" or inches > 4 else 3))
    axis.set_major_formatter(FuncFormatter(lambda value, _: money(value)))


def in_numbers(axis: Any, most: int = 5) -> None:
    """Write the numbers of an axis plainly, few enough that they do not touch."""
    axis.set_major_locator(MaxNLocator(most))


def in_percent(axis: Any) -> None:
    """Write the shares of an axis in percent."""
    axis.set_major_formatter(PercentFormatter(1.0))


def money_ticks(bar: Any) -> None:
    """Write the numbers of a colour bar with thousands separators."""
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: money(value)))


def legend_below(figure: Figure, panel: Panel) -> None:
    """Put the legend of a panel below the whole figure, where it hides nothing, in as many columns as fit."""
    handles, labels = panel.get_legend_handles_labels()
    if not handles:
        return
    # The sign beside a label and the gap after it take about half an inch.
    wide = [_LETTER * len(label) + 0.5 for label in labels]
    room = _width(figure)
    in_one_row = sum(wide) < room and len(wide) < 7
    columns = len(wide) if in_one_row else max(1, min(6, len(wide), int(room / max(wide))))
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)


def says(artist: Any, words: str) -> None:
    """Give an artist without a name what it says on a page when it is pointed at."""
    artist.set_label(f"{_SAYS}{words}")


def place_says(panel: Panel, x: tuple[float, float], y: tuple[float, float], words: str) -> None:
    """Let a place of a panel, from one x to another and from one y to another, say words; nothing is drawn."""
    place = Rectangle((x[0], y[0]), x[1] - x[0], y[1] - y[0], visible=False)
    says(place, words)
    panel.add_artist(place)


def told_by(artist: Any) -> str:
    """Give what an artist says when it is pointed at, or no words."""
    label = str(artist.get_label())
    return label.removeprefix(_SAYS) if label.startswith(_SAYS) else ""


def as_on_axis(axis: Any, value: float) -> str:
    """Write a number as its axis does."""
    formatter = axis.get_major_formatter()
    text = str(formatter(value)) if type(formatter).__name__ in ("FuncFormatter", "PercentFormatter") else ""
    return text or f"{value:,.4g}"


def _width(figure: Figure) -> float:
    return float(figure.get_size_inches()[0])


def _folded(text: str, inches: float) -> str:
    """Break a title into lines that fit so many inches."""
    return "\n".join(textwrap.wrap(text, max(16, int(inches / _LETTER)))) if text else ""


def diverging() -> LinearSegmentedColormap:
    """Colours from orange over white to blue, which colour-blind readers tell apart."""
    return LinearSegmentedColormap.from_list("hecon", [ORANGE, "#FFFFFF", BLUE])


def box(panel: Panel, x: float, y: float, width: float, height: float, words: str, colour: str) -> None:
    """Draw a rounded box about a point, with words in it, which it also says when it is pointed at."""
    shape = FancyBboxPatch((x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.12",
                           facecolor=colour, edgecolor="#333333", linewidth=1, alpha=0.85, zorder=2)  # fmt: skip
    says(shape, words.replace("\n", " "))
    panel.add_patch(shape)
    panel.text(x, y, words, ha="center", va="center", fontsize=9, zorder=3)


def arrow(
    panel: Panel, start: tuple[float, float], end: tuple[float, float], words: str, style: str = "-", bend: float = 0
) -> None:
    """Draw an arrow from one point to another, which says words when pointed at; with `bend` along an arc."""
    bent = f"arc3,rad={bend}"
    way = Arrow(start, end, arrowstyle="-|>", mutation_scale=14, connectionstyle=bent, linestyle=style,
                          linewidth=1.3, color="#333333", shrinkA=2, shrinkB=2, zorder=1)  # fmt: skip
    says(way, words)
    panel.add_patch(way)
