"""A further strategy, drug, state, scenario: one command, rows that are marked, and numbers that follow by hand."""

import math
from pathlib import Path

import openpyxl
import pytest
from followed import typed_in
from items import NEW, ROOT, STANDARD

import hecon as he
from hecon import cli
from hecon.errors import HeconError, InputError
from hecon.inputs.additions import add_to_workbook
from hecon.inputs.format import HEADER_ROW
from hecon.inputs.template import tables_of, write_inputs

PFS, OS, TOT = "progression_free_survival", "overall_survival", "time_on_treatment"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project") / "p"
    return he.new_project(folder)[0]


def edit(path: Path, *edits):
    """Type into a workbook: (sheet, labels of a row, what to type by header), or ``None`` to empty the row."""
    book = openpyxl.load_workbook(path)
    for sheet, about, cells in edits:
        page = book[sheet]
        header = {cell.value: cell.column for cell in page[HEADER_ROW]}
        rows = [row for row in range(HEADER_ROW + 1, page.max_row + 1)
                if all(page.cell(row, header[name]).value == label for name, label in about.items())]  # fmt: skip
        assert rows, (sheet, about)
        for row in rows if cells is None else rows[:1]:
            for name, value in (dict.fromkeys(header) if cells is None else cells).items():
                cell = page.cell(row, header[name])
                (cell if value is None else typed_in(book, cell)).value = value
    book.save(path)


@pytest.fixture(scope="module")
def third(project):
    """A third comparator with a drug, a curve and a schedule of its own: two commands, and typing."""
    first, path = project.with_name("drug.xlsx"), project.with_name("third.xlsx")
    assert cli.main(["add", "drug", "third_drug", "--like", "new_drug", str(project), "--out", str(first)]) == 0
    command = ["add", "strategy", "Third", "--like", NEW, str(first), "--out", str(path)]
    assert cli.main(command) == 0
    mine = {"strategy": "Third", "drug": "new_drug"}
    edit(
        path,
        ("Curves", {"strategy": "Third", "endpoint": PFS}, {"family": "exponential"}),
        ("Survival", {"strategy": "Third", "endpoint": PFS, "family": "exponential"},
         {"value": 0.04, "low": 0.03, "high": 0.05}),
        ("Prices", {"parameter": "drug_price", "drug": "third_drug"}, {"value": 2.0, "low": 1.5, "high": 2.5}),
        ("Packs", {"drug": "third_drug", "size": 400}, {"size": 150}),
        ("Schedules", {**mine, "from_cycle": 1}, {"drug": "third_drug", "to_cycle": 3, "days": "1, 15", "dose": 200,
                                                  "unit": "mg"}),
        ("Schedules", {**mine, "from_cycle": 3}, {"drug": "third_drug", "from_cycle": 4, "days": "1", "dose": 300,
                                                  "unit": "mg"}),
    )  # fmt: skip
    return path


def test_a_third_comparator_by_rows_alone(third, project):
    inputs = he.read_workbook(third)
    result = he.run(inputs.base_case())
    assert result.strategies == (NEW, "Third", STANDARD)  # the comparator is still the last one
    line = next(line for line in result.lines if line.name == "Drug acquisition")
    paid = line.discounted[1, line.axes.labels["drug"].index("third_drug")]

    def treated(years):
        return min(math.exp(-0.04 * 12 * years), math.exp(-((12 * years / 41.3) ** 1.15)))

    def dose_cost(day):  # 200 mg are 100 + 100 mg, 300 mg 150 + 150 mg: at 2 a mg, of which 95 % are given
        return (400 if day < 84 else 600) * 0.95

    days = [d for cycle in range(140) for d in ((28 * cycle, 28 * cycle + 14) if cycle < 3 else (28 * cycle,))]
    by_hand = [
        sum(dose_cost(d) * treated(d / 365.25) * 1.03 ** -(d / 365.25) for d in days if d / 365.25 < horizon)
        for horizon in (1, 5, 10)
    ]
    assert paid == pytest.approx(by_hand, rel=1e-12)
    before = he.run(he.read_workbook(project).base_case())
    for name in (NEW, STANDARD):
        same = result.totals.sel(strategy=name), before.totals.sel(strategy=name)
        assert all((same[0][kind] == same[1][kind]).all() for kind in ("cost", "qaly", "life_years"))


def test_what_follows_is_left_to_follow_and_filled_for_formulas(third):
    page = openpyxl.load_workbook(third)["Packs"]
    place = [cell.value for cell in page[HEADER_ROW]].index("priced_as")
    assert {row[place] for row in page.iter_rows(min_row=HEADER_ROW + 1, values_only=True)} == {None}
    rows = tables_of(he.read_workbook(third))[0]["Packs"]  # as a live workbook has them, whose formulas refer to each
    assert [row["priced_as"] for row in rows] == [100, 400, 100, 150, 1]


def test_rows_are_marked_and_counted(third, capsys):
    inputs = he.read_workbook(third)
    (note,) = [note for note in inputs.notes if "to be checked" in note]
    assert "Curves (3, from" in note
    copied = inputs.parameters[inputs.parameters["note"].str.startswith("to be checked")]
    assert set(copied["status"]) == {"assumed"}
    assert set(copied["source"]) == {""}
    assert len(copied[copied["strategy"] == "Third"]) == len(
        inputs.parameters[inputs.parameters["strategy"] == "Third"]
    )


@pytest.mark.slow
def test_an_unlike_strategy_is_the_same_until_it_is_changed(project):
    out = project.with_name("same.xlsx")
    made = add_to_workbook("strategy", "Twin", project, out, like=NEW)
    assert made.rows["Schedules"] == 3
    totals = he.run(he.read_workbook(out).base_case()).totals
    assert (totals.cost.sel(strategy="Twin") == totals.cost.sel(strategy=NEW)).all()


def test_nothing_is_written_over(project, capsys):
    before = project.read_bytes()
    for out in (project, project.parent / "." / project.name):
        assert cli.main(["add", "strategy", "X", "--like", NEW, str(project), "--out", str(out)]) == 1
    assert "exists already; give the name of a new file" in capsys.readouterr().err
    assert project.read_bytes() == before


@pytest.mark.parametrize(
    ("dimension", "name", "like", "words"),
    [
        ("strategy", NEW, STANDARD, f"there is a strategy '{NEW}' already"),
        ("strategy", "X", "Nw treatment", "Did you mean 'New treatment'"),
        ("strategies", "X", NEW, "Did you mean 'strategy'"),
        ("scenario", "X", "Exponential curve", "Did you mean 'Exponential curves'"),
    ],
)
def test_what_cannot_be_added_is_one_line(project, dimension, name, like, words):
    with pytest.raises(HeconError, match=words):
        add_to_workbook(dimension, name, project, project.with_name("never.xlsx"), like=like)
    assert not project.with_name("never.xlsx").exists()


@pytest.mark.slow
def test_a_scenario(project):
    out = project.with_name("scenario.xlsx")
    add_to_workbook("scenario", "Dearer", project, out, like="New drug 20% cheaper")
    edit(out, ("Scenarios", {"scenario": "Dearer"}, {"value": 6.0}))
    inputs = he.read_workbook(out)
    assert inputs.scenario("Dearer").values["drug_price"].sel(drug="new_drug") == 6.0


def test_a_state_is_entered_by_nobody_until_somebody_says_so(tmp_path):
    tables = {
        "Labels": [{"dimension": "strategy", "label": "A"}]
        + [{"dimension": "state", "label": name} for name in ("well", "ill", "dead")],
        "Transitions": [
            {"from": a, "to": b, "kind": "probability", "value": v, "status": "assumed", "note": "x"}
            for a, b, v in (("well", "ill", 0.2), ("well", "dead", 0.1), ("ill", "dead", 0.5))
        ],
        "Utilities": [
            {"parameter": "utility", "state": name, "value": value, "unit": "utility", "status": "assumed", "note": "x"}
            for name, value in (("well", 1), ("ill", 0.5), ("dead", 0))
        ],
    }
    path, out = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    write_inputs(path, tables, {"model": "any", "horizons": "3", "cycle_length": 1, "cycle_unit": "year"},
                    notes={"Notes of mine": ["kept"]})  # fmt: skip
    made = add_to_workbook("state", "very ill", path, out, like="ill")
    assert made.rows == {"Labels": 1, "Utilities": 1, "Transitions": 2}
    inputs = he.read_workbook(out)
    rows = inputs.tables["Transitions"]
    assert rows.set_index(["from", "to"])["value"].to_dict()["well", "very ill"] == 0
    assert rows.set_index(["from", "to"])["value"].to_dict()["very ill", "dead"] == 0.5
    assert "Notes of mine" in openpyxl.load_workbook(out).sheetnames


def test_a_label_without_rows_is_told_by_sheet(project):
    path = project.with_name("label.xlsx")
    path.write_bytes(project.read_bytes())
    book = openpyxl.load_workbook(path)
    page = book["Labels"]
    page.insert_rows(HEADER_ROW + 2)
    page.cell(HEADER_ROW + 2, 1).value, page.cell(HEADER_ROW + 2, 2).value = "strategy", "Third"
    book.save(path)
    with pytest.raises(InputError) as caught:
        he.read_workbook(path)
    (fault,) = [fault for fault in caught.value.faults if "has no rows yet" in fault.what]
    assert fault.where == "Labels!B6"
    assert "strategy 'Third' has no rows yet on Survival (7), Prices (2), Adverse events (2), Curves (3)" in fault.what
    assert "hecon add strategy writes such rows like those of another strategy" in fault.what


@pytest.mark.slow
def test_shipped_workbooks_take_a_strategy_more(tmp_path):
    source = ROOT / "inputs" / "isa_dara_kd_us.xlsx"
    inputs = he.read_workbook(source)
    name = inputs.labels["strategy"][0]
    add_to_workbook("strategy", "Another", source, tmp_path / "more.xlsx", like=name)
    totals = he.run(he.read_workbook(tmp_path / "more.xlsx").base_case()).totals
    assert (totals.cost.sel(strategy="Another") == totals.cost.sel(strategy=name)).all()
