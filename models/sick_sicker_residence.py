"""Sick-Sicker where getting sicker depends on the time somebody has been sick.

The second model of the tutorial on time-dependent cohort state-transition models (Alarid-Escudero and colleagues,
Medical Decision Making 2023;43:21-41). As `sick_sicker_age`, but the hazard of getting sicker is Weibull in the time
since falling sick: the clock is reset at each relapse. The tutorial unfolds the sick state into 75 tunnel states;
here the probability varies on dimension ``in_state``, and the state stays one. The cumulative hazard of getting sicker
after t years is (rate t)^shape.
"""

import hecon as he

STATES = ["healthy", "sick", "sicker", "dead"]


def outcome(p, time):
    """Say where people are over time, what that costs, and what it is worth."""
    mortality_rate = he.by_age(time, p.mortality_rate, p.age)
    dying = he.states.rate_to_probability(mortality_rate, time)
    dying_sick = he.states.rate_to_probability(mortality_rate * p.hazard_ratio_sick, time)
    dying_sicker = he.states.rate_to_probability(mortality_rate * p.hazard_ratio_sicker, time)
    slowing = 1 + p.gets_b * (p.hazard_ratio_b - 1)
    getting_sicker = he.HazardRatio(he.Weibull(p.worsening_shape, 1 / p.worsening_rate), slowing)
    worsening = he.states.probability_by_time_in_state(time, getting_sicker)

    transitions = he.Transitions(
        STATES,
        {
            ("healthy", "sick"): (1 - dying, he.states.rate_to_probability(p.rate_falling_sick, time)),
            ("healthy", "dead"): dying,
            ("sick", "healthy"): (1 - dying_sick, he.states.rate_to_probability(p.rate_recovering, time)),
            ("sick", "sicker"): (1 - dying_sick, worsening),
            ("sick", "dead"): dying_sick,
            ("sicker", "dead"): dying_sicker,
        },
    )
    state = he.markov(time, transitions, start="healthy")
    years = he.years_in(time, state)
    falling_sick = he.states.arriving(state, "sick", origin="healthy")
    gain_by_a = p.utility_sick_on_a - p.part("utility", state="sick")

    return he.Outcome(
        state,
        [
            he.cost("Care", years, p.care_cost_per_year),
            he.cost("Treatment A", years, p.treated, p.gets_a, p.treatment_a_cost_per_year),
            he.cost("Treatment B", years, p.treated, p.gets_b, p.treatment_b_cost_per_year),
            he.cost("Falling sick", falling_sick, p.falling_sick_cost),
            he.cost("Dying", he.states.arriving(state, "dead"), p.dying_cost),
            he.qaly("Time in state", years, p.utility),
            he.qaly("Treatment A", he.years_in(time, state, "sick"), p.gets_a, gain_by_a),
            he.qaly("Falling sick", falling_sick, -p.falling_sick_utility_loss),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )
