"""The sheet Control: one page that shows what decides an analysis from where it stands, and that nobody reads."""

import openpyxl
import pytest
from good_workbook import good_settings, good_tables

import hecon as he
from hecon.inputs.format import CONTROL
from hecon.inputs.template import write_inputs


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("control") / "inputs.xlsx"
    tables = good_tables()
    tables["Prices"][0]["include"] = "tornado"
    write_inputs(path, tables, good_settings())
    return path


def rows(path, *, values):
    page = openpyxl.load_workbook(path, data_only=values)[CONTROL]
    return {row[0].value: [cell.value for cell in row[1:]] for row in page.iter_rows() if row[0].value}


def test_what_is_shown_is_what_stands_on_the_sheets(path):
    shown, formulas = rows(path, values=True), rows(path, values=False)
    assert shown["Comparator (blank: the last strategy)"][0] == "Standard care"
    assert shown["Time horizons, years"][0] == "1, 5, 10"
    assert shown["New treatment: overall survival"][0] == "weibull"
    assert shown["New drug 20% cheaper"][0] == 1
    assert shown["Prices"][0] == 6
    assert shown["Prices"][2] == 1  # one row is in the tornado only
    book = openpyxl.load_workbook(path, data_only=True)
    setting = formulas["Time horizons, years"][0].split("=")[1].removeprefix("IF(")
    sheet, cell = setting.replace("$", "").split("!")
    assert book[sheet][cell].value == "1, 5, 10"


def test_it_prints_on_one_page_and_holds_no_value_of_its_own(path):
    page = openpyxl.load_workbook(path)[CONTROL]
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == ("1", "1") or page.sheet_properties.pageSetUpPr
    numbers = [cell.coordinate for row in page.iter_rows() for cell in row if isinstance(cell.value, int | float)]
    assert numbers == []


def test_nothing_on_it_is_read(path, tmp_path):
    book = openpyxl.load_workbook(path)
    book[CONTROL]["B5"] = 12345
    book.save(tmp_path / "edited.xlsx")
    before, after = (he.read_workbook(one) for one in (path, tmp_path / "edited.xlsx"))
    assert before.settings == after.settings
    assert before.parameters.equals(after.parameters)
