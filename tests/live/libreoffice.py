"""Workbooks recalculated from scratch by LibreOffice, and what their cells then hold.

LibreOffice believes the values that a file from Excel (or from XlsxWriter, which signs as Excel) has stored, and
does not calculate: a test that converts such a file and compares passes without testing anything. So each process
has a profile of its own in which recalculation on loading is forced.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

import openpyxl
import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")

#: Marks a test that needs LibreOffice.
needs_libreoffice = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice Calc is not installed (no soffice on the path): nothing can be recalculated"
)

#: What a workbook holds: value by cell by sheet. Empty cells are left out; an error is its text, such as "#DIV/0!".
Values = dict[str, dict[str, object]]

#: The values of LibreOffice's setting "Recalculation on File Load, Excel 2007 and newer".
ALWAYS, NEVER = 0, 1

_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
           xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <item oor:path="/org.openoffice.Office.Calc/Formula/Load">
    <prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>{mode}</value></prop>
  </item>
</oor:items>
"""


def recalculated(
    paths: Sequence[Path], *, sheets: Collection[str] | None = None, timeout: float = 300, mode: int = ALWAYS
) -> list[Values]:
    """Give the values of workbooks after LibreOffice has calculated every formula, in the order of `paths`.

    All files go through one call of soffice, so many small edits of a workbook cost little more than one; `sheets`
    reads these sheets only. The files are left alone. `timeout` is in seconds, for the whole call; it, and a file that
    LibreOffice cannot read, raise RuntimeError. `mode` is there for the test that shows what forcing is good for.

    >>> recalculated([Path("live.xlsx")])[0]["Results"]["C5"]  # doctest: +SKIP
    124937.20941
    """
    if SOFFICE is None:
        raise RuntimeError("LibreOffice Calc is not installed (no soffice on the path)")
    if not paths:
        return []  # without files soffice would open its window and wait
    with tempfile.TemporaryDirectory(prefix="recalculated_") as folder:
        given, made = Path(folder, "given"), Path(folder, "made")
        given.mkdir()
        # Files of one name from several folders must not meet.
        names = [f"{number:04}.xlsx" for number in range(len(paths))]
        for path, name in zip(paths, names, strict=True):
            shutil.copyfile(path, given / name)
        said = _soffice(mode, timeout, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(made),
                        *(str(given / name) for name in names))  # fmt: skip
        missing = [str(path) for path, name in zip(paths, names, strict=True) if not (made / name).exists()]
        if missing:
            raise RuntimeError(f"LibreOffice did not convert {', '.join(missing)}. It said: {said}")
        return [_values(made / name, sheets) for name in names]


def _values(path: Path, sheets: Collection[str] | None) -> Values:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        return {
            sheet.title: {c.coordinate: c.value for row in sheet.iter_rows() for c in row if c.value is not None}
            for sheet in book.worksheets
            if sheets is None or sheet.title in sheets
        }
    finally:
        book.close()


@functools.cache
def _profile(mode: int) -> Path:
    """Make this process's profile: two processes that share one stand in each other's way."""
    folder = Path(tempfile.mkdtemp(prefix=f"libreoffice_{os.getpid()}_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "user").mkdir()
    (folder / "user" / "registrymodifications.xcu").write_text(_SETTINGS.format(mode=mode), encoding="utf-8")
    return folder


def _soffice(mode: int, timeout: float, *arguments: str) -> str:
    profile = f"-env:UserInstallation={_profile(mode).as_uri()}"
    # A session of its own: soffice is a script that starts the program, and both must go when time is up.
    process = subprocess.Popen(
        [str(SOFFICE), profile, "--headless", "--norestore", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=timeout)[0].strip()
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise RuntimeError(f"LibreOffice was not done after {timeout:g} seconds") from None
