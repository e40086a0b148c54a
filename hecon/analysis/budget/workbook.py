"""The budget impact of a workbook: its market, with costs by year since the start from its model's ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.budget.impact import LINE, YEAR, BudgetImpact, Costs, PatientYears, impact_of_costs
from hecon.analysis.budget.market import Market, market_of
from hecon.analysis.needs import given_as
from hecon.analysis.psa.draws import shows_its_forms
from hecon.analysis.registry import Analysis, Task
from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.analysis.scenarios import BASE_CASE
from hecon.analysis.sensitivity.measure import CHUNK
from hecon.analysis.sensitivity.one_way import moves_of
from hecon.analysis.sensitivity.prices import is_price
from hecon.errors import HeconError
from hecon.inputs.case import Case, Inputs, Model, with_rows
from hecon.inputs.format import BUDGET_IMPACT, MARKET
from hecon.inputs.from_case import takes_cases
from hecon.labels import DRAW, STRATEGY, Axes, wrap

#: The curve whose restricted mean is the time on treatment, where a model has it.
TIME_ON_TREATMENT = "time_on_treatment"


@overload
def budget_impact(
    inputs: Inputs | Case,
    /,
    market: Market | None = None,
    *,
    acquisition: Collection[str] | None = None,
    model: Model | None = None,
) -> BudgetImpact: ...
@overload
def budget_impact(
    market: Market,
    /,
    costs: Costs,
    *,
    acquisition: Collection[str] = (),
    patient_years: PatientYears | None = None,
    currency: str = "",
) -> BudgetImpact: ...
@shows_its_forms
def budget_impact(asked: Any, /, *arguments: Any, **options: Any) -> BudgetImpact:
    """Budget impact of a workbook, or of a market and what one patient costs: year by year, with and without.

    Of a `market`: `costs` of one patient, wherever they come from, by strategy, line and year since the start of
    treatment (year 1 first, undiscounted), as a mapping of strategy to line to list, or labelled; a missing later year
    costs 0. `patient_years` by strategy and year since the start: the part of the year on treatment. `acquisition`
    names the lines that are prices of the treatments. Raises `AlignmentError` for strategies that are not those of the
    market.

    >>> market = Market(plan_members=1000, plan_incidence=0.1, share_without={"old": [1, 1], "new": [0, 0]},
    ...                 share_with={"old": [0.5, 0], "new": [0.5, 1]})
    >>> costs = {"old": {"drug": [10, 5]}, "new": {"drug": [30, 20]}}
    >>> budget_impact(market, costs).summary()[["impact", "per_member_per_month"]].round(4).values.tolist()
    [[1000.0, 0.0833], [2750.0, 0.2292]]

    Of a workbook (`inputs`), or of a case: a scenario, other values, a batch of draws. The market is that of the sheets
    Budget impact and Market, unless given. The costs of a patient by year since the start of treatment are those of the
    model's own ledger, undiscounted: it runs with horizons at 1, 2, ... years, and a year is the difference of two.
    Everyone starts on the first day of a year, and those who started earlier go on (cohort on cohort). `acquisition`
    names the lines that are prices of the treatments; by default those that move with a price. Raises `InputError` for
    what the sheets lack.

    >>> import hecon as he
    >>> budget = budget_impact(he.read_workbook("inputs/isa_dara_pd_us.xlsx"))  # doctest: +SKIP
    >>> budget.summary()[["year", "impact", "per_member_per_month"]]  # doctest: +SKIP

    Source: Sullivan et al. 2014, Value in Health 17:5-14 (ISPOR budget impact analysis good practice II).
    """
    if isinstance(asked, Market):
        return impact_of_costs(asked, *arguments, **options)
    return _of_inputs(asked, *arguments, **options)


def _of_inputs(
    inputs: Inputs | Case,
    market: Market | None = None,
    *,
    acquisition: Collection[str] | None = None,
    model: Model | None = None,
) -> BudgetImpact:
    """Budget impact of a workbook or a case; see `budget_impact`."""
    case = inputs.base_case(model) if isinstance(inputs, Inputs) else inputs
    own = market_of(case) if market is None else market
    lines = acquisition_lines(case, own.years) if acquisition is None else acquisition
    return impact_of_result(_by_year(case, own.years), own, lines)


def impact_of_result(result: Result, market: Market, acquisition: Collection[str] = ()) -> BudgetImpact:
    """Give the budget impact of a market from a result that has a horizon at each of its years."""
    return impact_of_costs(
        market,
        _costs(result, market.years),
        acquisition=acquisition,
        patient_years=_patient_years(result, market.years),
        currency=result.case.settings.currency,
    )


@takes_cases
def budget_one_way(inputs: Inputs, *, by: str = "range", model: Model | None = None) -> pd.DataFrame:
    """Move every input alone, those of the market and those of the model, and report the impact up to each year.

    `by` is that of `one_way`, and so are the columns; horizon_years are the years that are counted together. Inputs
    that do not move the impact are left out.
    """
    moves = moves_of(inputs, by)
    case = inputs.base_case(model)
    found = []
    for start in range(0, len(moves.values), CHUNK):
        batch = with_rows(case, moves.columns, moves.values[start : start + CHUNK])
        market = market_of(batch)
        costs = _costs(_by_year(batch, market.years), market.years)
        found.append(impact_of_costs(market, costs).cumulative)
    outcomes = np.concatenate(found)
    table = moves.table(outcomes, [float(year) for year in range(1, outcomes.shape[1] + 1)])
    return table[table["swing"] > 0].reset_index(drop=True)


@takes_cases
def budget_scenarios(inputs: Inputs, *, model: Model | None = None) -> pd.DataFrame:
    """Give the budget impact of every scenario of the sheets Scenarios and Market; the base case comes first.

    One row a scenario and year: scenario, year, cost_without, cost_with, impact, cumulative_impact,
    per_member_per_month. Raises `HeconError` that names the scenario which cannot be run.
    """
    model = model or inputs.load_model()
    frames = []
    for name in (BASE_CASE, *scenario_names(inputs)):
        known = name in inputs.scenarios
        case = inputs.scenario(name, model) if known else inputs.base_case(model).named(name)
        try:
            table = budget_impact(case, acquisition=()).summary()
        except HeconError as error:
            raise HeconError(f"scenario '{name}' of {inputs.source}: {error}") from error
        columns = [YEAR, "cost_without", "cost_with", "impact", "cumulative_impact", "per_member_per_month"]
        frames.append(table[columns])
        frames[-1].insert(0, "scenario", name)
    return pd.concat(frames, ignore_index=True)


def scenario_names(inputs: Inputs) -> tuple[str, ...]:
    """Names of the scenarios on the sheets Scenarios and Market, in order."""
    table = inputs.tables.get(MARKET)
    markets: Sequence[str] = () if table is None else [name for name in table["scenario"] if name]
    return tuple(dict.fromkeys((*inputs.scenarios, *markets)))


def budget_analysis(inputs: Inputs, *, model: Model | None = None) -> BudgetImpact:
    """Give the budget impact of a workbook with its one-way analysis and its scenarios."""
    model = model or inputs.load_model()
    ranges = inputs.parameters["low"].notna().any() or (inputs.parameters["distribution"] != "").any()
    one_way = budget_one_way(inputs, model=model) if ranges else pd.DataFrame()
    scenarios = budget_scenarios(inputs, model=model) if scenario_names(inputs) else pd.DataFrame()
    return replace(budget_impact(inputs, model=model), one_way=one_way, scenarios=scenarios)


def has_budget(inputs: Inputs) -> bool:
    """Whether a workbook has the sheets of a budget impact."""
    return MARKET in inputs.tables and bool((inputs.parameters["sheet"] == BUDGET_IMPACT).any())


def _by_year(case: Case, years: int) -> Result:
    """Run a case with a horizon at every year."""
    if not isinstance(case.settings.accrual, str):
        raise HeconError("a budget impact runs to several years; accrual must be a rule such as life_table, no weights")
    nearer = [horizon for horizon in case.settings.horizons if horizon < years]
    return run(case.with_settings(horizons=with_years(nearer, years)))


def with_years(horizons: Iterable[float], years: int) -> tuple[float, ...]:
    """Give horizons with each of the years among them.

    >>> with_years([0.5, 3.0], 2)
    (0.5, 1.0, 2.0, 3.0)
    """
    return tuple(sorted({*horizons, *(float(year) for year in range(1, years + 1))}))


def _costs(result: Result, years: int) -> xr.DataArray:
    """Undiscounted cost of a patient in each year since the start, by line: (draw), strategy, line, year."""
    lead, lines, rows = None, [], []
    for line in (line for line in result.lines if line.kind == "cost"):
        lead = line.axes.only(DRAW, STRATEGY)
        sums = line.undiscounted[..., _places(result, years)]
        details = tuple(range(len(lead.dims), sums.ndim - 1))
        lines.append(line.name)
        rows.append(np.diff(sums.sum(axis=details), axis=-1, prepend=0.0))
    if lead is None:
        raise HeconError("a budget impact needs a model with lines of cost")
    return _with_years(np.stack(rows, axis=-2), Axes({**lead.labels, LINE: tuple(lines)}))


def _places(result: Result, years: int) -> list[int]:
    """Places of the years among the horizons of a result."""
    return [result.time.horizons.index(float(year)) for year in range(1, years + 1)]


def _patient_years(result: Result, years: int) -> xr.DataArray | None:
    """Part of each year since the start on treatment, by strategy; None where the model has no such curve."""
    curve = result.curves.get(TIME_ON_TREATMENT)
    if curve is None or set(curve.axes.dims) - {STRATEGY}:
        return None
    strategies = {STRATEGY: tuple(result.strategies)}
    until = [
        np.broadcast_to(np.asarray(curve.restricted_mean(year)), len(result.strategies)) for year in range(1, years + 1)
    ]
    return _with_years(np.diff(np.stack(until, axis=-1), axis=-1, prepend=0.0), Axes(strategies))


def _with_years(values: np.ndarray, axes: Axes) -> xr.DataArray:
    return wrap(values, axes, **{YEAR: values.shape[-1]})


def acquisition_lines(case: Case, years: int) -> tuple[str, ...]:
    """Lines of cost that move with a price."""
    prices = [name for name in case.values if is_price("", name)]
    if not prices:
        return ()
    dearer = case.with_values(**{name: 2 * case.values[name] for name in prices})
    before, after = (_costs(_by_year(one, years), years) for one in (case, dearer))
    moved = (before != after).any([dim for dim in before.dims if dim != LINE])
    return tuple(name for name, moves in zip(before.coords[LINE].values.tolist(), moved.values, strict=True) if moves)


def _run(task: Task) -> BudgetImpact:
    found = budget_analysis(task.inputs, model=task.model)
    task.progress(1, 1)
    return found


ANALYSIS = Analysis(
    called="budget impact",
    run=_run,
    tables={
        "budget_impact": lambda found, _: found.summary(),
        "budget_patients": lambda found, _: found.starts(),
        "budget_spending": lambda found, _: found.table(),
        "budget_costs_per_patient": lambda found, _: found.costs_per_patient(),
        "budget_one_way": lambda found, _: found.one_way,
        "budget_scenarios": lambda found, _: found.scenarios,
    },
    asked=has_budget,
    accept=given_as(BudgetImpact, "budget", "he.budget.budget_impact(inputs)"),
    sensitivity=False,
)
