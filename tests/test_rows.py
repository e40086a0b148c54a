"""Curves that are worked out some draws at a time: the same numbers as whole ones, to the bit, and counted once.

Draws that follow each other with equal curves are worked out once, and counted as often as they are there.
"""

from functools import reduce

import numpy as np
import pytest
import xarray as xr

import hecon as he
from hecon.analysis import run as running
from hecon.rows import InParts, Joined, Smaller, Stretch, Tiled, part_of, stretches

DRAWS = 1_500
SETTINGS = {"horizons": [1, 5], "cycle_length": 1, "cycle_unit": "week"}


def lines(seed):
    """Straight lines of 300 draws by 3 strategies."""
    slope = np.random.default_rng(seed).random((300, 3, 1))
    return Tiled((300, 3), np.linspace(0, 5, 200), [slope], lambda t, out, slope: np.multiply(slope, t, out=out))


def stretch(start, stop):
    """Draws from one up to another, each for itself."""
    return Stretch(start, stop, slice(start, stop))


def test_parts_are_those_of_the_whole():
    one, other = lines(1), lines(2)
    both = Smaller(one, other)
    joined = Joined((300, 6, 200), 1, [(slice(0, 3), both), ([5, 3, 4], one)])
    found = np.concatenate([joined.part(part, {}) for part in stretches([joined])])
    assert not one.is_whole
    np.testing.assert_array_equal(found[:, :3], np.minimum(one.whole, other.whole))
    np.testing.assert_array_equal(found[:, [5, 3, 4]], one.whole)
    np.testing.assert_array_equal(part_of(joined, stretch(7, 9), {}), found[7:9])
    np.testing.assert_array_equal(joined.whole, found)


def test_what_several_ask_for_is_worked_out_once():
    asked = []

    def passes(t, out, slope):
        asked.append(len(out))
        np.multiply(slope, t, out=out)

    curve, known = Tiled((300, 3), np.ones(200), [np.ones((300, 3, 1))], passes), {}
    Smaller(curve, curve).part(stretch(0, 10), known)
    curve.part(stretch(0, 10), known)
    assert asked == [30]


def outcome(p, time):
    progression_free, overall = he.Weibull(p.pfs_shape, p.pfs_scale), he.Lognormal(p.location, 1.0)
    state = he.partition(time, progression_free=progression_free, overall=overall)
    treated = he.share_at_start(time, progression_free, ceiling=overall)
    return he.Outcome(
        state,
        [
            he.cost("Treatment", treated, p.price),
            he.cost("Death", he.entering(state, "dead"), 100.0),
            he.qaly("Time in state", he.years_in(time, state), p.utility),
        ],
    )


def case(draws=DRAWS):
    generator = np.random.default_rng(3)
    both = ("draw", "strategy")
    values = {
        "pfs_shape": (both, generator.normal(1.1, 0.1, (draws, 2))),
        "pfs_scale": (both, generator.normal(1.8, 0.1, (draws, 2))),
        "location": (both, generator.normal(0.5, 0.1, (draws, 2))),
        "price": ("draw", generator.random(draws)),
        "utility": ("state", [0.8, 0.6, 0.0]),
    }
    states = ["progression_free", "progressed", "dead"]
    return he.Case(outcome, values, labels={"strategy": ["A", "B"], "state": states}, settings=SETTINGS)


def bits(result):
    return [np.ascontiguousarray(line.sums).tobytes() for line in result.lines]


@pytest.mark.parametrize("block", [1, 7, 64, 1_000])
def test_a_block_of_any_size_has_the_same_bits_and_crossings(block):
    few = case(120) if block < 64 else case()
    whole, cut = he.run(few), he.run(few, block=block)
    assert bits(cut) == bits(whole)
    for name in ("draws", "edges", "widest", "first"):
        np.testing.assert_array_equal(getattr(cut.crossings, name), getattr(whole.crossings, name))
    assert whole.crossings.draws.sum() > 0


def repeated(one, order):
    """The case with its draws in an order, some of them several times; prices stay as they stand."""
    values = {name: (array.dims, array.values) for name, array in one.values.items()}
    for name in ("pfs_shape", "pfs_scale", "location"):
        values[name] = (values[name][0], values[name][1][order])
    return he.Case(outcome, values, labels=one.labels, settings=SETTINGS)


@pytest.mark.parametrize("most", [1, 2, 40])
def test_equal_curves_after_each_other_are_worked_out_once(monkeypatch, most):
    few = case(400)
    order = np.repeat(np.arange(400), np.random.default_rng(5).integers(1, most, 400, endpoint=True))[:400]
    filled = []
    fill = Tiled._fill
    monkeypatch.setattr(Tiled, "_fill", lambda *own: filled.append(own[1].size) or fill(*own))
    once = he.run(repeated(few, order), workers=1)
    assert sum(filled) == 2 * len(set(order))
    apart = he.run(repeated(few, order), block=1)
    assert bits(once) == bits(apart)
    for name in ("draws", "edges", "widest", "first"):
        np.testing.assert_array_equal(getattr(once.crossings, name), getattr(apart.crossings, name))
    assert once.crossings.draws.sum() > 0


def test_a_sign_of_nought_is_a_difference():
    slope = np.array([0.0, 0.0, -0.0, 1.0])[:, None]
    curve = Tiled((4,), np.ones(2), [slope], lambda t, out, slope: np.copysign(t, slope, out=out))
    assert [part.at.tolist() for part in stretches([curve])] == [[0, 2, 3]]


def test_what_stands_in_memory_is_compared_as_well():
    curve = Tiled((3,), np.ones(2), [np.ones((3, 1))], lambda t, out, slope: np.multiply(slope, t, out=out))
    steps = np.array([[0.5, 0.2], [0.5, 0.1], [0.5, 0.1]])
    assert [part.repeats.tolist() for part in stretches([Smaller(curve, steps)])] == [[1, 2]]


def test_blocks_grow_where_curves_come_by_parts_and_as_many_go_to_each_worker(monkeypatch):
    monkeypatch.setattr(running, "BLOCK_NUMBERS", 50_000)
    monkeypatch.setattr(running, "BLOCK_BY_PARTS", 250_000)
    seen = []
    whole = he.run(case(), workers=2, progress=lambda done, draws: seen.append(done))
    sizes = np.diff([0, *seen])
    assert sizes[0] == 64
    assert len(sizes) % 2 == 1
    assert sizes[1] > 300
    monkeypatch.undo()
    assert bits(whole) == bits(he.run(case()))


def test_blocks_stay_small_where_a_line_tells_many_labels_apart(monkeypatch):
    monkeypatch.setattr(running, "BLOCK_NUMBERS", 50_000)
    monkeypatch.setattr(running, "BLOCK_BY_PARTS", 250_000)
    visits = tuple(f"V{i}" for i in range(500))

    def model(p, time):
        found = outcome(p, time)
        years = he.years_in(time, found.state, found.state.states[0])
        return he.Outcome(found.state, [*found.lines, he.cost("Visits", years, p.visit_cost_per_year)])

    one, seen = case(), []
    values = {**one.values, "visit_cost_per_year": ("visit", np.ones(500))}
    wide = he.Case(model, values, labels={**one.labels, "visit": visits}, settings=SETTINGS)
    he.run(wide, workers=2, progress=lambda done, draws: seen.append(done))
    # Two strategies, discounted and not, at two horizons.
    assert max(np.diff([0, *seen])) <= 64 + 250_000 / (500 * 2 * 2 * 2)


def test_a_curve_that_a_line_wants_whole_keeps_blocks_small():
    one = case(200)
    state = []

    def by_cycle(p, time):
        found = outcome(p, time)
        state.append(found.state)
        if p.settings.title == "whole":
            found.state.values()
        return found

    he.run(he.Case(by_cycle, one.values, labels=one.labels, settings=SETTINGS))
    assert state[-1].by_parts
    he.run(he.Case(by_cycle, one.values, labels=one.labels, settings={**SETTINGS, "title": "whole"}))
    assert not state[-1].by_parts


def test_crossings_are_counted_although_no_line_asks_for_the_curve():
    def lives(p, time):
        found = outcome(p, time)
        return he.Outcome(found.state, [he.life_years("Treated", he.share_at_start(time, he.Exponential(1.0)), 1.0)])

    one = case(200)
    asked = he.run(he.Case(lives, one.values, labels=one.labels, settings=SETTINGS))
    np.testing.assert_array_equal(asked.crossings.draws, he.run(one).crossings.draws)


def test_every_family_by_parts_is_the_family_whole():
    generator, t = np.random.default_rng(1), np.linspace(0, 5, 50)
    shape = he.Case(outcome, {"x": ("draw", generator.uniform(0.5, 2, 400))}, labels={"strategy": ["A"]}).values["x"]
    curves = [he.Weibull(shape, 2.0), he.Lognormal(shape, shape), he.Exponential(shape), he.LogLogistic(shape, shape)]
    for curve in curves:
        laid_out, _ = curve.laid_out(t)
        assert isinstance(laid_out, InParts)
        found = [laid_out.part(part, {}) for part in (stretch(0, 3), stretch(3, 400))]
        joined = reduce(lambda one, other: np.concatenate([one, other]), found)
        np.testing.assert_array_equal(joined, curve.at_edges(t)[0])


def test_shares_on_days_that_are_edges_are_those_of_the_edges():
    generator = np.random.default_rng(8)
    treated = he.Exponential(xr.DataArray(generator.uniform(0.2, 0.9, (90, 2)), dims=("draw", "strategy")))
    alive = he.Lognormal(xr.DataArray(generator.normal(0.2, 0.3, (90, 2)), dims=("draw", "strategy")), 0.8)
    time = he.Timeline.regular(he.Settings(horizons=(2,), cycle_length=1, cycle_unit="week"))
    shares = he.share_at_start(time, treated, alive).shares
    weekly, between = time.at_days(np.arange(0, 700, 7)), time.at_days(np.arange(0, 700, 5))
    assert time.edges_at(weekly) is not None
    assert time.edges_at(between) is None
    for days in (weekly, between):
        alone = np.minimum(treated.survival(days).values, alive.survival(days).values)
        np.testing.assert_array_equal(shares.at(days), alone)
