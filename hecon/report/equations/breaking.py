"""Equations that fit a page: long ones go on under the equals sign, first broken where they are sums."""

from __future__ import annotations

from collections.abc import Sequence

from hecon.report.equations.notation import (
    AND,
    COMMA,
    EMPTY,
    EQUALS,
    MINUS,
    OR,
    PLUS,
    TIMES,
    Beside,
    Bracket,
    Cases,
    Fenced,
    Function,
    Lines,
    Node,
    Sign,
    Sum,
    Words,
)

#: Width of a line of a page, in characters of `Node.width`.
_WIDTH = 78
_INDENT = Words("\u2003")


def broken_to_width(lines: Sequence[tuple[Node, Node | None, Node | None]], width: int = _WIDTH) -> Lines:
    """Set lines of what is defined, its formula and the range for which it holds; without a formula, dots.

    >>> from hecon.report.equations.latex import latex
    >>> from hecon.report.equations.notation import Letter, number
    >>> latex(broken_to_width([(Letter("x"), number(1), None)]))
    'x = 1'
    """
    stacked = any(
        right is not None and left.width > width // 3 and left.width + right.width + EQUALS.width > width
        for left, right, _ in lines
    )
    widest = 0 if stacked else max(left.width for left, _, _ in lines)
    rows: list[tuple[Node, ...]] = []
    for left, right, holds in lines:
        if right is None:
            rows.append((EMPTY, left))
        elif stacked:
            rows += _under(left, right, holds, width)
        else:
            rows += _beside(left, right, holds, width - widest - EQUALS.width)
    return Lines(tuple(rows))


def _beside(left: Node, right: Node, holds: Node | None, room: int) -> list[tuple[Node, ...]]:
    """Set a formula beside what it defines, and under the equals sign where it is long."""
    first, *rest = _parts(right, room)
    told = [] if holds is None else [Beside(Words("for "), holds)]
    if told and not rest and first.width + told[0].width <= room:
        return [(left, Beside(EQUALS, first), told[0])]
    return [(left, Beside(EQUALS, first)), *((EMPTY, Beside(_INDENT, part)) for part in (*rest, *told))]


def _under(left: Node, right: Node, holds: Node | None, width: int) -> list[tuple[Node, ...]]:
    """Set a formula under what it defines, unless both fit a line."""
    told = [] if holds is None else [Beside(Words("for "), holds)]
    if left.width + EQUALS.width + right.width <= width:
        return [(EMPTY, Beside(left, EQUALS, right)), *((EMPTY, Beside(_INDENT, part)) for part in told)]
    return [(EMPTY, Beside(left, EQUALS)), *((EMPTY, Beside(_INDENT, part)) for part in (*_parts(right, width), *told))]


def _parts(node: Node, room: int) -> list[Node]:
    """Break a formula where it is a sum, then where its terms are products, then within brackets, as is needed."""
    if isinstance(node, Cases):
        return [_narrow(node, room)]
    for signs, opens in (((PLUS, MINUS), False), ((PLUS, MINUS, TIMES), False), ((PLUS, MINUS, TIMES), True)):
        parts = _filled(_terms(node, signs, opens=opens), room)
        if max(part.width for part in parts) <= room:
            break
    return parts


#: A piece of a formula, after the sign before which a line may end; without one it follows a comma.
_Term = tuple[Sign | None, Node]


def _terms(node: Node, signs: tuple[Sign, ...], *, opens: bool) -> list[_Term]:
    if isinstance(node, Sum) and TIMES in signs:  # a product under a sum goes on below it
        (_, first), *rest = _terms(node.term, (TIMES,), opens=False)
        return [(None, Sum(node.below, node.above, first)), *rest]
    if not isinstance(node, Beside) or len(node.items) < 2:
        return _opened(node, signs) if opens else [(None, node)]
    if len(node.items) == 3 and node.items[1] in signs:
        left, sign, right = node.items
        assert isinstance(sign, Sign)
        inner = _terms(right, signs, opens=opens)
        return [*_terms(left, signs, opens=opens), (sign, inner[0][1]), *inner[1:]]
    *before, last = node.items
    if (opens and isinstance(before[-1], Function)) or before == [MINUS]:
        (_, first), *rest = _terms(last, signs, opens=opens)
        return [(None, Beside(*before, first)), *rest]
    return [(None, node)]


def _opened(node: Node, signs: tuple[Sign, ...]) -> list[_Term]:
    """Pieces of what stands in brackets that do not grow; between arguments a line may end after the comma."""
    if not isinstance(node, Fenced) or node.tall or node.fence != "(":
        return [(None, node)]
    terms: list[_Term] = []
    for argument in _arguments(node.inner):
        terms += _terms(argument, signs, opens=True)
        terms[-1] = (terms[-1][0], Beside(terms[-1][1], COMMA))
    operator, last = terms[-1]
    assert isinstance(last, Beside)
    terms[-1] = (operator, Beside(*last.items[:-1], Bracket(")")))
    terms[0] = (terms[0][0], Beside(Bracket("("), terms[0][1]))
    return terms


def _arguments(inner: Node) -> list[Node]:
    if isinstance(inner, Beside) and COMMA in inner.items:
        return [item for item in inner.items if item != COMMA]
    return [inner]


def _filled(terms: Sequence[_Term], room: int) -> list[Node]:
    rows: list[list[Node]] = []
    for sign, term in terms:
        own = [term] if sign is None else [sign, term]
        if rows and sum(item.width for item in [*rows[-1], *own]) <= room:
            rows[-1] += own
        else:
            rows.append(own)
    return [row[0] if len(row) == 1 else Beside(*row) for row in rows]


def _narrow(cases: Cases, room: int) -> Cases:
    """Break long conditions where they are joined."""
    rows: list[tuple[Node, Node]] = []
    for value, when in cases.rows:
        parts = _joined(when) if value.width + when.width > room else [when]
        rows += [(value if part is parts[0] else EMPTY, part) for part in parts]
    return Cases(tuple(rows))


def _joined(when: Node) -> list[Node]:
    """Parts of a condition, the sign that joins one to those before it at its begin."""
    if not isinstance(when, Beside):
        return [when]
    *before, condition = when.items
    items = condition.items if isinstance(condition, Beside) else ()
    places = [place for place, item in enumerate(items) if item in (AND, OR)]
    ends = zip([0, *places], [*places, len(items)], strict=True)
    parts = [Beside(*items[first:last]) for first, last in ends]
    return [Beside(*before, parts[0]), *parts[1:]] if len(parts) > 1 else [when]
