"""What an analysis cannot do with its arguments is one sentence: the argument, what was found, what is allowed."""

import pandas as pd
import pytest
import xarray as xr

import hecon as he
from hecon.analysis.registry import analysis
from hecon.errors import AlignmentError, HeconError, InputError, UnknownNameError
from hecon.parameters import Parameters
from hecon.report.figures.frontier import frontier_figure
from hecon.report.figures.plots import _structure
from hecon.report.figures.results import incremental_plane
from hecon.report.figures.survival import hazard_figure

STUDY = {"design": "A", "parameter": "x", "likelihood": "normal", "sample_size": 50, "sd": 2.0}
LABELS = {"strategy": ["Only"]}


def outcome(p, time):
    state = he.partition(time, overall=he.Exponential(p.rate))
    alive = he.years_in(time, state, "alive")
    return he.Outcome(state, [he.qaly("Life", alive, 0.8), he.cost("Care", alive, 100.0)])


def run(**values):
    return he.run(he.Case(outcome, {"rate": 0.2, **values}, labels=LABELS))


def test_designs_say_row_by_row_what_they_lack_and_what_differs():
    rows = [STUDY, {**STUDY, "parameter": "y", "fixed_cost": 10.0}, {**STUDY, "parameter": "z", "fixed_cost": 20.0}]
    with pytest.raises(InputError, match=r"row 2, design 'A' +fixed_cost is 20.0, and 10 in a row before; give it"):
        he.value.studies(pd.DataFrame(rows))
    with pytest.raises(InputError, match=r"row 0, design '' +has no design"):
        he.value.studies(pd.DataFrame([{**STUDY, "design": None}]))
    (study,) = he.value.studies(pd.DataFrame([*rows[:2], {**STUDY, "parameter": "z", "fixed_cost": 10.0}]))
    assert study.cost == 10.0


def test_a_study_costs_a_number_and_its_size_is_that_of_its_measurements():
    (study,) = he.value.studies(pd.DataFrame([STUDY]))
    assert study.sized(80).size == 80
    for cost in (-1.0, float("nan"), float("inf")):
        with pytest.raises(HeconError, match=f"study 'A' has fixed_cost {cost:g}; it must be a number of at least 0"):
            he.value.Study("A", study.measurements, fixed_cost=cost)
    simulated = he.value.Study("B", parameters=["x"], participants=9, simulate=lambda *given: None)
    with pytest.raises(HeconError, match="study 'B' simulates by a function, whose sample size hecon cannot change"):
        simulated.sized(10)


def test_means_after_more_and_more_draws_need_a_point():
    costs, effects = [[0, 1], [0, 3], [0, 5]], [[0, 1]] * 3
    with pytest.raises(HeconError, match="points is 0; it must be at least 1"):
        he.value.convergence(costs, effects, 4, points=0)


def test_two_columns_of_draws_have_two_names():
    parameters = pd.DataFrame([[0.1, 0.2], [0.3, 0.1], [0.2, 0.5]], columns=["rate", "rate"])
    with pytest.raises(AlignmentError, match="parameters have columns of the same name: rate"):
        he.value.evppi([[0, 1], [0, 3], [0, 5]], [[0, 1], [0, 2], [0, 1]], parameters, 4)


def test_an_analysis_is_known_by_its_name():
    with pytest.raises(UnknownNameError, match=r"there is no analysis 'evpii' .* Did you mean 'evppi'"):
        analysis("evpii")


def test_parameters_know_their_labels_and_hold_nothing_private():
    rates = xr.DataArray([0.1, 0.2], dims="strategy", coords={"strategy": ["New", "Old"]})
    p = Parameters({"rate": rates}, {"strategy": ("New", "Old")}, he.Settings())
    assert p.part("rate", strategy="Old").item() == 0.2
    with pytest.raises(UnknownNameError, match=r"there is no strategy 'Newer' \(New, Old\). Did you mean 'New'\?"):
        p.part("rate", strategy="Newer")
    assert not hasattr(p, "_rate")


def test_one_strategy_has_results_and_no_increments():
    result = run()
    assert len(result.summary()) > 0
    with pytest.raises(HeconError, match="there is one strategy, Only: an increment needs another one beside it"):
        result.incremental()
    with pytest.raises(HeconError, match="the frontier needs costs and QALYs of two strategies or more"):
        frontier_figure(result)
    with pytest.raises(HeconError, match="the incremental plane needs costs and QALYs of two strategies or more"):
        incremental_plane(result)


def test_what_is_kept_for_single_values_is_not_there_for_draws():
    result = run(rate=xr.DataArray([0.1, 0.2, 0.3], dims="draw"))
    kept = "for a single set of values"
    with pytest.raises(HeconError, match=f"this result has draws: a trace is kept for a model .* a {kept[6:]}"):
        result.trace()
    with pytest.raises(HeconError, match=f"this result has no structure to draw: it is kept {kept}, not for draws"):
        _structure(result)
    with pytest.raises(HeconError, match=f"this result has no survival curves: they are kept {kept}, not for draws"):
        hazard_figure(result)


def test_a_model_gives_an_outcome():
    with pytest.raises(HeconError, match=r"a model gives he.Outcome\(state, lines\), not list"):
        he.run(he.Case(lambda p, time: [], {"rate": 0.2}, labels=LABELS))


def test_odds_are_those_of_probabilities():
    moves = {("well", "dead"): 0.2}
    halved = he.states.Transitions(["well", "dead"], moves).with_odds_ratio(0.5)
    assert halved.values["well", "dead"] == pytest.approx(0.25 / 2 / (1 + 0.25 / 2))
    with pytest.raises(InputError, match=r"odds ratio +acts on probabilities; these are rates"):
        he.states.Transitions(["well", "dead"], moves, kind="rate").with_odds_ratio(0.5)
