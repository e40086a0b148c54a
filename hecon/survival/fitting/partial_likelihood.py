"""The partial likelihood of Cox's model, with its derivatives, for each way to treat ties."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hecon.frozen import frozen

TIES = ("efron", "breslow", "exact")


@frozen
class Moments:
    """What each event meets: rows are events (or the terms of tied events), all of one stratum.

    `place`: number of the event time; `fraction`: share of the tied events that has left already; `weight` of the
    event; `total`: sum of w exp(x b) at risk; `mean`: the mean of x at risk, weighted so; `square`: that of x x'.
    """

    times: np.ndarray
    place: np.ndarray
    fraction: np.ndarray
    weight: np.ndarray
    total: np.ndarray
    mean: np.ndarray
    square: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """Variance matrix of x at risk, for each event."""
        return self.square - self.mean[:, :, None] * self.mean[:, None, :]


@frozen
class Stratum:
    """Patients compared with one another: times, events, times of entry, weights, covariates (row, covariate)."""

    time: np.ndarray
    event: np.ndarray
    entry: np.ndarray
    weights: np.ndarray
    x: np.ndarray

    def moments(self, b: np.ndarray, ties: str) -> Moments:
        """Give what each event meets, at coefficients `b`."""
        risk = self.weights * np.exp(self.x @ b)
        times = np.unique(self.time[self.event])
        powers = [np.ones(len(risk))[:, None], self.x, (self.x[:, :, None] * self.x[:, None, :]).reshape(len(risk), -1)]
        held = np.concatenate([risk[:, None] * power for power in powers], axis=1)
        # At risk at t: time t or later, entered before t.
        sums = _from(self.time, held, times) - _from(self.entry, held, times)
        place = np.searchsorted(times, self.time[self.event])
        count = np.bincount(place, minlength=len(times))
        tied = np.zeros((len(times), held.shape[1]))
        np.add.at(tied, place, held[self.event])
        weight = np.bincount(place, self.weights[self.event], len(times)) / count
        rows = np.repeat(np.arange(len(times)), count)
        first = np.cumsum(count) - count
        fraction = (np.arange(len(rows)) - first[rows]) / count[rows] if ties == "efron" else np.zeros(len(rows))
        met = sums[rows] - fraction[:, None] * tied[rows]
        size = self.x.shape[1]
        total, rest = met[:, 0], met[:, 1:] / met[:, :1]
        square = rest[:, size:].reshape(-1, size, size)
        return Moments(times, rows, fraction, weight[rows], total, rest[:, :size], square)

    def derivatives(self, b: np.ndarray, ties: str) -> tuple[float, np.ndarray, np.ndarray]:
        """Give the log partial likelihood, its gradient and minus its Hessian."""
        if ties == "exact":
            return self._exact(b)
        met = self.moments(b, ties)
        dying, mass = self.x[self.event], self.weights[self.event]
        value = mass @ (dying @ b) - met.weight @ np.log(met.total)
        gradient = mass @ dying - met.weight @ met.mean
        return float(value), gradient, np.einsum("e,eij->ij", met.weight, met.variance)

    def _exact(self, b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        value, gradient, information = 0.0, np.zeros(len(b)), np.zeros((len(b), len(b)))
        for time in np.unique(self.time[self.event]):
            dying = self.x[(self.time == time) & self.event]
            at_risk = (self.time >= time) & (self.entry < time)
            log_sum, slope, curvature = _subsets(self.x[at_risk], b, len(dying))
            value += float((dying @ b).sum()) - log_sum
            gradient = gradient + dying.sum(axis=0) - slope
            information = information + curvature
        return value, gradient, information

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.time, self.event, self.entry, self.weights, self.x))


def _subsets(x: np.ndarray, b: np.ndarray, size: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Log of the sum of exp(sum x b) over all subsets of a size, with its gradient and Hessian.

    The elementary symmetric functions by Gail, Lubin and Rubinstein (1981), kept as means over the subsets, so that
    nothing overflows: m_k(n) = (n - k) / n m_k(n - 1) + k / n r_n m_(k-1)(n - 1).
    """
    from scipy.special import gammaln

    p = len(b)
    centre = (x @ b).max()
    chance = np.exp(x @ b - centre)
    mean, slope, curve = np.zeros(size + 1), np.zeros((size + 1, p)), np.zeros((size + 1, p, p))
    mean[0] = 1.0
    k = np.arange(size + 1)
    for n, (r, row) in enumerate(zip(chance, x, strict=True), start=1):
        stay, join = np.maximum(n - k, 0) / n, (k * r / n)[1:]
        pair = slope[:-1, :, None] * row
        joined = curve[:-1] + pair + pair.transpose(0, 2, 1) + mean[:-1, None, None] * np.outer(row, row)
        rise = slope[:-1] + mean[:-1, None] * row
        curve, slope = stay[:, None, None] * curve, stay[:, None] * slope
        curve[1:] += join[:, None, None] * joined
        slope[1:] += join[:, None] * rise
        before = mean
        mean = stay * mean
        mean[1:] += join * before[:-1]
    n = len(x)
    count = gammaln(n + 1) - gammaln(size + 1) - gammaln(n - size + 1)
    first = slope[size] / mean[size]
    return (
        float(np.log(mean[size]) + count + size * centre),
        first,
        curve[size] / mean[size] - np.outer(first, first),
    )


def _from(at: np.ndarray, values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Sums of the values whose time is at least each of `times`."""
    order = np.argsort(at, kind="stable")
    tail = np.cumsum(values[order][::-1], axis=0)[::-1]
    sums = np.concatenate([tail, np.zeros((1, values.shape[1]))])
    return sums[np.searchsorted(at[order], times, side="left")]
