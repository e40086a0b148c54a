"""Progression, death before it and death after it as curves of a workbook: both clocks, against the integrals."""

import numpy as np
import pytest
from scipy.integrate import quad

import hecon as he
from hecon.inputs.template import write_inputs

ENDPOINTS = ("time_to_progression", "pre_progression_survival", "post_progression_survival")
STRATEGIES = ("new", "old")


def model(clock):
    def outcome(p, time):
        progression, before, after = (he.curve(p, endpoint) for endpoint in ENDPOINTS)
        state = he.three_state(
            time, progression=progression, pre_progression=before, post_progression=after, clock=clock
        )
        years = he.years_in(time, state)
        return he.Outcome(
            state,
            [
                he.cost("Progression", he.entering(state, "progressed"), 1000.0),
                he.life_years("Life years", years, he.alive(state)),
            ],
        )

    return outcome


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    def row(endpoint, family, name, value, strategy):
        about = {"status": "assumed", "note": "example", "se": 0.1 * value, "distribution": "gamma"}
        return {
            "parameter": name, "strategy": strategy, "endpoint": endpoint, "family": family, "value": value, **about,
        }  # fmt: skip

    rows, curves = [], []
    for strategy in STRATEGIES:
        for endpoint, family, coefficients in (
            (ENDPOINTS[0], "weibull", {"shape": 1.3, "scale": 20.0 if strategy == "new" else 12.0}),
            (ENDPOINTS[1], "exponential", {"rate": 0.01}),
            (ENDPOINTS[2], "weibull", {"shape": 1.6, "scale": 14.0}),
        ):
            curves.append({"strategy": strategy, "endpoint": endpoint, "family": family, "time_unit": "month"})
            rows += [row(endpoint, family, name, value, strategy) for name, value in coefficients.items()]
    labels = [{"dimension": "strategy", "label": name} for name in STRATEGIES]
    labels += [{"dimension": "endpoint", "label": name} for name in ENDPOINTS]
    path = tmp_path_factory.mktemp("curves") / "three_state.xlsx"
    settings = {"model": "three_state", "horizons": "1, 3, 5", "discount_rate_effect": 0}
    write_inputs(path, {"Labels": labels, "Curves": curves, "Survival": rows}, settings)
    return he.read_workbook(path)


def exact(year, clock):
    """Share of the old strategy that is alive and progressed: who progressed at u and lived on, over all u."""
    progression = he.Weibull(1.3, 1.0)
    before, after = he.Exponential(0.12), he.Weibull(1.6, 14 / 12)

    def lived_on(u):
        later = after.survival(year - u) if clock == "reset" else after.survival(year) / after.survival(u)
        return progression.hazard(u) * progression.survival(u) * before.survival(u) * later

    return quad(lived_on, 0, year, epsabs=1e-12)[0]


@pytest.mark.parametrize("clock", ["reset", "forward"])
def test_shares_are_the_integrals_as_cycles_get_shorter(inputs, clock):
    errors = []
    for weeks in (4, 1):
        case = inputs.base_case(model(clock)).with_settings(cycle_length=weeks)
        shares = he.run(case).occupancy.sel(strategy="old", state="progressed").values
        edges = he.run(case).time.edges
        errors.append(max(abs(shares[np.argmin(abs(edges - year))] - exact(year, clock)) for year in (1, 3)))
    assert errors[1] < errors[0] / 3
    assert errors[1] < 0.006


def test_the_clocks_differ_and_both_serve_draws(inputs):
    years = {clock: he.run(inputs.base_case(model(clock))).totals.life_years for clock in ("reset", "forward")}
    # The hazard after progression rises: a clock that runs from the start is further along it.
    assert (years["forward"] < years["reset"] - 0.05).values[:, 1:].all()
    draws = he.run(inputs.draws(70, seed=3, model=model("reset"))).totals
    assert draws.life_years.std("draw").values.min() > 0.005
    parts = he.run(inputs.draws(70, seed=3, model=model("reset")), block=64).totals
    np.testing.assert_array_equal(draws.cost.values, parts.cost.values)
