"""A Kaplan-Meier estimate, as the step function it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hecon.domains import SHARE
from hecon.errors import HeconError
from hecon.labels import Axes, Value
from hecon.survival import steps
from hecon.survival.base import Curve
from hecon.survival.written import Written


@dataclass(frozen=True, eq=False, repr=False)
class KaplanMeier(Curve):
    """S(t) is the survival at the last of `times` at or before t, 1 before the first, the last value for ever after.

    `times` increase; `survival`, from 1 to 0, never rises (numbers or labelled arrays). The quantile is the first
    time at which S is at or below 1 - p (R's survfit takes the middle of a flat stretch at exactly 1 - p). A step
    function has no hazard: `hazard` and `density` raise; `SurvivalTable` joins the same points.

    >>> KaplanMeier([1, 2, 4], [0.9, 0.5, 0.2]).survival([0.5, 2.0, 3.0]).tolist()
    [1.0, 0.5, 0.5]
    """

    times: Sequence[float]
    survival_at: Sequence[Value]

    title = "Kaplan-Meier"
    domains: ClassVar = {"survival_at": SHARE}

    def __init__(self, times: Sequence[float], survival: Sequence[Value]) -> None:
        object.__setattr__(self, "times", steps.numbers(times))
        object.__setattr__(self, "survival_at", steps.one_by_one(survival))
        self.__post_init__()

    def __post_init__(self) -> None:
        super().__post_init__()
        faults = steps.time_faults(self.times, self.survival_at, "survival", first_is_0=False)
        self.refuse(faults or steps.survival_faults(self.times, self.survival_at))

    def knots(self) -> tuple[float, ...]:
        """Times of the steps."""
        return tuple(self.times)

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        index = steps.place_of(np.array([0.0, *self.times]), t, at.of("step"))
        return steps.at_place(self._rows(at.axes), index, at.of("survival"))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return steps.look_up(self._rows(axes), steps.interval_of(np.array(self.times), t) + 1)

    def _rows(self, axes: Axes) -> np.ndarray:
        return steps.in_rows((1.0, *self.survival_at), axes)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return -np.log(self._survival(t, axes))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        raise HeconError(
            "a Kaplan-Meier curve is a step function and has no hazard; "
            "use the family survival_table (SurvivalTable), which joins the same points"
        )

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        # A step is met to within rounding: S = 0.7 is where p = 0.3, whatever the last digit of 1 - 0.3.
        low_enough = np.minimum(np.exp(-hazard) * (1 + 1e-12), np.where(hazard > 0, np.nextafter(1.0, 0.0), 1.0))
        index = (np.expand_dims(self._rows(axes), -2) > low_enough[..., None]).sum(axis=-1)
        return np.array([0.0, *self.times, np.inf])[index]

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return f"{self.title} steps at {len(self.times)} times to {self.times[-1]:g}{' ' + unit if unit else ''}"
