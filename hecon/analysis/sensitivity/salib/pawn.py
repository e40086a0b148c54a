"""PAWN: distances between the distribution of the outcome and its distribution given an input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import problem, salib
from hecon.analysis.sensitivity.salib.known import ALONE, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Design, Method, latin


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    found: Mapping[str, Any] = salib("analyze.pawn").analyze(problem(places.shape[1]), places, outcome)
    return found


METHOD = Method(
    n=2048,
    indices={"median": ("median", ""), "mean": ("mean", ""), "maximum": ("maximum", "")},
    rank="median",
    sample=latin,
    analyse=_analyse,
    reference="Pianosi and Wagener 2015, Environmental Modelling & Software 67, 1-11",
    # Of an outcome that is its first input, in ten slices: slice i is the larger of i / 10 and 1 - (i + 1) / 10 away.
    known=[
        KnownAnswer("median", (0.7, 0.0, 0.0), ALONE, n=8192),
        KnownAnswer("mean", (0.7, 0.0, 0.0), ALONE, n=8192),
        KnownAnswer("maximum", (0.9, 0.0, 0.0), ALONE, n=8192, absolute=0.08),
    ],
    least=100,
    given_data=True,
)
