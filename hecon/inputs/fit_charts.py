"""Native charts below the table of fits: every family over the Kaplan-Meier estimate, and the hazards beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from hecon.errors import HeconError
from hecon.excel.book import Book, Page
from hecon.excel.charts import Axis, Range, Series, chart, place
from hecon.excel.palette import BLACK, colour_and_dash
from hecon.frozen import frozen
from hecon.inputs.evidence import CurveEvidence
from hecon.inputs.evidence_sheets import FITS
from hecon.inputs.fitted_curve import FittedCurve
from hecon.inputs.format import CALCULATED_PREFIX, HEADER_ROW, SHEETS_BY_NAME
from hecon.survival.base import Curve
from hecon.survival.fitting.hazard_estimates import smoothed_hazard
from hecon.survival.fitting.kaplan_meier_estimate import KaplanMeierEstimate, kaplan_meier

#: Where the numbers that the charts draw stand; a workbook is read without it.
NUMBERS = f"{CALCULATED_PREFIX}fitted curves"
#: How far curves are drawn beyond the data, as a multiple of their time, and at how many times.
_BEYOND, _TIMES = 2.5, 121
#: A hazard above this many times the largest of the data is cut off.
_HIGHEST = 3.0
_WIDTH, _HEIGHT, _ROW = 640, 400, 20
_DATA = "Kaplan-Meier"


@frozen(eq=True)
class _Drawn:
    """What is drawn of one strategy and endpoint: a table for each picture, whose first column is time."""

    title: str
    unit: str
    until: float
    survival: Sequence[pd.DataFrame]
    hazards: Sequence[pd.DataFrame]

    @property
    def highest(self) -> float | None:
        """Where the axis of hazards ends: a few times what the data reach, or the curves in the middle."""
        values = [frame.iloc[:, 1:].to_numpy().ravel() for frame in self.hazards]
        reached = float(np.nanmax(values[0])) if len(values) > 1 else float(np.nanmedian(values[-1]))
        return _rounded(_HIGHEST * reached) if reached > 0 else None


def write_fit_charts(book: Book, curves: Sequence[FittedCurve]) -> None:
    """Write the numbers of all fitted curves on a sheet of their own, and the charts below the table of sheet Fits."""
    drawn = [_drawn(list(own)) for _, own in groupby((one for one in curves if one.fit), key=lambda one: one.place)]
    page = book.page(NUMBERS, help=f"What the charts on sheet {FITS} draw. Calculated: nothing here is read.")
    sheet = book.pages[FITS]
    left, row = 0, HEADER_ROW + len(curves) + 2
    for one in drawn:
        pictures = {
            "Share without the event": (one.survival, Axis("Share without the event", 0, 1, 0.2, format="0%")),
            f"Hazard a {one.unit}": (one.hazards, Axis(f"Hazard a {one.unit}", 0, one.highest, format="0.000")),
        }
        for number, (name, (tables, axis)) in enumerate(pictures.items()):
            series = []
            for table in tables:
                series += _written(page, left, table, of_data=table is not tables[-1])
                left += table.shape[1] + 1
            made = chart(
                book.workbook, "line", f"{one.title}: {name.lower()}", series,
                Axis(f"Time ({one.unit}s)", 0, one.until, format="0"), axis,
            )  # fmt: skip
            about = f"{one.title}: {name.lower()} of every fitted family, over the data."
            right = number * (_WIDTH + 12)
            place(sheet.sheet, row, 0, made, width=_WIDTH, height=_HEIGHT, about=about, right=right)
        row += _HEIGHT // _ROW + 2
    page.freeze(HEADER_ROW, 0)
    sheet.print_setup(header_row=HEADER_ROW - 1, area=(0, 0, row, len(SHEETS_BY_NAME[FITS].columns) - 1))


def _drawn(own: Sequence[FittedCurve]) -> _Drawn:
    strategy, endpoint = own[0].place
    evidence = own[0].evidence
    estimate = _estimate(evidence)
    last = float(estimate.times[-1]) if estimate else max(one.scale for one in evidence.summaries)
    until = _rounded(_BEYOND * last)
    grid = np.linspace(0, until, _TIMES)
    names = {one.family.replace("_", " "): one.curve for one in sorted(own, key=lambda one: one.criterion)}
    survival = [pd.DataFrame({"time": grid, **{name: curve.survival(grid) for name, curve in names.items()}})]
    hazards = [pd.DataFrame({"time": grid[1:], **_hazards(names, grid[1:])})]
    if estimate:
        survival.insert(0, _steps(estimate))
        try:
            smooth = smoothed_hazard(estimate)
            hazards.insert(0, pd.DataFrame({"time": smooth["time"], "Data, smoothed": smooth["hazard"]}))
        except HeconError:  # too few events
            pass
    title = f"{endpoint.replace('_', ' ').capitalize()}, {strategy}"
    return _Drawn(title, evidence.time_unit, until, survival, hazards)


def _estimate(evidence: CurveEvidence) -> KaplanMeierEstimate | None:
    """Give the Kaplan-Meier estimate of the evidence, where it has exact times."""
    data: Mapping[str, Any] = evidence.data
    if "event" not in data:
        return None
    return kaplan_meier(data["time"], data["event"], entry=data.get("entry"), weights=data.get("weights"))


def _steps(estimate: KaplanMeierEstimate) -> pd.DataFrame:
    """Give the corners of the steps of an estimate."""
    time = np.repeat(np.r_[0.0, estimate.times], 2)[1:]
    share = np.repeat(np.r_[1.0, estimate.survival], 2)[:-1]
    return pd.DataFrame({"time": time, _DATA: share})


def _hazards(curves: Mapping[str, Curve], grid: np.ndarray) -> dict[str, np.ndarray]:
    return {name: np.asarray(curve.hazard(grid), dtype=float) for name, curve in curves.items()}


def _written(page: Page, left: int, table: pd.DataFrame, *, of_data: bool) -> list[Series]:
    """Write a table with its headers and give a series for each column but the first, time."""
    top, count = HEADER_ROW - 1, len(table)
    series = []
    for column, name in enumerate(table.columns):
        page.text(top, left + column, name, "header")
        for number, value in enumerate(table[name].to_numpy(dtype=float)):
            page.number(top + 1 + number, left + column, float(value) if np.isfinite(value) else None)
        if column:
            x, y = ((page.name, top + 1, place, top + count, place) for place in (left, left + column))
            series.append(_one(page, (top, left + column), x, y, column - 1, of_data=of_data))
    return series


def _one(page: Page, name: tuple[int, int], x: Range, y: Range, number: int, *, of_data: bool) -> Series:
    cell = (page.name, *name)
    if of_data:
        return Series(cell, x, y, BLACK, width=2.25)
    colour, dash = colour_and_dash(number)
    return Series(cell, x, y, colour, dash=dash, width=1.25)


def _rounded(value: float) -> float:
    """Give the next number above that an axis may end at: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= value) * power)
