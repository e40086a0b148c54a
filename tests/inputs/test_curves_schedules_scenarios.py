"""What must hold between sheets: curves, schedules, published survival, scenarios."""

# ruff: noqa: E501  (a table reads best with one row a line)
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from good_workbook import NEW, OS, PFS, STANDARD, Editor

from hecon.errors import Fault
from hecon.inputs.checks.curves import CurveInUse, Evidence, faults_of
from hecon.inputs.checks.scenarios import changed
from hecon.inputs.template import tables_of, write_inputs
from hecon.inputs.workbook import read_tables

Faults = Callable[[Editor], list[Fault]]
TOT = "time_on_treatment"


def only(found: list[Fault]) -> Fault:
    assert len(found) == 1, "\n".join(f"{fault.where}: {fault.what}" for fault in found)
    return found[0]


# --- Curves ---


def test_a_strategy_without_a_curve(editor: Editor, faults: Faults) -> None:
    editor["Curves"].delete_rows(editor.row("Curves", strategy=NEW, endpoint=OS))
    found = faults(editor)
    assert Fault("Curves", f"there is no row for {NEW}, {OS}; every strategy needs its curve") in found


@pytest.mark.parametrize(
    ("changes", "column", "words"),
    [
        (
            {"family": "lognormal"},
            "family",
            f"sheet 'Survival' has no meanlog and sdlog of family lognormal for {NEW}, {OS}",
        ),
        (
            {"family": "kaplan_meier"},
            "family",
            f"sheet 'Kaplan-Meier' has no rows for {NEW}, {OS}; kaplan_meier needs them",
        ),
        ({"family": "piecewise_exponential"}, "family", "has no rate_1 of family piecewise_exponential"),
        ({"family": None}, "family", "family is blank and so is reference; give one of them"),
        ({"family": "weibul"}, "family", "family 'weibul' is not known. Did you mean 'weibull'? There are"),
        ({"time_unit": None}, "time_unit", "time_unit is blank; a curve of family weibull needs one"),
        ({"time_unit": "months"}, "time_unit", "Did you mean 'month'?"),
        (
            {"effect": "hazard_ratio"},
            "effect",
            "effect is hazard_ratio, but there is no reference curve for it to change",
        ),
        ({"reference": STANDARD}, "family", "the row has a family (weibull) and a reference; clear one of them"),
        (
            {"reference": "Standard", "family": None},
            "reference",
            "reference strategy 'Standard' is not on the Labels sheet",
        ),
        (
            {"reference": STANDARD, "family": None},
            "effect",
            "effect is blank; a reference curve needs one of hazard_ratio",
        ),
        (
            {"reference": STANDARD, "family": None, "effect": "odds_ratio"},
            "effect",
            f"sheet 'Survival' has no odds_ratio for {NEW}, {OS}",
        ),
        (
            {"reference": NEW, "family": None, "effect": "same"},
            "reference",
            f"the reference leads back to itself: {NEW} {OS} -> {NEW} {OS}",
        ),
        ({"endpoint": "overal_survival"}, "endpoint", "Did you mean 'overall_survival'?"),
    ],
)
def test_a_curve_that_cannot_be_built(
    editor: Editor, faults: Faults, changes: dict[str, Any], column: str, words: str
) -> None:
    del editor.book["Scenarios"], editor.book["Map"]
    row = editor.row("Curves", strategy=NEW, endpoint=OS)
    for name, value in changes.items():
        editor["Curves"].cell(row, editor.column("Curves", name)).value = value
    fault = only(faults(editor))
    assert fault.where == f"Curves!{editor['Curves'].cell(row, editor.column('Curves', column)).coordinate}"
    assert words in fault.what


def test_a_curve_by_a_hazard_ratio_is_fine(editor: Editor, faults: Faults) -> None:
    row = editor.row("Curves", strategy=NEW, endpoint=OS)
    for name, value in {"family": None, "reference": STANDARD, "effect": "hazard_ratio"}.items():
        editor["Curves"].cell(row, editor.column("Curves", name)).value = value
    assert faults(editor) == []


def test_circles_are_followed_to_their_end() -> None:
    a, b, c = ("A", OS), ("B", OS), ("C", OS)
    curves = {
        a: CurveInUse(reference="B", effect="same"),
        b: CurveInUse(reference="C", effect="same"),
        c: CurveInUse(reference="B", effect="same"),
    }
    found = list(faults_of(curves, Evidence({}, frozenset(), frozenset())))
    assert [(place, column) for place, column, _ in found] == [(b, "reference"), (c, "reference")]
    assert found[0][2] == f"the reference leads back to itself: B {OS} -> C {OS} -> B {OS}"


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ({"rate_1": 0.1}, ""),
        ({"rate_1": 0.1, "until_1": 6, "rate_2": 0.2}, ""),
        ({"rate_1": 0.1, "rate_2": 0.2}, "has no until_1 of family piecewise_exponential"),
        ({"rate_1": 0.1, "until_1": 6, "until_2": 9, "rate_3": 0.2}, "has no rate_2 of family"),
        ({"rate_1": 0.1, "until_1": 6, "rate_2": 0.1, "until_2": 5, "rate_3": 0.2}, "must increase"),
        ({"rate_1": 0.1, "until_1": 6, "rate_2": 0.2, "until_7": 9}, "has an until_ without a next rate"),
        ({"rate_1": 0.1, "rate2": 0.2}, "'rate2' is not a coefficient of piecewise_exponential (rate_1, until_1"),
    ],
)
def test_piecewise_exponential(editor: Editor, faults: Faults, pieces: dict[str, float], words: str) -> None:
    del editor.book["Scenarios"], editor.book["Map"]
    editor.set("piecewise_exponential", "Curves", "family", strategy=NEW, endpoint=OS)
    keys = {"strategy": NEW, "endpoint": OS, "family": "piecewise_exponential"}
    for name, value in pieces.items():
        editor.append("Survival", parameter=name, **keys, value=value, status="assumed", note="x")
    found = faults(editor)
    assert (words in found[0].what) if words else not found


def test_the_end_of_a_piece_is_fixed(editor: Editor, faults: Faults) -> None:
    keys = {"strategy": NEW, "endpoint": OS, "family": "piecewise_exponential"}
    for name, value in {"rate_1": 0.1, "until_1": 6, "rate_2": 0.2}.items():
        row = editor.append("Survival", parameter=name, **keys, value=value, status="assumed", note="x")
        if name == "until_1":
            for column, content in {"distribution": "normal", "se": 1}.items():
                editor["Survival"].cell(row, editor.column("Survival", column)).value = content
    assert only(faults(editor)).what == "distribution of until_1 is normal; the end of a piece must be fixed"


@pytest.mark.parametrize(
    ("coefficients", "words"),
    [
        ({"gamma_0": -2, "gamma_1": 1.2, "knot_1": 1, "knot_2": 30}, ""),
        ({"gamma_0": -2, "gamma_1": 1.2, "knot_1": 1}, "has no knot_2 of family spline_odds"),
        ({"gamma_0": -2, "gamma_2": 1.2, "knot_1": 1}, "has no gamma_1 and knot_2 and knot_3 of family spline_odds"),
        ({"gamma_0": -2, "gamma_1": 1.2, "knot_1": 9, "knot_2": 3}, "the times knot_1, knot_2, ... of"),
        ({"gamma_0": -2, "gamma_1": 1, "knot_1": 1, "knot_2": 3, "knot_3": 4}, "has more knots than gammas"),
        ({"gamma_0": -2, "gamma1": 1.2}, "'gamma1' is not a coefficient of spline_odds (gamma_0, gamma_1, ..., knot_1"),
    ],
)
def test_spline(editor: Editor, faults: Faults, coefficients: dict[str, float], words: str) -> None:
    del editor.book["Scenarios"], editor.book["Map"]
    editor.set("spline_odds", "Curves", "family", strategy=NEW, endpoint=OS)
    keys = {"strategy": NEW, "endpoint": OS, "family": "spline_odds"}
    for name, value in coefficients.items():
        editor.append("Survival", parameter=name, **keys, value=value, status="assumed", note="x")
    found = faults(editor)
    assert any(words in fault.what for fault in found) if words else not found


def test_the_time_of_a_knot_is_fixed(editor: Editor, faults: Faults) -> None:
    keys = {"strategy": NEW, "endpoint": OS, "family": "spline_odds"}
    for name, value in {"gamma_0": -2, "gamma_1": 1.2, "knot_1": 1, "knot_2": 30}.items():
        row = editor.append("Survival", parameter=name, **keys, value=value, status="assumed", note="x")
        if name == "knot_2":
            for column, content in {"distribution": "normal", "se": 1}.items():
                editor["Survival"].cell(row, editor.column("Survival", column)).value = content
    assert only(faults(editor)).what == "distribution of knot_2 is normal; the time of a knot must be fixed"


# --- published survival and Kaplan-Meier ---


def test_a_median_of_pfs_above_that_of_overall_survival(editor: Editor, faults: Faults) -> None:
    where = editor.set(31, "Published survival", "value", strategy=NEW, endpoint=PFS)
    fault = only(faults(editor))
    assert fault.where == where
    assert fault.what == f"median {PFS} of {NEW} is 31 months and lies above its {OS} of 30 months (row 6)"


def test_medians_are_compared_in_one_unit(editor: Editor, faults: Faults) -> None:
    editor.set("year", "Published survival", "time_unit", strategy=NEW, endpoint=OS)
    editor.set(2, "Published survival", "value", strategy=NEW, endpoint=OS)
    assert faults(editor) == []
    editor.set(1, "Published survival", "value", strategy=NEW, endpoint=OS)
    found = only(faults(editor)).what
    assert "months and lies above its overall_survival of 1 year (row 6); is one of the time units wrong?" in found


def test_a_landmark_of_pfs_above_that_of_overall_survival(editor: Editor, faults: Faults) -> None:
    same = {
        "strategy": NEW,
        "measure": "survival_at",
        "time": 12,
        "time_unit": "month",
        "status": "reported",
        "source": "x",
    }
    row = editor.append("Published survival", endpoint=PFS, value=0.7, **same)
    editor.append("Published survival", endpoint=OS, value=0.6, **same)
    fault = only(faults(editor))
    assert fault.where == f"Published survival!F{row}"
    assert f"survival at 12 month {PFS} of {NEW} is 0.7 and lies above its {OS} of 0.6" in fault.what


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"value": 1.2, "time": 12}, "value", "value is 1.2; survival must lie between 0 and 1"),
        ({"value": 0.5}, "time", "time is blank; survival_at needs the time of the landmark"),
        (
            {"value": 0.5, "time": 12, "low": 0.6, "high": 0.7},
            "value",
            "value is 0.5, outside its interval (low 0.6, high 0.7)",
        ),
        ({"value": 0.5, "time": 12, "source": None}, "source", "source is blank; a reported number needs its source"),
        (
            {"measure": "hazard_ratio", "value": 0.7, "against": NEW},
            "against",
            f"against is '{NEW}', the strategy itself",
        ),
        (
            {"measure": "hazard_ratio", "value": 0, "against": STANDARD},
            "value",
            "hazard_ratio is 0; it must be above 0",
        ),
        ({"measure": "events", "value": 3.5}, "value", "events are 3.5; it must be a whole number"),
        (
            {"measure": "restricted_mean", "value": 10},
            "time",
            "time is blank; restricted_mean needs the time that it goes up to",
        ),
        (
            {"measure": "restricted_mean", "value": 13, "time": 12},
            "value",
            "restricted_mean is 13; it must lie between 0 and 12",
        ),
        ({"measure": "median", "value": 0, "time_unit": "week"}, "value", "the median is 0; it must be above 0"),
    ],
)
def test_a_wrong_landmark(editor: Editor, faults: Faults, values: dict[str, Any], column: str, words: str) -> None:
    same = {"strategy": NEW, "endpoint": PFS, "measure": "survival_at", "time_unit": "month", "status": "reported"}
    row = editor.append("Published survival", **{**same, "source": "x", **values})
    fault = only(faults(editor))
    where = editor["Published survival"].cell(row, editor.column("Published survival", column)).coordinate
    assert (fault.where, fault.what) == (f"Published survival!{where}", words)


def test_kaplan_meier_pfs_above_overall_survival(editor: Editor, faults: Faults) -> None:
    match = {"strategy": STANDARD, "endpoint": OS}
    editor.set(0.65, "Kaplan-Meier", "survival", **match, time=6)
    editor.set(0.60, "Kaplan-Meier", "survival", **match, time=12)
    fault = only(faults(editor))
    assert fault.where == "Kaplan-Meier!D6"
    assert fault.what == f"{PFS} of {STANDARD} is 0.7 at time 6 and lies above its {OS} of 0.65 (row 9)"


# --- Schedules and Packs ---


def doses(editor: Editor, *rows: dict[str, Any]) -> None:
    """Replace the doses of the new drug."""
    page = editor["Schedules"]
    page.delete_rows(5, 2)
    for row in rows:
        same = {"strategy": NEW, "drug": "new_drug", "days": "1, 15", "dose": 8, "unit": "mg/kg", "route": "iv"}
        editor.append("Schedules", **{**same, **row})


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"from_cycle": 1}], ""),
        ([{"from_cycle": 1, "to_cycle": 2}, {"from_cycle": 3}], ""),
        ([{"from_cycle": 3}, {"from_cycle": 1, "to_cycle": 2}], ""),
        ([{"from_cycle": 1, "to_cycle": 6}], ""),
        ([{"from_cycle": 1, "share": 0.8}], ""),
        ([{"from_cycle": 1, "share": 0.7}, {"from_cycle": 1, "share": 0.3, "dose": 4}], ""),
        ([{"from_cycle": 1, "to_cycle": 1, "days": "1"}, {"from_cycle": 1, "to_cycle": 1, "days": "2"}, {"from_cycle": 2}], ""),
        ([{"from_cycle": 1, "dose": 0, "to_cycle": 2}, {"from_cycle": 3}], ""),
        ([{"from_cycle": 2}], "new_drug in New treatment starts at cycle 2; the first row starts at cycle 1"),
        ([{"from_cycle": 1, "to_cycle": 2}, {"from_cycle": 4}], "gap in new_drug in New treatment: no row covers cycle 3; start at 3"),
        ([{"from_cycle": 1, "to_cycle": 2}, {"from_cycle": 9}], "no row covers cycle 3 to 8"),
        ([{"from_cycle": 1, "to_cycle": 3}, {"from_cycle": 3}], "overlap in new_drug in New treatment: cycle 3, day 1 is dosed 2 times"),
        ([{"from_cycle": 1}, {"from_cycle": 3}], "overlap in new_drug in New treatment: cycle 3, day 1"),
        ([{"from_cycle": 1, "share": 0.7}, {"from_cycle": 1, "share": 0.6}], "to shares that sum to 1.3"),
        ([{"from_cycle": 1, "share": 0.7}, {"from_cycle": 1, "share": 0.2}], "sum to 0.9; they must sum to 1"),
        ([{"from_cycle": 3, "to_cycle": 2}], "to_cycle is 2, before from_cycle 3"),
        ([{"from_cycle": 1, "to_cycle": 1}, {"from_cycle": 2, "cycle_days": 21}], "cycle_days of new_drug in New treatment is 21, but"),
        ([{"from_cycle": 1, "unit": "mg/m2", "body_size": "distribution"}], "need the parameter body_surface_area_sd on sheet 'Population'"),
    ],
)  # fmt: skip
def test_schedules(editor: Editor, faults: Faults, rows: list[dict[str, Any]], words: str) -> None:
    doses(editor, *rows)
    found = faults(editor)
    assert any(words in fault.what and fault.where.startswith("Schedules!") for fault in found) if words else not found


def test_a_dose_without_a_pack(editor: Editor, faults: Faults) -> None:
    editor["Packs"].delete_rows(editor.row("Packs", drug="standard_drug"))
    fault = only(faults(editor))
    assert fault == Fault("Schedules!B7", f"{NEW} gets standard_drug, and sheet 'Packs' has no pack for it")


def test_a_dose_without_a_price_or_a_weight(editor: Editor, faults: Faults) -> None:
    del editor.book["Scenarios"], editor.book["Map"]
    for drug in ("new_drug", "standard_drug"):
        editor["Prices"].delete_rows(editor.row("Prices", parameter="drug_price", drug=drug))
    editor["Population"].delete_rows(editor.row("Population", parameter="body_weight"))
    found = faults(editor)
    assert Fault("Prices", "there is no parameter drug_price; the doses on Schedules need one for every drug") in found
    assert Fault("Schedules!G5", "doses in mg/kg need the parameter body_weight on sheet 'Population'") in found


# --- Scenarios ---


@pytest.mark.parametrize(
    ("values", "column", "words"),
    [
        ({"target": "drug_prise", "value": 1}, "target", "Did you mean 'drug_price'?"),
        ({"target": "drug_price", "value": "cheap"}, "value", "value is 'cheap'; drug_price must be a number"),
        ({"target": "drug_price", "value": -1}, "value", "drug_price is -1; it must be at least 0"),
        ({"target": "drug_price"}, "value", "value is blank; drug_price must be a number"),
        ({"target": "drug_price", "drug": "aspirin", "value": 1}, "drug", "drug 'aspirin' is not on the Labels sheet"),
        ({"target": "drug_price", "state": "dead", "value": 1}, "state", "state is 'dead', but drug_price is given by drug"),
        ({"target": "hazard_ratio", "strategy": STANDARD, "value": 1}, "target", "there is no row of hazard_ratio for Standard"),
        ({"target": "utility", "state": "progressed", "value": 1.2}, "value", "utility is 1.2; it must lie between 0 and 1"),
        ({"target": "crossing", "value": "cap"}, "value", "crossing is 'cap'; it must be one of cap_pfs"),
        ({"target": "draws", "drug": "new_drug", "value": 10}, "drug", "a setting holds for all of them; clear the cell"),
        ({"target": "comparator", "value": "Standard"}, "value", "comparator 'Standard' is not on the Labels sheet"),
        ({"target": "family", "strategy": NEW, "value": "gamma"}, "endpoint", "endpoint is blank; family changes the curve of one"),
        ({"target": "family", "strategy": NEW, "endpoint": OS, "value": "gamm"}, "value", "family is 'gamm'; it must be one of"),
        ({"target": "family", "strategy": NEW, "endpoint": OS, "value": "gamma"}, "value", "has no shape and rate of family gamma"),
        ({"target": "family", "strategy": NEW, "endpoint": OS}, "value", "family is blank; it must be one of exponential"),
        ({"target": "reference", "strategy": NEW, "endpoint": OS, "value": STANDARD}, "value", "effect is blank; a reference curve"),
        ({"target": "reference", "strategy": NEW, "endpoint": TOT, "value": NEW}, "", ""),
        ({"target": "reference_endpoint", "strategy": NEW, "endpoint": TOT, "value": TOT}, "value", "leads back to itself"),
        ({"target": "effect", "strategy": NEW, "endpoint": TOT, "value": "odds_ratio"}, "value", "has no odds_ratio for New treatment"),
        ({"target": "horizons", "value": "2, 4"}, "", ""),
        ({"target": "drug_price", "value": 1}, "", ""),
        ({"target": "rate", "strategy": NEW, "value": 0.2}, "", ""),
    ],
)  # fmt: skip
def test_scenarios(editor: Editor, faults: Faults, values: dict[str, Any], column: str, words: str) -> None:
    row = editor.append("Scenarios", scenario="A change", **values)
    if not words:
        assert faults(editor) == []
        return
    fault = only(faults(editor))
    where = editor["Scenarios"].cell(row, editor.column("Scenarios", column)).coordinate
    assert fault.where == f"Scenarios!{where}"
    assert words in fault.what


def test_a_scenario_may_name_the_family_of_a_coefficient(editor: Editor, faults: Faults, tmp_path: Path) -> None:
    page = editor["Scenarios"]
    page.cell(4, page.max_column + 1).value = "family"
    change = {"scenario": "Slower", "target": "scale", "strategy": NEW, "endpoint": OS, "value": 50}
    row = editor.append("Scenarios", **change, family="gamma")
    assert only(faults(editor)).what.startswith(f"there is no row of scale for {NEW}, {OS}, gamma")
    page.cell(row, editor.column("Scenarios", "family")).value = "weibull"
    raw = read_tables(editor.save(tmp_path / "family.xlsx"))
    assert raw.tables["Scenarios"]["family"].tolist()[-1] == "weibull"
    write_inputs(tmp_path / "again.xlsx", *tables_of(raw))
    assert read_tables(tmp_path / "again.xlsx").tables["Scenarios"].equals(raw.tables["Scenarios"])


def test_a_scenario_changes_a_curve_choice_as_a_case_does(good: Path) -> None:
    from hecon.inputs.case import Case

    tables = read_tables(good).tables
    case = Case(lambda p, time: None, {}, {"strategy": (NEW, STANDARD)}, tables=tables)
    start = CurveInUse(family="weibull")
    steps = [
        ("reference", STANDARD),
        ("effect", "hazard_ratio"),
        ("family", "exponential"),
        ("reference_endpoint", PFS),
    ]
    for target, value in steps:
        case, start = case.with_curve(OS, NEW, **{target: value}), changed(start, target, value)
        curves = case.tables["Curves"]
        row = curves[(curves["strategy"] == NEW) & (curves["endpoint"] == OS)].iloc[0]
        columns = ("family", "reference", "reference_endpoint", "effect")
        assert tuple(row[column] or None for column in columns) == tuple(getattr(start, column) for column in columns)


def test_points_that_end_before_a_horizon_are_a_fault_of_their_last_cell(editor: Editor, faults: Faults) -> None:
    editor.set("kaplan_meier", "Curves", "family", strategy=STANDARD, endpoint=OS)
    place = editor.cell("Kaplan-Meier", "time", strategy=STANDARD, endpoint=OS, time=12).coordinate
    (fault,) = faults(editor)
    assert fault.where == f"Kaplan-Meier!{place}"
    assert "ends at 12 months with a survival of 0.8, but a horizon is 10 years; name the family" in fault.what
    page = editor["Curves"]
    page.cell(4, page.max_column + 1).value = "tail"
    editor.set("weibull", "Curves", "tail", strategy=STANDARD, endpoint=OS)
    assert faults(editor) == []
    editor.set("gamma", "Curves", "tail", strategy=STANDARD, endpoint=OS)
    assert "has no shape and rate of family gamma for Standard care" in faults(editor)[0].what
    editor.set("weibull", "Curves", "tail", strategy=NEW, endpoint=OS)
    assert any("only points have a tail" in fault.what for fault in faults(editor))
