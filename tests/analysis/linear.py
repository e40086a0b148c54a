"""A model that is linear in its inputs, for which every analysis has an answer in closed form."""

import numpy as np
import pandas as pd

import hecon as he
from hecon.settings import Settings

COLUMNS = {
    "sheet": "Parameters", "cell": "", "parameter": "", "strategy": "", "value": np.nan, "unit": "", "low": np.nan,
    "high": np.nan, "se": np.nan, "distribution": "fixed", "status": "assumed", "source": "", "note": "a test",
    "price_year": np.nan, "group": "", "coverage": np.nan, "truncate_low": np.nan, "truncate_high": np.nan,
    "natural_1": np.nan, "natural_2": np.nan,
}  # fmt: skip
LABELS = {"strategy": ("A", "B")}


def rows(*records, **more):
    """Parameter rows from the cells that matter."""
    whole = [{**COLUMNS, **more, "cell": f"Parameters!C{5 + i}", **record} for i, record in enumerate(records)]
    return pd.DataFrame(whole)


def build(frame, tables=None, labels=None, **settings):
    """Inputs as a workbook gives them."""
    settings = {
        "horizons": (1.0, 2.0),
        "cycle_length": 1.0,
        "cycle_unit": "year",
        "willingness_to_pay": (100.0,),
    } | settings
    return he.Inputs(
        source="linear.xlsx",
        sha256="0" * 64,
        model="linear",
        settings=Settings(**settings),
        labels=labels or LABELS,
        parameters=frame,
        tables=tables or {},
    )


def outcome(p, time):
    """Cost and gain at the start, and care for two years of life: nobody dies, nothing is discounted at the start."""
    state = he.partition(time, overall=he.Exponential(1e-12))
    start = he.at_start(time)
    return he.Outcome(
        state,
        [
            he.cost("Price", start, p.price),
            he.cost("Fee", start, p.fee),
            he.qaly("Gain", start, p.gain),
            he.life_years("Life years", he.years_in(time, state), he.alive(state)),
        ],
    )


def inputs(**settings):
    """A normal price and gain for each strategy, and a normal fee that both pay."""
    frame = rows(
        {
            "parameter": "price",
            "strategy": "A",
            "value": 50.0,
            "se": 6.0,
            "low": 38.0,
            "high": 62.0,
            "distribution": "normal",
        },
        {"parameter": "price", "strategy": "B", "value": 20.0, "se": 2.0, "distribution": "normal"},
        {"parameter": "gain", "strategy": "A", "value": 1.0, "se": 0.08, "distribution": "normal"},
        {"parameter": "gain", "strategy": "B", "value": 0.8, "se": 0.03, "distribution": "normal"},
        {"parameter": "fee", "value": 5.0, "low": 4.0, "high": 6.0},
    )
    return build(frame, **settings)


#: Variances of what each input adds to the incremental net monetary benefit of A against B at 100 per QALY.
VARIANCES = {"price · A": 36.0, "price · B": 4.0, "gain · A": 64.0, "gain · B": 9.0}
INCREMENTAL_BENEFIT = 100 * (1.0 - 0.8) - (50 - 20)
