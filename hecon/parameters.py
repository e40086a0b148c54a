"""What a model sees as ``p``: every parameter by name, with its labels, and nothing else.

The model never learns which analysis it is in: in a batch the same names hold arrays with a leading
``draw`` dimension.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

from hecon.errors import Fault, InputError, UnknownNameError, did_you_mean
from hecon.frozen import frozen
from hecon.labels import Axes, own_axes, wrap
from hecon.measured import Measure, is_measured, measured, read_off
from hecon.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


@frozen(eq=True)
class Alternatives:
    """Rows of Curves of which one is in use for a strategy and endpoint, and the number (from 1) of that one."""

    rows: Sequence[Mapping[str, Any]]
    number: xr.DataArray


class Parameters:
    """Parameter values by name (`p.drug_price`), each a DataArray on its own dimensions.

    `homes` says, for a workbook, on which sheet a missing parameter belongs. An unknown name raises
    `UnknownNameError`; one that has a home sheet raises `InputError` naming the sheet. `alternatives`, by strategy and
    endpoint, are curves among which a live workbook chooses.
    """

    def __init__(
        self,
        values: Mapping[str, xr.DataArray],
        labels: Mapping[str, tuple[str, ...]],
        settings: Settings,
        tables: Mapping[str, pd.DataFrame] | None = None,
        source: str = "the case",
        homes: Mapping[str, str] | None = None,
        alternatives: Mapping[tuple[str, str], Alternatives] | None = None,
    ) -> None:
        self._values = dict(values)
        self._are_measured = any(map(is_measured, self._values.values()))
        self._homes = dict(homes or {})
        self.source = source
        self._memory: dict[object, object] = {}
        self._asked: set[str] = set()
        self.labels = dict(labels)
        self.settings = settings
        self.alternatives = dict(alternatives or {})
        self.tables = Tables(tables or {}, source)

    def __getattr__(self, name: str) -> xr.DataArray:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            value = self._values[name]
        except KeyError:
            raise self._unknown(name) from None
        self._asked.add(name)
        return value

    def __getitem__(self, name: str) -> xr.DataArray:
        return getattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._values]

    def part(self, name: str, **at: str) -> xr.DataArray:
        """Give one parameter at some labels, without those dimensions: ``p.part("rate", family="exponential")``."""
        array = getattr(self, name)
        index: list[int | slice] = [slice(None)] * array.ndim
        kept: dict[str, tuple[str, ...] | int] = {}
        for place, (dim, names) in enumerate(own_axes(array).labels.items()):
            if dim in at:
                index[place] = self.position(dim, at[dim], array)
            else:
                kept[dim] = names
        return read_off(wrap(array.values[(*index, ...)], Axes(kept)), array)

    def position(self, dim: str, label: str, array: xr.DataArray) -> int:
        """Place of a label on a dimension of an array."""
        known = own_axes(array).labels[dim]
        names = () if isinstance(known, int) else known
        if label not in names:
            raise UnknownNameError(f"there is no {dim} '{label}' ({', '.join(names)}).{did_you_mean(label, names)}")
        return names.index(label)

    def told(self, array: xr.DataArray, measure: Measure) -> xr.DataArray:
        """Give what hecon computed from parameters its unit, where parameters carry theirs."""
        return measured(array, measure) if self._are_measured else array

    def seen(self, name: str) -> xr.DataArray | None:
        """Give a parameter that does not count as asked for by that; None where there is none."""
        return self._values.get(name)

    def ask(self, names: Iterable[str]) -> None:
        """Count parameters as asked for, where what was made from them is used again."""
        self._asked.update(names)

    def never_asked(self) -> tuple[str, ...]:
        """Names of the parameters that nobody has asked for yet, in their order."""
        return tuple(name for name in self._values if name not in self._asked)

    def remember(self, key: object, value: object = None) -> object:
        """Keep what was built once for these values (a curve, a dose plan); without a value, recall it or None."""
        if value is not None:
            self._memory[key] = value
        return self._memory.get(key)

    def recalled(self, kind: str) -> dict[str, Any]:
        """Everything remembered under keys ``(kind, name)``, by name."""
        return {str(key[1]): value for key, value in self._memory.items() if isinstance(key, tuple) and key[0] == kind}

    def forget(self) -> None:
        """Let go of what was remembered: curves hold on to their parameters, a ring that keeps a block's memory."""
        self._memory.clear()

    def _unknown(self, name: str) -> Exception:
        home = self._homes.get(name)
        if home is not None:
            rule = f"the model asks for parameter '{name}', which belongs on sheet '{home}', and it is not there"
            return InputError(self.source, [Fault(home, rule)])
        return UnknownNameError(
            f"there is no parameter '{name}' in {self.source}.{did_you_mean(name, self._values)}"
            f" Parameters: {', '.join(sorted(self._values)) or 'none'}."
        )


def records_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a sheet, each a mapping of column to cell; pandas' own ``to_dict`` takes five times as long.

    >>> import pandas as pd
    >>> records_of(pd.DataFrame({"drug": ["x", "y"], "size": [1, 2]}))
    [{'drug': 'x', 'size': 1}, {'drug': 'y', 'size': 2}]
    """
    names = list(map(str, table.columns))
    return [dict(zip(names, row, strict=True)) for row in table.to_numpy(dtype=object).tolist()]


def records_by(table: pd.DataFrame | None, column: str) -> dict[Any, list[dict[str, Any]]]:
    """Give the rows of a sheet by what they have in a column, in their order; none where there is no such sheet.

    >>> import pandas as pd
    >>> list(records_by(pd.DataFrame({"drug": ["y", "x", "y"], "size": [1, 2, 3]}), "drug"))
    ['y', 'x']
    """
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in [] if table is None else records_of(table):
        found.setdefault(row[column], []).append(row)
    return found


def letters_of(table: pd.DataFrame) -> dict[str, str]:
    """Give the letter that each column of a structure sheet has in the workbook; by its place where it is not known."""
    from hecon.excel.addresses import letters

    known = table.attrs.get("letters")
    return known or {name: letters(place) for place, name in enumerate(n for n in table.columns if n != "row")}


class Tables(Mapping[str, "pd.DataFrame"]):
    """The structure sheets by name; one that is absent raises `InputError` naming it."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], source: str) -> None:
        self._tables = dict(tables)
        self._source = source

    def __getitem__(self, sheet: str) -> pd.DataFrame:
        if sheet not in self._tables:
            raise InputError(
                self._source, [Fault(sheet, f"the model needs sheet '{sheet}', and it is missing or empty")]
            )
        return self._tables[sheet]

    def __contains__(self, sheet: object) -> bool:
        return sheet in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)
