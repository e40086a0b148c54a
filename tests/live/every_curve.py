"""A generated model with every family of curves, every adjustment, every flow and every kind of ledger line."""

from __future__ import annotations

import numpy as np
import xarray as xr

import hecon as he
from hecon.inputs.template import write_inputs
from hecon.survival.combine import Chosen

STRATEGIES = ("A", "=B+1")
STATES = ("progression_free", "progressed", "dead")
BEFORE_DEATH = ("last month", "last year", "earlier")
VALUES = {
    "rate": (0.30, 0.42), "shape": (1.3, 0.8), "scale": (2.2, 1.7), "gompertz_shape": (0.15, -0.3),
    "meanlog": (0.7, 0.4), "sdlog": (0.9, 1.3), "mu": (0.6, 0.5), "sigma": (0.8, 1.1), "big_q": (0.7, -0.6),
    "small_q": (0.011, -0.004), "ratio": (0.7, 1.2), "factor": (1.3, 0.9), "by": (0.4, -0.3), "at": (0.6, 0.75),
    "weight": (0.3, 0.55), "start": (0.5, 0.3), "end": (1.2, 1.6), "entry_age": (61.4, 58.9), "hr_os": (0.45, 0.5),
}  # fmt: skip
OTHERS = {"cost_per_year": 1200.0, "price": 340.0, "fee": 25.0, "weight_of_state": 0.9}


def curves(p):
    """Every curve by name: those that stand alone, then those that wrap others."""
    weibull, lognormal = he.Weibull(p.shape, p.scale), he.Lognormal(p.meanlog, p.sdlog)
    alone = {
        "Exponential": he.Exponential(p.rate),
        "Weibull": weibull,
        "WeibullPH": he.WeibullPH(p.shape, p.rate),
        "Gompertz": he.Gompertz(p.gompertz_shape, p.rate),
        "Lognormal": lognormal,
        "LogLogistic": he.LogLogistic(p.shape, p.scale),
        "Gamma": he.Gamma(p.shape, p.rate),
        "GeneralisedGamma": he.GeneralisedGamma(p.mu, p.sigma, p.big_q),
        "GeneralisedGamma near the lognormal": he.GeneralisedGamma(p.mu, p.sigma, p.small_q),
        "GeneralisedF": he.GeneralisedF(p.mu, p.sigma, p.big_q, p.weight),
        "GeneralisedF near the gamma": he.GeneralisedF(p.mu, p.sigma, p.big_q, 1e-5 * p.weight),
        "Spline": he.Spline([-p.scale, 1 + p.shape, 0.1 * p.weight], [-1.5, 0.2, 1.1]),
        "Spline (odds)": he.Spline([-p.scale, 1 + p.shape, 0.1 * p.weight, -0.02], [-1.5, -0.3, 0.2, 1.1], "odds"),
        "Spline (normal)": he.Spline([-p.scale, 1 + p.shape, 0.1 * p.weight], [-1.5, 0.2, 1.1], "normal"),
        "PiecewiseExponential": he.PiecewiseExponential([0, 0.4, 1.1], [p.rate, 0.5 * p.rate, 0.05 + p.rate]),
        "KaplanMeier": he.KaplanMeier([0.2, 0.75, 1.4], [1 - 0.2 * p.weight, 1 - 0.5 * p.weight, 0.4 * p.weight]),
        "SurvivalTable": he.SurvivalTable([0.5, 1.0], [1 - 0.3 * p.weight, 1 - 0.7 * p.weight]),
        "SurvivalTable to nobody": he.SurvivalTable([0.5, 1.5], [p.weight, 0.0]),
        "SurvivalTable, no events": he.SurvivalTable([0.5, 1.0], [0.8, p.weight], beyond="no_events"),
        "LifeTable": life_table(p),
        "Never": he.Never(),
    }
    wrapped = {
        "HazardRatio": he.HazardRatio(lognormal, p.ratio),
        "AccelerationFactor": he.AccelerationFactor(weibull, p.factor),
        "AccelerationFactor of steps": he.AccelerationFactor(alone["KaplanMeier"], p.factor),
        "OddsRatio": he.OddsRatio(weibull, p.ratio),
        "MixtureCure": he.MixtureCure(weibull, p.weight),
        "NonMixtureCure": he.NonMixtureCure(lognormal, p.weight),
        "Shift": he.Shift(lognormal, p.by),
        "Rescaled": he.Rescaled(he.Exponential(p.rate / 12), 1 / 12, "months"),
        "Join": he.Join(weibull, he.Gompertz(p.gompertz_shape, p.rate), p.at),
        "Mix": he.Mix([weibull, lognormal], [p.weight, 1 - p.weight]),
        "AddHazards": he.AddHazards(weibull, he.Exponential(p.rate)),
        "ByStrategy": he.ByStrategy({"A": weibull.select(strategy="A"), "=B+1": lognormal.select(strategy="=B+1")}),
        "Chosen": Chosen([weibull, lognormal], 2.0),
        "Waning": he.Waning(weibull, p.ratio, p.start, p.end),
        "Waning of steps": he.Waning(he.HazardRatio(lognormal, p.factor), p.ratio, 0.5, 1.25),
        "Waning on the log scale": he.Waning(weibull, p.ratio, p.start, p.end, "log_linear"),
        "Waning at once": he.Waning(lognormal, p.ratio, p.start, shape="at_once"),
        "WaningTo": he.WaningTo(lognormal, weibull, p.start, p.end),
        "WaningTo of steps": he.WaningTo(he.HazardRatio(alone["SurvivalTable"], p.ratio), weibull, 0.4, 1.3),
        "AtLandmark": he.AtLandmark(weibull, 1.5, 0.5 * p.weight, p.start),
        "AtLandmark from the start": he.AtLandmark(lognormal, p.end, p.weight),
        "TimeVaryingHazardRatio": he.TimeVaryingHazardRatio(weibull, [0, 0.5, 1.25], [p.ratio, 0.9, p.factor]),
        "BackgroundMortality": he.BackgroundMortality(he.Exponential(0.02 * p.rate), life_table(p)),
        "BackgroundMortality, added": he.BackgroundMortality(lognormal, life_table(p), "add"),
        "Nested": he.OddsRatio(he.HazardRatio(he.AccelerationFactor(weibull, p.factor), p.ratio), p.factor),
    }
    return alone | wrapped


def life_table(p):
    """Mortality by age that depends on an input."""
    return he.LifeTable({age: (0.001 + 0.002 * p.weight) * 1.09 ** (age - 55) for age in range(55, 75)}, p.entry_age)


def outcome(p, time):
    """Count who is on every curve; and one partition with every rule of flow."""
    partition = flows(p, time)
    lines = [he.cost(f"On {name}", he.share_at_start(time, curve), p.fee) for name, curve in curves(p).items()]
    return he.Outcome(partition.state, [*lines, *partition.lines])


def flows(p, time):
    """Give one partition with every rule of flow."""
    overall = he.HazardRatio(he.Weibull(p.shape, p.scale), p.hr_os)
    state = he.partition(time, progression_free=he.Lognormal(p.meanlog, p.sdlog), overall=overall)
    years = he.years_in(time, state)
    by_cycle = he.stepwise(time, {0: p.price, 0.9: 0.5 * p.price})
    lines = [
        he.cost("Care", years, p.cost_per_year),
        he.cost("Capped", he.share_at_start(time, he.Lognormal(p.meanlog, p.sdlog), ceiling=overall), by_cycle),
        he.cost("Progressing", he.entering(state, "progressed"), p.price, 0.5),
        he.cost("Dying", he.entering(state, "dead"), p.price),
        he.cost("Starting", he.at_start(time), p.fee),
        he.qaly("Time in state", years, he.alive(state), p.weight_of_state),
        he.cost("Care by edge", years, p.price + 3 * he.edge_times(time), he.alive(state)),
        he.life_years("Life years", years, he.alive(state)),
    ]
    if time.settings.accrual in ("life_table", "start", "end"):  # Simpson's rule takes no value by cycle
        lines.append(he.cost("Care by cycle", he.years_in(time, state, "progression_free"), by_cycle))
    return he.Outcome(state, lines)


def _ledger(state, time, p):
    years = he.years_in(time, state)
    return he.Outcome(
        state,
        [
            he.cost("Care", years, p.cost_per_year),
            he.cost("Progressing", he.moving(state, "progression_free", "progressed"), p.price),
            he.cost("Dying", he.entering(state, "dead"), p.price),
            he.cost("Arriving", he.arriving(state, "progressed"), p.fee),
            he.qaly("Time in state", years, he.alive(state), p.weight_of_state),
            he.life_years("Life years", years, he.alive(state)),
        ],
    )


def by_rates(p, time):
    """Constant rates: the exponential of the generator."""
    moves = {
        ("progression_free", "progressed"): p.rate,
        ("progression_free", "dead"): 0.3 * p.rate,
        ("progressed", "dead"): 2 * p.rate,
        ("progressed", "progression_free"): 0.1 * p.rate,
    }
    return _ledger(he.markov(time, he.Transitions(STATES, moves, kind="rate"), "progression_free"), time, p)


def by_changing_rates(p, time):
    """Rates that follow a curve."""
    rate = he.rate_by_cycle(time, he.Weibull(p.shape, p.scale))
    moves = {
        ("progression_free", "progressed"): rate,
        ("progression_free", "dead"): 0.3 * p.rate,
        ("progressed", "dead"): p.rate,
    }
    return _ledger(he.markov(time, he.Transitions(STATES, moves, kind="rate"), "progression_free"), time, p)


def by_probabilities(p, time):
    """Probabilities from rates, curves, odds and hazard ratios, with a complement and a start in two states."""
    curve = he.Weibull(p.shape, p.scale)
    worse = he.with_odds_ratio(he.rate_to_probability(p.rate, time), p.ratio)
    moves = {
        ("progression_free", "progressed"): he.probability_by_cycle(time, curve),
        ("progression_free", "dead"): he.with_hazard_ratio(worse, p.factor),
        ("progressed", "dead"): (worse, 0.5),
        ("progressed", "progressed"): he.REMAINING,
    }
    start = {"progression_free": p.weight, "progressed": he.REMAINING}
    return _ledger(he.markov(time, he.Transitions(STATES, moves), start), time, p)


def by_time_in_state(p, time):
    """Death after progression by the time since progression: the clock is reset."""
    state = he.three_state(
        time,
        progression=he.Weibull(p.shape, p.scale),
        pre_progression=he.Exponential(0.2 * p.rate),
        post_progression=he.Weibull(p.shape, p.factor),
    )
    return _ledger(state, time, p)


def by_a_shared_clock(p, time):
    """Ill and worse count the time since either began; what moves and time there cost by that time, and by edge."""
    dying = he.probability_by_time_in_state(time, he.Weibull(p.shape, p.scale), limit=4)
    moves = {
        ("progression_free", "progressed"): 0.2 * p.weight,
        ("progression_free", "dead"): 0.5 * dying,
        ("progressed", "progression_free"): 0.1 * p.weight,
        ("progressed", "dead"): dying,
    }
    both = ["progression_free", "progressed"]
    state = he.markov(time, he.Transitions(STATES, moves, since=both), {"progression_free": 0.8, "progressed": 0.2})
    worth = xr.concat([p.price, p.fee, p.fee + 5, p.fee, p.price, p.fee], "in_state")
    lines = [
        *he.transition_costs(state, {("progressed", "dead"): p.price, ("progressed", "progression_free"): p.fee}),
        he.cost("By time there", he.years_by_time_in(state, "progressed", worth)),
        he.cost("By month", he.years_in(time, state, "progressed"), he.per_month(p.fee)),
    ]
    return he.Outcome(state, [*_ledger(state, time, p).lines, *lines])


def by_given_shares(p, time):
    """Shares by state as they are given: values by edge that depend on inputs, and what is left; time before death."""
    overall = he.Weibull(p.shape, p.scale)
    rising = xr.DataArray(np.linspace(0, 0.5, len(time.edges)), dims="edge") * p.weight
    state = he.partition(time, {"progression_free": he.REMAINING, "progressed": 0.2 * rising, "dead": rising})
    years = he.years_in(time, state)
    last = he.years_before_death(time, overall, {"last month": 1 / 12, "last year": 1, "earlier": None})
    lines = [
        he.cost("Care", years, p.cost_per_year),
        he.cost("Dying", he.entering(state, "dead"), p.price),
        he.cost("Last days", last, p.fee),
        he.life_years("Life years", years, he.alive(state)),
    ]
    return he.Outcome(state, lines)


MARKOV = (by_rates, by_changing_rates, by_probabilities, by_time_in_state, by_a_shared_clock, by_given_shares)


def write(path, **settings):
    """Write the input workbook of the model."""
    labels = [{"dimension": "strategy", "label": name} for name in STRATEGIES]
    labels += [{"dimension": "state", "label": name} for name in STATES]
    labels += [{"dimension": "before_death", "label": name} for name in BEFORE_DEATH]
    base = {"status": "assumed", "note": "=made up for a test"}
    rows = [{"parameter": name, "strategy": strategy, "value": value, **base}
            for name, values in VALUES.items() for strategy, value in zip(STRATEGIES, values, strict=True)]  # fmt: skip
    rows += [{"parameter": name, "value": value, **base} for name, value in OTHERS.items()]
    settings = {"model": "every_curve", "horizons": "0.7, 1.5, 2", "cycle_length": 1, "cycle_unit": "month",
                "comparator": "A", "title": "=a title", **settings}  # fmt: skip
    write_inputs(path, {"Labels": labels, "Parameters": rows}, settings)
    return path


def every_class():
    """Names of all curve classes of hecon."""
    import hecon.survival.background
    import hecon.survival.families  # noqa: F401

    def below(one):
        for own in one.__subclasses__():
            yield own
            yield from below(own)

    return {one.__name__: one for one in below(he.Curve) if one.__module__.startswith("hecon.survival")}
