"""`hecon verify`, and what `run` and `check` say about the health of a model: on the screen and by exit status."""

import pandas as pd
import pytest
from openpyxl import load_workbook
from planted import ROOT

from hecon.cli import main

RIGHT = str(ROOT / "inputs" / "simple_partitioned.xlsx")


@pytest.fixture
def wrong(tmp_path):
    """A workbook that states a result that does not come out."""
    book = load_workbook(RIGHT)
    sheet = book["Checks"]
    row = next(row for row in sheet.iter_rows() if row[0].value == "check")
    columns = {cell.value: cell.column for cell in row}
    for name, value in (("low", 1e8), ("high", 2e8)):
        sheet.cell(row[0].row + 1, columns[name]).value = value
    path = tmp_path / "wrong.xlsx"
    book.save(path)
    return str(path)


def test_verify_says_what_it_found(capsys, tmp_path):
    assert main(["verify", RIGHT, "--short", "--all", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Health of this model: green.")
    assert "pass: Everybody is in one state" in said
    assert "Written:" in said
    table = pd.read_csv(tmp_path / "out" / "health.csv")
    assert set(table.verdict) == {"pass", "not applicable"}


def test_verify_has_a_red_light_and_status_1(capsys, wrong):
    assert main(["verify", wrong, "--short"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("Health of this model: red. 1 failed")
    assert "fail: Stated result:" in said
    assert "pass:" not in said
    assert main(["verify", wrong, "--short", "--quiet"]) == 1
    assert capsys.readouterr().out == ""


def test_run_writes_its_results_and_has_status_1(capsys, wrong, tmp_path):
    assert main(["run", wrong, "--no-sensitivity", "--out", str(tmp_path / "out")]) == 1
    streams = capsys.readouterr()
    assert "Health of this model: red. 1 failed" in streams.out
    assert "hecon: Checks!A" in streams.err
    assert "it should lie between 1e+08 and 2e+08" in streams.err
    assert (tmp_path / "out" / "results.xlsx").exists()
    assert (tmp_path / "out" / "tables" / "health.csv").exists()


def test_check_evaluates_what_the_workbook_states(capsys, wrong):
    assert main(["check", RIGHT]) == 0
    assert "Health of this model: green." in capsys.readouterr().out
    assert main(["check", wrong]) == 1
    streams = capsys.readouterr()
    assert "Health of this model: red." in streams.out
    assert "fails: " in streams.err
