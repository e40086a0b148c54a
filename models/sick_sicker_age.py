"""Sick-Sicker with mortality by age, and with costs and losses of falling sick and of dying.

The first model of the tutorial on time-dependent cohort state-transition models (Alarid-Escudero and colleagues,
Medical Decision Making 2023;43:21-41). As `sick_sicker`, but the mortality of the healthy is that of a life table
(United States 2015), and transitions have values of their own: falling sick costs and loses some utility once, dying
costs. The tutorial counts them at the edge where people arrive, weighed and discounted as that edge: `arriving`.

Published: costs 116,374, 218,789, 202,536 and 296,300, QALYs 18.879, 19.636, 20.199 and 21.097 (standard of care, A,
B, A and B); 65,288 a QALY for B, 104,461 for both. The scenario "As published" of the workbook counts as the tutorial
does, by Simpson's rule with its inner weights exchanged.
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

    transitions = he.Transitions(
        STATES,
        {
            ("healthy", "sick"): (1 - dying, he.states.rate_to_probability(p.rate_falling_sick, time)),
            ("healthy", "dead"): dying,
            ("sick", "healthy"): (1 - dying_sick, he.states.rate_to_probability(p.rate_recovering, time)),
            ("sick", "sicker"): (1 - dying_sick, he.states.rate_to_probability(p.rate_worsening * slowing, time)),
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
