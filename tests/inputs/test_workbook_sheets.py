"""Sheets that are missing, renamed, hidden, merged, shifted, reordered, or written on beside the table."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from good_workbook import NEW, STANDARD, Editor

from hecon.errors import Fault, InputError
from hecon.inputs.format import HEADER_ROW
from hecon.inputs.workbook import RawInputs, read_tables

Faults = Callable[[Editor], list[Fault]]
PRICE = {"parameter": "drug_price", "drug": "new_drug"}


def same(one: RawInputs, other: RawInputs) -> bool:
    """Whether two workbooks say the same, wherever it stands."""
    columns = [name for name in one.parameters.columns if name not in ("cell", "sheet")]
    by = ["parameter", *[name for name in columns if name in one.labels or name == "family"]]
    first, second = (raw.parameters[columns].sort_values(by).reset_index(drop=True) for raw in (one, other))
    assert (one.labels, one.settings, one.model) == (other.labels, other.settings, other.model)
    assert first.equals(second)
    assert set(one.tables) == set(other.tables)
    return all(one.tables[name].equals(other.tables[name]) for name in one.tables)


@pytest.mark.parametrize("sheet", ["Settings", "Labels"])
def test_a_sheet_that_every_workbook_needs(editor: Editor, faults: Faults, sheet: str) -> None:
    del editor.book[sheet]
    assert faults(editor) == [Fault(sheet, f"sheet '{sheet}' is missing; every workbook needs it")]


@pytest.mark.parametrize(
    ("sheet", "asker"), [("Packs", "Schedules"), ("Prices", "Schedules"), ("Survival", "Covariance")]
)
def test_a_sheet_that_another_needs(editor: Editor, faults: Faults, sheet: str, asker: str) -> None:
    del editor.book[sheet]
    assert Fault(sheet, f"sheet '{sheet}' is missing; sheet '{asker}' needs it") in faults(editor)


def test_curves_are_needed_once_there_are_endpoints(editor: Editor, faults: Faults) -> None:
    del editor.book["Curves"], editor.book["Scenarios"], editor.book["Map"]
    (fault,) = faults(editor)
    assert fault.where == "Curves"
    assert "sheet 'Curves' is missing; the Labels sheet has endpoints (progression_free_survival" in fault.what


def test_no_parameters_at_all(editor: Editor, faults: Faults) -> None:
    for name in editor.book.sheetnames:
        if name not in ("Settings", "Labels"):
            del editor.book[name]
    for row in range(editor["Labels"].max_row, HEADER_ROW, -1):
        if editor["Labels"].cell(row, 1).value == "endpoint":
            editor["Labels"].delete_rows(row)
    (fault,) = faults(editor)
    assert fault.what.startswith("there are no parameters; they belong on Survival, Population, Prices")


@pytest.mark.parametrize("name", ["prices", "Price", "Prices ", "Drug prices"])
def test_a_renamed_sheet_is_recognised_and_is_the_only_fault(editor: Editor, faults: Faults, name: str) -> None:
    editor["Prices"].title = "x"
    editor["x"].title = name
    (fault,) = faults(editor)
    hint = "It looks like 'Prices' but has a space as character 7: type or copy it again."
    hint = hint if name == "Prices " else "Did you mean 'Prices'?"
    assert fault == Fault(name, f"there is no sheet '{name}' in the format. {hint}")


def test_a_renamed_required_sheet(editor: Editor, faults: Faults) -> None:
    editor["Settings"].title = "Setings"
    assert faults(editor) == [Fault("Setings", "there is no sheet 'Setings' in the format. Did you mean 'Settings'?")]


def test_an_own_sheet_must_be_named_notes(editor: Editor, faults: Faults) -> None:
    editor.book.create_sheet("Sheet1")  # empty, as Excel adds it
    assert faults(editor) == []
    editor.book.create_sheet("Sums of mine")["B2"] = "x"
    (fault,) = faults(editor)
    assert "there is no sheet 'Sums of mine' in the format. Rename it to Notes... if it is yours" in fault.what
    editor["Sums of mine"].title = "Notes on prices"
    assert faults(editor) == []


def test_sheets_in_another_order_are_read_the_same(good: Path, editor: Editor, tmp_path: Path) -> None:
    before = read_tables(editor.save(tmp_path / "before.xlsx"))
    editor.book._sheets.reverse()
    after = read_tables(editor.save(tmp_path / "after.xlsx"))
    assert same(before, after)
    assert before.notes == ()
    assert after.notes == ("the sheets stand in another order than in a new workbook; they are read by name",)


def test_a_hidden_sheet(editor: Editor, faults: Faults, tmp_path: Path) -> None:
    editor["Prices"].sheet_state = "hidden"
    editor["Packs"].sheet_state = "veryHidden"
    assert [fault.where for fault in faults(editor)] == ["Prices", "Packs"]
    assert faults(editor)[0].what == "the sheet is hidden; unhide it, delete it, or rename it to Notes..."
    editor["Prices"].sheet_state = editor["Packs"].sheet_state = "visible"
    editor.book.create_sheet("Notes of mine").sheet_state = "hidden"
    assert faults(editor) == []


def test_hidden_rows_are_read_and_mentioned(editor: Editor, tmp_path: Path) -> None:
    editor["Prices"].row_dimensions[6].hidden = True
    raw = read_tables(editor.save(tmp_path / "hidden.xlsx"))
    assert raw.notes == ("Prices: hidden or filtered rows are used too (6)",)
    assert (raw.parameters["cell"] == "Prices!D6").sum() == 1


def test_merged_cells(editor: Editor, faults: Faults) -> None:
    editor["Prices"].merge_cells("J5:K5")
    (fault,) = faults(editor)
    assert fault.where == "Prices!J5:K5"
    assert "cells J5:K5 are merged" in fault.what
    editor["Prices"].unmerge_cells("J5:K5")
    editor["Prices"].merge_cells("A1:C1")  # a title may be
    assert faults(editor) == []


def test_an_unknown_column(editor: Editor, faults: Faults) -> None:
    editor["Prices"].cell(HEADER_ROW, editor.column("Prices", "distribution")).value = "distributoin"
    (fault,) = faults(editor)
    assert fault.where == f"Prices!{editor['Prices'].cell(HEADER_ROW, 9).coordinate}"
    assert fault.what.startswith("unknown column 'distributoin'; the columns are parameter, value, unit")
    assert fault.what.endswith("Did you mean 'distribution'?")


@pytest.mark.parametrize("header", ["value", "parameter", "status"])
def test_a_missing_column(editor: Editor, faults: Faults, header: str) -> None:
    editor["Prices"].delete_cols(editor.column("Prices", header))
    assert Fault(f"Prices!A{HEADER_ROW}", f"column '{header}' is missing from the headers") in faults(editor)


def test_a_misspelt_required_column_is_said_once(editor: Editor, faults: Faults) -> None:
    editor["Packs"].cell(HEADER_ROW, 2).value = "Size"
    about_headers = [
        fault for fault in faults(editor) if fault.where == f"Packs!B{HEADER_ROW}" or "missing" in fault.what
    ]
    assert len(about_headers) == 1
    assert about_headers[0].what.endswith("Did you mean 'size'?")


def test_headers_with_spaces_numbers_and_twins(editor: Editor, faults: Faults) -> None:
    page = editor["Prices"]
    page.cell(HEADER_ROW, editor.column("Prices", "unit")).value = "unit "
    page.cell(HEADER_ROW, 20).value = 2024
    page.cell(HEADER_ROW, 21).value = "value"
    found = [fault.what for fault in faults(editor)]
    assert "the header 'unit ' has a stray space; write 'unit'" in found
    assert any(what.startswith("the header is 2024; it must be one of parameter") for what in found)
    assert "the header 'value' stands twice" in found


@pytest.mark.parametrize(("change", "row"), [("insert_rows", 5), ("delete_rows", 3)])
def test_a_shifted_table(editor: Editor, faults: Faults, change: str, row: int) -> None:
    getattr(editor["Packs"], change)(1)
    (fault,) = faults(editor)
    assert fault.where == "Packs!A4"
    assert fault.what.endswith(f"belong in row 4, and they stand in row {row}: insert or delete rows above")


def test_a_sheet_without_headers(editor: Editor, faults: Faults) -> None:
    editor["Packs"].delete_rows(4, 20)
    (fault,) = faults(editor)
    assert fault.what == "the headers (drug, size, unit, price_per, ...) belong in row 4, and there are none"


def test_what_stands_beside_the_table(editor: Editor, faults: Faults) -> None:
    editor["Packs"]["I6"] = "ask Ann"
    editor["Packs"]["I7"] = "again"
    (fault,) = faults(editor)
    assert fault.where == "Packs!I6"
    assert fault.what.startswith("'ask Ann' stands beside the table: column I has no header in row 4")


def test_empty_rows_are_skipped_and_a_far_cell_does_not_hang(editor: Editor, faults: Faults, tmp_path: Path) -> None:
    editor["Packs"].insert_rows(6, amount=3)
    editor["Packs"].cell(1_048_576, 3).number_format = "0.00"  # formatted to the last row, as Excel users do
    editor["Prices"].row_dimensions[1_000_000].height = 20
    begin = time.perf_counter()
    raw = read_tables(editor.save(tmp_path / "tall.xlsx"))
    assert time.perf_counter() - begin < 5
    assert raw.tables["Packs"]["row"].tolist() == [5, 9, 10]


def test_a_dimension_of_ones_own(editor: Editor, faults: Faults, tmp_path: Path) -> None:
    for label in ("young", "old"):
        editor.append("Labels", dimension="age_group", label=label)
    page = editor["Parameters"]
    page.cell(HEADER_ROW, page.max_column + 1).value = "age_group"
    for label in ("young", "old"):
        values = {"parameter": "weight_factor", "age_group": label, "value": 1, "status": "assumed", "note": "x"}
        editor.append("Parameters", **values)
    raw = read_tables(editor.save(tmp_path / "own.xlsx"))
    rows = raw.parameters[raw.parameters["parameter"] == "weight_factor"]
    assert rows["age_group"].tolist() == ["young", "old"]
    assert raw.labels["age_group"] == ("young", "old")


def test_text_that_looks_like_a_formula_is_text(editor: Editor, tmp_path: Path) -> None:
    cell = editor.cell("Prices", "source", **PRICE)
    cell.value, cell.data_type = "=list price", "s"
    raw = read_tables(editor.save(tmp_path / "text.xlsx"))
    assert raw.parameters.loc[raw.parameters["cell"] == "Prices!D5", "source"].tolist() == ["=list price"]


def test_a_calculated_formula_is_its_result(editor: Editor, tmp_path: Path) -> None:
    editor.set("=1+2.5", "Prices", "value", **PRICE)
    path = editor.save(tmp_path / "formula.xlsx")
    stored = with_results(path, "<f>1+2.5</f><v></v>", "<f>1+2.5</f><v>3.5</v>")
    raw = read_tables(stored)
    assert raw.parameters.loc[raw.parameters["cell"] == "Prices!D5", "value"].tolist() == [3.5]


@pytest.mark.parametrize("bad", ["nan", "-inf", "NaN"])
def test_a_stored_result_that_is_no_number(editor: Editor, tmp_path: Path, bad: str) -> None:
    editor.set("=1+2.5", "Prices", "value", **PRICE)
    path = with_results(editor.save(tmp_path / "nan.xlsx"), "<f>1+2.5</f><v></v>", f"<f>1+2.5</f><v>{bad}</v>")
    with pytest.raises(InputError) as caught:
        read_tables(path)
    assert caught.value.faults == (Fault("Prices!D5", f"the stored number is {bad}; it must be a finite number"),)


def with_results(path: Path, old: str, new: str) -> Path:
    """Write the results of formulas into a saved workbook, as Excel does when it calculates."""
    out = io.BytesIO()
    changed = 0
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            content = source.read(part).decode() if part.endswith(".xml") else source.read(part)
            if isinstance(content, str):
                content = content.replace("<v />", "<v></v>").replace("<v/>", "<v></v>")
                changed += content.count(old)
                content = content.replace(old, new)
            target.writestr(part, content)
    assert changed == 1
    path.write_bytes(out.getvalue())
    return path


def test_an_unmentioned_setting_keeps_its_default_and_is_noted(editor: Editor, tmp_path: Path) -> None:
    editor["Settings"].delete_rows(editor.row("Settings", setting="crossing"))
    raw = read_tables(editor.save(tmp_path / "default.xlsx"))
    assert raw.settings.crossing == "cap_pfs"
    assert raw.notes == ("Settings: 'crossing' is not there; its default is used (cap_pfs)",)


def test_an_unknown_setting(editor: Editor, faults: Faults) -> None:
    row = editor.append("Settings", setting="horizon", value=3)
    assert faults(editor) == [Fault(f"Settings!A{row}", "there is no setting 'horizon'. Did you mean 'horizons'?")]


def test_no_model_is_named(editor: Editor, faults: Faults) -> None:
    editor["Settings"].delete_rows(editor.row("Settings", setting="model"))
    (fault,) = faults(editor)
    assert (fault.where, fault.what[:23]) == ("Settings", "there is no row 'model'")


def test_no_strategies(editor: Editor, faults: Faults) -> None:
    for label in (NEW, STANDARD):
        editor.set("arm", "Labels", "dimension", label=label)
    assert Fault("Labels", "there are no labels of dimension strategy; name at least one") in faults(editor)


def test_any_saved_form_of_the_workbook_reads_the_same(good: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(good)
    book.save(tmp_path / "again.xlsx")
    assert same(read_tables(good), read_tables(tmp_path / "again.xlsx"))


@pytest.mark.parametrize("label", ["*", "---", "(?)"])
def test_a_label_without_letter_or_digit(editor: Editor, faults: Faults, label: str) -> None:
    where = editor.set(label, "Labels", "label", label=NEW)
    rule = f"the label is '{label}'; it must have a letter or a digit, so that results can be named by it"
    assert Fault(where, rule) in faults(editor)


def test_a_message_lists_fifty_faults_and_counts_the_others() -> None:
    many = InputError("a.xlsx", [Fault(f"Prices!A{row}", "is wrong") for row in range(1_234)])
    assert str(many).splitlines()[0] == "1,234 problems in a.xlsx"
    assert str(many).splitlines()[-2:] == ["  Prices!A49   is wrong", "  and 1,184 more"]
    assert len(many.faults) == 1_234
