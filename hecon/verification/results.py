"""Checks of results: totals against their parts, against utilities and prices at their ends, and decisions by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import numpy as np
import xarray as xr

from hecon.analysis.health import FAIL
from hecon.analysis.result import Result
from hecon.analysis.run import run_plain
from hecon.errors import HeconError
from hecon.inputs.case import Case
from hecon.labels import STATE
from hecon.parameters import records_of
from hecon.states.norms import UTILITY_NORMS
from hecon.states.occupancy import Occupancy
from hecon.survival.kept import forget_curves
from hecon.verification.elements import GAIN_ROLE, LOSS_ROLE, MONEY_ROLE, UTILITY_ROLE, Element
from hecon.verification.record import (
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
from hecon.verification.subject import CHECKED_MEASURES, NewValue, Subject, stacked

_check = partial(health_check, domain="results", source=TECH_VER)


# --- utilities and prices at their ends ---

_OF_UTILITY = (UTILITY_ROLE, LOSS_ROLE, GAIN_ROLE)
_EFFECTS = ("adverse_event_cost", "adverse_event_disutility")
_NO_SHEETS: Mapping[str, tuple[str, float]] = {}


def _changes(model: Subject) -> dict[str, NewValue]:
    """Changes of many inputs at once, which the quick checks make in one batch."""
    state = model.outcome.state
    dead = set(state.dead) if isinstance(state, Occupancy) else set()

    def in_full_health(one: Element) -> float:
        return 1.0 if one.role == UTILITY_ROLE and not dead & set(one.labels.values()) else 0.0

    return {
        "utilities 1": lambda one: in_full_health(one) if one.role in _OF_UTILITY else None,
        "utilities 0": lambda one: 0.0 if one.role in _OF_UTILITY else None,
        "utilities halved": lambda one: one.value / 2 if one.role in _OF_UTILITY else None,
        "prices 0": lambda one: 0.0 if one.role == MONEY_ROLE else None,
        "prices doubled": lambda one: 2 * one.value if one.role == MONEY_ROLE else None,
        "no events": lambda one: 0.0 if one.parameter == "adverse_event_incidence" else None,
        "harmless events": lambda one: 0.0 if one.parameter in _EFFECTS else None,
    }


def _moved(model: Subject, name: str, levelled: Mapping[str, tuple[str, float]] = _NO_SHEETS) -> Result:
    """Run one of the changes; where it cannot be run with the others, or a sheet changes with it, alone."""
    changes = _changes(model)
    if model.quick and not levelled.keys() & model.case.tables.keys():
        with suppress(HeconError):
            together = model.once("changes", lambda: model.moved_apart(changes))
            if name in together:
                return together[name]
    return model.moved(name, changes[name], levelled)


@_check(
    "Utilities 1 make QALYs life years",
    changed="every utility of the living 1, every loss 0",
    expected="QALYs = life years",
    short=True,
)
def utilities_of_one(model: Subject) -> Answer:
    """In full health a QALY is a year."""
    model.occupancy  # noqa: B018 (not applicable without states)
    model.of_role(UTILITY_ROLE)
    found = _moved(model, "utilities 1", {UTILITY_NORMS: ("utility", 1.0)})
    return agree(model.totals_of(found, "qaly"), model.totals_of(found, "life_years"), what="QALYs")


@_check("Utilities 0, no QALYs", changed="every utility and loss 0", expected="QALYs = 0", short=True)
def utilities_of_nought(model: Subject) -> Answer:
    """Life worth nothing gives nothing."""
    model.of_role(UTILITY_ROLE)
    found = _moved(model, "utilities 0")
    qalys = model.totals_of(found, "qaly")
    return never(np.abs(qalys).max() > 1e-12, f"{qalys.ravel()[np.abs(qalys).argmax()]:.6g} QALYs are left", "0 QALYs")


@_check(
    "Utilities halved, QALYs halved", changed="every utility and loss by half", expected="QALYs by half", short=True
)
def utilities_halved(model: Subject) -> Answer:
    """QALYs are a straight line in what a year is worth."""
    model.of_role(UTILITY_ROLE)
    found = _moved(model, "utilities halved")
    return agree(model.totals_of(found, "qaly"), model.totals_of(model.base, "qaly") / 2, what="QALYs")


@_check("No QALY is longer than a year", expected="QALYs <= life years where no utility is above 1", short=True)
def no_more_than_years(model: Subject) -> Answer:
    """A year is worth at most a year."""
    need(all(one.value <= 1 for one in model.of_role(UTILITY_ROLE)), "a utility is above 1")
    pairs = [
        (model.totals_of(model.base, "qaly", undiscounted=u), model.totals_of(model.base, "life_years", undiscounted=u))
        for u in (False, True)
    ]
    return worst([at_most(qalys, years, "QALYs above life years") for qalys, years in pairs])


@_check(
    "Mean utility within the utilities",
    expected="undiscounted QALYs per life year between lowest and highest",
    short=True,
)
def mean_utility(model: Subject) -> Answer:
    """An average lies among what it averages; losses of events may take it a little below."""
    dead = set(model.occupancy.dead)
    living = [one.value for one in model.of_role(UTILITY_ROLE) if not dead & set(one.labels.values())]
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
    model.of_role(MONEY_ROLE)
    found = _moved(model, "prices 0")
    left = model.totals_of(found, "cost")
    if np.abs(left).max() <= 1e-9:
        return never(False, "", "0")
    lines = [
        name for (kind, name), value in model.of_lines(found).items() if kind == "cost" and np.abs(value).max() > 1e-9
    ]
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


@_check(
    "Prices doubled, costs doubled",
    changed="every price and cost twice",
    expected="costs twice, QALYs as they are",
    short=True,
)
def prices_doubled(model: Subject) -> Answer:
    """Another currency is another unit, not another result."""
    model.of_role(MONEY_ROLE)
    found, nothing = _moved(model, "prices doubled"), _moved(model, "prices 0")
    base, fixed = model.totals_of(model.base, "cost"), model.totals_of(nothing, "cost")
    answers = [agree(model.totals_of(found, "cost"), 2 * base - fixed, what="costs")]
    if "qaly" in found.plain_totals:
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
    none, harmless = _moved(model, "no events"), _moved(model, "harmless events")
    return worst(
        [
            agree(model.totals_of(none, name), model.totals_of(harmless, name), what=name)
            for name in CHECKED_MEASURES
            if name in none.plain_totals
        ]
    )


# --- parts and totals ---


@_check(
    "Parts sum to the total",
    source=TECH_VER + "; AdViSHE, C4",
    expected="the breakdown adds up to every total, to rounding",
    short=True,
)
def parts(model: Subject) -> Answer:
    """Every item of the breakdown, added up one by one."""
    answers = []
    for undiscounted in (False, True):
        items: dict[tuple[str, str, float], list[float]] = {}
        for row in records_of(model.base.breakdown(undiscounted=undiscounted)):
            items.setdefault((row["kind"], row["strategy"], row["horizon_years"]), []).append(row["value"])
        for kind in CHECKED_MEASURES:
            if not any(of == kind for of, _, _ in items):
                continue
            total = model.totals_of(model.base, kind, undiscounted=undiscounted)
            summed = [[math.fsum(items.get((kind, s, h), ())) for h in model.horizons] for s in model.strategies]
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
    found = model.run(_repeated(model.case, 3))
    return worst(
        [
            agree(model.totals_of(found, name), model.totals_of(model.base, name)[None], 1e-12, name)
            for name in CHECKED_MEASURES
            if name in found.plain_totals
        ]
    )


def _repeated(case: Case, count: int) -> Case:
    repeated = {name: array for name, array in case.values.items() if STATE not in array.dims} or case.values
    values = {name: stacked(array, [array.values] * count) for name, array in repeated.items()}
    return case._changed(values={**case.values, **values})


@_check(
    "The same inputs, the same numbers",
    source=TECH_VER,
    changed="run again, in other blocks, by more workers",
    expected="equal to the bit",
    short=True,
)
def reproducible(model: Subject) -> Answer:
    """What is reported can be had again, from curves that are built again."""
    forget_curves()
    again, before = run_plain(model.case, block=1, workers=2).totals, model.base.totals
    gaps = [np.abs(again[n].values - before[n].values).max() for n in CHECKED_MEASURES if n in before]
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
            found = model.run(model.workbook.scenario(name, model.case.model))
        except HeconError as error:
            return Answer(FAIL, f"scenario '{name}' cannot be run: {error}".replace("\n", " "))
        same_horizons = found.time.horizons == model.horizons
        if same_horizons and all(
            np.array_equal(found.plain_totals[total], model.base.plain_totals[total]) for total in found.plain_totals
        ):
            idle.append(name)
    after = model.run(model.workbook.base_case(model.case.model))
    changed = any(not np.array_equal(own, model.base.plain_totals[name]) for name, own in after.plain_totals.items())
    return worst(
        [
            never(len(idle), f"no effect: {', '.join(idle[:3])}", f"{len(model.workbook.scenarios)} scenarios"),
            never(changed, "the base case has changed"),
        ]
    )
