"""How results, inputs, cases, curves and fits look in a notebook and in a session: the tables of the terminal.

Every object is told in parts, paragraphs and tables, once; they are written as text or as HTML.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import singledispatch
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from hecon.analysis.health import FAIL, Health
from hecon.analysis.registry import analysis, tables_of_analysis
from hecon.analysis.result import Result
from hecon.analysis.suite import Suite
from hecon.analysis.value.incremental import quadrant
from hecon.frozen import frozen
from hecon.inputs.case import Case, Inputs
from hecon.labels import DRAW
from hecon.report.analyses import Analyses
from hecon.report.document.parts import cell_text, style_by_name
from hecon.report.provenance import crossing_sentences, status_sentence
from hecon.report.registry import findings, left_out_sentences, presentation
from hecon.report.terminal import WIDTH, TextTable, incremental_tables, paragraphs, summary_tables
from hecon.report.words import STATUSES, icer_briefly, in_words, money, several
from hecon.settings import Settings
from hecon.survival.base import Curve
from hecon.survival.fitting.fit import Fit
from hecon.survival.fitting.fits import Fits

#: Rows of a table that are shown before the rest is counted, and those of an analysis on the page of a suite.
ROWS, FEW = 60, 12
#: Columns that step back first where a table is too wide, by what their names begin with.
_STEP_BACK = ("undiscounted_", "net_monetary_", "net_health_", "quadrant", "progression_free_", "life_years")
_HEADING, _SPACE = 12, 2
_STYLE = (
    "<style>.hecon table{border-collapse:collapse;margin:.3em 0 1em}.hecon td,.hecon th{text-align:right;"
    "padding:.15em .7em;white-space:nowrap}.hecon th{vertical-align:bottom;border-bottom:1px solid}"
    ".hecon .t{text-align:left}.hecon .q{opacity:.7;font-size:90%}</style>"
)


@frozen(eq=True)
class Quiet:
    """A line of small print."""

    text: str


@frozen(eq=True)
class Folded:
    """Parts below a heading that opens when it is clicked."""

    title: str
    parts: Sequence[Told]


Told = str | TextTable | Quiet | Folded


def shown_as_text(shown: Any) -> str:
    """Write an object as text."""
    return "\n\n".join(_text(part) for part in told_of(shown))


def table_as_text(frame: pd.DataFrame, title: str) -> str:
    """Write every row of a data frame as text, below its title."""
    return "\n\n".join(_text(part) for part in frame_parts(frame, title, rows=len(frame)))


def shown_as_html(shown: Any) -> str:
    """Write an object as a piece of HTML that asks for nothing from anywhere."""
    return f'<div class="hecon">{_STYLE}{"".join(_html(part) for part in told_of(shown))}</div>'


def _text(part: Told) -> str:
    if isinstance(part, TextTable):
        return part.text()
    if isinstance(part, Folded):
        return "\n\n".join([part.title, *(_text(one) for one in part.parts)])
    return paragraphs([part.text if isinstance(part, Quiet) else part])


def _html(part: Told) -> str:
    if isinstance(part, TextTable):
        return _html_table(part)
    if isinstance(part, Folded):
        return f"<details><summary>{escape(part.title)}</summary>{''.join(map(_html, part.parts))}</details>"
    return f'<p class="q">{escape(part.text)}</p>' if isinstance(part, Quiet) else f"<p>{escape(part)}</p>"


def _html_table(table: TextTable) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        sides = [' class="t"' if place < table.left else "" for place in range(len(cells))]
        broken = [escape(cell).replace("_", "_<wbr>") if tag == "th" else escape(cell) for cell in cells]
        return f"<tr>{''.join(f'<{tag}{s}>{c}</{tag}>' for s, c in zip(sides, broken, strict=True))}</tr>"

    title = f"<b>{escape(table.title)}</b>" if table.title else ""
    body = "".join(row(cells, "td") for cells in table.rows)
    return f"{title}<table><thead>{row(table.headers, 'th')}</thead><tbody>{body}</tbody></table>"


@singledispatch
def told_of(shown: Any) -> Iterator[Told]:
    """Give the parts in which an object is told."""
    raise TypeError(f"no looks for {type(shown).__name__}")


@told_of.register
def _(shown: pd.DataFrame) -> Iterator[Told]:
    yield from frame_parts(shown)


@told_of.register
def _(shown: Result) -> Iterator[Told]:
    yield from _heading(shown.case)
    if shown.draws:
        yield f"Means over {shown.draws:,} draws"
    yield from summary_tables(shown)
    yield from incremental_tables(shown)
    if sentences := [*crossing_sentences(shown), *shown.notes]:
        yield Quiet(" ".join(sentences))
    yield Quiet("More: summary(), incremental(), full_incremental(), breakdown(), net_benefit(), trace(), plot")


@told_of.register
def _(shown: Suite) -> Iterator[Told]:
    given = Analyses.given(shown.base, shown.analyses)
    yield from _heading(shown.base.case)
    yield from summary_tables(shown.base)
    yield from findings(given)
    for name, found in given.found.items():
        tables = [
            part
            for table, frame in tables_of_analysis(name, found, shown.base)
            for part in frame_parts(frame, in_words(table), rows=FEW)
        ]
        said = [str(text) for text in presentation(name).about(found, given)]
        yield Folded(in_words(analysis(name).called), [*said, *tables, Quiet(f"More: suite.{name}")])
    yield from left_out_sentences(shown.skipped)
    if shown.interrupted:
        yield f"{in_words(shown.interrupted)}."
    yield Quiet(
        f"{status_sentence(shown.base.case)} Figures: suite.plot. All of it: he.write_workbook, he.report.write_report."
    )


@told_of.register
def _(shown: Health) -> Iterator[Told]:
    yield shown.sentence
    told = [one for one in shown.findings if one.verdict == FAIL or shown.light != "green"]
    rows = [[one.verdict, one.check, one.found] for one in told if one.verdict in (FAIL, "explained")]
    if rows:
        yield TextTable("", ["verdict", "check", "found"], rows, left=3)


@told_of.register
def _(shown: Inputs) -> Iterator[Told]:
    settings = shown.settings
    horizons = several([f"{value:g}" for value in settings.horizons])
    yield settings.title or shown.source
    yield f"Workbook {shown.source}, model {shown.model}; {horizons} years, {settings.currency}"
    rows = [[dim, _listed(names)] for dim, names in shown.labels.items()]
    yield TextTable("Labels", ["dimension", "labels"], rows, left=2)
    columns = ["parameter", *shown.labels, "value", "unit", "low", "high", "distribution", "status"]
    frame = shown.parameters
    kept = [name for name in columns if name in frame and not (frame[name].isna() | (frame[name] == "")).all()]
    yield from frame_parts(frame[kept], "Parameters", rows=FEW, keep=("value", "unit", "status"))
    yield from (f"Note: {note}." for note in shown.notes)


@told_of.register
def _(shown: Case) -> Iterator[Told]:
    yield from _heading(shown)
    draws = f", {shown.draws:,} draws" if shown.draws else ""
    yield f"Strategies {several(shown.labels['strategy'])}; comparator {shown.comparator}{draws}"
    rows = [[name, ", ".join(map(str, array.dims)), _in_short(array.values)] for name, array in shown.values.items()]
    more = [] if len(rows) <= ROWS else [Quiet(f"and {len(rows) - ROWS} more: case.values")]
    yield TextTable("Values", ["parameter", "by", "value"], rows[:ROWS], left=3)
    yield from more
    changed = _changed_settings(shown.settings)
    if changed:
        yield TextTable("Settings that are not the default", ["setting", "value"], changed, left=2)


@told_of.register
def _(shown: Curve) -> Iterator[Told]:
    yield shown.describe()
    if DRAW in shown.axes.dims:
        return
    quarters = (0.25, 0.5, 0.75)
    found = np.asarray(shown.quantile(list(quarters))).reshape(-1, len(quarters))
    names = [", ".join(shown.axes.at(place)) for place in np.ndindex(*shown.axes.shape)]
    rows = [[name, *(_time(value) for value in values)] for name, values in zip(names, found, strict=True)]
    heads = ["", *(f"{100 * share:g}%" for share in quarters)]
    cut = slice(None) if shown.axes.dims else slice(1, None)
    table = [row[cut] for row in rows[:FEW]]
    yield TextTable("Time by which so many had the event", heads[cut], table, left=1 if shown.axes.dims else 0)


@told_of.register
def _(shown: Fit) -> Iterator[Told]:
    yield repr(shown)
    table = shown.intervals()
    rows = [
        [str(name), *(f"{value:,.5g}" for value in row)] for name, row in zip(table.index, table.values, strict=True)
    ]
    yield TextTable("", ["coefficient", *map(str, table.columns)], rows)
    yield from (Quiet(note) for note in shown.notes)


@told_of.register
def _(shown: Fits) -> Iterator[Told]:
    table = shown.table().reset_index()
    plain = table.drop(columns="notes").map(lambda value: f"{value:,.2f}" if isinstance(value, float) else str(value))
    plain = plain.replace("nan", "–")
    yield TextTable("", list(plain.columns), plain.values.tolist())
    notes = [f"{row.fit}: {row.notes}" for row in table.itertuples() if isinstance(row.notes, str) and row.notes]
    yield from map(Quiet, notes)


def frame_parts(frame: pd.DataFrame, title: str = "", *, rows: int = ROWS, keep: Sequence[str] = ()) -> Iterator[Told]:
    """Tell a data frame: rounded by what its columns mean, as many columns as fit, ICERs in words."""
    shown = (
        pd.concat([frame.head(rows - rows // 2), frame.tail(rows // 2)]) if len(frame) > rows else pd.DataFrame(frame)
    )
    columns = {str(name): _column(shown, str(name)) for name in shown.columns}
    kept = _that_fit(columns, keep)
    texts = [columns[name] for name in kept]
    cells = [list(row) for row in zip(*texts, strict=True)]
    if len(frame) > rows:
        cells.insert(rows - rows // 2, ["..."] * len(kept))
    left = next((place for place, name in enumerate(kept) if _is_number(shown[name])), len(kept))
    yield TextTable(title, kept, cells, left=left, break_headings_at=_HEADING)
    said = [] if len(frame) <= rows else [f"{len(frame):,} rows"]
    hidden = [name for name in columns if name not in kept]
    said += [f"not shown: {', '.join(hidden)}"] if hidden else []
    if said:
        yield Quiet("; ".join(said))


def _that_fit(columns: dict[str, list[str]], keep: Sequence[str]) -> list[str]:
    """Names of the columns that fit on a line together; those of least use step back first, then the last."""
    widths = {}
    for name, texts in columns.items():
        heading = max(map(len, TextTable.broken(name, _HEADING)))
        widths[name] = max([heading, *map(len, texts)]) + _SPACE
    kept = list(columns)
    twins = [name for name in kept if name.startswith("undiscounted_") and name.removeprefix("undiscounted_") in kept]
    order = [name for begin in _STEP_BACK for name in reversed(kept) if name.startswith(begin)]
    order = [*twins, *order, *(name for name in reversed(kept[1:]) if name not in keep)]
    if "icer" in kept and "quadrant" in kept:  # the words of the ICER say it
        kept.remove("quadrant")
    for name in dict.fromkeys(order):
        if sum(widths[one] for one in kept) - _SPACE <= WIDTH:
            break
        if name in kept:
            kept.remove(name)
    return kept


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column.dtype)) and not pd.api.types.is_bool_dtype(column.dtype)


def _column(frame: pd.DataFrame, name: str) -> list[str]:
    """Write the cells of a column."""
    column = frame[name]
    if not _is_number(column):
        return ["" if _is_missing(value) else str(value) for value in column.tolist()]
    values = column.tolist()
    if name == "value" and "kind" in frame:
        return [
            cell_text(value, "money" if kind == "cost" else "number")
            for value, kind in zip(values, frame.kind, strict=True)
        ]
    style = style_by_name(name)
    amounts = [abs(value) for value in values if not _is_missing(value)]
    small = style == "money" and max(amounts, default=0) < 1000
    if style == "number" and 0 < max(amounts, default=0) < 0.01:
        style = "general"  # the QALYs of a vaccine, per person
    ratio = name == "icer" or name.startswith("icer_per_")
    rows = frame.to_dict("records") if ratio else []
    return [
        _ratio_in_words(rows[place], name) if ratio else cell_text(value, style, small)
        for place, value in enumerate(values)
    ]


def _ratio_in_words(row: dict[Any, Any], name: str) -> str:
    """Write an ICER as a number where it may stand as one, else in words."""
    found = row[name]
    if row.get("status") in ("D", "ED"):
        return STATUSES[row["status"]]
    cost = row.get("incremental_cost", math.nan)
    measure = "qaly" if name == "icer" else name.removeprefix("icer_per_")
    names = (f"incremental_{measure}", f"incremental_{measure.replace('year', 'years')}", "incremental_effect")
    gain = next((row[one] for one in names if one in row), math.nan)
    if _is_missing(cost) or _is_missing(gain):
        return (
            money(found) if not _is_missing(found) else "–" if {"comparator", "status"} & row.keys() else "comparator"
        )
    where = row.get("quadrant") if name == "icer" else None
    where = where if isinstance(where, str) else quadrant(cost, gain, (abs(cost), abs(gain)))
    words = icer_briefly(math.nan if _is_missing(found) else float(found), where, effect=float(gain))
    return words if isinstance(words, str) else money(words)


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _heading(case: Case) -> Iterator[str]:
    title = case.settings.title or case.source
    yield title if case.name == "base case" else f"{title}: {case.name}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"


def _in_short(values: np.ndarray) -> str:
    flat = np.asarray(values).ravel()
    flat = flat[~np.isnan(flat)]
    if flat.size > 6 and flat.min() < flat.max():
        return f"{flat.size:,} values, {flat.min():,.5g} to {flat.max():,.5g}"
    if flat.size > 6:
        return f"{flat.size:,} times {flat[0]:,.6g}"
    return ", ".join(f"{value:,.6g}" for value in flat.tolist())


def _time(value: float) -> str:
    return f"{value:,.4g}" if math.isfinite(value) else "never"


def _changed_settings(settings: Settings) -> list[list[str]]:
    default = Settings()
    pairs = ((spec.name, getattr(settings, spec.name)) for spec in fields(Settings))
    return [
        [name, ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)]
        for name, value in pairs
        if value != getattr(default, name) and name != "title"
    ]
