"""The comparison of two workbooks, as it is printed and as it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from workbook_faults import faults_of

import hecon as he
from hecon.inputs.template import write_inputs
from hecon.report.terminal import WIDTH
from hecon.report.versions.text import counts_sentence, difference_tables, difference_text, ratio_in_words
from hecon.report.versions.workbook import deliver_difference, write_difference

SHIPPED = Path(__file__).resolve().parents[2] / "inputs" / "isa_dara_pd_us.xlsx"
TITLES = ["Overview", "Changes", "Results", "Each change alone"]


def edited(path: Path, **cells: Any) -> Path:
    book = openpyxl.load_workbook(SHIPPED)
    for place, value in cells.items():
        sheet, cell = place.rsplit("_", 1)
        page = book[sheet.replace("_", " ")]
        page[cell] = value
        if isinstance(value, str):
            page[cell].data_type = "s"  # text, whatever it begins with
    book.save(path)
    return path


@pytest.fixture(scope="module")
def difference(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("difference") / "new.xlsx"
    source = "=A new source, at some length, that would not fit on a screen beside the one before"
    return he.compare_workbooks(SHIPPED, edited(path, Prices_D6=4.5, Utilities_C5=0.7, Prices_L6=source))


def block(text: str, title: str) -> list[list[str]]:
    """Rows of the table under a title, as cells."""
    lines = next(part for part in text.split("\n\n") if part.splitlines()[0] == title).splitlines()
    return [line.split("  ") for line in lines[3:]]


def test_the_screen_shows_what_changed_and_what_that_did(difference: Any) -> None:
    text = difference_text(difference)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "3 cells changed. The results differ." in text
    assert text.startswith(f"OLD  {SHIPPED}\nNEW  {difference.new_path}\n")
    price = next(line for line in text.splitlines() if line.startswith("Prices!D6")).split()
    assert price == ["Prices!D6", "drug_price", "·", "daratumumab", "value", "5.61", "4.5"]
    found = difference.results.set_index(["strategy", "comparator", "horizon_years", "measure"]).sort_index()
    row = found.loc[("Isa-Pd", "Dara-Pd", 5.0, "icer")]
    line = next(line for line in text.split("Isa-Pd against Dara-Pd\n")[1].splitlines() if line.split()[:1] == ["5"])
    cost = found.loc[("Isa-Pd", "Dara-Pd", 5.0, "incremental_cost")]
    assert line.split()[2:] == ["+/-", "Costs", f"{cost.old:,.0f}", f"{cost.new:,.0f}", f"+{cost.difference:,.0f}"]
    assert f"{row.old:,.0f}" in text
    assert f"+{row.difference:,.0f}" in text


def test_the_screen_shows_each_change_alone_the_largest_first(difference: Any) -> None:
    text = difference_text(difference)
    title = "Isa-Pd against Dara-Pd at 5 years: what each change does to OLD by itself"
    rows = block(text, title)
    assert [row[0] for row in rows] == ["Prices: drug_price · daratumumab", "Utilities: utility · progression_free"]
    assert "same" in " ".join(rows[0])


def test_a_change_without_effect_is_named(tmp_path: Path) -> None:
    """The price of dexamethasone's companion in no arm of the pair moves neither costs nor QALYs of the pair."""
    found = he.compare_workbooks(SHIPPED, edited(tmp_path / "new.xlsx", Prices_D5=6.6))
    text = difference_text(found)
    title = "Pd against Dara-Pd at 5 years: what each change does to OLD by itself"
    lines = next(part for part in text.split("\n\n") if part.startswith(title)).splitlines()
    assert lines[1:] == ["No effect here: Prices: drug_price · isatuximab."]


def test_nothing_changed_says_so() -> None:
    text = difference_text(he.compare_workbooks(SHIPPED, SHIPPED))
    assert "Nothing changed: every input is the same. No result differs." in text
    assert "The two files are the same, byte by byte." in text
    assert "Costs" not in text


def test_the_kinds_of_change_are_counted(difference: Any) -> None:
    fields = {name: getattr(difference, name) for name in difference.__dataclass_fields__}
    changes = pd.DataFrame({"change": ["added", "changed", "changed", "moved", "removed"]})
    said = counts_sentence(type(difference)(**{**fields, "changes": changes}))
    assert said == "2 cells changed, 1 row added, 1 row removed and 1 row moved. The results differ."


def test_a_long_list_is_cut_and_says_where_the_rest_is(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(SHIPPED)
    page = book["Adverse events"]
    for row in range(5, page.max_row + 1):
        if isinstance(page.cell(row, 4).value, int | float):
            for column in (4, 13):
                value = page.cell(row, column).value
                page.cell(row, column).value = value * 0.999 if column == 4 else "Another note"
    book.save(tmp_path / "new.xlsx")
    found = he.compare_workbooks(SHIPPED, tmp_path / "new.xlsx")
    text = difference_text(found)
    assert len(found.changes) > 40
    assert f"... and {len(found.changes) - 40} more; --out DIR writes them all to changes.csv" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_ratios_in_words() -> None:
    assert ratio_in_words(51234.4, "NE", 0.5) == "51,234"
    assert ratio_in_words(51234.4, "SW", -0.5) == "saves 51,234"
    assert ratio_in_words(46_127_122.0, "SW", -0.0038) == "saves"
    assert ratio_in_words(float("nan"), "SE", 0.5) == "dominant"
    assert ratio_in_words(float("nan"), "", float("nan")) == "-"


def test_everything_is_delivered(difference: Any, tmp_path: Path) -> None:
    files = deliver_difference(difference, tmp_path / "out")
    assert [file.relative_to(tmp_path).as_posix() for file in files] == [
        "out/diff.xlsx",
        "out/tables/changes.csv",
        "out/tables/differences.csv",
        "out/tables/effects.csv",
    ]
    for name, frame in difference_tables(difference).items():
        written = pd.read_csv(tmp_path / "out" / "tables" / f"{name}.csv", keep_default_na=False, na_values=[""])
        assert list(written.columns) == list(frame.columns)
        assert len(written) == len(frame)
    table = pd.read_csv(tmp_path / "out" / "tables" / "differences.csv")
    pd.testing.assert_series_equal(table["difference"], difference.results["difference"], rtol=1e-15)
    deliver_difference(difference, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["diff.xlsx", "tables"]


def test_text_that_looks_like_a_formula_stays_text(difference: Any, tmp_path: Path) -> None:
    deliver_difference(difference, tmp_path)
    table = pd.read_csv(tmp_path / "tables" / "changes.csv")
    assert table.set_index("new_cell").new_value["Prices!L6"].startswith("'=A new source")
    page = openpyxl.load_workbook(tmp_path / "diff.xlsx")["Changes"]
    cell = next(cell for row in page.iter_rows() for cell in row if str(cell.value).startswith("=A new"))
    assert cell.data_type == "s"


def test_the_workbook(difference: Any, tmp_path: Path) -> None:
    path = write_difference(difference, tmp_path / "diff.xlsx")
    assert faults_of(path) == []
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == TITLES
    changes = [[cell.value for cell in row] for row in book["Changes"].iter_rows(min_row=4, max_row=7)]
    assert changes[0] == ["Change", "Cell", "Input", "Column", "Old", "New", "Affects"]
    assert changes[1] == ["changed", "Prices!D6", "drug_price · daratumumab", "value", 5.61, 4.5, "results"]
    results = [[cell.value for cell in row] for row in book["Results"].iter_rows(min_row=5)]
    row = next(row for row in results if row[:4] == ["Isa-Pd", "Dara-Pd", "5 years", "Incremental costs (USD)"])
    found = difference.results.set_index(["strategy", "comparator", "horizon_years", "measure"])
    expected = found.loc[("Isa-Pd", "Dara-Pd", 5.0, "incremental_cost")]
    assert row[4:] == [pytest.approx(expected[name], rel=1e-14) for name in ("old", "new", "difference")]
    assert len(results) == len(difference.results)
    overview = [[cell.value for cell in row] for row in book["Overview"].iter_rows()]
    assert ["File", str(SHIPPED), None, None, difference.new_path, None, None] in overview
    start = next(place for place, row in enumerate(overview) if row[0] == "Isa-Pd against Dara-Pd")
    assert overview[start][1] == "Old: incremental costs (USD)"
    assert overview[start + 3][0] == "5 years"
    assert overview[start + 3][4] == pytest.approx(expected.new, rel=1e-14)
    alone = [[cell.value for cell in row] for row in book["Each change alone"].iter_rows()]
    assert ["Isa-Pd against Dara-Pd, 5 years"] in [row[:1] for row in alone]
    assert ["Prices", "drug_price · daratumumab", 5.61, 4.5] in [row[:4] for row in alone]


def test_a_workbook_without_changes_or_effects(tmp_path: Path) -> None:
    path = write_difference(he.compare_workbooks(SHIPPED, SHIPPED), tmp_path / "diff.xlsx")
    assert faults_of(path) == []
    book = openpyxl.load_workbook(path)
    assert book["Changes"].max_row == 4
    assert book["Each change alone"]["A4"].value == "No change that moves the results could be tried alone."
    assert "Nothing changed" in book["Overview"]["A2"].value


def test_a_model_without_qalys_or_a_second_strategy(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "costs.py").write_text(
        "import hecon as he\n\n\ndef outcome(p, time):\n"
        "    state = he.partition(time, overall=he.Exponential(p.death_rate))\n"
        "    return he.Outcome(state, [he.cost('Care', he.years_in(time, state, 'alive'), p.care)])\n"
    )
    for name, care in (("old", 100), ("new", 120)):
        (tmp_path / name).mkdir()
        rows = [
            {"parameter": parameter, "value": value, "status": "assumed", "note": "example"}
            for parameter, value in (("death_rate", 0.1), ("care", care))
        ]
        labels = [{"dimension": "strategy", "label": "=A"}]
        write_inputs(tmp_path / name / "x.xlsx", {"Labels": labels, "Parameters": rows}, {"model": "costs"})
    found = he.compare_workbooks(tmp_path / "old" / "x.xlsx", tmp_path / "new" / "x.xlsx", models=tmp_path / "models")
    text = difference_text(found)
    assert "=A at 5 years: what each change does to OLD by itself" in text
    assert "QALY" not in text
    path = write_difference(found, tmp_path / "diff.xlsx")
    assert faults_of(path, texts=["=A"]) == []


@pytest.mark.slow
def test_a_live_workbook_against_its_source(tmp_path: Path) -> None:
    """Its input sheets are the source's: nothing differs until somebody edits a cell, and then that cell does."""
    live = he.write_live_workbook(he.read_workbook(SHIPPED), tmp_path / "live.xlsx")
    found = he.compare_workbooks(SHIPPED, live)
    assert len(found.changes) == 0
    assert found.same_results
    book = openpyxl.load_workbook(live)
    headers = [cell.value for cell in book["Prices"][4]]
    row = next(row for row in book["Prices"].iter_rows(min_row=5) if row[headers.index("drug")].value == "daratumumab")
    cell = row[headers.index("value")]
    cell.value = 4.5
    book.save(live)
    # The formulas have no stored values now: that is no matter, since only input sheets are read.
    (change,) = he.compare_workbooks(SHIPPED, live).changes.to_dict("records")
    assert (change["new_cell"], change["old_value"], change["new_value"]) == (f"Prices!{cell.coordinate}", 5.61, 4.5)
