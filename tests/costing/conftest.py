"""Parameters of small regimens, built in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from regimens import INFUSIONS, LABEL, PACKS, PRICES, Build

from hecon.labels import labelled
from hecon.parameters import Parameters
from hecon.settings import Settings


def schedules_of(rows: Sequence[tuple[Any, ...]], **columns: Any) -> pd.DataFrame:
    names = ["strategy", "drug", "from_cycle", "to_cycle", "days", "dose", "unit", "route"]
    table = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    table["cycle_days"] = 28
    for name, value in columns.items():
        table[name] = value
    table["row"] = np.arange(len(table)) + 5
    return table


@pytest.fixture
def build() -> Build:
    """Build parameters for some schedule rows, with values to add or to replace (None removes one)."""

    def parameters(
        rows: Sequence[tuple[Any, ...]] = LABEL,
        columns: Mapping[str, Any] | None = None,
        settings: Settings | None = None,
        packs: Sequence[tuple[Any, ...]] = PACKS,
        tables: Mapping[str, pd.DataFrame] | None = None,
        **values: Any,
    ) -> Parameters:
        strategies = tuple(dict.fromkeys(row[0] for row in rows))
        labels = {"strategy": strategies, "drug": tuple(PRICES), "infusion": INFUSIONS}
        pack_table = pd.DataFrame(list(packs), columns=["drug", "size", "unit", "priced_as"])
        pack_table["price_per"] = ["mg" if pd.isna(pack[3]) else None for pack in packs]
        pack_table["row"] = np.arange(len(packs)) + 5
        base = {"drug_price": PRICES, "body_weight": 80.0, "body_surface_area": 1.85}
        given = {name: value for name, value in {**base, **values}.items() if value is not None}
        arrays = {name: labelled(value, labels, name) for name, value in given.items()}
        structure = {"Schedules": schedules_of(rows, **(columns or {})), "Packs": pack_table}
        return Parameters(arrays, labels, settings or Settings(), {**structure, **(tables or {})}, "case.xlsx")

    return parameters
