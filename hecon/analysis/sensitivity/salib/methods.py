"""SALib's methods: every file of this folder that holds a ``METHOD``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from hecon.analysis.sensitivity import salib
from hecon.analysis.sensitivity.salib.method import Method


def _found() -> Iterator[tuple[str, Method]]:
    for file in iter_modules(salib.__path__):
        if f"{salib.__name__}.{file.name}" != __name__:
            module = import_module(f"{salib.__name__}.{file.name}")
            if hasattr(module, "METHOD"):
                yield file.name, module.METHOD


#: Every method by its name, that of its file.
METHODS: Mapping[str, Method] = dict(_found())
