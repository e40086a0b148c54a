"""Global sensitivity of a workbook's inputs: Sobol indices and SALib's other methods, over any outcome and horizon.

A sample of the unit cube goes through each input's quantile function, runs as batches, and is analysed. Inputs that are
drawn together (coefficients of a fitted curve, shares of a Dirichlet, correlated inputs) enter as one group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np
import pandas as pd

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_STRATEGIES, UNCERTAIN_INPUTS, given_as
from hecon.analysis.psa.draws import shows_its_forms
from hecon.analysis.registry import Analysis, Need, Task
from hecon.analysis.sensitivity.measure import DEFAULT_OUTCOME, OutcomeMeasure, at_horizons, evaluate, measure
from hecon.analysis.sensitivity.salib.methods import METHODS
from hecon.analysis.sensitivity.sampled import FunctionOfInputs, Sensitivity, analyse, design, group_names, of_function
from hecon.analysis.value.groups import groups_of, unused_rows
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.inputs.batch import Uncertainty, uncertainty_of
from hecon.inputs.case import Case, Inputs, Model
from hecon.inputs.from_case import as_inputs, takes_cases
from hecon.inputs.input_names import input_in_words
from hecon.labels import one_of
from hecon.progress import OnProgress

_Groups = str | Mapping[str, Sequence[str]] | None


@frozen
class GlobalSensitivity(Sensitivity):
    """Sensitivity indices of a workbook's inputs. `table` has also outcome (in words), horizon_years and label.

    `measures` are the outcomes that were looked at; the words of each stand in the table.
    """

    measures: tuple[OutcomeMeasure, ...] = ()

    def at(self, horizon: float | None = None, index: str | None = None, outcome: str | None = None) -> pd.DataFrame:
        """Give one index (the one that ranks) at one horizon (the last) of one outcome (the first), largest first."""
        table = self.table
        horizon = table["horizon_years"].max() if horizon is None else horizon
        outcome = table["outcome"].iloc[0] if outcome is None else outcome
        return self._largest_first(index, outcome=outcome, horizon_years=horizon)

    def ranked(self, output: object = None, index: str | None = None) -> pd.DataFrame:
        """Give one index of one outcome in words (the first) at the last horizon, largest first."""
        return self.at(index=index, outcome=None if output is None else str(output))


@overload
def global_sensitivity(
    inputs: Inputs | Case,
    /,
    method: str = "sobol",
    n: int | None = None,
    *,
    horizon: float | Sequence[float] | None = None,
    outcome: str | Sequence[str] = DEFAULT_OUTCOME,
    willingness_to_pay: float | None = None,
    strategy: str | Sequence[str] | None = None,
    comparator: str | None = None,
    groups: _Groups = None,
    only: Sequence[str] | None = None,
    second_order: bool = False,
    seed: int | None = None,
    model: Model | None = None,
    progress: OnProgress | None = None,
) -> GlobalSensitivity: ...
@overload
def global_sensitivity(
    function: FunctionOfInputs,
    /,
    names: Sequence[str],
    method: str = "sobol",
    n: int | None = None,
    *,
    bounds: Sequence[tuple[float, float]] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    second_order: bool = False,
    seed: int = 0,
    outputs: Sequence[object] | None = None,
) -> Sensitivity: ...
@shows_its_forms
def global_sensitivity(asked: Any, /, *arguments: Any, **options: Any) -> Any:
    """Global sensitivity of what comes out to what goes in: of a workbook's outcomes, or of any function.

    Of a workbook (`inputs`): of one or several outcomes (of one or several strategies), at every horizon. `groups` lets
    inputs enter together: "parameter", "sheet", a key column such as "endpoint", or a mapping of group to inputs.
    `only` names the inputs or parameters to vary, the others stay as in the base case. Coefficients that the curves in
    use do not read are left out. The outcomes are those of `hecon.analysis.sensitivity.measure.measure`.

    Of a `function`: it maps an array (draw, input) to one answer a draw, or to (draw, output). Inputs are independent
    and uniform on [0, 1], or on `bounds`; `groups` names those that move together (sobol, morris, shapley).

    `method` is one of sobol, morris, fast, rbd_fast, delta, pawn, dgsm, hdmr, shapley; `n` the size of its base sample
    (runs: sobol n (inputs + 2), with `second_order` n (2 inputs + 2); morris, dgsm and shapley n (inputs + 1); fast
    n x inputs; the others n). For sobol n must be a power of 2. Raises `HeconError`, `UnknownNameError` and
    `InputError`.

    >>> found = global_sensitivity(lambda x: x @ [1, 2], ["a", "b"], n=1024)
    >>> found.ranked(index="first").value.round(1).tolist()
    [0.8, 0.2]
    """
    if isinstance(asked, Inputs | Case):
        return _of_inputs(as_inputs(asked), *arguments, **options)
    return of_function(asked, *arguments, **options)


def _of_inputs(
    inputs: Inputs,
    method: str = "sobol",
    n: int | None = None,
    *,
    horizon: float | Sequence[float] | None = None,
    outcome: str | Sequence[str] = DEFAULT_OUTCOME,
    willingness_to_pay: float | None = None,
    strategy: str | Sequence[str] | None = None,
    comparator: str | None = None,
    groups: _Groups = None,
    only: Sequence[str] | None = None,
    second_order: bool = False,
    seed: int | None = None,
    model: Model | None = None,
    progress: OnProgress | None = None,
) -> GlobalSensitivity:
    """Global sensitivity of a workbook's outcomes; see `global_sensitivity`."""
    uncertainty, notes = _varied(inputs, only)
    case, places = at_horizons(inputs.base_case(model), horizon)
    names = [outcome] if isinstance(outcome, str) else list(outcome)
    own = [strategy] if strategy is None or isinstance(strategy, str) else list(strategy)
    measures = [measure(case, name, one, comparator, willingness_to_pay) for one in own for name in names]
    players, player_of = _players(inputs, uncertainty, groups, method)
    made = design(
        method, players, player_of, n, case.settings.seed if seed is None else seed, second_order=second_order
    )
    values = _Values(uncertainty, made.uniforms)
    found = evaluate(case, uncertainty.rows, values, measures, progress=progress)[:, :, list(places)]
    years = [f"{at:g} year" + "s" * (at != 1) for at in case.settings.horizons]
    outputs = [f"{own.words}, {years[j]}" for own in measures for j in places]
    answers = np.moveaxis(found, 0, 1).reshape(len(values), -1)
    done = analyse(made, answers, outputs, uncertainty.uncertain, lambda: values[:])
    about = {
        output: (own.words, case.settings.horizons[j])
        for output, (own, j) in zip(outputs, ((own, j) for own in measures for j in places), strict=True)
    }
    table = done.table
    table.insert(0, "outcome", [about[output][0] for output in table["output"]])
    table.insert(1, "horizon_years", [about[output][1] for output in table["output"]])
    table.insert(list(table.columns).index("input_2") + 1, "label", [input_in_words(name) for name in table["input"]])
    fields: dict[str, Any] = {name: getattr(done, name) for name in ("method", "n", "runs", "seed", "names")}
    said = (*uncertainty.notes, *notes, *done.notes)
    return GlobalSensitivity(table.drop(columns="output"), notes=said, measures=tuple(measures), **fields)


@takes_cases
def sobol(
    inputs: Inputs,
    n: int = 1024,
    *,
    horizon: float | Sequence[float] | None = None,
    outcome: str | Sequence[str] = DEFAULT_OUTCOME,
    willingness_to_pay: float | None = None,
    strategy: str | Sequence[str] | None = None,
    comparator: str | None = None,
    groups: _Groups = None,
    only: Sequence[str] | None = None,
    second_order: bool = False,
    seed: int | None = None,
    model: Model | None = None,
    progress: OnProgress | None = None,
) -> GlobalSensitivity:
    """Sobol indices of the uncertain inputs: the share of an outcome's variance that each causes, alone and in all.

    first: variance of the mean of the outcome given the input, over the variance of the outcome. total: the share that
    remains when all other inputs are known. `n` is a power of 2; the others are those of `global_sensitivity`.
    Saltelli et al. 2010, Computer Physics Communications 181(2), 259-270, table 2 (b) and (f).

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> sobol(inputs, n=1024, horizon=5).at(5).head()  # doctest: +SKIP
    """
    return _of_inputs(
        inputs, "sobol", n, horizon=horizon, outcome=outcome,
        willingness_to_pay=willingness_to_pay, strategy=strategy, comparator=comparator, groups=groups,
        only=only, second_order=second_order, seed=seed, model=model, progress=progress,
    )  # fmt: skip


class _Values:
    """Values (draw, uncertain row) of a sample of the unit cube, mapped some draws at a time as they are read."""

    def __init__(self, uncertainty: Uncertainty, uniforms: np.ndarray) -> None:
        self._uncertainty, self._uniforms = uncertainty, uniforms

    def __len__(self) -> int:
        return len(self._uniforms)

    def __getitem__(self, place: slice) -> np.ndarray:
        return self._uncertainty.from_uniforms(self._uniforms[place])


def varied(inputs: Inputs) -> Uncertainty:
    """Give what is uncertain and read: without coefficients of curves that are not in use."""
    return uncertainty_of(inputs).without(unused_rows(inputs.parameters, inputs.tables))


def _varied(inputs: Inputs, only: Sequence[str] | None) -> tuple[Uncertainty, list[str]]:
    whole, kept = uncertainty_of(inputs), varied(inputs)
    notes = []
    left_out = len(whole.rows) - len(kept.rows)
    if left_out:
        notes.append(f"{left_out} uncertain coefficients of curves that are not in use are left out")
    if only is not None:
        wanted = set(groups_of(inputs, {"only": only})["only"])
        names = [name for name in wanted if name not in kept.uncertain]
        if names:
            raise HeconError(f"{names[0]} belongs to a curve that is not in use; it changes nothing")
        sources = [source for source in kept.sources if wanted & {kept.names[i] for i in source.members}]
        kept = replace(kept, sources=tuple(sources))
    if not kept.sources:
        raise HeconError(f"nothing in {inputs.source} is uncertain: no input has a distribution")
    return kept, notes


def _players(
    inputs: Inputs, uncertainty: Uncertainty, groups: _Groups, method: str
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Name the players of a design, and the player that each number of the unit cube belongs to."""
    one_of(method, METHODS, "method")
    if groups is not None and METHODS[method].given_data:
        able = ", ".join(name for name, other in METHODS.items() if other.groups)
        raise HeconError(f"method '{method}' looks at one input at a time; groups work with {able}")
    members: dict[str, list[str]] = {}
    for group, named in groups_of(inputs, groups).items() if groups is not None else ():
        varied = [name for name in named if name in uncertainty.uncertain]
        members |= {group: varied} if varied else {}
    group_of = dict(zip(uncertainty.uncertain, group_names(members, uncertainty.uncertain), strict=True))
    player_of_source = []
    for source in uncertainty.sources:
        own = [uncertainty.names[i] for i in source.members]
        found = list(dict.fromkeys(group_of[name] for name in own))
        grouped = [group for group in found if group in members]
        if len(found) > 1 and grouped:
            outside = next(name for name in own if group_of[name] != grouped[0])
            raise HeconError(f"'{source.name}' is drawn together, but group '{grouped[0]}' leaves out {outside}")
        player_of_source.append(grouped[0] if grouped else source.name)
    players = tuple(dict.fromkeys(player_of_source))
    uniforms = [players.index(name) for name, source in zip(player_of_source, uncertainty.sources, strict=True)
                for _ in range(source.uniforms)]  # fmt: skip
    return players, tuple(uniforms)


def _run(task: Task) -> GlobalSensitivity:
    n = task.inputs.settings.sobol_samples
    return sobol(task.inputs, n, strategy=task.others, model=task.model, progress=task.progress)


SAMPLES = Need("the setting sobol_samples is 0", lambda inputs, _: bool(inputs.settings.sobol_samples))
SEVERAL_INPUTS = Need("fewer than two inputs are uncertain", lambda inputs, _: len(varied(inputs).sources) > 1)

ANALYSIS = Analysis(
    called="Sobol indices",
    run=_run,
    tables={"sobol": lambda found, _: found.table},
    needs=(SAMPLES, UNCERTAIN_INPUTS, SEVERAL_INPUTS, SEVERAL_STRATEGIES, COSTS_AND_QALYS),
    accept=given_as(GlobalSensitivity, "sobol", "he.sensitivity.sobol(inputs, ...)"),
    aside=True,
)
