"""Tables and figures of the report for the budget impact, per member per month among them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from hecon.analysis.budget.impact import BudgetImpact
from hecon.report.analyses import Analyses
from hecon.report.document.parts import Block, Picture, ReportColumn, ReportTable

_WORLDS = {"without": "without the new treatment", "with": "with it"}


def budget_blocks(found: BudgetImpact, analyses: Analyses) -> Iterator[Block]:
    """Impact by year with what it is made of, per member, patients who start, spending by line, scenarios."""
    from hecon.report.figures.budget import budget_figure

    currency = found.currency
    table = found.summary()
    columns = (
        ReportColumn("year", "Year", "digits"),
        ReportColumn("eligible", "Patients who start", "general"),
        ReportColumn("cost_without", f"Spending without ({currency})", "money"),
        ReportColumn("cost_with", f"Spending with ({currency})", "money"),
        ReportColumn("impact", f"Impact ({currency})", "money"),
        ReportColumn("acquisition_impact", "of which acquisition", "money"),
        ReportColumn("other_impact", "of which other", "money"),
        ReportColumn("cumulative_impact", "Impact up to the year", "money"),
    )
    yield ReportTable("budget_impact", "Budget impact by year, undiscounted", table, columns)
    members = (
        ReportColumn("year", "Year", "digits"),
        ReportColumn("members", "Members", "whole"),
        ReportColumn("impact", f"Impact ({currency})", "money"),
        ReportColumn("per_member_per_year", f"Per member per year ({currency})", "general"),
        ReportColumn("per_member_per_month", f"Per member per month ({currency})", "general"),
        ReportColumn("per_treated_patient", f"Per patient who starts ({currency})", "money"),
    )
    yield ReportTable("budget_per_member", "Budget impact per member per month (PMPM) and per year", table, members)
    yield Picture("budget_figure", "Budget impact by year", lambda: budget_figure(found))
    starts = found.starts().assign(world=lambda own: own["world"].map(_WORLDS))
    own = [
        ReportColumn("strategy", "Treatment"),
        ReportColumn("world", "World"),
        ReportColumn("year", "Year", "digits"),
        ReportColumn("share", "Market share", "percent"),
        ReportColumn("starts", "Patients who start", "general"),
    ]
    own += [ReportColumn("patient_years", "Patient-years on treatment", "general")] if "patient_years" in starts else []
    yield ReportTable("budget_starts", "Market shares and patients who start", starts, tuple(own))
    lines = found.table().groupby(["line", "kind", "world", "year"], sort=False)["cost"].sum().unstack("year")
    lines.columns = [f"year_{year}" for year in lines.columns]
    lines = lines.reset_index()
    lines["world"] = lines["world"].map(_WORLDS)
    by_year = tuple(ReportColumn(f"year_{year}", f"Year {year}", "money") for year in found.years)
    names = (ReportColumn("line", "Line"), ReportColumn("kind", "Kind"), ReportColumn("world", "World"))
    yield ReportTable(
        "budget_lines", f"Spending by line: acquisition and other costs ({currency})", lines, (*names, *by_year)
    )
    yield from _scenarios(found, by_year)


def _scenarios(found: BudgetImpact, by_year: tuple[ReportColumn, ...]) -> Iterator[ReportTable]:
    if len(found.scenarios):
        wide: pd.DataFrame = found.scenarios.pivot_table(index="scenario", columns="year", values="impact", sort=False)
        wide.columns = [f"year_{year:g}" for year in wide.columns]
        frame = wide.reset_index()
        shown = (ReportColumn("scenario", "Scenario"), *(column for column in by_year if column.name in frame))
        yield ReportTable("budget_scenarios", f"Budget impact by scenario ({found.currency})", frame, shown)
