"""Conditional means by penalised regression: what is expected of the outcomes, given some of the inputs.

Every smoother here is a ridge: features of the inputs, a quadratic penalty on their coefficients, and one strength of
the penalty for each outcome, chosen by generalised cross-validation. All outcomes (strategies, thresholds) share the
factorisation, which is where the time goes.

    g(x) = mean + f(x)' b,   b = argmin |y - mean - F b|^2 / n + strength b' P b
    GCV(strength) = (RSS / n) / (1 - df / n)^2

Features: splines of one input, their tensor products for two, and random Fourier features for more (`kernels.py`).
Inputs enter as normal scores (their ranks as standard normal quantiles), which tames skewness and outliers, and
linearly as they are, unpenalised: a net benefit that is linear in its inputs is fitted by a straight line.

Sources: Strong, Oakley and Brennan 2014, Medical Decision Making 34:311-326 (regression for EVPPI); Eilers and Marx
1996, Statistical Science 11:89-121 (P-splines); Craven and Wahba 1979, Numerische Mathematik 31:377-403 (GCV).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from hecon.frozen import frozen

#: Features of so many numbers are kept; more are made again in blocks of so many, so that memory does not grow with the
#: draws.
_KEPT, _BLOCK = 2_000_000, 400_000
#: Directions of the features with less than this share of the largest variance are rounding.
RANK = 1e-10
#: Strengths of the penalty that are tried, from none to all.
STRENGTHS = 60
SEGMENTS_ONE, SEGMENTS_TWO = 20, 12
#: Products of smooth functions of two inputs go up to this order (1 is nearly linear, 2 nearly quadratic, ...).
ORDER = 10
#: Wiggliness in the first input against the second: powers of ten that are tried.
BALANCES = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)


@frozen
class Regression:
    """Conditional means of some outcomes: degrees of freedom and GCV score of each, and `coefficients` (feature,
    outcome) of the centred features about the outcomes' own means, `middle`.

    `means` (draw, outcome) are made when they are asked for; `smooth` applies the same smoother to other values.
    """

    middle: np.ndarray
    df: np.ndarray
    score: np.ndarray
    coefficients: np.ndarray
    smoother: Smoother
    chosen: list[tuple[int, np.ndarray]]

    @cached_property
    def means(self) -> np.ndarray:
        """Conditional mean of each outcome in each draw."""
        return self.middle + self.smoother.predict(self.coefficients)

    def smooth(self, values: np.ndarray, outcomes: Sequence[int] | np.ndarray) -> np.ndarray:
        """Hat matrix of the outcome that is named for each column of `values` (draw, column), times that column."""
        middle = values.mean(axis=0)
        inner = self.smoother.project(values - middle)
        coefficients = np.empty_like(inner)
        for column, outcome in enumerate(outcomes):
            penalty, shrink = self.chosen[outcome]
            basis = self.smoother.rotations[penalty][1]
            coefficients[:, column] = basis @ (shrink * (basis.T @ inner[:, column]))
        return middle + self.smoother.predict(coefficients)


class Smoother:
    """A penalised regression on given features, factorised once for all outcomes and strengths.

    `features` gives the features (draw, feature) of a slice of the `count` draws; each of `penalties` is a vector (a
    diagonal) or a matrix, of which each outcome takes the one with the lowest GCV score. In the basis that makes the
    features orthonormal and the penalty diagonal (Demmler and Reinsch), a strength only shrinks each coordinate by 1
    / (1 + strength d). Features are centred by their means, `middle`, wherever they are multiplied; `products` are
    their mean products as they are.
    """

    def __init__(self, features: Callable[[slice], np.ndarray], count: int, penalties: Sequence[np.ndarray]) -> None:
        self.count, self._features, self._width = count, features, len(penalties[0])
        self._kept = features(slice(0, count)) if count * self._width <= _KEPT else None
        self.products, self.middle = np.zeros((self._width, self._width)), np.zeros(self._width)
        for _, block in self._blocks():
            self.products += block.T @ block / count
            self.middle += block.sum(axis=0) / count
        gram = self.products - np.outer(self.middle, self.middle)
        self.rotations = []
        for penalty in penalties:
            if penalty.ndim == 1 and (penalty > 0).all():
                root = 1 / np.sqrt(penalty)
                size, axes = np.linalg.eigh(gram * root * root[:, None])
                keep = size > RANK * size[-1]
                self.rotations.append((1 / size[keep], root[:, None] * axes[:, keep] / np.sqrt(size[keep])))
                continue
            size, axes = np.linalg.eigh(gram)
            keep = size > RANK * size[-1]
            whiten = axes[:, keep] / np.sqrt(size[keep])
            inner = whiten.T @ (penalty @ whiten if penalty.ndim == 2 else penalty[:, None] * whiten)
            wiggle, turn = np.linalg.eigh(inner)
            # what rounding leaves of the straight lines is not wiggly
            wiggle = np.where(wiggle < 1e-9 * max(wiggle[-1], 1e-300), 0.0, wiggle)
            self.rotations.append((wiggle, whiten @ turn))

    def _blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Features, block by block."""
        if self._kept is not None:
            yield slice(0, self.count), self._kept
            return
        step = max(_BLOCK // self._width, 1)
        for start in range(0, self.count, step):
            rows = slice(start, min(start + step, self.count))
            yield rows, self._features(rows)

    def project(self, values: np.ndarray) -> np.ndarray:
        """Mean products of features and values (draw, outcome), whose means are 0: (feature, outcome)."""
        return np.asarray(sum(block.T @ values[rows] for rows, block in self._blocks()) / self.count)

    def predict(self, coefficients: np.ndarray) -> np.ndarray:
        """Centred features times coefficients (feature, outcome): (draw, outcome)."""
        found = np.empty((self.count, coefficients.shape[1]))
        for rows, block in self._blocks():
            np.matmul(block, coefficients, out=found[rows])
        found -= self.middle @ coefficients
        return found

    def fit(self, outcomes: np.ndarray) -> Regression:
        """Fit every outcome (draw, outcome) with the penalty and strength of its lowest GCV score."""
        count, width = outcomes.shape
        middle = outcomes.mean(axis=0)
        centred = outcomes - middle
        inner, total = self.project(centred), np.mean(centred**2, axis=0)
        score = np.full(width, np.inf)
        df = np.ones(width)
        coefficients = np.zeros((len(inner), width))
        chosen: list[tuple[int, np.ndarray]] = [(0, np.zeros(len(self.rotations[0][0])))] * width
        for place, (wiggle, basis) in enumerate(self.rotations):
            along = basis.T @ inner
            shrink = 1 / (1 + _strengths(wiggle)[:, None] * wiggle)
            freedom = 1 + shrink.sum(axis=1)
            # as many degrees of freedom as draws would only repeat them
            allowed = freedom <= max(count / 2, freedom.min())
            rest = np.maximum(total - (2 * shrink - shrink**2) @ along**2, 0)
            scores = rest / np.maximum(1 - freedom / count, 1e-3)[:, None] ** 2
            scores[~allowed] = np.inf
            for column, best in enumerate(scores.argmin(axis=0)):
                if scores[best, column] < score[column]:
                    score[column], df[column] = scores[best, column], freedom[best]
                    coefficients[:, column] = basis @ (shrink[best] * along[:, column])
                    chosen[column] = place, shrink[best]
        return Regression(middle, df, score, coefficients, self, chosen)


def _strengths(wiggle: np.ndarray) -> np.ndarray:
    positive = wiggle[wiggle > 0]
    if not len(positive):
        return np.zeros(1)
    return np.geomspace(1e-2 / positive.max(), 1e3 / positive.min(), STRENGTHS)


def stream_of(seed: int, purpose: str) -> np.random.Generator:
    """Random stream of its own for each purpose: the same seed may have made the draws themselves.

    Simulated noise that repeats the noise of an input would bias every result without a sign.
    """
    words = np.frombuffer(purpose.encode().ljust(-(-len(purpose) // 4) * 4), dtype="<u4").tolist()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Standard normal quantiles of the ranks: (rank - 1/2) / n, ties sharing their middle rank.

    >>> normal_scores(np.array([3.0, 1.0, 2.0])).round(3).tolist()
    [0.967, -0.967, 0.0]
    """
    from scipy.special import ndtri

    _, where, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray(ndtri((np.cumsum(count) - count / 2) / len(values))[where])


def standardised(values: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and standard deviation 1."""
    centred = values - values.mean(axis=0)
    return np.asarray(centred / centred.std(axis=0))


def b_splines(values: np.ndarray, segments: int, low: float, high: float) -> np.ndarray:
    """Cubic B-splines on equal segments from `low` to `high`: (draw, segments + 3), rows summing to 1."""
    place = (values - low) / (high - low) * segments
    cell = np.minimum(place.astype(int), segments - 1)
    t = place - cell
    pieces = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    basis = np.zeros((len(values), segments + 3))
    rows = np.arange(len(values))
    for shift, piece in enumerate(pieces):
        basis[rows, cell + shift] = piece / 6
    return basis


def _wiggliness(width: int) -> np.ndarray:
    """Sum of squared second differences of neighbouring coefficients: nought for a straight line."""
    second = np.diff(np.eye(width), 2, axis=0)
    return np.asarray(second.T @ second)


def spline(values: np.ndarray) -> Smoother:
    """Smoother of one input (draw,): a penalised cubic spline of its normal scores and a straight line of itself."""
    scores, line, width = normal_scores(values), standardised(values), SEGMENTS_ONE + 3
    low, high = float(scores.min()), float(scores.max())
    penalty = np.zeros((width + 1, width + 1))
    penalty[:-1, :-1] = _wiggliness(width)
    return Smoother(
        lambda rows: np.column_stack([b_splines(scores[rows], SEGMENTS_ONE, low, high), line[rows]]),
        len(values),
        [penalty],
    )


def tensor_spline(values: np.ndarray) -> Smoother:
    """Smoother of two inputs (draw, 2): products of the smoothest functions of each, so that they may interact.

    Each margin is turned into orthogonal functions in order of their wiggliness d; the product of i and j has the
    penalty balance d_i + d_j / balance. Products of order i + j above `ORDER` are left out.
    """
    (one, rough_one), (two, rough_two) = (_margin(values[:, place]) for place in (0, 1))
    i, j = np.meshgrid(np.arange(len(rough_one)), np.arange(len(rough_two)), indexing="ij")
    keep = (i + j > 0) & (i + j <= ORDER)
    i, j = i[keep], j[keep]
    lines = standardised(values)

    def features(rows: slice) -> np.ndarray:
        straight = lines[rows]
        return np.column_stack([one(rows)[:, i] * two(rows)[:, j], straight, straight.prod(axis=1)])

    free = np.zeros(3)
    penalties = [
        np.concatenate([10 ** (balance / 2) * rough_one[i] + 10 ** (-balance / 2) * rough_two[j], free])
        for balance in BALANCES
    ]
    return Smoother(features, len(values), penalties)


def _margin(values: np.ndarray) -> tuple[Callable[[slice], np.ndarray], np.ndarray]:
    """Orthogonal functions of one input in order of wiggliness, the constant first, and their wiggliness."""
    scores = normal_scores(values)
    low, high = float(scores.min()), float(scores.max())

    def basis(rows: slice) -> np.ndarray:
        return b_splines(scores[rows], SEGMENTS_TWO, low, high)

    smoother = Smoother(basis, len(values), [_wiggliness(SEGMENTS_TWO + 3)])
    wiggle, turn = smoother.rotations[0]
    order = np.argsort(wiggle, kind="stable")[:ORDER]
    wiggle, turn = wiggle[order], turn[:, order]
    unit = wiggle[wiggle > 0].min(initial=np.inf)
    rough = np.concatenate([[0.0], wiggle / unit if np.isfinite(unit) else wiggle])

    def functions(rows: slice) -> np.ndarray:
        centred = basis(rows) - smoother.middle
        return np.column_stack([np.ones(len(centred)), centred @ turn])

    return functions, rough
