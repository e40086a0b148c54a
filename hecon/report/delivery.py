"""Putting files where the user wants them: all of them, or none.

Files are written into a temporary folder on the same disk and moved into place at the end. If a move fails, because
a file is open in Excel for instance, what stood there before is put back.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hecon.errors import HeconError


class Delivery:
    """A set of files on its way to `folder`; leaving the ``with`` block moves them there, an error leaves nothing.

    Write to ``delivery.stage``. Files named in `replaces` (paths within the folder) are results of an earlier run:
    those that are not written again are removed, so that no table is older than its neighbours. Everything else
    in the folder stays as it is. Raises `HeconError` if the folder or a file in it cannot be written.

    >>> with Delivery("results") as delivery:  # doctest: +SKIP
    ...     (delivery.stage / "note.txt").write_text("done")
    """

    def __init__(self, folder: str | Path, replaces: Iterable[str] = ()) -> None:
        self.folder = Path(folder)
        self._replaces = tuple(replaces)
        self._created: list[Path] = []

    def __enter__(self) -> Delivery:
        refuse_file(self.folder)
        # Within the folder if it is there (it may be a disk of its own), else in the nearest one that is.
        beside = next(path for path in (self.folder.absolute(), *self.folder.absolute().parents) if path.is_dir())
        try:
            self._work = Path(tempfile.mkdtemp(prefix=".hecon-", dir=beside))
            self.stage = self._work / "new"
            self._old = self._work / "old"
            self.stage.mkdir()
        except OSError as error:
            raise HeconError(f"{self.folder} cannot be written: {error.strerror or error}") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._deliver()
        finally:
            shutil.rmtree(self._work, ignore_errors=True)

    def _deliver(self) -> None:
        files = sorted(path.relative_to(self.stage).as_posix() for path in self.stage.rglob("*") if path.is_file())
        moved: list[tuple[Path, Path]] = []
        place = ""
        try:
            for place in dict.fromkeys([*files, *self._replaces]):
                target = self.folder / place
                if target.exists():
                    moved.append(_move(target, self._old / place))
            for place in files:
                self._make((self.folder / place).parent)
                moved.append(_move(self.stage / place, self.folder / place))
        except BaseException as error:
            for source, target in reversed(moved):
                with contextlib.suppress(OSError):
                    os.replace(target, source)
            for folder in reversed(self._created):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            if isinstance(error, PermissionError):
                raise HeconError(
                    f"{self.folder / place} cannot be written: it is open in another program, or its folder is "
                    "read-only. Close it and run again."
                ) from None
            if isinstance(error, OSError):
                raise HeconError(f"{self.folder / place} cannot be written: {error.strerror or error}") from None
            raise

    def _make(self, folder: Path) -> None:
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir()
            self._created.append(path)


def refuse_file(folder: Path) -> None:
    """Raise `HeconError` if a file stands where the folder, or one that holds it, is to be."""
    try:
        taken = [path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()]
    except OSError as error:  # a name that the system cannot have, such as one of 260 characters
        raise HeconError(f"{folder} cannot be a folder: {error.strerror or error}") from None
    if taken:
        raise HeconError(f"{taken[0]} is a file; give the name of a folder")


def _move(source: Path, target: Path) -> tuple[Path, Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)
    return source, target
