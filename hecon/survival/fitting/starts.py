"""Where the climb to the top begins: fits of the families that a family contains, and a few places around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from hecon.frozen import frozen
from hecon.survival.fitting.data import SurvivalData

_LOG_2 = 0.6931471805599453
#: Beyond this Q a generalised gamma has an edge: no times beyond it (Q > 0) or before it (Q < 0), as good as.
EDGE_OF_Q = 12.0
#: From this Q on it is tried whether the likelihood rises towards an edge; from which Q, with sigma Q how much wider.
_TOWARDS_EDGE, _NEAR_EDGE = 1.5, ((6.0, 1.0), (8.0, 1.3))


@frozen(eq=True)
class Nested:
    """A family within another: `lift` gives the outer parameters on the real line from the inner ones.

    `carried`: for outer parameters with covariates, the inner one that takes them and the factor of their effects.
    """

    family: str
    lift: Callable[[np.ndarray], list[float]]
    carried: Mapping[str, tuple[str, float]]


#: What each family contains.
NESTED: Mapping[str, tuple[Nested, ...]] = {
    "weibull": (Nested("exponential", lambda p: [0.0, -p[0]], {"scale": ("rate", -1.0)}),),
    "weibull_ph": (
        Nested("exponential", lambda p: [0.0, p[0]], {"scale": ("rate", 1.0)}),
        Nested("weibull", lambda p: [p[0], -float(np.exp(p[0])) * p[1]], {}),
    ),
    "gompertz": (Nested("exponential", lambda p: [0.0, p[0]], {"rate": ("rate", 1.0)}),),
    "gamma": (Nested("exponential", lambda p: [0.0, p[0]], {"rate": ("rate", 1.0)}),),
    "generalised_gamma": (
        Nested("weibull", lambda p: [p[1], -p[0], 1.0], {"mu": ("scale", 1.0), "sigma": ("shape", -1.0)}),
        Nested("lognormal", lambda p: [p[0], p[1], 0.0], {"mu": ("meanlog", 1.0), "sigma": ("sdlog", 1.0)}),
        Nested("gamma", lambda p: [p[0] - p[1], -p[0] / 2, float(np.exp(-p[0] / 2))], {"mu": ("rate", -1.0)}),
    ),
    "generalised_f": (
        Nested(
            "generalised_gamma",
            lambda p: [*p, -30.0],
            {"mu": ("mu", 1.0), "sigma": ("sigma", 1.0), "Q": ("Q", 1.0)},
        ),
        Nested(
            "loglogistic",
            lambda p: [p[1], _LOG_2 / 2 - p[0], 0.0, 0.0],
            {"mu": ("scale", 1.0), "sigma": ("shape", -1.0)},
        ),
    ),
}
#: The family that a spline without inner knots is, by scale; its line in log time from that family's parameters.
WITHOUT_KNOTS: Mapping[str, tuple[str, Callable[[np.ndarray], list[float]]]] = {
    "hazard": ("weibull", lambda p: [-float(np.exp(p[0])) * p[1], float(np.exp(p[0]))]),
    "odds": ("loglogistic", lambda p: [-float(np.exp(p[0])) * p[1], float(np.exp(p[0]))]),
    "normal": ("lognormal", lambda p: [-p[0] * float(np.exp(-p[1])), float(np.exp(-p[1]))]),
}


def log_rate(data: SurvivalData) -> float:
    """Logarithm of events over time at risk: the exponential, exactly for exact times."""
    at_risk = float(data.weight @ (data.middle - data.entry))
    return float(np.log(data.weight @ ~data.is_censored) - np.log(at_risk))


def plain_starts(family: str, data: SurvivalData) -> list[list[float]]:
    """Places to begin at, from the overall rate and the spread of the times."""
    rate = log_rate(data)
    middle = np.log(_LOG_2) - rate
    longest = float(data.middle.max())
    found: dict[str, list[list[float]]] = {
        "exponential": [[rate]],
        "weibull": [[shape, -rate] for shape in (-0.7, 0.9)],
        "weibull_ph": [[shape, float(np.exp(shape)) * rate] for shape in (-0.7, 0.9)],
        "gompertz": [[shape / longest, rate] for shape in (-1.5, 2.0)],
        "lognormal": [[middle, 0.2], [middle, -0.7]],
        "loglogistic": [[0.3, middle], [1.2, middle]],
        "gamma": [[shape, rate + shape] for shape in (-0.7, 1.5)],
        "generalised_gamma": [[middle, 0.0, -1.0], [-rate, -1.0, 3.0]],
        "generalised_f": [[middle, 0.0, 0.5, -1.0], [middle, 0.0, -0.5, 0.5]],
    }
    return found.get(family, [])


def edge_starts(place: np.ndarray, mu: int, sigma: int, q: int) -> list[np.ndarray]:
    """Places near the edge of a generalised gamma, from a top that leans to it: sigma Q and the edge are kept.

    `mu`, `sigma`, `q`: where the intercepts stand. Times end (or begin) at exp(mu + 2 sigma log|Q| / Q) as Q grows.
    """
    leaning = float(place[q])
    if not _TOWARDS_EDGE < abs(leaning) < EDGE_OF_Q:
        return []
    spread = float(np.exp(place[sigma]))
    edge = place[mu] + 2 * spread * np.log(abs(leaning)) / leaning
    found = []
    for near, wider in _NEAR_EDGE:
        start = place.copy()
        own = wider * spread * abs(leaning) / near
        start[q], start[sigma] = np.copysign(near, leaning), np.log(own)
        start[mu] = edge - 2 * own * np.log(near) / start[q]
        found.append(start)
    return found
