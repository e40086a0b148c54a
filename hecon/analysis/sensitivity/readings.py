"""Readings of a comparison: questions that are answered with yes or no at each horizon, clinical and economic.

A reading is read off arrays of outcomes on any dimensions and then strategy (the one that is asked about, then the
comparator) and horizon. What differs by rounding is the same, as in `hecon.analysis.value.incremental.quadrant`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hecon.analysis.value.average_ratios import EFFECTS_OF_A_RATIO
from hecon.analysis.value.incremental import SAME_TOTALS
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.inputs.patterns import (
    BEFORE_PROGRESSION,
    CLINICAL,
    READINGS,
    SAVING,
    TOGETHER,
    WORTH,
    Pattern,
    refuse_reading,
    threshold_in,
)

#: Outcomes that readings are made of, beside those of a result.
COST_BEFORE = "pre_progression_cost"
_WORDS = {
    "progression_free_life_years": "longer progression-free",
    "life_years": "longer life",
    "qaly": "more QALYs",
    SAVING: "saving",
}
_EFFECT_WORDS = {
    "progression_free_month": "progression-free month",
    "life_year": "life year",
    "qaly": "QALY",
}

Outcomes = Mapping[str, np.ndarray]


@frozen(eq=True)
class MapReading:
    """One or several questions, all of which must be answered with yes: ``("saving",)``."""

    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The reading as it is typed."""
        return TOGETHER.join(self.names)

    @property
    def words(self) -> str:
        """The reading in words.

        >>> MapReading(("life_years", "worth_it_at_50000")).words
        'longer life, and worth it at 50,000'
        """
        return ", and ".join(_in_words(name) for name in self.names)

    def margin(self, outcomes: Outcomes) -> np.ndarray:
        """By how much the answer is yes: above 0 it is, below 0 it is not; of several questions the least."""
        parts = [_margin(name, outcomes) for name in self.names]
        return parts[0] if len(parts) == 1 else np.minimum.reduce(parts)

    def yes(self, outcomes: Outcomes) -> np.ndarray:
        """Whether the answer is yes, on the dimensions of the outcomes without strategy."""
        return self.margin(outcomes) > 0


def pattern_margin(pattern: Pattern, horizons: Sequence[float], margin: np.ndarray) -> np.ndarray:
    """By how much a pattern holds: the least over its horizons of a margin, turned round where it asks for no."""
    places = [list(horizons).index(horizon) for horizon, _ in pattern.at]
    signs = np.array([1.0 if yes else -1.0 for _, yes in pattern.at])
    return np.asarray((margin[..., places] * signs).min(axis=-1))


def readings_of(
    names: Sequence[str] | None, willingness_to_pay: Sequence[float], known: Sequence[str]
) -> list[MapReading]:
    """Give readings by their names, all that a model's outcomes allow if none is named.

    ``worth_it`` stands for one at each willingness to pay, and ``+`` for what must hold together.
    Raises `UnknownNameError` for another name, `HeconError` for what the model does not tell.
    """
    found: list[MapReading] = []
    for text in READINGS if names is None else names:
        refuse_reading(text)
        parts = tuple(part.strip() for part in text.split(TOGETHER))
        needs = [need for part in parts for need in _needs(part) if need not in known]
        if needs and names is None:
            continue
        if needs:
            raise HeconError(f"the reading '{text}' needs {needs[0]}, which the model does not give")
        levels = willingness_to_pay if WORTH in parts else [0.0]
        for level in levels:
            named = tuple(f"{WORTH}_at_{level:g}" if part == WORTH else part for part in parts)
            found += [one for one in [MapReading(named)] if one not in found]
    return found


def _needs(name: str) -> Sequence[str]:
    if name in CLINICAL:
        return (name,)
    if name == SAVING:
        return ("cost",)
    if name == WORTH or threshold_in(name) is not None:
        return ("cost", "qaly")
    return _ratio(name)


def _ratio(name: str) -> tuple[str, str]:
    """Give the cost and the effect of an average ratio."""
    effect = name.removeprefix("average_cost_per_").removesuffix(BEFORE_PROGRESSION)
    return COST_BEFORE if name.endswith(BEFORE_PROGRESSION) else "cost", EFFECTS_OF_A_RATIO[effect][0]


def _in_words(name: str) -> str:
    if name in _WORDS:
        return _WORDS[name]
    level = threshold_in(name)
    if level is not None:
        return f"worth it at {level:,.0f}"
    effect = name.removeprefix("average_cost_per_").removesuffix(BEFORE_PROGRESSION)
    scope = ", costs before progression" if name.endswith(BEFORE_PROGRESSION) else ""
    return f"lower average cost per {_EFFECT_WORDS[effect]}{scope}"


def _margin(name: str, outcomes: Outcomes) -> np.ndarray:
    if name in CLINICAL:
        return _gain(*_pair(outcomes[name]))
    if name == SAVING:
        return -_gain(*_pair(outcomes["cost"]), tie=1)
    level = threshold_in(name)
    if level is not None:
        cost, effect = _pair(outcomes["cost"]), _pair(outcomes["qaly"])
        benefit = level * (effect[0] - effect[1]) - (cost[0] - cost[1])
        equal = _same(*cost) & _same(*effect)
        # Worth its cost is what costs exactly its worth, too.
        nought = SAME_TOTALS * (np.abs(cost[0]) + level * np.abs(effect[0]))
        return np.where(equal | (benefit == 0), nought, benefit)
    own_cost, own_effect = _ratio(name)
    effects = outcomes[own_effect]
    ratios = outcomes[own_cost] / np.where(effects > 0, effects, np.nan)
    found = -_gain(*_pair(ratios), tie=1)
    return np.where(np.isnan(found), -1.0, found)


def _pair(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return values[..., 0, :], values[..., 1, :]


def _same(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(own - other) <= SAME_TOTALS * np.maximum(np.abs(own), np.abs(other)))


def _gain(own: np.ndarray, other: np.ndarray, tie: int = -1) -> np.ndarray:
    """Difference of two totals; where they are the same but for rounding, that rounding with the sign of `tie`."""
    rounding = SAME_TOTALS * np.maximum(np.abs(own), np.abs(other)) + np.finfo(float).tiny
    return np.where(np.abs(own - other) <= rounding, tie * rounding, own - other)
