"""What must hold for every model, whatever its numbers: checked on random ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hecon as he
from hecon.settings import ACCRUALS, CROSSINGS, DISCOUNT_FORMS, DISCOUNT_TIMINGS, Settings

STRATEGIES = ["A", "B", "C"]
STATES = ["progression_free", "progressed", "dead"]
LABELS = {"strategy": STRATEGIES, "state": STATES}

positive = st.floats(0.2, 4)
curve = st.one_of(
    st.builds(he.Exponential, positive),
    st.builds(he.Weibull, positive, positive),
    st.builds(he.Gompertz, st.floats(-0.5, 1), positive),
    st.builds(he.Lognormal, st.floats(-1, 2), positive),
    st.builds(he.LogLogistic, positive, positive),
    st.builds(he.Gamma, positive, positive),
    st.builds(he.GeneralisedGamma, st.floats(-1, 2), positive, st.floats(-1.5, 1.5)),
)
settings = st.fixed_dictionaries(
    {
        "horizons": st.lists(st.floats(0.2, 6), min_size=1, max_size=3, unique_by=lambda x: round(x, 2)).map(sorted),
        "cycle_length": st.floats(0.03, 0.9),
        "cycle_unit": st.just("year"),
        "accrual": st.sampled_from(ACCRUALS),
        "discount_timing": st.sampled_from(DISCOUNT_TIMINGS),
        "discount_form": st.sampled_from(DISCOUNT_FORMS),
        "discount_rate_cost": st.floats(0, 0.1),
        "discount_rate_effect": st.floats(0, 0.1),
        "crossing": st.sampled_from([rule for rule in CROSSINGS if rule != "error"]),
    }
).map(lambda own: {**own, "cycle_length": min(own["cycle_length"], own["horizons"][-1])})


def model(progression_free, overall):
    def outcome(p, time):
        state = he.partition(
            time,
            progression_free=he.HazardRatio(progression_free, p.hazard_ratio),
            overall=he.HazardRatio(overall, p.hazard_ratio),
        )
        years = he.years_in(time, state)
        treated = he.share_at_start(time, progression_free, ceiling=overall)
        return he.Outcome(
            state,
            [
                he.cost("Drug", treated, p.price),
                he.cost("Care", years, p.care_cost_per_year),
                he.cost("Starting", he.at_start(time), 100.0),
                he.cost("End of life", he.entering(state, "dead"), p.end_of_life_cost),
                he.qaly("Time in state", years, p.utility),
                he.life_years("Life years", years, he.alive(state)),
                he.life_years("Time since start", years, 0.0),
            ],
        )

    return outcome


def case(progression_free, overall, setting, hazard_ratio=(1.0, 0.8, 1.3)):
    values = {
        "hazard_ratio": ("strategy", list(hazard_ratio)),
        "price": {"A": 10.0, "B": 20.0, "C": 0.0},
        "care_cost_per_year": {"progression_free": 100.0, "progressed": 300.0, "dead": 0.0},
        "end_of_life_cost": 1000.0,
        "utility": {"progression_free": 0.8, "progressed": 0.5, "dead": 0.0},
    }
    return he.Case(model(progression_free, overall), values, labels=LABELS, settings=setting)


@given(curve, curve, settings)
def test_shares_years_deaths_and_sums(progression_free, overall, setting):
    result = he.run(case(progression_free, overall, setting))
    shares = result.occupancy.values
    assert np.abs(shares.sum(axis=1) - 1).max() <= 1e-12
    assert shares.min() >= -1e-12

    frame = result.breakdown(undiscounted=True).set_index(["item", "strategy", "horizon_years"]).value
    for j, horizon in enumerate(result.time.horizons):
        edge = result.time.horizon_edges[j]
        for i, strategy in enumerate(STRATEGIES):
            living = sum(frame[f"Life years: {state}", strategy, horizon] for state in STATES)
            weights = result.time.residence_weights(None)[:, j]
            assert living + shares[i, 2] @ weights == pytest.approx(horizon, rel=1e-12)
            deaths = frame["End of life", strategy, horizon] / 1000
            assert deaths == pytest.approx(shares[i, 2, edge], abs=1e-12)

    for undiscounted in (False, True):
        prefix = "undiscounted_" if undiscounted else ""
        parts = result.breakdown(undiscounted=undiscounted).groupby(["strategy", "horizon_years", "kind"]).value.sum()
        for row in result.table().to_dict("records"):
            for kind in ("cost", "qaly", "life_years"):
                total = row[prefix + kind]
                assert parts[row["strategy"], row["horizon_years"], kind] == pytest.approx(total, rel=1e-13, abs=1e-13)
    assert (result.table().undiscounted_qaly >= result.table().qaly - 1e-12).all()


@given(curve, curve, settings)
def test_identical_arms_have_no_increments(progression_free, overall, setting):
    start = case(progression_free, overall, setting, hazard_ratio=(1.0, 1.0, 1.0)).with_values(price=5.0)
    pairs = he.run(start).incremental()
    assert (pairs[["incremental_cost", "incremental_qaly", "incremental_life_years"]] == 0).all(axis=None)
    assert set(pairs.quadrant) == {"equal"}
    assert pairs.icer.isna().all()


@given(curve, curve, settings, st.integers(1, 150), st.sampled_from([1, 2]))
def test_equal_bits_for_any_block_and_any_number_of_threads(progression_free, overall, setting, block, workers):
    n = 151
    generator = np.random.default_rng(7)
    start = case(progression_free, overall, setting)
    batch = start.with_values(
        hazard_ratio=(("draw", "strategy"), generator.uniform(0.5, 2, (n, 3))),
        end_of_life_cost=("draw", generator.gamma(4, 100, n)),
    )
    whole, parts = he.run(batch, block=n, workers=1), he.run(batch, block=block, workers=workers)
    for one, other in zip(whole.lines, parts.lines, strict=True):
        assert np.array_equal(one.discounted, other.discounted)
        assert np.array_equal(one.undiscounted, other.undiscounted)
    assert whole.crossings.edges.tolist() == parts.crossings.edges.tolist()
    assert whole.crossings.draws.tolist() == parts.crossings.draws.tolist()
    single = start.with_values(
        hazard_ratio=("strategy", batch.values["hazard_ratio"].values[3]),
        end_of_life_cost=float(batch.values["end_of_life_cost"].values[3]),
    )
    for one, alone in zip(whole.lines, he.run(single).lines, strict=True):
        np.testing.assert_allclose(one.discounted[3], alone.discounted, rtol=1e-12, atol=1e-12)


CHANGES = {
    "horizons": (2.0,),
    "cycle_length": 4,
    "cycle_unit": "month",
    "days_per_year": 360,
    "accrual": "start",
    "discount_rate_cost": 0.05,
    "discount_rate_effect": 0.05,
    "discount_form": "continuous",
    "discount_timing": "cycle_start",
    "crossing": "raise_os",
    "willingness_to_pay": (1000.0,),
    "comparator": "A",
}
#: Settings that say what the analysis is; they change what is printed, not a number.
WORDS = {"title", "population", "perspective", "currency"}
#: Settings whose effect is tested where they act: on workbooks (price years, doses), draws, the suite of analyses.
ELSEWHERE = {"price_year", "dose_timing", "draws", "seed", "evppi_groups", "sobol_samples", "severity"}


def test_every_setting_is_accounted_for():
    assert set(Settings().as_dict()) == set(CHANGES) | WORDS | ELSEWHERE


@pytest.mark.parametrize("name", CHANGES)
def test_every_setting_changes_a_result(name):
    start = case(he.Weibull(0.9, 1.0), he.Weibull(1.5, 1.6), {"horizons": (1.0, 4.0)})
    before, after = he.run(start).summary(), he.run(start.with_settings(**{name: CHANGES[name]})).summary()
    assert not before.equals(after)


@pytest.mark.parametrize("accrual", ACCRUALS)
@pytest.mark.parametrize("timing", DISCOUNT_TIMINGS)
def test_every_convention_differs_from_every_other(accrual, timing):
    start = case(he.Weibull(0.9, 1.0), he.Weibull(1.5, 1.6), {"horizons": (3.0,), "cycle_length": 8})
    costs = {}
    for rule in ACCRUALS:
        for when in DISCOUNT_TIMINGS:
            changed = start.with_settings(accrual=rule, discount_timing=when)
            costs[rule, when] = he.run(changed).table().cost[0]
    own = costs.pop((accrual, timing))
    assert all(own != other for other in costs.values())


def test_a_price_step_inside_a_cycle_is_exact():
    """Half the price from year 0.3 on, in cycles of a year: the integral is split at the step, for nobody dies."""

    def outcome(p, time):
        state = he.partition(time, overall=he.Exponential(1e-12))
        price = he.stepwise(time, {0: p.price, 0.3: p.price / 2})
        return he.Outcome(state, [he.cost("Drug", he.years_in(time, state, "alive"), price)])

    setting = {"horizons": (2,), "cycle_length": 1, "cycle_unit": "year", "discount_rate_cost": 0}
    start = he.Case(outcome, {"price": {"A": 100.0, "B": 200.0}}, labels={"strategy": ["A", "B"]}, settings=setting)
    assert he.run(start).table().cost.tolist() == pytest.approx([30 + 85, 60 + 170])
    batch = start.with_values(price=(("draw", "strategy"), [[100.0, 200.0], [10.0, 20.0]]))
    ours = he.run(batch).totals.cost.values[..., 0]
    np.testing.assert_allclose(ours, [[115, 230], [11.5, 23]], rtol=1e-9)
