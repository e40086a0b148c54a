"""Units of ledger lines: flow times factors must be money, QALYs or years.

Factors are parameters, or what was computed of them: `hecon.measured` carries units through products, quotients and
sums. What has no known unit is not judged, and neither is its line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import xarray as xr

from hecon.aligned import aligned
from hecon.costing.ledger import Line
from hecon.errors import LineError
from hecon.flows import Flow
from hecon.labels import DRAW
from hecon.measured import PURE, Measure, measure_of, measure_of_unit, measured
from hecon.once import once_for_same
from hecon.settings import Settings
from hecon.units import MASS, MONEY, TIME, Unit

#: Words in the name of a parameter without a unit that may hold time, or anything else.
_OPEN = {
    "cost", "costs", "price", "prices", "fee", "fees", "year", "years", "month", "months", "week", "weeks", "day",
    "days", "hour", "hours", "minutes", "cycle", "cycles", "duration", "length", "time", "per", "rate",
}  # fmt: skip

#: What a dose is in, and what a price by weight still has to be multiplied with.
_OF_DOSES = (MASS, "body weight", "body surface")


def given(
    values: Mapping[str, xr.DataArray], units: Mapping[str, Unit] | None, settings: Settings
) -> dict[str, xr.DataArray]:
    """Give parameters as a model gets them: where `units` are to be judged, each carries its own.

    One without a unit, whose name may mean anything, has an unknown one.
    """
    if units is None:
        return {name: (aligned if DRAW in array.dims else _aligned_once)(array) for name, array in values.items()}
    return {
        name: (_measured if DRAW in array.dims else _measured_once)(
            array, name, units.get(name), settings.days_per_year
        )
        for name, array in values.items()
    }


def _measured(array: xr.DataArray, name: str, unit: Unit | None, days_per_year: float) -> xr.DataArray:
    is_open = unit is None and set(name.split("_")) & _OPEN
    return measured(aligned(array), None if is_open else measure_of_unit(name, unit, days_per_year))


#: The same for what has no draws: most runs of a workbook share most of its parameters.
_aligned_once, _measured_once = (once_for_same(1000, sharing=True)(make) for make in (aligned, _measured))


def refuse_units(lines: Sequence[Line], settings: Settings) -> None:
    """Raise `LineError` for a line that does not multiply to money, QALYs or years, with what to use instead.

    The model was given its parameters by `given`.
    """
    for line in lines:
        total = _product(line)
        if total is not None and total.told and (wrong := _wrong(line, total, settings)):
            raise LineError(f"line '{line.name}': {wrong}")


def _product(line: Line) -> Measure | None:
    """Give what the factors of a line multiply to; None where one of them may hold any unit."""
    total = PURE
    for factor in line.factors:
        measure = measure_of(factor)
        if measure is None:
            return None
        total = total.times(measure)
    return total


def _wrong(line: Line, total: Measure, settings: Settings) -> str:
    money = total.power(MONEY)
    time = total.power(TIME) + (line.flow.rule == "residence" and not line.flow.by_year)
    named = total.text
    if total.clash:
        return f"{total.clash} adds things in different units; give each a line of its own, or bring them to one unit"
    if line.kind == "cost":
        if total.worth and not money:
            return f"{named} is no cost; a line of cost multiplies a flow with money. Is it he.qaly?"
        if money != 1:
            return f"{named} is no money; a line of cost multiplies a flow with a price or a cost"
        wanted = 0
    else:
        if money:
            return f"{named} is money; a line of {line.kind} takes none. Is it he.cost?"
        wanted = 1
    if time != wanted:
        return _wrong_time(line, total, time - wanted, settings)
    left = [dimension for dimension in _OF_DOSES if total.power(dimension)]
    if left and total.sure and total.number == 1:
        return f"{named} leaves {left[0]} to the power {total.power(left[0])}; a line of {line.kind} has none"
    if not math.isclose(total.size, 1, rel_tol=1e-9):
        if total.power(TIME) and not any(unit != TIME and unit != MONEY for unit in total.powers):
            return f"{named} counts time in other units than years, as flows do; multiply it by {total.size:.6g}"
        return f"{named} mixes units of different size; multiply it by {total.size:.6g}"
    return ""


def _wrong_time(line: Line, total: Measure, extra: int, settings: Settings) -> str:
    flow, named = line.flow, total.text
    cycle = settings.cycle_years
    if flow.by_year and extra == -1 and line.kind != "cost":
        return ""  # a loss of utility at each arrival, in QALYs
    if flow.rule == "residence" and extra == 1 and math.isclose(cycle, 1, rel_tol=0.01):
        return ""  # what a cycle of a year costs
    if extra == 1 and flow.rule == "residence" and line.kind == "cost":
        what = f"{named} has no time in it, and {_said(flow)} is counted in years"
        return f"{what}: give a cost a year, or take what happens once: he.entering(state, ...) or he.at_start(time)"
    if extra == -1 and line.kind == "cost":
        factor = 1 / (total.size * cycle) if flow.rule == "start" and total.power(TIME) == -1 else 0
        if factor and math.isclose(factor * total.number, 1, rel_tol=0.01):
            return ""
        times = f" (the result would be {factor:.3g} times too high)" if factor else ""
        what = f"{named} is a cost by time, and {_said(flow)} has no time in it{times}"
        return f"{what}; take he.years_in(time, state), where state is what he.partition or a Markov model gives"
    if extra == -1:
        what = f"{named} has no time in it, and neither has {_said(flow)}"
        return f"{what}; QALYs are a utility times years: take he.years_in(time, state), or multiply by its length"
    return f"{named} on {_said(flow)} leaves years to the power {extra + (line.kind != 'cost')}"


def _said(flow: Flow) -> str:
    if flow.by_year:
        return "a flow of he.states.arriving"
    return {
        "residence": "a flow of he.years_in",
        "start": "a flow at the start of each cycle, such as he.share_at_start,",
        "event": "a flow of events",
        "once": "he.at_start",
    }[flow.rule]
