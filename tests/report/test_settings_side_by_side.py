"""Workbooks side by side: values that differ, results by horizon, one workbook and one figure; faults in one line."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import hecon as he
from hecon import cli
from hecon.inputs.template import tables_of, write_inputs
from hecon.report.versions.settings import settings_text

ROOT = Path(__file__).resolve().parents[2]
SIMPLE, HIV = ROOT / "inputs" / "simple_partitioned.xlsx", ROOT / "inputs" / "hiv.xlsx"


@pytest.fixture(scope="module")
def dearer(tmp_path_factory):
    """The simple model in another currency, with dearer care, one row more, and another source."""
    path = tmp_path_factory.mktemp("settings") / "dearer.xlsx"
    tables, settings = tables_of(he.read_workbook(SIMPLE))
    name = next(name for name, rows in tables.items() for row in rows if row.get("parameter") == "care_cost_per_month")
    row = next(
        row for row in tables[name] if row["parameter"] == "care_cost_per_month" and row["state"] == "progressed"
    )
    row |= {"value": row["value"] * 2, "note": "another word"}
    for own in (own for rows in tables.values() for own in rows if "unit" in own):
        own["unit"] = str(own["unit"] or "").replace("USD", "EUR") or None
    tables.setdefault("Parameters", []).append(
        {"parameter": "visits", "value": 2, "status": "assumed", "note": "more of it"}
    )
    write_inputs(path, tables, settings | {"currency": "EUR"})
    return path


@pytest.fixture(scope="module")
def found(dearer):
    return he.compare_settings([SIMPLE, dearer, HIV])


def test_results_are_those_of_each_workbook_alone(found):
    assert found.names == ("simple_partitioned", "dearer", "hiv")
    for name, path in zip(found.names, found.paths, strict=True):
        result = he.run(he.read_workbook(path).base_case())
        alone = result.incremental(comparator=result.case.comparator)
        own = found.results[found.results.workbook == name]
        for column in ("incremental_cost", "incremental_qaly", "icer"):
            assert own[column].tolist() == pytest.approx(alone[column].tolist(), nan_ok=True)
        level = result.case.settings.willingness_to_pay[-1]
        assert (own.willingness_to_pay == level).all()
        expected = (level * alone.incremental_qaly - alone.incremental_cost).tolist()
        assert own.net_monetary_benefit.tolist() == pytest.approx(expected)
        assert own.worth_it.tolist() == [value >= 0 for value in expected]


def test_inputs_that_differ_stand_beside_each_other(dearer):
    found = he.compare_settings([SIMPLE, dearer])
    table = found.inputs.set_index(["sheet", "input", "column"])
    (care,) = [row for place, row in table.iterrows() if "care_cost_per_month" in place[1] and place[2] == "value"]
    assert care["dearer"] == 2 * care["simple_partitioned"]
    (visits,) = [row for place, row in table.iterrows() if place[1] == "visits"]
    assert (visits["simple_partitioned"], bool(visits["dearer"])) == ("", True)
    assert not any(place[2] == "note" for place in table.index)
    assert found.notes == (
        "Costs are in different currencies (simple_partitioned USD, dearer EUR) and are not converted.",
    )


def test_the_command_writes_a_workbook_tables_and_a_figure(dearer, tmp_path, capsys):
    assert cli.main(["compare", str(SIMPLE), str(dearer), "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().out
    assert "dearer, discounted, EUR" in shown
    assert "are not converted" in " ".join(shown.split())
    assert "and 1 rows stand" in shown
    out = tmp_path / "out"
    assert (out / "compare.svg").read_text(encoding="utf-8").count("<svg") == 1
    results = pd.read_csv(out / "tables" / "results.csv")
    assert results.workbook.unique().tolist() == ["simple_partitioned", "dearer"]
    book = openpyxl.load_workbook(out / "compare.xlsx")
    numbers = [cell.value for row in book["Results"].iter_rows() for cell in row if isinstance(cell.value, float)]
    assert {round(cost, 6) for cost in results.incremental_cost} <= {round(number, 6) for number in numbers}
    assert book.sheetnames == ["Results", "Inputs"]


def test_the_figure_has_a_panel_for_each_currency(found):
    figure = he.report.settings_figure(found)
    titles = [panel.get_title().replace("\n", " ") for panel in figure.axes if panel.get_visible()]
    currencies = list(dict.fromkeys(found.results.currency))
    assert titles == [
        *(f"Incremental costs ({one})" for one in currencies), "Incremental QALYs",
        *(f"Net monetary benefit ({one})" for one in currencies),
    ]  # fmt: skip
    assert len(figure.axes[len(currencies)].lines) == 3 + 1


def test_faults_are_one_message(tmp_path, capsys):
    with pytest.raises(he.HeconError, match="at least two workbooks"):
        he.compare_settings([SIMPLE])
    assert cli.main(["compare", str(SIMPLE), str(ROOT / "inputs" / "pelligra.xlsx"), "--out", str(tmp_path / "o")]) == 1
    assert "needs costs, QALYs and two strategies" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
    assert cli.main(["compare", str(SIMPLE), str(tmp_path / "no.xlsx")]) == 1
    assert "no.xlsx" in capsys.readouterr().err


def test_files_of_one_name_go_by_their_folders(dearer, tmp_path):
    other = tmp_path / "second" / "dearer.xlsx"
    other.parent.mkdir()
    other.write_bytes(dearer.read_bytes())
    found = he.compare_settings([dearer, other])
    assert found.names == (f"{dearer.parent.name}/dearer", "second/dearer")
    assert found.inputs.empty
    assert found.notes == ("Two of the files are the same, byte by byte.",)


def test_a_figure_of_many_comparisons_draws_the_first_of_each_workbook():
    names = ("pd_us", "pd_sc_us", "kd_us", "kd_sc_us")
    found = he.compare_settings([ROOT / "inputs" / f"isa_dara_{name}.xlsx" for name in names])
    figure = he.report.settings_figure(found)
    assert len(found.results[["workbook", "strategy"]].drop_duplicates()) == 12
    lines = [line.get_label() for line in figure.axes[0].lines if not line.get_label().startswith("_")]
    assert lines[1] == "isa_dara_pd_sc_us: Isa-Pd SC against Dara-Pd SC"
    assert len(lines) == 4


def test_the_screen_names_the_column_of_a_value_that_differs():
    names = [ROOT / "inputs" / f"isa_dara_pd_{place}.xlsx" for place in ("us", "uk")]
    said = settings_text(he.compare_settings(names))
    assert "drug_price · pomalidomide, price year" in said
