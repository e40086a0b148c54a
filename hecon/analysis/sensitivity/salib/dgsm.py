"""DGSM: mean squared slopes, and the upper bounds of the total Sobol indices that they give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import RESAMPLED, between_levels, problem, salib
from hecon.analysis.sensitivity.salib.known import ISHIGAMI, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Blueprint, Design, Method


def _sample(plan: Blueprint, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    raw = salib("sample.finite_diff").sample(problem(len(plan.player_of)), plan.n, seed=generator)
    return raw, between_levels(raw)


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    found = dict(salib("analyze.dgsm").analyze(problem(places.shape[1]), places, outcome, **RESAMPLED))
    # SALib's interval is that of the mean squared slope: bring it to the scale of the index it stands beside.
    base = outcome[:: len(made.players) + 1]
    found["dgsm_conf"] = np.asarray(found["dgsm_conf"]) / (np.pi**2 * base.var())
    return found


METHOD = Method(
    n=256,
    indices={"upper_bound_of_total": ("dgsm", "dgsm_conf"), "mean_squared_slope": ("vi", "")},
    rank="upper_bound_of_total",
    sample=_sample,
    analyse=_analyse,
    reference="Sobol and Kucherenko 2009, Mathematics and Computers in Simulation 79(10), 3009-3017",
    # (2 pi)^2 E[slope^2] / (pi^2 V), where E[slope^2] is (1 + pi^4 / 25 + pi^8 / 900) / 2, 49 / 2 and 2 pi^6 / 175, and
    # the variance V is 13.845.
    known=[KnownAnswer("upper_bound_of_total", (2.230, 7.078, 3.174), ISHIGAMI, n=1024)],
)
