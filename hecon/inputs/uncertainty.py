"""Distributions of inputs: from a value and its se or range to draws and quantiles.

Each uncertain number has a random stream of its own, keyed by (seed, parameter, labels) and cut into pages, so
adding an input changes no other draw and any block of draws is reached directly.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hecon.errors import did_you_mean

#: Draws made at once from one stream; part of what a seed means, so it never changes.
PAGE = 4096
#: A range without a standard error is a 95 % interval: this many standard errors to each side.
Z95 = 1.959963984540054
NAMES = ("fixed", "normal", "lognormal", "gamma", "beta", "uniform", "triangular", "pert")


@dataclass(frozen=True)
class Distribution:
    """A distribution of one number, in scipy.stats' parametrisation of `family`."""

    name: str
    family: str
    parameters: tuple[float, ...]
    sample: Callable[[np.random.Generator, int], np.ndarray]

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Value below which a share `p` of the draws falls."""
        import scipy.stats

        return np.asarray(getattr(scipy.stats, self.family).ppf(p, *self.parameters))


def distribution(
    name: str, value: float, low: float = math.nan, high: float = math.nan, se: float = math.nan
) -> Distribution | None:
    """Build the distribution of an input from the cells of its row; None if it is fixed.

    normal, gamma, beta: mean `value`, standard deviation `se` or (high - low) / 3.92. lognormal: with `se` its
    mean is `value` and its standard deviation `se`; with a range it is exp of a normal with mean ln(value) and the
    width of the range, as a hazard ratio is estimated. uniform: low to high. triangular and pert: low, most likely
    `value`, high (their mean is not `value` unless the range is symmetric).

    Raises ValueError in the words of the sheet when the moments are impossible.
    """
    if name in ("", "fixed"):
        return None
    if name not in NAMES:
        raise ValueError(f"distribution '{name}' is not one of {', '.join(NAMES)}.{did_you_mean(name, NAMES)}")
    if name in ("uniform", "triangular", "pert"):
        return _bounded(name, value, low, high)
    if math.isfinite(se):
        if se <= 0:
            raise ValueError(f"se is {se:g}; the se of a {name} distribution is above 0")
        spread = se
    elif math.isfinite(low) and math.isfinite(high):
        if not low < high:
            raise ValueError(f"low is {low:g} and high is {high:g}; low must be below high")
        spread = (high - low) / (2 * Z95)
    else:
        raise ValueError(f"a {name} distribution needs se, or both low and high")
    return _BY_MOMENTS[name](value, spread, low, high, math.isfinite(se))


def _normal(mean: float, sd: float, low: float, high: float, by_se: bool) -> Distribution:
    return Distribution("normal", "norm", (mean, sd), lambda g, n: g.normal(mean, sd, n))


def _lognormal(mean: float, sd: float, low: float, high: float, by_se: bool) -> Distribution:
    if mean <= 0:
        raise ValueError(f"value is {mean:g}; a lognormal parameter is above 0")
    if by_se:
        sdlog = math.sqrt(math.log1p((sd / mean) ** 2))
        meanlog = math.log(mean) - sdlog**2 / 2
    else:
        if low <= 0:
            raise ValueError(f"low is {low:g}; the range of a lognormal parameter lies above 0")
        sdlog, meanlog = (math.log(high) - math.log(low)) / (2 * Z95), math.log(mean)
    parameters = (sdlog, 0.0, math.exp(meanlog))
    return Distribution("lognormal", "lognorm", parameters, lambda g, n: g.lognormal(meanlog, sdlog, n))


def _gamma(mean: float, sd: float, low: float, high: float, by_se: bool) -> Distribution:
    if mean <= 0:
        raise ValueError(f"value is {mean:g}; a gamma parameter is above 0")
    shape, scale = (mean / sd) ** 2, sd**2 / mean
    return Distribution("gamma", "gamma", (shape, 0.0, scale), lambda g, n: g.gamma(shape, scale, n))


def _beta(mean: float, sd: float, low: float, high: float, by_se: bool) -> Distribution:
    if not 0 < mean < 1:
        raise ValueError(f"value is {mean:g}; a beta parameter lies between 0 and 1")
    if sd**2 >= mean * (1 - mean):
        widest = math.sqrt(mean * (1 - mean))
        raise ValueError(f"the se is {sd:g}; a beta parameter with value {mean:g} has an se below {widest:.4g}")
    total = mean * (1 - mean) / sd**2 - 1
    a, b = mean * total, (1 - mean) * total
    return Distribution("beta", "beta", (a, b), lambda g, n: g.beta(a, b, n))


def _bounded(name: str, value: float, low: float, high: float) -> Distribution:
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"a {name} distribution needs both low and high")
    if not low < high:
        raise ValueError(f"low is {low:g} and high is {high:g}; low must be below high")
    if not low <= value <= high:
        raise ValueError(f"value is {value:g}; it must lie between low {low:g} and high {high:g}")
    width = high - low
    if name == "uniform":
        return Distribution(name, "uniform", (low, width), lambda g, n: g.uniform(low, high, n))
    if name == "triangular":
        peak = (value - low) / width
        return Distribution(name, "triang", (peak, low, width), lambda g, n: g.triangular(low, value, high, n))
    a, b = 1 + 4 * (value - low) / width, 1 + 4 * (high - value) / width
    return Distribution(name, "beta", (a, b, low, width), lambda g, n: low + width * g.beta(a, b, n))


_BY_MOMENTS = {"normal": _normal, "lognormal": _lognormal, "gamma": _gamma, "beta": _beta}


def draws(spread: Distribution, count: int, seed: int, parameter: str, labels: tuple[str, ...]) -> np.ndarray:
    """Draw `count` values from the stream of (seed, parameter, labels)."""
    key = hashlib.sha256("\x1f".join([parameter, *labels]).encode()).digest()
    words = np.frombuffer(key, dtype="<u4").tolist()
    pages = []
    for page in range(math.ceil(count / PAGE)):
        stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words], spawn_key=(page,))))
        pages.append(spread.sample(stream, PAGE))
    return np.concatenate(pages)[:count]
