"""Work on threads of our own, with linear algebra kept to one thread each: the only importer of threadpoolctl.

Libraries of linear algebra start as many threads as there are processors for every product, and small products spend
more time waiting for each other than working: a fifth of the time is left when they do not. Results do not depend on
how many processors there are, either.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
_Answer = TypeVar("_Answer")


@contextmanager
def linear_algebra_on_one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread, so that results have the same bits on any number of processors."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def on_threads(work: Callable[[Item], _Answer], items: Sequence[Item]) -> Iterator[_Answer]:
    """Give what `work` makes of each item, in their order, worked on by a thread for each processor.

    >>> list(on_threads(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    with linear_algebra_on_one_thread(), ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        yield from pool.map(work, items)
