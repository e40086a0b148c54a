"""Model time as cells: cycles, discount factors, and what each cycle or edge weighs at each horizon.

The same rules as `hecon.timeline`, whose settings they read, with the discount rates as cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hecon.costing.ledger import Kind
from hecon.labels import CYCLE, EDGE
from hecon.report.words import years
from hecon.settings import Rate
from hecon.symbols.draft import DAY, CellColumn, Draft, Span
from hecon.symbols.expression import Symbol, call
from hecon.timeline import SAME_TIME, DoseDays, Timeline

#: Shares of a cycle's length that its left and right end stand for.
ENDS = {"life_table": (0.5, 0.5), "start": (1.0, 0.0), "end": (0.0, 1.0)}
#: What the weights of a rule run along, if not along cycles.
ALONG = {"residence": EDGE, "day": DAY}
#: Words for the kinds in headings.
_WORDS: Mapping[str, str] = {"cost": "costs", "effect": "effects", "": "undiscounted"}


class Clock:
    """Cells of model time. `rates` are the discount rates of costs and effects: symbols, numbers or schedules."""

    def __init__(self, draft: Draft, time: Timeline, rates: Mapping[str, Any]) -> None:
        self.time, self._draft, self._rates = time, draft, rates
        self._edges = draft.set_time(time.edges)
        cells = self._edges.cells
        self._lengths = self._column("Cycle length", [b - a for a, b in zip(cells, cells[1:], strict=False)], CYCLE)
        self._spans: dict[tuple[str, str], list[Span]] = {}
        self._days: DoseDays | None = None

    @property
    def by_cycle(self) -> bool:
        """Whether years lived can be counted cycle by cycle, each with one discount factor."""
        settings = self.time.settings
        return settings.accrual in ENDS and settings.discount_timing != "edges"

    @property
    def lengths(self) -> list[Symbol]:
        """Cells with the length of each cycle."""
        return self._lengths.cells

    def with_days(self, days: DoseDays) -> None:
        """Write the days of doses down, which the rule ``day`` weighs."""
        self._days = days
        self._day_times = self._draft.set_days(days.years, self.time.settings.days_per_year).cells

    def weights(self, rule: str, kind: Kind | None) -> list[Span]:
        """Weights of a rule at each horizon, in the order of the horizons; without a kind nothing is discounted.

        Rules: ``start`` and ``event`` weigh cycles, ``residence`` edges, ``day`` the days of doses, ``left`` and
        ``right`` the share of the years of a cycle that its ends stand for.
        """
        rate = "" if kind is None else "cost" if kind == "cost" else "effect"
        key = (rule, rate)
        if key not in self._spans:
            self._spans[key] = [self._weighed(rule, rate, place) for place in range(len(self.time.horizons))]
        return self._spans[key]

    def _weighed(self, rule: str, rate: str, place: int) -> Span:
        last = self.time.horizon_edges[place]
        contents = getattr(self, f"_{rule}")(rate, last, place)
        along = ALONG.get(rule, CYCLE)
        title = f"Weight{self._where(rule)}, {_WORDS[rate]}, {years(self.time.horizons[place])}"
        column = self._column(title, contents, along)
        return Span(column, 0, len(column.cells) - 1)

    def _where(self, rule: str) -> str:
        """Words for what is weighed, where one cycle has more than one weight."""
        if rule == "day":
            return ""
        if rule in ("start", "event"):
            inside = {"start": " at the start of the cycle", "event": " within the cycle"}
            return inside[rule] if self.time.settings.discount_timing == "edges" else ""
        return " in years of the share at the edge" if rule == "residence" else f" in years of the {rule} end"

    # What each rule weighs: one item for each cycle (or edge), 0 after the last edge of the horizon.

    def _start(self, rate: str, last: int, place: int) -> list[Any]:
        return self._until(self._at_ends(rate)[0], last)

    def _event(self, rate: str, last: int, place: int) -> list[Any]:
        left, right = self._at_ends(rate)
        return self._until([a if a is b else (a + b) / 2 for a, b in zip(left, right, strict=True)], last)

    def _left(self, rate: str, last: int, place: int) -> list[Any]:
        return self._side(0, rate, last)

    def _right(self, rate: str, last: int, place: int) -> list[Any]:
        return self._side(1, rate, last)

    def _side(self, side: int, rate: str, last: int) -> list[Any]:
        share = ENDS[str(self.time.settings.accrual)][side]
        factors = self._at_ends(rate)[side]
        return self._until([share * d * f for d, f in zip(self.lengths, factors, strict=True)], last)

    def _residence(self, rate: str, last: int, place: int) -> list[Any]:
        accrual = self.time.settings.accrual
        if accrual in ENDS:
            left, right = self._side(0, rate, last), self._side(1, rate, last)
            return [a + b for a, b in zip([*left, 0.0], [0.0, *right], strict=True)]
        if accrual == "simpson":
            from scipy.integrate import simpson

            known = np.zeros(len(self.time.edges))
            known[: last + 1] = simpson(np.eye(last + 1), x=self.time.edges[: last + 1])
        else:
            known = self.time.given_weights[:, place]
        factors = self._factors(self._edges.cells, rate, "at the edge", EDGE)
        return [float(w) * f for w, f in zip(known, factors, strict=True)]

    def _day(self, rate: str, last: int, place: int) -> list[Any]:
        """As `hecon.timeline.DoseDays.weights`: each day is discounted at its own time, or at the year it lies in."""
        assert self._days is not None
        when: list[Any] = self._day_times
        if rate and self.time.settings.discount_timing == "annual_step":
            when = self._column("Time of discounting", [call("floor", t + SAME_TIME) for t in when], DAY).cells
        factors = self._factors(when, rate, "", DAY)
        return self._until(factors, int(self._days.until[:, place].sum()))

    def _until(self, items: list[Any], last: int) -> list[Any]:
        return [item if i < last else 0.0 for i, item in enumerate(items)]

    # Discounting.

    def _at_ends(self, rate: str) -> tuple[list[Any], list[Any]]:
        """Discount factors at the left and right end of each cycle; the same cells unless every edge has its time."""
        cells = self._edges.cells
        left, right, timing = cells[:-1], cells[1:], self.time.settings.discount_timing
        if timing == "edges":
            factors = self._factors(cells, rate, "at the edge", EDGE)
            return factors[:-1], factors[1:]
        if not rate:
            return [1.0] * len(left), [1.0] * len(left)
        times: dict[str, Callable[[], list[Any]]] = {
            "mid_cycle": lambda: [(a + b) / 2 for a, b in zip(left, right, strict=True)],
            "cycle_start": lambda: left,
            "cycle_end": lambda: right,
            "annual_step": lambda: [call("floor", a + SAME_TIME) for a in left],
        }
        when = times[timing]()
        if timing in ("mid_cycle", "annual_step"):
            when = self._column("Time of discounting", when, CYCLE).cells
        factors = self._factors(when, rate, "", CYCLE)
        return factors, factors

    def _factors(self, times: list[Any], rate: str, where: str, along: str) -> list[Any]:
        if not rate:
            return [1.0] * len(times)
        given, form = self._rates[f"discount_rate_{rate}"], self.time.settings.discount_form
        title = " ".join(f"Discount factor of {_WORDS[rate]} {where}".split())
        return self._column(title, [_factor(t, given, form) for t in times], along).cells

    def _column(self, title: str, contents: list[Any], along: str) -> CellColumn:
        column = self._draft.column(title, contents, along, unit="years" if "length" in title else "")
        column.of_time = True
        return column


def _factor(t: Any, rate: Rate | Symbol, form: str) -> Any:
    """Present value of 1 at a time, as `hecon.timeline.discount_factor`."""
    if isinstance(rate, tuple):
        ends = [start for start, _ in rate[1:]] + [None]
        force: Any = 0.0
        for (start, value), end in zip(rate, ends, strict=True):
            passed = t if end is None else call("min", t, end)
            passed = call("max", passed - start, 0.0) if start else passed
            force = force + (np.log1p(value) if form == "effective" else value) * passed
        return call("exp", -force) if isinstance(force, Symbol) else float(np.exp(-force))
    if form == "effective":
        return (1 + rate) ** (-t)
    return call("exp", -(rate * t))
