"""Exact transition probabilities of constant rates: the exponential of the generator over each cycle's own length.

By uniformisation: with every state leaving at most at rate L, expm(Q t) = exp(-L t) sum over k of (L t)^k / k! U^k,
where U = I + Q / L is a matrix of probabilities. No term is negative, so nothing cancels; t is halved until L t is at
most 1/32, and the result squared as often (Moler and Van Loan 2003, methods 3 and 20; Jensen 1953). Entries are
vectors over rows (draws, strategies), and entries that are always 0 are left out. Halvings are counted row by row,
so that a draw has the same bits in any block of draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from hecon.symbols.draft import largest as largest_of
from hecon.symbols.draft import span_of, watch
from hecon.symbols.expression import is_symbolic, number_of
from hecon.symbols.functions import exp, maximum

#: Square matrices whose entries are vectors over rows; an entry that is always 0 is left out.
Matrix = dict[tuple[int, int], np.ndarray]

#: Largest L t of the series, and its order: the first term left out is below 3e-18.
_SMALL, _ORDER = 1 / 32, 7
#: Halvings more than today's rates need, where rates are symbols: they may grow fourfold.
_SPARE = 2

Write = Callable[[str, Matrix], Matrix]


def _as_it_is(title: str, matrix: Matrix) -> Matrix:
    return matrix


def _beyond(x: np.ndarray) -> Any:
    if not is_symbolic(x):
        return False
    return largest_of(span_of(list(x), "Largest rate times time", f"{len(x)} rates")) > _SMALL


def exponential(
    rates: Mapping[tuple[int, int], np.ndarray], states: int, years: float | np.ndarray, write: Write = _as_it_is
) -> Matrix:
    """Probabilities after `years` at these rates (a year, off the diagonal; vectors over rows).

    `write(title, matrix)` gives each matrix on the way a place of its own, for symbols.
    """
    return _doubled(rates, states, years, write, integral=False)[0]


def integral(
    rates: Mapping[tuple[int, int], np.ndarray], states: int, years: float | np.ndarray, write: Write = _as_it_is
) -> Matrix:
    """Years spent in each state within `years`, by the state at their start: the integral of expm(Q s) ds."""
    return _doubled(rates, states, years, write, integral=True)[1]


def _halvings(largest: np.ndarray, years: float | np.ndarray) -> np.ndarray:
    """How often time is halved; for symbols as often for all rows, and more often, for their rates may grow."""
    needed = np.maximum(np.frexp(number_of(largest) * (years / _SMALL))[1], 0)
    return np.full(needed.shape, needed.max() + _SPARE) if is_symbolic(largest) else needed


def _doubled(
    rates: Mapping[tuple[int, int], np.ndarray], states: int, years: float | np.ndarray, write: Write, *, integral: bool
) -> tuple[Matrix, Matrix]:
    rates = dict(zip(rates, np.broadcast_arrays(*rates.values()), strict=True))
    leaving = [sum((r for (i, _), r in rates.items() if i == state), np.zeros(1)) for state in range(states)]
    largest = reduce(maximum, np.broadcast_arrays(*leaving))
    halvings = _halvings(largest, years)
    short = np.ldexp(years, -halvings)
    watch("a rate is too high for the formulas of its exponential", _beyond(largest * short))
    one = np.ones(halvings.shape)
    x = largest * short
    # U x, so that no division by L is needed: rates off the diagonal, what is left of L on it.
    moved: Matrix = {pair: rate * short for pair, rate in rates.items()}
    moved |= {(i, i): (largest - leaving[i]) * short for i in range(states)}
    series = _identity(states, one)
    for order in range(_ORDER, 0, -1):
        series = write(f"Series of order {order}", _plus_identity(_times(moved, series), 1 / order))
    kept = exp(-x)
    whole = write("Exponential over a part", {pair: entry * kept for pair, entry in series.items()})
    spent: Matrix = {}
    if integral:
        change: Matrix = {pair: rate * short for pair, rate in rates.items()}
        change |= {(i, i): -leaving[i] * short for i in range(states)}
        spent = _identity(states, one)
        for order in range(_ORDER, 0, -1):
            spent = write(f"Years, order {order}", _plus_identity(_times(change, spent), 1 / (order + 1)))
        spent = write("Years in a part", {pair: entry * short for pair, entry in spent.items()})
    for done in range(int(halvings.max())):
        more = halvings > done
        if integral:
            further = _times(whole, spent)
            spent = {
                pair: np.where(more, entry + spent.get(pair, 0.0), spent.get(pair, 0.0))
                for pair, entry in further.items()
            }
            spent = write(f"Years, doubled {done + 1}", spent)
        squared = write(f"Squared {done + 1}", _times(whole, whole))
        squared = _summing_to_one(squared, states)
        whole = {pair: np.where(more, entry, whole.get(pair, 0.0)) for pair, entry in squared.items()}
        whole = write(f"Doubled {done + 1}", whole)
    return whole, spent


def _summing_to_one(matrix: Matrix, states: int) -> Matrix:
    """Divide every row by its sum: squaring doubles what rounding took from it."""
    totals = [sum(entry for (i, _), entry in matrix.items() if i == state) for state in range(states)]
    return {(i, j): entry / totals[i] for (i, j), entry in matrix.items()}


def _identity(states: int, one: np.ndarray) -> Matrix:
    return {(i, i): one for i in range(states)}


def _plus_identity(matrix: Matrix, share: float) -> Matrix:
    return {(i, j): entry * share + 1.0 if i == j else entry * share for (i, j), entry in matrix.items()}


def _times(left: Matrix, right: Matrix) -> Matrix:
    result: Matrix = {}
    for (i, k), a in left.items():
        for (middle, j), b in right.items():
            if middle == k:
                part = a * b
                if (i, j) in result:
                    result[i, j] += part
                else:
                    result[i, j] = part
    return result
