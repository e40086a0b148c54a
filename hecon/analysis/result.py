"""What a run gives: every line settled, and the tables made of them.

Numbers first (arrays on draw, strategy, details, horizon), labels and tables on top. Every table is tidy: one row an
observation, labels in columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.analysis.measures import MEASURES, cohort_shares, for_each_patient, sums_of_measure
from hecon.analysis.plotting import Figures, plots_of
from hecon.analysis.rounded import RoundedTable
from hecon.analysis.structure import Structure
from hecon.analysis.value.incremental import incremental_analysis, ratio
from hecon.costing.ledger import KINDS, Settled
from hecon.errors import HeconError
from hecon.inputs.case import Case
from hecon.inputs.drawn import drawn_inputs
from hecon.inputs.permitted import count_draws
from hecon.labels import DRAW, HORIZON, STATE, STRATEGY, Axes, one_of, wrap
from hecon.looks import ShownAsTables
from hecon.states.crossing import Crossings
from hecon.survival.base import Curve
from hecon.timeline import Timeline

#: The column of the names of lines in a breakdown.
_LINE = "line"
_BY_QALY = ("incremental_cost", "incremental_qaly", "icer", "quadrant")
_BY_LIFE_YEAR = ("incremental_cost", "incremental_life_years", "icer_per_life_year")


@dataclass(frozen=True, eq=False, repr=False)
class Result(ShownAsTables):
    """The result of a run: totals, breakdown, increments, shares and curves.

    `occupancy` (strategy, state, edge) and `curves` are kept for a single set of values, not for draws.
    """

    case: Case
    time: Timeline
    lines: Sequence[Settled]
    crossings: Crossings | None = None
    occupancy: xr.DataArray | None = None
    curves: Mapping[str, Curve] = field(default_factory=dict)
    #: What a reader of the result should know about how the model was run.
    notes: tuple[str, ...] = ()
    #: Parameters that the model did not read.
    unused: tuple[str, ...] = ()
    #: States, ways between them and lines of the ledger: kept for a single set of values.
    structure: Structure | None = None

    @property
    def strategies(self) -> tuple[str, ...]:
        """The strategies, in the order of their labels."""
        return tuple(self.case.labels[STRATEGY])

    @property
    def draws(self) -> int | None:
        """Number of draws, or None for a single set of values."""
        return self.case.draws

    @property
    def drawn(self) -> pd.DataFrame | None:
        """Values of the uncertain inputs (draw, input), where the case does not hold them."""
        return None

    @property
    def plot(self) -> Figures:
        """Figures of this result by name: ``result.plot.survival()``, ``psa.plot.acceptability()``; `dir` lists them.

        Each gives what the function of `hecon.report` gives that draws it, with the same arguments.
        """
        return plots_of(self)

    @cached_property
    def draw_notes(self) -> tuple[str, ...]:
        """What the draws do that their inputs may not: beyond what one may be, utilities in another order; counted."""
        counted = count_draws(self._blocks_of_inputs(), self.case.inputs) if self.draws is not None else None
        return () if counted is None else counted.notes()

    def _blocks_of_inputs(self) -> Iterator[pd.DataFrame]:
        yield drawn_inputs(self.case, self.drawn)

    @cached_property
    def totals(self) -> xr.Dataset:
        """Totals on (draw), strategy and horizon: cost, life_years, progression_free_life_years, qaly, undiscounted_*.

        Progression-free life years are there if a line of life years tells the state ``progression_free`` apart.
        """
        return self.totals_of_lines()

    def totals_of_lines(self) -> xr.Dataset:
        """Add up the lines of each measure, discounted and not."""
        horizons = self.time.horizons
        arrays = {name: wrap(sums, self._lead, **{HORIZON: horizons}) for name, sums in self.plain_totals.items()}
        # their labels are the same, so that nothing need be aligned
        labels = next(iter(arrays.values())).coords if arrays else None
        return xr.Dataset({name: array.variable for name, array in arrays.items()}, coords=labels)

    @cached_property
    def plain_totals(self) -> dict[str, np.ndarray]:
        """What `totals_of_lines` gives as plain arrays on (draw), strategy and horizon, by measure."""
        found = {name: total for name in MEASURES if (total := self._total(name)) is not None}
        parts = {"": 0, "undiscounted_": 1}
        return {twin + name: total[..., place, :] for twin, place in parts.items() for name, total in found.items()}

    def _total(self, measure: str) -> np.ndarray | None:
        """Sum of the lines of a measure on (draw), strategy, 2 (discounted, not) and horizon; None without lines."""
        total: np.ndarray | None = None
        for sums, axes in sums_of_measure(self.lines, measure):
            # One addition a detail: numpy is slow to sum over an inner dimension of a few labels.
            for place in np.ndindex(*axes.without(DRAW, STRATEGY).shape):
                part = sums[(..., *place, slice(None), slice(None))]
                total = part.copy() if total is None else np.add(total, part, out=total)
        return total

    @property
    def _lead(self) -> Axes:
        return self.lines[0].axes.only(DRAW, STRATEGY)

    def mean(self) -> xr.Dataset:
        """Totals averaged over the draws (or as they are, without draws)."""
        return self.totals.mean(DRAW) if DRAW in self.totals.dims else self.totals

    @cached_property
    def means(self) -> dict[str, np.ndarray]:
        """What `mean` gives as plain arrays on strategy and horizon, by measure."""
        if self.draws is None:
            return self.plain_totals
        return {str(name): array.values for name, array in self.mean().items()}

    def summary(self, comparator: str | None = None) -> pd.DataFrame:
        """One row a strategy and horizon: totals, increments against the comparator, ICER, quadrant, net benefit.

        Columns: strategy, horizon_years, the totals and their undiscounted twins, then incremental_cost,
        incremental_qaly, icer (per QALY; missing where one strategy dominates), quadrant, and one
        net_monetary_benefit_at_... for each willingness to pay; for a model without QALYs incremental_cost,
        incremental_life_years and icer_per_life_year. Means over the draws, if there are any.
        """
        against = one_of(comparator or self.case.comparator, self.strategies, "strategy")
        table = self.table()
        if "cost" not in table or not {"qaly", "life_years"} & set(table):
            return table
        columns: dict[str, Any] = {str(name): table[name].to_numpy() for name in table}
        pairs = self.increments(against) if len(self.strategies) > 1 else []
        found = {(pair[STRATEGY], pair["horizon_years"]): pair for pair in pairs}
        keys = list(zip(columns[STRATEGY], columns["horizon_years"], strict=True))
        for column in _BY_QALY if "qaly" in columns else _BY_LIFE_YEAR:
            columns[column] = [found.get(key, {}).get(column, np.nan) for key in keys]
        for threshold in self.case.settings.willingness_to_pay if "qaly" in columns else ():
            worth = threshold * columns["qaly"] - columns["cost"]
            columns[f"net_monetary_benefit_at_{threshold:.0f}"] = worth
        return RoundedTable(columns)

    def table(self) -> pd.DataFrame:
        """Totals only: strategy, horizon_years, cost, life_years, progression_free_life_years, qaly, undiscounted_*."""
        rows = [
            {STRATEGY: strategy, "horizon_years": horizon}
            | {name: float(values[i, j]) for name, values in self.means.items()}
            for i, strategy in enumerate(self.strategies)
            for j, horizon in enumerate(self.time.horizons)
        ]
        return RoundedTable(rows)

    def incremental(self, comparator: str | None = None) -> pd.DataFrame:
        """Pairwise increments: every strategy against every other (or against one comparator), at each horizon.

        Columns: strategy, comparator, horizon_years, incremental_cost, incremental_life_years, incremental_qaly, icer
        (per QALY), quadrant, then incremental_progression_free_life_years, icer_per_life_year and
        icer_per_progression_free_life_year where the model has them. An ICER is given in the quadrants NE and SW only.
        """
        return RoundedTable(self.increments(comparator))

    def increments(self, comparator: str | None = None) -> list[dict[str, Any]]:
        """Give the rows of `incremental`, each by column."""
        if len(self.strategies) < 2:
            raise HeconError(f"there is one strategy, {self.strategies[0]}: an increment needs another one beside it")
        against = self.strategies if comparator is None else (one_of(comparator, self.strategies, "strategy"),)
        rows = []
        for i in range(len(self.strategies)):
            for other in against:
                k = self.strategies.index(other)
                if i != k:
                    rows += [self._pair(self.means, i, k, j) for j in range(len(self.time.horizons))]
        return rows

    def _pair(self, means: Mapping[str, np.ndarray], i: int, k: int, j: int) -> dict[str, Any]:
        row: dict[str, Any] = {
            STRATEGY: self.strategies[i],
            "comparator": self.strategies[k],
            "horizon_years": self.time.horizons[j],
        }
        totals = {name: (float(values[i, j]), float(values[k, j])) for name, values in means.items()}
        increments = {name: one - other for name, (one, other) in totals.items()}
        for measure in ("cost", "life_years", "qaly"):
            if measure in increments:
                row[f"incremental_{measure}"] = increments[measure]

        if {"cost", "qaly"} <= set(increments):
            row["icer"], row["quadrant"] = ratio(totals["cost"], totals["qaly"])
        extra = "progression_free_life_years"
        if extra in increments:
            row[f"incremental_{extra}"] = increments[extra]
        if "cost" in increments:
            for measure, column in (("life_years", "icer_per_life_year"), (extra, f"icer_per_{extra[:-1]}")):
                if measure in increments:
                    row[column] = ratio(totals["cost"], totals[measure])[0]
        return row

    def full_incremental(self, effect: str = "qaly") -> pd.DataFrame:
        """Full incremental analysis at each horizon: frontier, dominance, extended dominance, ICERs along it."""
        one_of(effect, list(self.means), "effect")
        frames = []
        for j, horizon in enumerate(self.time.horizons):
            frame = incremental_analysis(self.means["cost"][:, j], self.means[effect][:, j], self.strategies)
            frame.insert(0, "horizon_years", horizon)
            frames.append(frame)
        return RoundedTable(pd.concat(frames, ignore_index=True))

    def net_benefit(self, willingness_to_pay: Sequence[float] | None = None) -> pd.DataFrame:
        """Net monetary and net health benefit of each strategy at every willingness to pay and horizon."""
        thresholds = willingness_to_pay or self.case.settings.willingness_to_pay
        cost, qaly = self.means["cost"], self.means["qaly"]
        rows = [
            {
                STRATEGY: strategy,
                "horizon_years": horizon,
                "willingness_to_pay": threshold,
                "net_monetary_benefit": float(threshold * qaly[i, j] - cost[i, j]),
                "net_health_benefit": float(qaly[i, j] - cost[i, j] / threshold) if threshold else float("nan"),
            }
            for j, horizon in enumerate(self.time.horizons)
            for threshold in thresholds
            for i, strategy in enumerate(self.strategies)
        ]
        return RoundedTable(rows)

    def breakdown(self, by: str | Sequence[str] | None = None, *, undiscounted: bool = False) -> pd.DataFrame:
        """Every line by its details: strategy, horizon_years, kind, item, value; it sums to the totals.

        An item is the line's name, then the labels of its details: ``Drug acquisition: isatuximab``. With `by` these
        are columns: ``by=["line", "state", "drug"]`` sums over every other detail. A line that does not tell a
        dimension apart has a blank there; the state of one that is counted in a single state is that state. A name that
        no line has raises `UnknownNameError`.

        >>> result.breakdown(by=["line", "state"])  # doctest: +SKIP
        """
        twin = "undiscounted" if undiscounted else "discounted"
        if by is not None:
            return self._breakdown_by([by] if isinstance(by, str) else list(by), twin)
        return RoundedTable(self.items(twin), columns=[STRATEGY, "horizon_years", "kind", "item", "value"])

    def items(self, twin: str = "discounted") -> list[tuple[str, float, str, str, float]]:
        """Give the rows of `breakdown`: strategy, horizon, kind, item and value."""
        rows: list[tuple[str, float, str, str, float]] = []
        for kind in KINDS:
            for line in (line for line in self.lines if line.kind == kind):
                values = getattr(line, twin)
                values = values.mean(axis=0) if DRAW in line.axes.labels else values
                details = line.axes.without(DRAW, STRATEGY)
                for place in np.ndindex(*details.shape):
                    names = details.at(place)
                    item = ": ".join([line.name, ", ".join(names)]) if names else line.name
                    for i, strategy in enumerate(self.strategies):
                        for j, horizon in enumerate(self.time.horizons):
                            rows.append((strategy, horizon, kind, item, float(values[(i, *place, j)])))
        return rows

    def _breakdown_by(self, by: list[str], twin: str) -> pd.DataFrame:
        dims = dict.fromkeys(dim for line in self.lines for dim in line.axes.without(DRAW, STRATEGY).dims)
        if any(line.state for line in self.lines):
            dims[STATE] = None
        for name in by:
            one_of(name, (_LINE, *dims), "column to break down by")
        sums: dict[tuple[Any, ...], float] = {}
        for line in sorted(self.lines, key=lambda line: KINDS.index(line.kind)):
            values = getattr(line, twin)
            values = values.mean(axis=0) if DRAW in line.axes.labels else values
            details = line.axes.without(DRAW, STRATEGY)
            for place in np.ndindex(*details.shape):
                names = {STATE: line.state, **dict(zip(details.dims, details.at(place), strict=True)), _LINE: line.name}
                own = tuple(names.get(name, "") for name in by)
                for i, strategy in enumerate(self.strategies):
                    for j, horizon in enumerate(self.time.horizons):
                        key = (strategy, horizon, line.kind, *own)
                        sums[key] = sums.get(key, 0.0) + float(values[(i, *place, j)])
        rows = [(*key, value) for key, value in sums.items()]
        return pd.DataFrame(rows, columns=[STRATEGY, "horizon_years", "kind", *by, "value"])

    def trace(self, by: str | None = None) -> pd.DataFrame:
        """Shares of the cohort: strategy, year, and one column a state. For a single set of values only.

        Several cohorts are added up, or with `by` their dimension shown apart, in a column of its own: each cohort's
        shares then sum to its share of the population.
        """
        if self.occupancy is None:
            kept = "a trace is kept for a model with states and a single set of values"
            raise HeconError(f"this result has {'draws' if self.draws else 'no states'}: {kept}")
        shares = self.occupancy
        if STRATEGY not in shares.dims:
            shares = shares.expand_dims({STRATEGY: list(self.strategies)})
        keys = [STRATEGY] if by is None else [STRATEGY, one_of(by, self.cohorts, "dimension of cohorts")]
        shares = shares.sum([dim for dim in self.cohorts if dim not in keys]).transpose(*keys, "edge", STATE)
        frames = []
        for place in np.ndindex(*(shares.sizes[key] for key in keys)):
            frame = pd.DataFrame(shares.values[place], columns=shares.coords[STATE].values.tolist())
            frame.insert(0, "year", self.time.edges)
            for key, at in reversed(list(zip(keys, place, strict=True))):
                frame.insert(0, key, shares.coords[key].values[at])
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def by_cohort(self, comparator: str | None = None) -> pd.DataFrame:
        """Totals for a patient of each cohort, where a model follows several, such as subgroups by age or sex.

        Columns: strategy, a column for each dimension of `cohorts`, horizon_years, share (of the population at the
        start), the totals and their undiscounted twins, then incremental_cost, incremental_qaly, icer and quadrant
        against the comparator. Totals times shares add up to those of `table`. Raises `HeconError` for a model of one
        cohort, and for draws.

        >>> result.by_cohort()[["age_group", "share", "incremental_qaly", "icer"]]  # doctest: +SKIP
        """
        if self.occupancy is None or not self.cohorts:
            rule = "cohorts are told apart where a model of a single set of values follows several: cohorts=p.share"
            raise HeconError(f"this result has {'draws' if self.draws else 'one cohort'}: {rule}")
        against = self.strategies.index(one_of(comparator or self.case.comparator, self.strategies, "strategy"))
        shares = cohort_shares(self.occupancy, self.cohorts, self.strategies)
        found = {
            twin + name: values
            for place, twin in enumerate(("", "undiscounted_"))
            for name in MEASURES
            if (values := for_each_patient(self.lines, name, shares, place)) is not None
        }
        rows = []
        for at in np.ndindex(*shares.shape[1:]):
            for j, horizon in enumerate(self.time.horizons):
                here = {name: values[(slice(None), *at, j)] for name, values in found.items()}
                for i, strategy in enumerate(self.strategies):
                    row: dict[str, Any] = {STRATEGY: strategy}
                    row |= {dim: shares.coords[dim].values[k] for dim, k in zip(self.cohorts, at, strict=True)}
                    row |= {"horizon_years": horizon, "share": float(shares.values[(i, *at)])}
                    row |= {name: float(values[i]) for name, values in here.items()}
                    if i != against and {"cost", "qaly"} <= set(here):
                        means = {name: values[:, None] for name, values in here.items()}
                        pair = self._pair(means, i, against, 0)
                        row |= {name: pair[name] for name in _BY_QALY}
                    rows.append(row)
        return pd.DataFrame(rows).sort_values(
            STRATEGY, key=lambda names: names.map(self.strategies.index), kind="stable", ignore_index=True
        )

    @property
    def cohorts(self) -> tuple[str, ...]:
        """Dimensions of the shares beside strategy and state: cohorts that are followed apart."""
        dims = () if self.occupancy is None else map(str, self.occupancy.dims)
        return tuple(dim for dim in dims if dim not in (STRATEGY, STATE, "edge"))


def is_cost_effectiveness(result: Result) -> bool:
    """Whether the model has costs and QALYs."""
    return {"cost", "qaly"} <= set(map(str, result.totals))


def crossing_rows(result: Result) -> list[dict[str, object]]:
    """Give the crossing report as rows: strategy, rule, draws, edges, widest_gap, first_year."""
    crossings = result.crossings
    if crossings is None:
        return []
    names = result.strategies if len(crossings.draws) == len(result.strategies) else ("all",)
    return [
        {
            STRATEGY: name,
            "rule": crossings.rule,
            "draws": int(crossings.draws[i]),
            "edges": int(crossings.edges[i]),
            "widest_gap": float(crossings.widest[i]),
            "first_year": float(crossings.first[i]) if np.isfinite(crossings.first[i]) else float("nan"),
        }
        for i, name in enumerate(names)
    ]
