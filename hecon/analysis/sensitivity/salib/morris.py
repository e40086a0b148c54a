"""Elementary effects: how far the outcome follows one step of an input, from many places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import RESAMPLED, between_levels, problem, salib
from hecon.analysis.sensitivity.salib.known import ISHIGAMI, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Blueprint, Design, Method

#: Levels that an input moves between.
_LEVELS = 4
#: Means of the absolute effects over every step between the four levels, enumerated.
_EFFECTS = (7.6765, 7.7688, 6.1837)


def _sample(plan: Blueprint, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    cube = problem(len(plan.player_of), plan.groups)
    raw = salib("sample.morris").sample(cube, plan.n, num_levels=_LEVELS, seed=generator)
    return raw, between_levels(raw)


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    cube = problem(places.shape[1], made.groups)
    found: Mapping[str, Any] = salib("analyze.morris").analyze(
        cube, places, outcome, num_levels=_LEVELS, seed=generator, **RESAMPLED
    )
    return found


METHOD = Method(
    n=64,
    indices={
        "mean_absolute_effect": ("mu_star", "mu_star_conf"),
        "mean_effect": ("mu", ""),
        "sd_of_effects": ("sigma", ""),
    },
    rank="mean_absolute_effect",
    sample=_sample,
    analyse=_analyse,
    reference="Campolongo, Cariboni and Saltelli 2007, Environmental Modelling & Software 22(10), 1509-1518",
    known=[KnownAnswer("mean_absolute_effect", _EFFECTS, ISHIGAMI, n=1024)],
    groups=True,
)
