"""Prices and other inputs at which a decision turns, against a model that is linear in them."""

import pytest
from linear import build, inputs, outcome, rows

import hecon as he
from hecon.analysis.sensitivity.prices import ALL_OTHERS, PRICE_COLUMNS, decision_thresholds


def found(own, tornados=()):
    table = decision_thresholds(own, tornados, model=outcome)
    assert list(table) == list(PRICE_COLUMNS)
    return table


def at(table, name, level, horizon=1.0):
    rows = table[(table.input == name) & (table.willingness_to_pay == level) & (table.horizon_years == horizon)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_price_turns_the_decision_where_net_benefit_is_nought():
    table = found(inputs())
    assert at(table, "price · A", 100.0).threshold == pytest.approx(40)
    assert at(table, "price · A", 0.0).threshold == pytest.approx(20)
    assert at(table, "price · B", 100.0).threshold == pytest.approx(30)
    own = at(table, "price · A", 100.0)
    assert (own.worth_it, own.strategy, own.comparator) == ("below", "A", "B")
    assert own.change == pytest.approx(-0.2)
    assert own.outcome_base == pytest.approx(-10)
    assert own.outcome_at_threshold == pytest.approx(0, abs=1e-9)
    assert at(table, "price · B", 100.0).worth_it == "above"
    assert own.label == "Price: A"
    assert own.cell == "Parameters!C5"


def test_the_same_as_the_value_based_price():
    table, price = found(inputs()), he.value_based_price(inputs(), "price: A", "A", model=outcome)
    assert at(table, "price · A", 100.0).threshold == price.threshold.iloc[0]


def test_an_input_that_is_no_price_only_where_its_range_turns_the_decision():
    own = inputs()
    assert set(found(own).input) == {"price · A", "price · B"}
    tornado = he.one_way(own, model=outcome)
    table = found(own, [tornado])
    turning = set(tornado.table[tornado.table.changes_sign].input)
    assert "gain · A" in turning
    assert set(table.input) == {"price · A", "price · B"} | turning
    own = at(table, "gain · A", 100.0)
    assert own.threshold == pytest.approx(1.1)
    assert own.worth_it == "above"


def test_only_rows_that_are_prices():
    frame = inputs().parameters.assign(parameter=["cost", "cost", "gain", "gain", "fee"])

    def model(p, time):
        p = type("Renamed", (), {"price": p.cost, "gain": p.gain, "fee": p.fee})
        return outcome(p, time)

    assert decision_thresholds(build(frame), model=model).empty
    frame["sheet"] = ["Prices", "Prices", "Parameters", "Parameters", "Parameters"]
    assert set(decision_thresholds(build(frame), model=model).input) == {"cost · A", "cost · B"}


def test_of_three_strategies_also_against_the_best_of_the_others():
    frame = rows(
        *({"parameter": "price", "strategy": s, "value": v} for s, v in zip("ABC", (50.0, 20.0, 5.0), strict=True)),
        *({"parameter": "gain", "strategy": s, "value": v} for s, v in zip("ABC", (1.0, 0.8, 0.5), strict=True)),
        {"parameter": "fee", "value": 5.0},
    )
    own = build(frame, labels={"strategy": ("A", "B", "C")}, horizons=(1.0,))
    table = found(own)
    best = table[(table.comparator == ALL_OTHERS) & (table.input == "price · A")]
    assert best.strategy.tolist() == ["A"]
    assert best.threshold.tolist() == [pytest.approx(40)]  # 100 - price = 80 - 20, B's net benefit
    pairs = table[(table.input == "price · A") & (table.comparator == "C")]
    assert set(pairs.strategy) == {"A"}, "the comparison of B with C does not depend on the price of A"


def test_progress_counts_the_inputs():
    seen = []
    decision_thresholds(inputs(), model=outcome, progress=lambda done, count: seen.append((done, count)))
    assert seen == [(1, 2), (2, 2)]
