"""The Plausibility sheet: every curve in use and every fit beside it, landmark by landmark, with what is amiss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hecon.analysis.value.plausible_curves import PlausibleCurves
from hecon.excel.book import Page
from hecon.parameters import records_of
from hecon.report.analyses import Analyses
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph, section
from hecon.report.words import in_words, lower_first, several
from hecon.survival.fitting.plausibility import LANDMARKS

if TYPE_CHECKING:
    from hecon.report.document.parts import Block
    from hecon.report.figures.drawing import Figure

_NAME = "Plausibility"
_YEARS = [f"{year:g} year{'s' if year > 1 else ''}" for year in LANDMARKS]
_LAST = LANDMARKS[-1]
_WIDTHS = (34.0, *[9.0] * len(LANDMARKS), 10.0, 12.0, 13.0, 13.0, 14.0, 14.0, 60.0)
_HEADERS = (
    "Family", *_YEARS, "Median (years)", f"Mean to {_LAST:g} years", f"{LANDMARKS[-2]:g} to {_LAST:g} years",
    f"Hazard at {_LAST:g} years", "Times that of the population", "Largest difference from the data", "What is amiss",
)  # fmt: skip
#: Of the report, beside the shares at landmarks.
_BESIDE = {"median": "Median (years)", "restricted_mean": f"Mean to {_LAST:g} years"}
#: Notes of a curve beyond these are counted.
_MOST_NOTES = 4


def write_plausibility(found: PlausibleCurves, export: Export) -> None:
    """Write a table for each strategy and endpoint: the curve in use first, then every other fit."""
    page = export.book.page(_NAME, help="Survival at landmarks and beyond the data, for clinicians to judge.")
    page.widths(_WIDTHS)
    row, rows = TOP, records_of(found.table)
    for sentence in _about(found):
        row = paragraph(page, row, sentence, _WIDTHS)
    for strategy, endpoint in found.places:
        first = row + 1
        own = [one for one in rows if (one["strategy"], one["endpoint"]) == (strategy, endpoint)]
        row = headers(page, heading(page, first, f"{in_words(endpoint)}, {strategy}"), _HEADERS, _WIDTHS, _HEADERS[-1:])
        if (strategy, endpoint) in found.observed:
            row = _data(page, row, own)
        for family in found.of(strategy, endpoint):
            row = _curve(page, row, family, [one for one in own if one["family"] == family])
        row = section(page, first, row)
    page.freeze(TOP, 1)
    page.print_setup(area=(0, 0, row - 1, len(_WIDTHS) - 1))


def _data(page: Page, row: int, own: Sequence[Mapping[str, Any]]) -> int:
    """Write what the data say at the landmarks that they reach."""
    page.text(row, 0, "Data (Kaplan-Meier)", "label")
    observed = {one["time"]: one for one in reversed(own) if one["measure"] == "observed_survival"}
    seen = [observed[time] for time in sorted(observed)]
    for one in seen:
        page.number(row, 1 + LANDMARKS.index(one["time"]), one["value"], "percent")
    shown = [f"{one['time']:g}: {one['low']:.1%} to {one['high']:.1%}" for one in seen]
    page.text(row, len(_WIDTHS) - 1, f"95% intervals, by year: {'; '.join(shown)}" if shown else "", "wrap")
    return row + 1


def _curve(page: Page, row: int, family: str, own: Sequence[Mapping[str, Any]]) -> int:
    page.text(row, 0, f"{in_words(family)}{' (in use)' if own[0]['in_use'] else ''}", "label")
    known = {(one["measure"], time): one["value"] for one in reversed(own) for time in (one["time"], None)}

    def value(measure: str, time: float | None = None) -> float:
        return float(known.get((measure, time), np.nan))

    off = [abs(one["value"]) for one in own if one["measure"] == "fitted_less_observed"]
    numbers = [(value("survival", year), "percent") for year in LANDMARKS]
    numbers += [(value("median"), "number"), (value("restricted_mean"), "number")]
    numbers += [(value("conditional_survival", _LAST), "percent"), (value("hazard", _LAST), "number")]
    numbers += [
        (value("hazard_over_population", _LAST), "number"),
        (max(off, default=np.nan), "percent"),
    ]
    for column, (number, style) in enumerate(numbers, start=1):
        if np.isinf(number):
            page.text(row, column, "never", "text", align="right")
        else:
            page.number(row, column, number, style)
    said = _notes(own)
    page.text(row, len(_WIDTHS) - 1, said, "wrap")
    fit_row(page, row, [(said, _WIDTHS[-1])])
    return row + 1


def _notes(own: Sequence[Mapping[str, Any]]) -> str:
    notes = list(dict.fromkeys(one["note"] for one in own if one["note"]))
    more = len(notes) - _MOST_NOTES
    return "; ".join(notes[:_MOST_NOTES]) + (f"; and {more} more in plausibility.csv" if more > 0 else "")


def _about(found: PlausibleCurves) -> list[str]:
    said = [
        f"Share without the event at landmarks, median, mean time without it to {_LAST:g} years, share of those "
        f"without it at {LANDMARKS[-2]:g} years who are so at {_LAST:g}, and hazard a year. Curves as fitted and "
        "adjusted, before the crossing rule acts."
    ]
    if found.population is not None:
        said.append("The general population is that of the sheet Life table, from the age at the start on.")
    return said


def _findings(found: PlausibleCurves, _: Analyses) -> Iterable[str]:
    """Say where a curve in use lies outside the data, or its hazard below that of the general population."""
    own = found.table[found.table["in_use"]]
    outside = own[(own["measure"] == "fitted_less_observed") & (own["note"] != "")]
    places = list(dict.fromkeys(zip(outside["endpoint"], outside["strategy"], strict=True)))
    if places:
        words = several([f"{in_words(endpoint).lower()} of {strategy}" for endpoint, strategy in places])
        yield f"The curve in use lies outside the 95% interval of its data at a landmark: {words} (sheet {_NAME})."
    below = own[(own["measure"] == "hazard_below_population_from") & (own["endpoint"] == "overall_survival")]
    for one in below.to_dict("records"):
        yield f"Overall survival of {one['strategy']}: {one['note']}, in years."


def _figures(found: PlausibleCurves, analyses: Analyses) -> Iterable[tuple[str, Figure]]:
    from hecon.report.figures.fits import figures_of

    until = max(_LAST, float(analyses.base.time.horizons[-1]))
    return figures_of(found, until).items()


def _blocks(found: PlausibleCurves, analyses: Analyses) -> Iterator[Block]:
    """Give the curves in use at the landmarks, a row each, and the figures of fits."""
    from hecon.report.document.parts import ReportColumn, ReportTable, drawn_picture

    own = found.table[found.table["in_use"]]
    rows = []
    for (endpoint, strategy, family), at in own.groupby(["endpoint", "strategy", "family"], sort=False):
        shares = at[at["measure"] == "survival"].set_index("time")["value"]
        row = {"endpoint": in_words(endpoint), "strategy": strategy, "family": lower_first(in_words(family))}
        row |= {f"at_{year:g}": shares.get(year) for year in LANDMARKS}
        for name in _BESIDE:
            one = at[at["measure"] == name]["value"]
            row[name] = one.iloc[0] if len(one) else None
        rows.append(row)
    columns = (
        ReportColumn("endpoint", "Endpoint"),
        ReportColumn("strategy", "Strategy"),
        ReportColumn("family", "Curve"),
        *(ReportColumn(f"at_{year:g}", words, "percent") for year, words in zip(LANDMARKS, _YEARS, strict=True)),
        *(ReportColumn(name, words, "number") for name, words in _BESIDE.items()),
    )
    if rows:
        yield ReportTable("plausibility_table", "Curves in use at landmarks", pd.DataFrame(rows), columns)
    for title, figure in _figures(found, analyses):
        yield drawn_picture(f"plausibility_{title}", in_words(title), figure)


PRESENTATION = Presentation(
    sheets=[ResultSheet(_NAME, "Landmarks, medians, hazards and data of every curve and fit", write_plausibility)],
    findings=_findings,
    notes=lambda found, _: _about(found),
    figures=_figures,
    blocks=_blocks,
)
