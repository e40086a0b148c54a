"""Several families fitted to the same data, side by side: the table that a submission shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from hecon.errors import HeconError, InputError
from hecon.labels import one_of
from hecon.looks import ShownInNotebooks
from hecon.survival.base import Curve
from hecon.survival.fitting.covariates import ActingOn, Covariates
from hecon.survival.fitting.data import SurvivalData, survival_data
from hecon.survival.fitting.fit import Fit, fitted
from hecon.survival.fitting.kaplan_meier_estimate import KaplanMeierEstimate, kaplan_meier
from hecon.survival.fitting.problem import SPLINE, Problem
from hecon.survival.spline import SCALES

#: What NICE's Technical Support Document 14 asks for, and the splines of its number 21.
STANDARD = ("exponential", "weibull", "gompertz", "lognormal", "loglogistic", "gamma", "generalised_gamma")


@dataclass(frozen=True, eq=False, repr=False)
class Fits(ShownInNotebooks, Mapping[str, Fit]):
    """Fits by name (``weibull``, ``spline_odds_2`` for two inner knots), in the order they were asked for.

    `refused`: families that could not be fitted to these data, with the reason.
    """

    fits: Mapping[str, Fit]
    refused: Mapping[str, str]
    data: SurvivalData = field(repr=False)

    def __getitem__(self, name: str) -> Fit:
        return self.fits[one_of(name, self.fits, "fit")]

    def __iter__(self) -> Any:
        return iter(self.fits)

    def __len__(self) -> int:
        return len(self.fits)

    def best(self, criterion: str = "aic") -> Fit:
        """Give the fit with the smallest ``aic`` or ``bic``."""
        one_of(criterion, ("aic", "bic"), "criterion")
        return min(self.fits.values(), key=lambda fit: getattr(fit, criterion))

    def curves(self) -> dict[str, Curve]:
        """Give the curve of each fit that has one, and is one; those with covariates have several."""
        found = {name: _single(fit) for name, fit in self.fits.items()}
        return {name: curve for name, curve in found.items() if curve is not None}

    def kaplan_meier(self) -> KaplanMeierEstimate:
        """Give the Kaplan-Meier estimate of the data. Raises `HeconError` where events lie between two times."""
        if self.data.is_interval.any():
            raise HeconError("the Kaplan-Meier estimate needs exact times; some events here lie between two")
        return kaplan_meier(self.data.lower, self.data.is_event, entry=self.data.entry, weights=self.data.weight)

    def table(self, times: Sequence[float] = ()) -> pd.DataFrame:
        """Give one row for each fit: coefficients, log-likelihood, AIC, BIC and their distance to the best, what
        the covariance is from, notes.

        With `times`: survival at them, and the median; a fit with covariates has none, for it has several curves.
        """
        rows = []
        for name, fit in self.fits.items():
            row: dict[str, Any] = {"fit": name, "coefficients": len(fit.names), "loglik": fit.loglik}
            row |= {"aic": fit.aic, "bic": fit.bic}
            if len(times):
                curve = _single(fit)
                row["median"] = curve.median() if curve else np.nan
                row |= {f"survival at {time:g}": curve.survival(time) if curve else np.nan for time in times}
            rows.append({**row, "covariance": fit.covariance_from, "notes": "; ".join(fit.notes)})
        rows += [{"fit": name, "notes": f"not fitted: {why}"} for name, why in self.refused.items()]
        table = pd.DataFrame(rows).set_index("fit")
        if self.fits:
            for place, criterion in ((4, "aic"), (6, "bic")):
                table.insert(place - 1, f"{criterion}_above_best", table[criterion] - table[criterion].min())
        return table

    def __repr__(self) -> str:
        table = self.table()
        said = sum(bool(note) for note in table["notes"])
        more = f"\n{said} with notes: see .table()['notes']" if said else ""
        return table.drop(columns=["covariance", "notes"]).to_string(float_format=lambda value: f"{value:.3f}") + more


def _single(fit: Fit) -> Curve | None:
    """Give the curve of a fit that has one, and is one."""
    try:
        curve = fit.curve
    except HeconError:
        return None
    return None if curve.axes.dims else curve


def fit_all(
    time: object,
    event: object = None,
    *,
    families: Sequence[str] = STANDARD,
    spline_knots: Sequence[int] = (1, 2),
    entry: object = None,
    upper: object = None,
    weights: object = None,
    background: object = None,
    covariates: Mapping[str, object] | pd.DataFrame | None = None,
    on: ActingOn = None,
    cure: str | None = None,
    robust: bool = False,
) -> Fits:
    """Fit every family of `families`, and splines on three scales for each number of inner knots, to the same data.

    Data, covariates and cure as in `fit`. A family that these data do not allow (a spline with more knots than there
    are event times, say) is in the table with the reason. N. Latimer, NICE DSU Technical Support Document 14 (2011).

    >>> found = fit_all([0.7, 1.1, 1.8, 2.6, 3.1, 4.0], [1, 1, 1, 0, 1, 0], spline_knots=[])
    >>> found.best().family
    'exponential'
    >>> list(found.table([1.0]).columns)[:6]
    ['coefficients', 'loglik', 'aic', 'aic_above_best', 'bic', 'bic_above_best']
    """
    data = survival_data(time, event, entry=entry, upper=upper, weights=weights, background=background)
    problem = Problem(data, Covariates.read(covariates, data.size))
    wanted: list[tuple[str, str, int | None]] = [(family, family, None) for family in families]
    wanted += [(f"{SPLINE}_{scale}_{knots}", f"{SPLINE}_{scale}", knots) for scale in SCALES for knots in spline_knots]
    fits: dict[str, Fit] = {}
    refused: dict[str, str] = {}
    for name, family, knots in wanted:
        try:
            fits[name] = fitted(problem, family, on=on, cure=cure, knots=knots, robust=robust)
        except InputError as error:
            if any(fault.where != "knots" for fault in error.faults):
                raise
            refused[name] = "; ".join(f"{fault.where} {fault.what}" for fault in error.faults)
    return Fits(fits, refused, data)
