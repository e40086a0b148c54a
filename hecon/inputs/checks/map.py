"""The Map sheet: axes that exist, ends in their order, patterns and readings that can be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hecon.errors import Fault, HeconError, UnknownNameError
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.studies import inputs_by_name
from hecon.inputs.input_names import find_input
from hecon.inputs.map_columns import MAP
from hecon.inputs.map_sheet import numbers_of
from hecon.inputs.patterns import TOGETHER, read_pattern, refuse_reading
from hecon.inputs.permitted import domain_of
from hecon.inputs.quantities import FAMILY
from hecon.inputs.rows import Row
from hecon.labels import one_of

#: Columns that rows of a kind fill, beside kind, name and note.
_FILLS = {
    "choice": ("axis", "scenario"),
    "input": ("low", "high", "points", "marked"),
    "pattern": (),
    "reading": (),
}
_NEEDS = {"choice": ("axis",), "input": ("low", "high"), "pattern": (), "reading": ()}


def check_map(book: TypedSheets) -> Iterator[Fault]:
    """Find axes of nothing, scenarios and inputs that do not exist, and patterns that cannot be asked."""
    rows = [row for row in book.rows(MAP) if row.sound("kind", "name")]
    if not book.rows(MAP):
        return
    known = inputs_by_name(book)
    scenarios = list(dict.fromkeys(row["scenario"] for row in book.rows("Scenarios") if row.sound("scenario")))
    for row in rows:
        kind = row["kind"]
        for column in ("axis", "scenario", "low", "high", "points", "marked"):
            if row.sound(column) and row[column] is not None and column not in _FILLS[kind]:
                found = f"{row[column]:g}" if isinstance(row[column], float | int) else f"'{row[column]}'"
                yield Fault(
                    row.where(column), f"{column} is {found}, but a row of kind {kind} has none; clear the cell"
                )
            if row.sound(column) and row[column] is None and column in _NEEDS[kind]:
                yield Fault(row.where(column), f"{column} is blank; a row of kind {kind} needs it")
        if kind == "choice" and row.sound("scenario"):
            yield from _scenarios(row, scenarios)
        elif kind == "input" and row.sound("low", "high", "marked"):
            yield from _input(row, known)
        elif kind in ("pattern", "reading"):
            yield from _asked(row, book)
    kinds = {row["kind"] for row in rows}
    first = book.rows(MAP)[0].where("kind")
    if not kinds & {"choice", "input"}:
        yield Fault(first, f"sheet {MAP} has no axis; give rows of kind choice or input")
    if "pattern" not in kinds:
        yield Fault(first, f"sheet {MAP} has no pattern; give a row of kind pattern, such as 1 yes, 3 yes, 5 no")


def _scenarios(row: Row, known: list[str]) -> Iterator[Fault]:
    for name in (row["scenario"] or "").split(TOGETHER):
        try:
            if name.strip():
                one_of(name.strip(), known, "scenario")
        except UnknownNameError as error:
            yield Fault(row.where("scenario"), str(error))


def _input(row: Row, known: Mapping[str, Row]) -> Iterator[Fault]:
    try:
        name = list(known)[find_input(row["name"], list(known))]
    except UnknownNameError as error:
        yield Fault(row.where("name"), str(error))
        return
    low, high, own = row["low"], row["high"], known[name]
    if low is None or high is None:
        return
    if low >= high:
        yield Fault(row.where("low"), f"low is {low:g} and high {high:g}; the first value must be below the last")
    elif own.sound("unit", "distribution", FAMILY):
        bounds = domain_of(own.values)
        for column, value in (("low", low), ("high", high)):
            if not bounds.hold(value):
                yield Fault(row.where(column), f"{column} is {value:g}; {name} must {bounds.words}")
    try:
        numbers_of(row["marked"])
    except ValueError as error:
        yield Fault(row.where("marked"), f"marked is '{row['marked']}'; it {error}")


def _asked(row: Row, book: TypedSheets) -> Iterator[Fault]:
    try:
        if row["kind"] == "reading":
            refuse_reading(row["name"])
        elif book.settings is not None:
            read_pattern(row["name"], book.settings.horizons)
    except HeconError as error:
        yield Fault(row.where("name"), str(error))
