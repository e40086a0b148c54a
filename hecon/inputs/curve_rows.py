"""Which rows of the sheet Survival a curve is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hecon.inputs.quantities import LANDMARK, WANING, is_of_effect, is_of_table
from hecon.survival.curve_rows import TIME_VARYING

#: A row by column: of a data frame, or of a sheet that is being read.
Record = Mapping[Any, Any]
Place = tuple[str, str]


def is_about_curve(record: Record) -> bool:
    """Whether a parameter row is a coefficient of a survival family, or of an effect or adjustment of one curve."""
    return bool(record.get("family")) or is_of_effect(str(record["parameter"]))


def is_read(record: Record, curve: Record) -> bool:
    """Whether the curve in use at the row's place reads it: it has its family, ends in it, or takes its effect."""
    if record.get("family"):
        return bool(record["family"] in (curve["family"], curve.get("tail") or curve["family"]))
    name = str(record["parameter"])
    if name in WANING:
        return bool(curve.get("waning") or curve.get("wanes_to"))
    if name in LANDMARK:
        return curve.get("landmark") == "yes"
    return name == curve["effect"] or (curve["effect"] == TIME_VARYING and is_of_table(name))


def sources_of(place: Place, curve: Record) -> list[Place]:
    """Strategies and endpoints whose curves the one at a place is made from: its reference, and what it wanes to."""
    found: list[Place] = []
    if curve.get("reference") or curve.get("reference_endpoint"):
        found.append((curve.get("reference") or place[0], curve.get("reference_endpoint") or place[1]))
    if curve.get("wanes_to"):
        found.append((curve["wanes_to"], place[1]))
    return found


def places_of_curve(place: Place, by_place: Mapping[Place, Record]) -> list[Place]:
    """Places of all the curves that the one at a place is made from, itself first; each once.

    What is wrong with the rows is said elsewhere, so a path that breaks off or comes back to itself ends here.
    """
    found: list[Place] = []
    ahead = [place]
    while ahead:
        place = ahead.pop(0)
        if place in by_place and place not in found:
            found.append(place)
            ahead += sources_of(place, by_place[place])
    return found


def rows_of_curve(
    records: Sequence[Record], curves: Sequence[Record], strategy: str, endpoint: str
) -> tuple[tuple[int, ...], str]:
    """Give the places of the parameter rows that a curve reads, those of what it is made from included, and its unit.

    The unit is that of the last curve along the references, which has a family. `curves` are the rows of Curves.
    """
    by_place = {(curve["strategy"], curve["endpoint"]): curve for curve in curves}
    found: set[int] = set()
    unit, along = "", (strategy, endpoint)
    for place in places_of_curve((strategy, endpoint), by_place):
        curve = by_place[place]
        if place == along:
            unit = str(curve["time_unit"] or "")
            along = (curve["reference"] or place[0], curve["reference_endpoint"] or place[1])
        # a sheet may lack either column while its faults are being listed
        found.update(
            i
            for i, record in enumerate(records)
            if (record.get("strategy"), record.get("endpoint")) == place
            and is_about_curve(record)
            and is_read(record, curve)
        )
    return tuple(sorted(found)), unit
