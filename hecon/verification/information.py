"""Checks of decisions under uncertainty: acceptability, planes, values of information and thresholds, counted again."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pandas as pd

from hecon.analysis.sensitivity.threshold import threshold
from hecon.analysis.value.decision import ceac, ceaf, cost_effectiveness_plane, expected_loss
from hecon.analysis.value.evppi import evppi
from hecon.analysis.value.partial_information import partial_information
from hecon.analysis.value.perfect_information import decisions, evpi
from hecon.analysis.value.sample_information import sample_information
from hecon.errors import HeconError
from hecon.parameters import records_of
from hecon.verification.elements import Element
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
    never,
    passed,
    worst,
)
from hecon.verification.subject import Subject

_check = partial(health_check, domain="value of information", source=TECH_VER)


def _draws(model: Subject) -> tuple[np.ndarray, np.ndarray]:
    """Costs and QALYs of the draws: (draw, strategy, horizon)."""
    need(len(model.strategies) > 1, "there is only one strategy")
    need({"cost", "qaly"} <= set(model.base.plain_totals), "the model has no costs or no QALYs")
    return model.totals_of(model.psa, "cost"), model.totals_of(model.psa, "qaly")


def _levels(model: Subject) -> tuple[float, ...]:
    return model.case.settings.willingness_to_pay


def _perfect_information(model: Subject) -> pd.DataFrame:
    return model.once("evpi", lambda: evpi(model.psa, list(_levels(model))))


def _worth(model: Subject, level: float, place: int) -> np.ndarray:
    costs, qalys = _draws(model)
    return level * qalys[..., place] - costs[..., place]


def _shares(benefit: np.ndarray) -> np.ndarray:
    """Share of draws in which each strategy is best, counted draw by draw; ties are shared."""
    near = 1e-9 * np.abs(benefit).max(axis=1, keepdims=True)
    best = benefit >= benefit.max(axis=1, keepdims=True) - near
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


@_check(
    "Acceptability curves sum to 1", changed="draws", expected="probabilities sum to 1 at every threshold", short=True
)
def _sums(model: Subject) -> Answer:
    """Somebody is always the best."""
    _draws(model)
    sums: dict[tuple[float, float], float] = {}
    for (horizon, level, _), share in _acceptability(model).items():
        sums[horizon, level] = sums.get((horizon, level), 0.0) + share
    return agree(list(sums.values()), 1.0, 1e-12, "sum of probabilities")


def _acceptability(model: Subject) -> dict[tuple[float, float, str], float]:
    """The acceptability curves, by horizon, threshold and strategy: at those of the settings, at 0 and far beyond."""
    rows = model.once("ceac", lambda: records_of(ceac(model.psa, [0.0, *_levels(model), 1e6])))
    return {(row["horizon_years"], row["willingness_to_pay"], row["strategy"]): row["probability"] for row in rows}


@_check(
    "Acceptability counted again",
    changed="draws",
    expected="the share of draws in which each has the highest net benefit",
    short=True,
)
def acceptability(model: Subject) -> Answer:
    """Draw by draw, by hand."""
    _draws(model)
    shares, answers = _acceptability(model), []
    for place, horizon in enumerate(model.horizons):
        for level in _levels(model):
            expected = _shares(_worth(model, level, place))
            found = [shares[horizon, level, name] for name in model.strategies]
            answers.append(agree(found, expected, 1e-12, f"year {horizon:g}, {level:,.0f}"))
    return worst(answers)


@_check(
    "The acceptability frontier names the best on average",
    changed="draws",
    expected="the strategy of the highest mean net benefit",
    short=True,
)
def acceptability_frontier(model: Subject) -> Answer:
    """The best choice is the best on average, not the one that is most often best."""
    _draws(model)
    table, wrong = ceaf(model.psa, list(_levels(model))), []
    for row in records_of(table):
        place = model.horizons.index(row["horizon_years"])
        means = _worth(model, row["willingness_to_pay"], place).mean(axis=0)
        if means[model.strategies.index(row["strategy"])] < means.max() - 1e-9 * np.abs(means).max():
            wrong.append(f"{row['strategy']} at {row['willingness_to_pay']:,.0f}, year {row['horizon_years']:g}")
    return never(len(wrong), f"not the best on average: {', '.join(wrong[:2])}", f"{len(table)} levels")


@_check(
    "The plane counted again",
    changed="draws",
    expected="the share of draws in each quadrant; means of the increments",
    short=True,
)
def plane(model: Subject) -> Answer:
    """Quadrants of the cost-effectiveness plane, by the signs of the increments of each draw."""
    costs, qalys = _draws(model)
    against = model.base.case.comparator
    summary = records_of(cost_effectiveness_plane(model.psa).summary)
    rows = {(row["strategy"], row["horizon_years"]): row for row in summary}
    answers, base = [], model.strategies.index(against)
    for i, name in enumerate(model.strategies):
        for place, horizon in enumerate(model.horizons):
            if i == base:
                continue
            cost, effect = costs[:, i, place] - costs[:, base, place], qalys[:, i, place] - qalys[:, base, place]
            row = rows[name, horizon]
            answers.append(agree(row["incremental_cost"], cost.mean(), what=name, scale=float(np.abs(costs).max())))
            answers.append(agree(row["incremental_effect"], effect.mean(), what=name, scale=float(np.abs(qalys).max())))
            tiny = 1e-7 * np.abs(costs).max(), 1e-7 * np.abs(qalys).max()
            if (np.abs(cost) <= tiny[0]).any() or (np.abs(effect) <= tiny[1]).any():
                continue
            counts = {
                "NE": ((cost > 0) & (effect > 0)).mean(),
                "SE": ((cost < 0) & (effect > 0)).mean(),
                "NW": ((cost > 0) & (effect < 0)).mean(),
                "SW": ((cost < 0) & (effect < 0)).mean(),
            }
            answers += [agree(row[f"share_{q}"], share, 1e-9, f"{name}, {q}", 1.0) for q, share in counts.items()]
    return worst(answers)


@_check(
    "EVPI by hand", changed="draws", expected="mean of the best less the best of the means, never below 0", short=True
)
def perfect(model: Subject) -> Answer:
    """The expected value of perfect information, from its definition."""
    _draws(model)
    answers = []
    for row in records_of(_perfect_information(model)):
        benefit = _worth(model, row["willingness_to_pay"], model.horizons.index(row["horizon_years"]))
        expected = benefit.max(axis=1).mean() - benefit.mean(axis=0).max()
        scale = float(np.abs(benefit).max())
        answers.append(agree(row["evpi"], expected, 1e-10, f"at {row['willingness_to_pay']:,.0f}", scale))
        answers.append(at_most(-row["evpi"], 0.0, "EVPI below 0"))
    return worst(answers)


@_check("The smallest expected loss is the EVPI", changed="draws", expected="equal at every threshold", short=True)
def losses(model: Subject) -> Answer:
    """What the best choice loses to ignorance is what knowledge would be worth."""
    _draws(model)
    smallest: dict[tuple[float, float], float] = {}
    for row in records_of(expected_loss(model.psa, list(_levels(model)))):
        place = row["horizon_years"], row["willingness_to_pay"]
        smallest[place] = min(smallest.get(place, math.inf), row["expected_loss"])
    rows = records_of(_perfect_information(model))
    known = {(row["horizon_years"], row["willingness_to_pay"]): row["evpi"] for row in rows}
    scale = max(float(np.abs(_worth(model, _levels(model)[-1], 0)).max()), 1.0)
    return agree(list(smallest.values()), [known[place] for place in smallest], 1e-10, "loss", scale)


def _partial(model: Subject) -> pd.DataFrame:
    _draws(model)
    need(model.case.settings.evppi_groups != "none", "the setting evppi_groups is none")
    return model.once("evppi", lambda: partial_information(model.psa))


@_check(
    "EVPI >= EVPPI",
    changed="draws",
    expected="no group of inputs is worth more than all of them, none less than nothing",
)
def partial_values(model: Subject) -> Answer:
    """Part of the truth is worth at most the whole truth (within the error of the regression)."""
    table = _partial(model)
    slack = 3 * table.standard_error
    return worst(
        [
            at_most(table.evppi - slack, table.evpi, "EVPPI above EVPI"),
            at_most(-table.evppi, 0.0, "EVPPI below 0"),
        ]
    )


@_check(
    "All inputs together are worth the EVPI",
    changed="draws; one group of every uncertain input",
    expected="EVPPI near EVPI, never above",
)
def all_together(model: Subject) -> Answer:
    """To know every input is to know everything (a regression on many inputs explains most of it)."""
    _draws(model)
    level = _levels(model)[-1]
    table = evpi(model.psa, level)
    horizon = float(table.horizon_years.to_numpy()[table.evpi.to_numpy().argmax()])
    names = [name for name, column in zip(model.uncertainty.uncertain, model.drawn.T, strict=True) if column.std() > 0]
    row = evppi(model.psa, {"all": names}, level, horizon=horizon).iloc[0]
    need(row.evpi > 0, "information is worth nothing")
    scale = float(np.abs(_worth(model, level, model.horizons.index(horizon))).std())
    if row.evpi < 0.01 * scale:
        raise NotApplicable("information is worth next to nothing")
    found = at_most(row.evppi - 3 * row.standard_error, row.evpi, "EVPPI of everything above EVPI")
    low = row.evppi / row.evpi < 0.5
    return worst(
        [found, explained(f"regression explains {row.evppi / row.evpi:.0%} of the EVPI") if low else passed("near")]
    )


@_check(
    "EVPPI >= EVSI",
    changed="draws; the studies of the workbook",
    expected="no study is worth more than perfect information",
)
def _sample(model: Subject) -> Answer:
    """A study tells part of the truth, and cannot be worth more than all of it."""
    need("Studies" in model.case.tables, "there is no sheet Studies")
    _draws(model)
    table = sample_information(model.psa)
    need(len(table), "information is worth nothing")
    error = table.standard_error if "standard_error" in table else 0.0
    answers = [at_most(-table.evsi, 0.0, "EVSI below 0")]
    answers.append(at_most(table.evsi - 3 * error, _evpi_of(model, table), "EVSI above the EVPI"))
    if "evppi" in table:
        answers.append(at_most(table.evsi - 3 * error, table.evppi, "EVSI above the EVPPI of what the study measures"))
    return worst(answers)


def _at(name: str, value: float, element: Element) -> float | None:
    """Give the value for the element of that name, and leave the others as they are."""
    return value if element.name == name else None


def _evpi_of(model: Subject, table: pd.DataFrame) -> pd.Series:
    """EVPI of the decision that each row is about."""
    known = {}
    for decision, strategies in decisions(model.case).items():
        for row in records_of(evpi(model.psa, list(_levels(model)), strategies=strategies)):
            known[decision, row["horizon_years"], row["willingness_to_pay"]] = row["evpi"]
    places = zip(table.decision, table.horizon_years, table.willingness_to_pay, strict=True)
    return pd.Series([known[place] for place in places], table.index)


@_check(
    "At its threshold an input leaves nothing to choose",
    source=HECON + "; " + ADVISHE + ", C2",
    changed="the first price or cost at the value at which the decision turns",
    expected="net benefits equal there",
)
def _thresholds(model: Subject) -> Answer:
    """The value that a threshold analysis gives, put back into the model."""

    _draws(model)
    level = _levels(model)[-1]
    strategy = next(name for name in model.strategies if name != model.base.case.comparator)
    one, other = model.strategies.index(strategy), model.strategies.index(model.base.case.comparator)
    for element in model.of_role("price or cost"):
        try:
            table = threshold(
                model.workbook, element.name, strategy=strategy, horizon=model.horizons[-1], model=model.case.model
            )
        except HeconError:
            continue
        value = float(table.threshold.iloc[0]) if "threshold" in table and len(table) else math.nan
        if not math.isfinite(value):
            continue
        name = element.name
        found = model.run(model.case_with(partial(_at, name, value)))
        worth = level * model.totals_of(found, "qaly")[:, -1] - model.totals_of(found, "cost")[:, -1]
        return agree(worth[one], worth[other], 1e-6, f"{name} at {value:,.6g}")
    raise NotApplicable("no price has a threshold")
