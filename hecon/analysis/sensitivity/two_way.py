"""Two-way sensitivity analysis: a grid over two inputs, all of it in one batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hecon.analysis.sensitivity.measure import DEFAULT_OUTCOME, OutcomeMeasure, at_horizons, evaluate, measure
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.inputs.batch import Uncertainty, uncertainty_of
from hecon.inputs.case import Inputs, Model
from hecon.inputs.from_case import takes_cases
from hecon.inputs.input_names import find_input
from hecon.inputs.permitted import refuse_row_values


@frozen
class TwoWay:
    """A two-way analysis. `table` is tidy: horizon_years, one column for each input's value, outcome, best_strategy.

    `best_strategy` has the highest net monetary benefit at that point, at the willingness to pay of the measure or else
    the highest of the settings; ties go to the earlier strategy.
    """

    table: pd.DataFrame
    measure: OutcomeMeasure
    first: str
    second: str

    def grid(self, horizon: float | None = None, column: str = "outcome") -> pd.DataFrame:
        """Give one horizon (the last, if not given) as a grid: rows the first input, columns the second."""
        horizon = self.table.horizon_years.iloc[-1] if horizon is None else horizon
        rows = self.table[self.table.horizon_years == horizon]
        if rows.empty:
            raise HeconError(f"horizon {horizon:g} is not in the analysis")
        return rows.pivot(index=self.first, columns=self.second, values=column)


@takes_cases
def two_way(
    inputs: Inputs,
    first: str,
    second: str,
    first_values: Sequence[float] | None = None,
    second_values: Sequence[float] | None = None,
    horizon: float | Sequence[float] | None = None,
    outcome: str = DEFAULT_OUTCOME,
    willingness_to_pay: float | None = None,
    strategy: str | None = None,
    comparator: str | None = None,
    *,
    points: int = 21,
    model: Model | None = None,
) -> TwoWay:
    """Run every pair of values of two inputs, named as in `one_way` ("drug_price · daratumumab").

    Without values, an input takes `points` of them from low to high of its row, or over the middle 95 % of its
    distribution.
    """
    uncertainty = uncertainty_of(inputs, None)
    rows = [find_input(name, uncertainty.names) for name in (first, second)]
    if rows[0] == rows[1]:
        raise HeconError(f"a two-way analysis needs two inputs, and '{first}' and '{second}' are the same")
    sides = [
        _values(inputs, uncertainty, row, points, own)
        for row, own in zip(rows, (first_values, second_values), strict=True)
    ]
    case, places = at_horizons(inputs.base_case(model), horizon)
    wanted = measure(case, outcome, strategy, comparator, willingness_to_pay)
    threshold = wanted.willingness_to_pay if np.isfinite(wanted.willingness_to_pay) else willingness_to_pay
    strategies = case.labels["strategy"]
    each = [measure(case, "net_monetary_benefit", name, None, threshold) for name in strategies]
    values = np.stack([side.ravel() for side in np.meshgrid(*sides, indexing="ij")], axis=1)
    found = evaluate(case, rows, values, [wanted, *each])
    best = np.array(strategies, dtype=object)[found[1:].argmax(axis=0)]
    names = [uncertainty.names[row] for row in rows]
    frames = [
        pd.DataFrame(
            {
                "horizon_years": case.settings.horizons[j],
                names[0]: values[:, 0],
                names[1]: values[:, 1],
                "outcome": found[0, :, j],
                "best_strategy": best[:, j],
            }
        )
        for j in places
    ]
    return TwoWay(pd.concat(frames, ignore_index=True), wanted, names[0], names[1])


def _values(
    inputs: Inputs, uncertainty: Uncertainty, row: int, points: int, given: Sequence[float] | None
) -> np.ndarray:
    name = uncertainty.names[row]
    if given is not None:
        values = np.asarray(given, dtype=float)
        if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
            raise HeconError(f"the values of {name} must be a list of finite numbers")
        if len(set(values.tolist())) < len(values):
            raise HeconError(f"the values of {name} name one twice")
        refuse_row_values(inputs.parameters.iloc[row].to_dict(), name, values)
        return values
    if points < 2:
        raise HeconError(f"points is {points}; a grid needs at least 2 on each side")
    record = inputs.parameters.iloc[row]
    low, high = float(record["low"]), float(record["high"])
    if not low < high:
        found = uncertainty.source_of(row)
        if found is None:
            raise HeconError(f"{name} has neither a range nor a distribution; give its values")
        low, high = found[0].marginal(found[1], np.array([0.025, 0.975]))
    return np.linspace(low, high, points)
