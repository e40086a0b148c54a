"""Charts of a live workbook: they read its cells, so they move when an input moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hecon.excel.addresses import letters, quoted
from hecon.excel.book import Page
from hecon.excel.charts import Axis, Range, Series, chart, pixels, place
from hecon.excel.palette import area_colour, series_colour, state_colours
from hecon.report.live.incremental import Increments
from hecon.report.live.inputs import LiveInputs
from hecon.report.live.pages import Writer
from hecon.report.live.results import Results
from hecon.report.sheets.layout import width_for
from hecon.report.words import in_words, money, years
from hecon.symbols.draft import CellColumn
from hecon.symbols.expression import Symbol

_HEIGHT, _ROWS, _WIDE = 330, 18, 5
_TOP = 3
#: Labels of the axis of time: at most so many, and the years that may lie between them.
_MOST_LABELS, _YEARS_APART = 12, (1, 2, 5, 10, 20)


class ChartPage:
    """The sheet of charts: what each of them needs beside columns that are elsewhere stands below them."""

    def __init__(self, writer: Writer, results: Results, name: str, edges: CellColumn) -> None:
        self._writer, self._results, self._name, self._edges = writer, results, name, edges
        self._where = writer.layout.addresses
        self._copied: dict[tuple[int, int], float] = {}
        self._currency = results.base.case.settings.currency

    def write(
        self,
        curves: Sequence[CellColumn],
        shares: Mapping[str, Mapping[str, CellColumn]],
        increments: Sequence[Increments],
    ) -> None:
        """Write all charts that the model allows: curves by strategy, states, costs, the plane."""
        page = self._writer.book.page(
            self._name, help="Charts read the cells of this workbook and move with them.", tab="#1F3864"
        )
        made: list[tuple[Any, str]] = []
        names = list(dict.fromkeys(column.title for column in curves))
        count = len(names) + len(shares) + 1 + bool(increments)
        row = _TOP + _ROWS * ((count + 1) // 2) + 1
        for title in names:
            own = [column for column in curves if column.title == title]
            made.append((self._curve_chart(title, own), f"{title} by strategy."))
        row = self._names_of_states(page, row, shares)
        for strategy, columns in shares.items():
            made.append((self._state_chart(strategy, columns), f"Share of the cohort by state: {strategy}."))
        row, costs = self._costs(page, row + 1)
        if costs is not None:
            made.append((costs, "Costs by item for each strategy and horizon."))
        if increments and len(self._results.strategies) > 1:
            row, plane = self._plane(page, row + 1, increments)
            made.append((plane, "Incremental costs and QALYs at each horizon."))
        widths = [16.0, width_for(self._results.strategies, 18, 28), *[15.0] * 10]
        page.widths(widths)
        for number, (one, about) in enumerate(made):
            first = _WIDE * (number % 2)
            width = pixels(widths[first : first + _WIDE]) - 8
            place(page.sheet, _TOP + _ROWS * (number // 2), first, one, width=width, height=_HEIGHT, about=about)
        page.print_setup()

    def _range(self, column: CellColumn) -> Range:
        at = self._where[column]
        return at.sheet, at.row, at.column, at.row + len(column.cells) - 1, at.column

    def _time(self) -> Range:
        return self._range(self._edges)

    def _curve_chart(self, title: str, columns: Sequence[CellColumn]) -> Any:
        names = self._results.strategies
        series = [
            Series(self._strategy_cell(column.strategy), self._time(), self._range(column),
                   series_colour(names.index(column.strategy) if column.strategy else 0), dash=number)
            for number, column in enumerate(columns)
        ]  # fmt: skip
        x = Axis("Years", low=0, high=float(self._results.horizons[-1]))
        return chart(self._writer.book.workbook, "line", title, series, x, Axis("Share", low=0, high=1, format="0%"))

    def _strategy_cell(self, strategy: str) -> tuple[str, int, int]:
        """Cell with the name of a strategy: a header of the results."""
        some = self._results.totals[0, strategy or self._results.strategies[0], "discounted"]
        at = self._where[some]
        return at.sheet, at.row - 1, at.column

    def _names_of_states(self, page: Page, row: int, shares: Mapping[str, Mapping[str, CellColumn]]) -> int:
        self._state_names: dict[str, tuple[str, int, int]] = {}
        if shares:
            page.text(row, 0, "State", "header")
            for state in dict.fromkeys(state for own in shares.values() for state in own):
                row += 1
                page.text(row, 0, in_words(state), "label")
                self._state_names[state] = (self._name, row, 0)
            row += 1
        return row

    def _state_chart(self, strategy: str, columns: Mapping[str, CellColumn]) -> Any:
        colours = state_colours(list(columns))
        series = [
            Series(self._state_names[state], self._time(), self._range(column), colours[state])
            for state, column in columns.items()
        ]
        cycles = len(self._edges.cells) - 1
        last = max(float(self._results.horizons[-1]), 1e-9)
        apart = next((years for years in _YEARS_APART if last <= _MOST_LABELS * years), _YEARS_APART[-1])
        x = Axis("Years", format="0", every=max(1, round(apart * cycles / last)) if cycles > 20 else None)
        title = f"State of the cohort{f': {strategy}' if strategy else ''}"
        return chart(self._writer.book.workbook, "area", title, series, x, Axis("Share", low=0, high=1, format="0%"))

    def _costs(self, page: Page, row: int) -> tuple[int, Any]:
        rows = [(i, one) for i, one in enumerate(self._results.total_rows) if one.kind == "cost"]
        rows = [(i, one) for i, one in rows if one.line] or rows
        if not rows:
            return row, None
        page.text(row, 0, f"Costs by item ({self._currency}), discounted", "heading")
        row += 1
        top = row
        for number, header in enumerate(["Horizon", "Strategy", *(one.words for _, one in rows)]):
            page.text(row, number, header, "header", align="left" if number < 2 else "right")
        for place_ in range(len(self._results.horizons)):
            for number, strategy in enumerate(self._results.strategies):
                row += 1
                page.text(row, 0, years(self._results.horizons[place_]) if not number else "", "label")
                page.text(row, 1, strategy, "text")
                column = self._results.totals[place_, strategy, "discounted"]
                for side, (i, _) in enumerate(rows):
                    self._copy(page, row, 2 + side, column.cells[i], "#,##0")
        categories = (self._name, top + 1, 0, row, 1)
        series = [
            Series(
                (self._name, top, 2 + side),
                categories,
                (self._name, top + 1, 2 + side, row, 2 + side),
                area_colour(side),
            )
            for side in range(len(rows))
        ]
        y = Axis(f"{self._currency} per patient, discounted", format="#,##0")
        return row + 1, chart(self._writer.book.workbook, "column", "Costs by item", series, Axis(""), y)

    def _plane(self, page: Page, row: int, tables: Sequence[Increments]) -> tuple[int, Any]:
        against, names = self._results.base.case.comparator, self._results.strategies
        page.text(row, 0, f"Increments against {against}", "heading")
        row += 1
        for number, header in enumerate(["Horizon", "Strategy", "QALYs", f"Costs ({self._currency})"]):
            page.text(row, number, header, "header", align="left" if number < 2 else "right")
        series = []
        for number, strategy in enumerate(names):
            if strategy == against:
                continue
            first = row + 1
            for place_, table in enumerate(tables):
                row += 1
                page.text(row, 0, years(self._results.horizons[place_]), "label")
                page.text(row, 1, strategy, "text")
                self._copy(page, row, 2, table.pairs["Incremental QALYs"].cells[number], "0.000")
                self._copy(page, row, 3, table.pairs["Incremental costs"].cells[number], "#,##0")
            x, y = ((self._name, first, column, row, column) for column in (2, 3))
            series.append(Series((self._name, first, 1), x, y, series_colour(number)))
        row = self._threshold_lines(page, row, series)
        title = f"Increments against {against} (dashed: each willingness to pay)"
        x_axis, y_axis = (
            Axis("Incremental QALYs", format="0.00"),
            Axis(f"Incremental costs ({self._currency})", format="#,##0"),
        )
        return row + 1, chart(self._writer.book.workbook, "points", title, series, x_axis, y_axis)

    def _threshold_lines(self, page: Page, row: int, series: list[Series]) -> int:
        """Guides from the origin for each willingness to pay, as long as the largest gain."""
        own = [one.x for one in series]
        gains = ",".join(f"${letters(2)}${x[1] + 1}:${letters(2)}${x[3] + 1}" for x in own)
        reach = max((abs(self._gain(x)) for x in own), default=0.0)
        for number, threshold in enumerate(self._results.base.case.settings.willingness_to_pay):
            name = LiveInputs.threshold_name(number)
            for sign in (-1, 1):
                row += 1
                page.text(row, 0, "guide", "text")
                said = f'=TEXT({name},"#,##0")&" per QALY"'
                page.text_formula(row, 1, said, f"{money(threshold)} per QALY", "text")
                text = f"={'-' if sign < 0 else ''}MAX(MAX({gains}),-MIN({gains}))"
                page.formula(row, 2, text, sign * reach, "calc", num_format="0.000")
                page.formula(row, 3, f"=$C{row + 1}*{name}", sign * reach * threshold, "calc", num_format="#,##0")
            x, y = ((self._name, row - 1, column, row, column) for column in (2, 3))
            series.append(Series((self._name, row - 1, 1), x, y, "#7F7F7F", guide=True))
        return row

    def _gain(self, rows: Range) -> float:
        return max((abs(self._copied[row, 2]) for row in range(rows[1], rows[3] + 1)), default=0.0)

    def _copy(self, page: Page, row: int, column: int, cell: Symbol, form: str) -> None:
        spot = cell.args[0]
        at = self._where[spot.column]
        text = f"={quoted(at.sheet)}!${letters(at.column)}${at.row + spot.row + 1}"
        page.formula(row, column, text, cell.value, "calc", num_format=form)
        self._copied[row, column] = cell.value
