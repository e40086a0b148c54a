"""RBD-FAST: first-order indices from any sample, by the Fourier spectrum of the sorted outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import RESAMPLED, problem, salib
from hecon.analysis.sensitivity.salib.known import FIRST, ISHIGAMI, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Design, Method, latin


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    found: Mapping[str, Any] = salib("analyze.rbd_fast").analyze(
        problem(places.shape[1]), places, outcome, seed=generator, **RESAMPLED
    )
    return found


METHOD = Method(
    n=2048,
    indices={"first": ("S1", "S1_conf")},
    rank="first",
    sample=latin,
    analyse=_analyse,
    reference="Tarantola, Gatelli and Mara 2006, Reliability Engineering & System Safety 91(6), 717-727",
    known=[KnownAnswer("first", FIRST, ISHIGAMI, n=8192)],
    least=64,
    given_data=True,
)
