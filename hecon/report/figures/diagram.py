"""The diagram of a model, drawn from its own structure: states, the ways between them, what is counted in each."""

from __future__ import annotations

import textwrap

from hecon.analysis.run import run
from hecon.analysis.structure import PARTITION, Structure
from hecon.errors import HeconError
from hecon.excel.palette import state_colours
from hecon.inputs.case import Case
from hecon.report.figures.drawing import Figure, Panel, arrow, box, new_figure
from hecon.report.words import in_words

_WIDE, _HIGH = 1.9, 0.74
_STEP = 3.1


def diagram_figure(structure: Structure) -> Figure:
    """Draw states as boxes, ways between them as arrows, and below each state what the ledger counts by its name.

    Alive states stand in a row, those that nobody leaves below them. Arrows of a partitioned survival model are
    dashed: they are falls of curves, no transitions of their own. Raises `HeconError` for a model without states.
    """
    if not structure.states:
        raise HeconError("this model has no states to draw")
    alive = [state for state in structure.states if state not in structure.dead]
    places = {state: (_STEP * number, 0.0) for number, state in enumerate(alive)}
    middle = _STEP * (len(alive) - 1) / 2
    dead = [state for state in structure.states if state in structure.dead]
    for number, state in enumerate(dead):
        places[state] = (middle + _STEP * (number - (len(dead) - 1) / 2), -2.3)
    figure = new_figure(max(3.4, 1.5 * len(alive) + 0.8), 2.6)
    panel = figure.add_subplot()
    panel.set_axis_off()
    colours = state_colours(structure.states)
    style = "--" if structure.kind == PARTITION else "-"
    for origin, to in structure.moves:
        _way(panel, places, origin, to, style)
    for state, (x, y) in places.items():
        words = "\n".join(textwrap.wrap(in_words(state), 18))
        box(panel, x, y, _WIDE, _HIGH, words, colours[state])
    across = max(x for x, _ in places.values())
    panel.set_xlim(-_WIDE / 2 - 0.25, across + _WIDE / 2 + 0.25)
    below = min(y for _, y in places.values())
    arcs = any(abs(_column(places, a) - _column(places, b)) > 1 for a, b in structure.moves if b not in structure.dead)
    panel.set_ylim(below - _HIGH / 2 - 0.15, _HIGH / 2 + (1.3 if arcs else 0.5))
    return figure


def ways_of(case: Case) -> dict[str, list[str]]:
    """Run a case, and say which states each of its states leads to, in words; nothing for a model without states."""
    structure = run(case).structure
    if structure is None:
        return {}
    leads = {state: [to for origin, to in structure.moves if origin == state] for state in structure.states}
    return {in_words(state): [in_words(to) for to in found] for state, found in leads.items()}


def _column(places: dict[str, tuple[float, float]], state: str) -> int:
    return round(places[state][0] / _STEP)


def _way(panel: Panel, places: dict[str, tuple[float, float]], origin: str, to: str, style: str) -> None:
    (x0, y0), (x1, y1) = places[origin], places[to]
    what = "fall of the curves" if style == "--" else "transition"
    words = f"{in_words(origin)} to {in_words(to)}: {what}"
    if y0 == y1:
        right = x1 > x0
        if abs(x1 - x0) > _STEP + 0.1:  # past another state: over it, or under it on the way back
            up = 1 if right else -1
            arrow(panel, (x0, y0 + up * _HIGH / 2), (x1, y1 + up * _HIGH / 2), words, style, bend=-0.28)
            return
        side = 1 if right else -1
        shift = 0.14 * side
        arrow(panel, (x0 + side * _WIDE / 2, y0 + shift), (x1 - side * _WIDE / 2, y1 + shift), words, style)
        return
    down = -1 if y1 < y0 else 1
    lean = 0.5 * (x0 - x1) / max(abs(x0 - x1), _STEP)
    arrow(panel, (x0, y0 + down * _HIGH / 2), (x1 + lean, y1 - down * _HIGH / 2), words, style)
