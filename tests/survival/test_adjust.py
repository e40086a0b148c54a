from __future__ import annotations

import numpy as np
import pytest
from families_of_curves import by_strategy, curves, random_curve
from hypothesis import given
from hypothesis import strategies as st

from hecon.errors import InputError
from hecon.survival.adjust import AccelerationFactor, HazardRatio, OddsRatio, Rescaled, Shift
from hecon.survival.base import Curve
from hecon.survival.exponential import Exponential
from hecon.survival.gompertz import Gompertz
from hecon.survival.loglogistic import LogLogistic
from hecon.survival.lognormal import Lognormal
from hecon.survival.piecewise_exponential import PiecewiseExponential
from hecon.survival.survival_table import SurvivalTable
from hecon.survival.weibull import Weibull
from hecon.survival.weibull_ph import WeibullPH

TIMES = np.array([0.0, 0.01, 0.3, 1.0, 2.5, 7.0, 30.0])
SHARES = np.array([0.0, 1e-6, 0.2, 0.5, 0.97])
LABELLED = by_strategy(0.4, 1.0, 2.2)

ADJUSTMENTS = {
    "hazard ratio": lambda curve, size: HazardRatio(curve, size),
    "acceleration factor": lambda curve, size: AccelerationFactor(curve, size),
    "odds ratio": lambda curve, size: OddsRatio(curve, size),
    "shift later": lambda curve, size: Shift(curve, size),
    "shift earlier": lambda curve, size: Shift(curve, -1 * size),
    "nested": lambda curve, size: OddsRatio(AccelerationFactor(HazardRatio(curve, size), 1.4), 0.8),
}
every_adjustment = pytest.mark.parametrize("adjust", ADJUSTMENTS.values(), ids=ADJUSTMENTS)


@given(curves())
def test_a_ratio_of_1_changes_nothing(curve):
    ratios = (kind(curve, 1) for kind in (HazardRatio, AccelerationFactor, OddsRatio, Rescaled))
    for same in (*ratios, Shift(curve, 0)):
        np.testing.assert_allclose(same.survival(TIMES), curve.survival(TIMES), rtol=1e-12, atol=1e-250)
        np.testing.assert_allclose(same.hazard(TIMES[1:]), curve.hazard(TIMES[1:]), rtol=1e-12)


@every_adjustment
def test_against_the_general_formulas(adjust):
    """Hazards and quantiles in closed form against the slope and the inversion of H."""
    for curve in (Weibull(1.4, 2.0), LogLogistic(2.0, 1.5), Gompertz(-0.1, 0.5), Lognormal(0.2, 0.9)):
        adjusted = adjust(curve, 0.7)
        at = np.array([0.05, 0.3, 1.1, 2.5, 4.0])
        with np.errstate(divide="ignore"):
            slope = Curve._hazard(adjusted, at, adjusted.axes)
        np.testing.assert_allclose(adjusted.hazard(at), slope, rtol=1e-6, atol=1e-9)
        hazards = np.array([1e-4, 0.1, 0.8, 1.5])
        with np.errstate(divide="ignore"):
            inverse = Curve._time_at(adjusted, hazards, adjusted.axes)
        np.testing.assert_allclose(adjusted.quantile(-np.expm1(-hazards)), inverse, rtol=1e-9)
        np.testing.assert_allclose(adjusted.survival(at), np.exp(-adjusted.cumulative_hazard(at)), rtol=1e-13)
        assert adjusted.survival(0.0) == 1.0


@every_adjustment
def test_labelled_adjustments_are_the_stacked_ones(adjust):
    curve = random_curve("weibull", draws=5)
    whole = adjust(curve, LABELLED)
    for draw in range(5):
        for place in range(3):
            alone = Weibull(float(curve.shape[draw, place]), float(curve.scale[draw, place]))
            single = adjust(alone, float(LABELLED[place]))
            np.testing.assert_allclose(whole.survival(TIMES)[draw, place], single.survival(TIMES), rtol=1e-13)
            np.testing.assert_allclose(whole.hazard(TIMES)[draw, place], single.hazard(TIMES), rtol=1e-13)
            np.testing.assert_allclose(whole.quantile(SHARES)[draw, place], single.quantile(SHARES), rtol=1e-12)


@every_adjustment
def test_a_draw_has_the_same_bits_in_any_block(adjust):
    curve = random_curve("lognormal", draws=33)
    whole = adjust(curve, LABELLED)
    at = np.linspace(0, 5, 200)
    for block in (slice(0, 1), slice(2, 33)):
        part = adjust(Lognormal(curve.meanlog[block], curve.sdlog[block]), LABELLED)
        np.testing.assert_array_equal(part.survival(at).values, whole.survival(at).values[block])
        np.testing.assert_array_equal(part.at_edges(at)[0], whole.at_edges(at)[0][block])


def test_closed_forms_of_families_under_adjustment():
    for adjusted, same in (
        (HazardRatio(WeibullPH(1.3, 0.4), 0.7), WeibullPH(1.3, 0.28)),
        (AccelerationFactor(Weibull(1.3, 2), 1.5), Weibull(1.3, 3)),
        (OddsRatio(LogLogistic(1.3, 2), 0.5), LogLogistic(1.3, 2 * 2 ** (1 / 1.3))),
        (Shift(Exponential(0.3), -4), Exponential(0.3)),
        (Shift(Gompertz(0.2, 0.3), -2), Gompertz(0.2, 0.3 * np.exp(0.4))),
    ):
        np.testing.assert_allclose(adjusted.survival(TIMES), same.survival(TIMES), rtol=1e-12)
        np.testing.assert_allclose(adjusted.hazard(TIMES), same.hazard(TIMES), rtol=1e-12)
    assert Shift(Exponential(0.3), 2).survival([0, 2, 3]).tolist() == pytest.approx([1, 1, np.exp(-0.3)])
    assert Shift(Exponential(0.3), 2).knots() == (2.0,)


@given(st.floats(1e-3, 50), st.floats(1e-12, 690))
def test_odds_of_any_size(ratio, hazard):
    curve = OddsRatio(Exponential(1.0), ratio)
    if hazard < 30:
        expected = np.log1p(ratio * np.expm1(hazard))
        assert curve.cumulative_hazard(hazard) == pytest.approx(expected, rel=1e-12 * max(1, 1 / ratio))
    else:
        assert curve.cumulative_hazard(hazard) == pytest.approx(hazard + np.log(ratio), rel=1e-9)


def test_months_become_years():
    months = Weibull(1.2, 18)
    years = Rescaled(months, 1 / 12, "months")
    np.testing.assert_allclose(years.survival(TIMES), months.survival(12 * TIMES), rtol=1e-14)
    np.testing.assert_allclose(years.hazard(TIMES), 12 * months.hazard(12 * TIMES), rtol=1e-14)
    assert years.median() == pytest.approx(months.median() / 12, rel=1e-15)
    assert Rescaled(PiecewiseExponential([0, 6], [0.1, 0.2]), 1 / 12).knots() == (0.5,)


def test_a_shifted_curve_with_nobody_left():
    gone = SurvivalTable([1, 2], [0.5, 0.0])
    assert Shift(gone, -3).survival([0.0, 1.0]).tolist()[1] == 0.0


def test_sentences_say_the_order_of_adjustments():
    months = Rescaled(Lognormal(3.2, 1.2), 1 / 12, "months")
    assert repr(HazardRatio(months, 0.946)) == "lognormal (meanlog 3.2, sdlog 1.2, months), with hazard ratio 0.946"
    first = HazardRatio(AccelerationFactor(months, 1.3), 0.7)
    other = AccelerationFactor(HazardRatio(months, 0.7), 1.3)
    assert repr(first).endswith("with acceleration factor 1.3, with hazard ratio 0.7")
    assert repr(other).endswith("with hazard ratio 0.7, with acceleration factor 1.3")
    assert repr(OddsRatio(Exponential(0.1), 2)) == "exponential (rate 0.1), with odds ratio 2"
    assert repr(Shift(Exponential(0.1), 2)) == "exponential (rate 0.1), shifted by 2"
    assert repr(Rescaled(Exponential(0.1), 0.25)) == "exponential (rate 0.1, in units of 0.25 years)"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: HazardRatio(Exponential(1), 0), "ratio *is 0; it must be above 0"),
        (lambda: OddsRatio(Exponential(1), -2), "ratio *is -2"),
        (lambda: AccelerationFactor(Exponential(1), np.nan), "factor *is nan"),
        (lambda: Shift(Exponential(1), np.inf), "by *is inf; it must be a finite number"),
        (lambda: Rescaled(Exponential(1), 0), "years_per_unit *is 0"),
        (lambda: HazardRatio("weibull", 1.0), "curve *is str; it must be a survival curve"),
    ],
)
def test_faults(build, message):
    with pytest.raises(InputError, match=message):
        build()
