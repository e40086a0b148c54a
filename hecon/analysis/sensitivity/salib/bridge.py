"""The way to SALib, and what keeps its known traps shut: neutral names, a fresh problem, nothing global touched."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from hecon.errors import HeconError

#: Share of the resamples that an interval holds, and how many there are, where a method resamples.
COVERAGE = 0.95
RESAMPLES = 100
#: What SALib's analysers that resample are told.
RESAMPLED = {"num_resamples": RESAMPLES, "conf_level": COVERAGE}
#: Methods that move between fixed levels, 0 and 1 among them, have these quantiles in their place.
LEVELS = (0.005, 0.995)


def salib(name: str) -> Any:
    """Give a module of SALib, such as ``sample.sobol``. Raises `HeconError` where it is not there."""
    try:
        return import_module(f"SALib.{name}")
    except ImportError as error:
        raise HeconError(f"this method needs SALib 1.6 or later ({error})") from error


def problem(size: int, groups: Sequence[int] | None = None) -> dict[str, Any]:
    """Make a fresh problem on the unit cube, in neutral names: SALib changes problems and forbids some names."""
    named = {} if groups is None else {"groups": [f"g{group}" for group in groups]}
    bounds = [[0.0, 1.0] for _ in range(size)]
    return {"num_vars": size, "names": [f"x{i}" for i in range(size)], "bounds": bounds, **named}


def between_levels(raw: np.ndarray) -> np.ndarray:
    """Move a sample that holds 0 and 1 between `LEVELS`, so that no quantile is infinite."""
    return np.asarray(LEVELS[0] + (LEVELS[1] - LEVELS[0]) * raw)


@contextlib.contextmanager
def kept_apart(seed: int) -> Iterator[None]:
    """Give SALib a seeded global generator, keep its warnings to itself, and put back what it found."""
    state, layout = np.random.get_state(), warnings.formatwarning  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002  (pawn, delta, dgsm, fast and hdmr draw from the global one)
    try:
        with warnings.catch_warnings(record=True), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
        warnings.formatwarning = layout
