"""The model under test: its base case, and runs of it that checks share, each made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.result import Result
from hecon.analysis.run import asked, run, run_plain
from hecon.costing.ledger import Outcome
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.inputs.batch import Uncertainty, uncertainty_of
from hecon.inputs.case import Case, Inputs, RandomDraws
from hecon.inputs.input_names import DOT
from hecon.inputs.joint import Source
from hecon.inputs.streams import forget_pages
from hecon.labels import DRAW, EDGE, STATE, STRATEGY, Axes, exact_joins, own_axes, with_data, wrap
from hecon.parameters import Parameters
from hecon.rows import TILE
from hecon.states.occupancy import Occupancy
from hecon.verification.elements import Element, elements_of
from hecon.verification.record import Deadline, NotApplicable, need

_Made = TypeVar("_Made")
#: Gives an input another value; None: as it is.
NewValue = Callable[[Element], float | None]

#: Draws that the checks of uncertainty look at.
DRAWS = 1000
#: As many of them as the quick checks run, in blocks of `TILE`: what they count again holds for any number.
QUICK_RUNS = 2 * TILE
#: Standard errors that chance passes in fewer than one of a million.
FAR = 5.0
#: At so many shares, evenly spaced, draws are held against the quantiles of their distribution; in a run at fewer.
_LEVELS, _QUICK_LEVELS = 200, 50
CHECKED_MEASURES = ("cost", "qaly", "life_years")


@dataclass(frozen=True, eq=False)
class Subject:
    """A model to be checked. `inputs` are those of its workbook, if it has one; `quick` runs fewer of the draws.

    `ran` is the base case, where it has been run.
    """

    case: Case
    inputs: Inputs | None = None
    draws: int = DRAWS
    quick: bool = False
    ran: Result | None = None
    deadline: Deadline = field(default_factory=Deadline)

    def __post_init__(self) -> None:
        if self.case.draws is not None:
            raise HeconError("verify takes a base case, not a batch of draws: he.verification.verify(inputs)")

    # --- the base case ---

    @cached_property
    def base(self) -> Result:
        """The base case, run."""
        return self.ran or run(self.case)

    @cached_property
    def outcome(self) -> Outcome:
        """What the model answers in the base case: states and ledger lines."""
        case = self.case
        p = Parameters(case.used_values(), case.labels, case.settings, case.tables, case.source, case.homes)
        with exact_joins:
            found = asked(case.model, p, self.base.time)
        assert isinstance(found, Outcome)
        return found

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of the strategies."""
        return self.base.strategies

    @property
    def horizons(self) -> tuple[float, ...]:
        """Horizons, in years."""
        return self.base.time.horizons

    @property
    def occupancy(self) -> Occupancy:
        """Shares by state; not applicable to a model without states."""
        need(isinstance(self.outcome.state, Occupancy), "the model has no states over time")
        assert isinstance(self.outcome.state, Occupancy)
        return self.outcome.state

    @cached_property
    def shares(self) -> xr.DataArray:
        """Shares of the base case: (strategy, state, edge)."""
        return self.shares_of(self.base)

    def shares_of(self, result: Result) -> xr.DataArray:
        """Shares of a result on strategy, state and edge; cohorts are added up."""
        shares = result.occupancy
        if shares is None:
            raise NotApplicable("the model has no states over time")
        if STRATEGY not in shares.dims:
            shares = shares.expand_dims({STRATEGY: list(result.strategies)})
        other = [dim for dim in shares.dims if dim not in (STRATEGY, STATE, EDGE)]
        return (shares.sum(other) if other else shares).transpose(STRATEGY, STATE, EDGE)

    def dead(self, result: Result) -> np.ndarray:
        """Share dead at each edge of a result: (strategy, edge)."""
        shares = self.shares_of(result)
        names = own_axes(shares).labels[STATE]
        assert isinstance(names, tuple)
        return np.asarray(shares.values[:, [names.index(state) for state in self.occupancy.dead]].sum(axis=1))

    # --- other runs ---

    @cached_property
    def _known(self) -> dict[str, Any]:
        return {}

    def once(self, key: str, make: Callable[[], _Made]) -> _Made:
        """Make something once and keep it; what cannot be made is kept too, and raised again."""
        if key not in self._known:
            try:
                self._known[key] = make()
            except HeconError as error:
                self._known[key] = error
        found: _Made = self._known[key]
        if isinstance(found, HeconError):
            raise found
        return found

    def run(self, case: Case, block: int | None = None) -> Result:
        """Run a changed case, for its numbers alone and within the time of the checks."""
        self.deadline.keep()
        return run_plain(case, block=block, progress=self.deadline.keep)

    def under(self, **settings: object) -> Result:
        """Run the base case under other settings; those that come to the same are run once."""

        def make() -> Result:
            case = self.case.with_settings(**settings)
            if case.settings == self.case.settings:
                return self.base
            return self.once(f"settings {case.settings!r}", lambda: self.run(case))

        return self.once(f"under {sorted(settings.items())}", make)

    def with_values(self, **values: object) -> Result:
        """Run the base case with other values, as `Case.with_values` takes them."""
        return self.run(self.case.with_values(**values))

    def moved(
        self,
        key: str,
        change: NewValue,
        levelled: Mapping[str, tuple[str, float]] | None = None,
    ) -> Result:
        """Run with every input that `change` gives a value for at that value; kept under `key`.

        `levelled`: sheets of which a column is set to one number, where the case has them.
        """
        return self.once(f"moved {key}", lambda: self.run(_levelled(self.case_with(change), levelled or {})))

    def moved_apart(self, changes: Mapping[str, NewValue]) -> dict[str, Result]:
        """Run with inputs as each of some changes gives them, by name: a draw each, of one batch.

        What no input is of the kind of is left out.
        """
        cases: dict[str, Case] = {}
        for name, change in changes.items():
            with suppress(NotApplicable):
                cases[name] = self.case_with(change)
        moving = [
            name for name, old in self.case.values.items() if any(c.values[name] is not old for c in cases.values())
        ]
        values = {
            name: stacked(self.case.values[name], [case.values[name].values for case in cases.values()])
            for name in moving
        }
        found = self.run(self.case._changed(values={**self.case.values, **values}))
        return {name: _draw_of(found, draw, case) for draw, (name, case) in enumerate(cases.items())}

    def case_with(self, change: NewValue, case: Case | None = None) -> Case:
        """Give the case with every input at the value that `change` gives for it (None: as it is)."""
        case = case or self.case
        moved: dict[str, np.ndarray] = {}
        for one in self.elements:
            value = change(one)
            if value is not None:
                if one.parameter not in moved:
                    moved[one.parameter] = case.values[one.parameter].values.copy()
                moved[one.parameter][one.place] = value
        need(moved, "no input is of this kind")
        changed = {name: with_data(case.values[name], array) for name, array in moved.items()}
        return case._changed(values={**case.values, **changed})

    def with_inputs(self, values: Mapping[str, float]) -> Case:
        """Give the case with inputs, by their names, at other values: set one by one, as a user would."""
        wanted = {tuple(sorted(name.split(DOT))): value for name, value in values.items()}
        return self.case_with(lambda one: wanted.get(tuple(sorted(one.name.split(DOT)))))

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Every number among the inputs."""
        return elements_of(self.case)

    def of_role(self, *roles: str) -> list[Element]:
        """Inputs of some roles; not applicable where there are none."""
        found = [one for one in self.elements if one.role in roles]
        need(found, f"no input is known to be a {' or '.join(roles)}")
        return found

    @property
    def low(self) -> Moves:
        """Every input moved alone to its low end."""
        return self._moved_to_ends[0]

    @property
    def high(self) -> Moves:
        """Every input moved alone to its high end."""
        return self._moved_to_ends[1]

    @cached_property
    def _moved_to_ends(self) -> tuple[Moves, Moves]:
        ends = [*(one.low for one in self.elements), *(one.high for one in self.elements)]
        both, count = self.moves(self.case, self.elements * 2, ends), len(self.elements)
        return both.part(0, count), both.part(count, 2 * count)

    def moves(self, case: Case, elements: tuple[Element, ...], ends: list[float]) -> Moves:
        """Move each input of a case alone to its end, all in one batch; what cannot be run is found by halves."""
        places = [place for place, (one, end) in enumerate(zip(elements, ends, strict=True)) if end != one.value]
        refused: dict[int, str] = {}
        found = self._all_that_run(case, elements, ends, places, refused)
        if found is None and len(refused) < len(places):
            kept = [place for place in places if place not in refused]
            found = self.run(_batch(case, elements, ends, kept))
        return Moves(found, {p: i for i, p in enumerate(p for p in places if p not in refused)}, refused)

    def _all_that_run(
        self, case: Case, elements: tuple[Element, ...], ends: list[float], places: list[int], refused: dict[int, str]
    ) -> Result | None:
        """Run some places in one batch; None where one of them is refused, which is then found and written down."""
        try:
            return self.run(_batch(case, elements, ends, places)) if places else None
        except HeconError as error:
            if len(places) == 1:
                refused[places[0]] = str(error).replace("\n", " ")
                return None
            for half in (places[: len(places) // 2], places[len(places) // 2 :]):
                self._all_that_run(case, elements, ends, half, refused)
            return None

    # --- uncertainty ---

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """What is uncertain in the workbook; not applicable where nothing is."""
        need(self.inputs is not None, "a case without parameter sheets has no distributions")
        assert self.inputs is not None
        found = uncertainty_of(self.inputs)
        need(found.sources, "no input has a distribution")
        return found

    @property
    def workbook(self) -> Inputs:
        """The inputs of the workbook; not applicable to a case made in Python."""
        need(self.inputs is not None, "the case was not read from a workbook")
        assert self.inputs is not None
        return self.inputs

    @cached_property
    def drawn(self) -> np.ndarray:
        """Drawn values (draw, uncertain input)."""
        self.drawn_before  # noqa: B018 (what is forgotten after it would have to be drawn once more)
        return self.uncertainty.draw(self.draws, self.case.settings.seed)

    @cached_property
    def redrawn(self) -> Uncertainty:
        """What is drawn more than once: everything, or in the quick checks an input of each kind of distribution."""
        if not self.quick:
            return self.uncertainty
        kinds = {type(getattr(source, "spread", source)): source for source in self.uncertainty.sources}
        return replace(self.uncertainty, sources=tuple(kinds.values()))

    @cached_property
    def drawn_before(self) -> np.ndarray:
        """Twice as many values of `redrawn`, drawn before `drawn` and forgotten."""
        found = self.redrawn.draw(2 * self.draws, self.case.settings.seed)
        forget_pages()
        return found

    @cached_property
    def drawn_twice(self) -> np.ndarray:
        """Drawn values (draw, input of `redrawn`)."""
        return self.drawn[:, np.isin(self.uncertainty.rows, self.redrawn.rows)]

    @cached_property
    def levels(self) -> np.ndarray:
        """Shares at which draws are held against the quantiles of their distribution."""
        count = _QUICK_LEVELS if self.quick else _LEVELS
        return (np.arange(count) + 0.5) / count

    @cached_property
    def spreads(self) -> list[np.ndarray]:
        """Quantiles of every uncertain input, in the order of `drawn_inputs`, at the `levels`."""
        return [
            np.asarray(source.marginal(member, self.levels), dtype=float) for _, source, member, _ in self.drawn_inputs
        ]

    @cached_property
    def drawn_inputs(self) -> list[tuple[str, Source, int, np.ndarray]]:
        """Every uncertain input: its name, its source, its place in that, and its draws."""
        place = {row: j for j, row in enumerate(self.uncertainty.rows)}
        return [
            (self.uncertainty.names[row], source, member, self.drawn[:, place[row]])
            for source in self.uncertainty.sources
            for member, row in enumerate(source.members)
        ]

    @cached_property
    def psa(self) -> Result:
        """A probabilistic analysis; the quick checks look at its first draws, which are the same."""
        self.uncertainty  # noqa: B018 (not applicable without)
        count = min(self.draws, QUICK_RUNS) if self.quick else self.draws
        drawn = RandomDraws(self.workbook.base_case(self.case.model), self.uncertainty, self.case.settings.seed)
        return self.run(drawn.case(0, count), TILE if self.quick else None)

    def totals_of(self, result: Result, measure: str, *, undiscounted: bool = False) -> np.ndarray:
        """A total as an array: (draw,) strategy, horizon; not applicable where the model has none."""
        name = f"undiscounted_{measure}" if undiscounted else measure
        need(name in result.plain_totals, f"the model has no {measure.replace('_', ' ')}")
        return result.plain_totals[name]

    def of_lines(self, result: Result, *, undiscounted: bool = False) -> dict[tuple[str, str], np.ndarray]:
        """Sums of every line over its details, by kind and name: (draw,) strategy, horizon."""
        found: dict[tuple[str, str], np.ndarray] = {}
        for line in result.lines:
            sums = line.undiscounted if undiscounted else line.discounted
            inner = tuple(place for place, dim in enumerate(line.axes.dims) if dim not in (DRAW, STRATEGY))
            found[line.kind, line.name] = sums.sum(axis=inner)
        return found


@frozen
class Moves:
    """Results of a batch in which each draw moves one input; `refused` says which could not be run, and why."""

    result: Result | None
    places: Mapping[int, int]
    refused: Mapping[int, str]

    def total(self, place: int, measure: str) -> np.ndarray | None:
        """A total (strategy, horizon) with one input moved; None if it could not be run or there is no such total."""
        if place not in self.places or measure not in self._totals:
            return None
        return self._totals[measure][self.places[place]]

    def part(self, start: int, stop: int) -> Moves:
        """Give the moves at some of the places, which are counted from the first of them."""
        places = {place - start: draw for place, draw in self.places.items() if start <= place < stop}
        refused = {place - start: why for place, why in self.refused.items() if start <= place < stop}
        return Moves(self.result if places else None, places, refused)

    @property
    def totals(self) -> dict[str, np.ndarray]:
        """Totals of every move by name: (move, strategy, horizon)."""
        return {name: values[list(self.places.values())] for name, values in self._totals.items()}

    def moving(self, before: Mapping[str, np.ndarray]) -> set[int]:
        """Places whose move changes any bit of any of the totals (strategy, horizon) before it."""
        changed = [(self._totals[name] != old).any(axis=(1, 2)) for name, old in before.items() if name in self._totals]
        return {place for place, draw in self.places.items() if any(own[draw] for own in changed)}

    @cached_property
    def _totals(self) -> dict[str, np.ndarray]:
        """Totals of the batch by name: (draw, strategy, horizon)."""
        return {} if self.result is None else self.result.plain_totals


def _draw_of(result: Result, draw: int, case: Case) -> Result:
    """One draw of a batch as the result of its case."""
    lines = [replace(line, axes=line.axes.without(DRAW), sums=line.sums[draw]) for line in result.lines]
    return Result(case, result.time, lines)


def _levelled(case: Case, columns: Mapping[str, tuple[str, float]]) -> Case:
    """Give the case with a column of some sheets at one number in every row."""
    there = {sheet: own for sheet, own in columns.items() if sheet in case.tables}
    if not there:
        return case
    level = {sheet: case.tables[sheet].assign(**{column: number}) for sheet, (column, number) in there.items()}
    return case._changed(tables={**case.tables, **level})


def _batch(case: Case, elements: tuple[Element, ...], ends: list[float], places: list[int]) -> Case:
    own: dict[str, np.ndarray] = {}
    for draw, place in enumerate(places):
        one = elements[place]
        if one.parameter not in own:
            old = case.values[one.parameter]
            own[one.parameter] = np.broadcast_to(old.values, (len(places), *old.shape)).copy()
        own[one.parameter][(draw, *one.place)] = ends[place]
    batch = {name: stacked(case.values[name], array) for name, array in own.items()}
    return case._changed(values={**case.values, **batch})


def stacked(old: xr.DataArray, draws: Sequence[np.ndarray] | np.ndarray) -> xr.DataArray:
    """Give a value as a batch: its arrays by draw, under its labels."""
    return wrap(np.asarray(draws), Axes({DRAW: len(draws), **own_axes(old).labels}))


def frame_of(case: Case, sheet: str) -> pd.DataFrame:
    """A table of the workbook; not applicable without it."""
    need(sheet in case.tables, f"there is no sheet {sheet}")
    return case.tables[sheet]
