"""Edits made in an xlsx file itself, as a reviewer's: single cells changed, everything else left byte for byte."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

_SHEET = re.compile(r'<sheet name="([^"]+)" sheetId="\d+"[^>]*r:id="([^"]+)"')
_TARGET = re.compile(r'<Relationship Id="([^"]+)"[^>]*Target="([^"]+)"')


def edited(source: Path, target: Path, cells: dict[str, float | str]) -> Path:
    """Copy a workbook with other numbers or texts in some cells, such as ``{"Prices!D5": 4.2}``."""
    by_sheet: dict[str, dict[str, float | str]] = {}
    for where, value in cells.items():
        sheet, cell = where.replace("$", "").replace("'", "").rsplit("!", 1)
        by_sheet.setdefault(sheet, {})[cell] = value
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        parts = _parts(archive)
        changed = {parts[sheet]: own for sheet, own in by_sheet.items()}
        for item in archive.infolist():
            content = archive.read(item.filename)
            for cell, value in changed.get(item.filename, {}).items():
                content = _with(content.decode(), cell, value).encode()
            copy.writestr(item, content)
    return target


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """File of each sheet."""
    targets = dict(_TARGET.findall(archive.read("xl/_rels/workbook.xml.rels").decode()))
    return {name: f"xl/{targets[key]}" for name, key in _SHEET.findall(archive.read("xl/workbook.xml").decode())}


def _with(xml: str, cell: str, value: float | str) -> str:
    pattern = re.compile(rf'<c r="{cell}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
    found = pattern.search(xml)
    assert found, f"there is no cell {cell}"
    style = found[1] or ""
    new = (
        f'<c r={quoteattr(cell)}{style} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        if isinstance(value, str)
        else f"<c r={quoteattr(cell)}{style}><v>{float(value)!r}</v></c>"
    )
    return xml[: found.start()] + new + xml[found.end() :]
