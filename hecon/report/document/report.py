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
from hecon.report.document.profiles import PLAIN, Profile
from hecon.report.provenance import model_name, provenance

if TYPE_CHECKING:
    from hecon.report.equations.appendix import Equations

#: Analyses in the order of the report; those that are not named follow.
_ORDER = ("scenarios", "one_way", "thresholds", "psa", "evppi", "evsi", "sobol", "severity", "budget")


def report(
    base: Result,
    *,
    health: Health | None = None,
    equations: Equations | None = None,
    profile: Profile = PLAIN,
    **analyses: Any,
) -> Document:
    """Give the report of a result as a document; `analyses` are those of `hecon.report.workbook.write_workbook`."""
    material = Material(base, Analyses.given(base, analyses), profile, health, equations)
    names = [*_ORDER, *(name for name in ANALYSES if name not in _ORDER)]
    first = ["psa"] if profile.probabilistic else []
    beside = of_analyses.sections(material, [name for name in names if name not in first])
    sections: list[Section] = [
        answer.summary(material),
        answer.decision_problem(material),
        model.model(material),
        evidence.inputs(material),
        evidence.clinical(material),
        *of_analyses.sections(material, first),
        results.base_case(material),
        results.disaggregated(material),
        results.incremental(material),
        *beside,
        trust.validation(material),
        trust.limitations(material),
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
    last = [trust.abbreviations(document), trust.references(material), model.equations(material), model.settings(material)]
    return replace(document, sections=(*document.sections, *last)).without_empty()
