"""The Severity sheet: what patients lose against the general population, the weight of a QALY, weighted results."""

from __future__ import annotations

import pandas as pd

from hecon.analysis.value.shortfall import NICE
from hecon.report.document.of_uncertainty import ratios_in_words, severity_blocks
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, headers, heading, paragraph
from hecon.report.words import comparison, several, years

_NAME = "Severity"
_WIDTHS = (44.0, 18.0, 18.0, 18.0, 18.0, 18.0, 18.0)
#: More of the comparator's patients alive at the horizon than this: what they would still gain is worth a word.
_FEW = 0.01


def write_severity(found: pd.DataFrame, export: Export) -> None:
    """Write the shortfalls with their weight, then weighted increments and thresholds."""
    page = export.book.page(_NAME, help="How severe the disease is, and what a QALY weighs for it.")
    page.widths(_WIDTHS)
    row = TOP
    for sentence in [*_about(found), *_sentences(found)]:
        row = paragraph(page, row, sentence, _WIDTHS)
    one = found.iloc[0]
    row = headers(page, heading(page, row + 1, "Shortfall"), ["", "Value"], _WIDTHS)
    for name, value, style in (
        ("Age at the start", one["age"], "number"),
        ("QALE of the general population (QALYs)", one["qale"], "number"),
        (f"QALYs with {one['comparator']}", one["comparator_qalys"], "number"),
        ("Absolute shortfall (QALYs)", one["absolute_shortfall"], "number"),
        ("Proportional shortfall", one["proportional_shortfall"], "percent"),
        ("Weight of a QALY", one["weight"], "number"),
    ):
        page.text(row, 0, name, "label")
        page.number(row, 1, float(value), style)
        row += 1
    row = heading(page, row + 1, f"Weighted results at {years(one['horizon_years'])}")
    names = ["Comparison", "Incremental QALYs", "Weighted", f"ICER ({export.currency} per QALY)", "Weighted"]
    names += [f"Threshold ({export.currency} per QALY)", "That decides alike without weights"]
    row = headers(page, row, names, _WIDTHS)
    ratios = zip(*(ratios_in_words(found, name) for name in ("icer", "weighted_icer")), strict=True)
    for each, pair in zip(found.to_dict("records"), ratios, strict=True):
        page.text(row, 0, comparison(each["strategy"], each["comparator"]), "label")
        page.number(row, 1, each["incremental_qaly"], "number")
        page.number(row, 2, each["weighted_incremental_qaly"], "number")
        for column, ratio in enumerate(pair, start=3):
            if isinstance(ratio, str):
                page.text(row, column, ratio or "-", "text", align="right")
            else:
                page.number(row, column, ratio, "whole")
        page.number(row, 5, each["willingness_to_pay"], "whole")
        page.number(row, 6, each["weighted_willingness_to_pay"], "whole")
        row += 1
    page.print_setup(area=(0, 0, row - 1, len(_WIDTHS) - 1))


def _about(found: pd.DataFrame) -> list[str]:
    """Say what a shortfall is, which weights are used, and what the horizon leaves out."""
    bands = [
        f"{band.weight:g} from {band.absolute:g} QALYs or a proportional shortfall of {band.proportional:g}"
        for band in sorted(NICE, key=lambda band: band.weight)
    ]
    said = [
        "Absolute shortfall: quality-adjusted life expectancy (QALE) of the general population at the age of the "
        "patients, by the sheets Life table and Utility norms, less their QALYs with the comparator. Proportional "
        f"shortfall: the share of the QALE that this is. Weights of NICE (PMG36, 2022): {several(bands)}; who is at a "
        "threshold has the higher weight.",
    ]
    alive = found["alive_at_horizon"].iloc[0]
    if alive > _FEW:
        said.append(
            f"{100 * alive:.0f}% of the patients with {found['comparator'].iloc[0]} are alive at "
            f"{years(found['horizon_years'].iloc[0])}, the longest horizon: what they still gain is not counted, so "
            "the shortfall is too large. A severity weight needs a lifetime horizon."
        )
    return said


def _cut(found: pd.DataFrame) -> str:
    """Say on the cover too that a horizon is no lifetime."""
    alive = found["alive_at_horizon"].iloc[0]
    return f"; {100 * alive:.0f}% of them are alive then, so that the shortfall is too large" if alive > _FEW else ""


def _sentences(found: pd.DataFrame) -> list[str]:
    """Say the weight in a sentence: for the cover and the screen."""
    one = found.iloc[0]
    return [
        f"Severity: with {one['comparator']} patients lose {one['absolute_shortfall']:.2f} of "
        f"{one['qale']:.2f} QALYs of the general population ({100 * one['proportional_shortfall']:.1f}%), at "
        f"{years(one['horizon_years'])}; by the weights of NICE a QALY weighs {one['weight']:g}{_cut(found)}."
    ]


PRESENTATION = Presentation(
    sheets=[ResultSheet(_NAME, "QALE, absolute and proportional shortfall, weighted results", write_severity)],
    findings=lambda found, _: _sentences(found),
    leads=1,
    notes=lambda found, _: _about(found),
    about=lambda found, _: _about(found),
    blocks=severity_blocks,
)
