"""CHEERS 2022 and AdViSHE prefilled: where each item is answered in this report, and what a person must still write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from hecon.report.document.index import CHAPTERS, tables_for
from hecon.report.document.parts import Block, Paragraph, ReportColumn, ReportTable, Section
from hecon.report.document.profiles import Profile

#: Items of CHEERS 2022 (Husereau et al. 2022, BMC Medicine 20:23), and what hecon cannot know of them.
CHEERS_ITEMS = (
    (1, "Title", ""),
    (2, "Abstract", "Context and interpretation."),
    (3, "Background and objectives", "The disease, current care, why the question matters."),
    (4, "Health economic analysis plan", "Whether there was a plan, and where it can be read."),
    (5, "Study population", "Characteristics beyond the setting population."),
    (6, "Setting and location", "Where care takes place."),
    (7, "Comparators", "Why these comparators were chosen."),
    (8, "Perspective", "Why this perspective."),
    (9, "Time horizon", "Why these horizons."),
    (10, "Discount rate", "Why these rates."),
    (11, "Selection of outcomes", "Why these outcomes."),
    (12, "Measurement of outcomes", "How trials measured them."),
    (13, "Valuation of outcomes", "Whose preferences, by which instrument."),
    (14, "Measurement and valuation of resources and costs", "How resources were identified."),
    (15, "Currency, price date, and conversion", ""),
    (16, "Rationale and description of model", "Why this structure."),
    (17, "Analytics and assumptions", "Reasons for the choice of curves and adjustments."),
    (18, "Characterising heterogeneity", "Subgroups, and why they were or were not told apart."),
    (19, "Characterising distributional effects", "How effects are spread over groups of people."),
    (20, "Characterising uncertainty", ""),
    (21, "Approach to engagement with patients and others affected by the study", "Who was involved, and how."),
    (22, "Study parameters", ""),
    (23, "Summary of main results", ""),
    (24, "Effect of uncertainty", ""),
    (25, "Effect of engagement with patients and others affected by the study", "What it changed."),
    (
        26,
        "Study findings, limitations, generalisability, and current knowledge",
        "Discussion.",
    ),
    (27, "Source of funding", "Who paid, and their part in the work."),
    (28, "Conflicts of interest", "Those of every author."),
)
#: Items of AdViSHE (Vemer et al. 2016, PharmacoEconomics 34:349), how hecon answers them, and what is left.
ADVISHE_ITEMS = (
    ("A1", "Face validity of the conceptual model", "", "Experts who judged the structure, and what they said."),
    ("A2", "Cross validity of the conceptual model", "", "Other models of the disease, and how this one differs."),
    (
        "B1",
        "Face validity of the input data",
        "Every input with its status and source.",
        "Experts who judged the inputs.",
    ),
    ("B2", "Model fit testing", "Curves beside published survival.", "Other fits that were tried."),
    ("C1", "External review of the computerised model", "", "Who reviewed it, and what they found."),
    ("C2", "Extreme value testing", "Rates, prices and utilities at their extremes.", ""),
    ("C3", "Testing of traces", "State shares over every cycle.", ""),
    ("C4", "Unit testing", "Parts of the model and of the engine.", ""),
    ("D1", "Face validity of the outcomes", "", "Experts who judged the outcomes."),
    ("D2", "Cross validation of the outcomes", "", "Results of other models beside these."),
    ("D3", "Validation with alternative input data", "Scenarios with other inputs.", "Historical or regional data."),
    ("D4", "Validation against empirical data", "Published survival that the model used.", "Data that it did not use."),
    ("E1", "Other validation techniques", "A second path of calculation; the live workbook of formulas.", ""),
)
_DONE, _PARTLY, _OPEN = "answered", "partly", "to be written"


def checklists(keys: Sequence[str], tables: Sequence[str], profile: Profile) -> Section:
    """Give the checklists for a report with parts of these keys, and a payer's template, where there is one."""
    blocks: list[Block] = [
        Paragraph(
            "Prefilled from this report: where an item is answered, and what a person must still write. It says where "
            "to look, and claims no compliance."
        ),
        _cheers(keys),
        _advishe(keys),
    ]
    if profile.name in ("nice", "amcp", "cda", "icer"):
        blocks += [_template(keys, profile), _template_tables(tables, profile)]
    return Section("checklists", "Appendix: checklists", tuple(blocks))


def _pointers(keys: Iterator[str]) -> str:
    return ", ".join(f"[[{key}]]" for key in keys)


def _state(where: str, left: str) -> str:
    return _OPEN if not where else _PARTLY if left else _DONE


def _cheers(keys: Sequence[str]) -> ReportTable:
    rows = []
    for number, item, left in CHEERS_ITEMS:
        answered = _pointers(one.key for one in CHAPTERS if number in one.cheers and one.key in keys)
        where = "title page" if number == 1 else answered
        left = left if where else left or "Everything."
        rows.append((str(number), item, where or "–", _state(where, left), left))
    frame = pd.DataFrame(rows, columns=["number", "item", "where", "state", "left"])
    columns = (
        ReportColumn("number", "Item"),
        ReportColumn("item", "CHEERS 2022"),
        ReportColumn("where", "Reported in"),
        ReportColumn("state", "State"),
        ReportColumn("left", "Still to be written"),
    )
    return ReportTable("cheers", "CHEERS 2022: where each of 28 items is reported", frame, columns)


def _advishe(keys: Sequence[str]) -> ReportTable:
    rows = []
    for code, item, how, left in ADVISHE_ITEMS:
        where = _pointers(one.key for one in CHAPTERS if code in one.advishe and one.key in keys) if how else ""
        rows.append(
            (code, item, how or "–", where or "–", _state(where, left), left if where else left or "Everything.")
        )
    frame = pd.DataFrame(rows, columns=["code", "item", "how", "where", "state", "left"])
    columns = (
        ReportColumn("code", "Item"),
        ReportColumn("item", "AdViSHE"),
        ReportColumn("how", "What was done"),
        ReportColumn("where", "Reported in"),
        ReportColumn("state", "State"),
        ReportColumn("left", "Still to be written"),
    )
    return ReportTable("advishe", "AdViSHE: validation of the model, 13 items", frame, columns)


def _template(keys: Sequence[str], profile: Profile) -> ReportTable:
    asked = [(one, place) for one in CHAPTERS if (place := one.asked_by(profile.name))]
    rows = []
    for one, (_, words) in sorted(asked, key=lambda pair: pair[1][0]):
        where = f"[[{one.key}]]" if one.key in keys else "not in this analysis"
        rows.append((words, where, one.sheet))
    frame = pd.DataFrame(rows, columns=["words", "where", "sheet"])
    columns = (
        ReportColumn("words", "The template asks for"),
        ReportColumn("where", "This report"),
        ReportColumn("sheet", "Sheet of the results workbook"),
    )
    note = f"{profile.guidance}. {profile.headings}. Templates change: compare with the one in force."
    return ReportTable("template", f"{profile.title}: where each part is answered", frame, columns, note)


def _template_tables(keys: Sequence[str], profile: Profile) -> ReportTable:
    rows = [(words, _pointers(iter(own)) or "not in this analysis") for words, own in tables_for(profile.name, keys)]
    columns = (ReportColumn("words", "Table that is asked for"), ReportColumn("where", "In this report"))
    frame = pd.DataFrame(rows, columns=["words", "where"])
    return ReportTable("template_tables", f"{profile.title}: where each table is", frame, columns)
