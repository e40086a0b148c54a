"""Workbooks that went wrong by chance: cells, headers, sheets, XML and archives, each by a seed."""

from __future__ import annotations

import io
import random
import re
import zipfile

Parts = dict[str, bytes]
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_CELL = re.compile(rb"<c r=\"([A-Z]+)(\d+)\"[^>]*?(?:/>|>.*?</c>)", re.S)
_ELEMENT = re.compile(rb"<(\w+)\b[^<>]*?(?:/>|>[^<>]*</\1>)")
_ATTRIBUTE = re.compile(rb' ([\w:]+)="([^"]*)"')
TEXTS = [
    "", " ", "x", "0", "-1", "12,5", "1.500", "1,5; 10", "3.5%", "$ 3", "NaN", "inf", "1e999", "TRUE", "#REF!",
    "=A1", "New treatment", "new treatment", "New\u00a0treatment", "New treatment\u200b", "Standard\u2013care",
    "same", "my own", "overall_survival", "drug_price", "until 3", "1, 8, 15", "8, 1", "female", "weibull",
    "weibul", "year", "yeer", "USD", "EUR per week", "days", "a" * 40_000, "<b>", "&amp;", "\ufffd", "_x000D_",
    "TEXT!A1", "\U0001f600", "../../x",
]  # fmt: skip
NUMBERS = [
    "0", "-0", "-1", "1", "2", "0.5", "1.0000000000000002", "1e-300", "1e300", "1E400", "nan", "12345678901234567890",
    "1_0", "0x1", "28", "2024", "45000.5", "", " 5 ", "5 5", "-1e-9", "999999999",
]  # fmt: skip


def parts_of(content: bytes) -> Parts:
    """Give the parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Parts) -> bytes:
    """Make a workbook of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def mutated(good: Parts, seed: int) -> tuple[str, bytes]:
    """Give what was done to a good workbook, and the workbook."""
    chance = random.Random(seed)
    parts = dict(good)
    kind = chance.choices(list(KINDS), [5, 2, 2, 4, 2])[0]
    content = KINDS[kind](parts, chance)
    return kind, zipped(parts) if content is None else content


def _sheet(parts: Parts, chance: random.Random) -> str:
    return chance.choice([name for name in parts if name.startswith("xl/worksheets/sheet")])


def _value(chance: random.Random) -> bytes:
    text = chance.choice(TEXTS).encode().replace(b"&", b"&amp;").replace(b"<", b"&lt;")
    number = chance.choice(NUMBERS).encode()
    formula = b"<f>1+1</f>" if chance.random() < 0.2 else b""
    return chance.choice([
        b' t="inlineStr"><is><t>' + text + b"</t></is></c>",
        b' t="str">' + formula + b"<v>" + text + b"</v></c>",
        b">" + formula + b"<v>" + number + b"</v></c>",
        b' t="n">' + formula + b"<v>" + number + b"</v></c>",
        b' t="b"><v>' + chance.choice([b"0", b"1", b"2", b"TRUE"]) + b"</v></c>",
        b' t="e"><v>' + chance.choice([b"#N/A", b"#DIV/0!", b"oops"]) + b"</v></c>",
        b' t="s"><v>' + number + b"</v></c>",
        b' t="d"><v>' + chance.choice([b"2024-01-02", b"2024-13-02", b"12:00:00", b"x"]) + b"</v></c>",
        b' s="' + chance.choice([b"1", b"14", b"-1", b"x", b"99"]) + b'"><v>' + number + b"</v></c>",
        b"><f>A1</f></c>",
        b"/>",
    ])  # fmt: skip


def _change_cells(parts: Parts, chance: random.Random, header: bool = False) -> None:
    for _ in range(chance.choice([1, 1, 1, 3])):
        name = _sheet(parts, chance)
        cells = [cell for cell in _CELL.finditer(parts[name]) if (cell[2] == b"4") == header and int(cell[2]) >= 4]
        if cells:
            cell = chance.choice(cells)
            other = b'<c r="' + cell[1] + cell[2] + b'"' + _value(chance)
            if chance.random() < 0.1:
                other = chance.choice(cells)[0]
            parts[name] = parts[name][: cell.start()] + other + parts[name][cell.end() :]


def _change_headers(parts: Parts, chance: random.Random) -> None:
    _change_cells(parts, chance, header=True)


def _change_sheets(parts: Parts, chance: random.Random) -> None:
    sheets = re.findall(rb"<sheet [^>]*/>", parts[BOOK])
    one, other = chance.sample(sheets, 2)
    how = chance.randrange(8)
    attribute = chance.choice(_ATTRIBUTE.findall(one))
    new = [
        (one, b""),
        (one, one + one),
        (one, other),
        (one, re.sub(rb'state="\w+"', b'state="hidden"', one)),
        (one, one.replace(b" %s=" % attribute[0], b" x%s=" % attribute[0])),
        (one, one.replace(attribute[1], chance.choice([b"", b"x", b"Prices", b"rId3", b"Notes 1"]))),
        (b"<workbookPr", b'<workbookPr date1904="1"'),
        (one, re.sub(rb'name="(\w)', lambda found: b'name="' + found[1].lower(), one)),
    ][how]
    parts[BOOK] = parts[BOOK].replace(*new)


def _change_xml(parts: Parts, chance: random.Random) -> None:
    name = chance.choice([_sheet(parts, chance), _sheet(parts, chance), chance.choice(list(parts))])
    content = parts[name]
    place = chance.randrange(len(content))
    elements, attributes = list(_ELEMENT.finditer(content)), list(_ATTRIBUTE.finditer(content))
    how = chance.randrange(7)
    if how == 0:
        content = content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]
    elif how == 1:
        content = content[:place] + content[place + chance.randrange(1, 9) :]
    elif how == 2:
        content = (
            content[:place]
            + chance.choice([b"<a/>", b"<!-- x -->", b"&#0;", b"&x;", b"\xff", b"<![CDATA[5]]>"])
            + content[place:]
        )
    elif how == 3 and elements:
        one = chance.choice(elements)
        content = content[: one.start()] + content[one.end() :]
    elif how == 4 and elements:
        one = chance.choice(elements)
        content = content[: one.end()] + one[0] * chance.choice([1, 1, 500]) + content[one.end() :]
    elif how == 5 and attributes:
        one = chance.choice(attributes)
        value = chance.choice([b"", b"-1", b"0", b"99999999999", b"A1:XFD1048576", b"x", b"1", b"true"])
        content = content[: one.start(2)] + value + content[one.end(2) :]
    elif attributes:
        one = chance.choice(attributes)
        content = content[: one.start(1)] + chance.choice([b"x", b"r", b"t", b"s", b"hidden"]) + content[one.end(1) :]
    parts[name] = content


def _change_archive(parts: Parts, chance: random.Random) -> bytes | None:
    how = chance.randrange(5)
    if how == 0:
        del parts[chance.choice(list(parts))]
        return None
    if how == 1:
        one, other = chance.sample(list(parts), 2)
        parts[one], parts[other] = parts[other], parts[one]
        return None
    content = bytearray(zipped(parts))
    place = chance.randrange(len(content))
    if how == 2:
        del content[place:]
    elif how == 3:
        content[place] ^= 1 << chance.randrange(8)
    else:
        del content[place : place + chance.randrange(1, 200)]
    return bytes(content)


KINDS = {
    "cells": _change_cells,
    "headers": _change_headers,
    "sheets": _change_sheets,
    "xml": _change_xml,
    "archive": _change_archive,
}
