"""Confidential inputs, and the public workbook in their place.

A row with ``confidential`` = yes holds a number that must not leave the house; ``list_value`` is the public one, such
as a list price. What an export shows is what the public workbook gives too: see `hecon.report.redaction`.

What stands elsewhere in a workbook and is about the number goes with it: scenarios and axes of the decision map that
move it, results that its author stated of costs, and the hash of the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from hecon.errors import Fault, HeconError, InputError
from hecon.inputs.case import Inputs
from hecon.inputs.values import FIXED_COLUMNS

CONFIDENTIAL, LIST_VALUE = "confidential", "list_value"
#: Numbers of a row that say what its value is.
_NUMBERS = ("value", "low", "high", "se", "natural_1", "natural_2", "truncate_low", "truncate_high")
#: Numbers of a row of Scenarios that say what an input is there.
_OF_SCENARIO = ("value", "low", "high")
#: A number in the place of a confidential one, where there is none on a list: results that move with it are blanked.
_ELSEWHERE = 1.37
#: Measures of stated results that move with a price.
_OF_COSTS = re.compile("cost|icer|benefit|evp|price")
_TEXTS = ("source", "note")
#: Stands in the place of the hash of a file whose numbers are confidential: with it a guess could be tried.
_NO_HASH = "not given: the file holds confidential numbers"
#: Digits that a number in a text has at least, to be taken for a confidential one that was rounded.
_TOLD = 3
_NUMBER = re.compile(r"(?<![\d.,])\d[\d,]*(?:\.\d+)?(?![\d])")


def confidential_rows(inputs: Inputs) -> pd.DataFrame:
    """Rows of the parameter sheets that are confidential. Raises `HeconError` where there are none."""
    rows = inputs.parameters
    found = rows[rows[CONFIDENTIAL] == "yes"] if CONFIDENTIAL in rows else rows.iloc[:0]
    if found.empty:
        raise HeconError(f"no row of {inputs.source} is confidential: write yes in its column '{CONFIDENTIAL}'")
    return found


def secrets_of(inputs: Inputs) -> dict[str, float]:
    """Every confidential number by the cell of its row, or of the scenario that changes it."""
    found: dict[str, float] = {}
    for record in confidential_rows(inputs).to_dict("records"):
        found |= {f"{record['cell']}, {name}": float(record[name]) for name in _NUMBERS if _is_number(record[name])}
    for place, row in _of_scenarios(inputs):
        where = f"Scenarios, row {row.get('row', place + 1)}"
        found |= {f"{where}, {name}": float(row[name]) for name in _OF_SCENARIO if _is_number(row.get(name))}
    return found


def pack_sizes(inputs: Inputs) -> list[float]:
    """Sizes of packs, for which a confidential price may stand multiplied."""
    packs = inputs.tables.get("Packs")
    return [] if packs is None else sorted({float(size) for size in packs["size"] if _is_number(size)})


def has_list_values(inputs: Inputs) -> bool:
    """Whether every confidential row has a public number."""
    return bool(confidential_rows(inputs)[LIST_VALUE].notna().all())


def public_inputs(inputs: Inputs, *, complete: bool = False) -> Inputs:
    """Give the workbook with public numbers in the place of confidential ones, and their ranges in proportion.

    Where a row has no list_value another number stands in, for results to be compared with; with `complete` that is an
    `InputError` by cell.
    """
    rows = confidential_rows(inputs)
    if complete and not has_list_values(inputs):
        missing = rows[rows[LIST_VALUE].isna()]["cell"]
        rule = f"is confidential and has no {LIST_VALUE}; a public workbook needs a number in its place"
        raise InputError(inputs.source, [Fault(cell, rule) for cell in missing])
    parameters = inputs.parameters.copy()
    tables = dict(inputs.tables)
    for place, record in rows.to_dict("index").items():
        factor = _factor(record)
        for name in _NUMBERS:
            if _is_number(record[name]):
                parameters.loc[place, name] = float(record[name]) * factor
        parameters.loc[place, "value"] = _public(record)
        parameters.loc[place, ["source", "note"]] = ["list value", ""]
        for sheet, table in tables.items():
            if "cell" in table and "value" in table and (table["cell"] == record["cell"]).any():
                own = table["cell"] == record["cell"]
                tables[sheet] = table.assign(value=table["value"].where(~own, _public(record)))
    parameters[CONFIDENTIAL], parameters[LIST_VALUE] = "", math.nan
    tables |= _stated_and_mapped(inputs)
    for place, row in _of_scenarios(inputs):
        scenarios = tables["Scenarios"].copy()
        scenarios["value"] = scenarios["value"].astype(object)
        factor = _factor(_target(inputs, row))
        for name in (name for name in _OF_SCENARIO if _is_number(row.get(name))):
            scenarios.loc[place, name] = float(row[name]) * factor
        tables["Scenarios"] = scenarios
    public = replace(inputs, parameters=parameters, tables=tables, sha256=_NO_HASH)
    _refuse_told(public, secrets_of(inputs))
    return public


def _stated_and_mapped(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Give the checks without stated results of costs, and the map with axes of confidential inputs moved as they."""
    found: dict[str, pd.DataFrame] = {}
    checks, axes = inputs.tables.get("Checks"), inputs.tables.get("Map")
    if checks is not None:
        found["Checks"] = checks[[not _OF_COSTS.search(str(name)) for name in checks["measure"]]]
    if axes is not None:
        axes = axes.copy()
        for record in confidential_rows(inputs).to_dict("records"):
            labels = [str(record[name]) for name in inputs.labels if record.get(name)]
            own = [_is_about(str(name), str(record["parameter"]), labels) for name in axes["name"]]
            axes["marked"] = axes["marked"].where(~np.array(own), "")
            for column in ("low", "high"):
                axes[column] = axes[column].where(~np.array(own), axes[column] * _factor(record))
        found["Map"] = axes
    return found


def _is_about(name: str, parameter: str, labels: Sequence[str]) -> bool:
    """Whether an axis of the map is along an input, as ``drug_price: isatuximab``."""
    own, _, of = name.partition(":")
    return own.strip() == parameter and all(label in of for label in labels)


def _refuse_told(inputs: Inputs, secrets: Mapping[str, float]) -> None:
    """Raise `InputError` where a text of the workbook tells a confidential number, as it is or rounded."""
    faults = []
    texts: list[tuple[str, Any]] = [("Settings", inputs.settings.title), ("Settings", inputs.settings.population)]
    texts += [(str(row["cell"]), row[name]) for row in inputs.parameters.to_dict("records") for name in _TEXTS
              if name in row]  # fmt: skip
    for sheet, table in inputs.tables.items():
        for row in table.to_dict("records"):
            where = f"{sheet}, row {row['row']}" if "row" in row else sheet
            texts += [(where, text) for text in row.values()]
    for where, text in texts:
        for token in _NUMBER.findall(text) if isinstance(text, str) else ():
            for place, secret in secrets.items():
                if _tells(token, secret):
                    rule = f"would still hold {token}, the number of {place}; take it out of notes, names and sources"
                    faults.append(Fault(where, rule))
    if faults:
        raise InputError(inputs.source, list(dict.fromkeys(faults)))


def _tells(token: str, secret: float) -> bool:
    """Whether a number in a text is a confidential one, as it is or rounded."""
    plain = token.replace(",", "")
    if len(plain.replace(".", "").strip("0")) < _TOLD:
        return False
    decimals = len(plain.partition(".")[2])
    return abs(float(plain) - abs(secret)) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


def _public(record: Mapping[Any, Any]) -> float:
    listed = record[LIST_VALUE]
    if _is_number(listed):
        return float(listed)
    return float(record["value"]) * _factor(record) or _ELSEWHERE


def _factor(record: Mapping[Any, Any]) -> float:
    """By what ranges and scenarios of a row move, so that they still hold its value."""
    value, listed = float(record["value"]), record[LIST_VALUE]
    if _is_number(listed) and value:
        return float(listed) / value
    return 1 / _ELSEWHERE if value <= 1 else _ELSEWHERE  # a share stays one


def _of_scenarios(inputs: Inputs) -> list[tuple[int, Mapping[Any, Any]]]:
    """Rows of Scenarios that give a confidential input another number."""
    table = inputs.tables.get("Scenarios")
    if table is None:
        return []
    records = zip(table.index.tolist(), table.to_dict("records"), strict=True)
    return [(int(i), row) for i, row in records if _is_number(row["value"]) and _target(inputs, row) is not None]


def _target(inputs: Inputs, row: Mapping[Any, Any]) -> Any:
    """The confidential row that a row of Scenarios changes, or None."""
    for record in confidential_rows(inputs).to_dict("records"):
        keys = [key for key in row if key in record and key not in FIXED_COLUMNS and row[key]]
        if record["parameter"] == row["target"] and all(row[key] == record[key] for key in keys):
            return record
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
