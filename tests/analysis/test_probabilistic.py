"""Probabilistic runs of any size: the same bits on every engine, with and without a store, and after a resume."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from linear import inputs, outcome

import hecon as he
from hecon.inputs.uncertainty import PAGE

DRAWS = 2 * PAGE + 100


def needs(library):
    """Skip where an optional library is missing, saying which."""
    missing = importlib.util.find_spec(library) is None
    return pytest.mark.skipif(missing, reason=f"{library} is not installed: pip install 'hecon[scale]'")


def run(draws=DRAWS, seed=5, **options):
    return he.run_psa(inputs(), draws, seed, **{"model": outcome, "workers": 2} | options)


def same(one, other):
    """Equal bits of everything that is kept."""
    xr.testing.assert_identical(one.totals.load(), other.totals.load())
    for a, b in zip(one.lines, other.lines, strict=True):
        assert (a.name, a.kind, a.axes) == (b.name, b.kind, b.axes)
        assert np.array_equal(a.discounted, b.discounted)
        assert np.array_equal(a.undiscounted, b.undiscounted)
    pd.testing.assert_frame_equal(one.summary(), other.summary(), check_exact=True)


@pytest.fixture(scope="module")
def plain():
    return run()


def test_a_page_at_a_time_gives_the_draws_of_one_batch(plain):
    batch = he.run(inputs().draws(DRAWS, 5, outcome))
    for name in ("cost", "qaly", "life_years"):
        assert np.array_equal(plain.totals[name], batch.totals[name])
    pd.testing.assert_frame_equal(plain.summary(), batch.summary(), rtol=1e-12)
    pd.testing.assert_frame_equal(plain.breakdown(), batch.breakdown(), rtol=1e-12)
    pd.testing.assert_frame_equal(he.parameter_table(plain), he.parameter_table(batch), check_exact=True)
    for one, other in zip(he.costs_and_effects(plain, 1.0), he.costs_and_effects(batch, 1.0), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert plain.draws == batch.draws == DRAWS
