"""The file itself: is it there, may it be read, and is it an Excel workbook at all?"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from hecon.errors import Fault, InputError, did_you_mean, shortened
from hecon.inputs.parts import CUT_SHORT, DAMAGES, size_problem

#: A file larger than this holds pictures, or is none that a person made.
LARGEST_FILE = 40_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "open it in Excel and save it as Excel Workbook (.xlsx)"


def open_workbook_file(path: Path) -> bytes:
    """Give the bytes of an .xlsx file. Raises `InputError` saying what the file is instead."""
    content = _bytes(path)
    problem = _problem(path, content)
    if problem:
        raise InputError(path.name, [Fault(path.name, problem)])
    return content


def lock_notes(path: Path) -> list[str]:
    """Say so if another program has the workbook open: what is read is what was last saved."""
    excel, calc = path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")
    for lock, program in ((excel, "Excel"), (calc, "LibreOffice")):
        if lock.exists():
            rule = "changes that are not saved yet are not read"
            return [f"{path.name} is open in {program} ({lock.name} stands beside it): {rule}"]
    return []


def _bytes(path: Path) -> bytes:
    problem = ""
    try:
        if path.is_dir():
            problem = "is a folder; give the name of a workbook in it" + _workbooks_in(path)
        elif path.exists() and not path.is_file():
            problem = "is no file, but a device or a pipe; give the name of a workbook"
        else:
            with path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
            if len(content) <= LARGEST_FILE:
                return content
            problem = f"has more than {LARGEST_FILE / 1e6:g} MB; a workbook of inputs has far less"
    except FileNotFoundError:
        names = [other.name for other in path.parent.glob("*.xlsx")] if path.parent.is_dir() else []
        problem = f"there is no such file: {shortened(path)}.{did_you_mean(path.name, names)}"
    except PermissionError:
        problem = "cannot be opened: another program holds it, or you may not read it. Close it there and run again"
    except OSError as error:
        problem = f"cannot be opened: {error.strerror or error}"
    name = path.name or str(path)
    raise InputError(name, [Fault(shortened(name), problem)])


def _workbooks_in(folder: Path) -> str:
    names = sorted(path.name for path in folder.glob("*.xlsx") if not path.name.startswith("~$"))
    return f" ({', '.join(names[:8])})" if names else ""


def _problem(path: Path, content: bytes) -> str:
    """Say what is wrong with the file as a whole; nothing if it is a workbook."""
    if not content:
        return "is empty (0 bytes): the download or copy did not finish"
    if path.name.startswith("~$"):
        return f"is the lock file of a workbook that is open in Excel; give the workbook itself, {path.name[2:]}"
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            return "is protected by a password: open it in Excel, choose File, Info, Protect Workbook, and remove it"
        return f"is in the old Excel format (.xls): {_SAVE_AS}"
    if not content.startswith(b"PK"):
        return f"is not an Excel workbook{_kind(path)}: {_SAVE_AS}"
    try:
        return _zip_problem(content)
    except DAMAGES:
        return CUT_SHORT


def _kind(path: Path) -> str:
    text = path.suffix.lower() in (".csv", ".txt", ".tsv", ".json", ".html", ".xml")
    return f" (it is a {path.suffix.lower()} file)" if text else ""


def _zip_problem(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {part.filename: part for part in archive.infolist()}
        if any(part.flag_bits & 1 for part in parts.values()):
            return "is a zip file with a password; give an unprotected .xlsx workbook"
        if "xl/workbook.bin" in parts:
            return f"is a binary workbook (.xlsb): {_SAVE_AS}"
        if "mimetype" in parts and b"opendocument" in archive.read("mimetype")[:100]:
            return f"is an OpenDocument file (.ods): {_SAVE_AS}"
        if "xl/workbook.xml" not in parts:
            return f"is a zip file, but no Excel workbook: {_SAVE_AS}"
        return size_problem(archive)
