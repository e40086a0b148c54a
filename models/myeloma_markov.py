"""Anti-CD38 antibody regimens in relapsed or refractory multiple myeloma, as a three-state Markov model.

The same decision problem, workbook and ledger as `myeloma`; what differs is where overall survival comes from. A
partition reads it off its own curve. Here patients leave progression-free survival by progression or death, in the
shares that the workbook gives, and die after progression at a rate of their own; overall survival follows. Trials
published no curve of survival after progression, so the rate is what the two published curves imply: deaths per year
lived after progression.

- `outcome`: one rate for each regimen, from progression on (the clock is reset).
- `clock_forward`: a rate for each regimen and year since the start.
- `common_mortality`: the rate of the reference regimen for all, so that a regimen prolongs life by delaying
  progression only.

NICE DSU Technical Support Document 19 asks to put such structures side by side; see `notebooks/structures.ipynb`.
"""

import hecon as he


def outcome(p, time):
    """Mortality after progression is a constant of each regimen."""
    return ledger(p, time, he.states.mortality_after_progression(partition(p, time), p.progression_share_of_events))


def clock_forward(p, time):
    """Mortality after progression depends on the regimen and the year since the start."""
    share = p.progression_share_of_events
    return ledger(p, time, he.states.mortality_after_progression(partition(p, time), share, by_year=True))


def common_mortality(p, time):
    """Mortality after progression is that of the last regimen, for all."""
    reference, share = p.labels["strategy"][-1], p.progression_share_of_events
    return ledger(p, time, he.states.mortality_after_progression(partition(p, time), share, strategy=reference))


def partition(p, time):
    """Place patients as the published curves of progression-free and overall survival do."""
    return he.partition(
        time,
        progression_free=he.curve(p, "progression_free_survival"),
        overall=he.curve(p, "overall_survival"),
    )


def ledger(p, time, mortality):
    """Say where patients are over time, what that costs, and what it is worth."""
    progression_free = he.curve(p, "progression_free_survival")
    share = p.progression_share_of_events
    state = he.states.three_state(
        time,
        progression=he.HazardRatio(progression_free, share),
        pre_progression=he.HazardRatio(progression_free, 1 - share),
        post_progression=mortality,
    )
    years = he.years_in(time, state)
    monitored = he.years_in(time, state, "progression_free")
    treated = he.share_at_start(time, he.curve(p, "time_on_treatment"), ceiling=he.states.survival_of(state))
    started = he.at_start(time)
    progressing = he.entering(state, "progressed")
    terminal_care = p.end_of_life_cost
    if "terminal_care_days" in p:
        terminal_years = p.terminal_care_days / time.settings.days_per_year
        terminal_care = terminal_care - p.part("care_cost_per_year", state="progressed") * terminal_years

    return he.Outcome(
        state,
        [
            he.cost("Drug acquisition", treated, he.drug_cost(p, time)),
            he.cost("Administration", treated, he.administration_cost(p, time)),
            he.cost("Premedication", treated, he.premedication_cost(p, time)),
            he.cost("Adverse events", started, he.adverse_event_cost(p)),
            he.cost("Monitoring", monitored, p.monitoring_cost_per_year),
            he.cost("Disease management", years, p.care_cost_per_year),
            he.cost("Subsequent therapy", progressing, p.subsequent_therapy_share, p.subsequent_therapy_cost),
            he.cost("End of life", he.entering(state, "dead"), terminal_care),
            he.qaly("Time in state", years, p.utility),
            he.qaly("Adverse events", started, -he.adverse_event_qaly_loss(p)),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )
