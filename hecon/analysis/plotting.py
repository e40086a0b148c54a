"""The one way from a result up to its figures, by name: they are loaded when one is asked for, and not before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FIGURES = "hecon.report.figures.plots"


def plots_of(source: Any) -> Any:
    """Give the figures of a result, a run of draws or a suite of analyses by name (`hecon.report.figures.plots`)."""
    return import_module(_FIGURES).Plots(source)
