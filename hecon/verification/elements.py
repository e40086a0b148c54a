"""Every number among the inputs of a case: its name, what it seems to be about, and how far it may be moved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hecon.costing.dosing import PRICE_DISCOUNT
from hecon.domains import Domain
from hecon.frozen import frozen
from hecon.inputs.case import Case
from hecon.inputs.cost_items import COST_ITEMS
from hecon.inputs.input_names import DOT
from hecon.inputs.quantities import FAMILY, FAMILY_COEFFICIENTS, bounds_of
from hecon.inputs.values import keys_of
from hecon.labels import STATE
from hecon.parameters import records_of
from hecon.units import CURRENCIES

MONEY_ROLE, UTILITY_ROLE, LOSS_ROLE, HAZARD_RATIO_ROLE, OTHER_ROLE = (
    "price or cost",
    "utility",
    "loss of utility",
    "hazard ratio",
    "other",
)
#: QALYs of the sheet Cost items: gained, or lost where negative.
GAIN_ROLE = "gain of QALYs"
_MONEY_WORDS = {"cost", "costs", "price", "prices", "fee", "fees"}


@frozen(eq=True)
class Element:
    """One number: `parameter` at `place` of its array, with the ends to which checks move it."""

    name: str
    parameter: str
    labels: Mapping[str, str]
    place: tuple[int, ...]
    value: float
    bounds: Domain
    role: str
    low: float
    high: float

    @property
    def family(self) -> str:
        """Survival family of a coefficient of a curve; empty for anything else."""
        return self.labels.get(FAMILY, "")


def elements_of(case: Case) -> tuple[Element, ...]:
    """Lay out every number of the case's values; what a workbook does not give is left out: coefficients, items."""
    rows = _rows(case)
    items = _items(case)
    found = []
    for name, array in case.values.items():
        names = [array.coords[dim].values.tolist() if dim in array.coords else None for dim in array.dims]
        for place in np.ndindex(*array.shape):
            value = float(array.values[place])
            if not math.isfinite(value):
                continue
            dims = zip(map(str, array.dims), names, place, strict=True)
            labels = {dim: str(known[i]) if known else str(i + 1) for dim, known, i in dims}
            key = (name, tuple(sorted(labels.values())))
            if name in items and key not in rows:
                continue
            row = rows.get(key, {})
            state = labels.get(STATE, "")
            bounds = bounds_of(name, _text(row, "unit"), _text(row, "distribution"), labels.get(FAMILY, ""), state)
            role = items[name] if name in items else _role(name, _text(row, "unit"), labels)
            low, high = _ends(value, role, bounds, row)
            full = DOT.join([name, *labels.values()])
            found.append(Element(full, name, labels, place, value, bounds, role, low, high))
    return tuple(found)


def _rows(case: Case) -> dict[tuple[str, tuple[str, ...]], Mapping[Any, Any]]:
    if case.inputs is None:
        return {}
    records = records_of(case.inputs)
    return {(str(row["parameter"]), tuple(sorted(keys_of(row).values()))): row for row in records}


def _items(case: Case) -> dict[str, str]:
    """Roles of the parameters of the sheet Cost items."""
    if COST_ITEMS not in case.tables:
        return {}
    table = case.tables[COST_ITEMS]
    return {
        name: GAIN_ROLE if kind == "qaly" else MONEY_ROLE
        for name, kind in zip(table["parameter"], table["kind"], strict=True)
    }


def _text(row: Mapping[Any, Any], column: str) -> str:
    value = row.get(column)
    return value if isinstance(value, str) else ""


def _role(name: str, unit: str, labels: Mapping[str, str]) -> str:
    words = set(name.split("_"))
    if labels.get(FAMILY, "") in FAMILY_COEFFICIENTS:
        return OTHER_ROLE
    if name == PRICE_DISCOUNT:
        return OTHER_ROLE
    if words & _MONEY_WORDS or unit.replace("/", " ").split(" ")[0] in CURRENCIES:
        return MONEY_ROLE
    if "disutility" in words or ("utility" in words and words & {"loss", "decrement"}):
        return LOSS_ROLE
    if "utility" in words:
        return UTILITY_ROLE
    return HAZARD_RATIO_ROLE if name.startswith(("hazard_ratio", "relative_risk")) else OTHER_ROLE


def _ends(value: float, role: str, bounds: Domain, row: Mapping[Any, Any]) -> tuple[float, float]:
    """How far a check moves it: prices to 0 and to twice, utilities half way, the rest by its range or a tenth."""
    if role in (MONEY_ROLE, LOSS_ROLE):
        low, high = 0.0, 2 * value or (1.0 if role == MONEY_ROLE else 0.1)
    elif role == GAIN_ROLE:
        low, high = value - (abs(value) or 0.01), value + (abs(value) or 0.01)
    elif role == UTILITY_ROLE:
        low, high = value - (abs(value) / 2 or 0.1), (1 + value) / 2
    elif math.isfinite(row.get("low", math.nan)) and math.isfinite(row.get("high", math.nan)):
        low, high = float(row["low"]), float(row["high"])
    else:
        step = 0.1 * abs(value) or 0.01
        low, high = value - step, value + step
    if bounds.open_low and low <= bounds.low:
        low = value
    return max(low, bounds.low), min(high, bounds.high)
