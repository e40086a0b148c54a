"""Written workbooks: complete, validated, the same each time, and read back as what was written."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from good_workbook import NEW, STANDARD, good_settings, good_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from hecon.errors import HeconError
from hecon.inputs.as_typed import as_text
from hecon.inputs.format import FIRST_ROW, GUIDE, HEADER_ROW, RARE, SHEETS, SHEETS_BY_NAME
from hecon.inputs.lists import LISTS
from hecon.inputs.project import new_project
from hecon.inputs.quantities import COEFFICIENT_WORDS, FAMILY_COEFFICIENTS, KNOWN
from hecon.inputs.template import tables_of, write_inputs
from hecon.inputs.workbook import RawInputs, read_tables
from hecon.settings import Settings


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("written") / "inputs.xlsx"
    write_inputs(path, good_tables(), good_settings())
    return openpyxl.load_workbook(path)


def drop_down(book: openpyxl.Workbook, sheet: str, column: str, row: int = FIRST_ROW) -> Any:
    page = book[sheet]
    headers = [cell.value for cell in page[HEADER_ROW]]
    place = page.cell(row, headers.index(column) + 1).coordinate
    (found,) = [rule for rule in page.data_validations.dataValidation if place in rule.cells]
    return found


def test_sheets_stand_in_the_order_of_the_format(written: openpyxl.Workbook) -> None:
    usual = [sheet.name for sheet in SHEETS if sheet.name in written.sheetnames]
    assert written.sheetnames == [GUIDE, *usual, LISTS]
    assert written[LISTS].sheet_state == "hidden"


def test_labels_have_drop_downs_that_grow_with_the_labels_sheet(written: openpyxl.Workbook) -> None:
    rule = drop_down(written, "Prices", "drug")
    assert (rule.type, rule.formula1) == ("list", "list_drug")
    assert drop_down(written, "Prices", "drug", FIRST_ROW + 100).formula1 == "list_drug"
    assert drop_down(written, "Curves", "effect", FIRST_ROW + 20).type == "list"
    assert drop_down(written, "Curves", "reference_endpoint", FIRST_ROW + 20).formula1 == "list_endpoint"
    formula = written.defined_names["list_drug"].value
    assert re.match(
        r"'Live lists'!\$[A-Z]+\$5:INDEX\('Live lists'!.*COUNTIF\(Labels!\$A\$5:\$A\$1005,\"drug\"", formula
    )


def test_every_coefficient_has_plain_words() -> None:
    names = {re.sub(r"_\d+$", "", name) for coefficients in FAMILY_COEFFICIENTS.values() for name in coefficients}
    assert names <= set(COEFFICIENT_WORDS)


def test_every_input_has_a_name_that_leads_to_its_cell(written: openpyxl.Workbook) -> None:
    assert written.defined_names["drug_price_new_drug"].value == "Prices!$D$5"
    names = {name: one.value for name, one in written.defined_names.items() if not name.startswith("list_")}
    assert len(set(names.values())) == len(names)
    for name, place in names.items():
        sheet, cell = place.replace("'", "").split("!")
        row = written[sheet][cell.replace("$", "")].row
        parameter = str(written[sheet].cell(row, 1).value)
        assert name.startswith(parameter.lower()) or sheet in ("Transitions", "Cost items"), (name, place)
    values = 0
    for sheet in ("Prices", "Utilities", "Survival"):
        place = [cell.value for cell in written[sheet][HEADER_ROW]].index("value")
        values += sum(row[place] is not None for row in written[sheet].iter_rows(min_row=FIRST_ROW, values_only=True))
        values -= sum(place.split("!")[0] == sheet for place in names.values())
    assert values == 0


def test_choices_have_drop_downs(written: openpyxl.Workbook) -> None:
    assert drop_down(written, "Prices", "status").formula1 == '"reported,derived,assumed"'
    # too long a list for a drop-down stands in the row above the headers
    first, last = drop_down(written, "Curves", "family", FIRST_ROW + 20).formula1.replace("$", "").split(":")
    (cells,) = written["Curves"][first:last]
    assert [cell.value for cell in cells] == list(FAMILY_COEFFICIENTS)
    assert drop_down(written, "Schedules", "wastage").formula1 == '"yes,no"'
    timing = drop_down(written, "Settings", "value", _setting_row(written, "discount_timing"))
    assert timing.formula1 == '"mid_cycle,cycle_start,cycle_end,edges,annual_step"'


def _setting_row(book: openpyxl.Workbook, name: str) -> int:
    return next(row for row in range(FIRST_ROW, 40) if book["Settings"].cell(row, 1).value == name)


def test_numbers_are_bounded_by_what_the_parameter_may_be(written: openpyxl.Workbook) -> None:
    rule = drop_down(written, "Utilities", "value")
    assert (rule.type, float(rule.formula1), float(rule.formula2)) == ("decimal", 0, 1)
    assert rule.error == "utility must lie between 0 and 1."
    price = drop_down(written, "Prices", "value")
    assert (float(price.formula1), float(price.formula2)) == (0, 1e300)
    spare = drop_down(written, "Prices", "value", FIRST_ROW + 100)
    assert float(spare.formula1) == -1e300


def test_every_sheet_is_fit_to_be_sent(written: openpyxl.Workbook) -> None:
    for page in written.worksheets:
        if page.title == LISTS:
            continue
        assert page["A1"].font.bold
        assert not page.sheet_view.showGridLines
        assert page.page_setup.orientation == "landscape"
        if page.title not in (GUIDE, "Control"):
            assert page.freeze_panes.endswith("5")
            assert page.print_title_rows == "$4:$4"
            assert all(cell.comment and cell.fill.fgColor.rgb == "FF1F3864" for cell in page[HEADER_ROW] if cell.value)


def test_inputs_are_blue_on_yellow_and_assumed_rows_are_marked(written: openpyxl.Workbook) -> None:
    cell = written["Prices"]["D5"]
    assert (cell.font.color.rgb, cell.fill.fgColor.rgb) == ("FF0000FF", "FFFFFFCC")
    formulas = [rule.formula[0] for rules in written["Prices"].conditional_formatting for rule in rules.rules]
    assert formulas == ['$J5="assumed"', '$J5="assumed"']


def test_the_guide_explains_every_sheet_column_and_known_parameter(written: openpyxl.Workbook) -> None:
    words = {cell.value for row in written[GUIDE].iter_rows() for cell in row if cell.value}
    assert "New treatment against standard care" in words
    assert "hecon run inputs/inputs.xlsx --out results" in words
    assert "Drug price: new drug is 3. Type another number, and save the workbook." in words
    assert set(COEFFICIENT_WORDS) <= words
    for sheet in SHEETS:
        assert sheet.name in words
        if sheet.role != "parameters":
            assert {column.name for column in sheet.columns} <= words
            assert {column.meaning for column in sheet.columns} <= words
    assert {known.name for known in KNOWN} <= words


def test_the_same_content_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_inputs(tmp_path / name / "x.xlsx", good_tables(), good_settings())
    assert (tmp_path / "a" / "x.xlsx").read_bytes() == (tmp_path / "b" / "x.xlsx").read_bytes()


def content(raw: RawInputs) -> dict[str, Any]:
    parameters = raw.parameters.to_dict("records")
    tables = {name: table.to_dict("records") for name, table in raw.tables.items()}
    return {
        "parameters": parameters,
        "tables": tables,
        "labels": raw.labels,
        "settings": raw.settings,
        "model": raw.model,
    }


def test_reading_and_writing_again_changes_nothing(good: Path, tmp_path: Path) -> None:
    first = read_tables(good)
    tables, settings = tables_of(first)
    write_inputs(tmp_path / "again.xlsx", tables, settings)
    again = read_tables(tmp_path / "again.xlsx")
    pd.testing.assert_frame_equal(first.parameters, again.parameters)
    assert set(first.tables) == set(again.tables)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])
    assert (first.labels, first.settings, first.model) == (again.labels, again.settings, again.model)


def test_what_is_read_is_what_was_written(good: Path) -> None:
    tables, settings = tables_of(read_tables(good))
    for name, rows in good_tables().items():
        given_rows = [{key: value for key, value in row.items() if value not in (None, "")} for row in rows]
        read_rows = [
            {key: row[key] for key in given_row} for given_row, row in zip(given_rows, tables[name], strict=True)
        ]
        assert read_rows == given_rows, name
    assert {name: settings[name] for name in good_settings()} == good_settings()


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="'"), min_size=1, max_size=12
)
#: What may be the name of something: it has a letter or a digit, and no two look alike.
_LABEL = st.text(
    st.characters(codec="latin-1", exclude_categories=("C", "Z"), exclude_characters="'"), min_size=1, max_size=12
).filter(lambda text: any(character.isalnum() for character in text))
_NUMBER = st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False).map(lambda value: value + 0.0)


@settings(max_examples=10)
@given(
    labels=st.lists(_LABEL, min_size=1, max_size=4, unique_by=str.lower),
    numbers=st.lists(_NUMBER, min_size=4, max_size=4),
    source=_TEXT,
    horizons=st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True).map(sorted),
)
def test_any_labels_numbers_and_texts_survive(
    tmp_path_factory: pytest.TempPathFactory, labels: list[str], numbers: list[float], source: str, horizons: list[int]
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.xlsx"
    rows = [
        {"parameter": "thing", "strategy": label, "value": number, "status": "reported", "source": source}
        for label, number in zip(labels, numbers, strict=False)
    ]
    tables = {"Labels": [{"dimension": "strategy", "label": label} for label in labels], "Parameters": rows}
    bad = {label for label in [*labels, source] if label.startswith("#")}
    write_inputs(path, tables, {"model": "any", "horizons": tuple(horizons)})
    if bad:
        return  # an error value typed as text is refused by the reader, and by its own test
    raw = read_tables(path)
    assert raw.labels == {"strategy": tuple(labels)}
    # XlsxWriter writes 16 significant digits
    assert raw.parameters["value"].tolist() == pytest.approx(numbers[: len(labels)], rel=1e-15, abs=0)
    assert set(raw.parameters["source"]) == {source}
    assert raw.settings.horizons == tuple(horizons)


@pytest.mark.parametrize(
    "text", ["=1+1", "=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "{=A1}", "http://example.org", "12"]
)
def test_text_never_becomes_a_formula_a_link_or_a_number(tmp_path: Path, text: str) -> None:
    tables = good_tables()
    tables["Prices"][0] |= {"source": text}
    write_inputs(tmp_path / "text.xlsx", tables, good_settings())
    cell = openpyxl.load_workbook(tmp_path / "text.xlsx")["Prices"]["K5"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_data_frames_lists_and_schedules_of_rates_are_taken(tmp_path: Path) -> None:
    tables: dict[str, Any] = {name: pd.DataFrame(rows) for name, rows in good_tables().items()}
    tables["Schedules"]["days"] = [(1, 8), (1,), (1, 15), [1]]
    settings = {**good_settings(), "discount_rate_cost": ((0, 0.035), (30, 0.03))}
    write_inputs(tmp_path / "frames.xlsx", tables, settings)
    raw = read_tables(tmp_path / "frames.xlsx")
    assert raw.tables["Schedules"]["days"].tolist() == [(1, 8), (1,), (1, 15), (1,)]
    assert raw.settings.discount_rate_cost == ((0.0, 0.035), (30.0, 0.03))


@pytest.mark.parametrize(
    ("tables", "settings", "words"),
    [
        ({"Price": []}, {}, "the format has no sheet 'Price'. Did you mean 'Prices'?"),
        ({"Prices": [{"parametr": "x"}]}, {}, "sheet 'Prices' has no column 'parametr'. Did you mean 'parameter'?"),
        ({}, {"horizon": 3}, "there is no setting 'horizon'. Did you mean 'horizons'?"),
    ],
)
def test_what_the_format_does_not_have_is_refused(tmp_path: Path, tables: Any, settings: Any, words: str) -> None:
    with pytest.raises(HeconError) as caught:
        write_inputs(tmp_path / "x.xlsx", tables, settings)
    assert str(caught.value) == words
    assert list(tmp_path.iterdir()) == []


def test_blank_sheets_and_notes(tmp_path: Path) -> None:
    blank = [sheet.name for sheet in SHEETS]
    labels = [{"dimension": "strategy", "label": name} for name in ("A", "B")]
    row = {"parameter": "x", "value": 1, "status": "assumed", "note": "x"}
    notes = {"Notes": ["=First", "Second"]}
    write_inputs(tmp_path / "x.xlsx", {"Labels": labels, "Parameters": [row]}, {"model": "m"}, blank=blank, notes=notes)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == [GUIDE, *blank, LISTS, "Notes"]
    headers = [cell.value for cell in book["Prices"][HEADER_ROW]]
    assert headers == [name for name in SHEETS_BY_NAME["Prices"].headers(("strategy", "drug")) if name not in RARE]
    raw = read_tables(tmp_path / "x.xlsx")
    assert set(raw.tables) == {"Labels"}
    with pytest.raises(HeconError, match=r"is named 'Notes\.\.\.'"):
        write_inputs(tmp_path / "y.xlsx", {}, {}, notes={"Mine": []})


def test_every_setting_is_a_row_and_its_default_is_what_it_says(tmp_path: Path) -> None:
    labels = [{"dimension": "strategy", "label": "A"}]
    row = {"parameter": "x", "value": 1, "unit": "number", "status": "assumed", "note": "x"}
    write_inputs(tmp_path / "x.xlsx", {"Labels": labels, "Parameters": [row]}, {"model": "m"})
    raw = read_tables(tmp_path / "x.xlsx")
    assert raw.settings == Settings()
    assert raw.notes == ()


def test_lists_as_they_are_typed() -> None:
    assert as_text((1.0, 3.0, 0.1)) == "1, 3, 0.1"
    assert as_text(((0, 0.035), (30.0, 0.03))) == "0: 0.035, 30: 0.03"


# --- new projects ---


def test_a_new_project_holds_a_workbook_a_model_and_a_readme(tmp_path: Path) -> None:
    written = new_project(tmp_path / "project")
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "project/inputs/my_model.xlsx",
        "project/models/my_model.py",
        "project/README.md",
    ]
    raw = read_tables(written[0])
    assert raw.model == written[1].stem
    assert set(raw.parameters["status"]) == {"assumed"}
    assert set(raw.parameters["note"]) == {"example value: replace"}
    assert "outcome" in [
        node.name for node in ast.parse(written[1].read_text()).body if isinstance(node, ast.FunctionDef)
    ]
    assert "hecon run inputs/my_model.xlsx --out results" in written[2].read_text()


def test_a_new_project_runs_in_every_scenario(tmp_path: Path) -> None:
    import hecon as he

    inputs = he.read_workbook(new_project(tmp_path / "project")[0])
    base = he.run(inputs.base_case()).summary()
    assert base["qaly"].gt(0).all()
    assert base["cost"].gt(0).all()
    assert set(base["strategy"]) == {NEW, STANDARD}
    for name in inputs.scenarios:
        changed = he.run(inputs.scenario(name)).summary()
        assert not changed["cost"].equals(base["cost"]), name


def test_a_new_project_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, words in (("file", "is a file; give the name of a new folder"), ("full", "is not empty")):
        with pytest.raises(HeconError, match=words):
            new_project(tmp_path / name)
    assert new_project(tmp_path / "empty")
    with pytest.raises(HeconError, match="cannot be created"):
        new_project(tmp_path / "file" / "below")
