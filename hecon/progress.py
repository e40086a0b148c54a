"""How far long work is, and how long it will still take: one line on the error stream."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

#: What long work tells how far it is: so many done, of so many. Work in stages names the stage first.
OnProgress = Callable[[int, int], None]
OnStage = Callable[[str, int, int], None]

#: Seconds of work after which progress is shown even where it cannot be overwritten, and then once in so many.
PATIENCE = 2.0
#: Seconds between two updates on a terminal.
UPDATE = 0.1


class Progress(AbstractContextManager["Progress"]):
    """Say how far the work is: overwritten on a terminal, elsewhere a line every few seconds.

    Give it to anything that takes `progress`; each call says how much is done of how much.

    >>> with Progress("draws", quiet=True) as progress:
    ...     progress(4096, 10_000)
    """

    def __init__(self, what: str, *, quiet: bool = False) -> None:
        self._what, self._quiet = what, quiet
        self._terminal = sys.stderr.isatty()
        self._last = time.monotonic()
        self._first: tuple[float, int] | None = None
        self._width = 0

    def __call__(self, done: int, count: int) -> None:
        """Say that so many of so many are done."""
        now = time.monotonic()
        self._first = self._first or (now, done)
        if self._quiet or now - self._last < (UPDATE if self._terminal else PATIENCE):
            return
        self._last = now
        text = f"{self._what}: {done:,} of {count:,}{self._left(now, done, count)}"
        if self._terminal:
            print(f"\r{text:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def _left(self, now: float, done: int, count: int) -> str:
        """Time left at the pace since the first call: what was done before it may have been done another day."""
        assert self._first is not None
        start, before = self._first
        if done <= before or done >= count:
            return ""
        return f", {duration_in_words((now - start) / (done - before) * (count - done))} left"

    def __exit__(self, *_: object) -> None:
        if self._width:
            print("\r" + " " * self._width + "\r", end="", file=sys.stderr, flush=True)


class Stages(AbstractContextManager["Stages"]):
    """Progress of several pieces of work, one after the other: which one it is, how far, and how long it will take."""

    def __init__(self, count: int, *, quiet: bool) -> None:
        self._count, self._quiet = count, quiet
        self._names: list[str] = []
        self._shown: Progress | None = None

    def __call__(self, what: str, done: int, count: int) -> None:
        """Say that so many of so many of a piece of work are done."""
        if what not in self._names:
            self.__exit__()
            self._names.append(what)
            self._shown = Progress(f"[{len(self._names)}/{self._count}] {what}", quiet=self._quiet)
        assert self._shown is not None
        self._shown(done, count)

    def __exit__(self, *_: object) -> None:
        if self._shown is not None:
            self._shown.__exit__()


def duration_in_words(seconds: float) -> str:
    """Say a length of time.

    >>> duration_in_words(4.2), duration_in_words(125), duration_in_words(4000)
    ('5 s', '2 min 5 s', '1 h 7 min')
    """
    whole = int(-(-seconds // 1))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = -(-whole // 60)
    return f"{minutes // 60} h {minutes % 60} min"
