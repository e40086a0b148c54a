"""Scenario analysis: the base case, every named scenario of a workbook, and combinations of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from hecon.analysis.registry import Analysis
from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.analysis.run import run
from hecon.errors import HeconError
from hecon.inputs.case import Inputs, Model
from hecon.inputs.format import SCENARIO_RANGE
from hecon.inputs.from_case import takes_cases
from hecon.labels import STRATEGY, one_of

BASE_CASE = "base case"
#: Columns of Scenarios that do not say what is changed.
_NO_PLACE = ("scenario", "value", *SCENARIO_RANGE, "description", "row")


@takes_cases
def run_scenarios(
    inputs: Inputs,
    *,
    model: Model | None = None,
    base: Result | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Result]:
    """Run the base case and every scenario of the Scenarios sheet; the base case comes first.

    The model is the one the workbook names, unless given; `base` is the base case, if it was run before.
    `progress(done, count)` is called after each run. Raises `HeconError` that names the scenario which cannot be run.

    >>> import hecon as he
    >>> results = run_scenarios(he.read_workbook("inputs/isa_dara_pd_us.xlsx"))  # doctest: +SKIP
    >>> list(results)[:2]  # doctest: +SKIP
    ['base case', 'Exponential curves']
    """
    model = model or inputs.load_model()
    names = inputs.scenarios
    if BASE_CASE in names:
        raise HeconError(f"a scenario cannot be called '{BASE_CASE}': that is the workbook as it stands")
    results = {BASE_CASE: base or run(inputs.base_case(model))}
    if progress:
        progress(1, len(names) + 1)
    for done, name in enumerate(names, start=2):
        try:
            results[name] = run(inputs.scenario(name, model))
        except HeconError as error:
            raise HeconError(f"scenario '{name}' of {inputs.source}: {error}") from error
        if progress:
            progress(done, len(names) + 1)
    return results


@takes_cases
def run_combinations(
    inputs: Inputs,
    combinations: Iterable[Sequence[str]] | None = None,
    *,
    model: Model | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Result]:
    """Run several scenarios at once: each combination applies the changes of its scenarios in order.

    Without `combinations`, every pair of scenarios. The base case comes first; a combination is named
    ``"first + second"``. Two scenarios that change the same thing to different values cannot be combined: `HeconError`.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> results = run_combinations(inputs, [("Exponential curves", "Undiscounted")])  # doctest: +SKIP
    """
    chosen = list(itertools.combinations(inputs.scenarios, 2)) if combinations is None else list(combinations)
    model = model or inputs.load_model()
    results = {BASE_CASE: run(inputs.base_case(model))}
    for done, names in enumerate(chosen, start=1):
        joined = " + ".join(names)
        try:
            results[joined] = run(combined(inputs, names).scenario(joined, model))
        except HeconError as error:
            raise HeconError(f"scenarios '{joined}' of {inputs.source}: {error}") from error
        if progress:
            progress(done, len(chosen))
    return results


def combined(inputs: Inputs, names: Sequence[str]) -> Inputs:
    """Give the inputs with one more scenario: the changes of several, in order, under the name ``"first + second"``."""
    for name in names:
        one_of(name, inputs.scenarios, "scenario")
    if len(set(names)) < 2 or isinstance(names, str):
        raise HeconError("a combination needs at least two different scenarios")
    table = inputs.tables["Scenarios"]
    rows = pd.concat([table[table["scenario"] == name] for name in names])
    places = [column for column in rows.columns if column not in _NO_PLACE]
    for _, same in rows.groupby(places, dropna=False, sort=False):
        if same["value"].map(str).nunique() > 1:
            first, second = same["scenario"].iloc[0], same["scenario"].iloc[-1]
            raise HeconError(f"'{first}' and '{second}' change {same['target'].iloc[0]} to different values")
    rows = rows.assign(scenario=" + ".join(names))
    return replace(inputs, tables={**inputs.tables, "Scenarios": pd.concat([table, rows], ignore_index=True)})


def scenarios_table(scenarios: Mapping[str, Result], base: Result) -> pd.DataFrame:
    """Every scenario against the comparator of the base case, at each of its horizons, the base case first.

    Columns: scenario, strategy, comparator, horizon_years, incremental_cost, incremental_qaly, icer, quadrant, and one
    incremental_net_monetary_benefit_at_... for each willingness to pay of the base case.
    """
    benefits = {
        f"incremental_net_monetary_benefit_at_{threshold:.0f}": threshold
        for threshold in base.case.settings.willingness_to_pay
    }
    rows = [
        {"scenario": name, **row}
        | {column: at * row["incremental_qaly"] - row["incremental_cost"] for column, at in benefits.items()}
        for name, result in with_base(scenarios, base).items()
        if len(result.strategies) > 1
        for row in result.increments(base.case.comparator)
    ]
    own = ("scenario", STRATEGY, "comparator", "horizon_years", "incremental_cost", "incremental_qaly", "icer")
    return pd.DataFrame(rows, columns=[*own, "quadrant", *benefits])


def with_base(scenarios: Mapping[str, Result], base: Result) -> dict[str, Result]:
    """Give the scenarios with the base case in front, once."""
    return {base.case.name: base} | {name: result for name, result in scenarios.items() if name != base.case.name}


def _accept(value: Any, _: Result) -> Mapping[str, Result]:
    if not isinstance(value, Mapping) or not all(isinstance(one, Result) for one in value.values()):
        raise HeconError("scenarios is a mapping of names to results, such as {'Lower price': he.run(cheaper)}")
    return value


def _table(scenarios: Mapping[str, Result], base: Result) -> pd.DataFrame:
    return scenarios_table(scenarios, base) if is_cost_effectiveness(base) else pd.DataFrame()


ANALYSIS = Analysis(
    called="scenarios",
    run=lambda task: run_scenarios(task.inputs, model=task.model, base=task.base, progress=task.progress),
    tables={"scenarios": _table},
    asked=lambda inputs: bool(inputs.scenarios),
    accept=_accept,
    nothing=MappingProxyType({}),
    sensitivity=False,
)
