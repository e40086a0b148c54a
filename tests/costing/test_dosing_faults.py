"""What a schedule, its packs and its prices may not say, and what they need not say."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
import xarray as xr
from regimens import BLANK, DEXAMETHASONE, LABEL, ONE_YEAR, PRICES, WEEKLY, Build, grid

from hecon.costing.administration import premedication_cost
from hecon.costing.dosing import dose_counts, drug_cost
from hecon.errors import InputError, LineError
from hecon.parameters import Parameters


def faults_of(error: InputError) -> dict[str, str]:
    return {fault.where: fault.what for fault in error.faults}


def test_every_fault_of_the_schedule_is_listed_by_row(build: Build) -> None:
    rows = [
        ("Isa-PD", "isatuximab", 1, 1, WEEKLY, 10.0, "mg/kg", "iv"),
        ("Isa-Pd", "isatuksimab", 1, BLANK, WEEKLY, 10.0, "mg/kg", "iv"),
        ("Isa-Pd", "isatuximab", 1, BLANK, WEEKLY, 10.0, "mg per kg", "iv"),
        ("Isa-Pd", "isatuximab", 1, BLANK, WEEKLY, 10.0, "mg/kg", "IV"),
        ("Isa-Pd", "isatuximab", 3, 2, WEEKLY, 10.0, "mg/kg", "iv"),
        ("Isa-Pd", "isatuximab", 1, BLANK, (1, 29), 10.0, "mg/kg", "iv"),
        ("Isa-Pd", "isatuximab", 1, BLANK, (1, 1), -10.0, "mg/kg", "iv"),
        ("Isa-Pd", "isatuximab", 1, BLANK, (1,), "ten", "mg/kg", "iv"),
        ("Isa-Pd", "isatuximab", 1, BLANK, (), BLANK, "mg/kg", "iv"),
    ]
    p = build(rows)
    p.labels["strategy"] = ("Isa-Pd",)
    with pytest.raises(InputError) as caught:
        dose_counts(p, grid(ONE_YEAR))
    found = faults_of(caught.value)
    assert found["Schedules!row 5"].startswith("strategy 'Isa-PD' is not on the Labels sheet (Isa-Pd)")
    assert found["Schedules!row 6"].endswith("Did you mean 'isatuximab'?")
    assert found["Schedules!row 7"].startswith("unit 'mg per kg' is not one of mg, mg/kg, mg/m2")
    assert found["Schedules!row 8"] == "route 'IV' is not one of iv, sc, oral. Did you mean 'iv'?"
    assert found["Schedules!row 9"].startswith("to_cycle is 2")
    assert found["Schedules!row 10"].startswith("days are 1, 29")
    assert {fault.what for fault in caught.value.faults if fault.where == "Schedules!row 11"} == {
        "days names a day twice: 1, 1",
        "dose is -10; it must be at least 0",
    }
    assert found["Schedules!row 12"] == "dose is 'ten'; it must be a number"
    assert found["Schedules!row 13"] == "'dose' is blank"
    assert caught.value.source == "case.xlsx"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"share": 1.2}, "share is 1.2"),
        ({"body_size": "median"}, "body_size 'median' is not one of mean, distribution"),
        ({"wastage": "maybe"}, "wastage 'maybe'"),
        ({"intensity": "dose"}, "Did you mean 'doses'"),
        ({"size_cap": 0.0}, "size_cap is 0"),
        ({"max_dose": -1.0}, "max_dose is -1"),
        ({"cycle_days": 27.5}, "cycle_days is 27.5"),
        ({"from_cycle": 1.5}, "from_cycle is 1.5"),
        ({"from_cycle": math.inf}, "from_cycle is inf"),
        ({"to_cycle": 3.5}, "to_cycle is 3.5"),
    ],
)
def test_what_a_row_may_not_say(build: Build, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dose_counts(build(LABEL[1:2], columns), grid(ONE_YEAR))


def test_a_gap_in_the_schedule_is_named(build: Build) -> None:
    rows = [LABEL[0], ("Isa-Pd", "isatuximab", 4, BLANK, (1, 15), 10.0, "mg/kg", "iv")]
    with pytest.raises(InputError) as caught:
        dose_counts(build(rows), grid(ONE_YEAR))
    assert faults_of(caught.value)["Schedules!row 6"].startswith(
        "no row gives isatuximab in Isa-Pd in treatment cycle 2 to 3: this row starts at cycle 4"
    )


def test_rows_that_overlap_are_named(build: Build) -> None:
    rows = [LABEL[0], ("Isa-Pd", "isatuximab", 1, BLANK, (1, 15), 10.0, "mg/kg", "iv")]
    with pytest.raises(InputError, match="share of 2 of patients on day 1 of treatment; two rows overlap"):
        dose_counts(build(rows), grid(ONE_YEAR))


def test_rows_of_one_drug_agree_on_the_length_of_a_cycle(build: Build) -> None:
    rows = [
        ("Isa-Pd", "isatuximab", 1, BLANK, (1,), 10.0, "mg/kg", "iv"),
        ("Isa-Pd", "isatuximab", 1, 2, (15,), 10.0, "mg/kg", "iv"),
    ]
    with pytest.raises(InputError, match="cycle_days of isatuximab in Isa-Pd is 21 here but differs"):
        dose_counts(build(rows, {"cycle_days": [28, 21]}), grid(ONE_YEAR))


def test_a_cap_on_body_size_of_a_flat_dose_is_refused(build: Build) -> None:
    with pytest.raises(InputError, match="size_cap applies to doses in mg/kg or mg/m2"):
        dose_counts(build(DEXAMETHASONE, {"size_cap": 2.2}), grid(ONE_YEAR))


def test_a_dose_without_a_pack_and_without_a_body_size(build: Build) -> None:
    p = build(
        LABEL,
        {"body_size": "distribution"},
        packs=[("isatuximab", 100.0, "mg", BLANK), ("pomalidomide", 4.0, "mg", 1.0)],
        body_weight=None,
    )
    with pytest.raises(InputError) as caught:
        drug_cost(p, grid(ONE_YEAR))
    by_row: dict[str, list[str]] = {}
    for fault in caught.value.faults:
        by_row.setdefault(fault.where, []).append(fault.what)
    assert by_row["Schedules!row 8"][0] == (
        "daratumumab has no pack on sheet 'Packs' (there: isatuximab, pomalidomide)."
    )
    assert by_row["Schedules!row 5"] == [
        "isatuximab is given in mg/kg, which needs parameter 'body_weight', and there is none",
        "isatuximab is given in mg/kg over the distribution of body size, "
        "which needs parameter 'body_weight_sd', and there is none",
    ]


def test_faults_of_the_packs(build: Build) -> None:
    packs = [
        ("isatuximab", 100.0, "g", BLANK),
        ("isatuximab", 0.0, "mg", BLANK),
        ("isatuximab", 500.0, "mg", -1.0),
        ("isatux", 500.0, "mg", 1.0),
    ]
    with pytest.raises(InputError) as caught:
        drug_cost(build(packs=packs), grid(ONE_YEAR))
    found = faults_of(caught.value)
    assert "in 'g'; doses are in mg" in found["Packs!row 5"]
    assert "size 0.0" in found["Packs!row 6"]
    assert "priced_as -1.0" in found["Packs!row 7"]
    assert found["Packs!row 8"].endswith("Did you mean 'isatuximab'?")


def test_a_table_made_in_python_has_no_rows_to_name(build: Build) -> None:
    p = build(LABEL[:1])
    bare = p.tables["Schedules"].drop(columns="row").assign(unit="stone")
    with pytest.raises(LineError, match="Schedules: unit 'stone'"):
        dose_counts(Parameters({}, p.labels, ONE_YEAR, {"Schedules": bare}), grid(ONE_YEAR))


def test_a_missing_column_and_a_missing_sheet(build: Build) -> None:
    p = build()
    without = p.tables["Schedules"].drop(columns="route")
    with pytest.raises(InputError, match="column 'route' is missing"):
        dose_counts(Parameters({}, p.labels, ONE_YEAR, {"Schedules": without}), grid(ONE_YEAR))
    with pytest.raises(InputError, match="Schedules"):
        dose_counts(Parameters({}, p.labels, ONE_YEAR, {}), grid(ONE_YEAR))
    with pytest.raises(InputError, match="dimension 'drug' has no labels"):
        dose_counts(Parameters({}, {"strategy": ("A",)}, ONE_YEAR, {"Schedules": without}), grid(ONE_YEAR))


def test_columns_left_out_take_their_defaults(build: Build) -> None:
    p = build(settings=ONE_YEAR)
    bare = p.tables["Schedules"].drop(columns=["cycle_days", "row"])
    bare["note"] = pd.NA
    values = {"drug_price": p.drug_price, "body_weight": p.body_weight}
    plain = Parameters(values, p.labels, ONE_YEAR, {"Schedules": bare, "Packs": p.tables["Packs"]})
    time = grid(ONE_YEAR)
    xr.testing.assert_identical(drug_cost(plain, time).by_drug(), drug_cost(p, time).by_drug())


def test_a_parameter_on_a_dimension_it_cannot_have(build: Build) -> None:
    by_infusion = {"first": 80.0, "second": 81.0, "later": 82.0}
    with pytest.raises(LineError, match="'body_weight' varies by 'infusion'"):
        drug_cost(build(body_weight=by_infusion), grid(ONE_YEAR))
    with pytest.raises(LineError, match="'body_weight' varies by 'drug'"):
        drug_cost(build(body_weight=dict.fromkeys(PRICES, 80.0)), grid(ONE_YEAR))


def test_a_schedule_without_doses_costs_nothing(build: Build) -> None:
    p = build(LABEL[:1], settings=ONE_YEAR)
    empty = Parameters(
        {"drug_price": p.drug_price},
        p.labels,
        ONE_YEAR,
        {"Schedules": p.tables["Schedules"].iloc[:0], "Packs": p.tables["Packs"]},
    )
    assert drug_cost(empty, grid(ONE_YEAR)).by_drug().sum() == 0
    assert premedication_cost(empty, grid(ONE_YEAR)).by_drug().sum() == 0
