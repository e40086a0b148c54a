"""The rows of the parameter sheets, as sources of uncertainty are read off them; faults and notes go on lists."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hecon.errors import Fault
from hecon.inputs.joint import Key, nearest_correlation
from hecon.parameters import records_of

SourceRow = dict[str, Any]
Find = Callable[[str, Sequence[str]], int]


class SourceRows:
    """The rows by place, with their names, keys and fault list."""

    def __init__(
        self,
        parameters: pd.DataFrame,
        names: Sequence[str],
        labels: Sequence[tuple[str, ...]],
        tables: Mapping[str, pd.DataFrame],
        faults: list[Fault],
        notes: list[str],
    ) -> None:
        self.rows: list[SourceRow] = records_of(parameters)
        self.names, self.tables, self.faults, self.notes = names, tables, faults, notes
        self.keys: list[Key] = [(row["parameter"], own) for row, own in zip(self.rows, labels, strict=True)]

    def fault(self, place: int, what: str) -> None:
        """Put a fault of a row on the list."""
        self.faults.append(Fault(str(self.rows[place].get("cell") or self.names[place]), what))

    def number(self, place: int, column: str) -> float:
        """Number in a cell of a row; NaN where it is blank."""
        value = self.rows[place].get(column)
        return math.nan if value is None or value == "" else float(value)

    def text(self, place: int, column: str) -> str:
        """Text in a cell of a row."""
        value = self.rows[place].get(column)
        return value.strip() if isinstance(value, str) else ""

    def table(self, sheet: str) -> list[SourceRow]:
        """Rows of a structure sheet; none where it is absent."""
        frame = self.tables.get(sheet)
        return [] if frame is None else records_of(frame)

    def where(self, sheet: str, number: object, column: str) -> str:
        """Address of a cell of a structure sheet; its row, where the table came from Python."""
        letter = self.tables[sheet].attrs.get("letters", {}).get(column)
        return f"{sheet}!{letter}{number}" if letter else f"{sheet} row {number}"

    def grouped(self, places: Sequence[int]) -> dict[str, list[int]]:
        """Give places by the group of their rows."""
        groups: dict[str, list[int]] = {}
        for place in places:
            groups.setdefault(self.text(place, "group"), []).append(place)
        return groups

    def possible_correlation(self, correlation: np.ndarray, words: str) -> np.ndarray:
        """Give a matrix of correlations, or the nearest one that there can be, with a note."""
        if np.linalg.eigvalsh(correlation).min() >= -1e-8:
            return correlation
        nearest = nearest_correlation(correlation)
        moved = np.abs(nearest - correlation).max()
        self.notes.append(
            f"{words}: no inputs can have these correlations together; the nearest possible ones are used, "
            f"which moves them by up to {moved:.3f}"
        )
        return nearest


def connected(pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Groups of what hangs together by pairs."""
    groups: list[set[int]] = []
    for pair in pairs:
        touched = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if not group & set(pair)]
        groups.append(set(pair).union(*touched))
    return groups
