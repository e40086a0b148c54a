"""FAST: the variance along a search curve that swings every input at a frequency of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import RESAMPLED, problem, salib
from hecon.analysis.sensitivity.salib.known import FIRST, ISHIGAMI, TOTAL, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Blueprint, Design, Method


def _sample(plan: Blueprint, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    raw = salib("sample.fast_sampler").sample(problem(len(plan.player_of)), plan.n, seed=generator)
    return raw, raw


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    found: Mapping[str, Any] = salib("analyze.fast").analyze(problem(places.shape[1]), outcome, **RESAMPLED)
    return found


METHOD = Method(
    n=257,
    indices={"first": ("S1", "S1_conf"), "total": ("ST", "ST_conf")},
    rank="total",
    sample=_sample,
    analyse=_analyse,
    reference="Saltelli, Tarantola and Chan 1999, Technometrics 41(1), 39-56",
    known=[KnownAnswer("first", FIRST, ISHIGAMI, n=4097), KnownAnswer("total", TOTAL, ISHIGAMI, n=4097)],
    least=65,
    note="the intervals of FAST come from resampling its search curve and are only indicative",
)
