"""Scenario analysis: the base case and every named scenario of a workbook, each run on its own."""

from __future__ import annotations

from collections.abc import Callable

from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.errors import HeconError
from hecon.inputs.case import Inputs, Model

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
