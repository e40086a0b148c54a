"""Reads the sources of uncertainty off the parameter sheets, and off Covariance, Correlations and Draws.

Rows that share a distribution (Dirichlet, multivariate normal, empirical) become one source, rows that are correlated
another; every other uncertain row is a source of its own. Faults are collected, in the words of the sheets.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from hecon.errors import Fault, UnknownNameError
from hecon.inputs.distributions import FIXED, SHARED, Distribution, distribution
from hecon.inputs.joint import (
    Correlated,
    Dirichlet,
    Empirical,
    MultivariateNormal,
    Single,
    Source,
    matrix_root,
    nearest_correlation,
    normal_correlation,
    to_link,
)
from hecon.inputs.orderings import ordered
from hecon.inputs.quantities import EFFECTS, bounds_of
from hecon.inputs.source_rows import Find, SourceRow, SourceRows, connected

#: Shares that a Dirichlet moves sum to 1 but for the rounding of a printed table.
ROUNDING = 0.005
#: Standard errors of a Dirichlet's rows may imply totals that differ by this factor, by rounding.
SAME_TOTAL = 1.5

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
    sources: list[Source] = [source for kind, places in joint.items() for source in READERS[kind](read, places)]
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


def _grouped(read: SourceRows, places: Sequence[int]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for place in places:
        groups.setdefault(read.text(place, "group"), []).append(place)
    return groups


def _dirichlets(read: SourceRows, places: Sequence[int]) -> Iterator[Source]:
    for group, unordered in _grouped(read, places).items():
        own = sorted(unordered, key=lambda i: read.names[i])
        first = own[0]
        if not group:
            for place in own:
                read.fault(place, f"{read.names[place]}: group is blank; the rows of one dirichlet share a group")
            continue
        if len(own) < 2:
            read.fault(first, f"group '{group}' is a dirichlet of one row; it needs every share, so at least two")
            continue
        shares = np.array([read.number(i, "value") for i in own])
        bad = [place for place, share in zip(own, shares, strict=True) if not 0 < share < 1]
        for place in bad:
            value = read.number(place, "value")
            read.fault(place, f"value is {value:g}; a share of dirichlet group '{group}' lies between 0 and 1")
        if bad:
            continue
        if abs(shares.sum() - 1) > ROUNDING:
            read.fault(first, f"the shares of dirichlet group '{group}' sum to {shares.sum():.6g}; they must sum to 1")
            continue
        alpha = _concentrations(read, group, own, shares)
        if alpha is not None:
            yield Dirichlet(group, tuple(own), tuple(read.keys[i] for i in own), alpha, float(shares.sum()))


def _concentrations(read: SourceRows, group: str, own: Sequence[int], shares: np.ndarray) -> np.ndarray | None:
    counts = np.array([read.number(i, "natural_1") for i in own])
    if np.isfinite(counts).any():
        for place, count in zip(own, counts, strict=True):
            if not count > 0:
                rule = f"every row of dirichlet group '{group}' needs a count above 0"
                read.fault(place, f"natural_1 is {count:g}; {rule}")
        return counts if (counts > 0).all() else None
    errors = np.array([read.number(i, "se") for i in own])
    given = np.isfinite(errors)
    if not given.any():
        read.fault(own[0], f"dirichlet group '{group}' needs the se of at least one row, or counts in natural_1")
        return None
    totals = shares[given] * (1 - shares[given]) / errors[given] ** 2 - 1
    for place, total in zip(np.array(own)[given], totals, strict=True):
        if total <= 0:
            share = read.number(int(place), "value")
            widest = math.sqrt(share * (1 - share))
            error = read.number(int(place), "se")
            read.fault(int(place), f"se is {error:g}; a share of {share:g} has an se below {widest:.4g}")
    if (totals <= 0).any():
        return None
    if totals.max() > SAME_TOTAL * totals.min():
        rule = f"the se of its rows fit between {totals.min():.4g} and {totals.max():.4g} patients; give one, or counts"
        read.fault(own[0], f"dirichlet group '{group}': {rule} in natural_1")
        return None
    return shares / shares.sum() * totals.mean()


def _fitted_curves(read: SourceRows, places: Sequence[int]) -> Iterator[Source]:
    table: dict[tuple[str, str, str], dict[tuple[str, str], float]] = {}
    for row in read.table("Covariance"):
        curve = (row["strategy"], row["endpoint"], row["family"])
        table.setdefault(curve, {})[row["parameter_1"], row["parameter_2"]] = float(row["covariance"])
    curves: dict[tuple[str, str, str], list[int]] = {}
    for place in places:
        curve = (read.text(place, "strategy"), read.text(place, "endpoint"), read.text(place, "family"))
        curves.setdefault(curve, []).append(place)
    for curve in sorted(set(table) - set(curves)):
        read.notes.append(f"Covariance of {', '.join(curve)} is not used: no row has distribution multivariate_normal")
    for curve, unordered in curves.items():
        # By name, so that the order of rows on a sheet changes no draw.
        own = sorted(unordered, key=lambda i: read.names[i])
        words = ", ".join(part for part in curve if part)
        names = [read.rows[i]["parameter"] for i in own]
        cells = table.get(curve)
        if cells is None:
            rule = f"sheet Covariance has no rows for {words or 'it'}; a multivariate_normal row needs them"
            read.fault(own[0], f"{read.names[own[0]]}: {rule}")
            continue
        matrix = _matrix(cells, names)
        absent = [name for name, variance in zip(names, np.diag(matrix), strict=True) if math.isnan(variance)]
        stray = sorted({name for pair in cells for name in pair} - set(names))
        if absent:
            read.fault(own[0], f"sheet Covariance has no variance of {', '.join(absent)} for {words}")
        if stray:
            rule = f"give {', '.join(stray)} of {words} the distribution multivariate_normal; sheet Covariance names it"
            read.fault(own[0], rule)
        if absent or stray:
            continue
        covariance = _possible_covariance(read, matrix, own[0], words)
        if covariance is None:
            continue
        links = tuple(_link(read.rows[i]) for i in own)
        values = [float(read.number(i, "value")) for i in own]
        open_ = [
            not 0 < value < (1 if link == "logit" else math.inf) for value, link in zip(values, links, strict=True)
        ]
        if any(wrong and link != "identity" for wrong, link in zip(open_, links, strict=True)):
            rule = "logarithms; their values must be above 0" if "logit" not in links else (
                "logarithms, a fraction as its logit; their values must be above 0, and the fraction below 1"
            )  # fmt: skip
            read.fault(own[0], f"the coefficients of {words} are estimated as {rule}")
            continue
        mean = np.array([to_link(value, link) for value, link in zip(values, links, strict=True)])
        keys = tuple(read.keys[i] for i in own)
        knots = _log_knots(read, curve) if all(name.startswith("gamma_") for name in names) else ()
        root = matrix_root(covariance)
        yield MultivariateNormal(f"curve: {words}", tuple(own), keys, mean, root, links, knots)


def _log_knots(read: SourceRows, curve: tuple[str, str, str]) -> tuple[float, ...]:
    """Knots of a spline, on sheet Survival beside its gammas."""
    found = {
        str(row["parameter"]): float(read.number(place, "value"))
        for place, row in enumerate(read.rows)
        if str(row["parameter"]).startswith("knot_")
        and (read.text(place, "strategy"), read.text(place, "endpoint"), read.text(place, "family")) == curve
    }
    names = sorted(found, key=lambda name: int(name.removeprefix("knot_")))
    return tuple(math.log(found[name]) for name in names)


def _matrix(cells: Mapping[tuple[str, str], float], names: Sequence[str]) -> np.ndarray:
    """Lay out the covariances: a pair stands once, in either order; an absent pair is independent."""

    def cell(a: str, b: str) -> float:
        return cells.get((a, b), cells.get((b, a), math.nan if a == b else 0.0))

    return np.array([[cell(a, b) for b in names] for a in names])


def _link(row: SourceRow) -> str:
    """Coefficients that must be above 0, and effects, are estimated as logarithms; fractions as logits."""
    bounds = bounds_of(row["parameter"], "", "", row.get("family") or "")
    if bounds.low == 0 and bounds.high == 1:
        return "logit"
    positive = bounds.low == 0 and (bounds.open_low or bool(row.get("family")))  # P of a generalised F may be 0 too
    return "log" if row["parameter"] in EFFECTS or positive else "identity"


def _possible_covariance(read: SourceRows, matrix: np.ndarray, place: int, words: str) -> np.ndarray | None:
    errors = np.sqrt(np.maximum(np.diag(matrix), 0))
    scale = np.outer(errors, errors)
    correlation = np.divide(matrix, scale, out=np.eye(len(matrix)), where=scale > 0)
    if (np.diag(matrix) < 0).any() or (np.abs(correlation) > 1 + 1e-6).any():
        widest = np.abs(correlation).max()
        read.fault(place, f"the Covariance of {words} is impossible: it implies a correlation of {widest:.3g}")
        return None
    return _positive(read, correlation, f"Covariance of {words}") * scale


def _positive(read: SourceRows, correlation: np.ndarray, words: str) -> np.ndarray:
    if np.linalg.eigvalsh(correlation).min() >= -1e-8:
        return correlation
    nearest = nearest_correlation(correlation)
    moved = np.abs(nearest - correlation).max()
    read.notes.append(
        f"{words}: no inputs can have these correlations together; the nearest possible ones are used, "
        f"which moves them by up to {moved:.3f}"
    )
    return nearest


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
        root = matrix_root(_positive(read, matrix, f"Correlations of {words}"))
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


def _empirical(read: SourceRows, places: Sequence[int]) -> Iterator[Source]:
    found: dict[int, dict[int, float]] = {place: {} for place in places}
    by_key = {read.keys[place]: place for place in places}
    unused: list[str] = []
    for row in read.table("Draws"):
        others = (row[column] for column in row if column not in ("draw", "parameter", "value", "row"))
        labels = tuple(label for label in others if isinstance(label, str) and label)
        same = [key for key in by_key if key[0] == row["parameter"] and sorted(key[1]) == sorted(labels)]
        if same:
            found[by_key[same[0]]][int(row["draw"])] = float(row["value"])
        else:
            unused.append(" · ".join((str(row["parameter"]), *labels)))
    read.notes += [f"Draws of {name} are not used: no such row is empirical" for name in dict.fromkeys(unused)]
    for group, unordered in _grouped(read, places).items():
        own = sorted(unordered, key=lambda i: read.names[i])
        missing = [place for place in own if not found[place]]
        for place in missing:
            read.fault(place, f"{read.names[place]}: sheet Draws has no draws of it; an empirical input needs them")
        if missing:
            continue
        numbers = sorted(found[own[0]])
        uneven = [place for place in own if sorted(found[place]) != numbers]
        for place in uneven:
            rule = f"has {len(found[place])} draws on sheet Draws and {read.names[own[0]]} {len(numbers)}"
            read.fault(place, f"{read.names[place]} {rule}; inputs drawn together need the same draws")
        table = np.array([[found[place].get(number, math.nan) for place in own] for number in numbers])
        if uneven or not np.isfinite(table).all():
            continue
        for column, place in enumerate(own):
            _count_beyond(read, place, table[:, column])
        name = group or (read.names[own[0]] if len(own) == 1 else "Draws")
        yield Empirical(name, tuple(own), table[np.argsort(table[:, 0], kind="stable")])


def _count_beyond(read: SourceRows, place: int, drawn: np.ndarray) -> None:
    """Note draws of the sheet beyond what the input may be; a fault where most of them are, for it is no tail then."""
    row = read.rows[place]
    bounds = bounds_of(row["parameter"], row.get("unit") or "", "", read.text(place, "family"))
    count = int((~bounds.contains(drawn)).sum())
    what = f"{read.names[place]} must {bounds.words}, and {count:,} of its {len(drawn):,} draws on sheet Draws do not"
    if count > len(drawn) / 2:
        read.fault(place, what)
    elif count:
        read.notes.append(f"{row.get('cell') or read.names[place]}: {what}")


#: How the rows of each shared distribution become sources.
READERS: Mapping[str, Callable[[SourceRows, Sequence[int]], Iterator[Source]]] = {
    "dirichlet": _dirichlets,
    "multivariate_normal": _fitted_curves,
    "empirical": _empirical,
}
