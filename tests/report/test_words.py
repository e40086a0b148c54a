import math

import pytest

from hecon.report.words import headline, icer_in_words, in_words, money, qalys, quadrant_in_words, several, years


@pytest.mark.parametrize(
    ("quadrant", "shown"),
    [
        ("NE", 51_234.0),
        ("SE", "dominant"),
        ("S", "dominant"),
        ("E", "dominant"),
        ("NW", "dominated"),
        ("N", "dominated"),
        ("W", "dominated"),
        ("SW", "saves 51,234 per QALY forgone"),
        ("equal", "equal"),
        (math.nan, ""),
    ],
)
def test_only_one_quadrant_shows_a_bare_number(quadrant, shown):
    assert icer_in_words(51_234.0, quadrant) == shown


@pytest.mark.parametrize(
    ("cost", "effect", "quadrant", "sentence"),
    [
        (1000.0, 0.5, "NE", "A costs USD 1,000 more than B and gains 0.500 QALYs: USD 2,000 per QALY gained."),
        (-1000.0, 0.5, "SE", "A costs USD 1,000 less than B and gains 0.500 QALYs: it is dominant."),
        (1000.0, -0.5, "NW", "A costs USD 1,000 more than B and loses 0.500 QALYs: it is dominated."),
        (
            -1000.0,
            -0.5,
            "SW",
            "A costs USD 1,000 less than B and loses 0.500 QALYs: it saves USD 2,000 per QALY forgone.",
        ),
        (1000.0, 0.0, "N", "A costs USD 1,000 more than B and gives the same QALYs: it is dominated."),
        (-1000.0, 0.0, "S", "A costs USD 1,000 less than B and gives the same QALYs: it is dominant."),
        (0.0, 0.5, "E", "A costs the same as B and gains 0.500 QALYs: it is dominant."),
        (0.0, -0.5, "W", "A costs the same as B and loses 0.500 QALYs: it is dominated."),
        (0.0, 0.0, "equal", "A and B cost the same and give the same QALYs."),
    ],
)
def test_every_quadrant_has_its_sentence(cost, effect, quadrant, sentence):
    icer = cost / effect if quadrant in ("NE", "SW") else math.nan
    assert headline("A", "B", cost, effect, icer, quadrant, "USD") == sentence


def test_names_and_numbers():
    assert in_words("progression_free_survival") == "Progression-free survival"
    assert in_words("Isa_Pd") == "Isa_Pd"
    assert money(-0.4) == "0"
    assert qalys(0.0004) == "0.0004"
    assert (years(1), years(2.5)) == ("1 year", "2.5 years")
    assert several(["A"]) == "A"
    assert several([]) == ""
    assert quadrant_in_words("SW") == "costs less, loses QALYs"
    assert quadrant_in_words(math.nan) == ""


@pytest.mark.parametrize(("effect", "telling"), [(-0.0099, False), (-0.0101, True), (math.nan, True)])
def test_a_saving_near_no_loss_is_words(effect, telling):
    assert ("per QALY forgone" in str(icer_in_words(2e7, "SW", effect=effect))) == telling
