"""The report put together: chapters in their order, numbered once, written as Word and HTML."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hecon.analysis.health import Health
from hecon.analysis.registry import ANALYSES
from hecon.analysis.result import Result
from hecon.report.analyses import Analyses
from hecon.report.document.chapters import analyses as of_analyses
from hecon.report.document.chapters import answer, evidence, model, results, trust
from hecon.report.document.material import Material
from hecon.report.document.parts import Document, Section
from hecon.report.document.profiles import NO_PROFILE, Profile
from hecon.report.provenance import model_name, provenance

if TYPE_CHECKING:
    from hecon.report.equations.appendix import Equations

#: Analyses in the order of the report; those that are not named follow.
_ORDER = ("scenarios", "one_way", "thresholds", "psa", "evppi", "evsi", "sobol", "severity", "budget")


def report_document(
    base: Result,
    *,
    health: Health | None = None,
    equations: Equations | None = None,
    profile: Profile = NO_PROFILE,
    **analyses: Any,
) -> Document:
    """Give the report of a result as a document; `analyses` are those of `hecon.report.workbook.write_workbook`."""
    material = Material(base, Analyses.given(base, analyses), profile, health, equations)
    names = [*_ORDER, *(name for name in ANALYSES if name not in _ORDER)]
    first = ["psa"] if profile.probabilistic else []
    beside = of_analyses.analysis_chapters(material, [name for name in names if name not in first])
    sections: list[Section] = [
        answer.summary_chapter(material),
        answer.decision_problem_chapter(material),
        model.model_chapter(material),
        evidence.inputs_chapter(material),
        evidence.clinical_chapter(material),
        *of_analyses.analysis_chapters(material, first),
        results.base_case_chapter(material),
        results.disaggregated_chapter(material),
        results.incremental_chapter(material),
        *beside,
        trust.validation_chapter(material),
        trust.limitations_chapter(material),
    ]
    settings = base.case.settings
    facts = {
        name: value
        for name, value in provenance(base).items()
        if name in ("hecon version", "Model", "Input file", "SHA-256 of the input file", "Written")
    }
    document = Document(
        settings.title or model_name(base.case),
        profile.title or "Cost-effectiveness report",
        tuple(facts.items()),
        tuple(sections),
    )
    last = [
        trust.abbreviations_chapter(document),
        trust.references_chapter(material),
        model.equations_chapter(material),
        model.settings_chapter(material),
    ]
    return replace(document, sections=(*document.sections, *last)).without_empty()
