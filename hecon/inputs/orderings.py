"""Sheet Order: inputs of which one is never above another, such as utilities before and after progression.

Each group that the pairs connect is drawn from the top down: the highest from its own distribution F, each of the
others from its own cut off above at the smallest draw x of those above it, y = F^-1(U F(x)), U uniform on (0, 1). Every
draw then keeps the order; the mean of what is cut off is below its value by as much as the notes of the workbook say
how often draws apart would be in the other order. In Python, ``Case(order=[("utility: well", "utility: ill")])``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from hecon.errors import Fault, UnknownNameError
from hecon.inputs.distributions import Distribution
from hecon.inputs.joint import Ordered, Source
from hecon.inputs.permitted import spelt
from hecon.inputs.source_rows import Find, SourceRows, connected

ORDERINGS = "Order"
ORDER_COLUMNS = ("higher", "lower")


def ordered(
    read: SourceRows, spreads: Mapping[int, Distribution], correlated: Collection[int], find: Find
) -> Iterator[Source]:
    """Give a source for each group of inputs that the sheet puts in order; faults and notes go on the lists."""
    pairs = dict(_pairs(read, spreads, correlated, find))
    for group in connected(pairs):
        above = {i: [higher for higher, lower in pairs if lower == i] for i in group}
        own: list[int] = []
        while len(own) < len(group):
            free = [i for i in group if i not in own and all(higher in own for higher in above[i])]
            if not free:
                read.faults.append(Fault(pairs[next(pair for pair in pairs if pair[0] in group)], _circle(read, group)))
                break
            own.append(min(free, key=lambda i: read.names[i]))
        else:
            places = tuple(tuple(own.index(higher) for higher in above[i]) for i in own)
            keys, shapes = tuple(read.keys[i] for i in own), tuple(spreads[i] for i in own)
            words = " >= ".join(read.names[i] for i in own)
            source = Ordered(f"ordered: {words}", tuple(own), keys, shapes, places)
            share = source.out_of_order()
            for member, i in enumerate(own):
                if above[i]:
                    limits = " and ".join(spelt(read.names[higher]) for higher in above[i])
                    name = spelt(read.names[i])
                    read.notes.append(
                        f"{name} is never above {limits} (sheet {ORDERINGS}): each draw of it is from its own "
                        f"distribution below the draw of {limits}; drawn apart, {100 * share[member]:.0f}% of draws "
                        "would be in the other order"
                    )
            yield source


def _circle(read: SourceRows, group: Collection[int]) -> str:
    return f"the order of {', '.join(sorted(read.names[i] for i in group))} leads back to itself"


def _pairs(
    read: SourceRows, spreads: Mapping[int, Distribution], correlated: Collection[int], find: Find
) -> Iterator[tuple[tuple[int, int], str]]:
    """Places of the higher and the lower input of each row that can be kept, with the address of the row."""
    for count, row in enumerate(read.table(ORDERINGS), start=1):
        places = []
        for column in ORDER_COLUMNS:
            where = read.where(ORDERINGS, row.get("row", count), column)
            try:
                place = find(str(row[column]), read.names)
            except UnknownNameError as error:
                read.faults.append(Fault(where, str(error)))
                continue
            name = read.names[place]
            if place in correlated:
                read.faults.append(Fault(where, f"{name} is on sheet Correlations too; keep it on one of the two"))
            elif place not in spreads:
                rule = "has no distribution of its own (it is fixed, or drawn with its group)"
                read.faults.append(
                    Fault(where, f"{name} {rule}; truncate_low or truncate_high of the other keeps them")
                )
            else:
                places.append(place)
        if len(places) < 2:
            continue
        higher, lower = places
        values = read.number(higher, "value"), read.number(lower, "value")
        if higher == lower:
            read.faults.append(Fault(where, f"{read.names[lower]} cannot be below itself; name two inputs"))
        elif values[0] < values[1]:
            found = f"{read.names[higher]} is {values[0]:g} and {read.names[lower]} {values[1]:g}"
            read.faults.append(Fault(where, f"{found}; the higher one must not be below the lower one"))
        elif float(spreads[lower].cumulative(np.array(values[0]))) <= 0:
            rule = f"no draw of {read.names[lower]} lies below the value of {read.names[higher]}"
            read.faults.append(Fault(where, rule))
        else:
            yield (higher, lower), where
