"""Exports without confidential numbers.

An export is made twice: with the confidential inputs, and with public numbers in their place. What is delivered is the
second, and every cell of it that differs from the first is blank. So it shows nothing that the public numbers do not
give, whatever was computed on the way; that the first one was there at all can be told from the blanks alone. Then all
parts of all files are searched for the digits.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from hecon.errors import HeconError
from hecon.excel.saving import save_bytes

#: What stands in a cell of text that is blanked.
BLANKED = "[confidential]"
_CELL = re.compile(r'<c r="([A-Z]+\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_STRING = re.compile(r"<si>(.*?)</si>", re.DOTALL)
_CACHE = re.compile(r"<c:(numCache|strCache)>.*?</c:\1>", re.DOTALL)
_SCALE = re.compile(r"<c:(max|min|majorUnit|minorUnit|crossesAt) val=\"[^\"]*\"/>")
_SAID = re.compile(r"(<a:t>)[^<]*(</a:t>)")
_SHEET, _CHART, _STRINGS = "xl/worksheets/sheet", "xl/charts/chart", "xl/sharedStrings.xml"
#: Digits below which a number is found everywhere by chance.
_TELLING = 4


def redact_folder(real: Path, shown: Path, target: Path, secrets: Mapping[str, float]) -> list[Path]:
    """Write every file of the folder `shown` into `target`, less what differs from the file of that name in `real`.

    Workbooks and CSV are blanked cell by cell; any other file that differs, and one that only `shown` has, is left
    out. Raises `HeconError` where a confidential number is still found.
    """
    written = []
    for path in sorted(shown.rglob("*")):
        name = path.relative_to(shown)
        twin = real / name
        if not path.is_file() or not twin.is_file():
            continue
        content = redacted(name.suffix, twin.read_bytes(), path.read_bytes())
        if content is not None:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            save_bytes(target / name, content)
            written.append(target / name)
    refuse_secrets(written, secrets)
    return written


def redacted(suffix: str, real: bytes, shown: bytes) -> bytes | None:
    """Give a file less what differs from its twin; None where that cannot be done and it must be left out."""
    if real == shown:
        return shown
    if suffix == ".csv":
        return _csv(real.decode(), shown.decode()).encode()
    return _workbook(real, shown) if suffix == ".xlsx" else None


def _csv(real: str, shown: str) -> str:
    """Blank the fields that differ, row by row from the top; the header stays."""
    lines = zip_longest(csv.reader(io.StringIO(shown)), csv.reader(io.StringIO(real)))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, (here, there) in enumerate(lines):
        if here is not None:
            same = there is not None and len(here) == len(there)
            writer.writerow([a if number == 0 or (same and a == there[i]) else "" for i, a in enumerate(here)])
    return text.getvalue()


def _workbook(real: bytes, shown: bytes) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(real)) as there,
        zipfile.ZipFile(io.BytesIO(shown)) as here,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        parts = {name: here.read(name).decode() for name in here.namelist() if name.endswith((".xml", ".rels"))}
        twins = {name: there.read(name).decode() for name in there.namelist() if name in parts}
        own, other = (_STRING.findall(files.get(_STRINGS, "")) for files in (parts, twins))
        kept: set[int] = set()
        names = {name for name in parts if name.startswith(_SHEET)}
        for name in names:
            parts[name] = _sheet(parts[name], twins.get(name, ""), own, other, kept)
        if _STRINGS in parts:
            parts[_STRINGS] = _strings(parts[_STRINGS], kept)
        for info in here.infolist():
            name = info.filename
            if name.startswith(_CHART) and parts[name] != twins.get(name):
                parts[name] = _chart(parts[name])
            out.writestr(info, parts[name] if name in parts else here.read(name))
    return target.getvalue()


def _sheet(here: str, there: str, own: list[str], other: list[str], kept: set[int]) -> str:
    """Blank the cells that differ; note the shared strings that stay in use."""
    known = {cell: _content(rest, inner, other) for cell, rest, inner in _CELL.findall(there)}

    def blanked(match: re.Match[str]) -> str:
        cell, rest, inner = match.groups()
        if known.get(cell) == _content(rest, inner, own):
            if 't="s"' in rest:
                kept.add(int(re.sub(r"<.*?>", "", inner)))
            return match[0]
        style = re.search(r's="\d+"', rest)
        plain = f'<c r="{cell}"{" " + style[0] if style else ""}'
        if 't="s"' in rest or 't="str"' in rest:
            return f'{plain} t="inlineStr"><is><t>{BLANKED}</t></is></c>'
        return f"{plain}/>"

    return _CELL.sub(blanked, here)


def _content(rest: str, inner: str | None, strings: list[str]) -> str:
    if not inner:
        return ""
    return strings[int(re.sub(r"<.*?>", "", inner))] if 't="s"' in rest else inner


def _strings(text: str, kept: set[int]) -> str:
    """Blank the strings that no cell shows any more."""
    place = iter(range(text.count("<si>")))
    return _STRING.sub(lambda match: match[0] if next(place) in kept else "<si><t></t></si>", text)


def _chart(text: str) -> str:
    """Take what was drawn out of a chart: it draws again what stands in its cells."""
    return _SAID.sub(rf"\g<1>{BLANKED}\g<2>", _SCALE.sub("", _CACHE.sub("", text)))


def refuse_secrets(files: list[Path], secrets: Mapping[str, float]) -> None:
    """Raise `HeconError` where the digits of a confidential number stand in any part of any file."""
    telling = {where: _digits(number) for where, number in secrets.items()}
    for path in files:
        for part, text in _parts(path):
            for where, digits in telling.items():
                if digits and digits in text:
                    raise HeconError(
                        f"{path.name}{f' ({part})' if part else ''} would still hold {digits}, the number of {where}; "
                        "nothing was written. Take it out of notes, sources and descriptions"
                    )


def _digits(number: float) -> str:
    """The digits of a number as they are written; nothing where so few are found everywhere."""
    text = f"{abs(number):.15g}"
    return text if len(re.sub(r"^0+|\D", "", text.replace(".", ""))) >= _TELLING else ""


def _parts(path: Path) -> list[tuple[str, str]]:
    if path.suffix not in (".xlsx", ".docx"):
        return [("", path.read_bytes().decode("utf-8", "ignore"))]
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name).decode("utf-8", "ignore")) for name in archive.namelist()]
