"""Putting files where the user wants them: all of them, or none.

Files are written into a temporary folder on the same disk and moved into place at the end. If a move fails, because
a file is open in Excel for instance, what stood there before is put back; if the run is killed between two moves, the
next run into the folder does so before it begins.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hecon.errors import HeconError

#: How the folder on the way begins, before the number of the process; the file in it that lists what is delivered.
_PREFIX, _PLACES = ".hecon-", "places.txt"


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
        _recover(self.folder)
        # Within the folder if it is there (it may be a disk of its own), else in the nearest one that is.
        beside = next(path for path in (self.folder.absolute(), *self.folder.absolute().parents) if path.is_dir())
        try:
            self._work = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=beside))
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
            (self._work / _PLACES).write_text("\n".join([self.folder.absolute().name, *files]), encoding="utf-8")
            for place in dict.fromkeys([*files, *self._replaces]):
                target = self.folder / place
                if target.exists():
                    moved.append(_move(target, self._old / place))
            for place in files:
                self._make((self.folder / place).parent)
                moved.append(_move(self.stage / place, self.folder / place))
            (self._work / _PLACES).unlink()  # from here on the new files stand, whatever happens
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


def _recover(folder: Path) -> None:
    """Put back what a run that was killed while it delivered to `folder` had moved, and clear what it left."""
    for beside in (folder.absolute(), folder.absolute().parent):
        for work in beside.glob(f"{_PREFIX}*-*") if beside.is_dir() else []:
            process = work.name.removeprefix(_PREFIX).partition("-")[0]
            if not process.isdecimal() or _runs(int(process)) or not work.is_dir() or work.is_symlink():
                continue
            name, *places = _lines(work / _PLACES)
            if places and name != folder.absolute().name:
                continue  # of another folder, whose next run puts it back
            with contextlib.suppress(OSError):
                _put_back(folder, work, places)
                shutil.rmtree(work)


def _put_back(folder: Path, work: Path, places: list[str]) -> None:
    """Take away the new files that were delivered already, and move the old ones to where they stood."""
    if not places:
        return
    for place in places:
        inside = not Path(place).is_absolute() and ".." not in Path(place).parts
        if inside and not (work / "new" / place).exists() and not (work / "old" / place).exists():
            (folder / place).unlink(missing_ok=True)
    for path in sorted((work / "old").rglob("*")):
        if path.is_file():
            _move(path, folder / path.relative_to(work / "old"))


def _lines(path: Path) -> list[str]:
    """Lines of a file; one empty line if it is not there."""
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return [""]


def _runs(process: int) -> bool:
    """Whether a process is still there; on Windows, where asking would end it, it is taken to be."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


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
