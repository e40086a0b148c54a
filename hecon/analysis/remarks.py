"""What is said of a run: inputs without effect, and curves that lie far from what was published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from hecon.analysis.value.groups import curves_by_place, is_unused
from hecon.analysis.value.perfect_information import POPULATION
from hecon.inputs.case import Case
from hecon.inputs.evidence_sheets import CURVE_MEASURES
from hecon.labels import STRATEGY
from hecon.parameters import records_of
from hecon.settings import years_per

#: Without a published interval: a median off by more than this share, or a landmark off by more than this difference.
MEDIAN_OFF, LANDMARK_OFF = 0.2, 0.1


def never_read(case: Case, unread: tuple[str, ...]) -> tuple[str, ...]:
    """Of the parameters that the model did not ask for, those that are without effect.

    For how many patients the decision is made is read by the value of information; coefficients of families and
    effects that no curve has in use are there to be chosen.
    """
    names = [name for name in unread if name not in POPULATION]
    if case.inputs is None or not names:
        return tuple(names)
    used = curves_by_place(case.tables)
    return tuple(name for name in names if not all(is_unused(row, used) for row in case.rows.get(name, ())))


def unused_sentences(case: Case, unused: tuple[str, ...]) -> list[str]:
    """Say which inputs are without effect, by cell where they have one; nothing where all were read."""
    if not unused:
        return []
    cells: dict[str, str] = {}
    if case.inputs is not None:
        for row in case.inputs.to_dict("records"):
            cells.setdefault(row["parameter"], f" ({row['cell']})")
    names = ", ".join(name + cells.get(name, "") for name in unused)
    return [f"Without effect, for the model does not read {'it' if len(unused) == 1 else 'them'}: {names}."]


def far_from_published(case: Case, curves: Mapping[str, Any]) -> Iterator[str]:
    """Say, with both numbers, where a curve lies outside the 95% interval of what was published, or far off it.

    A value published without an interval is far off where the median differs by more than a fifth, or the share without
    the event by more than a tenth.
    """
    table = case.tables.get("Published survival")
    if table is None:
        return
    strategies = list(case.labels[STRATEGY])
    judged = {name: curve for name, curve in curves.items() if set(curve.axes.dims) <= {STRATEGY}}
    rows = [row for row in records_of(table) if row["measure"] in CURVE_MEASURES and str(row["endpoint"]) in judged]
    years = [years_per(str(row["time_unit"]), case.settings.days_per_year) for row in rows]
    times: dict[str, list[float]] = {}
    for row, year in zip(rows, years, strict=True):
        times.setdefault(str(row["endpoint"]), []).append(0.0 if _is_median(row) else float(row["time"]) * year)
    medians = {name: np.asarray(judged[name].median()) for name in times}
    shares = {name: iter(judged[name].at_edges(_times(*at))[0].T) for name, at in times.items()}
    for row, year in zip(rows, years, strict=True):
        endpoint, is_median = str(row["endpoint"]), _is_median(row)
        share = next(shares[endpoint])
        given = medians[endpoint] / year if is_median else share
        model = float(np.broadcast_to(given, (len(strategies),))[strategies.index(str(row[STRATEGY]))])
        published, low, high = (float(row[name]) for name in ("value", "low", "high"))
        if np.isnan(low) and np.isnan(high):
            off = abs(model / published - 1) > MEDIAN_OFF if is_median else abs(model - published) > LANDMARK_OFF
            than = ""
        else:
            off = model < low or model > high  # an end that was not reached is no bound
            than = f" (95% interval {low:g} to {'not reached' if np.isnan(high) else f'{high:g}'})"
        if off:
            of = endpoint.replace("_", " ")
            what = "median" if is_median else f"share at {row['time']:g} {row['time_unit']}s"
            unit = f" {row['time_unit']}s" if is_median else ""
            found = f"{model:.4g}{unit}" if np.isfinite(model) else "never reached"
            yield f"The {what} of {of} of {row[STRATEGY]} is {found}, published {published:g}{unit}{than}."


@lru_cache(maxsize=16)
def _times(*times: float) -> np.ndarray:
    """Give times as one array for all runs, by which a curve knows them again."""
    return np.array(times)


def _is_median(row: Mapping[str, Any]) -> bool:
    return bool(row["measure"] == "median")
