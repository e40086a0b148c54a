"""The ledger: named lines of cost and effect, undiscounted.

A line is a name, a kind and a product: a flow (person-time, doses, events) times rates, prices or utilities.
`hecon.costing.settle` discounts and sums them; the breakdown is what was summed, so it equals the total.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeGuard

import numpy as np
import xarray as xr

from hecon.errors import AlignmentError, LineError, as_given, expect
from hecon.flows import DenseShares, Flow, Shares, SharesAtTimes
from hecon.frozen import frozen
from hecon.labels import CYCLE, DOSE_DAY, DRAW, EDGE, STRATEGY, Axes, Value, axes_of, expand, join_axes, onto_axes, wrap
from hecon.measured import read_off
from hecon.timeline import DoseDays, Timeline

Kind = Literal["cost", "qaly", "life_years"]
KINDS: tuple[Kind, ...] = ("cost", "qaly", "life_years")
#: Dimensions of time that a factor may have, and that are summed over.
ALONG_TIME = (CYCLE, DOSE_DAY)


class _Product(Protocol):
    """Several factors in one value, such as doses by day times a price; `onto` sums an inner dimension away."""

    @property
    def factors(self) -> tuple[xr.DataArray, ...]:
        """Labelled arrays that are multiplied."""

    @property
    def onto(self) -> xr.DataArray | None:
        """A 0/1 matrix (inner, outer) that sums an inner dimension of the factors onto an outer one."""

    @property
    def days(self) -> DoseDays | None:
        """Times along the dimension ``dose_day`` of the factors, where they have it."""


Factor = Value | _Product


@dataclass(frozen=True, eq=False)
class Line:
    """One line of the ledger: `flow` times every factor, undiscounted.

    With `days` it is summed over the days of doses, on which the flow is asked for its shares, and not over cycles.
    """

    name: str
    kind: Kind
    flow: Flow
    factors: tuple[xr.DataArray | float, ...]
    onto: xr.DataArray | None = None
    days: DoseDays | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a model returns: where the patients are and the lines of its ledger.

    `state` may be None for a model without states; `curves` are kept for the report.
    """

    state: Shares | None
    lines: Sequence[Line]

    def __post_init__(self) -> None:
        if isinstance(self.lines, Line | str) or not isinstance(self.lines, Iterable):
            raise LineError(f"lines is {as_given(self.lines)}; it must be a list of lines: [he.cost(...), ...]")
        if self.state is not None:
            expect(
                self.state, Shares, "state", "what he.partition or he.markov gives, or None for a model without states"
            )
        object.__setattr__(self, "lines", list(self.lines))
        seen: set[tuple[str, str]] = set()
        for line in self.lines:
            if not isinstance(line, Line):
                raise LineError(f"an outcome holds lines such as he.cost(...), not {type(line).__name__}")
            if (line.kind, line.name) in seen:
                raise LineError(f"two lines of kind {line.kind} are called '{line.name}'; give each its own name")
            seen.add((line.kind, line.name))
            if self.state is not None:
                _refuse_sums_over(line, self.state.axes)
        if not self.lines:
            raise LineError("an outcome needs at least one line, such as he.life_years(...)")


def _refuse_sums_over(line: Line, axes: Axes) -> None:
    """Refuse a factor by state or cohort on a flow that does not tell them apart: its values would be added up."""
    told_apart = (DRAW, STRATEGY, *ALONG_TIME, *line.flow.axes.dims)
    for factor in line.factors:
        for dim in factor.dims if isinstance(factor, xr.DataArray) else ():
            if dim in axes.labels and dim not in told_apart:
                one = f"p.part('...', {dim}='{axes.only(str(dim)).at([0])[0]}')"
                raise LineError(
                    f"line '{line.name}': a factor varies by {dim}, which its flow does not, so that its values would "
                    f"be added up; take one of them, {one}, or a flow by {dim}: he.years_in(time, state) or "
                    "he.at_start(time, state)"
                )


def cost(name: str, flow: Flow, *factors: Factor) -> Line:
    """Give a line of cost: `flow` times prices, discounted at the rate of costs.

    A price is a number or a labelled array on draw, strategy, the flow's dimensions, ``cycle`` (constant within each
    cycle) or ``edge``: c(t_i) at each edge i, which multiplies the shares there before they accrue, so that with the
    accrual rule's weights w_i of the edges the line is sum_i w_i share(t_i) c(t_i). What varies by edge needs a flow
    of time in states, else `LineError` is raised; one value for each edge of the timeline, or of whole model cycles.

    >>> import hecon as he
    >>> time = he.Timeline.regular(he.Settings(horizons=(2,), cycle_length=1, cycle_unit="year"))
    >>> state = he.partition(time, overall=he.survival.Never())
    >>> line = he.cost("Care", he.years_in(time, state, "alive"), 100 + 10 * he.states.edge_times(time))
    >>> line.flow.values.tolist()
    [100.0, 110.0, 120.0]
    """
    return _line(name, "cost", flow, factors)


def qaly(name: str, flow: Flow, *factors: Factor) -> Line:
    """Give a line of quality-adjusted life years: `flow` times utilities, discounted at the rate of effects."""
    return _line(name, "qaly", flow, factors)


def life_years(name: str, flow: Flow, *factors: Factor) -> Line:
    """Give a line of life years, discounted at the rate of effects: usually ``years, he.alive(state)``."""
    return _line(name, "life_years", flow, factors)


#: What Python would take for a number, and is none: an answer, and a text that may have another locale's marks.
_NO_NUMBERS = (bool, np.bool_, str, bytes)


def _line(name: str, kind: Kind, flow: Flow, factors: Iterable[Factor]) -> Line:
    if not isinstance(flow, Flow):
        raise LineError(
            f"line '{name}': the second argument is a flow such as he.years_in(time, state), not {type(flow).__name__}"
        )
    if not isinstance(name, str) or not name.strip():
        raise LineError(f"a line is called {name!r}; its name must be a text, for it stands in every table")
    flat: list[xr.DataArray | float] = []
    onto, days = None, flow.days
    for factor in factors:
        if isinstance(factor, xr.DataArray) and EDGE in factor.dims:
            flow = _at_edges(name, flow, factor)
            flat.append(read_off(xr.DataArray(1.0), factor))
        elif isinstance(factor, xr.DataArray):
            flat.append(factor)
        elif _is_product(factor):
            if onto is not None and factor.onto is not None:
                raise LineError(f"line '{name}' multiplies two sets of doses; give each a line of its own")
            flat.extend(factor.factors)
            onto = factor.onto if factor.onto is not None else onto
            if flow.days is not None:
                raise LineError(f"line '{name}' multiplies doses with a flow at one time; give each a line of its own")
            days = factor.days if factor.days is not None else days
        else:
            given: Any = "" if isinstance(factor, _NO_NUMBERS) else factor
            try:
                flat.append(float(given))
            except (TypeError, ValueError):
                raise LineError(
                    f"line '{name}': a factor is a number or a labelled array, not {type(factor).__name__}; numbers by "
                    "label belong among the values of the case: p.name"
                ) from None
    if days is not None and not isinstance(flow.shares, SharesAtTimes):
        raise LineError(
            f"line '{name}': doses are paid by those on treatment on their days, so its flow is "
            "he.share_at_start(time, on_treatment)"
        )
    return Line(name, kind, flow, tuple(flat), onto, days)


def _is_product(factor: object) -> TypeGuard[_Product]:
    """Ask for what a product has, in a tenth of the time that `isinstance` takes for a protocol."""
    return all(hasattr(factor, name) for name in ("factors", "onto", "days"))


def _at_edges(name: str, flow: Flow, factor: xr.DataArray) -> Flow:
    """Give a flow whose shares are multiplied by a factor at every edge, whatever they are weighed by afterwards."""
    if flow.rule != "residence":
        raise LineError(
            f"line '{name}': a factor by edge multiplies time in states, such as he.years_in(time, state); "
            f"{flow.name or 'its flow'} is counted by cycle: give one value for each cycle"
        )
    time = flow.time
    rest = axes_of(factor).without(EDGE)
    for dim in rest.without(DRAW, STRATEGY, *flow.axes.dims).dims:
        raise LineError(f"line '{name}': a factor by edge varies by {dim}, which its flow does not")
    own = time.on_edges(expand(factor, Axes({**rest.labels, EDGE: factor.sizes[EDGE]})))
    try:
        axes = join_axes(flow.axes, rest)
    except AlignmentError as error:
        raise LineError(f"line '{name}': {error}") from error
    laid_out = onto_axes(flow.values, flow.axes, axes) * onto_axes(own, rest, axes)
    values = np.ascontiguousarray(np.broadcast_to(laid_out, (*axes.shape, len(time.edges))))
    return replace(flow, shares=DenseShares(values, axes), name=f"{flow.name} x {factor.name or name}")


@frozen
class Settled:
    """One line, summed over the cycles: `sums` on ``axes.shape + (2, horizons)``, discounted first.

    `state` is that of its flow: the one state it is counted in, if there is one.
    """

    name: str
    kind: Kind
    axes: Axes
    sums: np.ndarray
    state: str = ""

    @property
    def discounted(self) -> np.ndarray:
        """Discounted sums, ``axes.shape + (horizons,)``."""
        return self.sums[..., 0, :]

    @property
    def undiscounted(self) -> np.ndarray:
        """Undiscounted sums, ``axes.shape + (horizons,)``."""
        return self.sums[..., 1, :]


def in_steps(factor: xr.DataArray | float, time: Timeline, days: DoseDays | None) -> xr.DataArray | float:
    """Give a factor for every cycle of the timeline where it has one value for each model cycle; or for every day.

    The ledger of a live workbook asks this too.
    """
    if not isinstance(factor, xr.DataArray) or CYCLE not in factor.dims:
        return factor
    if days is not None:
        return days.of_cycles(factor)
    if factor.sizes[CYCLE] == time.cycles:
        return factor
    axes = axes_of(factor).without(CYCLE)
    values = expand(factor, Axes({**axes.labels, CYCLE: factor.sizes[CYCLE]}))
    return wrap(time.on_cycles(values), axes, **{CYCLE: time.cycles})
