"""Sheet Control: its columns, and what can be switched on it, in plain words."""

# ruff: noqa: E501  (a table reads best with one row a line)
from __future__ import annotations

from hecon.inputs.columns import Column, Sheet
from hecon.inputs.common_columns import label_column
from hecon.inputs.quantities import INCLUDED_IN

#: The page where what decides an analysis is switched.
CONTROL = "Control"
#: Switches that stand nowhere else; the others are a setting or a column of Curves, whose cells refer to this page.
SCENARIO, INCLUDE = "scenario", "include"
#: The scenario that none is.
AS_IT_STANDS = "base case"
#: What the switch of a sheet says where each row of it says for itself which analyses vary it.
IN_ALL = "all"
INCLUDE_CHOICES = (IN_ALL, *INCLUDED_IN)
#: Settings that are switched here, in plain words.
SETTINGS_SWITCHED = {
    "horizons": "Time horizons in years; results are given at each of them.",
    "comparator": "What the others are held against; blank is the last on Labels.",
    "willingness_to_pay": "Willingness to pay for a QALY, one number or several.",
    "discount_rate_cost": "Discount rate of costs, a year.",
    "discount_rate_effect": "Discount rate of life years and QALYs, a year.",
    "accrual": "How time within a cycle counts; life_table is half-cycle correction.",
    "crossing": "Where progression-free survival lies above overall survival.",
    "draws": "Draws of the probabilistic analysis.",
    "severity": "Whether shortfalls and the weight of a QALY are worked out.",
}
SCENARIO_WORDS = "The scenario that every analysis is made in."
FAMILY_WORDS = "Survival family, of those with coefficients on Survival."
REFERENCE_WORDS = "The {label} whose curve this one follows from, as Curves says."
INCLUDE_WORDS = "Which analyses vary inputs of {sheet}: all, tornado, psa, no."

CONTROL_SHEET = Sheet(
    CONTROL,
    "What decides the analysis, on one page: change the yellow cells. The sheet that each belongs to shows what is said here.",
    (
        Column("switch", "name", "What is switched: a setting, the family or reference of a curve, scenario, or include.", True, width=22),
        label_column("strategy", "Of a curve: its strategy.", required=False),
        label_column("endpoint", "Of a curve: its endpoint.", required=False),
        Column("value", "any", "What it is switched to. Blank is what stands on the sheet it belongs to. include: a row of that sheet can say less than this, not more.", width=30),
        Column("meaning", "text", "For people; not used.", width=62),
        Column("sheet", "text", "The sheet that it belongs to: its cell there refers to this one. Where both hold a value of their own, and not the same, that is a fault.", True, width=15),
    ),
    role="control",
    unique=("switch", "sheet", "strategy", "endpoint"),
)  # fmt: skip
