"""Two workbooks and their results: what is listed is what running each file by itself gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

import hecon as he
from hecon.inputs.case import with_rows
from hecon.inputs.differences import changes_between
from hecon.inputs.template import tables_of, write_inputs
from hecon.inputs.trusted import trust
from hecon.inputs.workbook import read_tables

INPUTS = Path(__file__).resolve().parents[2] / "inputs"
SHIPPED = INPUTS / "isa_dara_pd_us.xlsx"
PAIR = ("Isa-Pd", "Dara-Pd")

#: One edit each of a copy of the shipped workbook: cells by sheet, named by a row (the words at its left) and a column.
PRICE = {("Prices", "drug_price", "daratumumab", "value"): 4.5}
UTILITY = {("Utilities", "utility", "progression_free", "value"): 0.7}
YEAR = {("Prices", "drug_price", "isatuximab", "price_year"): 2016, ("Prices", "drug_price", "isatuximab", "value"): 6}
RATE = {("Settings", "discount_rate_cost", "value"): 0.05}
CURVE = {("Curves", "Isa-Pd", "overall_survival", "family"): "exponential"}
CURVE_KEY = next(iter(CURVE))
DOSE = {
    ("Schedules", "Isa-Pd", "isatuximab", "dose"): 12,
    ("Schedules", "Isa-Pd", "isatuximab", "days"): "1, 8, 15",
}
PACK = {("Packs", "isatuximab", 500, "priced_as"): 400}
SOURCE = {("Utilities", "utility", "progression_free", "source"): "Another source"}
EVERYTHING = PRICE | UTILITY | YEAR | RATE | CURVE | DOSE | PACK | SOURCE
ALONE = {
    ("Prices", "drug_price · daratumumab"): PRICE,
    ("Prices", "drug_price · isatuximab"): YEAR,
    ("Utilities", "utility · progression_free"): UTILITY,
    ("Settings", "discount_rate_cost"): RATE,
    ("Curves", "Isa-Pd, overall_survival"): CURVE,
    ("Schedules", "Isa-Pd, isatuximab"): DOSE,
    ("Packs", "isatuximab"): PACK,
}


def edited(source: Path, path: Path, edits: Mapping[tuple[Any, ...], Any]) -> Path:
    book = openpyxl.load_workbook(source)
    for (sheet, *words, column), value in edits.items():
        page = book[sheet]
        headers = [cell.value for cell in page[4]]
        row = next(r for r in range(5, page.max_row + 1) if set(words) <= {cell.value for cell in page[r]})
        page.cell(row, headers.index(column) + 1).value = value
    book.save(path)
    return path


def increments(result: he.Result) -> pd.DataFrame:
    frame = result.incremental(comparator=PAIR[1])
    return frame[frame.strategy == PAIR[0]].set_index("horizon_years")


def at(frame: pd.DataFrame, strategy: str, comparator: str, horizon: float) -> pd.DataFrame:
    here = (frame.strategy == strategy) & (frame.comparator == comparator) & (frame.horizon_years == horizon)
    return frame[here].set_index("measure")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = edited(SHIPPED, tmp_path_factory.mktemp("everything") / "new.xlsx", EVERYTHING)
    return he.compare_workbooks(SHIPPED, path)


def test_results_are_those_of_both_files(everything: Any) -> None:
    old = he.run(he.read_workbook(SHIPPED).base_case())
    new = he.run(he.read_workbook(everything.new_path).base_case())
    for strategy in old.strategies:
        for horizon in (1, 3, 5):
            found = at(everything.results, strategy, "", horizon)
            for measure in ("cost", "qaly", "life_years", "progression_free_life_years"):
                for side, result in (("old", old), ("new", new)):
                    total = float(result.totals[measure].sel(strategy=strategy, horizon=horizon))
                    assert found[side][measure] == total
            assert (found.difference == found.new - found.old).all()
    for horizon in (1, 3, 5):
        found = at(everything.results, *PAIR, horizon)
        for measure in ("incremental_cost", "incremental_qaly", "icer"):
            assert found.old[measure] == pytest.approx(increments(old)[measure][horizon], nan_ok=True)
            assert found.new[measure] == pytest.approx(increments(new)[measure][horizon], nan_ok=True)
        assert found.old_quadrant["icer"] == increments(old).quadrant[horizon]
    assert not everything.same_results
    assert everything.has_changes


def test_each_change_alone_is_a_file_with_that_change_alone(everything: Any, tmp_path: Path) -> None:
    effects = everything.effects
    assert set(zip(effects.sheet, effects.input, strict=True)) == set(ALONE)
    base = increments(he.run(he.read_workbook(SHIPPED).base_case()))
    for (sheet, name), edits in ALONE.items():
        alone = increments(he.run(he.read_workbook(edited(SHIPPED, tmp_path / "alone.xlsx", edits)).base_case()))
        assert not alone.incremental_cost.equals(base.incremental_cost) or sheet == "Utilities"
        own = effects[(effects.sheet == sheet) & (effects.input == name)]
        for horizon in (1, 3, 5):
            found = at(own, *PAIR, horizon)
            for measure in ("incremental_cost", "incremental_qaly", "icer"):
                assert found.old[measure] == pytest.approx(base[measure][horizon], rel=1e-9, nan_ok=True)
                assert found.new[measure] == pytest.approx(alone[measure][horizon], rel=1e-9, nan_ok=True)


def test_effects_say_what_was_changed(everything: Any) -> None:
    values = everything.effects.drop_duplicates(["sheet", "input"]).set_index(["sheet", "input"])
    assert values.old_value["Prices", "drug_price · daratumumab"] == 5.61
    assert values.new_value["Prices", "drug_price · daratumumab"] == 4.5
    assert values.new_value["Prices", "drug_price · isatuximab"] == "value 6, price_year 2016"
    assert values.new_value["Curves", "Isa-Pd, overall_survival"] == "exponential"
    assert values.new_value["Schedules", "Isa-Pd, isatuximab"] == "2 changes"


def test_an_icer_has_a_difference_within_a_quadrant_only(everything: Any) -> None:
    ratios = everything.results[everything.results.measure == "icer"]
    for row in ratios.to_dict("records"):
        comparable = row["old_quadrant"] == row["new_quadrant"] in ("NE", "SW")
        assert math.isfinite(row["difference"]) is comparable
    assert {True, False} == set(ratios.difference.notna())


def test_nothing_changed(tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    write_inputs(again, *tables_of(he.read_workbook(SHIPPED)))
    for other in (SHIPPED, again):
        found = he.compare_workbooks(SHIPPED, other)
        assert len(found.changes) == 0
        assert len(found.effects) == 0
        assert found.same_results
        assert not found.has_changes
    assert he.compare_workbooks(SHIPPED, SHIPPED).notes == ("The two files are the same, byte by byte.",)
    assert found.notes == ()


def test_a_change_of_the_documentation_moves_no_result(tmp_path: Path) -> None:
    found = he.compare_workbooks(SHIPPED, edited(SHIPPED, tmp_path / "new.xlsx", SOURCE))
    assert found.changes.affects.tolist() == ["documentation"]
    assert found.same_results
    assert found.has_changes
    assert len(found.effects) == 0


def test_a_markov_model_with_its_transitions(tmp_path: Path) -> None:
    source = INPUTS / "hiv.xlsx"
    inputs = he.read_workbook(source)
    row = inputs.parameters[inputs.parameters["distribution"] != "fixed"].iloc[0]
    sheet, cell = row["cell"].split("!")
    book = openpyxl.load_workbook(source)
    book[sheet][cell] = row["value"] * 1.1
    book.save(tmp_path / "new.xlsx")
    found = he.compare_workbooks(source, tmp_path / "new.xlsx")
    assert found.changes.new_cell.tolist() == [row["cell"]]
    assert not found.same_results
    whole = found.results.set_index(["strategy", "comparator", "horizon_years", "measure"])
    alone = found.effects.set_index(["strategy", "comparator", "horizon_years", "measure"])
    pd.testing.assert_series_equal(alone["new"], whole["new"], rtol=1e-12)


# --- small models ---

TWO = """import hecon as he


def outcome(p, time):
    if (p.death_rate > 0.5).any():
        raise he.HeconError("nobody dies as fast as that")
    state = he.partition(time, overall=he.Exponential(p.death_rate))
    years = he.years_in(time, state, "alive")
    return he.Outcome(state, [he.cost("Care", years, p.care), he.qaly("Alive", years, p.weight)])
"""


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    """Write a small workbook: its strategies with their death rates, and changes of settings."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "two.py").write_text(TWO)
    trust(tmp_path / "models")
    (tmp_path / "inputs").mkdir()

    def write(name: str, rates: Mapping[str, float], care: float = 100, weight: float = 0.8, **settings: Any) -> Path:
        about = {"status": "assumed", "note": "example"}
        labels = [{"dimension": "strategy", "label": strategy} for strategy in rates]
        rows = [{"parameter": "death_rate", "strategy": s, "value": rate, **about} for s, rate in rates.items()]
        rows += [{"parameter": "care", "value": care, **about}, {"parameter": "weight", "value": weight, **about}]
        path = tmp_path / "inputs" / name
        write_inputs(path, {"Labels": labels, "Parameters": rows}, {"model": "two", **settings})
        return path

    return write


def test_strategies_and_horizons_of_one_workbook_only(small: Callable[..., Path]) -> None:
    old = small("old.xlsx", {"A": 0.1, "B": 0.2}, horizons=(1, 3))
    new = small("new.xlsx", {"A": 0.1, "C": 0.3}, care=120, horizons=(3, 5))
    found = he.compare_workbooks(old, new)
    for words in (
        "Strategy in OLD only: B.",
        "Strategy in NEW only: C.",
        "Horizon in OLD only: 1 year.",
        "Horizon in NEW only: 5 years.",
    ):
        assert any(note.startswith(words) for note in found.notes), found.notes
    only_old, both, only_new = (at(found.results, "A", "", horizon) for horizon in (1, 3, 5))
    assert only_old[["new", "difference"]].isna().all(axis=None)
    assert both[["old", "new", "difference"]].notna().all(axis=None)
    assert only_new[["old", "difference"]].isna().all(axis=None)
    assert at(found.results, "A", "B", 3).new.isna().all()
    assert at(found.results, "A", "C", 3).old.isna().all()
    # The price of care is tried alone where OLD has results; rows that are gone cannot be.
    assert set(found.effects.input) == {"care"}
    assert set(found.effects.horizon_years) == {1, 3}
    untried = next(note for note in found.notes if note.startswith("Not tried alone"))
    assert "Labels: strategy, B" in untried
    assert "Settings: horizons" in untried
    assert "care" not in untried


def test_a_strategy_that_is_new_or_gone_is_a_difference_of_the_results(small: Callable[..., Path]) -> None:
    found = he.compare_workbooks(small("old.xlsx", {"A": 0.1, "B": 0.2}), small("new.xlsx", {"A": 0.1}))
    assert not found.same_results


def test_another_comparator_and_currency_are_said(small: Callable[..., Path]) -> None:
    rates = {"A": 0.1, "B": 0.2}
    found = he.compare_workbooks(
        small("old.xlsx", rates, comparator="A"), small("new.xlsx", rates, comparator="B", currency="EUR")
    )
    assert any("The comparator is A in OLD and B in NEW" in note for note in found.notes)
    assert any("Costs are in USD in OLD and in EUR in NEW" in note for note in found.notes)
    assert set(zip(found.results.strategy, found.results.comparator, strict=True)) == {("A", ""), ("B", ""), ("B", "A")}
    assert found.same_results
    assert set(found.changes.input) == {"comparator", "currency"}


def test_a_change_that_the_model_refuses_alone(small: Callable[..., Path]) -> None:
    """Values are one batch; where the model refuses one of them the others are still tried."""
    old = small("old.xlsx", {"A": 0.1, "B": 0.2}, care=100, days_per_year=365.25)
    book = small("new.xlsx", {"A": 0.1, "B": 0.6}, care=120)
    with pytest.raises(he.HeconError, match=r"new\.xlsx: nobody dies as fast as that"):
        he.compare_workbooks(old, book)
    model = old.parent.parent / "models" / "two.py"
    model.write_text(TWO.replace("(p.death_rate > 0.5).any()", "(p.death_rate > p.care / 200).any()"))
    new = small("new.xlsx", {"A": 0.1, "B": 0.55}, care=120, weight=0.9)
    found = he.compare_workbooks(old, new)
    assert set(found.effects.input) == {"care", "weight"}
    assert "Parameters: death_rate · B could not be tried alone: nobody dies as fast as that" in found.notes
    model.write_text(
        TWO.replace("if (p.death_rate > 0.5).any():", "if (p.death_rate > p.care / 200).any():\n        1 / 0")
    )
    assert any("alone: ZeroDivisionError: division by zero" in note for note in he.compare_workbooks(old, new).notes)
    care = at(found.effects[found.effects.input == "care"], "A", "B", 5).loc["incremental_cost"]
    assert care.new == pytest.approx(1.2 * care.old, rel=1e-12)


def test_one_strategy_has_totals_alone(small: Callable[..., Path]) -> None:
    found = he.compare_workbooks(small("old.xlsx", {"A": 0.1}), small("new.xlsx", {"A": 0.1}, care=150))
    assert set(found.results.comparator) == {""}
    cost = at(found.effects, "A", "", 5).loc["cost"]
    assert cost.new == pytest.approx(1.5 * cost.old, rel=1e-12)


def test_a_model_that_differs_is_said(small: Callable[..., Path], tmp_path: Path) -> None:
    old = small("old.xlsx", {"A": 0.1, "B": 0.2})
    other = tmp_path / "other"
    (other / "models").mkdir(parents=True)
    (other / "inputs").mkdir()
    (other / "models" / "two.py").write_text(TWO.replace('he.cost("Care", years, p.care)', 'he.cost("Care", years, 7)'))
    trust(other / "models")
    new = other / "inputs" / "old.xlsx"
    new.write_bytes(old.read_bytes())
    found = he.compare_workbooks(old, new)
    assert len(found.changes) == 0
    assert not found.same_results
    assert found.has_changes
    note = next(note for note in found.notes if note.startswith("The model is another too"))
    assert str(other / "models" / "two.py") in note


def test_faults_of_either_workbook(small: Callable[..., Path], tmp_path: Path) -> None:
    good = small("old.xlsx", {"A": 0.1, "B": 0.2})
    bad = tmp_path / "bad.xlsx"
    book = openpyxl.load_workbook(good)
    book["Parameters"]["C5"] = "a lot"
    book.save(bad)
    for pair in ((good, bad), (bad, good)):
        with pytest.raises(he.InputError, match=r"1 problem in bad\.xlsx\n  Parameters!C5"):
            he.compare_workbooks(*pair)


def test_a_curve_that_cannot_be_tried_alone_says_why(tmp_path: Path) -> None:
    """The family has no coefficients in OLD: it came with them, and only both together make a curve."""
    book = openpyxl.load_workbook(edited(SHIPPED, tmp_path / "new.xlsx", CURVE | {CURVE_KEY: "gamma"}))
    page = book["Survival"]
    headers = [cell.value for cell in page[4]]
    for name in ("shape", "rate"):
        row = page.max_row + 1
        values = {"parameter": name, "strategy": "Isa-Pd", "endpoint": "overall_survival", "family": "gamma"}
        values |= {"value": 1.1 if name == "shape" else 0.03, "status": "assumed", "note": "example"}
        values |= {"se": 0.001, "distribution": "gamma"}
        for header, value in values.items():
            page.cell(row, headers.index(header) + 1).value = value
    book.save(tmp_path / "new.xlsx")
    found = he.compare_workbooks(SHIPPED, tmp_path / "new.xlsx")
    assert len(found.effects) == 0
    note = next(note for note in found.notes if "could not be tried alone" in note)
    assert note.startswith("Curves: Isa-Pd, overall_survival could not be tried alone: ")
    assert "gamma" in note
    assert "\n" not in note
    assert not found.same_results


OTHER = {
    "title": "x", "population": "x", "perspective": "x", "currency": "x", "price_year": 2021, "cycle_length": 2.0,
    "cycle_unit": "month", "days_per_year": 365.0, "accrual": "start", "discount_rate_cost": 0.0,
    "discount_rate_effect": 0.0, "discount_form": "continuous", "discount_timing": "edges",
    "dose_timing": "cycle_start", "crossing": "raise_os", "willingness_to_pay": (1.0,), "comparator": "Isa-Pd",
    "draws": 7, "seed": 8, "evppi_groups": "none", "sobol_samples": 0, "severity": "no",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(he.Settings().as_dict()) - {"horizons"}))
def test_a_setting_affects_what_it_is_said_to(name: str) -> None:
    """Said to affect the results is what moves a total of the model; a new setting fails here until it is classed."""
    base = he.read_workbook(INPUTS / "isa_dara_kd_us.xlsx").base_case()
    # Curves that cross, so that the rule for them matters too; a batch of one draw, which may hold them.
    base = with_rows(base, [], np.empty((1, 0)))
    base = base.with_values(meanlog={"Isa-Kd": {"progression_free_survival": {"lognormal": 9.0}}})
    raw = read_tables(INPUTS / "isa_dara_kd_us.xlsx")
    other = OTHER[name] if name != "comparator" else "Isa-Kd"
    (change,) = changes_between(raw, replace(raw, settings=raw.settings.with_changes(**{name: other})))
    if name == "currency":  # no total can move: the numbers of the rows would stay in the former one
        with pytest.raises(he.InputError, match=r"Prices!D5 +unit is USD/mg, and its number would stay as it is"):
            base.with_settings(currency=other)
        return
    before, after = he.run(base), he.run(base.with_settings(**{name: other}))
    assert before.totals.equals(after.totals) is (change.affects != "results")


def test_progress_counts_the_changes(everything: Any) -> None:
    seen: list[tuple[int, int]] = []
    he.compare_workbooks(SHIPPED, everything.new_path, progress=lambda done, count: seen.append((done, count)))
    assert seen == [(done, len(ALONE)) for done in range(1, len(ALONE) + 1)]
