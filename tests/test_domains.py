"""One class for what a number may be: the same rule and the same words at every door."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hecon as he
from hecon.domains import POSITIVE, REAL, SHARE, Domain

numbers = st.floats(-3, 3) | st.sampled_from([0.0, 1.0, -1.0, math.inf, -math.inf, math.nan])
domains = st.builds(
    Domain, st.sampled_from([-math.inf, -1.0, 0.0]), st.sampled_from([0.5, 1.0, math.inf]), st.booleans()
)


@given(domains, numbers)
def test_one_number_and_many_are_judged_alike(domain, number):
    inside = domain.hold(number)
    assert domain.contains(np.array([number, 0.25])).tolist() == [inside, domain.hold(0.25)]
    assert (domain.fault("x", number) is None) == inside
    if inside:
        assert domain.number(number) == number
    else:
        with pytest.raises(ValueError, match=domain.words):
            domain.number(number)
        assert domain.words in domain.fault("x", number).what


@given(domains, domains, numbers)
def test_within_permits_what_both_permit(one, other, number):
    assert one.within(other).hold(number) == (one.hold(number) and other.hold(number))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_domain_holds_what_is_not_finite(number):
    assert not any(domain.hold(number) for domain in (REAL, POSITIVE, SHARE))


@pytest.mark.parametrize("value", [True, "3", None, [3]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="must be a number"):
        REAL.number(value)


def test_whole_numbers():
    assert Domain(1).whole_number(3.0) == 3
    for value, words in ((2.5, "must be a whole number"), (0, "must be at least 1"), (True, "must be a whole number")):
        with pytest.raises(ValueError, match=words):
            Domain(1).whole_number(value)


def test_a_curve_and_a_setting_speak_alike():
    with pytest.raises(he.InputError, match=r"rate +is -1; it must be above 0"):
        he.Exponential(-1)
    with pytest.raises(he.InputError, match=r"cycle_length +is -1; it must be above 0"):
        he.Settings(cycle_length=-1)
