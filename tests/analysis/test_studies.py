"""The studies of a workbook: the values of the same designs on plain arrays, at every horizon, and what they cost."""

import math

import numpy as np
import pandas as pd
import pytest
from linear import build, inputs, outcome, rows
from scipy.stats import norm
from shipped_workbooks import read

import hecon as he
from hecon.analysis.value.evsi import evsi
from hecon.analysis.value.partial_information import partial_information
from hecon.analysis.value.perfect_information import decision_population
from hecon.analysis.value.studies import studies
from hecon.analysis.value.study_values import EVSI_METHODS

COLUMNS = ("arm", "sample_size", "sd", "follow_up", "event_share", "fixed_cost", "cost_per_participant", "delay")


def sheet(*records):
    blank = dict.fromkeys(COLUMNS, math.nan) | {"arm": "", "sample_size": 50}
    return pd.DataFrame([blank | record for record in records])


TRIAL = [
    {"design": "trial", "arm": s, "input": f"gain: {s}", "likelihood": "normal", "sample_size": 40, "sd": 0.5}
    for s in ("A", "B")
]
COSTS = {"fixed_cost": 100.0, "cost_per_participant": 2.0, "delay": 1.0}
PATIENTS = [("patients_per_year", 1000.0), ("decision_years", 3.0)]


def linear(designs, patients=(), **settings):
    own = inputs()
    frame = pd.concat([own.parameters, rows(*({"parameter": name, "value": value} for name, value in patients))])
    return build(frame.reset_index(drop=True), {"Studies": sheet(*designs)}, **settings)


def test_a_trial_of_the_linear_model_has_its_closed_form():
    """Gains 1.0 (sd 0.08) and 0.8 (sd 0.03) at 100 a QALY, prices 50 and 20: the mean benefit of A is -10."""
    psa = he.run(linear(TRIAL).draws(20_000, 5, outcome))
    found = evsi(psa, method=EVSI_METHODS)
    after = 100 * math.sqrt(sum(sd**4 / (sd**2 + 0.25 / 40) for sd in (0.08, 0.03)))
    truth = -10 * norm.cdf(-10 / after) + after * norm.pdf(-10 / after)
    assert found.method.tolist() == ["regression", "moment_matching"] * 2
    assert found.horizon_years.tolist() == [1, 1, 2, 2]
    assert (abs(found.evsi - truth) < 3 * found.standard_error + 0.05 * truth).all()
    assert (found.evsi < found.evppi).all()
    assert found.sample_size.tolist() == [80] * 4
    assert "population" not in found


def test_the_sheet_gives_the_bits_of_the_same_design_on_arrays():
    psa = he.run(linear(TRIAL, willingness_to_pay=(50.0, 100.0)).draws(3000, 2, outcome))
    study = he.Study("trial", [he.Measurement(f"gain · {s}", "normal", 40, sd=0.5, arm=s) for s in ("A", "B")])
    assert studies(psa.case) == [study]
    costs, effects = he.costs_and_effects(psa, 2)
    for method in ("regression", "moment_matching"):
        ours = evsi(psa, method=method, horizon=2)
        theirs = he.evsi(costs, effects, he.parameter_table(psa), study, [50.0, 100.0], method)
        assert ours.evsi.tolist() == theirs.evsi.tolist()
        assert ours.standard_error.tolist() == theirs.standard_error.tolist()


def test_population_cost_and_delay_change_what_a_study_is_worth():
    costly = [TRIAL[0] | COSTS, TRIAL[1]]
    plain, large, late = (
        evsi(he.run(linear(designs, patients).draws(2000, 2, outcome)), horizon=1).iloc[0]
        for designs, patients in ((costly, PATIENTS), (costly, [("patients_per_year", 2000.0), PATIENTS[1]]),
                                  ([costly[0] | {"delay": 2.0}, TRIAL[1]], PATIENTS))
    )  # fmt: skip
    persons = 1000 * (1.03**-1 + 1.03**-2)
    assert plain.population == pytest.approx(persons)
    assert plain.study_cost == 100 + 2 * 80
    assert plain.population_evsi == pytest.approx(persons * plain.evsi)
    assert plain.enbs_standard_error == pytest.approx(persons * plain.standard_error)
    assert plain.expected_net_benefit_of_sampling == pytest.approx(persons * plain.evsi - 260)
    assert large.population_evsi == pytest.approx(2 * plain.population_evsi)
    assert late.population == pytest.approx(1000 * 1.03**-2)
    assert late.expected_net_benefit_of_sampling < plain.expected_net_benefit_of_sampling


def test_the_best_design_is_named_and_none_where_none_is_worth_its_cost():
    small = {"design": "small", "input": "gain: A", "likelihood": "normal", "sample_size": 10, "sd": 0.5}
    dear = {**small, "design": "dear", "sample_size": 400, "fixed_cost": 1e9}
    psa = he.run(linear([small, dear], PATIENTS).draws(2000, 2, outcome))
    found = evsi(psa, method=EVSI_METHODS, horizon=1)
    assert found.set_index(["design", "method"]).best.to_dict() == {
        ("small", "regression"): True, ("dear", "regression"): False,
        ("small", "moment_matching"): True, ("dear", "moment_matching"): False,
    }  # fmt: skip
    assert not evsi(psa, "dear", horizon=1).best.any()


def test_the_population_of_a_decision():
    case = linear([], PATIENTS).base_case(outcome)
    assert decision_population(case) == pytest.approx(1000 * sum(1.03**-t for t in range(3)))
    assert decision_population(case, delay=0.5) == pytest.approx(1000 * (0.5 + 1.03**-1 + 1.03**-2))
    steps = case.with_settings(discount_rate_cost=((0, 0.1), (1, 0.0)))
    assert decision_population(steps) == pytest.approx(1000 * (1 + 2 / 1.1))
    assert decision_population(case.with_settings(discount_form="continuous")) == pytest.approx(
        1000 * sum(math.exp(-0.03 * t) for t in range(3))
    )
    waiting = linear([], [*PATIENTS, ("prevalent_patients", 50.0)]).base_case(outcome)
    assert decision_population(waiting) == pytest.approx(decision_population(case) + 50)
    assert decision_population(inputs().base_case(outcome)) is None


def test_patients_a_year_reach_the_value_of_partial_information():
    psa = he.run(linear([], PATIENTS).draws(1000, 2, outcome))
    found = partial_information(psa)
    persons = 1000 * sum(1.03**-t for t in range(3))
    np.testing.assert_allclose(found.population_evppi, persons * found.evppi)
    assert "population_evppi" not in partial_information(he.run(linear([]).draws(1000, 2, outcome)))


def test_only_the_choice_that_is_asked_about_counts():
    inputs = read("isa_dara_pd_us")
    psa = he.run(inputs.draws(1500))
    every = evsi(psa, willingness_to_pay=150_000, horizon=1)
    assert every.evsi.tolist() == [0, 0]  # the regimen without an antibody is the best in every draw
    assert every.share_of_evppi.isna().all()
    two = evsi(psa, None, 150_000, strategies=["Isa-Pd", "Dara-Pd"], horizon=1)
    assert (two.evsi > 0).all()
    with pytest.raises(he.UnknownNameError, match="Did you mean 'Isa-Pd'"):
        evsi(psa, strategies=["Isa-pd", "Pd"])


def test_a_curve_is_measured_as_the_model_builds_it():
    """Overall survival of Isa-Kd is that of Kd times a hazard ratio: the trial teaches about both."""
    inputs = read("isa_dara_kd_us")
    trial = studies(inputs)[0]
    overall = trial.measurements[1]
    coefficients = [f"{name} · Kd · overall_survival · lognormal" for name in ("meanlog", "sdlog")]
    assert overall.inputs == (*coefficients, "hazard_ratio · Isa-Kd · overall_survival")
    drawn = pd.DataFrame([[3.9, 1.1, 0.5], [4.0, 0.9, 1.0]], columns=list(overall.inputs))
    months = np.array([0.5, 6.0, 12.0])
    mean, spread, ratio = drawn.to_numpy()[:, :, None].swapaxes(0, 1)
    expected = norm.sf((np.log(months) - mean) / spread) ** ratio
    np.testing.assert_allclose(overall.survival(drawn, months), expected, rtol=1e-12)
    assert trial.size == 300
    assert (trial.cost, trial.delay) == (15e6 + 300 * 80e3, 4)


def test_a_study_too_large_for_the_draws_is_said_in_its_note():
    huge = {"design": "huge", "input": "gain: A", "likelihood": "normal", "sample_size": 1_000_000, "sd": 0.5}
    found = evsi(he.run(linear([huge], PATIENTS).draws(300, 2, outcome)), method=EVSI_METHODS, horizon=1)
    assert found.evsi.isna().tolist() == [False, True]
    assert found.note[0] == ""
    assert "is too large for moment matching with 300 draws" in found.note[1]
    assert found.best.tolist() == [True, False]


def test_what_no_draw_moves_teaches_nothing():
    still = linear([{"design": "s", "input": "gain: A", "likelihood": "normal", "sd": 0.5}])
    still.parameters.loc[still.parameters.parameter == "gain", ["se", "low", "high"]] = [1e-300, math.nan, math.nan]
    found = evsi(he.run(still.draws(200, 2, outcome)), horizon=1)
    assert found.evsi.tolist() == [0]


def test_wrong_questions():
    psa = he.run(inputs().draws(50, 2, outcome))
    with pytest.raises(he.HeconError, match="has no studies; they stand on the sheet Studies"):
        evsi(psa)
    psa = he.run(linear(TRIAL).draws(50, 2, outcome))
    with pytest.raises(he.UnknownNameError, match="Did you mean 'trial'"):
        evsi(psa, ["trail"])
    with pytest.raises(he.HeconError, match="the run has 1, 2"):
        evsi(psa, horizon=3)
    with pytest.raises(he.HeconError, match="a case without draws"):
        evsi(he.run(linear(TRIAL).base_case(outcome)))
