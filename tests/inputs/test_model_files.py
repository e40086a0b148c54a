"""Models are found by name in folders, never by path; what is wrong with one is said with its line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import hecon
from hecon.errors import HeconError
from hecon.inputs.model_files import load_model, model_folders


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


def test_folders_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    workbook = tmp_path / "project" / "inputs" / "x.xlsx"
    folders = model_folders(workbook, tmp_path / "extra")
    assert folders[:3] == (tmp_path / "extra", tmp_path / "models", tmp_path / "project" / "models")
    package = Path(hecon.__file__).parent
    shipped = package / "_models" if (package / "_models").is_dir() else package.parent / "models"
    assert folders[3:] == (shipped,)
    assert model_folders()[:1] == (tmp_path / "models",)


def test_no_folder_is_listed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folders = model_folders(tmp_path / "inputs" / "x.xlsx", tmp_path / "models")
    assert folders.count(tmp_path / "models") == 1
    assert len(folders) == 2
