"""The parts of a workbook file: are they XML, and no more than inputs need?

A workbook is a zip archive of XML parts. A few megabytes of it can name ten thousand sheets or hold a million rows, and
a damaged part fails anywhere in a reader. So every part is parsed once, under the same rules: those that hold what is
read while it is read, the others for their own sake.
"""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable
from xml.parsers import expat

from hecon.excel.addresses import column_number

#: Parts larger than this together hold formatting, not inputs; a live workbook of 30 years by month unpacks to 43 MB.
LARGEST_UNPACKED = 60_000_000
#: What a workbook may have at most, over all its sheets.
MOST_PARTS, MOST_SHEETS, MOST_ROWS, MOST_CELLS = 2_000, 200, 50_000, 500_000
#: Elements of any kind, over all parts: formats, comments and charts are few beside them.
MOST_ELEMENTS = 2_000_000
#: Elements within elements; a sheet needs about ten.
DEEPEST = 100
_SAVE_AGAIN = "open it in Excel and save it again"
_FEWER = "delete the rows, also empty formatted ones, and the sheets that are no inputs and save it again"
_XML = (".xml", ".rels")
#: Elements that are counted by their names, for a workbook may have only so many of each, and what a person calls them.
LIMITED = {"sheet": "sheets", "row": "rows", "c": "cells", "si": "texts", "xf": "formats"}
#: Bytes of a part that are parsed before its elements are counted.
_PIECE = 1_000_000
#: What unpacking raises for an archive that is damaged, and what is said of it.
DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError,
           ValueError, LookupError, OSError)  # fmt: skip
CUT_SHORT = "is damaged or cut short: the file does not unpack. Copy or download it again"
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})")


def size_problem(archive: zipfile.ZipFile) -> str:
    """Say which part, of any name, is far larger than inputs; nothing if none is."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        return f"holds {len(parts):,} parts; a workbook of inputs has at most {MOST_PARTS:,}: {_SAVE_AGAIN}"
    total = sum(part.file_size for part in parts)
    if total <= LARGEST_UNPACKED:
        return ""
    largest = max(parts, key=lambda part: part.file_size)
    return (
        f"unpacks to {total / 1e6:,.0f} MB ({largest.filename} alone to {largest.file_size / 1e6:,.0f} MB), "
        "far more than inputs need: delete the empty formatted rows below the tables and save it again"
    )


def _nothing(*_: object) -> None:
    """Take no notice."""


class RefusedError(Exception):
    """A workbook is not read: what is wrong with its file, or what it holds too much of."""


class _NoXmlError(RefusedError):
    """A part is no XML."""


class Parts:
    """The parts of a workbook, each parsed once: by what reads its content, or by `walk_rest`.

    `count` is how many elements they hold together so far, of each name in `LIMITED` and, under "", of others. Raises
    `RefusedError` for a part that is damaged, and for elements far beyond what a workbook needs, at once.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._rest = dict.fromkeys(archive.namelist())
        self.count: defaultdict[str, int] = defaultdict(int)
        self._merged = 0

    def __contains__(self, name: str) -> bool:
        return name in self._archive.NameToInfo

    def parse(self, name: str, parser: expat.XMLParserType) -> None:
        """Give a part to a parser, whose handlers count what they meet."""
        content = self._read(name)

        def doctype(*_: object) -> None:
            raise RefusedError(f"holds a document type in {name}, which no workbook needs; it was not read")

        parser.StartDoctypeDeclHandler = doctype
        try:
            for first in range(0, len(content), _PIECE):
                parser.Parse(content[first : first + _PIECE], False)
                if sum(self.count.values()) > MOST_ELEMENTS:
                    raise RefusedError(f"has more than {MOST_ELEMENTS:,} elements ({name} among its parts); {_FEWER}")
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            what = f"cannot be read as a workbook: its part {name} is damaged ({error}); {_SAVE_AGAIN}"
            raise _NoXmlError(what) from None

    def walk(
        self,
        name: str,
        start: Callable[[str, dict[str, str]], object] = _nothing,
        end: Callable[[str], object] = _nothing,
        text: Callable[[str], object] | None = None,
    ) -> None:
        """Go through a part, and tell of every element that starts or ends, and of text."""
        count, depth = self.count, 0

        def started(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > DEEPEST:
                self.refuse_depth(name)
            own = tag.rpartition(" ")[2]
            count[own if own in LIMITED else ""] += 1
            if own == "mergeCell":
                self.merge(attributes.get("ref", ""))
            start(tag, attributes)

        def ended(tag: str) -> None:
            nonlocal depth
            depth -= 1
            end(tag)

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = started, ended, text
        self.parse(name, parser)

    def walk_rest(self) -> None:
        """Go through the parts that nothing has read: a damaged one is refused, and what they hold counts."""
        for name in list(self._rest):
            # A reader goes by the relations, so that a sheet may lie in a part of any name.
            named = name.endswith(_XML)
            if named or self._read(name)[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<"):
                try:
                    self.walk(name)
                except _NoXmlError:
                    if named:
                        raise

    def merge(self, area: str) -> None:
        """Count the cells of a merged area: a reader makes each of them."""
        self._merged += _cells_of(area)

    def refuse_depth(self, name: str) -> None:
        """Raise `RefusedError` for a part whose elements lie too deep within each other."""
        raise RefusedError(f"nests the elements of its part {name} more than {DEEPEST} deep, which no workbook needs")

    def refuse_too_much(self) -> None:
        """Raise `RefusedError` if the parts hold more than a workbook of inputs does."""
        limits = {"sheet": MOST_SHEETS, "row": MOST_ROWS}
        for tag, words in LIMITED.items():
            most = limits.get(tag, MOST_CELLS)
            found = self.count[tag] + (self._merged if tag == "c" else 0)
            if found > most:
                cure = "delete the sheets" if tag == "sheet" else "delete the rows, also empty formatted ones,"
                raise RefusedError(
                    f"has {found:,} {words}; a workbook of inputs has at most {most:,}: "
                    f"{cure} that are no inputs and save it again"
                )

    def _read(self, name: str) -> bytes:
        self._rest.pop(name, None)
        try:
            return self._archive.read(name)
        except zipfile.BadZipFile:
            raise RefusedError(f"is damaged: its part {name} does not unpack. Copy or download it again") from None
        except DAMAGES:
            raise RefusedError(CUT_SHORT) from None


def _cells_of(area: str) -> int:
    """Count the cells of an area such as ``A1:C9``."""
    match = _AREA.fullmatch(area)
    if not match:
        return 1
    left, right = (column_number(match[place]) for place in (1, 3))
    return (abs(right - left) + 1) * (abs(int(match[4]) - int(match[2])) + 1)
