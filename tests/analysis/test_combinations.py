"""Scenarios together: each change is there, in any order, and contradictions are refused."""

import pandas as pd
import pytest
from linear import build, inputs, outcome

import hecon as he
from hecon.analysis.scenarios import run_combinations


def with_scenarios():
    table = pd.DataFrame(
        [
            ("Cheap A", "price", "A", 10.0),
            ("No fee", "fee", "", 0.0),
            ("No fee", "horizons", "", "1"),
            ("Dear A", "price", "A", 90.0),
        ],
        columns=["scenario", "target", "strategy", "value"],
    )
    return build(inputs().parameters, {"Scenarios": table})


def test_a_combination_makes_every_change():
    results = run_combinations(with_scenarios(), [("Cheap A", "No fee")], model=outcome)
    assert list(results) == ["base case", "Cheap A + No fee"]
    both = results["Cheap A + No fee"]
    assert both.time.horizons == (1.0,)
    assert both.table().cost.tolist() == pytest.approx([10, 20])
    other = run_combinations(with_scenarios(), [("No fee", "Cheap A")], model=outcome)["No fee + Cheap A"]
    pd.testing.assert_frame_equal(other.table(), both.table())


def test_every_pair_unless_some_are_named():
    own = with_scenarios()
    kept = own.tables["Scenarios"].query("scenario != 'Dear A'")
    results = run_combinations(build(own.parameters, {"Scenarios": kept}), model=outcome)
    assert list(results) == ["base case", "Cheap A + No fee"]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("Cheap A", "Dear A"), "change price to different values"),
        (("Cheap A",), "at least two different scenarios"),
        (("Cheap A", "Cheap A"), "at least two different scenarios"),
        (("Cheap A", "No fees"), "Did you mean 'No fee'"),
    ],
)
def test_wrong_combinations(names, words):
    with pytest.raises(he.HeconError, match=words):
        run_combinations(with_scenarios(), [names], model=outcome)
