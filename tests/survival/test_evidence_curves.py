"""Curves that bring evidence in: waning shapes, waning to another curve, Never, landmarks, ratios that change."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from families_of_curves import by_strategy, curves
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from hecon.errors import HeconError, InputError
from hecon.survival.adjust import HazardRatio
from hecon.survival.averaging import averaged, weights_of_aic
from hecon.survival.base import Curve
from hecon.survival.combine import Join
from hecon.survival.exponential import Exponential
from hecon.survival.kaplan_meier_curve import KaplanMeier
from hecon.survival.landmark import AtLandmark
from hecon.survival.lognormal import Lognormal
from hecon.survival.never import Never
from hecon.survival.survival_table import SurvivalTable
from hecon.survival.time_varying import TimeVaryingHazardRatio
from hecon.survival.waning import Waning, WaningTo
from hecon.survival.weibull import Weibull
from hecon.survival.written import Written

TIMES = np.array([0.0, 0.5, 1.0, 1.3, 2.7, 4.0, 6.0])
WEIBULL, LOGNORMAL = Weibull(1.4, 2.0), Lognormal(0.2, 0.9)
CURVES = {
    "log_linear": Waning(LOGNORMAL, 0.5, 0.7, 3.1, "log_linear"),
    "at_once": Waning(LOGNORMAL, 0.5, 1.2, shape="at_once"),
    "to": WaningTo(LOGNORMAL, WEIBULL, 0.7, 3.1),
    "landmark": AtLandmark(WEIBULL, 4.0, 0.2),
    "landmark since": AtLandmark(WEIBULL, 4.0, 0.2, since=1.5),
    "time-varying": TimeVaryingHazardRatio(LOGNORMAL, [0, 0.8, 2.2], [0.5, 0.9, 1.1]),
}
each = pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)


@each
def test_the_hazard_is_the_slope_and_the_quantile_the_inverse(curve):
    at = np.array([0.3, 0.75, 1.4, 2.5, 3.7, 5.0])
    with np.errstate(divide="ignore"):
        slope = Curve._hazard(curve, at, curve.axes)
    np.testing.assert_allclose(curve.hazard(at), slope, rtol=1e-6)
    hazards = curve.cumulative_hazard(at)
    np.testing.assert_allclose(curve.quantile(-np.expm1(-hazards)), at, rtol=1e-9)
    for t in (0.6, 2.9, 5.5):
        kinks = [knot for knot in curve.knots() if knot < t] or None
        area = integrate.quad(curve.hazard, 0, t, points=kinks, epsabs=0, epsrel=1e-11)[0]
        assert curve.cumulative_hazard(t) == pytest.approx(area, rel=1e-9)
    assert curve.survival(0.0) == 1.0


@each
def test_the_formula_of_the_live_workbook_gives_the_same_survival(curve):
    formula = curve._formula(TIMES[1:], Written(curve.axes))
    np.testing.assert_allclose(formula, curve.survival(TIMES[1:]), rtol=1e-12)


@given(curves(), curves(), st.floats(0, 3), st.floats(0.1, 4))
def test_waning_to_another_curve_lies_between_their_rises(first, to, start, lasts):
    found = WaningTo(first, to, start, start + lasts)
    survival = found.survival(np.linspace(0, 9, 60))
    assert survival[0] == 1.0
    assert np.all(np.diff(survival) <= 1e-7)
    np.testing.assert_allclose(found.survival(start), first.survival(start), rtol=1e-12, atol=1e-250)
    late = start + lasts
    after = Join(found, to, late).survival(late + 2.0)
    np.testing.assert_allclose(found.survival(late + 2.0), after, rtol=1e-7, atol=1e-12)


def test_waning_to_the_reference_is_a_waning_ratio():
    one = WaningTo(HazardRatio(LOGNORMAL, 0.6), LOGNORMAL, 0.5, 2.5)
    np.testing.assert_allclose(one.survival(TIMES), Waning(LOGNORMAL, 0.6, 0.5, 2.5).survival(TIMES), rtol=1e-12)


def test_waning_to_where_nobody_is_left():
    table = SurvivalTable([1, 2], [0.5, 0.0])
    assert WaningTo(table, WEIBULL, 2.5, 4).survival(3.0) == 0
    assert WaningTo(WEIBULL, table, 0.5, 4).survival(3.0) == 0
    early = WaningTo(WEIBULL, table, 2.5, 4).survival(2.4)
    assert early == pytest.approx(WEIBULL.survival(2.4), rel=1e-12)


def test_waning_on_the_log_scale_of_a_constant_hazard_by_hand():
    """The integral of 0.5^(1 - s) over s from 0 to 1 is 0.5 / log 2."""
    curve = Waning(Exponential(0.2), 0.5, 2, 4, "log_linear")
    assert curve.cumulative_hazard(4.0) == pytest.approx(0.2 * (2 * 0.5 + 2 * 0.5 / np.log(2)), rel=1e-10)
    assert "on the log scale" in repr(curve)


def test_waning_at_once_is_a_ratio_that_changes_and_a_join():
    one, ratio = Waning(LOGNORMAL, 0.5, 1.5, shape="at_once"), HazardRatio(LOGNORMAL, 0.5)
    for other in (TimeVaryingHazardRatio(LOGNORMAL, [0, 1.5], [0.5, 1]), Join(ratio, LOGNORMAL, 1.5)):
        np.testing.assert_allclose(one.survival(TIMES), other.survival(TIMES), rtol=1e-13)
        np.testing.assert_allclose(one.hazard(TIMES[1:]), other.hazard(TIMES[1:]), rtol=1e-13)


def test_shapes_by_strategy():
    start = by_strategy(0.5, 1.0, 2.0)
    curve = Waning(LOGNORMAL, 0.5, start, shape="at_once")
    for place, at in enumerate((0.5, 1.0, 2.0)):
        own = Waning(LOGNORMAL, 0.5, at, shape="at_once")
        np.testing.assert_allclose(curve.survival(TIMES)[place], own.survival(TIMES), rtol=1e-14)


def test_never():
    never = Never()
    assert never.survival(TIMES).tolist() == [1.0] * 7
    assert never.hazard(3.0) == 0
    assert never.median() == np.inf
    assert never.quantile(0.0) == 0
    assert never.restricted_mean(7.0) == pytest.approx(7)
    assert HazardRatio(never, by_strategy(0.5, 1, 2)).survival(TIMES).shape == (3, 7)
    assert repr(never) == "never"


@given(curves(), st.floats(0.05, 0.95))
def test_a_landmark_is_met(curve, share):
    since = float(curve.quantile(0.02))
    time = float(curve.quantile(0.6))
    if not 0 < since < time < 1e6 or not np.isfinite(time):
        return
    held = AtLandmark(curve, time, share, since)
    assert held.survival(time) == pytest.approx(share, rel=1e-9)
    np.testing.assert_allclose(held.survival(since / 2), curve.survival(since / 2), rtol=1e-12)


def test_an_uncertain_landmark_goes_through_the_draws():
    draws = xr.DataArray([0.1, 0.2, 0.3], dims="draw")
    held = AtLandmark(WEIBULL, 4.0, draws)
    np.testing.assert_allclose(held.survival(4.0), draws, rtol=1e-13)
    assert "held to 0.1 to 0.3 by draw at 4 by a hazard ratio" in repr(held)


def test_time_varying_ratio_on_steps_and_labels():
    steps = KaplanMeier([1, 2, 3], [0.9, 0.7, 0.4])
    curve = TimeVaryingHazardRatio(steps, [0, 2], [by_strategy(0.5, 1, 2), 1.0])
    # The event at 2 belongs to the interval that starts there only after it: it falls under the first ratio.
    expected = 0.7**0.5 * 0.4 / 0.7
    assert curve.survival(3.0).values[0] == pytest.approx(expected)
    assert repr(curve).endswith("with hazard ratio 0.5 to 2 by strategy from 0, 1 from 2 on")


def test_weights_by_draw_sum_to_1():
    aic = {"weibull": xr.DataArray([100.0, 900.0], dims="draw"), "lognormal": 102.0}
    weights = weights_of_aic(aic)
    assert weights["weibull"].values.tolist() == pytest.approx([0.7310585786300049, 0.0])
    curve = averaged({"weibull": WEIBULL, "lognormal": LOGNORMAL}, criteria=aic)
    assert curve.survival(1.0).dims == ("draw",)
    np.testing.assert_allclose(curve.survival(1.0)[1], LOGNORMAL.survival(1.0))


FAULTS = [
    (lambda: Waning(WEIBULL, 0.5, 1, 2, "log"), "shape +is 'log'; it must be one of linear, log_linear, at_once"),
    (lambda: Waning(WEIBULL, 0.5, 1), "end +is missing; only waning 'at_once' has no end"),
    (lambda: Waning(WEIBULL, 0.5, 1, 2, "at_once"), "ends where it starts"),
    (lambda: WaningTo(WEIBULL, LOGNORMAL, 2, 2), "waning must end after it starts"),
    (lambda: WaningTo(WEIBULL, 0.3, 1, 2), "to +is float; it must be a survival curve"),
    (lambda: AtLandmark(WEIBULL, 4, 0.0), "survival_at +is 0; it must be above 0 and at most 1"),
    (lambda: AtLandmark(WEIBULL, 4, 1.0), "survival_at +is 1, but at time 0 the curve is at 1 already"),
    (lambda: AtLandmark(WEIBULL, 4, 0.5, 5), "time +is 4, but the curve is held since 5"),
    (lambda: AtLandmark(WEIBULL, 4, 0.9, 2), "survival_at +is 0.9, but at time 2 the curve is at 0.3679 already"),
    (lambda: AtLandmark(Never(), 4, 0.9), "nothing happens there: no ratio does it"),
    (lambda: AtLandmark(SurvivalTable([1, 2], [0.5, 0]), 4, 0.3), "nobody is left there"),
    (lambda: TimeVaryingHazardRatio(WEIBULL, [1, 2], [0.5, 1]), "begins at 1; the first interval begins at time 0"),
    (lambda: TimeVaryingHazardRatio(WEIBULL, [0, 2], [0.5]), "has 2 times for 1 ratios"),
    (lambda: TimeVaryingHazardRatio(WEIBULL, [0], [0.0]), "ratios +is 0; it must be above 0"),
    (lambda: averaged({"a": WEIBULL}, criteria={"a": 1.0, "b": 1.0}), "curves +lack 'b'"),
    (lambda: averaged({"a": WEIBULL}, criteria={"a": 1.0}, weights={"a": 1.0}), "beside criteria"),
    (lambda: averaged({"a": WEIBULL, "b": WEIBULL}, weights={"a": 0.5, "b": 0.6}), "sum to 1.1"),
]


@pytest.mark.parametrize(("call", "words"), FAULTS)
def test_faults(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_a_criterion_that_is_missing():
    with pytest.raises(HeconError, match="needs a finite AIC"):
        weights_of_aic({"a": np.nan})
