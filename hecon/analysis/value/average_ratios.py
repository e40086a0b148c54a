"""Average cost of an effect under each strategy, as abstracts report it: a way of reporting and no rule of decision.

The average cost-effectiveness ratio of a strategy divides its own cost by its own effect. Two arms are not compared by
it: the increments do that (Briggs and Fenn 1997, Trying to do better than average, Health Economics 6:491-495).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hecon.analysis.measures import PROGRESSION_FREE
from hecon.analysis.needs import given_table
from hecon.analysis.registry import Analysis, Need, Task
from hecon.analysis.result import Result
from hecon.costing.ledger import Settled
from hecon.errors import HeconError
from hecon.labels import DRAW, STATE, STRATEGY

ALL_COSTS, PRE_PROGRESSION = "all", "pre_progression"
#: What an average cost is of, the measure that counts it, and how many of it make one of the measure.
EFFECTS_OF_A_RATIO = {
    "progression_free_month": ("progression_free_life_years", 12.0),
    "life_year": ("life_years", 1.0),
    "qaly": ("qaly", 1.0),
}
COLUMNS = (STRATEGY, "horizon_years", "costs", "effect", "cost", "effects", "average_cost")
#: What a reader must know before comparing two of these numbers.
WARNING = (
    "Average ratios divide the cost of a strategy by its own effect. They are a way of reporting and no rule of "
    "decision: what one strategy is worth against another is told by the increments."
)


def average_ratios(result: Result) -> pd.DataFrame:
    """Give the average cost of a progression-free month, a life year and a QALY under each strategy.

    average cost = discounted cost / discounted effect, with all costs (``all``) and with those before progression
    (``pre_progression``): what is counted in the state ``progression_free``, at the start, or by those on treatment,
    and not what is counted in another state or on entering one. A month is 1/12 year. Means over the draws, if there
    are any: a ratio of means.

    Columns: strategy, horizon_years, costs, effect (``progression_free_month``, ``life_year``, ``qaly``), cost, effects
    (how many of the effect), average_cost (missing where there is no effect). Effects that the model does not count
    have no rows. Raises `HeconError` for a model without costs.

    >>> import hecon as he
    >>> base = he.run(he.read_workbook("inputs/isa_dara_pd_us.xlsx").base_case())  # doctest: +SKIP
    >>> he.value.average_ratios(base).query("effect == 'qaly' and costs == 'all'")  # doctest: +SKIP
    """
    means = {str(name): array.values for name, array in result.mean().items()}
    if "cost" not in means:
        raise HeconError("an average cost needs a model with costs")
    costs = {ALL_COSTS: means["cost"]}
    before = pre_progression_cost(result)
    if before is not None:
        costs[PRE_PROGRESSION] = before.mean(axis=0) if before.ndim == 3 else before
    rows = [
        (strategy, horizon, scope, effect, cost[i, j], each * means[measure][i, j])
        for effect, (measure, each) in EFFECTS_OF_A_RATIO.items()
        if measure in means
        for scope, cost in costs.items()
        for j, horizon in enumerate(result.time.horizons)
        for i, strategy in enumerate(result.strategies)
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    frame["average_cost"] = frame["cost"] / frame["effects"].where(frame["effects"] > 0)
    return frame


def pre_progression_cost(result: Result) -> np.ndarray | None:
    """Discounted cost before progression on (draw), strategy and horizon; None without a state `PROGRESSION_FREE`."""
    known = {state for line in result.lines for state in _states(line)}
    if PROGRESSION_FREE not in known:
        return None
    total: np.ndarray | None = None
    for line in result.lines:
        if line.kind != "cost" or (line.state and line.state != PROGRESSION_FREE):
            continue
        axes = line.axes.without(DRAW, STRATEGY)
        states = _states(line) if STATE in axes.labels else ()
        own = line.discounted
        if states:
            own = own.take([states.index(PROGRESSION_FREE)], axis=line.axes.dims.index(STATE))
        lead = own.ndim - 1 - len(axes.dims)
        summed = own.sum(axis=tuple(range(lead, own.ndim - 1)))
        total = summed if total is None else total + summed
    return np.zeros_like(result.totals["cost"].values) if total is None else total


def _states(line: Settled) -> Sequence[str]:
    names = line.axes.labels.get(STATE, ())
    return names if isinstance(names, tuple) else ()


def _run(task: Task) -> pd.DataFrame:
    found = average_ratios(task.base)
    task.progress(1, 1)
    return found


_COSTS_AND_EFFECTS = Need(
    "the model has no costs or no effects",
    lambda _, base: "cost" in base.totals and any(measure in base.totals for measure, _ in EFFECTS_OF_A_RATIO.values()),
)
ANALYSIS = Analysis(
    called="average ratios",
    run=_run,
    tables={"average_ratios": lambda table, _: table},
    needs=(_COSTS_AND_EFFECTS,),
    accept=lambda value, _: given_table(value, "average_ratios", COLUMNS, "he.value.average_ratios(result)"),
    sensitivity=False,
)
