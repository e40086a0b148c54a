"""The summary on one page, and the decision problem."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from hecon.analysis.run import run
from hecon.report.analyses import Analyses
from hecon.report.comparison import compare
from hecon.report.document.chapters.results import base_case_table
from hecon.report.document.material import Material
from hecon.report.document.of_uncertainty import results_of_draws
from hecon.report.document.parts import Block, Bullets, Paragraph, ReportColumn, ReportTable, Section
from hecon.report.document.profiles import NO_PROFILE, rates_of
from hecon.report.provenance import model_name, status_sentence
from hecon.report.registry import PRESENTATIONS, presented
from hecon.report.words import money, several, years
from hecon.settings import Rate

#: Analyses whose sentences stand on the one page first.
_FIRST = ("psa", "one_way", "thresholds", "severity", "budget")
#: Sentences of other analyses on the one page, and its lines and letters in a line; the rest stand in their chapters.
_MOST, _LINES, _LETTERS = 8, 49, 82


def summary_chapter(material: Material) -> Section:
    """The question, the answer in words and numbers, how sure it is, how far it rests on assumptions."""
    base, settings = material.base, material.base.case.settings
    asked = f"What do {several(material.strategies)} cost, and what do patients gain"
    asked += f", in {settings.population[:1].lower() + settings.population[1:]}?" if settings.population else "?"
    blocks: list[Block] = [Paragraph(asked)]
    trust = [status_sentence(base.case)]
    trust += [material.health.sentence] if material.health else []
    trust.append("Every assumed input is listed in [[limitations]].")
    left = _LINES - _lines(asked) - _lines(" ".join(trust))
    if material.compares:
        said = []
        for strategy in material.others:
            for horizon in material.horizons:
                one = compare(base, strategy, material.comparator, horizon)
                said.append(f"At {years(horizon)}: {one.sentence(material.currency)}")
        blocks.append(Bullets(tuple(said)))
        blocks.append(base_case_table(material, "summary_results", "The answer in numbers", short=True))
        left -= sum(map(_lines, said)) + len(material.strategies) * len(material.horizons) + 4
    chosen: list[str] = []
    for text in _most_asked_for(material.analyses):
        if len(chosen) < _MOST and _lines(text) <= left:
            chosen.append(text)
            left -= _lines(text)
    if chosen:
        blocks.append(Bullets(tuple(chosen)))
    blocks.append(Paragraph(" ".join(trust)))
    return Section("summary", "Summary", tuple(blocks))


def _most_asked_for(analyses: Analyses) -> list[str]:
    """What the analyses found, those first that the answer hangs on."""
    order = dict.fromkeys((*_FIRST, *PRESENTATIONS))
    return [text for _, own, found in presented(analyses, order) for text in own.findings(found, analyses)]


def _lines(text: str) -> int:
    """Lines that a text takes on a page."""
    return -(-len(text) // _LETTERS)


def decision_problem_chapter(material: Material) -> Section:
    """Population, strategies, perspective, horizons, rates, currency: what is asked, and in which frame."""
    settings, base = material.base.case.settings, material.base
    labels = material.table_of("Labels")
    described: dict[str, str] = {}
    if labels is not None:
        own = labels[labels["dimension"] == "strategy"]
        described = {
            row["label"]: row["description"] for row in own.to_dict("records") if isinstance(row["description"], str)
        }
    price_year = f", price year {settings.price_year}" if settings.price_year else ""
    levels = several(money(level) for level in material.thresholds)
    rates = [_rate(settings.discount_rate_cost), _rate(settings.discount_rate_effect)]
    rows = [
        ("Population", settings.population or "not stated"),
        ("Intervention and comparators", several(material.strategies)),
        ("Comparator of the increments", material.comparator),
        ("Perspective", settings.perspective or "not stated"),
        ("Outcomes", several(_OUTCOMES[name] for name in material.measures)),
        ("Time horizons", f"{several(f'{horizon:g}' for horizon in base.time.horizons)} years"),
        ("Discount rates", f"costs {rates[0]}, effects {rates[1]}"),
        ("Currency", f"{settings.currency}{price_year}"),
        ("Willingness to pay", f"{levels} {settings.currency} per QALY"),
        ("Type of model", f"{kind_of_model(material)} ({model_name(base.case)})"),
    ]
    frame = pd.DataFrame(rows, columns=["element", "choice"])
    columns = (ReportColumn("element", "Element"), ReportColumn("choice", "In this analysis"))
    blocks: list[Block] = [
        Paragraph(
            "This analysis asks what the strategies cost, what patients gain from them, and whether the gain is worth "
            "its cost. [[features]] gives the frame in which that is asked."
        ),
        ReportTable("features", "Features of the analysis", frame, columns),
    ]
    if material.profile is not NO_PROFILE:
        blocks.append(_reference_case(material))
    if described:
        blocks.append(Paragraph("The strategies:"))
        blocks.append(Bullets(tuple(f"{name}: {text.rstrip('.')}." for name, text in described.items())))
    return Section("decision_problem", "Decision problem", tuple(blocks))


def _reference_case(material: Material) -> Section:
    """What the payer's reference case asks for beside what was done, and the base case at the payer's discount rate."""
    profile, case = material.profile, material.base.case
    rows = material.departures
    frame = pd.DataFrame(rows, columns=["convention", "asked", "done", "same"])
    columns = (
        ReportColumn("convention", "Convention"),
        ReportColumn("asked", "The payer asks for"),
        ReportColumn("done", "In this analysis"),
        ReportColumn("same", "Same?"),
    )
    blocks: list[Block] = [
        Paragraph(f"The conventions of the payer ({profile.guidance}) beside those of this analysis:"),
        ReportTable("departures", "Conventions of the payer and of this analysis", frame, columns),
    ]
    if rates := rates_of(profile, case.settings):
        other = replace(material, base=run(case.with_settings(**rates)))
        rate, drawn = f"{100 * rates['discount_rate_cost']:g}%", material.drawn_at_rates
        told = "[[payers_rates_drawn]] gives the probabilistic results and [[payers_rates]] the base case"
        told, kept = (told, "all other tables") if drawn else ("[[payers_rates]] gives the base case", _KEPT)
        words = f"{told} discounted at {rate}, everything else the same; {kept} keep the rates of the sheet Settings."
        blocks.append(Paragraph(words))
        title = f"the payer's discount rate, {rate} for costs and effects"
        if drawn:
            blocks.append(
                results_of_draws(drawn, other.analyses, "payers_rates_drawn", f"Probabilistic results at {title}")
            )
        blocks.append(base_case_table(other, "payers_rates", f"Base case at {title}"))
    return Section("reference_case", "The payer's reference case", tuple(blocks))


_KEPT = "all other tables and the draws"
_OUTCOMES = {
    "cost": "costs",
    "life_years": "life years",
    "progression_free_life_years": "progression-free life years",
    "qaly": "quality-adjusted life years",
}
_KINDS = {"partition": "partitioned survival model", "markov": "Markov model", "": "decision tree"}


def kind_of_model(material: Material) -> str:
    """Say what kind of model it is, read off its structure."""
    structure = material.base.structure
    return _KINDS[structure.kind] if structure else "model"


def _rate(rate: Rate) -> str:
    if isinstance(rate, int | float):
        return f"{100 * rate:g}% a year"
    return "; ".join(f"{100 * value:g}% from year {start:g}" for start, value in rate)
