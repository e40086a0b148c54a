"""Nested Monte-Carlo of a workbook: against closed forms and against the regression, which shares nothing with it."""

import math

import pandas as pd
import pytest
from linear import INCREMENTAL_BENEFIT, VARIANCES, build, inputs, outcome
from scipy.stats import norm
from shipped_workbooks import read

import hecon as he
from hecon.analysis.value.nested import evppi_nested


def value(*names):
    """EVPPI of inputs of the linear model at 100 per QALY: the increment is normal, and so is its conditional mean."""
    sd = math.sqrt(sum(VARIANCES[name] for name in names))
    return sd * norm.pdf(INCREMENTAL_BENEFIT / sd) - abs(INCREMENTAL_BENEFIT) * norm.sf(abs(INCREMENTAL_BENEFIT) / sd)


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("gain: A", ["gain · A"]),
        ("price", ["price · A", "price · B"]),
        (["price: B", "gain"], ["price · B", "gain · A", "gain · B"]),
    ],
)
def test_a_linear_model_has_its_closed_form(group, names):
    found = evppi_nested(inputs(), group, outer=1500, inner=64, model=outcome)
    assert found.horizon_years.tolist() == [1, 2]
    assert (abs(found.evppi - value(*names)) < 3.5 * found.standard_error).all()
    assert (found.evppi_uncorrected > found.evppi).all()
    assert (found.standard_error < 0.2 * value(*names)).all()


def test_all_inputs_are_worth_the_evpi_and_the_seed_is_kept():
    everything = ["price", "gain"]
    found = evppi_nested(inputs(), everything, 100, horizon=2, outer=2000, inner=2, model=outcome, seed=4)
    again = evppi_nested(inputs(), everything, 100, horizon=2, outer=2000, inner=2, model=outcome, seed=4)
    pd.testing.assert_frame_equal(found, again, check_exact=True)
    psa = he.run(inputs().draws(2000, 4, outcome))
    assert found.evppi[0] == pytest.approx(he.evpi(*he.costs_and_effects(psa), 100).evpi[0], rel=1e-9)


def test_progress_and_any_size_of_block(monkeypatch):
    seen = []
    whole = evppi_nested(inputs(), "gain", outer=30, inner=10, model=outcome, progress=lambda a, b: seen.append(a))
    assert seen == [30]
    monkeypatch.setattr("hecon.analysis.value.nested.CHUNK", 70)
    parts = evppi_nested(inputs(), "gain", outer=30, inner=10, model=outcome, progress=lambda a, b: seen.append(a))
    assert seen == [30, 7, 14, 21, 28, 30]
    pd.testing.assert_frame_equal(whole, parts, check_exact=True)


def test_the_regression_agrees_on_the_myeloma_decision():
    own = read("isa_dara_kd_us")
    group, two = ["relative_dose_intensity: Isa-Kd, carfilzomib", "relative_dose_intensity: Dara-Kd, carfilzomib"], \
        ["Isa-Kd", "Dara-Kd"]  # fmt: skip
    nested = evppi_nested(own, group, 150_000, strategies=two, outer=200, inner=40)
    psa = he.run(own.draws(3000))
    names = [name for name in he.parameter_table(psa) if "intensity" in name and "carfilzomib" in name][:2]
    for row in nested.itertuples():
        costs, effects = (table[two] for table in he.costs_and_effects(psa, row.horizon_years))
        fitted = he.evppi(costs, effects, he.parameter_table(psa), {"both": names}, 150_000).iloc[0]
        assert abs(fitted.evppi - row.evppi) < 3 * math.hypot(fitted.standard_error, row.standard_error)
    assert nested.evppi[0] > 1000


def test_what_is_drawn_together_is_known_together():
    own = inputs()
    table = pd.DataFrame({"input_1": ["price: A"], "input_2": ["price: B"], "correlation": [0.5], "row": [5]})
    own = build(own.parameters, {"Correlations": table})
    with pytest.raises(he.HeconError, match="is drawn together, but the group leaves out price · B"):
        evppi_nested(own, "price: A", outer=2, inner=2, model=outcome)
    assert len(evppi_nested(own, "price", outer=2, inner=2, model=outcome)) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"outer": 1}, "outer is 1; it must be at least 2"),
        ({"inner": 0}, "inner is 0"),
        ({"group": "fee"}, "which is not uncertain"),
        ({"group": []}, "names no input"),
        ({"strategies": ["a"]}, "Did you mean 'A'|there is no strategy 'a'"),
    ],
)
def test_wrong_questions(options, words):
    with pytest.raises(he.HeconError, match=words):
        evppi_nested(inputs(), **({"group": "gain", "model": outcome} | options))
