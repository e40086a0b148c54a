import dataclasses
import errno
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import weakref
import zipfile
from pathlib import Path

import pytest

import hecon as he
from hecon import whole
from hecon.errors import HeconError
from hecon.excel.saving import save_bytes
from hecon.report import delivery
from hecon.report.delivery import Delivery, clear_leftovers
from hecon.whole import LOCK, PREFIX, hold


def put(folder, **files):
    with Delivery(folder, replaces=["old.txt", "sub/old.txt"]) as made:
        for name, text in files.items():
            path = made.stage / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)


def test_folders_are_created_on_the_way(tmp_path):
    put(tmp_path / "a" / "b", one_txt="1", sub__two_txt="2")
    assert (tmp_path / "a" / "b" / "sub" / "two.txt").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_error_leaves_nothing_not_even_a_folder(tmp_path):
    def fail():
        with Delivery(tmp_path / "a" / "b") as made:
            (made.stage / "one.txt").write_text("1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_earlier_results_are_replaced_or_removed(tmp_path):
    (tmp_path / "old.txt").write_text("old")
    (tmp_path / "one.txt").write_text("old")
    (tmp_path / "mine.txt").write_text("mine")
    put(tmp_path, one_txt="new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"one.txt": "new", "mine.txt": "mine"}


def test_a_file_in_use_puts_everything_back(tmp_path, monkeypatch):
    target = tmp_path / "out"
    put(target, one_txt="old", two_txt="old")
    move = os.replace

    def locked(source, destination):
        if str(destination) == str(target / "two.txt") and "new" in str(source):
            raise PermissionError(13, "in use")
        move(source, destination)

    monkeypatch.setattr(delivery, "exchange", lambda *folders: False)
    monkeypatch.setattr(os, "replace", locked)
    with pytest.raises(HeconError, match=r"two\.txt cannot be written: it is open in another program"):
        put(target, one_txt="new", two_txt="new", sub__three_txt="new")
    monkeypatch.undo()
    assert {path.name: path.read_text() for path in target.iterdir()} == {"one.txt": "old", "two.txt": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(HeconError, match="taken is a file; give the name of a folder"):
        put(tmp_path / "taken", one_txt="1")
    with pytest.raises(HeconError, match="taken is a file"):
        put(tmp_path / "taken" / "deeper", one_txt="1")


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.mark.parametrize("at_once", [True, False])
def test_files_of_the_users_own_stay_what_they_are(tmp_path, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(delivery, "exchange", lambda *folders: False)
    target = tmp_path / "out"
    put(target, one_txt="old", old_txt="old")
    (target / "mine" / "deep").mkdir(parents=True)
    (target / "mine" / "deep" / "a.txt").write_text("mine")
    (target / "empty").mkdir()
    (target / "link").symlink_to("mine/deep/a.txt")
    number = (target / "mine" / "deep" / "a.txt").stat().st_ino
    put(target, one_txt="new", sub__two_txt="new")
    own = {"link": "mine", "mine/deep/a.txt": "mine"}
    assert contents(target) == {"one.txt": "new", "sub/two.txt": "new"} | own
    assert (target / "mine" / "deep" / "a.txt").stat().st_ino == number
    assert (target / "empty").is_dir()
    assert (target / "link").is_symlink()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_working_folder_stays_the_same_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    number = tmp_path.stat().st_ino
    put(".", one_txt="1")
    put(tmp_path, one_txt="2")
    assert contents(tmp_path) == {"one.txt": "2"}
    assert tmp_path.stat().st_ino == number


@pytest.mark.parametrize("taken", ["one.txt", "sub"])
def test_what_is_in_the_way_is_named(tmp_path, taken):
    target = tmp_path / "out"
    target.mkdir()
    if taken == "sub":
        (target / "sub").write_text("a file")
    else:
        (target / taken).mkdir()
    with pytest.raises(
        HeconError, match=rf"{taken} is a f(ile|older), and a f(ile|older) of that name is to be written"
    ):
        put(target, one_txt="1", sub__two_txt="2")
    assert [path.name for path in target.iterdir()] == [taken]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def fill(folder, error):
    with Delivery(folder) as made:
        raise error(made.stage)


@pytest.mark.parametrize(
    "error",
    [
        lambda stage: OSError(errno.ENOSPC, "No space left on device", str(stage / "results.xlsx")),
        lambda stage: HeconError(f"{stage / 'results.xlsx'} cannot be written: No space left on device"),
    ],
)
def test_a_full_disk_is_said_by_the_path_that_the_user_gave(tmp_path, error):
    with pytest.raises(HeconError) as caught:
        fill(tmp_path / "out", error)
    assert str(caught.value).startswith(f"{tmp_path / 'out'}")
    assert str(caught.value).endswith("cannot be written: No space left on device")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [True, False])
def test_runs_into_one_folder_at_the_same_time_leave_one_of_them_whole(tmp_path, there):
    if there:
        put(tmp_path / "out", one_txt="old")

    def work(name):
        put(tmp_path / "out", one_txt=name, sub__two_txt=name)

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(contents(tmp_path / "out").values())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


OLD = {"old.txt": "old", "one.txt": "old", "sub/two.txt": "old", "mine.txt": "mine"}
NEW = {"one.txt": "new", "three.txt": "new", "sub/two.txt": "new", "mine.txt": "mine"}


RENAMES = ("replace", "rename")


def killed(monkeypatch, target, at, how, at_once):
    """Deliver in a process of its own that is ended at some moment before or after a rename; give its status."""
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    count = 0

    def deadly(function):
        def moved(*arguments, **options):
            nonlocal count
            for moment in ("before", "after"):
                done = function(*arguments, **options) if moment == "after" else None
                count += 1
                if count == at + 1:
                    os.kill(os.getpid(), how)
            return done

        return moved

    def stop(*_):
        raise KeyboardInterrupt

    status = 1
    try:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, stop)
        for name in RENAMES:
            monkeypatch.setattr(os, name, deadly(getattr(os, name)))
        monkeypatch.setattr(delivery, "exchange", deadly(delivery.exchange if at_once else lambda *folders: False))
        put(target, one_txt="new", three_txt="new", sub__two_txt="new")
        status = 0
    finally:
        os._exit(status)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no processes of that kind")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_run_killed_at_a_rename_leaves_the_old_results_or_the_new_ones(tmp_path, monkeypatch, at_once, how):
    for at in range(40):
        target = tmp_path / f"out {at}"
        for name, text in OLD.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(text)
        status = killed(monkeypatch, target, at, how, at_once)
        if not at_once:
            clear_leftovers(tmp_path)  # as every next start does: it puts back what was half done
        assert contents(target) in (OLD, NEW)
        clear_leftovers(tmp_path)
        assert not list(tmp_path.glob(f"{PREFIX}*"))
        if status == 0:
            break
    assert (status, contents(target)) == (0, NEW)
    assert at >= (2 if at_once else 12)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no processes of that kind")
def test_two_hundred_runs_killed_at_any_time(tmp_path, monkeypatch):
    chosen = random.Random(7)
    target = tmp_path / "out"
    ended = 0
    for number in range(200):
        for name, text in OLD.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(text)
        (target / "three.txt").unlink(missing_ok=True)
        process = os.fork()
        if not process:
            put(target, one_txt="new", three_txt="new", sub__two_txt="new")
            os._exit(0)
        time.sleep(chosen.uniform(0, 0.02))
        os.kill(process, chosen.choice([signal.SIGKILL, signal.SIGTERM]))
        ended += os.waitpid(process, 0)[1] != 0
        assert contents(target) in (OLD, NEW), number
    assert ended > 20
    for path in tmp_path.glob(f"{PREFIX}*"):
        os.utime(path, (0, 0))
    clear_leftovers(tmp_path)
    assert not list(tmp_path.glob(f"{PREFIX}*"))


def test_a_journal_of_somebody_else_moves_nothing(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    work = tmp_path / "unpacked" / f"{PREFIX}x"
    work.mkdir(parents=True)
    (work / "lock").touch()
    for folder, place in ((str(tmp_path), "mine.txt"), (str(work), "../../mine.txt")):
        (work / "journal.json").write_text(json.dumps({"folder": folder, "files": [place]}))
        put(tmp_path / "unpacked" / "out", one_txt="1")
        assert mine.read_text() == "mine"
        work.mkdir(exist_ok=True)


def test_a_full_disk_keeps_the_old_results(tmp_path, monkeypatch):
    target = tmp_path / "out"
    put(target, one_txt="old")
    with pytest.raises(HeconError, match=r"results\.xlsx cannot be written: No space left on device"):
        write_into(target, monkeypatch)
    assert contents(tmp_path) == {"out/one.txt": "old"}


def write_into(target, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device", str(source))

    with Delivery(target) as made:
        monkeypatch.setattr(os, "replace", full)
        save_bytes(made.stage / "results.xlsx", b"x")


@pytest.mark.skipif(os.name == "nt", reason="whether a process is there cannot be asked on Windows")
def test_a_file_on_its_way_that_a_killed_process_left_is_cleared(tmp_path):
    left, held = tmp_path / f"{PREFIX}left.tmp", tmp_path / f"{PREFIX}held.tmp"
    for path in (left, held):
        path.write_text("half")
        os.utime(path, (0, 0))
    with open(held, "rb") as file:
        assert hold(file.fileno())
        save_bytes(tmp_path / "live.xlsx", b"whole")
    assert contents(tmp_path) == {"live.xlsx": "whole", held.name: "half"}


@pytest.fixture
def heard():
    """Let Ctrl-C be heard as in a command, and afterwards as before."""
    signs = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = {sign: signal.getsignal(sign) for sign in signs}
    signal.signal(signal.SIGINT, whole.interrupt)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    for sign, handler in before.items():
        signal.signal(sign, handler)


@pytest.mark.skipif(os.name == "nt", reason="there is no such timer on Windows")
@pytest.mark.parametrize("looks", [250, 1])
def test_control_c_waits_until_a_module_has_been_read_but_not_for_ever(heard, tmp_path, monkeypatch, looks):
    """A module goes on where it cannot read another one, and would swallow it."""
    text = "signal.raise_signal(signal.SIGINT)\n    time.sleep(0.1)\nexcept KeyboardInterrupt:\n    LOST = True\n"
    (tmp_path / "careless.py").write_text(f"import signal, time\nLOST = False\ntry:\n    {text}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "careless", raising=False)
    monkeypatch.setattr(whole, "_LOOKS", looks)
    try:
        importlib.import_module("careless")
        time.sleep(0.5)
        waited = False
    except KeyboardInterrupt:
        waited = True
    assert (waited, sys.modules["careless"].LOST) == (looks > 1, looks == 1)


class Gone:
    """Something whose end is the moment of Ctrl-C."""

    def __init__(self, by_callback):
        if by_callback:
            weakref.finalize(self, signal.raise_signal, signal.SIGINT)
        else:
            self.sign = signal.SIGINT

    def __del__(self):
        if hasattr(self, "sign"):
            signal.raise_signal(self.sign)
            time.sleep(0)


@pytest.mark.skipif(os.name == "nt", reason="there is no such timer on Windows")
@pytest.mark.parametrize("by_callback", [True, False])
def test_control_c_is_not_lost_while_memory_is_cleared_up(heard, by_callback):
    """Python shows what is raised there, line by line, and goes on."""
    gone, heard_later = [Gone(by_callback)], False
    try:
        gone.clear()
        time.sleep(0.5)
    except KeyboardInterrupt:
        heard_later = True
    assert heard_later


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are not sent on Windows")
def test_a_terminated_program_stops_as_by_control_c(monkeypatch, capsys):
    from hecon import __main__ as start
    from hecon import cli

    def terminated(options):
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setitem(cli._COMMANDS, "new", terminated)
    monkeypatch.setattr(start, "_spare", lambda: None)
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr(sys, "argv", ["hecon", "new", "x"])
    try:
        assert start.main() == 130
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "interrupted; nothing was written" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no processes of that kind")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_live_workbook_killed_at_a_rename_is_the_old_one_or_the_new_one(tmp_path, monkeypatch, how):
    inputs = he.read_workbook(Path(__file__).resolve().parents[2] / "inputs/simple_partitioned.xlsx")
    inputs = dataclasses.replace(inputs, settings=inputs.settings.with_changes(horizons=(1,), cycle_unit="month"))
    path, statuses = tmp_path / "live.xlsx", []
    for at in range(3):
        path.write_text("old")
        process = os.fork()
        if not process:
            try:
                for sign in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(sign, signal.default_int_handler)
                monkeypatch.setattr(os, "replace", deadly(os.replace, at, how))
                he.write_live_workbook(inputs, path)
                os._exit(0)
            finally:
                os._exit(1)
        statuses.append(os.waitpid(process, 0)[1])
        assert path.read_bytes() == b"old" if at == 0 else zipfile.is_zipfile(path)
        for left in tmp_path.glob(f"{PREFIX}*"):
            os.utime(left, (0, 0))
        save_bytes(tmp_path / "next.txt", b"")  # as every file that is written clears what was left
        assert sorted(one.name for one in tmp_path.iterdir()) == ["live.xlsx", "next.txt"]
    assert [status == 0 for status in statuses] == [False, False, True]


def deadly(function, at, how):
    """A function that ends its process before or after one of its calls, at the moment of this number."""
    count = iter(range(10_000))

    def moved(*arguments, **options):
        if next(count) == at:
            os.kill(os.getpid(), how)
        done = function(*arguments, **options)
        if next(count) == at:
            os.kill(os.getpid(), how)
        return done

    return moved


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a small disk is mounted as Linux does")
def test_a_disk_that_is_full_keeps_what_was_there_and_is_said_by_the_path_of_the_user(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this user may mount nothing")
    try:
        put(disk / "out", one_txt="old")
        (disk / "live.xlsx").write_text("old")
        before = contents(disk)
        workbook = Path(__file__).resolve().parents[2] / "inputs/simple_partitioned.xlsx"
        out, live = ["--out", str(disk / "out")], ["--out", str(disk / "live.xlsx")]
        for words in (["run", "--no-sensitivity", *out], ["live", *live], ["report", "--no-sensitivity", *out]):
            done = subprocess.run(
                [sys.executable, "-m", "hecon", words[0], str(workbook), *words[1:]], capture_output=True, text=True
            )
            assert done.returncode == 1, done.stdout + done.stderr
            assert "Traceback" not in done.stderr
            assert "No space left on device" in done.stderr
            assert words[-1] in done.stderr
            assert PREFIX not in done.stderr
            assert contents(disk) == before
    finally:
        subprocess.run(["umount", str(disk)], check=False)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_stage_that_cannot_be_made_leaves_nothing_and_says_why(tmp_path, monkeypatch, error):
    make = Path.mkdir

    def refused(path, *arguments, **options):
        if path.name == "new":
            raise error
        make(path, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", refused)
    words = "out cannot be written: No space left on device" if isinstance(error, OSError) else None
    with pytest.raises(HeconError if words else KeyboardInterrupt, match=words), Delivery(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()])
def test_whatever_stops_a_move_puts_everything_back(tmp_path, monkeypatch, error):
    target = tmp_path / "out"
    put(target, one_txt="old", two_txt="old")
    move = os.replace

    def broken(source, destination):
        if str(destination) == str(target / "two.txt") and "new" in str(source):
            raise error
        move(source, destination)

    monkeypatch.setattr(delivery, "exchange", lambda *folders: False)
    monkeypatch.setattr(os, "replace", broken)
    words = r"two\.txt cannot be written: Input/output error" if isinstance(error, OSError) else None
    with pytest.raises(HeconError if words else KeyboardInterrupt, match=words):
        put(target, one_txt="new", two_txt="new", sub__three_txt="new")
    monkeypatch.undo()
    assert contents(target) == {"one.txt": "old", "two.txt": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_cannot_be_named_leaves_none_that_was_made_on_the_way(tmp_path, monkeypatch):
    def refused(source, destination):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises(HeconError, match="cannot be written: Permission denied"):
        put(tmp_path / "a" / "out", one_txt="1")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_another_run_that_has_just_delivered_there_is_written_over(tmp_path, monkeypatch):
    target, rename = tmp_path / "out", os.rename

    def overtaken(source, destination):
        if not target.exists():
            target.mkdir()
            (target / "one.txt").write_text("of another run")
            (target / "mine.txt").write_text("mine")
        rename(source, destination)

    monkeypatch.setattr(os, "rename", overtaken)
    put(target, one_txt="1")
    monkeypatch.undo()
    assert contents(target) == {"mine.txt": "mine", "one.txt": "1"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_of_very_many_files_is_written_into_file_by_file(tmp_path, monkeypatch):
    target, steps = tmp_path / "out", []
    put(target, one_txt="old")
    for name in ("a", "b", "c"):
        (target / name).write_text(name)
    monkeypatch.setattr(delivery, "_MOST_CARRIED", 2)
    monkeypatch.setattr(delivery, "exchange", lambda *folders: steps.append(folders) or False)
    put(target, one_txt="new")
    assert steps == []  # no exchange of folders was tried
    assert contents(target) == {"a": "a", "b": "b", "c": "c", "one.txt": "new"}


def test_leftovers_are_folders_and_nothing_else_that_is_called_so(tmp_path):
    (tmp_path / f"{PREFIX}file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to("folder")
    (tmp_path / f"{PREFIX}left").mkdir()
    (tmp_path / f"{PREFIX}left" / LOCK).touch()  # nobody holds it
    clear_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["folder", f"{PREFIX}file", f"{PREFIX}link"])
