"""Pomalidomide-dexamethasone against daratumumab and carfilzomib alone: health outcomes of a published model.

The three-state model of Pelligra and colleagues (Clinical Therapeutics 2017): progression-free, progressed, dead;
28-day cycles, three years, 3 % a year. Patients leave progression-free survival on a Gompertz curve, each comparator's
hazard that of pomalidomide-dexamethasone over its ratio; a fixed share of those who leave dies at once. Survival after
progression is Gompertz from progression on, the same in every arm. Costs are not rebuilt: its prices are not at hand.

A near-reproduction, nothing more. Published: +0.02 life years and +0.01 QALYs against daratumumab, +0.07 and +0.05
against carfilzomib. With the signs of the shapes as printed: 0.015, 0.011, 0.052, 0.039. With the shape of
progression-free survival below 0 (scenario): 0.022, 0.016, 0.076, 0.057; that sign was chosen after seeing the result.
The sheet "Notes near-reproduction" of the workbook says what agrees and what does not.
"""

import hecon as he


def outcome(p, time):
    """Say where patients are over time, how long they live, and what that is worth."""
    progression_free = he.curve(p, "progression_free_survival")
    state = he.states.three_state(
        time,
        progression=he.HazardRatio(progression_free, 1 - p.fatal_share_of_exits),
        pre_progression=he.HazardRatio(progression_free, p.fatal_share_of_exits),
        post_progression=he.curve(p, "survival_after_progression"),
    )
    years = he.years_in(time, state)

    return he.Outcome(
        state,
        [
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )
