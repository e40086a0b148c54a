"""The probabilistic analysis of a workbook in tables: means, acceptability, perfect information, convergence.

Each is a tidy data frame, with decision, strategy, comparator and horizon in columns where they apply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from hecon.analysis.measures import MEASURES
from hecon.analysis.needs import UNCERTAIN_INPUTS
from hecon.analysis.psa.export import costs_and_effects, drawn_totals
from hecon.analysis.psa.probabilistic import run_psa
from hecon.analysis.registry import Analysis, Task
from hecon.analysis.result import Result, crossing_rows, is_cost_effectiveness
from hecon.analysis.sensitivity.measure import INCREMENTAL
from hecon.analysis.value.beside_base_case import probabilistic_summary
from hecon.analysis.value.decision import (
    Plane,
    ceac,
    ceaf,
    convergence,
    cost_effectiveness_plane,
    expected_loss,
    net_benefit,
)
from hecon.analysis.value.perfect_information import decision_population, decisions, evpi
from hecon.analysis.value.sample import curve_levels
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.labels import DRAW, STRATEGY

#: The interval that is given beside every mean, as the share of the draws that it holds.
INTERVAL_SHARE = 0.95
#: Numbers of draws at which convergence is shown.
_POINTS = 25


_MOMENTS = {"cost": "cost", "effect": "qaly", "net_monetary_benefit": "net_monetary_benefit"}
_OF_INCREMENTS = {
    name + end: INCREMENTAL + new + end for name, new in _MOMENTS.items() for end in ("", "_standard_error")
}


@frozen
class PsaTables:
    """Everything that is said about a probabilistic analysis `psa` beside the base case `base`; made when asked for."""

    psa: Result
    base: Result | None = None

    def __post_init__(self) -> None:
        if DRAW not in self.psa.totals.dims:
            raise HeconError("psa is a run of draws: he.run(inputs.draws(10_000)); this run has none")

    @property
    def levels(self) -> tuple[float, ...]:
        """Every willingness to pay of the settings."""
        return self.psa.case.settings.willingness_to_pay

    @property
    def grid(self) -> list[float]:
        """Willingness to pay along the curves: evenly spaced up to twice the highest of the settings, and these."""
        return curve_levels(self.levels)

    @property
    def decides(self) -> bool:
        """Whether there is something to decide: costs and QALYs of two strategies, and two draws."""
        psa = self.psa
        return is_cost_effectiveness(psa) and len(psa.strategies) > 1 and (psa.draws or 0) > 1

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Mean, Monte-Carlo error and 95 % interval of totals and increments, beside the base case.

        Columns: horizon_years, strategy, comparator (blank for totals), outcome, mean, standard_error, low, high,
        base_case.
        """
        psa, rows = self.psa, []
        base = {} if self.base is None else self.base.means
        drawn = {name: drawn_totals(psa, name) for name in MEASURES if name in psa.totals}
        pairs = [(name, "") for name in psa.strategies]
        pairs += [(name, psa.case.comparator) for name in psa.strategies if name != psa.case.comparator]
        for place, horizon in enumerate(psa.time.horizons):
            known = self._base_horizons.index(horizon) if horizon in self._base_horizons else None
            for strategy, comparator in pairs:
                for name, totals in drawn.items():
                    values = _of_pair(totals[:, :, place].T, psa.strategies, strategy, comparator)
                    beside = np.nan
                    if self.base is not None and name in base and known is not None:
                        beside = float(_of_pair(base[name][:, known], self.base.strategies, strategy, comparator))
                    outcome = INCREMENTAL * bool(comparator) + name
                    rows.append((horizon, strategy, comparator, outcome, *_moments(values), beside))
        columns = ["horizon_years", STRATEGY, "comparator", "outcome", "mean", "standard_error", "low", "high"]
        return pd.DataFrame(rows, columns=[*columns, "base_case"])

    @property
    def _base_horizons(self) -> tuple[float, ...]:
        return () if self.base is None else self.base.time.horizons

    @cached_property
    def answer(self) -> pd.DataFrame:
        """The probabilistic answer beside the deterministic one, as `probabilistic_summary` gives it."""
        return probabilistic_summary(self.psa, self.base, coverage=INTERVAL_SHARE)

    @cached_property
    def net_benefit(self) -> pd.DataFrame:
        """Net monetary benefit with its interval, and the probability of being the best, for each decision."""
        return self._by_decision(
            lambda strategies: net_benefit(self.psa, strategies=strategies, coverage=INTERVAL_SHARE)
        )

    @cached_property
    def ceac(self) -> pd.DataFrame:
        """Acceptability curves of each decision along `grid`."""
        return self._by_decision(lambda strategies: ceac(self.psa, self.grid, strategies=strategies))

    @cached_property
    def ceaf(self) -> pd.DataFrame:
        """Acceptability frontier of each decision along `grid`."""
        return self._by_decision(lambda strategies: ceaf(self.psa, self.grid, strategies=strategies))

    @cached_property
    def expected_loss(self) -> pd.DataFrame:
        """Expected loss of each strategy of each decision along `grid`."""
        return self._by_decision(lambda strategies: expected_loss(self.psa, self.grid, strategies=strategies))

    @cached_property
    def evpi(self) -> pd.DataFrame:
        """Expected value of perfect information of each decision along `grid`."""
        people = self.population
        return self._by_decision(lambda strategies: evpi(self.psa, self.grid, strategies=strategies, population=people))

    @cached_property
    def population(self) -> float | None:
        """Patients whose treatment the decision settles, if the workbook says how many."""
        return decision_population(self.psa.case)

    @cached_property
    def convergence(self) -> pd.DataFrame:
        """Increments against the comparator after more and more draws, at the highest willingness to pay.

        Columns: strategy, comparator, horizon_years, draws, willingness_to_pay, then incremental_cost,
        incremental_qaly, incremental_net_monetary_benefit and probability_cost_effective, each followed by its
        standard error.
        """
        psa, comparator, frames = self.psa, self.psa.case.comparator, []
        for strategy in (name for name in psa.strategies if name != comparator):
            for horizon in psa.time.horizons:
                costs, effects = costs_and_effects(psa, horizon)
                pair = [strategy, comparator]
                more = costs[[strategy]].to_numpy() - costs[[comparator]].to_numpy()
                gain = effects[[strategy]].to_numpy() - effects[[comparator]].to_numpy()
                level = self.levels[-1]
                moments = convergence(more, gain, level, [strategy], points=_POINTS)
                share = convergence(costs[pair], effects[pair], level, points=_POINTS)
                share = share[share[STRATEGY] == strategy].reset_index(drop=True)
                frame = moments.rename(columns=_OF_INCREMENTS)
                for name in ("probability_cost_effective", "probability_cost_effective_standard_error"):
                    frame[name] = share[name]
                frame.insert(0, "horizon_years", horizon)
                frame.insert(0, "comparator", comparator)
                frame.insert(0, STRATEGY, frame.pop(STRATEGY))
                frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def plane(self) -> Plane:
        """Increments against the comparator, with ellipses."""
        found: Plane = cost_effectiveness_plane(self.psa, coverage=INTERVAL_SHARE)
        return found

    def _by_decision(self, table: Callable[[Sequence[str]], pd.DataFrame]) -> pd.DataFrame:
        frames = []
        for decision, strategies in decisions(self.psa.case).items():
            frame = table(strategies)
            frame.insert(0, "decision", decision)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)


def _of_pair(totals: np.ndarray, strategies: Sequence[str], strategy: str, comparator: str) -> Any:
    """Totals of a strategy, whose dimension comes first, less those of a comparator if there is one."""
    own = totals[strategies.index(strategy)]
    return own - totals[strategies.index(comparator)] if comparator else own


def _moments(values: np.ndarray) -> tuple[float, float, float, float]:
    """Mean, its Monte-Carlo error (none for one draw), and the ends of the interval."""
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
    low, high = np.quantile(values, [(1 - INTERVAL_SHARE) / 2, (1 + INTERVAL_SHARE) / 2])
    return float(values.mean()), error, float(low), float(high)


def guide(points: np.ndarray, level: float) -> np.ndarray:
    """Ends of the line of a willingness to pay on the plane, as far as points (effect, cost) and the origin reach.

    >>> guide(np.array([[0.5, 40_000.0], [1.0, 60_000.0]]), 100_000).tolist()
    [[0.0, 0.0], [0.6, 60000.0]]
    """
    low, high = (np.asarray(end(np.vstack([points, [0, 0]]), axis=0)) for end in (np.min, np.max))
    ends = [max(low[0], low[1] / level), min(high[0], high[1] / level)] if level > 0 else [low[0], high[0]]
    return np.array([[effect, effect * level] for effect in ends])


def _accept(value: Any, base: Result) -> PsaTables:
    if isinstance(value, PsaTables):
        return value
    if not isinstance(value, Result):
        raise HeconError("psa is a run of draws: he.run(inputs.draws(10_000))")
    if value.strategies != base.strategies:
        names = f"{', '.join(value.strategies)}; those of the base case are {', '.join(base.strategies)}"
        raise HeconError(f"the strategies of psa are {names}")
    return PsaTables(value, base)


def _run(task: Task) -> Result:
    return run_psa(
        task.inputs,
        store=task.store,
        engine=task.engine,
        workers=task.workers,
        model=task.model,
        progress=task.progress,
    )


def _of_decision(name: str) -> Callable[[PsaTables, Result], pd.DataFrame]:
    """Give a table of `PsaTables` where there is something to decide."""
    return lambda found, _: getattr(found, name) if found.decides else pd.DataFrame()


ANALYSIS = Analysis(
    called="probabilistic analysis",
    run=_run,
    tables={
        "psa_summary": lambda found, _: found.summary,
        "probabilistic_summary": _of_decision("answer"),
        "psa_plane": lambda found, _: found.plane.summary if found.decides else pd.DataFrame(),
        "psa_net_benefit": _of_decision("net_benefit"),
        "psa_ceac": _of_decision("ceac"),
        "psa_ceaf": _of_decision("ceaf"),
        "psa_expected_loss": _of_decision("expected_loss"),
        "psa_convergence": _of_decision("convergence"),
        "psa_crossings": lambda found, _: pd.DataFrame(crossing_rows(found.psa)),
        "evpi": _of_decision("evpi"),
    },
    needs=(UNCERTAIN_INPUTS,),
    accept=_accept,
)
