"""Registries of analyses and presentations: what is registered is everywhere, and what nobody declared is an error."""

import importlib
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType

import openpyxl
import pandas as pd
import pytest
from three_arms import make_inputs, outcome

import hecon as he
from hecon import cli
from hecon.analysis import registry
from hecon.analysis.registry import ANALYSES, Analysis, analysis, table_names
from hecon.analysis.suite import FoundByName, GivenByName
from hecon.report import registry as presentations
from hecon.report import tables as export
from hecon.report.registry import PRESENTATIONS, Presentation, ResultSheet, presentation


@pytest.fixture
def toy(monkeypatch):
    """Two files, and one line in each of two lists."""
    monkeypatch.setitem(ANALYSES, "cost_of_a_year", "cost_of_a_year")
    monkeypatch.setitem(PRESENTATIONS, "cost_of_a_year", "cost_of_a_year_sheet")


def texts(sheet):
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.usefixtures("toy")
def test_a_registered_analysis_is_everywhere(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "project"]) == 0
    workbook = str(next((tmp_path / "project").rglob("*.xlsx")))
    models = str(tmp_path / "project" / "models")
    capsys.readouterr()
    asked = ["--only", "cost_of_a_year"]
    assert cli.main(["run", workbook, "--models", models, *asked, "--out", "out", "--verbose"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    table = pd.read_csv(tmp_path / "out" / "tables" / "cost_of_a_year.csv")
    summary = pd.read_csv(tmp_path / "out" / "tables" / "summary.csv")
    pd.testing.assert_series_equal(table.cost_of_a_year, summary.cost / summary.life_years, check_names=False)
    book = openpyxl.load_workbook(tmp_path / "out" / "results.xlsx")
    assert [cell.value for cell in book["Cost of a year"]["C"][4:]] == pytest.approx(table.cost_of_a_year.tolist())
    sentence = next(text for text in texts(book["Cover"]) if str(text).startswith("A year of life costs least under"))
    assert sentence in shown
    assert "Cost of a year" in texts(book["Cover"])
    assert {"Cost of a year", "The cost of a year is an average over the horizon, not that of one more year."} <= set(
        texts(book["Notes"])
    )
    assert "What a year costs is on sheet Cost of a year of results.xlsx." in shown
    assert cli.main(["run", "--help"]) == 0
    assert "budget, cost_of_a_year" in " ".join(capsys.readouterr().out.split())
    assert cli.main(["run", workbook, "--models", models, "--no-sensitivity", "--out", "more", "--quiet"]) == 0
    assert (tmp_path / "more" / "tables" / "cost_of_a_year.csv").exists()
    assert not (tmp_path / "more" / "tables" / "one_way.csv").exists()


@pytest.mark.usefixtures("toy")
def test_a_registered_analysis_is_in_python_too(tmp_path):
    told = []
    suite = he.run_suite(
        make_inputs(), ["cost_of_a_year"], model=outcome, progress=lambda what, done, count: told.append(what)
    )
    assert list(suite.analyses) == ["cost_of_a_year"]
    assert "cost_of_a_year" in dir(suite)
    assert told == ["cost of a year"]
    he.write_tables(suite.base, tmp_path, cost_of_a_year=suite.cost_of_a_year)
    assert (tmp_path / "cost_of_a_year.csv").exists()
    (figure,) = he.analysis_figures(suite.base, **suite.analyses).values()
    assert [line.get_label() for line in figure.axes[0].lines] == list(suite.base.strategies)


@pytest.mark.usefixtures("toy")
def test_what_an_analysis_needs_is_said_where_it_is_missing():
    def without_years(p, time):
        whole = outcome(p, time)
        return he.Outcome(whole.state, [line for line in whole.lines if line.kind != "life_years"])

    suite = he.run_suite(make_inputs(), ["cost_of_a_year"], model=without_years)
    assert suite.skipped == {"cost_of_a_year": "the model has no life years"}
    assert suite.cost_of_a_year is None
    assert presentations.left_out_sentences(suite.skipped) == [
        "Left out, since the model has no life years: cost of a year."
    ]


def test_an_analysis_that_is_not_registered_is_unknown():
    with pytest.raises(he.UnknownNameError, match="cost_of_a_year"):
        he.run_suite(make_inputs(), ["cost_of_a_year"], model=outcome)
    assert not hasattr(he.Suite(None), "cost_of_a_year")


# --- the lists ---


def test_every_analysis_has_its_record_and_its_presentation():
    assert list(ANALYSES) == [name for name in ANALYSES if name in PRESENTATIONS]
    assert set(ANALYSES) == set(PRESENTATIONS)
    assert len({analysis(name).called for name in ANALYSES}) == len(ANALYSES)
    for name in ANALYSES:
        assert isinstance(presentation(name), Presentation)
    names = [*export.TABLES, *table_names()]
    assert len(set(names)) == len(names)
    assert export.table_files() == [f"{name}.csv" for name in names]


def test_a_type_checker_knows_what_each_analysis_gives(suite):
    own = FoundByName.__annotations__
    assert list(own) == list(GivenByName.__annotations__) == list(ANALYSES)
    for name, said in own.items():
        found = getattr(suite, name)
        kinds = {kind.__name__ for kind in type(found).__mro__} | ({"Mapping"} if isinstance(found, Mapping) else set())
        assert {kind.replace("NoneType", "None") for kind in kinds} & set(re.findall(r"\w+", said))


def test_what_an_analysis_takes_from_others_is_done_before_it():
    """Then no analysis can wait for itself."""
    done = []
    for name in ANALYSES:
        assert {*analysis(name).requires, *analysis(name).uses} <= set(done)
        done.append(name)


def test_every_sheet_sentence_and_figure_of_the_suite_comes_from_a_record(suite, tmp_path):
    he.write_workbook(suite.base, tmp_path / "results.xlsx", **suite.analyses)
    written = openpyxl.load_workbook(tmp_path / "results.xlsx").sheetnames
    declared = [sheet.name for name in suite.analyses for sheet in presentation(name).sheets]
    assert [name for name in written if name in declared] == declared
    figures = he.analysis_figures(suite.base, **suite.analyses)
    kinds = list(dict.fromkeys(name.split(" ")[0] for name in figures))
    assert kinds == ["scenarios", "plane", "acceptability", "convergence", "tornado", "evpi", "evppi", "sobol"]
    assert all(figure.axes for figure in figures.values())


# --- what nobody declared ---


def test_a_name_without_a_record_is_an_error(monkeypatch):
    monkeypatch.setitem(ANALYSES, "nothing_there", "three_arms")
    with pytest.raises(he.HeconError, match="three_arms has no ANALYSIS, which is to be the Analysis of 'nothing_th"):
        analysis("nothing_there")


def test_an_analysis_without_a_presentation_is_an_error(result, tmp_path, monkeypatch):
    monkeypatch.setitem(ANALYSES, "cost_of_a_year", "cost_of_a_year")
    table = importlib.import_module("cost_of_a_year").cost_of_a_year(result)
    with pytest.raises(he.HeconError, match="analysis 'cost_of_a_year' has no line in PRESENTATIONS"):
        he.write_workbook(result, tmp_path / "results.xlsx", cost_of_a_year=table)
    assert list(tmp_path.iterdir()) == []


def altered(monkeypatch, **changes):
    """Register the toy with another presentation."""
    module = importlib.import_module("cost_of_a_year_sheet")
    monkeypatch.setattr(module, "PRESENTATION", replace(module.PRESENTATION, **changes))
    return importlib.import_module("cost_of_a_year").cost_of_a_year


@pytest.mark.usefixtures("toy")
def test_a_sheet_that_nobody_declared_is_an_error_where_it_is_made(result, tmp_path, monkeypatch):
    def writes(table, opened):
        opened.book.page("Cost of a year")
        opened.book.page("Costs of many years")

    toy = altered(monkeypatch, sheets=[ResultSheet("Cost of a year", "", writes)])
    with pytest.raises(he.UnknownNameError, match="sheet 'Costs of many years' is not declared"):
        he.write_workbook(result, tmp_path / "results.xlsx", cost_of_a_year=toy(result))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("toy")
def test_a_sheet_that_nobody_writes_is_an_error(result, tmp_path, monkeypatch):
    toy = altered(monkeypatch, sheets=[ResultSheet("Cost of a year", "", lambda table, opened: None)])
    with pytest.raises(he.HeconError, match="sheet 'Cost of a year' is declared, but nobody wrote it"):
        he.write_workbook(result, tmp_path / "results.xlsx", cost_of_a_year=toy(result))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("taken", ["sobol", "summary"])
def test_two_tables_of_one_name_are_an_error(result, tmp_path, monkeypatch, taken):
    module = importlib.import_module("cost_of_a_year")
    tables = {taken: lambda table, base: table}
    monkeypatch.setattr(module, "ANALYSIS", replace(module.ANALYSIS, tables=tables))
    with pytest.raises(he.HeconError, match=f"table '{taken}' is"):
        he.write_tables(result, tmp_path / "tables", cost_of_a_year=module.cost_of_a_year(result))
    assert list(tmp_path.iterdir()) == []


def test_an_export_table_is_a_function_and_a_line(result, tmp_path, monkeypatch):
    monkeypatch.setitem(export.TABLES, "cost_of_a_year", importlib.import_module("cost_of_a_year").cost_of_a_year)
    files = he.write_tables(result, tmp_path / "tables")
    assert tmp_path / "tables" / "cost_of_a_year.csv" in files
    assert all(file.exists() for file in files)


@pytest.mark.parametrize("name", ANALYSES)
def test_what_is_no_result_of_an_analysis_is_refused_in_its_place(result, name, tmp_path):
    with pytest.raises(he.HeconError, match=name):
        he.write_workbook(result, tmp_path / "results.xlsx", **{name: 3})
    assert list(tmp_path.iterdir()) == []


# --- how analyses hang together ---


def registered(monkeypatch, **records):
    """Register analyses, each in a module of its own name."""
    for name, own in records.items():
        module = ModuleType(name)
        module.ANALYSIS = own
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setitem(ANALYSES, name, name)


def test_what_is_required_is_run_and_what_is_used_only_if_asked_for(monkeypatch):
    seen = {}

    def run(name):
        def own(task):
            seen[name] = sorted(task.found)
            return name

        return own

    registered(
        monkeypatch,
        ground=Analysis("ground", run("ground")),
        wind=Analysis("wind", run("wind")),
        house=Analysis("house", run("house"), requires=["ground"], uses=["wind"]),
    )
    suite = he.run_suite(make_inputs(), ["house"], model=outcome)
    assert seen == {"ground": [], "house": ["ground"]}
    assert list(suite.analyses) == ["ground", "house"]
    seen.clear()
    he.run_suite(make_inputs(), ["wind", "house"], model=outcome)
    assert seen == {"ground": [], "house": ["ground", "wind"], "wind": []}


def test_what_is_required_of_another_is_required_of_an_analysis(monkeypatch):
    registered(
        monkeypatch,
        ground=Analysis("ground", lambda task: 1, needs=[registry.Need("it rains", lambda inputs, base: False)]),
        house=Analysis("house", lambda task: 1, requires=["ground"]),
    )
    assert he.run_suite(make_inputs(), ["house"], model=outcome).skipped == {"house": "it rains"}


def test_an_interrupt_keeps_what_is_done_and_says_what_was_being_done(monkeypatch):
    def stops(task):
        raise KeyboardInterrupt

    registered(
        monkeypatch,
        ground=Analysis("ground", lambda task: "solid"),
        house=Analysis("building", stops),
        garden=Analysis("garden", lambda task: "green"),
    )
    suite = he.run_suite(make_inputs(), ["ground", "house", "garden"], model=outcome)
    assert suite.analyses == {"ground": "solid"}
    assert suite.interrupted == "interrupted during the building"
    assert suite.skipped == {"house": "interrupted", "garden": "interrupted"}
