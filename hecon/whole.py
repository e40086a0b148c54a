"""Whole or not at all: folders that change places in one step, signals that wait, and what a killed run left behind."""

from __future__ import annotations

import _weakrefset
import contextlib
import ctypes
import errno
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD; RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS
#: How everything that is on its way to a place is called until it is there.
PREFIX = ".hecon-"
#: The file in a folder on its way that whoever made it holds.
LOCK = "lock"
#: Seconds within which whoever makes something on the way has locked it.
_YOUNG = 10
#: Where Python is called back when something is gone, and passes over what is raised.
_CLEARS_UP = frozenset({weakref.__file__, _weakrefset.__file__})
#: Seconds between two looks whether a module has been read, and the number of looks.
_LOOK, _LOOKS = 0.02, 250
#: So many folders are made before it is given up that one of them is left alone.
_TRIES = 20


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, so that each is whole at any time; False where that cannot be."""
    names = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(library.renamex_np(*names, _EXCHANGE) == 0)
        return bool(library.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE) == 0)
    except (AttributeError, OSError, TypeError):
        return False


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other run delivers into a folder that is there, and keep others waiting."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            place = os.open(folder, os.O_RDONLY)
            held.callback(os.close, place)
            fcntl.flock(place, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Put Ctrl-C and SIGTERM off until what is within is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    mine = [sign for sign, handler in before.items() if handler is not None]
    for sign in mine:
        signal.signal(sign, lambda number, _: caught.append(number))
    try:
        yield
    finally:
        for sign in mine:
            signal.signal(sign, before[sign])
        if caught:
            signal.raise_signal(caught[0])


class _Interrupt:
    """How Ctrl-C and SIGTERM are heard: as KeyboardInterrupt; but while a module is read, after it has been.

    An exception in there may be lost, for libraries go on where they cannot read one, and the program with them. So may
    one while memory is cleared up: Python shows its lines, and goes on.
    """

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.looks < _LOOKS and hasattr(signal, "setitimer") and _would_be_lost(frame):
            self.looks += 1
            signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(number))
            signal.setitimer(signal.ITIMER_REAL, _LOOK)
            return
        self.looks = 0
        raise KeyboardInterrupt


interrupt = _Interrupt()


def _would_be_lost(frame: FrameType | None) -> bool:
    while frame is not None:
        code = frame.f_code
        if (
            code.co_filename.startswith("<frozen importlib")
            or code.co_filename in _CLEARS_UP
            or code.co_name == "__del__"
        ):
            return True
        frame = frame.f_back
    return False


def hold(place: int) -> bool:
    """Lock an open file for as long as this process has it open; False where another process holds it."""
    with contextlib.suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def claim(lock: Path) -> int | None:
    """Open a lock file and hold it; None where another process does. Closing what is given lets go of it."""
    place = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    if hold(place):
        return place
    os.close(place)
    return None


def claimed(make: Callable[[], Path]) -> tuple[Path, int]:
    """Make a folder on its way and hold its lock; another one, where somebody took the first for a leftover.

    Between the making of a lock and the holding of it, another run may look.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError):
            work = make()
            held = claim(work / LOCK)
            if held is not None:
                if (work / LOCK).exists():
                    return work, held
                os.close(held)  # of a folder that was cleared just before
    raise FileNotFoundError(errno.ENOENT, "other runs clear this place")


@contextlib.contextmanager
def left_behind(thing: Path, lock: Path) -> Iterator[bool]:
    """Whether a thing on its way was left by a process that is gone: nobody holds its lock, which is held within.

    What has just begun may not have been locked yet, and without locks of the system nobody can tell: neither was left.
    """
    held = None
    with contextlib.suppress(OSError):
        age = time.time() - thing.lstat().st_mtime
        if os.name != "nt" and age >= (_YOUNG if not lock.is_file() else 1 if lock == thing else 0):
            held = claim(lock)
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)
