"""Labels that stand apart on the sheet Labels: read in their order, and offered by every drop-down."""

import openpyxl
import pytest
from libreoffice import needs_libreoffice, recalculated

import hecon as he
from hecon.inputs.control_columns import CONTROL
from hecon.inputs.format import HEADER_ROW
from hecon.inputs.lists import LISTS


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    """The starter, and the starter with the first and the last row of Labels in each other's place."""
    folder = tmp_path_factory.mktemp("labels")
    path = he.new_project(folder / "p")[0]
    book = openpyxl.load_workbook(path)
    page = book["Labels"]
    bottom = max(row for row in range(1, page.max_row + 1) if page.cell(row, 1).value)
    for column in (1, 2):
        first, last = page.cell(HEADER_ROW + 1, column), page.cell(bottom, column)
        first.value, last.value = last.value, first.value
    out = path.with_name("apart.xlsx")
    book.save(out)
    return path, out


def test_labels_may_stand_apart(apart):
    before, after = (he.read_workbook(path) for path in apart)
    first, last = "strategy", list(before.labels)[-1]
    assert after.labels[first] == (*before.labels[first][1:], before.labels[first][0])
    assert after.labels[last] == (before.labels[last][-1], *before.labels[last][:-1])
    totals = [he.run(inputs.base_case()).totals for inputs in (before, after)]
    for name in before.labels[first]:
        assert (totals[0].cost.sel(strategy=name) == totals[1].cost.sel(strategy=name)).all()


@pytest.mark.slow
@needs_libreoffice
def test_drop_downs_follow(apart):
    labels = [he.read_workbook(path).labels for path in apart]
    both = recalculated(apart, sheets=[LISTS, CONTROL])
    for values, known in zip(both, labels, strict=True):
        cells = values[LISTS]
        for number in range(len(known)):
            column = chr(ord("B") + 2 * number)
            names = known[cells[f"{column}{HEADER_ROW}"]]
            listed = [cells.get(f"{column}{row}") for row in range(HEADER_ROW + 1, HEADER_ROW + 1 + len(names) + 2)]
            assert [name for name in listed if name] == list(names)
    stored = openpyxl.load_workbook(apart[0], data_only=True)[CONTROL]
    for row in stored.iter_rows():
        for cell in row:
            assert (both[0][CONTROL].get(cell.coordinate) or None) == (cell.value or None), cell.coordinate
