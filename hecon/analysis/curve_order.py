"""A check on the curves of a workbook: progression-free survival must not outlast overall survival.

Fitted curves may cross in their tails, and the setting ``crossing`` says what happens then. A median that comes
later than the median of overall survival is no crossing in a tail: two cells were swapped or mistyped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.errors import Fault, InputError
from hecon.inputs.case import Case
from hecon.labels import STRATEGY

INNER, OUTER = "progression_free_survival", "overall_survival"


def refuse_reversed_curves(case: Case, curves: Mapping[str, Any]) -> None:
    """Raise `InputError`, by cell of the Curves sheet, where the median of PFS is later than the median of OS."""
    table = case.tables.get("Curves")
    if table is None or INNER not in curves or OUTER not in curves:
        return
    strategies = tuple(case.labels[STRATEGY])
    medians = [_by_strategy(curves[endpoint].median(), len(strategies)) for endpoint in (INNER, OUTER)]
    faults = [
        Fault(
            _cell(table, strategy),
            f"progression-free survival of {strategy} lies above its overall survival: the medians are "
            f"{12 * inner:.3g} and {12 * outer:.3g} months; PFS must not be longer than OS",
        )
        for strategy, inner, outer in zip(strategies, *medians, strict=True)
        if inner > outer
    ]
    if faults:
        raise InputError(case.source, faults)


def _by_strategy(median: object, count: int) -> np.ndarray:
    return np.broadcast_to(np.asarray(median, dtype=float), (count,))


def _cell(table: Any, strategy: str) -> str:
    rows = table[(table["strategy"] == strategy) & (table["endpoint"] == INNER)]
    if "row" not in table or rows.empty:
        return "Curves"
    column = [name for name in table.columns if name != "row"].index("family")
    return f"Curves!{chr(ord('A') + column)}{int(rows['row'].iloc[0])}"
