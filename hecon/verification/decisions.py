"""Checks of decisions: increments, quadrants, the frontier and net benefit by hand."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from hecon.parameters import records_of
from hecon.verification.record import (
    ADVISHE,
    TECH_VER,
    Answer,
    agree,
    at_most,
    health_check,
    need,
    never,
    worst,
)
from hecon.verification.subject import CHECKED_MEASURES, Subject

_check = partial(health_check, domain="results", source=TECH_VER)


# --- decisions by hand ---


def _several(model: Subject) -> tuple[np.ndarray, np.ndarray]:
    need(len(model.strategies) > 1, "there is only one strategy")
    return model.totals_of(model.base, "cost"), model.totals_of(model.base, "qaly")


@_check(
    "Increments are differences",
    expected="increment = total of one less total of the other; swapped, its negative",
    short=True,
)
def _increments(model: Subject) -> Answer:
    """Swapped arms give the same increments with the other sign."""
    _several(model)
    table = records_of(model.base.incremental())
    pairs = {(row["strategy"], row["comparator"], row["horizon_years"]): row for row in table}
    answers = []
    for i, one in enumerate(model.strategies):
        for k, other in enumerate(model.strategies):
            for j, horizon in enumerate(model.horizons):
                if i == k:
                    continue
                row, back = pairs[one, other, horizon], pairs[other, one, horizon]
                for name in CHECKED_MEASURES:
                    if name in model.base.plain_totals:
                        totals = model.totals_of(model.base, name)
                        found, scale = row[f"incremental_{name}"], float(np.abs(totals).max())
                        answers.append(agree(found, totals[i, j] - totals[k, j], 1e-12, f"{one}, {name}", scale))
                        answers.append(agree(back[f"incremental_{name}"], -found, 1e-12, f"{other}, {name}", scale))
    return worst(answers)


@_check("Quadrants and ICERs by hand", expected="NE, SE, NW, SW by the signs; ratios in NE and SW only", short=True)
def quadrants(model: Subject) -> Answer:
    """A ratio without its quadrant means nothing: dominance is said in words."""
    costs, qalys = _several(model)
    wrong, table = [], model.base.incremental()
    for row in records_of(table):
        i, k = model.strategies.index(row["strategy"]), model.strategies.index(row["comparator"])
        j = model.horizons.index(row["horizon_years"])
        cost, effect = costs[i, j] - costs[k, j], qalys[i, j] - qalys[k, j]
        north = "" if abs(cost) <= 1e-8 * np.abs(costs[[i, k], j]).max() else "N" if cost > 0 else "S"
        east = "" if abs(effect) <= 1e-8 * np.abs(qalys[[i, k], j]).max() else "E" if effect > 0 else "W"
        where = north + east or "equal"
        ratio = cost / effect if where in ("NE", "SW") else math.nan
        same = (math.isnan(ratio) and math.isnan(row["icer"])) or math.isclose(ratio, row["icer"], rel_tol=1e-9)
        if row["quadrant"] != where or not same:
            wrong.append(
                f"{row['strategy']} against {row['comparator']}: {row['quadrant']}, {row['icer']:.6g} "
                f"for {where}, {ratio:.6g}"
            )
    return never(len(wrong), wrong[0] if wrong else "", f"{len(table)} pairs")


@_check(
    "The frontier by hand", expected="who is on it, dominated and extendedly dominated, and ICERs that rise", short=True
)
def frontier(model: Subject) -> Answer:
    """A strategy is on the frontier where no mixture of others does more for less (tried pair by pair)."""
    costs, qalys = _several(model)
    table, answers = records_of(model.base.full_incremental()), []
    for j, horizon in enumerate(model.horizons):
        on = [row for row in table if row["horizon_years"] == horizon and row["status"] == "ND"]
        ratios = np.array([row["icer"] for row in on if not math.isnan(row["icer"])])
        answers.append(
            at_most(ratios[:-1], ratios[1:], "ICERs along the frontier fall") if len(ratios) > 1 else never(False, "")
        )
        expected = {name for i, name in enumerate(model.strategies) if not _beaten(costs[:, j], qalys[:, j], i)}
        found = {row["strategy"] for row in on}
        answers.append(
            never(found != expected, f"year {horizon:g}: {sorted(found)} for {sorted(expected)}", "as expected")
        )
        for a, b in zip(on, on[1:], strict=False):
            answers.append(agree(b["icer"], (b["cost"] - a["cost"]) / (b["effect"] - a["effect"]), what="ICER"))
    return worst(answers)


def _beaten(cost: np.ndarray, effect: np.ndarray, i: int) -> bool:
    """Whether another strategy, or a mixture of two, costs no more and does no less, and one of both truly."""
    c_scale, e_scale = 1e-9 * max(np.abs(cost).max(), 1e-300), 1e-9 * max(np.abs(effect).max(), 1e-300)
    others = [k for k in range(len(cost)) if k != i]
    for k in others:
        no_worse = cost[k] <= cost[i] + c_scale and effect[k] >= effect[i] - e_scale
        if no_worse and (cost[k] < cost[i] - c_scale or effect[k] > effect[i] + e_scale):
            return True
        if no_worse and k < i:
            return True  # of equals the first is named
    for a in others:
        for b in others:
            if effect[a] < effect[i] < effect[b] and cost[a] < cost[i] < cost[b]:
                share = (effect[i] - effect[a]) / (effect[b] - effect[a])
                if cost[a] + share * (cost[b] - cost[a]) < cost[i] - c_scale:
                    return True
    return False


@_check(
    "Net benefit by hand", expected="threshold x QALYs - costs; the same ranking in money and in health", short=True
)
def _net_benefit(model: Subject) -> Answer:
    """What a strategy is worth at each threshold, and who is best."""
    costs, qalys = _several(model)
    rows, answers = model.base.net_benefit(), []
    for row in records_of(rows):
        i, j = model.strategies.index(row["strategy"]), model.horizons.index(row["horizon_years"])
        level = row["willingness_to_pay"]
        answers.append(agree(row["net_monetary_benefit"], level * qalys[i, j] - costs[i, j], what=row["strategy"]))
        if level:
            answers.append(agree(row["net_health_benefit"], qalys[i, j] - costs[i, j] / level, what=row["strategy"]))
    return worst(answers)


@_check("Tables say what totals say", source=TECH_VER, expected="summary and breakdown repeat the totals", short=True)
def _tables(model: Subject) -> Answer:
    """Every number of the summary is the number of the engine, at its strategy and horizon."""
    rows = {(row["strategy"], row["horizon_years"]): row for row in records_of(model.base.summary())}
    answers = []
    for name, total in model.base.plain_totals.items():
        values = [[rows[strategy, horizon][name] for horizon in model.horizons] for strategy in model.strategies]
        answers.append(agree(values, total, 1e-15, name))
    return worst(answers)


@_check(
    "A drug for nothing",
    source=ADVISHE + ", C2",
    changed="the price of each drug alone to 0",
    expected="the item of that drug is 0, and every other item as before",
)
def one_drug(model: Subject) -> Answer:
    """A drug that costs nothing has no item of its own, and leaves the items of others alone."""
    prices = [one for one in model.elements if one.parameter == "drug_price" and one.labels.get("drug")]
    need(prices, "there are no prices by drug")
    base = model.base.breakdown().set_index(["strategy", "horizon_years", "kind", "item"])["value"]
    answers = []
    for price in prices:
        found = model.run(model.with_inputs({price.name: 0.0})).breakdown().set_index(base.index.names)["value"]
        items = base.index.get_level_values("item")
        own = items.str.endswith(f": {price.labels['drug']}") & items.str.startswith("Drug")
        if not own.any():
            continue
        answers.append(
            never(np.abs(found[own]).max() > 1e-9, f"{price.labels['drug']} still costs {found[own].max():,.6g}")
        )
        answers.append(agree(found[~own], base[~own], what=f"items beside {price.labels['drug']}"))
    return worst(answers)
