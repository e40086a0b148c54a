"""A workbook of two treatments whose budget impact can be worked out by hand.

Everyone lives. A year on a treatment costs its price in the first year since the start and half of it afterwards; care
costs 100 a year. The old treatment costs 1,000 and the new one 3,000.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hecon as he
from hecon.inputs.case import Inputs
from hecon.inputs.template import write_inputs

STATUS = {"status": "assumed", "note": "x"}


def outcome(p, time):
    """Pay the price by year since the start, and care."""
    state = he.partition(time, overall=he.Exponential(p.death_rate))
    years = he.years_in(time, state, "alive")
    return he.Outcome(
        state,
        [
            he.cost("Drug", years, p.drug_price_per_year, he.stepwise(time, {0: 1.0, 1: 0.5})),
            he.cost("Care", years, p.care_cost_per_year),
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years),
        ],
    )


def tables() -> dict[str, list[dict[str, Any]]]:
    """Rows of every sheet: 1,000 members who grow by a tenth; one in ten gets ill, half of them can be treated."""
    return {
        "Labels": [{"dimension": "strategy", "label": name} for name in ("new", "old")],
        "Population": [{"parameter": "age", "value": 60, "unit": "years", **STATUS}],
        "Parameters": [
            {"parameter": "drug_price_per_year", "strategy": "new", "value": 3000, "unit": "USD/year", "low": 2000,
             "high": 4000, "distribution": "uniform", **STATUS},
            {"parameter": "drug_price_per_year", "strategy": "old", "value": 1000, "unit": "USD/year", **STATUS},
            {"parameter": "death_rate", "value": 1e-300, "unit": "per year", **STATUS},
        ],
        "Care costs": [
            {"parameter": "care_cost_per_year", "value": 100, "unit": "USD/year", "low": 50, "high": 150, **STATUS},
        ],
        "Utilities": [
            {"parameter": "utility", "strategy": "new", "value": 0.8, "unit": "utility", **STATUS},
            {"parameter": "utility", "strategy": "old", "value": 0.7, "unit": "utility", **STATUS},
        ],
        "Budget impact": [
            {"parameter": "plan_members", "value": 1000, "unit": "members", "low": 500, "high": 1500,
             "distribution": "uniform", **STATUS},
            {"parameter": "plan_growth", "value": 0.1, "unit": "share/year", **STATUS},
            {"parameter": "plan_incidence", "value": 0.1, "unit": "share of members/year", **STATUS},
            {"parameter": "eligible_share", "value": 0.5, "unit": "share of patients", **STATUS},
        ],
        "Market": [
            {"strategy": name, "year": year, "scenario": scenario, "share_without": float(name == "old"),
             "share_with": share if name == "new" else 1 - share, **STATUS}
            for scenario, shares in ((None, (0.2, 0.5)), ("Fast uptake", (0.5, 1.0)))
            for year, share in enumerate(shares, start=1)
            for name in ("new", "old")
        ],
        "Life table": [{"age": age, "sex": "both", "death_probability": 0.05} for age in range(60, 101)],
        "Utility norms": [{"age": age, "sex": "both", "utility": u} for age, u in ((60, 0.8), (61, 0.76), (70, 0.7))],
        "Scenarios": [{"scenario": "Dear", "target": "drug_price_per_year", "strategy": "new", "value": 4000},
                      {"scenario": "Fast uptake", "target": "care_cost_per_year", "value": 0}],
    }  # fmt: skip


def read(folder: Path, edited: dict[str, list[dict[str, Any]]] | None = None, **settings: Any) -> Inputs:
    """Write the workbook, with the settings given, and read it."""
    path = folder / "small.xlsx"
    fixed = {"model": "small_market", "horizons": "1, 2", "cycle_length": 1, "cycle_unit": "month", "comparator": "old"}
    write_inputs(path, edited or tables(), {**fixed, **settings})
    return he.read_workbook(path)
