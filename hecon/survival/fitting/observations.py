"""Individual survival data as given, checked once: every fault by argument and row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from hecon.errors import Fault, InputError
from hecon.frozen import frozen

#: Faults of one rule that a message lists before it counts the rest.
LISTED = 5


@frozen
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


#: What the number in a row of an argument may be, and the rule in words.
_RULES: Mapping[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "time": (lambda x: np.isfinite(x) & (x >= 0), "a time is a finite number of at least 0"),
    "event": (lambda x: np.isin(x, (0, 1)), "an event is coded 1 (it happened) or 0 (censored)"),
    "entry": (lambda x: np.isfinite(x) & (x >= 0), "an entry is a time of at least 0"),
    "weights": (lambda x: np.isfinite(x) & (x >= 0), "a weight is a number of at least 0"),
    "background": (lambda x: np.isfinite(x) & (x >= 0), "a rate is a number of at least 0"),
}
_SOURCE = "the individual data"


def vectors_of(source: str = _SOURCE, needed: Sequence[str] = ("time",), **given: object) -> dict[str, np.ndarray]:
    """Give arguments as vectors of numbers, as long as the first, `time`; or raise, by row.

    An argument that is None is left out, but for those that are `needed`.
    """
    found: dict[str, np.ndarray] = {}
    faults: list[Fault] = []
    for name, values in given.items():
        if values is not None or name in needed:
            size = len(found["time"]) if "time" in found else None
            array, wrong = _vector(values, name, size)
            faults += wrong
            found[name] = array
            if wrong and name == "time":
                break
    refuse(faults, source)
    return found


def broken_rules(rows: Mapping[str, np.ndarray]) -> list[Fault]:
    """Give a fault for each row that breaks the rule of its argument, and for each entry that comes too late."""
    faults = []
    for name, (holds, rule) in _RULES.items():
        if name in rows:
            faults += faulty_rows(~holds(rows[name]), name, rows[name], rule)
    if "entry" in rows:
        entry, time = rows["entry"], rows["time"]
        late = (entry >= time) & (entry > 0)
        faults += faulty_rows(late, "entry", entry, "a patient enters before the time of the same row, {}", time)
    return faults


def observations(time: object, event: object, entry: object = None, weights: object = None) -> Observations:
    """Check individual data: times of at least 0, events 0 or 1, entry before time, weights of at least 0.

    Raises `InputError` with every fault by argument and row, counted from 1.
    """
    rows = vectors_of(needed=("time", "event"), time=time, event=event, entry=entry, weights=weights)
    faults = broken_rules(rows)
    size = len(rows["time"])
    masses = rows.get("weights", np.ones(size))
    if not size:
        faults = [Fault("time", "is empty; give one time for each patient")]
    elif not faults and not masses.sum() > 0:
        faults = [Fault("weights", "are all 0; at least one patient must count")]
    refuse(faults)
    return Observations(rows["time"], rows["event"] == 1, rows.get("entry", np.zeros(size)), masses)


def vector_of(values: object, name: str, size: int | None = None) -> np.ndarray:
    """Give an argument as a vector of finite numbers, as many as there are rows; or raise, by row."""
    array, faults = _vector(values, name, size)
    refuse(faults or faulty_rows(~np.isfinite(array), name, array, "every row needs a finite number"))
    return array


def _vector(values: object, name: str, size: int | None = None) -> tuple[np.ndarray, list[Fault]]:
    """Give an argument as a vector of numbers (True and False count as 1 and 0), and what is wrong with its form."""
    if values is None:
        return np.zeros(0), [Fault(name, "is not given; give one number for each patient")]
    if np.asarray(values).dtype.kind in "mM":
        return np.zeros(0), [Fault(name, "holds dates or durations; give times since the start as numbers")]
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return np.zeros(0), [_not_a_number(values, name)]
    if array.ndim != 1:
        return array, [Fault(name, f"has {array.ndim} dimensions; give a vector, one number for each patient")]
    if size is not None and len(array) != size:
        return array, [Fault(name, f"has {len(array)} rows, but time has {size}; give one for each patient")]
    return array, []


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


def refuse(faults: list[Fault], source: str = _SOURCE) -> None:
    """Raise `InputError` with these faults, if there are any."""
    if faults:
        raise InputError(source, faults)


def faulty_rows(
    wrong: np.ndarray, name: str, values: np.ndarray, rule: str, beside: np.ndarray | None = None
) -> list[Fault]:
    """Give a fault for each of the first few rows that break a rule, and the number of the rest.

    A rule with a place for it names the value of the same row of `beside`.
    """
    rows = np.flatnonzero(wrong)
    others = values if beside is None else beside
    faults = [
        Fault(f"{name}, row {row + 1}", f"is {values[row]:g}; {rule.format(f'{others[row]:g}')}")
        for row in rows[:LISTED]
    ]
    if len(rows) > LISTED:
        general = rule.replace(", {}", "")
        faults.append(Fault(name, f"breaks the same rule in {len(rows) - LISTED} more rows: {general}"))
    return faults


def _not_a_number(values: object, name: str) -> Fault:
    for row, value in enumerate(values if isinstance(values, list | tuple | np.ndarray | pd.Series) else ()):
        try:
            float(value)
        except (TypeError, ValueError):
            return Fault(f"{name}, row {row + 1}", f"is {value!r}; every row needs a finite number")
    return Fault(name, f"is {type(values).__name__}; give a vector, one number for each patient")
