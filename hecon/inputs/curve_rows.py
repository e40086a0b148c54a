"""Which rows of the sheet Survival a curve is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hecon.inputs.quantities import EFFECTS

#: A row by column: of a data frame, or of a sheet that is being read.
Record = Mapping[Any, Any]


def is_about_curve(record: Record) -> bool:
    """Whether a parameter row is a coefficient of a survival family, or an effect against a reference curve."""
    return bool(record.get("family")) or record["parameter"] in EFFECTS


def is_read(record: Record, curve: Record) -> bool:
    """Whether the curve in use at the row's place reads it: it has its family, ends in it, or takes its effect."""
    if record.get("family"):
        return bool(record["family"] in (curve["family"], curve.get("tail") or curve["family"]))
    return bool(record["parameter"] == curve["effect"])


def rows_of_curve(
    records: Sequence[Record], curves: Sequence[Record], strategy: str, endpoint: str
) -> tuple[tuple[int, ...], str]:
    """Give the places of the parameter rows that a curve reads, its references' included, and its time unit.

    The unit is that of the last curve along the references, which has a family. `curves` are the rows of the sheet
    Curves; what is wrong with them is said elsewhere, so a path that breaks off or comes back to itself ends here.
    """
    by_place = {(curve["strategy"], curve["endpoint"]): curve for curve in curves}
    found: list[int] = []
    place, unit = (strategy, endpoint), ""
    while place in by_place:
        curve = by_place.pop(place)
        found += [
            i
            for i, record in enumerate(records)
            # a sheet may lack either column while its faults are being listed
            if (record.get("strategy"), record.get("endpoint")) == place
            and is_about_curve(record)
            and is_read(record, curve)
        ]
        unit = str(curve["time_unit"] or "")
        if curve["reference"] or curve["reference_endpoint"]:
            place = (curve["reference"] or place[0], curve["reference_endpoint"] or place[1])
    return tuple(sorted(found)), unit
