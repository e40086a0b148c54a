"""The report put together: chapters in their order, numbered once, written as Word and HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.registry import ANALYSES
from hecon.analysis.result import Result
from hecon.analysis.suite import GivenByName
from hecon.report.analyses import Analyses
from hecon.report.document.chapters import analyses as of_analyses
from hecon.report.document.chapters import answer, evidence, model, results, trust
from hecon.report.document.checklists import checklists
from hecon.report.document.index import template_place
from hecon.report.document.material import Material
from hecon.report.document.parts import Document, Picture, ReportTable, Section
from hecon.report.document.profiles import NO_PROFILE, Profile
from hecon.report.provenance import model_name, provenance
from hecon.report.registry import presentation

if TYPE_CHECKING:
    from hecon.report.equations.appendix import Equations

#: Analyses in the order of the report; those that are not named follow.
_ORDER = ("scenarios", "one_way", "thresholds", "psa", "evppi", "evsi", "sobol", "severity", "budget")

#: What the title page says of where a report comes from; the rest stands in its appendix.
_FACTS = ("hecon version", "Model", "Input file", "SHA-256 of the input file", "Written")


def report_document(
    base: Result,
    *,
    equations: Equations | None = None,
    profile: Profile = NO_PROFILE,
    drawn_at_rates: PsaTables | None = None,
    **analyses: Unpack[GivenByName],
) -> Document:
    """Give the report of a result as a document; `analyses` are those of `hecon.report.workbook.write_workbook`.

    A `profile` chooses chapters and their order, so that numbers of sections, tables and figures follow it;
    `drawn_at_rates` is the probabilistic analysis at its discount rates.
    """
    material = Material(base, Analyses.given(base, analyses), profile, equations, drawn_at_rates)
    names = [*_ORDER, *(name for name in ANALYSES if name not in _ORDER and presentation(name).section)]
    sections = _in_order(
        [
            answer.summary_chapter(material),
            answer.decision_problem_chapter(material),
            model.model_chapter(material),
            evidence.inputs_chapter(material),
            evidence.clinical_chapter(material),
            results.base_case_chapter(material),
            results.disaggregated_chapter(material),
            results.incremental_chapter(material),
            *of_analyses.analysis_chapters(material, names),
            trust.validation_chapter(material),
            trust.limitations_chapter(material),
        ],
        profile,
    )
    facts = {name: value for name, value in provenance(base).items() if name in _FACTS}
    title = base.case.settings.title or model_name(base.case)
    document = Document(title, profile.title or "Cost-effectiveness report", tuple(facts.items()), tuple(sections))
    ending = [
        trust.references_chapter(material),
        model.equations_chapter(material),
        model.settings_chapter(material),
    ]
    document = replace(document, sections=(*document.sections, *ending)).without_empty()
    keys = [block.key for block in document.walk() if isinstance(block, Section | ReportTable | Picture)]
    lists = checklists(keys, [table.key for table in document.tables()], profile)
    short = trust.abbreviations_chapter(replace(document, sections=(*document.sections, lists)))
    place = next(at for at, one in enumerate(document.sections) if one.key in ("references", "equations", "settings"))
    before, after = document.sections[:place], document.sections[place:]
    return replace(document, sections=(*before, short, *after, lists)).without_empty()


def _in_order(sections: Sequence[Section], profile: Profile) -> list[Section]:
    """Give the chapters that a payer asks for, in the payer's order; all as they are without one."""
    if profile is NO_PROFILE:
        return list(sections)
    places = ((template_place(profile.name, section.key), section) for section in sections)
    found = [(place, section) for place, section in places if place is not None]
    return [section for _, section in sorted(found, key=lambda pair: pair[0])]
