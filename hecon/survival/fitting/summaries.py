"""One published summary of survival: what it measures, on which scale its interval is, what a curve makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.errors import Fault, did_you_mean
from hecon.frozen import frozen
from hecon.survival.adjust import HazardRatio
from hecon.survival.base import Curve
from hecon.survival.fitting.interval import z_of
from hecon.survival.fitting.observations import refuse

_MEASURES = ("median", "quantile", "survival", "restricted_mean", "hazard_ratio")


@frozen(eq=True)
class Summary:
    """A published number with the standard error of its scale; made by `published`."""

    measure: str
    value: float
    low: float
    high: float
    error: float
    at: float
    arm: str
    against: str
    level: float
    notes: tuple[str, ...]

    @property
    def is_ratio(self) -> bool:
        """Whether the summary compares two arms."""
        return self.measure == "hazard_ratio"

    @property
    def scale(self) -> float:
        """A time that is typical of the summary."""
        if self.measure == "survival":
            return self.at * np.log(2) / -np.log(self.value)
        return self.value / (-np.log1p(-self.at) / np.log(2)) if self.measure == "quantile" else self.value

    @property
    def target(self) -> float:
        """The number on its scale."""
        return float(_on_scale(self.measure, self.value))

    def predicted(self, curve: Curve, ratios: Mapping[str, float]) -> float:
        """Give what a curve, with the hazard ratio of the arm, makes of it, on its scale."""
        if self.is_ratio:
            return float(np.log(ratios[self.arm] / ratios[self.against]))
        own = HazardRatio(curve, ratios[self.arm])
        found: Any
        if self.measure == "survival":
            return float(np.log(own.cumulative_hazard(self.at)))
        found = own.restricted_mean(self.at) if self.measure == "restricted_mean" else own.quantile(self.at)
        return float(np.log(found))

    def compared(self, middle: float, error: float) -> dict[str, object]:
        """Give a row: the number and its interval as published, and as fitted (on the scale: `middle`, `error`)."""
        z = z_of(self.level)
        low, high = sorted(_off_scale(self.measure, middle + side * z * error) for side in (-1, 1))
        return {
            "arm": self.arm,
            "measure": self.measure,
            "at": self.at,
            "published": self.value,
            "low": self.low,
            "high": self.high,
            "fitted": _off_scale(self.measure, middle),
            "fitted_low": low,
            "fitted_high": high,
            "standard_errors_off": (middle - self.target) / self.error,
        }

    def __str__(self) -> str:
        at = f" at {self.at:g}" if self.measure in ("survival", "restricted_mean", "quantile") else ""
        arm = f" of {self.arm}" if self.arm else ""
        return f"{self.measure.replace('_', ' ')}{at}{arm}"


def published(
    measure: str,
    value: float,
    low: float | None = None,
    high: float | None = None,
    *,
    at: float | None = None,
    standard_error: float | None = None,
    events: float | None = None,
    arm: str = "",
    against: str = "",
    level: float = 0.95,
) -> Summary:
    """Give one published summary for `fit_published`.

    `measure`: ``median``, ``quantile`` (`at` a share), ``survival`` (`at` a time), ``restricted_mean`` (`at` its
    horizon), or ``hazard_ratio`` (of `arm` `against` another). The uncertainty: `low` and `high`; only `low`, where the
    upper limit was not reached; `standard_error` on the scale of the fit (of the log of a time or ratio, of log(-log
    S)); or else `events`, which give 1 / sqrt(events), for a ratio 2 / sqrt(events): then it says so. Raises
    `InputError`.

    >>> round(published("median", 11.5, 8.9, 13.9).error, 4)
    0.1137
    """
    name = str(measure)
    if name not in _MEASURES:
        hint = did_you_mean(name, _MEASURES)
        refuse([Fault("measure", f"is '{name}'; it must be one of {', '.join(_MEASURES)}.{hint}")], "the summary")
    source = f"the published {name.replace('_', ' ')}{f' of {arm}' if arm else ''}"
    refuse(_faults(name, value, low, high, at, arm, against, level), source)
    where = 0.5 if name == "median" else float("nan") if at is None else float(at)
    z, notes, middle = z_of(level), [], _on_scale(name, value)
    limits = tuple(np.nan if limit is None else float(limit) for limit in (low, high))
    scaled = [_on_scale(name, limit) if np.isfinite(limit) else np.nan for limit in limits]
    if standard_error is not None:
        error = float(standard_error)
    elif np.isfinite(limits).all():
        error = float(abs(scaled[1] - scaled[0]) / (2 * z))
    elif np.isfinite(limits[0]):
        error = float(abs(middle - scaled[0]) / z)
        notes.append(f"{name}: the upper limit was not reached; the error is from the lower one")
    elif events is not None:
        error = (2 if name == "hazard_ratio" else 1) / float(np.sqrt(events)) if events > 0 else 0.0
        notes.append(f"{name}: no interval; the error is assumed from {events:g} events")
    else:
        error = 0.0
        what = "is missing, and so are standard_error and events; a number without uncertainty cannot be weighed"
        refuse([Fault("low", what)], source)
    if not 0 < error < np.inf:
        refuse([Fault("standard_error", f"is {error:g}; it must be a number above 0")], source)
    return Summary(name, float(value), limits[0], limits[1], error, where, arm, against, level, tuple(notes))


def _faults(
    measure: str, value: float, low: float | None, high: float | None, at: float | None, arm: str, against: str,
    level: float,
) -> list[Fault]:  # fmt: skip
    share = measure == "survival"
    top, words = (1.0, "lie between 0 and 1") if share else (np.inf, "be a number above 0")
    faults = []
    for name, number in {"value": value, "low": low, "high": high}.items():
        if number is None or (name == "high" and not share and number == np.inf):
            continue
        if measure in ("median", "quantile") and name == "value" and not np.isfinite(number):
            faults.append(Fault(name, "is not reached; give survival at a time within follow-up instead"))
        elif share and 1 < number <= 100:
            faults.append(Fault(name, f"is {number:g}: this looks like percent; give a proportion, 0 to 1"))
        elif not 0 < number < top:
            faults.append(Fault(name, f"is {number:g}; it must {words}"))
    if not faults and ((low is not None and not low < value) or (high is not None and not value < high)):
        faults.append(Fault("value", f"is {value:g}, outside its interval {low} to {high}"))
    if measure in ("quantile", "survival", "restricted_mean"):
        if at is None:
            what = {"quantile": "share that has had the event", "survival": "time"}.get(measure, "horizon")
            faults.append(Fault("at", f"is missing; give the {what}"))
        elif not 0 < at < (1 if measure == "quantile" else np.inf):
            faults.append(
                Fault("at", f"is {at:g}; it must {'lie between 0 and 1' if measure == 'quantile' else words}")
            )
        elif measure == "restricted_mean" and value >= at:
            faults.append(Fault("value", f"is {value:g}, but a mean up to {at:g} is below {at:g}"))
    elif at is not None:
        faults.append(Fault("at", f"is {at:g}, which a {measure} does not have"))
    if measure == "hazard_ratio" and (not against or not arm or arm == against):
        faults.append(Fault("against", "is missing or the arm itself; a ratio needs an arm and another one"))
    if measure != "hazard_ratio" and against:
        faults.append(Fault("against", f"is '{against}', but only a hazard_ratio compares"))
    if not 0 < level < 1:
        faults.append(Fault("level", f"is {level:g}; it must lie between 0 and 1"))
    return faults


def _on_scale(measure: str, value: float) -> float:
    return float(np.log(-np.log(value))) if measure == "survival" else float(np.log(value))


def _off_scale(measure: str, value: float) -> float:
    return float(np.exp(-np.exp(value))) if measure == "survival" else float(np.exp(value))
