"""Who is in a state at any time: on the days of doses, or once at a year."""

from __future__ import annotations

from dataclasses import field

import numpy as np

from hecon.domains import AT_LEAST_0
from hecon.errors import HeconError
from hecon.flows import Flow, SharesAtTimes
from hecon.frozen import frozen
from hecon.labels import EDGE, Axes, one_of
from hecon.states.occupancy import Occupancy
from hecon.symbols.draft import named
from hecon.timeline import DoseDays, Timeline


@frozen
class _InState(SharesAtTimes):
    """Shares of those in a state (or alive), on the straight line between the edges about each time."""

    time: Timeline
    name: str
    edges: np.ndarray
    axes: Axes
    _known: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    @property
    def between_edges(self) -> bool:
        """Shares are known at cycle edges only."""
        return True

    def at(self, times: np.ndarray) -> np.ndarray:
        """Give the shares at times; what comes after the last horizon has the shares there, and is never counted."""
        for known, values in self._known:
            if known is times:
                return values
        found = self.edges
        if times is not self.time.edges:
            shares = named(self.name, self.edges, self.axes, EDGE, "share")
            found = self.time.between_edges(shares, np.minimum(times, self.time.edges[-1]))
        self._known.append((times, found))
        return found


@frozen
class _Everybody(SharesAtTimes):
    """All of the cohort, dead or alive."""

    time: Timeline
    axes: Axes = Axes({})

    def at(self, times: np.ndarray) -> np.ndarray:
        """Give 1 at each time."""
        return np.ones(len(times))


def share_in(state: Occupancy, name: str | None = None) -> Flow:
    """Share of the cohort in a state (or alive) on the days of doses, and at the start of each cycle.

    The flow of those on treatment where they are treated while in a state: ``he.cost("Drug", he.states.share_in(state,
    "stable"), he.drug_cost(p, time))``. On a day inside a cycle the share lies on the straight line between its edges.

    >>> import hecon as he
    >>> time = he.Timeline.regular(he.Settings(horizons=(2,), cycle_length=1, cycle_unit="year"))
    >>> transitions = he.Transitions(["well", "dead"], {("well", "dead"): 0.2})
    >>> share_in(he.markov(time, transitions, "well"), "well").values.round(4).tolist()
    [1.0, 0.8]
    """
    words = f"Share {name or 'alive'}"
    shares = state.living() if name is None else state.within(one_of(name, state.states, "state"))
    return Flow(state.time, "start", _InState(state.time, words, shares.values(), shares.axes), words, name or "")


def once_at(time: Timeline, year: float, state: Occupancy | None = None, name: str | None = None) -> Flow:
    """Give everybody once, at a time in years: the flow of what is done or paid at a fixed time after the start.

    With the `state` of a model those alive at that time; with the `name` of one of its states those in it. It is
    discounted at that time and counts for horizons after it; no cycle enters. Raises `HeconError` for a negative year.

    >>> import hecon as he
    >>> time = he.Timeline.regular(he.Settings(horizons=(5,), cycle_length=1, cycle_unit="year"))
    >>> state = he.partition(time, overall=he.Exponential(0.1))
    >>> flow = once_at(time, 2, state)
    >>> flow.shares.at(flow.days.years).round(4).tolist()
    [0.8187]
    """
    if isinstance(year, bool) or not isinstance(year, int | float | np.number) or not AT_LEAST_0.hold(float(year)):
        raise HeconError(f"year is {year!r}; it must be a number that is at least 0")
    shares = _Everybody(time) if state is None else share_in(state, name).shares
    words = f"Once, at year {float(year):g}"
    whose = "" if state is None else f", {name or 'alive'}"
    return Flow(time, "start", shares, words + whose, name or "", DoseDays(time, np.array([float(year)])))
