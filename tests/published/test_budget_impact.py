"""A budget impact of five years, cohort on cohort, computed in exact fractions."""

import json
from pathlib import Path

import numpy as np
import pytest

from hecon.analysis.budget.market import WORLDS, Market
from hecon.analysis.budget.workbook import budget_impact

DATA = json.loads((Path(__file__).parent / "data" / "budget_impact.json").read_text())
GIVEN, EXPECTED = DATA["inputs"], DATA["results"]


def numbers(lists):
    return {name: [float(value) for value in values] for name, values in lists.items()}


@pytest.fixture(scope="module")
def budget():
    market = Market(
        plan_members=float(GIVEN["plan_members"]),
        plan_growth=float(GIVEN["growth"]),
        plan_incidence=float(GIVEN["incidence"]),
        eligible_share=float(GIVEN["eligible"]),
        share_without=numbers(GIVEN["shares_without"]),
        share_with=numbers(GIVEN["shares_with"]),
    )
    costs = {strategy: numbers(lines) for strategy, lines in GIVEN["costs"].items()}
    return budget_impact(market, costs, acquisition=["drug"], patient_years=numbers(GIVEN["on_treatment"]))


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_years(budget):
    table = budget.summary()
    for ours, theirs in {
        "members": "population",
        "eligible": "eligible",
        "impact": "impact",
        "cumulative_impact": "impact_cumulative",
        "per_member_per_year": "per_member_per_year",
        "per_member_per_month": "per_member_per_month",
        "per_treated_patient": "per_treated_patient",
    }.items():
        close(table[ours], EXPECTED[theirs])
    close(table["cumulative_impact"].iloc[-1], EXPECTED["impact_total"])
    close(table["acquisition_impact"], EXPECTED["impact_by_category"]["drug"])
    others = [values for line, values in EXPECTED["impact_by_category"].items() if line != "drug"]
    close(table["other_impact"], np.sum(others, axis=0))


@pytest.mark.parametrize("world", WORLDS)
def test_worlds(budget, world):
    expected = EXPECTED[world]
    starts, treated = budget.market.starts(world), budget.treated(world)
    for place, strategy in enumerate(budget.strategies):
        close(starts[place], expected["starts"][strategy])
        close(treated[place], expected["patient_years"][strategy])
        close(budget.spending[world][place], [expected["cost"][strategy][line] for line in budget.lines])
    close(budget.summary()[f"cost_{world}"], expected["total"])


def test_lines(budget):
    close(budget.by_line, [EXPECTED["impact_by_category"][line] for line in budget.lines])
