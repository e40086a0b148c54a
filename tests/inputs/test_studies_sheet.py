"""The Studies sheet: every design that could not be valued is a fault at its cell."""

from __future__ import annotations

from typing import Any

import pytest
from good_workbook import NEW, PFS, STANDARD, Editor, good_settings, good_tables

from hecon.errors import InputError
from hecon.excel.addresses import letters
from hecon.inputs.likelihoods import LIKELIHOODS, faults_of_likelihood
from hecon.inputs.template import write_inputs
from hecon.inputs.workbook import read_tables

TRIAL = {"design": "Randomised trial", "input": f"{PFS}: {NEW}"}
SURVEY = {"design": "Quality of life survey", "input": "utility: progressed"}


def test_a_sheet_of_studies_is_read(faults, editor: Editor, tmp_path):
    assert faults(editor) == []
    table = read_tables(editor.save(tmp_path / "good.xlsx")).tables["Studies"]
    assert table["likelihood"].tolist() == ["survival", "survival", "normal", "normal"]
    assert table["sample_size"].tolist() == [200, 200, 150, 150]


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (SURVEY, "likelihood", None, "likelihood is blank; it must be one of normal, binomial"),
        (SURVEY, "likelihood", "norml", "Did you mean 'normal'?"),
        (SURVEY, "sample_size", 0, "sample_size is 0; it must be at least 1"),
        (SURVEY, "sample_size", None, "sample_size is blank"),
        (SURVEY, "sample_size", 12.5, "sample_size is 12.5; it must be a whole number"),
        (SURVEY, "sd", None, "sd is blank; a normal measurement needs it above 0"),
        (SURVEY, "sd", 0, "sd is 0; it must be above 0"),
        (SURVEY, "follow_up", 2, "follow_up is 2, but a normal measurement has none; clear the cell"),
        (SURVEY, "input", None, "input is blank"),
        (SURVEY, "input", "utility: progresed", "Did you mean 'utility · progressed'?"),
        (SURVEY, "input", "utility", "'utility' has 3 values; name one of them"),
        (SURVEY, "input", "utility: dead", "utility · dead is not uncertain (Utilities!H7 says that it is fixed)"),
        (SURVEY, "delay", -1, "delay is -1; it must be at least 0"),
        (SURVEY, "status", None, "status is blank"),
        (SURVEY, "status", "reported", "source is blank; a reported design needs its source"),
        (SURVEY, "note", None, "note is blank; an assumed design needs a note or a source"),
        (TRIAL, "follow_up", None, "follow_up is blank; a survival measurement needs it above 0"),
        (TRIAL, "sd", 1, "sd is 1, but a survival measurement has none; clear the cell"),
        (TRIAL, "input", f"progresion_free_survival: {NEW}", f"Did you mean '{PFS} · {NEW}'?"),
        (TRIAL, "input", "utility: progressed", "Likelihood survival measures a curve: its endpoint and strategy"),
        (TRIAL, "likelihood", "exponential", f"there is no input '{PFS}: {NEW}'"),
    ],
)
def test_what_cannot_be_valued_is_a_fault_at_its_cell(faults, editor: Editor, row, column, value: Any, words):
    number = editor.row("Studies", **row)
    editor.set(value, "Studies", column, **row)
    found = {fault.where: fault.what for fault in faults(editor)}
    # a likelihood that does not fit is blamed on the input, a status without its source on the blank source
    blamed = {"exponential": "input", "reported": "source"}.get(value, column)
    assert words in found[f"Studies!{letters(editor.column('Studies', blamed) - 1)}{number}"]


def test_an_input_that_its_likelihood_does_not_fit(faults, editor: Editor):
    price = editor.append(
        "Studies", design="Price", input="drug_price: new_drug", likelihood="binomial", sample_size=10,
        status="assumed", note="x",
    )  # fmt: skip
    found = faults(editor)
    assert [fault.where for fault in found] == [f"Studies!C{price}"]
    assert "drug_price · new_drug is 3 (Prices!D5); the input of a binomial measurement must lie between 0 and 1" in (
        found[0].what
    )


def test_costs_of_a_design_are_given_once(faults, editor: Editor):
    at = editor.set(1e6, "Studies", "fixed_cost", design="Randomised trial", arm=STANDARD)
    (fault,) = faults(editor)
    assert fault.where == at
    assert "row 5 says 4e+06; it is of the whole design, so give it once" in fault.what
    editor.set(4e6, "Studies", "fixed_cost", design="Randomised trial", arm=STANDARD)
    assert faults(editor) == []


def test_a_measurement_stands_once(faults, editor: Editor):
    editor.append(
        "Studies", **SURVEY, arm="after", likelihood="normal", sd=1, sample_size=5, status="assumed", note="x"
    )
    (fault,) = faults(editor)
    assert "rows 8 and 9 are both about Quality of life survey, after, utility: progressed; keep one" in fault.what


def test_a_curve_that_is_known_teaches_nothing(tmp_path):
    tables = good_tables()
    for row in tables["Survival"]:
        if row.get("endpoint") == PFS and row["strategy"] == NEW and row["family"] == "weibull":
            row["distribution"] = "fixed"
    write_inputs(tmp_path / "known.xlsx", tables, good_settings())
    with pytest.raises(InputError, match=r"Studies!C5 +the curve progression_free_survival · New treatment is not unc"):
        read_tables(tmp_path / "known.xlsx")


def test_a_fault_of_a_curve_is_not_repeated_for_its_study(faults, editor: Editor):
    at = editor.set("weibul", "Curves", "family", strategy=NEW, endpoint=PFS)
    assert [fault.where for fault in faults(editor)] == [at]


def test_for_how_many_the_decision_is_made_is_said_whole(faults, editor: Editor):
    number = editor.row("Population", parameter="decision_years")
    editor["Population"].delete_rows(number)
    (fault,) = faults(editor)
    assert fault.where == "Population!A7"
    assert "patients_per_year stands alone" in fault.what


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_likelihood_says_what_it_needs(likelihood):
    own = LIKELIHOODS[likelihood]
    assert [column for column, _ in faults_of_likelihood(likelihood, 10, {})] == list(own.needs)
    assert list(faults_of_likelihood(likelihood, 10, dict.fromkeys(own.needs, 0.5))) == []
    assert [column for column, _ in faults_of_likelihood(likelihood, 0, dict.fromkeys(own.needs, 0.5))] == [
        "sample_size"
    ]
