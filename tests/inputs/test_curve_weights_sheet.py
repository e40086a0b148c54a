"""The sheet Curve weights: what no draw could take is a fault at its cell."""

from __future__ import annotations

import pytest
from good_workbook import NEW, OS, PFS, STANDARD, Editor

BY_WEIGHT = {"strategy": NEW, "endpoint": PFS}
BY_AIC = {"strategy": STANDARD, "endpoint": PFS}


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        ({**BY_WEIGHT, "family": "weibull"}, "family", "weibul", "Did you mean 'weibull'?"),
        (
            {**BY_WEIGHT, "family": "weibull"},
            "family",
            "lognormal",
            "has no meanlog and sdlog of family lognormal for New",
        ),
        ({**BY_WEIGHT, "family": "weibull"}, "weight", -1, "weight is -1; it must be at least 0"),
        ({**BY_WEIGHT, "family": "weibull"}, "weight", None, "weight of weibull is blank; every family needs a weight"),
        ({**BY_WEIGHT, "family": "exponential"}, "aic", 7, "aic is 7, but row 5 has weight; weigh all families"),
        ({**BY_AIC, "family": "weibull"}, "weight", 7, "aic is 100, but row 7 has weight; weigh all families"),
        ({**BY_AIC, "family": "exponential"}, "weight", 7, "weight is 7, but row 7 has aic; weigh all families"),
        ({**BY_AIC, "family": "exponential"}, "strategy", "New", "strategy 'New' is not on the Labels sheet"),
        ({**BY_AIC, "family": "exponential"}, "endpoint", None, "endpoint is blank"),
        ({**BY_WEIGHT, "family": "exponential"}, "family", "weibull", "rows 5 and 6 are both about"),
    ],
)
def test_what_no_draw_could_take_is_a_fault(faults, editor: Editor, row, column, value, words):
    number = editor.row("Curve weights", **row)
    editor.set(value, "Curve weights", column, **row)
    found = [fault for fault in faults(editor) if words in fault.what]
    assert len(found) == 1
    assert found[0].where.startswith("Curve weights!")
    assert found[0].where.endswith(str(number))


def test_weights_that_are_all_nought(faults, editor: Editor):
    for family in ("weibull", "exponential"):
        editor.set(0, "Curve weights", "weight", **BY_WEIGHT, family=family)
    (fault,) = faults(editor)
    assert fault.where == "Curve weights!D5"
    assert "are all 0; one must be above 0" in fault.what


def test_a_curve_is_chosen_once(faults, editor: Editor):
    number = editor.append("Curve weights", endpoint=PFS, family="weibull", weight=1)
    found = faults(editor)
    assert [fault.where for fault in found] == ["Curve weights!B5", "Curve weights!B7"]
    assert f"row {number} chooses for every strategy at once" in found[0].what


def test_a_reference_curve_has_no_families_to_weigh(faults, editor: Editor):
    number = editor.append("Curve weights", endpoint="time_on_treatment", strategy=NEW, family="weibull", weight=1)
    (fault,) = faults(editor)
    assert fault.where == f"Curve weights!A{number}"
    assert f"{NEW}, time_on_treatment takes a reference curve on Curves" in fault.what


def test_every_strategy_at_once_is_fine(faults, editor: Editor):
    editor.append("Curve weights", endpoint=OS, family="weibull", weight=1)
    editor.append("Curve weights", endpoint=OS, family="exponential", weight=1)
    assert faults(editor) == []
