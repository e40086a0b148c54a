"""Partitioned survival in its simplest form: chemotherapy against a targeted drug.

Three states read off two Weibull curves, each arm the reference curve under a hazard ratio. A drug is paid while
progression-free, care in every living state. Monthly cycles over 20 years, costs and effects discounted at the start
of each cycle (``discount_timing`` cycle_start).

Chemotherapy: 4.864 life years, 3.717 QALYs, 151,878; targeted: 6.027, 4.654, 573,114; 449,721 for a QALY gained.
"""

import hecon as he

MONTHS = 12


def outcome(p, time):
    """Say where patients are over time, what that costs, and what it is worth."""
    progression_free = he.HazardRatio(he.Weibull(p.pfs_shape, p.pfs_scale_months / MONTHS), p.hazard_ratio_pfs)
    overall = he.HazardRatio(he.Weibull(p.os_shape, p.os_scale_months / MONTHS), p.hazard_ratio_os)

    state = he.partition(time, progression_free=progression_free, overall=overall)
    years = he.years_in(time, state)

    return he.Outcome(
        state,
        [
            he.cost("Drug", he.years_in(time, state, "progression_free"), p.drug_cost_per_month, MONTHS),
            he.cost("Care", years, p.care_cost_per_month, MONTHS),
            he.qaly("Time in state", years, p.utility),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )
