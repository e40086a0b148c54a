"""Budget impact and severity as formulas: the same numbers as the engine's, also after LibreOffice and after edits."""

import openpyxl
import pytest
from libreoffice import needs_libreoffice, recalculated
from small_market import outcome, read, tables

import hecon as he
from hecon.report.live.pages_results import AGREES

BUDGET, SEVERITY = "Live budget impact", "Live severity"


def with_everything():
    """The small market with every parameter of the sheet Budget impact, two sexes, and an age between birthdays."""
    edited = tables()
    status = {"status": "assumed", "note": "x"}
    edited["Budget impact"] += [
        {"parameter": "plan_prevalence", "value": 0.02, "unit": "share of members", **status},
        {"parameter": "treated_share", "value": 0.9, "unit": "share of eligible", **status},
        {"parameter": "plan_uptake", "value": 0.8, "unit": "share", **status},
    ]
    for sheet, column in (("Life table", "death_probability"), ("Utility norms", "utility")):
        edited[sheet] = [
            {**row, "sex": sex, column: row[column] * factor}
            for row in edited[sheet]
            for sex, factor in (("female", 1.0), ("male", 0.9))
        ]
    edited["Population"] = [
        {"parameter": "age", "value": 60.25, "unit": "years", **status},
        {"parameter": "share_female", "value": 0.4, "unit": "share", **status},
    ]
    edited["Scenarios"].append({"scenario": "Fast uptake", "target": "plan_growth", "value": 0.2})
    edited["Scenarios"].append({"scenario": "Older", "target": "age", "value": 70})
    return edited


def rows(values):
    """Rows of a sheet with numbers by their first two cells, without blanks."""
    found = {}
    for row in values.iter_rows(values_only=True):
        numbers = [cell for cell in row[2:] if isinstance(cell, int | float)]
        if row[0] and numbers:
            found.setdefault((row[0], row[1]), numbers)
    return found


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return read(tmp_path_factory.mktemp("live"), with_everything(), horizons="0.5, 2")


@pytest.fixture(scope="module")
def written(inputs, tmp_path_factory):
    return he.write_live_workbook(inputs, tmp_path_factory.mktemp("live") / "live.xlsx", model=outcome)


def test_the_stored_values_are_the_engines(inputs, written):
    book = openpyxl.load_workbook(written, data_only=True)
    budget, table = he.budget_impact(inputs, model=outcome), rows(book[BUDGET])
    assert table["Budget impact", None] == pytest.approx(list(budget.impact), rel=1e-9)
    assert table["of which acquisition", None] == pytest.approx(list(budget.summary()["acquisition_impact"]), rel=1e-9)
    assert table["Per member per month", None] == pytest.approx(
        list(budget.summary()["per_member_per_month"]), rel=1e-9
    )
    one = he.severity(he.run(inputs.base_case(outcome))).iloc[0]
    own = rows(book[SEVERITY])
    assert own["QALE of the general population (QALYs)", None][0] == pytest.approx(one["qale"], rel=1e-9)
    assert own["Weight of a QALY (NICE)", None][0] == one["weight"]
    assert book["Live check"]["E7"].value == AGREES


def test_it_is_read_as_an_input_workbook(inputs, written):
    again = he.read_workbook(written)
    assert again.settings.horizons == (0.5, 1.0, 2.0)
    before, after = (he.budget_impact(one, model=outcome).impact for one in (inputs, again))
    assert list(after) == pytest.approx(list(before), rel=1e-12)


@needs_libreoffice
@pytest.mark.slow
def test_libreoffice_agrees_in_every_scenario_and_after_edits(inputs, written, tmp_path):
    names = ["base case", "Dear", "Fast uptake", "Older"]
    paths = []
    for name in names:
        book = openpyxl.load_workbook(written)
        book["Live summary"]["B4"] = name
        paths.append(tmp_path / f"{name}.xlsx")
        book.save(paths[-1])
    book = openpyxl.load_workbook(written)
    market, table = book["Market"], book["Life table"]
    heads = [cell.value for cell in market[4]]
    for row, share in ((5, 0.4), (6, 0.6)):  # year 1 of the base case: new, old
        market.cell(row, heads.index("share_with") + 1).value = share
    table.cell(6, [cell.value for cell in table[4]].index("death_probability") + 1).value = 0.2
    paths.append(tmp_path / "edited.xlsx")
    book.save(paths[-1])
    found = recalculated(paths, sheets=[BUDGET, SEVERITY, "Live check"])
    for name, values in zip(names, found, strict=False):
        case = inputs.scenario(name, outcome) if name != "base case" else inputs.base_case(outcome)
        agrees(case, values)
        assert values["Live check"]["E7"] == AGREES
    edited = he.read_workbook(paths[-1])
    assert edited.tables["Market"]["share_with"].tolist()[:2] == [0.4, 0.6]
    agrees(edited.base_case(outcome), found[-1])


def agrees(case, values):
    """Check the sums on both sheets against the engine."""
    budget = he.budget_impact(case)
    cells = values[BUDGET]
    row = next(int(at[1:]) for at, value in cells.items() if at[0] == "A" and value == "Budget impact up to the year")
    assert [cells[f"{column}{row}"] for column in "CD"] == pytest.approx(list(budget.cumulative), rel=1e-9)
    one, cells = he.severity(he.run(case)).iloc[0], values[SEVERITY]
    for words, name in (
        ("QALE of the general population (QALYs)", "qale"),
        ("Absolute shortfall (QALYs)", "absolute_shortfall"),
        ("Proportional shortfall", "proportional_shortfall"),
        ("Weight of a QALY (NICE)", "weight"),
    ):
        row = next(int(at[1:]) for at, value in cells.items() if at[0] == "A" and value == words)
        assert cells[f"C{row}"] == pytest.approx(one[name], rel=1e-9)


@needs_libreoffice
@pytest.mark.slow
def test_what_depends_on_the_willingness_to_pay_follows_it(inputs, written, tmp_path):
    """Net benefit, verdict, headers, guides of the plane and thresholds by severity follow the cell on Settings."""
    levels = (12_500.0, 70_000.0, 900_000.0)
    book = openpyxl.load_workbook(written)
    place = next(row[1] for row in book["Settings"].iter_rows() if row[0].value == "willingness_to_pay")
    assert not place.protection.locked
    place.value = "12500; 70000; 900000"
    book.save(tmp_path / "live.xlsx")
    values = recalculated([tmp_path / "live.xlsx"])[0]
    again = he.read_workbook(tmp_path / "live.xlsx")
    assert again.settings.willingness_to_pay == levels
    case = again.base_case(outcome)
    assert list(case.settings.willingness_to_pay) == list(levels)
    found = he.run(case)
    summary = values["Live summary"]
    head = next(int(at[1:]) for at, text in summary.items() if str(text).startswith("Incremental net benefit")) + 1
    assert [summary[f"{column}{head}"] for column in "CDE"] == ["At 12,500", "At 70,000", "At 900,000"]
    old = found.case.comparator
    other = next(name for name in found.strategies if name != old)
    for number, horizon in enumerate(found.time.horizons):
        row = head + 1 + number
        assert summary[f"A{row}"] == other
        mine, theirs = (found.mean().sel(strategy=name, horizon=horizon) for name in (other, old))
        gain, cost = (float(mine[name] - theirs[name]) for name in ("qaly", "cost"))
        benefits = [level * gain - cost for level in levels]
        assert [summary[f"{column}{row}"] for column in "CDE"] == pytest.approx(benefits, rel=1e-9)
        assert summary[f"F{row}"] == ("yes" if cost < 0 else "no")
        worth = [f"{level:,.0f}" for level, one in zip(levels, benefits, strict=True) if one >= 0]
        assert summary[f"G{row}"] == ("no" if not worth else "yes" if len(worth) == 3 else f"at {', '.join(worth)}")
    said = [str(text) for sheet in values.values() for text in sheet.values()]
    assert "Net benefit at 70,000" in said
    assert "900,000 per QALY" in said
    assert "Threshold that decides as 12,500 does with weights" in said
    assert not any(text.startswith(("#VALUE", "#NAME", "Err:")) for text in said)
    assert values["Live check"]["E6"] == 0
    assert values["Live check"]["E5"] == 3
