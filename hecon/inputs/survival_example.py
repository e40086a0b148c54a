"""The example with evidence on survival: the starter with made-up patients, a digitised curve and published medians."""

from __future__ import annotations

from typing import Any

import numpy as np

from hecon.inputs import starter
from hecon.inputs.evidence_sheets import AT_RISK, INDIVIDUAL, KAPLAN_MEIER, PUBLISHED
from hecon.inputs.quantities import OS, PFS

SURVIVAL_EXAMPLE = "survival"
_SEED = 2026
_PATIENTS, _FOLLOW_UP = 150, 48.0
_NEW, _STANDARD = "New treatment", "Standard care"
_MADE_UP = f"made up: simulated with seed {_SEED}, no trial"
#: Shape and scale (months) of the Weibull that each curve is simulated from.
_TRUTH = {
    (_NEW, PFS): (1.1, 19.0),
    (_STANDARD, PFS): (1.1, 12.0),
    (_NEW, OS): (1.2, 42.0),
    (_STANDARD, OS): (1.2, 29.0),
}
_DIGITISED = (_STANDARD, OS)


def survival_settings() -> dict[str, Any]:
    """Give the settings of the example."""
    return {**starter.example_settings(), "title": "New treatment against standard care, with evidence on survival"}


def survival_tables() -> dict[str, list[dict[str, Any]]]:
    """Give the rows of every sheet: curves without coefficients, and the evidence that they are to be fitted to."""
    tables = starter.example_tables()
    tables["Survival"] = [row for row in tables["Survival"] if not row.get("family")]
    random = np.random.default_rng(_SEED)
    patients: list[dict[str, Any]] = []
    for (strategy, endpoint), (shape, scale) in _TRUTH.items():
        time = scale * random.weibull(shape, _PATIENTS)
        until = np.minimum(random.uniform(0.5, 1.0, _PATIENTS) * _FOLLOW_UP, _FOLLOW_UP)
        seen, event = np.round(np.maximum(np.minimum(time, until), 0.1), 1), (time <= until).astype(int)
        if (strategy, endpoint) == _DIGITISED:
            tables[KAPLAN_MEIER], tables[AT_RISK], events = _digitised(seen, event)
            continue
        patients += [
            {
                "strategy": strategy, "endpoint": endpoint, "patient": f"{number}", "time": float(seen[number - 1]),
                "event": int(event[number - 1]), "time_unit": "month", "source": _MADE_UP if number == 1 else None,
            }
            for number in range(1, _PATIENTS + 1)
        ]  # fmt: skip
    tables[INDIVIDUAL] = patients
    tables["Curves"] = [
        {**row, "family": None, "time_unit": "month"} if row.get("family") else row for row in tables["Curves"]
    ]
    strategy, endpoint = _DIGITISED
    marks = {"strategy": strategy, "endpoint": endpoint, "status": "assumed", "source": _MADE_UP}
    tables[PUBLISHED] = [*_medians(), {**marks, "measure": "events", "value": events}]
    return tables


def _medians() -> list[dict[str, Any]]:
    """Medians of what was simulated from, as if they had been published."""
    return [
        {
            "strategy": strategy, "endpoint": endpoint, "measure": "median", "time_unit": "month",
            "value": round(scale * float(np.log(2)) ** (1 / shape), 1), "status": "assumed", "source": _MADE_UP,
        }
        for (strategy, endpoint), (shape, scale) in _TRUTH.items()
    ]  # fmt: skip


def _digitised(time: np.ndarray, event: np.ndarray) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Points of the Kaplan-Meier curve as one would read them off a figure, and the numbers printed under it."""
    keys = dict(zip(("strategy", "endpoint"), _DIGITISED, strict=True))
    points, survival = [{**keys, "time": 0.0, "survival": 1.0, "source": _MADE_UP}], 1.0
    for at in np.unique(time[event == 1]):
        survival *= 1 - ((time == at) & (event == 1)).sum() / (time >= at).sum()
        points.append({**keys, "time": float(at), "survival": round(float(survival), 3)})
    table = [{**keys, "time": float(at), "at_risk": int((time >= at).sum())} for at in np.arange(0, _FOLLOW_UP, 6)]
    return points, table, int(event.sum())
