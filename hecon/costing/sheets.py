"""Reading the tables that costing is made of: faults by row, and each table once for a timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

import numpy as np

from hecon.errors import Fault, InputError, LineError
from hecon.labels import STRATEGY
from hecon.timeline import Timeline

if TYPE_CHECKING:
    from hecon.parameters import Parameters

DRUG = "drug"
#: Things that one timeline keeps: those of a few scenarios, which change a table.
KEPT = 32
Built = TypeVar("Built")
_BUILT: WeakKeyDictionary[Timeline, dict[tuple[object, ...], tuple[object, object]]] = WeakKeyDictionary()


def once_for(
    table: str,
) -> Callable[[Callable[[Parameters, Timeline], Built]], Callable[[Parameters, Timeline], Built]]:
    """Let a function of one table (and the labels) run once for a timeline: it serves all blocks of draws and all runs.

    Such a function may look at nothing of ``p`` but that table and the labels, for its result is given to others. The
    timeline that it gets is that of doses, so that runs that discount, or follow patients, in other ways share it.
    """

    def decorate(read: Callable[[Parameters, Timeline], Built]) -> Callable[[Parameters, Timeline], Built]:
        @wraps(read)
        def remembered(p: Parameters, time: Timeline) -> Built:
            frame = p.tables[table]
            kept = _BUILT.setdefault(time.of_doses, {})
            key = (read.__qualname__, id(frame), tuple(p.labels.get(STRATEGY, ())), tuple(p.labels.get(DRUG, ())))
            found = kept.get(key)
            if found is None:
                while len(kept) >= KEPT:
                    kept.pop(next(iter(kept)), None)
                # The frame is kept too: its id cannot pass to another table.
                found = kept[key] = (frame, read(p, time.of_doses))
            return cast("Built", found[1])

        return remembered

    return decorate


@dataclass
class Findings:
    """Faults of one sheet, collected and raised together."""

    sheet: str
    source: str
    faults: list[tuple[int | None, str]] = field(default_factory=list)

    def add(self, row: int | None, what: str) -> None:
        """Note a fault of an Excel row (None: of a table that was made in Python)."""
        if (row, what) not in self.faults:
            self.faults.append((row, what))

    def stop(self) -> None:
        """Raise what was found: `InputError` by row, or `LineError` where the table has no Excel rows."""
        if not self.faults:
            return
        if any(row is None for row, _ in self.faults):
            raise LineError(f"{self.sheet}: " + "; ".join(what for _, what in self.faults))
        raise InputError(self.source, [Fault(f"{self.sheet}!row {row}", what) for row, what in self.faults])


def blank(value: Any) -> bool:
    """Say whether a cell is blank: None, NaN, NA or empty text."""
    if isinstance(value, str | float):  # most cells
        return value != value or value == ""
    import pandas as pd

    return bool(np.ndim(value) == 0 and pd.isna(value))
