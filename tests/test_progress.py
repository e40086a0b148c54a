"""Progress: where it is shown, and how long it says the rest will take."""

import io
import sys

import pytest

import hecon as he
from hecon import progress as module


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""

    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def shown(monkeypatch, stream, clock, *calls, quiet=False):
    """What is written when these (seconds from the start, done, of how many) are told."""
    monkeypatch.setattr(sys, "stderr", stream)
    with he.Progress("draws", quiet=quiet) as progress:
        start = clock.now
        for seconds, done, count in calls:
            clock.now = start + seconds
            progress(done, count)
    return stream.getvalue()


def test_a_terminal_sees_it_at_once_and_a_log_file_when_it_takes_long(monkeypatch, clock):
    soon, late = (0.2, 3, 7), (2.5, 5, 7)
    assert "draws: 3 of 7" in shown(monkeypatch, Terminal(), clock, soon)
    assert shown(monkeypatch, io.StringIO(), clock, soon) == ""
    assert shown(monkeypatch, io.StringIO(), clock, late) == "draws: 5 of 7\n"
    assert shown(monkeypatch, Terminal(), clock, soon, late, quiet=True) == ""


def test_a_terminal_is_left_clean(monkeypatch, clock):
    text = shown(monkeypatch, Terminal(), clock, (1, 3, 7), (2, 5, 7))
    assert text.endswith("\r")
    assert text.split("\r")[-2].strip() == ""


def test_the_time_left_is_by_the_pace_since_the_first_call(monkeypatch, clock):
    # 4,000 draws were there before; 1,000 took 10 seconds, so 5,000 more take 50.
    text = shown(monkeypatch, Terminal(), clock, (0.5, 4_000, 10_000), (10.5, 5_000, 10_000))
    assert "draws: 4,000 of 10,000\r" in text.replace(" \r", "\r")
    assert "draws: 5,000 of 10,000, 50 s left" in text
    assert "left" not in shown(monkeypatch, Terminal(), clock, (1, 5, 10), (2, 10, 10))


def test_progress_names_each_stage(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    for quiet in (True, False):
        with module.Stages(2, quiet=quiet) as progress:
            progress("scenarios", 3, 7)
            progress("Sobol indices", 5, 5)
    assert stream.getvalue() == "[1/2] scenarios: 3 of 7\n[2/2] Sobol indices: 5 of 5\n"
