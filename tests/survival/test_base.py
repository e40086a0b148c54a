from __future__ import annotations

import doctest
import importlib
import pkgutil

import numpy as np
import pytest
from families_of_curves import STRATEGIES, by_strategy
from scipy.special import gamma, gammainc

import hecon.survival
from hecon.errors import AlignmentError, InputError, UnknownNameError
from hecon.survival.adjust import HazardRatio
from hecon.survival.exponential import Exponential
from hecon.survival.lognormal import Lognormal
from hecon.survival.piecewise_exponential import PiecewiseExponential
from hecon.survival.weibull import Weibull

MODULES = [module.name for module in pkgutil.iter_modules(hecon.survival.__path__, "hecon.survival.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_a_curve_of_numbers_gives_numbers_and_vectors():
    curve = Weibull(1.2, 4)
    assert isinstance(curve.survival(1), float)
    assert isinstance(curve.survival([1, 2]), np.ndarray)
    assert isinstance(curve.restricted_mean(2), float)
    vector = curve.survival(np.array([1.0, 2.0]))
    vector[0] = 0  # the user's own
    assert curve.survival(1.0) > 0


def test_a_labelled_curve_gives_labels_then_time():
    curve = Exponential(by_strategy(0.1, 0.2, 0.3))
    found = curve.survival([0.0, 1.0])
    assert found.dims == ("strategy", "time")
    assert found.time.values.tolist() == [0.0, 1.0]
    assert found.strategy.values.tolist() == STRATEGIES
    assert curve.survival(1.0).dims == ("strategy",)
    assert curve.quantile([0.1, 0.5]).dims == ("strategy", "probability")
    assert curve.median().sel(strategy="Pd") == pytest.approx(np.log(2) / 0.3)
    assert curve.restricted_mean(2.0).sel(strategy="Pd") == pytest.approx((1 - np.exp(-0.6)) / 0.3, rel=1e-12)


@pytest.mark.parametrize("shape", [0.3, 0.7, 1.0, 2.5])
@pytest.mark.parametrize("horizon", [0.5, 3.0, 40.0])
def test_restricted_mean_against_the_closed_form(shape, horizon):
    expected = 2 / shape * gamma(1 / shape) * gammainc(1 / shape, (horizon / 2) ** shape)
    assert Weibull(shape, 2.0).restricted_mean(horizon) == pytest.approx(expected, rel=1e-11)


def test_discounted_restricted_mean_against_the_closed_form():
    for form, force in (("continuous", 0.03), ("effective", np.log(1.03))):
        total = 0.4 + force
        expected = (1 - np.exp(-total * 5)) / total
        assert Exponential(0.4).restricted_mean(5, 0.03, form) == pytest.approx(expected, rel=1e-12)


def test_restricted_mean_stops_at_every_knot():
    curve = PiecewiseExponential([0, 1, 1.5], [0.1, 3.0, 0.2])
    first = (1 - np.exp(-0.1)) / 0.1
    second = np.exp(-0.1) * (1 - np.exp(-1.5)) / 3
    third = np.exp(-1.6) * (1 - np.exp(-0.1)) / 0.2
    assert curve.restricted_mean(2.0) == pytest.approx(first + second + third, rel=1e-13)


def test_edges_are_read_only_and_laid_out_in_full():
    values, axes = HazardRatio(Exponential(0.2), by_strategy(0.5, 1.0, 2.0)).at_edges(np.array([0.0, 1.0]))
    assert values.shape == (3, 2)
    assert axes.dims == ("strategy",)
    assert values.flags.c_contiguous


def test_select_takes_labels_away():
    curve = HazardRatio(Weibull(1.3, by_strategy(1.0, 2.0, 3.0)), by_strategy(0.5, 0.6, 0.7))
    curve.at_edges(np.array([0.0, 1.0]))  # what is remembered must not be taken along
    assert curve.axes.dims == ("strategy",)
    single = curve.select(strategy="Dara-Pd")
    assert single.axes.dims == ()
    assert single.survival(1.5) == pytest.approx(curve.survival(1.5).sel(strategy="Dara-Pd").item(), rel=1e-15)
    with pytest.raises(UnknownNameError, match=r"no dimension 'strateg'.*Did you mean 'strategy'"):
        curve.select(strateg="Pd")


def test_what_is_asked_for_must_make_sense():
    curve = Lognormal(1, 1)
    with pytest.raises(InputError, match="is -1; it must be at least 0"):
        curve.survival([-1.0, 2.0])
    with pytest.raises(InputError, match="between 0 and 1"):
        curve.quantile(1.2)
    with pytest.raises(AlignmentError, match="2 dimensions"):
        curve.survival([[1.0]])
    with pytest.raises(InputError, match="is float; it must be a survival curve"):
        HazardRatio(0.5, 0.7)
    with pytest.raises(AlignmentError, match="labels of 'strategy' differ"):
        HazardRatio(Exponential(by_strategy(0.1, 0.2)), by_strategy(1.0, 1.0, 1.0)).survival(1.0)
