"""What several analyses need: of a workbook, with what is said where it is missing; of what a caller gives instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from hecon.analysis.registry import Need
from hecon.analysis.result import is_cost_effectiveness
from hecon.errors import HeconError
from hecon.inputs.batch import uncertainty_of
from hecon.labels import STRATEGY

SEVERAL_STRATEGIES = Need("there is only one strategy", lambda inputs, _: len(inputs.labels[STRATEGY]) > 1)
UNCERTAIN_INPUTS = Need("no input has a distribution", lambda inputs, _: bool(uncertainty_of(inputs).sources))
SEVERAL_DRAWS = Need("it needs more than one draw", lambda inputs, _: inputs.settings.draws > 1)
COSTS_AND_QALYS = Need("the model has no costs or no QALYs", lambda _, base: is_cost_effectiveness(base))


def given_table(value: Any, name: str, columns: Sequence[str], maker: str) -> pd.DataFrame:
    """Give a table if it has the columns that `maker` gives it, else raise `HeconError`."""
    if not isinstance(value, pd.DataFrame) or not set(columns) <= set(map(str, value.columns)):
        raise HeconError(f"{name} is the table that {maker} gives, with the columns {', '.join(columns)}, ...")
    return value
