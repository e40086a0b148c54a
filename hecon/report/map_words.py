"""What a decision map found, in sentences, and how its cells are coloured: for sheet, cover, screen and figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from hecon.analysis.sensitivity.decision_map import DecisionMap
from hecon.analysis.sensitivity.readings import MapReading
from hecon.inputs.patterns import Pattern
from hecon.report.words import several

#: Colours and words of the cells, by profile: the pattern stands out, the rest is quiet.
COLOURS = {"holds": "#D55E00", "always": "#A6D3C2", "never": "#E4E4E4", "other": "#BFD7EA"}
#: Regions named in one sentence, at most.
_MOST = 3


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
    """Say where a pattern holds, the largest part first; axes that it does not depend on are left out."""
    holds = found.holds(pattern, reading)
    matter = [axis for axis in found.axes if (holds != holds.isel({axis.name: 0})).any()]
    choices = [axis.name for axis in matter if axis.is_choice]
    own = found.table[(found.table["reading"] == reading.name) & (found.table["pattern"] == pattern.words)]
    own = own[own["holds"] > 0].drop_duplicates(choices) if choices else own[own["holds"] > 0].head(1)
    for row in own.sort_values("holds", ascending=False, kind="stable").to_dict("records"):
        parts = [f"{name} {row[name]}" for name in choices]
        inputs = [axis for axis in matter if not axis.is_choice]
        if inputs and inputs[0].name == row.get("input"):
            parts.append(f"{inputs[0].words.lower()} {_window(found, row)}")
        yield ", ".join(parts)


def _window(found: DecisionMap, row: Mapping[Any, Any]) -> str:
    axis = next(axis for axis in found.axes if not axis.is_choice)
    low, high = float(row["low"]), float(row["high"])
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
