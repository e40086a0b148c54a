"""Fit a survival curve to individual data by maximum likelihood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import Fault, HeconError, InputError
from hecon.labels import DRAW, one_of
from hecon.looks import ShownInNotebooks
from hecon.survival.base import Curve
from hecon.survival.fitting.covariates import ActingOn, Covariates
from hecon.survival.fitting.cured import CURES
from hecon.survival.fitting.data import SOURCE, SurvivalData, survival_data
from hecon.survival.fitting.forms import FORMS, Form
from hecon.survival.fitting.identified import identified
from hecon.survival.fitting.problem import SPLINE, Problem, Specification, Top
from hecon.survival.piecewise_exponential import PIECEWISE
from hecon.survival.spline import SCALES, lowest_slope

#: Families that `fit` knows, beside ``spline`` with its scale.
FITTED = (*FORMS, PIECEWISE, *(f"{SPLINE}_{scale}" for scale in SCALES))
#: What a covariance is from, in words.
COVARIANCES = {"information": "inverse of the observed information", "sandwich": "robust (sandwich)"}
#: No more batches of draws than this in search of splines that never fall.
BATCHES = 100


@dataclass(frozen=True, eq=False, repr=False)
class Fit(ShownInNotebooks):
    """A family fitted to data: log-likelihood, coefficients with their covariance, the curve, and what there is to say.

    Coefficients are those of the family's parameters on the real line (the logarithm of what is positive, the logit of
    a cure fraction, anything else as it is), each followed by the effects of its covariates: `estimates`, `covariance`
    and `standard_errors` are on that scale, `parameters` and `intervals` on the natural one. `notes` say in words what
    is no ordinary top: a boundary, a flat direction, another top, a climb that did not end; no note, no doubt.
    """

    family: str
    cure: str | None
    names: tuple[str, ...]
    estimates: np.ndarray
    covariance: np.ndarray
    loglik: float
    rows: int
    events: int
    notes: tuple[str, ...]
    knots: tuple[float, ...]
    robust: bool
    _top: Top = field(repr=False)
    _covariates: Covariates = field(repr=False)

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 k - 2 log L."""
        return 2 * len(self.names) - 2 * self.loglik

    @property
    def bic(self) -> float:
        """Bayesian criterion, k log n - 2 log L, n the number of rows."""
        return float(len(self.names) * np.log(self.rows)) - 2 * self.loglik

    @property
    def covariance_from(self) -> str:
        """What the covariance is from: ``information``, or ``sandwich`` where it is robust."""
        return "sandwich" if self.robust else "information"

    @property
    def standard_errors(self) -> pd.Series:
        """Standard errors of the coefficients, on the real line; 0 for one that is held (see `notes`)."""
        return pd.Series(np.sqrt(np.diag(self.covariance)), index=list(self.names))

    @property
    def parameters(self) -> pd.Series:
        """Parameters on their natural scale; effects of covariates on the real line."""
        return pd.Series(self._natural(self.estimates), index=list(self.names))

    def intervals(self, level: float = 0.95) -> pd.DataFrame:
        """Give parameters with their interval at a level: normal on the real line, brought to the natural scale."""
        from scipy.special import ndtri

        if not 0 < level < 1:
            raise InputError("the intervals of a fit", [Fault("level", f"is {level}; it must lie between 0 and 1")])
        width = ndtri((1 + level) / 2) * np.sqrt(np.diag(self.covariance))
        columns = {"estimate": 0.0, "lower": -1.0, "upper": 1.0}
        found = {name: self._natural(self.estimates + side * width) for name, side in columns.items()}
        return pd.DataFrame(found, index=list(self.names))

    @property
    def curve(self) -> Curve:
        """The fitted curve, in the unit of time of the data; with a dimension for each factor among the covariates."""
        return self._curve(self.estimates[None], None, drawn=False)

    def curve_at(self, **covariates: object) -> Curve:
        """Give the fitted curve at values of the covariates: ``fit.curve_at(arm="B", age=61)``."""
        return self._curve(self.estimates[None], self._covariates.checked(covariates), drawn=False)

    def draws(self, n: int, seed: int, **covariates: object) -> Curve:
        """Give `n` draws of the curve (dimension ``draw``), from the normal distribution of the coefficients.

        The first draws are the same for any `n`. Splines that fall somewhere are drawn anew, for they are no survival
        curves. Covariates as in `curve_at`; without, a dimension for each factor.
        """
        at = self._covariates.checked(covariates) if covariates else None
        random = np.random.default_rng(seed)
        root = _root(self.covariance)
        kept: list[np.ndarray] = []
        found = 0
        for _ in range(BATCHES):
            batch = self.estimates + random.standard_normal((n, len(self.estimates))) @ root.T
            batch = batch[self._rising(batch, at)]
            kept.append(batch)
            found += len(batch)
            if found >= n:
                return self._curve(np.concatenate(kept)[:n], at, drawn=True)
        raise HeconError(
            f"hardly any draw of the spline is a survival curve ({found} of {BATCHES * n}): it is not identified"
        )

    def _rising(self, batch: np.ndarray, at: Mapping[str, Any] | None) -> np.ndarray:
        """Say which draws are survival curves: only a spline may fail."""
        if self._top.model.family != SPLINE:
            return np.ones(len(batch), dtype=bool)
        values, _ = self._values(batch, at)
        gammas = values[1:] if self.cure else values
        lowest = lowest_slope(np.broadcast_arrays(*gammas), self._top.model.knots)
        return lowest.reshape(len(batch), -1).min(axis=1) >= 0

    def _natural(self, coefficients: np.ndarray) -> np.ndarray:
        natural = np.array(coefficients)
        with np.errstate(over="ignore"):  # the end of an interval that says nothing is infinite
            for own, link in zip(self._places(), self._form.links, strict=True):
                natural[own.start] = link.from_real(coefficients[own.start])
        return natural

    @property
    def _form(self) -> Form:
        return self._top.likelihood.form

    def _places(self) -> list[slice]:
        ends = np.cumsum([0, *self._top.likelihood.sizes])
        return [slice(a, b) for a, b in zip(ends, ends[1:], strict=False)]

    def _grid(self, at: Mapping[str, Any] | None) -> tuple[list[Mapping[str, Any]], dict[str, tuple[str, ...]]]:
        """Values of the covariates at which curves are wanted, and the dimensions they run along."""
        if at is not None or not self._covariates.names:
            return [at or {}], {}
        numbers = [name for name in self._covariates.names if name not in self._covariates.levels]
        if numbers:
            raise HeconError(
                f"the fit has the covariate {numbers[0]}, a number: a curve needs its value; ask for "
                f"curve_at({', '.join(f'{name}=...' for name in self._covariates.names)})"
            )
        levels = {name: self._covariates.levels[name] for name in self._covariates.names}
        grid: list[Mapping[str, Any]] = [{}]
        for name, labels in levels.items():
            grid = [{**point, name: label} for point in grid for label in labels]
        return grid, levels

    def _values(
        self, batch: np.ndarray, at: Mapping[str, Any] | None
    ) -> tuple[list[np.ndarray], dict[str, tuple[str, ...]]]:
        """Parameters on the natural scale: draws, then one dimension for each factor, where a parameter varies."""
        grid, levels = self._grid(at)
        shape = tuple(len(labels) for labels in levels.values())
        real = []
        for name, own in zip(self._form.names, self._places(), strict=True):
            acting = self._top.model.covariates_of(name)
            rows = np.stack([self._covariates.row(acting, point) for point in grid])
            real.append((batch[:, own] @ rows.T).reshape(len(batch), *shape))
        return self._form.natural(real), levels

    def _curve(self, batch: np.ndarray, at: Mapping[str, Any] | None, *, drawn: bool) -> Curve:
        values, levels = self._values(batch, at)
        dims = ((DRAW,) if drawn else ()) + tuple(levels)
        coords = {name: list(labels) for name, labels in levels.items()}
        parts: list[Any] = []
        for value in values:
            own = value if drawn else value[0]
            parts.append(xr.DataArray(own, dims=dims, coords=coords) if dims else float(own))
        return self._form.curve(parts)

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """Give parameters with their interval, to four significant digits, and standard errors on the real line."""
        table = self.intervals(level)
        table.columns = ["estimate", f"low {100 * level:g}%", f"high {100 * level:g}%"]
        table["standard error (real line)"] = self.standard_errors
        return table.map(lambda value: float(f"{value:.4g}"))

    def __repr__(self) -> str:
        cure = f" with {self.cure.replace('_', '-')} cure" if self.cure else ""
        rows = f"{self.rows} row{'s' if self.rows != 1 else ''}, {self.events} event{'s' if self.events != 1 else ''}"
        lines = [
            f"{self.family.replace('_', ' ')}{cure}: {rows}",
            f"log-likelihood {self.loglik:.4f}, AIC {self.aic:.2f}, BIC {self.bic:.2f}",
            self.summary().to_string(float_format=lambda value: f"{value:.4g}"),
            f"covariance: {COVARIANCES[self.covariance_from]}",
        ]
        if self.knots:
            lines.append(f"knots at {', '.join(f'{knot:.4g}' for knot in self.knots)}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def fit(
    family: str,
    time: object,
    event: object = None,
    *,
    entry: object = None,
    upper: object = None,
    weights: object = None,
    background: object = None,
    covariates: Mapping[str, object] | pd.DataFrame | None = None,
    on: ActingOn = None,
    cure: str | None = None,
    knots: int | Sequence[float] | None = None,
    scale: str | None = None,
    robust: bool = False,
) -> Fit:
    """Fit a family to individual data by maximum likelihood.

    `time`, `event` (1 or 0), `entry` (left truncation), `upper` (interval censoring, instead of `event`), `weights` and
    `background` (hazards of the general population at each event: the fit is then of the excess hazard) are those of
    `survival_data`, which names every fault by argument and row.

    `covariates` by name: numbers or texts (the first level, in the order of a pandas categorical or else sorted, is the
    reference); they act on the location of the family (scale, rate, meanlog, mu, gamma_0; with cure the fraction), on
    the parameters of `on` (``{"scale": "arm", "shape": "arm"}``) or on all (``"all"``).
    `cure`: ``mixture`` or ``non_mixture``. `knots`: for a spline the number of inner knots (at quantiles of the event
    times) or their times; for ``piecewise_exponential`` the times at which the hazard changes, or how many. `scale`: of
    ``spline``. `robust`: the covariance of weighted rows from what each adds to the score (the sandwich).

    Every climb is Newton's with exact derivatives, from several places and from the fits of the families within.

    >>> found = fit("weibull", [0.7, 1.1, 1.8, 2.6, 3.1, 4.0], [1, 1, 1, 0, 1, 0])
    >>> round(found.loglik, 4), {name: round(value, 4) for name, value in found.parameters.items()}
    (-8.4325, {'shape': 1.4919, 'scale': 3.099})
    """
    data = survival_data(time, event, entry=entry, upper=upper, weights=weights, background=background)
    read = Covariates.read(covariates, data.size)
    if isinstance(on, Mapping):
        acting = {item for items in on.values() for item in ([items] if isinstance(items, str) else items)}
        idle = [name for name in read.names if name not in acting]
        if idle:
            what = "is given, but acts on no parameter; name it in `on`"
            raise InputError(SOURCE, [Fault(name, what) for name in idle])
    problem = Problem(data, read)
    return fitted(problem, family, on=on, cure=cure, knots=knots, scale=scale, robust=robust)


def fitted(
    problem: Problem,
    family: str,
    *,
    on: ActingOn = None,
    cure: str | None = None,
    knots: int | Sequence[float] | None = None,
    scale: str | None = None,
    robust: bool = False,
) -> Fit:
    """Fit one family to a problem, which remembers the families within it."""
    model = _model(problem.data, family, cure, knots, scale)
    form = model.form
    model = model.acting(problem.covariates.acting_on(form.names, form.location, on))
    top = problem.top(model)
    names = tuple(_coefficient_names(problem.covariates, model, form))
    unit = problem.units(form, top.likelihood.designs)
    told = identified(top.likelihood, top.summit, top.others, top.edge, names, unit, problem.data)
    covariance = told.covariance
    if robust:
        scores = top.likelihood.scores(top.summit.place)
        covariance = covariance @ (scores.T @ scores) @ covariance
    notes = told.notes
    if model.family == SPLINE:
        notes += tuple(_falls(top, problem))
    title = f"{SPLINE}_{model.scale}" if model.family == SPLINE else model.family
    times = tuple(np.exp(model.knots).tolist()) if model.family == SPLINE else model.knots
    used = problem.covariates.only({item for _, items in model.on for item in items})
    rows, events = problem.data.size, problem.data.events
    place, height = top.summit.place, top.summit.value
    return Fit(title, cure, names, place, covariance, height, rows, events, notes, times, robust, top, used)


def _falls(top: Top, problem: Problem) -> Iterator[str]:
    rows = np.arange(problem.data.size)
    gammas = top.likelihood.parameters_of(top.summit.place, rows)[1 if top.model.cure else 0 :]
    lowest = float(lowest_slope(gammas, top.model.knots).min())
    if lowest < 0:
        yield f"the spline falls between events (slope {lowest:.3g}): it is no survival curve; use fewer knots"


def _coefficient_names(covariates: Covariates, model: Specification, form: Form) -> Iterator[str]:
    for name in form.names:
        yield name
        yield from (f"{name}: {term}" for term in covariates.terms(model.covariates_of(name)))


def _model(
    data: SurvivalData, family: str, cure: str | None, knots: int | Sequence[float] | None, scale: str | None
) -> Specification:
    if cure is not None:
        one_of(cure, CURES, "form of cure")
    if family == SPLINE:
        family = f"{SPLINE}_{one_of(scale or SCALES[0], SCALES, 'scale of a spline')}"
    elif scale is not None:
        raise InputError(
            SOURCE, [Fault("scale", f"is '{scale}', but the family is {family}; only a spline has a scale")]
        )
    one_of(family, FITTED, "family to fit")
    if family in FORMS:
        if knots is not None:
            raise InputError(SOURCE, [Fault("knots", f"are given, but the family is {family}, which has none")])
        return Specification(family, cure)
    if knots is None:
        raise InputError(SOURCE, [Fault("knots", f"is not given; {family} needs their number or their times")])
    happened = data.middle[~data.is_censored & (data.weight > 0)]
    if family == PIECEWISE:
        return Specification(PIECEWISE, cure, knots=_breaks(happened, knots))
    return Specification(SPLINE, cure, knots=_log_knots(happened, knots), scale=family.removeprefix(f"{SPLINE}_"))


def _log_knots(happened: np.ndarray, knots: int | Sequence[float]) -> tuple[float, ...]:
    """Knots of a spline in log time: boundary knots at the first and last event, the inner ones as asked for."""
    logs = np.log(happened)
    inner = _between(logs, knots) if isinstance(knots, int) else np.log(np.asarray(knots, dtype=float))
    placed = (float(logs.min()), *map(float, inner), float(logs.max()))
    _increasing(placed, "knots")
    return placed


def _breaks(happened: np.ndarray, knots: int | Sequence[float]) -> tuple[float, ...]:
    placed = tuple(map(float, _between(happened, knots) if isinstance(knots, int) else np.asarray(knots, dtype=float)))
    _increasing((0.0, *placed), "knots")
    return placed


def _between(values: np.ndarray, count: int) -> np.ndarray:
    """Quantiles that cut the events into groups of one size."""
    return np.quantile(values, np.arange(1, count + 1) / (count + 1))


def _increasing(placed: Sequence[float], name: str) -> None:
    if not np.all(np.isfinite(placed)) or np.any(np.diff(placed) < 1e-9):
        shown = ", ".join(f"{knot:.4g}" for knot in placed)
        where = f"fall together or outside the event times ({shown}, logarithms for a spline)"
        what = f"{where}; use fewer, or give their times"
        raise InputError(SOURCE, [Fault(name, what)])


def _root(covariance: np.ndarray) -> np.ndarray:
    """Give a matrix whose product with its own transpose is the covariance; rows of 0 for what is held."""
    free = np.flatnonzero(np.diag(covariance) > 0)
    root = np.zeros(covariance.shape)
    if len(free):
        part = covariance[np.ix_(free, free)]
        try:
            own = np.linalg.cholesky(part)
        except np.linalg.LinAlgError:  # flat directions were left out
            values, axes = np.linalg.eigh(part)
            own = axes * np.sqrt(np.maximum(values, 0.0))
        root[np.ix_(free, free)] = own
    return root
