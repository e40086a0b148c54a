"""A small three-arm model with everything a report shows: statuses, price years, published values, scenarios."""

from __future__ import annotations

import numpy as np
import pandas as pd

import hecon as he

STRATEGIES = ("Isa-Pd", "Dara-Pd", "Pd")
STATES = ("progression_free", "progressed", "dead")
DRUGS = ("isatuximab", "daratumumab", "pomalidomide")
LABELS = {
    "strategy": STRATEGIES,
    "state": STATES,
    "drug": DRUGS,
    "endpoint": ("progression_free_survival", "overall_survival"),
}
COLUMNS = (
    "sheet", "cell", "parameter", "strategy", "drug", "state", "value", "unit", "low", "high", "se", "distribution",
    "status", "source", "note", "price_year",
)  # fmt: skip


def outcome(p, time):
    overall = he.Exponential(p.death_rate)
    progression_free = he.Exponential(p.progression_rate)
    p.remember(("curve", "progression_free_survival"), progression_free)
    p.remember(("curve", "overall_survival"), overall)
    state = he.partition(time, progression_free=progression_free, overall=overall)
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Drug acquisition", he.years_in(time, state, "progression_free"), p.drug_cost_per_year),
            he.cost("Disease management", years, p.care_cost_per_year),
            he.cost("Adverse events", he.at_start(time), p.adverse_event_cost),
            he.cost("End of life", he.entering(state, "dead"), p.end_of_life_cost),
            he.qaly("Time in state", years, p.utility),
            he.qaly("Adverse events", he.at_start(time), -p.adverse_event_qaly_loss),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


def _rows() -> list[dict]:
    rows: list[dict] = []

    def add(sheet, parameter, values, unit, status="assumed", key="strategy", spread="gamma", price_year=np.nan):
        for labels, value in values.items():
            labels = labels if isinstance(labels, tuple) else (labels,)
            keys = key if isinstance(key, tuple) else (key,)
            row = dict.fromkeys(COLUMNS, "") | dict(zip(keys, labels, strict=False) if key else {})
            fixed = spread == "fixed" or value == 0
            row |= {
                "sheet": sheet, "cell": f"{sheet}!E{5 + len(rows)}", "parameter": parameter, "value": float(value),
                "unit": unit, "low": np.nan if fixed else 0.8 * value, "high": np.nan if fixed else 1.2 * value,
                "se": np.nan, "distribution": "fixed" if fixed else spread, "status": status, "price_year": price_year,
                "source": "Attal et al., Lancet 2019; 394: 2096-2107" if status != "assumed" else "",
                "note": "placeholder: replace before a submission" if status == "assumed" else "",
            }  # fmt: skip
            rows.append(row)

    reported = {"status": "reported"}
    add(
        "Survival",
        "death_rate",
        {"Isa-Pd": 0.3285, "Dara-Pd": 0.4753, "Pd": 0.47},
        "per year",
        spread="lognormal",
        **reported,
    )
    add(
        "Survival",
        "progression_rate",
        {"Isa-Pd": 0.7214, "Dara-Pd": 0.9452, "Pd": 1.2855},
        "per year",
        "derived",
        spread="lognormal",
    )
    prices = {(s, d): 0.0 for s in STRATEGIES for d in DRUGS} | {
        ("Isa-Pd", "isatuximab"): 135_200, ("Dara-Pd", "daratumumab"): 118_000,
        ("Isa-Pd", "pomalidomide"): 222_000, ("Dara-Pd", "pomalidomide"): 222_000, ("Pd", "pomalidomide"): 222_000,
    }  # fmt: skip
    add("Prices", "drug_cost_per_year", prices, "USD/year", key=("strategy", "drug"), price_year=2020.0)
    care = {"progression_free": 4_000, "progressed": 31_000, "dead": 0}
    add("Care costs", "care_cost_per_year", care, "USD/year", key="state", price_year=2016.0, **reported)
    add(
        "Adverse events",
        "adverse_event_cost",
        {"Isa-Pd": 9_100, "Dara-Pd": 8_200, "Pd": 6_900},
        "USD",
        price_year=2020.0,
    )
    add(
        "Adverse events",
        "adverse_event_qaly_loss",
        {"Isa-Pd": 0.006, "Dara-Pd": 0.006, "Pd": 0.004},
        "QALYs",
        "derived",
        spread="fixed",
    )
    add("Care costs", "end_of_life_cost", {"": 15_870}, "USD", key="", price_year=2016.0, **reported)
    add(
        "Utilities",
        "utility",
        {"progression_free": 0.65, "progressed": 0.61, "dead": 0},
        "utility",
        key="state",
        spread="beta",
        **reported,
    )
    return rows


def make_inputs(**settings) -> he.Inputs:
    published = pd.DataFrame(
        [
            (
                "Isa-Pd",
                "progression_free_survival",
                "median",
                np.nan,
                "month",
                11.53,
                8.94,
                13.9,
                "reported",
                "ICARIA-MM, primary analysis",
            ),
            (
                "Isa-Pd",
                "overall_survival",
                "survival_at",
                12.0,
                "month",
                0.72,
                np.nan,
                np.nan,
                "reported",
                "ICARIA-MM, primary analysis",
            ),
            (
                "Isa-Pd",
                "overall_survival",
                "median",
                np.nan,
                "month",
                24.6,
                20.3,
                31.3,
                "reported",
                "ICARIA-MM, final analysis",
            ),
            (
                "Dara-Pd",
                "progression_free_survival",
                "median",
                np.nan,
                "month",
                8.8,
                4.6,
                15.4,
                "reported",
                "MMY1001, Blood 2017",
            ),
            (
                "Dara-Pd",
                "overall_survival",
                "median",
                np.nan,
                "month",
                17.5,
                13.3,
                np.nan,
                "assumed",
                "MMY1001, Blood 2017",
            ),
        ],
        columns=["strategy", "endpoint", "measure", "time", "time_unit", "value", "low", "high", "status", "source"],
    )
    scenarios = pd.DataFrame(
        [
            (
                "Daratumumab 20% cheaper",
                "drug_cost_per_year",
                "Dara-Pd",
                "daratumumab",
                94_400.0,
                "Price after a rebate",
            ),
            ("No discounting", "discount_rate_cost", "", "", 0.0, ""),
            ("No discounting", "discount_rate_effect", "", "", 0.0, ""),
            ("Equal overall survival", "death_rate", "Isa-Pd", "", 0.4753, "Anchored comparison: no difference shown"),
            ("Ten years", "horizons", "", "", "1, 3, 10", "Longer follow-up"),
        ],
        columns=["scenario", "target", "strategy", "drug", "value", "description"],
    )
    index = pd.DataFrame([(2016, 463.7, "BLS"), (2020, 518.9, "BLS")], columns=["year", "index", "source"])
    defaults = {
        "title": "Isatuximab against daratumumab in relapsed multiple myeloma",
        "population": "Adults with relapsed or refractory multiple myeloma after at least two lines of therapy",
        "perspective": "United States payer", "comparator": "Dara-Pd", "price_year": 2020,
        "willingness_to_pay": (50_000.0, 100_000.0, 150_000.0),
    }  # fmt: skip
    return he.Inputs(
        source="isa_dara.xlsx",
        sha256="ab" * 32,
        model="three_state",
        settings=he.Settings(**(defaults | settings)),
        labels=LABELS,
        parameters=pd.DataFrame(_rows(), columns=list(COLUMNS)),
        tables={"Published survival": published, "Scenarios": scenarios, "Price index": index},
    )


def plain_case(labels=("A", "B"), **settings) -> he.Case:
    """A case made in Python, without any workbook."""

    def plain(p, time):
        state = he.partition(time, overall=he.Exponential(p.death_rate))
        years = he.years_in(time, state, "alive")
        return he.Outcome(
            state,
            [he.cost("Care", years, p.cost), he.qaly("Time", years, 0.8), he.life_years("Life years", years)],
        )

    values = {
        "death_rate": dict(zip(labels, (0.1, 0.2), strict=False)),
        "cost": dict(zip(labels, (100.0, 50.0), strict=False)),
    }
    return he.Case(plain, values, labels={"strategy": list(labels)}, settings=settings)
