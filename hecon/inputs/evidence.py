"""What a workbook holds about each curve: individual data, a digitised curve as patients, or published summaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import numpy as np
import pandas as pd

from hecon.errors import HeconError, InputError
from hecon.frozen import frozen
from hecon.inputs.case import Inputs
from hecon.inputs.curve_rows import Place
from hecon.inputs.evidence_sheets import AT_RISK, INDIVIDUAL, KAPLAN_MEIER, PUBLISHED
from hecon.inputs.workbook import RawInputs
from hecon.settings import years_per
from hecon.survival.fitting.pseudo_individual import pseudo_individual_data
from hecon.survival.fitting.summaries import Summary, published


@frozen
class CurveEvidence:
    """The evidence on one curve, times in the unit of the curve: the arguments of a fit, or summaries."""

    kind: str
    time_unit: str
    data: Mapping[str, Any] = field(default_factory=dict)
    summaries: tuple[Summary, ...] = ()
    source: str = ""
    patients: float = float("nan")
    events: float = float("nan")


def evidence_of(raw: RawInputs | Inputs) -> tuple[dict[Place, CurveEvidence], list[str]]:
    """Give the evidence of every strategy and endpoint that has any, and what cannot be used and why."""
    units = _units(raw)
    found: dict[Place, CurveEvidence] = {}
    notes: list[str] = []
    for place, rows in _by_place(raw, INDIVIDUAL):
        found[place] = _individual(rows, units.get(place, ""), raw.settings.days_per_year)
    at_risk = dict(_by_place(raw, AT_RISK))
    for place, rows in _by_place(raw, KAPLAN_MEIER):
        if place in found:
            continue
        words = ", ".join(place)
        if place not in at_risk or not units.get(place):
            what = "numbers at risk" if place not in at_risk else "a time_unit on Curves"
            notes.append(f"{KAPLAN_MEIER} of {words}: {what} would make patients of it, to fit curves to")
            continue
        try:
            found[place] = _reconstructed(rows, at_risk[place], units[place], _events(raw, place))
        except (InputError, HeconError) as error:
            notes.append(f"{KAPLAN_MEIER} of {words} cannot be reconstructed: {error}")
    for place, rows in _by_place(raw, PUBLISHED):
        if place in found:
            continue
        own = [
            _summary(row, units.get(place) or _unit_of(rows), raw.settings.days_per_year)
            for row in rows.to_dict("records")
        ]
        used = tuple(one for one in own if isinstance(one, Summary))
        notes += [f"{PUBLISHED} of {', '.join(place)}: {one}" for one in own if isinstance(one, str) and one]
        if used:
            found[place] = CurveEvidence(
                "published", units.get(place) or _unit_of(rows), summaries=used, source=_source(rows)
            )
    return found, notes


def _units(raw: RawInputs | Inputs) -> dict[Place, str]:
    curves = raw.tables.get("Curves")
    if curves is None:
        return {}
    return {(row["strategy"], row["endpoint"]): str(row["time_unit"] or "") for row in curves.to_dict("records")}


def _by_place(raw: RawInputs | Inputs, sheet: str) -> list[tuple[Place, pd.DataFrame]]:
    table = raw.tables.get(sheet)
    if table is None:
        return []
    return [
        ((str(one), str(other)), rows) for (one, other), rows in table.groupby(["strategy", "endpoint"], sort=False)
    ]


def _individual(rows: pd.DataFrame, unit: str, days_per_year: float) -> CurveEvidence:
    own = str(rows["time_unit"].iloc[0])
    factor = years_per(own, days_per_year) / years_per(unit or own, days_per_year)
    time, event, upper = (rows[name].to_numpy(dtype=float) for name in ("time", "event", "upper"))
    entry, weight = (rows[name].to_numpy(dtype=float) for name in ("entry", "weight"))
    data: dict[str, Any] = {"time": time * factor}
    if np.isfinite(upper).any():
        data["upper"] = np.where(np.isfinite(upper), upper, np.where(event == 1, time, np.inf)) * factor
    else:
        data["event"] = event
    if entry.any():
        data["entry"] = entry * factor
    if (weight != 1).any():
        data |= {"weights": weight, "robust": bool((weight != weight.round()).any())}
    happened = np.isfinite(upper) | (event == 1)
    return CurveEvidence(
        "individual", unit or own, data, source=_source(rows), patients=weight.sum(), events=weight @ happened
    )


def _reconstructed(rows: pd.DataFrame, table: pd.DataFrame, unit: str, events: int | None) -> CurveEvidence:
    printed = dict(zip(table["time"].astype(float), table["at_risk"].astype(int), strict=True))
    made = pseudo_individual_data(
        rows["time"].to_numpy(dtype=float), rows["survival"].to_numpy(dtype=float),
        at_risk=dict(sorted(printed.items())), total_events=events,
    )  # fmt: skip
    # An event at time 0 has no likelihood: it counts as happening before the first point.
    least = made.time[made.time > 0].min() / 2
    data = {"time": np.maximum(made.time, least), "event": made.event}
    return CurveEvidence(
        "reconstructed", unit, data, source=_source(rows), patients=len(made.time), events=float(np.sum(made.event))
    )


def _events(raw: RawInputs | Inputs, place: Place) -> int | None:
    """Total events of a strategy and endpoint, where they were published."""
    table = raw.tables.get(PUBLISHED)
    for row in [] if table is None else table[table["measure"] == "events"].to_dict("records"):
        if (row["strategy"], row["endpoint"]) == place:
            return int(row["value"])
    return None


def _unit_of(rows: pd.DataFrame) -> str:
    return next((str(unit) for unit in rows["time_unit"] if unit), "month")


def _summary(row: Mapping[Any, Any], unit: str, days_per_year: float) -> Summary | str:
    """Give a published summary in the unit of the curve; in words, why it cannot be weighed; "" for what is none."""
    measure = str(row["measure"])
    if measure in ("hazard_ratio", "events"):
        return ""
    factor = years_per(str(row["time_unit"]), days_per_year) / years_per(unit, days_per_year)
    limits = {name: float(row[name]) for name in ("low", "high") if np.isfinite(row[name])}
    name = "survival" if measure == "survival_at" else measure
    scale = 1.0 if measure == "survival_at" else factor
    at = float(row["time"]) * factor if np.isfinite(row["time"]) else None
    ends = [limits[end] * scale if end in limits else None for end in ("low", "high")]
    try:
        return published(name, float(row["value"]) * scale, *ends, at=at)
    except InputError as error:
        return "; ".join(f"{measure} {fault.where} {fault.what}" for fault in error.faults)


def _source(rows: pd.DataFrame) -> str:
    return (
        next((str(text) for text in rows["source"] if isinstance(text, str) and text), "") if "source" in rows else ""
    )
