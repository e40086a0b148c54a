"""Where pages are made: on threads, in processes of this machine, or on a Dask cluster. The only importer of Dask.

An engine is a way to call one function on a job and many numbers; the answers do not depend on which. Work that was
lost with a worker is done again by another.
"""

from __future__ import annotations

import functools
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Protocol

from hecon.errors import HeconError
from hecon.labels import one_of

THREADS, PROCESSES, DASK = "threads", "processes", "dask"
ENGINES = (THREADS, PROCESSES, DASK)
#: Before the address of a scheduler.
ADDRESS = f"{DASK}://"
#: Times that all processes may be lost with nothing done in between.
LOSSES = 3

Work = Callable[[Any, int], Any]


class Engine(Protocol):
    """A way to call ``work(job, number)``: an executor, and what stands for the job on its workers."""

    workers: int

    def start(self) -> Executor:
        """Give an executor, a new one if the last one broke."""

    def call(self, number: int) -> tuple[Any, ...]:
        """Give the function to submit and its arguments."""

    def stop(self) -> None:
        """Let go of the workers."""


def answers(engine: str, work: Work, job: Any, numbers: Sequence[int], workers: int | None = None) -> Generator[Any]:
    """Give ``work(job, number)`` for every number, as they are done, whatever their order.

    `engine` is ``threads``, ``processes``, ``dask`` (a cluster on this machine) or ``dask://host:port`` (one that runs
    already). `workers` is their number, by default one for each processor. Only a few numbers are under way at a time,
    so memory does not grow with how many there are.
    """
    if not numbers:
        return
    opened = _opened(engine, work, job, workers)
    try:
        yield from _answers(opened, numbers)
    finally:
        opened.stop()


def refuse_engine(engine: str, workers: int | None = None) -> None:
    """Raise `HeconError` for an engine that there is not, or whose library is missing."""
    if not (isinstance(engine, str) and engine.startswith(ADDRESS)):
        one_of(engine, ENGINES, "engine")
    elif workers is not None:
        raise HeconError(f"workers is {workers}, but the cluster at {engine} has its own; leave workers out")
    if engine.startswith(DASK):
        _distributed()


def _opened(engine: str, work: Work, job: Any, workers: int | None) -> Engine:
    count = workers or os.cpu_count() or 1
    if engine == THREADS:
        return _Threads(work, job, count)
    if engine == PROCESSES:
        return _Processes(work, job, count)
    return _Dask(work, job, count, engine.removeprefix(ADDRESS) if engine.startswith(ADDRESS) else None)


def _answers(engine: Engine, numbers: Sequence[int]) -> Iterator[Any]:
    executor = engine.start()
    waiting, running, losses = deque(numbers), dict[Future[Any], int](), 0
    while waiting or running:
        while waiting and len(running) < 2 * engine.workers:
            number = waiting.popleft()
            try:
                running[executor.submit(*engine.call(number))] = number
            except BrokenExecutor:
                waiting.appendleft(number)
                break
        done = wait(running, return_when=FIRST_COMPLETED).done if running else set()
        lost = [future for future in done if isinstance(future.exception(), BrokenExecutor)]
        if lost or not done:
            # The processes are gone, and with them all that was under way: it is done again.
            losses += 1
            if losses > LOSSES:
                raise HeconError(_BROKEN)
            waiting.extendleft(sorted(running.values(), reverse=True))
            running.clear()
            executor = engine.start()
            continue
        for future in done:
            del running[future]
            losses = 0
            yield future.result()


_BROKEN = (
    "the worker processes end before they have done anything. In a script, processes need the call to stand under "
    "if __name__ == '__main__': ; engine='threads' needs nothing"
)


# --- threads ---


class _Threads:
    def __init__(self, work: Work, job: Any, workers: int) -> None:
        self.workers, self._work, self._job = workers, work, job
        self._pool = ThreadPoolExecutor(workers)

    def start(self) -> Executor:
        return self._pool

    def call(self, number: int) -> tuple[Any, ...]:
        return self._work, self._job, number

    def stop(self) -> None:
        self._pool.shutdown(cancel_futures=True)


# --- processes ---


class _Processes:
    def __init__(self, work: Work, job: Any, workers: int) -> None:
        self.workers = workers
        self._packed = _packed(work, job, pickle.dumps)
        self._pool: Executor | None = None

    def start(self) -> Executor:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        self.stop()
        # New interpreters: a process forked from one with threads may hang.
        self._pool = ProcessPoolExecutor(self.workers, get_context("spawn"), _leave_interrupts_to_the_parent)
        return self._pool

    def call(self, number: int) -> tuple[Any, ...]:
        return _work_on, self._packed, number

    def stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _packed(work: Work, job: Any, dumps: Callable[[Any], bytes]) -> bytes:
    try:
        return dumps((work, job))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise HeconError(f"{_CANNOT_BE_SENT} ({error})") from None


@functools.lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> tuple[Work, Any]:
    try:
        unpacked: tuple[Work, Any] = pickle.loads(packed)
    except (AttributeError, ImportError) as error:
        raise HeconError(f"{_CANNOT_BE_SENT} ({error})") from None
    return unpacked


_CANNOT_BE_SENT = (
    "the model cannot be sent to other processes; a model in a file of a models folder can, and so can a function of "
    "an importable module, and engine='threads' takes any function"
)


def _work_on(packed: bytes, number: int) -> Any:
    """Work in another process. The job comes with every number, so that no worker's end can lose it."""
    work, job = _unpacked(packed)
    return work(job, number)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# --- Dask ---


class _Dask:
    def __init__(self, work: Work, job: Any, workers: int, address: str | None) -> None:
        distributed = _distributed()
        from cloudpickle import dumps

        self._packed = _packed(work, job, dumps)
        self._cluster = None
        with _without_interrupts():
            if address is None:
                sizes = {"n_workers": workers, "threads_per_worker": 1}
                self._cluster = distributed.LocalCluster(**sizes, dashboard_address=None)
            self._client = _client(distributed, self._cluster or address)
        self.workers = max(sum(self._client.nthreads().values()), 1)

    def start(self) -> Executor:
        executor: Executor = self._client.get_executor(pure=False)
        return executor

    def call(self, number: int) -> tuple[Any, ...]:
        return _work_on, self._packed, number

    def stop(self) -> None:
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise HeconError(
            "engine 'dask' needs Dask's distributed, which is not installed: pip install 'hecon[scale]'"
        ) from None
    return distributed


def _client(distributed: Any, where: Any) -> Any:
    try:
        return distributed.Client(where, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise HeconError(f"there is no Dask scheduler at {ADDRESS}{where} ({error})") from None


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Start processes that leave Ctrl-C to this one: what is ignored here is ignored there from the start."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread, which alone is interrupted
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
