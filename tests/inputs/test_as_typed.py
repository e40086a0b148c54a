"""What spreadsheet programs and people of other countries leave in a workbook: read if sound, else explained."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from hecon.errors import InputError, did_you_mean, unseen_difference
from hecon.inputs.workbook import read_tables


def stored(editor, tmp_path, old: bytes, new: bytes) -> Path:
    """Save a workbook with some bytes of its sheets replaced, as another program stores them."""
    path, changed = editor.save(tmp_path / "edited.xlsx"), tmp_path / "stored.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, re.sub(old, new, data) if name.startswith("xl/worksheets/") else data)
    assert any(
        new.replace(rb"\1", b"")[-20:] in zipfile.ZipFile(changed).read(n) for n in zipfile.ZipFile(changed).namelist()
    )
    return changed


EMPTY = rb'<c r="(\w+)"[^>]*><f>IF\(1=1,"",""\)</f><v ?/?>(?:</v>)?</c>'
TEXT = rb'<c r="\1" t="str"><f>IF(1=1,"","")</f><v></v></c>'


def read(path: Path) -> tuple[str, ...]:
    return read_tables(path).notes


def faults_of(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_tables(path)
    return [f"{fault.where} {fault.what}" for fault in caught.value.faults]


def test_a_formula_that_gives_empty_text_is_blank_where_a_cell_may_be(editor, tmp_path):
    editor.set('=IF(1=1,"","")', "Utilities", "low", state="dead")
    read(stored(editor, tmp_path, EMPTY, TEXT))


def test_a_row_of_such_formulas_is_no_row(editor, tmp_path):
    row = editor["Utilities"].max_row + 1
    for column in range(1, 6):
        editor["Utilities"].cell(row, column).value = '=IF(1=1,"","")'
    read(stored(editor, tmp_path, EMPTY, TEXT))


def test_where_a_value_is_needed_empty_text_is_said(editor, tmp_path):
    place = editor.set('=IF(1=1,"","")', "Utilities", "value", state="dead")
    (fault,) = faults_of(stored(editor, tmp_path, EMPTY, TEXT))
    assert fault == f"{place} utility is a formula that gives empty text; it must be a number"


def test_a_formula_that_was_never_calculated_is_another_matter(editor, tmp_path):
    editor.set('=IF(1=1,"","")', "Utilities", "value", state="dead")
    assert "never calculated" in faults_of(editor.save(tmp_path / "x.xlsx"))[0]


def test_a_whole_number_by_a_formula_is_whole(editor, tmp_path):
    editor.set(314159, "Schedules", "from_cycle", from_cycle=3)
    path = stored(editor, tmp_path, b"<v>314159</v>", b"<v>3.0000000000000004</v>")
    assert set(read_tables(path).tables["Schedules"]["from_cycle"]) == {1, 3}
    editor.set(3.0001, "Schedules", "from_cycle", from_cycle=314159)
    assert "from_cycle is 3.0001; it must be a whole number" in faults_of(editor.save(tmp_path / "y.xlsx"))[0]


def test_an_own_column_is_not_read(editor, tmp_path):
    page = editor["Utilities"]
    column = page.max_column + 1
    page.cell(4, column).value, page.cell(5, column).value = "my calculation", "=1/0"
    page.cell(4, column + 1).value, page.cell(30, column + 1).value = "My remarks", "far below"
    page.cell(6, column).value = 12
    page.cell(4, column).value = "calculation"
    assert "A column whose header begins with 'my ' is yours" in faults_of(editor.save(tmp_path / "y.xlsx"))[0]
    page.cell(4, column).value, page.cell(5, column).value = "my calculation", 1
    read(editor.save(tmp_path / "x.xlsx"))


@pytest.mark.parametrize("merged", [False, True])
@pytest.mark.parametrize(
    ("sheet", "text"), [("Utilities", "Before progression"), ("Curves", "The survival curves"), ("Prices", "Drugs")]
)
def test_a_heading_within_a_table_is_passed_over_and_said(editor, tmp_path, sheet, text, merged):
    editor[sheet].insert_rows(6)
    editor[sheet]["A6"] = text
    if merged:
        editor[sheet].merge_cells("A6:D6")
    assert f"{sheet}!A6: '{text}' is taken for a heading" in read(editor.save(tmp_path / "x.xlsx"))


def test_a_row_that_was_begun_is_no_heading(editor, tmp_path):
    editor["Utilities"].insert_rows(6)
    editor["Utilities"]["A6"] = "utility"
    assert any("is blank" in fault for fault in faults_of(editor.save(tmp_path / "x.xlsx")))
    editor["Utilities"]["A6"] = None
    editor["Curves"]["A6"] = editor["Curves"]["A6"].value
    editor["Curves"].insert_rows(6)
    editor["Curves"]["A6"] = "New treatmen"
    assert any("Did you mean 'New treatment'" in fault for fault in faults_of(editor.save(tmp_path / "y.xlsx")))


def test_hidden_columns_are_said_as_hidden_rows_are(editor, tmp_path):
    editor["Utilities"].column_dimensions["D"].hidden = True
    editor["Utilities"].row_dimensions[6].hidden = True
    notes = read(editor.save(tmp_path / "x.xlsx"))
    assert "Utilities: hidden columns are used too (D)" in notes
    assert "Utilities: hidden or filtered rows are used too (6)" in notes


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("3.5%", "discount_rate_cost is the text '3.5%' with a percent sign: type 0.035"),
        ("0,035", "discount_rate_cost is the text '0,035' with a decimal comma: type 0.035"),
        (1, "discount_rate_cost is 1; it must be below 1: 1 is 100 % a year; for 1 % type 0.01"),
        (3.5, "must be below 1: 3.5 is 350 % a year; for 3.5 % type 0.035"),
    ],
)
def test_discount_rates_in_another_way(editor, tmp_path, value, words):
    place = editor.set(value, "Settings", "value", setting="discount_rate_cost")
    (fault,) = faults_of(editor.save(tmp_path / "x.xlsx"))
    assert fault.startswith(place)
    assert words in fault


def test_a_rate_that_no_guideline_has_is_said(editor, tmp_path):
    for rate in (0.35, -0.03):
        place = editor.set(rate, "Settings", "value", setting="discount_rate_effect")
        assert f"{place}: discount_rate_effect is {rate:g}, {100 * rate:g} % a year" in read(
            editor.save(tmp_path / "x.xlsx")
        )


def test_a_cost_by_time_that_goes_on_after_death_is_said(editor, tmp_path):
    place = editor.set(500.0, "Care costs", "value", parameter="care_cost_per_year", state="dead")
    notes = read(editor.save(tmp_path / "x.xlsx"))
    assert f"{place}: care_cost_per_year is 500 in state dead, and goes on after death" in notes


def test_a_seed_stored_as_text_is_called_that(editor, tmp_path):
    editor.set("2026", "Settings", "value", setting="seed")
    assert "seed is the number 2026 stored as text" in faults_of(editor.save(tmp_path / "x.xlsx"))[0]


def test_lists_in_doubt_are_faults_of_their_cell(editor, tmp_path):
    place = editor.set("50.000; 100.000", "Settings", "value", setting="willingness_to_pay")
    (fault,) = faults_of(editor.save(tmp_path / "x.xlsx"))
    assert fault.startswith(f"{place} willingness_to_pay is '50.000; 100.000'; it may mean 50 or 50000")


def test_a_blank_comparator_is_named(editor, tmp_path):
    place = editor.set(None, "Settings", "value", setting="comparator")
    notes = read(editor.save(tmp_path / "x.xlsx"))
    assert f"{place}: comparator is blank; increments are against Standard care, the last strategy on Labels" in notes


LOOKS = {
    "New\u00a0treatment": "a no-break space as character 4",
    "New\u200b treatment": "a zero width space as character 4",
    "New treat\u00adment": "a soft hyphen as character 10",
    "New treatment_x000D_": "_x000D_, a character that cannot be seen, as character 14",
    "New  treatment": "a space as character 5",
    "N\u0435w treatment": "a cyrillic small letter ie as character 2, for 'e'",
}


@pytest.mark.parametrize("label", LOOKS)
def test_labels_that_only_look_alike_are_told_apart(editor, tmp_path, label):
    editor.set(label, "Schedules", "strategy", strategy="New treatment")
    fault = faults_of(editor.save(tmp_path / "x.xlsx"))[0]
    assert f"It looks like 'New treatment' but has {LOOKS[label]}" in fault


def test_accents_and_dashes():
    assert unseen_difference("re\u0301mission", "r\u00e9mission") == "an accent written as a character of its own"
    assert unseen_difference("Isa\u2013Pd", "Isa-Pd") == "an en dash as character 4, for a hyphen-minus"
    assert unseen_difference("Isa-Pd", "Isa\u2013Pd") == "a hyphen-minus as character 4, for an en dash"
    assert unseen_difference("Pd", "Pd\u00ad") == "the lack of a soft hyphen as character 3"
    assert unseen_difference("Isa-Pd", "Isa-Kd") == ""
    assert did_you_mean("Isa-Pb", ["Isa-Pd"]) == " Did you mean 'Isa-Pd'?"


def test_labels_of_one_dimension_must_look_different(editor, tmp_path):
    editor.append("Labels", dimension="strategy", label="New\u00a0treatment")
    assert any("looks like 'New treatment'" in fault for fault in faults_of(editor.save(tmp_path / "x.xlsx")))


def test_labels_of_a_dimension_that_stand_apart_are_noted(editor, tmp_path):
    row = editor.append("Labels", dimension="strategy", label="A third")
    notes = [note for note in notes_or_faults(editor, tmp_path) if "stand apart" in note]
    assert notes == [
        f"Labels!A{row}: labels of strategy stand apart from the others (from row 5 on); put them together, or "
        "drop-downs show the wrong ones"
    ]


def notes_or_faults(editor, tmp_path):
    """Notes of a workbook whose faults (rows that a new label needs) do not matter here."""
    from hecon.inputs.format import SHEETS_BY_NAME
    from hecon.inputs.rows import read_sheet
    from hecon.inputs.workbook import _grids, _labels_notes

    grids, notes, _ = _grids("x.xlsx", editor.save(tmp_path / "x.xlsx").read_bytes())
    return [*notes, *_labels_notes(read_sheet(grids["Labels"], SHEETS_BY_NAME["Labels"], None))]


def test_a_sheet_that_the_guide_lists_and_the_file_lacks_is_noted(good, tmp_path):
    book = openpyxl.load_workbook(good)
    assert not any("the Guide" in note for note in read(good))
    del book["Number at risk"]
    book.save(tmp_path / "x.xlsx")
    assert "the Guide of this workbook lists a sheet 'Number at risk', which is not in the file" in read(
        tmp_path / "x.xlsx"
    )
