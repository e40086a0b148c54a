"""The sheets Market and Budget impact: shares that do not make a whole are faults at their cells."""

import pytest
from good_workbook import NEW, STANDARD, Editor

FIRST = {"strategy": NEW, "year": 1, "scenario": None}


def test_a_market_is_read(faults, editor: Editor):
    assert faults(editor) == []


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("share_with", 0.2, "share_with of year 1 sums to 1.1; it must sum to 1"),
        ("share_without", 0.2, "share_without of year 1 sums to 1.2; it must sum to 1"),
        ("share_with", 1.2, "share_with is 1.2; it must lie between 0 and 1"),
        ("share_with", None, "share_with is blank"),
        ("year", 0, "year is 0"),
        ("year", 1.5, "year is 1.5; it must be a whole number"),
        ("strategy", "Other", "'Other' is not on the Labels sheet"),
        ("status", "reported", "a reported share needs its source"),
    ],
)
def test_a_wrong_share_is_a_fault_at_its_cell(faults, editor: Editor, column, value, words):
    at = editor.set(value, "Market", column, **FIRST)
    found = faults(editor)
    assert any(words in fault.what for fault in found)
    assert column == "status" or at in {fault.where for fault in found}


def test_a_year_that_is_left_out(faults, editor: Editor):
    for strategy in (NEW, STANDARD):
        editor.set(3, "Market", "year", strategy=strategy, year=2, scenario=None)
    assert [f"year 2 has no row for {NEW}, {STANDARD}" in fault.what for fault in faults(editor)] == [True, False]


def test_a_scenario_has_every_year_of_the_base_case(faults, editor: Editor):
    editor.set("Slow uptake", "Market", "scenario", strategy=NEW, year=2, scenario="Fast uptake")
    found = [fault.what for fault in faults(editor)]
    assert any("year 1 of scenario 'Slow uptake' has no row" in what for what in found)
    assert any(f"year 2 of scenario 'Fast uptake' has no row for {NEW}" in what for what in found)


def test_a_market_without_a_base_case(faults, editor: Editor):
    for strategy, year in ((s, y) for s in (NEW, STANDARD) for y in (1, 2)):
        editor.set("Slow uptake", "Market", "scenario", strategy=strategy, year=year, scenario=None)
    assert ["no row has a blank scenario" in fault.what for fault in faults(editor)] == [True]


def test_a_market_needs_members_and_patients(faults, editor: Editor):
    editor.set("plan_growth", "Budget impact", "parameter", parameter="plan_incidence")
    editor.set(None, "Budget impact", "distribution", parameter="plan_growth")
    (fault,) = faults(editor)
    assert fault.what == "there is no plan_incidence or plan_prevalence; a budget impact needs it"


def test_each_sheet_needs_the_other(faults, editor: Editor):
    del editor.book["Market"]
    assert [fault.where for fault in faults(editor)] == ["Market"]


def test_market_alone(faults, editor: Editor):
    del editor.book["Budget impact"]
    assert ["sheet 'Market' needs it" in fault.what for fault in faults(editor)] == [True]
