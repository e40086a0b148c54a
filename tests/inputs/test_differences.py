"""What differs between two workbooks: every cell of every sheet counts, and where a row or column stands does not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from good_workbook import NEW, OS, PFS, STANDARD, Editor, good_settings, good_tables
from hypothesis import given
from hypothesis import strategies as st

import hecon as he
from hecon.excel.addresses import letters
from hecon.inputs.columns import Column, Sheet, key_column
from hecon.inputs.differences import CHANGE_COLUMNS, Change, _in_order, changes_between, changes_table
from hecon.inputs.format import SHEETS, SHEETS_BY_NAME
from hecon.inputs.rows import Row, Table
from hecon.inputs.template import tables_of, write_inputs
from hecon.inputs.workbook import RawInputs, read_tables
from hecon.settings import Settings

INPUTS = Path(__file__).resolve().parents[2] / "inputs"
SHIPPED = INPUTS / "isa_dara_pd_us.xlsx"


def differences(old: Path, new: Path) -> tuple[Change, ...]:
    return changes_between(read_tables(old), read_tables(new))


def said(changes: Sequence[Change]) -> list[tuple[object, ...]]:
    return [(c.kind, c.about, c.column, c.old_cell, c.new_cell, c.old, c.new) for c in changes]


# --- every column of every sheet ---

#: Sheets whose rows are compared as they stand; what Settings and Control say is compared by what it means.
COMPARED = [sheet for sheet in SHEETS if sheet.role not in ("settings", "control")]


def sample(column: Column, number: int) -> Any:
    values = {"number": 1.0 + number, "days": (1, 8 + number), "any": 0.5 + number, "yes_no": ("yes", "no")[number % 2]}
    return values.get(column.kind, f"{column.name}_{number}")


def made(sheet: Sheet, rows: Sequence[int], **changes: Any) -> RawInputs:
    """A workbook that holds one sheet with sample rows; `changes` go to the last of them."""
    own = [sheet.columns[0], *([key_column("strategy")] if sheet.free_keys else []), *sheet.columns[1:]]
    columns = {column.name: column for column in own}
    places = {name: letters(place) for place, name in enumerate(columns)}
    values = [{name: sample(column, number) for name, column in columns.items()} for number in rows]
    values[-1] |= changes
    table = Table(sheet, sheet.name, tuple(columns.values()))
    table.rows = [Row(sheet.name, place, one, places) for place, one in enumerate(values, start=5)]
    settings = Table(SHEETS_BY_NAME["Settings"], "Settings")
    return RawInputs("x.xlsx", "", "model", Settings(), {}, None, {}, sheets={"Settings": settings, sheet.name: table})


@pytest.mark.parametrize("sheet", COMPARED, ids=lambda sheet: sheet.name)
def test_every_column_of_every_sheet_is_compared(sheet: Sheet) -> None:
    old = made(sheet, [0, 1])
    assert changes_between(old, made(sheet, [0, 1])) == ()
    columns = old.sheets[sheet.name].columns
    row = old.sheets[sheet.name].rows[-1]
    kinds = set()
    for column in columns:
        found = changes_between(old, made(sheet, [0, 1], **{column.name: sample(column, 2)}))
        kinds.add(tuple(sorted(change.kind for change in found)))
        assert {change.sheet for change in found} == {sheet.name}
        if len(found) == 1:
            shown = ["1, 9", "1, 10"] if column.kind == "days" else [sample(column, 1), sample(column, 2)]
            assert (found[0].column, found[0].old_cell) == (column.name, row.where(column.name))
            assert [found[0].old, found[0].new] == shown
        else:
            assert [change.kind for change in found] in (["removed", "added"], ["added", "removed"])
    identifies = sheet.unique or ("parameter",) if sheet.unique != tuple(c.name for c in columns) else ()
    assert (("added", "removed") in kinds) is bool(identifies)
    assert ("changed",) in kinds or set(sheet.unique) >= {column.name for column in columns}


@pytest.mark.parametrize("sheet", COMPARED, ids=lambda sheet: sheet.name)
def test_rows_added_removed_and_moved_on_every_sheet(sheet: Sheet) -> None:
    three = made(sheet, [0, 1, 2])
    more = changes_between(three, made(sheet, [0, 7, 1, 2]))
    less = changes_between(made(sheet, [0, 7, 1, 2]), three)
    turned = changes_between(three, made(sheet, [2, 0, 1]))
    assert [(change.kind, re.sub(r".*!\D*", "", change.new_cell)) for change in more] == [("added", "6")]
    assert [(change.kind, change.new_cell) for change in less] == [("removed", "")]
    assert [(change.kind, change.affects) for change in turned] == [("moved", "order")]
    assert turned[0].old_cell.endswith("7")
    assert turned[0].new_cell.endswith("5")


def test_every_setting_is_compared() -> None:
    other = {
        "title": "x", "population": "x", "perspective": "x", "currency": "EUR", "price_year": 2020, "horizons": (2.0,),
        "cycle_length": 2.0, "cycle_unit": "month", "days_per_year": 365.0, "accrual": "start",
        "discount_rate_cost": ((0, 0.03), (30, 0.02)), "discount_rate_effect": 0.0, "discount_form": "continuous",
        "discount_timing": "edges", "dose_timing": "cycle_start", "crossing": "raise_os", "willingness_to_pay": (1.0,),
        "comparator": "B", "draws": 7, "seed": 8, "evppi_groups": "none", "sobol_samples": 0, "severity": "no",
    }  # fmt: skip
    old = made(SHEETS_BY_NAME["Labels"], [0])
    for name, before in Settings().as_dict().items():
        value = other.get(name, f"{before}x")
        (change,) = changes_between(old, replace(old, settings=Settings().with_changes(**{name: value})))
        assert (change.kind, change.sheet, change.about) == ("changed", "Settings", name)
        assert change.old != change.new
    (change,) = changes_between(old, replace(old, settings=Settings(discount_rate_cost=other["discount_rate_cost"])))
    assert (change.old, change.new) == (0.03, "0: 0.03, 30: 0.02")
    (change,) = changes_between(old, replace(old, model="another"))
    assert (change.about, change.old, change.new) == ("model", "model", "another")


# --- edits of files ---


@pytest.fixture
def edit(tmp_path: Path) -> Any:
    """A copy of the shipped workbook open for editing; call it to list what the edits changed."""
    editor = Editor(SHIPPED.read_bytes())
    return editor, lambda: differences(SHIPPED, editor.save(tmp_path / "new.xlsx"))


PRICE = {"parameter": "drug_price", "drug": "daratumumab"}


def test_each_column_of_a_parameter_by_its_cell(edit: Any) -> None:
    editor, changes = edit
    values = {
        "value": 5.5, "low": 4.9, "high": 6.1, "se": 0.3, "distribution": "lognormal", "status": "reported",
        "source": "A price list", "price_year": 2021, "unit": "USD per mg", "note": "Another note",
    }  # fmt: skip
    was = {name: editor.cell("Prices", name, **PRICE).value for name in values}
    cells = {name: editor.set(value, "Prices", name, **PRICE) for name, value in values.items()}
    found = {change.column: change for change in changes()}
    assert set(found) == set(values)
    for name, value in values.items():
        change = found[name]
        assert (change.kind, change.about) == ("changed", "drug_price · daratumumab")
        assert (change.old_cell, change.new_cell) == (cells[name], cells[name])
        assert (change.old, change.new) == ("" if was[name] is None else was[name], value)
    affects = {name: change.affects for name, change in found.items()}
    assert affects == {
        "value": "results", "price_year": "results", "low": "uncertainty", "high": "uncertainty", "se": "uncertainty",
        "distribution": "uncertainty", "status": "documentation", "source": "documentation", "unit": "documentation",
        "note": "documentation",
    }  # fmt: skip


def test_a_row_above_moves_the_cells_and_nothing_else(edit: Any) -> None:
    editor, changes = edit
    row = editor.row("Prices", **PRICE)
    column = letters(editor.column("Prices", "value") - 1)
    editor["Prices"].insert_rows(row)
    editor.set(5.5, "Prices", "value", **PRICE)
    (change,) = changes()
    assert (change.old_cell, change.new_cell) == (f"Prices!{column}{row}", f"Prices!{column}{row + 1}")
    assert (change.old, change.new) == (5.61, 5.5)


def test_columns_in_another_order_are_no_change(edit: Any) -> None:
    editor, changes = edit
    page = editor["Prices"]
    first, last = editor.column("Prices", "value"), editor.column("Prices", "note")
    for row in range(4, page.max_row + 1):
        one, other = page.cell(row, first), page.cell(row, last)
        one.value, other.value = other.value, one.value
    assert changes() == ()


def test_settings_curves_schedules_packs_and_scenarios(edit: Any) -> None:
    editor, changes = edit
    horizons = editor.set("1, 3, 5, 10", "Settings", "value", setting="horizons")
    curve = editor.set("exponential", "Curves", "family", strategy="Isa-Pd", endpoint="overall_survival")
    dose = editor.set(12, "Schedules", "dose", strategy="Isa-Pd", drug="isatuximab", from_cycle=2)
    days = editor.set("1, 8, 15", "Schedules", "days", strategy="Isa-Pd", drug="isatuximab", from_cycle=1)
    pack = editor.set(90, "Packs", "priced_as", drug="isatuximab", size=100)
    new = editor.append("Scenarios", scenario="Cheap", target="drug_price", drug="daratumumab", value=1)
    assert said(changes()) == [
        ("changed", "horizons", "value", horizons, horizons, "1, 3, 5", "1, 3, 5, 10"),
        ("changed", "Isa-Pd, overall_survival", "family", curve, curve, "lognormal", "exponential"),
        ("changed", "isatuximab, 100", "priced_as", pack, pack, 100, 90),  # blank is the size
        ("changed", "Isa-Pd, isatuximab", "days", days, days, "1, 8, 15, 22", "1, 8, 15"),
        ("changed", "Isa-Pd, isatuximab", "dose", dose, dose, 10, 12),
        ("added", "Cheap, drug_price, daratumumab", "", "", f"Scenarios!H{new}", "", "value 1"),
    ]


def test_a_schedule_that_gets_one_more_row(edit: Any) -> None:
    """Rows of a schedule have no key of their own: those most alike belong together."""
    editor, changes = edit
    page = editor["Schedules"]
    row = editor.row("Schedules", strategy="Isa-Pd", drug="isatuximab", from_cycle=2)
    editor.set(6, "Schedules", "to_cycle", strategy="Isa-Pd", drug="isatuximab", from_cycle=2)
    page.insert_rows(row + 1)
    for column in range(1, page.max_column + 1):
        page.cell(row + 1, column).value = page.cell(row, column).value
    for name, value in {"from_cycle": 7, "to_cycle": None, "days": 1}.items():
        page.cell(row + 1, editor.column("Schedules", name)).value = value
    changed, added = changes()
    assert said([changed])[0][1:] == ("Isa-Pd, isatuximab", "to_cycle", f"Schedules!D{row}", f"Schedules!D{row}", "", 6)
    assert (added.kind, added.new_cell) == ("added", f"Schedules!A{row + 1}")
    assert "from_cycle 7, days 1, dose 10" in str(added.new)


def test_a_setting_that_is_left_out_counts_as_its_default(edit: Any) -> None:
    editor, changes = edit
    page = editor["Settings"]
    rows = {page.cell(row, 1).value: row for row in range(5, page.max_row + 1)}
    page.delete_rows(rows["seed"])  # 2026 on the sheet, which is the default
    assert changes() == ()
    page.cell(rows["discount_timing"], 2).value = "edges"
    (change,) = changes()
    assert (change.about, change.old, change.new) == ("discount_timing", "mid_cycle", "edges")
    page.delete_rows(rows["discount_timing"])
    assert changes() == ()


def test_a_default_typed_into_a_blank_cell_is_no_change(edit: Any) -> None:
    editor, changes = edit
    assert editor.cell("Schedules", "max_dose", strategy="Isa-Pd", drug="isatuximab", from_cycle=2).value is None
    editor.set(28, "Schedules", "cycle_days", strategy="Isa-Pd", drug="isatuximab", from_cycle=2)
    editor.set(None, "Schedules", "share", strategy="Isa-Pd", drug="isatuximab", from_cycle=2)
    assert changes() == ()


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * path.stem.startswith(("isa_dara_", "sick_sicker_")))
        for path in sorted(INPUTS.glob("*.xlsx"))
    ],
)
def test_a_copy_however_it_was_saved_has_no_change(path: Path, tmp_path: Path) -> None:
    """Copied, saved by another program, and written anew from what was read."""
    copied, saved, written = (tmp_path / f"{name}.xlsx" for name in ("copied", "saved", "written"))
    shutil.copy(path, copied)
    openpyxl.load_workbook(path).save(saved)
    write_inputs(written, *tables_of(he.read_workbook(path)))
    for other in (copied, saved, written):
        assert differences(path, other) == ()


def test_strategies_added_and_removed(tmp_path: Path) -> None:
    old, new = tmp_path / "old.xlsx", tmp_path / "new.xlsx"
    tables = good_tables()
    write_inputs(old, tables, good_settings())
    renamed = {
        name: [{k: v.replace(NEW, "Newer") if isinstance(v, str) else v for k, v in row.items()} for row in rows]
        for name, rows in tables.items()
    }
    write_inputs(new, renamed, good_settings())
    found = differences(old, new)
    assert {change.kind for change in found} == {"added", "removed", "changed"}
    for change in found:
        assert change.kind != "changed" or change.new == str(change.old).replace(NEW, "Newer")
    labels = [(change.kind, change.about) for change in found if change.sheet == "Labels"]
    assert labels == [("removed", f"strategy, {NEW}"), ("added", "strategy, Newer")]
    assert sum(change.kind == "added" for change in found) == sum(change.kind == "removed" for change in found)
    assert all(change.old_cell.startswith(f"{change.sheet}!") for change in found if change.kind == "removed")


def test_strategies_in_another_order_are_moved(tmp_path: Path) -> None:
    old, new = tmp_path / "old.xlsx", tmp_path / "new.xlsx"
    tables = good_tables()
    write_inputs(old, tables, good_settings())
    labels = tables["Labels"]
    places = [place for place, row in enumerate(labels) if row["label"] in (NEW, STANDARD)]
    labels[places[0]], labels[places[1]] = labels[places[1]], labels[places[0]]
    write_inputs(new, tables, good_settings())
    (change,) = differences(old, new)
    assert (change.kind, change.sheet, change.affects) == ("moved", "Labels", "order")


def test_a_parameter_on_another_sheet_is_the_same_parameter(editor: Editor, tmp_path: Path) -> None:
    old, new = editor.save(tmp_path / "old.xlsx"), tmp_path / "new.xlsx"
    row = editor.row("Parameters", parameter="ambulance_cost")
    headers = [cell.value for cell in editor["Parameters"][4]]
    values = {name: editor["Parameters"].cell(row, place).value for place, name in enumerate(headers, start=1)}
    editor["Parameters"].delete_rows(row)
    values |= {"value": 320}
    known = [cell.value for cell in editor["Care costs"][4]]
    place = editor.append("Care costs", **{name: value for name, value in values.items() if name in known})
    editor.save(new)
    moved, changed, year = differences(old, new)
    assert (moved.kind, moved.about) == ("moved", "ambulance_cost")
    assert moved.new_cell.startswith("Care costs!")
    assert (changed.column, changed.old, changed.new) == ("value", 300, 320)
    assert changed.old_cell.startswith("Parameters!")
    assert changed.new_cell.endswith(str(place))
    assert (year.column, year.old, year.new) == ("price_year", 2019, "")  # Care costs has no such column here


def test_transitions_by_the_states_they_lead_between(tmp_path: Path) -> None:
    labels = [{"dimension": "strategy", "label": name} for name in ("A", "B")]
    labels += [{"dimension": "state", "label": name} for name in ("well", "ill")]
    rows = [
        {"from": "well", "to": "ill", "kind": "probability", "value": 0.1, "status": "assumed", "note": "x"},
        {"from": "well", "to": "well", "kind": "remaining"},
    ]
    for name, value in (("old", 0.1), ("new", 0.2)):
        rows[0]["value"] = value
        write_inputs(tmp_path / f"{name}.xlsx", {"Labels": labels, "Transitions": rows}, {"model": "x"})
    (change,) = differences(tmp_path / "old.xlsx", tmp_path / "new.xlsx")
    assert (change.about, change.column, change.old, change.new) == ("well to ill", "value", 0.1, 0.2)
    assert change.new_cell.startswith("Transitions!")


def test_observed_data_by_curve_and_time(editor: Editor, tmp_path: Path) -> None:
    old = editor.save(tmp_path / "old.xlsx")
    km = editor.set(0.71, "Kaplan-Meier", "survival", strategy=STANDARD, endpoint=PFS, time=6)
    covariance = editor.set(0.02, "Covariance", "covariance", strategy=NEW, endpoint=OS, parameter_2="shape")
    index = editor.set(119, "Price index", "index", year=2024)
    found = {change.sheet: change for change in differences(old, editor.save(tmp_path / "new.xlsx"))}
    assert {sheet: change.new_cell for sheet, change in found.items()} == {
        "Kaplan-Meier": km, "Covariance": covariance, "Price index": index
    }  # fmt: skip
    assert found["Kaplan-Meier"].about == f"{STANDARD}, {PFS}, 6"
    assert found["Covariance"].affects == "uncertainty"


def test_the_last_digits_of_a_file_are_no_change() -> None:
    sheet = next(sheet for sheet in SHEETS if sheet.name == "Parameters")
    value = 0.1 + 0.2
    old, same, other = (made(sheet, [0], value=number) for number in (value, 0.3, 0.3 * (1 + 1e-13)))
    assert changes_between(old, same) == ()
    assert [change.column for change in changes_between(old, other)] == ["value"]


def test_the_table_of_changes(edit: Any) -> None:
    editor, changes = edit
    editor.set(5.5, "Prices", "value", **PRICE)
    table = changes_table(changes())
    assert tuple(table.columns) == CHANGE_COLUMNS
    assert table.to_dict("records")[0]["input"] == "drug_price · daratumumab"
    assert list(changes_table(()).columns) == list(CHANGE_COLUMNS)


@given(st.permutations(range(12)))
def test_rows_that_keep_their_order(order: list[int]) -> None:
    kept = _in_order(list(enumerate(order)))
    numbers = [order[place] for place in sorted(kept)]
    assert numbers == sorted(numbers)
    assert {place for place, number in enumerate(order) if place == number} <= kept
