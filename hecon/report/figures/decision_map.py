"""The decision map as a figure: small multiples of strips, a row of panels for each reading."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence

import numpy as np

from hecon.analysis.sensitivity.decision_map import PROFILES, DecisionMap
from hecon.analysis.sensitivity.map_axes import MapAxis
from hecon.analysis.sensitivity.readings import MapReading
from hecon.errors import HeconError
from hecon.inputs.patterns import Pattern, read_pattern
from hecon.labels import one_of
from hecon.report.figures.drawing import Figure, Panel, in_numbers, new_figure, place_says
from hecon.report.map_words import COLOURS, percent_of_map, profile_words

#: Rows of panels in a figure, unless asked for otherwise: the readings on which the pattern holds most.
MOST = 4
#: Points of the letters, inches that one takes and a line of them; names of strips are folded at so many letters, so
#: that on a page of text the letters stay as large as those of a footnote.
_POINTS, _LETTER, _LINE, _LONGEST = 9, 0.072, 0.15, 36


def decision_map_figure(
    found: DecisionMap,
    pattern: str | Pattern | None = None,
    readings: Sequence[str] | None = None,
    across: str | None = None,
) -> Figure:
    """Draw where a pattern holds: a row of panels for each reading, a panel for each choice of the axis `across`.

    In a panel every other combination of choices is a strip along the first input; other inputs stand at the workbook's
    value. Values that the map marks are dotted lines. `pattern` is the map's first and `across` its choice with
    the most options, unless given; `readings` are those asked for if they are few, else those on which the pattern
    holds most. Raises `UnknownNameError` for an axis that is no choice of the map.

    >>> import hecon as he
    >>> decision_map_figure(he.sensitivity.decision_map(inputs))  # doctest: +SKIP
    """
    own = found.patterns[0] if pattern is None else pattern
    own = own if isinstance(own, Pattern) else read_pattern(own, found.horizons)
    shown = readings_to_draw(found, own, readings)
    choices = [axis for axis in found.axes if axis.is_choice]
    if across is not None:
        one_of(across, [axis.name for axis in choices], "choice")
    column = next((axis for axis in choices if axis.name == across), max(choices, key=lambda a: a.size, default=None))
    rows = [axis for axis in choices if axis is not column]
    first = next((axis for axis in found.axes if not axis.is_choice), None)
    options: Sequence[str | None] = column.labels if column is not None else [None]
    strips = list(itertools.product(*(axis.labels for axis in rows)))
    folded = [textwrap.wrap(", ".join(place), _LONGEST) or [""] for place in strips]
    names = ["\n".join(lines) for lines in folded]
    high = len(strips) * (0.05 + _LINE * max(map(len, folded)))
    letters = max(len(line) for lines in folded for line in lines)
    figure = new_figure(0.8 + max(1.2 * len(options), 3.0) + _LETTER * letters, 1.2 + len(shown) * (0.3 + high))
    panels = figure.subplots(len(shown), len(options), squeeze=False, sharex=True, sharey=True)
    seen = {PROFILES[0]}
    for reading, line in zip(shown, panels, strict=True):
        profile = found.profile(own, reading, found.other_inputs)
        seen |= set(profile.values.ravel().tolist())
        for option, panel in zip(options, line, strict=True):
            at = {} if column is None else {column.name: option}
            picture = [
                profile.sel({**at, **dict(zip([axis.name for axis in rows], place, strict=True))}).values
                for place in strips
            ]
            cells = np.atleast_2d(np.array(picture))
            _strips(panel, cells, names, first)
            _say(panel, cells, names, first, own, reading.words if option is None else f"{reading.words}; {option}")
            title = f"{option}" if reading is shown[0] and option is not None else ""
            panel.set_title(title, fontsize="medium", fontweight="bold")
        words = f"{reading.words} ({percent_of_map(found.share(own, reading))})"
        line[0].set_ylabel(textwrap.fill(words, max(int(high / _LETTER), 12)), fontsize=_POINTS, fontweight="bold")
    if rows:
        panels[0, 0].annotate(
            ", ".join(axis.name for axis in rows), (0, 1), (-4, 6), "axes fraction", "offset points",
            ha="right", fontsize=_POINTS, fontweight="bold",
        )  # fmt: skip
    if first is not None:
        unit = f" ({first.unit})" if first.unit else ""
        figure.supxlabel(f"{first.words}{unit}", fontsize="medium")
    for profile_name in (name for name in PROFILES if name in seen):
        panels[0, 0].scatter(
            [], [], marker="s", s=60, color=COLOURS[profile_name], label=profile_words(profile_name, own)
        )
    handles, labels = panels[0, 0].get_legend_handles_labels()
    across_figure = sum(map(len, labels)) * _LETTER + 0.7 * len(labels) < figure.get_size_inches()[0]
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels) if across_figure else 2, frameon=False)
    return figure


def readings_to_draw(found: DecisionMap, pattern: Pattern, names: Sequence[str] | None = None) -> list[MapReading]:
    """Give the readings of these names, or those on which a pattern holds most."""
    if names is not None:
        known = {reading.name: reading for reading in found.readings}
        return [known[one_of(name, known, "reading of the map")] for name in names]
    if not found.readings:
        raise HeconError("the map has no reading to draw")
    if len(found.readings) <= MOST:
        return list(found.readings)
    ranked = sorted(found.readings, key=lambda reading: -found.share(pattern, reading))[:MOST]
    return [reading for reading in found.readings if reading in ranked]


def _strips(panel: Panel, profile: np.ndarray, names: Sequence[str], first: MapAxis | None) -> None:
    """Draw strips of cells below each other, the first at the top."""
    picture = np.empty((*profile.shape, 3))
    for name in PROFILES:
        picture[profile == name] = [int(COLOURS[name][at : at + 2], 16) / 255 for at in (1, 3, 5)]
    low, high = (float(first.values[0]), float(first.values[-1])) if first is not None else (0.0, 1.0)
    count = len(names)
    panel.imshow(picture, extent=(low, high, count, 0), aspect="auto", interpolation="nearest")
    for line in range(1, count):
        panel.axhline(line, color="white", linewidth=1.5)
    for mark in first.marked if first is not None else ():
        panel.axvline(mark, color="#303030", linestyle=":", linewidth=1)
    panel.set_yticks([place + 0.5 for place in range(count)], list(names), fontsize=_POINTS)
    if first is None:
        panel.set_xticks([])
    else:
        in_numbers(panel.xaxis, 3)
    panel.tick_params(length=0)
    panel.spines[["top", "right", "left", "bottom"]].set_visible(False)


def _say(
    panel: Panel, profile: np.ndarray, names: Sequence[str], first: MapAxis | None, pattern: Pattern, where: str
) -> None:
    """Let cells of a strip that lie beside each other and have one answer say it together."""
    low, high = (float(first.values[0]), float(first.values[-1])) if first is not None else (0.0, 1.0)
    width = (high - low) / profile.shape[1]
    for strip, (name, answers) in enumerate(zip(names, profile, strict=True)):
        begin = 0
        for answer, cells in itertools.groupby(answers):
            end = begin + len(list(cells))
            said = [where, name.replace("\n", " ")]
            if first is not None:
                reach = [f"{float(first.values[at]):,.4g}" for at in dict.fromkeys((begin, end - 1))]
                said.append(f"{first.words} {' to '.join(reach)} {first.unit or ''}".strip())
            words = f"{'; '.join(part for part in said if part)}: {profile_words(str(answer), pattern)}"
            place_says(panel, (low + begin * width, low + end * width), (strip, strip + 1), words)
            begin = end
