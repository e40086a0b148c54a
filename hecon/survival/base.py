"""What every survival curve is: an immutable value with one required formula, its cumulative hazard.

Survival S = exp(-H), hazard h = dH/dt, density h S, quantiles and restricted means follow from H. A
family overrides one of them only where it has a closed form that is faster or more precise.

Parameters are numbers or labelled arrays; a curve then has their dimensions. Time is in years, or in the
unit the parameters are in, for a curve on its own. A curve prints as the sentence for a submission.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from hecon.domains import Domain, parameter_in_words
from hecon.errors import AlignmentError, Fault, HeconError, InputError, UnknownNameError, did_you_mean
from hecon.labels import DRAW, Axes, Value, expand, join_axes, one_of, with_data, wrap, wrap_along
from hecon.labels import axes_of as axes_of_values
from hecon.looks import ShownInNotebooks
from hecon.rows import Laid, Tiled, whole_of
from hecon.survival import special
from hecon.survival.quadrature import integral_over
from hecon.survival.written import Written
from hecon.symbols.draft import times_at
from hecon.symbols.expression import is_symbolic

_TIME = "time"
#: What a curve gives: a number for one time and plain parameters, a vector for several, else a labelled array.
_Given = float | np.ndarray | xr.DataArray


@dataclass(frozen=True, eq=False, repr=False)
class Curve(ShownInNotebooks, ABC):
    """A survival curve. Subclasses are frozen dataclasses whose fields are their parameters or inner curves.

    A subclass writes ``_cumulative_hazard(t, axes)``: `t` is an array whose last dimension is time and whose
    leading dimensions (if any) are those of `axes`; the result broadcasts to ``axes.shape + (times,)``. It
    declares the domain of each parameter in `domains`; a value outside raises `InputError`.

    Every formula is elementwise, on contiguous arrays, so a draw has the same bits in any block of draws.
    """

    #: What the curve is called in sentences and messages.
    title: ClassVar[str]
    #: Domain of each parameter, by field name.
    domains: ClassVar[Mapping[str, Domain]] = {}
    #: Whether the sentence joins several curves, and so needs brackets inside another one.
    compound: ClassVar[bool] = False

    def __post_init__(self) -> None:
        faults = []
        for name, domain in self.domains.items():
            given = getattr(self, name)
            found = (domain.fault(name, item) for item in (given if isinstance(given, tuple) else (given,)))
            faults += [fault for fault in found if fault is not None]
        for spec in fields(self):
            value = getattr(self, spec.name)
            if spec.type == "Curve" and not isinstance(value, Curve):  # annotations are text here
                faults.append(Fault(spec.name, f"is {type(value).__name__}; it must be a survival curve"))
        self.refuse(faults)

    def refuse(self, faults: list[Fault]) -> None:
        """Raise `InputError` with these faults, if there are any."""
        if faults:
            raise InputError(f"the {self.title} curve", faults)

    @abstractmethod
    def _cumulative_hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        """Give H(t), laid out on `axes` and then time."""

    def _survival(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        minus = np.negative(self._cumulative_hazard(t, axes))
        return special.fast_exp(minus, out=minus)

    def _by_parts(self, t: np.ndarray, axes: Axes) -> Laid:
        """Give S(t) laid out in full, to be worked out some draws at a time where a family knows how."""
        return np.ascontiguousarray(np.broadcast_to(self._survival(t, axes), (*axes.shape, len(t))))

    def _formula(self, t: np.ndarray, at: Written) -> np.ndarray:
        """Give S(t) by a formula that reads well in a cell, on numbers and on symbols.

        The same survival as `_survival`, which is written for speed and for the far tail; a test holds them together.
        Times 0 and above; `at` gives the parameters in place and writes intermediate results down.
        """
        raise HeconError(f"the {self.title} curve has no formula for a live workbook")

    def written(self, t: np.ndarray, at: Written) -> np.ndarray:
        """Give S(t) in a column of its own."""
        return at.column(self._formula(t, at.of(self.heading)), self.heading)

    @property
    def heading(self) -> str:
        """What the curve is called in the heading of a column, after the name of the whole."""
        return self.title

    def _hazard(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        """Central difference of H; a curve with a closed form overrides it."""
        step = 1e-6 * np.maximum(t, 1e-6)
        before, after = np.maximum(t - step, 0), t + step
        return (self._cumulative_hazard(after, axes) - self._cumulative_hazard(before, axes)) / (after - before)

    def _time_at(self, hazard: np.ndarray, axes: Axes) -> np.ndarray:
        """Give the first time at which H reaches `hazard`, infinite where it never does; by bisection."""
        target = np.broadcast_to(hazard, np.broadcast_shapes((*axes.shape, 1), hazard.shape))
        high = self._beyond(target, axes)
        reached = self._cumulative_hazard(high, axes) >= target
        low = np.zeros(target.shape)
        for _ in range(130):  # to neighbouring numbers; always as many, so that a draw has the same bits in any block
            middle = (low + high) / 2
            below = self._cumulative_hazard(middle, axes) < target
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.where(target <= 0, 0.0, np.where(reached, high, np.inf))

    def _beyond(self, target: np.ndarray, axes: Axes) -> np.ndarray:
        """Give a finite time by which H has reached the target, if it ever does."""
        high = np.ones(target.shape)
        for _ in range(60):
            short = self._cumulative_hazard(high, axes) < target
            if not short.any():
                break
            high = np.where(short, 4 * high, high)
        return high

    def _inner(self) -> Iterator[Curve | Value]:
        """Give the parameters and curves this curve is made of."""
        for spec in fields(self):
            value = getattr(self, spec.name)
            if isinstance(value, Mapping):
                value = tuple(value.values())
            yield from value if isinstance(value, tuple) else (value,)

    @cached_property
    def axes(self) -> Axes:
        """Dimensions and labels of the curve, joined from its parameters and inner curves."""
        parts = [item for item in self._inner() if isinstance(item, Curve | xr.DataArray)]
        return join_axes(*(part.axes if isinstance(part, Curve) else axes_of_values(part) for part in parts))

    def knots(self) -> tuple[float, ...]:
        """Times at which the curve has a kink or a jump, in increasing order."""
        return tuple(sorted({knot for item in self._inner() if isinstance(item, Curve) for knot in item.knots()}))

    def on(self, value: Value, axes: Axes) -> np.ndarray:
        """Lay a parameter out on `axes` with a last dimension of size 1 for time, contiguous."""
        return np.ascontiguousarray(expand(value, axes)[..., None])

    def select(self, **labels: str) -> Curve:
        """Give the curve at some labels, without those dimensions: ``curve.select(strategy="Isa-Pd")``."""
        for dim, label in labels.items():
            if dim not in self.axes.labels:
                known = ", ".join(self.axes.dims) or "none"
                raise UnknownNameError(
                    f"the curve has no dimension '{dim}' ({known}).{did_you_mean(dim, self.axes.dims)}"
                )
            names = self.axes.labels[dim]
            if not isinstance(names, int):
                one_of(label, names, dim)
        return self._at(labels)

    def _at(self, labels: Mapping[str, str]) -> Curve:
        part = object.__new__(type(self))  # checked already, and nothing remembered yet
        for spec in fields(self):
            object.__setattr__(part, spec.name, _picked(getattr(self, spec.name), labels))
        return part

    # Words.

    def describe(self, unit: str = "") -> str:
        """Give the sentence for a submission; `unit` is the unit of time of the parameters, if it is known."""
        said = [f"{spec.name} {parameter_in_words(getattr(self, spec.name))}" for spec in fields(self)]
        return f"{self.title} ({', '.join([*said, unit] if unit else said)})"

    def __repr__(self) -> str:
        return self.describe()

    # What a user calls: labels in, labels out.

    def cumulative_hazard(self, t: object) -> _Given:
        """Give H(t) at times `t` (a number or a vector)."""
        return self._labelled(self._cumulative_hazard, _times(t))

    def survival(self, t: object) -> _Given:
        """Give S(t), the share still event-free at times `t` (a number or a vector).

        The result is a number or vector for a curve of plain numbers, else a DataArray with the dimensions
        of the curve and then ``time``.
        """
        return self._labelled(self._survival, _times(t))

    def hazard(self, t: object) -> _Given:
        """Give h(t), events per unit of time among those still event-free."""
        return self._labelled(self._hazard, _times(t))

    def density(self, t: object) -> _Given:
        """Give f(t) = h(t) S(t)."""
        return self._labelled(self._density, _times(t))

    def _density(self, t: np.ndarray, axes: Axes) -> np.ndarray:
        hazard, survival = np.broadcast_arrays(self._hazard(t, axes), self._survival(t, axes))
        return np.multiply(hazard, survival, out=np.zeros(hazard.shape), where=survival > 0)

    def quantile(self, p: object) -> _Given:
        """Time by which a share `p` (0 to 1) has had the event; infinite if that never happens."""
        share = np.asarray(p, dtype=float)
        if np.any(~((share >= 0) & (share <= 1))):
            raise InputError("the quantile asked for", [Fault("p", f"is {p}; it must lie between 0 and 1")])
        return self._labelled(lambda at, axes: self._time_at(-np.log1p(-at), axes), share, name="probability")

    def median(self) -> _Given:
        """Time by which half have had the event."""
        found = self._median
        return with_data(found, found.values.copy()) if isinstance(found, xr.DataArray) else found

    @cached_property
    def _median(self) -> _Given:
        return self.quantile(0.5)

    def restricted_mean(
        self, horizon: float, discount_rate: float = 0.0, form: str = "effective"
    ) -> float | xr.DataArray:
        """Mean time event-free up to `horizon`: the integral of S(t), discounted, by quadrature.

        Absolute error below 1e-10 of the horizon. `form` is ``effective``, (1 + r)^-t, or ``continuous``, exp(-r t).

        >>> from hecon.survival.exponential import Exponential
        >>> round(Exponential(0.5).restricted_mean(2.0), 6)
        1.264241
        """
        axes = self.axes
        force = np.log1p(discount_rate) if form == "effective" else discount_rate
        ends = np.array([0.0, *(knot for knot in self.knots() if 0 < knot < horizon), horizon])

        def integrand(t: np.ndarray) -> np.ndarray:
            return np.broadcast_to(self._survival(t, axes) * np.exp(-force * t), (*axes.shape, len(t)))

        with np.errstate(divide="ignore", over="ignore", under="ignore"):
            total = integral_over(integrand, ends[:-1], np.diff(ends), 1e-12 * horizon)
        return wrap(np.asarray(total), axes) if axes.dims else float(total)

    def at_edges(self, edges: np.ndarray) -> tuple[np.ndarray, Axes]:
        """Survival at times such as cycle edges, laid out on the curve's axes and then times, with those axes.

        Read-only, and computed once: states, doses and reports ask for the same arrays of times.
        """
        values, axes = self.laid_out(edges)
        return whole_of(values), axes

    def laid_out(self, edges: np.ndarray) -> tuple[Laid, Axes]:
        """Survival at times as `at_edges` gives it; of many draws, where it can be, to be worked out some at a time."""
        known: list[tuple[np.ndarray, Laid]] = self.__dict__.setdefault("_at_edges", [])
        for asked, values in known:
            if asked is edges:
                return values, self.axes
        axes = self.axes
        with np.errstate(divide="ignore", over="ignore", under="ignore"):
            values = self._laid_out(edges, axes)
        if isinstance(values, np.ndarray):
            values.flags.writeable = False
        # cycle edges and days of doses; without draws there is room for other edges and for published times
        known[:] = [*known[-1 if DRAW in axes.labels else -3 :], (edges, values)]
        return values, axes

    def _laid_out(self, edges: np.ndarray, axes: Axes) -> Laid:
        if self.is_symbolic:
            symbols = self._on_symbols(edges, axes)
            return np.ascontiguousarray(np.broadcast_to(symbols, (*axes.shape, len(edges))))
        values = self._by_parts(edges, axes)
        return values if DRAW in axes.labels else whole_of(values)

    @cached_property
    def is_symbolic(self) -> bool:
        """Whether a parameter of the curve, or of one inside it, is a symbol."""
        return any(item.is_symbolic if isinstance(item, Curve) else is_symbolic(item) for item in self._inner())

    def called(self, name: str) -> Curve:
        """Give the curve with a name, which heads its columns in a live workbook."""
        named = object.__new__(type(self))
        named.__dict__.update({key: value for key, value in self.__dict__.items() if key != "_at_edges"})
        object.__setattr__(named, "_name", name)
        return named

    @property
    def name(self) -> str:
        """Name that `called` gave the curve, or its title."""
        return str(self.__dict__.get("_name", self.title.capitalize()))

    def _on_symbols(self, edges: np.ndarray, axes: Axes) -> np.ndarray:
        t, along = times_at(edges)
        at = Written(axes, self.name, along)
        return at.column(self._formula(t, at))

    def _labelled(self, formula: Callable[[np.ndarray, Axes], np.ndarray], t: np.ndarray, name: str = _TIME) -> _Given:
        if t.ndim > 1:
            raise AlignmentError(f"a number or a vector is wanted, not an array with {t.ndim} dimensions")
        at, axes = np.atleast_1d(t), self.axes
        with np.errstate(divide="ignore", over="ignore", under="ignore"):
            values = np.broadcast_to(formula(at, axes), (*axes.shape, len(at)))
        if not axes.dims:
            return values.copy() if t.ndim else float(values[0])
        if not t.ndim:
            return wrap(values[..., 0], axes)
        return wrap_along(values, axes, name, at)


def _times(t: object) -> np.ndarray:
    times = np.asarray(t, dtype=float)
    if np.any(~(times >= 0)):
        raise InputError("the times asked for", [Fault("t", f"is {times.min():g}; it must be at least 0")])
    return times


def _picked(value: Any, labels: Mapping[str, str]) -> Any:
    """Give a field at some labels: a labelled array, a curve, or several of them; anything else as it is."""
    if isinstance(value, xr.DataArray):
        return value.sel({dim: label for dim, label in labels.items() if dim in value.dims}, drop=True)
    if isinstance(value, Curve):
        return value._at({dim: label for dim, label in labels.items() if dim in value.axes.labels})
    if isinstance(value, tuple):
        return tuple(_picked(item, labels) for item in value)
    return {key: _picked(item, labels) for key, item in value.items()} if isinstance(value, Mapping) else value


def line_in_log_time(
    t: np.ndarray, location: np.ndarray, slope: np.ndarray, then: Callable[[np.ndarray], object] | None = None
) -> Laid:
    """Give (log t - location) slope, -inf at t = 0, laid out by parts; `then` works on it in place."""

    def passes(log_t: np.ndarray, out: np.ndarray, location: np.ndarray, slope: np.ndarray) -> None:
        np.multiply(np.subtract(log_t, location, out=out), slope, out=out)
        if then is not None:
            then(out)

    return by_parts(np.log(t), [location, slope], passes)


def by_parts(t: np.ndarray, columns: Sequence[np.ndarray], passes: Callable[..., object]) -> Laid:
    """Lay ``passes(t, out, *columns)`` out; `columns` have a last dimension of size 1 for time.

    Several passes over a part in the cache cost less than fetching the whole array once for each.
    """
    lead = np.broadcast_shapes(*(column.shape for column in columns))[:-1]
    if t.ndim == 1 and lead and all(column.dtype == float for column in columns):
        return Tiled(lead, t, columns, passes)
    whole = np.empty(np.broadcast_shapes(t.shape, *(column.shape for column in columns)), np.result_type(t, *columns))
    passes(t, whole, *columns)
    return whole
