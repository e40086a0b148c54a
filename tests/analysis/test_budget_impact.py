"""Budget impact of a small market, worked out by hand; a workbook's own market and ledger; what is refused."""

import numpy as np
import pandas as pd
import pytest
from small_market import outcome, read, tables

import hecon as he
from hecon.analysis.budget.workbook import budget_analysis, has_budget
from hecon.analysis.sensitivity.sobol import varied
from hecon.errors import AlignmentError, HeconError, InputError
from hecon.report.document.of_budget import budget_blocks

SHARES = {"share_without": {"new": [0, 0], "old": [1, 1]}, "share_with": {"new": [0.2, 0.5], "old": [0.8, 0.5]}}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return read(tmp_path_factory.mktemp("market"))


@pytest.fixture(scope="module")
def budget(inputs):
    return he.budget_impact(inputs, model=outcome)


def test_by_hand(budget):
    # 1,000 and 1,100 members; a tenth ill, half treated: 50 and 55 start. With the new treatment 10 and 27.5 take it.
    # A start in year 1 on the new one instead of the old costs 3,000 - 1,000, in its second year 1,500 - 500.
    table = budget.summary()
    np.testing.assert_allclose(table["members"], [1000, 1100])
    np.testing.assert_allclose(table["eligible"], [50, 55])
    np.testing.assert_allclose(table["cost_without"], [50 * 1100, 55 * 1100 + 50 * 600])
    np.testing.assert_allclose(table["impact"], [10 * 2000, 27.5 * 2000 + 10 * 1000])
    np.testing.assert_allclose(table["cumulative_impact"], [20_000, 85_000])
    np.testing.assert_allclose(table["acquisition_impact"], table["impact"])
    np.testing.assert_allclose(table["other_impact"], 0, atol=1e-9)
    np.testing.assert_allclose(table["per_member_per_month"], [20_000 / 1000 / 12, 65_000 / 1100 / 12])
    np.testing.assert_allclose(table["per_treated_patient"], [400, 65_000 / 55])
    assert budget.acquisition == ("Drug",)


def test_by_hand_with_other_growth_and_slower_uptake(tmp_path):
    # 1,000 and 1,200 members: 50 and 60 start. At 60% uptake 12% and 30% of them take the new treatment: 6 and 18.
    # Those of year 1 are in their second year beside those who start in year 2: cohort on cohort.
    edited = tables()
    for row in edited["Budget impact"]:
        row["value"] = 0.2 if row["parameter"] == "plan_growth" else row["value"]
    slow = {"parameter": "plan_uptake", "value": 0.6, "unit": "share", "status": "assumed", "note": "x"}
    edited["Budget impact"].append(slow)
    found = he.budget_impact(read(tmp_path, edited), model=outcome).summary()
    np.testing.assert_allclose(found["members"], [1000, 1200])
    np.testing.assert_allclose(found["eligible"], [50, 60])
    np.testing.assert_allclose(found["impact"], [6 * 2000, 18 * 2000 + 6 * 1000])
    np.testing.assert_allclose(found["cost_without"], [50 * 1100, 60 * 1100 + 50 * 600])
    np.testing.assert_allclose(found["per_member_per_month"], [12_000 / 1000 / 12, 42_000 / 1200 / 12])


def test_tables_add_up_to_the_summary(budget):
    table, summary = budget.table(), budget.summary()
    for world in ("without", "with"):
        by_year = table[table.world == world].groupby("year")["cost"].sum()
        np.testing.assert_allclose(by_year, summary[f"cost_{world}"])
    assert set(table[table.line == "Drug"].kind) == {"acquisition"}
    starts = budget.starts()
    np.testing.assert_allclose(starts[starts.world == "with"].groupby("year")["starts"].sum(), summary["eligible"])
    per_patient = budget.costs_per_patient().set_index(["strategy", "line", "year"])["cost"]
    assert per_patient["new", "Drug", 2] == pytest.approx(1500)


def test_nothing_is_discounted_and_horizons_do_not_matter(inputs, budget, tmp_path):
    other = read(tmp_path, discount_rate_cost=0.1, horizons="0.5, 7")
    np.testing.assert_allclose(he.budget_impact(other, model=outcome).impact, budget.impact)


def test_costs_by_year_are_those_of_the_ledger(inputs, budget):
    base = inputs.base_case(outcome).with_settings(discount_rate_cost=0.0)
    totals = he.run(base).totals.cost.values
    by_year = budget.costs.sum("line").transpose("strategy", "year").values
    np.testing.assert_allclose(np.cumsum(by_year, axis=1), totals, rtol=1e-12)


def test_prevalent_patients_start_in_the_first_year():
    market = he.Market(plan_members=1000, plan_growth=0.5, plan_incidence=0.1, plan_prevalence=0.2, treated_share=0.5,
                       **SHARES)  # fmt: skip
    assert market.eligible.tolist() == [150, 75]


def test_uptake_moves_between_the_two_worlds():
    market = he.Market(plan_members=1000, plan_incidence=0.1, plan_uptake=0.5, **SHARES)
    np.testing.assert_allclose(market.shares("with"), [[0.1, 0.25], [0.9, 0.75]])
    np.testing.assert_allclose(market.shares("without"), [[0, 0], [1, 1]])


def test_draws(inputs, budget):
    batch = he.budget_impact(inputs.draws(200, seed=1, model=outcome))
    assert batch.impact.shape == (200, 2)
    table = batch.summary()
    assert (table["low"] < table["impact"]).all()
    assert (table["impact"] < table["high"]).all()
    drawn = inputs.draws(200, seed=1, model=outcome).values
    price = drawn["drug_price_per_year"].sel(strategy="new").values
    np.testing.assert_allclose(batch.impact[:, 0], drawn["plan_members"].values * 0.1 * 0.5 * 0.2 * (price - 1000))
    np.testing.assert_allclose(batch.table().groupby(["world", "year"])["cost"].sum()["with"], table["cost_with"])


def test_one_way(inputs, budget):
    table = he.budget_one_way(inputs, model=outcome)
    last = table[table.horizon_years == 2].set_index("input")
    assert list(last.index) == ["drug_price_per_year · new", "plan_members"]  # care is the same on both
    np.testing.assert_allclose(last["outcome_base"], 85_000)
    np.testing.assert_allclose(
        last.loc["plan_members", ["outcome_at_low", "outcome_at_high"]].astype(float), [42_500, 127_500]
    )
    np.testing.assert_allclose(last.loc["drug_price_per_year · new", "outcome_at_low"], 85_000 - 37.5e3 - 5e3)


def test_scenarios(inputs):
    table = he.budget_scenarios(inputs, model=outcome).set_index(["scenario", "year"])
    assert list(table.index.unique("scenario")) == ["base case", "Dear", "Fast uptake"]
    assert table.loc[("Dear", 1), "impact"] == pytest.approx(10 * 3000)
    # a market and changes of the same name go together: no care, half and all of those who start
    np.testing.assert_allclose(table.loc["Fast uptake", "impact"], [25 * 2000, 55 * 2000 + 25 * 1000])
    np.testing.assert_allclose(table.loc["Fast uptake", "cost_without"], [50_000, 55_000 + 25_000])


def test_a_case_is_enough(inputs):
    case = inputs.base_case(outcome)
    pd.testing.assert_frame_equal(he.budget_one_way(case), he.budget_one_way(inputs, model=outcome))
    pd.testing.assert_frame_equal(he.budget_scenarios(case), he.budget_scenarios(inputs, model=outcome))
    assert (he.budget_impact(case).impact == he.budget_impact(inputs, model=outcome).impact).all()


def test_the_market_is_no_input_of_the_model(inputs):
    assert "plan_members" not in varied(inputs).uncertain
    assert "plan_members" not in set(he.one_way(inputs, model=outcome).table["input"])


def test_all_of_it(inputs, budget):
    whole = budget_analysis(inputs, model=outcome)
    assert has_budget(inputs)
    np.testing.assert_allclose(whole.impact, budget.impact)
    assert len(whole.one_way) > 0
    assert len(whole.scenarios) > 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"share_with": {"new": [0.2, 0.5], "old": [0.8, 0.6]}}, "share_with of year 2 sum to 1.1; they must sum to 1"),
        ({"share_with": {"old": [0.2, 0.5], "new": [0.8, 0.5]}}, "the strategies of share_without are new, old"),
        ({"share_with": {"new": [0.2], "old": [0.8, 0.6]}}, "share_with of new has 1 years; there are 2"),
        ({"share_with": {"new": [-0.2, 0.5], "old": [1.2, 0.5]}}, "share_with must lie between 0 and 1"),
        ({"share_without": {}, "share_with": {}}, "share_without is empty"),
        ({"plan_uptake": 2.0, "share_with": {"new": [0.2, 0.6], "old": [0.8, 0.4]}}, "to -0.2, below 0"),
        ({"plan_members": float("nan")}, "plan_members is not a finite number"),
    ],
)
def test_a_market_that_cannot_be(change, words):
    with pytest.raises(InputError) as caught:
        he.Market(**{"plan_members": 1000, "plan_incidence": 0.1, **SHARES, **change})
    assert words in " ".join(str(caught.value).split())


def test_costs_of_other_strategies():
    market = he.Market(plan_members=1000, plan_incidence=0.1, **SHARES)
    with pytest.raises(AlignmentError, match="costs are of old; the market is of new, old"):
        he.budget_impact(market, {"old": {"drug": [1]}})
    with pytest.raises(AlignmentError, match="costs of new have no line 'care'"):
        he.budget_impact(market, {"new": {"drug": [1]}, "old": {"care": [1], "x": [1]}})
    with pytest.raises(HeconError, match="there is no line of cost 'price'"):
        he.budget_impact(market, {"new": {"drug": [1]}, "old": {"drug": [1]}}, acquisition=["price"])
    with pytest.raises(HeconError, match="time_on_treatment"):
        he.budget_impact(market, {"new": {"drug": [1]}, "old": {"drug": [1]}}).treated("with")


def test_a_workbook_without_a_market(tmp_path):
    edited = tables()
    del edited["Market"], edited["Budget impact"]
    inputs = read(tmp_path, edited)
    assert not has_budget(inputs)
    with pytest.raises(InputError, match="Market"):
        he.budget_impact(inputs, model=outcome)


def test_weights_of_one_horizon_cannot_be_used(inputs):
    case = inputs.base_case(outcome).with_settings(horizons=1, accrual=(0.5,) + (1.0,) * 11 + (0.5,))
    with pytest.raises(HeconError, match="accrual must be a rule"):
        he.budget_impact(case)


@pytest.mark.parametrize("seed", range(20))
def test_any_market_is_the_sum_over_everyone_who_started(seed):
    """From 1 to 10 years, up to four treatments, growth of any sign, a patient at a time in plain loops."""
    random = np.random.default_rng(seed)
    years, names = int(random.integers(1, 11)), ["new", "old", "older", "none"][: int(random.integers(2, 5))]
    growth, uptake = random.choice([0.0, 0.03, -0.2]), random.choice([1.0, 0.4])
    incidence, prevalence, treated = [*random.uniform(0, 0.001, 2).tolist(), random.uniform(0.2, 1)]
    old, new = (dict(zip(names, random.dirichlet(np.ones(len(names)), years).T, strict=True))
                for _ in range(2))  # fmt: skip
    costs = {name: {"Drug": random.uniform(0, 1e5, random.integers(1, years + 2)).tolist(),
                    "Care": random.uniform(-10, 1e3, years).tolist()} for name in names}  # fmt: skip
    market = he.Market(
        plan_members=5e5, plan_growth=growth, plan_incidence=incidence, plan_prevalence=prevalence,
        treated_share=treated, plan_uptake=uptake,
        share_without={name: own.tolist() for name, own in old.items()},
        share_with={name: own.tolist() for name, own in new.items()},
    )  # fmt: skip
    found = he.budget_impact(market, costs, acquisition=["Drug"]).summary()
    spent = np.zeros((2, 2, years))
    for start in range(years):
        ill = 5e5 * (1 + growth) ** start * incidence + (5e5 * prevalence if start == 0 else 0)
        for name in names:
            shares = old[name][start], old[name][start] + uptake * (new[name][start] - old[name][start])
            for world, share in enumerate(shares):
                for place, line in enumerate(("Drug", "Care")):
                    for since, cost in enumerate(costs[name][line]):
                        if start + since < years:
                            spent[world, place, start + since] += ill * treated * share * cost
    impact = spent[1] - spent[0]
    close = {"rtol": 1e-10, "atol": 1e-6}
    np.testing.assert_allclose(found["cost_without"], spent[0].sum(axis=0), **close)
    np.testing.assert_allclose(found["impact"], impact.sum(axis=0), **close)
    np.testing.assert_allclose(found["acquisition_impact"], impact[0], **close)
    np.testing.assert_allclose(found["cumulative_impact"], impact.sum(axis=0).cumsum(), **close)
    members = 5e5 * (1 + growth) ** np.arange(years)
    np.testing.assert_allclose(found["per_member_per_month"], impact.sum(axis=0) / members / 12, **close)


def test_the_columns_of_the_figure_add_up_to_its_points(budget):
    panel = he.report.budget_figure(budget).axes[0]
    heights = np.array([bar.get_height() for bar in panel.patches]).reshape(2, -1)
    (points,) = [line.get_ydata() for line in panel.lines if line.get_label() == "Impact"]
    np.testing.assert_allclose(heights.sum(axis=0), points)
    np.testing.assert_allclose(points, budget.summary()["impact"])
    assert panel.get_ylim()[1] > 1.02 * points.max()  # the edge does not cut the highest point


def test_the_tables_of_the_report_add_up_to_the_impact(budget):
    blocks = {block.key: block for block in budget_blocks(budget, None)}
    lines = blocks["budget_lines"].frame
    by_world = lines.groupby("world")[[f"year_{year}" for year in budget.years]].sum()
    impact = by_world.loc["with it"] - by_world.loc["without the new treatment"]
    np.testing.assert_allclose(impact, budget.summary()["impact"])
    assert blocks["budget_starts"].frame["world"].unique().tolist() == list(by_world.index[::-1])


@pytest.mark.parametrize("year", [-1, True, "2"])
def test_what_is_done_once_has_a_time(year):
    time = he.Timeline.regular(he.Settings(horizons=(2,)))
    with pytest.raises(HeconError, match=r"year is .*; it must be a number that is at least 0"):
        he.states.once_at(time, year)
