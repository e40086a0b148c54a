"""The Thresholds sheet: prices at which a decision turns, and other inputs that turn it within their range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from hecon.analysis.sensitivity.prices import ALL_OTHERS, is_price, value_based_discounts
from hecon.excel.book import Page
from hecon.inputs.input_names import DOT, input_in_words
from hecon.report.analyses import Analyses
from hecon.report.document.of_sensitivity import threshold_blocks
from hecon.report.registry import Presentation, ResultSheet
from hecon.report.sheets.layout import TOP, Export, fit_row, headers, heading, paragraph, section
from hecon.report.words import money, several, years

_FIXED = (34.0, 36.0, 11.0, 12.0, 13.0)
_COLUMN = 21.0
_DISCOUNTS = "Value-based discounts"
#: Changes of a price beyond this are given as a multiple of it.
_FAR = 9
#: Prices that are told of: those whose threshold is at most so many times the price, and so many of them.
_NEAR, _MOST_PRICES = 10.0, 3
_WORDS = {
    "always above the target": "at any price",
    "always below the target": "at no price",
    "jumps across the target": "jumps",
}


def write_thresholds(table: pd.DataFrame, export: Export) -> None:
    """Write value-based prices by willingness to pay, then the other inputs."""
    prices = table[[_is_price(cell, name) for cell, name in zip(table["cell"], table["input"], strict=True)]]
    others = table.drop(prices.index)
    levels = sorted(prices["willingness_to_pay"].unique()) if len(prices) else []
    widths = [*_FIXED, *[_COLUMN] * max(len(levels), 3)]
    page = export.book.page("Thresholds", help="The value of one input at which the decision turns, all else equal.")
    page.widths(widths)
    row = TOP
    for sentence in _about(export.analyses):
        row = paragraph(page, row, sentence, widths)
    row += 1
    if len(prices):
        top = row
        row = _prices(page, heading(page, row, "Value-based prices"), prices, levels, export, widths)
        row = section(page, top, row) + 1
    if len(others):
        at = f"{money(others['willingness_to_pay'].iloc[0])} {export.currency} per QALY"
        top = row
        row = heading(page, row, f"Other inputs that turn the decision within their range, at {at}")
        row = section(page, top, _others(page, row, others, widths))
    page.print_setup(area=(0, 0, row - 1, len(widths) - 1))


def write_discounts(table: pd.DataFrame, export: Export) -> None:
    """Write the net discount at each willingness to pay, a row a price, comparison and horizon."""
    found = value_based_discounts(table)
    levels = sorted(found["willingness_to_pay"].unique())
    widths = [*_FIXED, *[_COLUMN] * max(len(levels), 3)]
    page = export.book.page(_DISCOUNTS, help="1 - value-based price / price on the sheet, all else equal.")
    page.widths(widths)
    row = paragraph(
        page,
        TOP,
        "At least the discount with which a strategy is worth its cost against the other ('at most' where the price is "
        "the other's: it must not fall further). A discount below 0 says how far the price may rise. Running the model "
        "again at the discounted price gives an incremental net monetary benefit of 0.",
        widths,
    )
    first = row
    names = [f"At {money(level)} {export.currency} per QALY" if level else "Saves money" for level in levels]
    row = headers(page, row, ["Price", "Comparison", "Horizon", "Unit", "Base value", *names], widths, ("Comparison",))
    for _, own in found.groupby(["cell", "strategy", "comparator", "horizon_years"], sort=False):
        one = own.iloc[0]
        page.text(row, 0, one["label"], "label")
        page.text(row, 1, f"{one['strategy']} against {one['comparator']}", "wrap")
        page.text(row, 2, years(one["horizon_years"]), "text")
        page.text(row, 3, one["unit"], "text", align="right")
        page.number(row, 4, one["base_value"], "number", num_format="#,##0.00")
        by_level = {line["willingness_to_pay"]: line for line in own.to_dict("records")}
        for column, level in enumerate(levels, start=5):
            line = by_level.get(level)
            said = (
                f"at {'least' if line['worth_it'] == 'below' else 'most'} {100 * line['discount']:,.1f}%"
                if line
                else ""
            )
            page.text(row, column, said, "text", align="right")
        row += 1
    page.print_setup(header_row=first, area=(0, 0, row - 1, len(widths) - 1))


def _about(analyses: Analyses) -> list[str]:
    sentences = [
        "A threshold is where the strategy and what it is held against have the same net monetary benefit: below or "
        f"above it, as the cell says, the strategy is worth its cost. At a willingness to pay of 0 {analyses.currency} "
        "that is where it begins to save money. Found exactly: the model is run at each threshold.",
        "'At any price' and 'at no price' say that no price of at least 0 turns the decision.",
    ]
    if len(analyses.base.strategies) > 2:
        sentences.append(
            f"'{ALL_OTHERS}' stands for whichever other strategy has the highest net monetary benefit at that price."
        )
    return sentences


def _is_price(cell: Any, name: str) -> bool:
    return is_price(str(cell).split("!")[0], name.split(DOT)[0])


def _prices(
    page: Page, row: int, table: pd.DataFrame, levels: Sequence[float], export: Export, widths: Sequence[float]
) -> int:
    names = [f"At {money(level)} {export.currency} per QALY" if level else "Saves money" for level in levels]
    row = headers(page, row, ["Price", "Comparison", "Horizon", "Unit", "Base value", *names], widths, ("Comparison",))
    keys = ["input", "strategy", "comparator"]
    ordered = pd.concat([own for _, own in table.groupby(keys, sort=False)])
    for _, own in ordered.groupby([*keys, "horizon_years"], sort=False):
        one = own.iloc[0]
        page.text(row, 0, input_in_words(one["input"]), "label")
        page.text(row, 1, f"{one['strategy']} against {one['comparator']}", "wrap")
        page.text(row, 2, years(one["horizon_years"]), "text")
        page.text(row, 3, one["unit"], "text", align="right")
        page.number(row, 4, one["base_value"], "number", num_format="#,##0.00")
        roots = own.to_dict("records")
        for column, level in enumerate(levels, start=5):
            text = _threshold([root for root in roots if root["willingness_to_pay"] == level])
            page.text(row, column, text, "text", align="right")
        fit_row(page, row, [(f"{one['strategy']} against {one['comparator']}", widths[1])])
        row += 1
    return row


def _threshold(roots: Sequence[Mapping[Any, Any]]) -> str:
    """Say where a decision turns: below or above a price, between several, at any or at no price."""
    words = []
    for one in roots:
        change = f" ({_change(one['change'])})" if one["change"] == one["change"] else ""
        found = f"{one['threshold']:,.2f}{change}"
        words.append(f"{one['worth_it']} {found}".strip() if one["status"] == "found" else _WORDS[one["status"]])
    return " and ".join(words)


def _change(change: float) -> str:
    """Say how far a threshold is from the base value."""
    return f"x {change + 1:,.0f}" if change >= _FAR else f"{100 * change:+.0f}%"


def _others(page: Page, row: int, table: pd.DataFrame, widths: Sequence[float]) -> int:
    names = ["Input", "Comparison", "Horizon", "Unit", "Base value", "Turns at", "Change", "Worth its cost"]
    row = headers(page, row, names, widths, ("Comparison", "Worth its cost"))
    for one in table[table["status"] == "found"].to_dict("records"):
        label = input_in_words(one["input"])
        page.text(row, 0, label, "label", text_wrap=True)
        page.text(row, 1, f"{one['strategy']} against {one['comparator']}", "wrap")
        page.text(row, 2, years(one["horizon_years"]), "text")
        page.text(row, 3, one["unit"], "text", align="right")
        page.number(row, 4, one["base_value"], "number", num_format="0.0000")
        page.number(row, 5, one["threshold"], "number", num_format="0.0000")
        page.number(row, 6, one["change"], "percent")
        page.text(row, 7, f"{one['worth_it']} it" if one["worth_it"] else "turns more than once", "text")
        fit_row(page, row, [(label, widths[0])])
        row += 1
    return row


def _priced(table: pd.DataFrame) -> list[str]:
    """Say where prices turn the decision of the first comparison, at the highest willingness to pay."""
    pairs = table[table["comparator"] != ALL_OTHERS]
    own = pairs[(pairs["willingness_to_pay"] == pairs["willingness_to_pay"].max()) & (pairs["worth_it"] != "")]
    own = own[own["label"].str.contains("price", case=False) & (own["change"].abs() <= _NEAR)]
    said = []
    for _, rows in own.groupby(["input", "strategy", "comparator"], sort=False):
        one = rows.iloc[0]
        places = [f"{row['worth_it']} {row['threshold']:,.2f} at {years(row['horizon_years'])}"
                  for row in rows.to_dict("records")]  # fmt: skip
        said.append(
            f"{one['label']}, now {one['base_value']:,.2f}{' ' * bool(one['unit'])}{one['unit']}: {one['strategy']} is "
            f"worth it against "
            f"{one['comparator']} {several(places)}."
        )
    return said[:_MOST_PRICES]


PRESENTATION = Presentation(
    sheets=[
        ResultSheet("Thresholds", "Prices and other values at which the decision turns", write_thresholds),
        ResultSheet(
            _DISCOUNTS,
            "The net discount off each price at which a strategy is worth its cost",
            write_discounts,
            shown=lambda table, _: len(value_based_discounts(table)) > 0,
        ),
    ],
    findings=lambda table, _: _priced(table),
    leads=1,
    about=lambda _, analyses: _about(analyses),
    blocks=threshold_blocks,
)
