"""The writing layer: text stays text, numbers are finite, and a file is complete or not there."""

from __future__ import annotations

import math
import os
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from hecon.errors import HeconError
from hecon.excel.addresses import letters, quoted
from hecon.excel.book import Book
from hecon.excel.styles import STYLES


def test_values_arrive_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with Book(path, title="Title") as book:
        page = book.page("First", help="Help", tab="#FF0000")
        page.table(3, 0, ["=name", "value"], [["=1+1", 2.5], ["@b", None], ["c", math.nan]], ["text", "money"])
        page.formula(10, 0, "=1+1", 2.0)
        page.widths([20, 10])
        page.print_setup(header_row=3)
    sheet = openpyxl.load_workbook(path)["First"]
    assert [sheet["A1"].value, sheet["A2"].value] == ["First", "Help"]
    assert [[cell.value for cell in row] for row in sheet["A4:B7"]] == [
        ["=name", "value"],
        ["=1+1", 2.5],
        ["@b", None],
        ["c", None],
    ]
    assert {sheet["A4"].data_type, sheet["A5"].data_type} == {"s"}
    assert sheet["A11"].value == "=1+1"
    assert openpyxl.load_workbook(path, data_only=True)["First"]["A11"].value == 2


@pytest.mark.parametrize("bad", [math.inf, -math.inf])
def test_infinite_numbers_are_refused_and_nothing_is_written(tmp_path: Path, bad: float) -> None:
    with pytest.raises(HeconError, match="infinite number"), Book(tmp_path / "x.xlsx") as book:
        book.page("First").number(0, 0, bad)
    with pytest.raises(HeconError, match="finite stored value"), Book(tmp_path / "x.xlsx") as book:
        book.page("First").formula(0, 0, "=1/0", math.nan)
    assert list(tmp_path.iterdir()) == []


def test_an_error_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(HeconError), Book(path) as book:
        book.page("First").number(0, 0, math.inf)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_open_elsewhere_says_so_and_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(source: str, target: object) -> None:
        raise PermissionError(13, "The process cannot access the file")

    path = tmp_path / "x.xlsx"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(HeconError, match="it is open in another program") as caught, Book(path) as book:
        book.page("First")
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(HeconError, match="it is a folder"), Book(tmp_path / "folder.xlsx") as book:
        book.page("First")
    with pytest.raises(HeconError, match="does not exist"), Book(tmp_path / "no" / "x.xlsx") as book:
        book.page("First")


def test_a_text_that_no_cell_holds(tmp_path: Path) -> None:
    with pytest.raises(HeconError, match="longer than a cell holds"), Book(tmp_path / "x.xlsx") as book:
        book.page("First").text(0, 0, "x" * 40_000)


def test_every_style_is_a_style(tmp_path: Path) -> None:
    with Book(tmp_path / "x.xlsx") as book:
        page = book.page("First")
        for row, name in enumerate(STYLES):
            page.value(row + 3, 0, 1.5, name)
        assert book.style("money total") is book.style("money total")


@given(st.integers(0, 16_383))
def test_column_letters(column: int) -> None:
    assert letters(column) == openpyxl.utils.get_column_letter(column + 1)


@pytest.mark.parametrize("name", ["Live time", "OS1", "R", "RC", "It's", "2020", "A-B"])
def test_sheet_names_are_quoted_as_another_library_quotes_them(name: str) -> None:
    assert quoted(name) == xlsxwriter.utility.quote_sheetname(name) != name
    assert quoted("Prices") == xlsxwriter.utility.quote_sheetname("Prices") == "Prices"
