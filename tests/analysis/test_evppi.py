"""EVPPI: against exact integrals, monotone within its errors, whatever the inputs look like."""

import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from hecon.analysis.value import kernels, regression
from hecon.analysis.value.evppi import evppi
from hecon.analysis.value.nested import evppi_nested
from hecon.analysis.value.perfect_information import evpi
from hecon.analysis.value.regression import b_splines, normal_scores, spline
from hecon.errors import AlignmentError, HeconError, InputError, UnknownNameError

MEAN, NOISE = 300.0, 2500.0


def waves_and_products(seed, draws=10_000):
    """Net benefit of a sine, a product and a square of independent normal inputs, and noise; its EVPPI is known."""
    stream = np.random.default_rng(seed)
    x = pd.DataFrame(stream.normal(size=(draws, 6)), columns=list("abcdef"))
    gain = MEAN + 2000 * np.sin(1.5 * x.a) + 1500 * x.a * x.b + 500 * (x.c**2 - 1) + NOISE * stream.normal(size=draws)
    return x, np.column_stack([np.zeros(draws), gain])


def _exact():
    """EVPPI of a, of a and b, and of a, b and c: sums over fine grids, the normal b integrated in closed form."""
    grid = np.linspace(-8, 8, 2001)
    weight = norm.pdf(grid) / norm.pdf(grid).sum()
    wave, slope = MEAN + 2000 * np.sin(1.5 * grid), np.maximum(np.abs(1500 * grid), 1e-9)

    def over_b(centre):
        return centre * norm.cdf(centre / slope) + slope * norm.pdf(centre / slope)

    squares = 500 * (grid[::4] ** 2 - 1)
    weights = norm.pdf(grid[::4]) / norm.pdf(grid[::4]).sum()
    with_c = sum(share * weight @ over_b(wave + square) for square, share in zip(squares, weights, strict=True))
    values = weight @ np.maximum(wave, 0), weight @ over_b(wave), with_c
    return [float(value) - MEAN for value in values]


EXACT = dict(zip(("a", "ab", "abc"), _exact(), strict=True))


@pytest.mark.parametrize("group", ["a", "ab", "abc", "abcdef"])
def test_bias_is_small_where_inputs_interact(group):
    truth, found = EXACT[group[:3]], []
    for seed in range(8):
        inputs, effects = waves_and_products(seed)
        found.append(evppi(0 * effects, effects, inputs, {"group": list(group)}, 1.0).iloc[0])
    found = pd.DataFrame(found)
    assert abs(found.evppi.mean() / truth - 1) < 0.04
    # and the standard errors are those of the scatter
    assert found.standard_error.mean() == pytest.approx(found.evppi.std(), rel=0.6)
    assert (abs(found.evppi - truth) < 3.5 * found.standard_error).all()


@pytest.mark.parametrize("group", ["ab", "abcd"])
def test_an_interaction_that_is_no_product(group):
    """gain = 0.3 + 3 sin(1.5 a) cos(1.5 b): neither input tells anything alone, nor does the product a b."""
    grid = np.linspace(-8, 8, 801)
    weight = norm.pdf(grid) / norm.pdf(grid).sum()
    truth = weight @ np.maximum(0.3 + 3 * np.outer(np.sin(1.5 * grid), np.cos(1.5 * grid)), 0) @ weight - 0.3
    found = []
    for seed in range(8):
        stream = np.random.default_rng(seed)
        x = stream.normal(size=(8000, 4))
        gain = 0.3 + 3 * np.sin(1.5 * x[:, 0]) * np.cos(1.5 * x[:, 1]) + 2 * stream.normal(size=8000)
        effects = np.column_stack([0 * gain, gain])
        found.append(
            evppi(0 * effects, effects, pd.DataFrame(x, columns=list("abcd")), {"g": list(group)}, 1.0).evppi[0]
        )
    assert np.mean(found) == pytest.approx(truth, rel=0.04)


@pytest.mark.slow
@pytest.mark.parametrize("group", ["a", "ab", "abc", "abcdef"])
def test_standard_error_is_the_scatter_of_samples(group):
    found = []
    for seed in range(100):
        inputs, effects = waves_and_products(seed, 4000)
        found.append(evppi(0 * effects, effects, inputs, {"group": list(group)}, 1.0).iloc[0])
    found = pd.DataFrame(found)
    assert found.standard_error.mean() == pytest.approx(found.evppi.std(), rel=0.2)
    assert abs(found.evppi.mean() / EXACT[group[:3]] - 1) < 0.04


def test_a_gaussian_process_agrees():
    inputs, effects = waves_and_products(1, 6000)
    found = evppi(0 * effects, effects, inputs, {"group": ["a", "b", "c"]}, 1.0, "gaussian_process").iloc[0]
    assert abs(found.evppi - EXACT["abc"]) < 2 * found.standard_error
    assert found.method == "gaussian_process"


def test_nested_loops_agree_where_inputs_interact():
    inputs, _ = waves_and_products(5)

    def model(p):
        gain = MEAN + 2000 * np.sin(1.5 * p.a) + 1500 * p.a * p.b + 500 * (p.c**2 - 1)
        return np.zeros((len(p), 2)), np.column_stack([0 * gain, gain])

    for group in ("a", "ab"):
        found = evppi_nested(model, inputs, list(group), [1.0, 2.0], outer=2000, inner=60)
        assert abs(found.evppi[0] - EXACT[group]) < 3 * found.standard_error[0]
        assert found.evppi[1] == pytest.approx(2 * found.evppi[0])


def test_nested_loops_with_dependent_inputs():
    """The other input given this one: gain = a + b, b | a ~ N(0.8 a, 0.6): E[gain | a] = 1.8 a."""
    stream = np.random.default_rng(2)
    a = stream.normal(size=20_000)
    inputs = pd.DataFrame({"a": a, "b": 0.8 * a + 0.6 * stream.normal(size=len(a))})

    def model(p):
        return np.zeros((len(p), 2)), np.column_stack([np.full(len(p), 0.5), p.a + p.b])

    def conditional(known, count, stream):
        return pd.DataFrame({"a": known.a, "b": 0.8 * known.a + 0.6 * stream.normal(size=count)})

    truth = -0.5 * norm.cdf(-0.5 / 1.8) + 1.8 * norm.pdf(0.5 / 1.8)
    nested = evppi_nested(model, inputs, "a", 1.0, outer=1000, inner=40, conditional=conditional).iloc[0]
    assert abs(nested.evppi - truth) < 3 * nested.standard_error
    costs, effects = model(inputs)
    assert evppi(costs, effects, inputs, "a", 1.0).evppi[0] == pytest.approx(truth, rel=0.04)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(2, 4), st.floats(0.1, 3), st.booleans())
def test_more_inputs_are_worth_more_and_all_at_most_the_evpi(seed, strategies, noise, correlated):
    stream = np.random.default_rng(seed)
    x = stream.normal(size=(1500, 4))
    x[:, 1] += 0.8 * x[:, 0] * correlated
    slopes = stream.normal(size=(4, strategies))
    effects = x @ slopes + x[:, [0]] * x[:, [2]] * stream.normal(size=strategies)
    effects += noise * stream.normal(size=effects.shape)
    costs = np.exp(stream.normal(size=effects.shape))
    groups = {"one": ["a"], "two": ["a", "b"], "three": ["a", "b", "c"], "all": list("abcd")}
    found = evppi(costs, effects, pd.DataFrame(x, columns=list("abcd")), groups, [0.5, 2.0])
    for _, values in found.groupby("willingness_to_pay"):
        value = values.evppi.to_numpy()
        error = np.append(values.standard_error, evpi(costs, effects, 1.0).standard_error[0])
        steps = np.diff(np.append(value, values.evpi.iloc[0]))
        assert (value >= 0).all()
        assert (steps > -4 * np.hypot(error[1:], error[:-1]) - 0.02 * values.evpi.iloc[0]).all()


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.permutations(range(3)), st.floats(0.01, 100))
def test_neither_order_nor_units_nor_what_is_shared_matters(seed, order, unit):
    stream = np.random.default_rng(seed)
    x = pd.DataFrame(stream.gamma(2, size=(400, 3)), columns=["a", "b", "c"])
    effects = x.to_numpy() @ stream.normal(size=(3, 3)) + stream.normal(size=(400, 3))
    costs = stream.normal(size=(400, 3))
    groups = {"one": ["a"], "two": ["a", "b"]}
    base = evppi(costs, effects, x, groups, 2.0).evppi
    shared = stream.normal(size=(400, 1))
    same = evppi(costs[:, order] + shared, effects[:, order], x * unit + 1, groups, 2.0).evppi
    np.testing.assert_allclose(same, base, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(evppi(unit * costs, unit * effects, x, groups, 2.0).evppi, unit * base, rtol=1e-6)
    # another scale of an input tells the same, the straight line apart
    bent = evppi(costs, effects, x**3, groups, 2.0)
    assert (abs(bent.evppi - base) < 4 * bent.standard_error + 0.02).all()


@pytest.mark.parametrize(
    ("shape", "gain"),
    {
        "heavy tail": (lambda s, n: np.exp(1.2 * s.normal(size=n)), lambda x: x - 3.0),
        "logarithm of a heavy tail": (lambda s, n: np.exp(1.2 * s.normal(size=n)), lambda x: np.log(x) - 0.5),
        "kink": (lambda s, n: s.gamma(1.5, size=n), lambda x: np.minimum(x, 1.0) - 0.9),
        "categories": (lambda s, n: s.integers(0, 6, n), lambda x: np.array([3.0, -2, 1, -4, 2, -2])[x]),
        "yes or no": (lambda s, n: s.integers(0, 2, n), lambda x: 2.0 * x - 1.2),
        "huge and shifted": (lambda s, n: 1e9 + s.normal(size=n), lambda x: x - 1e9 - 0.5),
    }.values(),
)
def test_inputs_of_any_shape(shape, gain):
    truth = gain(shape(np.random.default_rng(99), 1_000_000))
    truth = np.maximum(truth, 0).mean() - max(truth.mean(), 0)
    found = []
    for seed in range(10):
        stream = np.random.default_rng(seed)
        x = shape(stream, 8000)
        effects = np.column_stack([np.zeros(8000), gain(x) + 1.5 * stream.normal(size=8000)])
        found.append(evppi(0 * effects, effects, {"x": x, "z": stream.normal(size=8000)}, {"x": ["x"]}, 1.0).iloc[0])
    found = pd.DataFrame(found)
    assert abs(found.evppi.mean() - truth) < 0.02 * truth + 3 * found.standard_error.mean() / np.sqrt(10)


def test_redundant_and_constant_inputs_change_nothing():
    stream = np.random.default_rng(4)
    a = stream.normal(size=3000)
    inputs = {"a": a, "twice": 2 * a, "same": a, "fixed": np.ones(3000)}
    effects = np.column_stack([np.zeros(3000), a + 0.3 + stream.normal(size=3000)])
    groups = {"a": ["a"], "fixed": ["fixed"], "a fixed": ["a", "fixed"], "a twice": ["a", "twice"], "all": list(inputs)}
    found = evppi(0 * effects, effects, inputs, groups, 1.0).set_index("group")
    assert found.evppi["fixed"] == 0
    assert found.standard_error["fixed"] == 0
    assert found.method["fixed"] == "none"
    assert found.evppi["a fixed"] == found.evppi["a"]
    np.testing.assert_allclose(found.evppi[["a twice", "all"]], found.evppi["a"], rtol=0.03)


def test_an_input_that_does_not_matter_is_worth_nearly_nothing():
    inputs, effects = waves_and_products(3)
    found = evppi(0 * effects, effects, inputs, ["d", "e"], 1.0)
    assert (found.share_of_evpi < 0.01).all()


@given(st.integers(2, 40), st.integers(1, 3), st.integers(0, 100))
def test_a_handful_of_draws_raises_no_error(draws, strategies, seed):
    stream = np.random.default_rng(seed)
    effects = stream.normal(size=(draws, strategies))
    inputs = pd.DataFrame(stream.normal(size=(draws, 4)), columns=list("abcd"))
    found = evppi(0 * effects, effects, inputs, {"one": ["a"], "two": ["a", "b"], "all": list("abcd")}, 1.0)
    assert found.evppi.between(0, found.evpi.iloc[0] * 1.5 + 1e-12).all()
    assert np.isfinite(found.standard_error).all()


def test_few_draws_are_not_merely_repeated():
    """As many features as draws would fit the noise, and call it information."""
    shares = []
    for seed in range(40):
        stream = np.random.default_rng(seed)
        effects = stream.normal(size=(24, 2))
        inputs = pd.DataFrame(stream.normal(size=(24, 5)), columns=list("abcde"))
        found = evppi(0 * effects, effects, inputs, {"one": ["a"], "two": ["a", "b"], "all": list("abcde")}, 1.0)
        shares.append(found.share_of_evpi)
    assert (np.mean(shares, axis=0) < 0.5).all()


def test_strategies_that_are_copies_of_each_other():
    inputs, effects = waves_and_products(7, 2000)
    doubled = np.column_stack([effects, effects])
    one, two = (evppi(0 * e, e, inputs, ["a"], 1.0).evppi[0] for e in (effects, doubled))
    assert two == pytest.approx(one, rel=1e-9)


def test_nothing_is_fitted_where_no_draw_changes_the_decision():
    stream = np.random.default_rng(1)
    x = stream.normal(size=1000)
    costs = np.column_stack([np.zeros(1000), np.full(1000, 100.0)])
    effects = np.column_stack([np.zeros(1000), 1 + 0.5 * x])
    found = evppi(costs, effects, {"x": x}, None, [1.0, 100.0])
    assert found.evppi[0] == found.standard_error[0] == found.evpi[0] == 0
    assert np.isnan(found.share_of_evpi[0])
    assert found.method.tolist() == ["none", "spline"]
    assert found.evppi[1] == evppi(costs, effects, {"x": x}, None, 100.0).evppi[0] > 0


def test_thresholds_share_the_work_and_not_the_result():
    inputs, effects = waves_and_products(2, 3000)
    costs = np.column_stack([np.zeros(3000), 300 * inputs.c])
    together = evppi(costs, effects, inputs, {"a": ["a"], "ab": ["a", "b"]}, [0.5, 1.0, 3.0])
    for level in (0.5, 1.0, 3.0):
        alone = evppi(costs, effects, inputs, {"a": ["a"], "ab": ["a", "b"]}, level)
        part = together[together.willingness_to_pay == level].reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone)


def test_the_same_seed_gives_the_same_bits():
    inputs, effects = waves_and_products(2, 3000)
    one, two = (evppi(0 * effects, effects, inputs, {"abc": list("abc")}, 1.0) for _ in range(2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    other = evppi(0 * effects, effects, inputs, {"abc": list("abc")}, 1.0, seed=7)
    assert other.evppi[0] == pytest.approx(one.evppi[0], abs=one.standard_error[0])
    assert other.evppi[0] != one.evppi[0]


def test_groups_in_every_form_and_a_population():
    inputs, effects = waves_and_products(2, 2000)
    single = evppi(0 * effects, effects, inputs, ["b", "a"], 1.0, population=100)
    assert single.group.tolist() == ["b", "a"]
    np.testing.assert_allclose(single.population_evppi, 100 * single.evppi)
    assert evppi(0 * effects, effects, inputs, None, 1.0).group.tolist() == list("abcdef")
    assert evppi(0 * effects, effects, inputs, "a", 1.0).evppi[0] == single.evppi[1]


def test_tables_of_inputs_in_every_form():
    stream = np.random.default_rng(3)
    gain, price = stream.normal(0, 1, 300), stream.normal(0, 1, (300, 2))
    costs, effects = np.column_stack([0 * gain, price[:, 0]]), np.column_stack([0 * gain, gain])
    frame = pd.DataFrame({"gain": gain, "price · A": price[:, 0], "price · B": price[:, 1]})
    expected = evppi(costs, effects, frame, None, 1.0)
    labelled = xr.Dataset(
        {"gain": ("draw", gain), "price": (("strategy", "draw"), price.T)}, coords={"strategy": ["A", "B"]}
    )
    for table in (frame.to_dict("list"), frame.set_index(frame.index + 7), labelled):
        pd.testing.assert_frame_equal(evppi(costs, effects, table, None, 1.0), expected, check_exact=True)
    assert evppi(costs, effects, frame.to_numpy(), None, 1.0).evppi.tolist() == expected.evppi.tolist()
    with pytest.raises(AlignmentError, match=r"'fee' has the dimensions strategy, none of which is draw"):
        evppi(costs, effects, labelled.assign(fee=("strategy", [1.0, 2.0])), None, 1.0)
    with pytest.raises(AlignmentError, match="'arm' is no column of numbers: could not convert string"):
        evppi(costs, effects, frame.assign(arm="x"), None, 1.0)


@pytest.mark.parametrize("scale", [2.0**-1000, 1e-300, 1e300])
def test_the_size_of_an_input_makes_no_difference(scale):
    inputs, effects = waves_and_products(2, 500)
    table = evppi(0 * effects, effects, inputs.assign(same=scale * inputs.a), ["a", "same"], 1.0)
    assert table.evppi.iloc[0] > 0
    np.testing.assert_allclose(table.evppi.iloc[1], table.evppi.iloc[0], rtol=1e-9)


def test_a_number_is_no_group():
    inputs, effects = waves_and_products(2, 50)
    with pytest.raises(HeconError, match=r"groups is 20000; .* willingness_to_pay=20000"):
        evppi(0 * effects, effects, inputs, 20_000)


def test_thresholds_are_amounts_of_money():
    inputs, effects = waves_and_products(2, 50)
    with pytest.raises(HeconError, match=r"willingness_to_pay 1e\+300 must be at most 1e\+15"):
        evppi(0 * effects, effects, inputs, None, 1e300)


def test_groups_in_a_list_are_called_by_their_names():
    inputs, effects = waves_and_products(2, 500)
    named = evppi(0 * effects, effects, inputs, {"a": "a", "a, b": ["a", "b"]}, 1.0)
    pd.testing.assert_frame_equal(evppi(0 * effects, effects, inputs, ["a", ["a", "b"]], 1.0), named)
    with pytest.raises(UnknownNameError, match=r"^there is no input 'z'"):
        evppi(0 * effects, effects, inputs, ["a", "z"], 1.0)
    with pytest.raises(UnknownNameError, match=r"^there is no input '0'"):
        evppi(0 * effects, effects, inputs, [0], 1.0)  # names are text


def test_wrong_groups_methods_and_tables():
    inputs, effects = waves_and_products(2, 500)
    costs = 0 * effects
    with pytest.raises(HeconError, match="group 'survival' names no input"):
        evppi(costs, effects, inputs, {"survival": []}, 1.0)
    with pytest.raises(UnknownNameError, match="group 'prices': there is no input 'pricee'"):
        evppi(costs, effects, inputs.rename(columns={"a": "price"}), {"prices": ["pricee"]}, 1.0)
    with pytest.raises(HeconError, match="twice"):
        evppi(costs, effects, inputs, {"g": ["a", "a"]}, 1.0)
    with pytest.raises(HeconError, match="groups is empty"):
        evppi(costs, effects, inputs, {}, 1.0)
    with pytest.raises(UnknownNameError, match=r"method 'splines'.*Did you mean 'spline'"):
        evppi(costs, effects, inputs, ["a"], 1.0, "splines")
    with pytest.raises(HeconError, match="method 'spline' is for 1 input; group 'g' has 2"):
        evppi(costs, effects, inputs, {"g": ["a", "b"]}, 1.0, "spline")
    with pytest.raises(AlignmentError, match="parameters have 499 draws, costs and effects 500"):
        evppi(costs, effects, inputs[:499], ["a"], 1.0)
    with pytest.raises(AlignmentError, match="table of numbers"):
        evppi(costs, effects, inputs.assign(a="x"), ["a"], 1.0)
    bad = inputs.copy()
    bad.loc[12, "c"] = np.nan
    with pytest.raises(InputError, match=r"draw 12, c +is nan"):
        evppi(costs, effects, bad, ["a"], 1.0)
    with pytest.raises(HeconError, match="inner is 1"):
        evppi_nested(lambda p: (costs, effects), inputs, "a", 1.0, inner=1)
    with pytest.raises(HeconError, match="the model gave 500 draws"):
        evppi_nested(lambda p: (costs, effects), inputs, "a", 1.0, outer=2, inner=4)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_normal_scores_keep_the_order_and_share_ties(values):
    values = np.array(values)
    scores = normal_scores(values)
    order = np.argsort(values, kind="stable")
    steps = np.diff(values[order])
    assert (np.diff(scores[order])[steps > 0] > 0).all()
    assert (np.diff(scores[order])[steps == 0] == 0).all()


def test_splines_sum_to_one_and_a_straight_line_is_fitted_exactly():
    x = np.random.default_rng(0).normal(size=500)
    np.testing.assert_allclose(b_splines(x, 9, x.min(), x.max()).sum(axis=1), 1)
    line = (3 * x - 7)[:, None]
    fit = spline(x).fit(line)
    np.testing.assert_allclose(fit.means, line, atol=1e-6)
    noisy = line + np.random.default_rng(1).normal(size=line.shape)
    hat = spline(x).fit(noisy).smooth(line, [0])
    np.testing.assert_allclose(hat, line, atol=1e-2)


def test_features_made_in_blocks_give_the_same(monkeypatch):
    inputs, effects = waves_and_products(2, 3000)
    groups = {"a": ["a"], "ab": ["a", "b"], "abc": ["a", "b", "c"]}
    kept = evppi(0 * effects, effects, inputs, groups, 1.0)
    monkeypatch.setattr(regression, "_KEPT", 100)
    monkeypatch.setattr(regression, "_BLOCK", 701)
    blocks = evppi(0 * effects, effects, inputs, groups, 1.0)
    np.testing.assert_allclose(blocks.evppi, kept.evppi, rtol=1e-6)
    np.testing.assert_allclose(blocks.standard_error, kept.standard_error, rtol=1e-5)


@pytest.mark.parametrize(("means", "tried"), [(np.square, [2.0, 4.0]), (lambda x: np.sin(2 * x), [2.0, 4.0, 1.0])])
def test_the_shortest_scale_is_tried_only_where_the_longest_is_no_better(monkeypatch, means, tried):
    values, noise = np.split(np.random.default_rng(3).normal(size=(2000, 4)), [3], axis=1)
    outcomes = means(values).sum(axis=1, keepdims=True) + noise
    scores, lines = values, values / values.std(axis=0)
    directions = np.random.default_rng(4).normal(size=(75, 3))
    made, waves_of = [], kernels._waves
    monkeypatch.setattr(kernels, "_waves", lambda *own: made.append(own[0]) or waves_of(*own))
    scale, _, _ = kernels._best_scale(directions, scores, lines, outcomes)
    scales = [float(directions[0, 0] / (own[0, 0] * np.sqrt(3))) for own in made]
    assert scales == pytest.approx(tried)
    every = {}
    for one in (1.0, 2.0, 4.0):
        every[one] = float(waves_of(directions / (one * np.sqrt(3)), scores, lines).fit(outcomes).score[0])
    assert scale == min(every, key=every.get)


@pytest.mark.bench
def test_time_of_twenty_groups():
    stream = np.random.default_rng(0)
    inputs = pd.DataFrame(stream.normal(size=(10_000, 40)), columns=[f"x{i}" for i in range(40)])
    costs = 1000 * stream.normal(size=(10_000, 3)) + 1000 * inputs.iloc[:, :3].to_numpy()
    effects = 1 + 0.1 * inputs.iloc[:, 3:6].to_numpy()
    names = list(inputs)
    kinds = {
        "20 single inputs": {name: [name] for name in names[:20]},
        "20 pairs": {name: [name, names[i + 20]] for i, name in enumerate(names[:20])},
        "12 single, 4 pairs, 4 of 3 to 9": {name: [name] for name in names[:12]}
        | {f"pair {i}": names[i : i + 2] for i in range(4)}
        | {f"many {i}": names[i : i + 3 + 2 * i] for i in range(4)},
        "20 of 6 inputs": {name: names[i : i + 6] for i, name in enumerate(names[:20])},
    }
    for kind, groups in kinds.items():
        start = time.process_time()
        evppi(costs, effects, inputs, groups, (20_000, 50_000, 100_000))
        print(f"{kind}: {time.process_time() - start:.2f} s of processor time")
