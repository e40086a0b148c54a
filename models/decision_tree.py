"""A decision tree without states: sumatriptan against caffeine with ergotamine for an attack of migraine.

Evans and colleagues (Pharmacoeconomics 1997;12:565-577), also in Briggs, Claxton and Sculpher, Decision Modelling for
Health Economic Evaluation (2006). An attack is relieved, and stays so or recurs and is relieved by a second dose; or
it is not relieved, and is endured or taken to an emergency department, which relieves it or admits the patient.
Payoffs only: what happens is counted, times what it costs or is worth. Nothing is discounted, for an attack takes a
day.

Published: costs 22.06 and 4.71 an attack, utilities 0.42 and 0.20, 29,366 for a QALY (Canadian dollars of 1995).
"""

import hecon as he


def outcome(p, time):
    """Say what happens in an attack, what that costs, and what it is worth."""
    tree = he.states.Tree(
        {
            "relieved": (p.relief, {"lasting": p.no_recurrence, "recurring": he.REMAINING}),
            "not relieved": (
                he.REMAINING,
                {
                    "endured": he.REMAINING,
                    "emergency": (p.emergency, {"relieved there": he.REMAINING, "admitted": p.admission}),
                },
            ),
        }
    )
    once = he.at_start(time)
    doses = 1 + tree.share("recurring")

    return he.Outcome(
        None,
        [
            he.cost("Drug", once, doses, p.dose_cost),
            he.cost("Emergency department", once, tree.share("emergency"), p.emergency_cost),
            he.cost("Admission", once, tree.share("admitted"), p.admission_cost),
            he.qaly("Attack", once, tree.along("branch"), p.utility, p.attack_years),
        ],
    )
