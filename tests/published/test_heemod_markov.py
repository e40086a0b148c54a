"""Three models of the R package heemod under its three ways of counting: every count, every value of every cycle."""

import numpy as np
import pytest
from published_models import ROOT, data

import hecon as he
from hecon.timeline import Timeline, discount_factor

REFERENCE = data("heemod_models.json")
MODELS = REFERENCE["models"]
#: How a count at the beginning, the end or in the middle of a cycle is said in settings.
ACCRUAL = {"beginning": "start", "end": "end", "life-table": "life_table"}
STATES = ["A", "B", "D"]


def ledger(p, time, state):
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Care", years, p.care_cost_per_year),
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


def three_state(p, time):
    moves = {("A", "B"): p.worsening, ("A", "D"): p.dying, ("B", "D"): 0.15}
    return ledger(p, time, he.markov(time, he.Transitions(STATES, moves), "A"))


def partitioned(p, time):
    state = he.partition(
        time, states=STATES, progression_free=he.Weibull(1.2, 1.35), overall=he.Weibull(1.3, 3), crossing="error"
    )
    return ledger(p, time, state)


def cases():
    yield (
        "three_state",
        he.Case(
            three_state,
            {
                "worsening": {"std": 0.12, "new": 0.08},
                "dying": {"std": 0.03, "new": 0.02},
                "care_cost_per_year": (("strategy", "state"), [[1000.0, 5000.0, 0.0], [4000.0, 5000.0, 0.0]]),
                "utility": ("state", [0.85, 0.5, 0.0]),
            },
            labels={"strategy": ["std", "new"], "state": STATES},
            settings={
                "horizons": range(1, 31),
                "cycle_unit": "year",
                "discount_timing": "cycle_start",
                "discount_rate_cost": 0.035,
                "discount_rate_effect": 0.015,
            },
        ),
    )
    yield (
        "part_surv",
        he.Case(
            partitioned,
            {"care_cost_per_year": ("state", [2000.0, 8000.0, 0.0]), "utility": ("state", [0.8, 0.6, 0.0])},
            labels={"strategy": ["p"], "state": STATES},
            settings={
                "horizons": [month / 12 for month in range(1, 61)],
                "cycle_unit": "month",
                "discount_timing": "annual_step",
                "discount_rate_cost": 0.03,
                "discount_rate_effect": 0.03,
            },
        ),
    )
    hiv = he.read_workbook(ROOT / "inputs" / "hiv.xlsx").base_case()
    yield "hiv_dmhee", hiv.with_settings(horizons=range(1, 21))


CASES = dict(cases())
#: Which totals heemod's values are, and of how many people its cohort is.
VALUES = {
    "three_state": ({"cost": "cost", "qaly": "qaly", "ly": "undiscounted_life_years"}, 1000),
    "part_surv": ({"cost": "cost", "qaly": "qaly"}, 1),
    "hiv_dmhee": ({"ct": "cost", "ly": "life_years"}, 1),
}
every = pytest.mark.parametrize(("name", "method"), [(name, method) for name in CASES for method in ACCRUAL])


@every
def test_the_values_of_every_cycle_and_their_totals(name, method):
    """A horizon at the end of each cycle: totals grow by the value of the cycle."""
    totals = he.run(CASES[name].with_settings(accrual=ACCRUAL[method])).totals
    expected, (measures, people) = MODELS[name]["results"][method], VALUES[name]
    for theirs, ours in measures.items():
        found = people * totals[ours].values
        by_cycle = np.array([values[theirs] for values in expected["values"].values()])
        np.testing.assert_allclose(np.diff(found, axis=1, prepend=0), by_cycle, rtol=1e-9, atol=1e-9 * by_cycle.max())
        np.testing.assert_allclose(found[:, -1], np.atleast_1d(expected["totals"][theirs]), rtol=1e-9)


@every
def test_the_counts_of_every_cycle(name, method):
    shares = VALUES[name][1] * he.run(CASES[name]).occupancy.values
    before, after = shares[..., :-1], shares[..., 1:]
    counted = {"beginning": before, "end": after, "life-table": (before + after) / 2}[method]
    expected = [list(by_state.values()) for by_state in MODELS[name]["results"][method]["counts"].values()]
    np.testing.assert_allclose(counted.reshape(np.shape(expected)), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "timing", "rate", "unit"),
    [
        ("plain", "cycle_start", 0.06, "year"),
        ("first", "cycle_end", 0.06, "year"),
        ("period12", "annual_step", 0.03, "month"),
    ],
)
def test_discount_factors(name, timing, rate, unit):
    expected = REFERENCE["discount_factors"][name]
    cycles = len(expected)
    settings = he.Settings(horizons=(cycles / (12 if unit == "month" else 1),), cycle_unit=unit, discount_timing=timing)
    found = Timeline.regular(settings).start_weights(rate)[:, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert discount_factor(np.array([0.0]), rate).tolist() == [1.0]


def test_conversions():
    expected = REFERENCE["conversions"]
    assert he.rescale_probability(0.3, over=1, to=1 / 12) == pytest.approx(
        expected["rescale_prob_.3_to_monthly"], rel=1e-13
    )
    assert he.rate_to_probability(0.3, 0.5) == pytest.approx(expected["rate_to_prob_.3_half"], rel=1e-13)
    assert he.with_odds_ratio(0.2, 1.5) == pytest.approx(expected["or_to_prob_1.5_.2"], rel=1e-13)
    assert he.with_relative_risk(0.2, 1.5) == pytest.approx(expected["rr_to_prob_1.5_.2"], rel=1e-13)
