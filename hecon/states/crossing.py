"""Curves that cross: what the setting ``crossing`` does with them, and how often and how far they did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hecon.errors import CrossingError
from hecon.frozen import frozen
from hecon.labels import CYCLE, EDGE, STRATEGY, Axes
from hecon.rows import InParts, Laid, Smaller, Stretch, WorkedOut, part_of, whole_of
from hecon.scratch import scratch, tiles
from hecon.survival.special import smaller_along
from hecon.symbols.draft import largest, named, running, span_of, watch
from hecon.symbols.expression import is_symbolic, number_of
from hecon.symbols.functions import maximum, minimum, most_of, share_of
from hecon.timeline import Timeline

#: Curves closer than this have not crossed: it is rounding.
_SAME_SHARE = 1e-12


@frozen(eq=True)
class Crossings:
    """How often and how far an inner curve lay above an outer one, before the crossing rule acted.

    Arrays by strategy (length 1 where the curves do not differ by strategy): `draws` that crossed anywhere,
    `edges` (summed over draws) at which they did, the `widest` gap, and the `first` time in years.
    """

    rule: str
    draws: np.ndarray
    edges: np.ndarray
    widest: np.ndarray
    first: np.ndarray

    def __add__(self, other: Crossings) -> Crossings:
        """Join the counts of two blocks of draws, or of two pairs of curves."""
        return Crossings(
            self.rule,
            self.draws + other.draws,
            self.edges + other.edges,
            np.maximum(self.widest, other.widest),
            np.minimum(self.first, other.first),
        )


def nest(
    arrays: list[Laid], axes: Axes, rule: str, time: Timeline, names: tuple[str, ...]
) -> tuple[list[Laid], list[Crossings | Capped]]:
    """Nest curves, innermost first, by a rule; give them and what was counted of each pair."""
    by_strategy = int(np.prod(axes.only(STRATEGY).shape))
    none = np.zeros(by_strategy)
    counted: list[Crossings | Capped] = [Crossings(rule, none, none, none, np.full(by_strategy, np.inf))]
    order = range(len(arrays) - 1) if rule == "raise_os" else range(len(arrays) - 2, -1, -1)
    for place in order:
        both = arrays[place], arrays[place + 1]
        if rule == "cap_pfs" and any(isinstance(array, InParts) for array in both):
            capped = Capped(*both, axes, time)
            counted.append(capped)
            arrays[place] = capped
            continue
        inner, outer = map(whole_of, both)
        numbers = number_of(inner), number_of(outer)
        crossings = _crossed(*numbers, axes, rule, time)
        counted.append(crossings)
        if rule == "error":
            if crossings.edges.any():
                raise CrossingError(_where(numbers[0] - numbers[1], axes, time, names[place], names[place + 1]))
            watch("curves cross, which the setting crossing forbids", _highest(inner, outer) > _SAME_SHARE)
        if rule == "cap_pfs":
            arrays[place] = _named(names[place], whole_of(smaller(inner, outer)), axes)
        elif rule == "raise_os":
            arrays[place + 1] = _named(names[place + 1], _larger(inner, outer), axes)
        elif rule == "max_hazard":
            arrays[place] = _named(names[place], _at_least_hazard(inner, outer, axes), axes)
    return arrays, counted


class Capped(Smaller):
    """The inner of two curves, nowhere above the outer one; counts where it was, draw after draw."""

    counts = True

    def __init__(self, inner: Laid, outer: Laid, axes: Axes, time: Timeline) -> None:
        super().__init__(inner, outer)
        self._axes, self._time = axes, time
        self._found: list[np.ndarray] = []
        self._next = 0

    def _fill(self, part: Stretch, out: np.ndarray, known: WorkedOut) -> None:
        one, other = (part_of(values, part, known) for values in (self._one, self._other))
        by_row = smaller_along(one, other, _SAME_SHARE, out)
        if by_row is None:
            np.minimum(one, other, out=out)
        if part.start == self._next:  # seen for the first time
            rows = _gaps(one, other) if by_row is None else _where_above(by_row)
            self._found.append(_by_strategy(rows, one.shape[:-1], self._axes, part.repeats))
            self._next = part.stop

    @property
    def crossings(self) -> Crossings:
        """Of all draws, those included that nobody asked for."""
        if self._next < self.shape[0]:
            self._next, self._found = 0, []
            self.filled()
        return _counted(self._found, self._axes, "cap_pfs", self._time)


def _named(curve: str, values: np.ndarray, axes: Axes) -> np.ndarray:
    return named(f"{curve.replace('_', ' ').capitalize()}, without crossing", values, axes, EDGE)


def smaller(inner: Laid, outer: Laid) -> Laid:
    """The smaller of two curves at each time; by parts, if one of them comes so."""
    if any(isinstance(curve, InParts) for curve in (inner, outer)):
        return Smaller(inner, outer)
    one, other = whole_of(inner), whole_of(outer)
    return minimum(one, other) if is_symbolic(one, other) else np.minimum(one, other, out=scratch(one.shape))


def _larger(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    return maximum(inner, outer) if is_symbolic(inner, outer) else np.maximum(inner, outer, out=scratch(inner.shape))


def _highest(inner: np.ndarray, outer: np.ndarray) -> Any:
    """Largest gap of one curve above another, as a formula; on numbers it has been looked at already."""
    if not is_symbolic(inner, outer):
        return 0.0
    gaps = (inner - outer).reshape(-1, inner.shape[-1])
    return most_of([largest(span_of(list(row), "Gap between the curves", EDGE)) for row in gaps])


def _at_least_hazard(inner: np.ndarray, outer: np.ndarray, axes: Axes) -> np.ndarray:
    """Survival whose conditional survival in each cycle is the smaller of both curves'."""
    if is_symbolic(inner, outer):
        kept = [share_of(curve[..., 1:], curve[..., :-1]) for curve in (inner, outer)]
        stay = named("Share staying through the cycle", minimum(*kept), axes, CYCLE)
        first = np.ones((*axes.shape, 1), dtype=object)
        return running("Survival at the higher hazard", np.concatenate([first, stay], axis=-1), axes, EDGE, np.multiply)
    with np.errstate(divide="ignore", invalid="ignore"):
        stays = [np.nan_to_num(curve[..., 1:] / curve[..., :-1], nan=0.0, posinf=0.0) for curve in (inner, outer)]
    result = np.ones(inner.shape)
    np.cumprod(np.minimum(*stays), axis=-1, out=result[..., 1:])
    return result


def _crossed(inner: np.ndarray, outer: np.ndarray, axes: Axes, rule: str, time: Timeline) -> Crossings:
    """Count by strategy the draws and edges at which the inner curve is above."""
    return _counted([_by_strategy(_gaps(inner, outer), inner.shape[:-1], axes)], axes, rule, time)


def _gaps(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Give the rows whose inner curve is above anywhere (4, rows): their place, edges above, widest gap, first edge."""
    length = inner.shape[-1]
    inner_rows, outer_rows = inner.reshape(-1, length), outer.reshape(-1, length)
    found = [np.empty((4, 0))]
    for tile in tiles(len(inner_rows), length):
        above = inner_rows[tile] > outer_rows[tile]
        if above.any():
            rows = np.flatnonzero(above.any(axis=-1)) + tile.start
            gap = inner_rows[rows] - outer_rows[rows]
            above = gap > _SAME_SHARE
            edges = np.count_nonzero(above, axis=-1)
            found.append(np.stack([rows, edges, gap.max(axis=-1), above.argmax(axis=-1)])[:, edges > 0])
    return np.concatenate(found, axis=1)


def _where_above(by_row: np.ndarray) -> np.ndarray:
    """Give the same of what was counted for every row: edges above, widest gap, first edge."""
    rows = np.flatnonzero(by_row[0])
    return np.concatenate([rows[None], by_row[:, rows]])


def _by_strategy(rows: np.ndarray, shape: tuple[int, ...], axes: Axes, repeats: np.ndarray | None = None) -> np.ndarray:
    """Give the strategy of each row in the place of its own, and how often it counts, as `repeats` of the draws say.

    There may be fewer draws than `axes` have.
    """
    at = np.unravel_index(rows[0].astype(int), shape) if shape else ()
    which = at[axes.dims.index(STRATEGY)] if STRATEGY in axes.dims else 0 * rows[0]
    times = np.ones(rows.shape[1]) if repeats is None else repeats[at[0]]
    return np.concatenate([np.stack([which, times]), rows[1:]])


def _counted(rows: Sequence[np.ndarray], axes: Axes, rule: str, time: Timeline) -> Crossings:
    """Count rows that cross by strategy."""
    names = axes.labels.get(STRATEGY, ("",))
    count = len(names) if isinstance(names, tuple) else names
    strategy, times, edges, widest, first = np.concatenate(rows, axis=1)
    which = strategy.astype(int)
    counted = Crossings(rule, np.zeros(count), np.zeros(count), np.zeros(count), np.full(count, np.inf))
    np.add.at(counted.draws, which, times)
    np.add.at(counted.edges, which, times * edges)
    np.maximum.at(counted.widest, which, widest)
    np.minimum.at(counted.first, which, time.edges[first.astype(int)])
    return counted


def _where(gap: np.ndarray, axes: Axes, time: Timeline, inner: str, outer: str) -> str:
    place = tuple(map(int, np.unravel_index(int(np.argmax(gap)), gap.shape)))
    labels = [f"{dim} {label}" for dim, label in zip(axes.dims, axes.at(place[:-1]), strict=True)]
    return (
        f"the {inner} curve lies above the {outer} curve by {gap[place]:.4g} at year {time.edges[place[-1]]:.3f}"
        + (f" ({', '.join(labels)})" if labels else "")
        + "; the setting crossing is 'error'. Give other curves, or set crossing to cap_pfs, raise_os or max_hazard."
    )
