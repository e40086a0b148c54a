"""Every number of the results workbook and of the CSV files is one of the result's own tables, read back from the file.

The report's two files have the same test in `test_report.py`. What a sheet derives from the tables for its reader or
its charts - differences of strategies, sums of lines and years, limits of running means, points read off a trace - is
worked out here again from the result, each by its name, and nothing else may stand on a sheet.
"""

import itertools
import tempfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import small_market
import three_arms

import hecon as he
from hecon.analysis.psa.tables import PsaTables, guide
from hecon.report.sheets.survival import chart_years
from hecon.report.tables import ALWAYS, published_points, table_files, tables

pytestmark = pytest.mark.slow
MODELS = ("three arms", "small market")


@pytest.fixture(scope="module", params=MODELS)
def suite(request):
    """Every analysis of a model of survival curves, and of one with budget impact and severity."""
    if request.param == "three arms":
        return he.run_suite(three_arms.make_inputs(draws=300, sobol_samples=64), model=three_arms.outcome)
    inputs = small_market.read(Path(tempfile.mkdtemp()), draws=100, sobol_samples=0)
    return he.run_suite(inputs, model=small_market.outcome)


def numbers_of(frame):
    """Every finite number of a data frame."""
    columns = [pd.to_numeric(frame[name], errors="coerce").to_numpy(float) for name in frame]
    values = np.concatenate(columns) if columns else np.array([])
    return values[np.isfinite(values)]


def apart(groups):
    """Differences of every two values of each group, both ways."""
    return np.array([a - b for group in groups for a, b in itertools.permutations(group, 2)])


def of_the_base_case(base):
    """Sums of the details of a line, and differences between strategies: of totals, lines, details."""
    totals, details = base.table(), base.breakdown()
    names = sorted((line.name for line in base.lines), key=len)
    owner = {item: [n for n in names if item == n or item.startswith(f"{n}: ")][-1] for item in set(details["item"])}
    lines = details.assign(item=details["item"].map(owner))
    lines = lines.groupby(["horizon_years", "kind", "item", "strategy"], as_index=False)["value"].sum()
    yield numbers_of(lines)
    for frame in (details, lines):
        yield apart(part["value"].tolist() for _, part in frame.groupby(["horizon_years", "kind", "item"]))
    measures = totals.columns.difference(["strategy", "horizon_years"])
    yield apart(part[name].tolist() for _, part in totals.groupby("horizon_years") for name in measures)
    if "progression_free_life_years" in totals:  # its ratio stands on the sheet Summary alone
        with np.errstate(divide="ignore", invalid="ignore"):
            pairs = ((part["cost"], part["progression_free_life_years"]) for _, part in totals.groupby("horizon_years"))
            yield from (apart([cost]) / apart([years]) for cost, years in pairs)


def of_the_charts(base):
    """Points that charts read: the trace at even years, published values in years, lines of a willingness to pay."""
    trace, (years, _) = base.trace(), chart_years(base.time.horizons[-1])
    yield years
    for _, own in trace.groupby("strategy"):
        yield from (np.interp(years, own["year"], own[name]) for name in own.columns.difference(["strategy", "year"]))
    yield numbers_of(published_points(base))


def of_the_draws(found):
    """Means less the base case, limits of running means, the points of the plane."""
    yield numbers_of((found.summary["mean"] - found.summary["base_case"]).to_frame())
    running = found.convergence
    mean, error = (running[f"incremental_net_monetary_benefit{end}"] for end in ("", "_standard_error"))
    yield from ((mean + sign * 1.96 * error).to_numpy() for sign in (-1, 1))
    plane, keys = found.plane, ["strategy", "horizon_years"]
    own = ["incremental_effect", "incremental_cost"]
    yield from (numbers_of(frame) for frame in (plane.increments, plane.ellipse))
    outlines = {at: part[own].to_numpy() for at, part in plane.ellipse.groupby(keys)}
    for at, part in plane.increments.groupby(keys):
        yield guide(np.concatenate([part[own].to_numpy(), outlines[at]]), found.levels[-1]).ravel()


def of_the_budget(found):
    """Sums over the years."""
    yield found.summary().select_dtypes("number").sum().to_numpy(float)
    for table, keys in (
        (found.table(), ["line", "world"]),
        (found.costs_per_patient(), ["line", "strategy"]),
    ):
        yield table.groupby(keys)["cost"].sum().to_numpy(float)
        yield table.groupby([*keys, "year"])["cost"].sum().to_numpy(float)
    if len(found.scenarios):
        yield found.scenarios.groupby("scenario")["impact"].sum().to_numpy(float)


def every_number(suite):
    """All that may stand on a sheet, sorted."""
    known = [numbers_of(frame) for frame in tables(suite.base, **suite.analyses).values()]
    known += [
        *of_the_base_case(suite.base),
        *of_the_charts(suite.base),
        *of_the_draws(PsaTables(suite.analyses["psa"], suite.base)),
    ]
    if "budget" in suite.analyses:
        known += of_the_budget(suite.analyses["budget"])
    return np.sort(np.concatenate(known))


def strange(book, known):
    """Cells with a number that none of the known ones equals, to the rounding of a sum."""
    found = []
    for sheet in book:
        cells = [
            cell
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
            and not (sheet.title == "Charts" and sheet.cell(cell.row, 1).value == "guide")
        ]  # fmt: skip
        values = np.array([cell.value for cell in cells], float)
        at = np.searchsorted(known, values).clip(1, len(known) - 1) if len(values) else []
        nearest = np.minimum(abs(known[at] - values), abs(known[at - 1] - values)) if len(values) else []
        found += [
            f"{sheet.title}!{cell.coordinate}: {cell.value}"
            for cell, gap in zip(cells, nearest, strict=True)
            if gap > 1e-11 * max(1, abs(cell.value))
        ]
    return found


def test_every_number_of_the_results_workbook_is_one_of_the_result(suite, tmp_path):
    path = he.write_workbook(suite.base, tmp_path / "results.xlsx", **suite.analyses)
    book, known = openpyxl.load_workbook(path), every_number(suite)
    assert strange(book, known) == []
    cell = next(cell for row in book["Summary"].iter_rows() for cell in row if isinstance(cell.value, float))
    cell.value *= 1 + 1e-9
    assert len(strange(book, known)) == 1


def test_every_number_and_text_of_every_csv_file_is_read_back(suite, tmp_path):
    files = he.write_tables(suite.base, tmp_path, **suite.analyses)
    expected = tables(suite.base, **suite.analyses)
    assert [path.name for path in files] == [f"{name}.csv" for name in expected]
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in files} <= set(table_files())
    assert set(ALWAYS) <= set(expected)
    for name, frame in expected.items():
        read = pd.read_csv(tmp_path / f"{name}.csv", dtype=str, keep_default_na=False)
        assert list(read) == list(frame), name
        assert len(read) == len(frame), name
        for column in frame:
            for text, value in zip(read[column], frame[column], strict=True):
                if isinstance(value, str):
                    assert text.removeprefix("'") == value, (name, column)
                elif value is None or value != value:
                    assert text == "", (name, column)
                else:
                    assert (text in ("True", "False") and (text == "True") == value) or float(text) == value, (
                        name,
                        column,
                    )
