"""The recalculation itself: it happens, and without it these tests would see that it does not."""

from __future__ import annotations

import time
from pathlib import Path

import libreoffice
import openpyxl
import pytest
import xlsxwriter
from libreoffice import ALWAYS, NEVER, needs_libreoffice, recalculated

WRONG = 999.0


def poisoned(path: Path, value: float, *, rows: int = 3) -> Path:
    """Write A1 = value and in column B formulas whose stored values are all wrong."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("First")
        sheet.write_number("A1", value)
        for row in range(rows):
            sheet.write_formula(row, 1, f"=A1*{row + 1}" if row == 0 else f"=B{row}+$A$1", None, WRONG)
        second = book.add_worksheet("Second sheet")
        second.write_formula("A1", "=_xlfn.NORM.S.DIST(First!A1,TRUE)", None, WRONG)
        second.write_formula("A2", "=1/0", None, WRONG)
        second.write_formula("A3", '=IF(First!A1>2,"large","small")', None, "wrong")
        second.write_string("A4", "=text")
    return path


@needs_libreoffice
def test_wrong_stored_values_come_back_right(tmp_path: Path) -> None:
    (values,) = recalculated([poisoned(tmp_path / "x.xlsx", 1.5)])
    assert values["First"] == {"A1": 1.5, "B1": 1.5, "B2": 3.0, "B3": 4.5}
    assert values["Second sheet"].pop("A1") == pytest.approx(0.9331927987311419, rel=1e-12)
    assert values["Second sheet"] == {"A2": "#DIV/0!", "A3": "small", "A4": "=text"}


@needs_libreoffice
def test_they_come_back_wrong_when_nothing_forces_the_calculation(tmp_path: Path) -> None:
    (values,) = recalculated([poisoned(tmp_path / "x.xlsx", 1.5)], mode=NEVER)
    assert values["First"] == {"A1": 1.5, "B1": WRONG, "B2": WRONG, "B3": WRONG}
    assert values["Second sheet"]["A3"] == "wrong"


@needs_libreoffice
def test_they_come_back_wrong_with_libreoffice_as_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libreoffice, "_profile", lambda mode: tmp_path / "profile")
    (values,) = recalculated([poisoned(tmp_path / "x.xlsx", 1.5)])
    assert values["First"]["B3"] == WRONG


@needs_libreoffice
@pytest.mark.slow
def test_many_files_in_one_call(tmp_path: Path) -> None:
    paths = []
    for number in range(30):
        folder = tmp_path / str(number)
        folder.mkdir()
        paths.append(poisoned(folder / "same name.xlsx", float(number)))
    before = [path.read_bytes() for path in paths]
    found = recalculated(paths, sheets=["First"])
    assert found == [{"First": {"A1": n, "B1": n, "B2": 2 * n, "B3": 3 * n}} for n in range(30)]
    assert [path.read_bytes() for path in paths] == before


@needs_libreoffice
def test_no_files_are_no_work() -> None:
    assert recalculated([], timeout=5) == []


@needs_libreoffice
def test_an_edit_made_in_the_file_is_what_is_calculated(tmp_path: Path) -> None:
    path = poisoned(tmp_path / "x.xlsx", 1.5)
    book = openpyxl.load_workbook(path)
    book["First"]["A1"] = 4
    book.save(path)
    assert recalculated([path])[0]["First"]["B3"] == 12


@needs_libreoffice
def test_a_file_that_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    good = poisoned(tmp_path / "good.xlsx", 1.0)
    with pytest.raises(RuntimeError, match=r"did not convert .*bad\.xlsx\. It said: "):
        recalculated([good, tmp_path / "bad.xlsx"])


@needs_libreoffice
def test_time_is_limited(tmp_path: Path) -> None:
    path = poisoned(tmp_path / "x.xlsx", 1.0)
    began = time.monotonic()
    with pytest.raises(RuntimeError, match=r"not done after 0\.01 seconds"):
        recalculated([path], timeout=0.01)
    assert time.monotonic() - began < 30
    assert recalculated([path])[0]["First"]["B3"] == 3


def test_without_libreoffice_the_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "SOFFICE", None)
    with pytest.raises(RuntimeError, match="LibreOffice Calc is not installed"):
        recalculated([])
    assert "LibreOffice Calc is not installed" in needs_libreoffice.mark.kwargs["reason"]


def test_the_profile_is_of_this_process_and_says_always() -> None:
    settings = libreoffice._profile(ALWAYS) / "user" / "registrymodifications.xcu"
    assert "<value>0</value>" in settings.read_text(encoding="utf-8")
    assert libreoffice._profile(ALWAYS) == libreoffice._profile(ALWAYS) != libreoffice._profile(NEVER)
