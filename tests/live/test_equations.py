"""Equations of the shipped models: whole, well-formed, and with every input that the results use."""

import functools
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import hecon as he
from hecon import cli

ROOT = Path(__file__).resolve().parents[2]
#: Those with many doses take seconds to write.
LONG = (
    "isa_dara_kd_sc_us", "isa_dara_kd_uk", "isa_dara_kd_us", "isa_dara_pd_sc_us", "isa_dara_pd_uk", "sick_sicker_age",
    "sick_sicker_residence",
)  # fmt: skip
WORKBOOKS = [
    pytest.param(path, marks=pytest.mark.slow) if path.stem in LONG else path
    for path in sorted((ROOT / "inputs").glob("*.xlsx"))
]


@functools.cache
def equations_of(path):
    return he.equations(he.read_workbook(path))


@pytest.mark.parametrize("path", WORKBOOKS, ids=lambda path: path.stem)
def test_every_model_has_equations(path):
    inputs = he.read_workbook(path)
    written = equations_of(path)
    table = written.table()
    assert {"section", "equation", "unit"} <= set(table.columns)
    assert len(table) > 20
    for equation in table["equation"]:
        assert equation.replace(r"\{", "").count("{") == equation.replace(r"\}", "").count("}")
        assert "Symbol" not in equation
    page = written.html()
    ET.fromstring(page[page.index("<html") :])
    tex = written.latex()
    assert tex.count(r"\begin{") == tex.count(r"\end{")
    lines = {item.split(":")[0] for item in he.run(inputs.base_case()).breakdown()["item"]}
    assert lines <= {what.split(",")[0].removesuffix(" (QALYs)") for what in table["what"]}


@pytest.mark.slow
def test_a_new_project_has_equations(tmp_path):
    """A strategy there is given one of two drugs: the sum over drugs is one term, and needs no sign of a sum."""
    workbook = he.new_project(tmp_path / "mine")[0]
    table = he.equations(he.read_workbook(workbook, models=tmp_path / "mine" / "models")).table()
    assert len(table) > 20
    assert {"Drug acquisition", "Administration"} <= {what.split(",")[0].split(":")[0] for what in table["what"]}


def test_equations_name_inputs_with_unit_and_source():
    inputs = he.read_workbook(ROOT / "inputs" / "hiv.xlsx")
    page = equations_of(inputs.path).html()
    told = inputs.parameters[inputs.parameters["source"].notna() & inputs.parameters["unit"].notna()]
    assert len(told) > 3
    for row in told.to_dict("records"):
        assert str(row["unit"]) in page
        assert str(row["source"])[:30] in page


@pytest.mark.slow
def test_a_term_that_names_two_doses_is_no_sum_over_doses():
    """The first infusion of carfilzomib, on the day of the first tablets, is counted by the column of the latter."""
    table = equations_of(ROOT / "inputs" / "isa_dara_kd_us.xlsx").table()
    cell = r"\text{Administration}_{\text{carfilzomib},\, \text{Isa-Kd}}(t_{x})"
    (equation,) = (text for text in table["equation"] if cell in text)
    assert equation.count(r"\sum_{g}") == 1
    assert r"\text{Doses}_{\text{dexamethasone oral" in equation.split(r"\sum_{g}")[0]


def test_equations_from_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    workbook = str(ROOT / "inputs" / "decision_tree.xlsx")
    assert cli.main(["live", workbook, "--equations", "appendix.tex"]) == 0
    assert "appendix.tex" in capsys.readouterr().out
    assert Path("appendix.tex").read_text(encoding="utf-8").rstrip().endswith(r"\end{document}")
    assert cli.main(["live", workbook, "--out", "other.xlsx", "--equations", "appendix.docx"]) == 1
    assert "ends in '.docx'; equations are written to" in capsys.readouterr().err
    assert not Path("other.xlsx").exists()
