"""The one door to scipy.special: normal and gamma tails, their logarithms and inverses, precise far out.

Every function is elementwise. scipy is loaded at the first call, so that importing hecon stays fast.

Two functions go beyond scipy. The logarithm of a gamma tail below the smallest number is taken from its continued
fraction or series. And the generalised gamma near the lognormal (`near_normal_log_tail`), where scipy's gamma
tail would need exp(Q w) / Q^2 with more digits than a number has, is Temme's uniform expansion: N. M. Temme,
"The asymptotic expansion of the incomplete gamma functions", SIAM J. Math. Anal. 10 (1979) 757; coefficients by
the recurrences of A. R. DiDonato and A. H. Morris, ACM Trans. Math. Softw. 12 (1986) 377, section 4.
"""

from __future__ import annotations

import importlib
import os
from fractions import Fraction
from functools import cache
from math import factorial
from types import ModuleType

import numpy as np

from hecon.errors import HeconError
from hecon.symbols.functions import polynomial

#: The environment variable that chooses what evaluates curves: numpy, or numba (by default, if it is installed).
_KERNELS = "HECON_KERNELS"
#: Stands in for time 0 where a formula needs a positive time.
TINY = 1e-300
#: Below this |Q| a generalised gamma is computed from its distance to the lognormal.
NEAR_NORMAL = 0.02
#: Coefficients of (exp(v) - 1 - v) / (v^2 / 2) in v.
EXCESS = tuple(2 / factorial(power + 2) for power in range(20))
LOG_SQRT_TWO_PI = 0.9189385332046727418
LOG_2 = 0.6931471805599453094


@cache
def _compiled() -> ModuleType | None:
    """The compiled kernels of the extra ``hecon[fast]``; None without it, or where HECON_KERNELS is numpy."""
    wanted = os.environ.get(_KERNELS, "").strip()
    if wanted not in ("", "numpy", "numba"):
        raise HeconError(f"the environment variable {_KERNELS} is {wanted!r}; it must be numpy, numba, or nothing")
    if wanted == "numpy":
        return None
    try:
        return importlib.import_module("hecon.survival.compiled")
    except ImportError as missing:
        if wanted:
            rule = f"{_KERNELS} is numba, which needs the extra: pip install 'hecon[fast]'"
            raise HeconError(f"{rule} ({missing})") from None
        return None


def kernels() -> str:
    """Name what evaluates exp and the normal tail of curves; results are promised to the bit for one and the same.

    >>> kernels()  # doctest: +SKIP
    'numpy 2.4.6'
    """
    compiled = _compiled()
    return str(compiled.compiled_by()) if compiled else f"numpy {np.__version__}"


def fast_exp(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """e to the x, where whole curves are evaluated; in place if `out` is x."""
    compiled = _compiled()
    if compiled is None or x.dtype != float:
        return np.exp(x, out=out)
    return compiled.compiled_exp(x, out)


def normal_tail(z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Phi(-z), the normal probability above z; in place if `out` is z."""
    compiled = _compiled()
    if compiled is not None and z.dtype == float:
        return compiled.compiled_normal_tail(z, out)
    from scipy import special

    return special.ndtr(np.negative(z, out=out), out=out)


# --- survival along time: `out` (..., times) filled from times and from parameters (..., 1) ---


def exp_along(t: np.ndarray, out: np.ndarray, rate: np.ndarray) -> None:
    """e to the rate t."""
    if not _filled("compiled_exp_along", t, out, rate):
        fast_exp(np.multiply(rate, t, out=out), out=out)


def double_exp_along(log_t: np.ndarray, out: np.ndarray, location: np.ndarray, slope: np.ndarray) -> None:
    """exp(-exp(u)) with u = (log t - location) slope."""
    if not _filled("compiled_double_exp_along", log_t, out, location, slope):
        fast_exp(np.multiply(np.subtract(log_t, location, out=out), slope, out=out), out=out)
        fast_exp(np.negative(out, out=out), out=out)


def normal_tail_along(log_t: np.ndarray, out: np.ndarray, location: np.ndarray, slope: np.ndarray) -> None:
    """Phi(-z) with z = (log t - location) slope."""
    if not _filled("compiled_normal_tail_along", log_t, out, location, slope):
        # -z at once: the same number, and one pass less.
        _normal_below(np.multiply(np.subtract(location, log_t, out=out), slope, out=out))


def smaller_along(one: np.ndarray, other: np.ndarray, same: float, out: np.ndarray) -> np.ndarray | None:
    """The smaller of two curves, and by row how often and how far the first is above by more than `same`, and where.

    (3, rows): edges, the widest gap, the first edge. None, and nothing done, without the compiled kernels.
    """
    compiled = _compiled()
    if compiled is None or not all(array.flags.c_contiguous and array.dtype == float for array in (one, other, out)):
        return None
    rows = [array.reshape(-1, out.shape[-1]) for array in (one, other, out)]
    found = np.empty((3, len(rows[0])))
    compiled.compiled_smaller_along(rows[0], rows[1], same, rows[2], found)
    return found


def _filled(kernel: str, times: np.ndarray, out: np.ndarray, *columns: np.ndarray) -> bool:
    """Fill `out` by a compiled kernel, in one pass; False where there is none, or none for such arrays."""
    compiled = _compiled()
    if compiled is None or out.ndim != 2 or times.ndim != 1 or out.dtype != float or not out.flags.c_contiguous:
        return False
    getattr(compiled, kernel)(times, out, *(np.ascontiguousarray(column[:, 0]) for column in columns))
    return True


def _normal_below(y: np.ndarray) -> None:
    """Phi(y), in place."""
    compiled = _compiled()
    if compiled is not None and y.dtype == float:
        compiled.compiled_normal_tail(np.negative(y, out=y), y)
        return
    from scipy import special

    special.ndtr(y, out=y)


def normal_log_tail(z: np.ndarray) -> np.ndarray:
    """log Phi(-z)."""
    from scipy import special

    return special.log_ndtr(-z)


def normal_hazard(z: np.ndarray) -> np.ndarray:
    """Normal density over tail, phi(z) / Phi(-z)."""
    from scipy import special

    # phi(z) / Phi(-z) = sqrt(2 / pi) / erfcx(z / sqrt 2): nothing large cancels in the upper tail.
    scaled_tail = special.erfcx(z * np.sqrt(0.5))
    return np.sqrt(2 / np.pi) / scaled_tail


def normal_at_log_tail(log_tail: np.ndarray) -> np.ndarray:
    """Give the z with log Phi(-z) = log_tail."""
    from scipy import special

    upper = -special.ndtri_exp(np.minimum(log_tail, -0.5))
    return np.where(log_tail < -0.5, upper, special.ndtri(-np.expm1(np.maximum(log_tail, -0.5))))


def gamma_tail(a: np.ndarray, x: np.ndarray, *, upper: bool) -> np.ndarray:
    """Regularised incomplete gamma function: Q(a, x) if `upper`, else P(a, x)."""
    from scipy import special

    return (special.gammaincc if upper else special.gammainc)(a, x)


def gamma_log_tail(a: np.ndarray, log_ratio: np.ndarray, *, upper: bool) -> np.ndarray:
    """Give log Q(a, x) if `upper`, else log P(a, x), at x = a exp(log_ratio)."""
    a, log_ratio = laid_out(a, log_ratio)
    x = a * np.exp(log_ratio)
    tail = gamma_tail(a, x, upper=upper)
    result = np.log(np.maximum(tail, TINY))
    likely, lost = tail > 0.5, tail < 1e-290
    result[likely] = np.log1p(-gamma_tail(a[likely], x[likely], upper=not upper))
    if lost.any():
        far = _log_far_upper if upper else _log_far_lower
        result[lost] = far(a[lost], log_ratio[lost])
    return result


def gamma_at_log_tail(a: np.ndarray, log_tail: np.ndarray, *, upper: bool) -> np.ndarray:
    """Give the x at which log Q(a, x) if `upper`, else log P(a, x), is `log_tail`; from the smaller of both tails."""
    from scipy import special

    inverse, complement = special.gammainccinv, special.gammaincinv
    if not upper:
        inverse, complement = complement, inverse
    return np.where(log_tail < -LOG_2, inverse(a, np.exp(log_tail)), complement(a, -np.expm1(log_tail)))


def _log_far_upper(a: np.ndarray, log_ratio: np.ndarray) -> np.ndarray:
    """log Q(a, x) for x far above a: Legendre's continued fraction, from its end."""
    x = a * np.exp(np.minimum(log_ratio, 700.0))
    fraction = x + 1.0
    for step in range(150, 0, -1):
        fraction = x + 2 * step - 1 - a - step * (step - a) / fraction
    return log_gamma_power(a, log_ratio) - np.log(fraction)


def _log_far_lower(a: np.ndarray, log_ratio: np.ndarray) -> np.ndarray:
    """log P(a, x) for x far below a: its power series."""
    x = a * np.exp(log_ratio)
    total = term = np.ones(x.shape)
    for step in range(1, 400):
        term = term * (x / (a + step))
        total = total + term
    return log_gamma_power(a, log_ratio) - np.log(a) + np.log(total)


def log_gamma_power(a: np.ndarray, log_ratio: np.ndarray) -> np.ndarray:
    """log(x^a exp(-x) / Gamma(a)) at x = a exp(log_ratio), without cancellation for large a."""
    return np.log(a) / 2 - LOG_SQRT_TWO_PI - log_gamma_star(a) - a * _excess(log_ratio)


def log_gamma_star(a: np.ndarray) -> np.ndarray:
    """Logarithm of Gamma(a) over Stirling's formula sqrt(2 pi / a) (a / e)^a; 0 at infinity."""
    from scipy import special

    big = np.maximum(a, 10.0)
    inverse_square = big**-2.0
    coefficients = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
    series = polynomial(coefficients, inverse_square) / big
    small = np.minimum(a, 10.0)
    direct = special.gammaln(small) - (small - 0.5) * np.log(small) + small - LOG_SQRT_TWO_PI
    return np.where(a >= 10.0, series, direct)


def _excess(v: np.ndarray) -> np.ndarray:
    """exp(v) - 1 - v."""
    return v * v / 2 * _scaled_excess(v)


def _scaled_excess(v: np.ndarray) -> np.ndarray:
    """(exp(v) - 1 - v) / (v^2 / 2), which is 1 at 0."""
    near = np.clip(v, -1.0, 1.0)
    series = polynomial(EXCESS, near)
    far = np.where(np.abs(v) < 1, 1.0, v)
    # The two terms apart, so that a v of -1e200 does not overflow.
    return np.where(np.abs(v) < 1, series, 2 * (np.expm1(far) / far - 1) / far)


# --- the generalised gamma: log time = mu + sigma w ---


def generalised_gamma_log_tail(w: np.ndarray, q: np.ndarray) -> np.ndarray:
    """log S of a generalised gamma with shape `q` at standardised log time `w`."""
    w, q = laid_out(w, q)
    near = np.abs(q) < NEAR_NORMAL
    result = np.empty(w.shape)
    result[near] = near_normal_log_tail(w[near], q[near])
    for upper, part in ((True, (q > 0) & ~near), (False, (q < 0) & ~near)):
        if part.any():
            result[part] = gamma_log_tail(q[part] ** -2.0, q[part] * w[part], upper=upper)
    return result


def generalised_gamma_tail(w: np.ndarray, q: np.ndarray) -> np.ndarray:
    """S of a generalised gamma with shape `q` at standardised log time `w`."""
    w, q = laid_out(w, q)
    near = np.abs(q) < NEAR_NORMAL
    result = np.empty(w.shape)
    result[near] = np.exp(near_normal_log_tail(w[near], q[near]))
    for upper, part in ((True, (q > 0) & ~near), (False, (q < 0) & ~near)):
        if part.any():
            a = q[part] ** -2.0
            result[part] = gamma_tail(a, a * np.exp(q[part] * w[part]), upper=upper)
    return result


def generalised_gamma_log_density(w: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Logarithm of the density of `w`: phi(y) / Gamma*(1 / q^2), with y as in `near_normal_log_tail`."""
    w, q = laid_out(w, q)
    y = _normal_scale(w, q)
    safe = np.where(np.abs(q) < 1e-100, 1e-100, q)
    return -y * y / 2 - LOG_SQRT_TWO_PI - log_gamma_star(safe**-2.0)


def generalised_gamma_score(w: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivative in `w` of the logarithm of its density: -(exp(Q w) - 1) / Q and -exp(Q w)."""
    w, q = laid_out(w, q)
    v = np.minimum(q * w, 700.0)
    return np.where(q == 0, -w, -np.expm1(v) / np.where(q == 0, 1.0, q)), -np.exp(v)


def generalised_gamma_at_log_tail(log_tail: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Give the standardised log time at which log S is `log_tail`."""
    log_tail, q = laid_out(log_tail, q)
    near = np.abs(q) < NEAR_NORMAL
    result = np.empty(q.shape)
    result[near] = _near_normal_at_log_tail(log_tail[near], q[near])
    for upper, part in ((True, (q > 0) & ~near), (False, (q < 0) & ~near)):
        if part.any():
            a = q[part] ** -2.0
            result[part] = np.log(gamma_at_log_tail(a, log_tail[part], upper=upper) / a) / q[part]
    return result


def near_normal_log_tail(w: np.ndarray, q: np.ndarray) -> np.ndarray:
    """log S of a generalised gamma for small |q| (0 included).

    S = Phi(-y) + q phi(y) (C0(q y) + q^2 C1(q y) + q^4 C2(q y)), where y^2 / 2 = (exp(q w) - 1 - q w) / q^2 and y has
    the sign of w. At q = 0 this is the normal distribution; for |q| < 0.02 the terms left out are below 1e-15.
    """
    w = np.clip(w, -1e4, 1e4)
    y = _normal_scale(w, q)
    eta = q * y
    near = np.clip(eta, -1.0, 1.0)
    series = [polynomial(coefficients, near) for coefficients in temme_coefficients()]
    correction = series[0] + q**2 * (series[1] + q**2 * series[2])
    # Beyond |eta| = 1 (y above 50, S below 1e-500) the leading coefficient in closed form is enough.
    far = np.abs(eta) > 1
    correction[far] = 1 / np.expm1(q[far] * w[far]) - 1 / eta[far]
    return normal_log_tail(y) + np.log1p(q * correction * normal_hazard(y))


def _near_normal_at_log_tail(log_tail: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Newton's method on the smaller of S and 1 - S, from the normal distribution; always eight steps."""
    late = log_tail < -LOG_2
    fallen = np.log(-np.expm1(log_tail))
    target = np.clip(np.where(late, log_tail, fallen), -1e5, None)
    turned = np.where(late, q, -q)  # -w has the generalised gamma distribution with -q
    w = normal_at_log_tail(target)
    for _ in range(8):
        reached = near_normal_log_tail(w, turned)
        w = w + (reached - target) / np.exp(generalised_gamma_log_density(w, turned) - reached)
    w = np.where(late, w, -w)
    return np.where(np.isneginf(log_tail), np.inf, np.where(log_tail == 0, -np.inf, w))


def _normal_scale(w: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Give y with y^2 / 2 = (exp(q w) - 1 - q w) / q^2 and the sign of w; w itself at q = 0."""
    v = np.where(q == 0, 0.0, q) * np.clip(w, -1e300, 1e300)
    return w * np.sqrt(_scaled_excess(v))


@cache
def temme_coefficients() -> tuple[tuple[float, ...], ...]:
    """Give the Taylor coefficients of C0, C1 and C2 in eta, exact fractions rounded once."""
    terms = 26
    inverse = [Fraction(0), Fraction(1), Fraction(1, 3)]  # x / a - 1 as a series in eta
    for n in range(3, terms + 6):
        crossed = sum(j * inverse[j] * inverse[n - j + 1] for j in range(2, n))
        inverse.append((inverse[n - 1] - crossed) / (n + 1))
    first = [Fraction(-1, 3)] + [(n + 2) * inverse[n + 2] for n in range(1, terms + 4)]
    rows = [first]
    for stirling in (Fraction(-1, 12), Fraction(1, 288)):
        before = rows[-1]
        rows.append([stirling * first[n] + (n + 2) * before[n + 2] for n in range(len(before) - 2)])
    return tuple(tuple(float(value) for value in row[:terms]) for row in rows)


def laid_out(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """Broadcast together as contiguous arrays, which index and compute the same in any block."""
    return tuple(np.ascontiguousarray(array) for array in np.broadcast_arrays(*arrays))
