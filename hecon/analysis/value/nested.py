"""EVPPI of a workbook's inputs by nested Monte-Carlo: the model run again for every draw of what becomes known.

No regression, so no smoothing: the check of the fast methods, which this engine can afford.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from hecon.analysis.run import run
from hecon.analysis.sensitivity.measure import CHUNK, Progress, at_horizons
from hecon.analysis.value.evppi import check_loops, value_of_halves
from hecon.analysis.value.groups import groups_of
from hecon.analysis.value.sample import thresholds
from hecon.errors import HeconError
from hecon.inputs.batch import Uncertainty, uncertainty_of, with_rows
from hecon.inputs.case import Inputs, Model
from hecon.labels import DRAW, HORIZON, STRATEGY, one_of


def evppi_nested_of(
    inputs: Inputs,
    group: str | Sequence[str],
    willingness_to_pay: float | Iterable[float] | None = None,
    horizon: float | Sequence[float] | None = None,
    *,
    outer: int = 500,
    inner: int = 200,
    strategies: Sequence[str] | None = None,
    seed: int | None = None,
    model: Model | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """EVPPI of one group of a workbook's inputs by two nested loops, at each horizon and willingness to pay.

    `outer` draws of the inputs in `group` (inputs, or parameters with all their inputs), and for each `inner` fresh
    draws of all others: outer x inner runs in batches. `strategies` are the choices of the decision (all, if not
    given). The bias of the maximum over noisy means is removed as in `evppi_nested`, so a value may be slightly
    negative. One row a horizon and threshold: horizon_years, willingness_to_pay, evppi (currency per patient),
    standard_error, evppi_uncorrected.

    Raises `HeconError` for a group that holds some and not all of what is drawn together: what is left would have to be
    drawn given the others.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> he.evppi_nested_of(inputs, "relative_dose_intensity", 150_000, 1, strategies=["Isa-Pd", "Dara-Pd"])
    ... # doctest: +SKIP

    Source: Brennan et al. 2007, Medical Decision Making 27:448-470.
    """
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
