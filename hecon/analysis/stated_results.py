"""Results that a workbook states must come out: the rows of its sheet Checks, evaluated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from hecon.analysis.result import Result
from hecon.errors import Fault, HeconError, InputError
from hecon.frozen import frozen
from hecon.inputs.expectations import as_expected
from hecon.inputs.stated_changes import with_changes
from hecon.parameters import records_of

CHECKS = "Checks"
_COLUMNS = ("check", "cell", "measure", "changed", "expected", "low", "high", "value", "base", "passes")


def stated_results(base: Result) -> pd.DataFrame:
    """Evaluate the sheet Checks on a base case: one row a check, in order; empty without the sheet.

    Columns: check, cell (of its row), measure, changed (inputs or settings, as the row writes them; blank: none),
    expected (against the base case; blank: the range), low, high, value (what came out), base (in the base case),
    passes. A value that is missing (no ICER where one strategy dominates) passes nothing. Raises `InputError` by cell
    for a horizon or a measure that the results do not have, and for a change after which the model cannot be run.

    >>> stated_results(base).passes.all()  # doctest: +SKIP
    True
    """
    sheet = base.case.tables.get(CHECKS)
    if sheet is None:
        return pd.DataFrame(columns=list(_COLUMNS))
    tried: dict[str, _Tables] = {"": _Tables(base)}
    faults, rows = [], []
    for number, row in enumerate(records_of(sheet), start=1):
        cell = f"{CHECKS}!A{int(row['row'])}" if "row" in row else f"{CHECKS}, check {number}"
        changed, expected = _text(row, "changed"), _text(row, "expected")
        try:
            if changed not in tried:
                tried[changed] = _Tables(_run(base, changed))
            value, before = (tried[name].number(row) for name in (changed, ""))
        except HeconError as error:
            faults.append(Fault(cell, " ".join(str(error).split())))
            continue
        low = -math.inf if pd.isna(row.get("low")) else float(row["low"])
        high = math.inf if pd.isna(row.get("high")) else float(row["high"])
        passes = as_expected(expected, value, before) if expected else low <= value <= high
        rows.append((row["check"], cell, row["measure"], changed, expected, low, high, value, before, bool(passes)))
    if faults:
        raise InputError(base.case.source, faults)
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def expectation(row: Any) -> str:
    """Say what a row of `stated_results` expects, to follow 'it should'.

    >>> expectation(next(pd.DataFrame({"expected": ["lower"], "base": [2.0]}).itertuples()))
    'be lower than in the base case, 2'
    """
    if not row.expected:
        return f"lie between {row.low:.6g} and {row.high:.6g}"
    return f"be {row.expected} {'to that of' if row.expected == 'equal' else 'than in'} the base case, {row.base:.6g}"


def _run(base: Result, changed: str) -> Result:
    from hecon.analysis.run import run

    return run(with_changes(base.case, changed))


@frozen
class _Tables:
    """Totals and increments of one run, where a row of the sheet finds its number."""

    result: Result

    @cached_property
    def totals(self) -> dict[tuple[Any, ...], dict[Any, Any]]:
        rows = records_of(self.result.summary())
        return {(row["strategy"], row["horizon_years"]): row for row in rows}

    @cached_property
    def pairs(self) -> dict[tuple[Any, ...], dict[Any, Any]]:
        rows = records_of(self.result.incremental()) if len(self.result.strategies) > 1 else []
        return {(row["strategy"], row["comparator"], row["horizon_years"]): row for row in rows}

    def number(self, row: Mapping[Any, Any]) -> float:
        """Find the number that a row is about. Raises `HeconError` where there is none."""
        other, horizons = _text(row, "comparator"), self.result.time.horizons
        place = (row["strategy"], other, row["horizon_years"]) if other else (row["strategy"], row["horizon_years"])
        if row["horizon_years"] not in horizons:
            known = ", ".join(f"{horizon:g}" for horizon in horizons)
            raise HeconError(f"horizon {row['horizon_years']:g} is not a horizon of the results ({known})")
        numbers = (self.pairs if other else self.totals).get(place, {})
        if row["measure"] not in numbers:
            what = "increments" if other else "totals"
            raise HeconError(f"the {what} of {row['strategy']} have no {row['measure']}")
        return float(numbers[row["measure"]])


def _text(row: Mapping[Any, Any], column: str) -> str:
    value = row.get(column)
    return value if isinstance(value, str) else ""
