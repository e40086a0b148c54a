"""Work on threads of our own, with linear algebra kept to one thread each: the only importer of threadpoolctl.

Libraries of linear algebra start as many threads as there are processors for every product, and small products spend
more time waiting for each other than working: a fifth of the time is left when they do not. Results do not depend on
how many processors there are, either.
"""

from __future__ import annotations

import mmap
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
_Answer = TypeVar("_Answer")

#: Seconds between two looks at how many processors there are for this process.
_LOOK = 0.02


def processors() -> int:
    """Processors for the threads of this process: all there are, or its share while another process works with it."""
    count = os.cpu_count() or 1
    return count if _shared is None else max(1, count // _shared.at_work)


class SharedProcessors:
    """The processors of this machine, shared by this process and a copy of it for as long as both work."""

    def __init__(self) -> None:
        global _shared
        self._works = mmap.mmap(-1, 2)  # one byte a process, in memory that copies share
        self._works[:] = b"\1\1"
        _shared = self

    @property
    def at_work(self) -> int:
        """Number of processes at work: 1 or 2."""
        return max(1, sum(self._works[:]))

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Leave all processors to the copy meanwhile."""
        self._works[0] = 0
        try:
            yield
        finally:
            self._works[0] = 1

    def copy_ended(self) -> None:
        """Take all processors back."""
        self._works[1] = 0

    def end(self) -> None:
        """Share no longer."""
        global _shared
        _shared = None


_shared: SharedProcessors | None = None


@contextmanager
def linear_algebra_on_one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread, so that results have the same bits on any number of processors."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def on_threads(work: Callable[[Item], _Answer], items: Sequence[Item]) -> Iterator[_Answer]:
    """Give what `work` makes of each item, in their order, worked on by a thread for each processor of this process.

    >>> list(on_threads(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    with linear_algebra_on_one_thread(), ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        if _shared is None:
            yield from pool.map(work, items)
            return
        begun = deque[Future[_Answer]]()
        for item in items:
            while len(at_work := [one for one in begun if not one.done()]) >= processors():
                wait(at_work, _LOOK, FIRST_COMPLETED)
            begun.append(pool.submit(work, item))
            while begun and begun[0].done():
                yield begun.popleft().result()
        for one in begun:
            yield one.result()
