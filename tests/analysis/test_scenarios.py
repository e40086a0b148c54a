import pandas as pd
import pytest

import hecon as he
from hecon.analysis.scenarios import run_scenarios
from hecon.errors import HeconError


def outcome(p, time):
    state = he.partition(time, overall=he.Exponential(p.death_rate))
    years = he.years_in(time, state, "alive")
    return he.Outcome(state, [he.cost("Care", years, p.care_cost_per_year), he.life_years("Life years", years)])


def make_inputs(*scenarios):
    columns = ["sheet", "cell", "parameter", "strategy", "value", "unit", "low", "high", "se", "distribution"]
    rows = [
        ("Parameters", f"Parameters!C{n}", name, strategy, value, "", None, None, None, "fixed")
        for n, (name, strategy, value) in enumerate(
            [("death_rate", "A", 0.1), ("death_rate", "B", 0.2), ("care_cost_per_year", "", 1000.0)], start=5
        )
    ]
    frame = pd.DataFrame(rows, columns=columns).assign(status="assumed", source="", note="", price_year=float("nan"))
    table = pd.DataFrame(scenarios, columns=["scenario", "target", "strategy", "value"])
    tables = {"Scenarios": table} if scenarios else {}
    return he.Inputs("x.xlsx", "", "m", he.Settings(), {"strategy": ("A", "B")}, frame, tables)


def test_base_case_comes_first_and_each_scenario_changes_what_it_says():
    inputs = make_inputs(("Dearer", "care_cost_per_year", "", 2000.0), ("Deadlier", "death_rate", "A", 0.4))
    seen = []
    results = run_scenarios(inputs, model=outcome, progress=lambda done, count: seen.append((done, count)))
    assert list(results) == ["base case", "Dearer", "Deadlier"]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    base, dearer, deadlier = (result.table() for result in results.values())
    assert dearer["cost"].tolist() == pytest.approx((2 * base["cost"]).tolist())
    assert (deadlier["life_years"][:3] < base["life_years"][:3]).all()
    assert deadlier["life_years"][3:].tolist() == base["life_years"][3:].tolist()


def test_a_workbook_without_scenarios_has_a_base_case():
    assert list(run_scenarios(make_inputs(), model=outcome)) == ["base case"]


def test_a_scenario_that_cannot_run_is_named():
    inputs = make_inputs(("Impossible", "death_rate", "A", -1.0))
    with pytest.raises(HeconError, match=r"scenario 'Impossible' of x\.xlsx: 1 problem in the exponential curve"):
        run_scenarios(inputs, model=outcome)


def test_a_scenario_cannot_take_the_name_of_the_base_case():
    with pytest.raises(HeconError, match="cannot be called 'base case'"):
        run_scenarios(make_inputs(("base case", "death_rate", "A", 0.3)), model=outcome)
