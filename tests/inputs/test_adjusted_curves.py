"""What is done to the curves of a workbook: by columns of Curves and rows of Survival, in a stated order."""

from __future__ import annotations

import numpy as np
import pytest
from adjusted_curves import NEW, OS, STANDARD, TOT, tables, write

import hecon as he
from hecon.analysis.value.groups import unused_rows
from hecon.errors import InputError
from hecon.inputs.workbook import read_tables, read_workbook
from hecon.survival import (
    AtLandmark,
    GeneralisedF,
    HazardRatio,
    Lognormal,
    MixtureCure,
    NonMixtureCure,
    Rescaled,
    Spline,
    TimeVaryingHazardRatio,
    Waning,
    WaningTo,
    Weibull,
    curve_sentences,
)


def months(curve):
    return Rescaled(curve, 1 / 12, "months")


REFERENCE = {"reference": STANDARD, "effect": "hazard_ratio"}
BY_TIME = {"reference": STANDARD, "effect": "time_varying_hazard_ratio"}
NEW_OS, STANDARD_OS = months(Weibull(1.15, 41.3)), months(Weibull(1.15, 28.9))
KNOTS = np.log([1.0, 9.0, 40.0])
WANED = Waning(STANDARD_OS, 0.7, 1.0, 3.0)
CURVES = {
    "cure": ({"family": "weibull_mixture_cure"}, months(MixtureCure(Weibull(1.1, 26.0), 0.2))),
    "non-mixture": ({"family": "lognormal_non_mixture_cure"}, months(NonMixtureCure(Lognormal(3.6, 1.1), 0.15))),
    "generalised F": ({"family": "generalised_f"}, months(GeneralisedF(3.7, 0.9, 0.2, 0.4))),
    "spline": ({"family": "spline_odds_1"}, months(Spline([-3.1, 1.15, 0.04], KNOTS, "odds"))),
    "waning": ({**REFERENCE, "waning": "linear"}, WANED),
    "log-linear": ({**REFERENCE, "waning": "log_linear"}, Waning(STANDARD_OS, 0.7, 1.0, 3.0, "log_linear")),
    "at once": ({**REFERENCE, "waning": "at_once"}, Waning(STANDARD_OS, 0.7, 1.0, None, "at_once")),
    "by time": (BY_TIME, TimeVaryingHazardRatio(STANDARD_OS, [0, 0.5, 2.0], [0.5, 0.8, 1.0])),
    "to another": ({"family": "weibull", "wanes_to": STANDARD}, WaningTo(NEW_OS, STANDARD_OS, 1.0, 3.0)),
    "landmark": ({"family": "weibull", "landmark": "yes"}, AtLandmark(NEW_OS, 5.0, 0.31, 1.5)),
    "all in order": (
        {**REFERENCE, "waning": "linear", "wanes_to": STANDARD, "landmark": "yes"},
        AtLandmark(WaningTo(WANED, STANDARD_OS, 1.0, 3.0), 5.0, 0.31, 1.5),
    ),
}  # fmt: skip


def parameters(case):
    return he.Parameters(case.used_values(), case.labels, case.settings, case.tables)


def no_model(p, time):
    """The curves are asked for without one."""


def of_new(case, endpoint=OS):
    return he.curve(parameters(case), endpoint).select(strategy=NEW)


@pytest.mark.parametrize("name", CURVES)
def test_rows_make_the_curve(tmp_path, name):
    row, expected = CURVES[name]
    case = read_workbook(write(tmp_path / "adjusted.xlsx", tables(row))).base_case(no_model)
    times = np.linspace(0, 12, 40)
    np.testing.assert_allclose(of_new(case).survival(times), expected.survival(times), rtol=1e-9)
    standard = he.curve(parameters(case), OS).select(strategy=STANDARD)
    assert standard.survival(1.0) == pytest.approx(STANDARD_OS.survival(1.0))


def test_the_order_is_a_sentence(tmp_path):
    case = read_workbook(write(tmp_path / "adjusted.xlsx", tables(CURVES["all in order"][0]))).base_case(no_model)
    said = curve_sentences(parameters(case), OS)[0]
    steps = ("Weibull (shape 1.15, scale 28.9, months)", "hazard ratio 0.7 waning to 1", "going over", "held to 0.31")
    places = [said.find(step) for step in steps]
    assert -1 not in places, said
    assert places == sorted(places)


def test_what_does_not_happen_needs_nothing(tmp_path):
    content = tables()
    content["Curves"] = [row for row in content["Curves"] if (row["strategy"], row["endpoint"]) != (NEW, TOT)]
    content["Curves"].append({"strategy": NEW, "endpoint": TOT, "family": "never"})
    case = read_workbook(write(tmp_path / "never.xlsx", content)).base_case(no_model)
    assert of_new(case, TOT).survival(50.0) == 1


@pytest.mark.parametrize(
    ("row", "gone", "words"),
    [
        ({"family": "weibull_mixture_cure"}, "cure_fraction", "has no cure_fraction of family"),
        ({**REFERENCE, "waning": "linear"}, "waning_end", "has no waning_end for New treatment"),
        ({"family": "weibull", "waning": "linear"}, "", "no effect hazard_ratio that could wane"),
        ({"family": "weibull", "wanes_to": NEW}, "", "leads back to itself"),
        ({"family": "weibull", "landmark": "yes"}, "landmark_survival", "has no landmark_survival"),
        (BY_TIME, "hazard_ratio_until_2", "has no hazard_ratio_until_2"),
        ({"family": "weibull", "landmark": "yes", "time_unit": None}, "", "time_unit is blank"),
        ({"family": "weibull", "landmark": "maybe"}, "", "'maybe'"),
    ],
)
def test_what_is_missing_is_said_by_its_cell(tmp_path, row, gone, words):
    content = tables(row)
    content["Survival"] = [one for one in content["Survival"] if one["parameter"] != gone]
    with pytest.raises(InputError) as caught:
        read_tables(write(tmp_path / "wrong.xlsx", content))
    fault = caught.value.faults[0]
    assert fault.where.startswith(("Curves!", "Control!"))
    assert words in fault.what


def test_a_time_that_ends_a_ratio_is_fixed(tmp_path):
    content = tables(BY_TIME)
    own = next(one for one in content["Survival"] if one["parameter"] == "hazard_ratio_until_1")
    own |= {"distribution": "uniform", "low": 5.0, "high": 7.0}
    with pytest.raises(InputError, match="the time at which a ratio ends must be fixed"):
        read_tables(write(tmp_path / "wrong.xlsx", content))


def test_scenarios_change_what_is_done(tmp_path):
    content = tables(CURVES["waning"][0])
    keys = {"strategy": NEW, "endpoint": OS}
    content["Scenarios"] = [
        {"scenario": "no waning", "target": "waning", **keys, "value": None},
        {"scenario": "cured", "target": "family", **keys, "value": "weibull_mixture_cure"},
        {"scenario": "held", "target": "landmark", **keys, "value": "yes"},
    ]
    inputs = read_workbook(write(tmp_path / "scenarios.xlsx", content))
    expected = {
        "no waning": HazardRatio(STANDARD_OS, 0.7),
        "cured": CURVES["cure"][1],
        "held": AtLandmark(WANED, 5.0, 0.31, 1.5),
    }
    for name, curve in expected.items():
        found = of_new(inputs.scenario(name, no_model))
        assert found.survival(4.0) == pytest.approx(curve.survival(4.0), rel=1e-9), name


def test_draws_of_fractions_and_splines_are_curves(tmp_path):
    """A cure fraction is drawn as its logit; a draw of a spline never falls."""
    variances = {
        "spline_hazard_1": {"gamma_0": 0.2, "gamma_1": 0.5, "gamma_2": 0.01},
        "weibull_mixture_cure": {"cure_fraction": 0.6, "shape": 0.01, "scale": 0.01},
    }
    content = tables({"family": "spline_hazard_1"})
    for one in content["Survival"]:
        if one["parameter"] in variances.get(one.get("family"), ()):
            one["distribution"] = "multivariate_normal"
    keys = {"strategy": NEW, "endpoint": OS}
    content["Covariance"] = [
        {**keys, "family": family, "parameter_1": name, "parameter_2": name, "covariance": variance}
        for family, own in variances.items()
        for name, variance in own.items()
    ]
    inputs = read_workbook(write(tmp_path / "draws.xlsx", content))
    case = inputs.draws(500, 3, no_model)
    fraction = case.values["cure_fraction"].sel(**keys, family="weibull_mixture_cure").values
    logits = np.log(fraction) - np.log1p(-fraction)
    assert abs(logits.mean() - np.log(0.25)) < 4 * np.sqrt(0.6 / 500)
    assert 0.6 * 0.8 < logits.var() < 0.6 * 1.2
    survival = of_new(case).survival(np.linspace(0.01, 15, 200)).values
    assert (np.diff(survival, axis=-1) <= 1e-12).all()
    again = inputs.draws(40, 3, no_model).values["gamma_1"].values
    np.testing.assert_array_equal(case.values["gamma_1"].values[:40], again)


def test_what_an_effect_reads_is_used_and_the_rest_is_not(tmp_path):
    inputs = read_workbook(write(tmp_path / "used.xlsx", tables(CURVES["all in order"][0])))
    unused = {inputs.parameters["parameter"][place] for place in unused_rows(inputs.parameters, inputs.tables)}
    assert not unused & {"waning_start", "waning_end", "landmark_time", "landmark_survival", "landmark_since"}
    assert "hazard_ratio_1" in unused
