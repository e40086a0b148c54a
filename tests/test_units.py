"""The grammar of units: what is read, what is refused, and how far two units are apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hecon.units import CURRENCIES, convert, currencies_of, parse_unit

READ = [
    ("USD", {"money": 1}, ""),
    ("€/mg", {"money": 1, "mass": -1}, ""),
    ("USD per mg", {"money": 1, "mass": -1}, ""),
    ("USD per patient per year", {"money": 1, "time": -1}, "year"),
    ("GBP a year", {"money": 1, "time": -1}, "year"),
    ("USD/capsule", {"money": 1}, ""),
    ("per month", {"time": -1}, "month"),
    ("log months", {"time": 1}, "month"),
    ("% of patients", {}, ""),
    ("share of events", {}, ""),
    ("mg/m²", {"mass": 1, "body surface": -1}, ""),
    ("mg/kg", {"mass": 1, "body weight": -1}, ""),
    ("transitions in a year", {"time": -1}, "year"),
    ("events per 100 person-years", {"time": -1}, "year"),
    ("QALYs", {"time": 1}, "year"),
    ("0 or 1", {}, ""),
]


@pytest.mark.parametrize(("text", "powers", "time"), READ)
def test_units_are_read(text, powers, time):
    unit = parse_unit(text)
    assert (dict(unit.powers), unit.time) == (powers, time)


@pytest.mark.parametrize("text", ["florins", "bananas per month", "USD/quux", "xx", "mmHg", "USD per moon"])
def test_other_words_are_refused(text):
    with pytest.raises(ValueError, match="is not a word of a unit"):
        parse_unit(text)
    assert not parse_unit(f"[{text}]").read


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz /%$", max_size=12))
def test_any_text_is_read_or_refused_in_words(text):
    try:
        size = parse_unit(text).size(365.25)
    except ValueError as error:
        size = 1.0 if "is not a word of a unit" in str(error) else 0.0
    assert size > 0


CONVERTED = [
    (10, "USD/month", "USD/year", 120),
    (3, "weeks", "days", 21),
    (2, "hours", "minutes", 120),
    (6, "USD/g", "USD/mg", 0.006),
    (5, "%", "share", 0.05),
    (730.5, "days", "years", 2),
    (0.02, "per month", "per week", 0.02 * 12 * 7 / 365.25),
    (4, "thousand USD", "USD", 4000),
    (1, "2024 USD", "USD (2021)", 1),
]


@pytest.mark.parametrize(("value", "unit", "wanted", "expected"), CONVERTED)
def test_values_are_converted_and_back(value, unit, wanted, expected):
    one, other = parse_unit(unit), parse_unit(wanted)
    assert convert(value, one, other, 365.25) == pytest.approx(expected)
    assert convert(expected, other, one, 365.25) == pytest.approx(value)


def test_logarithms_are_moved_and_not_multiplied():
    import math

    found = convert(3.0, parse_unit("log months"), parse_unit("log years"), 365.25)
    assert found == pytest.approx(math.log(math.exp(3) / 12))


@pytest.mark.parametrize("pair", [("USD", "USD/year"), ("mg", "kg"), ("months", "log months"), ("utility", "USD")])
def test_different_things_are_not_converted(pair):
    assert convert(1.0, *map(parse_unit, pair), 365.25) is None


def test_currencies_by_code_by_sign_and_by_a_word_of_their_own():
    assert all(currencies_of(code) == (code,) for code in CURRENCIES)
    assert currencies_of("$") == ("USD", "CAD", "AUD")
    assert currencies_of("Taler") == ("Taler",)
    assert dict(parse_unit("Taler/year", "Taler").powers) == {"money": 1, "time": -1}


@pytest.mark.parametrize("word", ["usd", "eur", "chf"])
def test_a_currency_in_small_letters_is_none_and_meant(word):
    with pytest.raises(ValueError, match=f"'{word}' is not a word of a unit. Did you mean '{word.upper()}'"):
        parse_unit(f"{word}/mg")


@pytest.mark.parametrize(
    ("word", "time"), [("daily", "day"), ("weekly", "week"), ("monthly", "month"), ("annual", "year")]
)
def test_an_adjective_of_time_is_once_each(word, time):
    found = parse_unit(word)
    assert (found.powers, found.times) == ({"time": -1}, ((time, -1),))
