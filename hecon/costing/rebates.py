"""Agreements with a manufacturer: what of the acquisition cost of drugs comes back to the payer, and for whom.

A net discount is the parameter price_discount, a cap on the cycles that are paid the column paid_to_cycle of the sheet
Schedules; both are part of ``he.drug_cost``. A rebate is a line of its own, so that it stands apart in every table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr

from hecon.costing.dosing import drug_cost
from hecon.costing.given import Product
from hecon.timeline import Timeline, stepwise

if TYPE_CHECKING:
    from hecon.parameters import Parameters

REBATE_SHARE = "rebate_share"


def rebate(
    p: Parameters, time: Timeline, until: float | None = None, price_factor: xr.DataArray | None = None
) -> Product:
    """Give what comes back of the acquisition cost of each model cycle, as a negative cost: -rebate_share x drug_cost.

    For those who are counted in the flow of its line. A rebate until progression is paid back for patients who are on
    treatment and progression-free, a refund for those who do not respond is paid back for their part of all who are
    treated, for the doses up to the assessment, `until` (years from the start)::

        he.cost("Rebate", he.share_at_start(time, on_treatment, ceiling=progression_free), he.costing.rebate(p, time))
        he.cost("Refund", treated, he.costing.rebate(p, time, until=0.25), 1 - p.response_share)

    Parameter rebate_share, by draw, strategy and drug as needed, and those of `hecon.drug_cost`. `price_factor` is
    that of the line of acquisition.
    """
    factor = -1 * p[REBATE_SHARE]
    if until is not None:
        factor = factor * stepwise(time, {0: 1.0, until: 0.0})
    return drug_cost(p, time, factor if price_factor is None else factor * price_factor)
