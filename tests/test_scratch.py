import threading

import numpy as np

from hecon.scratch import SMALL_ARRAY, forget, scratch


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
