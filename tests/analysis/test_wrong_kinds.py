"""Something of another kind in the place of an argument: one line says what it is and what it must be."""

import numpy as np
import pytest

import hecon as he
from hecon.errors import HeconError

LABELS = {"strategy": ["A", "B"]}
CURVE = he.Exponential(0.2)
TIME = he.Timeline.regular(he.Settings(horizons=(1,), cycle_length=1, cycle_unit="year"))
STATE = he.partition(TIME, overall=CURVE)


def outcome(p, time):
    state = he.partition(time, overall=he.Exponential(p.rate))
    return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])


def case(model=outcome, labels=LABELS, **more):
    return he.Case(model, {"rate": {"A": 0.1, "B": 0.2}}, labels=labels, **more)


WRONG = [0.5, None, "text", he.Exponential, lambda t: t, [1, 2], True]
#: What is given in the place of an argument, and the name that the message calls it by.
DOORS = {
    "partition": ("overall", lambda given: he.partition(TIME, overall=given)),
    "partition, time": ("time", lambda given: he.partition(given, overall=CURVE)),
    "share at start": ("curve", lambda given: he.share_at_start(TIME, given)),
    "share at start, time": ("time", lambda given: he.share_at_start(given, CURVE)),
    "probabilities": ("curve", lambda given: he.probability_by_cycle(TIME, given)),
    "rates": ("curve", lambda given: he.rate_by_cycle(TIME, given)),
    "competing": ("ill", lambda given: he.competing(TIME, ill=given)),
    "three states": (
        "progression",
        lambda given: he.three_state(TIME, progression=given, pre_progression=CURVE, post_progression=CURVE),
    ),
    "years, time": ("time", lambda given: he.years_in(given, STATE)),
    "at start": ("time", he.at_start),
    "entering": ("state", lambda given: he.entering(given, "dead")),
    "alive": ("state", he.alive),
    "Markov": ("transitions", lambda given: he.markov(TIME, given, "well")),
    "curve of a sheet": ("p", lambda given: he.curve(given, "overall_survival")),
    "results": ("result", lambda given: he.write_workbook(given, "never.xlsx")),
}


@pytest.mark.parametrize("given", WRONG)
@pytest.mark.parametrize("door", DOORS)
def test_another_kind_of_argument(door, given):
    called, enter = DOORS[door]
    with pytest.raises(HeconError, match=rf"^{called} is .*; it must be .*"):
        enter(given)


@pytest.mark.parametrize("given", [5, None, "a text", ["A", "B"], {"A", "B"}])
def test_labels_of_another_kind(given):
    with pytest.raises(HeconError, match=r"it must be the labels of each dimension"):
        case(labels=given)


@pytest.mark.parametrize("given", [5, None, "AB", {"A", "B"}])
def test_labels_without_an_order(given):
    """The letters of a text are no labels, and of a set nobody knows which is last: the comparator."""
    with pytest.raises(HeconError, match=r"the labels of 'strategy' are .* a list, in order"):
        case(labels={"strategy": given})


def test_labels_may_come_from_a_dictionary():
    assert case(labels={"strategy": {"A": 1, "B": 2}.keys()}).labels == {"strategy": ("A", "B")}


@pytest.mark.parametrize("dim", ["draw", "cycle", "edge"])
def test_dimensions_of_its_own_are_no_labels(dim):
    with pytest.raises(HeconError, match=rf"labels names '{dim}', which is a dimension of hecon's own"):
        case(labels={**LABELS, dim: ["1"]})


@pytest.mark.parametrize("model", [5, None, "outcome", lambda p: p, lambda p, time, more: p])
def test_what_is_no_model(model):
    with pytest.raises(HeconError, match=r"def outcome\(p, time\)"):
        case(model)


@pytest.mark.parametrize("settings", [5, "weekly", he.Settings])
def test_settings_of_another_kind(settings):
    with pytest.raises(HeconError, match=r"^settings is .*; it must be he\.Settings"):
        case(settings=settings)


@pytest.mark.parametrize("factor", ["5", "1.000", True, np.True_, b"5", None, [1.0]])
def test_factors_of_a_line_are_numbers(factor):
    """Python takes a text for a number, and an answer for 1; 1.000 may be a thousand."""
    with pytest.raises(HeconError, match=r"line 'Care': a factor is a number or a labelled array"):
        he.cost("Care", he.at_start(TIME), factor)


@pytest.mark.parametrize("name", ["", " ", 5, None])
def test_a_line_has_a_name(name):
    with pytest.raises(HeconError, match=r"its name must be a text"):
        he.cost(name, he.at_start(TIME), 1.0)


@pytest.mark.parametrize("lines", [5, None, "lines", he.cost("Care", he.at_start(TIME), 1.0)])
def test_lines_are_a_list(lines):
    with pytest.raises(HeconError, match=r"^lines is .*; it must be a list of lines"):
        he.Outcome(STATE, lines)


def test_lines_may_be_made_one_by_one():
    lines = (he.cost(name, he.at_start(TIME), 1.0) for name in ("Care", "Drugs"))
    assert [line.name for line in he.Outcome(STATE, lines).lines] == ["Care", "Drugs"]


def test_a_state_of_another_kind():
    with pytest.raises(HeconError, match=r"^state is 0\.5; it must be"):
        he.Outcome(0.5, [he.cost("Care", he.at_start(TIME), 1.0)])


@pytest.mark.parametrize("path", [5, None, ["a.xlsx"]])
def test_a_path_of_another_kind(path):
    with pytest.raises(HeconError, match=r"^path is .*; it must be the path of an \.xlsx file"):
        he.read_workbook(path)
