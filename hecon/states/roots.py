"""Transition probabilities over another length of cycle: the matrix as a whole, by the rates that stand behind it.

Converting each probability by itself is wrong where several events compete or follow each other within a cycle
(Chhatwal, Jayasuriya and Elbasha 2016). The generator is the logarithm of the matrix; where it has a negative rate, no
constant rates give these probabilities, and the answer would be a guess: it is refused.
"""

from __future__ import annotations

import numpy as np

from hecon.errors import Fault, InputError
from hecon.labels import CYCLE, IN_STATE, Axes, axes_of, expand, wrap
from hecon.states.generator import exponential
from hecon.states.rates import length_of
from hecon.states.transitions import REMAINING, Transitions, factors, product
from hecon.timeline import Timeline

#: A rate below this (in moves over the old length) is rounding; a matrix must be found again from its logarithm.
_ROUNDING = 1e-9


def rescale_transitions(transitions: Transitions, over: float | Timeline, to: float | Timeline) -> Transitions:
    """Probabilities over `to` years from probabilities over `over` years, all transitions of a model together.

    P(to) = exp(log P(over) * to / over). Lengths are years, or a timeline for one of its model cycles. Raises
    `InputError` for values that vary by cycle or time in state, and where no rates give these probabilities.

    >>> yearly = {("well", "ill"): 0.2, ("well", "dead"): 0.12, ("ill", "dead"): 0.5}
    >>> half = rescale_transitions(Transitions(["well", "ill", "dead"], yearly), over=1, to=0.5)
    >>> {" to ".join(pair): round(float(value), 4) for pair, value in half.values.items()}
    {'well to ill': 0.1306, 'well to dead': 0.0448, 'ill to dead': 0.2929}
    """
    if transitions.kind != "probability":
        raise InputError(
            transitions.source, [Fault("kind", f"is {transitions.kind}; only probabilities have a length")]
        )
    for pair, value in transitions.values.items():
        if any({CYCLE, IN_STATE} & set(axes_of(part).labels) for part in factors(value)):
            what = "varies by cycle or time in state; convert its curve or rate instead"
            raise InputError(transitions.source, [Fault(transitions.where(*pair), what)])
    axes, states = transitions.axes, tuple(transitions.states)
    matrices = _matrices(transitions, axes)
    generators = np.stack([_logarithm(matrix) for matrix in matrices])
    off = ~np.eye(len(states), dtype=bool)
    wrong = np.argwhere(~(np.where(off, generators, 0.0) >= -_ROUNDING))
    if len(wrong):
        row, origin, target = map(int, wrong[0])
        at = axes.at([int(i) for i in np.unravel_index(row, axes.shape)]) if axes.dims else []
        named = "".join(f", {dim} {label}" for dim, label in zip(axes.dims, at, strict=True))
        what = f"no constant rates give these probabilities{named}: a rate would be negative; state them for the cycle"
        raise InputError(transitions.source, [Fault(transitions.where(states[origin], states[target]), what)])
    rates = {
        (i, j): np.maximum(generators[:, i, j], 0.0)
        for i in range(len(states))
        for j in range(len(states))
        if i != j and (generators[:, i, j] > _ROUNDING).any()
    }
    found = exponential(rates, len(states), length_of(to) / length_of(over))
    values = {
        (states[i], states[j]): wrap(entry.reshape(axes.shape), axes) for (i, j), entry in found.items() if i != j
    }
    return Transitions(states, values, dead=transitions.dead, cells=transitions.cells, source=transitions.source)


def _matrices(transitions: Transitions, axes: Axes) -> np.ndarray:
    """Lay all probabilities out as matrices, (rows, states, states), with what remains of each row in its place."""
    states = tuple(transitions.states)
    count = int(np.prod(axes.shape, dtype=int))
    matrices = np.zeros((count, len(states), len(states)))
    rests = {state: state for state in states}
    for (origin, target), value in transitions.values.items():
        if value is REMAINING:
            rests[origin] = target
        else:
            place = (slice(None), states.index(origin), states.index(target))
            matrices[place] = np.broadcast_to(expand(product(value), axes), axes.shape).reshape(count)
    for state, rest in rests.items():
        i, j = states.index(state), states.index(rest)
        matrices[:, i, j] = 0.0
        matrices[:, i, j] = 1 - matrices[:, i].sum(axis=1)
    return matrices


def _logarithm(matrix: np.ndarray) -> np.ndarray:
    """Principal logarithm of a matrix; NaN where it is not real or does not exist."""
    values, vectors = np.linalg.eig(matrix)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(values.astype(complex))
        if np.isfinite(logs).all() and np.linalg.cond(vectors) < 1e7:
            found = vectors @ np.diag(logs) @ np.linalg.inv(vectors)
        elif np.isfinite(logs).all():
            from scipy.linalg import logm

            found = logm(matrix)
        else:
            return np.full(matrix.shape, np.nan)
    found = np.asarray(found)
    return np.asarray(found.real) if np.abs(found.imag).max() < _ROUNDING else np.full(matrix.shape, np.nan)
