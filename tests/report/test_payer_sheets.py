"""What a payer asks of the results workbook: budget impact, severity and the probabilistic answer, read back."""

import openpyxl
import pandas as pd
import pytest
import three_arms
from small_market import outcome, read

import hecon as he
from hecon.analysis.suite import run_suite
from hecon.errors import HeconError
from hecon.report.analyses import Analyses
from hecon.report.registry import findings
from hecon.report.words import icer_in_words


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    inputs = read(tmp_path_factory.mktemp("payer"), draws=100, sobol_samples=0)
    return run_suite(inputs, model=outcome)


@pytest.fixture(scope="module")
def book(suite, tmp_path_factory):
    path = he.write_workbook(suite.base, tmp_path_factory.mktemp("payer") / "results.xlsx", **suite.analyses)
    return openpyxl.load_workbook(path)


def rows(sheet):
    return [[cell for cell in row if cell not in (None, "")] for row in sheet.iter_rows(values_only=True)]


def row_of(sheet, *start):
    return next(row for row in rows(sheet) if row[: len(start)] == list(start))


def test_the_budget_stands_on_its_sheet(suite, book):
    table = suite.analyses["budget"].summary()
    sheet = book["Budget impact"]
    assert row_of(sheet, "Budget impact", "USD")[2:] == pytest.approx([*table["impact"], table["impact"].sum()])
    assert row_of(sheet, "of which acquisition")[2:4] == pytest.approx(list(table["acquisition_impact"]))
    assert row_of(sheet, "Members")[2:] == pytest.approx(list(table["members"]))
    assert row_of(sheet, "Per member per month")[2:] == pytest.approx(list(table["per_member_per_month"]))
    assert row_of(sheet, "Drug", "with it")[2:4] == pytest.approx([10 * 3000 + 40 * 1000, 145_000])
    assert row_of(sheet, "Drug (acquisition)", "new")[2:] == pytest.approx([3000, 1500, 4500])
    assert row_of(sheet, "new, patients who start", "with it")[2:] == pytest.approx([10, 27.5])
    assert row_of(sheet, "Plan members")[5:7] == pytest.approx([42_500, 127_500])
    assert row_of(sheet, "Fast uptake")[1:] == pytest.approx([50_000, 135_000, 185_000])


def test_the_severity_stands_on_its_sheet(suite, book):
    one = suite.analyses["severity"].iloc[0]
    sheet = book["Severity"]
    assert row_of(sheet, "QALE of the general population (QALYs)")[1] == pytest.approx(one["qale"])
    assert row_of(sheet, "Proportional shortfall")[1] == pytest.approx(one["proportional_shortfall"])
    assert row_of(sheet, "Weight of a QALY")[1] == one["weight"]
    assert any("100% of the patients with old are alive" in str(row) for row in rows(sheet))


def test_the_probabilistic_answer_stands_on_cover_and_psa(suite, book):
    table = he.probabilistic_summary(suite.analyses["psa"], suite.base)
    one = table[table["horizon_years"] == 2].iloc[0]
    title = "The same with every uncertain input drawn: means over 100 draws"
    cover = rows(book["Cover"])
    below = cover[cover.index([title]) + 2 : cover.index([title]) + 4]
    levels = table[table["horizon_years"] == 2]["probability_cost_effective"].tolist()
    expected = [one["incremental_cost"], one["incremental_qaly"], one["icer"], one["probability_cost_saving"], *levels]
    assert below[1][:2] == ["new against old", "2 years"]
    assert below[1][2:] == pytest.approx(expected)
    assert (book["Cover"].page_setup.orientation, book["Cover"].page_setup.fitToHeight) == ("portrait", 0)
    psa = rows(book["PSA"])
    own = psa[next(place for place, row in enumerate(psa) if row and row[0].startswith("Increments against old")) + 3]
    names = ("", "_standard_error")
    expected = [one[f"{name}{end}"] for name in ("incremental_cost", "incremental_qaly", "icer") for end in names]
    assert own[2:8] == pytest.approx(expected)
    assert own[8:] == pytest.approx(
        [one[f"deterministic_{n}"] for n in ("incremental_cost", "incremental_qaly", "icer")]
    )


def test_a_ratio_of_the_draws_is_said_as_that_of_the_base_case(tmp_path):
    inputs = three_arms.make_inputs(draws=100)
    base, psa = he.run(inputs.base_case(three_arms.outcome)), he.run(inputs.draws(model=three_arms.outcome))
    cover = openpyxl.load_workbook(he.write_workbook(base, tmp_path / "results.xlsx", psa=psa))["Cover"]
    own = [row for row in rows(cover) if row and str(row[0]) == "Pd against Dara-Pd"]
    table = he.probabilistic_summary(psa, base)
    first = table[table["strategy"] == "Pd"].drop_duplicates("horizon_years")
    own_ratios = zip(first["icer"], first["quadrant"], first["incremental_qaly"], strict=True)
    words = [icer_in_words(ratio, quadrant, effect=gain) for ratio, quadrant, gain in own_ratios]
    assert [row[4] for row in own[len(words) :]] == words
    assert any(isinstance(word, str) for word in words)


def test_the_tables_are_written(suite, tmp_path):
    he.write_tables(suite.base, tmp_path, **suite.analyses)
    budget = pd.read_csv(tmp_path / "budget_impact.csv")
    pd.testing.assert_frame_equal(budget, suite.analyses["budget"].summary())
    answer = pd.read_csv(tmp_path / "probabilistic_summary.csv")
    pd.testing.assert_frame_equal(answer, he.probabilistic_summary(suite.analyses["psa"], suite.base))
    for name in ("severity", "budget_patients", "budget_spending", "budget_costs_per_patient", "budget_one_way"):
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) > 0
    assert set(pd.read_csv(tmp_path / "budget_scenarios.csv")["scenario"]) == {"base case", "Dear", "Fast uptake"}


def test_what_is_found_is_said(suite):
    said = " ".join(findings(Analyses.given(suite.base, suite.analyses)))
    assert "Budget impact in USD: 20,000 in year 1 and 65,000 in year 2; 85,000 in all" in said
    assert "mean increments over 100 draws are" in said
    assert "a QALY weighs 1; 100% of them are alive then" in said


def test_only_what_is_asked_for(tmp_path):
    inputs = read(tmp_path)
    assert set(run_suite(inputs, ["budget"], model=outcome).analyses) == {"budget"}


def test_something_else_in_their_place(suite):
    with pytest.raises(HeconError, match=r"budget is what he\.budget\.budget_impact"):
        Analyses.given(suite.base, {"budget": suite.base})
    with pytest.raises(HeconError, match="severity is the table"):
        Analyses.given(suite.base, {"severity": pd.DataFrame({"a": [1]})})
