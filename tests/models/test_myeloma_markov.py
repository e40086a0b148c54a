"""The myeloma model as a three-state Markov model, beside partitioned survival on the same workbook."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import hecon as he

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def structures():
    spec = importlib.util.spec_from_file_location("myeloma_markov", ROOT / "models" / "myeloma_markov.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def results(structures):
    inputs = he.read_workbook(ROOT / "inputs" / "isa_dara_pd_us.xlsx")
    models = [structures.outcome, structures.clock_forward, structures.common_mortality]
    return [he.run(inputs.base_case()), *(he.run(inputs.base_case(model)) for model in models)]


def test_progression_free_survival_is_the_same_in_every_structure(results):
    for result in results[1:]:
        np.testing.assert_allclose(result.occupancy.values[:, 0], results[0].occupancy.values[:, 0], atol=5e-4)


def test_mortality_by_year_brings_back_the_published_overall_survival(results):
    partitioned, _, forward, _ = (result.totals.life_years.values for result in results)
    np.testing.assert_allclose(forward, partitioned, rtol=0.02)


def test_one_mortality_for_all_lets_a_regimen_act_through_progression_only(results):
    free = results[3].totals.progression_free_life_years.values[:, -1]
    alive = results[3].totals.life_years.values[:, -1]
    assert (np.argsort(free) == np.argsort(alive)).all()
    # On the published curves the regimen with more time free of progression lives shorter.
    assert (np.argsort(results[0].totals.life_years.values[:, -1]) != np.argsort(free)).any()


def test_what_the_notebook_says_of_the_answer(results):
    """The sign hangs on no structure, its size does; one rate from progression on overshoots the published medians."""
    gains, costs = [], []
    for result in results:
        pairs = result.incremental(comparator="Dara-Pd").query("strategy == 'Isa-Pd'")
        gains.append(pairs.incremental_qaly.to_numpy())
        costs.append(pairs.incremental_cost.to_numpy())
    partitioned, reset, _, common = gains
    assert (np.sign(costs) == [-1, 1, 1]).all()
    assert (np.array(gains) > 0).all()
    assert (reset > partitioned).all()
    assert common[-1] < partitioned[-1] / 2
    assert (150_000 * np.array(gains)[:, 1:] < np.array(costs)[:, 1:]).all()

    def medians(result):
        return [12 * np.interp(0.5, one.dead, one.year) for _, one in result.trace().groupby("strategy", sort=False)]

    own = np.array(medians(results[0]))
    assert ((np.array(medians(results[1])) - own > 2.5) & (np.array(medians(results[1])) - own < 5)).all()
    assert (np.abs(np.array(medians(results[2])) - own) < 1).all()
    assert 7 < max(np.array(medians(results[3])) - own) < 8.5


def test_draws(structures):
    inputs = he.read_workbook(ROOT / "inputs" / "isa_dara_pd_us.xlsx")
    batch = inputs.draws(70, seed=2, model=structures.clock_forward)
    whole, parts = he.run(batch, block=70).totals, he.run(batch, block=33).totals
    np.testing.assert_array_equal(whole.cost.values, parts.cost.values)
    assert np.isfinite(whole.qaly.values).all()
