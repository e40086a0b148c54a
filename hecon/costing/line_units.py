"""Units of ledger lines: flow times factors must be money, QALYs or years.

The units of parameters are known by their names and their sheets; a factor of a line is a parameter where it holds the
parameter's own memory, so nothing is carried through the arithmetic and no draw is slower. What a model computes
itself has no known unit, and a line with such a factor is not judged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from hecon.costing.ledger import Line
from hecon.errors import LineError
from hecon.flows import Flow
from hecon.settings import Settings
from hecon.units import MONEY, QALY_UNIT, TIME, UTILITY_UNIT, Unit, years_in_unit

#: Words in the name of a parameter without a unit that may hold time, or anything else.
_OPEN = {
    "cost", "costs", "price", "prices", "fee", "fees", "year", "years", "month", "months", "week", "weeks", "day",
    "days", "hour", "hours", "minutes", "cycle", "cycles", "duration", "length", "time", "per", "rate",
}  # fmt: skip


@dataclass(frozen=True)
class _Factor:
    """A factor of a line whose unit is known, or (`unit` None) a pure number."""

    name: str
    unit: Unit | None


def refuse_units(
    lines: Sequence[Line], values: Mapping[str, xr.DataArray], units: Mapping[str, Unit], settings: Settings
) -> None:
    """Raise `LineError` for a line that does not multiply to money, QALYs or years, with what to use instead.

    `values` are the parameters that the model was given, `units` what is known of them.
    """
    for line in lines:
        factors = _known(line, values, units)
        if factors and any(factor.unit for factor in factors) and (wrong := _wrong(line, factors, settings)):
            raise LineError(f"line '{line.name}': {wrong}")


def _known(line: Line, values: Mapping[str, xr.DataArray], units: Mapping[str, Unit]) -> list[_Factor] | None:
    """Give the factors of a line; None where one of them may hold any unit."""
    found = []
    for factor in line.factors:
        if not isinstance(factor, xr.DataArray):
            if factor != 1:  # it may turn months into years
                return None
            continue
        names = [name for name, array in values.items() if np.may_share_memory(array.values, factor.values)]
        if len(names) != 1:
            if not np.isin(factor.values, (0, 1)).all():
                return None
            continue
        name = names[0]
        if name not in units and set(name.split("_")) & _OPEN:
            return None
        found.append(_Factor(name, units.get(name)))
    return found


def _wrong(line: Line, factors: Sequence[_Factor], settings: Settings) -> str:
    known = [(factor.name, factor.unit) for factor in factors if factor.unit is not None]
    if any(not unit.read or unit.log for _, unit in known):
        return ""
    money = sum(unit.powers.get(MONEY, 0) for _, unit in known)
    time = sum(unit.powers.get(TIME, 0) for _, unit in known) + (line.flow.rule == "residence")
    worth = [name for name, unit in known if unit.kind in (UTILITY_UNIT, QALY_UNIT)]
    named = " x ".join(f"{name} ({unit.text})" for name, unit in known)
    if line.kind == "cost":
        if worth:
            return f"{named} is no cost; a line of cost multiplies a flow with money. Is it he.qaly?"
        if money != 1 and len(known) == len(factors):
            return f"{named} is no money; a line of cost multiplies a flow with a price or a cost"
        wanted = 0
    else:
        if money:
            return f"{named} is money; a line of {line.kind} takes none. Is it he.cost?"
        wanted = 1
    if money != (line.kind == "cost"):
        return ""
    if time != wanted:
        return _wrong_time(line, known, named, time - wanted, settings)
    size = math.prod(_time_size(unit, settings.days_per_year) for _, unit in known)
    if any(unit.times for _, unit in known) and not math.isclose(size, 1, rel_tol=1e-9):
        return f"{named} counts time in other units than years, as flows do; multiply it by {size:.6g}"
    return ""


def _wrong_time(line: Line, known: Sequence[tuple[str, Unit]], named: str, extra: int, settings: Settings) -> str:
    flow = line.flow
    cycle = settings.cycle_years
    if flow.rule == "residence" and extra == 1 and math.isclose(cycle, 1, rel_tol=0.01):
        return ""  # what a cycle of a year costs
    if extra == 1 and flow.rule == "residence" and line.kind == "cost":
        what = f"{named} has no time in it, and {_said(flow)} is counted in years"
        return f"{what}: give a cost a year, or take what happens once: he.entering(state, ...) or he.at_start(time)"
    if extra == -1 and line.kind == "cost":
        per = next(unit for _, unit in known if unit.powers.get(TIME, 0) < 0)
        if flow.rule == "start" and per.time and math.isclose(_length(per.time, settings), cycle, rel_tol=0.01):
            return ""
        factor = _length(per.time, settings) / cycle if flow.rule == "start" and per.time else 0
        times = f" (the result would be {factor:.3g} times too high)" if factor else ""
        what = f"{named} is a cost by time, and {_said(flow)} has no time in it{times}"
        return f"{what}; take he.years_in(time, state), or he.years_in(time, curve) for those on treatment"
    if extra == -1:
        what = f"{named} has no time in it, and neither has {_said(flow)}"
        return f"{what}; QALYs are a utility times years: take he.years_in(time, state), or multiply by its length"
    return f"{named} on {_said(flow)} leaves years to the power {extra + (line.kind != 'cost')}"


def _said(flow: Flow) -> str:
    return {
        "residence": "a flow of he.years_in",
        "start": "a flow at the start of each cycle, such as he.share_at_start,",
        "event": "a flow of events",
        "once": "he.at_start",
    }[flow.rule]


def _length(word: str, settings: Settings) -> float:
    return years_in_unit(word, settings.days_per_year)


def _time_size(unit: Unit, days_per_year: float) -> float:
    return unit.size(days_per_year) / unit.factor
