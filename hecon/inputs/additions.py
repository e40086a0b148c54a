"""A further strategy, drug, state or scenario: every row that it needs, like those of another, marked to be checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hecon.errors import HeconError, InputError
from hecon.frozen import frozen
from hecon.inputs.as_typed import as_typed
from hecon.inputs.carried_over import not_carried_over, with_own_columns
from hecon.inputs.checks.labels import TO_BE_CHECKED
from hecon.inputs.control import Ways, model_diagram
from hecon.inputs.cost_items import COST_ITEMS
from hecon.inputs.format import MARKET, PARAMETER_SHEETS, SHEETS_BY_NAME, TRANSITIONS
from hecon.inputs.own_columns import is_own
from hecon.inputs.template import tables_of, write_inputs
from hecon.inputs.workbook import free_sheets, read_tables, read_values, read_workbook
from hecon.labels import STATE, STRATEGY, one_of, text_label

_SCENARIO = "scenario"
#: Sheets whose rows are decisions of their own: no other label's are copied.
_NEVER = ("Checks", "Studies", "Labels")
#: Sheets that say who gets what, copied for a strategy and for nothing else.
_OF_STRATEGIES = ("Schedules", COST_ITEMS, "Scenarios", MARKET)
#: What is uncertain about a number that is set to nought.
_SPREAD = ("low", "high", "se", "distribution", "natural_1", "natural_2", "coverage", "group")
_Cells = dict[str, Any]


@frozen(eq=True)
class Addition:
    """What was added: rows by sheet, the sheets of them without a column for a mark, and what was left behind."""

    path: Path
    name: str
    like: str
    rows: Mapping[str, int]
    unmarked: tuple[str, ...]
    notes: tuple[str, ...] = ()


def add_to_workbook(dimension: str, name: str, workbook: str | Path, out: str | Path, *, like: str) -> Addition:
    """Write a new workbook with one more label (or scenario), and every row that it needs, like those of `like`.

    Rows are marked in their note: ``to be checked: copied from ...``; their status is assumed, for no source says
    them of the new label. A drug gets no schedule and a state no entries but ones of 0: who is given it, and who falls
    into it, is nobody's copy. The workbook itself is left alone; `out` must not exist.

    Raises `HeconError` for a name that is taken, `InputError` for a workbook with faults.

    >>> add_to_workbook("strategy", "Isa-Vd", "pd.xlsx", "three.xlsx", like="Isa-Pd").rows  # doctest: +SKIP
    {'Labels': 1, 'Curves': 3, 'Survival': 30, ...}
    """
    raw, out = read_tables(workbook), Path(out)
    if out.exists():
        raise HeconError(f"{out} exists already; give the name of a new file")
    read, settings = tables_of(raw)
    tables = {sheet: as_typed(SHEETS_BY_NAME[sheet], rows) for sheet, rows in read.items()}
    tables = with_own_columns(tables, raw.sheets)
    left = tuple(not_carried_over(tables, raw.sheets))
    if dimension == _SCENARIO:
        known = tuple(dict.fromkeys(row[_SCENARIO] for row in tables.get("Scenarios", ())))
    else:
        one_of(dimension, (*raw.labels, _SCENARIO), "dimension")
        known = raw.labels[dimension]
    one_of(like, known, dimension)
    text_label(name, dimension)
    if name in known:
        raise HeconError(f"there is a {dimension} '{name}' already")
    copies = {sheet: list(_copied(sheet, rows, dimension, name, like)) for sheet, rows in tables.items()}
    added = {sheet: rows for sheet, rows in copies.items() if rows}
    if dimension != _SCENARIO:
        keeps_last = dimension == STRATEGY and not settings.get("comparator")  # which is the comparator
        _insert_label(tables["Labels"], dimension, name, like, keeps_last=keeps_last)
    for sheet, rows in added.items():
        tables[sheet] = _beside(tables[sheet], rows)
    blank = [name for name in read_values(workbook) if name in SHEETS_BY_NAME]
    notes = free_sheets(workbook)
    write_inputs(out, tables, settings, blank=blank, notes=notes)
    if diagram := _diagram(out):
        write_inputs(out, tables, settings, blank=blank, notes=notes, diagram=diagram)
    counts = {sheet: len(rows) for sheet, rows in added.items()}
    counts = counts if dimension == _SCENARIO else {"Labels": 1, **counts}
    marked = ("note", "source", "description")
    bare = tuple(sheet for sheet in added if not {c.name for c in SHEETS_BY_NAME[sheet].columns} & set(marked))
    return Addition(out, name, like, counts, bare, left)


def _diagram(workbook: Path) -> Ways:
    """Draw the model of a workbook as it is now; nothing where rows are still missing in it."""
    try:
        return model_diagram(read_workbook(workbook))
    except InputError:
        return {}


def _copied(sheet: str, rows: list[_Cells], dimension: str, name: str, like: str) -> Iterator[tuple[int, _Cells]]:
    """Copies of the rows of one sheet that are about the other label, each with the place of its original."""
    if sheet in _NEVER or (sheet in _OF_STRATEGIES and dimension not in (STRATEGY, _SCENARIO)):
        return
    if dimension == _SCENARIO and sheet not in ("Scenarios", MARKET):
        return
    rename = _RENAMED.get(sheet, _by_column)
    for place, row in enumerate(rows):
        copy = rename(row, dimension, name, like)
        if copy is not None:
            yield place, _marked(sheet, copy, row, name, like)


def _by_column(row: _Cells, dimension: str, name: str, like: str) -> _Cells | None:
    return {**row, dimension: name} if row.get(dimension) == like else None


def _of_curves(row: _Cells, dimension: str, name: str, like: str) -> _Cells | None:
    copy = _by_column(row, dimension, name, like)
    if copy is not None and dimension == STRATEGY and row.get("reference") == like:
        copy["reference"] = name  # it took another endpoint of its own
    return copy


def _of_transitions(row: _Cells, dimension: str, name: str, like: str) -> _Cells | None:
    if dimension != STATE:
        return _by_column(row, dimension, name, like)
    if row["from"] == like:
        return {**row, "from": name, "to": name if row["to"] == like else row["to"]}
    if row["to"] != like or row.get("kind") == "remaining":
        return None
    return {**row, **dict.fromkeys(_SPREAD), "to": name, "value": 0.0}


def _of_market(row: _Cells, dimension: str, name: str, like: str) -> _Cells | None:
    copy = _by_column(row, dimension, name, like)
    if copy is not None and dimension == STRATEGY:
        copy |= {"share_without": 0.0, "share_with": 0.0}  # shares of a year sum to 1 as they stand
    return copy


_RENAMED: Mapping[str, Callable[[_Cells, str, str, str], _Cells | None]] = {
    "Curves": _of_curves,
    TRANSITIONS: _of_transitions,
    MARKET: _of_market,
}


def _marked(sheet: str, copy: _Cells, row: _Cells, name: str, like: str) -> _Cells:
    """Mark a copied row as far as its sheet has columns for it; what its author noted beside it is not of the copy."""
    copy = {name: value for name, value in copy.items() if not is_own(name)}
    columns = {column.name for column in SHEETS_BY_NAME[sheet].columns}
    said = f"{TO_BE_CHECKED}: copied from {like}"
    if row.get("source") and "note" in columns:
        said += f"; there: {row['source']}"
    if "note" in columns:
        copy["note"] = said
    elif "description" in columns:
        copy["description"] = said
    elif "source" in columns:
        copy["source"] = said
    if "status" in columns and (row.get("status") or sheet in PARAMETER_SHEETS):
        copy["status"] = "assumed"
        copy["source"] = None if "note" in columns else copy.get("source")
    if copy.get("group") and copy.get("distribution") == "dirichlet":
        copy["group"] = f"{copy['group']}, {name}"
    return copy


def _insert_label(rows: list[_Cells], dimension: str, name: str, like: str, *, keeps_last: bool) -> None:
    own = [place for place, row in enumerate(rows) if row["dimension"] == dimension]
    place = next(place for place in own if rows[place]["label"] == like) + 1
    if keeps_last and place > own[-1]:
        place = own[-1]
    rows.insert(place, {"dimension": dimension, "label": name, "description": f"{TO_BE_CHECKED}: like {like}"})


def _beside(rows: list[_Cells], copies: list[tuple[int, _Cells]]) -> list[_Cells]:
    """Put copies below the run of rows that they were copied from, so that like stands by like."""
    found: list[_Cells] = []
    waiting: list[_Cells] = []
    after = dict(copies)
    for place, row in enumerate(rows):
        if waiting and place not in after:
            found += waiting
            waiting = []
        found.append(row)
        waiting += [after[place]] if place in after else []
    return found + waiting
