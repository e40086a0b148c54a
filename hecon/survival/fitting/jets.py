"""Numbers that carry their first and second derivatives: a likelihood is written once and differentiated exactly.

A `Jet` holds a vector of values with its gradient and Hessian in a few parameters; arithmetic and the functions below
follow the rules of differentiation. Every function also takes plain arrays, and then gives plain arrays: the same
formula serves a trial step, which needs the value alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

#: A jet, or an array or number without derivatives.
Varying = Any
_LOG_SQRT_TWO_PI = 0.9189385332046727418


class Jet:
    """Values (rows), gradient (parameters, rows) and Hessian (parameters, parameters, rows; None where it is 0)."""

    __array_ufunc__ = None  # an array on the left leaves the operation to the jet
    __slots__ = ("gradient", "hessian", "value")

    def __init__(self, value: np.ndarray, gradient: np.ndarray, hessian: np.ndarray | None = None) -> None:
        self.value = value
        self.gradient = gradient
        self.hessian = hessian

    def __add__(self, other: Varying) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.gradient, self.hessian)
        both = (self.hessian, other.hessian)
        hessian = both[1] if both[0] is None else both[0] if both[1] is None else both[0] + both[1]
        return Jet(self.value + other.value, self.gradient + other.gradient, hessian)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.gradient, None if self.hessian is None else -self.hessian)

    def __sub__(self, other: Varying) -> Jet:
        return self + (-other)

    def __rsub__(self, other: Varying) -> Jet:
        return -self + other

    def __mul__(self, other: Varying) -> Jet:
        if not isinstance(other, Jet):
            hessian = None if self.hessian is None else self.hessian * other
            return Jet(self.value * other, self.gradient * other, hessian)
        crossed = self.gradient[:, None] * other.gradient[None]
        hessian = crossed + crossed.transpose(1, 0, 2)
        for one, two in ((self, other), (other, self)):
            if one.hessian is not None:
                hessian += one.hessian * two.value
        gradient = self.gradient * other.value + other.gradient * self.value
        return Jet(self.value * other.value, gradient, hessian)

    __rmul__ = __mul__


def parameters(values: Sequence[np.ndarray]) -> list[Jet]:
    """Give vectors of parameter values as jets in these very parameters."""
    size = len(values[0])
    jets = []
    for place, value in enumerate(values):
        gradient = np.zeros((len(values), size))
        gradient[place] = 1.0
        jets.append(Jet(value, gradient))
    return jets


def chain(x: Jet, value: np.ndarray, first: np.ndarray, second: np.ndarray) -> Jet:
    """Give a function of a jet by its value and derivatives there."""
    hessian = (second * x.gradient)[:, None] * x.gradient[None]
    if x.hessian is not None:
        hessian += first * x.hessian
    return Jet(value, first * x.gradient, hessian)


def chain_of(jets: Sequence[Jet], value: np.ndarray, first: np.ndarray, second: np.ndarray) -> Jet:
    """Give a function of several jets by its value, gradient (jets, rows) and Hessian (jets, jets, rows) there."""
    slopes = np.stack([jet.gradient for jet in jets])
    gradient = np.einsum("ar,ajr->jr", first, slopes)
    hessian = np.einsum("abr,ajr,bkr->jkr", second, slopes, slopes, optimize=True)
    for place, jet in enumerate(jets):
        if jet.hessian is not None:
            hessian += first[place] * jet.hessian
    return Jet(value, gradient, hessian)


def exp(x: Varying) -> Varying:
    """Exponential."""
    if not isinstance(x, Jet):
        return np.exp(x)
    value = np.exp(x.value)
    return chain(x, value, value, value)


def log(x: Varying) -> Varying:
    """Natural logarithm; not a number below 0."""
    if not isinstance(x, Jet):
        return np.log(x)
    return chain(x, np.log(x.value), 1 / x.value, -1 / x.value**2)


def softplus(x: Varying) -> Varying:
    """log(1 + exp(x))."""
    if not isinstance(x, Jet):
        return np.logaddexp(0.0, x)
    share = _logistic(x.value)
    return chain(x, np.logaddexp(0.0, x.value), share, share * _logistic(-x.value))


def log_of_rest(x: Varying) -> Varying:
    """log(1 - exp(x)) for x below 0."""
    plain = x.value if isinstance(x, Jet) else x
    value = np.where(plain > -0.6931471805599453, np.log(-np.expm1(plain)), np.log1p(-np.exp(plain)))
    if not isinstance(x, Jet):
        return value
    odds = 1 / np.expm1(-plain)
    return chain(x, value, -odds, -odds * (1 + odds))


def minus_expm1(x: Varying) -> Varying:
    """1 - exp(x)."""
    if not isinstance(x, Jet):
        return -np.expm1(x)
    slope = -np.exp(x.value)
    return chain(x, -np.expm1(x.value), slope, slope)


def mean_growth(x: Varying) -> Varying:
    """(exp(x) - 1) / x, which is 1 at 0."""
    plain = x.value if isinstance(x, Jet) else x
    safe = np.where(plain == 0, 1.0, plain)
    value = np.where(plain == 0, 1.0, np.expm1(safe) / safe)
    if not isinstance(x, Jet):
        return value
    grown = np.exp(plain)
    # Near 0 the closed forms cancel: their series take over.
    near = np.abs(plain) < 0.05
    series = [np.polynomial.polynomial.polyval(np.where(near, plain, 0.0), row) for row in _MEAN_GROWTH]
    far = np.where(near, 1.0, plain)
    first = np.where(near, series[0], (grown - value) / far)
    second = np.where(near, series[1], (grown - 2 * first) / far)
    return chain(x, value, first, second)


_MEAN_GROWTH = (
    (1 / 2, 1 / 3, 1 / 8, 1 / 30, 1 / 144, 1 / 840, 1 / 5760, 1 / 45360),
    (1 / 3, 1 / 4, 1 / 10, 1 / 36, 1 / 168, 1 / 960, 1 / 6480, 1 / 50400),
)


def normal_log_tail(z: Varying) -> Varying:
    """log Phi(-z)."""
    from hecon.survival import special

    if not isinstance(z, Jet):
        return special.normal_log_tail(z)
    hazard = special.normal_hazard(z.value)
    return chain(z, special.normal_log_tail(z.value), -hazard, -hazard * (hazard - z.value))


def normal_log_density(z: Varying) -> Varying:
    """log phi(z)."""
    return z * z * -0.5 - _LOG_SQRT_TWO_PI


def log_gamma(x: Varying) -> Varying:
    """log Gamma(x) for x above 0."""
    from scipy import special

    if not isinstance(x, Jet):
        return special.gammaln(x)
    return chain(x, special.gammaln(x.value), special.digamma(x.value), special.polygamma(1, x.value))


def _logistic(x: np.ndarray) -> np.ndarray:
    from scipy import special

    return special.expit(x)


#: Steps in a shape parameter, and the weights of the values there in the first and second derivative (order 4).
STEP = 4e-3
_PLACES = (-2, -1, 1, 2)
_FIRST = (1 / 12, -8 / 12, 8 / 12, -1 / 12)
_SECOND = (-1 / 12, 16 / 12, 16 / 12, -1 / 12)


def in_shapes(
    function: Callable[..., np.ndarray], shapes: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value, gradient and Hessian of a function in shape parameters, by differences of order 4.

    For incomplete gamma and beta functions, whose derivatives in the shape have no closed form. The function gives an
    array whose last dimension is rows; gradient and Hessian have the dimensions of the shapes in front.
    """

    def moved(*steps: float) -> np.ndarray:
        return function(*(shape + step * STEP for shape, step in zip(shapes, steps, strict=True)))

    count = len(shapes)
    value = function(*shapes)
    gradient, hessian = np.zeros((count, *value.shape)), np.zeros((count, count, *value.shape))
    for one in range(count):
        around = [moved(*(place * (other == one) for other in range(count))) for place in _PLACES]
        gradient[one] = sum(weight * item for weight, item in zip(_FIRST, around, strict=True)) / STEP
        total = sum(weight * item for weight, item in zip(_SECOND, around, strict=True))
        hessian[one, one] = (total - 2.5 * value) / STEP**2
        for two in range(one):
            corners = [
                a * b * moved(*(a * (other == one) + b * (other == two) for other in range(count)))
                for a in (-1, 1)
                for b in (-1, 1)
            ]
            hessian[one, two] = hessian[two, one] = sum(corners) / (4 * STEP**2)
    return value, gradient, hessian
