"""The Budget impact sheet: who is treated with what, what that costs in both worlds, and what moves the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hecon.analysis.budget.impact import ACQUISITION, OTHER_COSTS, BudgetImpact
from hecon.analysis.budget.market import WITH, WITHOUT, WORLDS
from hecon.excel.book import Page
from hecon.excel.charts import Axis, Series, chart
from hecon.excel.palette import BLUE, ORANGE
from hecon.report.document.of_budget import budget_blocks
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph, section
from hecon.report.sheets.panels import Panel, place_charts, rows_of_charts
from hecon.report.words import in_words, money, several

_NAME = "Budget impact"
_HEIGHT = 320
#: Inputs of the one-way analysis that are shown: those with the widest swing.
_MOST = 15
_FIRST, _SECOND, _COLUMN = 46.0, 24.0, 16.0
_WORLDS = {WITHOUT: "without the new treatment", WITH: "with it"}


def write_budget(found: BudgetImpact, export: Export) -> None:
    """Write the years, patients, spending by line, costs of a patient, the one-way analysis and scenarios."""
    page = export.book.page(_NAME, help="What a payer spends with the new treatment and without it. Not discounted.")
    widths = [_FIRST, _SECOND, *[_COLUMN] * max(len(found.years) + 1, 6)]
    page.widths(widths)
    row = TOP
    for sentence in _about(found):
        row = paragraph(page, row, sentence, widths)
    top = row + 1
    row = heading(page, top, f"Budget impact by year ({found.currency})")
    names, row = row, _years(page, row, found, widths)
    row = section(page, top, row) + 1
    place_charts(page, row, [_chart(export, names, found)], widths, height=_HEIGHT)
    row += rows_of_charts(1, 1, _HEIGHT)
    for title, write in (
        ("Patients who start, by treatment", _starts),
        (f"Spending by line ({found.currency})", _spending),
        (f"Cost of one patient by year since the start ({found.currency})", _patients),
        (f"One-way: the impact of all {len(found.years)} years ({found.currency})", _one_way),
        (f"Scenarios: impact by year ({found.currency})", _scenarios),
    ):
        top = row
        row = write(page, row, title, found, widths)
        row = section(page, top, row) + 1 if row > top else row
    page.freeze(TOP, 1)
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def _about(found: BudgetImpact) -> list[str]:
    """Say how the impact is reckoned."""
    lines = f"the lines that are prices of the treatments ({several(found.acquisition)})" if found.acquisition else ""
    return [
        "Cohort on cohort: all who are eligible in a year start a treatment on its first day, by the market shares of "
        "the year, and those who started earlier go on. The cost of a patient in each year since the start comes from "
        "the model's own ledger, undiscounted, as ISPOR advises (Sullivan et al. 2014).",
        "Impact: spending with the new treatment less spending without it. "
        + (f"Acquisition is {lines}; everything else is other." if lines else "No line of cost moves with a price."),
        "Per member per month: the impact of the year over members and 12 months.",
    ]


def _heads(page: Page, row: int, names: Sequence[str], found: BudgetImpact, widths: Sequence[float], total: str) -> int:
    years = [f"Year {year}" for year in found.years]
    return headers(page, row, [*names, *years, *([total] if total else [])], widths, names)


def _years(page: Page, row: int, found: BudgetImpact, widths: Sequence[float]) -> int:
    table = found.summary()
    row = _heads(page, row, ["", "Unit"], found, widths, "All years")
    for name, unit, style, sums in (
        ("members", "members", "whole", False),
        ("eligible", "patients", "number", True),
        ("cost_without", found.currency, "whole", True),
        ("cost_with", found.currency, "whole", True),
        ("impact", found.currency, "whole", True),
        ("acquisition_impact", found.currency, "whole", True),
        ("other_impact", found.currency, "whole", True),
        ("cumulative_impact", found.currency, "whole", False),
        ("per_member_per_year", found.currency, "cents", False),
        ("per_member_per_month", found.currency, "cents", False),
        ("per_treated_patient", found.currency, "whole", False),
        *((end, found.currency, "whole", False) for end in ("low", "high") if end in table),
    ):
        bold = " total" if name == "impact" else ""
        page.text(row, 0, _NAMES.get(name) or in_words(name), f"label{bold}")
        page.text(row, 1, unit, "text")
        values = [*table[name], *([table[name].sum()] if sums else [])]
        _numbers(page, row, 2, values, style, bold)
        row += 1
    return row


_NAMES = {
    "eligible": "Patients who start a treatment",
    "cost_without": f"Spending {_WORLDS[WITHOUT]}",
    "cost_with": f"Spending {_WORLDS[WITH]}",
    "impact": "Budget impact",
    "acquisition_impact": "of which acquisition",
    "other_impact": "of which other costs",
    "cumulative_impact": "Budget impact up to the year",
    "per_treated_patient": "Impact for each patient who starts",
    "low": "Budget impact, lower end of 95% of the draws",
    "high": "Budget impact, upper end of 95% of the draws",
}


def _numbers(page: Page, row: int, column: int, values: Sequence[float], style: str, more: str = "") -> None:
    for place, value in enumerate(values, start=column):
        if style == "cents":
            page.number(row, place, float(value), f"number{more}", num_format="#,##0.0000")
        else:
            page.number(row, place, float(value), f"{style}{more}")


def _starts(page: Page, row: int, title: str, found: BudgetImpact, widths: Sequence[float]) -> int:
    row = _heads(page, heading(page, row, title), ["Treatment", ""], found, widths, "")
    table = found.starts()
    columns: Mapping[str, tuple[str, str]] = {
        "share": ("market share", "percent"),
        "starts": ("patients who start", "number"),
        "patient_years": ("patient-years on treatment", "number"),
    }
    for world in WORLDS:
        for column, (words, style) in columns.items():
            for strategy in found.strategies if column in table else ():
                own = table[(table["world"] == world) & (table["strategy"] == strategy)]
                page.text(row, 0, f"{strategy}, {words}", "label")
                page.text(row, 1, _WORLDS[world], "text")
                _numbers(page, row, 2, own[column].tolist(), style)
                row += 1
    return row


def _spending(page: Page, row: int, title: str, found: BudgetImpact, widths: Sequence[float]) -> int:
    row = _heads(page, heading(page, row, title), ["Line", ""], found, widths, "All years")
    table = found.table().groupby(["line", "world", "year"], sort=True)["cost"].sum()
    for line in found.lines:
        for world in WORLDS:
            values = table[line, world].tolist()
            page.text(row, 0, line, "label")
            page.text(row, 1, _WORLDS[world], "text")
            _numbers(page, row, 2, [*values, sum(values)], "whole")
            row += 1
    return row


def _patients(page: Page, row: int, title: str, found: BudgetImpact, widths: Sequence[float]) -> int:
    row = _heads(page, heading(page, row, title), ["Line", "Treatment"], found, widths, "All years")
    table = found.costs_per_patient().set_index(["line", "strategy", "year"])["cost"].sort_index()
    for line in found.lines:
        for strategy in found.strategies:
            values = table[line, strategy].tolist()
            page.text(row, 0, f"{line} ({ACQUISITION if line in found.acquisition else OTHER_COSTS})", "label")
            page.text(row, 1, strategy, "text")
            _numbers(page, row, 2, [*values, sum(values)], "whole")
            row += 1
    return row


def _one_way(page: Page, row: int, title: str, found: BudgetImpact, widths: Sequence[float]) -> int:
    if found.one_way.empty:
        return row
    names = ["Input", "Unit", "Low value", "Base value", "High value", "Impact at low", "Impact at high", "Swing"]
    row = headers(page, heading(page, row, title), names, widths, ("Unit",))
    last = found.one_way["horizon_years"].max()
    for one in found.one_way[found.one_way["horizon_years"] == last].head(_MOST).to_dict("records"):
        page.text(row, 0, one["label"], "label", text_wrap=True)
        page.text(row, 1, one["unit"], "text")
        _numbers(page, row, 2, [one[f"{end}_value"] for end in ("low", "base", "high")], "cents")
        _numbers(page, row, 5, [one["outcome_at_low"], one["outcome_at_high"], one["swing"]], "whole")
        fit_row(page, row, [(one["label"], widths[0])])
        row += 1
    return row


def _scenarios(page: Page, row: int, title: str, found: BudgetImpact, widths: Sequence[float]) -> int:
    if found.scenarios.empty:
        return row
    row = _heads(page, heading(page, row, title), ["Scenario", ""], found, widths, "All years")
    for scenario, own in found.scenarios.groupby("scenario", sort=False):
        page.text(row, 0, str(scenario), "label", text_wrap=True)
        page.text(row, 1, "", "text")
        impact = own.sort_values("year")["impact"].tolist()[: len(found.years)]
        _numbers(page, row, 2, [*impact, sum(impact)], "whole")
        fit_row(page, row, [(str(scenario), widths[0])])
        row += 1
    return row


def _chart(export: Export, names: int, found: BudgetImpact) -> Panel:
    """Columns of the impact by year, acquisition and other apart; `names` is the row of the headers."""
    rows = {ACQUISITION: names + 6, OTHER_COSTS: names + 7}
    last = 1 + len(found.years)
    years = (_NAME, names, 2, names, last)
    series = [
        Series((_NAME, row, 0), years, (_NAME, row, 2, row, last), colour)
        for row, colour in zip(rows.values(), (BLUE, ORANGE), strict=True)
    ]
    y = Axis(found.currency, format="#,##0")
    made = chart(export.book.workbook, "column", "Budget impact by year", series, Axis("", labels="low"), y)
    return Panel(made, "Stacked columns: budget impact by year, acquisition and other costs apart.")


def _sentences(found: BudgetImpact) -> list[str]:
    """Say the answer in a sentence: for the cover and the screen."""
    table, currency = found.summary(), found.currency
    first, last = table.iloc[0], table.iloc[-1]
    each = [f"{money(value)} in year {year}" for year, value in zip(table["year"], table["impact"], strict=True)]
    pmpm = f"{first['per_member_per_month']:,.4f} in year {first['year']:g}"
    if len(table) > 1:
        pmpm += f", {last['per_member_per_month']:,.4f} in year {last['year']:g}"
    return [
        f"Budget impact in {currency}: {several(each)}; {money(table['impact'].sum())} in all "
        f"({pmpm} per member per month)."
    ]


PRESENTATION = Presentation(
    sheets=[ResultSheet(_NAME, "What a payer spends with the new treatment and without it, by year", write_budget)],
    findings=lambda found, _: _sentences(found),
    leads=1,
    notes=lambda found, _: _about(found),
    about=lambda found, _: _about(found),
    blocks=budget_blocks,
)
