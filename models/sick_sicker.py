"""Sick-Sicker: four strategies for a disease of four states, with constant risks.

The model of the introductory tutorial on cohort state-transition models (Alarid-Escudero and colleagues, Medical
Decision Making 2023;43:3-20). Healthy people fall sick, the sick recover or get sicker, and mortality is multiplied
by a hazard ratio in both. Treatment A improves the quality of life of the sick, treatment B slows getting sicker;
both are paid for everybody sick or sicker. Rates become yearly probabilities; all moves but death are those of the
survivors of the year. Yearly cycles from age 25 to 100, every edge discounted at its own time (``discount_timing``
edges).

The tutorial weighs edges by Simpson's rule with its inner weights exchanged; the scenario "As published" of the
workbook gives the setting ``accrual`` that list of weights.
"""

import hecon as he

STATES = ["healthy", "sick", "sicker", "dead"]


def outcome(p, time):
    """Say where people are over time, what that costs, and what it is worth."""
    dying = he.states.rate_to_probability(p.mortality_rate, time)
    dying_sick = he.states.rate_to_probability(p.mortality_rate * p.hazard_ratio_sick, time)
    dying_sicker = he.states.rate_to_probability(p.mortality_rate * p.hazard_ratio_sicker, time)
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
    gain_by_a = p.utility_sick_on_a - p.part("utility", state="sick")

    return he.Outcome(
        state,
        [
            he.cost("Care", years, p.care_cost_per_year),
            he.cost("Treatment A", years, p.treated, p.gets_a, p.treatment_a_cost_per_year),
            he.cost("Treatment B", years, p.treated, p.gets_b, p.treatment_b_cost_per_year),
            he.qaly("Time in state", years, p.utility),
            he.qaly("Treatment A", he.years_in(time, state, "sick"), p.gets_a, gain_by_a),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )
