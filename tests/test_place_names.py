"""What Windows cannot write is said before anything is written, as far as another system shows it."""

import io
import os
import sys

import pytest

import hecon as he
from hecon import cli, place_names
from hecon.place_names import LONGEST_PATH, refuse_place, windows_problem


@pytest.mark.parametrize("name", ["CON", "nul", "Aux.xlsx", "com1.tar.gz", "LPT9", "out/prn/results", "conin$", "COM¹"])
def test_names_that_windows_keeps_are_said(name):
    assert "Windows keeps for itself" in windows_problem(name)
    with pytest.raises(he.HeconError, match="give it another one"):
        refuse_place(name, windows=True)
    refuse_place(name, windows=False)


@pytest.mark.parametrize(
    "name", ["console", "com10", "nullity.xlsx", "C:\\results\\Kosten £.xlsx", "../out", "a.b/c", "."]
)
def test_names_like_them_are_fine(name):
    assert windows_problem(name) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out/a:b", "holds ':'"),
        ("what?.xlsx", r"holds '\?'"),
        ("tab\there", "holds"),
        ("results.", "ends with a dot"),
        ("results /x", "ends with a space"),
    ],
)
def test_names_that_cannot_be_are_said(name, words):
    with pytest.raises(he.HeconError, match=words):
        refuse_place(name, windows=True)


def test_a_long_path_says_its_length(tmp_path):
    path = tmp_path.joinpath(*["folder" * 8] * 6, "results.xlsx")
    with pytest.raises(he.HeconError, match=f"has {len(str(path))} letters, Windows opens {LONGEST_PATH}"):
        refuse_place(path, windows=True)


@pytest.mark.parametrize("writes", ["run", "new", "live", "save"])
def test_every_way_out_asks(writes, tmp_path, monkeypatch, capsys):
    """As if on Windows: one line, status 1, nothing written."""
    asked = []

    def refuse(path):
        asked.append(path)
        raise he.HeconError(f"{path} cannot be written")

    monkeypatch.chdir(tmp_path)
    he.new_project("own", example="hiv")
    before = sorted(tmp_path.rglob("*"))
    for module in ("hecon.excel.saving", "hecon.report.delivery", "hecon.inputs.project"):
        monkeypatch.setattr(f"{module}.refuse_place", refuse)
    if writes == "save":
        with pytest.raises(he.HeconError, match="cannot be written"):
            he.write_workbook(
                he.run(he.read_workbook("own/inputs/hiv.xlsx", models="own/models").base_case()), "CON.xlsx"
            )
    else:
        workbook = "own/inputs/hiv.xlsx"
        command = {
            "run": ["run", workbook, "--out", "CON", "--no-sensitivity"],
            "new": ["new", "CON"],
            "live": ["live", workbook, "--out", "CON.xlsx"],
        }[writes]
        assert cli.main(command) == 1
        assert "cannot be written" in capsys.readouterr().err
    assert asked
    assert sorted(tmp_path.rglob("*")) == before


def test_a_console_of_few_letters_shows_the_rest(monkeypatch):
    """What cp1252 or cp437 cannot show is a question mark, and the run goes on."""
    for encoding in ("cp1252", "cp437", "ascii"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
        monkeypatch.setattr(sys, "stdout", stream)
        assert cli.main(["check", "β–workbook.xlsx"]) == 1
        assert cli.main(["--version"]) == 0
        print("≥ £ β –")
        stream.flush()
        assert b"?" in stream.buffer.getvalue() or encoding == "utf-8"


def test_the_rule_is_that_of_the_system_it_runs_on():
    assert refuse_place.__kwdefaults__ == {"windows": os.name == "nt"}
    assert place_names.windows_problem("NUL")
