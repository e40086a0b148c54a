"""Budget impact from a market and the costs of a patient by year since the start of treatment: cohort on cohort."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.budget.market import WITH, WITHOUT, WORLDS, Market
from hecon.errors import AlignmentError, HeconError
from hecon.labels import STRATEGY, one_of

LINE, YEAR = "line", "year"
ACQUISITION, OTHER_COSTS = "acquisition", "other"
MONTHS = 12
#: Share of the draws between low and high.
_COVERAGE = 0.95

Costs = xr.DataArray | Mapping[str, Mapping[str, Sequence[float]]]
PatientYears = xr.DataArray | Mapping[str, Sequence[float]]


@dataclass(frozen=True, eq=False)
class BudgetImpact:
    """What a payer spends without a new treatment and with it; nothing is discounted.

    `costs` are those of one patient by strategy, ledger line and year since the start (and draw, in a batch);
    `patient_years` the part of these years on treatment, by strategy and year; `acquisition` the lines that are prices
    of the treatments. `one_way` and `scenarios` are there where they were asked for.
    """

    market: Market
    costs: xr.DataArray
    acquisition: tuple[str, ...] = ()
    patient_years: xr.DataArray | None = None
    currency: str = ""
    one_way: pd.DataFrame = field(default_factory=pd.DataFrame)
    scenarios: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of the treatments, in order."""
        return self.market.strategies

    @property
    def years(self) -> range:
        """Years after the decision, from 1."""
        return range(1, self.market.years + 1)

    @property
    def lines(self) -> tuple[str, ...]:
        """Names of the lines of cost, in order."""
        return tuple(self.costs.coords[LINE].values.tolist())

    @cached_property
    def spending(self) -> dict[str, np.ndarray]:
        """Spending in each world, "without" and "with": (draw,) strategy, line, year."""
        costs = self.costs.transpose(..., STRATEGY, LINE, YEAR).values
        return {world: cohort_on_cohort(self.market.starts(world)[..., :, None, :], costs) for world in WORLDS}

    @cached_property
    def by_line(self) -> np.ndarray:
        """Impact by line: (draw,) line, year."""
        return np.asarray((self.spending[WITH] - self.spending[WITHOUT]).sum(axis=-3))

    @cached_property
    def impact(self) -> np.ndarray:
        """Impact, spending with the new treatment less without: (draw,) year."""
        return np.asarray(self.by_line.sum(axis=-2))

    @property
    def cumulative(self) -> np.ndarray:
        """Impact up to each year: (draw,) year."""
        return np.cumsum(self.impact, axis=-1)

    def summary(self) -> pd.DataFrame:
        """One row a year: year, members, eligible, cost_without, cost_with, impact and what it is made of.

        Then acquisition_impact, other_impact, cumulative_impact, per_member_per_year, per_member_per_month (impact /
        members / 12) and per_treated_patient (impact / those who start in the year). Means over the draws, if there are
        any; then low and high hold 95 % of the draws of the impact.
        """
        members, eligible = self.market.members, self.market.eligible
        own = np.array([line in self.acquisition for line in self.lines])
        found = {
            "members": members,
            "eligible": eligible,
            **{f"cost_{world}": self.spending[world].sum(axis=(-3, -2)) for world in WORLDS},
            "impact": self.impact,
            "acquisition_impact": self.by_line[..., own, :].sum(axis=-2),
            "other_impact": self.by_line[..., ~own, :].sum(axis=-2),
            "cumulative_impact": self.cumulative,
            "per_member_per_year": self.impact / members,
            "per_member_per_month": self.impact / members / MONTHS,
            "per_treated_patient": _over(self.impact, eligible),
        }
        table = pd.DataFrame({YEAR: list(self.years)} | {name: _mean(values) for name, values in found.items()})
        if self.impact.ndim > 1:
            tail = (1 - _COVERAGE) / 2
            table["low"], table["high"] = np.quantile(self.impact, [tail, 1 - tail], axis=0)
        return table

    def starts(self) -> pd.DataFrame:
        """Shares and patients who start: world, strategy, year, share, starts, and patient_years where known."""
        rows = []
        for world in WORLDS:
            shares, starts = _mean(self.market.shares(world), 2), _mean(self.market.starts(world), 2)
            treated = None if self.patient_years is None else _mean(self.treated(world), 2)
            for i, strategy in enumerate(self.strategies):
                for j, year in enumerate(self.years):
                    row = {
                        "world": world,
                        STRATEGY: strategy,
                        YEAR: year,
                        "share": shares[i, j],
                        "starts": starts[i, j],
                    }
                    rows.append(row | ({} if treated is None else {"patient_years": treated[i, j]}))
        return pd.DataFrame(rows)

    def treated(self, world: str) -> np.ndarray:
        """Patient-years on treatment in a world: (draw,) strategy, year. Raises `HeconError` where they are unknown."""
        one_of(world, WORLDS, "world")
        if self.patient_years is None:
            raise HeconError("patient-years need a curve time_on_treatment in the model, or the argument patient_years")
        years = self.patient_years.transpose(..., STRATEGY, YEAR).values
        return cohort_on_cohort(self.market.starts(world), years)

    def table(self) -> pd.DataFrame:
        """Spending, tidy: world, strategy, line, kind (acquisition or other), year, cost. Means over the draws."""
        frames = []
        for world in WORLDS:
            frames.append(self._by_line_and_year(self.spending[world]))
            frames[-1].insert(0, "world", world)
        return pd.concat(frames, ignore_index=True)

    def costs_per_patient(self) -> pd.DataFrame:
        """Cost of one patient: strategy, line, kind, year (since the start), cost. Means over the draws."""
        return self._by_line_and_year(self.costs.transpose(..., STRATEGY, LINE, YEAR).values)

    def _by_line_and_year(self, values: np.ndarray) -> pd.DataFrame:
        means = _mean(values, 3)
        rows = [
            (strategy, line, ACQUISITION if line in self.acquisition else OTHER_COSTS, year, float(means[i, k, j]))
            for i, strategy in enumerate(self.strategies)
            for k, line in enumerate(self.lines)
            for j, year in enumerate(self.years)
        ]
        return pd.DataFrame(rows, columns=[STRATEGY, LINE, "kind", YEAR, "cost"])


def cohort_on_cohort(starts: np.ndarray, per_patient: np.ndarray) -> np.ndarray:
    """Add up all who have started: total_y = sum over y0 <= y of starts_y0 x per_patient_(y - y0 + 1).

    Both have years last, the first being year 1; their other dimensions broadcast.

    >>> cohort_on_cohort(np.array([2.0, 1.0]), np.array([100.0, 10.0])).tolist()
    [200.0, 120.0]
    """
    starts, per_patient = np.broadcast_arrays(starts, per_patient)
    total = np.zeros(starts.shape)
    for since in range(starts.shape[-1]):
        total[..., since:] += starts[..., : starts.shape[-1] - since] * per_patient[..., since, None]
    return total


def impact_of_costs(
    market: Market,
    costs: Costs,
    *,
    acquisition: Collection[str] = (),
    patient_years: PatientYears | None = None,
    currency: str = "",
) -> BudgetImpact:
    """Give the budget impact of a market from the costs of one patient; see `hecon.budget.budget_impact`."""
    labelled = costs if isinstance(costs, xr.DataArray) else _labelled_costs(costs, market.years)
    years = patient_years
    if years is not None and not isinstance(years, xr.DataArray):
        table = [_padded(values, market.years) for values in years.values()]
        years = xr.DataArray(table, dims=(STRATEGY, YEAR), coords={STRATEGY: list(years)})
    for array, what in ((labelled, "costs"), (years, "patient_years")):
        if array is not None and (have := tuple(array.coords[STRATEGY].values.tolist())) != market.strategies:
            raise AlignmentError(f"{what} are of {', '.join(have)}; the market is of {', '.join(market.strategies)}")
    for line in acquisition:
        one_of(line, labelled.coords[LINE].values.tolist(), "line of cost")
    return BudgetImpact(market, labelled, tuple(acquisition), years, currency)


def _labelled_costs(costs: Mapping[str, Mapping[str, Sequence[float]]], years: int) -> xr.DataArray:
    lines = list(dict.fromkeys(line for own in costs.values() for line in own))
    missing = [(name, line) for name, own in costs.items() for line in lines if line not in own]
    if missing:
        raise AlignmentError(f"costs of {missing[0][0]} have no line '{missing[0][1]}'")
    table = [[_padded(own[line], years) for line in lines] for own in costs.values()]
    return xr.DataArray(table, dims=(STRATEGY, LINE, YEAR), coords={STRATEGY: list(costs), LINE: lines})


def _padded(values: Sequence[float], years: int) -> list[float]:
    own = [float(value) for value in values][:years]
    return own + [0.0] * (years - len(own))


def _mean(values: np.ndarray, own: int = 1) -> np.ndarray:
    """Average over the draws, if there are any before the `own` dimensions."""
    return values.mean(axis=0) if values.ndim > own else values


def _over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.broadcast_shapes(above.shape, below.shape), np.nan), where=below != 0)
