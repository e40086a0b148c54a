"""Pseudo-individual data: times and events that give back a published Kaplan-Meier curve and its numbers at risk.

The inverse of the Kaplan-Meier estimator of Guyot, Ades, Ouwens and Welton (BMC Medical Research Methodology 12:9,
2012), in integers throughout: between two printed numbers at risk as many leave as the table says, so the table is met
exactly. How many of those are events follows from how far the curve falls, if the others leave evenly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pandas as pd

from hecon.errors import Fault, InputError
from hecon.frozen import frozen
from hecon.survival.fitting.cox import cox
from hecon.survival.fitting.digitised import Digitised, digitised
from hecon.survival.fitting.kaplan_meier_estimate import KaplanMeierEstimate, kaplan_meier
from hecon.survival.fitting.observations import refuse, vector_of

_SOURCE = "the reconstruction"
#: A table of numbers at risk that goes on for longer than this many times the curve may be in another unit of time.
_OTHER_UNIT = 6.0


@dataclass(frozen=True, eq=False)
class PseudoIndividualData:
    """Reconstructed patients: `time` and `event`, with the evidence they were made from and `notes` in words."""

    time: np.ndarray
    event: np.ndarray
    points: Digitised
    risk_table: pd.DataFrame
    total_events: int | None
    notes: tuple[str, ...]

    @cached_property
    def estimate(self) -> KaplanMeierEstimate:
        """Kaplan-Meier estimate of the reconstructed patients."""
        return kaplan_meier(self.time, self.event)

    def report(self, *, median: float | None = None, survival: Mapping[float, float] | None = None) -> pd.DataFrame:
        """Compare published and reconstructed: measure, time, published, reconstructed, difference.

        Rows: numbers at risk at the printed times, events, the curve (root of the mean square and largest distance to
        the clean points, beside 0), and the published median and survival at times, where given.
        """
        rows: list[tuple[str, float, float, float]] = []
        found = self.estimate.at(self.risk_table["time"].to_numpy())["at_risk"]
        rows += [
            ("at_risk", *row) for row in zip(self.risk_table["time"], self.risk_table["at_risk"], found, strict=True)
        ]
        total = np.nan if self.total_events is None else float(self.total_events)
        rows.append(("events", np.nan, total, float(self.event.sum())))
        off = np.abs(self.estimate.curve.survival(self.points.time) - self.points.survival)
        rows.append(("curve_root_mean_square", np.nan, 0.0, float(np.sqrt(np.mean(off**2)))))
        worst = int(np.argmax(off))
        rows.append(("curve_largest", float(self.points.time[worst]), 0.0, float(off[worst])))
        if median is not None:
            rows.append(("median", np.nan, median, self.estimate.median()[0]))
        for time, share in (survival or {}).items():
            rows.append(("survival", time, share, float(self.estimate.curve.survival(time))))
        table = pd.DataFrame(rows, columns=["measure", "time", "published", "reconstructed"])
        return table.assign(difference=table["reconstructed"] - table["published"])

    def __repr__(self) -> str:
        median = self.estimate.median()[0]
        return f"{len(self.time)} reconstructed patients, {self.event.sum():d} events, median {median:.4g}"


def pseudo_individual_data(
    time: object,
    survival: object,
    *,
    at_risk: Mapping[float, int] | None = None,
    patients: int | None = None,
    total_events: int | None = None,
) -> PseudoIndividualData:
    """Reconstruct individual data from points of a digitised Kaplan-Meier curve.

    `at_risk`: printed time -> number at risk, from time 0 on; or, where none are printed, `patients` at the start.
    `total_events`, where published, is met exactly. Without it those after the last printed number leave at the rate
    seen before it, and without numbers at risk nobody is censored before the end.

    An event stands where the curve, a straight line between points, is half way through it; the censored stand evenly
    between two printed times. Raises `InputError`: numbers at risk that grow, a curve that falls when nobody is at
    risk, more events than patients, and what `digitised` refuses.

    >>> points = [0, 1, 2, 3, 4], [1, 0.9, 0.75, 0.7, 0.55]
    >>> data = pseudo_individual_data(*points, at_risk={0: 40, 2: 28, 4: 15})
    >>> data
    40 reconstructed patients, 16 events, median inf
    >>> data.estimate.at([0, 2, 4])["at_risk"].tolist()
    [40.0, 28.0, 15.0]
    """
    points = digitised(time, survival)
    starts, numbers_at_risk, notes = _risk_table(points, at_risk, patients)
    if total_events is not None and not 0 <= total_events <= numbers_at_risk[0]:
        words = f"is {total_events}, but there are {numbers_at_risk[0]} patients"
        refuse([Fault("total_events", words)], _SOURCE)
    intervals, natural = _intervals(points, starts, numbers_at_risk)
    events = natural if total_events is None else _with_total(intervals, natural, total_events)
    if total_events is not None and sum(events) != total_events:
        words = f"is {total_events}, but the numbers at risk allow {sum(events)} at the nearest"
        refuse([Fault("total_events", words)], _SOURCE)
    times: list[np.ndarray] = []
    kinds: list[np.ndarray] = []
    reached = 1.0
    for interval, count in zip(intervals, events, strict=True):
        interval = interval.begun_at(reached)
        reached *= interval.kept(count)
        for found, kind in interval.placed(count):
            times.append(found)
            kinds.append(np.full(len(found), kind))
    every, event = np.concatenate(times), np.concatenate(kinds)
    order = np.lexsort((1 - event, every))
    table = pd.DataFrame({"time": starts, "at_risk": numbers_at_risk})
    return PseudoIndividualData(every[order], event[order], points, table, total_events, (*points.notes, *notes))


def _risk_table(
    points: Digitised, at_risk: Mapping[float, int] | None, patients: int | None
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Check the numbers at risk; times and whole numbers, from time 0."""
    if at_risk is None:
        if patients is None:
            raise InputError(_SOURCE, [Fault("at_risk", "is missing; give the numbers at risk, or of patients")])
        at_risk = {0.0: patients}
    starts = vector_of(list(at_risk), "at_risk")
    given = vector_of(list(at_risk.values()), "at_risk")
    faults = []
    for row, (start, number) in enumerate(zip(starts, given, strict=True), start=1):
        where = f"at_risk, row {row}"
        if number < 0 or number != round(number):
            faults.append(Fault(where, f"is {number:g} at time {start:g}; a number at risk is a whole number"))
        elif row > 1 and start <= starts[row - 2]:
            faults.append(Fault(where, f"has time {start:g} after {starts[row - 2]:g}; times must increase"))
        elif row > 1 and number > given[row - 2]:
            faults.append(
                Fault(where, f"grows from {given[row - 2]:g} to {number:g} at time {start:g}; it never grows")
            )
    if not len(starts) or starts[0] != 0:
        faults.append(Fault("at_risk", "must begin at time 0, with all patients"))
    elif patients is not None and patients != given[0]:
        faults.append(Fault("patients", f"is {patients}, but {given[0]:g} are at risk at time 0"))
    elif given[0] < 2:
        faults.append(Fault("at_risk", f"is {given[0]:g} at time 0; a reconstruction needs at least two patients"))
    refuse(faults, _SOURCE)
    gone = np.flatnonzero(given == 0)
    if len(gone):
        last = starts[gone[0]]
        fallen = points.at(last) - points.survival[-1]
        if points.time[-1] > last and fallen > 0.02:
            words = f"is 0 at time {last:g}, but the curve goes on falling to {points.time[-1]:g}"
            refuse([Fault(f"at_risk, row {gone[0] + 1}", words)], _SOURCE)
    notes = []
    end, printed = points.time[-1], starts[-1]
    if end < printed and given[-1] > 0:
        unit = "; are its times in years beside a table in months?" if printed > _OTHER_UNIT * end else ""
        notes.append(f"the curve ends at {end:g}; nothing happens from there to {printed:g}{unit}")
    elif len(starts) > 1 and end > 2 * printed:
        notes.append(
            f"the curve goes on to {end:g}, the numbers at risk end at {printed:g}: who was at risk then is guessed"
        )
    return starts, given.astype(int), notes


@frozen
class _Interval:
    """From one printed number at risk to the next: `at_risk` at the start, `left` at the end (None after the last).

    `edges` and `survival`: the points of the curve inside, with both ends.
    """

    edges: np.ndarray
    survival: np.ndarray
    at_risk: int
    left: int | None
    #: The share of those at risk censored per unit of time, for the last interval when nothing else tells.
    censoring: float = 0.0

    @property
    def leaving(self) -> int:
        return self.at_risk - (self.left or 0)

    def expected(self, censored: float) -> np.ndarray:
        """Events up to each edge if so many are censored evenly: steps of n (1 - S / S before), n less each time."""
        length = max(self.edges[-1] - self.edges[0], 1e-300)
        gone = censored * np.diff(self.edges) / length
        # A point at which somebody is left is never reached with nobody left.
        ratio = np.divide(self.survival[1:], self.survival[:-1], out=np.zeros(len(gone)), where=self.survival[:-1] > 0)
        n, total, sums = float(self.at_risk), 0.0, [0.0]
        for step, kept in zip(gone, ratio, strict=True):
            # Half of the step's censored leave before its events, on average.
            dying = max(n - step / 2, 0.0) * (1 - kept)
            n, total = max(n - step - dying, 0.0), total + dying
            sums.append(total)
        return np.array(sums)

    def begun_at(self, survival: float) -> _Interval:
        """Give the interval with the survival that the reconstruction has at its start: misses end there."""
        return replace(self, survival=np.minimum(np.append(survival, self.survival[1:]), survival))

    def kept(self, count: int) -> float:
        """Share of the Kaplan-Meier estimate at the start that is left at the end, with so many events."""
        (events, _), (censored, _) = self.placed(count)
        at_risk = self.at_risk - np.arange(count) - np.searchsorted(censored, events)
        return float(np.prod(1 - 1 / at_risk))

    def natural(self) -> int:
        """Events that the curve asks for."""
        if self.left is None:
            length = self.edges[-1] - self.edges[0]
            censored = self.at_risk * (1 - np.exp(-self.censoring * length))
            return int(np.clip(round(self.expected(censored)[-1]), 0, self.leaving))
        # The miss grows with the number of events: the nearest is where it passes 0.
        above = bisect_left(range(self.leaving + 1), 0.0, key=self.miss)
        beside = [count for count in (above - 1, above) if 0 <= count <= self.leaving]
        return min(beside, key=lambda count: abs(self.miss(count)))

    def miss(self, count: int) -> float:
        """How far a number of events is above what the curve gives when the rest is censored."""
        return count - min(float(self.expected(self._censored(count))[-1]), float(self.leaving))

    def _censored(self, count: int) -> float:
        return self._open(count) if self.left is None else float(self.leaving - count)

    def _open(self, count: int) -> float:
        """Censored before the end of the last interval under which the curve gives so many events."""
        low, high = 0.0, float(self.at_risk - count)
        if self.expected(low)[-1] <= count:
            return low
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if self.expected(middle)[-1] > count else (low, middle)
        return (low + high) / 2

    def placed(self, count: int) -> list[tuple[np.ndarray, int]]:
        """Times of the events and of the censored, all after the first edge and before the last."""
        before = self._censored(count)
        sums = self.expected(before)
        if sums[-1] > 0:
            # Each event where the curve is half way through it: at most half an event off, early or late.
            found = np.interp((np.arange(count) + 0.5) / max(count, 1), sums / sums[-1], self.edges)
        else:  # events that the curve does not show
            found = _between(self.edges[0], self.edges[-1], count)
        early = min(round(before), self.leaving - count)
        censored = _between(self.edges[0], self.edges[-1], early)
        late = np.full(self.leaving - count - early, self.edges[-1])
        return [(found, 1), (np.concatenate([censored, late]), 0)]


def _between(start: float, end: float, number: int) -> np.ndarray:
    """So many times strictly between two others, evenly."""
    return start + (end - start) * (np.arange(number) + 0.5) / max(number, 1)


def _intervals(points: Digitised, starts: np.ndarray, at_risk: np.ndarray) -> tuple[list[_Interval], list[int]]:
    """Cut the curve at the printed times; each part, and the events it asks for."""
    ends = np.append(starts[1:], max(points.time[-1], starts[-1]))
    lefts = [*at_risk[1:].tolist(), None]
    intervals, counts = [], []
    passed, censored, reached = 0.0, 0.0, 1.0
    for start, end, number, left in zip(starts, ends, at_risk.tolist(), lefts, strict=True):
        if number == 0:
            break
        if left is None and end == start:
            intervals.append(_Interval(np.array([start, end]), np.array([reached, reached]), number, None))
            counts.append(0)
            break
        inside = (points.time > start) & (points.time < end)
        edges = np.concatenate([[start], points.time[inside], [end]])
        survival = np.concatenate([points.at([start]), points.survival[inside], points.at([end])])
        survival = np.minimum.accumulate(survival)
        rate = censored / passed if passed > 0 else 0.0
        interval = _Interval(edges, survival, number, left, rate).begun_at(reached)
        count = interval.natural()
        intervals.append(interval)
        counts.append(count)
        reached *= interval.kept(count)
        if left is not None:
            censored += interval.leaving - count
            passed += (number + left) / 2 * (end - start)
    return intervals, counts


def _with_total(intervals: Sequence[_Interval], natural: Sequence[int], total: int) -> list[int]:
    """Change the events of the intervals to a total where that moves the survival curve least."""
    counts = list(natural)

    @cache
    def cost(place: int, count: int) -> float:
        part = intervals[place]
        return float(part.survival[0] * part.miss(count) / part.at_risk) ** 2

    while sum(counts) != total:
        step = 1 if sum(counts) < total else -1
        open_ = [place for place, count in enumerate(counts) if 0 <= count + step <= intervals[place].leaving]
        if not open_:
            return counts
        if len(open_) == 1:  # nothing to choose from: all at once
            place = open_[0]
            counts[place] = int(np.clip(counts[place] + total - sum(counts), 0, intervals[place].leaving))
            continue
        best = min(open_, key=lambda place: cost(place, counts[place] + step) - cost(place, counts[place]))
        counts[best] += step
    return counts


def reconstruction_report(
    arms: Mapping[str, PseudoIndividualData], *, reference: str, hazard_ratio: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Compare arms reconstructed from one figure: the hazard ratio against `reference` by Cox, beside the published.

    `hazard_ratio`: arm -> published ratio. Columns: arm, published, reconstructed, low, high, ratio_of_ratios.

    >>> arms = {name: pseudo_individual_data([0, 5, 10], [1, fall, fall**2], patients=60)
    ...         for name, fall in (("A", 0.8), ("B", 0.6))}
    >>> reconstruction_report(arms, reference="B", hazard_ratio={"A": 0.45}).round(2)["reconstructed"].tolist()
    [0.45]
    """
    if reference not in arms:
        refuse([Fault("reference", f"is '{reference}'; the arms are {', '.join(arms)}")], _SOURCE)
    rows, base = [], arms[reference]
    for name, data in arms.items():
        if name == reference:
            continue
        both = np.r_[data.time, base.time], np.r_[data.event, base.event]
        row = cox(*both, {name: np.r_[np.ones(len(data.time)), np.zeros(len(base.time))]}).table().iloc[0]
        published = (hazard_ratio or {}).get(name, np.nan)
        rows.append([name, published, row["hazard_ratio"], row["low"], row["high"], row["hazard_ratio"] / published])
    return pd.DataFrame(rows, columns=["arm", "published", "reconstructed", "low", "high", "ratio_of_ratios"])
