from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from hecon.survival import special
from hecon.survival.generalised_gamma import GeneralisedGamma


def survival(w, q):
    return float(special.generalised_gamma_tail(np.array([w]), np.array([q]))[0])


@pytest.mark.parametrize("q", [1e-12, 1e-6, -1e-3, 0.005, -0.012, 0.0199, -0.0199, 0.0201, -0.05])
@pytest.mark.parametrize("w", [-4.0, -1.0, 0.0, 0.5, 2.0, 6.0])
def test_generalised_gamma_near_the_lognormal_is_the_integral_of_its_density(w, q):
    """The density exp((q w - exp(q w)) / q^2 ...) integrated; its factor from Stirling's series, k = 1 / q^2."""
    k = q**-2
    factor = 1 / math.sqrt(2 * math.pi) / math.exp(1 / (12 * k) - 1 / (360 * k**3))

    def density(x):
        v = q * x
        excess = v * v / 2 * (1 + v / 3 + v**2 / 12 + v**3 / 60 + v**4 / 360 + v**5 / 2520 + v**6 / 20160)
        return factor * math.exp(-(excess if abs(v) < 0.1 else math.expm1(v) - v) * k)

    ends = [w, w + 1, w + 3, w + 8, w + 40]
    expected = sum(integrate.quad(density, *piece, epsabs=0, epsrel=1e-13)[0] for piece in pairwise(ends))
    assert survival(w, q) == pytest.approx(expected, rel=2e-13)


def test_the_two_ways_of_the_generalised_gamma_meet():
    edge = special.NEAR_NORMAL
    w = np.linspace(-9, 9, 61)
    for sign in (1.0, -1.0):
        inside, outside = np.full(61, sign * edge * (1 - 1e-12)), np.full(61, sign * edge)
        np.testing.assert_allclose(
            special.generalised_gamma_tail(w, inside), special.generalised_gamma_tail(w, outside), rtol=1e-11
        )
        np.testing.assert_allclose(
            special.generalised_gamma_log_tail(w, inside), special.generalised_gamma_log_tail(w, outside), rtol=1e-11
        )


def test_the_slope_in_q_at_the_lognormal():
    """To first order in Q, w has mean -Q / 2 and skewness -Q, so by Edgeworth dS/dQ = -phi(w) (1/2 + (w^2 - 1) / 6)."""
    w, step = 0.7, 1e-5
    slope = (survival(w, step) - survival(w, -step)) / (2 * step)
    expected = stats.norm.pdf(w) * (-1 / 2 - (w**2 - 1) / 6)
    assert slope == pytest.approx(expected, rel=1e-9)


@given(st.floats(-0.0199, 0.0199), st.floats(1e-12, 1 - 1e-12))
def test_quantiles_near_the_lognormal(q, share):
    log_tail = np.log1p(-share)
    w = special.generalised_gamma_at_log_tail(np.array([log_tail]), np.array([q]))
    found = special.generalised_gamma_log_tail(w, np.array([q]))[0]
    assert found == pytest.approx(log_tail, rel=1e-12)


@pytest.mark.parametrize("a", [0.2, 1.0, 7.5, 300.0, 2500.0])
def test_gamma_log_tails_join_their_far_forms(a):
    """The continued fraction and the series agree with scipy where both still have digits."""
    x = stats.gamma(a).isf(np.array([1e-250, 1e-200, 1e-150]))
    log_ratio = np.log(x / a)
    expected = np.log(special.gamma_tail(np.full(3, a), x, upper=True))
    np.testing.assert_allclose(special._log_far_upper(np.full(3, a), log_ratio), expected, rtol=1e-12)
    x = stats.gamma(a).ppf(np.array([1e-250, 1e-200, 1e-150])) if a > 1 else np.array([1e-300, 1e-200, 1e-100])
    log_ratio = np.log(x / a)
    expected = np.log(special.gamma_tail(np.full(3, a), x, upper=False))
    np.testing.assert_allclose(special._log_far_lower(np.full(3, a), log_ratio), expected, rtol=1e-12)


@pytest.mark.parametrize("a", [0.01, 0.5, 1.0, 9.999, 10.0, 200.0, 1e6])
def test_stirling(a):
    expected = math.lgamma(a) - ((a - 0.5) * math.log(a) - a + 0.5 * math.log(2 * math.pi))
    found = special.log_gamma_star(np.array([a]))[0]
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-14 * max(1.0, a * math.log(a + 2)))


@pytest.mark.parametrize("z", [-40.0, -8.0, -1.0, 0.0, 3.0, 37.0, 200.0])
def test_normal_tails(z):
    at = np.array([z])
    assert special.normal_tail(at)[0] == pytest.approx(stats.norm.sf(z), rel=1e-13)
    assert special.normal_log_tail(at)[0] == pytest.approx(stats.norm.logsf(z), rel=1e-13)
    expected = math.exp(stats.norm.logpdf(z) - stats.norm.logsf(z))
    assert special.normal_hazard(at)[0] == pytest.approx(expected, rel=1e-11)
    if -8 < z < 40:
        assert special.normal_at_log_tail(special.normal_log_tail(at))[0] == pytest.approx(z, rel=1e-9, abs=1e-12)


def test_a_precise_number():
    """Q = 2 has k = 1/4; Q = sqrt(2) has k = 1/2, where the gamma tail is erfc(sqrt(u))."""
    q, w = math.sqrt(2), 0.3
    expected = math.erfc(math.sqrt(0.5 * math.exp(q * w)))
    assert GeneralisedGamma(0, 1, q).survival(math.exp(w)) == pytest.approx(expected, rel=1e-14)
    assert GeneralisedGamma(0, 1, -q).survival(math.exp(-w)) == pytest.approx(1 - expected, rel=1e-13)


def test_scipy_is_loaded_when_first_needed():
    code = (
        "import sys; from hecon.survival.families import FAMILIES; from hecon.survival import choose; "
        "FAMILIES['weibull'](1.2, 3.0).survival(1.0); sys.exit('scipy.special' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
