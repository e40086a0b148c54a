"""The sheet Cost items: every fault named by its cell, and what is read comes back as it was written."""

import openpyxl
import pytest
from good_workbook import NEW, STANDARD, good_settings, good_tables

from hecon.inputs.cells import Cell
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.cost_items import check_cost_items
from hecon.inputs.checks.parameters import check_parameters
from hecon.inputs.checks.units import check_units
from hecon.inputs.format import HEADER_ROW, SHEETS_BY_NAME
from hecon.inputs.rows import Grid, read_sheet
from hecon.inputs.template import tables_of, write_inputs
from hecon.inputs.workbook import read_tables, read_workbook

COLUMNS = ("item", "strategy", "state", "drug", "kind", "flow", "to", "year", "value", "unit", "status", "note")
LETTERS = dict(zip(COLUMNS, "ABCDEFGHIJKL", strict=True))
PF, PD = "progression_free", "progressed"


def row(item="Travel", flow="start", value=30.0, unit="USD", **more):
    return {"item": item, "flow": flow, "value": value, "unit": unit, "status": "assumed", "note": "x", **more}


@pytest.fixture(scope="module")
def read(good_file):
    """The other sheets of the good workbook, read once."""
    return read_tables(good_file)


def found(read, *rows, without=(), **headers):
    """Faults of these rows beside the other sheets, by cell."""
    names = (*COLUMNS, *headers)
    cells = {(HEADER_ROW, place): Cell("", name) for place, name in enumerate(names, start=1)}
    for number, given in enumerate(rows, start=HEADER_ROW + 1):
        for name, value in {**given, **headers}.items():
            where = f"Cost items!{LETTERS.get(name, 'Z')}{number}"
            cells[number, names.index(name) + 1] = Cell(where, value)
    table = read_sheet(Grid("Cost items", cells), SHEETS_BY_NAME["Cost items"], read.labels)
    sheets = {name: sheet for name, sheet in read.sheets.items() if name not in without}
    book = TypedSheets({**sheets, "Cost items": table}, read.labels, read.settings)
    faults = [*table.faults, *check_parameters(book), *check_cost_items(book), *check_units(book)]
    return [(fault.where, fault.what) for fault in faults]


SOUND = [
    row(),
    row("Scans", "in_state", 10, "USD/month", state=PD),
    row("Scans", "in_state", 20, "USD/month", state=PF),
    row("Drive", "dose", strategy=NEW, drug="new_drug"),
    row("Worry", "in_state", -0.01, "utility", kind="qaly"),
    row("Loss", "start", -0.01, "QALY", kind="qaly"),
    row("Scan", "once_at", 100, "USD", year=2),
]


def test_sound_rows_have_no_fault(read):
    assert found(read, *SOUND) == []


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        (row(flow="starts"), "flow", "Did you mean 'start'?"),
        (row(kind="costs"), "kind", "'costs' is not one of cost, qaly"),
        (row(flow="entering"), "state", "state is blank; the flow entering (each entry into the state) needs it"),
        (row(flow="transition", state=PF), "to", "to is blank"),
        (row(flow="transition", state=PF, to=PF), "to", "'progression_free' is the state that is left"),
        (row(flow="once_at"), "year", "year is blank"),
        (row(flow="once_at", year=-1), "year", "year is -1; it must be at least 0"),
        (row(drug="new_drug"), "drug", "drug is 'new_drug', but the flow start (once, at the start"),
        (row(year=2), "year", "year is 2, but the flow start"),
        (row(state="ill"), "state", "'ill' is not on the Labels sheet"),
        (row(flow="dose", strategy=STANDARD, drug="new_drug"), "drug", "no row of Schedules gives 'new_drug' to Stand"),
        (row(flow="in_state", unit="USD"), "unit", "which counts time, is given in USD/month or USD/year"),
        (
            row(flow="in_state", unit=None),
            "unit",
            "the flow in_state is counted in time: write USD/month",
        ),
        (row(unit="USD/month"), "unit", "which counts cases, is given in USD"),
        (row(unit="USD/mg"), "unit", "which counts cases, is given in USD"),
        (row(unit="EUR"), "unit", "but the currency on the Settings sheet is USD"),
        (row(unit="florins"), "unit", "'florins' is not a word of a unit"),
        (row(kind="qaly", value=0.1, unit="utility"), "unit", "is given in QALY"),
        (row(kind="qaly", flow="in_state", unit="USD/year"), "unit", "is given in utility"),
        (row(value=None), "value", "value is blank"),
        (row(value=-30.0), "value", "it must be at least 0"),
        (row(item="!!"), "item", "it must have a letter or a digit"),
        (row(item="Ambulance cost"), "item", "ambulance_cost stands on Cost items and Parameters; keep it on one"),
        (row(note=None), "note", "an assumed number needs a note or a source"),
        (row(status=None), "status", "status is blank"),
    ],
    ids=str,
)
def test_a_fault_is_named_by_its_cell(read, cells, column, words):
    (where, what), *others = found(read, cells)
    assert not others
    assert words in what
    assert where == f"Cost items!{LETTERS[column]}5" or "Ambulance" in cells["item"]


@pytest.mark.parametrize(
    ("second", "column", "words"),
    [
        (row(flow="entering", state=PD), "flow", "flow of 'Travel' is 'entering' here and 'start' in row 5"),
        (row(kind="qaly", unit="QALY", strategy=NEW), "kind", "kind of 'Travel' is 'qaly' here and 'cost' in row 5"),
        (row(unit="thousand USD", strategy=NEW), "unit", "unit of 'Travel' is 'thousand USD' here and 'USD' in row 5"),
        (row("travel"), "item", "'travel' is 'travel' to the model, as 'Travel' in row 5 is; give it another name"),
    ],
)
def test_rows_of_one_item_agree(read, second, column, words):
    assert any(
        words in what and where == f"Cost items!{LETTERS[column]}6" for where, what in found(read, row(), second)
    )


def test_one_item_twice(read):
    (_, what), *_ = found(read, row(), row())
    assert "rows 5 and 6 both give travel; keep one" in what


def test_a_flow_of_doses_needs_schedules(read):
    (_, what), *_ = found(read, row(flow="visit"), without=("Schedules",))
    assert "follows the sheet Schedules, and it is missing or empty" in what


def test_an_item_does_not_vary_by_event(read):
    assert [what for _, what in found(read, row(), event="pneumonia")] == [
        "an item does not vary by event; it may vary by strategy, state, drug"
    ]


def test_items_are_written_as_they_were_read(tmp_path):
    path, again = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    write_inputs(path, {**good_tables(), "Cost items": SOUND}, good_settings())
    header = [cell.value for cell in openpyxl.load_workbook(path)["Cost items"][HEADER_ROW]]
    assert header[:8] == list(COLUMNS[:8])
    inputs = read_workbook(path)
    write_inputs(again, *tables_of(inputs))
    assert read_workbook(again).tables["Cost items"].equals(inputs.tables["Cost items"])
    values = inputs.base_case(model=lambda p, time: None).values
    assert values["scans"].sel(state=[PF, PD, "dead"]).values.tolist() == [20, 10, 0]
    assert values["drive"].sel(strategy=NEW, drug="standard_drug") == 0
