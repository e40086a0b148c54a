"""The Value of studies sheet: what each design of the Studies sheet would be worth, and whether it covers its cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart
from hecon.excel.palette import series_colour
from hecon.inputs.input_names import input_in_words
from hecon.report.analyses import Analyses
from hecon.report.document.of_uncertainty import study_blocks
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph, section
from hecon.report.sheets.panels import Panel, place_charts, rows_of_charts
from hecon.report.words import money, said_at_horizons, several, years

_NAME = "Value of studies"
_HEIGHT = 300
_WIDTHS = (30.0, 28.0, 12.0, 13.0, 14.0, 14.0, 12.0, 14.0, 16.0, 16.0, 16.0, 16.0, 10.0)


def write_studies(table: pd.DataFrame, export: Export) -> None:
    """Write a chart for each decision, the value of every design, and what the designs measure."""
    counted = "population" in table
    widths = _WIDTHS if counted else _WIDTHS[:9]
    page = export.book.page(_NAME, help="Expected value of sample information of the designs on the Studies sheet.")
    page.widths(widths)
    row = TOP
    for sentence in _about(table, export.analyses):
        row = paragraph(page, row, sentence, widths)
    asked = list(dict.fromkeys(table["decision"]))
    charts = row + 1
    row = charts + rows_of_charts(len(asked), 2, _HEIGHT)
    panels = []
    for decision in asked:
        top = row
        row = heading(page, row, f"{decision}: value of each study")
        row, panel = _values(page, row, table[table["decision"] == decision], decision, export, widths)
        panels.append(panel)
        row = section(page, top, row) + 1
    row = section(page, row, _designs(page, heading(page, row, "What the studies measure"), export, widths))
    place_charts(page, charts, panels, widths, height=_HEIGHT)
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def _about(table: pd.DataFrame, analyses: Analyses) -> list[str]:
    level = money(analyses.thresholds[-1])
    sentences = [
        f"The expected value of sample information (EVSI) is what a study of this size would let the decision gain, in "
        f"{analyses.currency} per patient; it is at most the value of knowing what it measures exactly (EVPPI). By "
        "regression of the net benefits on simulated results of the study; each value with its Monte-Carlo error. "
        f"Decisions in which no information is worth anything at {level} {analyses.currency} per QALY are left out.",
    ]
    if "population" in table:
        sentences.append(
            "The expected net benefit of sampling (ENBS) is the EVSI times the patients who are still to be treated "
            "when the study reports, less its cost: a study is worth doing where it is above 0, and the best design is "
            "where it is highest."
        )
    else:
        sentences.append(
            "With patients_per_year and decision_years on the Population sheet, the values would be set against the "
            "costs of the studies."
        )
    return sentences


def _values(
    page: Page, row: int, table: pd.DataFrame, decision: str, export: Export, widths: Sequence[float]
) -> tuple[int, Panel]:
    currency, counted = export.currency, "population" in table
    names = ["Study", "Horizon", "Patients in it", f"Willingness to pay ({currency} per QALY)"]
    names += [
        f"EVSI ({currency} per patient)",
        "Monte-Carlo error",
        "Share of EVPPI",
        f"EVPPI ({currency} per patient)",
    ]
    names += [f"Cost of the study ({currency})"]
    names += ["Patients it serves", f"Population EVSI ({currency})", f"ENBS ({currency})", "Best?"] * counted
    row = headers(page, row, names, widths, ("Horizon",))
    # each series of the chart is a run of rows: the designs at one horizon
    ordered = table.sort_values(["willingness_to_pay", "horizon_years"], ascending=[False, True], kind="stable")
    top = row
    for one in ordered.to_dict("records"):
        page.text(row, 0, one["design"], "label", text_wrap=True)
        page.text(row, 1, years(one["horizon_years"]), "text")
        page.number(row, 2, one["sample_size"], "whole")
        page.number(row, 3, one["willingness_to_pay"], "whole")
        page.number(row, 4, one["evsi"], "whole", num_format="#,##0.0")
        page.number(row, 5, one["standard_error"], "whole", num_format="#,##0.0")
        page.number(row, 6, one["share_of_evppi"], "percent")
        page.number(row, 7, one["evppi"], "whole", num_format="#,##0.0")
        page.number(row, 8, one["study_cost"], "whole")
        if counted:
            page.number(row, 9, one["population"], "whole")
            page.number(row, 10, one["population_evsi"], "whole")
            worth = one["expected_net_benefit_of_sampling"] > 0
            page.number(row, 11, one["expected_net_benefit_of_sampling"], "whole good" if worth else "whole")
            page.text(row, 12, "best" if one["best"] else "", "text good" if one["best"] else "text", align="center")
        fit_row(page, row, [(one["design"], widths[0])])
        row += 1
    return row, _bars(export, ordered, top, decision)


def _bars(export: Export, ordered: pd.DataFrame, top: int, decision: str) -> Panel:
    """Bars of the designs at the highest willingness to pay, which come first in the table: a colour a horizon."""
    highest = ordered[ordered["willingness_to_pay"] == ordered["willingness_to_pay"].iloc[0]].reset_index(drop=True)
    column = 11 if "population" in ordered else 4
    what = "ENBS" if column == 11 else "EVSI"
    horizons = list(dict.fromkeys(highest["horizon_years"]))
    series = []
    count = len(highest) // len(horizons)
    for number in range(len(horizons)):
        first = top + number * count
        last = first + count - 1
        x_cells, y_cells = ((_NAME, first, place, last, place) for place in (0, column))
        series.append(Series((_NAME, first, 1), x_cells, y_cells, series_colour(number)))
    unit = export.currency if column == 11 else f"{export.currency} per patient"
    title = f"{what} at {money(highest['willingness_to_pay'].iloc[0])} {export.currency} per QALY: {decision}"
    x = Axis(f"{what} ({unit})", format="#,##0", labels="high")
    made = chart(export.book.workbook, "bar", title, series, x, Axis("", backwards=True), gap=60)
    return Panel(made, f"{title}, by study and horizon.")


def _designs(page: Page, row: int, export: Export, widths: Sequence[float]) -> int:
    """Write the rows of the Studies sheet in words."""
    names = ["Study", "Measures", "Patients", "Likelihood", "SD", "Follow-up", "Delay (years)", "Status", "Arm"]
    row = headers(page, row, names, widths, ("Measures", "Likelihood", "Status", "Arm"))
    for one in export.result.case.tables["Studies"].to_dict("records"):
        measured = input_in_words(str(one["input"]).replace(": ", " · "))
        page.text(row, 0, one["design"], "label", text_wrap=True)
        page.text(row, 1, measured, "wrap")
        page.number(row, 2, one["sample_size"], "whole")
        page.text(row, 3, str(one["likelihood"]).replace("_", " "), "text")
        for column, name in ((4, "sd"), (5, "follow_up"), (6, "delay")):
            value = float(one[name])
            page.number(row, column, None if math.isnan(value) else value, "general")
        page.text(row, 7, one["status"], "text assumed" if one["status"] == "assumed" else "text", align="center")
        page.text(row, 8, one["arm"], "text")
        fit_row(page, row, [(one["design"], widths[0]), (measured, widths[1])])
        row += 1
    return row


def _studied(table: pd.DataFrame, currency: str) -> list[str]:
    """Say what each study is worth at the highest willingness to pay, and where it is worth its cost."""
    said = []
    for _, rows in table[table["willingness_to_pay"] == table["willingness_to_pay"].max()].groupby(
        ["decision", "design"], sort=False
    ):
        one = rows.iloc[0]
        worth = said_at_horizons(rows, "evsi", money)
        text = f"{one['decision']}: the study '{one['design']}' would be worth {worth} {currency} per patient"
        if "best" in rows:
            net = rows["expected_net_benefit_of_sampling"]
            paid = [years(horizon) for horizon in rows["horizon_years"][net > 0]]
            text += f", more than it costs at {several(paid)}" if paid else ", less than it costs"
        said.append(f"{text}.")
    return said


PRESENTATION = Presentation(
    sheets=[ResultSheet(_NAME, "What planned studies would be worth: EVSI", write_studies)],
    findings=lambda table, analyses: _studied(table, analyses.currency),
    about=_about,
    blocks=study_blocks,
)
