"""Putting files where the user wants them: all of them, or none.

Files are written into a temporary folder on the same disk. At the end that folder and the user's change places in one
step; the user's own files are in both. Where the system cannot do that, or must not (the working folder, a disk of its
own), files are moved one by one, with a journal by which the next start puts back what a killed run left half done.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hecon.errors import HeconError, shortened
from hecon.place_names import refuse_place
from hecon.whole import LOCK, PREFIX, alone_in, claimed, exchange, left_behind, undisturbed

#: The file in the folder on its way that says which files are moved where, while they are moved one by one.
_JOURNAL = "journal.json"
#: A folder with more files of its own than this is left where it is.
_MOST_CARRIED = 2_000


class Delivery:
    """A set of files on its way to `folder`; leaving the ``with`` block moves them there, an error leaves nothing.

    Write to ``delivery.stage``. Files named in `replaces` (paths within the folder) are results of an earlier run:
    those that are not written again are removed, so that no table is older than its neighbours. Everything else
    in the folder stays as it is. What an earlier run that was killed left behind is put back or cleared first. Raises
    `HeconError` if the folder or a file in it cannot be written.

    >>> with Delivery("results") as delivery:  # doctest: +SKIP
    ...     (delivery.stage / "note.txt").write_text("done")
    """

    def __init__(self, folder: str | Path, replaces: Iterable[str] = ()) -> None:
        self.folder = Path(folder)
        self._replaces = tuple(replaces)
        self._created: list[Path] = []

    def __enter__(self) -> Delivery:
        refuse_place(self.folder)
        refuse_file(self.folder)
        here = Path(os.path.realpath(self.folder))
        made: Path | None = None
        try:
            with undisturbed():
                for place in {_nearest(here), here.parent}:
                    clear_leftovers(place)
                self._work, self._claim = claimed(lambda: self._workplace(here))
                made = self._work
                self.stage = self._work / "new"
                self._old = self._work / "old"
                self.stage.mkdir()
        except BaseException as error:
            if made is not None:
                shutil.rmtree(made, ignore_errors=True)
            if isinstance(error, OSError):
                raise HeconError(f"{shortened(self.folder)} cannot be written: {error.strerror or error}") from None
            raise
        return self

    def _workplace(self, here: Path) -> Path:
        """Make the temporary folder: beside the user's, or in it where it is a disk of its own or its parent closed."""
        nearest = _nearest(here)
        if nearest == here and not os.path.ismount(here):
            with contextlib.suppress(OSError):
                return Path(tempfile.mkdtemp(prefix=PREFIX, dir=here.parent))
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=nearest))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        with undisturbed():
            try:
                if kind is None:
                    self._deliver()
                elif isinstance(error, HeconError | OSError):
                    self._say_by_the_users_path(error)
            finally:
                if self._claim is not None:
                    os.close(self._claim)
                if not (self._work / _JOURNAL).exists():  # else the next start puts back what stands there
                    shutil.rmtree(self._work, ignore_errors=True)

    def _say_by_the_users_path(self, error: Exception) -> None:
        """Raise an error about the temporary folder again, as one about the folder that the user named."""
        own = str(error) if isinstance(error, HeconError) else f"{self.folder} cannot be written: {_reason(error)}"
        if str(self.stage) in str(error) or isinstance(error, OSError):
            raise HeconError(own.replace(str(self.stage), str(self.folder))) from None

    def _deliver(self) -> None:
        files = sorted(path.relative_to(self.stage).as_posix() for path in self.stage.rglob("*") if path.is_file())
        self._refuse_what_is_in_the_way(files)
        try:
            if not self.folder.exists():
                self._make(self.folder.parent)
                os.rename(self.stage, self.folder)
                return
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):  # else another run has just delivered there
                self._remove_created()
                raise HeconError(f"{shortened(self.folder)} cannot be written: {_reason(error)}") from None
        except BaseException:
            self._remove_created()
            raise
        with alone_in(self.folder):
            if not self._change_places(files):
                self._move_one_by_one(files)

    def _refuse_what_is_in_the_way(self, files: list[str]) -> None:
        for place in files:
            target = self.folder / place
            if target.is_dir():
                raise HeconError(f"{target} is a folder, and a file of that name is to be written; move it away")
            for parent in target.parents:
                if parent == self.folder:
                    break
                if parent.exists() and not parent.is_dir():
                    raise HeconError(f"{parent} is a file, and a folder of that name is to be written; move it away")

    # --- in one step ---

    def _change_places(self, files: list[str]) -> bool:
        """Put the new folder in the place of the old one at once; False where it was not done."""
        here = self.folder.resolve()
        if here in (Path.cwd(), *Path.cwd().parents) or self._work.parent.resolve() == here or os.path.ismount(here):
            return False
        ours = {*files, *self._replaces}
        if not self._carry(here, ours) or not exchange(self.stage, here):
            return False
        # What came into the folder in the meantime is now in the old one.
        self._carry(self.stage, ours, into=here)
        return True

    def _carry(self, source: Path, ours: set[str], into: Path | None = None) -> bool:
        """Give every file of the user's own in the one folder a name in the other, too; False where that cannot be."""
        into, count = into or self.stage, 0
        try:
            for folder, folders, files in os.walk(source):
                inner = Path(folder).relative_to(source)
                links = [name for name in folders if (Path(folder) / name).is_symlink()]
                for name in (*files, *links):
                    if (inner / name).as_posix() in ours or (into / inner / name).is_symlink():
                        continue
                    (into / inner).mkdir(parents=True, exist_ok=True)
                    with contextlib.suppress(FileExistsError):
                        os.link(source / inner / name, into / inner / name, follow_symlinks=False)
                    count += 1
                if not files and not folders:
                    (into / inner).mkdir(parents=True, exist_ok=True)
                if count > _MOST_CARRIED:
                    return False
            shutil.copystat(source, into)
        except OSError:
            return False
        return True

    # --- one by one ---

    def _move_one_by_one(self, files: list[str]) -> None:
        place = ""
        for path in self.stage.rglob("*"):  # what was carried for the one step stays where it is
            if path.is_file() and path.relative_to(self.stage).as_posix() not in files:
                path.unlink()
        journal = self._work / _JOURNAL
        try:
            journal.write_text(json.dumps({"folder": str(self.folder.absolute()), "files": files}), encoding="utf-8")
            for place in dict.fromkeys([*files, *self._replaces]):
                target = self.folder / place
                if target.exists():
                    _move(target, self._old / place)
            for place in files:
                self._make((self.folder / place).parent)
                _move(self.stage / place, self.folder / place)
            journal.unlink()
        except BaseException as error:
            _put_back(self._work)
            journal.unlink(missing_ok=True)
            self._remove_created()
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
            path.mkdir(exist_ok=True)
            self._created.append(path)

    def _remove_created(self) -> None:
        for folder in reversed(self._created):
            with contextlib.suppress(OSError):
                folder.rmdir()


def clear_leftovers(place: Path) -> None:
    """Put back what a run that was killed had half moved, and remove its temporary folders from a folder."""
    for work in place.glob(f"{PREFIX}*"):
        if work.is_dir() and not work.is_symlink():
            with left_behind(work, work / LOCK) as left:
                if left:
                    _put_back(work)
                    shutil.rmtree(work, ignore_errors=True)


def _put_back(work: Path) -> None:
    """Undo by its journal what was moved: first the new files out, then the old ones in; nothing outside its place."""
    try:
        said = json.loads((work / _JOURNAL).read_text(encoding="utf-8"))
        folder, files = Path(said["folder"]), [str(name) for name in said["files"]]
    except (OSError, ValueError, LookupError, TypeError):
        return
    home = work.parent.resolve()
    if not all((folder / place).resolve().is_relative_to(home) for place in files):
        return  # a journal that somebody else wrote
    old = [path.relative_to(work / "old").as_posix() for path in (work / "old").rglob("*") if path.is_file()]
    for place in files:
        if not (work / "new" / place).exists():  # it has been moved to the user's folder
            with contextlib.suppress(OSError):
                (folder / place).unlink(missing_ok=True)
    for place in old:
        with contextlib.suppress(OSError):
            _move(work / "old" / place, folder / place)


def refuse_file(folder: Path) -> None:
    """Raise `HeconError` if a file stands where the folder, or one that holds it, is to be."""
    try:
        for path in (folder, *folder.parents):
            if path.exists() and not path.is_dir():
                raise HeconError(f"{path} is a file; give the name of a folder")
    except OSError as error:  # a name that the system cannot have, such as one of 260 characters
        raise HeconError(f"{folder} cannot be a folder: {error.strerror or error}") from None


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _nearest(here: Path) -> Path:
    """The folder itself, or the nearest above it that is there."""
    return next(path for path in (here, *here.parents) if path.is_dir())
