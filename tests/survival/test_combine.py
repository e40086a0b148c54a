from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import pytest
import xarray as xr
from families_of_curves import STRATEGIES, by_draw_and_strategy, by_strategy, curves, random_curve
from hypothesis import given
from hypothesis import strategies as st

from hecon.errors import AlignmentError, InputError, UnknownNameError
from hecon.survival.adjust import AccelerationFactor, HazardRatio
from hecon.survival.base import Curve
from hecon.survival.combine import AddHazards, ByStrategy, Join, Mix
from hecon.survival.exponential import Exponential
from hecon.survival.families import FAMILIES, coefficients
from hecon.survival.gompertz import Gompertz
from hecon.survival.kaplan_meier_curve import KaplanMeier
from hecon.survival.lognormal import Lognormal
from hecon.survival.survival_table import SurvivalTable
from hecon.survival.weibull import Weibull

TIMES = np.array([0.0, 0.01, 0.3, 1.0, 2.5, 7.0, 30.0])


def slope_and_inverse(curve, at, hazards):
    with np.errstate(divide="ignore"):
        return Curve._hazard(curve, at, curve.axes), Curve._time_at(curve, hazards, curve.axes)


COMBINATIONS = {
    "join": Join(Weibull(1.4, 2.0), Lognormal(0.2, 0.9), at=1.0),
    "mix": Mix([Weibull(1.4, 2.0), Lognormal(0.2, 0.9), Gompertz(0.1, 0.05)], [0.1, 0.2, 0.7]),
    "add": AddHazards(Weibull(1.4, 2.0), Lognormal(0.2, 0.9)),
    "nested": Mix([Join(Weibull(1.4, 2.0), Exponential(0.3), 1.0), AddHazards(Exponential(0.1))], [0.5, 0.5]),
}


@pytest.mark.parametrize("curve", COMBINATIONS.values(), ids=COMBINATIONS)
def test_against_the_general_formulas(curve):
    at, hazards = np.array([0.05, 0.3, 1.1, 2.5, 4.0]), np.array([1e-4, 0.1, 0.8, 1.5])
    slope, inverse = slope_and_inverse(curve, at, hazards)
    np.testing.assert_allclose(curve.hazard(at), slope, rtol=1e-6)
    np.testing.assert_allclose(curve.quantile(-np.expm1(-hazards)), inverse, rtol=1e-9)
    np.testing.assert_allclose(curve.survival(at), np.exp(-curve.cumulative_hazard(at)), rtol=1e-13)
    assert curve.survival(0.0) == 1.0
    assert curve.cumulative_hazard(0.0) == 0.0


@given(curves(), curves(), st.floats(0, 5))
def test_survival_never_rises(first, then, at):
    for curve in (Join(first, then, at), Mix([first, then], [0.3, 0.7]), AddHazards(first, then)):
        survival = curve.survival(np.linspace(0, 8, 50))
        assert survival[0] == 1.0
        assert np.all(np.diff(survival) <= 1e-14)
        assert np.all((survival >= 0) & (survival <= 1))


# --- join ---


def test_join_by_hand():
    curve = Join(Exponential(0.1), Exponential(0.3), at=2)
    np.testing.assert_allclose(curve.cumulative_hazard([0, 1, 2, 3]), [0, 0.1, 0.2, 0.5], rtol=1e-14)
    np.testing.assert_array_equal(curve.hazard([0, 1.99, 2, 3]), [0.1, 0.1, 0.3, 0.3])
    assert curve.knots() == (2.0,)
    np.testing.assert_allclose(curve.quantile(-np.expm1(-np.array([0.1, 0.2, 0.5]))), [1, 2, 3], rtol=1e-13)


def test_join_of_a_table_and_a_tail():
    observed = KaplanMeier([1, 2, 3], [0.9, 0.7, 0.6])
    curve = Join(observed, Weibull(0.8, 5), at=3)
    assert curve.survival([0.5, 1, 2.5, 3]).tolist() == pytest.approx([1, 0.9, 0.7, 0.6], rel=1e-14)
    tail = Weibull(0.8, 5)
    assert curve.survival(6.0) == pytest.approx(0.6 * tail.survival(6.0) / tail.survival(3.0), rel=1e-13)
    assert curve.knots() == (1, 2, 3)
    assert Join(observed, observed, at=1.5).knots() == (1, 1.5, 2, 3)


def test_join_with_a_second_curve_that_has_nobody_left():
    gone = SurvivalTable([1, 2], [0.5, 0.0])
    curve = Join(Exponential(0.1), gone, at=3)
    assert curve.survival(3.0) == pytest.approx(np.exp(-0.3))
    assert curve.survival([3.1, 9.0]).tolist() == [0.0, 0.0]
    assert Join(gone, Exponential(0.1), at=3).survival([1.0, 4.0]).tolist() == [0.5, 0.0]


def test_join_at_a_labelled_time():
    at = xr.DataArray([1.0, 3.0], dims="draw")
    curve = Join(Weibull(1.3, 2), Exponential(by_strategy(0.1, 0.2, 0.3)), at=at)
    found = curve.survival(TIMES)
    assert found.dims == ("draw", "strategy", "time")
    for draw in range(2):
        for place in range(3):
            single = Join(Weibull(1.3, 2), Exponential(0.1 * (place + 1)), at=float(at[draw]))
            np.testing.assert_allclose(found[draw, place], single.survival(TIMES), rtol=1e-13)
            median = curve.median()[draw, place].item()
            assert median == pytest.approx(single.median(), rel=1e-12)
    assert curve.knots() == (1.0, 3.0)


# --- mix ---


def test_mix_is_the_mean_of_survival_and_those_at_risk_leave_first():
    parts, weights = [Exponential(0.1), Exponential(2.0)], [0.25, 0.75]
    curve = Mix(parts, weights)
    expected = 0.25 * np.exp(-0.1 * TIMES) + 0.75 * np.exp(-2 * TIMES)
    np.testing.assert_allclose(curve.survival(TIMES), expected, rtol=1e-14)
    assert curve.hazard(0.0) == pytest.approx(0.25 * 0.1 + 0.75 * 2)
    assert curve.hazard(1e4) == pytest.approx(0.1, rel=1e-12)
    # Beyond the smallest number, and with a curve that has nobody left.
    assert curve.cumulative_hazard(1e5) == pytest.approx(1e4 - np.log(0.25), rel=1e-14)
    gone = SurvivalTable([1], [0.0])
    assert Mix([gone, Exponential(1.0)], [0.5, 0.5]).survival(2.0) == pytest.approx(0.5 * np.exp(-2))
    assert Mix([gone, gone], [0.5, 0.5]).cumulative_hazard(2.0) == np.inf
    assert Mix(parts, [1, 0]).survival(3.0) == pytest.approx(parts[0].survival(3.0), rel=1e-14)


def test_mix_begins_with_everybody_whatever_the_rounding_of_the_weights():
    weights = [0.1] * 10
    assert reduce(add, weights) < 1  # one by one: Python 3.12 made sum() more precise than that
    assert Mix([Exponential(0.1)] * 10, weights).survival(0.0) == 1.0
    weights = [0.5 + 4e-10, 0.5]
    assert Mix([Exponential(1e-30)] * 2, weights).survival(1.0) == 1.0


def test_mix_with_labelled_weights():
    share = by_strategy(0.2, 0.5, 1.0)
    curve = Mix([Exponential(0.1), Weibull(2, 3)], [share, 1 - share])
    for place, name in enumerate(STRATEGIES):
        single = Mix([Exponential(0.1), Weibull(2, 3)], [float(share[place]), 1 - float(share[place])])
        np.testing.assert_allclose(curve.select(strategy=name).survival(TIMES), single.survival(TIMES), rtol=1e-14)
        np.testing.assert_allclose(curve.survival(TIMES).sel(strategy=name), single.survival(TIMES), rtol=1e-14)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Mix([Exponential(1)] * 2, [0.5, 0.6]), "sum to 1.1"),
        (lambda: Mix([Exponential(1)] * 2, [1.0]), "1 weights for 2 curves"),
        (lambda: Mix([Exponential(1)] * 2, [-0.5, 1.5]), "between 0 and 1"),
        (lambda: Mix([], []), "is empty"),
        (lambda: Mix([1.0], [1.0]), "holds float"),
        (lambda: AddHazards(), "is empty"),
        (lambda: AddHazards(Exponential(1), 0.3), "holds float"),
        (lambda: Join(Exponential(1), Exponential(1), -1), "at *is -1"),
        (lambda: Join(Exponential(1), 0.2, 1), "then *is float"),
    ],
)
def test_faults(build, message):
    with pytest.raises(InputError, match=message):
        build()


# --- each strategy its own curve ---


@pytest.mark.parametrize("method", ["survival", "cumulative_hazard", "hazard", "quantile"])
def test_each_strategy_has_its_own_curve(method):
    draws = xr.DataArray([0.1, 0.2], dims="draw")
    pair = Weibull(by_strategy(1.2, 1.4), 3.0)  # Isa-Pd, Dara-Pd
    lone = Exponential(draws)
    curve = ByStrategy({"Pd": lone, ("Isa-Pd", "Dara-Pd"): pair}, order=STRATEGIES)
    assert curve.axes.dims == ("draw", "strategy")
    assert curve.axes.labels["strategy"] == tuple(STRATEGIES)
    at = np.array([0.0, 0.3, 0.9])
    found = getattr(curve, method)(at)
    for place, shape in enumerate((1.2, 1.4)):
        for draw in range(2):
            np.testing.assert_allclose(found[draw, place], getattr(Weibull(shape, 3.0), method)(at), rtol=1e-14)
    for draw, rate in enumerate((0.1, 0.2)):
        np.testing.assert_allclose(found[draw, 2], getattr(Exponential(rate), method)(at), rtol=1e-14)


def test_labels_that_are_not_next_to_each_other():
    pair = Weibull(xr.DataArray([1.2, 1.4], dims="strategy", coords={"strategy": ["Isa-Pd", "Pd"]}), 3.0)
    curve = ByStrategy({("Isa-Pd", "Pd"): pair, "Dara-Pd": Exponential(0.4)}, order=STRATEGIES)
    expected = [Weibull(1.2, 3).survival(2.0), np.exp(-0.8), Weibull(1.4, 3).survival(2.0)]
    np.testing.assert_allclose(curve.survival(2.0), expected, rtol=1e-14)
    ratio = by_strategy(0.5, 0.6, 0.7)
    stretched = AccelerationFactor(HazardRatio(curve, ratio), ratio)
    for name in STRATEGIES:
        size = float(ratio.sel(strategy=name))
        single = AccelerationFactor(HazardRatio(curve.select(strategy=name), size), size)
        np.testing.assert_allclose(stretched.survival(TIMES).sel(strategy=name), single.survival(TIMES), rtol=1e-13)
        assert stretched.median().sel(strategy=name) == pytest.approx(single.median(), rel=1e-12)


def test_joint_curves_have_the_same_bits_in_any_block():
    weibull, gamma = random_curve("weibull", 20), random_curve("generalised_gamma", 20)
    at = np.linspace(0, 5, 262)

    def joint(block):
        first = Weibull(*(getattr(weibull, c)[block, :2] for c in coefficients("weibull")))
        rest = FAMILIES["generalised_gamma"](*(getattr(gamma, c)[block, 2:] for c in coefficients("generalised_gamma")))
        return ByStrategy({tuple(STRATEGIES[:2]): first, "Pd": rest}).at_edges(at)[0]

    whole = joint(slice(0, 20))
    np.testing.assert_array_equal(joint(slice(3, 4)), whole[3:4])
    np.testing.assert_array_equal(joint(slice(5, 20)), whole[5:])


def test_faults_of_joint_curves():
    with pytest.raises(InputError, match="give each label one curve"):
        ByStrategy({"Isa-Pd": Exponential(0.1)}, order=STRATEGIES)
    with pytest.raises(AlignmentError, match="has the strategy labels"):
        ByStrategy({"Isa-Pd": Exponential(by_strategy(0.1, 0.2)), "Dara-Pd": Exponential(0.2)})
    with pytest.raises(UnknownNameError, match="Did you mean 'Pd'"):
        ByStrategy({"Isa-Pd": Exponential(0.1), "Pd": Exponential(0.2)}).select(strategy="PD")
    with pytest.raises(AlignmentError):
        ByStrategy({"A": Exponential(by_draw_and_strategy(np.ones((2, 1)))), "B": Exponential(0.2)})


def test_sentences():
    curve = Join(HazardRatio(Exponential(0.1), 0.7), Weibull(1.2, 3), at=2)
    first, then = "[exponential (rate 0.1), with hazard ratio 0.7]", "Weibull (shape 1.2, scale 3)"
    assert repr(curve) == f"{first} until 2, then the hazard of {then}"
    assert repr(HazardRatio(curve, 2)).endswith("Weibull (shape 1.2, scale 3)], with hazard ratio 2")
    assert repr(Mix([Exponential(0.1), Exponential(0.2)], [0.3, 0.7])) == (
        "mixture of 0.3 exponential (rate 0.1) and 0.7 exponential (rate 0.2)"
    )
    assert repr(AddHazards(Exponential(0.1), Exponential(0.2))) == (
        "hazards added of exponential (rate 0.1) and exponential (rate 0.2)"
    )
    assert repr(ByStrategy({"A": Exponential(0.1), "B": Exponential(0.2)})) == (
        "A: exponential (rate 0.1); B: exponential (rate 0.2)"
    )
