"""From an empty folder to answers without a line of Python: commands and typing alone, each number again by hand.

A third comparator with a drug, a curve and a schedule of its own; travel for each infusion of it; a genetic test at the
start; monitoring for each month after progression. By `hecon run`, and in the live workbook as recalculated.
"""

import math

import numpy as np
import openpyxl
import pandas as pd
import pytest
from items import NEW, STANDARD
from libreoffice import needs_libreoffice, recalculated
from live_results import CHECK, apart, engine_results, results_of
from test_additions import edit

import hecon as he
from hecon import cli
from hecon.inputs.format import HEADER_ROW
from hecon.report.words import years

PFS, THIRD = "progression_free_survival", "Third"
HORIZONS = (1.0, 5.0, 10.0)
ITEMS = [
    {"item": "Travel", "flow": "dose", "strategy": THIRD, "drug": "third_drug", "value": 25, "unit": "USD"},
    {"item": "Genetic test", "flow": "start", "strategy": THIRD, "value": 450, "unit": "USD"},
    {"item": "Monitoring", "flow": "in_state", "state": "progressed", "strategy": THIRD, "value": 110,
     "unit": "USD/month"},
]  # fmt: skip


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """The workbook after three commands and what a person types."""
    folder = tmp_path_factory.mktemp("typed")
    assert cli.main(["new", str(folder / "p")]) == 0
    start = folder / "p" / "inputs" / "my_model.xlsx"
    first, path = start.with_name("drug.xlsx"), start.with_name("third.xlsx")
    assert cli.main(["add", "drug", "third_drug", "--like", "new_drug", str(start), "--out", str(first)]) == 0
    assert cli.main(["add", "strategy", THIRD, "--like", NEW, str(first), "--out", str(path)]) == 0
    mine = {"strategy": THIRD, "drug": "new_drug"}
    edit(
        path,
        ("Curves", {"strategy": THIRD, "endpoint": PFS}, {"family": "exponential"}),
        ("Survival", {"strategy": THIRD, "endpoint": PFS, "family": "exponential"},
         {"value": 0.04, "low": 0.03, "high": 0.05}),
        ("Prices", {"parameter": "drug_price", "drug": "third_drug"}, {"value": 2.0, "low": 1.5, "high": 2.5}),
        ("Schedules", {**mine, "from_cycle": 1}, {"drug": "third_drug", "to_cycle": 3, "days": "1, 15", "dose": 200,
                                                  "unit": "mg"}),
        ("Schedules", {**mine, "from_cycle": 3}, {"drug": "third_drug", "from_cycle": 4, "days": "1", "dose": 300,
                                                  "unit": "mg"}),
    )  # fmt: skip
    book = openpyxl.load_workbook(path)
    page = book["Cost items"]
    header = {cell.value: cell.column for cell in page[HEADER_ROW] if cell.value}
    for row, item in enumerate(ITEMS, start=HEADER_ROW + 1):
        for name, value in {**item, "status": "assumed", "note": "typed"}.items():
            page.cell(row, header[name]).value = value
    book.save(path)
    return path


def alive(t):
    return math.exp(-((12 * t / 41.3) ** 1.15))


def free(t):
    return min(math.exp(-0.04 * 12 * t), alive(t))


def by_hand(horizon):
    """Travel, genetic test, monitoring and the third drug, discounted at 3 %, up to a horizon."""
    days = [d for cycle in range(140) for d in ((28 * cycle, 28 * cycle + 14) if cycle < 3 else (28 * cycle,))]
    given = [(d, d / 365.25) for d in days if d / 365.25 < horizon]
    travel = sum(25 * 0.95 * free(t) * 1.03**-t for _, t in given)
    drug = sum(
        (400 if d < 84 else 600) * 0.95 * free(t) * 1.03**-t for d, t in given
    )  # packs of 100 and 400 mg at 2 a mg
    week = 7 / 365.25
    edges = np.unique([*np.arange(0, horizon, week), horizon, *(h for h in HORIZONS if h < horizon)])
    edges = edges[np.append(np.diff(edges) > 1e-9, True)]
    shares = np.array([alive(t) - free(t) for t in edges])
    spent = (shares[:-1] + shares[1:]) / 2 * np.diff(edges) * 1.03 ** -((edges[:-1] + edges[1:]) / 2)
    return {"Travel": travel, "Genetic test": 450.0, "Monitoring": 1320 * spent.sum(), "Third drug": drug}


def test_the_commands_answer(typed, tmp_path, capsys):
    assert cli.main(["check", str(typed)]) == 0
    assert cli.main(["run", str(typed), "--out", str(tmp_path / "out"), "--no-sensitivity"]) == 0
    table = pd.read_csv(tmp_path / "out" / "tables" / "breakdown.csv")
    costs = table[table.kind == "cost"]
    lines = costs["item"].str.replace("Drug acquisition: third_drug", "Third drug").str.split(": ").str[0]
    found = costs.groupby([costs.strategy, costs.horizon_years, lines]).value.sum()
    for horizon in HORIZONS:
        for line, value in by_hand(horizon).items():
            assert found[THIRD, horizon, line] == pytest.approx(value, rel=1e-9), line
        for other in (NEW, STANDARD):
            assert found.get((other, horizon, "Travel"), 0.0) == found.get((other, horizon, "Monitoring"), 0.0) == 0.0


@pytest.mark.slow
@needs_libreoffice
def test_the_live_workbook_answers(typed, tmp_path, capsys):
    live = tmp_path / "live.xlsx"
    assert cli.main(["live", str(typed), "--out", str(live)]) == 0
    (values,) = recalculated([live], sheets=[CHECK])
    found = results_of(values)
    for horizon in HORIZONS:
        for line, value in by_hand(horizon).items():
            if line != "Third drug":
                key = (years(horizon), f"Costs: {line}", THIRD, "discounted")
                assert found[key] == pytest.approx(value, rel=1e-9), line
    engine = engine_results(he.run(he.read_workbook(typed).base_case()), found)
    worst, where = apart(found, engine)
    assert worst < 1e-9, where
