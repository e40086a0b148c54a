"""The parametric families by the name that sheets use. A new family is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping

from hecon.survival.base import Curve
from hecon.survival.exponential import Exponential
from hecon.survival.gamma import Gamma
from hecon.survival.generalised_f import GeneralisedF
from hecon.survival.generalised_gamma import GeneralisedGamma
from hecon.survival.gompertz import Gompertz
from hecon.survival.loglogistic import LogLogistic
from hecon.survival.lognormal import Lognormal
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


def coefficients(family: str) -> tuple[str, ...]:
    """Names of the coefficients of a family, in order.

    >>> coefficients("weibull")
    ('shape', 'scale')
    """
    return tuple(FAMILIES[family].domains)
