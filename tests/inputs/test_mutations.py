"""Whatever happens to a workbook, it gives a right run, or faults with their cells; never another error, nor a wait."""

from __future__ import annotations

import io
import time
import warnings
from pathlib import Path

import openpyxl
import pytest
from mutations import mutated, parts_of

from hecon.errors import InputError
from hecon.inputs.format import SHEETS_BY_NAME
from hecon.inputs.workbook import RawInputs, read_tables


def differences(raw: RawInputs, content: bytes) -> list[str]:
    """Numbers that were read and are not what their cell holds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except Exception:  # something that no cell needs is damaged
        return []
    found = []
    for table in raw.sheets.values():
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
