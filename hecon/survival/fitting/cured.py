"""Cure on any family: one parameter more, the fraction that never has the event, in front of those of the family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hecon.survival.base import Curve
from hecon.survival.cure import MixtureCure, NonMixtureCure
from hecon.survival.fitting import jets
from hecon.survival.fitting.forms import LOGIT, Coefficients, Form
from hecon.survival.fitting.jets import Varying

FRACTION = "cure_fraction"
MIXTURE, NON_MIXTURE = "mixture", "non_mixture"
#: A logit of this size is a fraction of 1e-130: as good as 0, and still a number.
_FARTHEST = 300.0
CURES = (MIXTURE, NON_MIXTURE)


class CuredForm(Form):
    """A mixture of cured and others, S = p + (1 - p) S0, or the non-mixture form, S = p^(1 - S0)."""

    location = FRACTION

    def __init__(self, base: Form, cure: str) -> None:
        self.base, self.cure, self.family = base, cure, base.family
        self.names = (FRACTION, *base.names)
        self.links = (LOGIT, *base.links)

    def at(self, times: Any) -> Any:
        """Prepare what depends on times alone."""
        return self.base.at(times)

    def log_survival(self, at: Any, p: Coefficients) -> Varying:
        """Give log S."""
        inner = self.base.log_survival(at, p[1:])
        if self.cure == MIXTURE:
            # log(p + (1 - p) S0) with the odds of p taken out.
            return jets.softplus(inner - p[0]) - jets.softplus(-p[0])
        return -(jets.softplus(-p[0]) * jets.minus_expm1(inner))

    def log_density(self, at: Any, p: Coefficients) -> Varying:
        """Give log f."""
        inner = self.base.log_density(at, p[1:])
        if self.cure == MIXTURE:
            return inner - jets.softplus(p[0])
        force = jets.softplus(-p[0])
        return jets.log(force) + inner - force * jets.minus_expm1(self.base.log_survival(at, p[1:]))

    def curve(self, values: Sequence[Any]) -> Curve:
        """Give the curve of natural parameters, numbers or labelled arrays."""
        wrap = MixtureCure if self.cure == MIXTURE else NonMixtureCure
        return wrap(self.base.curve(values[1:]), values[0])

    def limit_of(self, name: str) -> float:
        """Give the farthest that a coefficient of a parameter may lie from 0 on the real line."""
        return _FARTHEST if name == FRACTION else self.base.limit_of(name)

    def unit_of(self, name: str, typical_time: float) -> float:
        """Give a size that a change of a parameter on the real line is measured by."""
        return 1.0 if name == FRACTION else self.base.unit_of(name, typical_time)
