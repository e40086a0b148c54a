"""Numbers of sections, tables and figures, given once and used by every writer and by texts that point to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.report.document.parts import Block, Document, Picture, ReportTable, Section, pieces

_SOURCE = "source:"


@frozen(eq=True)
class Numbered:
    """Where a part stands: how it is called with its number, its anchor, and its title."""

    called: str
    anchor: str
    title: str


@dataclass(eq=False)
class Numbering:
    """Numbers of all parts of a document by their keys; section numbers also by the section itself.

    >>> from hecon.report.document.parts import Paragraph
    >>> one = Section("results", "Results", (Paragraph("Fine."), Section("base", "Base case", (Paragraph("Fine."),))))
    >>> Numbering.of(Document("A", "", (), (one,))).places["base"].called
    'Section 1.1'
    """

    places: dict[str, Numbered] = field(default_factory=dict)
    _tables: int = 0
    _figures: int = 0

    @classmethod
    def of(cls, document: Document) -> Numbering:
        """Number a document. Raises `HeconError` if two parts have the same key."""
        own = cls()
        own._number(document.sections, ())
        return own

    def _number(self, blocks: tuple[Block, ...], above: tuple[int, ...]) -> None:
        sections = 0
        for block in blocks:
            if isinstance(block, Section):
                sections += 1
                number = (*above, sections)
                self._put(block.key, f"Section {'.'.join(map(str, number))}", block.title)
                self._number(block.blocks, number)
            elif isinstance(block, ReportTable):
                self._tables += 1
                self._put(block.key, f"Table {self._tables}", block.title)
            elif isinstance(block, Picture):
                self._figures += 1
                self._put(block.key, f"Figure {self._figures}", block.title)

    def _put(self, key: str, called: str, title: str) -> None:
        if key in self.places:
            raise HeconError(f"two parts of the report have the key '{key}': {self.places[key].called} and {called}")
        self.places[key] = Numbered(called, _anchor(called), title)

    def __getitem__(self, key: str) -> Numbered:
        if key.startswith(_SOURCE):
            number = key.removeprefix(_SOURCE)
            return Numbered(f"[{number}]", f"source_{number}", "")
        if key not in self.places:
            raise HeconError(f"a text of the report points to '{key}', which it does not have")
        return self.places[key]

    def pointed(self, key: str) -> tuple[str, str, str]:
        """Give what stands before a pointer, what it shows, and its anchor: of a heading the number alone is marked."""
        at = self[key]
        kind, _, number = at.called.partition(" ")
        return (f"{kind} ", number, at.anchor) if kind == "Section" else ("", at.called, at.anchor)

    def plain(self, text: str) -> str:
        """Give a text with numbers where it points to parts."""
        return "".join(words or self[key].called for words, key in pieces(text))


def _anchor(called: str) -> str:
    """Name a place as Word and HTML allow it.

    >>> _anchor("Section 1.2")
    'Section_1_2'
    """
    return re.sub(r"\W", "_", called)


def pointer(source: int) -> str:
    """Point to a source by its number."""
    return f"[[{_SOURCE}{source}]]"
