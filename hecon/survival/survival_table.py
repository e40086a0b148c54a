"""A survival curve given by its value at times, with a constant hazard between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import SHARE
from hecon.errors import Fault, HeconError, did_you_mean
from hecon.labels import Axes, Value
from hecon.survival import steps
from hecon.survival.base import Curve
from hecon.survival.written import Written
from hecon.symbols.functions import greater, maximum, share_of, where

_BEYOND = ("last_hazard", "no_events", "error")


@dataclass(frozen=True, eq=False, repr=False)
class SurvivalTable(Curve):
    """S passes through the points, S(0) = 1, and the hazard is constant from each point to the next.

    `times` increase (a time 0 must have survival 1, and may be left out); `survival` never rises (numbers or labelled
    arrays). Where S falls to 0 between two points no constant hazard reaches it: there S falls along a straight line.

    After the last point, `beyond`: ``last_hazard`` (default) carries the hazard of the last interval on, ``no_events``
    keeps S as it is, ``error`` raises. For another tail see `Join`.

    >>> round(SurvivalTable([1, 2], [0.8, 0.4]).survival(1.5), 6)
    0.565685
    """

    times: Sequence[float]
    survival_at: Sequence[Value]
    beyond: str = "last_hazard"

    title = "survival table"
    domains: ClassVar = {"survival_at": SHARE}

    def __init__(self, times: Sequence[float], survival: Sequence[Value], beyond: str = "last_hazard") -> None:
        given, values = steps.numbers(times), steps.one_by_one(survival)
        if given and given[0] > 0 and len(given) == len(values):
            given, values = (0.0, *given), (1.0, *values)
        object.__setattr__(self, "times", given)
        object.__setattr__(self, "survival_at", values)
        object.__setattr__(self, "beyond", beyond)
        self.__post_init__()

    def __post_init__(self) -> None:
        super().__post_init__()
        faults = steps.time_faults(self.times, self.survival_at, "survival", first_is_0=True)
        if not faults and len(self.times) < 2:
            faults = [Fault("times", "has no time after 0; give at least one")]
        if self.beyond not in _BEYOND:
            hint = did_you_mean(self.beyond, _BEYOND)
            faults.append(Fault("beyond", f"is '{self.beyond}'; it must be one of {', '.join(_BEYOND)}.{hint}"))
        self.refuse(faults or steps.survival_faults(self.times, self.survival_at))

    def knots(self) -> tuple[float, ...]:
        """Times of the points."""
        return tuple(self.times[1:])

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        # Between two points survival is the first times their ratio to the power of the share of the time passed.
        starts = np.array(self.times)
        points = steps.in_rows(self.survival_at, at.axes)
        index = steps.place_of(starts, t, at.of("interval"))
        # After the last point the fall of the last interval repeats, or nothing more falls.
        beyond = points[..., -1:]
        if self.beyond == "last_hazard":
            beyond = at.single(beyond * share_of(beyond, points[..., -2:-1]), "survival one interval beyond")
        rows = {
            "survival at the start": points,
            "survival at the end": np.concatenate([points[..., 1:], beyond], axis=-1),
            "start of the interval": starts,
            "length of the interval": np.append(np.diff(starts), starts[-1] - starts[-2]),
        }
        before, after, start, length = (steps.at_place(row, index, at.of(name)) for name, row in rows.items())
        share = at.column((t - start) / length, "share of the interval")
        falling = before * share_of(after, before) ** share
        return where(greater(after, 0), falling, before * maximum(1 - share, 0.0))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self._both(t, axes)[0]

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self._both(t, axes)[1]

    def _both(self, t: np.ndarray, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
        """Give H and h."""
        starts = np.array(self.times)
        if self.beyond == "error" and np.any(t > starts[-1]):
            raise HeconError(
                f"the survival table ends at {starts[-1]:g} and is asked for time {np.max(t):g}; "
                "give it beyond='last_hazard' or 'no_events', or a tail with Join"
            )
        reached = -np.log(steps.in_rows(self.survival_at, axes))
        rates = self._rates(reached, starts)
        index = steps.interval_of(starts, t)
        base, rate = steps.look_up(reached, index), steps.look_up(rates, index)
        finite = np.isfinite(rate)
        hazard = base + np.where(finite, rate, 0.0) * (t - starts[index])
        if finite.all():
            return hazard, rate
        # The interval in which S falls to 0: S = S0 (1 - share of the interval), so h = 1 / (time left).
        end = starts[np.minimum(index + 1, len(starts) - 1)]
        left = np.maximum(end - t, 0.0)
        line = base - np.log(
            np.divide(left, end - starts[index], out=np.zeros(finite.shape), where=end > starts[index])
        )
        rate = np.where(finite, rate, np.divide(1.0, left, out=np.full(finite.shape, np.inf), where=left > 0))
        return np.where(finite, hazard, line), rate

    def _beyond(self, target: np.ndarray, axes: Axes) -> np.ndarray:
        if self.beyond == "error":
            return np.full(target.shape, self.times[-1])
        return super()._beyond(target, axes)

    def _rates(self, reached: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Hazard of each interval and of what follows the last point; infinite where S is or becomes 0."""
        rise = np.subtract(
            reached[..., 1:],
            reached[..., :-1],
            out=np.full(reached[..., 1:].shape, np.inf),
            where=np.isfinite(reached[..., :-1]),
        )
        rates = rise / np.diff(starts)
        tail = (
            rates[..., -1:] if self.beyond == "last_hazard" else np.where(np.isfinite(reached[..., -1:]), 0.0, np.inf)
        )
        return np.concatenate([rates, tail], axis=-1)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        tail = {"last_hazard": "then its last hazard", "no_events": "then no events", "error": "not beyond"}[
            self.beyond
        ]
        return f"{self.title} of {len(self.times) - 1} times to {self.times[-1]:g}{' ' + unit if unit else ''}, {tail}"
