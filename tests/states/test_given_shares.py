"""Shares by state as they are given, and years by time before death: by hand."""

import numpy as np
import pytest
import xarray as xr
from markov_models import timeline

import hecon as he
from hecon.errors import AlignmentError, HeconError, InputError

STATES = ["stable", "worse", "dead"]
SHARES = {"stable": [1, 0.6, 0.3], "worse": [0, 0.3, 0.4], "dead": [0, 0.1, 0.3]}
LABELS = {"strategy": ["A", "B"], "state": STATES, "before_death": ["last year", "earlier"]}
YEARS = {"cycle_length": 1, "cycle_unit": "year", "horizons": [2], "discount_rate_cost": 0, "discount_rate_effect": 0}


def test_a_mapping_of_state_to_share():
    state = he.partition(timeline(2), SHARES)
    assert state.values().tolist() == [[1, 0.6, 0.3], [0, 0.3, 0.4], [0, 0.1, 0.3]]
    assert state.dead == ("dead",)
    assert he.entering(state, "dead").values.tolist() == pytest.approx([0.1, 0.2])
    assert he.years_in(state.time, state, "worse").values.tolist() == [0, 0.3, 0.4]


def test_curves_constants_and_what_is_left():
    curve = he.Exponential(0.2)
    state = he.partition(timeline(2), {"stable": curve, "worse": 0.0, "dead": he.REMAINING})
    np.testing.assert_allclose(state.values(), he.partition(timeline(2), stable=curve, overall=curve).values())


def test_in_a_run_by_strategy_and_draw():
    def outcome(p, time):
        ill = p.ill * xr.DataArray([0.0, 0.5, 1.0], dims="edge")
        state = he.partition(time, {"stable": he.REMAINING, "worse": ill, "dead": 0.0})
        return he.Outcome(state, [he.cost("Care", he.years_in(time, state, "worse"), 100.0),
                                  he.life_years("Life years", he.years_in(time, state), he.alive(state))])  # fmt: skip

    values = {"ill": {"A": 0.2, "B": 0.4}}
    found = he.run(he.Case(outcome, values, labels=LABELS, settings=YEARS))
    assert found.totals.cost.values[:, 0].tolist() == pytest.approx([100 * 0.2 * (0.25 + 0.75), 40.0])
    assert found.totals.life_years.values[:, 0].tolist() == pytest.approx([2, 2])
    drawn = he.run(he.Case(outcome, {"ill": ("draw", [0.2, 0.4])}, labels=LABELS, settings=YEARS))
    assert drawn.totals.cost.values[:, 0, 0].tolist() == pytest.approx([20.0, 40.0])


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        (SHARES | {"dead": [0, 0.1, 0.4]}, r"shares +sum to 1.1 over the states; they must sum to 1 \(he.REMAINING"),
        (SHARES | {"worse": [0, 0.3, 0.9], "stable": he.REMAINING}, r"stable +its share is -0.2 at year 2"),
        (SHARES | {"dead": [0, 0.3, 0.1], "stable": he.REMAINING}, r"dead +its share falls; nobody leaves death"),
        (SHARES | {"dead": he.REMAINING, "stable": he.REMAINING}, r"2 remainders \(stable, dead\); one is allowed"),
        ({"stable": 1.0}, r"are of stable; two states or more are needed"),
    ],
)
def test_shares_that_cannot_be(shares, words):
    with pytest.raises(InputError, match=words):
        he.partition(timeline(2), shares)


def test_what_shares_do_not_say_is_refused():
    state = he.partition(timeline(2), SHARES)
    for ask in (he.entering, he.leaving):
        with pytest.raises(HeconError, match=r"do not say who (enters|leaves) 'worse'"):
            ask(state, "worse")
    with pytest.raises(HeconError, match=r"do not say who moves 'stable' to 'worse'"):
        he.moving(state, "stable", "worse")
    with pytest.raises(AlignmentError, match="by curves, or by shares"):
        he.partition(timeline(2), SHARES, overall=he.Exponential(1))
    with pytest.raises(AlignmentError, match="2 values by edge do not fit the 3 edges"):
        he.partition(timeline(2), SHARES | {"worse": [0, 1]})


# --- time before death ---


def test_utilities_by_time_before_death():
    """S(t) = 0.8^t: of those alive at t a fifth die within a year, at every t, the last horizon included."""

    def outcome(p, time):
        overall = he.Exponential(-np.log(0.8))
        state = he.partition(time, overall=overall, states=["stable", "dead"])
        years = he.years_before_death(time, overall, {"last year": 1, "earlier": None})
        return he.Outcome(state, [he.qaly("Quality of life", years, p.utility_before_death)])

    values = {"utility_before_death": {"last year": 0.4, "earlier": 0.9}}
    found = he.run(he.Case(outcome, values, labels=LABELS | {"state": ["stable", "dead"]}, settings=YEARS))
    years = 0.5 + 0.8 + 0.64 / 2
    assert found.totals.qaly.values[0, 0] == pytest.approx(years * (0.2 * 0.4 + 0.8 * 0.9))
    table = found.breakdown(by=["line", "before_death"]).groupby("before_death").value.first()
    assert table["last year"] == pytest.approx(0.4 * 0.2 * years)


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ({"a": 0.5, "b": 0.25, "c": None}, "'b' is 0.25; it must be a number of years above 0.5"),
        ({"a": None, "b": 1.0}, "'a' holds for all that is earlier, and so must be the last"),
        ({"a": 0.5}, "the last label must be None"),
        ({}, "the last label must be None"),
    ],
)
def test_lengths_that_cannot_be(until, words):
    with pytest.raises(HeconError, match=words):
        he.years_before_death(timeline(2), he.Exponential(0.5), until)
