"""Two prices at once: increments, ICER and verdict over a grid of net discounts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hecon.analysis.sensitivity.measure import at_horizons, evaluate, measure
from hecon.analysis.value.incremental import icer, quadrant
from hecon.errors import HeconError
from hecon.inputs.case import Inputs, Model
from hecon.inputs.from_case import takes_cases
from hecon.inputs.input_names import find_input, input_names
from hecon.labels import STRATEGY

#: Discounts off both prices, unless others are asked for.
DISCOUNTS = tuple(step / 10 for step in range(10))


@takes_cases
def price_grid(
    inputs: Inputs,
    first: str,
    second: str,
    first_discounts: Sequence[float] = DISCOUNTS,
    second_discounts: Sequence[float] = DISCOUNTS,
    horizon: float | Sequence[float] | None = None,
    strategy: str | None = None,
    comparator: str | None = None,
    *,
    model: Model | None = None,
) -> pd.DataFrame:
    """Run every pair of net discounts off two prices, named as in `one_way` ("drug_price · daratumumab").

    A discount is a share of the price on the sheet; below 0 it is a rise. One row a horizon, willingness to pay of the
    settings and pair: horizon_years, willingness_to_pay, first_discount, second_discount, first_price, second_price,
    incremental_cost, incremental_qaly, icer (missing where one strategy dominates), quadrant,
    incremental_net_monetary_benefit, best_strategy (of all). Raises `HeconError` for a discount above 1.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> grid = price_grid(inputs, "drug_price · isatuximab", "drug_price · daratumumab", horizon=5)  # doctest: +SKIP
    >>> grid.pivot(index="first_discount", columns="second_discount", values="icer")  # doctest: +SKIP
    """
    names = input_names(inputs.parameters)
    rows = [find_input(name, names) for name in (first, second)]
    if rows[0] == rows[1]:
        raise HeconError(f"a price grid needs two prices, and '{first}' and '{second}' are the same")
    sides = []
    for own in (first_discounts, second_discounts):
        side = np.asarray(own, dtype=float)
        if side.ndim != 1 or not len(side) or not (side <= 1).all():
            raise HeconError(f"discounts are {own}; give a list of shares of a price, at most 1")
        sides.append(side)
    case, places = at_horizons(inputs.base_case(model), horizon)
    prices = inputs.parameters["value"].to_numpy(float)[rows]
    pairs = np.stack([side.ravel() for side in np.meshgrid(*sides, indexing="ij")], axis=1)
    cost = measure(case, "incremental_cost", strategy, comparator)
    against, own_name = cost.comparator, cost.strategy
    strategies, levels = case.labels[STRATEGY], case.settings.willingness_to_pay
    totals = [measure(case, name, one) for one in strategies for name in ("cost", "qaly")]
    found = evaluate(case, rows, prices * (1 - pairs), totals)
    costs, qalys = found[0::2], found[1::2]
    new, old = strategies.index(own_name), strategies.index(against)
    frames = []
    for place in places:
        more, gained = costs[new, :, place] - costs[old, :, place], qalys[new, :, place] - qalys[old, :, place]
        scales = np.abs(costs[[new, old], :, place]).max(axis=0), np.abs(qalys[[new, old], :, place]).max(axis=0)
        where = [quadrant(*each[:2], each[2:]) for each in zip(more, gained, *scales, strict=True)]
        ratios = [icer(*each) for each in zip(more, gained, where, strict=True)]
        for level in levels:
            best = (level * qalys[:, :, place] - costs[:, :, place]).argmax(axis=0)
            frames.append(
                pd.DataFrame(
                    {
                        "horizon_years": case.settings.horizons[place],
                        "willingness_to_pay": level,
                        "first_discount": pairs[:, 0],
                        "second_discount": pairs[:, 1],
                        "first_price": prices[0] * (1 - pairs[:, 0]),
                        "second_price": prices[1] * (1 - pairs[:, 1]),
                        "incremental_cost": more,
                        "incremental_qaly": gained,
                        "icer": ratios,
                        "quadrant": where,
                        "incremental_net_monetary_benefit": level * gained - more,
                        "best_strategy": np.array(strategies, dtype=object)[best],
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)
