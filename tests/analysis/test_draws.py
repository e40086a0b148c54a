"""Functions of plain arrays take a run of draws: the same numbers, at each horizon, between chosen strategies."""

import numpy as np
import pandas as pd
import pytest
from linear import inputs, outcome

import hecon as he
from hecon.analysis.psa.export import costs_and_effects, parameter_table

HORIZONS = (1.0, 2.0)


@pytest.fixture(scope="module")
def psa():
    return he.run(inputs(willingness_to_pay=(100.0, 200.0)).draws(400, 3, outcome))


@pytest.mark.parametrize("name", ["ceac", "ceaf", "expected_loss", "net_benefit", "evpi", "convergence"])
def test_a_run_gives_the_tables_of_its_arrays_below_each_other(psa, name):
    function = getattr(he, name)
    found = function(psa, [100.0, 150.0])
    assert found.columns[0] == "horizon_years"
    for horizon in HORIZONS:
        own = found[found.horizon_years == horizon].drop(columns="horizon_years").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, function(*costs_and_effects(psa, horizon), [100.0, 150.0]))


def test_every_horizon_unless_some_are_named(psa):
    assert he.ceac(psa, 100.0).horizon_years.unique().tolist() == [1, 2]
    assert he.ceac(psa, 100.0, horizon=[2]).horizon_years.unique().tolist() == [2]
    with pytest.raises(he.HeconError, match="the run has 1, 2"):
        he.ceac(psa, 100.0, horizon=3)


def test_thresholds_are_those_of_the_settings_unless_given(psa):
    assert he.evpi(psa).willingness_to_pay.unique().tolist() == [100, 200]
    assert he.evppi(psa, ["price"]).willingness_to_pay.unique().tolist() == [100, 200]
    assert he.evpi(psa, 50.0).willingness_to_pay.unique().tolist() == [50]


def test_a_decision_may_be_between_some_of_the_strategies(psa):
    assert he.ceac(psa, 100.0, strategies=["B", "A"]).strategy.tolist()[:2] == ["B", "A"]
    assert he.ceac(psa, 100.0, strategies=["A"]).probability.tolist() == [1, 1]
    with pytest.raises(he.UnknownNameError, match="there is no strategy 'C'"):
        he.ceac(psa, 100.0, strategies=["A", "C"])


def test_another_effect_than_qalys(psa):
    own = he.net_benefit(psa, 100.0, horizon=2, effect="life_years")
    expected = he.net_benefit(*costs_and_effects(psa, 2.0, "life_years"), 100.0)
    assert own.net_monetary_benefit.tolist() == expected.net_monetary_benefit.tolist()


def test_the_plane_is_against_the_comparator_of_the_case():
    psa = he.run(inputs(comparator="A").draws(50, 3, outcome))
    plane = he.cost_effectiveness_plane(psa)
    assert plane.comparator == "A"
    assert plane.summary[["horizon_years", "strategy"]].values.tolist() == [[1, "B"], [2, "B"]]
    assert len(plane.increments) == 2 * 50
    assert set(plane.ellipse.horizon_years) == {1, 2}
    assert he.cost_effectiveness_plane(psa, comparator="B").comparator == "B"


def test_evppi_of_groups_by_what_a_workbook_shows(psa):
    found = he.evppi(psa, ["price", "gain: A"], 100.0)
    assert found.group.tolist() == ["price", "gain: A"] * 2
    assert found.inputs.tolist()[:2] == ["price · A, price · B", "gain · A"]
    table = parameter_table(psa)
    for horizon in HORIZONS:
        groups = {"price": ["price · A", "price · B"], "gain: A": ["gain · A"]}
        alone = he.evppi(*costs_and_effects(psa, horizon), table, groups, 100.0)
        at = found[found.horizon_years == horizon]
        np.testing.assert_allclose(at.evppi, alone.evppi, rtol=1e-9)
        np.testing.assert_allclose(at.evpi, alone.evpi)
    assert he.evppi(psa, "parameter", 100.0, horizon=1).group.tolist() == ["price", "gain"]
    assert he.evppi(psa, "price", 100.0, horizon=1).group.tolist() == ["price"]
    assert len(he.evppi(psa, None, 100.0, horizon=1)) == 4


def test_evsi_of_a_run(psa):
    study = he.Study("trial", [he.Measurement("gain · A", "normal", sample_size=50, sd=0.4)])
    found = he.evsi(psa, study, 100.0, horizon=1)
    alone = he.evsi(*costs_and_effects(psa, 1.0), parameter_table(psa), study, 100.0)
    assert found.evsi.tolist() == alone.evsi.tolist()


def test_progress_of_evppi_counts_groups(psa):
    seen = []
    he.evppi(psa, "parameter", 100.0, horizon=1, progress=lambda done, count: seen.append((done, count)))
    assert seen == [(1, 2), (2, 2)]


def test_what_a_run_cannot_be_asked(psa):
    with pytest.raises(TypeError, match="unexpected keyword argument 'wtp'"):
        he.ceac(psa, wtp=100.0)
    with pytest.raises(he.HeconError, match="the run has no draws"):
        he.ceac(he.run(inputs().base_case(outcome)), 100.0)
    with pytest.raises(he.UnknownNameError, match="Did you mean 'price'"):
        he.evppi(psa, ["prise"], 100.0)
    with pytest.raises(he.HeconError, match="groups is empty"):
        he.evppi(psa, [], 100.0)
