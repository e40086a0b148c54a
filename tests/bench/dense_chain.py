"""A dense chain: ten states, each of which leads to each, 480 monthly cycles; and the same by batched matrix products.

A module of its own, so that other processes find it.
"""

from __future__ import annotations

import numpy as np

import hecon as he

STATES = (*(f"S{place}" for place in range(9)), "dead")
CYCLES = 480


def matrices(draws: int = 10_000, seed: int = 1) -> np.ndarray:
    """Probabilities a month, (draws, states, states): most stay, nobody leaves the last."""
    drawn = np.random.default_rng(seed).dirichlet([60.0, *np.ones(9)], (draws, 10))
    for place in range(9):
        drawn[:, place] = np.roll(drawn[:, place], place, axis=-1)
    drawn[:, -1] = np.eye(10)[-1]
    return drawn


def floor(matrix: np.ndarray, rows: int = 512) -> np.ndarray:
    """Years in each state, discounted and not: (draws, 2, states); chunks of draws that fit the cache."""
    t = np.arange(CYCLES + 1) / 12
    half = np.stack([1.03 ** -((t[1:] + t[:-1]) / 2), np.ones(CYCLES)]) / 24
    weights = np.zeros((2, CYCLES + 1))
    weights[:, :-1] += half
    weights[:, 1:] += half
    years = np.empty((len(matrix), 2, 10))
    for first in range(0, len(matrix), rows):
        part = matrix[first : first + rows]
        share = np.zeros((len(part), 1, 10))
        share[:, 0, 0] = 1.0
        summed = weights[:, :1] * share
        for weight in weights[:, 1:].T:
            share = share @ part
            summed += weight[:, None] * share
        years[first : first + rows] = summed
    return years


def outcome(p: he.Parameters, time: he.Timeline) -> he.Outcome:
    """Life years and QALYs."""
    state = he.markov(time, he.Transitions.from_matrix(STATES, p.probability), STATES[0])
    years = he.years_in(time, state)
    return he.Outcome(state, [he.life_years("Life years", years, he.alive(state)), he.qaly("Time", years, p.utility)])


def case(matrix: np.ndarray) -> he.Case:
    """Give the batch."""
    values = {"probability": (("draw", "from", "to"), matrix), "utility": ("state", np.linspace(1, 0, 10))}
    settings = {"horizons": [CYCLES / 12], "cycle_length": 1, "cycle_unit": "month"}
    return he.Case(outcome, values, labels={"strategy": ["A"], "state": list(STATES)}, settings=settings)
