"""Where a result comes from: versions, the input file and its hash, settings, and what was done to curves and costs."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from hecon.analysis.result import Result
from hecon.errors import HeconError
from hecon.inputs.case import Case
from hecon.inputs.model_files import file_of
from hecon.labels import own_axes
from hecon.parameters import records_of
from hecon.place_names import in_letters
from hecon.report.words import in_words, money, several
from hecon.settings import Rate
from hecon.survival.special import kernels

#: The row of an export that says by which command it was made.
COMMAND = "Command"
#: The row that says which file the model was loaded from.
MODEL_FILE = "Model file"
_MAIN = "__main__"
#: What the loader of model files puts in front of a model's name.
_PREFIX = "hecon_model_"


def created() -> datetime:
    """Give the time of writing, UTC; the environment variable SOURCE_DATE_EPOCH (seconds since 1970) fixes it."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
    if not fixed:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(fixed), UTC)
    except (ValueError, OverflowError, OSError):
        raise HeconError(f"SOURCE_DATE_EPOCH is {fixed!r}; it must be a whole number of seconds") from None


@contextlib.contextmanager
def at_one_time() -> Iterator[None]:
    """Let several exports carry one time of writing, so that what differs between them differs for a reason."""
    known = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = str(int(created().timestamp()))
    try:
        yield
    finally:
        if known is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = known


def hecon_version() -> str:
    """Version of hecon."""
    return str(sys.modules["hecon"].__version__)


def model_name(case: Case) -> str:
    """Name of the model: its file without ``.py``, or the function's name in a notebook."""
    module = getattr(case.model, "__module__", None) or _MAIN
    return (
        str(getattr(case.model, "__name__", "model"))
        if module == _MAIN
        else module.rpartition(".")[2].removeprefix(_PREFIX)
    )


def _model_file(case: Case) -> dict[str, str]:
    """Say which file the model was loaded from, and what it held; nothing for a function of Python code."""
    file = file_of(case.model)
    return {} if file is None else {MODEL_FILE: in_letters(file.path), "SHA-256 of the model file": file.sha256}


def provenance(result: Result) -> dict[str, str]:
    """Give everything that identifies a run, by what it is: text for text, in the order of the cover."""
    case = result.case
    rows = {
        "hecon version": hecon_version(),
        "Python version": platform.python_version(),
        "Curves evaluated by": kernels(),
        "Model": model_name(case),
        **_model_file(case),
        "Case": case.name,
        "Input file": case.source if case.sha256 else "none: values were given in Python",
    }
    if case.sha256:
        rows["SHA-256 of the input file"] = case.sha256
    if result.draws is not None:
        rows["Draws"] = f"{result.draws:,}"
        rows["Seed"] = str(case.settings.seed)
    rows["Written"] = f"{created():%Y-%m-%d %H:%M} UTC"
    return rows


def provenance_of_a_document(result: Result) -> dict[str, str]:
    """Give `provenance` for a document that is sent out: the file of the model by its name, without its folders."""
    rows = provenance(result)
    return rows | ({MODEL_FILE: re.split(r"[/\\]", rows[MODEL_FILE])[-1]} if MODEL_FILE in rows else {})


def crossing_sentences(result: Result) -> list[str]:
    """Say how often and how far the survival curves crossed, and what was done about it."""
    crossings = result.crossings
    if crossings is None:
        return []
    names = result.strategies if len(crossings.draws) == len(result.strategies) else ("Every strategy",)
    draws = result.draws
    sentences = []
    for i, name in enumerate(names):
        if crossings.draws[i]:
            often = f" in {crossings.draws[i]:,.0f} of {draws:,} draws" if draws else ""
            sentences.append(
                f"{name}: survival curves crossed{often}, at {crossings.edges[i]:,.0f} cycle edges, first at year "
                f"{crossings.first[i]:.2f}; the widest gap was {crossings.widest[i]:.4f} of the cohort. By the setting "
                f"crossing = {crossings.rule}, {in_words(crossings.rule)}."
            )
    return sentences or [f"No survival curves crossed (setting crossing = {crossings.rule})."]


def draw_sentences(result: Result) -> list[str]:
    """Say which draws lie beyond what their input may be, and how many."""
    return [f"Of the draws: {note}." for note in result.draw_notes]


def dose_sentences(result: Result) -> list[str]:
    """Say who pays for doses, and at what time they are discounted, where the model has schedules."""
    if "Schedules" not in result.case.tables:
        return list(result.notes)
    return [f"{_DOSES[result.case.settings.dose_timing]} (setting dose_timing).", *result.notes]


def inflation_sentences(case: Case) -> list[str]:
    """Say which costs were moved from which price year to which, by which index."""
    target = case.settings.price_year
    moved: dict[int, list[str]] = {}
    for name, price_years in case.price_years.items():
        if case.price_factor(name) is not None:
            found = np.unique(price_years.values[np.isfinite(price_years.values)])
            for year in found[found != target]:
                moved.setdefault(int(year), []).append(_moved(name, price_years, float(year)))
    index = case.tables.get("Price index")
    if not moved or index is None:
        return []
    known = dict(zip(index["year"].astype(int), index["index"].astype(float), strict=True))
    return [
        f"Costs of price year {year} were moved to {target} by index {known[int(target or 0)]:g}/{known[year]:g} "
        f"(x {known[int(target or 0)] / known[year]:.4f}): {several(names)}."
        for year, names in sorted(moved.items())
    ]


def _moved(name: str, price_years: xr.DataArray, year: float) -> str:
    """Name a parameter, and its labels if only some of its values are of that price year."""
    here = np.argwhere(price_years.values == year)
    if len(here) == np.isfinite(price_years.values).sum():
        return name
    dims = [price_years.coords[dim].values for dim in price_years.dims]
    labels = [" ".join(str(names[at]) for names, at in zip(dims, place, strict=True)) for place in here]
    return f"{name} ({', '.join(labels)})"


def change_sentences(case: Case) -> list[str]:
    """Say which values differ from the workbook's: a scenario, or changes made in Python."""
    return [
        f"{name}{f' ({where})' if where else ''}: {old:g} in the workbook, {new:g} in this case."
        for name, where, old, new in _changes(case)
    ]


def _changes(case: Case) -> Iterator[tuple[str, str, float, float]]:
    if case.inputs is None or case.draws is not None:
        return
    for record in records_of(case.inputs):
        array = case.values.get(record["parameter"])
        value = None if array is None else at_keys(array, record)
        if array is not None and value is not None and value != float(record["value"]):
            where = ", ".join(str(record[str(dim)]) for dim in array.dims)
            yield record["parameter"], where, float(record["value"]), value


def at_keys(array: xr.DataArray, record: Mapping[Any, Any]) -> float | None:
    """Give a value (the mean over draws) at the labels of a row of a parameter sheet; None where it has no such row."""
    place: list[int | slice] = []
    for dim, labels in own_axes(array).labels.items():
        if isinstance(labels, int):  # draws
            place.append(slice(None))
        elif record.get(dim) in labels:
            place.append(labels.index(record[dim]))
        else:
            return None
    found = array.values[tuple(place)]
    return float(found.mean() if found.ndim else found)


_FORMS = {"effective": "(1 + r)^-t", "continuous": "exp(-r t)"}
_TIMINGS = {
    "mid_cycle": "at the middle of each cycle",
    "cycle_start": "at the start of each cycle",
    "cycle_end": "at the end of each cycle",
    "edges": "at each cycle edge",
    "annual_step": "once a year, at its start",
}
_DOSES = {
    "day": "Doses are paid by those on treatment on the day they are given, or on which their treatment cycle is "
    "dispensed, and are discounted at that day",
    "cycle_start": "Doses are paid by those on treatment at the start of the model cycle that holds their day, and are "
    "discounted with that cycle",
}
_ACCRUALS = {
    "life_table": "counts as the mean of both ends of a cycle (half-cycle correction)",
    "start": "counts as it stands at the start of a cycle",
    "end": "counts as it stands at the end of a cycle",
    "simpson": "counts by Simpson's rule",
}


def discounting_sentence(result: Result) -> str:
    """Say how costs and effects were discounted and how time in a state was counted."""
    settings = result.case.settings
    costs, effects = (_rate(rate) for rate in (settings.discount_rate_cost, settings.discount_rate_effect))
    rates = f"{costs} a year for costs and {effects} for effects"
    rates = f"{costs} a year" if costs == effects else rates
    known = isinstance(settings.accrual, str)
    accrual = _ACCRUALS[str(settings.accrual)] if known else "counts by given weights"
    return (
        f"Discounted at {rates}, by {_FORMS[settings.discount_form]} {_TIMINGS[settings.discount_timing]}. "
        f"Cycles of {settings.cycle_length:g} {settings.cycle_unit}; time in a state {accrual}, events and one-off "
        "costs as they fall."
    )


def _rate(rate: Rate) -> str:
    if isinstance(rate, int | float):
        return f"{100 * rate:g}%"
    steps = [f"{100 * value:g}% from year {start:g}" for start, value in rate]
    return "; ".join(steps)


def status_counts(case: Case) -> dict[str, int]:
    """Count the inputs that are reported, derived and assumed; empty for values given in Python."""
    if case.inputs is None:
        return {}
    found = Counter(case.inputs["status"].tolist())
    return {status: found[status] for status in ("reported", "derived", "assumed")}


def status_sentence(case: Case) -> str:
    """Say how many inputs are reported, derived and assumed."""
    counts = status_counts(case)
    total = sum(counts.values())
    if not total:
        return "The values were given in Python, without a status."
    parts = [f"{money(count)} {status} ({100 * count / total:.0f}%)" for status, count in counts.items()]
    return f"Of {money(total)} input values, {several(parts)}."
