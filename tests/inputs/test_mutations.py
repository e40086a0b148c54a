"""Whatever happens to a workbook, it gives a right run, or faults with their cells; never another error, nor a wait."""

from __future__ import annotations

import io
import time
import warnings
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from mutations import mutated, parts_of

from hecon.errors import InputError
from hecon.inputs.format import HEADER_ROW, SHEETS_BY_NAME
from hecon.inputs.rows import Table
from hecon.inputs.workbook import RawInputs, read_tables


def differences(raw: RawInputs, content: bytes) -> list[str]:
    """Numbers that were read and are not what their cell holds, and rows of a table that were not read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except Exception:  # something that no cell needs is damaged
        return []
    found = []
    for table in raw.sheets.values():
        found += unread(table, book[table.name])
        for row in table.rows:
            for column in table.columns:
                value = row[column.name]
                if column.kind == "number" and isinstance(value, int | float):
                    cell = book[table.name][f"{row.letters[column.name]}{row.number}"].value
                    if cell is None and (column.follows or value == column.default):
                        continue
                    if not isinstance(cell, int | float) or abs(cell - value) > 1e-15 * abs(value):
                        found.append(f"{row.where(column.name)}: {value!r} was read, {cell!r} stands there")
    return found


def unread(table: Table, sheet: Any) -> list[str]:
    """Rows that hold something under a header of the format, and more than a heading, and were not read."""
    known = {column.name for column in table.columns}
    letters = {cell.column_letter for cell in sheet[HEADER_ROW] if str(cell.value).strip().lower() in known}
    read = {row.number for row in table.rows}
    found = []
    for number in sorted(set(range(HEADER_ROW + 1, sheet.max_row + 1)) - read):
        filled = {x for x in letters if str(sheet[f"{x}{number}"].value or "").strip()}
        if filled - {"A"}:
            found.append(f"{table.name}: row {number} was not read")
    return found


def problem(good: dict[str, bytes], path: Path, seed: int) -> str:
    """Say what is wrong with how a mutated workbook is read; nothing if all is well."""
    kind, content = mutated(good, seed)
    path.write_bytes(content)
    begun, said = time.process_time(), ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            raw = read_tables(path)
        said = "; ".join(differences(raw, content))
    except InputError as error:
        places = {fault.where.split("!")[0] for fault in error.faults}
        if kind in ("cells", "headers") and not places <= set(SHEETS_BY_NAME):
            said = str(error)
        elif not error.faults or len(str(error)) > 100_000:
            said = "faults without an end, or none"
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    seconds = time.process_time() - begun
    said += f" {seconds:.1f} seconds" if seconds > 5 else ""
    return f"{seed} {kind}: {said}" if said else ""


def problems(content: bytes, path: Path, seeds: range) -> list[str]:
    """Give the problems of many mutated workbooks."""
    good = parts_of(content)
    return [said for seed in seeds if (said := problem(good, path, seed))]


def test_some_mutated_workbooks(good_bytes: bytes, tmp_path: Path) -> None:
    assert problems(good_bytes, tmp_path / "mutated.xlsx", range(12)) == []


@pytest.mark.slow
def test_many_mutated_workbooks(good_bytes: bytes, tmp_path: Path) -> None:
    assert problems(good_bytes, tmp_path / "mutated.xlsx", range(1_000, 1_250)) == []
