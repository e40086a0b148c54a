"""Integrals over time: equal to closed forms, and to adaptive quadrature where a curve has a kink."""

import numpy as np
import pytest
from scipy.integrate import quad

from hecon.survival import quadrature
from hecon.survival.quadrature import integral_over
from hecon.survival.weibull import Weibull

ONE = np.zeros(1), np.ones(1)


@pytest.mark.parametrize("power", [-0.3, 0.05, 0.5, 1.0, 7.0])
def test_powers_of_time_are_integrated_to_rounding_though_their_slope_at_0_has_no_end(power):
    assert integral_over(lambda t: t**power, *ONE, 1e-12) == pytest.approx(1 / (1 + power), rel=1e-11)


def test_pieces_are_added_up_each_by_itself():
    steps = np.array([0.0, 0.5, 2.0, 3.0])
    found = integral_over(lambda t: 1.0 * (t >= 0.5) + 1.0 * (t >= 2.0), steps[:-1], np.diff(steps), 1e-12)
    assert found == pytest.approx(1.5 + 2.0, rel=1e-9)


def test_a_curve_with_a_kink_goes_to_adaptive_quadrature(monkeypatch):
    asked = []
    adaptive = quadrature._adaptive
    monkeypatch.setattr(quadrature, "_adaptive", lambda *given: asked.append(1) or adaptive(*given))
    assert integral_over(lambda t: np.minimum(t, 0.3), *ONE, 1e-12) == pytest.approx(0.045 + 0.21, abs=1e-10)
    assert asked
    integral_over(np.exp, *ONE, 1e-12)
    assert len(asked) == 1


@pytest.mark.parametrize(("shape", "scale"), [(0.3, 1.0), (1.0, 0.02), (1.5, 2.0), (6.0, 3.0)])
def test_restricted_means_are_those_of_another_rule(shape, scale):
    expected = quad(lambda t: np.exp(-((t / scale) ** shape)), 0, 10, epsabs=1e-13, limit=500, points=[scale])[0]
    assert Weibull(shape, scale).restricted_mean(10.0) == pytest.approx(expected, rel=1e-9)
