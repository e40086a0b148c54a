"""Curve families as part of the draw."""

import numpy as np
import pandas as pd
import pytest
from linear import build, rows

import hecon as he
from hecon.analysis.psa.structure import Choice, choices_of, run_draws, run_structural
from hecon.survival.averaging import weights_of_aic


def outcome(p, time):
    state = he.partition(time, overall=he.curve(p, "overall_survival"))
    return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state), he.alive(state))])


def inputs():
    frame = rows(
        *(
            {"parameter": name, "strategy": strategy, "value": value, "se": se, "distribution": "gamma"}
            for strategy in "AB"
            for name, value, se in (("rate", 0.3, 0.03), ("shape", 1.5, 0.1), ("scale", 2.0, 0.2))
        )
    )
    frame["endpoint"] = "overall_survival"
    frame["family"] = ["exponential" if name == "rate" else "weibull" for name in frame.parameter]
    curves = pd.DataFrame(
        [{"strategy": s, "endpoint": "overall_survival", "family": "exponential", "time_unit": "year",
          "reference": "", "reference_endpoint": "", "effect": "", "note": "", "row": 5} for s in "AB"]
    )  # fmt: skip
    labels = {"strategy": ("A", "B"), "endpoint": ("overall_survival",), "family": ("exponential", "weibull")}
    return build(frame, {"Curves": curves}, labels)


def test_all_the_weight_on_the_family_in_use_is_the_plain_analysis():
    plain = he.run(inputs().draws(200, 3, outcome))
    result, taken = run_structural(inputs(), [Choice("overall_survival", {"exponential": 1})], 200, 3, model=outcome)
    assert set(taken["overall_survival"]) == {"exponential"}
    assert np.array_equal(result.totals.life_years, plain.totals.life_years)


def test_each_draw_has_the_result_of_the_family_it_took():
    own = inputs()
    choice = Choice("overall_survival", {"exponential": 1, "weibull": 3})
    result, taken = run_structural(own, [choice], 4000, 3, model=outcome)
    share = (taken["overall_survival"] == "weibull").mean()
    assert share == pytest.approx(0.75, abs=0.03)
    for family in ("exponential", "weibull"):
        case = own.draws(4000, 3, outcome)
        for strategy in "AB":
            case = case.with_curve("overall_survival", strategy, family=family)
        alone = he.run(case).totals.life_years.values
        place = (taken["overall_survival"] == family).to_numpy()
        np.testing.assert_allclose(result.totals.life_years.values[place], alone[place], rtol=1e-13)


def test_strategies_choose_apart_or_together():
    apart = [Choice("overall_survival", {"exponential": 1, "weibull": 1}, (name,)) for name in "AB"]
    _, taken = run_structural(inputs(), apart, 2000, 1, model=outcome)
    both = pd.crosstab(*(taken[column] for column in taken), normalize=True).to_numpy()
    assert both == pytest.approx(np.full((2, 2), 0.25), abs=0.04)


def weighed(*records):
    own = inputs()
    blank = {"endpoint": "overall_survival", "strategy": "", "weight": np.nan, "aic": np.nan, "note": ""}
    return build(
        own.parameters, {**own.tables, "Curve weights": pd.DataFrame([blank | r for r in records])}, own.labels
    )


def test_a_sheet_of_weights_is_the_choice_in_python():
    own = weighed({"family": "exponential", "weight": 1}, {"family": "weibull", "weight": 3})
    choice = Choice("overall_survival", {"exponential": 1, "weibull": 3}, ("A", "B"))
    assert choices_of(own) == [choice]
    result, taken = run_draws(own, 500, 3, model=outcome)
    expected, families = run_structural(inputs(), [choice], 500, 3, model=outcome)
    assert np.array_equal(result.totals.life_years, expected.totals.life_years)
    pd.testing.assert_frame_equal(taken, families)
    assert not np.array_equal(result.totals.life_years, he.run(own.draws(500, 3, outcome)).totals.life_years)


def test_strategies_on_the_sheet_choose_apart_and_by_aic():
    own = weighed(
        {"strategy": "A", "family": "exponential", "aic": 210.0}, {"strategy": "A", "family": "weibull", "aic": 208.0},
        {"strategy": "B", "family": "exponential", "weight": 1},
    )  # fmt: skip
    first, second = choices_of(own)
    assert (first.strategies, second.strategies) == (("A",), ("B",))
    assert first.weights == weights_of_aic({"exponential": 210, "weibull": 208})
    _, taken = run_draws(own, 3000, 1, model=outcome)
    assert (taken["overall_survival · A"] == "weibull").mean() == pytest.approx(np.e / (1 + np.e), abs=0.03)
    assert set(taken["overall_survival · B"]) == {"exponential"}


def test_a_blank_strategy_leaves_reference_curves_alone():
    own = weighed({"family": "exponential", "weight": 1}, {"family": "weibull", "weight": 1})
    own.tables["Curves"].loc[1, ["family", "reference", "effect"]] = ["", "A", "same"]
    assert choices_of(own)[0].strategies == ("A",)
    life_years = run_draws(own, 50, 1, model=outcome)[0].totals.life_years.values
    assert np.array_equal(life_years[:, 0], life_years[:, 1])


def test_pages_of_draws_take_the_same_families():
    own = weighed({"family": "exponential", "weight": 1}, {"family": "weibull", "weight": 3})
    whole, _ = run_draws(own, 5000, 3, model=outcome)
    for options in ({}, {"block": 100}):
        paged = he.run_psa(own, 5000, 3, model=outcome, **options)
        assert np.array_equal(paged.totals.life_years, whole.totals.life_years)


def test_a_workbook_without_weights_runs_its_draws():
    seen = []
    result, taken = run_draws(inputs(), 40, 3, model=outcome, progress=lambda done, all_: seen.append((done, all_)))
    assert np.array_equal(result.totals.life_years, he.run(inputs().draws(40, 3, outcome)).totals.life_years)
    assert taken.shape == (40, 0)
    assert seen == [(40, 40)]


def test_akaike_weights():
    weights = weights_of_aic({"weibull": 210.0, "gamma": 208.0, "lognormal": 300.0})
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["gamma"] / weights["weibull"] == pytest.approx(np.e)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice("overall_survival", {"weibul": 1}), "Did you mean 'weibull'"),
        (Choice("overall_survival", {"weibull": -1}), "at least 0"),
        (Choice("overall_survival", {}), "at least 0"),
        (Choice("overall_survival", {"weibull": 1}, ("C",)), "there is no strategy 'C'"),
        (Choice("overal_survival", {"weibull": 1}), "no row for A, overal_survival"),
    ],
)
def test_wrong_choices(choice, words):
    with pytest.raises(he.HeconError, match=words):
        run_structural(inputs(), [choice], 10, 1, model=outcome)
    with pytest.raises(he.HeconError, match="at least one choice"):
        run_structural(inputs(), [], 10, 1, model=outcome)
