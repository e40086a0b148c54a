"""One rule for what is asked of arrays, a run of draws or a workbook: one name, and each form in its signature."""

import inspect
import itertools
from graphlib import TopologicalSorter
from types import FunctionType, ModuleType
from typing import get_overloads

import pytest
from linear import inputs, outcome

import hecon as he

ROOMS = (he.value, he.sensitivity, he.psa, he.budget, he.report)
FUNCTIONS = {
    name: found for room in ROOMS for name in room.__all__ if isinstance(found := getattr(room, name), FunctionType)
}
FORMS = {name: get_overloads(found) for name, found in FUNCTIONS.items() if get_overloads(found)}
POSITIONAL = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)


def by_place(function):
    return [one.name for one in inspect.signature(function).parameters.values() if one.kind in POSITIONAL]


def test_functions_of_two_forms_are_those_of_the_field():
    assert set(FORMS) == {
        "budget_impact", "ceac", "ceaf", "convergence", "cost_effectiveness_plane", "evpi", "evppi", "evppi_nested",
        "evsi", "expected_loss", "global_sensitivity", "net_benefit", "qale", "severity", "studies",
    }  # fmt: skip


def test_a_second_form_has_no_second_name():
    names = {name for room in (he, *ROOMS) for name in room.__all__}
    assert [name for name in names if name.endswith("_of") and name.removesuffix("_of") in names] == []


@pytest.mark.parametrize("name", FORMS)
def test_both_forms_stand_in_help(name):
    said = " ".join(FUNCTIONS[name].__doc__.split())
    for form in FORMS[name]:
        assert f"{name}({next(iter(inspect.signature(form).parameters))}: " in said


@pytest.mark.parametrize("name", FORMS)
def test_what_the_form_is_chosen_by_stands_first(name):
    """By its place and not by its name, since it has another name in each form."""
    first = next(iter(inspect.signature(FORMS[name][0]).parameters.values()))
    assert first.kind is inspect.Parameter.POSITIONAL_ONLY
    assert first.name in ("psa", "inputs", "case", "result")


def test_arguments_that_mean_the_same_stand_in_the_same_order():
    """Of no two arguments does one stand before the other here, and behind it there: one order serves all."""
    after = {}
    for place in (he, *(room for name in he.__all__ if isinstance(room := getattr(he, name), ModuleType))):
        for function in (found for name in place.__all__ if isinstance(found := getattr(place, name), FunctionType)):
            for form in get_overloads(function) or [function]:
                for one, other in itertools.pairwise(by_place(form)):
                    after.setdefault(other, set()).add(one)
    assert len(after) > 100
    TopologicalSorter(after).prepare()  # raises CycleError with the ring of arguments


@pytest.mark.parametrize("name", ["ceac", "evpi", "evppi", "evsi"])
def test_arrays_may_be_given_by_their_names(name):
    own = FUNCTIONS[name]
    costs, effects = [[0.0, 1.0], [0.0, 3.0]] * 20, [[0.0, 1.0], [0.0, 2.0]] * 20
    more = {"parameters": {"x": [0.0, 1.0] * 20}} if name in ("evppi", "evsi") else {}
    if name == "evsi":
        more["designs"] = he.Study("s", [he.Measurement("x", "normal", 10, sd=1.0)])
    assert len(own(costs=costs, effects=effects, willingness_to_pay=2.0, **more))


def test_a_threshold_in_the_place_of_groups_is_told():
    psa = he.run(inputs().draws(20, 1, outcome))
    with pytest.raises(he.HeconError, match="willingness_to_pay"):
        he.evppi(psa, 20_000)
