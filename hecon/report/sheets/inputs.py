"""The sheets that say what went in: Inputs as used, Regimens, Settings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from hecon.excel.book import Page
from hecon.inputs.as_typed import as_text
from hecon.inputs.values import FIXED_COLUMNS
from hecon.parameters import records_of
from hecon.report.provenance import (
    status_sentence,
)
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, width_for
from hecon.report.tables import inputs_table, setting_text
from hecon.report.words import in_words
from hecon.settings import Settings

#: Values of a table by the header of their column.
_Columns = dict[str, list[Any]]

_NUMBERS = ("Value", "Low", "High", "Standard error", "Value used", "Price factor", "Price year")
_LONG = ("Source", "Note")
_REGIMENS = ("Schedules", "Packs")
_STATUS_STYLES = {"assumed": "text assumed", "derived": "text", "reported": "text good"}
_HEADERS = {
    "cell": "Cell", "parameter": "Parameter", "labels": "Applies to", "value": "Value", "unit": "Unit",
    "price_year": "Price year", "price_factor": "Price factor", "used_value": "Value used", "low": "Low",
    "se": "Standard error", "high": "High", "distribution": "Distribution", "status": "Status", "source": "Source",
    "note": "Note",
}  # fmt: skip


def write_inputs_used(export: Export) -> None:
    """Write every input row with the value the model got; assumed ones are marked."""
    table, unused = inputs_table(export.result), export.result.unused
    if unused:
        said = "Without effect: the model does not read it."
        notes = table["note"] if "note" in table else [""] * len(table)
        table["note"] = [
            " ".join(text for text in (said, note) if text) if name in unused else note
            for name, note in zip(table["parameter"], notes, strict=True)
        ]
    frame = _readable(table)
    about = status_sentence(export.result.case) + " Assumed values are marked in orange."
    page = export.book.page("Inputs as used", help=about)
    columns = [str(name) for name in frame.columns]
    widths = [_width(name, frame[name]) for name in columns]
    page.widths(widths)
    headers(page, TOP, columns, widths, [name for name in columns if name not in _NUMBERS])
    for row, record in enumerate(records_of(frame), start=TOP + 1):
        for column, name in enumerate(columns):
            _input_cell(page, row, column, name, record)
        fit_row(
            page, row, [(record[name], width) for name, width in zip(columns, widths, strict=True) if name in _LONG]
        )
    bottom, last = TOP + len(frame), len(columns) - 1
    page.sheet.autofilter(TOP, 0, bottom, last)
    page.freeze(TOP + 1, columns.index("Parameter") + 1)
    page.print_setup(header_row=TOP, area=(0, 0, bottom, last))


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """Give the table of inputs for people: the labels of a row in one column, empty columns left out."""
    keys = [name for name in table.columns if name not in (*FIXED_COLUMNS, "price_factor", "used_value", "labels")]
    frame = table.drop(columns=["sheet", *keys], errors="ignore")
    if keys:
        applies = [", ".join(in_words(label) for label in row if label) for row in table[keys].to_numpy(dtype=object)]
        frame.insert(list(frame.columns).index("parameter") + 1, "labels", applies)
    empty = [name for name in frame.columns if name not in ("value", "parameter") and _blank(frame[name].tolist())]
    return frame.drop(columns=empty).rename(columns=_HEADERS)


def _blank(values: Iterable[object]) -> bool:
    return all(value is None or value == "" or value != value for value in values)


def _width(name: str, values: Iterable[object]) -> float:
    if name in _NUMBERS:
        return 12.0
    if name in _LONG:
        return 42.0
    return width_for([f"{name}   ", *values], 10, 36)


def _input_cell(page: Page, row: int, column: int, name: str, record: Mapping[Any, Any]) -> None:
    value, assumed = record[name], record.get("Status") == "assumed"
    if name == "Status":
        page.text(row, column, value, _STATUS_STYLES.get(str(value), "text"), align="center")
    elif name in _NUMBERS and math.isinf(value):
        page.text(row, column, "unlimited", "text", align="right")
    elif name == "Price factor":
        page.number(row, column, value, "number", num_format="0.0000")
    elif name in _NUMBERS:
        style = "general assumed" if assumed and name in ("Value", "Value used") else "general"
        page.number(row, column, value, style, num_format=_format(value) if name != "Price year" else "0")
    elif name in ("Unit", "Distribution"):
        page.text(row, column, value, "text", indent=1, align="left")
    else:
        page.text(row, column, value, "label" if name == "Parameter" else "wrap" if name in _LONG else "text")


def _format(value: float) -> str:
    """Number format of an input: as typed, with thousands separators where there are thousands."""
    if not abs(value) >= 1000:
        return "General"
    return "#,##0" if value == round(value) else "#,##0.00"


def has_regimens(export: Export) -> bool:
    """Whether the model used treatment schedules or packs."""
    tables = export.result.case.tables
    return any(name in tables and len(tables[name]) for name in _REGIMENS)


def _regimens(export: Export) -> dict[str, _Columns]:
    """Give the tables of treatment schedules and packs that the model used, without their empty columns."""
    found = {}
    for name in _REGIMENS:
        table = export.result.case.tables.get(name)
        if table is not None and len(table):
            columns = {str(column): values.tolist() for column, values in table.items() if column != "row"}
            found[name] = {in_words(column): values for column, values in columns.items() if not _blank(values)}
    return found


def _one_remark(table: _Columns, columns: int) -> _Columns:
    """Join source and note of a table with fewer columns than the sheet in one."""
    names = [name for name in _LONG if name in table]
    if len(names) < 2 or len(table) >= columns:
        return table
    rows = zip(*(table[name] for name in names), strict=True)
    joined = ["; ".join(text for text in row if isinstance(text, str) and text) for row in rows]
    return {name: values for name, values in table.items() if name not in names} | {_LONG[0]: joined}


def write_regimens(export: Export) -> None:
    """Write treatment schedules and packs as the workbook gives them."""
    page = export.book.page("Regimens", help="Doses by treatment cycle and day, and the packs they are made up from.")
    shown = _regimens(export)
    widest = max(shown.values(), key=len)
    widths = [
        44.0 if name in _LONG else width_for([name, *map(_cell, values)], 8, 24) for name, values in widest.items()
    ]
    widths[0] = max(width_for(map(_cell, next(iter(table.values()))), 8, 24) for table in shown.values())
    page.widths(widths)
    row = TOP
    for name, table in shown.items():
        row = _write_regimen(page, heading(page, row, name), _one_remark(table, len(widths)), widths) + 1
    page.print_setup(area=(0, 0, row - 2, len(widths) - 1))


def _write_regimen(page: Page, row: int, table: _Columns, widths: Sequence[float]) -> int:
    """Write one table and give the next row; remarks at the end of a short table run on to the right."""
    columns = list(table)
    texts = [name for name, values in table.items() if not all(isinstance(one, int | float) for one in values)]
    is_short = len(columns) < len(widths)
    styles = ["text" if is_short and column in _LONG else "wrap" for column in columns]
    row = headers(page, row, columns, widths, texts)
    for record in zip(*table.values(), strict=True):
        values = [_cell(value) for value in record]
        for column, value in enumerate(values):
            style = styles[column] if isinstance(value, str) else "general"
            style += " assumed" if columns[column] == "Status" and value == "assumed" else ""
            more = {"indent": 1, "align": "left"} if isinstance(value, str) and column else {}
            page.value(row, column, value, style if column else "label", **more)
        heights = zip(styles, values, widths, strict=False)
        fit_row(page, row, [(value, width) for style, value, width in heights if style == "wrap"])
        row += 1
    return row


def _cell(value: Any) -> Any:
    """Give what a cell shows: lists and truths as they are typed into the workbook."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return as_text(value) if isinstance(value, tuple | list) else value


def write_settings(export: Export) -> None:
    """Write every setting with its value and what it does, and what identifies the run."""
    about = "How the analysis was run. Change a setting on the Settings sheet of the input workbook."
    page = export.book.page("Settings", help=about)
    widths = [28.0, 66.0, 84.0]
    page.widths(widths)
    row = headers(page, TOP, ["Setting", "Value", "What it does"], widths)
    settings = export.result.case.settings
    for spec in fields(Settings):
        value = getattr(settings, spec.name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        shown = value if is_number else setting_text(value)
        page.text(row, 0, spec.name, "label")
        page.value(row, 1, shown, "general" if is_number else "wrap", align="left")
        page.text(row, 2, spec.metadata["meaning"], "wrap")
        fit_row(page, row, [(shown, widths[1]), (spec.metadata["meaning"], widths[2])])
        row += 1
    row = heading(page, row + 1, "Run")
    for name, value in export.origin.items():
        page.text(row, 0, name, "label")
        page.text(row, 1, value, "wrap")
        row += 1
    page.freeze(TOP + 1, 1)
    page.print_setup(header_row=TOP, area=(0, 0, row - 1, 2))
