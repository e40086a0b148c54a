"""Formulas in Office Open XML math, as Word shows and edits them (ECMA-376, part 1, section 22.1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from hecon.report.equations.mathml import xml_text
from hecon.report.equations.notation import (
    FENCES,
    Beside,
    Bracket,
    Cases,
    Fenced,
    Fraction,
    Function,
    Letter,
    Lines,
    Node,
    Number,
    Power,
    Root,
    Sign,
    Sub,
    Sum,
    Under,
    Words,
)

_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_APPLIED, _SPACE = "\u2061", "\u00a0"


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#: Letters that fit a line at the usual size; a wider formula is set smaller, down to the least size, in half points.
_LINE, _SIZE, _LEAST = 84, 20, 11
#: Stands where a sign begins or ends a cell, so that it has something on both sides.
_BLANK = "\u200b"


def word_math(node: Node) -> str:
    """Give a formula as an element ``m:oMath``, to stand within a paragraph; one wider than a line is set smaller."""
    size = max(_LEAST, int(_SIZE * min(1.0, _LINE / max(node.width, 1))))
    look = '<w:rFonts w:ascii="Cambria Math" w:hAnsi="Cambria Math"/>' + (
        f'<w:sz w:val="{size}"/>' if size < _SIZE else ""
    )
    inner = omml(node).replace("<m:t>", f"<w:rPr>{look}</w:rPr><m:t>").replace("<m:t ", f"<w:rPr>{look}</w:rPr><m:t ")
    return f'<m:oMath xmlns:m="{_NAMESPACE}" xmlns:w="{_WORD}">{inner}</m:oMath>'


@singledispatch
def omml(node: Node) -> str:
    """Print a formula, without the element ``m:oMath`` around it.

    >>> omml(Power(Letter("x"), Number("2")))
    '<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>'
    """
    raise TypeError(f"no formula: {node!r}")


def _run(text: str, style: str = "") -> str:
    properties = f"<m:rPr>{style}</m:rPr>" if style else ""
    space = ' xml:space="preserve"' if text != text.strip() else ""
    return f"<m:r>{properties}<m:t{space}>{xml_text(text)}</m:t></m:r>"


_UPRIGHT, _WORDS = '<m:sty m:val="p"/>', "<m:nor/>"


@omml.register
def _(node: Number) -> str:
    return _run(node.text)


@omml.register
def _(node: Letter | Sign) -> str:
    return _run(node.character)


@omml.register
def _(node: Bracket) -> str:
    # As text: its other half may stand on another line, which some readers of a formula take for an error.
    return _run(node.character, _WORDS)


@omml.register
def _(node: Words) -> str:
    inner = node.text.strip(" ")
    before, _, after = node.text.partition(inner) if inner else (node.text, "", "")
    return _run(f"{_SPACE * len(before)}{inner}{_SPACE * len(after)}", _WORDS)


@omml.register
def _(node: Function) -> str:
    return _run(node.name + _APPLIED, _UPRIGHT)


@omml.register
def _(node: Beside) -> str:
    return "".join(omml(item) for item in node.items)


def _of(tag: str, *parts: tuple[str, str], before: str = "") -> str:
    inner = "".join(f"<m:{name}>{content}</m:{name}>" for name, content in parts)
    return f"<m:{tag}>{before}{inner}</m:{tag}>"


@omml.register
def _(node: Sub) -> str:
    return _of("sSub", ("e", omml(node.base)), ("sub", omml(node.below)))


@omml.register
def _(node: Power) -> str:
    return _of("sSup", ("e", omml(node.base)), ("sup", omml(node.exponent)))


@omml.register
def _(node: Fraction) -> str:
    return _of("f", ("num", omml(node.top)), ("den", omml(node.bottom)))


@omml.register
def _(node: Root) -> str:
    return _of("rad", ("deg", ""), ("e", omml(node.inner)), before='<m:radPr><m:degHide m:val="1"/></m:radPr>')


def _enclosed(begin: str, end: str, inner: str) -> str:
    signs = f'<m:begChr m:val="{xml_text(begin)}"/><m:endChr m:val="{xml_text(end)}"/>'
    return _of("d", ("e", inner), before=f"<m:dPr>{signs}</m:dPr>")


@omml.register
def _(node: Fenced) -> str:
    begin, end = tuple(FENCES[node.fence])
    return _enclosed(begin, end, omml(node.inner))


@omml.register
def _(node: Sum) -> str:
    hidden = "" if node.above is not None else '<m:supHide m:val="1"/>'
    properties = f'<m:naryPr><m:chr m:val="\u2211"/><m:limLoc m:val="undOvr"/>{hidden}</m:naryPr>'
    above = "" if node.above is None else omml(node.above)
    return _of("nary", ("sub", omml(node.below)), ("sup", above), ("e", omml(node.term)), before=properties)


@omml.register
def _(node: Under) -> str:
    return _of("limLow", ("e", _run(node.function.name, _UPRIGHT)), ("lim", omml(node.below))) + _run(_APPLIED)


@omml.register
def _(node: Cases) -> str:
    return _enclosed("{", "", _matrix(node.rows, ("left", "left")))


@omml.register
def _(node: Lines) -> str:
    if len(node.rows) == 1 and len(node.rows[0]) == 2:
        return omml(Beside(*node.rows[0]))
    return _matrix(node.rows, ("right", "left", "left"))


def _matrix(rows: Sequence[Sequence[Node]], sides: Sequence[str]) -> str:
    columns = max(len(row) for row in rows)
    justified = "".join(
        f'<m:mc><m:mcPr><m:count m:val="1"/><m:mcJc m:val="{side}"/></m:mcPr></m:mc>' for side in sides[:columns]
    )
    body = "".join(
        _of("mr", *(("e", _cell(cell)) for cell in (*row, *[Beside()] * (columns - len(row))))) for row in rows
    )
    return f"<m:m><m:mPr><m:mcs>{justified}</m:mcs></m:mPr>{body}</m:m>"


def _cell(node: Node) -> str:
    """Give a cell of a matrix; a sign at its begin or end has an empty letter beside it, as has an empty cell."""
    blank = _run(_BLANK, _WORDS)
    before = blank if _is_open(node, 0) else ""
    after = blank if _is_open(node, -1) and not _is_empty(node) else ""
    return before + omml(node) + after


def _is_empty(node: Node) -> bool:
    return isinstance(node, Beside) and not node.items


def _is_open(node: Node, end: int) -> bool:
    if isinstance(node, Beside):
        return not node.items or _is_open(node.items[end], end)
    return isinstance(node, Sign)
