"""Inputs with status and source, regimens, and clinical outcomes of the model beside what was published."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd

from hecon.inputs.input_names import input_in_words, input_names
from hecon.labels import STRATEGY
from hecon.report.document.material import Material
from hecon.report.document.parts import Block, Paragraph, Picture, ReportColumn, ReportTable, Section
from hecon.report.provenance import status_sentence
from hecon.report.tables import survival_curves
from hecon.report.words import in_words, lower_first

_INPUT_COLUMNS = (
    ReportColumn("input", "Input"),
    ReportColumn("used_value", "Value", "general"),
    ReportColumn("unit", "Unit"),
    ReportColumn("low", "Low", "general"),
    ReportColumn("high", "High", "general"),
    ReportColumn("distribution", "Distribution"),
    ReportColumn("status", "Status"),
    ReportColumn("cited", "Source"),
)
_PLAIN_COLUMNS = (
    ReportColumn("parameter", "Input"),
    ReportColumn("labels", "For"),
    ReportColumn("value", "Value", "general"),
)


def inputs_chapter(material: Material) -> Section:
    """Every input by sheet: value, range, distribution, status, source by number; then schedules and packs."""
    frame = material.inputs
    blocks: list[Block] = [Paragraph(status_sentence(material.base.case) + _where(material))]
    if "sheet" not in frame:
        blocks.append(ReportTable("inputs_all", "Inputs", frame, _PLAIN_COLUMNS))
        return Section("inputs", "Inputs", tuple(blocks))
    frame = frame.assign(
        input=[
            input_in_words(name)
            for name in input_names(
                frame.drop(columns=["sheet", "cell", "used_value", "price_factor"], errors="ignore")
            )
        ],
        cited=material.cited(frame["source"]),
    )
    for place, (sheet, own) in enumerate(frame.groupby("sheet", sort=False), start=1):
        shown = tuple(
            column
            for column in _INPUT_COLUMNS
            if column.name in ("input", "used_value") or not _blank(own[column.name])
        )
        title = f"Inputs: {lower_first(str(sheet))}"
        blocks.append(ReportTable(f"inputs_{place}", title, own.reset_index(drop=True), shown))
    blocks += list(_regimens(material))
    return Section("inputs", "Inputs and their sources", tuple(blocks))


def _where(material: Material) -> str:
    return " Sources stand in [[references]]." if material.sources else ""


def _blank(values: pd.Series[Any]) -> bool:
    return all(value is None or value == "" or value != value for value in values)


_REGIMENS = {
    "Schedules": (
        "Treatment schedules",
        (
            ReportColumn(STRATEGY, "Strategy"),
            ReportColumn("drug", "Drug"),
            ReportColumn("from_cycle", "From cycle", "general"),
            ReportColumn("to_cycle", "To cycle", "general"),
            ReportColumn("days", "Days"),
            ReportColumn("dose", "Dose", "general"),
            ReportColumn("unit", "Unit"),
            ReportColumn("route", "Route"),
            ReportColumn("cycle_days", "Days in a cycle", "general"),
            ReportColumn("status", "Status"),
            ReportColumn("cited", "Source"),
        ),
    ),
    "Packs": (
        "Packs",
        (
            ReportColumn("drug", "Drug"),
            ReportColumn("size", "Size", "general"),
            ReportColumn("unit", "Unit"),
            ReportColumn("status", "Status"),
            ReportColumn("cited", "Source"),
        ),
    ),
}


def _regimens(material: Material) -> Iterator[ReportTable]:
    from hecon.inputs.as_typed import as_text

    for name, (title, columns) in _REGIMENS.items():
        table = material.table_of(name)
        if table is None:
            continue
        frame = table.reset_index(drop=True)
        frame = frame.assign(cited=material.cited(frame["source"]) if "source" in frame else "")
        shown = tuple(column for column in columns if column.name in frame and not _empty(frame[column.name]))
        for column in shown:
            if column.style == "text":
                frame[column.name] = [
                    as_text(v) if isinstance(v, tuple | list) else _said(v) for v in frame[column.name]
                ]
        yield ReportTable(name.lower(), title, frame, shown)


def _empty(values: pd.Series[Any]) -> bool:
    return not any(isinstance(value, tuple | list) or not _blank(pd.Series([value])) for value in values)


def _said(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def clinical_chapter(material: Material) -> Section:
    """Survival of the model beside published medians and landmarks, with figures of curves, hazards and states."""
    from hecon.report.figures.results import occupancy_figure
    from hecon.report.figures.survival import hazard_figure, survival_figure

    base, blocks = material.base, list[Block]()
    curves = survival_curves(base)
    if len(material.fit):
        frame = material.fit.assign(
            endpoint=[in_words(name) for name in material.fit["endpoint"]],
            measure=[_measure(row) for row in material.fit.to_dict("records")],
            cited=material.cited(material.fit["source"]),
        )
        columns = (
            ReportColumn(STRATEGY, "Strategy"),
            ReportColumn("endpoint", "Endpoint"),
            ReportColumn("measure", "Measure"),
            ReportColumn("published", "Published", "general"),
            ReportColumn("low", "Low", "general"),
            ReportColumn("high", "High", "general"),
            ReportColumn("model", "Model", "number"),
            ReportColumn("difference", "Difference", "number"),
            ReportColumn("status", "Status"),
            ReportColumn("cited", "Source"),
        )
        shown = tuple(column for column in columns if not _blank(frame[column.name]))
        blocks.append(
            Paragraph(
                "[[published_fit]] sets what the model gives beside what trials published; in the figures published "
                "values are points."
            )
        )
        blocks.append(ReportTable("published_fit", "Clinical outcomes: published and modelled", frame, shown))
    for endpoint in curves:
        title = f"{in_words(endpoint)}: curves in use, published values, extrapolation"
        blocks.append(Picture(f"survival_{endpoint}", title, partial(survival_figure, base, endpoint)))
    if curves:
        blocks.append(Picture("hazards", "Hazards of the curves in use", lambda: hazard_figure(base)))
    if base.occupancy is not None:
        blocks.append(Picture("occupancy", "Where patients are over time", lambda: occupancy_figure(base)))
        blocks.append(_states(material))
    return Section("clinical", "Clinical outcomes", tuple(blocks))


def _measure(row: Mapping[Any, Any]) -> str:
    """Say what was measured, and when, with the unit of time."""
    unit = str(row["time_unit"])
    unit = f"{unit.rstrip('s')}s"
    if row["measure"] == "survival_at":
        return f"share at {row['time']:g} {unit if row['time'] != 1 else unit[:-1]}"
    return f"{lower_first(in_words(row['measure']))} ({unit})"


def _states(material: Material) -> ReportTable:
    """Give the shares of the cohort by state at each horizon."""
    trace = material.base.trace()
    states = [str(name) for name in trace.columns if name not in (STRATEGY, "year")]
    at = [trace[(trace["year"] - horizon).abs() < 1e-9] for horizon in material.horizons]
    frame = pd.concat(at, ignore_index=True)
    columns = (
        ReportColumn("year", "Year", "digits"),
        ReportColumn(STRATEGY, "Strategy"),
        *(ReportColumn(state, in_words(state), "percent") for state in states),
    )
    return ReportTable("states", "Share of the cohort by state at each horizon", frame, columns)
