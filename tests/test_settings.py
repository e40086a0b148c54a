"""What a setting refuses: the rule in one sentence, wherever the value comes from."""

import re

import pytest

import hecon as he
from hecon.settings import years_per

WRONG = [
    ({"horizons": ()}, "must hold at least one number"),
    ({"horizons": 3 + 0j}, "must be a list of numbers, such as 1, 3, 5"),
    ({"horizons": (3, 1)}, "must increase from one number to the next"),
    ({"discount_rate_cost": "three per cent"}, "must be a rate such as 0.03, or a schedule such as 0: 0.035, 30: 0.03"),
    ({"discount_rate_cost": 0j}, "must be a rate such as 0.03, or a schedule such as"),
    ({"discount_rate_cost": ((1, 0.03),)}, "must begin at year 0, as a list of year and rate"),
    ({"discount_rate_cost": ((0, 0.03, 1),)}, "must begin at year 0, as a list of year and rate"),
    ({"discount_rate_cost": ((0, 0.03), (0, 0.02))}, "must have years that increase, such as 0: 0.035"),
    ({"title": 3}, "must be text"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_a_value_that_is_none_is_refused_with_its_rule(changes, words):
    (name,) = changes
    for ask in (lambda: he.Settings(**changes), lambda: he.Settings().with_changes(**changes)):
        with pytest.raises(he.InputError, match=f"{name}.*{re.escape(words)}"):
            ask()


def test_a_schedule_is_read_as_it_is_typed():
    assert he.Settings(discount_rate_cost="0: 0.035, 30: 0.03").discount_rate_cost == ((0, 0.035), (30, 0.03))
    assert he.Settings(discount_rate_cost="0.035").discount_rate_cost == 0.035


def test_an_unknown_unit_of_time_is_told_the_known_ones():
    with pytest.raises(he.UnknownNameError, match=r"'moth' is not one of .*Did you mean 'month'\?"):
        years_per("moth", 365.25)
