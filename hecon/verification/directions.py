"""Checks of inputs moved alone: which way the results go, and which of them stay."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from hecon.analysis.health import FAIL
from hecon.inputs.input_names import input_in_words
from hecon.labels import DRAW, STATE, STRATEGY
from hecon.verification.elements import (
    GAIN_ROLE,
    HAZARD_RATIO_ROLE,
    LOSS_ROLE,
    MONEY_ROLE,
    OTHER_ROLE,
    UTILITY_ROLE,
    Element,
)
from hecon.verification.record import (
    SAME,
    TECH_VER,
    Answer,
    agree,
    at_most,
    explained,
    health_check,
    need,
    never,
    passed,
    worst,
)
from hecon.verification.subject import CHECKED_MEASURES, Subject

_check = partial(health_check, domain="inputs", source=TECH_VER)


def _each(model: Subject, roles: tuple[str, ...], say: Callable[[int, Element], Answer | None]) -> Answer:
    model.of_role(*roles)
    answers = [say(place, one) for place, one in enumerate(model.elements) if one.role in roles]
    return worst([answer for answer in answers if answer is not None])


def _monotone(model: Subject, roles: tuple[str, ...], measure: str, rises: bool, words: str) -> Answer:
    base = model.totals_of(model.base, measure)

    def say(place: int, one: Element) -> Answer | None:
        low, high = model.low.total(place, measure), model.high.total(place, measure)
        ladder = [total for total in (low, base, high) if total is not None]
        ladder = ladder if rises else ladder[::-1]
        return worst(
            [
                at_most(a, b, f"{measure.replace('_', ' ')} {words} with {input_in_words(one.name)}")
                for a, b in zip(ladder, ladder[1:], strict=False)
            ]
            or [passed("not moved")]
        )

    return _each(model, roles, say)


@_check(
    "Costs rise with every price",
    changed="every price or cost alone, to 0 and to twice",
    expected="costs follow",
    short=True,
)
def costs_rise(model: Subject) -> Answer:
    """No cost falls when a price rises."""
    return _monotone(model, (MONEY_ROLE,), "cost", True, "fall")


@_check(
    "Costs are straight lines in every price",
    changed="every price or cost alone, to 0 and to twice",
    expected="as much more at twice as less at 0",
)
def costs_linear(model: Subject) -> Answer:
    """A price multiplies; it never shifts who is treated, or for how long."""
    base = model.totals_of(model.base, "cost")

    def say(place: int, one: Element) -> Answer | None:
        low, high = model.low.total(place, "cost"), model.high.total(place, "cost")
        if low is None or high is None or one.value == 0 or one.high != 2 * one.value:
            return None
        scale = float(np.abs(base).max())
        return agree(high - base, base - low, what=input_in_words(one.name), scale=scale)

    return _each(model, (MONEY_ROLE,), say)


@_check(
    "Prices move costs only",
    changed="every price or cost alone, to 0 and to twice",
    expected="QALYs and life years stay",
    short=True,
)
def prices_alone(model: Subject) -> Answer:
    """Money buys nothing here but what it pays for."""
    return _only(model, MONEY_ROLE, "cost")


@_check(
    "Utilities move QALYs only",
    changed="every utility and loss alone",
    expected="costs and life years stay",
    short=True,
)
def utilities_alone(model: Subject) -> Answer:
    """How a state feels changes neither how long patients live nor what it costs."""
    return _only(model, (UTILITY_ROLE, LOSS_ROLE, GAIN_ROLE), "qaly")


def _only(model: Subject, roles: str | tuple[str, ...], measure: str) -> Answer:
    others = [name for name in CHECKED_MEASURES if name != measure and name in model.base.plain_totals]
    need(others, "there are no other totals")
    roles = (roles,) if isinstance(roles, str) else roles

    def say(place: int, one: Element) -> Answer | None:
        return worst(
            [
                agree(
                    after,
                    model.totals_of(model.base, name),
                    what=f"{name.replace('_', ' ')}, {input_in_words(one.name)}",
                )
                for name in others
                for end in (model.low, model.high)
                if (after := end.total(place, name)) is not None
            ]
            or [passed("not moved")]
        )

    return _each(model, roles, say)


@_check(
    "QALYs rise with every utility",
    changed="every utility alone, half way to 0 and to 1",
    expected="QALYs follow",
    short=True,
)
def qalys_rise(model: Subject) -> Answer:
    """Better health is never worth less (a comparison with another state may turn one around: it is named)."""
    found = _monotone(model, (UTILITY_ROLE, GAIN_ROLE), "qaly", True, "fall")
    if found.verdict != FAIL:
        return found
    compared = [one for one in model.of_role(UTILITY_ROLE) if _is_compared(model, one)]
    wrong = [one for one in compared if not _is_part_of_a_gain(model, one)]
    return found if wrong or not compared else explained(f"{found.found}; a gain is measured against it")


def _is_compared(model: Subject, one: Element) -> bool:
    place = model.elements.index(one)
    base, high = model.totals_of(model.base, "qaly"), model.high.total(place, "qaly")
    return high is not None and bool((high < base - SAME * np.abs(base).max()).any())


def _is_part_of_a_gain(model: Subject, one: Element) -> bool:
    """Whether some line of QALYs falls and another rises with it: it is taken off a gain somewhere."""
    place = model.elements.index(one)
    if model.high.result is None:
        return False
    before, after = model.of_lines(model.base), model.of_lines(model.high.result)
    changes = [after[key][model.high.places[place]] - value for key, value in before.items() if key[0] == "qaly"]
    return any((change > 0).any() for change in changes) and any((change < 0).any() for change in changes)


@_check("QALYs fall with every loss", changed="every loss of utility alone, to 0 and to twice", expected="QALYs fall")
def qalys_fall(model: Subject) -> Answer:
    """A loss is taken off, never added."""
    return _monotone(model, (LOSS_ROLE,), "qaly", False, "rise")


@_check(
    "Life years fall with every hazard ratio",
    changed="every hazard ratio and relative risk alone, to the ends of its range",
    expected="undiscounted life years fall or stay",
)
def hazards(model: Subject) -> Answer:
    """More events never give a longer life."""
    return _monotone(model, (HAZARD_RATIO_ROLE,), "undiscounted_life_years", False, "rise")


@_check(
    "An input of one label moves the items of that label",
    changed="every price, cost and utility by drug, event or state alone",
    expected="no item of another label moves",
)
def labels_apart(model: Subject) -> Answer:
    """The price of one drug is no part of the item of another: labels are not swapped in sums."""
    answers = []
    for end in (model.low, model.high):
        if end.result is None:
            continue
        for before, after in zip(model.base.lines, end.result.lines, strict=True):
            details = [dim for dim in before.axes.dims if dim not in (STRATEGY, DRAW)]
            for place, one in enumerate(model.elements):
                shared = [dim for dim in details if dim in one.labels]
                if one.role == OTHER_ROLE or place not in end.places or not shared:
                    continue
                draw, dim = end.places[place], shared[0]
                axis = before.axes.dims.index(dim)
                change = np.abs(after.sums[draw] - before.sums)
                names = before.axes.only(dim).labels[dim]
                assert isinstance(names, tuple)
                others = [i for i, name in enumerate(names) if name != one.labels[dim]]
                if dim == STATE and not others:
                    continue
                scale = SAME * max(float(np.abs(before.sums).max()), 1e-300)
                wrong = change.take(others, axis=axis) > scale
                words = f"{input_in_words(one.name)} moves {before.name} of another {dim}"
                answers.append(never(wrong.any(), words, "labels stay apart"))
    need(answers, "no line tells apart what an input is given by")
    return worst(answers)
