"""Two versions of a workbook as a workbook: Overview, Changes, Results, Each change alone; and the same as CSV."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hecon.analysis.result import Result
from hecon.analysis.versions.difference import Difference
from hecon.excel.book import Book, Page
from hecon.labels import STRATEGY
from hecon.report.delivery import Delivery
from hecon.report.provenance import created, hecon_version, model_name
from hecon.report.sheets.layout import TOP, fit_row, headers, heading, paragraph, width_for
from hecon.report.tables import write_csv
from hecon.report.versions.text import (
    cell_in_words,
    counts_sentence,
    difference_tables,
    effect_table,
    ratio_in_words,
    rows_of,
    shown_pairs,
    with_gains,
)
from hecon.report.words import comparison, in_words, years

WORKBOOK, _TABLES = "diff.xlsx", "tables"
_ANSWER = ("incremental_cost", "incremental_qaly", "icer")
_TEXTS = (
    "Change",
    "Cell",
    "Input",
    "Column",
    "Old",
    "New",
    "Affects",
    "Strategy",
    "Against",
    "Horizon",
    "Measure",
    "Sheet",
)


def deliver_difference(difference: Difference, folder: Path) -> list[Path]:
    """Write ``diff.xlsx`` and ``tables/*.csv`` into a folder and give the files: all of them, or none."""
    content = difference_tables(difference)
    files = [WORKBOOK, *(f"{_TABLES}/{name}.csv" for name in content)]
    with Delivery(folder, replaces=files) as delivery:
        write_difference(difference, delivery.stage / WORKBOOK)
        (delivery.stage / _TABLES).mkdir()
        write_csv(content, delivery.stage / _TABLES)
    return [folder / file for file in files]


def write_difference(difference: Difference, path: str | Path) -> Path:
    """Write the workbook of a comparison and give its path. Raises `HeconError` when the file cannot be written."""
    book = Book(path, title="What changed", subject="Comparison of two input workbooks",
                created=created().replace(tzinfo=None))  # fmt: skip
    with book:
        _overview(book, difference)
        _changes(book, difference)
        _results(book, difference)
        _effects(book, difference)
    return Path(path)


def _overview(book: Book, difference: Difference) -> None:
    page = book.page("Overview", title="What changed", help=counts_sentence(difference), tab="#1F3864")
    titles = [comparison(*pair) for pair in shown_pairs(difference)]
    widths = [width_for(titles, 26, 40), *[15.0, 13.0, 20.0] * 2]
    page.widths(widths)
    _sides(page, TOP, [("", "Old", "New")], widths, "header")
    sides = _facts(difference.old, difference.old_path), _facts(difference.new, difference.new_path)
    facts = [(name, before, sides[1][name]) for name, before in sides[0].items()]
    row = 1 + _answers(page, 1 + _sides(page, TOP + 1, facts, widths, "wrap"), difference, widths)
    if difference.notes:
        row = heading(page, row, "To bear in mind")
        for note in difference.notes:
            row = paragraph(page, row, note, widths)
    page.text(row + 1, 0, f"Written by hecon {hecon_version()}, {created():%Y-%m-%d %H:%M} UTC", "help")
    page.print_setup(area=(0, 0, row + 1, len(widths) - 1))
    page.sheet.fit_to_pages(1, 0)


def _sides(page: Page, row: int, rows: Sequence[tuple[str, str, str]], widths: Sequence[float], style: str) -> int:
    """Write a name, and what stands for it in OLD and in NEW, three columns each; gives the next row."""
    for name, before, after in rows:
        page.text(row, 0, name, "label" if style == "wrap" else style)
        page.text(row, 1, before, style, merge_to=3, align="left")
        page.text(row, 4, after, style, merge_to=6, align="left")
        fit_row(page, row, [(before, sum(widths[1:4])), (after, sum(widths[4:]))])
        row += 1
    return row


def _answers(page: Page, row: int, difference: Difference, widths: Sequence[float]) -> int:
    """Write increments and ICERs of OLD beside those of NEW; gives the next row."""
    currency = difference.new.case.settings.currency
    names = [f"incremental costs ({currency})", "incremental QALYs", f"ICER ({currency} per QALY)"]
    names = [f"{side}: {name}" for side in ("Old", "New") for name in names]
    for strategy, comparator in shown_pairs(difference):
        found = rows_of(with_gains(difference.results), strategy, comparator)
        if not comparator or not set(found["measure"]) >= set(_ANSWER):
            continue
        row = headers(page, row, [comparison(strategy, comparator), *names], widths)
        for horizon, own in found.groupby("horizon_years", sort=True):
            at = {record["measure"]: record for record in own.to_dict("records")}
            page.text(row, 0, years(float(str(horizon))), "label")
            for column, (side, measure) in enumerate(itertools.product(("old", "new"), _ANSWER), start=1):
                one = at[measure]
                _number(page, row, column, measure, one[side], one[f"{side}_quadrant"], one[f"{side}_gain"])
            row += 1
        row += 1
    return row


def _facts(result: Result, path: str) -> dict[str, str]:
    case = result.case
    return {
        "File": path,
        "SHA-256": case.sha256,
        "Model": model_name(case),
        "Title": case.settings.title,
        "Strategies": ", ".join(result.strategies),
        "Comparator": case.comparator,
        "Horizons": ", ".join(years(horizon) for horizon in result.time.horizons),
        "Currency": case.settings.currency,
    }


def _changes(book: Book, difference: Difference) -> None:
    about = "Each changed cell, and each row that was added, removed or moved. Rows are matched by what they are about."
    page = book.page("Changes", help=about)
    records = difference.changes.to_dict("records")
    cells = [cell_in_words(record) for record in records]
    inputs = [record["input"] for record in records]
    names = ["Change", "Cell", "Input", "Column", "Old", "New", "Affects"]
    widths = [11.0, width_for(cells, 14, 34), width_for(inputs, 20, 46), 14.0, 30.0, 30.0, 16.0]
    page.widths(widths)
    row = headers(page, TOP, names, widths, _TEXTS)
    for record, cell in zip(records, cells, strict=True):
        moves = record["affects"] == "results"
        page.text(row, 0, record["change"], "text bold" if moves else "text")
        texts = [cell, record["input"], record["column"] or f"row {record['change']}"]
        for column, text in enumerate(texts, start=1):
            page.text(row, column, text, "wrap")
        for column, name in ((4, "old_value"), (5, "new_value")):
            style = "general" if isinstance(record[name], int | float) else "wrap"
            page.value(row, column, record[name], style, align="left")
        page.text(row, 6, record["affects"], "text bold" if moves else "text")
        fit_row(page, row, zip([*texts, record["old_value"], record["new_value"]], widths[1:6], strict=True))
        row += 1
    _finish(page, row, len(names))


def _results(book: Book, difference: Difference) -> None:
    about = "Discounted totals of each strategy, then increments of each pair. An ICER is a number only where more is "
    page = book.page("Results", help=about + "paid for more, and has a difference only where both are.")
    strategies = [*difference.results[STRATEGY], *difference.results["comparator"]]
    names = [STRATEGY.capitalize(), "Against", "Horizon", "Measure", "Old", "New", "Difference"]
    wide = width_for(strategies, 14, 30)
    widths = [wide, wide, 10.0, 32.0, 20.0, 20.0, 16.0]
    page.widths(widths)
    numbers = ("Old", "New", "Difference")
    row = headers(page, TOP, names, widths, [name for name in names if name not in numbers])
    for record in with_gains(difference.results).to_dict("records"):
        page.text(row, 0, record[STRATEGY], "label")
        page.text(row, 1, record["comparator"], "text")
        page.text(row, 2, years(record["horizon_years"]), "text")
        page.text(row, 3, _measure(record["measure"], difference), "text")
        for column, side in ((4, "old"), (5, "new")):
            of_side = record[side], record[f"{side}_quadrant"], record[f"{side}_gain"]
            _number(page, row, column, record["measure"], *of_side)
        changed = record["difference"] != 0 or record["old_quadrant"] != record["new_quadrant"]
        style = {"bg_color": "#FFF2CC"} if changed and not math.isnan(record["difference"]) else {}
        page.number(row, 6, record["difference"], _style(record["measure"]), **style)
        row += 1
    _finish(page, row, len(names))


def _effects(book: Book, difference: Difference) -> None:
    about = (
        "What each change does to OLD by itself, the largest first: changes of increments, and the ICER that comes out."
    )
    page = book.page("Each change alone", help=about)
    currency = difference.old.case.settings.currency
    pairs = shown_pairs(difference)
    chosen = [pair for pair in pairs if pair[1]] or pairs
    widths = [16.0, 40.0, 20.0, 20.0, 15.0, 13.0, 22.0]
    page.widths(widths)
    row = TOP
    for strategy, comparator in chosen:
        for horizon in difference.old.time.horizons:
            table = effect_table(difference, strategy, comparator, horizon)
            if table.empty:
                continue
            row = heading(page, row, f"{comparison(strategy, comparator)}, {years(horizon)}")
            names = ["Sheet", "Input", "Old", "New", f"Costs ({currency})"]
            if table["qaly"].notna().any():
                names += ["QALYs", *([f"ICER ({currency} per QALY)"] if comparator else [])]
            row = headers(page, row, names, widths, _TEXTS)
            for record in table.to_dict("records"):
                _effect(page, row, record, widths, len(names))
                row += 1
            row += 1
    if row == TOP:
        page.text(
            row, 0, "No change that moves the results could be tried alone.", "paragraph", merge_to=len(widths) - 1
        )
        row += 1
    page.freeze(TOP)
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def _effect(page: Page, row: int, record: Mapping[Any, Any], widths: Sequence[float], columns: int) -> None:
    page.text(row, 0, record["sheet"], "text")
    page.text(row, 1, record["input"], "wrap")
    for column, name in ((2, "old_value"), (3, "new_value")):
        style = "general" if isinstance(record[name], int | float) else "wrap"
        page.value(row, column, record[name], style, align="left")
    page.number(row, 4, record["cost"], "money")
    if columns > 5:
        page.number(row, 5, record["qaly"], "number", num_format="0.0000")
    if columns > 6:
        _number(page, row, 6, "icer", record["icer"], record["quadrant"], record["gain"])
    fit_row(page, row, zip([record["input"], record["old_value"], record["new_value"]], widths[1:4], strict=True))


def _number(page: Page, row: int, column: int, measure: str, value: float, quadrant: str, gain: float) -> None:
    """Write a result: a number, an ICER in words where it is none, blank where there is nothing."""
    if measure == "icer" and quadrant and quadrant != "NE":
        page.text(row, column, ratio_in_words(value, quadrant, gain), "text", align="right")
    else:
        page.number(row, column, value, _style(measure))


def _style(measure: str) -> str:
    return "money" if measure.endswith(("cost", "icer")) else "number"


def _measure(measure: str, difference: Difference) -> str:
    currency = difference.new.case.settings.currency
    if measure == "icer":
        return f"ICER ({currency} per QALY)"
    plain = measure.removeprefix("incremental_")
    words = in_words(plain) + (f" ({currency})" if plain == "cost" else "")
    return words if plain == measure else f"Incremental {words if plain == 'qaly' else words[:1].lower() + words[1:]}"


def _finish(page: Page, row: int, columns: int) -> None:
    page.sheet.autofilter(TOP, 0, max(row - 1, TOP), columns - 1)
    page.freeze(TOP + 1, 0)
    page.print_setup(header_row=TOP, area=(0, 0, max(row - 1, TOP), columns - 1))
