"""What is drawn: single inputs, and inputs that are correlated or in order; `hecon.inputs.together` has the others.

Every source of uncertainty gives whole pages of draws from named streams, and maps uniforms on [0, 1] (one column for
each of its `uniforms`) to values, which is what sampling designs need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.distributions import Distribution
from hecon.inputs.streams import PAGE, page_of, page_of_normals

#: (parameter, labels): the name of a random stream.
Key = tuple[str, tuple[str, ...]]


class Source(Protocol):
    """One independent source of uncertainty: the rows it moves, and how."""

    @property
    def name(self) -> str:
        """Name of the input, or of the rows that move together."""

    @property
    def members(self) -> tuple[int, ...]:
        """Places of its rows among the rows of the parameter sheets."""

    @property
    def uniforms(self) -> int:
        """Numbers on [0, 1] that settle one draw."""

    def page(self, seed: int, number: int) -> np.ndarray:
        """One page of draws: (page, member)."""

    def quantile(self, uniforms: np.ndarray) -> np.ndarray:
        """Values at (draw, uniform): (draw, member)."""

    def marginal(self, member: int, p: np.ndarray) -> np.ndarray:
        """Quantiles of one of its rows on its own."""


@frozen
class Single:
    """An input with a distribution of its own."""

    name: str
    members: tuple[int, ...]
    key: Key
    spread: Distribution
    uniforms: int = 1

    def page(self, seed: int, number: int, count: int = PAGE) -> np.ndarray:
        """One page of draws, or its first ones: (draw, 1)."""
        return page_of(self.spread, seed, *self.key, number, count)[:, None]

    def quantile(self, uniforms: np.ndarray) -> np.ndarray:
        """Values at the uniforms: (draw, 1)."""
        return self.spread.quantile(uniforms)

    def marginal(self, member: int, p: np.ndarray) -> np.ndarray:
        """Quantiles of the input."""
        return self.spread.quantile(p)


class FromNormals:
    """Inputs drawn together as a function of standard normals, one a member: its values say which."""

    members: tuple[int, ...]
    keys: tuple[Key, ...]

    @property
    def uniforms(self) -> int:
        """One for each member."""
        return len(self.members)

    def page(self, seed: int, number: int) -> np.ndarray:
        """One page of draws: (page, member)."""
        return self._values(_normals(self.keys, seed, number))

    def quantile(self, uniforms: np.ndarray) -> np.ndarray:
        """Values at the uniforms: (draw, member)."""
        from scipy.special import ndtri

        return self._values(ndtri(uniforms))

    def _values(self, z: np.ndarray) -> np.ndarray:
        """Values at standard normals: (draw, member)."""
        raise NotImplementedError


@frozen
class Correlated(FromNormals):
    """Inputs with distributions of their own and given rank correlations: a Gaussian copula."""

    name: str
    members: tuple[int, ...]
    keys: tuple[Key, ...]
    spreads: tuple[Distribution, ...]
    root: np.ndarray

    def marginal(self, member: int, p: np.ndarray) -> np.ndarray:
        """Quantiles of one input."""
        return self.spreads[member].quantile(p)

    def _values(self, z: np.ndarray) -> np.ndarray:
        from scipy.special import ndtr

        shares = ndtr(correlated(z, self.root))
        return np.stack([spread.quantile(shares[:, i]) for i, spread in enumerate(self.spreads)], axis=1)


@frozen
class Ordered:
    """Inputs of which some are never above others: each is drawn from its own distribution below those.

    `above` names, for each member, the members before it that it stays below. With F the distribution function of a
    member and m the least of those above it, its value is F^-1(u F(m)): the first ones keep their distributions and
    their draws, and what stays in order anyway hardly moves.
    """

    name: str
    members: tuple[int, ...]
    keys: tuple[Key, ...]
    spreads: tuple[Distribution, ...]
    above: tuple[tuple[int, ...], ...]

    @property
    def uniforms(self) -> int:
        """One for each member."""
        return len(self.members)

    def page(self, seed: int, number: int) -> np.ndarray:
        """One page of draws: (page, member)."""
        return self._in_order(self._apart(seed, number))

    def quantile(self, uniforms: np.ndarray) -> np.ndarray:
        """Values at the uniforms: (draw, member)."""
        apart = [spread.quantile(uniforms[:, i]) for i, spread in enumerate(self.spreads)]
        return self._in_order(np.stack(apart, axis=1))

    def marginal(self, member: int, p: np.ndarray) -> np.ndarray:
        """Quantiles of one input; of one that stays below another, those of a page of draws."""
        if not self.above[member]:
            return self.spreads[member].quantile(p)
        return np.quantile(self.page(0, 0)[:, member], p)

    def out_of_order(self) -> np.ndarray:
        """Share of draws, drawn apart, in which a member is above one that it must stay below: (member)."""
        apart = self._apart(0, 0)
        return np.array(
            [(apart[:, [i]] > apart[:, list(above)]).any(axis=1).mean() for i, above in enumerate(self.above)]
        )

    def _apart(self, seed: int, number: int) -> np.ndarray:
        pairs = zip(self.keys, self.spreads, strict=True)
        return np.stack([page_of(spread, seed, *key, number) for key, spread in pairs], axis=1)

    def _in_order(self, apart: np.ndarray) -> np.ndarray:
        values = apart.copy()
        for i, (spread, above) in enumerate(zip(self.spreads, self.above, strict=True)):
            if above:
                most = values[:, list(above)].min(axis=1)
                below = spread.quantile(spread.cumulative(apart[:, i]) * spread.cumulative(most))
                values[:, i] = np.minimum(below, most)  # the last digit of a quantile, and what lies below all draws
        return values


def _normals(keys: Sequence[Key], seed: int, number: int) -> np.ndarray:
    return np.stack([page_of_normals(seed, *key, number) for key in keys], axis=1)


def correlated(z: np.ndarray, root: np.ndarray) -> np.ndarray:
    """z times the root, member by member: a matrix product may round by the number of rows."""
    values = np.zeros_like(z)
    for j in range(z.shape[1]):
        for k in range(z.shape[1]):
            if root[j, k]:
                values[:, j] += root[j, k] * z[:, k]
    return values


# --- matrices ---


def normal_correlation(rank_correlation: np.ndarray) -> np.ndarray:
    """Pearson correlation of the normals whose rank correlation is given: 2 sin(pi rho / 6).

    Pearson 1907; see Iman and Conover 1982 for rank correlation as what a user can state.
    """
    return 2 * np.sin(np.pi / 6 * np.asarray(rank_correlation))


def nearest_correlation(matrix: np.ndarray, *, steps: int = 500) -> np.ndarray:
    """Give the correlation matrix nearest to a symmetric matrix in the Frobenius norm.

    Alternating projections onto positive semidefinite matrices and onto those with unit diagonal, with Dykstra's
    correction. Higham 2002, IMA Journal of Numerical Analysis 22(3), algorithm 3.3.

    >>> nearest_correlation([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]).round(3)[0].tolist()
    [1.0, 0.5, -0.5]
    """
    nearest = np.array(matrix, dtype=float)
    correction = np.zeros_like(nearest)
    for _ in range(steps):
        shifted = nearest - correction
        values, vectors = np.linalg.eigh(shifted)
        positive = (vectors * np.maximum(values, 0)) @ vectors.T
        correction = positive - shifted
        before, nearest = nearest, positive.copy()
        np.fill_diagonal(nearest, 1)
        if np.abs(nearest - before).max() < 1e-12:
            break
    return (nearest + nearest.T) / 2


def matrix_root(matrix: np.ndarray) -> np.ndarray:
    """Lower triangular L with L L' = `matrix`, which may be singular (perfect correlation).

    >>> matrix_root(np.ones((2, 2))).round(6).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    size = len(matrix)
    root = np.zeros((size, size))
    for j in range(size):
        pivot = matrix[j, j] - root[j, :j] @ root[j, :j]
        if pivot <= 1e-12 * max(matrix[j, j], 1e-300):
            continue
        root[j, j] = np.sqrt(pivot)
        root[j + 1 :, j] = (matrix[j + 1 :, j] - root[j + 1 :, :j] @ root[j, :j]) / root[j, j]
    return root
