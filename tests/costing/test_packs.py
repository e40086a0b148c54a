from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from hecon.costing.packs import BodySize, cheapest, expected_cheapest, expected_shared, shared
from hecon.errors import LineError

# Sizes as products write them: whole milligrams, halves, tenths.
SIZES = st.lists(
    st.sampled_from([0.5, 0.75, 1, 2, 2.5, 3, 3.3, 4, 5, 7, 10, 33.3]), min_size=1, max_size=3, unique=True
)


def by_enumeration(amount: float, sizes: list[float], prices: list[float]) -> float:
    most = [math.ceil(amount / size) + 1 for size in sizes]
    enough = [
        sum(n * price for n, price in zip(counts, prices, strict=True))
        for counts in itertools.product(*(range(n + 1) for n in most))
        if sum(n * size for n, size in zip(counts, sizes, strict=True)) >= amount * (1 - 1e-9)
    ]
    return min(enough)


def test_isatuximab_800_mg_is_one_500_mg_and_three_100_mg_vials() -> None:
    # 500 + 3 x 100 = 800 mg at 6.5 a mg: 3250 + 3 x 650 = 5200
    assert cheapest(800, [100, 500], [650, 3250]) == 5200


def test_daratumumab_1280_mg_is_three_400_mg_and_one_100_mg_vial() -> None:
    # 13 x 100 mg hold 1300 mg, and so do 3 x 400 + 100; at 5.6 a mg both cost 7280. Four of 400 mg cost 8960.
    assert cheapest(1280, [100, 400], [560, 2240]) == pytest.approx(7280, rel=1e-15)
    # With 400 mg vials 2 % cheaper a mg, 3 x 2195.2 + 560 = 7145.6 is the cheapest.
    assert cheapest(1280, [100, 400], [560, 2195.2]) == pytest.approx(7145.6, rel=1e-15)


def test_a_larger_pack_than_needed_is_taken_where_it_is_cheaper() -> None:
    assert cheapest(90, [10, 100], [15, 100]) == 100
    assert cheapest(4, [1, 2, 3, 4], [815] * 4) == 815


@given(
    sizes=SIZES,
    prices=st.lists(st.floats(0.5, 100), min_size=3, max_size=3),
    amount=st.just(0.0) | st.floats(0.01, 40),
)
@settings(max_examples=60, deadline=None)
def test_cheapest_is_what_enumeration_finds(sizes: list[float], prices: list[float], amount: float) -> None:
    sizes = [size for size in sizes if amount / size < 60] or [max(sizes)]
    prices = prices[: len(sizes)]
    expected = by_enumeration(amount, sizes, prices)
    assert cheapest(amount, sizes, prices) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(sizes=SIZES, data=st.data())
@settings(max_examples=60, deadline=None)
def test_cost_rises_with_the_amount_and_never_undercuts_shared_vials(sizes: list[float], data: st.DataObject) -> None:
    prices = data.draw(st.lists(st.floats(0.5, 100), min_size=len(sizes), max_size=len(sizes)))
    amounts = np.sort(data.draw(st.lists(st.just(0.0) | st.floats(0.01, 200), min_size=2, max_size=8)))
    cost = cheapest(amounts, sizes, prices)
    assert np.all(np.diff(cost) >= -1e-12)
    assert np.all(cost >= shared(amounts, sizes, prices) * (1 - 2e-9))


@pytest.mark.parametrize("amount", [800.0000001, 799.9999999, 0.1 * 3 * 8000 / 3, 800.0])
def test_rounding_of_an_amount_needs_no_further_pack(amount: float) -> None:
    assert cheapest(amount, [100], [1]) == 8


def test_a_real_excess_needs_a_further_pack() -> None:
    assert cheapest(800.00001, [100], [1]) == 9


def test_sizes_that_are_thirds_and_tenths_meet_where_they_should() -> None:
    assert cheapest(100, [100 / 3], [1]) == 3
    assert cheapest(0.3, [0.1], [1]) == 3
    assert cheapest(0.1 + 0.2, [0.1, 0.3], [1, 2.5]) == 2.5


def test_nothing_costs_nothing() -> None:
    assert cheapest(0, [100, 500], [650, 3250]) == 0


def test_prices_by_draw_choose_packs_by_draw() -> None:
    # 90 mg: nine of 10 mg at 10, or one of 100 mg at 100 | nine at 12, or one at 100
    prices = np.array([[10.0, 100.0], [12.0, 100.0]])
    assert cheapest(np.array([90.0, 90.0]), [10, 100], prices).tolist() == [90, 100]
    assert cheapest(90, [10, 100], prices).tolist() == [90, 100]
    assert cheapest(np.array([[5.0], [90.0]]), [10, 100], prices).tolist() == [[10, 12], [90, 100]]


def test_prices_by_draw_agree_with_one_draw_at_a_time() -> None:
    generator = np.random.default_rng(1)
    amounts, prices = generator.uniform(0, 2000, 50), generator.uniform(10, 900, (50, 3))
    together = cheapest(amounts, [100, 250, 400], prices)
    alone = [cheapest(amount, [100, 250, 400], price) for amount, price in zip(amounts, prices, strict=True)]
    assert together.tolist() == np.array(alone).tolist()


def test_sharing_vials_pays_for_the_milligrams_at_the_best_price() -> None:
    assert shared(1280, [100, 400], [560, 2240]) == pytest.approx(1280 * 5.6)
    assert shared(1280, [100, 400], [560, 2000]) == pytest.approx(1280 * 5.0)


@pytest.mark.parametrize(
    ("amount", "sizes", "prices", "message"),
    [
        (-1, [100], [1], "dose is -1"),
        (math.nan, [100], [1], "dose is nan"),
        (1, [], [], "at least one pack size"),
        (1, [0], [1], "pack size is 0"),
        (1, [100], [-1], "pack price is -1"),
        (1, [100, 200], [1], "2 pack sizes need 2 prices"),
        (1e9, [1.0, math.pi], [1, 1], "check the units"),
    ],
)
def test_what_makes_no_sense_is_said(amount: float, sizes: list[float], prices: list[float], message: str) -> None:
    with pytest.raises(LineError, match=message):
        cheapest(amount, sizes, prices)


# Expected costs over body sizes


def by_integration(per_size: float, cap: float, sizes: list[float], prices: list[float]) -> float:
    """Fine midpoint rule on quantiles of the lognormal distribution, in another way than the code."""
    spread = math.sqrt(math.log1p((16 / 80) ** 2))
    quantiles = (np.arange(2_000_000) + 0.5) / 2_000_000
    body = stats.lognorm.ppf(quantiles, spread, scale=80 / math.sqrt(1 + (16 / 80) ** 2))
    return float(cheapest(per_size * np.minimum(body, cap), sizes, prices).mean())


@pytest.mark.parametrize("cap", [math.inf, 110.0, 80.0])
@pytest.mark.parametrize(
    ("per_size", "sizes", "prices"), [(10, [100, 500], [650, 3250]), (16, [100, 400], [560, 2000])]
)
def test_expected_cost_is_the_integral_over_body_weights(
    per_size: float, sizes: list[float], prices: list[float], cap: float
) -> None:
    exact = expected_cheapest(BodySize(80, 16), per_size, cap, sizes, prices)
    assert exact == pytest.approx(by_integration(per_size, cap, sizes, prices), rel=2e-6)


def test_expected_cost_by_hand() -> None:
    # One vial of 100 mg for patients up to 50 kg at 2 mg/kg, two for all others up to the cap of 100 kg.
    spread = math.sqrt(math.log1p((10 / 55) ** 2))
    up_to_50 = stats.lognorm.cdf(50, spread, scale=55 / math.sqrt(1 + (10 / 55) ** 2))
    exact = expected_cheapest(BodySize(55, 10), 2, 100, [100], [7])
    assert exact == pytest.approx(7 * up_to_50 + 14 * (1 - up_to_50), rel=1e-14)


def test_a_cap_on_a_pack_boundary_needs_no_further_pack() -> None:
    # Everybody above 80 kg gets 80 kg x 10 mg = 800 mg: never nine vials, though 0.1 x 8000 is above 800.
    assert expected_cheapest(BodySize(200, 1), 10.000000000001, 80, [100], [1]) == pytest.approx(8, rel=1e-12)


def test_the_distribution_has_the_given_moments() -> None:
    body = BodySize(80, 16)
    mean, _ = integrate.quad(lambda x: body.above(x), 1e-9, 400, limit=300, points=[80])
    second, _ = integrate.quad(lambda x: 2 * x * body.above(x), 1e-9, 600, limit=300, points=[80])
    assert mean == pytest.approx(80, rel=1e-8)
    assert second - mean**2 == pytest.approx(16**2, rel=1e-6)


@pytest.mark.parametrize("cap", [60.0, 90.0, 150.0])
def test_limited_mean_is_the_integral_of_survival_to_the_cap(cap: float) -> None:
    body = BodySize(80, 16)
    integral, _ = integrate.quad(lambda x: body.above(x), 1e-9, cap, limit=200, points=[50])
    assert body.limited_mean(cap) == pytest.approx(integral, rel=1e-9)
    assert expected_shared(body, 10, cap, [100], [650]) == pytest.approx(integral * 65, rel=1e-9)


def test_without_spread_the_expected_cost_is_that_of_the_mean() -> None:
    mean = np.array([40.0, 80.0, 80.05, 200.0])
    exact = expected_cheapest(BodySize(mean, 0), 10, 110, [100, 500], [650, 3250])
    assert exact.tolist() == cheapest(10 * np.minimum(mean, 110), [100, 500], [650, 3250]).tolist()
    assert expected_shared(BodySize(mean, 0), 10, 110, [100], [650]).tolist() == pytest.approx(
        shared(10 * np.minimum(mean, 110), [100], [650]).tolist()
    )


def test_draws_with_and_without_spread_and_a_dose_of_nothing() -> None:
    body = BodySize(np.array([80.0, 80.0, 80.0]), np.array([16.0, 0.0, 16.0]))
    costs = expected_cheapest(body, np.array([10.0, 10.0, 0.0]), np.inf, [100, 500], [650, 3250])
    alone = expected_cheapest(BodySize(80, 16), 10, np.inf, [100, 500], [650, 3250])
    assert costs.tolist() == [alone.item(), 5200.0, 0.0]
    assert expected_cheapest(body, 10.0, 0.0, [100, 500], [650, 3250]).tolist() == [0.0, 0.0, 0.0]


@given(st.lists(st.tuples(st.floats(1.2, 3), st.floats(0.01, 0.6)), min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_every_draw_has_the_same_bits_alone_and_among_others(draws: list[tuple[float, float]]) -> None:
    mean, sd = np.array(draws).T
    prices = 1 + np.arange(3 * len(mean), dtype=float).reshape(-1, 3) % 7
    together = expected_cheapest(BodySize(mean, sd), 56, 2.9, [10, 30, 60], prices)
    for place in range(len(mean)):
        one = slice(place, place + 1)
        alone = expected_cheapest(BodySize(mean[one], sd[one]), 56, 2.9, [10, 30, 60], prices[one])
        assert alone[0] == together[place]


@pytest.mark.parametrize(("mean", "sd"), [(0, 1), (80, -1), (math.nan, 1), (80, math.inf)])
def test_a_body_size_without_a_distribution_is_refused(mean: float, sd: float) -> None:
    with pytest.raises(LineError, match="mean above 0"):
        BodySize(mean, sd)
