import ctypes
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from hecon.scratch import SMALL_ARRAY, _own, forget, give_back, scratch


def address(array):
    return array.__array_interface__["data"][0]


def test_memory_that_nothing_refers_to_is_used_again():
    forget()
    first = scratch((2, SMALL_ARRAY))
    where = address(first)
    view = first[1:]
    del first
    other = scratch((2, SMALL_ARRAY))
    assert address(other) != where, "a view still refers to it"
    del view
    assert address(scratch((SMALL_ARRAY, 2))) == where
    forget()


def test_the_smallest_buffers_are_kept_within_bounds():
    forget()
    arrays = [scratch((size * SMALL_ARRAY,)) for size in (3, 1, 2)]
    kept = [address(arrays[1]), address(arrays[2])]
    del arrays
    forget(but=5 * SMALL_ARRAY)
    again = [scratch((size * SMALL_ARRAY,)) for size in (1, 2)]
    assert [address(array) for array in again] == kept
    del again
    forget(but=SMALL_ARRAY - 1)
    assert not _own.free
    forget()


def test_arrays_in_use_never_share_memory():
    forget()
    arrays = [scratch((SMALL_ARRAY + i,)) for i in range(30)]
    for number, array in enumerate(arrays):
        array[:] = number
    assert all((array == number).all() for number, array in enumerate(arrays))
    forget()


def test_any_view_keeps_its_memory():
    forget()
    views = [scratch((2, SMALL_ARRAY)).T[3:, 1:].reshape(-1) for _ in range(3)]
    for number, view in enumerate(views):
        view[:] = number
    scratch((2, SMALL_ARRAY))[:] = 99
    assert [set(view) for view in views] == [{0.0}, {1.0}, {2.0}]
    forget()


def test_threads_do_not_share():
    forget()
    where = address(scratch((2, SMALL_ARRAY)))
    found = []

    def other():
        mine = scratch((2, SMALL_ARRAY))
        found.append((address(mine), mine))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert found[0][0] != where
    assert isinstance(found[0][1], np.ndarray)
    forget()


def resident():
    """Memory of this process, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")
def test_memory_that_nothing_stands_in_goes_back():
    try:
        _ = ctypes.CDLL(None).malloc_trim
    except AttributeError:
        pytest.skip("another library than glibc keeps what it likes")
    give_back()  # what other tests left
    before = resident()
    small = [np.ones(8_000) for _ in range(2_000)]
    last = np.ones(8_000)  # what lies below it can only be given back page by page
    full = resident()
    del small
    give_back()
    assert full - before > 60
    assert resident() - before < (full - before) / 4
    assert last.sum() == 8_000


def test_a_library_that_cannot_give_back_is_left_alone(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    scratch((2, SMALL_ARRAY))
    give_back()
