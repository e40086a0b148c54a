"""EVPPI by nested Monte-Carlo: the model run again for every draw of what becomes known.

No regression, so no smoothing: the check of the fast methods, which this engine can afford.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

import numpy as np
import pandas as pd

from hecon.analysis.psa.draws import Horizons, shows_its_forms
from hecon.analysis.run import run
from hecon.analysis.sensitivity.measure import CHUNK, at_horizons
from hecon.analysis.value.evppi import SEED
from hecon.analysis.value.groups import groups_of
from hecon.analysis.value.regression import stream_of
from hecon.analysis.value.sample import ArrayLike, Sample, named_groups, sample, sampled_inputs, thresholds
from hecon.errors import HeconError
from hecon.inputs.batch import Uncertainty, uncertainty_of
from hecon.inputs.case import Case, Inputs, Model, with_rows
from hecon.inputs.from_case import as_inputs
from hecon.labels import DRAW, HORIZON, STRATEGY, one_of
from hecon.progress import OnProgress

#: A model for nested Monte-Carlo: a table of inputs (draw, input) to costs and effects (draw, strategy).
AnyModel = Callable[[pd.DataFrame], tuple[ArrayLike, ArrayLike]]
#: Draws of all inputs given the values of a group: (one row of the group, count, random stream) to a table.
Conditional = Callable[[pd.Series, int, np.random.Generator], pd.DataFrame]


@overload
def evppi_nested(
    inputs: Inputs | Case,
    /,
    group: str | Sequence[str],
    willingness_to_pay: float | Iterable[float] | None = None,
    *,
    horizon: Horizons = None,
    outer: int = 500,
    inner: int = 200,
    strategies: Sequence[str] | None = None,
    seed: int | None = None,
    model: Model | None = None,
    progress: OnProgress | None = None,
) -> pd.DataFrame: ...
@overload
def evppi_nested(
    model: AnyModel,
    /,
    parameters: pd.DataFrame,
    group: str | Sequence[str],
    willingness_to_pay: float | Iterable[float],
    *,
    outer: int = 500,
    inner: int = 200,
    conditional: Conditional | None = None,
    seed: int = SEED,
) -> pd.DataFrame: ...
@shows_its_forms
def evppi_nested(asked: Any, /, *arguments: Any, **options: Any) -> pd.DataFrame:
    """EVPPI of one group of inputs by two nested loops over the model: slow, without any smoothing, the check.

    For each of `outer` draws of the group, `inner` draws of all other inputs. The maximum over noisy means is too high
    by about a constant / inner; so the value of both halves of the inner draws is used to remove it:
    2 V(inner) - (V(first half) + V(second half)) / 2, which may be slightly negative. One row a threshold:
    willingness_to_pay, evppi (currency per person), standard_error, evppi_uncorrected.

    Of a workbook (`inputs`), a group is inputs, or parameters with all their inputs; the rows are also by horizon
    (horizon_years), and `strategies` are the choices of the decision (all, if not given). Raises `HeconError` for a
    group that holds some and not all of what is drawn together: what is left would have to be drawn given the others.

    Of any other `model`, a function of a table of inputs that gives costs and effects (draw, strategy), `parameters`
    (draw, input) are its draws. The other inputs are taken from other rows of them if the group is independent of
    them, or from `conditional(values, count, stream)` if it is not. The model is called once for each block of outer
    draws.

    >>> stream = np.random.default_rng(1)
    >>> inputs = pd.DataFrame({"gain": stream.normal(1, 2, 2000), "price": stream.normal(0, 1, 2000)})
    >>> def model(p):
    ...     return np.column_stack([0 * p.price, 1000 * p.price]), np.column_stack([0 * p.gain, p.gain])
    >>> evppi_nested(model, inputs, "gain", 1000).evppi.round(-2).tolist()
    [400.0]

    Source: Brennan et al. 2007, Medical Decision Making 27:448-470; Giles and Goda 2019, Statistics and Computing
    29:739-751, section 2 (the two halves).
    """
    if isinstance(asked, Inputs | Case):
        return _of_inputs(as_inputs(asked), *arguments, **options)
    return _of_model(asked, *arguments, **options)


def _of_inputs(
    inputs: Inputs,
    group: str | Sequence[str],
    willingness_to_pay: float | Iterable[float] | None = None,
    *,
    horizon: Horizons = None,
    outer: int = 500,
    inner: int = 200,
    strategies: Sequence[str] | None = None,
    seed: int | None = None,
    model: Model | None = None,
    progress: OnProgress | None = None,
) -> pd.DataFrame:
    """EVPPI of a group of a workbook's inputs, at each horizon and threshold; see `evppi_nested`."""
    check_loops(outer, inner)
    inner += inner % 2
    uncertainty = uncertainty_of(inputs)
    names = groups_of(inputs, {"group": [group] if isinstance(group, str) else list(group)})["group"]
    known = _places(uncertainty, names)
    case, places = at_horizons(inputs.base_case(model), horizon)
    chosen = [one_of(name, case.labels[STRATEGY], "strategy") for name in strategies or case.labels[STRATEGY]]
    levels = thresholds(case.settings.willingness_to_pay if willingness_to_pay is None else willingness_to_pay,
                        finite=True)  # fmt: skip
    seed = case.settings.seed if seed is None else seed
    fixed = uncertainty.draw(outer, seed)[:, known]
    block = max(1, CHUNK // inner)
    halves = np.empty((len(places), len(levels), outer, 2, len(chosen)))
    for start in range(0, outer, block):
        own = slice(start, min(start + block, outer))
        count = own.stop - start
        values = uncertainty.draw(count * inner, seed, outer + start * inner)
        values[:, known] = np.repeat(fixed[own], inner, axis=0)
        totals = run(with_rows(case, uncertainty.rows, values)).totals.sel({STRATEGY: chosen})
        cost, qaly = (totals[name].transpose(DRAW, STRATEGY, HORIZON).values for name in ("cost", "qaly"))
        shape = (count, 2, inner // 2, len(chosen))
        for i, place in enumerate(places):
            for j, level in enumerate(levels):
                benefit = level * qaly[:, :, place] - cost[:, :, place]
                halves[i, j, own] = benefit.reshape(shape).mean(axis=2)
        if progress:
            progress(own.stop, outer)
    rows = [
        (case.settings.horizons[place], level, *value_of_halves(halves[i, j]))
        for i, place in enumerate(places)
        for j, level in enumerate(levels)
    ]
    columns = ["horizon_years", "willingness_to_pay", "evppi", "standard_error", "evppi_uncorrected"]
    return pd.DataFrame(rows, columns=columns)


def _places(uncertainty: Uncertainty, names: Sequence[str]) -> list[int]:
    """Columns of a matrix of draws that become known; what is drawn together must be known together."""
    wanted = set(names)
    for source in uncertainty.sources:
        own = [uncertainty.names[row] for row in source.members]
        left = [name for name in own if name not in wanted]
        if left and len(left) < len(own):
            raise HeconError(f"'{source.name}' is drawn together, but the group leaves out {', '.join(left)}")
    return [place for place, name in enumerate(uncertainty.uncertain) if name in wanted]


def _of_model(
    model: AnyModel,
    parameters: pd.DataFrame,
    group: str | Sequence[str],
    willingness_to_pay: float | Iterable[float],
    *,
    outer: int = 500,
    inner: int = 200,
    conditional: Conditional | None = None,
    seed: int = SEED,
) -> pd.DataFrame:
    """EVPPI of a group of the inputs of any model, at each threshold; see `evppi_nested`."""
    levels = thresholds(willingness_to_pay, finite=True)
    table = sampled_inputs(parameters, len(parameters))
    names = list(named_groups({"group": [group] if isinstance(group, str) else group}, list(table.columns))["group"])
    check_loops(outer, inner)
    inner += inner % 2
    stream = stream_of(seed, "nested loops")
    places = stream.choice(len(table), outer, replace=outer > len(table))
    means: list[np.ndarray] = []
    block = max(1, 100_000 // inner)
    for start in range(0, outer, block):
        known = table[names].iloc[places[start : start + block]]
        drawn = _inner_draws(table, known, inner, conditional, stream)
        data: Sample = sample(*model(drawn))
        if data.draws != len(drawn):
            raise HeconError(f"the model gave {data.draws} draws; it was given {len(drawn)}")
        shape = (len(known), 2, inner // 2, len(data.strategies))
        benefits = [data.net_benefit(level).reshape(shape).mean(axis=2) for level in levels]
        means.append(np.stack(benefits))
    halves = np.concatenate(means, axis=1)  # (threshold, outer, half, strategy)
    rows = []
    for level, half in zip(levels, halves, strict=True):
        rows.append((level, *value_of_halves(half)))
    return pd.DataFrame(rows, columns=["willingness_to_pay", "evppi", "standard_error", "evppi_uncorrected"])


def value_of_halves(halves: np.ndarray) -> tuple[float, float, float]:
    """EVPPI, its standard error and its biased twin, from mean net benefits (outer draw, half, strategy)."""
    whole = halves.mean(axis=1)
    now = whole[:, whole.mean(axis=0).argmax()]
    plain = whole.max(axis=1) - now
    corrected = 2 * plain - (halves.max(axis=2).mean(axis=1) - now)
    error = corrected.std(ddof=1) / np.sqrt(len(halves))
    return float(corrected.mean()), float(error), float(plain.mean())


def check_loops(outer: int, inner: int) -> None:
    """Raise `HeconError` where there are too few draws in a loop."""
    for what, count, least in (("outer", outer, 2), ("inner", inner, 2)):
        if count < least:
            raise HeconError(f"{what} is {count}; it must be at least {least}")


def _inner_draws(
    table: pd.DataFrame,
    known: pd.DataFrame,
    count: int,
    conditional: Conditional | None,
    stream: np.random.Generator,
) -> pd.DataFrame:
    """`count` draws of all inputs for each row of `known` values of the group, one block after the other."""
    if conditional is None:
        drawn = table.iloc[stream.integers(len(table), size=len(known) * count)].reset_index(drop=True)
    else:
        blocks = [conditional(row, count, stream)[list(table.columns)] for _, row in known.iterrows()]
        wrong = next((len(block) for block in blocks if len(block) != count), count)
        if wrong != count:
            raise HeconError(f"conditional gave {wrong} draws; it was asked for {count}")
        drawn = pd.concat(blocks, ignore_index=True)
    drawn[list(known.columns)] = np.repeat(known.to_numpy(), count, axis=0)
    return drawn
