"""Sobol indices: shares of the variance that each input causes alone, and with all others.

The design and the indices are those of SALib's `sample` and `analyze`. Both of them loop over single numbers, so the
design is laid out here in one array from the same scrambled sequence, and SALib's estimators are called on whole
arrays. A resample of rows enters by how often it holds each row: every estimator is a mean over rows, divided by the
variance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import COVERAGE, RESAMPLES, salib
from hecon.analysis.sensitivity.salib.known import FIRST, ISHIGAMI, TOTAL, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Blueprint, Design, Method
from hecon.products import contract


def _sample(plan: Blueprint, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lay out, for each row of the sequence: A, A with each player's numbers of B, (B with those of A), B."""
    from scipy.stats import qmc

    size, players = len(plan.player_of), len(plan.players)
    sequence = qmc.Sobol(d=2 * size, scramble=True, seed=generator).random(plan.n)
    a, b = sequence[:, :size], sequence[:, size:]
    rows = np.empty((plan.n, 2 + players * (1 + plan.second_order), size))
    rows[:, : 1 + players], rows[:, 1 + players :] = a[:, None], b[:, None]
    for player in range(players):
        own = np.flatnonzero(np.asarray(plan.player_of) == player)
        rows[:, 1 + player][:, own] = b[:, own]
        if plan.second_order:
            rows[:, 1 + players + player][:, own] = a[:, own]
    raw = rows.reshape(-1, size)
    return raw, raw


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    from scipy.stats import norm

    estimators, players = salib("analyze.sobol"), len(made.players)
    answers = ((outcome - outcome.mean()) / outcome.std()).reshape(made.n, -1)
    # Every input has a column; those of A and B stand beside each of them.
    a, b = (np.repeat(answers[:, [place]], players, axis=1) for place in (0, -1))
    ab = answers[:, 1 : players + 1]
    resamples = generator.integers(made.n, size=(made.n, RESAMPLES))
    counts = np.stack([np.bincount(rows, minlength=made.n) for rows in resamples.T]).astype(float)
    ends = answers[:, [0, -1]]
    mean = contract(counts, ends).sum(axis=1) / (2 * made.n)
    variance = (contract(counts, ends**2).sum(axis=1) / (2 * made.n) - mean**2)[:, None]

    def resampled(terms: np.ndarray) -> np.ndarray:
        """Means of terms (row, index) in every resample over its variance: (resample, index)."""
        means = contract(counts, terms) / made.n
        return np.divide(means, variance, out=np.zeros_like(means), where=variance > np.finfo(float).eps)

    def half_width(indices: np.ndarray) -> np.ndarray:
        return np.asarray(norm.ppf(0.5 + COVERAGE / 2) * indices.std(axis=0, ddof=1))

    first = resampled(b * (ab - a))
    found = {
        "S1": estimators.first_order(a, ab, b),
        "S1_conf": half_width(first),
        "ST": estimators.total_order(a, ab, b),
        "ST_conf": half_width(resampled(0.5 * (a - ab) ** 2)),
    }
    if made.second_order:
        ba = answers[:, players + 1 : -1]
        found["S2"], found["S2_conf"] = np.full((2, players, players), np.nan)
        for j in range(players - 1):
            k = slice(j + 1, players)
            abj, baj = (np.repeat(block[:, [j]], players - j - 1, axis=1) for block in (ab, ba))
            found["S2"][j, k] = estimators.second_order(a[:, k], abj, ab[:, k], baj, b[:, k])
            together = resampled(baj * ab[:, k] - a[:, k] * b[:, k])
            found["S2_conf"][j, k] = half_width(together - first[:, [j]] - first[:, k])
    return found


def _refuses(plan: Blueprint) -> str:
    if plan.n & (plan.n - 1) == 0:
        return ""
    below = 1 << (plan.n.bit_length() - 1)
    return f"n is {plan.n:,}; a Sobol sample needs a power of 2, such as {below:,} or {2 * below:,}"


METHOD = Method(
    n=1024,
    indices={"first": ("S1", "S1_conf"), "total": ("ST", "ST_conf")},
    rank="total",
    sample=_sample,
    analyse=_analyse,
    reference="Saltelli et al. 2010, Computer Physics Communications 181(2), 259-270, table 2 (b) and (f)",
    known=[KnownAnswer("first", FIRST, ISHIGAMI, n=4096), KnownAnswer("total", TOTAL, ISHIGAMI, n=4096)],
    groups=True,
    second_order=True,
    refuses=_refuses,
)
