"""Reads the sources of uncertainty off the parameter sheets, and off Covariance, Correlations and Draws.

Rows that share a distribution (Dirichlet, multivariate normal, empirical) become one source, rows that are correlated
another; every other uncertain row is a source of its own. Faults are collected, in the words of the sheets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from hecon.errors import Fault, UnknownNameError
from hecon.inputs.distributions import FIXED, Distribution, distribution
from hecon.inputs.joint import Correlated, Single, Source, matrix_root, normal_correlation
from hecon.inputs.orderings import ordered
from hecon.inputs.quantities import bounds_of
from hecon.inputs.source_rows import Find, SourceRows, connected
from hecon.inputs.together import SHARED

#: Distributions whose rows share a group.
GROUPED = tuple(name for name, kind in SHARED.items() if kind.grouped)
#: A smaller share of a distribution beyond what an input may be is not worth a word.
_BEYOND = 1e-3


def read_sources(
    parameters: pd.DataFrame,
    names: Sequence[str],
    labels: Sequence[tuple[str, ...]],
    tables: Mapping[str, pd.DataFrame],
    find: Find,
    faults: list[Fault],
    notes: list[str],
) -> tuple[Source, ...]:
    """Give every source of uncertainty, in the order of its first row; faults and notes go on the lists."""
    read = SourceRows(parameters, names, labels, tables, faults, notes)
    spreads: dict[int, Distribution] = {}
    joint: dict[str, list[int]] = {kind: [] for kind in SHARED}
    for place, row in enumerate(read.rows):
        kind = read.text(place, "distribution") or FIXED
        try:
            spread = distribution(
                kind,
                float(row["value"]),
                *(read.number(place, column) for column in ("low", "high", "se")),
                coverage=read.number(place, "coverage"),
                truncate_low=read.number(place, "truncate_low"),
                truncate_high=read.number(place, "truncate_high"),
                natural=(read.number(place, "natural_1"), read.number(place, "natural_2")),
                shared=SHARED,
            )
        except ValueError as error:
            read.fault(place, f"{names[place]}: {error}")
            continue
        if kind not in GROUPED and (group := read.text(place, "group")):
            rule = f"only rows that are {' or '.join(GROUPED)} share one; clear it, or use sheet Correlations"
            read.fault(place, f"{names[place]}: group is '{group}', but its distribution is {kind}; {rule}")
        if spread is not None:
            spreads[place] = spread
            _outside(read, place, spread)
        elif kind in SHARED:
            joint[kind].append(place)
    sources: list[Source] = [source for kind, places in joint.items() for source in SHARED[kind].read(read, places)]
    together = list(_correlated(read, spreads, find))
    together += ordered(read, spreads, {i for source in together for i in source.members}, find)
    alone = set(spreads) - {i for source in together for i in source.members}
    sources += together
    sources += [Single(names[i], (i,), read.keys[i], spreads[i]) for i in sorted(alone)]
    return tuple(sorted(sources, key=lambda source: min(source.members)))


def _outside(read: SourceRows, place: int, spread: Distribution) -> None:
    """Note a distribution that reaches beyond what the input may be: such draws run, and mean nothing."""
    row = read.rows[place]
    bounds = bounds_of(row["parameter"], row.get("unit") or "", "", read.text(place, "family"))
    first, last = spread.cumulative(np.array([bounds.low, bounds.high]))
    if (beyond := float(1 - (last - first))) > _BEYOND:
        rule = f"{read.names[place]} must {bounds.words}, and {beyond:.2g} of its {spread.name} distribution does not"
        where = row.get("cell") or read.names[place]
        read.notes.append(f"{where}: {rule}; take another distribution, or truncate_low and truncate_high")


def _correlated(read: SourceRows, spreads: Mapping[int, Distribution], find: Find) -> Iterator[Source]:
    pairs = _pairs(read, spreads, find)
    for group in connected(pairs):
        own = sorted(group, key=lambda i: read.names[i])
        matrix = np.eye(len(own))
        for (a, b), rho in pairs.items():
            if a in group:
                i, j = own.index(a), own.index(b)
                matrix[i, j] = matrix[j, i] = normal_correlation(np.array(rho))
        words = ", ".join(read.names[i] for i in own)
        root = matrix_root(read.possible_correlation(matrix, f"Correlations of {words}"))
        keys, shapes = tuple(read.keys[i] for i in own), tuple(spreads[i] for i in own)
        yield Correlated(f"correlated: {words}", tuple(own), keys, shapes, root)


def _pairs(read: SourceRows, spreads: Mapping[int, Distribution], find: Find) -> dict[tuple[int, int], float]:
    """Rank correlations by the places of their two inputs; what cannot be one is a fault at its cell."""
    pairs: dict[tuple[int, int], float] = {}

    def fault(column: str, what: str) -> None:
        read.faults.append(Fault(read.where("Correlations", number, column), what))

    for count, row in enumerate(read.table("Correlations"), start=1):
        number, rho = row.get("row", count), float(row["correlation"])
        places = []
        for column in ("input_1", "input_2"):
            try:
                places.append(find(str(row[column]), read.names))
            except UnknownNameError as error:
                fault(column, str(error))
                continue
            if places[-1] not in spreads:
                rule = "has no distribution of its own to correlate (it is fixed, or drawn with its group)"
                fault(column, f"{read.names[places.pop()]} {rule}")
        if len(places) < 2:
            continue
        first, second = sorted(places)
        if first == second:
            if rho != 1:
                fault("correlation", f"{read.names[first]} is correlated with itself by {rho:g}; leave the row out")
        elif not -1 <= rho <= 1:
            fault("correlation", f"the correlation is {rho:g}; it must lie between -1 and 1")
        elif pairs.setdefault((first, second), rho) != rho:
            both = f"{read.names[first]} and {read.names[second]}"
            fault("correlation", f"{both} have two correlations, {pairs[first, second]:g} and {rho:g}")
    return pairs
