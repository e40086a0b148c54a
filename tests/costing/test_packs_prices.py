"""What drug_price is the price of: of a mg or of a pack, never guessed."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import hecon as he
from hecon.costing.dosing import drug_cost
from hecon.errors import LineError

#: A tablet of 450 mg, taken once a day in cycles of 28 days, for a price of 0.6776.
ROWS = {"strategy": ["A"], "drug": ["capsule"], "days": [tuple(range(1, 29))], "dose": [450.0]}
SETTINGS = he.Settings(horizons=1, cycle_length=1, cycle_unit="year")


def cost_of_a_year(**pack):
    schedules = pd.DataFrame({**ROWS, "unit": ["mg"], "route": ["oral"]})
    packs = pd.DataFrame([{"drug": "capsule", "size": 450.0, "unit": "mg", **pack}])
    price = xr.DataArray([0.6776], dims="drug", coords={"drug": ["capsule"]})
    labels = {"strategy": ("A",), "drug": ("capsule",)}
    p = he.Parameters({"drug_price": price}, labels, SETTINGS, {"Schedules": schedules, "Packs": packs})
    return drug_cost(p, he.Timeline.regular(SETTINGS)).by_drug().sum().item()


def test_by_pack_and_by_mg():
    doses = 14 * 28  # fourteen treatment cycles are dispensed in a year
    assert cost_of_a_year(price_per="pack") == pytest.approx(0.6776 * doses)
    assert cost_of_a_year(priced_as=1.0) == pytest.approx(0.6776 * doses)
    assert cost_of_a_year(price_per="mg") == pytest.approx(0.6776 * 450 * doses)
    assert cost_of_a_year(price_per="mg") == cost_of_a_year(priced_as=450.0)


@pytest.mark.parametrize("pack", [{}, {"price_per": None, "priced_as": np.nan}])
def test_a_price_of_nothing_in_particular_is_refused(pack):
    with pytest.raises(LineError, match=r"pack of capsule does not say what drug_price is the price of: price_per mg"):
        cost_of_a_year(**pack)


def test_another_word_is_refused():
    with pytest.raises(LineError, match=r"price_per 'tablet'; it must be mg or pack"):
        cost_of_a_year(price_per="tablet")
