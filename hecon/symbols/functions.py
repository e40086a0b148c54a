"""What numpy cannot ask of symbols: smaller and larger, choices, sums over cells, normal, gamma and beta tails.

Every function takes numbers and symbols, alone or in arrays that broadcast. On numbers it is numpy's or scipy's own; on
arrays of objects it works item by item and puts the question into the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hecon.symbols.expression import Symbol, call, compared, divide, is_symbolic, number_of

Items = Any
_NORMAL_AT_0 = 0.3989422804014327


def elementwise(function: Callable[..., Any], *values: Items) -> np.ndarray:
    """Apply a function of single items to arrays that broadcast; the result is an array of objects."""
    arrays = np.broadcast_arrays(*(_objects(value) for value in values))
    result = np.empty(arrays[0].shape, dtype=object)
    flat = result.ravel() if result.ndim else result.reshape(1)
    for place, items in enumerate(zip(*(array.ravel() for array in arrays), strict=True)):
        flat[place] = function(*items)
    return flat.reshape(result.shape)


def _objects(value: Items) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value if value.dtype == object else value.astype(object)
    array = np.empty((), dtype=object)
    array[()] = value
    return array


def minimum(a: Items, b: Items) -> Items:
    """Give the smaller of two, item by item."""
    if not is_symbolic(a, b):
        return np.minimum(a, b)
    return elementwise(_least, a, b)


def maximum(a: Items, b: Items) -> Items:
    """Give the larger of two, item by item."""
    if not is_symbolic(a, b):
        return np.maximum(a, b)
    return elementwise(_most, a, b)


def _least(*items: Any) -> Any:
    # Infinity is no limit, and cannot be written into a cell.
    different = [item for item in dict.fromkeys(items) if isinstance(item, Symbol) or item != np.inf]
    return different[0] if len(different) == 1 else call("min", *different) if different else np.inf


def _most(*items: Any) -> Any:
    different = [item for item in dict.fromkeys(items) if isinstance(item, Symbol) or item != -np.inf]
    return different[0] if len(different) == 1 else call("max", *different) if different else -np.inf


def least_of(items: list[Any]) -> Any:
    """Give the smallest of several single items."""
    return _least(*items)


def most_of(items: list[Any]) -> Any:
    """Give the largest of several single items."""
    return _most(*items)


def where(condition: Items, yes: Items, no: Items) -> Items:
    """Give `yes` where a condition holds and `no` elsewhere; only that branch is worked out in a cell."""
    if not is_symbolic(condition, yes, no):
        return np.where(condition, yes, no)
    return elementwise(_chosen, condition, yes, no)


def _chosen(condition: Any, yes: Any, no: Any) -> Any:
    if yes is no:
        return yes
    if not isinstance(condition, Symbol):
        return yes if condition else no
    return call("if", condition, yes, no)


def divided(a: Items, b: Items) -> Items:
    """Give a / b, with numpy's answer where b is 0."""
    if not is_symbolic(a, b):
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.divide(a, b)
    return elementwise(divide, a, b)


def share_of(part: Items, whole: Items) -> Items:
    """Give part / whole; 0 where the whole is 0."""
    return where(greater(whole, 0), divided(part, whole), 0.0)


def greater(a: Items, b: Items) -> Items:
    """Say where a > b."""
    if not is_symbolic(a, b):
        return np.greater(a, b)
    return elementwise(lambda x, y: compared(">", x, y), a, b)


def less(a: Items, b: Items) -> Items:
    """Say where a < b."""
    return greater(b, a) if not is_symbolic(a, b) else elementwise(lambda x, y: compared("<", x, y), a, b)


def both(a: Items, b: Items) -> Items:
    """Say where two conditions hold."""
    if not is_symbolic(a, b):
        return np.logical_and(a, b)
    return elementwise(_both, a, b)


def _both(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if not isinstance(one, Symbol):
            return other if one else False
    return call("and", a, b)


def equal(a: Items, b: Items) -> Items:
    """Say where two are equal."""
    if not is_symbolic(a, b):
        return np.equal(a, b)
    return elementwise(lambda x, y: compared("=", x, y), a, b)


def clip(value: Items, low: Items, high: Items) -> Items:
    """Keep a value between two bounds."""
    return minimum(maximum(value, low), high)


def choose(number: Items, *options: Items) -> Items:
    """Give the first option where the number is 1, the second where it is 2, and so on."""
    if not is_symbolic(number, *options):
        return np.choose(np.asarray(number).astype(int) - 1, np.broadcast_arrays(*options))
    return elementwise(lambda n, *items: call("choose", n, *items) if isinstance(n, Symbol) else items[int(n) - 1],
                       number, *options)  # fmt: skip


def exp(value: Items) -> Items:
    """Exponential."""
    return _each("exp", np.exp, value)


def expm1(value: Items) -> Items:
    """exp(x) - 1."""
    return exp(value) - 1 if is_symbolic(value) else np.expm1(value)


def log(value: Items) -> Items:
    """Natural logarithm; minus infinity at 0."""
    with np.errstate(divide="ignore"):
        return _each("log", np.log, value)


def log1p(value: Items) -> Items:
    """log(1 + x)."""
    if is_symbolic(value):
        return log(1 + value)
    with np.errstate(divide="ignore"):
        return np.log1p(value)


def sqrt(value: Items) -> Items:
    """Square root."""
    return _each("sqrt", np.sqrt, value)


def absolute(value: Items) -> Items:
    """Absolute value."""
    return _each("abs", np.abs, value)


def ceiling(value: Items) -> Items:
    """Smallest whole number above."""
    return _each("ceil", np.ceil, value)


def normal_cdf(z: Items) -> Items:
    """Standard normal distribution function."""
    return _each("normal_cdf", _ndtr, z)


def normal_density(z: Items) -> Items:
    """Standard normal density."""
    return exp(-(z * z) / 2) * _NORMAL_AT_0


def polynomial(coefficients: Sequence[float], x: Items) -> Items:
    """Sum of coefficients times powers of x, the constant first.

    >>> float(polynomial((1.0, 2.0, 3.0), np.array(2.0)))
    17.0
    """
    total: Items = np.full(np.shape(x), coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


def _ndtr(z: Items) -> Items:
    from scipy.special import ndtr

    return ndtr(z)


def _each(op: str, on_numbers: Callable[[Any], Any], value: Items) -> Items:
    """Apply a function of one argument to a single item, an array or a labelled array."""
    if not is_symbolic(value):
        return on_numbers(value)
    if isinstance(value, Symbol):
        return call(op, value)
    if hasattr(value, "dims"):
        return value.copy(data=elementwise(lambda x: call(op, x), value.values))
    return elementwise(lambda x: call(op, x), value)


def gamma_cdf(x: Items, shape: Items) -> Items:
    """Regularised lower incomplete gamma function P(shape, x): distribution function of a gamma with rate 1."""
    if not is_symbolic(x, shape):
        from scipy.special import gammainc

        return gammainc(shape, x)
    return elementwise(lambda t, a: call("gamma_cdf", t, a), x, shape)


def beta_cdf(x: Items, a: Items, b: Items) -> Items:
    """Regularised incomplete beta function I(a, b) at x: distribution function of a beta."""
    if not is_symbolic(x, a, b):
        from scipy.special import betainc

        return betainc(a, b, x)
    return elementwise(lambda *items: call("beta_cdf", *items), x, a, b)


def missing(values: Items) -> np.ndarray:
    """Say which items of an array are missing: not a number, and not a symbol for one."""
    array = np.asarray(values)
    return np.isnan(number_of(array) if array.dtype == object else array)
