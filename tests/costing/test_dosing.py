"""How many doses there are, when, and what they cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from regimens import BLANK, DEXAMETHASONE, LABEL, ONE_YEAR, PRICES, WEEKLY, Build, grid

from hecon.costing.dosing import dose_counts, drug_cost
from hecon.costing.given import Product
from hecon.costing.packs import BodySize, expected_cheapest
from hecon.costing.schedules import plan_of
from hecon.costing.sheets import KEPT
from hecon.errors import LineError
from hecon.parameters import Parameters
from hecon.settings import Settings
from hecon.timeline import stepwise

#: Twice-weekly carfilzomib: 20 mg/m2 on the first two days, then 56 mg/m2.
CARFILZOMIB = [
    ("Kd", "carfilzomib", 1, 1, (1, 2), 20.0, "mg/m2", "iv"),
    ("Kd", "carfilzomib", 1, 1, (8, 9, 15, 16), 56.0, "mg/m2", "iv"),
    ("Kd", "carfilzomib", 2, BLANK, (1, 2, 8, 9, 15, 16), 56.0, "mg/m2", "iv"),
]


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
    # 13 cycles and day 1 of the next: 53 weekly days, of which the last is dispensed with the three that follow it.
    # 40 mg cost 12.80, 20 mg 6.40: mean 11.52.
    assert dose_counts(p, time).sel(drug="dexamethasone").sum() == pytest.approx(53)
    assert drug_cost(p, time).by_drug().sum().item() == pytest.approx(56 * 11.52)


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
    cost = drug_cost(build(settings=ONE_YEAR), grid(ONE_YEAR)).by_drug().sum("dose_day")
    # Isatuximab: 80 kg x 10 mg = 800 mg = 500 + 3 x 100 mg at 6.50 = 5,200; 29 doses in 365.25 days.
    assert cost.sel(strategy="Isa-Pd", drug="isatuximab").item() == pytest.approx(29 * 5_200, rel=1e-15)
    # Daratumumab: 80 kg x 16 mg = 1,280 mg = 13 x 100 mg at 5.60 = 7,280; 24 doses.
    assert cost.sel(strategy="Dara-Pd", drug="daratumumab").item() == pytest.approx(24 * 7_280, rel=1e-15)
    # Pomalidomide: 21 capsules dispensed at the start of 14 cycles, the last one on day 365: 294 x 815.
    assert cost.sel(strategy="Isa-Pd", drug="pomalidomide").item() == pytest.approx(294 * 815, rel=1e-15)
    assert cost.sel(strategy="Isa-Pd").sum().item() == pytest.approx(150_800 + 239_610, rel=1e-15)
    assert cost.sel(strategy="Dara-Pd").sum().item() == pytest.approx(174_720 + 239_610, rel=1e-15)


@pytest.mark.parametrize(("columns", "changes"), [({"dispensed": "by_dose"}, {}), ({}, {"dose_timing": "cycle_start"})])
def test_capsules_paid_by_dose_end_with_the_horizon(
    build: Build, columns: dict[str, str], changes: dict[str, str]
) -> None:
    settings = ONE_YEAR.with_changes(**changes)
    cost = drug_cost(build(LABEL, columns, settings), grid(settings)).by_drug()
    # 21 capsules in 13 cycles, and two more on days 365 and 366: 275 x 815.
    steps = "cycle" if changes else "dose_day"
    assert cost.sel(strategy="Isa-Pd", drug="pomalidomide").sum(steps).item() == pytest.approx(275 * 815, rel=1e-15)
    assert cost.sel(strategy="Isa-Pd").sum().item() == pytest.approx(150_800 + 224_125, rel=1e-15)


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
    assert cost.factors[0].sum("dose_day").values.tolist() == [[2, 78]]
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
    price = stepwise(time, {0: 1.0, 1: 0.5})
    full, halved = drug_cost(p, time), drug_cost(p, time, price)
    assert full.days is not None
    expected = full.by_drug() * xr.DataArray(np.where(full.days.years < 1, 1.0, 0.5), dims="dose_day")
    xr.testing.assert_allclose(halved.by_drug(), expected.transpose(*full.by_drug().dims), rtol=1e-14)
    xr.testing.assert_allclose((full * price).by_drug(), halved.by_drug().transpose(*full.by_drug().dims), rtol=1e-14)
    assert len(halved.factors) == 2


def test_prices_of_one_drug_step_over_time_by_draw(build: Build) -> None:
    settings = Settings(horizons=(2,), cycle_length=1, cycle_unit="year")
    time = grid(settings)
    p = build(settings=settings)
    fall = np.ones((3, len(PRICES)))
    fall[:, list(PRICES).index("daratumumab")] = [0.9, 0.5, 0.1]
    later = xr.DataArray(fall, dims=("draw", "drug"), coords={"drug": list(PRICES)})
    product = drug_cost(p, time, stepwise(time, {0: 1.0, 1: later}))
    full = drug_cost(p, time).by_drug().isel(dose_day=slice(60, None)).sum("dose_day")  # in the second year
    by_drug = product.by_drug().isel(dose_day=slice(60, None)).sum("dose_day")
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
    assert counts.dims == ("strategy", "dose", "dose_day")
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
    assert plan_of(p, grid(ONE_YEAR)) is plan_of(p, time)
    assert plan_of(p, grid(ONE_YEAR.with_changes(days_per_year=365))) is not plan_of(p, time)
    assert plan_of(p, grid(ONE_YEAR.with_changes(cycle_unit="month"))) is plan_of(p, time)
    by_cycle = ONE_YEAR.with_changes(dose_timing="cycle_start")
    of_months = by_cycle.with_changes(cycle_unit="month")
    assert drug_cost(p, grid(by_cycle)).factors[0].sizes["cycle"] == 53
    assert drug_cost(p, grid(of_months)).factors[0].sizes["cycle"] == 12
    other = Parameters({}, p.labels, ONE_YEAR, {"Schedules": p.tables["Schedules"].iloc[:3]})
    assert len(plan_of(other, time).doses) == 2


def test_a_timeline_keeps_the_plans_of_few_tables(build: Build) -> None:
    p, settings = build(settings=ONE_YEAR), ONE_YEAR.with_changes(days_per_year=364)
    first = plan_of(p, grid(settings))
    copies = [Parameters({}, p.labels, settings, {"Schedules": p.tables["Schedules"].copy()}) for _ in range(KEPT)]
    for copy in copies:
        assert plan_of(copy, grid(settings)) is not first
    assert plan_of(p, grid(settings)) is not first
    assert plan_of(copies[-1], grid(settings)) is plan_of(copies[-1], grid(settings))


# On which day they are paid


def test_doses_are_paid_on_their_day_and_capsules_when_their_cycle_is_dispensed(build: Build) -> None:
    settings = Settings(horizons=(40 / 365.25,))
    product = drug_cost(build(LABEL[:3], settings=settings), grid(settings))
    assert product.days is not None
    assert np.round(product.days.years * 365.25, 9).tolist() == [0, 7, 14, 21, 28]
    counts = product.factors[0].sel(strategy="Isa-Pd")
    assert counts.sel(dose="isatuximab 10 mg/kg iv").values.tolist() == [1, 1, 1, 1, 1]
    assert counts.sel(dose="pomalidomide 4 mg oral").values.tolist() == [21, 0, 0, 0, 21]


def test_the_column_says_when_a_drug_is_dispensed(build: Build) -> None:
    settings = Settings(horizons=(28 / 365.25,))
    vials = [("Isa-Pd", "isatuximab", 1, BLANK, (1, 15), 10.0, "mg/kg", "sc")]
    days = {
        dispensed: plan_of(build(vials, {"dispensed": dispensed}, settings), grid(settings)).dispensed.tolist()
        for dispensed in ("by_dose", "by_treatment_cycle", BLANK)
    }
    assert days == {"by_dose": [0, 14], "by_treatment_cycle": [0, 0], BLANK: [0, 14]}


def test_a_dose_at_the_horizon_is_not_counted_and_one_before_it_is(build: Build) -> None:
    for days, doses in ((14.0, 2), (14.001, 3)):  # isatuximab on days 0, 7, 14 from the start
        settings = Settings(horizons=(days / 365.25, 1.0))
        product = drug_cost(build(LABEL[:1], settings=settings), grid(settings))
        assert product.days is not None
        counted = product.factors[0].values[0, 0] @ product.days.weights(None)
        assert counted.tolist() == [doses, 4]


def test_a_dose_is_discounted_at_its_day_whatever_the_timing_but_that_by_years(build: Build) -> None:
    for timing in ("mid_cycle", "cycle_start", "cycle_end", "edges", "annual_step"):
        settings = Settings(horizons=(3,), cycle_length=1, cycle_unit="month", discount_timing=timing)
        product = drug_cost(build(LABEL[:2], settings=settings), grid(settings))
        assert product.days is not None
        when = np.floor(product.days.years) if timing == "annual_step" else product.days.years
        assert product.days.weights(0.03)[:, 0].tolist() == pytest.approx(1.03**-when, rel=1e-14)
