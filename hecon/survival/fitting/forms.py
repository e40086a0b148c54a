"""How each family enters a likelihood: its parameters on the real line, log survival and log density at given times.

A form is written once, on jets or plain arrays: jets bring the exact gradient and Hessian. Parameters on the real line:
the logarithm of what is positive, the logit of a share, anything else as it is; covariates act there, linearly.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from hecon.frozen import frozen
from hecon.survival import special, special_f
from hecon.survival.base import Curve
from hecon.survival.families import FAMILIES, coefficients
from hecon.survival.fitting import jets
from hecon.survival.fitting.jets import Jet, Varying

#: The parameters of all rows, each a jet or an array.
Coefficients = Sequence[Varying]


@frozen(eq=True)
class Link:
    """A parameter and its place on the real line."""

    name: str
    to_real: Callable[[Any], Any]
    from_real: Callable[[Any], Any]


def _inverse_logit(x: Any) -> Any:
    from scipy.special import expit

    return expit(x)


def _same(x: Any) -> Any:
    return x


LOG = Link("log", np.log, np.exp)
IDENTITY = Link("identity", _same, _same)
LOGIT = Link("logit", lambda p: np.log(p) - np.log1p(-p), _inverse_logit)


#: Where a likelihood without a top is followed no farther, on the real line: everyone has the event at one time, say.
_FARTHEST = {"shape": 8.0, "sdlog": 8.0, "sigma": 8.0, "P": 40.0, "Q": 40.0}


class Form(ABC):
    """One family in a likelihood; `family` is its name on sheets."""

    family: str
    names: tuple[str, ...]
    links: tuple[Link, ...]
    #: The parameter that covariates act on where nothing else is said.
    location: str

    def at(self, times: np.ndarray) -> Any:
        """Prepare what depends on times alone: logarithms of times above 0."""
        return np.log(times)

    @abstractmethod
    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""

    @abstractmethod
    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""

    def curve(self, values: Sequence[Any]) -> Curve:
        """Give the curve of natural parameters, numbers or labelled arrays."""
        return FAMILIES[self.family](*values)

    def natural(self, real: Sequence[Any]) -> list[Any]:
        """Bring parameters from the real line to their natural scale."""
        return [link.from_real(value) for link, value in zip(self.links, real, strict=True)]

    def unit_of(self, name: str, typical_time: float) -> float:
        """Give a size that a change of a parameter on the real line is measured by."""
        return 1.0

    def limit_of(self, name: str) -> float:
        """Give the farthest that a coefficient of a parameter may lie from 0 on the real line."""
        return np.inf


class _Plain(Form):
    """A family whose coefficients are those of its curve."""

    links_by_name: ClassVar[Mapping[str, Link]] = dict.fromkeys(("rate", "shape", "scale", "sdlog", "sigma", "P"), LOG)

    def __init__(self) -> None:
        self.names = coefficients(self.family)
        self.links = tuple(self.links_by_name.get(name, IDENTITY) for name in self.names)

    def limit_of(self, name: str) -> float:
        """Give the farthest that a coefficient of a parameter may lie from 0 on the real line."""
        return _FARTHEST.get(name, np.inf) if self.family != "gompertz" else np.inf


class ExponentialForm(_Plain):
    """H = rate t."""

    family, location = "exponential", "rate"

    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""
        return -jets.exp(p[0] + at)

    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""
        return p[0] - jets.exp(p[0] + at)


class WeibullForm(_Plain):
    """H = (t / scale)^shape."""

    family, location = "weibull", "scale"

    def _log_hazard(self, at: Any, p: Coefficients) -> Varying:
        return jets.exp(p[0]) * (at - p[1])

    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""
        return -jets.exp(self._log_hazard(at, p))

    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""
        line = self._log_hazard(at, p)
        return line + p[0] - at - jets.exp(line)


class WeibullPHForm(WeibullForm):
    """H = scale t^shape."""

    family, location = "weibull_ph", "scale"

    def _log_hazard(self, at: Any, p: Coefficients) -> Varying:
        return jets.exp(p[0]) * at + p[1]


class GompertzForm(_Plain):
    """h = rate exp(shape t)."""

    family, location = "gompertz", "rate"
    links_by_name: ClassVar = {"rate": LOG}

    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""
        t = np.exp(at)
        return -(jets.exp(p[1] + at) * jets.mean_growth(p[0] * t))

    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""
        return p[1] + p[0] * np.exp(at) + self.log_survival(at, p)

    def unit_of(self, name: str, typical_time: float) -> float:
        """Give a size that a change of a parameter on the real line is measured by."""
        return 1 / typical_time if name == "shape" else 1.0


class LognormalForm(_Plain):
    """log t is normal."""

    family, location = "lognormal", "meanlog"

    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""
        return jets.normal_log_tail((at - p[0]) * jets.exp(-p[1]))

    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""
        return jets.normal_log_density((at - p[0]) * jets.exp(-p[1])) - p[1] - at


class LogLogisticForm(_Plain):
    """Odds of having had the event: (t / scale)^shape."""

    family, location = "loglogistic", "scale"

    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""
        return -jets.softplus(jets.exp(p[0]) * (at - p[1]))

    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""
        line = jets.exp(p[0]) * (at - p[1])
        return line + p[0] - at - 2 * jets.softplus(line)


class _Standardised(_Plain):
    """A family of incomplete gamma or beta functions of w, standardised log time, and shapes on the real line."""

    @abstractmethod
    def _split(self, at: Any, p: Coefficients) -> tuple[Varying, list[Varying], Varying]:
        """Give w, the shapes, and log dw / d(log t)."""

    @abstractmethod
    def _log_tail(self, w: np.ndarray, *shapes: np.ndarray) -> np.ndarray:
        """log S at w."""

    @abstractmethod
    def _density(self, w: np.ndarray, *shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Logarithm of the density of w, with its first and second derivative in w."""

    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""
        w, shapes, _ = self._split(at, p)
        if not isinstance(w, Jet):
            return self._log_tail(w, *shapes)
        plain = [shape.value for shape in shapes]
        value, by_shape, by_shapes = jets.in_shapes(
            lambda *s: np.stack([self._log_tail(w.value, *s), self._density(w.value, *s)[0]]), plain
        )
        slope = -np.exp(value[1] - value[0])
        _, density_slope, _ = self._density(w.value, *plain)
        first = np.concatenate([slope[None], by_shape[:, 0]])
        second = np.empty((len(first), *first.shape))
        second[0, 0] = slope * (density_slope - slope)
        second[0, 1:] = second[1:, 0] = slope * (by_shape[:, 1] - by_shape[:, 0])
        second[1:, 1:] = by_shapes[:, :, 0]
        return jets.chain_of([w, *shapes], value[0], first, second)

    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""
        w, shapes, log_slope = self._split(at, p)
        if not isinstance(w, Jet):
            return self._density(w, *shapes)[0] + log_slope - at
        plain = [shape.value for shape in shapes]
        value, by_shape, by_shapes = jets.in_shapes(lambda *s: np.stack(self._density(w.value, *s)), plain)
        first = np.concatenate([value[None, 1], by_shape[:, 0]])
        second = np.empty((len(first), *first.shape))
        second[0, 0] = value[2]
        second[0, 1:] = second[1:, 0] = by_shape[:, 1]
        second[1:, 1:] = by_shapes[:, :, 0]
        return jets.chain_of([w, *shapes], value[0], first, second) + log_slope - at


class GammaForm(_Standardised):
    """Gamma with shape and rate: w = log(rate t / shape)."""

    family, location = "gamma", "rate"

    def _split(self, at: Any, p: Coefficients) -> tuple[Varying, list[Varying], Varying]:
        return p[1] - p[0] + at, [p[0]], 0.0

    def _log_tail(self, w: np.ndarray, *shapes: np.ndarray) -> np.ndarray:
        return special.gamma_log_tail(np.exp(shapes[0]), w, upper=True)

    def _density(self, w: np.ndarray, *shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        a = np.exp(shapes[0])
        return special.log_gamma_power(a, w), -a * np.expm1(w), -a * np.exp(w)


class GeneralisedGammaForm(_Standardised):
    """Prentice's generalised gamma: w = (log t - mu) / sigma."""

    family, location = "generalised_gamma", "mu"

    def _split(self, at: Any, p: Coefficients) -> tuple[Varying, list[Varying], Varying]:
        return (at - p[0]) * jets.exp(-p[1]), list(p[2:]), -p[1]

    def _log_tail(self, w: np.ndarray, *shapes: np.ndarray) -> np.ndarray:
        return special.generalised_gamma_log_tail(w, shapes[0])

    def _density(self, w: np.ndarray, *shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return special.generalised_gamma_log_density(w, shapes[0]), *special.generalised_gamma_score(w, shapes[0])


class GeneralisedFForm(GeneralisedGammaForm):
    """Prentice's generalised F: w = (log t - mu) / sigma."""

    family = "generalised_f"

    def _log_tail(self, w: np.ndarray, *shapes: np.ndarray) -> np.ndarray:
        return special_f.log_tail(w, shapes[0], np.exp(shapes[1]))

    def _density(self, w: np.ndarray, *shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        q, p = shapes[0], np.exp(shapes[1])
        return special_f.log_density(w, q, p), *special_f.score(w, q, p)


#: Forms of families without knots, by name.
FORMS: Mapping[str, type[_Plain]] = {
    form.family: form
    for form in (
        ExponentialForm,
        WeibullForm,
        WeibullPHForm,
        GompertzForm,
        LognormalForm,
        LogLogisticForm,
        GammaForm,
        GeneralisedGammaForm,
        GeneralisedFForm,
    )
}
