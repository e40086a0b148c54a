"""Switches and short ways of a row: in which analyses it is varied, and a standard error from sd and n."""

import numpy as np
import pytest

import hecon as he
from hecon.inputs.template import write_inputs

BASE = {"status": "assumed", "note": "made up", "distribution": "gamma", "unit": "USD/year"}
ILL = {**BASE, "parameter": "ill_cost_per_year", "value": 900.0}
WELL = {**BASE, "parameter": "well_cost_per_year", "value": 100.0, "se": 10.0}


def outcome(p, time):
    state = he.markov(
        time, he.Transitions(["well", "ill", "dead"], {("well", "ill"): 0.2, ("ill", "dead"): 0.3}), "well"
    )
    return he.Outcome(state, [he.cost("Well", he.years_in(time, state, "well"), p.well_cost_per_year),
                              he.cost("Ill", he.years_in(time, state, "ill"), p.ill_cost_per_year),
                              he.qaly("Life", he.years_in(time, state), he.alive(state))])  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def reading(ill, well=WELL, **more):
        labels = [{"dimension": "strategy", "label": name} for name in "AB"]
        labels += [{"dimension": "state", "label": name} for name in ("well", "ill", "dead")]
        settings = {"model": "any", "horizons": "3", "cycle_length": 1, "cycle_unit": "year", "comparator": "B"}
        path = tmp_path / "one.xlsx"
        write_inputs(path, {"Labels": labels, "Parameters": [{**ILL, **ill}, well], **more}, settings)
        return he.read_workbook(path)

    return reading


@pytest.mark.parametrize(
    ("include", "tornado", "psa"),
    [(None, True, True), ("tornado", True, False), ("psa", False, True), ("no", False, False)],
)
def test_which_analyses_vary_a_row(read, include, tornado, psa):
    inputs = read({"se": 90.0, "include": include})
    moved = set(he.one_way(inputs, outcome="cost", strategy="A", comparator="B", model=outcome).table["input"])
    assert moved == {"well_cost_per_year"} | ({"ill_cost_per_year"} if tornado else set())
    draws = inputs.draws(50, model=outcome).values
    assert ("draw" in draws["ill_cost_per_year"].dims) == psa
    assert "draw" in draws["well_cost_per_year"].dims
    both = read({"se": 90.0}).draws(50, model=outcome).values["well_cost_per_year"]
    np.testing.assert_array_equal(draws["well_cost_per_year"], both)  # no other draw changes


def test_a_range_that_is_kept_out_of_the_tornado(read):
    inputs = read({"low": 700.0, "high": 1100.0, "include": "psa"})
    table = he.one_way(inputs, outcome="cost", strategy="A", comparator="B", model=outcome).table
    assert set(table["input"]) == {"well_cost_per_year"}


def test_what_is_drawn_together_is_kept_out_together(read):
    pairs = [{"input_1": "ill_cost_per_year", "input_2": "well_cost_per_year", "correlation": 0.5}]
    with pytest.raises(he.InputError, match=r"Parameters!\w5 .*drawn together with well_cost_per_year; keep both out"):
        read({"se": 90.0, "include": "no"}, Correlations=pairs)
    out = read({"se": 90.0, "include": "no"}, {**WELL, "include": "no"}, Correlations=pairs)
    assert all("draw" not in array.dims or len(set(array.values)) == 1
               for array in out.draws(20, model=outcome).values.values())  # fmt: skip


def test_a_standard_error_from_sd_and_n(read):
    inputs = read({"sd": 540.0, "n": 36})
    rows = inputs.parameters.set_index("parameter")
    assert rows.se["ill_cost_per_year"] == 90.0
    same = read({"se": 90.0})
    drawn = [one.draws(20, model=outcome).values["ill_cost_per_year"].values for one in (inputs, same)]
    np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"sd": 540.0}, "sd of ill_cost_per_year is given without n"),
        ({"n": 36}, "n of ill_cost_per_year is given without sd"),
        ({"sd": 540.0, "n": 36, "se": 80.0}, "se of ill_cost_per_year is 80, but sd / root of n is 90"),
        ({"sd": 540.0, "n": 36.5}, "n is 36.5"),
        ({"se": 90.0, "include": "tornadoes"}, "Did you mean 'tornado'"),
    ],
)
def test_what_cannot_be(read, cells, words):
    with pytest.raises(he.InputError, match=words):
        read(cells)
