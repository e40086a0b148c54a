"""Transitions between the states of a Markov model: what a user states, checked, and laid out for the walk.

Each pair (from, to) has a probability a cycle, a rate a year or a count. What is not given is 0, and staying is what
remains of a row, unless `REMAINING` marks another transition as its complement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import Fault, InputError, UnknownNameError, did_you_mean
from hecon.labels import (
    CYCLE,
    DEAD_NAMES,
    DRAW,
    FROM,
    IN_STATE,
    STATE,
    STRATEGY,
    TO,
    Axes,
    axes_of,
    join_axes,
    taken_at,
)
from hecon.parameters import Parameters
from hecon.states.matrix import GivenMatrix, labelled_matrix
from hecon.states.rates import with_hazard_ratio, with_odds_ratio
from hecon.symbols.expression import number_of

_KINDS = ("probability", "rate", "count")


class Remaining:
    """The complement of a row of transitions."""

    def __repr__(self) -> str:
        return "he.REMAINING"


#: Marks the transition that takes what the others of its row leave.
REMAINING: Final = Remaining()

#: A number, a labelled array, a vector by model cycle, or a tuple of them that are multiplied cycle by cycle.
_Given = Any
_Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Transitions:
    """Transitions of a Markov model: ``{(from, to): value}`` between `states`.

    A value is a number, a vector with one number for each model cycle, or a labelled array on draw, strategy, ``cycle``
    (model cycles), ``in_state`` (cycles spent in the state so far) or any other dimension; a tuple of them is
    multiplied cycle by cycle, which spares memory: ``(1 - dying, worsening)``. `kind` is ``probability`` (a model
    cycle), ``rate`` (a year; competing risks and several moves within a cycle are then exact) or ``count`` (of observed
    transitions: shares of their row). `dead` names the states that nobody leaves; blank, those called dead or death,
    else those without an exit. `since` names states that share a clock, ``since=["sick", "sicker"]``, or several such
    lists: ``in_state`` then counts the cycles since any of them was entered, and goes on through moves between them.
    For messages, `cells` gives the place of a pair, and of a pair and strategy, in the
    workbook `source`.

    Raises `InputError` with every fault by the names of its states: an unknown state, a value out of range, two
    complements in a row, an exit from a dead state.

    >>> transitions = Transitions(["well", "ill", "dead"], {("well", "ill"): 0.2, ("ill", "dead"): 0.1})
    >>> transitions.exits("well"), transitions.dead
    (('ill',), ('dead',))
    """

    states: Sequence[str]
    values: Mapping[_Pair, _Given]
    kind: str = "probability"
    dead: Sequence[str] | str | None = None
    cells: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    source: str = "the transitions"
    since: Sequence[str] | Sequence[Sequence[str]] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "states", tuple(self.states))
        object.__setattr__(self, "since", clocks_of(self.since))
        faults = list(self._faults_of_names())
        if not faults:
            object.__setattr__(self, "values", self._in_order(faults))
            object.__setattr__(self, "dead", self._who_is_dead())
        if not faults:
            faults = [*self._faults_of_shape(), *self._faults_of_values()]
        if faults:
            raise InputError(self.source, faults)
        if self.kind == "count":
            object.__setattr__(self, "values", self._of_counts())
            object.__setattr__(self, "kind", "probability")

    @classmethod
    def from_matrix(
        cls,
        states: Sequence[str],
        matrix: GivenMatrix,
        kind: str = "probability",
        dead: Sequence[str] | str | None = None,
        since: Sequence[str] | Sequence[Sequence[str]] = (),
    ) -> Transitions:
        """Read transitions from a matrix: row the state that is left, column the state that is entered.

        `matrix` is an array (states, states), or (cycles, states, states) with one for each model cycle; a DataFrame
        whose rows and columns are states; a DataArray with dimensions ``from``, ``to`` and any others (draw, strategy,
        cycle, ...); or a mapping of strategy to such matrices. A row must sum to 1 (of rates: to 0); NaN on the
        diagonal leaves staying to be what remains. Pairs that are 0 everywhere are no transitions.

        >>> import numpy as np
        >>> yearly = np.array([[0.7, 0.2, 0.1], [0, 0.5, 0.5], [0, 0, 1]])
        >>> Transitions.from_matrix(["well", "ill", "dead"], {"A": yearly, "B": yearly}).exits("well")
        ('ill', 'dead')
        """
        array = labelled_matrix(tuple(states), matrix)
        values: dict[_Pair, _Given] = {}
        for here, origin in enumerate(array.coords[FROM].values.tolist()):
            row = taken_at(array, FROM, here)
            for there, target in enumerate(row.coords[TO].values.tolist()):
                one = taken_at(row, TO, there)
                if origin == target and (kind == "rate" or bool(one.isnull().all())):
                    continue
                # With draws a pair is kept whatever its values: a block of draws must not lose it.
                if DRAW in one.dims or origin == target or bool((one != 0).any()):
                    values[origin, target] = one
            if kind == "rate":
                _check_rates(origin, row)
        return cls(states, values, kind, dead, since=since)

    @property
    def clocks(self) -> tuple[tuple[str, ...], ...]:
        """Groups of states that share a clock."""
        return clocks_of(self.since)

    def exits(self, state: str) -> tuple[str, ...]:
        """States that can be reached from a state in one move."""
        return tuple(to for origin, to in self.values if origin == state and to != state)

    @cached_property
    def axes(self) -> Axes:
        """Dimensions of all values, without ``cycle`` and ``in_state``."""
        parts = (part for value in self.values.values() for part in factors(value))
        return join_axes(*(axes_of(part).without(CYCLE, IN_STATE) for part in parts))

    # What changes transitions.

    def with_relative_risk(self, risk: _Given, moves: Iterable[_Pair] | None = None) -> Transitions:
        """Multiply probabilities (or rates) of some moves, or of all, by a relative risk; staying takes the rest."""
        return self._changed(moves, lambda value: (*factors(value), risk))

    def with_hazard_ratio(self, ratio: xr.DataArray | float, moves: Iterable[_Pair] | None = None) -> Transitions:
        """Multiply the rates behind some moves, or behind all, by a hazard ratio; staying takes the rest."""
        if self.kind == "rate":
            return self._changed(moves, lambda value: (*factors(value), ratio))
        return self._changed(moves, lambda value: with_hazard_ratio(product(value), ratio))

    def with_odds_ratio(self, ratio: xr.DataArray | float, moves: Iterable[_Pair] | None = None) -> Transitions:
        """Multiply the odds of some moves, or of all, by an odds ratio; staying takes the rest."""
        if self.kind == "rate":
            raise InputError(self.source, [Fault("odds ratio", "acts on probabilities; these are rates")])
        return self._changed(moves, lambda value: with_odds_ratio(product(value), ratio))

    def _changed(self, moves: Iterable[_Pair] | None, change: Any) -> Transitions:
        chosen = list(self.values) if moves is None else list(moves)
        for pair in chosen:
            if pair not in self.values:
                known = [f"{a} to {b}" for a, b in self.values]
                name = " to ".join(pair)
                raise UnknownNameError(
                    f"there is no transition {name} ({', '.join(known)}).{did_you_mean(name, known)}"
                )
        values = {
            pair: change(value) if pair in chosen and pair[0] != pair[1] and value is not REMAINING else value
            for pair, value in self.values.items()
        }
        for origin in {a for a, b in chosen}:  # what was the complement of the old values is not that of the new ones
            if not any(value is REMAINING and a == origin for (a, _), value in values.items()):
                values.pop((origin, origin), None)
        return replace(self, values=values)

    # What is checked.

    def where(self, origin: str, target: str | None = None, strategy: str | None = None) -> str:
        """Place of a transition (or of a state): its cell if it has one, else its states."""
        if target is None:
            return self.cells.get((origin,), origin)
        cell = self.cells.get((origin, target, strategy or "")) or self.cells.get((origin, target))
        return cell or f"{origin} to {target}"

    def _faults_of_names(self) -> Iterable[Fault]:
        if len(self.states) < 2 or len(set(self.states)) != len(self.states):
            yield Fault("states", f"are {', '.join(self.states) or 'none'}; at least two different states are needed")
        if self.kind not in _KINDS:
            yield Fault(
                "kind", f"is {self.kind!r}; it must be one of {', '.join(_KINDS)}.{did_you_mean(self.kind, _KINDS)}"
            )
        for pair in self.values:
            if not isinstance(pair, tuple) or len(pair) != 2:
                yield Fault(str(pair), "must be a pair of states, such as ('healthy', 'sick')")
                continue
            for state in pair:
                if state not in self.states:
                    known = ", ".join(self.states)
                    yield Fault(
                        self.where(*pair), f"'{state}' is not a state ({known}).{did_you_mean(str(state), self.states)}"
                    )

        seen: set[str] = set()
        for clock in self.clocks:
            if len(clock) < 2:
                yield Fault("since", f"has '{', '.join(clock)}' alone; a clock is shared by two states or more")
            for state in clock:
                if state not in self.states:
                    yield Fault("since", f"'{state}' is not a state.{did_you_mean(str(state), self.states)}")
                elif state in seen:
                    yield Fault("since", f"names '{state}' twice; a state has one clock")
                elif not self.exits(state):
                    yield Fault("since", f"names '{state}', which nobody leaves: no time is counted there")
                seen.add(state)
        if self.clocks and self.kind == "rate":
            yield Fault("since", "counts time in states, which needs kind='probability'")

    def _in_order(self, faults: list[Fault]) -> dict[_Pair, _Given]:
        """Give values by pair in the order of the states: complements, numbers, labelled arrays, tuples of those."""
        rank = {state: place for place, state in enumerate(self.states)}
        ordered: dict[_Pair, _Given] = {}
        for pair in sorted(self.values, key=lambda pair: (rank[pair[0]], rank[pair[1]])):
            value = self.values[pair]
            try:
                parts = tuple(map(_number_or_array, factors(value)))
                ordered[pair] = value if value is REMAINING else parts[0] if len(parts) == 1 else parts
            except TypeError as error:
                faults.append(Fault(self.where(*pair), str(error)))
        return ordered

    def _who_is_dead(self) -> tuple[str, ...]:
        if self.dead is None:
            named = tuple(state for state in self.states if state in DEAD_NAMES)
            return named or tuple(state for state in self.states if not self.exits(state))
        return (self.dead,) if isinstance(self.dead, str) else tuple(self.dead)

    def _faults_of_shape(self) -> Iterable[Fault]:
        for state in self.dead or ():
            if state not in self.states:
                yield Fault("dead", f"'{state}' is not a state.{did_you_mean(state, self.states)}")
                continue
            for target in self.exits(state):
                if _is_nought(self.values[state, target]):
                    continue
                yield Fault(self.where(state, target), f"leaves '{state}', which nobody leaves: it is absorbing")
        for state in self.states:
            complements = [to for (a, to), value in self.values.items() if a == state and value is REMAINING]
            if len(complements) > 1:
                names = ", ".join(complements)
                what = f"the row of '{state}' has {len(complements)} complements ({names}); one is allowed"
                yield Fault(self.where(state, complements[1]), what)
            if complements and self.kind != "probability":
                what = f"is the remaining share, which only probabilities have; these are {self.kind}s"
                yield Fault(self.where(state, complements[0]), what)
        for (origin, target), value in self.values.items():
            alone = origin == target and self.kind == "probability" and not self.exits(origin)
            if alone and value is not REMAINING and not _is_one(value):
                yield Fault(self.where(origin, target), "is the only transition of its row, and must be 1")
            if self.kind == "rate" and origin == target:
                yield Fault(self.where(origin, target), "is a rate of staying; rates are given for moves only")
            if self.kind == "rate" and any(IN_STATE in axes_of(f).labels for f in factors(value)):
                yield Fault(self.where(origin, target), "varies by time in state, which needs kind='probability'")

    def _faults_of_values(self) -> Iterable[Fault]:
        for pair, value in self.values.items():
            parts = factors(value)
            for part in parts:
                array = part.values if isinstance(part, xr.DataArray) else np.asarray(part, dtype=None)
                if array.dtype == object:
                    continue
                top = 1.0 if self.kind == "probability" and len(parts) == 1 else np.inf
                if array.size and array.min() >= 0 and array.max() <= top:
                    continue
                yield self._out_of_range(pair, part, array, top)

    def _out_of_range(self, pair: _Pair, part: object, array: np.ndarray, top: float) -> Fault:
        wrong = np.argwhere(~((array >= 0) & (array <= top)))[0]
        found = array[tuple(wrong)]
        strategy, said = _place(part, wrong)
        what = f"the {self.kind}{said} is {found:g}; "
        if np.isnan(found):
            what += "it is missing"
        elif self.kind == "probability" and found > 1:
            what += "a probability lies between 0 and 1. If it is a rate, say kind='rate' or convert it"
            what += " with he.states.rate_to_probability"
        elif self.kind == "probability":
            what += "a probability lies between 0 and 1"
        else:
            what += f"a {self.kind} is at least 0"
        return Fault(self.where(*pair, strategy), what)

    def _of_counts(self) -> dict[_Pair, _Given]:
        values: dict[_Pair, _Given] = {}
        for state in self.states:
            row = {pair: product(value) for pair, value in self.values.items() if pair[0] == state}
            if not row:
                continue
            total = sum(row.values())
            if not bool((number_of(np.asarray(total)) > 0).all()):
                what = f"the counts of the row of '{state}' are all 0; at least one must be above 0"
                raise InputError(self.source, [Fault(self.where(*next(iter(row))), what)])
            # Staying is left to be the remaining share, so that a changed row still sums to 1.
            values |= {pair: value / total for pair, value in row.items() if pair[0] != pair[1]}
        return values

    def unreachable(self, start: Iterable[str]) -> tuple[str, ...]:
        """States that no path of transitions leads to from the states of the start."""
        reached = set(start)
        waiting = list(reached)
        while waiting:
            for target in self.exits(waiting.pop()):
                if target not in reached:
                    reached.add(target)
                    waiting.append(target)
        return tuple(state for state in self.states if state not in reached)


def clocks_of(since: Sequence[str] | Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Give groups of states that share a clock: of one list of states, or of several.

    >>> clocks_of(["sick", "sicker"]), clocks_of([])
    ((('sick', 'sicker'),), ())
    """
    groups: Any = [since] if any(isinstance(one, str) for one in since) else since
    return tuple(tuple(group) for group in groups)


def factors(value: _Given) -> tuple[Any, ...]:
    """Give the factors of a value; none for a complement."""
    if value is REMAINING:
        return ()
    return value if isinstance(value, tuple) else (value,)


def product(value: _Given) -> Any:
    """Multiply the factors of a value."""
    result: Any = 1.0
    for part in factors(value):
        result = part if isinstance(result, float) and result == 1.0 else result * part
    return result


def _number_or_array(part: object) -> object:
    """Give a factor as a number or a labelled array; a bare vector is one value for each model cycle."""
    if isinstance(part, xr.DataArray):
        return part
    if isinstance(part, list | np.ndarray | pd.Series):
        vector = np.asarray(part)
        if vector.ndim > 1:
            what = f"has {vector.ndim} dimensions without names"
            raise TypeError(f"{what}; give an xarray DataArray, or all transitions by Transitions.from_matrix")
        return xr.DataArray(vector, dims=CYCLE) if vector.ndim else vector.item()
    if hasattr(part, "at_edges"):
        instead = "he.states.probability_by_cycle(time, curve), or he.states.rate_by_cycle with kind='rate'"
        raise TypeError(f"is a curve; give {instead}")
    if part is None or isinstance(part, str | Mapping | pd.DataFrame):
        what = f"is {part!r}" if isinstance(part, str) or part is None else f"is a {type(part).__name__}"
        raise TypeError(f"{what}; give a number, a vector by model cycle, or a labelled array such as a parameter")
    return part


def _check_rates(origin: str, row: xr.DataArray) -> None:
    """Check the diagonal of a matrix of rates: blank, 0, or what makes its row sum to 0."""
    if origin not in row.coords[TO].values.tolist():
        return
    stay = row.sel({TO: origin}, drop=True).fillna(0.0)
    leaving = row.sum(TO) - stay
    if not bool(((stay == 0) | (abs(stay + leaving) <= 1e-9 * (1 + leaving))).all()):
        raise InputError("the transitions", [Fault(f"the row of '{origin}'", "does not sum to 0, as rates must")])


def _is_nought(value: _Given) -> bool:
    return any(bool(np.all(number_of(np.asarray(part)) == 0)) for part in factors(value))


def _is_one(value: _Given) -> bool:
    whole = np.asarray(product(value))
    return whole.dtype == object or bool(np.all(np.abs(whole - 1) <= 1e-9))


def _place(part: object, wrong: Sequence[int]) -> tuple[str | None, str]:
    """Strategy and words for a place in a labelled array."""
    if not isinstance(part, xr.DataArray) or not len(wrong):
        return None, ""
    axes = axes_of(part)
    order = [list(map(str, part.dims)).index(dim) for dim in axes.dims]
    names = dict(zip(axes.dims, axes.at([int(wrong[i]) for i in order]), strict=True))
    return names.get(STRATEGY), f" ({', '.join(f'{dim} {label}' for dim, label in names.items())})"


#: Where a workbook states them.
_SHEET = "Transitions"


def transitions(
    p: Parameters,
    dead: Sequence[str] | str | None = None,
    since: Sequence[str] | Sequence[Sequence[str]] = (),
) -> Transitions:
    """Transitions of a Markov model, from the sheet Transitions; the states are the labels of ``state``, in order.

    Values are parameters like any other, called by their states (``well_to_ill``): they vary in every analysis, and
    scenarios change them. Faults are named by cell. Counts become shares of their row: with distribution gamma and se
    the square root of the count, draws are those of a Dirichlet distribution.

    >>> state = he.markov(time, he.states.transitions(p), start="well")  # doctest: +SKIP
    """
    table = p.tables[_SHEET]
    values: dict[tuple[str, str], Any] = {}
    cells: dict[tuple[str, ...], str] = {}
    kinds = [kind for kind in table["kind"] if kind != "remaining"]
    for row in table.to_dict("records"):
        pair = (row[FROM], row[TO])
        values[pair] = REMAINING if row["kind"] == "remaining" else p[row["parameter"]]
        if row.get(STRATEGY):
            cells[(*pair, row[STRATEGY])] = row["cell"]
        cells.setdefault(pair, row["cell"])
    labels = p.tables.get("Labels")
    if labels is not None and "row" in labels:
        states = labels[labels["dimension"] == STATE]
        cells |= {(label,): f"Labels!B{number}" for label, number in zip(states["label"], states["row"], strict=True)}
    kind = kinds[0] if kinds else "probability"
    return Transitions(p.labels[STATE], values, kind, dead, cells, p.source, since)
