"""A second process that takes a part of the work: Python lets one thread of a process think at a time.

It is a copy of this process, so it has read and imported what this one has. Both take the next piece that nobody has
begun from one pipe. What the second does not give, because it fails, warns, is killed or cannot be sent, is done here
as if there were no second: so errors and warnings arise in this process, and results do not depend on who found them.

Only Linux makes such copies safely, and of a process without other threads at work. Elsewhere everything is done here.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from multiprocessing import get_context
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from hecon.progress import OnProgress, OnStage
from hecon.threads import SharedProcessors, linear_algebra_on_one_thread, processors

if TYPE_CHECKING:  # loading it takes time, and most commands make no second process
    from multiprocessing.connection import Connection

#: Signals that this process alone answers; it ends the second one.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def is_possible() -> bool:
    """Whether this process may have a second one: on Linux, with processors for both, and no thread but this one."""
    return sys.platform == "linux" and processors() > 1 and threading.active_count() == 1


class SecondProcess(AbstractContextManager["SecondProcess"]):
    """Pieces of work by name, that this process and a copy of it share within ``with``; without names there is no copy.

    `work(name, progress)` does a piece. What it gives in the copy is put into `found` here, but for the objects in
    `known`, which are those of this process.
    """

    def __init__(
        self,
        names: Sequence[str],
        work: Callable[[str, OnProgress], Any],
        known: Sequence[object],
        found: dict[str, Any],
    ) -> None:
        self.names, self._work, self._known, self._found = tuple(names), work, known, found
        self._heard = SimpleQueue[bytes | None]()
        self._running = contextlib.ExitStack()

    def __enter__(self) -> SecondProcess:
        if self.names:
            try:
                self._start()
            except OSError:  # the system has no process to spare
                self.names = ()
        return self

    def _start(self) -> None:
        context = get_context("fork")
        with contextlib.ExitStack() as started:
            self._pieces, filled = os.pipe()
            started.callback(os.close, self._pieces)
            os.write(filled, bytes(range(len(self.names))))
            os.close(filled)
            self._shared = SharedProcessors()
            started.callback(self._shared.end)
            here, there = context.Pipe(duplex=False)
            process = context.Process(target=self._second, args=(here, there), daemon=True)
            with there, _no_signals(), warnings.catch_warnings():
                # Threads of libraries count too: those of linear algebra stand still, and a copy makes its own.
                warnings.simplefilter("ignore", DeprecationWarning)
                gc.freeze()  # what is looked at for circles is written to, and so no longer shared
                started.callback(gc.unfreeze)
                process.start()
            ears = threading.Thread(target=self._listen, args=(here,), daemon=True)
            ears.start()
            for last in (ears.join, process.join, process.kill):
                started.callback(last)
            self._running = started.pop_all()

    def left(self) -> Iterator[str]:
        """Take the pieces that nobody has begun, one after the other."""
        while self.names and (piece := os.read(self._pieces, 1)):
            yield self.names[piece[0]]

    def wait(self, progress: OnStage) -> None:
        """Wait until the copy has ended, and tell how far it is."""
        if self.names:
            with self._shared.idle():
                while (message := self._heard.get()) is not None:
                    self._take(message, progress)

    def __exit__(self, *_: object) -> None:
        self._running.close()
        while not self._heard.empty():
            if message := self._heard.get():
                self._take(message)

    def _take(self, message: bytes, progress: OnStage | None = None) -> None:
        name, *said = _Unpacked(message, self._known).load()
        if len(said) == 1:
            self._found[name] = said[0]
        elif progress:
            progress(name, *said)

    def _listen(self, here: Connection) -> None:
        with here, contextlib.suppress(EOFError, OSError):
            while True:
                self._heard.put(here.recv_bytes())
        self._shared.copy_ended()
        self._heard.put(None)

    def _second(self, here: Connection, there: Connection) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process decides what becomes of it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        here.close()
        with linear_algebra_on_one_thread():
            for name in self.left():
                with contextlib.suppress(Exception), warnings.catch_warnings(record=True) as said:
                    answer = self._work(name, partial(self._say, there, name))
                    if not said:
                        self._say(there, name, answer)

    def _say(self, there: Connection, *message: object) -> None:
        packed = io.BytesIO()
        _Packed(packed, self._known).dump(message)
        try:
            there.send_bytes(packed.getbuffer())
        except OSError:
            os._exit(1)  # the first process is gone


class _Packed(pickle.Pickler):
    """Packs what one process tells the other: objects that both know as their place among these."""

    def __init__(self, file: io.BytesIO, known: Sequence[object]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._places = {id(one): place for place, one in enumerate(known)}

    def persistent_id(self, given: object) -> int | None:
        return self._places.get(id(given))


class _Unpacked(pickle.Unpickler):
    def __init__(self, message: bytes, known: Sequence[object]) -> None:
        super().__init__(io.BytesIO(message))
        self._known = known

    def persistent_load(self, place: int) -> object:
        return self._known[place]


@contextlib.contextmanager
def _no_signals() -> Iterator[None]:
    """Hold signals back, also in a copy made meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
