"""The sheet Health of this model, and the light on the cover: what the checks of the model found."""

from __future__ import annotations

from collections.abc import Sequence

from hecon.analysis.health import AMBER, EXPLAINED, FAIL, GREEN, NOT_APPLICABLE, PASS, RED, VERDICTS, Finding, Health
from hecon.excel.book import Page
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph

HEALTH_SHEET = "Health of this model"
#: Cell styles of lights and verdicts.
LIGHT_STYLES = {
    GREEN: "good", AMBER: "assumed", RED: "warning", PASS: "text good", EXPLAINED: "text assumed",
    FAIL: "text warning", NOT_APPLICABLE: "text",
}  # fmt: skip
_WIDTHS = (40.0, 14.0, 15.0, 34.0, 38.0, 46.0, 40.0)
_HEADERS = ("Check", "Domain", "Verdict", "What was changed", "Expected", "Found", "Source")
#: Findings in words on the cover, at most.
_ON_COVER = 4


def light(page: Page, row: int, health: Health, widths: Sequence[float]) -> int:
    """Write the light and what it stands for across a page; gives the next row."""
    row = heading(page, row + 1, HEALTH_SHEET)
    said = health.sentences
    page.text(row, 0, health.light.capitalize(), LIGHT_STYLES[health.light])
    row = paragraph(page, row, said[0], widths, "wrap", first=1)
    for sentence in said[1 : 1 + _ON_COVER]:
        row = paragraph(page, row, sentence, widths)
    more = len(said) - 1 - _ON_COVER
    return paragraph(page, row, f"{more} more on sheet '{HEALTH_SHEET}'.", widths) if more > 0 else row


def write_health(health: Health, export: Export) -> None:
    """Write every finding: failures first, then what is explained, what passed, and what did not apply."""
    page = export.book.page(HEALTH_SHEET, help="Every check of the model: what was changed, expected and found.")
    page.widths(_WIDTHS)
    row = paragraph(page, TOP, health.sentence, _WIDTHS)
    about = (
        "The tests are written after TECH-VER and AdViSHE; no compliance is claimed. Explained: the difference has a "
        "reason that the reader must know. Not applicable: the model has nothing that the test is about."
    )
    row = paragraph(page, row, about, _WIDTHS) + 1
    first = row
    row = headers(page, row, list(_HEADERS), _WIDTHS, _HEADERS)
    page.freeze(row, 1)
    for verdict in VERDICTS:
        for one in health.of(verdict):
            _finding(page, row, one)
            row += 1
    page.print_setup(header_row=first, area=(0, 0, row - 1, len(_WIDTHS) - 1))


def _finding(page: Page, row: int, one: Finding) -> None:
    cells = (one.check, one.domain, one.verdict, one.changed, one.expected, one.found, one.source)
    for column, text in enumerate(cells):
        style = "label" if column == 0 else LIGHT_STYLES[one.verdict] if column == 2 else "wrap"
        page.text(row, column, text, style, **({"text_wrap": True} if column == 0 else {}))
    fit_row(page, row, zip(cells, _WIDTHS, strict=True))


PRESENTATION = Presentation(
    sheets=[
        ResultSheet(
            HEALTH_SHEET, "Checks of this model: what was changed, expected and found", write_health, behind_inputs=True
        )
    ],
    section=False,
)
