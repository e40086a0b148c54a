"""Distributions of inputs: from a value and its se, range or natural parameters to draws and quantiles.

Each uncertain number has a random stream of its own, keyed by (seed, parameter, labels) and cut into pages, so
adding an input changes no other draw and any block of draws is reached directly. Distributions that several rows
share (Dirichlet, multivariate normal, empirical draws) are in `hecon.inputs.joint`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hecon.errors import did_you_mean

#: Draws made at once from one stream; part of what a seed means, so it never changes.
PAGE = 4096
#: Distributions of one number.
SINGLE = ("fixed", "normal", "lognormal", "gamma", "beta", "uniform", "triangular", "pert")
#: Distributions of several rows at once.
JOINT = ("dirichlet", "multivariate_normal", "empirical")
NAMES = (*SINGLE, *JOINT)
#: Those that lie between low and high, and nowhere else.
BOUNDED = ("uniform", "triangular", "pert")
#: Natural parameters of each distribution that takes them, in the order of the columns natural_1 and natural_2.
NATURAL = {
    "normal": ("mean", "standard deviation"),
    "lognormal": ("mean of the logarithm", "standard deviation of the logarithm"),
    "gamma": ("shape", "rate"),
    "beta": ("alpha", "beta"),
}
#: Smallest share of a distribution that truncation may keep.
KEPT = 1e-6

Sample = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Distribution:
    """A distribution of one number, in scipy.stats' parametrisation of `family`, on [`low`, `high`] if truncated."""

    name: str
    family: str
    parameters: tuple[float, ...]
    sample: Sample
    low: float = -math.inf
    high: float = math.inf

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Value below which a share `p` of the draws falls."""
        p = np.asarray(p, dtype=float)
        if not self.is_truncated:
            return _quantile(self.family, self.parameters, p)
        first, last = _cumulative(self.family, self.parameters, np.array([self.low, self.high]))
        return np.clip(_quantile(self.family, self.parameters, first + p * (last - first)), self.low, self.high)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Share of the draws that falls at or below `x`."""
        x = np.asarray(x, dtype=float)
        if not self.is_truncated:
            return _cumulative(self.family, self.parameters, x)
        first, last = _cumulative(self.family, self.parameters, np.array([self.low, self.high]))
        return np.clip((_cumulative(self.family, self.parameters, x) - first) / (last - first), 0, 1)

    @property
    def is_truncated(self) -> bool:
        """Whether the distribution is cut at either side."""
        return math.isfinite(self.low) or math.isfinite(self.high)


@dataclass(frozen=True)
class _Native:
    """Draws by one of numpy's generators, shifted and stretched where it draws on [0, 1]."""

    method: str
    arguments: tuple[float, ...]
    low: float = 0.0
    width: float = 1.0

    def __call__(self, generator: np.random.Generator, count: int) -> np.ndarray:
        drawn: np.ndarray = getattr(generator, self.method)(*self.arguments, count)
        return drawn if self.width == 1.0 and self.low == 0.0 else self.low + self.width * drawn


@dataclass(frozen=True)
class _ByQuantile:
    """Draws by a quantile function: as many random numbers for each draw as there are draws, whatever is cut off."""

    spread: Distribution

    def __call__(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return self.spread.quantile(generator.random(count))


def distribution(
    name: str,
    value: float,
    low: float = math.nan,
    high: float = math.nan,
    se: float = math.nan,
    *,
    coverage: float = math.nan,
    truncate_low: float = math.nan,
    truncate_high: float = math.nan,
    natural: Sequence[float] = (math.nan, math.nan),
) -> Distribution | None:
    """Build the distribution of an input from the cells of its row; None if it is fixed or shared by several rows.

    normal, gamma, beta: mean `value`, standard deviation `se` or half the range over z, where low to high holds the
    share `coverage` (0.95 where blank, z = 1.96). lognormal: with `se` its mean is `value` and its standard deviation
    `se`; with a range it is exp of a normal with mean ln(value) and the width of the range, as a hazard ratio is
    estimated. uniform: low to high. triangular and pert: low, most likely `value`, high (their mean is not `value`
    unless the range is symmetric). `natural` overrules the moments: see `NATURAL`. Truncation cuts what came out, so
    its mean is not `value` either.

    Raises ValueError in the words of the sheet when the moments are impossible.

    >>> distribution("gamma", 100, se=20).quantile(0.5).round(2)
    np.float64(98.67)
    """
    name = name or "fixed"
    if name not in NAMES:
        raise ValueError(f"distribution '{name}' is not one of {', '.join(NAMES)}.{did_you_mean(name, NAMES)}")
    is_cut = not (_blank(truncate_low) and _blank(truncate_high))
    if is_cut and (name in JOINT or name == "fixed"):
        raise ValueError(f"distribution '{name}' cannot be truncated; clear truncate_low and truncate_high")
    if name == "fixed" or name in JOINT:
        return None
    if not math.isfinite(value):
        raise ValueError(f"value is {value}; a {name} distribution needs a finite value")
    try:
        if name in BOUNDED:
            _refuse_unused(name, coverage, natural)
            whole = _bounded(name, value, low, high)
        elif not (_blank(natural[0]) and _blank(natural[1])):
            whole = _by_natural(name, natural[0], natural[1])
        else:
            whole = _by_moments(name, value, low, high, se, coverage)
        is_known = all(map(math.isfinite, whole.parameters))
    except (OverflowError, ZeroDivisionError):
        is_known = False
    if not is_known:
        raise ValueError(f"the spread does not suit the value {value:g}: it gives no {name} distribution")
    return _truncated(whole, truncate_low, truncate_high) if is_cut else whole


def width_in_errors(coverage: float = math.nan) -> float:
    """Standard errors from the middle of an interval to its end, for a normal interval of that coverage.

    >>> round(width_in_errors(0.95), 4)
    1.96
    """
    from scipy.special import ndtri

    coverage = 0.95 if _blank(coverage) else coverage
    if not 0 < coverage < 1:
        raise ValueError(f"coverage is {coverage:g}; it must be above 0 and below 1, such as 0.95")
    return float(ndtri(0.5 + coverage / 2))


def _blank(number: float | None) -> bool:
    return number is None or math.isnan(number)


def _refuse_unused(name: str, coverage: float, natural: Sequence[float]) -> None:
    """Raise ValueError for cells that a distribution between low and high would not look at."""
    if not _blank(coverage):
        raise ValueError(f"coverage is {coverage:g}, but low and high are the ends of a {name} distribution; clear it")
    for column, number in zip(("natural_1", "natural_2"), natural, strict=True):
        if not _blank(number):
            raise ValueError(f"{column} is {number:g}, but a {name} distribution has low and high instead; clear it")


def _by_moments(name: str, value: float, low: float, high: float, se: float, coverage: float) -> Distribution:
    if math.isfinite(se):
        if se <= 0:
            raise ValueError(f"se is {se:g}; the se of a {name} distribution is above 0")
        return _BY_SE[name](value, se)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"a {name} distribution needs se, or both low and high")
    if not low < high:
        raise ValueError(f"low is {low:g} and high is {high:g}; low must be below high")
    errors = 2 * width_in_errors(coverage)
    if name == "lognormal":
        if value <= 0:
            raise ValueError(f"value is {value:g}; a lognormal parameter is above 0")
        if low <= 0:
            raise ValueError(f"low is {low:g}; the range of a lognormal parameter lies above 0")
        return _lognormal(math.log(value), (math.log(high) - math.log(low)) / errors)
    return _BY_SE[name](value, (high - low) / errors)


def _by_natural(name: str, first: float, second: float) -> Distribution:
    words = NATURAL[name]
    if _blank(first) or _blank(second):
        raise ValueError(f"natural_1 and natural_2 of a {name} distribution are its {' and '.join(words)}; give both")
    for column, word, number in zip(("natural_1", "natural_2"), words, (first, second), strict=True):
        is_bounded = not word.startswith("mean")
        if not math.isfinite(number) or (is_bounded and number <= 0):
            rule = "must be above 0" if is_bounded else "must be a finite number"
            raise ValueError(f"{column} is {number:g}; the {word} of a {name} {rule}")
    return _BY_NATURAL[name](first, second)


def _normal(mean: float, sd: float) -> Distribution:
    return Distribution("normal", "norm", (mean, sd), _Native("normal", (mean, sd)))


def _lognormal(meanlog: float, sdlog: float) -> Distribution:
    parameters = (sdlog, 0.0, math.exp(meanlog))
    return Distribution("lognormal", "lognorm", parameters, _Native("lognormal", (meanlog, sdlog)))


def _gamma(shape: float, scale: float) -> Distribution:
    return Distribution("gamma", "gamma", (shape, 0.0, scale), _Native("gamma", (shape, scale)))


def _beta(a: float, b: float) -> Distribution:
    return Distribution("beta", "beta", (a, b, 0.0, 1.0), _Native("beta", (a, b)))


def _lognormal_by_se(mean: float, sd: float) -> Distribution:
    if mean <= 0:
        raise ValueError(f"value is {mean:g}; a lognormal parameter is above 0")
    sdlog = math.sqrt(math.log1p((sd / mean) ** 2))
    return _lognormal(math.log(mean) - sdlog**2 / 2, sdlog)


def _gamma_by_se(mean: float, sd: float) -> Distribution:
    if mean <= 0:
        raise ValueError(f"value is {mean:g}; a gamma parameter is above 0")
    return _gamma((mean / sd) ** 2, sd**2 / mean)


def _beta_by_se(mean: float, sd: float) -> Distribution:
    if not 0 < mean < 1:
        raise ValueError(f"value is {mean:g}; a beta parameter lies between 0 and 1")
    widest = math.sqrt(mean * (1 - mean))
    if sd >= widest:
        raise ValueError(f"the se is {sd:g}; a beta parameter with value {mean:g} has an se below {widest:.4g}")
    total = mean * (1 - mean) / sd**2 - 1
    return _beta(mean * total, (1 - mean) * total)


_BY_SE: dict[str, Callable[[float, float], Distribution]] = {
    "normal": _normal,
    "lognormal": _lognormal_by_se,
    "gamma": _gamma_by_se,
    "beta": _beta_by_se,
}
_BY_NATURAL: dict[str, Callable[[float, float], Distribution]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "gamma": lambda shape, rate: _gamma(shape, 1 / rate),
    "beta": _beta,
}


def _bounded(name: str, value: float, low: float, high: float) -> Distribution:
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"a {name} distribution needs both low and high")
    if not low < high:
        raise ValueError(f"low is {low:g} and high is {high:g}; low must be below high")
    if not low <= value <= high:
        raise ValueError(f"value is {value:g}; it must lie between low {low:g} and high {high:g}")
    width = high - low
    if name == "uniform":
        return Distribution(name, "uniform", (low, width), _Native("uniform", (low, high)))
    if name == "triangular":
        peak = (value - low) / width
        return Distribution(name, "triang", (peak, low, width), _Native("triangular", (low, value, high)))
    a, b = 1 + 4 * (value - low) / width, 1 + 4 * (high - value) / width
    return Distribution(name, "beta", (a, b, low, width), _Native("beta", (a, b), low, width))


def _truncated(whole: Distribution, low: float, high: float) -> Distribution:
    low = -math.inf if _blank(low) else low
    high = math.inf if _blank(high) else high
    if not low < high:
        raise ValueError(f"truncate_low is {low:g} and truncate_high is {high:g}; the first must be below the second")
    first, last = whole.cumulative(np.array([low, high]))
    if last - first < KEPT:
        raise ValueError(f"truncate_low {low:g} to truncate_high {high:g} holds next to none of the distribution")
    cut = Distribution(whole.name, whole.family, whole.parameters, whole.sample, low, high)
    return Distribution(cut.name, cut.family, cut.parameters, _ByQuantile(cut), low, high)


def _quantile(family: str, parameters: tuple[float, ...], p: np.ndarray) -> np.ndarray:
    """Quantiles without scipy.stats, which takes ten times as long to load and to check its arguments."""
    from scipy import special

    if family == "norm":
        mean, sd = parameters
        return mean + sd * special.ndtri(p)
    if family == "lognorm":
        sdlog, _, median = parameters
        return median * np.exp(sdlog * special.ndtri(p))
    if family == "gamma":
        shape, _, scale = parameters
        return scale * special.gammaincinv(shape, p)
    if family == "beta":
        a, b, low, width = parameters
        return low + width * special.betaincinv(a, b, p)
    if family == "uniform":
        low, width = parameters
        return low + width * p
    peak, low, width = parameters
    rising, falling = np.sqrt(peak * p), 1 - np.sqrt((1 - peak) * (1 - p))
    return low + width * np.where(p < peak, rising, falling)


def _cumulative(family: str, parameters: tuple[float, ...], x: np.ndarray) -> np.ndarray:
    from scipy import special

    if family == "norm":
        mean, sd = parameters
        return special.ndtr((x - mean) / sd)
    if family == "lognorm":
        sdlog, _, median = parameters
        with np.errstate(divide="ignore"):
            return special.ndtr(np.log(np.maximum(x, 0) / median) / sdlog)
    if family == "gamma":
        shape, _, scale = parameters
        return special.gammainc(shape, np.maximum(x, 0) / scale)
    if family == "beta":
        a, b, low, width = parameters
        return special.betainc(a, b, np.clip((x - low) / width, 0, 1))
    if family == "uniform":
        low, width = parameters
        return np.clip((x - low) / width, 0, 1)
    peak, low, width = parameters
    z = np.clip((x - low) / width, 0, 1)
    rising = z**2 / peak if peak > 0 else np.zeros_like(z)
    falling = 1 - (1 - z) ** 2 / (1 - peak) if peak < 1 else np.ones_like(z)
    return np.where(z < peak, rising, falling)


# --- streams ---


def streams(seed: int, parameter: str, labels: Sequence[str]) -> Callable[[int], np.random.Generator]:
    """Give the stream of (seed, parameter, labels): a generator for each page."""
    key = hashlib.sha256("\x1f".join([parameter, *labels]).encode()).digest()
    words = np.frombuffer(key, dtype="<u4").tolist()

    def page(number: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words], spawn_key=(number,))))

    return page


def paged(make: Callable[[int], np.ndarray], start: int, stop: int) -> np.ndarray:
    """Give the draws from `start` to `stop`, made by whole pages, so that the bits do not depend on the block."""
    first, last = start // PAGE, max(start, stop - 1) // PAGE
    pages: list[Any] = [make(number) for number in range(first, last + 1)]
    whole = pages[0] if len(pages) == 1 else np.concatenate(pages)
    return whole[start - first * PAGE : stop - first * PAGE]


def draws(
    spread: Distribution, count: int, seed: int, parameter: str, labels: Sequence[str], start: int = 0
) -> np.ndarray:
    """Draw `count` values from the stream of (seed, parameter, labels), the first of them being draw `start`."""
    stream = streams(seed, parameter, labels)
    return paged(lambda number: spread.sample(stream(number), PAGE), start, start + count)
