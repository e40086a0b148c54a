"""The cost of a dose from packs, as formulas: the tables and look-ups that `packs` works out in numbers.

What whole packs can hold is a table of totals with the least cost of each; a dose looks its cost up, or weighs the
steps of that table with the shares of patients whose dose is above them. Pack sizes are fixed in a workbook, prices
are not. The tables reach a few times beyond the doses of today: a changed dose or body weight still finds its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from hecon.costing.packs import FURTHEST, SAME_AMOUNT, BodySize, table_reach, totals_of
from hecon.symbols.draft import (
    CellColumn,
    count_below,
    draft,
    single,
    span_of,
    total_of_products,
    value_at_place,
    watch,
)
from hecon.symbols.expression import Symbol, number_of, words_of
from hecon.symbols.functions import elementwise, greater, least_of, log, maximum, minimum, normal_cdf, sqrt, where

#: How many times today's largest dose a table reaches, for a dose of one size and for one that varies between patients.
REACH, REACH_VARYING = 4.0, 8.0
_TOO_LONG = "a dose is larger than the table of packs reaches; run hecon on the edited workbook"


def cheapest(amount: np.ndarray, sizes: Sequence[float], prices: Sequence[Any]) -> np.ndarray:
    """Cost of the cheapest whole packs that together hold each amount, as `packs.cheapest`."""
    totals, costs = _table(sizes, prices, REACH * float(np.max(number_of(amount), initial=0.0)))

    def cost(one: Any) -> Any:
        enough = one - SAME_AMOUNT * maximum(one, min(sizes)).item()
        watch(_TOO_LONG, enough > totals.cells[-1])
        return value_at_place(_whole(costs), 1 + count_below(_whole(totals), enough))

    return elementwise(cost, amount)


def shared(amount: np.ndarray, sizes: Sequence[float], prices: Sequence[Any]) -> np.ndarray:
    """Cost of each amount where the rest of a vial serves the next patient, as `packs.shared`."""
    return amount * least_of([price / size for price, size in zip(prices, sizes, strict=True)])


def expected_shared(
    body: BodySize, per_size: Any, cap: Any, sizes: Sequence[float], prices: Sequence[Any]
) -> np.ndarray:
    """Mean of `shared` over patients whose amount is per_size x min(body size, cap), as `packs.expected_shared`."""
    return shared(per_size * _limited_mean(body, cap), sizes, prices)


def _limited_mean(body: BodySize, cap: Any) -> np.ndarray:
    """Mean of min(size, cap), as `BodySize.limited_mean`."""
    if not np.isfinite(number_of(cap)):
        return np.asarray(body.mean)
    log_mean, log_sd = _on_log_scale(body)
    z = (log(cap) - log_mean) / log_sd
    limited = body.mean * normal_cdf(z - log_sd) + cap * normal_cdf(-z)
    return where(_varies(body), limited, minimum(body.mean, cap))


def expected_cheapest(
    body: BodySize, per_size: Any, cap: Any, sizes: Sequence[float], prices: Sequence[Any]
) -> np.ndarray:
    """Mean of `cheapest` over patients whose amount is per_size x min(body size, cap), as `packs.expected_cheapest`."""
    most = float(np.max(number_of(per_size) * np.minimum(number_of(cap), number_of(body.mean))))
    totals, costs = _table(sizes, prices, REACH_VARYING * most)
    along = str(totals.along)
    rises = [after - before for before, after in zip(costs.cells, costs.cells[1:], strict=False)]
    steps = span_of([*rises, 0.0], "Step of the cost", along)
    log_mean, log_sd = _on_log_scale(body)

    def mean(rate: Any, limit: Any, varies: Any, size: Any, m: Any, s: Any) -> Any:
        rate, m = single("Dose per unit of body size", rate), single("Mean log body size", m)
        about = f": {words_of(rate)}" if isinstance(rate, Symbol) else ""
        logs = [0.0, *(log(level) - log(rate) for level in totals.cells[1:])]
        sizes_needed = span_of(logs, f"Log body size that needs as much{about}", along).column.cells
        above: list[Any] = [1.0]
        for level, x in zip(totals.cells[1:], sizes_needed[1:], strict=True):
            z = (x - m) / s
            share = where(z < FURTHEST, normal_cdf(-z), 0.0).item()
            point = where(log(size) > x + SAME_AMOUNT, 1.0, 0.0).item()
            part = where(varies, share, point).item()
            if np.isfinite(number_of(limit)):
                part = where(level * (1 + SAME_AMOUNT) < rate * limit, part, 0.0).item()
            above.append(part)
        shares = span_of(above, f"Share of patients who need more{about}", along)
        watch(_TOO_LONG, shares.column.cells[-1] > SAME_AMOUNT)
        return total_of_products(steps, shares)

    return elementwise(mean, per_size, cap, _varies(body), body.mean, log_mean, log_sd)


def _varies(body: BodySize) -> Any:
    return greater(body.sd, 0)


def _on_log_scale(body: BodySize) -> tuple[Any, Any]:
    """Mean and standard deviation of the logarithm of body size; 1 stands in for no spread."""
    ratio = cast("Any", body.sd) / body.mean
    spread = where(_varies(body), sqrt(log(1 + ratio * ratio)), 1.0)
    log_sd = elementwise(lambda one: single("Log sd", one), spread)
    return log(body.mean) - log_sd * log_sd / 2, log_sd


def _table(sizes: Sequence[float], prices: Sequence[Any], largest: float) -> tuple[CellColumn, CellColumn]:
    """Totals that packs can hold and the least cost of each, as two columns."""
    open_ = draft()
    assert open_ is not None
    totals, before = totals_of(tuple(sizes), table_reach(tuple(sizes), largest))
    named = f"{', '.join(f'{size:g}' for size in sizes)} mg to {totals[-1]:g} mg"
    along = f"packs of {named}"
    amounts = open_.column("Packs hold (mg)", list(map(float, totals)), along)
    key = ("least cost", along, *(id(price) if isinstance(price, Symbol) else price for price in prices))
    return amounts, open_.once(key, lambda: _least_costs(open_.grow("Least cost of that much", along), before, prices))


def _least_costs(column: CellColumn, before: np.ndarray, prices: Sequence[Any]) -> CellColumn:
    """Fill the least cost of each total: that of one more pack on what was needed before it."""
    column.add(0.0)
    for places in before[1:]:
        column.add(least_of([price + column.cells[at] for price, at in zip(prices, places, strict=True)]))
    return column


def _whole(column: CellColumn) -> Any:
    return span_of(column.cells, column.title, str(column.along))
