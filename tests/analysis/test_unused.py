"""Inputs that change nothing, doses that nobody gets, curves far from what was published: said, with their cells."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

import hecon as he


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    he.new_project(folder / "own")
    return folder / "own"


def edited(project, tmp_path, change):
    book = openpyxl.load_workbook(project / "inputs" / "my_model.xlsx")
    change(book)
    path = tmp_path / "edited.xlsx"
    book.save(path)
    return he.read_workbook(path, models=project / "models")


def append(page, **values):
    headers = {cell.value: cell.column for cell in page[4]}
    row = next(number for number in range(5, 200) if page.cell(number, 1).value is None)
    for name, value in values.items():
        page.cell(row, headers[name]).value = value
    return row


def test_what_no_dose_of_a_new_project_needs_is_not_read(project, tmp_path):
    inputs = edited(project, tmp_path, lambda book: None)
    assert "body_surface_area" in he.run(inputs.base_case()).unused  # no dose there is by surface
    per_surface = edited(project, tmp_path, lambda book: setattr(book["Schedules"]["G5"], "value", "mg/m2"))
    assert "body_surface_area" not in he.run(per_surface.base_case()).unused


def test_a_cost_that_the_model_does_not_read_is_said(project, tmp_path):
    place = {}

    def change(book):
        place["row"] = append(book["Care costs"], parameter="travel_cost_per_year", value=500, unit="USD/year",
                              status="assumed", note="a trip a week")  # fmt: skip

    inputs = edited(project, tmp_path, change)
    result = he.run(inputs.base_case())
    assert "travel_cost_per_year" in result.unused
    (note,) = [note for note in result.notes if "Without effect" in note]
    assert "travel_cost_per_year (Care costs!" in note
    assert str(place["row"]) in note
    assert he.run(inputs.draws(5)).unused == result.unused


def test_inputs_as_used_marks_it(project, tmp_path):
    def change(book):
        append(book["Care costs"], parameter="travel_cost_per_year", value=500, unit="USD/year", status="assumed",
               note="a trip a week")  # fmt: skip

    result = he.run(edited(project, tmp_path, change).base_case())
    path = he.write_workbook(result, tmp_path / "results.xlsx")
    rows = [row for row in openpyxl.load_workbook(path)["Inputs as used"].values if "travel_cost_per_year" in row]
    assert any(str(cell).startswith("Without effect: the model does not read it. a trip") for cell in rows[0])
    cover = [str(row[0]) for row in openpyxl.load_workbook(path)["Cover"].values]
    assert any("travel_cost_per_year" in text for text in cover)


def test_families_to_choose_from_and_the_size_of_the_population_are_no_unused_inputs():
    inputs = he.read_workbook("inputs/isa_dara_pd_us.xlsx")
    assert he.run(inputs.base_case()).unused == ()


def test_what_a_plain_case_does_not_read_is_said():
    def outcome(p, time):
        state = he.partition(time, overall=he.Exponential(p.rate))
        return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])

    case = he.Case(outcome, {"rate": 0.1, "price": 3.0}, {"strategy": ["A", "B"]})
    assert "Without effect, for the model does not read it: price." in he.run(case).notes


@pytest.mark.parametrize(
    ("column", "label", "note"),
    [
        (1, "Standard care", "Standard care has no doses, so that its drugs cost nothing"),
        (2, "new_drug", "nobody is given new_drug, so that its price has no effect"),
    ],
)
def test_strategies_and_drugs_without_doses_are_noted(project, tmp_path, column, label, note):
    def change(book):
        page = book["Schedules"]
        for row in range(page.max_row, 4, -1):
            if page.cell(row, column).value == label:
                page.delete_rows(row)

    assert edited(project, tmp_path, lambda book: None).notes == ()
    assert f"Schedules: {note}" in edited(project, tmp_path, change).notes


@pytest.mark.parametrize(
    ("column", "value", "note"),
    [
        ("dose", 800, "a dose of 800 mg/kg of new_drug is 150 of its largest packs (400 mg) at once; look at it"),
        ("unit", "mg", "a dose of 8 mg of new_drug is less than a 10th of its smallest pack (100 mg); look at it"),
    ],
)
def test_doses_that_no_pack_is_made_for_are_noted(project, tmp_path, column, value, note):
    def change(book):
        page = book["Schedules"]
        place = next(cell.column for cell in page[4] if cell.value == column)
        assert page.cell(5, 2).value == "new_drug"
        page.cell(5, place).value = value

    assert f"Schedules!F5: {note}" in edited(project, tmp_path, change).notes


def published(book, **values):
    page = book["Published survival"]
    for row in range(5, page.max_row + 1):
        for column in range(1, page.max_column + 1):
            page.cell(row, column).value = None
    append(page, status="assumed", source="a test", **values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"measure": "median", "value": 99, "low": 90, "high": 110}, r"published 99 months \(95% interval 90 to 110\)"),
        ({"measure": "median", "value": 99, "low": 90}, r"published 99 months \(95% interval 90 to not reached\)"),
        ({"measure": "median", "value": 99}, "published 99 months"),
        ({"measure": "survival_at", "time": 12, "value": 0.2}, r"The share at 12 months of .* is 0.*, published 0\.2"),
    ],
)
def test_a_curve_far_from_its_published_survival_is_said_with_both_numbers(project, tmp_path, values, said):
    place = {"strategy": "New treatment", "endpoint": "overall_survival", "time_unit": "month"}
    result = he.run(edited(project, tmp_path, lambda book: published(book, **place, **values)).base_case())
    assert pd.Series(result.notes).str.contains(said).sum() == 1
    median = float(result.curves["overall_survival"].median().sel(strategy="New treatment")) * 12
    near = {**values, "value": median, "low": median - 1, "high": median + 1, "measure": "median", "time": None}
    agrees = he.run(edited(project, tmp_path, lambda book: published(book, **place, **near)).base_case())
    assert not any("published" in note for note in agrees.notes)
