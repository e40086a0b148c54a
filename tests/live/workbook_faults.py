"""Faults of a written workbook: what would make Excel repair it, misread it, show nothing, or calculate otherwise."""

from __future__ import annotations

import math
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
from formula_rules import Surroundings, formula_faults, is_cell

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_NAME = re.compile(r"[^\W\d][\w.?]*|\\[\w.?]+")
_MOVING_ROW = re.compile(r"(?<![\w.])(\$?[A-Z]{1,3})(\d+)(?![\w.(!'])")
_ROW_AND_COLUMN = re.compile(r"R\d*C\d*|R\d+|C\d+|R|C", re.IGNORECASE)


def faults_of(path: Path, texts: Collection[str] = ()) -> list[str]:
    """List the faults of a workbook, each with its sheet and cell; an empty list when there is none.

    `texts` are words of users (labels, sources) that must be nowhere a formula: a label "=1+1" and a formula that
    adds one to one cannot be told apart otherwise.

    >>> faults_of(Path("live.xlsx"))  # doctest: +SKIP
    ["Results!C5  the formula has no stored value", "name 'pfs1'  is the address of a cell"]
    """
    found = list(_opening_faults(path))
    if not zipfile.is_zipfile(path):
        return found
    with zipfile.ZipFile(path) as archive:
        sheets = _sheets(archive)
        names = _names(archive)
        around = Surroundings(
            frozenset(name.lower() for name in sheets), {name.lower(): target for name, target, _ in names}
        )
        found += _sheet_name_faults(list(sheets))
        found += _defined_name_faults(names, around)
        for name, part in sheets.items():
            found += _sheet_faults(name, ElementTree.fromstring(archive.read(part)), around, texts)
        for part in archive.namelist():
            if re.fullmatch(r"xl/charts/chart\d+\.xml", part):
                chart = ElementTree.fromstring(archive.read(part))
                for reference in sorted({f.text or "" for f in chart.iter(f"{_CHART}f")}):
                    found += [f"{part}  {fault}" for fault in formula_faults(reference, around, arrays=True)]
    return found


def _opening_faults(path: Path) -> Iterator[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            openpyxl.load_workbook(path)
        except Exception as error:  # whatever keeps a reader from opening the file is the fault
            yield f"openpyxl cannot open it: {error!r}"
    yield from (f"openpyxl warns: {warning.message}" for warning in caught)


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Give the part of the file that holds each sheet, by the sheet's name."""
    related = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    parts = {relation.get("Id"): relation.get("Target", "") for relation in related}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    found = {}
    for number, sheet in enumerate(book.iter(f"{_MAIN}sheet")):
        target = parts[sheet.get(_RELATION)]
        name = sheet.get("name", "")
        # Two sheets of one name are a fault to report, not an entry to lose.
        found[name if name not in found else f"{name} (sheet {number + 1})"] = (
            target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        )
    return found


def _names(archive: zipfile.ZipFile) -> list[tuple[str, str, str]]:
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    return [
        (name.get("name", ""), name.text or "", name.get("localSheetId", ""))
        for name in book.iter(f"{_MAIN}definedName")
    ]


def _sheet_name_faults(names: list[str]) -> Iterator[str]:
    for name in names:
        if not name or len(name) > 31:
            yield f"sheet '{name}'  a sheet's name has 1 to 31 characters, this has {len(name)}"
        if set(name) & set("[]:*?/\\"):
            yield f"sheet '{name}'  a sheet's name holds none of [ ] : * ? / \\"
        if name.startswith("'") or name.endswith("'"):
            yield f"sheet '{name}'  a sheet's name neither begins nor ends with an apostrophe"
        if name.lower() == "history":
            yield f"sheet '{name}'  Excel keeps this name for itself"
    for name, count in Counter(name.lower() for name in names).items():
        if count > 1:
            yield f"sheet '{name}'  {count} sheets have this name"


def _defined_name_faults(names: list[tuple[str, str, str]], around: Surroundings) -> Iterator[str]:
    for name, target, _ in names:
        if name.startswith("_xlnm."):
            continue
        if len(name) > 255:
            yield f"name '{name}'  has more than 255 characters"
        if not _NAME.fullmatch(name):
            yield f"name '{name}'  holds a character that a name must not hold, or begins with a digit"
        elif is_cell(name):
            yield f"name '{name}'  is the address of a cell"
        elif _ROW_AND_COLUMN.fullmatch(name):
            yield f"name '{name}'  is a row or a column to Excel"
        elif name.lower() in ("true", "false"):
            yield f"name '{name}'  is a value to Excel"
        yield from (f"name '{name}'  {fault}" for fault in formula_faults(target, around, arrays=True))
    for (name, scope), count in Counter((name.lower(), scope) for name, _, scope in names).items():
        if count > 1:
            yield f"name '{name}'  is defined {count} times" + (f" on sheet {scope}" if scope else "")


def _sheet_faults(name: str, sheet: ElementTree.Element, around: Surroundings, texts: Collection[str]) -> Iterator[str]:
    # A formula filled down a column has the same faults in every row.
    said: dict[tuple[str, int], list[str]] = {}
    labels = {text.removeprefix("=") for text in texts if text[:1] in "=+-@"}
    for cell in sheet.iter(f"{_MAIN}c"):
        formula = cell.findtext(f"{_MAIN}f")
        if formula:
            shape = (_shape(formula, cell.get("r", "")), len(formula))
            if shape not in said:
                said[shape] = formula_faults(formula, around)
            yield from (f"{name}!{cell.get('r')}  {fault}" for fault in said[shape])
        yield from (f"{name}!{cell.get('r')}  {fault}" for fault in _cell_faults(cell, labels))
    for rule in sheet.iter(f"{_MAIN}dataValidation"):
        for formula in (rule.findtext(f"{_MAIN}formula1"), rule.findtext(f"{_MAIN}formula2")):
            for fault in formula_faults(formula, around, arrays=True) if formula else ():
                yield f"{name}!{rule.get('sqref')}  data validation: {fault}"
        for what, most in (("errorTitle", 32), ("promptTitle", 32), ("error", 255), ("prompt", 255), ("formula1", 255)):
            length = len(rule.findtext(f"{_MAIN}{what}") or rule.get(what) or "")
            if length > most:
                yield f"{name}!{rule.get('sqref')}  data validation: {what} has {length} characters, more than {most}"
    for block in sheet.iter(f"{_MAIN}conditionalFormatting"):
        for formula in block.iter(f"{_MAIN}formula"):
            for fault in formula_faults(formula.text or "", around, arrays=True):
                yield f"{name}!{block.get('sqref')}  conditional format: {fault}"


def _shape(formula: str, cell: str) -> str:
    """Give a formula with the rows that move when it is filled down counted from its own cell."""
    own = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return _MOVING_ROW.sub(lambda match: f"{match[1]}[{int(match[2]) - own}]", formula)


def _cell_faults(cell: ElementTree.Element, labels: Collection[str]) -> Iterator[str]:
    formula, value, kind = cell.find(f"{_MAIN}f"), cell.findtext(f"{_MAIN}v"), cell.get("t", "n")
    if formula is not None:
        text = formula.text or ""
        if formula.get("t") in ("array", "dataTable") or cell.get("cm"):
            yield "an array formula or data table"
        if text in labels:
            yield f"the text {text!r} is stored as a formula"
        if not text and formula.get("t") != "shared":
            yield "an empty formula"
        if value is None or (not value and kind != "str"):
            # XlsxWriter cannot store an empty text: such a formula should give a word, or a space.
            yield "the formula has no stored value"
            return
    if kind == "e":
        yield f"holds the error {value}"
    elif kind == "n" and value is not None and not _is_finite(value):
        yield f"the stored value {value} is no finite number"


def _is_finite(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
