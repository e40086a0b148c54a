"""Utilities that fall with age as those of the general population do."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import hecon as he
from hecon.errors import InputError
from hecon.parameters import Parameters
from hecon.timeline import Timeline

SETTINGS = he.Settings(horizons=(3,), cycle_length=1, cycle_unit="year")
TIME = Timeline.regular(SETTINGS)
NORMS = pd.DataFrame(
    {"age": [60, 61, 60, 62], "sex": ["female", "female", "male", "male"], "utility": [0.8, 0.7, 0.9, 0.6]}
)


def parameters(table=NORMS, **values):
    given = {name: value if isinstance(value, xr.DataArray) else xr.DataArray(value) for name, value in values.items()}
    return Parameters(given, {"strategy": ("A",)}, SETTINGS, tables={"Utility norms": table})


def test_sexes_are_mixed_by_their_share():
    factor = he.age_adjustment(parameters(age=60.0, share_female=0.25), TIME)
    mixed = 0.25 * np.array([0.8, 0.7, 0.7]) + 0.75 * np.array([0.9, 0.9, 0.6])
    np.testing.assert_allclose(factor.values, mixed / mixed[0])


def test_by_draw():
    age = xr.DataArray([60.0, 61.0], dims="draw")
    factor = he.age_adjustment(parameters(age=age, share_female=1.0), TIME)
    assert factor.dims == ("draw", "cycle")
    np.testing.assert_allclose(factor.values, [[1, 0.875, 0.875], [1, 1, 1]])


def test_it_lowers_what_it_multiplies():
    def outcome(p, time):
        state = he.partition(time, overall=he.Exponential(p.rate))
        years = he.years_in(time, state, "alive")
        return he.Outcome(state, [he.qaly("Time", years, p.utility, he.age_adjustment(p, time))])

    values = {"rate": 1e-300, "utility": 0.5, "age": 60.0, "share_female": 1.0}
    case = he.Case(
        outcome, values, {"strategy": ["A"]}, SETTINGS.with_changes(discount_rate_effect=0), {"Utility norms": NORMS}
    )
    np.testing.assert_allclose(he.run(case).totals.qaly.values, 0.5 * (1 + 2 * 0.875))


@pytest.mark.parametrize(
    ("table", "values", "words"),
    [
        (NORMS, {"age": 59.0, "share_female": 0.5}, "begins at 60; the cohort is 59 at the start"),
        (NORMS[NORMS.sex == "male"], {"age": 60.0}, "has rows for male; give female and male, or both"),
    ],
)
def test_norms_that_do_not_fit(table, values, words):
    with pytest.raises(InputError, match=words):
        he.age_adjustment(parameters(table, **values), TIME)
