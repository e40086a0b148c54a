"""Several workbooks side by side: on the screen, as a workbook, as CSV, and as a figure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from hecon.analysis.versions.settings import SideBySide
from hecon.excel.book import Book
from hecon.excel.palette import series_colour
from hecon.labels import STRATEGY
from hecon.report.delivery import Delivery
from hecon.report.figures.drawing import DASHES, Figure, by_side, dress, in_money
from hecon.report.provenance import created
from hecon.report.sheets.layout import TOP, fit_row, headers, paragraph, width_for
from hecon.report.tables import write_csv
from hecon.report.terminal import paragraphs, text_table
from hecon.report.versions.text import ratio_in_words, value_in_words
from hecon.report.words import money, years

_WORKBOOK, _FIGURE, _TABLES = "compare.xlsx", "compare.svg", "tables"
#: Rows of inputs on the screen; the files hold them all.
_MOST = 30
#: Comparisons that a figure draws, at most, if there are more.
_MOST_LINES = 6
_TEXTS = ("Workbook", "Strategy", "Against", "Horizon", "Sheet", "Input", "Column", "Currency")


def deliver_settings(found: SideBySide, folder: Path) -> list[Path]:
    """Write ``compare.xlsx``, ``compare.svg`` and ``tables/*.csv`` into a folder: all of them, or none."""
    content = found.tables()
    files = [_WORKBOOK, _FIGURE, *(f"{_TABLES}/{name}.csv" for name in content)]
    with Delivery(folder, replaces=files) as delivery:
        _write(found, delivery.stage / _WORKBOOK)
        settings_figure(found).savefig(delivery.stage / _FIGURE)
        (delivery.stage / _TABLES).mkdir()
        write_csv(content, delivery.stage / _TABLES)
    return [folder / file for file in files]


def settings_text(found: SideBySide) -> str:
    """Say results by horizon, and the inputs that differ as far as a screen has room."""
    header = ["Comparison", "Horizon", "+/- Costs", "+/- QALYs", "Per QALY", "Saves?", "Worth it?"]
    blocks = []
    for (name, currency), own in found.results.groupby(["workbook", "currency"], sort=False):
        rows = [
            [f"{record[STRATEGY]} against {record['comparator']}", years(record["horizon_years"]), *_answer(record)]
            for record in own.to_dict("records")
        ]
        blocks.append(f"{name}, discounted, {currency}\n{text_table(header, rows, left=2)}")
    return "\n\n".join([*blocks, paragraphs([_worth(found), *found.notes]), _inputs_text(found)])


def _inputs_text(found: SideBySide) -> str:
    """Say values that differ, as far as a screen has room, and how many rows stand in some workbooks only."""
    whole = found.inputs["column"] == ""
    cells, alone = found.inputs[~whole], int(whole.sum())
    shown = [
        [str(record["sheet"]), _named(record), *(_short(record[name]) for name in found.names)]
        for record in cells.head(_MOST).to_dict("records")
    ]
    parts = [f"{len(cells):,} values differ, and {alone:,} rows stand in some of the workbooks only."]
    if shown:
        parts.append(text_table(["Sheet", "Input", *found.names], shown, left=2))
    if len(cells) > _MOST or alone:
        parts.append("--out DIR writes them all to inputs.csv.")
    return "\n".join(parts)


def _named(record: Mapping[Any, Any]) -> str:
    """Name a value by its input, and by its column where that is not the value itself."""
    column = "" if record["column"] == "value" else f", {record['column'].replace('_', ' ')}"
    return str(record["input"])[: 44 - len(column)] + column


def settings_figure(found: SideBySide) -> Figure:
    """Draw incremental costs, incremental QALYs and net monetary benefit by horizon, a line for each comparison.

    Of more comparisons than one can tell apart, the first of each workbook is drawn: what the workbook is about.
    """
    currencies = list(dict.fromkeys(found.results["currency"]))
    panels_of = [("incremental_cost", currency, f"Incremental costs ({currency})") for currency in currencies]
    panels_of.append(("incremental_qaly", None, "Incremental QALYs"))
    panels_of += [("net_monetary_benefit", one, f"Net monetary benefit ({one})") for one in currencies]
    figure, panels = by_side(len(panels_of), 4.0, 3.4)
    compared = found.results[["workbook", STRATEGY, "comparator"]].drop_duplicates()
    if len(compared) > _MOST_LINES:
        compared = compared.drop_duplicates("workbook")
    pairs = compared.to_dict("records")
    for panel, (measure, currency, title) in zip(panels, panels_of, strict=True):
        dress(panel, "Horizon (years)", "", title)
        for number, pair in enumerate(pairs):
            own = found.results
            for column, value in pair.items():
                own = own[own[str(column)] == value]
            if currency is not None and own["currency"].iloc[0] != currency:
                continue
            label = f"{pair['workbook']}: {pair[STRATEGY]} against {pair['comparator']}"
            panel.plot(own["horizon_years"], own[measure], "o", color=series_colour(number), label=label,
                       linestyle=DASHES[number % len(DASHES)])  # fmt: skip
        panel.axhline(0, color="#404040", linewidth=0.8)
        if measure != "incremental_qaly":
            in_money(panel.yaxis)
    handles: dict[str, Any] = {}
    for panel in panels:
        handles |= {label: handle for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2, frameon=False)
    return figure


def _answer(record: Mapping[Any, Any]) -> list[str]:
    return [
        money(record["incremental_cost"]), f"{record['incremental_qaly']:.3f}",
        ratio_in_words(record["icer"], record["quadrant"], record["incremental_qaly"]),
        *("yes" if record[column] else "no" for column in ("cost_saving", "worth_it")),
    ]  # fmt: skip


def _worth(found: SideBySide) -> str:
    levels = found.results[["workbook", "currency", "willingness_to_pay"]].drop_duplicates().to_dict("records")
    said = [f"{one['currency']} {money(one['willingness_to_pay'])} ({one['workbook']})" for one in levels]
    return f"Worth it: at the highest willingness to pay of each workbook, {', '.join(said)} for a QALY."


def _short(value: object) -> str:
    text = value_in_words(value) if value != "" else "-"
    return text if len(text) <= 16 else text[:13] + "..."


def _write(found: SideBySide, path: Path) -> None:
    title = "Settings side by side"
    with Book(
        path, title=title, subject="Comparison of input workbooks", created=created().replace(tzinfo=None)
    ) as book:
        page = book.page(
            "Results", title=title, help="Each strategy against the comparator of its workbook, discounted."
        )
        names = ["Workbook", "Strategy", "Against", "Horizon", "Currency", "Incremental costs",
                 "Incremental life years", "Incremental QALYs", "ICER", "Cost saving?", "Willingness to pay",
                 "Net monetary benefit",
                 "Worth it?"]  # fmt: skip
        wide = width_for(found.names, 18, 34)
        widths = [wide, 16.0, 16.0, 10.0, 10.0, 14.0, 14.0, 14.0, 20.0, 9.0, 13.0, 14.0, 9.0]
        page.widths(widths)
        row = TOP
        for note in (*found.notes, _worth(found)):
            row = paragraph(page, row, note, widths)
        row = headers(page, row + 1, names, widths, _TEXTS)
        for record in found.results.to_dict("records"):
            for column, name in enumerate(("workbook", STRATEGY, "comparator")):
                page.text(row, column, record[name], "label" if column == 0 else "text")
            page.text(row, 3, years(record["horizon_years"]), "text")
            page.text(row, 4, record["currency"], "text")
            page.number(row, 5, record["incremental_cost"], "whole")
            page.number(row, 6, record.get("incremental_life_years"), "number")
            page.number(row, 7, record["incremental_qaly"], "number")
            ratio = ratio_in_words(record["icer"], record["quadrant"], record["incremental_qaly"])
            page.text(row, 8, ratio, "text", align="right")
            page.text(row, 9, "yes" if record["cost_saving"] else "no", "text", align="center")
            page.number(row, 10, record["willingness_to_pay"], "whole")
            page.number(row, 11, record["net_monetary_benefit"], "whole")
            page.text(row, 12, "yes" if record["worth_it"] else "no", "text", align="center")
            row += 1
        page.print_setup(area=(0, 0, row - 1, len(names) - 1))
        _write_inputs(book, found)


def _write_inputs(book: Book, found: SideBySide) -> None:
    page = book.page("Inputs", help="Inputs that differ and that a result depends on; blank where a workbook has none.")
    widths = [16.0, width_for(found.inputs["input"], 24, 48), 14.0, *[22.0] * len(found.names)]
    page.widths(widths)
    row = headers(page, TOP, ["Sheet", "Input", "Column", *found.names], widths, (*_TEXTS, *found.names))
    for record in found.inputs.to_dict("records"):
        for column, name in enumerate(("sheet", "input", "column")):
            page.text(row, column, record[name] or ("whole row" if name == "column" else ""), "wrap")
        for column, name in enumerate(found.names, start=3):
            value = record[name]
            is_number = isinstance(value, int | float) and not pd.isna(value)
            page.value(row, column, value, "general" if is_number else "wrap", align="left")
        fit_row(page, row, [(record["input"], widths[1]), *((record[name], 22.0) for name in found.names)])
        row += 1
    page.freeze(TOP + 1, 2)
    page.print_setup(header_row=TOP, area=(0, 0, max(row - 1, TOP), len(widths) - 1))
