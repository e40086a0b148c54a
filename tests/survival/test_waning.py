from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from families_of_curves import by_strategy, curves
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from hecon.errors import InputError
from hecon.survival.adjust import HazardRatio
from hecon.survival.base import Curve
from hecon.survival.exponential import Exponential
from hecon.survival.kaplan_meier_curve import KaplanMeier
from hecon.survival.lognormal import Lognormal
from hecon.survival.piecewise_exponential import PiecewiseExponential
from hecon.survival.waning import Waning
from hecon.survival.weibull import Weibull
from hecon.survival.weibull_ph import WeibullPH

TIMES = np.array([0.0, 0.5, 1.0, 1.3, 2.7, 4.0, 6.0])


def test_waning_of_a_constant_hazard_by_hand():
    """HR 0.5 to year 2, 1 from year 4: between them 0.5 x + x^2 / 8 hazards of 1, x years on."""
    curve = Waning(Exponential(0.2), 0.5, start=2, end=4)
    x = 1.4
    assert curve.cumulative_hazard(2.0) == pytest.approx(0.2, rel=1e-14)
    assert curve.cumulative_hazard(2 + x) == pytest.approx(0.2 + 0.2 * (0.5 * x + x**2 / 8), rel=1e-13)
    assert curve.cumulative_hazard(7.0) == pytest.approx(0.2 + 0.2 * 1.5 + 0.6, rel=1e-13)
    np.testing.assert_allclose(curve.hazard([1, 3, 5]), [0.1, 0.15, 0.2], rtol=1e-14)
    assert curve.knots() == (2.0, 4.0)


@pytest.mark.parametrize("shape", [0.4, 0.8, 1.7, 3.0])
@pytest.mark.parametrize(("start", "end"), [(0, 3), (1, 4), (0.2, 0.3)])
def test_against_the_closed_form_of_a_weibull(shape, start, end):
    """H0 = t^k: the integral of u dH0 is k / (k + 1) t^(k + 1)."""
    ratio = 0.4
    curve = Waning(WeibullPH(shape, 0.3), ratio, start, end)
    slope = (1 - ratio) / (end - start)

    def expected(t):
        early, until = min(t, start), min(max(t, start), end)
        moment = shape / (shape + 1) * (until ** (shape + 1) - start ** (shape + 1))
        rising = (ratio - slope * start) * (until**shape - start**shape) + slope * moment
        return 0.3 * (ratio * early**shape + rising + max(t**shape - end**shape, 0))

    for t in (0.05, 0.25, 1.0, 2.2, 3.9, 8.0):
        assert curve.cumulative_hazard(t) == pytest.approx(expected(t), rel=1e-9)


@given(curves(), st.floats(0.2, 3), st.floats(0, 3), st.floats(0.1, 4))
def test_it_lies_between_no_waning_and_no_effect(curve, ratio, start, lasts):
    waning = Waning(curve, ratio, start, start + lasts)
    hazards = [curve.cumulative_hazard(TIMES), HazardRatio(curve, ratio).cumulative_hazard(TIMES)]
    found = waning.cumulative_hazard(TIMES)
    scale = 1 + np.maximum(*hazards)
    assert np.all(found <= np.maximum(*hazards) + 1e-7 * scale)
    assert np.all(found >= np.minimum(*hazards) - 1e-7 * scale)
    assert waning.survival(0.0) == 1.0


@given(curves())
def test_a_ratio_of_1_changes_nothing(curve):
    same = Waning(curve, 1.0, 1.0, 2.0)
    np.testing.assert_allclose(same.survival(TIMES), curve.survival(TIMES), rtol=1e-12, atol=1e-250)


def test_against_quadrature_and_inversion():
    curve = Waning(Lognormal(0.3, 0.8), 0.45, 0.5, 3.0)
    for t in (0.4, 1.7, 5.0):
        kinks = [kink for kink in (0.5, 3.0) if kink < t] or None
        expected = integrate.quad(curve.hazard, 0, t, points=kinks, epsabs=0, epsrel=1e-12)[0]
        assert curve.cumulative_hazard(t) == pytest.approx(expected, rel=1e-10)
    assert curve.survival(curve.median()) == pytest.approx(0.5, rel=1e-12)


def test_the_grid_does_not_matter():
    curve = Waning(Weibull(1.3, 2), 0.5, 1, 3)
    at = np.linspace(0, 5, 501)
    np.testing.assert_array_equal(curve.survival(at)[::50], curve.survival(at[::50]))


def test_a_curve_with_kinks():
    curve = Waning(PiecewiseExponential([0, 1.7], [0.1, 0.5]), 0.5, 1, 3)
    expected = 0.5 * 0.1 + 0.1 * 0.7 * (0.5 + 0.175 / 2) + 0.5 * 1.3 * (0.675 + 1) / 2
    assert curve.cumulative_hazard(3.0) == pytest.approx(expected, rel=1e-12)
    steps = Waning(KaplanMeier([1.2, 2.0], [0.9, 0.6]), 0.5, 1, 3)
    expected = 0.55 * -np.log(0.9) + 0.75 * -np.log(0.6 / 0.9)
    assert steps.cumulative_hazard(4.0) == pytest.approx(expected, rel=1e-12)
    labelled = Waning(PiecewiseExponential([0, 1.7], [0.1, 0.5]), 0.5, 1, by_strategy(3.0))
    assert labelled.cumulative_hazard(4.0)[0] == pytest.approx(curve.cumulative_hazard(4.0), rel=2e-4)


def test_labelled_and_stacked():
    ratio, end = by_strategy(0.4, 1.0, 1.5), xr.DataArray([2.0, 5.0], dims="draw")
    curve = Waning(Weibull(1.2, by_strategy(2.0, 3.0, 4.0)), ratio, 1.0, end)
    found = curve.survival(TIMES)
    assert found.dims == ("draw", "strategy", "time")
    for draw in range(2):
        for place, scale in enumerate((2.0, 3.0, 4.0)):
            single = Waning(Weibull(1.2, scale), float(ratio[place]), 1.0, float(end[draw]))
            np.testing.assert_allclose(found[draw, place], single.survival(TIMES), rtol=1e-13)
    part = Waning(Weibull(1.2, by_strategy(2.0, 3.0, 4.0)), ratio, 1.0, end[1:])
    np.testing.assert_array_equal(part.survival(TIMES), found[1:])


def test_words_and_faults():
    curve = Waning(Exponential(0.2), 0.5, 2, 4)
    assert repr(curve) == "exponential (rate 0.2), with hazard ratio 0.5 waning to 1 from 2 to 4"
    assert isinstance(curve, Curve)
    with pytest.raises(InputError, match="must end after it starts"):
        Waning(Exponential(0.2), 0.5, 4, 4)
