import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import hecon as he
from hecon.errors import InputError

share = st.floats(0, 0.999)
years = st.floats(0.01, 20)


@given(share, years)
def test_a_probability_and_its_rate(probability, length):
    rate = he.probability_to_rate(probability, length)
    assert rate == pytest.approx(-math.log1p(-probability) / length)
    assert he.rate_to_probability(rate, length) == pytest.approx(probability, abs=1e-15)


@given(share, years, years)
def test_a_probability_over_another_length(probability, over, to):
    there = he.rescale_probability(probability, over, to)
    assert there == pytest.approx(he.rate_to_probability(he.probability_to_rate(probability, over), to), abs=1e-12)


def test_reference_conversions():
    """heemod 1.0.2: rescale_prob, rate_to_prob, or_to_prob, rr_to_prob."""
    assert he.rescale_probability(0.3, over=1, to=1 / 12) == pytest.approx(0.029285530376777613, rel=1e-13)
    assert he.rate_to_probability(0.3, 0.5) == pytest.approx(0.1392920235749422, rel=1e-13)
    assert he.with_odds_ratio(0.2, 1.5) == pytest.approx(0.27272727272727276, rel=1e-13)
    assert he.with_relative_risk(0.2, 1.5) == pytest.approx(0.30000000000000004, rel=1e-13)


@given(share, st.floats(0, 5))
def test_ratios_act_on_rates_and_odds(probability, ratio):
    assert he.with_hazard_ratio(probability, ratio) == pytest.approx(
        he.rate_to_probability(ratio * he.probability_to_rate(probability, 1), 1), abs=1e-12
    )
    changed = he.with_odds_ratio(probability, ratio)
    assert he.odds(changed) == pytest.approx(ratio * he.odds(probability), rel=1e-9)
    assert he.odds_to_probability(he.odds(probability)) == pytest.approx(probability, abs=1e-15)


def test_a_timeline_stands_for_its_model_cycle():
    time = he.Timeline.regular(he.Settings(horizons=(1,), cycle_length=1, cycle_unit="week"))
    assert he.rate_to_probability(2.0, time) == he.rate_to_probability(2.0, 7 / 365.25)


def test_labelled_arrays_keep_their_labels():
    rate = xr.DataArray([0.1, 0.2], dims="strategy", coords={"strategy": ["A", "B"]})
    found = he.rate_to_probability(rate, 1.0)
    assert found.sel(strategy="B").item() == pytest.approx(1 - math.exp(-0.2))


def test_counts_to_proportions():
    counts = xr.DataArray([[3.0, 1.0], [0.0, 2.0]], dims=("from", "to"))
    np.testing.assert_allclose(he.proportions(counts), [[0.75, 0.25], [0, 1]])
    with pytest.raises(InputError, match=r"all 0"):
        he.proportions(counts * 0)
    with pytest.raises(InputError, match=r"not a dimension"):
        he.proportions(counts, "state")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: he.rate_to_probability(-0.1, 1), "rate +is -0.1; it must be at least 0"),
        (lambda: he.probability_to_rate(1.2, 1), "probability +is 1.2; it lies between 0 and 1"),
        (lambda: he.odds(-0.2), "lies between 0 and 1"),
        (lambda: he.with_hazard_ratio(0.2, -1), "hazard ratio +is -1"),
        (lambda: he.rate_to_probability(float("nan"), 1), "is nan"),
    ],
)
def test_values_out_of_range(call, message):
    with pytest.raises(InputError, match=message):
        call()
