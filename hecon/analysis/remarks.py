"""What is said of a run: inputs without effect, and curves that lie far from what was published."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np

from hecon.analysis.value.groups import curves_by_place, is_unused
from hecon.analysis.value.perfect_information import POPULATION
from hecon.inputs.case import Case
from hecon.inputs.published_survival import PublishedSurvival
from hecon.labels import STRATEGY
from hecon.settings import years_per
from hecon.survival.base import Curve

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


def far_from_published(case: Case, curves: Mapping[str, Curve]) -> tuple[str, ...]:
    """Say, with both numbers, where a curve lies outside the 95% interval of what was published, or far off it.

    A value published without an interval is far off where the median differs by more than a fifth, or the share without
    the event by more than a tenth.
    """
    rows = case.published_survival
    judged = tuple((name, curve) for name, curve in curves.items() if set(curve.axes.dims) <= {STRATEGY})
    return _far_off(rows, judged, case.labels[STRATEGY], case.settings.days_per_year) if rows else ()


@lru_cache(maxsize=16)
def _far_off(
    published: tuple[PublishedSurvival, ...],
    curves: tuple[tuple[str, Curve], ...],
    strategies: tuple[str, ...],
    days_per_year: float,
) -> tuple[str, ...]:
    """Say it of curves, which are the same ones in most scenarios of a workbook."""
    judged = dict(curves)
    rows = [(row, years_per(row.time_unit, days_per_year)) for row in published if row.endpoint in judged]
    times: dict[str, list[float]] = {}
    for row, year in rows:
        times.setdefault(row.endpoint, []).append(row.time * year)
    count = len(strategies)
    shares: dict[str, Iterator[list[float]]] = {}
    for name, at in times.items():
        found = judged[name].at_edges(_times(*at))[0]
        shares[name] = iter(np.broadcast_to(found, (count, len(at))).T.tolist())
    said = []
    for row, year in rows:
        place, share = strategies.index(row.strategy), next(shares[row.endpoint])
        model = medians_by_strategy(judged[row.endpoint], count)[place] / year if row.is_median else share[place]
        low, high = row.low, row.high
        if math.isnan(low) and math.isnan(high):
            is_far = abs(model / row.value - 1) > MEDIAN_OFF if row.is_median else abs(model - row.value) > LANDMARK_OFF
            than = ""
        else:
            is_far = model < low or model > high  # an end that was not reached is no bound
            than = f" (95% interval {low:g} to {'not reached' if math.isnan(high) else f'{high:g}'})"
        if is_far:
            of = row.endpoint.replace("_", " ")
            what = "median" if row.is_median else f"share at {row.time:g} {row.time_unit}s"
            unit = f" {row.time_unit}s" if row.is_median else ""
            shown = f"{model:.4g}{unit}" if math.isfinite(model) else "never reached"
            said.append(f"The {what} of {of} of {row.strategy} is {shown}, published {row.value:g}{unit}{than}.")
    return tuple(said)


@lru_cache(maxsize=32)
def medians_by_strategy(curve: Curve, count: int) -> tuple[float, ...]:
    """Medians of a curve for so many strategies; in most scenarios of a workbook it is the same curve."""
    return tuple(np.broadcast_to(np.asarray(curve.median(), dtype=float), (count,)).tolist())


@lru_cache(maxsize=16)
def _times(*times: float) -> np.ndarray:
    """Give times as one array for all runs, by which a curve knows them again."""
    return np.array(times)
