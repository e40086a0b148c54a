"""Workbooks with the sheet Cost items: the example of a new project, and a Markov model that comes with hecon."""

from pathlib import Path

import hecon as he
from hecon.inputs.starter import example_settings, example_tables
from hecon.inputs.template import tables_of, write_inputs

ROOT = Path(__file__).parents[2]
NEW, STANDARD = "New treatment", "Standard care"
MARKS = {"status": "assumed", "note": "example"}


def item(name, flow, value, unit="USD", **more):
    """One row of the sheet."""
    return {"item": name, "flow": flow, "value": value, "unit": unit, **MARKS, **more}


EVERY_FLOW = [
    item("Travel", "dose", 30, strategy=NEW, drug="new_drug", low=20, high=40, distribution="gamma"),
    item("Genetic test", "start", 450, strategy=NEW),
    item("Scans", "in_state", 110, "USD/month", state="progressed"),
    item("Blood count", "treatment_cycle", 12),
    item("Capsule check", "treatment_cycle", 9, drug="standard_drug"),
    item("Reception", "visit", 5),
    item("Biopsy", "leaving", 70, state="progression_free"),
    item("Palliative care", "entering", 700, state="dead"),
    item("Referral", "transition", 90, state="progression_free", to="progressed"),
    item("Late scan", "once_at", 1000, year=2.3),
    item("Early scan", "once_at", 800, year=0.5, state="progressed"),
    item("Nurse", "on_treatment", 100, "USD/week"),
    item("Anxiety", "on_treatment", -0.01, "utility", kind="qaly"),
    item("Test taken", "start", -0.01, "QALY", kind="qaly", strategy=STANDARD),
    item("Ward", "entering", 100, state="progressed"),
    item("Ward", "entering", 300, state="dead"),
    item("Clinic", "in_state", 10, "USD/week", state="progressed"),
    item("Clinic", "in_state", 20, "USD/week", state="progression_free"),
    item("Household help", "in_state", 365.25, "USD/day"),
    item("Transfusion", "treatment_cycle", 30, state="progressed"),
]
TAXI = [{"scenario": "By taxi", "target": "travel", "strategy": NEW, "drug": "new_drug", "value": 90}]


def partitioned(folder, rows=EVERY_FLOW, **settings):
    """The example of a new project with items and cycles of a month; its model file as it stands."""
    he.new_project(folder)
    path = Path(folder) / "inputs" / "items.xlsx"
    tables = {**example_tables(), "Scenarios": TAXI, "Cost items": rows}
    write_inputs(path, tables, {**example_settings(), "cycle_length": 1, "cycle_unit": "month", **settings})
    return he.read_workbook(path)


def markov(folder, rows):
    """The Sick-Sicker model with items."""
    tables, settings = tables_of(he.read_workbook(ROOT / "inputs" / "sick_sicker.xlsx"))
    path = Path(folder) / "sick_sicker.xlsx"
    write_inputs(path, {**tables, "Cost items": rows}, settings)
    return he.read_workbook(path)
