"""Several curves of one endpoint as their average, weighed by how well each fits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any, overload

import numpy as np

from hecon.errors import Fault, HeconError, InputError
from hecon.labels import Value
from hecon.survival.base import Curve
from hecon.survival.combine import Mix


@overload
def weights_of_aic(aic: Mapping[str, float]) -> dict[str, float]: ...
@overload
def weights_of_aic(aic: Mapping[str, Value]) -> dict[str, Value]: ...
def weights_of_aic(aic: Mapping[str, Any]) -> dict[str, Any]:
    """Akaike weights of fitted families: exp(-(AIC - lowest AIC) / 2), summing to 1; of BIC likewise.

    Numbers, or labelled arrays (the AIC in each draw of a bootstrap), whose weights have the same labels. Burnham and
    Anderson 2002, Model Selection and Multimodel Inference, section 2.9.

    >>> {name: round(weight, 3) for name, weight in weights_of_aic({"weibull": 100.0, "lognormal": 102.0}).items()}
    {'weibull': 0.731, 'lognormal': 0.269}
    """
    if not aic or not all(np.all(np.isfinite(value)) for value in aic.values()):
        raise HeconError("every family needs a finite AIC")
    lowest: Any = reduce(lambda one, other: np.minimum(one, other), aic.values(), np.inf)
    raw: dict[str, Any] = {name: np.exp(-(value - lowest) / 2) for name, value in aic.items()}
    total = sum(raw.values())
    return {
        name: weight if np.ndim(weight) else float(weight)
        for name, weight in ((name, mass / total) for name, mass in raw.items())
    }


def averaged(
    curves: Mapping[str, Curve],
    *,
    criteria: Mapping[str, Value] | None = None,
    weights: Mapping[str, Value] | None = None,
) -> Mix:
    """Give the average of curves, as survival: S(t) = sum w S(t), a mixture.

    `criteria`: AIC or BIC by name, which become weights by `weights_of_aic`; or `weights` themselves, which sum to 1;
    neither: equal weights. Weights with a dimension ``draw`` differ from draw to draw: all of a draw's weight on one
    model is a choice of models, drawn with everything else. Raises `InputError` for names that do not agree.

    >>> from hecon.survival.exponential import Exponential
    >>> averaged({"one": Exponential(0.1), "other": Exponential(0.3)}, criteria={"one": 100, "other": 102})
    mixture of 0.7311 exponential (rate 0.1) and 0.2689 exponential (rate 0.3)
    """
    if criteria is not None and weights is not None:
        raise InputError("the average of curves", [Fault("weights", "are given beside criteria; give one of them")])
    given = criteria if criteria is not None else weights
    if given is not None and set(given) != set(curves):
        name = next(iter(set(given) ^ set(curves)))
        where = "curves" if name in given else "criteria" if criteria is not None else "weights"
        raise InputError("the average of curves", [Fault(where, f"lack '{name}'; give the same names to both")])
    if criteria is not None:
        weights = weights_of_aic(criteria)
    elif weights is None:
        weights = dict.fromkeys(curves, 1 / max(len(curves), 1))
    return Mix(list(curves.values()), [weights[name] for name in curves])
