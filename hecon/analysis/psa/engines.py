"""Where pages are made: on threads, in processes of this machine, or on a Dask cluster. The only importer of Dask.

An engine is a way to call one function on a job and many numbers; the answers do not depend on which. Work that was
lost with a worker is done again by another.
"""

from __future__ import annotations

import functools
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from typing import Any, Protocol

from hecon.errors import HeconError
from hecon.labels import one_of
from hecon.threads import processors
from hecon.whole import interrupt

THREADS, PROCESSES, DASK = "threads", "processes", "dask"
ENGINES = (THREADS, PROCESSES, DASK)
#: Before the address of a scheduler.
ADDRESS = f"{DASK}://"
#: Seconds in which a scheduler must answer.
CONNECT = 10.0
#: Times that all processes may be lost with nothing done in between.
LOSSES = 3

Work = Callable[[Any, int], Any]


class Engine(Protocol):
    """A way to call ``work(job, number)`` on some workers."""

    #: What a call raises when it was lost with its worker.
    lost: tuple[type[BaseException], ...]

    @property
    def most(self) -> int:
        """Numbers under way at a time, at most."""

    def start(self) -> None:
        """Get the workers ready, new ones if the last ones are gone."""

    def submit(self, number: int) -> Future[Any]:
        """Have the work on a number done. Raises `BrokenExecutor` if the workers are gone."""

    def stop(self) -> None:
        """Let go of the workers."""


def answers(engine: str, work: Work, job: Any, numbers: Sequence[int], workers: int | None = None) -> Generator[Any]:
    """Give ``work(job, number)`` for every number, as they are done, whatever their order.

    `engine` is ``threads``, ``processes``, ``dask`` (a cluster on this machine) or ``dask://host:port`` (one that runs
    already). `workers` is their number, by default one for each processor. Only a few numbers are under way at a time,
    so memory does not grow with how many there are. After Ctrl-C those are still given, and then `KeyboardInterrupt` is
    raised; a second Ctrl-C does not wait for them.
    """
    if not numbers:
        return
    with _Interrupts() as interrupts:
        opened = _opened(engine, work, job, workers)
        try:
            yield from _answers(opened, numbers, interrupts)
        finally:
            opened.stop()
        if interrupts.asked:
            raise KeyboardInterrupt


def refuse_engine(engine: str, workers: int | None = None) -> None:
    """Raise `HeconError` for an engine that there is not, or whose library is missing."""
    refuse_engine_name(engine)
    if engine.startswith(ADDRESS) and workers is not None:
        raise HeconError(f"workers is {workers}, but the cluster at {engine} has its own; leave workers out")
    if engine.startswith(DASK):
        _distributed()


def refuse_engine_name(engine: str) -> str:
    """Give the name of an engine back. Raises `UnknownNameError` for one that there is not."""
    is_address = isinstance(engine, str) and engine.startswith(ADDRESS) and len(engine) > len(ADDRESS)
    return engine if is_address else one_of(engine, ENGINES, "engine")


def _opened(engine: str, work: Work, job: Any, workers: int | None) -> Engine:
    count = workers or os.cpu_count() or 1
    if engine == THREADS:
        return _Threads(work, job, workers)
    if engine == PROCESSES:
        return _Processes(work, job, count)
    return _Dask(work, job, count, engine.removeprefix(ADDRESS) if engine.startswith(ADDRESS) else None)


def _answers(engine: Engine, numbers: Sequence[int], interrupts: _Interrupts) -> Iterator[Any]:
    engine.start()
    waiting, running, losses = deque(numbers), dict[Future[Any], int](), 0
    while running or (waiting and not interrupts.asked):
        while waiting and len(running) < engine.most and not interrupts.asked:
            number = waiting.popleft()
            try:
                running[engine.submit(number)] = number
            except BrokenExecutor:
                waiting.appendleft(number)
                break
        done = wait(running, return_when=FIRST_COMPLETED).done if running else set()
        failures = {future: _failure(future) for future in done}
        if not done or any(isinstance(failure, engine.lost) for failure in failures.values()):
            # The workers are gone, and with them all that was under way: it is done again.
            losses += 1
            if losses > LOSSES:
                raise HeconError(_GONE)
            waiting.extendleft(sorted(running.values(), reverse=True))
            running.clear()
            engine.start()
            continue
        # What is done goes out before what failed is raised, so that none of it is lost.
        for future in sorted(done, key=lambda future: failures[future] is not None):
            del running[future]
            losses = 0
            yield future.result()


def _failure(future: Future[Any]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:  # nobody here cancels: the scheduler has gone
        return error


_GONE = (
    "the workers end before they have done anything. They may lack memory; and in a script, processes need the call to "
    "stand under if __name__ == '__main__': while engine='threads' needs nothing"
)


# --- threads ---


class _Threads:
    lost: tuple[type[BaseException], ...] = ()

    def __init__(self, work: Work, job: Any, workers: int | None) -> None:
        self._workers, self._work, self._job = workers, work, job
        self._pool = ThreadPoolExecutor(workers or os.cpu_count())

    @property
    def most(self) -> int:
        """Two for each worker, so that none waits; without a number of workers what the processors bear now."""
        return 2 * self._workers if self._workers else processors()

    def start(self) -> None:
        pass

    def submit(self, number: int) -> Future[Any]:
        return self._pool.submit(self._work, self._job, number)

    def stop(self) -> None:
        self._pool.shutdown(cancel_futures=True)


# --- processes ---


class _Processes:
    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)

    def __init__(self, work: Work, job: Any, workers: int) -> None:
        self._workers, self.most = workers, 2 * workers
        self._packed = _packed(work, job, pickle.dumps)
        self._pool: Executor | None = None

    def start(self) -> None:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        self.stop()
        # New interpreters: a process forked from one with threads may hang.
        self._pool = ProcessPoolExecutor(self._workers, get_context("spawn"))

    def submit(self, number: int) -> Future[Any]:
        assert self._pool is not None
        with _shielded():
            return self._pool.submit(_work_on, self._packed, number)

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


# --- Dask ---


class _Dask:
    def __init__(self, work: Work, job: Any, workers: int, address: str | None) -> None:
        distributed = _distributed()
        from cloudpickle import dumps

        self.lost: tuple[type[BaseException], ...] = (distributed.KilledWorker, CancelledError)
        self._packed = _packed(work, job, dumps)
        self._cluster = None
        with _shielded():
            if address is None:
                sizes = {"n_workers": workers, "threads_per_worker": 1}
                self._cluster = distributed.LocalCluster(**sizes, dashboard_address=":0")
            self._client = _client(distributed, self._cluster or address)
        self.most = 2 * max(sum(self._client.nthreads().values()), 1)

    def start(self) -> None:
        self._executor: Executor = self._client.get_executor(pure=False)

    def submit(self, number: int) -> Future[Any]:
        return self._executor.submit(_work_on, self._packed, number)

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
        return distributed.Client(where, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise HeconError(f"there is no Dask scheduler at {ADDRESS}{where} ({error})") from None


# --- Ctrl-C ---


class _Interrupts:
    """The first Ctrl-C is noted, so that what is under way ends well; the second one is `KeyboardInterrupt`."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> _Interrupts:
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) in (signal.default_int_handler, interrupt):
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)


@contextmanager
def _shielded() -> Iterator[None]:
    """Hold Ctrl-C back while processes are started: they inherit that, and so leave it to this one for good."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which would let Ctrl-C through again if it were started later
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
