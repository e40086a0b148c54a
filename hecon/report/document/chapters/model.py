"""The model: states and what is counted, its diagram, the conventions as sentences, curves, equations, settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

import pandas as pd

from hecon.analysis.structure import MARKOV, PARTITION, Counted, Structure
from hecon.labels import STRATEGY
from hecon.report.document.chapters.answer import kind_of_model
from hecon.report.document.material import Material
from hecon.report.document.parts import (
    Block,
    Bullets,
    Formula,
    Paragraph,
    Picture,
    ReportColumn,
    ReportTable,
    Section,
    Symbols,
)
from hecon.report.provenance import (
    change_sentences,
    crossing_sentences,
    discounting_sentence,
    dose_sentences,
    inflation_sentences,
    provenance_of_a_document,
)
from hecon.report.tables import setting_text, survival_curves
from hecon.report.words import in_words, lower_first, several
from hecon.settings import Settings

if TYPE_CHECKING:
    from hecon.report.figures.drawing import Figure

_RULES = {
    "residence": "years in a state",
    "start": "those on treatment when a dose is given",
    "event": "an event, when it happens",
    "once": "once, at the start",
}
_KINDS = {"cost": "Cost", "qaly": "QALYs", "life_years": "Life years"}


def model_chapter(material: Material) -> Section:
    """Structure, conventions and survival curves; equations and settings stand in appendices."""
    blocks: list[Block] = []
    structure = material.base.structure
    if structure is not None:
        blocks.append(Section("structure", "Structure", tuple(_structure(material, structure))))
    said = tuple(conventions(material))
    blocks.append(Section("conventions", "Conventions", (Bullets(said),)))
    curves = tuple(curves_in_use(material))
    if curves:
        blocks.append(Section("curves", "Survival curves", (Bullets(curves),)))
    if material.equations:
        blocks.append(Paragraph("The equations of the model, read off its formulas, stand in [[equations]]."))
    return Section("model", "Model", tuple(blocks))


def _structure(material: Material, structure: Structure) -> Iterator[Block]:
    kind = kind_of_model(material)
    if structure.states:
        states = several(lower_first(in_words(state)) for state in structure.states)
        said = f"The model is a {kind} with {len(structure.states)} states: {states}. [[diagram]] shows them."
        if structure.kind == PARTITION:
            said += (
                " Shares of the cohort are differences of survival curves; the arrows say where a fall of a curve "
                "leads, and no transition is modelled by itself."
            )
        if structure.kind == MARKOV:
            said += " The arrows are its transitions."
    else:
        said = f"The model is a {kind}: it counts what happens at its branches, without states along time."
    yield Paragraph(f"{said} [[ledger]] lists what is counted, and for whom.")
    if structure.states:
        yield Picture("diagram", "Structure of the model", lambda: _diagram(structure))
    rows = [
        (_KINDS[line.kind], line.name, _counted(line), _RULES.get(line.rule, line.rule)) for line in structure.lines
    ]
    frame = pd.DataFrame(rows, columns=["kind", "name", "flow", "rule"])
    columns = (
        ReportColumn("kind", "Kind"),
        ReportColumn("name", "Line"),
        ReportColumn("flow", "Counted for"),
        ReportColumn("rule", "How it accrues"),
    )
    yield ReportTable("ledger", "Lines of the ledger: what is counted", frame, columns)


def _counted(line: Counted) -> str:
    if line.rule == "start":
        return "those on treatment"
    words, _, state = line.flow.partition(" ")
    return f"{words} {lower_first(in_words(state))}" if "_" in state else line.flow


def _diagram(structure: Structure) -> Figure:
    from hecon.report.figures.diagram import diagram_figure

    return diagram_figure(structure)


def conventions(material: Material) -> Iterator[str]:
    """Say how the analysis was run, in sentences that follow from its settings."""
    base, settings = material.base, material.base.case.settings
    yield discounting_sentence(base)
    yield (
        f"Results are given at {several(f'{horizon:g}' for horizon in base.time.horizons)} years; a horizon is never "
        f"rounded to a cycle. A year has {settings.days_per_year:g} days."
    )
    yield from dose_sentences(base)
    if material.base.crossings is not None:
        yield f"Where an inner survival curve lies above an outer one, {in_words(settings.crossing)}."
        yield from crossing_sentences(base)
    if settings.price_year:
        yield f"Costs are in {settings.currency} of {settings.price_year}."
    yield from inflation_sentences(base.case)
    yield from change_sentences(base.case)


def curves_in_use(material: Material) -> Iterator[str]:
    """Say which curve stands for each endpoint of each strategy, as the workbook chooses it, with its note."""
    table = material.table_of("Curves")
    units = {} if table is None else {str(row["endpoint"]): row["time_unit"] for row in table.to_dict("records")}
    notes = (
        {}
        if table is None
        else {(str(row[STRATEGY]), str(row["endpoint"])): row.get("note") for row in table.to_dict("records")}
    )
    del units
    for endpoint, curve in survival_curves(material.base).items():
        by_strategy = STRATEGY in curve.axes.dims
        for strategy in material.strategies if by_strategy else ("",):
            own = curve.select(strategy=strategy) if by_strategy else curve
            note = notes.get((strategy, endpoint))
            remark = f" {note.rstrip('.')}." if isinstance(note, str) and note else ""
            of = f" of {strategy}" if strategy else ""
            yield f"{in_words(endpoint)}{of}: {own.describe()}.{remark}"


def equations_chapter(material: Material) -> Section:
    """Every equation of the model with its notation, by section."""
    if material.equations is None:
        return Section("equations", "Appendix: equations")
    from hecon.report.equations.appendix import by_section

    parts: list[Block] = [Section("notation", "How to read the equations", (Symbols(material.equations.notation),))]
    for place, (name, own) in enumerate(by_section(material.equations.equations), start=1):
        formulas = tuple(
            Formula(
                one.number, one.what if one.is_first else "", one.unit if one.is_first else "", one.formula, one.notes
            )
            for one in own
        )
        parts.append(Section(f"equations_{place}", name, formulas))
    return Section("equations", "Appendix: equations", tuple(parts))


def settings_chapter(material: Material) -> Section:
    """Every setting with its value and what it does, and what identifies the run."""
    own = material.base.case.settings
    rows = [(one.name, setting_text(getattr(own, one.name)), one.metadata["meaning"]) for one in fields(Settings)]
    columns = (
        ReportColumn("setting", "Setting"),
        ReportColumn("value", "Value"),
        ReportColumn("meaning", "What it does"),
    )
    frame = pd.DataFrame(rows, columns=["setting", "value", "meaning"])
    run = pd.DataFrame(list(provenance_of_a_document(material.base).items()), columns=["what", "value"])
    return Section(
        "settings",
        "Appendix: settings and provenance",
        (
            ReportTable("settings_table", "Settings of the analysis", frame, columns),
            ReportTable(
                "provenance",
                "What identifies this run",
                run,
                (ReportColumn("what", "What"), ReportColumn("value", "Value")),
            ),
        ),
    )
