"""Rates, probabilities, odds and what changes them: each conversion by name, for numbers and labelled arrays.

A rate is events per year among those at risk; a probability belongs to a length of time. One event at a constant
rate r has probability p = 1 - exp(-r t) over t years, and r = -ln(1 - p) / t (Briggs, Claxton and Sculpher 2006,
section 3.2; Fleurence and Hollenbeak 2007). With competing events the conversion of each alone is not exact: give
`Transitions` rates, or `competing` the curves.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from hecon.errors import Fault, InputError, LineError
from hecon.labels import Value
from hecon.measured import is_measured, measure_of, measured
from hecon.symbols import functions
from hecon.symbols.expression import Symbol
from hecon.timeline import Timeline
from hecon.units import TIME


def exp(value: Value) -> Value:
    """Exponential of a number or labelled array: from a log hazard, as a regression gives it, to a hazard.

    >>> exp(0.0)
    1.0
    """
    return _value(functions.exp(value))


def log(value: Value) -> Value:
    """Natural logarithm of a number or labelled array.

    >>> log(1.0)
    0.0
    """
    return _value(functions.log(value))


def rate_to_probability(rate: Value, years: float | Timeline) -> Value:
    """Probability of at least one event over `years` at a constant rate a year: 1 - exp(-rate years).

    `years` is a number of years, or the timeline for one model cycle. A negative rate raises `InputError`.

    >>> round(rate_to_probability(0.3, 0.5), 6)
    0.139292
    """
    _at_least_nought(rate, "rate")
    return _value(-functions.expm1(-rate * length_of(years)))


def probability_to_rate(probability: Value, years: float | Timeline) -> Value:
    """Constant rate a year that gives this probability over `years`: -ln(1 - probability) / years.

    >>> round(probability_to_rate(0.139292, 0.5), 6)
    0.3
    """
    _share(probability, "probability")
    with np.errstate(divide="ignore"):  # a probability of 1 is an infinite rate
        return _value(-functions.log1p(-probability) / length_of(years))


def rescale_probability(probability: Value, over: float | Timeline, to: float | Timeline) -> Value:
    """Probability over `to` years of an event that has this probability over `over` years: 1 - (1 - p)^(to / over).

    >>> round(rescale_probability(0.3, over=1, to=1 / 12), 6)
    0.029286
    """
    _share(probability, "probability")
    with np.errstate(divide="ignore"):
        return _value(-functions.expm1(functions.log1p(-probability) * (length_of(to) / length_of(over))))


def per_month(value: Value) -> Value:
    """Value a year of what is paid, or is worth, a month: 12 x value, for a flow counted in years.

    Raises `LineError` for a value whose unit says another length of time.

    >>> per_month(110.0)
    1320.0
    """
    return _a_year(value, 1 / 12, "month")


def per_cycle(value: Value, time: Timeline) -> Value:
    """Value a year of what is paid, or is worth, a model cycle: value / (years in a cycle), for a flow in years.

    A cost of 110 a cycle of 3 months, for those in a state: ``he.cost("Visits", he.years_in(time, state, "well"),
    he.states.per_cycle(110, time))``, which half-cycle correction and horizons treat as any time in a state. Raises
    `LineError` for a value whose unit says another length of time.

    >>> from hecon import Settings
    >>> time = Timeline.regular(Settings(horizons=(2,), cycle_length=3, cycle_unit="month"))
    >>> per_cycle(110.0, time)
    440.0
    """
    return _a_year(value, time.settings.cycle_years, "cycle")


def _a_year(value: Value, years: float, word: str) -> Value:
    """Divide by a length of time in years; a unit that says none, or this one, becomes one a year."""
    found: Any = value * round(1 / years) if years == 1 / 12 else value / years
    own = measure_of(value)
    if not is_measured(value) or own is None:
        return _value(found)
    if own.power(TIME) == 0:
        return measured(found, replace(own, powers={**own.powers, TIME: -1}))
    if own.power(TIME) != -1 or not math.isclose(own.size * years, 1, rel_tol=1e-9):
        raise LineError(f"{own.text} is not per {word}: give what is paid or is worth a {word}")
    return measured(found, replace(own, size=own.size * years))


def odds(probability: Value) -> Value:
    """Odds of an event: p / (1 - p).

    >>> odds(0.2)
    0.25
    """
    _share(probability, "probability")
    return probability / (1 - probability)


def odds_to_probability(odds: Value) -> Value:
    """Probability of an event from its odds: odds / (1 + odds).

    >>> odds_to_probability(0.25)
    0.2
    """
    _at_least_nought(odds, "odds")
    return odds / (1 + odds)


def with_relative_risk(probability: Value, relative_risk: Value) -> Value:
    """Probability multiplied by a relative risk. Above 1 it is refused where it is used.

    >>> round(with_relative_risk(0.2, 1.5), 12)
    0.3
    """
    _share(probability, "probability")
    _at_least_nought(relative_risk, "relative risk")
    return probability * relative_risk


def with_odds_ratio(probability: Value, odds_ratio: Value) -> Value:
    """Probability whose odds are multiplied by an odds ratio: p r / (1 - p + p r).

    >>> round(with_odds_ratio(0.2, 1.5), 6)
    0.272727
    """
    _share(probability, "probability")
    _at_least_nought(odds_ratio, "odds ratio")
    return probability * odds_ratio / (1 - probability + probability * odds_ratio)


def with_hazard_ratio(probability: Value, hazard_ratio: Value) -> Value:
    """Probability whose rate is multiplied by a hazard ratio: 1 - (1 - p)^ratio, whatever the length of time.

    >>> round(with_hazard_ratio(0.2, 2.0), 6)
    0.36
    """
    _share(probability, "probability")
    _at_least_nought(hazard_ratio, "hazard ratio")
    with np.errstate(divide="ignore"):
        return _value(-functions.expm1(functions.log1p(-probability) * hazard_ratio))


def proportions(counts: xr.DataArray, dimension: str = "to") -> xr.DataArray:
    """Shares of counted transitions along a dimension: n / sum of n.

    Counts that are draws of gamma distributions with mean and variance n give draws of a Dirichlet distribution: the
    uncertainty of counted transitions (Briggs, Ades and Price 2003).

    >>> proportions(xr.DataArray([30.0, 10.0], dims="to", coords={"to": ["well", "ill"]})).values.tolist()
    [0.75, 0.25]
    """
    _at_least_nought(counts, "count")
    if dimension not in counts.dims:
        raise InputError(
            "the counts", [Fault(dimension, f"is not a dimension of them ({', '.join(map(str, counts.dims))})")]
        )
    total = counts.sum(dimension)
    if not bool((total > 0).all()):
        raise InputError(
            "the counts", [Fault(dimension, "its counts are all 0 somewhere; at least one must be above 0")]
        )
    return counts / total


def length_of(years: float | Timeline) -> float:
    """Give a length in years: the number itself, or a model cycle of a timeline."""
    return years.settings.cycle_years if isinstance(years, Timeline) else float(years)


def _value(result: Any) -> Any:
    """Give a labelled array as it is, and anything else as a number."""
    return result if isinstance(result, xr.DataArray | Symbol) else float(result)


def _share(value: Value, name: str) -> None:
    values = np.asarray(value)
    if values.dtype != object and not (values.min() >= 0 and values.max() <= 1):
        found = values.ravel()[np.argmax(~((values.ravel() >= 0) & (values.ravel() <= 1)))]
        raise InputError("a conversion", [Fault(name, f"is {found:g}; it lies between 0 and 1")])


def _at_least_nought(value: Value, name: str) -> None:
    values = np.asarray(value)
    if values.dtype != object and not values.min() >= 0:
        found = values.ravel()[np.argmax(~(values.ravel() >= 0))]
        raise InputError("a conversion", [Fault(name, f"is {found:g}; it must be at least 0")])
