"""The cover: the question, the answer in words and numbers, how much of it is assumed, contents, provenance."""

from __future__ import annotations

from collections.abc import Sequence

from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.result import is_cost_effectiveness
from hecon.excel.book import Page
from hecon.report.comparison import Comparison, compare
from hecon.report.provenance import (
    crossing_sentences,
    discounting_sentence,
    inflation_sentences,
    model_name,
    status_sentence,
)
from hecon.report.registry import findings
from hecon.report.sheets.health import light
from hecon.report.sheets.layout import Export, fit_row, headers, heading, paragraph, width_for
from hecon.report.sheets.results import write_ratio
from hecon.report.words import icer_in_words, money, several, years

COVER = "Cover"
#: Rows of the contents that stand on one page with their heading.
_TOGETHER = 6


def write_cover(export: Export, contents: Sequence[tuple[str, str]]) -> None:
    """Write the cover; `contents` are the names of the other sheets and what is on them."""
    result, settings = export.result, export.result.case.settings
    title = settings.title or model_name(result.case)
    page = export.book.page(COVER, title=title, help=_subtitle(export), tab="#1F3864")
    pairs = [f"{strategy} against {result.case.comparator}" for strategy in result.strategies]
    widths = [width_for([*pairs, *(name for name, _ in contents)], 30, 40), 11.0, 15.0, 13.0, 22.0]
    widths += [12.0] * (1 + max(len(export.thresholds), 1))
    page.widths(widths)
    row = _facts(page, 3, export, widths)
    if is_cost_effectiveness(result) and len(result.strategies) > 1:
        row = _answer(page, row + 1, export, widths)
    drawn = export.analyses.get("psa")
    if drawn is not None and drawn.decides:
        row = _drawn(page, row + 1, drawn, export, widths)
    row = heading(page, row + 1, "How far to trust it")
    said = [status_sentence(result.case), *crossing_sentences(result), *result.notes, *inflation_sentences(result.case)]
    for sentence in said:
        row = paragraph(page, row, sentence, widths)
    if (health := export.analyses.get("health")) is not None:
        row = light(page, row, health, widths)
    uncertain = findings(export.analyses)
    row = heading(page, row + 1, "What the other analyses found") if uncertain else row
    for sentence in uncertain:
        row = paragraph(page, row, sentence, widths)
    first = row + 1
    row = heading(page, first, "Contents")
    for name, about in contents:
        page.link(row, 0, name, name)
        page.text(row, 1, about, "text", merge_to=len(widths) - 1)
        row += 1
    page.keep_together(first, first + _TOGETHER)
    first = row + 1
    row = heading(page, first, "Where these results come from")
    for name, value in export.origin.items():
        row = _fact(page, row, name, value, widths)
    page.keep_together(first, row - 1)
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1), upright=True)
    page.sheet.activate()


def _subtitle(export: Export) -> str:
    result, name = export.result, export.result.case.name
    kind = f"Means over {result.draws:,} draws" if export.is_batch else name[:1].upper() + name[1:]
    return f"Cost-effectiveness results. {kind}."


def _fact(page: Page, row: int, name: str, value: str, widths: Sequence[float]) -> int:
    page.text(row, 0, name, "label")
    return paragraph(page, row, value, widths, "wrap", first=1)


def _facts(page: Page, row: int, export: Export, widths: Sequence[float]) -> int:
    result, settings = export.result, export.result.case.settings
    currency = settings.currency + (f", price year {settings.price_year}" if settings.price_year else "")
    facts = {
        "Population": settings.population or "not stated",
        "Perspective": settings.perspective or "not stated",
        "Strategies": several(result.strategies),
        "Comparator": result.case.comparator,
        "Horizons": f"{several(f'{horizon:g}' for horizon in result.time.horizons)} years",
        "Currency": currency,
        "Conventions": discounting_sentence(result),
    }
    for name, value in facts.items():
        row = _fact(page, row, name, value, widths)
    return row


def _answer(page: Page, row: int, export: Export, widths: Sequence[float]) -> int:
    result, currency, thresholds = export.result, export.currency, export.thresholds
    row = heading(page, row, "The answer, on both readings of an economic benefit: a saving, or worth its cost")
    row = headers(page, row, [
        "Comparison", "Horizon", f"Incremental costs ({currency})", "Incremental QALYs", f"ICER ({currency} per QALY)",
        "Cost saving?", *(f"Worth it at {money(threshold)} per QALY?" for threshold in thresholds),
    ], widths)  # fmt: skip
    sentences = []
    for strategy in result.strategies:
        if strategy == result.case.comparator:
            continue
        for horizon in result.time.horizons:
            one = compare(result, strategy, result.case.comparator, horizon)
            _answer_row(page, row, one, thresholds)
            fit_row(page, row, [(one.icer_in_words(), widths[4])])
            sentences.append(f"At {years(horizon)}: {one.sentence(currency)}")
            row += 1
    row += 1
    for sentence in sentences:
        row = paragraph(page, row, sentence, widths)
    return row


def _drawn(page: Page, row: int, tables: PsaTables, export: Export, widths: Sequence[float]) -> int:
    """Write the probabilistic answer below the deterministic one, in the same columns."""
    currency, thresholds = export.currency, tables.levels
    row = heading(page, row, f"The same with every uncertain input drawn: means over {tables.psa.draws:,} draws")
    row = headers(page, row, [
        "Comparison", "Horizon", f"Incremental costs ({currency})", "Incremental QALYs", f"ICER ({currency} per QALY)",
        "Probability of saving", *(f"Worth it at {money(threshold)}" for threshold in thresholds),
    ], widths)  # fmt: skip
    order = tables.psa.strategies.index
    table = tables.answer.sort_values("strategy", key=lambda names: names.map(order), kind="stable")
    for (strategy, _), own in table.groupby(["strategy", "horizon_years"], sort=False):
        one = own.iloc[0]
        said = icer_in_words(one["icer"], one["quadrant"], effect=one["incremental_qaly"])
        page.text(row, 0, f"{strategy} against {one['comparator']}", "label")
        page.text(row, 1, years(one["horizon_years"]), "text")
        page.number(row, 2, one["incremental_cost"], "whole")
        page.number(row, 3, one["incremental_qaly"], "number")
        if isinstance(said, str):
            page.text(row, 4, said, "wrap", align="right")
            fit_row(page, row, [(said, widths[4])])
        else:
            page.number(row, 4, said, "whole")
        page.number(row, 5, one["probability_cost_saving"], "percent")
        for column, share in enumerate(own["probability_cost_effective"], start=6):
            page.number(row, column, share, "percent")
        row += 1
    return row


def _answer_row(page: Page, row: int, one: Comparison, thresholds: Sequence[float]) -> None:
    page.text(row, 0, f"{one.strategy} against {one.comparator}", "label")
    page.text(row, 1, years(one.horizon), "text")
    page.number(row, 2, one.increments["cost"], "whole")
    page.number(row, 3, one.increments["qaly"], "number")
    write_ratio(page, row, 4, one)
    for column, yes in enumerate([one.saves, *(one.worth(threshold) for threshold in thresholds)], start=5):
        page.text(row, column, "yes" if yes else "no", "text good" if yes else "text", align="center")
