"""Files that are not there, not readable, or not workbooks."""

from __future__ import annotations

import io
import os
import re
import zipfile
from pathlib import Path

import pytest

from hecon.errors import InputError
from hecon.inputs import files, parts
from hecon.inputs.workbook import read_tables, read_values

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512


def complaint(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_tables(path)
    (fault,) = caught.value.faults
    assert fault.where == path.name
    assert caught.value.source == path.name
    return fault.what


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"", "is empty (0 bytes)"),
        ("a.xls", OLE, "is in the old Excel format (.xls): open it in Excel and save it as Excel Workbook (.xlsx)"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password: open it in Excel"),
        ("a.csv", b"a,b\n1,2\n", "is not an Excel workbook (it is a .csv file)"),
        ("a.xlsx", b"hello", "is not an Excel workbook: open it in Excel and save it as"),
        ("a.xlsx", zipped({"a.txt": b"x"}), "is a zip file, but no Excel workbook"),
        ("a.xlsb", zipped({"xl/workbook.bin": b"x"}), "is a binary workbook (.xlsb)"),
        ("a.ods", zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "is an OpenDocument file"),
        ("a.xlsx", zipped({"xl/workbook.xml": b"<workbook"}), "cannot be read as a workbook"),
        ("a.xlsx", zipped({"xl/workbook.xml": b"<workbook/>"}), "is damaged: its part _rels/.rels is missing"),
        ("a.xlsx", zipped({"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x []><x/>'}), "holds a document type"),
        (
            "~$a.xlsx",
            b"owner",
            "is the lock file of a workbook that is open in Excel; give the workbook itself, a.xlsx",
        ),
    ],
)
def test_what_the_file_is_instead(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert words in complaint(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_workbook(good_bytes: bytes, tmp_path: Path, share: float) -> None:
    path = tmp_path / "cut.xlsx"
    path.write_bytes(good_bytes[: int(len(good_bytes) * share)])
    assert complaint(path).startswith("is damaged or cut short")


def test_a_damaged_workbook(good_bytes: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hurt.xlsx"
    middle = len(good_bytes) // 3
    path.write_bytes(good_bytes[:middle] + bytes(200) + good_bytes[middle + 200 :])
    with pytest.raises(InputError):
        read_tables(path)


def test_a_missing_file_and_its_neighbour(good: Path) -> None:
    assert complaint(good.with_name("god.xlsx")).endswith("god.xlsx. Did you mean 'good.xlsx'?")
    assert "there is no such file" in complaint(good.parent / "nowhere" / "x.xlsx")


def test_a_folder(good: Path) -> None:
    assert complaint(good.parent) == "is a folder; give the name of a workbook in it (good.xlsx)"


def test_a_file_that_another_program_holds(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(self: Path, *mode: str) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", locked)
    assert complaint(good) == (
        "cannot be opened: another program holds it, or you may not read it. Close it there and run again"
    )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_without_permission(good: Path) -> None:
    good.chmod(0)
    assert complaint(good).startswith("cannot be opened")


@pytest.mark.parametrize(("lock", "program"), [("~$good.xlsx", "Excel"), (".~lock.good.xlsx#", "LibreOffice")])
def test_a_workbook_open_elsewhere_is_read_as_saved(good: Path, lock: str, program: str) -> None:
    good.with_name(lock).write_bytes(b"owner")
    (note,) = read_tables(good).notes
    assert note.startswith(f"good.xlsx is open in {program} ({lock} stands beside it)")


def test_a_workbook_that_unpacks_to_too_much(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LARGEST_UNPACKED", 10_000)
    assert "far more than inputs need: delete the empty formatted rows" in complaint(good)


def test_nothing_is_left_behind(good: Path) -> None:
    read_tables(good)
    (good.parent / "bad.xlsx").write_bytes(b"")
    complaint(good.parent / "bad.xlsx")
    assert sorted(path.name for path in good.parent.iterdir()) == ["bad.xlsx", "good.xlsx"]


# --- the parts of the archive ---


def rewritten(content: bytes, changes: dict[str, tuple[bytes, bytes]], more: dict[str, bytes] | None = None) -> bytes:
    """Give a workbook with bytes of some parts replaced, and more parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            found = old.read(name)
            for before, after in [changes[name]] if name in changes else []:
                assert before in found
                found = found.replace(before, after, 1)
            new.writestr(name, found)
        for name, added in (more or {}).items():
            new.writestr(name, added)
    return out.getvalue()


BOOK, RELATIONS, SHEET = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet3.xml"


@pytest.mark.parametrize("part", [BOOK, RELATIONS, SHEET, "[Content_Types].xml", "_rels/.rels", "xl/styles.xml"])
@pytest.mark.parametrize("damage", [b"<<", b"&nothing;", b"</x>", b"\x00"])
def test_a_damaged_part_is_named(good_bytes: bytes, tmp_path: Path, part: str, damage: bytes) -> None:
    path = tmp_path / "hurt.xlsx"
    path.write_bytes(rewritten(good_bytes, {part: (b">", b">" + damage)}))
    assert complaint(path).startswith(f"cannot be read as a workbook: its part {part} is damaged (")


def damaged(good_bytes: bytes, path: Path, part: str, before: bytes, after: bytes) -> tuple[str, str]:
    """Give the place and the words of the first fault of a workbook in which some bytes of a part are others."""
    path.write_bytes(rewritten(good_bytes, {part: (before, after)}))
    with pytest.raises(InputError) as caught:
        read_tables(path)
    return caught.value.faults[0].where, caught.value.faults[0].what


@pytest.mark.parametrize(
    ("part", "before", "after", "where", "words"),
    [
        (BOOK, b"<sheets>", b"<sheets><sheet/>", "hurt.xlsx", "one of its sheets has no name"),
        (BOOK, b'r:id="rIdNN"', b'r:id="nothing"', "Studies", "but not where its cells are"),
        (BOOK, b'r:id="rIdNN"', b'id="rIdNN"', "Studies", "but not where its cells are"),
        (BOOK, b'name="Studies"', b'name="Labels"', "Labels", "the file has two sheets of this name"),
        (BOOK, b'state="visible" r:id="rIdNN"', b'state="gone" r:id="rIdNN"', "Studies", "neither visible nor hidden"),
        (RELATIONS, b"Target=", b"Aim=", "Settings", "its part xl is missing"),
        (RELATIONS, b"sheetNN.xml", b"sheet99.xml", "Studies", "its part xl/worksheets/sheet99.xml is missing"),
        (RELATIONS, b"sheetNN.xml", b"sheet1.xml", "Studies", "the same part as 'Settings'"),
        (RELATIONS, b'Id="rIdNN"', b'Id="rId1"', "hurt.xlsx", "gives two parts the id rId1"),
        ("_rels/.rels", b"/officeDocument", b"/other", "hurt.xlsx", "which of its parts lists the sheets"),
        (
            SHEET,
            b"<sheetData>",
            b"<sheetData/><sheetData>",
            "Curves",
            "holds no rows for this sheet, or holds them twice",
        ),
        (SHEET, b"<worksheet xmlns=", b"<worksheet name=", "Curves", "holds no rows for this sheet"),
        (SHEET, b'<c r="A4"', b'<c r="none"', "Curves", "a cell 'none' in row 4"),
        (SHEET, b'<c r="A4"', b'<c r="A5"', "Curves", "a cell 'A5' in row 4"),
        (SHEET, b'<c r="B4"', b'<c r="A4"', "Curves!A4", "holds this cell twice"),
        (SHEET, b'<c r="A4" t="inlineStr"', b'<c r="A4" u="s"', "Curves!A4", "describes this cell by 'r = A4, u = s'"),
        (SHEET, b'<c r="A4" t="inlineStr"', b'<c r="A4" t="z"', "Curves!A4", "its kind is 'z'"),
        (SHEET, b'<c r="A4"', b'<c r="Z4" t="s"><v>9999</v></c><c r="A4"', "Curves!Z4", "gives it text number '9999'"),
        (SHEET, b'<row r="4"', b'<row r="0"', "Curves", "describes a row by 'r = 0"),
        (
            SHEET,
            b"<sheetData>",
            b'<cols><col min="3" max="99999999"/></cols><sheetData>',
            "Curves",
            "describes columns",
        ),
    ],
)
def test_parts_that_do_not_fit_together(
    good_bytes: bytes, tmp_path: Path, part: str, before: bytes, after: bytes, where: str, words: str
) -> None:
    number = "".join(filter(str.isdecimal, sheet_part(good_bytes, "Studies")[0])).encode()
    before, after = (text.replace(b"NN", number) for text in (before, after))
    place, what = damaged(good_bytes, tmp_path / "hurt.xlsx", part, before, after)
    assert place == where
    assert words in what


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (b'<c r="J5" t="n"><v>nan</v></c>', "the stored number is nan; it must be a finite number"),
        (b'<c r="J5" t="n"><v>1e999</v></c>', "the stored number is 1e999"),
        (b'<c r="J5" t="n"><v>1_0</v></c>', "the stored number is 1_0"),
        (b'<c r="J5" t="b"><v>2</v></c>', "stores '2' for TRUE or FALSE"),
        (b'<c r="J5" t="e"><v>oops</v></c>', "stores 'oops' for an error of Excel"),
        (b'<c r="J5" t="d"><v>2024-13-01</v></c>', "stores '2024-13-01' for a date"),
        (b'<c r="J5" t="str"><v>' + b"x" * 32_768 + b"</v></c>", "has 32,768 characters; a cell holds at most 32,767"),
        (b'<c r="J5" s="99999"><v>24</v></c>', "describes this cell by"),
        (b'<c r="J5" s="x"><v>24</v></c>', "describes this cell by 'r = E5, s = x'"),
        (b'<c r="J5" t="d"><v>2024-W01-1</v></c>', "stores '2024-W01-1' for a date"),
        (b'<c r="J5" t="n"><w>24</w></c>', "gives this cell a 'w'"),
    ],
)
def test_a_stored_value_that_no_program_writes(good_bytes: bytes, tmp_path: Path, cell: bytes, words: str) -> None:
    sheet = sheet_part(good_bytes, "Survival")
    before = re.search(rb'<c r="E5"[^>]*>.*?</c>', sheet[1])
    assert before is not None
    where, what = damaged(good_bytes, tmp_path / "hurt.xlsx", sheet[0], before[0], cell.replace(b"J5", b"E5"))
    assert where == "Survival!E5"
    assert words in what


def sheet_part(content: bytes, name: str) -> tuple[str, bytes]:
    """Give the name and the bytes of the part of a sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        own = re.search(rb'name="%s"[^>]*r:id="(\w+)"' % name.encode(), archive.read(BOOK))
        assert own is not None
        relation = re.search(rb'<Relationship[^>]*Id="%s"[^>]*>' % own[1], archive.read(RELATIONS))
        assert relation is not None
        target = re.search(rb'Target="([^"]*)"', relation[0])
        assert target is not None
        part = target[1].decode().lstrip("/")
        part = part if part.startswith("xl/") else f"xl/{part}"
        return part, archive.read(part)


STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006": b"http://purl.oclc.org/ooxml/officeDocument",
}


@pytest.mark.parametrize("own", [True, False])
def test_strict_open_xml_is_read_to_the_same_inputs(good: Path, good_bytes: bytes, tmp_path: Path, own: bool) -> None:
    content = good.read_bytes() if own else good_bytes
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            found = old.read(name)
            for usual, strict in STRICT.items():
                found = found.replace(usual, strict)
            new.writestr(name, found.replace(b"<workbook ", b'<workbook conformance="strict" '))
    good.write_bytes(content)
    path = tmp_path / "strict.xlsx"
    path.write_bytes(out.getvalue())
    usual, strict = read_tables(good), read_tables(path)
    assert strict.sha256 != usual.sha256
    assert strict.parameters.equals(usual.parameters)
    assert strict.settings == usual.settings
    assert strict.labels == usual.labels
    assert strict.notes == usual.notes
    assert all(strict.tables[name].equals(table) for name, table in usual.tables.items())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes among its files")
def test_a_pipe_and_a_device_are_no_workbooks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert complaint(tmp_path / "pipe.xlsx") == "is no file, but a device or a pipe; give the name of a workbook"
    (tmp_path / "loop.xlsx").symlink_to("loop.xlsx")
    assert complaint(tmp_path / "loop.xlsx").startswith("cannot be opened: ")
    if Path("/dev/zero").exists():
        assert complaint(Path("/dev/zero")).startswith("is no file")


def test_a_file_that_is_far_too_large_is_not_read_to_its_end(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE", 1_000)
    assert complaint(good).startswith("has more than 0.001 MB")


OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def test_many_sheets_are_refused_before_they_are_read(good_bytes: bytes, tmp_path: Path) -> None:
    many = b"".join(
        b'<sheet name="my %d" sheetId="%d" xmlns:r="%s" r:id="rId1"/>' % (i, i, OFFICE) for i in range(900, 1200)
    )
    path = tmp_path / "many.xlsx"
    path.write_bytes(rewritten(good_bytes, {BOOK: (b"</sheets>", many + b"</sheets>")}))
    assert "a workbook of inputs has at most 200: delete the sheets that are no inputs" in complaint(path)
    few = b'<sheet name="my own" sheetId="900" xmlns:r="%s" r:id="rId1"/>' % OFFICE
    path.write_bytes(rewritten(good_bytes, {BOOK: (b"</sheets>", few + b"</sheets>")}))
    with pytest.raises(InputError, match="my own   the file gives this sheet the same part as 'Settings'"):
        read_tables(path)


@pytest.mark.parametrize(("limit", "words"), [("MOST_ROWS", "rows"), ("MOST_CELLS", "cells")])
def test_many_rows_and_cells_are_refused(good: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str) -> None:
    monkeypatch.setattr(parts, limit, 50)
    assert f"{words}; a workbook of inputs has at most 50: delete the rows" in complaint(good)


def test_the_cells_of_a_merged_area_count(good_bytes: bytes, tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    area = b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    path.write_bytes(rewritten(good_bytes, {SHEET: (b"</sheetData>", area)}))
    assert "17,179,8" in complaint(path)


def test_a_part_of_any_name_counts(good_bytes: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.xlsx"
    rows = b"<x>" + b"<row/>" * 60 + b"</x>"
    path.write_bytes(rewritten(good_bytes, {}, {"xl/more.dat": rows}))
    read_tables(path)
    monkeypatch.setattr(parts, "MOST_ROWS", 59)
    assert "rows; a workbook of inputs has at most 59" in complaint(path)
    monkeypatch.undo()
    path.write_bytes(rewritten(good_bytes, {}, {"xl/more.dat": bytes(parts.LARGEST_UNPACKED)}))
    assert "(xl/more.dat alone to 60 MB), far more than inputs need" in complaint(path)
    path.write_bytes(rewritten(good_bytes, {}, {f"xl/{i}.dat": b"" for i in range(parts.MOST_PARTS)}))
    assert "parts; a workbook of inputs has at most 2,000" in complaint(path)


DEEP = b"<a>" * 5_000 + b"</a>" * 5_000


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"</sheetData>", b"</sheetData>" + DEEP),
        (b"</sheetData>", b"<row><c t='inlineStr'><is>" + DEEP.replace(b"a>", b"t>") + b"</is></c></row></sheetData>"),
        (b"</sheetData>", b"<row><c><f>" + DEEP + b"</f></c></row></sheetData>"),
    ],
)
def test_nested_elements_are_refused(good_bytes: bytes, tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "deep.xlsx"
    path.write_bytes(rewritten(good_bytes, {SHEET: (before, after)}))
    assert complaint(path).startswith(f"nests the elements of its part {SHEET} more than 100 deep")
    path.write_bytes(rewritten(good_bytes, {}, {"xl/more.dat": b"<x>" + DEEP + b"</x>"}))
    assert complaint(path).startswith("nests the elements of its part xl/more.dat more than 100 deep")


def test_a_part_that_nothing_reads_is_looked_at_too(good_bytes: bytes, tmp_path: Path) -> None:
    path = tmp_path / "more.xlsx"
    path.write_bytes(good_bytes)
    without = read_tables(path)
    path.write_bytes(rewritten(good_bytes, {}, {"xl/more.xml": b"<x>"}))
    assert complaint(path).startswith("cannot be read as a workbook: its part xl/more.xml is damaged (")
    path.write_bytes(rewritten(good_bytes, {}, {"xl/more.dat": b"<x>"}))  # it does not say that it is XML
    assert read_tables(path).parameters.equals(without.parameters)


def test_a_merged_area_of_a_workbook_of_results_takes_no_time(good_bytes: bytes, tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    area = b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    path.write_bytes(rewritten(good_bytes, {SHEET: (b"</sheetData>", area)}))
    emptied = [name for name, cells in read_values(path).items() if set(cells) == {(1, 1)}]
    assert len(emptied) == 1  # one cell shows all of it
