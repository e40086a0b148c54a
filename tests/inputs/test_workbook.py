"""A workbook that is wrong in one place gives one message, with the place and the cure."""

# ruff: noqa: E501  (a table reads best with one row a line)
from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from good_workbook import NEW, OS, PFS, STANDARD, Editor

from hecon.errors import Fault
from hecon.inputs.workbook import read_tables

Faults = Callable[[Editor], list[Fault]]
PRICE = {"parameter": "drug_price", "drug": "new_drug"}
DATE = datetime.datetime(2026, 3, 1)
TREATED = "time_on_treatment"
DOSE = {"strategy": STANDARD, "drug": "standard_drug"}
UTILITY = {"parameter": "utility", "state": "progression_free"}


def only(found: list[Fault]) -> Fault:
    assert len(found) == 1, "\n".join(f"{fault.where}: {fault.what}" for fault in found)
    return found[0]


def test_the_good_workbook_is_read(editor: Editor, faults: Faults) -> None:
    assert faults(editor) == []


def test_what_is_read(good: Path) -> None:
    raw = read_tables(good)
    assert (raw.source, raw.model, len(raw.sha256)) == ("good.xlsx", "my_model", 64)
    assert raw.labels["strategy"] == (NEW, STANDARD)
    assert raw.settings.horizons == (1.0, 5.0, 10.0)
    assert raw.settings.price_year == 2024
    assert raw.notes == ()
    price = raw.parameters[(raw.parameters["parameter"] == "drug_price") & (raw.parameters["drug"] == "new_drug")]
    row = price.iloc[0]
    assert (row["sheet"], row["cell"], row["value"], row["unit"]) == ("Prices", "Prices!D5", 3.0, "USD/mg")
    assert (row["strategy"], row["state"], row["family"], row["distribution"]) == ("", "", "", "uniform")
    assert row["status"] == "assumed"
    ambulance = raw.parameters[raw.parameters["parameter"] == "ambulance_cost"].iloc[0]
    assert ambulance["price_year"] == 2019
    assert raw.parameters["price_year"].isna().sum() == len(raw.parameters) - 1


def test_structure_sheets_are_typed(good: Path) -> None:
    tables = read_tables(good).tables
    schedules = tables["Schedules"]
    assert schedules["days"].tolist()[:2] == [(1, 8, 15, 22), (1, 15)]
    assert schedules["from_cycle"].tolist() == [1, 3, 1, 1]
    assert schedules["to_cycle"].isna().tolist() == [False, True, True, True]
    assert schedules["row"].tolist() == [5, 6, 7, 8]
    assert set(schedules["wastage"]) == {"yes"}
    assert tables["Packs"]["priced_as"].tolist() == [100.0, 400.0, 1.0]
    assert tables["Curves"]["family"].tolist()[:3] == ["weibull", "weibull", ""]
    assert tables["Life table"]["age"].dtype == int
    assert {"Price index", "Kaplan-Meier", "Number at risk", "Covariance", "Scenarios", "Checks", "Labels"} <= set(
        tables
    )
    assert "Notes" not in tables


# --- one cell that holds the wrong thing ---


class Wrong(NamedTuple):
    """One cell typed over, and what must be said: at that cell, or at another column of its row."""

    name: str
    value: Any
    sheet: str
    column: str
    match: dict[str, Any]
    words: str
    at: str = ""


AMBULANCE = {"parameter": "ambulance_cost"}
CHECK = {"check": "life years"}
CHANGED = {"check": "dearer"}
CHANGED = {"check": "dearer"}
CELLS = [
    Wrong("text", "12.5", "Prices", "value", PRICE, "drug_price is the number 12.5 stored as text"),
    Wrong("comma", "12,5", "Prices", "value", PRICE, "drug_price is the text '12,5' with a decimal comma: type 12.5"),
    Wrong("currency", "$12", "Prices", "value", PRICE, "drug_price is the text '$12' with a currency sign: type 12"),
    Wrong("uncalculated", "=2+3", "Prices", "value", PRICE, "drug_price holds a formula that was never calculated"),
    Wrong("uncalculated text", '="a"&"b"', "Prices", "source", PRICE, "source holds a formula that was never calculated"),
    Wrong("ref", "#REF!", "Prices", "value", PRICE, "drug_price is #REF!: a formula points to a cell that was deleted"),
    Wrong("na", "#N/A", "Prices", "low", PRICE, "low of drug_price is #N/A: a lookup found nothing"),
    Wrong("div", "#DIV/0!", "Prices", "source", PRICE, "source is #DIV/0!: a formula divides by zero"),
    Wrong("nan", "NaN", "Prices", "value", PRICE, "drug_price is the text 'NaN'; it must be a finite number"),
    Wrong("infinity", "inf", "Prices", "value", PRICE, "drug_price is the text 'inf'; it must be a finite number"),
    Wrong("boolean", True, "Prices", "value", PRICE, "drug_price is TRUE; it must be a number"),
    Wrong("date", DATE, "Prices", "value", PRICE, "drug_price is a date (2026-03-01 00:00:00), which Excel makes"),
    Wrong("date as label", DATE, "Prices", "drug", PRICE, "drug is the date 2026-03-01 00:00:00; it must be text"),
    Wrong("blank", None, "Prices", "value", PRICE, "drug_price is blank; it must be a number"),
    Wrong("negative price", -3, "Prices", "value", PRICE, "drug_price is -3; it must be at least 0"),
    Wrong("utility", 1.72, "Utilities", "value", UTILITY, "utility is 1.72; it must lie between 0 and 1"),
    Wrong("utility of the dead", 0.1, "Utilities", "value", {"state": "dead"}, "utility is 0.1; it must be 0, for the dead have no quality of life"),
    Wrong("incidence", 1.3, "Adverse events", "value", {"parameter": "adverse_event_incidence"},
          "adverse_event_incidence is 1.3; it must lie between 0 and 1"),
    Wrong("low of a share", -0.1, "Adverse events", "low", {"parameter": "adverse_event_incidence"},
          "low of adverse_event_incidence is -0.1; it must lie between 0 and 1"),
    Wrong("cost", -1, "Parameters", "value", AMBULANCE, "ambulance_cost is -1; it must be at least 0"),
    Wrong("share by its unit", "share", "Parameters", "unit", {"strategy": NEW},
          "visits is 4; it must lie between 0 and 1", "value"),
    Wrong("coefficient", 0, "Survival", "value", {"parameter": "rate"}, "rate is 0; it must be above 0"),
    Wrong("label", "new drug", "Prices", "drug", PRICE,
          "drug 'new drug' is not on the Labels sheet (new_drug, standard_drug). Did you mean 'new_drug'?"),
    Wrong("stray space", "new_drug ", "Prices", "drug", PRICE, "drug 'new_drug ' has a stray space at the end"),
    Wrong("distribution", "gama", "Prices", "distribution", PRICE,
          "distribution 'gama' is not one of fixed, beta, gamma, lognormal, normal, pert, triangular, uniform"),
    Wrong("status", None, "Prices", "status", PRICE, "status is blank; it must be one of reported, derived, assumed"),
    Wrong("no source", "reported", "Prices", "status", PRICE, "source of drug_price is blank; a reported number", "source"),
    Wrong("no note", None, "Prices", "note", PRICE, "note of drug_price is blank; an assumed number needs a note"),
    Wrong("pack without source", "reported", "Packs", "status", {"drug": "standard_drug"},
          "source is blank; a reported number needs its source", "source"),
    Wrong("assumed pack without note", None, "Packs", "note", {"drug": "standard_drug"}, "note is blank; an assumed"),
    Wrong("dose without source", "derived", "Schedules", "status", {"strategy": STANDARD},
          "source is blank; a derived number needs its source", "source"),
    Wrong("index without source", "assumed", "Price index", "status", {"year": 2024},
          "source is blank; an assumed number needs a note or a source", "source"),
    Wrong("status of a pack", "guessed", "Packs", "status", {"drug": "standard_drug"}, "status 'guessed' is not one of"),
    Wrong("unit", "EUR/mg", "Prices", "unit", PRICE, "unit is EUR/mg, but the currency on the Settings sheet is USD"),
    Wrong("price year", 2018, "Parameters", "price_year", AMBULANCE,
          "price_year is 2018; to reach 2024 it needs an index for 2018 on sheet Price index"),
    Wrong("half a year", 2018.5, "Parameters", "price_year", AMBULANCE, "price_year is 2018.5; it must be a whole number"),
    Wrong("pack size", 0, "Packs", "size", {"drug": "new_drug"}, "size is 0; it must be above 0"),
    Wrong("wastage", "some", "Schedules", "wastage", DOSE, "wastage is 'some'; it must be yes or no"),
    Wrong("route", "i.v.", "Schedules", "route", DOSE, "route 'i.v.' is not one of iv, sc, oral"),
    Wrong("days", "1-21", "Schedules", "days", DOSE, "days is '1-21'; it must be a list of whole numbers such as 1, 8"),
    Wrong("days past the cycle", 1815, "Schedules", "days", DOSE,
          "day 1815 is past the cycle: the treatment cycle has 28 days; type days with spaces (1, 8, 15)"),
    Wrong("to_cycle", 0, "Schedules", "to_cycle", {"to_cycle": 2}, "to_cycle is 0; it must be at least 1"),
    Wrong("size cap", 2.2, "Schedules", "size_cap", DOSE, "size_cap is given, but a dose in mg does not depend on body"),
    Wrong("share", 0, "Schedules", "share", DOSE, "share is 0; it must be above 0 and at most 1"),
    Wrong("whole setting", 1.5, "Settings", "value", {"setting": "draws"}, "draws is 1.5; it must be a whole number"),
    Wrong("setting", "midcycle", "Settings", "value", {"setting": "discount_timing"},
          "discount_timing is 'midcycle'; it must be one of mid_cycle, cycle_start, cycle_end, edges, annual_step. Did"),
    Wrong("beyond every number", 1e16, "Prices", "value", PRICE, "drug_price is 1e+16; no number may be beyond 1e+15"),
    Wrong("too many cycles", 0.0001, "Settings", "value", {"setting": "cycle_length"}, "cycles by year 10; there can be at most 50,000"),
    Wrong("a cycle past the horizon", 600, "Settings", "value", {"setting": "cycle_length"}, "longer than the horizon of 10 years"),
    Wrong("blank setting", None, "Settings", "value", {"setting": "cycle_length"}, "cycle_length is blank; it must be a number"),
    Wrong("horizons", "1, 5, ten", "Settings", "value", {"setting": "horizons"}, "holds 'ten', which is not a number; write a list"),
    Wrong("setting error", "#NAME?", "Settings", "value", {"setting": "draws"}, "value is #NAME?: a formula uses a name"),
    Wrong("comparator", "Standard", "Settings", "value", {"setting": "comparator"},
          "comparator 'Standard' is not a strategy on the Labels sheet (New treatment, Standard care). Did you mean"),
    Wrong("model path", "../my_model.py", "Settings", "value", {"setting": "model"},
          "model is '../my_model.py'; it must be the name of a model: lower-case letters, digits and underscores, never"),
    Wrong("model code", "__import__('os')", "Settings", "value", {"setting": "model"}, "never a path or code"),
    Wrong("model blank", None, "Settings", "value", {"setting": "model"}, "model is blank; it must be the name of a model"),
    Wrong("dimension", "my strategy", "Labels", "dimension", {"label": "later"}, "dimension 'my strategy' is not a name"),
    Wrong("reserved", "draw", "Labels", "dimension", {"label": "later"}, "'draw' cannot be a dimension here"),
    Wrong("life table", 1.2, "Life table", "death_probability", {"sex": "male"}, "must lie between 0 and 1"),
    Wrong("survival in percent", 62, "Kaplan-Meier", "survival", {"time": 6}, "survival is 62; it must lie between 0 and 1 (62 % is 0.62)"),
    Wrong("survival", 1.1, "Kaplan-Meier", "survival", {"time": 6}, "survival is 1.1; it must lie between 0 and 1"),
    Wrong("rising survival", 0.75, "Kaplan-Meier", "survival", {"endpoint": PFS, "time": 12},
          "survival is 0.75 at time 12, above 0.7 at time 6 (row 6); it can only fall"),
    Wrong("survival at 0", 0.99, "Kaplan-Meier", "survival", {"endpoint": PFS, "time": 0}, "at time 0; it must be 1"),
    Wrong("rising risk set", 101, "Number at risk", "at_risk", {"time": 6}, "at_risk is 101 at time 6, above 100 at time 0"),
    Wrong("covariance", 0.3, "Covariance", "covariance", {"parameter_1": "shape", "parameter_2": "scale"},
          "the covariance is 0.3; it must lie between -0.2 and 0.2"),
    Wrong("coefficient", "rate", "Covariance", "parameter_1", {"parameter_2": "scale"},
          "parameter_1 'rate' is not a coefficient of weibull (shape, scale)."),
    Wrong("variance", -1, "Covariance", "covariance", {"parameter_2": "shape"}, "the variance of shape is -1; it must"),
    Wrong("missing age", 64, "Life table", "age", {"sex": "male", "age": 62}, "ages are missing for male, between age 61"),
    Wrong("landmark", None, "Published survival", "value", {"strategy": NEW}, "value is blank; it must be a number"),
    Wrong("median with a time", 12, "Published survival", "time", {"strategy": NEW, "endpoint": PFS}, "it is blank for a"),
    Wrong("measure", "lifeyears", "Checks", "measure", CHECK, "Did you mean 'life_years'?"),
    Wrong("horizon of a check", 4, "Checks", "horizon_years", CHECK, "horizon_years 4 is not a horizon of the Settings"),
    Wrong("icer of nothing", "icer", "Checks", "measure", CHECK, "comparator is blank; icer is a difference", "comparator"),
    Wrong("change", "drug_price", "Checks", "changed", CHANGED, "'drug_price' is no change; write changes such as drug_price: "),
    Wrong("change of nothing", ";", "Checks", "changed", CHANGED, "it holds no change; write changes such as"),
    Wrong("change of a stranger", "drug_prise = 1", "Checks", "changed", CHANGED, "no setting. Did you mean 'drug_price'?"),
    Wrong("change of a label", "drug_price: new_drag = 1", "Checks", "changed", CHANGED,
          "drug_price has no row for new_drag. Did you mean 'new_drug'?"),
    Wrong("change to no number", "drug_price = 4,5", "Checks", "changed", CHANGED, "with a decimal comma: type 4.5"),
    Wrong("change beyond", "utility * 2", "Checks", "changed", CHANGED, "it must lie between 0 and 1"),
    Wrong("change of a setting", "accrual = never", "Checks", "changed", CHANGED, "accrual is never; it must be one of"),
    Wrong("factor of a setting", "cycle_length * 2", "Checks", "changed", CHANGED, "is a setting; write cycle_length = "),
    Wrong("no change", None, "Checks", "changed", CHANGED, "changed is blank, and expected is 'higher'; say what is"),
    Wrong("both", 1, "Checks", "low", CHANGED, "low is 1 beside expected 'higher'; a check has one or the other"),
    Wrong("expectation", "more", "Checks", "expected", CHANGED, "expected 'more' is not one of higher, lower, equal, not"),
    Wrong("check order", 9, "Checks", "low", CHECK, "low is 9, above high 3"),
]  # fmt: skip


@pytest.mark.parametrize("wrong", CELLS, ids=[wrong.name for wrong in CELLS])
def test_a_wrong_cell_is_named(editor: Editor, faults: Faults, wrong: Wrong) -> None:
    row = editor.row(wrong.sheet, **wrong.match)
    editor.set(wrong.value, wrong.sheet, wrong.column, **wrong.match)
    where = f"{wrong.sheet}!{editor[wrong.sheet].cell(row, editor.column(wrong.sheet, wrong.at or wrong.column)).coordinate}"
    fault = only(faults(editor))
    assert fault.where == where
    assert wrong.words in fault.what


# --- rows ---


def test_a_duplicate_names_both_rows(editor: Editor, faults: Faults) -> None:
    first = editor.row("Prices", **PRICE)
    last = editor.append("Prices", **PRICE, value=4, unit="USD/mg", status="assumed", note="again")
    fault = only(faults(editor))
    assert fault.where == f"Prices!A{last}"
    assert fault.what == f"rows {first} and {last} both give drug_price for new_drug; keep one"


@pytest.mark.parametrize(
    ("sheet", "values", "words"),
    [
        ("Curves", {"strategy": NEW, "endpoint": OS, "family": "weibull", "time_unit": "month"}, f"about {NEW}, {OS}"),
        ("Packs", {"drug": "new_drug", "size": 100}, "about new_drug, 100"),
        ("Labels", {"dimension": "strategy", "label": NEW}, f"about strategy, {NEW}"),
        ("Settings", {"setting": "draws", "value": 10}, "about draws"),
        ("Life table", {"age": 60, "sex": "male", "death_probability": 0.1}, "about 60, male"),
        ("Price index", {"year": 2019, "index": 100}, "about 2019"),
        (
            "Kaplan-Meier",
            {"strategy": STANDARD, "endpoint": OS, "time": 6, "survival": 0.9},
            f"about {STANDARD}, {OS}, 6",
        ),
    ],
)
def test_a_row_twice_on_other_sheets(
    editor: Editor, faults: Faults, sheet: str, values: dict[str, Any], words: str
) -> None:
    last = editor.append(sheet, **values)
    fault = only(faults(editor))
    assert fault.where == f"{sheet}!A{last}"
    assert f"and {last} are both {words}; keep one" in fault.what


def test_every_combination_needs_a_value(editor: Editor, faults: Faults) -> None:
    page = editor["Adverse events"]
    page.delete_rows(
        editor.row("Adverse events", parameter="adverse_event_incidence", strategy=STANDARD, event="pneumonia")
    )
    fault = only(faults(editor))
    assert fault.where.startswith("Adverse events!A")
    assert fault.what == (
        f"adverse_event_incidence has no value for {STANDARD}, pneumonia; "
        "every combination of strategy and event needs one"
    )


def test_a_new_label_names_every_row_it_calls_for(editor: Editor, faults: Faults) -> None:
    editor.append("Labels", dimension="drug", label="third_drug")
    first, *others = faults(editor)
    assert "drug 'third_drug' has no rows yet on Prices (3), Administration (7); hecon add drug writes" in first.what
    found = {(fault.where.split("!")[0], fault.what.split(" has no value for ")[0]) for fault in others}
    named = {"infusion_minutes", "first_hour_cost", "injection_cost", "premedication_cost", "postmedication_cost"}
    assert found == {
        ("Prices", "drug_price"),
        ("Prices", "relative_dose_intensity"),
        *(("Administration", n) for n in named),
    }


def test_a_key_is_blank_in_all_rows_or_in_none(editor: Editor, faults: Faults) -> None:
    where = editor.set(None, "Prices", "drug", **PRICE)
    fault = only(faults(editor))
    assert fault.where == where
    assert "drug of drug_price is blank, but row 6 gives one; give it in all rows or in none" in fault.what


def test_a_parameter_has_one_home(editor: Editor, faults: Faults) -> None:
    row = editor.append("Population", parameter="end_of_life_cost", value=1, unit="USD", status="assumed", note="x")
    found = faults(editor)
    assert Fault(f"Population!A{row}", "end_of_life_cost belongs on sheet 'Care costs'") in found
    assert any(f.what == "end_of_life_cost stands on Population and Care costs; keep it on one sheet" for f in found)


@pytest.mark.parametrize(
    ("distribution", "numbers", "column", "words"),
    [
        ("beta", {"value": 0.5, "se": 0.5}, "se", "the se is 0.5; a beta parameter with value 0.5 has an se below 0.5"),
        ("beta", {"value": 0.5, "low": 0.0, "high": 1.0, "se": 0.6}, "se", "the se is 0.6"),
        ("beta", {"value": 0, "se": 0.1}, "value", "value is 0; a beta parameter lies between 0 and 1"),
        ("gamma", {"value": 0, "se": 0.1}, "value", "value is 0; a gamma parameter is above 0"),
        ("lognormal", {"value": 0.0, "se": 0.1}, "value", "value is 0; a lognormal parameter is above 0"),
        ("lognormal", {"value": 0.5, "low": 0, "high": 1}, "low", "low is 0; the range of a lognormal parameter"),
        ("normal", {"value": 0.5}, "distribution", "a normal distribution needs se, or both low and high"),
        ("normal", {"value": 0.5, "se": 0}, "se", "se of visits is 0; it must be above 0"),
        ("normal", {"value": 0.5, "se": -1}, "se", "se of visits is -1; it must be above 0"),
        ("normal", {"value": 0.5, "low": 0.5, "high": 0.5}, "low", "low must be below high"),
        ("uniform", {"value": 0.5, "se": 0.1}, "distribution", "a uniform distribution needs both low and high"),
        (
            "pert",
            {"value": 0.5, "low": 0.1},
            "high",
            "high of visits is blank while low is given; give both or neither",
        ),
        ("triangular", {"value": 0.5, "low": 0.6, "high": 0.4}, "low", "low of visits is 0.6, above its high 0.4"),
        (
            "pert",
            {"value": 0.5, "low": 0.6, "high": 0.7},
            "value",
            "visits: value is 0.5; it must lie between low 0.6 and high 0.7",
        ),
        ("gamma", {"value": -1, "low": -2, "high": 2}, "value", "visits is -1; it must be at least 0"),
    ],
)
def test_impossible_uncertainty(
    editor: Editor, faults: Faults, distribution: str, numbers: dict[str, float], column: str, words: str
) -> None:
    match = {"parameter": "visits", "strategy": NEW}
    for name, value in {**numbers, "distribution": distribution}.items():
        editor.set(value, "Parameters", name, **match)
    where = editor.cell("Parameters", column, **match).coordinate
    assert any(fault.where == f"Parameters!{where}" and words in fault.what for fault in faults(editor))


def test_a_value_moved_past_its_range_is_a_note_and_no_fault(editor: Editor, tmp_path: Path) -> None:
    match = {"parameter": "visits", "strategy": NEW}
    for name, value in {"value": 0.5, "low": 0.6, "high": 0.7, "se": None, "distribution": "gamma"}.items():
        editor.set(value, "Parameters", name, **match)
    where = editor.cell("Parameters", "value", **match).coordinate
    inputs = read_tables(editor.save(tmp_path / "moved.xlsx"))
    assert any(f"Parameters!{where}: visits is 0.5, outside its range (0.6 to 0.7)" in note for note in inputs.notes)


def test_a_coefficient_that_its_family_does_not_have(editor: Editor, faults: Faults) -> None:
    keys = {"strategy": NEW, "endpoint": OS, "family": "lognormal"}
    row = editor.append("Survival", parameter="sdlg", **keys, value=1, status="assumed", note="x")
    fault = only(faults(editor))
    assert fault.where == f"Survival!A{row}"
    assert fault.what == "'sdlg' is not a coefficient of lognormal (meanlog, sdlog). Did you mean 'sdlog'?"


def test_an_effect_that_does_not_exist(editor: Editor, faults: Faults) -> None:
    row = editor.append("Survival", parameter="hazard_ration", value=1, status="assumed", note="x")
    fault = only(faults(editor))
    assert (fault.where, fault.what.split(". ")[1]) == (f"Survival!A{row}", "Did you mean 'hazard_ratio'?")


def test_a_coefficient_needs_its_family(editor: Editor, faults: Faults) -> None:
    keys = {"strategy": NEW, "endpoint": OS}
    row = editor.append("Survival", parameter="sdlog", **keys, value=1, status="assumed", note="x")
    fault = only(faults(editor))
    assert fault == Fault(f"Survival!D{row}", "family is blank; the coefficient sdlog needs its survival family")


def test_all_faults_come_at_once_and_in_order(editor: Editor, faults: Faults) -> None:
    places = [
        editor.set("Isa", "Labels", "dimension", label="later"),
        editor.set("12,5", "Prices", "value", **PRICE),
        editor.set(-1, "Packs", "size", drug="standard_drug"),
        editor.set(1.72, "Utilities", "value", **UTILITY),
    ]
    found = [fault.where for fault in faults(editor)]
    assert [where for where in found if where in places[1:]] == places[1:]
