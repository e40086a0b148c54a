from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from families_of_curves import by_strategy, curves
from hypothesis import given
from hypothesis import strategies as st

from hecon.errors import InputError
from hecon.parameters import Parameters
from hecon.settings import Settings
from hecon.survival.adjust import HazardRatio, Rescaled
from hecon.survival.background import BackgroundMortality, LifeTable, general_population
from hecon.survival.base import Curve
from hecon.survival.exponential import Exponential
from hecon.survival.gompertz import Gompertz
from hecon.survival.survival_table import SurvivalTable
from hecon.survival.weibull import Weibull

PROBABILITIES = {60: 0.01, 61: 0.02, 62: 0.04, 63: 0.1}


def test_life_table_over_whole_years_is_that_of_the_table():
    curve = LifeTable(PROBABILITIES, start_age=60)
    np.testing.assert_allclose(curve.survival([1, 2, 3, 4, 5]), np.cumprod([0.99, 0.98, 0.96, 0.9, 0.9]), rtol=1e-14)
    np.testing.assert_allclose(curve.hazard([0.5, 1.0, 9.0]), -np.log([0.99, 0.98, 0.9]), rtol=1e-14)
    assert curve.knots() == (1, 2, 3)
    assert curve.survival(0.0) == 1.0
    assert curve.quantile(1 - 0.99 * 0.98) == pytest.approx(2.0, rel=1e-12)


def test_life_table_from_an_age_with_a_fraction_and_from_labelled_ages():
    assert LifeTable(PROBABILITIES, 61.5).survival(1.0) == pytest.approx(np.sqrt(0.98 * 0.96), rel=1e-13)
    ages = xr.DataArray([60.0, 61.5], dims="draw")
    curve = LifeTable(pd.Series(PROBABILITIES), ages)
    for draw, age in enumerate((60.0, 61.5)):
        single = LifeTable(PROBABILITIES, age)
        np.testing.assert_allclose(curve.survival([0.3, 1.0, 7.0])[draw], single.survival([0.3, 1.0, 7.0]), rtol=1e-13)
        assert curve.median()[draw] == pytest.approx(single.median(), rel=1e-13)
    by = LifeTable({60: by_strategy(0.1, 0.2), 61: 0.3}, 60)
    np.testing.assert_allclose(by.survival(2.0), [0.9 * 0.7, 0.8 * 0.7], rtol=1e-14)


def test_a_certain_death_leaves_nobody_past_the_birthday():
    curve = LifeTable({98: 0.4, 99: 1.0}, 98)
    assert curve.survival([1.0, 1.0001, 5.0]).tolist() == pytest.approx([0.6, 0, 0])
    bounded = BackgroundMortality(Exponential(0.01), curve)
    assert bounded.survival([1.0, 1.1, 5.0]).tolist() == pytest.approx([0.6, 0, 0])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LifeTable({60: 0.1, 62: 0.2}, 60), "misses age 61"),
        (lambda: LifeTable({60: 0.1, 60.5: 0.2}, 60), "not whole years"),
        (lambda: LifeTable({60: 1.2}, 60), "between 0 and 1"),
        (lambda: LifeTable({60: 0.2}, 59), "is 59, but the life table begins at age 60"),
        (lambda: LifeTable({}, 59), "is empty"),
        (lambda: BackgroundMortality(Exponential(1), Exponential(1), "maximum"), "Did you mean 'max'"),
        (lambda: BackgroundMortality(Exponential(1), {60: 0.1}), "background *is dict"),
    ],
)
def test_faults(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_added_mortality_is_the_product_of_survival():
    life = LifeTable(PROBABILITIES, 60)
    curve = BackgroundMortality(Weibull(1.3, 4), life, rule="add")
    at = np.array([0.0, 0.4, 2.0, 9.0])
    np.testing.assert_allclose(curve.survival(at), Weibull(1.3, 4).survival(at) * life.survival(at), rtol=1e-13)
    np.testing.assert_allclose(curve.hazard(at), Weibull(1.3, 4).hazard(at) + life.hazard(at), rtol=1e-13)


def test_the_larger_hazard_applies():
    """Constant hazards within years make the larger one exact: 0.015 against 0.01005, 0.0202, 0.0408, ..."""
    curve = BackgroundMortality(Exponential(0.015), LifeTable(PROBABILITIES, 60))
    hazards = np.maximum(0.015, -np.log1p(-np.array([0.01, 0.02, 0.04, 0.1])))
    np.testing.assert_allclose(curve.cumulative_hazard([1, 2, 3, 4]), np.cumsum(hazards), rtol=1e-13)
    np.testing.assert_allclose(curve.cumulative_hazard(2.3), hazards[:2].sum() + 0.3 * hazards[2], rtol=1e-13)
    np.testing.assert_allclose(curve.hazard([0.5, 1.5]), hazards[:2], rtol=1e-14)
    assert curve.quantile(-np.expm1(-hazards[:2].sum())) == pytest.approx(2.0, rel=1e-9)


@given(curves(), st.floats(60, 64))
def test_survival_lies_below_both(disease, age):
    life = LifeTable(PROBABILITIES, age)
    curve = BackgroundMortality(disease, life)
    at = np.linspace(0, 6, 37)
    bound = np.minimum(disease.survival(at), life.survival(at))
    assert np.all(curve.survival(at) <= bound + 1e-14)
    assert curve.survival(0.0) == 1.0
    assert np.all(np.diff(curve.survival(at)) <= 1e-14)


def test_the_grid_does_not_matter():
    curve = BackgroundMortality(Gompertz(-0.3, 0.2), LifeTable(PROBABILITIES, 60.25))
    fine = np.linspace(0, 9, 1001)
    coarse = fine[::100]
    np.testing.assert_array_equal(curve.survival(coarse), curve.survival(fine)[::100])
    assert curve.survival(4.5) == curve.survival(fine)[500]
    # Close to the exact integral of the larger hazard.
    both = np.maximum(Gompertz(-0.3, 0.2).hazard(fine), LifeTable(PROBABILITIES, 60.25).hazard(fine))
    exact = np.trapezoid(both, fine)
    assert curve.cumulative_hazard(9.0) == pytest.approx(exact, rel=1e-3)


def test_general_inversion():
    curve = BackgroundMortality(Weibull(0.7, 12), LifeTable(PROBABILITIES, 60))
    shares = np.array([0.0, 0.05, 0.3, 0.8])
    assert curve.survival(curve.quantile(shares)) == pytest.approx(1 - shares, rel=1e-12)
    low, high = (SurvivalTable([1], [left], "no_events") for left in (0.8, 0.9))
    never = BackgroundMortality(high, low)
    assert never.quantile([0.1, 0.5]).tolist() == pytest.approx([np.log(0.9) / np.log(0.8), np.inf])


def test_labelled_and_stacked():
    rate = by_strategy(0.005, 0.03, 0.2)
    age = xr.DataArray([60.0, 62.4], dims="draw")
    curve = BackgroundMortality(Exponential(rate), LifeTable(PROBABILITIES, age))
    at = np.array([0.0, 0.7, 3.3, 20.0])
    for draw in range(2):
        for place in range(3):
            single = BackgroundMortality(Exponential(float(rate[place])), LifeTable(PROBABILITIES, float(age[draw])))
            np.testing.assert_array_equal(curve.survival(at)[draw, place], single.survival(at))
            assert curve.median()[draw, place] == pytest.approx(single.median(), rel=1e-12)


def test_the_general_population_from_the_sheet():
    sheet = pd.DataFrame(
        [
            (age, sex, q * factor)
            for sex, factor in (("male", 2), ("female", 1), ("both", 1.4))
            for age, q in PROBABILITIES.items()
        ],
        columns=["age", "sex", "death_probability"],
    )

    def population(table, **values):
        arrays = {name: xr.DataArray(value) for name, value in values.items()}
        homes = {"share_female": "Population"}
        return general_population(Parameters(arrays, {}, Settings(), {"Life table": table}, "book.xlsx", homes))

    women, men = LifeTable(PROBABILITIES, 60), LifeTable({age: 2 * q for age, q in PROBABILITIES.items()}, 60)
    mixed = population(sheet, age=60.0, share_female=0.3)
    assert mixed.survival(2.5) == pytest.approx(0.3 * women.survival(2.5) + 0.7 * men.survival(2.5), rel=1e-14)
    assert population(sheet, age=60.0).survival(1.0) == pytest.approx(1 - 0.014, rel=1e-14)
    both = population(sheet[sheet.sex == "both"], age=60.0, share_female=0.3)
    assert both.survival(1.0) == pytest.approx(1 - 0.014, rel=1e-14)
    with pytest.raises(InputError, match="asks for parameter 'share_female', which belongs on sheet 'Population'"):
        population(sheet[sheet.sex != "both"], age=60.0)
    with pytest.raises(InputError, match=r"Life table +has rows for male; give female and male, or both"):
        population(sheet[sheet.sex == "male"], age=60.0)


def test_sentences():
    curve = BackgroundMortality(Rescaled(Exponential(0.1), 1 / 12, "months"), LifeTable(PROBABILITIES, 61.5))
    said = "exponential (rate 0.1, months), hazard at least that of the general population from age 61.5"
    assert repr(curve) == said
    assert repr(HazardRatio(curve, 2)) == f"[{said}], with hazard ratio 2"


def test_an_adjusted_population_bounds_too():
    frail = HazardRatio(LifeTable(PROBABILITIES, 60), 3.0)  # a standardised mortality ratio
    curve = BackgroundMortality(Exponential(0.001), frail)
    assert isinstance(curve, Curve)
    assert curve.survival(2.0) == pytest.approx((0.99 * 0.98) ** 3, rel=1e-13)
