"""Which columns of a probabilistic analysis from another tool hold the costs and the effects of which strategy.

A name joins what it is (cost; qaly or effect) and the strategy, in either order: ``cost_new``, ``Cost new``,
``new.cost``, ``QALYs (new)``, ``c1``. Strategies are the same whatever their case and separators. A file keeps to one
order: the first in which a strategy has both its columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hecon.errors import Fault, InputError, did_you_mean

#: What columns may be called; the last, short word of each only counts where its strategy has the other column too.
_WORDS = {
    "cost": ("total_costs", "total_cost", "costs", "cost", "c"),
    "effect": ("total_qalys", "total_qaly", "qalys", "qaly", "effects", "effect", "effectiveness", "e"),
}
SHORT = ("c", "e")
_GAP = r"[\s_.:\-]"
_ANY = {kind: "|".join(word.replace("_", f"{_GAP}?") for word in words) for kind, words in _WORDS.items()}
#: How a name joins a word and a strategy; the strategy may stand in brackets, and a number needs nothing between.
ORDERS = (
    r"(?P<word>{word})(?:{gap}+|{gap}*(?=[(\[]))(?P<strategy>.*)",
    r"(?P<strategy>.+?)(?:{gap}+|{gap}*(?=[(\[]))[(\[]?(?P<word>{word})[)\]]?",
    r"(?P<word>{word})(?P<strategy>\d+)",
)

#: Place of the cost and of the effect column of a strategy.
_Pair = tuple[int, int]


class _Columns:
    """The columns of one order of naming: places by strategy (as compared), for costs and for effects."""

    def __init__(self, header: Sequence[str], order: str) -> None:
        self.header = header
        self.strategies: dict[str, str] = {}
        found: dict[str, dict[str, list[int]]] = {"cost": {}, "effect": {}}
        short: list[tuple[str, str, int, str]] = []
        for place, name in enumerate(header):
            for kind, word in _ANY.items():
                match = re.fullmatch(order.format(word=word, gap=_GAP), name, re.IGNORECASE)
                if match is None:
                    continue
                strategy = match["strategy"].strip().strip("()[]").strip()
                if match["word"].lower() in SHORT:
                    short.append((kind, _compared(strategy), place, strategy))
                else:
                    found[kind].setdefault(_compared(strategy), []).append(place)
                    self._name(kind, strategy)
                break
        short_of = {kind: {key for own, key, _, _ in short if own == kind} for kind in found}
        for kind, key, place, strategy in short:
            other = "effect" if kind == "cost" else "cost"
            if key in found[other] or key in short_of[other]:
                found[kind].setdefault(key, []).append(place)
                self._name(kind, strategy)
        self.costs, self.effects = found["cost"], found["effect"]

    def _name(self, kind: str, strategy: str) -> None:
        """Strategies go by the name that their cost column gives them."""
        if kind == "cost" or _compared(strategy) not in self.strategies:
            self.strategies[_compared(strategy)] = strategy

    @property
    def complete(self) -> bool:
        """Whether some strategy has both its columns."""
        return bool(set(self.costs) & set(self.effects))

    def faults(self, wanted: set[str] | None) -> list[Fault]:
        """Find strategies without one of their columns, or with several."""
        faults = []
        for key in self.costs if wanted is None else wanted:
            faults += self._of_costs(key)
        for key, places in self.effects.items():
            if key not in self.costs and (wanted is None or key in wanted):
                strategy, name = self.strategies[key], self.header[places[0]]
                near = did_you_mean(f"cost_{strategy}", self._single())
                faults.append(Fault("row 1", f"column '{name}' has no column cost_{strategy}.{near}"))
        return faults

    def _single(self) -> list[str]:
        """Columns that are not of a strategy with costs and effects: one of them may be misspelt."""
        paired = {place for key in set(self.costs) & set(self.effects) for place in self.costs[key] + self.effects[key]}
        return [name for place, name in enumerate(self.header) if place not in paired]

    def _of_costs(self, key: str) -> list[Fault]:
        strategy = self.strategies.get(key, key)
        if not key:
            return [Fault("row 1", f"column '{self.header[self.costs[key][0]]}' names no strategy")]
        if key not in self.costs:
            return [] if key in self.effects else [Fault("row 1", f"there is no column cost_{strategy}")]
        effects = self.effects.get(key, [])
        if not effects:
            near = did_you_mean(f"qaly_{strategy}", self._single())
            what = f"strategy '{strategy}' has costs but no column qaly_{strategy}.{near}"
            own = self.header[self.costs[key][0]]
            cure = f"If '{own}' is an input, name the strategies (hecon voi --strategies)"
            return [Fault("row 1", f"{what} {cure}")]
        return [
            Fault("row 1", f"strategy '{strategy}' has more than one column of {what}: {', '.join(names)}")
            for what, own in (("costs", self.costs[key]), ("effects", effects))
            if len(names := [self.header[place] for place in own]) > 1
        ]


def columns_of(header: Sequence[str], source: str, strategies: Sequence[str] | None = None) -> dict[str, _Pair]:
    """Give the places of the cost and the effect column of each strategy, in the order of the cost columns.

    With `strategies`, those and no others, in their order: other columns may be called cost too. Raises `InputError`.

    >>> columns_of(["Cost A", "Cost B", "QALY a", "QALY b", "price"], "psa.csv")
    {'A': (0, 2), 'B': (1, 3)}
    """
    found = [_Columns(header, order) for order in ORDERS]
    best = next((columns for columns in found if columns.complete), found[0])
    if not best.costs:
        what = f"no column is called cost_<strategy>; the columns are {', '.join(header)}"
        if "strategy" in (name.lower() for name in header):
            what += ". One row a draw is needed, with a column of costs and one of effects for each strategy"
        raise InputError(source, [Fault("row 1", what)])
    wanted = None if strategies is None else {_compared(name): name for name in strategies}
    faults = best.faults(None if wanted is None else set(wanted))
    if faults:
        raise InputError(source, faults)
    names: Mapping[str, str] = {key: best.strategies[key] for key in best.costs} if wanted is None else wanted
    return {name: (best.costs[key][0], best.effects[key][0]) for key, name in names.items()}


def _compared(strategy: str) -> str:
    return re.sub(f"{_GAP}+", " ", strategy).strip().casefold()
