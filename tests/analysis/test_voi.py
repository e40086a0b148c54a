"""Perfect information, effective populations, expected net benefit of sampling."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from hecon.analysis.value.perfect_information import effective_population, evpi, expected_net_benefit_of_sampling
from hecon.errors import HeconError

SAMPLES = arrays(float, st.tuples(st.integers(2, 20), st.integers(1, 4)), elements=st.floats(-1e3, 1e3))


@given(SAMPLES, st.floats(0, 100), st.floats(0.1, 10), st.randoms())
def test_evpi_does_not_depend_on_what_all_strategies_share(effects, threshold, factor, random):
    costs = effects[::-1] * 3
    value = evpi(costs, effects, threshold).evpi[0]
    assert value >= 0
    noise = np.arange(len(costs))[:, None] * 5.0
    order = list(range(costs.shape[1]))
    random.shuffle(order)
    assert evpi(costs + noise, effects, threshold).evpi[0] == pytest.approx(value, abs=1e-6, rel=1e-9)
    assert evpi(factor * costs, factor * effects, threshold).evpi[0] == pytest.approx(factor * value, abs=1e-6)
    assert evpi(costs[:, order], effects[:, order], threshold).evpi[0] == pytest.approx(value, abs=1e-6)


@given(SAMPLES)
def test_a_decision_without_uncertainty_is_worth_nothing(effects):
    same = np.repeat(effects[:1], 5, axis=0)
    found = evpi(same * 2, same, [0.0, 1.0, 50.0])
    assert found.evpi.tolist() == [0, 0, 0]
    assert found.standard_error.tolist() == [0, 0, 0]


def test_standard_error_tells_how_far_another_sample_lies():
    def once(seed, mean):
        gain = np.random.default_rng(seed).normal(mean, 2, 2000)
        return evpi(np.zeros((2000, 2)), np.column_stack([0 * gain, gain]), 1.0).iloc[0]

    for mean in (0.5, -1.5):
        many = pd.DataFrame([once(seed, mean) for seed in range(200)])
        truth = mean * norm.cdf(mean / 2) + 2 * norm.pdf(mean / 2) - max(mean, 0)
        assert many.evpi.mean() == pytest.approx(truth, rel=0.01)
        assert many.standard_error.mean() == pytest.approx(many.evpi.std(), rel=0.15)


def test_population_scales_value_and_error():
    gain = np.random.default_rng(0).normal(0, 1, 500)
    found = evpi(np.zeros((500, 2)), np.column_stack([0 * gain, gain]), [1.0, 2.0], population=250)
    np.testing.assert_allclose(found.population_evpi, 250 * found.evpi)
    np.testing.assert_allclose(found.population_standard_error, 250 * found.standard_error)
    with pytest.raises(HeconError, match="population is -1"):
        evpi(np.zeros((500, 2)), np.column_stack([0 * gain, gain]), 1.0, population=-1)


def test_effective_population_by_hand():
    assert effective_population(100, 3, discount_rate=0.05) == pytest.approx(100 * (1 + 1 / 1.05 + 1 / 1.05**2))
    assert effective_population([10, 20, 30], 2.5, discount_rate=0.0) == 45
    assert effective_population(100, 3, discount_rate=0.0, prevalent=50, uptake=0.5) == 175
    # those treated before the study reports, and the prevalent, do not profit
    assert effective_population(100, 3, discount_rate=0.0, prevalent=50, delay=1.5) == 150
    assert effective_population(100, 3, discount_rate=0.1, delay=2) == pytest.approx(100 / 1.21)
    assert effective_population(100, 2, discount_rate=0.0, delay=5) == 0


@given(st.floats(0, 1e5), st.floats(0, 40), st.floats(0, 0.2), st.floats(0, 40))
def test_effective_population_is_bounded(per_year, years, rate, delay):
    found = effective_population(per_year, years, discount_rate=rate, delay=delay)
    assert 0 <= found <= per_year * years * (1 + 1e-12) + 1e-9
    assert found <= effective_population(per_year, years, discount_rate=rate) + 1e-9


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"years": -1}, "years is -1"),
        ({"years": np.nan}, "years is nan"),
        ({"uptake": 1.2}, "uptake is 1.2"),
        ({"discount_rate": -1}, "discount_rate is -1"),
        ({"per_year": [1.0, 2.0]}, "per_year has 2 years; 3 years need 3"),
        ({"per_year": -5}, "from 0 up"),
    ],
)
def test_wrong_populations(wrong, message):
    with pytest.raises(HeconError, match=message):
        effective_population(**({"per_year": 10, "years": 3} | wrong))


def test_a_study_is_worth_its_cost_or_none_is():
    values = {"design": ["small", "large"] * 2, "sample_size": [100, 1000] * 2}
    values |= {"willingness_to_pay": [1.0, 1.0, 2.0, 2.0], "evsi": [4.0, 9.0, 0.1, 0.1], "standard_error": 0.1}
    found = expected_net_benefit_of_sampling(pd.DataFrame(values), 1000, fixed_cost=200, cost_per_participant=5)
    assert found.expected_net_benefit_of_sampling.tolist() == [3300, 3800, -600, -5100]
    assert found.best.tolist() == [False, True, False, False]
    assert found.enbs_standard_error.tolist() == [100] * 4
    with pytest.raises(HeconError, match="no column sample_size"):
        expected_net_benefit_of_sampling(pd.DataFrame(values).drop(columns="sample_size"), 1000)
    with pytest.raises(HeconError, match="fixed_cost is -1"):
        expected_net_benefit_of_sampling(pd.DataFrame(values), 1000, fixed_cost=-1)
