import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markov_models import MOVES, by_strategy, generator, matrix, on, shares, timeline
from scipy.linalg import expm
from threadpoolctl import threadpool_limits

import hecon as he
from hecon.errors import InputError, UnknownNameError
from hecon.products import SMALL_PRODUCT
from hecon.states.columns import contract_columns
from hecon.survival.background import LifeTable

small = st.floats(0, 0.32)
moves = st.fixed_dictionaries(dict.fromkeys(MOVES, small))
rates = st.fixed_dictionaries({pair: st.floats(0, 30) for pair in MOVES})


@given(moves)
def test_shares_are_powers_of_the_matrix(given_moves):
    found = shares(given_moves).values()
    for cycle in range(9):
        np.testing.assert_allclose(found[:, cycle], np.linalg.matrix_power(matrix(given_moves), cycle)[0], atol=1e-14)
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-14)


def test_shares_are_those_of_the_eigenvectors():
    values, vectors = np.linalg.eig(matrix(MOVES).T)
    weights = np.linalg.solve(vectors, [1, 0, 0])
    expected = np.real([vectors @ (weights * values**cycle) for cycle in range(9)]).T
    np.testing.assert_allclose(shares().values(), expected, atol=1e-13)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_two_states_against_the_closed_form(off, on_again, start):
    """The share drifts to on / (on + off), by the factor 1 - on - off a cycle."""
    time = timeline(30)
    moves = {("on", "off"): off, ("off", "on"): on_again}
    transitions = he.Transitions(["on", "off"], moves, dead=[])
    if min(start, 1 - start) == 0 and 0 in (off, on_again):
        return  # a state that nobody can reach is refused
    state = he.markov(time, transitions, {"on": start, "off": he.REMAINING})
    settled = on_again / (on_again + off) if on_again + off else start
    expected = settled + (start - settled) * (1 - off - on_again) ** np.arange(31)
    np.testing.assert_allclose(state.values()[0], expected, atol=1e-12)
    assert he.alive(state).values.tolist() == [1, 1]


@given(st.floats(0, 20), st.floats(0, 20))
def test_two_states_at_rates_against_the_closed_form(off, on_again):
    time = timeline(5.5, cycle_length=0.25)
    moves = {("on", "off"): off, ("off", "on"): on_again}
    state = he.markov(time, he.Transitions(["on", "off"], moves, kind="rate", dead=[]), {"on": 0.9, "off": 0.1})
    settled = on_again / (on_again + off) if on_again + off else 0.9
    expected = settled + (0.9 - settled) * np.exp(-(off + on_again) * time.edges)
    np.testing.assert_allclose(state.values()[0], expected, atol=1e-12)


@given(rates, st.lists(st.floats(0.1, 9), min_size=1, max_size=3, unique=True).map(sorted))
def test_rates_give_the_exact_exponential_at_every_edge(given_rates, horizons):
    time = timeline(*horizons, cycle_length=min(1, horizons[-1]))
    found = shares(given_rates, time, kind="rate").values()
    for place, year in enumerate(time.edges):
        np.testing.assert_allclose(found[:, place], expm(generator(given_rates) * year)[0], atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-12)


@given(rates)
def test_moves_at_rates_balance_the_shares(given_rates):
    state = shares(given_rates, kind="rate")
    found = state.values()
    flow = {pair: he.moving(state, *pair).values for pair in MOVES}
    change = np.diff(found, axis=-1)
    np.testing.assert_allclose(flow["well", "dead"] + flow["ill", "dead"], change[2], atol=1e-12)
    into_ill = flow["well", "ill"] - flow["ill", "well"] - flow["ill", "dead"]
    np.testing.assert_allclose(into_ill, change[1], atol=1e-11)
    np.testing.assert_allclose(he.entering(state, "ill").values, flow["well", "ill"], atol=1e-12)


@given(moves)
def test_moves_balance_the_shares(given_moves):
    state = shares(given_moves)
    found, change = state.values(), np.diff(state.values(), axis=-1)
    np.testing.assert_allclose(
        he.moving(state, "well", "ill").values, found[0, :-1] * given_moves["well", "ill"], atol=1e-15
    )
    np.testing.assert_allclose(he.entering(state, "dead").values, change[2], atol=1e-14)
    out = he.moving(state, "ill", "well").values + he.moving(state, "ill", "dead").values
    np.testing.assert_allclose(he.entering(state, "ill").values - out, change[1], atol=1e-14)


positive = st.floats(0.3, 5)
curves = st.one_of(
    st.builds(he.Exponential, positive),
    st.builds(he.Weibull, positive, positive),
    st.builds(he.Gompertz, st.floats(-0.5, 0.5), positive),
    st.builds(he.Lognormal, st.floats(-1, 3), positive),
    st.builds(he.LogLogistic, positive, positive),
    st.builds(he.HazardRatio, st.builds(he.Weibull, positive, positive), positive),
    st.builds(lambda scale, ratio: he.Waning(he.Exponential(1 / scale), ratio, 1.0, 3.0), positive, positive),
)


@given(curves)
def test_transitions_of_a_curve_give_the_curve(curve):
    time = timeline(2.3, 8)
    edges = curve.survival(time.edges)
    at_rates = he.Transitions(["alive", "dead"], {("alive", "dead"): he.rate_by_cycle(time, curve)}, kind="rate")
    np.testing.assert_allclose(he.markov(time, at_rates, "alive").values()[0], edges, rtol=1e-9, atol=1e-14)
    stepped = he.Transitions(["alive", "dead"], {("alive", "dead"): he.probability_by_cycle(time, curve)})
    whole = he.markov(time, stepped, "alive").values()[0][time.edges == np.rint(time.edges)]
    np.testing.assert_allclose(whole, curve.survival(np.arange(9.0)), rtol=1e-9, atol=1e-14)


def test_a_curve_that_reaches_nought_is_left_by_everybody():
    time = timeline(4)
    step = he.SurvivalTable([0.0, 1.0, 2.0], [1.0, 0.5, 0.0])
    moves = {("well", "ill"): he.rate_by_cycle(time, step), ("well", "dead"): 0.1, ("ill", "dead"): 0.3}
    state = shares(moves, time, kind="rate")
    assert state.values()[0].tolist() == pytest.approx([1, 0.5 * np.exp(-0.1), 0, 0, 0])
    left = he.moving(state, "well", "ill").values.sum() + he.moving(state, "well", "dead").values.sum()
    assert left == pytest.approx(1, rel=1e-12)


def test_competing_events_share_those_who_leave():
    time = timeline()
    ill, dead = he.Weibull(1.3, 4.0), he.Exponential(0.1)
    both = he.competing(time, ill=ill, dead=dead)
    left = 1 - sum(both.values()).values
    edges = np.arange(9.0)
    event_free = ill.survival(edges) * dead.survival(edges)
    np.testing.assert_allclose(np.cumprod(left), event_free[1:], rtol=1e-13)
    hazards = np.diff(ill.cumulative_hazard(edges)), np.diff(dead.cumulative_hazard(edges))
    np.testing.assert_allclose(both["ill"] / both["dead"], hazards[0] / hazards[1], rtol=1e-12)


def test_competing_events_where_a_curve_reaches_nought():
    step = he.SurvivalTable([0.0, 2.0], [1.0, 0.0])
    both = he.competing(timeline(4), ill=step, dead=he.Exponential(0.1))
    assert (both["ill"] + both["dead"]).values.max() == 1
    assert np.isfinite(both["dead"].values).all()


def test_a_horizon_between_cycles_changes_no_share_elsewhere():
    plain, cut = timeline(8), timeline(2.3, 4.9, 8)
    whole, pieces = shares(time=plain).values(), shares(time=cut).values()
    on_cycles = np.isin(cut.edges, plain.edges)
    np.testing.assert_array_equal(pieces[:, on_cycles], whole)
    at = int(np.argmin(np.abs(cut.edges - 2.3)))
    np.testing.assert_allclose(pieces[:, at], 0.7 * whole[:, 2] + 0.3 * whole[:, 3], atol=1e-15)


def test_a_horizon_within_the_last_cycle():
    state = shares(time=timeline(2.5))
    whole = shares(time=timeline(3)).values()
    np.testing.assert_allclose(state.values()[:, -1], (whole[:, 2] + whole[:, 3]) / 2, atol=1e-15)
    assert state.values().shape == (3, 4)


@pytest.mark.parametrize("horizons", [(8,), (2.3, 4.9, 8), (2.5,)])
@pytest.mark.parametrize("kind", ["probability", "rate"])
def test_flows_weigh_the_same_in_one_product_as_edge_by_edge(horizons, kind):
    time = timeline(*horizons)
    state = shares({pair: by_strategy(value, value / 2) for pair, value in MOVES.items()}, time, kind=kind)
    generator_ = np.random.default_rng(1)
    edges, cycles = generator_.uniform(size=(time.cycles + 1, 2)), generator_.uniform(size=(time.cycles, 2))
    np.testing.assert_allclose(state.contracted(edges), state.values() @ edges, rtol=1e-12)
    for flow in (he.entering(state, "dead"), he.entering(state, "ill"), he.moving(state, "ill", "well")):
        np.testing.assert_allclose(flow.shares.contracted(cycles), flow.values @ cycles, rtol=1e-12)
    for flow in (he.years_in(time, state, "ill"), he.years_in(time, state, "dead"), he.arriving(state, "ill")):
        np.testing.assert_allclose(flow.shares.contracted(edges), flow.values @ edges, rtol=1e-12, atol=1e-15)


def test_events_of_a_cut_cycle_are_shared_out():
    state = shares(time=timeline(2.3, 8))
    whole = shares(time=timeline(8))
    pieces, moved = he.moving(state, "well", "ill").values, he.moving(whole, "well", "ill").values
    assert pieces[2] == pytest.approx(0.3 * moved[2])
    assert pieces[2] + pieces[3] == pytest.approx(moved[2])
    np.testing.assert_allclose(he.entering(state, "dead").values.sum(), he.entering(whole, "dead").values.sum())


def test_values_by_cycle_and_their_steps():
    time = timeline(2.3, 8)
    risk = he.stepwise(time, {0: 0.5, 3: 1.0})
    state = shares({("well", "ill"): (0.2, risk), ("ill", "dead"): 0.3}, time)
    expected, share = [], np.array([1.0, 0.0, 0.0])
    for cycle in range(9):
        expected.append(share)
        worse = 0.2 * (0.5 if cycle < 3 else 1.0)
        share = share @ np.array([[1 - worse, worse, 0], [0, 0.7, 0.3], [0, 0, 1]])
    np.testing.assert_allclose(state.values()[:, np.isin(time.edges, np.arange(9.0))].T, expected, atol=1e-15)


def test_a_value_that_varies_within_a_cycle_is_refused_for_probabilities_and_taken_for_rates():
    time = timeline(2.3, 8)
    changing = he.stepwise(time, {0: 0.1, 2.3: 0.4})
    with pytest.raises(InputError, match=r"well to ill +varies within a model cycle"):
        shares({("well", "ill"): changing, ("ill", "dead"): 0.3}, time)
    state = shares({("well", "ill"): changing, ("ill", "dead"): 0.3}, time, kind="rate")
    assert state.values()[0, -1] == pytest.approx(np.exp(-0.1 * 2.3 - 0.4 * 5.7), rel=1e-12)


def test_rates_by_model_cycle_hold_in_each_part_of_a_cut_cycle():
    time = timeline(2.3, 8)
    by_year = on("cycle", np.linspace(0.1, 0.4, 8))
    state = shares({("well", "ill"): by_year, ("ill", "dead"): 0.3}, time, kind="rate")
    assert state.values()[0, -1] == pytest.approx(np.exp(-by_year.values.sum()), rel=1e-12)


def test_draws_strategies_and_other_dimensions_join():
    ill = on(("draw", "strategy"), [[0.1, 0.2], [0.3, 0.4], [0.0, 0.5]], strategy=["A", "B"])
    dead = on("cycle", np.linspace(0.01, 0.3, 8))
    state = shares({("well", "ill"): ill, ("well", "dead"): dead, ("ill", "dead"): by_strategy(0.3, 0.4)})
    assert state.axes.dims == ("draw", "strategy", "state")
    assert state.values().shape == (3, 2, 3, 9)
    one = shares({("well", "ill"): 0.4, ("well", "dead"): dead, ("ill", "dead"): 0.4})
    np.testing.assert_array_equal(state.values()[1, 1], one.values())


def test_several_cohorts_by_age():
    time = timeline(3)
    table = on("age", [0.01, 0.02, 0.03, 0.04, 0.5], age=["60", "61", "62", "63", "64"])
    age = on("group", [60.0, 62.0], group=["younger", "older"])
    dying = he.by_age(time, table, age)
    np.testing.assert_allclose(dying.values, [[0.01, 0.02, 0.03], [0.03, 0.04, 0.5]])
    transitions = he.Transitions(["alive", "dead"], {("alive", "dead"): dying})
    mix = on("group", [0.25, 0.75], group=["younger", "older"])
    state = he.markov(time, transitions, "alive", cohorts=mix)
    alive = state.values()[:, 0, :]
    np.testing.assert_allclose(alive[:, -1], [0.25 * 0.99 * 0.98 * 0.97, 0.75 * 0.97 * 0.96 * 0.5])
    np.testing.assert_allclose(state.values().sum(axis=(0, 1)), 1)
    with pytest.raises(InputError, match=r"give the share of each"):
        he.markov(time, transitions, "alive")
    with pytest.raises(InputError, match=r"sum to 1\.25"):
        he.markov(time, transitions, "alive", cohorts=mix + 0.125)
    assert he.survival_of(state).at_edges(time.edges)[0].tolist() == alive.sum(axis=0).tolist()


def test_a_life_table_as_probabilities_by_age_and_as_a_curve():
    time = timeline(3)
    deaths = {60: 0.01, 61: 0.02, 62: 0.03, 63: 0.04}
    table = on("age", list(deaths.values()), age=[str(age) for age in deaths])
    curve = LifeTable(deaths, start_age=61)
    by_curve = he.probability_by_cycle(time, curve).values
    np.testing.assert_allclose(he.by_age(time, table, 61).values, by_curve, rtol=1e-12)
    np.testing.assert_allclose(he.rate_by_cycle(time, curve).values, -np.log1p(-by_curve), rtol=1e-12)


def test_values_by_age_past_and_before_the_table():
    time = timeline(3)
    table = on("age", [0.01, 0.02], age=["60", "61"])
    assert he.by_age(time, table, 60).values.tolist() == [0.01, 0.02, 0.02]
    assert he.by_age(table, time, 60).equals(he.by_age(time, table, 60))  # the order of 0.1.0
    with pytest.raises(InputError, match=r"begins at 60; the cohort is 59 at the start"):
        he.by_age(time, table, 59.0)


def test_labels_of_ages_are_numbers():
    table = on("age", [0.01, 0.02], age=["young", "old"])
    with pytest.raises(he.AlignmentError, match=r"numbers of years, such as 60, 61, 62; 'young' is not"):
        he.by_age(timeline(3), table, 60)
    with pytest.raises(he.AlignmentError, match=r"the labels of 'age' must increase"):
        he.by_age(timeline(3), table.assign_coords(age=["61", "60"]), 61)


def test_starts_in_several_states():
    state = shares(start={"well": he.REMAINING, "ill": by_strategy(0.25, 0.5)})
    assert state.values()[:, :, 0].tolist() == [[0.75, 0.25, 0], [0.5, 0.5, 0]]
    with pytest.raises(InputError, match=r"sum to 1\.1"):
        shares(start={"well": 0.8, "ill": 0.3})
    with pytest.raises(InputError, match=r"ill +its share is -0.1"):
        shares(start={"well": 1.1, "ill": -0.1})
    with pytest.raises(InputError, match=r"second complement"):
        shares(start={"well": he.REMAINING, "ill": he.REMAINING})
    with pytest.raises(UnknownNameError, match=r"Did you mean 'well'"):
        shares(start="wel")
    with pytest.raises(InputError, match=r"is list; give a state"):
        shares(start=[1, 0, 0])


def test_a_start_by_state_as_a_parameter_gives_it():
    drawn = on(("draw", "state"), [[0.75, 0.25, 0], [0.5, 0.5, 0]], state=["well", "ill", "dead"])
    assert shares(start=drawn).values()[:, :, 0].tolist() == drawn.values.tolist()
    np.testing.assert_array_equal(shares(start=drawn[0].to_series()).values(), shares(start=drawn[0]).values())


def test_what_cohorts_and_states_begin_with():
    time = timeline(3)
    mix = on("group", [0.25, 0.75], group=["younger", "older"])
    start = {"well": he.REMAINING, "ill": on("group", [0.1, 0.5], group=["younger", "older"])}
    state = he.markov(time, he.Transitions(["well", "ill", "dead"], MOVES), start, cohorts=mix)
    flow = he.at_start(time, state)
    assert flow.rule == "once"
    np.testing.assert_allclose(flow.labelled().values[..., 0], [[0.225, 0.025, 0], [0.375, 0.375, 0]])


def test_values_by_year_since_the_start():
    table = on(("strategy", "year"), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], strategy=["A", "B"], year=["0", "1", "3"])
    time = timeline(2, cycle_length=0.5)
    assert he.by_year(time, table).values.tolist() == [[1, 1, 2, 2], [4, 4, 5, 5]]
    with pytest.raises(InputError, match=r"begins at 1; the model starts at 0"):
        he.by_year(time, table.isel(year=[1, 2]))
    with pytest.raises(he.AlignmentError, match=r"need a dimension 'year'; they have none"):
        he.by_year(time, 3.0)


def test_cycles_are_numbered_from_1():
    time = timeline(2.3, 4)
    assert he.cycle_numbers(time).values.tolist() == [1, 2, 3, 4]
    falling = shares({("well", "ill"): 0.1 * he.cycle_numbers(time), ("ill", "dead"): 0.3}, time)
    assert falling.values()[0, -1] == pytest.approx(0.9 * 0.8 * 0.7 * 0.6)


def test_a_tree_in_front_of_a_model():
    tree = he.Tree({"responds": (0.6, {"well": 0.9, "dead": he.REMAINING}), "ill": he.REMAINING})
    state = shares(start=tree.start())
    np.testing.assert_allclose(state.values()[:, 0], [0.54, 0.4, 0.06])


def test_movers_are_counted_where_they_arrive():
    state = shares()
    arrived, moved = he.arriving(state, "ill", origin="well"), he.moving(state, "well", "ill")
    assert arrived.rule == "residence"
    np.testing.assert_allclose(arrived.values, [0, *moved.values])
    np.testing.assert_allclose(he.arriving(state, "dead").values, [0, *he.entering(state, "dead").values])


def test_unknown_moves_are_named():
    state = shares()
    with pytest.raises(UnknownNameError, match=r"transition from 'well' to"):
        he.moving(state, "well", "well")
    with pytest.raises(UnknownNameError, match=r"Did you mean 'dead'"):
        he.moving(state, "well", "dad")


def test_memory_that_is_still_seen_is_not_used_again():
    first = he.years_in(timeline(), shares(), "well")
    before = first.values.copy()
    for _ in range(5):
        shares({("well", "ill"): 0.9, ("ill", "dead"): 0.9})
    np.testing.assert_array_equal(first.values, before)


def test_probabilities_need_an_edge_at_each_cycle():
    time = he.Timeline(np.array([0.0, 1.0, 3.0]), (3.0,), timeline(3).settings)
    with pytest.raises(he.AlignmentError, match=r"edge at the end of every cycle"):
        shares(time=time)


def test_a_dense_chain_is_stepped_by_matrices_with_equal_bits_in_any_block():
    generator, names = np.random.default_rng(1), (*"abcde", "dead")
    drawn = generator.dirichlet(np.ones(6), (600, 6))
    drawn[:, -1] = np.eye(6)[-1]

    def outcome(p, time):
        state = he.markov(time, he.Transitions.from_matrix(names, p.probability), {"a": 0.7, "b": 0.3})
        return he.Outcome(state, [he.qaly("Time", he.years_in(time, state), p.utility)])

    values = {"probability": (("draw", "from", "to"), drawn), "utility": ("state", np.linspace(1, 0, 6))}
    settings = {"horizons": [10], "cycle_length": 1, "cycle_unit": "year", "discount_rate_effect": 0.0}
    case = he.Case(outcome, values, labels={"strategy": ["A"], "state": names}, settings=settings)
    whole = he.run(case)
    share, years = np.array([0.7, 0.3, 0, 0, 0, 0]), np.zeros((600, 6))
    shares = np.broadcast_to(share, (600, 6))
    for cycle in range(11):
        years += shares * (0.5 if cycle in (0, 10) else 1.0)
        shares = np.einsum("df,dft->dt", shares, drawn)
    np.testing.assert_allclose(whole.totals.qaly.values[:, 0, 0], years @ np.linspace(1, 0, 6), rtol=1e-12)
    for block in (43, 513):
        assert (he.run(case, block=block).totals.qaly.values == whole.totals.qaly.values).all()


ASKED = ["well", "dead", ("entering", "dead"), ("entering", "ill"), ("leaving", "well"), ("moving", "well", "ill")]


@pytest.mark.parametrize(("kind", "horizon"), [("probability", 20.5), ("rate", 20)])
@pytest.mark.parametrize("asked", [None, *ASKED, ("entering", "well")], ids=str)
def test_sums_over_time_are_those_of_the_shares_with_equal_bits_in_any_block(kind, horizon, asked):
    draws, time = np.random.default_rng(1).uniform(0.05, 0.3, (4, 9000)), timeline(horizon)
    weights = np.random.default_rng(2).uniform(size=(len(time.edges), 5))

    def flow(rows):
        given = {pair: on("draw", values[:rows]) for pair, values in zip(MOVES, draws, strict=True)}
        state = shares(given, time, kind=kind)
        assert state.by_parts
        if isinstance(asked, tuple):
            return getattr(he, asked[0])(state, *asked[1:])
        return he.years_in(time, state, asked)

    whole = flow(9000)
    along = weights[: whole.values.shape[-1]]
    sums = whole.shares.contracted(along)
    np.testing.assert_allclose(sums, whole.values @ along, rtol=1e-12)
    for rows in (1, 65, 5000):
        assert (flow(rows).shares.contracted(along) == sums[:rows]).all()


@pytest.mark.parametrize("states", [8, 70])
def test_no_product_of_a_dense_chain_is_large_enough_to_be_shared_among_threads(states, monkeypatch):
    names, sizes, plain = [f"S{i}" for i in range(states)], [], np.matmul
    matrix = np.full((states, states), 1 / states)

    def watched(a, b, **options):
        sizes.append(a.shape[-2] * a.shape[-1] * b.shape[-1])
        return plain(a, b, **options)

    time = timeline(30 if states < 70 else 3)
    state = he.markov(time, he.Transitions.from_matrix(names, matrix, dead=[]), names[0])
    monkeypatch.setattr(np, "matmul", watched)
    years = state.within(names[1]).contracted(np.ones((len(time.edges), 1)))
    assert years.item() == pytest.approx(len(time.edges[1:]) / states)
    assert max(sizes) <= SMALL_PRODUCT


def test_many_columns_have_the_same_bits_for_any_number_of_threads():
    generator = np.random.default_rng(1)
    columns, weights = generator.uniform(size=(700, 130)), generator.uniform(size=(700, 90))
    found = []
    for threads in (1, 4):
        with threadpool_limits(threads, user_api="blas"):
            found.append(contract_columns(columns, weights))
    assert (found[0] == found[1]).all()
    np.testing.assert_allclose(found[0], columns.T @ weights, rtol=1e-12)
