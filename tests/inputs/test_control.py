"""The sheet Control: its cells are where one switches, and the sheets that they belong to follow them."""

import re
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from good_workbook import NEW, OS, STANDARD, good_settings, good_tables

import hecon as he
from hecon.analysis.value.shortfall import has_severity
from hecon.errors import InputError
from hecon.inputs.batch import uncertainty_of
from hecon.inputs.control_columns import CONTROL
from hecon.inputs.differences import changes_between
from hecon.inputs.template import tables_of, write_inputs
from hecon.inputs.workbook import read_tables


def outcome(p, time):
    state = he.partition(time, overall=he.curve(p, "overall_survival"))
    years = he.years_in(time, state)
    return he.Outcome(state, [he.cost("Care", years, p.care_cost_per_year.sel(state="progressed")),
                              he.qaly("Life", years, he.alive(state))])  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("control") / "inputs.xlsx"
    write_inputs(path, good_tables(), good_settings())
    return path


@pytest.fixture
def book(path):
    return openpyxl.load_workbook(path)


def cell(page, name, *labels, column="value", sheet=""):
    """The cell of a switch, found by its name, the labels of its curve, or its sheet."""
    headers = [one.value for one in page[4]]
    for row in page.iter_rows(min_row=5):
        said = [one.value for one in row]
        if said[0] == name and [one for one in said[1:3] if one] == list(labels) and sheet in ("", said[-1]):
            return row[headers.index(column)]
    raise LookupError(name)


@pytest.fixture
def switched(book, tmp_path):
    """Read the workbook after cells of Control, and of other sheets, were typed over by a program."""

    def reading(*switches, **others):
        for value, name, *labels in switches:
            sheet = labels.pop() if name == "include" else ""
            cell(book[CONTROL], name, *labels, sheet=sheet).value = value
        for place, value in others.items():
            sheet, _, address = place.partition("__")
            book[sheet][address] = value
        book.save(tmp_path / "edited.xlsx")
        return he.read_workbook(tmp_path / "edited.xlsx")

    return reading


def followed(path, sheet, column, number):
    page = openpyxl.load_workbook(path)[sheet]
    return page.cell(number, [one.value for one in page[4]].index(column) + 1)


def test_every_switch_has_one_place_and_its_sheet_follows(path, book):
    page, shown = book[CONTROL], openpyxl.load_workbook(path, data_only=True)
    horizons = cell(page, "horizons")
    assert (horizons.value, cell(page, "comparator").value) == ("1, 5, 10", STANDARD)
    assert cell(page, "family", NEW, OS).value == "weibull"
    places = {row[0].value: row[1] for row in book["Settings"].iter_rows(min_row=5)}
    assert places["horizons"].value == f'=IF(Control!$D${horizons.row}="","",Control!$D${horizons.row})'
    assert shown["Settings"][places["horizons"].coordinate].value == "1, 5, 10"
    assert "follows Control!" in next(rule.error for rule in book["Settings"].data_validations.dataValidation
                                      if places["horizons"].coordinate in rule.cells)  # fmt: skip
    assert {row[0].value for row in page.iter_rows(min_row=5) if row[0].value} >= {
        "scenario", "severity", "willingness_to_pay", "include"}  # fmt: skip


def test_drop_downs_offer_what_there_is(book):
    page = book[CONTROL]

    def offered(*switch, sheet=""):
        place = cell(page, *switch, sheet=sheet).coordinate
        return next(rule.formula1 for rule in page.data_validations.dataValidation if place in rule.cells)

    assert offered("comparator") == "list_strategy"
    assert offered("scenario").startswith('"base case,')
    assert offered("family", NEW, OS) == '"weibull,exponential"'
    assert offered("include", sheet="Prices") == '"all,tornado,psa,no"'
    assert offered("severity") == '"yes,no"'


def test_it_prints_on_one_page(book):
    page = book[CONTROL]
    assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight or 1) == (1, 1)
    assert page.sheet_properties.pageSetUpPr.fitToPage


def test_what_is_switched_by_a_program_holds_though_nothing_was_calculated(switched):
    inputs = switched(("2, 5", "horizons"), (0.05, "discount_rate_cost"), (NEW, "comparator"), ("no", "severity"),
                      ("exponential", "family", NEW, OS))  # fmt: skip
    assert inputs.settings.horizons == (2.0, 5.0)
    assert (inputs.settings.discount_rate_cost, inputs.settings.comparator) == (0.05, NEW)
    assert inputs.settings.severity == "no"
    curves = inputs.tables["Curves"].set_index(["strategy", "endpoint"])["family"]
    assert (curves[NEW, OS], curves[STANDARD, OS]) == ("exponential", "weibull")


def test_severity_is_worked_out_or_not():
    inputs = he.read_workbook("inputs/isa_dara_pd_uk.xlsx")
    assert has_severity(inputs)
    assert not has_severity(replace(inputs, settings=inputs.settings.with_changes(severity="no")))


def test_the_base_case_is_the_scenario_that_is_chosen(switched, path):
    name = "New drug 20% cheaper"
    plain, chosen = he.read_workbook(path), switched((name, "scenario"))
    assert chosen.settings.title == f"{plain.settings.title}, scenario: {name}"
    assert f"Control: the base case is the scenario '{name}'" in chosen.notes
    prices = chosen.base_case(outcome).values["drug_price"]
    assert prices.equals(plain.scenario(name, outcome).values["drug_price"])
    assert not prices.equals(plain.base_case(outcome).values["drug_price"])


@pytest.mark.parametrize(
    ("word", "tornado", "psa"), [("tornado", True, False), ("psa", False, True), ("no", False, False)]
)
def test_which_analyses_vary_the_inputs_of_a_sheet(switched, path, word, tornado, psa):
    plain, inputs = he.read_workbook(path), switched((word, "include", "Prices"))
    prices = inputs.parameters["sheet"] == "Prices"
    assert set(inputs.parameters["include"][prices]) == {word}
    assert set(inputs.parameters["include"][~prices]) == {""}
    assert "drug_price · new_drug" in uncertainty_of(plain).uncertain
    varied = {one: "drug_price · new_drug" in uncertainty_of(inputs, one).uncertain for one in ("tornado", "psa")}
    assert varied == {"tornado": tornado, "psa": psa}


def test_what_is_typed_over_a_reference_holds_and_is_noted(switched, path):
    place = followed(path, "Settings", "value", 5 + 6).coordinate  # horizons
    inputs = switched(**{f"Settings__{place}": "1, 5"})
    assert inputs.settings.horizons == (1, 5)
    own = cell(openpyxl.load_workbook(path)[CONTROL], "horizons").coordinate
    assert (
        f"Settings!{place}: horizons '1, 5' is typed there and holds; Control!{own} says '1, 5, 10' and is "
        "without effect (clear the cell on Settings and Control holds again)"
    ) in inputs.notes


def test_what_is_wrong_is_named_by_the_cell_that_it_is_typed_in(switched, path):
    place = followed(path, "Curves", "family", 5).coordinate
    with pytest.raises(InputError) as refused:
        switched(**{f"Curves__{place}": "weibul"})
    assert [fault.where for fault in refused.value.faults] == [f"Curves!{place}"]


def test_the_same_said_twice_or_here_left_blank_is_taken(switched, path):
    place = followed(path, "Settings", "value", 5 + 6).coordinate
    assert switched(**{f"Settings__{place}": "1,5,10"}).settings.horizons == (1, 5, 10)
    assert switched((None, "horizons"), **{f"Settings__{place}": "1, 5"}).settings.horizons == (1, 5)


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        ([("3%", "discount_rate_cost")], "discount_rate_cost is the text '3%' with a percent sign: type 0.03"),
        ([("weibul", "family", NEW, OS)], "Did you mean 'weibull'?"),
        ([("new drug 20% cheaper", "scenario")], "scenario 'new drug 20% cheaper' is not one of base case"),
        ([("maybe", "include", "Prices")], "include 'maybe' is not one of all, tornado, psa, no"),
        ([("perhaps", "severity")], "must be one of yes, no"),
    ],
)
def test_what_cannot_be_is_a_fault_of_the_cell_on_control(switched, switches, words):
    with pytest.raises(InputError) as refused:
        switched(*switches)
    (fault,) = refused.value.faults
    assert fault.where.startswith("Control!D")
    assert words in fault.what


def test_a_switch_of_nothing_is_refused(book, tmp_path):
    page = book[CONTROL]
    cell(page, "accrual").offset(column=-3).value = "acrual"
    cell(page, "include", sheet="Prices").offset(column=2).value = "Packs"
    cell(page, "family", NEW, OS).offset(column=-1).value = "time_on_treatment"
    book.save(tmp_path / "edited.xlsx")
    with pytest.raises(InputError) as refused:
        read_tables(tmp_path / "edited.xlsx")
    said = " ".join(fault.what for fault in refused.value.faults)
    assert "Did you mean 'accrual'?" in said
    assert "include of sheet 'Packs' cannot be switched" in said


def test_without_control_a_workbook_reads_as_before(path, book, good_file):
    typed, plain = he.read_workbook(good_file), he.read_workbook(path)
    assert CONTROL not in openpyxl.load_workbook(good_file).sheetnames
    assert typed.settings == plain.settings
    assert typed.parameters.equals(plain.parameters)
    assert CONTROL not in plain.tables


def test_switches_are_carried_to_the_next_workbook(switched, tmp_path):
    name = "New drug 20% cheaper"
    switched((name, "scenario"), ("psa", "include", "Prices"))
    raw = read_tables(tmp_path / "edited.xlsx")
    write_inputs(tmp_path / "again.xlsx", *tables_of(raw))
    again = read_tables(tmp_path / "again.xlsx")
    page = openpyxl.load_workbook(tmp_path / "again.xlsx")[CONTROL]
    assert cell(page, "scenario").value == name
    assert cell(page, "include", sheet="Prices").value == "psa"
    assert changes_between(raw, again) == ()
    assert he.read_workbook(tmp_path / "again.xlsx").parameters.equals(
        he.read_workbook(tmp_path / "edited.xlsx").parameters)  # fmt: skip


def test_what_is_switched_is_a_difference_of_its_own_sheet(switched, path, tmp_path):
    switched(("2, 5", "horizons"), ("New drug 20% cheaper", "scenario"), ("psa", "include", "Prices"))
    changes = changes_between(read_tables(path), read_tables(tmp_path / "edited.xlsx"))
    found = {(one.sheet, one.about): one for one in changes}
    assert set(found) == {("Settings", "horizons"), (CONTROL, "scenario, Scenarios"), (CONTROL, "include, Prices")}
    assert found["Settings", "horizons"].new_cell.startswith("Control!D")
    assert found[CONTROL, "scenario, Scenarios"].affects == "results"
    assert found[CONTROL, "include, Prices"].affects == "uncertainty"


def test_the_diagram_of_the_model_stands_on_it(tmp_path):
    case = he.Case(
        lambda p, time: he.Outcome(state := he.partition(time, overall=he.Exponential(p.death_rate)), [
            he.life_years("Life years", he.years_in(time, state, "alive"))]),
        {"death_rate": {"A": 0.1, "B": 0.2}}, labels={"strategy": ["A", "B"]})  # fmt: skip
    path = case.to_workbook(tmp_path / "drawn.xlsx")
    with zipfile.ZipFile(path) as archive:
        drawings = "".join(archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/drawings/drawing"))
    assert re.findall("<a:t>(.*?)</a:t>", drawings) == ["Alive", "\u2192 Dead", "Dead"]
    book = openpyxl.load_workbook(path)
    book.save(tmp_path / "once.xlsx")
    book.save(tmp_path / "twice.xlsx")
    assert he.read_workbook(tmp_path / "twice.xlsx", models=path.parent).labels == he.read_workbook(path).labels
