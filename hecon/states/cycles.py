"""The cycles of a Markov model: where they stand on the timeline, and what is read off for each of them.

Probabilities belong to whole model cycles (settings ``cycle_length``, ``cycle_unit``). The timeline may cut a
model cycle in two, where a horizon or a price step falls inside it: between the ends of a model cycle the shares
then move on a straight line, as the half-cycle correction takes them to, so that a further horizon changes no
share elsewhere. Rates know no cycles: every cycle of the timeline gets the exponential of its own length.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, cast

import numpy as np
import xarray as xr

from hecon.errors import AlignmentError, Fault, HeconError, InputError
from hecon.flows import SurvivalCurve, expect_curve
from hecon.frozen import frozen
from hecon.labels import CYCLE, EDGE, IN_STATE, Axes, Value, axes_of, expand, join_axes, one_of, wrap
from hecon.measured import read_off
from hecon.symbols.draft import draft, find_place, named, value_at
from hecon.symbols.expression import is_symbolic, number_of
from hecon.symbols.functions import exp, greater, log, share_of, where
from hecon.timeline import SAME_TIME, Timeline

#: A hazard after which nobody is left to any digit.
_NOBODY_LEFT = 1000.0

AGE, _YEAR = "age", "year"
At = Literal["cycle", "edge"]


@frozen
class Steps:
    """Edges on which a chain steps, and the timeline's edges on them.

    `edges`: where the steps begin and end (years). `whole`, `part`: each timeline edge lies at this step and this
    share of it. `of_cycle`, `piece`: each timeline cycle is this share of that step.
    """

    edges: np.ndarray
    whole: np.ndarray
    part: np.ndarray
    of_cycle: np.ndarray
    piece: np.ndarray

    @property
    def count(self) -> int:
        """Number of steps."""
        return len(self.edges) - 1

    @property
    def cut(self) -> bool:
        """Whether the timeline cuts steps in pieces."""
        return len(self.of_cycle) != self.count or bool((self.part > 0).any())

    def at_edges(self, weights: np.ndarray) -> np.ndarray:
        """Turn weights on timeline edges (edges, columns) into weights on the edges of the steps."""
        if not self.cut:
            return weights
        moved = np.zeros((self.count + 1, weights.shape[1]))
        np.add.at(moved, self.whole, (1 - self.part)[:, None] * weights)
        np.add.at(moved, np.minimum(self.whole + 1, self.count), self.part[:, None] * weights)
        return moved

    def within(self, weights: np.ndarray) -> np.ndarray:
        """Turn weights on timeline cycles (cycles, columns) into weights on steps."""
        if not self.cut:
            return weights
        moved = np.zeros((self.count, weights.shape[1]))
        np.add.at(moved, self.of_cycle, self.piece[:, None] * weights)
        return moved

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Read values at step edges (..., steps + 1) off at the timeline's edges, on straight lines."""
        if not self.cut:
            return values
        after = values[..., np.minimum(self.whole + 1, self.count)]
        return values[..., self.whole] * (1 - self.part) + after * self.part

    def shared(self, values: np.ndarray) -> np.ndarray:
        """Share what happens in each step (..., steps) out to the timeline's cycles."""
        return values[..., self.of_cycle] * self.piece if self.cut else values


@lru_cache(maxsize=4)
def model_steps(time: Timeline) -> Steps:
    """Step on whole model cycles: for probabilities. Remembered, for every block of draws asks again."""
    edges, length = time.model_edges, time.settings.cycle_years
    place = time.edges / length
    near = np.rint(place)
    on = np.abs(time.edges - near * length) <= SAME_TIME
    whole = np.where(on, near, np.floor(place)).astype(int)
    part = np.where(on, 0.0, place - whole)
    piece = np.diff(whole + part)
    if (piece > 1 + SAME_TIME).any() or not (part[1:][np.diff(whole) > 0] == 0).all():
        raise AlignmentError("probabilities by model cycle need a timeline with an edge at the end of every cycle")
    return Steps(edges, whole, part, whole[:-1], piece)


def own_steps(time: Timeline) -> Steps:
    """Step on the cycles of the timeline: for rates."""
    count = time.cycles
    return Steps(time.edges, np.arange(count + 1), np.zeros(count + 1), np.arange(count), np.ones(count))


def probability_by_cycle(time: Timeline, curve: SurvivalCurve) -> xr.DataArray:
    """Probability of a curve's event in each model cycle, among those event-free at its start: 1 - S(end) / S(start).

    Dimensions of the curve, then ``cycle``; 1 where nobody is left.

    >>> from hecon import Exponential, Settings
    >>> time = Timeline.regular(Settings(horizons=(2,), cycle_length=1, cycle_unit="year"))
    >>> probability_by_cycle(time, Exponential(0.2)).values.round(6).tolist()
    [0.181269, 0.181269]
    """
    expect_curve(curve, "curve")
    at_edges, axes = curve.at_edges(time.model_edges)
    return wrap(1 - _kept(at_edges), axes, **{CYCLE: at_edges.shape[-1] - 1})


def probability_by_time_in_state(time: Timeline, curve: SurvivalCurve, limit: int | None = None) -> xr.DataArray:
    """Probability of a curve's event in each cycle since a state was entered: the clock is reset at entry.

    As `probability_by_cycle`, on dimension ``in_state``: cycles spent in the state so far, from 0. With a `limit` the
    curve is followed for that many cycles; who stays longer keeps the probability of the last of them. A model then
    tells no more places in the state apart, which spares it, and a live workbook, the others.

    Raises `HeconError` for a limit that is no whole number of at least 1.

    >>> from hecon import Settings, Weibull
    >>> time = Timeline.regular(Settings(horizons=(4,), cycle_length=1, cycle_unit="year"))
    >>> probability_by_time_in_state(time, Weibull(2.0, 4.0), limit=2).values.round(4).tolist()
    [0.0606, 0.171]
    """
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | np.integer) or limit < 1):
        raise HeconError(f"limit is {limit!r}; it must be a whole number of cycles that is at least 1")
    by_cycle = probability_by_cycle(time, curve)
    return by_cycle[..., :limit].rename({CYCLE: IN_STATE})


def rate_by_cycle(time: Timeline, curve: SurvivalCurve) -> xr.DataArray:
    """Mean hazard of a curve in each cycle of the timeline, a year: ln(S(start) / S(end)) / length.

    A transition at this rate follows the curve at every edge.
    """
    expect_curve(curve, "curve")
    at_edges, axes = curve.at_edges(time.edges)
    return wrap(_hazard(at_edges, axes) / time.lengths, axes, **{CYCLE: time.cycles})


def competing(time: Timeline, **curves: SurvivalCurve) -> dict[str, xr.DataArray]:
    """Probabilities by model cycle of events that exclude each other, each from its own curve (its hazard alone).

    Somebody leaves with probability 1 - exp(-sum of dH), and by each event in proportion to its dH: exact where the
    hazards keep their proportions within the cycle (Briggs, Claxton and Sculpher 2006, section 3.2.3).

    >>> from hecon import Exponential, Settings
    >>> time = Timeline.regular(Settings(horizons=(1,), cycle_length=1, cycle_unit="year"))
    >>> {k: v.values.round(4).tolist() for k, v in competing(time, ill=Exponential(0.3), dead=Exponential(0.1)).items()}
    {'ill': [0.2473], 'dead': [0.0824]}
    """
    edges = time.model_edges
    for name, curve in curves.items():
        expect_curve(curve, name)
    laid_out = {name: curve.at_edges(edges) for name, curve in curves.items()}
    axes = join_axes(*(own for _, own in laid_out.values()))
    full = Axes({**axes.labels, CYCLE: len(edges) - 1})
    hazards = {
        name: np.broadcast_to(expand(wrap(_hazard(values, own), own, **{CYCLE: len(edges) - 1}), full), full.shape)
        for name, (values, own) in laid_out.items()
    }
    if is_symbolic(*hazards.values()):
        return _competing_symbols(hazards, axes, len(edges) - 1)
    total = np.asarray(sum(hazards.values()))
    with np.errstate(invalid="ignore", divide="ignore"):
        # One event takes all where its hazard is infinite: the curve has reached 0.
        parts = {name: np.where(np.isinf(total), np.isinf(hazard), hazard / total) for name, hazard in hazards.items()}
    count = np.maximum(np.asarray(sum(np.where(np.isinf(total), part, 0) for part in parts.values())), 1)
    leaving = -np.expm1(-total)
    return {
        name: wrap(leaving * np.where(total > 0, part, 0) / count, axes, **{CYCLE: len(edges) - 1})
        for name, part in parts.items()
    }


def _competing_symbols(hazards: Mapping[str, np.ndarray], axes: Axes, cycles: int) -> dict[str, xr.DataArray]:
    """As `competing`, by formulas: a large hazard stands for an infinite one."""
    along = _along(cycles)
    rises = {name: named(f"Hazard, {name}", hazard, axes, along) for name, hazard in hazards.items()}
    total = named("Hazard of leaving", np.asarray(sum(rises.values())), axes, along)
    leaving = named("Probability of leaving", 1 - exp(-total), axes, along)
    return {name: wrap(leaving * share_of(rise, total), axes, **{CYCLE: cycles}) for name, rise in rises.items()}


def by_age(time: Timeline, values: xr.DataArray, age: Value, at: At = "cycle") -> xr.DataArray:
    """Read a value by age (life table, utility norm) off for each model cycle: the value of the last age reached.

    `values` has a dimension ``age`` whose labels are the ages in years (35 holds until the next label); `age` is the
    age at the start and may vary by draw or cohort. The age of a cycle is that at its start. The dimension ``age``
    becomes ``cycle``. An age below the first label raises `InputError`; past the last label the last value holds.

    With `at` ``edge`` the value is read off at every edge of a model cycle, the age that of the edge, on dimension
    ``edge``: a factor that multiplies the shares at the edges themselves, see `hecon.cost`.

    The values stay what they are: a yearly probability of death in a model of months is converted by
    ``he.states.rescale_probability(he.by_age(time, p.mortality, p.age), over=1, to=time)``.

    >>> from hecon import Settings
    >>> time = Timeline.regular(Settings(horizons=(3,), cycle_length=1, cycle_unit="year"))
    >>> table = xr.DataArray([0.01, 0.02], dims="age", coords={"age": ["60", "62"]})
    >>> by_age(time, table, 60).values.tolist()
    [0.01, 0.01, 0.02]
    """
    return _read_off(time, values, AGE, age, at)


def by_year(time: Timeline, values: xr.DataArray, at: At = "cycle") -> xr.DataArray:
    """Read a value by year since the start off for each model cycle: the value of the last year reached.

    As `by_age`, on a dimension ``year`` whose labels are years since the start, the first of them 0; or ``at`` edges.

    >>> from hecon import Settings
    >>> time = Timeline.regular(Settings(horizons=(3,), cycle_length=1, cycle_unit="year"))
    >>> by_year(time, xr.DataArray([0.2, 0.1], dims="year", coords={"year": ["0", "2"]})).values.tolist()
    [0.2, 0.2, 0.1]
    """
    return _read_off(time, values, _YEAR, 0.0, at)


def cycle_numbers(time: Timeline) -> xr.DataArray:
    """Number of each model cycle, from 1, on dimension ``cycle``: for what is a formula of it.

    >>> from hecon import Settings
    >>> time = Timeline.regular(Settings(horizons=(3,), cycle_length=1, cycle_unit="year"))
    >>> (0.01 * cycle_numbers(time)).values.tolist()
    [0.01, 0.02, 0.03]
    """
    return xr.DataArray(np.arange(1.0, len(time.model_edges)), dims=CYCLE)


def edge_times(time: Timeline) -> xr.DataArray:
    """Time of each edge of the model's cycles in years, on dimension ``edge``: for factors that are a formula of it.

    >>> from hecon import Settings
    >>> time = Timeline.regular(Settings(horizons=(1,), cycle_length=6, cycle_unit="month"))
    >>> (1 - 0.02 * edge_times(time)).values.tolist()
    [1.0, 0.99, 0.98]
    """
    return xr.DataArray(time.edges, dims=EDGE)


def _read_off(time: Timeline, values: xr.DataArray, dimension: str, start: Value, at: At) -> xr.DataArray:
    """Read values by age or year off at the start of each model cycle, or at its edges, from `start` on.

    In 0.1.0 the values came first: that order is taken too, since neither can be mistaken for the other.
    """
    if isinstance(values, Timeline):
        time, values = values, cast("xr.DataArray", time)
    one_of(at, (CYCLE, EDGE), "'at'")
    if not isinstance(values, xr.DataArray) or dimension not in values.dims:
        dims = ", ".join(map(str, values.dims)) if isinstance(values, xr.DataArray) else ""
        raise AlignmentError(f"values by {dimension} need a dimension '{dimension}'; they have {dims or 'none'}")
    labels = np.array([_years(label, dimension) for label in values.coords.get(dimension, values).values.tolist()])
    if not (np.diff(labels) > 0).all():
        raise AlignmentError(f"the labels of '{dimension}' must increase")
    rest = axes_of(values).without(dimension)
    axes = join_axes(axes_of(start), rest)
    starts = time.model_edges if at == EDGE else time.model_edges[:-1]
    begin = expand(start, axes)[..., None]
    reached = np.searchsorted(labels, number_of(begin) + starts + SAME_TIME, side="right") - 1
    if reached.min() < 0:
        youngest = float(np.min(number_of(begin)))
        whose = f"the cohort is {youngest:g} at the start" if dimension == AGE else "the model starts at 0"
        raise InputError(f"the values by {dimension}", [Fault(dimension, f"begins at {labels[0]:g}; {whose}")])
    table = np.moveaxis(values.values, values.dims.index(dimension), -1)
    table = expand(wrap(table, rest, **{dimension: len(labels)}), Axes({**axes.labels, dimension: len(labels)}))
    if is_symbolic(begin):
        return wrap(_looked_up(labels, table, begin, axes, time, dimension, at), axes, **{at: len(starts)})
    shape = np.broadcast_shapes(table.shape[:-1], reached.shape[:-1])
    table = np.broadcast_to(table, (*shape, len(labels)))
    found = np.take_along_axis(table, np.broadcast_to(reached, (*shape, len(starts))), axis=-1)
    return read_off(wrap(found, axes, **{at: len(starts)}), values)


def _looked_up(
    labels: np.ndarray, table: np.ndarray, begin: np.ndarray, axes: Axes, time: Timeline, dimension: str, at: At
) -> np.ndarray:
    """Read values off by look-up: where the start is a symbol, so is the row that each cycle has reached."""
    open_ = draft()
    assert open_ is not None
    cells, along = open_.times(time.model_edges)
    if at == CYCLE:
        along, cells = (CYCLE if along == EDGE else along), cells[:-1]
    when = np.broadcast_to(begin + cells, (*axes.shape, len(cells)))
    ages = named(f"{dimension.capitalize()} {'in the cycle' if at == CYCLE else 'at the edge'}", when, axes, along)
    rows = named(f"Row of the {dimension}", find_place(labels, ages + SAME_TIME, axes, dimension), axes, along)
    return value_at(table, rows, axes, f"Value by {dimension}")


def _along(cycles: int) -> str:
    """What cells of so many cycles run along: those of the timeline, or steps of their own."""
    open_ = draft()
    return CYCLE if open_ is None or cycles + 1 == len(open_.time.cells) else f"{cycles} steps"


def _years(label: object, dimension: str) -> float:
    try:
        return float(str(label))
    except ValueError:
        what = f"the labels of '{dimension}' are numbers of years, such as 60, 61, 62; '{label}' is not"
        raise AlignmentError(what) from None


def _kept(at_edges: np.ndarray) -> np.ndarray:
    """Share that is event-free at the end of each cycle among those at its start; 0 where nobody is left."""
    before, after = at_edges[..., :-1], at_edges[..., 1:]
    if is_symbolic(at_edges):
        return np.asarray(share_of(after, before))
    return np.divide(after, before, out=np.zeros(after.shape), where=before > 0)


def _hazard(at_edges: np.ndarray, axes: Axes) -> np.ndarray:
    """Rise of the cumulative hazard in each cycle; infinite where the curve reaches 0."""
    kept = _kept(at_edges)
    if is_symbolic(kept):
        kept = named("Event-free through the cycle", kept, axes, _along(kept.shape[-1]))
        return np.asarray(where(greater(kept, 0), -log(kept), _NOBODY_LEFT))
    with np.errstate(divide="ignore"):
        return -np.log(kept)
