"""Prices that payers pay: net discounts, caps on cycles paid, rebates until progression and by response."""

import numpy as np
import pytest
import xarray as xr
from regimens import BLANK, ONE_YEAR, Build, grid

import hecon as he
from hecon.costing.administration import administration_cost
from hecon.costing.dosing import dose_counts, drug_cost
from hecon.costing.rebates import rebate
from hecon.errors import HeconError
from hecon.labels import labelled
from hecon.settings import Settings
from hecon.timeline import Timeline

ONE_DRUG = [("Isa", "isatuximab", 1, BLANK, (1, 15), 10.0, "mg/kg", "iv")]
#: Four treatment cycles, in model cycles of a treatment cycle that pay at their start.
SETTINGS = Settings(horizons=(4 * 28 / 365.25,), cycle_length=28, cycle_unit="day", dose_timing="cycle_start")


def by_cycle(product):
    return product.by_drug().sel(drug="isatuximab").values.ravel()


def test_a_net_discount_comes_off_the_price(build: Build):
    full = by_cycle(drug_cost(build(ONE_DRUG, settings=SETTINGS), grid(SETTINGS)))
    p = build(ONE_DRUG, settings=SETTINGS, price_discount=0.25)
    np.testing.assert_allclose(by_cycle(drug_cost(p, grid(SETTINGS))), 0.75 * full)


def test_a_discount_by_draw_and_drug(build: Build):
    p = build(ONE_DRUG, settings=SETTINGS)
    full = by_cycle(drug_cost(p, grid(SETTINGS)))
    drugs = p.labels["drug"]
    shares = np.zeros((2, len(drugs)))
    shares[1, drugs.index("isatuximab")] = 0.4
    p = build(ONE_DRUG, settings=SETTINGS, price_discount=(("draw", "drug"), shares))
    found = drug_cost(p, grid(SETTINGS)).by_drug().sel(drug="isatuximab").squeeze("strategy")
    np.testing.assert_allclose(found.transpose("draw", "cycle").values, [full, 0.6 * full])


@pytest.mark.parametrize(("cap", "paid"), [(0, [0, 0, 0, 0]), (1, [1, 0, 0, 0]), (3, [1, 1, 1, 0]), (9, [1, 1, 1, 1])])
def test_cycles_past_the_cap_are_given_and_not_paid(build: Build, cap, paid):
    plain, capped = (
        build(ONE_DRUG, columns, settings=SETTINGS, infusion_minutes=75.0, first_hour_cost=100.0, added_hour_cost=10.0)
        for columns in (None, {"paid_to_cycle": cap})
    )
    time = grid(SETTINGS)
    full = by_cycle(drug_cost(plain, time))
    np.testing.assert_allclose(by_cycle(drug_cost(capped, time)), full * paid)
    xr.testing.assert_equal(dose_counts(capped, time), dose_counts(plain, time))
    np.testing.assert_array_equal(
        by_cycle(administration_cost(capped, time)), by_cycle(administration_cost(plain, time))
    )


def test_a_cap_counts_the_cycles_of_the_drug_over_its_rows(build: Build):
    rows = [
        ("Isa", "isatuximab", 1, 1, (1, 8, 15, 22), 10.0, "mg/kg", "iv"),
        ("Isa", "isatuximab", 2, BLANK, (1, 15), 10.0, "mg/kg", "iv"),
    ]
    full = by_cycle(drug_cost(build(rows, settings=SETTINGS), grid(SETTINGS)))
    capped = by_cycle(drug_cost(build(rows, {"paid_to_cycle": 2}, settings=SETTINGS), grid(SETTINGS)))
    np.testing.assert_allclose(capped, full * [1, 1, 0, 0])
    np.testing.assert_allclose(full / full[1], [2, 1, 1, 1])


@pytest.mark.parametrize("cap", [-1, 1.5])
def test_a_cap_that_is_no_number_of_cycles(build: Build, cap):
    p = build(ONE_DRUG, {"paid_to_cycle": cap}, settings=SETTINGS)
    with pytest.raises(HeconError, match=r"paid_to_cycle is .*; it must be a whole number of at least 0, or blank"):
        drug_cost(p, grid(SETTINGS))


def test_a_rebate_is_its_share_of_the_acquisition(build: Build):
    p = build(ONE_DRUG, settings=SETTINGS, rebate_share=0.3)
    full = by_cycle(drug_cost(p, grid(SETTINGS)))
    np.testing.assert_allclose(by_cycle(rebate(p, grid(SETTINGS))), -0.3 * full)


def model(p, time):
    """Everyone is treated until death; a rebate until progression and a refund of those who do not respond."""
    overall, progression_free = he.Exponential(p.death_rate), he.Exponential(p.progression_rate)
    treated = he.share_at_start(time, overall)
    return he.Outcome(
        None,
        [
            he.cost("Drug acquisition", treated, he.drug_cost(p, time)),
            he.cost("Rebate", he.share_at_start(time, overall, ceiling=progression_free), he.rebate(p, time)),
            he.cost("Refund", treated, he.rebate(p, time, until=2 * 28 / 365.25), 1 - p.response_share),
        ],
    )


def test_agreements_in_a_ledger(build: Build):
    p = build(ONE_DRUG, settings=SETTINGS)
    values = {
        "drug_price": p.drug_price, "body_weight": 80.0, "body_surface_area": 1.85, "rebate_share": 0.3,
        "death_rate": 0.5, "progression_rate": 1.2, "response_share": 0.4,
    }  # fmt: skip
    settings = SETTINGS.with_changes(discount_rate_cost=0.0)
    case = he.Case(model, values, p.labels, settings, dict(p.tables))
    table = he.run(case).breakdown().set_index("item")["value"]
    per_cycle = by_cycle(drug_cost(p, grid(SETTINGS)))
    starts = np.arange(4) * 28 / 365.25
    treated, free = np.exp(-0.5 * starts), np.exp(-1.2 * starts)
    assert table["Drug acquisition: isatuximab"] == pytest.approx((treated * per_cycle).sum())
    assert table["Rebate: isatuximab"] == pytest.approx(-0.3 * (free * per_cycle).sum())
    assert table["Refund: isatuximab"] == pytest.approx(-0.3 * 0.6 * (treated * per_cycle)[:2].sum())


def test_a_rebate_by_drug_and_a_price_over_time(build: Build):
    p = build(settings=ONE_YEAR)
    share = labelled({drug: 0.1 * place for place, drug in enumerate(p.labels["drug"])}, p.labels, "rebate_share")
    own = build(settings=ONE_YEAR, rebate_share=share)
    time = Timeline.regular(ONE_YEAR, [0.5])
    price = he.stepwise(time, {0: 1.0, 0.5: 0.7})
    full = drug_cost(p, time, price).by_drug()
    found = rebate(own, time, price_factor=price).by_drug()
    xr.testing.assert_allclose(found, (-share * full).transpose(*found.dims))


@pytest.mark.parametrize(("cap", "paid"), [(0, 0.0), (1, 0.25), (3, 0.75), (9, 1.0)])
def test_a_cap_where_doses_are_paid_on_their_day(build: Build, cap, paid):
    settings = SETTINGS.with_changes(dose_timing="day")
    plain, capped = (build(ONE_DRUG, columns, settings=settings) for columns in (None, {"paid_to_cycle": cap}))
    full, less = (by_cycle(drug_cost(p, grid(settings))).sum() for p in (plain, capped))
    assert less == pytest.approx(paid * full)
