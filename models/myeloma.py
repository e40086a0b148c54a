"""Anti-CD38 antibody regimens in relapsed or refractory multiple myeloma.

A partitioned survival model with three states: progression-free, progressed and dead. Patients are in the state that
the curves of progression-free and overall survival leave them in; they are treated while on the curve of time on
treatment, and never after death. Every cost and effect is a line below: what is counted, times what one unit of it is
worth. Drugs, doses before and after them, and chair time are paid by those on treatment when a dose is due; side
effects fall at the start; monitoring runs until progression, disease management in every state; a further line of
therapy is paid once by those who progress and go on to be treated; terminal care at death, in place of the disease
management of its days, which is taken off. Where the workbook has the sheet Life table, nobody dies less often than the
general population; where it has Utility norms, quality of life falls with age.

Every number lives in the workbook (`inputs/isa_dara_pd_us.xlsx`, `inputs/isa_dara_kd_us.xlsx`): regimens, curve
families, prices, utilities. A third comparator or another setting is rows there, never a line here.
"""

import hecon as he


def outcome(p, time):
    """Say where patients are over time, what that costs, and what it is worth."""
    overall = he.curve(p, "overall_survival")
    if "Life table" in p.tables:
        overall = he.survival.BackgroundMortality(overall, he.survival.general_population(p))
    progression_free = he.curve(p, "progression_free_survival")
    on_treatment = he.curve(p, "time_on_treatment")

    state = he.partition(time, progression_free=progression_free, overall=overall)
    years = he.years_in(time, state)
    monitored = he.years_in(time, state, "progression_free")
    treated = he.share_at_start(time, on_treatment, ceiling=overall)
    started = he.at_start(time)
    ageing = [he.states.age_adjustment(p, time)] if "Utility norms" in p.tables else []

    # Leaving progression-free survival is progression or death; only the former leads to a further line.
    further_line = p.progression_share_of_events * p.subsequent_therapy_share
    # Terminal care is all that its days cost: the care after progression of these days is not paid a second time,
    # unless the workbook does not say how many days it takes.
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
            he.cost("Subsequent therapy", he.entering(state, "progressed"), further_line, p.subsequent_therapy_cost),
            he.cost("End of life", he.entering(state, "dead"), terminal_care),
            he.qaly("Time in state", years, p.utility, *ageing),
            he.qaly("Adverse events", started, -he.adverse_event_qaly_loss(p)),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )
