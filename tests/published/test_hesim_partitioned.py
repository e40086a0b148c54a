"""Three-state partitioned survival models of the R package hesim 0.5.5: 20 draws x 4 strategies, 260 weekly steps."""

import json
from pathlib import Path

import numpy as np
import pytest
from price_steps import drug_by_edge
from scipy.integrate import quad

import hecon as he

DATA = json.loads((Path(__file__).parent / "data" / "hesim_partitioned.json").read_text())
STRATEGIES = ["1", "2", "3", "4"]
LIVING = ["progression_free", "progressed"]
STATES = [*LIVING, "dead"]
SUMS = {"trapz": "life_table", "riemann_left": "start", "riemann_right": "end"}


def curves(p, family):
    if family == "weibull":
        return he.Weibull(p.pfs_shape, p.pfs_scale), he.Weibull(p.os_shape, p.os_scale)
    return he.Lognormal(p.pfs_meanlog, p.pfs_sdlog), he.Lognormal(p.os_meanlog, p.os_sdlog)


def model(family):
    def outcome(p, time):
        progression_free, overall = curves(p, family)
        state = he.partition(time, progression_free=progression_free, overall=overall)
        years = he.years_in(time, state)
        by_year = he.stepwise(time, {0: p.drug_cost_per_year, 1: p.drug_cost_per_year / 4})
        return he.Outcome(
            state,
            [
                he.cost("medical", years, p.care_cost_per_year),
                he.cost("drug", years, p.drug_cost_per_year),
                he.cost("start", he.at_start(time), p.starting_cost),
                he.cost("drug by year", years, by_year),
                he.qaly("qalys", years, p.utility),
                he.life_years("lys", years, he.alive(state)),
            ],
        )

    return outcome


def case(family, **settings):
    d = {name: np.array(column) for name, column in DATA["draws"].items()}
    by_strategy = ("draw", "strategy")

    def with_effects(base, effects, transform=np.exp):
        columns = [d[base], *(d[base] + d[f"{effects}_d{k}"] for k in (2, 3, 4))]
        return (by_strategy, transform(np.stack(columns, axis=1)))

    def states(first, second):
        return (("draw", "state"), np.stack([d[first], d[second], 0 * d[first]], axis=1))

    drug = [[*row, 0.0] for row in DATA["drug_cost_per_year_strategy_state"]]
    values = {
        "pfs_shape": ("draw", np.exp(d["wp_lshape"])),
        "pfs_scale": with_effects("wp_lscale", "wp"),
        "os_shape": ("draw", np.exp(d["wo_lshape"])),
        "os_scale": with_effects("wo_lscale", "wo"),
        "pfs_meanlog": with_effects("lp_mu", "lp", lambda x: x),
        "pfs_sdlog": ("draw", np.exp(d["lp_lsd"])),
        "os_meanlog": with_effects("lo_mu", "lo", lambda x: x),
        "os_sdlog": ("draw", np.exp(d["lo_lsd"])),
        "utility": states("u_pf", "u_pd"),
        "care_cost_per_year": states("c_pf", "c_pd"),
        "drug_cost_per_year": (("strategy", "state"), drug),
        "starting_cost": ("strategy", [1000, 2000, 3000, 4000]),
    }
    base = {
        "horizons": [5],
        "cycle_length": 1 / 52,
        "cycle_unit": "year",
        "discount_form": "continuous",
        "discount_timing": "edges",
        "crossing": "raise_os",
    }
    labels = {"strategy": STRATEGIES, "state": STATES}
    return he.Case(model(family), values, labels=labels, settings=base | settings)


@pytest.mark.parametrize("rate", ["0", "0.03"])
@pytest.mark.parametrize("sums", SUMS)
@pytest.mark.parametrize("family", ["weibull", "lnorm"])
def test_totals_by_state(family, sums, rate):
    expected = DATA["models"][family][f"{sums}_dr{rate}"]
    settings = {"discount_rate_cost": float(rate), "discount_rate_effect": float(rate), "accrual": SUMS[sums]}
    result = he.run(case(family, **settings))
    lines = {line.name: line for line in result.lines}
    for name in ("qalys", "lys", "medical", "drug"):
        ours = lines[name].discounted[..., :2, 0]
        np.testing.assert_allclose(ours, expected[name], rtol=1e-9, atol=1e-9, err_msg=name)
    start = np.array(expected["start"])[..., 0]
    np.testing.assert_allclose(lines["start"].discounted[..., 0], start, rtol=1e-12)


@pytest.mark.parametrize("rate", ["0", "0.03"])
@pytest.mark.parametrize("sums", SUMS)
@pytest.mark.parametrize("family", ["weibull", "lnorm"])
def test_a_value_at_grid_times(family, sums, rate):
    """hesim reads a value off at grid times: each edge has its own."""
    found = drug_by_edge(case(family, accrual=SUMS[sums], discount_rate_cost=float(rate)))
    np.testing.assert_allclose(found, DATA["models"][family][f"{sums}_dr{rate}"]["drug_tv"], rtol=1e-9)


@pytest.mark.parametrize("family", ["weibull", "lnorm"])
def test_state_shares_of_the_first_draw(family):
    expected = DATA["models"][family]["stateprobs_sample1_t_every20"]
    first = case(family)
    values = {name: array.isel(draw=0) if "draw" in array.dims else array for name, array in first.values.items()}
    shares = he.run(he.Case(first.model, values, labels=first.labels, settings=first.settings)).occupancy
    for place in range(4):
        np.testing.assert_allclose(shares.values[place, :, ::20], expected[f"strategy{place + 1}"], atol=1e-12)


def test_a_value_that_changes_is_the_exact_integral_not_a_smear():
    """hesim lets the knot at year 1 smear over a week; hecon's error falls with the square of the cycle."""
    rate = 0.03
    start = case("weibull", discount_rate_cost=rate)
    d = DATA["draws"]
    shape, scale = np.exp(d["wp_lshape"][0]), np.exp(d["wp_lscale"][0])

    def survival(t):
        return np.exp(-((t / scale) ** shape) - rate * t)

    exact = 20000 * quad(survival, 0, 1, epsabs=1e-12)[0] + 5000 * quad(survival, 1, 5, epsabs=1e-12)[0]
    errors = []
    for cycles_a_year in (52, 208, 832):
        result = he.run(start.with_settings(cycle_length=1 / cycles_a_year))
        line = next(line for line in result.lines if line.name == "drug by year")
        errors.append(abs(line.discounted[0, 0, 0, 0] - exact) / exact)
    assert errors[0] < 2e-5
    assert errors[1] < errors[0] / 12
    assert errors[2] < 1e-7


def test_crossing_curves_raise_overall_survival_as_hesim_does():
    spec = DATA["psm_crossing"]

    def outcome(p, time):
        state = he.partition(
            time,
            progression_free=he.Weibull(**spec["pfs_weibull"]),
            overall=he.Weibull(**spec["os_weibull"]),
        )
        return he.Outcome(state, [he.life_years("lys", he.years_in(time, state), he.alive(state))])

    settings = {"horizons": [6], "cycle_length": 0.5, "cycle_unit": "year", "crossing": "raise_os"}
    result = he.run(he.Case(outcome, {}, labels={"strategy": ["one"]}, settings=settings))
    np.testing.assert_allclose(result.occupancy.values, spec["prob"], atol=1e-12)
    assert result.crossings.edges.tolist() == [9]
    assert "9/39" in spec["warning"]
