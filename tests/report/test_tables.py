import csv
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from three_arms import STRATEGIES, make_inputs, outcome, plain_case

import hecon as he
from hecon.analysis.health import Finding, Health
from hecon.report import tables as export
from hecon.report.tables import tables, write_tables

SUMMARY = [
    "strategy", "horizon_years", "cost", "life_years", "progression_free_life_years", "qaly", "undiscounted_cost",
    "undiscounted_life_years", "undiscounted_progression_free_life_years", "undiscounted_qaly",
]  # fmt: skip
INCREMENTAL = [
    "strategy", "comparator", "horizon_years", "incremental_cost", "incremental_life_years", "incremental_qaly", "icer",
    "quadrant", "icer_per_life_year",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(result, scenarios, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "tables"
    write_tables(result, folder, scenarios=scenarios)
    return folder


def test_columns_are_exactly_those_promised(folder):
    assert pd.read_csv(folder / "summary.csv").columns.tolist() == SUMMARY
    assert pd.read_csv(folder / "incremental.csv").columns.tolist() == INCREMENTAL
    breakdown = pd.read_csv(folder / "breakdown.csv")
    assert breakdown.columns.tolist() == ["strategy", "horizon_years", "kind", "item", "value"]
    assert pd.read_csv(folder / "settings.csv").columns.tolist() == ["setting", "value"]
    assert pd.read_csv(folder / "curves.csv").columns.tolist() == ["strategy", "endpoint", "year", "survival"]


def test_every_ordered_pair_has_a_row(folder):
    pairs = pd.read_csv(folder / "incremental.csv")
    assert len(pairs) == 3 * 2 * 3
    mirrored = pairs.merge(
        pairs, left_on=["strategy", "comparator", "horizon_years"], right_on=["comparator", "strategy", "horizon_years"]
    )
    np.testing.assert_allclose(mirrored.incremental_cost_x, -mirrored.incremental_cost_y)


def test_numbers_are_written_in_full_precision(folder, result):
    with (folder / "summary.csv").open(encoding="utf-8", newline="") as file:
        written = [float(row["cost"]) for row in csv.DictReader(file)]
    assert written == result.table()["cost"].tolist()


def test_breakdown_sums_to_the_totals(folder):
    totals = pd.read_csv(folder / "summary.csv").set_index(["strategy", "horizon_years"])
    sums = pd.read_csv(folder / "breakdown.csv").groupby(["strategy", "horizon_years", "kind"])["value"].sum().unstack()
    for kind in ("cost", "qaly", "life_years"):
        np.testing.assert_allclose(sums[kind], totals[kind].loc[sums.index], rtol=1e-13)


def test_curves_hold_survival_at_the_cycle_edges(folder, result):
    curves = pd.read_csv(folder / "curves.csv")
    one = curves[(curves.strategy == "Pd") & (curves.endpoint == "overall_survival")]
    np.testing.assert_allclose(one.year, result.time.edges)
    np.testing.assert_allclose(one.survival, np.exp(-0.47 * result.time.edges))


def test_trace_holds_the_shares_after_the_crossing_rule(folder):
    trace = pd.read_csv(folder / "trace.csv")
    assert trace.columns.tolist() == ["strategy", "year", "progression_free", "progressed", "dead"]
    np.testing.assert_allclose(trace[["progression_free", "progressed", "dead"]].sum(axis=1), 1)


def test_published_values_stand_beside_the_model_in_their_own_unit(folder):
    fit = pd.read_csv(folder / "published_fit.csv").set_index(["strategy", "endpoint", "measure"])
    median = fit.loc[("Isa-Pd", "overall_survival", "median")]
    assert median["model"] == pytest.approx(12 * np.log(2) / 0.3285)
    assert median["difference"] == pytest.approx(median["model"] - 24.6)
    landmark = fit.loc[("Isa-Pd", "overall_survival", "survival_at")]
    assert landmark["model"] == pytest.approx(np.exp(-0.3285))
    assert median["low"] == 20.3
    assert fit.loc[("Dara-Pd", "overall_survival", "median"), "status"] == "assumed"


def test_a_published_endpoint_without_a_curve_has_no_model_value():
    inputs = make_inputs()
    published = inputs.tables["Published survival"].assign(endpoint="time_on_treatment")
    inputs = replace(inputs, tables={**inputs.tables, "Published survival": published})
    fit = export.published_fit_table(he.run(inputs.base_case(outcome)))
    assert fit["model"].isna().all()


def test_inputs_say_what_the_model_got(folder):
    inputs = pd.read_csv(folder / "inputs.csv")
    keys = ["strategy", "drug", "state"]
    assert inputs.columns.tolist() == [
        "sheet", "cell", "parameter", *keys, "value", "unit", "price_year", "price_factor", "used_value",
        "distribution", "low", "high", "se", "status", "source", "note",
    ]  # fmt: skip
    care = inputs[(inputs.parameter == "care_cost_per_year") & (inputs.state == "progressed")].iloc[0]
    assert care["value"] == 31_000
    assert care["price_factor"] == pytest.approx(518.9 / 463.7)
    assert care["used_value"] == pytest.approx(31_000 * 518.9 / 463.7)
    assert len(inputs) == len(make_inputs().parameters)


def test_inputs_of_a_scenario_show_its_value(scenarios):
    frame = export.inputs_table(scenarios["Daratumumab 20% cheaper"])
    row = frame[
        (frame.parameter == "drug_cost_per_year") & (frame.strategy == "Dara-Pd") & (frame.drug == "daratumumab")
    ]
    assert row["value"].item() == 118_000
    assert row["used_value"].item() == 94_400


def test_inputs_of_a_batch_are_means_over_the_draws(batch):
    frame = export.inputs_table(batch)
    row = frame[(frame.parameter == "utility") & (frame.state == "progressed")]
    drawn = batch.case.values["utility"].sel(state="progressed")
    assert row["used_value"].item() == pytest.approx(float(drawn.mean()))


def test_inputs_of_a_plain_case():
    frame = export.inputs_table(he.run(plain_case()))
    assert frame.columns.tolist() == ["parameter", "labels", "value"]
    assert frame.values.tolist()[0] == ["death_rate", "A", 0.1]


def test_settings_identify_the_run(folder):
    settings = pd.read_csv(folder / "settings.csv").set_index("setting")["value"]
    assert settings["input_sha256"] == "ab" * 32
    assert settings["source"] == "isa_dara.xlsx"
    assert settings["hecon_version"] == he.__version__
    assert settings["horizons"] == "1, 3, 5"
    assert set(he.Settings().as_dict()) < set(settings.index)


def test_scenarios_are_against_the_comparator_the_base_case_first(folder):
    table = pd.read_csv(folder / "scenarios.csv")
    assert table["scenario"].iloc[0] == "base case"
    assert set(table["comparator"]) == {"Dara-Pd"}
    ten = table[(table.scenario == "Ten years") & (table.strategy == "Pd")]
    assert ten["horizon_years"].tolist() == [1, 3, 10]
    benefit = 100_000 * table["incremental_qaly"] - table["incremental_cost"]
    np.testing.assert_allclose(table["incremental_net_monetary_benefit_at_100000"], benefit)


def test_coefficients_that_are_not_given_are_no_inputs():
    case = plain_case()
    case = he.Case(case.model, {**case.values, "rate": {"A": np.nan, "B": 0.3}}, labels=case.labels)
    frame = export.inputs_table(he.run(case))
    assert frame[frame.parameter == "rate"].values.tolist() == [["rate", "B", 0.3]]


def test_a_model_without_qalys_leaves_the_columns_out(tmp_path):
    def outcome(p, time):
        state = he.partition(time, overall=he.Exponential(p.death_rate))
        return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])

    result = he.run(he.Case(outcome, {"death_rate": {"A": 0.1, "B": 0.2}}, labels={"strategy": ["A", "B"]}))
    write_tables(result, tmp_path / "tables")
    columns = ["strategy", "horizon_years", "life_years", "undiscounted_life_years"]
    assert pd.read_csv(tmp_path / "tables" / "summary.csv").columns.tolist() == columns
    incremental = pd.read_csv(tmp_path / "tables" / "incremental.csv").columns.tolist()
    assert incremental == ["strategy", "comparator", "horizon_years", "incremental_life_years"]
    assert not (tmp_path / "tables" / "net_benefit.csv").exists()


def test_one_strategy_has_a_table_without_rows(tmp_path):
    def outcome(p, time):
        state = he.partition(time, overall=he.Exponential(p.death_rate))
        years = he.years_in(time, state, "alive")
        return he.Outcome(state, [he.cost("Care", years, 10.0), he.qaly("Time", years, 0.8)])

    result = he.run(he.Case(outcome, {"death_rate": 0.1}, labels={"strategy": ["A"]}))
    write_tables(result, tmp_path / "tables")
    written = pd.read_csv(tmp_path / "tables" / "incremental.csv")
    assert written.empty
    assert written.columns.tolist() == INCREMENTAL


def test_a_batch_has_no_curves_and_no_trace(batch, tmp_path):
    write_tables(batch, tmp_path / "tables")
    names = {path.stem for path in (tmp_path / "tables").iterdir()}
    assert {"summary", "incremental", "crossings"} <= names
    assert not {"trace", "curves", "published_fit"} & names


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r"])
def test_text_cannot_become_a_formula(tmp_path, mark):
    label = f'{mark}HYPERLINK("http://example.com")'
    result = he.run(plain_case(labels=(label, "B")))
    write_tables(result, tmp_path / "tables")
    for path in (tmp_path / "tables").iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not cell.startswith(mark) or _is_number(cell), f"{path.name}: {cell}"
    assert (tmp_path / "tables" / "summary.csv").read_bytes().count(f"'{mark}".encode()) == 3


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_letters_beyond_ascii_survive(tmp_path):
    result = he.run(plain_case(labels=("Traitement à l'étude", "比較")))
    write_tables(result, tmp_path / "tables")
    written = pd.read_csv(tmp_path / "tables" / "summary.csv", encoding="utf-8")
    assert set(written["strategy"]) == {"Traitement à l'étude", "比較"}


def test_tables_of_an_earlier_run_go_and_other_files_stay(result, scenarios, tmp_path):
    folder = tmp_path / "tables"
    write_tables(result, folder, scenarios=scenarios)
    (folder / "mine.txt").write_text("keep me")
    write_tables(result, folder)
    assert not (folder / "scenarios.csv").exists()
    assert (folder / "mine.txt").read_text() == "keep me"


def test_nothing_is_half_written(result, tmp_path, monkeypatch):
    folder = tmp_path / "tables"
    write_tables(result, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    other = he.run(make_inputs(discount_rate_cost=0.1).base_case(outcome))

    def fails(*_, **__):
        raise RuntimeError("no space left")

    monkeypatch.setitem(export.TABLES, "settings", fails)
    with pytest.raises(RuntimeError):
        write_tables(other, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


def test_every_table_of_a_result_is_made_and_has_its_file(result, scenarios):
    health = Health([Finding("Shares sum to 1", "states", "a paper", "nothing", "1", "1", "pass")])
    made = tables(result, scenarios=scenarios, health=health)
    assert {*made, "trace_by_cohort"} == {*export.TABLES, "scenarios", "health"}
    assert {f"{name}.csv" for name in made} <= set(export.table_files())
    assert list(STRATEGIES) == list(dict.fromkeys(made["summary"]["strategy"]))
