"""Curves that cannot be built: their place, the column of Curves, and what is wrong, in words."""

import pytest

from hecon.inputs.checks.curves import CurveInUse, Evidence, faults_of
from hecon.survival.curve_rows import TIME_VARYING

NEW, OS = "New treatment", "overall_survival"
PLACE, REFERENCE = (NEW, OS), ("Standard care", OS)
OWN = CurveInUse(family="exponential")


def faults(effects, choice, others=(REFERENCE,)):
    """What is wrong with the curve of the new treatment, whose effects are these."""
    curves = {PLACE: choice, **dict.fromkeys(others, OWN)}
    rates = {(*place, "exponential"): {"rate": 0.1} for place in curves}
    found = Evidence(rates, {(name, *PLACE): value for name, value in effects.items()}, frozenset())
    return [(column, what) for place, column, what in faults_of(curves, found) if place == PLACE]


@pytest.mark.parametrize(("end", "wrong"), [(12.0, False), (6.0, True), (3.0, True)])
def test_waning_ends_after_it_starts(end, wrong):
    choice = CurveInUse(reference="Standard care", effect="hazard_ratio", waning="linear")
    found = faults({"hazard_ratio": 0.7, "waning_start": 6.0, "waning_end": end}, choice)
    rule = f"waning_end is {end:g}, waning_start 6; waning ends after it starts"
    assert found == ([("waning", rule)] if wrong else [])


@pytest.mark.parametrize(("since", "wrong"), [(None, False), (3.0, False), (6.0, True), (9.0, True)])
def test_a_landmark_is_after_the_time_since_which_it_is_told(since, wrong):
    given = {"landmark_time": 6.0, "landmark_survival": 0.5}
    given |= {} if since is None else {"landmark_since": since}
    found = faults(given, CurveInUse("exponential", landmark="yes"))
    words = f"landmark_time is 6, landmark_since {since or 0:g}; the curve is held at a time after that"
    assert found == ([("landmark", words)] if wrong else [])


@pytest.mark.parametrize(("second", "wrong"), [(12.0, False), (6.0, True), (5.0, True)])
def test_the_times_of_a_varying_hazard_ratio_increase(second, wrong):
    ratios = {"hazard_ratio_1": 0.5, "hazard_ratio_2": 0.7, "hazard_ratio_3": 0.9}
    ends = {"hazard_ratio_until_1": 6.0, "hazard_ratio_until_2": second}
    found = faults(ratios | ends, CurveInUse(reference="Standard care", effect=TIME_VARYING))
    words = f"the times hazard_ratio_until_1, ... of {NEW}, {OS} must increase"
    assert found == ([("effect", words)] if wrong else [])


def test_a_curve_is_made_from_curves_that_are_there():
    choice = CurveInUse(reference="Standard care", effect="same")
    assert faults({}, choice) == []
    assert faults({}, choice, ()) == [
        ("reference", f"the reference curve Standard care, {OS} is not on the Curves sheet")
    ]
    wanes = CurveInUse(family="exponential", wanes_to="Standard care")
    times = {"waning_start": 6.0, "waning_end": 12.0}
    assert faults(times, wanes) == []
    assert faults(times, wanes, ()) == [("wanes_to", f"the curve Standard care, {OS} is not on the Curves sheet")]


@pytest.mark.parametrize(
    ("choice", "column"),
    [
        (CurveInUse(reference="A", effect=TIME_VARYING), "effect"),
        (CurveInUse(reference="A", effect="hazard_ratio", waning="linear"), "waning"),
        (CurveInUse(family="weibull", wanes_to="A"), "wanes_to"),
        (CurveInUse(family="weibull", landmark="yes"), "landmark"),
        (CurveInUse(reference="A", effect="hazard_ratio", landmark="no"), ""),
    ],
)
def test_what_stands_at_a_time_needs_its_unit(choice, column):
    assert choice.needs_time == column
