"""What a formula looks like on paper: letters, fractions, powers, brackets, cases, sums; in LaTeX and in MathML.

A `Node` is one such thing, made of others. It says nothing about meaning or precedence: `mathematics` decides where
brackets stand, once for both notations.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

_LATEX_TEXT = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": "'", "`": r"\textasciigrave{}", "\u00a0": "~",
    "\u2013": "--", "\u2014": "---", "\u2018": "`", "\u2019": "'", "\u201c": "``", "\u201d": "''", "\u2026": r"\dots{}",
    "\u00b7": r"\textperiodcentered{}", "\u2265": r"\ensuremath{\geq}", "\u2264": r"\ensuremath{\leq}",
    "\u2212": r"\ensuremath{-}", "\u00d7": r"\ensuremath{\times}", "\u00b1": r"\ensuremath{\pm}", "\u20ac": r"\texteuro{}",
    "\u00b5": r"\textmu{}", "\u03bc": r"\textmu{}", "\u00b0": r"\textdegree{}", "\u221e": r"\ensuremath{\infty}",
}  # fmt: skip
#: Characters that no XML document may hold, and those that would end a line of LaTeX.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_SPACE = re.compile(r"\s+")


def latex_text(text: str) -> str:
    """Give text as LaTeX sets it, whatever it holds: no character of it can be a command.

    >>> latex_text("50%_x & {A}")
    '50\\\\%\\\\_x \\\\& \\\\{A\\\\}'
    """
    plain = _SPACE.sub(" ", _FORBIDDEN.sub("\ufffd", text.replace("\u00a0", "\0"))).replace("\ufffd", "?")
    return "".join(_LATEX_TEXT.get(one, one) for one in plain.replace("\0", "\u00a0"))


def xml_text(text: str) -> str:
    """Give text as XML holds it.

    >>> xml_text('Isa & <Pd>')
    'Isa &amp; &lt;Pd&gt;'
    """
    return escape(_FORBIDDEN.sub("\ufffd", text), quote=True)


class Node(ABC):
    """A part of a formula on paper. `width` is in characters, roughly; `tall` needs brackets that grow."""

    width: int
    tall: bool = False

    @abstractmethod
    def latex(self) -> str:
        """Print it in LaTeX's mathematical mode; amsmath is wanted."""

    @abstractmethod
    def mathml(self) -> str:
        """Print it as presentation MathML, without the element ``math``."""


@dataclass(frozen=True)
class Number(Node):
    """Digits, as they are given; infinity is a number here."""

    text: str

    @property
    def width(self) -> int:  # type: ignore[override]
        """Number of digits."""
        return len(self.text)

    def latex(self) -> str:
        return r"\infty" if self.text == "\u221e" else self.text

    def mathml(self) -> str:
        return f"<mn>{xml_text(self.text)}</mn>"


@dataclass(frozen=True)
class Letter(Node):
    """A letter for a quantity or an index, in italics: a character, and its command in LaTeX where it has one."""

    character: str
    command: str = ""
    width = 1

    def latex(self) -> str:
        return f"{{{self.command}}}" if self.command else self.character

    def mathml(self) -> str:
        return f"<mi>{xml_text(self.character)}</mi>"


@dataclass(frozen=True)
class Words(Node):
    """Upright words."""

    text: str

    @property
    def width(self) -> int:  # type: ignore[override]
        """Number of characters; spaces are narrow."""
        return len(self.text)

    def latex(self) -> str:
        return rf"\text{{{latex_text(self.text)}}}"

    def mathml(self) -> str:
        return f"<mtext>{xml_text(self.text)}</mtext>"


@dataclass(frozen=True)
class Sign(Node):
    """An operator, a relation or a comma."""

    character: str
    command: str = ""

    @property
    def width(self) -> int:  # type: ignore[override]
        """Space around it counted."""
        return 1 if self.character == "," else 3

    def latex(self) -> str:
        shown = self.command or self.character
        return f"{shown} " if self.character == "," else f" {shown} "

    def mathml(self) -> str:
        return f"<mo>{xml_text(self.character)}</mo>"


PLUS, MINUS, TIMES, EQUALS = Sign("+"), Sign("\u2212", "-"), Sign("\u22c5", r"\cdot"), Sign("=")
COMMA, DOTS, IN = Sign(",", r",\,"), Sign("\u2026", r"\dots"), Sign("\u2208", r"\in")


@dataclass(frozen=True)
class Function(Node):
    """Name of a function of several letters, or a letter that stands for one."""

    name: str
    command: str
    width = 3

    def latex(self) -> str:
        return self.command

    def mathml(self) -> str:
        return f"<mi>{xml_text(self.name)}</mi><mo>&#8289;</mo>"


@dataclass(frozen=True)
class Row(Node):
    """Things beside each other."""

    items: tuple[Node, ...]

    def __init__(self, *items: Node) -> None:
        object.__setattr__(self, "items", items)

    @property
    def width(self) -> int:  # type: ignore[override]
        """Sum of widths."""
        return sum(item.width for item in self.items)

    @property
    def tall(self) -> bool:  # type: ignore[override]
        """Whether anything in it is."""
        return any(item.tall for item in self.items)

    def latex(self) -> str:
        return "".join(item.latex() for item in self.items).lstrip()

    def mathml(self) -> str:
        return f"<mrow>{''.join(item.mathml() for item in self.items)}</mrow>"


@dataclass(frozen=True)
class Sub(Node):
    """Something with a subscript."""

    base: Node
    below: Node

    @property
    def width(self) -> int:  # type: ignore[override]
        """Subscripts are small."""
        return self.base.width + (2 * self.below.width + 2) // 3

    def latex(self) -> str:
        return f"{self.base.latex()}_{{{self.below.latex()}}}"

    def mathml(self) -> str:
        return f"<msub>{self.base.mathml()}{self.below.mathml()}</msub>"


@dataclass(frozen=True)
class Power(Node):
    """Something with an exponent; brackets around the base are for the caller to put."""

    base: Node
    exponent: Node

    @property
    def width(self) -> int:  # type: ignore[override]
        """Exponents are small."""
        return self.base.width + (2 * self.exponent.width + 2) // 3

    @property
    def tall(self) -> bool:  # type: ignore[override]
        """As tall as its parts."""
        return self.base.tall or self.exponent.tall

    def latex(self) -> str:
        return f"{{{self.base.latex()}}}^{{{self.exponent.latex()}}}"

    def mathml(self) -> str:
        return f"<msup>{self.base.mathml()}{self.exponent.mathml()}</msup>"


@dataclass(frozen=True)
class Fraction(Node):
    """One thing over another."""

    top: Node
    bottom: Node
    tall = True

    @property
    def width(self) -> int:  # type: ignore[override]
        """Of the wider part."""
        return max(self.top.width, self.bottom.width) + 1

    def latex(self) -> str:
        return rf"\frac{{{self.top.latex()}}}{{{self.bottom.latex()}}}"

    def mathml(self) -> str:
        return f"<mfrac>{self.top.mathml()}{self.bottom.mathml()}</mfrac>"


@dataclass(frozen=True)
class Root(Node):
    """A square root."""

    inner: Node

    @property
    def width(self) -> int:  # type: ignore[override]
        """With its sign."""
        return self.inner.width + 2

    @property
    def tall(self) -> bool:  # type: ignore[override]
        """As tall as what is under it."""
        return self.inner.tall

    def latex(self) -> str:
        return rf"\sqrt{{{self.inner.latex()}}}"

    def mathml(self) -> str:
        return f"<msqrt>{self.inner.mathml()}</msqrt>"


_FENCES = {"(": "()", "[": "[]", "{": "{}", "|": "||", "floor": "\u230a\u230b", "ceil": "\u2308\u2309"}
_LATEX_FENCES = {
    "{": (r"\{", r"\}"), "|": (r"\lvert", r"\rvert"), "floor": (r"\lfloor", r"\rfloor"), "ceil": (r"\lceil", r"\rceil")
}  # fmt: skip


@dataclass(frozen=True)
class Fenced(Node):
    """Something in brackets: ``(``, ``[``, ``{``, ``|``, ``floor`` or ``ceil``."""

    inner: Node
    fence: str = "("

    @property
    def width(self) -> int:  # type: ignore[override]
        """With the brackets."""
        return self.inner.width + 2

    @property
    def tall(self) -> bool:  # type: ignore[override]
        """As tall as what is in them."""
        return self.inner.tall

    def latex(self) -> str:
        left, right = _LATEX_FENCES.get(self.fence, tuple(_FENCES[self.fence]))
        if self.tall:
            return rf"\mathopen{{}}\left{left} {self.inner.latex()} \right{right}"
        gap = " " if left[-1].isalpha() else ""
        return f"{left}{gap}{self.inner.latex()}{right}"

    def mathml(self) -> str:
        left, right = _FENCES[self.fence]
        stretchy = "true" if self.tall else "false"
        one = '<mo fence="true" form="{}" stretchy="{}">{}</mo>'
        return (
            f"<mrow>{one.format('prefix', stretchy, left)}{self.inner.mathml()}"
            f"{one.format('postfix', stretchy, right)}</mrow>"
        )


@dataclass(frozen=True)
class Sum(Node):
    """A sum over what stands under its sign, up to what stands above it."""

    below: Node
    above: Node | None
    term: Node
    tall = True

    @property
    def width(self) -> int:  # type: ignore[override]
        """Of the sign and the term."""
        return max(2, self.below.width // 2) + self.term.width

    def latex(self) -> str:
        above = f"^{{{self.above.latex()}}}" if self.above is not None else ""
        return rf"\sum_{{{self.below.latex()}}}{above} {self.term.latex()}"

    def mathml(self) -> str:
        sign = '<mo largeop="true" movablelimits="false">\u2211</mo>'
        if self.above is None:
            return f"<mrow><munder>{sign}{self.below.mathml()}</munder>{self.term.mathml()}</mrow>"
        return (
            f"<mrow><munderover>{sign}{self.below.mathml()}{self.above.mathml()}</munderover>{self.term.mathml()}</mrow>"
        )


@dataclass(frozen=True)
class Under(Node):
    """The name of a function with what it runs over under it, such as the largest over i."""

    function: Function
    below: Node
    width = 4

    def latex(self) -> str:
        return f"{self.function.latex()}_{{{self.below.latex()}}} "

    def mathml(self) -> str:
        return f"<munder><mi>{xml_text(self.function.name)}</mi>{self.below.mathml()}</munder><mo>&#8289;</mo>"


@dataclass(frozen=True)
class Cases(Node):
    """Values, each with the condition under which it holds."""

    rows: tuple[tuple[Node, Node], ...]
    tall = True

    @property
    def width(self) -> int:  # type: ignore[override]
        """Of the widest value and the widest condition."""
        return max(value.width for value, _ in self.rows) + max(when.width for _, when in self.rows) + 4

    def latex(self) -> str:
        rows = r" \\ ".join(rf"\displaystyle {value.latex()} & {when.latex()}" for value, when in self.rows)
        return rf"\begin{{cases}} {rows} \end{{cases}}"

    def mathml(self) -> str:
        brace = '<mo fence="true" form="prefix" stretchy="true">{</mo>'
        return f"<mrow>{brace}{_table(self.rows, 'left left')}</mrow>"


@dataclass(frozen=True)
class Lines(Node):
    """Lines under each other, aligned at the second column."""

    rows: tuple[tuple[Node, ...], ...]
    tall = True

    @property
    def width(self) -> int:  # type: ignore[override]
        """Of the widest line."""
        return max(sum(cell.width for cell in row) for row in self.rows)

    def latex(self) -> str:
        if len(self.rows) == 1:
            return r"\quad ".join(["".join(cell.latex() for cell in self.rows[0][:2]), *self._beside()])
        lines = [" & ".join([*(cell.latex() for cell in row[:2]), *_after(row)]) for row in self.rows]
        return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"

    def _beside(self) -> Iterator[str]:
        yield from (cell.latex() for cell in self.rows[0][2:])

    def mathml(self) -> str:
        return _table(self.rows, "right left left")


EMPTY = Row()


def _after(row: Sequence[Node]) -> Iterator[str]:
    """Cells after the second one, each in a column of its own that begins at its left."""
    for cell in row[2:]:
        yield ""
        yield cell.latex()


def _table(rows: Sequence[Sequence[Node]], align: str) -> str:
    sides = align.split()
    lines = [
        "<mtr>"
        + "".join(
            f'<mtd style="text-align: {side}">{cell.mathml()}</mtd>' for side, cell in zip(sides, row, strict=False)
        )
        + "</mtr>"
        for row in rows
    ]
    return f'<mtable displaystyle="true" columnalign="{align}">{"".join(lines)}</mtable>'


def listed(items: Sequence[Node]) -> Node:
    """Things with commas between them."""
    parts: list[Node] = []
    for item in items:
        parts += [COMMA, item] if parts else [item]
    return parts[0] if len(parts) == 1 else Row(*parts)


def number(value: float, digits: int = 10) -> Node:
    """A number with at most so many significant digits; large and small ones with a power of ten.

    >>> number(0.5).latex(), number(-1e-9).latex(), number(365.25).latex()
    ('0.5', ' - {10}^{ - 9}', '365.25')
    """
    if value != value:
        return Words("undefined")
    if value < 0:
        return Row(MINUS, number(-value, digits))
    if value >= INFINITE:
        return Number("\u221e")
    text = f"{value:.{digits}g}"
    if value and float(text).is_integer() and 1e5 <= value < 1e15 and "e" not in f"{value:.15g}":
        text = f"{value:.15g}"
    if "e" not in text:
        return Number(text)
    digits_, power = text.split("e")
    ten = Power(Number("10"), number(int(power)))
    return ten if digits_ == "1" else Row(Number(digits_), Sign("\u00d7", r"\times"), ten)


#: Numbers from here on stand for "no limit".
INFINITE = 1e300
