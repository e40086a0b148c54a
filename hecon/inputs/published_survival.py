"""The rows of the sheet Published survival that a curve can be held against: medians and shares at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hecon.inputs.evidence_sheets import CURVE_MEASURES
from hecon.parameters import records_of

if TYPE_CHECKING:
    import pandas as pd


class PublishedSurvival(NamedTuple):
    """A median, whose `time` is 0, or the share without the event at a time; an unknown end is NaN."""

    strategy: str
    endpoint: str
    is_median: bool
    time: float
    time_unit: str
    value: float
    low: float
    high: float


def published_survival(table: pd.DataFrame | None) -> tuple[PublishedSurvival, ...]:
    """Read these rows of the sheet; none where there is no such sheet.

    >>> import pandas as pd
    >>> row = {"strategy": "Pd", "endpoint": "overall_survival", "measure": "median", "time": float("nan")}
    >>> row |= {"time_unit": "month", "value": 12.4, "low": 10.4, "high": 15.3}
    >>> published_survival(pd.DataFrame([row]))[0].high
    15.3
    """
    return tuple(
        PublishedSurvival(
            str(row["strategy"]),
            str(row["endpoint"]),
            row["measure"] == "median",
            0.0 if row["measure"] == "median" else float(row["time"]),
            str(row["time_unit"]),
            *(float(row[name]) for name in ("value", "low", "high")),
        )
        for row in ([] if table is None else records_of(table))
        if row["measure"] in CURVE_MEASURES
    )
