from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from regimens import BLANK, LABEL, PRICES, WEEKLY, Build

from hecon.costing.administration import premedication_cost
from hecon.costing.dosing import Product, dose_counts, drug_cost
from hecon.costing.packs import BodySize, expected_cheapest
from hecon.costing.schedules import plan_of
from hecon.errors import InputError, LineError
from hecon.parameters import Parameters
from hecon.settings import Settings
from hecon.timeline import Timeline, stepwise

#: Twice-weekly carfilzomib: 20 mg/m2 on the first two days, then 56 mg/m2.
CARFILZOMIB = [
    ("Kd", "carfilzomib", 1, 1, (1, 2), 20.0, "mg/m2", "iv"),
    ("Kd", "carfilzomib", 1, 1, (8, 9, 15, 16), 56.0, "mg/m2", "iv"),
    ("Kd", "carfilzomib", 2, BLANK, (1, 2, 8, 9, 15, 16), 56.0, "mg/m2", "iv"),
]
DEXAMETHASONE = [("Pd", "dexamethasone", 1, BLANK, WEEKLY, 40.0, "mg", "oral")]
ONE_YEAR = Settings(horizons=(1,))


def grid(settings: Settings) -> Timeline:
    return Timeline.regular(settings)


def in_cycles(count: int) -> Settings:
    """Give a horizon of whole treatment cycles of 28 days, in model cycles of a week."""
    return Settings(horizons=(count * 28 / 365.25,))


def one_dose(product: Product) -> xr.DataArray:
    """Cost per dose, the second factor of a product."""
    return product.factors[1]


# How many doses


@pytest.mark.parametrize(("cycles", "isatuximab", "daratumumab"), [(13, 28, 23), (39, 80, 49), (65, 132, 75)])
@pytest.mark.parametrize("cycle", [(1, "week"), (1, "day"), (1, "month"), (28, "day"), (10, "day")])
def test_labelled_schedules_give_their_doses(
    build: Build, cycles: int, isatuximab: int, daratumumab: int, cycle: tuple[float, str]
) -> None:
    settings = in_cycles(cycles).with_changes(cycle_length=cycle[0], cycle_unit=cycle[1])
    counts = dose_counts(build(settings=settings), grid(settings)).sum("cycle")
    assert counts.sel(strategy="Isa-Pd", drug="isatuximab") == isatuximab
    assert counts.sel(strategy="Dara-Pd", drug="daratumumab") == daratumumab
    assert counts.sel(strategy="Isa-Pd", drug="daratumumab") == 0
    assert counts.sel(strategy="Isa-Pd", drug="pomalidomide") == 21 * cycles


def test_a_year_of_365_25_days_holds_the_first_day_of_cycle_14(build: Build) -> None:
    counts = dose_counts(build(settings=ONE_YEAR), grid(ONE_YEAR)).sum("cycle")
    assert counts.sel(strategy="Isa-Pd", drug="isatuximab") == 29
    assert counts.sel(strategy="Dara-Pd", drug="daratumumab") == 24


def test_each_dose_is_in_the_model_cycle_that_holds_its_day(build: Build) -> None:
    settings = Settings(horizons=(8 * 7 / 365.25,))
    counts = dose_counts(build(settings=settings), grid(settings)).sel(strategy="Isa-Pd")
    # Weeks: days 1, 8, 15, 22 of cycle 1, days 1 and 15 of cycle 2; capsules on 21 days of each 28.
    assert counts.sel(drug="isatuximab").values.tolist() == [1, 1, 1, 1, 1, 0, 1, 0]
    assert counts.sel(drug="pomalidomide").values.tolist() == [7, 7, 7, 0, 7, 7, 7, 0]


def test_a_day_on_a_cycle_edge_belongs_to_the_cycle_it_starts(build: Build) -> None:
    settings = Settings(horizons=(20,))
    counts = dose_counts(build(settings=settings), grid(settings))
    inner = counts.sel(strategy="Isa-Pd", drug="pomalidomide").values
    # Between the edges that the horizon adds, every week holds 7, 7, 7 and 0 days, for twenty years.
    assert inner[:1040].reshape(-1, 4).tolist() == [[7, 7, 7, 0]] * 260


def test_shares_mix_doses_by_age(build: Build) -> None:
    older = ("Pd", "dexamethasone", 1, BLANK, WEEKLY, 20.0, "mg", "oral")
    p = build([*DEXAMETHASONE, older], {"share": [0.8, 0.2]}, ONE_YEAR)
    time = grid(ONE_YEAR)
    # 13 cycles and day 1 of the next: 53 weekly days. 40 mg cost 12.80, 20 mg 6.40: mean 11.52.
    assert dose_counts(p, time).sel(drug="dexamethasone").sum() == pytest.approx(53)
    assert drug_cost(p, time).by_drug().sum().item() == pytest.approx(53 * 11.52)


def test_treatment_cycles_may_change_their_length(build: Build) -> None:
    # Eight cycles of 21 days end on day 168; cycle 9 starts on day 169, every 28 days.
    rows = [
        ("Dara-Vd", "daratumumab", 1, 8, (1,), 16.0, "mg/kg", "iv"),
        ("Dara-Vd", "daratumumab", 9, BLANK, (1,), 16.0, "mg/kg", "iv"),
    ]
    p = build(rows, {"cycle_days": [21, 28]}, ONE_YEAR)
    assert np.unique(plan_of(p, grid(ONE_YEAR)).day).tolist() == [
        *range(0, 168, 21),
        *range(168, 366, 28),
    ]


def test_a_course_that_ends_and_one_that_starts_late(build: Build) -> None:
    rows = [("Kd", "carfilzomib", 3, 4, (1, 2), 20.0, "mg/m2", "iv")]
    assert np.unique(plan_of(build(rows, settings=ONE_YEAR), grid(ONE_YEAR)).day).tolist() == [56, 57, 84, 85]


def test_a_row_with_dose_0_is_a_pause(build: Build) -> None:
    pause = ("Isa-Pd", "isatuximab", 2, 2, (1,), 0.0, "mg/kg", "iv")
    rows = [LABEL[0], pause, ("Isa-Pd", "isatuximab", 3, BLANK, (1, 15), 10.0, "mg/kg", "iv")]
    counts = dose_counts(build(rows, settings=in_cycles(3)), grid(in_cycles(3))).sel(drug="isatuximab")
    assert counts.sum() == 6


# What they cost


def test_drug_cost_of_one_patient_treated_for_exactly_one_year(build: Build) -> None:
    cost = drug_cost(build(settings=ONE_YEAR), grid(ONE_YEAR)).by_drug().sum("cycle")
    # Isatuximab: 80 kg x 10 mg = 800 mg = 500 + 3 x 100 mg at 6.50 = 5,200; 29 doses in 365.25 days.
    assert cost.sel(strategy="Isa-Pd", drug="isatuximab").item() == pytest.approx(29 * 5_200, rel=1e-15)
    # Daratumumab: 80 kg x 16 mg = 1,280 mg = 13 x 100 mg at 5.60 = 7,280; 24 doses.
    assert cost.sel(strategy="Dara-Pd", drug="daratumumab").item() == pytest.approx(24 * 7_280, rel=1e-15)
    # Pomalidomide: 21 capsules in 13 cycles, and two more on days 365 and 366: 275 x 815.
    assert cost.sel(strategy="Isa-Pd", drug="pomalidomide").item() == pytest.approx(275 * 815, rel=1e-15)
    assert cost.sel(strategy="Isa-Pd").sum().item() == pytest.approx(150_800 + 224_125, rel=1e-15)
    assert cost.sel(strategy="Dara-Pd").sum().item() == pytest.approx(174_720 + 224_125, rel=1e-15)


def test_a_capsule_costs_the_same_whatever_its_size(build: Build) -> None:
    rows = [("Pd", "pomalidomide", 1, BLANK, (1,), 5.0, "mg", "oral")]
    assert one_dose(drug_cost(build(rows), grid(ONE_YEAR))).item() == 2 * 815


@pytest.mark.parametrize(
    ("area", "loading", "later"),
    [
        # 1.85 m2: 37 mg = 10 + 30 = 40 mg; 103.6 mg = 60 + 30 + 2 x 10 = 110 mg. 35 a mg.
        (1.85, 40 * 35, 110 * 35),
        # Above the cap of 2.2 m2: 44 mg = 50 mg; 123.2 mg = 130 mg.
        (2.2, 50 * 35, 130 * 35),
        (2.9, 50 * 35, 130 * 35),
    ],
)
def test_carfilzomib_by_body_surface_area_with_its_cap(build: Build, area: float, loading: float, later: float) -> None:
    p = build(CARFILZOMIB, {"size_cap": 2.2}, ONE_YEAR, body_surface_area=area)
    cost = drug_cost(p, grid(ONE_YEAR))
    assert one_dose(cost).values.tolist() == pytest.approx([loading, later])
    # Two loading doses; 4 + 12 x 6 doses in 13 cycles, and two more on the first days of cycle 14.
    assert cost.factors[0].sum("cycle").values.tolist() == [[2, 78]]
    assert cost.by_drug().sum().item() == pytest.approx(2 * loading + 78 * later)


def test_a_maximum_dose(build: Build) -> None:
    p = build([("Kd", "carfilzomib", 1, BLANK, (1,), 56.0, "mg/m2", "iv")], {"max_dose": 60.0})
    assert one_dose(drug_cost(p, grid(ONE_YEAR))).item() == 60 * 35


def test_vials_are_wasted_or_shared(build: Build) -> None:
    time = grid(ONE_YEAR)
    rows = LABEL[3:6]
    wasted = one_dose(drug_cost(build(rows, body_weight=81.0), time)).item()
    shared = one_dose(drug_cost(build(rows, {"wastage": "no"}, body_weight=81.0), time)).item()
    # 81 kg x 16 mg = 1,296 mg: 1,300 mg in vials.
    assert wasted == pytest.approx(1_300 * 5.6)
    assert shared == pytest.approx(1_296 * 5.6)


def test_body_size_over_its_distribution(build: Build) -> None:
    columns = {"body_size": "distribution", "size_cap": 120.0, "max_dose": 1_000.0}
    p = build(LABEL[:2], columns, body_weight_sd=16.0)
    # 10 mg/kg reaches 1,000 mg at 100 kg, below the cap on weight.
    expected = expected_cheapest(BodySize(80, 16), 10, 100, [100, 500], [650, 3250])
    assert one_dose(drug_cost(p, grid(ONE_YEAR))).item() == pytest.approx(expected.item(), rel=1e-14)
    assert expected > 5_200
    sharing = build(LABEL[:2], {**columns, "wastage": "no"}, body_weight_sd=16.0)
    assert one_dose(drug_cost(sharing, grid(ONE_YEAR))).item() == pytest.approx(
        6.5 * 10 * BodySize(80, 16).limited_mean(100).item(), rel=1e-14
    )


def intensity_of(**by_drug: float) -> dict[str, dict[str, float]]:
    every = {drug: by_drug.get(drug, 1.0) for drug in PRICES}
    return {"Isa-Pd": every, "Dara-Pd": dict.fromkeys(PRICES, 1.0)}


def test_relative_dose_intensity_reduces_doses_or_the_amount(build: Build) -> None:
    time = grid(ONE_YEAR)
    intensity = intensity_of(isatuximab=0.9)

    def isatuximab(columns: dict[str, Any]) -> np.ndarray:
        product = drug_cost(build(LABEL, columns, relative_dose_intensity=intensity), time)
        cost = one_dose(product)
        assert cost.dims == ("strategy", "dose")
        return cost.isel(dose=0).values

    # Nine doses in ten: 0.9 x 5,200. Nine tenths of each dose: 720 mg, in vials 800 mg, shared 720 mg.
    assert isatuximab({"intensity": "doses"}).tolist() == pytest.approx([4_680, 5_200])
    assert isatuximab({"intensity": "amount"}).tolist() == pytest.approx([5_200, 5_200])
    assert isatuximab({"intensity": "amount", "wastage": "no"}).tolist() == pytest.approx([4_680, 5_200])


def test_relative_dose_intensity_comes_after_the_caps(build: Build) -> None:
    columns = {"intensity": "amount", "wastage": "no", "max_dose": 600.0}
    p = build(LABEL[:2] + LABEL[3:6], columns, relative_dose_intensity=intensity_of(isatuximab=0.5))
    assert one_dose(drug_cost(p, grid(ONE_YEAR)))[0, 0].item() == pytest.approx(300 * 6.5)


def test_prices_step_over_time(build: Build) -> None:
    settings = Settings(horizons=(2,), cycle_length=1, cycle_unit="year")
    time = grid(settings)
    p = build(settings=settings)
    full, halved = drug_cost(p, time), drug_cost(p, time, stepwise(time, {0: 1.0, 1: 0.5}))
    expected = full.by_drug() * xr.DataArray([1.0, 0.5], dims="cycle")
    xr.testing.assert_allclose(halved.by_drug(), expected.transpose(*full.by_drug().dims), rtol=1e-14)
    assert len(halved.factors) == 2


def test_prices_of_one_drug_step_over_time_by_draw(build: Build) -> None:
    settings = Settings(horizons=(2,), cycle_length=1, cycle_unit="year")
    time = grid(settings)
    p = build(settings=settings)
    fall = np.ones((3, len(PRICES)))
    fall[:, list(PRICES).index("daratumumab")] = [0.9, 0.5, 0.1]
    later = xr.DataArray(fall, dims=("draw", "drug"), coords={"drug": list(PRICES)})
    product = drug_cost(p, time, stepwise(time, {0: 1.0, 1: later}))
    full = drug_cost(p, time).by_drug().isel(cycle=1)
    by_drug = product.by_drug().isel(cycle=1)
    for drug, factors in {"daratumumab": [0.9, 0.5, 0.1], "pomalidomide": [1.0, 1.0, 1.0]}.items():
        at_full_price = full.sel(drug=drug, strategy="Dara-Pd").item()
        expected = [at_full_price * factor for factor in factors]
        assert by_drug.sel(drug=drug, strategy="Dara-Pd").values.tolist() == pytest.approx(expected)


def test_a_price_factor_on_another_dimension_is_refused(build: Build) -> None:
    p, time = build(settings=ONE_YEAR), grid(ONE_YEAR)
    with pytest.raises(LineError, match="price_factor varies by 'state'"):
        drug_cost(p, time, xr.DataArray([1.0], dims="state", coords={"state": ["dead"]}))
    with pytest.raises(LineError, match="price_factor has 3 cycles"):
        drug_cost(p, time, xr.DataArray([1.0, 1.0, 1.0], dims="cycle"))


# Shape


def test_product_has_counts_without_draws_and_sums_onto_every_drug(build: Build) -> None:
    draws = xr.DataArray(np.array([60.0, 80.0, 100.0]), dims="draw")
    product = drug_cost(build(body_weight=draws), grid(Settings()))
    counts, cost = product.factors
    assert counts.dims == ("strategy", "dose", "cycle")
    assert cost.dims == ("draw", "dose")
    assert cost.dose.values.tolist() == [
        "isatuximab 10 mg/kg iv",
        "pomalidomide 4 mg oral",
        "daratumumab 16 mg/kg iv",
    ]
    assert product.onto is not None
    assert product.onto.dims == ("dose", "drug")
    assert product.onto.drug.values.tolist() == list(PRICES)
    assert product.onto.sum("drug").values.tolist() == [1, 1, 1]
    assert cost.isel(dose=0).values.tolist() == pytest.approx([3_900, 5_200, 6_500])


def test_a_batch_of_one_draw_keeps_its_dimension(build: Build) -> None:
    cost = one_dose(drug_cost(build(body_weight=xr.DataArray([80.0], dims="draw")), grid(ONE_YEAR)))
    assert cost.dims == ("draw", "dose")


def test_a_product_times_a_number(build: Build) -> None:
    product = drug_cost(build(settings=ONE_YEAR), grid(ONE_YEAR))
    xr.testing.assert_allclose((0.5 * product).by_drug(), product.by_drug() * 0.5)
    xr.testing.assert_allclose((product * 0.5).by_drug(), product.by_drug() * 0.5)


def test_draws_have_the_same_bits_in_any_block(build: Build) -> None:
    generator = np.random.default_rng(7)
    values = {
        "body_weight": generator.normal(80, 12, 40),
        "body_weight_sd": generator.uniform(8, 20, 40),
        "drug_price": 10 * generator.random((40, len(PRICES))),
        "relative_dose_intensity": generator.uniform(0.6, 1, (40, 2, len(PRICES))),
    }
    dims = {"drug_price": ("draw", "drug"), "relative_dose_intensity": ("draw", "strategy", "drug")}
    columns = {"body_size": "distribution", "intensity": ["amount", "doses"] * 3 + ["amount"]}
    time = grid(ONE_YEAR)

    def costs(block: slice) -> np.ndarray:
        given = {name: (dims.get(name, "draw"), array[block]) for name, array in values.items()}
        return one_dose(drug_cost(build(LABEL, columns, ONE_YEAR, **given), time)).values

    whole = costs(slice(0, 40))
    for size in (1, 7, 39):
        blocks = [costs(slice(start, start + size)) for start in range(0, 40, size)]
        assert np.array_equal(np.concatenate(blocks), whole)


def test_the_plan_is_built_once_for_a_timeline_and_its_tables(build: Build) -> None:
    p, time = build(settings=ONE_YEAR), grid(ONE_YEAR)
    again = Parameters({}, p.labels, ONE_YEAR, {"Schedules": p.tables["Schedules"]})
    assert plan_of(p, time) is plan_of(again, time)
    assert drug_cost(p, time).factors[0] is drug_cost(p, time).factors[0]
    assert plan_of(p, grid(ONE_YEAR)) is not plan_of(p, time)
    other = Parameters({}, p.labels, ONE_YEAR, {"Schedules": p.tables["Schedules"].iloc[:3]})
    assert len(plan_of(other, time).doses) == 2


# Faults


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
