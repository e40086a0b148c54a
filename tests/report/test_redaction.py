"""Exports without confidential numbers: no digit of one in any part of any file, and nothing that would reveal it."""

import csv
import zipfile
from pathlib import Path

import openpyxl
import pytest

import hecon as he
from hecon.cli import main
from hecon.inputs.confidential import public_inputs, secrets_of
from hecon.report.redaction import BLANKED, redact_folder, redacted, refuse_secrets

ROOT = Path(__file__).resolve().parents[2]
SECRET, LOW, HIGH, LISTED = 5.8173948, 5.0912837, 6.6519283, 6.5
QUICK = ["--no-sensitivity", "--no-scenarios", "--quiet"]

pytestmark = pytest.mark.slow  # an export made twice, and read to its last part


def confidential(target, listed=LISTED, name="isa_dara_pd_us", sheet="Prices", row=5, note=None):
    """A shipped workbook in which one row is confidential."""
    book = openpyxl.load_workbook(ROOT / "inputs" / f"{name}.xlsx")
    page = book[sheet]
    place = {cell.value: cell.column for cell in page[4] if cell.value}
    last = max(place.values())
    page.cell(4, last + 1).value, page.cell(4, last + 2).value = "confidential", "list_value"
    page.cell(row, last + 1).value, page.cell(row, last + 2).value = "yes", listed
    for column, value in (("value", SECRET), ("low", LOW), ("high", HIGH), ("note", note or "agreed in confidence")):
        page.cell(row, place[column]).value = value
    book.save(target)
    return target


def digits(folder):
    """Files, with the part, in which a confidential number stands, or what it comes to by pack or dose."""
    found = []
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            parts = {"": path.read_bytes()}
            if path.suffix in (".xlsx", ".docx"):
                with zipfile.ZipFile(path) as archive:
                    parts = {name: archive.read(name) for name in archive.namelist()}
            for part, content in parts.items():
                text = content.decode("utf-8", "ignore")
                found += [(path.name, part, one) for one in TELLING if one in text]
    return found


#: The price, its range, rounded; a vial of 100 mg and of 500 mg, a dose of 800 mg; the price over that of the list.
TELLING = (
    *("5.8173948", "5.0912837", "6.6519283", "581.739", "2908.69", "2,908.69", "4653.91", "4,653.91"),
    *("5.81739", "5.8174", "581.74", "2908.70", "2,908.70", "4653.92", "4,653.92", "0.894983", "0.105016"),
)


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """A plain and a redacted export of the same workbook."""
    folder = tmp_path_factory.mktemp("redaction")
    workbook = str(confidential(folder / "own.xlsx"))
    assert main(["run", workbook, *QUICK, "--out", str(folder / "plain")]) == 0
    assert main(["run", workbook, *QUICK, "--redact", "--out", str(folder / "redacted")]) == 0
    return folder


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_no_digit_of_a_confidential_price_is_in_any_part_of_any_file(exports):
    found = digits(exports / "plain")
    assert {name for name, _, _ in found} >= {"results.xlsx", "inputs.csv"}  # the search can find
    assert digits(exports / "redacted") == []


def test_what_moves_with_the_price_is_blank_and_the_rest_is_there(exports):
    for row in table(exports / "redacted/tables/summary.csv"):
        assert (row["cost"] == "") == (row["strategy"] == "Isa-Pd")
        assert float(row["qaly"]) > 0
    lines = {(row["strategy"], row["item"]): row["value"] for row in table(exports / "redacted/tables/breakdown.csv")}
    assert lines["Isa-Pd", "Drug acquisition: isatuximab"] == ""
    assert float(lines["Isa-Pd", "Drug acquisition: pomalidomide"]) > 0
    assert float(lines["Dara-Pd", "Drug acquisition: daratumumab"]) > 0
    book = openpyxl.load_workbook(exports / "redacted/results.xlsx")
    cells = [cell.value for page in book for row in page.iter_rows() for cell in row]
    assert cells.count(BLANKED) >= 5


def test_the_run_at_list_prices_stands_beside_it_in_full(exports):
    rows = table(exports / "redacted/list_prices/tables/summary.csv")
    listed = he.run(he.read_workbook(exports / "own.xlsx").base_case().with_values(drug_price={"isatuximab": LISTED}))
    for row, cost in zip(rows, listed.totals["cost"].values.ravel(), strict=True):
        assert float(row["cost"]) == pytest.approx(cost, rel=1e-12)
    assert (exports / "redacted/list_prices/results.xlsx").exists()


def test_charts_draw_what_stands_in_their_cells(exports):
    def caches(path):
        with zipfile.ZipFile(path) as archive:
            charts = [archive.read(name).decode() for name in archive.namelist() if "charts/chart" in name]
        return [text.count("<c:numCache>") for text in charts]

    plain, blanked = caches(exports / "plain/results.xlsx"), caches(exports / "redacted/results.xlsx")
    assert len(plain) == len(blanked)
    assert 0 in blanked
    assert sum(blanked) < sum(plain)


def test_without_a_list_value_everything_that_moves_is_blank_too(tmp_path):
    workbook = str(confidential(tmp_path / "own.xlsx", None, "simple_partitioned", "Parameters", 14))
    assert main(["run", workbook, *QUICK, "--redact", "--out", str(tmp_path / "out")]) == 0
    assert digits(tmp_path / "out") == []
    assert not (tmp_path / "out" / "list_prices").exists()
    assert any(row["cost"] == "" for row in table(tmp_path / "out/tables/summary.csv"))


def test_a_live_workbook_holds_list_values_or_is_refused(tmp_path, capsys):
    workbook = str(confidential(tmp_path / "own.xlsx", 40.25, "simple_partitioned", "Parameters", 14))
    assert main(["live", workbook, "--redact", "--quiet", "--out", str(tmp_path / "live.xlsx")]) == 0
    assert digits(tmp_path) != []  # the workbook itself, which lies there
    (tmp_path / "own.xlsx").unlink()
    assert digits(tmp_path) == []
    unlisted = str(confidential(tmp_path / "other.xlsx", None, "simple_partitioned", "Parameters", 14))
    assert main(["live", unlisted, "--redact", "--out", str(tmp_path / "none.xlsx")]) == 1
    said = capsys.readouterr().err
    assert "Parameters!" in said
    assert "is confidential and has no list_value; a public workbook needs a number in its place" in said
    assert not (tmp_path / "none.xlsx").exists()


def test_a_number_in_a_note_of_another_row_is_found_and_nothing_is_written(tmp_path, capsys):
    workbook = confidential(tmp_path / "own.xlsx", 40.25, "simple_partitioned", "Parameters", 14)
    book = openpyxl.load_workbook(workbook)
    place = {cell.value: cell.column for cell in book["Parameters"][4] if cell.value}
    book["Parameters"].cell(6, place["note"]).value = f"as agreed, {SECRET}"
    book.save(workbook)
    assert main(["run", str(workbook), *QUICK, "--redact", "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "would still hold 5.8173948, the number of Parameters!" in said  # its cell is named as well
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--redact", "--store", "draws"], "a store holds every draw"),
        (["--redact"], "no row of decision_tree.xlsx is confidential: write yes in its column 'confidential'"),
    ],
)
def test_what_cannot_be_redacted_is_said(options, words, tmp_path, capsys):
    workbook = str(ROOT / "inputs" / "decision_tree.xlsx")
    assert main(["run", workbook, *options, "--out", str(tmp_path / "out")]) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_ranges_and_scenarios_move_with_the_value(tmp_path):
    inputs = he.read_workbook(confidential(tmp_path / "own.xlsx"))
    own = public_inputs(inputs)
    row = own.parameters[own.parameters["cell"] == "Prices!D5"].iloc[0]
    assert (row.value, row.low, row.high) == pytest.approx((LISTED, LOW * LISTED / SECRET, HIGH * LISTED / SECRET))
    table, before = own.tables["Scenarios"], inputs.tables["Scenarios"]
    moved = (table["target"] == "drug_price") & (table["drug"] == "isatuximab")
    assert set(secrets_of(inputs).values()) >= {SECRET, LOW, HIGH, *before[moved]["value"].astype(float)}
    assert (table["value"] != before["value"])[moved].all()


def test_files_are_blanked_field_by_field_or_left_out(tmp_path):
    real, shown = tmp_path / "real", tmp_path / "shown"
    for folder, price in ((real, SECRET), (shown, LISTED)):
        folder.mkdir()
        (folder / "a.csv").write_text(f"name,cost\nA,{price}\nB,1\n")
        (folder / "b.txt").write_text(str(price))
    written = redact_folder(real, shown, tmp_path / "out", {"Prices!D5": SECRET})
    assert [path.name for path in written] == ["a.csv"]
    assert written[0].read_text() == "name,cost\nA,\nB,1\n"
    assert redacted(".docx", b"1", b"2") is None
    with pytest.raises(he.HeconError, match=r"b\.txt would still hold 5\.8173948, the number of Prices!D5"):
        refuse_secrets([real / "b.txt"], {"Prices!D5": SECRET})


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A redacted export of every analysis with the report, the price on an axis of the map and in stated results."""
    folder = tmp_path_factory.mktemp("everything")
    path = confidential(folder / "own.xlsx")
    book = openpyxl.load_workbook(path)
    place = {cell.value: cell.column for cell in book["Map"][4] if cell.value}
    for row in range(5, book["Map"].max_row + 1):
        if book["Map"].cell(row, place["name"]).value == "drug_price: daratumumab":
            for name, value in (("name", "drug_price: isatuximab"), ("low", 5.7), ("high", 5.9), ("points", 5),
                                ("marked", str(SECRET))):  # fmt: skip
                book["Map"].cell(row, place[name]).value = value
    place = {cell.value: cell.column for cell in book["Checks"][4] if cell.value}
    last = book["Checks"].max_row + 1
    for name, value in (("check", "What Isa-Pd costs"), ("strategy", "Isa-Pd"), ("horizon_years", 1.0),
                        ("measure", "cost"), ("low", 300_123.25), ("high", 400_456.75)):  # fmt: skip
        book["Checks"].cell(last, place[name]).value = value
    book.save(path)
    options = ["--draws", "100", "--sobol-samples", "64", "--quiet", "--redact", "--report"]
    assert main(["run", str(path), *options, "--out", str(folder / "out")]) == 0
    return folder / "out"


def test_no_digit_is_in_an_export_of_every_analysis_and_its_report(everything):
    assert digits(everything) == []
    assert (everything / "list_prices" / "report.docx").exists()
    # Documents tell in sentences what moves with the price: they are written at list prices alone.
    assert not (everything / "report.docx").exists()
    assert not (everything / "report.html").exists()


def test_what_its_author_stated_of_costs_and_the_hash_stay_in_the_house(everything):
    import hashlib

    hashed = hashlib.sha256((everything.parent / "own.xlsx").read_bytes()).hexdigest()
    for path in everything.rglob("*"):
        if path.is_file():
            parts = [path.read_bytes()]
            if path.suffix in (".xlsx", ".docx"):
                with zipfile.ZipFile(path) as archive:
                    parts = [archive.read(name) for name in archive.namelist()]
            for content in parts:
                for telling in (hashed, "300123.25", "300,123", "400456.75", "400,457"):
                    assert telling.encode() not in content, (path, telling)


def test_no_answer_is_told_by_a_blank(everything):
    """Beside the list prices a blank yes is a no: where one answer differs, its whole column is blank."""
    listed, told = everything / "list_prices" / "tables", 0
    for path in (everything / "tables").iterdir():
        shown, public = table(path), table(listed / path.name)
        for name in shown[0] if shown else ():
            values = {row[name] for row in public} - {""}
            if values and not any(_is_number(value) for value in values):
                gone = [not row[name] and bool(full[name]) for row, full in zip(shown, public, strict=True)]
                told += any(gone)
                reordered = len(values) > 3 and not all(gone)
                assert not any(gone) or reordered or not any(row[name] for row in shown), (path.name, name)
    assert told > 3


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_answers_of_a_column_are_blanked_together():
    head = "strategy,cost,worth_it\n"
    real, shown = "A,1.5,yes\nB,2.5,yes\n", "A,1.5,yes\nB,3.5,no\n"
    assert redacted(".csv", (head + real).encode(), (head + shown).encode()) == (head + "A,1.5,\nB,,\n").encode()


def test_a_rounded_price_in_a_text_is_found(tmp_path):
    path = confidential(tmp_path / "own.xlsx", 40.25, "simple_partitioned", "Parameters", 14)
    book = openpyxl.load_workbook(path)
    place = {cell.value: cell.column for cell in book["Parameters"][4] if cell.value}
    book["Parameters"].cell(6, place["note"]).value = "about 5.82 a mg was agreed"
    book.save(path)
    with pytest.raises(he.InputError, match=r"would still hold 5\.82, the number of Parameters!"):
        public_inputs(he.read_workbook(path))


def test_a_number_by_pack_or_rounded_is_found_in_any_file(tmp_path):
    for number, text in enumerate(("a vial at 581.74 USD", "2,908.70", "5.81739")):
        path = tmp_path / f"{number}.csv"
        path.write_text(text)
        with pytest.raises(he.HeconError, match="would still hold"):
            refuse_secrets([path], {"Prices!D5": SECRET}, [100, 500])
    path.write_text("15.81739, 5.817391, 581.745 and 2908.8")
    refuse_secrets([path], {"Prices!D5": SECRET}, [100, 500])
