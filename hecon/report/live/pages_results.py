"""Sheets of results: totals and breakdown by horizon, increments in numbers and words, charts, the check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hecon.analysis.result import Result
from hecon.report.layout import width_for
from hecon.report.live.incremental import DOMINATED, ON, QUADRANT, UP, Increments
from hecon.report.live.pages import Writer
from hecon.report.live.results import TWINS, Results, Row
from hecon.report.words import in_words, years
from hecon.sheets import Page
from hecon.symbols.draft import Column
from hecon.symbols.excel import letters, quoted

TOP = 3
#: Where there is no ICER.
NONE_SHOWN = "-"
#: Results that differ by less than this share are the same.
SAME = 1e-9
_KINDS = {"cost": "Costs", "life_years": "Life years", "qaly": "QALYs"}


class ResultPages:
    """Places the columns of results and writes their sheets."""

    def __init__(self, writer: Writer, results: Results, names: Mapping[str, str]) -> None:
        self._writer, self._results, self._names = writer, results, names
        self._layout, self._book = writer.layout, writer.book
        self._currency = results.base.case.settings.currency
        #: Cells that answer the question, by horizon and strategy: reference, value, number format.
        self.answers: dict[tuple[int, str], list[tuple[str, float | str, str]]] = {}

    # Places: before any formula is printed.

    def place(self, tables: Sequence[Increments]) -> None:
        """Give every column of results its address."""
        self._place_tables("breakdown", self._results.details, len(self._results.detail_rows), lead=2)
        self._place_tables("results", self._results.totals, len(self._results.total_rows), lead=1)
        self._place_increments(tables)

    def _place_tables(self, sheet: str, columns: Mapping[tuple[int, str, str], Column], rows: int, lead: int) -> None:
        for (place, strategy, twin), column in columns.items():
            side = self._results.strategies.index(strategy) + TWINS.index(twin) * (len(self._results.strategies) + 1)
            self._layout.put(column, self._names[sheet], self._top(place, rows) + 3, lead + side)

    def _place_increments(self, tables: Sequence[Increments]) -> None:
        for number, table in enumerate(tables):
            top = self._increments_top(number)
            blocks = [[*table.totals.values(), *table.pairs.values()], list(table.frontier.values()),
                      [*table.benefit.values(), *table.incremental_benefit.values()], list(table.helpers.values())]  # fmt: skip
            place = 1
            for block, gap in zip(blocks, (2, 3, 1, 0), strict=True):
                for column in block:
                    self._layout.put(column, self._names["incremental"], top + 2, place)
                    place += 1
                place += gap

    def _top(self, place: int, rows: int) -> int:
        return TOP + place * (rows + 5)

    def _increments_top(self, number: int) -> int:
        return TOP + number * (len(self._results.strategies) + 5)

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
        page.freeze(TOP)
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
        page.freeze(TOP)
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
        self, page: Page, place: int, rows: Sequence[Row], columns: Mapping[tuple[int, str, str], Column]
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
        page.widths({0: width_for(names, 18, 30)})
        for number, table in enumerate(tables):
            top = self._increments_top(number)
            page.text(top, 0, years(self._results.horizons[number]), "heading")
            page.text(top + 1, 0, "Strategy", "header")
            for row, name in enumerate(names):
                page.text(top + 2 + row, 0, name, "label")
            for column in table.columns:
                at = self._layout.addresses[column]
                page.text(top + 1, at.column, column.title, "header", align="right")
                page.widths({at.column: 15})
                qalys = "QALY" in column.title or "year" in column.title
                whole = column.title.startswith(("Dominated", "Quadrant"))
                form = "0" if whole else "0.000000" if qalys else '[>=1E+299]"none";[<=-1E+299]"none";#,##0.00'
                self._writer.column(page, column, num_format=form)
            page.sheet.set_row(top + 1, 42)
            for row, name in enumerate(names):
                self._words(page, top + 2 + row, row, name, table)
                self.answers[number, name] = self._answer(page, top + 2 + row, row, table)
        page.freeze(TOP, 1)
        page.print_setup()

    def _words(self, page: Page, at: int, row: int, name: str, table: Increments) -> None:
        """Write the ICER against the comparator, its words, and the place on the frontier."""
        where = {title: f"${letters(self._layout.addresses[column].column)}{at + 1}"
                 for title, column in (table.pairs | table.frontier).items()}  # fmt: skip
        value = {title: column.cells[row].value for title, column in (table.pairs | table.frontier).items()}
        first = self._layout.addresses[table.pairs["Quadrant"]].column + 1
        head = self._layout.addresses[table.pairs["Quadrant"]].row - 1
        page.text(head, first, f"ICER ({self._currency} per QALY)", "header", align="right")
        page.text(head, first + 1, "In words", "header")
        page.widths({first: 16, first + 1: 26})
        cost, gain, quadrant = (where[t] for t in ("Incremental costs", "Incremental QALYs", "Quadrant"))
        where_it_lies = int(value["Quadrant"])
        if name == self._results.base.case.comparator:
            page.text(at, first, "", "calc")
            page.text(at, first + 1, "comparator", "calc")
        else:
            ratio = value["Incremental costs"] / value["Incremental QALYs"] if where_it_lies in (1, 4) else None
            text = f'=IF(OR({quadrant}=1,{quadrant}=4),{cost}/{gain},"{NONE_SHOWN}")'
            if ratio is None:
                page.text_formula(at, first, text, NONE_SHOWN, "calc", num_format="#,##0.00", align="right")
            else:
                page.formula(at, first, text, ratio, "calc bold", num_format="#,##0.00")
            words = ",".join(f'"{word}"' for word in QUADRANT.values())
            page.text_formula(at, first + 1, f"=CHOOSE({quadrant}+1,{words})", QUADRANT[where_it_lies], "calc")
        place = self._layout.addresses[table.frontier[ON]].column + 1
        page.text(head, place, "Place on the frontier", "header")
        page.text(head, place + 1, "ICER on the frontier", "header", align="right")
        page.widths({place: 22, place + 1: 16})
        status = _status(value)
        page.text_formula(
            at, place,
            f'=IF({where[DOMINATED]}=1,"dominated",IF({where[ON]}<{where[UP]},"extendedly dominated","on the frontier"))',
            status, "calc",
        )  # fmt: skip
        shown = status == "on the frontier" and value[UP] > 0
        text = f'=IF(AND({where[DOMINATED]}=0,{where[ON]}>={where[UP]},{where[UP]}>0),{where[UP]},"{NONE_SHOWN}")'
        if shown:
            page.formula(at, place + 1, text, value[UP], "calc bold", num_format="#,##0.00")
        else:
            page.text_formula(at, place + 1, text, NONE_SHOWN, "calc", align="right")

    def _answer(self, page: Page, at: int, row: int, table: Increments) -> list[tuple[str, float | str, str]]:
        """Costs, QALYs, ICER and words of one strategy, for the first sheet."""
        value = {title: column.cells[row].value for title, column in table.pairs.items()}
        where = {title: self._layout.addresses[column].column for title, column in table.pairs.items()}
        lies = int(value["Quadrant"])
        ratio = value["Incremental costs"] / value["Incremental QALYs"] if lies in (1, 4) else NONE_SHOWN
        found: list[tuple[int, float | str, str]] = [
            (where["Incremental costs"], value["Incremental costs"], "#,##0"),
            (where["Incremental QALYs"], value["Incremental QALYs"], "0.000"),
            (where["Quadrant"] + 1, ratio, "#,##0"),
            (where["Quadrant"] + 2, QUADRANT[lies], "General"),
        ]
        return [(f"={quoted(page.name)}!${letters(column)}${at + 1}", shown, form) for column, shown, form in found]

    def begin_check(self) -> Page:
        """Begin the sheet of the check, at its place among the others."""
        return self._book.page(self._names["check"], help=_CHECK_HELP, tab="#C00000")

    def check(
        self, page: Page, scenarios: Mapping[str, Result], changed: Sequence[str], limits: Sequence[tuple[str, str]]
    ) -> None:
        """Write the comparison of every result with the engine's number, for each scenario."""
        page.widths([12.0, 34.0, 18.0, 14.0, 17.0, 17.0, 14.0, 12.0])
        rows = list(self._rows())
        first, count = TOP + 9 + len(limits), len(rows)
        cells = f"$G${first + 1}:$G${first + count}"
        page.text(TOP, 0, "Largest relative difference", "label", merge_to=3)
        largest = max((self._apart(row, scenarios) for row in rows), default=0.0)
        page.formula(TOP, 4, f"=MAX({cells})", largest, "calc bold", num_format="0.0E+00")
        page.text(TOP + 1, 0, "Inputs changed since hecon wrote this workbook", "label", merge_to=3)
        page.formula(TOP + 1, 4, "=" + "+".join(f"SUM({one})" for one in changed), 0.0, "calc bold", num_format="0")
        page.text(TOP + 2, 0, "Limits of the formulas exceeded", "label", merge_to=3)
        beyond = f"=SUM($E${first - len(limits) - 2}:$E${first - 3})" if limits else "=0"
        page.formula(TOP + 2, 4, beyond, 0.0, "calc bold", num_format="0")
        for number, (message, condition) in enumerate(limits):
            at = first - len(limits) - 3 + number
            page.text(at, 0, f"Limit {number + 1}: {message}", "text", merge_to=3)
            page.formula(at, 4, f"=IF({condition},1,0)", 0.0, "calc", num_format="0")
        status = f'=IF($E${TOP + 3}>0,"{LIMIT}",IF($E${TOP + 2}>0,"{CHANGED}",IF($E${TOP + 1}<={SAME:.0E},"{AGREES}","{DIFFERS}")))'
        page.text(TOP + 3, 0, "Verdict", "label", merge_to=3)
        verdict = AGREES if largest <= SAME else DIFFERS
        page.text_formula(TOP + 3, 4, status, verdict, "calc bold")
        self._book.define("live_verdict", f"={quoted(self._names['check'])}!$E${TOP + 4}")
        page.mark_where((TOP + 3, 4), (TOP + 3, 4), f'=$E${TOP + 4}<>"{AGREES}"', "warning")
        page.mark_where((TOP + 3, 4), (TOP + 3, 4), f'=$E${TOP + 4}="{AGREES}"', "good")
        page.mark_where((TOP + 1, 4), (TOP + 1, 4), f"=$E${TOP + 2}>0", "warning")
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
        yes = "yes" if apart <= SAME else "no"
        page.text_formula(at, 7, f'=IF($G{at + 1}<={SAME:.0E},"yes","no")', yes, "calc", align="center")
        for number_, value in enumerate(numbers):
            page.number(at, 8 + number_, value, "text", num_format="#,##0.000000")


AGREES = "All results agree with hecon"
CHANGED = "Inputs were changed: run hecon on this file to compare"
LIMIT = "A formula is beyond its limits: run hecon on this file"
DIFFERS = "RESULTS DIFFER FROM HECON"
_CHECK_HELP = (
    "Every result beside the number that hecon computed when it wrote this workbook. After a change of an input the two "
    "must differ; hecon run on this file gives the new numbers."
)


def _status(value: Mapping[str, float]) -> str:
    if value[DOMINATED] == 1:
        return "dominated"
    return "extendedly dominated" if value[ON] < value[UP] else "on the frontier"
