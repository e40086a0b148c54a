"""Arithmetic of labelled arrays as a model is given them: that of xarray, whichever way it is taken."""

import operator

import numpy as np
import pytest
import xarray as xr

from hecon.aligned import Aligned, aligned
from hecon.labels import Axes, exact_joins, wrap

ARMS = Axes({"strategy": ("A", "B", "C")})
ONE, OTHER = wrap(np.array([1.0, -2.0, 0.0]), ARMS), wrap(np.array([4.0, 0.0, 0.5]), ARMS)
BY_EVENT = wrap(np.ones((3, 2)), Axes({**ARMS.labels, "event": ("x", "y")}))
OPERATIONS = (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.lt)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
@pytest.mark.parametrize("other", [OTHER, 3.0, BY_EVENT, OTHER.rename("cost"), wrap(np.array(2.0), Axes({}))])
def test_arithmetic_is_that_of_xarray(operation, other):
    for both in ((ONE, other), (other, ONE)):
        found = operation(*(aligned(side) if isinstance(side, xr.DataArray) else side for side in both))
        assert isinstance(found, Aligned)
        xr.testing.assert_identical(xr.DataArray(found), operation(*both))


def test_labels_that_differ_are_refused_as_before():
    others = wrap(np.ones(3), Axes({"strategy": ("A", "C", "B")}))
    with exact_joins, pytest.raises(ValueError, match="align"):
        aligned(ONE) * aligned(others)


def test_an_array_given_to_a_model_shares_its_labels_and_numbers():
    given = aligned(ONE)
    assert given.coords.variables["strategy"] is ONE.coords.variables["strategy"]
    assert np.shares_memory(given.values, ONE.values)
    assert not given.values.flags.writeable
    assert ONE.values.flags.writeable
