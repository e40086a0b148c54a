"""The results of a live workbook as cells: every line and detail, totals, and the numbers of the engine beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from hecon.analysis.measures import PROGRESSION_FREE
from hecon.analysis.result import Result
from hecon.costing.ledger import KINDS
from hecon.frozen import frozen
from hecon.labels import STRATEGY, Axes
from hecon.report.live.ledger import WrittenLine
from hecon.symbols.draft import CellColumn, Draft, Span, total
from hecon.symbols.expression import Symbol

#: What a total is called, by the measure of `Result.totals`.
_TOTALS = {"cost": "Total costs", "life_years": "Life years", "qaly": "QALYs"}
OF_WHICH = "progression_free_life_years"
TWINS = ("discounted", "undiscounted")


@frozen(eq=True)
class ResultRow:
    """A row of results: a detail of a line, a line, or a total (`measure`)."""

    kind: str
    line: str = ""
    detail: str = ""
    measure: str = ""

    @property
    def words(self) -> str:
        """What the row shows."""
        return self.detail or self.line or _TOTALS.get(self.measure, "of which progression-free")


class Results:
    """Columns of results by horizon, strategy and twin (discounted, undiscounted): details, and lines with totals."""

    def __init__(self, draft: Draft, lines: Sequence[WrittenLine], base: Result) -> None:
        self.base = base
        self.strategies, self.horizons = base.strategies, base.time.horizons
        self._lines = lines
        self._known: dict[int, dict[str, np.ndarray]] = {}
        self.details: dict[tuple[int, str, str], CellColumn] = {}
        self.totals: dict[tuple[int, str, str], CellColumn] = {}
        for twin in TWINS:
            for strategy in self.strategies:
                for place in range(len(self.horizons)):
                    key = place, strategy, twin
                    self.details[key] = self._details(draft, *key)
                    self.totals[key] = self._totals(draft, *key)

    @cached_property
    def detail_rows(self) -> list[ResultRow]:
        """Rows of the breakdown: each line, and each detail that any strategy has."""
        rows: dict[ResultRow, None] = {}
        for kind in KINDS:
            for line in self._lines:
                if line.kind == kind:
                    for strategy in self.strategies:
                        rows |= {ResultRow(kind, line.name, detail): None for detail, _, _ in line.of(strategy)}
        return list(rows)

    @cached_property
    def total_rows(self) -> list[ResultRow]:
        """Rows of the results: the lines of each kind and their total."""
        rows: list[ResultRow] = []
        for kind in KINDS:
            own = dict.fromkeys(row.line for row in self.detail_rows if row.kind == kind)
            if own:
                rows += [ResultRow(kind, line) for line in own] if len(own) > 1 else []
                rows.append(ResultRow(kind, measure=kind))
                if kind == "life_years" and OF_WHICH in self.base.totals:
                    rows.append(ResultRow(kind, measure=OF_WHICH))
        return rows

    @property
    def columns(self) -> Iterator[CellColumn]:
        """Every column of results."""
        yield from self.details.values()
        yield from self.totals.values()

    def total(self, place: int, strategy: str, measure: str, twin: str = "discounted") -> Symbol:
        """Cell of a total."""
        row = next(i for i, row in enumerate(self.total_rows) if row.measure == measure)
        return self.totals[place, strategy, twin].cells[row]

    def _details(self, draft: Draft, place: int, strategy: str, twin: str) -> CellColumn:
        found: dict[tuple[str, str, str], Any] = {}
        for line in self._lines:
            for detail, discounted, undiscounted in line.of(strategy):
                found[line.kind, line.name, detail] = (discounted if twin == "discounted" else undiscounted)[place]
        column = draft.grow(strategy, "results")
        for row in self.detail_rows:
            column.add(found.get((row.kind, row.line, row.detail), 0.0))
        return column

    def _totals(self, draft: Draft, place: int, strategy: str, twin: str) -> CellColumn:
        details = self.details[place, strategy, twin]
        column = draft.grow(strategy, "results")
        for row in self.total_rows:
            column.add(self._sum(details, [i for i, d in enumerate(self.detail_rows) if _adds_to(d, row)]))
        return column

    def _sum(self, column: CellColumn, rows: Sequence[int]) -> Any:
        """Sum of cells of the breakdown: of a run of them if they stand together."""
        if len(rows) == 1:
            return column.cells[rows[0]]
        if list(rows) == list(range(rows[0], rows[-1] + 1)):
            return total(Span(column, rows[0], rows[-1]))
        return sum((column.cells[row] for row in rows), 0.0)

    # The engine's numbers.

    def engine(self, result: Result, place: int, strategy: str, row: ResultRow, twin: str = "discounted") -> float:
        """Give the number that the engine has for a row."""
        if row.measure:
            name = row.measure if twin == "discounted" else f"undiscounted_{row.measure}"
            return float(self._arrays(result)[name][result.strategies.index(strategy), place])
        for line in result.lines:
            if (line.kind, line.name) == (row.kind, row.line):
                return _of_line(line.axes, getattr(line, twin)[..., place], strategy, row.detail)
        return 0.0

    def _arrays(self, result: Result) -> dict[str, np.ndarray]:
        """Totals of a result as plain arrays, taken out of their labels once."""
        if id(result) not in self._known:
            self._known[id(result)] = {str(name): array.values for name, array in result.totals.items()}
        return self._known[id(result)]


def _adds_to(detail: ResultRow, row: ResultRow) -> bool:
    """Say whether a detail is part of a row of lines and totals."""
    if row.line:
        return (detail.kind, detail.line) == (row.kind, row.line)
    if row.measure == OF_WHICH:
        return detail.kind == "life_years" and PROGRESSION_FREE in detail.detail.split(", ")
    return detail.kind == row.kind


def _of_line(axes: Axes, values: np.ndarray, strategy: str, detail: str) -> float:
    found = 0.0
    for place in np.ndindex(axes.shape):
        labels = dict(zip(axes.dims, axes.at(place), strict=True))
        if labels.pop(STRATEGY) == strategy and detail in ("", ", ".join(labels.values())):
            found += float(values[place])
    return found
