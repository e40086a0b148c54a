"""Individual survival data, checked: times, events, entries, intervals, weights and background rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hecon.errors import Fault
from hecon.survival.fitting.observations import broken_rules, faulty_rows, refuse, vectors_of

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

    def __repr__(self) -> str:
        counts = {
            "between two times": int(self.is_interval.sum()),
            "entered late": int((self.entry > 0).sum()),
            "weighted": int((self.weight != 1).sum()),
        }
        shown = "".join(f", {count} {words}" for words, count in counts.items() if count)
        return f"{self.size} rows, {self.events} events{shown}, times to {self.middle.max():.4g}"


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
    if (event is None) == (upper is None):
        refuse([Fault("event", "give either event (1 or 0 for each time) or upper (the end of each interval)")], SOURCE)
    rows = vectors_of(
        SOURCE, time=time, event=event, upper=upper, entry=entry, weights=weights, background=background
    )  # fmt: skip
    faults = broken_rules(rows)
    times = rows["time"]
    if "event" in rows:
        happens = rows["event"] == 1
        at_0 = happens & (times == 0)
        faults += faulty_rows(at_0, "time", times, "an event needs a time above 0 (half the smallest step, say)")
        ends = np.where(happens, times, np.inf)
    else:
        ends = rows["upper"]
        faults += faulty_rows(~(ends >= times), "upper", ends, "an interval ends where it begins, or later")
        faults += faulty_rows(ends == 0, "upper", ends, "an event needs a time above 0")
    entries, weight = rows.get("entry", np.zeros(len(times))), rows.get("weights", np.ones(len(times)))
    rates = rows.get("background")
    if not faults:
        happened = np.isfinite(ends) & (weight > 0)
        if len(times) < 2:
            faults.append(
                Fault("time", f"has {len(times)} row{'s' if len(times) != 1 else ''}; a fit needs at least 2")
            )
        elif not weight.any():
            faults.append(Fault("weights", "are all 0; at least one patient must count"))
        elif not happened.any():
            faults.append(
                Fault("event", f"has no event among {len(times)} rows: all are censored, and no curve can be fitted")
            )
        if rates is not None and (np.isfinite(ends) & (ends > times)).any():
            faults.append(Fault("background", "cannot be combined with intervals: background rates need exact times"))
    refuse(faults, SOURCE)
    return SurvivalData(times, ends, entries, weight, rates)
