"""Checks of arms and horizons: what is equal stays equal, and time only adds."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.health import FAIL
from hecon.analysis.result import Result
from hecon.errors import HeconError, InputError
from hecon.inputs.case import Case
from hecon.labels import STRATEGY, with_data
from hecon.verification.record import (
    HECON,
    TECH_VER,
    Answer,
    NotApplicable,
    agree,
    at_most,
    explained,
    health_check,
    need,
    passed,
    worst,
)
from hecon.verification.subject import CHECKED_MEASURES, Subject

_check = partial(health_check, domain="states", source=TECH_VER)


# --- arms ---


@_check(
    "Equal arms, equal results",
    changed="every strategy given the inputs, curves and schedules of one of them",
    expected="the same costs, QALYs and life years",
    short=True,
)
def equal_arms(model: Subject) -> Answer:
    """What makes strategies different are their inputs, and nothing in the model."""
    need(len(model.strategies) > 1, "there is only one strategy")
    found = model.run(_same_for_all(model))
    answers = []
    for measure in CHECKED_MEASURES:
        if measure in found.plain_totals:
            values = model.totals_of(found, measure)
            answers.append(agree(values, np.broadcast_to(values[:1], values.shape), what=measure))
    return worst(answers)


def _same_for_all(model: Subject) -> Case:
    case, one = model.case, _independent(model)
    values = {}
    for name, array in case.values.items():
        if STRATEGY in array.dims:
            place = list(array.dims).index(STRATEGY)
            chosen = array.values.take([model.strategies.index(one)], axis=place)
            array = with_data(array, np.broadcast_to(chosen, array.shape).copy())
        values[name] = array
    tables = dict(case.tables)
    for sheet, table in _by_strategy(case).items():
        own = np.flatnonzero(table[STRATEGY] == one)
        if len(own):
            every = table.iloc[np.tile(own, len(model.strategies))].reset_index(drop=True)
            tables[sheet] = every.assign(**{STRATEGY: np.repeat(np.array(model.strategies, object), len(own))})
    return case._changed(values=values, tables=tables)


def _independent(model: Subject) -> str:
    """A strategy whose curves refer to no other's."""
    curves = model.case.tables.get("Curves")
    referring = set() if curves is None else set(curves[STRATEGY][curves["reference"] != ""])
    alone = [name for name in reversed(model.strategies) if name not in referring]
    need(alone, "every strategy's curves refer to another's")
    given = [{name for name in table[STRATEGY] if isinstance(name, str)} for table in _by_strategy(model.case).values()]
    complete = [name for name in alone if all(name in names or not any(names) for names in given)]
    need(complete, "no strategy has rows on every sheet by strategy, to be those of all")
    return model.base.case.comparator if model.base.case.comparator in complete else complete[0]


def _by_strategy(case: Case) -> dict[str, pd.DataFrame]:
    """Sheets whose rows are of strategies, and make the model."""
    stated = ("Checks", "Scenarios", "Studies", "Published survival")
    return {sheet: table for sheet, table in case.tables.items() if STRATEGY in table and sheet not in stated}


# --- horizons ---


@_check("A horizon of nothing is refused", source=HECON, changed="horizon 0", expected="an error in words", short=True)
def no_horizon(model: Subject) -> Answer:
    """Nothing can be said about no time at all."""
    try:
        model.case.with_settings(horizons=(0.0,))
    except InputError:
        return passed("refused")
    return Answer(FAIL, "a horizon of 0 is accepted")


@_check(
    "A horizon of a cycle and a half",
    changed="the horizon is a cycle and a half",
    expected="so much life at most, in time that ends there",
    short=True,
)
def short_horizon(model: Subject) -> Answer:
    """A horizon is never rounded to a cycle, and nobody lives longer than is looked at."""
    end = 1.5 * model.case.settings.cycle_years
    found = _with_halves(model, end) if model.quick else model.under(horizons=(end,), accrual=_named_accrual(model))
    place = found.case.settings.horizons.index(end)
    answers = [agree(found.time.edges[found.time.horizon_edges[place]], end, 1e-6, "last edge")]
    if "life_years" in found.plain_totals:
        years = model.totals_of(found, "life_years", undiscounted=True)[:, place]
        answers.append(at_most(years, end, "more is lived than passes"))
        answers.append(at_most(-years, 0.0, "less than nothing is lived"))
    return worst(answers)


@_check(
    "A very long horizon",
    changed="horizon 100 years",
    expected="everybody is dead, and nothing is lost on the way",
)
def long_horizon(model: Subject) -> Answer:
    """In the very long run we are all dead, or the reader must know who is not."""
    model.occupancy  # noqa: B018 (not applicable without states)
    horizons = (*[h for h in model.horizons if h < 100], 100.0)
    found = _long(model, horizons)
    dead = model.dead(found)
    years = model.totals_of(found, "life_years", undiscounted=True)
    rises = (
        at_most(years[:, :-1], years[:, 1:], "life years fall with the horizon") if years.shape[1] > 1 else passed("")
    )
    alive = float((1 - dead[:, -1]).max())
    if alive > 0.01:
        return worst([rises, explained(f"{alive:.1%} are alive after 100 years: mind the tails of the curves")])
    return worst([rises, passed(f"{alive:.1g} alive after 100 years")])


def _long(model: Subject, horizons: tuple[float, ...]) -> Result:
    accrual = model.case.settings.accrual
    more = {} if isinstance(accrual, str) else {"accrual": "life_table"}
    try:
        return model.under(horizons=horizons, **more)
    except HeconError as error:
        raise NotApplicable(f"the model cannot be run for 100 years: {error}".replace("\n", " ")) from None


@_check(
    "A longer horizon, larger totals", changed="horizons half way", expected="life years and events grow", short=True
)
def horizons_grow(model: Subject) -> Answer:
    """Time adds life; it never takes any."""
    found = _with_halves(model, *([1.5 * model.case.settings.cycle_years] if model.quick else []))
    years = model.totals_of(found, "life_years", undiscounted=True)
    dead = model.dead(found)[:, list(found.time.horizon_edges)]
    return worst(
        [
            at_most(years[:, :-1], years[:, 1:], "life years fall with the horizon"),
            at_most(dead[:, :-1], dead[:, 1:], "fewer are dead later"),
            at_most(years, np.array(found.time.horizons), "more years are lived than pass"),
        ]
    )


def _with_halves(model: Subject, *more: float) -> Result:
    """Run to every horizon, half way to each of them, and to some more."""
    horizons = sorted({h / 2 for h in model.horizons} | {*model.horizons, *more})
    return model.under(horizons=tuple(horizons), accrual=_named_accrual(model))


def _named_accrual(model: Subject) -> str:
    accrual = model.case.settings.accrual
    return accrual if isinstance(accrual, str) else "life_table"


@_check(
    "A horizon does not depend on the others",
    source=HECON,
    changed="each horizon asked for alone",
    expected="the same totals, but for where cycles are cut",
)
def horizons_apart(model: Subject) -> Answer:
    """A horizon is never rounded to a cycle, and no horizon moves another's result."""
    need(len(model.horizons) > 1, "there is one horizon")
    answers = []
    for place, horizon in enumerate(model.horizons):
        alone = model.under(horizons=(horizon,))
        for measure in CHECKED_MEASURES:
            if measure in alone.plain_totals:
                found = model.totals_of(alone, measure)[:, 0]
                answers.append(
                    agree(found, model.totals_of(model.base, measure)[:, place], 2e-3, f"year {horizon:g}, {measure}")
                )
    return worst(answers)


@_check(
    "Rates and probabilities over any cycle",
    source=TECH_VER,
    changed="a yearly risk taken to cycles of half, a quarter and a twelfth of a year",
    expected="the same share after a year",
)
def probabilities(model: Subject) -> Answer:
    """A probability over a year is never divided by the cycles in it."""
    from hecon.settings import Settings
    from hecon.states.rates import rate_to_probability, rescale_probability
    from hecon.timeline import Timeline

    answers = []
    for months in (1, 3, 6):
        time = Timeline.regular(Settings(horizons=(1,), cycle_length=months, cycle_unit="month"))
        for risk in (0.001, 0.2, 0.9):
            own = rescale_probability(xr.DataArray(risk), over=1, to=time)
            left = float(np.asarray((1 - own) ** (12 / months)).ravel()[0])
            answers.append(agree(left, 1 - risk, 1e-12, f"risk {risk:g} in cycles of {months} months"))
            rate = rate_to_probability(xr.DataArray(-math.log1p(-risk)), time)
            answers.append(agree(rate, own, 1e-12, f"rate of risk {risk:g}"))
    return worst(answers)
