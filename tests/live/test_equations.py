"""Equations of whole models: every shipped workbook in both notations, expected texts, escapes, files."""

import xml.etree.ElementTree as ET
from pathlib import Path

import every_curve
import pytest

import hecon as he

INPUTS = sorted((Path(__file__).parents[2] / "inputs").glob("*.xlsx"))


@pytest.fixture(scope="module")
def myeloma():
    return he.equations(he.read_workbook(next(path for path in INPUTS if path.stem == "isa_dara_pd_us")))


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_every_shipped_workbook_is_printed_in_both_notations(path: Path) -> None:
    found = he.equations(he.read_workbook(path))
    ET.fromstring(found.mathml())
    page = found.html()
    ET.fromstring(page.replace("<!DOCTYPE html>", "", 1))
    assert "<script" not in page
    table = found.table()
    assert list(table.columns) == ["section", "what", "equation", "unit"]
    assert len(table) > 10
    for equation in table["equation"]:
        assert equation.count("{") == equation.count("}")


@pytest.mark.parametrize(
    ("what", "equation"),
    [
        ("Discount factor of costs", r"D_{\text{costs},\, i} = {(1 + r_{\text{costs}})}^{- {\tau}_{i}}"),
        (
            "Overall survival, lognormal",
            r"\frac{\ln({t_{i}}^{\text{(months)}}) - {\mu}_{s,\, \text{OS},\, \text{lognormal}}}"
            r"{{\sigma}_{s,\, \text{OS},\, \text{lognormal}}}",
        ),
        (
            "Drug acquisition",
            r"\text{Drug acquisition}_{d,\, s,\, i} = \sum_{g} S_{\text{ToT, alive},\, s}(t_{i}) \cdot "
            r"\text{Doses}_{g,\, s,\, i} \cdot \text{Cost of one dose}_{g,\, s}",
        ),
        (
            "Disease management",
            r"\text{Disease management}_{h,\, s,\, i} = \text{Years}_{h,\, s,\, i} \cdot "
            r"\text{care cost per year}_{h}",
        ),
    ],
)
def test_expected_texts(myeloma, what: str, equation: str) -> None:
    table = myeloma.table()
    assert any(equation in text for text in table.loc[table["what"] == what, "equation"])


def test_labels_are_escaped(tmp_path: Path) -> None:
    found = he.equations(he.read_workbook(every_curve.write(tmp_path / "every.xlsx")), every_curve.outcome)
    ET.fromstring(found.mathml())
    assert r"\text{=B+1}" in found.latex() or "=B+1" in found.latex()


def test_files_are_written_by_their_suffix(tmp_path: Path) -> None:
    inputs = he.read_workbook(next(path for path in INPUTS if path.stem == "decision_tree"))
    tex = he.write_equations(inputs, tmp_path / "a.tex").read_text(encoding="utf-8")
    assert tex.startswith(r"\documentclass")
    assert tex.rstrip().endswith(r"\end{document}")
    assert he.write_equations(inputs, tmp_path / "a.HTML").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(he.HeconError, match=r"ends in '\.docx'; equations are written to a file that ends in \.tex"):
        he.write_equations(inputs, tmp_path / "a.docx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.HTML", "a.tex"]
