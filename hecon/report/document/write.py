"""Writing the report: one document, its figures drawn once, a Word file and an HTML file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from hecon.analysis.psa.probabilistic import run_psa
from hecon.analysis.psa.tables import PsaTables
from hecon.analysis.result import Result
from hecon.analysis.suite import GivenByName
from hecon.errors import HeconError
from hecon.excel.saving import save_bytes
from hecon.inputs.case import Inputs
from hecon.report.analyses import Analyses
from hecon.report.document.material import Material
from hecon.report.document.page import page
from hecon.report.document.parts import Document
from hecon.report.document.profiles import Profile, departure_sentences, profile_of, rates_of
from hecon.report.document.report import report_document
from hecon.report.document.word import word_document
from hecon.report.figures.images import images_of

#: Names of the files of a report.
_WORD_FILE, _PAGE = "report.docx", "report.html"


def write_report(
    base: Result,
    folder: str | Path,
    *,
    inputs: Inputs | None = None,
    profile: str = "",
    template: str | Path | None = None,
    redacted: Callable[[Document], Document] | None = None,
    **analyses: Unpack[GivenByName],
) -> list[Path]:
    """Write ``report.docx`` and ``report.html`` into a folder that exists, and give their paths.

    Both are written from one list of numbered sections, tables and figures. `inputs` adds the equations of the model,
    where it has formulas, and the draws once more at the discount rates of a payer whose base case is probabilistic
    (``cda``); `profile` is ``nice``, ``amcp``, ``cda`` or ``icer``; `template` a Word document whose styles are taken.
    `redacted` is given the document before anything is drawn or written, and gives the one that is. `analyses` are
    those of `hecon.report.workbook.write_workbook`.

    Raises `HeconError` where python-docx or jinja2 is missing, for an unknown profile, and for a template that is no
    Word document.

    >>> import hecon as he
    >>> inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")  # doctest: +SKIP
    >>> suite = he.run_suite(inputs)  # doctest: +SKIP
    >>> he.report.write_report(suite.base, "dossier", inputs=inputs, profile="nice", **suite.analyses)  # doctest: +SKIP
    """
    payer = profile_of(profile)
    document = report_document(
        base,
        equations=_equations(inputs, base),
        profile=payer,
        drawn_at_rates=draws_at_rates(inputs, Analyses.given(base, analyses), payer),
        **analyses,
    )
    document = redacted(document) if redacted else document
    images = images_of(document.pictures())
    paths = [Path(folder) / _WORD_FILE, Path(folder) / _PAGE]
    save_bytes(paths[0], word_document(document, images, template))
    save_bytes(paths[1], page(document, images).encode("utf-8"))
    return paths


def departures_said(base: Result, profile: str, **analyses: Unpack[GivenByName]) -> list[str]:
    """Say where a run is not as a payer asks for: for the screen. Nothing without a profile."""
    if not profile:
        return []
    material = Material(base, Analyses.given(base, analyses), profile_of(profile))
    return list(departure_sentences(material.departures, material.profile))


def _equations(inputs: Inputs | None, base: Result) -> Any:
    """Give the equations of the model, or nothing for one that cannot be written as formulas."""
    from hecon.report.equations.equations import equations

    if inputs is None:
        return None
    try:
        return equations(inputs, base.case.model)
    except HeconError:
        return None


def draws_at_rates(inputs: Inputs | None, analyses: Analyses, profile: Profile) -> PsaTables | None:
    """Draw once more at the discount rates of a payer whose base case is probabilistic, if they are others."""
    tables: PsaTables | None = analyses.get("psa")
    if inputs is None or tables is None or not tables.decides or not profile.probabilistic:
        return None
    rates = rates_of(profile, tables.psa.case.settings)
    if not rates:
        return None
    at_rates = replace(inputs, settings=inputs.settings.with_changes(**rates))
    seed, model = tables.psa.case.settings.seed, analyses.base.case.model
    return PsaTables(run_psa(at_rates, tables.psa.draws, seed, model=model))


def refuse_report(profile: str, template: str | Path | None) -> None:
    """Raise `HeconError` for what would stop a report at its end: a missing library, profile or template."""
    from hecon.report.document.page import refuse_missing as refuse_page
    from hecon.report.document.word import refuse_template

    profile_of(profile)
    refuse_page()
    refuse_template(template)
