"""A public workbook: what moves with a confidential number, by its list value, and what would tell it."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from linear import build, rows

from hecon.errors import HeconError, InputError
from hecon.inputs.confidential import public_inputs, secrets_of

SECRET, LISTED = 3.217, 6.434


@pytest.fixture
def plain():
    """Two prices, of which a scenario changes the first; nothing is confidential."""
    price = {"parameter": "drug_price", "confidential": "", "list_value": np.nan, "source": "Contract"}
    prices = rows({**price, "drug": "new_drug", "value": 3.0}, {**price, "drug": "old_drug", "value": 45.0})
    blank = {"drug": "", "low": np.nan, "high": np.nan, "description": ""}
    changes = [
        {**blank, "scenario": "Rebate", "target": "drug_price", "drug": "new_drug", "value": 2.4, "row": 5},
        {**blank, "scenario": "Undiscounted", "target": "discount_rate_cost", "value": 0.0, "row": 6},
        {**blank, "scenario": "Other curve", "target": "family", "value": "exponential", "row": 7},
    ]
    labels = {"strategy": ("A", "B"), "drug": ("new_drug", "old_drug")}
    return build(prices, {"Scenarios": pd.DataFrame(changes)}, labels)


@pytest.fixture
def kept(plain):
    """The same with a first price of 3.217 a mg that is confidential, half of that on the list, and its scenario."""
    parameters, scenarios = plain.parameters.copy(), plain.tables["Scenarios"].copy()
    own = {"value": SECRET, "low": 2.413, "high": 4.021, "confidential": "yes", "list_value": LISTED}
    parameters.loc[0, list(own)] = list(own.values())
    scenarios.loc[0, ["value", "low", "high"]] = [2.574, 2.231, 2.917]
    return dataclasses.replace(plain, parameters=parameters, tables={"Scenarios": scenarios})


def price_of(inputs):
    return inputs.parameters.iloc[0]


def test_a_workbook_without_a_confidential_row_says_how_one_is_marked(plain):
    with pytest.raises(HeconError, match="is confidential: write yes in its column 'confidential'"):
        public_inputs(plain)


def test_secrets_are_the_row_with_its_range_and_the_scenario_that_changes_it(kept):
    row = kept.tables["Scenarios"].loc[0, "row"]
    cell = price_of(kept).cell
    assert secrets_of(kept) == {
        f"{cell}, value": SECRET, f"{cell}, low": 2.413, f"{cell}, high": 4.021,
        f"Scenarios, row {row}, value": 2.574,
        f"Scenarios, row {row}, low": 2.231,
        f"Scenarios, row {row}, high": 2.917,
    }  # fmt: skip


def test_ranges_and_scenarios_move_as_the_list_value_does(kept, plain):
    public = public_inputs(kept, complete=True)
    price = price_of(public)
    assert (price.value, price.low, price.high) == pytest.approx((LISTED, 2 * 2.413, 2 * 4.021))
    assert (price.source, price.note, price.confidential) == ("list value", "", "")
    lower, *others = public.tables["Scenarios"].to_dict("records")
    assert [lower["value"], lower["low"], lower["high"]] == pytest.approx([2 * 2.574, 2 * 2.231, 2 * 2.917])
    assert [row["value"] for row in others] == [row["value"] for row in plain.tables["Scenarios"].to_dict("records")][
        1:
    ]
    assert price_of(kept).value == SECRET  # the workbook itself is left alone


def test_a_public_workbook_needs_a_number_in_the_place_of_each(kept):
    parameters = kept.parameters.copy()
    parameters["list_value"] = float("nan")
    unlisted = dataclasses.replace(kept, parameters=parameters)
    with pytest.raises(InputError, match="is confidential and has no list_value; a public workbook needs a number"):
        public_inputs(unlisted, complete=True)
    assert price_of(public_inputs(unlisted)).value == pytest.approx(1.37 * SECRET)


@pytest.mark.parametrize("number", ["3.217", "3.22", "2.57", "2.23", "2.917"])
def test_a_text_that_tells_a_number_of_the_price_or_of_its_scenario_is_refused(kept, number):
    scenarios = kept.tables["Scenarios"].copy()
    scenarios.loc[0, "description"] = f"a rebate to {number} was agreed"
    telling = dataclasses.replace(kept, tables={"Scenarios": scenarios})
    with pytest.raises(InputError, match=rf"would still hold {number}, the number of .*; take it out of notes"):
        public_inputs(telling)
    public_inputs(kept)
