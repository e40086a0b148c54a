"""All analyses of a workbook in one go: each as its own function gives it, with the sizes of the settings."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from linear import build, inputs, outcome, rows

import hecon as he
from hecon.analysis.registry import ANALYSES, analysis
from hecon.analysis.suite import run_suite
from hecon.analysis.value.perfect_information import decisions

SMALL = {"draws": 300, "sobol_samples": 64}
#: What the linear model's workbook has no sheet for.
ABSENT = {"health", "scenario_draws", "scenarios", "evsi", "map", "severity", "budget", "plausibility"}


def small(**settings):
    return inputs(**SMALL | settings)


@pytest.fixture(scope="module")
def suite():
    return run_suite(small(), model=outcome)


def test_each_analysis_is_what_its_own_function_gives(suite):
    own = small()
    pd.testing.assert_frame_equal(suite.base.table(), he.run(own.base_case(outcome)).table())
    pd.testing.assert_frame_equal(suite.one_way[0].table, he.one_way(own, model=outcome).table)
    pd.testing.assert_frame_equal(
        suite.thresholds, he.decision_thresholds(own, [he.one_way(own, model=outcome)], model=outcome)
    )
    drawn = he.run(own.draws(model=outcome))
    np.testing.assert_array_equal(suite.psa.totals.cost, drawn.totals.cost)
    expected = he.evppi(drawn, "topic", strategies=["A", "B"])
    pd.testing.assert_frame_equal(suite.evppi.drop(columns="decision"), expected)
    assert suite.evppi.decision.unique().tolist() == ["A or B"]
    pd.testing.assert_frame_equal(suite.sobol.table, he.sobol(own, 64, model=outcome).table)
    assert suite.skipped == {}
    assert list(suite.analyses) == ["average_ratios", "one_way", "thresholds", "price_grid", "psa", "evppi", "sobol"]


def test_only_what_is_asked_for():
    found = run_suite(small(), ["psa"], model=outcome)
    assert list(found.analyses) == ["psa"]
    assert run_suite(small(), [], model=outcome).analyses == {}
    assert list(run_suite(small(), ["evppi"], model=outcome).analyses) == ["psa", "evppi"]
    with pytest.raises(he.UnknownNameError, match="Did you mean 'sobol'"):
        run_suite(small(), ["sobel"], model=outcome)


@pytest.mark.parametrize(
    ("name", "value", "analysis", "size"),
    [
        ("draws", 50, "psa", lambda psa: psa.draws == 50),
        ("seed", 7, "psa", lambda psa: psa.case.settings.seed == 7),
        ("sobol_samples", 128, "sobol", lambda found: found.n == 128),
        ("evppi_groups", "input", "evppi", lambda table: table.group.nunique() == 4),
        ("evppi_groups", "sheet", "evppi", lambda table: table.group.unique().tolist() == ["Parameters"]),
    ],
)
def test_settings_say_how_large(name, value, analysis, size):
    assert size(getattr(run_suite(small(**{name: value}), [analysis], model=outcome), analysis))


def test_a_seed_changes_the_draws(suite):
    other = run_suite(small(seed=7), ["psa"], model=outcome)
    assert not np.array_equal(other.psa.totals.cost, suite.psa.totals.cost)


@pytest.mark.parametrize(
    ("own", "skipped"),
    [
        (small(sobol_samples=0), {"sobol": "the setting sobol_samples is 0"}),
        (small(evppi_groups="none"), {"evppi": "the setting evppi_groups is none"}),
        (small(draws=1), {"evppi": "it needs more than one draw"}),
        (
            build(inputs().parameters.assign(distribution="fixed"), **SMALL),
            dict.fromkeys(("psa", "evppi", "sobol"), "no input has a distribution"),
        ),
        (
            build(inputs().parameters.assign(distribution=["normal", *["fixed"] * 4]), **SMALL),
            {"sobol": "fewer than two inputs are uncertain"},
        ),
        (
            build(inputs().parameters.query("strategy != 'B'"), labels={"strategy": ("A",)}, **SMALL),
            dict.fromkeys(("one_way", "thresholds", "price_grid", "evppi", "sobol"), "there is only one strategy"),
        ),
    ],
)
def test_what_cannot_be_done_is_left_out_and_says_why(own, skipped):
    found = run_suite(own, model=outcome)
    assert found.skipped == skipped
    assert not set(skipped) & set(found.analyses)
    assert set(found.analyses) | set(skipped) | ABSENT == set(ANALYSES)


def test_a_model_without_qalys_has_draws_only():
    def model(p, time):
        whole = outcome(p, time)
        return he.Outcome(whole.state, [line for line in whole.lines if line.kind != "qaly"])

    found = run_suite(small(), model=model)
    assert list(found.analyses) == ["average_ratios", "psa"]
    assert set(found.skipped.values()) == {"the model has no costs or no QALYs"}


TRIAL = {
    "design": "trial", "arm": "", "input": "gain: A", "likelihood": "normal", "sample_size": 40, "sd": 0.5,
    "follow_up": np.nan, "event_share": np.nan, "fixed_cost": 10.0, "cost_per_participant": 0.1, "delay": 1.0,
}  # fmt: skip


def with_studies(*patients):
    own = small()
    more = rows(*({"parameter": name, "value": value} for name, value in patients))
    frame = pd.concat([own.parameters, more], ignore_index=True) if patients else own.parameters
    designs = pd.DataFrame([TRIAL, TRIAL | {"design": "larger", "sample_size": 400}])
    return build(frame, {"Studies": designs}, **SMALL)


def test_studies_are_valued_where_information_is_worth_something():
    found = run_suite(with_studies(), ["evsi"], model=outcome)
    assert list(found.analyses) == ["psa", "evsi"]
    expected = he.evsi(found.psa, strategies=["A", "B"])
    order = ["design", "horizon_years"]  # the table of an analysis has its designs one after the other
    pd.testing.assert_frame_equal(
        found.evsi.drop(columns="decision").sort_values(order, ignore_index=True),
        expected.sort_values(order, ignore_index=True),
        check_like=True,
    )
    certain = with_studies()
    certain = replace(certain, parameters=certain.parameters.assign(se=1e-9))
    assert run_suite(certain, ["evsi"], model=outcome).evsi.empty


def test_the_best_of_all_designs_is_marked():
    found = run_suite(
        with_studies(("patients_per_year", 1000.0), ("decision_years", 3.0)), ["evppi", "evsi"], model=outcome
    )
    best = found.evsi[found.evsi.best]
    assert best.groupby("horizon_years").size().tolist() == [1, 1]
    expected = he.evsi(found.psa, strategies=["A", "B"])
    assert best.sort_values("horizon_years").design.tolist() == expected[expected.best].design.tolist()
    assert found.evppi.population_evppi.tolist() == pytest.approx(
        (he.decision_population(found.psa.case) * found.evppi.evppi).tolist()
    )


def test_decisions_are_pairs_and_all_of_more_than_two():
    case = small().base_case(outcome)
    assert decisions(case) == {"A or B": ("A", "B")}
    three = replace(case, labels={"strategy": ("A", "B", "C")}, values={"fee": 1.0})
    three = three.with_settings(comparator="B")
    assert decisions(three) == {"A or B": ("A", "B"), "C or B": ("C", "B"), "all strategies": ("A", "B", "C")}


def test_progress_names_what_is_done():
    seen = {}
    run_suite(small(), model=outcome, progress=lambda what, done, count: seen.update({what: (done, count)}))
    assert list(seen) == [analysis(name).called for name in ANALYSES if name not in ABSENT]
    assert all(done == count for done, count in seen.values())


def test_a_sobol_analysis_of_several_strategies_is_that_of_each():
    own = small()
    both = he.sobol(own, 64, strategy=["A", "B"], outcome="cost", model=outcome)
    alone = he.sobol(own, 64, strategy="B", outcome="cost", model=outcome)
    words = alone.measures[0].words
    assert [measure.strategy for measure in both.measures] == ["A", "B"]
    pd.testing.assert_frame_equal(both.at(2.0, "total", words), alone.at(2.0, "total", words))
