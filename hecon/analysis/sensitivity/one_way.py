"""One-way sensitivity analysis: every input moved alone to a low and a high value, all in one batch.

Two draws an input and one for the base case; every horizon comes from the same run. Shares of a Dirichlet stay shares:
when one moves, the others of its group make room in proportion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from hecon.analysis.needs import COSTS_AND_QALYS, SEVERAL_STRATEGIES
from hecon.analysis.registry import Analysis, Task
from hecon.analysis.result import Result
from hecon.analysis.sensitivity.measure import (
    DEFAULT_OUTCOME,
    ICER,
    INCREMENTAL,
    OutcomeMeasure,
    at_horizons,
    evaluate,
    measure,
)
from hecon.errors import HeconError
from hecon.frozen import frozen
from hecon.inputs.batch import Uncertainty, kept_out, uncertainty_of
from hecon.inputs.case import Inputs, Model
from hecon.inputs.format import BUDGET_IMPACT
from hecon.inputs.from_case import takes_cases
from hecon.inputs.input_names import find_input, input_in_words
from hecon.inputs.permitted import domain_of
from hecon.inputs.quantities import TORNADO
from hecon.inputs.together.dirichlet import Dirichlet
from hecon.labels import STRATEGY, one_of
from hecon.parameters import records_of

_WAYS = ("range", "quantile", "percent")


@frozen
class OneWay:
    """A one-way analysis. `table` is tidy: one row an input and horizon, the widest swing first at each horizon.

    Columns: input (its unique name), label (the same in words), cell, unit, horizon_years, low_value, base_value,
    high_value, outcome_at_low, outcome_base, outcome_at_high, swing (distance between the outcomes at both ends and the
    base case, widest to widest), changes_sign (whether the outcome crosses 0 on the way: the decision flips).
    """

    table: pd.DataFrame
    measure: OutcomeMeasure
    by: str
    notes: tuple[str, ...] = ()
    currency: str = "USD"
    #: The same moves, read off for incremental costs and QALYs.
    beside: tuple[OneWay, ...] = ()

    @property
    def ratio(self) -> OneWay | None:
        """The same moves for the ICER, where costs and QALYs are gained in the base case and at both ends; or None.

        >>> import hecon as he
        >>> found = he.one_way(he.read_workbook("inputs/isa_dara_pd_us.xlsx"))  # doctest: +SKIP
        >>> found.ratio.at(5, 3)[["label", "outcome_at_low", "outcome_at_high"]]  # doctest: +SKIP
        """
        by_outcome = {one.measure.outcome: one.table.sort_index() for one in self.beside}
        if not {"cost", "qaly"} <= set(by_outcome):
            return None
        keys, ends = ["input", "horizon_years"], ["outcome_at_low", "outcome_base", "outcome_at_high"]
        both = by_outcome["cost"].merge(by_outcome["qaly"][[*keys, *ends]], on=keys, suffixes=("", "_qaly"))
        cost, qaly = both[ends].to_numpy(), both[[f"{end}_qaly" for end in ends]].to_numpy()
        defined = ((cost > 0) & (qaly > 0)).all(axis=1)
        ratios = cost[defined] / qaly[defined]
        own_ends = {end: ratios[:, place] for place, end in enumerate(ends)}
        both = both.iloc[np.flatnonzero(defined)].assign(**own_ends, swing=np.ptp(ratios, axis=1), changes_sign=False)
        table = both[list(self.table.columns)].sort_values("swing", ascending=False, kind="stable")
        table = table.sort_values("horizon_years", kind="stable", ignore_index=True)
        own = OutcomeMeasure(ICER, self.measure.strategy, self.measure.comparator)
        return OneWay(table, own, self.by, self.notes, self.currency) if len(table) else None

    @property
    def horizons(self) -> tuple[float, ...]:
        """Horizons of the analysis, in years."""
        return tuple(dict.fromkeys(self.table.horizon_years))

    def at(self, horizon: float | None = None, count: int | None = None) -> pd.DataFrame:
        """Give the rows at one horizon (the last, if not given), the `count` widest first: a tornado."""
        horizon = self.horizons[-1] if horizon is None else horizon
        if horizon not in self.horizons:
            raise HeconError(f"horizon is {horizon:g}; the analysis has {', '.join(f'{h:g}' for h in self.horizons)}")
        rows = self.table[self.table.horizon_years == horizon].reset_index(drop=True)
        return rows if count is None else rows.head(count)


@takes_cases
def one_way(
    inputs: Inputs,
    horizon: float | Sequence[float] | None = None,
    outcome: str = DEFAULT_OUTCOME,
    willingness_to_pay: float | None = None,
    strategy: str | None = None,
    comparator: str | None = None,
    by: str = "range",
    *,
    quantiles: tuple[float, float] = (0.025, 0.975),
    percent: float = 20.0,
    only: Sequence[str] | None = None,
    beside: bool = False,
    model: Model | None = None,
) -> OneWay:
    """Move every input alone and report an outcome at each horizon.

    `by` says how far: "range" takes low and high of the row, or where they are blank the `quantiles` of its
    distribution; "quantile" takes the quantiles for all uncertain inputs; "percent" moves every input that is not 0,
    uncertain or not, by that share of its value, within what the input may be. `only` names inputs or parameters.
    With `beside` the same moves are read off for incremental costs and QALYs too, and for the ICER (`OneWay.ratio`).
    The outcome is described at `hecon.analysis.sensitivity.measure.measure`.

    >>> import hecon as he
    >>> tornado = one_way(he.read_workbook("inputs/isa_dara_pd_us.xlsx"), horizon=3)  # doctest: +SKIP
    >>> tornado.at(3, 10)[["label", "swing"]]  # doctest: +SKIP
    """
    moves = moves_of(inputs, by, quantiles=quantiles, percent=percent, only=only, leave_out=(BUDGET_IMPACT,))
    case, places = at_horizons(inputs.base_case(model), horizon)
    wanted = measure(case, outcome, strategy, comparator, willingness_to_pay)
    others = [measure(case, INCREMENTAL + name, strategy, comparator) for name in ("cost", "qaly")] if beside else []
    found = evaluate(case, moves.columns, moves.values, [wanted, *others])[:, :, list(places)]
    horizons, currency = [case.settings.horizons[j] for j in places], inputs.settings.currency
    made = [OneWay(moves.table(values, horizons), own, by, moves.notes, currency)
            for values, own in zip(found, [wanted, *others], strict=True)]  # fmt: skip
    return replace(made[0], beside=tuple(made[1:]))


@frozen
class _Moves:
    """Inputs that move alone, as one batch: the base case, then low and high of each of the `rows`.

    `values` are those of the parameter rows `columns`, by draw: a share that moves takes others of its group along.
    """

    inputs: Inputs
    uncertainty: Uncertainty
    rows: Sequence[int]
    low: np.ndarray
    high: np.ndarray
    columns: Sequence[int]
    values: np.ndarray
    notes: tuple[str, ...] = ()

    def table(self, found: np.ndarray, horizons: Sequence[float]) -> pd.DataFrame:
        """Lay the outcomes of the batch, (draw, horizon), out as the table of `OneWay`."""
        return _table(self.inputs, self.uncertainty, self.rows, self.low, self.high, found, horizons)


def moves_of(
    inputs: Inputs,
    by: str = "range",
    *,
    quantiles: tuple[float, float] = (0.025, 0.975),
    percent: float = 20.0,
    only: Sequence[str] | None = None,
    leave_out: Sequence[str] = (),
) -> _Moves:
    """Give the batch in which every input moves alone, as `one_way` describes it; sheets in `leave_out` do not move."""
    one_of(by, _WAYS, "way to vary inputs")
    if not 0 < quantiles[0] < quantiles[1] < 1:
        raise HeconError(f"quantiles are {quantiles}; give two numbers between 0 and 1, the lower first")
    if not 0 < percent <= 100:
        raise HeconError(f"percent is {percent:g}; it must be above 0 and at most 100")
    uncertainty = uncertainty_of(inputs, TORNADO)
    rows, low, high, notes = _ends(inputs, uncertainty, by, quantiles, percent)
    chosen = set(rows) if only is None else _chosen(only, uncertainty.names)
    sheets = inputs.parameters["sheet"].tolist()
    kept = [j for j, row in enumerate(rows) if row in chosen and sheets[row] not in leave_out]
    rows, low, high = [rows[j] for j in kept], low[kept], high[kept]
    if not rows:
        raise HeconError(f"no input of {inputs.source} can be varied by {by}: none has a range or a distribution")
    columns, values = _matrix(uncertainty, rows, low, high)
    return _Moves(inputs, uncertainty, rows, low, high, columns, values, (*uncertainty.notes, *notes))


def _chosen(only: Sequence[str], names: tuple[str, ...]) -> set[int]:
    wanted: set[int] = set()
    for name in [only] if isinstance(only, str) else only:
        of_parameter = [i for i, known in enumerate(names) if known.split(" · ")[0] == name]
        wanted.update(of_parameter or [find_input(name, names)])
    return wanted


def _ends(
    inputs: Inputs, uncertainty: Uncertainty, by: str, quantiles: tuple[float, float], percent: float
) -> tuple[list[int], np.ndarray, np.ndarray, list[str]]:
    rows, ends, notes = [], [], []
    left_out = set(kept_out(inputs.parameters, TORNADO))
    for row, record in enumerate(records_of(inputs.parameters)):
        if row in left_out:
            continue
        value = float(record["value"])
        if by == "percent":
            bounds = domain_of(record)
            step = abs(value) * percent / 100
            pair = (max(value - step, bounds.low), min(value + step, bounds.high))
            if pair != (value - step, value + step):
                notes.append(
                    f"{uncertainty.names[row]}: {percent:g} % more or less is cut off where it must {bounds.words}"
                )
        elif by == "range" and math.isfinite(record["low"]) and math.isfinite(record["high"]):
            pair = (record["low"], record["high"])
        elif (found := uncertainty.source_of(row)) is not None:
            source, member = found
            first, last = source.marginal(member, np.array(quantiles))
            pair = (float(first), float(last))
        else:
            continue
        if pair[0] < pair[1]:
            rows.append(row)
            ends.append(pair)
    low, high = np.array(ends, dtype=float).reshape(-1, 2).T
    return rows, low, high, notes


def _family(record: Mapping[Any, Any]) -> str:
    family = record.get("family")
    return family if isinstance(family, str) else ""


def _matrix(
    uncertainty: Uncertainty, rows: Sequence[int], low: np.ndarray, high: np.ndarray
) -> tuple[list[int], np.ndarray]:
    """Lay out the draws: the base case, then low and high of each input."""
    shares = {i: source for source in uncertainty.sources if isinstance(source, Dirichlet) for i in source.members}
    moved = sorted({*rows, *(i for row in rows if row in shares for i in shares[row].members)})
    column = {row: j for j, row in enumerate(moved)}
    values = np.tile(uncertainty.values[moved], (1 + 2 * len(rows), 1))
    for k, row in enumerate(rows):
        for draw, end in ((1 + 2 * k, low[k]), (2 + 2 * k, high[k])):
            values[draw, column[row]] = end
            if row in shares:
                others = [column[i] for i in shares[row].members if i != row]
                room = shares[row].total - end
                values[draw, others] *= room / values[draw, others].sum()
    return moved, values


def _table(
    inputs: Inputs,
    uncertainty: Uncertainty,
    rows: Sequence[int],
    low: np.ndarray,
    high: np.ndarray,
    found: np.ndarray,
    horizons: Sequence[float],
) -> pd.DataFrame:
    frames = []
    parameters = inputs.parameters.iloc[list(rows)]
    names = [uncertainty.names[row] for row in rows]
    for j, horizon in enumerate(horizons):
        base, at_low, at_high = found[0, j], found[1::2, j], found[2::2, j]
        ends = np.stack([at_low, np.full(len(rows), base), at_high])
        frame = pd.DataFrame(
            {
                "input": names,
                "label": [input_in_words(name) for name in names],
                "cell": parameters["cell"].to_numpy(),
                "unit": parameters["unit"].to_numpy(),
                "horizon_years": horizon,
                "low_value": low,
                "base_value": uncertainty.values[list(rows)],
                "high_value": high,
                "outcome_at_low": at_low,
                "outcome_base": base,
                "outcome_at_high": at_high,
                "swing": ends.max(axis=0) - ends.min(axis=0),
                "changes_sign": (ends.max(axis=0) > 0) & (ends.min(axis=0) < 0),
            }
        )
        frames.append(frame.sort_values("swing", ascending=False, kind="stable"))
    return pd.concat(frames, ignore_index=True)


def one_way_table(tornados: Sequence[OneWay]) -> pd.DataFrame:
    """One-way analyses below each other: strategy, comparator, outcome, willingness_to_pay, then as `OneWay.table`."""
    frames = []
    for one in tornados:
        frame = one.table
        about: dict[str, Any] = {
            STRATEGY: one.measure.strategy,
            "comparator": one.measure.comparator,
            "outcome": _outcome(one),
        }
        about |= {"willingness_to_pay": one.measure.willingness_to_pay}
        frames.append(pd.concat([pd.DataFrame(about, index=frame.index), frame], axis=1))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _outcome(one: OneWay) -> str:
    return INCREMENTAL * bool(one.measure.comparator) + one.measure.outcome


def _run(task: Task) -> tuple[OneWay, ...]:
    done = tuple(
        one_way(task.inputs, strategy=strategy, comparator=task.comparator, beside=True, model=task.model)
        for strategy in task.others
    )
    task.progress(len(done), len(done))
    return done


def _accept(value: Any, _: Result) -> tuple[OneWay, ...]:
    listed = (value,) if isinstance(value, OneWay) else tuple(value) if isinstance(value, Sequence) else ()
    if not listed or not all(isinstance(one, OneWay) for one in listed):
        raise HeconError("one_way is what he.one_way(inputs, ...) gives, or a list of such")
    return listed


ANALYSIS = Analysis(
    called="one-way analysis",
    run=_run,
    tables={"one_way": lambda tornados, _: one_way_table(tornados)},
    needs=(SEVERAL_STRATEGIES, COSTS_AND_QALYS),
    accept=_accept,
    nothing=(),
)
