"""Classes whose fields nothing assigns to: what hecon makes for itself, and gives on.

`dataclasses.dataclass` writes and compiles up to six functions for each class: a quarter of a millisecond, twenty
times what the class itself takes, and a start reads two hundred of them. A class that is `frozen` is given ``__init__``
alone: how it is shown and compared is written here once for all, and that nothing assigns to its fields is seen by
mypy, which reads all of hecon, so that no run needs to look. Classes with a public name are in hands that no type
checker guides: they stay ``dataclass(frozen=True)``, and refuse at run time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

_Class = TypeVar("_Class", bound=type)


@overload
def frozen(cls: _Class, /) -> _Class: ...


@overload
def frozen(*, eq: bool = ..., kw_only: bool = ...) -> Callable[[_Class], _Class]: ...


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
def frozen(cls: Any = None, /, *, eq: bool = False, kw_only: bool = False) -> Any:
    """Make a dataclass of a class; with `eq` two of them are equal, and have one hash, if their fields are equal.

    >>> @frozen(eq=True)
    ... class Horizon:
    ...     years: float
    >>> Horizon(5.0), Horizon(5.0) == Horizon(5.0), Horizon(5.0) == Horizon(3.0)
    (Horizon(years=5.0), True, False)
    """

    shared = {"__repr__": _shown, "__eq__": _equal, "__hash__": _hash} if eq else {"__repr__": _shown}

    def made(cls: Any) -> Any:
        for name, function in shared.items():
            if not any(name in vars(one) for one in cls.__mro__[:-1]):
                setattr(cls, name, function)
        dataclass(repr=False, eq=False, kw_only=kw_only)(cls)
        if eq:
            cls._compared = attrgetter(*(one.name for one in fields(cls) if one.compare))
        return cls

    return made if cls is None else made(cls)


def _shown(self: Any) -> str:
    shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _equal(self: Any, other: Any) -> bool:
    return bool(self._compared(self) == self._compared(other)) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(self._compared(self))
