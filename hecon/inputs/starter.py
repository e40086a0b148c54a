"""The example that a new project starts from: a complete workbook of placeholders, ready to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MODEL = "my_model"
_NOTE = "example value: replace"
_MARKS = {"status": "assumed", "note": _NOTE}
_NEW, _STANDARD = "New treatment", "Standard care"
_STATES = ("progression_free", "progressed", "dead")
_PFS, _OS, _TOT = "progression_free_survival", "overall_survival", "time_on_treatment"
#: Sheets of the example that have headers and drop-downs only.
BLANK_SHEETS = ("Curve weights", "Cost items", "Parameters", "Price index", "Kaplan-Meier", "Life table", "Checks")


def example_settings() -> dict[str, Any]:
    """Give the settings of the example."""
    return {
        "model": MODEL,
        "title": "New treatment against standard care",
        "population": "Example: adults with advanced disease",
        "perspective": "Example: payer",
        "currency": "USD",
        "horizons": (1.0, 5.0, 10.0),
        "comparator": _STANDARD,
        # few, so that everything runs in a moment while the model is being built
        "draws": 1000,
        "sobol_samples": 128,
    }


def example_tables() -> dict[str, list[dict[str, Any]]]:
    """Give the rows of every sheet of the example: two strategies, three states, all values placeholders."""
    return {
        "Labels": _labels(),
        "Curves": _curves(),
        "Survival": _survival(),
        "Population": _rows([
            ("body_weight", {}, 75, "kg", 70, 80, "normal"),
            ("body_surface_area", {}, 1.8, "m2", 1.7, 1.9, "normal"),
            ("patients_per_year", {}, 2000, "patients/year", None, None, "fixed"),
            ("decision_years", {}, 5, "years", None, None, "fixed"),
        ]),
        "Prices": _rows([
            ("drug_price", {"drug": "new_drug"}, 3.0, "USD/mg", 2.25, 3.75, "uniform"),
            ("drug_price", {"drug": "standard_drug"}, 45.0, "USD/capsule", 40.0, 50.0, "uniform"),
            *[
                ("relative_dose_intensity", {"strategy": strategy, "drug": drug}, 0.95, "share", 0.9, 1.0, "uniform")
                for strategy in (_NEW, _STANDARD)
                for drug in ("new_drug", "standard_drug")
            ],
        ]),
        "Packs": [
            {"drug": "new_drug", "size": 100, "unit": "mg", "price_per": "mg", **_MARKS},
            {"drug": "new_drug", "size": 400, "unit": "mg", "price_per": "mg", **_MARKS},
            {"drug": "standard_drug", "size": 20, "unit": "mg", "price_per": "pack", **_MARKS},
        ],
        "Schedules": _schedules(),
        "Administration": _administration(),
        "Adverse events": _adverse_events(),
        "Care costs": _rows([
            ("care_cost_per_year", {"state": "progression_free"}, 6000, "USD/year", 4500, 7500, "gamma"),
            ("care_cost_per_year", {"state": "progressed"}, 14000, "USD/year", 10000, 18000, "gamma"),
            ("care_cost_per_year", {"state": "dead"}, 0, "USD/year", None, None, "fixed"),
            ("subsequent_therapy_cost", {}, 25000, "USD", 15000, 35000, "gamma"),
            ("end_of_life_cost", {}, 15000, "USD", 10000, 20000, "gamma"),
        ]),
        "Utilities": _rows([
            ("utility", {"state": "progression_free"}, 0.75, "utility", 0.68, 0.82, "beta"),
            ("utility", {"state": "progressed"}, 0.62, "utility", 0.54, 0.70, "beta"),
            ("utility", {"state": "dead"}, 0, "utility", None, None, "fixed"),
        ]),
        "Published survival": _published(),
        "Scenarios": _scenarios(),
        "Studies": _studies(),
    }  # fmt: skip


def _rows(rows: Sequence[tuple[str, Mapping[str, str], Any, str, Any, Any, str]]) -> list[dict[str, Any]]:
    names = ("value", "unit", "low", "high", "distribution")
    return [{"parameter": row[0], **row[1], **dict(zip(names, row[2:], strict=True)), **_MARKS} for row in rows]


def _labels() -> list[dict[str, Any]]:
    labels = {
        "strategy": {_NEW: "The treatment under assessment", _STANDARD: "What patients get today"},
        "state": {
            "progression_free": "Alive, disease not progressed",
            "progressed": "Alive after progression",
            "dead": "",
        },
        "endpoint": {
            _PFS: "Time to progression or death",
            _OS: "Time to death",
            _TOT: "Time to stopping treatment",
        },
        "drug": {"new_drug": "Infusion", "standard_drug": "Capsules"},
        "event": {"neutropenia": "Grade 3 or 4", "pneumonia": "Grade 3 or 4"},
        "infusion": {
            "first": "First infusion",
            "second": "Second infusion",
            "later": "Third infusion and later",
        },
    }
    return [
        {"dimension": dimension, "label": label, "description": description or None}
        for dimension, described in labels.items()
        for label, description in described.items()
    ]


def _curves() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for strategy in (_NEW, _STANDARD):
        for endpoint, family in ((_PFS, "weibull"), (_OS, "weibull")):
            rows.append({"strategy": strategy, "endpoint": endpoint, "family": family, "time_unit": "month"})
        treatment = {"strategy": strategy, "endpoint": _TOT, "reference_endpoint": _PFS, "effect": "same"}
        rows.append({**treatment, "note": "Treated until progression"})
    return rows


def _survival() -> list[dict[str, Any]]:
    coefficients = {
        (_NEW, _PFS): {"weibull": (1.10, 18.8), "exponential": (0.0513,)},
        (_NEW, _OS): {"weibull": (1.15, 41.3), "exponential": (0.0231,)},
        (_STANDARD, _PFS): {"weibull": (1.10, 11.9), "exponential": (0.0815,)},
        (_STANDARD, _OS): {"weibull": (1.15, 28.9), "exponential": (0.0330,)},
    }
    rows = []
    for (strategy, endpoint), families in coefficients.items():
        for family, values in families.items():
            names = ("rate",) if family == "exponential" else ("shape", "scale")
            units = {"rate": "per month", "shape": "", "scale": "months"}
            for name, value in zip(names, values, strict=True):
                keys = {"strategy": strategy, "endpoint": endpoint, "family": family}
                low, high = round(value * 0.85, 4), round(value * 1.18, 4)
                rows.append((name, keys, value, units[name], low, high, "lognormal"))
    keys = {"strategy": _NEW, "endpoint": _OS}
    return _rows([*rows, ("hazard_ratio", keys, 0.70, "ratio", 0.55, 0.89, "lognormal")])


def _schedules() -> list[dict[str, Any]]:
    infusion = {
        "strategy": _NEW, "drug": "new_drug", "dose": 8, "unit": "mg/kg", "route": "iv", "cycle_days": 28, "share": 1,
        "body_size": "mean", "wastage": "yes", "intensity": "doses", "dispensed": "by_dose", **_MARKS,
    }  # fmt: skip
    capsules = {
        **infusion, "drug": "standard_drug", "from_cycle": 1, "days": "1, 8, 15, 22", "dose": 40, "unit": "mg",
        "route": "oral", "dispensed": "by_treatment_cycle",
    }  # fmt: skip
    return [
        {**infusion, "from_cycle": 1, "to_cycle": 2, "days": "1, 8, 15, 22", "note": f"Loading phase; {_NOTE}"},
        {**infusion, "from_cycle": 3, "days": "1, 15"},
        capsules,
        {**capsules, "strategy": _STANDARD},
    ]


def _administration() -> list[dict[str, Any]]:
    rows: list[tuple[str, Mapping[str, str], Any, str, Any, Any, str]] = []
    minutes = {"first": 180, "second": 120, "later": 90}
    for drug in ("new_drug", "standard_drug"):
        for infusion, length in minutes.items():
            keys = {"drug": drug, "infusion": infusion}
            rows.append(
                (
                    "infusion_minutes",
                    keys,
                    length if drug == "new_drug" else 0,
                    "minutes",
                    None,
                    None,
                    "fixed",
                )
            )
    costs = {
        "first_hour_cost": (145, 0),
        "injection_cost": (0, 0),
        "premedication_cost": (6, 0),
        "postmedication_cost": (0, 0),
    }
    for name, values in costs.items():
        for drug, cost in zip(("new_drug", "standard_drug"), values, strict=True):
            spread = (round(cost * 0.8, 2), round(cost * 1.2, 2), "gamma") if cost else (None, None, "fixed")
            rows.append((name, {"drug": drug}, cost, "USD", *spread))
    rows.append(("added_hour_cost", {}, 32, "USD/hour", 25, 39, "gamma"))
    return _rows(rows)


def _adverse_events() -> list[dict[str, Any]]:
    incidence = {(_NEW, "neutropenia"): 0.30, (_NEW, "pneumonia"): 0.12, (_STANDARD, "neutropenia"): 0.22}
    incidence[_STANDARD, "pneumonia"] = 0.10
    rows: list[tuple[str, Mapping[str, str], Any, str, Any, Any, str]] = [
        (
            "adverse_event_incidence",
            {"strategy": strategy, "event": event},
            share,
            "share of patients",
            round(share - 0.06, 2),
            round(share + 0.06, 2),
            "beta",
        )
        for (strategy, event), share in incidence.items()
    ]
    for name, unit, values, distribution in (
        ("adverse_event_cost", "USD", (5000, 12000), "gamma"),
        ("adverse_event_disutility", "utility", (0.10, 0.15), "beta"),
        ("adverse_event_duration_days", "days", (10, 12), "gamma"),
    ):
        for event, value in zip(("neutropenia", "pneumonia"), values, strict=True):
            low, high = round(value * 0.75, 4), round(value * 1.25, 4)
            rows.append((name, {"event": event}, value, unit, low, high, distribution))
    return _rows(rows)


def _published() -> list[dict[str, Any]]:
    medians = {(_NEW, _PFS): 13.5, (_NEW, _OS): 30, (_STANDARD, _PFS): 8.5, (_STANDARD, _OS): 21}
    marks = {"measure": "median", "time_unit": "month", "status": "assumed", "source": _NOTE}
    return [
        {"strategy": strategy, "endpoint": endpoint, "value": months, **marks}
        for (strategy, endpoint), months in medians.items()
    ]


def _scenarios() -> list[dict[str, Any]]:
    names = ("scenario", "target", "strategy", "endpoint", "drug", "value", "description")
    low, constant, relative = "Discount at 1.5%", "Exponential curves", "Survival by hazard ratio"
    rows = [
        ("New drug 20% cheaper", "drug_price", None, None, "new_drug", 2.4, "Price after a rebate"),
        (low, "discount_rate_cost", None, None, None, 0.015, "Lower discounting"),
        (low, "discount_rate_effect", None, None, None, 0.015, None),
        (constant, "family", _NEW, _PFS, None, "exponential", "Constant hazards"),
        (constant, "family", _NEW, _OS, None, "exponential", None),
        (constant, "family", _STANDARD, _PFS, None, "exponential", None),
        (constant, "family", _STANDARD, _OS, None, "exponential", None),
        (relative, "reference", _NEW, _OS, None, _STANDARD, "Survival relative to standard care"),
        (relative, "effect", _NEW, _OS, None, "hazard_ratio", None),
    ]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _studies() -> list[dict[str, Any]]:
    trial = {"design": "Randomised trial", "likelihood": "survival", "sample_size": 200, "follow_up": 24, **_MARKS}
    survey = {"design": "Quality of life survey", "likelihood": "normal", "sample_size": 150, "sd": 0.2, **_MARKS}
    return [
        {**trial, "arm": _NEW, "input": f"{_PFS}: {_NEW}", "fixed_cost": 4e6, "cost_per_participant": 3e4, "delay": 3},
        {**trial, "arm": _STANDARD, "input": f"{_PFS}: {_STANDARD}"},
        {**survey, "arm": "before", "input": "utility: progression_free", "fixed_cost": 5e4, "delay": 1},
        {**survey, "arm": "after", "input": "utility: progressed", "cost_per_participant": 150},
    ]
