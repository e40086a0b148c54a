"""Errors planted in the engine, in models and in workbooks: what each breaks, and which check must see it.

An error is a function of a patch (pytest's monkeypatch) and of a fresh subject; it changes the engine, or gives another
subject. `CATCHES` names the checks of the battery that turn from passing to failing (or to explained) on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import hecon as he
from hecon import flows, timeline
from hecon.analysis import remarks
from hecon.costing import dosing, given, line_units, packs, settle
from hecon.inputs import streams
from hecon.states import cycles
from hecon.survival.kept import forget_curves
from hecon.verification.subject import Subject

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Planted:
    """An error: its name, the subject it is planted on, the checks that must see it, and how it is planted."""

    name: str
    on: str
    catches: tuple[str, ...]
    #: Whether its checks take about a second.
    slow: bool
    plant: Callable[[Any, Subject], Subject | None]


#: Errors by name (pytest may import a file of them twice).
PLANTED: dict[str, Planted] = {}


def planted(name: str, *catches: str, on: str = "myeloma", slow: bool = False) -> Callable[[Callable], Callable]:
    """Put an error on the list."""

    def add(plant: Callable[[Any, Subject], Subject | None]) -> Callable:
        PLANTED[name] = Planted(name, on, catches, slow, plant)
        return plant

    return add


def forget() -> None:
    """Forget what the engine remembers from one run to the next."""
    modules = (packs, cycles, dosing, flows, given, line_units, remarks, settle, streams, timeline)
    for known in (one for module in modules for one in _cached(module)):
        known.cache_clear()
    forget_curves()


def _cached(module: Any) -> list[Any]:
    return [value for value in vars(module).values() if hasattr(value, "cache_clear")]


# --- subjects ---


def subject(on: str, draws: int = 400) -> Subject:
    """Give a fresh subject by its name."""
    if on in MODELS:
        return Subject(MODELS[on](), None, draws)
    inputs = drawn() if on == "drawn" else workbook(on)
    return Subject(inputs.base_case(), inputs, draws)


@cache
def workbook(name: str) -> he.Inputs:
    files = {
        "myeloma": "isa_dara_pd_us",
        "carfilzomib": "isa_dara_kd_us",
        "sick": "sick_sicker",
        "age": "sick_sicker_age",
        "hip": "hip_replacement",
        "simple": "simple_partitioned",
    }
    return he.read_workbook(ROOT / "inputs" / f"{files[name]}.xlsx")


@cache
def drawn() -> he.Inputs:
    """The simple model with both hazard ratios of one row taken from 40 given draws."""
    inputs = workbook("simple")
    rows = inputs.parameters.copy()
    place = rows.index[(rows.parameter == "hazard_ratio_os") & (rows.strategy == "targeted")][0]
    rows.loc[place, "distribution"] = "empirical"
    values = np.linspace(0.6, 0.9, 40)
    table = pd.DataFrame(
        [
            {"draw": i, "parameter": "hazard_ratio_os", "strategy": "targeted", "value": v, "row": 5 + i}
            for i, v in enumerate(values)
        ]
    )
    return replace(inputs, parameters=rows, tables={**inputs.tables, "Draws": table})


def crossing() -> he.Case:
    """Progression-free survival and time on treatment cross overall survival."""

    def outcome(p, time):
        overall, free = he.Exponential(p.death_rate), he.Weibull(p.pfs_shape, 4.0)
        state = he.partition(time, progression_free=free, overall=overall)
        years = he.years_in(time, state)
        treated = he.share_at_start(time, he.Weibull(3.0, 4.0), ceiling=overall)
        return he.Outcome(
            state,
            [
                he.cost("Drug", treated, p.drug_cost),
                he.cost("End of life", he.entering(state, "dead"), p.end_of_life_cost),
                he.qaly("Time in state", years, p.utility),
                he.life_years("Life years", years, he.alive(state)),
            ],
        )

    return he.Case(
        outcome,
        {
            "death_rate": {"A": 0.3, "B": 0.25},
            "pfs_shape": 3.0,
            "drug_cost": {"A": 100.0, "B": 300.0},
            "end_of_life_cost": 5000.0,
            "utility": {"progression_free": 0.8, "progressed": 0.6, "dead": 0.0},
        },
        labels={"strategy": ["A", "B"], "state": ["progression_free", "progressed", "dead"]},
        settings={"horizons": [2, 10], "cycle_length": 1, "cycle_unit": "month"},
    )


def extended() -> he.Case:
    """Four strategies, one of them extendedly dominated and one dominated."""

    def outcome(p, time):
        state = he.partition(time, overall=he.Exponential(p.death_rate))
        years = he.years_in(time, state)
        return he.Outcome(
            state,
            [
                he.cost("Care", he.at_start(time), p.care_cost),
                he.qaly("Time in state", years, p.utility),
                he.life_years("Life years", years, he.alive(state)),
            ],
        )

    names = ["A", "B", "C", "D"]
    return he.Case(
        outcome,
        {
            "death_rate": dict(zip(names, (0.5, 0.45, 0.3, 0.35), strict=True)),
            "care_cost": dict(zip(names, (0.0, 9_000.0, 10_000.0, 20_000.0), strict=True)),
            "utility": {"alive": 0.8, "dead": 0.0},
        },
        labels={"strategy": names, "state": ["alive", "dead"]},
        settings={"horizons": [5], "cycle_length": 1, "cycle_unit": "month", "comparator": "A"},
    )


def elderly() -> he.Case:
    """A cohort of 80 with a life table."""
    table = pd.DataFrame({"age": np.arange(80, 111), "sex": "both", "death_probability": np.linspace(0.06, 0.6, 31)})

    def outcome(p, time):
        overall = he.BackgroundMortality(he.Exponential(p.death_rate), he.general_population(p))
        state = he.partition(time, overall=overall)
        return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state), he.alive(state))])

    return he.Case(
        outcome,
        {"death_rate": {"A": 0.1, "B": 0.07}, "age": 80.0},
        labels={"strategy": ["A", "B"], "state": ["alive", "dead"]},
        settings={"horizons": [10], "cycle_length": 1, "cycle_unit": "month"},
        tables={"Life table": table},
    )


MODELS: dict[str, Callable[[], he.Case]] = {"crossing": crossing, "extended": extended, "elderly": elderly}


def with_model(own: Subject, change: Callable[[Any, Any, he.Outcome], he.Outcome]) -> Subject:
    """The subject with an error in its model: `change` turns the right outcome into a wrong one."""
    right = own.case.model

    def wrong(p, time):
        return change(p, time, right(p, time))

    return Subject(own.case._changed(model=wrong), own.inputs, own.draws)


def with_lines(outcome: he.Outcome, *lines: Any) -> he.Outcome:
    """The outcome with more lines."""
    return he.Outcome(outcome.state, [*outcome.lines, *lines])


def without(outcome: he.Outcome, name: str) -> he.Outcome:
    """The outcome less its lines of a name."""
    return he.Outcome(outcome.state, [line for line in outcome.lines if line.name != name])
