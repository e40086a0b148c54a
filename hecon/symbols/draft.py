"""The draft of a live workbook: which results get cells of their own, and what stands in each.

Functions of hecon name what they give (`named`); on numbers that changes nothing. On symbols the name becomes the
heading of a column (or of a single cell), and what flows on is a reference to its cells.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from hecon.frozen import frozen
from hecon.labels import EDGE, STRATEGY, Axes, own_axes
from hecon.symbols.expression import Symbol, is_symbolic, leaf, number_of, over

#: What columns run along beside the edges of the model cycles and the cycles between them: the days of doses.
DAY = "day"


@dataclass(eq=False)
class CellColumn:
    """Cells under each other with one heading (or a single cell): what stands in them, and references to them.

    `labels` are those of the dimensions but strategy; `along` says what the cells run along (None: a single cell).
    `unit` is for the reader. Where the column stands is settled when the workbook is laid out.
    """

    title: str
    strategy: str
    labels: Mapping[str, str]
    along: str | None
    contents: list[Any]
    unit: str = ""
    #: Whether it holds times that curves are asked for, or anything else about model time.
    is_time: bool = False
    of_time: bool = False
    cells: list[Symbol] = field(init=False)

    def __post_init__(self) -> None:
        self.cells = [leaf(Spot(self, row), number_of(content)) for row, content in enumerate(self.contents)]

    def add(self, content: Any) -> Symbol:
        """Write one more cell below the others, and give a reference to it."""
        self.contents.append(content)
        self.cells.append(leaf(Spot(self, len(self.cells)), number_of(content)))
        return self.cells[-1]

    @property
    def heading(self) -> str:
        """Title with the labels it is for."""
        said = ", ".join(self.labels.values())
        return f"{self.title}: {said}" if said else self.title


@frozen
class Spot:
    """The place of one cell of a column."""

    column: CellColumn
    row: int

    @property
    def words(self) -> str:
        """Heading of the column."""
        return self.column.heading


@frozen
class Span:
    """Cells of a column from one row to another (the last one included)."""

    column: CellColumn
    first: int
    last: int

    @property
    def numbers(self) -> list[float]:
        """Values of the cells."""
        return [cell.value for cell in self.column.cells[self.first : self.last + 1]]

    @property
    def words(self) -> str:
        """Heading of the column."""
        return self.column.heading


class Draft:
    """Columns in the order in which the model named them."""

    def __init__(self) -> None:
        self.columns: list[CellColumn] = []
        #: Conditions under which the workbook's formulas no longer hold, and what to say then.
        self.limits: list[tuple[str, Symbol]] = []
        #: What is worked out just now, to be named by the limits of its formulas.
        self.about = ""
        self._known: dict[tuple[Any, ...], CellColumn] = {}
        self._built: dict[tuple[Any, ...], CellColumn] = {}
        self._days: tuple[np.ndarray, CellColumn] | None = None

    def column(
        self, title: str, contents: Sequence[Any], along: str | None, strategy: str = "",
        labels: Mapping[str, str] | None = None, unit: str = "",
    ) -> CellColumn:  # fmt: skip
        """Give the column that holds these contents; the same contents are written once."""
        key = (along, strategy, *(id(c) if isinstance(c, Symbol) else float(c) for c in contents))
        if key not in self._known:
            made = CellColumn(title, strategy, dict(labels or {}), along, list(contents), unit)
            self.columns.append(made)
            self._known[key] = made
        return self._known[key]

    def grow(self, title: str, along: str, strategy: str = "", labels: Mapping[str, str] | None = None) -> CellColumn:
        """Give a column without cells yet, whose cells may refer to those above them: see `CellColumn.add`."""
        self.columns.append(CellColumn(title, strategy, dict(labels or {}), along, []))
        return self.columns[-1]

    def once(self, key: tuple[Any, ...], build: Callable[[], CellColumn]) -> CellColumn:
        """Give what was built under a key; build it the first time."""
        if key not in self._built:
            self._built[key] = build()
        return self._built[key]

    def set_time(self, edges: np.ndarray) -> CellColumn:
        """Write the cycle edges down: the times that curves are asked for."""
        self._edges = edges
        self.time = self.column("Time", list(map(float, edges)), EDGE, unit="years")
        self.time.is_time = True
        return self.time

    def set_days(self, years: np.ndarray, days_per_year: float) -> CellColumn:
        """Write the days of doses down, once: times in years, from days since the start."""
        if self._days is None or not np.array_equal(self._days[0], years):
            days = self.column("Day", [float(day) for day in np.round(years * days_per_year, 9)], DAY, unit="days")
            time = self.column("Time", [day / days_per_year for day in days.cells], DAY, unit="years")
            days.of_time = time.is_time = True
            self._days = (years, time)
        return self._days[1]

    def times(self, edges: np.ndarray) -> tuple[np.ndarray, str]:
        """Give references to times, and what they run along: the cycle edges, the days of doses, or their own steps."""
        if np.array_equal(edges, self._edges):
            return _array(self.time.cells), EDGE
        if self._days is not None and np.array_equal(edges, self._days[0]):
            return _array(self._days[1].cells), DAY
        column = self.column("Time", list(map(float, edges)), f"{len(edges) - 1} steps", unit="years")
        column.is_time = True
        return _array(column.cells), str(column.along)

    def in_unit(self, t: np.ndarray, years_per_unit: float, unit: str) -> np.ndarray:
        """Give times in another unit; those of the cycle edges stand in a column beside them."""
        cells = list(t) if t.ndim == 1 else []
        if years_per_unit == 1 or not cells or not all(_is_time(cell) for cell in cells):
            return t / years_per_unit
        own = self.column("Time", [cell / years_per_unit for cell in cells], cells[0].args[0].column.along, unit=unit)
        own.is_time = True
        return _array(own.cells)

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Let functions name their results in this draft."""
        # Symbols are made by the hundred thousand and kept: to look for rings among them takes time and finds none.
        collects = gc.isenabled()
        gc.disable()
        token = _DRAFT.set(self)
        try:
            yield
        finally:
            _DRAFT.reset(token)
            if collects:
                gc.enable()


_DRAFT: ContextVar[Draft | None] = ContextVar("draft", default=None)


def draft() -> Draft | None:
    """Give the draft that is open, if any."""
    return _DRAFT.get()


def times_at(times: np.ndarray) -> tuple[np.ndarray, str]:
    """Give times as the draft has them: references to the cells they stand in, and what these run along."""
    open_ = _DRAFT.get()
    return (times, EDGE) if open_ is None else open_.times(times)


@contextlib.contextmanager
def watched(about: str) -> Iterator[None]:
    """Name what the formulas written within are about: their limits say it."""
    open_ = _DRAFT.get()
    if open_ is None:
        yield
        return
    before, open_.about = open_.about, about
    try:
        yield
    finally:
        open_.about = before


def watch(message: str, exceeded: Any) -> None:
    """Note a condition under which the formulas no longer hold: the workbook then shows the message."""
    open_ = _DRAFT.get()
    if open_ is not None and isinstance(exceeded, Symbol):
        open_.limits.append((f"{open_.about}: {message}" if open_.about else message, exceeded))


def named(title: str, values: np.ndarray, axes: Axes, along: str | None = None, unit: str = "") -> np.ndarray:
    """Give results a name: numbers come back as they are, symbols as references to cells under that heading.

    `values` are laid out on `axes` and, if `along` says along what, one further dimension. What are references, or
    plain numbers, already get no second cell.
    """
    open_ = _DRAFT.get()
    if open_ is None or not is_symbolic(values):
        return values
    result = np.empty(values.shape, dtype=object)
    for place in np.ndindex(axes.shape):
        labels = dict(zip(axes.dims, axes.at(place), strict=True))
        strategy = labels.pop(STRATEGY, "")
        own = values[place]
        contents = list(own) if along is not None else [own]
        if all(not isinstance(item, Symbol) or item.op == "leaf" for item in contents) and not _mixed(contents):
            cells: list[Any] = contents
        else:
            cells = list(open_.column(title, contents, along, strategy, labels, unit).cells)
        if along is None:
            result[place] = cells[0]
        else:
            result[place][:] = cells
    return result


def single(title: str, item: Any) -> Any:
    """Give one result a cell of its own, if it is more than a reference already."""
    open_ = _DRAFT.get()
    if open_ is None or not isinstance(item, Symbol) or item.op == "leaf":
        return item
    return open_.column(title, [item], None).cells[0]


def named_values(title: str, array: xr.DataArray, unit: str = "") -> xr.DataArray:
    """Give a labelled array a name, as `named`: each value in a cell of its own."""
    if not is_symbolic(array):
        return array
    return array.copy(data=named(title, array.values, own_axes(array), unit=unit))


def _is_time(cell: Any) -> bool:
    return isinstance(cell, Symbol) and cell.op == "leaf" and isinstance(cell.args[0], Spot) and (
        cell.args[0].column.is_time
    )  # fmt: skip


def _array(cells: Sequence[Any]) -> np.ndarray:
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def _mixed(contents: Sequence[Any]) -> bool:
    """Whether leaves are not one column, in order: then they need one of their own to be summed or looked up."""
    leaves = [item for item in contents if isinstance(item, Symbol)]
    if not leaves:
        return False
    spots = [item.args[0] for item in leaves]
    if len(leaves) == 1 and len(contents) == 1:
        return False
    return not (
        len(leaves) == len(contents)
        and all(isinstance(spot, Spot) for spot in spots)
        and all(spot.column is spots[0].column for spot in spots)
        and all(after.row == before.row + 1 for before, after in zip(spots, spots[1:], strict=False))
    )


def running(title: str, parts: np.ndarray, axes: Axes, along: str, join: np.ufunc = np.add) -> np.ndarray:
    """Running sums (or products) along the last dimension: each cell joins the one above and what is next."""
    open_ = _DRAFT.get()
    if open_ is None or not is_symbolic(parts):
        return np.asarray(join.accumulate(parts, axis=-1))
    result = np.empty(parts.shape, dtype=object)
    for place in np.ndindex(axes.shape):
        labels = dict(zip(axes.dims, axes.at(place), strict=True))
        column = open_.grow(title, along, labels.pop(STRATEGY, ""), labels)
        reached: Any = None
        for row, part in enumerate(parts[place]):
            reached = column.add(part if reached is None else join(reached, part))
            result[(*place, row)] = reached
    return result


def is_fixed(values: object) -> bool:
    """Say whether values depend on no input: numbers, and cells that hold numbers."""
    if isinstance(values, np.ndarray):
        return values.dtype != object or all(is_fixed(item) for item in values.ravel())
    if not isinstance(values, Symbol):
        return True
    if values.op == "leaf":
        spot = values.args[0]
        return isinstance(spot, Spot) and is_fixed(spot.column.contents[spot.row])
    return all(is_fixed(arg) for arg in values.args) and not any(isinstance(arg, Span) for arg in values.args)


# --- operations on runs of cells ---


def find_place(keys: np.ndarray, values: np.ndarray, axes: Axes, title: str) -> np.ndarray:
    """Number of the last of increasing keys (last dimension) that is not above each value."""
    found = np.empty((*axes.shape, values.shape[-1]), dtype=object)
    for place in np.ndindex(axes.shape):
        span = span_of(_row(keys, place), f"{title}, from", f"{keys.shape[-1]} rows")
        found[place] = [place_in(span, key) for key in _row(values, place)]
    return found


def value_at(rows: np.ndarray, places: np.ndarray, axes: Axes, title: str) -> np.ndarray:
    """Values of rows (last dimension) at numbers that `find_place` gives."""
    found = np.empty((*axes.shape, places.shape[-1]), dtype=object)
    for place in np.ndindex(axes.shape):
        span = span_of(_row(rows, place), title, f"{rows.shape[-1]} rows")
        found[place] = [value_at_place(span, number) for number in _row(places, place)]
    return found


def _row(array: np.ndarray, place: tuple[int, ...]) -> list[Any]:
    """Give the items along the last dimension at a place; dimensions of size 1, and missing ones, hold for all."""
    lead = array.shape[:-1]
    own = place[len(place) - len(lead) :] if lead else ()
    return list(array[tuple(0 if size == 1 else i for size, i in zip(lead, own, strict=True))])


def span_of(cells: Sequence[Any], title: str, along: str, strategy: str = "") -> Span:
    """Give the run of cells that hold these items; they are written under a heading if they do not stand together."""
    open_ = _DRAFT.get()
    assert open_ is not None
    if not any(isinstance(item, Symbol) for item in cells) or _mixed(cells) or any(
        isinstance(item, Symbol) and item.op != "leaf" for item in cells
    ):  # fmt: skip
        column = open_.column(title, list(cells), along, strategy)
        return Span(column, 0, len(cells) - 1)
    first, last = cells[0].args[0], cells[-1].args[0]
    return Span(first.column, first.row, last.row)


def total(span: Span) -> Symbol:
    """Sum of a run of cells."""
    return over("sum", float(np.sum(span.numbers)), span)


def largest(span: Span) -> Symbol:
    """Largest of a run of cells."""
    return over("largest", float(np.max(span.numbers)), span)


def total_of_products(*spans: Span) -> Symbol:
    """Sum of the products of runs of cells of one length."""
    return over("sumproduct", float(np.sum(np.prod([span.numbers for span in spans], axis=0))), *spans)


def place_in(keys: Span, key: Any) -> Symbol:
    """Number, from 1, of the last of increasing keys that is not above `key`."""
    return over("match", float(np.searchsorted(keys.numbers, number_of(key), side="right")), key, keys)


def value_at_place(values: Span, place: Any) -> Symbol:
    """The value at a number from 1."""
    numbers = values.numbers
    return over("index", numbers[int(number_of(place)) - 1], values, place)


def count_below(values: Span, bound: Any) -> Symbol:
    """How many values are below a bound."""
    return over("count_below", float(np.sum(np.array(values.numbers) < number_of(bound))), values, bound)
