"""Distributions of inputs: one file each, found by being here, and the list that all else walks.

The drop-downs of the sheets, the Guide, the reader, what an input may be, draws and quantiles follow from
`DISTRIBUTIONS`: a new one is a file in this folder, and nothing else. Distributions that several rows share are named
in `SHARED`; how they are read and drawn stands in `hecon.inputs.sources` and `hecon.inputs.joint`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from hecon.domains import REAL, Domain
from hecon.errors import did_you_mean
from hecon.inputs.distributions.base import Cells, Distribution, is_blank, width_in_errors
from hecon.inputs.distributions.truncated import TruncatedDistribution

__all__ = ["DISTRIBUTIONS", "FIXED", "SHARED", "Distribution", "Shared", "TruncatedDistribution", "distribution",
           "names", "natural_words", "support_of", "width_in_errors"]  # fmt: skip

FIXED = "fixed"


def _kinds() -> Iterator[type[Distribution]]:
    """Find the classes with a name in the files of this folder, in the order of the files' names."""
    for file in iter_modules(__path__):
        module = import_module(f"{__name__}.{file.name}")
        own = (value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__)
        yield from (kind for kind in own if isinstance(kind, type) and isinstance(vars(kind).get("name"), str))


#: Distributions of one number, by name.
DISTRIBUTIONS: dict[str, type[Distribution]] = {kind.name: kind for kind in _kinds()}


@dataclass(frozen=True)
class Shared:
    """A distribution of several rows at once: what it means, what natural_1 is, whether its rows share a group."""

    meaning: str
    natural: str = ""
    grouped: bool = False


#: Distributions of several rows, by name.
SHARED: Mapping[str, Shared] = {
    "dirichlet": Shared(
        "Shares of a group that sum to 1: counts in natural_1, or the se of at least one row.", "count", grouped=True
    ),
    "multivariate_normal": Shared(
        "Coefficients of a fitted curve, drawn together on the scale on which they were estimated; see Covariance."
    ),
    "empirical": Shared("Draws made elsewhere, taken whole; see Draws.", grouped=True),
}


def names() -> tuple[str, ...]:
    """Everything that column distribution may hold."""
    return (FIXED, *DISTRIBUTIONS, *SHARED)


def natural_words(place: int) -> str:
    """What natural_1 (`place` 0) or natural_2 is, distribution by distribution.

    >>> natural_words(1)[:30]
    'beta of a beta, rate of a gamm'
    """
    own = [f"{kind.natural[place][0]} of a {name}" for name, kind in DISTRIBUTIONS.items() if kind.natural]
    shared = [f"{kind.natural} of a {name}" for name, kind in SHARED.items() if kind.natural and not place]
    return ", ".join([*own, *shared])


def support_of(name: str) -> Domain:
    """What an input with a distribution may be; any number where it is fixed or shared.

    >>> support_of("gamma").words
    'be at least 0'
    """
    return DISTRIBUTIONS[name].support if name in DISTRIBUTIONS else REAL


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
    unless the range is symmetric). `natural` overrules the moments. Truncation cuts what came out, so its mean is not
    `value` either.

    Raises ValueError in the words of the sheet when the moments are impossible.

    >>> distribution("gamma", 100, se=20).quantile(0.5).round(2)
    np.float64(98.67)
    """
    name = name or FIXED
    if name not in names():
        raise ValueError(f"distribution '{name}' is not one of {', '.join(names())}.{did_you_mean(name, names())}")
    is_cut = not (is_blank(truncate_low) and is_blank(truncate_high))
    if name not in DISTRIBUTIONS:
        if is_cut:
            raise ValueError(f"distribution '{name}' cannot be truncated; clear truncate_low and truncate_high")
        return None
    if not math.isfinite(value):
        raise ValueError(f"value is {value}; a {name} distribution needs a finite value")
    try:
        whole = DISTRIBUTIONS[name].of(Cells(value, low, high, se, coverage, natural))
        is_known = all(map(math.isfinite, whole.in_scipy[1]))
    except (OverflowError, ZeroDivisionError):
        is_known = False
    if not is_known:
        raise ValueError(f"the spread does not suit the value {value:g}: it gives no {name} distribution")
    return TruncatedDistribution.cut(whole, truncate_low, truncate_high) if is_cut else whole
