"""The sheet Curve weights: families that exist, weighed in one way, chosen once for each curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hecon.errors import Fault
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.curves import CurveInUse, choices, evidence, faults_of
from hecon.inputs.curve_rows import Place
from hecon.inputs.rows import Row

CURVE_WEIGHTS = "Curve weights"


def check_curve_weights(book: TypedSheets) -> Iterator[Fault]:
    """Find families that no draw could take, and weights that say nothing."""
    groups: dict[tuple[str, str | None], list[Row]] = {}
    for row in book.rows(CURVE_WEIGHTS):
        if row.sound():
            groups.setdefault((row["endpoint"], row["strategy"]), []).append(row)
    for rows in groups.values():
        yield from _weighed(rows)
    for (endpoint, strategy), rows in groups.items():
        whole = groups.get((endpoint, None))
        if strategy is not None and whole:
            rule = (
                f"row {whole[0].number} chooses for every strategy at once; name the strategy in all rows, or in none"
            )
            yield Fault(rows[0].where("strategy"), f"{strategy}, {endpoint} is chosen apart, and {rule}")
    found, base = evidence(book), choices(book)
    if found is None or not base or len(base) != len(book.rows("Curves")) or any(faults_of(base, found)):
        return
    own = [place for place, choice in base.items() if choice.source(place) is None]
    for (endpoint, strategy), rows in groups.items():
        places: list[Place] = [place for place in own if place[1] == endpoint and strategy in (None, place[0])]
        if not places:
            rule = "takes a reference curve on Curves; weigh the families of that one"
            yield Fault(rows[0].where("endpoint"), f"{strategy or 'every strategy'}, {endpoint} {rule}")
        for row in rows:
            curves = base | {place: CurveInUse(row["family"]) for place in places}
            for _, _, what in faults_of(curves, found, book.name("Survival")):
                yield Fault(row.where("family"), what)


def _weighed(rows: Sequence[Row]) -> Iterator[Fault]:
    columns = ("weight", "aic")
    used = next((column for row in rows for column in columns if row[column] is not None), "weight")
    for row in rows:
        both = all(row[column] is not None for column in columns)
        other = next(column for column in columns if column != used)
        if both or row[other] is not None:
            first = next(other_row for other_row in rows if other_row[used] is not None)
            rule = f"row {first.number} has {used}; weigh all families of {row['endpoint']} in one way"
            yield Fault(row.where(other), f"{other} is {row[other]:g}, but {rule}")
        elif row[used] is None:
            yield Fault(row.where(used), f"{used} of {row['family']} is blank; every family needs a weight or an AIC")
    if all(row["weight"] == 0 for row in rows):
        yield Fault(rows[0].where("weight"), f"the weights of {rows[0]['endpoint']} are all 0; one must be above 0")
