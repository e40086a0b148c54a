"""Regimens to cost: the labelled schedules of isatuximab, daratumumab and pomalidomide, packs and prices."""

from __future__ import annotations

from collections.abc import Callable

from hecon.parameters import Parameters
from hecon.settings import Settings
from hecon.timeline import Timeline

BLANK = float("nan")
WEEKLY = (1, 8, 15, 22)

#: strategy, drug, from_cycle, to_cycle, days, dose, unit, route
LABEL = [
    ("Isa-Pd", "isatuximab", 1, 1, WEEKLY, 10.0, "mg/kg", "iv"),
    ("Isa-Pd", "isatuximab", 2, BLANK, (1, 15), 10.0, "mg/kg", "iv"),
    ("Isa-Pd", "pomalidomide", 1, BLANK, tuple(range(1, 22)), 4.0, "mg", "oral"),
    ("Dara-Pd", "daratumumab", 1, 2, WEEKLY, 16.0, "mg/kg", "iv"),
    ("Dara-Pd", "daratumumab", 3, 6, (1, 15), 16.0, "mg/kg", "iv"),
    ("Dara-Pd", "daratumumab", 7, BLANK, (1,), 16.0, "mg/kg", "iv"),
    ("Dara-Pd", "pomalidomide", 1, BLANK, tuple(range(1, 22)), 4.0, "mg", "oral"),
]
DEXAMETHASONE = [("Pd", "dexamethasone", 1, BLANK, WEEKLY, 40.0, "mg", "oral")]
PACKS = [
    ("isatuximab", 100.0, "mg", BLANK),
    ("isatuximab", 500.0, "mg", BLANK),
    ("daratumumab", 100.0, "mg", BLANK),
    ("daratumumab", 400.0, "mg", BLANK),
    ("pomalidomide", 1.0, "mg", 1.0),
    ("pomalidomide", 2.0, "mg", 1.0),
    ("pomalidomide", 3.0, "mg", 1.0),
    ("pomalidomide", 4.0, "mg", 1.0),
    ("carfilzomib", 10.0, "mg", BLANK),
    ("carfilzomib", 30.0, "mg", BLANK),
    ("carfilzomib", 60.0, "mg", BLANK),
    ("dexamethasone", 4.0, "mg", BLANK),
]
PRICES = {
    "isatuximab": 6.5,
    "daratumumab": 5.6,
    "pomalidomide": 815.0,
    "carfilzomib": 35.0,
    "dexamethasone": 0.32,
}
INFUSIONS = ("first", "second", "later")

ONE_YEAR = Settings(horizons=(1,))

Build = Callable[..., Parameters]


def grid(settings: Settings) -> Timeline:
    """Give a timeline of weekly cycles."""
    return Timeline.regular(settings)
