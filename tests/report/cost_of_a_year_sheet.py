"""How the analysis `cost_of_a_year` is presented: its sheet, its figure, its sentences. CONTRIBUTING follows it."""

from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, headers
from hecon.report.words import years


def write(table, export):
    page = export.book.page("Cost of a year", help="Costs over life years, both discounted.")
    page.widths([30, 14, 18])
    row = headers(page, TOP, ["Strategy", "Horizon", f"{export.currency} per life year"], [30, 14, 18])
    for one in table.to_dict("records"):
        page.text(row, 0, one["strategy"], "label")
        page.text(row, 1, years(one["horizon_years"]))
        page.number(row, 2, one["cost_of_a_year"], "whole")
        row += 1


def findings(table, analyses):
    least = table.loc[table["cost_of_a_year"].idxmin()]
    at = years(least["horizon_years"])
    yield f"A year of life costs least under {least['strategy']}: {least['cost_of_a_year']:,.0f} at {at}."


def notes(table, analyses):
    yield "The cost of a year is an average over the horizon, not that of one more year."


def figures(table, analyses):
    from hecon.report.figures.drawing import new_figure, panel_of

    figure = new_figure()
    panel = panel_of(figure, "Horizon (years)", f"{analyses.currency} per life year")
    for strategy, own in table.groupby("strategy", sort=False):
        panel.plot(own["horizon_years"], own["cost_of_a_year"], label=strategy)
    yield "cost of a year", figure


PRESENTATION = Presentation(
    sheets=[ResultSheet("Cost of a year", "What a year of life costs on average", write)],
    findings=findings,
    notes=notes,
    pointer=lambda table, workbook: f"What a year costs is on sheet Cost of a year of {workbook}.",
    figures=figures,
)
