"""Value-based prices and discounts give the threshold when the model is run at them; the grid is of two prices."""

from pathlib import Path

import numpy as np
import pytest

import hecon as he
from hecon.analysis.sensitivity.price_pairs import prices_of_pair
from hecon.analysis.sensitivity.prices import DISCOUNT_COLUMNS, value_based_discounts

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def inputs():
    return he.read_workbook(ROOT / "inputs" / "isa_dara_pd_us.xlsx")


@pytest.fixture(scope="module")
def suite(inputs):
    return he.run_suite(inputs, ["thresholds", "price_grid"])


def at(inputs, drug, price):
    return he.run(inputs.base_case().with_values(drug_price={drug: price})).incremental()


@pytest.mark.parametrize("drug", ["isatuximab", "daratumumab"])
def test_a_run_at_a_value_based_price_gives_the_threshold(inputs, suite, drug):
    table = suite.thresholds
    own = table[(table["input"] == f"drug_price · {drug}") & (table["status"] == "found")]
    own = own[(own["strategy"] == "Isa-Pd") & (own["comparator"] == "Dara-Pd")]
    assert len(own) == 12  # three horizons, at three thresholds and at nought
    for row in own.to_dict("records"):
        found = at(inputs, drug, row["threshold"]).set_index(["strategy", "comparator", "horizon_years"])
        one = found.loc["Isa-Pd", "Dara-Pd", row["horizon_years"]]
        level = row["willingness_to_pay"]
        assert one["incremental_cost"] / one["incremental_qaly"] == pytest.approx(level, rel=1e-6, abs=1e-6 * 150_000)
        assert level * one["incremental_qaly"] - one["incremental_cost"] == pytest.approx(0, abs=1e-3)


def test_discounts_are_what_leads_to_the_price(suite):
    table = value_based_discounts(suite.thresholds)
    assert list(table) == list(DISCOUNT_COLUMNS)
    np.testing.assert_allclose(table["base_value"] * (1 - table["discount"]), table["threshold"], rtol=1e-12)
    isa = table[(table["label"] == "Drug price: isatuximab") & (table["comparator"] == "Dara-Pd")]
    five = isa[isa["horizon_years"] == 5].set_index("willingness_to_pay").discount
    assert five.is_monotonic_decreasing  # the more a QALY is worth, the less must come off
    assert set(isa["worth_it"]) == {"below"}


def test_the_grid_is_of_the_price_of_each_side(inputs, suite):
    assert prices_of_pair(inputs, "Isa-Pd", "Dara-Pd") == ("drug_price · isatuximab", "drug_price · daratumumab")
    table = suite.price_grid
    assert set(table["first_input"]) == {"drug_price · isatuximab"}
    cell = table[(table["first_discount"] == 0.3) & (table["second_discount"] == 0.1)]
    cell = cell[cell["willingness_to_pay"] == 150_000].set_index("horizon_years")
    both = inputs.base_case().with_values(drug_price={"isatuximab": 0.7 * 6.5, "daratumumab": 0.9 * 5.61})
    found = he.run(both).incremental().set_index(["strategy", "comparator", "horizon_years"]).incremental_cost
    for horizon, row in cell.iterrows():
        assert row["incremental_cost"] == pytest.approx(found["Isa-Pd", "Dara-Pd", horizon], rel=1e-9)


def test_a_workbook_without_prices_of_both_sides_has_no_grid(inputs):
    from hecon.analysis.registry import analysis

    assert prices_of_pair(inputs, "Dara-Pd", "Dara-Pd") is None
    simple = he.read_workbook(ROOT / "inputs" / "simple_partitioned.xlsx")
    assert not analysis("price_grid").asked(simple)


def test_the_sheets_say_what_the_tables_say(suite, tmp_path):
    import openpyxl

    own = {"thresholds": suite.thresholds, "price_grid": suite.price_grid}
    book = openpyxl.load_workbook(he.write_workbook(suite.base, tmp_path / "results.xlsx", **own))
    rows = [[cell.value for cell in row] for row in book["Price grid"].iter_rows()]
    place = next(i for i, row in enumerate(rows) if row[0] == "5 years: ICER (USD per QALY)")
    table = suite.price_grid[suite.price_grid["willingness_to_pay"] == 150_000]
    five = table[table["horizon_years"] == 5].pivot(index="first_discount", columns="second_discount", values="icer")
    for down, row in enumerate(rows[place + 2 : place + 12]):
        assert row[0] == pytest.approx(five.index[down])
        for across, said in enumerate(row[1:11]):
            icer = five.iloc[down, across]
            assert said == ("dominant" if np.isnan(icer) else f"{icer:,.0f}")
    discounts = [[cell.value for cell in row] for row in book["Value-based discounts"].iter_rows(min_row=5)]
    line = next(row for row in discounts if row[:3] == ["Drug price: isatuximab", "Isa-Pd against Dara-Pd", "5 years"])
    table = value_based_discounts(suite.thresholds)
    one = table[(table["label"] == line[0]) & (table["horizon_years"] == 5) & (table["comparator"] == "Dara-Pd")]
    assert line[5:9] == [f"at least {100 * d:,.1f}%" for d in one.sort_values("willingness_to_pay")["discount"]]
