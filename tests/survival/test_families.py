from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
from dataclasses import fields

import numpy as np
import pytest
import xarray as xr
from families_of_curves import STRATEGIES, curves, random_curve
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import hecon.survival
from hecon.errors import InputError
from hecon.survival.base import Curve
from hecon.survival.cure import MixtureCure
from hecon.survival.exponential import Exponential
from hecon.survival.families import FAMILIES, coefficients
from hecon.survival.gamma import Gamma
from hecon.survival.generalised_f import GeneralisedF
from hecon.survival.generalised_gamma import GeneralisedGamma
from hecon.survival.gompertz import Gompertz
from hecon.survival.loglogistic import LogLogistic
from hecon.survival.lognormal import Lognormal
from hecon.survival.spline import Spline
from hecon.survival.weibull import Weibull
from hecon.survival.weibull_ph import WeibullPH

TIMES = np.array([0.0, 1e-9, 1e-4, 0.01, 0.1, 0.5, 1.0, 1.7, 3.0, 8.0, 25.0, 100.0])
SHARES = np.array([1e-10, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-10])

every_family = pytest.mark.parametrize("family", FAMILIES)


def test_every_family_of_the_package_is_registered():
    """A family is a curve whose fields are all numbers with a domain of their own: it must be in the registry."""
    found = set()
    for module in pkgutil.iter_modules(hecon.survival.__path__, "hecon.survival."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            own = fields(kind) if issubclass(kind, Curve) else ()
            if own and all(field.type == "Value" for field in own):
                found.add(kind)
    assert found == set(FAMILIES.values())


@every_family
def test_every_parameter_has_a_domain_and_the_family_a_docstring(family):
    kind = FAMILIES[family]
    assert tuple(field.name for field in fields(kind)) == coefficients(family)
    assert ">>>" in kind.__doc__
    assert "flexsurv" in kind.__doc__
    assert kind.__module__ == f"hecon.survival.{family}"


# --- against scipy and closed forms ---

SCIPY = [
    (Exponential(0.3), stats.expon(scale=1 / 0.3)),
    (Exponential(7.0), stats.expon(scale=1 / 7)),
    (Weibull(0.4, 3.0), stats.weibull_min(0.4, scale=3)),
    (Weibull(1.0, 0.2), stats.weibull_min(1.0, scale=0.2)),
    (Weibull(4.5, 12.0), stats.weibull_min(4.5, scale=12)),
    (WeibullPH(0.7, 0.5), stats.weibull_min(0.7, scale=0.5 ** (-1 / 0.7))),
    (WeibullPH(2.5, 0.01), stats.weibull_min(2.5, scale=0.01 ** (-1 / 2.5))),
    (Gompertz(0.3, 0.1), stats.gompertz(0.1 / 0.3, scale=1 / 0.3)),
    (Gompertz(1e-3, 0.5), stats.gompertz(0.5 / 1e-3, scale=1e3)),
    (Lognormal(1.0, 0.5), stats.lognorm(0.5, scale=np.exp(1.0))),
    (Lognormal(-1.0, 2.5), stats.lognorm(2.5, scale=np.exp(-1.0))),
    (LogLogistic(0.7, 3.0), stats.fisk(0.7, scale=3)),
    (LogLogistic(3.0, 0.5), stats.fisk(3.0, scale=0.5)),
    (Gamma(0.3, 2.0), stats.gamma(0.3, scale=0.5)),
    (Gamma(1.0, 2.0), stats.gamma(1.0, scale=0.5)),
    (Gamma(40.0, 5.0), stats.gamma(40.0, scale=0.2)),
    (GeneralisedGamma(0.5, 0.8, 0.6), stats.gengamma(0.6**-2, 0.6 / 0.8, scale=np.exp(0.5) * 0.6 ** (2 * 0.8 / 0.6))),
    (GeneralisedGamma(0.5, 0.8, 2.0), stats.gengamma(0.25, 2 / 0.8, scale=np.exp(0.5) * 2 ** (2 * 0.8 / 2))),
    (
        GeneralisedGamma(-0.5, 1.3, -0.7),
        stats.gengamma(0.7**-2, -0.7 / 1.3, scale=np.exp(-0.5) * 0.7 ** (-2 * 1.3 / 0.7)),
    ),
]


@pytest.mark.parametrize(("curve", "other"), SCIPY, ids=[repr(curve) for curve, _ in SCIPY])
def test_against_scipy(curve, other):
    with np.errstate(all="ignore"):
        survival, log_survival = other.sf(TIMES), other.logsf(TIMES)
        density = np.array(
            [other.pdf(time) for time in TIMES]
        )  # one by one: a generalised gamma of scipy 1.15 wants it
        quantiles = other.ppf(SHARES[1:-1])
    np.testing.assert_allclose(curve.survival(TIMES), survival, rtol=0, atol=1e-15)
    inside = (TIMES > 0) & (density > 1e-250)
    np.testing.assert_allclose(curve.density(TIMES)[inside], density[inside], rtol=1e-12)
    # Far out scipy loses digits that hecon keeps (1 - cdf): see the closed forms below.
    some = inside & (survival > 0.01) & (survival < 0.999)
    np.testing.assert_allclose(curve.hazard(TIMES)[some], density[some] / survival[some], rtol=1e-12)
    np.testing.assert_allclose(curve.cumulative_hazard(TIMES)[some], -log_survival[some], rtol=1e-12)
    np.testing.assert_allclose(curve.quantile(SHARES[1:-1]), quantiles, rtol=1e-12)


@given(st.floats(0.2, 5), st.floats(0.05, 20), st.floats(1e-6, 1e3))
def test_closed_forms(a, b, t):
    def same(curve, hazard, slope):
        assert curve.cumulative_hazard(t) == pytest.approx(hazard, rel=1e-12)
        assert curve.survival(t) == pytest.approx(math.exp(-hazard), rel=1e-12 * max(1, hazard), abs=1e-300)
        assert curve.hazard(t) == pytest.approx(slope, rel=1e-12)

    same(Exponential(a), a * t, a)
    same(Weibull(a, b), (t / b) ** a, a / b * (t / b) ** (a - 1))
    same(WeibullPH(a, b), b * t**a, b * a * t ** (a - 1))
    same(LogLogistic(a, b), math.log1p((t / b) ** a), a / b * (t / b) ** (a - 1) / (1 + (t / b) ** a))
    for shape in (-a, a / 100):
        same(Gompertz(shape, b), b * math.expm1(shape * t) / shape, b * math.exp(shape * t))


@every_family
def test_at_time_0_everybody_is_there_and_nothing_warns(family):
    curve = random_curve(family)
    np.testing.assert_array_equal(curve.survival(0.0), 1.0)
    np.testing.assert_array_equal(curve.cumulative_hazard(0.0), 0.0)
    assert not np.isnan(curve.hazard(TIMES)).any()
    assert not np.isnan(curve.density(TIMES)).any()
    np.testing.assert_array_equal(curve.quantile(0.0), 0.0)


@pytest.mark.parametrize(
    ("curve", "at_0"),
    [
        (Weibull(0.5, 2), np.inf),
        (Weibull(1.0, 2), 0.5),
        (Weibull(2.0, 2), 0.0),
        (WeibullPH(1.0, 0.3), 0.3),
        (Gompertz(-0.4, 0.3), 0.3),
        (Lognormal(1, 20.0), 0.0),
        (LogLogistic(0.5, 2), np.inf),
        (LogLogistic(1.0, 2), 0.5),
        (Gamma(0.5, 2), np.inf),
        (Gamma(1.0, 2), 2.0),
        (Gamma(3.0, 2), 0.0),
        (GeneralisedGamma(1.0, 0.5, 1.0), 0.0),
        (GeneralisedGamma(1.0, 2.0, 1.0), np.inf),
        (GeneralisedGamma(1.0, 1.0, 1.0), np.exp(-1.0)),
        (GeneralisedGamma(1.0, 1.0, 0.0), 0.0),
        (GeneralisedGamma(1.0, 1.0, -1.0), 0.0),
    ],
    ids=repr,
)
def test_hazard_at_time_0_is_its_limit(curve, at_0):
    assert curve.hazard(0.0) == pytest.approx(at_0, rel=1e-12)


def test_far_tails_keep_their_cumulative_hazard():
    assert Weibull(2.0, 1.0).cumulative_hazard(1e3) == pytest.approx(1e6, rel=1e-14)
    assert LogLogistic(3.0, 2.0).cumulative_hazard(2e200) == pytest.approx(600 * np.log(10), rel=1e-14)
    # The normal tail beyond the smallest number: log Phi(-z) = -z^2 / 2 - log(z sqrt(2 pi)) + log(1 - 1 / z^2 + ...).
    z = 60.0
    series = np.log1p(-(z**-2) + 3 * z**-4 - 15 * z**-6)
    expected = z**2 / 2 + np.log(z * np.sqrt(2 * np.pi)) - series
    assert Lognormal(0, 1).cumulative_hazard(np.exp(z)) == pytest.approx(expected, rel=1e-13)
    assert GeneralisedGamma(0, 1, 1e-9).cumulative_hazard(np.exp(z)) == pytest.approx(expected, rel=1e-6)
    # Gamma with a whole shape is a Poisson sum.
    expected = 2000 - np.log(1 + 2000 + 2000**2 / 2)
    assert Gamma(3, 2).cumulative_hazard(1000.0) == pytest.approx(expected, rel=1e-14)
    assert Gamma(3, 2).hazard(1000.0) == pytest.approx(2 * (2000**2 / 2) / (1 + 2000 + 2000**2 / 2), rel=1e-9)
    # Early on, H is the small share that has had the event, to all digits.
    assert Gompertz(0.1, 0.2).cumulative_hazard(1e-12) == pytest.approx(2e-13, rel=1e-12)
    assert LogLogistic(2.0, 1.0).cumulative_hazard(1e-9) == pytest.approx(1e-18, rel=1e-12)


@pytest.mark.parametrize("shape", [0.0, 1e-300, 1e-12, -1e-12, 1e-6, -1e-6])
def test_gompertz_near_the_exponential(shape):
    curve = Gompertz(shape, 0.4)
    expected = 0.4 * TIMES * (1 + shape * TIMES / 2 + (shape * TIMES) ** 2 / 6)
    np.testing.assert_allclose(curve.cumulative_hazard(TIMES), expected, rtol=1e-12)
    np.testing.assert_allclose(curve.cumulative_hazard(curve.quantile(SHARES)), -np.log1p(-SHARES), rtol=1e-12)


def test_gompertz_with_falling_hazard_has_a_cured_share():
    curve = Gompertz(-0.5, 0.2)
    cured = np.exp(-0.4)
    assert curve.survival(1e6) == pytest.approx(cured, rel=1e-14)
    assert curve.quantile(1 - cured + 1e-9) == np.inf
    assert np.isfinite(curve.quantile(1 - cured - 1e-9))


# --- families inside families ---


@pytest.mark.parametrize(
    ("curve", "same"),
    [
        (Weibull(1.0, 4.0), Exponential(0.25)),
        (WeibullPH(1.7, 0.3), Weibull(1.7, 0.3 ** (-1 / 1.7))),
        (Gompertz(0.0, 0.3), Exponential(0.3)),
        (Gamma(1.0, 0.3), Exponential(0.3)),
        (GeneralisedGamma(0.7, 0.6, 1.0), Weibull(1 / 0.6, np.exp(0.7))),
        (GeneralisedGamma(0.7, 1.6, 1.0), Weibull(1 / 1.6, np.exp(0.7))),
        (GeneralisedGamma(0.7, 0.6, 0.0), Lognormal(0.7, 0.6)),
        (GeneralisedGamma(0.7, 0.6, 0.6), Gamma(0.6**-2, np.exp(-0.7) * 0.6**-2)),
        (GeneralisedGamma(0.7, 1.6, 1.6), Gamma(1.6**-2, np.exp(-0.7) * 1.6**-2)),
        (GeneralisedF(0.7, 0.6, -0.4, 0.0), GeneralisedGamma(0.7, 0.6, -0.4)),
        (GeneralisedF(0.7, 0.6, 1.3, 0.0), GeneralisedGamma(0.7, 0.6, 1.3)),
        (GeneralisedF(0.7, 2**0.5 / 1.7, 0.0, 1.0), LogLogistic(1.7, np.exp(0.7))),
        (Spline([-1.7 * 0.6, 1.7], [-1.0, 1.0]), Weibull(1.7, np.exp(0.6))),
        (Spline([-1.7 * 0.6, 1.7], [-1.0, 1.0], "odds"), LogLogistic(1.7, np.exp(0.6))),
        (Spline([-0.6 / 0.8, 1 / 0.8], [-1.0, 1.0], "normal"), Lognormal(0.6, 0.8)),
        (MixtureCure(Weibull(1.7, 2.0), 0.0), Weibull(1.7, 2.0)),
    ],
    ids=repr,
)
def test_nested_families(curve, same):
    np.testing.assert_allclose(curve.survival(TIMES), same.survival(TIMES), rtol=1e-12, atol=1e-250)
    np.testing.assert_allclose(curve.cumulative_hazard(TIMES), same.cumulative_hazard(TIMES), rtol=1e-12)
    np.testing.assert_allclose(curve.hazard(TIMES[1:]), same.hazard(TIMES[1:]), rtol=1e-12)
    np.testing.assert_allclose(curve.quantile(SHARES), same.quantile(SHARES), rtol=1e-12)


# --- properties ---


@given(curves(), st.lists(st.floats(0, 200), min_size=2, max_size=30))
def test_survival_starts_at_1_and_never_rises(curve, times):
    survival = curve.survival(np.sort([0.0, *times]))
    assert survival[0] == 1.0
    assert np.all((survival >= 0) & (survival <= 1))
    assert np.all(np.diff(survival) <= 1e-15)
    np.testing.assert_allclose(np.exp(-curve.cumulative_hazard(times)), curve.survival(times), atol=1e-14)


@given(curves(), st.floats(1e-6, 1 - 1e-6))
def test_quantile_inverts_survival(curve, share):
    time = curve.quantile(share)
    if 1e-290 < time < 1e290:
        assert curve.survival(time) == pytest.approx(1 - share, abs=1e-12)
    assert Curve._time_at(curve, np.array([-np.log1p(-share)]), curve.axes)[0] == pytest.approx(time, rel=1e-8) or not (
        1e-20 < time < 1e20
    )


@given(curves(), st.floats(0.02, 5))
def test_hazard_is_the_slope_of_the_cumulative_hazard(curve, time):
    with np.errstate(divide="ignore"):
        expected = Curve._hazard(curve, np.array([time]), curve.axes)[0]
    if np.isfinite(expected) and curve.cumulative_hazard(time) < 1e6:
        assert curve.hazard(time) == pytest.approx(expected, rel=1e-5, abs=1e-8)


# --- labels and bits ---


@every_family
def test_labelled_parameters_give_the_stacked_curves(family):
    curve = random_curve(family, draws=4)
    found = curve.survival(TIMES)
    assert found.dims == ("draw", "strategy", "time")
    for draw in range(4):
        for place, name in enumerate(STRATEGIES):
            values = {key: float(getattr(curve, key)[draw, place]) for key in coefficients(family)}
            single = FAMILIES[family](**values)
            at = found[draw, place].values
            np.testing.assert_allclose(at, single.survival(TIMES), rtol=1e-14)
            quantile = curve.select(strategy=name).quantile(0.3)[draw]
            assert quantile == pytest.approx(single.quantile(0.3), rel=1e-14)


@every_family
@pytest.mark.parametrize("method", ["survival", "cumulative_hazard", "hazard", "density", "quantile"])
def test_a_draw_has_the_same_bits_in_any_block(family, method):
    curve = random_curve(family, draws=67)
    at = np.linspace(0, 1, 41) if method == "quantile" else np.linspace(0, 6, 262)
    whole = getattr(curve, method)(at).values
    for block in (slice(0, 1), slice(1, 4), slice(5, 67)):
        part = FAMILIES[family](**{name: getattr(curve, name)[block] for name in coefficients(family)})
        np.testing.assert_array_equal(getattr(part, method)(at).values, whole[block])
        edges, axes = part.at_edges(at)
        assert axes.dims == ("draw", "strategy")
        np.testing.assert_array_equal(edges, curve.at_edges(at)[0][block])
        assert edges.flags.c_contiguous


@every_family
def test_parameters_may_differ_in_what_they_vary_by(family):
    names = coefficients(family)
    curve = random_curve(family)
    mixed = {}
    for place, name in enumerate(names):
        value = getattr(curve, name)
        mixed[name] = (value[0] if place % 2 else value[:, 0]).reset_coords(drop=True)
    part = FAMILIES[family](**mixed)
    dims = {dim for value in mixed.values() for dim in value.dims}
    assert set(part.survival(TIMES).dims) == {*dims, "time"}
    one = {name: float(value[tuple(2 for _ in value.dims)]) for name, value in mixed.items()}
    at = dict.fromkeys(dims, 2)
    np.testing.assert_allclose(part.survival(TIMES).isel(at), FAMILIES[family](**one).survival(TIMES), rtol=1e-14)


# --- faults ---


@every_family
def test_a_value_outside_its_domain_says_so(family):
    kind = FAMILIES[family]
    good = dict.fromkeys(kind.domains, 1.0)
    for name, domain in kind.domains.items():
        outside = [bad for bad in (-1.0, 0.0) if not domain.contains(np.array(bad))]
        for bad in (np.nan, np.inf, *outside):
            with pytest.raises(InputError) as caught:
                kind(**{**good, name: bad})
            assert [fault.where for fault in caught.value.faults] == [name]
            assert kind.title in str(caught.value)
            assert f"{bad:g}" in str(caught.value)
            assert domain.words in str(caught.value)
        with pytest.raises(InputError, match="is str; it must be"):
            kind(**{**good, name: "1"})


def test_a_fault_of_a_labelled_value_names_its_labels():
    scale = xr.DataArray([[1.0, 1.0], [1.0, -2.0]], dims=("draw", "strategy"), coords={"strategy": ["A", "B"]})
    with pytest.raises(InputError, match="is -2 for draw 1, strategy B; it must be above 0"):
        Weibull(1.0, scale)


def test_the_sentence_for_a_submission():
    assert repr(Lognormal(3.2, 1.2)) == "lognormal (meanlog 3.2, sdlog 1.2)"
    by = xr.DataArray([0.5, 0.7], dims="strategy", coords={"strategy": ["A", "B"]})
    assert repr(Exponential(by)) == "exponential (rate 0.5 to 0.7 by strategy)"
    assert repr(Exponential(by).select(strategy="B")) == "exponential (rate 0.7)"
