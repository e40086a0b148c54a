"""Scenarios with an interval: what the sheet may say, inputs as they are in a scenario, and what draws make of it."""

import math
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from good_workbook import good_settings, good_tables

import hecon as he
from hecon.errors import InputError, UnknownNameError
from hecon.inputs.scenario_inputs import uncertain_scenarios
from hecon.inputs.template import write_inputs

ROOT = Path(__file__).resolve().parents[2]
NAME = "New drug 20% cheaper"
PRICE = "drug_price · new_drug"


@pytest.fixture
def read(tmp_path):
    """Give a function that reads the workbook of a new project with cells of a scenario changed."""
    he.new_project(tmp_path / "project")

    def reading(scenario=NAME, **cells):
        tables = good_tables()
        next(row for row in tables["Scenarios"] if row["scenario"] == scenario).update(cells)
        write_inputs(tmp_path / "x.xlsx", tables, good_settings())
        return he.read_workbook(tmp_path / "x.xlsx", models=tmp_path / "project" / "models")

    return reading


def test_a_value_of_a_scenario_is_drawn_from_its_interval(read):
    inputs = read(low=1.8, high=3.0, distribution="normal")
    assert uncertain_scenarios(inputs) == (NAME,)
    own = he.scenario_inputs(inputs, NAME)
    drawn = he.psa.parameter_table(own.draws(4000))
    assert drawn[PRICE].mean() == pytest.approx(2.4, abs=0.02)
    assert drawn[PRICE].std() == pytest.approx((3.0 - 1.8) / 2 / 1.96, rel=0.05)
    # what it does not change has the draws of the base case
    base = he.psa.parameter_table(inputs.draws(4000))
    others = [name for name in base if name != PRICE]
    pd.testing.assert_frame_equal(drawn[others], base[others])
    # without a distribution it is that of the input, which is uniform: low to high
    uniform = he.psa.parameter_table(he.scenario_inputs(read(low=2.0, high=3.0), NAME).draws(4000))[PRICE]
    assert (uniform.min(), uniform.max()) == (pytest.approx(2.0, abs=0.01), pytest.approx(3.0, abs=0.01))


def test_a_value_without_an_interval_is_fixed(read):
    inputs = read()
    assert uncertain_scenarios(inputs) == ()
    drawn = he.psa.parameter_table(he.scenario_inputs(inputs, NAME).draws(50))
    assert PRICE not in drawn or set(drawn[PRICE]) == {2.4}
    assert PRICE in he.psa.parameter_table(inputs.draws(50))


def test_the_base_case_of_a_scenario_is_the_scenario():
    """Curves, settings and values, of every scenario of a workbook."""
    inputs = he.read_workbook(ROOT / "inputs" / "isa_dara_pd_us.xlsx", models=ROOT / "models")
    model = inputs.load_model()
    for name in ("Subgroup: more than 3 lines", "No difference in efficacy", "Discounting at 5 %", "Body weight 75 kg"):
        own = he.run(he.scenario_inputs(inputs, name).base_case(model)).totals
        expected = he.run(inputs.scenario(name, model)).totals
        for measure in expected:
            np.testing.assert_array_equal(own[measure].values, expected[measure].values)
    with pytest.raises(UnknownNameError, match="Did you mean"):
        he.scenario_inputs(inputs, "No differense in efficacy")


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"low": 1.8}, "high", "high is blank while low is given; give both or neither"),
        ({"low": 2.6, "high": 3.0}, "low", "the interval is 2.6 to 3; it must hold the value, 2.4"),
        ({"low": -1, "high": 3.0}, "low", "low of drug_price is -1; it must"),
        ({"distribution": "normal"}, "low", "distribution is normal, but low and high are blank"),
        ({"low": 1.8, "high": 3.0, "distribution": "norml"}, "distribution", "Did you mean 'normal'?"),
        ({"scenario": "Discount at 1.5%", "low": 0.01, "high": 0.02}, "low", "discount_rate_cost is no parameter"),
    ],
)
def test_an_interval_that_cannot_be_is_a_fault_at_its_cell(read, cells, column, words):
    with pytest.raises(InputError) as caught:
        read(**cells)
    found = next(fault for fault in caught.value.faults if words in fault.what)
    letter = {"low": "I", "high": "J", "distribution": "K"}[column]
    assert found.where.startswith("Scenarios!")
    assert letter in found.where


def test_subgroups_are_drawn_with_their_anchored_intervals(tmp_path):
    inputs = he.read_workbook(ROOT / "inputs" / "isa_dara_pd_us.xlsx", models=ROOT / "models")
    names = uncertain_scenarios(inputs)
    assert names == tuple(name for name in inputs.scenarios if name.startswith("Subgroup"))
    # renal impairment, high-risk cytogenetics, 75 and over, more than 3 lines
    published = (0.847, 0.406, 1.769), (0.776, 0.327, 1.846), (0.873, 0.398, 1.914), (1.475, 0.572, 3.805)
    for name, (ratio, low, high) in zip(names, published, strict=True):
        drawn = he.psa.parameter_table(he.scenario_inputs(inputs, name).draws(4000))
        own = 1 / drawn["hazard_ratio · Dara-Pd · progression_free_survival"]
        assert np.median(own) == pytest.approx(ratio, rel=0.03)
        assert np.quantile(own, [0.025, 0.975]) == pytest.approx((low, high), rel=0.08)
        assert low < 1 < high
        assert math.log(high / ratio) == pytest.approx(math.log(ratio / low), rel=0.02)
    suite = he.run_suite(inputs, ["scenario_draws"])
    found = suite.scenario_draws
    assert list(dict.fromkeys(found.scenario)) == list(names)
    assert set(found.draws) == {2000}
    assert (found.incremental_qaly_low < 0).all()
    assert (found.incremental_qaly_high > 0).all()
    he.write_workbook(suite.base, tmp_path / "results.xlsx", scenario_draws=found)
    page = openpyxl.load_workbook(tmp_path / "results.xlsx")["Scenarios in draws"]
    said = " ".join(str(cell.value) for row in page.iter_rows() for cell in row if cell.value)
    assert "in each of the 4 scenarios drawn with an interval of its own" in said
    assert "2,000 times" in said
