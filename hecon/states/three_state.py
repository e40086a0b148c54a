"""The three-state model of oncology as a Markov model: progression-free, progressed, dead.

Three survival curves drive it: time to progression (death before it censored), survival before progression
(progression censored) and survival after progression, whose clock runs forward from the start or is reset at
progression (NICE DSU Technical Support Document 19, section 3). Where only progression-free and overall survival were
published, what they imply of the three is read off them here.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import numpy as np
import xarray as xr

from hecon.errors import LineError
from hecon.flows import SurvivalCurve, expect_curve
from hecon.frozen import frozen
from hecon.labels import CYCLE, DRAW, EDGE, STATE, STRATEGY, Axes, Value, axes_of, expand, join_axes, one_of, wrap
from hecon.states.cycles import competing, model_steps, probability_by_cycle, probability_by_time_in_state
from hecon.states.markov import Markov, markov
from hecon.states.occupancy import Occupancy
from hecon.states.partitioned import Partition
from hecon.states.rates import rate_to_probability
from hecon.states.transitions import Transitions
from hecon.symbols.draft import named, span_of, total
from hecon.symbols.expression import is_symbolic
from hecon.symbols.functions import maximum, share_of
from hecon.timeline import Timeline

_STATES = ("progression_free", "progressed", "dead")
CLOCKS = ("reset", "forward")


def three_state(
    time: Timeline,
    *,
    progression: SurvivalCurve,
    pre_progression: SurvivalCurve,
    post_progression: SurvivalCurve | Value,
    clock: str = "reset",
) -> Markov:
    """Shares of a cohort that progresses, dies before progression, or dies after it.

    `progression` and `pre_progression` are curves of their own event alone and compete within each cycle.
    `post_progression` is a curve, or a rate a year (constant or by model cycle). `clock` says how a curve is read:
    ``reset`` by the time since progression, ``forward`` by the time since the start of the model.

    >>> from hecon import Exponential, Settings
    >>> time = Timeline.regular(Settings(horizons=(1,), cycle_length=1, cycle_unit="year"))
    >>> curves = {"progression": Exponential(0.5), "pre_progression": Exponential(0.1)}
    >>> three_state(time, **curves, post_progression=Exponential(0.8)).values()[:, -1].round(4).tolist()
    [0.5488, 0.376, 0.0752]
    """
    one_of(clock, CLOCKS, "clock")
    expect_curve(progression, "progression")
    expect_curve(pre_progression, "pre_progression")
    if isinstance(post_progression, bool) or not isinstance(post_progression, int | float | xr.DataArray):
        expect_curve(post_progression, "post_progression")
    leaving = competing(time, progressed=progression, dead=pre_progression)
    if isinstance(post_progression, int | float | xr.DataArray):
        dying = rate_to_probability(post_progression, time)
    elif clock == "reset":
        dying = probability_by_time_in_state(time, post_progression)
    else:
        dying = probability_by_cycle(time, post_progression)
    moves = {
        ("progression_free", "progressed"): leaving["progressed"],
        ("progression_free", "dead"): leaving["dead"],
        ("progressed", "dead"): dying,
    }
    return markov(time, Transitions(_STATES, moves), "progression_free")


def mortality_after_progression(
    state: Partition, progression_share: Value, *, by_year: bool = False, strategy: str | None = None
) -> xr.DataArray:
    """Death rate a year after progression that a partition implies: deaths after progression per year lived progressed.

    `progression_share` is the share of those who leave progression-free survival that progresses; the others die. The
    rate is one for the whole time, or with `by_year` one for each year since the start, on dimension ``cycle`` (a clock
    that runs forward); of each strategy, or with `strategy` that of one for all: survival after progression is then
    common to them.
    """
    time, steps = state.time, model_steps(state.time)
    shares, axes = state.values(), state.axes.without(STATE)
    progressed = shares[..., state.states.index("progressed"), :]
    lived = (progressed[..., :-1] + progressed[..., 1:]) / 2 * time.lengths
    left = shares[..., 0, :-1] - shares[..., 0, 1:]
    joint = join_axes(axes, axes_of(progression_share))
    before = expand(wrap(left, axes, **{CYCLE: time.cycles}), Axes({**joint.labels, CYCLE: time.cycles}))
    before = before * (1 - expand(progression_share, joint)[..., None])
    dead = shares[..., -1, 1:] - shares[..., -1, :-1]
    died = expand(wrap(dead, axes, **{CYCLE: time.cycles}), Axes({**joint.labels, CYCLE: time.cycles})) - before
    lived = expand(wrap(lived, axes, **{CYCLE: time.cycles}), Axes({**joint.labels, CYCLE: time.cycles}))
    year = np.floor(steps.edges[:-1] + 1e-9).astype(int) if by_year else np.zeros(steps.count, dtype=int)
    period = np.eye(year.max() + 1)[year[steps.of_cycle]]
    # Nobody has progressed yet, or nobody is left: no deaths either.
    rate = share_of(maximum(_by_period(died, period, joint, "Deaths after progression"), 0.0),
                    _by_period(lived, period, joint, "Years lived progressed"))  # fmt: skip
    rate = named("Death rate after progression", rate, Axes({**joint.labels, "year": rate.shape[-1]}))
    rate = np.broadcast_to(rate, (*joint.shape, rate.shape[-1]))
    found = wrap(rate[..., year] if by_year else rate[..., 0], joint, **({CYCLE: steps.count} if by_year else {}))
    return found if strategy is None else found.sel(strategy=strategy, drop=True)


def _by_period(values: np.ndarray, period: np.ndarray, axes: Axes, title: str) -> np.ndarray:
    """Sum values by cycle over periods, 0 or 1 by cycle and period; on symbols as sums of runs of cells."""
    if not is_symbolic(values):
        return np.asarray(values @ period)
    cells = named(title, np.broadcast_to(values, (*axes.shape, values.shape[-1])), axes, CYCLE)
    sums = np.empty((*axes.shape, period.shape[1]), dtype=object)
    for place in np.ndindex(axes.shape):
        for column, chosen in enumerate(period.T):
            rows = np.flatnonzero(chosen)
            sums[(*place, column)] = total(span_of(list(cells[place][rows[0] : rows[-1] + 1]), title, CYCLE))
    return sums


@frozen
class StateCurve:
    """The share alive in a model, read as a survival curve.

    It is known at the edges of the model's timeline; between them it lies on the straight line from one edge to the
    next, as if deaths were spread evenly over the cycle.
    """

    state: Occupancy
    #: Shares are known at cycle edges only.
    between_edges: ClassVar[bool] = True

    @property
    def axes(self) -> Axes:
        """Draw and strategy; cohorts are added up."""
        return self.state.axes.only(DRAW, STRATEGY)

    @cached_property
    def _alive(self) -> np.ndarray:
        living = [place for place, name in enumerate(self.state.states) if name not in self.state.dead]
        alive = self.state.values()[..., living, :].sum(axis=-2)
        return np.asarray(alive.sum(axis=tuple(range(len(self.axes.dims), alive.ndim - 1))))

    def at_edges(self, edges: np.ndarray) -> tuple[np.ndarray, Axes]:
        """Share alive at times, by draw and strategy."""
        if edges is self.state.time.edges:
            return self._alive, self.axes
        if len(edges) and edges[-1] > self.state.time.edges[-1]:
            raise LineError("the survival of a model is known up to the last horizon of its own timeline only")
        alive = named("Share alive", self._alive, self.axes, EDGE, "share")
        return self.state.time.between_edges(alive, edges), self.axes


def survival_of(state: Occupancy) -> StateCurve:
    """Give the share alive in a model as a curve: the ceiling of time on treatment in `share_at_start`."""
    return StateCurve(state)
