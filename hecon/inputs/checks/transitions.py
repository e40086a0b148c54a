"""The Transitions sheet: ranges, sums of rows, complements and dead states, by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hecon.errors import Fault
from hecon.inputs.checks import TypedSheets
from hecon.inputs.format import TRANSITIONS
from hecon.inputs.rows import Row

#: States called so are dead: nobody leaves them.
_DEAD = ("dead", "death")
#: A row of probabilities may miss 1 by this much: the rounding of a cell.
_ROUNDING = 1e-9


def check_transitions(book: TypedSheets) -> Iterator[Fault]:
    """Find what is wrong with the transitions of a Markov model, in the values as they stand."""
    rows = [row for row in book.rows(TRANSITIONS) if row.sound("from", "to", "kind")]
    for row in rows:
        yield from _check_value(row)
        yield from _check_status(row)
        if row["from"].lower() in _DEAD and row["to"] != row["from"] and row["value"] != 0:
            yield Fault(row.where("from"), f"leaves '{row['from']}', which nobody leaves: it is absorbing")
    yield from _kinds(rows)
    yield from _twice(rows, book)
    kinds = {row["kind"] for row in rows} - {"remaining"}
    unsound = [row for row in book.rows(TRANSITIONS) if not row.sound("from", "to", "kind", "value")]
    broken = {row["from"] for row in unsound if row.sound("from")}
    if rows and book.labels is not None and len(kinds) < 2 and all(row.sound("from") for row in unsound):
        for strategy in book.labels["strategy"] if "strategy" in book.tables[TRANSITIONS].keys else (None,):
            for state in book.labels.get("state", ()):
                if state in broken:  # what is wrong there has been said; its sum would be, too
                    continue
                mine = [r for r in rows if r["from"] == state and r["strategy"] in (None, strategy)]
                yield from _check_row_of(state, strategy, mine)


def _check_value(row: Row) -> Iterator[Fault]:
    value, kind = row["value"], row["kind"]
    if not row.sound("value"):
        return
    if kind == "remaining":
        if value is not None:
            yield Fault(row.where("value"), f"value is {value:g}; it must be blank where kind is remaining")
        return
    if value is None:
        yield Fault(row.where("value"), f"value is blank; the {kind} from {row['from']} to {row['to']} is needed")
        return
    for column in ("value", "low", "high"):
        number = row[column]
        if not row.sound(column) or number is None:
            continue
        if kind == "probability" and number > 1:
            cure = "it must lie between 0 and 1; if it is a rate, choose kind rate"
            yield Fault(row.where(column), f"{column} is {number:g}, a probability; {cure}")
        elif kind == "probability" and number < 0:
            yield Fault(row.where(column), f"{column} is {number:g}, a probability; it must lie between 0 and 1")
        elif number < 0:
            yield Fault(row.where(column), f"{column} is {number:g}, a {kind}; it must be at least 0")
    if kind == "rate" and row["from"] == row["to"]:
        yield Fault(row.where("to"), "a rate of staying; rates are given for moves only")


def _check_status(row: Row) -> Iterator[Fault]:
    if row["kind"] != "remaining" and row["status"] is None and row.sound("status"):
        yield Fault(row.where("status"), "status is blank; it must be one of reported, derived, assumed")


def _kinds(rows: Sequence[Row]) -> Iterator[Fault]:
    """Rates, counts and probabilities do not mix: a model moves by one of them."""
    first = next((row for row in rows if row["kind"] != "remaining"), None)
    for row in rows:
        if first is None:
            return
        if row["kind"] == "remaining":
            if first["kind"] != "probability":
                rule = f"only probabilities leave a remaining share; row {first.number} is a {first['kind']}"
                yield Fault(row.where("kind"), f"kind is remaining; {rule}")
        elif row["kind"] != first["kind"]:
            rule = f"row {first.number} is a {first['kind']}; a model moves by one kind"
            yield Fault(row.where("kind"), f"kind is {row['kind']}, but {rule}")


def _twice(rows: Sequence[Row], book: TypedSheets) -> Iterator[Fault]:
    """Find what the check of parameters does not see: a transition given and remaining, or remaining twice."""
    keys = book.tables[TRANSITIONS].keys if TRANSITIONS in book.tables else ()
    seen: dict[tuple[object, ...], Row] = {}
    for row in rows:
        place = (row["from"], row["to"], *(row[key] for key in keys))
        if place in seen and "remaining" in (row["kind"], seen[place]["kind"]):
            what = f"rows {seen[place].number} and {row.number} are both about {row['from']} to {row['to']}; keep one"
            yield Fault(row.where("from"), what)
        seen.setdefault(place, row)


def _check_row_of(state: str, strategy: str | None, rows: Sequence[Row]) -> Iterator[Fault]:
    """Check what one strategy does from one state: one complement, and a sum of at most 1."""
    whose = f" for {strategy}" if strategy else ""
    open_ = [row for row in rows if row["kind"] == "remaining"]
    if len({row["to"] for row in open_}) > 1:
        names = ", ".join(row["to"] for row in open_)
        what = f"the second complement in the row of '{state}'{whose} ({names}); one is allowed"
        yield Fault(open_[1].where("kind"), what)
    given = [row for row in rows if row["kind"] == "probability"]
    values = [row["value"] for row in given]
    if not given or any(not isinstance(value, int | float) or not 0 <= value <= 1 for value in values):
        return
    total = sum(values)
    stays = any(row["to"] == state for row in rows)
    if total > 1 + _ROUNDING:
        what = f"the probabilities from '{state}'{whose} sum to {total:.6g}; they must sum to at most 1"
        yield Fault(given[-1].where("value"), what)
    elif stays and not open_ and total < 1 - _ROUNDING:
        what = f"the probabilities from '{state}'{whose} sum to {total:.6g} with staying; they must sum to 1"
        yield Fault(given[-1].where("value"), what)
