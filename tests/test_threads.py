"""Work on threads: answers in order, errors passed on, linear algebra on one thread while it lasts."""

import numpy as np  # noqa: F401  (its linear algebra is what is looked at)
import pytest
from threadpoolctl import threadpool_info

from hecon.threads import on_threads


def threads(_=None):
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_answers_come_in_the_order_of_the_items():
    assert list(on_threads(lambda x: x * x, range(50))) == [x * x for x in range(50)]


def test_linear_algebra_has_one_thread_inside_and_what_it_had_outside():
    before = threads()
    assert set().union(*on_threads(threads, [1, 2, 3])) <= {1}
    assert threads() == before


def test_an_error_is_passed_on():
    with pytest.raises(ZeroDivisionError):
        list(on_threads(lambda x: 1 / x, [1, 0]))
