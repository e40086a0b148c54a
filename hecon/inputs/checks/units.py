"""Units of the parameter sheets: read, and compared with the name, the curve's unit of time and the currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hecon.errors import Fault
from hecon.inputs.checks import TypedSheets
from hecon.inputs.cost_items import COST_ITEMS
from hecon.inputs.expected_units import Expected, expected_coefficient, expected_unit, what_is_wrong, wrong_currency
from hecon.inputs.format import PARAMETER_SHEETS, TRANSITIONS
from hecon.inputs.quantities import FAMILY, is_coefficient
from hecon.inputs.rows import Row
from hecon.settings import Settings
from hecon.units import MASS, MONEY, TIME, Unit, convert, parse_unit

_SURVIVAL = "Survival"
#: Inputs without a unit that are named in a note; more are counted.
_LISTED = 6
_Curve = tuple[str, str]
#: Coefficients without any unit.
_PURE = ("shape", "sigma", "Q")


def check_units(book: TypedSheets) -> Iterator[Fault]:
    """Find units that nobody can read, and units that contradict what they stand beside."""
    settings = book.settings or Settings(currency="")  # while Settings is faulty, no currency is compared
    curves = {
        (row["strategy"], row["endpoint"]): row
        for row in book.rows("Curves")
        if row.sound("strategy", "endpoint", "time_unit") and row["time_unit"]
    }
    coefficients: dict[_Curve, list[tuple[Row, Unit]]] = {}
    foreign: list[Row] = []
    for sheet in PARAMETER_SHEETS:
        for row in book.rows(sheet):
            if not row.sound("parameter", "unit", "value") or row["unit"] is None:
                continue
            try:
                unit = parse_unit(row["unit"], settings.currency)
            except ValueError as error:
                yield Fault(row.where("unit"), f"unit '{row['unit']}' cannot be read: {error}")
                continue
            if wrong_currency(unit, settings.currency):
                foreign.append(row)
            elif sheet == TRANSITIONS:
                yield from _transition(row, unit, settings)
            elif sheet == COST_ITEMS:
                continue  # judged by its flow, with the sheet's other rules
            elif sheet == _SURVIVAL and row.sound(FAMILY, "strategy", "endpoint") and is_coefficient(row["parameter"]):
                coefficients.setdefault((row["strategy"], row["endpoint"]), []).append((row, unit))
            else:
                yield from _compared(row, unit, expected_unit(row["parameter"], settings.currency), settings)
    for place, rows in coefficients.items():
        if place in curves:
            yield from _of_curve(curves[place], rows, settings)
    yield from _prices_of_packs(book, settings)
    yield from _of_another_currency(book, foreign, settings)


def _of_another_currency(book: TypedSheets, foreign: list[Row], settings: Settings) -> Iterator[Fault]:
    """Name each row in another currency than Settings; where every row is, the one cell of Settings."""
    texts = {row["unit"] for sheet in PARAMETER_SHEETS for row in book.rows(sheet) if row.sound("unit") and row["unit"]}
    own = [text for text in texts if settings.currency and _in_currency(text, settings.currency)]
    stated = next((row for row in book.rows("Settings") if row["setting"] == "currency"), None)
    if stated is not None and len(foreign) > 1 and not own:
        rule = f"but the units of all {len(foreign)} costs say another, such as {foreign[0]['unit']}"
        yield Fault(stated.where("value"), f"currency is {settings.currency}, {rule} ({foreign[0].where('unit')})")
        return
    for row in foreign:
        rule = f"unit is {row['unit']}, but the currency on the Settings sheet is {settings.currency}"
        yield Fault(row.where("unit"), rule)


def _in_currency(text: str, currency: str) -> bool:
    try:
        unit = parse_unit(text, currency)
    except ValueError:
        return False
    return bool(unit.currencies) and not wrong_currency(unit, currency)


def _prices_of_packs(book: TypedSheets, settings: Settings) -> Iterator[Fault]:
    """Compare what a price is for, a milligram or a pack, with how many of it each pack counts for."""
    packs: dict[str, list[Row]] = {}
    for row in book.rows("Packs"):
        if row.sound("drug", "size", "priced_as"):
            packs.setdefault(row["drug"], []).append(row)
    for row in book.rows("Prices"):
        if not row.sound("parameter", "drug", "unit") or row["parameter"] != "drug_price" or row["unit"] is None:
            continue
        try:
            unit = parse_unit(row["unit"], settings.currency)
        except ValueError:
            continue
        by_pack = unit.read and unit.powers == {MONEY: 1} and unit.is_by_pack
        for pack in packs.get(row["drug"], []):
            size = pack["size"]
            counts = pack["priced_as"]
            if by_pack and counts == size != 1:
                rule = f"but its pack of {size:g} mg counts for {counts:g} of them ({pack.where('priced_as')})"
                yield Fault(row.where("unit"), f"unit is {row['unit']}, {rule}; type 1 there, or a price per mg here")
                break
            if unit.powers.get(MASS) == -1 and counts == 1 != size:
                rule = f"priced_as is 1, but the price is {row['unit']} ({row.where('unit')})"
                yield Fault(pack.where("priced_as"), f"{rule}; type {size:g} (or nothing), or give a price per pack")


def _compared(row: Row, unit: Unit, expected: Expected | None, settings: Settings) -> Iterator[Fault]:
    if expected is None or row["value"] is None:
        return
    if row["parameter"] == "added_hour_cost" and unit.powers == {"money": 1}:
        return  # a cost of an hour
    wrong = what_is_wrong(
        row["parameter"], row["value"], unit, expected, settings.currency, settings.days_per_year
    )  # fmt: skip
    if wrong:
        yield Fault(row.where("unit"), wrong)


def _of_curve(curve: Row, rows: list[tuple[Row, Unit]], settings: Settings) -> Iterator[Fault]:
    """Compare the coefficients of a curve with its unit of time: one fault at Curves, where all of them say another."""
    told = {unit.time for row, unit in rows if unit.time and _expected(row, curve["time_unit"]) is not None}
    if len(told) == 1 and (other := told.pop()) != curve["time_unit"]:
        cells = ", ".join(row.where("unit") for row, unit in rows if unit.time)
        first = next(row for row, unit in rows if unit.time and _expected(row, other) is not None)
        to_type = _in_curve_time(first, curve["time_unit"], settings)
        yield Fault(
            curve.where("time_unit"),
            f"time_unit is {curve['time_unit']}, but the units of its coefficients say {other} ({cells}); write {other}"
            f"{to_type}",
        )
        return
    for row, unit in rows:
        expected = _expected(row, curve["time_unit"])
        yield from _compared(row, unit, expected, settings)
        if expected is None and unit.read:
            yield from _without_time(row, unit, curve["time_unit"])


def _without_time(row: Row, unit: Unit, time_unit: str) -> Iterator[Fault]:
    """Check a coefficient in which there is no time, or not time alone (a spread of logarithms, a Weibull rate)."""
    name, wrong = row["parameter"], ""
    if set(unit.powers) - {TIME} or (name in _PURE and unit.powers):
        wrong = "is a pure number; clear the cell"
    elif unit.time and unit.time != time_unit:
        wrong = f"belongs to a curve in {time_unit}s; write {time_unit}s, and the value in it"
    if wrong:
        yield Fault(row.where("unit"), f"unit is {unit.text}, but {name} {wrong}")


def _expected(row: Row, time_unit: str) -> Expected | None:
    return expected_coefficient(row["parameter"], row[FAMILY] or "", time_unit)


def _in_curve_time(row: Row, time_unit: str, settings: Settings) -> str:
    expected = _expected(row, time_unit)
    if expected is None:
        return ""
    unit, wanted = (parse_unit(text, settings.currency) for text in (row["unit"], expected.text))
    value = convert(row["value"], unit, wanted, settings.days_per_year)
    return "" if value is None else f", or give them by {time_unit} ({row['parameter']} {value:.6g})"


def _transition(row: Row, unit: Unit, settings: Settings) -> Iterator[Fault]:
    if not row.sound("kind") or row["value"] is None or not unit.read:
        return
    if row["kind"] == "rate":
        why = "of a transition of kind rate"
        yield from _compared(row, unit, Expected("per year", (TIME,), why=why), settings)
    elif row["kind"] == "probability" and TIME in unit.powers:
        length = f"{settings.cycle_length:g} {settings.cycle_unit}"
        if settings.cycle_length != 1 or unit.time != settings.cycle_unit:
            rule = f"a probability is one of a model cycle, of {length} here"
            yield Fault(row.where("unit"), f"unit is {row['unit']}, but {rule}; convert it, or give a rate")


def blank_unit_notes(book: TypedSheets) -> list[str]:
    """Name the inputs without a unit, with which nothing can be compared; those that are pure numbers need none."""
    notes = []
    for sheet in PARAMETER_SHEETS:
        if sheet in (TRANSITIONS, COST_ITEMS):
            continue
        blank = [row for row in book.rows(sheet) if row["unit"] is None and row["value"] is not None and _has_one(row)]
        if blank:
            cells = ", ".join(row.where("unit") for row in blank[:_LISTED])
            more = f" and {len(blank) - _LISTED} more" if len(blank) > _LISTED else ""
            notes.append(f"{cells}{more}: no unit, so nothing was compared with the value")
    return notes


def _has_one(row: Mapping[str, Any] | Row) -> bool:
    name, family = row["parameter"], row[FAMILY]
    if family:
        return expected_coefficient(name, family, "month") is not None
    if is_coefficient(name) or name.startswith("log_") or name.endswith("_shape"):
        return False
    expected = expected_unit(name)
    return expected is None or bool(parse_unit(expected.text).powers)
