"""Scenarios in draws: where a scenario has an interval of its own, such as that of a subgroup, it is drawn."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_DRAWS, SEVERAL_STRATEGIES, given_table
from hecon.analysis.psa.probabilistic import run_psa
from hecon.analysis.registry import Analysis, Task
from hecon.analysis.value.beside_base_case import probabilistic_summary
from hecon.inputs.case import Inputs, Model
from hecon.inputs.from_case import takes_cases
from hecon.inputs.scenario_inputs import scenario_inputs as scenario_inputs
from hecon.inputs.scenario_inputs import uncertain_scenarios

#: Draws of each scenario in a run of all analyses, at most: its interval is wanted, no value of information.
MOST_DRAWS = 2_000
_TAKER = "he.psa.draw_scenarios(inputs)"


@takes_cases
def draw_scenarios(
    inputs: Inputs,
    draws: int | None = None,
    seed: int | None = None,
    *,
    model: Model | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Run a probabilistic analysis in every scenario that has an interval on the Scenarios sheet.

    Everything else is drawn as in the base case, each input from its own stream, so that scenarios differ by what they
    change alone. One row as `probabilistic_summary` gives them, with the column scenario in front; no row where no
    scenario has an interval. `draws` and `seed` are by default those of the settings.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> found = draw_scenarios(inputs, 2_000)  # doctest: +SKIP
    >>> found[["scenario", "incremental_qaly", "incremental_qaly_low", "incremental_qaly_high"]]  # doctest: +SKIP
    """
    names, frames = uncertain_scenarios(inputs), []
    for done, name in enumerate(names, start=1):
        psa = run_psa(scenario_inputs(inputs, name), draws, seed, model=model)
        frame = probabilistic_summary(psa)
        frame.insert(0, "scenario", name)
        frames.append(frame)
        if progress:
            progress(done, len(names))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _run(task: Task) -> pd.DataFrame:
    draws = min(task.inputs.settings.draws, MOST_DRAWS)
    return draw_scenarios(task.inputs, draws, model=task.model, progress=task.progress)


ANALYSIS = Analysis(
    called="draws of scenarios",
    run=_run,
    tables={"scenario_draws": lambda found, _: found},
    needs=(SEVERAL_STRATEGIES, COSTS_AND_QALYS, SEVERAL_DRAWS),
    asked=lambda inputs: bool(uncertain_scenarios(inputs)),
    accept=lambda value, _: given_table(value, "scenario_draws", ("scenario", "incremental_qaly_low"), _TAKER),
    aside=True,
)
