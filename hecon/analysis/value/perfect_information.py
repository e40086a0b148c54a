"""Value of information for a decision: perfect information, populations, and whether a study is worth its cost.

Information is worth what it lets the decision gain. Standard errors are those of Monte-Carlo: how far the number
would move with another set of draws of the same size. A `Result` of draws may stand in place of costs and effects:
see `hecon.analysis.psa.draws`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np
import pandas as pd

from hecon.analysis.psa.draws import Horizons, of_draws
from hecon.analysis.result import Result
from hecon.analysis.value.sample import ArrayLike, sample, thresholds
from hecon.errors import HeconError
from hecon.inputs.case import Case
from hecon.labels import STRATEGY
from hecon.settings import Rate
from hecon.timeline import discount_factor

#: Parameters of the sheet Population that say for how many a decision is made.
POPULATION = ("patients_per_year", "prevalent_patients", "decision_years")


@overload
def evpi(
    psa: Result,
    /,
    willingness_to_pay: float | Iterable[float] | None = None,
    population: float | None = None,
    strategies: Sequence[str] | None = None,
    *,
    horizon: Horizons = None,
    effect: str = "qaly",
) -> pd.DataFrame: ...
@overload
def evpi(
    costs: ArrayLike,
    effects: ArrayLike,
    willingness_to_pay: float | Iterable[float],
    population: float | None = None,
    strategies: Sequence[str] | None = None,
) -> pd.DataFrame: ...
@of_draws
def evpi(
    costs: ArrayLike,
    effects: ArrayLike,
    willingness_to_pay: float | Iterable[float],
    population: float | None = None,
    strategies: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Expected value of perfect information: what knowing every input would be worth to the decision.

    EVPI = E[max_d NB_d] - max_d E[NB_d] = E[max_d (NB_d - NB_best)], in currency per person, exact on the given draws
    and never negative. `costs` (currency) and `effects` (QALYs) have shape (draw, strategy). One row a
    (finite) threshold: willingness_to_pay, strategy (the best on average), evpi, standard_error; with a `population`
    (persons, see `effective_population`) also population_evpi and population_standard_error. The standard error is
    sd(max NB - NB_best) / sqrt(draws), the delta method for one best strategy.

    >>> evpi([[0, 100], [0, 300]], [[0, 2], [0, 2]], 100, population=1000)[["evpi", "population_evpi"]].values.tolist()
    [[50.0, 50000.0]]

    Source: Claxton 1999, Journal of Health Economics 18:341-364; Briggs, Claxton and Sculpher 2006, chapter 6.
    """
    data = sample(costs, effects, strategies)
    rows = []
    for threshold in thresholds(willingness_to_pay, finite=True):
        gain = np.maximum(data.gains(threshold).max(axis=1, initial=0.0), 0.0)
        error = gain.std(ddof=1) / np.sqrt(data.draws)
        rows.append((threshold, data.strategies[data.best(threshold)], float(gain.mean()), float(error)))
    table = pd.DataFrame(rows, columns=["willingness_to_pay", "strategy", "evpi", "standard_error"])
    return for_population(table, "evpi", population)


def for_population(table: pd.DataFrame, column: str, population: float | None) -> pd.DataFrame:
    """Add population_<column> and population_standard_error to a table of values per person."""
    if population is None:
        return table
    if not (population >= 0 and np.isfinite(population)):
        raise HeconError(f"population is {population:g}; it must be a number of persons from 0 up")
    scaled = {f"population_{column}": table[column] * population}
    return table.assign(**scaled, population_standard_error=table["standard_error"] * population)


def effective_population(
    per_year: float | Sequence[float],
    years: float,
    *,
    discount_rate: Rate = 0.03,
    prevalent: float = 0.0,
    uptake: float = 1.0,
    delay: float = 0.0,
    form: str = "effective",
) -> float:
    """Persons whose treatment the decision settles, discounted to today.

    prevalent + sum over years t = 0, 1, ... of per_year[t] x (1 + discount_rate)^-t, times `uptake` (the share who
    get what is decided). A schedule of rates and continuous discounting (`form`) are those of
    `hecon.discount_factor`. `per_year` is the incidence, one number or one a year; `years` how long the decision
    lasts, a part of a year counting as its share; those of the first `delay` years (until a study reports) do not
    profit, and with a delay the `prevalent` do not either.

    >>> round(effective_population(1000, 10, discount_rate=0.03), 1)
    8786.1
    >>> effective_population(100, 2.5, discount_rate=0)
    250.0

    Source: Philips, Claxton and Palmer 2008, Medical Decision Making 28:199-209; McKenna and Claxton 2011, 31:853-865.
    """
    for name, value in {"years": years, "prevalent": prevalent, "delay": delay}.items():
        if not (value >= 0 and np.isfinite(value)):
            raise HeconError(f"{name} is {value:g}; it must be a number from 0 up")
    if not 0 <= uptake <= 1:
        raise HeconError(f"uptake is {uptake:g}; it is a share from 0 to 1")
    if isinstance(discount_rate, int | float) and not (discount_rate > -1 and np.isfinite(discount_rate)):
        raise HeconError(f"discount_rate is {discount_rate:g}; it must be above -1, such as 0.03")
    whole = int(np.ceil(years))
    incidence = np.full(whole, per_year, dtype=float) if np.ndim(per_year) == 0 else np.asarray(per_year, dtype=float)
    if len(incidence) < whole:
        raise HeconError(f"per_year has {len(incidence)} years; {years:g} years need {whole}")
    incidence = incidence[:whole]
    if not (np.isfinite(incidence).all() and (incidence >= 0).all()):
        raise HeconError("per_year must be numbers of persons from 0 up")
    start = np.arange(whole)
    share = np.clip(np.minimum(start + 1, years) - np.maximum(start, delay), 0, 1)
    discounted = float(np.sum(incidence * share * discount_factor(start, discount_rate, form)))
    return uptake * (discounted + (prevalent if delay == 0 else 0.0))


def decision_population(case: Case, delay: float = 0.0) -> float | None:
    """Patients whose treatment the decision settles, from the sheet Population, discounted as costs are.

    `effective_population` of patients_per_year for decision_years, with the prevalent_patients; None where the sheet
    does not have the first two. Who is treated within the first `delay` years does not profit.

    >>> import hecon as he
    >>> decision_population(he.read_workbook("inputs/isa_dara_pd_us.xlsx").base_case())  # doctest: +SKIP
    """
    if not {"patients_per_year", "decision_years"} <= set(case.values):
        return None
    settings = case.settings
    known = {name: float(case.values[name].mean()) for name in POPULATION if name in case.values}
    return effective_population(
        known["patients_per_year"], known["decision_years"], discount_rate=settings.discount_rate_cost,
        prevalent=known.get("prevalent_patients", 0.0), delay=delay, form=settings.discount_form,
    )  # fmt: skip


def expected_net_benefit_of_sampling(
    evsi: pd.DataFrame, population: float, *, fixed_cost: float = 0.0, cost_per_participant: float = 0.0
) -> pd.DataFrame:
    """Expected net benefit of sampling: the population value of a study less its cost.

    ENBS = population x EVSI - fixed_cost - cost_per_participant x sample_size, in currency. `evsi` is the table
    of the function `evsi` (columns evsi, standard_error, sample_size, willingness_to_pay), `population` the persons
    whose treatment waits for the study (`effective_population` with its delay). Adds population_evsi, study_cost,
    expected_net_benefit_of_sampling, its standard error, and best: the design with the highest one at that threshold,
    provided that it is above 0 (else no study is worth its cost).

    >>> values = {"willingness_to_pay": 1e5, "sample_size": [100, 200], "evsi": [3, 4], "standard_error": 0.1}
    >>> enbs = expected_net_benefit_of_sampling(pd.DataFrame(values), 1e5, fixed_cost=1e5, cost_per_participant=500)
    >>> enbs[["expected_net_benefit_of_sampling", "best"]].values.tolist()
    [[150000.0, False], [200000.0, True]]

    Source: Willan and Pinto 2005, Statistics in Medicine 24:1791-1806; Briggs, Claxton and Sculpher 2006, chapter 7.
    """
    missing = {"evsi", "standard_error", "sample_size", "willingness_to_pay"} - set(evsi.columns)
    if missing:
        raise HeconError(f"the table of EVSI has no column {', '.join(sorted(missing))}")
    for name, value in {"fixed_cost": fixed_cost, "cost_per_participant": cost_per_participant}.items():
        if not (value >= 0 and np.isfinite(value)):
            raise HeconError(f"{name} is {value:g}; it must be an amount from 0 up")
    table = for_population(evsi, "evsi", population).rename(
        columns={"population_standard_error": "enbs_standard_error"}
    )
    table["study_cost"] = fixed_cost + cost_per_participant * table["sample_size"]
    return with_best(table, ["willingness_to_pay"])


def with_best(table: pd.DataFrame, within: Sequence[str]) -> pd.DataFrame:
    """Add the net benefit of sampling, and whether it is above 0 and the highest `within` columns."""
    net = table["population_evsi"] - table["study_cost"]
    highest = net.groupby([table[column] for column in within]).transform("max")
    return table.assign(expected_net_benefit_of_sampling=net, best=(net > 0) & (net == highest))


def decisions(case: Case) -> dict[str, tuple[str, ...]]:
    """Decisions that a reader may face: each strategy or the comparator, and, of more than two, one of all.

    >>> decisions(case)  # doctest: +SKIP
    {'Isa-Pd or Dara-Pd': ('Isa-Pd', 'Dara-Pd'), 'all strategies': ('Isa-Pd', 'Dara-Pd', 'Pd')}
    """
    strategies, comparator = tuple(case.labels[STRATEGY]), case.comparator
    found: dict[str, tuple[str, ...]] = {
        f"{one} or {comparator}": (one, comparator) for one in strategies if one != comparator
    }
    return found if len(strategies) < 3 else {**found, "all strategies": strategies}


def with_decision(table: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Name the decision of a table that does not: the one between all strategies."""
    if "decision" in table:
        return table
    return pd.concat([pd.Series(list(decisions(case))[-1], table.index, name="decision"), table], axis=1)
