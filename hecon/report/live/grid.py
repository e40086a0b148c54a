"""A sheet of formulas that is written cell by cell, each with its value, and compared with the engine at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hecon.excel.addresses import letters, quoted
from hecon.excel.book import Page
from hecon.frozen import frozen
from hecon.report.live.layout import Layout
from hecon.report.live.results import ResultRow, Results


@frozen(eq=True)
class WrittenCell:
    """A cell that is written, as formulas refer to it, and its value."""

    reference: str
    value: float

    def __str__(self) -> str:
        return self.reference


class FormulaGrid:
    """Writes formulas on a sheet and remembers where they stand."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def formula(self, row: int, column: int, formula: str, value: float, form: str = "#,##0.000000") -> WrittenCell:
        """Write a formula with its value, and give its cell."""
        self.page.formula(row, column, f"={formula}", value, "calc", num_format=form)
        return WrittenCell(f"{letters(column)}{row + 1}", value)

    def heads(self, row: int, names: Sequence[str], left: int = 2) -> int:
        """Write headers, the first `left` of them for text, and give the next row."""
        for column, name in enumerate(names):
            self.page.text(row, column, name, "header", align="left" if column < left else "right")
        return row + 1

    def compare(
        self, row: int, here: Sequence[tuple[str, WrittenCell]], engine: Sequence[tuple[str, Sequence[float]]]
    ) -> tuple[int, tuple[str, float]]:
        """Write each cell beside what the engine has for the scenario chosen, and the largest difference.

        `engine` has the numbers of each scenario in the order of `here`. Gives the next row and, as seen from other
        sheets, the cell of the largest relative difference with its value.
        """
        page = self.page
        page.text(row, 0, "Compared with hecon", "heading")
        names = ["Number", "", "Here", "hecon", "Difference"]
        first = self.heads(row + 1, [*names, *(name for name, _ in engine)])
        apart = []
        for place, (words, cell) in enumerate(here):
            at = first + place
            numbers = [values[place] for _, values in engine]
            page.text(at, 0, words, "text")
            self.formula(at, 2, str(cell), cell.value)
            for column, number in enumerate(numbers, start=5):
                page.number(at, column, number, "text", num_format="#,##0.000000")
            span = f"$F{at + 1}:${letters(4 + len(numbers))}{at + 1}"
            self.formula(at, 3, f"INDEX({span},scenario_number)", numbers[0])
            apart.append(abs(cell.value - numbers[0]) / max(1.0, abs(numbers[0])))
            difference = f"ABS(C{at + 1}-D{at + 1})/MAX(1,ABS(D{at + 1}))"
            self.formula(at, 4, difference, apart[-1], "0.0E+00")
        last = first + len(here)
        page.text(last, 0, "Largest relative difference", "label")
        self.formula(last, 4, f"MAX(E{first + 1}:E{last})", max(apart), "0.0E+00")
        return last + 1, (f"{quoted(page.name)}!$E${last + 1}", max(apart))


def result_cell(
    layout: Layout, results: Results, place: int, strategy: str, twin: str, wanted: Callable[[ResultRow], bool]
) -> WrittenCell:
    """Give the cell of a total or a line on the sheet of results, as seen from another sheet."""
    number = next(i for i, row in enumerate(results.total_rows) if wanted(row))
    column = results.totals[place, strategy, twin]
    at = layout.addresses[column]
    reference = f"{quoted(at.sheet)}!${letters(at.column)}${at.row + number + 1}"
    return WrittenCell(reference, float(column.cells[number].value))
