import numpy as np
import pytest
import xarray as xr

import hecon as he
from hecon.errors import AlignmentError, CrossingError, UnknownNameError


def timeline(**settings):
    base = {"horizons": (4,), "cycle_length": 0.5, "cycle_unit": "year"}
    return he.Timeline.regular(he.Settings(**(base | settings)))


PFS, OS = he.Weibull(0.8, 2.0), he.Weibull(2.0, 1.5)


def shares(**settings):
    time = timeline(**settings)
    return time, he.partition(time, progression_free=PFS, overall=OS)


def test_shares_are_differences_of_the_curves():
    time = timeline()
    state = he.partition(time, progression_free=he.Exponential(1.0), overall=he.Exponential(0.4))
    inner, outer = np.exp(-time.edges), np.exp(-0.4 * time.edges)
    np.testing.assert_allclose(state.values(), [inner, outer - inner, 1 - outer], atol=1e-15)
    assert state.states == ("progression_free", "progressed", "dead")
    assert state.crossings.edges.tolist() == [0]


def test_cap_pfs_lowers_the_inner_curve():
    time, state = shares(crossing="cap_pfs")
    np.testing.assert_allclose(state.values()[0], np.minimum(PFS.survival(time.edges), OS.survival(time.edges)))
    np.testing.assert_allclose(state.values()[2], 1 - OS.survival(time.edges))


def test_raise_os_raises_the_outer_curve():
    time, state = shares(crossing="raise_os")
    np.testing.assert_allclose(state.values()[0], PFS.survival(time.edges))
    np.testing.assert_allclose(state.values()[2], 1 - np.maximum(PFS.survival(time.edges), OS.survival(time.edges)))


def test_max_hazard_gives_the_inner_curve_at_least_the_outer_hazard():
    time, state = shares(crossing="max_hazard")
    inner, outer = state.values()[0], 1 - state.values()[2]
    np.testing.assert_allclose(outer, OS.survival(time.edges))
    kept = inner[1:] / inner[:-1]
    alone = PFS.survival(time.edges)[1:] / PFS.survival(time.edges)[:-1]
    np.testing.assert_allclose(kept, np.minimum(alone, outer[1:] / outer[:-1]))
    assert (inner <= outer + 1e-15).all()


def test_error_says_where_and_how_far():
    with pytest.raises(CrossingError, match=r"progression_free curve lies above the overall curve by 0\.\d+ at year"):
        shares(crossing="error")
    time = timeline(crossing="error")
    fine = he.partition(time, progression_free=he.Exponential(1.0), overall=he.Exponential(0.4))
    assert fine.crossings.rule == "error"


def test_the_error_names_draw_and_strategy():
    rate = xr.DataArray([[1.0, 1.0], [1.0, 0.1]], dims=("draw", "strategy"), coords={"strategy": ["A", "B"]})
    with pytest.raises(CrossingError, match="draw 1, strategy B"):
        he.partition(timeline(crossing="error"), progression_free=he.Exponential(rate), overall=he.Exponential(0.5))


def test_crossings_are_counted_by_strategy():
    rate = xr.DataArray(
        [[1.0, 0.2], [1.0, 0.1], [1.0, 1.0]], dims=("draw", "strategy"), coords={"strategy": ["A", "B"]}
    )
    time = timeline()
    state = he.partition(time, progression_free=he.Exponential(rate), overall=he.Exponential(0.5))
    assert state.crossings.draws.tolist() == [0, 2]
    assert state.crossings.edges.tolist() == [0, 2 * time.cycles]
    gap = np.exp(-0.1 * time.edges) - np.exp(-0.5 * time.edges)
    assert state.crossings.widest.tolist() == pytest.approx([0, gap.max()])
    assert state.crossings.first.tolist() == [np.inf, 0.5]


def test_four_nested_curves():
    time = timeline()
    rates = {"first_line": 2.0, "second_line": 1.0, "third_line": 0.5, "overall": 0.25}
    names = ["first_line", "second_line", "third_line", "palliative", "dead"]
    curves = {name: he.Exponential(rate) for name, rate in rates.items()}
    state = he.partition(time, states=names, **curves)
    np.testing.assert_allclose(state.values().sum(axis=0), 1, atol=1e-15)
    np.testing.assert_allclose(state.values()[2], np.exp(-0.5 * time.edges) - np.exp(-time.edges), atol=1e-15)
    with pytest.raises(AlignmentError, match="needs states="):
        he.partition(time, **curves)
    with pytest.raises(AlignmentError, match="make 5 states, but 2 are named"):
        he.partition(time, states=["alive", "dead"], **curves)


def test_crossing_curves_among_many_stay_nested():
    time = timeline()
    for rule in ("cap_pfs", "raise_os", "max_hazard"):
        state = he.partition(
            time, states=["a", "b", "c", "dead"], crossing=rule, x=PFS, y=OS, overall=he.Exponential(0.5)
        )
        assert state.values().min() >= -1e-15
        np.testing.assert_allclose(state.values().sum(axis=0), 1, atol=1e-12)


def test_entries_and_years():
    time = timeline()
    state = he.partition(time, progression_free=he.Exponential(1.0), overall=he.Exponential(0.4))
    deaths = he.entering(state, "dead")
    assert deaths.values.sum() == pytest.approx(1 - np.exp(-0.4 * 4))
    progressions = he.entering(state, "progressed")
    assert progressions.values.sum() == pytest.approx(1 - np.exp(-4))
    assert he.entering(state, "progression_free").values.sum() == 0
    np.testing.assert_array_equal(he.years_in(time, state, "progressed").values, state.values()[1])
    with pytest.raises(UnknownNameError, match="Did you mean 'progressed'"):
        he.years_in(time, state, "progresed")
    with pytest.raises(UnknownNameError, match="no state 'alive'"):
        he.entering(state, "alive")
    assert he.alive(state).values.tolist() == [1, 1, 0]


def test_nobody_is_treated_after_death():
    time = timeline()
    treated = he.share_at_start(time, PFS, ceiling=OS)
    np.testing.assert_array_equal(treated.values, np.minimum(PFS.survival(time.starts), OS.survival(time.starts)))
    np.testing.assert_array_equal(he.share_at_start(time, PFS).values, PFS.survival(time.starts))


def test_flows_weigh_the_same_in_one_product_as_cycle_by_cycle():
    time = timeline()
    weights = np.random.default_rng(1).uniform(size=(time.cycles, 2))
    state = he.partition(time, progression_free=PFS, overall=OS)
    for flow in (he.entering(state, "dead"), he.share_at_start(time, PFS)):
        np.testing.assert_allclose(flow.shares.contracted(weights), flow.values @ weights, rtol=1e-12)
    edges = np.random.default_rng(1).uniform(size=(time.cycles + 1, 2))
    np.testing.assert_allclose(state.contracted(edges), state.values() @ edges, atol=1e-12)


def test_several_cohorts_are_counted_by_their_share():
    time = timeline()
    response = xr.DataArray([0.3, 0.7], dims="response", coords={"response": ["yes", "no"]})
    rate = xr.DataArray([0.2, 0.8], dims="response", coords={"response": ["yes", "no"]})
    curves = {"progression_free": he.Exponential(2 * rate), "overall": he.Exponential(rate)}
    state = he.partition(time, **curves, cohorts=response)
    assert state.axes.dims == ("response", "state")
    alone = [he.partition(time, progression_free=he.Exponential(2 * r), overall=he.Exponential(r)) for r in (0.2, 0.8)]
    for place, (share, one) in enumerate(zip((0.3, 0.7), alone, strict=True)):
        np.testing.assert_allclose(state.values()[place], share * one.values(), atol=1e-15)
        for name in state.states:
            entries = state.entries(name).values()
            np.testing.assert_allclose(entries[place], share * one.entries(name).values(), atol=1e-15)
    weights = np.random.default_rng(1).uniform(size=(len(time.edges), 2))
    np.testing.assert_allclose(state.contracted(weights), state.values() @ weights, rtol=1e-12)
    treated = he.share_at_start(time, curves["progression_free"], cohorts=response).values
    np.testing.assert_allclose(treated.sum(axis=0), state.values()[:, 0, :-1].sum(axis=0), atol=1e-15)


def test_cohorts_need_their_shares():
    rate = xr.DataArray([0.2, 0.8], dims="response", coords={"response": ["yes", "no"]})
    with pytest.raises(he.InputError, match="the states vary by response; give the share of each"):
        he.partition(timeline(), overall=he.Exponential(rate))
    with pytest.raises(he.InputError, match="the states vary by response"):
        he.share_at_start(timeline(), he.Exponential(rate))
    with pytest.raises(he.InputError, match=r"sum to 0\.5; they are at least 0 and sum to 1"):
        he.partition(timeline(), overall=he.Exponential(rate), cohorts=rate / 2)


def test_what_has_no_states_is_asked_for_no_state():
    time = timeline()
    curve = he.Exponential(0.3)
    treated = he.share_at_start(time, curve).shares
    with pytest.raises(he.HeconError, match="years in one state are asked of a partition or a Markov model"):
        he.years_in(time, treated, "alive")
    with pytest.raises(he.HeconError, match="or a Markov model gives, not Expo"):
        he.years_in(time, curve)
