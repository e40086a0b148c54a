"""Items of the sheet Cost items as formulas: the engine's numbers, also after LibreOffice and after edits."""

import openpyxl
import pytest
from items import item, markov, partitioned
from libreoffice import needs_libreoffice, recalculated
from live_results import CHECK, apart, engine_results, results_of

import hecon as he

MARKOV = [
    item("Test", "start", 100, strategy="Strategy A"),
    item("First visit", "start", 20, state="healthy"),
    item("Scans", "in_state", 10, "USD/month", state="sick"),
    item("Ward", "entering", 7, state="sicker"),
    item("Home", "leaving", 5, state="sick"),
    item("Worse", "transition", 3, state="sick", to="sicker"),
    item("Late", "once_at", 11, year=4.5, state="healthy"),
    item("Pump", "on_treatment", 13, "USD/year", state="sick"),
]


def edited(path, folder):
    """The workbook with another value of every item, as a reviewer types them."""
    book = openpyxl.load_workbook(path)
    sheet = book["Cost items"]
    header = [cell.value for cell in sheet[4]]
    for row in range(5, 5 + sum(cell.value is not None for cell in sheet["A"][4:])):
        cell = sheet.cell(row, header.index("value") + 1)
        cell.value = cell.value * 1.5 + (row if cell.value > 0 else 0)
    book.save(folder / "edited.xlsx")
    return folder / "edited.xlsx"


@pytest.mark.slow
@needs_libreoffice
@pytest.mark.parametrize("make", [lambda f: partitioned(f / "p", horizons=(1, 2.5)), lambda f: markov(f, MARKOV)],
                         ids=["partitioned", "markov"])  # fmt: skip
def test_items_are_formulas(make, tmp_path):
    inputs = make(tmp_path)
    live = he.write_live_workbook(inputs, tmp_path / "live.xlsx")
    other = edited(live, tmp_path)
    names = {row["item"] for row in inputs.tables["Cost items"].to_dict("records")}
    cases = [inputs.base_case(), he.read_workbook(other).base_case(inputs.load_model())]
    for case, values in zip(cases, recalculated([live, other], sheets=[CHECK]), strict=True):
        found = results_of(values)
        assert all(any(name in key[1] for key in found) for name in names)
        worst, where = apart(found, engine_results(he.run(case), found))
        assert worst < 1e-9, where
