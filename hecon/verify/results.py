"""Checks of results: totals against their parts, against utilities and prices at their ends, and decisions by hand."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.health import FAIL
from hecon.analysis.run import run
from hecon.errors import HeconError
from hecon.inputs.case import Case
from hecon.labels import DRAW, STATE
from hecon.verify.elements import LOSS, MONEY, UTILITY, Element
from hecon.verify.record import (
    ADVISHE,
    HECON,
    TECH_VER,
    Answer,
    agree,
    at_most,
    explained,
    health_check,
    need,
    never,
    worst,
)
from hecon.verify.subject import MEASURES, Subject

_check = partial(health_check, domain="results", source=TECH_VER)


# --- utilities and prices at their ends ---


def _lived(model: Subject, value: float) -> dict[str, float]:
    """Every utility of the living at one value, every loss at nought; by name of the input."""
    dead = set(model.occupancy.dead)
    model.of_role(UTILITY)
    return {
        one.name: 0.0 if one.role == LOSS or dead & set(one.labels.values()) else value
        for one in model.elements
        if one.role in (UTILITY, LOSS)
    }


@_check("Utilities 1 make QALYs life years", changed="every utility of the living 1, every loss 0", expected="QALYs = life years", short=True)
def utilities_of_one(model: Subject) -> Answer:
    """In full health a QALY is a year."""
    values = _lived(model, 1.0)
    found = model.moved("utilities 1", lambda one: values.get(one.name))
    return agree(model.totals_of(found, "qaly"), model.totals_of(found, "life_years"), what="QALYs")


@_check("Utilities 0, no QALYs", changed="every utility and loss 0", expected="QALYs = 0", short=True)
def utilities_of_nought(model: Subject) -> Answer:
    """Life worth nothing gives nothing."""
    model.of_role(UTILITY)
    found = model.moved("utilities 0", lambda one: 0.0 if one.role in (UTILITY, LOSS) else None)
    qalys = model.totals_of(found, "qaly")
    return never(np.abs(qalys).max() > 1e-12, f"{qalys.ravel()[np.abs(qalys).argmax()]:.6g} QALYs are left", "0 QALYs")


@_check("Utilities halved, QALYs halved", changed="every utility and loss by half", expected="QALYs by half", short=True)
def utilities_halved(model: Subject) -> Answer:
    """QALYs are a straight line in what a year is worth."""
    model.of_role(UTILITY)
    found = model.moved("utilities halved", lambda one: one.value / 2 if one.role in (UTILITY, LOSS) else None)
    return agree(model.totals_of(found, "qaly"), model.totals_of(model.base, "qaly") / 2, what="QALYs")


@_check("No QALY is longer than a year", expected="QALYs <= life years where no utility is above 1", short=True)
def no_more_than_years(model: Subject) -> Answer:
    """A year is worth at most a year."""
    need(all(one.value <= 1 for one in model.of_role(UTILITY)), "a utility is above 1")
    pairs = [(model.totals_of(model.base, "qaly", undiscounted=u), model.totals_of(model.base, "life_years", undiscounted=u)) for u in (False, True)]
    return worst([at_most(qalys, years, "QALYs above life years") for qalys, years in pairs])


@_check("Mean utility within the utilities", expected="undiscounted QALYs per life year between lowest and highest", short=True)
def mean_utility(model: Subject) -> Answer:
    """An average lies among what it averages; losses of events may take it a little below."""
    dead = set(model.occupancy.dead)
    living = [one.value for one in model.of_role(UTILITY) if not dead & set(one.labels.values())]
    lines = model.of_lines(model.base, undiscounted=True)
    qalys = sum(value for (kind, _), value in lines.items() if kind == "qaly" and value.min() >= 0)
    mean = qalys / model.totals_of(model.base, "life_years", undiscounted=True)
    return worst(
        [
            at_most(mean, max(living), "the mean utility is above every utility", 1e-9),
            at_most(min(living), mean, "the mean utility is below every utility", 1e-9),
        ]
    )


@_check("Prices 0, no costs", changed="every price and cost 0", expected="costs = 0", short=True)
def prices_of_nought(model: Subject) -> Answer:
    """What costs nothing adds nothing; numbers that stand in the model itself are named."""
    model.of_role(MONEY)
    found = model.moved("prices 0", lambda one: 0.0 if one.role == MONEY else None)
    left = model.totals_of(found, "cost")
    if np.abs(left).max() <= 1e-9:
        return never(False, "", "0")
    lines = [name for (kind, name), value in model.of_lines(found).items() if kind == "cost" and np.abs(value).max() > 1e-9]
    if all(_has_constant(model, name) for name in lines):
        return explained(f"costs that are no inputs: {', '.join(lines)} ({np.abs(left).max():,.6g})")
    return Answer(FAIL, f"{np.abs(left).max():,.6g} is left by {', '.join(lines)}")


def _has_constant(model: Subject, name: str) -> bool:
    """Whether a line multiplies by a number that stands in the model file."""
    return any(
        not isinstance(factor, xr.DataArray) and factor not in (0.0, 1.0)
        for line in model.outcome.lines
        if line.kind == "cost" and line.name == name
        for factor in line.factors
    )


@_check("Prices doubled, costs doubled", changed="every price and cost twice", expected="costs twice, QALYs as they are", short=True)
def prices_doubled(model: Subject) -> Answer:
    """Another currency is another unit, not another result."""
    model.of_role(MONEY)
    found = model.moved("prices doubled", lambda one: 2 * one.value if one.role == MONEY else None)
    nothing = model.moved("prices 0", lambda one: 0.0 if one.role == MONEY else None)
    base, fixed = model.totals_of(model.base, "cost"), model.totals_of(nothing, "cost")
    answers = [agree(model.totals_of(found, "cost"), 2 * base - fixed, what="costs")]
    if "qaly" in found.totals:
        answers.append(agree(model.totals_of(found, "qaly"), model.totals_of(model.base, "qaly"), what="QALYs"))
    return worst(answers)


@_check(
    "No adverse events, or events without effect",
    changed="incidence of every adverse event 0; costs and losses of events 0",
    expected="the same totals either way",
    short=True,
)
def adverse_events(model: Subject) -> Answer:
    """Events that never happen and events that do nothing are the same."""
    need("adverse_event_incidence" in model.case.values, "there are no adverse events")
    effects = ("adverse_event_cost", "adverse_event_disutility")
    none = model.moved("no events", lambda one: 0.0 if one.parameter == "adverse_event_incidence" else None)
    harmless = model.moved("harmless events", lambda one: 0.0 if one.parameter in effects else None)
    return worst(
        [
            agree(model.totals_of(none, name), model.totals_of(harmless, name), what=name)
            for name in MEASURES
            if name in none.totals
        ]
    )


# --- parts and totals ---


@_check("Parts sum to the total", source=TECH_VER + "; AdViSHE, C4", expected="the breakdown adds up to every total, to rounding", short=True)
def parts(model: Subject) -> Answer:
    """Every item of the breakdown, added up one by one."""
    answers = []
    for undiscounted in (False, True):
        table = model.base.breakdown(undiscounted=undiscounted)
        for kind in MEASURES:
            rows = table[table.kind == kind]
            if rows.empty:
                continue
            total = model.totals_of(model.base, kind, undiscounted=undiscounted)
            summed = [
                [math.fsum(rows[(rows.strategy == s) & (rows.horizon_years == h)]["value"]) for h in model.horizons]
                for s in model.strategies
            ]
            answers.append(agree(summed, total, what=kind))
    return worst(answers)


@_check("Progression-free life years are part of life years", expected="progression-free <= life years", short=True)
def progression_free(model: Subject) -> Answer:
    """A part is no more than the whole."""
    pairs = [
        [model.totals_of(model.base, name, undiscounted=u) for name in ("progression_free_life_years", "life_years")]
        for u in (False, True)
    ]
    return worst([at_most(part, whole, "progression-free life years above life years") for part, whole in pairs])


@_check("Life years within the horizon", expected="undiscounted life years <= horizon", short=True)
def within_horizon(model: Subject) -> Answer:
    """Nobody lives longer than is looked at."""
    years = model.totals_of(model.base, "life_years", undiscounted=True)
    return at_most(years, np.broadcast_to(model.horizons, years.shape), "more years than pass")


@_check(
    "A batch of one is the base case",
    source=HECON,
    changed="the base case as three draws of the same values",
    expected="the base case in every draw",
    short=True,
)
def batch(model: Subject) -> Answer:
    """Every analysis is a batch of draws; a draw of the base values is the base case."""
    found = run(_repeated(model.case, 3))
    return worst(
        [
            agree(model.totals_of(found, name), model.totals_of(model.base, name)[None], 1e-12, name)
            for name in MEASURES
            if name in found.totals
        ]
    )


def _repeated(case: Case, count: int) -> Case:
    values = {name: array.expand_dims({DRAW: count}).copy() for name, array in case.values.items() if STATE not in array.dims}
    values = values or {name: array.expand_dims({DRAW: count}).copy() for name, array in case.values.items()}
    return case._changed(values={**case.values, **values})


@_check("The same inputs, the same numbers", source=TECH_VER, changed="run again, in other blocks, by more workers", expected="equal to the bit", short=True)
def reproducible(model: Subject) -> Answer:
    """What is reported can be had again."""
    again = [run(model.case), run(model.case, block=1, workers=2)]
    names = [name for name in MEASURES if name in model.base.totals]
    gaps = [np.abs(r.totals[n].values - model.base.totals[n].values).max() for r in again for n in names]
    return never(max(gaps) > 0, f"runs differ by {max(gaps):.3g}", "equal to the bit")


@_check(
    "Every scenario changes something, and the base case stays",
    source=TECH_VER,
    changed="every scenario of the workbook, then the base case again",
    expected="another total in each; the base case as before",
)
def scenarios(model: Subject) -> Answer:
    """A scenario that changes nothing is a scenario that was not run."""
    need(model.workbook.scenarios, "the workbook has no scenarios")
    idle = []
    for name in model.workbook.scenarios:
        try:
            found = run(model.workbook.scenario(name, model.case.model))
        except HeconError as error:
            return Answer(FAIL, f"scenario '{name}' cannot be run: {error}".replace("\n", " "))
        same_horizons = found.time.horizons == model.horizons
        if same_horizons and all(
            np.array_equal(found.totals[measure].values, model.base.totals[measure].values) for measure in found.totals
        ):
            idle.append(name)
    after = run(model.workbook.base_case(model.case.model))
    changed = any(not np.array_equal(after.totals[m].values, model.base.totals[m].values) for m in after.totals)
    return worst(
        [never(len(idle), f"no effect: {', '.join(idle[:3])}", f"{len(model.workbook.scenarios)} scenarios"), never(changed, "the base case has changed")]
    )


# --- decisions by hand ---


def _several(model: Subject) -> tuple[np.ndarray, np.ndarray]:
    need(len(model.strategies) > 1, "there is only one strategy")
    return model.totals_of(model.base, "cost"), model.totals_of(model.base, "qaly")


@_check("Increments are differences", expected="increment = total of one less total of the other; swapped, its negative", short=True)
def increments(model: Subject) -> Answer:
    """Swapped arms give the same increments with the other sign."""
    _several(model)
    pairs = model.base.incremental().set_index(["strategy", "comparator", "horizon_years"])
    answers = []
    for i, one in enumerate(model.strategies):
        for k, other in enumerate(model.strategies):
            for j, horizon in enumerate(model.horizons):
                if i == k:
                    continue
                row, back = pairs.loc[(one, other, horizon)], pairs.loc[(other, one, horizon)]
                for name in MEASURES:
                    if name in model.base.totals:
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
    for row in table.to_dict("records"):
        i, k = model.strategies.index(row["strategy"]), model.strategies.index(row["comparator"])
        j = model.horizons.index(row["horizon_years"])
        cost, effect = costs[i, j] - costs[k, j], qalys[i, j] - qalys[k, j]
        north = "" if abs(cost) <= 1e-8 * np.abs(costs[[i, k], j]).max() else "N" if cost > 0 else "S"
        east = "" if abs(effect) <= 1e-8 * np.abs(qalys[[i, k], j]).max() else "E" if effect > 0 else "W"
        where = north + east or "equal"
        ratio = cost / effect if where in ("NE", "SW") else math.nan
        same = (math.isnan(ratio) and math.isnan(row["icer"])) or math.isclose(ratio, row["icer"], rel_tol=1e-9)
        if row["quadrant"] != where or not same:
            wrong.append(f"{row['strategy']} against {row['comparator']}: {row['quadrant']}, {row['icer']:.6g} for {where}, {ratio:.6g}")
    return never(len(wrong), wrong[0] if wrong else "", f"{len(table)} pairs")


@_check("The frontier by hand", expected="who is on it, dominated and extendedly dominated, and ICERs that rise", short=True)
def frontier(model: Subject) -> Answer:
    """A strategy is on the frontier where no mixture of others does more for less (tried pair by pair)."""
    costs, qalys = _several(model)
    table, answers = model.base.full_incremental(), []
    for j, horizon in enumerate(model.horizons):
        rows = table[table.horizon_years == horizon]
        on = rows[rows.status == "ND"]
        ratios = on.icer.dropna().to_numpy()
        answers.append(at_most(ratios[:-1], ratios[1:], "ICERs along the frontier fall") if len(ratios) > 1 else never(False, ""))
        expected = {name for i, name in enumerate(model.strategies) if not _beaten(costs[:, j], qalys[:, j], i)}
        found = set(on.strategy)
        answers.append(never(found != expected, f"year {horizon:g}: {sorted(found)} for {sorted(expected)}", "as expected"))
        for a, b in zip(on.to_dict("records"), on.to_dict("records")[1:], strict=False):
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


@_check("Net benefit by hand", expected="threshold x QALYs - costs; the same ranking in money and in health", short=True)
def net_benefit(model: Subject) -> Answer:
    """What a strategy is worth at each threshold, and who is best."""
    costs, qalys = _several(model)
    rows, answers = model.base.net_benefit(), []
    for row in rows.to_dict("records"):
        i, j = model.strategies.index(row["strategy"]), model.horizons.index(row["horizon_years"])
        level = row["willingness_to_pay"]
        answers.append(agree(row["net_monetary_benefit"], level * qalys[i, j] - costs[i, j], what=row["strategy"]))
        if level:
            answers.append(agree(row["net_health_benefit"], qalys[i, j] - costs[i, j] / level, what=row["strategy"]))
    return worst(answers)


@_check("Tables say what totals say", source=TECH_VER, expected="summary and breakdown repeat the totals", short=True)
def tables(model: Subject) -> Answer:
    """Every number of the summary is the number of the engine, at its strategy and horizon."""
    frame: pd.DataFrame = model.base.summary().set_index(["strategy", "horizon_years"])
    answers = []
    for name in map(str, model.base.totals):
        values = [[frame.loc[(s, h), name] for h in model.horizons] for s in model.strategies]
        answers.append(agree(values, model.base.totals[name].values, 1e-15, name))
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
        found = _with(model, price, 0.0).breakdown().set_index(base.index.names)["value"]
        items = base.index.get_level_values("item")
        own = items.str.endswith(f": {price.labels['drug']}") & items.str.startswith("Drug")
        if not own.any():
            continue
        answers.append(never(np.abs(found[own]).max() > 1e-9, f"{price.labels['drug']} still costs {found[own].max():,.6g}"))
        answers.append(agree(found[~own], base[~own], what=f"items beside {price.labels['drug']}"))
    return worst(answers)


def _with(model: Subject, one: Element, value: float):  # type: ignore[no-untyped-def]
    return run(model.case_with(lambda other: value if other.name == one.name else None))
