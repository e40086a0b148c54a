"""Costs and effects of a probabilistic analysis as plain arrays on (draw, strategy), checked once.

The thin layer of labels around the decision and value-of-information analyses: it takes numpy arrays, pandas frames
or labelled arrays from any model, finds the names of the strategies, and refuses what is not a finite number. Behind
it everything is numpy.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from hecon.domains import LARGEST
from hecon.errors import AlignmentError, Fault, HeconError, InputError, UnknownNameError
from hecon.frozen import frozen
from hecon.labels import DRAW, STRATEGY, one_of

#: So many faults of an array are listed one by one.
ENTRIES_LISTED = 10
#: Net benefits closer than this share of the amounts they are the difference of are equal.
TIE = 1e-12

#: Steps of the curves over the thresholds.
_STEPS = 40

#: Anything that becomes an array of shape (draw, strategy): numpy, pandas, xarray, nested lists.
ArrayLike = npt.ArrayLike | pd.DataFrame | pd.Series | xr.DataArray
Groups = Mapping[str, Sequence[str] | str] | Sequence[str | Sequence[str]] | str | None


@frozen
class Sample:
    """Costs and effects of every draw and strategy: two arrays of shape (draw, strategy), and the names."""

    costs: np.ndarray
    effects: np.ndarray
    strategies: tuple[str, ...]

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.costs)

    def net_benefit(self, threshold: float) -> np.ndarray:
        """Net monetary benefit (draw, strategy) = threshold x effect - cost; at infinity the effects themselves."""
        return self.effects if np.isinf(threshold) else threshold * self.effects - self.costs

    def shares(self, threshold: float) -> np.ndarray:
        """Share of each draw (draw, strategy) that goes to its best strategy; tied strategies share it evenly."""
        benefit = self.net_benefit(threshold)
        scale = np.abs(self.effects) * (1.0 if np.isinf(threshold) else threshold)
        if not np.isinf(threshold):
            scale += np.abs(self.costs)
        best = benefit >= benefit.max(axis=1, keepdims=True) - TIE * scale.max(axis=1, keepdims=True)
        return best / best.sum(axis=1, keepdims=True)

    def best(self, threshold: float) -> int:
        """Place of the strategy with the highest expected net benefit; of tied ones the first."""
        return int(self.net_benefit(threshold).mean(axis=0).argmax())

    def gains(self, threshold: float) -> np.ndarray:
        """What each other strategy gains over the best one on average: net benefit (draw, strategy - 1)."""
        benefit, best = self.net_benefit(threshold), self.best(threshold)
        return np.delete(benefit, best, axis=1) - benefit[:, [best]]


def sample(costs: ArrayLike, effects: ArrayLike, strategies: Sequence[str] | None = None) -> Sample:
    """Check costs and effects and find the names of the strategies.

    Both have shape (draw, strategy). The names are `strategies`, or the columns of a DataFrame, or the labels of a
    labelled array, or "strategy 1", "strategy 2", ... Raises `InputError` naming the draw (counted from 0) and the
    strategy of every value that is missing or infinite, and `AlignmentError` where the shapes or the names differ.

    >>> sample([[1, 2], [3, 4]], [[0, 1], [1, 1]]).strategies
    ('strategy 1', 'strategy 2')
    """
    cost, cost_names = _array(costs, "costs")
    effect, effect_names = _array(effects, "effects")
    if cost.shape != effect.shape:
        raise AlignmentError(f"costs have shape {cost.shape} and effects {effect.shape}; both must be (draw, strategy)")
    if cost.shape[0] < 2 or cost.shape[1] < 1:
        raise AlignmentError(f"costs have shape {cost.shape}; there must be at least 2 draws of 1 strategy")
    names = _names(strategies, cost_names, effect_names, cost.shape[1])
    faults = _not_finite(cost, names, "cost of ") + _not_finite(effect, names, "effect of ")
    if faults:
        raise InputError("costs and effects", _listed(faults))
    return Sample(cost, effect, names)


def means(
    costs: ArrayLike, effects: ArrayLike, strategies: Sequence[str] | None = None
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Mean cost and effect of each strategy, of numbers (strategy,) or of draws (draw, strategy), and the names.

    >>> means([[1, 2], [3, 4]], [[0, 1], [1, 1]], ["old", "new"])
    (array([2., 3.]), array([0.5, 1. ]), ('old', 'new'))
    """
    (cost, cost_names), (effect, effect_names) = _mean(costs, "costs"), _mean(effects, "effects")
    if cost.shape != effect.shape:
        raise AlignmentError(f"there are {len(cost)} costs and {len(effect)} effects; both must be one a strategy")
    if not (np.isfinite(cost).all() and np.isfinite(effect).all()):
        raise AlignmentError("costs and effects must be finite numbers")
    return cost, effect, _names(strategies, cost_names, effect_names, len(cost))


def _mean(values: ArrayLike, what: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Mean over the draws, if there are any, and the names that the values bring."""
    if np.ndim(values) != 1:
        array, names = _array(values, what)
        return array.mean(axis=0), names
    names = tuple(map(str, values.index)) if isinstance(values, pd.Series) and values.index.dtype != int else ()
    if isinstance(values, xr.DataArray) and STRATEGY in values.coords:
        names = tuple(map(str, values.coords[STRATEGY].values))
    return np.asarray(values, dtype=float), names


def _names(
    given: Sequence[str] | None, of_costs: tuple[str, ...], of_effects: tuple[str, ...], count: int
) -> tuple[str, ...]:
    """Names of the strategies: as given, or as the arrays say, or numbered."""
    if of_costs and of_effects and of_costs != of_effects:
        raise AlignmentError(
            f"strategies differ: costs have {', '.join(of_costs)}, effects have {', '.join(of_effects)}"
        )
    names = tuple(map(str, given)) if given is not None else of_costs or of_effects
    names = names or tuple(f"strategy {number + 1}" for number in range(count))
    if len(names) != count:
        raise AlignmentError(f"{len(names)} strategies ({', '.join(names)}) for {count} columns of costs")
    if len(set(names)) != len(names):
        raise AlignmentError(f"the names of the strategies must be different: {', '.join(names)}")
    return names


def _array(values: ArrayLike, what: str) -> tuple[np.ndarray, tuple[str, ...]]:
    names: tuple[str, ...] = ()
    if isinstance(values, pd.DataFrame):
        names = tuple(map(str, values.columns))
    elif isinstance(values, xr.DataArray):
        if set(values.dims) != {DRAW, STRATEGY}:
            raise AlignmentError(
                f"{what} have the dimensions {', '.join(map(str, values.dims))}; they must be draw and strategy. "
                "Choose one horizon with .sel(horizon=...)"
            )
        values = values.transpose(DRAW, STRATEGY)
        names = tuple(map(str, values.coords[STRATEGY].values)) if STRATEGY in values.coords else ()
    try:
        array = np.array(values, dtype=float, order="F")  # strategies are columns: each one contiguous
    except (TypeError, ValueError) as problem:
        raise AlignmentError(f"{what} must be numbers on (draw, strategy): {problem}") from None
    if array.ndim != 2:
        raise AlignmentError(f"{what} have shape {array.shape}; they must be (draw, strategy)")
    return array, names


def _not_finite(array: np.ndarray, names: Sequence[str], prefix: str = "") -> list[Fault]:
    rows, columns = np.nonzero(~np.isfinite(array))
    return [
        Fault(f"draw {row}, {prefix}{names[column]}", f"is {array[row, column]:g}; every draw needs a finite number")
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]


def _listed(faults: list[Fault]) -> list[Fault]:
    rest = len(faults) - ENTRIES_LISTED
    return faults if rest <= 0 else [*faults[:ENTRIES_LISTED], Fault("and", f"{rest} more of the same kind")]


def thresholds(willingness_to_pay: float | Iterable[float], *, finite: bool = False) -> tuple[float, ...]:
    """Check one or more thresholds: numbers from 0 to infinity, in the given order.

    `finite` refuses infinity, where money has no value and an amount of money has no meaning.

    >>> thresholds(50_000), thresholds([0, float("inf")])
    ((50000.0,), (0.0, inf))
    """
    if isinstance(willingness_to_pay, str):
        raise HeconError(f"willingness_to_pay is the text '{willingness_to_pay}'; it must be a number, such as 50000")
    listed = np.atleast_1d(np.asarray(willingness_to_pay, dtype=float)).ravel().tolist()
    if not listed:
        raise HeconError("willingness_to_pay is empty; give at least one threshold, such as 50000")
    for value in listed:
        if not value >= 0:
            raise HeconError(f"willingness_to_pay {value:g} must be a number from 0 up")
        if finite and np.isinf(value):
            raise HeconError("willingness_to_pay is infinite: an amount of money needs a finite threshold")
        if LARGEST < value < np.inf:
            raise HeconError(f"willingness_to_pay {value:g} must be at most {LARGEST:g}")
    return tuple(listed)


def curve_levels(levels: Iterable[float], steps: int = _STEPS) -> list[float]:
    """Thresholds along a curve: evenly spaced from 0 to twice the highest of `levels`, and these themselves.

    >>> curve_levels([50_000], steps=2)
    [0.0, 50000.0, 100000.0]
    """
    listed = list(levels)
    return sorted({*np.linspace(0, 2 * max(listed), steps + 1).tolist(), *listed})


def sampled_inputs(parameters: pd.DataFrame | Mapping[str, ArrayLike], draws: int) -> pd.DataFrame:
    """Check the table of sampled inputs: one row a draw, one column an input, finite numbers only.

    A frame, a mapping of name to numbers, an array (draw, input), or an xarray Dataset on draw and labels.

    Raises `AlignmentError` where its length is not the number of draws, `InputError` naming draw and input of every
    value that is not a finite number; no draw is ever dropped.
    """
    rule = "parameters must be a table of numbers (draw, input)"
    try:
        table = _flat(parameters) if hasattr(parameters, "data_vars") else pd.DataFrame(parameters)
    except (TypeError, ValueError) as problem:
        raise AlignmentError(f"{rule}: {problem}") from None
    names = [str(name) for name in table.columns]
    array = np.empty(table.shape)
    for place, name in enumerate(names):
        try:
            array[:, place] = table.iloc[:, place].to_numpy(dtype=float)
        except (TypeError, ValueError) as problem:
            raise AlignmentError(f"{rule}; '{name}' is no column of numbers: {problem}") from None
    if len(array) != draws:
        raise AlignmentError(f"parameters have {len(array)} draws, costs and effects {draws}")
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise AlignmentError(f"parameters have columns of the same name: {', '.join(twice)}")
    faults = _not_finite(array, names)
    if faults:
        raise InputError("parameters", _listed(faults))
    return pd.DataFrame(array, columns=names)


def _flat(parameters: Any) -> pd.DataFrame:
    """Give the variables of an xarray Dataset as columns, one for each label: ``price · A``."""
    columns: dict[str, np.ndarray] = {}
    for name, array in parameters.data_vars.items():
        if DRAW not in array.dims:
            raise AlignmentError(
                f"'{name}' has the dimensions {', '.join(map(str, array.dims))}, none of which is draw"
            )
        table = array.transpose(DRAW, ...)
        for place in np.ndindex(table.shape[1:]):
            labels = [str(table.coords[dim].values[i]) for dim, i in zip(table.dims[1:], place, strict=True)]
            columns[" · ".join([str(name), *labels])] = table.values[(slice(None), *place)]
    return pd.DataFrame(columns)


def listed_groups(groups: Mapping[str, Sequence[str] | str] | Sequence[str | Sequence[str]]) -> dict[str, list[str]]:
    """Names of each group by its name: a group that stands in a list without one is called by its names.

    >>> listed_groups(["price", ["shape", "scale"]])
    {'price': ['price'], 'shape, scale': ['shape', 'scale']}
    """
    if not isinstance(groups, Mapping):
        groups = {", ".join(map(str, _members_of(group))): group for group in groups}
    listed = {str(group): _members_of(names) for group, names in groups.items()}
    for group, names in listed.items():
        if not names:
            raise HeconError(f"group '{group}' names no input; a group is a list of at least one of them")
    return listed


def _members_of(group: Sequence[str] | str) -> list[str]:
    return list(group) if isinstance(group, Iterable) and not isinstance(group, str) else [group]


def refuse_number(groups: object) -> None:
    """Raise `HeconError` for a number in the place of groups: most likely a threshold, which stands elsewhere."""
    if isinstance(groups, numbers.Real | np.ndarray):
        rule = "groups are names of inputs, or left out for every input alone"
        raise HeconError(f"groups is {groups}; {rule}. A threshold is given by name: willingness_to_pay={groups}")


def named_groups(groups: Groups, known: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Groups of inputs by name: a mapping as it is, a list as one group an entry, None as every input alone.

    >>> named_groups({"survival": ["shape", "scale"]}, ["shape", "scale", "price"])
    {'survival': ('shape', 'scale')}
    >>> named_groups(None, ["shape", "price"])
    {'shape': ('shape',), 'price': ('price',)}
    """
    if groups is None:
        return {name: (name,) for name in known}
    refuse_number(groups)
    found = {}
    for group, names in listed_groups([groups] if isinstance(groups, str) else groups).items():
        if len(set(names)) != len(names):
            raise HeconError(f"group '{group}' names an input twice: {', '.join(map(str, names))}")
        try:
            found[group] = tuple(one_of(name, known, "input") for name in names)
        except UnknownNameError as error:
            alone = [group] == [str(name) for name in names]
            raise UnknownNameError(str(error) if alone else f"group '{group}': {error}") from None
    if not found:
        raise HeconError("groups is empty; leave it out to have every input alone")
    return found
