"""Sobol indices: shares of the variance that each input causes alone, and with all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import RESAMPLED, problem, salib
from hecon.analysis.sensitivity.salib.known import FIRST, ISHIGAMI, TOTAL, Known
from hecon.analysis.sensitivity.salib.method import Blueprint, Design, Method


def _sample(plan: Blueprint, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    raw = salib("sample.sobol").sample(
        problem(len(plan.player_of), plan.groups), plan.n, calc_second_order=plan.second_order, scramble=True,
        skip_values=0, seed=generator,
    )  # fmt: skip
    return raw, raw


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    found: Mapping[str, Any] = salib("analyze.sobol").analyze(
        problem(places.shape[1], made.groups), outcome, calc_second_order=made.second_order, seed=generator, **RESAMPLED
    )
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
    known=[Known("first", FIRST, ISHIGAMI, n=4096), Known("total", TOTAL, ISHIGAMI, n=4096)],
    groups=True,
    second_order=True,
    refuses=_refuses,
)
