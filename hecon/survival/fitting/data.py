"""Individual survival data, checked: times, events, entries, intervals, weights and background rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hecon.errors import Fault
from hecon.survival.fitting.observations import faulty_rows, refuse

SOURCE = "the survival data"


@dataclass(frozen=True, eq=False, repr=False)
class SurvivalData:
    """Times of individuals, one row each, in any unit of time.

    `lower` and `upper`: the event happened at `lower` where both are equal, between them where they differ, after
    `lower` where `upper` is infinite (right-censored). `entry`: when the individual came under observation (left
    truncation). `weight`: how often the row counts. `background`: the hazard of the general population at `lower`.
    """

    lower: np.ndarray
    upper: np.ndarray
    entry: np.ndarray
    weight: np.ndarray
    background: np.ndarray | None = None

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.lower)

    @property
    def is_event(self) -> np.ndarray:
        """Rows whose event has an exact time."""
        return self.lower == self.upper

    @property
    def is_censored(self) -> np.ndarray:
        """Rows that are right-censored."""
        return np.isinf(self.upper)

    @property
    def is_interval(self) -> np.ndarray:
        """Rows whose event lies between two times."""
        return ~self.is_event & ~self.is_censored

    @property
    def events(self) -> int:
        """Number of rows with an event, at an exact time or in an interval."""
        return int((~self.is_censored).sum())

    @property
    def middle(self) -> np.ndarray:
        """One time for each row: exact, censored, or halfway through its interval."""
        return np.where(self.is_censored, self.lower, (self.lower + np.where(self.is_censored, 0, self.upper)) / 2)


def survival_data(
    time: object,
    event: object = None,
    *,
    entry: object = None,
    upper: object = None,
    weights: object = None,
    background: object = None,
) -> SurvivalData:
    """Check individual data, and give them as `SurvivalData`; every fault is named with its argument and row.

    `time`: numbers of at least 0. `event`: 1 where the event happened at `time`, 0 where the row is right-censored;
    or instead `upper`: the event happened between `time` and `upper` (equal: at that time; infinite: after `time`).

    >>> survival_data([2.0, 3.5, 4.0], [1, 0, 1]).events
    2
    >>> survival_data([2.0, -1.0], [1, 2])
    Traceback (most recent call last):
    ...
    hecon.errors.InputError: 2 problems in the survival data
      time, row 2    is -1; a time is a finite number of at least 0
      event, row 2   is 2; an event is coded 1 (it happened) or 0 (censored)
    """
    faults: list[Fault] = []
    times = _numbers("time", time, faults)
    given = {
        name: _numbers(name, value, faults, len(times))
        for name, value in (
            ("event", event),
            ("upper", upper),
            ("entry", entry),
            ("weights", weights),
            ("background", background),
        )
        if value is not None
    }
    if (event is None) == (upper is None):
        faults.append(Fault("event", "give either event (1 or 0 for each time) or upper (the end of each interval)"))
    refuse(faults, SOURCE)
    faults += faulty_rows(
        ~(np.isfinite(times) & (times >= 0)), "time", times, "a time is a finite number of at least 0"
    )
    if "event" in given:
        told = given["event"]
        coded = "an event is coded 1 (it happened) or 0 (censored)"
        faults += faulty_rows(~np.isin(told, (0, 1)), "event", told, coded)
        at_0 = (told == 1) & (times == 0)
        faults += faulty_rows(at_0, "time", times, "an event needs a time above 0 (half the smallest step, say)")
        ends = np.where(told == 1, times, np.inf)
    else:
        ends = given["upper"]
        faults += faulty_rows(~(ends >= times), "upper", ends, "an interval ends where it begins, or later")
        faults += faulty_rows(ends == 0, "upper", ends, "an event needs a time above 0")
    entries = given.get("entry", np.zeros(len(times)))
    faults += faulty_rows(
        ~(np.isfinite(entries) & (entries >= 0)), "entry", entries, "an entry is a time of at least 0"
    )
    late = (entries >= times) & (entries > 0)
    faults += faulty_rows(late, "entry", entries, "entry comes before the time of the same row")
    weight = given.get("weights", np.ones(len(times)))
    faults += faulty_rows(
        ~(np.isfinite(weight) & (weight >= 0)), "weights", weight, "a weight is a number of at least 0"
    )
    rates = given.get("background")
    if rates is not None:
        faults += faulty_rows(
            ~(np.isfinite(rates) & (rates >= 0)), "background", rates, "a rate is a number of at least 0"
        )
    if not faults:
        happened = np.isfinite(ends) & (weight > 0)
        if len(times) < 2:
            faults.append(
                Fault("time", f"has {len(times)} row{'s' if len(times) != 1 else ''}; a fit needs at least 2")
            )
        elif not happened.any():
            faults.append(
                Fault("event", f"has no event among {len(times)} rows: all are censored, and no curve can be fitted")
            )
        if rates is not None and (np.isfinite(ends) & (ends > times)).any():
            faults.append(Fault("background", "cannot be combined with intervals: background rates need exact times"))
    refuse(faults, SOURCE)
    return SurvivalData(times, ends, entries, weight, rates)


def _numbers(name: str, value: object, faults: list[Fault], size: int | None = None) -> np.ndarray:
    """Read an argument as a vector of numbers; True and False count as 1 and 0."""
    try:
        array = np.asarray(value, dtype=float).ravel()
    except (TypeError, ValueError):
        faults.append(Fault(name, f"is {_shown(value)}; it must be a list of numbers, one for each row"))
        return np.zeros(size or 0)
    if size is not None and len(array) != size:
        faults.append(Fault(name, f"has {len(array)} rows where time has {size}; give one for each row"))
        return np.zeros(size)
    return array


def _shown(value: Any) -> str:
    for item in value if isinstance(value, Sequence) and not isinstance(value, str) else [value]:
        try:
            float(item)
        except (TypeError, ValueError):
            return repr(item)
    return type(value).__name__
