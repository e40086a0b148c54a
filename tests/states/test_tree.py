import numpy as np
import pytest
from markov_models import by_strategy

import hecon as he
from hecon.errors import InputError, UnknownNameError

TREE = {
    "test positive": (0.3, {"treated": (0.8, {"cured": 0.5, "not cured": he.REMAINING}), "refused": he.REMAINING}),
    "test negative": he.REMAINING,
}


def test_shares_along_the_branches():
    tree = he.Tree(TREE)
    assert tree.ends == ("cured", "not cured", "refused", "test negative")
    found = {name: tree.share(name) for name in ("treated", "cured", "refused", "test negative")}
    assert found == pytest.approx({"treated": 0.24, "cured": 0.12, "refused": 0.06, "test negative": 0.7})
    assert tree.along().values.sum() == pytest.approx(1)
    assert tree.along("arm").dims == ("arm",)
    assert tree.expected({"treated": 100.0, "cured": -10.0}) == pytest.approx(24 - 1.2)


def test_shares_by_strategy():
    tree = he.Tree({"responds": by_strategy(0.4, 0.6), "does not": he.REMAINING})
    along = tree.along()
    assert along.dims == ("strategy", "branch")
    np.testing.assert_allclose(along.values, [[0.4, 0.6], [0.6, 0.4]])


def test_a_branch_under_several_forks_is_reached_through_any():
    tree = he.Tree({"a": (0.5, {"dies": 0.2, "lives": he.REMAINING}), "b": (0.5, {"dies": 0.4, "lives": he.REMAINING})})
    assert tree.share("dies") == pytest.approx(0.3)
    assert tree.ends == ("dies", "lives")


def test_responders_and_others_under_their_own_curves():
    def outcome(p, time):
        tree = he.Tree({"responds": p.response, "does not": he.REMAINING})
        state = he.partition(time, overall=he.Exponential(p.death_rate), cohorts=tree.along("branch"))
        return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])

    values = {"response": by_strategy(0.4, 0.6), "death_rate": ("branch", [0.1, 0.5])}
    labels = {"strategy": ["A", "B"], "branch": ["responds", "does not"]}
    settings = {"horizons": [5], "cycle_unit": "month", "discount_rate_effect": 0}
    found = he.run(he.Case(outcome, values, labels=labels, settings=settings)).totals.life_years.values[:, 0]
    means = [(1 - np.exp(-rate * 5)) / rate for rate in (0.1, 0.5)]
    expected = [0.4 * means[0] + 0.6 * means[1], 0.6 * means[0] + 0.4 * means[1]]
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize(
    ("tree", "match"),
    [
        ({"a": 0.5, "b": 0.6}, r"the first fork +its branches sum to 1.1; they must sum to 1"),
        ({"a": 0.5, "b": (0.5, {"c": 1.2, "d": he.REMAINING})}, "b / c +the probability is 1.2"),
        ({"a": 0.5, "b": (0.5, {"c": 0.9, "d": 0.3, "e": he.REMAINING})}, r"b +its branches sum to 1.2"),
        ({"a": he.REMAINING, "b": he.REMAINING}, "has 2 complements"),
        ({"a": by_strategy(0.5, 0.7), "b": 0.5}, "sum to 1.2"),
    ],
)
def test_wrong_trees_are_named(tree, match):
    with pytest.raises(InputError, match=match):
        he.Tree(tree)


def test_an_unknown_branch():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'cured'"):
        he.Tree(TREE).share("curd")
