"""What is worked out once: a scenario or a check leaves most of a case as it is, and so most of what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np

Made = TypeVar("Made")
#: Larger arrays (in numbers) are not kept: a megabyte.
MOST_NUMBERS = 2**17


def once_for_same(most: int, *, sharing: bool = False) -> Callable[[Callable[..., Made]], Callable[..., Made]]:
    """Let a function keep what it gave for the very same arrays, and equal other arguments, `most` times.

    It is `functools.lru_cache` for arrays, which stand for themselves here. So that none of them changes, only those
    count that are small and cannot be written to, and what the function gives cannot be either; with `sharing` all do,
    because it gives an array of the very same numbers. A large array that it gives is not kept. Everything is forgotten
    when there is no room.

    >>> @once_for_same(16)
    ... def doubled(numbers, name):
    ...     return 2 * numbers
    >>> ones = read_only(np.ones(2))
    >>> doubled(ones, "A") is doubled(ones, "A"), doubled(ones, "A") is doubled(ones, "B")
    (True, False)
    >>> ones = np.ones(2)
    >>> doubled(ones, "A") is doubled(ones, "A")
    False
    """

    def decorate(make: Callable[..., Made]) -> Callable[..., Made]:
        made: dict[tuple[object, ...], tuple[tuple[object, ...], Made]] = {}

        @wraps(make)
        def remembered(*given: Any) -> Made:
            key = tuple([id(one) if type(one).__hash__ is None else one for one in given])
            known = made.get(key)
            if known is None:
                found = make(*given)
                if not sharing and (any(_may_change(one) for one in given) or _is_large(found)):
                    return found
                if len(made) >= most:
                    made.clear()
                if isinstance(found, np.ndarray):
                    read_only(found)
                # What was given is kept too: an id cannot pass to another while it is here.
                known = made[key] = (given, found)
            return known[1]

        vars(remembered)["cache_clear"] = made.clear  # it is forgotten as what functools keeps
        return remembered

    return decorate


def read_only(array: np.ndarray) -> np.ndarray:
    """Give an array that cannot be written to any more, nor what it is a view of."""
    one: Any = array
    while isinstance(one, np.ndarray):
        one.flags.writeable = False
        one = one.base
    return array


def _is_large(given: object) -> bool:
    return isinstance(given, np.ndarray) and given.size > MOST_NUMBERS


def _may_change(given: object) -> bool:
    """Whether it is an array that can be written to, or is a view of one that can, or one too large to keep."""
    values = getattr(given, "values", given)
    if _is_large(values):
        return True
    while isinstance(values, np.ndarray):
        if values.flags.writeable:
            return True
        values = values.base
    return False
