"""What is kept from one run to the next, and what may not be."""

import operator

import numpy as np
import pytest
import xarray as xr

import hecon as he
from hecon.errors import LineError
from hecon.once import MOST_NUMBERS, once_for_same, read_only


def counted(**given):
    calls = []

    @once_for_same(2, **given)
    def made(numbers, name=""):
        calls.append(name)
        return numbers + 1.0

    return made, calls


def test_arrays_that_may_change_or_are_large_are_not_kept():
    made, calls = counted()
    for numbers in (np.ones(2), xr.DataArray(np.ones(2)), read_only(np.ones(MOST_NUMBERS + 1))):
        assert made(numbers) is not made(numbers)
    whole = np.ones(4)
    part = whole[:2]
    part.flags.writeable = False  # and still changes with the whole
    assert made(part) is not made(part)
    assert len(calls) == 8
    kept = made(read_only(np.zeros(2)))
    assert not kept.flags.writeable


def test_a_large_array_that_is_made_of_small_ones_is_not_kept():
    repeated = once_for_same(2)(np.tile)
    small = read_only(np.ones(MOST_NUMBERS // 2))
    assert repeated(small, 2) is repeated(small, 2)
    assert repeated(small, 3) is not repeated(small, 3)
    assert repeated(small, 3).flags.writeable


def test_what_is_kept_is_forgotten_when_there_is_no_room_or_when_asked():
    made, calls = counted()
    one, two, three = (read_only(np.full(2, number)) for number in (1.0, 2.0, 3.0))
    for numbers in (one, two, one, two, three, one):
        made(numbers)
    assert len(calls) == 4
    made.cache_clear()
    assert made(one)[0] == 2.0
    assert len(calls) == 5


def test_a_factor_that_a_model_changes_in_place_counts_as_it_is():
    price = xr.DataArray(np.ones(52), dims="cycle")

    def outcome(p, time):
        alive = he.partition(time, overall=he.Exponential(p.rate))
        return he.Outcome(alive, [he.cost("Care", he.years_in(time, alive, "alive"), price, p.cost)])

    settings = {"horizons": (1,), "cycle_length": 1 / 52, "cycle_unit": "year"}
    values = {"rate": {"A": 0.1, "B": 0.2}, "cost": 100.0}
    case = he.Case(outcome, values, labels={"strategy": ["A", "B"]}, settings=settings)
    before = he.run(case).totals.cost
    price[...] = 2.0
    np.testing.assert_allclose(he.run(case).totals.cost, 2 * before, rtol=1e-14)
    case.values["cost"][...] = 300.0
    np.testing.assert_allclose(he.run(case).totals.cost, 6 * before, rtol=1e-14)


@pytest.mark.parametrize(
    "write", [lambda cost: operator.imul(cost, 2.0), lambda cost: operator.setitem(cost, ..., 2.0)]
)
def test_a_model_that_writes_to_a_parameter_is_refused_before_another_run_sees_it(write):
    def outcome(p, time):
        alive = he.partition(time, overall=he.Exponential(0.1))
        write(p.cost)
        return he.Outcome(alive, [he.cost("Care", he.years_in(time, alive, "alive"), p.cost)])

    case = he.Case(outcome, {"cost": {"A": 100.0, "B": 50.0}}, labels={"strategy": ["A", "B"]})
    drawn = case.with_values(cost=case.values["cost"].expand_dims(draw=3))
    for own in (case, drawn):
        with pytest.raises(LineError, match=r"writes to a parameter at test_once\.py, line \d+; .*name of its own"):
            he.run(own)
    assert case.values["cost"].values.tolist() == [100.0, 50.0]
