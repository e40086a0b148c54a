"""Drug cost does not depend on the model's cycle; under the rule of 0.1.0 it does."""

import importlib.util
import re
from dataclasses import replace

import numpy as np
import pytest
from shipped_workbooks import ROOT, WORKBOOKS, made, read

import hecon as he

CYCLES = [(1, "day"), (1, "week"), (4, "week"), (1, "month"), (1, "year"), (52, "week")]
DOSES = ("Drug acquisition", "Administration", "Premedication")


def cost_of_doses(case, **settings):
    """Cost of the lines of doses by strategy and horizon, and their notes."""
    result = he.run(case.with_settings(**settings))
    lines = [line for line in result.lines if line.name in DOSES]
    assert len(lines) == len(DOSES)
    return sum(line.discounted.sum(axis=1) for line in lines), result


def lengths(case, **settings):
    """The cost of doses with cycles of a day to a year, relative to that with cycles of a week."""
    known = [cost_of_doses(case, cycle_length=n, cycle_unit=unit, **settings)[0] for n, unit in CYCLES]
    return np.array(known) / known[1] - 1


@pytest.mark.parametrize("name", WORKBOOKS)
def test_drug_cost_does_not_depend_on_the_cycle(name):
    assert np.abs(lengths(read(name).base_case())).max() < 1e-12


@pytest.mark.parametrize("name", WORKBOOKS)
def test_drug_cost_does_not_depend_on_the_timing_of_discounts_within_a_cycle(name):
    case = read(name).base_case()
    known = [
        cost_of_doses(case, discount_timing=timing)[0] for timing in ("mid_cycle", "cycle_start", "cycle_end", "edges")
    ]
    assert np.ptp(known, axis=0).max() == 0
    assert np.all(cost_of_doses(case, discount_timing="annual_step")[0][:, 1:] > known[0][:, 1:])


def test_under_the_rule_of_the_first_version_it_did():
    relative = lengths(read("isa_dara_pd_us").base_case(), dose_timing="cycle_start")
    first_year = relative[:, :, 0]  # by cycle, strategy
    assert first_year[4].min() > 0.2  # a year: all doses of it paid by everybody
    assert 0.005 < np.abs(first_year[2]).max() < 0.2  # four weeks


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_markov_model_takes_shares_between_edges_on_straight_lines_and_says_so(name):
    spec = importlib.util.spec_from_file_location("myeloma_markov", ROOT / "models" / "myeloma_markov.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    case = read(name).base_case(module.outcome)
    assert np.abs(lengths(case)).max() < 0.002
    _, daily = cost_of_doses(case, cycle_length=1, cycle_unit="day")
    _, monthly = cost_of_doses(case, cycle_length=1, cycle_unit="month")
    of_doses = [[note for note in run.notes if "days of doses" in note] for run in (daily, monthly)]
    assert of_doses[0] == []
    (note,) = of_doses[1]
    assert note.startswith("Drug acquisition, Administration, Premedication: the closest days of doses are ")
    assert "a model cycle has up to 30.44 days" in note


def test_only_a_flow_that_is_known_at_any_time_pays_for_doses():
    inputs = read("isa_dara_pd_us")

    def outcome(p, time):
        state = he.partition(time, overall=he.curve(p, "overall_survival"))
        return he.Outcome(state, [he.cost("Drugs", he.years_in(time, state, "alive"), he.drug_cost(p, time))])

    with pytest.raises(he.LineError, match="'Drugs': doses are paid by those on treatment on their days"):
        he.run(inputs.base_case(outcome))


#: Incremental cost at 1, 3 and 5 years under the rule and the evidence of 0.1.0.
OLD = {
    "isa_dara_pd_us": (-19114.208319, 69647.944015, 133834.7914),
    "isa_dara_kd_us": (-19416.988665, 76242.392094, 163801.729514),
}


def increments(case):
    """Incremental cost of the first strategy against the second, by horizon."""
    cost = he.run(case).totals.cost.values
    return cost[0] - cost[1]


@pytest.mark.parametrize("name", WORKBOOKS)
def test_the_former_rule_gives_the_former_results(name):
    found = increments(made(name, 0).base_case().with_settings(dose_timing="cycle_start"))
    np.testing.assert_allclose(found, OLD[name], rtol=1e-9)


@pytest.mark.parametrize("name", WORKBOOKS)
def test_the_changelog_says_how_far_results_moved(name):
    inputs = made(name, 0)
    schedules = inputs.tables["Schedules"].assign(dispensed="by_dose")
    by_dose = replace(inputs, tables={**inputs.tables, "Schedules": schedules})
    columns = [np.array(OLD[name]), increments(by_dose.base_case()), increments(inputs.base_case())]
    columns.append(columns[2] - columns[0])
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^  \| {name} \| (\d) \|(.*)\|$", text, flags=re.M)
    assert [int(years) for years, _ in rows] == [1, 3, 5]
    for place, (_, cells) in enumerate(rows):
        assert [cell.strip() for cell in cells.split("|")] == [f"{column[place]:,.0f}" for column in columns]
