import numpy as np
import pandas as pd
import pytest
import xarray as xr

from hecon.errors import AlignmentError, UnknownNameError
from hecon.labels import axes_of, expand, labelled, one_number, one_of, times, wrap

LABELS = {"strategy": ["A", "B"], "state": ["well", "ill", "dead"]}


def by_strategy(values, names=("A", "B")):
    return xr.DataArray(values, dims="strategy", coords={"strategy": list(names)})


def test_axes_put_draws_and_strategies_first():
    state = xr.DataArray(np.ones((3, 5)), dims=("state", "draw"), coords={"state": LABELS["state"]})
    assert axes_of(state, by_strategy([1, 2])).dims == ("draw", "strategy", "state")


def test_axes_refuse_labels_that_differ_and_show_both_sides():
    with pytest.raises(AlignmentError, match=r"strategy.*A, B.*B, A"):
        axes_of(by_strategy([1, 2]), by_strategy([1, 2], ("B", "A")))


def test_expand_and_wrap_are_inverse():
    array = xr.DataArray(np.arange(6.0).reshape(3, 2), dims=("state", "strategy"), coords=LABELS)
    axes = axes_of(array)
    back = wrap(expand(array, axes), axes)
    xr.testing.assert_equal(back.transpose("state", "strategy"), array)
    assert expand(array.isel(strategy=0, drop=True), axes).shape == (1, 3)


@pytest.mark.parametrize(
    "value",
    [
        {"A": 1.0, "B": 2.0},
        {"B": 2.0, "A": 1.0},
        ("strategy", [1.0, 2.0]),
        pd.Series([2.0, 1.0], index=pd.Index(["B", "A"], name="strategy")),
        pd.Series([2.0, 1.0], index=["B", "A"]),
        by_strategy([2.0, 1.0], ("B", "A")),
    ],
)
def test_every_way_to_give_values_by_label(value):
    array = labelled(value, LABELS, "price")
    assert array.coords["strategy"].values.tolist() == ["A", "B"]
    assert array.values.tolist() == [1.0, 2.0]


def test_nested_mappings_give_two_dimensions():
    array = labelled({"A": {"well": 1, "ill": 2, "dead": 0}, "B": {"dead": 0, "well": 3, "ill": 4}}, LABELS, "x")
    assert array.dims == ("strategy", "state")
    assert array.sel(strategy="B", state="ill") == 4


@pytest.mark.parametrize("named", [True, False])
def test_a_frame_gives_two_dimensions(named):
    frame = pd.DataFrame([[1, 2, 0], [3, 4, 0]], index=["A", "B"], columns=["well", "ill", "dead"])
    if named:
        frame = frame.rename_axis(index="strategy", columns="state")
    array = labelled(frame, LABELS, "x")
    assert array.dims == ("strategy", "state")
    assert array.sel(strategy="B", state="ill") == 4


def test_what_is_counted_needs_no_labels_and_moves_have_those_of_states():
    matrix = labelled((("cycle", "from", "to"), np.ones((5, 3, 3))), LABELS, "moves")
    assert matrix.dims == ("cycle", "from", "to")
    assert matrix.coords["to"].values.tolist() == LABELS["state"]
    numbered = xr.DataArray(np.ones((4, 2)), dims=("cycle", "in_state"), coords={"cycle": range(1, 5)})
    assert not labelled(numbered, LABELS, "x").coords
    with pytest.raises(AlignmentError, match="2 values for the 3 labels of 'from'"):
        labelled((("from", "to"), np.ones((2, 3))), LABELS, "moves")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"A": 1.0}, "no value for strategy B"),
        ({"A": 1.0, "C": 2.0}, "labels of no declared dimension"),
        (("strateg", [1, 2]), "Did you mean 'strategy'"),
        (("strategy", [1, 2, 3]), "3 values for the 2 labels"),
        ((("strategy", "state"), [1, 2]), "1 dimensions but 2 names"),
        (by_strategy([1, 2], ("A", "C")), "are declared"),
        (xr.DataArray([1.0, 2.0], dims="strategy"), "has no labels"),
        ([1.0, 2.0], "give a number, a mapping"),
        (pd.Series([1.0, 2.0], index=["A", "A"]), "a label stands twice"),
        (pd.DataFrame([[1.0, 2.0]], index=["A"], columns=["well", "ill"]), "no value for strategy B"),
        ("12", "give a number, a mapping"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(value, words):
    with pytest.raises((AlignmentError, UnknownNameError), match=words) as error:
        labelled(value, LABELS, "price")
    assert "'price'" in str(error.value)


def test_draws_stay_in_front():
    array = labelled((("strategy", "draw"), [[1, 2, 3], [4, 5, 6]]), LABELS, "price")
    assert array.dims == ("draw", "strategy")


def test_one_of_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'Isa-Pd'"):
        one_of("Isa-PD", ["Isa-Pd", "Pd"], "strategy")


def test_whole_numbers_are_no_labels_even_where_they_read_alike():
    years = pd.Series([1.0, 2.0], index=pd.Index([1, 2], name="year"))
    with pytest.raises(AlignmentError, match=r"'price': the label 1 is int; labels are text, such as '1'"):
        labelled(years, {"year": ["1", "2"]}, "price")


def test_draws_are_counted_from_0_and_cycles_from_1():
    array = xr.DataArray(np.zeros((3, 2, 2)), dims=("draw", "strategy", "cycle"), coords={"strategy": ["A", "B"]})
    assert axes_of(array).at([2, 1, 0]) == ["2", "B", "1"]


def test_a_number_without_a_dimension_is_a_number_and_nothing_is_no_number():
    assert one_number(np.array(2.5), "rate") == one_number(xr.DataArray(2.5), "rate") == 2.5
    assert np.isnan(one_number(None, "rate"))
    with pytest.raises(AlignmentError, match=r"'rate' is True \(bool\); it must be a number"):
        one_number(np.array(True), "rate")


def test_a_dimension_that_is_not_there_is_said_by_its_name():
    with pytest.raises(AlignmentError, match="dimension 'state' is not among strategy"):
        expand(xr.DataArray([1.0, 2.0], dims="state"), axes_of(by_strategy([1, 2])))
    with pytest.raises(UnknownNameError, match=r"'rate': there is no dimension 'strateg'. Did you mean 'strategy'"):
        labelled(xr.DataArray([1.0, 2.0], dims="strateg"), LABELS, "rate")


def test_draws_that_differ_in_number_say_how_many_they_are():
    two, three = (xr.DataArray(np.ones(count), dims="draw") for count in (2, 3))
    with pytest.raises(AlignmentError, match=r"2 of them.*3 of them"):
        axes_of(two, three)


def test_a_factor_is_multiplied_by_its_labels_wherever_they_stand():
    array = xr.DataArray([[1.0, 2, 3], [4, 5, 6]], dims=("strategy", "state"), coords=LABELS)
    last = xr.DataArray([1.0, 10, 100], dims="state", coords={"state": LABELS["state"]})
    assert times(array, last).values.tolist() == [[1, 20, 300], [4, 50, 600]]
    assert times(array, by_strategy([1.0, 10])).values.tolist() == [[1, 2, 3], [40, 50, 60]]
