"""exp and the normal tail compiled by numba, for the extra ``hecon[fast]``: the only importer of numba.

numpy has no vectorised exp of doubles on processors without AVX-512, and scipy's normal tail is vector code nowhere.
Both kernels here are straight lines of arithmetic without a branch, which the compiler turns into vector instructions.

exp: x = n log 2 + r with |r| <= log(2) / 2, exp(r) by its series to the 13th power, times 2^n in two steps so that the
smallest numbers keep what digits they have. Within 1 unit in the last place.

Normal tail: with x = |z| / sqrt 2 and t = (x - K) / (x + K), (1 + 2 x) exp(x^2) erfc(x) is smooth on [-1, 1] and a
polynomial in t of degree 23 gives it to 2e-15 (Shepherd and Laframboise 1981, Mathematics of Computation 36:249-253,
whose K this is). Its coefficients are made when this module is loaded, from scipy's erfcx. exp(-x^2) takes x in two
parts, of which the first squares without rounding.

The compiler may contract a * b + c into one rounding (``contract``) and nothing else: where it may reassociate, it
cancels the constant that rounds n, and results are off by 27 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numba.extending
import numpy as np
from llvmlite import ir
from numpy.polynomial import chebyshev
from scipy import special

#: What these say of their types depends on their version.
_jit: Any = numba.njit
_interpolated: Any = chebyshev.chebinterpolate
_intrinsic: Any = numba.extending.intrinsic
_types: Any = numba.types
_ir: Any = ir

_K, _DEGREE = 3.75, 23
_ROOT_HALF = math.sqrt(0.5)
_LOG2_E = 1 / math.log(2)
#: log 2 in two parts, the first with room for the digits of n.
_LOG2_HIGH, _LOG2_LOW = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
#: Added and taken away again, it leaves the nearest whole number, which stands in the last bits of the sum.
_ROUND = 1.5 * 2.0**52
_ROUND_BITS = int(np.float64(_ROUND).view(np.int64))
_LOWEST, _HIGHEST = -745.2, 709.79
_SERIES = tuple(1 / math.factorial(power) for power in range(13, 2, -1))
#: The first 26 bits of a number's digits: their square is exact.
_FIRST_BITS = ~((1 << 27) - 1)


def _smooth(t: np.ndarray) -> np.ndarray:
    """(1 + 2 x) exp(x^2) erfc(x) at x = K (1 + t) / (1 - t), and its limit 2 / sqrt(pi)."""
    x = _K * (1 + t) / np.where(t < 1, 1 - t, 1.0)
    return np.where(t < 1, (1 + 2 * x) * special.erfcx(x), 2 / math.sqrt(math.pi))


# Interpolated far above the degree and cut: what rounding adds spreads over all coefficients.
_TAIL = tuple(chebyshev.cheb2poly(_interpolated(_smooth, 100)[: _DEGREE + 1])[::-1].tolist())


def _bits_of(_: Any, x: Any) -> Any:
    """The 64 bits of a double as a whole number."""
    return _types.int64(_types.float64), lambda _, builder, __, given: builder.bitcast(given[0], _ir.IntType(64))


def _double_of(_: Any, bits: Any) -> Any:
    """The double of 64 bits."""
    return _types.float64(_types.int64), lambda _, builder, __, given: builder.bitcast(given[0], _ir.DoubleType())


_bits: Any = _intrinsic(_bits_of)
_double: Any = _intrinsic(_double_of)


_OPTIONS: dict[str, Any] = {"fastmath": {"contract"}, "nogil": True, "error_model": "numpy"}


def _exp_of_one(x: float) -> float:
    y = min(max(x, _LOWEST), _HIGHEST)
    shifted = y * _LOG2_E + _ROUND
    n = shifted - _ROUND
    r = (y - n * _LOG2_HIGH) - n * _LOG2_LOW
    p = 0.0
    for coefficient in _SERIES:
        p = p * r + coefficient
    p = (p * r + 0.5) * (r * r) + r + 1.0
    power = _bits(shifted) - _ROUND_BITS
    half = power >> 1
    return p * _double((half + 1023) << 52) * _double((power - half + 1023) << 52)


_exp_of_one = _jit(_exp_of_one, inline="always", **_OPTIONS)


def _tail_of_one(z: float) -> float:
    far = min(abs(z), 39.0)
    x = far * _ROOT_HALF
    t = (x - _K) / (x + _K)
    p = _TAIL[0] * t + _TAIL[1]
    p = (((p * t + _TAIL[2]) * t + _TAIL[3]) * t + _TAIL[4]) * t + _TAIL[5]
    p = (((p * t + _TAIL[6]) * t + _TAIL[7]) * t + _TAIL[8]) * t + _TAIL[9]
    p = (((p * t + _TAIL[10]) * t + _TAIL[11]) * t + _TAIL[12]) * t + _TAIL[13]
    p = (((p * t + _TAIL[14]) * t + _TAIL[15]) * t + _TAIL[16]) * t + _TAIL[17]
    p = (((p * t + _TAIL[18]) * t + _TAIL[19]) * t + _TAIL[20]) * t + _TAIL[21]
    p = (p * t + _TAIL[22]) * t + _TAIL[23]
    first = _double(_bits(far) & _FIRST_BITS)
    rest = 0.5 * (far - first) * (far + first)
    tail = 0.5 * p / (1 + 2 * x) * _exp_of_one(-0.5 * (first * first)) * (1 - rest * (1 - rest * (0.5 - rest / 6)))
    return tail if z >= 0 else 1 - tail


_tail_of_one = _jit(_tail_of_one, inline="always", **_OPTIONS)


def _exp_of_all(x: np.ndarray) -> None:
    for place in range(x.size):
        value = x[place]
        found = _exp_of_one(value)
        x[place] = found if value == value else value


def _tail_of_all(z: np.ndarray) -> None:
    for place in range(z.size):
        value = z[place]
        found = _tail_of_one(value)
        z[place] = found if value == value else value


def _exp_of_rows(t: np.ndarray, out: np.ndarray, rate: np.ndarray) -> None:
    for row in range(out.shape[0]):
        for place in range(out.shape[1]):
            value = rate[row] * t[place]
            found = _exp_of_one(value)
            out[row, place] = found if value == value else value


def _double_exp_of_rows(log_t: np.ndarray, out: np.ndarray, location: np.ndarray, slope: np.ndarray) -> None:
    for row in range(out.shape[0]):
        for place in range(out.shape[1]):
            value = (log_t[place] - location[row]) * slope[row]
            found = _exp_of_one(-_exp_of_one(value))
            out[row, place] = found if value == value else value


def _tail_of_rows(log_t: np.ndarray, out: np.ndarray, location: np.ndarray, slope: np.ndarray) -> None:
    for row in range(out.shape[0]):
        for place in range(out.shape[1]):
            value = (log_t[place] - location[row]) * slope[row]
            found = _tail_of_one(value)
            out[row, place] = found if value == value else value


def _smaller_of_rows(one: np.ndarray, other: np.ndarray, same: float, out: np.ndarray, found: np.ndarray) -> None:
    for row in range(out.shape[0]):
        above = 0
        for place in range(out.shape[1]):
            a, b = one[row, place], other[row, place]
            out[row, place] = b if a > b else a
            above += 1 if a > b else 0
        edges, widest, first = 0, 0.0, 0
        if above:
            for place in range(out.shape[1]):
                gap = one[row, place] - other[row, place]
                if gap > same:
                    first = first if edges else place
                    edges += 1
                    widest = max(widest, gap)
        found[0, row], found[1, row], found[2, row] = edges, widest, first


def _kept(function: Callable[..., Any], *given: Any) -> Any:
    """Compile for the one form that is asked for, and keep what was compiled where the disk allows it."""
    signature = _types.void(*given)
    try:
        return _jit([signature], cache=True, **_OPTIONS)(function)
    except (RuntimeError, OSError):
        return _jit([signature], **_OPTIONS)(function)


_column, _rows = _types.float64[::1], _types.float64[:, ::1]
_read, _read_rows = (_types.Array(_types.float64, size, "C", readonly=True) for size in (1, 2))
_exp, _tail = _kept(_exp_of_all, _column), _kept(_tail_of_all, _column)
#: In one pass what the functions of like names in `hecon.survival.special` do in several.
compiled_exp_along = _kept(_exp_of_rows, _read, _rows, _read)
compiled_double_exp_along = _kept(_double_exp_of_rows, _read, _rows, _read, _read)
compiled_normal_tail_along = _kept(_tail_of_rows, _read, _rows, _read, _read)
compiled_smaller_along = _kept(_smaller_of_rows, _read_rows, _read_rows, _types.float64, _rows, _rows)


def compiled_by() -> str:
    """What compiled the kernels, as it is printed with the versions of an export."""
    return f"numba {numba.__version__}"


def compiled_exp(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """e to the x; in place if `out` is x.

    >>> compiled_exp(np.array([0.0, -np.inf]))
    array([1., 0.])
    """
    return _on(_exp, x, out)


def compiled_normal_tail(z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Phi(-z), the normal probability above z; in place if `out` is z.

    >>> compiled_normal_tail(np.array([-np.inf, 0.0, np.inf])).round(12)
    array([1. , 0.5, 0. ])
    """
    return _on(_tail, z, out)


def _on(kernel: Any, x: np.ndarray, out: np.ndarray | None) -> np.ndarray:
    # One array in and out: of two the compiler must fear that they overlap, and goes number by number where they do.
    found = out if out is not None and out.flags.c_contiguous else np.empty(np.shape(x))
    if found is not x:
        found[...] = x
    kernel(found.reshape(-1))
    if out is None or found is out:
        return found
    out[...] = found
    return out
