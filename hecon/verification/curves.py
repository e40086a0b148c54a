"""Checks of survival curves: those of the model, and the identities between families that every engine must keep."""

from __future__ import annotations

from functools import partial

import numpy as np

from hecon.analysis.health import FAIL
from hecon.inputs.evidence_sheets import CURVE_MEASURES
from hecon.labels import STRATEGY
from hecon.settings import years_per
from hecon.survival.adjust import HazardRatio
from hecon.survival.base import Curve
from hecon.survival.exponential import Exponential
from hecon.survival.gamma import Gamma
from hecon.survival.generalised_gamma import GeneralisedGamma
from hecon.survival.lognormal import Lognormal
from hecon.survival.weibull import Weibull
from hecon.survival.weibull_ph import WeibullPH
from hecon.verification.record import (
    ADVISHE,
    TECH_VER,
    Answer,
    agree,
    at_most,
    explained,
    health_check,
    need,
    never,
    worst,
)
from hecon.verification.subject import Subject, frame_of

_check = partial(health_check, domain="curves", source=TECH_VER)
#: A median this far from the published one (as a share) is a mistake in a cell; this far, a poor fit.
_FAR, _OFF = 0.5, 0.1
#: A landmark this far from the published share.
_FAR_SHARE, _OFF_SHARE = 0.2, 0.05


def _curves(model: Subject) -> dict[str, Curve]:
    found = {name: curve for name, curve in model.base.curves.items() if isinstance(curve, Curve)}
    need(found, "the model takes no curves from a workbook")
    return found


def _at(curve: Curve, times: np.ndarray) -> np.ndarray:
    return np.atleast_2d(np.asarray(curve.survival(times)))


def _at_edges(model: Subject) -> dict[str, np.ndarray]:
    """Survival at the edges of cycles, by the name of the curve."""
    curves, edges = _curves(model), model.base.time.edges
    return model.once("curves at edges", lambda: {name: _at(curve, edges) for name, curve in curves.items()})


@_check("Curves begin at 1 and never rise", expected="S(0) = 1, 0 <= S <= 1, falling", short=True)
def falling(model: Subject) -> Answer:
    """A survival curve is a share of people who are still without the event."""
    answers = []
    for name, values in _at_edges(model).items():
        answers.append(agree(values[..., 0], 1.0, what=f"{name} at 0"))
        answers.append(at_most(values[..., 1:], values[..., :-1], f"{name} rises"))
        answers.append(at_most(values, 1.0, f"{name} above 1"))
        answers.append(at_most(-values, 0.0, f"{name} below 0"))
    return worst(answers)


@_check("The hazard is the slope of the curve", expected="-log S(t) = integral of h, by quadrature")
def slopes(model: Subject) -> Answer:
    """Survival and hazard of a curve are one thing told twice (its steps are taken as they are)."""
    answers = []
    for name, curve in _curves(model).items():
        if curve.knots():
            continue
        times = np.linspace(0.2, model.horizons[-1], 4001)
        hazard = np.atleast_2d(np.asarray(curve.hazard(times)))
        step = times[1] - times[0]
        simpson = step / 3 * (hazard[..., :-2:2] + 4 * hazard[..., 1:-1:2] + hazard[..., 2::2]).sum(axis=-1)
        survival = _at(curve, times)
        answers.append(agree(simpson, np.log(survival[..., 0] / survival[..., -1]), 1e-5, name))
    return worst(answers)


@_check("Curves meet the published survival", source=ADVISHE + ", D4", expected="medians and landmarks as published")
def _published(model: Subject) -> Answer:
    """What the trials published comes back from the curves in use: within a tenth, or it is named."""
    curves, days = _curves(model), model.case.settings.days_per_year
    table = frame_of(model.case, "Curves")
    own = table[table["family"] != ""]
    fitted = set(zip(own["strategy"], own["endpoint"], strict=True))
    answers = []
    for row in frame_of(model.case, "Published survival").to_dict("records"):
        if row["measure"] not in CURVE_MEASURES:
            continue
        curve = curves.get(row["endpoint"])
        if curve is None or row["strategy"] not in model.strategies:
            continue
        if STRATEGY in curve.axes.labels:
            curve = curve.select(strategy=row["strategy"])
        unit = years_per(row["time_unit"], days)
        what = f"{row['endpoint'].replace('_', ' ')} of {row['strategy']}"
        if row["measure"] == "median":
            found = float(np.asarray(curve.median()).ravel()[0]) / unit
            gap, far, off = abs(found / row["value"] - 1), _FAR, _OFF
            said = f"{what}: median {found:.3g} {row['time_unit']}s, published {row['value']:g}"
        else:
            found = float(np.asarray(curve.survival(row["time"] * unit)).ravel()[0])
            gap, far, off = abs(found - row["value"]), _FAR_SHARE, _OFF_SHARE
            said = f"{what}: {found:.3g} at {row['time']:g} {row['time_unit']}s, published {row['value']:g}"
        if gap <= off:
            answers.append(never(False, "", said))
        elif (row["strategy"], row["endpoint"]) not in fitted:
            answers.append(explained(f"{said}; it takes the curve of another"))
        else:
            answers.append(Answer(FAIL, said) if gap > far else explained(said))
    return worst(answers)


@_check(
    "Hazard ratio 1 changes no curve",
    changed="every curve under a hazard ratio of 1, and of 2 twice",
    expected="the same curve; H x 1, H x 4",
    short=True,
)
def ratio_of_one(model: Subject) -> Answer:
    """A hazard ratio multiplies the cumulative hazard, and nothing else."""
    answers, times = [], model.base.time.edges[1:]
    for name, curve in _curves(model).items():
        own = _at_edges(model)[name][..., 1:]
        answers.append(agree(_at(HazardRatio(curve, 1.0), times), own, what=f"{name}, hazard ratio 1"))
        answers.append(agree(_at(HazardRatio(HazardRatio(curve, 2.0), 2.0), times), own**4, 1e-8, f"{name}, 2 twice"))
    return worst(answers)


@_check(
    "Equal hazards, equal curves",
    changed="the workbook's hazard ratios all 1",
    expected="every curve that refers to another by a hazard ratio equals it",
)
def references(model: Subject) -> Answer:
    """A strategy whose effect is taken away has the curve of the strategy that it refers to."""
    table = frame_of(model.case, "Curves")
    rows = table[(table["effect"] == "hazard_ratio") & (table["reference"] != "")]
    need(len(rows), "no curve refers to another by a hazard ratio")
    need("hazard_ratio" in model.case.values, "there are no hazard ratios")
    ratios = model.case.values["hazard_ratio"]
    flat = ratios.copy(data=np.where(np.isfinite(ratios.values), 1.0, np.nan))
    found = model.with_values(hazard_ratio=flat).curves
    answers = []
    for row in rows.to_dict("records"):
        curve = found[row["endpoint"]]
        other = found[row.get("reference_endpoint") or row["endpoint"]]
        assert isinstance(curve, Curve)
        assert isinstance(other, Curve)
        times = model.base.time.edges
        own = curve.select(strategy=row["strategy"]).survival(times)
        theirs = other.select(strategy=row["reference"]).survival(times)
        answers.append(agree(own, theirs, what=f"{row['strategy']}, {row['endpoint']}"))
    return worst(answers)


@_check(
    "Nested families agree",
    changed="Weibull with shape 1; generalised gamma with Q 1, Q sigma, Q 0",
    expected="exponential; Weibull, gamma, lognormal",
    short=True,
)
def _nested(model: Subject) -> Answer:
    """A family that holds another gives it back at the value that makes it the other one."""
    times = model.base.time.edges[1:] / model.horizons[-1] * 4
    pairs = {
        "Weibull, shape 1": (Weibull(1.0, 2.0), Exponential(0.5)),
        "Weibull, two forms": (WeibullPH(1.4, 0.3), Weibull(1.4, 0.3 ** (-1 / 1.4))),
        "generalised gamma, Q 1": (GeneralisedGamma(0.7, 0.8, 1.0), Weibull(1 / 0.8, float(np.exp(0.7)))),
        "generalised gamma, Q 0": (GeneralisedGamma(0.7, 0.8, 0.0), Lognormal(0.7, 0.8)),
        "generalised gamma, Q sigma": (GeneralisedGamma(0.0, 0.8, 0.8), Gamma(1 / 0.64, 1 / 0.64)),
    }
    return worst(
        [agree(one.survival(times), other.survival(times), 1e-7, name) for name, (one, other) in pairs.items()]
    )


@_check("Curves answer their own quantiles", expected="S(median) = 1/2")
def medians(model: Subject) -> Answer:
    """The time by which half have had the event is the time at which half are left."""
    answers = []
    for name, curve in _curves(model).items():
        if curve.knots():
            continue
        medians = np.atleast_1d(np.asarray(curve.median(), dtype=float))
        for place in np.argwhere(np.isfinite(medians)):
            left = np.atleast_1d(_at(curve, medians[tuple(place)][None])[..., 0])
            answers.append(agree(left[tuple(place)], 0.5, 1e-6, name))
    return worst(answers)


@_check("Restricted means by quadrature", source=ADVISHE + ", C4", expected="the integral of S, by Gauss and Legendre")
def _means(model: Subject) -> Answer:
    """The mean up to the last horizon, by a rule of quadrature that the engine does not use."""
    nodes, weights = np.polynomial.legendre.leggauss(64)
    horizon, answers = model.horizons[-1], []
    for name, curve in _curves(model).items():
        if curve.knots():
            continue
        cuts = np.linspace(0, horizon, 33)
        middle, half = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts) / 2
        times = (middle[:, None] + half[:, None] * nodes).ravel()
        integral = _at(curve, times) @ (half[:, None] * weights).ravel()
        answers.append(agree(integral, np.atleast_1d(np.asarray(curve.restricted_mean(horizon))), 1e-6, name))
    return worst(answers)
