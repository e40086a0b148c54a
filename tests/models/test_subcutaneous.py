"""Subcutaneous against subcutaneous: doses by hand, parity, and the price at which the difference is nothing."""

import numpy as np
import pytest
from shipped_workbooks import ROOT, read

import hecon as he

WORKBOOKS = {"isa_dara_pd_sc_us": ("Isa-Pd SC", "Dara-Pd SC"), "isa_dara_kd_sc_us": ("Isa-Kd SC", "Dara-Kd SC")}


@pytest.fixture(params=WORKBOOKS)
def pair(request):
    return read(request.param), *WORKBOOKS[request.param]


def test_doses_by_hand(pair):
    inputs, isatuximab, daratumumab = pair
    horizons = tuple(28 * cycles / 365.25 for cycles in (13, 39, 65))
    case = inputs.base_case().with_settings(horizons=horizons)
    p = he.Parameters(case.used_values(), case.labels, case.settings, case.tables)
    time = he.Timeline.regular(case.settings)
    counts = he.dose_counts(p, time)
    expected = {
        (isatuximab, "isatuximab sc"): [28, 80, 132],  # 4 + 2 x 12, and 26 a year after
        (daratumumab, "daratumumab sc"): [23, 49, 75],  # 8 + 8 + 7, and 13 a year after: no dose is split
    }
    for (strategy, drug), known in expected.items():
        own = counts.sel(strategy=strategy, drug=drug).values
        assert [round(float(own[:last].sum()), 9) for last in time.horizon_edges] == known
        assert counts.sel(strategy=strategy, drug=drug.removesuffix(" sc")).sum() == 0
    # one year of 365.25 days holds 13 cycles and the first day of cycle 14
    case = inputs.base_case().with_settings(horizons=(1.0,))
    p, time = (
        he.Parameters(case.used_values(), case.labels, case.settings, case.tables),
        he.Timeline.regular(case.settings),
    )
    cost = he.drug_cost(p, time).by_drug().sum("dose_day")
    assert cost.sel(strategy=isatuximab, drug="isatuximab sc").item() == pytest.approx(29 * 5200)
    assert cost.sel(strategy=daratumumab, drug="daratumumab sc").item() == pytest.approx(24 * 7532)


def test_the_intravenous_strategies_are_those_of_the_other_workbook(pair):
    inputs, *_ = pair
    former = read(inputs.source.removesuffix(".xlsx").replace("_sc", ""))
    totals, own = he.run(inputs.base_case()).totals, he.run(former.base_case()).totals
    for measure in ("life_years", "progression_free_life_years"):
        np.testing.assert_allclose(totals[measure].values[2:], own[measure].values, rtol=1e-12)
        np.testing.assert_allclose(totals[measure].values[:2], own[measure].values[:2], rtol=1e-12)
    # Reactions to the antibody are in the new workbooks only: a share of patients, once.
    reactions = totals.cost.values[2:] - own.cost.values
    assert np.ptp(reactions, axis=1).max() < 1e-6
    assert (reactions[:2] > 0).all()
    assert np.abs(reactions[2]).max() < 1e-6


def test_at_the_parity_price_the_difference_is_nothing(pair):
    inputs, isatuximab, daratumumab = pair
    found = he.threshold(
        inputs, "drug_price: isatuximab sc", outcome="incremental_cost", strategy=isatuximab, comparator=daratumumab
    )
    assert found.status.tolist() == ["found"] * 3
    prices = found.threshold.tolist()
    assert prices[0] > 5200 > prices[1] > prices[2]  # a saving at 1 year at parity per dose, none later
    readme = " ".join((ROOT / "docs" / "myeloma.md").read_text(encoding="utf-8").split())
    assert all(f"{price:,.0f}" in readme for price in prices)
    for place, price in enumerate(prices):
        again = he.run(inputs.base_case().with_values(drug_price={"isatuximab sc": price})).totals.cost.values
        assert abs(again[0, place] - again[1, place]) < 1e-6


def test_equal_efficacy_and_reactions_leave_the_price(pair):
    """IRAKLIA: 1.5 against 25 % react; the carfilzomib workbook takes both over."""
    inputs, isatuximab, _ = pair
    incidence = inputs.base_case().values["adverse_event_incidence"].sel(event="administration reaction")
    infused = isatuximab.removesuffix(" SC")
    assert (incidence.sel(strategy=isatuximab).item(), incidence.sel(strategy=infused).item()) == (0.015, 0.25)
    parity = 8 * 650 / 1
    assert inputs.base_case().values["drug_price"].sel(drug="isatuximab sc").item() == parity
