"""The Cost items sheet: what each flow needs, what rows of one item have in common, and units of money or QALYs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hecon.errors import Fault
from hecon.inputs.checks import TypedSheets
from hecon.inputs.cost_items import ABOUT_ITEMS, COST_ITEMS, ITEM_FLOWS
from hecon.inputs.rows import Row
from hecon.labels import DEAD_NAMES
from hecon.settings import Settings
from hecon.units import MONEY, QALY_UNIT, TIME, UTILITY_UNIT, Unit, parse_unit

#: What all rows of one item say alike.
_COMMON = ("kind", "flow", "unit", "year")
_KEYS = ("strategy", "state", "drug")


def check_cost_items(book: TypedSheets) -> Iterator[Fault]:
    """Find what is wrong with the items that are added to the ledger of a model."""
    table = book.tables.get(COST_ITEMS)
    if table is None:
        return
    for key in table.keys:
        if key not in _KEYS and any(row[key] is not None for row in table.rows):
            first = next(row for row in table.rows if row[key] is not None)
            yield Fault(first.where(key), f"an item does not vary by {key}; it may vary by {', '.join(_KEYS)}")
    items: dict[str, list[Row]] = {}
    for row in table.rows:
        if row.sound("item", "parameter"):
            items.setdefault(row["parameter"], []).append(row)
        if row.sound("flow", "kind", *ABOUT_ITEMS):
            yield from _check_row(row, book)
    for name, rows in items.items():
        yield from _check_item(name, rows)


def _check_row(row: Row, book: TypedSheets) -> Iterator[Fault]:
    name = row["flow"]
    flow = ITEM_FLOWS[name]
    for column in ABOUT_ITEMS:
        if row[column] is None and column in flow.needs:
            yield Fault(row.where(column), f"{column} is blank; the flow {name} ({flow.meaning}) needs it")
        elif row[column] is not None and column not in (*flow.needs, *flow.may):
            others = ", ".join(other for other, known in ITEM_FLOWS.items() if column in (*known.needs, *known.may))
            rule = f"the flow {name} ({flow.meaning}) has none; clear the cell, or choose one of {others}"
            yield Fault(row.where(column), f"{column} is {_shown(row[column])}, but {rule}")
    if row["kind"] == "qaly" and name == "in_state" and row["state"] in DEAD_NAMES:
        yield Fault(row.where("state"), f"state is '{row['state']}', but the dead have no quality of life")
    if name == "transition" and row["state"] is not None and row["state"] == row["to"]:
        yield Fault(row.where("to"), f"'{row['to']}' is the state that is left; a transition leads to another one")
    if flow.of_schedules and not book.rows("Schedules"):
        yield Fault(row.where("flow"), f"the flow {name} follows the sheet Schedules, and it is missing or empty")
    drug = row["drug"]
    schedules = book.rows("Schedules")
    if drug is not None and schedules and all(other.sound("drug", "strategy") for other in schedules):
        given = {other["drug"] for other in schedules if row["strategy"] in (None, other["strategy"])}
        if drug not in given:
            whom = f" to {row['strategy']}" if row["strategy"] else ""
            yield Fault(row.where("drug"), f"no row of Schedules gives '{drug}'{whom}, so nothing would be paid")
    if row.sound("unit", "value"):
        yield from _check_unit(row, book.settings or Settings(currency=""))


def _shown(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else f"{value:g}"


def _check_unit(row: Row, settings: Settings) -> Iterator[Fault]:
    """Money, or QALYs; by time where the flow is time."""
    kind, flow, currency = row["kind"], ITEM_FLOWS[row["flow"]], settings.currency or "USD"
    timed = flow.timed
    examples = {
        ("cost", True): f"{currency}/month or {currency}/year",
        ("cost", False): currency,
        ("qaly", True): "utility",
        ("qaly", False): "QALY",
    }
    wanted = examples[kind, timed]
    if row["unit"] is None:
        if timed:
            rule = f"the flow {row['flow']} is counted in time: write {wanted}"
            yield Fault(row.where("unit"), f"unit is blank; {rule}")
        return
    try:
        unit = parse_unit(row["unit"], settings.currency)
    except ValueError:
        return  # said with the other units
    if unit.read and not _fits(unit, kind, timed):
        what = "time" if timed else "cases"
        rule = f"a {kind} on the flow {row['flow']} ({flow.meaning}), which counts {what}, is given in {wanted}"
        yield Fault(row.where("unit"), f"unit is {row['unit']}, but {rule}")


def _fits(unit: Unit, kind: str, timed: bool) -> bool:
    if kind == "cost":
        powers = {MONEY: 1, TIME: -1} if timed else {MONEY: 1}
        return dict(unit.powers) == powers and not unit.log
    if timed:
        return unit.kind in (UTILITY_UNIT, "") and not unit.powers
    return unit.kind == QALY_UNIT and dict(unit.powers) == {TIME: 1}


def _check_item(name: str, rows: Sequence[Row]) -> Iterator[Fault]:
    first = rows[0]
    if not name:
        rule = "it must have a letter or a digit, so that results can be named by it"
        yield Fault(first.where("item"), f"item is '{first['item']}'; {rule}")
        return
    for row in rows[1:]:
        if row["item"] != first["item"]:
            rule = f"is '{name}' to the model, as '{first['item']}' in row {first.number} is; give it another name"
            yield Fault(row.where("item"), f"item '{row['item']}' {rule}")
            continue
        for column in _COMMON:
            if row.sound(column) and first.sound(column) and row[column] != first[column]:
                rule = f"rows of one item have one {column}; give the row an item of its own"
                shown = ["blank" if one is None else _shown(one) for one in (row[column], first[column])]
                what = f"{column} of '{first['item']}' is {shown[0]} here and {shown[1]} in row {first.number}; {rule}"
                yield Fault(row.where(column), what)
