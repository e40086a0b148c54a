"""Cells and points of charts that are written in one piece are written as XlsxWriter writes them, byte by byte."""

import io
import zipfile
from types import SimpleNamespace

import pytest
import xlsxwriter

from hecon.excel import elements
from hecon.excel.elements import write_in_one_piece

NUMBERS = [0, 1, -2.5, 1e-300, 123456789.123456789, 0.1 + 0.2, 1e22, 1 / 3]
WORDS = ["", "a & b < c", "=1+1", "_x0041_", "12", "\x02", "é"]


def parts(change):
    """The parts of a workbook of cells and charts of every kind, `change`d before it is saved."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("A sheet")
    framed, bold = book.add_format({"border": 1}), book.add_format({"bold": True})
    for column, style in ((0, framed), (1, None)):
        for row, number in enumerate(NUMBERS):
            sheet.write_number(row, column, number, style)
    for row, word in enumerate(WORDS):
        sheet.write_string(row, 2, word, bold)
        sheet.write_formula(row, 702, "=A1&B1", bold, word)
    sheet.write_rich_string(20, 2, "plain ", bold, "bold", framed)
    sheet.write_boolean(21, 2, True, framed)
    sheet.set_row(22, 30, bold)
    sheet.set_column(3, 3, 10, framed)
    for row in (22, 23):
        sheet.write_number(row, 3, row)
        sheet.write_blank(row, 4, None, framed)
    for kind in ("scatter", "column"):
        made = book.add_chart({"type": kind})
        for first, last, column in ((0, 7, 0), (0, 7, 1), (0, 6, 2), (18, 23, 2), (20, 25, 3), (0, 0, 0)):
            x, y = (["A sheet", first, 0, last, 0], ["A sheet", first, column, last, column])
            made.add_series({"categories": x, "values": y})
        sheet.insert_chart(30, 0, made)
    change(book)
    book.close()
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist() if "docProps" not in name}


def test_what_is_written_in_one_piece_is_what_xlsxwriter_writes(monkeypatch):
    ranges = []
    points = elements._points
    monkeypatch.setattr(elements, "_points", lambda cells: ranges.append(cells) or points(cells))
    assert parts(write_in_one_piece) == parts(lambda book: None)
    whole = [cells for cells in ranges if len(cells) == len(NUMBERS)]
    assert len(whole) == len(set(whole)) == 1  # the first two columns hold the same numbers


def test_words_are_not_written_as_numbers():
    with pytest.raises(ValueError, match="could not convert"):
        elements._points(["1", "a"])


def test_another_xlsxwriter_is_left_alone():
    other = SimpleNamespace(fh=None)
    write_in_one_piece(SimpleNamespace(worksheets=lambda: [other], charts=[other]))
    assert vars(other) == {"fh": None}
