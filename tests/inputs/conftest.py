"""Fixtures: the good workbook as a file, as bytes, and open for editing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from good_workbook import Editor, good_settings, good_tables

from hecon.errors import Fault, InputError
from hecon.inputs.template import write_inputs
from hecon.inputs.workbook import read_tables


@pytest.fixture(scope="session")
def good_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The values of the good workbook as typed by hand: no Control, styles, drop-downs (tests run faster)."""
    path = tmp_path_factory.mktemp("good") / "good.xlsx"
    write_inputs(path, good_tables(), good_settings())
    written, plain = openpyxl.load_workbook(path, data_only=True), openpyxl.Workbook()
    del plain["Sheet"]
    for sheet in written.worksheets:
        if sheet.title in ("Guide", "Control"):
            continue
        page = plain.create_sheet(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    page[cell.coordinate] = cell.value
    plain.save(path)
    return path


@pytest.fixture(scope="session")
def good_bytes(good_file: Path) -> bytes:
    """The content of that file."""
    return good_file.read_bytes()


@pytest.fixture
def editor(good_bytes: bytes) -> Editor:
    """The good workbook, open for editing."""
    return Editor(good_bytes)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """The good workbook as hecon writes it."""
    path = tmp_path / "good.xlsx"
    write_inputs(path, good_tables(), good_settings())
    return path


@pytest.fixture
def faults(tmp_path: Path) -> Callable[[Editor], list[Fault]]:
    """Save an edited workbook, read it, and give the faults found; none if it is read."""

    def read(editor: Editor) -> list[Fault]:
        path = editor.save(tmp_path / "broken.xlsx")
        try:
            read_tables(path)
        except InputError as error:
            return list(error.faults)
        return []

    return read
