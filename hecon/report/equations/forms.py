"""Formulas of one form: what many cells have in common, so that one equation with indices stands for all of them.

Every label and every index that a formula refers to has readings: it is that very label, or the label that its own
cell has ("the same strategy"); it is that very row, or the row before its own. Cells are of one form where their
formulas are the same but for these, and where each of them has a reading that all the cells share. Nothing is sampled:
every cell of a model is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hecon.frozen import frozen
from hecon.report.equations.references import PACKS, WILLINGNESS, Reference, References
from hecon.symbols.draft import Span
from hecon.symbols.expression import Symbol, leaf, over

#: A reading: it "is" a value; it is the "own" label or index (so far on); what belongs to a label, as the drug "of" a
#: dose; "each" label of a dimension, in a sum of like terms; a "given" number; the "whole" of a run.
Reading = tuple[Any, ...]
Readings = frozenset[Reading]


@frozen(eq=True)
class Shown:
    """A place of a form: a reference whose labels and indices are readings."""

    kind: str
    title: str
    labels: tuple[tuple[str, Reading], ...] = ()
    indices: tuple[tuple[str, Reading], ...] = ()
    unit: str = ""
    options: tuple[Reading, ...] = ()

    @property
    def words(self) -> str:
        """The title."""
        return self.title


@frozen(eq=True)
class ShownRun:
    """A run of cells of a form: the first one, the last index, and the numbers of the first."""

    first: Shown
    last: Reading
    start: int

    @property
    def numbers(self) -> list[float]:
        """None: a run on paper has no values."""
        return []


@frozen(eq=True)
class Binder:
    """What a sum of like terms runs over: a dimension."""

    dim: str


@frozen(eq=True)
class Given:
    """A number that differs from row to row: the place-th of a form."""

    place: int

    @property
    def words(self) -> str:
        """Just that."""
        return "a given number"


@frozen(eq=True)
class Own:
    """What a cell is itself: its reference, and the ends that a range may be told by."""

    reference: Reference
    ends: Mapping[str, int]

    @property
    def labels(self) -> dict[str, str]:
        """Labels by dimension."""
        return dict(self.reference.labels)

    @property
    def threshold(self) -> float | None:
        """Willingness to pay for which the cell is."""
        told = self.labels.get(WILLINGNESS)
        return None if told is None else float(told.replace(",", ""))


@dataclass
class Facts:
    """A formula taken apart: what must be the same in all cells of a form, and what may differ, with its readings."""

    tokens: list[object] = field(default_factory=list)
    values: list[tuple[str, str, Any]] = field(default_factory=list)

    def readings(self, own: Own) -> list[Readings]:
        """Give the readings of every value that may differ."""
        return [_readings(kind, name, value, own) for kind, name, value in self.values]


def _readings(kind: str, name: str, value: Any, own: Own) -> Readings:
    found: list[Reading] = [("is", value)]
    if kind == "label":
        for dim, label in own.reference.labels:
            if label == value:
                found.append(("own", dim, 0))
            elif name == PACKS or f" {value} " in f" {label.replace(',', ' ')} ":
                found.append(("of", dim, name))
    elif kind == "index":
        found += [("own", index, value - at) for index, at in (*own.reference.indices, *own.ends.items())]
    elif kind == "run":
        last, whole = value
        found = [("is", last), *([("whole",)] if whole else [])]
        found += [("own", index, last - at) for index, at in (*own.ends.items(), *own.reference.indices)]
    elif kind == "end":
        found += [("own", index, value - at) for index, at in (*own.ends.items(), *own.reference.indices)]
    elif kind == "each":
        found = [("each", name)]
    elif kind == "number":
        found.append(("given",))
    return frozenset(found)


class _Walk:
    """Goes through a formula, always in the same order; sums of like terms are folded."""

    def __init__(self, references: References, own: Own, folds: frozenset[Any], *, loose: bool) -> None:
        self._references, self._own = references, own
        #: Terms that are a sum over a dimension elsewhere in the group; whether numbers may differ.
        self._folds, self._loose = folds, loose

    def item(self, item: Any, *, top: bool = False) -> Any:
        """Go through an item."""
        if isinstance(item, Span):
            return self._span(item)
        if not isinstance(item, Symbol):
            return self._number(item)
        terms = self._terms(item)
        if len(terms) < 2 and not any(
            term is item for term in terms
        ):  # a sum of results of which one is filled, or none
            return self.item(terms[0] if terms else 0.0)
        if len(terms) > 1 or (top and self._folds):
            return self._sum(terms, item.value)
        if item.op == "leaf":
            return self._reference(self._references.of(item.args[0]), item.value)
        return self._made(item, [self.item(arg) for arg in item.args])

    def _terms(self, item: Any) -> list[Any]:
        """Terms of a sum; those of a sum of results are its cells."""
        if isinstance(item, Symbol) and item.op == "+":
            return [term for arg in item.args for term in self._terms(arg)]
        if isinstance(item, Symbol) and item.op == "sum":
            cells = self._references.cells_of(item.args[0])
            if cells is not None:
                return list(cells)
        return [item]

    def _sum(self, terms: Sequence[Any], value: float) -> Any:
        read = [self._read(term) for term in terms]
        made: list[Any] = []
        at = 0
        while at < len(terms):
            after, dim = self._alike(read, at)
            if dim:
                made.append(self._series(terms[at:after], read[at:after], dim))
            else:
                made.append(self.item(terms[at]) if isinstance(terms[at], Symbol) else self._number(terms[at]))
            at = after
        return self._joined(made, value)

    def _read(self, term: Any) -> Facts:
        reader = Reader(self._references, self._own, frozenset(), loose=self._loose)
        reader.item(term)
        return reader.facts

    def _alike(self, read: Sequence[Facts], at: int) -> tuple[int, str]:
        """How far like terms go that differ by one label only, and which; no label where a term stands alone."""
        after, dim = at + 1, ""
        while after < len(read) and read[after].tokens == read[at].tokens:
            differs = _differing(read[at], read[after])
            if not differs or (dim and differs != dim):
                break
            after, dim = after + 1, differs
        if not dim:
            alike = (known for known, tokens in self._folds if tokens == tuple(read[at].tokens))
            # A term that refers to several labels of the dimension is no sum over it.
            dim = next((known for known in alike if len(set(_labels_of(read[at], known))) == 1), "")
        return after, dim

    # What the walk makes of each thing.

    def _number(self, value: Any) -> Any:
        """Meet a number."""
        raise NotImplementedError

    def _reference(self, reference: Reference, value: float) -> Any:
        """Meet a cell or an input."""
        raise NotImplementedError

    def _span(self, span: Span) -> Any:
        """Meet a run of cells."""
        raise NotImplementedError

    def _series(self, terms: Sequence[Any], read: Sequence[Facts], dim: str) -> Any:
        """Meet a sum of like terms."""
        raise NotImplementedError

    def _joined(self, parts: Sequence[Any], value: float) -> Any:
        """Meet a sum."""
        raise NotImplementedError

    def _made(self, item: Symbol, args: list[Any]) -> Any:
        """Meet any other operation, after its arguments."""
        raise NotImplementedError


def _differing(one: Facts, other: Facts) -> str:
    """Dimension of the label by which two terms differ; "" where there is none, or more than that."""
    found = {
        (name if kind == "label" else "", a, b)
        for (kind, name, a), (_, _, b) in zip(one.values, other.values, strict=True)
        if a != b
    }
    return found.pop()[0] if len(found) == 1 else ""


def _labels_of(facts: Facts, dim: str) -> list[str]:
    return [value for kind, name, value in facts.values if (kind, name) == ("label", dim)]


class Reader(_Walk):
    """Takes a formula apart."""

    def __init__(self, references: References, own: Own, folds: frozenset[Any], *, loose: bool = False) -> None:
        super().__init__(references, own, folds, loose=loose)
        self.facts = Facts()

    def define(self, reference: Reference) -> None:
        """Begin with what the formula defines."""
        self._reference(reference, 0.0)

    def _number(self, value: Any) -> None:
        if value == self._own.threshold and not isinstance(value, bool):
            self.facts.tokens.append("threshold")
            self.facts.values.append(("label", WILLINGNESS, self._own.labels[WILLINGNESS]))
        elif self._loose:
            self.facts.tokens.append("number")
            self.facts.values.append(("number", "", float(value)))
        else:
            self.facts.tokens.append(value)

    def _reference(self, reference: Reference, value: float) -> None:
        self.facts.tokens.append(reference.tokens)
        self.facts.values += [("label", dim, label) for dim, label in reference.labels]
        self.facts.values += [("index", name, at) for name, at in reference.indices]
        self.facts.values += [("option", "", option) for option in reference.options]

    def _span(self, span: Span) -> None:
        self._reference(self._references.at(span.column, span.first), 0.0)
        whole = (span.first, span.last) == (0, len(span.column.cells) - 1)
        self.facts.values.append(("run", "", (self._references.at(span.column, span.last).indices[-1][1], whole)))

    def _series(self, terms: Sequence[Any], read: Sequence[Facts], dim: str) -> None:
        self.facts.tokens.append(("series", dim, tuple(read[0].tokens)))
        self.facts.values += bound(read, dim)

    def _joined(self, parts: Sequence[Any], value: float) -> None:
        self.facts.tokens.append(("sum", len(parts)))

    def _made(self, item: Symbol, args: list[Any]) -> None:
        # Runs that are multiplied keep their distance from each other.
        shifts = tuple(arg.first - item.args[0].first for arg in item.args) if item.op == "sumproduct" else ()
        self.facts.tokens.append((item.op, len(args), shifts))


def bound(read: Sequence[Facts], dim: str) -> list[tuple[str, str, Any]]:
    """Values of like terms: those that differ from term to term belong to the sum."""
    if len(read) == 1:
        own = ("label", dim)
        return [("each" if (kind, name) == own else kind, name, value) for kind, name, value in read[0].values]
    columns = zip(*(facts.values for facts in read), strict=True)
    return [values[0] if len(set(values)) == 1 else ("each", dim, None) for values in columns]


def each(read: Sequence[Facts], dim: str) -> tuple[str, ...]:
    """Labels that a sum of like terms runs over."""
    labels = [_labels_of(facts, dim) for facts in read]
    places = [at for at, values in enumerate(zip(*labels, strict=True)) if len(set(values)) > 1] or [0]
    return tuple(str(one[places[0]]) for one in labels)


class Rewriter(_Walk):
    """Writes a formula anew with readings in the place of labels and indices; notes what sums run over."""

    def __init__(
        self, references: References, own: Own, folds: frozenset[Any], readings: Iterable[Reading], *, loose: bool
    ) -> None:
        super().__init__(references, own, folds, loose=loose)
        self._next: Iterator[Reading] = iter(readings)
        self._given = 0

    def _number(self, value: Any) -> Any:
        if value == self._own.threshold and not isinstance(value, bool):
            return leaf(Shown(WILLINGNESS, WILLINGNESS, ((WILLINGNESS, next(self._next)),)), value)
        if self._loose and next(self._next) == ("given",):
            self._given += 1
            return leaf(Given(self._given), value)
        return value

    def _reference(self, reference: Reference, value: float) -> Any:
        return leaf(self.shown(reference), value)

    def shown(self, reference: Reference) -> Shown:
        """Give a reference with the next readings."""
        labels = tuple((dim, next(self._next)) for dim, _ in reference.labels)
        indices = tuple((name, next(self._next)) for name, _ in reference.indices)
        options = tuple(next(self._next) for _ in reference.options)
        return Shown(reference.kind, reference.title, labels, indices, reference.unit, options)

    def _span(self, span: Span) -> ShownRun:
        first = self._references.at(span.column, span.first)
        return ShownRun(self.shown(first), next(self._next), first.indices[-1][1])

    def _series(self, terms: Sequence[Any], read: Sequence[Facts], dim: str) -> Any:
        inner = self.item(terms[0]) if isinstance(terms[0], Symbol) else self._number(terms[0])
        return over("series", 0.0, inner, Binder(dim))

    def _joined(self, parts: Sequence[Any], value: float) -> Any:
        total = parts[0]
        for part in parts[1:]:
            total = over("+", value, total, part)
        return total

    def _made(self, item: Symbol, args: list[Any]) -> Any:
        return over(item.op, item.value, *args)


def sets_of(references: References, own: Own, folds: frozenset[Any], item: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Give the dimension and the labels of every sum of like terms in a formula."""
    finder = _Sets(references, own, folds)
    finder.item(item, top=True)
    return finder.found


class _Sets(Reader):
    def __init__(self, references: References, own: Own, folds: frozenset[Any]) -> None:
        super().__init__(references, own, folds)
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def _series(self, terms: Sequence[Any], read: Sequence[Facts], dim: str) -> None:
        self.found.append((dim, each(read, dim)))
