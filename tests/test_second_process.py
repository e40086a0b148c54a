"""A second process: what it gives, and that whatever it does not give is done here."""

import os
import signal
import sys
import threading
import time
import warnings

import pytest

from hecon.second_process import SecondProcess, is_possible
from hecon.threads import processors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="this system makes no copies of a process")

HERE = os.getpid()


def shared(work, names, known=(), told=None):
    """Share pieces of work, of which this process takes none until the second has ended; give what was found."""
    found = {}
    with SecondProcess(names, work, known, found) as second:
        second.wait(told or (lambda *_: None))
    return found


def test_it_gives_what_it_finds_and_says_how_far_it_is():
    known, told = object(), []

    def work(name, progress):
        progress(1, 2)
        return name.upper(), os.getpid() != HERE, known

    found = shared(work, ["a", "b"], [known], lambda *said: told.append(said))
    assert found == {"a": ("A", True, known), "b": ("B", True, known)}
    assert found["a"][2] is known
    assert told == [("a", 1, 2), ("b", 1, 2)]


def fails():
    raise ValueError("no number")


def warns():
    warnings.warn("nearly no number", UserWarning, stacklevel=1)


@pytest.mark.parametrize("what", [fails, warns, lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: lambda: 1])
def test_what_it_cannot_give_is_not_found(what):
    def work(name, progress):
        return what() if name == "bad" else name

    assert shared(work, ["first", "bad"]) == {"first": "first"}


def test_each_piece_is_begun_once():
    found, here = {}, []
    with SecondProcess([str(number) for number in range(40)], lambda name, _: time.sleep(0.002), (), found) as second:
        for name in second.left():
            here.append(name)
            time.sleep(0.002)
        second.wait(lambda *_: None)
    assert here
    assert found
    assert sorted([*here, *found], key=int) == [str(number) for number in range(40)]


def test_an_interrupt_ends_it_and_keeps_what_it_has_given():
    found = {}

    def work(name, progress):
        progress(0, 1)
        if name == "long":
            time.sleep(600)
        return os.getpid()

    def stop(name, *_):
        if name == "long":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), SecondProcess(["short", "long"], work, (), found) as second:
        second.wait(stop)
    assert list(found) == ["short"]
    with pytest.raises(ProcessLookupError):
        os.kill(found["short"], 0)


def test_signals_are_answered_by_the_first_process_alone():
    def work(name, progress):
        if name == "interrupted":
            os.kill(os.getpid(), signal.SIGINT)
        if name == "ended":
            os.kill(os.getpid(), signal.SIGTERM)
        return name

    assert shared(work, ["interrupted", "ended", "later"]) == {"interrupted": "interrupted"}


def test_without_a_process_to_spare_all_is_done_here(monkeypatch):
    def none():
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", none)
    with SecondProcess(["a"], lambda *_: 1, (), {}) as second:
        assert second.names == ()
        assert list(second.left()) == []
        second.wait(lambda *_: None)


def test_both_share_the_processors_while_both_work(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert processors() == 8
    looked, look = os.pipe()

    def work(name, progress):
        before = processors()
        os.write(look, b"1")
        while processors() < 8:
            time.sleep(0.01)
        return before

    found = {}
    with SecondProcess(["a"], work, (), found) as second:
        assert processors() == 4
        assert os.read(looked, 1) == b"1"
        second.wait(lambda *_: None)
        assert processors() == 8
    assert found == {"a": 4}
    assert processors() == 8


def test_a_process_with_threads_at_work_is_not_copied(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert is_possible()
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert not is_possible()
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert not is_possible()
