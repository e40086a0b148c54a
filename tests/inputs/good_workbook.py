"""The tables of a small good workbook with every sheet, and an editor that breaks it as people do: cell by cell."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
from followed import typed_in

from hecon.inputs.format import FIRST_ROW, HEADER_ROW
from hecon.inputs.starter import example_settings, example_tables

NEW, STANDARD = "New treatment", "Standard care"
PFS, OS = "progression_free_survival", "overall_survival"


def good_tables() -> dict[str, list[dict[str, Any]]]:
    """Tables of the example, and of the sheets that it leaves out."""
    tables = example_tables()
    tables["Parameters"] = [
        {"parameter": "ambulance_cost", "value": 300, "unit": "USD", "low": 200, "high": 400, "distribution": "gamma",
         "price_year": 2019, "status": "reported", "source": "Example 2019"},
        {"parameter": "visits", "strategy": NEW, "value": 4, "unit": "per year", "status": "assumed", "note": "x"},
        {"parameter": "visits", "strategy": STANDARD, "value": 3, "unit": "per year", "status": "assumed", "note": "x"},
    ]  # fmt: skip
    tables["Price index"] = [{"year": 2019, "index": 100.0, "source": "Example"}, {"year": 2024, "index": 118.0}]
    tables["Curve weights"] = [
        {"endpoint": PFS, "strategy": NEW, "family": "weibull", "weight": 3, "note": "x"},
        {"endpoint": PFS, "strategy": NEW, "family": "exponential", "weight": 1},
        {"endpoint": PFS, "strategy": STANDARD, "family": "weibull", "aic": 100.0},
        {"endpoint": PFS, "strategy": STANDARD, "family": "exponential", "aic": 102.0},
    ]
    tables["Kaplan-Meier"] = [
        {"strategy": STANDARD, "endpoint": endpoint, "time": time, "survival": survival}
        for endpoint, values in ((PFS, (1.0, 0.7, 0.4)), (OS, (1.0, 0.9, 0.8)))
        for time, survival in zip((0, 6, 12), values, strict=True)
    ]
    tables["Number at risk"] = [
        {"strategy": STANDARD, "endpoint": PFS, "time": time, "at_risk": at_risk}
        for time, at_risk in ((0, 100), (6, 68))
    ]
    place = {"strategy": NEW, "endpoint": OS, "family": "weibull"}
    tables["Covariance"] = [
        {**place, "parameter_1": "shape", "parameter_2": "shape", "covariance": 0.01},
        {**place, "parameter_1": "scale", "parameter_2": "scale", "covariance": 4.0},
        {**place, "parameter_1": "shape", "parameter_2": "scale", "covariance": -0.1},
    ]
    tables["Life table"] = [
        {"age": age, "sex": sex, "death_probability": 0.01 + age / 10_000}
        for sex in ("female", "male")
        for age in (60, 61, 62)
    ]
    tables["Utility norms"] = [
        {"age": age, "sex": sex, "utility": utility}
        for sex, first in (("female", 0.88), ("male", 0.9))
        for age, utility in ((50, first), (65, first - 0.05))
    ]
    tables["Budget impact"] = [
        {"parameter": "plan_members", "value": 1_000_000, "unit": "members", "status": "assumed", "note": "x"},
        {"parameter": "plan_incidence", "value": 7e-5, "unit": "share of members/year", "low": 5e-5, "high": 9e-5,
         "distribution": "beta", "status": "assumed", "note": "x"},
    ]  # fmt: skip
    tables["Market"] = [
        {"strategy": strategy, "year": year, "scenario": scenario, "share_without": float(without),
         "share_with": round(with_, 6), "status": "assumed", "note": "x"}
        for scenario, uptake in ((None, (0.1, 0.3)), ("Fast uptake", (0.4, 0.8)))
        for year, share in enumerate(uptake, start=1)
        for strategy, without, with_ in ((NEW, 0, share), (STANDARD, 1, 1 - share))
    ]  # fmt: skip
    tables["Map"] = [
        {"kind": "choice", "axis": "price of the drug", "name": "as it is"},
        {"kind": "choice", "axis": "price of the drug", "name": "lower", "scenario": "New drug 20% cheaper"},
        {"kind": "input", "name": "utility: progressed", "low": 0.5, "high": 0.7, "points": 11, "marked": "0.6"},
        {"kind": "pattern", "name": "5 no"},
        {"kind": "reading", "name": "saving"},
        {"kind": "reading", "name": "qaly + worth_it"},
    ]
    tables["Checks"] = [
        {"check": "life years", "strategy": NEW, "horizon_years": 5, "measure": "life_years", "low": 2, "high": 3},
        {"check": "cheap", "strategy": NEW, "comparator": STANDARD, "horizon_years": 5, "measure": "icer", "high": 1e6},
        {"check": "dearer", "strategy": NEW, "horizon_years": 5, "measure": "cost", "expected": "higher",
         "changed": "drug_price: new_drug * 2; discount_rate_cost = 0"},
    ]  # fmt: skip
    return tables


def good_settings() -> dict[str, Any]:
    """Settings of the example, with a price year."""
    return {**example_settings(), "price_year": 2024}


class Editor:
    """A workbook open in a spreadsheet program: cells are found by sheet, column and what else is in their row."""

    def __init__(self, content: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(content))
        for page in self.book.worksheets:
            page._images.clear()  # openpyxl saves a picture once

    def __getitem__(self, sheet: str) -> Any:
        return self.book[sheet]

    def column(self, sheet: str, header: str) -> int:
        headers = [cell.value for cell in self.book[sheet][HEADER_ROW]]
        return headers.index(header) + 1

    def row(self, sheet: str, **match: Any) -> int:
        page = self.book[sheet]
        columns = {header: self.column(sheet, header) for header in match}
        for row in range(FIRST_ROW, page.max_row + 1):
            if all(page.cell(row, columns[header]).value == value for header, value in match.items()):
                return row
        raise LookupError(f"{sheet} has no row {match}")

    def cell(self, sheet: str, column: str, **match: Any) -> Any:
        return self.book[sheet].cell(self.row(sheet, **match), self.column(sheet, column))

    def set(self, value: Any, sheet: str, column: str, **match: Any) -> str:
        """Type a value into a cell, and give its address."""
        cell = typed_in(self.book, self.cell(sheet, column, **match))
        cell.value = value
        return f"{cell.parent.title}!{cell.coordinate}"

    def append(self, sheet: str, **values: Any) -> int:
        """Add a row below the table, and give its number."""
        page = self.book[sheet]
        row = page.max_row + 1
        for header, value in values.items():
            page.cell(row, self.column(sheet, header)).value = value
        return row

    def save(self, path: Path) -> Path:
        self.book.save(path)
        return path
