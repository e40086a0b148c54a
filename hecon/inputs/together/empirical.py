"""Draws made elsewhere, taken whole."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from hecon.frozen import frozen
from hecon.inputs.joint import Source
from hecon.inputs.quantities import bounds_of
from hecon.inputs.source_rows import SourceRows
from hecon.inputs.streams import PAGE, streams
from hecon.inputs.together.shared import Shared


@frozen
class Empirical:
    """Draws from a sheet, taken whole, so that what was correlated in them stays so; `table` is (draw, member)."""

    name: str
    members: tuple[int, ...]
    table: np.ndarray
    uniforms: int = 1

    def page(self, seed: int, number: int) -> np.ndarray:
        """One page of draws: (page, member)."""
        place = streams(seed, "Draws", (self.name,))(number).integers(len(self.table), size=PAGE)
        return self.table[place]

    def quantile(self, uniforms: np.ndarray) -> np.ndarray:
        """Values at the uniforms: (draw, member). Draws are in the order of their first member."""
        place = np.minimum((uniforms[:, 0] * len(self.table)).astype(int), len(self.table) - 1)
        return self.table[place]

    def marginal(self, member: int, p: np.ndarray) -> np.ndarray:
        """Quantiles of one input: values that were drawn, none between them."""
        return np.quantile(self.table[:, member], p, method="inverted_cdf")


def _empirical(read: SourceRows, places: Sequence[int]) -> Iterator[Source]:
    found: dict[int, dict[int, float]] = {place: {} for place in places}
    by_key = {read.keys[place]: place for place in places}
    unused: list[str] = []
    for row in read.table("Draws"):
        others = (row[column] for column in row if column not in ("draw", "parameter", "value", "row"))
        labels = tuple(label for label in others if isinstance(label, str) and label)
        same = [key for key in by_key if key[0] == row["parameter"] and sorted(key[1]) == sorted(labels)]
        if same:
            found[by_key[same[0]]][int(row["draw"])] = float(row["value"])
        else:
            unused.append(" · ".join((str(row["parameter"]), *labels)))
    read.notes += [f"Draws of {name} are not used: no such row is empirical" for name in dict.fromkeys(unused)]
    for group, unordered in read.grouped(places).items():
        own = sorted(unordered, key=lambda i: read.names[i])
        missing = [place for place in own if not found[place]]
        for place in missing:
            read.fault(place, f"{read.names[place]}: sheet Draws has no draws of it; an empirical input needs them")
        if missing:
            continue
        numbers = sorted(found[own[0]])
        uneven = [place for place in own if sorted(found[place]) != numbers]
        for place in uneven:
            rule = f"has {len(found[place])} draws on sheet Draws and {read.names[own[0]]} {len(numbers)}"
            read.fault(place, f"{read.names[place]} {rule}; inputs drawn together need the same draws")
        table = np.array([[found[place].get(number, math.nan) for place in own] for number in numbers])
        if uneven or not np.isfinite(table).all():
            continue
        for column, place in enumerate(own):
            _count_beyond(read, place, table[:, column])
        name = group or (read.names[own[0]] if len(own) == 1 else "Draws")
        yield Empirical(name, tuple(own), table[np.argsort(table[:, 0], kind="stable")])


def _count_beyond(read: SourceRows, place: int, drawn: np.ndarray) -> None:
    """Note draws of the sheet beyond what the input may be; a fault where most of them are, for it is no tail then."""
    row = read.rows[place]
    bounds = bounds_of(row["parameter"], row.get("unit") or "", "", read.text(place, "family"))
    count = int((~bounds.contains(drawn)).sum())
    what = f"{read.names[place]} must {bounds.words}, and {count:,} of its {len(drawn):,} draws on sheet Draws do not"
    if count > len(drawn) / 2:
        read.fault(place, what)
    elif count:
        read.notes.append(f"{row.get('cell') or read.names[place]}: {what}")


TOGETHER = Shared("empirical", "Draws made elsewhere, taken whole; see Draws.", read=_empirical, grouped=True)
