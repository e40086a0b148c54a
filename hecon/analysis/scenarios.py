"""Scenario analysis: the base case, every named scenario of a workbook, and combinations of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pandas as pd

from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.errors import HeconError
from hecon.inputs.case import Inputs, Model
from hecon.labels import one_of

BASE_CASE = "base case"


def run_scenarios(
    inputs: Inputs, *, model: Model | None = None, progress: Callable[[int, int], None] | None = None
) -> dict[str, Result]:
    """Run the base case and every scenario of the Scenarios sheet; the base case comes first.

    The model is the one the workbook names, unless given. `progress(done, count)` is called after each run. Raises
    `HeconError` that names the scenario which cannot be run.

    >>> import hecon as he
    >>> results = run_scenarios(he.read_workbook("inputs/isa_dara_pd_us.xlsx"))  # doctest: +SKIP
    >>> list(results)[:2]  # doctest: +SKIP
    ['base case', 'Exponential curves']
    """
    model = model or inputs.load_model()
    names = inputs.scenarios
    if BASE_CASE in names:
        raise HeconError(f"a scenario cannot be called '{BASE_CASE}': that is the workbook as it stands")
    results = {BASE_CASE: run(inputs.base_case(model))}
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
    places = [column for column in rows.columns if column not in ("scenario", "value", "description", "row")]
    for _, same in rows.groupby(places, dropna=False, sort=False):
        if same["value"].map(str).nunique() > 1:
            first, second = same["scenario"].iloc[0], same["scenario"].iloc[-1]
            raise HeconError(f"'{first}' and '{second}' change {same['target'].iloc[0]} to different values")
    rows = rows.assign(scenario=" + ".join(names))
    return replace(inputs, tables={**inputs.tables, "Scenarios": pd.concat([table, rows], ignore_index=True)})
