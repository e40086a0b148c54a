"""What several analyses need: of a workbook, with what is said where it is missing; of what a caller gives instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pandas as pd

from hecon.analysis.registry import Need
from hecon.analysis.result import Result, is_cost_effectiveness
from hecon.errors import HeconError
from hecon.inputs.batch import uncertainty_of
from hecon.labels import STRATEGY

_Kind = TypeVar("_Kind")

SEVERAL_STRATEGIES = Need("there is only one strategy", lambda inputs, _: len(inputs.labels[STRATEGY]) > 1)
UNCERTAIN_INPUTS = Need("no input has a distribution", lambda inputs, _: bool(uncertainty_of(inputs).sources))
SEVERAL_DRAWS = Need("it needs more than one draw", lambda inputs, _: inputs.settings.draws > 1)
COSTS_AND_QALYS = Need("the model has no costs or no QALYs", lambda _, base: is_cost_effectiveness(base))


def given_table(value: Any, name: str, columns: Sequence[str], maker: str) -> pd.DataFrame:
    """Give a table if it has the columns that `maker` gives it, else raise `HeconError`."""
    if not isinstance(value, pd.DataFrame) or not set(columns) <= set(map(str, value.columns)):
        raise HeconError(f"{name} is the table that {maker} gives, with the columns {', '.join(columns)}, ...")
    return value


def given_as(kind: type[_Kind], name: str, maker: str) -> Callable[[Any, Result], _Kind]:
    """Let an export take what `maker` gives, and nothing else in its place: what a record accepts."""

    def accept(value: Any, _: Result) -> _Kind:
        if not isinstance(value, kind):
            raise HeconError(f"{name} is what {maker} gives")
        return value

    return accept
