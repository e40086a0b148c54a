"""HIV: zidovudine alone against zidovudine with lamivudine.

The Markov model of Chancellor and colleagues (Pharmacoeconomics 1997;12:54-66), as rebuilt in Briggs, Claxton and
Sculpher, Decision Modelling for Health Economic Evaluation (2006), exercise 2.5. Four states, yearly cycles, 20 years.
Patients on zidovudine alone move as counted in a trial. Lamivudine is given for two years; while it is, every move to
a worse state is less likely by its relative risk. Costs are counted and discounted at the end of each year, effects are
not discounted: settings ``accrual`` end, ``discount_timing`` cycle_end, ``discount_rate_effect`` 0. Life years are not
weighted in the paper: utilities of 1 on the sheet make QALYs of them, and other utilities would weigh them.

Published: costs 44,663 and 50,602, life years 7.991 and 8.937, 6,276 for a life year gained.
"""

import hecon as he

STATES = ["moderate", "severe", "aids", "dead"]
YEARS_ON_LAMIVUDINE = 2


def outcome(p, time):
    """Say where patients are over time, what that costs, and how long they live."""
    risk = he.stepwise(time, {0: p.relative_risk, YEARS_ON_LAMIVUDINE: 1.0})
    counted = he.states.transitions(p)  # zidovudine alone, as counted
    state = he.markov(time, counted.with_relative_risk(risk), start="moderate")

    years = he.years_in(time, state)
    alive = he.alive(state)
    lamivudine = he.stepwise(time, {0: p.lamivudine_cost_per_year, YEARS_ON_LAMIVUDINE: 0.0})

    return he.Outcome(
        state,
        [
            he.cost("Zidovudine", years, alive, p.zidovudine_cost_per_year),
            he.cost("Lamivudine", years, alive, lamivudine),
            he.cost("Direct medical care", years, p.direct_medical_cost_per_year),
            he.cost("Community care", years, p.community_care_cost_per_year),
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years, alive),
        ],
    )
