"""Checks of uncertainty: draws that fill their distributions, seeds that are obeyed, tornados of everything."""

from __future__ import annotations

from functools import partial

import numpy as np

from hecon.analysis.health import FAIL
from hecon.analysis.run import run
from hecon.analysis.sensitivity.one_way import OneWay, one_way
from hecon.inputs.format import BUDGET_IMPACT
from hecon.inputs.input_names import input_names
from hecon.inputs.together.dirichlet import Dirichlet
from hecon.parameters import records_of
from hecon.verification.record import (
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
    passed,
    worst,
)
from hecon.verification.subject import CHECKED_MEASURES, FAR, Subject

_check = partial(health_check, domain="uncertainty", source=TECH_VER)


# --- the probabilistic analysis ---


@_check("Probabilistic means about the base case", expected="within ten per cent, or the reader must know")
def about_base(model: Subject) -> Answer:
    """A mean over draws that is far from the base case says that the model is bent, or the inputs are."""
    answers = []
    for name in CHECKED_MEASURES:
        if name in model.psa.plain_totals:
            found, base = model.totals_of(model.psa, name).mean(axis=0), model.totals_of(model.base, name)
            gap = np.abs(found - base) / max(float(np.abs(base).max()), 1e-300)
            error = (
                model.totals_of(model.psa, name).std(axis=0)
                / np.sqrt(model.draws)
                / max(float(np.abs(base).max()), 1e-300)
            )
            beyond = float((gap - FAR * error).max())
            said = f"{name.replace('_', ' ')}: mean of the draws {gap.max():.1%} from the base case"
            answers.append(passed(said) if beyond <= 0.1 else explained(said) if beyond < 1 else Answer(FAIL, said))
    return worst(answers)


@_check(
    "What holds in the base case holds in every draw",
    source=ADVISHE + ", C2; TECH-VER",
    expected="finite; life years within the horizon; QALYs <= life years; parts <= wholes; discounted <= undiscounted",
)
def every_draw(model: Subject) -> Answer:
    """The tests above, in every draw."""
    totals, answers = model.psa.totals, []
    answers.append(never([not np.isfinite(a.values).all() for a in totals.values()], "a total is not finite"))
    if "life_years" in totals:
        years = totals["undiscounted_life_years"].values
        answers.append(at_most(years, np.broadcast_to(model.horizons, years.shape), "more years than pass"))
        answers.append(at_most(-years, 0.0, "years below 0"))
        settings = model.case.settings
        if settings.discount_rate_effect == 0 or isinstance(settings.discount_rate_effect, float):
            answers.append(at_most(totals["life_years"].values, years, "discounted above undiscounted"))
    if "progression_free_life_years" in totals:
        part, whole = totals["progression_free_life_years"].values, totals["life_years"].values
        answers.append(at_most(part, whole, "progression-free above all"))
    return worst(answers)


@_check(
    "A draw is a run",
    source=HECON,
    changed="three draws, or of the quick checks the last, each run alone",
    expected="the totals that the batch has",
    short=True,
)
def alone(model: Subject) -> Answer:
    """No draw knows of the others."""
    count = model.psa.case.draws or 0
    answers = []
    for place in (count - 1,) if model.quick else (0, count // 2, count - 1):
        found = model.run(model.with_inputs(dict(zip(model.uncertainty.uncertain, model.drawn[place], strict=True))))
        for name in CHECKED_MEASURES:
            if name in found.plain_totals:
                pair = model.totals_of(found, name), model.totals_of(model.psa, name)[place]
                answers.append(agree(*pair, 1e-12, f"draw {place + 1}, {name}"))
    return worst(answers)


@_check(
    "Blocks do not matter",
    source=HECON,
    changed="draws in blocks of 37 by two workers",
    expected="the same totals to the bit",
)
def blocks(model: Subject) -> Answer:
    """How the work is shared out is nobody's business."""
    few = model.workbook.draws(min(model.draws, 200), model=model.case.model)
    found = run(few, block=37, workers=2)
    return worst(
        [
            never((found.totals[n].values != model.psa.totals[n].values[: len(found.totals[n])]).any(), f"{n} differs")
            for n in CHECKED_MEASURES
            if n in found.plain_totals
        ]
    )


@_check(
    "What is drawn reaches the results", changed="draws", expected="every uncertain parameter in use moves some total"
)
def linked(model: Subject) -> Answer:
    """An uncertain input that moves nothing widens no interval: it is not linked to the model."""
    moved = [
        float(np.ptp(model.psa.totals[name].values, axis=0).max())
        for name in CHECKED_MEASURES
        if name in model.psa.plain_totals
    ]
    return never(max(moved) == 0, "no total moves with the draws", "totals move")


# --- tornados ---


def _tornado(model: Subject) -> OneWay:
    need(len(model.strategies) > 1, "there is only one strategy")
    need({"cost", "qaly"} <= set(model.base.plain_totals), "the model has no costs or no QALYs")
    horizons = list(model.horizons[-1:] if model.quick else model.horizons)
    return model.once("tornado", lambda: one_way(model.workbook, horizon=horizons, model=model.case.model))


@_check(
    "Every uncertain input is in the tornado",
    changed="every uncertain input alone",
    expected="a bar for each",
    short=True,
)
def in_tornado(model: Subject) -> Answer:
    """Nothing uncertain is left out of the one-way analysis."""
    rows = model.workbook.parameters
    # What moves a market moves no patient: the budget impact has a one-way analysis of its own.
    of_market = {name for name, sheet in zip(input_names(rows), rows["sheet"], strict=True) if sheet == BUDGET_IMPACT}
    missing = set(model.uncertainty.uncertain) - set(_tornado(model).table["input"]) - of_market
    spread = {name for name, _, _, drawn in model.drawn_inputs if drawn.min() < drawn.max()}
    return never(len(missing & spread), f"missing: {', '.join(sorted(missing & spread)[:3])}", f"{len(spread)} inputs")


@_check(
    "Bars hold their base case",
    expected="low <= value <= high; the base case of every bar is the base case",
    short=True,
)
def bars(model: Subject) -> Answer:
    """Ends of a bar lie on both sides of the value, and its middle is the result."""
    table, level = _tornado(model).table, model.case.settings.willingness_to_pay[-1]
    found = _tornado(model).measure
    one, other = model.strategies.index(found.strategy), model.strategies.index(found.comparator)
    worth = level * model.totals_of(model.base, "qaly") - model.totals_of(model.base, "cost")
    answers = [
        at_most(table.low_value, table.base_value, "the low end is above the value"),
        at_most(table.base_value, table.high_value, "the high end is below the value"),
    ]
    for horizon in _tornado(model).horizons:
        rows, j = table[table.horizon_years == horizon], model.horizons.index(horizon)
        scale = float(np.abs(worth).max())
        answers.append(
            agree(rows.outcome_base, worth[one, j] - worth[other, j], what="base case of the bars", scale=scale)
        )
    return worst(answers)


@_check(
    "The widest bars again",
    source=TECH_VER,
    changed="the three widest inputs, each set by hand to both ends",
    expected="the ends of their bars",
)
def again(model: Subject) -> Answer:
    """A bar is two runs of the model, and can be had by hand."""
    tornado, level = _tornado(model), model.case.settings.willingness_to_pay[-1]
    measure = tornado.measure
    one, other = model.strategies.index(measure.strategy), model.strategies.index(measure.comparator)
    names = {name: row for row, name in enumerate(model.uncertainty.names)}
    shares = {row for source in model.uncertainty.sources if isinstance(source, Dirichlet) for row in source.members}
    answers = []
    for row in records_of(tornado.at(None, 3)):
        place = names[row["input"]]
        if place in shares:
            continue
        for end in ("low", "high"):
            found = model.run(model.with_inputs({row["input"]: row[f"{end}_value"]}))
            worth = level * model.totals_of(found, "qaly") - model.totals_of(found, "cost")
            got = worth[one, -1] - worth[other, -1]
            scale = float(np.abs(worth).max())
            answers.append(agree(row[f"outcome_at_{end}"], got, what=f"{row['label']}, {end}", scale=scale))
    need(answers, "the widest bars are shares of a whole")
    return worst(answers)
