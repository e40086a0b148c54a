from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecon.errors import InputError
from hecon.survival.fitting.digitised import digitised
from hecon.survival.fitting.kaplan_meier_estimate import kaplan_meier
from hecon.survival.fitting.pseudo_individual import pseudo_individual_data, reconstruction_report

POINTS = ([0, 1, 2, 3, 4], [1, 0.9, 0.75, 0.7, 0.55])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(5, 150), st.floats(0.3, 3), st.floats(0.2, 4), st.booleans(), st.booleans())
def test_the_risk_table_and_the_events_are_met_exactly(seed, size, shape, censoring, with_total, to_the_end):
    generator = np.random.default_rng(seed)
    time, censored = generator.weibull(shape, size), generator.exponential(censoring, size)
    event = time <= censored
    estimate = kaplan_meier(np.minimum(time, censored), event)
    last = estimate.times[-1]
    at = np.linspace(0, last * (1 if to_the_end else 1.2), 40)
    table = {t: int(n) for t, n in estimate.at(at[::10])[["time", "at_risk"]].to_numpy()}
    total = int(event.sum()) if with_total else None
    shares = np.clip(estimate.curve.survival(at) + generator.normal(0, 0.002, 40), 0, 1)
    found = pseudo_individual_data(at, shares, at_risk=table, total_events=total)
    assert len(found.time) == size
    assert found.estimate.at(list(table))["at_risk"].tolist() == list(table.values())
    assert np.all(found.time >= 0)
    if with_total:
        assert found.event.sum() == total
    elif size > 40:
        many = estimate.at(at)["at_risk"].to_numpy() >= 10  # of fewer, one event more or less moves the curve far
        apart = np.abs(found.estimate.curve.survival(at) - estimate.curve.survival(at))
        assert apart[:30][many[:30]].max() < 3 / size + 0.05


def test_small_table_by_hand():
    """No censoring: 10 patients fall to 8 and 5, so two and three events, half way through each step."""
    found = pseudo_individual_data([0, 1, 2], [1, 0.8, 0.5], at_risk={0: 10, 1: 8, 2: 5})
    assert found.event.sum() == 5
    np.testing.assert_allclose(found.time[:5], [0.25, 0.75, 1 + 1 / 6, 1.5, 1 + 5 / 6], rtol=1e-12)
    assert found.estimate.curve.survival([1, 2]).tolist() == pytest.approx([0.8, 0.5])
    assert found.time[5:].tolist() == [2] * 5


def test_points_are_cleaned_and_it_is_said():
    clean = digitised([-0.01, 1, 2, 3, 4, 5, 6], [0.99, 0.9, 0.91, 0.3, 0.8, 0.78, 0.7])
    assert clean.time[0] == 0
    assert clean.survival[0] == 1
    assert np.all(np.diff(clean.survival) <= 0)
    assert any("outliers dropped, at 3" in note for note in clean.notes)
    assert any("before time 0" in note for note in clean.notes)
    assert any("evened out" in note for note in clean.notes)


def test_a_curve_shorter_than_the_table_is_said():
    found = pseudo_individual_data(*POINTS, at_risk={0: 40, 2: 28, 4: 15, 6: 4})
    assert found.estimate.at([6])["at_risk"].tolist() == [4]
    assert "the curve ends at 4" in found.notes[-1]


def test_units_and_curves_beyond_the_table_are_said():
    (said,) = pseudo_individual_data([0, 0.5, 1], [1, 0.8, 0.6], at_risk={0: 50, 6: 30, 12: 20}).notes
    assert "in years beside a table in months?" in said
    (said,) = pseudo_individual_data([0, 6, 60], [1, 0.8, 0.3], at_risk={0: 50, 6: 30, 12: 20}).notes
    assert "the numbers at risk end at 12: who was at risk then is guessed" in said


def test_the_report_compares_everything():
    found = pseudo_individual_data(*POINTS, at_risk={0: 40, 2: 28}, total_events=17)
    report = found.report(median=4.5, survival={1: 0.9})
    assert report["measure"].tolist() == [
        "at_risk", "at_risk", "events", "curve_root_mean_square", "curve_largest", "median", "survival",
    ]  # fmt: skip
    assert report.set_index("measure").loc["events", "difference"] == 0


FAULTS = [
    (lambda: digitised([0, 1], [100, 90]), "survival, row 1 +is 100: this looks like percent"),
    (lambda: digitised([0, 1], [1, -0.2]), "survival, row 2 +is -0.2; it must lie between 0 and 1"),
    (lambda: digitised([0, 1, 2, 3], [1, 0.8, 0.6, 0.9]), "survival, row 4 +is 0.9 at time 3, 0.3 above an earlier"),
    (lambda: digitised([-3, 1, 4], [1, 0.9, 0.8]), "time, row 1 +is -3; a time is at least 0"),
    (lambda: digitised([0], [1]), "time +has 1 points"),
    (lambda: pseudo_individual_data(*POINTS), "at_risk +is missing"),
    (lambda: pseudo_individual_data(*POINTS, at_risk={0: 40, 2: 41}), "at_risk, row 2 +grows from 40 to 41 at time 2"),
    (lambda: pseudo_individual_data(*POINTS, at_risk={0: 40, 2: 20.5}), "row 2 +is 20.5 at time 2; a number at risk"),
    (lambda: pseudo_individual_data(*POINTS, at_risk={2: 40}), "must begin at time 0"),
    (lambda: pseudo_individual_data(*POINTS, at_risk={0: 40, 4: 20, 2: 10}), "row 3 +has time 2 after 4"),
    (lambda: pseudo_individual_data(*POINTS, at_risk={0: 40, 2: 0}), "row 2 +is 0 at time 2, but the curve goes on"),
    (lambda: pseudo_individual_data(*POINTS, at_risk={0: 1}), "needs at least two patients"),
    (lambda: pseudo_individual_data(*POINTS, at_risk={0: 40}, patients=50), "patients +is 50, but 40"),
    (lambda: pseudo_individual_data(*POINTS, patients=40, total_events=41), "total_events +is 41, but there are 40"),
    (lambda: reconstruction_report({}, reference="A"), "reference +is 'A'"),
]


@pytest.mark.parametrize(("call", "words"), FAULTS)
def test_faults(call, words):
    with pytest.raises(InputError, match=words):
        call()
