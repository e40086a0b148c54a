"""Names that a file may have: what Windows keeps for itself, and how long a path may be there."""

from __future__ import annotations

import os
import re
from pathlib import Path, PureWindowsPath

from hecon.errors import HeconError, shortened

_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[1-9¹²³]|LPT[1-9¹²³])\s*(\..*)?", re.IGNORECASE)
_FORBIDDEN = '<>:"|?*'
#: The longest path that every program on Windows opens.
LONGEST_PATH = 259


def windows_problem(path: str | Path) -> str:
    """Say why no file of Windows is called so; nothing if one may be.

    >>> windows_problem("results/con.xlsx")
    "'con.xlsx' is a name that Windows keeps for itself; give it another one"
    >>> windows_problem("C:/results/base case.xlsx")
    ''
    """
    given = PureWindowsPath(path)
    for part in given.parts[1:] if given.anchor else given.parts:
        if part in (".", ".."):
            continue
        if _RESERVED.fullmatch(part):
            return f"'{part}' is a name that Windows keeps for itself; give it another one"
        found = [letter for letter in part if letter in _FORBIDDEN or ord(letter) < 32]
        if found:
            return f"'{shortened(part)}' holds {found[0]!r}, which no name on Windows may hold ({' '.join(_FORBIDDEN)})"
        if part[-1] in " .":
            return f"'{shortened(part)}' ends with a {'space' if part[-1] == ' ' else 'dot'}, which Windows drops"
    return ""


def in_letters(path: str | Path) -> str:
    """Give a path as text that any file can hold: letters that the locale does not know are read as UTF-8.

    >>> in_letters("Stra\\udcc3\\udc9fe"), in_letters("Stra\\udcdfe")
    ('Straße', 'Stra\ufffde')
    """
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def refuse_place(path: str | Path, *, windows: bool = os.name == "nt") -> None:
    """Raise `HeconError` for a place where a file cannot be written on Windows; elsewhere the system says so itself."""
    if not windows:
        return
    problem = windows_problem(path)
    length = len(os.path.abspath(path))
    if not problem and length > LONGEST_PATH:
        allowed = f"Windows opens {LONGEST_PATH}"
        problem = f"its path has {length} letters, {allowed}; choose a folder nearer to the top of the disk"
    if problem:
        raise HeconError(f"{shortened(path)} cannot be written: {problem}")
