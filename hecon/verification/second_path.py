"""A second path to the base case: plain quadrature of the curves and doses day by day.

No timeline, ledger or settling of the engine: shares come from the curves at a quarter of a day, time in states by the
midpoint rule, events as falls of the curves, each discounted at its own time. It agrees with the engine within the
error of the engine's accrual rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np
import xarray as xr

from hecon.costing.ledger import Line
from hecon.frozen import frozen
from hecon.labels import CYCLE, STATE, STRATEGY
from hecon.states.partitioned import Partition
from hecon.survival.base import Curve
from hecon.verification import by_hand, items_by_hand
from hecon.verification.doses_by_hand import AROUND, DRUGS, GIVING, DosesByHand, GivenDose, paid
from hecon.verification.elements import Element
from hecon.verification.record import ADVISHE, Answer, agree, health_check, need, worst
from hecon.verification.subject import Subject

_check = partial(health_check, domain="second path", source=ADVISHE + ", E1")
#: Steps of the quadrature in a year.
_STEPS = 1461
_INNER, _OUTER, TREATED = "progression_free_survival", "overall_survival", "time_on_treatment"


@frozen
class SecondPath:
    """The base case of a partitioned survival model of three states, from its curves, tables and values."""

    model: Subject

    def __post_init__(self) -> None:
        need(isinstance(self.model.outcome.state, Partition), "the model is no partitioned survival model")
        need(
            {_INNER, _OUTER} <= set(self.model.base.curves),
            f"the model does not take {_INNER} and {_OUTER} from Curves",
        )
        need(len(self.model.occupancy.states) == 3, "the model has other states than three")
        rule = self.model.case.settings.crossing
        need(rule in ("cap_pfs", "raise_os"), f"the crossing rule {rule} is not written a second time")

    # --- where patients are ---

    def curves(self, times: np.ndarray, strategy: str) -> tuple[np.ndarray, np.ndarray]:
        """Progression-free and overall survival at times, after the crossing rule."""
        free, alive = self._curve(_INNER, times, strategy), self._curve(_OUTER, times, strategy)
        if self.model.case.settings.crossing == "raise_os":
            return free, np.maximum(free, alive)
        return np.minimum(free, alive), alive

    def treated(self, times: np.ndarray, strategy: str) -> np.ndarray:
        """Share on treatment and alive at times."""
        return np.minimum(self._curve(TREATED, times, strategy), self._curve(_OUTER, times, strategy))

    def _curve(self, endpoint: str, times: np.ndarray, strategy: str) -> np.ndarray:
        curve = self.model.base.curves.get(endpoint)
        need(isinstance(curve, Curve), f"the model takes no {endpoint} from Curves")
        assert isinstance(curve, Curve)
        one = curve.select(strategy=strategy) if STRATEGY in curve.axes.labels else curve
        return np.asarray(one.survival(times), dtype=float).reshape(-1)

    # --- what that adds up to ---

    def amount(self, line: Line, strategy: str, horizon: float, *, discount: bool) -> float:
        """One line of the ledger for one strategy until a horizon; worked out once."""
        key = f"second path {line.kind} {line.name} {strategy} {horizon} {discount}"
        return float(self.model.once(key, lambda: self._amount(line, strategy, horizon, discount=discount)))

    def _amount(self, line: Line, strategy: str, horizon: float, *, discount: bool) -> float:
        rows = self._items.get((line.kind, line.name))
        if rows:
            worth = self._worth(line, discount=discount)
            return items_by_hand.item_amount(
                self.model.case, rows, strategy, horizon, self._patients(strategy), worth, _STEPS
            )
        doses = self._doses(line)
        if doses:
            worth = self._worth(line, discount=discount)
            return paid(
                self.model.case, self._given[strategy], doses, lambda t: self.treated(t, strategy), worth, horizon
            )
        factor = self._factor(line, strategy)
        if line.flow.rule == "once":
            return float(factor.sum())
        need(CYCLE not in factor.dims, f"{line.name} varies by cycle")
        edges = np.linspace(0, horizon, max(2, round(horizon * _STEPS)) + 1)
        middle = (edges[1:] + edges[:-1]) / 2
        value = np.array([1.0]) if not discount else self._present(line, middle)
        flow, states = line.flow.name, self.model.occupancy.states
        if line.flow.rule == "event":
            free, alive = self.curves(edges, strategy)
            falls = {f"Entering {states[1]}": -np.diff(free), f"Entering {states[2]}": -np.diff(alive)}
            need(flow in falls, f"{line.name} follows {flow}")
            return float((falls[flow] * value).sum() * factor.sum())
        need(line.flow.rule == "residence", f"{line.name} follows {flow}")
        free, alive = self.curves(middle, strategy)
        shares = dict(zip(states, (free, alive - free, 1 - alive), strict=True))
        years = {state: float((share * value * np.diff(edges)).sum()) for state, share in shares.items()}
        if flow == "Years":
            by_state = xr.DataArray(list(years.values()), dims=STATE, coords={STATE: list(years)})
            return float((by_state * factor).sum())
        state = flow.removeprefix("Years ")
        need(state in years, f"{line.name} follows {flow}")
        return float(years[state] * factor.sum())

    @cached_property
    def _items(self) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
        return items_by_hand.rows_by_line(self.model.case)

    def _patients(self, strategy: str) -> items_by_hand.PatientsByHand:
        shares: tuple[items_by_hand.SharesByTime, ...] = (
            lambda times: self.curves(times, strategy)[0],
            lambda times: self.curves(times, strategy)[1] - self.curves(times, strategy)[0],
            lambda times: 1 - self.curves(times, strategy)[1],
        )
        states = dict(zip(self.model.occupancy.states, shares, strict=True))
        return items_by_hand.PatientsByHand(
            states, lambda times: self.treated(times, strategy), lambda: self._given[strategy]
        )

    def _present(self, line: Line, times: np.ndarray) -> np.ndarray:
        worth = self._worth(line, discount=True)
        knots = np.linspace(0, float(times[-1]) + 1, max(2, int(times[-1] * 52)))
        return np.exp(np.interp(times, knots, np.log([worth(float(t)) for t in knots])))

    def _worth(self, line: Line, *, discount: bool) -> Callable[[float], float]:
        settings = self.model.case.settings
        rate = by_hand.rate_of(line.kind, settings) if discount else 0.0
        return lambda at: by_hand.discounted(at, rate, settings.discount_form)

    def _factor(self, line: Line, strategy: str) -> xr.DataArray:
        product = xr.DataArray(1.0)
        for factor in line.factors:
            product = product * factor
        return product.sel({STRATEGY: strategy}) if STRATEGY in product.dims else product

    # --- doses ---

    @cached_property
    def _given(self) -> dict[str, list[GivenDose]]:
        doses = DosesByHand(self.model.case)
        return {strategy: doses.of(strategy) for strategy in self.model.strategies}

    def _doses(self, line: Line) -> str:
        """What a line pays for: drugs, giving them, the medicines around, or nothing of the kind (empty).

        Known by what makes it vanish: prices of drugs, or costs of medicines before and after.
        """
        if line.onto is None:
            return ""
        if self._vanishes(line, "no drug price", ("drug_price",)):
            return DRUGS
        return AROUND if self._vanishes(line, "no medicines", ("premedication_cost", "postmedication_cost")) else GIVING

    def _vanishes(self, line: Line, key: str, names: tuple[str, ...]) -> bool:
        def nought(one: Element) -> float | None:
            return 0.0 if one.parameter in names else None

        need(any(one.parameter in names for one in self.model.elements), f"there is no {names[0]}")
        found = self.model.of_lines(self.model.moved(key, nought))
        return bool(np.abs(found[line.kind, line.name]).max() < 1e-9)


def _within(model: Subject) -> float:
    """Error of the engine's accrual and discounting as a share: of second order in the cycle, or of first."""
    settings, step = model.case.settings, float(np.diff(model.base.time.edges).max())
    second = settings.accrual in ("life_table", "simpson") and settings.discount_timing in ("mid_cycle", "edges")
    return 2e-4 + (step**2 if second else step)


def _compared(model: Subject, *, discount: bool) -> Answer:
    path = model.once("second path", lambda: SecondPath(model))
    found = model.of_lines(model.base, undiscounted=not discount)
    answers = []
    for line in model.outcome.lines:
        own = [
            [path.amount(line, strategy, horizon, discount=discount) for horizon in model.horizons]
            for strategy in model.strategies
        ]
        answers.append(agree(found[line.kind, line.name], own, _within(model), f"{line.name} ({line.kind})"))
    return worst(answers)


@_check("Discounted totals by a second path", expected="every line as plain quadrature and daily doses give it")
def discounted_totals(model: Subject) -> Answer:
    """Curves, prices and schedules to costs, QALYs and life years, without the engine."""
    return _compared(model, discount=True)


@_check("Undiscounted totals by a second path", expected="every line as plain quadrature and daily doses give it")
def undiscounted_totals(model: Subject) -> Answer:
    """The same without discounting: what is left is where patients are and what they are given."""
    return _compared(model, discount=False)


@_check(
    "The decision by a second path",
    expected="increments of costs and QALYs within a per cent of the second path, or a thousandth of the totals",
)
def _decision(model: Subject) -> Answer:
    """Small errors of totals must not add up in their differences."""
    need(len(model.strategies) > 1, "there is only one strategy")
    path = model.once("second path", lambda: SecondPath(model))
    answers = []
    for kind in ("cost", "qaly"):
        lines = [line for line in model.outcome.lines if line.kind == kind]
        own = np.array(
            [
                [sum(path.amount(line, s, h, discount=True) for line in lines) for h in model.horizons]
                for s in model.strategies
            ]
        )
        total = model.totals_of(model.base, kind)
        answers.append(agree(total - total[-1:], own - own[-1:], 2 * _within(model), kind, float(np.abs(own).max())))
    return worst(answers)
