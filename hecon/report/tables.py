"""Every exported table as a tidy data frame, and the folder of CSV files made of them.

One row an observation, labels in columns, units in names. A model without QALYs or without a progression-free state
has the same tables with those columns left out.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.registry import table_names
from hecon.analysis.result import Result, crossing_rows, is_cost_effectiveness
from hecon.analysis.suite import GivenByName
from hecon.errors import HeconError
from hecon.inputs.as_typed import as_text
from hecon.inputs.evidence_sheets import CURVE_MEASURES
from hecon.inputs.values import FIXED_COLUMNS
from hecon.labels import DRAW, STRATEGY
from hecon.parameters import records_of
from hecon.report.analyses import Analyses
from hecon.report.delivery import Delivery
from hecon.report.provenance import at_keys, hecon_version, model_name
from hecon.settings import years_per

SUMMARY_COLUMNS = (
    STRATEGY, "horizon_years", "cost", "life_years", "progression_free_life_years", "qaly",
    "undiscounted_cost", "undiscounted_life_years", "undiscounted_progression_free_life_years", "undiscounted_qaly",
)  # fmt: skip
INCREMENTAL_COLUMNS = (
    STRATEGY, "comparator", "horizon_years", "incremental_cost", "incremental_life_years", "incremental_qaly",
    "icer", "quadrant", "icer_per_life_year",
)  # fmt: skip
CURVE_COLUMNS = (STRATEGY, "endpoint", "year", "survival")
FIT_COLUMNS = (
    STRATEGY, "endpoint", "measure", "time", "time_unit", "published", "low", "high", "model", "difference",
    "status", "source",
)  # fmt: skip
CROSSING_COLUMNS = (STRATEGY, "rule", "draws", "edges", "widest_gap", "first_year")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def write_tables(result: Result, folder: str | Path, **analyses: Unpack[GivenByName]) -> list[Path]:
    """Write every table as ``NAME.csv`` in a folder and give the files: all of them, or none.

    `analyses` are those of `hecon.report.workbook.write_workbook`.

    UTF-8, comma-separated, numbers in full precision. Text that a spreadsheet would take for a formula is given a
    leading apostrophe. Tables of an earlier run that this one does not have are removed. Raises `HeconError` if the
    folder cannot be written.
    """
    content = tables(result, **analyses)
    with Delivery(folder, replaces=table_files()) as delivery:
        write_csv(content, delivery.stage)
    return [Path(folder) / f"{name}.csv" for name in content]


def table_files() -> list[str]:
    """Names of all files that `write_tables` may write. Raises `HeconError` if a table is declared twice."""
    names = [*TABLES, *table_names()]
    twice = [name for name in TABLES if names.count(name) > 1]
    if twice:
        raise HeconError(f"table '{twice[0]}' is one of every result's own, and an analysis declares it too")
    return [f"{name}.csv" for name in names]


def write_csv(content: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write tables into a folder that exists, one file each."""
    for name, frame in content.items():
        columns = [_cells(column, whole=name == "price_year") for name, column in frame.items()]
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(map(_harmless, frame.columns))
            writer.writerows(zip(*columns, strict=True))


def _cells(column: pd.Series, *, whole: bool) -> list[object]:
    """Give what a column of a file holds: numbers as Python writes them, nothing for what is missing."""
    values = column.to_numpy()
    if values.dtype.kind in "biuf":  # what is missing there is not equal to itself
        return ["" if value != value else int(value) if whole else value for value in values.tolist()]
    pairs = zip(column.tolist(), column.isna().tolist(), strict=True)
    return ["" if missing else _harmless(value) for value, missing in pairs]


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value


def summary_table(result: Result) -> pd.DataFrame:
    """Totals by strategy and horizon, discounted and not (`SUMMARY_COLUMNS`)."""
    frame = result.table()
    return frame[[column for column in SUMMARY_COLUMNS if column in frame]]


def incremental_table(result: Result) -> pd.DataFrame:
    """Increments of every strategy against every other at each horizon (`INCREMENTAL_COLUMNS`)."""
    if len(result.strategies) < 2:
        return pd.DataFrame(columns=list(INCREMENTAL_COLUMNS))
    frame = result.incremental()
    return frame[[column for column in INCREMENTAL_COLUMNS if column in frame]]


def items_by_line(result: Result, kind: str) -> dict[str, list[str]]:
    """Give the items of the breakdown that belong to each ledger line of a kind, in order."""
    items = list(dict.fromkeys(item for _, _, of, item, _ in result.items() if of == kind))
    names = [line.name for line in result.lines if line.kind == kind]

    def owner(item: str) -> str:
        return max((name for name in names if item == name or item.startswith(f"{name}: ")), key=len)

    return {name: [item for item in items if owner(item) == name] for name in names}


def cost_lines(result: Result) -> dict[tuple[float, str], dict[str, float]]:
    """Sum the details of each cost line: by horizon and strategy in their order, then by line."""
    owner = {item: line for line, items in items_by_line(result, "cost").items() for item in items}
    parts: dict[tuple[float, str], dict[str, list[float]]] = {}
    for strategy, horizon, kind, item, value in result.items():
        if kind == "cost":
            parts.setdefault((horizon, strategy), {}).setdefault(owner[item], []).append(value)
    by_horizon = sorted(parts, key=lambda pair: pair[0])
    return {pair: {line: math.fsum(values) for line, values in parts[pair].items()} for pair in by_horizon}


def survival_curves(result: Result) -> dict[str, Any]:
    """Give the survival curves by endpoint, in the order of their labels: those that vary by strategy at most."""
    known = list(result.case.labels.get("endpoint", ()))
    ordered = sorted(result.curves, key=lambda name: known.index(name) if name in known else len(known))
    return {name: result.curves[name] for name in ordered if set(result.curves[name].axes.dims) <= {STRATEGY}}


def trace_by_cohort(result: Result) -> pd.DataFrame:
    """Give the trace of each cohort, where several are followed: strategy, dimension, cohort, year, the states."""
    frames = [result.trace(by).rename(columns={by: "cohort"}) for by in result.cohorts]
    for by, frame in zip(result.cohorts, frames, strict=True):
        frame.insert(1, "dimension", by)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def curves_table(result: Result) -> pd.DataFrame:
    """Survival by strategy and endpoint at the cycle edges (`CURVE_COLUMNS`), as fitted: before any crossing rule."""
    frames = [
        pd.DataFrame({STRATEGY: strategy, "endpoint": endpoint, "year": result.time.edges, "survival": survival})
        for endpoint, curve in survival_curves(result).items()
        for strategy, survival in by_strategy(result, curve.survival(result.time.edges))
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(CURVE_COLUMNS))


def crossings_table(result: Result) -> pd.DataFrame:
    """Where survival curves crossed, and by how much (`CROSSING_COLUMNS`)."""
    return pd.DataFrame(crossing_rows(result), columns=list(CROSSING_COLUMNS))


def by_strategy(result: Result, values: object) -> Iterator[tuple[str, np.ndarray]]:
    """Give what a curve returned for each strategy; a curve that does not vary by strategy serves them all."""
    if isinstance(values, xr.DataArray) and STRATEGY in values.dims:
        names, along = values.indexes[STRATEGY].tolist(), values.dims.index(STRATEGY)
        yield from ((one, values.values.take(names.index(one), axis=along)) for one in result.strategies)
    else:
        yield from ((one, np.asarray(values, dtype=float)) for one in result.strategies)


def published_fit_table(result: Result) -> pd.DataFrame:
    """Published medians and landmark survival beside the model's (`FIT_COLUMNS`), in the published unit of time."""
    published = result.case.tables.get("Published survival")
    curves = survival_curves(result)
    if published is None or not curves:
        return pd.DataFrame(columns=list(FIT_COLUMNS))
    published = published[published["measure"].isin(CURVE_MEASURES)]
    if not len(published):
        return pd.DataFrame(columns=list(FIT_COLUMNS))
    rows = [row | _fitted(result, curves, row) for row in records_of(published)]
    frame = pd.DataFrame(rows).rename(columns={"value": "published"})
    frame["difference"] = frame["model"] - frame["published"]
    return frame.reindex(columns=list(FIT_COLUMNS))


def _fitted(result: Result, curves: Mapping[str, Any], row: Mapping[Any, Any]) -> dict[str, float]:
    curve = curves.get(str(row["endpoint"]))
    if curve is None:
        return {"model": float("nan")}
    unit = years_per(str(row["time_unit"]), result.case.settings.days_per_year)
    if row["measure"] == "median":
        given, scale = curve.median(), 1 / unit
    else:
        given, scale = curve.survival(float(row["time"]) * unit), 1.0
    found = dict(by_strategy(result, given))
    strategy = str(row[STRATEGY])
    return {"model": float(found[strategy]) * scale if strategy in found else float("nan")}


def published_points(result: Result, fit: pd.DataFrame | None = None) -> pd.DataFrame:
    """Published values as points of the plane: endpoint, strategy, year, survival."""
    fit = published_fit_table(result) if fit is None else fit
    days = result.case.settings.days_per_year
    rows = []
    for one in records_of(fit):
        unit = years_per(one["time_unit"], days)
        at = (one["published"] * unit, 0.5) if one["measure"] == "median" else (one["time"] * unit, one["published"])
        rows.append((one["endpoint"], one[STRATEGY], *at))
    frame = pd.DataFrame(rows, columns=["endpoint", STRATEGY, "year", "survival"])
    return frame.sort_values(["endpoint", STRATEGY, "year"], kind="stable", ignore_index=True)


def inputs_table(result: Result) -> pd.DataFrame:
    """Every input as it was used: what the workbook says, and beside it what the model got.

    Columns for a workbook: sheet, cell, parameter, the key columns, value (as on the sheet), unit, price_year,
    price_factor, used_value (after scenario, Python changes and price index; the mean over draws), distribution, low,
    high, se, status, source, note. For a case made in Python: parameter, labels, value.
    """
    case = result.case
    used = case.used_values()
    if case.inputs is None:
        rows = [row for name, array in used.items() for row in _plain_rows(name, array)]
        return pd.DataFrame(rows, columns=["parameter", "labels", "value"])
    keys = [str(column) for column in case.inputs.columns if column not in FIXED_COLUMNS]
    factors = {name: case.price_factor(name) for name in case.values}
    frame = case.inputs.copy()
    records = records_of(frame)
    frame["used_value"] = [_at(used.get(record["parameter"]), record) for record in records]
    frame["price_factor"] = [_at(factors.get(record["parameter"]), record) for record in records]
    columns = (
        "sheet", "cell", "parameter", *keys, "value", "unit", "price_year", "price_factor", "used_value",
        "distribution", "low", "high", "se", "status", "source", "note",
    )  # fmt: skip
    return frame.reindex(columns=list(columns))


def _at(array: xr.DataArray | None, record: Mapping[str, Any]) -> float:
    found = None if array is None else at_keys(array, record)
    return float("nan") if found is None else found


def _plain_rows(name: str, array: xr.DataArray) -> Iterator[tuple[str, str, float]]:
    mean = array.mean(DRAW) if DRAW in array.dims else array
    for place in np.ndindex(*mean.shape):
        if np.isnan(mean.values[place]):  # a coefficient of a family that is not given: no input
            continue
        labels = [str(mean.coords[dim].values[at]) for dim, at in zip(mean.dims, place, strict=True)]
        yield name, ", ".join(labels), float(mean.values[place])


def settings_table(result: Result) -> pd.DataFrame:
    """Every setting with its value, and what identifies the run: model, case, source, input hash, hecon version."""
    case = result.case
    rows = {
        "model": model_name(case),
        "case": case.name,
        "source": case.source,
        "input_sha256": case.sha256,
        "hecon_version": hecon_version(),
    }
    rows |= {name: setting_text(value) for name, value in case.settings.as_dict().items()}
    return pd.DataFrame({"setting": list(rows), "value": list(rows.values())})


def setting_text(value: object) -> str:
    """Give a setting as it is typed into the Settings sheet."""
    if value is None:
        return ""
    return as_text(value) if isinstance(value, tuple) else str(value)


def _of_effects(table: Callable[[Result], pd.DataFrame]) -> Callable[[Result], pd.DataFrame]:
    """Make a table of a model that has costs and QALYs; of another it has no rows."""
    return lambda result: table(result) if is_cost_effectiveness(result) else pd.DataFrame()


#: The tables of every result, each a file ``NAME.csv``: a new one is a function and its line here. Those of an analysis
#: stand in its record (`hecon.analysis.registry`).
TABLES: dict[str, Callable[[Result], pd.DataFrame]] = {
    "summary": summary_table,
    "incremental": incremental_table,
    "breakdown": Result.breakdown,
    "full_incremental": _of_effects(Result.full_incremental),
    "net_benefit": _of_effects(Result.net_benefit),
    "trace": lambda result: result.trace() if result.occupancy is not None else pd.DataFrame(),
    "trace_by_cohort": trace_by_cohort,
    "curves": curves_table,
    "published_fit": published_fit_table,
    "crossings": crossings_table,
    "inputs": inputs_table,
    "settings": settings_table,
}
#: Tables that are written even if they have no rows.
ALWAYS = ("summary", "incremental", "breakdown", "inputs", "settings")


def tables(result: Result, **analyses: Unpack[GivenByName]) -> dict[str, pd.DataFrame]:
    """Give every table of a result by name; one that has no rows is left out.

    `analyses` are those of `hecon.report.workbook.write_workbook`.
    """
    found = {name: table(result) for name, table in TABLES.items()}
    found |= dict(Analyses.given(result, analyses).tables())
    return {name: frame for name, frame in found.items() if len(frame) or name in ALWAYS}
