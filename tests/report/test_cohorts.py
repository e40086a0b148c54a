"""A model of several cohorts through tables, workbook and figures: the population, and each cohort apart."""

import openpyxl
import pandas as pd
import pytest

import hecon as he
from hecon.report.tables import tables

STATES = ["well", "dead"]


def outcome(p, time):
    state = he.markov(time, he.Transitions(STATES, {("well", "dead"): p.dying}), "well", cohorts=p.share)
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Care", years, p.cost),
            he.cost("Start", he.at_start(time, state), p.starting_cost),
            he.qaly("Time", years, he.alive(state)),
        ],
    )


@pytest.fixture(scope="module")
def result():
    values = {
        "dying": ("age_group", [0.1, 0.4]),
        "share": ("age_group", [0.25, 0.75]),
        "cost": {"A": 100.0, "B": 50.0},
        "starting_cost": ("age_group", [8.0, 4.0]),
    }
    labels = {"strategy": ["A", "B"], "state": STATES, "age_group": ["young", "old"]}
    return he.run(he.Case(outcome, values, labels=labels, settings={"horizons": [2], "cycle_unit": "year"}))


def test_the_trace_adds_cohorts_up_or_tells_them_apart(result):
    trace, apart = result.trace(), result.trace("age_group")
    assert trace.columns.tolist() == ["strategy", "year", "well", "dead"]
    assert trace.well.tolist()[:3] == pytest.approx([1, 0.25 * 0.9 + 0.75 * 0.6, 0.25 * 0.81 + 0.75 * 0.36])
    assert apart.columns.tolist() == ["strategy", "age_group", "year", "well", "dead"]
    old = apart[(apart.strategy == "B") & (apart.age_group == "old")]
    assert old.well.tolist() == pytest.approx([0.75, 0.45, 0.27])
    with pytest.raises(he.UnknownNameError, match="no dimension of cohorts 'age'"):
        result.trace("age")


def test_starting_costs_count_each_cohort_by_its_share(result):
    start = result.breakdown().query("strategy == 'A' and item.str.startswith('Start')")
    assert start.value.sum() == pytest.approx(0.25 * 8 + 0.75 * 4)


def test_exports(result, tmp_path):
    found = tables(result)
    assert found["trace_by_cohort"].columns.tolist() == ["strategy", "dimension", "cohort", "year", "well", "dead"]
    he.write_tables(result, tmp_path / "tables")
    assert len(pd.read_csv(tmp_path / "tables" / "trace_by_cohort.csv")) == 2 * 2 * 3
    book = openpyxl.load_workbook(he.write_workbook(result, tmp_path / "results.xlsx"))
    sheet = book["Trace A"]
    rows = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[0], float | int)]
    assert rows[1][1] == pytest.approx(0.675)
    assert he.occupancy_figure(result).axes


def test_totals_of_each_cohort_are_those_of_a_model_of_it_alone(result):
    """By hand for the young, and each cohort by a run in which it is everybody."""
    found = result.by_cohort()
    assert found.columns[:4].tolist() == ["strategy", "age_group", "horizon_years", "share"]
    assert found.age_group.tolist() == ["young", "old"] * 2
    young = found[(found.strategy == "A") & (found.age_group == "young")].iloc[0]
    years = 0.5 + 0.9 + 0.81 / 2
    assert young.undiscounted_qaly == pytest.approx(years)
    assert young.undiscounted_cost == pytest.approx(100 * 2 + 8)  # care is paid in every state
    case = result.case
    for group, share in (("young", [1.0, 0.0]), ("old", [0.0, 1.0])):
        alone = he.run(case.with_values(share={"young": share[0], "old": share[1]}))
        own, pairs = alone.table(), alone.incremental(comparator="B")
        here = found[found.age_group == group].reset_index(drop=True)
        for name in ("cost", "qaly", "undiscounted_cost", "undiscounted_qaly"):
            assert here[name].tolist() == pytest.approx(own[name].tolist(), rel=1e-12)
        assert here.incremental_cost[0] == pytest.approx(pairs.incremental_cost[0])
        assert here.quadrant[0] == pairs.quadrant[0]
    for name in ("cost", "qaly"):
        weighted = (found[name] * found.share).groupby(found.strategy).sum()
        assert weighted.tolist() == pytest.approx(result.table()[name].tolist(), rel=1e-12)


def test_what_does_not_tell_cohorts_apart_is_the_same_for_each():
    def with_a_fee(p, time):
        whole = outcome(p, time)
        return he.Outcome(whole.state, [*whole.lines, he.cost("Fee", he.at_start(time), 7.0)])

    values = {"dying": ("age_group", [0.1, 0.4]), "share": ("age_group", [0.25, 0.75]), "cost": {"A": 0.0, "B": 0.0},
              "starting_cost": ("age_group", [0.0, 0.0])}  # fmt: skip
    labels = {"strategy": ["A", "B"], "state": STATES, "age_group": ["young", "old"]}
    case = he.Case(with_a_fee, values, labels=labels, settings={"horizons": [2], "cycle_unit": "year"})
    assert he.run(case).by_cohort().cost.tolist() == [7.0] * 4


def test_one_cohort_has_no_others(result):
    one = he.Case(
        lambda p, time: he.Outcome(
            state := he.partition(time, overall=he.Exponential(0.2)),
            [he.life_years("Life", he.years_in(time, state), he.alive(state))],
        ),
        {},
        labels={"strategy": ["A"]},
        settings={"horizons": [2]},
    )
    with pytest.raises(he.HeconError, match="one cohort"):
        he.run(one).by_cohort()
    with pytest.raises(he.UnknownNameError, match="strategy"):
        result.by_cohort("C")
