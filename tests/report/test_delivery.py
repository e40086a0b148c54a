import os

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
