"""Columns of a live model gathered by form: each form is one equation, of one line or of several where rows differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from hecon.labels import HORIZON
from hecon.report.live.forms import Facts, Own, Reader, Reading, Readings, Rewriter, Shown, sets_of
from hecon.report.live.references import RESULT, Reference, References
from hecon.symbols.draft import Column
from hecon.symbols.expression import Symbol

#: A column whose rows differ in more ways than these is shown by its first two and its last.
MOST_LINES = 4
#: Ends that a range of rows may be told by: the number of cycles up to the horizon, the last row of the column.
CYCLES, LAST = "cycles", "last"
#: Terms that are sums elsewhere in a group: the dimension and what such a term consists of.
Folds = frozenset[tuple[str, tuple[object, ...]]]
Cell = tuple[Reference, Any]


@dataclass(eq=False)
class Line:
    """Rows under each other with one formula: their readings, and the first of them as the example."""

    facts: Facts
    readings: list[Readings]
    own: Own
    content: Any
    folds: Folds
    loose: bool
    first: int
    last: int
    #: Numbers that differ from row to row, those of the first row first.
    given: list[list[float]] = field(default_factory=list)
    #: Whether rows before it are left out.
    after_gap: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What lines of one form have in common."""
        return (tuple(self.facts.tokens), self.loose, self.first == self.last, self.after_gap)

    def narrowed(self, readings: Sequence[Readings]) -> list[Readings] | None:
        """Give the readings that another cell shares; None where it shares none for one of the values."""
        shared = [a & b for a, b in zip(self.readings, readings, strict=True)]
        return shared if all(shared) else None


@dataclass(eq=False)
class Form:
    """One equation: its lines, and the columns for which it holds, by the reference of their first cell."""

    lines: list[Line]
    members: list[Reference]
    #: For each member, what every sum of like terms runs over: its dimension and labels.
    sets: list[list[tuple[str, tuple[str, ...]]]]
    #: Whether a value of 0 follows the last line, after the horizon.
    then_zero: bool = False

    def take(self, other: Form) -> bool:
        """Take another form in if it is the same equation, and say so."""
        if [line.key for line in self.lines] != [line.key for line in other.lines]:
            return False
        shared = [line.narrowed(beside.readings) for line, beside in zip(self.lines, other.lines, strict=True)]
        if any(readings is None for readings in shared):
            return False
        for line, readings in zip(self.lines, shared, strict=True):
            line.readings = readings or []
        self.members += other.members
        self.sets += other.sets
        self.then_zero |= other.then_zero
        return True


@dataclass(eq=False)
class Group:
    """Everything of one title: the cells of each column, and the forms of them."""

    unit: str
    columns: list[list[Cell]] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)

    @property
    def reference(self) -> Reference:
        """Reference of the first cell."""
        return self.columns[0][0][0]

    @property
    def members(self) -> list[Reference]:
        """References of all columns, at their first cell."""
        return [cells[0][0] for cells in self.columns]


def groups_of(references: References, columns: Iterable[Column]) -> list[Group]:
    """Gather columns by title, and each group by form."""
    groups: dict[tuple[object, ...], Group] = {}
    for column in columns:
        for cells in _columns_of(references, column):
            groups.setdefault(cells[0][0].tokens, Group(column.unit)).columns.append(cells)
    for group in groups.values():
        _find_forms(references, group)
    return list(groups.values())


def _columns_of(references: References, column: Column) -> Iterator[list[Cell]]:
    """Give the cells of a column with their references; results one by one, without those that are plain numbers."""
    cells = [(references.at(column, row), content) for row, content in enumerate(column.contents)]
    if cells and cells[0][0].kind != RESULT:
        yield cells
        return
    for row, (reference, content) in enumerate(cells):
        if isinstance(content, Symbol) and not references.is_repeat(column, row):
            yield [(reference, content)]


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
    for form in found:
        if not any(known.take(form) for known in group.forms):
            group.forms.append(form)


def _form(references: References, cells: Sequence[Cell], folds: Folds) -> Form:
    """Give the form of one column."""
    ends = {LAST: _row(cells[-1][0])}
    horizon = dict(cells[0][0].labels).get(HORIZON)
    if horizon is not None:
        ends[CYCLES] = references.cycles_until(horizon)
    lines = _lines(references, cells, ends, folds, loose=False)
    if len(lines) > MOST_LINES:
        looser = _lines(references, cells, ends, folds, loose=True)
        lines = looser if len(looser) <= MOST_LINES else lines
    if len(lines) > MOST_LINES:
        lines = [*lines[:2], lines[-1]]
        lines[-1].after_gap = True
    zero = horizon is not None and len(lines) > 1 and lines[-1].content == 0 and lines[-1].first > 0
    zero = zero and lines[-1].first in (ends[CYCLES], ends[CYCLES] + 1)
    if zero:
        lines.pop()
    for line in lines:
        _tell_ends(line, ends)
    sets = list(chain.from_iterable(sets_of(references, line.own, folds, line.content) for line in lines))
    return Form(lines, [cells[0][0]], [sets], zero)


def _lines(
    references: References, cells: Sequence[Cell], ends: dict[str, int], folds: Folds, *, loose: bool
) -> list[Line]:
    lines: list[Line] = []
    for reference, content in cells:
        own = Own(reference, ends)
        reader = Reader(references, own, folds, loose=loose)
        reader.reference(reference, 0.0)
        reader.item(content, top=True)
        facts, at = reader.facts, _row(reference)
        readings = facts.readings(own)
        given = [value for kind, _, value in facts.values if kind == "number"]
        if lines and lines[-1].facts.tokens == facts.tokens:
            shared = lines[-1].narrowed(readings)
            if shared is not None:
                lines[-1].readings, lines[-1].last = shared, at
                lines[-1].given.append(given)
                continue
        lines.append(Line(facts, readings, own, content, folds, loose, at, at, [given]))
    return lines


def _row(reference: Reference) -> int:
    return reference.indices[-1][1] if reference.indices else 0


def _tell_ends(line: Line, ends: dict[str, int]) -> None:
    """Add the first and the last row of a line to what it consists of."""
    if line.first == line.last:
        return
    outer = line.own.reference
    still = Own(Reference(outer.kind, outer.title, outer.labels, outer.indices[:-1]), ends)
    told = Facts(values=[("end", "", line.first), ("end", "", line.last)])
    line.readings += told.readings(still)


# What is shown of a line.


@dataclass(frozen=True)
class ShownLine:
    """A line as it is shown: what it defines, its formula, and the first and last row where it holds for several."""

    defined: Shown
    formula: Any
    ends: tuple[Reading, ...]
    line: Line


def shown(references: References, line: Line) -> ShownLine:
    """Write a line with one reading for each label and index."""
    count = len(line.facts.values)
    names = [(kind, name) for kind, name, _ in line.facts.values] + [("end", "")] * (len(line.readings) - count)
    chosen = [_chosen(readings, *told) for readings, told in zip(line.readings, names, strict=True)]
    rewriter = Rewriter(references, line.own, line.folds, chosen, loose=line.loose)
    defined = rewriter.shown(line.own.reference)
    formula = rewriter.item(line.content, top=True)
    return ShownLine(defined, formula, tuple(chosen[count:]), line)


def _chosen(readings: Readings, kind: str, name: str) -> Reading:
    """Choose a reading: what does not vary is itself; else the label or index of the same name; else the first."""

    def order(reading: Reading) -> tuple[Any, ...]:
        how, what = reading[0], reading[1] if len(reading) > 1 else ""
        offset = abs(reading[2]) if how == "own" else 0
        place = {CYCLES: 1, LAST: 3}.get(str(what), 2) if kind == "end" else {LAST: 3, CYCLES: 2}.get(str(what), 1)
        return (how != "is", how == "given", what != name, place, offset, str(what))

    return min(readings, key=order)
