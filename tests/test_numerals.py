"""Numbers as people type them: what is beyond doubt is read, what can be read in two ways is refused with both."""

import pytest

from hecon.numerals import numbers_in, shown, why_not_a_number
from hecon.settings import Settings


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1, 3, 5", [1, 3, 5]),
        ("1,3,5", [1, 3, 5]),
        ("1; 3.5;5", [1, 3.5, 5]),
        ("50000,100000", [50000, 100000]),
        ("50000, 100000, 150000", [50000, 100000, 150000]),
        ("0.125; 0.250", [0.125, 0.25]),
        ("20000", [20000]),
        ("1e4; 2E4", [1e4, 2e4]),
        ("1, 3,", [1, 3]),
    ],
)
def test_lists_beyond_doubt(text, numbers):
    assert numbers_in(text) == numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("50.000; 100.000", "may mean 50 or 50000 ('50.000'): type 50.0000 or 50000"),
        ("50.000", "may mean 50 or 50000"),
        ("1,5; 10", "may mean 1.5 or 1 and 5 ('1,5')"),
        ("1,5, 10", "may mean 1.5 or 1 and 5 ('1,5')"),
        ("0,5", "may mean 0.5 or 0 and 5"),
        ("1,500", "may mean 1500, 1.5, or 1 and 500"),
        ("50,000, 100,000", "may mean 50000, 50, or 50 and 000"),
        ("50,000,100,000", "may mean 50000100000 or 50 and 000 and 100 and 000"),
        ("1;3,5", "may mean 3.5 or 3 and 5"),
        ("1 3 5", "holds '1 3 5', which is not a number"),
        ("3.5%; 5", "holds '3.5%', which is not a number: type 0.035"),
        ("50 000; 1", "holds '50 000', which is not a number"),
        ("one; two", "holds 'one', which is not a number"),
    ],
)
def test_lists_in_doubt_are_refused_with_both_readings(text, words):
    with pytest.raises(ValueError, match=r"means?|mean|holds") as caught:
        numbers_in(text)
    assert words in str(caught.value)


def test_fifteen_digits_are_what_a_spreadsheet_shows():
    assert shown(0.1 * 3 * 10) == 3
    assert Settings(draws=0.1 * 3 * 1000, seed=0.1 * 3 * 10).draws == 300
    assert shown(3.000001) != 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3.5%", "percent sign: type 0.035"),
        ("0,035", "decimal comma: type 0.035"),
        ("2026", "the number 2026 stored as text"),
    ],
)
def test_text_in_the_place_of_a_number_says_what_to_type(text, words):
    assert words in why_not_a_number(text)
