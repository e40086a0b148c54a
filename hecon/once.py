"""What is worked out once: a scenario or a check leaves most of a case as it is, and so most of what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Made = TypeVar("Made")


def once_for_same(most: int) -> Callable[[Callable[..., Made]], Callable[..., Made]]:
    """Let a function keep what it gave for the very same arrays, and equal other arguments, `most` times.

    It is `functools.lru_cache` for arrays, which stand for themselves here: their numbers must not change, nor those of
    what the function gives. Everything is forgotten when there is no room.

    >>> import numpy as np
    >>> @once_for_same(16)
    ... def doubled(numbers, name):
    ...     return 2 * numbers
    >>> ones = np.ones(2)
    >>> doubled(ones, "A") is doubled(ones, "A"), doubled(ones, "A") is doubled(np.ones(2), "A")
    (True, False)
    """

    def decorate(make: Callable[..., Made]) -> Callable[..., Made]:
        made: dict[tuple[object, ...], tuple[tuple[object, ...], Made]] = {}

        @wraps(make)
        def remembered(*given: Any) -> Made:
            key = tuple([id(one) if type(one).__hash__ is None else one for one in given])
            known = made.get(key)
            if known is None:
                if len(made) >= most:
                    made.clear()
                # What was given is kept too: an id cannot pass to another while it is here.
                known = made[key] = (given, make(*given))
            return known[1]

        vars(remembered)["cache_clear"] = made.clear  # it is forgotten as what functools keeps
        return remembered

    return decorate
