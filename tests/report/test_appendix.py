"""The document of equations, of which parts may be missing: no inputs, no sources, letters that pdfTeX lacks."""

import re

import pytest

from hecon.report.equations.appendix import Equation, Equations, InputUsed
from hecon.report.equations.notation import EQUALS, Letter, Lines, Words, number

FORMULA = Lines(((Letter("a"), EQUALS, number(0.5)),))
COST = InputUsed(Letter("c"), "Cost of care", "USD", "100", "assumed", "")
PRICE = InputUsed(Letter("p"), "Price", "USD", "3", "published", "List 2024, https://example.org/a/list")


def document(inputs=(), title="Example", notes=()):
    equations = (
        Equation(1, "Costs", "Care", "USD", FORMULA, notes),
        Equation(2, "Costs", "Care", "", FORMULA, (), False),
    )
    return Equations(title, (("Workbook", "a.xlsx"),), (("read ", Letter("a")),), equations, tuple(inputs))


def test_a_part_of_another_document_says_what_it_needs_and_has_no_beginning():
    part, whole = document().latex(standalone=False), document().latex()
    assert part.startswith("% Needs the packages amsmath, graphicx, array and longtable.\n")
    assert r"\begin{document}" not in part
    assert r"\begin{document}" in whole
    assert part.rstrip().splitlines()[-1] in whole


@pytest.mark.parametrize(
    ("inputs", "tables", "sources"), [((), 0, 0), ((COST,), 1, 0), ((COST, PRICE), 1, 1), ((PRICE, PRICE), 1, 1)]
)
def test_tables_of_inputs_and_sources_are_there_when_there_are_any(inputs, tables, sources):
    tex, html = document(inputs).latex(), document(inputs).html()
    assert tex.count(r"\begin{longtable}") == html.count("<table><thead><tr><th>Symbol") == tables
    assert tex.count(r"\subsection*{") == html.count('<ol class="sources">') == sources
    assert html.count('<li id="source-1">') == sources
    assert len(document(inputs).inputs_table()) == len(inputs)


def test_letters_that_pdftex_lacks_are_shown_by_their_number_and_spaces_as_spaces():
    plain = document().latex()
    assert "DeclareUnicodeCharacter" not in plain
    tex = document(title="\u0416\u2003\u0416\u0301").latex()
    said = dict(re.findall(r"\\DeclareUnicodeCharacter\{(\w+)\}\{(.*)\}\n", tex))
    assert said["0416"] == "[U+0416]"
    assert said["2003"] == r"\quad "
    assert said["0301"] == ""


def test_equations_are_a_table_by_number():
    table = document(notes=((Words("per cycle"),),)).table()
    assert table.index.tolist() == [1, 2]
    assert table.unit.tolist() == ["USD", ""]
    assert repr(document((COST,))) == "Equations of Example: 2 equations, 1 inputs"
