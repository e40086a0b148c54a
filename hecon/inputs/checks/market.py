"""The sheets Market and Budget impact: every treatment has a share in every year, and the shares make a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hecon.errors import Fault
from hecon.inputs.checks import TypedSheets
from hecon.inputs.checks.origin import check_origin
from hecon.inputs.format import BUDGET_IMPACT, MARKET
from hecon.inputs.rows import Row

#: Shares of a year may miss 1 by so much: they are typed with a few digits.
_SLACK = 1e-6
_SHARES = ("share_without", "share_with")
#: One of these says how many patients there are.
_PATIENTS = ("plan_incidence", "plan_prevalence")


def check_market(book: TypedSheets) -> Iterator[Fault]:
    """Find shares that are missing or do not sum to 1, and a market without members or patients."""
    rows, scalars = book.rows(MARKET), book.rows(BUDGET_IMPACT)
    for row in rows:
        yield from check_origin(row, f"{row['strategy']}, year {row['year']}", "share")
    if scalars and not rows and not (MARKET in book.tables and book.tables[MARKET].faults):
        yield Fault(MARKET, f"sheet '{MARKET}' is missing or empty; sheet '{BUDGET_IMPACT}' needs it")
    if rows and scalars:
        known = {row["parameter"] for row in scalars}
        for need in (("plan_members",), _PATIENTS):
            if not known & set(need):
                yield Fault(book.name(BUDGET_IMPACT), f"there is no {' or '.join(need)}; a budget impact needs it")
    if not rows or book.labels is None or not all(row.sound("strategy", "year", "scenario") for row in rows):
        return
    markets: dict[str | None, list[Row]] = {}
    for row in rows:
        markets.setdefault(row["scenario"], []).append(row)
    if None not in markets:
        yield Fault(rows[0].where("scenario"), "no row has a blank scenario; the base case needs its shares")
        return
    last = max(row["year"] for row in markets[None])
    for scenario, own in markets.items():
        yield from _whole(scenario, own, last, book.labels["strategy"])


def _whole(scenario: str | None, rows: Sequence[Row], last: int, strategies: Sequence[str]) -> Iterator[Fault]:
    of = f" of scenario '{scenario}'" if scenario else ""
    by_year: dict[int, dict[str, Row]] = {}
    for row in rows:
        by_year.setdefault(row["year"], {})[row["strategy"]] = row
    for year in range(1, max(last, *by_year) + 1):
        own = by_year.get(year, {})
        absent = [name for name in strategies if name not in own]
        if absent:
            where = next(iter(own.values()), rows[0]).where("year")
            what = f"year {year}{of} has no row for {', '.join(absent)}"
            yield Fault(where, f"{what}; a treatment that nobody starts has share 0")
            continue
        for column in _SHARES:
            if not all(row.sound(column) for row in own.values()):
                continue
            total = sum(row[column] for row in own.values())
            if abs(total - 1) > _SLACK:
                cell = own[strategies[0]].where(column)
                yield Fault(cell, f"{column} of year {year}{of} sums to {total:g}; it must sum to 1")
