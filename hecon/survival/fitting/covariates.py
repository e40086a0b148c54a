"""Covariates of a fit: their columns, and which parameter each acts on."""

from __future__ import annotations

import numbers
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np
import pandas as pd

from hecon.errors import Fault, InputError, did_you_mean
from hecon.frozen import frozen
from hecon.survival.fitting.data import SOURCE

ALL = "all"
#: Which covariates act on which parameter, ``"all"`` of them on all, or None: on the location of the family.
ActingOn = Mapping[str, str | Sequence[str]] | str | None


@frozen
class Covariates:
    """Columns of covariates. A factor (texts) has a column for each level but its first; a number has one column.

    >>> list(Covariates.read({"arm": ["A", "B", "B"]}, 3).terms(["arm"]))
    ['arm B']
    """

    size: int
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Mapping[str, object] | pd.DataFrame | None, size: int) -> Covariates:
        """Read covariates by name: numbers, or texts.

        Levels stand in the order of a pandas categorical, else sorted, as R has them: the first is the reference, and
        a fit does not hang on the order of the rows.
        """
        levels: dict[str, tuple[str, ...]] = {}
        values: dict[str, np.ndarray] = {}
        faults: list[Fault] = []
        for name, raw in given.items() if given is not None else ():
            column = pd.Series(raw).reset_index(drop=True)
            if len(column) != size:
                faults.append(Fault(str(name), f"has {len(column)} rows where time has {size}; give one for each row"))
                continue
            if column.isna().any():
                row = int(np.flatnonzero(column.isna())[0]) + 1
                faults.append(Fault(f"{name}, row {row}", "is missing; a covariate has a value in every row"))
                continue
            if pd.api.types.is_numeric_dtype(column):
                values[str(name)] = column.to_numpy(dtype=float)
                if np.ptp(values[str(name)]) == 0:
                    faults.append(Fault(str(name), f"is {column[0]:g} in every row; a covariate must vary"))
                continue
            met = tuple(sorted(map(str, column.unique())))
            if isinstance(column.dtype, pd.CategoricalDtype):
                met = tuple(label for label in map(str, column.cat.categories) if label in met)
            if len(met) < 2:
                faults.append(Fault(str(name), f"is '{met[0]}' in every row; a covariate must vary"))
            levels[str(name)] = met
            values[str(name)] = column.astype(str).to_numpy()
        if faults:
            raise InputError(SOURCE, faults)
        return cls(size, levels, values)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the covariates."""
        return tuple(self.values)

    def only(self, names: Collection[str]) -> Covariates:
        """Give some of the covariates, in their order."""
        levels = {name: labels for name, labels in self.levels.items() if name in names}
        return Covariates(self.size, levels, {name: values for name, values in self.values.items() if name in names})

    def acting_on(self, parameters: Sequence[str], location: str, on: ActingOn) -> dict[str, tuple[str, ...]]:
        """Give the covariates of each parameter: `on` as given, ``"all"``, or every covariate on the location."""
        if on is None:
            return {name: self.names if name == location else () for name in parameters}
        if on == ALL:
            return dict.fromkeys(parameters, self.names)
        if not isinstance(on, Mapping):
            what = f"is {on!r}; it must be 'all', or say which covariates act on which parameter"
            raise InputError(SOURCE, [Fault("on", what)])
        faults = []
        chosen: dict[str, tuple[str, ...]] = dict.fromkeys(parameters, ())
        for name, items in on.items():
            several = (items,) if isinstance(items, str) else tuple(items)
            if name not in parameters:
                hint = did_you_mean(name, parameters)
                faults.append(Fault("on", f"has '{name}', no parameter of the family ({', '.join(parameters)}).{hint}"))
                continue
            for item in several:
                if item not in self.names:
                    known = ", ".join(self.names) or "none"
                    faults.append(Fault("on", f"has covariate '{item}', which is not given ({known})"))
            chosen[name] = several
        if faults:
            raise InputError(SOURCE, faults)
        return chosen

    def terms(self, names: Sequence[str]) -> Iterator[str]:
        """Name the columns of some covariates."""
        for name in names:
            yield from (f"{name} {level}" for level in self.levels[name][1:]) if name in self.levels else (name,)

    def matrix(self, names: Sequence[str]) -> np.ndarray:
        """Give the columns of some covariates for every row, after a column of 1."""
        columns = [np.ones(self.size)]
        for name in names:
            if name in self.levels:
                columns += [(self.values[name] == level).astype(float) for level in self.levels[name][1:]]
            else:
                columns.append(self.values[name])
        return np.stack(columns, axis=1)

    def row(self, names: Sequence[str], at: Mapping[str, Any]) -> np.ndarray:
        """Give the columns of some covariates at given values, after a 1."""
        columns = [1.0]
        for name in names:
            if name in self.levels:
                columns += [float(str(at[name]) == level) for level in self.levels[name][1:]]
            else:
                columns.append(float(at[name]))
        return np.array(columns)

    def checked(self, at: Mapping[str, object]) -> Mapping[str, Any]:
        """Check the values at which a curve is wanted: one for each covariate, a level or a number."""
        faults = [
            Fault(name, f"is no covariate of the fit ({', '.join(self.names) or 'it has none'})")
            for name in at
            if name not in self.names
        ]
        for name in self.names:
            if name not in at:
                faults.append(Fault(name, "is not given; a curve needs a value of every covariate"))
            elif name in self.levels and str(at[name]) not in self.levels[name]:
                hint = did_you_mean(str(at[name]), self.levels[name])
                faults.append(Fault(name, f"is '{at[name]}'; it must be one of {', '.join(self.levels[name])}.{hint}"))
            elif name not in self.levels and not isinstance(at[name], numbers.Real):
                faults.append(Fault(name, f"is {at[name]!r}; it must be a number"))
        if faults:
            raise InputError("the covariates of a curve", faults)
        return at
