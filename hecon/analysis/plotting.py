"""The one way from a result up to its figures, by name: they are loaded when one is asked for, and not before."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

_FIGURES = "hecon.report.figures.plots"


class Figures(Protocol):
    """Figures by name, each drawn when it is called: ``result.plot.survival()``; `dir` lists them.

    What is drawn is matplotlib's figure, whose name only `hecon.report.figures.drawing` knows.
    """

    def __getattr__(self, name: str) -> Callable[..., Any]: ...


def plots_of(source: object) -> Figures:
    """Give the figures of a result, a run of draws or a suite of analyses by name (`hecon.report.figures.plots`)."""
    found: Figures = import_module(_FIGURES).Plots(source)
    return found
