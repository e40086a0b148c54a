"""How to read the equations of a model: what the indices and the letters in subscripts stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from hecon.labels import HORIZON
from hecon.report.equations.appendix import Sentence
from hecon.report.equations.forms import Binder, Given, Reading, Shown, ShownRun
from hecon.report.equations.grouping import CYCLES, DOSE_DAYS, LAST, ShownLine
from hecon.report.equations.notation import Beside, Fenced, Function, Letter, Sub, Words
from hecon.report.equations.references import (
    DAY_INDEX,
    OTHER_STRATEGY,
    PACKS,
    ROW_INDEX,
    STAY_INDEX,
    STEP_INDEX,
    WILLINGNESS,
    References,
)
from hecon.report.equations.spelling import COUNTS, INDICES, Spelling, said
from hecon.report.live.model import LiveModel
from hecon.report.words import several
from hecon.symbols.expression import Symbol

#: More labels than these are not listed.
_MANY = 12
#: Dimensions whose labels speak only where they stand.
_UNLISTED = (PACKS, "row", "dose", "number")
_MEANINGS = {
    OTHER_STRATEGY: "strategy that another one is compared with",
    WILLINGNESS: "willingness to pay for one QALY",
    PACKS: "pack sizes of a medicine, and how much they are tabulated for",
    "row": "row of an input sheet",
    "number": "running number of quantities of one name",
    HORIZON: "horizon",
}


def dims_in(lines: Iterable[ShownLine]) -> dict[str, None]:
    """Give the dimensions that have letters in lines, in the order in which they appear."""
    found: dict[str, None] = {}
    for how, *more in _readings(lines):
        if how == "own" and len(more) == 2 and more[0] not in (*INDICES, *COUNTS, LAST):
            found[more[0]] = None
        elif how in ("of", "each"):
            found |= dict.fromkeys(more)
    return found


def sentences(
    built: LiveModel, references: References, lines: Sequence[ShownLine], spelling: Spelling,
    labels: Mapping[str, Sequence[str]],
) -> Iterator[Sentence]:  # fmt: skip
    """Say how to read lines; `labels` are those of each dimension."""
    used = {(how, *more) for how, *more in _readings(lines)}
    names = {reading[1] for reading in used if reading[0] == "own"} | {
        name for shown in _places(lines) for name, _ in shown.indices
    }
    if "time" in names:
        yield _of_time(len(built.results.base.time.edges) - 1)
    if any(title in spelling.survival for title in {shown.title for shown in _places(lines)}):
        yield (Letter("S"), " is survival, or the share still without the event that the subscript names.")
    for dim in spelling.letters:
        yield _of_dim(dim, spelling, labels.get(dim, ()))
    for _, whose, dim in sorted(reading for reading in used if reading[0] == "of"):
        yield (Beside(spelling.letter(dim), Fenced(spelling.letter(whose))), f": the {dim} of the {whose}.")
    yield from _of_indices(names, references, spelling, labels.get(HORIZON, ()))
    yield from _of_functions(lines)
    if built.increments:
        yield ("Differences between strategies that are only rounding count as 0.",)
    yield ("Sums that are not discounted are the same sums with the weights that are not discounted.",)


def _of_time(cycles: int) -> Sentence:
    i, t = Letter("i"), Letter("t")
    about = (
        " (years). What is known at the edge of a cycle is a function of the time there; what belongs to a cycle "
        "has its number as a subscript. "
    )
    return ("The cycles of the model are counted by ", i, f" = 0, \u2026, {cycles - 1}; cycle ", i, " lasts from ",
            Sub(t, i), " to ", Sub(t, Beside(i, Words(" + 1"))), about, Letter("j"),
            " counts cycles under a sum.")  # fmt: skip


def _of_indices(
    names: Set[str], references: References, spelling: Spelling, horizons: Sequence[str]
) -> Iterator[Sentence]:
    """Say what counts cycles, days, stays, rows and steps, and how many there are."""
    if CYCLES in names:
        counts = "; ".join(f"{h}: {references.cycles_until(h)}" for h in horizons)
        yield (Sub(Letter("n"), spelling.letter(HORIZON)), f": number of cycles up to the horizon ({counts}).")
    if DAY_INDEX in names:
        x = Letter(INDICES[DAY_INDEX])
        about = "; what is paid on one is a function of the time "
        yield ("The days on which doses are paid are counted by ", x, about, Sub(Letter("t"), x), ".")
    if DOSE_DAYS in names:
        counts = "; ".join(f"{h}: {references.days_until(h)}" for h in horizons)
        number_of_days = Sub(Letter(COUNTS[DOSE_DAYS]), spelling.letter(HORIZON))
        yield (number_of_days, f": number of days with doses before the horizon ({counts}).")
    if STAY_INDEX in names:
        yield (Letter(INDICES[STAY_INDEX]), ": cycles spent in a state so far.")
    if ROW_INDEX in names:
        last = (", ", Letter("K"), " the last one") if LAST in names else ()
        yield (Letter(INDICES[ROW_INDEX]), ": row of a table, from 1", *last,
               "; a value in square brackets after a table is the row that is looked up.")  # fmt: skip
    if STEP_INDEX in names:
        yield (Letter(INDICES[STEP_INDEX]), ": steps that are shorter than the cycles of the model.")


def _of_functions(lines: Sequence[ShownLine]) -> Iterator[Sentence]:
    """Say what functions, conditions, given numbers and sums over a letter stand for, where lines have them."""
    symbols = [symbol for line in lines for symbol in _symbols(line.formula)]
    ops = {symbol.op for symbol in symbols}
    if "normal_cdf" in ops:
        normal = Beside(Function("\u03a6", r"\Phi"), Fenced(Letter("z")))
        yield (normal, " is the distribution function of the standard normal distribution.")
    if "gamma_cdf" in ops:
        arguments = Beside(Letter("P"), Fenced(Beside(Letter("a"), Words(", "), Letter("x"))))
        yield (arguments, " is the regularised lower incomplete gamma function.")
    if "beta_cdf" in ops:
        arguments = Beside(Letter("I"), Fenced(Beside(Letter("x"), Words(", "), Letter("a"), Words(", "), Letter("b"))))
        yield (arguments, " is the regularised incomplete beta function.")
    if any(map(_is_counted, symbols)):
        yield ("A condition in square brackets counts 1 where it holds and 0 where it does not.",)
    if any(isinstance(place, Given) and line.formula.op != "leaf" for line in lines for place in _leaves(line.formula)):
        yield (Letter("c"), " stands for given numbers that differ from row to row.")
    if "series" in ops:
        yield ("A sum over a letter without bounds is over all its labels for which the term is defined, unless the "
               "equation says which.",)  # fmt: skip


def _of_dim(dim: str, spelling: Spelling, labels: Sequence[str]) -> Sentence:
    told = [said(label) for label in labels] if dim not in _UNLISTED else []
    listed = several(told) if 0 < len(told) <= _MANY else f"{len(told)} in all" if told else ""
    meaning = _MEANINGS.get(dim, dim.replace("_", " "))
    if dim == OTHER_STRATEGY:
        return (spelling.letter(dim), f": {meaning}.")
    return (spelling.letter(dim), f": {meaning}" + (f" ({listed})." if listed else "."))


def _is_counted(symbol: Symbol) -> bool:
    conditions = ("<", "<=", ">", ">=", "=", "and", "or")
    return symbol.op in ("+", "-", "*", "/", "neg") and any(
        isinstance(arg, Symbol) and arg.op in conditions for arg in symbol.args
    )


# What stands in lines.


def _readings(lines: Iterable[ShownLine]) -> Iterator[Reading]:
    for line in lines:
        yield from (end for end in line.ends if line.defined.indices)
        for place in (line.defined, *_leaves(line.formula)):
            if isinstance(place, ShownRun):
                yield place.last
                place = place.first
            if isinstance(place, Binder):
                yield ("each", place.dim)
            if isinstance(place, Shown):
                yield from (reading for _, reading in (*place.labels, *place.indices))


def _places(lines: Iterable[ShownLine]) -> Iterator[Shown]:
    for line in lines:
        yield line.defined
        for place in _leaves(line.formula):
            if isinstance(place, Shown | ShownRun):
                yield place if isinstance(place, Shown) else place.first


def _leaves(item: Any) -> Iterator[Any]:
    if not isinstance(item, Symbol):
        if not isinstance(item, int | float):
            yield item
        return
    for arg in item.args:
        yield from _leaves(arg)


def _symbols(item: Any) -> Iterator[Symbol]:
    if isinstance(item, Symbol):
        yield item
        for arg in item.args:
            yield from _symbols(arg)
