from __future__ import annotations

import numpy as np
import pytest

from hecon.errors import HeconError, InputError
from hecon.survival.exponential import Exponential
from hecon.survival.fitting.comparison import indirect_comparison, relative_effect
from hecon.survival.fitting.matching import anchored_comparison, matching_weights, unanchored_comparison

LINKS = [
    relative_effect("A", "C", 0.6, standard_error=0.1),
    relative_effect("D", "C", 0.9, standard_error=0.2),
    relative_effect("D", "E", 1.2, standard_error=0.15),
]


def test_several_links_in_either_direction():
    found = indirect_comparison(LINKS, "A", "E")
    assert found.ratio == pytest.approx(0.6 / 0.9 * 1.2, rel=1e-14)
    assert found.standard_error == pytest.approx(np.sqrt(0.1**2 + 0.2**2 + 0.15**2), rel=1e-14)
    assert found.through == ("C", "D")
    assert indirect_comparison(LINKS, "E", "A").ratio == pytest.approx(1 / found.ratio, rel=1e-14)
    assert repr(found).endswith("through C and D")


def test_an_effect_on_a_curve():
    longer = relative_effect("A", "B", 2.0, standard_error=0.1, measure="acceleration factor")
    assert longer.on(Exponential(0.4)).median() == pytest.approx(2 * np.log(2) / 0.4)
    assert relative_effect("A", "B", 0.5, 0.3, 0.8).on(Exponential(0.4)).hazard(1.0) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("effects", "pair", "words"),
    [
        (LINKS, ("A", "X"), "no effect is about 'X'"),
        (LINKS[:1] + LINKS[2:], ("A", "E"), "nothing links A and E"),
        ([*LINKS, relative_effect("A", "E", 0.8, 0.6, 1.1)], ("A", "E"), "two ways lead from A to E"),
        ([LINKS[0], relative_effect("C", "B", 2, 1, 3, measure="odds ratio")], ("A", "B"), "different measures"),
    ],
)
def test_what_cannot_be_compared(effects, pair, words):
    with pytest.raises(HeconError, match=words):
        indirect_comparison(effects, *pair)


COVARIATES = {"age": [50.0, 60.0, 70.0, 64.0], "male": [1, 0, 1, 0]}
FAULTS = [
    (lambda: relative_effect("A", "B", -1, 0.5, 2), "ratio +is -1; a ratio is above 0"),
    (lambda: relative_effect("A", "B", 0.4, 0.5, 2), "ratio +is 0.4, outside its interval 0.5 to 2"),
    (lambda: relative_effect("A", "B", 1, 0.5), "high +is missing"),
    (lambda: relative_effect("A", "B", 1, 0.5, 2, standard_error=1), "beside an interval"),
    (lambda: relative_effect("A", "B", 1, standard_error=0), "standard_error +is 0"),
    (lambda: relative_effect("A", "A", 1, 0.5, 2), "which is the treatment"),
    (lambda: relative_effect("A", "B", 1, 0.5, 2, measure="hazard"), "Did you mean 'hazard ratio'"),
    (lambda: matching_weights(COVARIATES, {"age": 75, "male": 0.5}), "age mean +is 75, but the patients have 50 to 70"),
    (lambda: matching_weights(COVARIATES, {"age": 65}), "male +has no target"),
    (lambda: matching_weights({}, {"age": 65}), "no covariate of that name"),
    (lambda: matching_weights({}, {}), "targets +is empty"),
    (lambda: matching_weights(COVARIATES, {"age": {"sd": 5}, "male": 0.5}), "age sd +needs the mean"),
    (lambda: matching_weights(COVARIATES, {"age": {"mode": 5}, "male": 0.5}), "age mode +is unknown"),
    (lambda: matching_weights({"age": [1, None]}, {"age": 1}), "age, row 2"),
    (lambda: unanchored_comparison(matching_weights(COVARIATES, {"age": 62, "male": 0.5}), [1], [1], [1], [1]),
     "time +has 1 rows, but 4 patients are matched"),
    (lambda: anchored_comparison(matching_weights(COVARIATES, {"age": 62, "male": 0.5}), [1, 2, 3, 4], [1, 1, 1, 1],
                                 ["A", "C", "A", "X"], LINKS[1], treatment="A"), "arm +has the groups A, C, X"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), FAULTS)
def test_faults(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_targets_that_exclude_each_other():
    with pytest.raises(HeconError, match="cannot all be met together"):
        matching_weights({"x": [0, 1, 2, 3], "high": [0, 0, 1, 1]}, {"x": 2.4, "high": 0.1})
