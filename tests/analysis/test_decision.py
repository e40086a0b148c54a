"""Acceptability, frontier, loss, net benefit, plane and convergence on arrays of draws."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hecon.analysis.value.decision import ceac, ceaf, convergence, cost_effectiveness_plane, expected_loss, net_benefit
from hecon.analysis.value.incremental import incremental_analysis
from hecon.analysis.value.perfect_information import evpi
from hecon.analysis.value.sample import sample
from hecon.errors import AlignmentError, HeconError, InputError, UnknownNameError

NAMES = ["A", "B", "C"]


@pytest.fixture(scope="module")
def draws():
    stream = np.random.default_rng(3)
    effects = 1 + stream.normal([0.0, 0.1, 0.15], 0.1, (4000, 3))
    costs = stream.gamma(50, [200, 300, 400], (4000, 3))
    return costs, effects


@st.composite
def samples(draw, integers=False):
    shape = draw(st.integers(2, 30)), draw(st.integers(1, 4))
    one = st.integers(-3, 3).map(float) if integers else st.floats(-1e6, 1e6)
    return draw(arrays(float, shape, elements=one)), draw(arrays(float, shape, elements=one))


@given(samples(integers=True), st.sampled_from([0.0, 0.5, 1.0, 1e5, np.inf]))
def test_probabilities_sum_to_one_also_with_ties(data, threshold):
    curve = ceac(*data, threshold)
    assert curve.probability.sum() == pytest.approx(1, abs=1e-12)
    assert curve.probability.between(0, 1).all()


@given(samples())
def test_only_costs_count_at_nought_and_only_effects_at_infinity(data):
    costs, effects = data
    at_nought = ceac(costs, effects, 0.0).probability
    at_infinity = ceac(costs, effects, np.inf).probability
    np.testing.assert_array_equal(at_nought, ceac(costs, 0 * effects, 7.0).probability)
    np.testing.assert_array_equal(at_infinity, ceac(0 * costs, effects, 1.0).probability)


def test_acceptability_reaches_its_limits(draws):
    costs, effects = draws
    for far, limit in ((1e-9, 0.0), (1e15, np.inf)):
        np.testing.assert_allclose(ceac(*draws, far).probability, ceac(*draws, limit).probability, atol=1e-9)
    cheapest, best = np.bincount(costs.argmin(axis=1), minlength=3), np.bincount(effects.argmax(axis=1), minlength=3)
    np.testing.assert_allclose(ceac(*draws, [0.0, np.inf]).probability, np.concatenate([cheapest, best]) / 4000)


def test_tied_strategies_share_a_draw():
    costs, effects = np.ones((4, 3)), np.array([[1.0, 1, 0], [1, 1, 0], [1, 1, 1], [0, 0, 1]])
    np.testing.assert_allclose(ceac(costs, effects, 10.0, NAMES).probability, [4 / 12, 4 / 12, 4 / 12])
    # rounding does not break a tie: 0.1 + 0.2 and 0.3 are one net benefit
    shares = sample([[0.0, 0.0]] * 2, [[0.1 + 0.2, 0.3]] * 2).shares(1e5)
    np.testing.assert_array_equal(shares, 0.5)


def test_standard_error_is_that_of_a_share(draws):
    curve = ceac(*draws, 40_000, NAMES)
    p = curve.probability
    np.testing.assert_allclose(curve.standard_error, np.sqrt(p * (1 - p) / 3999))


def test_frontier_names_the_best_on_average_not_the_most_often_best():
    costs = np.zeros((10, 2))
    effects = np.column_stack([np.zeros(10), [10.0] + [-1.0] * 9])
    frontier = ceaf(costs, effects, [1.0], ["often", "average"])
    assert frontier.strategy.tolist() == ["average"]
    assert frontier.probability.tolist() == [0.1]


def test_frontier_lies_on_the_curves(draws):
    levels = [0.0, 20_000, 50_000, np.inf]
    curve = ceac(*draws, levels, NAMES).set_index(["willingness_to_pay", "strategy"])
    for row in ceaf(*draws, levels, NAMES).itertuples():
        assert row.probability == curve.probability[row.willingness_to_pay, row.strategy]


@given(samples(), st.floats(0, 1e5))
def test_smallest_loss_is_the_evpi_and_belongs_to_the_best(data, threshold):
    loss = expected_loss(*data, threshold)
    value = evpi(*data, threshold).iloc[0]
    scale = 1e-9 * (1 + np.abs(data[0]).max() + threshold * np.abs(data[1]).max())
    assert (loss.expected_loss >= 0).all()
    assert loss.expected_loss.min() == pytest.approx(value.evpi, abs=scale)
    assert loss[loss.best].strategy.tolist() == [value.strategy]


def test_net_benefit_and_its_interval(draws):
    table = net_benefit(*draws, [30_000, 60_000], NAMES, coverage=0.9)
    benefit = 60_000 * draws[1] - draws[0]
    last = table[table.willingness_to_pay == 60_000]
    np.testing.assert_allclose(last.net_monetary_benefit, benefit.mean(axis=0))
    np.testing.assert_allclose(last[["low", "high"]].T, np.quantile(benefit, [0.05, 0.95], axis=0))
    np.testing.assert_allclose(last.probability_cost_effective, ceac(*draws, 60_000).probability)


def test_ellipse_holds_its_share_of_normal_draws():
    stream = np.random.default_rng(8)
    cloud = stream.multivariate_normal([0.5, 2000], [[0.04, 80], [80, 250_000]], 40_000)
    zero = np.zeros(len(cloud))
    plane = cost_effectiveness_plane(
        np.column_stack([cloud[:, 1], zero]), np.column_stack([cloud[:, 0], zero]), ["new", "old"], coverage=0.8
    )
    inverse = np.linalg.inv(np.cov(cloud.T))
    away = cloud - cloud.mean(axis=0)
    radius = np.einsum("ij,jk,ik->i", away, inverse, away)
    outline = plane.ellipse[["incremental_effect", "incremental_cost"]].to_numpy() - cloud.mean(axis=0)
    edge = np.einsum("ij,jk,ik->i", outline, inverse, outline)
    np.testing.assert_allclose(edge, edge[0])
    assert np.mean(radius <= edge[0]) == pytest.approx(0.8, abs=0.01)
    assert plane.summary.correlation[0] == pytest.approx(0.8, abs=0.01)
    np.testing.assert_allclose(outline[0], outline[-1])


@given(samples(integers=True))
def test_quadrants_share_every_draw(data):
    if data[0].shape[1] < 2:
        with pytest.raises(HeconError, match="at least two strategies"):
            cost_effectiveness_plane(*data)
        return
    plane = cost_effectiveness_plane(*data)
    shares = plane.summary[["share_NE", "share_SE", "share_NW", "share_SW"]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert len(plane.increments) == len(data[0]) * (data[0].shape[1] - 1)
    assert np.isfinite(plane.ellipse[["incremental_effect", "incremental_cost"]]).all(axis=None)


def test_plane_against_another_comparator(draws):
    plane = cost_effectiveness_plane(*draws, NAMES, comparator="A")
    assert plane.summary.strategy.tolist() == ["B", "C"]
    np.testing.assert_allclose(plane.summary.incremental_cost, (draws[0] - draws[0][:, [0]]).mean(axis=0)[1:])
    with pytest.raises(UnknownNameError, match="no strategy 'D'"):
        cost_effectiveness_plane(*draws, NAMES, comparator="D")


def test_convergence_ends_at_the_result(draws):
    table = convergence(*draws, 50_000, NAMES, points=10)
    assert sorted(set(table.draws)) == list(range(400, 4001, 400))
    last, first = table[table.draws == 4000], table[table.draws == 400]
    np.testing.assert_allclose(last.net_monetary_benefit, net_benefit(*draws, 50_000).net_monetary_benefit)
    np.testing.assert_allclose(last.net_monetary_benefit_standard_error, net_benefit(*draws, 50_000).standard_error)
    np.testing.assert_allclose(last.probability_cost_effective, ceac(*draws, 50_000).probability)
    np.testing.assert_allclose(first.cost, draws[0][:400].mean(axis=0))
    np.testing.assert_allclose(first.cost_standard_error, draws[0][:400].std(axis=0, ddof=1) / 20)


@given(samples(), st.integers(1, 60))
def test_convergence_of_any_number_of_draws(data, points):
    table = convergence(*data, 1.0, points=points)
    assert table.draws.max() == len(data[0])
    assert len(set(table.draws)) <= points
    assert np.isfinite(table.select_dtypes("number")).all(axis=None)


def test_everything_once_more_by_plain_loops():
    """Acceptability, frontier, loss, EVPI and means of draws as a reader of the papers would code them."""
    stream = np.random.default_rng(8)
    costs, effects = stream.normal([9e3, 12e3, 15e3], 4e3, (300, 3)), stream.normal([1.0, 1.1, 1.15], 0.2, (300, 3))
    for level in (0.0, 20_000.0, 60_000.0):
        wins, best, perfect, benefit = [0] * 3, [], 0.0, [0.0] * 3
        for c, e in zip(costs.tolist(), effects.tolist(), strict=True):
            own = [level * e[d] - c[d] for d in range(3)]
            wins[own.index(max(own))] += 1
            perfect += max(own) / 300
            benefit = [benefit[d] + own[d] / 300 for d in range(3)]
        best = benefit.index(max(benefit))
        assert ceac(costs, effects, level).probability.tolist() == pytest.approx([win / 300 for win in wins])
        assert ceaf(costs, effects, level).strategy.tolist() == [f"strategy {best + 1}"]
        assert ceaf(costs, effects, level).probability[0] == pytest.approx(wins[best] / 300)
        assert net_benefit(costs, effects, level).net_monetary_benefit.tolist() == pytest.approx(benefit)
        assert expected_loss(costs, effects, level).expected_loss.tolist() == pytest.approx(
            [perfect - own for own in benefit]
        )
        assert evpi(costs, effects, level).evpi[0] == pytest.approx(perfect - benefit[best])


def test_incremental_analysis_of_draws_is_that_of_their_means(draws):
    costs, effects = draws
    of_draws = incremental_analysis(costs, effects, NAMES)
    of_means = incremental_analysis(costs.mean(axis=0), effects.mean(axis=0), NAMES)
    pd.testing.assert_frame_equal(of_draws, of_means)
    frames = pd.DataFrame(costs, columns=NAMES), pd.DataFrame(effects, columns=NAMES)
    pd.testing.assert_frame_equal(incremental_analysis(*frames), of_means)
    pd.testing.assert_frame_equal(incremental_analysis(*(frame.mean() for frame in frames)), of_means)
    labelled = [xr.DataArray(frame.mean(), dims="strategy", coords={"strategy": list(NAMES)}) for frame in frames]
    pd.testing.assert_frame_equal(incremental_analysis(*labelled), of_means)
    assert incremental_analysis([1, 2], [1, 2]).strategy.tolist() == ["strategy 1", "strategy 2"]
    with pytest.raises(AlignmentError, match="there are 2 costs and 3 effects"):
        incremental_analysis([1, 2], [1, 2, 3])
    with pytest.raises(AlignmentError, match="must be finite"):
        incremental_analysis([1, np.nan], [1, 2])
    with pytest.raises(AlignmentError, match="1 strategies"):
        incremental_analysis([1, 2], [1, 2], ["A"])


def test_names_come_from_frames_and_labelled_arrays(draws):
    frames = [pd.DataFrame(one, columns=NAMES) for one in draws]
    labelled = [xr.DataArray(one.T, dims=("strategy", "draw"), coords={"strategy": NAMES}) for one in draws]
    expected = ceac(*draws, 30_000, NAMES)
    pd.testing.assert_frame_equal(ceac(*frames, 30_000), expected)
    pd.testing.assert_frame_equal(ceac(*labelled, 30_000), expected)
    with pytest.raises(AlignmentError, match="strategies differ: costs have A, B, C, effects have C, A, B"):
        ceac(frames[0], frames[1].set_axis(["C", "A", "B"], axis=1), 1.0)
    with pytest.raises(AlignmentError, match="horizon"):
        ceac(labelled[0].expand_dims(horizon=[1, 3]), labelled[1], 1.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_named_never_dropped(draws, bad):
    costs, effects = (one.copy() for one in draws)
    costs[17, 1], effects[3999, 2] = bad, bad
    for analysis in (ceac, ceaf, expected_loss, net_benefit, convergence, evpi):
        with pytest.raises(InputError) as caught:
            analysis(costs, effects, 50_000.0, strategies=NAMES)
        where = [fault.where for fault in caught.value.faults]
        assert where == ["draw 17, cost of B", "draw 3999, effect of C"]


def test_many_faults_are_counted(draws):
    with pytest.raises(InputError, match="11990 more of the same kind"):
        ceac(np.full((4000, 3), np.nan), draws[1], 1.0)


@pytest.mark.parametrize(
    ("costs", "effects", "message"),
    [
        (np.ones((5, 2)), np.ones((5, 3)), r"costs have shape \(5, 2\) and effects \(5, 3\)"),
        (np.ones(5), np.ones(5), r"shape \(5,\)"),
        (np.ones((1, 2)), np.ones((1, 2)), "at least 2 draws"),
        ([["a", "b"]] * 2, np.ones((2, 2)), "must be numbers"),
    ],
)
def test_wrong_shapes(costs, effects, message):
    with pytest.raises(AlignmentError, match=message):
        ceac(costs, effects, 1.0)


def test_wrong_names_and_thresholds(draws):
    with pytest.raises(AlignmentError, match="2 strategies"):
        ceac(*draws, 1.0, ["A", "B"])
    with pytest.raises(AlignmentError, match="must be different"):
        ceac(*draws, 1.0, ["A", "B", "B"])
    for bad in (-1.0, np.nan):
        with pytest.raises(HeconError, match="from 0 up"):
            ceac(*draws, [0.0, bad])
    with pytest.raises(HeconError, match="empty"):
        ceac(*draws, [])
    for money in (expected_loss, net_benefit, convergence, evpi):
        with pytest.raises(HeconError, match="needs a finite threshold"):
            money(*draws, np.inf)
    for coverage in (0, 1, np.nan):
        with pytest.raises(HeconError, match="coverage"):
            net_benefit(*draws, 1.0, coverage=coverage)


def test_arguments_are_left_alone(draws):
    before = [one.copy() for one in draws]
    ceac(*draws, [0, 1e4, np.inf])
    cost_effectiveness_plane(*draws)
    for one, other in zip(before, draws, strict=True):
        np.testing.assert_array_equal(one, other)
