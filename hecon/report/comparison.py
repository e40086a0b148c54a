"""One strategy against another at one horizon, with both readings of an economic benefit."""

from __future__ import annotations

from hecon.analysis.measures import MEASURES
from hecon.analysis.result import Result
from hecon.analysis.value.incremental import ratio
from hecon.frozen import frozen
from hecon.report.words import headline, icer_in_words

EFFECT_MEASURES = tuple(measure for measure in MEASURES if measure != "cost")
EFFECT_UNITS = {"qaly": "QALY", "life_years": "life year", "progression_free_life_years": "progression-free life year"}


@frozen(eq=True)
class Comparison:
    """Increments of a strategy against a comparator (means over the draws, if there are any).

    `increments` by measure, and with ``undiscounted_`` in front; `ratios` holds ICER and quadrant by measure of effect.
    """

    strategy: str
    comparator: str
    horizon: float
    increments: dict[str, float]
    ratios: dict[str, tuple[float, str]]

    @property
    def quadrant(self) -> str:
        """Quadrant of the plane of costs and QALYs."""
        return self.ratios["qaly"][1]

    @property
    def saves(self) -> bool:
        """First reading of an economic benefit: it costs less."""
        return self.quadrant in ("SE", "S", "SW")

    def worth(self, willingness_to_pay: float) -> bool:
        """Second reading: its incremental net monetary benefit is not negative at this willingness to pay."""
        return self.quadrant == "equal" or self.net_benefit(willingness_to_pay) >= 0

    def net_benefit(self, willingness_to_pay: float) -> float:
        """Incremental net monetary benefit."""
        return willingness_to_pay * self.increments["qaly"] - self.increments["cost"]

    def icer_in_words(self, effect: str = "qaly") -> float | str:
        """ICER where it may stand as a number, words elsewhere."""
        return icer_in_words(*self.ratios[effect], EFFECT_UNITS[effect], self.increments[effect])

    def sentence(self, currency: str) -> str:
        """The comparison in a sentence."""
        found, where = self.ratios["qaly"]
        values = self.increments["cost"], self.increments["qaly"]
        return headline(self.strategy, self.comparator, *values, found, where, currency)


def compare(result: Result, strategy: str, comparator: str, horizon: float) -> Comparison:
    """Compare two strategies of a result at one of its horizons."""
    means = result.means
    i, k = result.strategies.index(strategy), result.strategies.index(comparator)
    j = result.time.horizons.index(horizon)
    totals = {name: (float(values[i, j]), float(values[k, j])) for name, values in means.items()}
    increments = {name: one - other for name, (one, other) in totals.items()}
    effects = [effect for effect in EFFECT_MEASURES if effect in totals] if "cost" in totals else []
    ratios = {effect: ratio(totals["cost"], totals[effect]) for effect in effects}
    return Comparison(strategy, comparator, horizon, increments, ratios)


def pairs(result: Result) -> list[tuple[str, str]]:
    """Give each pair of strategies once: against the comparator if it is one of them, else earlier against later."""
    names, comparator = result.strategies, result.case.comparator
    found = [(one, other) for i, one in enumerate(names) for other in names[i + 1 :]]
    return [(other, one) if one == comparator else (one, other) for one, other in found]


def against_comparator(result: Result, horizon: float) -> list[Comparison]:
    """Compare every other strategy with the comparator of the settings."""
    comparator = result.case.comparator
    return [compare(result, strategy, comparator, horizon) for strategy in result.strategies if strategy != comparator]
