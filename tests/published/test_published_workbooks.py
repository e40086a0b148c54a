"""Every published model from its workbook: its checks hold, and every analysis takes it as it is."""

from functools import cache

import numpy as np
import pytest
from published_models import ROOT

import hecon as he
from hecon.analysis.stated_results import stated_results

NAMES = [
    "decision_tree",
    "hip_replacement",
    "hiv",
    "pelligra",
    "sick_sicker",
    "sick_sicker_age",
    "sick_sicker_residence",
    "simple_partitioned",
]
each = pytest.mark.parametrize("name", NAMES)


@cache
def inputs(name):
    return he.read_workbook(ROOT / "inputs" / f"{name}.xlsx")


@each
def test_the_checks_of_the_workbook(name):
    table = inputs(name).tables.get("Checks")
    assert table is not None or name == "sick_sicker_age" or name == "sick_sicker_residence"
    if table is None:
        return
    found = stated_results(he.run(inputs(name).base_case()))
    assert len(found) == len(table)
    assert found.passes.all(), found[~found.passes]


@pytest.mark.parametrize(
    ("name", "cost", "qaly"),
    [
        ("sick_sicker", [151580, 284805, 259100, 378875], [20.711, 21.499, 22.184, 23.137]),
        ("sick_sicker_age", [116374, 218789, 202536, 296300], [18.879, 19.636, 20.199, 21.097]),
    ],
)
def test_the_scenario_as_published_gives_the_printed_totals(name, cost, qaly):
    table = he.run(inputs(name).scenario("As published")).table()
    assert table.cost.round(0).tolist() == cost
    assert table.qaly.round(3).tolist() == qaly


def test_the_icers_of_the_age_dependent_model_as_printed():
    frontier = he.run(inputs("sick_sicker_age").scenario("As published")).full_incremental().set_index("strategy")
    assert frontier.icer.round(0)[["Strategy B", "Strategy AB"]].tolist() == [65288, 104461]


@pytest.mark.parametrize(
    ("name", "first", "second", "expected"),
    [
        ("hip_replacement", "log_hazard", "log_hazard_per_year_of_age", -0.000783 / (0.207892 * 0.0052112)),
        ("hip_replacement", "log_hazard", "log_shape", -0.005691 / (0.207892 * 0.0474501)),
        ("sick_sicker_residence", "worsening_rate", "worsening_shape", 0.5),
    ],
)
def test_coefficients_are_drawn_together(name, first, second, expected):
    draws = inputs(name).draws(4000, seed=5).values
    assert np.corrcoef(draws[first], draws[second])[0, 1] == pytest.approx(expected, abs=0.04)


@each
def test_draws_centre_on_the_base_case_and_have_the_same_bits_in_any_block(name):
    base, batch = inputs(name).base_case(), inputs(name).draws(200, seed=7)
    whole, parts = he.run(batch, block=200).totals, he.run(batch, block=37, workers=2).totals
    for measure, values in whole.items():
        np.testing.assert_array_equal(values.values, parts[measure].values)
        assert np.isfinite(values.values).all()
        assert values.values.std(axis=0).max() > 0
        middle = he.run(base).totals[measure].values
        np.testing.assert_allclose(values.mean("draw").values, middle, rtol=0.15, atol=1e-4)


@pytest.mark.parametrize("name", ["hiv", "hip_replacement", "sick_sicker_residence"])
def test_one_way_and_variance_based_sensitivity(name):
    outcome = "cost" if name == "hiv" else "net_monetary_benefit"
    bars = he.one_way(inputs(name), outcome=outcome)
    assert len(bars.table) >= 9
    indices = he.sobol(inputs(name), n=32, outcome=outcome)
    assert len(indices.table) >= 9


@each
def test_shares_sum_to_one(name):
    shares = he.run(inputs(name).base_case()).occupancy
    if shares is not None:
        np.testing.assert_allclose(shares.sum("state").values, 1, atol=1e-12)
        assert shares.values.min() >= -1e-15


@each
def test_exports(name, tmp_path):
    path = tmp_path / "results.xlsx"
    he.write_workbook(he.run(inputs(name).base_case()), path)
    assert path.stat().st_size > 10_000


@each
def test_a_model_file_fits_on_two_screens(name):
    assert len((ROOT / "models" / f"{name}.py").read_text().splitlines()) <= 80


def test_counted_transitions_are_drawn_from_a_dirichlet_distribution():
    batch = inputs("hiv").draws(4000, seed=3)
    names = ["moderate_to_moderate", "moderate_to_severe", "moderate_to_aids", "moderate_to_dead"]
    counts = np.array([1251.0, 350.0, 116.0, 17.0])
    drawn = np.stack([batch.values[name].values for name in names], axis=-1)
    shares, total = drawn / drawn.sum(axis=-1, keepdims=True), counts.sum()
    mean = counts / total
    np.testing.assert_allclose(shares.mean(axis=0), mean, rtol=0.02)
    np.testing.assert_allclose(shares.var(axis=0), mean * (1 - mean) / (total + 1), rtol=0.1)
    covariance = np.cov(shares[:, 0], shares[:, 1])[0, 1]
    assert covariance == pytest.approx(-mean[0] * mean[1] / (total + 1), rel=0.1)
