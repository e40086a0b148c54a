"""Shares of a group that sum to 1."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.joint import Key, Source
from hecon.inputs.source_rows import SourceRows
from hecon.inputs.streams import PAGE, streams
from hecon.inputs.together.shared import Shared

#: Shares that a Dirichlet moves sum to 1 but for the rounding of a printed table.
ROUNDING = 0.005
#: Standard errors of a Dirichlet's rows may imply totals that differ by this factor, by rounding.
SAME_TOTAL = 1.5


@frozen
class Dirichlet:
    """Shares that sum to `total`: gamma draws of shape `alpha`, divided by their sum."""

    name: str
    members: tuple[int, ...]
    keys: tuple[Key, ...]
    alpha: np.ndarray
    total: float

    @property
    def uniforms(self) -> int:
        """One for each share."""
        return len(self.members)

    def page(self, seed: int, number: int) -> np.ndarray:
        """One page of draws: (page, share)."""
        parts = [streams(seed, *key)(number).gamma(a, 1, PAGE) for key, a in zip(self.keys, self.alpha, strict=True)]
        return self._shares(np.stack(parts, axis=1))

    def quantile(self, uniforms: np.ndarray) -> np.ndarray:
        """Values at the uniforms: (draw, share)."""
        from scipy.special import gammaincinv

        return self._shares(gammaincinv(self.alpha, uniforms))

    def marginal(self, member: int, p: np.ndarray) -> np.ndarray:
        """Quantiles of one share: a beta distribution."""
        from scipy.special import betaincinv

        return self.total * betaincinv(self.alpha[member], self.alpha.sum() - self.alpha[member], p)

    def _shares(self, parts: np.ndarray) -> np.ndarray:
        return self.total * parts / parts.sum(axis=1, keepdims=True)


def _dirichlets(read: SourceRows, places: Sequence[int]) -> Iterator[Source]:
    for group, unordered in read.grouped(places).items():
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


TOGETHER = Shared(
    "dirichlet",
    "Shares of a group that sum to 1: counts in natural_1, or the se of at least one row.",
    read=_dirichlets,
    natural="count",
    grouped=True,
)
