"""A case is a value: every verb gives a new one, and says what it does not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import hecon as he
from hecon.errors import AlignmentError, HeconError, InputError, UnknownNameError

WORKBOOK = Path(__file__).resolve().parents[2] / "inputs" / "isa_dara_pd_us.xlsx"


@pytest.fixture(scope="module")
def inputs() -> he.Inputs:
    return he.read_workbook(WORKBOOK)


def cost(case: he.Case) -> np.ndarray:
    return he.run(case).totals.cost.values


def test_a_price_of_one_drug_changes_and_the_case_does_not(inputs: he.Inputs) -> None:
    case = inputs.base_case()
    before = cost(case)
    cheaper = case.with_values(drug_price={"daratumumab": 4.2})
    after = cost(cheaper)
    assert (after[1] < before[1]).all()
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    np.testing.assert_array_equal(cost(case), before)
    assert case.values["drug_price"].sel(drug="daratumumab") == 5.61


def test_nested_labels_whole_values_and_draws(inputs: he.Inputs) -> None:
    case = inputs.base_case()
    halved = case.with_values(relative_dose_intensity={"Dara-Pd": {"daratumumab": 0.5}})
    assert (cost(halved)[1] < cost(case)[1]).all()
    batch = case.with_values(end_of_life_cost=("draw", [0.0, 15_870.0]))
    np.testing.assert_allclose(cost(batch)[1], cost(case), rtol=1e-12)
    with pytest.raises(HeconError, match="different numbers of draws"):
        batch.with_values(added_hour_cost=("draw", [1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drug_prize": 3.0}, "Did you mean 'drug_price'"),
        ({"drug_price": {"daratumumb": 3.0}}, "Did you mean 'daratumumab'"),
        ({"drug_price": [1.0, 2.0]}, "give a number, a mapping"),
    ],
)
def test_names_that_nobody_declared(inputs: he.Inputs, change: dict[str, object], words: str) -> None:
    with pytest.raises((UnknownNameError, AlignmentError), match=words):
        inputs.base_case().with_values(**change)


def test_another_curve_by_family_or_by_reference(inputs: he.Inputs) -> None:
    case = inputs.base_case()
    by_family = case.with_curve("overall_survival", "Isa-Pd", family="exponential")
    assert he.run(by_family).totals.life_years[0, 2] != he.run(case).totals.life_years[0, 2]
    same = case.with_curve("overall_survival", "Dara-Pd", reference="Isa-Pd", effect="same")
    years = he.run(same).totals.life_years.values
    np.testing.assert_array_equal(years[0], years[1])
    with pytest.raises(UnknownNameError, match="no row for Isa-PD"):
        case.with_curve("overall_survival", "Isa-PD", family="exponential")


def test_the_price_year_moves_costs_that_have_one(inputs: he.Inputs) -> None:
    case = inputs.base_case()
    factor = case.price_factor("drug_price")
    assert factor is not None
    assert factor.sel(drug="dexamethasone").item() == pytest.approx(518.876 / 463.675)
    assert factor.sel(drug="isatuximab").item() == 1.0
    assert case.with_values(drug_price={"isatuximab": 7.0}).price_factor("drug_price") is factor
    later = case.with_settings(price_year=2021)
    assert (cost(later) > cost(case)).all()
    assert later.used_values()["drug_price"].sel(drug="isatuximab").item() == pytest.approx(6.5 * 525.3 / 518.876)
    with pytest.raises(InputError, match="has no index for 1999"):
        he.run(case.with_settings(price_year=1999))


def test_draws_and_seed_are_settings_that_count(inputs: he.Inputs) -> None:
    few = inputs.draws(20)
    assert few.draws == 20
    assert inputs.draws(20, seed=1).values["drug_price"][0, 1] != few.values["drug_price"][0, 1]
    np.testing.assert_array_equal(inputs.draws(20).values["drug_price"], few.values["drug_price"])
    assert inputs.base_case().with_settings(draws=5).settings.draws == 5


def test_a_scenario_is_the_base_case_with_its_changes(inputs: he.Inputs) -> None:
    dear = inputs.scenario("Daratumumab USD 6.00 per mg")
    by_hand = inputs.base_case().with_values(drug_price={"daratumumab": 6.0})
    np.testing.assert_array_equal(cost(dear), cost(by_hand))
    assert dear.name == "Daratumumab USD 6.00 per mg"
    with pytest.raises(UnknownNameError, match="no scenario"):
        inputs.scenario("Daratumumab for nothing")


def test_a_comparator_must_be_a_strategy(inputs: he.Inputs) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'Dara-Pd'"):
        inputs.base_case().with_settings(comparator="Dara-PD")
    with pytest.raises(HeconError, match="names of its strategies"):
        he.Case(lambda p, time: None, {}, labels={"state": ["alive"]})
