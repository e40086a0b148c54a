"""What a value may be, by its name and its row: one check behind every door, and one count of draws that pass it by.

Sheets, scenarios, values and changes given in Python, grids of an analysis and files of draws are checked here, by what
hecon knows of a name. A draw may lie beyond it (a normal utility reaches above 1): such draws are counted and said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.domains import REAL, Domain
from hecon.errors import Fault, InputError
from hecon.inputs.expected_units import wrong_currency
from hecon.inputs.input_names import input_names, parts_of
from hecon.inputs.quantities import FAMILY, FAMILY_COEFFICIENTS, KNOWN_BY_NAME, bounds_of, is_coefficient, is_of_effect
from hecon.labels import DEAD_NAMES, DRAW, STATE
from hecon.parameters import records_of
from hecon.units import parse_unit

#: Quality of life, whose order between states is watched in draws.
_UTILITY = "utility"
#: Draws in another order than the values are said from this share on.
REVERSED = 0.01
#: More notes of one kind than this are counted, not listed.
_LISTED = 8


def domain_of(record: Mapping[Any, Any], *, drawn: bool = False) -> Domain:
    """What the value on a row of a parameter sheet may be; for a draw of it, whatever its distribution is.

    >>> domain_of({"parameter": "utility", "distribution": "beta"}).words
    'lie between 0 and 1'
    """
    unit, distribution, family, state = (_text(record.get(name)) for name in ("unit", "distribution", FAMILY, STATE))
    return bounds_of(str(record["parameter"]), unit, "" if drawn else distribution, family, state)


def refuse_values(
    values: Mapping[str, xr.DataArray], rows: Mapping[str, Sequence[Mapping[Any, Any]]], source: str
) -> None:
    """Raise `InputError` with every value that is not what its name, or its `rows` of the parameter sheets, allow.

    In a batch single draws may lie beyond; where most of them do, it is no tail but another quantity.
    """
    faults = [fault for name, array in values.items() for fault in _faults(name, array, rows.get(name, []))]
    if faults:
        raise InputError(source, faults)


def refuse_row_values(record: Mapping[Any, Any], name: str, values: np.ndarray) -> None:
    """Raise `InputError` where values that an analysis gives to one input are not what it may be."""
    domain = domain_of(record)
    wrong = values[domain.refused(values)]
    if len(wrong):
        raise InputError("the values to try", [Fault(name, f"is {wrong[0]:g}; {domain.rule(wrong[0])}")])


def refuse_currency(currency: str, parameters: pd.DataFrame | None) -> None:
    """Raise `InputError` where rows of the parameter sheets are in another currency: their numbers would stay."""
    faults = []
    for row in [] if parameters is None else records_of(parameters):
        try:
            unit = parse_unit(_text(row.get("unit")), currency)
        except ValueError:
            continue
        if wrong_currency(unit, currency):
            rule = f"unit is {unit.text}, and its number would stay as it is"
            faults.append(Fault(str(row.get("cell") or row["parameter"]), rule))
    if faults:
        raise InputError(f"the currency {currency}", faults)


def _faults(name: str, array: xr.DataArray, rows: Sequence[Mapping[Any, Any]]) -> Iterator[Fault]:
    dims = [str(dim) for dim in array.dims]
    for at, domain in _places(name, array, rows):
        place = tuple(array.get_index(dim).get_loc(at[dim]) if dim in at else slice(None) for dim in dims)
        part = array.values[place]
        wrong = domain.refused(part)
        if not rows and (FAMILY in dims or is_of_effect(name) or is_coefficient(name)):
            wrong &= ~np.isnan(part)  # a curve without this coefficient or effect
        if not wrong.any():
            continue
        left = [dim for dim in dims if dim not in at]
        first = tuple(np.argwhere(wrong)[0])
        if DRAW in left and np.isfinite(part).all():
            of_draw = wrong.mean(axis=left.index(DRAW))
            if not (of_draw > 0.5).any():
                continue
        found = dict(zip(left, first, strict=True))
        where = [f"{dim} {at.get(dim) or _label(array, dim, found[dim])}" for dim in dims]
        words = f" for {', '.join(where)}" if where else ""
        yield Fault(name, f"is {part[first]:g}{words}; {domain.rule(part[first])}")


def _label(array: xr.DataArray, dim: str, place: int) -> Any:
    return array.get_index(dim)[place] if dim in array.coords and dim != DRAW else place


def _places(
    name: str, array: xr.DataArray, rows: Sequence[Mapping[Any, Any]]
) -> Iterator[tuple[dict[str, Any], Domain]]:
    """Give the parts of an array that are judged alike, by their labels; cells without a row hold nothing."""
    dims = [str(dim) for dim in array.dims]
    if rows:
        domains = {domain_of(row) for row in rows}
        labelled = [len(array.get_index(dim)) for dim in dims if dim != DRAW]
        if len(domains) == 1 and len(rows) == math.prod(labelled):
            yield {}, domains.pop()
            return
        for row in rows:
            at = {dim: row[dim] for dim in dims if _text(row.get(dim))}
            if all(label in array.get_index(dim) for dim, label in at.items()):
                yield at, domain_of(row)
    elif FAMILY in dims:
        for family in array.get_index(FAMILY):
            yield {FAMILY: family}, bounds_of(name, family=str(family))
    elif STATE in dims:
        for state in array.get_index(STATE):
            yield {STATE: state}, bounds_of(name, state=str(state))
    else:
        yield {}, bounds_of(name)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


# --- draws ---


def domain_of_input(name: str) -> Domain:
    """What a draw of an input may be, by its name alone: ``utility · progressed``, or ``utility`` in a file.

    >>> domain_of_input("drug_price · daratumumab").words
    'be at least 0'
    """
    parameter, labels = parts_of(name)
    family = next((label for label in labels if label in FAMILY_COEFFICIENTS), "")
    state = next((label for label in labels if label in DEAD_NAMES), "")
    return bounds_of(parameter, family=family, state=state)


def spelt(name: str) -> str:
    """Name of an input as a person types it on a sheet.

    >>> spelt("adverse_event_incidence · Isa-Pd · infection")
    'adverse_event_incidence: Isa-Pd, infection'
    """
    parameter, labels = parts_of(name)
    return f"{parameter}: {', '.join(labels)}" if labels else parameter


class DrawCount:
    """Counts of draws that lie beyond what their input may be, and of utilities in another order than their values.

    `names` are the inputs; `domains` what each may be and `values` what each is in the base case, by name.
    """

    def __init__(self, names: Sequence[str], domains: Mapping[str, Domain], values: Mapping[str, float]) -> None:
        self.names, self.domains, self.draws = list(names), domains, 0
        self.beyond = dict.fromkeys(self.names, 0)
        self.furthest: dict[str, float] = {}
        self.reversed = dict.fromkeys(_neighbours(self.names, values), 0)

    def add(self, drawn: Mapping[str, np.ndarray]) -> None:
        """Count a block of draws."""
        self.draws += len(next(iter(drawn.values()), ()))
        for name in self.names:
            domain, values = self.domains[name], np.asarray(drawn[name])
            wrong = values[domain.refused(values)]
            if domain != REAL and len(wrong):
                self.beyond[name] += len(wrong)
                known = [self.furthest[name]] if name in self.furthest else []
                self.furthest[name] = max([*known, *map(float, (wrong.min(), wrong.max()))], key=_outside(domain))
        for higher, lower in self.reversed:
            self.reversed[higher, lower] += int((np.asarray(drawn[lower]) > np.asarray(drawn[higher])).sum())

    def notes(self) -> tuple[str, ...]:
        """Say what was counted, an input a sentence."""
        said = [
            f"{spelt(name)} must {self.domains[name].words}, and {count:,} of {self.draws:,} draws of it do not (the "
            f"furthest is {self.furthest[name]:.4g}); take another distribution, or truncate_low and truncate_high"
            for name, count in self.beyond.items()
            if count
        ]
        turned = [
            f"{spelt(lower)} is above {spelt(higher)} in {count:,} of {self.draws:,} draws "
            f"({100 * count / self.draws:.0f}%), while its value is below; if that cannot be, name both on sheet "
            "Order"
            for (higher, lower), count in self.reversed.items()
            if count >= max(1, REVERSED * self.draws)
        ]
        return tuple(note for kind in (said, turned) for note in _listed(kind))

    def most_beyond(self) -> list[Fault]:
        """Inputs whose quantity is known of which most draws lie beyond: another quantity, or another unit."""
        return [
            Fault(name, f"is {self.furthest[name]:.4g}, and beyond in {count:,} of {self.draws:,} draws; "
                        f"{self.domains[name].rule(self.furthest[name])}")
            for name, count in self.beyond.items()
            if count > self.draws / 2 and _is_known(name)
        ]  # fmt: skip


def _is_known(name: str) -> bool:
    """Whether hecon knows an input of a file: by its name, or as a coefficient of a family among its labels."""
    parameter, labels = parts_of(name)
    return parameter in KNOWN_BY_NAME or any(is_coefficient(parameter, label) for label in labels if label)


def count_draws(blocks: Iterable[pd.DataFrame], parameters: pd.DataFrame | None = None) -> DrawCount | None:
    """Count blocks of draws (draw, input); None where there is nothing to count. `parameters` are their rows."""
    records = (
        {} if parameters is None else dict(zip(input_names(parameters), parameters.to_dict("records"), strict=True))
    )
    count: DrawCount | None = None
    for block in blocks:
        if count is None:
            names = [str(name) for name in block.columns]
            domains = {n: domain_of(records[n], drawn=True) if n in records else domain_of_input(n) for n in names}
            means = {n: float(records[n]["value"]) if n in records else float(block[n].mean()) for n in names}
            count = DrawCount(names, domains, means)
        count.add({str(name): block[name].to_numpy() for name in block.columns})
    return count


def _neighbours(names: Sequence[str], values: Mapping[str, float]) -> list[tuple[str, str]]:
    """Pairs of utilities, each with the next lower one that differs from it in one label."""
    own = sorted((name for name in names if parts_of(name)[0] == _UTILITY), key=lambda name: -values[name])
    pairs = []
    for place, higher in enumerate(own):
        for lower in own[place + 1 :]:
            one, other = parts_of(higher)[1], parts_of(lower)[1]
            alike = len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
            if alike and values[lower] < values[higher]:
                pairs.append((higher, lower))
                break
    return pairs


def _outside(domain: Domain) -> Any:
    return lambda value: max(domain.low - value, value - domain.high)


def _listed(notes: Sequence[str]) -> list[str]:
    more = len(notes) - _LISTED
    return list(notes) if more <= 0 else [*notes[:_LISTED], f"the same holds for {more} more inputs"]
