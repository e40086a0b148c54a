"""Pelligra's model of pomalidomide-dexamethasone (health outcomes): made here from the start, from its printed inputs."""

from __future__ import annotations

import math

from workbooks.book import Book, Row

POM, DARA, CARF = "Pom-d", "Daratumumab", "Carfilzomib"
PFS, AFTER = "progression_free_survival", "survival_after_progression"
_REPOSITORY = "github.com/sumprain/myeloma_cost_effectiveness (48bd39b)"
_PELLIGRA = f"Pelligra et al., Clin Ther 2017, inputs as transcribed in {_REPOSITORY}"
_MIDDLE = f"{_REPOSITORY}, sim_functions.cpp: middle of a range"


def pelligra() -> Book:
    """Give the workbook: signs as printed, and the other reading as a scenario."""
    dimensions = {
        "strategy": (POM, DARA, CARF),
        "state": ("progression_free", "progressed", "dead"),
        "endpoint": (PFS, AFTER),
    }
    tables: dict[str, list[Row]] = {
        "Labels": [{"dimension": name, "label": label} for name, labels in dimensions.items() for label in labels],
        "Survival": [
            *_gompertz(PFS, 0.03, 0.002, -1.77, 0.015, "Printed without its unit of time. The sign is as printed; scenario 'Shape of PFS below 0' turns it."),
            *_gompertz(AFTER, 0.02, 0.008, -2.94, 0.108, "Sign as printed."),
            _ratio(DARA, 0.95, 0.67, 1.33, "the ratio is printed for Pom-d against the comparator."),
            _ratio(CARF, 0.83, 0.61, 1.12, "likewise."),
        ],
        "Utilities": [
            _utility("progression_free", 0.73, 0.7, 0.76, "Whether it is Pelligra's or the transcriber's is not stated."),
            _utility("progressed", 0.6755, 0.646, 0.705, "0.73 less 0.0545 (0.025 to 0.084) on progression; likewise."),
            {"parameter": "utility", "state": "dead", "value": 0, "unit": "utility", "distribution": "fixed", "status": "assumed", "note": "By definition."},
        ],
        "Parameters": [
            {
                "parameter": "fatal_share_of_exits",
                "value": 0.022,
                "unit": "share of events",
                "low": 0.013,
                "high": 0.036,
                "distribution": "beta",
                "status": "reported",
                "source": _PELLIGRA,
                "note": "Read as the share of exits from progression-free survival that are deaths; read as one more hazard in each cycle it does "
                "not give the published results.",
            }
        ],
        "Curves": _curves(),
    }  # fmt: skip
    book = Book(tables, _SETTINGS)
    book.tables["Scenarios"] = []
    turned = {"target": "shape", "strategy": POM, "endpoint": PFS, "family": "gompertz", "value": -0.03}
    book.scenario(
        "Shape of PFS below 0",
        "The sign of the shape of progression-free survival turned, which the printed results ask for. Chosen after seeing the result.",
        turned,
    )
    book.scenario(
        "Shape of PFS below 0, constant hazard after progression",
        "Likewise, and the shape after progression 0: the two bound the rebuild.",
        turned,
        {**turned, "endpoint": AFTER, "value": 0},
    )
    book.tables["Checks"] = [
        {
            "check": f"{words} against {against.lower()}, signs as printed",
            "strategy": POM,
            "comparator": against,
            "horizon_years": 3,
            "measure": measure,
            "low": low,
            "high": high,
            "note": "Range of a rebuild in several conventions, not the publication.",
        }
        for words, against, measure, low, high in (
            ("Life years", DARA, "incremental_life_years", 0.0145, 0.0155),
            ("QALYs", DARA, "incremental_qaly", 0.0105, 0.0115),
            ("Life years", CARF, "incremental_life_years", 0.0515, 0.0525),
            ("QALYs", CARF, "incremental_qaly", 0.038, 0.039),
        )
    ]
    book.notes["Notes near-reproduction"] = [
        "What was published (Pelligra et al., Clin Ther 2017; United States, 3 years, 28-day cycles, 3 % a year): pomalidomide-dexamethasone "
        "gains 0.02 life years and 0.01 QALYs against daratumumab, 0.07 and 0.05 against carfilzomib, each given alone.",
        "What stands on these sheets: the inputs as a public repository transcribed them; the paper's own tables were not seen. Health outcomes "
        "only: the costs in that repository are rupees of another study.",
        "What the printed signs give: 0.015 life years and 0.011 QALYs against daratumumab, 0.052 and 0.039 against carfilzomib. Every "
        "difference has the published sign; rounded as published one of the four agrees (0.01 QALYs against daratumumab).",
        "What agrees: with the shape of progression-free survival below 0 (scenario 'Shape of PFS below 0') the differences are 0.022 and "
        "0.016, 0.076 and 0.057; with a constant hazard after progression as well, 0.020 and 0.015, 0.069 and 0.052: rounded, 0.02 life years "
        "against daratumumab, 0.07 life years and 0.05 QALYs against carfilzomib in the latter. The QALYs against daratumumab, published as "
        "0.01, round to 0.02. Median progression-free survival is then 4.3 months; the trial of pomalidomide (MM-002) found 4.2.",
        "The sign was chosen after seeing the result. That the shape is a slip of the sign in the transcription, or that the paper's program "
        "has another parametrisation, is a guess. So this is a near-reproduction and no validation of the published model, nor by it of this "
        "one: it shows that a published three-state model can be stated on these sheets, and how far its printed inputs carry.",
        "The cycle is 28 days, as published. A patient moves once in a cycle, so that nobody dies in the cycle of progression: with cycles half "
        "as long life years are about 1 % fewer and the differences hardly move.",
        "Another rebuild in Python (derived) had 0.014 and 0.011, 0.051 and 0.038 with the signs as printed, 0.020 to 0.022 and 0.015, 0.068 to "
        "0.076 and 0.052 to 0.057 with the sign turned.",
        "Printed and not used (as transcribed; this model has no treatment and no side effects): ratios of treatment failure to progression 1.19 "
        "(0.95-1.43) for Pom-d, 1.13 (0.90-1.36) for daratumumab, 1.03 (0.82-1.24) for carfilzomib; utility lost with a side effect 0.0485 "
        "(0.009-0.088); weight 79.0 kg (1.7) and surface 1.91 m2 (0.03).",
        "Read otherwise: time of the coefficients is the month (the cycle of 28 days would be another reading); the fatal share is a share of "
        "exits; the clock after progression starts at progression.",
    ]
    return book


_SETTINGS = {
    "model": "pelligra",
    "title": "Pomalidomide-dexamethasone against daratumumab and carfilzomib: health outcomes, after Pelligra 2017",
    "population": "Relapsed and refractory multiple myeloma, United States",
    "perspective": "Health outcomes only",
    "horizons": (3.0,),
    "cycle_length": 28.0,
    "cycle_unit": "day",
    "discount_rate_cost": 0.03,
    "discount_rate_effect": 0.03,
    "comparator": DARA,
    "draws": 1000,
    "seed": 2026,
    "evppi_groups": "none",
    "sobol_samples": 0,
}


def _gompertz(endpoint: str, shape: float, error: float, log_rate: float, log_error: float, note: str) -> list[Row]:
    """Rows of a curve that is printed as shape and logarithm of the rate, each with its standard error."""
    keys = {"strategy": POM, "endpoint": endpoint, "family": "gompertz", "unit": "per month", "source": _PELLIGRA}
    half = 1.959964 * log_error
    rate = {"value": math.exp(log_rate), "low": math.exp(log_rate - half), "high": math.exp(log_rate + half)}
    said = f"exp({log_rate:g}), standard error of the logarithm {log_error:g}."
    return [
        {"parameter": "shape", **keys, "value": shape, "se": error, "distribution": "normal", "status": "reported", "note": note},
        {"parameter": "rate", **keys, **rate, "distribution": "lognormal", "status": "derived", "note": said},
    ]  # fmt: skip


def _ratio(strategy: str, value: float, low: float, high: float, words: str) -> Row:
    cells = {"value": 1 / value, "low": 1 / high, "high": 1 / low, "unit": "ratio", "distribution": "lognormal"}
    said = {"status": "derived", "source": _PELLIGRA, "note": f"1 / {value:g} ({low:g} to {high:g}): {words}"}
    return {"parameter": "hazard_ratio", "strategy": strategy, "endpoint": PFS, **cells, **said}


def _utility(state: str, value: float, low: float, high: float, note: str) -> Row:
    cells = {"value": value, "low": low, "high": high, "unit": "utility", "distribution": "beta"}
    return {"parameter": "utility", "state": state, **cells, "status": "derived", "source": _MIDDLE, "note": note}


def _curves() -> list[Row]:
    rows: list[Row] = []
    for endpoint, effect, note in (
        (
            PFS,
            "hazard_ratio",
            "Whether the printed coefficients are per month or per cycle is not stated; read as per month.",
        ),
        (AFTER, "same", "Time since progression."),
    ):
        rows.append({"strategy": POM, "endpoint": endpoint, "family": "gompertz", "time_unit": "month", "note": note})
        for strategy in (DARA, CARF):
            rows.append({"strategy": strategy, "endpoint": endpoint, "reference": POM, "effect": effect})
    return rows
