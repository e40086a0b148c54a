"""The list of SALib's methods: a line here, a file of the same name beside it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from hecon.analysis.sensitivity.salib.method import Method

_NAMES = (
    "sobol",
    "morris",
    "fast",
    "rbd_fast",
    "delta",
    "pawn",
    "dgsm",
    "hdmr",
    "shapley",
)

#: Every method by its name.
METHODS: Mapping[str, Method] = {name: import_module(f"{__package__}.{name}").METHOD for name in _NAMES}
