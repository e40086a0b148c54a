"""An export is run again and compared; what differs, has changed or is missing is said."""

import shutil
from pathlib import Path

import openpyxl
import pytest

import hecon
from hecon import cli
from hecon.report.reproduction import command


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project and the results of a small run of it."""
    folder = tmp_path_factory.mktemp("made") / "project"
    hecon.new_project(folder)
    (workbook,) = (folder / "inputs").glob("*.xlsx")
    run = ["run", str(workbook), "--out", str(folder / "results"), "--quiet"]
    assert cli.main([*run, "--only", "psa", "--draws", "200", "--seed", "7", "--horizons", "1; 2.5"]) == 0
    return folder


@pytest.fixture
def project(made, tmp_path):
    """A copy of it that may be changed, in a place that is not trusted yet."""
    return Path(shutil.copytree(made, tmp_path / "project"))


def reproduce(project, *more):
    return cli.main(["reproduce", str(project / "results" / "results.xlsx"), *map(str, more)])


def rewrite(path, change):
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)


def test_an_export_names_the_command_that_made_it(made):
    rows = openpyxl.load_workbook(made / "results" / "results.xlsx")["Settings"].iter_rows(values_only=True)
    said = dict(row[:2] for row in rows)["Command"]
    assert said.startswith(f"hecon run {made.resolve() / 'inputs'}")
    assert said.endswith(".xlsx --horizons '1.0; 2.5' --draws 200 --seed 7 --only psa")


def test_the_same_comes_out(made, capsys):
    assert reproduce(made) == 0
    said = capsys.readouterr().out
    assert said.startswith("Reproduced: ")
    assert "all are the same (numbers within 1e-09, of the larger or of 1, are the same)" in said
    assert len(list((made / "results").iterdir())) == 2


@pytest.mark.slow
def test_a_number_that_was_changed_is_named_on_the_sheet_and_in_the_table(project, capsys):
    results = project / "results"

    def change(book):
        book["Summary"]["C6"] = book["Summary"]["C6"].value * (1 + 1e-6)
        book["Notes"]["A1"] = "Remarks"

    table = results / "tables" / "summary.csv"
    old = table.read_text()
    first = old.splitlines()[1].split(",")[2]
    table.write_text(old.replace(first, "1.5", 1))
    rewrite(results / "results.xlsx", change)
    assert reproduce(project, "--models", project / "models") == 1
    said = capsys.readouterr().out
    assert said.startswith("3 differ: ")
    assert "Summary!C6   was " in said
    assert "Notes!A1   was Remarks, is Notes" in said
    assert "tables/summary.csv!C2   was 1.5, is " in said


def test_a_workbook_or_a_model_that_changed_or_is_gone_is_said(project, made, capsys, tmp_path):
    trusted = ["--models", project / "models"]
    (workbook,) = (project / "inputs").glob("*.xlsx")
    rewrite(workbook, lambda book: None)
    assert reproduce(project, "--workbook", workbook, *trusted) == 1
    assert f"the workbook {workbook} is not the one of which" in capsys.readouterr().err
    assert reproduce(project, "--workbook", tmp_path / "gone.xlsx", *trusted) == 1
    assert "gone.xlsx, of which" in capsys.readouterr().err
    (model,) = (project / "models").glob("*.py")
    model.write_text(model.read_text() + "\n# another\n")
    assert reproduce(project, *trusted) == 1
    assert f"the model {model.resolve()} is not the one of which" in capsys.readouterr().err


@pytest.mark.slow
def test_an_export_never_says_whose_models_may_run(project, tmp_path, capsys):
    """Neither options about code nor about places are taken from a file that may come from anybody."""
    evil = tmp_path / "evil"
    shutil.copytree(project / "models", evil)
    (model,) = evil.glob("*.py")
    model.write_text("raise SystemExit('it ran')\n")

    def change(book):
        (cell,) = [row[1] for row in book["Settings"].iter_rows() if row[0].value == "Command"]
        cell.value += f" --models {evil} --out {tmp_path / 'there'} --store {tmp_path / 'store'}"

    rewrite(project / "results" / "results.xlsx", change)
    assert reproduce(project, "--quiet") == 0
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "there").exists()
    assert not (tmp_path / "store").exists()


@pytest.mark.slow
@pytest.mark.parametrize("said", ["", "rm -rf /", "hecon run", "hecon run 'a"])
def test_what_does_not_say_how_it_was_made_cannot_be_run_again(project, capsys, said):
    def change(book):
        (cell,) = [row[1] for row in book["Settings"].iter_rows() if row[0].value == "Command"]
        cell.value = said

    rewrite(project / "results" / "results.xlsx", change)
    assert reproduce(project) == 1
    assert "cannot be run again" in capsys.readouterr().err


@pytest.mark.slow
def test_an_option_that_is_none_is_said(project, capsys):
    def change(book):
        (cell,) = [row[1] for row in book["Settings"].iter_rows() if row[0].value == "Command"]
        cell.value += " --nothing 3"

    rewrite(project / "results" / "results.xlsx", change)
    assert reproduce(project) == 1
    assert "unrecognized arguments: --nothing 3" in capsys.readouterr().err


def test_an_input_workbook_is_no_export(project, capsys):
    (workbook,) = (project / "inputs").glob("*.xlsx")
    assert cli.main(["reproduce", str(workbook)]) == 1
    assert "does not say by which command it was made" in capsys.readouterr().err


def test_the_command_line_is_one_that_a_shell_reads():
    assert command("/a b/c.xlsx", {"draws": 5, "no_scenarios": True, "only": None}) == (
        "hecon run '/a b/c.xlsx' --draws 5 --no-scenarios"
    )
