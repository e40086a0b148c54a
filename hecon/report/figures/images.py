"""Figures as pictures: drawn once, as PNG for Word and as SVG with what can be read off it for a page.

What a reader of the page can point at is taken from the figure itself: lines and stacked shares become points with
their values, bars and markers become places with their amounts, and what was given words (`says`) says them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hecon.frozen import frozen
from hecon.report.document.parts import Picture
from hecon.report.figures.drawing import Area, Arrow, Figure, Line, Panel, as_on_axis, told_by

#: Dots an inch of a picture in Word, and of what stands as dots in a drawing of lines.
_DOTS = 170
#: Points of a line that can be pointed at.
_MOST_POINTS = 160
#: Marks of a figure are named after its key, so that several drawings stand in one page.
_IDS = re.compile(r'(id="|href="#|url\(#)([^"\)]+)')


@frozen(eq=True)
class FollowedLine:
    """A line that can be pointed at: its name, its panel, and for each point x and y of the drawing and in words."""

    name: str
    panel: int
    points: list[tuple[float, float, str, str]]


@frozen(eq=True)
class PointedPlace:
    """A bar, a marker or a cell: its place (x, y, width, height) or its way in the drawing, and what it says."""

    place: tuple[float, float, float, float]
    words: str
    way: Sequence[tuple[float, float]] = ()


@frozen(eq=True)
class Image:
    """One figure drawn: its size in inches, PNG, SVG, what can be pointed at, and what it shows in words."""

    inches: tuple[float, float]
    png: bytes
    svg: str
    alternative: str
    lines: Sequence[FollowedLine]
    spots: Sequence[PointedPlace]


Images = Mapping[str, Image]


def images_of(pictures: Sequence[Picture]) -> dict[str, Image]:
    """Draw every picture once, by its key."""
    return {picture.key: image_of(picture) for picture in pictures}


def image_of(picture: Picture) -> Image:
    """Draw one picture."""
    figure = picture.draw()
    png, svg = io.BytesIO(), io.StringIO()
    _lay_out(figure)
    figure.savefig(png, format="png", dpi=_DOTS, pil_kwargs={"compress_level": 3})
    lines, spots = pointed_at(figure)
    figure.savefig(svg, format="svg", dpi=_DOTS, metadata={"Date": None})
    mark = re.sub(r"\W", "_", picture.key)
    drawing = svg.getvalue()
    drawing = _IDS.sub(lambda found: f"{found[1]}{mark}-{found[2]}", drawing[drawing.index("<svg") :])
    width, height = (float(side) for side in figure.get_size_inches())
    return Image((width, height), png.getvalue(), drawing, picture.alternative or figure_in_words(figure), lines, spots)


def pointed_at(figure: Figure) -> tuple[list[FollowedLine], list[PointedPlace]]:
    """Give what of a figure can be pointed at: lines that are followed, and places that say something."""
    # What lies above comes last: a place under another is not reached.
    return [*_lines(figure), *_shares(figure)], [*_told_by_artists(figure), *_bars(figure), *_markers(figure)]


def _lay_out(figure: Figure) -> None:
    """Lay a figure out once for both pictures: each would be drawn twice if it had to find its layout."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)


def figure_in_words(figure: Figure) -> str:
    """Say what a figure shows: its panels, axes, and each series with where it begins and ends.

    >>> from hecon.report.figures.drawing import new_figure, panel_of
    >>> figure = new_figure()
    >>> _ = panel_of(figure, "Years", "Share", "Survival").plot([0, 5], [1, 0.4], label="A")
    >>> figure_in_words(figure)
    'Survival: Share by Years. A from 1 to 0.4.'
    """
    said = []
    for panel in figure.axes:
        if not panel.get_visible() or panel.get_label() == "<colorbar>":
            continue
        x, y = panel.get_xlabel(), panel.get_ylabel()
        axes = f"{y} by {x}" if x and y else x or y
        title = ": ".join(part for part in (panel.get_title(), axes) if part)
        series = []
        for line in panel.lines:
            values = _numbers(line.get_ydata())
            if _is_named(line) and len(values):
                series.append(f"{line.get_label()} from {values[0]:,.4g} to {values[-1]:,.4g}")
        for container in panel.containers:
            if _is_named(container):
                series.append(f"bars of {container.get_label()}")
        words = f"{title}. {'; '.join(series)}." if series else f"{title}."
        said.append(words)
    texts = [text.get_text().replace("\n", " ") for panel in figure.axes for text in panel.texts if text.get_text()]
    told = " ".join(said).strip()
    return told if told.strip(". ") else f"Diagram of {', '.join(texts)}."


def _is_named(artist: Any) -> bool:
    label = str(artist.get_label())
    return bool(label) and not label.startswith("_")


def _numbers(values: Any) -> np.ndarray:
    found = np.asarray(values, dtype=float)
    return found[np.isfinite(found)]


def _points(figure: Figure) -> float:
    """Height of the drawing in points, from which its y runs down."""
    return float(figure.get_size_inches()[1]) * 72


def _to_drawing(figure: Figure, panel: Panel, x: Any, y: Any) -> np.ndarray:
    scale = 72 / figure.dpi
    found = panel.transData.transform(np.column_stack([x, y])) * scale
    found[:, 1] = _points(figure) - found[:, 1]
    return found


def _lines(figure: Figure) -> Iterator[FollowedLine]:
    for number, panel in enumerate(figure.axes):
        for line in panel.lines if panel.get_visible() else ():
            x, y = (np.asarray(values, dtype=float) for values in line.get_data())
            if not _is_named(line) or len(x) < 2 or line.get_transform() != panel.transData:
                continue
            keep = np.isfinite(x) & np.isfinite(y)
            if keep.any():
                yield _followed(figure, panel, number, str(line.get_label()), x[keep], y[keep], y[keep])


def _shares(figure: Figure) -> Iterator[FollowedLine]:
    """Follow the upper edge of each area of a stack; it says how high the area is."""
    for number, panel in enumerate(figure.axes):
        for area in panel.collections if panel.get_visible() else ():
            if isinstance(area, Area) and _is_named(area):
                corners = np.asarray(area.get_paths()[0].vertices, dtype=float)
                x, at = np.unique(corners[:, 0], return_inverse=True)
                low, high = np.full(len(x), np.inf), np.full(len(x), -np.inf)
                np.minimum.at(low, at, corners[:, 1])
                np.maximum.at(high, at, corners[:, 1])
                yield _followed(figure, panel, number, str(area.get_label()), x, high, high - low)


def _followed(
    figure: Figure, panel: Panel, number: int, name: str, x: np.ndarray, y: np.ndarray, values: np.ndarray
) -> FollowedLine:
    chosen = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_POINTS)).astype(int))
    places = _to_drawing(figure, panel, x[chosen], y[chosen])
    points = [
        (round(float(px), 1), round(float(py), 1), as_on_axis(panel.xaxis, x[at]), as_on_axis(panel.yaxis, values[at]))
        for at, (px, py) in zip(chosen, places, strict=True)
    ]
    return FollowedLine(name, number, points)


def _told_by_artists(figure: Figure) -> Iterator[PointedPlace]:
    scale, top = 72 / figure.dpi, _points(figure)
    for panel in figure.axes:
        for artist in (*panel.lines, *panel.patches) if panel.get_visible() else ():
            words = told_by(artist)
            if not words:
                continue
            box = artist.get_window_extent()
            place = _rounded(box.x0 * scale, top - box.y1 * scale, box.width * scale, box.height * scale)
            way: Sequence[tuple[float, float]] = ()
            if isinstance(artist, Line | Arrow):
                path = artist.get_transform().transform_path(artist.get_path())
                # The first part of an arrow is its shaft.
                points = np.asarray(path.to_polygons(closed_only=False)[0], dtype=float) * scale
                way = [(round(float(x), 1), round(float(top - y), 1)) for x, y in points]
            yield PointedPlace(place, words, way)


def _markers(figure: Figure) -> Iterator[PointedPlace]:
    """Let a named marker that stands alone say where it is."""
    for panel in figure.axes:
        for line in panel.lines if panel.get_visible() else ():
            x, y = (np.asarray(values, dtype=float) for values in line.get_data())
            if _is_named(line) and len(x) == 1 and np.isfinite([*x, *y]).all():
                [(across, down)], size = _to_drawing(figure, panel, x, y), line.get_markersize()
                where = ((panel.xaxis, x[0]), (panel.yaxis, y[0]))
                at = [f"{_titled(axis)} {as_on_axis(axis, value)}".strip() for axis, value in where]
                place = _rounded(across - size / 2, down - size / 2, size, size)
                yield PointedPlace(place, f"{line.get_label()}: {', '.join(at)}")


def _titled(axis: Any) -> str:
    return str(axis.get_label_text()).replace("\n", " ")


def _rounded(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return round(float(x), 1), round(float(y), 1), round(float(width), 1), round(float(height), 1)


def _bars(figure: Figure) -> Iterator[PointedPlace]:
    for panel in figure.axes:
        if not panel.get_visible():
            continue
        for container in panel.containers:
            label = str(container.get_label()) if _is_named(container) else ""
            for bar in getattr(container, "patches", ()):
                lying = getattr(container, "orientation", "vertical") == "horizontal"
                x, y, width, height = bar.get_x(), bar.get_y(), bar.get_width(), bar.get_height()
                if not all(np.isfinite([x, y, width, height])) or not width or not height:
                    continue
                corners = _to_drawing(figure, panel, [x, x + width], [y, y + height])
                (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
                axis, names, middle = (panel.xaxis, panel.yaxis, y + height / 2) if lying else (
                    panel.yaxis, panel.xaxis, x + width / 2)  # fmt: skip
                name = _name_at(names, middle)
                value = as_on_axis(axis, x + width) if lying and x else as_on_axis(axis, width if lying else height)
                words = ": ".join(part for part in (name, label, value) if part)
                yield PointedPlace(_rounded(left, top, right - left, bottom - top), words)


def _name_at(axis: Any, place: float) -> str:
    labels = [text.get_text() for text in axis.get_ticklabels()]
    ticks = list(axis.get_ticklocs())
    if not ticks or len(labels) != len(ticks):
        return ""
    nearest = int(np.argmin(np.abs(np.asarray(ticks) - place)))
    return labels[nearest].replace("\n", " ")
