"""Single cells: what people and programs put into them, and what is said about it."""

from __future__ import annotations

import contextlib
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hecon.domains import LARGEST, POSITIVE, SHARE, Domain
from hecon.inputs.cells import ERROR_VALUES, Cell, CellError, read
from hecon.inputs.format import Column

NUMBER = Column("value", "number", "", required=True)
LABELS = {"strategy": ("Isa-Pd", "Dara-Pd")}


def complaint(value: object, column: Column = NUMBER, *, is_formula: bool = False) -> str:
    with pytest.raises(CellError) as caught:
        read(Cell("Prices!D5", value, is_formula), column, LABELS, "drug_price" if column is NUMBER else "")
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("12.5", "the number 12.5 stored as text"),
        ("1e3", "the number 1e3 stored as text"),
        (" 12.5", "stored as text (with spaces)"),
        ("12,5", "decimal comma: type 12.5"),
        ("0,123", "decimal comma: type 0.123"),
        ("1,234.50", "thousands separator (or a decimal comma): type 1234.50"),
        ("1,234", "thousands separator (or a decimal comma): type 1234"),
        ("1 234", "thousands separator"),
        ("$12", "currency sign: type 12, and write $ in the unit column"),
        ("$1,234.5", "type 1234.5"),
        ("-€3", "type -3"),
        ("12 USD", "write USD in the unit column"),
        ("£ 7", "type 7, and write £"),
        ("12%", "percent sign: type 0.12"),
        ("n/a", "is the text 'n/a'; it must be a number"),
        ("  ", "holds only spaces"),
        ("NaN", "must be a finite number"),
        ("-inf", "must be a finite number"),
        ("Infinity", "must be a finite number"),
        (float("nan"), "is nan; it must be a finite number"),
        (float("inf"), "is inf; it must be a finite number"),
        (True, "is TRUE; it must be a number"),
        (datetime.datetime(2026, 3, 1), "is a date (2026-03-01 00:00:00), which Excel makes of entries such as 1-3"),
        (datetime.time(12, 30), "is a date"),
        (None, "drug_price is blank; it must be a number"),
    ],
)
def test_what_is_not_a_number_is_named(value: object, words: str) -> None:
    message = complaint(value)
    assert message.startswith("drug_price ")
    assert words in message


@pytest.mark.parametrize("error", ERROR_VALUES)
def test_error_values_are_explained(error: str) -> None:
    assert complaint(error) == f"drug_price is {error}: {ERROR_VALUES[error]}"
    assert complaint(error, is_formula=True) == f"drug_price is {error}: {ERROR_VALUES[error]}"
    assert error in complaint(error, Column("source", "text", ""))


def test_a_formula_without_a_result_says_how_to_cure_it() -> None:
    for column in (NUMBER, Column("source", "text", ""), Column("strategy", "label", "", dimension="strategy")):
        assert "formula that was never calculated: open the workbook in Excel" in complaint(
            None, column, is_formula=True
        )


def test_a_formula_with_a_result_is_its_result() -> None:
    assert read(Cell("A1", 2.5, is_formula=True), NUMBER, LABELS) == 2.5


@pytest.mark.parametrize(
    ("bounds", "bad", "words"),
    [
        (SHARE, 1.2, "value is 1.2; it must lie between 0 and 1"),
        (POSITIVE, 0, "value is 0; it must be above 0"),
        (Domain(0), -1, "value is -1; it must be at least 0"),
        (Domain(high=3), 4, "value is 4; it must be at most 3"),
        (Domain(0, 1, open_low=True), 0, "value is 0; it must be above 0 and at most 1"),
    ],
)
def test_bounds_are_said_in_words(bounds: Domain, bad: float, words: str) -> None:
    assert complaint(bad, Column("value", "number", "", bounds=bounds)) == words


def test_whole_numbers() -> None:
    column = Column("year", "number", "", whole=True)
    assert read(Cell("A1", 2024.0), column, LABELS) == 2024
    assert isinstance(read(Cell("A1", 2024.0), column, LABELS), int)
    assert complaint(2024.5, column) == "year is 2024.5; it must be a whole number"


def test_labels() -> None:
    column = Column("strategy", "label", "", required=True, dimension="strategy")
    assert read(Cell("A1", "Isa-Pd"), column, LABELS) == "Isa-Pd"
    assert complaint("Isa-PD", column) == (
        "strategy 'Isa-PD' is not on the Labels sheet (Isa-Pd, Dara-Pd). Did you mean 'Isa-Pd'?"
    )
    assert complaint("Isa-Pd ", column) == "strategy 'Isa-Pd ' has a stray space at the end; write 'Isa-Pd'"
    assert complaint("\u00a0Isa-Pd", column).endswith("has a stray space at the beginning; write 'Isa-Pd'")
    assert complaint(7, column).startswith("strategy is the number 7; it must be text")
    assert complaint(True, column).startswith("strategy is TRUE; it must be text")
    assert "blank" in complaint(None, column)
    assert read(Cell("A1", "anything"), column, None) == "anything"


def test_choices_yes_no_and_defaults() -> None:
    family = Column("family", "choice", "", allowed=("weibull", "gamma"), default="gamma")
    assert read(Cell("A1", None), family, LABELS) == "gamma"
    assert complaint("weibul", family) == "family 'weibul' is not one of weibull, gamma. Did you mean 'weibull'?"
    wastage = Column("wastage", "yes_no", "")
    assert [read(Cell("A1", value), wastage, LABELS) for value in ("yes", False)] == ["yes", "no"]
    assert complaint("maybe", wastage) == "wastage is 'maybe'; it must be yes or no"


def test_free_text_takes_numbers_and_dates_as_they_read() -> None:
    source = Column("source", "text", "")
    values = (2020, 2020.5, datetime.datetime(2026, 3, 1), "=text", True)
    assert [read(Cell("A1", value), source, LABELS) for value in values] == [
        "2020",
        "2020.5",
        "2026-03-01",
        "=text",
        "TRUE",
    ]


def test_days() -> None:
    column = Column("days", "days", "", required=True)
    assert read(Cell("A1", "1, 8, 15, 22"), column, LABELS) == (1, 8, 15, 22)
    assert read(Cell("A1", 1), column, LABELS) == (1,)
    assert read(Cell("A1", "1;8"), column, LABELS) == (1, 8)
    assert "list of whole numbers" in complaint("1-21", column)
    assert "increase" in complaint("8, 1", column)
    assert "begin at 1" in complaint("0, 1", column)
    assert "is a date" in complaint(datetime.datetime(2026, 1, 8), column)


@given(st.floats(-LARGEST, LARGEST))
def test_every_number_of_a_model_is_read_as_it_is(number: float) -> None:
    assert read(Cell("A1", number), NUMBER, LABELS) == number


@given(st.text(max_size=20))
def test_no_text_is_ever_taken_for_a_number(text: str) -> None:
    if text:
        complaint(text)


@given(
    st.one_of(st.text(max_size=12), st.floats(), st.booleans(), st.integers(), st.dates(), st.datetimes(), st.times())
)
def test_any_content_gives_a_value_or_a_sentence(value: object) -> None:
    kinds = ("label", "name", "text", "number", "choice", "days", "yes_no", "any")
    for kind in kinds:
        column = Column("thing", kind, "", allowed=("a", "b"), dimension="strategy", whole=True)  # type: ignore[arg-type]
        with contextlib.suppress(CellError):
            read(Cell("A1", value), column, LABELS)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("  \u00a0", "value holds only spaces; clear the cell"),
        ("nan", "value .*nan.*number"),
        (float("inf"), "value is inf; it must be a finite number"),
        (datetime.date(2024, 3, 1), r"value is a date \(2024-03-01\); format the cell as a number or as Text"),
    ],
)
def test_what_may_be_a_number_or_a_word_is_one_of_them(value, words):
    with pytest.raises(CellError, match=words):
        read(Cell("Scenarios!H5", value), Column("value", "any", "", required=True), LABELS)
