"""Individual survival data as given, checked once: every fault by argument and row."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hecon.errors import Fault, InputError

#: Faults of one rule that a message lists before it counts the rest.
LISTED = 5


@dataclass(frozen=True, eq=False)
class Observations:
    """Right-censored times, with entry times (left truncation) and weights; arrays of one row a patient."""

    time: np.ndarray
    event: np.ndarray
    entry: np.ndarray
    weights: np.ndarray

    @property
    def events(self) -> float:
        """Sum of the weights of the events."""
        return float(self.weights[self.event].sum())

    def __getitem__(self, rows: np.ndarray) -> Observations:
        return Observations(self.time[rows], self.event[rows], self.entry[rows], self.weights[rows])

    def __len__(self) -> int:
        return len(self.time)


def observations(time: object, event: object, entry: object = None, weights: object = None) -> Observations:
    """Check individual data: times of at least 0, events 0 or 1, entry before time, weights of at least 0.

    Raises `InputError` with every fault by argument and row, counted from 1.
    """
    times = vector_of(time, "time")
    size = len(times)
    events = vector_of(event, "event", size)
    entries = np.zeros(size) if entry is None else vector_of(entry, "entry", size)
    masses = np.ones(size) if weights is None else vector_of(weights, "weights", size)
    faults = faulty_rows(times < 0, "time", times, "a time is at least 0")
    faults += faulty_rows(~np.isin(events, (0, 1)), "event", events, "an event is 1, a censored time 0")
    faults += faulty_rows(masses < 0, "weights", masses, "a weight is at least 0")
    faults += faulty_rows(entries < 0, "entry", entries, "a time of entry is at least 0")
    if entry is not None:
        for row in np.flatnonzero((entries >= times) & (entries >= 0))[:LISTED]:
            what = f"is {entries[row]:g}, the time {times[row]:g}; a patient enters before the time ends"
            faults.append(Fault(f"entry, row {row + 1}", what))
    if not size:
        faults = [Fault("time", "is empty; give one time for each patient")]
    elif not faults and not masses.sum() > 0:
        faults = [Fault("weights", "are all 0; at least one patient must count")]
    refuse(faults)
    return Observations(times, events == 1, entries, masses)


def vector_of(values: object, name: str, size: int | None = None) -> np.ndarray:
    """Give an argument as a vector of finite numbers, as many as there are rows; or raise, by row."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        refuse([_not_a_number(values, name)])
    if array.ndim != 1:
        refuse([Fault(name, f"has {array.ndim} dimensions; give a vector, one number for each patient")])
    if size is not None and len(array) != size:
        refuse([Fault(name, f"has {len(array)} rows, but time has {size}; give one for each patient")])
    refuse(faulty_rows(~np.isfinite(array), name, array, "every row needs a finite number"))
    return array


def groups(
    values: object, name: str, size: int, order: Iterable[Hashable] | None = None
) -> tuple[np.ndarray, list[Hashable]]:
    """Give the number of each row's group and the groups, in sorted order unless one is given."""
    labels = pd.Series(np.asarray(values, dtype=object).ravel())
    if len(labels) != size:
        refuse([Fault(name, f"has {len(labels)} rows, but time has {size}; give one for each patient")])
    refuse([Fault(f"{name}, row {row + 1}", "is blank") for row in np.flatnonzero(labels.isna())[:LISTED]])
    known = sorted(labels.unique(), key=str) if order is None else list(order)
    if set(labels) != set(known):
        missing = [label for label in [*labels.unique(), *known] if (label in set(labels)) != (label in known)]
        refuse([Fault(name, f"has the groups {_listed(labels.unique())}, the order {_listed(known)}: {missing[0]}")])
    place = {label: number for number, label in enumerate(known)}
    return labels.map(place).to_numpy(dtype=int), known


def _listed(labels: Iterable[object]) -> str:
    return ", ".join(map(str, labels))


def refuse(faults: list[Fault], source: str = "the individual data") -> None:
    """Raise `InputError` with these faults, if there are any."""
    if faults:
        raise InputError(source, faults)


def faulty_rows(wrong: np.ndarray, name: str, values: np.ndarray, rule: str) -> list[Fault]:
    """Give a fault for each of the first few rows that break a rule, and the number of the rest."""
    rows = np.flatnonzero(wrong)
    faults = [Fault(f"{name}, row {row + 1}", f"is {values[row]:g}; {rule}") for row in rows[:LISTED]]
    if len(rows) > LISTED:
        faults.append(Fault(name, f"breaks the same rule in {len(rows) - LISTED} more rows: {rule}"))
    return faults


def _not_a_number(values: object, name: str) -> Fault:
    for row, value in enumerate(values if isinstance(values, list | tuple | np.ndarray | pd.Series) else ()):
        try:
            float(value)
        except (TypeError, ValueError):
            return Fault(f"{name}, row {row + 1}", f"is {value!r}; every row needs a finite number")
    return Fault(name, f"is {type(values).__name__}; give a vector, one number for each patient")
