"""What a fit gives: its curve and draws in the engine, words where the data say little, faults by argument and row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hecon as he
from hecon.errors import HeconError, InputError, UnknownNameError
from hecon.survival.fitting import jets
from hecon.survival.fitting.cured import CURES, CuredForm
from hecon.survival.fitting.forms import FORMS
from hecon.survival.fitting.knotted import PiecewiseForm, SplineForm

RNG = np.random.default_rng(5)
TIME = RNG.weibull(1.3, 300) * 4
END = RNG.uniform(0.5, 8, 300)
EVENT = (TIME <= END).astype(int)
TIME = np.minimum(TIME, END)
ARM = np.where(np.arange(300) % 2, "B", "A")

PLACES = {
    "exponential": [-1.0],
    "weibull": [0.2, 1.0],
    "weibull_ph": [0.2, -1.0],
    "gompertz": [0.01, -1.0],
    "lognormal": [1.0, 0.3],
    "loglogistic": [0.3, 1.0],
    "gamma": [0.4, -0.5],
    "generalised_gamma": [1.0, 0.1, 0.4],
    "generalised_f": [1.0, 0.1, 0.4, -1.0],
}
ALL_FORMS = [
    *((FORMS[family](), place) for family, place in PLACES.items()),
    *((SplineForm([-1.5, 0.2, 2.0], scale), [-1.0, 1.2, 0.05]) for scale in ("hazard", "odds", "normal")),
    (PiecewiseForm([1.0, 3.0]), [-1.0, -0.5, -1.2]),
    *((CuredForm(FORMS["generalised_gamma"](), cure), [-0.3, 1.0, 0.2, 0.5]) for cure in CURES),
]


# --- forms ---


def test_every_form_is_here():
    assert set(PLACES) == set(FORMS)


@pytest.mark.parametrize(("form", "place"), ALL_FORMS, ids=lambda part: getattr(part, "family", ""))
@pytest.mark.parametrize("what", ["log_survival", "log_density"])
def test_derivatives_are_those_of_the_values(form, place, what):
    t = np.array([0.02, 0.4, 1.7, 6.0])
    at, function = form.at(t), getattr(form, what)

    def value(point):
        return function(at, [np.full(len(t), number) for number in point])

    place = np.array(place)
    jet = function(at, jets.parameters([np.full(len(t), number) for number in place]))
    steps = 1e-4 * np.eye(len(place))
    slopes = np.array([(value(place + one) - value(place - one)) / 2e-4 for one in steps])
    crossed = [[(value(place + a + b) - value(place + a - b) - value(place - a + b) + value(place - a - b)) / 4e-8
                for a in steps] for b in steps]  # fmt: skip
    np.testing.assert_array_equal(jet.value, value(place))
    np.testing.assert_allclose(jet.gradient, slopes, rtol=2e-5, atol=1e-7)
    hessian = np.zeros((len(place), *jet.gradient.shape)) if jet.hessian is None else jet.hessian
    np.testing.assert_allclose(hessian, crossed, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("form", "place"), ALL_FORMS, ids=lambda part: getattr(part, "family", ""))
def test_a_form_is_its_curve(form, place):
    curve = form.curve([float(value) for value in form.natural(place)])
    t = np.array([0.02, 0.4, 1.7, 6.0])
    at, p = form.at(t), [np.full(len(t), number) for number in place]
    np.testing.assert_allclose(form.log_survival(at, p), -curve.cumulative_hazard(t), rtol=1e-10)
    np.testing.assert_allclose(form.log_density(at, p), np.log(curve.density(t)), rtol=1e-9, atol=1e-12)


# --- what a fit gives ---


def test_levels_are_sorted_whatever_row_comes_first():
    """As R has them: the first level by name is the reference, unless a categorical says another."""
    for order in (slice(None), slice(None, None, -1)):
        fit = he.fit("weibull", TIME[order], EVENT[order], covariates={"arm": ARM[order]})
        assert fit.names == ("shape", "scale", "scale: arm B")
    turned = he.fit("weibull", TIME, EVENT, covariates={"arm": pd.Categorical(ARM, ["B", "A"])})
    assert turned.names[-1] == "scale: arm A"
    assert turned.estimates[-1] == pytest.approx(-fit.estimates[-1], abs=1e-8)


def test_the_curve_of_a_fit_by_strategy_goes_into_the_engine():
    fit = he.fit("weibull", TIME, EVENT, covariates={"strategy": ARM}, on="all")
    separate = [he.fit("weibull", TIME[arm == ARM], EVENT[arm == ARM]) for arm in ("A", "B")]
    assert fit.loglik == pytest.approx(sum(one.loglik for one in separate), abs=1e-8)
    assert fit.curve.axes.labels == {"strategy": ("A", "B")}
    for arm, one in zip("AB", separate, strict=True):
        assert fit.curve.select(strategy=arm).survival(2.0) == pytest.approx(one.curve.survival(2.0), rel=1e-7)
        assert fit.curve_at(strategy=arm).median() == pytest.approx(one.curve.median(), rel=1e-7)
    draws = fit.draws(500, seed=1)
    assert draws.axes.dims == ("draw", "strategy")
    np.testing.assert_array_equal(draws.survival(2.0)[:100], fit.draws(100, seed=1).survival(2.0))


def test_draws_have_the_covariance_of_the_fit():
    fit = he.fit("generalised_gamma", TIME, EVENT)
    draws = fit.draws(40_000, seed=3)
    real = np.stack([draws.mu, np.log(draws.sigma), draws.Q])
    errors = fit.standard_errors.to_numpy()
    np.testing.assert_allclose(
        np.cov(real) / np.outer(errors, errors), fit.covariance / np.outer(errors, errors), atol=0.03
    )


def test_splines_are_drawn_until_they_never_fall():
    time = np.array([0.5, 1.0, 1.2, 2.0, 2.2, 3.0, 3.1, 4.0, 4.2, 6.0])
    fit = he.fit("spline_hazard", time, [1, 1, 0, 1, 1, 1, 0, 1, 1, 1], knots=[1.5, 3.0])
    survival = fit.draws(400, seed=1).survival(np.linspace(0.1, 8, 200)).values
    assert survival.shape == (400, 200)
    assert np.all(np.diff(survival, axis=1) <= 0)


def test_the_table_and_the_best():
    fits = he.fit_all(TIME, EVENT)
    table = fits.table([1.0, 5.0])
    assert list(table.index) == [
        *he_standard(),
        *(f"spline_{s}_{k}" for s in ("hazard", "odds", "normal") for k in (1, 2)),
    ]
    assert table["aic"].min() == fits.best().aic
    assert table["bic"].min() == fits.best("bic").bic
    assert table.loc["weibull", "bic"] == pytest.approx(2 * np.log(300) - 2 * fits["weibull"].loglik)
    assert table.loc["weibull", "survival at 5"] == pytest.approx(fits["weibull"].curve.survival(5.0))
    with pytest.raises(UnknownNameError, match="Did you mean 'weibull'"):
        fits["weibul"]


def he_standard():
    from hecon.survival.fitting.fits import STANDARD

    return STANDARD


def test_whole_weights_are_repeated_rows():
    weights = np.arange(300) % 3
    once = he.fit("lognormal", TIME, EVENT, weights=weights)
    again = he.fit("lognormal", np.repeat(TIME, weights), np.repeat(EVENT, weights))
    assert once.loglik == pytest.approx(again.loglik, abs=1e-9)
    np.testing.assert_allclose(once.estimates, again.estimates, atol=1e-10)


def test_a_robust_covariance_does_not_grow_with_the_weights():
    one = he.fit("weibull", TIME, EVENT, weights=np.full(300, 1.0), robust=True)
    ten = he.fit("weibull", TIME, EVENT, weights=np.full(300, 10.0), robust=True)
    naive = he.fit("weibull", TIME, EVENT, weights=np.full(300, 10.0))
    np.testing.assert_allclose(one.covariance, ten.covariance, rtol=1e-8)
    assert np.all(naive.standard_errors < 0.4 * ten.standard_errors)


def test_a_piecewise_exponential_is_events_over_time_at_risk():
    fit = he.fit("piecewise_exponential", TIME, EVENT, knots=[1.0, 3.0])
    starts, ends = [0, 1, 3], [1, 3, np.inf]
    for name, start, end in zip(("rate_1", "rate_2", "rate_3"), starts, ends, strict=True):
        events = EVENT[(start < TIME) & (end >= TIME)].sum()
        assert fit.parameters[name] == pytest.approx(events / np.clip(TIME - start, 0, end - start).sum(), rel=1e-10)


def test_the_unit_of_time_changes_nothing_else():
    years, days = he.fit_all(TIME, EVENT), he.fit_all(TIME * 365.25, EVENT)
    for name, fit in years.items():
        assert days[name].loglik == pytest.approx(fit.loglik - EVENT.sum() * np.log(365.25), abs=1e-7)
        assert days[name].curve.median() == pytest.approx(365.25 * fit.curve.median(), rel=1e-5)


# --- what the data do not say is said ---


def test_a_cure_that_is_not_there_is_a_boundary_in_words():
    fit = he.fit("exponential", TIME, EVENT, cure="mixture")
    assert fit.loglik >= he.fit("exponential", TIME, EVENT).loglik - 1e-7
    said = " / ".join(fit.notes)
    assert "cure_fraction runs to its boundary" in said
    assert "nobody is cured" in said
    assert "held" in said
    assert np.isfinite(fit.draws(10, seed=1).survival(2.0)).all()


def test_a_generalised_f_that_is_a_generalised_gamma_says_so():
    inner = he.fit("generalised_gamma", TIME, EVENT)
    fit = he.fit("generalised_f", TIME, EVENT)
    assert fit.loglik >= inner.loglik - 1e-9
    assert (
        any("the fit is that of the generalised gamma" in note for note in fit.notes)
        or fit.loglik > inner.loglik + 1e-6
    )


def test_an_interval_without_events_has_rate_0():
    fit = he.fit("piecewise_exponential", [0.5, 0.7, 2.5, 4.0], [1, 1, 0, 1], knots=[1.0, 2.0])
    assert any("there is no event in that interval" in note for note in fit.notes)
    assert fit.parameters["rate_2"] < 1e-4


def test_all_events_at_one_time_have_no_top():
    fit = he.fit("weibull", [2.0, 2.0, 2.0, 1.0], [1, 1, 1, 0])
    assert any("all events at nearly one time" in note for note in fit.notes)


def test_more_coefficients_than_events_are_said():
    fit = he.fit("weibull", [1.0, 2.0, 3.0, 4.0], [0, 1, 0, 0])
    assert "2 coefficients from 1 event" in fit.notes


# --- faults ---


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"time": [1, -2, 3], "event": [1, 1, 0]}, "time, row 2.* is -2; a time is a finite number of at least 0"),
        ({"time": [1, np.nan, 3], "event": [1, 1, 0]}, "time, row 2.* is nan"),
        ({"time": [1, 2, 3], "event": [0, 0, 0]}, "has no event among 3 rows: all are censored"),
        ({"time": [1, 2, 3], "event": [1, 2, 0]}, "event, row 2.* is 2; an event is coded 1"),
        (
            {"time": [1, 2], "event": [1, 0], "entry": [0, 3]},
            "entry, row 2.* is 3; a patient enters before the time of the same row, 2",
        ),
        ({"time": [1], "event": [1]}, "has 1 row; a fit needs at least 2"),
        ({"time": [1, 2], "event": [1]}, "event.* has 1 rows, but time has 2"),
        ({"time": [0, 2], "event": [1, 1]}, "time, row 1.* is 0; an event needs a time above 0"),
        ({"time": [1, 2]}, "give either event .* or upper"),
        ({"time": [1, 2], "event": [1, 0], "upper": [1, 2]}, "give either event .* or upper"),
        ({"time": [1, 2], "upper": [0.5, 2]}, "upper, row 1.* is 0.5; an interval ends where it begins, or later"),
        ({"time": [1, 2], "event": [1, 0], "weights": [1, -1]}, "weights, row 2.* is -1; a weight"),
        ({"time": [1, 2], "event": [1, 0], "background": [0.1, -1]}, "background, row 2.* is -1; a rate"),
        ({"time": [1, 2], "upper": [2, 2], "background": [0.1, 0.1]}, "cannot be combined with intervals"),
        ({"time": ["a", 2], "event": [1, 0]}, "time, row 1.* is 'a'; every row needs a finite number"),
        ({"time": None, "event": [1, 0]}, "time .* is not given; give one number for each patient"),
        ({"time": pd.to_datetime(["2020-01-01", "2020-03-01"]), "event": [1, 0]}, "time .* holds dates"),
        ({"time": [1, 2], "event": [1, 0], "weights": [0, 0]}, "weights .* are all 0"),
        ({"time": -np.arange(1.0, 9), "event": np.ones(8)}, "breaks the same rule in 3 more rows"),
        ({"time": [1, 2], "event": [1, 0], "covariates": {"arm": ["A", "A"]}}, "arm .* is 'A' in every row"),
        ({"time": [1, 2], "event": [1, 0], "covariates": {"age": [60, None]}}, "age, row 2.* is missing"),
        ({"time": [1, 2], "event": [1, 0], "covariates": {"age": [60]}}, "age .* has 1 rows where time has 2"),
        ({"time": [1, 2], "event": [1, 0], "knots": 1}, "knots .* are given, but the family is weibull"),
        ({"time": [1, 2], "event": [1, 0], "scale": "odds"}, "scale .* only a spline has a scale"),
    ],
)
def test_wrong_input_is_named(given, words):
    with pytest.raises(InputError, match="(?s)" + words):
        he.fit("weibull", **given)


def test_wrong_names_are_named():
    with pytest.raises(UnknownNameError, match=r"no family to fit 'weibul'.*Did you mean 'weibull'"):
        he.fit("weibul", TIME, EVENT)
    with pytest.raises(UnknownNameError, match="no form of cure 'mixed'"):
        he.fit("weibull", TIME, EVENT, cure="mixed")
    with pytest.raises(InputError, match=r"no parameter of the family .shape, scale.. Did you mean 'shape'"):
        he.fit("weibull", TIME, EVENT, covariates={"arm": ARM}, on={"shap": "arm", "scale": "arm"})
    with pytest.raises(InputError, match=r"has covariate 'sex', which is not given .arm."):
        he.fit("weibull", TIME, EVENT, covariates={"arm": ARM}, on={"scale": ["arm", "sex"]})
    with pytest.raises(InputError, match=r"arm .*acts on no parameter"):
        he.fit("weibull", TIME, EVENT, covariates={"arm": ARM}, on={"scale": []})
    with pytest.raises(InputError, match=r"on .*is 'arm'; it must be 'all'"):
        he.fit("weibull", TIME, EVENT, covariates={"arm": ARM}, on="arm")
    with pytest.raises(InputError, match="needs their number or their times"):
        he.fit("spline", TIME, EVENT)
    fit = he.fit("weibull", TIME, EVENT, covariates=pd.DataFrame({"arm": ARM, "age": np.arange(300.0)}))
    with pytest.raises(HeconError, match=r"covariate age, a number: .*curve_at\(arm=..., age=...\)"):
        _ = fit.curve
    with pytest.raises(InputError, match="is 'C'; it must be one of A, B"):
        fit.curve_at(arm="C", age=60)
    with pytest.raises(InputError, match="is not given; a curve needs a value of every covariate"):
        fit.draws(10, seed=1, arm="A")
    assert fit.curve_at(arm="B", age=60).median() > 0
