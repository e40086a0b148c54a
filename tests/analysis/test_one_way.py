"""One-way analysis against closed forms and against one run at a time."""

import math

import numpy as np
import pandas as pd
import pytest
from linear import INCREMENTAL_BENEFIT, build, inputs, outcome, rows

import hecon as he
from hecon.analysis.sensitivity.measure import OUTCOMES, measure
from hecon.analysis.sensitivity.one_way import one_way


def test_a_linear_model_moves_by_what_its_inputs_move():
    found = one_way(inputs(), model=outcome).at(2.0).set_index("input")
    assert found.outcome_base.tolist() == pytest.approx([INCREMENTAL_BENEFIT] * 5)
    assert found.loc["price · A", ["low_value", "high_value"]].tolist() == [38, 62]
    assert found.loc["price · A", ["outcome_at_low", "outcome_at_high"]].tolist() == pytest.approx([2, -22])
    assert found.loc["price · A", "swing"] == pytest.approx(24)
    assert found.loc["price · B", "low_value"] == pytest.approx(20 - 1.959964 * 2)
    assert found.loc["gain · A", "swing"] == pytest.approx(2 * 1.959964 * 8)
    assert found.loc["fee", "swing"] == pytest.approx(0, abs=1e-12)
    assert found.changes_sign.to_dict() == {
        "gain · A": True, "price · A": True, "gain · B": False, "price · B": False, "fee": False
    }  # fmt: skip
    assert list(found.index[:2]) == ["gain · A", "price · A"]
    assert found.loc["fee", ["cell", "label"]].tolist() == ["Parameters!C9", "Fee"]


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_outcome_is_that_of_single_runs(name):
    own = inputs()
    if "progression_free" in name:
        with pytest.raises(he.UnknownNameError, match="the model gives no"):
            one_way(own, outcome=name, model=outcome)
        return
    found = one_way(own, outcome=name, strategy="A", model=outcome)
    case = own.base_case(outcome)
    wanted = measure(case, name, "A")
    for row in found.table.to_dict("records"):
        parameter, *labels = row["input"].split(" · ")
        for end in ("low", "high"):
            value = row[f"{end}_value"]
            moved = case.with_values(**{parameter: {labels[0]: value} if labels else value})
            place = case.settings.horizons.index(row["horizon_years"])
            assert wanted.of(he.run(moved))[0, place] == pytest.approx(row[f"outcome_at_{end}"], rel=1e-12, abs=1e-12)


def test_one_batch_for_all_inputs_and_horizons(monkeypatch):
    from hecon.analysis import run as home

    seen = []
    block = home._run_block
    monkeypatch.setattr(
        home, "_run_block", lambda case, *own, **about: seen.append(case.draws) or block(case, *own, **about)
    )
    found = one_way(inputs(), model=outcome)
    assert seen == [1 + 2 * 5]
    assert found.horizons == (1.0, 2.0)


def test_by_quantile_and_by_percent():
    quantile = one_way(inputs(), by="quantile", quantiles=(0.1, 0.9), model=outcome).at()
    assert set(quantile.input) == {"price · A", "price · B", "gain · A", "gain · B"}
    assert quantile.set_index("input").low_value["price · A"] == pytest.approx(50 - 1.2815516 * 6)
    percent = one_way(inputs(), by="percent", percent=10, model=outcome).at().set_index("input")
    assert len(percent) == 5
    assert percent.loc["price · A", ["low_value", "high_value"]].tolist() == pytest.approx([45, 55])


def test_a_percent_stays_within_what_an_input_may_be():
    frame = inputs().parameters
    more = rows({"parameter": "response_probability", "value": 0.9})
    found = one_way(build(pd.concat([frame, more])), by="percent", model=outcome)
    row = found.at().set_index("input").loc["response_probability"]
    assert row["high_value"] == 1
    assert "is cut off where it must lie between 0 and 1" in found.notes[0]


def test_shares_of_a_dirichlet_make_room():
    frame = rows(
        {"parameter": "price", "strategy": "A", "value": 1.0},
        {"parameter": "price", "strategy": "B", "value": 1.0},
        *(
            {"parameter": name, "value": value, "distribution": "dirichlet", "group": "g", "natural_1": 10 * value}
            for name, value in (("one", 0.5), ("two", 0.3), ("rest", 0.2))
        ),
    )

    def whole(p, time):
        state = he.partition(time, overall=he.Exponential(1e-12))
        total = p.one + p.two + p.rest
        start = he.at_start(time)
        return he.Outcome(state, [he.cost("Shares", start, p.price * total), he.cost("Two", start, p.two)])

    found = one_way(build(frame), outcome="cost", strategy="A", model=whole).at().set_index("input")
    assert found.loc["one", "outcome_at_high"] - 1 == pytest.approx(0.3 * (1 - found.loc["one", "high_value"]) / 0.5)
    assert found.loc["two", "outcome_at_low"] - 1 == pytest.approx(found.loc["two", "low_value"])


def test_only_some_inputs():
    found = one_way(inputs(), only=["price", "fee"], model=outcome).at()
    assert set(found.input) == {"price · A", "price · B", "fee"}


def test_a_horizon_that_is_not_in_the_settings():
    found = one_way(inputs(), horizon=1.5, outcome="life_years", model=outcome)
    assert found.horizons == (1.5,)
    assert found.table.outcome_base[0] == pytest.approx(1.5 * 1.03**-0.75, rel=0.01)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "rnage"}, "Did you mean 'range'"),
        ({"outcome": "icer"}, "an ICER has no meaning"),
        ({"outcome": "net_benefit"}, "Did you mean"),
        ({"strategy": "C"}, "there is no strategy 'C'"),
        ({"strategy": "B"}, "against itself"),
        ({"willingness_to_pay": -1}, "willingness_to_pay is -1"),
        ({"willingness_to_pay": math.nan}, "willingness_to_pay is nan"),
        ({"quantiles": (0.9, 0.1)}, "the lower first"),
        ({"by": "percent", "percent": 0}, "percent is 0"),
        ({"only": ["prise"]}, "Did you mean 'price'"),
        ({"horizon": []}, "horizon is an empty list"),
    ],
)
def test_wrong_questions(options, words):
    with pytest.raises(he.HeconError, match=words):
        one_way(inputs(), model=outcome, **options)


def test_words_of_a_measure():
    case = inputs().base_case(outcome)
    assert measure(case).words == "Incremental net monetary benefit of A against B at 100 per QALY"
    assert measure(case, "undiscounted_cost", "B").words == "Cost of B (undiscounted)"
    assert measure(case, "qaly", comparator="B").words == "Incremental QALYs of A against B"
    assert np.isnan(measure(case, "cost").willingness_to_pay)


def test_costs_qalys_and_the_icer_are_read_off_the_same_moves():
    found = one_way(inputs(), strategy="A", beside=True, model=outcome)
    assert not one_way(inputs(), strategy="A", model=outcome).beside
    cost, qaly = found.beside
    for one, name in ((cost, "incremental_cost"), (qaly, "incremental_qaly")):
        alone = one_way(inputs(), outcome=name, strategy="A", model=outcome)
        pd.testing.assert_frame_equal(one.table, alone.table)
    own = found.ratio.table.set_index(["input", "horizon_years"])
    both = cost.table.merge(qaly.table, on=["input", "horizon_years"], suffixes=("", "_qaly"))
    assert 0 < len(own) <= len(both)
    for row in both.to_dict("records"):
        ends = [row[f"outcome_{end}{of}"] for end in ("at_low", "base", "at_high") for of in ("", "_qaly")]
        key = row["input"], row["horizon_years"]
        assert (key in own.index) == all(end > 0 for end in ends)
        if key in own.index:
            at_high = row["outcome_at_high"] / row["outcome_at_high_qaly"]
            assert own.loc[key, "outcome_at_high"] == pytest.approx(at_high)
    assert found.ratio.measure.words == "ICER of A against B"
    swings = found.ratio.at(2.0)["swing"]
    assert list(swings) == sorted(swings, reverse=True)


def test_there_is_no_icer_of_a_strategy_that_saves():
    assert one_way(inputs(), strategy="B", comparator="A", beside=True, model=outcome).ratio is None
    assert one_way(inputs(), strategy="A", model=outcome).ratio is None
