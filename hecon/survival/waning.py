"""A treatment effect that wanes: a hazard ratio that goes to 1, or a hazard that goes over to another curve's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import AT_LEAST_0, POSITIVE, parameter_in_words
from hecon.errors import Fault, did_you_mean
from hecon.labels import Axes, Value
from hecon.survival.adjust import bracketed, in_time, moved, rise
from hecon.survival.base import Curve
from hecon.survival.panels import integral_formula, integral_over_panels, panel_edges
from hecon.survival.written import Written, hazard_of
from hecon.symbols.expression import number_of
from hecon.symbols.functions import clip, exp, log, maximum, minimum

WANING_SHAPES = ("linear", "log_linear", "at_once")


@dataclass(frozen=True, eq=False, repr=False)
class Waning(Curve):
    """A hazard ratio that wanes: h(t) = HR(t) h0(t).

    HR(t) is `ratio` up to `start` and 1 from `end` on. Between them, by `shape`: ``linear`` (default), along a straight
    line; ``log_linear``, log HR along a straight line; ``at_once``, which needs no `end`: it is 1 from `start` on.

    H is integrated by parts: HR(t) H0(t) less the integral of HR'(u) H0(u) since `start`, which is Gauss-Legendre
    quadrature on panels fixed by start, end and the knots of the curve, so H is the same for every time grid. Relative
    error below 1e-9; at a knot inside the waning about 1e-4 where start or end is a labelled array.

    >>> from hecon.survival.exponential import Exponential
    >>> waned = Waning(Exponential(0.2), ratio=0.5, start=2, end=4)
    >>> [round(waned.cumulative_hazard(t), 6) for t in (2.0, 4.0, 5.0)]
    [0.2, 0.5, 0.7]
    """

    curve: Curve
    ratio: Value
    start: Value
    end: Value | None = None
    shape: str = "linear"

    title = "waning hazard ratio"
    domains: ClassVar = {"ratio": POSITIVE, "start": AT_LEAST_0, "end": AT_LEAST_0}

    def __post_init__(self) -> None:
        if self.shape not in WANING_SHAPES:
            hint = did_you_mean(str(self.shape), WANING_SHAPES)
            self.refuse([Fault("shape", f"is '{self.shape}'; it must be one of {', '.join(WANING_SHAPES)}.{hint}")])
        if self.end is None:
            if self.shape != "at_once":
                self.refuse([Fault("end", "is missing; only waning 'at_once' has no end")])
            object.__setattr__(self, "end", self.start)
        super().__post_init__()
        wanes = np.asarray(number_of(np.asarray(self._end - self.start)))
        if self.shape == "at_once" and np.any(wanes != 0):
            words = f"is {parameter_in_words(self._end)}, the start {parameter_in_words(self.start)}"
            self.refuse([Fault("end", f"{words}; waning 'at_once' ends where it starts: leave the end out")])
        if self.shape != "at_once" and np.any(wanes <= 0):
            words = f"is {parameter_in_words(self._end)}, the start {parameter_in_words(self.start)}"
            self.refuse([Fault("end", f"{words}; waning must end after it starts (for a sudden end: 'at_once')")])

    @property
    def _end(self) -> Value:
        assert self.end is not None  # `__post_init__` puts one there
        return self.end

    def _at_share(self, share: np.ndarray, ratio: np.ndarray) -> np.ndarray:
        """Give the hazard ratio after a share of the waning."""
        if self.shape == "linear":
            return ratio + (1 - ratio) * share
        return ratio ** (1 - share)

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        ratio, start = at.on(self.ratio), at.on(self.start)
        if self.shape == "at_once":
            before = hazard_of(self.curve.written(minimum(t, start), at.of("until the end of the effect")))
            whole = hazard_of(self.curve.written(t, at))
            return exp(-(ratio * at.column(before, "cumulative hazard under the effect") + whole - before))
        length = at.single(at.on(self._end) - start, "length of waning")
        share = at.column(clip((t - start) / length, 0.0, 1.0), "share of waning passed")
        effect = at.column(self._at_share(share, ratio), "hazard ratio")
        base = at.column(hazard_of(self.curve.written(t, at)), "cumulative hazard before the effect")
        of_start = "its integral since the start of waning"
        if self.shape == "linear":
            slope = 1 - ratio
        else:
            slope, of_start = -log(ratio), "its integral with the hazard ratio since the start of waning"

        def weighed(then: np.ndarray, place: np.ndarray, inner: Written) -> np.ndarray:
            hazard = hazard_of(self.curve.written(then, inner))
            return hazard if self.shape == "linear" else hazard * self._at_share(place, ratio)

        found = at.column(integral_formula(weighed, share, start, length, self._panel_edges(), at), of_start)
        # The change while waning, taken back by parts; before the start there is none.
        return exp(-maximum(effect * base - slope * found, 0.0))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        ratio, start, end = (self.on(value, axes) for value in (self.ratio, self.start, self._end))
        base = self.curve._cumulative_hazard(t, axes)
        if self.shape == "at_once":
            before = self.curve._cumulative_hazard(np.minimum(t, start), axes)
            return np.where(np.isinf(base), np.inf, ratio * before + rise(before, base))
        # Integration by parts over the whole of [0, t]: HR(t) H0(t) less the integral of HR'(u) H0(u).
        share = np.clip((t - start) / (end - start), 0.0, 1.0)
        slope = (1 - ratio if self.shape == "linear" else -np.log(ratio)) / (end - start)

        def weighed(then: np.ndarray, place: np.ndarray) -> np.ndarray:
            hazard = self.curve._cumulative_hazard(then, axes)
            return hazard if self.shape == "linear" else hazard * self._at_share(place, ratio)

        part = integral_over_panels(weighed, share, start, end - start, self._panel_edges())
        whole = self._at_share(share, ratio) * base - np.where(t > start, slope * part, 0.0)
        return np.where(np.isinf(base), np.inf, whole)

    def _panel_edges(self) -> np.ndarray:
        return panel_edges(self.start, self._end, self.curve.knots())

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        ratio, start, end = (self.on(value, axes) for value in (self.ratio, self.start, self._end))
        base = self.curve._hazard(t, axes)
        if self.shape == "at_once":
            return np.where(t < start, ratio, 1.0) * base
        return self._at_share(np.clip((t - start) / (end - start), 0.0, 1.0), ratio) * base

    def knots(self) -> tuple[float, ...]:
        """Knots of the curve, and start and end of waning."""
        return tuple(sorted({*self.curve.knots(), *moved((1.0,), self.start), *moved((1.0,), self._end)}))

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        start, end = in_time(self.start, unit), in_time(self._end, unit)
        words = {
            "linear": f"waning to 1 from {start} to {end}",
            "log_linear": f"waning to 1 on the log scale from {start} to {end}",
            "at_once": f"until {start} and 1 from there on",
        }[self.shape]
        return f"{bracketed(self.curve, unit)}, with hazard ratio {parameter_in_words(self.ratio)} {words}"


@dataclass(frozen=True, eq=False, repr=False)
class WaningTo(Curve):
    """A curve whose hazard goes over to that of another: h(t) = (1 - f) h1(t) + f h0(t).

    f is 0 up to `start`, 1 from `end` on, and goes along a straight line between them. No ratio is needed: any two
    curves will do. H(t) = H1(t) + f(t) D(t) less the integral of f'(u) D(u), D = H0 - H1, as `Waning` integrates.

    >>> from hecon.survival.exponential import Exponential
    >>> curve = WaningTo(Exponential(0.1), Exponential(0.3), start=2, end=4)
    >>> [round(curve.cumulative_hazard(t), 6) for t in (2.0, 4.0, 5.0)]
    [0.2, 0.6, 0.9]
    """

    curve: Curve
    to: Curve
    start: Value
    end: Value

    title = "waning to another curve"
    domains: ClassVar = {"start": AT_LEAST_0, "end": AT_LEAST_0}
    compound: ClassVar = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if np.any(number_of(np.asarray(self.end - self.start)) <= 0):
            words = f"is {parameter_in_words(self.end)}, the start {parameter_in_words(self.start)}"
            self.refuse([Fault("end", f"{words}; waning must end after it starts (for a sudden change see Join)")])

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        start = at.on(self.start)
        length = at.single(at.on(self.end) - start, "length of waning")
        share = at.column(clip((t - start) / length, 0.0, 1.0), "share of waning passed")

        def apart(then: np.ndarray, place: np.ndarray, inner: Written) -> np.ndarray:
            one, other = self.curve.written(then, inner.of("first")), self.to.written(then, inner.of("second"))
            return hazard_of(other) - hazard_of(one)

        own = at.column(hazard_of(self.curve.written(t, at.of("first"))), "cumulative hazard of the first")
        other = at.column(hazard_of(self.to.written(t, at.of("second"))), "cumulative hazard of the second")
        found = integral_formula(apart, share, start, length, self._panel_edges(), at)
        passed = at.column(found, "integral of the difference since the start of waning")
        return exp(-maximum(own + share * (other - own) - passed, 0.0))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        start, end = self.on(self.start, axes), self.on(self.end, axes)
        share = np.clip((t - start) / (end - start), 0.0, 1.0)

        def apart(then: np.ndarray, place: np.ndarray) -> np.ndarray:
            one, other = self.curve._cumulative_hazard(then, axes), self.to._cumulative_hazard(then, axes)
            return np.where(np.isinf(one), 0.0, other - np.where(np.isinf(one), 0.0, one))

        own, other = self.curve._cumulative_hazard(t, axes), self.to._cumulative_hazard(t, axes)
        passed = integral_over_panels(apart, share, start, end - start, self._panel_edges()) / (end - start)
        gone = (np.isinf(own) & (share < 1)) | (np.isinf(other) & (share > 0))
        with np.errstate(invalid="ignore"):
            whole = np.where(share == 0, own, own + share * (other - own) - passed)
        return np.where(gone | np.isnan(whole), np.inf, whole)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        start, end = self.on(self.start, axes), self.on(self.end, axes)
        share = np.clip((t - start) / (end - start), 0.0, 1.0)
        return (1 - share) * self.curve._hazard(t, axes) + share * self.to._hazard(t, axes)

    def _panel_edges(self) -> np.ndarray:
        return panel_edges(self.start, self.end, {*self.curve.knots(), *self.to.knots()})

    def knots(self) -> tuple[float, ...]:
        """Knots of both curves, and start and end of waning."""
        return tuple(sorted({*super().knots(), *moved((1.0,), self.start), *moved((1.0,), self.end)}))

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        first, to = bracketed(self.curve, unit), bracketed(self.to, unit)
        when = f"from {in_time(self.start, unit)} to {in_time(self.end, unit)}"
        return f"{first}, its hazard going over to that of {to} {when}"
