"""What every figure stands on, and the only importer of matplotlib: a figure, its panels, axes in words.

Nothing here touches global state: a figure is neither shown nor kept by the library.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes as Panel
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from hecon.report.words import money

__all__ = [
    "DASHES", "Figure", "Panel", "by_side", "dress", "in_money", "in_percent", "lying", "new_figure", "panel_of",
]  # fmt: skip

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
    """Give a figure of several panels, at most so many side by side."""
    across = min(count, most)
    down = -(-count // across)
    figure = new_figure(width * across + 0.6, height * down)
    panels = list(figure.subplots(down, across, squeeze=False).ravel())
    for spare in panels[count:]:
        spare.set_visible(False)
    return figure, panels[:count]


def dress(panel: Panel, x: str, y: str, title: str) -> None:
    """Give a panel its titles and a quiet grid."""
    panel.set_xlabel(x)
    panel.set_ylabel(y)
    panel.set_title(title, fontsize="medium", fontweight="bold")
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="y", color="#E5E5E5", linewidth=0.7)
    panel.set_axisbelow(True)


def lying(panel: Panel, names: Sequence[str]) -> list[int]:
    """Prepare a panel for bars that lie, the first at the top, and give their places."""
    panel.grid(visible=False, axis="y")
    panel.grid(axis="x", color="#E5E5E5", linewidth=0.7)
    places = list(range(len(names)))[::-1]
    panel.set_yticks(places, list(names))
    return places


def in_money(axis: Any) -> None:
    """Write the numbers of an axis with thousands separators, few enough that they do not touch."""
    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: money(value)))


def in_percent(axis: Any) -> None:
    """Write the shares of an axis in percent."""
    axis.set_major_formatter(PercentFormatter(1.0))
