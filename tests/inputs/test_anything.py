"""Whatever stands in a cell, reading ends in inputs or in a list of faults: never in another error."""

from __future__ import annotations

import contextlib
import datetime
from pathlib import Path
from typing import Any

import pytest
from good_workbook import Editor, good_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from hecon.errors import InputError
from hecon.inputs.format import HEADER_ROW
from hecon.inputs.workbook import read_tables

_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1e308, -0.0, 1e-300, 10**15, 2.5, 28, 2024]),
    st.sampled_from(["", " ", "x", "=A1", "=", "#REF!", "12,5", "$1", "NaN", "same", "family", "reference", "draws"]),
    st.sampled_from(["New treatment", "overall_survival", "drug_price", "rate_1", "until_x", "kaplan_meier", "beta"]),
    st.sampled_from([datetime.datetime(1900, 1, 1), datetime.time(1, 2), datetime.timedelta(days=40)]),
    st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=8),
)
_PLACE = st.tuples(st.integers(0, 20), st.integers(4, 12), st.integers(1, 14))


def junk_is_survived(good_file: Path, path: Path, changes: list[tuple[tuple[int, int, int], Any]]) -> None:
    editor = Editor(good_file.read_bytes())
    names = editor.book.sheetnames
    for (sheet, row, column), value in changes:
        editor[names[sheet % len(names)]].cell(row, column).value = value
    editor.save(path)
    with contextlib.suppress(InputError):
        assert len(read_tables(path).parameters)


@settings(max_examples=15)
@given(changes=st.lists(st.tuples(_PLACE, _JUNK), min_size=1, max_size=12))
def test_junk_is_survived(
    good_file: Path, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[tuple[int, int, int], Any]]
) -> None:
    junk_is_survived(good_file, tmp_path_factory.getbasetemp() / "junk.xlsx", changes)


@pytest.mark.slow
@settings(max_examples=100)
@given(changes=st.lists(st.tuples(_PLACE, _JUNK), min_size=1, max_size=6))
def test_much_junk_is_survived(
    good_file: Path, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[tuple[int, int, int], Any]]
) -> None:
    junk_is_survived(good_file, tmp_path_factory.getbasetemp() / "junk.xlsx", changes)


@pytest.mark.slow
@pytest.mark.parametrize("sheet", sorted({"Settings", "Labels", *good_tables()}))
def test_a_header_or_a_column_is_lost(good_file: Path, tmp_path: Path, sheet: str) -> None:
    """Column by column: the header cleared, then the whole column."""
    content = good_file.read_bytes()
    shape = Editor(content)[sheet]
    for column in range(1, shape.max_column + 1):
        for last_row in (HEADER_ROW, shape.max_row):
            editor = Editor(content)
            for row in range(HEADER_ROW, last_row + 1):
                editor[sheet].cell(row, column).value = None
            path = editor.save(tmp_path / "lost.xlsx")
            with contextlib.suppress(InputError):
                assert len(read_tables(path).parameters)


def test_the_strategy_of_survival_parameters_is_lost(editor: Editor, tmp_path: Path) -> None:
    """Its cells then stand beside the table; the studies, which look for what a curve is made of, say nothing."""
    editor["Survival"].cell(HEADER_ROW, editor.column("Survival", "strategy")).value = None
    with pytest.raises(InputError) as caught:
        read_tables(editor.save(tmp_path / "lost.xlsx"))
    assert "has no header in row 4" in str(caught.value)
    assert "Studies" not in {fault.where.split("!")[0] for fault in caught.value.faults}
