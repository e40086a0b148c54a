"""A case built in Python is enough: analyses take it, with the uncertainty, correlation and scenarios that it says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hecon as he
from hecon.errors import HeconError, InputError, UnknownNameError
from hecon.inputs.from_case import as_inputs

ROOT = Path(__file__).parents[2]
STATES = ["well", "ill", "dead"]


def outcome(p, time):
    """A Markov model with a value by age, which has labels, and one by cycle, which has none."""
    moves = {("well", "ill"): p.falling_ill, ("ill", "dead"): 0.2, ("well", "dead"): he.by_age(time, p.dying, p.age)}
    state = he.markov(time, he.Transitions(STATES, moves), start="well")
    years = he.years_in(time, state)
    lines = [
        he.cost("Care", years, p.care_cost_per_year),
        he.cost("Drug", years, he.alive(state), p.drug_cost_per_year, p.price_by_cycle),
        he.qaly("Time in state", years, p.utility),
        he.life_years("Life years", years, he.alive(state)),
    ]
    return he.Outcome(state, lines)


@pytest.fixture(scope="module")
def case():
    return he.Case(
        outcome,
        values={
            "falling_ill": {"A": 0.2, "B": 0.1},
            "dying": ("age", [0.01, 0.05]),
            "age": 60,
            "care_cost_per_year": {"well": 100, "ill": 2000, "dead": 0},
            "drug_cost_per_year": {"A": 0, "B": 900},
            "utility": {"well": 0.9, "ill": 0.6, "dead": 0},
            "price_by_cycle": ("cycle", np.linspace(1, 0.8, 10)),
        },
        labels={"strategy": ["A", "B"], "state": STATES, "age": ["60", "65"]},
        settings={"horizons": [5, 10], "cycle_length": 1, "cycle_unit": "year", "comparator": "A", "draws": 200,
                  "sobol_samples": 64},
        uncertainty={
            "falling_ill": {"A": he.Uncertain("beta", se=0.03), "B": he.Uncertain("beta", se=0.02)},
            "drug_cost_per_year: B": he.Uncertain("gamma", se=90),
            "utility": {"well": he.Uncertain("beta", se=0.02), "ill": he.Uncertain("beta", se=0.05)},
        },
        correlation={("utility: well", "utility: ill"): 0.5},
        scenarios={
            "Half price": {"drug_cost_per_year": {"B": 450}},
            "No discounting": {"discount_rate_cost": 0.0, "discount_rate_effect": 0.0},
        },
    )  # fmt: skip


def test_the_base_case_is_the_case(case):
    inputs = as_inputs(case)
    assert as_inputs(inputs) is inputs
    again = inputs.base_case()
    assert again.values.keys() == case.values.keys()
    assert all(again.values[name].transpose(*case.values[name].dims).equals(case.values[name]) for name in case.values)
    assert he.run(again).totals.equals(he.run(case).totals)


def test_one_way_two_way_and_prices(case):
    table = he.one_way(case).table
    assert set(table["input"]) == {"falling_ill · A", "falling_ill · B", "drug_cost_per_year · B", "utility · well",
                                   "utility · ill"}  # fmt: skip
    assert len(he.two_way(case, "drug_cost_per_year: B", "utility: ill", points=3).table)
    price = he.threshold(case, "drug_cost_per_year: B", willingness_to_pay=20_000, horizon=10)
    assert price is not None


def test_draws_have_their_spread_and_correlation(case):
    psa = he.run_psa(case, 4000)
    assert np.isfinite(psa.totals.cost.values).all()
    batch = as_inputs(case).draws(4000)
    well, ill = (batch.values["utility"].sel(state=name).values for name in ("well", "ill"))
    assert well.std() == pytest.approx(0.02, rel=0.1)
    assert np.corrcoef(well, ill)[0, 1] == pytest.approx(0.5, abs=0.06)


def test_scenarios(case):
    found = he.run_scenarios(case)
    half = he.run(case.with_values(drug_cost_per_year={"B": 450})).totals.cost
    assert found["Half price"].totals.cost.equals(half)
    free = he.run(case.with_settings(discount_rate_cost=0.0, discount_rate_effect=0.0)).totals.qaly
    assert found["No discounting"].totals.qaly.equals(free)


def test_global_sensitivity(case):
    assert set(he.sobol(case, n=16).table["input"]) >= {"falling_ill · A"}
    assert he.global_sensitivity(case, method="morris", n=8) is not None


def test_a_change_of_a_workbook_s_case_is_what_is_analysed(case):
    dearer = case.with_values(drug_cost_per_year={"B": 1800})
    rows = as_inputs(dearer).parameters
    assert rows[rows["parameter"] == "drug_cost_per_year"]["value"].tolist() == [0, 1800]


def test_an_order_is_kept_by_every_draw(case, tmp_path):
    """Drawn apart, with such spreads, quality of life when ill is at times above that when well."""
    wide = {"utility": {"well": he.Uncertain("beta", se=0.08), "ill": he.Uncertain("beta", se=0.2)}}
    ordered = [("utility: well", "utility: ill")]
    apart, kept = (replace(case, uncertainty=wide, correlation={}, order=order) for order in ((), ordered))
    before, after = he.run_psa(apart, 500).drawn, he.run_psa(kept, 500).drawn
    well, ill = (next(name for name in before if name.endswith(end)) for end in ("well", "ill"))
    assert (before[ill] > before[well]).mean() > 0.05
    assert (after[ill] <= after[well]).all()
    np.testing.assert_array_equal(after[well], before[well])  # the higher one keeps its draws
    written = he.write_case(replace(kept, values={**kept.values, "price_by_cycle": 1.0}), tmp_path / "ordered.xlsx")
    assert he.read_workbook(written).tables["Order"][["higher", "lower"]].values.tolist() == [[well, ill]]
    with pytest.raises(HeconError, match=r"order: .* must be a pair of inputs, the higher one first"):
        he.run_psa(replace(kept, order=["utility: well"]), 10)


@pytest.mark.slow
def test_the_suite_and_the_live_workbook(case, tmp_path):
    suite = he.run_suite(case)
    assert {"one_way", "psa", "evppi"} <= set(suite.analyses)
    plain = he.Case(case.model, {n: v for n, v in case.values.items() if n != "price_by_cycle"} | {"price_by_cycle": 1},
                    case.labels, case.settings, uncertainty=case.uncertainty)  # fmt: skip
    assert he.write_live_workbook(plain, tmp_path / "live.xlsx").exists()


@pytest.mark.parametrize(
    ("field", "given", "error", "words"),
    [
        ("uncertainty", {"utilty": he.Uncertain("beta", se=0.1)}, UnknownNameError, "Did you mean 'utility'"),
        ("uncertainty", {"utility: well": 0.1}, HeconError, "give he.Uncertain"),
        ("uncertainty", {"utility: well": he.Uncertain("beta", se=0.5)}, InputError, "has an se below"),
        ("uncertainty", {"age": he.Uncertain("betta", se=0.5)}, InputError, "Did you mean 'beta'"),
        ("correlation", {("utility: well", "age"): 0.5}, InputError, "has no distribution of its own"),
        ("scenarios", {"X": {"drug_cost": 3}}, UnknownNameError, "Did you mean 'drug_cost_per_year'"),
    ],
)
def test_what_a_case_cannot_mean_is_one_message(case, field, given, error, words):
    fields = {"uncertainty": case.uncertainty, "correlation": {}, "scenarios": {}, field: given}
    wrong = he.Case(case.model, case.values, case.labels, case.settings, **fields)
    with pytest.raises(error, match=words):
        he.run_psa(wrong, 10)


def test_a_batch_is_no_base_case(case):
    with pytest.raises(HeconError, match="a batch of draws is one analysis already"):
        he.one_way(as_inputs(case).draws(5))
    with pytest.raises(HeconError, match="give the inputs of a workbook, or a case, not dict"):
        he.one_way({})


def test_a_workbook_reads_back_equal(case, tmp_path):
    with pytest.raises(HeconError, match=r"dimensions without labels: 'price_by_cycle' \(cycle\)"):
        he.write_case(case, tmp_path / "no.xlsx")
    values = {**case.values, "price_by_cycle": 1.0}
    fields = {"uncertainty": case.uncertainty, "correlation": case.correlation, "scenarios": case.scenarios}
    written = he.Case(case.model, values, case.labels, case.settings, **fields)
    inputs = he.read_workbook(he.write_case(written, tmp_path / "one.xlsx"))
    equal(inputs.base_case(outcome), written)
    assert he.run(inputs.scenario("Half price", outcome)).totals.equals(he.run_scenarios(written)["Half price"].totals)
    drawn, own = inputs.draws(50, model=outcome), as_inputs(written).draws(50)
    assert he.run(drawn).totals.cost.values == pytest.approx(he.run(own).totals.cost.values, rel=1e-12)


def equal(one, other):
    """The same values, labels, settings, and the same results to the bit."""
    assert one.labels == other.labels
    assert one.settings == other.settings
    assert set(one.values) == set(other.values)
    for name, array in other.values.items():
        assert one.values[name].transpose(*array.dims).equals(array), name
    assert all((he.run(one).totals[kind] == total).all() for kind, total in he.run(other).totals.items())


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ROOT / "inputs").glob("*.xlsx")), ids=lambda path: path.stem)
def test_shipped_models_read_back_equal(path, tmp_path):
    source = he.read_workbook(path)
    case = source.base_case()
    again = he.read_workbook(he.write_case(case, tmp_path / "again.xlsx", source.model))
    equal(again.base_case(), case)
