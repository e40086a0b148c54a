"""The words of a chart are words, whatever they look like."""

import zipfile

import pytest

from hecon.excel.book import Book
from hecon.excel.charts import JOINER, Axis, Series, chart


@pytest.mark.parametrize("label", ["TEXT!A1", "=Sheet1!$A$1", "Arm!A1: where patients are", "=1+1", "plain", "a!b!C3"])
def test_a_label_that_looks_like_a_reference_is_shown_as_it_is(tmp_path, label):
    path = tmp_path / "chart.xlsx"
    book = Book(path)
    sheet = book.workbook.add_worksheet("Data")
    sheet.write_string(0, 0, label)
    series = [Series(("Data", 0, 0), ("Data", 1, 0, 3, 0), ("Data", 1, 1, 3, 1), "#000000")]
    sheet.insert_chart(0, 3, chart(book.workbook, "line", label, series, Axis(label), Axis(label)))
    book.save()
    with zipfile.ZipFile(path) as archive:
        content = archive.read("xl/charts/chart1.xml").decode()
    assert content.replace(JOINER, "").count(f"<a:t>{label}</a:t>") == 3
    assert content.count("<c:f>") == 3  # the name and the values of the series, which are cells of the sheet
