"""Distributions that several rows share: one file each, found by being here, and the list that all else walks.

The drop-downs of the sheets, the Guide, the reader and draws follow from `SHARED`: a new one is a file in this folder
with its source of draws, its reader and its record ``TOGETHER``.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from hecon.inputs.distributions import DISTRIBUTIONS, FIXED
from hecon.inputs.together.shared import Shared

_MODULES = [import_module(f"{__name__}.{file.name}") for file in iter_modules(__path__)]
#: Distributions of several rows, by name.
SHARED: dict[str, Shared] = {
    module.TOGETHER.name: module.TOGETHER for module in _MODULES if hasattr(module, "TOGETHER")
}


def names() -> tuple[str, ...]:
    """Everything that column distribution may hold."""
    return (FIXED, *DISTRIBUTIONS, *SHARED)


def natural_words(place: int) -> str:
    """What natural_1 (`place` 0) or natural_2 is, distribution by distribution.

    >>> natural_words(1)[:30]
    'beta of a beta, rate of a gamm'
    """
    own = [f"{kind.natural[place][0]} of a {name}" for name, kind in DISTRIBUTIONS.items() if kind.natural]
    shared = [f"{kind.natural} of a {name}" for name, kind in SHARED.items() if kind.natural and not place]
    return ", ".join([*own, *shared])
