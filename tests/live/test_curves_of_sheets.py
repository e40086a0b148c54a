"""Cure, splines, waning, landmarks and ratios by time as rows of sheets: the live workbook equals the engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from adjusted_curves import NEW, OS, PFS, STANDARD, tables, write
from edits import edited
from libreoffice import needs_libreoffice, recalculated
from live_results import CHECK, apart, engine_results, results_of

import hecon as he

MODEL = Path(__file__).parents[2] / "hecon" / "inputs" / "starter_model.txt"
REFERENCE = {"reference": STANDARD, "effect": "hazard_ratio"}
#: Rows of Curves for the overall survival of the new treatment.
ROWS = {
    "log_linear": {**REFERENCE, "waning": "log_linear"},
    "at_once": {**REFERENCE, "waning": "at_once", "landmark": "yes"},
    "by_time": {"reference": STANDARD, "effect": "time_varying_hazard_ratio"},
    "all": {**REFERENCE, "waning": "linear", "wanes_to": STANDARD, "landmark": "yes"},
    "families": {"family": "weibull"},
}
FAMILIES = ("weibull_mixture_cure", "lognormal_non_mixture_cure", "generalised_f", "spline_hazard_1", "spline_odds_1")


def model():
    space: dict = {}
    exec(compile(MODEL.read_text(encoding="utf-8"), "starter_model", "exec"), space)
    return space["outcome"]


def workbooks(folder):
    """A workbook for each row, with long cycles so that it is small."""
    for name, row in ROWS.items():
        content = tables(row)
        for one in content["Curves"]:
            if (one["strategy"], one["endpoint"]) == (NEW, PFS):
                one["family"] = "weibull_non_mixture_cure"
            if (one["strategy"], one["endpoint"]) == (STANDARD, OS) and name == "families":
                one["family"] = "spline_normal_1"
        content |= {"Scenarios": [], "Studies": []}
        settings = {"cycle_unit": "month", "cycle_length": 6.0, "horizons": (7.0,)}
        yield name, he.read_workbook(write(folder / f"{name}.xlsx", content, **settings))


@needs_libreoffice
@pytest.mark.slow
def test_every_row_recalculates_to_the_engine(tmp_path):
    outcome = model()
    files, results = [], []
    for name, inputs in workbooks(tmp_path):
        live = he.write_live_workbook(inputs, tmp_path / f"{name}_live.xlsx", model=outcome)
        files.append(live)
        results.append(he.run(inputs.base_case(outcome)))
        if name != "families":
            continue
        place = next(
            i for i, one in enumerate(inputs.tables["Curves"].to_dict("records"))
            if (one["strategy"], one["endpoint"]) == (NEW, OS)
        )  # fmt: skip
        for family in FAMILIES:
            files.append(edited(live, tmp_path / f"{family}.xlsx", {f"Curves!C{5 + place}": family}))
            results.append(he.run(inputs.base_case(outcome).with_curve(OS, NEW, family=family)))
    for file, result, values in zip(files, results, recalculated(files, sheets=[CHECK]), strict=True):
        found = results_of(values)
        distance, where = apart(found, engine_results(result, found))
        assert distance <= 1e-9, (file.name, where)
