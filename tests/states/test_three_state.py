import numpy as np
import pytest
from markov_models import by_strategy, timeline
from scipy.linalg import expm

import hecon as he
from hecon.errors import UnknownNameError

STATES = ("progression_free", "progressed", "dead")


def exact(rates, year):
    """Shares at a year from constant rates of progression, death before it and death after it."""
    progressing, before, after = rates
    matrix = np.array([[-progressing - before, progressing, before], [0, -after, after], [0, 0, 0]])
    return expm(matrix * year)[0]


@pytest.mark.parametrize("clock", ["reset", "forward"])
def test_constant_hazards_have_no_clock(clock):
    time = timeline(5, cycle_unit="week")
    curves = dict(
        zip(("progression", "pre_progression", "post_progression"), map(he.Exponential, (0.7, 0.1, 0.5)), strict=True)
    )
    state = he.three_state(time, **curves, clock=clock)
    # Nobody progresses and dies in the same week: the difference is of the order of the week.
    for place in range(0, len(time.edges), 52):
        np.testing.assert_allclose(state.values()[:, place], exact((0.7, 0.1, 0.5), time.edges[place]), atol=4e-3)
    rate = he.three_state(time, **(curves | {"post_progression": 0.5}), clock=clock)
    np.testing.assert_allclose(rate.values(), state.values(), atol=1e-14)


def test_the_clock_matters_where_hazards_rise():
    time = timeline(5, cycle_unit="month")
    curves = {"progression": he.Exponential(0.7), "pre_progression": he.Exponential(0.1)}
    rising = he.Weibull(2.0, 2.0)
    reset = he.three_state(time, **curves, post_progression=rising, clock="reset")
    forward = he.three_state(time, **curves, post_progression=rising, clock="forward")
    assert forward.values()[2, -1] > reset.values()[2, -1] + 0.05
    with pytest.raises(UnknownNameError, match="Did you mean 'reset'"):
        he.three_state(time, **curves, post_progression=rising, clock="rest")


def test_what_a_partition_implies_is_what_made_it():
    time = timeline(5, cycle_unit="week")
    truth = {"A": (0.7, 0.1, 0.5), "B": (0.4, 0.05, 0.8)}
    survival = [[exact(rates, year)[:2].sum() for year in np.linspace(0, 5, 601)] for rates in truth.values()]
    for place, (name, rates) in enumerate(truth.items()):
        overall = he.SurvivalTable(np.linspace(0, 5, 601), survival[place])
        progression_free = he.Exponential(rates[0] + rates[1])
        partition = he.partition(time, progression_free=progression_free, overall=overall)
        share = rates[0] / (rates[0] + rates[1])
        implied = he.mortality_after_progression(partition, share)
        assert float(implied) == pytest.approx(rates[2], rel=1e-3), name
        years = he.mortality_after_progression(partition, share, by_year=True)
        np.testing.assert_allclose(years.values, rates[2], rtol=4e-3)
        state = he.three_state(
            time,
            progression=he.HazardRatio(progression_free, share),
            pre_progression=he.HazardRatio(progression_free, 1 - share),
            post_progression=years,
        )
        np.testing.assert_allclose(state.values(), partition.values(), atol=5e-3)
        np.testing.assert_allclose(state.values()[0], partition.values()[0], atol=1e-6)


def test_one_mortality_for_all_strategies():
    time = timeline(5, cycle_unit="month")
    partition = he.partition(
        time, progression_free=he.Exponential(by_strategy(1.0, 0.5)), overall=he.Exponential(by_strategy(0.5, 0.3))
    )
    own = he.mortality_after_progression(partition, 0.9)
    assert own.dims == ("strategy",)
    common = he.mortality_after_progression(partition, 0.9, strategy="B")
    assert float(common) == float(own.sel(strategy="B"))


def test_nobody_is_treated_after_death():
    time = timeline(5, cycle_unit="month")
    curves = {"progression": he.Exponential(0.7), "pre_progression": he.Exponential(0.1)}
    state = he.three_state(time, **curves, post_progression=0.5)
    alive = he.survival_of(state).at_edges(time.edges)[0]
    np.testing.assert_allclose(alive, 1 - state.values()[2])
    treated = he.share_at_start(time, he.Exponential(0.01), ceiling=he.survival_of(state)).values
    np.testing.assert_array_equal(treated, np.minimum(np.exp(-0.01 * time.starts), alive[:-1]))
    with pytest.raises(he.LineError, match="last horizon of its own timeline"):
        he.survival_of(state).at_edges(np.array([0.0, 5.5]))


def test_between_edges_deaths_of_a_model_are_spread_evenly():
    time = timeline(2, cycle_unit="year")
    state = he.three_state(
        time, progression=he.Exponential(0.7), pre_progression=he.Exponential(0.1), post_progression=0.5
    )
    alive = 1 - state.values()[2]
    between = he.survival_of(state).at_edges(np.array([0.0, 0.25, 1.0, 1.5, 2.0]))[0]
    expected = [1, 0.75 + 0.25 * alive[1], alive[1], (alive[1] + alive[2]) / 2, alive[2]]
    np.testing.assert_allclose(between, expected, rtol=1e-14)
