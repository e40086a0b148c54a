"""What a report is made of: sections that hold paragraphs, lists, tables, figures and equations.

Nothing here knows Word or HTML, and nothing is numbered: `hecon.report.document.numbering` does that once for both.
A text may point to a part by its key in double brackets, ``see [[base_case]]``; writers set its number and a link.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.report.words import money

if TYPE_CHECKING:
    from hecon.report.equations.appendix import Sentence
    from hecon.report.equations.notation import Lines, Node
    from hecon.report.figures.drawing import Figure

#: What stands in a cell without a value.
_NOTHING = "–"
#: Amounts of a column are written with two decimals if all of them are below this.
_SMALL = 1_000
_POINTER = re.compile(r"\[\[([^\[\]]+)\]\]")


@frozen(eq=True)
class Paragraph:
    """A paragraph of prose."""

    text: str


@frozen(eq=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@frozen(eq=True)
class ReportColumn:
    """A column of a table: its name in the data frame, its title, and how its numbers are written.

    style  ``text``; ``money`` (no decimals, or two where all amounts are small); ``number`` (three decimals);
           ``percent`` (of a share, one decimal); ``whole``; ``general`` (six digits); ``digits`` (as ``general``, never
           with separators: years).
    """

    name: str
    title: str
    style: str = "text"

    def __post_init__(self) -> None:
        if self.style not in _WRITTEN:
            raise HeconError(f"a column is of style {', '.join(_WRITTEN)}, not '{self.style}'")


@frozen
class ReportTable:
    """A numbered table: a data frame, the columns of it that are shown, and the rows that are set in bold."""

    key: str
    title: str
    frame: pd.DataFrame
    columns: tuple[ReportColumn, ...]
    note: str = ""
    bold: tuple[int, ...] = ()

    def values(self) -> list[list[Any]]:
        """Give the cells as they are, row by row."""
        return [list(row) for row in self.frame[[column.name for column in self.columns]].itertuples(index=False)]

    def texts(self) -> list[list[str]]:
        """Give the cells as they are shown, row by row."""
        shown = [_column_texts(self.frame[column.name].tolist(), column.style) for column in self.columns]
        return [list(row) for row in zip(*shown, strict=True)]


@frozen
class Picture:
    """A numbered figure, drawn when it is written; what it shows in words is for those who cannot see it."""

    key: str
    title: str
    draw: Callable[[], Figure]
    alternative: str = ""


def drawn_picture(key: str, title: str, figure: Figure) -> Picture:
    """Give a figure that is drawn already as a picture."""
    return Picture(key.replace(" ", "_"), title, lambda: figure)


@frozen
class Formula:
    """An equation with its own number, what it defines, and what else is to be said."""

    number: int
    what: str
    unit: str
    formula: Lines
    notes: tuple[Sentence, ...] = ()


@frozen
class Symbols:
    """A list of sentences with symbols between the words."""

    items: tuple[tuple[str | Node, ...], ...]


@frozen(eq=True)
class SourceList:
    """The numbered list of sources; `[[source:3]]` points to one."""

    sources: tuple[str, ...]


@frozen
class Section:
    """A heading and what stands below it; sections within it are blocks like others."""

    key: str
    title: str
    blocks: tuple[Block, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands under the heading, nor under those within it."""
        return all(isinstance(block, Section) and block.is_empty for block in self.blocks)


Block = Paragraph | Bullets | ReportTable | Picture | Formula | Symbols | SourceList | Section


@frozen
class Document:
    """A report: its title, what stands below it, what identifies it, and its sections."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    language: str = "en-GB"
    #: Shown above everything else, such as a mark that prices were blanked.
    notice: str = field(default="")

    def walk(self) -> Iterator[Block]:
        """Every block in the order of reading, sections before what they hold."""
        yield from _walk(self.sections)

    def tables(self) -> list[ReportTable]:
        """Every table in order."""
        return [block for block in self.walk() if isinstance(block, ReportTable)]

    def pictures(self) -> list[Picture]:
        """Every figure in order."""
        return [block for block in self.walk() if isinstance(block, Picture)]

    def without_empty(self) -> Document:
        """Give the document without sections that hold nothing."""
        return replace(self, sections=tuple(_full(self.sections)))


def _walk(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Section):
            yield from _walk(block.blocks)


def _full(sections: Sequence[Section]) -> Iterator[Section]:
    for section in sections:
        if not section.is_empty:
            kept = (_full([block]) if isinstance(block, Section) else iter([block]) for block in section.blocks)
            yield replace(section, blocks=tuple(block for own in kept for block in own))


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Split a text into words and keys of parts that it points to: pairs of (words, key), one of them empty.

    >>> list(pieces("see [[base_case]]."))
    [('see ', ''), ('', 'base_case'), ('.', '')]
    """
    for place, part in enumerate(_POINTER.split(text)):
        if part:
            yield ("", part) if place % 2 else (part, "")


def cell_text(value: Any, style: str, small: bool = False) -> str:
    """Write one cell; text stands as it is in a column of numbers too.

    >>> cell_text(1234.5, "money"), cell_text(0.25, "percent"), cell_text("dominant", "money"), cell_text(None, "money")
    ('1,234', '25.0%', 'dominant', '–')
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "" if style == "text" else _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if math.isinf(value):
        return "unlimited"
    return _WRITTEN["cents" if small and style == "money" else style](value)


def _column_texts(values: Sequence[Any], style: str) -> list[str]:
    numbers = [abs(value) for value in values if not isinstance(value, str) and value is not None and value == value]
    small = style == "money" and max(numbers, default=0) < _SMALL
    return [cell_text(value, style, small) for value in values]


def _general(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1e6 else f"{value:,.6g}"


def _signless(text: str) -> str:
    """Nought has no sign."""
    return text[1:] if text.startswith("-") and not any(digit in text for digit in "123456789") else text


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "text": str,
    "money": money,
    "cents": lambda value: _signless(f"{value:,.2f}"),
    "number": lambda value: _signless(f"{value:,.3f}"),
    "percent": lambda value: _signless(f"{100 * value:,.1f}%"),
    "whole": lambda value: f"{value:,.0f}",
    "general": _general,
    "digits": lambda value: f"{value:.6g}",
}
#: How columns of the analyses are written, by what their names hold: the first that is found.
_STYLES = (
    (("probability", "share", "change", "proportional"), "percent"),
    (("draws", "sample_size", "degrees"), "whole"),
    (("icer", "cost", "benefit", "evpi", "evppi", "evsi", "willingness_to_pay", "impact", "sampling"), "money"),
    (("qaly", "life_years", "effect", "weight"), "number"),
    (("year", "time"), "digits"),
)


def style_by_name(name: str) -> str:
    """Give how the numbers of a column of an analysis are written.

    >>> style_by_name("incremental_qaly"), style_by_name("horizon_years"), style_by_name("low")
    ('number', 'digits', 'general')
    """
    return next((style for words, style in _STYLES if any(word in name for word in words)), "general")
