"""The compiled kernels of the extra ``fast``: as precise as what they stand for, and the same in any block."""

import numpy as np
import pytest
from scipy import special as scipy_special

import hecon as he
from hecon.analysis.psa.export import run_key
from hecon.errors import HeconError
from hecon.survival import special

compiled = pytest.importorskip("hecon.survival.compiled", reason="needs the extra hecon[fast]")
EDGES = np.array([0.0, -0.0, 1.0, -1.0, 709.7, 709.79, 710.0, 1e5, -708.0, -720.0, -745.0, -746.0, -1e300])


@pytest.fixture
def numba_kernels(monkeypatch):
    monkeypatch.setenv("HECON_KERNELS", "numba")
    special._compiled.cache_clear()
    yield
    special._compiled.cache_clear()


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (-40, 2), (-708, 709)])
def test_exp_is_right_to_the_last_place(low, high):
    x = np.random.default_rng(1).uniform(low, high, 100_000)
    exact = np.exp(x.astype(np.longdouble))
    found = compiled.compiled_exp(x)
    assert float(np.max(np.abs(found - exact) / np.spacing(found))) < 1.0


def test_exp_at_the_edges_is_that_of_numpy():
    with np.errstate(over="ignore", under="ignore"):
        np.testing.assert_allclose(compiled.compiled_exp(EDGES), np.exp(EDGES), rtol=1e-15, atol=5e-324)
    assert compiled.compiled_exp(np.array([np.inf, -np.inf])).tolist() == [np.inf, 0]
    assert np.isnan(compiled.compiled_exp(np.array([np.nan]))).all()


def test_the_normal_tail_is_right_far_out():
    z = np.linspace(-9, 37, 200_001)
    found, known = compiled.compiled_normal_tail(z), scipy_special.ndtr(-z)
    # scipy rounds z / sqrt 2 before it squares it: far out its own error is z^2 times the rounding of a number
    assert np.all(np.abs(found / known - 1) < 4e-16 * (4 + z**2))
    assert compiled.compiled_normal_tail(np.array([np.inf, -np.inf, 40.0, -40.0])).tolist() == [0, 1, 0, 1]
    assert np.isnan(compiled.compiled_normal_tail(np.array([np.nan]))).all()


@pytest.mark.parametrize("kernel", [compiled.compiled_exp, compiled.compiled_normal_tail])
def test_arrays_of_any_shape_in_place_or_not(kernel):
    x = np.random.default_rng(2).normal(size=(6, 7))
    expected = kernel(x)
    strided = np.asfortranarray(x)
    assert np.array_equal(kernel(strided, strided), expected)
    assert np.array_equal(strided, expected)
    assert np.array_equal(kernel(x[::2, ::3]), expected[::2, ::3])
    assert kernel(x, x) is x
    assert np.array_equal(x, expected)


@pytest.mark.usefixtures("numba_kernels")
def test_rows_along_time_have_the_bits_of_the_same_numbers_alone():
    generator, log_t = np.random.default_rng(6), np.log(np.linspace(0.1, 60, 264))
    location, slope = generator.normal(3, 0.3, (50, 1)), generator.uniform(0.5, 2, (50, 1))
    out, z = np.empty((50, 264)), (log_t - location) * slope
    special.normal_tail_along(log_t, out, location, slope)
    assert np.array_equal(out, compiled.compiled_normal_tail(z))
    special.double_exp_along(log_t, out, location, slope)
    assert np.array_equal(out, compiled.compiled_exp(-compiled.compiled_exp(z)))
    special.exp_along(log_t, out, slope)
    assert np.array_equal(out, compiled.compiled_exp(slope * log_t))


@pytest.mark.usefixtures("numba_kernels")
def test_the_smaller_of_two_curves_and_where_one_is_above():
    one, other = np.random.default_rng(7).random((2, 40, 3, 30))
    smaller = np.empty(one.shape)
    edges, widest, first = special.smaller_along(one, other, 1e-12, smaller)
    gap = one - other
    assert np.array_equal(smaller, np.minimum(one, other))
    np.testing.assert_array_equal(edges, (gap > 1e-12).sum(axis=-1).ravel())
    np.testing.assert_array_equal(widest, gap.max(axis=-1).ravel())
    np.testing.assert_array_equal(first, (gap > 1e-12).argmax(axis=-1).ravel())


CURVES = {
    "exponential": he.Exponential(0.2),
    "weibull": he.Weibull(1.3, 4.0),
    "weibull_ph": he.WeibullPH(1.3, 0.2),
    "gompertz": he.Gompertz(0.1, 0.2),
    "lognormal": he.Lognormal(1.0, 0.8),
    "loglogistic": he.LogLogistic(1.5, 3.0),
    "gengamma": he.GeneralisedGamma(1.0, 0.7, 0.5),
}


@pytest.mark.parametrize("family", CURVES)
def test_curves_are_the_same_by_both(family, monkeypatch):
    times = np.concatenate([[0.0], np.geomspace(1e-6, 200, 500)])
    found = []
    for name in ("numpy", "numba"):
        monkeypatch.setenv("HECON_KERNELS", name)
        special._compiled.cache_clear()
        assert special.kernels().startswith(name)
        found.append(CURVES[family].survival(times))
    special._compiled.cache_clear()
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-300)


def outcome(p, time):
    state = he.partition(time, overall=he.Lognormal(p.meanlog, 0.8))
    return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])


@pytest.mark.usefixtures("numba_kernels")
def test_a_draw_has_the_same_bits_in_any_block():
    meanlog = ("draw", np.random.default_rng(3).normal(1, 0.2, 300))
    case = he.Case(outcome, {"meanlog": meanlog}, labels={"strategy": ["A"]})
    one, many = (he.run(case, block=block, workers=2).totals.life_years.values for block in (1, 300))
    assert np.array_equal(one, many)


def test_a_run_says_what_evaluated_it(monkeypatch):
    case = he.Case(outcome, {"meanlog": 1.0}, labels={"strategy": ["A"]})
    keys = []
    for name in ("numpy", "numba"):
        monkeypatch.setenv("HECON_KERNELS", name)
        special._compiled.cache_clear()
        keys.append(run_key(case)["versions"]["curves"].split()[0])
    assert keys == ["numpy", "numba"]
    monkeypatch.setenv("HECON_KERNELS", "fortran")
    special._compiled.cache_clear()
    with pytest.raises(HeconError, match=r"HECON_KERNELS is 'fortran'; it must be numpy, numba, or nothing"):
        special.kernels()
    special._compiled.cache_clear()
