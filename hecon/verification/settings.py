"""Checks of settings: discounting, accrual and cycles do what their names say, and nothing else."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from hecon.analysis.result import Result
from hecon.errors import HeconError
from hecon.settings import Rate, Settings
from hecon.states.markov import Markov
from hecon.verification import by_hand
from hecon.verification.record import (
    ADVISHE,
    HECON,
    TECH_VER,
    Answer,
    NotApplicable,
    agree,
    at_most,
    explained,
    health_check,
    need,
    worst,
)
from hecon.verification.subject import CHECKED_MEASURES, Subject

_check = partial(health_check, domain="settings", source=TECH_VER)


def _plain(model: Subject, **settings: Any) -> Result:
    """Run under other settings; an accrual by a list of weights gives way to one by name."""
    named = isinstance(model.case.settings.accrual, str)
    return model.under(**({} if named else {"accrual": "life_table"}), **settings)


def _both_at(model: Subject, rate: float) -> Result:
    return _plain(model, discount_rate_cost=rate, discount_rate_effect=rate)


def _all(
    model: Subject, one: Result, other: Result, within: float, what: str = "", *, undiscounted: bool = False
) -> Answer:
    """Whether every total of two results agrees."""
    return worst(
        [
            agree(
                model.totals_of(one, name, undiscounted=undiscounted),
                model.totals_of(other, name, undiscounted=undiscounted),
                within,
                f"{what}{name.replace('_', ' ')}",
            )
            for name in CHECKED_MEASURES
            if name in one.plain_totals
        ]
    )


# --- discounting ---


@_check(
    "Rate 0 discounts nothing",
    changed="both discount rates 0",
    expected="discounted = undiscounted, line by line",
    short=True,
)
def no_discounting(model: Subject) -> Answer:
    """At a rate of 0 the two columns of every line are one."""
    found = _both_at(model, 0.0)
    return worst([agree(line.discounted, line.undiscounted, 1e-12, line.name) for line in found.lines])


@_check(
    "Undiscounted results know no rate",
    changed="both discount rates 20 %",
    expected="undiscounted totals stay",
    short=True,
)
def undiscounted(model: Subject) -> Answer:
    """What is not discounted does not depend on how much it is not."""
    found = _both_at(model, 0.2)
    return _all(model, found, _plain(model), 1e-12, undiscounted=True)


@_check("Discounting takes away", expected="discounted life years and positive lines <= undiscounted", short=True)
def takes_away(model: Subject) -> Answer:
    """At rates of at least 0 nothing is worth more later than now."""
    need(_nowhere_negative(model), "a discount rate is below 0")
    answers = []
    for line in model.base.lines:
        if line.undiscounted.min() >= 0:
            answers.append(at_most(line.discounted, line.undiscounted, f"{line.name}: discounted above undiscounted"))
    return worst(answers)


def _nowhere_negative(model: Subject) -> bool:
    settings = model.case.settings
    return all(_lowest(rate) >= 0 for rate in (settings.discount_rate_cost, settings.discount_rate_effect))


def _lowest(rate: Rate) -> float:
    return float(rate) if isinstance(rate, int | float) else min(value for _, value in rate)


@_check(
    "A higher rate, lower totals",
    changed="discount rates 0, 5, 20 and, beyond the quick checks, 90 %",
    expected="life years and costs fall",
    short=True,
)
def higher_rates(model: Subject) -> Answer:
    """The more the future is discounted the less is left of it."""
    answers = []
    rates = (0.0, 0.05, 0.2) if model.quick else (0.0, 0.05, 0.2, 0.9)
    ladder = [_both_at(model, rate) for rate in rates]
    for lower, higher in zip(ladder, ladder[1:], strict=False):
        for one, other in zip(higher.lines, lower.lines, strict=True):
            if other.undiscounted.min() >= 0:
                answers.append(at_most(one.discounted, other.discounted, f"{other.name} rises with the rate"))
    moved = ladder[-1].plain_totals.get("cost")
    if moved is not None and _lasts(model):
        same = bool(np.allclose(moved, ladder[0].plain_totals["cost"], rtol=1e-12))
        answers.append(
            Answer("fail", "costs do not depend on their discount rate") if same else Answer("pass", "they fall")
        )
    return worst(answers)


def _lasts(model: Subject) -> bool:
    """Whether some line of costs goes on over time."""
    return any(line.kind == "cost" and line.flow.rule != "once" for line in model.outcome.lines)


@_check(
    "Costs and effects have rates of their own",
    changed="the rate of costs alone to 20 %, then that of effects too",
    expected="only costs move, then only effects",
    short=True,
)
def own_rates(model: Subject) -> Answer:
    """Discount rates of costs and effects are not swapped."""
    answers = []
    base, of_costs = _plain(model), _plain(model, discount_rate_cost=0.2)
    both = _both_at(model, 0.2)  # other checks ask for it too
    for rate, before, found, moving in (
        ("discount_rate_cost", base, of_costs, {"cost"}),
        ("discount_rate_effect", of_costs, both, {"qaly", "life_years"}),
    ):
        for name in CHECKED_MEASURES:
            if name in found.plain_totals and name not in moving:
                pair = model.totals_of(found, name), model.totals_of(before, name)
                answers.append(agree(*pair, 1e-12, f"{name.replace('_', ' ')} under another {rate}"))
        lasting = {line.kind for line in model.outcome.lines if line.flow.rule != "once"}
        for name in moving & lasting & set(found.plain_totals):
            pair = model.totals_of(found, name), model.totals_of(found, name, undiscounted=True)
            same = bool(np.allclose(*pair, rtol=1e-9)) and bool(np.abs(pair[1]).max() > 0)
            answers.append(Answer("fail", f"{name} is not discounted") if same else Answer("pass", "only its own"))
    return worst(answers)


@_check(
    "The present value of 1 after two years", expected="1 / (1 + r)^2; exp(-2 r) where it is continuous", short=True
)
def two_years(model: Subject) -> Answer:
    """The discount factor at its textbook value, alone and in a schedule of rates."""
    from hecon.timeline import discount_factor

    times = np.array([0.0, 0.5, 2.0, 10.0])
    answers = [
        agree(discount_factor(times, 0.03), [(1 / 1.03) ** t for t in times], 1e-12, "effective"),
        agree(discount_factor(times, 0.03, "continuous"), [math.exp(-0.03 * t) for t in times], 1e-12, "continuous"),
    ]
    schedule = ((0.0, 0.035), (5.0, 0.01))
    by_year = [by_hand.discounted(float(t), schedule, "effective") for t in times]
    return worst([*answers, agree(discount_factor(times, schedule), by_year, 1e-12, "schedule")])


@_check(
    "A schedule of one rate is that rate",
    source=HECON,
    changed="each rate r as 0: r, 1: r",
    expected="the same totals",
    short=True,
)
def schedules(model: Subject) -> Answer:
    """A schedule that changes nothing changes nothing."""
    settings = model.case.settings
    rates = {name: getattr(settings, name) for name in ("discount_rate_cost", "discount_rate_effect")}
    constant = {name: rate for name, rate in rates.items() if isinstance(rate, int | float)}
    need(constant, "the rates are schedules already")
    found = _plain(model, **{name: ((0.0, rate), (1.0, rate)) for name, rate in constant.items()})
    return _all(model, found, _plain(model), 1e-10)


@_check(
    "Two forms of one rate",
    source=HECON,
    changed="discounting continuous at log(1 + r)",
    expected="the totals of effective discounting at r",
    short=True,
)
def forms(model: Subject) -> Answer:
    """exp(-log(1 + r) t) = (1 + r)^-t."""
    found = _plain(
        model, discount_form="continuous", discount_rate_cost=math.log(1.05), discount_rate_effect=math.log(1.05)
    )
    other = _plain(model, discount_form="effective", discount_rate_cost=0.05, discount_rate_effect=0.05)
    return _all(model, found, other, 1e-10)


@_check(
    "Later is worth less",
    source=HECON,
    changed="discounting at the start, the middle and the end of cycles",
    expected="start >= middle >= end",
    short=True,
)
def timings(model: Subject) -> Answer:
    """When within a cycle something is discounted goes one way."""
    ladder = [
        _plain(model, discount_timing=timing, discount_rate_cost=0.05, discount_rate_effect=0.05)
        for timing in ("cycle_end", "mid_cycle", "cycle_start")
    ]
    answers = []
    for lower, higher in zip(ladder, ladder[1:], strict=False):
        for one, other in zip(lower.lines, higher.lines, strict=True):
            if one.undiscounted.min() >= 0:
                answers.append(at_most(one.discounted, other.discounted, f"{one.name}: later is worth more"))
    return worst(answers)


# --- accrual ---


@_check(
    "The half-cycle correction is the mean of both ends",
    changed="accrual life_table, start and end",
    expected="every line: life_table = (start + end) / 2",
    short=True,
)
def half_cycle(model: Subject) -> Answer:
    """Trapezoids: neither more nor less than half of each end."""
    middle, left, right = (model.under(accrual=rule) for rule in ("life_table", "start", "end"))
    return worst(
        [
            agree(one.sums, (a.sums + b.sums) / 2, 1e-10, one.name)
            for one, a, b in zip(middle.lines, left.lines, right.lines, strict=True)
        ]
    )


@_check(
    "Events and one-off costs are not corrected",
    source=TECH_VER + "; ISPOR-SMDM 2012",
    changed="accrual start and end",
    expected="no line of events, doses or starting costs moves",
    short=True,
)
def events(model: Subject) -> Answer:
    """The half-cycle correction is for time spent, and for nothing else."""
    rules = {(line.kind, line.name): line.flow.rule for line in model.outcome.lines}
    left, right = (model.under(accrual=rule) for rule in ("start", "end"))
    pairs = [
        (one, other)
        for one, other in zip(left.lines, right.lines, strict=True)
        if rules[one.kind, one.name] != "residence"
    ]
    need(pairs, "every line is time in states")
    return worst([agree(one.sums, other.sums, 1e-12, one.name) for one, other in pairs])


@_check(
    "Time counted at the start is the longest",
    changed="accrual start and end",
    expected="life years: start >= end",
    short=True,
)
def one_sided(model: Subject) -> Answer:
    """Fewer are alive at the end of a cycle than at its start."""
    left, right = (model.under(accrual=rule) for rule in ("start", "end"))
    years = [model.totals_of(one, "life_years", undiscounted=True) for one in (right, left)]
    return at_most(years[0], years[1], "end above start")


@_check(
    "Simpson's rule agrees with the trapezoid",
    source=HECON,
    changed="accrual simpson",
    expected="life years within a thousandth for each cycle in a year",
)
def simpson(model: Subject) -> Answer:
    """Two rules of quadrature, one integral."""
    one, other = model.under(accrual="simpson"), model.under(accrual="life_table")
    years = [model.totals_of(result, "life_years", undiscounted=True) for result in (one, other)]
    step = float(np.diff(model.base.time.edges).max())
    return agree(years[0], years[1], max(1e-4, 0.02 * step), "life years")


@_check(
    "Half a cycle, the same answer",
    source=ADVISHE + ", C2; TECH-VER",
    changed="cycles half as long",
    expected="every total within half a per cent for cycles of a week, more for longer ones",
    short=True,
)
def half_as_long(model: Subject) -> Answer:
    """The length of a cycle is a matter of arithmetic, not of the disease."""
    settings = model.case.settings
    try:
        found = _plain(model, cycle_length=settings.cycle_length / 2)
    except HeconError as error:
        raise NotApplicable(f"the model knows one length of cycle: {error}".replace("\n", " ")) from None
    answer = _all(model, found, _plain(model), max(0.005, 0.02 * settings.cycle_years))
    if answer.verdict == "fail" and not model.base.curves:
        return explained(f"{answer.found}: probabilities by cycle are not those of half a cycle; mind the cycle length")
    if answer.verdict == "fail" and isinstance(model.outcome.state, Markov):
        return explained(f"{answer.found}: a patient moves once in a cycle of a Markov model; mind the cycle length")
    return answer


# --- the ledger by hand ---


@_check(
    "The ledger by hand",
    source=ADVISHE + ", E1",
    expected="every line, discounted and not, summed cycle by cycle without the engine's weights",
    short=True,
)
def _ledger(model: Subject) -> Answer:
    """The flows and prices of the model, accrued, discounted and added up one cycle after another."""
    return _by_hand(model, model.base, model.case.settings)


def _by_hand(model: Subject, result: Result, settings: Settings) -> Answer:
    answers = []
    for discount in (True, False):
        expected = by_hand.ledger(model.outcome, result.time, model.strategies, discount=discount)
        found = model.of_lines(result, undiscounted=not discount)
        twin = "discounted" if discount else "undiscounted"
        answers += [agree(found[key], expected[key], 1e-9, f"{key[1]}, {twin}") for key in expected]
    return worst(answers)


@_check(
    "Discounted years by hand",
    expected="discounted life years = trapezoids of the trace times (1 + r)^-t",
    short=True,
)
def years_by_hand(model: Subject) -> Answer:
    """From the trace alone: who is alive at each edge, for how long, and what that is worth today."""
    settings, edges = model.case.settings, model.base.time.edges
    need(settings.accrual == "life_table" and settings.discount_timing == "mid_cycle", "other conventions are in use")
    alive = 1 - model.dead(model.base)
    rate, form = settings.discount_rate_effect, settings.discount_form
    factor = [by_hand.discounted((a + b) / 2, rate, form) for a, b in zip(edges, edges[1:], strict=False)]
    years = np.diff(edges) * (alive[:, 1:] + alive[:, :-1]) / 2 * factor
    found = np.stack([years[:, edges[1:] <= h + 1e-8].sum(axis=1) for h in model.horizons], axis=1)
    return agree(model.totals_of(model.base, "life_years"), found, 1e-9, "life years")
