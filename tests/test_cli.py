import gc
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from followed import setting_cell

import hecon
from hecon import cli
from hecon.analysis.registry import ANALYSES, analysis

#: Settings under which everything is run in a moment.
SMALL = {"draws": 200, "sobol_samples": 64}
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A fresh project, as `hecon new` makes it, with fewer draws."""
    folder = tmp_path_factory.mktemp("cli") / "project"
    hecon.new_project(folder)
    path = next((folder / "inputs").glob("*.xlsx"))
    book = openpyxl.load_workbook(path)
    for name, value in SMALL.items():
        setting_cell(book, name).value = value
    book.save(path)
    return folder


@pytest.fixture
def workbook(project):
    return str(next((project / "inputs").glob("*.xlsx")))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Every test starts in an empty folder of its own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def edited(workbook, path, sheet, cell, value):
    book = openpyxl.load_workbook(workbook)
    book[sheet][cell] = value
    book.save(path)
    return str(path)


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "hecon", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=120,
    )


def test_run_writes_everything_and_prints_the_tables(workbook, elsewhere, capsys):
    assert cli.main(["run", workbook]) == 0
    folder = elsewhere / "results" / Path(workbook).stem
    assert sorted(path.name for path in folder.iterdir()) == ["results.xlsx", "tables"]
    names = {path.name for path in (folder / "tables").iterdir()}
    assert {"summary.csv", "incremental.csv", "breakdown.csv", "inputs.csv", "settings.csv", "scenarios.csv"} <= names
    shown = capsys.readouterr()
    compared = pd.read_csv(folder / "tables" / "incremental.csv")["incremental_cost"].iloc[0]
    assert f"{compared:,.0f}" in shown.out
    assert shown.out.splitlines()[-2].startswith("Written: ")
    assert shown.out.count("\n") <= 30
    assert str(Path("results") / Path(workbook).stem / "results.xlsx") in shown.out
    assert [path.name for path in elsewhere.iterdir()] == ["results"]


def test_run_as_a_command(workbook, elsewhere):
    done = command("run", workbook, "--out", "out", "--quiet", "--no-scenarios")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "Scenarios" not in openpyxl.load_workbook(elsewhere / "out" / "results.xlsx").sheetnames
    assert not (elsewhere / "out" / "tables" / "scenarios.csv").exists()


def test_horizons_of_the_command_line_win(workbook, elsewhere):
    assert cli.main(["run", workbook, "--out", "out", "--quiet", "--no-sensitivity", "--horizons", "2, 4"]) == 0
    summary = pd.read_csv(elsewhere / "out" / "tables" / "summary.csv")
    assert summary["horizon_years"].unique().tolist() == [2, 4]


@pytest.mark.slow
def test_run_again_replaces_the_results_and_keeps_the_rest(workbook, elsewhere):
    assert cli.main(["run", workbook, "--out", "out", "--quiet", "--no-sensitivity"]) == 0
    (elsewhere / "out" / "notes.txt").write_text("mine")
    assert cli.main(["run", workbook, "--out", "out", "--quiet", "--no-sensitivity", "--no-scenarios"]) == 0
    assert not (elsewhere / "out" / "tables" / "scenarios.csv").exists()
    assert (elsewhere / "out" / "notes.txt").exists()


def test_models_are_looked_for_in_the_folder_given(workbook, elsewhere, tmp_path, capsys):
    models = tmp_path / "other"
    models.mkdir()
    (models / "my_model.py").write_text("def outcome(p, time):\n    return 1 / 0\n")
    assert cli.main(["run", workbook, "--models", str(models)]) == 1
    assert "the model failed at my_model.py, line 2: ZeroDivisionError" in capsys.readouterr().err
    assert list(elsewhere.iterdir()) == []


def test_more_draws_than_memory_holds(workbook, elsewhere, capsys):
    assert cli.main(["run", workbook, "--quiet", "--only", "psa", "--draws", str(10**14)]) == 1
    assert "not enough memory for it (Unable to allocate" in capsys.readouterr().err
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("out", ["results", "a/b/c"])
def test_wrong_input_is_a_message_and_leaves_nothing(workbook, elsewhere, tmp_path, out):
    wrong = edited(workbook, tmp_path / "wrong.xlsx", "Utilities", "C5", 1.72)
    done = command("run", wrong, "--out", out)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Utilities!C5" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(elsewhere.iterdir()) == []


def test_a_workbook_that_is_not_there(elsewhere, capsys):
    assert cli.main(["run", "nowhere.xlsx"]) == 1
    assert "there is no such file: nowhere.xlsx" in capsys.readouterr().err
    assert list(elsewhere.iterdir()) == []


def test_a_file_in_the_place_of_the_folder(workbook, elsewhere, capsys):
    (elsewhere / "taken").write_text("mine")
    assert cli.main(["run", workbook, "--out", "taken"]) == 1
    assert "taken is a file; give the name of a folder" in capsys.readouterr().err
    assert (elsewhere / "taken").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(workbook, elsewhere, capsys):
    elsewhere.chmod(0o500)
    assert cli.main(["run", workbook]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_check_counts_and_writes_nothing(workbook, elsewhere, capsys):
    assert cli.main(["check", workbook]) == 0
    out = capsys.readouterr().out
    assert out.startswith("OK")
    assert "2 strategies: New treatment, Standard care" in out
    assert "4 scenarios" in out
    assert "assumed" in out
    assert list(elsewhere.iterdir()) == []


def test_check_finds_what_reading_alone_does_not(workbook, tmp_path, capsys):
    models = tmp_path / "models"
    models.mkdir()
    (models / "my_model.py").write_text("def outcome(p, time):\n    return p.no_such_parameter\n")
    assert cli.main(["check", workbook, "--models", str(models)]) == 1
    assert "no_such_parameter" in capsys.readouterr().err


def test_new_makes_a_project_that_runs(elsewhere, capsys):
    assert cli.main(["new", "study"]) == 0
    out = capsys.readouterr().out
    assert "hecon run " in out
    workbook = next((elsewhere / "study" / "inputs").glob("*.xlsx"))
    assert cli.main(["run", str(workbook), "--quiet", "--no-scenarios"]) == 0
    assert cli.main(["new", "study"]) == 1
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["walk"],
        ["run"],
        ["run", "x.xlsx", "--fast"],
        ["run", "x.xlsx", "--horizons", "5,1"],
        ["run", "x", "--horizons", "a"],
        ["run", "x", "--draws", "0"],
        ["run", "x", "--draws", "many"],
        ["run", "x", "--sobol-samples", "100"],
        ["run", "x", "--only", "psa,tornado"],
    ],
)
def test_wrong_usage_is_status_2(arguments, capsys):
    assert cli.main(arguments) == 2
    assert "usage: hecon" in capsys.readouterr().err


def test_version_and_help_are_light():
    code = (
        "import sys; from hecon.cli import main; main(['--version']); main(['run', '--help']); "
        "print([m for m in ('numpy', 'pandas', 'openpyxl', 'xlsxwriter', 'argparse') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"hecon {hecon.__version__}\n")
    assert done.stdout.rstrip().endswith("['argparse']")
    assert "--horizons" in done.stdout


def test_a_bug_is_one_line_and_status_3(workbook, elsewhere, monkeypatch, capsys):
    import hecon.report.workbook

    def fails(*_, **__):
        raise ValueError("a shape does not fit")

    monkeypatch.setattr(hecon.report.workbook, "_plans", fails)
    assert cli.main(["run", workbook, "--no-sensitivity", "--quiet"]) == 3
    shown = capsys.readouterr()
    assert shown.err.strip().count("\n") == 0
    assert "this is a bug in hecon" in shown.err
    assert "ValueError: a shape does not fit" in shown.err
    assert list(elsewhere.iterdir()) == []
    assert cli.main(["run", workbook, "--no-sensitivity", "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_status_130_and_leaves_nothing(workbook, elsewhere, monkeypatch, capsys):
    import hecon.report.tables

    def stops(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(hecon.report.tables, "write_csv", stops)
    assert cli.main(["run", workbook, "--out", "a/b", "--no-sensitivity"]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert list(elsewhere.iterdir()) == []


@pytest.mark.slow
def test_letters_that_a_console_lacks_do_not_stop_it(project, workbook, tmp_path):
    greek = edited(workbook, tmp_path / "greek.xlsx", "Settings", "B6", "Θεραπεία ≥ 2 → 比較")
    done = command(
        "run", greek, "--models", str(project / "models"), "--only", "psa", PYTHONIOENCODING="cp1252", PYTHONUTF8="0"
    )
    assert done.returncode == 0, done.stderr
    assert "?" in done.stdout


def csv(folder, name):
    return pd.read_csv(folder / "tables" / f"{name}.csv")


OF_UNCERTAINTY = {
    "one_way", "thresholds", "psa_summary", "psa_plane", "psa_net_benefit", "psa_ceac", "psa_ceaf", "psa_expected_loss",
    "psa_convergence", "psa_crossings", "evpi", "evppi", "evsi", "sobol",
}  # fmt: skip


def test_the_options_name_every_analysis(capsys):
    assert cli.main(["run", "--help"]) == 0
    assert ", ".join(ANALYSES) in " ".join(capsys.readouterr().out.split())


def names_of(folder):
    return {path.stem for path in (folder / "tables").iterdir()}


@pytest.mark.slow
def test_everything_is_written_by_default(workbook, elsewhere, capsys):
    assert cli.main(["run", workbook, "--out", "out"]) == 0
    out = elsewhere / "out"
    assert OF_UNCERTAINTY | {"scenarios"} <= names_of(out)
    sheets = openpyxl.load_workbook(out / "results.xlsx").sheetnames
    assert {"One-way", "Thresholds", "PSA", "CE plane", "Acceptability", "Value of information", "Sobol"} <= set(sheets)
    said = capsys.readouterr().out
    assert said.count("\n") <= 30
    assert "mean of 200 draws" in said
    assert cli.main(["run", workbook, "--out", "out", "--verbose"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "of 200 draws it is worth its cost at 150,000 USD per QALY" in shown
    assert "knowing every input would be worth, in USD per person" in shown


@pytest.mark.slow
def test_sensitivity_can_be_left_out_and_its_tables_of_an_earlier_run_go(workbook, elsewhere):
    assert cli.main(["run", workbook, "--out", "out", "--quiet"]) == 0
    assert cli.main(["run", workbook, "--out", "out", "--quiet", "--no-sensitivity"]) == 0
    names = names_of(elsewhere / "out")
    assert not names & OF_UNCERTAINTY
    assert "scenarios" in names


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "written"),
    [
        (["--only", "psa"], {name for name in OF_UNCERTAINTY if name.startswith("psa")} | {"evpi"}),
        (["--only", "one_way, sobol"], {"one_way", "sobol"}),
        (["--only", "scenarios,thresholds", "--no-scenarios"], {"thresholds"}),
        (["--only", "scenarios"], {"scenarios"}),
        (["--only", "one_way", "--no-sensitivity"], set()),
    ],
)
def test_only_some_analyses(workbook, elsewhere, options, written):
    assert cli.main(["run", workbook, "--out", "out", "--quiet", *options]) == 0
    names = names_of(elsewhere / "out")
    assert names & (OF_UNCERTAINTY | {"scenarios"}) == written - {"psa_crossings"} | (names & {"psa_crossings"})


@pytest.mark.slow
def test_sizes_of_the_command_line_win(workbook, elsewhere):
    sizes = ["--draws", "50", "--seed", "5", "--sobol-samples", "128"]
    assert cli.main(["run", workbook, "--out", "out", "--quiet", "--only", "psa,sobol", *sizes]) == 0
    settings = csv(elsewhere / "out", "settings").set_index("setting").value
    assert settings[["draws", "seed", "sobol_samples"]].tolist() == ["50", "5", "128"]
    assert csv(elsewhere / "out", "psa_convergence").draws.max() == 50
    first = csv(elsewhere / "out", "psa_summary")
    assert cli.main(["run", workbook, "--out", "out", "--quiet", "--only", "psa", *sizes[:2], "--seed", "6"]) == 0
    assert not first["mean"].equals(csv(elsewhere / "out", "psa_summary")["mean"])


def test_sizes_of_the_settings_sheet(project, workbook, elsewhere, tmp_path):
    book = openpyxl.load_workbook(workbook)
    setting_cell(book, "sobol_samples").value, setting_cell(book, "evppi_groups").value = 0, "sheet"
    book.save(tmp_path / "other.xlsx")
    arguments = ["run", str(tmp_path / "other.xlsx"), "--models", str(project / "models"), "--out", "out"]
    assert cli.main([*arguments, "--only", "evppi,sobol"]) == 0
    assert not (elsewhere / "out" / "tables" / "sobol.csv").exists()
    evppi = csv(elsewhere / "out", "evppi")
    assert "Survival" in set(evppi.group)


def test_what_is_left_out_is_said(project, workbook, tmp_path, capsys):
    other = str(tmp_path / "other.xlsx")
    book = openpyxl.load_workbook(workbook)
    setting_cell(book, "sobol_samples").value = 0
    book.save(other)
    assert cli.main(["run", other, "--models", str(project / "models"), "--only", "sobol"]) == 0
    assert "Left out, since the setting sobol_samples is 0: Sobol indices." in capsys.readouterr().out


@pytest.mark.slow
def test_a_fault_in_the_sensitivity_part_leaves_nothing(workbook, elsewhere, monkeypatch, capsys):
    def fails(*_, **__):
        raise hecon.HeconError("draw 3 gives nan")

    analysis("sobol")
    monkeypatch.setattr(sys.modules[ANALYSES["sobol"]], "sobol", fails)
    assert cli.main(["run", workbook]) == 1
    assert "draw 3 gives nan" in capsys.readouterr().err
    assert list(elsewhere.iterdir()) == []


def test_value_of_information_of_a_file_from_any_tool(tmp_path, capsys):
    file = tmp_path / "psa.csv"
    draws = [(20.0 * k, 0.001 * (k % 7)) for k in range(200)]
    rows = [f"0,{cost},0,{effect},{cost}" for cost, effect in draws]
    file.write_text("\n".join(["cost_old,cost_new,qaly_old,qaly_new,price", *rows]))
    assert cli.main(["voi", str(file), "--willingness-to-pay", "500000,900000", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "\nEVPPI\n" in said
    assert "0.00297" in said  # three digits after the point, as a whole QALY has them, would say 0.003
    assert "NaN" not in said
    table = pd.read_csv(tmp_path / "out" / "evpi.csv")
    benefit = [[0.0, 900000 * effect - cost] for cost, effect in draws]
    exact = np.mean(np.max(benefit, axis=1)) - np.max(np.mean(benefit, axis=0))
    assert table.set_index("willingness_to_pay").evpi[900000] == pytest.approx(exact)

    # Without a folder it is only shown; one strategy has nothing to choose between.
    assert cli.main(["voi", str(file), "--willingness-to-pay", "500000"]) == 0
    assert "Written" not in capsys.readouterr().out

    assert cli.main(["voi", str(tmp_path / "none.csv"), "--out", str(tmp_path / "nothing")]) == 1
    assert not (tmp_path / "nothing").exists()
    assert "none.csv" in capsys.readouterr().err


def test_diff_lists_changes_and_writes_what_was_asked_for(workbook, elsewhere, tmp_path, capsys):
    new = edited(workbook, tmp_path / "new.xlsx", "Utilities", "C5", 0.71)
    old_value = openpyxl.load_workbook(workbook)["Utilities"]["C5"].value
    assert cli.main(["diff", workbook, new, "--models", str(Path(workbook).parents[1] / "models")]) == 0
    out = capsys.readouterr().out
    assert "1 cell changed. The results differ." in out
    line = next(line for line in out.splitlines() if line.startswith("Utilities!C5"))
    assert line.split()[-2:] == [f"{old_value:g}", "0.71"]
    assert list(elsewhere.iterdir()) == []
    assert cli.main(["diff", workbook, new, "--models", str(Path(workbook).parents[1] / "models"), "--out", "d"]) == 0
    assert sorted(path.name for path in (elsewhere / "d" / "tables").iterdir()) == [
        "changes.csv",
        "differences.csv",
        "effects.csv",
    ]
    assert str(Path("d") / "diff.xlsx") in capsys.readouterr().out


def test_diff_of_a_workbook_with_itself_is_all_well(workbook, elsewhere, capsys):
    assert cli.main(["diff", workbook, workbook]) == 0
    assert "Nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize("wrong_first", [True, False])
def test_diff_with_a_wrong_workbook_says_where_and_writes_nothing(workbook, elsewhere, tmp_path, wrong_first):
    wrong = edited(workbook, tmp_path / "wrong.xlsx", "Utilities", "C5", 1.72)
    done = command("diff", *((wrong, workbook) if wrong_first else (workbook, wrong)), "--out", "out")
    assert (done.returncode, done.stdout) == (1, "")
    assert "1 problem in wrong.xlsx" in done.stderr
    assert "Utilities!C5" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(elsewhere.iterdir()) == []


def test_diff_refuses_a_file_in_the_place_of_the_folder(workbook, elsewhere, capsys):
    (elsewhere / "taken").write_text("mine")
    assert cli.main(["diff", workbook, workbook, "--out", "taken"]) == 1
    assert "taken is a file; give the name of a folder" in capsys.readouterr().err
    assert cli.main(["diff", workbook]) == 2


def test_a_folder_whose_name_is_too_long(workbook, capsys):
    assert cli.main(["run", workbook, "--out", "a" * 260, "--no-sensitivity"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("hecon: " + "a" * 260 + " cannot be a folder: ")
    assert len(said.splitlines()) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full device")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_output_is_said_in_one_line(workbook, unbuffered):
    program = [sys.executable, "-m", "hecon", "check", workbook]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("hecon: the output cannot be written: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_model_that_ends_the_program(workbook, tmp_path, capsys):
    models = tmp_path / "ending"
    models.mkdir()
    (models / "my_model.py").write_text("import sys\n\n\ndef outcome(p, time):\n    sys.exit(0)\n")
    assert cli.main(["check", workbook, "--models", str(models)]) == 1
    assert "the model ends the program at my_model.py, line 5 (SystemExit: 0)" in capsys.readouterr().err


def test_control_c_while_modules_are_read(monkeypatch, capsys):
    from hecon import __main__ as start

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "command_parser", interrupted)
    monkeypatch.setattr(start, "_spare", lambda: None)
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert start.main() == 130
    assert "interrupted; nothing was written" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ["threads", "dask", "dask://127.0.0.1:9"])
def test_a_command_loads_dask_only_where_it_is_asked_for(monkeypatch, engine):
    from hecon import __main__ as start

    before = gc.get_threshold()
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.delitem(sys.modules, "dask", raising=False)
    monkeypatch.setattr(sys, "argv", ["hecon", "run", "model.xlsx", "--engine", engine])
    try:
        start._spare()
        assert ("dask" in sys.modules) == (engine == "threads")  # as None, which an import takes for missing
        assert gc.get_threshold()[0] > before[0]
        assert os.environ["OPENBLAS_NUM_THREADS"] == "2"  # as it was told
    finally:
        sys.modules.pop("dask", None)
        gc.set_threshold(*before)


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted as Linux shows them")
def test_a_command_starts_no_thread_of_linear_algebra():
    code = "from hecon.__main__ import _spare; _spare(); import os, numpy; print(len(os.listdir('/proc/self/task')))"
    own = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", code], env=own, capture_output=True, text=True, check=True)
    assert int(done.stdout) == 1


@pytest.mark.parametrize(
    ("out", "words"),
    [("live.xls", "a live workbook is a file that ends in .xlsx"), ("", "the workbook itself; give the live workbook")],
)
def test_a_live_workbook_is_another_file(workbook, capsys, out, words):
    before = Path(workbook).read_bytes()
    assert cli.main(["live", workbook, "--out", out or workbook]) == 1
    said = capsys.readouterr().err
    assert said.startswith("hecon: --out is '")
    assert words in said
    assert Path(workbook).read_bytes() == before


def test_an_output_that_cannot_be_told_how_to_write_letters_is_written_to_as_it_is(monkeypatch):
    text = io.StringIO()
    monkeypatch.setattr(sys, "stdout", text)
    assert cli.main(["new", "--help"]) == 0
    assert "hecon new" in text.getvalue()
