"""Background mortality and waning from the cells of a workbook, in a model of a few lines."""

import numpy as np
import pytest

import hecon as he
from hecon.inputs.template import write_inputs

STRATEGIES = ["new", "old"]
#: Yearly probability of death by age, rising steeply, so that it overtakes the curve within the horizon.
DEATHS = {age: min(1.0, 0.02 * 1.12 ** (age - 70)) for age in range(60, 101)}


def outcome(p, time):
    """Overall survival under an effect that wanes, never better than the general population's."""
    treated = he.Waning(
        he.curve(p, "overall_survival").select(strategy="old"), p.os_ratio, p.waning_start, p.waning_end
    )
    overall = he.BackgroundMortality(treated, he.general_population(p))
    state = he.partition(time, overall=overall)
    return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    def row(parameter, value, **more):
        return {"parameter": parameter, "value": value, "status": "assumed", "note": "example", **more}

    where = {"strategy": "old", "endpoint": "overall_survival"}
    tables = {
        "Labels": [
            *({"dimension": "strategy", "label": name} for name in STRATEGIES),
            {"dimension": "endpoint", "label": "overall_survival"},
        ],
        "Curves": [
            {**where, "family": "exponential", "time_unit": "year"},
            {**where, "strategy": "new", "reference": "old", "effect": "same"},
        ],
        "Survival": [row("rate", 0.1, family="exponential", **where)],
        "Population": [
            row("age", 70, unit="years", se=2, distribution="normal"),
            row("share_female", 0.4, unit="share"),
        ],
        "Parameters": [
            row("os_ratio", 0.5, strategy="new"),
            row("os_ratio", 1, strategy="old"),
            row("waning_start", 3, unit="years"),
            row("waning_end", 5, unit="years"),
        ],
        "Life table": [
            {"age": age, "sex": sex, "death_probability": min(1.0, q * factor)}
            for sex, factor in (("female", 1.0), ("male", 1.5))
            for age, q in DEATHS.items()
        ],
    }
    path = tmp_path_factory.mktemp("population") / "population.xlsx"
    write_inputs(path, tables, {"model": "population", "horizons": "1, 20", "cycle_unit": "month"})
    return he.read_workbook(path)


def alive(case):
    shares = he.run(case).occupancy.sel(state="alive")
    return shares.values, he.run(case).time.edges


def test_survival_is_bounded_and_the_effect_wanes(inputs):
    shares, years = alive(inputs.base_case(outcome))
    women, men = (he.LifeTable({a: min(1.0, q * f) for a, q in DEATHS.items()}, 70) for f in (1.0, 1.5))
    population = 0.4 * women.survival(years) + 0.6 * men.survival(years)
    hazard = -np.diff(np.log(shares), axis=1) / np.diff(years)
    least = -np.diff(np.log(population)) / np.diff(years)
    assert (hazard >= least - 1e-9).all()
    new, old = hazard
    early, late = years[:-1] < 2.9, (years[:-1] > 5) & (years[:-1] < 6)
    np.testing.assert_allclose(old[early], 0.1, rtol=1e-9)
    np.testing.assert_allclose(new[early], np.maximum(0.05, least[early]), rtol=1e-9)
    np.testing.assert_allclose(new[late], old[late], rtol=1e-9)


def test_every_cell_moves_the_result_and_draws_run(inputs):
    base = inputs.base_case(outcome)
    years = he.run(base).totals.life_years.sel(strategy="new").values
    for change in ({"age": 75.0}, {"share_female": 1.0}, {"waning_start": 1.0}, {"waning_end": 9.0}):
        assert abs(he.run(base.with_values(**change)).totals.life_years.sel(strategy="new").values - years)[1] > 1e-3
    batch = he.run(inputs.draws(50, seed=1, model=outcome)).totals.life_years
    assert batch.std("draw").values[:, 1].min() > 0.01


def test_what_is_missing_is_said_by_its_sheet(inputs):
    base = inputs.base_case(outcome)
    without = {name: value for name, value in base.values.items() if name != "share_female"}
    with pytest.raises(he.InputError, match="'share_female', which belongs on sheet 'Population'"):
        he.run(base._changed(values=without))
    tables = {name: table for name, table in base.tables.items() if name != "Life table"}
    with pytest.raises(he.InputError, match=r"Life table +the model needs sheet 'Life table'"):
        he.run(base._changed(tables=tables))
    with pytest.raises(he.InputError, match=r"Life table +parameter 'age' is 50, but the life table begins at age 60"):
        he.run(base.with_values(age=50.0))
    table = base.tables["Life table"]
    gap = {**base.tables, "Life table": table[table["age"] != 80]}
    with pytest.raises(he.InputError, match=r"Life table +\(female\) misses age 80; every whole age is needed"):
        he.run(base._changed(tables=gap))
