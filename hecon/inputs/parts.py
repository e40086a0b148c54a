"""The parts of a workbook file before anything reads them: are they XML, and no more than inputs need?

A workbook is a zip archive of XML parts. A few megabytes of it can name ten thousand sheets or hold a million rows, and
a damaged part fails anywhere in a reader. One pass over every part finds both first, at the speed of the parser.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
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
_COUNTED = frozenset(("sheet", "row", "c", "si", "xf"))
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


def content_problem(archive: zipfile.ZipFile, is_input: bool = True) -> str:
    """Say what is wrong with the XML of the parts, or what they hold too much of; nothing if all is well.

    A workbook of results, which `is_input` denies, may have more rows and cells than one of inputs.
    """
    found = _Found()
    for part in archive.infolist():
        content = archive.read(part)
        # A reader goes by the relations, so that a sheet may lie in a part of any name.
        named = part.filename.endswith(_XML)
        if named or content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<"):
            problem = _part_problem(part.filename, content, found)
            if problem and (named or found.refused):
                return problem
    return found.problem if is_input else ""


@dataclass
class _Found:
    """What the parts hold together."""

    count: Counter[str] = field(default_factory=Counter)
    elements: int = 0
    refused: str = ""

    @property
    def problem(self) -> str:
        limits = {"sheet": MOST_SHEETS, "row": MOST_ROWS, "c": MOST_CELLS, "si": MOST_CELLS, "xf": MOST_CELLS}
        words = {"sheet": "sheets", "row": "rows", "c": "cells", "si": "texts", "xf": "formats"}
        for tag, most in limits.items():
            if self.count[tag] > most:
                cure = "delete the sheets" if tag == "sheet" else "delete the rows, also empty formatted ones,"
                return (
                    f"has {self.count[tag]:,} {words[tag]}; a workbook of inputs has at most {most:,}: "
                    f"{cure} that are no inputs and save it again"
                )
        return ""


def _part_problem(name: str, content: bytes, found: _Found) -> str:
    parser = expat.ParserCreate(namespace_separator=" ")
    depth = 0

    def refuse(problem: str) -> None:
        found.refused = problem
        raise _RefusedError

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            refuse(f"nests the elements of its part {name} more than {DEEPEST} deep, which no workbook needs")
        found.elements += 1
        if found.elements > MOST_ELEMENTS:
            refuse(f"has more than {MOST_ELEMENTS:,} elements ({name} among its parts); {_FEWER}")
        tag = tag.rpartition(" ")[2]
        if tag in _COUNTED:
            found.count[tag] += 1
        elif tag == "mergeCell":
            found.count["c"] += _cells_of(attributes.get("ref", ""))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        refuse(f"holds a document type in {name}, which no workbook needs; it was not read")

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, doctype
    try:
        parser.Parse(content, True)
    except _RefusedError:
        return found.refused
    except (expat.ExpatError, ValueError, LookupError) as error:
        return f"cannot be read as a workbook: its part {name} is damaged ({error}); {_SAVE_AGAIN}"
    return ""


class _RefusedError(Exception):
    """Parsing need not go on."""


def _cells_of(area: str) -> int:
    """Count the cells of an area such as ``A1:C9``: a reader makes each of them."""
    match = _AREA.fullmatch(area)
    if not match:
        return 1
    left, right = (column_number(match[place]) for place in (1, 3))
    return (abs(right - left) + 1) * (abs(int(match[4]) - int(match[2])) + 1)
