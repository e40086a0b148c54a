"""HDMR: the outcome taken apart into functions of single inputs and pairs, and the variance of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.analysis.sensitivity.salib.bridge import problem, salib
from hecon.analysis.sensitivity.salib.known import FIRST, ISHIGAMI, TOTAL, KnownAnswer
from hecon.analysis.sensitivity.salib.method import Blueprint, Design, Method, latin

#: Largest number of inputs: every pair of them is fitted.
_INPUTS = 12
#: Fits on resamples, for the intervals.
_FITS = 5


def _analyse(
    made: Design, outcome: np.ndarray, places: np.ndarray, generator: np.random.Generator
) -> Mapping[str, Any]:
    order = 6 if places.shape[1] <= 5 else 3
    found: Mapping[str, Any] = salib("analyze.enhanced_hdmr").analyze(
        problem(places.shape[1]), places, outcome, max_order=2, poly_order=order, bootstrap=_FITS
    )
    return found


def _refuses(plan: Blueprint) -> str:
    count = len(plan.player_of)
    return f"method 'hdmr' fits every pair of inputs, so at most {_INPUTS}; there are {count}" * (count > _INPUTS)


METHOD = Method(
    n=1024,
    indices={"first": ("Sa", "Sa_conf"), "total": ("ST", "ST_conf")},
    rank="total",
    sample=latin,
    analyse=_analyse,
    reference="Li et al. 2010, Journal of Physical Chemistry A 114(19), 6022-6032",
    known=[
        KnownAnswer("first", FIRST, ISHIGAMI, n=1024, absolute=0.08, relative=0),
        KnownAnswer("total", TOTAL, ISHIGAMI, n=1024, absolute=0.08, relative=0),
    ],
    least=600,
    given_data=True,
    refuses=_refuses,
    slow=True,
)
