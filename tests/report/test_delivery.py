import os
import signal
import subprocess
import sys

import pytest

from hecon.errors import HeconError
from hecon.report.delivery import Delivery


def put(folder, **files):
    with Delivery(folder, replaces=["old.txt", "sub/old.txt"]) as delivery:
        for name, text in files.items():
            path = delivery.stage / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)


def test_folders_are_created_on_the_way(tmp_path):
    put(tmp_path / "a" / "b", one_txt="1", sub__two_txt="2")
    assert (tmp_path / "a" / "b" / "sub" / "two.txt").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_error_leaves_nothing_not_even_a_folder(tmp_path):
    def fail():
        with Delivery(tmp_path / "a" / "b") as delivery:
            (delivery.stage / "one.txt").write_text("1")
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


KILLED = """
import os, signal, sys
from hecon.report import delivery
count, move, stop = 0, os.replace, int(sys.argv[2])
def counted(source, target):
    global count
    if count == stop:
        os.kill(os.getpid(), signal.SIGKILL)
    count += 1
    move(source, target)
os.replace = counted
with delivery.Delivery(sys.argv[1], replaces=["old.txt"]) as one:
    for name in ("a.txt", "b.txt", "c.txt"):
        (one.stage / name).write_text("new")
"""


@pytest.mark.skipif(os.name == "nt", reason="whether a process is there cannot be asked on Windows")
@pytest.mark.parametrize("stop", [0, 1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("there", [True, False])
def test_a_run_killed_between_two_moves_is_undone_by_the_next(tmp_path, stop, there):
    folder = tmp_path / "out"
    old = {"a.txt": "old", "b.txt": "old", "old.txt": "old"} if there else {}
    if there:
        folder.mkdir()
    for name, text in old.items():
        (folder / name).write_text(text)
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(stop)], check=False)
    moves = 6 if there else 3
    assert (done.returncode != 0) == (stop < moves)
    with pytest.raises(KeyboardInterrupt), Delivery(folder):  # clears, and leaves what it found
        raise KeyboardInterrupt
    found = {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else {}
    assert found == (old if stop < moves else {"a.txt": "new", "b.txt": "new", "c.txt": "new"})
    assert not list(tmp_path.glob(".hecon-*"))


def test_what_a_running_process_has_on_the_way_is_left_alone(tmp_path):
    own = tmp_path / f".hecon-{os.getpid()}-x"
    own.mkdir()
    put(tmp_path, one_txt="1")
    assert own.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are not sent on Windows")
def test_a_terminated_program_stops_as_by_control_c(monkeypatch, capsys):
    from hecon import __main__ as start
    from hecon import cli

    def terminated(options):
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setitem(cli._COMMANDS, "new", terminated)
    monkeypatch.setattr(sys, "argv", ["hecon", "new", "x"])
    try:
        assert start.main() == 130
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "interrupted; nothing was written" in capsys.readouterr().err
