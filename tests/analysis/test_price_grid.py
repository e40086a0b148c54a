"""Two-way grids of net discounts, and value-based prices run again."""

import pytest
from linear import inputs, outcome

import hecon as he
from hecon.errors import HeconError


def test_a_grid_of_discounts():
    own = inputs()
    table = he.price_grid(own, "price: A", "price: B", (0, 0.2), (0, 0.5), model=outcome)
    base = own.parameters.set_index(["parameter", "strategy"])["value"]
    assert len(table) == 4 * len(own.settings.horizons) * len(own.settings.willingness_to_pay)
    for row in table.to_dict("records"):
        assert row["first_price"] == pytest.approx(base["price", "A"] * (1 - row["first_discount"]))
        prices = {"A": row["first_price"], "B": row["second_price"]}
        case = own.base_case(outcome).with_values(price=prices)
        again = he.run(case).incremental(comparator="B")
        again = again[again.horizon_years == row["horizon_years"]].iloc[0]
        assert row["incremental_cost"] == pytest.approx(again["incremental_cost"], rel=1e-12, abs=1e-12)
        assert row["icer"] == pytest.approx(again["icer"], nan_ok=True)
        assert row["quadrant"] == again["quadrant"]
        gain = row["willingness_to_pay"] * row["incremental_qaly"] - row["incremental_cost"]
        assert row["incremental_net_monetary_benefit"] == pytest.approx(gain)
        assert abs(gain) < 1e-9 or row["best_strategy"] == ("A" if gain > 0 else "B")


def test_what_cannot_be_a_grid():
    with pytest.raises(HeconError, match="needs two prices"):
        he.price_grid(inputs(), "price: A", "price: A", model=outcome)
    with pytest.raises(HeconError, match="at most 1"):
        he.price_grid(inputs(), "price: A", "price: B", (0, 1.5), model=outcome)


def test_running_at_the_value_based_price_gives_the_threshold():
    own = inputs()
    table = he.value_based_price(own, "price: A", "A", model=outcome)
    assert (table["status"] == "found").all()
    for row in table.to_dict("records"):
        case = own.base_case(outcome).with_values(price={"A": row["threshold"]})
        again = he.run(case).incremental(comparator="B").set_index("horizon_years")["icer"]
        assert again[row["horizon_years"]] == pytest.approx(row["willingness_to_pay"], rel=1e-6)


def test_at_every_threshold_and_horizon_of_a_shipped_workbook(myeloma):
    table = he.value_based_price(myeloma, "drug_price: isatuximab", "Isa-Pd", "Dara-Pd")
    assert len(table) == len(myeloma.settings.horizons) * len(myeloma.settings.willingness_to_pay)
    found = table[table["status"] == "found"]
    assert len(found) > 0
    for row in found.to_dict("records"):
        case = myeloma.base_case().with_values(drug_price={"isatuximab": row["threshold"]})
        again = he.run(case).incremental(comparator="Dara-Pd").set_index(["strategy", "horizon_years"])["icer"]
        assert again["Isa-Pd", row["horizon_years"]] == pytest.approx(row["willingness_to_pay"], rel=1e-6)


@pytest.fixture(scope="module")
def myeloma():
    return he.read_workbook("inputs/isa_dara_pd_us.xlsx")
