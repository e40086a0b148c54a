"""The One-way sheet: a tornado for each comparison and horizon, and what every input does to the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from hecon.analysis.sensitivity.measure import OutcomeMeasure
from hecon.analysis.sensitivity.one_way import OneWay
from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart
from hecon.excel.palette import BLUE, ORANGE
from hecon.inputs.input_names import input_in_words
from hecon.report.analyses import Analyses
from hecon.report.document.of_sensitivity import one_way_blocks
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph, section
from hecon.report.sheets.panels import Panel, place_charts, rows_of_charts
from hecon.report.words import comparison, horizons_in_words, is_money, outcome_title, several, years

if TYPE_CHECKING:
    from hecon.report.figures.drawing import Figure

#: Inputs in a tornado: the widest ones.
_MOST = 12
_HEIGHT = 400
_NAME = "One-way"
_WIDTHS = (52.0, 20.0, 17.0, 11.0, 11.0, 11.0, 15.0, 15.0, 15.0, 15.0)
_WAYS = {
    "range": "its low and its high value on the input sheets; where these are blank, the 2.5% and 97.5% quantiles of "
    "its distribution",
    "quantile": "a low and a high quantile of its distribution",
    "percent": "a value lower and higher by the same percentage",
}


def write_one_way(found: Sequence[OneWay], export: Export) -> None:
    """Write the tornados, then the numbers that they show, then all inputs at all horizons."""
    tornados = [one for one in found if len(one.table)]
    page = export.book.page(_NAME, help="Each uncertain input moved alone: how far the outcome follows.")
    page.widths(_WIDTHS)
    row = TOP
    for sentence in _about(tornados, export.analyses):
        row = paragraph(page, row, sentence, _WIDTHS)
    charts, count = row + 1, sum(len(one.horizons) for one in tornados)
    row = charts + rows_of_charts(count, 2, _HEIGHT)
    panels = []
    for one in tornados:
        for horizon in one.horizons:
            top = row
            row = heading(page, row, f"{comparison_of(one.measure)}, {years(horizon)}: the widest swings")
            row, panel = _tornado(page, row, one, horizon, export)
            panels.append(panel)
            row = section(page, top, row) + 1
    place_charts(page, charts, panels, _WIDTHS, height=_HEIGHT)
    for one in tornados:
        top, title = row, f"{comparison_of(one.measure)}: all inputs that move the outcome"
        row = section(page, top, _all(page, heading(page, row, title), one, export)) + 1
    page.print_setup(area=(0, 0, row - 1, len(_WIDTHS) - 1))


def comparison_of(measure: OutcomeMeasure) -> str:
    """Say which strategies a measure compares."""
    return comparison(measure.strategy, measure.comparator)


def _about(tornados: Sequence[OneWay], analyses: Analyses) -> list[str]:
    count = tornados[0].table["input"].nunique()
    ways = several(dict.fromkeys(_WAYS[one.by] for one in tornados))
    outcomes = several(dict.fromkeys(outcome_title(one.measure, analyses.currency) for one in tornados))
    sentences = [
        f"Each of {count} inputs was moved alone, all others as in the base case, to {ways}. Outcome: {outcomes}."
    ]
    if any("net_" in one.measure.outcome for one in tornados):
        sentences.append(
            "Above 0 the strategy is worth its cost, below 0 it is not: a bar that crosses 0 turns the decision. The "
            "bars start from the base case."
        )
    still = len(set.intersection(*(_still(one) for one in tornados)))
    if still:
        sentences.append(f"{still} of them move no outcome here, such as those of curves that are not in use.")
    turned = [f"{comparison_of(one.measure)}: {_turned(one)}" for one in tornados if "net_" in one.measure.outcome]
    notes = list(dict.fromkeys(note for one in tornados for note in one.notes))
    return [*sentences, *turned, *(f"{note}." for note in notes)]


def _still(one: OneWay) -> set[str]:
    """Inputs that move the outcome at no horizon."""
    swings = one.table.groupby("input")["swing"].max()
    return set(swings.index[swings == 0])


def _turned(one: OneWay) -> str:
    parts = []
    for horizon in one.horizons:
        rows = one.at(horizon)
        found = int(rows["changes_sign"].sum())
        parts.append(f"{found or 'none'} of {len(rows)} at {years(horizon)}")
    return f"inputs that turn the decision alone: {several(parts)}."


def _tornado(page: Page, row: int, one: OneWay, horizon: float, export: Export) -> tuple[int, Panel]:
    rows = one.at(horizon, _MOST)
    title, style = outcome_title(one.measure, export.currency), "whole" if is_money(one.measure) else "number"
    row = headers(page, row, [
        "Input", "Cell", "Unit", "Low value", "Base value", "High value", "At the low value", "At the high value",
        "Swing", "Turns the decision?",
    ], _WIDTHS, ("Cell", "Unit"))  # fmt: skip
    top = row
    for record in rows.to_dict("records"):
        _input(page, row, record)
        for column, name in enumerate(("outcome_at_low", "outcome_at_high", "swing"), start=6):
            page.number(row, column, record[name], style)
        turns = "net_" in one.measure.outcome and record["changes_sign"]
        page.text(row, 9, "yes" if turns else "no", "text warning" if turns else "text", align="center")
        row += 1
    categories = (_NAME, top, 0, row - 1, 0)
    series = [
        Series((_NAME, top - 1, column), categories, (_NAME, top, column, row - 1, column), colour)
        for column, colour in ((6, BLUE), (7, ORANGE))
    ]
    x = Axis(title, format="#,##0" if is_money(one.measure) else "0.00", cross=float(rows["outcome_base"].iloc[0]),
             labels="high")  # fmt: skip
    words = f"{comparison_of(one.measure)}, {years(horizon)}"
    made = chart(export.book.workbook, "tornado", words, series, x, Axis("", backwards=True), gap=35)
    return row, Panel(made, f"Tornado: {title}, {words}; the {len(rows)} inputs with the widest swings.")


def _input(page: Page, row: int, record: Mapping[Any, Any]) -> None:
    label = input_in_words(record["input"])
    page.text(row, 0, label, "label", text_wrap=True)
    page.text(row, 1, record["cell"], "text")
    page.text(row, 2, record["unit"], "text")
    fit_row(page, row, [(label, _WIDTHS[0])])
    for column, name in enumerate(("low_value", "base_value", "high_value"), start=3):
        page.number(row, column, record[name], "general", num_format=_format(record[name]))


def _format(value: float) -> str:
    """As many digits as an input needs."""
    size = abs(value)
    return "#,##0" if size >= 1000 else "0.0" if size >= 100 else "0.00" if size >= 10 else "0.0000"


def _all(page: Page, row: int, one: OneWay, export: Export) -> int:
    """Write every input that has a swing, with those at each horizon, in the order of the last one."""
    style = "whole" if is_money(one.measure) else "number"
    names = [f"Swing, {years(horizon)}" for horizon in one.horizons]
    turns = "net_" in one.measure.outcome
    row = headers(page, row, [
        "Input", "Cell", "Unit", "Low value", "Base value", "High value", *names, *["Turns the decision at"] * turns,
    ], _WIDTHS, ("Cell", "Unit", "Turns the decision at"))  # fmt: skip
    found = one.table.set_index(["input", "horizon_years"])["swing"].to_dict()
    signs = one.table.pivot(index="input", columns="horizon_years", values="changes_sign")
    still = _still(one)
    for record in (record for record in one.at().to_dict("records") if record["input"] not in still):
        _input(page, row, record)
        for column, horizon in enumerate(one.horizons, start=6):
            page.number(row, column, found[record["input"], horizon], style)
        if turns:
            page.text(row, 6 + len(one.horizons), _when(signs.loc[record["input"]]), "text")
        row += 1
    return row


def _when(signs: pd.Series) -> str:
    return ", ".join(f"{horizon:g}" for horizon, turns in signs.items() if turns) + " years" * bool(signs.any())


def _widest(one: OneWay) -> Iterator[str]:
    if one.table.empty:
        return
    names: dict[str, list[float]] = {}
    for horizon in one.horizons:
        names.setdefault(one.at(horizon, 1)["input"].iloc[0], []).append(horizon)
    parts = [f"'{input_in_words(name)}' at {horizons_in_words(at)}" for name, at in names.items()]
    pair = comparison_of(one.measure)
    yield f"{pair}: the input that moves it most is {several(parts)}."


def _figures(found: Sequence[OneWay], _: Analyses) -> Iterator[tuple[str, Figure]]:
    from hecon.report.figures.uncertainty import tornado_figure

    for one in found:
        if len(one.table):
            yield f"tornado {one.measure.strategy}", tornado_figure(one)


PRESENTATION = Presentation(
    sheets=[
        ResultSheet(
            _NAME,
            "Tornados: every input moved alone",
            write_one_way,
            shown=lambda found, _: any(len(one.table) for one in found),
        )
    ],
    findings=lambda found, _: [sentence for one in found for sentence in _widest(one)],
    leads=1,
    figures=_figures,
    about=_about,
    blocks=one_way_blocks,
)
