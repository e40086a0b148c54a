"""What a decision map found, in sentences, and how its cells are coloured: for sheet, cover, screen and figure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.sensitivity.decision_map import DecisionMap
from hecon.analysis.sensitivity.map_axes import MapAxis
from hecon.analysis.sensitivity.readings import MapReading
from hecon.inputs.patterns import Pattern
from hecon.report.words import several

#: Colours and words of the cells, by profile: the pattern stands out, the rest is quiet.
COLOURS = {"holds": "#D55E00", "always": "#A6D3C2", "never": "#E4E4E4", "other": "#BFD7EA"}
#: Regions named in one sentence, at most.
_MOST = 2


def profile_words(profile: str, pattern: Pattern) -> str:
    """Say what a colour means."""
    others = {"always": "yes at every horizon", "never": "no at every horizon", "other": "another pattern"}
    return others.get(profile, pattern.words)


def percent_of_map(share: float) -> str:
    """Give a share of a map, with a digit more where it is small.

    >>> percent_of_map(0.0091), percent_of_map(0.00004), percent_of_map(0.0)
    ('0.9%', 'less than 0.1%', 'none')
    """
    if share == 0:
        return "none"
    return f"{100 * share:.1f}%" if share >= 0.0005 else "less than 0.1%"


#: Choices of a place, by axis.
_Place = tuple[tuple[str, str], ...]


def sentence(found: DecisionMap, pattern: Pattern, reading: MapReading) -> str:
    """Say in how much of the map a pattern holds on a reading, and where."""
    share = found.share(pattern, reading)
    if share == 0:
        return f"{_first(reading.words)}: the pattern {pattern.words} holds nowhere in the map."
    places = list(regions(found, pattern, reading))
    more = f"; and {len(places) - _MOST} more" if len(places) > _MOST else ""
    said = "; ".join(places[:_MOST]) or "everywhere"
    share_said = percent_of_map(share)
    return f"{_first(reading.words)}: the pattern {pattern.words} holds in {share_said} of the map: {said}{more}."


def regions(found: DecisionMap, pattern: Pattern, reading: MapReading) -> Iterator[str]:
    """Say where a pattern holds, the largest part first; a choice that makes no difference there is left out."""
    holds = found.holds(pattern, reading)
    first = next((axis for axis in found.axes if not axis.is_choice), None)
    along = None if first is None else holds.get_axis_num(first.name)
    matters = along is not None and bool((holds.values != holds.values.take([0], axis=along)).any())
    places = _places(found, holds)
    windows = _windows(found, pattern, reading) if first is not None and matters else []
    for place in sorted(places, key=lambda place: -places[place]):
        parts = [f"{name} {label}" for name, label in place]
        if first is not None and matters:
            own = [window for window in windows if all(window[name] == label for name, label in place)]
            parts.append(f"{first.words.lower()} {_in_words(found, first, own)}")
        if parts:
            yield ", ".join(parts)


def _places(found: DecisionMap, holds: xr.DataArray) -> dict[_Place, int]:
    """Give the choices in which a pattern holds somewhere, and in how many cells, without those that do not matter.

    Places that are alike in every cell whatever an axis says are one place, in which that axis is not named.
    """
    choices = [axis for axis in found.axes if axis.is_choice]
    names = [axis.name for axis in choices]
    left: dict[_Place, list[np.ndarray]] = {}
    labels = itertools.product(*(axis.labels for axis in choices))
    for own, here in zip(labels, by_choices(found, holds), strict=True):
        if here.any():
            left[tuple(zip(names, own, strict=True))] = [here]
    for axis in choices:
        alike: dict[tuple[_Place, bytes], list[_Place]] = {}
        for place, cells in left.items():
            rest = tuple(part for part in place if part[0] != axis.name)
            alike.setdefault((rest, cells[0].tobytes()), []).append(place)
        for (rest, _), same in alike.items():
            if len(same) == axis.size:
                left[rest] = [one for place in same for one in left.pop(place)]
    return {place: sum(int(one.sum()) for one in cells) for place, cells in left.items()}


def beside_in_words(found: DecisionMap) -> str:
    """Say where the other inputs stand while one looks along the first, in a sentence; nothing if there are none."""
    places = [
        f"{axis.words.lower()} at {axis.values[found.other_inputs[axis.name]]:g}{' ' * bool(axis.unit)}{axis.unit}"
        for axis in found.axes
        if axis.name in found.other_inputs
    ]
    return (
        f"Windows and strips are those with {several(places)}, the workbook's value or the one next to it."
        if places
        else ""
    )


def by_choices(found: DecisionMap, cells: xr.DataArray) -> np.ndarray:
    """Lay out cells of the map by combination of choices, in the order of their product, and then by input."""
    choices = [axis.name for axis in found.axes if axis.is_choice]
    laid_out = cells.transpose(*choices, ...)
    return laid_out.values.reshape(-1, *laid_out.shape[len(choices) :])


def _windows(found: DecisionMap, pattern: Pattern, reading: MapReading) -> list[dict[str, Any]]:
    """Windows of a pattern along the first input, the other inputs at the workbook's value."""
    at = {
        axis.name: axis.values[found.other_inputs[axis.name]] for axis in found.axes if axis.name in found.other_inputs
    }
    windows = found.windows_of(pattern, reading)
    return [window for window in windows if all(window[name] == value for name, value in at.items())]


def _in_words(found: DecisionMap, axis: MapAxis, windows: Sequence[Mapping[str, Any]]) -> str:
    """Say between which values of the first input windows lie."""
    spans: list[tuple[float, float]] = []
    for low, high in sorted((window["low"], window["high"]) for window in windows):
        if spans and low <= spans[-1][1]:  # of cases that are one place here, though their edges are not quite the same
            low, high = spans[-1][0], max(high, spans.pop()[1])
        spans.append((low, high))
    others = [other.words.lower() for other in found.axes if other.name in found.other_inputs]
    said = " or ".join(_span(axis, *span) for span in spans)
    return said or f"at other values of {several(others)} only"


def _span(axis: MapAxis, low: float, high: float) -> str:
    unit = f" {axis.unit}" if axis.unit else ""
    ends = low == axis.values[0], high == axis.values[-1]
    if all(ends):
        return "anywhere on its axis"
    if ends[1]:
        return f"from {low:.4g}{unit} on"
    return f"up to {high:.4g}{unit}" if ends[0] else f"between {low:.4g} and {high:.4g}{unit}"


def map_findings(found: DecisionMap, most: int = 4) -> Iterator[str]:
    """Say what the map found: for the cover and the screen."""
    for pattern in found.patterns:
        shares = {reading: found.share(pattern, reading) for reading in found.readings}
        holding = sorted((one for one in shares if shares[one] > 0), key=lambda one: -shares[one])
        yield (
            f"Decision map, {found.strategy} against {found.comparator}, {found.cells:,} cases: the pattern "
            f"{pattern.words} holds on {len(holding)} of {len(shares)} readings somewhere in the map."
            + (f" {beside_in_words(found)}" if found.other_inputs and holding else "")
        )
        yield from (sentence(found, pattern, reading) for reading in holding[:most])
        nowhere = [reading.words for reading in shares if reading not in holding]
        if nowhere and holding:
            yield f"It holds nowhere on: {several(nowhere)}."


def choices_table(found: DecisionMap, pattern: Pattern, reading: MapReading) -> pd.DataFrame:
    """Give the rows of the table for one pattern and reading."""
    table = found.table
    return table[(table["reading"] == reading.name) & (table["pattern"] == pattern.words)]


def _first(words: str) -> str:
    return words[:1].upper() + words[1:]
