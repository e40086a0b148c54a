"""What an analysis looks at: one outcome of a strategy, or its difference from another, at every horizon.

Sensitivity analyses of every kind read a run through a `Measure`, so all of them work on cost, QALY, life years, their
increments and net benefit alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from hecon.analysis.measures import MEASURES
from hecon.analysis.result import Result
from hecon.analysis.run import run_by_pages
from hecon.errors import HeconError, UnknownNameError, as_given, did_you_mean
from hecon.frozen import frozen
from hecon.inputs.case import Case, with_rows
from hecon.labels import DRAW, STRATEGY, one_of
from hecon.progress import OnProgress

_TOTALS = (*MEASURES, *(f"undiscounted_{name}" for name in MEASURES))
NET_BENEFITS = ("net_monetary_benefit", "net_health_benefit")
#: Net monetary benefit over that of the best other strategy: above 0, the strategy is the one to choose.
OVER_NEXT_BEST = "net_monetary_benefit_over_next_best"
#: Made of two measures, where both increments are gains: see `OneWay.ratio`.
ICER = "icer"
INCREMENTAL = "incremental_"
OUTCOMES = (*_TOTALS, *NET_BENEFITS, *(INCREMENTAL + name for name in (*_TOTALS, *NET_BENEFITS)), OVER_NEXT_BEST)
DEFAULT_OUTCOME = "incremental_net_monetary_benefit"
#: Draws run and read at a time, so that memory does not grow with their number.
CHUNK = 8_192


class InPages(Protocol):
    """Numbers (draw, row) that are read some draws at a time: an array, or what makes them when they are asked for."""

    def __len__(self) -> int:
        """How many draws."""

    def __getitem__(self, place: slice, /) -> np.ndarray:
        """The numbers of some draws."""


@frozen(eq=True)
class OutcomeMeasure:
    """One number of a run at every horizon: an outcome of `strategy`, less that of `comparator` if there is one."""

    outcome: str
    strategy: str
    comparator: str = ""
    willingness_to_pay: float = float("nan")

    @property
    def words(self) -> str:
        """What it is, in words.

        >>> OutcomeMeasure("net_monetary_benefit", "A", "B", 100_000).words
        'Incremental net monetary benefit of A against B at 100,000 per QALY'
        """
        if self.outcome == ICER:
            return f"ICER of {self.strategy} against {self.comparator}"
        name = self.outcome.replace("_", " ").replace("qaly", "QALYs").replace("undiscounted ", "")
        extra = " (undiscounted)" if self.outcome.startswith("undiscounted_") else ""
        name = f"incremental {name}" if self.comparator else name
        against = f" against {self.comparator}" if self.comparator else ""
        at = f" at {self.willingness_to_pay:,.0f} per QALY" if "net_" in self.outcome else ""
        return f"{name[0].upper()}{name[1:]} of {self.strategy}{against}{at}{extra}"

    def of(self, result: Result) -> np.ndarray:
        """Read the measure off a result: (draw, horizon), one draw for a single set of values."""
        names = result.strategies
        own = self._outcome(result, names.index(self.strategy))
        if self.outcome == OVER_NEXT_BEST:
            others = [self._outcome(result, i) for i, name in enumerate(names) if name != self.strategy]
            return own - np.max(others, axis=0)
        return own - self._outcome(result, names.index(self.comparator)) if self.comparator else own

    def _outcome(self, result: Result, strategy: int) -> np.ndarray:
        if self.outcome in _TOTALS:
            return _total(result, self.outcome, strategy)
        cost, qaly = _total(result, "cost", strategy), _total(result, "qaly", strategy)
        if self.outcome == "net_health_benefit":
            return qaly - cost / self.willingness_to_pay
        return self.willingness_to_pay * qaly - cost


def _total(result: Result, name: str, strategy: int) -> np.ndarray:
    if name not in result.totals:
        raise UnknownNameError(f"the model gives no {name} ({', '.join(map(str, result.totals))})")
    array = result.totals[name]
    values = array.values if DRAW in array.dims else array.values[None]
    places = list(array.dims) if DRAW in array.dims else [DRAW, *array.dims]
    return values[(slice(None),) * places.index(STRATEGY) + (strategy,)]


def measure(
    case: Case,
    outcome: str = DEFAULT_OUTCOME,
    strategy: str | None = None,
    comparator: str | None = None,
    willingness_to_pay: float | None = None,
) -> OutcomeMeasure:
    """Check and complete what a user asks for.

    `outcome` is one of cost, qaly, life_years, progression_free_life_years, their undiscounted_ twins,
    net_monetary_benefit, net_health_benefit, any of these with incremental_ before it, or
    net_monetary_benefit_over_next_best. An increment is taken against `comparator`, else against that of the settings;
    naming a comparator makes any outcome an increment. `strategy` is by default the first that is not the comparator,
    `willingness_to_pay` the highest of the settings. Raises `UnknownNameError` and `HeconError`.
    """
    strategies = case.labels[STRATEGY]
    if outcome == "icer":
        raise HeconError("an ICER has no meaning where increments are near 0; analyse incremental_net_monetary_benefit")
    if outcome not in OUTCOMES:
        raise UnknownNameError(f"there is no outcome '{outcome}'.{did_you_mean(outcome, OUTCOMES)}")
    is_increment = outcome.startswith(INCREMENTAL) or comparator is not None
    against = one_of(comparator or case.comparator, strategies, "strategy")
    own = one_of(strategy, strategies, "strategy") if strategy else next((s for s in strategies if s != against), "")
    if not own:
        own, is_increment = strategies[0], outcome.startswith(INCREMENTAL)
    if is_increment and own == against:
        raise HeconError(f"the increment of {own} against itself is always 0; name another strategy or comparator")
    if outcome == OVER_NEXT_BEST:
        if len(strategies) < 2:
            raise HeconError(f"{OVER_NEXT_BEST} needs at least two strategies")
        is_increment = False
    threshold = case.settings.willingness_to_pay[-1] if willingness_to_pay is None else float(willingness_to_pay)
    is_net = "net_" in outcome
    if is_net and (not np.isfinite(threshold) or threshold < 0 or (threshold == 0 and "health" in outcome)):
        raise HeconError(f"willingness_to_pay is {threshold:g}; it must be a number of at least 0")
    name = outcome.removeprefix(INCREMENTAL)
    return OutcomeMeasure(name, own, against if is_increment else "", threshold if is_net else float("nan"))


def at_horizons(case: Case, horizon: float | Sequence[float] | None) -> tuple[Case, tuple[int, ...]]:
    """Give the case with the horizons asked for among its own, and their places; None is all of its own."""
    own = case.settings.horizons
    if horizon is None:
        return case, tuple(range(len(own)))
    given: tuple[Any, ...] = (horizon,)
    if isinstance(horizon, Sequence | np.ndarray) and not isinstance(horizon, str):
        given = tuple(horizon)
    for one in given:
        if isinstance(one, bool) or not isinstance(one, int | float | np.number):
            raise HeconError(f"horizon is {as_given(horizon)}; it must be a number of years, several, or None for all")
    wanted = tuple(float(one) for one in given)
    if not wanted:
        raise HeconError("horizon is an empty list; give a number of years, several, or None for all of the settings")
    if not set(wanted) <= set(own):
        case = case.with_settings(horizons=tuple(sorted({*own, *wanted})))
    return case, tuple(case.settings.horizons.index(h) for h in wanted)


def evaluate(
    case: Case,
    rows: Sequence[int],
    values: InPages,
    measures: Sequence[OutcomeMeasure],
    *,
    progress: OnProgress | None = None,
) -> np.ndarray:
    """Run a matrix of values (draw, row of the parameter sheets) and read measures: (measure, draw, horizon).

    Runs page by page, so memory holds the answers and not the runs.
    """
    found = np.empty((len(measures), len(values), len(case.settings.horizons)))

    def read(place: slice, result: Result) -> None:
        for own, wanted in zip(found, measures, strict=True):
            own[place] = wanted.of(result)

    run_by_pages(case, len(values), lambda place: with_rows(case, rows, values[place]), read, progress)
    return found
