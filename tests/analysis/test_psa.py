"""Draws of a model: their mean, their table, their groups, their export; nothing dropped."""

import math

import numpy as np
import pandas as pd
import pytest
from linear import INCREMENTAL_BENEFIT, VARIANCES, build, inputs, outcome, rows

import hecon as he
from hecon.analysis.psa.export import (
    costs_and_effects,
    draw_key,
    draws_table,
    parameter_table,
    write_draws,
)
from hecon.analysis.sensitivity.measure import measure
from hecon.analysis.value.groups import groups_of, unused_rows

#: Before version 3, pandas reads the last digit of a number only if it is asked to.
EXACTLY = {} if pd.__version__ >= "3" else {"float_precision": "round_trip"}


def test_no_spread_gives_the_base_case_in_every_draw():
    frame = inputs().parameters.assign(se=1e-300, low=np.nan, high=np.nan)
    own = build(frame)
    drawn, base = he.run(own.draws(50, 1, outcome)).totals, he.run(own.base_case(outcome)).totals
    for name in base:
        assert (drawn[name].values == base[name].values).all()


def test_the_mean_of_a_linear_model_is_the_base_case_within_monte_carlo_error():
    own, n = inputs(), 20_000
    result = he.run(own.draws(n, 5, outcome))
    benefit = measure(own.base_case(outcome)).of(result)[:, 0]
    spread = math.sqrt(sum(VARIANCES.values()))
    assert benefit.mean() == pytest.approx(INCREMENTAL_BENEFIT, abs=4 * spread / math.sqrt(n))
    assert benefit.std() == pytest.approx(spread, rel=0.02)


def test_the_table_of_draws_is_what_the_model_saw():
    case = inputs().draws(40, 3, outcome)
    table = parameter_table(he.run(case))
    assert list(table.columns) == list(VARIANCES)
    assert np.array_equal(table["price · B"], case.values["price"].sel(strategy="B"))
    benefit = measure(case).of(he.run(case))[:, 0]
    ours = 100 * (table["gain · A"] - table["gain · B"]) - (table["price · A"] - table["price · B"])
    assert benefit == pytest.approx(ours.to_numpy())


def test_a_batch_without_sheets_has_a_table_too():
    case = he.Case(outcome, {"price": (("draw", "strategy"), [[1.0, 2], [3, 2]]), "fee": 1.0, "gain": 1.0},
                   labels={"strategy": ["A", "B"]})  # fmt: skip
    assert parameter_table(case).to_dict("list") == {"price · A": [1, 3]}


def test_costs_and_effects_feed_the_analyses_of_plain_arrays():
    result = he.run(inputs().draws(30, 3, outcome))
    costs, effects = costs_and_effects(result, 1.0)
    assert costs.shape == effects.shape == (30, 2)
    assert list(costs) == ["A", "B"]
    assert np.array_equal(costs["A"], result.totals.cost.sel(strategy="A", horizon=1.0))
    assert np.array_equal(costs_and_effects(result, effect="life_years")[1]["B"], result.totals.life_years[:, 1, -1])


def test_groups():
    own = inputs()
    assert groups_of(own) == {"price": ("price · A", "price · B"), "gain": ("gain · A", "gain · B")}
    assert groups_of(own, "strategy")["A"] == ("price · A", "gain · A")
    assert groups_of(own, "sheet") == {"Parameters": tuple(VARIANCES)}
    mixed = groups_of(own, {"all prices": ["price"], "one": "gain: A"})
    assert mixed == {"all prices": ("price · A", "price · B"), "one": ("gain · A",)}


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("strateg", "Did you mean 'strategy'"),
        ({"g": ["prise"]}, "Did you mean 'price'"),
        ({"g": []}, "group 'g' names no input"),
        ({"g": ["fee"]}, "group 'g' names 'fee', which is not uncertain"),
    ],
)
def test_wrong_groups(by, words):
    with pytest.raises(he.HeconError, match=words):
        groups_of(inputs(), by)


def unused(own):
    return unused_rows(own.parameters, own.tables)


def test_coefficients_of_curves_that_are_not_in_use():
    frame = rows(
        *(
            {"parameter": name, "strategy": "A", "value": 1.0, "se": 0.1, "distribution": "gamma"}
            for name in ("rate", "shape", "scale", "hazard_ratio", "odds_ratio")
        )
    )
    frame["endpoint"] = "overall_survival"
    frame["family"] = ["exponential", "weibull", "weibull", "", ""]
    curves = pd.DataFrame([{"strategy": "A", "endpoint": "overall_survival", "family": "weibull", "effect": ""}])
    assert unused(build(frame, {"Curves": curves})) == (0, 3, 4)
    curves = curves.assign(family="", effect="hazard_ratio")
    assert unused(build(frame, {"Curves": curves})) == (0, 1, 2, 4)
    assert unused(build(frame)) == ()


def test_draws_are_exported_with_their_key(tmp_path):
    result = he.run(inputs().draws(12, 77, outcome))
    assert draw_key(result)["seed"] == 77
    paths = write_draws(result, tmp_path / "out")
    assert [path.name for path in paths] == ["psa_draws.csv", "psa_parameters.csv"]
    assert f"# sha256: {'0' * 64}\n" in paths[0].read_text(encoding="utf-8")
    totals, drawn = (pd.read_csv(path, comment="#", **EXACTLY) for path in paths)
    assert len(totals) == 12 * 2 * 2
    assert (totals.seed == 77).all()
    pd.testing.assert_frame_equal(totals.drop(columns="seed"), draws_table(result), check_exact=True)
    np.testing.assert_array_equal(drawn[list(VARIANCES)], parameter_table(result))


def test_a_draw_whose_curves_cross_is_counted_and_kept():
    def crossing(p, time):
        state = he.partition(time, progression_free=he.Exponential(p.progression), overall=he.Exponential(0.5))
        return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state), he.alive(state))])

    frame = rows({"parameter": "progression", "value": 0.5, "low": 0.25, "high": 0.75, "distribution": "uniform"})
    result = he.run(build(frame).draws(4000, 1, crossing))
    table = parameter_table(result)
    crossed = (table.progression < 0.5).to_numpy()
    assert result.crossings.draws.tolist() == [crossed.sum()]
    assert 0 < crossed.sum() < 4000
    assert result.totals.sizes["draw"] == 4000
    assert np.isfinite(result.totals.life_years).all()


def test_wrong_questions():
    own = inputs()
    base, drawn = he.run(own.base_case(outcome)), he.run(own.draws(2, 1, outcome))
    for ask in (parameter_table, costs_and_effects, draws_table):
        with pytest.raises(he.HeconError, match="draws"):
            ask(base)
    with pytest.raises(he.HeconError, match="the run has 1, 2"):
        costs_and_effects(drawn, 7)
    with pytest.raises(he.UnknownNameError, match="there is no effect 'qalys'"):
        costs_and_effects(drawn, effect="qalys")
