"""What every sheet of a results workbook shares: the result, names of sheets, headers with units, prose."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import pandas as pd

from hecon.analysis.result import Result
from hecon.excel.book import Book, Page
from hecon.report.analyses import Analyses
from hecon.report.provenance import COMMAND, provenance
from hecon.report.tables import published_fit_table, published_points
from hecon.report.words import in_words

#: First row of a table on a sheet: title and help stand above it.
TOP = 3
LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LINE_HEIGHT = 13.5
#: A table of more rows may be cut by the end of a page, but not within so many rows of its top.
_LONG, _SHORT = 30, 6
#: Letters of prose for each unit of column width, which is a digit.
_PROSE = 1.12
#: Headers of columns that hold text.
_TEXT_COLUMNS = (
    "Strategy", "Against", "Horizon", "Status", "Reading", "In words", "What changes", "Curve in use",
    "Measure", "Source", "Value", "What it does", "Meaning",
)  # fmt: skip


@dataclass
class Export:
    """A results workbook being written: the book, what goes into it, and the names of its sheets."""

    book: Book
    result: Result
    analyses: Analyses
    names: dict[str, str] = field(default_factory=dict)
    #: The command line that makes the same again, if there is one.
    command: str = ""

    @property
    def origin(self) -> dict[str, str]:
        """What identifies the run, text for text, with the command that makes the same again."""
        return provenance(self.result) | ({COMMAND: self.command} if self.command else {})

    @property
    def currency(self) -> str:
        """Currency of the costs."""
        return self.result.case.settings.currency

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Every willingness to pay of the settings."""
        return self.result.case.settings.willingness_to_pay

    @property
    def measures(self) -> list[str]:
        """Measures that the model has, in the order of the summary."""
        return [name for name in self.result.means if not name.startswith("undiscounted_")]

    @cached_property
    def fit(self) -> pd.DataFrame:
        """Published survival beside the model's."""
        return published_fit_table(self.result)

    @cached_property
    def points(self) -> list[tuple[str, str, float, float]]:
        """Published survival as points of a chart: endpoint, strategy, year and survival, in this order."""
        return list(published_points(self.result, self.fit).itertuples(index=False, name=None))

    @cached_property
    def trace(self) -> pd.DataFrame:
        """Where patients are, cycle by cycle, of every strategy."""
        return self.result.trace()

    @property
    def is_batch(self) -> bool:
        """Whether the result is a batch of draws: then there are no traces or curves, and totals are means."""
        return self.result.draws is not None

    def header(self, measure: str) -> str:
        """Header of a measure, with the currency for costs."""
        return f"{in_words(measure)} ({self.currency})" if measure == "cost" else in_words(measure)


def style_of(measure: str) -> str:
    """Cell style of a measure: currency without decimals, years and QALYs with three."""
    return "whole" if measure.endswith("cost") else "number"


def sheet_name(wanted: str, taken: Iterable[str]) -> str:
    """Give a name that Excel accepts and that no other sheet has: 31 characters, none of ``[]:*?/\\``.

    >>> sheet_name("Trace Isa/Pd", ["trace isa-pd"])
    'Trace Isa-Pd (2)'
    """
    known = {name.lower() for name in taken} | {"history"}
    clean = _FORBIDDEN.sub("-", wanted).replace("'", "’").strip() or "Sheet"
    name, number = clean[:LONGEST_NAME].strip(), 1
    while name.lower() in known:
        number += 1
        mark = f" ({number})"
        name = clean[: LONGEST_NAME - len(mark)].strip() + mark
    return name


def lines_of(text: object, width: float) -> int:
    """Lines that a text takes in a column of that width, broken at words as Excel does."""
    if isinstance(text, float):
        return 1
    letters = max(int(_PROSE * width), 3)
    return sum(_wrapped(part, letters) for part in str(text).split("\n"))


@lru_cache(maxsize=4096)
def _wrapped(part: str, letters: int) -> int:
    short = len(part) <= letters and "\t" not in part  # a tab is wider
    return 1 if short else max(1, len(textwrap.wrap(part, letters)))


def fit_row(page: Page, row: int, texts: Iterable[tuple[object, float]]) -> None:
    """Make a row as high as its longest wrapped text needs; pairs of text and column width.

    Excel fits heights when it opens a file, but not of merged cells, and other programs not at all.
    """
    lines = max([1, *(lines_of(text, width) for text, width in texts)])
    if lines > 1:
        page.height(row, _LINE_HEIGHT * lines + 2)


def paragraph(
    page: Page, row: int, text: str, widths: Sequence[float], style: str = "paragraph", first: int = 0
) -> int:
    """Write prose across the columns of a sheet from `first` on; gives the next row."""
    page.text(row, first, text, style, merge_to=len(widths) - 1)
    fit_row(page, row, [(text, sum(widths[first:]))])
    return row + 1


def heading(page: Page, row: int, text: str) -> int:
    """Write a heading and give the next row."""
    page.text(row, 0, text, "heading")
    page.height(row, 18)
    return row + 1


def section(page: Page, first: int, beyond: int) -> int:
    """Keep the rows from `first` to before `beyond` on one printed page if they are a short table, else its top."""
    page.keep_together(first, min(beyond - 1, first + _SHORT) if beyond - first > _LONG else beyond - 1)
    return beyond


def width_for(texts: Iterable[object], least: float = 10, most: float = 40) -> float:
    """Width of a column that fits its texts."""
    return min(most, max([least, *(len(str(text)) * 1.1 + 2 for text in texts)]))


def headers(
    page: Page, row: int, names: Sequence[str], widths: Sequence[float], texts: Collection[str] = _TEXT_COLUMNS
) -> int:
    """Write a header row, names of text at the left and of numbers at the right, and give the next row."""
    for column, name in enumerate(names):
        align = "left" if column == 0 or name in texts else "center" if name.endswith("?") else "right"
        page.text(row, column, name, "header", align=align, valign="bottom")
    fit_row(page, row, zip(names, widths, strict=False))
    return row + 1
