"""Exports without confidential numbers.

An export is made twice: with the confidential inputs, and with public numbers in their place. What is delivered is the
second, and every cell of it that differs from the first is blank. So it shows nothing that the public numbers do not
give, whatever was computed on the way; that the first one was there at all can be told from the blanks alone.

A blank may tell as much as a word: where one of two answers is public, a blank is the other, and in a grid of prices
the place at which blanks begin is a price. So where a word, a truth value or a column of 0 and 1 differs in one
cell, all cells that could say it are blank. Then all parts of all files are searched for the digits, and for what they
come to rounded or by pack.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from hecon.errors import HeconError
from hecon.excel.saving import save_bytes
from hecon.report.words import QUADRANTS, STATUSES

#: What stands in a cell of text that is blanked.
BLANKED = "[confidential]"
_CELL = re.compile(r'<c r="([A-Z]+\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_STRING = re.compile(r"<si>(.*?)</si>", re.DOTALL)
_CACHE = re.compile(r"<c:(numCache|strCache)>.*?</c:\1>", re.DOTALL)
_SCALE = re.compile(r"<c:(max|min|majorUnit|minorUnit|crossesAt) val=\"[^\"]*\"/>")
_SAID = re.compile(r"(<a:t>)[^<]*(</a:t>)")
_TOKEN = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?!\w)")
_SHEET, _CHART, _STRINGS = "xl/worksheets/sheet", "xl/charts/chart", "xl/sharedStrings.xml"
#: Digits below which a number is found everywhere by chance.
_TELLING = 4
#: Digits of a number that is a confidential one rounded, or by pack.
_TELLING_IN_PART = 5
#: A column of these numbers alone holds answers, not amounts; so many values may be told from their order.
_TRUTH, _FEW = frozenset(("0", "1", "0.0", "1.0")), 3
_IS_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|nan|inf|-inf")
#: Words that say which way a comparison went: where one differs in a sheet, all of them are blank there.
_ANSWERS = frozenset(
    ("yes", "no", "below", "above", "dominant", "dominated", "equal", "saves", *STATUSES.values(), *QUADRANTS)
)


def redact_folder(
    real: Path, shown: Path, target: Path, secrets: Mapping[str, float], packs: Iterable[float] = ()
) -> list[Path]:
    """Write every file of the folder `shown` into `target`, less what differs from the file of that name in `real`.

    Workbooks and CSV are blanked cell by cell; any other file that differs, and one that only `shown` has, is left
    out. Raises `HeconError` where a confidential number is still found, in `shown` too; also as the price of one of the
    `packs`, which are given by their size.
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
    refuse_secrets([*written, *filter(Path.is_file, shown.rglob("*"))], secrets, packs)
    return written


def redacted(suffix: str, real: bytes, shown: bytes) -> bytes | None:
    """Give a file less what differs from its twin; None where that cannot be done and it must be left out."""
    if real == shown:
        return shown
    if suffix == ".csv":
        return _csv(real.decode(), shown.decode()).encode()
    return _workbook(real, shown) if suffix == ".xlsx" else None


def _csv(real: str, shown: str) -> str:
    """Blank the fields that differ, row by row from the top, and columns of few values in which one does."""
    lines = list(zip_longest(csv.reader(io.StringIO(shown)), csv.reader(io.StringIO(real))))
    same = [
        [there is not None and len(here) == len(there) and one == there[place] for place, one in enumerate(here)]
        for here, there in lines[1:]
        if here is not None
    ]
    width = len(lines[0][0] or [])
    columns = [[[one[place] for one in file if one and place < len(one)] for file in zip(*lines[1:], strict=True)]
               for place in range(width)]  # fmt: skip
    telling = {
        place
        for place, own in enumerate(columns)
        if not all(row[place] for row in same if place < len(row)) and _could_be_told(*own)
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(lines[0][0] or [])
    rows = (here for here, _ in lines[1:] if here is not None)
    for here, alike in zip(rows, same, strict=True):
        writer.writerow([one if alike[i] and i not in telling else "" for i, one in enumerate(here)])
    return text.getvalue()


def _could_be_told(shown: Sequence[str], real: Sequence[str]) -> bool:
    """Whether a blank could be told: a column of words or of 0 and 1, in which more than the order differs."""
    found = {*shown, *real} - {""}
    if len(found) > _FEW and sorted(shown) == sorted(real):
        return False
    return found <= _TRUTH or any(not _IS_NUMBER.fullmatch(value) for value in found)


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
    differing: set[tuple[str, str]] = set()
    for cell, rest, inner in _CELL.findall(here):
        said, was = _plain(_content(rest, inner, own)), _plain(known.get(cell, ""))
        if said != was:
            column = cell.rstrip("0123456789")
            differing |= {(column, word) for word in (said, was) if _is_word(word)}
    answers = any(word in _ANSWERS for _, word in differing)

    def blanked(match: re.Match[str]) -> str:
        cell, rest, inner = match.groups()
        word = _plain(_content(rest, inner, own))
        tells = (cell.rstrip("0123456789"), word) in differing or (answers and word in _ANSWERS)
        if known.get(cell) == _content(rest, inner, own) and not tells:
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


def _plain(content: str) -> str:
    return re.sub(r"<.*?>", "", content).strip()


def _is_word(text: str) -> bool:
    return bool(text) and not _IS_NUMBER.fullmatch(text)


def _strings(text: str, kept: set[int]) -> str:
    """Blank the strings that no cell shows any more."""
    place = iter(range(text.count("<si>")))
    return _STRING.sub(lambda match: match[0] if next(place) in kept else "<si><t></t></si>", text)


def _chart(text: str) -> str:
    """Take what was drawn out of a chart: it draws again what stands in its cells."""
    return _SAID.sub(rf"\g<1>{BLANKED}\g<2>", _SCALE.sub("", _CACHE.sub("", text)))


def refuse_secrets(files: Iterable[Path], secrets: Mapping[str, float], packs: Iterable[float] = ()) -> None:
    """Raise `HeconError` where a confidential number stands in any part of any file, also rounded, or for a pack."""
    telling = {where: _digits(number) for where, number in secrets.items()}
    sizes = [1.0, *packs]
    in_part = {
        written: where for where, number in secrets.items() for size in sizes for written in _rounded(number * size)
    }
    for path in files:
        for part, text in _parts(path):
            found = [(digits, where) for where, digits in telling.items() if digits and digits in text]
            found += [(token, in_part[token]) for token in set(_TOKEN.findall(text)) & in_part.keys()]
            for digits, where in found:
                raise HeconError(
                    f"{path.name}{f' ({part})' if part else ''} would still hold {digits}, the number of {where}; "
                    "nothing was written. Take it out of notes, sources and descriptions"
                )


def _rounded(number: float) -> set[str]:
    """A number as it may be rounded, with and without separators, where enough digits are left."""
    texts = {f"{abs(number):{style}.{places}f}" for style in ("", ",") for places in range(7)}
    return {text for text in texts if len(re.sub(r"^[0.,]+|[.,]|0+$", "", text)) >= _TELLING_IN_PART}


def _digits(number: float) -> str:
    """The digits of a number as they are written; nothing where so few are found everywhere."""
    text = f"{abs(number):.15g}"
    return text if len(re.sub(r"^0+|\D", "", text.replace(".", ""))) >= _TELLING else ""


def _parts(path: Path) -> list[tuple[str, str]]:
    if path.suffix not in (".xlsx", ".docx"):
        return [("", path.read_bytes().decode("utf-8", "ignore"))]
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name).decode("utf-8", "ignore")) for name in archive.namelist()]
