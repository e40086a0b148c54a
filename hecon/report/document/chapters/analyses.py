"""A section for each analysis, from its record: what it found, how to read it, its tables and figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from hecon.analysis.registry import ANALYSES, analysis, tables_of_analysis
from hecon.report.analyses import Analyses
from hecon.report.document.material import Material
from hecon.report.document.parts import Block, Bullets, ReportColumn, ReportTable, Section, drawn_picture, style_by_name
from hecon.report.registry import Presentation, presented
from hecon.report.words import in_words

#: A table of more rows is for a spreadsheet; it stands in the results workbook and as CSV.
_MOST_ROWS = 60


def key_of(name: str) -> str:
    """Give the key of the section of an analysis."""
    return f"analysis_{name}"


def analysis_chapters(material: Material, order: Iterable[str] = tuple(ANALYSES)) -> list[Section]:
    """Give a section for each analysis that was done, in an order."""
    found = []
    for name, own, value in presented(material.analyses, order):
        title = analysis(name).called
        blocks = tuple(_blocks(name, own, value, material.analyses))
        found.append(Section(key_of(name), title[:1].upper() + title[1:], blocks))
    return found


def _blocks(name: str, own: Presentation, value: Any, analyses: Analyses) -> Iterator[Block]:
    said = tuple(own.findings(value, analyses))
    if said:
        yield Bullets(said)
    about = tuple(own.about(value, analyses)) or tuple(own.notes(value, analyses))
    if about:
        yield Bullets(about)
    yield from default_blocks(name, own, value, analyses) if own.blocks is None else own.blocks(value, analyses)


def default_blocks(name: str, own: Presentation, value: Any, analyses: Analyses) -> Iterator[Block]:
    """Give the tables that the analysis exports, if they are short enough to read, and its figures."""
    if value is None:
        return
    for table, frame in tables_of_analysis(name, value, analyses.base):
        if 0 < len(frame) <= _MOST_ROWS:
            yield plain_table(table, in_words(table), frame)
    for title, figure in own.figures(value, analyses):
        yield drawn_picture(f"{name}_{title}", in_words(title), figure)


def plain_table(key: str, title: str, frame: pd.DataFrame) -> ReportTable:
    """Give a data frame as a table, each column written as its name tells."""
    columns = []
    for name in map(str, frame.columns):
        text = not pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name])
        columns.append(ReportColumn(name, in_words(name), "text" if text else style_by_name(name)))
    return ReportTable(key, title, frame.reset_index(drop=True), tuple(columns))
