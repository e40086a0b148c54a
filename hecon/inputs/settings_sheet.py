"""The Settings sheet: what it does not mention keeps its default, what nobody knows is a fault of its cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from hecon.errors import Fault, InputError, did_you_mean
from hecon.inputs.cells import FAULTY
from hecon.inputs.rows import Row, Table
from hecon.settings import Settings, not_a_setting

#: A yearly rate of discounting that no guideline goes beyond is said.
USUAL_RATE = 0.12
#: Settings that may be left out without a word: the comparator that is taken is said below, by its name.
_UNSAID = ("comparator", "severity")
MODEL_PATTERN = re.compile(r"[a-z][a-z0-9_]*")


def read_settings(
    table: Table, labels: Mapping[str, Sequence[str]] | None, notes: list[str]
) -> tuple[str, Settings | None]:
    """Read the Settings sheet; what it does not mention keeps its default and gives a note."""
    if not table.columns:
        return "", None
    specs = {spec.name: spec for spec in fields(Settings)}
    rows = {row["setting"]: row for row in table.rows if row.sound("setting")}
    for name, row in rows.items():
        if name != "model" and name not in specs:
            hint = did_you_mean(name, ["model", *specs])
            table.faults.append(Fault(row.where("setting"), f"there is no setting '{name}'.{hint}"))
    model = _model(table, rows.get("model"))
    values: dict[str, Any] = {}
    for name, spec in specs.items():
        if name not in rows:
            if name in _UNSAID:
                continue
            notes.append(f"{table.name}: '{name}' is not there; its default is used ({spec.default})")
            continue
        row, value = rows[name], rows[name]["value"]
        if value is FAULTY:
            continue
        try:
            values[name] = spec.metadata["parse"]("" if value is None else value)
        except (ValueError, TypeError) as error:
            table.faults.append(Fault(row.where("value"), f"{name} {not_a_setting(value, spec.default, error)}"))
    notes += _notes(rows, values)
    comparator = values.get("comparator")
    if comparator and labels is not None and comparator not in labels["strategy"]:
        known = labels["strategy"]
        rule = f"comparator '{comparator}' is not a strategy on the Labels sheet ({', '.join(known)})"
        table.faults.append(Fault(rows["comparator"].where("value"), rule + "." * bool(did_you_mean(comparator, known))
                                  + did_you_mean(comparator, known)))  # fmt: skip
    if labels is not None and not comparator and len(labels["strategy"]) > 1:
        where = rows["comparator"].where("value") if "comparator" in rows else table.name
        last = labels["strategy"][-1]
        notes.append(f"{where}: comparator is blank; increments are against {last}, the last strategy on Labels")
    if table.faults:
        return model, None
    try:
        return model, Settings(**values)
    except InputError as error:  # what is wrong between settings, each of which is right
        for fault in error.faults:
            where = rows[fault.where].where("value") if fault.where in rows else table.name
            table.faults.append(Fault(where, f"{fault.where} {fault.what}"))
        return model, None


def _notes(rows: Mapping[str, Row], values: Mapping[str, Any]) -> list[str]:
    """Say what is allowed and most likely a slip: a rate of 0.35 for 0.035, no currency."""
    notes = []
    for name in ("discount_rate_cost", "discount_rate_effect"):
        rate = values.get(name, 0.0)
        for one in [rate] if isinstance(rate, float) else [step[1] for step in rate]:
            if not 0 <= one <= USUAL_RATE:
                notes.append(f"{rows[name].where('value')}: {name} is {one:g}, {100 * one:g} % a year")
    if not values.get("currency", "USD").strip():
        notes.append(f"{rows['currency'].where('value')}: currency is blank, so no unit was compared with it")
    return notes


def _model(table: Table, row: Row | None) -> str:
    rule = "it must be the name of a model: lower-case letters, digits and underscores, never a path or code"
    if row is None:
        if not any("model" in fault.what for fault in table.faults):
            table.faults.append(Fault(table.name, f"there is no row 'model'; {rule}"))
        return ""
    name = row["value"]
    if name is FAULTY:
        return ""
    if not isinstance(name, str) or not MODEL_PATTERN.fullmatch(name):
        found = "blank" if name is None else f"'{name}'"
        table.faults.append(Fault(row.where("value"), f"model is {found}; {rule}"))
        return ""
    return name
