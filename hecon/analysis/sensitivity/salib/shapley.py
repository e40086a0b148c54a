"""Shapley effects: the variance shared out fairly, what inputs cause together split between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import COVERAGE, problem, salib
from hecon.analysis.sensitivity.salib.known import ISHIGAMI, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Blueprint, Design, Method


def _sample(plan: Blueprint, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    raw = salib("sample.shapley").sample(problem(len(plan.players)), plan.n, seed=generator)
    return raw, _by_player(raw, plan, generator) if plan.grouped else raw


def _by_player(raw: np.ndarray, plan: Blueprint, generator: np.random.Generator) -> np.ndarray:
    """Turn a design of players into one of all their numbers: those of a player change together."""
    trajectories = raw.reshape(plan.n, -1, raw.shape[1])
    changed = (trajectories != trajectories[:, :1])[:, :, list(plan.player_of)]
    first, second = generator.random((2, plan.n, 1, len(plan.player_of)))
    return np.where(changed, second, first).reshape(-1, len(plan.player_of))


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    found: Mapping[str, Any] = salib("analyze.shapley").analyze(
        problem(places.shape[1]), places, outcome, conf_level=COVERAGE
    )
    return found


METHOD = Method(
    n=1024,
    indices={"shapley": ("shapley_normalized", "shapley_normalized_conf")},
    rank="shapley",
    sample=_sample,
    analyse=_analyse,
    reference="Goda 2021, Reliability Engineering & System Safety 213, 107702",
    # The first index, and half of what a and c cause together.
    known=[KnownAnswer("shapley", (0.4357, 0.4424, 0.1218), ISHIGAMI, n=8192)],
    groups=True,
)
