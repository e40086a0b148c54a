"""The Price grid sheet: the ICER over net discounts off two prices, and where the new treatment is worth its cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from hecon.report.analyses import Analyses
from hecon.report.document.of_sensitivity import price_grid_about, price_grid_blocks
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, heading, paragraph, section
from hecon.report.words import money, years

_NAME = "Price grid"
_WIDTHS = (26.0, *[13.0] * 10)
_QUADRANTS = {"SE": "dominant", "NW": "dominated", "S": "saves", "N": "costs more", "E": "gains", "W": "loses"}


def write_price_grid(table: pd.DataFrame, export: Export) -> None:
    """Write a grid for each horizon at the highest willingness to pay: the first price down, the second across."""
    level = table["willingness_to_pay"].max()
    own = table[table["willingness_to_pay"] == level]
    widths = [_WIDTHS[0], *[_WIDTHS[1]] * max(own["second_discount"].nunique(), 5)]
    page = export.book.page(_NAME, help="Net discounts off two prices, and what the ICER then is.")
    page.widths(widths)
    row = TOP
    for sentence in _about(table, export.analyses):
        row = paragraph(page, row, sentence, widths)
    for horizon, rows in own.groupby("horizon_years", sort=False):
        first = row + 1
        row = heading(page, first, f"{years(float(horizon))}: ICER ({export.currency} per QALY)")
        columns = sorted(rows["second_discount"].unique())
        page.text(row, 0, "Discounts", "header")
        for place, discount in enumerate(columns, start=1):
            page.number(row, place, discount, "header", num_format="0%", align="right")
        for down, across in rows.groupby("first_discount"):
            row += 1
            page.number(row, 0, float(down), "label", num_format="0%", align="left")
            for one in across.to_dict("records"):
                worth = one["incremental_net_monetary_benefit"] >= 0
                style = f"text right{' good' if worth else ''}"
                page.text(row, columns.index(one["second_discount"]) + 1, _said(one), style)
        row = section(page, first, row + 1)
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def _said(one: Mapping[Any, Any]) -> str:
    if one["quadrant"] == "NE":
        return f"{one['icer']:,.0f}"
    if one["quadrant"] == "SW":
        return f"{one['icer']:,.0f} saved"
    return _QUADRANTS.get(one["quadrant"], "equal")


def _about(table: pd.DataFrame, analyses: Analyses) -> list[str]:
    level = table["willingness_to_pay"].max()
    return [
        *price_grid_about(table),
        f"Green: worth its cost at {money(level)} {analyses.currency} per QALY. 'Saved' is what is saved for each QALY "
        "forgone, where it costs less and gains less: the higher the better.",
    ]


PRESENTATION = Presentation(
    sheets=[ResultSheet(_NAME, "Net discounts off two prices at once, and the ICER", write_price_grid)],
    about=lambda table, _: price_grid_about(table),
    blocks=price_grid_blocks,
)
