"""Evidence in a workbook becomes fitted curves in a new one: sheets, chooser, draws; what is wrong by its cell."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pytest

import hecon as he
from hecon.errors import HeconError, InputError
from hecon.inputs import starter
from hecon.inputs.carried_over import not_carried_over, with_own_columns
from hecon.inputs.fit_charts import NUMBERS
from hecon.inputs.fitting import fit_workbook
from hecon.inputs.format import SHEETS_BY_NAME
from hecon.inputs.project import new_project
from hecon.inputs.rows import Row, Table
from hecon.inputs.template import write_inputs
from hecon.inputs.workbook import read_tables

NEW, STANDARD = "New treatment", "Standard care"
PATIENTS = 150
PFS, OS = "progression_free_survival", "overall_survival"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The example with evidence: the fitted workbook, and the one with the evidence."""
    workbook, evidence, *_ = new_project(tmp_path_factory.mktemp("fit") / "example", "survival")
    return workbook, evidence


@pytest.fixture(scope="module")
def inputs(project):
    return he.read_workbook(project[0])


def evidence_tables(rows=60, unit="month"):
    """A small workbook with individual data of overall survival for both strategies, and nothing fitted."""
    random = np.random.default_rng(5)
    tables = starter.example_tables()
    tables["Survival"] = [row for row in tables["Survival"] if row.get("endpoint") != OS or not row.get("family")]
    for row in tables["Curves"]:
        if row["endpoint"] == OS:
            row |= {"family": None, "time_unit": unit}
    tables |= {"Scenarios": [], "Published survival": []}
    tables["Individual data"] = [
        {"strategy": strategy, "endpoint": OS, "time": float(time), "event": int(time < 40), "time_unit": "month"}
        for strategy, scale in ((NEW, 40.0), (STANDARD, 25.0))
        for time in np.minimum(scale * random.weibull(1.2, rows), 40.0)
    ]
    return tables


def write(path, tables):
    write_inputs(path, tables, {**starter.example_settings(), "model": "my_model"})
    return path


def curve_of(case, endpoint, strategy):
    p = he.Parameters(case.used_values(), case.labels, case.settings, case.tables)
    return he.curve(p, endpoint).select(strategy=strategy)


def no_model(p, time):
    """The curves are asked for without one."""


# --- the new workbook ---


def test_the_fits_are_those_of_the_data(inputs):
    """Individual data in the workbook, fitted by hand, give the criteria on Fits and the curve that the model gets."""
    data = inputs.tables["Individual data"]
    own = data[(data["strategy"] == NEW) & (data["endpoint"] == PFS)]
    table = inputs.tables["Fits"].set_index(["strategy", "endpoint", "family"])
    for family in ("weibull", "generalised_gamma"):
        fit = he.fit(family, own["time"], own["event"])
        row = table.loc[(NEW, PFS, family)]
        assert (row["loglik"], row["aic"], row["bic"]) == pytest.approx((fit.loglik, fit.aic, fit.bic), abs=1e-9)
        case = inputs.base_case(no_model).with_curve(PFS, NEW, family=family)
        assert curve_of(case, PFS, NEW).survival(1.5) == pytest.approx(fit.curve.survival(18.0), rel=1e-9)
        assert row["survival_2"] == pytest.approx(fit.curve.survival(24.0), rel=1e-9)
    fit = he.fit("spline", own["time"], own["event"], knots=2, scale="odds")
    case = inputs.base_case(no_model).with_curve(PFS, NEW, family="spline_odds_2")
    assert curve_of(case, PFS, NEW).survival(1.5) == pytest.approx(fit.curve.survival(18.0), rel=1e-9)


def test_the_best_family_is_in_use_and_every_other_can_be_chosen(project, inputs):
    fits, curves = inputs.tables["Fits"], inputs.tables["Curves"]
    page = openpyxl.load_workbook(project[0])["Control"]
    switches = {tuple(cell.value for cell in row[:3]): row[3].coordinate for row in page.iter_rows(min_row=5)}
    for row in curves.to_dict("records"):
        own = fits[(fits["strategy"] == row["strategy"]) & (fits["endpoint"] == row["endpoint"])]
        if not len(own):
            continue
        assert len(own) == 13
        assert row["family"] == own.loc[own["aic"].idxmin(), "family"]
        cell = switches["family", row["strategy"], row["endpoint"]]
        (offered,) = (rule for rule in page.data_validations.dataValidation if cell in rule.sqref)
        assert offered.formula1.strip('"').split(",") == own["family"].tolist()


def test_reconstructed_data_keep_their_numbers(inputs):
    """The digitised curve becomes as many patients as there were at risk, with as many events as published."""
    fits = inputs.tables["Fits"]
    own = fits[fits["data"] == "reconstructed"].iloc[0]
    published = inputs.tables["Published survival"]
    events = published[published["measure"] == "events"]["value"].item()
    assert (own["strategy"], own["endpoint"]) == (STANDARD, OS)
    assert (own["patients"], own["events"]) == (PATIENTS, events)


def test_every_coefficient_has_a_birth_certificate(inputs):
    rows = inputs.parameters[inputs.parameters["family"].fillna("") != ""]
    assert (rows["status"] == "derived").all()
    assert rows["source"].str.startswith("Fitted to").all()
    assert rows["source"].str.contains("made up").all()


def test_draws_have_the_covariance_of_the_fit(inputs):
    data = inputs.tables["Individual data"]
    own = data[(data["strategy"] == NEW) & (data["endpoint"] == OS)]
    fit = he.fit("weibull", own["time"], own["event"])
    case = inputs.draws(4000, 7, no_model)
    at = {"strategy": NEW, "endpoint": OS, "family": "weibull"}
    logs = np.log([case.values[name].sel(at).values for name in ("shape", "scale")])
    np.testing.assert_allclose(np.cov(logs), fit.covariance, rtol=0.12)
    assert np.abs(logs.mean(axis=1) - fit.estimates).max() < 0.01


def test_the_evidence_is_left_alone_and_nothing_is_overwritten(project, tmp_path):
    workbook, evidence = project
    before = evidence.read_bytes()
    assert he.read_workbook(workbook).tables["Individual data"].shape[0] == 3 * PATIENTS
    for out, words in ((evidence, "never written into"), (workbook, "exists already"), (tmp_path / "x.csv", ".xlsx")):
        with pytest.raises(HeconError, match=words):
            fit_workbook(evidence, out)
    assert evidence.read_bytes() == before


def test_a_workbook_to_be_fitted_says_so_when_it_is_run(project):
    with pytest.raises(InputError, match="hecon fit chooses one, from sheet 'Individual data'"):
        he.read_workbook(project[1])


@pytest.mark.slow
def test_data_in_months_for_a_curve_in_years(tmp_path):
    """The unit of Curves counts: data are converted, and the fit is the same."""
    found = {}
    for unit in ("month", "year"):
        source = write(tmp_path / f"{unit}.xlsx", evidence_tables(unit=unit))
        fitted = fit_workbook(source, tmp_path / f"{unit}_fitted.xlsx", families=["weibull"], spline_knots=[])
        case = he.read_workbook(fitted.path).base_case(no_model)
        found[unit] = curve_of(case, OS, NEW).survival(3.0), case.values["scale"].sel(strategy=NEW, endpoint=OS).max()
    assert found["month"][0] == pytest.approx(found["year"][0], rel=1e-9)
    assert float(found["month"][1]) == pytest.approx(12 * float(found["year"][1]), rel=1e-8)


def test_published_summaries_and_ratios_make_curves(tmp_path):
    tables = evidence_tables()
    tables["Individual data"] = []
    marks = {"endpoint": OS, "status": "reported", "source": "a paper"}
    tables["Published survival"] = [
        {**marks, "strategy": STANDARD, "measure": "median", "value": 21, "low": 17, "high": 26, "time_unit": "month"},
        {**marks, "strategy": STANDARD, "measure": "survival_at", "time": 3, "value": 0.3, "low": 0.22, "high": 0.38,
         "time_unit": "year"},
        {**marks, "strategy": NEW, "measure": "hazard_ratio", "against": STANDARD, "value": 0.7, "low": 0.5,
         "high": 0.98},
    ]  # fmt: skip
    tables["Survival"] = [row for row in tables["Survival"] if row["parameter"] != "hazard_ratio"]
    fitted = fit_workbook(write(tmp_path / "published.xlsx", tables), tmp_path / "fitted.xlsx")
    own = fitted.fits.set_index("family")
    assert own.loc["weibull", "median"] == pytest.approx(21 / 12, rel=1e-6)
    assert own.loc["weibull", "survival_3"] == pytest.approx(0.3, rel=1e-6)
    assert "not fitted" in own.loc["generalised_gamma", "note"]
    inputs = he.read_workbook(fitted.path)
    case = inputs.base_case(no_model)
    standard, new = (curve_of(case, OS, name).survival(2.0) for name in (STANDARD, NEW))
    assert new == pytest.approx(standard**0.7, rel=1e-9)


def test_one_median_cannot_give_a_shape(tmp_path):
    tables = evidence_tables()
    tables["Individual data"] = []
    tables["Published survival"] = [
        {"endpoint": OS, "strategy": name, "measure": "median", "value": 21, "low": 17, "high": 26,
         "time_unit": "month", "status": "reported", "source": "a paper"}
        for name in (NEW, STANDARD)
    ]  # fmt: skip
    fitted = fit_workbook(write(tmp_path / "median.xlsx", tables), tmp_path / "fitted.xlsx")
    assert set(fitted.fits.loc[fitted.fits["coefficients"].notna(), "family"]) == {"exponential"}


def test_own_columns_are_kept_and_what_is_lost_is_said(tmp_path):
    """Columns of the author's go over with their rows; of rows that are replaced, and of formulas, it is told."""
    source = write(tmp_path / "evidence.xlsx", evidence_tables(20))
    book = openpyxl.load_workbook(source)
    for name in ("Care costs", "Individual data", "Curves"):
        sheet = book[name]
        column = next(place for place in range(1, 40) if sheet.cell(4, place).value is None)
        sheet.cell(4, column, "my check")
        sheet.cell(5, column, f"seen, {name}")
    book.save(source)
    fitted = fit_workbook(source, tmp_path / "fitted.xlsx", families=["weibull"], spline_knots=[])
    assert fitted.notes == ()
    written = openpyxl.load_workbook(fitted.path)
    for name in ("Care costs", "Individual data", "Curves"):
        headers = [cell.value for cell in written[name][4]]
        assert written[name].cell(5, headers.index("my check") + 1).value == f"seen, {name}"
    assert he.read_workbook(fitted.path).tables["Individual data"].shape[0] == 40


def test_cells_of_rows_that_are_fitted_anew_are_said_to_be_not_carried_over():
    sheet = SHEETS_BY_NAME["Survival"]
    rows = [Row("Survival", number, {}, {}) for number in (5, 6)]
    table = Table(
        sheet, "Survival", rows=rows, own={"my note": {5: "a", 6: "b"}}, formulas=["Survival!D5", "Survival!D6"]
    )
    content = with_own_columns({"Survival": [{"value": 1}, {"value": 2}]}, {"Survival": table})
    assert content["Survival"][1] == {"value": 2, "my note": "b"}
    assert list(not_carried_over({"Survival": content["Survival"][:1]}, {"Survival": table})) == [
        "Survival: 1 of 2 cells of your column 'my note' are not carried over",
        "Survival: 2 formulas became values in the new workbook (D5, D6)",
    ]


def test_charts_draw_every_family_over_the_data(project, inputs):
    """Two charts a strategy and endpoint; their numbers are the curves of the model, on a sheet that is not read."""
    book = openpyxl.load_workbook(project[0])
    fits = inputs.tables["Fits"]
    places = fits[["strategy", "endpoint"]].drop_duplicates()
    charts = book["Fits"]._charts
    assert len(charts) == 2 * len(places)
    numbers = book[NUMBERS]
    first, last = (charts[place].series for place in (0, 1))
    names = [numbers[one.tx.strRef.f.rpartition("!")[2].replace("$", "")].value for one in first]
    own = fits[(fits[["strategy", "endpoint"]] == places.iloc[0]).all(axis=1)]
    assert names == ["Kaplan-Meier", *(family.replace("_", " ") for family in own["family"])]
    assert len(last) == len(first)
    headers = [cell.value for cell in numbers[4]]
    at, place = headers.index("time", 3), headers.index("weibull")
    time, share = (numbers.cell(5 + 60, column + 1).value for column in (at, place))
    strategy, endpoint = places.iloc[0]
    case = inputs.base_case(no_model).with_curve(endpoint, strategy, family="weibull")
    assert curve_of(case, endpoint, strategy).survival(time / 12) == pytest.approx(share, rel=1e-9)
    assert NUMBERS not in inputs.tables


def test_the_covariance_says_what_it_is_from(tmp_path):
    """Weights that are not whole numbers call for the sandwich; the workbook says so at the fit and at its numbers."""
    tables = evidence_tables(40)
    random = np.random.default_rng(2)
    for row in tables["Individual data"][:40]:
        row["weight"] = float(random.uniform(0.3, 1.7))
    source = write(tmp_path / "weighted.xlsx", tables)
    fitted = fit_workbook(source, tmp_path / "fitted.xlsx", families=["weibull"], spline_knots=[])
    assert fitted.fits["covariance"].tolist() == ["sandwich", "information"]
    inputs = he.read_workbook(fitted.path)
    assert inputs.tables["Fits"]["covariance"].tolist() == ["sandwich", "information"]
    rows = inputs.parameters.query("family == 'weibull' and endpoint == @OS").set_index("strategy")["source"]
    assert rows[NEW].str.contains("robust covariance").all()
    assert not rows[STANDARD].str.contains("robust").any()
    data = pd.DataFrame(tables["Individual data"][:40])
    naive, robust = (
        he.fit("weibull", data["time"], data["event"], weights=data["weight"], robust=how) for how in (False, True)
    )
    np.testing.assert_allclose(fitted.curves[0].covariance, robust.covariance, rtol=1e-8)
    assert np.abs(robust.covariance / naive.covariance - 1).max() > 0.05


@pytest.mark.slow
def test_cure_models_are_families_of_their_own(tmp_path):
    source = write(tmp_path / "cure.xlsx", evidence_tables(120))
    out = tmp_path / "fitted.xlsx"
    fitted = fit_workbook(source, out, families=["weibull"], spline_knots=[], cure=["mixture", "non_mixture"])
    assert set(fitted.fits["family"]) == {"weibull", "weibull_mixture_cure", "weibull_non_mixture_cure"}
    assert he.read_workbook(out).draws(20, 1, no_model).values["cure_fraction"].sizes["draw"] == 20


# --- what is wrong, by its cell ---


def faults_of(path, tables):
    with pytest.raises(InputError) as caught:
        read_tables(write(path, tables), to_fit=True)
    return [f"{fault.where} {fault.what}" for fault in caught.value.faults]


PATIENT = [
    ({"time": -1.0}, "Individual data!D7 time is -1; it must be at least 0"),
    ({"event": 2}, "Individual data!E7 event is 2; it is 1 (it happened) or 0 (censored)"),
    ({"event": None}, "Individual data!E7 event and upper are blank; give one of them"),
    ({"entry": 90.0}, "a patient enters before that"),
    ({"time": 0.0, "event": 1}, "an event needs a time above 0"),
    ({"time_unit": "year"}, "time_unit is year, but rows of New treatment, overall_survival are in months"),
    ({"time": "soon"}, "Individual data!D7"),
]


@pytest.mark.parametrize(("change", "words"), PATIENT)
def test_a_patient_that_cannot_be(tmp_path, change, words):
    tables = evidence_tables(8)
    tables["Individual data"] = [
        {"strategy": row.pop("strategy"), "endpoint": row.pop("endpoint"), "patient": "a", **row}
        for row in tables["Individual data"]
    ]
    tables["Individual data"][2] |= change
    found = faults_of(tmp_path / "wrong.xlsx", tables)
    assert any(words in fault for fault in found), found


def test_many_rows_of_one_fault_are_counted(tmp_path):
    tables = evidence_tables(40)
    for row in tables["Individual data"]:
        row["event"] = 3
    found = faults_of(tmp_path / "wrong.xlsx", tables)
    assert len(found) == 6
    assert any("and 74 more rows break the same rule as" in fault for fault in found)


def test_groups_that_nothing_can_be_fitted_to(tmp_path):
    tables = evidence_tables(8)
    rows = tables["Individual data"]
    for row in rows[:8]:
        row["event"] = 0
    tables["Individual data"] = rows[:9]
    found = " | ".join(faults_of(tmp_path / "wrong.xlsx", tables))
    assert "all 8 patients of New treatment, overall_survival are censored" in found
    assert "Standard care, overall_survival has one patient" in found


def test_months_beside_years_between_strategies(tmp_path):
    tables = evidence_tables(30)
    for row in tables["Individual data"][:30]:
        row["time_unit"] = "year"
    assert any("months beside years? Correct time_unit" in one for one in faults_of(tmp_path / "wrong.xlsx", tables))


def digitised(times, survival, at_risk):
    tables = evidence_tables()
    keys = {"strategy": NEW, "endpoint": OS}
    tables["Individual data"] = [row for row in tables["Individual data"] if row["strategy"] == STANDARD]
    pairs = zip(times, survival, strict=True)
    tables["Kaplan-Meier"] = [{**keys, "time": time, "survival": share} for time, share in pairs]
    tables["Number at risk"] = [{**keys, "time": time, "at_risk": count} for time, count in at_risk.items()]
    return tables


CURVE = [
    (([0, 6, 12], [1, 0.8, 0.9], {0: 50, 12: 20}), "Kaplan-Meier!D7 survival is 0.9 at time 12, above 0.8"),
    (([0, 6, 12], [1, 80, 60], {0: 50, 12: 20}), "Kaplan-Meier!D6 survival is 80"),
    (([0, 6, 12], [1, 0.8, 0.6], {0: 50, 6: 30, 12: 40}), "Number at risk!D7 at_risk is 40 at time 12, above 30"),
    (([0, 6, 60], [1, 0.8, 0.6], {0: 50, 6: 30, 12: 20}), "of New treatment, overall_survival end at 12"),
    (([0, 0.5, 1], [1, 0.8, 0.6], {0: 50, 6: 30, 12: 20}), "months beside years?"),
    (([0, 6, 14], [1, 0.8, 0.2], {0: 50, 6: 30, 8: 0}), "nobody is at risk from 8 on"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "words"), CURVE)
def test_a_digitised_curve_that_cannot_be(tmp_path, given, words):
    found = faults_of(tmp_path / "wrong.xlsx", digitised(*given))
    assert any(words in fault for fault in found), found


def test_published_rows_that_cannot_be(tmp_path):
    tables = evidence_tables()
    marks = {"endpoint": OS, "strategy": NEW, "status": "reported", "source": "a paper"}
    tables["Published survival"] = [
        {**marks, "measure": "hazard_ratio", "value": 0.7},
        {**marks, "measure": "restricted_mean", "value": 30, "time": 24, "time_unit": "month"},
        {**marks, "measure": "median", "value": 20},
        {**marks, "measure": "events", "value": 20.5},
    ]
    found = " | ".join(faults_of(tmp_path / "wrong.xlsx", tables))
    for words in (
        "a hazard_ratio is against another",
        "must lie between 0 and 24",
        "time_unit is blank",
        "a whole number",
    ):
        assert words in found
