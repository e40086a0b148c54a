from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from three_arms import make_inputs, outcome

import hecon as he
from hecon.analysis.result import crossing_rows
from hecon.errors import HeconError
from hecon.report import provenance
from hecon.report.document.report import report_document


def test_date_is_now_in_utc_unless_it_is_fixed(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert abs((provenance.created() - datetime.now(UTC)).total_seconds()) < 5
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert provenance.created() == datetime(1970, 1, 1, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1e9")
    with pytest.raises(HeconError, match="whole number of seconds"):
        provenance.created()


def test_a_run_is_identified(result, batch):
    rows = provenance.provenance(result)
    assert rows["hecon version"] == he.__version__
    assert rows["SHA-256 of the input file"] == "ab" * 32
    assert rows["Model"] == "three_arms"
    assert "Seed" not in rows
    drawn = provenance.provenance(batch)
    assert (drawn["Draws"], drawn["Seed"]) == ("50", "1")


def test_inflation_is_said_with_its_index(inputs):
    (sentence,) = provenance.inflation_sentences(inputs.base_case(outcome))
    assert sentence == (
        "Costs of price year 2016 were moved to 2020 by index 518.9/463.7 (x 1.1190): "
        "care_cost_per_year and end_of_life_cost."
    )
    assert provenance.inflation_sentences(make_inputs(price_year=None).base_case(outcome)) == []


def test_inflation_names_the_values_that_moved(inputs):
    rows = inputs.parameters.copy()
    rows.loc[
        (rows.parameter == "drug_cost_per_year") & (rows.drug == "pomalidomide") & (rows.value > 0), "price_year"
    ] = 2016
    case = replace(inputs, parameters=rows).base_case(outcome)
    (sentence,) = provenance.inflation_sentences(case)
    names = "Isa-Pd pomalidomide, Dara-Pd pomalidomide, Pd pomalidomide"
    assert f"drug_cost_per_year ({names})" in sentence


def test_crossings_are_counted_by_strategy():
    case = make_inputs().base_case(outcome).with_values(progression_rate={"Pd": 0.1})
    result = he.run(case)
    (sentence,) = provenance.crossing_sentences(result)
    assert sentence.startswith("Pd: survival curves crossed, at ")
    rows = {row["strategy"]: row for row in crossing_rows(result)}
    assert rows["Pd"]["edges"] == len(result.time.edges) - 1
    assert rows["Isa-Pd"]["edges"] == 0
    assert rows["Pd"]["widest_gap"] == pytest.approx(result.crossings.widest[2])


def test_crossings_of_draws_name_their_number():
    inputs = make_inputs()
    rows = inputs.parameters
    rows.loc[rows.parameter == "progression_rate", ["value", "low", "high"]] = [0.3, 0.2, 0.45]
    sentences = provenance.crossing_sentences(he.run(inputs.draws(40, seed=2, model=outcome)))
    assert any(" in " in sentence and "of 40 draws" in sentence for sentence in sentences)


def test_discounting_is_said_in_words():
    said = provenance.discounting_sentence(he.run(make_inputs().base_case(outcome)))
    assert "Discounted at 3% a year, by (1 + r)^-t at the middle of each cycle" in said
    other = make_inputs(discount_rate_cost="0: 0.035, 30: 0.03", accrual="start", discount_form="continuous")
    said = provenance.discounting_sentence(he.run(other.base_case(outcome)))
    assert "3.5% from year 0; 3% from year 30 a year for costs and 3% for effects, by exp(-r t)" in said
    assert "as it stands at the start of a cycle" in said


def test_changes_are_told_with_old_and_new_value(inputs):
    case = inputs.base_case(outcome)
    assert provenance.change_sentences(case) == []
    changed = case.with_values(utility={"progressed": 0.5})
    assert provenance.change_sentences(changed) == ["utility (progressed): 0.61 in the workbook, 0.5 in this case."]


def test_a_document_names_the_model_file_without_its_folders():
    case = he.read_workbook(Path(__file__).parents[2] / "inputs" / "simple_partitioned.xlsx").base_case()
    result = he.run(case)
    full, sent = provenance.provenance(result), provenance.provenance_of_a_document(result)
    assert Path(full["Model file"]).is_absolute()
    assert sent == full | {"Model file": "simple_partitioned.py", "Written": sent["Written"]}
    document = report_document(result)
    shown = next(table for table in document.tables() if table.key == "provenance").frame
    assert full["Model file"] not in set(shown["value"])
