"""What is given, laid out along time, and what one unit of it costs: the factors of a ledger line of doses.

A plan of schedules says what is given to whom and when; here its entries become counts by day (or, with
``dose_timing`` ``cycle_start``, by model cycle). What one of them costs is a factor beside the counts: the two are
multiplied only in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from hecon.costing.ledger import Line
from hecon.costing.schedules import Plan
from hecon.costing.sheets import DRUG
from hecon.errors import LineError
from hecon.flows import SharesAtTimes
from hecon.frozen import frozen
from hecon.labels import CYCLE, DOSE_DAY, DRAW, STRATEGY, Axes, Value, axes_of, expand, join_axes, wrap
from hecon.measured import PURE, Measure, is_measured, measured
from hecon.once import once_for_same, read_only
from hecon.symbols.draft import named_values
from hecon.timeline import DoseDays, Timeline
from hecon.units import MONEY

if TYPE_CHECKING:
    from hecon.parameters import Parameters

#: Internal dimension of what is given: it ends where the ledger sums it onto drugs.
DOSE = "dose"
RELATIVE_DOSE_INTENSITY = "relative_dose_intensity"
COST_OF_ONE = Measure({MONEY: 1}, text="the cost of a dose", told=True)


@frozen
class Product:
    """A cost per patient on treatment, as factors that are multiplied only where it is cheap to.

    `factors` share the internal dimension ``dose``; `onto`, with dimensions (dose, drug), is 1 where a dose
    belongs to a drug, and sums the product of the factors onto drugs. Without `onto` nothing is summed. `days` are the
    times along the dimension ``dose_day`` of the factors; without them what is given is counted by ``cycle``.
    """

    factors: tuple[xr.DataArray, ...]
    onto: xr.DataArray | None = None
    days: DoseDays | None = None

    def __mul__(self, factor: Value) -> Product:
        """Multiply by a number or labelled array (write the product first: ``drug_cost(p, time) * 0.9``)."""
        more = factor if isinstance(factor, xr.DataArray) else xr.DataArray(float(factor))
        return replace(self, factors=(*self.factors, self.days.of_cycles(more) if self.days else more))

    def __rmul__(self, factor: float) -> Product:
        return self * factor

    def by_drug(self) -> xr.DataArray:
        """Multiply everything out, for a report or a check: (draw, strategy, drug, dose_day) where it varies."""
        axes = axes_of(*self.factors)
        values = np.ones(())
        for factor in self.factors:
            values = values * expand(factor, axes)
        if self.onto is None:
            return wrap(np.broadcast_to(values, axes.shape), axes)
        kept = axes.without(DOSE)
        last = np.moveaxis(np.broadcast_to(values, axes.shape), axes.dims.index(DOSE), -1)
        return wrap(last @ self.onto.values, kept, **{DRUG: self.onto.coords[DRUG].values.tolist()})


@frozen
class Counts:
    """How many are given to a patient on treatment: (strategy, dose, dose_day or cycle), and of which drug each is."""

    counts: xr.DataArray
    onto: xr.DataArray

    def times(self, *factors: xr.DataArray, days: DoseDays | None) -> Product:
        """Give the product with what one of them costs."""
        counts = _as_numbers(self.counts) if any(map(is_measured, factors)) else self.counts
        return Product((counts, *factors), self.onto, days)


@once_for_same(16, sharing=True)
def _as_numbers(counts: xr.DataArray) -> xr.DataArray:
    """Give counts their unit: none."""
    return measured(counts, PURE)


def days_of(time: Timeline, days: np.ndarray) -> DoseDays | None:
    """Give the days on which doses are paid: none where they are counted by model cycle."""
    return time.dose_days(days) if time.settings.dose_timing == "day" else None


@frozen
class PaidOn:
    """Where days lie along what is counted: the dimension, its length, the step of each day, and which days count.

    PaidOn are the days in `every` on which something is paid (increasing), or model cycles; what is paid at the last
    horizon or after it does not count.
    """

    dimension: str
    length: int
    step: np.ndarray
    kept: np.ndarray

    @classmethod
    def of(cls, time: Timeline, days: np.ndarray, every: np.ndarray) -> PaidOn:
        """Lay days out along the days of `every`, or along model cycles, as ``dose_timing`` says."""
        cycle = time.cycle_at(days / time.settings.days_per_year)
        if time.settings.dose_timing == "day":
            return cls(DOSE_DAY, len(every), np.searchsorted(every, days), cycle < time.cycles)
        return cls(CYCLE, time.cycles, cycle, cycle < time.cycles)

    def added_up(self, shares: np.ndarray, size: tuple[int, ...], *places: np.ndarray) -> np.ndarray:
        """Add the share of each day up at its places on axes of this size, and at its step: (*size, steps)."""
        counts = np.zeros((*size, self.length))
        np.add.at(counts, (*(place[self.kept] for place in places), self.step[self.kept]), shares[self.kept])
        return counts


def counted(
    p: Parameters, plan: Plan, time: Timeline, title: str, kinds: Iterable[tuple[str, str]],
    entries: np.ndarray, places: np.ndarray, days: np.ndarray,
) -> Counts:  # fmt: skip
    """Add up the shares of patients that are given something on the same day, or in the same model cycle.

    `kinds` are label and drug of what is given; `entries` of the plan are each of the kind at one of `places` and paid
    on one of `days`.
    """
    strategies, known = p.labels[STRATEGY], p.labels[DRUG]
    labels, drugs = tuple(label for label, _ in kinds), [drug for _, drug in kinds]
    steps = PaidOn.of(time, days, plan.days)
    counts = steps.added_up(plan.share[entries], (len(strategies), len(labels)), plan.strategy[entries], places)
    onto = np.array([[drug == name for name in known] for drug in drugs], dtype=float).reshape(-1, len(known))
    given = wrap(read_only(counts), Axes({STRATEGY: strategies, DOSE: labels}), **{steps.dimension: steps.length})
    given.name = title
    return Counts(given, wrap(read_only(onto), Axes({DOSE: labels, DRUG: known})))


def notes_on_doses(lines: Sequence[Line]) -> list[str]:
    """Say where doses lie closer together than the edges between which the share on treatment is a straight line."""
    found: dict[tuple[float, float], list[str]] = {}
    for line in lines:
        shares = line.flow.shares
        if line.days is None or not isinstance(shares, SharesAtTimes) or not shares.between_edges:
            continue
        per_year = line.days.time.settings.days_per_year
        gap, longest = np.diff(line.days.years).min(initial=np.inf), line.days.time.lengths.max()
        if gap < longest * (1 - 1e-9):
            found.setdefault((float(gap * per_year), float(longest * per_year)), []).append(line.name)
    return [
        f"{', '.join(names)}: the closest days of doses are {gap:.4g} apart, and a model cycle has up to {longest:.4g} "
        "days. Who is alive is known at the edges of cycles, and is taken on a straight line between them."
        for (gap, longest), names in found.items()
    ]


def values_of(
    p: Parameters, names: Sequence[str], dims: tuple[str, ...], **others: xr.DataArray
) -> tuple[dict[str, np.ndarray], Axes]:
    """Give parameters laid out on (draw, strategy, *dims), and the axes of draw and strategy if any has them.

    A parameter has size 1 on the dimensions it does not vary by; `others` are values beside those of ``p``, by name.
    Raises `LineError` where a parameter has another dimension, `AlignmentError` where labels differ.
    """
    arrays = {**{name: p[name] for name in names}, **others}
    allowed = (DRAW, STRATEGY, *dims)
    for name, array in arrays.items():
        for dim in array.dims:
            if dim not in allowed:
                raise LineError(f"'{name}' varies by '{dim}'; it may vary by {', '.join(allowed)}")
    axes = join_axes(
        axes_of(*arrays.values()), Axes({dim: p.labels[dim] for dim in (STRATEGY, *dims) if dim in p.labels})
    )
    full = Axes({dim: axes.labels.get(dim, 1) for dim in allowed})
    varying = {dim for array in arrays.values() for dim in array.dims}
    kept = Axes({dim: axes.labels[dim] for dim in (DRAW, STRATEGY) if dim in varying})
    return {name: expand(array, full) for name, array in arrays.items()}, kept


def at_drugs(values: np.ndarray, places: Sequence[int] | np.ndarray) -> np.ndarray:
    """Values on (draw, strategy, drug) at some drugs; one value for all drugs is repeated."""
    return values[:, :, np.asarray(places, dtype=int) if values.shape[2] > 1 else [0] * len(places)]


def cost_of_one(title: str, p: Parameters, values: np.ndarray, axes: Axes, labels: Sequence[str]) -> xr.DataArray:
    """Label what one costs, on (draw, strategy, dose); draw or strategy is dropped where nothing varies by it."""
    shape = tuple(axes.only(dim).shape[0] if dim in axes.labels else 1 for dim in (DRAW, STRATEGY))
    full = np.broadcast_to(values, (*shape, len(labels)))
    by_dose = wrap(full.reshape(*axes.shape, len(labels)), axes, **{DOSE: list(labels)})
    return named_values(title, p.told(by_dose, COST_OF_ONE), p.settings.currency)
