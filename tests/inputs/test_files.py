"""Files that are not there, not readable, or not workbooks."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from hecon.errors import InputError
from hecon.inputs import files
from hecon.inputs.workbook import read_tables

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
        (
            "a.xlsx",
            zipped({"xl/workbook.xml": b'<workbook xmlns="http://purl.oclc.org/ooxml/x"'}),
            "is in the Strict Open XML",
        ),
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
    def locked(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", locked)
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
    monkeypatch.setattr(files, "LARGEST_UNPACKED", 10_000)
    assert "far more than inputs need: delete the empty formatted rows" in complaint(good)


def test_nothing_is_left_behind(good: Path) -> None:
    read_tables(good)
    (good.parent / "bad.xlsx").write_bytes(b"")
    complaint(good.parent / "bad.xlsx")
    assert sorted(path.name for path in good.parent.iterdir()) == ["bad.xlsx", "good.xlsx"]
