"""What cells store, against openpyxl, which reads all of a workbook."""

import datetime
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from hecon.inputs.dates import Dates
from hecon.inputs.workbook import read_values

SHIPPED = Path(__file__).resolve().parents[2] / "inputs" / "simple_partitioned.xlsx"


def by_openpyxl(path):
    return {
        sheet.title: {
            place: cell.value for place, cell in sheet._cells.items() if cell.value is not None and cell.value != ""
        }
        for sheet in openpyxl.load_workbook(path, data_only=True).worksheets
    }


@pytest.mark.parametrize("epoch", [WINDOWS_EPOCH, MAC_EPOCH], ids=["1900", "1904"])
def test_every_kind_of_cell(tmp_path, epoch):
    book = openpyxl.Workbook()
    book.epoch = epoch
    kinds = [
        7, -2.5, 1e-9, 12345678901234567890, "text", " two\nlines ", "x005F_", True, False, "#N/A",
        datetime.datetime(2026, 3, 1, 12, 30), datetime.date(2024, 2, 29), datetime.time(6, 15),
        datetime.timedelta(hours=30, minutes=5),
    ]  # fmt: skip
    for row, kind in enumerate(kinds, start=1):
        book.active.cell(row, 1, kind)
    formats = ["[Red]0.0", "yyyy", '"day"0', "mm:ss", "#,##0;[Red]-#,##0", "[h]:mm", "h AM/PM", r"0\d", "0%"]
    for row, code in enumerate(formats, start=1):
        book.active.cell(row, 2, 45000.25).number_format = code
        book.active.cell(row, 3, -1e9).number_format = code  # no date that there can be
    for column in range(5, 9):
        for row in range(1, 5):
            book.active.cell(row, column, 10 * row + column)
    for area in ("E1:F2", "F2:G3", "H4:H4"):  # two overlap
        book.active.merged_cells.add(area)
    book.save(tmp_path / "kinds.xlsx")
    with pytest.warns(UserWarning, match="outside the limits for dates"):
        expected = by_openpyxl(tmp_path / "kinds.xlsx")
    found = read_values(tmp_path / "kinds.xlsx")
    assert found == expected
    assert list(map(type, found["Sheet"].values())) == list(map(type, expected["Sheet"].values()))
    assert len(found["Sheet"]) > len(kinds) + 2 * len(formats)


def test_a_shipped_workbook():
    assert read_values(SHIPPED) == by_openpyxl(SHIPPED)


def test_openpyxl_is_loaded_for_dates_only():
    code = f"import hecon, sys; hecon.read_workbook({str(SHIPPED)!r}); print('openpyxl' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert Dates({}, ["14"]).number("45000", 0) == datetime.datetime(2023, 3, 15)
