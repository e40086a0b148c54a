"""hecon: cost-effectiveness models from an Excel workbook to the tables a payer wants.

The names are listed in the stubs (``__init__.pyi``), here and in each room, and nowhere else: at the top what one needs
to write and run a model, in a room for every question (`inputs`, `timeline`, `survival`, `states`, `costing`, `value`,
`sensitivity`, `psa`, `budget`, `versions`, `analysis`, `verification`, `report`, `errors`) the rest: ``he.value.ceac``.
When a program runs, a name is found without its room too; completion and type checkers go by the lists. Every name is
loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import lazy_loader

__version__ = "0.2.0.dev0"

_named, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
#: Rooms in the order in which a name is looked for.
_ROOMS = (
    "survival", "states", "costing", "analysis.value", "analysis.sensitivity", "analysis.psa", "analysis.budget",
    "analysis.versions", "analysis", "verification", "report", "inputs", "timeline", "errors",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in __all__:
        return _named(name)
    if not name.startswith("_"):
        for room in (import_module(f"hecon.{path}") for path in _ROOMS):
            if name in room.__all__:
                return getattr(room, name)
    raise AttributeError(f"module 'hecon' has no attribute {name!r}")
