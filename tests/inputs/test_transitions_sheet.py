"""The Transitions sheet: read into transitions, and every fault named by its cell."""

import numpy as np
import pytest

import hecon as he
from hecon.errors import InputError
from hecon.inputs.template import tables_of, write_inputs

STATES = ["well", "ill", "dead"]
STRATEGIES = ["A", "B"]
#: from, to, kind, value; rows 5 to 9 of the sheet, whose columns are from, to, kind, value.
ROWS = [
    ("well", "ill", "probability", 0.2),
    ("well", "dead", "probability", 0.05),
    ("ill", "well", "remaining", None),
    ("ill", "ill", "probability", 0.5),
    ("ill", "dead", "probability", 0.3),
]


def outcome(p, time):
    state = he.markov(time, he.transitions(p), "well")
    years = he.years_in(time, state)
    return he.Outcome(state, [he.life_years("Life years", years, he.alive(state))])


def row(origin, target, kind, value, strategy=None, **more):
    about = {"status": "assumed", "note": "example"} if kind != "remaining" else {}
    return {"strategy": strategy, "from": origin, "to": target, "kind": kind, "value": value, **about, **more}


def workbook(path, rows=None, states=STATES):
    labels = [{"dimension": "strategy", "label": name} for name in STRATEGIES]
    labels += [{"dimension": "state", "label": name} for name in states]
    tables = {"Labels": labels, "Transitions": rows or [row(*given) for given in ROWS]}
    settings = {"model": "example", "horizons": (3.0,), "cycle_unit": "year"}
    write_inputs(path, tables, settings)
    return path


@pytest.fixture
def book(tmp_path):
    def read(rows=None, states=STATES):
        return he.read_workbook(workbook(tmp_path / "book.xlsx", rows, states))

    return read


def changed(**by_place):
    """Give the rows with some replaced, by their number on the sheet: ``r5=("well", "ill", "probability", 1.7)``."""
    rows = [row(*given) for given in ROWS]
    for name, given in by_place.items():
        place = int(name[1:]) - 5
        rows[place : place + 1] = [row(*given)]
    return rows


def test_a_sheet_is_a_model(book):
    result = he.run(book().base_case(outcome))
    matrix = np.array([[0.75, 0.2, 0.05], [0.2, 0.5, 0.3], [0, 0, 1]])
    expected = [np.linalg.matrix_power(matrix, cycle)[0] for cycle in range(4)]
    np.testing.assert_allclose(result.occupancy.values.T, expected, atol=1e-15)


def test_values_are_parameters_called_by_their_states(book):
    inputs = book()
    case = inputs.base_case(outcome)
    assert set(case.values) == {"well_to_ill", "well_to_dead", "ill_to_ill", "ill_to_dead"}
    more = case.with_values(well_to_ill=0.4)
    assert he.run(more).totals.life_years.values[0, 0] < he.run(case).totals.life_years.values[0, 0]


def test_strategies_and_uncertainty(book):
    rows = [
        row("well", "ill", "probability", 0.2, "A", se=0.02, distribution="beta"),
        row("well", "ill", "probability", 0.1, "B", se=0.02, distribution="beta"),
        *(row(*given, strategy) for given in ROWS[1:] for strategy in STRATEGIES),
    ]
    inputs = book(rows)
    totals = he.run(inputs.draws(50, seed=1, model=outcome)).totals.life_years.values[..., 0]
    assert totals.shape == (50, 2)
    assert totals.std(axis=0).min() > 0
    assert (totals[:, 1] > totals[:, 0]).mean() > 0.9


def test_a_workbook_that_was_read_is_written_again(book, tmp_path):
    inputs = book()
    tables, settings = tables_of(inputs)
    write_inputs(tmp_path / "again.xlsx", tables, settings)
    again = he.read_workbook(tmp_path / "again.xlsx")
    assert again.parameters.equals(inputs.parameters)
    assert again.tables["Transitions"].equals(inputs.tables["Transitions"])


@pytest.mark.parametrize(
    ("rows", "where", "what"),
    [
        (changed(r5=("well", "ill", "probability", 1.7)), "Transitions!D5", "if it is a rate, choose kind rate"),
        (changed(r5=("well", "ill", "probability", -0.1)), "Transitions!D5", "must lie between 0 and 1"),
        (changed(r5=("well", "ill", "probability", 0.97)), "Transitions!D6", "sum to 1.02; they must sum to at most 1"),
        (
            changed(r7=("ill", "well", "probability", 0.1)),
            "Transitions!D9",
            "sum to 0.9 with staying; they must sum to 1",
        ),
        (changed(r9=("ill", "dead", "remaining", None)), "Transitions!C9", "the second complement in the row of 'ill'"),
        (changed(r7=("ill", "well", "remaining", 0.1)), "Transitions!D7", "must be blank where kind is remaining"),
        (changed(r5=("well", "ill", "probability", None)), "Transitions!D5", "from well to ill is needed"),
        (changed(r5=("dead", "ill", "probability", 0.1)), "Transitions!A5", "it is absorbing"),
        (changed(r5=("well", "ill", "rate", 0.2)), "Transitions!C6", "row 5 is a rate; a model moves by one kind"),
        (changed(r5=("well", "il", "probability", 0.2)), "Transitions!B5", "Did you mean 'ill'"),
        (changed(r5=("well", "ill", "probabilty", 0.2)), "Transitions!C5", "Did you mean 'probability'"),
        (changed(r5=("well", "dead", "probability", 0.2)), "Transitions!A6", "rows 5 and 6 both give well_to_dead"),
        ([row("well", "ill", "rate", -2.0), row("ill", "dead", "rate", 1.0)], "Transitions!D5", "must be at least 0"),
        ([row("well", "well", "rate", 2.0), row("ill", "dead", "rate", 1.0)], "Transitions!B5", "rate of staying"),
        (
            [row("well", "ill", "rate", 0.2, unit="USD"), row("ill", "dead", "rate", 1.0)],
            "Transitions!E5",
            "of a transition of kind rate",
        ),
        (
            [row("well", "ill", "probability", 0.2, unit="per month"), row("ill", "dead", "probability", 0.1)],
            "Transitions!E5",
            "a probability is one of a model cycle, of 1 year here; convert it, or give a rate",
        ),
        (
            [{**row("well", "ill", "rate", 2.0), "status": None}, row("ill", "dead", "rate", 1.0)],
            "Transitions!J5",
            "status",
        ),
    ],
)
def test_faults_by_cell(book, rows, where, what):
    with pytest.raises(InputError) as caught:
        book(rows)
    places = {fault.where: fault.what for fault in caught.value.faults}
    assert where in places, caught.value
    assert what in places[where]


@pytest.mark.parametrize(
    "rows",
    [
        [{**row(*ROWS[0]), "value": 1.7, "unit": "probability"}, *(row(*given) for given in ROWS[1:])],
        changed(r8=("ill", "il", "probability", 0.5)),
        changed(r8=("ill", "ill", "probabilty", 0.5)),
        changed(r5=("well", "ill", "probability", None)),
    ],
)
def test_one_fault_is_one_line(book, rows):
    """What follows from a fault, such as the sum of its row, is not said beside it."""
    with pytest.raises(InputError) as caught:
        book(rows)
    assert len(caught.value.faults) == 1, caught.value


def test_faults_of_one_strategy_are_in_its_cells(book):
    rows = [row(*given, strategy) for given in ROWS for strategy in STRATEGIES]
    rows[1]["value"] = 0.97  # well to ill of B
    with pytest.raises(InputError, match=r"Transitions!E8 +the probabilities from 'well' for B sum to 1.02"):
        book(rows)
    with pytest.raises(InputError, match=r"well_to_ill has no value for B"):
        book([r for r in rows if not (r["strategy"] == "B" and r["to"] == "ill" and r["from"] == "well")])


def test_a_run_names_the_cell_of_a_draw_that_breaks_a_row(book):
    rows = changed(r5=("well", "ill", "probability", 0.9))
    rows[0] |= {"se": 0.1, "distribution": "beta"}
    with pytest.raises(
        InputError, match=r"Transitions!D5 +the probabilities from 'well' to ill, dead sum to 1.* \(draw "
    ):
        he.run(book(rows).draws(200, seed=1, model=outcome))


@pytest.mark.parametrize("ill", [[row("ill", "dead", "rate", 1.0)], []])
def test_a_run_notes_the_cell_of_a_state_that_the_start_does_not_lead_to(book, ill):
    result = he.run(book([*ill, row("well", "dead", "rate", 1.0)]).base_case(outcome))
    said = "Labels!B8: nobody is ever in state 'ill', for no transitions lead there from the start (well)."
    assert said in result.notes
    assert result.trace()["ill"].max() == 0


def test_states_that_differ_by_punctuation_alone_have_no_names_of_their_own(book):
    rows = [
        row("C+", "dead", "probability", 0.1),
        row("C-", "dead", "probability", 0.2),
        row("C+", "C-", "probability", 0.1),
    ]
    with pytest.raises(InputError) as caught:
        book(rows, ["C+", "C-", "dead"])
    (fault,) = [fault for fault in caught.value.faults if "would be called" in fault.what]
    assert fault.where.endswith("6")
    assert fault.what.startswith("'C-' to 'dead' would be called c_to_dead, and so is 'C+' to 'dead' (row 5)")
