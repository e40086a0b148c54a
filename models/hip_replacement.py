"""Total hip replacement: a new prosthesis against the standard one.

Briggs, Claxton and Sculpher, Decision Modelling for Health Economic Evaluation (2006), exercise 3.5. A patient has a
primary operation, which succeeds unless it kills; a prosthesis that fails is revised, which succeeds unless it kills,
and may fail again. The hazard of failure is Weibull in time since the start, with covariates from a regression; other
deaths follow a life table. Yearly cycles for 60 years, counted and discounted at the end of each year (settings
``accrual`` end, ``discount_timing`` cycle_end); the prosthesis is paid at the start.

Published: costs 512.43 and 610.31, QALYs 14.653 and 14.698, 2,198.49 for a QALY gained (women of 60).
"""

import hecon as he

STATES = ["primary", "success", "revision", "success_again", "dead"]


def outcome(p, time):
    """Say where patients are over time, what that costs, and what it is worth."""
    log_hazard = p.log_hazard + p.log_hazard_per_year_of_age * p.age + p.log_hazard_male * p.male
    hazard = he.states.exp(log_hazard + p.log_relative_risk)
    failure = he.survival.WeibullPH(shape=he.states.exp(p.log_shape), scale=hazard)
    failing = he.states.probability_by_cycle(time, failure)
    mortality = p.male * p.part("mortality", sex="male") + (1 - p.male) * p.part("mortality", sex="female")
    dying = he.by_age(time, mortality, p.age + 1)  # a year's deaths are those of the age at its end

    transitions = he.Transitions(
        STATES,
        {
            ("primary", "success"): he.REMAINING,
            ("primary", "dead"): p.operative_mortality,
            ("success", "revision"): failing,
            ("success", "dead"): dying,
            ("revision", "success_again"): he.REMAINING,
            ("revision", "dead"): p.operative_mortality + dying,
            ("success_again", "revision"): p.failing_again,
            ("success_again", "dead"): dying,
        },
    )
    state = he.markov(time, transitions, start="primary")
    years = he.years_in(time, state)

    return he.Outcome(
        state,
        [
            he.cost("Prosthesis", he.at_start(time), p.prosthesis_cost),
            he.cost("Revision", he.years_in(time, state, "revision"), p.revision_cost),
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )
