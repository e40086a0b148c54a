"""Relative effects of trials, and their comparison through common comparators (Bucher 1997)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hecon.errors import Fault, HeconError, did_you_mean
from hecon.survival.adjust import AccelerationFactor, HazardRatio, OddsRatio
from hecon.survival.base import Curve
from hecon.survival.fitting.interval import normal_interval, z_of
from hecon.survival.fitting.observations import refuse

_MEASURES: Mapping[str, Callable[[Curve, float], Curve]] = {
    "hazard ratio": HazardRatio,
    "acceleration factor": AccelerationFactor,
    "odds ratio": OddsRatio,
}


@dataclass(frozen=True)
class RelativeEffect:
    """A ratio of treatment to comparator: its logarithm with a standard error, and what it goes through, if indirect.

    `measure`: hazard ratio (default), acceleration factor or odds ratio. Made by `relative_effect`.
    """

    treatment: str
    comparator: str
    log_ratio: float
    standard_error: float
    measure: str = "hazard ratio"
    through: tuple[str, ...] = ()
    level: float = 0.95

    @property
    def ratio(self) -> float:
        """The ratio itself."""
        return float(np.exp(self.log_ratio))

    @property
    def limits(self) -> tuple[float, float]:
        """Lower and upper limit of the ratio."""
        found = normal_interval(self.log_ratio, self.standard_error, self.level, of_log=True)
        return found.low, found.high

    @property
    def p(self) -> float:
        """Two-sided p value of a ratio of 1."""
        return normal_interval(self.log_ratio, self.standard_error, self.level, null=0.0).p

    @property
    def inverted(self) -> RelativeEffect:
        """The effect of the comparator against the treatment."""
        return replace(self, treatment=self.comparator, comparator=self.treatment, log_ratio=-self.log_ratio)

    def on(self, curve: Curve) -> Curve:
        """Give the treatment's curve from the comparator's, under this effect for ever."""
        return _MEASURES[self.measure](curve, self.ratio)

    def __repr__(self) -> str:
        low, high = self.limits
        through = f", through {' and '.join(self.through)}" if self.through else ""
        words = f"{self.measure} {self.ratio:.4g} ({self.level:.0%} interval {low:.4g} to {high:.4g})"
        return f"{self.treatment} against {self.comparator}: {words}{through}"


def relative_effect(
    treatment: str,
    comparator: str,
    ratio: float,
    low: float | None = None,
    high: float | None = None,
    *,
    standard_error: float | None = None,
    measure: str = "hazard ratio",
    level: float = 0.95,
) -> RelativeEffect:
    """Give a published ratio with its interval, or with the standard error of its logarithm.

    From an interval the standard error is (log high - log low) / (2 z). Raises `InputError`: a ratio that is not
    above 0 or not inside its interval, an interval and a standard error both or neither.

    >>> relative_effect("Isa-Pd", "Pd", 0.596, 0.436, 0.814)
    Isa-Pd against Pd: hazard ratio 0.596 (95% interval 0.4362 to 0.8144)
    """
    what = f"the effect of {treatment} against {comparator}"
    if measure not in _MEASURES:
        hint = did_you_mean(measure, _MEASURES)
        refuse([Fault("measure", f"is '{measure}'; it must be one of {', '.join(_MEASURES)}.{hint}")], what)
    if treatment == comparator:
        refuse([Fault("comparator", f"is {comparator}, which is the treatment")], what)
    given = {"ratio": ratio, "low": low, "high": high}
    refuse([Fault(name, f"is {value:g}; a ratio is above 0") for name, value in given.items()
            if value is not None and not 0 < value < np.inf], what)  # fmt: skip
    if standard_error is not None:
        if low is not None or high is not None:
            refuse([Fault("standard_error", "is given beside an interval; give one of them")], what)
        if not 0 < standard_error < np.inf:
            refuse([Fault("standard_error", f"is {standard_error:g}; it must be above 0")], what)
        return RelativeEffect(treatment, comparator, float(np.log(ratio)), standard_error, measure, (), level)
    if low is None or high is None:
        refuse([Fault("low" if low is None else "high", "is missing; give both limits, or a standard_error")], what)
    assert low is not None
    assert high is not None
    if not low < ratio < high:
        refuse([Fault("ratio", f"is {ratio:g}, outside its interval {low:g} to {high:g}")], what)
    error = float(np.log(high / low) / (2 * z_of(level)))
    return RelativeEffect(treatment, comparator, float(np.log(ratio)), error, measure, (), level)


def indirect_comparison(effects: Sequence[RelativeEffect], treatment: str, comparator: str) -> RelativeEffect:
    """Compare two treatments through the effects that link them, each used in either direction (Bucher 1997).

    log ratio = sum of the log ratios along the links, variance = sum of their variances. Raises `HeconError` where
    nothing links the two, where there are two ways (which a network meta-analysis would weigh), or where the links
    have different measures.

    >>> links = [relative_effect("A", "C", 0.62, standard_error=0.11), relative_effect("B", "C", 0.8, 0.61, 1.05)]
    >>> indirect_comparison(links, "A", "B")
    A against B: hazard ratio 0.775 (95% interval 0.5479 to 1.096), through C
    """
    names = {name for effect in effects for name in (effect.treatment, effect.comparator)}
    for name in (treatment, comparator):
        if name not in names:
            known = ", ".join(sorted(names)) or "none"
            raise HeconError(f"no effect is about '{name}' (there are {known}).{did_you_mean(name, names)}")
    paths = list(_paths(effects, treatment, comparator, ()))
    if not paths:
        said = "; ".join(f"{effect.treatment} against {effect.comparator}" for effect in effects)
        raise HeconError(f"nothing links {treatment} and {comparator}: the effects are {said}")
    if len(paths) > 1:
        ways = " and ".join(" - ".join([path[0].treatment, *(link.comparator for link in path)]) for path in paths[:2])
        raise HeconError(f"two ways lead from {treatment} to {comparator}: {ways}; leave one out, or pool them first")
    path = paths[0]
    measures = {link.measure for link in path}
    if len(measures) > 1:
        raise HeconError(f"the links have different measures ({' and '.join(sorted(measures))}); they do not add up")
    through = tuple(link.comparator for link in path[:-1])
    error = float(np.sqrt(sum(link.standard_error**2 for link in path)))
    total = float(sum(link.log_ratio for link in path))
    return RelativeEffect(treatment, comparator, total, error, path[0].measure, through, path[0].level)


def _paths(
    effects: Sequence[RelativeEffect], start: str, end: str, met: tuple[str, ...]
) -> Iterator[tuple[RelativeEffect, ...]]:
    if start == end:
        yield ()
        return
    for effect in effects:
        for link in (effect, effect.inverted):
            if link.treatment == start and link.comparator not in met:
                for rest in _paths(effects, link.comparator, end, (*met, start)):
                    yield (link, *rest)
