"""Results that a workbook states must come out: the rows of its sheet Checks, evaluated."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from hecon.analysis.result import Result
from hecon.errors import Fault, InputError

CHECKS = "Checks"
_COLUMNS = ("check", "cell", "measure", "low", "high", "value", "passes")


def stated_results(base: Result) -> pd.DataFrame:
    """Evaluate the sheet Checks on a base case: one row a check, in order; empty without the sheet.

    Columns: check, cell (of its row), measure, low, high, value (what came out), passes. A value that is missing (no
    ICER where one strategy dominates) passes no range. Raises `InputError` by cell for a horizon or a measure that the
    results do not have.

    >>> stated_results(base).passes.all()  # doctest: +SKIP
    True
    """
    sheet = base.case.tables.get(CHECKS)
    if sheet is None:
        return pd.DataFrame(columns=list(_COLUMNS))
    totals = base.summary().set_index(["strategy", "horizon_years"])
    keys = ["strategy", "comparator", "horizon_years"]
    pairs = base.incremental().set_index(keys) if len(base.strategies) > 1 else pd.DataFrame()
    faults, rows = [], []
    values: dict[bool, Any] = {True: pairs, False: totals}
    for number, row in enumerate(sheet.to_dict("records"), start=1):
        cell = f"{CHECKS}!A{int(row['row'])}" if "row" in row else f"{CHECKS}, check {number}"
        other = row.get("comparator")
        against = isinstance(other, str) and other
        table = values[bool(against)]
        place = (row["strategy"], other, row["horizon_years"]) if against else (row["strategy"], row["horizon_years"])
        if row["horizon_years"] not in base.time.horizons:
            known = ", ".join(f"{horizon:g}" for horizon in base.time.horizons)
            faults.append(Fault(cell, f"horizon {row['horizon_years']:g} is not a horizon of the results ({known})"))
        elif row["measure"] not in table or place not in table.index:
            what = "increments" if against else "totals"
            faults.append(Fault(cell, f"the {what} of {row['strategy']} have no {row['measure']}"))
        else:
            value = float(table.loc[place, row["measure"]])
            low = -math.inf if pd.isna(row.get("low")) else float(row["low"])
            high = math.inf if pd.isna(row.get("high")) else float(row["high"])
            rows.append((row["check"], cell, row["measure"], low, high, value, bool(low <= value <= high)))
    if faults:
        raise InputError(base.case.source, faults)
    return pd.DataFrame(rows, columns=list(_COLUMNS))
