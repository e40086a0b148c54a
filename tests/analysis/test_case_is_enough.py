"""Every analysis from a case alone: two models written in Python, and five published ones."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import test_conventions
import test_heemod_markov
import test_hip
import test_sick_sicker
from test_cases import equal

import hecon as he
from hecon.inputs.from_case import as_inputs
from hecon.inputs.input_names import input_names

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "own_model.md").read_text(encoding="utf-8")
SMALL = {"draws": 128, "sobol_samples": 64, "willingness_to_pay": [20_000, 50_000]}


def of_the_page(place):
    """The case that a block of the page on models of one's own builds."""
    blocks = re.findall(r"```\{code-cell\} python\n(.*?)```", PAGE, flags=re.S)
    building = [block for block in blocks if "case = he.Case(" in block]
    assert len(building) == 2
    space = {"he": he}
    exec(compile(building[place], "own_model.md", "exec"), space)
    return space["case"]


CASES = {
    "own model, partitioned": lambda: of_the_page(0),
    "own model, Markov": lambda: of_the_page(1),
    "two-arm partitioned survival": test_conventions.case,
    "hip replacement": test_hip.case,
    "Sick-Sicker": lambda: test_sick_sicker.case("sick_sicker", test_sick_sicker.VALUES),
    "Sick-Sicker by age": lambda: test_sick_sicker.case(
        "sick_sicker_age", test_sick_sicker.VALUES | test_sick_sicker.BY_AGE
    ),
    "heemod's three states": lambda: test_heemod_markov.CASES["three_state"],
}


def uncertain(case):
    """The case with a spread of every cost and utility, one correlation, and a scenario."""
    rows = as_inputs(case).parameters
    names = input_names(rows)
    spreads = {}
    for name, parameter, value in zip(names, rows["parameter"], rows["value"], strict=True):
        if "cost" in parameter and value > 0:
            spreads[name] = he.Uncertain("gamma", se=0.1 * value)
        elif parameter.startswith("utility") and 0 < value < 1:
            spreads[name] = he.Uncertain("beta", se=0.02)
    first, second = list(spreads)[:2]
    return replace(case.with_settings(**SMALL), uncertainty=spreads, correlation={(first, second): 0.3},
                   scenarios={"No discounting": {"discount_rate_cost": 0.0, "discount_rate_effect": 0.0}})  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_nine_analyses_and_the_way_back(name, tmp_path):
    case = uncertain(CASES[name]())
    costs = [one for one in case.uncertainty if "cost" in one]
    strategy = next(one for one in case.labels["strategy"] if one != case.comparator)
    horizon = case.settings.horizons[-1]
    assert len(he.one_way(case, horizon=horizon).table) == len(case.uncertainty)
    assert len(he.two_way(case, costs[0], costs[1], horizon=horizon, points=3).table) == 9
    assert len(he.threshold(case, costs[-1], horizon=horizon))
    assert len(he.value_based_price(case, costs[-1], strategy, horizon=horizon))
    assert he.run_psa(case, 64).totals.cost.sizes["draw"] == 64
    assert len(he.sobol(case, n=64, horizon=horizon).table) >= len(case.uncertainty)
    assert set(he.run_scenarios(case)) == {"base case", "No discounting"}
    ends = [0.5 * case_value(case, costs[-1]), 2 * case_value(case, costs[-1])]
    pattern = ", ".join(f"{h:g} no" for h in case.settings.horizons)
    mapped = he.decision_map(case, {"rates": {"as stated": None, "none": "No discounting"}, costs[-1]: ends}, pattern)
    assert mapped is not None
    suite = he.run_suite(case)
    assert {"one_way", "psa", "evppi", "scenarios"} <= set(suite.analyses)
    again = he.read_workbook(case.to_workbook(tmp_path / "one.xlsx"))
    equal(again.base_case(case.model), replace(case, uncertainty={}, correlation={}, scenarios={}))
    one, other = again.draws(20, model=case.model), as_inputs(case).draws(20)
    assert he.run(one).totals.cost.values == pytest.approx(he.run(other).totals.cost.values, rel=1e-12)
    assert he.write_live_workbook(case, tmp_path / "live.xlsx").exists()
    if name == "own model, Markov":
        (tmp_path / "report").mkdir()
        written = he.write_report(suite.base, tmp_path / "report", inputs=as_inputs(case), **suite.analyses)
        assert written


def case_value(case, name):
    rows = as_inputs(case).parameters
    return float(rows["value"].iloc[input_names(rows).index(name)])
