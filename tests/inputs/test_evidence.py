"""What a workbook holds about a curve: which evidence is taken, in which unit, and what cannot be used and why."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hecon.inputs.evidence import evidence_of
from hecon.inputs.fitting import _chosen, _ratio_rows
from hecon.settings import Settings

NEW, STANDARD, OS = "New", "Standard", "overall_survival"
PLACE = {"strategy": NEW, "endpoint": OS}
INDIVIDUAL = {"event": float("nan"), "upper": float("nan"), "entry": 0.0, "weight": 1.0, "time_unit": "year"}
PUBLISHED = {"time": float("nan"), "time_unit": "month", "low": float("nan"), "high": float("nan"), "against": ""}


def workbook(units=None, **sheets):
    """Tables as a workbook gives them; every row is of the new drug and of overall survival, unless it says."""
    tables = {
        name.replace("__", "-").replace("_", " "): pd.DataFrame([{**PLACE, **row} for row in rows])
        for name, rows in sheets.items()
    }
    if units is not None:
        tables["Curves"] = pd.DataFrame([{**PLACE, "time_unit": unit} for unit in units])
    return SimpleNamespace(tables=tables, settings=Settings())


def patients(*rows):
    return [{**INDIVIDUAL, **row} for row in rows]


KAPLAN = [{"time": time, "survival": survival} for time, survival in ((0, 1.0), (6, 0.7), (12, 0.4))]
AT_RISK = [{"time": 0, "at_risk": 100}, {"time": 6, "at_risk": 68}]


def test_times_are_given_in_the_unit_of_the_curve():
    rows = patients({"time": 1.0, "event": 1.0}, {"time": 2.0, "event": 0.0})
    everything, notes = evidence_of(workbook(["month"], Individual_data=rows))
    found = everything[NEW, OS]
    assert (list(everything), notes) == ([(NEW, OS)], [])
    assert (found.kind, found.time_unit, found.patients, found.events) == ("individual", "month", 2, 1)
    np.testing.assert_allclose(found.data["time"], [12, 24])
    assert found.data["event"].tolist() == [1, 0]
    without = evidence_of(workbook(Individual_data=rows))[0][NEW, OS]
    assert (without.time_unit, without.data["time"].tolist()) == ("year", [1, 2])


def test_an_event_between_two_times_lies_below_its_upper_end_and_others_at_theirs_or_never():
    rows = patients({"time": 1.0, "upper": 2.0}, {"time": 3.0, "event": 1.0}, {"time": 4.0, "event": 0.0})
    found = evidence_of(workbook(["month"], Individual_data=rows))[0][NEW, OS]
    np.testing.assert_allclose(found.data["upper"], [24, 36, np.inf])
    assert "event" not in found.data
    assert found.events == 2


def test_late_entry_and_weights_go_with_the_times():
    rows = patients({"time": 2.0, "event": 1.0, "entry": 0.5, "weight": 1.5}, {"time": 3.0, "event": 0.0})
    found = evidence_of(workbook(["month"], Individual_data=rows))[0][NEW, OS]
    np.testing.assert_allclose(found.data["entry"], [6, 0])
    assert found.data["weights"].tolist() == [1.5, 1]
    assert found.data["robust"]  # part of a person: a weight of the analysis, no count
    assert (found.patients, found.events) == (2.5, 1.5)


def test_patients_come_before_a_digitised_curve_and_that_before_summaries():
    summaries = [{**PUBLISHED, "measure": "median", "value": 9.0, "low": 7.0, "high": 11.0}]
    everything = {"Kaplan__Meier": KAPLAN, "Number_at_risk": AT_RISK, "Published_survival": summaries}
    rows = patients({"time": 1.0, "event": 1.0}, {"time": 2.0, "event": 0.0})
    for sheets, kind in (
        ({"Individual_data": rows, **everything}, "individual"),
        (everything, "reconstructed"),
        ({"Published_survival": summaries}, "published"),
    ):
        found, notes = evidence_of(workbook(["month"], **sheets))
        assert (found[NEW, OS].kind, notes) == (kind, [])


@pytest.mark.parametrize(
    ("units", "sheets", "missing"),
    [(["month"], {}, "numbers at risk"), ([""], {"Number_at_risk": AT_RISK}, "a time_unit on Curves")],
)
def test_a_digitised_curve_says_what_would_make_patients_of_it(units, sheets, missing):
    found, notes = evidence_of(workbook(units, Kaplan__Meier=KAPLAN, **sheets))
    assert found == {}
    assert notes == [f"Kaplan-Meier of {NEW}, {OS}: {missing} would make patients of it, to fit curves to"]


def test_published_events_are_those_of_the_reconstruction():
    number = {**PUBLISHED, "measure": "events", "time_unit": ""}
    others = {**number, "strategy": STANDARD, "value": 3}
    made = {}
    for events in (55, 60):
        rows = [others, {**number, "value": events}]
        found, _ = evidence_of(
            workbook(["month"], Kaplan__Meier=KAPLAN, Number_at_risk=AT_RISK, Published_survival=rows)
        )
        made[events] = found[NEW, OS].events
    assert made == {55: 55, 60: 60}


def test_a_curve_without_a_family_takes_its_own_fit_or_else_the_ratio_against_another():
    ratio = {
        **PUBLISHED,
        "measure": "hazard_ratio",
        "value": 0.7,
        "against": STANDARD,
        "status": "reported",
        "source": "",
    }
    raw = workbook(["month"], Published_survival=[{**ratio, "strategy": "Third"}, ratio])
    row = {"strategy": NEW, "endpoint": OS, "family": None}
    assert _chosen(row, (), {}, raw) == {**row, "reference": STANDARD, "effect": "hazard_ratio"}
    assert _chosen({**row, "strategy": "Fourth"}, (), {}, raw) == {**row, "strategy": "Fourth"}
    rows = list(_ratio_rows(raw, [{"parameter": "hazard_ratio", "strategy": "Third", "endpoint": OS}]))
    assert [(one["strategy"], one["value"], one["note"]) for one in rows] == [
        (NEW, 0.7, f"Against {STANDARD}, from sheet Published survival")
    ]
