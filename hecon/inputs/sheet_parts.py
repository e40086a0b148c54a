"""A workbook cut down to what its cells hold: what the reader sees of the file.

A file of Excel has a hundred kinds of things that are no inputs (links, charts, comments, rules, pivot tables), each of
which a reader may stumble over, and two ways of writing the rest: transitional Open XML, and strict. One pass over the
list of sheets and over each sheet leaves cells, merged areas and what is hidden, and finds what does not fit together
in a damaged file: a fault of its sheet, or of its cell.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Callable
from typing import NamedTuple

from hecon.errors import Fault
from hecon.frozen import frozen
from hecon.inputs.dates import Dates
from hecon.inputs.part_cells import SheetCells, own_name, plain_text
from hecon.inputs.parts import Parts, RefusedError

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_AGAIN = "open the workbook in Excel and save it again"
#: What a list of sheets says of a sheet.
_OF_SHEET = frozenset(("name", "sheetId", "state", f"{_OFFICE} id", f"{_STRICT_OFFICE} id"))


@frozen(eq=True)
class PlainWorkbook:
    """The sheets of a workbook that are wanted, in order, and what is wrong with the file."""

    sheets: tuple[SheetCells, ...] = ()
    faults: tuple[Fault, ...] = ()


def plain_workbook(
    content: bytes, source: str, wanted: Callable[[str], bool], *, is_input: bool = True
) -> PlainWorkbook:
    """Cut a workbook down to the cells of the sheets whose names are `wanted`.

    A workbook of results, which `is_input` denies, may have more rows and cells than one of inputs.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = Parts(archive)
        try:
            try:
                plain = _plain(parts, wanted)
            except _DamagedError as damage:
                where, what = damage.args
                plain = PlainWorkbook(faults=(Fault(where or source, f"{what}; {_AGAIN}"),))
            parts.walk_rest()
            if is_input:
                parts.refuse_too_much()
        except RefusedError as refused:
            return PlainWorkbook(faults=(Fault(source, str(refused)),))
    return plain


def _plain(parts: Parts, wanted: Callable[[str], bool]) -> PlainWorkbook:
    book = _book(parts)
    related = _relations(parts, book)
    sheets, date1904 = _sheets(parts, book, related)
    texts = _texts(parts, _only(related, "sharedStrings"))
    formats = _formats(parts, _only(related, "styles"))
    dates = Dates(formats.codes, formats.of_cells, date1904)
    kept = tuple(
        SheetCells(sheet.name, texts, len(formats.of_cells), dates, sheet.state != "visible").walk(parts, sheet.part)
        for sheet in sheets
        if wanted(sheet.name)
    )
    return PlainWorkbook(kept, tuple(fault for sheet in kept for fault in sheet.faults))


class _DamagedError(Exception):
    """The parts of a workbook do not fit together: where (a sheet, or nothing for the file), and what."""


class _Sheet(NamedTuple):
    name: str
    state: str
    part: str


class _Formats(NamedTuple):
    """Formats of numbers, as an id and a code, and which of them each format of cells has."""

    codes: dict[str, str]
    of_cells: list[str]


# --- what is in the file ---


def _book(parts: Parts) -> str:
    """Give the part that lists the sheets."""
    found = [part for kind, part in _relations(parts, "").values() if kind == "officeDocument"]
    if len(found) != 1:
        raise _DamagedError("", "is damaged: it does not say which of its parts lists the sheets")
    return found[0]


def _relations(parts: Parts, part: str) -> dict[str, tuple[str, str]]:
    """Give the kind and the name of every part that a part relates to, by the id of the relation."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if not tag.endswith(" Relationship") or attributes.get("TargetMode") == "External":
            return
        kind, target, own = (attributes.get(key, "") for key in ("Type", "Target", "Id"))
        if own in found:
            raise _DamagedError("", f"is damaged: {rels} gives two parts the id {own}")
        base, _, last = kind.rpartition("/")
        place = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[own] = (last if base in (_OFFICE, _STRICT_OFFICE) else kind, place)

    _walk(parts, rels, start)
    return found


def _sheets(parts: Parts, book: str, related: dict[str, tuple[str, str]]) -> tuple[list[_Sheet], bool]:
    """Give the sheets that have cells, in order, and whether dates are counted from 1904."""
    listed: list[dict[str, str]] = []
    within: list[str] = []
    about: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        own = own_name(tag)
        if not within and own != "workbook":
            raise _DamagedError("", f"is damaged: its part {book} is no list of sheets")
        within.append(own)
        if within == ["workbook", "sheets", "sheet"]:
            listed.append(attributes)
        elif within == ["workbook", "workbookPr"]:
            about.update(attributes)

    _walk(parts, book, start, lambda _: within.pop())
    found: list[_Sheet] = []
    for attributes in listed:
        sheet, kind = _sheet(attributes, related)
        if sheet.part not in parts:
            raise _DamagedError(sheet.name, f"the file lists this sheet, but its part {sheet.part} is missing")
        for other in found:
            if other.name.lower() == sheet.name.lower():
                raise _DamagedError(sheet.name, "the file has two sheets of this name")
            if other.part == sheet.part:
                raise _DamagedError(sheet.name, f"the file gives this sheet the same part as '{other.name}'")
        if kind == "worksheet":  # a sheet of a chart or of old macros holds no inputs
            found.append(sheet)
    if not found:
        raise _DamagedError("", "has no sheet of cells")
    return found, about.get("date1904") in ("1", "true", "on")


def _sheet(attributes: dict[str, str], parts: dict[str, tuple[str, str]]) -> tuple[_Sheet, str]:
    name, state = attributes.get("name", ""), attributes.get("state", "visible")
    if not name:
        raise _DamagedError("", "is damaged: one of its sheets has no name")
    own = attributes.get(f"{_OFFICE} id", attributes.get(f"{_STRICT_OFFICE} id", ""))
    if own not in parts or not all(key in _OF_SHEET for key in attributes):
        raise _DamagedError(name, "the file lists this sheet, but not where its cells are")
    if any(letter in name for letter in "[]:*?/\\"):
        raise _DamagedError(name, "the file gives a sheet this name, with a letter that no name of a sheet may have")
    if state not in ("visible", "hidden", "veryHidden"):
        raise _DamagedError(name, f"the file says that this sheet is '{state}', which is neither visible nor hidden")
    kind, part = parts[own]
    return _Sheet(name, state, part), kind


def _only(parts: dict[str, tuple[str, str]], kind: str) -> str:
    """Give the one part of a kind; nothing if there is none."""
    found = [part for own, part in parts.values() if own == kind]
    if len(found) > 1:
        raise _DamagedError("", f"is damaged: it has several parts of the kind {kind}")
    return found[0] if found else ""


def _texts(parts: Parts, part: str) -> list[str]:
    """Give the texts that cells share, without their formats and without what is a reading aid of another script."""
    found: list[str] = []
    within: list[str] = []
    pieces: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        within.append(own_name(tag))
        if within[1:] == ["si"]:
            found.append("")
        pieces.clear()

    def end(_: str) -> None:
        if within[1:] in (["si", "t"], ["si", "r", "t"]):
            found[-1] += plain_text("".join(pieces))
        within.pop()

    if part:
        _walk(parts, part, start, end, pieces.append)
    # Excel writes so what looks like its own escapes
    return [text.replace("x005F_", "") for text in found]


def _formats(parts: Parts, part: str) -> _Formats:
    """Give the formats of numbers, by which a date is told from a number."""
    found = _Formats({}, [])
    within: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        within.append(own_name(tag))
        own = attributes.get("numFmtId", "0")
        if within[1:] == ["cellXfs", "xf"]:
            found.of_cells.append(own if own.isascii() and own.isdecimal() else "0")
        elif within[1:] == ["numFmts", "numFmt"] and own.isascii() and own.isdecimal():
            found.codes[own] = attributes.get("formatCode", "General")

    if part:
        _walk(parts, part, start, lambda _: within.pop())
    return found


def _walk(
    parts: Parts,
    part: str,
    start: Callable[[str, dict[str, str]], object],
    end: Callable[[str], object] = lambda _: None,
    text: Callable[[str], object] | None = None,
) -> None:
    if part not in parts:
        raise _DamagedError("", f"is damaged: its part {part} is missing")
    parts.walk(part, start, end, text)
