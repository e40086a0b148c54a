"""The price grid of a workbook: discounts off the price that the new treatment hangs on, and off the comparator's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_STRATEGIES, given_table
from hecon.analysis.registry import Analysis, Task
from hecon.analysis.sensitivity.discounts import price_grid
from hecon.analysis.sensitivity.measure import OutcomeMeasure, evaluate
from hecon.analysis.sensitivity.prices import is_price
from hecon.inputs.case import Inputs, Model
from hecon.inputs.input_names import input_names

GRID_COLUMNS = (
    "strategy", "comparator", "first_input", "second_input", "horizon_years", "willingness_to_pay", "first_discount",
    "second_discount", "first_price", "second_price", "incremental_cost", "incremental_qaly", "icer", "quadrant",
    "incremental_net_monetary_benefit", "best_strategy",
)  # fmt: skip


def prices_of_pair(
    inputs: Inputs, strategy: str, comparator: str, model: Model | None = None
) -> tuple[str, str] | None:
    """Give the prices on which the costs of two strategies hang most, each more than those of the other.

    None where a strategy has no price of its own: where none moves its costs further than the other's.
    """
    case, names = inputs.base_case(model), input_names(inputs.parameters)
    records = inputs.parameters.to_dict("records")
    rows = [i for i, one in enumerate(records) if one["value"] > 0 and is_price(one["sheet"], one["parameter"])]
    if not rows:
        return None
    prices = np.array([float(records[row]["value"]) for row in rows])
    tried = np.concatenate([prices[None], prices + np.diag(prices)])  # as they are, then each of them doubled
    found = evaluate(case, rows, tried, [OutcomeMeasure("cost", strategy), OutcomeMeasure("cost", comparator)])
    moved = found[:, 1:, -1] - found[:, :1, -1]
    lead = moved[0] - moved[1]
    first, second = int(lead.argmax()), int(lead.argmin())
    return (names[rows[first]], names[rows[second]]) if lead[first] > 0 > lead[second] else None


def _run(task: Task) -> pd.DataFrame:
    strategy = task.others[0]
    pair = prices_of_pair(task.inputs, strategy, task.comparator, task.model)
    task.progress(1, 2)
    if pair is None:
        task.progress(2, 2)
        return pd.DataFrame(columns=list(GRID_COLUMNS))
    grid = price_grid(task.inputs, *pair, strategy=strategy, comparator=task.comparator, model=task.model)
    task.progress(2, 2)
    grid = grid.assign(strategy=strategy, comparator=task.comparator, first_input=pair[0], second_input=pair[1])
    return grid[list(GRID_COLUMNS)]


ANALYSIS = Analysis(
    called="price grid",
    run=_run,
    tables={"price_grid": lambda table, _: table},
    needs=(SEVERAL_STRATEGIES, COSTS_AND_QALYS),
    asked=lambda inputs: any(map(is_price, inputs.parameters["sheet"], inputs.parameters["parameter"])),
    accept=lambda value, _: given_table(value, "price_grid", GRID_COLUMNS, "he.run_suite(inputs)"),
)
