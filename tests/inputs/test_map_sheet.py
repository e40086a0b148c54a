"""The Map sheet: what it asks for is read, and what it cannot ask is a fault at its cell."""

import numpy as np
import pytest
from good_workbook import Editor, good_tables

from hecon.errors import HeconError, UnknownNameError
from hecon.inputs.map_sheet import map_rows, numbers_of
from hecon.inputs.patterns import read_pattern, refuse_reading
from hecon.inputs.workbook import read_tables

CHOICE = {"kind": "choice", "name": "lower"}
INPUT = {"kind": "input", "name": "utility: progressed"}
PATTERN = {"kind": "pattern", "name": "5 no"}
READING = {"kind": "reading", "name": "saving"}


def test_the_sheet_is_read(good):
    asked = map_rows(read_tables(good).tables["Map"])
    assert list(asked.axes) == ["price of the drug", "utility: progressed"]
    assert asked.axes["price of the drug"] == {"as it is": [], "lower": ["New drug 20% cheaper"]}
    np.testing.assert_array_equal(asked.axes["utility: progressed"], np.linspace(0.5, 0.7, 11))
    assert asked.marked == {"utility: progressed": (0.6,)}
    assert (asked.patterns, asked.readings) == (["5 no"], ["saving", "qaly + worth_it"])


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (CHOICE, "scenario", "New drug 20% cheape", "Did you mean 'New drug 20% cheaper'?"),
        (CHOICE, "scenario", "New drug 20% cheaper + Nothing", "'Nothing'"),
        (CHOICE, "axis", None, "axis is blank; a row of kind choice needs it"),
        (CHOICE, "low", 3, "low is 3, but a row of kind choice has none"),
        (INPUT, "name", "utility: progresed", "there is no input 'utility: progresed'"),
        (INPUT, "name", "utility", "has 3 values; name one of them"),
        (INPUT, "low", 0.8, "low is 0.8 and high 0.7; the first value must be below the last"),
        (INPUT, "high", None, "high is blank; a row of kind input needs it"),
        (INPUT, "high", 1.4, "high is 1.4; utility · progressed must"),
        (INPUT, "points", 1, "points is 1"),
        (INPUT, "marked", "about 0.6", "marked is 'about 0.6'; it holds"),
        (INPUT, "marked", "5.307, 5.61", "may mean 5.307 or 5307"),
        (PATTERN, "name", "5 perhaps", "it must be like 1 yes, 3 yes, 5 no"),
        (PATTERN, "name", "7 no", "asks for 7 years, which is no horizon (1, 5, 10)"),
        (PATTERN, "name", "5 no, 5 yes", "names a horizon twice"),
        (PATTERN, "kind", "reading", "there is no reading '5 no'"),
        (READING, "name", "savings", "Did you mean 'saving'?"),
        (READING, "kind", "readings", "kind 'readings' is not one of choice, input, pattern, reading"),
    ],
)
def test_what_cannot_be_asked_is_a_fault_at_its_cell(faults, editor: Editor, row, column, value, words):
    at = editor.set(value, "Map", column, **row)
    found = faults(editor)
    assert any(words in fault.what for fault in found), [fault.what for fault in found]
    assert column == "kind" or at in {fault.where for fault in found}


def test_a_map_needs_an_axis_and_a_pattern(tmp_path):
    from good_workbook import good_settings

    from hecon.errors import InputError
    from hecon.inputs.template import write_inputs

    tables = good_tables()
    tables["Map"] = [{"kind": "reading", "name": "saving"}]
    write_inputs(tmp_path / "x.xlsx", tables, good_settings())
    with pytest.raises(InputError) as caught:
        read_tables(tmp_path / "x.xlsx")
    assert [what.partition(";")[0] for what in (fault.what for fault in caught.value.faults)] == [
        "sheet Map has no axis",
        "sheet Map has no pattern",
    ]


def test_patterns_are_read_in_any_order():
    assert read_pattern("5: no; 1 year yes", [1, 3, 5]).words == "1 yes, 5 no"
    with pytest.raises(HeconError, match="must be like"):
        read_pattern("", [1])


def test_readings_are_known():
    refuse_reading("worth_it_at_20000 + qaly")
    with pytest.raises(UnknownNameError, match="worth_it"):
        refuse_reading("worth_it_at_many")


def test_numbers_of_a_cell():
    assert numbers_of(None) == numbers_of(float("nan")) == ()
