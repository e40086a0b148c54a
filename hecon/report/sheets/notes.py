"""The Notes sheet: what was done to curves and costs, the conventions, and what every column and quadrant means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hecon.excel.book import Page
from hecon.report.provenance import (
    change_sentences,
    crossing_sentences,
    discounting_sentence,
    dose_sentences,
    draw_sentences,
    inflation_sentences,
    status_sentence,
)
from hecon.report.registry import notes
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph
from hecon.report.words import QUADRANTS

_STATUSES = (
    "Reported: read in the source that stands beside it. Derived: computed from reported numbers. Assumed: a judgement "
    "or a placeholder, to be replaced before a submission."
)
_DEFINITIONS = (
    ("Costs", "Expected costs per patient up to the horizon."),
    ("Life years", "Expected years alive per patient up to the horizon."),
    ("Progression-free life years", "Those of them that are spent before progression."),
    ("QALYs", "Quality-adjusted life years: years in each state times its utility, less losses from adverse events."),
    ("Discounted, undiscounted", "Discounted results are present values at the rates on the Settings sheet."),
    ("Incremental", "The strategy less its comparator."),
    (
        "ICER",
        "Incremental cost-effectiveness ratio: incremental costs over incremental effects. Given as a number only "
        "where both are positive; elsewhere the same number would mean the opposite, and words stand in its place.",
    ),
    ("Net monetary benefit", "Willingness to pay times QALYs, less costs: the higher, the better."),
    ("Net health benefit", "QALYs less costs over willingness to pay."),
    ("Cost saving?", "First reading of an economic benefit: incremental costs are negative."),
    (
        "Worth it at ...?",
        "Second reading: the incremental net monetary benefit is not negative at this willingness to pay for a QALY. "
        "In the quadrant NE the ICER is then at or below it; in SW the saving per QALY forgone is at or above it.",
    ),
    ("On the frontier", "No other strategy, nor a mix of two others, gains as much for less."),
    ("Dominated", "Another strategy gains at least as much and costs no more."),
    ("Extendedly dominated", "A mix of two other strategies gains as much and costs less."),
)
_ICERS = {"NE": "; the ICER is the price of a QALY", "SW": "; the ratio is what is saved for each QALY forgone"}


def write_notes(export: Export) -> None:
    """Write the notes: what was done first, definitions after it."""
    page = export.book.page("Notes", help="What a reviewer asks first.")
    widths = [38.0, 110.0]
    page.widths(widths)
    row = TOP
    for title, sentences in _sections(export):
        if sentences:
            row = heading(page, row, title)
            for sentence in sentences:
                row = paragraph(page, row, sentence, widths)
            row += 1
    row = headers(page, heading(page, row, "What the columns mean"), ["Column", "Meaning"], widths)
    row = _rows(page, row, _DEFINITIONS, widths)
    row = heading(page, row + 1, "Where an increment lies on the cost-effectiveness plane")
    row = headers(page, row, ["Quadrant", "Meaning"], widths)
    readings = [(name, words.format(effect="QALYs") + _ICERS.get(name, "")) for name, words in QUADRANTS.items()]
    row = _rows(page, row, readings, widths)
    page.print_setup(area=(0, 0, row - 1, 1))


def _sections(export: Export) -> Iterator[tuple[str, list[str]]]:
    case = export.result.case
    yield "Conventions", [discounting_sentence(export.result), *dose_sentences(export.result)]
    yield "Survival curves that crossed", crossing_sentences(export.result)
    yield "Price years", inflation_sentences(case) or ["No cost was moved to another price year."]
    yield "Values that differ from the workbook", change_sentences(case)
    draws = export.result.draws or 0
    batch = f"Every number is a mean over {draws:,} draws; traces and curves are kept for single values only."
    yield "Draws", [batch, *draw_sentences(export.result)] if export.is_batch else []
    yield "Status of the inputs", [status_sentence(case), _STATUSES]
    for called, sentences in notes(export.analyses).items():
        yield called[:1].upper() + called[1:], sentences


def _rows(page: Page, row: int, pairs: Iterable[tuple[str, str]], widths: Sequence[float]) -> int:
    for name, meaning in pairs:
        page.text(row, 0, name, "label")
        page.text(row, 1, meaning, "wrap")
        fit_row(page, row, [(meaning, widths[1])])
        row += 1
    return row
