"""Time in state: the share of a state by the cycles it has been there, kept for that state alone.

Where a transition varies by time in state (dimension ``in_state``), its state is a tunnel: who enters stands at its
mouth, who stays moves on by one cycle. Only the places reached so far are held, for one edge at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np


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

    @property
    def shares(self) -> np.ndarray:
        """Shares at the places reached so far, on (places, rows)."""
        return self._shares[: self._reached]

    def weighed(self, values: np.ndarray) -> np.ndarray:
        """Sum of shares times values by time in state."""
        reached = self._reached
        part = np.multiply(self.shares, longer(values, reached), out=self._work[:reached])
        return part.sum(axis=0)

    def step(self, stay: np.ndarray, entering: np.ndarray) -> np.ndarray:
        """Move on by one cycle: `stay` is the probability of staying, by time in state. Gives the share that stayed."""
        reached, longest = self._reached, len(self._shares)
        stayed = np.multiply(self.shares, longer(stay, reached), out=self._work[:reached])
        total: np.ndarray = stayed.sum(axis=0)
        kept = min(reached, longest - 1)
        self._next[1 : kept + 1] = stayed[:kept]
        if reached == longest:
            if longest > 1:
                self._next[-1] += stayed[-1]
            else:
                entering = entering + total
        self._next[0] = entering
        self._reached = min(reached + 1, longest)
        self._shares, self._next = self._next, self._shares
        return total


def walked_again(entries: np.ndarray, stay: ByTime, longest: int) -> Iterator[Tunnel]:
    """Walk one tunnel by itself, from who entered at each edge (edges, rows): gives it as it stands at every edge."""
    tunnel = Tunnel(longest, entries[0])
    yield tunnel
    for step in range(len(entries) - 1):
        tunnel.step(stay.at(step), entries[step + 1])
        yield tunnel


def longer(values: np.ndarray, places: int) -> np.ndarray:
    """Give values by time in state for this many places: the last one holds for longer stays."""
    if len(values) in (1, places):
        return values
    if len(values) > places:
        return values[:places]
    return np.concatenate([values, np.repeat(values[-1:], places - len(values), axis=0)])
