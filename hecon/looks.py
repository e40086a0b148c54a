"""The one way from an object up to its looks in a notebook: the code is loaded when a notebook asks, and not before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_LOOKS = "hecon.report.notebook"


class ShownInNotebooks:
    """What a notebook shows as tables, under the words that it has for itself as text."""

    def _repr_html_(self) -> str:
        return str(import_module(_LOOKS).shown_as_html(self))


class ShownAsTables(ShownInNotebooks):
    """What shows itself as the tables of the terminal, as text and in a notebook."""

    def __repr__(self) -> str:
        return text_of(self)


def text_of(shown: Any) -> str:
    """Give the looks of an object as text."""
    return str(import_module(_LOOKS).shown_as_text(shown))
