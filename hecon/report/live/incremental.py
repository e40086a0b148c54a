"""Increments, the efficiency frontier and net benefit as cells.

Which strategies are on the frontier needs no sorting: a strategy is dominated where another costs no more and gives no
less, and extendedly dominated where the way up to it is steeper than the way on from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hecon.frozen import frozen
from hecon.report.live.results import Results
from hecon.symbols.draft import CellColumn, Draft
from hecon.symbols.expression import Symbol, call, compared
from hecon.symbols.functions import least_of, most_of, where

#: Totals closer than this share of their size are the same.
EQUAL_TOTALS = 1e-10
#: Stands for a slope that does not exist: no strategy gives less, or more.
NONE = 1e300

PAIR = ("Incremental costs", "Incremental life years", "Incremental QALYs", "Quadrant")
DOMINATED, UP, ON = "Dominated (1 = yes)", "Steepest way up to it", "Flattest way on from it"


@frozen
class Increments:
    """Columns of one horizon, one row a strategy: totals, against the comparator, for the frontier, net benefit."""

    totals: dict[str, CellColumn]
    pairs: dict[str, CellColumn]
    frontier: dict[str, CellColumn]
    helpers: dict[str, CellColumn]
    benefit: dict[float, CellColumn]
    incremental_benefit: dict[float, CellColumn]

    @property
    def columns(self) -> list[CellColumn]:
        """Every column."""
        together = [*self.totals.values(), *self.pairs.values(), *self.frontier.values(), *self.helpers.values()]
        return [*together, *self.benefit.values(), *self.incremental_benefit.values()]


def increments(draft: Draft, results: Results, place: int, thresholds: Mapping[float, Any]) -> Increments:
    """Write the increments of a horizon; costs and QALYs must be among the results.

    `thresholds` are the willingness to pay by number, each with what stands for it in formulas.
    """
    names = results.strategies
    against = names.index(results.base.case.comparator)
    known = {"cost": "Costs", "life_years": "Life years", "qaly": "QALYs"}
    totals = {
        title: draft.grow(title, "increments") for measure, title in known.items() if measure in results.base.totals
    }
    for measure, title in known.items():
        for name in names if title in totals else ():
            totals[title].add(results.total(place, name, measure))
    pairs = {title: draft.grow(title, "increments") for title in PAIR}
    for title, column in totals.items():
        own = pairs[f"Incremental {title[:1].lower() + title[1:] if title != 'QALYs' else title}"]
        for row in range(len(names)):
            own.add(_difference(column.cells[row], column.cells[against]))
    pairs = {title: column for title, column in pairs.items() if column.cells or title == "Quadrant"}
    for cost, gain in zip(pairs["Incremental costs"].cells, pairs["Incremental QALYs"].cells, strict=True):
        pairs["Quadrant"].add(_quadrant(cost, gain))
    frontier, helpers = _frontier(draft, names, totals["Costs"].cells, totals["QALYs"].cells)
    benefit = {threshold: draft.grow(f"Net benefit at {threshold:,.0f}", "increments") for threshold in thresholds}
    more = {t: draft.grow(f"Incremental net benefit at {t:,.0f}", "increments") for t in thresholds}
    for threshold, level in thresholds.items():
        for row in range(len(names)):
            benefit[threshold].add(level * totals["QALYs"].cells[row] - totals["Costs"].cells[row])
            gain, cost = pairs["Incremental QALYs"].cells[row], pairs["Incremental costs"].cells[row]
            more[threshold].add(level * gain - cost)
    return Increments(totals, pairs, frontier, helpers, benefit, more)


def _frontier(
    draft: Draft, names: Sequence[str], cost: list[Symbol], qaly: list[Symbol]
) -> tuple[dict[str, CellColumn], dict[str, CellColumn]]:
    """Columns that say who is on the frontier, and the pairwise ones behind them."""
    frontier = {title: draft.grow(title, "increments") for title in (DOMINATED, UP, ON)}
    helpers = {f"{what} {name}": draft.grow(f"{what} {name}", "increments")
               for what in ("Dominated by", "Way up from", "Way on to") for name in names}  # fmt: skip
    for k in range(len(names)):
        for j, other in enumerate(names):
            up = (cost[k] - cost[j]) / (qaly[k] - qaly[j]) if j != k else 0.0
            helpers[f"Dominated by {other}"].add(_dominates(cost, qaly, j, k) if j != k else 0.0)
            helpers[f"Way up from {other}"].add(_if(compared("<", qaly[j], qaly[k]), up, -NONE) if j != k else -NONE)
            helpers[f"Way on to {other}"].add(_if(compared("<", qaly[k], qaly[j]), up, NONE) if j != k else NONE)
        rows = {what: [helpers[f"{what} {name}"].cells[k] for name in names]
                for what in ("Dominated by", "Way up from", "Way on to")}  # fmt: skip
        frontier[DOMINATED].add(most_of(rows["Dominated by"]))
        frontier[UP].add(most_of(rows["Way up from"]))
        frontier[ON].add(least_of(rows["Way on to"]))
    return frontier, helpers


def _difference(a: Any, b: Any) -> Any:
    """Give a - b; 0 where they are the same but for rounding."""
    if a is b:
        return 0.0
    same = compared("<=", call("abs", a - b), EQUAL_TOTALS * call("max", call("abs", a), call("abs", b)))
    return _if(same, 0.0, a - b)


def _quadrant(cost: Any, effect: Any) -> Any:
    """Give the quadrant as a number: see `QUADRANT`."""
    return _if(compared(">", effect, 0.0), _if(compared(">", cost, 0.0), 1.0, 2.0),
               _if(compared("<", effect, 0.0), _if(compared("<", cost, 0.0), 4.0, 3.0),
                   _if(compared("<", cost, 0.0), 2.0, _if(compared(">", cost, 0.0), 3.0, 0.0))))  # fmt: skip


#: Quadrants by number: 1 costs more and gains, 2 dominant, 3 dominated, 4 costs less and loses, 0 no difference.
QUADRANT = {0: "equal", 1: "costs more, gains QALYs", 2: "dominant", 3: "dominated", 4: "costs less, loses QALYs"}


def _dominates(cost: list[Symbol], qaly: list[Symbol], other: int, own: int) -> Any:
    """1 where another strategy costs no more and gives no less, else 0; of two that are equal the first one does."""
    better = call("and", compared("<=", cost[other], cost[own]), compared(">=", qaly[other], qaly[own]))
    if other > own:
        strictly = (compared("<", cost[other], cost[own]), compared(">", qaly[other], qaly[own]))
        better = call("and", better, call("or", *strictly))
    return _if(better, 1.0, 0.0)


def _if(condition: Any, yes: Any, no: Any) -> Any:
    return where(condition, yes, no).item()
