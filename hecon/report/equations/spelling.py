"""What quantities are called in equations: a symbol of the field where there is one, upright words everywhere else.

Labels are subscripts, in words or by the letter of their dimension; what is known at a cycle edge is a function of the
time there, what belongs to a cycle has its number as a subscript, and what is summed up is a function of the horizon.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Any

from hecon.frozen import frozen
from hecon.labels import HORIZON, STATE, STRATEGY
from hecon.report.equations.forms import Binder, Given, Reading, Shown, ShownRun
from hecon.report.equations.grouping import CYCLES, DOSE_DAYS, LAST
from hecon.report.equations.mathematics import Run, moved_index
from hecon.report.equations.notation import EQUALS, Beside, Fenced, Letter, Node, Power, Sub, Words, listed, number
from hecon.report.equations.references import (
    DAY_INDEX,
    OF_INPUT,
    OTHER_STRATEGY,
    PACKS,
    ROW_INDEX,
    STAY_INDEX,
    STEP_INDEX,
    TIME_INDEX,
    WILLINGNESS,
    Reference,
)

#: Letters of indices, and those of sums over the same where the first one is taken.
INDICES = {TIME_INDEX: "i", DAY_INDEX: "x", STAY_INDEX: "u", ROW_INDEX: "k", STEP_INDEX: "m"}
_DUMMIES = {TIME_INDEX: "j", DAY_INDEX: "y", STAY_INDEX: "v", ROW_INDEX: "l", STEP_INDEX: "q"}
#: Letters of how many rows there are up to the horizon.
COUNTS = {CYCLES: "n", DOSE_DAYS: "m"}
_LETTERS = {
    STRATEGY: "s", STATE: "h", "drug": "d", "dose": "g", "event": "e", HORIZON: "T", OTHER_STRATEGY: "s\u2032",
    WILLINGNESS: "W", PACKS: "p", "row": "r", "branch": "b", "cohort": "c", "infusion": "f", "age": "a",
    "number": "n",
}  # fmt: skip
_SPARE = "xyzaobcfgnopr"
_GREEK = {
    "\u03bc": r"\mu", "\u03c3": r"\sigma", "\u03bb": r"\lambda", "\u03c4": r"\tau", "\u0394t": r"\Delta t"
}  # fmt: skip
#: Symbols of inputs that the field has; every other input is called by its words.
_INPUTS = {
    "rate": "\u03bb", "meanlog": "\u03bc", "sdlog": "\u03c3", "mu": "\u03bc", "sigma": "\u03c3", "q": "Q",
    "hazard_ratio": "HR", "odds_ratio": "OR", "discount_rate_cost": "r", "discount_rate_effect": "r",
}  # fmt: skip
_SUBSCRIPTS = {"discount_rate_cost": "costs", "discount_rate_effect": "effects"}
_ABBREVIATIONS = {
    "overall survival": "OS", "progression free survival": "PFS", "time on treatment": "ToT",
}  # fmt: skip
#: Titles of what is itself a time, and not known at one.
_TIMES = ("Time", "Day", "Time of discounting")
_TITLES = {"Cycle length": "\u0394t", "Time of discounting": "\u03c4"}


def said(text: str) -> str:
    """Give a label as a subscript has it.

    >>> said("overall_survival"), said("progression_free"), said("Isa-Pd")
    ('OS', 'progression free', 'Isa-Pd')
    """
    words = text.replace("_", " ")
    return _ABBREVIATIONS.get(words.lower(), words)


@frozen(eq=True)
class Spelling:
    """The words and letters of a document.

    `survival` are titles of columns that hold survival; `letters` are those of dimensions, `symbols` those of inputs.
    """

    survival: frozenset[str]
    letters: dict[str, str] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, survival: Iterable[str], dims: Iterable[str], inputs: Iterable[str]) -> Spelling:
        """Choose letters for dimensions and symbols for inputs; no two share one."""
        letters: dict[str, str] = {}
        for dim in dims:
            taken = {*letters.values(), *INDICES.values(), *_DUMMIES.values(), *_LETTERS.values()}
            wanted = [*_LETTERS.get(dim, ""), *(one for one in (dim[0].lower(), *_SPARE) if one not in taken)]
            letters[dim] = _LETTERS.get(dim) or next(iter(wanted), dim)
        symbols: dict[str, str] = {}
        for name in inputs:
            symbol = _INPUTS.get(name, "")
            known = {(symbols[other], _SUBSCRIPTS.get(other)) for other in symbols}
            if symbol and (symbol, _SUBSCRIPTS.get(name)) not in known:
                symbols[name] = symbol
        return cls(frozenset(survival), letters, symbols)

    def letter(self, dim: str, *, primed: bool = False) -> Node:
        """Letter of a dimension."""
        text = self.letters.get(dim, dim)
        if len(text) > 2:
            return Words(text)
        text = text.replace("\u2032", "'") + ("'" if primed else "")
        return Letter(text.replace("'", "\u2032"), text if "'" in text else "")

    def title(self, kind: str, title: str, unit: str = "") -> tuple[Node, list[Node]]:
        """Give the symbol of a title and the subscripts that belong to it."""
        if kind == OF_INPUT:
            extra = [Words(_SUBSCRIPTS[title])] if title in self.symbols and title in _SUBSCRIPTS else []
            return _symbol(self.symbols.get(title, title.replace("_", " "))), list[Node](extra)
        if title == "Time":
            plain = Letter("t")
            return (plain if unit in ("", "years") else Power(plain, Words(f"({unit})"))), []
        if title in _TITLES:
            return _symbol(_TITLES[title]), []
        if title.startswith("Discount factor of "):
            return Letter("D"), [Words(title.removeprefix("Discount factor of "))]
        head, *parts = title.replace("_", " ").split(", ")
        if title in self.survival:
            called = _ABBREVIATIONS.get(head.lower(), head[:1].lower() + head[1:])
            return Letter("S"), [Words(", ".join([called, *parts]))]
        if head.split(" ")[0] == "Weight":
            about = [part for part in (head.removeprefix("Weight").strip(), *parts) if part]
            return Letter("w"), [Words(", ".join(about))]
        return Words(_ABBREVIATIONS.get(head.lower(), head)), [Words(", ".join(parts))] if parts else []


def _symbol(text: str) -> Node:
    if text in _GREEK:
        return Letter(text, _GREEK[text])
    return Letter(text) if len(text) == 1 else Words(text)


@frozen(eq=True)
class LineSpelling:
    """How one line of an equation is written: `defined` is what it defines."""

    spelling: Spelling
    defined: Shown

    # What `mathematics` asks for.

    def place(self, place: Any) -> Node:
        """A quantity, or a given number."""
        if isinstance(place, Given):
            given = Letter("c") if place.place == 1 else Sub(Letter("c"), number(place.place))
            return Sub(given, self._running()) if place.place == 1 else Sub(Fenced(given), self._running())
        if place.kind == WILLINGNESS:
            return self._label(WILLINGNESS, place.labels[0][1])
        return self.quantity(place)

    def run(self, span: ShownRun) -> Run:
        """Cells under each other."""
        name, first = span.first.indices[-1]
        taken = {reading[1] for _, reading in self.defined.indices if reading[0] == "own"}
        letter = Letter((_DUMMIES if name in taken else INDICES)[name])
        last = None if span.last == ("whole",) else self._index(span.last)
        return Run(
            letter, self._index(first), last, span.start,
            lambda index: self.quantity(span.first, index), lambda index: self.quantity(span.first, index, picked=True),
        )  # fmt: skip

    def series(self, binder: Binder) -> Node:
        """What a sum of like terms runs over."""
        return self._each(binder.dim)

    def option(self, choice: Shown, place: int) -> Node:
        """Which curve is chosen."""
        if not choice.options:
            return Beside(self.quantity(choice), EQUALS, number(place))
        return Beside(self.quantity(choice), EQUALS, self._label("", choice.options[place - 1]))

    # Quantities.

    def quantity(self, shown: Shown, last: Node | None = None, *, picked: bool = False) -> Node:
        """A quantity with its labels and indices; `last` stands for the last index, in square brackets if picked."""
        base, below = self.spelling.title(shown.kind, shown.title, shown.unit)
        horizon: list[Node] = []
        for dim, reading in shown.labels:
            (horizon if dim == HORIZON else below).append(self._label(dim, reading))
        at: list[Node] = []
        picks: list[Node] = []
        for place, (name, reading) in enumerate(shown.indices):
            is_last = place == len(shown.indices) - 1
            index = last if is_last and last is not None else self._index(reading)
            if picked and is_last:
                picks.append(index)
            elif name in (TIME_INDEX, DAY_INDEX) and shown.kind != "cycle" and shown.title not in _TIMES:
                at.append(Sub(Letter("t"), index))
            else:
                below.append(index)
        named = Sub(base, listed(below)) if below else base
        if isinstance(base, Power) and below:  # a unit as superscript stays outside of the subscript
            named = Power(Sub(base.base, listed(below)), base.exponent)
        arguments = [*at, *horizon]
        parts = [named, *([Fenced(listed(arguments))] if arguments else []), *(Fenced(one, "[") for one in picks)]
        return parts[0] if len(parts) == 1 else Beside(*parts)

    def input(self, reference: Reference) -> Node:
        """An input with all its labels in words."""
        return self.quantity(whole(reference))

    def _label(self, dim: str, reading: Reading) -> Node:
        how, what, *more = reading
        if how == "own":
            return self.spelling.letter(what)
        if how == "of":
            return Beside(self.spelling.letter(more[0]), Fenced(self.spelling.letter(what)))
        return self._each(what) if how == "each" else Words(said(str(what)))

    def _each(self, dim: str) -> Node:
        own = any(reading[0] == "own" and reading[1] == dim for _, reading in self.defined.labels)
        return self.spelling.letter(dim, primed=own)

    def _index(self, reading: Reading) -> Node:
        if reading[0] != "own":
            return number(reading[1])
        _, name, offset = reading
        if name in COUNTS:
            return moved_index(Sub(Letter(COUNTS[name]), self.spelling.letter(HORIZON)), offset)
        return moved_index(Letter("K" if name == LAST else INDICES[name]), offset)

    def _running(self) -> Node:
        return self._index(self.defined.indices[-1][1]) if self.defined.indices else Letter("i")

    def range(self, ends: tuple[Reading, ...]) -> Node | None:
        """The rows for which the line holds; nothing where it is for one row only."""
        if not self.defined.indices or self.defined.indices[-1][1][:2] != ("own", self.defined.indices[-1][0]):
            return None
        name = self.defined.indices[-1][0]
        first, last = (self._index(end) for end in ends)
        return Beside(Letter(INDICES[name]), EQUALS, first, Words(", \u2026, "), last)


def whole(reference: Reference) -> Shown:
    """Give a reference as it is, every label in words."""
    labels = tuple((dim, ("is", label)) for dim, label in reference.labels)
    indices = tuple((name, ("is", at)) for name, at in reference.indices)
    options = tuple(("is", option) for option in reference.options)
    return Shown(reference.kind, reference.title, labels, indices, reference.unit, options)
