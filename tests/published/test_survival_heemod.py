"""Operators on curves against heemod (R): hazard ratio, acceleration factor, odds ratio, join, mix, added hazards."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hecon.survival.adjust import AccelerationFactor, HazardRatio, OddsRatio
from hecon.survival.combine import AddHazards, Join, Mix
from hecon.survival.conditional import conditional_probability
from hecon.survival.exponential import Exponential
from hecon.survival.weibull import Weibull

REFERENCE = json.loads((Path(__file__).parent / "data" / "heemod_curve_operators.json").read_text())
TIMES = np.array(REFERENCE["t"], dtype=float)

BASE = Weibull(shape=1.2, scale=4)
OTHER = Exponential(0.2)


@pytest.mark.parametrize(
    ("column", "curve"),
    [
        ("base_weibull_1.2_4", BASE),
        ("exp_.2", OTHER),
        ("hr_0.7", HazardRatio(BASE, 0.7)),
        ("or_0.7", OddsRatio(BASE, 0.7)),
        ("af_1.3", AccelerationFactor(BASE, 1.3)),
        ("join_at_4_weibull_then_exp", Join(BASE, OTHER, at=4)),
        ("mix_.3_.7", Mix([BASE, OTHER], [0.3, 0.7])),
        ("add_hazards", AddHazards(BASE, OTHER)),
    ],
)
def test_operator(column, curve):
    np.testing.assert_allclose(curve.survival(TIMES), REFERENCE[column], rtol=1e-10)


def test_an_acceleration_factor_stretches_time():
    assert AccelerationFactor(BASE, 1.3).survival(1.0) == pytest.approx(BASE.survival(1 / 1.3), rel=1e-14)
    assert REFERENCE["af_1.3"][1] == pytest.approx(BASE.survival(1 / 1.3), rel=1e-10)


def test_probability_by_cycle():
    found = conditional_probability(BASE, TIMES)
    np.testing.assert_allclose(found, REFERENCE["prob_weibull_cycles_1_10"], rtol=1e-10)
