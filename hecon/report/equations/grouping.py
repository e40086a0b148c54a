"""Columns of a live model gathered by form: each form is one equation, of one line or of several where rows differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from hecon.frozen import frozen
from hecon.labels import HORIZON
from hecon.report.equations.forms import Facts, Own, Reader, Reading, Readings, Rewriter, Shown, sets_of
from hecon.report.equations.references import LONG, ON_DAY, RESULT, Reference, References
from hecon.report.live.incremental import EQUAL_TOTALS
from hecon.symbols.draft import CellColumn
from hecon.symbols.expression import Symbol

#: A column whose rows differ in more ways than these is shown by its first two and its last.
MOST_LINES = 4
#: Ends that a range of rows may be told by: the number of cycles, or of days of doses, up to the horizon; the last row.
CYCLES, DOSE_DAYS, LAST = "cycles", "dose days", "last"
#: Terms that are sums elsewhere in a group: the dimension and what such a term consists of.
Folds = frozenset[tuple[str, tuple[object, ...]]]
_Cell = tuple[Reference, Any]


@dataclass(eq=False)
class EquationLine:
    """Rows under each other with one formula: their readings, and the first of them as the example."""

    facts: Facts
    readings: list[Readings]
    own: Own
    content: Any
    folds: Folds
    loose: bool
    first: int
    last: int
    #: Numbers that differ from row to row: of each column, those of the first row first.
    given: list[list[list[float]]]
    #: Whether rows before it are left out.
    after_gap: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What lines of one form have in common."""
        return (tuple(self.facts.tokens), self.loose, self.after_gap)

    def narrowed(self, readings: Sequence[Readings]) -> list[Readings] | None:
        """Give the readings that another cell shares; None where it shares none for one of the values."""
        shared = [a & b for a, b in zip(self.readings, readings, strict=True)]
        return shared if all(shared) else None


@dataclass(eq=False)
class EquationForm:
    """One equation: its lines, and the columns for which it holds, by the reference of their first cell."""

    lines: list[EquationLine]
    members: list[Reference]
    #: For each member, what every sum of like terms runs over: its dimension and labels.
    sets: list[list[tuple[str, tuple[str, ...]]]]
    #: Whether a value of 0 follows the last line, after the horizon.
    then_zero: bool = False

    def take(self, other: EquationForm) -> bool:
        """Take another form in if it is the same equation, and say so."""
        if [line.key for line in self.lines] != [line.key for line in other.lines]:
            return False
        shared = [line.narrowed(beside.readings) for line, beside in zip(self.lines, other.lines, strict=True)]
        if any(readings is None for readings in shared):
            return False
        for line, beside, readings in zip(self.lines, other.lines, shared, strict=True):
            line.readings = readings or []
            line.given += beside.given
        self.members += other.members
        self.sets += other.sets
        self.then_zero |= other.then_zero
        return True


@dataclass(eq=False)
class Group:
    """Everything of one title: the cells of each column, and the forms of them."""

    columns: list[list[_Cell]] = field(default_factory=list)
    forms: list[EquationForm] = field(default_factory=list)

    @property
    def reference(self) -> Reference:
        """Reference of the first cell."""
        return self.columns[0][0][0]


def equation_groups(references: References, columns: Iterable[CellColumn]) -> list[Group]:
    """Gather columns by title, and each group by form."""
    cells = (own for column in columns for own in _columns_of(references, column))
    return gathered(references, cells)


def gathered(references: References, columns: Iterable[list[_Cell]]) -> list[Group]:
    """Gather columns, given by their cells, by title, and each group by form."""
    groups: dict[tuple[object, ...], Group] = {}
    for cells in columns:
        groups.setdefault(cells[0][0].tokens, Group()).columns.append(cells)
    for group in groups.values():
        _find_forms(references, group)
    return list(groups.values())


def _columns_of(references: References, column: CellColumn) -> Iterator[list[_Cell]]:
    """Give the cells of a column with their references; results one by one, without those that are plain numbers."""
    cells = [(references.at(column, row), content) for row, content in enumerate(column.contents)]
    if cells and cells[0][0].kind != RESULT:
        yield cells
        return
    for row, (reference, content) in enumerate(cells):
        is_formula = isinstance(content, Symbol) or column.along == "increments"
        if is_formula and not references.is_repeat(column, row):
            yield [(reference, _exact(content))]


def _exact(content: Any) -> Any:
    """Give a difference without the guard that makes it 0 where it is but rounding: see `incremental`."""
    if isinstance(content, Symbol) and content.op == "if":
        condition, yes, no = content.args
        guard = condition.args[1] if isinstance(condition, Symbol) and condition.op == "<=" else None
        if yes == 0 and isinstance(guard, Symbol) and guard.op == "*" and guard.args[0] == EQUAL_TOTALS:
            return no
    return content


def _find_forms(references: References, group: Group) -> None:
    folds: Folds = frozenset()
    while True:
        found = [_form(references, cells, folds) for cells in group.columns]
        more = folds | {
            token[1:]
            for form in found
            for line in form.lines
            for token in line.facts.tokens
            if isinstance(token, tuple) and token[0] == "series"
        }
        if more == folds:
            break
        folds = more
    if any(line.loose for form in found for line in form.lines) and all(map(_is_given, group.columns)):
        found = [_form(references, cells, folds, loose=True) for cells in group.columns]
    for form in found:
        if not any(known.take(form) for known in group.forms):
            group.forms.append(form)


def _is_given(cells: Sequence[_Cell]) -> bool:
    return not any(isinstance(content, Symbol) for _, content in cells)


def _form(references: References, cells: Sequence[_Cell], folds: Folds, *, loose: bool = False) -> EquationForm:
    """Give the form of one column."""
    ends = {LAST: _row(cells[-1][0])}
    horizon = dict(cells[0][0].labels).get(HORIZON)
    by_day = cells[0][0].kind == ON_DAY
    until = DOSE_DAYS if by_day else CYCLES
    if horizon is not None:
        ends[until] = references.days_until(horizon) if by_day else references.cycles_until(horizon)
    lines = _lines(references, cells, ends, folds, loose=loose)
    if len(lines) > MOST_LINES:
        looser = _lines(references, cells, ends, folds, loose=True)
        lines = looser if len(looser) <= MOST_LINES else lines
    if len(lines) > MOST_LINES:
        lines = [*lines[:2], lines[-1]]
        lines[-1].after_gap = True
    zero = horizon is not None and len(lines) > 1 and lines[-1].content == 0 and lines[-1].first > 0
    zero = zero and lines[-1].first in (ends[until], ends[until] + 1)
    if zero:
        lines.pop()
    for line in lines:
        _tell_ends(line, ends)
    sets = list(chain.from_iterable(sets_of(references, line.own, folds, line.content) for line in lines))
    return EquationForm(lines, [cells[0][0]], [sets], zero)


def _lines(
    references: References, cells: Sequence[_Cell], ends: dict[str, int], folds: Folds, *, loose: bool
) -> list[EquationLine]:
    lines: list[EquationLine] = []
    for reference, content in cells:
        own = Own(reference, ends)
        reader = Reader(references, own, folds, loose=loose)
        reader.define(reference)
        reader.item(content, top=True)
        facts, at = reader.facts, _row(reference)
        readings = facts.readings(own)
        given = [value for kind, _, value in facts.values if kind == "number"]
        if lines and lines[-1].facts.tokens == facts.tokens:
            shared = lines[-1].narrowed(readings)
            if shared is not None:
                lines[-1].readings, lines[-1].last = shared, at
                lines[-1].given[0].append(given)
                continue
        lines.append(EquationLine(facts, readings, own, content, folds, loose, at, at, [[given]]))
    return lines


def _row(reference: Reference) -> int:
    return reference.indices[-1][1] if reference.indices else 0


def _tell_ends(line: EquationLine, ends: dict[str, int]) -> None:
    """Add the first and the last row of a line to what it consists of."""
    outer = line.own.reference
    still = Own(Reference(outer.kind, outer.title, outer.labels, outer.indices[:-1]), ends)
    told = Facts(values=[("end", "", line.first), ("end", "", line.last)])
    line.readings += told.readings(still)


# What is shown of a line.


@frozen(eq=True)
class ShownLine:
    """A line as it is shown: what it defines, its formula, and the first and last row for which it holds.

    `given` are the numbers that differ from row to row: for each of them by column and row.
    """

    defined: Shown
    formula: Any
    ends: tuple[Reading, ...]
    given: list[list[list[float]]]
    line: EquationLine


def line_shown(references: References, line: EquationLine) -> ShownLine:
    """Write a line with one reading for each label and index."""
    count = len(line.facts.values)
    names = [(kind, name) for kind, name, _ in line.facts.values] + [("end", "")] * (len(line.readings) - count)
    told = list(zip(line.readings, names, strict=True))
    chosen = [_chosen(readings, *name) for readings, name in told]
    if chosen[-1] == chosen[-2] and chosen[-1][0] == "own":  # one row, told by an end of its column
        end = str(chosen[-1][1])
        chosen = [_chosen(readings, *name, end=end) for readings, name in told]
    rewriter = Rewriter(references, line.own, line.folds, chosen, loose=line.loose)
    defined = rewriter.shown(line.own.reference)
    formula = rewriter.item(line.content, top=True)
    numbers = [reading for reading, (kind, _) in zip(chosen, names, strict=True) if kind == "number"]
    places = [place for place, reading in enumerate(numbers) if reading == ("given",)]
    given = [[[row[place] for row in rows] for rows in line.given] for place in places]
    return ShownLine(defined, formula, tuple(chosen[count:]), given, line)


def _chosen(readings: Readings, kind: str, name: str, end: str = "") -> Reading:
    """Choose a reading: what does not vary is itself; else the label or index of the same name; else the first.

    Labels that are long have their letter in any case. An index is told by an `end` of the column, if there is one.
    """

    def order(reading: Reading) -> tuple[Any, ...]:
        how, what = reading[0], str(reading[1]) if len(reading) > 1 else ""
        first = ("own", name, 0) if kind == "label" and name in LONG else ("is",)
        offset = abs(reading[2]) if how == "own" else 0
        ends = {CYCLES: 1, DOSE_DAYS: 1, LAST: 3} if kind == "end" else {LAST: 3, CYCLES: 2, DOSE_DAYS: 2}
        place = 0 if what == end else ends.get(what, 2 if kind == "end" else 1)
        same = what == (end or name) if kind == "index" else what == name
        return (reading[: len(first)] != first, how != "is", how in ("given", "whole"), how != "own", not same, place,
                offset, what)  # fmt: skip

    return min(readings, key=order)
