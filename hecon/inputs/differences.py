"""What differs between two input workbooks: rows matched by what they are about, cells compared by what they mean.

A row that stands elsewhere, a column in another place, a blank cell and the default it stands for: none of these is a
difference. Numbers that agree to the 15 digits a spreadsheet shows are equal.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal

import pandas as pd

from hecon.frozen import frozen
from hecon.inputs.as_typed import as_text
from hecon.inputs.control_columns import AS_IT_STANDS, CONTROL, IN_ALL, INCLUDE, SCENARIO
from hecon.inputs.format import RARE, SHEETS, SHEETS_BY_NAME
from hecon.inputs.input_names import DOT
from hecon.inputs.rows import Row, Table
from hecon.inputs.workbook import RawInputs
from hecon.settings import Settings

_Kind = Literal["changed", "added", "removed", "moved"]
SETTINGS = "Settings"
CHANGE_COLUMNS = ("change", "sheet", "input", "column", "old_cell", "new_cell", "old_value", "new_value", "affects")
#: What a column says beside the base case: how sure a number is, or where it comes from.
_UNCERTAINTY = frozenset(("low", "high", "se", "distribution", *RARE))
_DOCUMENTATION = frozenset(("unit", "status", "source", "note", "description"))
#: Sheets that the base case does not use, and what they are for.
_SHEET_AFFECTS = {
    "Correlations": "uncertainty",
    "Order": "uncertainty",
    "Covariance": "uncertainty",
    "Draws": "uncertainty",
    "Studies": "uncertainty",
    "Map": "map",
    "Published survival": "documentation",
    "Number at risk": "documentation",
    "Scenarios": "scenarios",
    "Checks": "checks",
}
_SETTING_AFFECTS = {
    "title": "documentation",
    "population": "documentation",
    "perspective": "documentation",
    "currency": "documentation",
    "comparator": "decision",
    "willingness_to_pay": "decision",
    "draws": "uncertainty",
    "seed": "uncertainty",
    "evppi_groups": "uncertainty",
    "severity": "decision",
    "sobol_samples": "uncertainty",
}


@frozen(eq=True)
class Change:
    """One difference: a cell that holds something else, or a row that was added, removed or moved.

    `about` names the row (a parameter and its labels, as the analyses name inputs) and `key` says it by column;
    `column` is blank for a whole row, whose value is then the row in words. Cells are addresses such as ``Prices!D6``,
    blank where the file has no such row. `affects` says what may move: results, decision (what they are held
    against), uncertainty, scenarios, checks, order, or nothing but the documentation.
    """

    kind: _Kind
    sheet: str
    about: str
    column: str
    old_cell: str
    new_cell: str
    old: float | str
    new: float | str
    affects: str
    key: Mapping[str, str]
    old_row: int | None = None


def changes_between(old: RawInputs, new: RawInputs) -> tuple[Change, ...]:
    """List every difference between two workbooks, in the order of the format's sheets and of the rows."""
    found = list(_setting_changes(old, new))
    for names in _POOLS:
        found += _row_changes(_entries(old, names), _entries(new, names))
    return tuple(found)


def changes_table(changes: Sequence[Change]) -> pd.DataFrame:
    """Give changes as a tidy table (`COLUMNS`), one row a change; a blank cell is an empty text."""
    rows = [
        (c.kind, c.sheet, c.about, c.column, c.old_cell, c.new_cell, c.old, c.new, c.affects) for c in changes
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS)).astype(object)


#: Sheets whose rows are matched together: a parameter may move from one sheet to another and is still the same.
_PARAMETERS = tuple(sheet.name for sheet in SHEETS if sheet.role == "parameters" and not sheet.named_by)
_POOLS: tuple[tuple[str, ...], ...] = tuple(
    dict.fromkeys(
        _PARAMETERS if sheet.name in _PARAMETERS else (sheet.name,) for sheet in SHEETS if sheet.role != "settings"
    )
)


# --- settings ---


def _setting_changes(old: RawInputs, new: RawInputs) -> Iterator[Change]:
    cells = [_setting_cells(raw) for raw in (old, new)]
    values = [{"model": raw.model, **raw.settings.as_dict()} for raw in (old, new)]
    for name in ("model", *(spec.name for spec in fields(Settings))):
        before, after = (own[name] for own in values)
        if not _same(before, after):
            affects = _SETTING_AFFECTS.get(name, "results")
            old_cell, new_cell = (own.get(name, "") for own in cells)
            shown = _shown(before), _shown(after)
            key = {"setting": name}
            yield Change("changed", SETTINGS, name, "value", old_cell, new_cell, shown[0], shown[1], affects, key)


def _setting_cells(raw: RawInputs) -> dict[str, str]:
    return {row["setting"]: row.where("value") for row in raw.sheets[SETTINGS].rows}


# --- rows ---


@frozen(eq=True)
class _Entry:
    """A row with the sheet it stands on and the columns that say what it is about."""

    table: Table
    row: Row
    key: Mapping[str, str]

    @property
    def sheet(self) -> str:
        return self.table.sheet.name

    @property
    def columns(self) -> list[str]:
        return [column.name for column in self.table.sheet.columns if column.name not in self.key]

    @property
    def about(self) -> str:
        """Name of what the row is about: parameters as the analyses name inputs."""
        sheet = self.table.sheet
        if sheet.role != "parameters":
            return ", ".join(self.key.values())
        first = sheet.named_by or ("parameter",)
        labels = [label for name, label in self.key.items() if name not in first]
        return DOT.join([" to ".join(self.key[name] for name in first), *labels])

    @property
    def words(self) -> str:
        """Everything the row says beyond its key and the defaults."""
        defaults = {column.name: column.default for column in self.table.sheet.columns}
        said = {name: self.row[name] for name in self.columns if self.row[name] not in (None, defaults[name])}
        return ", ".join(f"{name} {_text(value)}" for name, value in said.items())


def _entries(raw: RawInputs, names: Sequence[str]) -> list[_Entry]:
    tables = [raw.sheets[name] for name in names if name in raw.sheets]
    return [_Entry(table, row, _key(table, row)) for table in tables for row in table.rows if _is_its_own(row)]


def _is_its_own(row: Row) -> bool:
    """Whether a row says what no other does: what Control switches of Settings and Curves is found there."""
    own = row["switch"] in (SCENARIO, INCLUDE) and row["value"] not in (None, IN_ALL, AS_IT_STANDS)
    return own or row.sheet != CONTROL


def _key(table: Table, row: Row) -> dict[str, str]:
    """Give the filled cells that say what a row is about; rows of a schedule share theirs with others."""
    sheet = table.sheet
    own = sheet.named_by or (("parameter",) if sheet.role == "parameters" else sheet.unique)
    own = own or tuple(column.name for column in sheet.columns if column.kind == "label")
    return {name: _text(row[name]) for name in (*own, *table.keys) if row[name] is not None}


def _row_changes(old: Sequence[_Entry], new: Sequence[_Entry]) -> list[Change]:
    pairs, removed, added = _matched(old, new)
    rank = {sheet.name: place for place, sheet in enumerate(SHEETS)}
    found: list[tuple[tuple[int, int, int], Change]] = []
    moved = _moved(pairs)
    for place, (before, after) in enumerate(pairs):
        at = (rank[after.sheet], after.row.number, 0)
        if place in moved:
            found.append((at, _row_change("moved", before, after)))
        found += [(at, change) for change in _cell_changes(before, after)]
    found += [((rank[one.sheet], one.row.number, 1), _row_change("removed", one, None)) for one in removed]
    found += [((rank[one.sheet], one.row.number, 2), _row_change("added", None, one)) for one in added]
    return [change for _, change in sorted(found, key=lambda one: one[0])]


def _row_change(kind: _Kind, before: _Entry | None, after: _Entry | None) -> Change:
    """Give the change of a whole row, which is said in words unless it only moved."""
    one = before or after
    assert one is not None
    words = ["", ""] if before and after else [entry.words if entry else "" for entry in (before, after)]
    cells = [entry.row.where("value") if entry else "" for entry in (before, after)]
    affects = "order" if kind == "moved" else _affects(one)
    number = before.row.number if before else None
    return Change(kind, one.sheet, one.about, "", cells[0], cells[1], words[0], words[1], affects, one.key, number)


def _cell_changes(before: _Entry, after: _Entry) -> Iterator[Change]:
    for name in before.columns:
        old, new = before.row[name], after.row[name]
        if not _same(old, new):
            cells = before.row.where(name), after.row.where(name)
            affects, number = _affects(before, name), before.row.number
            yield Change(
                "changed", before.sheet, before.about, name, cells[0], cells[1], _shown(old), _shown(new), affects,
                before.key, number,
            )  # fmt: skip


def _affects(one: _Entry, column: str = "") -> str:
    sheet = one.sheet
    if sheet == CONTROL:
        return "uncertainty" if one.row["switch"] == INCLUDE else "results"
    if sheet in _SHEET_AFFECTS:
        return _SHEET_AFFECTS[sheet]
    if column in _UNCERTAINTY and SHEETS_BY_NAME[sheet].role == "parameters":
        return "uncertainty"
    is_documentary = column in _DOCUMENTATION and (column != "unit" or SHEETS_BY_NAME[sheet].role == "parameters")
    return "documentation" if is_documentary else "results"


# --- matching ---


def _matched(
    old: Sequence[_Entry], new: Sequence[_Entry]
) -> tuple[list[tuple[_Entry, _Entry]], list[_Entry], list[_Entry]]:
    """Pair the rows that are about the same; give the pairs in the old order, then what has no partner."""
    groups: dict[frozenset[tuple[str, str]], tuple[list[_Entry], list[_Entry]]] = {}
    for side, entries in enumerate((old, new)):
        for entry in entries:
            groups.setdefault(frozenset(entry.key.items()), ([], []))[side].append(entry)
    pairs: list[tuple[_Entry, _Entry]] = []
    for before, after in groups.values():
        pairs += _most_alike(before, after)
    taken = {id(entry) for pair in pairs for entry in pair}
    removed, added = ([entry for entry in side if id(entry) not in taken] for side in (old, new))
    order = {id(entry): place for place, entry in enumerate(old)}
    return sorted(pairs, key=lambda pair: order[id(pair[0])]), removed, added


def _most_alike(old: Sequence[_Entry], new: Sequence[_Entry]) -> Iterator[tuple[_Entry, _Entry]]:
    """Pair rows of one key, those that share the most cells first, in their order where that decides nothing."""
    if len(old) == len(new) == 1:
        yield old[0], new[0]
        return
    alike = sorted(
        (-sum(_same(a.row[name], b.row[name]) for name in a.columns), i, j)
        for i, a in enumerate(old)
        for j, b in enumerate(new)
    )
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, i, j in alike:
        if i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            yield old[i], new[j]


def _moved(pairs: Sequence[tuple[_Entry, _Entry]]) -> set[int]:
    """Places of the pairs that changed their sheet or their order: few, and none that stands where it stood."""
    moved = {place for place, (before, after) in enumerate(pairs) if before.sheet != after.sheet}
    by_sheet: dict[str, list[int]] = {}
    for place, (before, _) in enumerate(pairs):
        if place not in moved:
            by_sheet.setdefault(before.sheet, []).append(place)
    for places in by_sheet.values():
        kept = _in_order([(pairs[place][0].row.number, pairs[place][1].row.number) for place in places])
        moved |= {place for i, place in enumerate(places) if i not in kept}
    return moved


def _in_order(numbers: Sequence[tuple[int, int]]) -> set[int]:
    """Places that keep their order from old to new row numbers: all that stay put, and as many others as agree."""
    # From either end: the new number that nothing before may pass, and that everything after must pass.
    floor = list(itertools.accumulate((new if new == old else 0 for old, new in numbers), max))
    ends = (new if new == old else math.inf for old, new in reversed(numbers))
    ceiling = list(itertools.accumulate(ends, min))[::-1]
    fitting = [place for place, (_, new) in enumerate(numbers) if floor[place] <= new <= ceiling[place]]
    return {fitting[place] for place in _longest_rise([numbers[place][1] for place in fitting])}


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """Places of a longest rising subsequence (patience sorting, Fredman 1975)."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        pile = bisect.bisect_left(ends, number)
        before.append(last[pile - 1] if pile else -1)
        ends[pile : pile + 1] = [number]
        last[pile : pile + 1] = [place]
    kept: set[int] = set()
    place = last[-1] if last else -1
    while place >= 0:
        kept.add(place)
        place = before[place]
    return kept


# --- values ---


def _shown(value: Any) -> float | str:
    """Give a value as a cell shows it: a number, or text; blank is an empty text."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return as_text(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _text(value: Any) -> str:
    shown = _shown(value)
    return shown if isinstance(shown, str) else f"{shown:.15g}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-14)
    return bool(one == other)
