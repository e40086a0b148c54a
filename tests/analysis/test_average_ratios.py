"""Average ratios: cost over effect of each arm, on all costs and on those before progression."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import hecon as he
from hecon import cli
from hecon.analysis.value.average_ratios import COLUMNS, WARNING, pre_progression_cost
from hecon.report.analyses import Analyses
from hecon.report.sheets.average_ratios import PRESENTATION

INPUTS = Path(__file__).resolve().parents[2] / "inputs"


@pytest.fixture(scope="module")
def pd_inputs():
    return he.read_workbook(INPUTS / "isa_dara_pd_us.xlsx")


@pytest.fixture(scope="module")
def base(pd_inputs):
    return he.run(pd_inputs.base_case())


def test_each_ratio_is_cost_over_effect(base):
    table = he.average_ratios(base)
    assert tuple(table) == COLUMNS
    totals = base.table().set_index(["strategy", "horizon_years"])
    for row in table[table.costs == "all"].itertuples():
        own = totals.loc[row.strategy, row.horizon_years]
        months = {"progression_free_month": 12 * own.progression_free_life_years, "qaly": own.qaly}
        effects = (months | {"life_year": own.life_years})[row.effect]
        assert row.average_cost == pytest.approx(own.cost / effects, rel=1e-14)
    assert len(table) == 3 * 2 * 3 * 3


def test_costs_before_progression_are_those_left_when_later_ones_are_nought(pd_inputs, base):
    alone = he.average_ratios(he.run(pd_inputs.scenario("Pre-progression costs only")))
    apart = he.average_ratios(base)
    later = alone[alone.costs == "all"].average_cost.to_numpy()
    np.testing.assert_allclose(apart[apart.costs == "pre_progression"].average_cost, later, rtol=1e-13)


def two_states(p, time):
    state = he.partition(time, progression_free=he.Exponential(p.rate), overall=he.Exponential(0.1))
    return he.Outcome(
        state,
        [
            he.cost("Care", he.years_in(time, state), p.care),
            he.cost("At progression", he.entering(state, "progressed"), 700.0),
            he.cost("At the start", he.at_start(time), 50.0),
            he.cost("Diagnosis", he.at_start(time, state), 30.0),
            he.life_years("Life years", he.years_in(time, state), he.alive(state)),
        ],
    )


VALUES = {"rate": {"A": 0.5, "B": 0.9}, "care": {"progression_free": 100.0, "progressed": 900.0, "dead": 0.0}}
LABELS = {"strategy": ["A", "B"], "state": ["progression_free", "progressed", "dead"]}


def test_a_cost_by_state_counts_by_its_state():
    result = he.run(he.Case(two_states, VALUES, LABELS, {"horizons": [2]}))
    years = result.totals.undiscounted_progression_free_life_years.values
    assert he.average_ratios(result).effect.unique().tolist() == ["progression_free_month", "life_year"]
    undiscounted = he.run(result.case.with_settings(discount_rate_cost=0, discount_rate_effect=0))
    np.testing.assert_allclose(pre_progression_cost(undiscounted), 100 * years + 80, rtol=1e-12)


def test_a_model_without_progression_has_all_costs_only():
    def alive(p, time):
        years = he.years_in(time, he.partition(time, overall=he.Exponential(p.rate)), "alive")
        return he.Outcome(None, [he.cost("Care", years, 10.0), he.qaly("Time", years, 0.5)])

    result = he.run(he.Case(alive, {"rate": {"A": 0.2}}, {"strategy": ["A"]}))
    table = he.average_ratios(result)
    assert set(table.costs) == {"all"}
    np.testing.assert_allclose(table.average_cost, 20.0, rtol=1e-12)


def test_a_model_without_costs_says_so():
    def alive(p, time):
        years = he.years_in(time, he.partition(time, overall=he.Exponential(p.rate)), "alive")
        return he.Outcome(None, [he.life_years("Life years", years)])

    with pytest.raises(he.HeconError, match="needs a model with costs"):
        he.average_ratios(he.run(he.Case(alive, {"rate": {"A": 0.2}}, {"strategy": ["A"]})))


def test_draws_give_a_ratio_of_means(pd_inputs):
    drawn = he.run(pd_inputs.draws(200))
    table = he.average_ratios(drawn)
    means = drawn.totals.mean("draw")
    row = table[(table.effect == "qaly") & (table.costs == "all")].iloc[0]
    assert row.average_cost == pytest.approx(float(means.cost[0, 0] / means.qaly[0, 0]), rel=1e-14)
    paged = he.average_ratios(he.run_psa(pd_inputs, 200))
    np.testing.assert_allclose(paged.average_cost, table.average_cost, rtol=1e-9)


def test_a_markov_flow_knows_its_state():
    def outcome(p, time):
        stay = he.Transitions(["progression_free", "dead"], {("progression_free", "dead"): 0.1})
        state = he.markov(time, stay, start="progression_free")
        dying = he.cost("Dying", he.moving(state, "progression_free", "dead"), 5.0)
        return he.Outcome(state, [dying, he.life_years("Years", he.years_in(time, state), he.alive(state))])

    result = he.run(he.Case(outcome, {"rate": {"A": 0.2}}, {"strategy": ["A"], "state": ["progression_free", "dead"]}))
    assert (result.totals.cost > 0).all()
    assert not pre_progression_cost(result).any()


def test_the_warning_goes_wherever_the_numbers_go(base, tmp_path):
    table = he.average_ratios(base)
    he.write_workbook(base, tmp_path / "results.xlsx", average_ratios=table)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    for name in ("Average ratios", "Cover", "Notes"):
        assert WARNING in [cell.value for row in book[name].iter_rows() for cell in row]
    said = list(PRESENTATION.findings(table, Analyses(base)))
    first = table.iloc[0]
    assert f"Isa-Pd {first.average_cost:,.0f}, Dara-Pd" in said[0]
    assert "costs before progression" in said[1]
    sheet = book["Average ratios"]
    numbers = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, float)]
    assert sorted(numbers) == pytest.approx(sorted(table.average_cost))


def test_another_table_in_its_place_is_refused(base, tmp_path):
    with pytest.raises(he.HeconError, match=r"he\.(value\.)?average_ratios\(result\)"):
        he.write_workbook(base, tmp_path / "x.xlsx", average_ratios=pd.DataFrame({"strategy": ["A"]}))


def test_every_run_writes_them(tmp_path, capsys):
    run = ["run", str(INPUTS / "hiv.xlsx"), "--no-sensitivity", "--verbose", "--out", str(tmp_path)]
    assert cli.main(run) == 0
    assert WARNING in " ".join(capsys.readouterr().out.split())
    table = pd.read_csv(tmp_path / "tables" / "average_ratios.csv")
    assert set(table.effect) == {"life_year", "qaly"}
