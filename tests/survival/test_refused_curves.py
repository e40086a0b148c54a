"""Curves refuse what they cannot be: the argument, the rule and what was found stand in one message."""

import numpy as np
import pytest
import xarray as xr

import hecon as he
from hecon.errors import InputError, UnknownNameError
from hecon.survival.base import Curve
from hecon.survival.combine import Chosen, Join
from hecon.survival.exponential import Exponential
from hecon.survival.fitting.summaries import published
from hecon.survival.spline import Spline
from hecon.survival.survival_table import SurvivalTable

GAMMAS, KNOTS = (-3.0, 1.2, 0.1), (0.0, 1.0, 2.0)


def test_a_spline_is_of_a_known_scale_with_a_knot_for_each_coefficient_and_falls():
    assert isinstance(Spline(GAMMAS, KNOTS), Curve)
    for arguments, words in (
        ((GAMMAS, KNOTS, "hazards"), "scale .*is 'hazards'; it must be one of hazard, odds, normal"),
        ((GAMMAS, KNOTS[:2]), "log_knots .*has 2 knots for 3 gammas; give as many, at least 2"),
        ((GAMMAS[:1], KNOTS[:1]), "log_knots .*has 1 knots for 1 gammas; give as many, at least 2"),
        ((GAMMAS, (0.0, 1.0, 1.0)), "log_knots .*must be finite and increase from one to the next"),
        (((-3.0, -1.0, 0.0), KNOTS), r"gammas .*give a spline that falls \(slope -1\), so survival would rise"),
    ):
        with pytest.raises(InputError, match=words):
            Spline(*arguments)


def test_a_table_has_each_time_once_and_one_after_0():
    with pytest.raises(InputError, match=r"holds time 1 twice \(places 2 and 3\); give each time once"):
        SurvivalTable((0, 1, 1, 2), (1, 0.8, 0.7, 0.5))
    with pytest.raises(InputError, match=r"times .*has no time after 0; give at least one"):
        SurvivalTable((0,), (1,))


def test_a_choice_is_the_number_of_one_of_its_curves():
    curves = (Exponential(0.1), Exponential(0.3))
    assert Chosen(curves, 2).survival([1.0]).item() == pytest.approx(np.exp(-0.3))
    with pytest.raises(InputError, match=r"number .*is 3; it must be the number of one of 2 curves"):
        Chosen(curves, 3)
    numbers = xr.DataArray([1.0, 1.5], dims="draw")
    with pytest.raises(InputError, match="it must be the number of one of 2 curves"):
        Chosen(curves, numbers)


def test_a_curve_that_is_joined_at_time_0_has_the_knots_of_the_second():
    table = SurvivalTable((0, 1, 2), (1, 0.8, 0.5))
    assert Join(Exponential(0.1), table, at=0.0).knots() == table.knots()
    assert Join(Exponential(0.1), table, at=1.5).knots() == (1.5, 2.0)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_lies_between_0_and_1(level):
    words = f"level .*is {level:g}(.0)?; it must lie between 0 and 1"
    with pytest.raises(InputError, match=words):
        published("median", 10.0, 8.0, 13.0, level=level)
    with pytest.raises(InputError, match=words):
        he.survival.fit("exponential", [1, 2, 3], [1, 1, 0]).intervals(level)


def test_a_published_median_with_its_standard_error_is_as_one_with_its_interval():
    z = 1.959963984540054
    interval = published("median", 10.0, 10 * np.exp(-z * 0.1), 10 * np.exp(z * 0.1))
    given = published("median", 10.0, standard_error=0.1)
    assert given.error == pytest.approx(interval.error) == 0.1


def test_a_covariate_varies_and_a_curve_is_wanted_at_a_number_of_it():
    times, events, age = np.arange(1.0, 9.0), [1, 1, 0, 1, 1, 1, 0, 1], np.array([4.0, 1, 5, 3, 2, 6, 7, 8])
    with pytest.raises(InputError, match=r"age .*is 4 in every row; a covariate must vary"):
        he.survival.fit("exponential", times, events, covariates={"age": np.full(8, 4.0)})
    found = he.survival.fit("exponential", times, events, covariates={"age": age})
    with pytest.raises(InputError, match=r"age .*is 'old'; it must be a number"):
        found.curve_at(age="old")


def test_groups_and_horizons_of_patients():
    times, events = [2, 3, 3, 5, 8], [1, 1, 0, 1, 0]
    with pytest.raises(InputError, match="has 2 rows, but time has 5; give one for each patient"):
        he.survival.log_rank(times, events, ["a", "b"])
    estimate = he.survival.kaplan_meier(times, events)
    for horizon in (0, -1, float("inf")):
        with pytest.raises(InputError, match=f"horizon .*is {horizon:g}; it must be a number above 0"):
            he.survival.restricted_mean(estimate, horizon)


def test_a_label_of_a_curve_is_one_it_has():
    rate = xr.DataArray([0.1, 0.2], dims="strategy", coords={"strategy": ["New", "Standard"]})
    with pytest.raises(UnknownNameError, match=r"there is no strategy 'Newer' \(New, Standard\). Did you mean 'New'\?"):
        Exponential(rate).select(strategy="Newer")
