"""Rows of a further strategy, state or drug: what is a copy, what is nought, and what is nobody's copy."""

import pytest

from hecon.inputs.additions import _copied, _insert_label
from hecon.labels import STATE, STRATEGY

NEW, OLD = "Third", "New"


def copies(sheet, dimension, *rows, name=NEW, like=OLD):
    return [row for _, row in _copied(sheet, list(rows), dimension, name, like)]


@pytest.mark.parametrize(("reference", "taken"), [(OLD, NEW), ("Standard", "Standard"), (None, None)])
def test_a_strategy_that_took_its_own_other_curve_does_so_again(reference, taken):
    row = {"strategy": OLD, "endpoint": "time_on_treatment", "reference": reference, "effect": "same"}
    (copy,) = copies("Curves", STRATEGY, row, {**row, "strategy": "Standard"})
    assert (copy["strategy"], copy["reference"]) == (NEW, taken)
    assert copy["note"] == "to be checked: copied from New"


def test_a_strategy_has_the_moves_of_the_other_and_a_state_is_left_as_it_but_entered_by_nobody():
    move = {"strategy": OLD, "from": "ill", "to": "dead", "kind": "probability", "value": 0.2, "low": 0.1, "high": 0.3}
    stay, fall = {**move, "from": "ill", "to": "ill"}, {**move, "from": "well", "to": "ill"}
    rest = {**fall, "from": "dead", "to": "ill", "kind": "remaining", "value": None}
    (copy,) = copies("Transitions", STRATEGY, move, {**move, "strategy": "Standard"})
    assert (copy["strategy"], copy["from"], copy["to"], copy["value"]) == (NEW, "ill", "dead", 0.2)
    worse = copies("Transitions", STATE, move, stay, fall, rest, name="worse", like="ill")
    assert [(row["from"], row["to"], row["value"], row["low"]) for row in worse] == [
        ("worse", "dead", 0.2, 0.1), ("worse", "worse", 0.2, 0.1), ("well", "worse", 0.0, None),
    ]  # fmt: skip


def test_a_strategy_has_no_share_of_a_market_whose_shares_sum_to_1():
    row = {"strategy": OLD, "year": 1, "share_without": 0.2, "share_with": 0.6}
    (copy,) = copies("Market", STRATEGY, row, {**row, "strategy": "Standard"})
    assert (copy["strategy"], copy["share_without"], copy["share_with"]) == (NEW, 0.0, 0.0)
    assert copies("Market", STATE, row) == []


def test_the_copy_of_a_share_is_drawn_with_its_own_group():
    row = {"strategy": OLD, "parameter": "share", "value": 0.4, "distribution": "dirichlet", "group": "lines"}
    (copy,) = copies("Parameters", STRATEGY, {**row, "source": "Trial 2020", "status": "reported"})
    assert copy["group"] == "lines, Third"
    assert (copy["status"], copy["source"]) == ("assumed", None)
    assert copy["note"] == "to be checked: copied from New; there: Trial 2020"
    (joint,) = copies("Parameters", STRATEGY, {**row, "distribution": "beta"})
    assert joint["group"] == "lines"


@pytest.mark.parametrize("sheet", ["Checks", "Studies", "Labels"])
def test_what_is_a_decision_of_its_own_is_not_copied(sheet):
    assert copies(sheet, STRATEGY, {"strategy": OLD}) == []


def test_who_is_given_a_drug_is_not_copied():
    assert copies("Schedules", "drug", {"strategy": OLD, "drug": "a"}, name="b", like="a") == []
    assert len(copies("Schedules", STRATEGY, {"strategy": OLD, "drug": "a"})) == 1


@pytest.mark.parametrize(
    ("like", "keeps_last", "expected"),
    [
        ("New", True, ["New", "Third", "Standard"]),
        ("Standard", False, ["New", "Standard", "Third"]),
        ("Standard", True, ["New", "Third", "Standard"]),  # the last one is what others are compared with
    ],
)
def test_the_last_strategy_stays_the_comparator(like, keeps_last, expected):
    rows = [{"dimension": "strategy", "label": label} for label in ("New", "Standard")]
    rows.append({"dimension": "drug", "label": "a"})
    _insert_label(rows, STRATEGY, NEW, like, keeps_last=keeps_last)
    assert [row["label"] for row in rows] == [*expected, "a"]
    assert next(row for row in rows if row["label"] == NEW)["description"] == f"to be checked: like {like}"
