"""A market: members of a plan, those of them who start a treatment each year, and which one they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hecon.errors import Fault, InputError
from hecon.inputs.case import Case
from hecon.inputs.format import BUDGET_IMPACT, MARKET
from hecon.labels import DRAW, STRATEGY

WITHOUT, WITH = "without", "with"
WORLDS = (WITHOUT, WITH)
#: Shares of a year may miss 1 by so much: they are typed with a few digits.
_SLACK = 1e-6

_Number = float | np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class Market:
    """Who starts a treatment in each year after a decision, without the new treatment and with it.

    `share_without` and `share_with` hold the market share of each strategy by year, as mappings of strategy to a list
    with a number for every year (the same for both); shares of a year sum to 1. The other fields are numbers, or arrays
    of one number a draw. In year y = 1, 2, ...

    members_y = plan_members x (1 + plan_growth)^(y - 1);
    eligible_y = (members_y x plan_incidence + [y = 1] members_1 x plan_prevalence) x eligible_share x treated_share;
    share_y = share_without_y + plan_uptake x (share_with_y - share_without_y), with the new treatment.

    Those who are eligible all start a treatment, on the first day of the year. Raises `InputError`.

    >>> market = Market(plan_members=1e6, plan_growth=0.01, plan_incidence=7e-5, eligible_share=0.6,
    ...                 share_without={"old": [1, 1], "new": [0, 0]}, share_with={"old": [0.9, 0.8], "new": [0.1, 0.2]})
    >>> market.starts(WITH).round(4).tolist()
    [[37.8, 33.936], [4.2, 8.484]]

    Source: Sullivan et al. 2014, Value in Health 17:5-14 (ISPOR budget impact analysis good practice II).
    """

    share_without: Mapping[str, Sequence[float]]
    share_with: Mapping[str, Sequence[float]]
    plan_members: _Number
    plan_incidence: _Number = 0.0
    plan_prevalence: _Number = 0.0
    plan_growth: _Number = 0.0
    eligible_share: _Number = 1.0
    treated_share: _Number = 1.0
    plan_uptake: _Number = 1.0

    def __post_init__(self) -> None:
        faults = [
            Fault(name, what)
            for name, shares in ((f"share_{world}", self._given(world)) for world in WORLDS)
            for what in _wrong_shares(shares, tuple(self.share_without), self.years)
        ]
        for name in SCALARS:
            if not (np.isfinite(np.asarray(getattr(self, name), dtype=float))).all():
                faults.append(Fault(name, "is not a finite number"))
        if not faults:
            shares = self.shares(WITH)
            if shares.min() < -_SLACK:
                what = f"takes a share with the new treatment to {shares.min():g}, below 0"
                faults.append(Fault("plan_uptake", what))
        if faults:
            raise InputError("the market", faults)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of the treatments, in order."""
        return tuple(self.share_without)

    @property
    def years(self) -> int:
        """Number of years."""
        return max((len(shares) for shares in self.share_without.values()), default=0)

    @property
    def members(self) -> np.ndarray:
        """Members of the plan: (draw,) year."""
        growth = 1 + _by_draw(self.plan_growth)
        return _by_draw(self.plan_members) * growth ** np.arange(self.years)

    @property
    def eligible(self) -> np.ndarray:
        """Patients who start a treatment: (draw,) year."""
        new = self.members * _by_draw(self.plan_incidence)
        waiting = self.members[..., :1] * _by_draw(self.plan_prevalence)
        patients = new + np.where(np.arange(self.years) == 0, waiting, 0.0)
        return np.asarray(patients * _by_draw(self.eligible_share) * _by_draw(self.treated_share))

    def shares(self, world: str) -> np.ndarray:
        """Market shares in a world, "without" or "with" the new treatment: (draw,) strategy, year."""
        before = _table(self.share_without)
        if world == WITHOUT:
            return before
        return before + _by_draw(self.plan_uptake)[..., None] * (_table(self.share_with) - before)

    def starts(self, world: str) -> np.ndarray:
        """Patients who start each treatment in a world: (draw,) strategy, year."""
        return self.eligible[..., None, :] * self.shares(world)

    def _given(self, world: str) -> Mapping[str, Sequence[float]]:
        return self.share_without if world == WITHOUT else self.share_with


#: What a market takes beside its shares: the parameters of the sheet Budget impact.
SCALARS = tuple(spec.name for spec in fields(Market) if not spec.name.startswith("share_"))


def _table(shares: Mapping[str, Sequence[float]]) -> np.ndarray:
    return np.array([list(row) for row in shares.values()], dtype=float)


def _by_draw(value: _Number) -> np.ndarray:
    """Give a number as it is, and one number a draw as a column."""
    array = np.asarray(value, dtype=float)
    return array if array.ndim == 0 else array[:, None]


def _wrong_shares(shares: Mapping[str, Sequence[float]], strategies: tuple[str, ...], years: int) -> list[str]:
    if not strategies or not years:
        return ["is empty; give each strategy its shares by year"]
    if tuple(shares) != strategies:
        return [f"is of {', '.join(shares)}; the strategies of share_without are {', '.join(strategies)}"]
    uneven = [name for name, row in shares.items() if len(row) != years]
    if uneven:
        return [f"of {uneven[0]} has {len(shares[uneven[0]])} years; there are {years}"]
    table = _table(shares)
    if not (np.isfinite(table).all() and table.min() >= 0 and table.max() <= 1):
        return ["must lie between 0 and 1"]
    sums = table.sum(axis=0)
    wrong = np.flatnonzero(np.abs(sums - 1) > _SLACK)
    return [f"of year {wrong[0] + 1} sum to {sums[wrong[0]]:g}; they must sum to 1"] if len(wrong) else []


def market_of(case: Case) -> Market:
    """Give the market of a case: its sheets Budget impact and Market.

    A scenario takes the rows of Market that bear its name, and the base case's if there are none. Raises `InputError`
    naming the sheet or parameter that is missing.
    """
    if MARKET not in case.tables:
        raise InputError(case.source, [Fault(MARKET, "is missing or empty; a budget impact needs market shares")])
    if "plan_members" not in case.values:
        raise InputError(
            case.source, [Fault(BUDGET_IMPACT, "has no parameter 'plan_members'; a budget impact needs it")]
        )
    rows = rows_of_scenario(case.tables[MARKET], case.name)
    values: dict[str, Any] = {name: _plain(case.values[name], name, case) for name in SCALARS if name in case.values}
    for world in WORLDS:
        table = rows.pivot(index=STRATEGY, columns="year", values=f"share_{world}").reindex(case.labels[STRATEGY])
        if table.isna().any(axis=None):
            raise InputError(case.source, [Fault(MARKET, f"lacks a share_{world} of a strategy in a year")])
        values[f"share_{world}"] = dict(zip(table.index, table.to_numpy(float).tolist(), strict=True))
    try:
        return Market(**values)
    except InputError as error:
        raise InputError(case.source, error.faults) from None


def rows_of_scenario(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Give the rows of the sheet Market that a case of this name uses."""
    blank = table["scenario"] == ""
    own = table["scenario"] == name
    return table[own if own.any() else blank]


def _plain(array: xr.DataArray, name: str, case: Case) -> _Number:
    if set(array.dims) - {DRAW}:
        raise InputError(case.source, [Fault(BUDGET_IMPACT, f"{name} is one number, for all strategies")])
    return float(array) if array.ndim == 0 else array.to_numpy()
