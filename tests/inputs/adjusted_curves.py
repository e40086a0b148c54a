"""A small workbook in which every curve has something done to it: cure, splines, waning, landmarks, tails, never."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hecon.inputs import starter
from hecon.inputs.template import write_inputs

NEW, STANDARD = "New treatment", "Standard care"
PFS, OS, TOT = "progression_free_survival", "overall_survival", "time_on_treatment"
MARKS = {"status": "assumed", "note": "example"}


def rows(strategy: str, endpoint: str, family: str | None, **values: float) -> list[dict[str, Any]]:
    keys = {"strategy": strategy, "endpoint": endpoint, "family": family, "distribution": "fixed", **MARKS}
    return [{"parameter": name, "value": value, **keys} for name, value in values.items()]


def coefficients() -> list[dict[str, Any]]:
    """Coefficients and effects beside those of the starter."""
    knots = {"knot_1": 1.0, "knot_2": 9.0, "knot_3": 40.0}
    spline = {"gamma_0": -3.1, "gamma_1": 1.15, "gamma_2": 0.04, **knots}
    return [
        *rows(NEW, OS, "weibull_mixture_cure", cure_fraction=0.2, shape=1.1, scale=26.0),
        *rows(NEW, OS, "lognormal_non_mixture_cure", cure_fraction=0.15, meanlog=3.6, sdlog=1.1),
        *rows(NEW, OS, "generalised_f", mu=3.7, sigma=0.9, Q=0.2, P=0.4),
        *rows(NEW, OS, "spline_hazard_1", **spline),
        *rows(NEW, OS, "spline_odds_1", **spline),
        *rows(STANDARD, OS, "spline_normal_1", **{**spline, "gamma_0": -1.9, "gamma_1": 0.6}),
        *rows(NEW, OS, None, waning_start=12.0, waning_end=36.0, landmark_time=60.0, landmark_survival=0.31),
        *rows(NEW, OS, None, landmark_since=18.0, hazard_ratio_1=0.5, hazard_ratio_until_1=6.0, hazard_ratio_2=0.8),
        *rows(NEW, OS, None, hazard_ratio_until_2=24.0, hazard_ratio_3=1.0),
        *rows(NEW, PFS, "weibull_non_mixture_cure", cure_fraction=0.1, shape=1.0, scale=15.0),
    ]


def tables(curve: dict[str, Any] | None = None) -> dict[str, Any]:
    """Tables of the starter with these coefficients, and the overall survival of the new treatment as `curve` says."""
    found = starter.example_tables()
    found["Survival"] = [*found["Survival"], *coefficients()]
    own = {"strategy": NEW, "endpoint": OS, "time_unit": "month", **(curve or {"family": "weibull"})}
    found["Curves"] = [own if (row["strategy"], row["endpoint"]) == (NEW, OS) else row for row in found["Curves"]]
    return found


def write(path: Path, content: dict[str, Any], **settings: Any) -> Path:
    write_inputs(path, content, {**starter.example_settings(), "model": "starter_model", **settings})
    return path
