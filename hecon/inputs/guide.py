"""The Guide sheet of an input workbook: what the colours, sheets, columns and names mean, from the format."""

from __future__ import annotations

from collections.abc import Set

from hecon.excel.book import Book, Page
from hecon.frozen import frozen
from hecon.inputs.columns import Column
from hecon.inputs.control_columns import CONTROL
from hecon.inputs.distributions import DISTRIBUTIONS, FIXED
from hecon.inputs.format import CALCULATED_PREFIX, FREE_PREFIX, GUIDE, OWN_PREFIX, SHEETS
from hecon.inputs.quantities import COEFFICIENT_WORDS, FAMILY_COEFFICIENTS, KNOWN, OF_CURVES, SPLINES, TABLE_FAMILIES
from hecon.inputs.together import SHARED
from hecon.survival.curve_rows import NEVER
from hecon.survival.piecewise_exponential import PIECEWISE

_COLOURS = (
    ("input", "12.5", "An input: change it."),
    ("label", "name", "What the row is about. Labels come from the Labels sheet; names are the model's."),
    (
        "wrap",
        "text",
        "Unit, source and notes: for people, and required where the number comes from a source.",
    ),
    ("calc", "help", "Filled in for you; changing it changes nothing."),
    ("wrap assumed", "assumed", "The number is a judgement or a placeholder. Replace it, or defend it."),
)
_RULES = (
    "Type numbers as numbers, without a currency sign, percent sign or thousands separator; units have a column.",
    "Write labels exactly as on the Labels sheet. A missing value is an error, never a zero.",
    "A cell may hold a formula: open the workbook in Excel, let it calculate, and save it.",
    "Do not merge cells, hide sheets, or move the headers from row 4. Empty rows inside a table are fine, and so is "
    "a row with a heading alone in its first column.",
    f"A column whose header begins with '{OWN_PREFIX}' is yours; it is not read.",
    f"A sheet whose name begins with {FREE_PREFIX} is yours; it is not read. Nor are those of a live workbook whose "
    f"names begin with {CALCULATED_PREFIX.strip()}: they hold its formulas. Sheets may stand in any order.",
)


@frozen(eq=True)
class FirstChange:
    """An input of the workbook that the Guide's first example changes."""

    sheet: str
    cell: str
    words: str
    value: float


def write_guide(book: Book, title: str, file_name: str, present: Set[str], first: FirstChange | None = None) -> None:
    """Write the Guide sheet; `present` names the sheets that this workbook has."""
    page = book.page(GUIDE, title=title, help="Input workbook of a hecon model.", tab="#7F7F7F")
    page.widths([28, 62, 52, 16])
    row = _two_minutes(page, 3, file_name, first)
    row = _heading(page, row + 1, "Colours")
    for style, example, meaning in _COLOURS:
        page.text(row, 0, example, style)
        page.text(row, 1, meaning, "plain")
        row += 1
    row = _heading(page, row + 1, "Rules")
    for number, rule in enumerate(_RULES, start=1):
        row = _line(page, row, number, rule)
    row = _sheets(page, row + 1, present)
    row = _names(page, row + 1)
    row = _families(page, row + 1)
    row = _coefficients(page, row + 1)
    row = _distributions(page, row + 1)
    page.print_setup(area=(0, 0, row, 3))


def _two_minutes(page: Page, row: int, file_name: str, example: FirstChange | None) -> int:
    """Write what one does first: change a number, run, look, and see what the change did."""
    row = _heading(page, row, "An example of two minutes")
    if example is not None:
        page.link(row, 0, f"1.  Go to {example.sheet}!{example.cell}", example.sheet)
        page.text(row, 1, f"{example.words} is {example.value:g}. Type another number, and save the workbook.", "plain")
        row += 1
    else:
        row = _line(page, row, 1, "Change a yellow cell, and save the workbook.")
    row = _line(page, row, 2, "Open a terminal in the project folder, and type:")
    page.text(row, 1, f"hecon run inputs/{file_name} --out results", "bold")
    row = _line(page, row + 1, 3, "The answer stands on the screen; results/results.xlsx has tables, charts and words.")
    row = _line(page, row, 4, "What is wrong in the workbook, by cell, and what a change of it does to the results:")
    page.text(row, 1, f"hecon check inputs/{file_name}", "bold")
    page.text(row + 1, 1, "hecon diff OLD.xlsx NEW.xlsx", "bold")
    page.link(row + 2, 0, "5.  Control", CONTROL)
    page.text(
        row + 2, 1, "is where you switch: scenario, horizons, comparator, curves, what is varied, on one page.", "plain"
    )
    return row + 3


def _heading(page: Page, row: int, text: str) -> int:
    page.text(row, 0, text, "heading")
    return row + 1


def _line(page: Page, row: int, number: int, text: str, style: str = "plain") -> int:
    page.text(row, 0, f"{number}.  {text}", style)
    return row + 1


def _sheets(page: Page, row: int, present: Set[str]) -> int:
    row = _heading(page, row, "Sheets and columns")
    for sheet in SHEETS:
        here = sheet.name in present
        if here:
            page.link(row, 0, sheet.name, sheet.name, "band")
        else:
            page.text(row, 0, sheet.name, "band")
        about = "" if here else " (Not in this workbook; add it if you need it.)"
        page.text(row, 1, sheet.help + about, "band", merge_to=3)
        page.fit_height(row, {1: sheet.help + about}, merge_to=3)
        row += 1
        if sheet.role == "parameters" and not sheet.named_by:
            page.text(row, 0, "columns", "wrap")
            keys = f"Key columns here: {', '.join(sheet.keys)}." if sheet.keys else "No key columns needed."
            page.text(row, 1, f"Those of every parameter sheet, see Survival. {keys}", "wrap", merge_to=3)
            row += 1
        if sheet.role == "parameters" and sheet.name != "Survival" and not sheet.named_by:
            continue
        for column in sheet.columns:
            unit = f" [{column.unit}]" if column.unit else ""
            texts = (column.name, column.meaning, column.words + unit, _blank_means(column))
            for place, text in enumerate(texts):
                page.text(row, place, text, "wrap")
            page.fit_height(row, dict(enumerate(texts)))
            row += 1
    return row


def _blank_means(column: Column) -> str:
    if column.required:
        return "required"
    return "may be blank" if column.default is None else f"blank is {column.default}"


def _names(page: Page, row: int) -> int:
    row = _heading(page, row, "Parameters that hecon's functions ask for by name")
    headers = ["parameter", "meaning", "sheet, and what it is given by", "unit"]
    rows = [
        [
            known.name,
            f"{known.meaning} It must {known.bounds.words}.",
            _place(known.sheet, known.keys),
            known.unit,
        ]
        for known in (*KNOWN, *OF_CURVES)
    ]
    for number, texts in enumerate(rows, start=row + 1):
        page.fit_height(number, dict(enumerate(texts)))
    return page.table(row, 0, headers, rows, ["label", "wrap", "wrap", "wrap"])


def _place(sheet: str, keys: tuple[str, ...]) -> str:
    return f"{sheet}: by {' and '.join(keys)}" if keys else f"{sheet}: one value"


def _families(page: Page, row: int) -> int:
    row = _heading(page, row, "Survival families and their coefficients on the Survival sheet")
    rows = []
    for family, coefficients in FAMILY_COEFFICIENTS.items():
        words = ", ".join(coefficients)
        if family in TABLE_FAMILIES:
            words = "none: the survival stands on the Kaplan-Meier sheet"
        elif family in SPLINES:
            words = "gamma_0, gamma_1, ... and as many times knot_1, knot_2, ..., boundary knots first and last"
        elif family == PIECEWISE:
            words = "rate_1, until_1, rate_2, until_2, ... and a last rate without until"
        elif family == NEVER:
            words = "none: the event does not happen"
        rows.append([family, words])
    return page.table(row, 0, ["family", "coefficients"], rows, ["label", "wrap"])


def _coefficients(page: Page, row: int) -> int:
    row = _heading(page, row, "Coefficients of survival curves in plain words")
    rows = [[name, words[:1].upper() + words[1:] + "."] for name, words in COEFFICIENT_WORDS.items()]
    for number, texts in enumerate(rows, start=row + 1):
        page.fit_height(number, dict(enumerate(texts)))
    return page.table(row, 0, ["coefficient", "meaning"], rows, ["label", "wrap"])


def _distributions(page: Page, row: int) -> int:
    row = _heading(page, row, "Distributions of uncertain inputs; natural_1 and natural_2 instead of se or range")
    rows = [[FIXED, "The value, in every draw.", "none"]]
    for name, kind in DISTRIBUTIONS.items():
        natural = ", ".join(f"{word} (must {domain.words})" for word, domain in kind.natural)
        rows.append([name, kind.meaning, natural or "none"])
    rows += [[name, kind.meaning, kind.natural or "none"] for name, kind in SHARED.items()]
    for number, texts in enumerate(rows, start=row + 1):
        page.fit_height(number, dict(enumerate(texts)))
    return page.table(row, 0, ["distribution", "meaning", "natural_1, natural_2"], rows, ["label", "wrap", "wrap"])
