"""The Decision map sheet: for every reading a strip of cells for each combination of choices, coloured by pattern."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hecon.analysis.sensitivity.decision_map import PROFILES, DecisionMap
from hecon.analysis.sensitivity.map_axes import MapAxis
from hecon.analysis.sensitivity.readings import MapReading
from hecon.excel.book import Page
from hecon.inputs.patterns import Pattern
from hecon.report.analyses import Analyses
from hecon.report.document.parts import Block, Picture
from hecon.report.map_words import (
    COLOURS,
    beside_in_words,
    by_choices,
    choices_table,
    map_findings,
    profile_words,
    sentence,
)
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, headers, heading, paragraph, section, width_for

if TYPE_CHECKING:
    from hecon.report.figures.drawing import Figure

_NAME = "Decision map"
#: Cells of a strip, at most: every so many values of the first input are shown.
_STRIP = 31
_NARROW = 2.0
#: Strips in one picture of the report, so that it need not be made small for its page.
_STRIPS = 16


def write_map(found: DecisionMap, export: Export) -> None:
    """Write the legend, then for each pattern and reading a row for every combination of choices."""
    page = export.book.page(_NAME, help=_help(found))
    choices = [axis for axis in found.axes if axis.is_choice]
    first = next((axis for axis in found.axes if not axis.is_choice), None)
    shown = _shown(first)
    widths = [width_for([axis.name, *axis.labels], 16, 34) for axis in choices] or [20.0]
    widths += [10.0] * 3 + [_NARROW] * len(shown)
    page.widths(widths)
    row = TOP
    for text in _about(found):
        row = paragraph(page, row, text, widths)
    for pattern in found.patterns:
        row = _legend(page, row + 1, pattern, widths)
        for reading in found.readings:
            top = row + 1
            row = section(page, top, _block(page, top, found, pattern, reading, choices, first, shown, widths))
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def _help(found: DecisionMap) -> str:
    return (
        f"{found.strategy} against {found.comparator}: where a pattern over horizons holds, in {found.cells:,} cases."
    )


def _shown(axis: MapAxis | None) -> np.ndarray:
    """Places of the first input that a strip shows."""
    if axis is None:
        return np.empty(0, dtype=int)
    return np.unique(np.linspace(0, axis.size - 1, min(axis.size, _STRIP)).round().astype(int))


def _legend(page: Page, row: int, pattern: Pattern, widths: Sequence[float]) -> int:
    row = heading(page, row, f"Pattern: {pattern.words}")
    for profile in PROFILES:
        page.text(row, 0, profile_words(profile, pattern), "text", bg_color=COLOURS[profile])
        row += 1
    return row


def _block(
    page: Page,
    row: int,
    found: DecisionMap,
    pattern: Pattern,
    reading: MapReading,
    choices: Sequence[MapAxis],
    first: MapAxis | None,
    shown: np.ndarray,
    widths: Sequence[float],
) -> int:
    row = heading(page, row, reading.words[:1].upper() + reading.words[1:])
    row = paragraph(page, row, sentence(found, pattern, reading), widths)
    start = max(len(choices), 1)
    names = [axis.name for axis in choices] or ["Map"]
    ends = (
        [f"{word} ({first.unit})" if first.unit else word for word in ("From", "To")] if first is not None else ["", ""]
    )
    row = headers(page, row, [*names, "Share", *ends], widths, names)
    if first is not None:
        _scale(page, row - 1, start + 3, first, shown)
    strips = by_choices(found, found.profile(pattern, reading, found.other_inputs))
    for one, strip in zip(choices_table(found, pattern, reading).to_dict("records"), strips, strict=True):
        for column, axis in enumerate(choices):
            page.text(row, column, one[axis.name], "label")
        page.number(row, start, one["share"], "percent")
        if first is not None:
            for column, end in ((1, "low"), (2, "high")):
                page.number(row, start + column, one[end], "number", num_format="0.000")
            for column, cell in enumerate(strip[shown]):
                page.text(row, start + 3 + column, "", "text", bg_color=COLOURS[str(cell)])
        row += 1
    return row


def _scale(page: Page, row: int, column: int, axis: MapAxis, shown: np.ndarray) -> None:
    """Write the ends of a strip above it, and a mark over each value that is pointed out."""
    values = axis.values[shown]
    for place in range(len(values)):
        page.text(row, column + place, "", "header")
    page.text(row, column, f"{values[0]:g}", "header", align="left")
    page.text(row, column + len(values) - 1, f"{values[-1]:g}", "header", align="right")
    for mark in axis.marked:
        place = int(np.abs(values - mark).argmin())
        if 0 < place < len(values) - 1:
            page.text(row, column + place, "|", "header", align="center")


def _about(found: DecisionMap) -> list[str]:
    """Say what a cell of the map is, and how to read a strip."""
    choices = [f"{axis.name} ({', '.join(axis.labels)})" for axis in found.axes if axis.is_choice]
    inputs = [
        f"{axis.words.lower()} ({axis.values[0]:g} to {axis.values[-1]:g}{' ' * bool(axis.unit)}{axis.unit}, "
        f"{axis.size:,} values)"
        for axis in found.axes
        if not axis.is_choice
    ]
    said = [f"Every combination of {'; '.join([*choices, *inputs])}: {found.cells:,} cases. {_how_found(found)}"]
    marked = [f"{mark:g}" for axis in found.axes for mark in axis.marked]
    if inputs:
        more = f" The marks stand at {', '.join(marked)}." if marked else ""
        beside = f" {beside_in_words(found)}" if found.other_inputs else ""
        said.append(
            f"A strip runs along {inputs[0].split(' (')[0]}, from its lowest value to its highest.{more}{beside}"
        )
    said.append(
        "A share of the map is no probability: it depends on which axes were chosen and how far they reach. Average "
        "ratios are a way of reporting and no rule of decision."
    )
    return said


def _how_found(found: DecisionMap) -> str:
    if not found.straight:
        return "Nothing is interpolated; the ends of a window were closed in on in runs of the model."
    words = " and ".join(axis.words.lower() for axis in found.axes if axis.name in found.straight)
    return (
        f"Every cost and effect is a straight line in {words}, which three runs on each line showed to 12 digits: "
        f"{found.runs:,} cases were run, and the others lie on these lines."
    )


def _figures(found: DecisionMap, _: Analyses) -> Iterator[tuple[str, Figure]]:
    from hecon.report.figures.decision_map import decision_map_figure

    for number, pattern in enumerate(found.patterns, start=1):
        yield f"decision map{f' {number}' if number > 1 else ''}", decision_map_figure(found, pattern)


def _blocks(found: DecisionMap, _: Analyses) -> Iterator[Block]:
    """Give pictures of the readings on which a pattern holds most, a few in each, so that they can be read."""
    from hecon.report.figures.decision_map import decision_map_figure, readings_to_draw

    choices = [axis.size for axis in found.axes if axis.is_choice]
    in_one = max(1, _STRIPS * max(choices, default=1) // math.prod(choices))
    for number, pattern in enumerate(found.patterns):
        names = [reading.name for reading in readings_to_draw(found, pattern)]
        for place in range(0, len(names), in_one):
            shown = names[place : place + in_one]
            title = f"Decision map, where {pattern.words}"
            yield Picture(
                f"decision_map_{number}_{place}",
                title if place == 0 else f"{title}, further readings",
                partial(decision_map_figure, found, pattern, shown),
            )


PRESENTATION = Presentation(
    sheets=[ResultSheet(_NAME, "Where a pattern over horizons holds, over inputs and choices", write_map)],
    findings=lambda found, _: map_findings(found),
    leads=1,
    notes=lambda found, _: _about(found),
    figures=_figures,
    blocks=_blocks,
)
