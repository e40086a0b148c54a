"""Outcomes on a grid of inputs, many of which they follow on straight lines: few cases are run, the others follow.

A price multiplies what is counted, so that every sum of a model is straight in it: between two of its values a and b it
is f(a) + (x - a) / (b - a) (f(b) - f(a)). Whether an outcome is, is not assumed but tried: at a third value of the
input, beside every value at which the others are run. Along an input that bends an outcome, every value is run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from hecon.frozen import frozen

#: By how much the third value may miss the straight line, relative to the outcomes at its ends: rounding.
_ROUNDING = 1e-12

#: Outcomes by name on (case, ...) of values (case, input).
Evaluate = Callable[[np.ndarray], Mapping[str, np.ndarray]]


@frozen
class OnGrid:
    """Outcomes by name on a side for each input and then what is told of a case.

    `straight` are the places of the inputs in which all of them are straight, `runs` is how many cases were run.
    """

    sides: Sequence[np.ndarray]
    outcomes: Mapping[str, np.ndarray]
    straight: tuple[int, ...]
    runs: int

    def along_first(self, values: np.ndarray, others: Sequence[int]) -> dict[str, np.ndarray]:
        """Give outcomes at a value of the first input, which is straight, for each of some places of the others."""
        share, found = _share(self.sides[0], values), {}
        for name, own in self.outcomes.items():
            told = own.shape[len(self.sides) :]
            first, last = (own[end].reshape(-1, *told)[others] for end in (0, -1))
            found[name] = first + share.reshape(-1, *(1,) * len(told)) * (last - first)
        return found


def on_grid(evaluate: Evaluate, sides: Sequence[np.ndarray], bent: Collection[int] = ()) -> OnGrid:
    """Give the outcomes of every combination of the values of some inputs, each a side of increasing values.

    `bent` are places of inputs of which every value is run. An input with no more values than a trial takes is run
    in full, too.

    >>> found = on_grid(lambda x: {"cost": x[:, 0] * x[:, 1] ** 2}, [np.linspace(0, 1, 11), np.linspace(1, 2, 11)])
    >>> found.straight, found.runs, found.outcomes["cost"].shape
    ((0,), 33, (11, 11))
    """
    places = [_places(len(side), place in bent) for place, side in enumerate(sides)]
    few = [side[own] for side, own in zip(sides, places, strict=True)]
    values = combinations(few)
    shape = tuple(map(len, few))
    outcomes = {name: array.reshape(*shape, *array.shape[1:]) for name, array in evaluate(values).items()}
    tried = [place for place, side in enumerate(sides) if shape[place] < len(side)]
    bending = [place for place in tried if not all(_is_straight(own, place, few[place]) for own in outcomes.values())]
    if bending:
        return on_grid(evaluate, sides, {*bent, *bending})
    for place in tried:
        share = _share(few[place], sides[place])
        outcomes = {name: _stretched(own, place, share) for name, own in outcomes.items()}
    return OnGrid(sides, outcomes, tuple(tried), len(values))


def combinations(sides: Sequence[np.ndarray]) -> np.ndarray:
    """Give every combination of the values of some inputs (case, input), the last one fastest."""
    grids = np.meshgrid(*sides, indexing="ij")
    return np.stack([grid.ravel() for grid in grids], axis=1) if sides else np.empty((1, 0))


def _share(side: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where values lie between the ends of a side."""
    return np.asarray((values - side[0]) / (side[-1] - side[0]))


def _stretched(outcomes: np.ndarray, place: int, share: np.ndarray) -> np.ndarray:
    """Give outcomes at shares of the way from the first value of an input to its last one."""
    first, last = (outcomes.take([end], axis=place) for end in (0, -1))
    return np.asarray(first + share.reshape(-1, *(1,) * (outcomes.ndim - place - 1)) * (last - first))


def _places(size: int, is_bent: bool) -> np.ndarray:
    """Places of the values at which an input is run: all, or the ends and one nearer to the first than to the last."""
    return np.arange(size) if is_bent or size <= 3 else np.array([0, (size - 1) * 3 // 8, size - 1])


def _is_straight(outcomes: np.ndarray, place: int, side: np.ndarray) -> bool:
    off = np.abs(_stretched(outcomes, place, _share(side, side)) - outcomes)
    return bool((off <= _ROUNDING * np.abs(outcomes).max(axis=place, keepdims=True)).all())
