"""The cost of a dose from packs of several sizes: cheapest whole packs, or shared vials.

An amount, a pack size and a body size times a dose are in one unit (mg). Arrays are plain numpy; an
amount and the leading dimensions of the prices broadcast. Every operation is element by element, or adds in a
fixed order, so a draw costs the same to the last bit in any block of draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np

from hecon.errors import LineError
from hecon.frozen import frozen
from hecon.symbols.expression import is_symbolic

#: Relative shortfall that still counts as covered: 800.0000001 mg are eight packs of 100 mg, not nine.
SAME_AMOUNT = 1e-9
#: Standard deviations on the log scale beyond which a body size has no weight (probability 1e-19).
FURTHEST = 9.0
_MOST_TOTALS = 100_000

Numbers = float | Sequence[float] | np.ndarray


def cheapest(amount: Numbers, sizes: Sequence[float], prices: Numbers) -> np.ndarray:
    """Cost of the cheapest whole packs that together hold at least `amount`; what is left over is wasted.

    C(a) = min over n of sum_j n_j price_j, subject to sum_j n_j size_j >= a (1 - 1e-9), n_j = 0, 1, 2, ...
    (a shortfall of 1e-9 of the amount, or of the smallest pack if that is more, counts as rounding).

    The minimum is exact (dynamic programming over the totals that whole packs can hold, so sizes need not be
    whole numbers). `prices` has the packs on its last dimension; the dimensions before it, such as
    draws, broadcast against `amount`. Raises `LineError` for amounts, sizes or prices that make no sense.

    >>> cheapest([800, 801], sizes=[100, 500], prices=[650, 3250]).tolist()
    [5200.0, 5850.0]
    """
    amounts, packs, costs = _amounts(amount), _sizes(sizes), _prices(prices, len(sizes))
    totals, cost = _cost_by_total(packs, costs, float(amounts.max(initial=0.0)))
    covered = np.searchsorted(totals, amounts - SAME_AMOUNT * np.maximum(amounts, min(packs)))
    if cost.ndim == 1:
        return cost[covered]
    shape = np.broadcast_shapes(covered.shape, cost.shape[1:])
    by_total = np.broadcast_to(cost.reshape(len(cost), *_leading_ones(cost, shape)), (len(cost), *shape))
    return np.take_along_axis(by_total, np.broadcast_to(covered, shape)[None], axis=0)[0]


def shared(amount: Numbers, sizes: Sequence[float], prices: Numbers) -> np.ndarray:
    """Cost of `amount` where the rest of a vial serves the next patient: amount x the lowest price per unit.

    >>> shared(801, sizes=[100, 500], prices=[650, 3250]).item()
    5206.5
    """
    amounts, packs, costs = _amounts(amount), _sizes(sizes), _prices(prices, len(sizes))
    return amounts * (costs / np.array(packs)).min(axis=-1)


@frozen
class BodySize:
    """Body weight or surface area over patients: lognormal with a given mean and standard deviation.

    s^2 = log(1 + (sd/mean)^2), m = log(mean) - s^2/2; lognormal so that every size is positive. Where the
    standard deviation is 0 everybody has the mean.

    >>> BodySize(80, 16).limited_mean(90).round(4).item()
    77.1487
    """

    mean: Numbers
    sd: Numbers

    def __post_init__(self) -> None:
        if is_symbolic(self.mean, self.sd):
            return
        mean, sd = np.asarray(self.mean, dtype=float), np.asarray(self.sd, dtype=float)
        if not (np.all(mean > 0) and np.all(np.isfinite(mean)) and np.all(sd >= 0) and np.all(np.isfinite(sd))):
            raise LineError("a body size needs a mean above 0 and a standard deviation of at least 0")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "sd", sd)

    @cached_property
    def _log_sd(self) -> np.ndarray:
        """Standard deviation of the logarithm; 1 where there is no spread, and not used there."""
        mean, sd = np.asarray(self.mean), np.asarray(self.sd)
        return np.where(sd > 0, np.sqrt(np.log1p((np.where(sd > 0, sd, mean) / mean) ** 2)), 1.0)

    @cached_property
    def _log_mean(self) -> np.ndarray:
        return np.log(np.asarray(self.mean)) - self._log_sd**2 / 2

    @property
    def furthest(self) -> np.ndarray:
        """Size beyond which nobody is: 9 standard deviations on the log scale; without spread the mean."""
        beyond = np.exp(self._log_mean + FURTHEST * self._log_sd)
        return np.where(np.asarray(self.sd) > 0, beyond, np.asarray(self.mean))

    def above(self, size: Numbers) -> np.ndarray:
        """Share of patients above a size (which must be above 0): 1 - Phi((log size - m) / s)."""
        return self.above_log(np.log(np.asarray(size, dtype=float)))

    def above_log(self, log_size: np.ndarray) -> np.ndarray:
        """Share of patients whose logarithm of size is above a value."""
        from scipy.special import ndtr

        z = (log_size - self._log_mean) / self._log_sd
        share = np.where(z < FURTHEST, ndtr(-z), 0.0)
        some = np.asarray(self.sd) > 0
        if some.all():
            return share
        point = np.log(np.asarray(self.mean)) > log_size + SAME_AMOUNT
        return np.where(some, share, point.astype(float))

    def limited_mean(self, cap: Numbers) -> np.ndarray:
        """Mean of min(size, cap) = mean Phi(z - s) + cap (1 - Phi(z)), z = (log cap - m) / s."""
        from scipy.special import ndtr

        mean, cap = np.asarray(self.mean), np.asarray(cap, dtype=float)
        bounded = np.where(np.isfinite(cap), cap, 1.0)
        z = (np.log(bounded) - self._log_mean) / self._log_sd
        limited = mean * ndtr(z - self._log_sd) + bounded * ndtr(-z)
        limited = np.where(np.asarray(self.sd) > 0, limited, np.minimum(mean, bounded))
        return np.where(np.isfinite(cap), limited, mean)


def expected_cheapest(
    body: BodySize, per_size: Numbers, cap: Numbers, sizes: Sequence[float], prices: Numbers
) -> np.ndarray:
    """Mean of `cheapest` over patients whose amount is per_size x min(body size, cap).

    The cost is a step function of the amount, so its mean is a finite sum, without any grid of body sizes:
    E[C] = sum_i (C_(i+1) - C_i) P(amount > t_i) over the totals t_0 = 0 < t_1 < ... that whole packs hold.
    A cap puts all larger patients at one amount. `cap` may be infinite.

    >>> expected_cheapest(BodySize(80, 0), 10, np.inf, [100, 500], [650, 3250]).item()
    5200.0
    """
    packs, costs = _sizes(sizes), _prices(prices, len(sizes))
    rate, cap = _amounts(per_size), np.asarray(cap, dtype=float)
    given = (rate > 0) & (cap > 0)
    cap = np.where(cap > 0, cap, np.inf)
    rate = np.where(rate > 0, rate, 1.0)
    most = rate * np.minimum(cap, body.furthest)
    totals, cost = _cost_by_total(packs, costs, float(np.max(most, initial=0.0)))
    lead = np.broadcast_shapes(most.shape, cost.shape[1:])
    used = int(np.searchsorted(totals, np.max(most, initial=0.0))) + 1  # nobody needs more
    levels = totals[: used - 1].reshape(-1, *(1,) * len(lead))
    rise = np.diff(cost[:used], axis=0).reshape(len(levels), *_leading_ones(cost, lead))
    above = np.ones((len(levels), *lead))
    beyond = body.above_log(np.log(levels[1:]) - np.log(rate))
    above[1:] = np.where(levels[1:] * (1 + SAME_AMOUNT) < rate * cap, beyond, 0.0)
    expected = np.zeros(np.broadcast_shapes(rise.shape, above.shape)[1:])
    for step, share in zip(rise, above, strict=True):  # in order: sum() may add otherwise by the shape of a block
        expected += step * share
    return np.where(given, expected, 0.0)


def expected_shared(
    body: BodySize, per_size: Numbers, cap: Numbers, sizes: Sequence[float], prices: Numbers
) -> np.ndarray:
    """Mean of `shared` over patients whose amount is per_size x min(body size, cap).

    >>> expected_shared(BodySize(80, 16), 10, np.inf, [100, 500], [650, 3250]).item()
    5200.0
    """
    return shared(_amounts(per_size) * body.limited_mean(cap), sizes, prices)


def _cost_by_total(sizes: tuple[float, ...], prices: np.ndarray, largest: float) -> tuple[np.ndarray, np.ndarray]:
    """Totals that packs can hold, up to `largest` at least, and the least cost of each: (totals, ...)."""
    limit = table_reach(sizes, largest)
    if prices.ndim == 1:
        return _kept_table(sizes, tuple(prices.tolist()), limit)
    return _table(sizes, prices, limit)


def table_reach(sizes: tuple[float, ...], largest: float) -> float:
    """Give how far a table of totals reaches for doses up to `largest`.

    It grows in powers of two: few tables are kept, and which draws share a block changes none.
    """
    biggest = max(sizes)
    return biggest * 2.0 ** max(0, math.ceil(math.log2(max(largest, biggest) / biggest)))


@lru_cache(maxsize=512)
def _kept_table(sizes: tuple[float, ...], prices: tuple[float, ...], limit: float) -> tuple[np.ndarray, np.ndarray]:
    return _table(sizes, np.array(prices), limit)


def _table(sizes: tuple[float, ...], prices: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    totals, before = totals_of(sizes, limit)
    by_pack = np.moveaxis(prices, -1, 0)
    cost = np.zeros((len(totals), *by_pack.shape[1:]))
    for place in range(1, len(totals)):
        cost[place] = (by_pack + cost[before[place]]).min(axis=0)
    return totals, cost


@lru_cache(maxsize=512)
def totals_of(sizes: tuple[float, ...], limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the totals that packs can hold, to beyond `limit`; and for each pack size the total still needed after one.

    The totals are all that matter of the grid of the greatest common divisor of the sizes, and stay few
    where that divisor is tiny.
    """
    reach, tolerance = limit + max(sizes), SAME_AMOUNT * min(sizes)
    totals = np.zeros(1)
    for size in sizes:
        step = size
        while step <= reach + tolerance:  # 1, 2, 4, ... packs more: together any number of them
            more = totals + step
            totals = np.sort(np.concatenate([totals, more[more <= reach + tolerance]]))
            totals = totals[np.concatenate([[True], np.diff(totals) > tolerance])]
            if len(totals) > _MOST_TOTALS:
                named = ", ".join(f"{one:g}" for one in sizes)
                raise LineError(
                    f"a dose of up to {limit:.6g} from packs of {named} has more than {_MOST_TOTALS:,} "
                    "pack combinations; check the units of dose, packs and body size"
                )
            step *= 2
    before = np.searchsorted(totals, totals[:, None] - np.array(sizes) - tolerance)
    return totals, before


def _leading_ones(cost: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the cost per total without its first dimension, aligned to the right of `shape`."""
    return (1,) * (len(shape) - (cost.ndim - 1)) + cost.shape[1:]


def _amounts(amount: Numbers) -> np.ndarray:
    amounts = np.asarray(amount, dtype=float)
    wrong = ~(np.isfinite(amounts) & (amounts >= 0))
    if wrong.any():
        raise LineError(f"a dose is {amounts[wrong].flat[0]:g}; it must be a finite number of at least 0")
    return amounts


def _sizes(sizes: Sequence[float]) -> tuple[float, ...]:
    packs = tuple(float(size) for size in sizes)
    if not packs:
        raise LineError("a dose needs at least one pack size")
    for size in packs:
        if not (math.isfinite(size) and size > 0):
            raise LineError(f"a pack size is {size:g}; it must be above 0")
    return packs


def _prices(prices: Numbers, packs: int) -> np.ndarray:
    costs = np.asarray(prices, dtype=float)
    if costs.ndim == 0 or costs.shape[-1] != packs:
        raise LineError(f"{packs} pack sizes need {packs} prices on the last dimension, not shape {costs.shape}")
    wrong = ~(np.isfinite(costs) & (costs >= 0))
    if wrong.any():
        raise LineError(f"a pack price is {costs[wrong].flat[0]:g}; it must be a finite number of at least 0")
    return costs
