"""Formulas as a paper writes them: one walk of the expression, which decides what stands where and in which brackets.

The walk gives a `Node`, which prints itself in LaTeX or in MathML. What a place is called on paper is for the caller to
say (`Notation`); everything else is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from hecon.frozen import frozen
from hecon.report.equations.notation import (
    AND,
    EQUALS,
    MINUS,
    OR,
    PLUS,
    TIMES,
    Beside,
    Cases,
    Fenced,
    Fraction,
    Function,
    Node,
    Power,
    Root,
    Sign,
    Sum,
    Under,
    Words,
    listed,
    number,
)
from hecon.symbols.expression import Symbol

#: How tightly things hold together: an argument that holds less tightly than its operation wants gets brackets.
_CONDITION, SUM, _SERIES, PRODUCT, CALL, ATOM = range(1, 7)

_RELATIONS = {
    "=": EQUALS,
    "<": Sign("<"),
    "<=": Sign("\u2264", r"\leq"),
    ">": Sign(">"),
    ">=": Sign("\u2265", r"\geq"),
}
_MAX, _MIN = Function("max", r"\max"), Function("min", r"\min")
_FUNCTIONS = {
    "exp": Function("exp", r"\exp"),
    "log": Function("ln", r"\ln"),
    "min": _MIN,
    "max": _MAX,
    "normal_cdf": Function("\u03a6", r"\Phi"),
    "gamma_cdf": Function("P", "P"),
    "beta_cdf": Function("I", "I"),
}
_FENCES = {"abs": "|", "floor": "floor", "ceil": "ceil"}
_MEMBER, _SUCH_THAT = Sign("#", r"\#"), Sign(":")


@frozen(eq=True)
class Run:
    """Cells that an operation runs over: the letter of their index, its first and last value, and a cell at an index.

    Without a last value the run is all there is. `start` is the first index in numbers (runs that are multiplied need
    not begin at the same one); `picked` is the cell at an index that is a formula itself.
    """

    index: Node
    first: Node
    last: Node | None
    start: int
    at: Callable[[Node], Node]
    picked: Callable[[Node], Node]


class Notation(Protocol):
    """What the author of a paper calls things."""

    def place(self, place: Any) -> Node:
        """A quantity: the content of a cell, or an input."""

    def run(self, span: Any) -> Run:
        """Cells under each other."""

    def series(self, binder: Any) -> Node:
        """What a sum of like terms runs over."""

    def option(self, choice: Any, place: int) -> Node:
        """The condition under which an option is taken, the first one with place 1."""


def mathematics(item: Any, notation: Notation) -> Node:
    """Give the formula of a symbol, or a number, as it stands on paper."""
    return _Walk(notation).part(item).node


@frozen(eq=True)
class _Part:
    node: Node
    level: int
    #: Whether it begins with a minus.
    signed: bool = False


def _bracketed(part: _Part, level: int, *, first: bool = True) -> Node:
    """Give a number in brackets where it holds less tightly than is needed, or is signed and does not come first.

    A condition gets square brackets, which count 1 where it holds and 0 elsewhere.
    """
    if part.level == _CONDITION and not isinstance(part.node, Cases):
        return Fenced(part.node, "[")
    return Fenced(part.node) if part.level < level or (part.signed and not first) else part.node


class _Walk:
    def __init__(self, notation: Notation) -> None:
        self._notation = notation

    def part(self, item: Any) -> _Part:
        """Print an item, and say how tightly it holds together."""
        if not isinstance(item, Symbol):
            return self._number(item)
        if item.op == "leaf":
            return _Part(self._notation.place(item.args[0]), ATOM)
        if item.op in _RELATIONS:
            left, right = (self._value(arg, SUM) for arg in item.args)
            return _Part(Beside(left, _RELATIONS[item.op], right), _CONDITION)
        if item.op in _FUNCTIONS:
            return self._call(item)
        if item.op in _FENCES:
            return _Part(Fenced(self._alone(item.args[0]), _FENCES[item.op]), ATOM)
        return getattr(self, _METHODS[item.op])(*item.args)

    def _value(self, item: Any, level: int = SUM, *, first: bool = True) -> Node:
        """Print what must be a number, in brackets where it holds less tightly than `level`."""
        return _bracketed(self.part(item), level, first=first)

    def _alone(self, item: Any) -> Node:
        """Print what stands alone, as under a fraction or in brackets: only a condition needs its own."""
        part = self.part(item)
        return part.node if isinstance(part.node, Cases) else _bracketed(part, SUM)

    def _number(self, value: Any) -> _Part:
        if isinstance(value, bool):
            return _Part(Words("true" if value else "false"), ATOM)
        node = number(float(value))
        plain = not isinstance(node, Beside | Power)
        return _Part(node, ATOM if plain else SUM if value < 0 else PRODUCT, signed=value < 0)

    def _add(self, a: Any, b: Any) -> _Part:
        left = self.part(a)
        return _Part(Beside(_bracketed(left, SUM), PLUS, self._value(b, first=False)), SUM, left.signed)

    def _subtract(self, a: Any, b: Any) -> _Part:
        left = self.part(a)
        return _Part(Beside(_bracketed(left, SUM), MINUS, self._value(b, _SERIES, first=False)), SUM, left.signed)

    def _negative(self, a: Any) -> _Part:
        return _Part(Beside(MINUS, self._value(a, _SERIES, first=False)), SUM, signed=True)

    def _multiply(self, a: Any, b: Any) -> _Part:
        return _Part(Beside(self._value(a, PRODUCT), TIMES, self._value(b, PRODUCT, first=False)), PRODUCT)

    def _divide(self, a: Any, b: Any) -> _Part:
        times = _whole_reciprocal(b)
        if times:  # a / (1/12) is 12 a
            return _Part(Beside(number(times), TIMES, self._value(a, PRODUCT, first=False)), PRODUCT)
        if isinstance(b, Symbol) and b.op == "/" and not isinstance(b.args[0], Symbol) and b.args[0] == 1:
            return self._multiply(a, b.args[1])
        return _Part(Fraction(self._alone(a), self._alone(b)), CALL)

    def _power(self, a: Any, b: Any) -> _Part:
        base = self._value(a, ATOM)
        return _Part(Power(Fenced(base) if isinstance(base, Power) else base, self._alone(b)), CALL)

    def _root(self, a: Any) -> _Part:
        return _Part(Root(self._alone(a)), CALL)

    def _call(self, item: Symbol) -> _Part:
        args = item.args[::-1] if item.op == "gamma_cdf" else item.args  # the shape comes first on paper
        inner = [self._alone(args[0])] if len(args) == 1 else [self._value(arg) for arg in args]
        return _Part(Beside(_FUNCTIONS[item.op], Fenced(listed(inner))), CALL)

    # Choices.

    def _if(self, condition: Any, yes: Any, no: Any) -> _Part:
        rows: list[tuple[Node, Node]] = []
        for conditions, value in _branches((), condition, yes, no):
            if not conditions:
                when: Node = Words("otherwise")
            else:
                joined = self._condition(conditions[0]) if len(conditions) == 1 else self._and(*conditions).node
                when = Beside(Words("else if " if rows else "if "), joined)
            rows.append((self._branch(value), when))
        return _Part(Cases(tuple(rows)), _CONDITION)

    def _choose(self, chosen: Any, *options: Any) -> _Part:
        rows = []
        for place, option in enumerate(options, start=1):
            when = (
                self._notation.option(chosen.args[0], place)
                if isinstance(chosen, Symbol) and chosen.op == "leaf"
                else Beside(self._value(chosen), EQUALS, number(place))
            )
            rows.append((self._branch(option), Beside(Words("if "), when)))
        return _Part(Cases(tuple(rows)), _CONDITION)

    def _branch(self, item: Any) -> Node:
        """Print a value of a choice; a choice within one gets brackets of its own."""
        part = self.part(item)
        return Fenced(part.node) if isinstance(part.node, Cases) else self._value(item)

    def _condition(self, item: Any) -> Node:
        part = self.part(item)
        if isinstance(part.node, Cases):
            return Beside(Fenced(part.node), Sign("\u2260", r"\neq"), number(0))
        if part.level > _CONDITION:  # a number: 0 is no, everything else is yes
            return Beside(part.node, Sign("\u2260", r"\neq"), number(0))
        return part.node

    def _and(self, *conditions: Any) -> _Part:
        return self._joined(AND, conditions)

    def _or(self, *conditions: Any) -> _Part:
        return self._joined(OR, conditions)

    def _joined(self, sign: Sign, conditions: tuple[Any, ...]) -> _Part:
        parts: list[Node] = []
        for condition in conditions:
            node = self._condition(condition)
            nested = isinstance(condition, Symbol) and condition.op in ("and", "or")
            parts += [sign] if parts else []
            parts.append(Fenced(node) if nested else node)
        return _Part(Beside(*parts), _CONDITION)

    # Runs of cells.

    def _sum(self, span: Any) -> _Part:
        return self._sum_of_products(span)

    def _sum_of_products(self, *spans: Any) -> _Part:
        runs = [self._notation.run(span) for span in spans]
        own = runs[0]
        parts: list[Node] = []
        for run in runs:
            term = run.at(moved_index(own.index, run.start - own.start))
            parts += [TIMES, term] if parts else [term]
        below = own.index if own.last is None else Beside(own.index, EQUALS, own.first)
        return _Part(Sum(below, own.last, Beside(*parts)), _SERIES)

    def _largest(self, span: Any) -> _Part:
        run = self._notation.run(span)
        to = _RELATIONS["<="]
        bounds = run.index if run.last is None else Beside(run.first, to, run.index, to, run.last)
        return _Part(Beside(Under(_MAX, bounds), run.at(run.index)), _SERIES)

    def _match(self, key: Any, span: Any) -> _Part:
        run = self._notation.run(span)
        which = Beside(run.at(run.index), _RELATIONS["<="], self._value(key))
        found = Beside(_MAX, Fenced(Beside(run.index, _SUCH_THAT, which), "{"))
        return self._counted(found, 1 - run.start)

    def _at(self, span: Any, place: Any) -> _Part:
        run = self._notation.run(span)
        shift = run.start - 1
        return _Part(run.picked(moved_index(self._value(place), shift)), ATOM)

    def _count_below(self, span: Any, bound: Any) -> _Part:
        run = self._notation.run(span)
        which = Beside(run.at(run.index), _RELATIONS["<"], self._value(bound))
        return _Part(Beside(_MEMBER, Fenced(Beside(run.index, _SUCH_THAT, which), "{")), CALL)

    def _counted(self, found: Node, shift: int) -> _Part:
        return _Part(moved_index(found, shift), SUM if shift else CALL)

    def _series(self, term: Any, binder: Any) -> _Part:
        return _Part(Sum(self._notation.series(binder), None, self._value(term, _SERIES)), _SERIES)


_METHODS = {
    "+": "_add",
    "-": "_subtract",
    "neg": "_negative",
    "*": "_multiply",
    "/": "_divide",
    "^": "_power",
    "sqrt": "_root",
    "if": "_if",
    "choose": "_choose",
    "and": "_and",
    "or": "_or",
    "sum": "_sum",
    "sumproduct": "_sum_of_products",
    "largest": "_largest",
    "match": "_match",
    "index": "_at",
    "count_below": "_count_below",
    "series": "_series",
}


def _branches(given: tuple[Any, ...], condition: Any, yes: Any, no: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Values of choices within choices, each with the conditions that it needs where none before it holds."""
    for conditions, value in (((*given, condition), yes), (given, no)):
        if isinstance(value, Symbol) and value.op == "if":
            yield from _branches(conditions, *value.args)
        else:
            yield conditions, value


def _whole_reciprocal(value: Any) -> int:
    """The whole number whose reciprocal a number is; 0 where there is none."""
    if isinstance(value, Symbol | bool) or not 0 < value < 1:
        return 0
    whole = round(1 / value)
    return whole if 1 / whole == value else 0


def moved_index(index: Node, by: int) -> Node:
    """Give an index so many further on.

    >>> from hecon.report.equations.latex import latex
    >>> from hecon.report.equations.notation import Letter
    >>> latex(moved_index(Letter("i"), -1))
    'i - 1'
    """
    if not by:
        return index
    return Beside(index, PLUS if by > 0 else MINUS, number(abs(by)))
