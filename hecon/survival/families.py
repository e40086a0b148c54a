"""The parametric families by the name that sheets use. A new family is one file and one line here.

Made of these: cure models on each of them, and splines with a number of inner knots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from hecon.domains import POSITIVE, REAL, Domain
from hecon.labels import Value
from hecon.survival.base import Curve
from hecon.survival.cure import MixtureCure, NonMixtureCure
from hecon.survival.exponential import Exponential
from hecon.survival.gamma import Gamma
from hecon.survival.generalised_f import GeneralisedF
from hecon.survival.generalised_gamma import GeneralisedGamma
from hecon.survival.gompertz import Gompertz
from hecon.survival.loglogistic import LogLogistic
from hecon.survival.lognormal import Lognormal
from hecon.survival.spline import SCALES, Spline
from hecon.survival.weibull import Weibull
from hecon.survival.weibull_ph import WeibullPH

FAMILIES: Mapping[str, type[Curve]] = {
    "exponential": Exponential,
    "weibull": Weibull,
    "weibull_ph": WeibullPH,
    "gompertz": Gompertz,
    "lognormal": Lognormal,
    "loglogistic": LogLogistic,
    "gamma": Gamma,
    "generalised_gamma": GeneralisedGamma,
    "generalised_f": GeneralisedF,
}

CURE_FRACTION = "cure_fraction"
#: The forms of a cure model.
CURE_MODELS: Mapping[str, type[MixtureCure] | type[NonMixtureCure]] = {
    "mixture": MixtureCure,
    "non_mixture": NonMixtureCure,
}
#: Cure models by name, ``weibull_mixture_cure``: the family of those who are not cured, and the form.
CURED_FAMILIES: Mapping[str, tuple[str, str]] = {
    f"{family}_{cure}_cure": (family, cure) for cure, family in product(CURE_MODELS, FAMILIES)
}
#: Splines by name, ``spline_odds_2``: their scale, and how many inner knots they have.
SPLINE_FAMILIES: Mapping[str, tuple[str, int]] = {
    f"spline_{scale}_{inner}": (scale, inner) for scale, inner in product(SCALES, range(1, 5))
}


def _spline_domains(inner: int) -> dict[str, Domain]:
    gammas = {f"gamma_{place}": REAL for place in range(inner + 2)}
    return gammas | {f"knot_{place + 1}": POSITIVE for place in range(inner + 2)}


#: The coefficients of every family that has a name, and what each may be.
COEFFICIENT_DOMAINS: Mapping[str, Mapping[str, Domain]] = {
    **{name: kind.domains for name, kind in FAMILIES.items()},
    **{name: _spline_domains(inner) for name, (_, inner) in SPLINE_FAMILIES.items()},
    **{
        name: {CURE_FRACTION: CURE_MODELS[cure].domains["fraction"], **FAMILIES[family].domains}
        for name, (family, cure) in CURED_FAMILIES.items()
    },
}


def coefficients(family: str) -> tuple[str, ...]:
    """Names of the coefficients of a family, in order.

    >>> coefficients("weibull"), coefficients("weibull_mixture_cure")
    (('shape', 'scale'), ('cure_fraction', 'shape', 'scale'))
    """
    return tuple(COEFFICIENT_DOMAINS[family])


def family_curve(family: str, values: Sequence[Value]) -> Curve:
    """Give the curve of a family from its coefficients, in the order of `coefficients`.

    The times of knots are plain numbers.

    >>> family_curve("weibull_mixture_cure", [0.2, 1.1, 14.0])
    mixture cure model with cured fraction 0.2, the others Weibull (shape 1.1, scale 14)
    """
    if family in CURED_FAMILIES:
        own, cure = CURED_FAMILIES[family]
        return CURE_MODELS[cure](FAMILIES[own](*values[1:]), values[0])
    if family in SPLINE_FAMILIES:
        scale, inner = SPLINE_FAMILIES[family]
        knots = np.log(np.array([float(knot) for knot in values[inner + 2 :]]))
        return Spline(values[: inner + 2], knots.tolist(), scale)
    return FAMILIES[family](*values)
