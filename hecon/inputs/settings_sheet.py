"""The Settings sheet: what it does not mention keeps its default, what nobody knows is a fault of its cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from hecon.errors import Fault, InputError, did_you_mean
from hecon.inputs.cells import FAULTY
from hecon.inputs.rows import Row, Table
from hecon.numerals import why_not_a_number
from hecon.settings import Settings

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
            if name == "comparator":
                continue  # said below, by the name of the strategy that is taken
            notes.append(f"{table.name}: '{name}' is not there; its default is used ({spec.default})")
            continue
        row, value = rows[name], rows[name]["value"]
        if value is FAULTY:
            continue
        try:
            values[name] = spec.metadata["parse"]("" if value is None else value)
        except (ValueError, TypeError) as error:
            table.faults.append(Fault(row.where("value"), f"{name} {_what_is_wrong(value, spec.default, error)}"))
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


def _what_is_wrong(value: object, default: object, error: Exception) -> str:
    """Say what a setting is and must be; of a number typed as text, what to type instead."""
    if isinstance(value, str) and isinstance(default, int | float) and ":" not in value:
        why = why_not_a_number(value)
        if not why.endswith("it must be a number"):
            return why
    found = "blank" if value is None else repr(value) if isinstance(value, str) else f"{value}"
    return f"is {found}; it {error}"


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
