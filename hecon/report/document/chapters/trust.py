"""Validation, limitations, abbreviations and references."""

from __future__ import annotations

import re

import pandas as pd

from hecon.inputs.input_names import input_in_words, input_names
from hecon.report.document.material import Material
from hecon.report.document.parts import (
    Block,
    Bullets,
    Document,
    Paragraph,
    ReportColumn,
    ReportTable,
    Section,
    SourceList,
    cell_text,
)
from hecon.report.provenance import crossing_sentences, draw_sentences, status_sentence
from hecon.report.words import in_words

#: What letters stand for; those that the report uses are listed.
_ABBREVIATIONS = {
    "AdViSHE": "Assessment of the Validation Status of Health-Economic decision models",
    "AMCP": "Academy of Managed Care Pharmacy",
    "CDA": "Canada's Drug Agency",
    "CEAC": "cost-effectiveness acceptability curve",
    "CHEERS": "Consolidated Health Economic Evaluation Reporting Standards",
    "evLY": "equal-value life year",
    "EVPI": "expected value of perfect information",
    "EVPPI": "expected value of partial perfect information",
    "EVSI": "expected value of sample information",
    "ICER": "incremental cost-effectiveness ratio",
    "INMB": "incremental net monetary benefit",
    "NICE": "National Institute for Health and Care Excellence",
    "NMB": "net monetary benefit",
    "PMPM": "per member per month",
    "PSA": "probabilistic sensitivity analysis",
    "QALE": "quality-adjusted life expectancy",
    "QALY": "quality-adjusted life year",
    "TECH-VER": "technical verification checklist",
    "USD": "United States dollar",
    "GBP": "pound sterling",
    "EUR": "euro",
    "CAD": "Canadian dollar",
}
_EXPLAINED = (
    ReportColumn("check", "Check"),
    ReportColumn("expected", "Expected"),
    ReportColumn("found", "Found"),
    ReportColumn("verdict", "Verdict"),
)


def validation_chapter(material: Material) -> Section:
    """The light of the model's health, counts by domain, and every check that failed or needs its explanation."""
    health = material.health
    if health is None:
        return Section("validation", "Validation")
    frame = health.table
    counts = frame.groupby(["domain", "verdict"], sort=False).size().unstack("verdict", fill_value=0).reset_index()
    verdicts = [str(name) for name in counts.columns if name != "domain"]
    columns = (ReportColumn("domain", "Domain"), *(ReportColumn(name, in_words(name), "whole") for name in verdicts))
    blocks: list[Block] = [
        Paragraph(
            f"{health.sentence} The checks change the model in ways whose outcome is known; they are written after "
            "TECH-VER (Büyükkaramikli 2019) and AdViSHE (Vemer 2016), and no compliance is claimed."
        ),
        ReportTable(
            "health_counts",
            "Checks of the model by domain",
            counts.assign(domain=counts["domain"].map(in_words)),
            columns,
        ),
    ]
    told = frame[~frame["verdict"].isin(["pass", "not applicable"])].reset_index(drop=True)
    if len(told):
        blocks.append(ReportTable("health_told", "Checks that failed or need an explanation", told, _EXPLAINED))
    stated = frame[frame["check"].str.startswith("Stated result")].reset_index(drop=True)
    if len(stated):
        blocks.append(ReportTable("health_stated", "Results that the author of the model stated", stated, _EXPLAINED))
    return Section("validation", "Validation", tuple(blocks))


def limitations_chapter(material: Material) -> Section:
    """What a reader must know, and every assumed input with its value and the reason that is given."""
    said = [status_sentence(material.base.case)]
    said += [text for text in crossing_sentences(material.base) if not text.startswith("No ")]
    said += list(material.base.notes)
    psa = material.analyses.get("psa")
    if psa is not None:
        said += draw_sentences(psa.psa)
    blocks: list[Block] = [Bullets(tuple(said))]
    frame = material.inputs
    if "status" in frame:
        names = input_names(frame.drop(columns=["sheet", "cell", "used_value", "price_factor"], errors="ignore"))
        frame = frame.assign(input=[input_in_words(name) for name in names])
        own = frame[frame["status"] == "assumed"].reset_index(drop=True)
        own = own.assign(note=[note if isinstance(note, str) else "" for note in own["note"]])
        columns = (
            ReportColumn("input", "Input"),
            ReportColumn("used_value", "Value", "general"),
            ReportColumn("unit", "Unit"),
            ReportColumn("note", "What was assumed"),
        )
        if len(own):
            blocks.append(Paragraph("Judgements and placeholders, to be replaced before a submission:"))
            blocks.append(ReportTable("assumed", "Assumed inputs", own, columns))
    return Section("limitations", "Limitations", tuple(blocks))


def references_chapter(material: Material) -> Section:
    """Every source that a row of the workbook names, by number."""
    sources = (SourceList(material.sources),) if material.sources else ()
    return Section("references", "References", sources)


def abbreviations_chapter(document: Document) -> Section:
    """The abbreviations that the report uses."""
    text = " ".join(_texts(document))
    rows = [
        (short, long)
        for short, long in sorted(_ABBREVIATIONS.items(), key=lambda pair: pair[0].lower())
        if re.search(rf"\b{re.escape(short)}s?\b", text)
    ]
    frame = pd.DataFrame(rows, columns=["short", "long"])
    if frame.empty:
        return Section("abbreviations", "Abbreviations")
    columns = (ReportColumn("short", "Abbreviation"), ReportColumn("long", "Meaning"))
    return Section(
        "abbreviations", "Abbreviations", (ReportTable("abbreviations_table", "Abbreviations", frame, columns),)
    )


def _texts(document: Document) -> list[str]:
    said = [document.title, document.subtitle]
    for block in document.walk():
        if isinstance(block, Paragraph):
            said.append(block.text)
        elif isinstance(block, Bullets):
            said += block.items
        elif isinstance(block, Section):
            said.append(block.title)
        elif isinstance(block, ReportTable):
            said += [block.title, *(column.title for column in block.columns)]
            said += [cell_text(value, "text") for row in block.values() for value in row if isinstance(value, str)]
    return said
