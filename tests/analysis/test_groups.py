"""Groups of inputs by what a reader sees: parameters, sheets, labels, topics, endpoints through their curves."""

import pandas as pd
import pytest
from linear import build, inputs, outcome, rows

import hecon as he
from hecon.analysis.value.groups import groups_of

PFS, OS, TOT = "progression_free_survival", "overall_survival", "time_on_treatment"


@pytest.fixture
def curves():
    """Two strategies: PFS by families, OS of B by a hazard ratio on A's, time on treatment the same as PFS."""
    wanted = [
        ("rate", "A", PFS, "exponential"), ("shape", "A", PFS, "weibull"), ("rate", "B", PFS, "exponential"),
        ("rate", "A", OS, "exponential"), ("hazard_ratio", "B", OS, ""), ("odds_ratio", "B", OS, ""),
        ("price", "A", "", ""), ("price", "B", "", ""),
    ]  # fmt: skip
    frame = rows(
        *({"parameter": name, "strategy": strategy, "value": 1.0, "se": 0.1, "distribution": "gamma"}
          for name, strategy, *_ in wanted)
    )  # fmt: skip
    frame["endpoint"] = [endpoint for *_, endpoint, _ in wanted]
    frame["family"] = [family for *_, family in wanted]
    frame["sheet"] = ["Survival"] * 6 + ["Prices"] * 2
    taken = {"reference": "", "reference_endpoint": "", "effect": ""}
    table = [
        {"strategy": "A", "endpoint": PFS, "family": "exponential", **taken},
        {"strategy": "B", "endpoint": PFS, "family": "exponential", **taken},
        {"strategy": "A", "endpoint": OS, "family": "exponential", **taken},
        {"strategy": "B", "endpoint": OS, "family": "", **taken, "reference": "A", "effect": "hazard_ratio"},
        *({"strategy": s, "endpoint": TOT, "family": "", **taken, "reference_endpoint": PFS, "effect": "same"}
          for s in "AB"),
    ]  # fmt: skip
    labels = {"strategy": ("A", "B"), "endpoint": (PFS, OS, TOT), "family": ("exponential", "weibull")}
    return build(frame, {"Curves": pd.DataFrame(table)}, labels)


def test_topics_are_parameters_and_endpoints_of_curves_in_use(curves):
    assert groups_of(curves, "topic") == {
        PFS: (f"rate · A · {PFS} · exponential", f"rate · B · {PFS} · exponential"),
        OS: (f"rate · A · {OS} · exponential", f"hazard_ratio · B · {OS}"),
        "price": ("price · A", "price · B"),
    }


def test_an_endpoint_stands_for_what_its_curves_are_made_of(curves):
    found = groups_of(curves, [TOT, OS])
    assert found[TOT] == groups_of(curves, "topic")[PFS]
    assert found[OS] == (f"rate · A · {OS} · exponential", f"hazard_ratio · B · {OS}")


def test_names_are_inputs_parameters_labels_and_sheets(curves):
    found = groups_of(curves, {"one": "price: A", "two": ["price"], "three": "B", "four": "Survival"})
    assert found["one"] == ("price · A",)
    assert found["two"] == ("price · A", "price · B")
    assert found["three"] == (f"rate · B · {PFS} · exponential", f"hazard_ratio · B · {OS}", "price · B")
    assert len(found["four"]) == 4


def test_a_list_may_hold_lists(curves):
    assert groups_of(curves, ["price: A", ["price: A", TOT]]) == {
        "price: A": ("price · A",),
        f"price: A, {TOT}": ("price · A", f"rate · A · {PFS} · exponential", f"rate · B · {PFS} · exponential"),
    }


def test_each_input_alone(curves):
    assert groups_of(curves, "input")["price · A"] == ("price · A",)
    assert len(groups_of(curves, "input")) == 8


def test_a_run_of_draws_has_the_groups_of_its_workbook():
    own = inputs()
    psa = he.run(own.draws(5, 1, outcome))
    for by in ("parameter", "topic", "sheet", "input", "strategy", ["price"], {"g": ["gain: A", "price: B"]}):
        assert groups_of(psa, by) == groups_of(own, by)


def test_a_batch_made_in_python_is_grouped_by_parameter():
    case = he.Case(outcome, {"price": (("draw", "strategy"), [[1.0, 2], [3, 4]]), "fee": 1.0, "gain": 1.0},
                   labels={"strategy": ["A", "B"]})  # fmt: skip
    assert groups_of(case, "topic") == {"price": ("price · A", "price · B")}
    assert groups_of(case, ["price"]) == {"price": ("price · A", "price · B")}
    with pytest.raises(he.UnknownNameError, match="no column to group inputs by 'sheet'"):
        groups_of(case, "sheet")


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (["pric"], "there is no input, parameter, label or sheet 'pric'. Did you mean 'price'"),
        (["time_on_treatmen"], "Did you mean"),
        ({"g": ["Care costs"]}, "no input, parameter, label or sheet 'Care costs'"),
    ],
)
def test_wrong_names(curves, by, words):
    with pytest.raises(he.UnknownNameError, match=words):
        groups_of(curves, by)
