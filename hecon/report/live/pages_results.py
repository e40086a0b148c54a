"""Sheets of results: totals and breakdown by horizon, increments in numbers and words, charts, the check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hecon.analysis.result import Result
from hecon.excel.addresses import letters, quoted
from hecon.excel.book import Page
from hecon.report.live.incremental import DOMINATED, NONE, ON, QUADRANT, UP, Increments
from hecon.report.live.inputs import LiveInputs
from hecon.report.live.pages import Writer
from hecon.report.live.permitted import WRONG
from hecon.report.live.results import TWINS, ResultRow, Results
from hecon.report.sheets.layout import width_for
from hecon.report.words import NEARLY_NOUGHT, icer_in_words, in_words, years
from hecon.symbols.draft import CellColumn
from hecon.symbols.excel import Address

_TOP = 3
#: First column of what the frontier is worked out from, to the right of what is read.
HELPERS = 12
#: Where there is no ICER.
NONE_SHOWN = "-"
#: Results that differ by less than this share are the same.
_SAME = 1e-9
_KINDS = {"cost": "Costs", "life_years": "Life years", "qaly": "QALYs"}


class ResultPages:
    """Places the columns of results and writes their sheets."""

    def __init__(self, writer: Writer, results: Results, names: Mapping[str, str]) -> None:
        self._writer, self._results, self._names = writer, results, names
        self._layout, self._book = writer.layout, writer.book
        self._currency = results.base.case.settings.currency
        #: Cells that answer the question, by horizon and strategy: reference, value, number format.
        self.answers: dict[tuple[int, str], list[tuple[str, float | str, str]]] = {}
        #: Cells with the totals and the incremental net benefits beside them, likewise.
        self.totals: dict[tuple[int, str], list[tuple[str, float | str, str]]] = {}
        self.benefits: dict[tuple[int, str], list[tuple[str, float | str, str]]] = {}

    # Places: before any formula is printed.

    def place(self, tables: Sequence[Increments]) -> None:
        """Give every column of results its address."""
        self._place_tables("breakdown", self._results.details, len(self._results.detail_rows), lead=2)
        self._place_tables("results", self._results.totals, len(self._results.total_rows), lead=1)
        self._place_increments(tables)

    def _place_tables(
        self, sheet: str, columns: Mapping[tuple[int, str, str], CellColumn], rows: int, lead: int
    ) -> None:
        for (place, strategy, twin), column in columns.items():
            side = self._results.strategies.index(strategy) + TWINS.index(twin) * (len(self._results.strategies) + 1)
            self._layout.put(column, self._names[sheet], self._top(place, rows) + 3, lead + side)

    def _place_increments(self, tables: Sequence[Increments]) -> None:
        for number, table in enumerate(tables):
            for block, columns in enumerate(self._blocks(table).values()):
                for place, column in enumerate(columns, start=1):
                    self._layout.put(column, self._names["incremental"], self._block_top(number, block) + 2, place)
            for place, column in enumerate(table.helpers.values()):
                top = self._block_top(number, 1)
                self._layout.put(column, self._names["incremental"], top + 2, HELPERS + place)

    def _blocks(self, table: Increments) -> dict[str, list[CellColumn]]:
        against = self._results.base.case.comparator
        return {
            f"Increments against {against}": [*table.totals.values(), *table.pairs.values()],
            "The efficiency frontier": list(table.frontier.values()),
            f"Net benefit ({self._currency}), each and against {against}": [
                *table.benefit.values(),
                *table.incremental_benefit.values(),
            ],
        }

    def _block_top(self, number: int, block: int) -> int:
        high = len(self._results.strategies) + 3
        return _TOP + number * (3 * high + 2) + 1 + block * high

    def _top(self, place: int, rows: int) -> int:
        return _TOP + place * (rows + 5)

    # Sheets.

    def breakdown(self) -> None:
        """Write every line and detail."""
        page = self._book.page(self._names["breakdown"], help="Every line of the ledger and its parts, per patient.")
        rows = self._results.detail_rows
        page.widths([width_for([row.line for row in rows], 26, 40), width_for([row.detail for row in rows], 22, 40)])
        for place in range(len(self._results.horizons)):
            row = self._head(page, place, len(rows), ["Line", "Part"])
            for number, one in enumerate(rows):
                page.text(row + number, 0, f"{_KINDS[one.kind]}: {one.line}", "label")
                page.text(row + number, 1, in_words(one.detail) if one.detail else "", "text")
            self._columns(page, place, rows, self._results.details)
        page.freeze(_TOP)
        page.print_setup()

    def results(self) -> None:
        """Write lines and totals."""
        page = self._book.page(
            self._names["results"], help="Costs and effects per patient at each horizon, by formula.", tab="#1F3864"
        )
        rows = self._results.total_rows
        page.widths([width_for([row.words for row in rows], 30, 44)])
        for place in range(len(self._results.horizons)):
            row = self._head(page, place, len(rows), ["Item"])
            for number, one in enumerate(rows):
                is_total = bool(one.measure)
                page.text(
                    row + number, 0, one.words, "label total" if is_total else "text", indent=0 if is_total else 1
                )
            self._columns(page, place, rows, self._results.totals)
        page.freeze(_TOP)
        page.print_setup()

    def _head(self, page: Page, place: int, rows: int, lead: Sequence[str]) -> int:
        """Write the heads of one horizon and give the row of its first numbers."""
        top, names = self._top(place, rows), self._results.strategies
        page.text(top, 0, years(self._results.horizons[place]), "heading")
        for number, name in enumerate(lead):
            page.text(top + 2, number, name, "header")
        for side, twin in enumerate(TWINS):
            first = len(lead) + side * (len(names) + 1)
            page.text(top + 1, first, twin.capitalize(), "bold")
            for number, name in enumerate(names):
                page.text(top + 2, first + number, name, "header", align="right")
                page.widths({first + number: width_for([name], 15, 26)})
        page.widths({len(lead) + len(names): 3})
        return top + 3

    def _columns(
        self, page: Page, place: int, rows: Sequence[ResultRow], columns: Mapping[tuple[int, str, str], CellColumn]
    ) -> None:
        for (own, _, _), column in columns.items():
            if own != place:
                continue
            at = self._layout.addresses[column]
            for number, (one, content) in enumerate(zip(rows, column.contents, strict=True)):
                style = "calc total" if one.measure else "calc"
                number_format = "#,##0.00" if one.kind == "cost" else "0.000000"
                self._writer.content(page, at.row + number, at.column, content, style, num_format=number_format)

    def incremental(self, tables: Sequence[Increments]) -> None:
        """Write increments, the frontier and net benefit."""
        against = self._results.base.case.comparator
        page = self._book.page(
            self._names["incremental"],
            help=f"Increments against {against}; the efficiency frontier; net benefit ({self._currency}).",
            tab="#1F3864",
        )
        names = self._results.strategies
        by_level = [own for table in tables for own in (table.benefit, table.incremental_benefit)]
        self._levels = {
            column: LiveInputs.threshold_name(place) for own in by_level for place, column in enumerate(own.values())
        }
        page.widths({0: width_for(names, 18, 30), **dict.fromkeys(range(1, 12), 17.0)})
        for number, table in enumerate(tables):
            page.text(self._block_top(number, 0) - 1, 0, years(self._results.horizons[number]), "title")
            for block, (title, columns) in enumerate(self._blocks(table).items()):
                self._block(page, self._block_top(number, block), title, columns)
            helpers = list(table.helpers.values())
            self._block(page, self._block_top(number, 1), "Pair by pair, for the frontier", helpers, lead=HELPERS)
            for row, name in enumerate(names):
                self.answers[number, name] = self._against(page, row, name, table)
                self.totals[number, name] = self._shown(page, row, table.totals.values())
                self.benefits[number, name] = self._shown(page, row, table.incremental_benefit.values())
                self._on_frontier(page, row, table)
        page.freeze(_TOP, 1)
        page.print_setup(area=(0, 0, self._block_top(len(tables), 0) - 2, HELPERS - 2))

    def _block(self, page: Page, top: int, title: str, columns: Sequence[CellColumn], lead: int = 0) -> None:
        """Write one table of increments: its heading, headers, strategies and numbers."""
        page.text(top, lead, title, "heading")
        if not lead:
            page.text(top + 1, 0, "Strategy", "header")
            for row, name in enumerate(self._results.strategies):
                page.text(top + 2 + row, 0, name, "label")
        for column in columns:
            at = self._layout.addresses[column]
            self._header(page, top + 1, at.column, column)
            qalys = "QALY" in column.title or "year" in column.title
            whole = column.title.startswith(("Dominated", "Quadrant"))
            form = "0" if whole else "0.000000" if qalys else "#,##0.00"
            self._writer.column(page, column, num_format=form)
            if any(abs(cell.value) >= NONE for cell in column.cells) or "way" in column.title.lower():
                first, last = (at.row, at.column), (at.row + len(column.cells) - 1, at.column)
                page.mark_where(first, last, f"=ABS({letters(at.column)}{at.row + 1})>={NONE:.0E}", "none")
        page.sheet.set_row(top + 1, 30)

    def _header(self, page: Page, row: int, place: int, column: CellColumn) -> None:
        """Write the title of a column; a willingness to pay in it is that of the first sheet."""
        if column not in self._levels:
            page.text(row, place, column.title, "header", align="right")
            return
        words = column.title.rpartition(" at ")[0]
        text = f'="{words} at "&TEXT({self._levels[column]},"#,##0")'
        page.text_formula(row, place, text, column.title, "header", align="right")

    def _shown(self, page: Page, row: int, columns: Iterable[CellColumn]) -> list[tuple[str, float | str, str]]:
        """Give what the first sheet shows of cells in one row."""
        shown: list[tuple[str, float | str, str]] = []
        for column in columns:
            at, sheet = self._layout.addresses[column], quoted(page.name)
            form = "0.000" if "QALY" in column.title or "year" in column.title else "#,##0"
            shown.append((f"={sheet}!${letters(at.column)}${at.row + row + 1}", column.cells[row].value, form))
        return shown

    def _cells(self, columns: Mapping[str, CellColumn], row: int) -> tuple[dict[str, str], dict[str, float], Address]:
        """References and values of one row of columns, and the address of the first cell after it."""
        addresses = {title: self._layout.addresses[column] for title, column in columns.items()}
        references = {title: f"${letters(at.column)}{at.row + row + 1}" for title, at in addresses.items()}
        last = max(addresses.values(), key=lambda at: at.column)
        values = {title: column.cells[row].value for title, column in columns.items()}
        return references, values, Address(last.sheet, last.row + row, last.column + 1)

    def _against(self, page: Page, row: int, name: str, table: Increments) -> list[tuple[str, float | str, str]]:
        """Write the ICER against the comparator and its words; give what the first sheet shows of the strategy."""
        where, value, at = self._cells(table.pairs, row)
        head = at.row - row - 1
        page.text(head, at.column, f"ICER ({self._currency} per QALY gained)", "header", align="right")
        page.text(head, at.column + 1, "In words", "header")
        page.widths({at.column + 1: 34})
        cost, gain, quadrant = (where[title] for title in ("Incremental costs", "Incremental QALYs", "Quadrant"))
        lies, words = int(value["Quadrant"]), "comparator"
        ratio: float | str = NONE_SHOWN
        if name == self._results.base.case.comparator:
            page.text(at.row, at.column, NONE_SHOWN, "calc", align="right")
            page.text(at.row, at.column + 1, words, "calc")
        else:
            text = f'=IF({quadrant}=1,{cost}/{gain},"{NONE_SHOWN}")'
            ratio = value["Incremental costs"] / value["Incremental QALYs"] if lies == 1 else NONE_SHOWN
            self._either(page, at.row, at.column, text, ratio)
            same, telling = (
                icer_in_words(0.0, "SW", effect=0.0),
                f'"saves "&TEXT({cost}/{gain},"#,##0")&" per QALY forgone"',
            )
            saving = f'IF(-{gain}<{NEARLY_NOUGHT:g},"{same}",{telling})'
            options = ",".join(f'"{QUADRANT[number]}"' for number in range(4))
            words = QUADRANT[lies]
            if lies == 4:
                lost = value["Incremental QALYs"]
                words = str(icer_in_words(value["Incremental costs"] / lost, "SW", effect=lost))
            chosen = f"IF({quadrant}=4,{saving},CHOOSE({quadrant}+1,{options}))"
            page.text_formula(at.row, at.column + 1, f"={chosen}", words, "calc")
        shown: list[tuple[int, float | str, str]] = [
            (self._layout.addresses[table.pairs["Incremental costs"]].column, value["Incremental costs"], "#,##0"),
            (self._layout.addresses[table.pairs["Incremental QALYs"]].column, value["Incremental QALYs"], "0.000"),
            (at.column, ratio, "#,##0"),
            (at.column + 1, words, "General"),
        ]
        sheet = quoted(page.name)
        return [(f"={sheet}!${letters(column)}${at.row + 1}", number, form) for column, number, form in shown]

    def _on_frontier(self, page: Page, row: int, table: Increments) -> None:
        """Write whether a strategy is on the frontier, and its ICER there."""
        where, value, at = self._cells(table.frontier, row)
        head = at.row - row - 1
        page.text(head, at.column, "Place on the frontier", "header")
        page.text(head, at.column + 1, f"ICER on the frontier ({self._currency} per QALY)", "header", align="right")
        status = _status(value)
        off = f'IF({where[ON]}<{where[UP]},"extendedly dominated","on the frontier")'
        page.text_formula(at.row, at.column, f'=IF({where[DOMINATED]}=1,"dominated",{off})', status, "calc")
        shown = value[UP] if status == "on the frontier" and value[UP] > 0 else NONE_SHOWN
        text = f'=IF(AND({where[DOMINATED]}=0,{where[ON]}>={where[UP]},{where[UP]}>0),{where[UP]},"{NONE_SHOWN}")'
        self._either(page, at.row, at.column + 1, text, shown)

    def _either(self, page: Page, row: int, column: int, text: str, value: float | str) -> None:
        """Write a formula that gives a number, or a dash where there is none."""
        if isinstance(value, str):
            page.text_formula(row, column, text, value, "calc", num_format="#,##0.00", align="right")
        else:
            page.formula(row, column, text, value, "calc bold", num_format="#,##0.00")

    def begin_check(self) -> Page:
        """Begin the sheet of the check, at its place among the others."""
        return self._book.page(self._names["check"], help=_CHECK_HELP, tab="#C00000")

    def check(
        self,
        page: Page,
        scenarios: Mapping[str, Result],
        inputs: tuple[Sequence[str], str],
        limits: Sequence[tuple[str, str]],
        elsewhere: Sequence[tuple[str, float]] = (),
    ) -> None:
        """Write the comparison of every result with the engine's number, for each scenario.

        `inputs` are the cells that say whether an input was changed, and whether it may be what it is; `elsewhere` the
        cells of the largest difference on other sheets, with their values.
        """
        page.widths([12.0, 34.0, 18.0, 14.0, 17.0, 17.0, 14.0, 12.0])
        rows = list(self._rows())
        first, count = _TOP + 9 + len(limits), len(rows)
        cells = f"$G${first + 1}:$G${first + count}"
        page.text(_TOP, 0, "Largest relative difference", "label", merge_to=3)
        largest = max([*(self._apart(row, scenarios) for row in rows), *(value for _, value in elsewhere)], default=0.0)
        every = ",".join([cells, *(cell for cell, _ in elsewhere)])
        page.formula(_TOP, 4, f"=MAX({every})", largest, "calc bold", num_format="0.0E+00")
        page.text(_TOP + 1, 0, "Inputs changed since hecon wrote this workbook", "label", merge_to=3)
        changed, permitted = inputs
        page.formula(_TOP + 1, 4, "=" + "+".join(f"SUM({one})" for one in changed), 0.0, "calc bold", num_format="0")
        page.text(_TOP + 2, 0, "Limits of the formulas exceeded", "label", merge_to=3)
        beyond = f"=SUM($E${first - len(limits) - 2}:$E${first - 3})" if limits else "=0"
        page.formula(_TOP + 2, 4, beyond, 0.0, "calc bold", num_format="0")
        for number, (message, condition) in enumerate(limits):
            at = first - len(limits) - 3 + number
            page.text(at, 0, f"Limit {number + 1}: {message}", "text", merge_to=3)
            page.formula(at, 4, f"=IF({condition},1,0)", 0.0, "calc", num_format="0")
        status = f'IF($E${_TOP + 1}<={_SAME:.0E},"{AGREES}","{DIFFERS}")'
        status = f'IF($E${_TOP + 3}>0,"{LIMIT}",IF($E${_TOP + 2}>0,"{CHANGED}",{status}))'
        status = f'=IF($E${_TOP + 5}>0,"{NOT_PERMITTED}"&$F${_TOP + 5},{status})'
        self._permitted(page, permitted)
        page.text(_TOP + 3, 0, "Verdict", "label", merge_to=3)
        verdict = AGREES if largest <= _SAME else DIFFERS
        page.text_formula(_TOP + 3, 4, status, verdict, "calc bold")
        self._book.define("live_verdict", f"={quoted(self._names['check'])}!$E${_TOP + 4}")
        page.mark_where((_TOP + 3, 4), (_TOP + 3, 4), f'=$E${_TOP + 4}<>"{AGREES}"', "warning")
        page.mark_where((_TOP + 3, 4), (_TOP + 3, 4), f'=$E${_TOP + 4}="{AGREES}"', "good")
        page.mark_where((_TOP + 1, 4), (_TOP + 1, 4), f"=$E${_TOP + 2}>0", "warning")
        headers = ["Horizon", "Item", "Strategy", "", "Here", "hecon", "Difference", "Agrees?"]
        for place, header in enumerate([*headers, *scenarios]):
            page.text(first - 1, place, header, "header", align="right" if place > 3 else "left")
        for number, row in enumerate(rows):
            self._check_row(page, first + number, row, scenarios)
        page.sheet.set_column(8, 8 + len(scenarios) - 1, 16)
        page.text(first - 2, 8, "What hecon computed for each scenario (fixed numbers)", "bold")
        page.mark_where((first, 6), (first + count - 1, 7), f'=$H{first + 1}<>"yes"', "warning")
        page.freeze(first, 4)
        page.print_setup(header_row=first - 1, area=(0, 0, first + count - 1, 7))

    def _permitted(self, page: Page, cells: str) -> None:
        """Count the inputs that are not what they may be, and name the first of them."""
        at = _TOP + 4
        page.text(at, 0, "Inputs that are not what they may be", "label", merge_to=3)
        page.formula(at, 4, f'=COUNTIF({cells},"{WRONG}")', 0.0, "calc bold", num_format="0")
        page.text(at, 5, "", "calc", merge_to=7)
        page.text_formula(at, 5, f'=IF($E${at + 1}>0,INDEX({cells},MATCH("{WRONG}",{cells},0)),"none")', "none", "calc")
        page.mark_where((at, 4), (at, 7), f"=$E${at + 1}>0", "warning")

    def _rows(self) -> list[tuple[int, str, str, int]]:
        return [
            (place, strategy, twin, number)
            for place in range(len(self._results.horizons))
            for twin in TWINS
            for number in range(len(self._results.total_rows))
            for strategy in self._results.strategies
        ]

    def _numbers(self, row: tuple[int, str, str, int], scenarios: Mapping[str, Result]) -> list[float]:
        place, strategy, twin, number = row
        one = self._results.total_rows[number]
        return [self._results.engine(result, place, strategy, one, twin) for result in scenarios.values()]

    def _apart(self, row: tuple[int, str, str, int], scenarios: Mapping[str, Result]) -> float:
        place, strategy, twin, number = row
        here = self._results.totals[place, strategy, twin].cells[number].value
        there = self._numbers(row, dict([next(iter(scenarios.items()))]))[0]
        return abs(here - there) / max(1.0, abs(there))

    def _check_row(self, page: Page, at: int, row: tuple[int, str, str, int], scenarios: Mapping[str, Result]) -> None:
        place, strategy, twin, number = row
        one = self._results.total_rows[number]
        column = self._results.totals[place, strategy, twin]
        address = self._layout.addresses[column]
        cell = f"{quoted(address.sheet)}!${letters(address.column)}${address.row + number + 1}"
        here, numbers = column.cells[number].value, self._numbers(row, scenarios)
        page.text(at, 0, years(self._results.horizons[place]), "text")
        words = one.words if one.measure else f"{_KINDS[one.kind]}: {one.words}"
        page.text(at, 1, words, "label" if one.measure else "text")
        page.text(at, 2, strategy, "text")
        page.text(at, 3, twin, "text")
        page.formula(at, 4, f"={cell}", here, "calc", num_format="#,##0.000000")
        span = f"$I{at + 1}:${letters(8 + len(scenarios) - 1)}{at + 1}"
        page.formula(at, 5, f"=INDEX({span},scenario_number)", numbers[0], "calc", num_format="#,##0.000000")
        apart = abs(here - numbers[0]) / max(1.0, abs(numbers[0]))
        page.formula(at, 6, f"=ABS($E{at + 1}-$F{at + 1})/MAX(1,ABS($F{at + 1}))", apart, "calc", num_format="0.0E+00")
        yes = "yes" if apart <= _SAME else "no"
        page.text_formula(at, 7, f'=IF($G{at + 1}<={_SAME:.0E},"yes","no")', yes, "calc", align="center")
        for number_, value in enumerate(numbers):
            page.number(at, 8 + number_, value, "text", num_format="#,##0.000000")


AGREES = "All results agree with hecon"
CHANGED = "Inputs were changed: run hecon on this file to compare"
NOT_PERMITTED = "FAIL: "
LIMIT = "A formula is beyond its limits: run hecon on this file"
DIFFERS = "RESULTS DIFFER FROM HECON"
_CHECK_HELP = (
    "Every result beside the number that hecon computed when it wrote this workbook. After a change of an input the "
    "two must differ; hecon run on this file gives the new numbers."
)


def _status(value: Mapping[str, float]) -> str:
    if value[DOMINATED] == 1:
        return "dominated"
    return "extendedly dominated" if value[ON] < value[UP] else "on the frontier"
