"""The two myeloma workbooks: complete, marked and sourced, and their Checks and Scenarios do what they say."""

import math

import pytest
from shipped_workbooks import ROOT, WORKBOOKS, read

import hecon as he
from hecon.analysis import run
from hecon.analysis.stated_results import stated_results
from hecon.inputs.batch import uncertainty_of
from hecon.inputs.input_names import input_names

#: Published prices and label times are not drawn; for how many the decision is made is a choice.
KNOWN_EXACTLY = ("drug_price", "infusion_minutes", "patients_per_year", "decision_years", "terminal_care_days")
SCENARIOS = [(name, scenario) for name in WORKBOOKS for scenario in read(name).scenarios]


def test_a_row_has_unit_status_and_source(inputs):
    rows = inputs.parameters
    assert set(rows.status) == {"reported", "derived", "assumed"}
    assert (rows.unit != "").all()
    sourced = rows[rows.status != "assumed"]
    assert (sourced.source != "").all()
    assert ((rows.source != "") | (rows.note != "")).all()


def test_an_uncertain_row_has_a_range_and_a_distribution(inputs):
    for row in inputs.parameters.itertuples():
        uncertain = row.distribution not in ("", "fixed")
        assert not uncertain or (math.isfinite(row.low) and row.low < row.high), row.cell
        assert uncertain or row.value in (0, 1) or row.parameter in KNOWN_EXACTLY, row.cell


@pytest.mark.parametrize("name", WORKBOOKS)
def test_one_way_moves_every_uncertain_input_at_every_horizon_in_one_run(name, monkeypatch):
    inputs = read(name)
    batches = []
    block = run._run_block
    monkeypatch.setattr(
        run, "_run_block", lambda case, *own, **about: batches.append(case.draws) or block(case, *own, **about)
    )
    table = he.one_way(inputs).table
    moved = set(table.input)
    rows = inputs.parameters
    ranged = {input_names(rows)[place] for place in range(len(rows)) if rows.low.iloc[place] < rows.high.iloc[place]}
    assert set(uncertainty_of(inputs).uncertain) | ranged == moved
    assert batches == [1 + 2 * len(moved)]
    assert table.groupby("horizon_years").input.nunique().to_dict() == dict.fromkeys((1, 3, 5), len(moved))
    assert len(moved) > {"isa_dara_pd_us": 85, "isa_dara_kd_us": 100}[name]


def test_a_range_without_a_source_says_so(inputs):
    for row in inputs.parameters.itertuples():
        if math.isfinite(row.low):
            words = ("assumed", "as reported", "95 % interval", "Bucher")
            assert any(word in row.note + row.source for word in words), row.cell


def test_numbers_from_memory_are_marked_assumed(inputs):
    rows = inputs.parameters
    unverified = rows[rows.source.str.contains("memory|placeholder") | rows.note.str.contains("Unverified")]
    assert len(unverified) > 5
    assert set(unverified.status) == {"assumed"}
    published = inputs.tables["Published survival"]
    assert set(published[published.source.str.contains("memory")].status) <= {"assumed"}
    index = inputs.tables["Price index"]
    assert set(index[index.source.str.contains("memory")].status) == {"assumed"}
    assert index.status.value_counts().to_dict() == {"reported": 7, "derived": 1, "assumed": 1}


def test_a_source_is_a_publication(inputs):
    texts = [*inputs.parameters.source, *inputs.parameters.note, *inputs.tables["Published survival"].source]
    for words in ("../", ".csv", ".json", "README"):
        assert not [text for text in texts if words in text]


def test_every_cost_has_a_price_year(inputs):
    rows = inputs.parameters
    costs = rows[rows.unit.str.startswith("USD")]
    assert len(costs) > 20
    assert costs.price_year.notna().all()


def test_settings_are_those_of_the_published_model(inputs):
    settings = inputs.settings
    assert inputs.model == "myeloma"
    assert settings.horizons == (1, 3, 5)
    assert (settings.discount_rate_cost, settings.discount_rate_effect) == (0.03, 0.03)
    assert settings.willingness_to_pay == (50_000, 100_000, 150_000)
    assert settings.comparator == inputs.labels["strategy"][1]
    assert (settings.currency, settings.price_year) == ("USD", 2020)


def test_every_check_holds(inputs):
    found = stated_results(he.run(inputs.base_case()))
    assert len(found) == len(inputs.tables["Checks"]) >= 15
    assert found.passes.all(), found[~found.passes]


def test_curves_meet_the_published_medians_and_landmarks_that_made_them(inputs):
    """Medians and landmarks that the coefficients were derived from come back to two digits."""
    curves = he.run(inputs.base_case()).curves
    table = inputs.tables["Curves"]
    fitted = set(zip(table[table.family != ""].strategy, table[table.family != ""].endpoint, strict=True))
    published = inputs.tables["Published survival"]
    compared = 0
    for row in published[published.measure == "median"].itertuples():
        if (row.strategy, row.endpoint) not in fitted:
            continue
        curve = curves[row.endpoint]
        places = inputs.labels["strategy"]
        months = 12 * curve.median().values[places.index(row.strategy)]
        assert months == pytest.approx(row.value, rel=0.005), (row.strategy, row.endpoint)
        compared += 1
    assert compared >= 5


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS)
def test_a_scenario_changes_the_result(name, scenario):
    inputs = read(name)
    base, changed = he.run(inputs.base_case()).table(), he.run(inputs.scenario(scenario)).table()
    outcomes = ["cost", "life_years", "progression_free_life_years", "qaly"]
    if scenario.startswith("Horizon"):
        both = changed.merge(base, on=["strategy", "horizon_years"], suffixes=("", "_base"))
        assert len(both) == len(base) < len(changed)
        for outcome in outcomes:
            assert both[outcome].tolist() == pytest.approx(both[f"{outcome}_base"].tolist(), rel=1e-12)
    else:
        assert (changed[outcomes] - base[outcomes]).abs().to_numpy().max() > 1e-6


def test_no_difference_in_efficacy_leaves_no_difference_in_survival(inputs):
    antibody, comparator, _ = inputs.labels["strategy"]
    result = he.run(inputs.scenario("No difference in efficacy"))
    pairs = result.incremental(comparator=comparator)
    pairs = pairs[pairs.strategy == antibody]
    assert (pairs.incremental_life_years == 0).all()
    assert (pairs.incremental_progression_free_life_years == 0).all()
    # What is left of the QALYs are the side effects, once.
    assert pairs.incremental_qaly.max() - pairs.incremental_qaly.min() < 1e-12


def test_antibodies_move_only_their_own_regimen(inputs):
    antibody, comparator, _ = inputs.labels["strategy"]
    base = he.run(inputs.base_case()).table().set_index(["strategy", "horizon_years"]).cost
    dearer = he.run(inputs.base_case().with_values(drug_price={"daratumumab": 6.0}))
    moved = (dearer.table().set_index(["strategy", "horizon_years"]).cost - base) > 0
    assert moved.groupby("strategy").all().to_dict() == {
        strategy: strategy == comparator for strategy in inputs.labels["strategy"]
    }
    assert antibody != comparator


def test_draws_stay_near_the_base_case(inputs):
    """Distributions are where their values are: the mean of the draws lies near the base case."""
    base = he.run(inputs.base_case()).table().set_index(["strategy", "horizon_years"])
    drawn = he.run(inputs.draws(500)).table().set_index(["strategy", "horizon_years"])
    assert (drawn.qaly / base.qaly - 1).abs().max() < 0.06
    assert (drawn.cost / base.cost - 1).abs().max() < 0.08


def test_a_workbook_names_its_model_and_gives_no_path():
    assert not (ROOT / "models" / "__init__.py").exists()
    source = (ROOT / "models" / "myeloma.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) < 70
    code = source.split('"""')[2]
    assert "for " not in code.replace("\n# ", "")
    assert [line for line in source.splitlines() if line.startswith(("import", "from"))] == ["import hecon as he"]
