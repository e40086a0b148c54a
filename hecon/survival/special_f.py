"""Tails and densities of the generalised F: log time = mu + sigma w; with P = 0 the generalised gamma.

Below `NEAR_LIMIT` the incomplete beta function loses digits (its second argument is 2 / P), and the distribution is
taken as a mixture of its two ends, P = 0 and P = NEAR_LIMIT: the error is below 1e-10. Elementwise, as `special`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hecon.survival.special import (
    LOG_2,
    LOG_SQRT_TWO_PI,
    TINY,
    generalised_gamma_at_log_tail,
    generalised_gamma_log_density,
    generalised_gamma_log_tail,
    generalised_gamma_score,
    generalised_gamma_tail,
    laid_out,
    log_gamma_star,
)

#: Below this P a generalised F is computed from its distance to the generalised gamma.
NEAR_LIMIT = 1e-5
#: Below this P the other end of the mixture changes no digit.
NEGLIGIBLE = 1e-12


def shapes(q: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give (delta, s1, s2): delta w is the logarithm of an F variate with 2 s1 and 2 s2 degrees of freedom.

    delta = sqrt(Q^2 + 2 P), s1 = 2 / (delta (delta + Q)), s2 = 2 / (delta (delta - Q)), without cancellation; `p` at
    least `NEAR_LIMIT`.
    """
    q, p = laid_out(q, p)
    p = np.maximum(p, NEAR_LIMIT)
    delta = np.sqrt(q * q + 2 * p)
    large = delta + np.abs(q)
    near, far = 2 / (delta * large), large / (delta * p)
    return delta, np.where(q >= 0, near, far), np.where(q >= 0, far, near)


def log_density(w: np.ndarray, q: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Logarithm of the density of `w`."""
    w, q, p = laid_out(w, q, p)
    delta, s1, s2 = shapes(q, p)
    result = _log_beta_power(delta * w, s1, s2) + np.log(delta)
    return _mixed_logs(result, p, lambda at: generalised_gamma_log_density(w[at], q[at]))


def score(w: np.ndarray, q: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivative in `w` of the logarithm of its density."""
    from scipy import special

    w, q, p = laid_out(w, q, p)
    delta, s1, s2 = shapes(q, p)
    share = s1 / (s1 + s2)
    # Multiplied by exp(-z) where z is large, so that nothing overflows.
    early, late = np.expm1(np.minimum(delta * w, 0.0)), -np.expm1(-np.maximum(delta * w, 0.0))
    grown = np.where(w > 0, late / (1 + (share - 1) * late), early / (1 + share * early))
    first = -delta * s1 * s2 / (s1 + s2) * grown
    place = special.expit(delta * w + np.log(s1) - np.log(s2))
    second = -(delta**2) * (s1 + s2) * place * special.expit(-(delta * w + np.log(s1) - np.log(s2)))
    near = p < NEAR_LIMIT
    if near.any():
        limit, slope = generalised_gamma_score(w[near], q[near])
        own = np.log(p[near] / NEAR_LIMIT + TINY) + _log_beta_power((delta * w)[near], s1[near], s2[near])
        other = np.log1p(-p[near] / NEAR_LIMIT) + generalised_gamma_log_density(w[near], q[near])
        part = special.expit(own + np.log(delta[near]) - other)
        mean = part * first[near] + (1 - part) * limit
        squares = part * (second[near] + first[near] ** 2) + (1 - part) * (slope + limit**2)
        first[near], second[near] = mean, squares - mean**2
    return first, second


def tail(w: np.ndarray, q: np.ndarray, p: np.ndarray) -> np.ndarray:
    """S of a generalised F at standardised log time `w`: I(s2, s1) at s2 / (s2 + s1 exp(delta w))."""
    w, q, p = laid_out(w, q, p)
    delta, s1, s2 = shapes(q, p)
    tail = _beta_tail(np.where(p < NEGLIGIBLE, np.inf, delta * w + np.log(s1) - np.log(s2)), s1, s2)
    near = p < NEAR_LIMIT
    if near.any():
        part = np.where(p[near] < NEGLIGIBLE, 0.0, p[near] / NEAR_LIMIT)
        tail[near] = part * tail[near] + (1 - part) * generalised_gamma_tail(w[near], q[near])
    return tail


def log_tail(w: np.ndarray, q: np.ndarray, p: np.ndarray) -> np.ndarray:
    """log S of a generalised F at standardised log time `w`."""
    from scipy import special

    w, q, p = laid_out(w, q, p)
    delta, s1, s2 = shapes(q, p)
    z = delta * w
    above = np.where(p < NEGLIGIBLE, np.inf, z + np.log(s1) - np.log(s2))
    tail = _beta_tail(above, s1, s2)
    result = np.log(np.maximum(tail, TINY))
    likely, lost = tail > 0.5, (tail < 1e-290) & (p >= NEGLIGIBLE)
    result[likely] = np.log1p(-_beta_tail(-above[likely], s2[likely], s1[likely]))
    if lost.any():
        result[lost] = _log_far_beta(z[lost], s1[lost], s2[lost], special.expit(-above[lost]))
    return _mixed_logs(result, p, lambda at: generalised_gamma_log_tail(w[at], q[at]))


def at_log_tail(wanted: np.ndarray, q: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Give the standardised log time at which log S is `wanted`, from the smaller of both tails."""
    from scipy import special

    wanted, q, p = laid_out(wanted, q, p)
    delta, s1, s2 = shapes(q, p)
    late = wanted < -LOG_2
    share = np.where(late, np.exp(wanted), -np.expm1(wanted))
    place = np.where(late, special.betainccinv(s1, s2, share), special.betaincinv(s1, s2, share))
    left = np.where(late, special.betaincinv(s2, s1, share), special.betainccinv(s2, s1, share))
    odds = np.where(place < 0.5, special.logit(place), -special.logit(left))
    w = (odds - np.log(s1) + np.log(s2)) / delta
    near = (p < NEAR_LIMIT) & np.isfinite(w)
    if near.any():
        target, own, part = wanted[near], (q[near], p[near]), p[near] / NEAR_LIMIT
        guess = part * w[near] + (1 - part) * generalised_gamma_at_log_tail(target, q[near])
        for _ in range(3):  # Newton's method, from an error below 1e-9
            reached = log_tail(guess, *own)
            guess = guess + (reached - target) / np.exp(log_density(guess, *own) - reached)
        w[near] = guess
    return w


def _beta_tail(above: np.ndarray, s1: np.ndarray, s2: np.ndarray) -> np.ndarray:
    """I(s2, s1) at 1 / (1 + exp(above)), from the smaller of this place and its complement."""
    from scipy import special

    low = above < 0
    tail = np.zeros(above.shape)
    tail[low] = special.betaincc(s1[low], s2[low], special.expit(above[low]))
    high = ~low & (above < np.inf)
    tail[high] = special.betainc(s2[high], s1[high], special.expit(-above[high]))
    return tail


def _mixed_logs(logs: np.ndarray, p: np.ndarray, limit: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Mix, on the log scale, what holds at P = NEAR_LIMIT with what holds at P = 0, where P lies between."""
    near = p < NEAR_LIMIT
    if near.any():
        part = np.where(p[near] < NEGLIGIBLE, 0.0, p[near] / NEAR_LIMIT)
        one, two = logs[near], limit(near)
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = np.where(one == two, 0.0, one - two)
            far = np.logaddexp(np.log(part) + one, np.log1p(-part) + two)
        close = two + np.log1p(part * np.expm1(np.clip(apart, -1.0, 1.0)))  # 0 stays 0
        logs[near] = np.where(np.abs(apart) < 1, close, far)
    return logs


def _log_beta_power(z: np.ndarray, s1: np.ndarray, s2: np.ndarray) -> np.ndarray:
    """log(x^s1 (1 - x)^s2 / B(s1, s2)) at x = s1 exp(z) / (s2 + s1 exp(z)), without cancellation for large s."""
    share = s1 / (s1 + s2)
    early, late = np.minimum(z, 1.0), np.maximum(z, 1.0)
    grown = np.log1p(share * np.expm1(early))
    grown = np.where(z > 1.0, late + np.log(share + (1 - share) * np.exp(-late)), grown)
    distance = (s1 + s2) * grown - s1 * z
    stirling = log_gamma_star(s1) + log_gamma_star(s2) - log_gamma_star(s1 + s2)
    return -distance - LOG_SQRT_TWO_PI - (np.log(s1 + s2) - np.log(s1) - np.log(s2)) / 2 - stirling


def _log_far_beta(z: np.ndarray, s1: np.ndarray, s2: np.ndarray, left: np.ndarray) -> np.ndarray:
    """log I(s2, s1) at a small `left`: the continued fraction (DLMF 8.17.22), from its end."""
    fraction = np.ones(left.shape)
    for m in range(100, 0, -1):
        odd = -(s2 + m) * (s1 + s2 + m) * left / ((s2 + 2 * m) * (s2 + 2 * m + 1))
        even = m * (s1 - m) * left / ((s2 + 2 * m - 1) * (s2 + 2 * m))
        fraction = 1 + even / (1 + odd / fraction)
    fraction = 1 - s2 * (s1 + s2) * left / (s2 * (s2 + 1)) / fraction
    return _log_beta_power(np.minimum(z, 700.0), s1, s2) - np.log(s2) - np.log(fraction)
