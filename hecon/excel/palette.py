"""Colours that stay apart for colour-blind readers (Okabe and Ito 2008), the same in workbooks and figures."""

from __future__ import annotations

from collections.abc import Sequence

BLUE, VERMILION, _GREEN, PURPLE, SKY, ORANGE, BLACK, GREY = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#9A9A9A",
)  # fmt: skip
#: A blue that does not hide what is drawn on it.
PALE = "#8FBFE0"
#: Colours of lines: strategies, in the order of their labels.
_SERIES = (BLUE, VERMILION, _GREEN, PURPLE, SKY, ORANGE, BLACK, GREY)
#: Colours of areas: cost items, in the order of the ledger.
AREAS = (BLUE, ORANGE, _GREEN, PURPLE, SKY, VERMILION, "#F0E442", GREY)
_STATES = {"progression_free": SKY, "alive": SKY, "progressed": ORANGE, "dead": "#BFBFBF"}


def series_colour(place: int) -> str:
    """Colour of the line at a place."""
    return _SERIES[place % len(_SERIES)]


def colour_and_dash(place: int) -> tuple[str, int]:
    """Colour of a line beside data drawn in black, and the number of its dash: six colours, then the same dashed.

    >>> colour_and_dash(0) == (BLUE, 0), colour_and_dash(7) == (VERMILION, 1)
    (True, True)
    """
    return _SERIES[place % _SERIES.index(BLACK)], place // _SERIES.index(BLACK)


def area_colour(place: int) -> str:
    """Colour of the area at a place."""
    return AREAS[place % len(AREAS)]


def state_colours(states: Sequence[str]) -> dict[str, str]:
    """Give each state its colour: the usual states always the same one."""
    free = [colour for colour in _SERIES if colour not in (SKY, ORANGE, GREY)]
    others = [state for state in states if state not in _STATES]
    return {state: _STATES.get(state) or free[others.index(state) % len(free)] for state in states}
