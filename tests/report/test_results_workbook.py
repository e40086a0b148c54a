import os
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from three_arms import make_inputs, outcome, plain_case

import hecon as he
from hecon.errors import HeconError, UnknownNameError
from hecon.report.sheets import survival as sheets_survival
from hecon.report.sheets.layout import sheet_name

SHEETS = [
    "Cover", "Summary", "Incremental", "Breakdown", "Scenarios", "Charts", "Survival", "Trace Isa-Pd", "Trace Dara-Pd",
    "Trace Pd", "Survival by cycle", "Inputs as used", "Settings", "Notes",
]  # fmt: skip


def opened(result, path, **analyses):
    he.write_workbook(result, path, **analyses)
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def book(result, scenarios, tmp_path_factory):
    return opened(result, tmp_path_factory.mktemp("book") / "results.xlsx", scenarios=scenarios)


def texts(sheet):
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def row_of(sheet, first, after=1, column=1):
    """Number of the first row from `after` on whose cell in `column` holds `first`."""
    return next(n for n in range(after, sheet.max_row + 1) if sheet.cell(n, column).value == first)


def header(sheet, row):
    return [cell.value for cell in sheet[row]]


def test_sheets_are_there_in_order_and_the_cover_is_in_front(book):
    assert book.sheetnames == SHEETS
    assert book.active.title == "Cover"


def test_there_is_no_formula_and_no_gridline_anywhere(book):
    for sheet in book.worksheets:
        assert not sheet.sheet_view.showGridLines, sheet.title
        assert sheet.print_area, sheet.title
        scale = (sheet.page_setup.scale or 100) / 100
        narrow = scale * sum(column.width for column in sheet.column_dimensions.values()) < 130
        assert narrow or sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert sheet.page_setup.fitToWidth in (None, 1)
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


@pytest.mark.parametrize(
    ("name", "cell"),
    [("Summary", "B4"), ("Breakdown", "B4"), ("Trace Pd", "B5"), ("Survival by cycle", "B6"), ("Inputs as used", "C5")],
)
def test_headers_stay_in_view(book, name, cell):
    assert book[name].freeze_panes == cell


def test_cover_answers_on_both_readings(book, result):
    cover = book["Cover"]
    assert cover["A1"].value == "Isatuximab against daratumumab in relapsed multiple myeloma"
    row = row_of(cover, "Comparison")
    thresholds = [f"Worth it at {at} per QALY?" for at in ("50,000", "100,000", "150,000")]
    assert header(cover, row)[5:9] == ["Cost saving?", *thresholds]
    pair = result.incremental("Dara-Pd").set_index(["strategy", "horizon_years"]).loc[("Isa-Pd", 3)]
    place = row + 2
    assert [cover.cell(place, column).value for column in (1, 2)] == ["Isa-Pd against Dara-Pd", "3 years"]
    assert cover.cell(place, 3).value == pytest.approx(pair["incremental_cost"])
    assert cover.cell(place, 6).value == ("yes" if pair["incremental_cost"] < 0 else "no")
    for column, threshold in zip((7, 8, 9), (50_000, 100_000, 150_000), strict=True):
        worth = threshold * pair["incremental_qaly"] - pair["incremental_cost"] >= 0
        assert cover.cell(place, column).value == ("yes" if worth else "no")
    assert any(text.startswith("At 3 years: Isa-Pd costs USD") for text in texts(cover))


def test_cover_says_how_much_is_assumed_and_where_it_is_from(book):
    words = texts(book["Cover"])
    assert "Of 28 input values, 10 reported (36%), 6 derived (21%) and 12 assumed (43%)." in words
    assert any(text.startswith("Costs of price year 2016 were moved to 2020 by index 518.9/463.7") for text in words)
    assert any("No survival curves crossed" in text for text in words)
    assert {"ab" * 32, "isa_dara.xlsx", he.__version__, "United States payer"} <= set(words)


def test_contents_lead_to_every_sheet(book):
    links = {cell.hyperlink.location for row in book["Cover"].iter_rows() for cell in row if cell.hyperlink}
    assert links == {f"'{name}'!A1" for name in SHEETS[1:]}


def test_summary_holds_the_totals_in_their_formats(book, result):
    sheet = book["Summary"]
    row = row_of(sheet, "Horizon: 3 years, discounted") + 1
    names = header(sheet, row)
    assert names[:5] == ["Strategy", "Costs (USD)", "Life years", "Progression-free life years", "QALYs"]
    assert names[-3:] == [f"Net monetary benefit at {at} (USD)" for at in ("50,000", "100,000", "150,000")]
    totals = result.table().set_index(["strategy", "horizon_years"])
    for place, strategy in enumerate(result.strategies, start=row + 1):
        assert sheet.cell(place, 1).value == strategy
        assert sheet.cell(place, 2).value == pytest.approx(totals.loc[(strategy, 3), "cost"], rel=1e-14)
        assert sheet.cell(place, 5).value == pytest.approx(totals.loc[(strategy, 3), "qaly"], rel=1e-14)
        assert sheet.cell(place, 2).number_format == "#,##0"
        assert sheet.cell(place, 5).number_format == "#,##0.000"
    undiscounted = row_of(sheet, "Horizon: 3 years, undiscounted") + 2
    assert sheet.cell(undiscounted, 2).value == pytest.approx(totals.loc[("Isa-Pd", 3), "undiscounted_cost"])


def test_an_icer_is_never_bare_where_it_would_mislead(book, result):
    sheet = book["Incremental"]
    row = row_of(sheet, "Every pair of strategies") + 1
    column = header(sheet, row).index("ICER (USD per QALY)") + 1
    pairs = result.incremental().set_index(["horizon_years", "strategy", "comparator"])
    seen = set()
    for place in range(row + 1, row + 10):
        horizon, strategy, other = (sheet.cell(place, at).value for at in (1, 2, 3))
        pair, shown = pairs.loc[(float(horizon.split()[0]), strategy, other)], sheet.cell(place, column).value
        seen.add(pair["quadrant"])
        if pair["quadrant"] == "NE":
            assert shown == pytest.approx(pair["icer"])
        elif pair["quadrant"] == "SW":
            assert shown == "saves, with nearly the same QALYs"
            assert pair["icer"] > 1e7
        else:
            assert shown == "dominant"
    assert seen == {"NE", "SW", "SE"}


def test_full_incremental_analysis_says_why(book):
    words = texts(book["Incremental"])
    assert "the cheapest on the frontier: the reference" in words
    assert "a mix of Pd and Isa-Pd gains as much for less" in words
    assert "costs at least as much as Pd and gains no more" in words


def test_breakdown_totals_are_those_of_the_summary(book, result):
    sheet = book["Breakdown"]
    totals = result.table().set_index(["strategy", "horizon_years"])
    for kind, title in (("cost", "Costs (USD)"), ("qaly", "QALYs"), ("life_years", "Life years")):
        for horizon in (1, 3, 5):
            start = row_of(sheet, f"{title}. Horizon: {horizon} year{'s' if horizon > 1 else ''}")
            end = row_of(sheet, "Total", after=start)
            for column, strategy in enumerate(result.strategies, start=2):
                total = sheet.cell(end, column).value
                assert total == pytest.approx(totals.loc[(strategy, horizon), kind], rel=1e-14)
                items = [
                    sheet.cell(row, column).value
                    for row in range(start + 2, end)
                    if not sheet.cell(row, 1).alignment.indent
                ]
                assert sum(items) == pytest.approx(total, rel=1e-12)


def test_scenarios_stand_beside_the_base_case(book, scenarios):
    sheet = book["Scenarios"]
    start = row_of(sheet, "Isa-Pd against Dara-Pd")
    assert "10 years" in header(sheet, start + 1)
    cheaper = row_of(sheet, "No discounting", after=start)
    assert sheet.cell(cheaper, 2).value == "discount_rate_cost = 0; discount_rate_effect = 0"
    one = scenarios["No discounting"].incremental("Dara-Pd").set_index(["strategy", "horizon_years"])
    assert sheet.cell(cheaper, 3).value == pytest.approx(one.loc[("Isa-Pd", 1), "incremental_cost"])


def test_a_tint_marks_another_answer_and_only_that(result, tmp_path):
    dearer = he.run(result.case.with_values(drug_cost_per_year={"Dara-Pd": {"daratumumab": 900_000.0}}))
    sheet = opened(result, tmp_path / "r.xlsx", scenarios={"Dearer": dearer, "Same": result})["Scenarios"]
    colours = {name: sheet.cell(row_of(sheet, name), 3).fill.fgColor.rgb for name in ("Base case", "Dearer", "Same")}
    assert colours["Dearer"] == "FFFFF2CC"
    assert colours["Same"] == colours["Base case"] != "FFFFF2CC"


def test_survival_stands_beside_the_published_values(book):
    sheet = book["Survival"]
    row = row_of(sheet, "Published and modelled survival") + 1
    cells = {
        (sheet.cell(n, 1).value, sheet.cell(n, 2).value, sheet.cell(n, 3).value): n for n in range(row + 1, row + 6)
    }
    median = cells["Overall survival", "Isa-Pd", "median (months)"]
    assert sheet.cell(median, 7).value == pytest.approx(12 * np.log(2) / 0.3285)
    assert sheet.cell(median, 9).value == "yes"
    landmark = cells["Overall survival", "Isa-Pd", "share at 12 months"]
    assert sheet.cell(landmark, 4).number_format == "0.0%"
    assert len(sheet._charts) == 2
    assert "exponential (rate 0.3285, years)" in texts(sheet)


def test_traces_hold_every_cycle_edge_and_a_chart(book, result):
    sheet = book["Trace Dara-Pd"]
    assert header(sheet, 4)[:4] == ["Year", "Progression-free", "Progressed", "Dead"]
    shares = [[sheet.cell(5 + n, column).value for column in (2, 3, 4)] for n in range(len(result.time.edges))]
    np.testing.assert_allclose(shares, result.occupancy.sel(strategy="Dara-Pd").values.T, rtol=1e-14)
    assert len(sheet._charts) == 1


def test_inputs_mark_what_is_assumed(book):
    sheet = book["Inputs as used"]
    names = header(sheet, 4)
    status, used = names.index("Status") + 1, names.index("Value used") + 1
    rows = [row for row in range(5, sheet.max_row + 1) if sheet.cell(row, status).value]
    assert len(rows) == 28
    fills = {sheet.cell(row, status).value: sheet.cell(row, status).fill.fgColor.rgb for row in rows}
    assert fills["assumed"] == "FFFCE4D6" != fills["reported"]
    care = next(row for row in rows if sheet.cell(row, 3).value == "Progressed")
    assert sheet.cell(care, used).value == pytest.approx(31_000 * 518.9 / 463.7)
    assert sheet.auto_filter.ref


def test_regimens_are_what_the_workbook_says(result, tmp_path):
    doses = pd.DataFrame(
        {"strategy": ["Isa-Pd"], "drug": ["isatuximab"], "days": [(1, 8, 15, 22)], "dose": [10.0], "wastage": [True],
         "to_cycle": [np.nan], "note": [""], "row": [5]}
    )  # fmt: skip
    packs = pd.DataFrame({"drug": ["isatuximab"], "size": [100.0], "row": [5]})
    case = replace(result.case, tables={**result.case.tables, "Schedules": doses, "Packs": packs})
    sheet = opened(he.run(case), tmp_path / "r.xlsx")["Regimens"]
    row = row_of(sheet, "Schedules") + 1
    assert header(sheet, row) == ["Strategy", "Drug", "Days", "Dose", "Wastage"]
    assert header(sheet, row + 1) == ["Isa-Pd", "isatuximab", "1, 8, 15, 22", 10, "yes"]
    assert header(sheet, row_of(sheet, "Packs") + 2)[:2] == ["isatuximab", 100]


def test_charts_are_native(book):
    assert len(book["Charts"]._charts) == 4


def test_labels_stay_text_whatever_they_hold(tmp_path):
    evil = '=HYPERLINK("http://example.com","click")'
    label = "Arm [1]: a/b\\c*?'"
    result = he.run(plain_case(labels=(evil, label), title="=1+1"))
    book = opened(result, tmp_path / "r.xlsx", scenarios={"=cmd|' /C calc'!A0": result})
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row), sheet.title
    assert book["Cover"]["A1"].value == "=1+1"
    assert evil in texts(book["Summary"])
    assert label in texts(book["Summary"])
    traces = [name for name in book.sheetnames if name.startswith("Trace")]
    assert len(traces) == 2
    links = {cell.hyperlink.location for row in book["Cover"].iter_rows() for cell in row if cell.hyperlink}
    assert links == {f"'{name}'!A1" for name in book.sheetnames[1:]}


def test_sheet_names_are_short_and_different():
    names: list[str] = []
    for label in ("A" * 40, "A" * 41, "a" * 40, "x[1]", "x:1:", "'quoted'", "", "History"):
        names.append(sheet_name(label, names))
    assert len({name.lower() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
    assert "history" not in {name.lower() for name in names}


def test_a_batch_gives_means_and_leaves_traces_and_curves_out(batch, tmp_path):
    book = opened(batch, tmp_path / "r.xlsx")
    assert book.sheetnames == [*SHEETS[:4], "Charts", *SHEETS[-3:]]
    assert any("Means over 50 draws" in text for text in texts(book["Cover"]))
    sheet = book["Summary"]
    row = row_of(sheet, "Horizon: 5 years, discounted") + 2
    assert sheet.cell(row, 2).value == pytest.approx(float(batch.mean()["cost"].values[0, 2]))


def test_one_strategy_without_costs_is_a_workbook_too(tmp_path):
    def model(p, time):
        state = he.partition(time, overall=he.Exponential(p.death_rate))
        return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])

    result = he.run(he.Case(model, {"death_rate": 0.1}, labels={"strategy": ["A"]}))
    book = opened(result, tmp_path / "r.xlsx")
    assert "Incremental" not in book.sheetnames
    assert "Summary" in book.sheetnames


def test_crossings_are_told_in_words(tmp_path):
    inputs = make_inputs()
    case = inputs.base_case(outcome).with_values(progression_rate={"Isa-Pd": 0.1})
    words = texts(opened(he.run(case), tmp_path / "r.xlsx")["Notes"])
    told = next(text for text in words if text.startswith("Isa-Pd: survival curves crossed"))
    assert "the inner curve was lowered to the outer one" in told
    assert "progression_rate (Isa-Pd): 0.7214 in the workbook, 0.1 in this case." in words


def test_a_trace_longer_than_a_sheet_is_thinned_and_says_so(result, tmp_path, monkeypatch):
    monkeypatch.setattr(sheets_survival, "_MOST_ROWS", 100)
    book = opened(result, tmp_path / "r.xlsx")
    assert book["Trace Pd"]["A2"].value.startswith("One cycle edge in 3 is shown")
    assert book["Trace Pd"].cell(6, 1).value == pytest.approx(result.time.edges[3])


def test_an_unknown_analysis_is_refused(result, tmp_path):
    with pytest.raises(UnknownNameError, match="Did you mean 'scenarios'"):
        he.write_workbook(result, tmp_path / "r.xlsx", scenario={})
    with pytest.raises(HeconError, match="scenarios is a mapping"):
        he.write_workbook(result, tmp_path / "r.xlsx", scenarios=[result])
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_open_elsewhere_is_a_clear_error(result, tmp_path, monkeypatch):
    path = tmp_path / "r.xlsx"
    path.write_bytes(b"old")

    def locked(*_):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(os, "replace", locked)
    with pytest.raises(HeconError, match="open in another program"):
        he.write_workbook(result, path)
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["r.xlsx"]


def test_a_failure_on_the_way_leaves_no_file(result, tmp_path, monkeypatch):
    def fails(*_):
        raise RuntimeError

    monkeypatch.setattr(sheets_survival, "chart_years", fails)
    with pytest.raises(RuntimeError):
        he.write_workbook(result, tmp_path / "r.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_fixed_date_gives_the_same_bytes(result, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first, second = (he.write_workbook(result, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second
    assert "2023-11-14 22:13 UTC" in texts(openpyxl.load_workbook(tmp_path / "a.xlsx")["Cover"])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(HeconError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        he.write_workbook(result, tmp_path / "c.xlsx")


def test_curves_by_another_dimension_are_left_out(tmp_path):
    def model(p, time):
        overall = he.Exponential(p.death_rate)
        p.remember(("curve", "overall_survival"), overall)
        state = he.partition(time, overall=overall, cohorts=p.share)
        return he.Outcome(state, [he.life_years("Life years", he.years_in(time, state, "alive"))])

    labels = {"strategy": ["A", "B"], "sex": ["female", "male"]}
    values = {"death_rate": (("strategy", "sex"), [[0.1, 0.2], [0.2, 0.3]]), "share": {"female": 0.5, "male": 0.5}}
    result = he.run(he.Case(model, values, labels=labels))
    names = opened(result, tmp_path / "r.xlsx").sheetnames
    assert [name for name in names if name.startswith(("Trace", "Survival"))] == ["Trace A", "Trace B"]
    he.write_tables(result, tmp_path / "tables")
    assert not (tmp_path / "tables" / "curves.csv").exists()


def test_every_sheet_leads_back_to_the_contents(result, tmp_path):
    book = openpyxl.load_workbook(he.write_workbook(result, tmp_path / "results.xlsx"))
    first, *others = book.worksheets
    assert len(others) > 5
    for page in others:
        assert (page["A3"].value, page["A3"].hyperlink.location) == ("Contents", f"'{first.title}'!A1")
