"""Two results side by side: totals and increments of every pair of strategies, old, new and their difference."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pandas as pd

from hecon.analysis.measures import MEASURES
from hecon.analysis.result import Result
from hecon.labels import STRATEGY

RESULT_COLUMNS = (
    STRATEGY, "comparator", "horizon_years", "measure", "old", "new", "difference", "old_quadrant", "new_quadrant",
)  # fmt: skip

#: Value and quadrant by strategy, comparator (blank for a total), horizon and measure.
_Measured = dict[tuple[str, str, float, str], tuple[float, str]]
#: A strategy and what it is held against; blank for its totals.
Pair = tuple[str, str]


def measured_results(result: Result) -> _Measured:
    """Read totals and increments of every pair off a result."""
    found: _Measured = {}
    for row in result.table().to_dict("records"):
        for measure in MEASURES:
            if measure in row:
                found[row[STRATEGY], "", row["horizon_years"], measure] = row[measure], ""
    for row in result.incremental().to_dict("records") if len(result.strategies) > 1 else ():
        place = row[STRATEGY], row["comparator"], row["horizon_years"]
        for measure in ("incremental_cost", "incremental_life_years", "incremental_qaly", "icer"):
            if measure in row:
                found[*place, measure] = row[measure], row["quadrant"] if measure == "icer" else ""
    return found


def pairs_of(old: Result, new: Result) -> list[Pair]:
    """Give each strategy of either result for its totals, then each pair of them once, the comparator second."""
    names = list(dict.fromkeys((*old.strategies, *new.strategies)))
    found = [(name, "") for name in names]
    for one, other in itertools.combinations(names, 2):
        turned = one == old.case.comparator or (one == new.case.comparator and other != old.case.comparator)
        found.append((other, one) if turned else (one, other))
    return found


def side_by_side(old: _Measured, new: _Measured, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Put two sets of results side by side, in the order of the pairs and horizons (`RESULT_COLUMNS`)."""
    rank = {pair: place for place, pair in enumerate(pairs)}
    places = [place for place in dict.fromkeys((*old, *new)) if place[:2] in rank]
    rows = []
    for place in sorted(places, key=lambda place: (rank[place[:2]], place[2])):
        (before, where), (after, now) = old.get(place, (math.nan, "")), new.get(place, (math.nan, ""))
        # A price of a gain and a saving for a loss are not on one scale.
        rows.append((*place, before, after, after - before if where == now else math.nan, where, now))
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
