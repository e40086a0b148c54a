"""Inputs with status and source, regimens, and clinical outcomes of the model beside what was published."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from hecon.inputs.batch import in_words as input_in_words
from hecon.inputs.batch import input_names
from hecon.labels import STRATEGY
from hecon.report.document.material import Material
from hecon.report.document.parts import Block, Column, Paragraph, Picture, Section, Table
from hecon.report.provenance import status_sentence
from hecon.report.tables import survival_curves
from hecon.report.words import in_words, lower_first

_INPUT_COLUMNS = (
    Column("input", "Input"),
    Column("used_value", "Value", "general"),
    Column("unit", "Unit"),
    Column("low", "Low", "general"),
    Column("high", "High", "general"),
    Column("distribution", "Distribution"),
    Column("status", "Status"),
    Column("cited", "Source"),
)
_PLAIN_COLUMNS = (Column("parameter", "Input"), Column("labels", "For"), Column("value", "Value", "general"))


def inputs(material: Material) -> Section:
    """Every input by sheet: value, range, distribution, status, source by number; then schedules and packs."""
    frame = material.inputs
    blocks: list[Block] = [Paragraph(f"{status_sentence(material.base.case)} Sources stand in [[references]].")]
    if "sheet" not in frame:
        blocks.append(Table("inputs_all", "Inputs", frame, _PLAIN_COLUMNS))
        return Section("inputs", "Inputs", tuple(blocks))
    frame = frame.assign(
        input=[input_in_words(name) for name in input_names(frame.drop(columns=["sheet", "cell", "used_value",
               "price_factor"], errors="ignore"))],
        cited=material.cited(frame["source"]),
    )  # fmt: skip
    for place, (sheet, own) in enumerate(frame.groupby("sheet", sort=False), start=1):
        shown = tuple(
            column for column in _INPUT_COLUMNS if column.name in ("input", "used_value") or not _blank(own[column.name])
        )
        title = f"Inputs: {lower_first(str(sheet))}"
        blocks.append(Table(f"inputs_{place}", title, own.reset_index(drop=True), shown))
    blocks += list(_regimens(material))
    return Section("inputs", "Inputs and their sources", tuple(blocks))


def _blank(values: pd.Series[Any]) -> bool:
    return all(value is None or value == "" or value != value for value in values)


_REGIMENS = {
    "Schedules": ("Treatment schedules", (
        Column(STRATEGY, "Strategy"), Column("drug", "Drug"), Column("from_cycle", "From cycle", "general"),
        Column("to_cycle", "To cycle", "general"), Column("days", "Days"), Column("dose", "Dose", "general"),
        Column("unit", "Unit"), Column("route", "Route"), Column("cycle_days", "Days in a cycle", "general"),
        Column("status", "Status"), Column("cited", "Source"),
    )),
    "Packs": ("Packs", (
        Column("drug", "Drug"), Column("size", "Size", "general"), Column("unit", "Unit"),
        Column("status", "Status"), Column("cited", "Source"),
    )),
}  # fmt: skip


def _regimens(material: Material) -> Iterator[Table]:
    from hecon.inputs.template import as_text

    for name, (title, columns) in _REGIMENS.items():
        table = material.table_of(name)
        if table is None:
            continue
        frame = table.reset_index(drop=True)
        frame = frame.assign(cited=material.cited(frame["source"]) if "source" in frame else "")
        shown = tuple(column for column in columns if column.name in frame and not _empty(frame[column.name]))
        for column in shown:
            if column.style == "text":
                frame[column.name] = [as_text(v) if isinstance(v, tuple | list) else _said(v) for v in frame[column.name]]
        yield Table(name.lower(), title, frame, shown)


def _empty(values: pd.Series[Any]) -> bool:
    return not any(isinstance(value, tuple | list) or not _blank(pd.Series([value])) for value in values)


def _said(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def clinical(material: Material) -> Section:
    """Survival of the model beside published medians and landmarks, with figures of curves, hazards and states."""
    from hecon.report.figures.results import occupancy_figure
    from hecon.report.figures.survival import hazard_figure, survival_figure

    base, blocks = material.base, list[Block]()
    curves = survival_curves(base)
    if len(material.fit):
        frame = material.fit.assign(
            endpoint=[in_words(name) for name in material.fit["endpoint"]], cited=material.cited(material.fit["source"])
        )
        columns = (
            Column(STRATEGY, "Strategy"), Column("endpoint", "Endpoint"), Column("measure", "Measure"),
            Column("time", "At", "general"), Column("time_unit", "Unit of time"),
            Column("published", "Published", "general"), Column("low", "Low", "general"),
            Column("high", "High", "general"), Column("model", "Model", "number"),
            Column("difference", "Difference", "number"), Column("status", "Status"), Column("cited", "Source"),
        )  # fmt: skip
        shown = tuple(column for column in columns if not _blank(frame[column.name]))
        blocks.append(
            Paragraph(
                "[[published_fit]] sets what the model gives beside what trials published; in the figures published "
                "values are points."
            )
        )
        blocks.append(Table("published_fit", "Clinical outcomes: published and modelled", frame, shown))
    for endpoint in curves:
        title = f"{in_words(endpoint)}: curves in use, published values, extrapolation"
        blocks.append(
            Picture(f"survival_{endpoint}", title, lambda endpoint=endpoint: survival_figure(base, endpoint))  # type: ignore[misc]
        )
    if curves:
        blocks.append(Picture("hazards", "Hazards of the curves in use", lambda: hazard_figure(base)))
    if base.occupancy is not None:
        blocks.append(Picture("occupancy", "Where patients are over time", lambda: occupancy_figure(base)))
        blocks.append(_states(material))
    return Section("clinical", "Clinical outcomes", tuple(blocks))


def _states(material: Material) -> Table:
    """Give the shares of the cohort by state at each horizon."""
    trace = material.base.trace()
    states = [str(name) for name in trace.columns if name not in (STRATEGY, "year")]
    at = [trace[(trace["year"] - horizon).abs() < 1e-9] for horizon in material.horizons]
    frame = pd.concat(at, ignore_index=True)
    columns = (Column("year", "Year", "digits"), Column(STRATEGY, "Strategy"),
               *(Column(state, in_words(state), "percent") for state in states))  # fmt: skip
    return Table("states", "Share of the cohort by state at each horizon", frame, columns)
