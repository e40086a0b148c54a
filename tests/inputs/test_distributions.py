"""Distributions of one input against scipy.stats, their moments, their words."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from hecon.inputs.distributions import DISTRIBUTIONS, distribution, support_of, width_in_errors
from hecon.inputs.streams import FEW_DRAWS, draws
from hecon.inputs.together import SHARED, names

EXAMPLES = [
    ("normal", 1.5, {"se": 0.3}, (1.5, 0.3)),
    ("normal", 1.5, {"low": 0.9, "high": 2.1}, (1.5, 0.6 / 1.959963984540054)),
    ("lognormal", 2.0, {"se": 0.5}, (2.0, 0.5)),
    ("gamma", 100.0, {"se": 20.0}, (100.0, 20.0)),
    ("gamma", 0.5, {"se": 1.0}, (0.5, 1.0)),
    ("beta", 0.7, {"se": 0.1}, (0.7, 0.1)),
    ("beta", 0.02, {"low": 0.0, "high": 0.08}, (0.02, 0.04 / 1.959963984540054)),
    ("uniform", 3.0, {"low": 2.0, "high": 6.0}, (4.0, 4 / math.sqrt(12))),
    ("triangular", 3.0, {"low": 2.0, "high": 7.0}, (4.0, math.sqrt((4 + 9 + 49 - 6 - 14 - 21) / 18))),
    ("pert", 3.0, {"low": 2.0, "high": 7.0}, (3.5, None)),
    ("triangular", 2.0, {"low": 2.0, "high": 7.0}, (11 / 3, None)),
]


def in_scipy(spread):
    """The same distribution by scipy.stats."""
    name, parameters = spread.in_scipy
    return getattr(scipy.stats, name)(*parameters)


p = np.array([1e-9, 0.001, 0.025, 0.3, 0.5, 0.77, 0.975, 0.9999])


@pytest.mark.parametrize(("name", "value", "cells", "moments"), EXAMPLES)
def test_quantiles_are_those_of_scipy_and_moments_are_those_of_the_cells(name, value, cells, moments):
    spread = distribution(name, value, **cells)
    theirs = in_scipy(spread)
    np.testing.assert_allclose(spread.quantile(p), theirs.ppf(p), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(spread.cumulative(spread.quantile(p)), p, rtol=1e-7)
    assert theirs.mean() == pytest.approx(moments[0])
    if moments[1] is not None:
        assert theirs.std() == pytest.approx(moments[1])


@pytest.mark.parametrize(("name", "value", "cells", "moments"), EXAMPLES)
def test_native_draws_follow_the_quantile_function(name, value, cells, moments):
    spread = distribution(name, value, **cells)
    drawn = draws(spread, 4000, 11, "rate", ("A",))
    assert scipy.stats.kstest(drawn, lambda x: spread.cumulative(x)).pvalue > 1e-3


@pytest.mark.parametrize(("name", "value", "cells", "moments"), EXAMPLES)
def test_few_draws_are_the_first_of_many(name, value, cells, moments):
    for cells_too in (cells, {**cells, "truncate_high": 1.5 * value}):
        spread = distribution(name, value, **cells_too)
        few, many = (draws(spread, count, 11, "rate", ("A",)) for count in (FEW_DRAWS, FEW_DRAWS + 1))
        np.testing.assert_array_equal(few, many[:FEW_DRAWS])


def test_a_lognormal_range_is_an_interval_of_the_logarithm():
    spread = distribution("lognormal", 0.8, 0.6, 0.8**2 / 0.6)
    assert spread.quantile(np.array([0.025, 0.5, 0.975])) == pytest.approx([0.6, 0.8, 0.8**2 / 0.6])


@given(st.floats(0.05, 0.999))
def test_a_range_holds_its_coverage(coverage):
    spread = distribution("normal", 10, 7, 13, coverage=coverage)
    assert spread.cumulative(13) - spread.cumulative(7) == pytest.approx(coverage)


def test_natural_parameters_overrule_moments():
    assert distribution("beta", 0.3, natural=(2, 5)).in_scipy[1][:2] == (2, 5)
    assert distribution("gamma", 1, se=9, natural=(3, 0.5)).in_scipy[1] == (3, 0, 2)
    assert distribution("lognormal", 1, natural=(-0.2, 0.4)).in_scipy[1][0] == 0.4
    assert distribution("normal", 1, natural=(-4, 2)).in_scipy[1] == (-4, 2)


@given(st.sampled_from(EXAMPLES[:7]), st.floats(0.01, 0.5), st.floats(0.55, 0.99))
def test_truncation_is_the_distribution_given_that_it_lies_inside(example, first, last):
    name, value, cells, _ = example
    whole = distribution(name, value, **cells)
    low, high = (float(whole.quantile(np.array(q))) for q in (first, last))
    cut = distribution(name, value, **cells, truncate_low=low, truncate_high=high)
    middle = cut.quantile(np.array([0.0, 0.5, 1.0]))
    assert middle[[0, 2]] == pytest.approx([low, high], rel=1e-6)
    assert whole.cumulative(middle[1]) == pytest.approx((first + last) / 2, rel=1e-6)
    drawn = draws(cut, 100, 1, "x", ())
    assert drawn.min() >= low
    assert drawn.max() <= high


IMPOSSIBLE = [
    ("weibul", 1, {}, "is not one of"),
    ("normal", 1, {}, "needs se, or both low and high"),
    ("normal", 1, {"se": 0.0}, "se is 0"),
    ("normal", math.nan, {"se": 1.0}, "finite value"),
    ("normal", 1, {"low": 2, "high": 1}, "low must be below high"),
    ("normal", 1, {"low": 0, "high": 2, "coverage": 1.0}, "coverage is 1"),
    ("normal", 1, {"low": 0, "high": 2, "coverage": 95}, "coverage is 95"),
    ("lognormal", -1, {"se": 1.0}, "a lognormal parameter is above 0"),
    ("lognormal", 1, {"low": 0, "high": 2}, "lies above 0"),
    ("gamma", 0, {"se": 1.0}, "a gamma parameter is above 0"),
    ("beta", 1.72, {"se": 0.1}, "a beta parameter lies between 0 and 1"),
    ("beta", 0.5, {"se": 0.5}, "an se below 0.5"),
    ("beta", 0.5, {"se": 1e300}, "an se below 0.5"),
    ("beta", 0.5, {"se": 1e-300}, "the spread does not suit the value 0.5: it gives no beta"),
    ("gamma", 1, {"se": 1e300}, "the spread does not suit the value 1: it gives no gamma"),
    ("gamma", 1, {"natural": (1, 1e-320)}, "the spread does not suit the value 1"),
    ("lognormal", 1, {"natural": (1000, 1)}, "the spread does not suit the value 1"),
    ("uniform", 0, {"low": -1e308, "high": 1e308}, "the spread does not suit the value 0"),
    ("uniform", 1, {"low": 0}, "needs both low and high"),
    ("triangular", 5, {"low": 0, "high": 2}, "it must lie between"),
    ("beta", 0.5, {"natural": (1, math.nan)}, "alpha and beta; give both"),
    ("gamma", 0.5, {"natural": (-1, 2)}, "shape of a gamma must be above 0"),
    ("normal", 0.5, {"natural": (-1, 0)}, "standard deviation of a normal must be above 0"),
    ("normal", 0, {"se": 1.0, "truncate_low": 9}, "next to none"),
    ("normal", 0, {"se": 1.0, "truncate_low": 1, "truncate_high": 0}, "the first must be below the second"),
    ("fixed", 0, {"truncate_low": 1}, "cannot be truncated"),
    ("uniform", 1, {"low": 0, "high": 2, "coverage": 0.9}, "low and high are the ends of a uniform distribution"),
    ("pert", 1, {"low": 0, "high": 2, "natural": (3, math.nan)}, "natural_1 is 3, but a pert distribution has low"),
    ("triangular", 1, {"low": 0, "high": 2, "natural": (math.nan, 4)}, "natural_2 is 4, but a triangular"),
]


@pytest.mark.parametrize(("name", "value", "cells", "words"), IMPOSSIBLE)
def test_impossible_cells_are_said_in_the_words_of_the_sheet(name, value, cells, words):
    with pytest.raises(ValueError, match=words):
        distribution(name, value, **cells)


#: Quantiles of a distribution by the cells of its row, and by scipy.stats from the textbook's own formulas.
cv = math.log(1 + (0.5 / 2.0) ** 2)
z90 = scipy.stats.norm.ppf(0.95)
BY_HAND = [
    (("normal", 1.5, 0.9, 2.1), {"coverage": 0.9}, scipy.stats.norm(1.5, 0.6 / z90)),
    (("normal", 9.0), {"natural": (-4, 2)}, scipy.stats.norm(-4, 2)),
    (("lognormal", 2.0), {"se": 0.5}, scipy.stats.lognorm(math.sqrt(cv), scale=2 * math.exp(-cv / 2))),
    (("lognormal", 0.8, 0.6, 1.1), {"coverage": 0.9}, scipy.stats.lognorm(math.log(1.1 / 0.6) / 2 / z90, scale=0.8)),
    (("lognormal", 9.0), {"natural": (-0.2, 0.4)}, scipy.stats.lognorm(0.4, scale=math.exp(-0.2))),
    (("gamma", 100.0), {"se": 20.0}, scipy.stats.gamma(25, scale=4)),
    (("gamma", 9.0), {"natural": (3, 0.5)}, scipy.stats.gamma(3, scale=2)),
    (("gamma", 100.0, 80.0, 120.0), {"coverage": 0.9}, scipy.stats.gamma((100 * z90 / 20) ** 2, scale=4 / z90**2)),
    (("beta", 0.7), {"se": 0.1}, scipy.stats.beta(0.7 * 20, 0.3 * 20)),
    (("beta", 0.9), {"natural": (2, 5)}, scipy.stats.beta(2, 5)),
    (("uniform", 3.0, 2.0, 6.0), {}, scipy.stats.uniform(2, 4)),
    (("triangular", 3.0, 2.0, 7.0), {}, scipy.stats.triang(0.2, 2, 5)),
    (("pert", 3.0, 2.0, 7.0), {}, scipy.stats.beta(1.8, 4.2, 2, 5)),
    (("normal", 1.0), {"se": 2.0, "truncate_low": 0.0}, scipy.stats.truncnorm(-0.5, math.inf, 1, 2)),
    (
        ("normal", 1.0),
        {"se": 2.0, "truncate_low": 0.0, "truncate_high": 4.0},
        scipy.stats.truncnorm(-0.5, 1.5, 1, 2),
    ),
]


@pytest.mark.parametrize(("cells", "options", "theirs"), BY_HAND)
def test_every_distribution_is_that_of_its_textbook(cells, options, theirs):
    ours = distribution(*cells, **options)
    np.testing.assert_allclose(ours.quantile(p), theirs.ppf(p), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours.cumulative(theirs.ppf(p)), p, rtol=1e-7, atol=1e-15)
    drawn = draws(ours, 3000, 3, "x", ())
    assert scipy.stats.kstest(drawn, theirs.cdf).pvalue > 1e-3


def of_every_kind():
    """Every distribution of one number in every way that a row gives it, at several values."""
    for name, kind in DISTRIBUTIONS.items():
        for value, sd in ((0.3, 0.05), (0.8, 0.2), (0.02, 0.01)):
            ways = [{"low": value - sd, "high": value + 1.5 * sd}]
            if kind.natural:
                ways += [{"se": sd}, {"natural": (20 * value, 1 + 20 * sd)}]
            for cells in ways:
                yield pytest.param(name, value, cells, id=f"{name}-{value}-{'-'.join(cells)}")


@pytest.mark.parametrize(("name", "value", "cells"), list(of_every_kind()))
def test_every_distribution_of_the_list_is_one_and_the_same_in_all_its_forms(name, value, cells):
    whole, support = distribution(name, value, **cells), support_of(name)
    theirs = in_scipy(whole)
    inside = np.linspace(0.001, 0.999, 41)
    quantiles = whole.quantile(inside)
    np.testing.assert_allclose(quantiles, theirs.ppf(inside), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(whole.cumulative(quantiles), inside, rtol=1e-7)
    assert (np.diff(quantiles) > 0).all()
    assert support.contains(quantiles).all()
    assert whole.cumulative(np.array([support.low, support.high])).tolist() == [0, 1]
    drawn = draws(whole, 3000, 5, "x", ("A",))
    assert support.contains(drawn).all()
    assert scipy.stats.kstest(drawn, theirs.cdf).pvalue > 1e-4
    cut = distribution(name, value, **cells, truncate_low=float(whole.quantile(np.array(0.2))))
    np.testing.assert_allclose(cut.quantile(inside), theirs.ppf(0.2 + 0.8 * inside), rtol=1e-7)


def test_every_name_has_a_meaning():
    assert set(names()) == {"fixed", *DISTRIBUTIONS, *SHARED}
    assert all(kind.meaning for kind in (*DISTRIBUTIONS.values(), *SHARED.values()))


def test_fixed_and_shared_distributions_are_not_those_of_one_number():
    assert all(distribution(name, 0.5, shared=SHARED) is None for name in ("", "fixed", *SHARED))
    assert width_in_errors(0.9) == pytest.approx(1.6448536)


# --- streams and batches ---
