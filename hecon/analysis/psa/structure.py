"""Structural uncertainty inside a probabilistic analysis: the survival family of a curve is part of the draw.

Each draw takes one of several families for a curve, with given weights, from a random stream of its own. Draws that
took the same families run as one batch; their results go back in place, so a draw keeps its number and its values.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hecon.analysis.result import Result
from hecon.analysis.run import run
from hecon.errors import HeconError
from hecon.inputs.case import Case, Inputs, Model, RandomDraws, all_draws, checked_count, with_rows
from hecon.inputs.from_case import takes_cases
from hecon.inputs.quantities import FAMILY_COEFFICIENTS
from hecon.inputs.streams import paged, streams
from hecon.labels import DRAW, STRATEGY, one_of
from hecon.progress import OnProgress
from hecon.survival.averaging import weights_of_aic


@dataclass(frozen=True)
class Choice:
    """Families of one endpoint's curves with their weights, for some strategies at once (all, if none is named).

    Weights need not sum to 1. One choice is one random stream: its strategies take the same family in a draw.
    """

    endpoint: str
    weights: Mapping[str, float]
    strategies: tuple[str, ...] = ()


def choices_of(inputs: Inputs) -> list[Choice]:
    """Give the choices on the sheet Curve weights; none where the workbook has no such rows.

    A blank strategy stands for all whose curve of the endpoint has a family on Curves: they take the same one.
    """
    sheet, curves = inputs.tables.get("Curve weights"), inputs.tables.get("Curves")
    if sheet is None or curves is None:
        return []
    own = curves[curves["family"] != ""]
    found = []
    for (endpoint, strategy), rows in sheet.groupby(["endpoint", "strategy"], sort=False):
        names = (strategy,) if strategy else tuple(own[own["endpoint"] == endpoint]["strategy"])
        by_aic = rows["aic"].notna().all()
        given = dict(zip(rows["family"], rows["aic" if by_aic else "weight"].astype(float), strict=True))
        found.append(Choice(str(endpoint), weights_of_aic(given) if by_aic else given, names))
    return found


@takes_cases
def run_draws(
    inputs: Inputs,
    count: int | None = None,
    seed: int | None = None,
    *,
    model: Model | None = None,
    progress: OnProgress | None = None,
) -> tuple[Result, pd.DataFrame]:
    """Run the probabilistic analysis of a workbook as its sheets say: families by Curve weights, where there are any.

    Gives the result, and the table of the family each draw took, as `run_structural` does; without Curve weights the
    table has no columns, and the result is ``run(inputs.draws(count, seed))``.

    >>> import hecon as he
    >>> psa, families = he.psa.run_draws(he.read_workbook("inputs/isa_dara_pd_us.xlsx"), 1000)  # doctest: +SKIP
    """
    choices = choices_of(inputs)
    if choices:
        return run_structural(inputs, choices, count, seed, model=model, progress=progress)
    result = run(inputs.draws(count, seed, model), progress=progress)
    return result, pd.DataFrame(index=pd.RangeIndex(int(result.case.draws or 0), name=DRAW))


@takes_cases
def run_structural(
    inputs: Inputs,
    choices: Sequence[Choice],
    count: int | None = None,
    seed: int | None = None,
    *,
    model: Model | None = None,
    progress: OnProgress | None = None,
) -> tuple[Result, pd.DataFrame]:
    """Run a probabilistic analysis in which curve families are drawn with everything else.

    Gives the result, with draws in order, and a table of the family each draw took (draw by "endpoint · strategies").
    The values of a draw are those of `inputs.draws(count, seed)`, so all weight on the families in use gives that run.
    Raises `UnknownNameError` and `HeconError`.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> choice = Choice("overall_survival", {"lognormal": 0.6, "exponential": 0.4})  # doctest: +SKIP
    >>> result, families = run_structural(inputs, [choice], 1000)  # doctest: +SKIP
    """
    if not choices:
        raise HeconError("a structural analysis needs at least one choice of families")
    draws, sample = checked_count(inputs, count), all_draws(inputs, seed, model)
    return run_families(sample, choices, slice(0, draws), run, progress)


def run_families(
    sample: RandomDraws,
    choices: Sequence[Choice],
    place: slice,
    run_batch: Callable[[Case], Result],
    progress: OnProgress | None = None,
) -> tuple[Result, pd.DataFrame]:
    """Run some draws, those of the same families as one batch each: the result with draws in order, and the families.

    A draw takes the same families whatever the draws around it.
    """
    draws, base = place.stop - place.start, sample.case_of(place.stop - place.start)
    taken = pd.DataFrame({_name(choice): _take(choice, base, place, sample.seed) for choice in choices})
    taken.index.name = DRAW
    values = sample.values(place.start, place.stop)
    parts: list[tuple[np.ndarray, Result]] = []
    for families in sorted(set(map(tuple, taken.to_numpy().tolist()))):
        own = base
        for choice, family in zip(choices, families, strict=True):
            for strategy in choice.strategies or base.labels[STRATEGY]:
                own = own.with_curve(choice.endpoint, strategy, family=str(family))
        rows = np.flatnonzero((taken.to_numpy() == np.array(families, dtype=object)).all(axis=1))
        parts.append((rows, run_batch(with_rows(own, sample.uncertainty.rows, values[rows]))))
        if progress:
            progress(sum(len(own) for own, _ in parts), draws)
    return _joined(with_rows(base, sample.uncertainty.rows, values), parts, draws), taken


def _name(choice: Choice) -> str:
    return " · ".join([choice.endpoint, *choice.strategies])


def _take(choice: Choice, case: Case, place: slice, seed: int) -> np.ndarray:
    for strategy in choice.strategies:
        one_of(strategy, case.labels[STRATEGY], "strategy")
    for family in choice.weights:
        one_of(family, FAMILY_COEFFICIENTS, "survival family")
    weights = np.array(list(choice.weights.values()), dtype=float)
    if not len(weights) or not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() == 0:
        raise HeconError(f"the weights of {_name(choice)} must be numbers of at least 0, not all of them 0")
    stream = streams(seed, "family", (choice.endpoint, *choice.strategies))
    uniform = paged(lambda page, count: stream(page).random(count), place.start, place.stop)
    which = np.searchsorted(np.cumsum(weights) / weights.sum(), uniform, side="right")
    return np.array(list(choice.weights), dtype=object)[np.minimum(which, len(weights) - 1)]


def _joined(case: Case, parts: Sequence[tuple[np.ndarray, Result]], draws: int) -> Result:
    first = parts[0][1]
    shapes = [[(line.name, line.kind, line.axes.without(DRAW)) for line in result.lines] for _, result in parts]
    if any(shape != shapes[0] for shape in shapes):
        raise HeconError("the model gives other ledger lines for other families; they cannot be put in one result")
    lines = []
    for number, line in enumerate(first.lines):
        axes = replace(line.axes, labels={**line.axes.labels, DRAW: draws})
        whole = replace(line, axes=axes, sums=np.empty((*axes.shape, *line.sums.shape[-2:])))
        for place, result in parts:
            whole.sums[place] = result.lines[number].sums
        lines.append(whole)
    counts = [result.crossings for _, result in parts if result.crossings is not None]
    crossings = functools.reduce(operator.add, counts) if counts else None
    return Result(case=case, time=first.time, lines=lines, crossings=crossings)
