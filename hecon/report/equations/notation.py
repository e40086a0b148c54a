"""What a formula looks like on paper: letters, fractions, powers, brackets, cases, sums.

A `Node` is one such thing, made of others; `latex` and `mathml` print it. It says nothing about meaning or precedence:
`mathematics` decides where brackets stand, once for both notations.
"""

from __future__ import annotations

import fractions
from abc import ABC, abstractmethod
from collections.abc import Sequence

from hecon.frozen import frozen


class Node(ABC):
    """A part of a formula on paper. `width` is in characters, roughly; what is `tall` needs brackets that grow."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Characters across."""

    @property
    def tall(self) -> bool:
        """Whether it is."""
        return False


@frozen(eq=True)
class Text(Node):
    """Characters that stand upright, as they are given."""

    text: str

    @property
    def width(self) -> int:
        """Number of characters."""
        return len(self.text)


class Number(Text):
    """Digits; infinity is a number here."""


class Words(Text):
    """Words."""


@frozen(eq=True)
class Letter(Node):
    """A letter for a quantity or an index, in italics, perhaps primed; and its command in LaTeX where it has one."""

    character: str
    command: str = ""
    width = 1


@frozen(eq=True)
class Sign(Node):
    """An operator, a relation or a comma; and its command in LaTeX where it has one."""

    character: str
    command: str = ""

    @property
    def width(self) -> int:
        """Space around it counted."""
        return 1 if self.character == "," else 3


@frozen(eq=True)
class Bracket(Node):
    """One bracket alone, where what it encloses goes on in the next line."""

    character: str
    width = 1


@frozen(eq=True)
class Function(Node):
    """Name of a function of several letters, or a letter that stands for one."""

    name: str
    command: str
    width = 3


@frozen(eq=True)
class Beside(Node):
    """Things beside each other."""

    items: tuple[Node, ...]

    def __init__(self, *items: Node) -> None:
        object.__setattr__(self, "items", items)

    @property
    def width(self) -> int:
        """Sum of widths."""
        return sum(item.width for item in self.items)

    @property
    def tall(self) -> bool:
        """Whether anything in it is."""
        return any(item.tall for item in self.items)


@frozen(eq=True)
class Sub(Node):
    """Something with a subscript."""

    base: Node
    below: Node

    @property
    def width(self) -> int:
        """Subscripts are small."""
        return self.base.width + (2 * self.below.width + 2) // 3


@frozen(eq=True)
class Power(Node):
    """Something with an exponent; brackets around the base are for the caller to put."""

    base: Node
    exponent: Node

    @property
    def width(self) -> int:
        """Exponents are small."""
        return self.base.width + (2 * self.exponent.width + 2) // 3

    @property
    def tall(self) -> bool:
        """As tall as its parts."""
        return self.base.tall or self.exponent.tall


@frozen(eq=True)
class Fraction(Node):
    """One thing over another."""

    top: Node
    bottom: Node
    tall = True

    @property
    def width(self) -> int:
        """Of the wider part."""
        return max(self.top.width, self.bottom.width) + 1


@frozen(eq=True)
class _Around(Node):
    """Signs around something, which are as tall as it is."""

    inner: Node

    @property
    def width(self) -> int:
        """With the signs."""
        return self.inner.width + 2

    @property
    def tall(self) -> bool:
        """As tall as what is inside."""
        return self.inner.tall


@frozen(eq=True)
class Root(_Around):
    """A square root."""


#: The characters that open and close each kind of brackets; LaTeX has commands of its own.
FENCES = {"(": "()", "[": "[]", "{": "{}", "|": "||", "floor": "\u230a\u230b", "ceil": "\u2308\u2309"}


@frozen(eq=True)
class Fenced(_Around):
    """Something in brackets: one of `FENCES`."""

    fence: str = "("


@frozen(eq=True)
class Sum(Node):
    """A sum over what stands under its sign, up to what stands above it."""

    below: Node
    above: Node | None
    term: Node
    tall = True

    @property
    def width(self) -> int:
        """Of the sign and the term."""
        return max(2, self.below.width // 2) + self.term.width


@frozen(eq=True)
class Under(Node):
    """The name of a function with what it runs over under it, such as the largest over i."""

    function: Function
    below: Node
    width = 4


@frozen(eq=True)
class Cases(Node):
    """Values, each with the condition under which it holds."""

    rows: tuple[tuple[Node, Node], ...]
    tall = True

    @property
    def width(self) -> int:
        """Of the widest value and the widest condition."""
        return max(value.width for value, _ in self.rows) + max(when.width for _, when in self.rows) + 4


@frozen(eq=True)
class Lines(Node):
    """Lines under each other: cells that end at the left of the second column, begin there, and stand apart."""

    rows: tuple[tuple[Node, ...], ...]
    tall = True

    @property
    def width(self) -> int:
        """Of the widest line."""
        return max(sum(cell.width for cell in row) for row in self.rows)


EMPTY = Beside()
PLUS, MINUS, TIMES, EQUALS = Sign("+"), Sign("\u2212", "-"), Sign("\u22c5", r"\cdot"), Sign("=")
COMMA, DOTS = Sign(",", r",\,"), Sign("\u22ee", r"\vdots")
AND, OR = Sign("\u2227", r"\land"), Sign("\u2228", r"\lor")
#: Numbers from here on stand for "no limit".
INFINITE = 1e300
#: A number with more digits than these is shown as a fraction, if it is one of whole numbers up to so many.
_LONG, _LARGEST_PART = 10, 400


def listed(items: Sequence[Node]) -> Node:
    """Things with commas between them."""
    parts: list[Node] = []
    for item in items:
        parts += [COMMA, item] if parts else [item]
    return parts[0] if len(parts) == 1 else Beside(*parts)


def number(value: float, digits: int = 10) -> Node:
    """A number with at most so many significant digits; large and small ones with a power of ten.

    >>> number(0.5), number(1 / 12)
    (Number(text='0.5'), Fraction(top=Number(text='1'), bottom=Number(text='12')))
    """
    if value != value:
        return Words("undefined")
    if value < 0:
        return Beside(MINUS, number(-value, digits))
    if value >= INFINITE:
        return Number("\u221e")
    part = fractions.Fraction(value).limit_denominator(_LARGEST_PART)
    if float(part) == value and len(repr(value)) > _LONG:
        return Fraction(Number(str(part.numerator)), Number(str(part.denominator)))
    text = f"{value:.{digits}g}"
    if float(value).is_integer() and value < 1e15:
        text = str(int(value))
    if "e" not in text:
        return Number(text)
    first, power = text.split("e")
    ten = Power(Number("10"), number(int(power)))
    return ten if first == "1" else Beside(Number(first), Sign("\u00d7", r"\times"), ten)
