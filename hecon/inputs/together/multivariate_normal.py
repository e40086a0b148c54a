"""Coefficients of a fitted curve, with the covariance of their estimates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.joint import FromNormals, Key, Source, correlated, matrix_root
from hecon.inputs.quantities import EFFECTS, bounds_of
from hecon.inputs.source_rows import SourceRow, SourceRows
from hecon.inputs.together.shared import Shared
from hecon.survival.spline import lowest_slope


@frozen
class MultivariateNormal(FromNormals):
    """Coefficients normal on the scale on which they were estimated: `mean` + `root` z, brought to the natural scale.

    `links` by member: ``log``, ``logit`` or ``identity``. With `log_knots` the members are the gammas of a spline: a
    draw that would fall somewhere, which no survival curve does, is moved back towards the estimate until it does not.
    """

    name: str
    members: tuple[int, ...]
    keys: tuple[Key, ...]
    mean: np.ndarray
    root: np.ndarray
    links: tuple[str, ...]
    log_knots: tuple[float, ...] = ()

    def marginal(self, member: int, p: np.ndarray) -> np.ndarray:
        """Quantiles of one coefficient."""
        from scipy.special import ndtri

        value = self.mean[member] + np.sqrt((self.root[member] ** 2).sum()) * ndtri(p)
        return from_link(value, self.links[member])

    def _values(self, z: np.ndarray) -> np.ndarray:
        away = correlated(z, self.root)
        if self.log_knots:
            away *= self._kept(away)[:, None]
        values = self.mean + away
        return np.stack([from_link(values[:, place], link) for place, link in enumerate(self.links)], axis=1)

    def _kept(self, away: np.ndarray) -> np.ndarray:
        """Share of the way from the estimate that each draw of a spline may go before it falls somewhere.

        The slopes of splines are linear in their gammas, so the way back from a fall is straight; by bisection.
        """
        low, high = np.zeros(len(away)), np.ones(len(away))
        rises = self._rises(away)
        for _ in range(40 if not rises.all() else 0):
            middle = (low + high) / 2
            inside = self._rises(away * middle[:, None])
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        return np.where(rises, 1.0, low)

    def _rises(self, away: np.ndarray) -> np.ndarray:
        return lowest_slope(list((self.mean + away).T), self.log_knots) >= 0


def from_link(values: np.ndarray, link: str) -> np.ndarray:
    """Bring coefficients from the scale on which they were estimated to their own."""
    if link == "log":
        return np.exp(values)
    if link == "logit":
        from scipy.special import expit

        return np.asarray(expit(values))
    return values


def to_link(value: float, link: str) -> float:
    """Bring a coefficient to the scale on which it was estimated."""
    if link == "log":
        return float(np.log(value))
    return float(np.log(value) - np.log1p(-value)) if link == "logit" else value


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
    return read.possible_correlation(correlation, f"Covariance of {words}") * scale


TOGETHER = Shared(
    "multivariate_normal",
    "Coefficients of a fitted curve, drawn together on the scale on which they were estimated; see Covariance.",
    read=_fitted_curves,
)
