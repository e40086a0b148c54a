"""Models are found by name in folders, never by path; what is wrong with one is said with its line."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

import hecon
from hecon import cli
from hecon.errors import HeconError
from hecon.inputs.model_files import load_model, model_folders
from hecon.inputs.trusted import trust, trusted_folders
from hecon.report.provenance import provenance


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good_model.py").write_text("def outcome(p, time):\n    return 'good'\n")
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "bad_model.py").write_text(text)


def complaint(name: str, *folders: Path) -> str:
    with pytest.raises(HeconError) as caught:
        load_model(name, folders)
    return str(caught.value)


def test_a_model_is_loaded_from_the_first_folder_that_has_it(folder: Path) -> None:
    first = folder / "first"
    first.mkdir()
    (first / "good_model.py").write_text("def outcome(p, time):\n    return 'first'\n")
    assert load_model("good_model", [folder / "nowhere", folder])(None, None) == "good"
    assert load_model("good_model", [first, folder])(None, None) == "first"
    assert load_model("good_model", [folder])(None, None) == "good"


@pytest.mark.parametrize(
    "name", ["../good_model", "good_model.py", "/etc/passwd", "a\\b", "Good", "", "1a", "a b", "os;x"]
)
def test_a_path_or_code_is_never_a_name(folder: Path, name: str) -> None:
    assert complaint(name, folder).startswith(f"'{name}' cannot be the name of a model")


def test_an_unknown_model_lists_where_it_looked_and_what_there_is(folder: Path) -> None:
    message = complaint("goodmodel", folder, folder / "other")
    assert f"no goodmodel.py in {folder}, {folder / 'other'}" in message
    assert message.endswith("Models there: good_model. Did you mean 'good_model'?")
    assert "There are no models there." in complaint("x", folder / "other")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n\nundefined_name\n", "in line 3: NameError: name 'undefined_name' is not defined"),
        ("def outcome(p, time)\n    pass\n", "in line 1: expected ':'"),
        ("import sys\nsys.exit(3)\n", "in line 2: SystemExit: 3"),
        ("import no_such_library\n", "in line 1: ModuleNotFoundError: No module named 'no_such_library'"),
        ("def helper():\n    return 1 / 0\n\nhelper()\n", "in line 2: ZeroDivisionError"),
        ("def outcomes(p, time): pass\n", "has no function outcome(p, time). Did you mean 'outcomes'?"),
        ("outcome = 3\n", "has no function outcome(p, time)."),
        ("def outcome(p): pass\n", "has outcome(p); it must take two arguments: outcome(p, time)"),
    ],
)
def test_an_error_in_a_model_names_file_and_line(folder: Path, text: str, words: str) -> None:
    write(folder, text)
    message = complaint("bad_model", folder)
    assert message.startswith(f"the model file {folder / 'bad_model.py'} ")
    assert words in message
    assert ("hecon_model_bad_model" in sys.modules) == ("has no function" in words or "must take" in words)


def test_a_model_may_define_data_classes(folder: Path) -> None:
    text = "from __future__ import annotations\nfrom dataclasses import dataclass\n\n@dataclass\nclass A:\n    x: int\n"
    write(folder, text + "\ndef outcome(p, time, a=A(1)):\n    return a.x\n")
    assert load_model("bad_model", [folder])(None, None) == 1


def shipped() -> Path:
    package = Path(hecon.__file__).parent
    return package / "_models" if (package / "_models").is_dir() else package.parent / "models"


def test_folders_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    workbook = tmp_path / "project" / "inputs" / "x.xlsx"
    assert model_folders(workbook, tmp_path / "extra") == (tmp_path / "extra", shipped())
    assert model_folders(workbook) == model_folders() == (shipped(),)
    trust("models")
    trust(tmp_path / "project" / "models")
    folders = model_folders(workbook, tmp_path / "extra")
    assert folders == (tmp_path / "extra", tmp_path / "models", tmp_path / "project" / "models", shipped())
    assert model_folders() == (tmp_path / "models", shipped())


def test_no_folder_is_listed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trust(tmp_path / "models")
    folders = model_folders(tmp_path / "inputs" / "x.xlsx", tmp_path / "models")
    assert folders == (tmp_path / "models", shipped())


# --- whose models may run ---


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that somebody else made, in the working directory: its code says that it ran."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("HECON_CONFIG", str(tmp_path / "of another"))
        workbook, model, _ = hecon.new_project(tmp_path / "project")
    text = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n" + model.read_text()
    model.write_text(text)
    for place in (model.parent.parent, workbook.parent):
        (place / "my_model.py").write_text(text)
    for library in ("xlsxwriter.py", "openpyxl.py", "hecon.py"):
        (model.parent.parent / library).write_text(text)
    monkeypatch.chdir(model.parent.parent)
    return workbook


def hecon_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "import sys; from hecon.cli import main; sys.exit(main())"]
    return subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True, check=False, cwd="/")


def test_a_project_of_somebody_else_runs_nothing(foreign: Path, tmp_path: Path) -> None:
    inputs = hecon.read_workbook(foreign)
    with pytest.raises(HeconError) as caught:
        inputs.base_case()
    models = foreign.parent.parent / "models"
    assert str(caught.value).startswith(f"the model 'my_model' lies in {models / 'my_model.py'}, and it was not run")
    assert f"--models {models} (in Python models='{models}')" in str(caught.value)
    for command in ("check", "run", "live", "verify"):
        assert cli.main([command, str(foreign)]) == 1
    assert not (tmp_path / "ran").exists()
    assert cli.main(["check", str(foreign), "--models", str(models)]) == 0
    assert (tmp_path / "ran").exists()


@pytest.mark.slow
def test_a_project_of_ones_own_runs_in_another_process(tmp_path: Path) -> None:
    workbook, *_ = hecon.new_project(tmp_path / "mine")
    assert hecon_command("check", workbook).returncode == 0
    moved = (tmp_path / "mine").rename(tmp_path / "moved")
    done = hecon_command("check", moved / "inputs" / workbook.name)
    assert done.returncode == 1
    assert f"--models {moved / 'models'}" in done.stderr


def test_the_shipped_model_is_run_and_another_beside_is_said(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "models").mkdir()
    workbook, other = tmp_path / "inputs" / "x.xlsx", tmp_path / "models" / "simple_partitioned.py"
    workbook.write_bytes((Path(__file__).parents[2] / "inputs" / "simple_partitioned.xlsx").read_bytes())
    other.write_bytes((shipped() / other.name).read_bytes())
    assert not any("is run, not the other" in note for note in hecon.read_workbook(workbook).notes)
    other.write_text("raise RuntimeError\n")
    inputs = hecon.read_workbook(workbook)
    assert inputs.notes[-1] == (
        f"the model 'simple_partitioned' of {shipped()} is run, not the other of that name in {other.parent}; "
        f"--models {other.parent} would run it"
    )
    rows = provenance(hecon.run(inputs.base_case()))
    assert rows["Model file"] == str(shipped() / other.name)
    assert rows["SHA-256 of the model file"] == hashlib.sha256((shipped() / other.name).read_bytes()).hexdigest()


def test_a_list_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HECON_CONFIG", str(tmp_path / "file"))
    assert trusted_folders() == frozenset()
    with pytest.raises(HeconError, match="are not remembered as yours: name them in each command, --models models"):
        trust("models")


def test_a_folder_is_remembered_once_and_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HECON_CONFIG", "")
    for variable in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    trust("models")
    trust(tmp_path / "models")
    (written,) = (tmp_path / "config" / "hecon").iterdir()
    assert written.read_text(encoding="utf-8") == f"{tmp_path / 'models'}\n"
    assert trusted_folders() == {tmp_path / "models"}


def test_modules_in_the_working_directory_are_not_libraries(foreign: Path, tmp_path: Path) -> None:
    (foreign.parent.parent / "hecon.py").unlink()
    program = [sys.executable, "-m", "hecon", "check", str(foreign), "--models", str(shipped())]
    assert subprocess.run(program, capture_output=True, text=True, check=False).returncode == 1
    assert not (tmp_path / "ran").exists()
