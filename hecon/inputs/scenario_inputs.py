"""A scenario as inputs of its own: what the workbook would say if the scenario were its base case."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from hecon.inputs.case import Inputs, no_model
from hecon.inputs.distributions import FIXED
from hecon.inputs.format import SCENARIO_RANGE, SHEETS_BY_NAME
from hecon.inputs.from_case import takes_cases
from hecon.inputs.together import SHARED
from hecon.inputs.values import FIXED_COLUMNS

#: Cells of a parameter row that say how uncertain it is, beside its distribution.
_SPREAD = ("low", "high", "se", "coverage", "natural_1", "natural_2", "truncate_low", "truncate_high")


@takes_cases
def scenario_inputs(inputs: Inputs, name: str) -> Inputs:
    """Give the inputs as they are in a scenario, so that every analysis can be made in it.

    A value that the scenario changes is drawn from the interval on its row of Scenarios (`low`, `high`, and
    `distribution`, or else that of the input); without an interval it is fixed, unless the input is drawn together with
    others, whose spread then stays around the new value. Raises `UnknownNameError` for a scenario that does not exist.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> psa = he.run_psa(scenario_inputs(inputs, "Subgroup: renal impairment"), 10_000)  # doctest: +SKIP
    """
    case = inputs.scenario(name, no_model)  # whose values are wanted
    table = inputs.tables["Scenarios"]
    parameters = inputs.parameters.copy()
    for row in table[table["scenario"] == name].to_dict("records"):
        own = parameters["parameter"] == row["target"]
        for key in (key for key in row if key in parameters and key not in FIXED_COLUMNS):
            if isinstance(row[key], str) and row[key]:
                own &= parameters[key] == row[key]
        if own.any():
            _change(parameters, own, row)
    tables = dict(case.tables)
    values = dict(zip(parameters["cell"], parameters["value"], strict=True))
    for sheet in (sheet for sheet in tables if sheet in SHEETS_BY_NAME and SHEETS_BY_NAME[sheet].named_by):
        cells = zip(tables[sheet]["cell"], tables[sheet]["value"], strict=True)
        tables[sheet] = tables[sheet].assign(value=[values.get(cell, value) for cell, value in cells])
    return replace(inputs, settings=case.settings, tables=tables, parameters=parameters)


def uncertain_scenarios(inputs: Inputs) -> tuple[str, ...]:
    """Names of the scenarios in which a value has an interval of its own, in order."""
    table = inputs.tables.get("Scenarios")
    if table is None or "low" not in table:
        return ()
    return tuple(dict.fromkeys(table[table["low"].notna()]["scenario"]))


def _change(parameters: pd.DataFrame, rows: pd.Series[bool], change: Mapping[Any, Any]) -> None:
    """Give rows of the parameter sheets the value of a row of Scenarios, and its interval."""
    parameters.loc[rows, "value"] = float(change["value"])
    low, high, distribution = (change.get(column) for column in SCENARIO_RANGE)
    alone = rows & ~parameters["distribution"].isin(list(SHARED))
    if isinstance(low, int | float) and not math.isnan(low):
        parameters.loc[rows, list(_SPREAD)] = math.nan
        parameters.loc[rows, "low"], parameters.loc[rows, "high"] = float(low), float(str(high))
        if isinstance(distribution, str) and distribution:
            parameters.loc[rows, "distribution"] = distribution
    else:
        parameters.loc[alone, list(_SPREAD)] = math.nan
        parameters.loc[alone, "distribution"] = FIXED
