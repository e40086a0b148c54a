"""Transitions in other lengths, complements, shares by state: values by hand, and refusals by their words."""

import numpy as np
import pytest

import hecon as he
from hecon import REMAINING
from hecon.errors import HeconError, InputError
from hecon.states.partitioned import partition
from hecon.states.roots import rescale_transitions
from hecon.states.transitions import Transitions

STATES = ["well", "ill", "dead"]
TIME = he.Timeline.regular(he.Settings(horizons=(2,), cycle_length=1, cycle_unit="year"))


def test_a_complement_takes_what_the_other_moves_leave_in_another_length_too():
    yearly = {("well", "ill"): 0.2, ("well", "dead"): 0.12, ("ill", "dead"): 0.5}
    remaining = {**yearly, ("well", "well"): 0.68, ("well", "dead"): REMAINING}
    plain, rest = (rescale_transitions(Transitions(STATES, values), over=1, to=0.5) for values in (yearly, remaining))
    assert rest.values.keys() == plain.values.keys()
    assert float(rest.values["ill", "dead"]) == pytest.approx(1 - np.sqrt(0.5))
    for pair, value in plain.values.items():
        assert float(rest.values[pair]) == pytest.approx(float(value))


def test_probabilities_of_1_have_no_rate():
    with pytest.raises(InputError, match="no constant rates give these probabilities"):
        rescale_transitions(Transitions(["well", "ill"], {("well", "ill"): 1.0}), over=1, to=0.5)
    rates = Transitions(["well", "ill"], {("well", "ill"): 1.0}, kind="rate")
    with pytest.raises(InputError, match=r"kind +is rate; only probabilities have a length"):
        rescale_transitions(rates, over=1, to=0.5)


def test_a_state_that_is_left_with_probability_0_is_absorbing_and_with_more_it_is_not():
    values = {("well", "ill"): 0.2, ("dead", "well"): 0.0, ("ill", "dead"): 0.1}
    assert Transitions(STATES, values, dead="dead").dead == ("dead",)
    with pytest.raises(InputError, match="leaves 'dead', which nobody leaves: it is absorbing"):
        Transitions(STATES, values | {("dead", "well"): 0.1}, dead="dead")


def test_what_was_the_complement_of_old_values_is_not_kept_beside_new_ones():
    stays = Transitions(STATES, {("well", "well"): 0.8, ("well", "ill"): 0.2, ("ill", "dead"): 0.1})
    assert ("well", "well") not in stays.with_relative_risk(2.0, [("well", "ill")]).values
    rest = Transitions(STATES, {("well", "well"): REMAINING, ("well", "ill"): 0.2, ("ill", "dead"): 0.1})
    assert rest.with_relative_risk(2.0, [("well", "ill")]).values["well", "well"] is REMAINING


def test_shares_by_state_know_the_dead_and_not_who_moves():
    given = partition(TIME, shares={"well": [1.0, 0.6, 0.3], "ill": [0.0, 0.2, 0.3], "dead": [0.0, 0.2, 0.4]})
    assert np.asarray(given.exits("dead").values()).tolist() == [0.0, 0.0]
    np.testing.assert_allclose(given.entries("dead").values(), [0.2, 0.2])
    for ask in (given.exits, given.entries):
        with pytest.raises(HeconError, match=r"shares by state alone do not say who (leaves|enters) 'ill'"):
            ask("ill")


def test_a_rule_of_crossing_curves_is_one_of_those_there_are():
    with pytest.raises(HeconError, match="crossing is 'capped'; it must be one of"):
        partition(TIME, overall=he.Exponential(0.2), crossing="capped")
