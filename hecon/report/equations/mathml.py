"""Formulas in presentation MathML, as browsers show them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import singledispatch
from html import escape

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

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
#: Characters that no XML document may hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_APPLIED = "<mo>&#8289;</mo>"
_PRIME, _FIXED_SPACE = "\u2032", "\u00a0"


def xml_text(text: str) -> str:
    """Give text as XML holds it, whatever it holds.

    >>> xml_text('Isa & <Pd>')
    'Isa &amp; &lt;Pd&gt;'
    """
    return escape(_FORBIDDEN.sub("\ufffd", text), quote=True)


def math(node: Node, *, display: bool = False) -> str:
    """Give a formula as an element ``math``, within a line or on its own."""
    block = ' display="block"' if display else ""
    return f'<math xmlns="{NAMESPACE}"{block}>{mathml(node)}</math>'


@singledispatch
def mathml(node: Node) -> str:
    """Print a formula, without the element ``math`` around it.

    >>> mathml(Power(Letter("x"), Number("2")))
    '<msup><mi>x</mi><mn>2</mn></msup>'
    """
    raise TypeError(f"no formula: {node!r}")


@mathml.register
def _(node: Number) -> str:
    return f"<mn>{xml_text(node.text)}</mn>"


@mathml.register
def _(node: Letter) -> str:
    plain = node.character.rstrip(_PRIME)
    letters = "".join(f"<mi>{xml_text(one)}</mi>" for one in plain)
    base = letters if len(plain) == 1 else f"<mrow>{letters}</mrow>"
    primes = node.character[len(plain) :]
    return f"<msup>{base}<mo>{primes}</mo></msup>" if primes else base


@mathml.register
def _(node: Words) -> str:
    # Spaces at the ends of an element are dropped by every reader of MathML.
    inner = node.text.strip(" ")
    before, _, after = node.text.partition(inner) if inner else (node.text, "", "")
    return f"<mtext>{_FIXED_SPACE * len(before)}{xml_text(inner)}{_FIXED_SPACE * len(after)}</mtext>"


@mathml.register
def _(node: Sign) -> str:
    return f"<mo>{xml_text(node.character)}</mo>"


@mathml.register
def _(node: Bracket) -> str:
    return f'<mo fence="true" stretchy="false">{node.character}</mo>'


@mathml.register
def _(node: Function) -> str:
    return f"{_name(node)}{_APPLIED}"


def _name(node: Function) -> str:
    return f'<mi mathvariant="normal">{xml_text(node.name)}</mi>'


@mathml.register
def _(node: Beside) -> str:
    return f"<mrow>{''.join(mathml(item) for item in node.items)}</mrow>"


@mathml.register
def _(node: Sub) -> str:
    return f"<msub>{mathml(node.base)}{mathml(node.below)}</msub>"


@mathml.register
def _(node: Power) -> str:
    return f"<msup>{mathml(node.base)}{mathml(node.exponent)}</msup>"


@mathml.register
def _(node: Fraction) -> str:
    return f"<mfrac>{mathml(node.top)}{mathml(node.bottom)}</mfrac>"


@mathml.register
def _(node: Root) -> str:
    return f"<msqrt>{mathml(node.inner)}</msqrt>"


@mathml.register
def _(node: Fenced) -> str:
    fences, stretchy = FENCES[node.fence], "true" if node.tall else "false"
    left, right = (
        f'<mo fence="true" form="{form}" stretchy="{stretchy}">{fences[place]}</mo>'
        for place, form in enumerate(("prefix", "postfix"))
    )
    return f"<mrow>{left}{mathml(node.inner)}{right}</mrow>"


@mathml.register
def _(node: Sum) -> str:
    sign = '<mo largeop="true" movablelimits="false">\u2211</mo>'
    below, term = mathml(node.below), mathml(node.term)
    if node.above is None:
        return f"<mrow><munder>{sign}{below}</munder>{term}</mrow>"
    return f"<mrow><munderover>{sign}{below}{mathml(node.above)}</munderover>{term}</mrow>"


@mathml.register
def _(node: Under) -> str:
    return f"<mrow><munder>{_name(node.function)}{mathml(node.below)}</munder>{_APPLIED}</mrow>"


@mathml.register
def _(node: Cases) -> str:
    brace = '<mo fence="true" form="prefix" stretchy="true">{</mo>'
    return f"<mrow>{brace}{_table(node.rows, ('left', 'left'))}</mrow>"


@mathml.register
def _(node: Lines) -> str:
    if len(node.rows) == 1 and len(node.rows[0]) == 2:
        return mathml(Beside(*node.rows[0]))
    return _table(node.rows, ("right; padding: .15em 0", "left; padding: .15em 0", "left; padding: .15em 1.5em"))


def _table(rows: Sequence[Sequence[Node]], sides: Sequence[str]) -> str:
    lines = (
        "".join(f'<mtd style="text-align: {side}">{mathml(cell)}</mtd>' for side, cell in zip(sides, row, strict=False))
        for row in rows
    )
    align = " ".join(side.partition(";")[0] for side in sides)
    body = "".join(f"<mtr>{line}</mtr>" for line in lines)
    return f'<mtable displaystyle="true" columnalign="{align}">{body}</mtable>'
