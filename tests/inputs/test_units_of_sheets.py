"""Units on the sheets are compared with names, curves and the currency; lines multiply to money, QALYs or years."""

import re
from contextlib import nullcontext

import openpyxl
import pandas as pd
import pytest

import hecon as he
from hecon.inputs.expected_units import expected_unit, units_by_name
from hecon.inputs.format import HEADER_ROW, PARAMETER_SHEETS
from hecon.units import parse_unit

NEW, OLD = "New treatment", "Standard care"
PFS = "progression_free_survival"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("units") / "project"
    he.new_project(folder)
    return folder


def edited(project, change):
    """Notes of the workbook after a change of its cells, or its faults by cell."""
    book = openpyxl.load_workbook(project / "inputs/my_model.xlsx")
    change(book)
    path = project / "edited.xlsx"
    book.save(path)
    try:
        return he.read_workbook(path, models=project / "models").notes
    except he.InputError as error:
        return {fault.where: fault.what for fault in error.faults}


def cells(book, sheet, column, **match):
    page = book[sheet]
    at = {cell.value: cell.column for cell in page[HEADER_ROW] if cell.value}
    for row in range(HEADER_ROW + 1, page.max_row + 1):
        if page.cell(row, 1).value and all(page.cell(row, at[k]).value == v for k, v in match.items()):
            yield page.cell(row, at[column])


WRONG = [
    ("Care costs", "care_cost_per_year", "USD/month", r"is USD/year by its name: type [\d.]+ and write USD/year"),
    ("Care costs", "care_cost_per_year", "USD", "write USD/year, and the value in it"),
    ("Care costs", "care_cost_per_year", "months", "write USD/year"),
    ("Care costs", "end_of_life_cost", "USD/year", "but end_of_life_cost is USD by its name"),
    ("Prices", "drug_price", "€/mg", "but the currency on the Settings sheet is USD"),
    ("Prices", "drug_price", "months", "write USD/mg"),
    ("Prices", "drug_price", "USD/g", "type 0.003 and write USD/mg"),
    ("Prices", "drug_price", "mg/USD", "write USD/mg"),
    ("Prices", "drug_price", "USD/month", "write USD/mg"),
    ("Care costs", "care_cost_per_year", "USD/quarter", "is USD/year by its name: type"),
    ("Utilities", "utility", "%", r"is a utility, where 1 is full health by its name; write utility \(and, if"),
    ("Utilities", "utility", "USD", "write utility"),
    ("Utilities", "utility", "disutility", r"is a utility by its name: type [\d.]+ and write utility"),
    ("Utilities", "utility", "0-100", r"write utility \(and, if"),
    ("Prices", "drug_price", "USD/m2", "write what it is the price of"),
    ("Prices", "drug_price", "USD/kg", "write what it is the price of"),
    ("Utilities", "utility", "probability", "write utility"),
    ("Adverse events", "adverse_event_duration_days", "weeks", "type 70 and write days"),
    ("Adverse events", "adverse_event_incidence", "%", "is a share of 1 by its name"),
    ("Adverse events", "adverse_event_incidence", "per year", "is a share of 1 by its name"),
    ("Administration", "infusion_minutes", "hours", "type 10800 and write minutes"),
    ("Administration", "first_hour_cost", "share", "write USD"),
    ("Survival", "hazard_ratio", "per month", "is a ratio by its name"),
    ("Population", "body_weight", "mg", "write kg"),
]


@pytest.mark.parametrize(("sheet", "name", "unit", "words"), WRONG)
def test_a_unit_that_contradicts_its_name_is_a_fault_with_its_cell(project, sheet, name, unit, words):
    place = {}

    def change(book):
        cell = next(cells(book, sheet, "unit", parameter=name))
        place["cell"] = f"{sheet}!{cell.coordinate}"
        cell.value = unit

    found = edited(project, change)
    assert list(found) == [place["cell"]]
    assert found[place["cell"]].startswith(f"unit is {unit}, but ")
    assert re.search(words, found[place["cell"]])


def test_every_unit_of_the_starter_replaced_by_nonsense_is_a_fault(project):
    places = []

    def change(book):
        for sheet in PARAMETER_SHEETS:
            if sheet in book.sheetnames:
                for cell in cells(book, sheet, "unit"):
                    if cell.value:
                        cell.value = "florins"
                        places.append(f"{sheet}!{cell.coordinate}")

    found = edited(project, change)
    assert len(places) > 40
    assert set(places) == set(found)
    assert all(what.startswith("unit 'florins' cannot be read") for what in found.values())


def test_another_unit_of_time_at_a_curve_is_one_fault_at_the_curve(project):
    place = {}

    def change(book):
        cell = next(cells(book, "Curves", "time_unit", strategy=NEW, endpoint=PFS))
        place["cell"] = f"Curves!{cell.coordinate}"
        cell.value = "week"

    found = edited(project, change)
    assert list(found) == [place["cell"]]
    assert found[place["cell"]].startswith("time_unit is week, but the units of its coefficients say month (Survival!")
    assert "write month, or give them by week (scale 81.7" in found[place["cell"]]  # 18.8 months of 365.25 / 12 days


@pytest.mark.parametrize(
    ("name", "unit", "words"),
    [
        ("scale", "years", "type 225.6 and write months"),
        ("scale", "per month", "write months"),
        ("shape", "months", "shape is a pure number; clear the cell"),
        ("shape", "USD", "shape is a pure number; clear the cell"),
    ],
)
def test_one_coefficient_in_another_unit_is_a_fault_at_its_cell(project, name, unit, words):
    place = {}

    def change(book):
        match = {"parameter": name, "strategy": NEW, "endpoint": PFS, "family": "weibull"}
        cell = next(cells(book, "Survival", "unit", **match))
        place["cell"] = f"Survival!{cell.coordinate}"
        cell.value = unit

    found = edited(project, change)
    assert list(found) == [place["cell"]]
    assert words in found[place["cell"]]


def test_blank_units_and_units_of_ones_own_get_a_note_where_something_could_be_compared(project):
    def change(book):
        next(cells(book, "Utilities", "unit")).value = None  # a pure number
        next(cells(book, "Prices", "unit", parameter="drug_price")).value = None

    notes = [note for note in edited(project, change) if "no unit" in note]
    assert len(notes) == 1
    assert notes[0].startswith("Prices!")
    own = edited(project, lambda book: setattr(next(cells(book, "Prices", "unit")), "value", "[my unit]"))
    assert isinstance(own, tuple)


#: Unit of drug_price, price_per and priced_as of the packs of 100 and 400 mg, and what is said (nothing: read).
PRICES = [
    ("USD/mg", "mg", None, ""),
    ("USD/mg", None, None, ""),
    ("USD/vial", "pack", None, ""),
    ("USD/tablet", None, 1, ""),
    ("USD/tablet", None, 28, ""),  # a pack of 28 tablets
    (None, "pack", None, ""),
    (None, None, 1, ""),
    ("USD/vial", "mg", None, "price_per is mg, but the unit of drug_price of new_drug is USD/vial (Prices!E5)"),
    ("USD/mg", "pack", None, "price_per is pack, but the unit of drug_price of new_drug is USD/mg (Prices!E5)"),
    ("USD/tablet", None, None, "price_per is blank, and drug_price of new_drug is in USD/tablet (Prices!E5): is it the"
     " price of a mg, or of this pack of 100 mg? Type pack"),
    (None, None, None, "drug_price of new_drug has no unit (Prices!E5): is it the price of a mg, or of this pack of"),
    ("USD/mg", None, 1, "priced_as is 1, as for a price per pack, but drug_price of new_drug is in USD/mg (Prices!E5)"),
    ("USD/mg", "mg", 50, "priced_as is 50, but a price per mg makes it 100; leave it blank"),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "price_per", "priced_as", "words"), PRICES)
def test_what_a_price_is_the_price_of(project, unit, price_per, priced_as, words):
    """A tablet's price that is read as that of a mg is 400 times too dear: what is not said is asked."""

    def change(book):
        next(cells(book, "Prices", "unit", parameter="drug_price")).value = unit
        for size in (100, 400):
            for column, value in (("price_per", price_per), ("priced_as", priced_as)):
                next(cells(book, "Packs", column, drug="new_drug", size=size)).value = value

    found = edited(project, change)
    assert isinstance(found, tuple) == (not words), found
    if words:
        assert set(found) == {f"Packs!{'E' if priced_as else 'D'}{row}" for row in (5, 6)}
        assert words in found[min(found)]


CURRENCIES = [
    ("Euro", "but the units of all 18 costs say another, such as USD/mg (Prices!E5)"),
    ("EUR (2024)", "but the units of all 18 costs say another"),
    ("Taler", "but the units of all 18 costs say another"),
    ("usd", "it must be a currency, such as USD or EUR: type USD"),
    ("mg", "it must be a currency"),
    ("%", "it must be a currency"),
    ("USD/EUR", "it names USD and EUR"),
    ("US Dollar", None),
    ("USD 2024", None),
    (None, "Settings!B9: currency is blank, so no unit was compared with it"),
]


@pytest.mark.parametrize(("currency", "words"), CURRENCIES)
def test_a_currency_is_that_of_the_units(project, currency, words):
    cell = lambda book: next(cells(book, "Settings", "value", setting="currency"))  # noqa: E731
    found = edited(project, lambda book: setattr(cell(book), "value", currency))
    if currency is None:
        assert words in found
    elif words is None:
        assert isinstance(found, tuple)
    else:
        assert list(found) == ["Settings!B9"]
        assert words in found["Settings!B9"]


def test_no_scenario_and_no_setting_in_python_changes_the_currency(project):
    base = he.read_workbook(project / "inputs/my_model.xlsx", models=project / "models").base_case()
    with pytest.raises(he.InputError, match=r"Prices!D5 +unit is USD/mg, and its number would stay as it is"):
        base.with_settings(currency="EUR")
    assert base.with_settings(currency="$").settings.currency == "$"

    def change(book):
        row = 5 + sum(bool(cell.value) for cell in book["Scenarios"]["A"][4:])
        book["Scenarios"].cell(row, 1).value, book["Scenarios"].cell(row, 2).value = "euro", "currency"
        book["Scenarios"].cell(row, 8).value = "EUR"

    (fault,) = edited(project, change).values()
    assert "a scenario cannot change the currency" in fault


def test_a_currency_is_followed_everywhere(project):
    def change(book):
        next(cells(book, "Settings", "value", setting="currency")).value = "EUR"
        for sheet in PARAMETER_SHEETS:
            if sheet in book.sheetnames:
                for cell in cells(book, sheet, "unit"):
                    cell.value = cell.value and cell.value.replace("USD", "€")

    assert isinstance(edited(project, change), tuple)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nurse_cost_per_month", "USD/month"),
        ("visits_per_week", "per week"),
        ("waiting_days", "days"),
        ("relapse_probability", "share"),
        ("hazard_ratio_sick", "ratio"),
        ("utility_on_a", "utility"),
        ("ambulance_cost", "USD"),
    ],
)
def test_names_tell_units(name, text):
    assert expected_unit(name).text == text


@pytest.mark.parametrize("name", ["anything", "days", "rate", "log_cost_years", "gets_a", "mortality_rate"])
def test_names_that_tell_nothing(name):
    assert expected_unit(name) is None


def test_units_by_rows_and_else_by_name():
    rows = [
        ("fee", "USD/year"),
        ("mixed", "USD/mg"),
        ("mixed", "USD/hour"),
        ("odd", "florins"),
        ("care_cost_per_year", ""),
    ]
    units = units_by_name(rows, ["fee", "mixed", "odd", "care_cost_per_year", "ambulance_cost"], "USD")
    assert {name: unit.text for name, unit in units.items()} == {"fee": "USD/year", "care_cost_per_year": "USD/year"}
    assert parse_unit("USD/year").time == "year"


# --- lines ---

LABELS = {"strategy": ("A", "B"), "state": ("progression_free", "progressed", "dead")}
VALUES = {
    "care_cost_per_year": 100.0, "nurse_cost_per_month": 10.0, "visit_fee": 5.0, "end_of_life_cost": 50.0,
    "drug_price": 2.0, "uptake": 0.5, "utility": 0.8, "stay_days": 4.0, "stay_years": 0.1, "uptake_share": 0.5,
    "adverse_event_disutility": 0.1, "hazard": 0.3,
}  # fmt: skip


def run(line, values=None, **settings):
    """Run a model of three states with one line."""

    def outcome(p, time):
        curve = he.Exponential(p.hazard)
        state = he.partition(time, progression_free=he.Exponential(p.hazard * 2), overall=curve)
        return he.Outcome(state, [line(p, time, state, curve)])

    case = he.Case(outcome, {**VALUES, **(values or {})}, labels=LABELS, settings={"horizons": (2.0,), **settings})
    return he.run(case)


REFUSED = [
    (
        lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.care_cost_per_year),
        "52.2 times too high.*take he.years_in",
    ),
    (lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.uptake, p.care_cost_per_year), "take he.years_in"),
    (lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.nurse_cost_per_month), "4.35 times too high"),
    (
        lambda p, t, s, c: he.cost("X", he.entering(s, "dead"), p.care_cost_per_year),
        "a flow of events has no time in it",
    ),
    (lambda p, t, s, c: he.cost("X", he.at_start(t), p.care_cost_per_year), "he.at_start has no time in it"),
    (lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.nurse_cost_per_month), "multiply it by 12"),
    (lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.end_of_life_cost), "take what happens once: he.entering"),
    (lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.utility), "is no cost.*Is it he.qaly"),
    (lambda p, t, s, c: he.qaly("X", he.years_in(t, s), p.care_cost_per_year), "is money.*Is it he.cost"),
    (lambda p, t, s, c: he.qaly("X", he.at_start(t), p.adverse_event_disutility), "QALYs are a utility times years"),
    (lambda p, t, s, c: he.qaly("X", he.at_start(t), p.utility, p.stay_days), "other units than years"),
    (lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.stay_days), "is no money"),
    (lambda p, t, s, c: he.life_years("X", he.years_in(t, s), p.care_cost_per_year), "is money"),
    # what a model computes of its parameters
    (
        lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.care_cost_per_year * p.uptake),
        r"care_cost_per_year \(USD/year\) x uptake is a cost by time.*52.2 times too high",
    ),
    (lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), 1.1 * p.care_cost_per_year), "52.2 times too high"),
    (lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.care_cost_per_year, 0.7), "52.2 times too high"),
    (lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.care_cost_per_year * (1 - p.uptake)), "take he.years"),
    (lambda p, t, s, c: he.cost("X", he.at_start(t), -p.care_cost_per_year / (1 + p.uptake)), "has no time in it"),
    (lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.end_of_life_cost * p.uptake / 2.6), "give a cost a year"),
    (lambda p, t, s, c: he.cost("X", he.at_start(t), p.care_cost_per_year * p.stay_days), "multiply it by 0.00273785"),
    (lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.end_of_life_cost / p.stay_days), "multiply it by 365.25"),
    (lambda p, t, s, c: he.cost("X", he.at_start(t), p.drug_price * p.uptake_share), "leaves mass to the power -1"),
    (lambda p, t, s, c: he.cost("X", he.at_start(t), p.end_of_life_cost * p.end_of_life_cost), "is no money"),
    (lambda p, t, s, c: he.cost("X", he.at_start(t), p.end_of_life_cost / p.end_of_life_cost), "is no money"),
    (
        lambda p, t, s, c: he.cost("X", he.at_start(t), p.care_cost_per_year + p.end_of_life_cost),
        r"care_cost_per_year \(USD/year\) \+ end_of_life_cost \(USD\) adds things in different units",
    ),
    (
        lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.care_cost_per_year - p.nurse_cost_per_month),
        "adds things in different units",
    ),
    (lambda p, t, s, c: he.qaly("X", he.at_start(t), p.utility - p.adverse_event_disutility), "utility times years"),
    (lambda p, t, s, c: he.qaly("X", he.years_in(t, s), p.utility * p.stay_years), "leaves years to the power 2"),
    (
        lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), he.stepwise(t, {0: p.care_cost_per_year, 1: 0.0})),
        "52.2 times too high",
    ),
    (
        lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.part("care_cost_per_year") * p.uptake.sel()),
        "52.2 times too high",
    ),
]


@pytest.mark.parametrize(("line", "words"), REFUSED)
def test_lines_that_do_not_multiply_are_refused(line, words):
    with pytest.raises(he.LineError, match=words) as caught:
        run(line)
    assert str(caught.value).startswith("line 'X': ")


TAKEN = [
    lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.care_cost_per_year),
    lambda p, t, s, c: he.cost("X", he.years_in(t, s), he.alive(s), p.care_cost_per_year),
    lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.nurse_cost_per_month, 12),
    lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.care_cost_per_year / 52),
    lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.visit_fee),
    lambda p, t, s, c: he.cost("X", he.entering(s, "dead"), p.uptake, p.end_of_life_cost),
    lambda p, t, s, c: he.cost("X", he.at_start(t), p.care_cost_per_year, p.stay_years),
    lambda p, t, s, c: he.qaly("X", he.at_start(t), p.utility, p.stay_years),
    lambda p, t, s, c: he.qaly("X", he.years_in(t, s), p.utility),
    lambda p, t, s, c: he.life_years("X", he.years_in(t, s), he.alive(s)),
    # what a model computes of its parameters
    lambda p, t, s, c: he.cost("X", he.years_in(t, s), 1.1 * p.care_cost_per_year * (1 - p.uptake)),
    lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), p.care_cost_per_year * t.settings.cycle_years),
    lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), 7 * p.care_cost_per_year / 365.25),
    lambda p, t, s, c: he.cost("X", he.years_in(t, s), 4 * p.nurse_cost_per_month + 8 * p.nurse_cost_per_month),
    lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.visit_fee * 6.0),
    lambda p, t, s, c: he.cost("X", he.years_in(t, s), p.end_of_life_cost / p.stay_years),
    lambda p, t, s, c: he.cost("X", he.at_start(t), p.end_of_life_cost + p.end_of_life_cost - 2.5),
    lambda p, t, s, c: he.cost("X", he.years_in(t, s), he.exp(p.hazard), p.care_cost_per_year),
    lambda p, t, s, c: he.cost("X", he.at_start(t), p.care_cost_per_year**1),
    lambda p, t, s, c: he.cost("X", he.at_start(t), p.end_of_life_cost * p.stay_days / p.stay_days),
    lambda p, t, s, c: he.qaly("X", he.years_in(t, s), p.utility - p.adverse_event_disutility),
    lambda p, t, s, c: he.qaly("X", he.at_start(t), -p.adverse_event_disutility * p.stay_days / 365.25),
    lambda p, t, s, c: he.qaly("X", he.at_start(t), -p.adverse_event_disutility * p.stay_days, 1 / 365.25),
]


@pytest.mark.parametrize("line", TAKEN)
def test_lines_that_multiply_are_taken(line):
    run(line)


@pytest.mark.parametrize(
    ("unit", "number", "words"),
    [
        ("mg", 1, ""),
        ("g", 1, "multiply it by 1000"),
        ("g", 1000, ""),
        ("mg/kg", 1, "leaves body weight to the power -1"),
    ],
)
def test_a_dose_in_grams_times_a_price_by_the_milligram(project, unit, number, words):
    inputs = he.read_workbook(project / "inputs/my_model.xlsx", models=project / "models")
    row = inputs.parameters.iloc[[-1]].assign(value=5.0, state="", strategy="", distribution="fixed")
    rows = [row.assign(parameter="amount", unit=unit), row.assign(parameter="tariff", unit="USD/mg")]

    def outcome(p, time):
        lines = [he.cost("Drug", he.at_start(time), p.amount * p.tariff, number)]
        return he.Outcome(he.partition(time, overall=he.Exponential(0.2)), lines)

    case = he.Inputs(**{**vars(inputs), "parameters": pd.concat(rows, ignore_index=True)}).base_case(outcome)
    with pytest.raises(he.LineError, match=words) if words else nullcontext():
        he.run(case)


def test_half_a_year_is_told_from_a_number():
    line = lambda p, t, s, c: he.cost("X", he.share_at_start(t, c), 0.4 * p.care_cost_per_year)  # noqa: E731
    run(line, cycle_length=0.4, cycle_unit="year")
    with pytest.raises(he.LineError, match=r"3\.33 times too high"):
        run(line, cycle_length=0.3, cycle_unit="year")


def test_what_computes_a_cost_is_known_where_hecon_computes_it():
    by_event = {"adverse_event_incidence": 0.1, "adverse_event_cost": 10.0, "adverse_event_duration_days": 3.0}
    for flow, wrong in ((he.years_in, True), (None, False)):

        def line(p, t, s, c, flow=flow):
            return he.cost("X", flow(t, s) if flow else he.at_start(t), he.adverse_event_cost(p))

        def loss(p, t, s, c, flow=flow):
            return he.qaly("X", flow(t, s) if flow else he.at_start(t), -he.adverse_event_qaly_loss(p))

        for one in (line, loss):
            if wrong:
                with pytest.raises(he.LineError, match="adverse events"):
                    run(one, by_event)
            else:
                run(one, by_event)


def test_a_cost_per_year_counts_once_a_cycle_of_a_year():
    run(REFUSED[0][0], cycle_length=1, cycle_unit="year")
    run(REFUSED[2][0], cycle_length=1, cycle_unit="month")


def test_the_unit_of_a_sheet_is_what_counts_where_the_name_tells_nothing(project):
    def outcome(p, time):
        state = he.partition(time, progression_free=he.Exponential(0.5), overall=he.Exponential(0.2))
        return he.Outcome(state, [he.cost("Visits", he.share_at_start(time, he.Exponential(0.5)), p.fee)])

    inputs = he.read_workbook(project / "inputs/my_model.xlsx", models=project / "models")
    row = inputs.parameters.iloc[[-1]].assign(parameter="fee", value=5.0, state="", strategy="", distribution="fixed")
    for unit, is_wrong in (("USD", False), ("USD per year", True)):
        given = he.Inputs(**{**vars(inputs), "parameters": row.assign(unit=unit)})
        if is_wrong:
            with pytest.raises(he.LineError, match=r"fee \(USD per year\) is a cost by time"):
                he.run(given.base_case(outcome))
        else:
            he.run(given.base_case(outcome))


def test_draws_and_labels_are_known_too():
    def line(p, t, s, c):
        return he.cost("X", he.share_at_start(t, c), p.part("care_cost_per_year", state="progressed"))

    by_state = {"progression_free": 1.0, "progressed": 2.0, "dead": 0.0}
    with pytest.raises(he.LineError, match="care_cost_per_year"):
        run(line, {"care_cost_per_year": by_state})
    with pytest.raises(he.LineError, match="care_cost_per_year"):
        run(REFUSED[0][0], {"care_cost_per_year": (("draw",), [1.0, 2.0, 3.0])})
