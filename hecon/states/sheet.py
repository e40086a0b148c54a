"""Transitions as the sheet Transitions of a workbook gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hecon.labels import FROM, STATE, STRATEGY, TO
from hecon.parameters import Parameters
from hecon.states.transitions import REMAINING, Transitions

SHEET = "Transitions"


def transitions(p: Parameters, dead: Sequence[str] | str | None = None) -> Transitions:
    """Transitions of a Markov model, from the sheet Transitions; the states are the labels of ``state``, in order.

    Values are parameters like any other, called by their states (``well_to_ill``): they vary in every analysis, and
    scenarios change them. Faults are named by cell. Counts become shares of their row: with distribution gamma and se
    the square root of the count, draws are those of a Dirichlet distribution.

    >>> state = he.markov(time, he.transitions(p), start="well")  # doctest: +SKIP
    """
    table = p.tables[SHEET]
    values: dict[tuple[str, str], Any] = {}
    cells: dict[tuple[str, ...], str] = {}
    kinds = [kind for kind in table["kind"] if kind != "remaining"]
    for row in table.to_dict("records"):
        pair = (row[FROM], row[TO])
        values[pair] = REMAINING if row["kind"] == "remaining" else p[row["parameter"]]
        if row.get(STRATEGY):
            cells[(*pair, row[STRATEGY])] = row["cell"]
        cells.setdefault(pair, row["cell"])
    labels = p.tables.get("Labels")
    if labels is not None and "row" in labels:
        states = labels[labels["dimension"] == STATE]
        cells |= {(label,): f"Labels!B{number}" for label, number in zip(states["label"], states["row"], strict=True)}
    return Transitions(p.labels[STATE], values, kinds[0] if kinds else "probability", dead, cells, p.source)
