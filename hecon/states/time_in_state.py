"""Time in state: the share of a state by the cycles it has been there, kept for that state alone.

Where a transition varies by time in state (dimension ``in_state``), its state is a tunnel: who enters stands at its
mouth, who stays moves on by one cycle. States that share a clock are tunnels side by side: who moves from one to the
other keeps the place, and moves on by one cycle, too. Only the places reached so far are held, for one edge at a time,
and only as far as somebody is there: a share of less than `NOBODY` of everybody is nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

#: Fewer than this share of everybody are nobody: all that is ever left out together is less than a digit of a total.
NOBODY = 1e-24
#: Cycles of time in a state that are told apart: the work of a run grows with their number times that of its cycles.
MOST_PLACES = 20_000
#: Steps after which it is looked how far a tunnel is empty; the places of which sums are taken side by side.
_SWEEP, _LANES = 64, 256


class ByTime(Protocol):
    """A value by step, on (time in state, rows)."""

    def at(self, step: int) -> np.ndarray:
        """Give the value in a step."""


class Tunnel:
    """Shares of one state by time in it: at place u stands who has been there for u cycles.

    The last place keeps those who stay longer than the values tell apart.
    """

    def __init__(self, longest: int, first: np.ndarray) -> None:
        self._shares = np.zeros((longest, len(first)))
        self._next = np.zeros((longest, len(first)))
        self._work = np.empty((longest, len(first)))
        self._shares[0] = first
        self._reached = 1
        self._steps = 0

    @property
    def too_long(self) -> bool:
        """Whether somebody has been in the state for more cycles than are told apart in reasonable time."""
        return self._reached > MOST_PLACES

    @property
    def shares(self) -> np.ndarray:
        """Shares at the places reached so far, on (places, rows)."""
        return self._shares[: self._reached]

    def weighed(self, values: np.ndarray) -> np.ndarray:
        """Sum of shares times values by time in state."""
        reached = self._reached
        return over_places(np.multiply(self.shares, longer(values, reached), out=self._work[:reached]))

    def moved(self, values: np.ndarray) -> np.ndarray:
        """Shares times values by time in state, place by place: who moves to another state with the same clock."""
        return self.shares * longer(values, self._reached)

    def step(self, stay: np.ndarray, entering: np.ndarray, joining: np.ndarray | None = None) -> np.ndarray:
        """Move on by one cycle: `stay` is the probability of staying, by time in state.

        `joining` come from states with the same clock and keep their place. Gives the share that stayed or joined.
        """
        reached, longest = self._reached, len(self._shares)
        stayed = np.multiply(self.shares, longer(stay, reached), out=self._work[:reached])
        if joining is not None:
            self._work[reached : len(joining)] = 0.0
            stayed = self._work[: max(reached, len(joining))]
            stayed[: len(joining)] += joining
        whole = over_places(stayed)
        kept = min(len(stayed), longest - 1)
        self._next[1 : kept + 1] = stayed[:kept]
        if len(stayed) == longest:
            if longest > 1:
                self._next[-1] += stayed[-1]
            else:
                entering = entering + whole
        self._next[0] = entering
        self._reached = min(len(stayed) + 1, longest)
        self._shares, self._next = self._next, self._shares
        self._steps += 1
        if self._steps % _SWEEP == 0:
            self._leave_nobody()
        return whole

    def _leave_nobody(self) -> None:
        """Hold no more places than somebody is at, each row looked at alone, so that no other changes a bit of it."""
        shares = self.shares
        shares[shares < NOBODY] = 0.0
        there = np.flatnonzero(shares.any(axis=1))
        self._reached = int(there[-1]) + 1 if len(there) else 1


def over_places(values: np.ndarray) -> np.ndarray:
    """Sum of (places, rows) over places: in an order that neither further empty places nor further rows change.

    >>> over_places(np.ones((1000, 2))).tolist()
    [1000.0, 1000.0]
    """
    places, rows = values.shape
    whole = places - places % _LANES
    lanes = values[:whole].reshape(-1, _LANES * rows).sum(axis=0).reshape(_LANES, rows)
    lanes[: places - whole] += values[whole:]
    while len(lanes) > 1:
        lanes = lanes[: len(lanes) // 2] + lanes[len(lanes) // 2 :]
    return lanes[0]


def added(one: np.ndarray | None, other: np.ndarray) -> np.ndarray:
    """Sum of two (places, rows), the shorter of which has nobody further on."""
    if one is None:
        return other
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    result = long.copy()
    result[: len(short)] += short
    return result


def step_together(
    tunnels: Mapping[int, Any], moves: Mapping[tuple[int, int], ByTime], step: int
) -> dict[int, np.ndarray | None]:
    """Give who joins each state from others with the same clock in a step, by the place they keep."""
    joining: dict[int, np.ndarray | None] = dict.fromkeys(tunnels)
    for (origin, target), value in moves.items():
        part = tunnels[origin].moved(value.at(step))
        joining[target] = added(joining[target], part)
    return joining


def walked_again(
    entries: Mapping[int, np.ndarray],
    stays: Mapping[int, ByTime],
    moves: Mapping[tuple[int, int], ByTime],
    begin: Callable[[int, np.ndarray], Any],
) -> Iterator[Mapping[int, Any]]:
    """Walk the tunnels of one clock by themselves, from who entered at each edge: gives them as they stand there.

    `entries` and `stays` by state; `moves` are the probabilities between states of the clock; `begin` makes a tunnel.
    """
    tunnels = {place: begin(place, entered[0]) for place, entered in entries.items()}
    yield tunnels
    for step in range(len(next(iter(entries.values()))) - 1):
        joining = step_together(tunnels, moves, step)
        for place, tunnel in tunnels.items():
            tunnel.step(stays[place].at(step), entries[place][step + 1], joining[place])
        yield tunnels


def longer(values: np.ndarray, places: int) -> np.ndarray:
    """Give values by time in state for this many places: the last one holds for longer stays."""
    if len(values) in (1, places):
        return values
    if len(values) > places:
        return values[:places]
    return np.concatenate([values, np.repeat(values[-1:], places - len(values), axis=0)])
