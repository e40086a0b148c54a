"""What describes individual data refuses what it cannot answer, and says which argument it is and what it may be."""

import numpy as np
import pytest

import hecon as he
from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier

TIMES, EVENTS = np.arange(1.0, 25.0), np.tile([1, 1, 0], 8)
ESTIMATE = kaplan_meier(TIMES, EVENTS)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"until": 0}, "until +is 0; it must be a number above 0"),
        ({"times": [1.0, 30.0], "until": 12}, "times +must lie between 0 and the end of smoothing, 12"),
        ({"bandwidth": "locale"}, "bandwidth +is 'locale'; give local, global or a number"),
        ({"bandwidth": -1.0}, "bandwidth +is -1; it must be above 0"),
    ],
)
def test_a_smoothed_hazard_says_what_it_cannot_take(asked, words):
    with pytest.raises(he.InputError, match=words):
        he.survival.smoothed_hazard(ESTIMATE, **asked)


def test_two_events_make_no_smoothed_hazard():
    with pytest.raises(he.HeconError, match="at least 3 events; use piecewise_hazard"):
        he.survival.smoothed_hazard(kaplan_meier(TIMES, TIMES < 3), until=12)


def test_proportional_hazards_are_tested_as_the_fit_was_made():
    covariates = {"x": TIMES % 5}
    found = he.survival.cox(TIMES, EVENTS, covariates)
    with pytest.raises(he.InputError, match=r"transform +is 'kn'; it must be one of .*\bkm\b"):
        found.proportional_hazards("kn")
    exact = he.survival.cox(TIMES, EVENTS, covariates, ties="exact")
    with pytest.raises(he.HeconError, match="needs ties 'efron' or 'breslow'"):
        exact.proportional_hazards()
