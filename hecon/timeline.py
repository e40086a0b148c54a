"""Model time: a vector of cycle edges, the horizons, and how flows along it are weighted and discounted.

Time is in years. Every cycle edge and every horizon is an edge of the grid, so a horizon is never
rounded to a cycle. All accrual and discounting conventions end here, as weights on edges or cycles;
nothing else in hecon knows about half-cycle corrections or discount factors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import xarray as xr

from hecon.errors import AlignmentError, Fault, InputError
from hecon.frozen import frozen
from hecon.labels import CYCLE, DOSE_DAY, Axes, Value, axes_of, expand, wrap
from hecon.measured import read_off
from hecon.settings import Rate, Settings

__all__ = ["Timeline", "discount_factor", "stepwise"]

#: Two times closer than this (in years: a third of a second) are the same edge.
SAME_TIME = 1e-8


class KnotsNeededError(Exception):
    """A value changes inside a cycle: the run starts again with an edge there. Never reaches a user."""

    def __init__(self, knots: Sequence[float]) -> None:
        self.knots = tuple(knots)
        super().__init__(f"edges are needed at {self.knots}")


@dataclass(frozen=True, eq=False)
class Timeline:
    """Cycle edges in years, increasing from 0; each horizon is one of them.

    >>> time = Timeline.regular(Settings(horizons=(1, 2), cycle_length=1, cycle_unit="year"))
    >>> time.edges.tolist()
    [0.0, 1.0, 2.0]
    """

    edges: np.ndarray
    horizons: tuple[float, ...]
    settings: Settings
    _calendar: Timeline | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        edges = np.asarray(self.edges, dtype=float)
        if edges.ndim != 1 or len(edges) < 2 or edges[0] != 0 or not np.all(np.diff(edges) > 0):
            raise AlignmentError("cycle edges must be a vector that starts at 0 and increases")
        for horizon in self.horizons:
            if np.min(np.abs(edges - horizon)) > SAME_TIME:
                raise AlignmentError(f"horizon {horizon:g} is not among the cycle edges")
        object.__setattr__(self, "edges", edges)

    @classmethod
    def regular(cls, settings: Settings, knots: Sequence[float] = ()) -> Timeline:
        """Cycles of equal length to the last horizon, with extra edges at every horizon and knot."""
        return _regular(settings, tuple(sorted(set(knots))))

    @property
    def calendar(self) -> Timeline:
        """The same edges under the settings of time alone: timelines that discount in other ways share it."""
        return self._calendar or self

    @property
    def of_doses(self) -> Timeline:
        """What doses see of it: its days and its end, and its cycles only where ``dose_timing`` is ``cycle_start``."""
        timing = self.settings.dose_timing
        return (
            self.calendar if timing == "cycle_start" else _of_days(float(self.edges[-1]), self.settings.days_per_year)
        )

    @property
    def cycles(self) -> int:
        """Number of cycles."""
        return len(self.edges) - 1

    @property
    def starts(self) -> np.ndarray:
        """Start of each cycle, in years."""
        return self.edges[:-1]

    @cached_property
    def lengths(self) -> np.ndarray:
        """Length of each cycle, in years."""
        return np.diff(self.edges)

    @cached_property
    def model_edges(self) -> np.ndarray:
        """Edges of whole model cycles, from 0 until the last horizon is covered, in years."""
        count = max(1, int(np.ceil(self.edges[-1] / self.settings.cycle_years - SAME_TIME)))
        return np.arange(count + 1) * self.settings.cycle_years

    @cached_property
    def model_cycle(self) -> np.ndarray:
        """Index of the model cycle that each cycle lies in: horizons and price steps may cut a model cycle."""
        return np.searchsorted(self.model_edges, self.starts + SAME_TIME, side="right") - 1

    def on_cycles(self, values: np.ndarray) -> np.ndarray:
        """Give values (..., cycles) for every cycle; one for each model cycle holds in every part of it."""
        count, given = len(self.model_edges) - 1, values.shape[-1]
        if given == self.cycles:
            return values
        if given == count:
            return values[..., self.model_cycle]
        cut = "" if count == self.cycles else f" ({self.cycles} cycles with those cut by a horizon or a price step)"
        raise AlignmentError(f"{given} values by cycle do not fit {count} model cycles{cut}")

    def on_edges(self, values: np.ndarray) -> np.ndarray:
        """Give values (..., edges) for every edge; those of whole model cycles lie on straight lines between them."""
        if values.shape[-1] == len(self.edges):
            return values
        if values.shape[-1] != len(self.model_edges):
            both = f"{len(self.model_edges)} edges of model cycles"
            cut = "" if len(self.edges) == len(self.model_edges) else f", nor the timeline's {len(self.edges)}"
            raise AlignmentError(f"{values.shape[-1]} values by edge do not fit the {both}{cut}")
        place = np.minimum(
            np.searchsorted(self.model_edges, self.edges + SAME_TIME, side="right"), values.shape[-1] - 1
        )
        way = 1 - (self.model_edges[place] - self.edges) / self.settings.cycle_years
        way[np.abs(way) * self.settings.cycle_years <= SAME_TIME] = 0.0
        whole = place - 1
        result = values[..., whole].copy()
        for column in np.flatnonzero(way):
            before, after = values[..., whole[column]], values[..., place[column]]
            result[..., column] = before + float(way[column]) * (after - before)
        return result

    @cached_property
    def horizon_edges(self) -> tuple[int, ...]:
        """Index of the edge at each horizon."""
        return tuple(int(np.argmin(np.abs(self.edges - horizon))) for horizon in self.horizons)

    def cycle_at(self, times: np.ndarray) -> np.ndarray:
        """Index of the cycle that holds each time (in years); a time at an edge belongs to the cycle it starts."""
        return np.searchsorted(self.edges, np.asarray(times, dtype=float) + SAME_TIME, side="right") - 1

    def at_days(self, days: np.ndarray) -> np.ndarray:
        """Give the times in years at which days begin, counted from 0; a day with which a cycle begins has its edge.

        >>> time = Timeline.regular(Settings(horizons=(1,), cycle_length=1, cycle_unit="week"))
        >>> (time.at_days(np.arange(0, 365, 7)) == time.edges[:-1]).all().item()
        True
        """
        times = days / self.settings.days_per_year
        edges = self.edges[np.minimum(self.cycle_at(times), self.cycles)]
        return np.where(np.abs(times - edges) <= SAME_TIME, edges, times)

    def edges_at(self, times: np.ndarray) -> np.ndarray | None:
        """Index of the edge at each time; None where a time lies between edges, or beyond them."""
        places = np.minimum(np.searchsorted(self.edges, times), self.cycles)
        return places if np.array_equal(self.edges[places], times) else None

    def between_edges(self, shares: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Shares (..., edges) at times up to the last edge: on the straight line from one edge to the next.

        Numbers and symbols alike; a time at an edge has the share there.

        >>> time = Timeline.regular(Settings(horizons=(2,), cycle_length=1, cycle_unit="year"))
        >>> time.between_edges(np.array([1.0, 0.8, 0.2]), np.array([0.0, 0.5, 1.75])).round(6).tolist()
        [1.0, 0.9, 0.35]
        """
        place = np.clip(self.cycle_at(times), 0, self.cycles - 1)
        way = (times - self.edges[place]) / self.lengths[place]
        way[np.abs(times - self.edges[place]) <= SAME_TIME] = 0.0
        before, after = shares[..., place], shares[..., place + 1]
        if shares.dtype != object:
            return np.asarray(before + way * (after - before))
        result = before.copy()
        for column in np.flatnonzero(way):
            result[..., column] = before[..., column] + float(way[column]) * (after - before)[..., column]
        return result

    def require(self, knots: Sequence[float]) -> None:
        """Ask for edges at these times; a run that lacks one starts again with it."""
        inside = [knot for knot in knots if 0 < knot < self.edges[-1]]
        missing = [knot for knot in inside if np.min(np.abs(self.edges - knot)) > SAME_TIME]
        if missing:
            raise KnotsNeededError(missing)

    def dose_days(self, days: np.ndarray) -> DoseDays:
        """Give days on which doses are paid, counted from 0: the same ones for the same array of days."""
        found = next((own for known, own in self._dose_days if known is days), None)
        if found is None:
            years = self.at_days(days) if self.calendar is self else self.calendar.dose_days(days).years
            found = DoseDays(self, years)
            self._dose_days[:] = [*self._dose_days[-7:], (days, found)]
        return found

    @cached_property
    def _dose_days(self) -> list[tuple[np.ndarray, DoseDays]]:
        return []

    # Weights: (edges or cycles) x horizons, so that a total is one matrix product.

    def weights(self, rule: str, rate: Rate | None) -> np.ndarray:
        """Weights of a rule (residence, start or event) at a rate; computed once, read-only."""
        key = (rule, rate)
        if key not in self._weights:
            weights = getattr(self, f"{rule}_weights")(rate)
            weights.flags.writeable = False
            self._weights[key] = weights
        return self._weights[key]

    @cached_property
    def _weights(self) -> dict[tuple[str, Rate | None], np.ndarray]:
        return {}

    def residence_weights(self, rate: Rate | None) -> np.ndarray:
        """Years that each edge's share stands for, discounted at `rate` (None: not), by horizon: (edges, horizons)."""
        weights = np.zeros((len(self.edges), len(self.horizons)))
        for offset, part in self.residence_by_cycle(rate).items():
            cycles = np.flatnonzero(part.any(axis=1))
            weights[cycles + offset] += part[cycles]
        return weights

    def residence_by_cycle(self, rate: Rate | None) -> dict[int, np.ndarray]:
        """Years of each cycle that the shares at edges about it stand for, discounted, by horizon.

        By offset: the part for 0 belongs to the edge at the start of each cycle, for 1 to that at its end, for -1 and 2
        to one edge further; each is (cycles, horizons). A cycle of length d is shared out by `accrual`: life_table d/2
        and d/2, start d and 0, end 0 and d. simpson lays a parabola through three edges, over two cycles (an odd last
        cycle takes the parabola of the two before it; Cartwright 2017 for unequal cycles), and discounts each edge at
        its own time. Given weights count an edge in the cycle that it begins, that at a horizon in the last.
        """
        if not isinstance(self.settings.accrual, str):
            given = self._given_weights(rate)
            begun, last = given[:-1].copy(), np.zeros((self.cycles, len(self.horizons)))
            for column, edge in enumerate(self.horizon_edges):
                begun[edge:, column], last[edge - 1, column] = 0.0, given[edge, column]
            return {0: begun, 1: last}
        if self.settings.accrual == "simpson":
            return self._simpson_by_cycle(rate)
        left, right = {"life_table": (0.5, 0.5), "start": (1.0, 0.0), "end": (0.0, 1.0)}[self.settings.accrual]
        at_left, at_right = self._cycle_ends(rate)
        return {
            0: self._until_horizon(left * self.lengths * at_left),
            1: self._until_horizon(right * self.lengths * at_right),
        }

    def _simpson_by_cycle(self, rate: Rate | None) -> dict[int, np.ndarray]:
        """Simpson's rule cycle by cycle: what the parabola through three edges gives over one of its two cycles."""
        parts = {offset: np.zeros((self.cycles, len(self.horizons))) for offset in (-1, 0, 1, 2)}
        factor, lengths = self._factor(self.edges, rate), self.lengths
        for column, count in enumerate(self.horizon_edges):
            if count == 1:
                parts[0][0, column], parts[1][0, column] = factor[:2] * lengths[0] / 2
                continue
            cycles = np.arange(count)
            first = (cycles % 2 == 0) & (cycles < count - 1)
            for chosen, other, offsets in ((first, 1, (0, 1, 2)), (~first, -1, (1, 0, -1))):
                own, beside = lengths[cycles[chosen]], lengths[cycles[chosen] + other]
                share, skew = own / (own + beside), own**2 / (beside * (own + beside))
                weights = own / 6 * (3 - share), own / 6 * (3 + skew + share), -own / 6 * skew
                for offset, weight in zip(offsets, weights, strict=True):
                    parts[offset][cycles[chosen], column] = weight * factor[cycles[chosen] + offset]
        return parts

    def start_weights(self, rate: Rate | None) -> np.ndarray:
        """Discount factors of what is given at the start of a cycle; shape (cycles, horizons), 0 past a horizon."""
        return self._until_horizon(self._cycle_ends(rate)[0])

    def event_weights(self, rate: Rate | None) -> np.ndarray:
        """Discount factors of what happens within a cycle; shape (cycles, horizons), 0 past a horizon."""
        at_left, at_right = self._cycle_ends(rate)
        return self._until_horizon((at_left + at_right) / 2)

    def _until_horizon(self, factor: np.ndarray) -> np.ndarray:
        inside = np.arange(self.cycles)[:, None] < np.array(self.horizon_edges)
        return np.where(inside, factor[:, None], 0.0)

    def _cycle_ends(self, rate: Rate | None) -> tuple[np.ndarray, np.ndarray]:
        """Discount factors at the left and right end of each cycle; equal unless every edge has its own time."""
        left, right = self.edges[:-1], self.edges[1:]
        timing = self.settings.discount_timing
        if timing == "edges":
            return self._factor(left, rate), self._factor(right, rate)
        when = {
            "mid_cycle": (left + right) / 2,
            "cycle_start": left,
            "cycle_end": right,
            "annual_step": np.floor(left + SAME_TIME),
        }[timing]
        factor = self._factor(when, rate)
        return factor, factor

    def _factor(self, times: np.ndarray, rate: Rate | None) -> np.ndarray:
        return np.ones(len(times)) if rate is None else discount_factor(times, rate, self.settings.discount_form)

    @cached_property
    def given_weights(self) -> np.ndarray:
        """Weights that the setting ``accrual`` gives: years of each edge, by horizon (edges, horizons)."""
        accrual = self.settings.accrual
        lists: Sequence[Any] = accrual if isinstance(accrual[0], tuple) else (accrual,)
        if len(lists) != len(self.horizons):
            asked = f"there are {len(self.horizons)} horizons: give one list of weights for each"
            what = f"is {len(lists)} list{'s' if len(lists) > 1 else ''} of weights; {asked}"
            raise InputError("the settings", [Fault("accrual", what)])
        found = np.zeros((len(self.edges), len(lists)))
        for column, (weights, edge) in enumerate(zip(lists, self.horizon_edges, strict=True)):
            if len(weights) != edge + 1:
                rule = f"there are {edge + 1} cycle edges up to year {self.horizons[column]:g}, and each has one"
                raise InputError("the settings", [Fault("accrual", f"gives {len(weights)} weights; {rule}")])
            found[: edge + 1, column] = weights
        return found * self.settings.cycle_years

    def _given_weights(self, rate: Rate | None) -> np.ndarray:
        return self.given_weights * self._factor(self.edges, rate)[:, None]


@frozen
class DoseDays:
    """Days on which doses are paid, as times in years that increase.

    The rule (setting ``dose_timing``: ``day``):

    - Day d of treatment cycle k is the day D = L1 + ... + L(k-1) + d - 1, where Lj is the length of treatment cycle j
      in days: day 1 of treatment cycle 1 is D = 0. It is the time t = D / days_per_year in years: the start of the day.
    - A dose is paid on the day it is given (``dispensed``: ``by_dose``), or, with all doses of its row in its treatment
      cycle, on day 1 of that treatment cycle (``by_treatment_cycle``). A blank cell is ``by_treatment_cycle`` for oral
      drugs and ``by_dose`` for others. Infusions, injections and the medicines around them are paid on the day given.
    - It is paid by those on treatment at t: S(t) of the curve of time on treatment, at most the ceiling at t.
      A curve is evaluated at t. A share that is known at cycle edges only (of a Markov model) lies on the straight line
      between the edges about t.
    - It counts for horizon T where t < T: the interval is half-open, [0, T). A dose paid at T is not counted; one that
      is paid before T counts in full, also the doses of a treatment cycle that were dispensed before T and are taken
      after it. Times closer than a third of a second are the same.
    - It is discounted at t: v(t) = (1 + r)^-t, or exp(-r t), or as the schedule of rates says, whatever the setting
      ``discount_timing``, except ``annual_step``: v(floor(t)). No cycle enters: neither half-cycle correction nor
      ``accrual``.
    - What varies by model cycle (a price step) has on each day its value in the cycle that holds t; a step is itself an
      edge of a cycle.

    With ``dose_timing`` ``cycle_start``, the rule of hecon 0.1.0, there are no such days: every dose is paid for as it
    is given, whatever ``dispensed`` says, by those on treatment at the start of the model cycle that holds its day,
    and is discounted with that cycle, as ``discount_timing`` says.
    """

    time: Timeline
    years: np.ndarray

    def weights(self, rate: Rate | None) -> np.ndarray:
        """Discount factors of the days (`rate` None: 1), by horizon: (days, horizons), 0 from the horizon on."""
        settings = self.time.settings
        when = np.floor(self.years + SAME_TIME) if settings.discount_timing == "annual_step" else self.years
        factor = np.ones(len(when)) if rate is None else discount_factor(when, rate, settings.discount_form)
        return np.where(self.until, factor[:, None], 0.0)

    @property
    def until(self) -> np.ndarray:
        """Say which days lie before which horizon: (days, horizons)."""
        return self.years[:, None] + SAME_TIME < np.array(self.time.horizons)

    def of_cycles(self, factor: xr.DataArray) -> xr.DataArray:
        """Give a factor that varies by cycle on each day: its value in the cycle that holds the day."""
        if CYCLE not in factor.dims:
            return factor
        axes = axes_of(factor).without(CYCLE)
        values = self.time.on_cycles(expand(factor, Axes({**axes.labels, CYCLE: factor.sizes[CYCLE]})))
        return wrap(values[..., self.time.cycle_at(self.years)], axes, **{DOSE_DAY: len(self.years)})


def discount_factor(times: np.ndarray, rate: Rate, form: str = "effective") -> np.ndarray:
    """Present value of 1 at each time (years): (1 + r)^-t if `effective`, exp(-r t) if `continuous`.

    A schedule of rates ``((0, r0), (t1, r1), ...)`` applies each rate from its year on.

    >>> discount_factor(np.array([2.0]), 0.03).round(6).tolist()
    [0.942596]
    """
    times = np.asarray(times, dtype=float)
    schedule = ((0.0, float(rate)),) if isinstance(rate, int | float) else rate
    log_factor = np.zeros(times.shape)
    ends = [start for start, _ in schedule[1:]] + [np.inf]
    for (start, value), end in zip(schedule, ends, strict=True):
        force = np.log1p(value) if form == "effective" else value
        log_factor -= force * (np.clip(times, start, end) - start)
    return np.exp(log_factor)


def stepwise(time: Timeline, values: Mapping[float, Value]) -> xr.DataArray:
    """Give a factor that changes at given times: ``stepwise(time, {0: p.price, 2: 0.7 * p.price})``.

    The keys are years from the start, the first is 0; each value holds from its time on. Dimensions of
    the result: those of the values, then ``cycle``. A change inside a cycle splits the cycle there.
    """
    starts = np.array(sorted(values), dtype=float)
    if len(starts) == 0 or starts[0] != 0:
        raise AlignmentError("stepwise values begin at year 0, such as {0: 100, 2: 80}")
    time.require(starts.tolist())
    axes = axes_of(*values.values())
    levels = [np.broadcast_to(expand(values[start], axes), axes.shape) for start in sorted(values)]
    which = np.searchsorted(starts, time.starts + SAME_TIME, side="right") - 1
    return read_off(wrap(np.stack(levels, axis=-1)[..., which], axes, **{CYCLE: time.cycles}), *values.values())


@lru_cache(maxsize=32)
def _regular(settings: Settings, knots: tuple[float, ...]) -> Timeline:
    """Make each timeline once: what was worked out for it, such as days of doses, serves every run on it."""
    if (of_time := settings.of_time) != settings:
        calendar = _regular(of_time, knots)
        return Timeline(calendar.edges, settings.horizons, settings, calendar)
    last = settings.horizons[-1]
    count = int(np.ceil(last / settings.cycle_years - SAME_TIME))
    regular = np.arange(count + 1) * settings.cycle_years
    exact = np.array([0.0, *settings.horizons, *(knot for knot in knots if 0 < knot < last)])
    # A horizon or knot replaces the regular edge that rounding put beside it.
    apart = np.abs(regular[:, None] - exact).min(axis=1) > SAME_TIME
    edges = np.unique(np.concatenate([exact, regular[apart & (regular < last)]]))
    return Timeline(edges, settings.horizons, settings)


@lru_cache(maxsize=32)
def _of_days(end: float, days_per_year: float) -> Timeline:
    """Make a timeline of one cycle, which knows how long days are and when they end."""
    settings = Settings(horizons=(end,), cycle_length=end, cycle_unit="year", days_per_year=days_per_year)
    return Timeline(np.array([0.0, end]), (end,), settings)
