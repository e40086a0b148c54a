"""Named dimensions: labels join exactly or raise, and numpy does the arithmetic.

Numbers in a model carry the names of their dimensions (`xarray.DataArray`). Inside the engine the
same numbers are plain numpy arrays laid out on a set of `Axes`, in one order: ``draw`` first, then
``strategy``, then the others as they are met. This module is the only door between the two.
"""

from __future__ import annotations

import numbers
import threading
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import MOST_LISTED, AlignmentError, UnknownNameError, did_you_mean, some_of
from hecon.frozen import frozen

DRAW = "draw"
STRATEGY = "strategy"
STATE = "state"
#: States called so are dead: nobody leaves them.
DEAD_NAMES = ("dead", "death", "Dead", "Death")
CYCLE = "cycle"
#: Edges of cycles: one more than there are cycles.
EDGE = "edge"
HORIZON = "horizon"
IN_STATE = "in_state"
FROM, TO = "from", "to"
#: Days on which doses are paid: an internal dimension, which ends where the ledger sums over it.
DOSE_DAY = "dose_day"

#: What a model may give where a number is wanted.
Value = float | xr.DataArray
_FIRST = (DRAW, STRATEGY)
#: Dimensions counted from their beginning, which need no labels: draws, cycles and their edges, cycles in a state.
COUNTED = (DRAW, CYCLE, EDGE, IN_STATE)


@frozen(eq=True)
class Axes:
    """Dimensions in canonical order, with the labels (or, for draws, the count) of each.

    >>> axes_of(xr.DataArray([1.0, 2.0], dims="strategy", coords={"strategy": ["A", "B"]})).shape
    (2,)
    """

    labels: Mapping[str, tuple[str, ...] | int]

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions, in order."""
        return tuple(self.labels)

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the dimensions, in order."""
        return tuple([n if isinstance(n, int) else len(n) for n in self.labels.values()])

    def at(self, place: Sequence[int]) -> list[str]:
        """Labels at a place; draws are counted from 0, as in arrays and exports, other counted dimensions from 1."""
        sides = zip(self.labels.items(), place, strict=True)
        return [str(i + (dim != DRAW)) if isinstance(names, int) else str(names[i]) for (dim, names), i in sides]

    def without(self, *dims: str) -> Axes:
        """Give the same axes less some dimensions."""
        return Axes({dim: names for dim, names in self.labels.items() if dim not in dims})

    def only(self, *dims: str) -> Axes:
        """Give the same axes less all but some dimensions."""
        return Axes({dim: names for dim, names in self.labels.items() if dim in dims})


def axes_of(*values: object) -> Axes:
    """Join the dimensions of labelled arrays; a number has none. Labels that differ raise `AlignmentError`."""
    return join_axes(*(own_axes(value) for value in values if isinstance(value, xr.DataArray)))


def join_axes(*several: Axes) -> Axes:
    """Join several axes in canonical order: draw, strategy, then as met. Labels must be the same everywhere."""
    met: dict[str, tuple[str, ...] | int] = {}
    for axes in several:
        for dim, names in axes.labels.items():
            if dim not in met:
                met[dim] = names
            elif met[dim] != names:
                raise AlignmentError(
                    f"the labels of '{dim}' differ: {_show(met[dim])} on one side, {_show(names)} on the other. "
                    "Give both sides the same labels in the same order."
                )
    first = {dim: met[dim] for dim in _FIRST if dim in met}
    return Axes({**first, **met})


def own_axes(array: xr.DataArray) -> Axes:
    """Give the dimensions of a labelled array in its own order."""
    labels: dict[str, tuple[str, ...] | int] = {}
    variable = array.variable
    coordinates = array.coords.variables if variable.dims else {}
    for dim, size in zip(variable.dims, variable.shape, strict=True):
        coordinate = None if dim in COUNTED else coordinates.get(dim)
        labels[str(dim)] = size if coordinate is None else _names(array, dim, coordinate, size)
    return Axes(labels)


def _names(array: xr.DataArray, dim: Hashable, coordinate: xr.Variable, size: int) -> tuple[str, ...] | int:
    """Labels of a dimension as a tuple; remembered, for the arrays of a model share their coordinates."""
    known = _known_names.get(id(coordinate))
    if known is None or known[0] is not coordinate:
        if len(_known_names) > 1000:
            _known_names.clear()
        index = array.xindexes.get(dim)
        known = (coordinate, size if index is None else tuple(index.to_pandas_index().tolist()))
        _known_names[id(coordinate)] = known
    return known[1]


_known_names: dict[int, tuple[xr.Variable, tuple[str, ...] | int]] = {}


def _show(names: tuple[str, ...] | int) -> str:
    if isinstance(names, int):
        return f"{names} of them"
    return "(" + ", ".join(map(str, names[:8])) + (", ..." if len(names) > 8 else "") + ")"


def expand(value: Value, axes: Axes) -> np.ndarray:
    """Lay a number or labelled array out on `axes`: one numpy dimension each, of size 1 where it does not vary."""
    if not isinstance(value, xr.DataArray):
        return np.asarray(value, dtype=None if _is_object(value) else float).reshape((1,) * len(axes.dims))
    array, dims, onto = value.values, value.variable.dims, axes.dims
    unknown = [dim for dim in dims if dim not in axes.labels]
    if unknown:
        raise AlignmentError(f"dimension '{unknown[0]}' is not among {', '.join(onto) or 'none'}")
    order = [dim for dim in onto if dim in dims]
    if dims != tuple(order):
        array = array.transpose([dims.index(dim) for dim in order])
    sizes = iter(array.shape)
    return array.reshape([next(sizes) if dim in order else 1 for dim in onto])


def onto_axes(values: np.ndarray, own: Axes, axes: Axes) -> np.ndarray:
    """Reshape an array on its own axes and one more dimension so that it broadcasts on `axes`."""
    order = [own.dims.index(dim) for dim in axes.dims if dim in own.labels]
    values = values.transpose(*order, len(order))
    sizes = iter(values.shape)
    return values.reshape([*(next(sizes) if dim in own.labels else 1 for dim in axes.dims), values.shape[-1]])


def _is_object(value: object) -> bool:
    return not isinstance(value, numbers.Real | np.ndarray)


def wrap(array: np.ndarray, axes: Axes, **more: Sequence[Any] | int) -> xr.DataArray:
    """Give the labels back to an array laid out on `axes`, then on the further dimensions `more`."""
    labels = {**axes.labels, **{dim: n if isinstance(n, int) else tuple(n) for dim, n in more.items()}}
    variables, indexes = _coordinates(tuple(labels.items()))
    return _as_labelled(tuple(labels), array, variables, indexes)


def wrap_along(array: np.ndarray, axes: Axes, dim: str, numbers: np.ndarray) -> xr.DataArray:
    """Give the labels back to an array laid out on `axes`, then on a dimension that numbers label, such as times."""
    variables, indexes = _coordinates(tuple(axes.labels.items()))
    along = xr.Coordinates({dim: numbers})
    coordinates, every = {**variables, **along.variables}, {**indexes, **along.xindexes}
    return _as_labelled((*axes.dims, dim), array, coordinates, every)


def draws_of(array: xr.DataArray, place: slice) -> xr.DataArray:
    """Give some draws of a labelled array whose first dimension they are."""
    return _as_labelled(array.dims, array.values[place], array.coords.variables, array.xindexes)


def taken_at(array: xr.DataArray, dim: str, place: int) -> xr.DataArray:
    """Give a labelled array at one place on a dimension, without it."""
    if type(array) is not xr.DataArray:
        return array.isel({dim: place}, drop=True)
    dims = array.variable.dims
    values = array.values[(slice(None),) * dims.index(dim) + (place,)]
    coordinates, indexes = (
        {name: held for name, held in kept.items() if name != dim} for kept in (array.coords.variables, array.xindexes)
    )
    return _as_labelled(tuple(name for name in dims if name != dim), values, coordinates, indexes)


def _as_labelled(
    dims: tuple[Hashable, ...], array: np.ndarray, coordinates: Mapping[Any, Any], indexes: Mapping[Any, Any]
) -> xr.DataArray:
    """Put an array and known coordinates together: the usual way copies all that hangs on them, which costs more than
    the arithmetic of a block."""
    return xr.DataArray(
        xr.Variable(dims, np.asanyarray(array), fastpath=True),
        coords=dict(coordinates),
        indexes=dict(indexes),
        fastpath=True,
    )


@lru_cache(maxsize=256)
def _coordinates(labels: tuple[tuple[str, tuple[str, ...] | int], ...]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Coordinates of a set of labels and their indexes; built once."""
    made = {dim: _coordinate(dim, names) for dim, names in labels if not isinstance(names, int)}
    return {dim: variable for dim, (variable, _) in made.items()}, {dim: index for dim, (_, index) in made.items()}


@lru_cache(maxsize=256)
def _coordinate(dim: str, names: tuple[str, ...]) -> tuple[xr.Variable, Any]:
    """Coordinate of one dimension and its index; arrays with other dimensions beside it share them."""
    made = xr.Coordinates({dim: list(names)})
    return made.variables[dim], made.xindexes[dim]


def labelled(value: object, labels: Mapping[str, Sequence[str]], name: str) -> xr.DataArray:
    """Read what a user gave for one parameter as a labelled array, checked against the declared labels.

    A number; a mapping of label to number (nested for several dimensions); a pair ``(dimensions, values)``; a pandas
    Series or DataFrame; or a DataArray. Dimensions ``draw``, ``cycle`` (one value for each model cycle) and
    ``in_state`` (cycles spent in a state) need no labels; ``from`` and ``to`` have those of ``state``.

    >>> labelled({"A": 1.0, "B": 2.0}, {"strategy": ["A", "B"]}, "price").sel(strategy="B").item()
    2.0
    """
    known = {FROM: labels[STATE], TO: labels[STATE], **labels} if STATE in labels else labels
    if isinstance(value, xr.DataArray):
        array = value
    elif isinstance(value, numbers.Real):
        array = xr.DataArray(one_number(value, name))
    elif isinstance(value, Mapping):
        array = _from_mapping(value, labels, name)
    elif isinstance(value, pd.Series | pd.DataFrame):
        array = _from_pandas(value, labels, name)
    elif isinstance(value, tuple) and len(value) == 2 and not isinstance(value[0], numbers.Real):
        dims = (value[0],) if isinstance(value[0], str) else tuple(value[0])
        array = _on_dimensions(np.asarray(value[1], dtype=float), dims, known, name)
    else:
        raise AlignmentError(
            f"'{name}' is {type(value).__name__}; give a number, a mapping of label to number, "
            "a pair (dimension, values), such as ('state', [1, 0.8, 0]), a pandas Series or DataFrame, or an xarray "
            "DataArray"
        )
    return _checked(array, known, name)


def refuse_other_dimensions(old: xr.DataArray, new: xr.DataArray, name: str) -> None:
    """Raise `AlignmentError` for values by other labels than those they take the place of; they may have more."""
    lost = [dim for dim in old.dims if dim not in (*new.dims, DRAW)]
    if lost and any(dim not in (*old.dims, DRAW) for dim in new.dims):
        given = " and ".join(str(dim) for dim in new.dims if dim != DRAW)
        raise AlignmentError(f"'{name}' is given by {' and '.join(map(str, old.dims))}, not by {given}")


def times(array: xr.DataArray, factor: xr.DataArray) -> xr.DataArray:
    """Multiply by a factor; where its dimensions are the last ones of the array, without aligning labels again."""
    if array.dims[array.ndim - factor.ndim :] != factor.dims:
        return array * factor
    return with_data(array, array.values * factor.values)


def with_data(array: xr.DataArray, values: np.ndarray) -> xr.DataArray:
    """Give other values of the same shape the labels of an array."""
    return _as_labelled(array.dims, values, array.coords.variables, array.xindexes)


def one_number(value: object, name: str) -> float:
    """Read a number that a user gave for a parameter at one label; True, text and lists are none.

    >>> one_number("1.500", "price")
    Traceback (most recent call last):
    hecon.errors.AlignmentError: 'price' is '1.500' (str); it must be a number
    """
    if value is None:
        return float("nan")
    if isinstance(value, np.ndarray | xr.DataArray) and not value.ndim:
        value = value.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise AlignmentError(f"'{name}' is {value!r:.40} ({type(value).__name__}); it must be a number")
    return float(value)


def _from_mapping(value: Mapping[Any, Any], labels: Mapping[str, Sequence[str]], name: str) -> xr.DataArray:
    levels: list[list[Any]] = []
    level: Any = value
    while isinstance(level, Mapping):
        levels.append(list(level))
        level = next(iter(level.values()))
    dims = []
    for keys in levels:
        for key in keys:
            text_label(key, name)
        fits = [dim for dim, names in labels.items() if set(keys) <= set(names) and dim not in dims]
        if len(fits) != 1:
            known = "; ".join(f"{dim}: {', '.join(map(str, names))}" for dim, names in labels.items())
            problem = "are labels of no declared dimension" if not fits else f"fit {' and '.join(fits)}"
            raise AlignmentError(f"'{name}': the keys {', '.join(map(str, keys))} {problem} ({known})")
        dims.append(fits[0])

    def collect(node: Any, depth: int) -> Any:
        if depth == len(dims):
            return one_number(node, name)
        names = labels[dims[depth]]
        missing = [label for label in names if label not in node]
        if missing:
            raise AlignmentError(f"'{name}' has no value for {dims[depth]} {', '.join(map(str, missing))}")
        return [collect(node[label], depth + 1) for label in names]

    return _on_dimensions(np.asarray(collect(value, 0), dtype=float), tuple(dims), labels, name)


def _from_pandas(value: pd.Series | pd.DataFrame, labels: Mapping[str, Sequence[str]], name: str) -> xr.DataArray:
    """Read a series, or a frame of rows and columns: by the names of its indexes, else by the labels on them."""
    series = value.stack() if isinstance(value, pd.DataFrame) else value
    if not isinstance(series, pd.Series) or not series.index.is_unique:
        raise AlignmentError(f"'{name}': a label stands twice in its index")
    if all(level is not None for level in series.index.names):
        return xr.DataArray.from_series(series)
    nested: dict[Any, Any] = {}
    for at, number in series.items():
        node = nested
        *path, last = at if isinstance(at, tuple) else (at,)
        for label in path:
            node = node.setdefault(label, {})
        node[last] = number
    return _from_mapping(nested, labels, name)


def _on_dimensions(
    values: np.ndarray, dims: tuple[str, ...], labels: Mapping[str, Sequence[str]], name: str
) -> xr.DataArray:
    if values.ndim != len(dims):
        raise AlignmentError(f"'{name}' has {values.ndim} dimensions but {len(dims)} names: {', '.join(dims)}")
    for dim, size in zip(dims, values.shape, strict=True):
        if dim in COUNTED and dim not in labels:
            continue
        if dim != DRAW and dim not in labels:
            raise UnknownNameError(f"'{name}': there is no dimension '{dim}'.{did_you_mean(dim, labels)}")
        if dim != DRAW and size != len(labels[dim]):
            raise AlignmentError(f"'{name}' has {size} values for the {len(labels[dim])} labels of '{dim}'")
    return xr.DataArray(
        values, dims=dims, coords={dim: list(labels[dim]) for dim in dims if dim != DRAW and dim in labels}
    )


def is_plain(array: xr.DataArray) -> bool:
    """Whether an array holds numbers, and nothing beside their labels."""
    return bool(array.dtype == float and array.name is None and not array.attrs)


def _as_declared(array: xr.DataArray, axes: Axes, labels: Mapping[str, Sequence[str]]) -> bool:
    """Whether an array has the labels that are declared, and nothing else, so that there is nothing to correct."""
    if not is_plain(array) or DRAW in axes.dims[1:] or len(array.coords) != sum(dim in labels for dim in axes.dims):
        return False
    return all(names == tuple(labels[dim]) if dim in labels else dim in COUNTED for dim, names in axes.labels.items())


def _checked(array: xr.DataArray, labels: Mapping[str, Sequence[str]], name: str) -> xr.DataArray:
    axes = own_axes(array)
    if _as_declared(array, axes, labels):
        return wrap(array.values.astype(float), axes)
    for dim in map(str, array.dims):
        if dim == DRAW or (dim in COUNTED and dim not in labels):
            continue
        if dim not in labels:
            raise UnknownNameError(f"'{name}': there is no dimension '{dim}'.{did_you_mean(dim, labels)}")
        if dim not in array.coords:
            raise AlignmentError(f"'{name}': dimension '{dim}' has no labels; give it the coordinate {dim}")
        have, want = array.coords[dim].values.tolist(), list(labels[dim])
        for label in have:
            text_label(label, name)
        if sorted(map(str, have)) != sorted(map(str, want)):
            raise AlignmentError(
                f"'{name}': the labels of '{dim}' are {_show(tuple(have))}, but {_show(tuple(want))} are declared"
            )
        if have != want:
            array = array.sel({dim: want})
    array = array.astype(float)
    if DRAW in array.dims:
        array = array.transpose(DRAW, ...)
    array = array.drop_vars([dim for dim in COUNTED if dim not in labels or dim == DRAW], errors="ignore")
    return array.reset_coords(drop=True)


class _ExactJoins:
    """While a thread is in it, arithmetic on labelled arrays raises where labels differ.

    xarray's option belongs to the whole process, so the first thread to enter sets it and the last one puts it back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads = 0
        self._option: Any = None

    def __enter__(self) -> None:
        with self._lock:
            self._threads += 1
            if self._threads == 1:
                options: Any = xr.set_options  # which xarray leaves untyped
                self._option = options(arithmetic_join="exact")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._threads -= 1
            if self._threads == 0:
                self._option.__exit__(None, None, None)


exact_joins = _ExactJoins()


def text_label(label: object, what: str) -> str:
    """Give a label back if it is text, else raise `AlignmentError`: 1 is not '1'."""
    if not isinstance(label, str):
        rule = f"labels are text, such as '{label}'"
        raise AlignmentError(f"'{what}': the label {label!r} is {type(label).__name__}; {rule}")
    return label


def one_of(label: str, known: Iterable[str], what: str) -> str:
    """Give `label` back if it is known, else raise `UnknownNameError` with the nearest one."""
    known = list(known)
    if label not in known:
        hint, names = did_you_mean(label, known), list(map(str, known))
        many = f".{hint} There are {len(names)}, {some_of(names)}"
        raise UnknownNameError(
            f"there is no {what} '{label}'" + (many if len(names) > MOST_LISTED else f" ({', '.join(names)}).{hint}")
        )
    return label
