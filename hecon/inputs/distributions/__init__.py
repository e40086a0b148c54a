"""Distributions of inputs: one file each, found by being here, and the list that all else walks.

The drop-downs of the sheets, the Guide, the reader, what an input may be, draws and quantiles follow from
`DISTRIBUTIONS`: a new one is a file in this folder, and nothing else. Distributions
that several rows share stand in `hecon.inputs.together`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules

from hecon.domains import REAL, Domain
from hecon.errors import not_one_of
from hecon.inputs.distributions.base import Cells, Distribution, is_blank, width_in_errors
from hecon.inputs.distributions.truncated import TruncatedDistribution

__all__ = ["DISTRIBUTIONS", "FIXED", "Distribution", "TruncatedDistribution", "distribution", "support_of",
           "width_in_errors"]  # fmt: skip

FIXED = "fixed"


def _kinds() -> Iterator[type[Distribution]]:
    """Find the classes with a name in the files of this folder, in the order of the files' names."""
    for file in iter_modules(__path__):
        module = import_module(f"{__name__}.{file.name}")
        own = (value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__)
        yield from (kind for kind in own if isinstance(kind, type) and isinstance(vars(kind).get("name"), str))


#: Distributions of one number, by name.
DISTRIBUTIONS: dict[str, type[Distribution]] = {kind.name: kind for kind in _kinds()}


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
    shared: Collection[str] = (),
) -> Distribution | None:
    """Build the distribution of an input from the cells of its row; None if it is fixed or one of `shared`.

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
    known = (FIXED, *DISTRIBUTIONS, *shared)
    if name not in known:
        raise ValueError(f"distribution '{name}' {not_one_of(name, known)}")
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
