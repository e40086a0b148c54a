"""Several curves as one: one after another, mixed, added up, or each for its own strategies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import ClassVar

import numpy as np

from hecon.domains import AT_LEAST_0, POSITIVE, SHARE, parameter_in_words
from hecon.errors import AlignmentError, Fault, UnknownNameError, did_you_mean
from hecon.labels import STRATEGY, Axes, Value, join_axes
from hecon.rows import Joined, Laid, whole_of
from hecon.survival.adjust import in_time, moved, rise
from hecon.survival.base import Curve
from hecon.survival.steps import one_by_one
from hecon.survival.written import Written
from hecon.symbols.expression import number_of
from hecon.symbols.functions import choose, greater, maximum, minimum, share_of, where


@dataclass(frozen=True, eq=False, repr=False)
class Join(Curve):
    """S1(t) up to time `at`, then S1(at) S2(t) / S2(at): from `at` on the hazard is that of the second curve.

    Where the second curve has nobody left at `at`, S is 0 from there on.

    >>> from hecon.survival.exponential import Exponential
    >>> round(Join(Exponential(0.1), Exponential(0.3), at=2).cumulative_hazard(4.0), 6)
    0.8
    """

    first: Curve
    then: Curve
    at: Value

    title = "join"
    domains: ClassVar = {"at": AT_LEAST_0}
    compound: ClassVar = True

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        until = at.on(self.at)
        first = self.first.written(minimum(t, until), at.of("first"))
        then = self.then.written(maximum(t, until), at.of("then"))
        met = at.single(self.first._formula(until, at.points("join")), "first curve at the join")
        start = at.single(self.then._formula(until, at.points("join")), "second curve at the join")
        return where(greater(t, until), met * share_of(then, start), first)

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        at = self.on(self.at, axes)
        early = self.first._cumulative_hazard(np.minimum(t, at), axes)
        left = self.then._cumulative_hazard(at, axes)
        late = np.where(t > at, rise(left, self.then._cumulative_hazard(np.maximum(t, at), axes)), 0.0)
        return early + late

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        at = self.on(self.at, axes)
        late = self.then._hazard(np.maximum(t, at), axes)
        return np.where(t < at, self.first._hazard(np.minimum(t, at), axes), late)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        at = self.on(self.at, axes)
        reached = self.first._cumulative_hazard(at, axes)
        beyond = np.maximum(hazard - reached, 0.0) + self.then._cumulative_hazard(at, axes)
        late = np.maximum(self.then._time_at(beyond, axes), at)
        return np.where(hazard <= reached, np.minimum(self.first._time_at(hazard, axes), at), late)

    def knots(self) -> tuple[float, ...]:
        """Knots of the first curve before `at`, `at`, and those of the second after it."""
        joins = moved((1.0,), self.at)
        if not joins:
            return self.then.knots()
        early = [knot for knot in self.first.knots() if knot < joins[-1]]
        late = [knot for knot in self.then.knots() if knot > joins[0]]
        return tuple(sorted({*early, *joins, *late}))

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        first, then = _inside(self.first, unit), _inside(self.then, unit)
        return f"{first} until {in_time(self.at, unit)}, then the hazard of {then}"


def _inside(curve: Curve, unit: str) -> str:
    """Give the sentence of a curve inside a joint one, in brackets if it has a comma of its own outside brackets."""
    said = curve.describe(unit)
    return f"[{said}]" if curve.compound or ", with " in said or ", shifted" in said else said


@dataclass(frozen=True, eq=False, repr=False)
class Mix(Curve):
    """S(t) is the mean of the curves' S(t) by `weights`, shares that sum to 1 (numbers or labelled arrays).

    h(t) = sum w S h / sum w S: those at high risk leave first.

    >>> from hecon.survival.exponential import Exponential
    >>> round(Mix([Exponential(0.1), Exponential(0.3)], [0.25, 0.75]).survival(1.0), 6)
    0.781823
    """

    curves: Sequence[Curve]
    weights: Sequence[Value]

    title = "mixture"
    domains: ClassVar = {"weights": SHARE}
    compound: ClassVar = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "curves", tuple(self.curves))
        object.__setattr__(self, "weights", one_by_one(self.weights))
        super().__post_init__()
        self.refuse(_curve_faults(self.curves))
        if len(self.curves) != len(self.weights):
            self.refuse([Fault("weights", f"has {len(self.weights)} weights for {len(self.curves)} curves")])
        total = np.asarray(number_of(np.asarray(reduce(lambda a, b: a + b, self.weights))))
        if np.any(np.abs(total - 1) > 1e-9):
            worst = total.ravel()[np.argmax(np.abs(total - 1))]
            self.refuse([Fault("weights", f"sum to {worst:.10g}; they must sum to 1")])

    def _weights(self, axes: Axes) -> list[np.ndarray]:
        return [self.on(weight, axes) for weight in self.weights]

    def _shares(self, t: np.ndarray, axes: Axes) -> tuple[np.ndarray, list[np.ndarray]]:
        """Give the smallest H of the curves, and w exp(-(H - smallest)) - w of each: nothing underflows."""
        hazards = [curve._cumulative_hazard(t, axes) for curve in self.curves]
        least = np.asarray(reduce(np.minimum, hazards))
        above = [rise(least, hazard) for hazard in hazards]
        return least, [weight * np.expm1(-more) for weight, more in zip(self._weights(axes), above, strict=True)]

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        parts = [curve.written(t, at.of(f"part {place + 1}")) for place, curve in enumerate(self.curves)]
        return np.asarray(sum(at.on(weight) * part for weight, part in zip(self.weights, parts, strict=True)))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        least, falls = self._shares(t, axes)
        return np.where(np.isinf(least), np.inf, least - np.log1p(np.maximum(sum(falls), -1.0)))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        survivals = (curve._survival(t, axes) for curve in self.curves)
        total = sum(weight * survival for weight, survival in zip(self._weights(axes), survivals, strict=True))
        # Weights sum to 1 within rounding, and everybody is there at time 0.
        return np.where(t == 0, 1.0, np.minimum(total, 1.0))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        _, falls = self._shares(t, axes)
        shares = [weight + fall for weight, fall in zip(self._weights(axes), falls, strict=True)]
        hazards = [curve._hazard(t, axes) for curve in self.curves]
        return sum(share * hazard for share, hazard in zip(shares, hazards, strict=True)) / sum(shares)

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        parts = zip(self.weights, self.curves, strict=True)
        return "mixture of " + " and ".join(
            f"{parameter_in_words(weight)} {_inside(curve, unit)}" for weight, curve in parts
        )


@dataclass(frozen=True, eq=False, repr=False, init=False)
class AddHazards(Curve):
    """H(t) is the sum of the curves' H(t): independent causes that compete, so S is the product.

    >>> from hecon.survival.exponential import Exponential
    >>> round(AddHazards(Exponential(0.1), Exponential(0.3)).hazard(1.0), 6)
    0.4
    """

    curves: tuple[Curve, ...]

    title = "sum of hazards"
    compound: ClassVar = True

    def __init__(self, *curves: Curve) -> None:
        object.__setattr__(self, "curves", curves)
        self.__post_init__()
        self.refuse(_curve_faults(curves))

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        parts = [curve.written(t, at.of(f"cause {place + 1}")) for place, curve in enumerate(self.curves)]
        return np.asarray(reduce(lambda one, other: one * other, parts))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.asarray(sum(curve._cumulative_hazard(t, axes) for curve in self.curves))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.asarray(sum(curve._hazard(t, axes) for curve in self.curves))

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        return "hazards added of " + " and ".join(_inside(curve, unit) for curve in self.curves)


def _curve_faults(curves: Iterable[object]) -> list[Fault]:
    curves = list(curves)
    if not curves:
        return [Fault("curves", "is empty; give at least one survival curve")]
    wrong = [type(curve).__name__ for curve in curves if not isinstance(curve, Curve)]
    return [Fault("curves", f"holds {wrong[0]}; every one must be a survival curve")] if wrong else []


@dataclass(frozen=True, eq=False, repr=False)
class Chosen(Curve):
    """One of several curves: the one whose number, from 1, is `number` (a number or labelled array).

    >>> from hecon.survival.exponential import Exponential
    >>> round(Chosen([Exponential(0.1), Exponential(0.3)], 2).survival(1.0), 6)
    0.740818
    """

    curves: Sequence[Curve]
    number: Value

    title = "chosen"
    domains: ClassVar = {"number": POSITIVE}
    compound: ClassVar = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "curves", tuple(self.curves))
        super().__post_init__()
        self.refuse(_curve_faults(self.curves))
        numbers = np.asarray(number_of(getattr(self.number, "values", self.number)))
        if np.any(~np.isin(numbers, np.arange(1, len(self.curves) + 1))):
            what = f"is {parameter_in_words(self.number)}; it must be the number of one of {len(self.curves)} curves"
            self.refuse([Fault("number", what)])

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        return choose(at.on(self.number), *(curve.written(t, at) for curve in self.curves))

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.asarray(choose(self.on(self.number, axes), *(c._cumulative_hazard(t, axes) for c in self.curves)))

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.asarray(choose(self.on(self.number, axes), *(curve._survival(t, axes) for curve in self.curves)))

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return np.asarray(choose(self.on(self.number, axes), *(curve._hazard(t, axes) for curve in self.curves)))

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission."""
        said = "; ".join(f"{place + 1}: {curve.describe(unit)}" for place, curve in enumerate(self.curves))
        return f"curve {parameter_in_words(self.number)} of ({said})"


@dataclass(frozen=True, eq=False, repr=False, init=False)
class ByStrategy(Curve):
    """Different curves for different strategies (or labels of another dimension), as one curve with that dimension.

    `curves`: by label, or by a tuple of labels for a curve that serves several (it has the dimension with just those
    labels, or lacks it); `order`: all labels in order, that of `curves` unless given.

    >>> from hecon.survival.exponential import Exponential
    >>> ByStrategy({"A": Exponential(0.1), "B": Exponential(0.3)}).survival(1.0).values.round(4).tolist()
    [0.9048, 0.7408]
    """

    curves: Mapping[tuple[str, ...], Curve]
    order: tuple[str, ...]
    dim: str

    title = "joint"
    compound: ClassVar = True

    def __init__(
        self,
        curves: Mapping[str, Curve] | Mapping[tuple[str, ...], Curve],
        order: Sequence[str] | None = None,
        dim: str = STRATEGY,
    ) -> None:
        groups = {(key,) if isinstance(key, str) else tuple(key): curve for key, curve in curves.items()}
        given = tuple(label for group in groups for label in group)
        object.__setattr__(self, "curves", groups)
        object.__setattr__(self, "order", given if order is None else tuple(order))
        object.__setattr__(self, "dim", dim)
        self.refuse(_curve_faults(groups.values()))
        if sorted(given) != sorted(self.order):
            what = f"are given for {', '.join(given)}, but the {dim} labels are {', '.join(self.order)}"
            self.refuse([Fault("curves", f"{what}; give each label one curve")])
        for group, curve in groups.items():
            if curve.axes.labels.get(dim, group) != group:
                has = curve.axes.labels[dim]
                raise AlignmentError(f"the curve for {dim} {', '.join(group)} has the {dim} labels {has}")

    @cached_property
    def axes(self) -> Axes:
        """Dimensions and labels: those of the curves, and the dimension that tells them apart."""
        others = [curve.axes.without(self.dim) for curve in self.curves.values()]
        return join_axes(Axes({self.dim: self.order}), *others)

    def _parts(self, axes: Axes) -> Iterator[tuple[Curve, slice | list[int], Axes]]:
        """Give each curve with its places on the dimension, and the axes it is laid out on."""
        for group, curve in self.curves.items():
            places = [self.order.index(label) for label in group]
            run = places == list(range(places[0], places[0] + len(places)))
            labels = {**axes.labels, self.dim: group}
            yield curve, slice(places[0], places[-1] + 1) if run else places, Axes(labels)

    def _assembled(self, formula: str, at: np.ndarray, axes: Axes) -> np.ndarray:
        place = axes.dims.index(self.dim)
        lead = at.ndim - 1
        result = None
        for curve, places, part in self._parts(axes):
            here = (slice(None),) * place + (places,)
            own = at[here] if lead and at.shape[place] > 1 else at
            values = getattr(curve, formula)(own, part)
            if result is None:
                result = np.empty((*axes.shape, at.shape[-1]), values.dtype)
            result[here] = values
        assert result is not None  # there is at least one curve
        return result

    def _by_parts(self, t: np.ndarray, axes: Axes) -> Laid:
        dimension = axes.dims.index(self.dim)
        if not dimension:
            return super()._by_parts(t, axes)
        parts: list[tuple[slice | list[int], Laid]] = []
        for curve, places, own in self._parts(axes):
            shape, values = (*own.shape, len(t)), curve._by_parts(t, own)
            parts.append((places, values if values.shape == shape else np.broadcast_to(whole_of(values), shape)))
        return Joined((*axes.shape, len(t)), dimension, parts)

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        result = np.empty((*at.axes.shape, t.shape[-1]), dtype=object)
        place = at.axes.dims.index(self.dim)
        lead = t.ndim - 1
        for curve, places, part in self._parts(at.axes):
            here = (slice(None),) * place + (places,)
            own = t[here] if lead and t.shape[place] > 1 else t
            result[here] = curve._formula(own, replace(at, axes=part))
        return result

    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self._assembled("_cumulative_hazard", t, axes)

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self._assembled("_survival", t, axes)

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        return self._assembled("_hazard", t, axes)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        return self._assembled("_time_at", hazard, axes)

    def _at(self, labels: Mapping[str, str]) -> Curve:
        if self.dim not in labels:
            return super()._at(labels)
        label = labels[self.dim]
        if label not in self.order:
            known = ", ".join(self.order)
            raise UnknownNameError(f"there is no {self.dim} '{label}' ({known}).{did_you_mean(label, self.order)}")
        curve = next(curve for group, curve in self.curves.items() if label in group)
        return curve._at({dim: name for dim, name in labels.items() if dim in curve.axes.labels})

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission, label by label."""
        return "; ".join(f"{label}: {self._at({self.dim: label}).describe(unit)}" for label in self.order)
