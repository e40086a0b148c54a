"""The curve of an endpoint, as the sheet Curves chooses it for each strategy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from hecon.errors import Fault, HeconError, InputError, UnknownNameError, did_you_mean, expect
from hecon.labels import DRAW, STRATEGY, Axes, wrap
from hecon.parameters import Parameters
from hecon.settings import TIME_UNITS, years_per
from hecon.survival.adjust import Rescaled
from hecon.survival.base import Curve
from hecon.survival.combine import ByStrategy, Chosen, Join
from hecon.survival.curve_rows import (
    ADJUSTMENTS,
    NEVER,
    SAME_CURVE,
    SPLINE_SCALES,
    TABLE_CURVES,
    TEXTS,
    TIME_VARYING,
    CurveRow,
    curve_rows,
)
from hecon.survival.families import CURED_FAMILIES, FAMILIES, SPLINE_FAMILIES, coefficients, family_curve
from hecon.survival.kept import keep, kept
from hecon.survival.landmark import AtLandmark
from hecon.survival.never import Never
from hecon.survival.piecewise_exponential import PIECEWISE, PiecewiseExponential
from hecon.survival.spline import Spline
from hecon.survival.time_varying import TimeVaryingHazardRatio
from hecon.survival.waning import Waning, WaningTo
from hecon.symbols.expression import number_of
from hecon.symbols.functions import missing

#: The unit of what a model is given.
YEARS = "years"


#: The unit of what a model is given.
_YEARS = "years"


def curve(p: Parameters, endpoint: str) -> Curve:
    """Survival curve of an endpoint for every strategy, in years, from the sheets Curves and Survival.

    A row of Curves names a family, whose coefficients stand on Survival under strategy, endpoint and family, in
    its own unit of time; or a reference (another strategy, another endpoint, or both) and the effect that
    turns the reference's curve into this one. Strategies of one family and unit make one vectorised curve.
    What is done to a curve happens in this order: tail, effect (which may wane), going over to another strategy's
    hazard, being held at a landmark.

    An endpoint that is not on Curves raises `UnknownNameError`; a row that cannot be followed raises
    `InputError` with its cell and what is missing.
    """
    expect(p, Parameters, "p", "the parameters that a model is given: def outcome(p, time)")
    known = p.remember(("curve", endpoint))
    if isinstance(known, Curve):
        return known
    chooser = p.remember(_Chooser) or p.remember(_Chooser, _Chooser(p))
    assert isinstance(chooser, _Chooser)
    built = chooser.kept(endpoint)
    if built.is_symbolic:
        built = built.called(endpoint.replace("_", " ").capitalize())
    p.remember(("curve", endpoint), built)
    return built


def curve_sentences(p: Parameters, endpoint: str) -> tuple[str, ...]:
    """Say each strategy's curve in a sentence: ``overall survival of Isa-Pd: lognormal (meanlog 3.2, ...)``."""
    chosen, said = curve(p, endpoint), endpoint.replace("_", " ")
    if STRATEGY not in chosen.axes.labels:
        return (f"{said}: {chosen.describe(_YEARS)}",)
    names = chosen.axes.labels[STRATEGY]
    assert isinstance(names, tuple)
    return tuple(f"{said} of {name}: {chosen.select(strategy=name).describe(_YEARS)}" for name in names)


class _Chooser:
    """Builds the curves of one set of parameters; each row and each endpoint once."""

    def __init__(self, p: Parameters) -> None:
        self._p = p
        self._sheet = curve_rows(p)
        self._labels = tuple((dim, tuple(names)) for dim, names in p.labels.items())
        self._rows, self._strategies = self._sheet.rows, self._sheet.strategies
        self._whole: dict[str, Curve] = {}
        self._single: dict[tuple[str, str], Curve] = {}
        self._horizon = p.settings.horizons[-1]
        self._choosing: list[tuple[str, str]] = []
        self._points: dict[tuple[str, str], list[tuple[float, float]]] | None = None
        self._given: list[str] = []
        self._looked_up: dict[str, None] = {}

    def kept(self, endpoint: str) -> Curve:
        """Give the curve of an endpoint: that of an earlier run where nothing that it is made of has changed."""
        if self._p.alternatives:
            return self.curve(endpoint)
        # what is looked up depends on the curves that were built before
        place = (self._sheet.behind(endpoint), *self._labels, self._p.settings.days_per_year, *self._given, endpoint)
        earlier = kept(place, self._p)
        if earlier is not None:
            self._whole[endpoint], names = earlier
            self._looked_up |= dict.fromkeys(names)
        found = self.curve(endpoint)
        if earlier is None and self._points is None:
            keep(place, self._p, self._looked_up, found)
        self._given.append(endpoint)
        return found

    def curve(self, endpoint: str) -> Curve:
        """Give the curve of an endpoint for all strategies."""
        if endpoint not in self._sheet.endpoints:
            known = ", ".join(self._sheet.endpoints) or "none"
            hint = did_you_mean(endpoint, self._sheet.endpoints)
            raise UnknownNameError(f"there is no curve for endpoint '{endpoint}' on sheet Curves ({known}).{hint}")
        if endpoint not in self._whole:
            missing = [name for name in self._strategies if (name, endpoint) not in self._rows]
            if missing:
                whats = [f"has no row for strategy '{name}', endpoint '{endpoint}'" for name in missing]
                raise InputError(self._p.source, [Fault("Curves", what) for what in whats])
            if self._p.alternatives:
                each: dict[tuple[str, ...], Curve] = {
                    (name,): self._chosen(name, endpoint) for name in self._strategies
                }
                self._whole[endpoint] = ByStrategy(each, self._strategies)
            else:
                self._whole[endpoint] = self._all(endpoint)
        return self._whole[endpoint]

    def _chosen(self, strategy: str, endpoint: str) -> Curve:
        """Give the curve of one strategy where several rows could be in use: a choice among theirs."""
        if (strategy, endpoint) in self._choosing:
            circle = " -> ".join(f"{name} {of}" for name, of in [*self._choosing, (strategy, endpoint)])
            raise HeconError(f"the curves to choose from refer to each other in a circle: {circle}")
        if (strategy, endpoint) not in self._single:
            self._choosing.append((strategy, endpoint))
            given = self._p.alternatives[strategy, endpoint]
            curves = [self._alone(CurveRow(**{**dict.fromkeys(TEXTS, ""), **row}, number=None)) for row in given.rows]
            self._single[strategy, endpoint] = curves[0] if len(curves) == 1 else Chosen(curves, given.number)
            self._choosing.pop()
        return self._single[strategy, endpoint]

    def _alone(self, row: CurveRow) -> Curve:
        """Build the curve of one row, without a strategy dimension."""
        whole = self._affected([row], self._one(*row.source)) if row.refers else self._of_family([row])
        own = whole.select(strategy=row.strategy) if STRATEGY in whole.axes.labels else whole
        return self._adjusted(row, own) if row.is_adjusted else own

    def _adjusted(self, row: CurveRow, own: Curve) -> Curve:
        """Do to a curve what stands on its row, in order."""
        if row.wanes_to:
            start, end = (self._time(row, "wanes_to", name) for name in ("waning_start", "waning_end"))
            to, first = self._one(row.wanes_to, row.endpoint), own
            own = self._built([row], lambda: WaningTo(first, to, start, end))
        if row.landmark == "yes":
            since = self._time(row, "landmark", "landmark_since") if self._has(row, "landmark_since") else 0.0
            time = self._time(row, "landmark", "landmark_time")
            held, free = self._single_value(row, "landmark", "landmark_survival"), own
            own = self._built([row], lambda: AtLandmark(free, time, held, since))
        return own

    def _single_value(self, row: CurveRow, column: str, name: str) -> xr.DataArray:
        found = self._values([row], column, name)
        return found.sel({STRATEGY: row.strategy}, drop=True) if STRATEGY in found.dims else found

    def _time(self, row: CurveRow, column: str, name: str) -> xr.DataArray:
        """Give a time of an effect in years."""
        return self._single_value(row, column, name) * self._years(row, column)

    def _years(self, row: CurveRow, column: str) -> float:
        if row.time_unit not in TIME_UNITS:
            self._sheet.refuse(row, "time_unit", f"is '{row.time_unit}'; {column} needs the unit of its times")
        return years_per(row.time_unit, self._p.settings.days_per_year)

    def _all(self, endpoint: str) -> Curve:
        groups: dict[object, list[CurveRow]] = {}
        for name in self._strategies:
            row = self._sheet.checked(self._rows[name, endpoint])
            key: object = name
            if row.is_adjusted:
                key = ("alone", name)
            elif row.refers and row.reference in ("", name):
                key = ("own", row.reference_endpoint, row.effect)
            elif row.refers:
                key = (row.source, row.effect)
            elif row.family in FAMILIES or row.family in CURED_FAMILIES:
                key = (row.family, row.time_unit)
            groups.setdefault(key, []).append(row)
        parts: dict[tuple[str, ...], Curve] = {}
        for key, rows in groups.items():
            if isinstance(key, tuple) and key[0] == "alone":
                parts[(rows[0].strategy,)] = self._one(rows[0].strategy, endpoint)
            elif isinstance(key, tuple) and key[0] == "own":
                if len(rows) == len(self._strategies):
                    return self._affected(rows, self.curve(rows[0].source[1]))
                parts |= {(row.strategy,): self._affected([row], self._one(*row.source)) for row in rows}
            elif rows[0].refers:
                parts[tuple(row.strategy for row in rows)] = self._affected(rows, self._one(*rows[0].source))
            else:
                parts[tuple(row.strategy for row in rows)] = self._of_family(rows)
        if len(parts) == 1:
            return next(iter(parts.values()))
        return ByStrategy(parts, self._strategies)

    def _one(self, strategy: str, endpoint: str) -> Curve:
        """Give the curve of one strategy, without a strategy dimension."""
        if self._p.alternatives:
            return self._chosen(strategy, endpoint)
        if (strategy, endpoint) not in self._single:
            self._single[strategy, endpoint] = self._alone(self._sheet.checked(self._rows[strategy, endpoint]))
        return self._single[strategy, endpoint]

    def _affected(self, rows: Sequence[CurveRow], reference: Curve) -> Curve:
        """Turn a reference curve into that of the rows, which share the effect."""
        effect = rows[0].effect
        if effect == SAME_CURVE:
            return reference
        if effect == TIME_VARYING:
            return self._built(rows, lambda: self._by_time(rows[0], reference))
        if rows[0].waning:
            return self._built(rows, lambda: self._waned(rows[0], reference))
        size = self._values(rows, "effect", effect)
        return self._built(rows, lambda: ADJUSTMENTS[effect](reference, size))

    def _waned(self, row: CurveRow, reference: Curve) -> Curve:
        """Give a reference curve under a hazard ratio that goes to 1."""
        ratio, start = self._single_value(row, "effect", row.effect), self._time(row, "waning", "waning_start")
        end = None if row.waning == "at_once" else self._time(row, "waning", "waning_end")
        return Waning(reference, ratio, start, end, row.waning)

    def _by_time(self, row: CurveRow, reference: Curve) -> Curve:
        """Ratios hazard_ratio_1, hazard_ratio_2, ... up to hazard_ratio_until_1, ...; the last one has no end."""
        ratios, starts = [self._single_value(row, "effect", "hazard_ratio_1")], [0.0]
        while self._has(row, f"hazard_ratio_{len(ratios) + 1}"):
            starts.append(self._fixed(row, f"hazard_ratio_until_{len(ratios)}") * self._years(row, "effect"))
            ratios.append(self._single_value(row, "effect", f"hazard_ratio_{len(ratios) + 1}"))
        return TimeVaryingHazardRatio(reference, starts, ratios)

    def _of_family(self, rows: Sequence[CurveRow]) -> Curve:
        """Build the curve of rows that share family and unit; those of tables and knots come one at a time."""
        row = rows[0]
        if row.family == NEVER:
            return Never()
        years = years_per(row.time_unit, self._p.settings.days_per_year)
        if row.family in TABLE_CURVES:
            return self._built(rows, lambda: Rescaled(self._table(row, years), years, f"{row.time_unit}s"))
        if row.family == PIECEWISE:
            return self._built(rows, lambda: Rescaled(self._piecewise(row), years, f"{row.time_unit}s"))
        if row.family in SPLINE_SCALES:
            return self._built(rows, lambda: Rescaled(self._spline(row), years, f"{row.time_unit}s"))
        return self._built(rows, lambda: Rescaled(self._named(rows, "family", row.family), years, f"{row.time_unit}s"))

    def _named(self, rows: Sequence[CurveRow], column: str, family: str) -> Curve:
        """Give the curve of a family whose coefficients have names, in its own unit of time."""
        values: list[Any] = list(self._coefficients(rows, column, family))
        if family in SPLINE_FAMILIES:
            names = coefficients(family)
            values = [
                self._fixed(rows[0], name, family) if name.startswith("knot_") else value
                for name, value in zip(names, values, strict=True)
            ]
        return family_curve(family, values)

    def _coefficients(self, rows: Sequence[CurveRow], column: str, family: str) -> list[xr.DataArray]:
        """Give the coefficients of a family; all that are not given are faults of the rows."""
        values: list[xr.DataArray] = []
        faults: list[Fault] = []
        for name in coefficients(family):
            try:
                values.append(self._values(rows, column, name, family))
            except InputError as error:
                faults += error.faults
        if faults:
            raise InputError(self._p.source, faults)
        return values

    def _table(self, row: CurveRow, years: float) -> Curve:
        """Give the curve through the points of a row, in its own unit, and its tail where they have one."""
        if self._points is None:
            points = self._p.tables["Kaplan-Meier"]
            self._points = {}
            columns = (points[name].tolist() for name in ("strategy", "endpoint", "time", "survival"))
            for strategy, endpoint, time, survival in zip(*columns, strict=True):
                self._points.setdefault((strategy, endpoint), []).append((time, survival))
        found = self._points.get((row.strategy, row.endpoint))
        if not found:
            what = f"is '{row.family}', but sheet Kaplan-Meier has no rows for {row.strategy}, {row.endpoint}"
            self._sheet.refuse(row, "family", what)
        times, survival = zip(*sorted(found or []), strict=True)
        given = TABLE_CURVES[row.family](times, survival)
        if row.tail:
            alone = self._named([row], "tail", row.tail)
            then = alone.select(strategy=row.strategy) if STRATEGY in alone.axes.labels else alone
            return Join(given, then, at=float(number_of(np.asarray(times[-1]))))
        end, left, horizon = (float(number_of(np.asarray(x))) for x in (times[-1], survival[-1], self._horizon))
        if end * years < horizon * (1 - 1e-9) and left > 0:
            self._sheet.refuse(row, "family", ends_early(row.family, end, row.time_unit, left, horizon))
        return given

    def _spline(self, row: CurveRow) -> Curve:
        """Coefficients gamma_0, gamma_1, ... and as many times knot_1, knot_2, ..."""
        gammas: list[xr.DataArray] = []
        log_knots: list[float] = []
        while len(gammas) < 2 or self._has(row, f"gamma_{len(gammas)}"):
            gammas.append(self._values([row], "family", f"gamma_{len(gammas)}", row.family))
            log_knots.append(float(np.log(self._fixed(row, f"knot_{len(gammas)}"))))
        return Spline(gammas, log_knots, SPLINE_SCALES[row.family])

    def _fixed(self, row: CurveRow, name: str, family: str = "") -> float:
        """Give a time of a curve's structure, which may not differ between draws."""
        times = number_of(self._values([row], "family", name, family or row.family).values)
        if np.ptp(times) > 0:
            self._sheet.refuse(row, "family", f"has {name} that differs between draws; it must be fixed")
        return float(times.flat[0])

    def _piecewise(self, row: CurveRow) -> Curve:
        """Rates rate_1, rate_2, ... that hold until until_1, until_2, ...; the last one has no end."""
        rates, starts = [self._values([row], "family", "rate_1", PIECEWISE)], [0.0]
        while self._has(row, f"rate_{len(rates) + 1}"):
            starts.append(self._fixed(row, f"until_{len(rates)}"))
            rates.append(self._values([row], "family", f"rate_{len(rates) + 1}", PIECEWISE))
        return PiecewiseExponential(starts, rates)

    def _has(self, row: CurveRow, name: str) -> bool:
        if not self._is_given(name):
            return False
        found = self._at_labels(row.endpoint, [row.strategy], row.family, name)
        return found is not None and not missing(found.values).any()

    # Values on Survival.

    def _values(self, rows: Sequence[CurveRow], column: str, name: str, family: str = "") -> xr.DataArray:
        """Give a parameter for the strategies of the rows; one that is not given is a fault of the rows."""
        strategies, endpoint = [row.strategy for row in rows], rows[0].endpoint
        found = self._at_labels(endpoint, strategies, family, name) if self._is_given(name) else None
        if found is not None:
            lacking = missing(found.values)
            if not lacking.any():
                return found
            if STRATEGY in found.dims:
                others = tuple(place for place, dim in enumerate(found.dims) if dim != STRATEGY)
                each = np.atleast_1d(lacking.any(axis=others))
                rows = [row for row, lacks in zip(rows, each, strict=True) if lacks]
        chosen = f"is '{family or name}'"
        faults = [
            Fault(
                self._sheet.cell(row, column),
                f"{chosen}, but sheet Survival has no {name} for {row.strategy}, {endpoint}"
                + (f", family {family}" if family else ""),
            )
            for row in rows
        ]
        raise InputError(self._p.source, faults)

    def _is_given(self, name: str) -> bool:
        self._looked_up[name] = None
        return name in self._p

    def _at_labels(self, endpoint: str, strategies: list[str], family: str, name: str) -> xr.DataArray | None:
        """Give a parameter at an endpoint, family and some strategies; None where a label of it is unknown."""
        array = self._p[name]
        wanted = {"endpoint": endpoint, "family": family}
        index: list[Any] = []
        kept: dict[str, tuple[str, ...] | int] = {}
        for dim, size in zip(map(str, array.dims), array.shape, strict=True):
            if dim == DRAW:
                index.append(slice(None))
                kept[dim] = size
                continue
            names = self._p.labels.get(dim, ())
            if len(names) != size:  # an array given by hand, with labels of its own
                names = tuple(array.coords[dim].values.tolist())
            if dim == STRATEGY:
                if not set(strategies) <= set(names):
                    return None
                index.append([names.index(strategy) for strategy in strategies])
                kept[dim] = tuple(strategies)
            elif dim in wanted:
                if wanted[dim] not in names:
                    return None
                index.append(names.index(wanted[dim]))
            else:
                index.append(slice(None))
                kept[dim] = names
        # One dimension at a time: numpy moves dimensions when a list and a number index together.
        values = array.values
        for place, item in reversed(list(enumerate(index))):
            values = values[(slice(None),) * place + (item,)]
        return wrap(np.array(values), Axes(kept))

    def _built(self, rows: Sequence[CurveRow], build: Callable[[], Curve]) -> Curve:
        """Build a curve; a value outside its domain is a fault of the sheet it stands on."""
        try:
            return build()
        except InputError as error:
            if error.source == self._p.source:
                raise
            row = rows[0]
            sheet = "Kaplan-Meier" if row.family in TABLE_CURVES else "Survival"
            where = f"{', '.join(each.strategy for each in rows)}, {row.endpoint}, {row.family or row.effect}"
            faults = [Fault(sheet, f"{where}: {fault.where} {fault.what}") for fault in error.faults]
            raise InputError(self._p.source, faults) from None


def ends_early(family: str, end: float, unit: str, left: float, horizon: float) -> str:
    """Say that points end before a horizon, and what to do about it."""
    what = f"is '{family}', whose points on Kaplan-Meier end at {end:g} {unit}s with a survival of {left:g}"
    cure = "name the family that goes on from there in the column tail of Curves"
    return f"{what}, but a horizon is {horizon:g} years; {cure}"
