"""Borgonovo's delta: how far the whole distribution of the outcome moves when an input is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import COVERAGE, problem, salib
from hecon.analysis.sensitivity.salib.known import FIRST, ISHIGAMI, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Design, Method, latin

#: Each resample costs as much as the estimate itself.
_RESAMPLES = 10
#: As in SALib's own test.
_DELTA = (0.210, 0.358, 0.155)


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    found: Mapping[str, Any] = salib("analyze.delta").analyze(
        problem(places.shape[1]), places, outcome, num_resamples=_RESAMPLES, conf_level=COVERAGE
    )
    return found


METHOD = Method(
    n=4096,
    indices={"delta": ("delta_raw", "delta_raw_conf"), "first": ("S1", "S1_conf")},
    rank="delta",
    sample=latin,
    analyse=_analyse,
    reference="Borgonovo 2007, Reliability Engineering & System Safety 92(6), 771-784; from given data: Plischke, "
    "Borgonovo and Smith 2013, European Journal of Operational Research 226(3), 536-550",
    known=[KnownAnswer("delta", _DELTA, ISHIGAMI, n=10_000), KnownAnswer("first", FIRST, ISHIGAMI, n=10_000)],
    least=100,
    given_data=True,
    slow=True,
)
