from __future__ import annotations

import numpy as np
import pytest
from families_of_curves import by_strategy
from hypothesis import given
from hypothesis import strategies as st

from hecon.errors import HeconError, InputError
from hecon.survival.adjust import AccelerationFactor
from hecon.survival.exponential import Exponential
from hecon.survival.kaplan_meier_curve import KaplanMeier
from hecon.survival.piecewise_exponential import PiecewiseExponential
from hecon.survival.survival_table import SurvivalTable


@st.composite
def tables(draw, least=0.0):
    """Times and survival that never rises."""
    gaps = draw(st.lists(st.floats(0.01, 3), min_size=1, max_size=12))
    stays = draw(st.lists(st.floats(least, 1), min_size=len(gaps), max_size=len(gaps)))
    return np.cumsum(gaps), np.cumprod(stays)


# --- piecewise exponential ---


def test_piecewise_exponential_by_hand():
    curve = PiecewiseExponential([0, 1, 3], [0.2, 0.6, 0.05])
    at = np.array([0, 0.5, 1, 2, 3, 13])
    np.testing.assert_allclose(curve.cumulative_hazard(at), [0, 0.1, 0.2, 0.8, 1.4, 1.9], rtol=1e-14)
    np.testing.assert_array_equal(curve.hazard(at), [0.2, 0.2, 0.6, 0.6, 0.05, 0.05])
    hazards = np.array([0.1, 0.2, 0.8, 1.4, 1.9])
    np.testing.assert_allclose(curve.quantile(-np.expm1(-hazards)), [0.5, 1, 2, 3, 13], rtol=1e-12)
    assert curve.knots() == (1.0, 3.0)


def test_the_quantile_is_the_first_time_before_a_stretch_without_events():
    curve = PiecewiseExponential([0, 1, 2], [0.1, 0.0, 0.2])
    assert curve.quantile(-np.expm1(-0.1)) == pytest.approx(1.0, rel=1e-14)


def test_piecewise_exponential_with_labelled_rates():
    early, late = by_strategy(0.2, 0.4), by_strategy(0.1, 0.0)
    curve = PiecewiseExponential([0, 2], [early, late])
    for place, name in enumerate(["Isa-Pd", "Dara-Pd"]):
        single = PiecewiseExponential([0, 2], [float(early[place]), float(late[place])])
        for at in (0.0, 1.0, 2.0, 5.0):
            assert curve.survival(at).sel(strategy=name) == single.survival(at)
        assert curve.quantile(0.56).sel(strategy=name) == single.quantile(0.56)
    assert curve.quantile(0.9).values[1] == np.inf


def test_piecewise_exponential_under_a_labelled_stretch_of_time():
    rate = by_strategy(0.1, 0.3)
    stretched = AccelerationFactor(PiecewiseExponential([0, 1], [rate, 0.5]), by_strategy(2.0, 0.5))
    at = np.array([0.0, 0.4, 1.0, 1.9, 4.0])
    for place, (name, factor) in enumerate([("Isa-Pd", 2.0), ("Dara-Pd", 0.5)]):
        single = PiecewiseExponential([0, 1], [float(rate[place]), 0.5])
        np.testing.assert_allclose(stretched.survival(at).sel(strategy=name), single.survival(at / factor), rtol=1e-14)
        assert stretched.quantile(0.4).sel(strategy=name) == pytest.approx(factor * single.quantile(0.4))
    assert stretched.knots() == (0.5, 2.0)


def test_one_interval_is_the_exponential():
    at = np.linspace(0, 9, 10)
    np.testing.assert_array_equal(PiecewiseExponential([0], [0.3]).survival(at), Exponential(0.3).survival(at))


@pytest.mark.parametrize(
    ("times", "rates", "message"),
    [
        ([0, 1], [0.1], "2 times for 1"),
        ([1, 2], [0.1, 0.2], "begins at 1"),
        ([0, 2, 1], [0.1, 0.2, 0.3], "increase"),
        ([0], [-0.1], "is -0.1; it must be at least 0"),
        ([], [], "0 times"),
    ],
)
def test_faults_of_intervals(times, rates, message):
    with pytest.raises(InputError, match=message):
        PiecewiseExponential(times, rates)


# --- Kaplan-Meier ---


def test_kaplan_meier_is_a_right_continuous_step_function():
    curve = KaplanMeier([1, 2, 4], [0.9, 0.5, 0.0])
    at = [0, 0.99, 1, 1.5, 2, 3.9, 4, 100]
    assert curve.survival(at).tolist() == [1, 1, 0.9, 0.9, 0.5, 0.5, 0, 0]
    assert curve.quantile([0, 0.1, 0.11, 0.5, 0.51, 1]).tolist() == [0, 1, 2, 2, 4, 4]
    assert curve.restricted_mean(4.0) == pytest.approx(1 + 0.9 + 2 * 0.5, rel=1e-14)
    assert curve.knots() == (1, 2, 4)
    assert KaplanMeier([1], [0.7]).median() == np.inf


@given(tables(), st.floats(0.0, 1.0, allow_subnormal=False))
def test_kaplan_meier_quantile_is_the_first_time_at_or_below(table, share):
    times, survival = table
    curve = KaplanMeier(times, survival)
    low_enough = times[(survival <= (1 - share) * (1 + 1e-12)) & (survival < 1)]
    expected = 0.0 if share == 0 else (low_enough[0] if len(low_enough) else np.inf)
    assert curve.quantile(share) == expected


def test_kaplan_meier_with_labels_and_without_a_hazard():
    curve = KaplanMeier([1, 2], [by_strategy(0.9, 0.8), by_strategy(0.5, 0.4)])
    assert curve.survival([0.5, 1.5, 2]).values.tolist() == [[1, 0.9, 0.5], [1, 0.8, 0.4]]
    with pytest.raises(HeconError, match="no hazard"):
        curve.hazard(1.0)
    assert repr(KaplanMeier([1, 2], [0.9, 0.5])) == "Kaplan-Meier steps at 2 times to 2"


@pytest.mark.parametrize(
    ("times", "survival", "message"),
    [
        ([1, 2], [0.5, 0.6], "rises by 0.1"),
        ([1, 2], [0.5], "2 times for 1"),
        ([2, 1], [0.6, 0.5], "increase"),
        ([1], [1.2], "between 0 and 1"),
        ([0, 1], [0.9, 0.8], "at time 0"),
        ([-1, 1], [0.9, 0.8], "at least 0"),
    ],
)
@pytest.mark.parametrize("kind", [KaplanMeier, SurvivalTable])
def test_faults_of_tables(kind, times, survival, message):
    with pytest.raises(InputError, match=message):
        kind(times, survival)


# --- survival table ---


@given(tables(least=0.05), st.floats(0, 1))
def test_survival_table_passes_through_its_points_with_constant_hazard(table, share):
    times, survival = table
    curve = SurvivalTable(times, survival)
    np.testing.assert_allclose(curve.survival(times), survival, rtol=1e-12)
    starts = np.concatenate([[0.0], times])
    levels = np.concatenate([[1.0], survival])
    middle = starts[:-1] + share * np.diff(starts)
    expected = levels[:-1] ** (1 - share) * levels[1:] ** share
    np.testing.assert_allclose(curve.survival(middle), expected, rtol=1e-11)


def test_survival_table_beyond_its_last_point():
    times, survival = [1, 2], [0.8, 0.4]
    assert SurvivalTable(times, survival).survival(4.0) == pytest.approx(0.1)
    assert SurvivalTable(times, survival, beyond="no_events").survival(4.0) == pytest.approx(0.4)
    with pytest.raises(HeconError, match="ends at 2 and is asked for time 4"):
        SurvivalTable(times, survival, beyond="error").survival([1.0, 4.0])
    assert SurvivalTable(times, survival, beyond="error").quantile([0.5, 0.7])[1] == np.inf
    assert SurvivalTable(times, survival, beyond="error").median() == pytest.approx(1 + np.log(1.6) / np.log(2))
    assert SurvivalTable(times, survival, beyond="no_events").quantile(0.7) == np.inf
    with pytest.raises(InputError, match="Did you mean 'no_events'"):
        SurvivalTable(times, survival, beyond="no_event")


@pytest.mark.parametrize("beyond", ["last_hazard", "no_events"])
def test_survival_table_that_falls_to_0(beyond):
    curve = SurvivalTable([1, 2, 3], [0.5, 0.0, 0.0], beyond=beyond)
    at = np.array([0, 1, 1.5, 1.9, 2, 2.5, 3, 9])
    np.testing.assert_allclose(curve.survival(at), [1, 0.5, 0.25, 0.05, 0, 0, 0, 0], atol=1e-15)
    np.testing.assert_allclose(curve.hazard([0.5, 1.5, 1.9]), [np.log(2), 2, 10], rtol=1e-12)
    assert curve.quantile([0.75, 1.0]).tolist() == pytest.approx([1.5, 2.0])
    assert curve.restricted_mean(5.0) == pytest.approx(0.5 / np.log(2) + 0.25, rel=1e-10)


def test_survival_table_says_what_it_is():
    assert repr(SurvivalTable([1, 2], [0.8, 0.4])) == "survival table of 2 times to 2, then its last hazard"
