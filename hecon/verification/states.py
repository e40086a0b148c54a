"""Checks of states: where the patients are, who dies, and what happens to mortality and horizons at their ends."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from hecon.analysis.health import FAIL
from hecon.analysis.measures import PROGRESSION_FREE
from hecon.analysis.result import Result
from hecon.flows import SurvivalCurve
from hecon.labels import STATE, STRATEGY, exact_joins
from hecon.parameters import Parameters
from hecon.states.markov import Markov
from hecon.states.partitioned import Partition
from hecon.survival.background import general_population
from hecon.verification.elements import Element
from hecon.verification.record import (
    TECH_VER,
    Answer,
    NotApplicable,
    agree,
    at_most,
    explained,
    health_check,
    need,
    never,
    worst,
)
from hecon.verification.subject import Subject

_check = partial(health_check, domain="states", source=TECH_VER)


@_check(
    "Everybody is in one state", source=TECH_VER + "; AdViSHE, C3", expected="shares sum to 1 at every edge", short=True
)
def _sums(model: Subject) -> Answer:
    """Nobody is lost and nobody counted twice."""
    return agree(model.shares.values.sum(axis=1), 1.0, 1e-12, "sum of shares")


@_check("Shares are shares", expected="0 <= share <= 1 in every state", short=True)
def between(model: Subject) -> Answer:
    """No state is emptier than empty."""
    shares = model.shares.values
    return worst([at_most(-shares, 1e-12, "a share below 0"), at_most(shares, 1.0, "a share above 1")])


@_check("Nobody is dead at the start", expected="share dead is 0 at time 0", short=True)
def start(model: Subject) -> Answer:
    """The cohort begins alive."""
    return never(model.dead(model.base)[:, 0] > 1e-12, "some are dead at time 0")


@_check("The dead stay dead", expected="share dead never falls", short=True)
def absorbing(model: Subject) -> Answer:
    """Death is for good."""
    dead = model.dead(model.base)
    return at_most(dead[:, :-1], dead[:, 1:], "the share dead falls", 1e-12)


@_check("Deaths add up", expected="deaths counted by cycle sum to the share dead at every edge", short=True)
def deaths(model: Subject) -> Answer:
    """Who enters death in each cycle is who is dead at its end and was not at its beginning."""
    state = model.occupancy
    need(len(state.dead) == 1, "there is more than one state of death")
    entries = state.entries(state.dead[0])
    values = _by_strategy(model, entries.values(), entries.axes.dims)
    return agree(values.cumsum(axis=-1), model.dead(model.base)[:, 1:], what="cumulative deaths")


def _by_strategy(model: Subject, values: np.ndarray, dims: tuple[str, ...]) -> np.ndarray:
    other = tuple(place for place, dim in enumerate(dims) if dim != STRATEGY)
    summed = values.sum(axis=other)
    return np.broadcast_to(summed, (len(model.strategies), summed.shape[-1]))


@_check(
    "What enters a state and does not leave it is there", expected="in-flow less out-flow is the change of each share"
)
def flows(model: Subject) -> Answer:
    """Markov models: shares move by the transitions and by nothing else, multiplied out cycle by cycle."""
    state = model.occupancy
    need(isinstance(state, Markov), "the model is no Markov model")
    answers, change = [], np.diff(state.values(), axis=-1)
    for name in state.states:
        place = state.states.index(name)
        rise = change[..., place, :]
        entries = state.entries(name).values()
        answers.append(at_most(rise, entries, f"{name} grows by more than enter it", 1e-9))
    return worst(answers)


@_check("Progression-free patients are alive", expected="progression-free <= alive at every edge", short=True)
def _nested(model: Subject) -> Answer:
    """Curves that cross have been dealt with before anybody is counted."""
    shares = model.shares
    need(PROGRESSION_FREE in shares.coords[STATE].values.tolist(), "no state is called progression_free")
    alive = 1 - model.dead(model.base)
    return at_most(shares.sel({STATE: PROGRESSION_FREE}).values, alive, "progression-free above alive", 1e-12)


@_check("Only the living are treated", expected="shares on treatment <= alive at every edge")
def treated(model: Subject) -> Answer:
    """No dose is paid for the dead: flows at the start of a cycle (doses) never exceed the share alive."""
    lines = [line for line in model.outcome.lines if line.flow.rule == "start"]
    need(lines, "no line follows those on treatment")
    alive = 1 - model.dead(model.base)
    answers = []
    for line in lines:
        values = _by_strategy(model, line.flow.values, line.flow.axes.dims)
        answers.append(at_most(values, alive[:, : values.shape[-1]], f"{line.name}: treated above alive"))
    return worst(answers)


@_check(
    "Life years are the area under the curve",
    expected="undiscounted life years = trapezoids under the share alive",
    short=True,
)
def area(model: Subject) -> Answer:
    """The sum of years lived, edge by edge from the trace, within the error of the accrual rule."""
    return _area(model, model.base)


def _area(model: Subject, result: Result) -> Answer:
    edges, alive = result.time.edges, 1 - model.dead(result)
    need("undiscounted_life_years" in result.plain_totals, "the model has no life years")
    trapezoids = np.diff(edges) * (alive[:, 1:] + alive[:, :-1]) / 2
    areas = np.stack([trapezoids[:, edges[1:] <= h + 1e-8].sum(axis=1) for h in result.time.horizons], axis=1)
    accrual = result.case.settings.accrual
    within = 1e-9 if accrual == "life_table" else float(np.diff(edges).max())
    found = model.totals_of(result, "life_years", undiscounted=True)
    return agree(found, areas, within, "life years", scale=1.0 if within > 1e-9 else None)


@_check(
    "Life years by independent quadrature",
    source=TECH_VER + "; AdViSHE, E1",
    expected="undiscounted life years = integral of overall survival, by Gauss and Legendre",
)
def quadrature(model: Subject) -> Answer:
    """The integral of the curve itself, not of its values at the edges."""
    need(isinstance(model.outcome.state, Partition), "the model is no partitioned survival model")
    curve = model.base.curves.get("overall_survival")
    if curve is None:
        raise NotApplicable("the model has no curve of overall_survival")
    need("Life table" not in model.case.tables, "overall survival is bounded by a life table after its curve")
    rule = model.case.settings.crossing
    need(rule != "raise_os" or not _crosses(model), "overall survival is raised where curves cross")
    nodes, weights = np.polynomial.legendre.leggauss(48)
    answers = []
    for place, horizon in enumerate(model.horizons):
        cuts = np.linspace(0, horizon, 65)
        middle, half = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts) / 2
        survival = np.atleast_2d(np.asarray(curve.survival((middle[:, None] + half[:, None] * nodes).ravel())))
        integral = survival @ (half[:, None] * weights).ravel()
        found = model.totals_of(model.base, "life_years", undiscounted=True)[:, place]
        step = float(np.diff(model.base.time.edges).max())
        within = 2e-4 + step**2 if model.case.settings.accrual in ("life_table", "simpson") else step
        answers.append(agree(found, integral, within, f"year {horizon:g}"))
    return worst(answers)


def _crosses(model: Subject) -> bool:
    return model.base.crossings is not None and bool(model.base.crossings.draws.any())


@_check("No better than the general population", expected="alive <= general population at every edge")
def population(model: Subject) -> Answer:
    """Patients of the model do not outlive people of their age and sex."""
    need("Life table" in model.case.tables, "there is no sheet Life table")
    case = model.case
    p = Parameters(case.used_values(), case.labels, case.settings, case.tables, case.source, case.homes)
    with exact_joins:
        curve: SurvivalCurve = general_population(p)
        values, axes = curve.at_edges(model.base.time.edges)
    everybody = (
        _by_strategy(model, values, axes.dims) if STRATEGY in axes.labels else values.reshape(-1, values.shape[-1])
    )
    alive = 1 - model.dead(model.base)
    found = at_most(alive, everybody, "patients outlive the general population", 1e-6)
    return found if found.verdict != FAIL else explained(found.found)


# --- mortality at its ends ---


def _less_death(one: Element) -> float | None:
    """The value at which nobody dies, for inputs that say how many do; None for others."""
    if one.family:
        return {"rate": 1e-12, "scale": 1e9, "meanlog": 60.0, "mu": 60.0}.get(one.parameter) if _scales(one) else None
    words = set(one.parameter.split("_"))
    if words & {"mortality", "dying", "deaths"} and not words & {"cost", "hazard", "utility", "log"}:
        return 0.0
    if one.parameter.endswith("_to_dead"):
        return 0.0
    if "scale" in words and words & {"os", "pfs", "survival", "overall"}:
        return one.value * 1e6
    return None


def _scales(one: Element) -> bool:
    return not (one.family == "weibull_ph" and one.parameter == "scale")


def _more_death(one: Element) -> float | None:
    if one.family:
        # Whatever its endpoint, nobody outlives the first days; overall survival stays the longer of the curves.
        log = -7.0 if one.labels.get("endpoint") == "overall_survival" else -11.0
        ends = {"rate": math.exp(-log), "scale": math.exp(log), "meanlog": log, "mu": log}
        return ends.get(one.parameter) if _scales(one) else None
    less = _less_death(one)
    if less is None:
        return None
    if less:
        return one.value * 1e-6
    return min(1.0 if one.parameter.endswith("probability") else 500.0, one.bounds.high)


@_check(
    "Without mortality nobody dies",
    changed="every mortality to 0, every survival time beyond measure",
    expected="life years = horizon, nobody dead",
    short=True,
)
def immortal(model: Subject) -> Answer:
    """If nobody dies, everybody lives for the whole of the horizon."""
    model.occupancy  # noqa: B018 (not applicable without states)
    found = model.moved("no death", _less_death, {"Life table": ("death_probability", 0.0)})
    dead = model.dead(found).max()
    if dead > 1e-6 and not _all_deaths_known(model):
        raise NotApplicable("the inputs that say how many die are not known by their names")
    years = model.totals_of(found, "life_years", undiscounted=True)
    return worst(
        [
            never(dead > 1e-6, f"{dead:.2%} die"),
            agree(years, np.broadcast_to(model.horizons, years.shape), 1e-6, "life years"),
        ]
    )


def _all_deaths_known(model: Subject) -> bool:
    """Whether the names of the inputs say which of them kill: curves of a workbook, or inputs called mortality."""
    if model.base.curves:
        return all(
            one.family not in ("kaplan_meier", "survival_table", "piecewise_exponential") for one in model.elements
        )
    return any("mortality" in one.parameter for one in model.elements)


@_check(
    "With certain mortality all die at once",
    changed="every mortality to its limit, every survival time to nothing",
    expected="everybody dead after the first cycles",
    short=True,
)
def mortal(model: Subject) -> Answer:
    """If death is certain, all are dead within the first cycles."""
    model.occupancy  # noqa: B018 (not applicable without states)
    found = model.moved("certain death", _more_death)
    few = min(3, found.time.cycles)
    alive = float(1 - model.dead(found)[:, few].min())
    if alive > 0.01 and not model.base.curves:
        raise NotApplicable(f"{alive:.0%} are alive after {few} cycles: the inputs that kill are not known by name")
    return never(alive > 0.01, f"{alive:.1%} are alive after {few} cycles", f"{alive:.1g} alive after {few} cycles")
